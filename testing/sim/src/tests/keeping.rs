//! What a person keeps for herself, and finds again on each of her devices: marks, drafts, nicknames, notes, blocks.

use casemate_api::Command;
use casemate_api::command::AttachmentKind;
use casemate_content::proto as content;
use casemate_content::proto::content::Kind;
use casemate_content::proto::own;
use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::{ClientId, World};

/// Ana and Bob with a chat; Bob has two devices.
struct Story {
    world: World,
    ana: ClientId,
    bob: ClientId,
    bob2: ClientId,
    at_ana: String,
    at_bob: String,
    at_bob2: String,
}

fn story(seed: u64) -> Story {
    let mut world = World::new(seed);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let at_bob = world.chat(bob, ana);
    world.say(bob, &at_bob, "before");
    world.settle();
    let bob2 = world.link(bob);
    let (at_ana, at_bob2) = (world.chat(ana, bob), world.chat(bob2, ana));
    Story { world, ana, bob, bob2, at_ana, at_bob, at_bob2 }
}

impl Story {
    fn mark(&mut self, id: ClientId, marks: Value) {
        let conversation = if id == self.bob { &self.at_bob } else { &self.at_bob2 };
        let mut wanted = json!({"conversation": conversation});
        wanted.as_object_mut().unwrap().extend(marks.as_object().unwrap().clone());
        self.world.ok(id, "conversation.mark", wanted);
    }

    /// The same field on both of Bob's devices.
    fn both(&mut self, field: &str) -> Value {
        let one = self.world.shown(self.bob, &self.at_bob.clone())[field].clone();
        let other = self.world.shown(self.bob2, &self.at_bob2.clone())[field].clone();
        assert_eq!(one, other, "{field}");
        one
    }
}

#[test]
fn marks_made_on_one_device_show_on_the_other() {
    let mut story = story(1_100);
    let (bob, bob2) = (story.bob, story.bob2);
    story.mark(bob, json!({"pinned": true, "folder": "Work", "muted_until": "2026-11-20T18:00:00Z"}));
    story.world.settle();
    assert_eq!(story.both("pinned"), true);
    assert_eq!(story.both("folder"), "Work");
    assert_eq!(story.both("muted_until"), "2026-11-20T18:00:00.000Z");
    story.mark(bob2, json!({"folder": null, "unread": true}));
    story.world.settle();
    assert_eq!(story.both("pinned"), true, "what was left out stays");
    assert_eq!(story.both("folder"), Value::Null);
    assert_eq!(story.both("marked_unread"), true);
    // Time passes, and nobody is muted any more.
    story.world.settle_for(8 * 3_600_000);
    assert_eq!(story.both("muted_until"), Value::Null);
    story.mark(bob, json!({"muted_until": "forever"}));
    story.world.settle();
    assert_eq!(story.both("muted_until"), "forever");
    story.mark(bob2, json!({"muted_until": null}));
    let at_bob = story.at_bob.clone();
    let last = story.world.messages(bob, &at_bob).pop().unwrap();
    story.world.ok(bob, "message.read", json!({"message": last["message"]}));
    story.world.settle();
    assert_eq!(story.both("muted_until"), Value::Null);
    assert_eq!(story.both("marked_unread"), false, "looked at on one is looked at on both");
    for bad in [json!({"muted_until": "soon"}), json!({"folder": "x".repeat(65)}), json!({"folder": "a\nb"})]
    {
        let mut wanted = json!({"conversation": at_bob});
        wanted.as_object_mut().unwrap().extend(bad.as_object().unwrap().clone());
        assert!(story.world.call(bob, "conversation.mark", wanted).is_err());
    }
}

