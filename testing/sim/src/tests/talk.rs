//! What is shown once, polls that are closed, messages for later that are changed, stars and pins that are found.

use casemate_api::Command;
use casemate_api::Kind as Refused;
use casemate_api::command::AttachmentKind::Photo;
use serde_json::{Value, json};

use super::message;
use crate::{ClientId, World};

#[test]
fn what_is_shown_once_is_gone_from_all_devices_and_its_sender_hears_of_it() {
    let mut world = World::new(1_700);
    let (ana, bob, eve) = (world.person("ana"), world.person("bob"), world.person("eve"));
    world.befriend(ana, bob);
    world.befriend(ana, eve);
    let bob2 = world.link(bob);
    world.group("Plans", ana, &[bob, eve]);
    world.settle();
    let [at_ana, at_bob, at_bob2, at_eve] = [ana, bob, bob2, eve].map(|who| world.named(who, "Plans"));
    let sent =
        world.ok(ana, "message.send", json!({"conversation": at_ana, "text": "look", "view_once": true}));
    let once = sent["message"].as_str().unwrap().to_owned();
    world.say(ana, &at_ana, "after it");
    world.settle();
    // Reading what comes after does not open it.
    let last = world.messages(bob, &at_bob).pop().unwrap();
    world.ok(bob, "message.read", json!({"message": last["message"]}));
    // Nor is it given out before.
    assert_eq!(message(&mut world, bob, &at_bob, &once)["text"], "");
    let found = world.ok(bob, "message.search", json!({"text": "look"}));
    assert_eq!(found["messages"], json!([]));
    let earlier = world.call(bob, "message.history", json!({"message": once}));
    assert_eq!(earlier.unwrap_err().kind, Refused::NotAllowed);
    let opened = world.ok(bob, "message.open", json!({"message": once}));
    assert_eq!(opened["message"]["text"], "look");
    assert_eq!(message(&mut world, bob, &at_bob, &once)["text"], "look");
    let again = world.call(bob, "message.open", json!({"message": once}));
    assert_eq!(again.unwrap_err().kind, Refused::NotAllowed);
    world.settle();
    let elsewhere = message(&mut world, bob2, &at_bob2, &once);
    assert_eq!(
        (&elsewhere["text"], &elsewhere["deleted"], &elsewhere["opened"]),
        (&json!(""), &json!(true), &json!(true))
    );
    let at_sender = message(&mut world, ana, &at_ana, &once);
    assert_eq!(at_sender["opened"], false, "not by everybody yet");
    let info = world.ok(ana, "message.info", json!({"message": once}));
    assert_eq!(info["members"][0]["state"], "opened", "{info}");
    world.ok(bob, "message.read", json!({"message": once}));
    assert_eq!(message(&mut world, bob, &at_bob, &once)["deleted"], true);
    // Eve's program ends while it is open: it does not come back.
    world.ok(eve, "message.open", json!({"message": once}));
    world.kill(eve.0);
    world.settle();
    assert_eq!(message(&mut world, eve, &at_eve, &once)["text"], "");
    assert_eq!(message(&mut world, ana, &at_ana, &once)["opened"], true);
    let refused = world.call(ana, "message.open", json!({"message": once}));
    assert_eq!(refused.unwrap_err().kind, Refused::NotAllowed, "not by its sender");
}

