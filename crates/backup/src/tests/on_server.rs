//! A backup on a server: which files are in it, and what was deleted is not.

use super::*;

pub(super) fn onto_server(fake: &Fake) -> view::BackedUp {
    let mut rng = ChaCha20Rng::from_os_rng();
    let wanted = BackupCreate::default();
    let made = crate::create_on_server(fake, &wanted, 0, &mut rng).now_or_never();
    made.expect("nothing waits here").unwrap()
}

pub(super) fn off_server(fake: &Fake) -> Result<view::BackupRestored, Error> {
    let wanted = BackupRestore::default();
    crate::restore_from_server(fake, &wanted).now_or_never().expect("nothing waits here")
}

/// Of the same words, encrypted under one key or another.
pub(super) fn name_of(data: &[u8], renewed: bool) -> String {
    let key: &[u8] = if renewed { b"renewed" } else { b"" };
    HEX.encode(&casemate_wire::ids::Hash32::of(&[key, data]).0)
}

/// Whether any piece holds this.
fn is_there(fake: &Fake, words: &str) -> bool {
    fake.server.borrow().values().any(|piece| contains(piece, words.as_bytes()))
}

#[test]
fn a_server_keeps_files_where_they_are_wanted_and_as_far_as_there_is_room() {
    let fake = Fake::new();
    let (first, second) = (onto_server(&fake), onto_server(&fake));
    assert_eq!((first.files, second.left_out), (0, 20));
    fake.files_bytes.set(299);
    assert_eq!(onto_server(&fake).files, 0, "it does not fit");
    fake.files_bytes.set(1_000);
    assert_eq!(onto_server(&fake).files, 1);
    let parts = fake.server.borrow().len();
    assert_eq!((onto_server(&fake).files, fake.server.borrow().len()), (1, parts), "once");
    let other = Fake::new();
    other.server.replace(fake.server.borrow().clone());
    other.index.replace(fake.index.borrow().clone());
    assert_eq!(off_server(&other).unwrap().files, 1);
    assert_eq!(other.brought.borrow()[&"0f".repeat(16)], FILE);
    // A part that is lost is said.
    other.server.borrow_mut().retain(|_, data| data != FILE);
    assert_eq!(other.server.borrow().len(), parts - 1);
    assert!(off_server(&other).unwrap_err().message.contains("1 of its 1 files"));
    // Not on this device any more, it stays in the backup; with its messages it goes.
    let fake = Fake { has_file: false, ..fake };
    assert_eq!(onto_server(&fake).files, 1);
    fake.blocks.borrow_mut().retain(|(_, number), _| *number != 3);
    assert_eq!(onto_server(&fake).files, 0);
    assert!(!fake.server.borrow().values().any(|data| data == FILE));
}

#[test]
fn server_backup_holds_nothing_of_a_block_of_before_though_others_of_its_piece_stay() {
    let fake = Fake::new();
    fake.say(3, 4, "to be deleted");
    fake.say(7, 8, "to be dropped");
    onto_server(&fake);
    assert!(is_there(&fake, "to be deleted") && is_there(&fake, "to be dropped"));
    fake.say(3, 4, "deleted");
    fake.blocks.borrow_mut().remove(&(HEX.encode(&[7; 16]), 8));
    let pieces: BTreeSet<String> = fake.server.borrow().keys().cloned().collect();
    fake.fetched.take();
    let made = onto_server(&fake);
    assert!(!is_there(&fake, "to be deleted") && !is_there(&fake, "to be dropped"));
    let now: BTreeSet<String> = fake.server.borrow().keys().cloned().collect();
    assert_eq!(pieces.difference(&now).count(), 2, "two pieces are written anew, and no other");
    assert_eq!(fake.fetched.borrow().len(), 2);
    assert!(made.bytes_added < 2_000_000, "{made:?}");
    let other = Fake::new();
    other.server.replace(fake.server.borrow().clone());
    other.index.replace(fake.index.borrow().clone());
    off_server(&other).unwrap();
    assert_eq!(*other.put.borrow(), fake.all());
    // Nothing is written anew where nothing changed.
    fake.fetched.take();
    onto_server(&fake);
    assert!(fake.fetched.borrow().is_empty());
}

