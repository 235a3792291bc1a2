//! Strangers: what they can do, and what they learn.

use std::cell::Cell;
use std::rc::Rc;

use casemate_api::{Event, Kind};
use casemate_wire::limits::KNOCKS_WAITING;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::fetch_manifest;
use casemate_wire::proto::wire::server_frame::Body;
use serde_json::json;

use crate::World;

#[test]
fn a_knock_waits_until_it_is_answered_and_declining_looks_like_silence() {
    let mut world = World::new(20);
    let (ana, eve) = (world.person("ana"), world.person("eve"));
    let (to_ana, to_eve) = (world.address(ana), world.address(eve));
    world.ok(eve, "contact.knock", json!({"to": to_ana, "note": "let me in"}));
    world.sync(ana);
    let asked = world.ok(ana, "contact.requests", json!({}));
    assert_eq!(asked["requests"][0]["from"], to_eve.as_str());
    assert_eq!(asked["requests"][0]["note"], "let me in");
    // Before the answer nothing can be said.
    let refused = world.call(eve, "conversation.create", json!({"members": [to_ana]}));
    assert_eq!(refused.unwrap_err().kind, Kind::NotAllowed);
    world.ok(ana, "contact.decline", json!({"who": to_eve}));
    world.ok(eve, "contact.knock", json!({"to": to_ana, "note": "again"}));
    world.settle();
    let asked = world.ok(ana, "contact.requests", json!({}));
    assert_eq!(asked["requests"].as_array().unwrap().len(), 0);
    assert_eq!(world.ok(eve, "contact.list", json!({}))["contacts"].as_array().unwrap().len(), 0);
}

#[test]
fn a_request_says_in_which_groups_both_are() {
    let mut world = World::new(31);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    let (eve, ines) = (world.person("eve"), world.person("ines"));
    for friend in [ana, eve, ines] {
        world.befriend(bob, friend);
    }
    world.group("Rowers", bob, &[ana, eve]);
    world.group("Without Ana", bob, &[eve, ines]);
    world.group("Left", bob, &[ana, eve]);
    world.settle();
    let (rowers, left) = (world.named(ana, "Rowers"), world.named(ana, "Left"));
    world.ok(ana, "conversation.leave", json!({"conversation": left}));
    let (to_ana, to_eve, to_ines) = (world.address(ana), world.address(eve), world.address(ines));
    for stranger in [eve, ines] {
        world.ok(stranger, "contact.knock", json!({"to": to_ana}));
        world.settle();
    }
    let asked = world.ok(ana, "contact.requests", json!({}));
    let groups = |address: &str| {
        let all = asked["requests"].as_array().unwrap();
        all.iter().find(|one| one["from"] == address).map(|one| one["groups"].clone())
    };
    assert_eq!(groups(&to_eve), Some(json!([rowers])));
    assert_eq!(groups(&to_ines), Some(json!(null)));
}

#[test]
fn a_request_that_was_sent_is_shown_until_it_is_answered() {
    let mut world = World::new(25);
    let (ana, eve) = (world.person("ana"), world.person("eve"));
    let (to_ana, to_eve) = (world.address(ana), world.address(eve));
    let waits = |world: &mut World| world.ok(eve, "contact.requests", json!({}))["sent"].clone();
    assert_eq!(waits(&mut world), json!([]));
    world.ok(eve, "contact.knock", json!({"to": to_ana, "note": "let me in"}));
    world.sync(ana);
    let sent = waits(&mut world);
    assert_eq!((&sent[0]["to"], &sent[0]["note"]), (&json!(to_ana), &json!("let me in")));
    // Who asks again without a word keeps the one that was given, on both sides.
    world.ok(eve, "contact.knock", json!({"to": to_ana}));
    world.sync(ana);
    world.settle();
    assert_eq!(world.ok(ana, "contact.requests", json!({}))["requests"][0]["note"], "let me in");
    let sent = waits(&mut world);
    assert_eq!(sent[0]["note"], "let me in");
    world.ok(eve, "contact.knock", json!({"to": to_ana, "note": "please"}));
    world.settle();
    assert_eq!(world.ok(ana, "contact.requests", json!({}))["requests"][0]["note"], "please");
    let sent = waits(&mut world);
    assert_eq!(sent[0]["note"], "please");
    // It is not said who declined.
    world.ok(ana, "contact.decline", json!({"who": to_eve}));
    world.settle();
    assert_eq!(waits(&mut world), sent);
    // An answer ends it.
    let bob = world.person("bob");
    let to_bob = world.address(bob);
    world.ok(eve, "contact.knock", json!({"to": to_bob}));
    world.sync(bob);
    assert_eq!(waits(&mut world).as_array().unwrap().len(), 2);
    world.ok(bob, "contact.accept", json!({"who": to_eve}));
    world.settle();
    assert_eq!(waits(&mut world), sent);
}

