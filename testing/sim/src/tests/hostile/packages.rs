//! Key packages do not outlive healing: who copied a device before it was added somewhere reads nothing there soon after.

use std::collections::BTreeSet;

use bytes::Bytes;
use casemate_content::proto::AddMeAgain;
use casemate_content::proto::inbox_body;
use casemate_crypto::conversation::{
    AgainRequest, Suite, inspect_key_package, key_package_leaf, key_package_lifetime,
};
use casemate_crypto::store::Value;
use casemate_crypto::{EntryKind, Kv, KvError, MemoryKv, entry_kind, key_package};
use casemate_wire::ids::Hash32;
use casemate_wire::proto::wire::TakeKeyPackage;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use serde_json::json;

use super::{Story, story};
use crate::older::back_to_46;
use crate::{ClientId, World};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Two who know each other, the second with a database in a file, and a token of hers for him.
fn two(seed: u64) -> (World, ClientId, ClientId, Bytes) {
    let mut world = World::new(seed);
    let ana = world.person("ana");
    let bob = world.device_on_disk("bob");
    world.ok(bob, "account.create", json!({"server": crate::world::URL, "name": "bob"}));
    world.befriend(ana, bob);
    world.settle();
    let bobs = world.identity_of(bob);
    let token: Vec<u8> = world.with_db(ana, |db| {
        db.query_row("SELECT token FROM reach WHERE account = ?1", [&bobs.account.0[..]], |row| row.get(0))
            .unwrap()
    });
    (world, ana, bob, token.into())
}

/// All that the server hands out until it comes to the last resort, which is the last one.
fn drained(world: &mut World, token: &Bytes) -> Vec<Bytes> {
    let mut packages = Vec::new();
    loop {
        let suite = u32::from(Suite::XWing.code());
        let taken = world.ask(Request::TakeKeyPackage(TakeKeyPackage { inbox_token: token.clone(), suite }));
        let Body::KeyPackage(answer) = taken else { panic!("{taken:?}") };
        packages.push(answer.key_package);
        if answer.last_resort {
            return packages;
        }
    }
}

/// The keys under which a device has private parts of packages.
fn kept(world: &mut World, id: ClientId) -> BTreeSet<Vec<u8>> {
    world.with_db(id, |db| {
        let mut keys = db.prepare("SELECT key FROM mls WHERE key >= x'11' AND key < x'12'").unwrap();
        keys.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    })
}

#[test]
fn key_packages_and_the_last_resort_are_replaced_with_each_refill() {
    let (mut world, _, _, token) = two(8_800);
    let before: BTreeSet<Bytes> = drained(&mut world, &token).into_iter().collect();
    assert_eq!(before.len(), 11);
    world.settle_for(DAY_MS + HOUR_MS);
    let after = drained(&mut world, &token);
    assert_eq!(after.len(), 11);
    assert!(after.iter().all(|package| !before.contains(package)), "all are others, the last resort too");
    let now = world.now_ms;
    for package in &after {
        let lifetime = key_package_lifetime(package).unwrap().expect("a lifetime");
        assert!(lifetime.holds(now) && !lifetime.holds(now + 80 * DAY_MS));
    }
}

#[test]
fn key_packages_that_the_server_has_dropped_leave_no_key() {
    let (mut world, _, bob, _) = two(8_801);
    let before = kept(&mut world, bob);
    assert_eq!(before.len(), 22, "ten and a last resort, for each suite");
    let keys = world.keys(bob);
    world.settle_for(15 * DAY_MS + 2 * HOUR_MS);
    let after = kept(&mut world, bob);
    assert_eq!(after.intersection(&before).count(), 0, "unused, and the last resort");
    assert!(after.len() <= 16 * 22, "no more than those of two weeks: {}", after.len());
    let gone = keys.gone(&world.keys(bob));
    assert!(gone.count() > 22);
    world.settle_for(5_000);
    assert_eq!(world.keys_left(bob, &gone), std::collections::BTreeSet::new(), "in no page");
}

