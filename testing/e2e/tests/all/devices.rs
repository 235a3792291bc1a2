//! A second device is linked by its code and removed again, over the real binary, with kills in between.

use std::time::{Duration, Instant};

use casemate_e2e::person::Person;
use casemate_e2e::world::{Member, World, text};
use serde_json::{Value, json};

/// A device without an account, and the code that it shows.
fn asking(world: &World, name: &str) -> (Person, Value) {
    let mut new = Person::start(&world.folder().join(name));
    let url = world.server.url();
    let asked = new.ask("device.request", json!({"server": url, "name": "Laptop"}));
    (new, asked)
}

/// Linked by its primary, with what is given of earlier messages.
fn linked(world: &World, primary: &mut Member, name: &str, history: &str) -> Member {
    let (new, asked) = asking(world, name);
    let approve = json!({"code": asked["code"], "history": history, "confirm": true});
    primary.ask("device.approve", approve);
    new.event("being linked", |event| event["type"] == "device.linked");
    Member::of(new)
}

fn conversation_named(member: &mut Member, name: &str) -> String {
    member.until(&format!("the conversation {name}"), |member| {
        let all = member.ask("conversation.list", json!({}));
        let found = all["conversations"].as_array()?.iter().find(|one| one["name"] == *name)?;
        Some(text(&found["conversation"]))
    })
}

#[test]
fn linked_by_its_code_with_all_that_was_said() {
    let world = World::new();
    let (mut anna, mut ben) = (world.join("anna"), world.join("ben"));
    let chat = anna.meet(&mut ben);
    let group = anna.group("Plans", &mut [&mut ben]);
    anna.say(&chat, "before");
    anna.say(&group, "before, to all");
    ben.hears("before, to all");
    let (new, asked) = asking(&world, "laptop");
    let code = json!({"code": asked["code"]});
    let shown = anna.ask("device.inspect", code.clone());
    assert_eq!((&shown["name"], &shown["check"]), (&json!("Laptop"), &asked["check"]));
    assert_eq!(shown["platform"], "Linux");
    let refused = anna.refused("device.approve", code);
    assert_eq!(refused.kind, "not_allowed");
    assert!(refused.message.contains("Laptop") && refused.message.contains("confirm"), "{}", refused.message);
    let approve = json!({"code": asked["code"], "history": "all", "confirm": true});
    let made = anna.ask("device.approve", approve.clone());
    new.event("being linked", |event| event["type"] == "device.linked");
    assert!(anna.refused("device.approve", approve).message.contains("used already"));
    let mut laptop = Member::of(new);
    assert_eq!(laptop.address, anna.address);
    laptop.event("all of the past", |event| event["type"] == "history.progress" && event["finished"] == true);
    let at_laptop = conversation_named(&mut laptop, "Plans");
    assert_eq!(laptop.texts(&at_laptop), ["before, to all"]);
    laptop.until("its place in the group", |laptop| {
        let shown = laptop.conversation(&at_laptop);
        (shown["information"]["devices"] == 3).then_some(())
    });
    laptop.say(&at_laptop, "from the laptop");
    ben.hears("from the laptop");
    anna.hears("from the laptop");
    let devices = anna.ask("device.list", json!({}));
    assert_eq!(devices["devices"][1]["device"], made["device"]);
    assert!(devices["devices"][1]["last_seen"].is_string(), "{devices}");
    // It is linked for good, and decides nothing.
    laptop.restart();
    let (_other, code) = asking(&world, "phone");
    for method in ["device.inspect", "device.approve"] {
        assert_eq!(laptop.refused(method, json!({"code": code["code"]})).kind, "not_allowed");
    }
}

