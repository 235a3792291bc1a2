//! Devices that their account dropped do not come back, and nobody profits from the moment in which an account has no device.

use casemate_content::proto as content;
use casemate_content::proto::inbox_body::Kind;
use casemate_crypto::conversation::Level;
use casemate_crypto::{Change, CommitAad, CryptoError, MemoryKv, SkipReason, key_package};
use casemate_wire::ids::{AccountId, Hash32};
use casemate_wire::manifest::{VerifiedManifest, sign};
use casemate_wire::proto::directory::{Manifest, ManifestDevice};
use serde_json::json;

use super::{Story, story};
use crate::insider::Insider;
use crate::{ClientId, World};

/// The next version of an account's document, signed by its first device's keys. The server does not have it.
pub(super) fn next_document(
    world: &mut World,
    primary: ClientId,
    change: impl FnOnce(&mut Manifest),
) -> VerifiedManifest {
    let known = world.identity_of(primary).verified_manifest().unwrap();
    let secret: [u8; 32] = world.setting(primary, "account_secret").try_into().unwrap();
    let mut document = known.document();
    document.version += 1;
    document.previous_hash = known.hash.into();
    change(&mut document);
    sign(&document, &secret.into()).unwrap()
}

/// Another device in the place of all, which has the first one's keys.
fn moved(document: &mut Manifest) {
    let first = document.devices[0].clone();
    document.devices = vec![ManifestDevice { device: vec![9; 16].into(), ..first }];
}

/// A device that is in on it tells somebody of a newer document of its account.
pub(super) fn tells(world: &mut World, of: &mut Insider, newer: &VerifiedManifest, who: ClientId) {
    of.id.manifest = newer.to_bytes();
    let key = of.id.signing.verifying_key().to_bytes();
    of.id.device = newer.devices.iter().find(|device| device.signature_key == key).unwrap().id;
    let device = world.engine(who).device().unwrap();
    world.insider_posts(of, device, Kind::Linked(content::Linked::default()));
    world.settle_for(120_000);
}

fn members(world: &mut World, at: ClientId, group: &str) -> Vec<(String, bool, u64)> {
    let shown = world.shown(at, group);
    let members = shown["members"].as_array().unwrap().iter();
    let member = |one: &serde_json::Value| {
        let name = one["address"].as_str().unwrap().split('@').next().unwrap().to_owned();
        (name, one["admin"] == true, one["devices"].as_u64().unwrap())
    };
    members.map(member).collect()
}

fn leaves_of(group: &Insider, account: AccountId) -> Vec<u32> {
    let members = group.group.members().into_iter();
    members.filter(|leaf| leaf.account == account).map(|leaf| leaf.leaf).collect()
}

/// A commit of Mallory's that adds a device, by a key package that she has of it.
fn adds(
    mallory: &mut Insider,
    package: Vec<u8>,
) -> Result<casemate_crypto::conversation::PendingCommit, CryptoError> {
    let change = Change { add: vec![package], ..Change::default() };
    let aad = CommitAad {
        previous: mallory.last_commit,
        add_readers: vec![Hash32([1; 32])],
        ..CommitAad::default()
    };
    mallory.group.commit(&mallory.kv, &mallory.id, change, aad)
}

#[test]
fn device_that_was_dropped_comes_back_by_no_older_document_while_its_siblings_are_away() {
    let Story { mut world, ana, bob, cleo, second, group, .. } = story(World::new(8_650));
    let [at_bob, at_cleo] = [bob, cleo].map(|who| world.named(who, "Plans"));
    let stolen = world.identity_of(second);
    let newer = next_document(&mut world, bob, |document| {
        document.devices.retain(|device| device.device[..] != stolen.device.0);
    });
    // Bob's first device says so to Ana, and is away from then on: its leaf carries the older document for a week.
    let mut bobs = world.insider(bob, &at_bob);
    tells(&mut world, &mut bobs, &newer, ana);
    assert_eq!(world.devices_in(ana, &group), 3, "Ana has put it out");
    // Cleo has not heard of it, and Mallory does as if she had not.
    let mut mallory = world.copy_of(cleo, &at_cleo);
    assert_eq!(mallory.group.level(), Level::Two);
    let package = key_package(&MemoryKv::new(), &stolen, mallory.group.suite(), false).unwrap();
    let refused = adds(&mut mallory, package).unwrap_err();
    assert!(matches!(refused, CryptoError::NotAllowed(SkipReason::BelowFloor)), "{refused}");
    // The device asks everybody, too.
    world.settle_for(600_000);
    world.say(cleo, &at_cleo, "without it");
    world.settle_for(60_000);
    assert_eq!(world.devices_in(ana, &group), 3);
    let at_second = world.named(second, "Plans");
    assert!(!world.texts(second, &at_second).contains(&"without it".to_owned()));
}

