//! A new passphrase of the backup on the server is a new key: what is written from then on, and in the end all that is there, opens with it alone.

use std::cell::{Cell, RefCell};
use std::io::{Read, Write};

use casemate_api::command::{AttachmentKind, BackupCreate, BackupRestore};
use casemate_api::{Command, Error, Kind, view};
use casemate_backup::Source;
use casemate_content::proto::{BackupEarlier, BackupIndex};
use casemate_crypto::backup::{BackupKey, Part};
use casemate_wire::ids::BlobId;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{Error as WireError, ErrorCode, ServerFrame};
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use futures_util::FutureExt as _;
use prost::Message as _;
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};

use crate::world::KillPoint;
use crate::{ClientId, World};

const FILE: &[u8] = b"a picture that is nowhere else";

/// A device whose program writes or reads a backup.
struct Device<'a> {
    world: RefCell<&'a mut World>,
    id: ClientId,
    /// It ends after so many commands.
    patience: Cell<usize>,
    /// Its program knows nothing of keys of before: pieces under them are damaged to it, and it writes indexes without them.
    of_before: bool,
}

impl Device<'_> {
    fn answer(&self, command: Command) -> Result<Value, Error> {
        let mut world = self.world.borrow_mut();
        let number = world.command(self.id, command, Vec::new());
        loop {
            if let Some(reply) = world.client(self.id).replies.remove(&number) {
                return reply;
            }
            let inputs = world.client(self.id).inputs;
            if world.kill_point.is_some_and(|point| point.after <= inputs) {
                return Err(Error::new(Kind::Offline, "killed"));
            }
            world.step();
        }
    }
}

impl Source for Device<'_> {
    async fn ask(&self, command: Command) -> Result<Value, Error> {
        let left = self.patience.get().checked_sub(1);
        self.patience.set(left.ok_or_else(|| Error::new(Kind::Offline, "killed"))?);
        let is_index = matches!(&command, Command::BackupStore(store) if store.names.is_some());
        let hides = self.of_before && (is_index || matches!(&command, Command::BackupFetch(_)));
        if !hides {
            return self.answer(command);
        }
        let keys = take(&mut self.world.borrow_mut(), self.id, "backup_earlier_keys");
        let answer = self.answer(command);
        keys.into_iter()
            .for_each(|keys| put(&mut self.world.borrow_mut(), self.id, "backup_earlier_keys", &keys));
        answer
    }

    async fn copy(&self, blob: &str, to: &mut dyn Write) -> Result<bool, Error> {
        let mut world = self.world.borrow_mut();
        let blob = BlobId::from_hex(blob).expect("a blob");
        let Some(data) = world.client(self.id).blobs.get(&blob) else { return Ok(false) };
        to.write_all(data).expect("memory");
        Ok(true)
    }

    async fn bring(&self, blob: &str, from: &mut dyn Read) -> Result<(), Error> {
        let mut data = Vec::new();
        from.read_to_end(&mut data).expect("memory");
        let blob = BlobId::from_hex(blob).expect("a blob");
        self.world.borrow_mut().client(self.id).blobs.insert(blob, data);
        Ok(())
    }

    fn tell(&self, _: u64, _: u64) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}

fn device(world: &mut World, id: ClientId) -> Device<'_> {
    Device { world: RefCell::new(world), id, patience: Cell::new(usize::MAX), of_before: false }
}

fn back_up(device: &Device<'_>, passphrase: Option<&str>) -> Result<view::BackedUp, Error> {
    let wanted = BackupCreate {
        passphrase: passphrase.map(str::to_owned),
        files: Some(true),
        ..BackupCreate::default()
    };
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    casemate_backup::create_on_server(device, &wanted, 0, &mut rng).now_or_never().expect("nothing waits")
}

fn bring_back(device: &Device<'_>, passphrase: &str) -> Result<view::BackupRestored, Error> {
    let wanted = BackupRestore { passphrase: Some(passphrase.to_owned()), ..BackupRestore::default() };
    casemate_backup::restore_from_server(device, &wanted).now_or_never().expect("nothing waits")
}

/// Whether this is the passphrase. What it opens is whole.
fn opens(world: &mut World, id: ClientId, passphrase: &str) -> bool {
    match bring_back(&device(world, id), passphrase) {
        Ok(back) => {
            assert!(back.messages > 0 && back.files == 1, "{back:?}");
            true
        }
        Err(error) => {
            assert_eq!(error.kind, Kind::Locked, "{error:?}");
            false
        }
    }
}

fn kept(world: &mut World, id: ClientId, row: &str) -> Option<Vec<u8>> {
    world.with_db(id, |db| {
        db.query_row("SELECT value FROM settings WHERE key = ?1", [row], |row| row.get(0)).ok()
    })
}

