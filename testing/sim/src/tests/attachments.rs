//! Files: what is fetched by itself and what waits for a tap, what was tampered with, and bad days.

use casemate_api::Command;
use casemate_api::Kind;
use casemate_api::command::AttachmentKind::{Document, Photo, Video, Voice};
use casemate_server::config::{Allowances, Policy, Registration};
use rand::{Rng as _, RngCore as _};
use serde_json::json;

use crate::{ClientId, Faults, World};

fn bytes(world: &mut World, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    world.rng.fill_bytes(&mut bytes);
    bytes
}

#[test]
fn pictures_and_voices_of_contacts_are_fetched_and_the_rest_waits() {
    let mut world = World::new(800);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    let contents: Vec<Vec<u8>> = [1, 65_536, 200_000, 0].iter().map(|len| bytes(&mut world, *len)).collect();
    let files = [(Photo, "a.jpg"), (Voice, "b.ogg"), (Video, "c.mp4"), (Document, "d.pdf")]
        .iter()
        .zip(&contents)
        .map(|((kind, name), bytes)| world.stage(ana, *kind, name, bytes))
        .collect();
    let sent = world.send_files(ana, &at_ana, "look", files);
    world.settle();
    assert_eq!(world.file_states(ana, &at_ana, &sent), ["sent"; 4]);
    assert_eq!(world.file_states(bob, &at_bob, &sent), ["stored", "stored", "offered", "offered"]);
    for (index, content) in contents.iter().enumerate() {
        let path = format!("/tmp/saved-{index}");
        world.ok(bob, "attachment.save", json!({"message": sent, "index": index, "path": path}));
        assert_eq!(&world.client(bob).saved[&path], content);
    }
    assert_eq!(world.file_states(bob, &at_bob, &sent), ["stored"; 4]);
}

#[test]
fn in_strict_mode_nothing_is_fetched_without_a_tap() {
    let mut world = World::new(812);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    let photo = bytes(&mut world, 5_000);
    let send = |world: &mut World| {
        let files = vec![world.stage(ana, Photo, "a.jpg", &photo)];
        let sent = world.send_files(ana, &at_ana, "look", files);
        world.settle();
        sent
    };
    world.ok(bob, "contact.strict", json!({"on": true}));
    let sent = send(&mut world);
    assert_eq!(world.file_states(bob, &at_bob, &sent), ["offered"]);
    world.ok(bob, "attachment.save", json!({"message": sent, "index": 0, "path": "/tmp/a.jpg"}));
    assert_eq!(world.client(bob).saved["/tmp/a.jpg"], photo);
    // For this chat it is off again.
    world.ok(bob, "contact.strict", json!({"conversation": at_bob, "on": false}));
    let sent = send(&mut world);
    assert_eq!(world.file_states(bob, &at_bob, &sent), ["stored"]);
}

#[test]
fn a_video_s_preview_comes_with_its_message_before_the_video_does() {
    let mut world = World::new(811);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    let send = |world: &mut World, preview: &str| {
        let file = world.stage(ana, Video, "c.mp4", b"frames");
        let named = [json!({"path": "c.mp4", "preview": preview})];
        let params = json!({"conversation": at_ana, "attachments": named});
        let command = Command::named("message.send", params);
        let number = world.command(ana, command.expect("a command"), vec![file]);
        world.answer(ana, number)
    };
    send(&mut world, "ffd8ffe0").expect("the message is taken");
    for wrong in ["f", "xy", "ffd", &"ff".repeat(4_097)] {
        assert!(send(&mut world, wrong).is_err());
    }
    world.settle();
    let messages = world.messages(bob, &at_bob);
    let files: Vec<_> = messages.iter().filter_map(|one| one["attachments"].get(0)).collect();
    assert_eq!(files.len(), 1);
    assert_eq!((&files[0]["preview"], &files[0]["state"]), (&json!("ffd8ffe0"), &json!("offered")));
}

#[test]
fn from_people_who_are_no_contacts_nothing_is_fetched_without_a_tap() {
    let mut world = World::new(801);
    let (ana, bob, cleo) = (world.person("ana"), world.person("bob"), world.person("cleo"));
    world.befriend(ana, bob);
    world.befriend(ana, cleo);
    world.group("Plans", ana, &[bob, cleo]);
    let ids = [ana, bob, cleo].map(|who| world.named(who, "Plans"));
    let content = bytes(&mut world, 5_000);
    let file = world.stage(bob, Photo, "a.jpg", &content);
    let blob = file.blob;
    let sent = world.send_files(bob, &ids[1], "", vec![file]);
    world.settle();
    assert_eq!(world.file_states(ana, &ids[0], &sent), ["stored"]);
    assert_eq!(world.file_states(cleo, &ids[2], &sent), ["offered"]);
    assert!(!world.client(cleo).blobs.contains_key(&blob), "no byte was fetched");
    world.ok(cleo, "attachment.save", json!({"message": sent, "index": 0, "path": "/tmp/a"}));
    assert_eq!(world.client(cleo).saved["/tmp/a"], content);
}

