//! What works: people talk, come, go, and change things.

use casemate_content::proto::{ConversationKind, ConversationState};
use casemate_wire::ids::Hash32;

use super::chat::{Chat, Device, LOG, group_of, pair_of};
use crate::conversation::{
    Change, CommitAad, Conversation, EntryKind, PendingCommit, Received, Suite, entry_kind,
};
use crate::testing::Person;

#[test]
fn two_people_talk_in_both_suites() {
    let (ana, bob) = (Person::named("ana"), Person::named("bob"));
    for suite in Suite::ALL {
        let mut chat = Chat::start(suite, &pair_of(&ana, &bob), Device::of(&ana, 0));
        let applied = chat.add(0, vec![Device::of(&bob, 0)]);
        assert_eq!((applied.added.len(), applied.by.account), (1, ana.account));
        assert_eq!(applied.added[0].account, bob.account);
        assert_eq!(chat.devices[1].get().suite(), suite);
        assert_eq!(chat.devices[1].get().log(), LOG);
        chat.everybody_talks();
        // A refresh by the other one, then both again.
        let refresh = chat.note();
        chat.commit(1, Change::default(), refresh);
        chat.everybody_talks();
    }
}

#[test]
fn a_group_of_three_with_several_devices_each() {
    let (ana, bob, eve) =
        (Person::with_devices("ana", 2), Person::with_devices("bob", 2), Person::named("eve"));
    let mut chat = Chat::start(Suite::XWing, &group_of(&ana), Device::of(&ana, 0));
    chat.add(0, vec![Device::of(&ana, 1), Device::of(&bob, 0), Device::of(&bob, 1)]);
    chat.everybody_talks();
    chat.add(2, vec![Device::of(&eve, 0)]);
    chat.everybody_talks();
    let members = chat.devices[4].get().members();
    let accounts: Vec<_> = members.iter().map(|leaf| leaf.account).collect();
    assert_eq!(accounts, [ana.account, ana.account, bob.account, bob.account, eve.account]);
    for (leaf, person) in members.iter().zip([&ana, &ana, &bob, &bob, &eve]) {
        assert_eq!(leaf.manifest().unwrap(), person.manifest());
        assert_eq!((leaf.manifest_hash, leaf.manifest_version), (person.manifest().hash, 1));
        assert_eq!(leaf.handle, person.manifest().handle);
        assert_eq!(chat.devices[0].get().member(leaf.leaf).as_ref(), Some(leaf));
    }
    assert_eq!(chat.devices[0].get().member(99), None);
}

#[test]
fn ones_own_devices_have_a_conversation() {
    let ana = Person::with_devices("ana", 2);
    let state = ConversationState {
        kind: ConversationKind::Own.into(),
        members: vec![ana.account.into()],
        ..ConversationState::default()
    };
    let mut chat = Chat::start(Suite::X25519, &state, Device::of(&ana, 0));
    chat.add(0, vec![Device::of(&ana, 1)]);
    chat.everybody_talks();
}

#[test]
fn who_is_removed_reads_nothing_after_and_who_joins_reads_nothing_before() {
    let (ana, bob, eve) = (Person::named("ana"), Person::named("bob"), Person::named("eve"));
    let mut chat = Chat::group(&[&ana, &bob]);
    let before = chat.devices[0].encrypt("before");
    chat.devices[1].receive(&before, chat.last_commit);
    chat.add(0, vec![Device::of(&eve, 0)]);
    assert!(matches!(chat.devices[2].receive(&before, 0), crate::Received::Undecryptable(_)));
    chat.everybody_talks();

    // Bob, kept as he was: also with everything he ever had he reads nothing more.
    let (bobs_store, bobs_last) = (chat.devices[1].kv.clone(), chat.last_commit);
    let change = Change { remove: vec![chat.devices[0].leaf_of(&bob.id(0))], ..Change::default() };
    let note = chat.note();
    let pending = chat.devices[0].commit(change, note).unwrap();
    let applied = chat.deliver(0, &pending);
    assert_eq!(applied.removed.iter().map(|leaf| leaf.account).collect::<Vec<_>>(), [bob.account]);
    chat.check();
    let after = chat.devices[0].encrypt("after");

    let bob_now = chat.devices[1].get();
    assert!(!bob_now.is_active());
    assert_eq!(bob_now.write_token(), Err(crate::CryptoError::NotMember));
    let mut old =
        Device { id: bob.id(0), conversation: Conversation::load(&bobs_store, LOG).unwrap(), kv: bobs_store };
    assert!(matches!(old.receive(&after, bobs_last), crate::Received::Undecryptable(_)));
    // Even if he ignores the commit that removed him and derives what he can.
    assert!(old.get().write_token().unwrap().hash() != pending.next_write_hash);
    chat.everybody_talks();
}

#[test]
fn whoever_was_removed_can_be_added_again() {
    let (ana, bob) = (Person::named("ana"), Person::named("bob"));
    let mut chat = Chat::group(&[&ana, &bob]);
    let change = Change { remove: vec![chat.devices[0].leaf_of(&bob.id(0))], ..Change::default() };
    let note = chat.note();
    chat.commit(0, change, note);
    let removed = chat.devices.pop().unwrap();
    chat.add(0, vec![Device { conversation: None, ..removed }]);
    chat.everybody_talks();
}