fn take(world: &mut World, id: ClientId, row: &str) -> Option<Vec<u8>> {
    let found = kept(world, id, row);
    world.with_db(id, |db| db.execute("DELETE FROM settings WHERE key = ?1", [row]).expect("a table"));
    world.settle();
    found
}

fn put(world: &mut World, id: ClientId, row: &str, value: &[u8]) {
    world.with_db(id, |db| {
        let sql = "INSERT OR REPLACE INTO settings(key, value) VALUES (?1, ?2)";
        db.execute(sql, rusqlite::params![row, value]).expect("a table")
    });
    world.settle();
}

fn key(world: &mut World, id: ClientId) -> BackupKey {
    let kept = kept(world, id, "backup_key").expect("a backup");
    world.settle();
    BackupKey::from_bytes(&kept).expect("a key")
}

/// All that the server gives out: pieces, parts and indexes of the one backup there, besides blobs of messages.
fn held(world: &World) -> Vec<Vec<u8>> {
    let rows = (0..=255).flat_map(|first| world.server.directory.blobs(first).expect("rows"));
    rows.filter_map(|(blob, _)| world.server.blob(blob, world.now_ms).ok().map(<[u8]>::to_vec)).collect()
}

fn opened_by(world: &World, key: &BackupKey) -> usize {
    let opens =
        |blob: &&Vec<u8>| [Part::Piece, Part::Index].into_iter().any(|part| key.open(part, blob).is_some());
    held(world).iter().filter(opens).count()
}

/// Ana with a history, one file of it only in her backup, and another device of hers; and how many blobs are not of the backup.
fn life(seed: u64) -> (World, ClientId, ClientId, usize) {
    life_in(World::new(seed))
}

fn life_in(mut world: World) -> (World, ClientId, ClientId, usize) {
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let chat = world.chat(ana, bob);
    world.say(ana, &chat, "said before");
    let staged = world.stage(ana, AttachmentKind::Document, "picture", FILE);
    let blob = staged.blob;
    world.send_files(ana, &chat, "a file", vec![staged]);
    world.settle();
    let linked = world.link(ana);
    world.settle();
    let others = held(&world).len();
    back_up(&device(&mut world, ana), Some(&passphrase(0))).expect("a backup");
    world.client(ana).blobs.remove(&blob);
    (world, ana, linked, others)
}

fn passphrase(number: usize) -> String {
    format!("zoo zoo zoo zoo wrong {number:04}")
}

#[test]
fn new_passphrase_of_a_backup_is_a_new_key_and_in_the_end_the_old_one_opens_nothing_there() {
    let (mut world, ana, linked, _) = life(1_720);
    let old = key(&mut world, ana);
    assert!(opened_by(&world, &old) >= 3, "a piece, a part and the index");
    // The same passphrase again changes nothing.
    back_up(&device(&mut world, ana), Some(&passphrase(0))).unwrap();
    assert_eq!(key(&mut world, ana).expose(), old.expose());
    let passkey =
        json!({"credential": "Y3JlZA", "salt": "c2FsdA", "secret": BASE64URL_NOPAD.encode(&[1; 32])});
    world.ok(ana, "backup.passkey", json!({"passkey": passkey}));

    let opened = world.ok(ana, "backup.open", json!({"passphrase": passphrase(1)}));
    assert_eq!(opened["renewed"], json!([]));
    assert_eq!(world.ok(ana, "backup.show", json!({}))["passkey"], Value::Null, "it holds the key of before");
    let new = key(&mut world, ana);
    assert_ne!(new.expose(), old.expose());
    assert!(!opens(&mut world, linked, &passphrase(0)) && opens(&mut world, linked, &passphrase(1)));
    // What is written from now on opens with the new key alone.
    let before = held(&world).len();
    world.ok(ana, "backup.store", json!({"data": "bmV3"}));
    assert_eq!((held(&world).len(), opened_by(&world, &new)), (before + 1, 2), "with the index");

    back_up(&device(&mut world, ana), None).unwrap();
    assert_eq!(opened_by(&world, &old), 0, "nothing is there that the old key opens");
    assert_eq!(kept(&mut world, ana, "backup_earlier_keys"), None);
    world.settle();
    let mut plain = held(&world).iter().filter_map(|blob| new.open(Part::Index, blob)).collect::<Vec<_>>();
    let index = plain.pop().expect("one index");
    assert!(plain.is_empty() && BackupEarlier::decode(&index[..]).unwrap().earlier_keys.is_empty());
    assert!(opens(&mut world, linked, &passphrase(1)), "also what was only in the backup");
    assert_eq!(kept(&mut world, linked, "backup_earlier_keys"), None);
    world.settle();

    // Passphrase after passphrase, and no run in between.
    for number in 2..5 {
        world.ok(ana, "backup.open", json!({"passphrase": passphrase(number)}));
        assert!(opens(&mut world, linked, &passphrase(number)));
    }
    back_up(&device(&mut world, ana), None).unwrap();
    assert_eq!((opened_by(&world, &old), opened_by(&world, &new)), (0, 0));
    assert!(opens(&mut world, linked, &passphrase(4)));
}