#[test]
fn dropped_device_that_a_member_adds_is_put_out_before_anything_is_written() {
    let Story { mut world, ana, bob, cleo, second, group, chat } = story(World::new(8_651));
    let [at_bob, at_cleo] = [bob, cleo].map(|who| world.named(who, "Plans"));
    let stolen = world.identity_of(second);
    // Bob left the group, and dropped the device then: the group itself knows nothing of that.
    world.ok(bob, "conversation.leave", json!({"conversation": at_bob}));
    world.settle_for(60_000);
    world.drop_device(bob, second);
    world.settle_for(60_000);
    assert_eq!((world.devices_in(ana, &group), world.devices_in(ana, &chat)), (2, 2));
    let mut mallory = world.insider(cleo, &at_cleo);
    let package = key_package(&MemoryKv::new(), &stolen, mallory.group.suite(), false).unwrap();
    let pending = adds(&mut mallory, package).unwrap();
    let mut note = mallory.commit_note(pending.next_write_hash);
    note.add_readers = vec![Hash32([1; 32]).into()];
    note.keep_readers = mallory.all_readers();
    let entry = world.append(&mut mallory, pending.bytes, Some(note)).unwrap();
    world.say(ana, &group, "after");
    world.settle_for(60_000);
    let log = mallory.log;
    let after: Vec<bool> =
        world.entries(log).iter().filter(|one| one.entry > entry).map(|one| one.commit.is_some()).collect();
    assert_eq!(after.first(), Some(&true), "it is out before Ana's words: {after:?}");
    assert_eq!(world.devices_in(ana, &group), 2);
}

#[test]
fn admin_whose_device_is_replaced_stays_admin_and_nobody_takes_that_over() {
    let Story { mut world, ana, bob, cleo, group, .. } = story(World::new(8_652));
    let [at_bob, at_cleo] = [bob, cleo].map(|who| world.named(who, "Plans"));
    let account = world.identity_of(ana).account;
    let newer = next_document(&mut world, ana, moved);
    // Mallory shows it, removes the only admin's only device, and names herself.
    let mut mallory = world.copy_of(cleo, &at_cleo);
    let remove = leaves_of(&mallory, account);
    let mut state = mallory.group.state();
    state.admins = vec![mallory.id.account.into()];
    let change = Change { remove, state: Some(state), ..Change::default() };
    let aad = CommitAad {
        previous: mallory.last_commit,
        manifests: vec![newer.to_bytes()],
        ..CommitAad::default()
    };
    let refused = mallory.group.commit(&mallory.kv, &mallory.id, change, aad).unwrap_err();
    assert!(matches!(refused, CryptoError::NotAllowed(SkipReason::AdminsNotAllowed)), "{refused}");
    // Whoever keeps the rules shows it and names nobody.
    let mut anas = world.insider(ana, &group);
    tells(&mut world, &mut anas, &newer, bob);
    let seen = members(&mut world, bob, &at_bob);
    let expected = [("ana", true, 0), ("bob", false, 2), ("cleo", false, 1)];
    assert_eq!(seen, expected.map(|(name, admin, devices)| (name.to_owned(), admin, devices)));
    let notices = world.notices(bob, &at_bob);
    assert!(notices.iter().any(|line| line.contains("Not here yet: ana")), "{notices:?}");
    // Nor later.
    for admins in [json!({"admins_add": ["bob@sim.example"]}), json!({"admins_remove": ["ana@sim.example"]})]
    {
        let mut wanted = admins;
        wanted["conversation"] = at_bob.clone().into();
        assert!(world.call(bob, "conversation.set", wanted).is_err());
    }
    world.say(cleo, &at_cleo, "and on");
    world.settle_for(60_000);
    assert!(world.texts(bob, &at_bob).contains(&"and on".to_owned()));
}

#[test]
fn admin_dismisses_whoever_dropped_their_last_device() {
    let Story { mut world, ana, bob, cleo, group, .. } = story(World::new(8_653));
    let [at_bob, at_cleo] = [bob, cleo].map(|who| world.named(who, "Plans"));
    let newer = next_document(&mut world, bob, moved);
    let mut bobs = world.insider(bob, &at_bob);
    tells(&mut world, &mut bobs, &newer, ana);
    let names =
        |seen: Vec<(String, bool, u64)>| seen.into_iter().map(|one| (one.0, one.2)).collect::<Vec<_>>();
    for (who, key) in [(ana, &group), (cleo, &at_cleo)] {
        let seen = names(members(&mut world, who, key));
        assert_eq!(seen, [("ana".into(), 1), ("bob".into(), 0), ("cleo".into(), 1)]);
    }
    let wanted = json!({"conversation": group, "members": ["bob@sim.example"]});
    world.ok(ana, "conversation.remove", wanted);
    world.settle_for(60_000);
    for (who, key) in [(ana, &group), (cleo, &at_cleo)] {
        assert_eq!(names(members(&mut world, who, key)), [("ana".into(), 1), ("cleo".into(), 1)]);
        let notices = world.notices(who, key);
        assert!(notices.iter().any(|line| line.contains("emoved bob")), "{notices:?}");
    }
}