#[test]
fn killed_on_either_side_it_goes_on_where_it_was() {
    let world = World::new();
    let (mut anna, mut ben) = (world.join("anna"), world.join("ben"));
    let chat = anna.meet(&mut ben);
    let words = "word ".repeat(3_000);
    for number in 0..150 {
        anna.say(&chat, &format!("{number} {words}"));
    }
    anna.ask("sync", json!({}));
    let expected = anna.texts(&chat);
    let (mut new, asked) = asking(&world, "laptop");
    new.restart();
    anna.ask("device.approve", json!({"code": asked["code"], "history": "all", "confirm": true}));
    for pause_ms in [30, 90, 200, 400] {
        new.restart();
        std::thread::sleep(Duration::from_millis(pause_ms));
        anna.restart();
        std::thread::sleep(Duration::from_millis(pause_ms));
    }
    let deadline = Instant::now() + casemate_e2e::patience();
    while new.try_ask("account.show", json!({})).is_err() {
        assert!(Instant::now() < deadline, "it was never linked");
        let heard = new.heard();
        new.more_than(heard);
    }
    let mut laptop = Member::of(new);
    let at_laptop = laptop.pair_with(&ben.address.clone());
    laptop
        .until("all of the past", |laptop| (laptop.texts(&at_laptop).len() == expected.len()).then_some(()));
    assert_eq!(laptop.texts(&at_laptop), expected);
    ben.say(&chat, "to both");
    laptop.hears("to both");
}

#[test]
fn removed_within_seconds_and_erased() {
    let world = World::new();
    let (mut anna, mut ben) = (world.join("anna"), world.join("ben"));
    anna.meet(&mut ben);
    let group = anna.group("Plans", &mut [&mut ben]);
    let mut laptop = linked(&world, &mut anna, "laptop", "none");
    let at_laptop = conversation_named(&mut laptop, "Plans");
    laptop.until("its place in the group", |laptop| {
        (laptop.conversation(&at_laptop)["information"]["devices"] == 3).then_some(())
    });
    laptop.ask("sync", json!({}));
    anna.ask("sync", json!({}));
    let device = text(&laptop.ask("account.show", json!({}))["device"]);
    let before = Instant::now();
    let reached = anna.ask("device.remove", json!({"device": device}))["reached"].clone();
    assert!(before.elapsed() < Duration::from_secs(5), "{:?}", before.elapsed());
    assert_eq!((&reached["published"], &reached["open"]), (&json!(true), &json!(0)), "{reached}");
    assert_eq!(reached["told"], json!([ben.address]));
    assert!(reached["conversations"].as_array().unwrap().iter().any(|one| one["name"] == "Plans"));
    laptop.event("being wiped", |event| event["type"] == "device.wiped");
    let home = laptop.home().to_owned();
    laptop.until("everything is erased", |laptop| {
        laptop.try_ask("account.show", json!({})).is_err().then_some(())
    });
    assert!(!home.join("casemate.db").exists());
    ben.until("it is out of the group", |ben| {
        (ben.conversation(&group)["information"]["devices"] == 2).then_some(())
    });
    anna.say(&group, "only us");
    ben.hears("only us");
}

#[test]
fn a_lost_device_that_was_off_is_erased_when_it_turns_up() {
    let world = World::new();
    let (mut anna, mut ben) = (world.join("anna"), world.join("ben"));
    let chat = anna.meet(&mut ben);
    let mut laptop = linked(&world, &mut anna, "laptop", "none");
    laptop.ask("sync", json!({}));
    let device = text(&laptop.ask("account.show", json!({}))["device"]);
    laptop.kill();
    let reached = anna.ask("device.remove", json!({"device": device}))["reached"].clone();
    assert_eq!(reached["open"], 0, "{reached}");
    anna.say(&chat, "not for it");
    ben.hears("not for it");
    laptop.restart();
    laptop.event("being wiped", |event| event["type"] == "device.wiped");
    laptop.until("everything is erased", |laptop| {
        laptop.try_ask("account.show", json!({})).is_err().then_some(())
    });
    assert!(!laptop.home().join("casemate.db").exists());
}

#[test]
fn a_passphrase_chosen_when_asking_locks_the_new_device() {
    let world = World::new();
    let mut anna = world.join("anna");
    let mut new = Person::start(&world.folder().join("laptop"));
    let url = world.server.url();
    let wanted = json!({"server": url, "name": "Laptop", "passphrase": "one two three"});
    let asked = new.ask("device.request", wanted);
    anna.ask("device.approve", json!({"code": asked["code"], "history": "none", "confirm": true}));
    new.event("being linked", |event| event["type"] == "device.linked");
    new.restart();
    assert_eq!(new.refused("account.show", json!({})).kind, "locked");
    new.ask("account.unlock", json!({"passphrase": "one two three"}));
    assert_eq!(new.ask("account.show", json!({}))["address"], json!(anna.address));
    // What is there is not begun anew.
    assert_eq!(new.refused("account.create", json!({"name": "carl", "server": url})).kind, "taken");
}
