//! The log as clients and auditors see it, and servers that lie about it.

use casemate_transparency::audit::Audited;
use casemate_transparency::epochs::{extends, includes};
use casemate_transparency::{Broken, Head, Relation, history, label, lookup};
use casemate_wire::handle::Handle;
use casemate_wire::ids::Hash32;
use casemate_wire::proto::transparency as proto;
use ed25519_dalek::SigningKey;
use prost::Message;
use rand_core::OsRng;

use super::{Change, HEAD_MS, Transparency, VERSIONS};

const NOW: i64 = 1_795_176_000_000;

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn public() -> [u8; 32] {
    key().verifying_key().to_bytes()
}

fn handle(name: &str) -> Handle {
    Handle::parse(name).unwrap()
}

fn change(number: i64, name: &str, value: u8) -> Change {
    Change { number, name: label(&handle(name)), value: Hash32([value; 32]) }
}

fn log() -> Transparency {
    Transparency::open(None, [1; 16], key(), &mut OsRng).unwrap()
}

fn head(log: &mut Transparency) -> Head {
    Head::verify(&log.head(NOW).unwrap(), &public()).unwrap()
}

fn found(log: &mut Transparency, name: &str) -> Result<Hash32, Broken> {
    let shown = log.shown(&label(&handle(name)), NOW).unwrap();
    let head = Head::verify(&shown.head.unwrap(), &public())?;
    lookup::verify(&head, &handle(name), &shown.lookup.unwrap()).map(|logged| logged.manifest)
}

fn values(log: &mut Transparency, name: &str) -> Vec<Hash32> {
    let proof = log.history(&label(&handle(name))).unwrap().unwrap();
    history::verify(&head(log), &handle(name), &proof).unwrap().hashes
}

/// A log with epochs in which Ana has as many versions, among others.
fn busy(epochs: u8) -> Transparency {
    let mut log = log();
    for epoch in 1..=epochs {
        let other = format!("other{epoch}");
        let changes = [change(i64::from(epoch), "ana", epoch), change(0, &other, 1)];
        assert!(log.publish(&changes, NOW).unwrap());
    }
    log
}

#[test]
fn what_is_published_is_found_and_its_history_with_it() {
    let mut log = busy(5);
    assert_eq!(log.epochs().unwrap(), 5);
    assert_eq!(found(&mut log, "ana"), Ok(Hash32([5; 32])));
    assert_eq!(found(&mut log, "other2"), Ok(Hash32([1; 32])));
    assert_eq!(values(&mut log, "ana"), (1..=5).map(|value| Hash32([value; 32])).collect::<Vec<_>>());
    assert_eq!(log.newest(&label(&handle("ana"))).unwrap(), Some(Hash32([5; 32])));
    // Nobody of this name: the promise is all there is.
    assert!(log.shown(&label(&handle("bob")), NOW).unwrap().lookup.is_none());
    assert!(log.history(&label(&handle("bob"))).unwrap().is_none());
}

#[test]
fn of_very_many_versions_the_newest_are_shown() {
    let mut log = log();
    for number in 0..VERSIONS as u32 + 2 {
        let value = Hash32::of(&[&number.to_be_bytes()]);
        log.publish(&[Change { number: 1, name: label(&handle("ana")), value }], NOW).unwrap();
        if [VERSIONS as u32 - 2, VERSIONS as u32 - 1, VERSIONS as u32 + 1].contains(&number) {
            let proof = log.history(&label(&handle("ana"))).unwrap().unwrap();
            assert!(proof.encoded_len() < casemate_wire::limits::FRAME_BYTES);
            let values = history::verify(&head(&mut log), &handle("ana"), &proof).unwrap();
            assert_eq!(values.hashes.last(), Some(&value));
            assert_eq!(values.first, u64::from(number + 2).saturating_sub(VERSIONS).max(1));
            // A server that shows less of it.
            let mut less = proof.clone();
            less.updates.pop();
            assert!(history::verify(&head(&mut log), &handle("ana"), &less).is_err());
        }
    }
}