#[test]
fn the_absent_and_the_hidden_look_alike() {
    let mut world = World::new(21);
    let (ana, eve) = (world.person("ana"), world.person("eve"));
    world.ok(ana, "account.set", json!({"knocks": "nobody"}));
    world.sync(ana);
    let to_ana = world.address(ana);
    let hidden = world.call(eve, "contact.knock", json!({"to": to_ana})).unwrap_err();
    let absent = world.call(eve, "contact.knock", json!({"to": "nobody-here@sim.example"})).unwrap_err();
    assert_eq!(hidden, absent);
    assert_eq!(hidden.kind, Kind::NotFound);
}

#[test]
fn a_link_brings_newcomer_and_inviter_together() {
    let mut world = World::new(22);
    let ana = world.person("ana");
    world.ok(ana, "account.set", json!({"knocks": "link"}));
    world.sync(ana);
    let link = world.ok(ana, "invite.create", json!({}))["link"].as_str().unwrap().to_owned();
    let bob = world.device("bob");
    world.ok(bob, "account.create", json!({"name": "bob", "invite": link}));
    world.sync(ana);
    let to_bob = world.address(bob);
    let asked = world.ok(ana, "contact.requests", json!({}));
    assert_eq!(asked["requests"][0]["from"], to_bob.as_str());
    world.ok(ana, "contact.accept", json!({"who": to_bob}));
    world.settle();
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.say(ana, &at_ana, "welcome");
    world.settle();
    assert_eq!(world.texts(bob, &at_bob), ["welcome"]);
}

#[test]
fn the_blocked_reach_nothing_and_see_nothing() {
    let mut world = World::new(23);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    let to_bob = world.address(bob);
    world.ok(ana, "contact.block", json!({"who": to_bob}));
    world.sync(ana);
    let sent = world.say(bob, &at_bob, "answer me");
    world.settle();
    assert_eq!(world.texts(ana, &at_ana), Vec::<String>::new());
    assert_eq!(world.states(bob, &at_bob), ["sent"]);
    world.ok(ana, "contact.unblock", json!({"who": to_bob}));
    world.settle();
    let heard = world.say(bob, &at_bob, "thank you");
    world.settle();
    assert_eq!(world.texts(ana, &at_ana), ["thank you"]);
    world.ok(ana, "message.read", json!({"message": heard}));
    world.settle();
    // What never arrived is not said to have, though what came after it has been read; blocked again, that is told too.
    assert_eq!(world.states(bob, &at_bob), ["sent", "read"]);
    let info = world.ok(bob, "message.info", json!({"message": sent}));
    assert_eq!(info["members"][0]["state"], "sent");
    world.ok(ana, "contact.block", json!({"who": to_bob}));
    world.sync(ana);
    world.say(bob, &at_bob, "and again");
    world.say(bob, &at_bob, "and once more");
    world.settle();
    world.ok(ana, "contact.unblock", json!({"who": to_bob}));
    world.settle();
    world.say(bob, &at_bob, "hello");
    world.settle();
    assert_eq!(world.states(bob, &at_bob), ["sent", "read", "sent", "sent", "delivered"]);
}

#[test]
fn a_linked_device_tells_no_more_than_the_first_one_took() {
    let mut world = World::new(25);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let ana2 = world.link(ana);
    let (at_bob, to_bob) = (world.chat(bob, ana), world.address(bob));
    world.ok(ana, "contact.block", json!({"who": to_bob}));
    world.settle();
    world.say(bob, &at_bob, "into nothing");
    world.settle();
    world.ok(ana2, "contact.unblock", json!({"who": to_bob}));
    world.settle();
    world.say(bob, &at_bob, "now");
    world.settle();
    assert_eq!(world.states(bob, &at_bob), ["sent", "delivered"]);
}

#[test]
fn names_that_are_taken_bad_or_look_alike() {
    let mut world = World::new(24);
    world.person("paypal");
    let eve = world.device("eve");
    for (name, kind) in [
        ("paypal", Kind::Taken),
        ("paypa1", Kind::Taken),
        ("A", Kind::Invalid),
        ("ev\u{202e}e", Kind::Invalid),
    ] {
        let refused = world.call(eve, "account.create", json!({"server": crate::world::URL, "name": name}));
        assert_eq!(refused.unwrap_err().kind, kind, "{name}");
    }
    world.ok(eve, "account.create", json!({"server": crate::world::URL, "name": "eve"}));
}