#[test]
fn the_archive_gives_back_what_gets_a_new_message_unless_it_is_muted() {
    let mut story = story(1_101);
    let (ana, bob, bob2) = (story.ana, story.bob, story.bob2);
    let at_ana = story.at_ana.clone();
    story.mark(bob, json!({"archived": true}));
    story.world.settle();
    assert_eq!(story.both("archived"), true);
    story.world.say(ana, &at_ana, "hello?");
    story.world.settle();
    assert_eq!(story.both("archived"), false);
    // Put away on one device while the other is away; a message comes before it is back, and one had come before.
    story.world.say(ana, &at_ana, "before it was put away");
    story.world.settle();
    story.world.sleep(bob2, 3_600_000);
    story.mark(bob, json!({"archived": true}));
    story.world.settle();
    story.world.wake(bob2);
    story.world.settle();
    assert_eq!(story.both("archived"), true);
    story.world.sleep(bob2, 3_600_000);
    story.world.say(ana, &at_ana, "and again");
    story.world.settle();
    story.world.wake(bob2);
    story.world.settle();
    assert_eq!(story.both("archived"), false);
    story.mark(bob2, json!({"archived": true, "muted_until": "forever"}));
    story.world.settle();
    story.world.say(ana, &at_ana, "nobody hears this");
    story.world.settle();
    assert_eq!(story.both("archived"), true);
    assert_eq!(story.both("unread"), 4);
    story.mark(bob, json!({"unread": false}));
    story.world.settle();
    assert_eq!(story.both("unread"), 0);
    assert_eq!(story.world.messages(ana, &at_ana).iter().filter(|one| one["state"] == "read").count(), 4);
}

#[test]
fn what_was_deleted_is_told_from_what_was_put_away() {
    let mut story = story(1_107);
    let (ana, bob) = (story.ana, story.bob);
    let (at_ana, at_bob) = (story.at_ana.clone(), story.at_bob.clone());
    let is_deleted = |story: &mut Story| story.both("deleted") == true;
    // Nothing is left in it, and it is still only put away.
    story.world.ok(bob, "conversation.clear", json!({"conversation": at_bob, "scheduled": true}));
    story.mark(bob, json!({"archived": true}));
    story.world.settle();
    assert_eq!(story.world.shown(bob, &at_bob)["last"], Value::Null);
    assert!(!is_deleted(&mut story));
    story.mark(bob, json!({"archived": true, "deleted": true}));
    story.world.settle();
    assert!(is_deleted(&mut story));
    assert_eq!(story.both("archived"), true);
    // What somebody writes there brings it back.
    story.world.say(ana, &at_ana, "hello?");
    story.world.settle();
    assert!(!is_deleted(&mut story));
    assert_eq!(story.both("archived"), false);
    // And so does taking it out.
    story.mark(bob, json!({"archived": true, "deleted": true}));
    story.mark(bob, json!({"archived": false}));
    story.world.settle();
    assert!(!is_deleted(&mut story));
    // Where it is not put away, no list would show it, nor the archive.
    story.mark(bob, json!({"deleted": true}));
    story.world.settle();
    assert!(!is_deleted(&mut story));
}

#[test]
fn both_devices_end_with_the_same_when_both_choose_while_offline() {
    let mut story = story(1_102);
    let (bob, bob2) = (story.bob, story.bob2);
    for round in 0..4 {
        story.world.sleep(bob, 3_600_000);
        story.world.sleep(bob2, 3_600_000);
        story.mark(bob, json!({"folder": format!("from the first {round}"), "pinned": true}));
        story.mark(bob2, json!({"folder": format!("from the second {round}"), "archived": true}));
        let order = if round % 2 == 0 { [bob, bob2] } else { [bob2, bob] };
        for id in order {
            story.world.wake(id);
            story.world.settle();
        }
        let folder = story.both("folder");
        assert!(folder.as_str().unwrap().ends_with(&round.to_string()));
        assert_eq!((story.both("pinned"), story.both("archived")), (json!(true), json!(true)));
    }
}

