//! A new device shows a code, the primary takes it, its person agrees: and everything that must not work.

use std::cell::RefCell;
use std::rc::Rc;

use casemate_api::{Event, Kind};
use casemate_wire::limits::LINKING_MS;
use casemate_wire::proto::wire::server_frame::Body;
use rand::Rng as _;
use serde_json::{Value, json};

use super::with_plans;
use crate::world::URL;
use crate::{ClientId, Faults, World};

/// Ana and Bob with a chat, a group and a past.
struct Story {
    world: World,
    ana: ClientId,
    bob: ClientId,
    /// The chat, as Bob has it.
    chat: String,
    group: String,
}

fn story(seed: u64) -> Story {
    let (mut world, ana, bob, group) = with_plans(seed);
    let (at_ana, chat) = (world.chat(ana, bob), world.chat(bob, ana));
    for number in 0..5 {
        world.say(ana, &at_ana, &format!("from ana {number}"));
        world.say(bob, &chat, &format!("from bob {number}"));
        world.say(ana, &group, &format!("to all {number}"));
    }
    world.settle();
    Story { world, ana, bob, chat, group }
}

impl Story {
    fn devices(&mut self, of: ClientId) -> usize {
        self.world.ok(of, "device.list", json!({}))["devices"].as_array().unwrap().len()
    }

    fn approve(&mut self, code: &str, history: &str) -> Result<Value, casemate_api::Error> {
        let wanted = json!({"code": code, "history": history, "confirm": true});
        self.world.call(self.bob, "device.approve", wanted)
    }

    fn linked(&mut self, device: ClientId) -> bool {
        self.world.call(device, "account.show", json!({})).is_ok()
    }
}

#[test]
fn in_strict_mode_the_recovery_kits_words_link_and_nothing_else() {
    let mut world = World::new(3_340);
    let (ana, eve) = (world.person("ana"), world.person("eve"));
    let words = |world: &mut World, id| world.ok(id, "recovery.kit", json!({}))["words"].clone();
    let (kit, other) = (words(&mut world, ana), words(&mut world, eve));
    world.ok(ana, "contact.strict", json!({"on": true}));
    let second = world.device("ana");
    let code = world.device_code(second);
    assert_eq!(world.ok(ana, "device.inspect", json!({"code": code}))["words"], true);
    for wrong in [json!(null), json!("not twelve words"), other] {
        let approve = json!({"code": code, "history": "none", "confirm": true, "words": wrong});
        world.call(ana, "device.approve", approve).unwrap_err();
    }
    world.settle();
    assert_eq!(world.ok(ana, "device.list", json!({}))["devices"].as_array().unwrap().len(), 1);
    world.ok(ana, "device.approve", json!({"code": code, "history": "none", "confirm": true, "words": kit}));
    world.settle();
    assert_eq!(world.ok(ana, "device.list", json!({}))["devices"].as_array().unwrap().len(), 2);
}

