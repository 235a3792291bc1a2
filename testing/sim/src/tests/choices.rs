//! Settings, what is known of a message, search by kind, and what takes room.

use casemate_api::Command;
use casemate_api::Kind as Refused;
use casemate_api::command::AttachmentKind;
use casemate_content::proto as content;
use casemate_content::proto::content::Kind;
use casemate_content::proto::own;
use serde_json::{Value, json};

use super::pair;
use crate::World;

#[test]
fn settings_of_the_account_are_shared_and_those_of_a_screen_are_not() {
    let mut world = World::new(1_300);
    let bob = world.person("bob");
    let shown = world.ok(bob, "settings.show", json!({}));
    assert_eq!(
        (&shown["read_receipts"], &shown["theme"], &shown["quiet_hours"]),
        (&json!(true), &json!("system"), &Value::Null)
    );
    let hours = json!({"from": "22:00", "to": "07:30"});
    world.ok(bob, "settings.set", json!({"quiet_hours": hours, "language": "pt-BR", "theme": "dark"}));
    let bob2 = world.link(bob);
    world.settle();
    let other = world.ok(bob2, "settings.show", json!({}));
    assert_eq!(
        (&other["quiet_hours"], &other["language"], &other["theme"]),
        (&hours, &json!("pt-BR"), &json!("system"))
    );
    world.ok(bob2, "settings.set", json!({"quiet_hours": null, "read_receipts": false, "text_size": 150}));
    world.settle();
    let shown = world.ok(bob, "settings.show", json!({}));
    assert_eq!((&shown["quiet_hours"], &shown["read_receipts"]), (&Value::Null, &json!(false)));
    assert_eq!((&shown["text_size"], &shown["theme"]), (&json!(100), &json!("dark")));
    world.kill(bob.0);
    world.settle();
    assert_eq!(world.ok(bob, "settings.show", json!({})), shown);
    for bad in [
        json!({"language": "../../etc"}),
        json!({"text_size": 10_000}),
        json!({"quiet_hours": {"from": "25:00", "to": "07:00"}}),
        json!({"quiet_hours": {"from": "+1:00", "to": "07:00"}}),
    ] {
        assert_eq!(world.call(bob, "settings.set", bad).unwrap_err().kind, Refused::Invalid);
    }
    // A sibling may choose what is the account's, and nothing else.
    let notes = world.ok(bob2, "conversation.notes", json!({}))["conversation"].as_str().unwrap().to_owned();
    let mut sibling = world.insider(bob2, &notes);
    for (number, (key, value)) in (1u8..).zip([
        ("theme", "\"light\""),
        ("read_receipts", "\"maybe\""),
        ("read_receipts", "{"),
        ("server_key", "\"mine\""),
        ("../device_secret", "1"),
        ("language", "\"a b\""),
        ("language", "\"de\""),
    ]) {
        let setting = content::OwnSetting { key: key.into(), value: value.into() };
        let said = content::Own { kind: Some(own::Kind::Setting(setting)) };
        world.insider_says(&mut sibling, vec![number; 16], Kind::Own(said));
    }
    world.settle();
    let now = world.ok(bob, "settings.show", json!({}));
    assert_eq!(
        (&now["theme"], &now["read_receipts"], &now["language"]),
        (&json!("dark"), &json!(false), &json!("de"))
    );
}

