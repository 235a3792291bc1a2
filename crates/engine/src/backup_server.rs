//! The account's backup on its server, for whoever writes or reads one (`backup.open`, `backup.store`, `backup.fetch`).
//!
//! ```text
//! create   passphrase ─▶ OPAQUE registration ─▶ backup key, sealed under its secret      primary only
//! change   passphrase ─▶ is it the one that holds? else another key (`renewed`)     primary only
//! restore  passphrase ─▶ OPAQUE login, a guess ─▶ backup key
//! then     pieces and indexes ─▶ padded, sealed ─▶ blobs of the account
//! ```
//! A piece's blob is named by the beginning of its hash. The key stays in this device's database, so that a backup goes on
//! without its passphrase. A connection that is lost ends what is asked with an error: asked again, a backup goes on from the
//! last index, and a restore from what is here.

mod renewed;

use casemate_api::command::{BackupFetch, BackupOpen, BackupStore};
use casemate_api::{Error, Kind, view};
use casemate_crypto::backup::{BackupKey, Part, as_typed, check_length, new_passphrase};
use casemate_crypto::opaque::{self, LoggingIn, OpaqueError, Registering};
use casemate_wire::ids::{BlobId, Hash32, UploadSecret};
use casemate_wire::proto::wire::device_request_body::Request as DeviceBody;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    BackupAnswer, BackupHold, BackupLock, BackupLogin, BackupProof, BackupPut, BackupRegister, BackupShow,
    Error as WireError, ErrorCode,
};
use data_encoding::{BASE64, HEXLOWER};
use zeroize::Zeroizing;

pub use self::renewed::KEYS_OF_BEFORE;
use self::renewed::Renewing;
use crate::attachment::Transferring;
use crate::connection::{Awaiting, refusal};
use crate::core::{Ctx, Done, Fail, invalid, not_allowed, not_found, too_large};
use crate::db;
use crate::fetch::{Fetch, WHOLE_BYTES};
use crate::io::{Output, Transfer};

/// A request of a backup and what its answer is for.
#[derive(Debug)]
pub enum Step {
    /// For `backup.show`.
    Told,
    Ended,
    Shown {
        restore: bool,
    },
    Registered {
        state: Registering,
        replaces: bool,
    },
    /// A new backup.
    Locked(BackupKey),
    /// The passphrase that holds, or another one.
    Compared {
        state: LoggingIn,
        typed: Zeroizing<String>,
    },
    Same(opaque::Secret),
    /// Another passphrase, with the index that waits for it where there is one.
    Locking(Option<BackupHold>),
    /// Sent again, before what is wanted.
    Relocked(Box<BackupOpen>),
    IndexRenewed,
    LoggedIn(LoggingIn),
    /// With OPAQUE's secret.
    Proven(opaque::Secret),
    RoomMade(Putting),
    Held {
        stored: view::BackupStored,
        holds: Holds,
    },
}

/// A sealed part on its way to the server.
#[derive(Debug, Clone)]
pub struct Putting {
    secret: UploadSecret,
    sealed: Vec<u8>,
    stored: view::BackupStored,
    then: Then,
}

/// What follows once a part is on the server.
#[derive(Debug, Clone)]
enum Then {
    Nothing,
    Hold(Holds),
    /// It waits for another passphrase.
    Lock(Box<Renewing>, Vec<BlobId>),
}

/// What an index names.
#[derive(Debug, Clone)]
pub struct Holds {
    pub names: Vec<BlobId>,
    pub verified_day: Option<i64>,
    pub packed: Vec<BlobId>,
}

/// What a transfer of a backup is for, by its command.
#[derive(Debug)]
pub enum Moving {
    Index(Reading),
    /// The one that waits for the lock of the key that is known, where the first one does not open.
    Waiting(Reading),
    Piece(Hash32),
    Put(Putting),
}

