//! Typing and being there: who sees it, who does not, and that nothing of it is kept or answered to strangers.

use casemate_api::Event;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use serde_json::{Value, json};

use crate::{ClientId, World};

fn pair(seed: u64) -> (World, ClientId, ClientId, String, String) {
    let mut world = World::new(seed);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.settle();
    (world, ana, bob, at_ana, at_bob)
}

fn types(world: &mut World, id: ClientId, conversation: &str, on: bool) {
    world.ok(id, "conversation.typing", json!({"conversation": conversation, "on": on}));
}

fn typing(world: &mut World, id: ClientId, conversation: &str) -> Value {
    world.shown(id, conversation)["typing"].clone()
}

/// What was said of typing since the last look.
fn told(world: &mut World, id: ClientId) -> Vec<bool> {
    let events = std::mem::take(&mut world.client(id).events);
    let on = |event: Event| match event {
        Event::Typing { on, .. } => Some(on),
        _ => None,
    };
    events.into_iter().filter_map(on).collect()
}

#[test]
fn typing_is_seen_ends_with_the_message_and_by_itself() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(1_700);
    types(&mut world, ana, &at_ana, true);
    world.settle_for(500);
    assert_eq!(typing(&mut world, bob, &at_bob), json!(["ana@sim.example"]));
    assert_eq!(typing(&mut world, ana, &at_ana), Value::Null, "one does not see oneself");
    world.say(ana, &at_ana, "hello");
    world.settle_for(1_000);
    assert_eq!(typing(&mut world, bob, &at_bob), Value::Null);
    assert_eq!(told(&mut world, bob), [true, false]);
    // Taken back.
    types(&mut world, ana, &at_ana, true);
    world.settle_for(500);
    types(&mut world, ana, &at_ana, false);
    world.settle_for(500);
    assert_eq!(told(&mut world, bob), [true, false]);
    // Not said again.
    types(&mut world, ana, &at_ana, true);
    world.settle_for(500);
    world.settle_for(30_000);
    assert_eq!(told(&mut world, bob), [true, false]);
    // The connection breaks.
    types(&mut world, ana, &at_ana, true);
    world.settle_for(500);
    world.sleep(bob, 60_000);
    assert_eq!(typing(&mut world, bob, &at_bob), Value::Null);
}

#[test]
fn keys_are_told_every_few_seconds_at_most() {
    let (mut world, ana, bob, at_ana, _) = pair(1_701);
    let before = world.server.router.counters().relayed;
    for _ in 0..100 {
        types(&mut world, ana, &at_ana, true);
        world.settle_for(200);
    }
    let frames = world.server.router.counters().relayed - before;
    assert!((4..=6).contains(&frames), "{frames} in 20 seconds");
    assert_eq!(told(&mut world, bob), [true]);
}

#[test]
fn whoever_does_not_let_others_see_it_neither_tells_nor_sees() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(1_702);
    world.ok(ana, "settings.set", json!({"typing": false}));
    world.settle();
    let before = world.server.router.counters().relayed;
    types(&mut world, ana, &at_ana, true);
    world.settle_for(500);
    assert_eq!(world.server.router.counters().relayed, before);
    assert_eq!(typing(&mut world, bob, &at_bob), Value::Null);
    types(&mut world, bob, &at_bob, true);
    world.settle_for(500);
    assert_eq!(typing(&mut world, ana, &at_ana), Value::Null);
}

#[test]
fn in_a_group_all_who_accepted_see_several_names_and_strangers_nothing() {
    let mut world = World::new(1_703);
    let people = ["ana", "bob", "cleo", "dora"].map(|name| world.person(name));
    let [ana, bob, cleo, dora] = people;
    for other in [bob, cleo, dora] {
        world.befriend(ana, other);
    }
    let at_ana = world.group("walkers", ana, &[bob, cleo]);
    world.settle();
    // Dora was added and has not accepted yet.
    world.ok(ana, "conversation.add", json!({"conversation": at_ana, "members": ["dora@sim.example"]}));
    world.settle();
    let (at_bob, at_cleo) = (world.named(bob, "walkers"), world.named(cleo, "walkers"));
    let (_, _) = (told(&mut world, dora), told(&mut world, ana));
    types(&mut world, bob, &at_bob, true);
    types(&mut world, cleo, &at_cleo, true);
    world.settle_for(500);
    assert_eq!(typing(&mut world, ana, &at_ana), json!(["bob@sim.example", "cleo@sim.example"]));
    assert!(told(&mut world, dora).is_empty());
    // Blocked: not shown.
    world.ok(ana, "contact.block", json!({"who": "cleo@sim.example"}));
    world.settle();
    types(&mut world, cleo, &at_cleo, true);
    world.settle_for(500);
    assert_eq!(typing(&mut world, ana, &at_ana), Value::Null);
}

