//! The account's backup on its server, as its person sees it (`backup.show`, `backup.passkey`, `backup.end`), and when it is
//! time for it (`backup.due`). How it is opened and moved: `backup_server`.
//!
//! ```text
//! passkey ─answers─▶ secret ─seals─▶ backup key ─▶ the recovery kit's box      words and passkey open it, neither alone
//! ```

use casemate_api::command::BackupPasskey;
use casemate_api::{Error, Event, Kind, view};
use casemate_content::proto as content;
use casemate_crypto::backup::BackupKey;
use casemate_wire::ids::BlobId;
use casemate_wire::proto::wire::device_request_body::Request as DeviceBody;
use casemate_wire::proto::wire::{BackupAnswer, BackupEnd, BackupShow};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use prost::Message as _;

use crate::backup_server::{Holds, KEYS_OF_BEFORE, Step};
use crate::core::{Ctx, Done, Fail, Job, invalid, not_allowed, rfc3339};
use crate::db;

/// The database's rows: when this device last brought it up to date; that all of it is here; which backup is being brought
/// back; what a passkey opens; whether files go into it; and how far it was verified.
const MADE: &str = "backup_made_ms";
const WHOLE: &str = "backup_whole";
const RESTORING: &str = "backup_restoring";
const PASSKEY: &str = "backup_passkey";
const FILES: &str = "backup_files";
/// The last day whose share of it was verified, in days since 1970.
const VERIFIED: &str = "backup_verified_day";
/// Pieces of which this device knows that the index names all that is in them.
const PACKED: &str = "backup_packed";

/// A backup is brought up to date so often. Oftener loses less with a device, and moves an index more each time.
const EVERY_MS: i64 = 24 * 3_600_000;
/// Where nobody did it, or it failed, it is asked for again after this.
const AGAIN_MS: i64 = 3_600_000;
/// It is verified in as many shares as these days, one for each day, and after days without it some more at a time. So each
/// piece is read back once in four weeks, for a 28th of the backup a day.
const SHARES: i64 = 28;
const SHARES_AT_ONCE: usize = 4;
const DAY_MS: i64 = 24 * 3_600_000;

/// While there is something to send or to read it waits so long at a time.
const BUSY_MS: i64 = 60_000;

/// What a passkey is known by takes far less.
const PASSKEY_BYTES: usize = 2_048;

