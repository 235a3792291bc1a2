//! Polls, contact cards and places; forwarding; messages for later.

use casemate_api::Command;
use casemate_api::Kind as Refused;
use casemate_api::command::AttachmentKind;
use casemate_content::proto as content;
use casemate_content::proto::content::Kind;
use casemate_content::proto::text::Thing;
use casemate_wire::ids::MessageId;
use serde_json::{Value, json};

use super::{message, pair, with_plans};
use crate::{ClientId, Faults, World};

fn ask(world: &mut World, id: ClientId, conversation: &str, multiple: bool) -> String {
    let poll = json!({"question": "Where do we eat?", "options": ["Mia's", "at home", "nowhere"], "multiple": multiple});
    let sent = world.ok(id, "message.send", json!({"conversation": conversation, "poll": poll}));
    sent["message"].as_str().unwrap().to_owned()
}

fn counts(world: &mut World, id: ClientId, conversation: &str, poll: &str) -> Vec<u64> {
    let shown = message(world, id, conversation, poll);
    let options = shown["poll"]["options"].as_array().expect("a poll");
    options.iter().map(|option| option["votes"].as_u64().unwrap()).collect()
}

#[test]
fn a_poll_is_counted_alike_by_all_however_often_and_from_wherever_they_vote() {
    let mut world = World::new(1_200);
    let (ana, bob, eve) = (world.person("ana"), world.person("bob"), world.person("eve"));
    world.befriend(ana, bob);
    world.befriend(ana, eve);
    let bob2 = world.link(bob);
    let group = world.group("Dinner", ana, &[bob, eve]);
    world.settle();
    let (at_bob, at_bob2, at_eve) =
        (world.named(bob, "Dinner"), world.named(bob2, "Dinner"), world.named(eve, "Dinner"));
    let poll = ask(&mut world, ana, &group, false);
    world.settle();
    let seen = message(&mut world, eve, &at_eve, &poll);
    assert_eq!((&seen["text"], &seen["poll"]["multiple"]), (&json!("Where do we eat?"), &json!(false)));
    for bad in [json!([0, 1]), json!([3]), json!([0, 0]), json!([4_000_000_000u32])] {
        let refused = world.call(bob, "poll.vote", json!({"message": poll, "options": bad}));
        assert_eq!(refused.unwrap_err().kind, Refused::Invalid);
    }
    world.ok(ana, "poll.vote", json!({"message": poll, "options": [1]}));
    // Bob votes twice, on two devices that do not hear of each other before.
    world.sleep(bob, 3_600_000);
    world.sleep(bob2, 3_600_000);
    world.ok(bob, "poll.vote", json!({"message": poll, "options": [0]}));
    world.ok(bob2, "poll.vote", json!({"message": poll, "options": [2]}));
    for id in [bob2, bob] {
        world.wake(id);
        world.settle();
    }
    let everywhere = [(ana, &group), (bob, &at_bob), (bob2, &at_bob2), (eve, &at_eve)];
    for (id, conversation) in everywhere {
        assert_eq!(counts(&mut world, id, conversation, &poll), [1, 1, 0], "{id:?}");
    }
    let seen = message(&mut world, bob2, &at_bob2, &poll);
    assert_eq!((&seen["poll"]["mine"], &seen["poll"]["voters"]), (&json!([0]), &json!(2)));
    world.ok(bob, "poll.vote", json!({"message": poll, "options": []}));
    world.settle();
    for (id, conversation) in everywhere {
        assert_eq!(counts(&mut world, id, conversation, &poll), [0, 1, 0], "taken back");
    }
    // Whoever comes later has not got the poll.
    let dora = world.person("dora");
    world.befriend(ana, dora);
    world.ok(ana, "conversation.add", json!({"conversation": group, "members": ["dora@sim.example"]}));
    world.settle();
    world.accept_groups(dora);
    let refused = world.call(dora, "poll.vote", json!({"message": poll, "options": [0]}));
    assert_eq!(refused.unwrap_err().kind, Refused::NotFound);
    let refused = world.call(ana, "message.edit", json!({"message": poll, "text": "Who pays?"}));
    assert_eq!(refused.unwrap_err().kind, Refused::NotAllowed);
    let many = ask(&mut world, eve, &at_eve, true);
    world.settle();
    world.ok(bob, "poll.vote", json!({"message": many, "options": [0, 2]}));
    world.settle();
    assert_eq!(counts(&mut world, ana, &group, &many), [1, 0, 1]);
    world.ok(ana, "message.delete", json!({"message": many, "for": "everyone"}));
    world.settle();
    assert_eq!(message(&mut world, bob, &at_bob, &many).get("poll"), None);
}

