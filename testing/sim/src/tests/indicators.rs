//! What is known to be bad: found as it arrives and long after, told to its person and to nobody else.

use casemate_api::Event;
use casemate_api::command::AttachmentKind;
use casemate_wire::manifest::sign_labelled;
use data_encoding::HEXLOWER;
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{ClientId, World};

const DAY_MS: i64 = 24 * 3_600_000;

struct Story {
    world: World,
    ana: ClientId,
    bob: ClientId,
    at_ana: String,
    at_bob: String,
}

fn story(seed: u64) -> Story {
    let mut world = World::new(seed);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    Story { world, ana, bob, at_ana, at_bob }
}

fn add(world: &mut World, id: ClientId, name: &str, entries: &[(&str, &str)]) -> Value {
    let indicators: Vec<Value> =
        entries.iter().map(|(kind, value)| json!({"kind": kind, "value": value})).collect();
    world.ok(id, "indicators.add", json!({"name": name, "indicators": indicators}))
}

/// Indicators in what is found, by message.
fn found(world: &mut World, id: ClientId) -> Vec<(String, String)> {
    let looked = world.ok(id, "indicators.look_back", json!({}));
    let text = |one: &Value, field: &str| one[field].as_str().expect("a text").to_owned();
    let matches = looked["matches"].as_array().expect("a list").iter();
    matches.map(|one| (text(one, "message"), text(one, "indicator"))).collect()
}

fn told(world: &mut World, id: ClientId) -> Vec<String> {
    let events = std::mem::take(&mut world.client(id).events);
    let told = events.into_iter().filter_map(|event| match event {
        Event::IndicatorMatched { found } => Some(found.indicator),
        _ => None,
    });
    told.collect()
}

#[test]
fn what_was_said_long_ago_is_found_when_it_becomes_known() {
    let Story { mut world, ana, bob, at_ana, at_bob } = story(7_001);
    let link = world.say(ana, &at_ana, "Look at https://cdn.evil.example/a?b=c, it is you!");
    let plain = world.say(ana, &at_ana, "or write to Agent@spies.example");
    world.say(ana, &at_ana, "evil.example.org is somebody else's, and so is notevil.example");
    world.settle();
    let own = world.say(bob, &at_bob, "evil.example? I will not open it");
    world.settle();
    assert!(found(&mut world, bob).is_empty());

    let added = add(
        &mut world,
        bob,
        "Some spyware",
        &[("domain", "evil.example"), ("email", "agent@spies.example"), ("sha256", "zz"), ("domain", "com")],
    );
    assert_eq!((&added["added"], &added["refused_count"]), (&json!(2), &json!(2)));
    let expected = [
        (link.clone(), "evil.example".to_owned()),
        (plain, "agent@spies.example".to_owned()),
        (own, "evil.example".to_owned()),
    ];
    assert_eq!(found(&mut world, bob), expected);
    let looked = world.ok(bob, "indicators.look_back", json!({}));
    let first = &looked["matches"][0];
    assert_eq!((&first["from"], &first["source"]), (&json!("ana@sim.example"), &json!("Some spyware")));
    assert_eq!((&first["conversation"], &first["kind"]), (&json!(at_bob), &json!("domain")));
    assert_eq!(looked["messages"], json!(4));
    let marked = world.messages(bob, &at_bob).into_iter().find(|message| message["message"] == link).unwrap();
    assert_eq!(marked["known_bad"], json!({"indicator": "evil.example", "source": "Some spyware"}));

    // Ana's device knows nothing of it, and nothing went to anybody.
    world.settle();
    assert!(found(&mut world, ana).is_empty());
    assert!(world.messages(ana, &at_ana).iter().all(|message| message.get("known_bad").is_none()));
}

#[test]
fn what_arrives_is_compared_and_stays_marked_when_it_is_taken_back() {
    let Story { mut world, ana, bob, at_ana, at_bob } = story(7_002);
    add(&mut world, bob, "Some spyware", &[("domain", "evil.example"), ("ip", "192.0.2.7")]);
    told(&mut world, bob);
    let link = world.say(ana, &at_ana, "https://a.b.evil.example/");
    let number = world.say(ana, &at_ana, "http://3221225991/x");
    let edited = world.say(ana, &at_ana, "harmless");
    world.ok(ana, "message.edit", json!({"message": edited, "text": "hxxp no, evil.example"}));
    world.settle();
    assert_eq!(told(&mut world, bob), ["evil.example", "192.0.2.7", "evil.example"]);

    // It is known after a restart too, without the list being read again by anybody.
    world.client(bob).restart();
    world.ok(ana, "message.delete", json!({"message": link, "for": "everyone"}));
    world.settle();
    let all = found(&mut world, bob);
    assert_eq!(all.iter().map(|(message, _)| message).collect::<Vec<_>>(), [&link, &number, &edited]);

    // What its owner deletes is gone, with its mark.
    world.ok(bob, "message.delete", json!({"message": number, "for": "me"}));
    assert_eq!(found(&mut world, bob).len(), 2);
    let _ = at_bob;
}

