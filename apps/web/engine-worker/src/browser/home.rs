//! This browser's database and its key: SQLCipher on OPFS, for one tab at a time.
//!
//! How to get at the key is kept beside it, in IndexedDB (`record`). The record is there before the database, and until
//! an account was made in it both may be replaced. Another passphrase or a passkey: `relock`.

use std::rc::Rc;

use casemate_api::{Error, Kind};
use casemate_crypto::passphrase::PassphraseHeader;
use casemate_crypto::rng;
use data_encoding::HEXLOWER;
use js_sys::Uint8Array;
use rsqlite_vfs::VfsFilesManager;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use sqlite_wasm_rs::WasmOsCallback;
use sqlite_wasm_vfs::sahpool::{OpfsSAHError, OpfsSAHPoolCfgBuilder, OpfsSAHPoolUtil, install};
use wasm_bindgen::JsCast;
use zeroize::Zeroizing;

use super::host::Host;
use super::js::{sleep, words_of};
use super::record::{Kept, Record, Way, derive};

const FOLDER: &str = "casemate-database";
const DATABASE: &str = "casemate.db";
const VFS: &str = "opfs-sahpool";
/// Files that SQLite may have: the database, its log, and a few that come and go.
const FILES: usize = 6;

/// A page that was left has given the lock back before its files, which browsers close some seconds later.
const TRIES: u32 = 30;
const TRIES_APART_MS: u32 = 200;

/// The database's key.
pub type DbKey = Zeroizing<[u8; 32]>;

/// This browser's data, taken by this Worker until [`Home::close`].
pub struct Home {
    pub(super) host: Rc<Host>,
    pool: OpfsSAHPoolUtil,
}

/// What a home holds.
pub enum State {
    /// No account yet, and nothing that must be kept.
    Empty,
    /// A database whose passphrase somebody must give.
    Locked(Record),
    /// An open database.
    Open(Opened),
}

/// What somebody gives to open it.
pub enum Given {
    /// The passphrase.
    Passphrase(String),
    /// What the passkey's extension answered.
    Passkey(Zeroizing<Vec<u8>>),
}

/// An open database.
pub struct Opened {
    /// Its key is set and checked.
    pub db: Connection,
    /// Kept to compare with: SQLite holds the same.
    pub key: DbKey,
    /// How to get at it.
    pub record: Record,
}

pub enum OpenError {
    WrongKey,
    Sqlite(rusqlite::Error),
}

impl Home {
    /// Takes the database, unless another tab has it.
    pub async fn take(host: Rc<Host>) -> Result<Self, Error> {
        let taken = host.lock().await.map_err(|error| unusable(&words_of(&error)))?;
        if !taken.is_truthy() {
            return Err(other_tab());
        }
        let mut tries = TRIES;
        loop {
            let options = OpfsSAHPoolCfgBuilder::new().directory(FOLDER).initial_capacity(FILES).build();
            let pool = match install::<WasmOsCallback>(&options, true).await {
                // Closed before, by this Worker.
                Ok(pool) if pool.is_paused() => pool.resume().await.map(|()| pool),
                other => other,
            };
            match pool {
                Ok(pool) => return Ok(Self { host, pool }),
                Err(error) if is_open_elsewhere(&error) && tries > 0 => {
                    tries -= 1;
                    sleep(TRIES_APART_MS).await;
                }
                Err(error) => {
                    host.unlock();
                    return Err(cannot_take(&error));
                }
            }
        }
    }

    /// Gives the database to other tabs. Whatever had it open is gone.
    pub fn close(&self) {
        // Where SQLite still has a file open, the page ends this Worker, and that gives it back.
        let _ = self.pool.pause();
        self.host.unlock();
    }

    /// Opens the database, unless there is none or a passphrase is needed.
    pub async fn open(&self) -> Result<State, Error> {
        let Some(record) = self.record().await? else {
            if self.exists() {
                let sentence = "This browser has lost the key of your data, and without it nothing here can be \
                                read. Restore your account with its recovery kit, or begin anew.";
                return Err(Error::new(Kind::NotFound, sentence));
            }
            return Ok(State::Empty);
        };
        if !self.exists() {
            return if record.account { Err(database_missing()) } else { Ok(State::Empty) };
        }
        let mut locked = false;
        for way in record.ways() {
            let Kept::Browser(wrapped) = &way.kept else {
                locked = true;
                continue;
            };
            let key = match self.host.unwrap(wrapped).await {
                Ok(bytes) => bytes.unchecked_into::<Uint8Array>().to_vec(),
                Err(_) => Vec::new(),
            };
            let Ok(key) = <[u8; 32]>::try_from(key) else { continue };
            let key = Zeroizing::new(key);
            match open_database(&key) {
                Ok(db) => return self.settled(&record, way, db, key).await.map(State::Open),
                Err(OpenError::WrongKey) => {}
                Err(OpenError::Sqlite(error)) => return Err(database_broken(&error)),
            }
        }
        match (locked, record.account) {
            (true, _) => Ok(State::Locked(record)),
            (false, true) => Err(does_not_fit()),
            // Begun and never finished, perhaps with another key: nothing in it must be kept.
            (false, false) => Ok(State::Empty),
        }
    }