#[test]
fn votes_and_polls_that_break_the_rules_change_nothing() {
    let mut world = World::new(1_201);
    let (ana, bob, eve) = (world.person("ana"), world.person("bob"), world.person("eve"));
    world.befriend(ana, bob);
    world.befriend(ana, eve);
    let group = world.group("Dinner", ana, &[bob, eve]);
    let (at_bob, at_eve) = (world.named(bob, "Dinner"), world.named(eve, "Dinner"));
    let poll = ask(&mut world, ana, &group, false);
    let words = world.say(ana, &group, "just words");
    world.settle();
    world.ok(eve, "poll.vote", json!({"message": poll, "options": [2]}));
    world.settle();
    let mut mallory = world.insider(eve, &at_eve);
    let id = |key: &str| -> bytes::Bytes { MessageId::from_hex(key).unwrap().0.to_vec().into() };
    let vote = |of: bytes::Bytes, options: Vec<u32>| {
        Kind::Vote(content::PollVote { of, options, ..Default::default() })
    };
    let thing = |thing| Kind::Text(content::Text { thing: Some(thing), ..content::Text::default() });
    let options = |options: &[&str]| options.iter().map(|option| (*option).to_owned()).collect::<Vec<_>>();
    let said = [
        vote(id(&poll), vec![0, 1]),
        vote(id(&poll), vec![9]),
        vote(id(&poll), vec![u32::MAX]),
        vote(id(&poll), vec![1; 10_000]),
        vote(id(&words), vec![0]),
        vote(vec![7; 16].into(), vec![0]),
        vote(vec![7; 3].into(), vec![0]),
        Kind::Edit(content::Edit { of: id(&poll), text: "Who pays?".into(), mentions: Vec::new() }),
        thing(Thing::Poll(content::Poll {
            question: "?".into(),
            options: options(&["one"]),
            multiple: true,
        })),
        thing(Thing::Poll(content::Poll {
            question: "x".repeat(30_000),
            options: options(&["a", "b"]),
            multiple: true,
        })),
        thing(Thing::Location(content::Location { latitude_e7: i32::MIN, ..content::Location::default() })),
        thing(Thing::Contact(content::SharedContact {
            address: "javascript:alert(1)".into(),
            name: "Ana".into(),
        })),
        thing(Thing::Contact(content::SharedContact {
            address: "ana@x.org".into(),
            name: "A\u{0}na".into(),
        })),
        Kind::Text(content::Text::default()),
    ];
    for (number, kind) in (1u8..).zip(said) {
        world.insider_says(&mut mallory, vec![number; 16], kind);
    }
    world.settle();
    for (who, key) in [(ana, &group), (bob, &at_bob)] {
        assert_eq!(counts(&mut world, who, key, &poll), [0, 0, 1]);
        assert_eq!(message(&mut world, who, key, &poll)["text"], "Where do we eat?");
        let messages = world.messages(who, key);
        let unknown: Vec<_> = messages.iter().filter(|one| one["kind"] == "unknown").collect();
        assert_eq!(unknown.len(), 6, "{unknown:?}");
        assert!(unknown.iter().all(|one| one.get("poll").is_none() && one.get("contact").is_none()));
    }
}

#[test]
fn contacts_and_places_arrive_as_they_were_sent() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(1_202);
    let card = json!({"address": "cleo@sim.example", "name": "Cleo from work"});
    let place = json!({"latitude": 48.1374, "longitude": -11.5755, "accuracy_m": 12, "label": "The café"});
    world.ok(ana, "message.send", json!({"conversation": at_ana, "contact": card}));
    world.ok(ana, "message.send", json!({"conversation": at_ana, "location": place}));
    world.settle();
    let seen = world.messages(bob, &at_bob);
    assert_eq!((&seen[0]["contact"], &seen[0]["text"]), (&card, &json!("Cleo from work (cleo@sim.example)")));
    assert_eq!((&seen[1]["location"], &seen[1]["text"]), (&place, &json!("The café (48.13740, -11.57550)")));
    let found = world.ok(bob, "message.search", json!({"text": "cafe"}));
    assert_eq!(found["messages"].as_array().unwrap().len(), 1);
    for bad in [
        json!({"contact": {"address": "no address"}}),
        json!({"location": {"latitude": 91.0, "longitude": 0.0}}),
        json!({"location": place, "contact": card}),
        json!({"location": place, "text": "and words"}),
        json!({"poll": {"question": "one?", "options": ["one"]}}),
        json!({"poll": {"question": "same?", "options": ["one", "one"]}}),
    ] {
        let mut wanted = json!({"conversation": at_ana});
        wanted.as_object_mut().unwrap().extend(bad.as_object().unwrap().clone());
        assert_eq!(world.call(ana, "message.send", wanted).unwrap_err().kind, Refused::Invalid, "{bad}");
    }
}