#[test]
fn a_device_that_comes_later_finds_marks_names_and_blocks() {
    let mut world = World::new(1_103);
    let (ana, bob, eve) = (world.person("ana"), world.person("bob"), world.person("eve"));
    world.befriend(ana, bob);
    world.befriend(eve, bob);
    let at_bob = world.chat(bob, ana);
    world.ok(bob, "conversation.mark", json!({"conversation": at_bob, "pinned": true, "folder": "Family"}));
    world.ok(bob, "contact.nickname", json!({"who": "ana@sim.example", "nickname": "Sister"}));
    world.ok(bob, "contact.block", json!({"who": "eve@sim.example"}));
    let bob2 = world.link(bob);
    world.settle();
    let at_bob2 = world.chat(bob2, ana);
    let shown = world.shown(bob2, &at_bob2);
    assert_eq!((&shown["pinned"], &shown["folder"]), (&json!(true), &json!("Family")), "{shown}");
    assert_eq!(shown["name"], "Sister");
    let contacts = world.ok(bob2, "contact.list", json!({}));
    let eves =
        contacts["contacts"].as_array().unwrap().iter().find(|one| one["address"] == "eve@sim.example");
    assert_eq!(eves.unwrap()["blocked"], true);
    // Taken back on the second, and so on the first.
    world.ok(bob2, "contact.unblock", json!({"who": "eve@sim.example"}));
    world.ok(bob2, "contact.nickname", json!({"who": "ana@sim.example", "nickname": null}));
    world.settle();
    let contacts = world.ok(bob, "contact.list", json!({}));
    assert!(contacts["contacts"].as_array().unwrap().iter().all(|one| one["blocked"] == false), "{contacts}");
    assert_eq!(world.shown(bob, &at_bob)["name"], "ana");
    let at_eve = world.chat(eve, bob);
    world.say(eve, &at_eve, "hello again");
    world.settle();
    let with_eve = world.chat(bob, eve);
    assert_eq!(world.texts(bob, &with_eve), ["hello again"]);
}

#[test]
fn a_short_list_has_the_newest_chats_and_those_that_are_pinned() {
    let mut world = World::new(1_104);
    let bob = world.person("bob");
    let mut chats = Vec::new();
    for name in ["ana", "eve", "joe", "kim"] {
        let other = world.person(name);
        world.befriend(other, bob);
        let (there, here) = (world.chat(other, bob), world.chat(bob, other));
        world.say(other, &there, "hello");
        world.settle();
        chats.push(here);
    }
    world.ok(bob, "conversation.mark", json!({"conversation": chats[0], "pinned": true}));
    let listed = |world: &mut World, wanted: Value| -> Vec<Value> {
        let all = world.ok(bob, "conversation.list", wanted);
        let all = all["conversations"].as_array().unwrap();
        all.iter().map(|one| one["conversation"].clone()).collect()
    };
    assert_eq!(listed(&mut world, json!({"limit": 2})), [&chats[0][..], &chats[2], &chats[3]]);
    assert_eq!(
        listed(&mut world, json!({"limit": 2, "skip": 1})),
        [&chats[1][..], &chats[2]],
        "the next piece"
    );
    assert_eq!(listed(&mut world, json!({"limit": 2, "skip": 4})), [""; 0], "nothing is older");
    assert_eq!(listed(&mut world, json!({})), [&chats[0][..], &chats[1], &chats[2], &chats[3]]);
    // Somebody new, with whom nothing was said yet, is the newest.
    let new = world.person("lee");
    world.befriend(new, bob);
    let with_new = world.chat(bob, new);
    assert_eq!(listed(&mut world, json!({})).last(), Some(&json!(with_new)));
    let shown = world.shown(bob, &with_new);
    assert!(shown["last"].is_null(), "{shown}");
    let before = world.shown(bob, &chats[3]);
    assert!(shown["active"].as_str() > before["last"]["at"].as_str(), "{shown} {before}");
}

#[test]
fn deleted_for_oneself_is_deleted_on_all_own_devices_and_nowhere_else() {
    let mut story = story(1_111);
    let (ana, bob, bob2) = (story.ana, story.bob, story.bob2);
    let (at_ana, at_bob, at_bob2) = (story.at_ana.clone(), story.at_bob.clone(), story.at_bob2.clone());
    let sent = story.world.say(ana, &at_ana, "seen and put away");
    story.world.settle();
    story.world.ok(bob2, "message.delete", json!({"message": sent, "for": "me"}));
    story.world.settle();
    for (id, key, left) in [(ana, &at_ana, 2), (bob, &at_bob, 1), (bob2, &at_bob2, 0)] {
        assert_eq!(story.world.texts(id, key).len(), left);
    }
}

