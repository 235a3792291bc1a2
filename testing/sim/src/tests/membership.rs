//! Groups into which people come, from which they go and are put, and into which they are asked again, all at the same
//! moment and on bad days: once it is calm, everybody agrees who is in.

use serde_json::json;

use crate::{ClientId, Faults, World};

/// Ana, Bob and Cleo, who all know each other, in a group of Ana's and Bob's, who both are admins.
fn friends(seed: u64) -> (World, [ClientId; 3], String) {
    let mut world = World::new(seed);
    let people = ["ana", "bob", "cleo"].map(|name| world.person(name));
    let [ana, bob, cleo] = people;
    for (one, other) in [(ana, bob), (ana, cleo), (bob, cleo)] {
        world.befriend(one, other);
    }
    let group = world.group("Choir", ana, &[bob]);
    let to_bob = world.address(bob);
    world.ok(ana, "conversation.set", json!({"conversation": group, "admins_add": [to_bob]}));
    world.settle();
    (world, people, group)
}

fn change(world: &mut World, by: ClientId, what: &str, group: &str, who: ClientId) {
    let address = world.address(who);
    world.ok(by, &format!("conversation.{what}"), json!({"conversation": group, "members": [address]}));
}

fn members(world: &mut World, id: ClientId, group: &str) -> usize {
    world.shown(id, group)["members"].as_array().expect("a list").len()
}

/// Whether nothing is waited for.
fn is_settled(world: &mut World, id: ClientId) -> bool {
    let asked = world.begin(id, "sync", json!({}));
    world.settle();
    world.client(id).replies.remove(&asked).is_some()
}

#[test]
fn who_is_put_out_while_changing_something_is_out_and_waits_for_nothing() {
    for seed in 8_100..8_108 {
        let (mut world, [ana, bob, cleo], group) = friends(seed);
        // Both at the same moment, and on some days Bob sees only that he is out.
        world.faults = Faults { delay_ms: 50, ..Faults::default() };
        world.say(ana, &group, "kept");
        world.settle();
        let to_cleo = world.address(cleo);
        let add = json!({"conversation": group, "members": [to_cleo], "share": 10});
        world.ok(bob, "conversation.add", add);
        world.ok(bob, "conversation.set", json!({"conversation": group, "name": "Bob's choir"}));
        for _ in 0..seed - 8_100 {
            world.step();
        }
        change(&mut world, ana, "remove", &group, bob);
        world.settle();
        assert_eq!(world.shown(bob, &group)["standing"], "removed", "seed {seed}");
        for who in [ana, bob, cleo] {
            assert!(is_settled(&mut world, who), "seed {seed}: {who:?}");
        }
        world.accept_groups(cleo);
        let came = members(&mut world, ana, &group) == 2;
        world.say(ana, &group, "without bob");
        world.settle();
        if came {
            assert_eq!(members(&mut world, cleo, &group), 2, "seed {seed}");
            assert_eq!(world.texts(cleo, &group).last().unwrap(), "without bob", "seed {seed}");
        }
        // And in again, he may change what he likes.
        change(&mut world, ana, "add", &group, bob);
        world.settle();
        world.accept_groups(bob);
        change(&mut world, bob, "add", &group, cleo);
        world.settle();
        world.accept_groups(cleo);
        assert_eq!(members(&mut world, ana, &group), 3, "seed {seed}");
    }
}

#[test]
fn who_is_added_and_removed_in_one_breath_is_not_in() {
    // What adds them is not begun yet, or under way, or there.
    for steps in (0..30).step_by(3) {
        let (mut world, [ana, bob, cleo], group) = friends(8_200);
        let to_cleo = world.address(cleo);
        let add = json!({"conversation": group, "members": [to_cleo], "share": 10});
        world.say(ana, &group, "kept");
        world.settle();
        world.ok(ana, "conversation.add", add);
        for _ in 0..steps {
            world.step();
        }
        change(&mut world, ana, "remove", &group, cleo);
        world.settle();
        world.accept_groups(cleo);
        world.settle();
        for who in [ana, bob] {
            assert_eq!(members(&mut world, who, &group), 2, "after {steps} steps");
        }
        for who in [ana, bob, cleo] {
            assert!(is_settled(&mut world, who), "after {steps} steps");
        }
        world.say(ana, &group, "just us");
        world.settle();
        let known = world.call(cleo, "message.list", json!({"conversation": group, "limit": 10}));
        assert!(!known.is_ok_and(|page| page.to_string().contains("just us")), "after {steps} steps");
    }
}

#[test]
fn who_is_removed_and_added_in_one_breath_is_in() {
    for steps in (0..30).step_by(3) {
        let (mut world, [ana, bob, _], group) = friends(8_300);
        if steps == 0 {
            world.sleep(ana, 10_000);
        }
        change(&mut world, ana, "remove", &group, bob);
        for _ in 0..steps {
            world.step();
        }
        change(&mut world, ana, "add", &group, bob);
        world.settle();
        world.accept_groups(bob);
        assert_eq!(members(&mut world, ana, &group), 2, "after {steps} steps");
        assert!(is_settled(&mut world, ana), "after {steps} steps");
        world.say(bob, &group, "still here");
        world.settle();
        assert_eq!(world.texts(ana, &group), ["still here"], "after {steps} steps");
    }
}

