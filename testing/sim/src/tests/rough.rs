//! Exactly once and in order on a bad day: cut connections, killed clients, a server that restarts.

use rand::Rng as _;
use serde_json::json;

use crate::{ClientId, Faults, World};

/// Seeds of an ordinary run; `CASEMATE_SEED` runs one.
fn seeds(ordinary: std::ops::Range<u64>) -> Vec<u64> {
    match std::env::var("CASEMATE_SEED").ok().and_then(|seed| seed.parse().ok()) {
        Some(seed) => vec![seed],
        None => ordinary.collect(),
    }
}

fn rough_day(seed: u64) {
    let mut world = World::new(seed);
    let _note = world.announce("rough");
    let people: Vec<ClientId> =
        ["ana", "bob", "cleo", "dora"].iter().map(|name| world.person(name)).collect();
    for other in &people[1..] {
        world.befriend(people[0], *other);
    }
    world.group("Storm", people[0], &people[1..]);
    let ids: Vec<String> = people.iter().map(|who| world.named(*who, "Storm")).collect();
    world.faults = Faults::ROUGH;
    let mut said = vec![Vec::new(); people.len()];
    for number in 0..40 {
        let at = world.rng.random_range(0..people.len());
        let text = format!("{at}/{number}");
        let sent = world.call(people[at], "message.send", json!({"conversation": ids[at], "text": text}));
        assert!(sent.is_ok(), "{sent:?}");
        said[at].push(text);
        let pause = world.rng.random_range(0..3_000);
        world.settle_for(pause);
        if number == 20 {
            world.restart_server();
        }
    }
    world.faults = Faults::default();
    for who in &people {
        world.wake(*who);
    }
    world.settle_for(300_000);
    let first = world.texts(people[0], &ids[0]);
    assert_eq!(first.len(), 40, "{first:?}");
    for (at, who) in people.iter().enumerate() {
        assert_eq!(world.texts(*who, &ids[at]), first, "all have the same order");
        let own: Vec<&String> = first.iter().filter(|text| text.starts_with(&format!("{at}/"))).collect();
        assert_eq!(own, said[at].iter().collect::<Vec<_>>(), "everybody's own order is kept");
        let missing: Vec<String> =
            world.notices(*who, &ids[at]).into_iter().filter(|line| !line.contains("added")).collect();
        assert_eq!(missing, Vec::<String>::new(), "nothing strange is told");
    }
}

#[test]
fn rough_days() {
    for seed in seeds(100..106) {
        rough_day(seed);
    }
}

#[test]
fn rough_beginnings() {
    // Accounts, knocks and groups are made while everything breaks.
    for seed in seeds(200..204) {
        let mut world = World::new(seed);
        let _note = world.announce("rough_beginnings");
        let (ana, bob) = (world.person("ana"), world.person("bob"));
        world.faults = Faults::ROUGH;
        let (to_ana, to_bob) = (world.address(ana), world.address(bob));
        let mut friends = false;
        for _ in 0..200 {
            let _ = world.call(ana, "contact.knock", json!({"to": to_bob}));
            world.settle_for(5_000);
            let _ = world.call(bob, "contact.accept", json!({"who": to_ana}));
            world.settle_for(5_000);
            friends = world.ok(ana, "contact.list", json!({}))["contacts"]
                .as_array()
                .is_some_and(|all| !all.is_empty());
            if friends {
                break;
            }
        }
        assert!(friends);
        world.faults = Faults::default();
        world.wake(ana);
        world.wake(bob);
        world.settle_for(300_000);
        let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
        world.say(ana, &at_ana, "made it");
        world.settle();
        assert_eq!(world.texts(bob, &at_bob), ["made it"]);
    }
}
