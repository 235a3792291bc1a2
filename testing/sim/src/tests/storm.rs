//! Many devices that want to commit at once: one does, the others find it done.

use std::cell::RefCell;
use std::rc::Rc;

use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{Error, ErrorCode};
use rand::Rng as _;
use serde_json::json;

use crate::{ClientId, Faults, World};

/// Devices in the large group: `CASEMATE_STORM=500` is the whole of it.
fn devices() -> usize {
    std::env::var("CASEMATE_STORM").ok().and_then(|number| number.parse().ok()).unwrap_or(40)
}

/// Counts commits that came too late.
fn count_losers(world: &mut World) -> Rc<RefCell<usize>> {
    let losers = Rc::new(RefCell::new(0));
    let count = losers.clone();
    world.tamper = Some(Box::new(move |_, frame| {
        if let Some(Body::Error(Error { code, .. })) = &frame.body
            && *code == ErrorCode::ErrorCommitLost as i32
        {
            *count.borrow_mut() += 1;
        }
        vec![frame]
    }));
    losers
}

fn crowd(world: &mut World, size: usize) -> (Vec<ClientId>, Vec<String>) {
    let people: Vec<ClientId> = (0..size).map(|number| world.person(&format!("s{number}x"))).collect();
    for other in &people[1..] {
        world.befriend(people[0], *other);
    }
    world.group("Storm", people[0], &people[1..]);
    world.settle_for(120_000);
    let ids = people.iter().map(|who| world.named(*who, "Storm")).collect();
    (people, ids)
}

fn members(world: &mut World, who: ClientId, id: &str) -> usize {
    world.shown(who, id)["members"].as_array().unwrap().len()
}

#[test]
fn all_see_the_same_reason_at_the_same_moment() {
    let mut world = World::new(901);
    let _note = world.announce("storm");
    let size = devices();
    let (people, ids) = crowd(&mut world, size);
    let losers = count_losers(&mut world);
    // One leaves while all others are away, and they come back at once.
    for who in &people[2..] {
        world.sleep(*who, 86_400_000);
    }
    world.sleep(people[0], 86_400_000);
    world.ok(people[1], "conversation.leave", json!({"conversation": ids[1]}));
    world.settle();
    for who in &people {
        world.wake(*who);
    }
    world.settle_for(180_000);
    assert!(*losers.borrow() <= 5, "{} commits were made in vain", losers.borrow());
    for (who, id) in people.iter().zip(&ids).filter(|(who, _)| **who != people[1]) {
        assert_eq!(members(&mut world, *who, id), size - 1);
    }
    // And once more, with those gone whose turn it is first.
    world.ok(people[2], "conversation.leave", json!({"conversation": ids[2]}));
    world.sleep(people[0], 86_400_000);
    for who in &people[3..size / 2] {
        world.sleep(*who, 86_400_000);
    }
    world.settle_for(240_000);
    assert!(*losers.borrow() <= 10, "{} commits were made in vain", losers.borrow());
    world.say(people[size - 1], &ids[size - 1], "quiet again");
    for who in &people {
        world.wake(*who);
    }
    world.settle_for(180_000);
    for (who, id) in people.iter().zip(&ids).skip(3) {
        assert_eq!(members(&mut world, *who, id), size - 2);
        assert_eq!(world.texts(*who, id), ["quiet again"]);
    }
}

#[test]
fn different_wishes_at_the_same_moment_all_come_true() {
    let mut world = World::new(901);
    let _note = world.announce("different_wishes");
    let size = 8;
    let (people, ids) = crowd(&mut world, size);
    // Everybody brings somebody, at the same moment.
    let guests: Vec<ClientId> = (1..size).map(|number| world.person(&format!("g{number}x"))).collect();
    for (host, guest) in people[1..].iter().zip(&guests) {
        world.befriend(*host, *guest);
    }
    for ((host, guest), id) in people[1..].iter().zip(&guests).zip(&ids[1..]) {
        let address = world.address(*guest);
        world.ok(*host, "conversation.add", json!({"conversation": id, "members": [address]}));
    }
    world.settle_for(300_000);
    for guest in &guests {
        world.accept_groups(*guest);
    }
    world.say(people[0], &ids[0], "all in");
    world.settle_for(120_000);
    for who in people.iter().chain(&guests) {
        let id = world.named(*who, "Storm");
        assert_eq!(members(&mut world, *who, &id), 2 * size - 1);
        assert_eq!(world.texts(*who, &id), ["all in"]);
    }
}

#[test]
fn devices_that_commit_at_the_same_moment_on_a_bad_day() {
    let seeds = match std::env::var("CASEMATE_SEED").ok().and_then(|seed| seed.parse().ok()) {
        Some(seed) => vec![seed],
        None => (910..914).collect::<Vec<u64>>(),
    };
    for seed in seeds {
        let mut world = World::new(seed);
        let _note = world.announce("devices_that_commit_at_the_same_moment_on_a_bad_day");
        let (people, ids) = crowd(&mut world, 5);
        let all: Vec<String> = people.iter().map(|who| world.address(*who)).collect();
        world.ok(people[0], "conversation.set", json!({"conversation": ids[0], "admins": all}));
        world.settle();
        world.faults = Faults::ROUGH;
        let mut said = 0;
        for round in 0..6 {
            for (who, id) in people.iter().zip(&ids) {
                let name = format!("round {round}, {}", who.0);
                world.ok(*who, "conversation.set", json!({"conversation": id, "name": name}));
                if world.rng.random_range(0..2) == 0 {
                    world.say(*who, id, &format!("{round}/{}", who.0));
                    said += 1;
                }
            }
            let pause = world.rng.random_range(0..20_000);
            world.settle_for(pause);
        }
        world.calm();
        let (texts, name) =
            (world.texts(people[0], &ids[0]), world.shown(people[0], &ids[0])["name"].clone());
        assert_eq!(texts.len(), said);
        let epoch = world.shown(people[0], &ids[0])["information"]["epoch"].clone();
        for (who, id) in people.iter().zip(&ids) {
            assert_eq!(world.texts(*who, id), texts);
            assert_eq!(world.shown(*who, id)["name"], name);
            assert_eq!(world.shown(*who, id)["information"]["epoch"], epoch);
        }
    }
}