/// What an index is fetched for.
#[derive(Debug)]
pub enum Reading {
    Open { restore: bool, files_bytes: u64 },
    Renew(Box<Renewing>),
}

impl Ctx<'_> {
    /// `backup.open`
    pub fn backup_open(&mut self, command: u64, wanted: &BackupOpen) -> Done<()> {
        self.me()?;
        if !self.online() {
            let why = self.core.session.last_trouble.clone();
            return Err(Fail::User(Error::new(
                Kind::Offline,
                format!("The server cannot be reached: {why}."),
            )));
        }
        self.backup_under_way();
        if let Some(files) = wanted.files {
            self.backup_takes_files(files)?;
        }
        let typed = wanted.passphrase.as_deref();
        if typed.is_some() || wanted.passkey.is_some() {
            // A person asks, and not a program by itself.
            self.fetch_ended(Fetch::Index)?;
        }
        // A passphrase that is shown says itself which lock holds.
        if self.backup_lock_waits()? && !(wanted.restore && typed.is_some()) {
            return self.backup_locks_again(command, wanted);
        }
        if let Some(secret) = wanted.passkey.as_deref().filter(|_| wanted.restore) {
            let key = self.backup_key_by_passkey(secret)?;
            self.backup_key_found(&key)?;
            return self.backup_asks(
                command,
                DeviceBody::BackupShow(BackupShow {}),
                Step::Shown { restore: true },
            );
        }
        if let Some(typed) = typed.filter(|_| wanted.restore) {
            let typed = as_typed(typed);
            if typed.is_empty() {
                return Err(invalid("A passphrase cannot be empty."));
            }
            check_length(&typed).map_err(invalid)?;
            let begun = opaque::log_in(typed, &mut self.core.config.rng);
            let (state, request) = begun.map_err(|_| Fail::Server("OPAQUE"))?;
            let request = DeviceBody::BackupLogin(BackupLogin { request: request.into() });
            return self.backup_asks(command, request, Step::LoggedIn(state));
        }
        let Some(typed) = typed else {
            if !db::BACKUP_KEY.is_there(self.db)? {
                return Err(not_found(
                    "No backup on the server was opened on this device yet. Give its passphrase.",
                ));
            }
            let step = Step::Shown { restore: wanted.restore };
            return self.backup_asks(command, DeviceBody::BackupShow(BackupShow {}), step);
        };
        let typed = new_passphrase(typed).map_err(invalid)?;
        if wanted.replace || !db::BACKUP_KEY.is_there(self.db)? {
            return self.backup_registers(command, typed, wanted.replace);
        }
        // The same passphrase again changes nothing.
        let begun = opaque::log_in(typed.clone(), &mut self.core.config.rng);
        let (state, request) = begun.map_err(|_| Fail::Server("OPAQUE"))?;
        let request = DeviceBody::BackupLogin(BackupLogin { request: request.into() });
        self.backup_asks(command, request, Step::Compared { state, typed })
    }

    fn backup_registers(&mut self, command: u64, typed: Zeroizing<String>, replaces: bool) -> Done<()> {
        let begun = opaque::register(typed, &mut self.core.config.rng);
        let (state, request) = begun.map_err(|_| Fail::Server("OPAQUE"))?;
        let request = DeviceBody::BackupRegister(BackupRegister { request: request.into() });
        self.backup_asks(command, request, Step::Registered { state, replaces })
    }

    pub fn backup_asks(&mut self, command: u64, body: DeviceBody, step: Step) -> Done<()> {
        self.send_device_request(body, Awaiting::Backup { command, step: Box::new(step) })
    }

    /// The server's answer to a step. What goes wrong is for whoever asked, and no reason to connect anew.
    pub fn backup_answered(&mut self, command: u64, step: Step, result: Result<Body, WireError>) -> Done<()> {
        match self.backup_step(command, step, result) {
            Err(Fail::User(error)) => {
                self.reply_error(command, error);
                Ok(())
            }
            other => other,
        }
    }

    fn backup_step(&mut self, command: u64, step: Step, result: Result<Body, WireError>) -> Done<()> {
        let (step, body) = match (step, result) {
            (Step::IndexRenewed, _) => return self.backup_open(command, &BackupOpen::default()),
            (step, Ok(body)) => (step, body),
            (step, Err(error)) => return self.backup_refused(command, step, &error),
        };
        match (step, body) {
            (Step::Told, Body::Backup(answer)) => self.backup_told(command, &answer),
            (Step::Ended, Body::Done(_)) => self.backup_ended(command),
            (Step::Shown { restore }, Body::Backup(answer)) => self.backup_opened(command, &answer, restore),
            (Step::Registered { state, replaces }, Body::Backup(answer)) => {
                self.backup_registered(command, state, replaces, &answer)
            }
            (Step::Locked(key), Body::Backup(answer)) => {
                self.backup_locked(&key)?;
                self.backup_opened(command, &answer, false)
            }
            (Step::Compared { state, typed }, Body::Backup(answer)) => {
                let (proof, secret) = match state.finish(&answer.message, &mut self.core.config.rng) {
                    Ok(done) => done,
                    Err(OpaqueError::WrongPassphrase) => return self.backup_registers(command, typed, false),
                    Err(OpaqueError::Server) => return Err(Fail::Server("OPAQUE")),
                };
                let proof = DeviceBody::BackupProof(BackupProof { finalization: proof.into() });
                self.backup_asks(command, proof, Step::Same(secret))
            }
            (Step::Same(secret), Body::Backup(answer)) => {
                let key = BackupKey::unlock(&secret, &answer.locked_key).ok_or_else(damaged)?;
                self.backup_key_found(&key)?;
                self.backup_opened(command, &answer, false)
            }
            (Step::Locking(hold), Body::Backup(_)) => {
                self.backup_lock_taken()?;
                match hold {
                    Some(hold) => self.backup_asks(command, DeviceBody::BackupHold(hold), Step::IndexRenewed),
                    None => self.backup_open(command, &BackupOpen::default()),
                }
            }
            (Step::Relocked(wanted), Body::Backup(_)) => {
                self.backup_lock_taken()?;
                self.backup_open(command, &wanted)
            }
            (Step::LoggedIn(state), Body::Backup(answer)) => {
                let (proof, secret) = match state.finish(&answer.message, &mut self.core.config.rng) {
                    Ok(done) => done,
                    Err(OpaqueError::WrongPassphrase) => return Err(wrong_passphrase(answer.guesses_left)),
                    Err(OpaqueError::Server) => return Err(Fail::Server("OPAQUE")),
                };
                let proof = DeviceBody::BackupProof(BackupProof { finalization: proof.into() });
                self.backup_asks(command, proof, Step::Proven(secret))
            }
            (Step::Proven(secret), Body::Backup(answer)) => {
                let key = BackupKey::unlock(&secret, &answer.locked_key).ok_or_else(damaged)?;
                self.backup_key_found(&key)?;
                self.backup_opened(command, &answer, true)
            }
            (Step::RoomMade(putting), Body::BlobCreated(_)) => {
                let blob = blob_of(&putting.stored.name)?;
                let (secret, data) = (putting.secret.clone(), putting.sealed.clone());
                self.core.session.backups_moving.insert(command, Moving::Put(putting));
                let transfer = self.transfer(Transferring::Backup(command));
                self.out.push(Output::PutBlob { transfer, blob, secret, data });
                Ok(())
            }
            (Step::Held { stored, holds }, Body::Done(_)) => {
                self.backup_held(&holds)?;
                self.backup_names_renewed(&holds.names)?;
                self.reply(command, stored);
                Ok(())
            }
            _ => Err(Fail::Server("a wrong answer about the backup")),
        }
    }

    fn backup_registered(
        &mut self,
        command: u64,
        state: Registering,
        replaces: bool,
        answer: &BackupAnswer,
    ) -> Done<()> {
        let known = db::BACKUP_KEY.read(self.db)?.filter(|_| !replaces);
        let known = known.and_then(|key| BackupKey::from_bytes(&key[..]));
        if known.is_none() && !replaces && !answer.index.is_empty() {
            return Err(not_allowed(
                "There is a backup of this account on the server that is not restored here. Restore it first, or say that it \
                 is to be replaced; nothing was changed.",
            ));
        }
        let is_new = known.is_none();
        let key = BackupKey::generate(&mut self.core.config.rng);
        let finished = state.finish(&answer.message, &mut self.core.config.rng);
        let (upload, secret) = finished.map_err(|_| Fail::Server("OPAQUE"))?;
        let locked = key.lock(&secret, &mut self.core.config.rng).ok_or(Fail::Server("OPAQUE"))?;
        let lock = BackupLock { upload: upload.into(), locked_key: locked.into(), anew: is_new };
        if is_new {
            return self.backup_asks(command, DeviceBody::BackupLock(lock), Step::Locked(key));
        }
        let renewing = Renewing { key, lock };
        if !answer.index.is_empty() {
            return self.backup_index(command, answer, Reading::Renew(Box::new(renewing)));
        }
        self.backup_lock_begins(&renewing)?;
        self.backup_asks(command, DeviceBody::BackupLock(renewing.lock), Step::Locking(None))
    }

    /// The key is known: where there is an index, it is fetched.
    fn backup_opened(&mut self, command: u64, answer: &BackupAnswer, restore: bool) -> Done<()> {
        let files_bytes = self.backup_room_for_files(answer.limit_bytes)?;
        if answer.index.is_empty() {
            if restore {
                self.backup_comes_back(None)?;
            }
            self.reply(command, view::BackupOpened { files_bytes, ..view::BackupOpened::default() });
            return Ok(());
        }
        self.backup_index(command, answer, Reading::Open { restore, files_bytes })
    }

    /// Fetches the index that holds.
    fn backup_index(&mut self, command: u64, answer: &BackupAnswer, reading: Reading) -> Done<()> {
        let index = BlobId::try_from(&answer.index[..]).map_err(|_| damaged())?;
        // How large it is the server says alone.
        if answer.index_bytes > WHOLE_BYTES || !self.fetch_begins(Fetch::Index)? {
            return Err(damaged());
        }
        self.core.session.backups_moving.insert(command, Moving::Index(reading));
        self.fetch_whole(Transferring::Backup(command), index, answer.index_bytes);
        Ok(())
    }

    pub fn backup_key(&self) -> Done<BackupKey> {
        let key = db::BACKUP_KEY.read(self.db)?.and_then(|key| BackupKey::from_bytes(&key[..]));
        key.ok_or_else(|| not_found("No backup was opened here."))
    }

    /// `backup.store`
    pub fn backup_store(&mut self, command: u64, wanted: &BackupStore) -> Done<()> {
        let key = self.backup_key()?;
        let plain = BASE64.decode(wanted.data.as_bytes()).map_err(|_| invalid("A part is base64."))?;
        let names = wanted.names.as_ref().map(|names| names.iter().map(|name| blob_of(name)).collect());
        let names: Option<Vec<BlobId>> = names.transpose()?;
        let (part, plain) = match &names {
            Some(names) => (Part::Index, self.backup_with_earlier_keys(plain, names)?),
            None => (Part::Piece, Zeroizing::new(plain)),
        };
        let sealed = key.seal(part, &plain, &mut self.core.config.rng);
        if sealed.len() as u64 > WHOLE_BYTES {
            return Err(too_large(
                "This part of the backup is too large to be read again. Nothing was changed.",
            ));
        }
        let then = match names {
            Some(names) => Then::Hold(Holds {
                names,
                verified_day: wanted.verified_day,
                packed: wanted.packed.iter().map(|name| blob_of(name)).collect::<Done<_>>()?,
            }),
            None => Then::Nothing,
        };
        let name = HEXLOWER.encode(&Hash32::of(&[&sealed]).0);
        self.backup_puts(command, name, sealed, then)
    }

    fn backup_puts(&mut self, command: u64, name: String, sealed: Vec<u8>, then: Then) -> Done<()> {
        let stored = view::BackupStored { name, bytes: sealed.len() as u64 };
        let putting = Putting { secret: UploadSecret::new(self.random()), stored, sealed, then };
        let room = BackupPut {
            blob: blob_of(&putting.stored.name)?.into(),
            size_bytes: putting.stored.bytes,
            upload_hash: putting.secret.hash().into(),
        };
        self.backup_asks(command, DeviceBody::BackupPut(room), Step::RoomMade(putting))
    }

    /// `backup.fetch`
    pub fn backup_fetch(&mut self, command: u64, wanted: &BackupFetch) -> Done<()> {
        self.backup_key()?;
        let name = HEXLOWER.decode(wanted.name.as_bytes()).ok();
        let name = name.and_then(|name| Hash32::try_from(&name[..]).ok());
        let name = name.ok_or_else(|| invalid("A piece is named by 64 hexadecimal digits."))?;
        self.core.session.backups_moving.insert(command, Moving::Piece(name));
        self.fetch_whole(Transferring::Backup(command), blob_of(&wanted.name)?, wanted.bytes);
        Ok(())
    }

    /// News of a transfer.
    pub fn backup_news(&mut self, command: u64, update: Transfer) -> Done<()> {
        let Some(moving) = self.core.session.backups_moving.remove(&command) else { return Ok(()) };
        let is_index = matches!(moving, Moving::Index(_) | Moving::Waiting(_));
        match self.backup_moved(command, moving, update) {
            Err(Fail::User(error)) => self.reply_error(command, error),
            other => other?,
        }
        let goes_on = self.core.session.backups_moving.contains_key(&command);
        if is_index && !goes_on { self.fetch_ended(Fetch::Index) } else { Ok(()) }
    }

    fn backup_moved(&mut self, command: u64, moving: Moving, update: Transfer) -> Done<()> {
        match (moving, update) {
            (Moving::Put(putting), Transfer::Done) => {
                let blob = blob_of(&putting.stored.name)?;
                let hold = |pieces: &[BlobId]| BackupHold {
                    index: blob.into(),
                    index_bytes: putting.stored.bytes,
                    pieces: pieces.iter().map(|piece| (*piece).into()).collect(),
                };
                match putting.then {
                    Then::Nothing => {
                        self.backup_is_stored(blob)?;
                        self.reply(command, putting.stored);
                        Ok(())
                    }
                    Then::Hold(holds) => {
                        let step = Step::Held { stored: putting.stored.clone(), holds: holds.clone() };
                        self.backup_asks(command, DeviceBody::BackupHold(hold(&holds.names)), step)
                    }
                    Then::Lock(renewing, names) => {
                        self.backup_lock_begins(&renewing)?;
                        let step = Step::Locking(Some(hold(&names)));
                        self.backup_asks(command, DeviceBody::BackupLock(renewing.lock), step)
                    }
                }
            }
            (Moving::Index(reading), Transfer::Fetched(index)) => {
                self.fetch_processed(Fetch::Index);
                let key = self.backup_key()?;
                if let Some(plain) = key.open(Part::Index, &index) {
                    return self.backup_index_read(command, reading, plain);
                }
                // The lock of this key may be there, and its index not hold yet.
                self.core.session.backups_moving.insert(command, Moving::Waiting(reading));
                let waiting = BlobId(key.waiting_index());
                self.fetch_whole(Transferring::Backup(command), waiting, WHOLE_BYTES);
                Ok(())
            }
            (Moving::Waiting(reading), Transfer::Fetched(waiting)) => {
                self.fetch_processed(Fetch::Index);
                let Some(plain) = self.backup_key()?.open(Part::Index, &waiting) else {
                    self.backup_is_damaged()?;
                    return Err(damaged());
                };
                self.backup_index_read(command, reading, plain)
            }
            (Moving::Piece(name), Transfer::Fetched(sealed)) => {
                let is_named = Hash32::of(&[&sealed]) == name;
                let plain = self.backup_piece_opened(&sealed)?.filter(|_| is_named);
                self.reply(command, view::BackupFetched { data: plain.map(|plain| BASE64.encode(&plain)) });
                Ok(())
            }
            // It is not there as it should be: the others may be.
            (Moving::Piece(_), Transfer::Failed { retry: false, .. } | Transfer::Unreadable { .. }) => {
                self.reply(command, view::BackupFetched { data: None });
                Ok(())
            }
            (
                Moving::Index(_) | Moving::Waiting(_),
                Transfer::Failed { retry: false, .. } | Transfer::Unreadable { .. },
            ) => {
                self.backup_is_damaged()?;
                Err(damaged())
            }
            (_, Transfer::Failed { why, .. }) => {
                let sentence = format!("The server cannot be reached: {why}. Begun again, it goes on.");
                Err(Fail::User(Error::new(Kind::Offline, sentence)))
            }
            _ => Err(Fail::Server("news of a backup that do not fit")),
        }
    }

    fn backup_index_read(&mut self, command: u64, reading: Reading, plain: Zeroizing<Vec<u8>>) -> Done<()> {
        let (restore, files_bytes) = match reading {
            Reading::Open { restore, files_bytes } => (restore, files_bytes),
            Reading::Renew(renewing) => return self.backup_renews(command, renewing, &plain),
        };
        let plain = self.backup_earlier_keys_found(plain, restore)?;
        if restore {
            self.backup_comes_back(Some(&plain))?;
        }
        let opened = view::BackupOpened {
            index: Some(BASE64.encode(&plain)),
            files_bytes,
            verify_days: if restore { Vec::new() } else { self.backup_days_to_verify()? },
            packed: self.backup_packed()?,
            renewed: self.backup_renewed()?,
        };
        self.reply(command, opened);
        Ok(())
    }

    /// The connection is gone: what waits for it is told.
    pub fn backups_abandoned(&mut self, moving: std::collections::BTreeMap<u64, Moving>, error: &Error) {
        for command in moving.into_keys() {
            self.reply_error(command, error.clone());
        }
    }
}

