//! The account's backup on its server: how it stands, when it is time for it, and a passkey that opens it.

use casemate_api::Event;
use casemate_content::proto::BackupIndex;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use prost::Message as _;
use serde_json::{Value, json};

use crate::{ClientId, World};

const WORDS: &str = "abandon ability able about above absent";
const HOUR_MS: i64 = 3_600_000;

/// Puts an index without messages there, as a program that writes a backup does at its end.
fn hold(world: &mut World, id: ClientId) {
    let index = BackupIndex { backup: vec![9; 16].into(), ..BackupIndex::default() };
    let data = BASE64.encode(&index.encode_to_vec());
    world.ok(id, "backup.store", json!({"data": data, "names": []}));
}

fn begin(world: &mut World, id: ClientId) {
    assert_eq!(world.ok(id, "backup.open", json!({"passphrase": WORDS}))["index"], Value::Null);
    hold(world, id);
}

fn due(world: &mut World, id: ClientId) -> Vec<bool> {
    let events = std::mem::take(&mut world.client(id).events);
    let due = events.into_iter().filter_map(|event| match event {
        Event::BackupDue { restore } => Some(restore),
        _ => None,
    });
    due.collect()
}

fn passkey(secret: u8) -> Value {
    let secret = BASE64URL_NOPAD.encode(&[secret; 32]);
    json!({"credential": "Y3JlZA", "salt": "c2FsdA", "secret": secret})
}

#[test]
fn it_is_time_once_a_day_and_again_after_an_hour_where_nobody_did_it() {
    let mut world = World::new(1_700);
    let ana = world.person("ana");
    world.settle_for(48 * HOUR_MS);
    assert!(due(&mut world, ana).is_empty(), "nobody is asked for a backup that was not begun");
    let state = world.ok(ana, "backup.show", json!({}));
    assert_eq!((&state["kept_here"], &state["server"]["exists"]), (&json!(false), &json!(false)), "{state}");
    begin(&mut world, ana);
    let state = world.ok(ana, "backup.show", json!({}));
    assert_eq!((&state["kept_here"], &state["server"]["begun"]), (&json!(true), &json!(true)), "{state}");
    assert!(state["made"].is_string() && state["server"]["guesses_left"] == 10, "{state}");
    world.settle_for(23 * HOUR_MS);
    assert!(due(&mut world, ana).is_empty());
    world.settle_for(HOUR_MS + HOUR_MS / 2);
    assert_eq!(due(&mut world, ana), [false]);
    world.settle_for(HOUR_MS);
    assert_eq!(due(&mut world, ana), [false], "nobody did it");
    hold(&mut world, ana);
    world.settle_for(23 * HOUR_MS);
    assert!(due(&mut world, ana).is_empty());

    // Kept over a restart.
    world.kill(ana.0);
    world.settle_for(HOUR_MS + HOUR_MS / 2);
    assert_eq!(due(&mut world, ana), [false]);
    let state = world.ok(ana, "backup.show", json!({}));
    assert_eq!((&state["kept_here"], &state["server"]["begun"]), (&json!(true), &json!(true)), "{state}");

    // Another passphrase for the same one.
    world.ok(ana, "backup.open", json!({"passphrase": "zoo zoo zoo zoo zoo wrong"}));
    assert_eq!(world.ok(ana, "backup.show", json!({}))["server"]["begun"], true);
    // Ended, nothing is left of it.
    world.ok(ana, "backup.end", json!({}));
    let state = world.ok(ana, "backup.show", json!({}));
    assert_eq!((&state["kept_here"], &state["opened"]), (&json!(false), &json!(false)), "{state}");
    assert_eq!(
        (&state["server"]["exists"], &state["server"]["bytes"]),
        (&json!(false), &json!(0)),
        "{state}"
    );
    due(&mut world, ana);
    world.settle_for(48 * HOUR_MS);
    assert!(due(&mut world, ana).is_empty());
    world.call(ana, "backup.open", json!({"restore": true, "passphrase": WORDS})).unwrap_err();
}