/// A server that keeps what it should have dropped.
#[test]
fn key_package_whose_lifetime_is_over_adds_nobody() {
    let (mut world, ana, bob, token) = two(8_802);
    let bobs = world.identity_of(bob).device;
    let old = drained(&mut world, &token).pop().unwrap();
    world.settle_for(75 * DAY_MS);
    let given = old.clone();
    world.lie_to(ana, move |body| {
        if let Body::KeyPackage(answer) = body
            && inspect_key_package(&answer.key_package).is_ok_and(|(_, leaf)| leaf.device == bobs)
        {
            answer.key_package = given.clone();
        }
        true
    });
    let address = world.address(bob);
    world.ok(ana, "conversation.create", json!({"members": [address], "name": "Plans"}));
    world.settle_for(HOUR_MS);
    let plans = world.named(ana, "Plans");
    assert_eq!(world.devices_in(ana, &plans), 1);
    let said = world.notices(ana, &plans);
    assert_eq!(said.iter().filter(|line| line.contains("away for too long")).count(), 1, "{said:?}");
    world.tamper = None;
    world.settle_for(DAY_MS + HOUR_MS);
    assert_eq!(world.devices_in(ana, &plans), 2, "with one that counts he comes in");
}

/// A program of before, whose packages name no lifetime, until the date in docs/protocol.md.
#[test]
fn key_package_of_a_program_of_before_adds_its_device_for_half_a_year() {
    for (seed, days, comes) in [(8_803, 0, true), (8_804, 200, false)] {
        let (mut world, ana, bob, _) = two(seed);
        world.settle_for(days * DAY_MS);
        let bobs = world.identity_of(bob);
        let device = bobs.device;
        world.lie_to(ana, move |body| {
            if let Body::KeyPackage(answer) = body
                && let Ok((suite, leaf)) = inspect_key_package(&answer.key_package)
                && leaf.device == device
            {
                answer.key_package = key_package(&MemoryKv::new(), &bobs, suite, false).unwrap().into();
            }
            true
        });
        let address = world.address(bob);
        world.ok(ana, "conversation.create", json!({"members": [address], "name": "Plans"}));
        world.settle();
        let plans = world.named(ana, "Plans");
        assert_eq!(world.devices_in(ana, &plans), if comes { 2 } else { 1 });
    }
}

#[test]
fn device_that_joined_takes_new_keys_within_minutes() {
    let (mut world, ana, bob, _) = two(8_805);
    let plans = world.group("Plans", ana, &[bob]);
    let at_bob = world.named(bob, "Plans");
    let mut copy = world.copy_of(bob, &at_bob);
    world.settle_for(5 * 60_000);
    copy.overhear(&world.entries(copy.log));
    world.say(ana, &plans, "after he came in");
    world.say(bob, &at_bob, "yes");
    world.settle();
    assert_eq!(copy.overhear(&world.entries(copy.log)), 0, "the keys that it came in with open nothing");
}

#[test]
fn device_that_joined_by_last_resort_takes_new_keys_before_it_says_anything() {
    let (mut world, ana, bob, token) = two(8_806);
    drained(&mut world, &token);
    let address = world.address(bob);
    world.ok(ana, "conversation.create", json!({"members": [address], "name": "Plans"}));
    world.sync(ana);
    world.sync(bob);
    let asked = world.ok(bob, "conversation.requests", json!({}));
    let at_bob = asked["requests"][0]["conversation"].as_str().unwrap().to_owned();
    let log = {
        let plans = world.named(ana, "Plans");
        world.log_of(ana, &plans)
    };
    let there = world.entries(log).len();
    world.ok(bob, "conversation.accept", json!({"conversation": at_bob}));
    world.say(bob, &at_bob, "I am in");
    world.settle();
    let new: Vec<bool> = world.entries(log)[there..]
        .iter()
        .map(|entry| entry_kind(&entry.payload) == EntryKind::Commit)
        .collect();
    assert!(new[0], "new keys come first: {new:?}");
    let plans = world.named(ana, "Plans");
    assert_eq!(world.texts(ana, &plans), ["I am in"]);
}

/// A thief with a copy has it put in the device's place by a request that the device's key signs.
#[test]
fn device_that_is_added_again_unasked_says_so_and_renews_its_packages() {
    let Story { mut world, ana, bob, .. } = story(World::new(8_807));
    let at_bob = world.named(bob, "Plans");
    world.settle_for(HOUR_MS);
    let thief = {
        let mut copy = world.copy_of(bob, &at_bob);
        world.insider_reaches(bob, &mut copy, ana);
        copy
    };
    let before = kept(&mut world, bob);
    let stolen = MemoryKv::new();
    let package = key_package(&stolen, &thief.id, thief.group.suite(), false).unwrap();
    let leaf = thief.group.own_leaf_hash();
    let fresh = key_package_leaf(&package).unwrap();
    assert_ne!(leaf, Hash32::ZERO);
    let ask = AddMeAgain {
        log: thief.log.into(),
        tokens: Vec::new(),
        key_package: package.into(),
        requests: vec![AgainRequest::sign(&thief.id, thief.log, leaf, fresh).to_bytes().into()],
    };
    let anas = world.engine(ana).device().unwrap();
    world.insider_posts(&thief, anas, inbox_body::Kind::AddMeAgain(ask));
    world.settle_for(HOUR_MS);
    let said = world.notices(bob, &at_bob);
    assert_eq!(said.iter().filter(|line| line.contains("had not asked")).count(), 1, "{said:?}");
    assert_eq!(kept(&mut world, bob).intersection(&before).count(), 0, "no package of before is left");
}

