//! Accounts with several devices: every device is a leaf of its own, and all show the same.

use casemate_wire::proto::wire::ClientFrame;
use casemate_wire::proto::wire::client_frame::Request;
use prost::Message as _;
use rand::Rng as _;
use serde_json::json;

use super::with_plans;
use crate::{ClientId, Faults, World};

/// Ana and Bob with a chat and a group, Bob with a second device.
struct Story {
    world: World,
    ana: ClientId,
    bob: ClientId,
    bob2: ClientId,
    group: String,
}

fn story(seed: u64) -> Story {
    let (mut world, ana, bob, group) = with_plans(seed);
    let before = world.chat(ana, bob);
    world.say(ana, &before, "before");
    world.say(ana, &group, "before");
    world.settle();
    let bob2 = world.link(bob);
    Story { world, ana, bob, bob2, group }
}

#[test]
fn a_linked_device_comes_into_every_conversation_and_reads_nothing_from_before() {
    let Story { mut world, ana, bob, bob2, group } = story(600);
    let (pair, at_bob, at_bob2) = (world.chat(ana, bob), world.chat(bob, ana), world.chat(bob2, ana));
    let (group_bob, group_bob2) = (world.named(bob, "Plans"), world.named(bob2, "Plans"));
    assert_eq!(world.texts(bob2, &at_bob2), Vec::<String>::new());
    assert_eq!(world.texts(bob2, &group_bob2), Vec::<String>::new());
    world.say(ana, &pair, "to both");
    world.say(ana, &group, "to both here");
    world.settle();
    world.say(bob2, &at_bob2, "from the second");
    world.say(bob2, &group_bob2, "from the second here");
    world.settle();
    world.say(bob, &at_bob, "from the first");
    world.say(bob, &group_bob, "from the first here");
    world.settle();
    for (who, id) in [(ana, &pair), (bob, &at_bob), (bob2, &at_bob2)] {
        let texts = world.texts(who, id);
        let skip = usize::from(who != bob2);
        assert_eq!(texts[skip..], ["to both", "from the second", "from the first"]);
    }
    for (who, id) in [(ana, &group), (bob, &group_bob), (bob2, &group_bob2)] {
        let texts = world.texts(who, id);
        let skip = usize::from(who != bob2);
        assert_eq!(texts[skip..], ["to both here", "from the second here", "from the first here"]);
    }
    let shown = world.shown(ana, &group);
    assert_eq!(shown["members"].as_array().unwrap().len(), 2, "an account is one member: {shown}");
    assert_eq!(shown["information"]["devices"], 3);
    assert_eq!((&shown["members"][0]["devices"], &shown["members"][1]["devices"]), (&json!(1), &json!(2)));
    let all = world.ok(bob2, "conversation.list", json!({}));
    assert_eq!(all["conversations"].as_array().unwrap().len(), 2, "{all}");
}

#[test]
fn what_one_device_sends_stands_on_its_sibling_as_sent_and_what_one_reads_is_read_on_both() {
    let Story { mut world, ana, bob, bob2, .. } = story(601);
    let (pair, at_bob, at_bob2) = (world.chat(ana, bob), world.chat(bob, ana), world.chat(bob2, ana));
    world.sleep(ana, 3_600_000);
    world.say(bob2, &at_bob2, "mine");
    world.settle();
    let seen = world.messages(bob, &at_bob).pop().unwrap();
    assert_eq!((&seen["text"], &seen["state"]), (&json!("mine"), &json!("sent")));
    assert_eq!(seen["from"], "bob@sim.example");
    world.wake(ana);
    world.settle();
    for (who, id) in [(bob, &at_bob), (bob2, &at_bob2)] {
        assert_eq!(world.messages(who, id).pop().unwrap()["state"], "delivered");
    }
    let sent = world.say(ana, &pair, "read me");
    world.settle();
    for (who, id) in [(bob, &at_bob), (bob2, &at_bob2)] {
        assert_ne!(world.shown(who, id)["unread"], 0);
    }
    world.ok(bob2, "message.read", json!({"message": sent}));
    world.settle();
    for (who, id) in [(bob, &at_bob), (bob2, &at_bob2)] {
        assert_eq!(world.shown(who, id)["unread"], 0);
    }
    assert_eq!(world.messages(ana, &pair).pop().unwrap()["state"], "read");
}