/// What waits for an answer here, and what this person waits for.
fn waiting(world: &mut World, id: crate::ClientId) -> (usize, usize) {
    let all = world.ok(id, "contact.requests", json!({}));
    (all["requests"].as_array().unwrap().len(), all["sent"].as_array().unwrap().len())
}

#[test]
fn a_request_can_be_taken_back_and_made_again() {
    let mut world = World::new(26);
    let (ana, eve) = (world.person("ana"), world.person("eve"));
    let (to_ana, to_eve) = (world.address(ana), world.address(eve));
    let refused = world.call(eve, "contact.withdraw", json!({"who": to_ana})).unwrap_err();
    assert_eq!(refused.kind, Kind::NotFound, "nothing was asked");
    world.ok(eve, "contact.knock", json!({"to": to_ana, "note": "oh no"}));
    world.settle();
    assert_eq!((waiting(&mut world, ana), waiting(&mut world, eve)), ((1, 0), (0, 1)));
    world.ok(eve, "contact.withdraw", json!({"who": to_ana}));
    assert_eq!(waiting(&mut world, eve), (0, 0), "at once");
    world.settle();
    assert_eq!(waiting(&mut world, ana), (0, 0));
    let refused = world.call(ana, "contact.accept", json!({"who": to_eve})).unwrap_err();
    assert_eq!(refused.kind, Kind::NotFound, "there is nothing to accept");
    let refused = world.call(eve, "contact.withdraw", json!({"who": to_ana})).unwrap_err();
    assert_eq!(refused.kind, Kind::NotFound, "it was taken back already");
    // Asked again and accepted, the two talk as anybody.
    world.ok(eve, "contact.knock", json!({"to": to_ana, "note": "now"}));
    world.settle();
    assert_eq!(waiting(&mut world, ana), (1, 0));
    world.ok(ana, "contact.accept", json!({"who": to_eve}));
    world.settle();
    let at_eve = world.chat(eve, ana);
    world.say(eve, &at_eve, "hello");
    world.settle();
    let at_ana = world.chat(ana, eve);
    assert_eq!(world.texts(ana, &at_ana), ["now", "hello"], "nothing of what was taken back");
    let refused = world.call(eve, "contact.withdraw", json!({"who": to_ana})).unwrap_err();
    assert_eq!(refused.kind, Kind::NotFound, "an answer stays");
}

#[test]
fn a_request_taken_back_before_it_was_fetched_is_never_shown() {
    let mut world = World::new(27);
    let (ana, eve) = (world.person("ana"), world.person("eve"));
    let to_ana = world.address(ana);
    world.sleep(ana, 3_600_000);
    world.ok(eve, "contact.knock", json!({"to": to_ana, "note": "too early"}));
    world.sync(eve);
    world.settle_for(20_000);
    world.ok(eve, "contact.withdraw", json!({"who": to_ana}));
    world.settle_for(20_000);
    world.client(ana).events.clear();
    world.wake(ana);
    world.settle();
    assert_eq!(waiting(&mut world, ana), (0, 0));
    let shown = |event: &Event| matches!(event, Event::ContactRequested { .. });
    assert!(!world.client(ana).events.iter().any(shown), "not even for a moment");
}

#[test]
fn a_request_by_link_is_taken_back_where_only_links_may_knock_and_on_all_own_devices() {
    let mut world = World::new(28);
    let (ana, eve) = (world.person("ana"), world.person("eve"));
    world.ok(ana, "account.set", json!({"knocks": "link"}));
    world.sync(ana);
    let link = world.ok(ana, "invite.create", json!({}))["link"].clone();
    world.ok(eve, "contact.knock", json!({"to": link, "note": "by link"}));
    world.settle();
    let second = world.link(eve);
    world.settle();
    assert_eq!((waiting(&mut world, ana), waiting(&mut world, second)), ((1, 0), (0, 1)));
    let to_ana = world.address(ana);
    world.ok(eve, "contact.withdraw", json!({"who": to_ana}));
    world.settle();
    assert_eq!((waiting(&mut world, ana), waiting(&mut world, second)), ((0, 0), (0, 0)));
}

