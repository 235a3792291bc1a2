//! Strangers: what they can do, and what they learn.

use casemate_api::Kind;
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
    let state = world.messages(bob, &at_bob).into_iter().find(|message| message["message"] == sent.as_str());
    assert_eq!(state.unwrap()["state"], "sent");
    world.ok(ana, "contact.unblock", json!({"who": to_bob}));
    world.settle();
    world.say(bob, &at_bob, "thank you");
    world.settle();
    assert_eq!(world.texts(ana, &at_ana), ["thank you"]);
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
