//! What people do with messages.

use casemate_api::{Event, Kind};
use serde_json::json;

use super::{pair, with_plans};
use crate::World;

#[test]
fn edits_reactions_pins_and_deletions_reach_the_other_side() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(30);
    let first = world.say(ana, &at_ana, "frist");
    world.settle();
    world.ok(ana, "message.edit", json!({"message": first, "text": "first"}));
    world.ok(bob, "message.react", json!({"message": first, "emoji": "👍"}));
    world.ok(ana, "message.pin", json!({"message": first}));
    world.ok(bob, "message.star", json!({"message": first}));
    world.settle();
    let seen = &world.messages(bob, &at_bob)[0];
    assert_eq!(
        (&seen["text"], &seen["edited"], &seen["pinned"]),
        (&json!("first"), &json!(true), &json!(true))
    );
    let seen = &world.messages(ana, &at_ana)[0];
    assert_eq!(seen["reactions"][0]["emoji"], "👍");
    assert_eq!(seen["starred"], false);
    for none in ["abcdefgh", "<b>", "\u{202e}", "👍👍", " "] {
        let refused = world.call(bob, "message.react", json!({"message": first, "emoji": none}));
        assert_eq!(refused.unwrap_err().kind, Kind::Invalid, "{none:?}");
    }
    for emoji in ["7️⃣", "🇩🇪", "👩🏽‍❤️‍💋‍👩🏿"] {
        world.ok(bob, "message.react", json!({"message": first, "emoji": emoji}));
        world.settle();
        assert_eq!(world.messages(ana, &at_ana)[0]["reactions"][0]["emoji"], emoji);
    }
    world.ok(bob, "message.react", json!({"message": first, "emoji": null}));
    world.ok(ana, "message.delete", json!({"message": first, "for": "everyone"}));
    world.settle();
    let seen = &world.messages(bob, &at_bob)[0];
    assert_eq!((&seen["text"], &seen["deleted"]), (&json!(""), &json!(true)));
    let refused = world.call(ana, "message.edit", json!({"message": first, "text": "again"})).unwrap_err();
    assert!(refused.message.starts_with("This message was deleted"), "{refused}");
    // Nobody changes what another said.
    let other = world.say(ana, &at_ana, "mine");
    world.settle();
    let refused = world.call(bob, "message.edit", json!({"message": other, "text": "yours"}));
    assert_eq!(refused.unwrap_err().kind, Kind::NotAllowed);
    let refused = world.call(bob, "message.delete", json!({"message": other, "for": "everyone"}));
    assert_eq!(refused.unwrap_err().kind, Kind::NotAllowed);
}

#[test]
fn a_new_text_that_waits_shows_that_it_waits() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(31);
    let first = world.say(ana, &at_ana, "frist");
    world.settle();
    world.ok(bob, "message.read", json!({"message": first}));
    world.settle_for(60_000);
    assert_eq!(world.states(ana, &at_ana), ["read"]);
    world.sleep(ana, 3_600_000);
    world.ok(ana, "message.edit", json!({"message": first, "text": "first"}));
    assert_eq!(world.states(ana, &at_ana), ["queued"]);
    world.client(ana).events.clear();
    world.wake(ana);
    world.settle();
    let told = world.client(ana).events.iter().filter(|event| matches!(event, Event::MessageChanged { .. }));
    assert_eq!(told.count(), 1, "that it waits no more");
    assert_eq!(world.states(ana, &at_ana), ["read"]);
    assert_eq!(world.texts(bob, &at_bob), ["first"]);
}

#[test]
fn a_message_has_something_to_see() {
    let mut world = World::new(1_111);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (chat, to_bob) = (world.chat(ana, bob), world.address(bob));
    let list = world.ok(ana, "list.set", json!({"name": "Choir", "members": [to_bob]}))["list"].clone();
    let said = world.say(ana, &chat, "❤\u{fe0f}");
    for text in ["", " \n", "\u{200b}", "\u{2800}\n\u{3164}\u{fe0f}"] {
        for (method, params, expected) in [
            (
                "message.send",
                json!({"conversation": chat, "text": text}),
                "A message needs a text or a file.",
            ),
            ("list.send", json!({"list": list, "text": text}), "A message needs a text or a file."),
            ("message.edit", json!({"message": said, "text": text}), "To take a message back, delete it."),
        ] {
            let refused = world.call(ana, method, params).unwrap_err();
            assert_eq!(refused.message, expected, "{method} {text:?}");
        }
    }
    world.settle();
    assert_eq!(world.texts(ana, &chat), ["❤\u{fe0f}"]);
}