/// The store of a home, as its engine has it.
struct Home<'a>(&'a rusqlite::Connection);

impl Kv for Home<'_> {
    fn read(&self, _: &[u8]) -> Result<Option<Value>, KvError> {
        Ok(None)
    }

    fn write(&self, key: &[u8], value: Value) -> Result<(), KvError> {
        let put = "INSERT OR REPLACE INTO mls(key, value) VALUES (?1, ?2)";
        self.0.execute(put, [key, &value[..]]).map(|_| ()).map_err(|error| KvError(error.to_string()))
    }

    fn delete(&self, _: &[u8]) -> Result<(), KvError> {
        Ok(())
    }
}

/// Packages of before counted without end, and nothing of them was ever deleted.
#[test]
fn key_packages_of_an_old_home_go_on_are_replaced_and_then_deleted() {
    let (mut world, ana, bob, token) = two(8_808);
    let bobs = world.identity_of(bob);
    // A program of before had none. Here others know it by now.
    let seal_keys: Vec<(i64, Vec<u8>)> = world.with_db(bob, |db| {
        let mut rows = db.prepare("SELECT made_ms, secret FROM seal_keys").unwrap();
        let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    });
    let old: Vec<Vec<u8>> = world.with_db(bob, |db| {
        db.execute_batch(
            "DELETE FROM mls WHERE key >= x'11' AND key < x'12';
             UPDATE settings SET value = x'0000000000000002' WHERE key = 'key_packages_level';",
        )
        .unwrap();
        back_to_46(db);
        let made = [false, false, true]
            .map(|last_resort| key_package(&Home(db), &bobs, Suite::XWing, last_resort).unwrap());
        made.to_vec()
    });
    world.with_db(bob, |db| {
        for row in &seal_keys {
            db.execute("INSERT INTO seal_keys(made_ms, secret) VALUES (?1, ?2)", (row.0, &row.1)).unwrap();
        }
    });
    let before = kept(&mut world, bob);
    assert_eq!(before.len(), 3);
    world.sleep(bob, DAY_MS);
    world.settle();
    // Somebody took one of them before he came back with the new program.
    let given = old[0].clone();
    let device = bobs.device;
    world.lie_to(ana, move |body| {
        if let Body::KeyPackage(answer) = body
            && inspect_key_package(&answer.key_package).is_ok_and(|(_, leaf)| leaf.device == device)
        {
            answer.key_package = given.clone().into();
        }
        true
    });
    let address = world.address(bob);
    world.ok(ana, "conversation.create", json!({"members": [address], "name": "Plans"}));
    world.settle();
    world.wake(bob);
    world.settle();
    world.accept_groups(bob);
    let (plans, at_bob) = (world.named(ana, "Plans"), world.named(bob, "Plans"));
    world.say(ana, &plans, "by an old one");
    world.settle();
    assert_eq!(world.texts(bob, &at_bob), ["by an old one"]);
    world.tamper = None;
    let now = world.now_ms;
    for package in drained(&mut world, &token) {
        assert!(key_package_lifetime(&package).unwrap().is_some_and(|lifetime| lifetime.holds(now)));
    }
    world.settle_for(16 * DAY_MS);
    assert_eq!(kept(&mut world, bob).intersection(&before).count(), 0);
}

/// A server of before does not replace all: its device keeps what may still be handed out, and the last resort goes.
#[test]
fn key_packages_at_a_server_of_before_stay_usable_and_the_last_resort_is_replaced() {
    let mut world = World::new(8_809);
    world.tamper = Some(Box::new(|_, mut frame| {
        if let Some(Body::Hello(hello)) = &mut frame.body {
            hello.replaces_packages = false;
        }
        vec![frame]
    }));
    let bob = world.person("bob");
    world.settle();
    let before = kept(&mut world, bob);
    world.settle_for(16 * DAY_MS);
    let after = kept(&mut world, bob);
    assert_eq!(after.intersection(&before).count(), 20, "all but the last resorts");
    world.settle_for(60 * DAY_MS);
    assert_eq!(kept(&mut world, bob).intersection(&before).count(), 0, "their lifetime is over");
}