#[test]
fn files_are_known_by_their_hash_and_captions_by_their_words() {
    let Story { mut world, ana, bob, at_ana, .. } = story(7_003);
    let bytes = b"what a spy sent".repeat(50);
    let hash = HEXLOWER.encode(&Sha256::digest(&bytes));
    let bad = world.stage(ana, AttachmentKind::Document, "invoice.pdf", &bytes);
    let good = world.stage(ana, AttachmentKind::Document, "letter.pdf", b"something else");
    let sent = world.send_files(ana, &at_ana, "two files", vec![good, bad]);
    world.settle();
    add(&mut world, bob, "Files", &[("sha256", &hash.to_uppercase())]);
    assert_eq!(found(&mut world, bob), [(sent, hash.clone())]);

    told(&mut world, bob);
    let again = world.stage(ana, AttachmentKind::Document, "other.pdf", &bytes);
    world.send_files(ana, &at_ana, "", vec![again]);
    world.settle();
    assert_eq!(told(&mut world, bob), [hash]);
}

#[test]
fn lists_are_replaced_by_their_name_and_forgotten_with_what_they_found() {
    let Story { mut world, ana, bob, at_ana, .. } = story(7_004);
    world.say(ana, &at_ana, "old.example and new.example");
    world.settle();
    add(&mut world, bob, "List", &[("domain", "old.example")]);
    assert_eq!(found(&mut world, bob).len(), 1);
    let added = add(&mut world, bob, "List", &[("domain", "old.example"), ("domain", "new.example")]);
    assert_eq!((&added["added"], &added["indicators"]), (&json!(1), &json!(2)));
    assert_eq!(found(&mut world, bob).len(), 2);
    let lists = world.ok(bob, "indicators.list", json!({}));
    assert_eq!(lists["lists"].as_array().unwrap().len(), 1);
    let list = lists["lists"][0]["list"].clone();
    world.ok(bob, "indicators.remove", json!({"list": list}));
    assert!(found(&mut world, bob).is_empty());
    assert!(world.call(bob, "indicators.remove", json!({"list": list})).is_err());
    for (name, entries) in [
        ("", json!([{"kind": "domain", "value": "a.example"}])),
        ("x", json!([])),
        ("a\nb", json!([{"kind": "domain", "value": "a.example"}])),
    ] {
        assert!(world.call(bob, "indicators.add", json!({"name": name, "indicators": entries})).is_err());
    }
}

fn signed(key: &SigningKey, name: &str, version: u64, body: &str) -> Value {
    let publisher = HEXLOWER.encode(key.verifying_key().as_bytes());
    let text = format!("publisher {publisher}\nlist {name}\nversion {version}\n\n{body}");
    let signature = HEXLOWER.encode(&sign_labelled(key, b"casemate/indicators/v1", &[text.as_bytes()]));
    json!({"signed": format!("casemate-indicators 1\nsignature {signature}\n{text}")})
}

#[test]
fn signed_lists_go_forward_only() {
    let Story { mut world, ana, bob, at_ana, .. } = story(7_005);
    world.say(ana, &at_ana, "one.example two.example");
    world.settle();
    let (key, other) = (SigningKey::from_bytes(&[5; 32]), SigningKey::from_bytes(&[6; 32]));
    let update = |world: &mut World, list: Value| world.call(bob, "indicators.update", list);

    update(&mut world, signed(&key, "Lab", 3, "domain one.example\n")).unwrap();
    assert!(update(&mut world, signed(&key, "Lab", 2, "domain two.example\n")).is_err(), "older");
    assert!(update(&mut world, signed(&key, "Lab", 3, "domain two.example\n")).is_err(), "the same number");
    assert_eq!(found(&mut world, bob).len(), 1);
    update(&mut world, signed(&key, "Lab", 4, "domain one.example\ndomain two.example\n")).unwrap();
    assert_eq!(found(&mut world, bob).len(), 2);

    // Somebody else's list of the same name is another list, and takes nothing away.
    update(&mut world, signed(&other, "Lab", 9, "domain three.example\n")).unwrap();
    add(&mut world, bob, "Lab", &[("domain", "four.example")]);
    assert_eq!(found(&mut world, bob).len(), 2);
    let lists = world.ok(bob, "indicators.list", json!({}))["lists"].clone();
    let lists = lists.as_array().unwrap();
    assert_eq!(lists.len(), 3);
    assert_ne!(lists[0]["publisher"], lists[1]["publisher"]);
    assert_eq!((&lists[0]["version"], lists[2].get("version")), (&json!(4), None));

    // Removing it and a restart open no way back.
    world.ok(bob, "indicators.remove", json!({"list": lists[0]["list"]}));
    world.client(bob).restart();
    assert!(update(&mut world, signed(&key, "Lab", 3, "domain one.example\n")).is_err(), "older still");
    update(&mut world, signed(&key, "Lab", 4, "domain one.example\n")).unwrap();
    let forged = signed(&key, "Lab", 5, "domain one.example\n")["signed"]
        .as_str()
        .unwrap()
        .replace("version 5", "version 6");
    assert!(update(&mut world, json!({"signed": forged})).is_err());
}