fn blob_of(name: &str) -> Done<BlobId> {
    name.get(..BlobId::LEN * 2)
        .and_then(BlobId::from_hex)
        .ok_or_else(|| invalid("This is not a piece's name."))
}

fn wrong_passphrase(left: u32) -> Fail {
    let sentence = match left {
        0 => {
            "Wrong passphrase. No guess is left: one more is given each day. Nothing was changed.".to_owned()
        }
        1 => "Wrong passphrase. 1 guess is left, then one a day. Nothing was changed.".to_owned(),
        left => format!("Wrong passphrase. {left} guesses are left, then one a day. Nothing was changed."),
    };
    Fail::User(Error::new(Kind::Locked, sentence))
}

fn damaged() -> Fail {
    let sentence = "The backup on the server is damaged: what it says about its contents cannot be read. Nothing was changed.";
    Fail::User(Error::new(Kind::Untrusted, sentence))
}

fn backup_refusal(error: &WireError) -> Error {
    if error.code == ErrorCode::ErrorRateLimited as i32 {
        let hours = error.retry_after_ms.div_ceil(3_600_000).max(1);
        let sentence = format!(
            "No guess is left for this backup's passphrase. The next one can be made in about {hours} hours. Nothing was changed."
        );
        return Error::new(Kind::RateLimited, sentence);
    }
    refusal(error)
}
