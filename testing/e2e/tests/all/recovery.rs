//! The first device is lost. Its person has twelve words on paper and another folder, over the real binary.

use std::os::unix::fs::PermissionsExt;

use casemate_e2e::eventually;
use casemate_e2e::person::Person;
use casemate_e2e::world::{Member, World, text};
use serde_json::{Value, json};

#[test]
fn lost_and_found_again_with_twelve_words() {
    let world = World::new();
    let (mut anna, mut ben) = (world.join("anna"), world.join("ben"));
    anna.meet(&mut ben);
    let group = anna.group("Plans", &mut [&mut ben]);
    anna.say(&group, "before");
    ben.hears("before");
    let words = text(&anna.ask("recovery.kit", json!({}))["words"]);
    assert_eq!(words.split(' ').count(), 12);
    anna.ask("sync", json!({}));
    anna.kill();

    let url = world.server.url();
    let mut new = Person::start(&world.folder().join("anna-again"));
    let wrong = words.replacen(words.split(' ').next().unwrap(), "casemate", 1);
    let refused = new.refused("recovery.restore", json!({"server": url, "name": "anna", "words": wrong}));
    assert!(refused.message.contains("Word 1"), "{}", refused.message);

    // Killed while it restores: the same words again.
    let restore = json!({"server": url, "name": "anna", "words": words});
    for pause_ms in [1, 20, 60] {
        new.begin("recovery.restore", restore.clone());
        std::thread::sleep(std::time::Duration::from_millis(pause_ms));
        new.restart();
    }
    if new.try_ask("account.show", json!({})).is_err() {
        new.ask("recovery.restore", restore);
    }
    let mut new = Member::of(new);
    new.until("the group is back", |new| {
        let all = new.ask("conversation.list", json!({}));
        let found = all["conversations"].as_array()?.iter().any(|one| one["name"] == "Plans");
        found.then_some(())
    });
    let all = new.ask("conversation.list", json!({}));
    let again = all["conversations"].as_array().unwrap().iter().find(|one| one["name"] == "Plans").unwrap();
    let again = text(&again["conversation"]);
    new.say(&again, "after");
    ben.hears("after");

    // The lost device turns up: it is told, and sends nothing.
    anna.restart();
    anna.event("account.replaced", |event| event["type"] == "account.replaced");
    assert_eq!(
        anna.refused("message.send", json!({"conversation": group, "text": "me too"})).kind,
        "not_allowed"
    );
}

#[test]
fn a_passphrase_is_set_changed_and_taken_away_later() {
    let world = World::new();
    let mut anna = world.join("anna");
    anna.ask("account.set", json!({"about": "still here"}));
    anna.ask("account.passphrase", json!({"new": "one two three"}));
    assert_eq!(anna.ask("account.show", json!({}))["key_kept_in"], "passphrase");
    anna.restart();
    assert_eq!(anna.refused("account.show", json!({})).kind, "locked");
    anna.ask("account.unlock", json!({"passphrase": "one two three"}));
    assert_eq!(anna.refused("account.passphrase", json!({"current": "wrong", "new": "x"})).kind, "locked");
    anna.ask("account.show", json!({}));
    anna.ask("account.lock", json!({}));
    assert_eq!(anna.refused("account.show", json!({})).kind, "locked");
    anna.ask("account.unlock", json!({"passphrase": "one two three"}));
    // Killed at any moment of the change: the old or the new one opens it.
    for pause_ms in [0, 150, 300, 450] {
        anna.begin("account.passphrase", json!({"current": "one two three", "new": "four five six"}));
        std::thread::sleep(std::time::Duration::from_millis(pause_ms));
        anna.restart();
        let old = anna.try_ask("account.unlock", json!({"passphrase": "one two three"})).is_ok();
        if !old {
            anna.ask("account.unlock", json!({"passphrase": "four five six"}));
            anna.ask("account.passphrase", json!({"current": "four five six", "new": "one two three"}));
        }
        assert_eq!(anna.ask("account.show", json!({}))["about"], "still here");
    }
    anna.ask("account.passphrase", json!({"current": "one two three"}));
    anna.restart();
    assert_eq!(anna.ask("account.show", json!({}))["about"], "still here");
}

