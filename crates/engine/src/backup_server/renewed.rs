//! A new passphrase is a new key. Who learned the old passphrase, and has the lock of that time, opens nothing that is written from then on. In the
//! end they open nothing that the server holds: the next runs write all of it anew.
//!
//! ```text
//! index under the new key ─▶ waits on the server ─▶ the new passphrase's lock ─▶ the index holds
//! next run ─▶ pieces and parts of before are written anew, a few at a time ─▶ an index that names none of them
//! ```
//! Until the lock is there, the old passphrase opens the index of before. From the lock on the new one opens the index that waits, also before it
//! holds: its blob follows from the key. So one passphrase opens a whole backup at any moment. A lock that was not answered is sent again. An index
//! has the earlier keys as long as it names something under them, and so does this device.

use std::collections::BTreeSet;

use bytes::BytesMut;
use casemate_api::command::BackupOpen;
use casemate_content::proto::{BackupEarlier, BackupIndex};
use casemate_crypto::backup::{BackupKey, Part};
use casemate_wire::ids::BlobId;
use casemate_wire::proto::wire::device_request_body::Request as DeviceBody;
use casemate_wire::proto::wire::{BackupLock, Error as WireError, ErrorCode};
use data_encoding::HEXLOWER;
use prost::Message as _;
use zeroize::{Zeroize as _, Zeroizing};

use super::{Step, Then, backup_refusal, damaged};
use crate::core::{Ctx, Done, Fail, not_allowed, too_large};
use crate::db::{self, EARLIER_KEYS};
use crate::fetch::WHOLE_BYTES;

/// The database's rows: a lock that the server has not confirmed yet, and the pieces and parts that are under the newest key.
const LOCK_WAITS: &str = "backup_lock_waits";
const RENEWED: &str = "backup_renewed";

/// Rows that are about keys of before and of later.
pub const KEYS_OF_BEFORE: [&str; 4] = [db::BACKUP_NEXT.row(), db::BACKUP_EARLIER.row(), LOCK_WAITS, RENEWED];

/// `BackupEarlier.earlier_keys` of 32 bytes, as Protobuf begins it.
const KEY_FIELD: [u8; 2] = [11 << 3 | 2, 32];

/// Another passphrase: the key that it is to open, and its lock.
#[derive(Debug, Clone)]
pub struct Renewing {
    pub key: BackupKey,
    pub lock: BackupLock,
}