#[test]
fn what_is_forwarded_arrives_with_its_files_and_a_mark_and_says_nothing_of_who_wrote_it() {
    let mut world = World::new(1_203);
    let (ana, bob, cleo) = (world.person("ana"), world.person("bob"), world.person("cleo"));
    world.befriend(ana, bob);
    world.befriend(bob, cleo);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    let (to_cleo, at_cleo) = (world.chat(bob, cleo), world.chat(cleo, bob));
    let photo = world.stage(ana, AttachmentKind::Photo, "beach.jpg", b"sand and sea");
    let paper = world.stage(ana, AttachmentKind::Document, "plan.pdf", b"a plan");
    let sent = world.send_files(ana, &at_ana, "from the beach", vec![photo, paper]);
    let poll = ask(&mut world, ana, &at_ana, false);
    world.settle();
    world.ok(ana, "poll.vote", json!({"message": poll, "options": [0]}));
    world.settle();
    // In the order in which they were said, whatever order they are named in; each once.
    let wanted = json!({"messages": [poll, sent, poll], "to": [to_cleo, to_cleo]});
    let made = world.ok(bob, "message.forward", wanted);
    assert_eq!(made["messages"].as_array().unwrap().len(), 2);
    world.settle();
    let seen = world.messages(cleo, &at_cleo);
    assert_eq!((&seen[0]["text"], &seen[0]["forwarded"]), (&json!("from the beach"), &json!(1)));
    assert_eq!(seen[0]["from"], "bob@sim.example");
    assert!(!serde_json::to_string(&seen).unwrap().contains("ana"));
    assert_eq!(counts(&mut world, cleo, &at_cleo, seen[1]["message"].as_str().unwrap()), [0, 0, 0]);
    for (index, bytes) in [(0, &b"sand and sea"[..]), (1, b"a plan")] {
        let path = format!("/tmp/{index}");
        world.ok(
            cleo,
            "attachment.save",
            json!({"message": seen[0]["message"], "index": index, "path": path}),
        );
        assert_eq!(world.client(cleo).saved[&path], bytes);
    }
    // Bob had not fetched the paper himself, and still can, from either message.
    world.ok(bob, "attachment.save", json!({"message": made["messages"][0], "index": 1, "path": "/tmp/own"}));
    assert_eq!(world.client(bob).saved["/tmp/own"], b"a plan");
    // One file of them alone goes without the words.
    let alone = |index: u32| json!({"messages": [sent], "index": index, "to": [to_cleo]});
    world.ok(bob, "message.forward", alone(1));
    assert_eq!(world.call(bob, "message.forward", alone(2)).unwrap_err().kind, Refused::NotFound);
    world.settle();
    let paper = world.messages(cleo, &at_cleo).pop().unwrap();
    assert_eq!((&paper["text"], paper["attachments"].as_array().unwrap().len()), (&json!(""), 1));
    let wanted = json!({"message": paper["message"], "index": 0, "path": "/tmp/alone"});
    world.ok(cleo, "attachment.save", wanted);
    assert_eq!(world.client(cleo).saved["/tmp/alone"], b"a plan");
    // The first message goes; the file stays for the second.
    world.ok(bob, "message.delete", json!({"message": sent, "for": "me"}));
    world.ok(
        bob,
        "attachment.save",
        json!({"message": made["messages"][0], "index": 0, "path": "/tmp/again"}),
    );
    assert_eq!(world.client(bob).saved["/tmp/again"], b"sand and sea");
    let _ = at_bob;
}