#[test]
fn a_deleted_account_leaves_an_empty_folder() {
    let world = World::new();
    let mut anna = world.join("anna");
    assert_eq!(anna.refused("account.delete", json!({"name": "other"})).kind, "invalid");
    anna.ask("account.delete", json!({"name": "anna"}));
    anna.event("account.deleted", |event| event["type"] == "account.deleted");
    anna.until("everything is erased", |anna| anna.try_ask("account.show", json!({})).is_err().then_some(()));
    assert!(!anna.home().join("casemate.db").exists());
}

#[test]
fn a_chat_is_locked_besides_and_asks_again() {
    let world = World::new();
    let (mut anna, mut ben) = (world.join("anna"), world.join("ben"));
    let pair = anna.meet(&mut ben);
    ben.say(&pair, "between the two of us");
    anna.hears("between the two of us");
    let at_anna = anna.pair_with(&ben.address.clone());
    let lock = |locked: bool| json!({"conversation": at_anna, "locked": locked});
    // Without a passphrase there is nothing to ask for, and nobody is asked.
    assert_eq!(anna.refused("conversation.mark", lock(true)).kind, "not_allowed");
    anna.ask("account.prove", json!({}));
    anna.ask("account.passphrase", json!({"new": "one two three"}));
    for wrong in
        [json!({}), json!({"passphrase": "two"}), json!({"passphrase": ""}), json!({"passkey": "AAAA"})]
    {
        assert_eq!(anna.refused("account.prove", wrong).kind, "locked");
    }
    anna.ask("account.prove", json!({"passphrase": "one two three"}));
    anna.ask("conversation.mark", lock(true));
    let found = |anna: &mut Member, wanted: Value| {
        anna.ask("message.search", wanted)["messages"].as_array().unwrap().len()
    };
    assert_eq!(anna.ask("conversation.list", json!({}))["conversations"][0]["locked"], true);
    assert_eq!(found(&mut anna, json!({"text": "between"})), 0);
    assert_eq!(found(&mut anna, json!({"text": "between", "conversation": at_anna})), 1);
    anna.kill();
    anna.restart();
    anna.ask("account.unlock", json!({"passphrase": "one two three"}));
    assert_eq!(found(&mut anna, json!({"text": "between"})), 0);
    anna.ask("conversation.mark", lock(false));
    assert_eq!(found(&mut anna, json!({"text": "between"})), 1);
}

/// A desktop's key store, as far as `secret-tool` shows it: a folder with a file for each entry, which the last word names.
const KEY_STORE: &str = r#"#!/bin/sh
for entry; do :; done
case "$1" in
store) cat > "$(dirname "$0")/keys/$entry" ;;
lookup) cat "$(dirname "$0")/keys/$entry" ;;
clear) rm "$(dirname "$0")/keys/$entry" ;;
esac
"#;

#[test]
fn key_leaves_the_key_store_when_a_passphrase_comes_and_when_the_account_is_erased() {
    let world = World::new();
    let desktop = world.folder().join("desktop");
    let keys = desktop.join("keys");
    std::fs::create_dir_all(&keys).unwrap();
    let tool = desktop.join("secret-tool");
    std::fs::write(&tool, KEY_STORE).unwrap();
    std::fs::set_permissions(&tool, PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("PATH={}:{}", desktop.display(), std::env::var("PATH").unwrap());
    let wrapper = ["env", &path, "DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere"];
    let kept = || std::fs::read_dir(&keys).unwrap().count();

    let mut anna = Person::start_under(&world.folder().join("anna"), &wrapper);
    anna.ask("account.create", json!({"name": "anna", "invite": world.server.invite()}));
    assert_eq!(anna.ask("account.show", json!({}))["key_kept_in"], "key_store");
    assert_eq!(kept(), 1);
    anna.ask("account.passphrase", json!({"new": "one two three"}));
    assert_eq!(kept(), 0);
    anna.ask("account.passphrase", json!({"current": "one two three"}));
    assert_eq!(kept(), 1);
    anna.restart();
    assert_eq!(anna.ask("account.show", json!({}))["key_kept_in"], "key_store");
    anna.ask("sync", json!({}));
    anna.ask("account.delete", json!({"name": "anna"}));
    anna.event("account.deleted", |event| event["type"] == "account.deleted");
    eventually("everything is erased", || anna.try_ask("account.show", json!({})).is_err().then_some(()));
    assert_eq!(kept(), 0);
}