#[test]
fn without_read_receipts_the_sender_of_what_is_shown_once_hears_nothing() {
    let mut world = World::new(1_701);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let bob2 = world.link(bob);
    let [at_ana, at_bob, at_bob2] =
        [(ana, bob), (bob, ana), (bob2, ana)].map(|(who, with)| world.chat(who, with));
    world.ok(bob, "settings.set", json!({"read_receipts": false}));
    let file = world.stage(ana, Photo, "a.jpg", &[1; 500]);
    let wanted = json!({"conversation": at_ana, "attachments": [{"path": "a.jpg"}], "view_once": true});
    let wanted = Command::named("message.send", wanted).unwrap();
    let number = world.command(ana, wanted, vec![file]);
    let once = world.answer(ana, number).unwrap()["message"].as_str().unwrap().to_owned();
    world.settle();
    world.ok(bob, "message.open", json!({"message": once}));
    world.ok(bob, "attachment.save", json!({"message": once, "index": 0, "path": "/tmp/once"}));
    world.ok(bob, "message.read", json!({"message": once}));
    let saved =
        world.call(bob, "attachment.save", json!({"message": once, "index": 0, "path": "/tmp/twice"}));
    assert!(saved.is_err(), "it is gone");
    world.settle();
    assert_eq!(message(&mut world, ana, &at_ana, &once)["opened"], false);
    assert!(world.messages(bob2, &at_bob2).iter().all(|one| one["message"] != once.as_str()));
    assert!(message(&mut world, bob, &at_bob, &once)["attachments"].as_array().unwrap().is_empty());
}

#[test]
fn a_quote_shows_neither_what_is_shown_once_nor_who_voted() {
    let mut world = World::new(1_706);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    for asked in [
        json!({"text": "look", "view_once": true}),
        json!({"poll": {"question": "Where?", "options": ["here", "there"]}}),
    ] {
        let mut send = json!({"conversation": at_ana});
        send.as_object_mut().unwrap().extend(asked.as_object().unwrap().clone());
        let sent = world.ok(ana, "message.send", send)["message"].as_str().unwrap().to_owned();
        world.settle();
        let answer = json!({"conversation": at_bob, "text": "oh", "reply_to": sent});
        let answer = world.ok(bob, "message.send", answer)["message"].as_str().unwrap().to_owned();
        world.settle();
        for (who, conversation) in [(ana, &at_ana), (bob, &at_bob)] {
            let quote = message(&mut world, who, conversation, &answer)["answers"].clone();
            let text = if asked["view_once"] == true { "" } else { "Where?" };
            assert_eq!(quote["message"], sent.as_str());
            assert_eq!((&quote["text"], quote.get("poll")), (&json!(text), None), "{quote}");
        }
    }
}

#[test]
fn a_closed_poll_stands_as_it_was_in_the_log() {
    let mut world = World::new(1_702);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    let poll = json!({"question": "Where?", "options": ["here", "there"]});
    let sent = world.ok(ana, "message.send", json!({"conversation": at_ana, "poll": poll}));
    let poll = sent["message"].as_str().unwrap().to_owned();
    world.settle();
    world.ok(bob, "poll.vote", json!({"message": poll, "options": [0]}));
    let refused = world.call(bob, "poll.close", json!({"message": poll}));
    assert_eq!(refused.unwrap_err().kind, Refused::NotAllowed, "only whoever asked");
    world.settle();
    world.ok(ana, "poll.close", json!({"message": poll}));
    world.ok(ana, "poll.close", json!({"message": poll}));
    world.settle();
    for (who, conversation) in [(ana, &at_ana), (bob, &at_bob)] {
        let shown = message(&mut world, who, conversation, &poll);
        assert_eq!(
            (&shown["poll"]["closed"], &shown["poll"]["options"][0]["votes"]),
            (&json!(true), &json!(1))
        );
        let late = world.call(who, "poll.vote", json!({"message": poll, "options": [1]}));
        assert_eq!(late.unwrap_err().kind, Refused::NotAllowed);
    }
}