#[test]
fn what_asks_is_shown_and_nothing_happens_before_its_person_agrees() {
    let mut story = story(3_000);
    let new = story.world.device("bob");
    let asked = story.world.ok(new, "device.request", json!({"server": URL, "name": " Work laptop "}));
    let code = asked["code"].as_str().unwrap().to_owned();
    let shown = story.world.ok(story.bob, "device.inspect", json!({"code": code}));
    assert_eq!((&shown["name"], &shown["place"]), (&json!("Work laptop"), &json!("same_network")));
    assert_eq!(shown["check"], asked["check"]);
    // By the clock of whoever looks at it.
    assert!(shown["expires"].is_string() && asked["expires"].is_string());
    assert_eq!(shown["check"].as_str().unwrap().len(), 7);
    let bob = story.bob;
    for wanted in [json!({"code": code}), json!({"code": code, "history": "all", "confirm": false})] {
        let refused = story.world.call(bob, "device.approve", wanted).unwrap_err();
        assert_eq!(refused.kind, Kind::NotAllowed);
        for said in ["Work laptop", "same network", shown["check"].as_str().unwrap()] {
            assert!(refused.message.contains(said), "{refused}");
        }
    }
    story.world.settle();
    assert!(!story.linked(new));
    assert_eq!(story.devices(bob), 1);
    // The same question again is the same code; a wrong one among its letters is not taken for it.
    let again = story.world.ok(new, "device.request", json!({"server": URL, "name": "Work laptop"}));
    assert_eq!(again, asked);
    // Whoever let it be seen asks for another one.
    let other = json!({"server": URL, "name": "Work laptop", "anew": true});
    let other = story.world.ok(new, "device.request", other);
    assert_ne!(other["code"], asked["code"]);
    let code = other["code"].as_str().unwrap();
    let made = story.approve(&code.to_lowercase().replace('-', " "), "none").unwrap();
    story.world.settle();
    assert!(story.linked(new));
    let list = story.world.ok(new, "device.list", json!({}));
    let devices = list["devices"].as_array().unwrap();
    assert_eq!(devices.len(), 2, "{list}");
    assert_eq!((&devices[1]["device"], &devices[1]["name"]), (&made["device"], &json!("Work laptop")));
    assert_eq!((&devices[1]["this"], &devices[0]["primary"]), (&json!(true), &json!(true)));
    let at_bob = story.world.ok(bob, "device.list", json!({}));
    assert!(at_bob["devices"][1]["last_seen"].is_string(), "{at_bob}");
    assert_eq!(at_bob["devices"][1]["conversations"], 3, "the chat, the group and the own one");
    let linked =
        |event: &Event| matches!(event, Event::DeviceLinked { address } if address == "bob@sim.example");
    assert!(story.world.client(new).events.iter().any(linked));
}

#[test]
fn slips_expired_and_used_codes_are_refused() {
    let mut story = story(3_001);
    let bob = story.bob;
    let new = story.world.device("bob");
    let code = story.world.device_code(new);
    for bad in ["", "ABCD-EFGH", "https://sim.example/i#AAAA.BBBB", &code[1..], &code.replacen('-', "7", 1)] {
        let refused = story.world.call(bob, "device.inspect", json!({"code": bad})).unwrap_err();
        assert_eq!(refused.kind, Kind::Invalid, "{bad}: {refused}");
    }
    // A code that nobody waits with.
    let nobody = casemate_wire::device_code::DeviceCode::new(
        casemate_wire::ids::LinkingSecret::new([9; 16]),
        &[0; 2_048],
    );
    let refused = story.world.call(bob, "device.inspect", json!({"code": nobody.to_text()})).unwrap_err();
    assert_eq!(refused.kind, Kind::NotFound);
    // Ten minutes later the server still knows the place for a while, and the primary refuses all the same.
    story.world.settle_for(LINKING_MS + 30_000);
    let refused = story.approve(&code, "all").unwrap_err();
    assert!(refused.message.contains("expired"), "{refused}");
    story.world.settle_for(LINKING_MS);
    assert_eq!(story.approve(&code, "all").unwrap_err().kind, Kind::NotFound);
    assert!(!story.linked(new));
    // A new code for the same device, used once; then once more, also after the device was removed.
    let code = story.world.device_code(new);
    story.approve(&code, "none").unwrap();
    assert!(story.approve(&code, "none").unwrap_err().message.contains("used already"));
    story.world.settle();
    assert!(story.approve(&code, "none").is_err());
    story.world.drop_device(bob, new);
    assert!(story.approve(&code, "none").is_err());
    assert_eq!(story.devices(bob), 1);
}

#[test]
fn a_code_links_to_whoever_agrees_first_and_to_nobody_else() {
    let mut story = story(3_002);
    let new = story.world.device("phone");
    let code = story.world.device_code(new);
    // Ana saw it over Bob's shoulder, or was sent it: the device is hers then, and says so; Bob's account is untouched.
    story.world.ok(story.ana, "device.approve", json!({"code": code, "history": "none", "confirm": true}));
    story.world.settle();
    assert!(story.approve(&code, "none").is_err());
    let shown = story.world.ok(new, "account.show", json!({}));
    assert_eq!(shown["address"], "ana@sim.example");
    let bob = story.bob;
    assert_eq!(story.devices(bob), 1);
}