#[test]
fn the_kit_and_the_passkey_open_it_and_what_was_begun_goes_on() {
    let mut world = World::new(1_701);
    let ana = world.person("ana");
    world.call(ana, "backup.passkey", json!({"passkey": passkey(1)})).unwrap_err();
    begin(&mut world, ana);
    world.ok(ana, "backup.passkey", json!({"passkey": passkey(1)}));
    world.settle();
    let words = world.ok(ana, "recovery.kit", json!({}))["words"].as_str().unwrap().to_owned();

    let new = world.restored("ana", &words);
    world.settle();
    let state = world.ok(new, "backup.show", json!({}));
    assert_eq!(state["passkey"], json!({"credential": "Y3JlZA", "salt": "c2FsdA"}), "{state}");
    assert_eq!((&state["kept_here"], &state["opened"]), (&json!(false), &json!(false)), "{state}");
    let by = |secret: u8| json!({"restore": true, "passkey": passkey(secret)["secret"]});
    let refused = world.call(new, "backup.open", by(2)).unwrap_err();
    assert!(refused.message.contains("does not open"), "{refused}");
    assert_eq!(world.ok(new, "backup.show", json!({}))["server"]["guesses_left"], 10, "it costs no guess");
    assert!(world.ok(new, "backup.open", by(1))["index"].is_string());
    let state = world.ok(new, "backup.show", json!({}));
    assert_eq!((&state["opened"], &state["restoring"]), (&json!(true), &json!(true)), "{state}");

    // Killed, it says by itself that there is something to go on with, and nothing is asked for then.
    due(&mut world, new);
    world.kill(new.0);
    world.settle();
    assert_eq!(due(&mut world, new), [true]);
    assert!(world.ok(new, "backup.open", json!({"restore": true}))["index"].is_string());
    let refused =
        world.call(new, "backup.put", json!({"backup": "09".repeat(16), "account": "00".repeat(16)}));
    assert_eq!(refused.unwrap_err().kind, casemate_api::Kind::NotAllowed);
    let account = world.ok(new, "backup.read", json!({}))["account"].clone();
    world.ok(new, "backup.put", json!({"backup": "09".repeat(16), "account": account, "finished": true}));
    let state = world.ok(new, "backup.show", json!({}));
    assert_eq!((&state["kept_here"], &state["restoring"]), (&json!(true), &json!(false)), "{state}");
    // It goes on from here, once there is time.
    world.settle_for(2 * HOUR_MS);
    assert_eq!(due(&mut world, new).first(), Some(&false));

    // The passkey is taken away: whoever restores again does not find it.
    world.ok(new, "backup.passkey", json!({}));
    world.settle();
    let words = world.ok(new, "recovery.kit", json!({}))["words"].as_str().unwrap().to_owned();
    let third = world.restored("ana", &words);
    world.settle();
    assert_eq!(world.ok(third, "backup.show", json!({}))["passkey"], Value::Null);
}

#[test]
fn a_linked_device_keeps_none_and_ends_none() {
    let mut world = World::new(1_702);
    let ana = world.person("ana");
    begin(&mut world, ana);
    let linked = world.link(ana);
    let state = world.ok(linked, "backup.show", json!({}));
    assert_eq!((&state["primary"], &state["server"]["exists"]), (&json!(false), &json!(true)), "{state}");
    for (method, params) in [("backup.end", json!({})), ("backup.passkey", json!({"passkey": passkey(1)}))] {
        assert!(world.call(linked, method, params).unwrap_err().message.contains("primary"), "{method}");
    }
    // It may read it, with the passphrase; what is written there stays the primary's.
    assert!(
        world.ok(linked, "backup.open", json!({"restore": true, "passphrase": WORDS}))["index"].is_string()
    );
    assert_eq!(world.ok(linked, "backup.show", json!({}))["kept_here"], false);
    let data = BASE64.encode(b"not the primary");
    world.call(linked, "backup.store", json!({"data": data})).unwrap_err();
}