#[test]
fn nothing_new_is_no_epoch() {
    let mut log = busy(2);
    assert!(!log.publish(&[change(9, "ana", 2)], NOW).unwrap());
    assert_eq!(log.epochs().unwrap(), 2);
    assert_eq!(log.taken().unwrap(), [9]);
}

#[test]
fn a_file_that_was_closed_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("transparency.db");
    let open = || Transparency::open(Some(&path), [1; 16], key(), &mut OsRng).unwrap();
    let mut log = open();
    log.publish(&[change(1, "ana", 1), change(2, "bob", 1)], NOW).unwrap();
    let before = head(&mut log);
    drop(log);
    let mut log = open();
    assert_eq!(before.relation(&head(&mut log)), Relation::Same);
    log.publish(&[change(3, "ana", 2)], NOW).unwrap();
    assert_eq!(found(&mut log, "ana"), Ok(Hash32([2; 32])));
    assert_eq!(values(&mut log, "ana").len(), 2);
    let now = head(&mut log);
    extends(&before, &now, log.extensions(&[1]).unwrap().first()).unwrap();
}

#[test]
fn a_head_is_signed_anew_each_hour_and_when_there_is_news() {
    let mut log = busy(1);
    let at = |log: &mut Transparency, now| Head::verify(&log.head(now).unwrap(), &public()).unwrap().at_ms;
    assert_eq!(at(&mut log, NOW), NOW);
    assert_eq!(at(&mut log, NOW + HEAD_MS - 1), NOW);
    assert_eq!(at(&mut log, NOW + HEAD_MS), NOW + HEAD_MS);
    log.publish(&[change(7, "ana", 7)], NOW + HEAD_MS + 1).unwrap();
    assert_eq!(at(&mut log, NOW + HEAD_MS + 5), NOW + HEAD_MS + 5);
    // A clock that went back.
    assert_eq!(at(&mut log, NOW), NOW);
}

#[test]
fn every_head_goes_on_from_every_earlier_one_and_from_no_other() {
    let mut log = log();
    let mut heads = vec![head(&mut log)];
    for epoch in 1..=20u8 {
        log.publish(&[change(1, "ana", epoch)], NOW).unwrap();
        heads.push(head(&mut log));
    }
    let newest = heads.last().unwrap();
    for older in &heads {
        let extension = log.extensions(&[older.epoch]).unwrap().pop();
        extends(older, newest, extension.as_ref()).unwrap();
        if (1..20).contains(&older.epoch) {
            assert_eq!(extends(older, newest, None), Err(Broken::Proof));
            let mut bent = extension.unwrap();
            let mut hashes = bent.hashes.to_vec();
            hashes[0] ^= 1;
            bent.hashes = hashes.into();
            assert_eq!(extends(older, newest, Some(&bent)), Err(Broken::Proof));
        }
    }
    // What was there is no more.
    assert_eq!(extends(newest, &heads[3], None), Err(Broken::Conflict));
    // Another history of as many epochs.
    let mut other = busy(20);
    let stranger = head(&mut other);
    let extension = log.extensions(&[20]).unwrap().pop();
    assert_eq!(
        extends(&stranger, newest, extension.as_ref()),
        Err(Broken::Conflict),
        "two views of one epoch"
    );
}