#[test]
fn of_two_who_agree_at_once_one_is_told_and_takes_it_back() {
    let mut story = story(3_003);
    let (ana, bob) = (story.ana, story.bob);
    let new = story.world.device("phone");
    let code = story.world.device_code(new);
    let wanted = json!({"code": code, "history": "none", "confirm": true});
    let (one, two) = (
        story.world.begin(ana, "device.approve", wanted.clone()),
        story.world.begin(bob, "device.approve", wanted),
    );
    story.world.answer(ana, one).unwrap();
    story.world.answer(bob, two).unwrap();
    story.world.settle();
    let mine = story.world.ok(new, "account.show", json!({}))["address"].clone();
    for (who, address) in [(ana, "ana@sim.example"), (bob, "bob@sim.example")] {
        let expected = if mine == address { 2 } else { 1 };
        assert_eq!(story.devices(who), expected, "{address}");
    }
}

#[test]
fn a_linked_device_links_removes_and_renames_nobody() {
    let mut story = story(3_004);
    let bob = story.bob;
    let second = story.world.link(bob);
    let third = story.world.device("bob");
    let code = story.world.device_code(third);
    let primary = story.world.engine(bob).device().unwrap().to_hex();
    let own = story.world.engine(second).device().unwrap().to_hex();
    for (method, params) in [
        ("device.inspect", json!({"code": code})),
        ("device.approve", json!({"code": code, "history": "all", "confirm": true})),
        ("device.remove", json!({"device": primary})),
        ("device.remove", json!({"device": own})),
        ("device.rename", json!({"device": primary, "name": "Old phone"})),
        ("recovery.kit", json!({})),
        ("account.delete", json!({"name": "bob"})),
    ] {
        let refused = story.world.call(second, method, params).unwrap_err();
        assert_eq!(refused.kind, Kind::NotAllowed, "{method}: {refused}");
    }
    // Nor does the primary remove itself, or a device that is not its own.
    for device in [primary, "00".repeat(16), "x".into()] {
        story.world.call(bob, "device.remove", json!({"device": device})).unwrap_err();
    }
    story.world.settle();
    assert_eq!(story.devices(bob), 2);
    assert!(!story.linked(third));
}

#[test]
fn a_device_has_a_name_that_reads_as_it_is() {
    let mut story = story(3_005);
    let bob = story.bob;
    let own = story.world.engine(bob).device().unwrap().to_hex();
    let third = story.world.device("bob");
    for name in ["", " ", "\u{200b}", "a\nb", "phone\u{202e}enohp", &"x".repeat(1_000)] {
        for (client, method, params) in [
            (bob, "device.rename", json!({"device": own, "name": name})),
            (third, "device.request", json!({"server": URL, "name": name})),
        ] {
            let refused = story.world.call(client, method, params).unwrap_err();
            assert!(matches!(refused.kind, Kind::Invalid | Kind::TooLarge), "{method} {name:?}: {refused}");
        }
    }
    for name in ["💻", "هاتف ليلى", " Ana's phone "] {
        story.world.call(bob, "device.rename", json!({"device": own, "name": name})).unwrap();
        let devices = story.world.call(bob, "device.list", json!({})).unwrap();
        assert_eq!(devices["devices"][0]["name"], name.trim());
    }
}

#[test]
fn no_chat_knock_link_or_scan_of_something_else_links_a_device() {
    let mut story = story(3_005);
    let (ana, bob) = (story.ana, story.bob);
    let new = story.world.device("evil");
    let code = story.world.device_code(new);
    let before = story.world.ok(bob, "account.show", json!({}))["devices"].clone();
    let at_ana = story.world.chat(ana, bob);
    for text in [code.clone(), format!("https://sim.example/i#{code}"), format!("casemate:{code}")] {
        story.world.say(ana, &at_ana, &text);
    }
    story.world.settle();
    for (method, params) in [
        ("contact.knock", json!({"to": code})),
        ("contact.knock", json!({"to": format!("https://sim.example/i#{code}")})),
        ("contact.verify", json!({"who": "ana@sim.example", "scanned": code})),
    ] {
        story.world.call(bob, method, params).unwrap_err();
    }
    let finn = story.world.person("finn");
    let to = story.world.address(bob);
    story.world.ok(finn, "contact.knock", json!({"to": to, "note": code}));
    story.world.settle();
    assert_eq!(story.world.ok(bob, "account.show", json!({}))["devices"], before);
    assert!(!story.linked(new));
}

