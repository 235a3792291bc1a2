//! Strict mode: somebody's safety number or devices changed, and nothing is sent to them before their contact has looked.

use casemate_api::{Kind, said};
use serde_json::{Value, json};

use crate::world::URL;
use crate::{ClientId, World};

struct Story {
    world: World,
    ana: ClientId,
    bob: ClientId,
    /// The chat, as each has it.
    at_ana: String,
    at_bob: String,
}

/// Bob is careful; Ana does not know.
fn story(seed: u64) -> Story {
    let mut world = World::new(seed);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.say(bob, &at_bob, "before");
    world.ok(bob, "contact.strict", json!({"on": true}));
    world.settle();
    Story { world, ana, bob, at_ana, at_bob }
}

impl World {
    fn refused(&mut self, id: ClientId, method: &str, params: Value) -> Option<String> {
        let error = self.call(id, method, params).unwrap_err();
        assert_eq!(error.kind, Kind::Untrusted, "{error}");
        said::said(&error.message).map(|said| said.code)
    }

    fn held(&mut self, id: ClientId, conversation: &str) -> Value {
        self.shown(id, conversation)["held"].clone()
    }

    /// Ana lost everything and comes back with her words: another safety number.
    fn comes_back(&mut self, ana: ClientId) -> ClientId {
        let words = self.ok(ana, "recovery.kit", json!({}))["words"].as_str().expect("words").to_owned();
        self.settle();
        self.sleep(ana, i64::MAX / 4);
        let new = self.device("ana");
        self.ok(new, "recovery.restore", json!({"server": URL, "name": "ana", "words": words}));
        self.settle_for(120_000);
        new
    }
}

#[test]
fn a_new_device_stops_what_is_said_until_somebody_looked() {
    let Story { mut world, ana, bob, at_ana, at_bob } = story(8_000);
    assert_eq!(world.held(bob, &at_bob), Value::Null);
    let second = world.link(ana);
    assert_eq!(world.notices(bob, &at_bob), ["ana added a new device."]);
    assert_eq!(world.held(bob, &at_bob)["who"], json!(["ana@sim.example"]));
    let sent = world.messages(bob, &at_bob)[0]["message"].clone();
    for (method, params) in [
        ("message.send", json!({"conversation": at_bob, "text": "secret"})),
        ("message.edit", json!({"message": sent, "text": "secret"})),
        ("message.react", json!({"message": sent, "emoji": "👍"})),
        ("message.forward", json!({"messages": [sent], "to": [at_bob]})),
    ] {
        assert_eq!(world.refused(bob, method, params).as_deref(), Some("held-device"), "{method}");
    }
    // She is not stopped, and what she says is shown.
    world.say(ana, &at_ana, "from my laptop too");
    world.settle();
    assert_eq!(world.texts(bob, &at_bob), ["before", "from my laptop too"]);
    // Taking back does not wait: her device may be in other hands.
    world.ok(bob, "message.delete", json!({"message": sent, "for": "everyone"}));
    world.settle();
    assert_eq!(world.texts(ana, &at_ana), ["", "from my laptop too"]);
    let safety = world.ok(bob, "contact.safety", json!({"who": "ana@sim.example"}));
    assert_eq!((&safety["new_devices"], &safety["changed"]), (&json!(1), &json!(false)));
    world.ok(bob, "contact.looked", json!({"who": "ana@sim.example"}));
    assert_eq!(world.held(bob, &at_bob), Value::Null);
    let safety = world.ok(bob, "contact.safety", json!({"who": "ana@sim.example"}));
    assert_eq!((&safety["new_devices"], &safety["verified"]), (&json!(0), &json!(false)));
    world.say(bob, &at_bob, "now");
    world.settle();
    assert_eq!(world.texts(ana, &at_ana).last().unwrap(), "now");
    // A device that goes is nothing to look at.
    world.drop_device(ana, second);
    world.settle();
    assert_eq!(world.held(bob, &at_bob), Value::Null);
}

#[test]
fn what_was_typed_before_the_change_waits_and_is_not_lost() {
    let Story { mut world, ana, bob, at_ana, at_bob } = story(8_001);
    world.sleep(bob, i64::MAX / 4);
    for number in 0..20 {
        world.say(bob, &at_bob, &format!("typed {number}"));
    }
    let second = world.link(ana);
    let at_second = world.chat(second, bob);
    world.wake(bob);
    world.settle();
    // Nothing hangs because of it, also not what asks whether all is done, and what is no message goes out.
    world.sync(bob);
    assert_eq!(world.texts(ana, &at_ana), ["before"]);
    assert_eq!(world.states(bob, &at_bob)[1..], vec!["queued"; 20]);
    world.say(ana, &at_ana, "read this");
    world.settle();
    let newest =
        world.messages(bob, &at_bob).iter().find(|one| one["text"] == "read this").unwrap()["message"]
            .clone();
    world.ok(bob, "message.read", json!({"message": newest}));
    world.settle_for(60_000);
    assert_eq!(world.states(ana, &at_ana).last().unwrap(), "read");
    // Also over a restart.
    world.kill(bob.0);
    world.settle();
    assert_eq!(world.texts(ana, &at_ana), ["before", "read this"]);
    world.ok(bob, "contact.verify", json!({"who": "ana@sim.example"}));
    world.settle();
    let mut expected: Vec<String> = (0..20).map(|number| format!("typed {number}")).collect();
    expected.insert(0, "read this".into());
    assert_eq!(world.texts(ana, &at_ana)[1..], expected);
    assert_eq!(world.texts(second, &at_second), expected, "the device that was looked at reads it");
}