#[test]
fn a_file_that_was_tampered_with_on_the_server_is_refused_whole() {
    let mut world = World::new(802);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    let content = bytes(&mut world, 150_000);
    let files = vec![world.stage(ana, Photo, "a.jpg", &content), world.stage(ana, Document, "b", &content)];
    let blobs = [files[0].blob, files[1].blob];
    world.spoiled.extend(blobs);
    let sent = world.send_files(ana, &at_ana, "", files);
    world.settle();
    assert_eq!(world.file_states(bob, &at_bob, &sent), ["failed", "offered"]);
    for index in 0..2 {
        let refused =
            world.call(bob, "attachment.save", json!({"message": sent, "index": index, "path": "/tmp/bad"}));
        assert_eq!(refused.unwrap_err().kind, Kind::Untrusted);
    }
    assert!(world.client(bob).saved.is_empty() && world.client(bob).blobs.is_empty(), "nothing half-written");
    world.spoiled.clear();
    for index in 0..2 {
        let path = format!("/tmp/good-{index}");
        world.ok(bob, "attachment.save", json!({"message": sent, "index": index, "path": path}));
        assert_eq!(world.client(bob).saved[&path], content);
    }
}

#[test]
fn cancelled_on_the_way_out_and_on_the_way_in() {
    let mut world = World::new(803);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.sleep(ana, 3_600_000);
    let content = bytes(&mut world, 1_000);
    let files = vec![world.stage(ana, Photo, "a.jpg", &content), world.stage(ana, Photo, "b.jpg", &content)];
    let given_up = world.send_files(ana, &at_ana, "not this", files);
    let after = world.say(ana, &at_ana, "but this");
    world.ok(ana, "attachment.cancel", json!({"message": given_up, "index": 1}));
    world.wake(ana);
    world.settle();
    assert_eq!(world.texts(bob, &at_bob), ["but this"]);
    assert!(!world.client(ana).blobs.is_empty(), "what was given up can be tried again");
    let states: Vec<_> = world
        .messages(ana, &at_ana)
        .iter()
        .map(|one| (one["message"].clone(), one["state"].clone()))
        .collect();
    assert!(states.contains(&(json!(given_up), json!("failed"))), "{states:?}");
    assert!(states.contains(&(json!(after), json!("delivered"))), "{states:?}");
    world.ok(ana, "message.delete", json!({"message": given_up, "for": "me"}));
    assert!(world.client(ana).blobs.is_empty(), "what was deleted is not kept");
    // On the way in: it is offered again.
    let file = world.stage(ana, Document, "c.pdf", &content);
    let sent = world.send_files(ana, &at_ana, "", vec![file]);
    world.settle();
    world.faults.delay_ms = 5_000;
    let save = world.begin(bob, "attachment.save", json!({"message": sent, "index": 0, "path": "/tmp/c"}));
    world.ok(bob, "attachment.cancel", json!({"message": sent, "index": 0}));
    assert_eq!(world.answer(bob, save).unwrap_err().kind, Kind::NotFound);
    world.faults = Faults::default();
    world.settle();
    assert_eq!(world.file_states(bob, &at_bob, &sent), ["offered"]);
    assert!(world.client(bob).saved.is_empty());
    world.ok(bob, "attachment.save", json!({"message": sent, "index": 0, "path": "/tmp/c"}));
    assert_eq!(world.client(bob).saved["/tmp/c"], content);
}