#[test]
fn states_go_from_queued_to_read_and_unread_counts_fall() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(31);
    world.sleep(bob, 3_600_000);
    let sent = world.say(ana, &at_ana, "are you there?");
    assert_eq!(world.messages(ana, &at_ana)[0]["state"], "queued");
    world.sync(ana);
    assert_eq!(world.messages(ana, &at_ana)[0]["state"], "sent");
    world.wake(bob);
    world.settle();
    assert_eq!(world.messages(ana, &at_ana)[0]["state"], "delivered");
    let all = world.ok(bob, "conversation.list", json!({}));
    assert_eq!(all["conversations"][0]["unread"], 1);
    world.ok(bob, "message.read", json!({"message": sent}));
    let all = world.ok(bob, "conversation.list", json!({}));
    assert_eq!(all["conversations"][0]["unread"], 0);
    world.settle();
    assert_eq!(world.messages(ana, &at_ana)[0]["state"], "read");
    assert_eq!(world.messages(bob, &at_bob)[0]["state"], "read");
}

#[test]
fn unread_messages_are_counted_as_they_come_go_and_are_read() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(33);
    let mut said: Vec<String> = (0..5).map(|number| world.say(ana, &at_ana, &number.to_string())).collect();
    world.settle();
    let unread = |world: &mut World| {
        let list = json!({"conversation": at_bob, "unread": true});
        let page = world.ok(bob, "message.list", list)["messages"].as_array().unwrap().clone();
        let theirs =
            page.iter().filter(|message| message["state"] == "received" && message["deleted"] == false);
        assert_eq!(world.shown(bob, &at_bob)["unread"], theirs.count());
        page.into_iter().map(|message| message["text"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(unread(&mut world).len(), 5);
    world.ok(bob, "message.read", json!({"message": said[1]}));
    assert_eq!(unread(&mut world), ["2", "3", "4"]);
    // What oneself says does not count, a new one does.
    world.say(bob, &at_bob, "mine");
    world.settle();
    said.push(world.say(ana, &at_ana, "5"));
    world.settle();
    assert_eq!(unread(&mut world), ["2", "3", "4", "mine", "5"]);
    let list = json!({"conversation": at_bob, "read": true, "limit": 1});
    let page = world.ok(bob, "message.list", list)["messages"].as_array().unwrap().clone();
    assert_eq!(
        page.iter().map(|message| &message["text"]).collect::<Vec<_>>(),
        ["1"],
        "the last before those"
    );
    world.ok(ana, "message.delete", json!({"message": said[3], "for": "everyone"}));
    world.ok(bob, "message.delete", json!({"message": said[2], "for": "me"}));
    world.settle();
    assert_eq!(unread(&mut world), ["4", "mine", "5"], "what was taken back is no longer to be read");
    world.ok(bob, "message.read", json!({"message": said[5]}));
    assert_eq!(unread(&mut world), Vec::<String>::new());
}

#[test]
fn what_was_taken_back_before_it_was_sent_leaves_nothing() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(35);
    world.sleep(ana, 3_600_000);
    let oops = world.say(ana, &at_ana, "oops");
    world.say(ana, &at_ana, "later");
    world.ok(ana, "message.delete", json!({"message": oops, "for": "everyone"}));
    assert_eq!(world.texts(ana, &at_ana), ["later"]);
    world.wake(ana);
    world.settle();
    for (id, chat) in [(ana, &at_ana), (bob, &at_bob)] {
        assert_eq!(world.texts(id, chat), ["later"]);
    }
}

#[test]
fn what_is_unread_begins_below_notices_and_what_oneself_said() {
    let (mut world, ana, bob, group) = with_plans(34);
    let at_bob = world.named(bob, "Plans");
    let notes = world.ok(bob, "conversation.notes", json!({}))["conversation"].as_str().unwrap().to_owned();
    let said = world.say(ana, &group, "seen");
    let own = world.say(bob, &notes, "forwarded");
    world.settle();
    world.ok(bob, "message.read", json!({"message": said}));
    world.ok(ana, "conversation.set", json!({"conversation": group, "name": "Better plans"}));
    world.settle();
    world.ok(bob, "message.forward", json!({"messages": [own], "to": [at_bob]}));
    world.settle();
    let listed = |world: &mut World, which: &str| {
        let list = json!({"conversation": at_bob, which: true});
        let page = world.ok(bob, "message.list", list)["messages"].as_array().unwrap().clone();
        page.into_iter().map(|message| message["text"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(world.shown(bob, &at_bob)["unread"], 0);
    assert_eq!(listed(&mut world, "unread"), Vec::<String>::new());
    assert_eq!(listed(&mut world, "read").last().unwrap(), "forwarded");
    world.say(ana, &group, "new");
    world.settle();
    assert_eq!(world.shown(bob, &at_bob)["unread"], 1);
    assert_eq!(listed(&mut world, "unread"), ["new"]);
    let read = listed(&mut world, "read");
    assert!(read[read.len() - 2].contains("Better plans"), "{read:?}");
    assert_eq!(read.last().unwrap(), "forwarded");
}

#[test]
fn pages_replies_client_ids_and_search() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(32);
    let mut ids = Vec::new();
    for number in 0..30 {
        ids.push(world.say(ana, &at_ana, &format!("message number {number}")));
    }
    world.settle();
    let page = world.ok(bob, "message.list", json!({"conversation": at_bob, "limit": 10}));
    assert_eq!(page["messages"][0]["text"], "message number 20");
    let page = world.ok(bob, "message.list", json!({"conversation": at_bob, "before": ids[20], "limit": 5}));
    assert_eq!(page["messages"][0]["text"], "message number 15");
    let page = world.ok(bob, "message.list", json!({"conversation": at_bob, "after": ids[20], "limit": 5}));
    assert_eq!(page["messages"][0]["text"], "message number 21");
    let reply =
        json!({"conversation": at_bob, "text": "السلام 你好 naïve", "reply_to": ids[3], "client_id": "once"});
    let one = world.ok(bob, "message.send", reply.clone());
    assert_eq!(world.ok(bob, "message.send", reply.clone()), one);
    for (field, other) in
        [("text", json!("another")), ("reply_to", json!(ids[4])), ("view_once", json!(true))]
    {
        let mut another = reply.clone();
        another[field] = other;
        assert_eq!(world.call(bob, "message.send", another).unwrap_err().kind, Kind::Taken, "{field}");
    }
    // What was said is no longer so; what was asked is.
    world.ok(bob, "message.edit", json!({"message": one["message"], "text": "changed"}));
    assert_eq!(world.ok(bob, "message.send", reply), one);
    let text = "السلام 你好 naïve";
    world.ok(bob, "message.edit", json!({"message": one["message"], "text": text}));
    world.settle();
    let last = world.messages(ana, &at_ana).pop().unwrap();
    assert_eq!(last["reply_to"], ids[3].as_str());
    let me = world.address(ana);
    for (text, hits) in [
        ("number 7", 3),
        ("number", 30),
        ("NUMBER e 1", 12),
        ("سلام", 1),
        ("你好", 1),
        ("好", 1),
        ("你", 1),
        ("好你", 0),
        ("naïve", 1),
        ("naive", 1),
        ("ve 你", 1),
        ("zz", 0),
        ("zzz", 0),
        ("\"'*", 0),
        ("\"number 7\"", 3),
        ("«naïve»", 1),
        ("%", 0),
    ] {
        for filter in [json!({}), json!({"conversation": at_ana})] {
            let mut wanted = json!({"text": text, "limit": 100});
            wanted.as_object_mut().unwrap().extend(filter.as_object().unwrap().clone());
            let found = world.ok(ana, "message.search", wanted);
            assert_eq!(found["messages"].as_array().unwrap().len(), hits, "{text} {filter}");
        }
    }
    let own = world.ok(ana, "message.search", json!({"text": "number", "from": me, "limit": 5}));
    let own: Vec<&str> =
        own["messages"].as_array().unwrap().iter().map(|found| found["text"].as_str().unwrap()).collect();
    assert_eq!(own, (25..=29).map(|n| format!("message number {n}")).collect::<Vec<_>>());
    // Page by page, the newest first, in one chat and in all: each message once.
    for place in
        [json!({"text": "number"}), json!({"text": "number", "conversation": at_ana}), json!({"text": "mb"})]
    {
        let (mut texts, mut wanted) = (Vec::new(), place.clone());
        wanted["limit"] = json!(7);
        loop {
            let found = world.ok(ana, "message.search", wanted.clone());
            let page = found["messages"].as_array().unwrap();
            texts.splice(0..0, page.iter().map(|found| found["text"].as_str().unwrap().to_owned()));
            let Some(oldest) = page.first().filter(|_| page.len() == 7) else { break };
            wanted["older_than"] = oldest["message"].clone();
        }
        assert_eq!(texts, (0..30).map(|n| format!("message number {n}")).collect::<Vec<_>>(), "{place}");
    }
    let elsewhere = json!({"text": "number", "older_than": "00".repeat(16)});
    assert_eq!(world.call(ana, "message.search", elsewhere).unwrap_err().kind, Kind::NotFound);
}

#[test]
fn messages_disappear_on_both_sides() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(33);
    world.ok(ana, "conversation.set", json!({"conversation": at_ana, "disappearing_seconds": 3600}));
    world.settle();
    world.say(bob, &at_bob, "soon gone");
    world.settle();
    assert_eq!(world.texts(ana, &at_ana), ["soon gone"]);
    world.settle_for(3_700_000);
    assert_eq!(world.texts(ana, &at_ana), Vec::<String>::new());
    assert_eq!(world.texts(bob, &at_bob), Vec::<String>::new());
}

#[test]
fn what_disappeared_while_a_device_was_off_is_gone_when_it_starts() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(37);
    world.ok(ana, "conversation.set", json!({"conversation": at_ana, "disappearing_seconds": 3600}));
    world.settle();
    world.say(bob, &at_bob, "soon gone");
    world.settle();
    let over = "UPDATE messages SET gone_ms = 1 WHERE gone_ms IS NOT NULL";
    assert!(world.with_db(ana, |db| db.execute(over, []).unwrap()) > 0);
    // Nothing but the start happened in between: no time passed, and nothing was asked.
    assert_eq!(world.texts(ana, &at_ana), Vec::<String>::new());
    // The server's greeting confirms the clock, and nothing of it stays.
    world.settle();
    let left = "SELECT count(*) FROM messages WHERE gone_ms IS NOT NULL";
    let left: i64 = world.with_db(ana, |db| db.query_row(left, [], |row| row.get(0)).unwrap());
    assert_eq!(left, 0);
    assert_eq!(world.texts(bob, &at_bob), ["soon gone"]);
}

#[test]
fn days_offline_and_nothing_is_missed() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(34);
    world.sleep(bob, 5 * 86_400_000);
    let mut said = Vec::new();
    for number in 0..300 {
        said.push(format!("day {number}"));
        world.say(ana, &at_ana, &said[number]);
        world.settle_for(1_000);
    }
    world.wake(bob);
    world.sync(bob);
    assert_eq!(world.texts(bob, &at_bob), said);
}