    /// Opens a database with its passphrase, or with what its passkey says. A passphrase takes about a second and much
    /// memory: that is what makes guessing slow.
    pub async fn unlock(&self, record: &Record, given: &Given) -> Result<Opened, Error> {
        let mut wrong = match given {
            Given::Passphrase(_) => Error::new(Kind::Invalid, "This database has no passphrase."),
            Given::Passkey(_) => Error::new(Kind::Invalid, "This database has no passkey."),
        };
        for way in record.ways() {
            let key = match (given, &way.kept, &way.passkey) {
                (Given::Passphrase(passphrase), Kept::Passphrase(header), _) => derive(header, passphrase)?,
                (Given::Passkey(secret), _, Some(passkey)) => match passkey.open(secret) {
                    Some(key) => key,
                    None => {
                        wrong = Error::new(
                            Kind::Locked,
                            "This passkey does not open your messages. Try another way.",
                        );
                        continue;
                    }
                },
                _ => continue,
            };
            match open_database(&key) {
                Ok(db) => return self.settled(record, way, db, key).await,
                Err(OpenError::WrongKey) => {
                    wrong = match given {
                        Given::Passphrase(_) => {
                            Error::new(Kind::Locked, "Wrong passphrase. Nothing was changed; try again.")
                        }
                        Given::Passkey(_) => does_not_fit(),
                    };
                }
                Err(OpenError::Sqlite(error)) => return Err(database_broken(&error)),
            }
        }
        Err(wrong)
    }

    /// Makes a new, empty database with a new key. Only where there is no account: what was begun is removed.
    pub async fn begin(&self, passphrase: Option<&str>) -> Result<Opened, Error> {
        // Whatever can be refused is refused before anything is removed.
        let mut random = rng::from_os().map_err(|error| {
            Error::new(Kind::NotAllowed, format!("The browser gives no random numbers: {error}."))
        })?;
        let (kept, key) = match passphrase {
            Some(passphrase) => {
                let header = PassphraseHeader::new(&mut random);
                let key = derive(&header, passphrase)?;
                (Kept::Passphrase(header), key)
            }
            None => self.kept_here(Zeroizing::new(rng::bytes::<32>(&mut random))).await?,
        };
        self.remove_files()?;
        let record = Record { account: false, way: Way { kept, passkey: None }, next: None };
        self.write(&record).await?;
        match open_database(&key) {
            Ok(db) => Ok(Opened { db, key, record }),
            Err(OpenError::WrongKey) => Err(database_missing()),
            Err(OpenError::Sqlite(error)) => Err(database_broken(&error)),
        }
    }

    /// A key that this browser keeps and opens by itself.
    pub(super) async fn kept_here(&self, key: DbKey) -> Result<(Kept, DbKey), Error> {
        let wrapped = self.host.wrap(&key[..]).await.map_err(|error| unusable(&words_of(&error)))?;
        Ok((Kept::Browser(wrapped), key))
    }

    /// Removes the database and its key.
    pub async fn erase(&self) -> Result<(), Error> {
        // The key first, so that a kill leaves nothing that can be read.
        self.host.forget().await.map_err(|error| unusable(&words_of(&error)))?;
        self.remove_files()
    }

    fn remove_files(&self) -> Result<(), Error> {
        for name in ["", "-wal", "-journal"] {
            self.pool.remove(&format!("{DATABASE}{name}")).map_err(|error| unusable(&error.to_string()))?;
        }
        Ok(())
    }

    fn exists(&self) -> bool {
        self.pool.contains(DATABASE).unwrap_or(false)
    }
}

/// Opens or makes the database.
pub(super) fn open_database(key: &DbKey) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let db = Connection::open_with_flags_and_vfs(DATABASE, flags, VFS).map_err(OpenError::Sqlite)?;
    let key_pragma = Zeroizing::new(format!("pragma key = \"x'{}'\"", HEXLOWER.encode(&key[..])));
    // The key's pragma answers nothing about whether it fits; the first read does.
    db.execute_batch(&key_pragma).map_err(OpenError::Sqlite)?;
    // Pages are kept (KiB): decrypting one again takes longer than what is done with it. It comes last: it reads the database, which
    // cannot be opened before it is locked.
    let settled = db
        .execute_batch(casemate_engine::PRAGMAS)
        .and_then(|()| db.execute_batch("pragma cache_size = -8192"));
    match settled {
        Ok(()) => Ok(db),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => Err(OpenError::WrongKey),
        Err(error) => Err(OpenError::Sqlite(error)),
    }
}

fn other_tab() -> Error {
    Error::new(Kind::Locked, "Casemate is open in another tab; go on there, or close it and come back.")
}

fn is_open_elsewhere(error: &OpfsSAHError) -> bool {
    let words = error.to_string();
    words.contains("NoModificationAllowedError") || words.contains("Access Handle")
}

fn cannot_take(error: &OpfsSAHError) -> Error {
    if is_open_elsewhere(error) {
        return other_tab();
    }
    let words = error.to_string();
    if words.contains("QuotaExceeded") {
        return no_room();
    }
    unusable(&words)
}

fn no_room() -> Error {
    Error::new(Kind::StorageFull, "There is no room in this browser for your data; make some and reload.")
}

pub(super) fn unusable(why: &str) -> Error {
    let sentence = format!(
        "This browser does not let Casemate keep anything ({why}). In a private window, or where storage is turned \
         off, it cannot work."
    );
    Error::new(Kind::NotAllowed, sentence)
}

fn database_missing() -> Error {
    let sentence = "This browser has cleared your messages. Restore your account with its recovery kit: people and conversations come back.";
    Error::new(Kind::NotFound, sentence)
}

pub(super) fn does_not_fit() -> Error {
    Error::new(
        Kind::NotFound,
        "The key in this browser does not fit the data beside it. Restore your account with its recovery kit.",
    )
}

pub(super) fn database_broken(error: &rusqlite::Error) -> Error {
    if error.sqlite_error_code() == Some(ErrorCode::DiskFull) {
        return no_room();
    }
    Error::new(Kind::Invalid, format!("The database cannot be opened: {error}."))
}