#[test]
fn what_was_answered_or_blocked_stays_when_it_is_taken_back() {
    let mut world = World::new(29);
    let (ana, bob, eve) = (world.person("ana"), world.person("bob"), world.person("eve"));
    let (to_ana, to_bob, to_eve) = (world.address(ana), world.address(bob), world.address(eve));
    for to in [&to_ana, &to_bob] {
        world.ok(eve, "contact.knock", json!({"to": to, "note": "please"}));
    }
    world.settle();
    world.ok(ana, "contact.decline", json!({"who": to_eve}));
    world.ok(bob, "contact.block", json!({"who": to_eve}));
    for to in [&to_ana, &to_bob] {
        world.ok(eve, "contact.withdraw", json!({"who": to}));
    }
    world.settle();
    for to in [&to_ana, &to_bob] {
        world.ok(eve, "contact.knock", json!({"to": to, "note": "again"}));
    }
    world.settle();
    assert_eq!((waiting(&mut world, ana).0, waiting(&mut world, bob).0), (0, 0), "it changed nothing");
}

#[test]
fn knocks_by_the_thousand_take_no_room_and_few_questions() {
    let mut world = World::new(30);
    let (ana, bob, eve) = (world.person("ana"), world.person("bob"), world.person("eve"));
    let (to_ana, to_eve) = (world.address(ana), world.address(eve));
    world.befriend(ana, bob);
    // The server says each knock 2,500 times, and does not say whose it is.
    world.tamper = Some(Box::new(move |to, mut frame| {
        match &mut frame.body {
            Some(Body::InboxItems(page))
                if to == ana && page.items.iter().any(|item| item.token_hash.is_empty()) =>
            {
                page.items.truncate(1);
                let first = page.items[0].number;
                let pages = (first..).take(2_500).map(|number| {
                    let mut page = frame.clone();
                    if let Some(Body::InboxItems(page)) = &mut page.body {
                        page.items[0].number = number;
                    }
                    page
                });
                return pages.collect();
            }
            Some(Body::Manifest(_)) if to == ana => return Vec::new(),
            _ => {}
        }
        vec![frame]
    }));
    let asked = Rc::new(Cell::new(0));
    let heard = asked.clone();
    world.ears = Some(Box::new(move |from, frame| {
        if let Some(Request::FetchManifest(asked)) = &frame.request
            && from == ana
            && matches!(asked.by, Some(fetch_manifest::By::InboxToken(_)))
        {
            heard.set(heard.get() + 1);
        }
        (Some(frame), Vec::new())
    }));
    world.ok(eve, "contact.knock", json!({"to": to_ana, "note": "let me in"}));
    world.settle();
    // Some are asked again, when the server says that it is too much.
    assert!((1..=110).contains(&asked.get()), "{} questions", asked.get());
    world.tamper = None;
    let kept: i64 = world
        .with_db(ana, |db| db.query_row("SELECT count(*) FROM knocks_in", [], |row| row.get(0)).unwrap());
    assert_eq!(kept, 2 * KNOCKS_WAITING as i64);
    // When it stops, there is one request, and everybody else was always heard.
    world.settle();
    let requests = world.ok(ana, "contact.requests", json!({}))["requests"].clone();
    assert_eq!((requests.as_array().unwrap().len(), &requests[0]["from"]), (1, &json!(to_eve)));
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.say(bob, &at_bob, "still there?");
    world.settle();
    assert_eq!(world.texts(ana, &at_ana), ["still there?"]);
}

#[test]
fn the_words_of_a_request_are_the_first_of_the_chat_on_every_device() {
    let mut world = World::new(32);
    let (ana, eve) = (world.person("ana"), world.person("eve"));
    let (ana2, eve2) = (world.link(ana), world.link(eve));
    let (to_ana, to_eve) = (world.address(ana), world.address(eve));
    world.settle();
    world.ok(eve, "contact.knock", json!({"to": to_ana, "note": "We met at the library"}));
    world.settle();
    world.ok(ana2, "contact.accept", json!({"who": to_eve}));
    let at_ana2 = world.chat(ana2, eve);
    assert_eq!(world.texts(ana2, &at_ana2), ["We met at the library"], "at once");
    world.settle();
    for (id, with) in [(ana, eve), (ana2, eve), (eve, ana), (eve2, ana)] {
        let chat = world.chat(id, with);
        let said =
            world.messages(id, &chat).into_iter().find(|one| one["kind"] == "text").expect("the words");
        assert_eq!(
            (&said["from"], &said["text"], &said["request"], &said["state"]),
            (&json!(to_eve), &json!("We met at the library"), &json!(true), &json!("read"))
        );
        assert_eq!(world.shown(id, &chat)["unread"], 0);
    }
    // They are a message like others: answered, and nothing else is of the request.
    let at_ana = world.chat(ana, eve);
    let words =
        world.messages(ana, &at_ana).into_iter().find(|one| one["kind"] == "text").expect("the words");
    world.ok(ana, "message.react", json!({"message": words["message"], "emoji": "📚"}));
    world.say(ana, &at_ana, "I remember");
    world.settle();
    for id in [eve, eve2] {
        let at_eve = world.chat(id, ana);
        assert_eq!(world.texts(id, &at_eve), ["We met at the library", "I remember"]);
        let all = world.messages(id, &at_eve);
        let of = |text: &str| all.iter().find(|one| one["text"] == text).expect("a message").clone();
        assert_eq!(of("We met at the library")["reactions"][0]["emoji"], "📚");
        assert_eq!(of("I remember")["request"], json!(null));
    }
}

