//! What goes wrong on the way: races, roll-backs, repetitions, broken bytes, failing disks.

use std::cell::Cell;

use casemate_wire::ids::LogId;
use casemate_wire::limits::ENTRY_BYTES;

use super::chat::{Chat, Device, LOG, MARK};
use crate::conversation::rules::SkipReason;
use crate::conversation::{Change, Conversation, EntryKind, Received, Suite, Undecryptable, entry_kind};
use crate::error::CryptoError;
use crate::store::{Kv, KvError, MemoryKv, Value};
use crate::testing::Person;

fn people() -> (Person, Person, Person) {
    (Person::named("ana"), Person::named("bob"), Person::named("eve"))
}

fn group() -> Chat {
    let (ana, bob, eve) = people();
    Chat::group(&[&ana, &bob, &eve])
}

#[test]
fn of_two_commits_at_once_the_first_entry_wins() {
    let mut chat = group();
    let note = chat.note();
    let anas = chat.devices[0].commit(Change::default(), note.clone()).unwrap();
    let bobs = chat.devices[1].commit(Change::default(), note.clone()).unwrap();
    assert_eq!(chat.devices[1].commit(Change::default(), note), Err(CryptoError::CommitPending));
    chat.deliver(0, &anas);
    chat.check();
    assert!(!chat.devices[1].get().has_pending(), "a commit that lost is gone");
    // A server that takes the second as well is answered alike by all.
    chat.skipped_by_all(1, &bobs.bytes, chat.last_commit, SkipReason::Invalid);
    let note = chat.note();
    chat.commit(1, Change::default(), note);
    chat.everybody_talks();
}

#[test]
fn a_discarded_commit_leaves_no_trace() {
    let mut chat = group();
    let note = chat.note();
    chat.devices[1].commit(Change::default(), note).unwrap();
    let bob = &mut chat.devices[1];
    bob.conversation.as_mut().unwrap().discard_pending(&bob.kv).unwrap();
    assert_eq!(bob.conversation.as_mut().unwrap().merge_pending(&bob.kv), Ok(None));
    let note = chat.note();
    chat.commit(0, Change::default(), note);
    chat.everybody_talks();
}

#[test]
fn after_a_roll_back_everything_can_be_done_again() {
    let mut chat = group();
    let bytes = chat.devices[0].encrypt("hello");
    let note = chat.note();
    let pending = chat.devices[0].commit(Change::default(), note).unwrap();
    let previous = chat.last_commit;
    let roll_back = |device: &mut Device, kv: &MemoryKv| {
        device.kv = kv.clone();
        device.conversation = Conversation::load(&device.kv, LOG).unwrap();
    };

    let bob = &mut chat.devices[1];
    let before = bob.kv.clone();
    let first = bob.receive(&bytes, previous);
    assert!(matches!(&first, Received::Message { plaintext, .. } if plaintext == b"hello"));
    roll_back(bob, &before);
    assert_eq!(bob.receive(&bytes, previous), first);
    let before = bob.kv.clone();
    assert!(matches!(bob.receive(&pending.bytes, previous), Received::Commit(_)));
    roll_back(bob, &before);
    assert!(matches!(bob.receive(&pending.bytes, previous), Received::Commit(_)));

    let ana = &mut chat.devices[0];
    let before = ana.kv.clone();
    ana.conversation.as_mut().unwrap().merge_pending(&ana.kv).unwrap().unwrap();
    roll_back(ana, &before);
    assert!(ana.get().has_pending());
    ana.conversation.as_mut().unwrap().merge_pending(&ana.kv).unwrap().unwrap();
    let again = ana.encrypt("and again");
    assert!(matches!(chat.devices[1].receive(&again, previous), Received::Message { .. }));
}

#[test]
fn a_repetition_is_refused_and_changes_nothing() {
    let mut chat = group();
    let bytes = chat.devices[0].encrypt("once");
    let bob = &mut chat.devices[1];
    assert!(matches!(bob.receive(&bytes, 0), Received::Message { .. }));
    let before = bob.kv.clone();
    assert_eq!(bob.receive(&bytes, 0), Received::Undecryptable(Undecryptable::Replayed));
    assert!(bob.kv == before);
    chat.everybody_talks();
}