impl Ctx<'_> {
    /// Another passphrase was registered, and this is the index: it is stored under the new key, beside the one that holds.
    pub fn backup_renews(&mut self, command: u64, renewing: Box<Renewing>, plain: &[u8]) -> Done<()> {
        let index = BackupIndex::decode(plain).map_err(|_| damaged())?;
        let parts = index.files.iter().flat_map(|file| &file.parts);
        let names = index.pieces.iter().chain(parts).map(|piece| {
            let name = piece.name.get(..BlobId::LEN).and_then(|name| BlobId::try_from(name).ok());
            name.ok_or_else(damaged)
        });
        let names = names.collect::<Done<Vec<_>>>()?;
        let mut keys = vec![self.backup_key()?];
        add_others(&mut keys, self.backup_earlier_keys()?);
        add_others(&mut keys, earlier_keys(plain)?);
        if keys.len() > EARLIER_KEYS {
            return Err(not_allowed(
                "The backup is still being written anew for the passphrases before. Back up now first. Nothing was changed.",
            ));
        }
        let plain = with_keys(&index.encode_to_vec(), &keys);
        let sealed = renewing.key.seal(Part::Index, &plain, &mut self.core.config.rng);
        if sealed.len() as u64 > WHOLE_BYTES {
            return Err(too_large(
                "This part of the backup is too large to be read again. Nothing was changed.",
            ));
        }
        let name = HEXLOWER.encode(&renewing.key.waiting_index());
        self.backup_puts(command, name, sealed, Then::Lock(renewing, names))
    }

    /// From here on it is not known which lock the server has, until it answers.
    pub fn backup_lock_begins(&mut self, renewing: &Renewing) -> Done<()> {
        db::BACKUP_NEXT.write(self.db, renewing.key.expose())?;
        Ok(db::set_setting(self.db, LOCK_WAITS, &renewing.lock.encode_to_vec())?)
    }

    pub fn backup_lock_waits(&self) -> Done<bool> {
        Ok(db::BACKUP_NEXT.is_there(self.db)?)
    }

    /// The server may have it already; then it says that it knows of no registration.
    pub fn backup_locks_again(&mut self, command: u64, wanted: &BackupOpen) -> Done<()> {
        let lock = db::setting(self.db, LOCK_WAITS)?.and_then(|lock| BackupLock::decode(&lock[..]).ok());
        let lock = lock.ok_or(Fail::Server("a lock of a backup"))?;
        let step = Step::Relocked(Box::new(wanted.clone()));
        self.backup_asks(command, DeviceBody::BackupLock(lock), step)
    }

    /// The new passphrase holds.
    pub fn backup_lock_taken(&mut self) -> Done<()> {
        let next = db::BACKUP_NEXT.read(self.db)?.and_then(|next| BackupKey::from_bytes(&next[..]));
        if let Some(next) = next {
            let mut earlier = vec![self.backup_key()?];
            earlier.extend(self.backup_earlier_keys()?);
            earlier.truncate(EARLIER_KEYS);
            for row in KEYS_OF_BEFORE {
                db::forget_setting(self.db, row)?;
            }
            self.backup_keep_earlier(&earlier)?;
            db::BACKUP_KEY.write(self.db, next.expose())?;
            self.core.session.backup_stored.clear();
            self.backup_key_changed()?;
        }
        Ok(db::forget_setting(self.db, LOCK_WAITS)?)
    }

    /// The server refused a step.
    pub fn backup_refused(&mut self, command: u64, step: Step, error: &WireError) -> Done<()> {
        let code = ErrorCode::try_from(error.code).ok();
        match (step, code) {
            // It cannot be compared: it counts as another one.
            (Step::Compared { typed, .. }, Some(ErrorCode::ErrorNotFound | ErrorCode::ErrorRateLimited)) => {
                return self.backup_registers(command, typed, false);
            }
            (Step::Relocked(wanted), Some(ErrorCode::ErrorInvalid)) => {
                self.backup_lock_taken()?;
                return self.backup_open(command, &wanted);
            }
            // Sent for the first time, so it is not there.
            (
                Step::Locking(_),
                Some(ErrorCode::ErrorInvalid | ErrorCode::ErrorNotFound | ErrorCode::ErrorNotAllowed),
            ) => {
                db::forget_setting(self.db, LOCK_WAITS)?;
                db::forget_setting(self.db, db::BACKUP_NEXT.row())?;
            }
            _ => {}
        }
        Err(Fail::User(backup_refusal(error)))
    }

    /// A passphrase or a passkey gave the key of the lock that holds.
    pub fn backup_key_found(&mut self, key: &BackupKey) -> Done<()> {
        let is_known = db::BACKUP_KEY.read(self.db)?.is_some_and(|known| *known == *key.expose());
        db::forget_setting(self.db, db::BACKUP_NEXT.row())?;
        db::forget_setting(self.db, LOCK_WAITS)?;
        if !is_known {
            for row in KEYS_OF_BEFORE {
                db::forget_setting(self.db, row)?;
            }
            self.core.session.backup_stored.clear();
            db::BACKUP_KEY.write(self.db, key.expose())?;
            self.backup_pieces_unknown()?;
        }
        Ok(())
    }

    // ---- What is under which key ----

    /// A piece, by the newest key or one of before.
    pub fn backup_piece_opened(&self, sealed: &[u8]) -> Done<Option<Zeroizing<Vec<u8>>>> {
        if let Some(plain) = self.backup_key()?.open(Part::Piece, sealed) {
            return Ok(Some(plain));
        }
        Ok(self.backup_earlier_keys()?.iter().find_map(|key| key.open(Part::Piece, sealed)))
    }

    /// Takes the keys of before out of an index and keeps them.
    pub fn backup_earlier_keys_found(
        &mut self,
        plain: Zeroizing<Vec<u8>>,
        restore: bool,
    ) -> Done<Zeroizing<Vec<u8>>> {
        let mut keys = earlier_keys(&plain)?;
        let has_keys = !keys.is_empty();
        if !restore {
            // A program that does not know these keys writes indexes without them. What such an index names of before is still to be read.
            add_others(&mut keys, self.backup_earlier_keys()?);
            keys.truncate(EARLIER_KEYS);
        }
        self.backup_keep_earlier(&keys)?;
        if keys.is_empty() {
            db::forget_setting(self.db, RENEWED)?;
        }
        if !has_keys {
            return Ok(plain);
        }
        let index = BackupIndex::decode(&plain[..]).map_err(|_| damaged())?;
        Ok(Zeroizing::new(index.encode_to_vec()))
    }

    /// An index as it is sealed: with the keys of before, as long as it names something under them.
    pub fn backup_with_earlier_keys(&self, plain: Vec<u8>, names: &[BlobId]) -> Done<Zeroizing<Vec<u8>>> {
        let plain = Zeroizing::new(plain);
        let keys = self.backup_earlier_keys()?;
        if keys.is_empty() {
            return Ok(plain);
        }
        let renewed = self.backup_known_renewed()?;
        match names.iter().all(|name| renewed.contains(name)) {
            true => Ok(plain),
            false => Ok(with_keys(&plain, &keys)),
        }
    }

    /// A piece or part is on the server.
    pub fn backup_is_stored(&mut self, blob: BlobId) -> Done<()> {
        if db::BACKUP_EARLIER.is_there(self.db)? {
            self.core.session.backup_stored.insert(blob);
        }
        Ok(())
    }

    /// An index with these names holds: where all are under the newest key, those of before go.
    pub fn backup_names_renewed(&mut self, names: &[BlobId]) -> Done<()> {
        if !db::BACKUP_EARLIER.is_there(self.db)? {
            return Ok(());
        }
        let known = self.backup_known_renewed()?;
        let renewed: Vec<&BlobId> = names.iter().filter(|name| known.contains(name)).collect();
        if renewed.len() == names.len() {
            db::forget_setting(self.db, db::BACKUP_EARLIER.row())?;
            db::forget_setting(self.db, RENEWED)?;
            self.core.session.backup_stored.clear();
            return Ok(());
        }
        let renewed: Vec<u8> = renewed.into_iter().flat_map(|name| name.0).collect();
        Ok(db::set_setting(self.db, RENEWED, &renewed)?)
    }

    /// The beginnings of the names of what was written under the newest key; `None` where there is no other.
    pub fn backup_renewed(&self) -> Done<Option<Vec<String>>> {
        if !db::BACKUP_EARLIER.is_there(self.db)? {
            return Ok(None);
        }
        let known = self.backup_known_renewed()?;
        Ok(Some(known.into_iter().map(|name| HEXLOWER.encode(&name.0)).collect()))
    }

    fn backup_known_renewed(&self) -> Done<BTreeSet<BlobId>> {
        let kept = db::setting(self.db, RENEWED)?.unwrap_or_default();
        let kept = kept.chunks_exact(BlobId::LEN).filter_map(|name| BlobId::try_from(name).ok());
        Ok(kept.chain(self.core.session.backup_stored.iter().copied()).collect())
    }

    fn backup_earlier_keys(&self) -> Done<Vec<BackupKey>> {
        let Some(kept) = db::BACKUP_EARLIER.read(self.db)? else { return Ok(Vec::new()) };
        let keys = kept.chunks_exact(32).filter(|key| key.iter().any(|byte| *byte != 0));
        Ok(keys.filter_map(BackupKey::from_bytes).collect())
    }

    /// At most [`EARLIER_KEYS`].
    fn backup_keep_earlier(&self, keys: &[BackupKey]) -> Done<()> {
        if keys.is_empty() {
            return Ok(db::forget_setting(self.db, db::BACKUP_EARLIER.row())?);
        }
        let mut kept = Zeroizing::new([0; 32 * EARLIER_KEYS]);
        for (place, key) in kept.chunks_exact_mut(32).zip(keys) {
            place.copy_from_slice(key.expose());
        }
        Ok(db::BACKUP_EARLIER.write(self.db, &kept)?)
    }
}