#[test]
fn what_waits_for_its_time_can_be_changed_moved_and_sent_at_once() {
    let mut world = World::new(1_703);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    let later = |world: &mut World, text: &str| {
        let wanted = json!({"conversation": at_ana, "text": text, "at": "2026-12-01T10:00:00Z"});
        world.ok(ana, "message.send", wanted)["message"].as_str().unwrap().to_owned()
    };
    let (one, two) = (later(&mut world, "one"), later(&mut world, "two"));
    world.ok(ana, "message.edit", json!({"message": one, "text": "one, better"}));
    world.ok(ana, "message.reschedule", json!({"message": two, "at": "2026-12-01T09:00:00Z"}));
    let waiting = world.ok(ana, "conversation.scheduled", json!({}));
    let texts: Vec<&str> =
        waiting["messages"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["two", "one, better"]);
    for bad in [json!({"message": one, "at": "soon"}), json!({"message": one, "at": "2050-01-01T00:00:00Z"})]
    {
        assert_eq!(world.call(ana, "message.reschedule", bad).unwrap_err().kind, Refused::Invalid);
    }
    world.ok(ana, "message.reschedule", json!({"message": one}));
    world.settle();
    assert_eq!(world.texts(bob, &at_bob), ["one, better"]);
    let gone = world.call(ana, "message.reschedule", json!({"message": one}));
    assert_eq!(gone.unwrap_err().kind, Refused::NotFound);
}