#[test]
fn a_message_of_an_ended_epoch_is_refused() {
    let mut chat = group();
    let late = chat.devices[2].encrypt("too late");
    let note = chat.note();
    chat.commit(0, Change::default(), note);
    assert_eq!(chat.devices[1].receive(&late, 0), Received::Undecryptable(Undecryptable::WrongEpoch));
    chat.everybody_talks();
}

#[test]
fn lost_and_swapped_messages_do_not_stop_those_after() {
    let mut chat = group();
    let mut sent: Vec<Vec<u8>> = (0..30).map(|n| chat.devices[0].encrypt(&format!("{n}"))).collect();
    sent.drain(3..25);
    sent.swap(4, 5);
    for bytes in &sent {
        assert!(matches!(chat.devices[1].receive(bytes, 0), Received::Message { .. }));
    }
    chat.everybody_talks();
}

#[test]
fn an_own_message_is_not_taken_from_others() {
    let mut chat = group();
    let bytes = chat.devices[0].encrypt("echo");
    assert_eq!(chat.devices[0].receive(&bytes, 0), Received::Own { mark: MARK.to_vec() });
}

#[test]
fn flipped_and_cut_messages_and_commits_change_nothing() {
    let mut chat = group();
    let message = chat.devices[0].encrypt("whole");
    let note = chat.note();
    let previous = chat.last_commit;
    let commit = chat.devices[0].commit(Change::default(), note).unwrap().bytes;
    let bob = &mut chat.devices[1];
    let before = bob.kv.clone();
    for original in [&message, &commit] {
        let flipped = (0..original.len()).map(|byte| {
            let mut broken = original.clone();
            broken[byte] ^= 1 << (byte % 8);
            broken
        });
        let cut = (0..original.len()).map(|len| original[..len].to_vec());
        for broken in flipped.chain(cut).chain([vec![], [&original[..], &[0]].concat()]) {
            match bob.receive(&broken, previous) {
                Received::Undecryptable(_) | Received::Skipped(_) | Received::Refused(..) => {}
                taken => panic!("{taken:?}"),
            }
        }
    }
    assert!(bob.kv == before);
    assert!(matches!(bob.receive(&message, previous), Received::Message { .. }));
    assert!(matches!(bob.receive(&commit, previous), Received::Commit(_)));
}

#[test]
fn what_an_entry_is_shows_without_keys() {
    let mut chat = group();
    assert_eq!(entry_kind(&chat.devices[0].encrypt("x")), EntryKind::Message);
    let note = chat.note();
    let pending = chat.devices[0].commit(Change::default(), note).unwrap();
    assert_eq!(entry_kind(&pending.bytes), EntryKind::Commit);
    for other in [b"".to_vec(), b"hello".to_vec(), chat.devices[0].package(Suite::X25519)] {
        assert_eq!(entry_kind(&other), EntryKind::Other);
    }
}

#[test]
fn lengths_tell_a_bucket_and_the_longest_message_fits_an_entry() {
    for suite in Suite::ALL {
        let (ana, bob, _) = people();
        let mut chat = Chat::start(suite, &super::chat::group_of(&ana), Device::of(&ana, 0));
        chat.add(0, vec![Device::of(&bob, 0)]);
        let lengths = ["yes", "on my way", &"x".repeat(200)].map(|text| chat.devices[0].encrypt(text).len());
        assert!(lengths.iter().all(|len| *len == lengths[0]), "{lengths:?}");

        let ana = &mut chat.devices[0];
        let (mut fits, mut over) = (0, ENTRY_BYTES);
        while over - fits > 1 {
            let middle = (fits + over) / 2;
            match ana.conversation.as_mut().unwrap().encrypt(&ana.kv, &ana.id, &vec![b'x'; middle], &MARK) {
                Ok(bytes) => {
                    assert!(bytes.len() <= ENTRY_BYTES);
                    fits = middle;
                }
                Err(CryptoError::TooLarge(_)) => over = middle,
                Err(error) => panic!("{error}"),
            }
        }
        // A text of the longest kind with its attachments' descriptors.
        assert!(fits > 60_000, "{fits}");
        chat.everybody_talks();
    }
}