#[test]
fn both_devices_of_both_people() {
    let Story { mut world, ana, bob, bob2, .. } = story(602);
    let ana2 = world.link(ana);
    let ids = [(ana, bob), (ana2, bob), (bob, ana), (bob2, ana)];
    let ids: Vec<_> = ids.map(|(who, with)| (who, world.chat(who, with))).into();
    for (who, id) in &ids {
        world.say(*who, id, &format!("{}", who.0));
        world.settle();
    }
    let said: Vec<String> = ids.iter().map(|(who, _)| format!("{}", who.0)).collect();
    for (who, id) in &ids {
        let texts = world.texts(*who, id);
        assert_eq!(texts[texts.len() - 4..], said);
        assert_eq!(world.shown(*who, id)["information"]["devices"], 4);
    }
}

#[test]
fn somebody_met_on_the_second_device_is_known_on_the_first() {
    let Story { mut world, bob, bob2, .. } = story(603);
    let dora = world.person("dora");
    world.befriend(bob2, dora);
    world.settle();
    let at_bob = world.chat(bob, dora);
    let at_dora = world.chat(dora, bob);
    world.say(dora, &at_dora, "to both of you");
    world.settle();
    world.say(bob, &at_bob, "heard");
    world.settle();
    let at_bob2 = world.chat(bob2, dora);
    for (who, id) in [(bob, &at_bob), (bob2, &at_bob2), (dora, &at_dora)] {
        assert_eq!(world.texts(who, id), ["to both of you", "heard"]);
    }
    // And who knocks on an account reaches each of its devices.
    let emil = world.person("emil");
    world.befriend(emil, bob2);
    world.settle();
    let (at_emil, at_bob) = (world.chat(emil, bob), world.chat(bob, emil));
    world.say(emil, &at_emil, "hello");
    world.settle();
    assert_eq!(world.texts(bob, &at_bob), ["hello"]);
}

#[test]
fn a_dropped_device_is_removed_everywhere_and_reads_nothing_sent_after() {
    let Story { mut world, ana, bob, bob2, group } = story(604);
    let (pair, at_bob2) = (world.chat(ana, bob), world.chat(bob2, ana));
    let group_bob2 = world.named(bob2, "Plans");
    world.say(ana, &pair, "to both");
    world.settle();
    world.drop_device(bob, bob2);
    world.settle_for(120_000);
    world.say(ana, &pair, "not for the lost one");
    world.say(ana, &group, "nor this");
    world.settle();
    let at_bob = world.chat(bob, ana);
    world.say(bob, &at_bob, "nor that");
    world.settle();
    assert_eq!(world.texts(bob2, &at_bob2), ["to both"]);
    assert_eq!(world.texts(bob2, &group_bob2), Vec::<String>::new());
    for id in [&pair, &group] {
        assert_eq!(world.shown(ana, id)["information"]["devices"], 2);
    }
    assert_eq!(world.texts(ana, &pair).last().unwrap(), "nor that");
    let refused = world.call(bob2, "message.send", json!({"conversation": at_bob2, "text": "still me"}));
    assert!(refused.is_err(), "{refused:?}");
}