#[test]
fn stars_pins_and_days_are_found() {
    let mut world = World::new(1_704);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let at_ana = world.chat(ana, bob);
    let words: Vec<String> =
        (0..5).map(|number| world.say(ana, &at_ana, &format!("word {number}"))).collect();
    world.settle();
    world.ok(bob, "message.star", json!({"message": words[1]}));
    world.ok(bob, "message.pin", json!({"message": words[3]}));
    world.settle();
    let mut find = |who, params: Value| -> Vec<String> {
        let found = world.ok(who, "message.search", params);
        found["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["text"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(find(bob, json!({"starred": true})), ["word 1"]);
    assert_eq!(find(bob, json!({"starred": true, "text": "3"})), Vec::<String>::new());
    assert_eq!(find(ana, json!({"pinned": true, "conversation": at_ana})), ["word 3"]);
    assert_eq!(find(ana, json!({"starred": true})), Vec::<String>::new(), "stars are one's own");
    let first = world.messages(ana, &at_ana).remove(0)["at"].clone();
    let page = world.ok(ana, "message.list", json!({"conversation": at_ana, "from": first, "limit": 2}));
    assert_eq!(page["messages"][0]["text"], "word 0");
    assert_eq!(page["messages"].as_array().unwrap().len(), 2);
    let later = json!({"conversation": at_ana, "from": "2050-01-01T00:00:00Z"});
    assert_eq!(world.ok(ana, "message.list", later)["messages"], json!([]));
}

#[test]
fn what_a_group_is_about_is_seen_by_all() {
    let mut world = World::new(1_705);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    world.group("Plans", ana, &[bob]);
    world.settle();
    let [at_ana, at_bob] = [ana, bob].map(|who| world.named(who, "Plans"));
    world.ok(
        ana,
        "conversation.set",
        json!({"conversation": at_ana, "description": "Beds, seeds,\nand who waters."}),
    );
    world.settle();
    assert_eq!(world.shown(bob, &at_bob)["information"]["description"], "Beds, seeds,\nand who waters.");
    world.ok(bob, "conversation.mark", json!({"conversation": at_bob, "mentions_only": true}));
    assert_eq!(world.shown(bob, &at_bob)["mentions_only"], true);
    // As many letters as the page takes, of three bytes each, are taken by all.
    let letters = "字".repeat(1_000);
    world.ok(ana, "conversation.set", json!({"conversation": at_ana, "description": letters}));
    world.settle();
    assert_eq!(world.shown(bob, &at_bob)["information"]["description"], letters.as_str());
    let long = json!({"conversation": at_ana, "description": "x".repeat(5_000)});
    assert_eq!(world.call(ana, "conversation.set", long).unwrap_err().kind, Refused::TooLarge);
}

/// Ana's group with a link; the link.
fn linked(world: &mut World, ana: ClientId) -> (String, String) {
    let others: Vec<ClientId> = Vec::new();
    let at_ana = world.group("Garden", ana, &others);
    let made = world.ok(ana, "group.link", json!({"conversation": at_ana}));
    (at_ana, made["link"].as_str().unwrap().to_owned())
}

#[test]
fn who_opens_a_group_s_link_is_added_when_its_maker_says_so() {
    let mut world = World::new(1_710);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    let bob_address = world.address(bob);
    let (at_ana, link) = linked(&mut world, ana);
    let again = world.ok(ana, "group.link", json!({"conversation": at_ana}));
    assert_eq!(again["link"], link.as_str(), "one link at a time");
    world.ok(bob, "contact.knock", json!({"to": link, "note": "I water on Mondays"}));
    world.settle();
    assert_eq!(world.ok(ana, "contact.requests", json!({}))["requests"], json!([]), "not a contact request");
    let asked = world.ok(ana, "group.asked", json!({}))["requests"].clone();
    assert_eq!(
        (&asked[0]["from"], &asked[0]["note"], &asked[0]["conversation"]),
        (&json!(bob_address), &json!("I water on Mondays"), &json!(at_ana))
    );
    assert!(world.ok(bob, "conversation.list", json!({}))["conversations"].as_array().unwrap().is_empty());
    let waits = |world: &mut World| {
        let sent = world.ok(bob, "contact.requests", json!({}))["sent"].clone();
        sent.as_array().unwrap().iter().map(|one| one["to"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(waits(&mut world), [world.address(ana)]);
    world.ok(ana, "group.approve", json!({"conversation": at_ana, "who": bob_address}));
    world.settle();
    assert!(waits(&mut world).is_empty());
    let at_bob = world.named(bob, "Garden");
    assert_eq!(world.notices(bob, &at_bob), ["ana added you."]);
    let row = world.ok(bob, "conversation.list", json!({}))["conversations"][0].clone();
    assert_eq!((&row["marked_unread"], &row["last"]["text"]), (&json!(true), &json!("ana added you.")));
    world.say(bob, &at_bob, "here I am");
    world.say(ana, &at_ana, "welcome");
    world.settle();
    assert!(world.texts(ana, &at_ana).contains(&"here I am".to_owned()));
    assert!(world.texts(bob, &at_bob).contains(&"welcome".to_owned()));
    assert_eq!(world.ok(ana, "group.asked", json!({}))["requests"], json!([]));
    assert_eq!(world.ok(ana, "contact.list", json!({}))["contacts"], json!([]), "in a group, not a contact");
    let twice = world.call(ana, "group.approve", json!({"conversation": at_ana, "who": bob_address}));
    assert_eq!(twice.unwrap_err().kind, Refused::NotFound);
}

#[test]
fn all_who_ask_by_a_group_s_link_are_added_together() {
    let mut world = World::new(1_727);
    let ana = world.person("ana");
    let (at_ana, link) = linked(&mut world, ana);
    let people: Vec<ClientId> = (0..12).map(|number| world.person(&format!("p{number}x"))).collect();
    for one in &people {
        world.ok(*one, "contact.knock", json!({"to": link}));
    }
    world.settle();
    let asked = |world: &mut World| {
        world.ok(ana, "group.asked", json!({}))["requests"].as_array().expect("a list").len()
    };
    assert_eq!(asked(&mut world), people.len());
    world.ok(ana, "group.approve", json!({"conversation": at_ana}));
    world.settle();
    assert_eq!(asked(&mut world), 0);
    let shown = world.shown(ana, &at_ana);
    assert_eq!(shown["members"].as_array().expect("members").len(), people.len() + 1);
    let last = people[people.len() - 1];
    let at_last = world.named(last, "Garden");
    world.say(ana, &at_ana, "welcome");
    world.settle();
    assert_eq!(world.texts(last, &at_last), ["welcome"]);
}

#[test]
fn more_than_two_hundred_who_ask_by_a_group_s_link_are_all_shown() {
    let mut world = World::new(1_728);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    let (_, link) = linked(&mut world, ana);
    world.with_db(ana, |db| {
        db.execute_batch(
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 200)
             INSERT INTO joins_asked(thread, account, note, at_ms)
             SELECT (SELECT thread FROM group_links), randomblob(16), '', n FROM n",
        )
        .expect("wishes to join");
    });
    world.ok(bob, "contact.knock", json!({"to": link}));
    world.settle();
    let asked = world.ok(ana, "group.asked", json!({}))["requests"].clone();
    assert_eq!(asked.as_array().expect("a list").len(), 201);
    assert_eq!(asked[200]["from"], world.address(bob));
}

#[test]
fn who_opens_the_link_of_a_group_that_they_are_in_waits_for_nothing() {
    let mut world = World::new(1_726);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    let (at_ana, link) = linked(&mut world, ana);
    let bob_address = world.address(bob);
    let waits =
        |world: &mut World| world.ok(bob, "contact.requests", json!({}))["sent"].as_array().unwrap().len();
    world.ok(bob, "contact.knock", json!({"to": link}));
    world.settle();
    world.ok(ana, "group.approve", json!({"conversation": at_ana, "who": bob_address}));
    world.settle();
    world.ok(bob, "contact.knock", json!({"to": link}));
    world.settle();
    assert_eq!(world.ok(ana, "group.asked", json!({}))["requests"], json!([]));
    assert_eq!(waits(&mut world), 0);
    // For another group of hers he does wait.
    let other = world.group("Orchard", ana, &[]);
    let link = world.ok(ana, "group.link", json!({"conversation": other}))["link"].clone();
    world.ok(bob, "contact.knock", json!({"to": link}));
    world.settle();
    assert_eq!(waits(&mut world), 1);
    assert_eq!(world.ok(ana, "group.asked", json!({}))["requests"].as_array().unwrap().len(), 1);
}

/// Who is in a group and opens its link again waits for another one of hers all the same; nor does a device of hers that
/// reads an old request late end that.
#[test]
fn who_waits_for_a_group_waits_on_whatever_is_said_of_another() {
    for (seed, late) in [(1_727, false), (1_728, true)] {
        let mut world = World::new(seed);
        let (ana, bob) = (world.person("ana"), world.person("bob"));
        let laptop = world.link(ana);
        let (at_ana, garden) = linked(&mut world, ana);
        let other = world.group("Orchard", ana, &[]);
        let orchard = world.ok(ana, "group.link", json!({"conversation": other}))["link"].clone();
        let bob_address = world.address(bob);
        world.settle();
        let waits = |world: &mut World| {
            world.ok(bob, "contact.requests", json!({}))["sent"].as_array().unwrap().len()
        };
        if late {
            world.sleep(laptop, 3 * 86_400_000);
        }
        world.ok(bob, "contact.knock", json!({"to": garden}));
        world.settle_for(60_000);
        world.ok(ana, "group.approve", json!({"conversation": at_ana, "who": bob_address}));
        world.settle_for(60_000);
        assert_eq!(waits(&mut world), 0);
        world.ok(bob, "contact.knock", json!({"to": orchard}));
        world.settle_for(60_000);
        if late {
            world.settle_for(4 * 86_400_000);
        } else {
            world.ok(bob, "contact.knock", json!({"to": garden}));
            world.settle_for(60_000);
        }
        assert_eq!(waits(&mut world), 1, "seed {seed}");
        world.ok(ana, "group.approve", json!({"conversation": other, "who": bob_address}));
        world.settle_for(60_000);
        let at_bob = world.named(bob, "Orchard");
        assert_eq!(world.shown(bob, &at_bob)["standing"], "active");
        assert_eq!(waits(&mut world), 0);
    }
}

#[test]
fn who_asked_for_a_group_and_thought_better_of_it_is_asked_when_added() {
    let mut world = World::new(1_715);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, link) = linked(&mut world, ana);
    world.ok(bob, "contact.knock", json!({"to": link}));
    world.settle();
    let (to_ana, to_bob) = (world.address(ana), world.address(bob));
    world.ok(bob, "contact.withdraw", json!({"who": to_ana}));
    assert_eq!(world.ok(bob, "contact.requests", json!({}))["sent"], json!([]));
    let twice = world.call(bob, "contact.withdraw", json!({"who": to_ana}));
    assert_eq!(twice.unwrap_err().kind, Refused::NotFound);
    world.ok(ana, "group.approve", json!({"conversation": at_ana, "who": to_bob}));
    world.settle();
    let asks = world.ok(bob, "conversation.requests", json!({}))["requests"].clone();
    assert_eq!(asks[0]["from"], to_ana.as_str());
}

#[test]
fn a_link_that_the_server_is_about_to_forget_is_not_given_out_any_more() {
    let mut world = World::new(1_714);
    let ana = world.person("ana");
    let (at_ana, link) = linked(&mut world, ana);
    let given =
        |world: &mut World| world.ok(ana, "group.link", json!({"conversation": at_ana}))["link"].clone();
    world.settle_for(59 * 86_400_000);
    assert_eq!(given(&mut world), link.as_str());
    world.settle_for(2 * 86_400_000);
    let fresh = given(&mut world);
    assert_ne!(fresh, link.as_str());
    // The one that hangs on a wall is good until its end.
    for (name, link) in [("bob", json!(link)), ("eve", fresh)] {
        let who = world.person(name);
        world.ok(who, "contact.knock", json!({"to": link}));
    }
    world.settle();
    assert_eq!(world.ok(ana, "group.asked", json!({}))["requests"].as_array().unwrap().len(), 2);
    // Both end with one word.
    world.ok(ana, "group.link_reset", json!({"conversation": at_ana}));
    world.settle();
    let dora = world.person("dora");
    assert!(world.call(dora, "contact.knock", json!({"to": link})).is_err());
}

#[test]
fn who_declined_a_group_and_asks_by_its_link_later_comes_in() {
    let mut world = World::new(1_715);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let bob_address = world.address(bob);
    let at_ana = world.ok(ana, "conversation.create", json!({"members": [bob_address], "name": "Garden"}));
    let at_ana = at_ana["conversation"].as_str().unwrap().to_owned();
    world.settle();
    let offered = world.ok(bob, "conversation.requests", json!({}))["requests"][0]["conversation"].clone();
    world.ok(bob, "conversation.decline", json!({"conversation": offered}));
    world.settle();
    let link = world.ok(ana, "group.link", json!({"conversation": at_ana}))["link"].clone();
    world.ok(bob, "contact.knock", json!({"to": link}));
    world.settle();
    let asked = world.ok(ana, "group.asked", json!({}))["requests"].clone();
    assert_eq!(asked[0]["from"], bob_address.as_str());
    world.ok(ana, "group.approve", json!({"conversation": at_ana, "who": bob_address}));
    world.settle();
    let at_bob = world.named(bob, "Garden");
    assert_eq!(world.notices(bob, &at_bob), ["ana added you."]);
    assert_eq!(world.shown(bob, &at_bob)["marked_unread"], json!(true));
    world.say(bob, &at_bob, "here after all");
    world.settle();
    assert!(world.texts(ana, &at_ana).contains(&"here after all".to_owned()));
    assert_eq!(world.shown(ana, &at_ana)["members"].as_array().unwrap().len(), 2);
    // Somebody who is there, and opens the link once more, asks for nothing.
    world.ok(bob, "contact.knock", json!({"to": link}));
    world.settle();
    assert_eq!(world.ok(ana, "group.asked", json!({}))["requests"], json!([]));
}

#[test]
fn who_left_a_group_and_is_added_again_keeps_what_was_said_whatever_they_answer() {
    for accept in [true, false] {
        let mut world = World::new(1_716);
        let (ana, bob, eve) = (world.person("ana"), world.person("bob"), world.person("eve"));
        world.befriend(ana, bob);
        world.befriend(ana, eve);
        world.befriend(bob, eve);
        let at_ana = world.group("Garden", ana, &[bob, eve]);
        let at_bob = world.named(bob, "Garden");
        world.say(ana, &at_ana, "years of talk");
        world.settle();
        world.ok(bob, "conversation.leave", json!({"conversation": at_bob}));
        world.settle();
        // Another one than who made it.
        let (at_eve, bob_address) = (world.named(eve, "Garden"), world.address(bob));
        world.ok(eve, "conversation.add", json!({"conversation": at_eve, "members": [bob_address]}));
        world.settle();
        assert_eq!(world.named(bob, "Garden"), at_bob, "it stays in the list");
        assert_eq!(world.shown(bob, &at_bob)["standing"], "offered");
        let asks = world.ok(bob, "conversation.requests", json!({}))["requests"].clone();
        assert_eq!(asks[0]["from"], world.address(eve).as_str());
        let answer = if accept { "conversation.accept" } else { "conversation.decline" };
        world.ok(bob, answer, json!({"conversation": at_bob}));
        world.settle();
        world.say(ana, &at_ana, "news");
        world.settle();
        assert_eq!(world.named(bob, "Garden"), at_bob);
        assert_eq!(world.shown(bob, &at_bob)["standing"], if accept { "active" } else { "left" });
        let texts = world.texts(bob, &at_bob);
        assert_eq!(texts[0], "years of talk");
        assert_eq!(texts.contains(&"news".to_owned()), accept, "{texts:?}");
    }
}

#[test]
fn a_link_that_was_reset_leads_nowhere_and_who_is_refused_sees_nothing() {
    let mut world = World::new(1_711);
    let (ana, bob, eve) = (world.person("ana"), world.person("bob"), world.person("eve"));
    let (at_ana, link) = linked(&mut world, ana);
    world.ok(bob, "contact.knock", json!({"to": link}));
    world.settle();
    let bob_address = world.address(bob);
    world.ok(ana, "group.refuse", json!({"conversation": at_ana, "who": bob_address}));
    world.ok(ana, "group.link_reset", json!({"conversation": at_ana}));
    world.settle();
    let late = world.call(eve, "contact.knock", json!({"to": link}));
    assert_eq!(late.unwrap_err().kind, Refused::NotFound);
    let fresh = world.ok(ana, "group.link", json!({"conversation": at_ana}));
    assert_ne!(fresh["link"], link.as_str());
    // The maker's own bytes in another link of hers lead nowhere either.
    let (head, _) = link.rsplit_once('.').unwrap();
    let (_, old) = link.rsplit_once('.').unwrap();
    let (fresh_head, _) = fresh["link"].as_str().unwrap().rsplit_once('.').unwrap();
    assert_ne!(head, fresh_head);
    world.ok(eve, "contact.knock", json!({"to": format!("{fresh_head}.{old}")}));
    world.settle();
    assert_eq!(world.ok(ana, "group.asked", json!({}))["requests"], json!([]));
    assert_eq!(world.ok(ana, "contact.requests", json!({}))["requests"], json!([]));
    for who in [bob, eve] {
        assert!(
            world.ok(who, "conversation.list", json!({}))["conversations"].as_array().unwrap().is_empty()
        );
    }
}

#[test]
fn one_who_was_asked_to_add_somebody_cannot_put_them_anywhere_else_twice() {
    let mut world = World::new(1_712);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    let ana2 = world.link(ana);
    let (at_ana, link) = linked(&mut world, ana);
    world.settle();
    world.ok(bob, "contact.knock", json!({"to": link}));
    world.settle();
    let bob_address = world.address(bob);
    // Her other device knows the link, and answers.
    let at_ana2 = world.named(ana2, "Garden");
    let asked = world.ok(ana2, "group.asked", json!({}))["requests"].clone();
    assert_eq!(asked[0]["from"], bob_address.as_str());
    world.ok(ana2, "group.approve", json!({"conversation": at_ana2, "who": bob_address}));
    world.settle();
    assert_eq!(world.ok(ana, "group.asked", json!({}))["requests"], json!([]), "answered on the other");
    world.named(bob, "Garden");
    // What bob asked for was one group: another is not joined by itself.
    let refused = world.call(ana, "conversation.create", json!({"members": [bob_address], "name": "Other"}));
    assert!(refused.is_err(), "bob is no contact of hers");
    assert_eq!(world.ok(bob, "conversation.list", json!({}))["conversations"].as_array().unwrap().len(), 1);
    let _ = at_ana;
}

#[test]
fn a_message_to_a_list_goes_to_each_in_the_chat_with_them() {
    let mut world = World::new(1_713);
    let (ana, bob, eve) = (world.person("ana"), world.person("bob"), world.person("eve"));
    world.befriend(ana, bob);
    world.befriend(ana, eve);
    let ana2 = world.link(ana);
    let (bob_address, eve_address) = (world.address(bob), world.address(eve));
    let wanted = json!({"name": "Choir", "members": [bob_address, eve_address, bob_address]});
    let list = world.ok(ana, "list.set", wanted)["list"].clone();
    let stranger = json!({"name": "x", "members": ["nobody@example.org"]});
    assert!(world.call(ana, "list.set", stranger).is_err());
    let empty = json!({"name": "x", "members": []});
    assert_eq!(world.call(ana, "list.set", empty).unwrap_err().kind, Refused::Invalid);
    world.settle();
    let lists = world.ok(ana2, "list.list", json!({}))["lists"].clone();
    assert_eq!((&lists[0]["name"], lists[0]["members"].as_array().unwrap().len()), (&json!("Choir"), 2));
    // What was begun is kept until it is sent, on this device, also when the list changes.
    world.ok(ana, "list.draft", json!({"list": list, "text": "On Mon"}));
    world.ok(ana2, "list.set", json!({"list": list, "name": "Choir", "members": [eve_address, bob_address]}));
    world.settle();
    world.kill(ana.0);
    let begun =
        |world: &mut World, device| world.ok(device, "list.list", json!({}))["lists"][0]["draft"].clone();
    assert_eq!((begun(&mut world, ana), begun(&mut world, ana2)), (json!("On Mon"), json!("")));
    let file = world.stage(ana, Photo, "notes.jpg", &[3; 900]);
    let params = json!({"list": list, "text": "On Monday at eight", "attachments": [{"path": "notes.jpg"}]});
    let command = Command::named("list.send", params).unwrap();
    let number = world.command(ana, command, vec![file]);
    let sent = world.answer(ana, number).unwrap();
    assert_eq!(sent["messages"].as_array().unwrap().len(), 2);
    assert_eq!(begun(&mut world, ana), "");
    world.settle();
    for who in [bob, eve] {
        let conversation = world.chat(who, ana);
        let got = world.messages(who, &conversation).pop().unwrap();
        assert_eq!(
            (&got["text"], &got["attachments"][0]["state"]),
            (&json!("On Monday at eight"), &json!("stored"))
        );
        assert_eq!(got["forwarded"], 0);
    }
    // A chat that was deleted comes back with it, on all own devices; one that was only put away stays there.
    let (with_bob, with_eve) = (world.chat(ana, bob), world.chat(ana, eve));
    let deleted = json!({"conversation": with_bob, "archived": true, "deleted": true});
    world.ok(ana, "conversation.mark", deleted);
    world.ok(ana, "conversation.mark", json!({"conversation": with_eve, "archived": true}));
    world.settle();
    world.ok(ana, "list.send", json!({"list": list, "text": "At nine"}));
    world.settle();
    for device in [ana, ana2] {
        let marks = [bob, eve].map(|other| {
            let conversation = world.chat(device, other);
            let shown = world.shown(device, &conversation);
            (shown["archived"] == true, shown["deleted"] == true)
        });
        assert_eq!(marks, [(false, false), (true, false)], "{device:?}");
    }
    world.ok(ana, "contact.block", json!({"who": eve_address}));
    let sent = world.ok(ana, "list.send", json!({"list": list, "text": "again"}));
    assert_eq!(sent["left_out"], json!([eve_address]));
    world.ok(ana2, "list.remove", json!({"list": list}));
    world.settle();
    assert_eq!(world.ok(ana, "list.list", json!({}))["lists"], json!([]));
}
