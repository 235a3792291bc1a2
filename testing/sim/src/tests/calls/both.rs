//! Two who call each other at the same moment: they talk, and nobody missed anything.

use serde_json::json;

use super::{Two, is, listed, media, newest, rang, two};
use crate::{ClientId, World};

/// Both call before either heard of the other one. Their calls.
fn call_each_other(two: &mut Two) -> [String; 2] {
    let world = &mut two.world;
    let asked = [(two.ana, &two.at_ana), (two.bob, &two.at_bob)]
        .map(|(who, at)| (who, world.begin(who, "call.start", json!({"conversation": at}))));
    asked.map(|(who, asked)| {
        let started = world.answer(who, asked).expect("a call");
        started["call"].as_str().expect("an id").to_owned()
    })
}

/// How a device lists a call: state and outcome.
fn stands(world: &mut World, who: ClientId, call: &str) -> (String, String) {
    let calls = listed(world, who);
    let call = calls.iter().find(|one| one["call"] == call).expect("it is listed");
    (call["state"].as_str().expect("a state").into(), call["outcome"].as_str().expect("an outcome").into())
}

/// Lines that say that somebody was not reached.
fn in_vain(world: &mut World, who: ClientId, conversation: &str) -> Vec<String> {
    let mut lines = world.notices(who, conversation);
    lines.retain(|line| line.contains("missed") || line.contains("nobody"));
    lines
}

#[test]
fn whoever_hangs_up_by_the_call_that_was_left_leaves_the_one_in_its_place() {
    let mut two = two(2_659);
    let [hers, his] = call_each_other(&mut two);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    world.settle_for(5_000);
    let (who, left, goes_on) = if hers < his { (bob, his, hers) } else { (ana, hers, his) };
    let told = std::mem::take(&mut world.client(who).events).into_iter().find_map(|event| match event {
        casemate_api::Event::CallChanged { call, instead: Some(instead), .. } => Some((call, instead)),
        _ => None,
    });
    assert_eq!(told, Some((left.clone(), goes_on.clone())));
    assert_eq!(stands(world, who, &goes_on), is("in", "answered"));
    world.ok(who, "call.leave", json!({"call": left}));
    world.settle_for(5_000);
    for who in [ana, bob] {
        assert_eq!(stands(world, who, &goes_on).0, "over");
    }
}

#[test]
fn they_meet_in_one_call_also_where_one_of_them_is_strict() {
    for seed in 2_650..2_658 {
        let mut two = two(seed);
        if seed % 2 == 0 {
            // Bob, whom she has not verified, does not make it ring there; but she calls him herself.
            two.world.ok(two.ana, "contact.strict", json!({"on": true}));
        }
        let [hers, his] = call_each_other(&mut two);
        let Two { world, ana, bob, at_ana, at_bob } = &mut two;
        world.settle_for(5_000);
        let (both, stays, comes) = if hers < his { (hers, *ana, *bob) } else { (his, *bob, *ana) };
        for who in [stays, comes] {
            assert_eq!(newest(world, who), is("in", "answered"), "seed {seed}");
            let last = listed(world, who).pop().expect("a call");
            assert_eq!(last["call"], json!(both));
            assert_eq!(last["participants"].as_array().map(Vec::len), Some(2));
            assert_eq!(rang(world, who), [""; 0]);
        }
        assert_eq!(media(world, stays), ["open"]);
        assert_eq!(media(world, comes), ["open", "close", "open"], "one after the other");
        world.ok(stays, "call.leave", json!({"call": both}));
        world.settle_for(5_000);
        for (who, conversation) in [(*ana, &*at_ana), (*bob, &*at_bob)] {
            assert!(listed(world, who).iter().all(|call| call["state"] == "over"));
            assert_eq!(in_vain(world, who, conversation), [""; 0]);
        }
        assert_eq!(listed(world, stays).len(), 1, "of the other call nothing is left there");
    }
}

#[test]
fn their_other_devices_missed_nothing() {
    for seed in 2_660..2_664 {
        let mut two = two(seed);
        let (laptop, tablet) = (two.world.link(two.ana), two.world.link(two.bob));
        two.world.settle();
        let [hers, his] = call_each_other(&mut two);
        let (world, both) = (&mut two.world, hers.min(his));
        world.settle_for(5_000);
        for who in [laptop, tablet] {
            assert_eq!(stands(world, who, &both), is("going_on", "elsewhere"), "seed {seed}");
        }
        world.ok(two.ana, "call.leave", json!({"call": both}));
        world.settle_for(5_000);
        let (at_laptop, at_tablet) = (world.chat(laptop, two.bob), world.chat(tablet, two.ana));
        for (who, conversation) in [(laptop, &at_laptop), (tablet, &at_tablet)] {
            assert!(listed(world, who).iter().all(|call| call["state"] == "over"));
            assert_eq!(in_vain(world, who, conversation), [""; 0]);
            assert_eq!(media(world, who), [""; 0]);
        }
    }
}

/// The call that was kept silent is no ring: they talked.
#[test]
fn whoever_was_met_in_the_other_call_can_call_again() {
    let mut two = two(2_671);
    let mut silent = 0;
    // Three and a half minutes at most.
    for _ in 0..20 {
        let [hers, his] = call_each_other(&mut two);
        two.world.settle_for(5_000);
        assert_eq!(newest(&mut two.world, two.ana), is("in", "answered"));
        two.world.ok(two.ana, "call.leave", json!({"call": hers.clone().min(his.clone())}));
        two.world.settle_for(5_000);
        silent += i32::from(hers < his);
        if silent == 3 {
            break;
        }
    }
    assert_eq!(silent, 3);
    let (world, at_bob) = (&mut two.world, &two.at_bob);
    rang(world, two.ana);
    let again = super::call(world, two.bob, at_bob);
    world.settle_for(2_000);
    assert_eq!(rang(world, two.ana), [again]);
}

/// Having called a group is no word for a call with whoever calls there too, and who hung up called nobody.
#[test]
fn nothing_is_taken_in_a_group_nor_for_who_hung_up() {
    let mut world = World::new(2_665);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let group = world.group("walkers", ana, &[bob]);
    world.settle_for(2 * 3_600_000);
    let at_bob = world.named(bob, "walkers");
    let begun = [(ana, &group), (bob, &at_bob)]
        .map(|(who, at)| world.begin(who, "call.start", json!({"conversation": at})));
    world.settle_for(5_000);
    for (who, begun) in [ana, bob].into_iter().zip(begun) {
        assert!(world.answer(who, begun).is_ok());
        assert_eq!(rang(&mut world, who).len(), 1);
        assert_eq!(media(&mut world, who), ["open"]);
    }

    for seed in 2_666..2_670 {
        let mut two = two(seed);
        let [_, his] = call_each_other(&mut two);
        two.world.ok(two.bob, "call.leave", json!({"call": his}));
        two.world.settle_for(5_000);
        assert_eq!(media(&mut two.world, two.bob), ["open", "close"]);
    }
}
