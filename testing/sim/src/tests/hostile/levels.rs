//! What members of a group of level two cannot do: use a word twice, or put a device's place under other keys. What they can still do
//! at level one is said, and undone.

use casemate_crypto::conversation::{Level, inspect_key_package, old_key_package};
use casemate_crypto::{Change, CommitAad, CryptoError, MemoryKv, SkipReason, key_package};
use casemate_wire::ids::Hash32;
use casemate_wire::proto::wire::server_frame::Body;
use serde_json::json;

use super::{Story, story};
use crate::{ClientId, World};

#[test]
fn word_that_one_leaves_puts_nobody_out_who_came_back() {
    let Story { mut world, ana, bob, cleo, group, .. } = story(World::new(8_600));
    let at_bob = world.named(bob, "Plans");
    let copy = world.copy_of(bob, &at_bob);
    assert_eq!(copy.group.level(), Level::Two);
    // What his device says when he leaves, and what it would have said to an older group.
    let words = copy.group.leave_statements(&copy.id);
    world.ok(bob, "conversation.leave", json!({"conversation": at_bob}));
    world.settle_for(60_000);
    assert_eq!(world.devices_in(ana, &group), 2, "his word has put him out");
    let address = world.address(bob);
    world.ok(ana, "conversation.add", json!({"conversation": group, "members": [address]}));
    world.settle();
    world.ok(bob, "conversation.accept", json!({"conversation": at_bob}));
    world.settle();
    let members = world.devices_in(ana, &group);
    assert!(members > 2, "he is back");

    let at_cleo = world.named(cleo, "Plans");
    let mut mallory = world.copy_of(cleo, &at_cleo);
    let bobs = mallory.group.members().into_iter().filter(|leaf| leaf.account == copy.id.account);
    let remove: Vec<u32> = bobs.map(|leaf| leaf.leaf).collect();
    for word in words {
        let change = Change { remove: remove.clone(), ..Change::default() };
        let aad = CommitAad { previous: mallory.last_commit, leaves: vec![word], ..CommitAad::default() };
        let refused = mallory.group.commit(&mallory.kv, &mallory.id, change, aad).unwrap_err();
        assert!(matches!(refused, CryptoError::NotAllowed(SkipReason::BadEvidence)), "{refused}");
    }
    world.settle_for(60_000);
    assert_eq!(world.devices_in(ana, &group), members);
}

#[test]
fn member_that_did_not_ask_is_not_put_in_anew_without_a_welcome() {
    let Story { mut world, ana, bob, cleo, group, .. } = story(World::new(8_601));
    let at_cleo = world.named(cleo, "Plans");
    let mut mallory = world.copy_of(cleo, &at_cleo);
    let bobs = world.identity_of(bob);
    // As she may have kept it from another group: a true key package of his device.
    let package = key_package(&MemoryKv::new(), &bobs, mallory.group.suite(), false).unwrap();
    let leaf = mallory.group.members().into_iter().find(|leaf| leaf.device == bobs.device).unwrap();
    let change = Change { add: vec![package], remove: vec![leaf.leaf], ..Change::default() };
    let aad = CommitAad {
        previous: mallory.last_commit,
        add_readers: vec![Hash32([1; 32])],
        ..CommitAad::default()
    };
    let refused = mallory.group.commit(&mallory.kv, &mallory.id, change, aad).unwrap_err();
    assert!(matches!(refused, CryptoError::NotAllowed(SkipReason::NotAsked)), "{refused}");
    world.say(ana, &group, "as before");
    world.settle();
    let at_bob = world.named(bob, "Plans");
    assert!(world.texts(bob, &at_bob).contains(&"as before".to_owned()));
}

/// Ana's group with Bob, Cleo and Dora, whose program is one of the first versions and who is away.
pub fn group_of_level_one(world: &mut World) -> [ClientId; 3] {
    let [ana, bob, cleo, dora] = ["ana", "bob", "cleo", "dora"].map(|name| world.person(name));
    for (one, other) in [(ana, bob), (ana, cleo), (ana, dora), (bob, cleo)] {
        world.befriend(one, other);
    }
    let doras = world.identity_of(dora);
    world.sleep(dora, i64::MAX / 4);
    world.lie_to(ana, move |body| {
        if let Body::KeyPackage(answer) = body
            && let Ok((suite, leaf)) = inspect_key_package(&answer.key_package)
            && leaf.device == doras.device
        {
            answer.key_package = old_key_package(&MemoryKv::new(), &doras, suite).unwrap().into();
        }
        true
    });
    let others = [bob, cleo, dora].map(|who| world.address(who));
    world.ok(ana, "conversation.create", json!({"members": others, "name": "Plans"}));
    world.settle();
    for who in [bob, cleo] {
        world.accept_groups(who);
    }
    world.settle();
    world.tamper = None;
    [ana, bob, cleo]
}

#[test]
fn device_that_is_replaced_unasked_at_level_one_is_said_to_all_and_comes_back() {
    let mut world = World::new(8_602);
    let [ana, bob, cleo] = group_of_level_one(&mut world);
    let [at_ana, at_bob, at_cleo] = [ana, bob, cleo].map(|who| world.named(who, "Plans"));
    world.say(bob, &at_bob, "before");
    world.settle();
    let mut mallory = world.insider(cleo, &at_cleo);
    assert_eq!(mallory.group.level(), Level::One);
    let bobs = world.identity_of(bob);
    let package = key_package(&MemoryKv::new(), &bobs, mallory.group.suite(), false).unwrap();
    let leaf = mallory.group.members().into_iter().find(|leaf| leaf.device == bobs.device).unwrap();
    let change = Change { add: vec![package], remove: vec![leaf.leaf], ..Change::default() };
    let aad = CommitAad {
        previous: mallory.last_commit,
        add_readers: vec![Hash32([1; 32])],
        ..CommitAad::default()
    };
    let pending = mallory.group.commit(&mallory.kv, &mallory.id, change, aad).unwrap();
    let mut note = mallory.commit_note(pending.next_write_hash);
    note.add_readers = vec![Hash32([1; 32]).into()];
    // Bob's reader stays: he reads how he goes. She may as well leave it out.
    note.keep_readers = mallory.all_readers();
    world.append(&mut mallory, pending.bytes, Some(note)).unwrap();
    world.settle_for(300_000);
    let said = world.notices(ana, &at_ana);
    assert!(said.iter().any(|line| line == "cleo replaced a device of bob."), "{said:?}");
    let said = world.notices(bob, &at_bob);
    assert!(said.iter().any(|line| line == "cleo replaced a device of yours."), "{said:?}");
    // He asked, and is back.
    world.say(bob, &at_bob, "here again");
    world.settle_for(120_000);
    assert!(world.texts(ana, &at_ana).contains(&"here again".to_owned()));
    world.say(ana, &at_ana, "good");
    world.settle_for(120_000);
    assert!(world.texts(bob, &at_bob).contains(&"good".to_owned()));
}