#[test]
fn a_removed_member_and_another_epoch_are_not_heard() {
    let mut world = World::new(1_704);
    let (ana, bob, cleo) = (world.person("ana"), world.person("bob"), world.person("cleo"));
    world.befriend(ana, bob);
    world.befriend(ana, cleo);
    let at_ana = world.group("walkers", ana, &[bob, cleo]);
    world.settle();
    let at_bob = world.named(bob, "walkers");
    world.ok(ana, "conversation.remove", json!({"conversation": at_ana, "members": ["bob@sim.example"]}));
    // He types before he has heard of it.
    types(&mut world, bob, &at_bob, true);
    world.settle();
    assert_eq!(typing(&mut world, ana, &at_ana), Value::Null);
    types(&mut world, ana, &at_ana, true);
    world.settle_for(500);
    assert_eq!(typing(&mut world, bob, &at_bob), Value::Null);
    let at_cleo = world.named(cleo, "walkers");
    assert_eq!(typing(&mut world, cleo, &at_cleo), json!(["ana@sim.example"]));
}

/// A server that changes, repeats later or makes up ephemera causes nothing: no event, no frame, no lost connection.
#[test]
fn a_lying_server_gains_nothing() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(1_705);
    let kept = std::rc::Rc::new(std::cell::RefCell::new(None));
    let keep = kept.clone();
    world.tamper = Some(Box::new(move |_, frame| {
        if let Some(Body::Ephemeral(_)) = &frame.body {
            *keep.borrow_mut() = Some(frame.clone());
            return vec![];
        }
        vec![frame]
    }));
    types(&mut world, ana, &at_ana, true);
    world.settle_for(500);
    assert!(told(&mut world, bob).is_empty());
    let good = kept.borrow_mut().take().expect("an ephemeral went by");
    // A minute later, and with every kind of damage.
    world.settle();
    let send = std::rc::Rc::new(std::cell::Cell::new(true));
    let once = send.clone();
    world.tamper = Some(Box::new(move |_, frame| {
        if !once.replace(false) {
            return vec![frame];
        }
        let mut frames = vec![frame, good.clone()];
        for length in [0, 1, 255, 257] {
            let mut bad = good.clone();
            if let Some(Body::Ephemeral(heard)) = &mut bad.body {
                heard.sealed = vec![9; length].into();
            }
            frames.push(bad);
        }
        frames
    }));
    world.say(ana, &at_ana, "hello");
    world.settle();
    assert!(!send.get());
    assert!(told(&mut world, bob).is_empty());
    assert_eq!(world.texts(bob, &at_bob), ["hello"]);
}

fn look(world: &mut World, id: ClientId, conversation: Option<&str>) {
    world.ok(id, "presence.set", json!({"here": conversation.is_some(), "conversation": conversation}));
}

fn presence(world: &mut World, id: ClientId, conversation: &str) -> Value {
    world.shown(id, conversation)["presence"].clone()
}

