//! What members of a group of level two cannot do: use a word twice, put a device's place under other keys, or profit from
//! the moment in which an admin has no device.

use casemate_crypto::conversation::Level;
use casemate_crypto::{Change, CommitAad, CryptoError, MemoryKv, SkipReason, key_package};
use casemate_wire::ids::Hash32;
use serde_json::json;

use super::{Story, story};
use crate::World;

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