#[test]
fn a_device_dropped_while_the_primary_is_offline_afterwards_is_removed_by_others() {
    let Story { mut world, ana, bob, bob2, group } = story(605);
    // The manifest goes out, and the primary is gone before it can commit anything.
    let device = world.engine(bob2).device().unwrap().to_hex();
    world.begin(bob, "device.remove", json!({"device": device}));
    world.client(bob).up.retain(|(_, frame)| {
        let request = ClientFrame::decode(&frame[..]).unwrap().request;
        matches!(request, Some(Request::PublishManifest(_)))
    });
    world.settle_for(5);
    world.sleep(bob, 86_400_000);
    world.settle_for(120_000);
    world.say(ana, &group, "after");
    world.settle();
    world.wake(bob);
    world.settle_for(120_000);
    let group_bob2 = world.named(bob2, "Plans");
    let devices = world.shown(ana, &group)["information"]["devices"].clone();
    assert_eq!(devices, 2);
    world.say(bob, &group.clone(), "only us");
    world.settle();
    assert!(!world.texts(bob2, &group_bob2).contains(&"only us".to_owned()));
}

#[test]
fn rough_days_with_several_devices() {
    let seeds = match std::env::var("CASEMATE_SEED").ok().and_then(|seed| seed.parse().ok()) {
        Some(seed) => vec![seed],
        None => (610..613).collect::<Vec<u64>>(),
    };
    for seed in seeds {
        let mut world = World::new(seed);
        let _note = world.announce("rough_days_with_several_devices");
        let people: Vec<ClientId> = ["ana", "bob", "cleo"].iter().map(|name| world.person(name)).collect();
        world.befriend(people[0], people[1]);
        world.befriend(people[0], people[2]);
        world.group("Storm", people[0], &people[1..]);
        // Linked while everything breaks.
        world.faults = Faults::ROUGH;
        let mut all = people.clone();
        for primary in &people[..2] {
            all.push(world.link(*primary));
        }
        world.calm();
        let ids: Vec<String> = all.iter().map(|who| world.named(*who, "Storm")).collect();
        let before: Vec<usize> = all.iter().zip(&ids).map(|(who, id)| world.texts(*who, id).len()).collect();
        world.faults = Faults::ROUGH;
        for number in 0..40 {
            let at = world.rng.random_range(0..all.len());
            world.say(all[at], &ids[at], &format!("{at}/{number}"));
            let pause = world.rng.random_range(0..3_000);
            world.settle_for(pause);
        }
        world.calm();
        let first = world.texts(all[0], &ids[0]);
        assert_eq!(first.len(), 40, "{first:?}");
        for ((who, id), before) in all.iter().zip(&ids).zip(before) {
            assert_eq!(world.texts(*who, id)[before..], first);
        }
    }
}

#[test]
fn a_crowd_in_which_a_third_has_two_devices() {
    let seed = std::env::var("CASEMATE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(620);
    let mut world = World::new(seed);
    let _note = world.announce("a_crowd_in_which_a_third_has_two_devices");
    let people: Vec<ClientId> = (0..80).map(|number| world.person(&format!("c{number}x"))).collect();
    let mut groups = Vec::new();
    for (number, circle) in people.chunks(10).enumerate() {
        for friend in &circle[1..] {
            world.befriend(circle[0], *friend);
        }
        world.befriend(circle[0], people[(number * 10 + 10) % 80]);
        let name = format!("Group {number}");
        world.group(&name, circle[0], &circle[1..]);
        let mut devices = circle.to_vec();
        for primary in circle.iter().step_by(3) {
            devices.push(world.link(*primary));
        }
        world.settle();
        let members: Vec<(ClientId, String)> =
            devices.iter().map(|who| (*who, world.named(*who, &name))).collect();
        groups.push(members);
    }
    assert!(world.clients.len() > 100);
    world.faults = Faults { cut: 2, kill: 1, delay_ms: 300, sleep: 1 };
    let mut said = vec![0; groups.len()];
    for number in 0..150 {
        let group = world.rng.random_range(0..groups.len());
        let at = world.rng.random_range(0..groups[group].len());
        let (who, id) = groups[group][at].clone();
        world.say(who, &id, &format!("{number}"));
        said[group] += 1;
        world.settle_for(200);
    }
    world.calm();
    for (members, said) in groups.iter().zip(said) {
        let (first, id) = &members[0];
        let texts = world.texts(*first, id);
        assert_eq!(texts.len(), said);
        for (who, id) in members {
            assert_eq!(world.texts(*who, id), texts);
        }
    }
}