#[test]
fn server_backup_of_an_earlier_version_or_one_that_was_interrupted_is_packed_by_the_next() {
    let fake = Fake::new();
    fake.say(3, 4, "to be deleted");
    onto_server(&fake);
    let (server, index) = (fake.server.borrow().clone(), fake.index.borrow().clone());
    fake.say(3, 4, "deleted");
    // Of an earlier version: which pieces hold what was before nobody knows.
    fake.packed.take();
    onto_server(&fake);
    assert!(!is_there(&fake, "to be deleted"));
    for patience in 0..100 {
        fake.server.replace(server.clone());
        fake.index.replace(index.clone());
        fake.packed.take();
        fake.patience.set(patience);
        let mut rng = ChaCha20Rng::from_os_rng();
        let wanted = BackupCreate::default();
        let made = crate::create_on_server(&fake, &wanted, 0, &mut rng).now_or_never().unwrap();
        fake.patience.set(usize::MAX);
        onto_server(&fake);
        assert!(!is_there(&fake, "to be deleted"), "killed after {patience}");
        if made.is_ok() {
            return;
        }
    }
    panic!("it was never done");
}

impl Fake {
    /// Another device of the same account.
    fn new_with(fake: &Fake) -> Self {
        let other = Fake::new();
        other.server.replace(fake.server.borrow().clone());
        other.index.replace(fake.index.borrow().clone());
        other
    }
}

/// What the engine does where the passphrase is another one: nothing counts as written under its key.
fn renew(fake: &Fake) {
    fake.packed.take();
    fake.renewed.replace(Some(BTreeSet::new()));
}

fn with_files(fake: &Fake) -> Result<view::BackedUp, Error> {
    let mut rng = ChaCha20Rng::from_os_rng();
    let made = crate::create_on_server(fake, &BackupCreate::default(), 0, &mut rng).now_or_never();
    made.expect("nothing waits here")
}

#[test]
fn server_backup_under_another_passphrase_is_written_anew_also_files_that_are_nowhere_else() {
    let fake = Fake::new();
    fake.files_bytes.set(1 << 30);
    with_files(&fake).unwrap();
    let (server, index) = (fake.server.borrow().clone(), fake.index.borrow().clone());
    let fake = Fake { has_file: false, ..fake };
    for patience in (0..200).step_by(3) {
        fake.server.replace(server.clone());
        fake.index.replace(index.clone());
        renew(&fake);
        fake.patience.set(patience);
        let made = with_files(&fake);
        fake.patience.set(usize::MAX);
        if made.is_err() {
            let back = off_server(&Fake::new_with(&fake)).unwrap();
            assert_eq!((back.messages, back.files), (20_000, 1), "killed after {patience}: it is whole");
            with_files(&fake).unwrap();
        }
        assert!(fake.renewed.borrow().is_none(), "killed after {patience}: all was written anew");
        assert_eq!(off_server(&fake).unwrap().files, 1);
        if made.is_ok() {
            return;
        }
    }
    panic!("it was never done");
}

#[test]
fn server_backup_under_another_passphrase_that_fills_its_room_lets_go_of_what_was_written_anew() {
    let fake = Fake::new();
    fake.files_bytes.set(1 << 30);
    with_files(&fake).unwrap();
    let kept: usize = fake.server.borrow().values().map(Vec::len).sum();
    // For two pieces: what was written anew is let go of by the next index.
    fake.room.set(kept + 1_100_000);
    renew(&fake);
    with_files(&fake).unwrap();
    assert!(fake.renewed.borrow().is_none());
    assert_eq!(off_server(&Fake::new_with(&fake)).unwrap().messages, 20_000);
}