#[test]
fn a_server_that_changes_what_waits_or_what_is_answered_links_nothing() {
    // What waits: another device's offer, or a broken one.
    let mut story = story(3_006);
    let (new, other) = (story.world.device("bob"), story.world.device("mallory"));
    let (code, others) = (story.world.device_code(new), story.world.device_code(other));
    let offers: Rc<RefCell<Vec<Vec<u8>>>> = Rc::default();
    let seen = offers.clone();
    story.world.tamper = Some(Box::new(move |_, frame| {
        if let Some(Body::RendezvousOffered(found)) = &frame.body {
            seen.borrow_mut().push(found.sealed.to_vec());
        }
        vec![frame]
    }));
    let bob = story.bob;
    story.world.ok(bob, "device.inspect", json!({"code": others}));
    let mallorys = offers.borrow()[0].clone();
    for lie in [mallorys, vec![0; 2_048], Vec::new()] {
        story.world.tamper = Some(Box::new(move |_, mut frame| {
            if let Some(Body::RendezvousOffered(found)) = &mut frame.body {
                found.sealed = lie.clone().into();
            }
            vec![frame]
        }));
        let refused = story.approve(&code, "all").unwrap_err();
        assert_eq!(refused.kind, Kind::Untrusted, "{refused}");
    }
    assert_eq!(story.devices(bob), 1);
    // What is answered: garbage in its place.
    story.world.tamper = Some(Box::new(move |_, mut frame| {
        if let Some(Body::RendezvousAnswered(answered)) = &mut frame.body {
            answered.sealed = vec![7; answered.sealed.len()].into();
        }
        vec![frame]
    }));
    story.approve(&code, "none").unwrap();
    story.world.settle();
    story.world.tamper = None;
    assert!(!story.linked(new));
    let failed = |event: &Event| matches!(event, Event::DeviceLinkFailed { .. });
    assert!(story.world.client(new).events.iter().any(failed));
    // The same device asks anew and is linked; the one that never came is removed.
    let phantom = story.world.ok(bob, "device.list", json!({}))["devices"][1]["device"].clone();
    story.world.ok(bob, "device.remove", json!({"device": phantom}));
    let code = story.world.device_code(new);
    story.approve(&code, "none").unwrap();
    story.world.settle();
    assert!(story.linked(new));
    assert_eq!(story.devices(bob), 2);
}

#[test]
fn with_all_of_the_past_a_new_device_shows_what_the_first_one_does() {
    let mut story = story(3_007);
    let (ana, bob, chat) = (story.ana, story.bob, story.chat.clone());
    let at_ana = story.world.chat(ana, bob);
    let first = story.world.messages(bob, &chat)[0]["message"].as_str().unwrap().to_owned();
    let last = story.world.say(ana, &at_ana, "to be edited");
    story.world.ok(ana, "message.edit", json!({"message": last, "text": "edited"}));
    story.world.ok(ana, "message.react", json!({"message": first, "emoji": "👍"}));
    story.world.ok(bob, "message.star", json!({"message": first, "on": true}));
    let answer = json!({"conversation": chat, "text": "an answer", "reply_to": first});
    story.world.ok(bob, "message.send", answer);
    let gone = story.world.say(ana, &at_ana, "a slip");
    story.world.ok(ana, "message.delete", json!({"message": gone, "for": "everyone"}));
    let poll = json!({"question": "When?", "options": ["today", "tomorrow"]});
    let asked = story.world.ok(ana, "message.send", json!({"conversation": at_ana, "poll": poll}));
    story.world.settle();
    let asked = asked["message"].as_str().unwrap().to_owned();
    story.world.ok(bob, "poll.vote", json!({"message": asked, "options": [1]}));
    story.world.ok(bob, "conversation.draft", json!({"conversation": chat, "text": "I wanted to"}));
    story.world.settle();
    let second = story.world.link_with(bob, "all");
    let at_second = story.world.chat(second, ana);
    let plain = |messages: Vec<Value>| -> Vec<Value> {
        let strip = |mut message: Value| {
            message.as_object_mut().unwrap().remove("conversation");
            message
        };
        messages.into_iter().map(strip).collect()
    };
    let (one, two) = (story.world.messages(bob, &chat), story.world.messages(second, &at_second));
    assert_eq!(plain(one.clone()), plain(two));
    assert!(one.len() > 12);
    let group = story.world.named(second, "Plans");
    assert_eq!(story.world.texts(second, &group).len(), 5);
    let shown = story.world.shown(second, &at_second);
    assert_eq!(
        (&shown["draft"]["text"], &shown["unread"]),
        (&json!("I wanted to"), &story.world.shown(bob, &chat)["unread"])
    );
    let found = story.world.ok(second, "message.search", json!({"text": "from ana 3"}));
    assert_eq!(found["messages"].as_array().unwrap().len(), 1);
    // What is said about it later finds it on both.
    story.world.ok(ana, "message.react", json!({"message": first, "emoji": "❤"}));
    story.world.ok(ana, "message.delete", json!({"message": last, "for": "everyone"}));
    let mine = one.iter().position(|message| message["from"] == "bob@sim.example").unwrap();
    story.world.ok(second, "message.edit", json!({"message": one[mine]["message"], "text": "better"}));
    story.world.settle();
    let (one, two) = (story.world.messages(bob, &chat), story.world.messages(second, &at_second));
    assert_eq!(plain(one.clone()), plain(two));
    assert_eq!(
        (&one[0]["reactions"][0]["emoji"], &one[mine]["text"]),
        (&json!("❤\u{fe0f}"), &json!("better"))
    );
    let progress = |event: &Event| matches!(event, Event::HistoryProgress { finished: true, done, of, .. } if done == of && *done > 15);
    for who in [bob, second] {
        assert!(story.world.client(who).events.iter().any(progress));
    }
}