#[test]
fn what_was_to_be_sent_later_waits_too() {
    let Story { mut world, ana, bob, at_ana, at_bob } = story(8_002);
    let soon = "2026-11-21T08:00:00Z";
    world.ok(bob, "message.send", json!({"conversation": at_bob, "text": "later", "at": soon}));
    world.link(ana);
    world.settle_for(24 * 3_600_000);
    assert_eq!(world.texts(ana, &at_ana), ["before"]);
    assert_eq!(world.states(bob, &at_bob), ["delivered", "queued"]);
    world.ok(bob, "contact.looked", json!({"who": "ana@sim.example"}));
    world.settle();
    assert_eq!(world.texts(ana, &at_ana), ["before", "later"]);
}

#[test]
fn own_devices_agree_and_only_the_primary_opens_the_way_for_all() {
    let Story { mut world, ana, bob, at_bob, .. } = story(8_003);
    let linked = world.link(bob);
    let at_linked = world.chat(linked, ana);
    assert_eq!(world.ok(linked, "settings.show", json!({}))["strict"], true);
    let ana = world.comes_back(ana);
    let at_ana = world.chat(ana, bob);
    let who = json!({"who": "ana@sim.example"});
    for (id, chat) in [(bob, &at_bob), (linked, &at_linked)] {
        let send = json!({"conversation": chat, "text": "secret"});
        assert_eq!(world.refused(id, "message.send", send).as_deref(), Some("held-number"));
    }
    // Compared on the linked device: both know of the mark, and the primary's person has not looked.
    world.ok(linked, "contact.verify", who.clone());
    world.ok(linked, "contact.strict", json!({"on": false}));
    world.ok(linked, "contact.strict", json!({"on": false, "conversation": at_linked}));
    world.settle();
    assert_eq!(world.held(linked, &at_linked), Value::Null);
    let safety = world.ok(bob, "contact.safety", who.clone());
    assert_eq!((&safety["verified"], &safety["changed"]), (&json!(true), &json!(true)));
    assert_eq!(world.held(bob, &at_bob)["who"], json!(["ana@sim.example"]));
    assert_eq!(world.shown(bob, &at_bob)["strict"], Value::Null);
    assert_eq!(world.ok(bob, "settings.show", json!({}))["strict"], true);
    // Looked at on the primary counts everywhere, and a mark that is taken back there falls everywhere.
    world.ok(bob, "contact.strict", json!({"on": true}));
    world.ok(bob, "contact.strict", json!({"on": true, "conversation": at_bob}));
    world.link(ana);
    world.settle();
    assert_ne!(world.held(linked, &at_linked), Value::Null);
    world.ok(bob, "contact.looked", who.clone());
    world.settle();
    assert_eq!(world.held(linked, &at_linked), Value::Null);
    let mut unmark = who.clone();
    unmark["verified"] = json!(false);
    world.ok(bob, "contact.verify", unmark);
    world.settle();
    assert_eq!(world.ok(linked, "contact.safety", who)["verified"], false);
    world.say(linked, &at_linked, "well");
    world.settle();
    assert_eq!(world.texts(ana, &at_ana).last().unwrap(), "well");
    // A device that is linked later knows what was looked at.
    let third = world.link(bob);
    let at_third = world.chat(third, ana);
    world.say(third, &at_third, "from the third");
    world.settle();
    assert_eq!(world.texts(ana, &at_ana).last().unwrap(), "from the third");
}

#[test]
fn one_conversation_can_be_stricter_or_less_strict_than_the_others() {
    let mut world = World::new(8_004);
    let [ana, bob, dora] = ["ana", "bob", "dora"].map(|name| world.person(name));
    world.befriend(ana, bob);
    world.befriend(bob, dora);
    let plans = world.group("Plans", bob, &[ana, dora]);
    let at_bob = world.chat(bob, ana);
    world.ok(bob, "contact.strict", json!({"on": true, "conversation": plans}));
    world.link(ana);
    world.settle();
    world.say(bob, &at_bob, "not strict here");
    let send = json!({"conversation": plans, "text": "secret"});
    assert_eq!(world.refused(bob, "message.send", send.clone()).as_deref(), Some("held-device"));
    // Who is away from it holds nobody up.
    world.ok(bob, "conversation.remove", json!({"conversation": plans, "members": ["ana@sim.example"]}));
    world.settle();
    world.ok(bob, "message.send", send);
    // And does not come back unseen.
    let back = json!({"conversation": plans, "members": ["ana@sim.example"], "share": 10});
    assert_eq!(world.refused(bob, "conversation.add", back.clone()).as_deref(), Some("held-device"));
    world.ok(bob, "contact.looked", json!({"who": "ana@sim.example"}));
    world.ok(bob, "conversation.add", back);
    world.settle();
    // For all, and not for this one.
    world.ok(bob, "contact.strict", json!({"on": true}));
    world.ok(bob, "contact.strict", json!({"on": false, "conversation": plans}));
    world.link(dora);
    world.settle();
    world.say(bob, &plans, "easy here");
    let at_dora = world.chat(bob, dora);
    let send = json!({"conversation": at_dora, "text": "secret"});
    assert_eq!(world.refused(bob, "message.send", send.clone()).as_deref(), Some("held-device"));
    // As for all again, which is off again.
    world.ok(bob, "contact.strict", json!({"on": null, "conversation": plans}));
    assert_ne!(world.held(bob, &plans), Value::Null);
    world.ok(bob, "contact.strict", json!({"on": false}));
    assert_eq!(world.held(bob, &plans), Value::Null);
    world.ok(bob, "message.send", send);
    assert_eq!(world.call(bob, "contact.strict", json!({"on": null})).unwrap_err().kind, Kind::Invalid);
}
