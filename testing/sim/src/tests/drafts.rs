//! Drafts as a page follows them that has its own copy: what it is told, and what it has to keep anew.

use casemate_api::Event;
use serde_json::{Value, json};

use super::{message, pair};
use crate::{ClientId, World};

/// Bob's chat with Ana as he lists it.
fn listed(world: &mut World, bob: ClientId, chat: &str) -> Value {
    let all = world.ok(bob, "conversation.list", json!({}))["conversations"].clone();
    all.as_array().unwrap().iter().find(|one| one["conversation"] == chat).expect("the chat").clone()
}

/// Whether it was said since the last look that something about this chat changed.
fn told(world: &mut World, id: ClientId, chat: &str) -> bool {
    let events = std::mem::take(&mut world.client(id).events);
    let about =
        |event: &Event| matches!(event, Event::ConversationChanged { conversation } if conversation == chat);
    events.iter().any(about)
}

#[test]
fn whoever_began_a_draft_is_told_when_it_is_given_up_or_sent_elsewhere() {
    let (mut world, ana, bob, _, at_bob) = pair(3_300);
    let bob2 = world.link(bob);
    world.settle();
    let at_bob2 = world.chat(bob2, ana);
    for gives_up in [true, false] {
        told(&mut world, bob2, &at_bob2);
        world.ok(bob, "conversation.draft", json!({"conversation": at_bob, "text": "see you at nine"}));
        world.settle();
        assert!(told(&mut world, bob2, &at_bob2));
        assert_eq!(listed(&mut world, bob2, &at_bob2)["draft"]["text"], "see you at nine");
        told(&mut world, bob, &at_bob);
        match gives_up {
            true => drop(world.ok(bob2, "conversation.draft", json!({"conversation": at_bob2, "text": ""}))),
            false => drop(world.say(bob2, &at_bob2, "see you at ten")),
        }
        // A message comes by anyway: what counts is the word after it.
        world.settle_for(1_000);
        told(&mut world, bob, &at_bob);
        world.settle();
        assert!(told(&mut world, bob, &at_bob), "given up: {gives_up}");
        assert_eq!(listed(&mut world, bob, &at_bob)["draft"], Value::Null);
    }
}

#[test]
fn a_poll_answers_and_what_was_written_beside_it_is_kept_anew() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(3_301);
    let bob2 = world.link(bob);
    world.settle();
    let at_bob2 = world.chat(bob2, ana);
    let asked = world.say(ana, &at_ana, "where do we eat?");
    world.settle();
    let half = json!({"conversation": at_bob, "text": "or shall we", "reply_to": asked});
    world.ok(bob, "conversation.draft", half);
    world.settle();
    let poll = json!({"question": "Where?", "options": ["Mia's", "at home"], "multiple": false});
    let send = json!({"conversation": at_bob, "poll": poll, "reply_to": asked});
    let sent = world.ok(bob, "message.send", send)["message"].as_str().unwrap().to_owned();
    // Whatever goes out ends the draft; whoever still has it before them keeps it anew, and other devices never miss it.
    assert_eq!(world.shown(bob, &at_bob)["draft"], Value::Null);
    world.ok(bob, "conversation.draft", json!({"conversation": at_bob, "text": "or shall we"}));
    world.settle();
    for (id, chat) in [(bob, &at_bob), (bob2, &at_bob2)] {
        let draft = world.shown(id, chat)["draft"].clone();
        assert_eq!((&draft["text"], &draft["reply_to"]), (&json!("or shall we"), &Value::Null));
    }
    let seen = message(&mut world, ana, &at_ana, &sent);
    assert_eq!((&seen["reply_to"], &seen["answers"]["text"]), (&json!(asked), &json!("where do we eat?")));
    // Places and cards answer too.
    for thing in [
        json!({"location": {"latitude": 1.0, "longitude": 2.0}}),
        json!({"contact": {"address": "cleo@sim.example", "name": "Cleo"}}),
    ] {
        let mut send = json!({"conversation": at_bob, "reply_to": asked});
        send.as_object_mut().unwrap().extend(thing.as_object().unwrap().clone());
        let sent = world.ok(bob, "message.send", send)["message"].as_str().unwrap().to_owned();
        world.settle();
        assert_eq!(message(&mut world, ana, &at_ana, &sent)["reply_to"], json!(asked));
    }
}

/// Nothing was written, and the draft was not told to other devices yet.
#[test]
fn who_answers_without_words_answers_no_longer() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(3_302);
    let asked = world.say(ana, &at_ana, "where do we eat?");
    world.settle();
    world.ok(bob, "conversation.draft", json!({"conversation": at_bob, "text": "", "reply_to": asked}));
    assert_eq!(world.shown(bob, &at_bob)["draft"]["reply_to"], json!(asked));
    let place = json!({"latitude": 1.0, "longitude": 2.0});
    world.ok(bob, "message.send", json!({"conversation": at_bob, "location": place, "reply_to": asked}));
    assert_eq!(world.shown(bob, &at_bob)["draft"], Value::Null);
}