#[test]
fn search_goes_from_the_newest_to_the_oldest_on_the_new_device_too() {
    let mut story = story(3_016);
    let (ana, bob, chat) = (story.ana, story.bob, story.chat.clone());
    let old = |place: u32| json!({"at": "2023-12-31T20:41:00Z", "author": "Ana", "text": format!("a needle of old {place}")});
    let old: Vec<Value> = (0..3).map(old).collect();
    let brought = json!({"conversation": chat, "total": 3, "place": 0, "messages": old});
    story.world.ok(bob, "history.add", brought);
    let at_ana = story.world.chat(ana, bob);
    for number in 0..4 {
        let (who, place) = if number % 2 == 0 { (ana, &at_ana) } else { (bob, &chat) };
        story.world.say(who, place, &format!("needle {number}"));
        story.world.settle();
    }
    let said = story.world.messages(bob, &chat);
    for one in said.iter().filter(|one| one["text"].as_str().unwrap().contains("needle")) {
        story.world.ok(bob, "message.star", json!({"message": one["message"], "on": true}));
    }
    let second = story.world.link_with(bob, "all");
    story.world.say(ana, &at_ana, "needle 4");
    story.world.settle();
    let mut found = |wanted: Value| -> Vec<String> {
        let found = story.world.ok(second, "message.search", wanted);
        let found = found["messages"].as_array().unwrap().iter();
        found.map(|one| one["text"].as_str().unwrap().to_owned()).collect()
    };
    let needles = (0..5).map(|number| format!("needle {number}"));
    let all: Vec<String> = (0..3).map(|place| format!("a needle of old {place}")).chain(needles).collect();
    assert_eq!(found(json!({"text": "needle"})), all);
    assert_eq!(found(json!({"text": "needle", "limit": 2})), all[6..]);
    assert_eq!(found(json!({"starred": true})), all[..7]);
    assert_eq!(found(json!({"starred": true, "limit": 2})), all[5..7], "the newest stay");
}