#[test]
fn broken_and_misdirected_invitations() {
    let (ana, bob, eve) = people();
    let mut chat = Chat::group(&[&ana, &bob]);
    let mut joiner = Device::of(&eve, 0);
    let change = Change { add: vec![joiner.package(Suite::X25519)], ..Change::default() };
    let note = chat.readers(1);
    let pending = chat.devices[0].commit(change, note).unwrap();
    let (welcome, common) = (&pending.welcomes[0].joiner, &pending.group_info);
    let join = |device: &Device, welcome: &[u8], common: &[u8], log| {
        Conversation::join(&device.kv, &device.id, welcome, common, log).map(|_| ())
    };

    let before = joiner.kv.clone();
    assert!(matches!(join(&joiner, welcome, common, LogId([1; 16])), Err(CryptoError::Invalid(_))));
    for byte in (0..welcome.len()).step_by(11) {
        let mut broken = welcome.clone();
        broken[byte] ^= 1;
        assert!(join(&joiner, &broken, common, LOG).is_err(), "joiner, byte {byte}");
    }
    for byte in (0..common.len()).step_by(41) {
        let mut broken = common.clone();
        broken[byte] ^= 1;
        assert!(join(&joiner, welcome, &broken, LOG).is_err(), "common, byte {byte}");
    }
    assert!(join(&joiner, &welcome[..welcome.len() - 1], common, LOG).is_err());
    assert!(join(&joiner, b"", b"", LOG).is_err());
    assert!(joiner.kv == before, "the key package is still there");

    let stranger = Device::of(&Person::named("zoe"), 0);
    assert_eq!(join(&stranger, welcome, common, LOG), Err(CryptoError::NoKeyPackage));
    // Somebody who is in already is not moved to another group of the same name.
    let again = Device { conversation: None, ..chat.devices.pop().unwrap() };
    assert!(matches!(join(&again, welcome, common, LOG), Err(CryptoError::Invalid(_))));

    joiner.conversation = Conversation::join(&joiner.kv, &joiner.id, welcome, common, LOG).ok();
    assert!(joiner.get().is_active());
    joiner.conversation.take().unwrap().delete(&joiner.kv).unwrap();
    assert_eq!(join(&joiner, welcome, common, LOG), Err(CryptoError::NoKeyPackage), "used up");
}

#[test]
fn the_last_resort_is_not_used_up() {
    let (ana, bob, _) = people();
    let joiner = Device::of(&bob, 0);
    let package = crate::key_package(&joiner.kv, &joiner.id, Suite::X25519, true).unwrap();
    for _ in 0..2 {
        let mut chat = Chat::group(&[&ana]);
        let note = chat.readers(1);
        let change = Change { add: vec![package.clone()], ..Change::default() };
        let pending = chat.devices[0].commit(change, note).unwrap();
        let joined =
            Conversation::join(&joiner.kv, &joiner.id, &pending.welcomes[0].joiner, &pending.group_info, LOG);
        joined.unwrap().delete(&joiner.kv).unwrap();
    }
}

/// Fails at the n-th call.
struct Failing<'a> {
    inner: &'a MemoryKv,
    left: Cell<usize>,
}

impl Failing<'_> {
    fn call(&self) -> Result<(), KvError> {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        if left == 0 { Err(KvError("disk full".into())) } else { Ok(()) }
    }
}

impl Kv for Failing<'_> {
    fn read(&self, key: &[u8]) -> Result<Option<Value>, KvError> {
        self.call()?;
        self.inner.read(key)
    }

    fn write(&self, key: &[u8], value: Value) -> Result<(), KvError> {
        self.call()?;
        self.inner.write(key, value)
    }

    fn delete(&self, key: &[u8]) -> Result<(), KvError> {
        self.call()?;
        self.inner.delete(key)
    }
}

#[test]
fn a_failing_store_is_an_error_and_never_a_skipped_commit() {
    let mut chat = group();
    let message = chat.devices[0].encrypt("hello");
    let note = chat.note();
    let commit = chat.devices[0].commit(Change::default(), note).unwrap().bytes;
    let (previous, bob) = (chat.last_commit, &mut chat.devices[1]);
    for bytes in [&message, &commit] {
        let before = bob.kv.clone();
        for calls in 0.. {
            bob.kv = before.clone();
            let mut conversation = Conversation::load(&bob.kv, LOG).unwrap().unwrap();
            let failing = Failing { inner: &bob.kv, left: Cell::new(calls) };
            let received = conversation.receive(&failing, &bob.id, bytes, previous);
            let stored = received.and_then(|read| conversation.store_ratchets(&failing).map(|()| read));
            match stored {
                Err(_) => continue,
                Ok(Received::Message { .. } | Received::Commit(_)) => {
                    assert!(calls > 0);
                    break;
                }
                Ok(other) => panic!("after {calls} calls: {other:?}"),
            }
        }
        bob.conversation = Conversation::load(&bob.kv, LOG).unwrap();
    }
    assert_eq!(bob.get().epoch(), chat.devices[0].get().epoch() + 1);
}

