//! Names and pictures of people and groups, on all devices.

use casemate_api::Command;
use casemate_api::command::AttachmentKind;
use casemate_content::proto as content;
use casemate_content::proto::content::Kind;
use casemate_wire::proto::wire::server_frame::Body;
use serde_json::{Value, json};

use crate::{ClientId, World};

fn with_picture(world: &mut World, id: ClientId, method: &str, mut params: Value, bytes: &[u8]) {
    let file = world.stage(id, AttachmentKind::Photo, "me.jpg", bytes);
    params["picture"] = json!("me.jpg");
    let command = Command::named(method, params).unwrap();
    let number = world.command(id, command, vec![file]);
    world.answer(id, number).expect("the picture is taken");
    world.settle();
}

fn contact(world: &mut World, id: ClientId, address: &str) -> Value {
    let contacts = world.ok(id, "contact.list", json!({}));
    let found =
        contacts["contacts"].as_array().unwrap().iter().find(|one| one["address"] == address).cloned();
    found.expect("a contact")
}

fn saved(world: &mut World, id: ClientId, picture: &Value, path: &str) -> Vec<u8> {
    world.ok(id, "attachment.save", json!({"message": picture, "index": 0, "path": path}));
    world.client(id).saved[path].clone()
}

#[test]
fn contacts_and_own_devices_see_name_line_and_picture() {
    let mut world = World::new(1_400);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    with_picture(
        &mut world,
        bob,
        "account.set",
        json!({"display_name": "Robert", "about": "at sea"}),
        b"a face",
    );
    let seen = contact(&mut world, ana, "bob@sim.example");
    assert_eq!((&seen["name"], &seen["about"]), (&json!("Robert"), &json!("at sea")));
    assert_eq!(saved(&mut world, ana, &seen["picture"], "/tmp/a"), b"a face");
    let at_ana = world.chat(ana, bob);
    assert_eq!(world.shown(ana, &at_ana)["picture"], seen["picture"]);
    // A second device comes, and says the same to everybody.
    let bob2 = world.link(bob);
    world.settle();
    let own = world.ok(bob2, "account.show", json!({}));
    assert_eq!((&own["display_name"], &own["about"]), (&json!("Robert"), &json!("at sea")));
    assert_eq!(saved(&mut world, bob2, &own["picture"], "/tmp/b"), b"a face");
    let still = contact(&mut world, ana, "bob@sim.example");
    assert_eq!(still, seen);
    // Changed on the second, it is so everywhere; the old picture leaves the disk.
    with_picture(&mut world, bob2, "account.set", json!({"display_name": "Bob"}), b"a new face");
    let changed = contact(&mut world, ana, "bob@sim.example");
    assert_eq!((&changed["name"], &changed["about"]), (&json!("Bob"), &json!("at sea")));
    assert_ne!(changed["picture"], seen["picture"]);
    assert_eq!(saved(&mut world, ana, &changed["picture"], "/tmp/c"), b"a new face");
    assert_eq!(world.client(ana).blobs.len(), 1);
    let own = world.ok(bob, "account.show", json!({}));
    assert_eq!(saved(&mut world, bob, &own["picture"], "/tmp/d"), b"a new face");
    world.ok(bob, "account.set", json!({"picture": ""}));
    world.settle();
    assert_eq!(contact(&mut world, ana, "bob@sim.example").get("picture"), None);
    assert_eq!(world.ok(bob2, "account.show", json!({})).get("picture"), None);
}

/// Of white space and what draws nothing.
const UNSEEN: [&str; 4] = [" ", "\u{200b}\u{200b}", "\u{ad}\u{2800}\u{3164}", "\u{2066}\u{fe0f}\u{2069}"];

#[test]
fn nobody_and_nothing_is_called_what_cannot_be_seen() {
    let mut world = World::new(1_409);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let group = world.group("Plans", ana, &[bob]);
    let (at_ana, to_bob) = (world.chat(ana, bob), world.address(bob));
    world.ok(bob, "account.set", json!({"display_name": "Robert"}));
    for name in UNSEEN {
        for (method, params) in [
            ("account.set", json!({"display_name": name})),
            ("conversation.create", json!({"name": name, "members": [to_bob]})),
            ("conversation.set", json!({"conversation": group, "name": name})),
            ("message.send", json!({"conversation": at_ana, "contact": {"address": to_bob, "name": name}})),
        ] {
            let refused = world.call(ana, method, params).unwrap_err();
            assert_eq!(
                refused.message, "A name may not contain line breaks or control characters.",
                "{method} {name:?}"
            );
        }
        for poll in [
            json!({"question": name, "options": ["a", "b"]}),
            json!({"question": "When?", "options": ["a", name]}),
        ] {
            let refused = world.call(ana, "message.send", json!({"conversation": at_ana, "poll": poll}));
            assert!(refused.unwrap_err().message.starts_with("A poll has a question"), "{name:?}");
        }
        let list = world.call(ana, "list.set", json!({"name": name, "members": [to_bob]})).unwrap_err();
        assert_eq!(list.message, "A list has a name and at least one member.");
    }
    world.settle();
    assert_eq!(contact(&mut world, ana, "bob@sim.example")["name"], "Robert");
    // No name is a choice.
    world.ok(bob, "account.set", json!({"display_name": ""}));
    world.settle();
    assert_eq!(contact(&mut world, ana, "bob@sim.example")["name"], "bob");
}