impl Ctx<'_> {
    /// `backup.show`
    pub fn backup_show(&mut self, command: u64) -> Done<()> {
        self.me()?;
        if !self.online() {
            let state = self.backup_state()?;
            self.reply(command, state);
            return Ok(());
        }
        self.backup_asks(command, DeviceBody::BackupShow(BackupShow {}), Step::Told)
    }

    /// With what the server says.
    pub fn backup_told(&mut self, command: u64, answer: &BackupAnswer) -> Done<()> {
        let mut state = self.backup_state()?;
        state.server = Some(view::BackupOnServer {
            exists: answer.exists,
            begun: !answer.index.is_empty(),
            bytes: answer.bytes,
            limit_bytes: answer.limit_bytes,
            guesses_left: answer.guesses_left,
        });
        self.reply(command, state);
        Ok(())
    }

    fn backup_state(&self) -> Done<view::BackupState> {
        let made_ms = db::number(self.db, MADE)?;
        let passkey = self.backup_passkey_kept()?;
        Ok(view::BackupState {
            primary: self.has_account_key()?,
            kept_here: self.keeps_backup()?,
            opened: db::BACKUP_KEY.is_there(self.db)?,
            whole: self.has_whole_backup()?,
            restoring: db::setting(self.db, RESTORING)?.is_some(),
            files: db::number(self.db, FILES)? > 0,
            disappearing: self.kept_out_of_backups()?,
            made: (made_ms > 0).then(|| rfc3339(made_ms)),
            passkey: passkey.map(|kept| view::BackupPasskey { credential: kept.credential, salt: kept.salt }),
            server: None,
        })
    }

    /// Whether this device goes on with it: it has the key, and all that is in it.
    fn keeps_backup(&self) -> Done<bool> {
        Ok(self.has_whole_backup()? && self.has_account_key()? && db::BACKUP_KEY.is_there(self.db)?)
    }

    fn has_whole_backup(&self) -> Done<bool> {
        Ok(db::number(self.db, WHOLE)? > 0 || db::number(self.db, MADE)? > 0)
    }

    fn has_account_key(&self) -> Done<bool> {
        Ok(db::ACCOUNT_SECRET.is_there(self.db)?)
    }

    /// `backup.end`
    pub fn backup_end(&mut self, command: u64) -> Done<()> {
        if !self.has_account_key()? {
            return Err(not_allowed("Only your primary device can change this."));
        }
        self.backup_asks(command, DeviceBody::BackupEnd(BackupEnd {}), Step::Ended)
    }

    /// The server has nothing of it any more.
    pub fn backup_ended(&mut self, command: u64) -> Done<()> {
        let rows = [db::BACKUP_KEY.row(), MADE, WHOLE, RESTORING, PASSKEY, FILES, VERIFIED, PACKED];
        for row in rows.into_iter().chain(KEYS_OF_BEFORE) {
            db::forget_setting(self.db, row)?;
        }
        self.box_changed();
        self.event(Event::BackupChanged {});
        self.reply_nothing(command);
        Ok(())
    }

    /// A new backup was begun under this key.
    pub fn backup_locked(&mut self, key: &BackupKey) -> Done<()> {
        db::BACKUP_KEY.write(self.db, key.expose())?;
        db::set_number(self.db, WHOLE, 1)?;
        for row in [MADE, RESTORING, PASSKEY, VERIFIED, PACKED].into_iter().chain(KEYS_OF_BEFORE) {
            db::forget_setting(self.db, row)?;
        }
        self.box_changed();
        self.event(Event::BackupChanged {});
        Ok(())
    }

    /// It has another key: what a passkey holds opens nothing that is written from now on, and no piece is under the new one.
    pub fn backup_key_changed(&mut self) -> Done<()> {
        self.backup_pieces_unknown()?;
        if db::setting(self.db, PASSKEY)?.is_some() {
            db::forget_setting(self.db, PASSKEY)?;
            self.box_changed();
        }
        self.event(Event::BackupChanged {});
        Ok(())
    }

    /// Of no piece it is known that the index names all of it.
    pub fn backup_pieces_unknown(&mut self) -> Done<()> {
        Ok(db::forget_setting(self.db, PACKED)?)
    }

    /// A new index holds.
    pub fn backup_held(&mut self, holds: &Holds) -> Done<()> {
        let Holds { verified_day, packed, .. } = holds;
        let packed: Vec<u8> = packed.iter().flat_map(|name| name.0).collect();
        db::set_setting(self.db, PACKED, &packed)?;
        db::set_number(self.db, MADE, self.server_now())?;
        let today = self.server_now().div_euclid(DAY_MS);
        // From a new backup's first day on: all of it was written then.
        let verified = verified_day.filter(|day| *day <= today);
        let verified = verified.or((db::number(self.db, VERIFIED)? == 0).then_some(today));
        if let Some(day) = verified {
            db::set_number(self.db, VERIFIED, day)?;
        }
        self.event(Event::BackupChanged {});
        Ok(())
    }

    /// The beginnings of the names of pieces that hold no block of before.
    pub fn backup_packed(&self) -> Done<Vec<String>> {
        let known = db::setting(self.db, PACKED)?.unwrap_or_default();
        Ok(known.chunks_exact(BlobId::LEN).map(|name| HEXLOWER.encode(name)).collect())
    }

    /// It is opened to be brought back. What is in it is known by its index; without one there is nothing to bring.
    pub fn backup_comes_back(&mut self, index: Option<&[u8]>) -> Done<()> {
        let index = index.and_then(|index| content::BackupIndex::decode(index).ok());
        match index {
            Some(index) => {
                db::set_setting(self.db, RESTORING, &index.backup)?;
                // Another device may have written it.
                db::forget_setting(self.db, PACKED)?;
                // As whoever wrote it had chosen: else the next one would drop them.
                self.backup_takes_files(!index.files.is_empty())?;
            }
            None => db::set_number(self.db, WHOLE, 1)?,
        }
        self.event(Event::BackupChanged {});
        Ok(())
    }

    /// All of a backup is here, or no more of it comes.
    pub fn backup_came_back(&mut self, backup: &[u8], finished: bool) -> Done<()> {
        if db::setting(self.db, RESTORING)?.as_deref() != Some(backup) {
            return Ok(());
        }
        db::forget_setting(self.db, RESTORING)?;
        if finished {
            db::set_number(self.db, WHOLE, 1)?;
        }
        self.event(Event::BackupChanged {});
        Ok(())
    }

    /// The days whose shares are to be verified, oldest first.
    pub fn backup_days_to_verify(&self) -> Done<Vec<i64>> {
        let today = self.server_now().div_euclid(DAY_MS);
        let last = match db::number(self.db, VERIFIED)? {
            // One of before, and a clock that was put back.
            last if last == 0 || last > today => today - 1,
            last => last.max(today - SHARES),
        };
        Ok((last + 1..=today).take(SHARES_AT_ONCE).collect())
    }

    /// What is on the server of it cannot be read, asked for again or not.
    pub fn backup_is_damaged(&mut self) -> Done<()> {
        db::forget_setting(self.db, RESTORING)?;
        self.event(Event::BackupChanged {});
        Ok(())
    }

    /// Whether files go into it from now on.
    pub fn backup_takes_files(&mut self, files: bool) -> Done<()> {
        Ok(db::set_number(self.db, FILES, i64::from(files))?)
    }

    /// Files have half of what the server keeps, so that they never take the room of words.
    pub fn backup_room_for_files(&self, limit_bytes: u64) -> Done<u64> {
        Ok(if db::number(self.db, FILES)? > 0 { limit_bytes / 2 } else { 0 })
    }

    // ---- A passkey ----

    /// `backup.passkey`
    pub fn backup_passkey(&mut self, command: u64, wanted: &BackupPasskey) -> Done<()> {
        if !self.has_account_key()? {
            return Err(not_allowed("Only your primary device can change this."));
        }
        match &wanted.passkey {
            None => {
                db::forget_setting(self.db, PASSKEY)?;
            }
            Some(passkey) => {
                if passkey.credential.len() > PASSKEY_BYTES || passkey.salt.len() > PASSKEY_BYTES {
                    return Err(invalid("This is no answer of a passkey."));
                }
                let sealed = self.backup_key()?.lock(&answered(&passkey.secret)?, &mut self.core.config.rng);
                let kept = content::BackupPasskey {
                    credential: passkey.credential.clone(),
                    salt: passkey.salt.clone(),
                    sealed_key: sealed.ok_or_else(|| invalid("This is no answer of a passkey."))?.into(),
                };
                db::set_setting(self.db, PASSKEY, &kept.encode_to_vec())?;
            }
        }
        self.box_changed();
        self.event(Event::BackupChanged {});
        self.reply_nothing(command);
        Ok(())
    }

    /// The key, by what the passkey answered.
    pub fn backup_key_by_passkey(&self, secret: &str) -> Done<BackupKey> {
        let kept = self.backup_passkey_kept()?;
        let key = kept.zip(answered(secret).ok());
        let key = key.and_then(|(kept, secret)| BackupKey::unlock(&secret, &kept.sealed_key));
        key.ok_or_else(|| {
            let sentence = "This passkey does not open your backup. Use its passphrase. Nothing was changed.";
            Fail::User(Error::new(Kind::Locked, sentence))
        })
    }

    /// For the recovery kit's box.
    pub fn backup_passkey_kept(&self) -> Done<Option<content::BackupPasskey>> {
        let kept = db::setting(self.db, PASSKEY)?;
        Ok(kept.and_then(|kept| content::BackupPasskey::decode(&kept[..]).ok()))
    }

    /// Out of the recovery kit's box.
    pub fn backup_passkey_found(&mut self, found: &content::BackupPasskey) -> Done<()> {
        if found.credential.len() <= PASSKEY_BYTES && found.salt.len() <= PASSKEY_BYTES {
            db::set_setting(self.db, PASSKEY, &found.encode_to_vec())?;
        }
        Ok(())
    }

    // ---- When ----

    /// Somebody is at it: it is not asked for meanwhile.
    pub fn backup_under_way(&mut self) {
        self.pause(Job::Backup, AGAIN_MS);
    }

    /// Says when it is time, once a day and when nothing else is to be done; whoever drives the engine does it.
    pub fn work_backup(&mut self) -> Done<()> {
        if self.is_paused(&Job::Backup) || !db::BACKUP_KEY.is_there(self.db)? {
            return Ok(());
        }
        if db::setting(self.db, RESTORING)?.is_some() {
            self.event(Event::BackupDue { restore: true });
            self.pause(Job::Backup, AGAIN_MS);
            return Ok(());
        }
        if !self.keeps_backup()? {
            return Ok(());
        }
        let made_ms = db::number(self.db, MADE)?;
        // A clock that was put back must not end it.
        let left_ms = made_ms.saturating_add(EVERY_MS).saturating_sub(self.server_now()).min(EVERY_MS);
        // Which passphrase holds is to be known soon.
        let left_ms = if self.backup_lock_waits()? { 0 } else { left_ms };
        if left_ms > 0 {
            self.pause(Job::Backup, left_ms);
        } else if self.is_settled()? {
            self.event(Event::BackupDue { restore: false });
            self.pause(Job::Backup, AGAIN_MS);
        } else {
            self.pause(Job::Backup, BUSY_MS);
        }
        Ok(())
    }
}

fn answered(secret: &str) -> Done<zeroize::Zeroizing<Vec<u8>>> {
    let bytes = BASE64URL_NOPAD.decode(secret.as_bytes());
    bytes.map(zeroize::Zeroizing::new).map_err(|_| invalid("This is no answer of a passkey."))
}