#[test]
fn files_on_rough_days() {
    let seeds = match std::env::var("CASEMATE_SEED").ok().and_then(|seed| seed.parse().ok()) {
        Some(seed) => vec![seed],
        None => (810..814).collect::<Vec<u64>>(),
    };
    for seed in seeds {
        let mut world = World::new(seed);
        let _note = world.announce("files_on_rough_days");
        let people: Vec<ClientId> = ["ana", "bob", "cleo"].iter().map(|name| world.person(name)).collect();
        world.befriend(people[0], people[1]);
        world.befriend(people[0], people[2]);
        world.befriend(people[1], people[2]);
        world.group("Storm", people[0], &people[1..]);
        let ids: Vec<String> = people.iter().map(|who| world.named(*who, "Storm")).collect();
        world.faults = Faults::ROUGH;
        let mut sent = Vec::new();
        for number in 0..12 {
            let at = world.rng.random_range(0..people.len());
            let len = world.rng.random_range(0..100_000);
            let content = bytes(&mut world, len);
            let file = world.stage(people[at], Photo, &format!("{number}.jpg"), &content);
            let message = world.send_files(people[at], &ids[at], &format!("{number}"), vec![file]);
            sent.push((message, content));
            let pause = world.rng.random_range(0..4_000);
            world.settle_for(pause);
        }
        world.calm();
        for (who, id) in people.iter().zip(&ids) {
            assert_eq!(world.texts(*who, id).len(), sent.len());
            for (message, content) in &sent {
                let path = format!("/tmp/{message}");
                world.ok(*who, "attachment.save", json!({"message": message, "index": 0, "path": path}));
                assert_eq!(&world.client(*who).saved[&path], content);
            }
        }
    }
}

#[test]
fn a_device_that_stayed_connected_for_days_can_still_pay() {
    let mut world = World::new(79);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.settle_for(4 * 86_400_000);
    let file = world.stage(ana, Document, "a.pdf", b"a");
    world.send_files(ana, &at_ana, "after days", vec![file]);
    world.ok(bob, "conversation.create", json!({"members": ["ana@sim.example"], "name": "Days"}));
    world.settle();
    assert_eq!(world.texts(bob, &at_bob), ["after days"]);
    world.accept_groups(ana);
    assert!(world.ok(ana, "conversation.list", json!({})).to_string().contains("Days"));
}

const DAY_MS: i64 = 86_400_000;

#[test]
fn file_that_waits_for_the_allowance_says_so_and_holds_no_text_back() {
    let policy = Policy {
        registration: Registration::Open,
        allowances: Allowances { blobs: 3, ..Allowances::default() },
        ..Policy::default()
    };
    let mut world = World::with_policy(813, policy);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    let sent: Vec<String> = (0..5)
        .map(|number| {
            let photo = bytes(&mut world, 5_000);
            let file = world.stage(ana, Photo, "a.jpg", &photo);
            world.send_files(ana, &at_ana, &format!("photo {number}"), vec![file])
        })
        .collect();
    world.say(ana, &at_ana, "a text");
    world.settle();
    let texts = world.texts(bob, &at_bob);
    assert!(texts.contains(&"a text".to_owned()), "{texts:?}");
    assert!(texts.contains(&"photo 0".to_owned()), "what is left of an allowance is used: {texts:?}");
    let waits = |world: &mut World| -> Vec<serde_json::Value> {
        let messages = world.messages(ana, &at_ana);
        let files =
            messages.iter().flat_map(|one| one["attachments"].as_array().cloned().unwrap_or_default());
        files.map(|file| file["waits"].clone()).filter(|waits| !waits.is_null()).collect()
    };
    let waiting = waits(&mut world);
    assert!(!waiting.is_empty());
    assert!(
        waiting.iter().all(|waits| waits["why"] == "allowance" && waits["until"].is_string()),
        "{waiting:?}"
    );
    world.settle_for(3 * DAY_MS);
    assert_eq!(waits(&mut world), Vec::<serde_json::Value>::new());
    for message in &sent {
        assert_eq!(world.file_states(bob, &at_bob, message), ["stored"]);
    }
}

#[test]
fn upload_of_which_the_server_knows_nothing_any_more_is_made_anew() {
    let mut world = World::new(814);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    let photo = bytes(&mut world, 5_000);
    let file = world.stage(ana, Photo, "a.jpg", &photo);
    let sent = world.send_files(ana, &at_ana, "look", vec![file]);
    while world.file_states(ana, &at_ana, &sent) != ["uploading"] {
        world.step();
    }
    world.sleep(ana, 8 * DAY_MS);
    world.settle_for(8 * DAY_MS - 60_000);
    let now = world.now_ms;
    world.server.housekeeping(now).unwrap();
    world.settle_for(120_000);
    assert_eq!(world.file_states(bob, &at_bob, &sent), ["stored"]);
}

#[test]
fn message_that_is_said_again_after_a_restore_has_its_files() {
    let mut world = World::restorable(815);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.say(ana, &at_ana, "before");
    world.settle();
    let backup = world.backup();
    world.sleep(bob, DAY_MS);
    let photo = bytes(&mut world, 5_000);
    let file = world.stage(ana, Photo, "a.jpg", &photo);
    let sent = world.send_files(ana, &at_ana, "look", vec![file]);
    world.settle();
    assert_eq!(world.file_states(ana, &at_ana, &sent), ["sent"]);
    world.restore(backup);
    world.wake(bob);
    world.settle_for(600_000);
    assert_eq!(world.file_states(bob, &at_bob, &sent), ["stored"]);
}

