//! Linking, handing over the past and restoring, killed at each of their steps: before an input is handled, and after it
//! was stored and before anything came of it.

use serde_json::{Value, json};

use crate::world::{KillPoint, URL};
use crate::{ClientId, World};

/// Somebody who was not answered says it again. What was done in the meantime answers with a refusal.
fn insist(world: &mut World, who: ClientId, method: &str, params: &Value) -> Option<Value> {
    for _ in 0..4 {
        let number = world.begin(who, method, params.clone());
        for _ in 0..40 {
            if world.client(who).replies.contains_key(&number) {
                break;
            }
            world.settle_for(500);
        }
        match world.client(who).replies.remove(&number) {
            Some(Ok(answer)) => return Some(answer),
            Some(Err(_)) => return None,
            None => {}
        }
    }
    None
}

/// Ana and Bob with a chat and a group; Bob links a device with all of the past while `kill` happens. Gives how many
/// inputs Bob's devices handled.
fn linked(kill: Option<(bool, usize, bool)>) -> [usize; 2] {
    let mut world = World::new(8_700);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let group = world.group("Plans", ana, &[bob]);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    for number in 0..3 {
        world.say(ana, &at_ana, &format!("from ana {number}"));
        world.say(bob, &at_bob, &format!("from bob {number}"));
        world.say(ana, &group, &format!("to all {number}"));
    }
    world.settle();
    let new = world.device("bob");
    let before = [bob, new].map(|who| world.client(who).inputs);
    world.kill_point = kill.map(|(primary, after, handled)| {
        let (client, offset) = if primary { (bob, before[0]) } else { (new, before[1]) };
        KillPoint { client, after: after + offset, handled }
    });
    let asked = json!({"server": URL, "name": "Second"});
    let code = insist(&mut world, new, "device.request", &asked).expect("a code")["code"].clone();
    insist(&mut world, bob, "device.approve", &json!({"code": code, "history": "all", "confirm": true}));
    world.settle_for(180_000);
    let used = [bob, new].map(|who| world.client(who).inputs);
    let what = format!("killed at {kill:?}");
    assert!(world.engine(new).has_account(), "{what}");
    let at_new = world.chat(new, ana);
    assert_eq!(world.texts(new, &at_new), world.texts(bob, &at_bob), "{what}");
    let plans = [bob, new].map(|who| world.named(who, "Plans"));
    assert_eq!(world.texts(new, &plans[1]), world.texts(bob, &plans[0]), "{what}");
    world.say(ana, &at_ana, "to both");
    world.say(new, &plans[1], "from the new one");
    world.settle();
    assert_eq!(world.texts(new, &at_new).last().unwrap(), "to both", "{what}");
    assert_eq!(world.texts(ana, &group).last().unwrap(), "from the new one", "{what}");
    let devices = world.ok(bob, "device.list", json!({}))["devices"].as_array().unwrap().len();
    assert_eq!(devices, 2, "{what}: linked once");
    [used[0] - before[0], used[1] - before[1]]
}

/// Which steps: `CASEMATE_EVERY=1` is each of them.
fn every() -> usize {
    std::env::var("CASEMATE_EVERY").ok().and_then(|every| every.parse().ok()).unwrap_or(3)
}

#[test]
fn linking_with_all_of_the_past_survives_a_kill_at_any_step() {
    let steps = linked(None);
    assert!(steps.iter().all(|steps| *steps > 20), "{steps:?}");
    for (primary, steps) in [(true, steps[0]), (false, steps[1])] {
        for after in (1..=steps).step_by(every()) {
            linked(Some((primary, after, after % 2 == 0)));
        }
    }
}

/// Ana lost her device and has the words; Bob is her contact, with a group.
fn restored(kill: Option<(usize, bool)>) -> usize {
    let mut world = World::new(8_701);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let group = world.group("Plans", ana, &[bob]);
    world.say(ana, &group, "before");
    let words = world.ok(ana, "recovery.kit", json!({}))["words"].clone();
    world.settle_for(600_000);
    world.sleep(ana, i64::MAX / 4);
    let new = world.device("ana");
    world.kill_point = kill.map(|(after, handled)| KillPoint { client: new, after, handled });
    insist(&mut world, new, "recovery.restore", &json!({"server": URL, "name": "ana", "words": words}));
    world.settle_for(900_000);
    let steps = world.client(new).inputs;
    let what = format!("killed at {kill:?}");
    assert!(world.engine(new).has_account(), "{what}");
    let (plans, chat) = (world.named(new, "Plans"), world.chat(new, bob));
    world.say(new, &plans, "to the group");
    world.say(new, &chat, "to you");
    world.settle();
    let (at_bob, chat) = (world.named(bob, "Plans"), world.chat(bob, new));
    assert_eq!(world.texts(bob, &at_bob), ["before", "to the group"], "{what}");
    assert_eq!(world.texts(bob, &chat).last().unwrap(), "to you", "{what}");
    steps
}

#[test]
fn restoring_survives_a_kill_at_any_step() {
    let steps = restored(None);
    assert!(steps > 15, "{steps}");
    for after in (1..=steps).step_by(every()) {
        restored(Some((after, after % 2 == 0)));
    }
}