#[test]
fn two_views_of_a_log_never_meet_again() {
    // One server, one key, two logs that differ in one account from epoch 3 on.
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("one.db"), folder.path().join("two.db"));
    let open = |path| Transparency::open(Some(path), [1; 16], key(), &mut OsRng).unwrap();
    let mut shown_to_all = open(&path);
    for epoch in 1..=2 {
        shown_to_all.publish(&[change(1, "ana", epoch), change(2, "bob", epoch)], NOW).unwrap();
    }
    drop(shown_to_all);
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
    drop(db);
    let (mut shown_to_all, mut shown_to_bob) = (open(&path), open(&copy));
    shown_to_all.publish(&[change(3, "bob", 3)], NOW).unwrap();
    shown_to_bob.publish(&[change(3, "ana", 66)], NOW).unwrap();
    assert_eq!(found(&mut shown_to_bob, "ana"), Ok(Hash32([66; 32])), "the forged one looks right to Bob");
    assert_eq!(head(&mut shown_to_all).relation(&head(&mut shown_to_bob)), Relation::Conflict);
    // Epochs later, whichever of the two goes on.
    let bobs = head(&mut shown_to_bob);
    for epoch in 4..9 {
        shown_to_all.publish(&[change(3, "bob", epoch)], NOW).unwrap();
        let head = head(&mut shown_to_all);
        let extension = shown_to_all.extensions(&[bobs.epoch]).unwrap().pop();
        assert_eq!(extends(&bobs, &head, extension.as_ref()), Err(Broken::Proof));
    }
}

#[test]
fn a_proof_is_for_one_name_one_value_and_one_head() {
    let mut log = busy(6);
    let shown = log.shown(&label(&handle("ana")), NOW).unwrap();
    let now = head(&mut log);
    let proof = shown.lookup.unwrap();
    assert!(lookup::verify(&now, &handle("ana"), &proof).is_ok());
    assert_eq!(lookup::verify(&now, &handle("other1"), &proof), Err(Broken::Proof), "another's");
    // An old answer under a new head: the version is marked as past there.
    log.publish(&[change(7, "ana", 7)], NOW).unwrap();
    assert_eq!(lookup::verify(&head(&mut log), &handle("ana"), &proof), Err(Broken::Proof), "replayed");
    // Every bit counts.
    let bytes = proof.encode_to_vec();
    for at in (0..bytes.len()).step_by(7) {
        let mut bent = bytes.clone();
        bent[at] ^= 1 << (at % 8);
        let Ok(bent) = proto::Lookup::decode(&bent[..]) else { continue };
        if bent != proof {
            assert!(lookup::verify(&now, &handle("ana"), &bent).is_err(), "byte {at}");
        }
    }
    // Versions that akd would count on.
    let zero = proto::Lookup { version: 0, ..proof };
    assert_eq!(lookup::verify(&now, &handle("ana"), &zero), Err(Broken::Malformed));
}

#[test]
fn a_history_without_one_of_its_versions_is_refused() {
    let mut log = busy(6);
    let now = head(&mut log);
    let proof = log.history(&label(&handle("ana"))).unwrap().unwrap();
    for left_out in 0..proof.updates.len() {
        let mut less = proof.clone();
        less.updates.remove(left_out);
        assert!(history::verify(&now, &handle("ana"), &less).is_err(), "{left_out}");
    }
    let mut swapped = proof.clone();
    swapped.updates.swap(0, 1);
    assert!(history::verify(&now, &handle("ana"), &swapped).is_err());
    assert!(history::verify(&now, &handle("other1"), &proof).is_err());
    let none = proto::History::default();
    assert!(history::verify(&now, &handle("ana"), &none).is_err());
}

async fn audit(log: &mut Transparency, audited: &mut Audited) -> Result<usize, Broken> {
    let mut bytes = 0;
    loop {
        let page = log.page(audited.epoch, audited.known(), NOW).unwrap();
        bytes += page.encoded_len();
        audited.take(&page, &public()).await?;
        if audited.is_complete() {
            return Ok(bytes);
        }
    }
}

#[tokio::test]
async fn an_auditor_verifies_all_from_the_beginning_and_then_what_is_new() {
    let mut log = busy(9);
    let mut audited = Audited::nothing();
    audit(&mut log, &mut audited).await.unwrap();
    assert_eq!(audited.epoch, 9);
    assert_eq!(audited.root, head(&mut log).root);
    // A quiet server.
    assert!(audit(&mut log, &mut audited).await.unwrap() < 1_000);
    log.publish(&[change(9, "ana", 99)], NOW).unwrap();
    audit(&mut log, &mut audited).await.unwrap();
    assert_eq!(audited.epoch, 10);
}