#[test]
fn without_read_receipts_nobody_learns_what_was_read_but_own_devices() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(1_301);
    let bob2 = world.link(bob);
    let at_bob2 = world.chat(bob2, ana);
    world.ok(bob, "settings.set", json!({"read_receipts": false}));
    world.settle();
    let sent = world.say(ana, &at_ana, "did you see this?");
    world.settle();
    world.ok(bob2, "message.read", json!({"message": sent}));
    world.settle();
    for (id, key) in [(bob, &at_bob), (bob2, &at_bob2)] {
        assert_eq!(world.shown(id, key)["unread"], 0);
    }
    assert_eq!(world.messages(ana, &at_ana).pop().unwrap()["state"], "delivered");
    // And Bob does not learn what Ana read.
    let answer = world.say(bob, &at_bob, "no");
    world.settle();
    world.ok(ana, "message.read", json!({"message": answer}));
    world.settle();
    for (id, key) in [(bob, &at_bob), (bob2, &at_bob2)] {
        assert_eq!(world.messages(id, key).pop().unwrap()["state"], "delivered");
    }
    let info = world.ok(bob, "message.info", json!({"message": answer}));
    assert_eq!(info["members"][0]["state"], "delivered");
    world.ok(bob, "settings.set", json!({"read_receipts": true}));
    let again = world.say(ana, &at_ana, "and now?");
    world.settle();
    world.ok(bob, "message.read", json!({"message": again}));
    world.settle();
    assert_eq!(world.messages(ana, &at_ana).pop().unwrap()["state"], "read");
    // What was read meanwhile is not told with it.
    let states = |world: &mut World| {
        let shown = world.messages(ana, &at_ana);
        let own = shown.iter().filter(|message| message["from"] == "ana@sim.example");
        own.map(|message| message["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(states(&mut world)[1..], ["delivered", "read"]);
    let info = world.ok(ana, "message.info", json!({"message": sent}));
    assert_eq!(info["members"][0]["state"], "delivered");
    let info = world.ok(ana, "message.info", json!({"message": again}));
    assert_eq!(info["members"][0]["state"], "read");
}

#[test]
fn what_was_read_without_read_receipts_is_never_told_by_any_device() {
    let mut world = World::new(1_306);
    let (ana, bob, cleo) = (world.person("ana"), world.person("bob"), world.person("cleo"));
    world.befriend(ana, bob);
    world.befriend(ana, cleo);
    let group = world.group("Plans", ana, &[bob, cleo]);
    world.settle();
    let mut open = Vec::new();
    let mut silent = Vec::new();
    for turn in 0..2 {
        let sent = world.say(ana, &group, "open");
        world.settle();
        world.ok(bob, "message.read", json!({"message": sent}));
        world.settle();
        open.push(sent);
        // On again before a receipt would be due, and after a start.
        world.ok(bob, "settings.set", json!({"read_receipts": false}));
        let sent = world.say(ana, &group, "silent");
        world.settle();
        world.ok(bob, "message.read", json!({"message": sent}));
        if turn == 0 {
            world.ok(bob, "settings.set", json!({"read_receipts": true}));
        } else {
            world.kill(bob.0);
        }
        world.settle();
        world.ok(bob, "settings.set", json!({"read_receipts": true}));
        world.settle();
        silent.push(sent);
    }
    // A device that comes later reads openly what comes then.
    let bob2 = world.link(bob);
    world.settle();
    let sent = world.say(ana, &group, "open");
    world.settle();
    world.ok(bob2, "message.read", json!({"message": sent}));
    world.settle();
    world.ok(cleo, "message.read", json!({"message": sent}));
    world.settle();
    open.push(sent);
    let mut seen = |message: &String| {
        let info = world.ok(ana, "message.info", json!({"message": message}));
        info["members"][0]["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(open.iter().map(&mut seen).collect::<Vec<_>>(), ["read", "read", "read"]);
    assert_eq!(silent.iter().map(&mut seen).collect::<Vec<_>>(), ["delivered", "delivered"]);
    let shown = world.messages(ana, &group);
    for (messages, state) in [(&open, "read"), (&silent, "delivered")] {
        for message in messages {
            let row = shown.iter().find(|row| row["message"] == message.as_str()).unwrap();
            assert_eq!(row["state"], state);
        }
    }
}

#[test]
fn who_got_a_message_who_read_it_and_what_it_said_before() {
    let mut world = World::new(1_302);
    let (ana, bob, cleo) = (world.person("ana"), world.person("bob"), world.person("cleo"));
    world.befriend(ana, bob);
    world.befriend(ana, cleo);
    let group = world.group("Plans", ana, &[bob, cleo]);
    world.settle();
    world.sleep(cleo, 7_200_000);
    let sent = world.say(ana, &group, "tuesday");
    assert_eq!(world.ok(ana, "message.info", json!({"message": sent}))["members"], json!([]));
    world.settle();
    world.ok(bob, "message.read", json!({"message": sent}));
    world.settle();
    let reached = |world: &mut World| {
        let info = world.ok(ana, "message.info", json!({"message": sent}));
        let members = info["members"].as_array().unwrap().clone();
        members
            .into_iter()
            .map(|one| (one["state"].as_str().unwrap().to_owned(), one["at"].is_string()))
            .collect::<Vec<_>>()
    };
    assert_eq!(reached(&mut world), [("read".to_owned(), true), ("sent".to_owned(), false)]);
    // Later messages do not change when this one was read.
    let before = world.ok(ana, "message.info", json!({"message": sent}))["members"][0]["at"].clone();
    world.settle_for(600_000);
    let next = world.say(ana, &group, "or wednesday");
    world.settle();
    world.ok(bob, "message.read", json!({"message": next}));
    world.settle();
    assert_eq!(world.ok(ana, "message.info", json!({"message": sent}))["members"][0]["at"], before);
    world.wake(cleo);
    world.settle();
    assert_eq!(reached(&mut world)[1], ("delivered".to_owned(), true));
    // Whoever comes later never had it.
    let dora = world.person("dora");
    world.befriend(ana, dora);
    world.ok(ana, "conversation.add", json!({"conversation": group, "members": ["dora@sim.example"]}));
    world.settle();
    world.accept_groups(dora);
    world.settle();
    assert_eq!(reached(&mut world).len(), 2);
    for text in ["Tuesday", "Tuesday at 8"] {
        world.settle_for(60_000);
        world.ok(ana, "message.edit", json!({"message": sent, "text": text}));
        world.settle();
    }
    for id in [ana, bob] {
        let versions = world.ok(id, "message.history", json!({"message": sent}))["versions"].clone();
        let texts: Vec<&str> =
            versions.as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect();
        assert_eq!(texts, ["tuesday", "Tuesday", "Tuesday at 8"]);
        let times: Vec<&str> =
            versions.as_array().unwrap().iter().map(|one| one["at"].as_str().unwrap()).collect();
        assert!(times.is_sorted() && times[0] < times[2], "{times:?}");
    }
    world.ok(ana, "message.delete", json!({"message": sent, "for": "everyone"}));
    world.settle();
    let left = world.ok(bob, "message.history", json!({"message": sent}))["versions"].clone();
    assert_eq!(left.as_array().unwrap().len(), 1);
    assert_eq!(left[0]["text"], "");
}

#[test]
fn search_by_kind_time_and_file_name() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(1_303);
    world.say(ana, &at_ana, "an old word");
    world.settle_for(3 * 86_400_000);
    let photo = world.stage(ana, AttachmentKind::Photo, "IMG_2041.jpg", b"1");
    let paper = world.stage(ana, AttachmentKind::Document, "Rechnung Müller.pdf", b"2");
    world.send_files(ana, &at_ana, "", vec![photo]);
    world.send_files(ana, &at_ana, "the bill", vec![paper]);
    world.say(ana, &at_ana, "look at https://example.org/a");
    world.say(ana, &at_ana, "http:// is no address");
    // As the page has them: also without a beginning, and what is only written like one is none.
    world.say(ana, &at_ana, "see _example.org/path_, please");
    world.say(ana, &at_ana, "e.g. main.rs, the.end");
    let poll = json!({"question": "When?", "options": ["Thursday", "Saturday"]});
    world.ok(ana, "message.send", json!({"conversation": at_ana, "poll": poll}));
    world.settle();
    let find = |world: &mut World, wanted: Value| {
        let mut hits = Vec::new();
        for place in [json!({}), json!({"conversation": at_bob})] {
            let mut wanted = wanted.clone();
            wanted.as_object_mut().unwrap().extend(place.as_object().unwrap().clone());
            hits.push(world.ok(bob, "message.search", wanted)["messages"].as_array().unwrap().len());
        }
        assert_eq!(hits[0], hits[1], "{wanted}");
        hits[0]
    };
    for (wanted, hits) in [
        (json!({"kind": "media"}), 1),
        (json!({"kind": "documents"}), 1),
        (json!({"kind": "links"}), 2),
        (json!({"kind": "links", "text": "please"}), 1),
        (json!({"kind": "links", "text": "bill"}), 0),
        (json!({"kind": "documents", "text": "bill"}), 1),
        (json!({"text": "muller"}), 1),
        (json!({"text": "saturday"}), 1),
        (json!({"text": "img_2041"}), 1),
        (json!({"text": "re mu bi"}), 1),
        (json!({"text": "pd"}), 1),
        (json!({"before": "2026-11-21T00:00:00Z"}), 1),
        (json!({"after": "2026-11-21T00:00:00Z"}), 7),
        (json!({"after": "2026-11-21T00:00:00Z", "before": "2026-11-22T00:00:00Z"}), 0),
        (json!({"after": "2026-11-21T00:00:00Z", "text": "old"}), 0),
    ] {
        assert_eq!(find(&mut world, wanted.clone()), hits, "{wanted}");
    }
    assert_eq!(world.call(bob, "message.search", json!({})).unwrap_err().kind, Refused::Invalid);
    assert_eq!(
        world.call(bob, "message.search", json!({"after": "then"})).unwrap_err().kind,
        Refused::Invalid
    );
}

#[test]
fn own_stickers_stay_where_notes_to_oneself_are_cleared() {
    let mut world = World::new(1_305);
    let ana = world.person("ana");
    let notes = world.ok(ana, "conversation.notes", json!({}))["conversation"].as_str().unwrap().to_owned();
    world.say(ana, &notes, "milk");
    let sticker = world.stage(ana, AttachmentKind::Sticker, "cat.png", &[7; 500]);
    world.send_files(ana, &notes, "Cats", vec![sticker]);
    let alone = world.stage(ana, AttachmentKind::Sticker, "dog.png", &[8; 500]);
    world.send_files(ana, &notes, "", vec![alone]);
    world.settle();
    world.ok(ana, "conversation.clear", json!({"conversation": notes, "scheduled": true}));
    assert_eq!(world.texts(ana, &notes), ["Cats"]);
    assert_eq!(world.ok(ana, "storage.usage", json!({}))["file_bytes"], 500);
}

#[test]
fn what_takes_room_and_making_room() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(1_304);
    let bob2 = world.link(bob);
    let file = world.stage(ana, AttachmentKind::Photo, "a.jpg", &[7; 5_000]);
    let sent = world.send_files(ana, &at_ana, "with a photo", vec![file]);
    let keep = world.say(ana, &at_ana, "the address is 12 Park Road");
    world.settle();
    world.ok(bob2, "message.star", json!({"message": keep}));
    world.settle();
    assert_eq!(world.messages(bob, &at_bob).last().unwrap()["starred"], true, "stars are shared");
    let usage = world.ok(bob, "storage.usage", json!({}));
    let pair =
        usage["conversations"].as_array().unwrap().iter().find(|one| one["conversation"] == at_bob).unwrap();
    assert_eq!(
        (&pair["messages"], &pair["files"], &pair["file_bytes"]),
        (&json!(2), &json!(1), &json!(5_000))
    );
    assert!(usage["database_bytes"].as_u64().unwrap() > 10_000);
    assert_eq!(usage["file_bytes"], 5_000);
    world.ok(bob, "conversation.clear", json!({"conversation": at_bob, "keep_starred": true}));
    assert_eq!(world.texts(bob, &at_bob), ["the address is 12 Park Road"]);
    assert_eq!(world.ok(bob, "storage.usage", json!({}))["file_bytes"], 0);
    assert!(world.client(bob).blobs.is_empty(), "the file is gone from the disk");
    let active = world.shown(bob, &at_bob)["active"].clone();
    world.ok(bob, "conversation.clear", json!({"conversation": at_bob}));
    assert_eq!(world.texts(bob, &at_bob), Vec::<String>::new());
    assert_eq!(world.shown(bob, &at_bob)["unread"], 0);
    assert_eq!(world.shown(bob, &at_bob)["active"], active, "it stays where it stands in the list");
    assert_eq!(world.texts(ana, &at_ana).len(), 2, "others keep theirs");
    world.say(ana, &at_ana, "and on");
    world.settle();
    assert_eq!(world.texts(bob, &at_bob), ["and on"]);
    let _ = sent;

    // What waits for its time stays, or is called off, files and all.
    let file = world.stage(bob, AttachmentKind::Photo, "b.jpg", &[8; 5_000]);
    let later =
        json!({"conversation": at_bob, "attachments": [{"path": "b.jpg"}], "at": "2026-11-22T09:00:00Z"});
    let command = Command::named("message.send", later).unwrap();
    let number = world.command(bob, command, vec![file]);
    world.answer(bob, number).unwrap();
    world.settle();
    let waiting = |world: &mut World| {
        world.ok(bob, "conversation.scheduled", json!({}))["messages"].as_array().unwrap().len()
    };
    world.ok(bob, "conversation.clear", json!({"conversation": at_bob}));
    assert_eq!(waiting(&mut world), 1);
    world.ok(bob, "conversation.clear", json!({"conversation": at_bob, "scheduled": true}));
    assert_eq!(waiting(&mut world), 0);
    assert!(world.client(bob).blobs.is_empty(), "the file is gone from the disk");
}