/// Each key once.
fn add_others(keys: &mut Vec<BackupKey>, others: Vec<BackupKey>) {
    for other in others {
        if keys.iter().all(|key| key.expose() != other.expose()) {
            keys.push(other);
        }
    }
}

/// The keys of before that an index has.
fn earlier_keys(plain: &[u8]) -> Done<Vec<BackupKey>> {
    let found = BackupEarlier::decode(plain).map_err(|_| damaged())?.earlier_keys;
    let keys = found.into_iter().map(|found| {
        let mut found = BytesMut::from(found);
        let key = BackupKey::from_bytes(&found);
        found[..].zeroize();
        key.ok_or_else(damaged)
    });
    let keys = keys.collect::<Done<Vec<_>>>()?;
    if keys.len() > EARLIER_KEYS { Err(damaged()) } else { Ok(keys) }
}

/// An index with keys of before.
fn with_keys(plain: &[u8], keys: &[BackupKey]) -> Zeroizing<Vec<u8>> {
    // As long as it gets: what grows leaves a copy behind.
    let length = plain.len() + keys.len() * (KEY_FIELD.len() + 32);
    let mut all = Zeroizing::new(Vec::with_capacity(length));
    all.extend_from_slice(plain);
    for key in keys {
        all.extend_from_slice(&KEY_FIELD);
        all.extend_from_slice(key.expose());
    }
    all
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha20Rng;

    use super::*;

    #[test]
    fn earlier_keys_of_an_index_are_found_again_and_programs_of_before_read_the_rest() {
        let mut rng = ChaCha20Rng::seed_from_u64(9);
        let keys: Vec<BackupKey> = (0..EARLIER_KEYS + 1).map(|_| BackupKey::generate(&mut rng)).collect();
        let index = BackupIndex {
            backup: vec![1; 16].into(),
            // Ends as a key would begin.
            signature: [&[7; 30][..], &KEY_FIELD, &[7; 32]].concat().into(),
            ..BackupIndex::default()
        };
        let bare = index.encode_to_vec();
        assert!(earlier_keys(&bare).unwrap().is_empty());
        for count in 1..=EARLIER_KEYS {
            let all = with_keys(&bare, &keys[..count]);
            let found = earlier_keys(&all).unwrap();
            assert!(found.iter().map(BackupKey::expose).eq(keys[..count].iter().map(BackupKey::expose)));
            assert_eq!(BackupIndex::decode(&all[..]).unwrap(), index);
        }
        assert!(earlier_keys(&with_keys(&bare, &keys)).is_err(), "more than there may be");
        assert!(earlier_keys(&[&bare[..], &[KEY_FIELD[0], 2, 1, 1]].concat()).is_err(), "no key");
    }
}
