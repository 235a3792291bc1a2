//! What several devices of one person tell each other, in whatever order it comes.

use std::collections::BTreeSet;

use casemate_content::proto as content;
use casemate_content::proto::content::Kind;
use casemate_content::proto::own;
use casemate_wire::ids::MessageId;
use serde_json::{Value, json};

use super::pair;
use crate::{ClientId, World};

/// What somebody is to a device's account.
fn is_contact(world: &mut World, id: ClientId, address: &str) -> bool {
    let all = world.ok(id, "contact.list", json!({}))["contacts"].clone();
    all.as_array().unwrap().iter().any(|one| one["address"] == address)
}

fn requests(world: &mut World, id: ClientId) -> Vec<Value> {
    world.ok(id, "contact.requests", json!({}))["requests"].as_array().unwrap().clone()
}

#[test]
fn who_was_declined_on_one_device_is_no_contact_on_the_other() {
    let mut world = World::new(2_500);
    let (ana, eve) = (world.person("ana"), world.person("eve"));
    let ana2 = world.link(ana);
    let (to_ana, to_eve) = (world.address(ana), world.address(eve));
    world.ok(eve, "contact.knock", json!({"to": to_ana}));
    world.settle();
    assert_eq!(requests(&mut world, ana2).len(), 1);
    world.ok(ana, "contact.decline", json!({"who": to_eve}));
    world.settle();
    // A device that comes later learns the same.
    let ana3 = world.link(ana);
    for device in [ana, ana2, ana3] {
        assert_eq!(requests(&mut world, device), Vec::<Value>::new());
        assert!(!is_contact(&mut world, device, &to_eve));
        assert!(world.call(device, "conversation.create", json!({"members": [to_eve]})).is_err());
    }
    // Later she wants to talk, and asks herself.
    world.ok(ana, "contact.knock", json!({"to": to_eve}));
    world.settle();
    world.ok(eve, "contact.accept", json!({"who": to_ana}));
    world.settle();
    for device in [ana, ana2, ana3] {
        assert!(is_contact(&mut world, device, &to_eve));
    }
    // What one device says of her afterwards does not undo it on another.
    world.ok(ana2, "contact.nickname", json!({"who": to_eve, "nickname": "E"}));
    world.settle();
    assert!(is_contact(&mut world, ana, &to_eve));
}

#[test]
fn what_a_device_read_and_starred_holds_on_one_that_hears_of_it_before_the_message() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(2_501);
    let bob2 = world.link(bob);
    world.settle();
    let notes = world.ok(bob2, "conversation.notes", json!({}))["conversation"].as_str().unwrap().to_owned();
    let mut sibling = world.insider(bob2, &notes);
    let mut friend = world.insider(ana, &at_ana);
    let message = vec![9; 16];
    // The next entry of that log.
    let entry = world.entries(friend.log).len() as u64 + 1;
    let said = [
        own::Kind::Read(content::OwnRead { log: friend.log.into(), entry, silent: Vec::new() }),
        own::Kind::Star(content::OwnStar { message: message.clone().into(), on: true, ..Default::default() }),
        own::Kind::Listened(content::OwnListened { message: message.clone().into(), ..Default::default() }),
    ];
    for (number, kind) in (1u8..).zip(said) {
        world.insider_says(&mut sibling, vec![number; 16], Kind::Own(content::Own { kind: Some(kind) }));
    }
    world.settle();
    let text = |text: &str| Kind::Text(content::Text { text: text.into(), ..content::Text::default() });
    world.insider_says(&mut friend, message.clone(), text("read elsewhere"));
    world.settle();
    let here = world.messages(bob, &at_bob).pop().unwrap();
    assert_eq!(here["message"], MessageId::try_from(&message[..]).unwrap().to_hex());
    assert_eq!((&here["starred"], &here["listened"]), (&json!(true), &json!(true)));
    assert_eq!(world.shown(bob, &at_bob)["unread"], 0);
    world.insider_says(&mut friend, vec![10; 16], text("new"));
    world.settle();
    assert_eq!(world.shown(bob, &at_bob)["unread"], 1);
    assert_eq!(world.messages(bob, &at_bob).pop().unwrap()["starred"], json!(false));
}

#[test]
fn of_two_own_devices_the_last_in_the_log_counts_for_all() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(2_502);
    let ana2 = world.link(ana);
    world.settle();
    let at_ana2 = world.chat(ana2, bob);
    let message = world.say(ana, &at_ana, "first");
    world.settle();
    // One is away, and says what it says later than the other.
    world.sleep(ana2, 600_000);
    for (device, emoji, text, on) in [(ana2, "❤️", "by the second", true), (ana, "👍", "by the first", false)]
    {
        world.begin(device, "message.react", json!({"message": message, "emoji": emoji}));
        world.begin(device, "message.pin", json!({"message": message, "on": true}));
        world.begin(device, "message.pin", json!({"message": message, "on": on}));
        for text in ["a slip", text] {
            world.begin(device, "message.edit", json!({"message": message, "text": text}));
        }
        world.settle_for(10_000);
    }
    world.wake(ana2);
    world.settle_for(1_200_000);
    let mut seen = Vec::new();
    for (who, id) in [(ana, &at_ana), (ana2, &at_ana2), (bob, &at_bob)] {
        let message = world.messages(who, id).pop().unwrap();
        seen.push((
            message["text"].clone(),
            message["reactions"][0]["emoji"].clone(),
            message["pinned"].clone(),
        ));
    }
    assert_eq!(seen[0], (json!("by the second"), json!("❤️"), json!(true)));
    assert!(seen.iter().all(|one| *one == seen[0]), "{seen:?}");
}