#[test]
fn who_says_to_be_called_what_cannot_be_seen_is_called_by_address() {
    let mut world = World::new(1_410);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.say(bob, &at_bob, "hello");
    world.settle();
    let mut insider = world.insider(bob, &at_bob);
    for (number, name) in (1..).zip(["Robert"].into_iter().chain(UNSEEN)) {
        let card = content::Card { display_name: name.into(), ..content::Card::default() };
        world.insider_says(&mut insider, vec![number; 16], Kind::Card(card));
        let shared = content::SharedContact { address: "eve@sim.example".into(), name: name.into() };
        let thing = Some(content::text::Thing::Contact(shared));
        let said = content::Text { thing, ..content::Text::default() };
        world.insider_says(&mut insider, vec![100 + number; 16], Kind::Text(said));
        world.settle();
        let (expected, card) = if number == 1 { ("Robert", "Robert") } else { ("bob", "") };
        assert_eq!(contact(&mut world, ana, "bob@sim.example")["name"], expected, "{name:?}");
        let shown = world.shown(ana, &at_ana);
        assert_eq!(shown["name"], expected);
        assert_eq!(world.messages(ana, &at_ana).last().unwrap()["contact"]["name"], card);
    }
}

#[test]
fn a_groups_picture_is_seen_by_its_members_and_by_who_comes_later() {
    let mut world = World::new(1_401);
    let (ana, bob, cleo) = (world.person("ana"), world.person("bob"), world.person("cleo"));
    world.befriend(ana, bob);
    world.befriend(ana, cleo);
    let group = world.group("Plans", ana, &[bob]);
    with_picture(&mut world, ana, "conversation.set", json!({"conversation": group}), b"a map");
    world.ok(ana, "conversation.add", json!({"conversation": group, "members": ["cleo@sim.example"]}));
    world.settle();
    world.accept_groups(cleo);
    world.settle();
    for id in [ana, bob, cleo] {
        let here = world.named(id, "Plans");
        let picture = world.shown(id, &here)["picture"].clone();
        assert_eq!(saved(&mut world, id, &picture, "/tmp/map"), b"a map");
    }
    world.ok(ana, "conversation.set", json!({"conversation": group, "picture": ""}));
    world.settle();
    for id in [ana, bob, cleo] {
        let here = world.named(id, "Plans");
        assert_eq!(world.shown(id, &here).get("picture"), None);
    }
}

#[test]
fn pictures_that_are_none_and_strangers_pictures_are_not_fetched() {
    let mut world = World::new(1_402);
    let (ana, bob, eve) = (world.person("ana"), world.person("bob"), world.person("eve"));
    world.befriend(ana, bob);
    world.befriend(ana, eve);
    let group = world.group("Plans", ana, &[bob, eve]);
    // Eve is nobody's contact but Ana's.
    let at_eve = world.named(eve, "Plans");
    with_picture(&mut world, eve, "conversation.set", json!({"conversation": at_eve}), b"look here");
    let at_bob = world.named(bob, "Plans");
    assert_eq!(world.shown(bob, &at_bob).get("picture"), None);
    assert!(world.client(bob).blobs.is_empty());
    assert!(world.shown(ana, &group)["picture"].is_string());
    let pair = world.chat(eve, ana);
    let mut mallory = world.insider(eve, &pair);
    for (number, kind, size) in [(1, 1, u64::MAX), (2, 0, 10), (3, 1, 100)] {
        let picture = content::Attachment {
            kind,
            size_bytes: size,
            padded_bytes: size,
            blob: vec![number; 16].into(),
            key: vec![1; 3].into(),
            ..content::Attachment::default()
        };
        let card = content::Card { picture: Some(picture), ..content::Card::default() };
        world.insider_says(&mut mallory, vec![number; 16], Kind::Card(card));
    }
    world.settle();
    assert_eq!(contact(&mut world, ana, "eve@sim.example").get("picture"), None);
}

/// A new device is told by its sibling, in the conversation of own devices, who is a contact. Their cards come by other ways.
#[test]
fn picture_that_comes_before_its_owner_is_a_contact_is_there_once_they_are() {
    let mut world = World::new(1_411);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    with_picture(&mut world, bob, "account.set", json!({"about": "at sea"}), b"a face");
    let seen = contact(&mut world, ana, "bob@sim.example");
    let siblings = world.with_db(ana, |db| {
        let own = "SELECT active_log FROM threads WHERE kind = 2";
        db.query_row(own, [], |row| row.get::<_, Vec<u8>>(0)).unwrap()
    });
    let new = ClientId(world.clients.len());
    // What own devices tell each other is slow.
    world.tamper = Some(Box::new(move |to, frame| {
        let slow =
            to == new && matches!(&frame.body, Some(Body::LogEntries(page)) if page.log[..] == siblings[..]);
        if slow { Vec::new() } else { vec![frame] }
    }));
    assert_eq!(world.link(ana), new);
    world.settle_for(120_000);
    world.tamper = None;
    world.cut(new.0);
    world.settle_for(60_000);
    let there = contact(&mut world, new, "bob@sim.example");
    assert_eq!((&there["about"], &there["picture"]), (&json!("at sea"), &seen["picture"]));
    assert_eq!(saved(&mut world, new, &there["picture"], "/tmp/e"), b"a face");
}