#[test]
fn a_wrong_clock_by_years_changes_nothing() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(35);
    world.client(bob).clock_skew_ms = -20 * 365 * 86_400_000;
    world.cut(bob.0);
    world.settle();
    world.say(bob, &at_bob, "from the past");
    world.settle();
    let seen = world.messages(ana, &at_ana);
    assert_eq!(seen[0]["text"], "from the past");
    assert!(seen[0]["at"].as_str().unwrap().starts_with("2026"), "{seen:?}");
}

#[test]
fn what_an_earlier_version_left_for_search_is_put_right_after_a_start() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(36);
    let old = json!({"at": "2023-12-31T20:41:00Z", "author": "Bobby", "text": "die alte Straße"});
    let brought = json!({"conversation": at_ana, "total": 1, "place": 0, "messages": [old]});
    for number in 0..450 {
        world.say(bob, &at_bob, &format!("die Straße {number}"));
    }
    let gone = world.say(bob, &at_bob, "die Straße ist weg");
    world.settle();
    world.ok(bob, "message.delete", json!({"message": gone, "for": "everyone"}));
    world.say(bob, &at_bob, "في المدرسة");
    world.settle();
    world.ok(ana, "history.add", brought);
    world.with_db(ana, |db| {
        db.execute_batch(
            "UPDATE messages SET id = 1000 + (SELECT max(id) FROM messages) WHERE imported = 1;
             DELETE FROM words;
             INSERT INTO pairs(pairs) VALUES ('delete-all');
             INSERT INTO refold SELECT max(id) FROM messages;",
        )
        .unwrap();
    });
    world.settle_for(10_000);
    let mut found = |text: &str| -> Vec<String> {
        let found = world.ok(ana, "message.search", json!({"text": text, "limit": 500}));
        let found = found["messages"].as_array().unwrap().iter();
        found.map(|one| one["text"].as_str().unwrap().to_owned()).collect()
    };
    let streets = found("strasse");
    assert_eq!(streets.len(), 451);
    assert_eq!(
        (&streets[0][..], &streets[1][..], &streets[450][..]),
        ("die alte Straße", "die Straße 0", "die Straße 449")
    );
    assert_eq!(found("مدرسه"), ["في المدرسة"]);
    assert_eq!(found("STRASSE 449"), ["die Straße 449"]);
    world.with_db(ana, |db| {
        let left: i64 = db.query_row("SELECT count(*) FROM refold", [], |row| row.get(0)).unwrap();
        assert_eq!(left, 0);
    });
}