#[test]
fn the_archive_gives_back_also_where_the_conversation_goes_on_in_another_log() {
    let mut world = World::restorable(1_112);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.settle();
    let backup = world.backup();
    for number in 0..20 {
        world.say(ana, &at_ana, &format!("forgotten {number}"));
    }
    world.settle();
    world.ok(bob, "conversation.mark", json!({"conversation": at_bob, "archived": true}));
    world.restore(backup);
    world.settle_for(600_000);
    world.ok(bob, "conversation.mark", json!({"conversation": at_bob, "archived": true}));
    assert_eq!(world.shown(bob, &at_bob)["archived"], true);
    world.say(ana, &at_ana, "in the new place");
    world.settle_for(120_000);
    assert_eq!(world.texts(bob, &at_bob).last().unwrap(), "in the new place");
    assert_eq!(world.shown(bob, &at_bob)["archived"], false);
}

#[test]
fn a_group_accepted_or_declined_on_one_device_is_so_on_the_other() {
    let mut story = story(1_110);
    let (ana, bob, bob2) = (story.ana, story.bob, story.bob2);
    for (away, wanted) in [(None, true), (Some(bob), true), (None, false), (Some(bob), false)] {
        if let Some(id) = away {
            story.world.sleep(id, 3_600_000);
        }
        let name = format!("Plans {away:?} {wanted}");
        let made = json!({"members": ["bob@sim.example"], "name": name});
        let at_ana =
            story.world.ok(ana, "conversation.create", made)["conversation"].as_str().unwrap().to_owned();
        story.world.settle();
        let asked = story.world.ok(bob2, "conversation.requests", json!({}));
        let conversation = asked["requests"][0]["conversation"].as_str().unwrap().to_owned();
        let method = if wanted { "conversation.accept" } else { "conversation.decline" };
        story.world.ok(bob2, method, json!({"conversation": conversation}));
        story.world.settle();
        story.world.wake(bob);
        story.world.settle();
        for id in [bob, bob2] {
            assert_eq!(
                story.world.ok(id, "conversation.requests", json!({}))["requests"],
                json!([]),
                "{name}"
            );
            let all = story.world.ok(id, "conversation.list", json!({})).to_string();
            assert_eq!(all.contains(&name), wanted, "{name}: {all}");
        }
        if wanted {
            story.world.say(ana, &at_ana, "welcome");
            story.world.settle();
            for id in [bob, bob2] {
                let here = story.world.named(id, &name);
                assert_eq!(story.world.texts(id, &here), ["welcome"]);
            }
        }
    }
}

#[test]
fn what_one_device_blocks_the_other_takes_nothing_from() {
    let mut story = story(1_104);
    let (ana, bob, bob2) = (story.ana, story.bob, story.bob2);
    story.world.ok(bob, "contact.block", json!({"who": "ana@sim.example"}));
    story.world.settle();
    let at_ana = story.at_ana.clone();
    story.world.say(ana, &at_ana, "let me in");
    story.world.settle();
    let at_bob2 = story.at_bob2.clone();
    assert!(!story.world.texts(bob2, &at_bob2).contains(&"let me in".to_owned()));
}

#[test]
fn nicknames_are_used_everywhere_and_stay_here() {
    let mut story = story(1_105);
    let (ana, bob) = (story.ana, story.bob);
    let group = story.world.group("Plans", bob, &[ana]);
    story.world.ok(bob, "contact.nickname", json!({"who": "ana@sim.example", "nickname": "Sister"}));
    story.world.settle();
    assert_eq!(story.both("name"), "Sister");
    let members = story.world.shown(bob, &group)["members"].to_string();
    assert!(members.contains("Sister"), "{members}");
    let at_ana = story.world.named(ana, "Plans");
    story.world.ok(ana, "conversation.set", json!({"conversation": at_ana, "disappearing_seconds": 3600}));
    story.world.settle();
    let notices = story.world.notices(bob, &group);
    assert!(notices.iter().any(|line| line.starts_with("Sister let messages")), "{notices:?}");
    let seen = story.world.ok(ana, "conversation.list", json!({})).to_string();
    assert!(!seen.contains("Sister"), "{seen}");
    let long = json!({"who": "ana@sim.example", "nickname": "x".repeat(300)});
    assert!(story.world.call(bob, "contact.nickname", long).is_err());
}

