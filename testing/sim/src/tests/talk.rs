//! What is shown once, polls that are closed, messages for later that are changed, stars and pins that are found.

use casemate_api::Kind as Refused;
use casemate_api::command::AttachmentKind::Photo;
use serde_json::{Value, json};

use crate::{ClientId, World};

fn message(world: &mut World, id: ClientId, conversation: &str, message: &str) -> Value {
    let found = world.messages(id, conversation).into_iter().find(|one| one["message"] == message);
    found.expect("the message")
}

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
    assert_eq!(message(&mut world, bob, &at_bob, &once)["text"], "look");
    world.ok(bob, "message.open", json!({"message": once}));
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
    let wanted = serde_json::from_value(json!({"method": "message.send", "params": wanted})).unwrap();
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
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
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
    let long = json!({"conversation": at_ana, "description": "x".repeat(3_000)});
    assert_eq!(world.call(ana, "conversation.set", long).unwrap_err().kind, Refused::TooLarge);
}