#[tokio::test]
async fn an_empty_log_is_audited_too() {
    let (mut log, mut audited) = (log(), Audited::nothing());
    audit(&mut log, &mut audited).await.unwrap();
    assert_eq!(audited.epoch, 0);
}

#[tokio::test]
async fn an_auditor_refuses_what_was_changed_left_out_or_forked() {
    let mut log = busy(6);
    let page = log.page(0, 0, NOW).unwrap();
    let refused = async |change: &dyn Fn(&mut proto::Epochs)| {
        let mut page = page.clone();
        change(&mut page);
        let mut audited = Audited::nothing();
        let broken = audited.take(&page, &public()).await.unwrap_err();
        assert_eq!(audited, Audited::nothing(), "nothing of it counts");
        broken
    };
    assert_eq!(refused(&|page| drop(page.epochs.remove(2))).await, Broken::Malformed);
    assert_eq!(refused(&|page| page.epochs.clear()).await, Broken::Malformed);
    assert_eq!(refused(&|page| page.head = None).await, Broken::Malformed);
    let bend = |page: &mut proto::Epochs, at: usize| {
        let mut appended = proto::Appended::decode(page.epochs[at].appended.clone()).unwrap();
        let mut inserted = appended.inserted.to_vec();
        inserted[40] ^= 1;
        appended.inserted = inserted.into();
        page.epochs[at].appended = appended.encode_to_vec().into();
    };
    assert_eq!(refused(&|page| bend(page, 0)).await, Broken::Proof);
    assert_eq!(refused(&|page| bend(page, 5)).await, Broken::Proof);
    let unsaid = |page: &mut proto::Epochs| {
        let mut appended = proto::Appended::decode(page.epochs[4].appended.clone()).unwrap();
        appended.unchanged.pop();
        page.epochs[4].appended = appended.encode_to_vec().into();
    };
    assert_eq!(refused(&unsaid).await, Broken::Proof);
    let elsewhere = |page: &mut proto::Epochs| {
        page.epochs[3].inclusion = page.epochs[2].inclusion.clone();
    };
    assert_eq!(refused(&elsewhere).await, Broken::Proof);
    // Another log under the same key, after this one was audited.
    let mut audited = Audited::nothing();
    audit(&mut log, &mut audited).await.unwrap();
    let mut other = busy(8);
    let page = other.page(audited.epoch, audited.known(), NOW).unwrap();
    assert!(matches!(audited.take(&page, &public()).await, Err(Broken::Proof | Broken::Conflict)));
    // After a backup: said, never taken for the same.
    let mut restored = Transparency::open(None, [2; 16], key(), &mut OsRng).unwrap();
    restored.publish(&[change(1, "ana", 1)], NOW).unwrap();
    let page = restored.page(audited.epoch, audited.known(), NOW).unwrap();
    assert_eq!(audited.take(&page, &public()).await, Err(Broken::Restored));
}

#[test]
fn inclusion_of_every_epoch_in_every_later_tree() {
    let mut log = log();
    for epoch in 1..=17u8 {
        log.publish(&[change(1, "ana", epoch)], NOW).unwrap();
        let head = head(&mut log);
        for earlier in 1..=u64::from(epoch) {
            let root = log.store.epoch_root(earlier).unwrap();
            let proof = log.store.inclusion(earlier, head.epoch).unwrap().concat();
            includes(&head, earlier, &root, &proof).unwrap();
            assert!(includes(&head, earlier, &[1; 32], &proof).is_err());
        }
        let root = log.store.epoch_root(1).unwrap();
        assert!(includes(&head, 0, &root, &[]).is_err());
        assert!(includes(&head, u64::from(epoch) + 1, &root, &[]).is_err());
    }
}