#[test]
fn a_recording_outlives_a_kill_on_its_own_device_and_is_gone_when_it_is_over() {
    let Story { mut world, bob, bob2, at_bob, at_bob2, .. } = story(1_107);
    let keep = |place: u32, piece: &str, levels: &[u8]| {
        let piece = BASE64.encode(piece.as_bytes());
        json!({"conversation": at_bob, "place": place, "piece": piece, "levels": levels})
    };
    let here = json!({"conversation": at_bob});
    let shown = |world: &mut World| {
        let shown = world.ok(bob, "recording.show", here.clone());
        let data = shown["data"].as_str().map(|data| BASE64.decode(data.as_bytes()).unwrap());
        (data.map(|data| String::from_utf8(data).unwrap()), shown["levels"].clone())
    };
    assert_eq!(shown(&mut world), (None, json!([])));
    // The browser gives them one behind the other; a later one may be ready first.
    for (place, piece, levels) in [(0, "one ", &[1, 2][..]), (2, "three", &[5]), (1, "two ", &[3, 4])] {
        world.ok(bob, "recording.keep", keep(place, piece, levels));
    }
    world.kill(bob.0);
    world.settle();
    assert_eq!(shown(&mut world), (Some("one two three".to_owned()), json!([1, 2, 3, 4, 5])));
    assert_eq!(world.shown(bob, &at_bob)["draft"]["recorded"], true);
    assert_eq!(world.shown(bob2, &at_bob2)["draft"], Value::Null, "it is on this device alone");
    // Behind what is missing nothing can be heard, and a new one takes its place.
    world.ok(bob, "recording.keep", keep(4, "five", &[]));
    assert_eq!(shown(&mut world).0.as_deref(), Some("one two three"));
    world.ok(bob, "recording.keep", keep(0, "anew", &[9]));
    assert_eq!(shown(&mut world), (Some("anew".to_owned()), json!([9])));
    for wrong in [json!("not base64!"), json!(BASE64.encode(&vec![0; 300_000]))] {
        let mut keep = keep(1, "", &[]);
        keep["piece"] = wrong;
        assert!(world.call(bob, "recording.keep", keep).is_err());
    }
    let full = "x".repeat(250_000);
    let kept =
        (1..100).take_while(|place| world.call(bob, "recording.keep", keep(*place, &full, &[])).is_ok());
    assert_eq!(kept.count(), 67, "sixteen megabytes");
    world.ok(bob, "recording.remove", here.clone());
    assert_eq!(shown(&mut world), (None, json!([])));
    assert_eq!(world.shown(bob, &at_bob)["draft"], Value::Null);
    // Once it is a message it is nothing else any more, also where the page dies before it can say so.
    world.ok(bob, "recording.keep", keep(0, "said", &[7]));
    let voice = world.stage(bob, AttachmentKind::Voice, "voice.ogg", b"said");
    let send = json!({"conversation": at_bob, "attachments": [{"path": "voice.ogg", "kind": "voice"}]});
    let send = Command::named("message.send", send).unwrap();
    let number = world.command(bob, send, vec![voice]);
    world.answer(bob, number).unwrap();
    world.kill(bob.0);
    assert_eq!(shown(&mut world), (None, json!([])));
}