#[test]
fn who_left_while_away_and_is_asked_in_again_stays() {
    for seed in 8_400..8_406 {
        let (mut world, [ana, bob, _], group) = friends(seed);
        world.sleep(bob, 86_400_000);
        world.ok(bob, "conversation.leave", json!({"conversation": group}));
        for what in ["remove", "add"] {
            change(&mut world, ana, what, &group, bob);
            world.settle();
        }
        world.wake(bob);
        world.settle();
        assert_eq!(world.shown(bob, &group)["standing"], "offered", "seed {seed}");
        world.accept_groups(bob);
        world.say(bob, &group, "here again");
        world.settle();
        assert_eq!(members(&mut world, ana, &group), 2, "seed {seed}");
        assert_eq!(world.texts(ana, &group), ["here again"], "seed {seed}");
        assert!(is_settled(&mut world, bob), "seed {seed}");
    }
}

#[test]
fn who_said_that_they_leave_and_is_added_before_they_are_out_is_asked_in_again() {
    for seed in 8_500..8_506 {
        let (mut world, [ana, bob, cleo], group) = friends(seed);
        change(&mut world, ana, "add", &group, cleo);
        world.settle();
        world.accept_groups(cleo);
        world.ok(bob, "conversation.leave", json!({"conversation": group}));
        for _ in 0..10 + seed - 8_500 {
            world.step();
        }
        // Ana has heard it, and it is not her turn to put him out.
        assert_eq!(members(&mut world, ana, &group), 3);
        change(&mut world, ana, "add", &group, bob);
        world.settle();
        world.accept_groups(bob);
        assert_eq!(members(&mut world, cleo, &group), 3, "seed {seed}");
        world.say(bob, &group, "here again");
        world.settle();
        assert_eq!(world.texts(cleo, &group), ["here again"], "seed {seed}");
    }
}

#[test]
fn who_leaves_a_group_in_which_only_they_are_left_has_left_on_all_devices() {
    let (mut world, [ana, bob, _], group) = friends(8_600);
    let second = world.link(ana);
    world.settle_for(120_000);
    world.ok(bob, "conversation.leave", json!({"conversation": group}));
    world.settle();
    assert_eq!(members(&mut world, second, &group), 1);
    world.ok(ana, "conversation.leave", json!({"conversation": group}));
    world.settle();
    for device in [ana, second] {
        assert_eq!(world.shown(device, &group)["standing"], "left", "{device:?}");
        assert!(is_settled(&mut world, device));
    }
}

#[test]
fn who_left_while_away_answers_for_all_devices_when_asked_in_again() {
    for answer in ["accept", "decline"] {
        let (mut world, [ana, bob, _], group) = friends(8_700);
        let second = world.link(bob);
        world.settle_for(120_000);
        world.sleep(bob, 86_400_000);
        world.ok(bob, "conversation.leave", json!({"conversation": group}));
        for what in ["remove", "add"] {
            change(&mut world, ana, what, &group, bob);
            world.settle();
        }
        world.say(ana, &group, "hello again");
        world.settle();
        world.wake(bob);
        world.settle();
        world.ok(bob, &format!("conversation.{answer}"), json!({"conversation": group}));
        world.settle();
        let now = if answer == "accept" { "active" } else { "left" };
        for device in [bob, second] {
            assert_eq!(world.shown(device, &group)["standing"], now, "{answer}: {device:?}");
        }
        world.say(ana, &group, "and now?");
        world.settle();
        let heard = world.texts(second, &group).contains(&"and now?".to_owned());
        assert_eq!(heard, answer == "accept");
    }
}

#[test]
fn whom_a_device_adds_while_another_of_the_account_leaves_is_asked_in() {
    for steps in 0..16 {
        let (mut world, [ana, bob, cleo], group) = friends(8_800);
        let second = world.link(bob);
        world.settle_for(120_000);
        change(&mut world, bob, "add", &group, cleo);
        for _ in 0..steps {
            world.step();
        }
        world.ok(second, "conversation.leave", json!({"conversation": group}));
        world.settle_for(120_000);
        for device in [bob, second] {
            assert_eq!(world.shown(device, &group)["standing"], "left", "after {steps} steps: {device:?}");
            assert!(is_settled(&mut world, device), "after {steps} steps: {device:?}");
        }
        // Whether she was quicker or not: who is in knows it.
        world.accept_groups(cleo);
        let inside = members(&mut world, ana, &group);
        let came = world.call(cleo, "conversation.show", json!({"conversation": group})).is_ok();
        assert_eq!(inside, 1 + usize::from(came), "after {steps} steps");
    }
}
