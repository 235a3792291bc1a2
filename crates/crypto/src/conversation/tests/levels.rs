//! A conversation's level rises when all its devices know the higher one, and never falls.

use casemate_content::proto::{Permissions, Who};
use openmls::prelude::OpenMlsProvider as _;
use prost::Message as _;

use super::chat::{Chat, Device, group_of};
use super::skipped::{context, forge, note};
use crate::conversation::book::Book;
use crate::conversation::rules::SkipReason;
use crate::conversation::suite::{self, Context, group_extensions, package_of, parse_key_package};
use crate::conversation::{Change, CommitAad, Level, Suite};
use crate::provider::Provider;
use crate::testing::Person;

/// A key package of a device that runs a first version.
fn old_package(device: &Device) -> Vec<u8> {
    package_of(&device.kv, &device.id, Suite::X25519, false, Level::One, None).unwrap()
}

fn ana() -> Person {
    Person::named("ana")
}

/// Ana, who runs this version, and Bob, whose device joined with an older one.
fn with_an_old_device() -> Chat {
    let mut chat = Chat::start(Suite::X25519, &group_of(&ana()), Device::of(&ana(), 0));
    let bob = Device::of(&Person::named("bob"), 0);
    let package = old_package(&bob);
    chat.add_by(0, vec![(bob, package)]);
    chat
}

fn levels(chat: &Chat) -> Vec<Level> {
    chat.devices.iter().map(|device| device.get().level()).collect()
}

#[test]
fn a_new_conversation_rises_with_its_first_commit() {
    let mut chat = Chat::start(Suite::XWing, &group_of(&ana()), Device::of(&ana(), 0));
    assert_eq!(levels(&chat), [Level::One]);
    chat.add(0, vec![Device::of(&Person::named("bob"), 0)]);
    assert_eq!(levels(&chat), [Level::Two; 2]);
    chat.everybody_talks();
    // It stays, with a change of the state and without, and after the store.
    let state =
        casemate_content::proto::ConversationState { name: "b".into(), ..chat.devices[1].get().state() };
    let aad = chat.note();
    chat.commit(1, Change { state: Some(state), ..Change::default() }, aad);
    let aad = chat.note();
    chat.commit(0, Change::default(), aad);
    chat.reload();
    assert_eq!(levels(&chat), [Level::Two; 2]);
    chat.everybody_talks();
}

#[test]
fn one_device_that_does_not_know_the_new_rules_keeps_the_old_ones() {
    let mut chat = with_an_old_device();
    for by in [0, 0] {
        let aad = chat.note();
        chat.commit(by, Change::default(), aad);
        assert_eq!(levels(&chat), [Level::One; 2]);
    }
    chat.everybody_talks();
    // It was updated: its next commit says so, the one after raises the level.
    let aad = chat.note();
    chat.commit(1, Change::default(), aad);
    assert_eq!(levels(&chat), [Level::One; 2]);
    let aad = chat.note();
    let applied = chat.commit(0, Change::default(), aad);
    assert_eq!(levels(&chat), [Level::Two; 2]);
    assert_eq!((applied.old_state, applied.new_state), (None, None), "nothing that anybody sees");
    chat.everybody_talks();
}

#[test]
fn whoever_commits_raises_the_level_also_where_only_admins_edit() {
    let mut chat = with_an_old_device();
    let state = casemate_content::proto::ConversationState {
        permissions: Some(Permissions { edit: Who::Admins.into(), ..Permissions::default() }),
        ..chat.devices[0].get().state()
    };
    let aad = chat.note();
    chat.commit(0, Change { state: Some(state), ..Change::default() }, aad);
    for _ in 0..2 {
        let aad = chat.note();
        chat.commit(1, Change::default(), aad);
    }
    assert_eq!(levels(&chat), [Level::Two; 2]);
}

#[test]
fn a_level_raised_past_a_device_that_does_not_know_it_is_not_even_made() {
    let mut chat = with_an_old_device();
    let aad = chat.note();
    let state = chat.devices[0].get().state().encode_to_vec();
    let device = &mut chat.devices[0];
    let provider = Provider::new(&device.kv);
    let group = &mut device.conversation.as_mut().unwrap().group;
    let built = group
        .commit_builder()
        .force_self_update(true)
        .add_proposal(note(&aad))
        .propose_group_context_extensions(group_extensions(&context(Level::Two, &state)))
        .unwrap()
        .load_psks(provider.storage())
        .unwrap()
        .build(provider.rand(), provider.crypto(), &device.id, |_| true);
    assert!(built.is_err(), "members' libraries check the same when they read it");
}