fn warnings(world: &mut World, id: ClientId, params: Value) -> Vec<String> {
    let looked = world.ok(id, "link.look", params);
    let warnings = looked["warnings"].as_array().expect("a list").iter();
    warnings.map(|one| one["id"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn a_link_is_looked_at_with_what_is_known_here() {
    let Story { mut world, ana, bob, at_ana, .. } = story(7_006);
    let message = world.say(ana, &at_ana, "https://evil.example/x");
    world.settle();
    assert_eq!(warnings(&mut world, bob, json!({"url": "https://evil.example/x"})), [""; 0]);
    add(&mut world, bob, "Some spyware", &[("domain", "evil.example")]);
    let url = "https://a.evil.example/x";
    assert_eq!(
        warnings(&mut world, bob, json!({"url": url, "message": message})),
        ["indicator", "new_sender"]
    );
    let looked = world.ok(bob, "link.look", json!({"url": url}));
    assert_eq!(
        (&looked["host"], &looked["warnings"][0]["about"]),
        (&json!("a.evil.example"), &json!("Some spyware"))
    );
    // The own server may be imitated too.
    assert_eq!(warnings(&mut world, bob, json!({"url": "https://sirn.example/"})), ["looks_like"]);
    // After a week somebody is new no more.
    world.now_ms += 8 * DAY_MS;
    world.sync(bob);
    assert_eq!(warnings(&mut world, bob, json!({"url": "https://x.example", "message": message})), [""; 0]);
    // An own message has no stranger in it.
    let own = world.chat(bob, ana);
    let own = world.say(bob, &own, "https://x.example");
    assert_eq!(warnings(&mut world, bob, json!({"url": "https://x.example", "message": own})), [""; 0]);
    assert!(world.call(bob, "link.look", json!({"url": "x", "message": "ffff"})).is_err());
}

fn findings(world: &mut World, id: ClientId) -> Vec<(String, String)> {
    let checked = world.ok(id, "guard.checkup", json!({}));
    let text = |one: &Value, field: &str| one[field].as_str().expect("a text").to_owned();
    let all = checked["findings"].as_array().expect("a list");
    for one in all {
        assert!(text(one, "why").ends_with('.') && !text(one, "action").is_empty(), "{one}");
    }
    all.iter().map(|one| (text(one, "id"), text(one, "severity"))).collect()
}

fn has(world: &mut World, id: ClientId, finding: &str) -> bool {
    findings(world, id).iter().any(|(id, _)| id == finding)
}

#[test]
fn the_check_up_says_what_can_be_bettered_and_no_more() {
    let Story { mut world, ana, bob, at_ana, at_bob } = story(7_007);
    // The simulation keeps its keys in a file.
    assert_eq!(findings(&mut world, bob)[0], ("key_in_file".to_owned(), "high".to_owned()));

    assert!(has(&mut world, bob, "contacts_unverified"));
    world.ok(bob, "contact.verify", json!({"who": "ana@sim.example"}));
    assert!(!has(&mut world, bob, "contacts_unverified"));

    assert!(has(&mut world, bob, "kit_not_written"));
    world.ok(bob, "recovery.kit", json!({}));
    world.ok(bob, "recovery.written", json!({}));
    assert!(!has(&mut world, bob, "kit_not_written"));

    assert!(has(&mut world, bob, "previews"));
    world.ok(bob, "settings.set", json!({"previews": false}));
    assert!(!has(&mut world, bob, "previews"));

    assert!(!has(&mut world, bob, "no_backup"), "nothing was said yet");
    world.say(ana, &at_ana, "hello evil.example");
    world.settle();
    assert!(has(&mut world, bob, "no_backup"));

    assert!(!has(&mut world, bob, "known_bad"));
    add(&mut world, bob, "Some spyware", &[("domain", "evil.example")]);
    world.ok(bob, "indicators.look_back", json!({}));
    assert_eq!(findings(&mut world, bob)[0], ("known_bad".to_owned(), "high".to_owned()));

    let second = world.link(bob);
    world.settle();
    assert!(!has(&mut world, bob, "device_unseen"));
    world.sleep(second, i64::MAX / 4);
    world.now_ms += 40 * DAY_MS;
    world.sync(bob);
    assert!(has(&mut world, bob, "device_unseen"));
    assert!(!has(&mut world, bob, "indicators_old") && !has(&mut world, bob, "old_conversations"));
    world.now_ms += 400 * DAY_MS;
    assert!(has(&mut world, bob, "indicators_old") && has(&mut world, bob, "old_conversations"));
    world.say(bob, &at_bob, "still there?");
    assert!(!has(&mut world, bob, "old_conversations"));
}