#[test]
fn what_one_changes_twice_in_a_row_has_two_versions_more() {
    let (mut world, ana, bob, at_ana, _) = pair(2_503);
    let message = world.say(ana, &at_ana, "first");
    world.settle();
    for text in ["second", "third"] {
        world.begin(ana, "message.edit", json!({"message": message, "text": text}));
    }
    world.settle();
    for who in [ana, bob] {
        let history = world.ok(who, "message.history", json!({"message": message}))["versions"].clone();
        let texts: Vec<&Value> = history.as_array().unwrap().iter().map(|one| &one["text"]).collect();
        assert_eq!(texts, ["first", "second", "third"]);
    }
}

/// Cleo with a second device, asked into Ana's group.
fn asked_on_two(seed: u64) -> (World, [ClientId; 3], String) {
    let mut world = World::new(seed);
    let [ana, bob, cleo] = ["ana", "bob", "cleo"].map(|name| world.person(name));
    world.befriend(ana, bob);
    world.befriend(ana, cleo);
    let group = world.group("Choir", ana, &[bob]);
    let second = world.link(cleo);
    world.settle_for(120_000);
    let to_cleo = world.address(cleo);
    world.ok(ana, "conversation.add", json!({"conversation": group, "members": [to_cleo]}));
    world.settle();
    (world, [ana, cleo, second], group)
}

/// Both devices are in the group, or both have left it.
fn ended_alike(world: &mut World, [ana, cleo, second]: [ClientId; 3], group: &str, what: &str) -> String {
    let standings = [cleo, second].map(|device| world.shown(device, group)["standing"].clone());
    assert_eq!(standings[0], standings[1], "{what}");
    world.say(ana, group, "and now?");
    world.settle();
    let is_in = standings[0] == "active";
    for device in [cleo, second] {
        let heard = world.texts(device, group).contains(&"and now?".to_owned());
        assert_eq!(heard, is_in, "{what}: {device:?}");
        world.sync(device);
    }
    standings[0].as_str().expect("a standing").to_owned()
}

#[test]
fn yes_and_no_at_the_same_moment_on_two_devices_end_alike() {
    let mut ends = BTreeSet::new();
    for (first, then) in [("accept", "decline"), ("decline", "accept")] {
        for steps in 0..24 {
            let what = format!("{first}, and {then} after {steps} steps");
            let (mut world, people, group) = asked_on_two(9_000 + steps);
            let [_, cleo, second] = people;
            world.ok(cleo, &format!("conversation.{first}"), json!({"conversation": group}));
            for _ in 0..steps {
                world.step();
            }
            // Too late to say so where the other device has told.
            let _ = world.call(second, &format!("conversation.{then}"), json!({"conversation": group}));
            world.settle();
            ends.insert(ended_alike(&mut world, people, &group, &what));
        }
    }
    assert_eq!(ends.into_iter().collect::<Vec<_>>(), ["active", "declined", "left"]);
}

#[test]
fn of_yes_and_no_the_one_counts_that_the_server_had_last() {
    for (first, then, end) in [("accept", "decline", "left"), ("decline", "accept", "active")] {
        let (mut world, people, group) = asked_on_two(9_050);
        let [_, cleo, second] = people;
        world.sleep(second, 86_400_000);
        world.ok(second, &format!("conversation.{then}"), json!({"conversation": group}));
        world.ok(cleo, &format!("conversation.{first}"), json!({"conversation": group}));
        world.settle_for(3_600_000);
        world.wake(second);
        world.settle();
        assert_eq!(ended_alike(&mut world, people, &group, then), end);
    }
}

#[test]
fn who_left_and_declined_and_says_yes_at_last_is_in_on_all_devices() {
    let mut world = World::new(9_060);
    let [ana, bob, cleo] = ["ana", "bob", "cleo"].map(|name| world.person(name));
    world.befriend(ana, bob);
    world.befriend(ana, cleo);
    let group = world.group("Choir", ana, &[bob, cleo]);
    world.say(ana, &group, "before");
    world.settle();
    world.ok(cleo, "conversation.leave", json!({"conversation": group}));
    world.settle();
    // One device has what was said before she left, the other one nothing.
    let second = world.link(cleo);
    world.settle_for(120_000);
    let members = json!({"conversation": group, "members": [world.address(cleo)]});
    world.ok(ana, "conversation.add", members.clone());
    world.settle();
    world.ok(cleo, "conversation.decline", json!({"conversation": group}));
    world.settle();
    for what in ["remove", "add"] {
        world.ok(ana, &format!("conversation.{what}"), members.clone());
        world.settle();
    }
    assert_eq!(world.ok(second, "conversation.requests", json!({}))["requests"], json!([]));
    world.ok(cleo, "conversation.accept", json!({"conversation": group}));
    world.settle();
    assert_eq!(ended_alike(&mut world, [ana, cleo, second], &group, "at last"), "active");
}

#[test]
fn what_was_left_says_so_last_on_all_own_devices() {
    let mut world = World::new(9_064);
    let [ana, bob] = ["ana", "bob"].map(|name| world.person(name));
    world.befriend(ana, bob);
    let bob2 = world.link(bob);
    let group = world.group("Choir", ana, &[bob]);
    world.settle();
    world.say(ana, &group, "before");
    world.settle();
    world.ok(bob, "conversation.leave", json!({"conversation": group}));
    world.settle();
    for device in [bob, bob2] {
        let shown = world.shown(device, &group);
        assert_eq!((&shown["standing"], &shown["last"]["text"]), (&json!("left"), &json!("You left.")));
        let lines = world.notices(device, &group);
        assert_eq!(lines.iter().filter(|line| line.ends_with("left.")).count(), 1, "{lines:?}");
    }
    assert_eq!(world.shown(ana, &group)["last"]["text"], "bob left.");
}