#[test]
fn a_draft_follows_to_the_other_device_and_goes_when_it_is_sent() {
    let mut story = story(1_106);
    let (ana, bob, bob2) = (story.ana, story.bob, story.bob2);
    let (at_bob, at_bob2) = (story.at_bob.clone(), story.at_bob2.clone());
    let own =
        story.world.ok(bob, "conversation.notes", json!({}))["conversation"].as_str().unwrap().to_owned();
    let entries = |world: &mut World| {
        world.with_db(bob, |db| {
            db.query_row(
                "SELECT cursor FROM logs JOIN threads ON log = active_log WHERE kind = 2",
                [],
                |row| row.get::<_, i64>(0),
            )
            .unwrap()
        })
    };
    let before = entries(&mut story.world);
    let whole = "I was thinking about tomorrow";
    for end in 1..=whole.len() {
        story.world.ok(bob, "conversation.draft", json!({"conversation": at_bob, "text": whole[..end]}));
        story.world.settle_for(100);
    }
    story.world.settle();
    assert_eq!(story.both("draft")["text"], whole);
    assert_eq!(entries(&mut story.world) - before, 1, "not an entry per letter");
    // Taken up on the other device, and sent there.
    story.world.say(bob2, &at_bob2, "I was thinking about tomorrow. Coming?");
    story.world.settle();
    assert_eq!(story.both("draft"), Value::Null);
    // Begun and sent within seconds: the other device hears nothing of it.
    let before = entries(&mut story.world);
    story.world.ok(bob, "conversation.draft", json!({"conversation": at_bob, "text": "quick"}));
    story.world.say(bob, &at_bob, "quick");
    story.world.settle();
    assert_eq!(entries(&mut story.world), before);
    // A draft outlives a kill before anybody was told.
    story.world.ok(bob, "conversation.draft", json!({"conversation": at_bob, "text": "kept"}));
    story.world.kill(bob.0);
    story.world.settle();
    assert_eq!(story.both("draft")["text"], "kept");
    let _ = (ana, own);
}

#[test]
fn a_begun_edit_outlives_a_kill_beside_the_draft_and_is_this_devices_alone() {
    let mut story = story(1_109);
    let (ana, bob) = (story.ana, story.bob);
    let at_bob = story.at_bob.clone();
    let sent = story.world.say(bob, &at_bob, "at nine");
    let begin = |world: &mut World, text: &str| {
        let edit = json!({"conversation": at_bob, "text": text, "edits": sent});
        world.ok(bob, "conversation.draft", edit);
    };
    story.world.ok(bob, "conversation.draft", json!({"conversation": at_bob, "text": "and bring"}));
    begin(&mut story.world, "at ten");
    story.world.kill(bob.0);
    story.world.settle();
    let draft = story.world.shown(bob, &at_bob)["draft"].clone();
    assert_eq!((&draft["text"], &draft["edits"]["text"]), (&json!("and bring"), &json!("at ten")));
    assert_eq!(draft["edits"]["message"], json!(sent));
    let elsewhere = story.world.shown(story.bob2, &story.at_bob2)["draft"].clone();
    assert_eq!((&elsewhere["text"], &elsewhere["edits"]), (&json!("and bring"), &Value::Null));
    // Sent, given up, or its message deleted: it is over.
    story.world.ok(bob, "message.edit", json!({"message": sent, "text": "at ten"}));
    assert_eq!(story.world.shown(bob, &at_bob)["draft"]["edits"], Value::Null);
    begin(&mut story.world, "at eleven");
    begin(&mut story.world, "");
    assert_eq!(story.world.shown(bob, &at_bob)["draft"]["edits"], Value::Null);
    begin(&mut story.world, "at eleven");
    story.world.ok(bob, "message.delete", json!({"message": sent, "for": "everyone"}));
    let draft = story.world.shown(bob, &at_bob)["draft"].clone();
    assert_eq!((&draft["text"], &draft["edits"]), (&json!("and bring"), &Value::Null));
    // Nobody begins to change what is not theirs.
    let at_ana = story.at_ana.clone();
    let theirs = story.world.say(ana, &at_ana, "mine");
    story.world.settle();
    let edit = json!({"conversation": at_bob, "text": "yours", "edits": theirs});
    assert!(story.world.call(bob, "conversation.draft", edit).is_err());
}