#[test]
fn new_passphrase_of_a_backup_is_refused_after_eight_that_no_run_followed() {
    let (mut world, ana, linked, _) = life(1_721);
    for number in 1..=8 {
        world.ok(ana, "backup.open", json!({"passphrase": passphrase(number)}));
    }
    let refused = world.call(ana, "backup.open", json!({"passphrase": passphrase(9)})).unwrap_err();
    let said = casemate_api::said::said(&refused.message).expect("a sentence with a code");
    assert_eq!(said.code, "backup-renewing");
    assert!(opens(&mut world, linked, &passphrase(8)));
    back_up(&device(&mut world, ana), None).unwrap();
    back_up(&device(&mut world, ana), Some(&passphrase(9))).unwrap();
    assert!(opens(&mut world, linked, &passphrase(9)));
}

#[test]
fn index_that_is_written_while_pieces_of_before_are_left_opens_them_still() {
    let (mut world, ana, linked, _) = life(1_726);
    let opened = world.ok(ana, "backup.open", json!({"passphrase": passphrase(1)}));
    let index = opened["index"].as_str().unwrap();
    let plain = BASE64.decode(index.as_bytes()).unwrap();
    assert!(BackupEarlier::decode(&plain[..]).unwrap().earlier_keys.is_empty(), "keys are not given out");
    let named = BackupIndex::decode(&plain[..]).unwrap();
    let parts = named.files.iter().flat_map(|file| &file.parts);
    let names: Vec<String> =
        named.pieces.iter().chain(parts).map(|piece| HEXLOWER.encode(&piece.name)).collect();
    assert_eq!(names.len(), 2);
    // As a run does it in the middle.
    world.ok(ana, "backup.store", json!({"data": index, "names": names}));
    assert!(opens(&mut world, linked, &passphrase(1)));
}

#[test]
fn backup_on_a_server_put_back_before_a_new_passphrase_goes_on_by_the_one_of_that_time() {
    let (mut world, ana, linked, _) = life_in(World::restorable(1_727));
    let taken = world.backup();
    back_up(&device(&mut world, ana), Some(&passphrase(1))).unwrap();
    world.restore(taken);
    world.settle();
    let refused = back_up(&device(&mut world, ana), None).unwrap_err();
    assert_eq!(refused.kind, Kind::Untrusted, "{refused:?}");
    assert!(opens(&mut world, linked, &passphrase(0)));
    back_up(&device(&mut world, ana), Some(&passphrase(0))).unwrap();
    assert!(opens(&mut world, linked, &passphrase(0)));
    back_up(&device(&mut world, ana), Some(&passphrase(2))).unwrap();
    assert!(opens(&mut world, linked, &passphrase(2)));
}

/// After a change that was interrupted: one passphrase opens all, at once and after the next run, and then nothing is under another key.
fn one_opens_all(
    world: &mut World,
    [ana, linked]: [ClientId; 2],
    others: usize,
    words: [&str; 2],
    what: &str,
) -> usize {
    let which = |world: &mut World| -> usize {
        let found = (0..2).rev().find(|which| opens(world, linked, words[*which]));
        found.unwrap_or_else(|| panic!("{what}: neither passphrase opens it"))
    };
    which(world);
    world.settle();
    back_up(&device(world, ana), None).unwrap_or_else(|error| panic!("{what}: {error:?}"));
    let holds = which(world);
    let newest = key(world, ana);
    assert_eq!(
        opened_by(world, &newest) + others,
        held(world).len(),
        "{what}: something is under another key"
    );
    assert!(
        kept(world, ana, "backup_earlier_keys").is_none() && kept(world, ana, "backup_next_key").is_none()
    );
    world.settle();
    holds
}

#[test]
fn new_passphrase_of_a_backup_killed_before_any_step_leaves_one_that_opens_all_of_it() {
    killed_at_any_step(false);
}

#[test]
fn new_passphrase_of_a_backup_killed_after_any_step_leaves_one_that_opens_all_of_it() {
    killed_at_any_step(true);
}