#[test]
fn a_device_that_was_away_is_removed_and_added_in_one_commit() {
    let (ana, bob, eve) = (Person::named("ana"), Person::named("bob"), Person::named("eve"));
    let mut chat = Chat::group(&[&ana, &bob, &eve]);
    // Eve's device has lost its state. Bob, who is no admin, helps.
    let again = Device::of(&eve, 0);
    let package = again.package(Suite::X25519);
    let change = Change {
        add: vec![package.clone()],
        remove: vec![chat.devices[1].leaf_of(&eve.id(0))],
        ..Change::default()
    };
    chat.devices.pop();
    let note = chat.again(&again, &package);
    let pending = chat.devices[1].commit(change, note).unwrap();
    let applied = chat.deliver(1, &pending);
    assert_eq!((applied.added.len(), applied.removed.len()), (1, 1));
    let joined =
        Conversation::join(&again.kv, &again.id, &pending.welcomes[0].joiner, &pending.group_info, LOG)
            .unwrap();
    chat.devices.push(Device { conversation: Some(joined), ..again });
    chat.check();
    chat.everybody_talks();
}

#[test]
fn who_leaves_is_removed_by_the_next_member() {
    let (ana, bob, eve) = (Person::named("ana"), Person::named("bob"), Person::with_devices("eve", 2));
    let mut chat = Chat::group(&[&ana, &bob, &eve]);
    chat.add(0, vec![Device::of(&eve, 1)]);
    let leave = chat.devices[2].get().leave_statements(&eve.id(0));
    // Somebody else's commit comes between.
    let note = chat.note();
    chat.commit(0, Change::default(), note);
    let remove = vec![chat.devices[1].leaf_of(&eve.id(0)), chat.devices[1].leaf_of(&eve.id(1))];
    let note = CommitAad { leaves: vec![leave[1].clone()], ..chat.note() };
    let applied = chat.commit(1, Change { remove, ..Change::default() }, note);
    assert!(applied.removed.iter().all(|leaf| leaf.account == eve.account));
    assert!(!chat.devices[2].get().is_active() && !chat.devices[3].get().is_active());
    chat.everybody_talks();
}

#[test]
fn a_dropped_device_is_removed_by_anybody_who_shows_the_manifest() {
    let (ana, bob, eve) = (Person::named("ana"), Person::named("bob"), Person::with_devices("eve", 2));
    let mut chat = Chat::group(&[&ana, &bob, &eve]);
    chat.add(0, vec![Device::of(&eve, 1)]);
    let newer = eve.drop_device(1);
    let remove = vec![chat.devices[1].leaf_of(&eve.id(1))];
    let note = CommitAad { manifests: vec![newer.manifest().to_bytes()], ..chat.note() };
    chat.commit(1, Change { remove, ..Change::default() }, note);
    assert!(!chat.devices[3].get().is_active());
    chat.everybody_talks();
}

#[test]
fn a_new_manifest_in_the_own_leaf_is_evidence_too() {
    let (ana, bob) = (Person::named("ana"), Person::with_devices("bob", 2));
    let mut chat = Chat::group(&[&ana, &bob]);
    chat.add(0, vec![Device::of(&bob, 1)]);
    let newer = bob.drop_device(1);
    let change = Change { new_manifest: Some(newer.manifest().to_bytes()), ..Change::default() };
    let note = chat.note();
    chat.commit(1, change, note);
    let leaf = chat.devices[0].get().member(chat.devices[0].leaf_of(&bob.id(0))).unwrap();
    assert_eq!((leaf.manifest_version, leaf.manifest_hash), (2, newer.manifest().hash));
    // A later commit keeps it.
    let note = chat.note();
    chat.commit(1, Change::default(), note);
    let leaf = chat.devices[0].get().member(leaf.leaf).unwrap();
    assert_eq!(leaf.manifest_version, 2);
    let remove = vec![chat.devices[0].leaf_of(&bob.id(1))];
    let note = chat.note();
    chat.commit(0, Change { remove, ..Change::default() }, note);
    chat.everybody_talks();
}

#[test]
fn the_state_changes_for_all() {
    let (ana, bob) = (Person::named("ana"), Person::named("bob"));
    let mut chat = Chat::group(&[&ana, &bob]);
    let old = chat.devices[0].get().state();
    let new = ConversationState { name: "climbers".into(), description: "on Sundays".into(), ..old.clone() };
    let note = chat.note();
    let applied = chat.commit(1, Change { state: Some(new.clone()), ..Change::default() }, note);
    assert_eq!((applied.old_state, applied.new_state), (Some(old), Some(new.clone())));
    assert_eq!(chat.devices[0].get().state(), new);
    // A joiner sees it, and it survives the store.
    chat.add(0, vec![Device::of(&Person::named("eve"), 0)]);
    assert_eq!(chat.devices[2].get().state(), new);
    let loaded = Conversation::load(&chat.devices[1].kv, LOG).unwrap().unwrap();
    assert_eq!(loaded.state(), new);
    let note = chat.note();
    let applied = chat.commit(0, Change::default(), note);
    assert_eq!((applied.old_state, applied.new_state), (None, None));
}

