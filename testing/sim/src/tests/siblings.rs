//! What several devices of one person tell each other, in whatever order it comes.

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
        own::Kind::Read(content::OwnRead { log: friend.log.into(), entry }),
        own::Kind::Star(content::OwnStar { message: message.clone().into(), on: true }),
        own::Kind::Listened(content::OwnListened { message: message.clone().into() }),
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