#[test]
fn forwarding_has_its_limits() {
    let mut world = World::new(1_204);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let at_ana = world.chat(ana, bob);
    let groups: Vec<String> =
        (0..6).map(|number| world.group(&format!("Group {number}"), ana, &[])).collect();
    let mut said = world.say(ana, &at_ana, "pass it on");
    let once =
        world.ok(ana, "message.send", json!({"conversation": at_ana, "text": "look", "view_once": true}));
    world.settle();
    let refused = world.call(ana, "message.forward", json!({"messages": [said], "to": groups}));
    assert_eq!(refused.unwrap_err().kind, Refused::TooLarge);
    let refused =
        world.call(ana, "message.forward", json!({"messages": [once["message"]], "to": [groups[0]]}));
    assert_eq!(refused.unwrap_err().kind, Refused::NotAllowed);
    for hop in 1..=4 {
        let made = world.ok(ana, "message.forward", json!({"messages": [said], "to": groups[..5]}));
        said = made["messages"][0].as_str().unwrap().to_owned();
        world.settle();
        assert_eq!(message(&mut world, ana, &groups[0], &said)["forwarded"], hop);
    }
    let refused = world.call(ana, "message.forward", json!({"messages": [said], "to": groups[..2]}));
    assert_eq!(refused.unwrap_err().kind, Refused::NotAllowed);
    world.ok(ana, "message.forward", json!({"messages": [said], "to": [groups[5]]}));
    // Files leave the server some day.
    let file = world.stage(ana, AttachmentKind::Document, "old.pdf", b"old");
    let old = world.send_files(ana, &at_ana, "", vec![file]);
    let refused = world.call(ana, "message.forward", json!({"messages": [old], "to": [groups[5]]}));
    assert_eq!(refused.unwrap_err().kind, Refused::NotAllowed, "still being uploaded");
    world.settle();
    world.ok(ana, "message.forward", json!({"messages": [old], "to": [groups[5]]}));
    world.settle_for(31 * 86_400_000);
    let refused = world.call(ana, "message.forward", json!({"messages": [old], "to": [groups[5]]}));
    assert_eq!(refused.unwrap_err().kind, Refused::NotAllowed, "too old");
    // Nobody forwards into a group where only admins write.
    let at_bob = world.chat(bob, ana);
    let news = world.group("News", ana, &[bob]);
    let quiet = json!({"add": "members", "edit": "members", "send": "admins"});
    world.ok(ana, "conversation.set", json!({"conversation": news, "permissions": quiet}));
    world.settle();
    let mine = world.say(bob, &at_bob, "mine");
    let to = world.named(bob, "News");
    let refused = world.call(bob, "message.forward", json!({"messages": [mine], "to": [to]}));
    assert_eq!(refused.unwrap_err().kind, Refused::NotAllowed);
}