#[test]
fn notes_to_oneself_are_messages_like_others_on_all_own_devices() {
    let mut story = story(1_107);
    let (ana, bob, bob2) = (story.ana, story.bob, story.bob2);
    let notes = |world: &mut World, id| {
        world.ok(id, "conversation.notes", json!({}))["conversation"].as_str().unwrap().to_owned()
    };
    let (here, there) = (notes(&mut story.world, bob), notes(&mut story.world, bob2));
    let sent = story.world.say(bob, &here, "buy milk");
    story.world.settle();
    assert_eq!(story.world.texts(bob2, &there), ["buy milk"]);
    story.world.ok(bob2, "message.edit", json!({"message": sent, "text": "buy oat milk"}));
    story.world.ok(bob2, "message.react", json!({"message": sent, "emoji": "✅"}));
    story.world.ok(bob2, "message.pin", json!({"message": sent}));
    story.world.settle();
    let seen = story.world.messages(bob, &here).pop().unwrap();
    assert_eq!((&seen["text"], &seen["pinned"]), (&json!("buy oat milk"), &json!(true)));
    assert_eq!(seen["reactions"][0]["emoji"], "✅");
    assert_eq!(story.world.shown(bob2, &there)["unread"], 0);
    assert_eq!(story.world.shown(bob2, &there)["name"], "Notes to myself");
    let found = story.world.ok(bob2, "message.search", json!({"text": "oat"}));
    assert_eq!(found["messages"].as_array().unwrap().len(), 1);
    story.world.ok(bob, "message.delete", json!({"message": sent, "for": "everyone"}));
    story.world.settle();
    assert_eq!(story.world.messages(bob2, &there).pop().unwrap()["deleted"], true);
    // A person with one device has notes too.
    let alone = notes(&mut story.world, ana);
    story.world.say(ana, &alone, "just me");
    story.world.settle();
    assert_eq!(story.world.messages(ana, &alone).pop().unwrap()["state"], "sent");
}

#[test]
fn what_only_own_devices_may_say_is_taken_from_nobody_else() {
    let mut world = World::new(1_108);
    let (ana, bob, eve) = (world.person("ana"), world.person("bob"), world.person("eve"));
    world.befriend(ana, bob);
    world.befriend(eve, bob);
    let group = world.group("Plans", bob, &[eve]);
    let at_eve = world.named(eve, "Plans");
    let at_bob = world.chat(bob, ana);
    world.ok(bob, "conversation.draft", json!({"conversation": group, "text": "mine"}));
    let log = world.with_db(bob, |db| {
        db.query_row("SELECT active_log FROM threads WHERE kind = 0", [], |row| row.get::<_, Vec<u8>>(0))
            .unwrap()
    });
    let account = world.with_db(bob, |db| {
        db.query_row("SELECT account FROM people WHERE address LIKE 'ana@%'", [], |row| {
            row.get::<_, Vec<u8>>(0)
        })
        .unwrap()
    });
    let mut mallory = world.insider(eve, &at_eve);
    let said = [
        own::Kind::Marks(content::OwnMarks {
            log: log.clone().into(),
            archived: Some(true),
            muted_until_ms: Some(i64::MAX),
            folder: Some("Eve's".into()),
            ..content::OwnMarks::default()
        }),
        own::Kind::Draft(content::OwnDraft {
            log: log.into(),
            text: "not mine".into(),
            ..content::OwnDraft::default()
        }),
        own::Kind::Contact(content::OwnContact {
            account: account.into(),
            nickname: Some("Liar".into()),
            blocked: Some(true),
            ..content::OwnContact::default()
        }),
    ];
    for (number, kind) in (1u8..).zip(said) {
        world.insider_says(&mut mallory, vec![number; 16], Kind::Own(content::Own { kind: Some(kind) }));
    }
    world.settle();
    let shown = world.shown(bob, &group);
    assert_eq!(
        (&shown["archived"], &shown["folder"], &shown["muted_until"]),
        (&json!(false), &Value::Null, &Value::Null)
    );
    assert_eq!(shown["draft"]["text"], "mine");
    let shown = world.shown(bob, &at_bob);
    assert_eq!(shown["name"], "ana");
    let contacts = world.ok(bob, "contact.list", json!({}));
    assert!(contacts["contacts"].as_array().unwrap().iter().all(|one| one["blocked"] == false), "{contacts}");
}