#[test]
fn file_that_is_damaged_or_missing_here_can_be_received_again() {
    let mut world = World::new(827);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    let photo = bytes(&mut world, 5_000);
    let file = world.stage(ana, Photo, "a.jpg", &photo);
    let blob = file.blob;
    let sent = world.send_files(ana, &at_ana, "look", vec![file]);
    world.settle();
    let save = json!({"message": sent, "index": 0, "path": "/tmp/a.jpg"});
    for (who, chat, was) in [(bob, &at_bob, "stored"), (ana, &at_ana, "sent")] {
        assert_eq!(world.file_states(who, chat, &sent), [was]);
        for missing in [false, true] {
            match missing {
                true => drop(world.client(who).blobs.remove(&blob)),
                false => world.client(who).blobs.get_mut(&blob).unwrap()[100] ^= 1,
            }
            world.call(who, "attachment.save", save.clone()).unwrap_err();
            assert_eq!(world.file_states(who, chat, &sent), ["offered"]);
            world.ok(who, "attachment.save", save.clone());
            assert_eq!(world.client(who).saved.remove("/tmp/a.jpg"), Some(photo.clone()));
            assert_eq!(world.file_states(who, chat, &sent), [was]);
        }
    }

    // The server does not give it any more: that is said.
    world.spoiled.insert(blob);
    world.client(bob).blobs.remove(&blob);
    world.call(bob, "attachment.save", save.clone()).unwrap_err();
    let refused = world.call(bob, "attachment.save", save).unwrap_err();
    let said = casemate_api::said::said(&refused.message).expect("a sentence with a code");
    assert_eq!(said.code, "file-not-fetched");
    assert_eq!(world.file_states(bob, &at_bob, &sent), ["failed"]);
}

#[test]
fn picture_of_a_group_that_is_missing_here_comes_again_by_itself() {
    let mut world = World::new(828);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    world.group("Plans", ana, &[bob]);
    let at_ana = world.named(ana, "Plans");
    let picture = bytes(&mut world, 3_000);
    let file = world.stage(ana, Photo, "p.jpg", &picture);
    let blob = file.blob;
    let params = json!({"conversation": at_ana, "picture": "p.jpg"});
    let command = Command::named("conversation.set", params).expect("a command");
    let number = world.command(ana, command, vec![file]);
    world.answer(ana, number).expect("the picture is taken");
    world.settle();
    for who in [bob, ana] {
        assert!(world.client(who).blobs.remove(&blob).is_some());
        world.input(who.0, casemate_engine::Input::FilesGone(vec![blob]));
        world.settle();
        assert!(world.client(who).blobs.contains_key(&blob));
    }
}

#[test]
fn file_on_a_server_that_keeps_it_for_days_is_promised_for_days() {
    let policy = Policy { registration: Registration::Open, retention_days: 8, ..Policy::default() };
    let mut world = World::with_policy(829, policy);
    let (ana, bob, cleo) = (world.person("ana"), world.person("bob"), world.person("cleo"));
    world.befriend(ana, bob);
    world.befriend(ana, cleo);
    let (to_bob, to_cleo) = (world.chat(ana, bob), world.chat(ana, cleo));
    let file = world.stage(ana, Document, "a.pdf", b"a page");
    let sent = world.send_files(ana, &to_bob, "look", vec![file]);
    world.settle();
    let forward = json!({"messages": [sent], "to": [to_cleo]});
    world.ok(ana, "message.forward", forward.clone());
    world.settle_for(5 * 86_400_000);
    assert_eq!(world.call(ana, "message.forward", forward).unwrap_err().kind, Kind::NotAllowed);
    // Nor does it wait for its time longer than that.
    for (at, taken) in [("2026-11-28T00:00:00Z", true), ("2026-12-01T00:00:00Z", false)] {
        let file = world.stage(ana, Document, "b.pdf", b"another page");
        let params = json!({"conversation": to_bob, "attachments": [{"path": "b.pdf"}], "at": at});
        let command = Command::named("message.send", params).expect("a command");
        let number = world.command(ana, command, vec![file]);
        let answer = world.answer(ana, number);
        assert_eq!(answer.is_ok(), taken, "{answer:?}");
        if let Err(refused) = answer {
            let said = casemate_api::said::said(&refused.message).expect("a sentence with a code");
            assert_eq!((said.code.as_str(), said.values["days"].as_str()), ("files-month-ahead", "4"));
        }
    }
}