#[test]
fn both_who_chose_it_see_each_other_come_and_go() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(1_706);
    for id in [ana, bob] {
        world.ok(id, "settings.set", json!({"last_seen": true}));
    }
    world.settle();
    look(&mut world, bob, Some(&at_bob));
    world.settle_for(3_000);
    assert_eq!(presence(&mut world, bob, &at_bob), Value::Null, "Ana was never there");
    look(&mut world, ana, Some(&at_ana));
    world.settle_for(3_000);
    assert_eq!(presence(&mut world, ana, &at_ana)["online"], true);
    assert_eq!(presence(&mut world, bob, &at_bob)["online"], true);
    // Bob puts the app away; Ana is told, with the minute.
    look(&mut world, bob, None);
    world.settle_for(3_000);
    let seen = presence(&mut world, ana, &at_ana);
    assert_eq!(seen["online"], false);
    let at = seen["last_seen"].as_str().unwrap();
    assert!(at.ends_with(":00.000Z"), "{at} tells more than the minute");
    // A device that is gone without a word counts as gone a little later; the time stays.
    look(&mut world, bob, Some(&at_bob));
    world.settle_for(3_000);
    world.sleep(ana, 600_000);
    world.settle_for(200_000);
    let seen = presence(&mut world, bob, &at_bob);
    assert_eq!(seen["online"], false);
    assert!(seen["last_seen"].is_string());
    world.kill(bob.0);
    world.settle();
    assert!(presence(&mut world, bob, &at_bob)["last_seen"].is_string());
    // Whoever hides sees none, and keeps none.
    world.ok(bob, "settings.set", json!({"last_seen": false}));
    assert_eq!(presence(&mut world, bob, &at_bob), Value::Null);
    world.ok(bob, "settings.set", json!({"last_seen": true}));
    assert_eq!(presence(&mut world, bob, &at_bob), Value::Null);
}

/// His network changed while he was away: the old connection takes everything and gives nothing, and nobody says so.
#[test]
fn who_comes_back_does_not_wait_for_a_dead_connection() {
    let (mut world, _ana, bob, _at_ana, at_bob) = pair(1_709);
    let dead = std::rc::Rc::new(std::cell::Cell::new(true));
    let ears = dead.clone();
    world.ears = Some(Box::new(move |id, frame| {
        // Another connection goes over the network that is there now.
        if id == bob && matches!(frame.request, Some(Request::Hello(_))) {
            ears.set(false);
        }
        let is_heard = id != bob || !ears.get();
        (is_heard.then_some(frame), Vec::new())
    }));
    look(&mut world, bob, None);
    world.settle();
    assert!(dead.get(), "nobody looks, and nothing is asked");
    look(&mut world, bob, Some(&at_bob));
    world.settle_for(5_000);
    assert!(!dead.get(), "he looks at a connection that is dead");
    // One that answers is kept, however often he comes.
    world.client(bob).events.clear();
    for _ in 0..20 {
        look(&mut world, bob, None);
        world.settle_for(500);
        look(&mut world, bob, Some(&at_bob));
        world.settle_for(500);
    }
    let is_news = |event: &Event| matches!(event, Event::Connection { .. });
    assert!(!world.client(bob).events.iter().any(is_news), "a connection that answers was given up");
}

#[test]
fn nobody_is_told_unless_both_chose_it() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(1_707);
    for (hers, his) in [(false, false), (true, false), (false, true)] {
        world.ok(ana, "settings.set", json!({"last_seen": hers}));
        world.ok(bob, "settings.set", json!({"last_seen": his}));
        world.settle();
        let before = world.server.router.counters().relayed;
        look(&mut world, ana, Some(&at_ana));
        look(&mut world, bob, Some(&at_bob));
        world.settle();
        for (id, at) in [(ana, &at_ana), (bob, &at_bob)] {
            assert_eq!(presence(&mut world, id, at), Value::Null, "{hers} {his}");
        }
        if !hers && !his {
            assert_eq!(world.server.router.counters().relayed, before);
        }
        look(&mut world, ana, None);
        look(&mut world, bob, None);
        world.settle();
    }
}

#[test]
fn a_blocked_contact_and_a_group_learn_nothing_of_presence() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(1_708);
    for id in [ana, bob] {
        world.ok(id, "settings.set", json!({"last_seen": true}));
    }
    let group = world.group("two", ana, &[bob]);
    world.ok(ana, "contact.block", json!({"who": "bob@sim.example"}));
    world.settle();
    look(&mut world, ana, Some(&group));
    look(&mut world, bob, Some(&at_bob));
    world.settle();
    assert_eq!(presence(&mut world, bob, &at_bob), Value::Null);
    assert_eq!(presence(&mut world, ana, &at_ana), Value::Null);
    let at_bob = world.named(bob, "two");
    assert_eq!(presence(&mut world, bob, &at_bob), Value::Null);
}