fn killed_at_any_step(handled: bool) {
    let (mut world, ana, linked, others) = life(1_722);
    let (mut words, mut held_by) = (passphrase(0), [0, 0]);
    for after in 1.. {
        let next = passphrase(after);
        let after = world.client(ana).inputs + after;
        world.kill_point = Some(KillPoint { client: ana, after, handled });
        let open = Command::named("backup.open", json!({"passphrase": next})).unwrap();
        let opened = device(&mut world, ana).answer(open);
        let was_killed = world.client(ana).inputs >= after;
        world.kill_point = None;
        let what = format!("killed at input {after}, {handled}: {opened:?}");
        let holds = one_opens_all(&mut world, [ana, linked], others, [&words, &next], &what);
        held_by[holds] += 1;
        if holds == 1 {
            words = next;
        }
        if !was_killed {
            break;
        }
    }
    assert!(held_by.iter().all(|times| *times > 2), "{held_by:?}");
}

#[test]
fn new_passphrase_of_a_backup_whose_run_is_interrupted_anywhere_leaves_it_whole() {
    let (mut world, ana, linked, _) = life(1_723);
    for patience in 1.. {
        let old = key(&mut world, ana);
        let words = passphrase(patience);
        let device = Device { patience: Cell::new(patience), ..device(&mut world, ana) };
        let made = back_up(&device, Some(&words));
        assert!(opens(&mut world, linked, &words), "ended after {patience} commands");
        if made.is_ok() {
            assert!(patience > 6);
            return;
        }
        back_up(&self::device(&mut world, ana), None).unwrap();
        assert_eq!(opened_by(&world, &old), 0, "ended after {patience} commands");
        assert!(opens(&mut world, linked, &words));
    }
}

#[test]
fn new_passphrase_of_a_backup_of_which_an_answer_is_an_error_or_lost_leaves_one_that_opens_all_of_it() {
    for lost in [false, true] {
        let (mut world, ana, linked, others) = life(1_724);
        let (mut words, mut held_by) = (passphrase(0), [0, 0]);
        for number in 1.. {
            let next = passphrase(number);
            let left = std::rc::Rc::new(Cell::new(number));
            let counted = left.clone();
            world.tamper = Some(Box::new(move |to, frame: ServerFrame| {
                if to != ana || frame.id == 0 || counted.get() == 0 {
                    return vec![frame];
                }
                counted.set(counted.get() - 1);
                match counted.get() {
                    0 if lost => Vec::new(),
                    0 => {
                        let code = ErrorCode::ErrorInternal.into();
                        let body = Some(Body::Error(WireError { code, ..WireError::default() }));
                        vec![ServerFrame { body, ..frame }]
                    }
                    _ => vec![frame],
                }
            }));
            let command = world.begin(ana, "backup.open", json!({"passphrase": next}));
            let mut opened = None;
            for _ in 0..200 {
                opened = opened.or_else(|| world.client(ana).replies.remove(&command));
                if opened.is_some() {
                    break;
                }
                world.step();
            }
            world.tamper = None;
            if opened.is_none() {
                world.cut(ana.0);
            }
            let what = format!("answer {number}, {lost}: {opened:?}");
            let holds = one_opens_all(&mut world, [ana, linked], others, [&words, &next], &what);
            held_by[holds] += 1;
            if holds == 1 {
                words = next;
            }
            if left.get() > 0 {
                break;
            }
        }
        assert!(held_by.iter().all(|times| *times > 1), "{held_by:?}");
    }
}

#[test]
fn program_that_knows_no_earlier_keys_loses_nothing_of_a_backup_for_good() {
    let (mut world, ana, linked, _) = life(1_725);
    let old = key(&mut world, ana);
    world.ok(ana, "backup.open", json!({"passphrase": passphrase(1)}));
    // It reads what was written since, and says how much is missing.
    let words = world.words(ana);
    let reader = Device { of_before: true, ..device(&mut world, linked) };
    let refused = bring_back(&reader, &passphrase(1)).unwrap_err();
    assert!(refused.message.contains("damaged"), "{refused:?}");
    // It writes an index without the keys. This device has them still.
    let writer = Device { of_before: true, ..device(&mut world, ana) };
    back_up(&writer, None).unwrap();
    assert!(opened_by(&world, &old) > 0, "it left what it could not read");
    back_up(&device(&mut world, ana), None).unwrap();
    assert_eq!(opened_by(&world, &old), 0);
    assert!(opens(&mut world, linked, &passphrase(1)));
    // Restored with such a program onto a new device, it is not written by that.
    world.ok(ana, "backup.open", json!({"passphrase": passphrase(2)}));
    world.sleep(ana, i64::MAX / 4);
    let new = world.restored("ana", &words);
    world.settle();
    let reader = Device { of_before: true, ..device(&mut world, new) };
    bring_back(&reader, &passphrase(2)).unwrap_err();
    let refused = back_up(&reader, None).unwrap_err();
    assert_eq!(refused.kind, Kind::NotAllowed, "{refused:?}");
    assert!(opens(&mut world, new, &passphrase(2)));
    back_up(&device(&mut world, new), None).unwrap();
    assert!(opens(&mut world, new, &passphrase(2)));
}