#[test]
fn thirty_days_are_thirty_days_and_none_is_none() {
    let mut story = story(3_008);
    story.world.settle_for(31 * 86_400_000);
    let (ana, bob, group) = (story.ana, story.bob, story.group.clone());
    story.world.say(ana, &group, "this month");
    story.world.settle();
    let (days, nothing) = (story.world.link_with(bob, "30d"), story.world.link_with(bob, "none"));
    let at_days = story.world.named(days, "Plans");
    assert_eq!(story.world.texts(days, &at_days), ["this month"]);
    let at_nothing = story.world.named(nothing, "Plans");
    assert_eq!(story.world.texts(nothing, &at_nothing), Vec::<String>::new());
    story.world.say(ana, &group, "from now on");
    story.world.settle();
    assert_eq!(story.world.texts(days, &at_days), ["this month", "from now on"]);
    assert_eq!(story.world.texts(nothing, &at_nothing), ["from now on"]);
    // Siblings who were not there when the other came reach each other too.
    let chat = story.world.chat(nothing, ana);
    story.world.say(nothing, &chat, "from the third");
    story.world.settle();
    let at_second = story.world.chat(days, ana);
    assert_eq!(story.world.texts(days, &at_second).last().unwrap(), "from the third");
}

#[test]
fn contacts_blocks_names_and_settings_come_along_with_every_choice() {
    let mut story = story(3_009);
    let (ana, bob) = (story.ana, story.bob);
    let (dora, emil) = (story.world.person("dora"), story.world.person("emil"));
    story.world.befriend(bob, dora);
    let to_bob = story.world.address(bob);
    story.world.ok(emil, "contact.knock", json!({"to": to_bob, "note": "hello"}));
    story.world.settle();
    story.world.ok(bob, "contact.block", json!({"who": "dora@sim.example"}));
    story.world.ok(bob, "contact.nickname", json!({"who": "ana@sim.example", "nickname": "Annie"}));
    story.world.ok(bob, "settings.set", json!({"read_receipts": false}));
    let chat = story.chat.clone();
    story.world.ok(bob, "conversation.mark", json!({"conversation": chat, "pinned": true}));
    story.world.ok(bob, "conversation.draft", json!({"conversation": chat, "text": "half a sentence"}));
    story.world.settle();
    for history in ["none", "30d", "all"] {
        let second = story.world.link_with(bob, history);
        let contacts = story.world.ok(second, "contact.list", json!({}))["contacts"].clone();
        let of = |address: &str| {
            let found = contacts.as_array().unwrap().iter().find(|one| one["address"] == address);
            found.unwrap_or_else(|| panic!("{history}: {contacts}")).clone()
        };
        assert_eq!(of("dora@sim.example")["blocked"], true);
        assert_eq!(of("ana@sim.example")["nickname"], "Annie");
        assert_eq!(story.world.ok(second, "settings.show", json!({}))["read_receipts"], false);
        let asked = story.world.ok(second, "contact.requests", json!({}));
        assert_eq!(asked["requests"][0]["from"], "emil@sim.example", "{history}");
        let at_first = story.world.ok(bob, "contact.requests", json!({}));
        assert_eq!(asked["requests"], at_first["requests"], "with its words and its time");
        let at_second = story.world.chat(second, ana);
        let shown = story.world.shown(second, &at_second);
        assert_eq!(
            (&shown["pinned"], &shown["draft"]["text"]),
            (&json!(true), &json!("half a sentence")),
            "{history}"
        );
    }
}

#[test]
fn killed_and_cut_at_any_point_nothing_is_lost() {
    let seeds = match std::env::var("CASEMATE_SEED").ok().and_then(|seed| seed.parse().ok()) {
        Some(seed) => vec![seed],
        None => (3_020..3_030).collect::<Vec<u64>>(),
    };
    for seed in seeds {
        let mut story = story(seed);
        let _note = story.world.announce("killed_and_cut_at_any_point_nothing_is_lost");
        let (ana, bob, chat) = (story.ana, story.bob, story.chat.clone());
        // So much that it goes in several parts.
        let long = "word ".repeat(4_000);
        for number in 0..60 {
            story.world.say(bob, &chat, &format!("{number} {long}"));
        }
        story.world.settle();
        let new = story.world.device("bob");
        let code = story.world.device_code(new);
        story.approve(&code, "all").unwrap();
        story.world.faults = Faults { cut: 30, kill: 40, delay_ms: 200, sleep: 3 };
        for _ in 0..6 {
            let victim = if story.world.rng.random_bool(0.5) { bob } else { new };
            let pause = story.world.rng.random_range(1..1_500);
            story.world.settle_for(pause);
            story.world.kill(victim.0);
        }
        story.world.settle_for(20_000);
        story.world.calm();
        assert!(story.linked(new), "seed {seed}");
        let at_new = story.world.chat(new, ana);
        assert_eq!(story.world.texts(new, &at_new), story.world.texts(bob, &chat), "seed {seed}");
        let at_ana = story.world.chat(ana, bob);
        story.world.say(ana, &at_ana, "to both");
        story.world.settle();
        assert_eq!(story.world.texts(new, &at_new).last().unwrap(), "to both");
    }
}