#[test]
fn a_level_raised_beside_an_added_device_that_does_not_know_it_is_skipped() {
    let mut chat = with_an_old_device();
    let aad = chat.note();
    chat.commit(1, Change::default(), aad);
    // Both know it by now, and the next commit may raise it.
    let (aad, previous) = (chat.readers(1), chat.last_commit);
    let state = chat.devices[0].get().state().encode_to_vec();
    let old = parse_key_package(&old_package(&Device::of(&Person::named("eve"), 0))).unwrap();
    let bytes = forge(&mut chat, |builder| {
        builder
            .propose_adds([old])
            .add_proposal(note(&aad))
            .propose_group_context_extensions(group_extensions(&context(Level::Two, &state)))
            .unwrap()
    });
    chat.skipped_by_all(1, &bytes, previous, SkipReason::BadLevel);
}

#[test]
fn a_level_never_falls() {
    let mut chat = Chat::group(&[&ana(), &Person::named("bob"), &Person::named("eve")]);
    assert_eq!(levels(&chat), [Level::Two; 3]);
    let (aad, previous) = (chat.note(), chat.last_commit);
    let state = chat.devices[0].get().state().encode_to_vec();
    let bytes = forge(&mut chat, |builder| {
        builder
            .add_proposal(note(&aad))
            .propose_group_context_extensions(group_extensions(&context(Level::One, &state)))
            .unwrap()
    });
    chat.skipped_by_all(1, &bytes, previous, SkipReason::BadLevel);
}

#[test]
fn a_device_that_does_not_know_the_rules_is_not_added_where_they_count() {
    let mut chat = Chat::group(&[&ana(), &Person::named("bob")]);
    let zoe = Device::of(&Person::named("zoe"), 0);
    let change = Change { add: vec![old_package(&zoe)], ..Change::default() };
    let aad = chat.readers(1);
    let refused = chat.devices[0].commit(change, aad);
    assert_eq!(refused, Err(crate::CryptoError::NotAllowed(SkipReason::BadLevel)));
    chat.everybody_talks();
}

#[test]
fn what_a_group_keeps_of_its_accounts_is_the_same_for_all_and_goes_when_it_is_met() {
    let (bob, eve) = (Person::with_devices("bob", 2), Person::named("eve"));
    let mut chat = Chat::group(&[&ana(), &bob, &eve]);
    chat.add(0, vec![Device::of(&bob, 1)]);
    // Ana shows that Bob has dropped both devices; his new one is not there yet.
    let newer = bob.add_device(2).next(|document| {
        document.devices.drain(..2);
        document.devices[0].primary = true;
    });
    let remove = [1, 3].map(|n| chat.devices[0].leaf_of(&chat.devices[n].id)).to_vec();
    let aad = CommitAad { manifests: vec![newer.manifest().to_bytes()], ..chat.note() };
    let applied = chat.commit(0, Change { remove, ..Change::default() }, aad);
    let awaited = applied.awaited.unwrap();
    assert_eq!((awaited.before, awaited.now), (vec![], vec![bob.account]));
    assert!(chat.devices[2].get().is_below_floor(&bob.manifest()));
    assert!(!chat.devices[2].get().is_below_floor(&newer.manifest()));
    assert_eq!((applied.old_state, applied.new_state), (None, None), "nothing that anybody edits");
    // It is stored, stays over other commits, and a newcomer has it too.
    chat.reload();
    let zoe = Device::of(&Person::named("zoe"), 0);
    assert_eq!(chat.add(0, vec![zoe]).awaited, None);
    assert_eq!(chat.devices[4].get().awaited(), [bob.account]);
    // The dropped device comes back by nobody's commit.
    let back = Device::of(&bob, 1);
    let change = Change { add: vec![back.package(Suite::X25519)], ..Change::default() };
    let aad = chat.readers(1);
    let refused = chat.devices[2].commit(change, aad);
    assert_eq!(refused, Err(crate::CryptoError::NotAllowed(SkipReason::BelowFloor)));
    // The new one does by anybody's, and nothing is kept any more.
    let applied = chat.add(2, vec![Device::of(&newer, 2)]);
    assert_eq!(applied.awaited.unwrap().now, []);
    assert!(!chat.devices[0].get().has_floor(bob.account));
    chat.everybody_talks();
}

#[test]
fn a_book_at_level_one_is_no_description_of_a_group() {
    let book = Book::default().with(&ana().manifest());
    let bad = [
        Context { level: Level::One, state: &b"x"[..], book: book.clone() },
        Context { level: Level::Two, state: &b"x"[..], book },
    ];
    let read = bad.map(|context| suite::context(&group_extensions(&context)).is_some());
    assert_eq!(read, [false, true]);
}