#[test]
fn who_asked_each_other_read_both_and_a_request_that_was_declined_leaves_nothing() {
    let mut world = World::new(33);
    let (ana, bob, eve) = (world.person("ana"), world.person("bob"), world.person("eve"));
    let (to_ana, to_bob, to_eve) = (world.address(ana), world.address(bob), world.address(eve));
    world.begin(ana, "contact.knock", json!({"to": to_bob, "note": "Ana here"}));
    world.begin(bob, "contact.knock", json!({"to": to_ana, "note": "Bob here"}));
    world.settle();
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.settle();
    let both = |mut texts: Vec<String>| {
        texts.sort();
        texts
    };
    let (read_by_ana, read_by_bob) = (both(world.texts(ana, &at_ana)), both(world.texts(bob, &at_bob)));
    assert_eq!(read_by_ana, read_by_bob);
    assert!(!read_by_ana.is_empty());
    // Declined, and met all the same: she asks, and is answered.
    world.ok(eve, "contact.knock", json!({"to": to_ana, "note": "let me in"}));
    world.settle();
    world.ok(ana, "contact.decline", json!({"who": to_eve}));
    world.ok(ana, "contact.knock", json!({"to": to_eve, "note": "on second thought"}));
    world.settle();
    let at_eve = world.chat(eve, ana);
    world.settle();
    let at_ana = world.chat(ana, eve);
    assert_eq!(world.texts(ana, &at_ana), ["on second thought"]);
    assert!(world.texts(eve, &at_eve).contains(&"on second thought".to_owned()));
}

#[test]
fn who_asks_again_without_a_word_takes_nothing_back_on_either_side() {
    let mut world = World::new(34);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    let (to_ana, to_bob) = (world.address(ana), world.address(bob));
    world.ok(bob, "contact.knock", json!({"to": to_ana, "note": "We met at the library"}));
    world.settle();
    world.ok(bob, "contact.knock", json!({"to": to_ana}));
    world.settle();
    world.ok(ana, "contact.accept", json!({"who": to_bob}));
    world.settle();
    for (id, with) in [(ana, bob), (bob, ana)] {
        let chat = world.chat(id, with);
        assert_eq!(world.texts(id, &chat), ["We met at the library"]);
    }
}

#[test]
fn who_asks_whoever_has_asked_says_yes_with_words_of_their_own() {
    let mut world = World::new(35);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    let (to_ana, to_bob) = (world.address(ana), world.address(bob));
    world.ok(bob, "contact.knock", json!({"to": to_ana, "note": "Bob here"}));
    world.settle();
    world.ok(ana, "contact.knock", json!({"to": to_bob, "note": "Ana here"}));
    world.settle();
    for (id, with) in [(ana, bob), (bob, ana)] {
        let chat = world.chat(id, with);
        assert_eq!(world.texts(id, &chat), ["Bob here", "Ana here"]);
    }
}

#[test]
fn who_asks_by_link_whoever_has_asked_says_yes_with_words_of_their_own() {
    let mut world = World::new(36);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    let to_ana = world.address(ana);
    world.ok(bob, "contact.knock", json!({"to": to_ana, "note": "Bob here"}));
    world.settle();
    let link = world.ok(bob, "invite.create", json!({}))["link"].clone();
    world.ok(ana, "contact.knock", json!({"to": link, "note": "Ana here"}));
    world.settle();
    for (id, with) in [(ana, bob), (bob, ana)] {
        let chat = world.chat(id, with);
        assert_eq!(world.texts(id, &chat), ["Bob here", "Ana here"]);
    }
}