#[test]
fn what_is_in_no_backup_is_counted() {
    let mut world = World::new(1_710);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let chat = world.chat(ana, bob);
    world.say(ana, &chat, "stays");
    world.ok(ana, "conversation.set", json!({"conversation": chat, "disappearing_seconds": 86_400}));
    world.settle();
    world.say(ana, &chat, "goes");
    world.ok(ana, "message.send", json!({"conversation": chat, "text": "once", "view_once": true}));
    world.settle();
    let before = world.messages(ana, &chat).len() as u64;
    let page = world.ok(ana, "backup.read", json!({}));
    assert_eq!(page["disappearing"], 2, "{page}");
    assert_eq!(world.ok(ana, "backup.show", json!({}))["disappearing"], 2);
    assert_eq!(page["of"].as_u64().unwrap() + 2, before);
}

#[test]
fn server_backup_is_verified_by_shares_all_of_it_in_four_weeks() {
    const DAY_MS: i64 = 24 * HOUR_MS;
    let mut world = World::new(1_711);
    let ana = world.person("ana");
    begin(&mut world, ana);
    let open = |world: &mut World| -> Vec<i64> {
        let opened = world.ok(ana, "backup.open", json!({}));
        opened["verify_days"].as_array().unwrap().iter().map(|day| day.as_i64().unwrap()).collect()
    };
    let verified = |world: &mut World, day: i64| {
        let index = BackupIndex { backup: vec![9; 16].into(), ..BackupIndex::default() };
        let data = BASE64.encode(&index.encode_to_vec());
        world.ok(ana, "backup.store", json!({"data": data, "names": [], "verified_day": day}));
    };
    assert_eq!(open(&mut world), [0i64; 0], "all of it was written today");
    world.settle_for(DAY_MS);
    let first = open(&mut world);
    assert_eq!(first.len(), 1);
    // What was not verified is due the next day, too.
    world.settle_for(DAY_MS);
    assert_eq!(open(&mut world), [first[0], first[0] + 1]);
    verified(&mut world, first[0] + 1);
    assert_eq!(open(&mut world), [0i64; 0]);
    // After a long time a few shares at once, until it has caught up.
    world.settle_for(100 * DAY_MS);
    let mut days = Vec::new();
    for _ in 0..7 {
        let due = open(&mut world);
        assert!(due.len() <= 4 && !due.is_empty());
        verified(&mut world, *due.last().unwrap());
        days.extend(due);
    }
    assert_eq!(open(&mut world), [0i64; 0]);
    days.iter_mut().for_each(|day| *day %= 28);
    days.sort_unstable();
    assert_eq!(days, (0..28).collect::<Vec<i64>>());
}

#[test]
fn index_that_is_damaged_on_the_server_is_asked_for_no_more() {
    let mut world = World::new(1_712);
    let ana = world.person("ana");
    begin(&mut world, ana);
    let words = world.ok(ana, "recovery.kit", json!({}))["words"].as_str().unwrap().to_owned();
    let new = world.restored("ana", &words);
    world.settle();
    let open = json!({"restore": true, "passphrase": WORDS});
    assert!(world.ok(new, "backup.open", open)["index"].is_string());
    assert_eq!(world.ok(new, "backup.show", json!({}))["restoring"], true);
    world.switch = Some(Box::new(|_, _, mut data| {
        data[50] ^= 1;
        data
    }));
    let refused = world.call(new, "backup.open", json!({"restore": true})).unwrap_err();
    let said = casemate_api::said::said(&refused.message).expect("a sentence with a code");
    assert_eq!(said.code, "backup-server-damaged");
    assert_eq!(world.ok(new, "backup.show", json!({}))["restoring"], false);
    due(&mut world, new);
    world.settle_for(3 * HOUR_MS);
    assert!(due(&mut world, new).iter().all(|restore| !restore));
}