#[test]
fn a_sibling_that_says_too_much_does_no_harm() {
    let mut story = story(1_109);
    let (bob, bob2) = (story.bob, story.bob2);
    let own =
        story.world.ok(bob2, "conversation.notes", json!({}))["conversation"].as_str().unwrap().to_owned();
    let log = story.world.with_db(bob, |db| {
        db.query_row("SELECT active_log FROM threads WHERE kind = 1", [], |row| row.get::<_, Vec<u8>>(0))
            .unwrap()
    });
    let mut sibling = story.world.insider(bob2, &own);
    let marks = content::OwnMarks {
        log: log.clone().into(),
        folder: Some("\0x\n".repeat(1_000)),
        muted_until_ms: Some(-5),
        archived_entry: u64::MAX,
        archived: Some(true),
        ..content::OwnMarks::default()
    };
    let draft = content::OwnDraft {
        log: log.into(),
        text: "x".repeat(40_000),
        at_ms: i64::MIN,
        ..content::OwnDraft::default()
    };
    let mut said = vec![own::Kind::Marks(marks.clone()), own::Kind::Draft(draft)];
    // Conversations that do not exist, again and again.
    said.extend(
        (0..50u8).map(|at| own::Kind::Marks(content::OwnMarks { log: vec![at; 16].into(), ..marks.clone() })),
    );
    said.push(own::Kind::Marks(content::OwnMarks { log: vec![1; 3].into(), ..marks }));
    for (number, kind) in (1u8..).zip(said) {
        story.world.insider_says(
            &mut sibling,
            vec![number; 16],
            Kind::Own(content::Own { kind: Some(kind) }),
        );
    }
    story.world.settle();
    let at_bob = story.at_bob.clone();
    let shown = story.world.shown(bob, &at_bob);
    assert!(shown["folder"].as_str().unwrap().len() <= 64);
    assert_eq!((&shown["draft"], &shown["muted_until"]), (&Value::Null, &Value::Null));
    let at_ana = story.at_ana.clone();
    story.world.say(story.ana, &at_ana, "still here");
    story.world.settle();
    assert_eq!(story.world.texts(bob, &at_bob).last().unwrap(), "still here");
}

#[test]
fn what_was_listened_to_and_names_of_devices_are_known_on_each_device() {
    let mut story = story(390);
    let (ana, bob, bob2) = (story.ana, story.bob, story.bob2);
    let voice = story.world.stage(ana, casemate_api::command::AttachmentKind::Voice, "v.ogg", b"a voice");
    let sent = story.world.send_files(ana, &story.at_ana.clone(), "", vec![voice]);
    story.world.settle();
    let listened = |story: &mut Story, id: ClientId, conversation: String| {
        let messages = story.world.messages(id, &conversation);
        messages.iter().any(|message| message["message"] == sent.as_str() && message["listened"] == true)
    };
    let (at_ana, at_bob, at_bob2) = (story.at_ana.clone(), story.at_bob.clone(), story.at_bob2.clone());
    assert!(!listened(&mut story, bob, at_bob.clone()));
    story.world.ok(bob, "message.listen", json!({"message": sent}));
    story.world.settle();
    assert!(listened(&mut story, bob, at_bob) && listened(&mut story, bob2, at_bob2));
    story.world.ok(ana, "message.listen", json!({"message": sent}));
    assert!(!listened(&mut story, ana, at_ana), "nobody listens to their own, and nobody is told");

    let account = story.world.ok(bob, "account.show", json!({}));
    let devices: Vec<String> =
        account["devices"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect();
    assert_eq!(devices.len(), 2);
    for (number, device) in devices.iter().enumerate() {
        story.world.ok(bob, "device.rename", json!({"device": device, "name": format!("number {number}")}));
    }
    story.world.settle();
    for id in [bob, bob2] {
        let account = story.world.ok(id, "account.show", json!({}));
        let mut names: Vec<&str> = account["device_list"]
            .as_array()
            .unwrap()
            .iter()
            .map(|device| device["name"].as_str().unwrap())
            .collect();
        names.sort_unstable();
        assert_eq!(names, ["number 0", "number 1"]);
    }
    // A device that came later gives nobody a name, and a name is one line.
    for (id, device, name) in
        [(bob2, devices[0].as_str(), "mine"), (bob, "00", "x"), (bob, devices[0].as_str(), "two\nlines")]
    {
        let wanted = json!({"device": device, "name": name});
        assert!(story.world.call(id, "device.rename", wanted).is_err(), "{name}");
    }
}