#[test]
fn killed_before_it_was_answered_and_the_server_too() {
    let mut story = story(3_011);
    let bob = story.bob;
    let new = story.world.device("bob");
    let code = story.world.device_code(new);
    // It is started again, the server as well: it waits at its place once more, with the same code.
    story.world.kill(new.0);
    story.world.restart_server();
    story.world.settle_for(10_000);
    // And is killed once more right when its person agrees.
    let number =
        story.world.begin(bob, "device.approve", json!({"code": code, "history": "all", "confirm": true}));
    story.world.answer(bob, number).unwrap();
    story.world.kill(new.0);
    story.world.sleep(new, 7_200_000);
    story.world.settle_for(7_200_000);
    story.world.settle_for(300_000);
    assert!(story.linked(new));
    let group = story.world.named(new, "Plans");
    assert_eq!(story.world.texts(new, &group).len(), 5);
}

#[test]
fn who_gives_up_being_linked_can_make_an_account_instead() {
    let mut story = story(3_012);
    let new = story.world.device("carl");
    let code = story.world.device_code(new);
    story.world.ok(new, "account.create", json!({"server": URL, "name": "carl"}));
    let _ = story.approve(&code, "none");
    story.world.settle();
    assert_eq!(story.world.ok(new, "account.show", json!({}))["address"], "carl@sim.example");
    let asked = json!({"server": URL, "name": "Second"});
    assert_eq!(story.world.call(new, "device.request", asked).unwrap_err().kind, Kind::Taken);
    let unnamed = story.world.device("x");
    for bad in
        [json!({"server": URL, "name": " "}), json!({"name": "a"}), json!({"server": URL, "name": "a\nb"})]
    {
        assert!(story.world.call(unnamed, "device.request", bad).is_err());
    }
}

#[test]
fn other_devices_are_told_of_a_new_one() {
    let mut story = story(3_013);
    let bob = story.bob;
    let second = story.world.link(bob);
    let events = story.world.client(second).events.len();
    let third = story.world.link(bob);
    let device = story.world.engine(third).device().unwrap().to_hex();
    let told = |event: &Event| matches!(event, Event::DeviceChanged { device: one } if *one == device);
    assert!(story.world.client(second).events[events..].iter().any(told));
    let list = story.world.ok(second, "device.list", json!({}));
    assert_eq!(list["devices"][2]["name"], "Second");
}

#[test]
fn a_new_device_has_the_chats_in_the_order_of_the_other_one() {
    let mut story = story(3_014);
    let (ana, bob) = (story.ana, story.bob);
    let cleo = story.world.person("cleo");
    story.world.befriend(cleo, bob);
    let empty = story.world.ok(bob, "conversation.create", json!({"members": [], "name": "Empty"}));
    assert!(empty["conversation"].is_string());
    story.world.settle_for(3_600_000);
    // The order in which they were last written in is not the one in which they began.
    let (with_cleo, at_ana) = (story.world.chat(cleo, bob), story.world.chat(ana, bob));
    let group = story.group.clone();
    for (who, chat) in [(cleo, &with_cleo), (ana, &at_ana), (ana, &group)] {
        story.world.say(who, chat, "hello");
        story.world.settle_for(3_600_000);
    }
    let listed = |world: &mut World, device| {
        let all = world.ok(device, "conversation.list", json!({}))["conversations"].clone();
        let names = all.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned());
        names.filter(|name| name != "Notes to myself").collect::<Vec<_>>()
    };
    let order = listed(&mut story.world, bob);
    assert_eq!(order, ["Empty", "cleo", "ana", "Plans"]);
    // Also where the messages that would say so stay where they are.
    for history in ["all", "none", "30d"] {
        let second = story.world.link_with(bob, history);
        assert_eq!(listed(&mut story.world, second), order, "{history}");
    }
}