#[test]
fn when_the_last_admin_is_gone_anybody_names_a_new_one() {
    let (ana, bob, eve) = (Person::named("ana"), Person::named("bob"), Person::named("eve"));
    let mut chat = Chat::group(&[&ana, &bob, &eve]);
    let leave = chat.devices[0].get().leave_statements(&ana.id(0));
    let state = ConversationState { admins: vec![bob.account.into()], ..chat.devices[1].get().state() };
    let remove = vec![chat.devices[1].leaf_of(&ana.id(0))];
    let note = CommitAad { leaves: vec![leave[1].clone()], ..chat.note() };
    chat.commit(1, Change { remove, state: Some(state), ..Change::default() }, note);
    assert!(chat.devices[1].get().may_send(eve.account));
    chat.everybody_talks();
}

#[test]
fn everything_survives_the_store() {
    let (ana, bob) = (Person::named("ana"), Person::named("bob"));
    let mut chat = Chat::group(&[&ana, &bob]);
    for round in 0..3 {
        for device in &mut chat.devices {
            device.conversation = Conversation::load(&device.kv, LOG).unwrap();
        }
        chat.everybody_talks();
        let note = chat.note();
        chat.commit(round % 2, Change::default(), note);
    }
    assert!(Conversation::load(&chat.devices[0].kv, casemate_wire::ids::LogId([1; 16])).unwrap().is_none());
}

#[test]
fn a_pending_commit_survives_the_store() {
    let (ana, bob, eve) = (Person::named("ana"), Person::named("bob"), Person::named("eve"));
    let mut chat = Chat::group(&[&ana, &bob]);
    let joiner = Device::of(&eve, 0);
    let change = Change { add: vec![joiner.package(Suite::X25519)], ..Change::default() };
    let note = chat.readers(1);
    let pending = chat.devices[0].commit(change, note).unwrap();
    assert_eq!(PendingCommit::from_bytes(&pending.to_bytes()), Some(pending.clone()));
    assert_eq!(PendingCommit::from_bytes(&pending.to_bytes()[1..]), None);
    assert_eq!(entry_kind(&pending.bytes), EntryKind::Commit);
    chat.devices[0].conversation = Conversation::load(&chat.devices[0].kv, LOG).unwrap();
    assert!(chat.devices[0].get().has_pending());
    // Messages go on meanwhile, in the old epoch.
    chat.everybody_talks();
    chat.deliver(0, &pending);
    assert!(!chat.devices[0].get().has_pending());
    let joined =
        Conversation::join(&joiner.kv, &joiner.id, &pending.welcomes[0].joiner, &pending.group_info, LOG)
            .unwrap();
    chat.devices.push(Device { conversation: Some(joined), ..joiner });
    chat.check();
    chat.everybody_talks();
}

#[test]
fn deleting_leaves_nothing_behind() {
    let (ana, bob) = (Person::named("ana"), Person::named("bob"));
    let mut chat = Chat::group(&[&ana, &bob]);
    chat.everybody_talks();
    let note = chat.note();
    chat.commit(0, Change::default(), note);
    for device in &mut chat.devices {
        device.conversation.take().unwrap().delete(&device.kv).unwrap();
        assert!(device.kv.is_empty(), "{} values left", device.kv.len());
    }
}

#[test]
fn conversation_deleted_after_the_own_removal_leaves_nothing_behind() {
    let [ana, bob, eve] = ["ana", "bob", "eve"].map(Person::named);
    let mut chat = Chat::group(&[&ana, &bob, &eve]);
    for by in 0..3 {
        let note = chat.note();
        chat.commit(by, Change::default(), note);
    }
    // Eve's own commit waits while she is removed.
    let note = chat.note();
    chat.devices[2].commit(Change::default(), note).unwrap();
    let remove = vec![chat.devices[0].leaf_of(&chat.devices[2].id)];
    let note = chat.note();
    let pending = chat.devices[0].commit(Change { remove, ..Change::default() }, note.clone()).unwrap();
    let eve = &mut chat.devices[2];
    let received = eve.receive(&pending.bytes, note.previous);
    assert!(matches!(received, Received::Commit(applied) if applied.self_removed));
    eve.conversation.take().unwrap().delete(&eve.kv).unwrap();
    assert!(eve.kv.is_empty(), "{} values left", eve.kv.len());
}

#[test]
fn the_write_token_is_the_epochs() {
    let (ana, bob) = (Person::named("ana"), Person::named("bob"));
    let mut chat = Chat::group(&[&ana, &bob]);
    let mut seen: Vec<Hash32> = vec![chat.devices[1].get().write_token().unwrap().hash()];
    for _ in 0..3 {
        let note = chat.note();
        let applied = chat.commit(0, Change::default(), note);
        let now = chat.devices[1].get().write_token().unwrap().hash();
        assert_eq!(applied.write_hash_next, now);
        assert!(!seen.contains(&now));
        seen.push(now);
    }
}