#[test]
fn a_message_for_later_is_sent_then_also_after_a_restart_and_can_be_called_off() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(1_205);
    let at = |time: &str| format!("2026-11-2{time}:00Z");
    let send = |world: &mut World, text: &str, time: &str| {
        let wanted = json!({"conversation": at_ana, "text": text, "at": at(time)});
        world.ok(ana, "message.send", wanted)["message"].as_str().unwrap().to_owned()
    };
    let second = send(&mut world, "second", "1T09:00");
    let first = send(&mut world, "first", "1T08:00");
    let never = send(&mut world, "never", "1T08:30");
    let file = world.stage(ana, AttachmentKind::Document, "later.pdf", b"later");
    let wanted = json!({"conversation": at_ana, "attachments": [{"path": "later.pdf"}], "at": at("1T10:00")});
    let command = Command::named("message.send", wanted).unwrap();
    let number = world.command(ana, command, vec![file]);
    let with_file = world.answer(ana, number).unwrap()["message"].as_str().unwrap().to_owned();
    let waiting = world.ok(ana, "conversation.scheduled", json!({"conversation": at_ana}));
    let waiting = waiting["messages"].as_array().unwrap();
    let texts: Vec<&str> = waiting.iter().map(|one| one["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["first", "never", "second", ""]);
    assert_eq!(
        (&waiting[0]["state"], &waiting[0]["at"]),
        (&json!("scheduled"), &json!("2026-11-21T08:00:00.000Z"))
    );
    assert_eq!(waiting[3]["attachments"][0]["name"], "later.pdf");
    let count = |world: &mut World| {
        world.ok(ana, "conversation.show", json!({"conversation": at_ana}))["conversations"][0]["scheduled"]
            .clone()
    };
    assert_eq!(count(&mut world), 4);
    assert_eq!(world.texts(ana, &at_ana), Vec::<String>::new());
    world.ok(ana, "message.delete", json!({"message": never, "for": "me"}));
    world.kill(ana.0);
    world.settle_for(20 * 3_600_000 + 60_000);
    assert_eq!(world.texts(bob, &at_bob), ["first"]);
    // Asleep when the next is due: it goes out when the device is back.
    world.sleep(ana, 2 * 3_600_000);
    world.settle_for(3_600_000 + 1_800_000);
    assert_eq!(world.texts(bob, &at_bob), ["first"]);
    world.settle_for(3_600_000);
    assert_eq!(world.texts(bob, &at_bob), ["first", "second", ""]);
    assert_eq!(world.messages(bob, &at_bob)[2]["attachments"][0]["name"], "later.pdf");
    let ids: Vec<String> =
        world.messages(ana, &at_ana).iter().map(|one| one["message"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, [first, second, with_file]);
    let left = world.ok(ana, "conversation.scheduled", json!({}));
    assert_eq!(left["messages"].as_array().unwrap().len(), 0);
    assert_eq!(count(&mut world), 0);
    for bad in ["tomorrow", "2046-01-01T00:00:00Z", "2001-01-01T00:00:00Z", "2026-11-21T08:00:00Z"] {
        let wanted = json!({"conversation": at_ana, "text": "x", "at": bad});
        assert_eq!(world.call(ana, "message.send", wanted).unwrap_err().kind, Refused::Invalid);
    }
    // A time that has passed just now is now.
    world.say(ana, &at_ana, "said just now");
    world.sync(ana);
    let just_now = world.messages(ana, &at_ana).pop().unwrap()["at"].clone();
    world.ok(ana, "message.send", json!({"conversation": at_ana, "text": "now", "at": just_now}));
    world.settle();
    assert_eq!(world.texts(bob, &at_bob).last().unwrap(), "now");
}

#[test]
fn files_for_later_lie_encrypted_until_then_and_nothing_is_left_of_what_was_called_off() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(1_215);
    let later = |world: &mut World, name: &str, kind: AttachmentKind, time: &str| {
        let file = world.stage(ana, kind, name, name.as_bytes());
        let blob = file.blob;
        let wanted =
            json!({"conversation": at_ana, "text": name, "attachments": [{"path": name}], "at": time});
        let command = Command::named("message.send", wanted).unwrap();
        let number = world.command(ana, command, vec![file]);
        let sent = world.answer(ana, number);
        (sent.map(|sent| sent["message"].as_str().unwrap().to_owned()), blob)
    };
    let (voice, _) = later(&mut world, "voice.ogg", AttachmentKind::Voice, "2026-11-21T08:00:00Z");
    let (photo, seen) = later(&mut world, "photo.jpg", AttachmentKind::Photo, "2026-11-21T09:00:00Z");
    let (_, kept) = later(&mut world, "paper.pdf", AttachmentKind::Document, "2026-11-21T10:00:00Z");
    // Farther ahead the server would drop them before everybody has fetched them.
    let (far, _) = later(&mut world, "far.pdf", AttachmentKind::Document, "2027-02-01T08:00:00Z");
    assert_eq!(far.unwrap_err().kind, Refused::Invalid);
    let (voice, photo) = (voice.unwrap(), photo.unwrap());
    // Called off, also after the bytes were uploaded and the program was killed.
    world.settle();
    world.kill(ana.0);
    world.ok(ana, "message.delete", json!({"message": photo, "for": "me"}));
    let here = |world: &World, blob| world.clients[ana.0].blobs.contains_key(blob);
    assert!(!here(&world, &seen) && here(&world, &kept));
    let far = json!({"message": voice, "at": "2027-02-01T08:00:00Z"});
    assert_eq!(world.call(ana, "message.reschedule", far).unwrap_err().kind, Refused::Invalid);
    // Its words can be changed, and left out.
    world.ok(ana, "message.edit", json!({"message": voice, "text": ""}));
    world.ok(ana, "message.reschedule", json!({"message": voice}));
    world.settle();
    let received = world.messages(bob, &at_bob);
    assert_eq!((received.len(), &received[0]["text"]), (1, &json!("")));
    assert_eq!(
        (&received[0]["attachments"][0]["kind"], &received[0]["attachments"][0]["state"]),
        (&json!("voice"), &json!("stored"))
    );
    world.settle_for(24 * 3_600_000);
    assert_eq!(world.texts(bob, &at_bob), ["", "paper.pdf"]);
}

#[test]
fn a_message_for_later_fails_where_one_may_no_longer_write_and_a_wrong_clock_sends_nothing_early() {
    let mut world = World::new(1_206);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let group = world.group("Plans", ana, &[bob]);
    let at_bob = world.named(bob, "Plans");
    let wanted = json!({"conversation": at_bob, "text": "later", "at": "2026-11-20T20:00:00Z"});
    let sent = world.ok(bob, "message.send", wanted)["message"].clone();
    // The device wakes up believing that it is years later.
    world.client(bob).clock_skew_ms = 5 * 365 * 86_400_000;
    world.kill(bob.0);
    world.settle();
    assert_eq!(world.texts(ana, &group), Vec::<String>::new());
    world.ok(ana, "conversation.remove", json!({"conversation": group, "members": ["bob@sim.example"]}));
    world.settle_for(9 * 3_600_000);
    let seen = message(&mut world, bob, &at_bob, sent.as_str().unwrap());
    assert_eq!(seen["state"], "failed");
    assert!(seen["why"].as_str().unwrap().contains("no longer"), "{seen}");
    assert_eq!(world.texts(ana, &group), Vec::<String>::new());
}

#[test]
fn what_could_not_be_sent_stays_where_it_failed_and_newer_ones_come_after_it() {
    let (mut world, ana, bob, group) = with_plans(1_207);
    let at_bob = world.named(bob, "Plans");
    for text in ["first", "second"] {
        let later = json!({"conversation": at_bob, "text": text, "at": "2026-11-20T20:00:00Z"});
        world.ok(bob, "message.send", later);
    }
    let only_admins = json!({"add": "members", "edit": "members", "send": "admins"});
    world.ok(ana, "conversation.set", json!({"conversation": group, "permissions": only_admins}));
    world.settle_for(13 * 3_600_000);
    assert_eq!(world.states(bob, &at_bob), ["failed", "failed"]);
    world.say(ana, &group, "newer");
    world.settle();
    let texts = world.texts(bob, &at_bob);
    assert_eq!((texts.len(), &texts[2][..]), (3, "newer"));
    assert_eq!(world.shown(bob, &at_bob)["last"]["text"], "newer");
    // Sent once more it stands last again.
    let failed = world.messages(bob, &at_bob).into_iter().find(|one| one["text"] == "first").unwrap();
    let anybody = json!({"add": "members", "edit": "members", "send": "members"});
    world.ok(ana, "conversation.set", json!({"conversation": group, "permissions": anybody}));
    world.settle();
    world.ok(bob, "message.reschedule", json!({"message": failed["message"]}));
    world.settle();
    assert_eq!(world.texts(bob, &at_bob), ["second", "newer", "first"]);
    assert_eq!(world.texts(ana, &group), ["newer", "first"]);
}

#[test]
fn all_of_it_on_a_bad_network() {
    for seed in 0..3 {
        let mut world = World::new(1_210 + seed);
        let _note = world.announce("all_of_it_on_a_bad_network");
        let (ana, bob) = (world.person("ana"), world.person("bob"));
        world.befriend(ana, bob);
        let bob2 = world.link(bob);
        let (at_ana, at_bob, at_bob2) = (world.chat(ana, bob), world.chat(bob, ana), world.chat(bob2, ana));
        let poll = ask(&mut world, ana, &at_ana, false);
        world.settle();
        world.faults = Faults::ROUGH;
        for round in 0..5u32 {
            let folder =
                json!({"conversation": at_bob, "folder": format!("first {round}"), "pinned": round % 2 == 0});
            world.command(bob, parsed("conversation.mark", folder), Vec::new());
            let folder = json!({"conversation": at_bob2, "folder": format!("second {round}")});
            world.command(bob2, parsed("conversation.mark", folder), Vec::new());
            for (id, option) in [(bob, round % 3), (bob2, (round + 1) % 3), (ana, 1)] {
                world.command(
                    id,
                    parsed("poll.vote", json!({"message": poll, "options": [option]})),
                    Vec::new(),
                );
            }
            world.settle_for(2_000);
        }
        world.calm();
        let first = counts(&mut world, ana, &at_ana, &poll);
        assert_eq!(first.iter().sum::<u64>(), 2);
        for (id, key) in [(bob, &at_bob), (bob2, &at_bob2)] {
            assert_eq!(counts(&mut world, id, key, &poll), first);
        }
        let (one, other) = (world.shown(bob, &at_bob), world.shown(bob2, &at_bob2));
        assert_eq!((&one["folder"], &one["pinned"]), (&other["folder"], &other["pinned"]));
    }
}

fn parsed(method: &str, params: Value) -> casemate_api::Command {
    Command::named(method, params).unwrap()
}