#[test]
fn a_conversation_cannot_begin_with_a_bad_description() {
    let (ana, bob, eve) = people();
    let device = Device::of(&eve, 0);
    for state in [
        super::chat::group_of(&ana),
        super::chat::pair_of(&ana, &bob),
        casemate_content::proto::ConversationState::default(),
    ] {
        let made = Conversation::create(&device.kv, &device.id, Suite::X25519, LOG, &state);
        assert!(matches!(made, Err(CryptoError::Invalid(_))));
        assert!(device.kv.is_empty());
    }
}

#[test]
fn conversation_a_broken_entry_leaves_in_memory_what_a_restarted_member_has() {
    let mut chat = group();
    let previous = chat.last_commit;
    let broken = |bytes: &[u8]| {
        let mut broken = bytes.to_vec();
        *broken.last_mut().unwrap() ^= 1;
        broken
    };
    // The broken copy of a message, then the message: both read it.
    let message = chat.devices[2].encrypt("hello");
    for restarts in [false, true] {
        let bob = &mut chat.devices[usize::from(restarts)];
        assert!(matches!(bob.receive(&broken(&message), previous), Received::Undecryptable(_)));
        if restarts {
            bob.conversation = Conversation::load(&bob.kv, LOG).unwrap();
        }
        let read = bob.receive(&message, previous);
        assert!(matches!(&read, Received::Message { plaintext, .. } if plaintext == b"hello"), "{read:?}");
    }
    // The same of a commit.
    let note = chat.note();
    let commit = chat.devices[2].commit(Change::default(), note).unwrap();
    for restarts in [false, true] {
        let bob = &mut chat.devices[usize::from(restarts)];
        assert_eq!(bob.receive(&broken(&commit.bytes), previous), Received::Skipped(SkipReason::Invalid));
        if restarts {
            bob.conversation = Conversation::load(&bob.kv, LOG).unwrap();
        }
        let applied = bob.receive(&commit.bytes, previous);
        assert!(matches!(applied, Received::Commit(_)), "{applied:?}");
    }
}

#[test]
fn conversation_ratchets_are_stored_when_that_is_asked_for() {
    let mut chat = group();
    let previous = chat.last_commit;
    let messages: Vec<Vec<u8>> = (0..3).map(|_| chat.devices[2].encrypt("hello")).collect();
    let bob = &mut chat.devices[0];
    let is_read = |read: &Received| matches!(read, Received::Message { .. });
    let is_repeated = |read: &Received| *read == Received::Undecryptable(Undecryptable::Replayed);
    for message in &messages[..2] {
        assert!(is_read(&bob.receive(message, previous)));
        assert!(is_repeated(&bob.receive(message, previous)));
    }
    // A device that ended before they were stored reads on, and could read the same once more.
    assert!(bob.conversation.as_ref().unwrap().is_ahead());
    bob.conversation = Conversation::load(&bob.kv, LOG).unwrap();
    assert!(is_read(&bob.receive(&messages[1], previous)));
    bob.conversation.as_mut().unwrap().store_ratchets(&bob.kv).unwrap();
    bob.conversation = Conversation::load(&bob.kv, LOG).unwrap();
    assert!(is_repeated(&bob.receive(&messages[1], previous)));
    assert!(is_read(&bob.receive(&messages[2], previous)));
    // What is given up is loaded again: it does not bring back what was read before.
    let note = chat.note();
    let mut commit = chat.devices[2].commit(Change::default(), note).unwrap().bytes;
    *commit.last_mut().unwrap() ^= 1;
    let bob = &mut chat.devices[0];
    assert_eq!(bob.receive(&commit, previous), Received::Skipped(SkipReason::Invalid));
    assert!(is_repeated(&bob.receive(&messages[2], previous)));
}
