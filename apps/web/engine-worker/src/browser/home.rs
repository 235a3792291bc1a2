//! This browser's database and its key: SQLCipher on OPFS, for one tab at a time.
//!
//! How to get at the key is kept beside it, in IndexedDB: salt and costs where there is a passphrase, else the key
//! itself, encrypted under one that the browser keeps and gives to no script (WebCrypto, not extractable). The
//! record is there before the database, and until an account was made in it both may be replaced.

use std::rc::Rc;

use casemate_api::{Error, Kind};
use casemate_crypto::passphrase::{PassphraseError, PassphraseHeader};
use casemate_crypto::rng;
use data_encoding::HEXLOWER;
use js_sys::Uint8Array;
use rsqlite_vfs::VfsFilesManager;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use sqlite_wasm_rs::WasmOsCallback;
use sqlite_wasm_vfs::sahpool::{OpfsSAHError, OpfsSAHPoolCfgBuilder, OpfsSAHPoolUtil, install};
use wasm_bindgen::{JsCast, JsValue};
use zeroize::Zeroizing;

use super::host::Host;
use super::js::{get, object, words_of};

const FOLDER: &str = "casemate-database";
const DATABASE: &str = "casemate.db";
const VFS: &str = "opfs-sahpool";
/// Files that SQLite may have: the database, its log, and a few that come and go.
const FILES: usize = 6;
const VERSION: f64 = 1.0;

/// The database's key.
pub type DbKey = Zeroizing<[u8; 32]>;

/// This browser's data, taken by this Worker until [`Home::close`].
pub struct Home {
    host: Rc<Host>,
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

/// An open database.
pub struct Opened {
    /// Its key is set and checked.
    pub db: Connection,
    /// Kept to compare with: SQLite holds the same.
    pub key: DbKey,
    /// How to get at it.
    pub record: Record,
}

/// How to get at the key.
#[derive(Clone)]
pub struct Record {
    /// An account was made in the database; else perhaps only begun.
    pub account: bool,
    kept: Kept,
}

#[derive(Clone)]
enum Kept {
    Passphrase(PassphraseHeader),
    Browser(JsValue),
}

enum OpenError {
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
        let options = OpfsSAHPoolCfgBuilder::new().directory(FOLDER).initial_capacity(FILES).build();
        let pool = match install::<WasmOsCallback>(&options, true).await {
            // Closed before, by this Worker.
            Ok(pool) if pool.is_paused() => pool.resume().await.map(|()| pool),
            other => other,
        };
        match pool {
            Ok(pool) => Ok(Self { host, pool }),
            Err(error) => {
                host.unlock();
                Err(cannot_take(&error))
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
                                read. Clear this site's data and begin anew, or restore your account.";
                return Err(Error::new(Kind::Locked, sentence));
            }
            return Ok(State::Empty);
        };
        if !self.exists() {
            return if record.account { Err(database_missing()) } else { Ok(State::Empty) };
        }
        let wrapped = match &record.kept {
            Kept::Passphrase(_) => return Ok(State::Locked(record)),
            Kept::Browser(wrapped) => wrapped,
        };
        let key = match self.host.unwrap(wrapped).await {
            Ok(bytes) => bytes.unchecked_into::<Uint8Array>().to_vec(),
            Err(_) => Vec::new(),
        };
        let Ok(key) = <[u8; 32]>::try_from(key) else {
            return if record.account { Err(does_not_fit()) } else { Ok(State::Empty) };
        };
        let key = Zeroizing::new(key);
        match open_database(&key) {
            Ok(db) => Ok(State::Open(Opened { db, key, record })),
            // Begun and never finished, perhaps with another key: nothing in it must be kept.
            Err(OpenError::WrongKey) if !record.account => Ok(State::Empty),
            Err(OpenError::WrongKey) => Err(does_not_fit()),
            Err(OpenError::Sqlite(error)) => Err(database_broken(&error)),
        }
    }

    /// Opens a database with its passphrase. Takes about a second and much memory: that is what makes guessing slow.
    pub fn unlock(&self, record: &Record, passphrase: &str) -> Result<Opened, Error> {
        let Kept::Passphrase(header) = &record.kept else {
            return Err(Error::new(Kind::Invalid, "This database has no passphrase."));
        };
        let key = derive(header, passphrase)?;
        match open_database(&key) {
            Ok(db) => Ok(Opened { db, key, record: record.clone() }),
            Err(OpenError::WrongKey) => {
                Err(Error::new(Kind::Locked, "Wrong passphrase. Nothing was changed; try again."))
            }
            Err(OpenError::Sqlite(error)) => Err(database_broken(&error)),
        }
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
            None => {
                let key = Zeroizing::new(rng::bytes::<32>(&mut random));
                let wrapped = self.host.wrap(&key[..]).await.map_err(|error| unusable(&words_of(&error)))?;
                (Kept::Browser(wrapped), key)
            }
        };
        for name in ["", "-wal", "-journal"] {
            self.pool.remove(&format!("{DATABASE}{name}")).map_err(|error| unusable(&error.to_string()))?;
        }
        let record = Record { account: false, kept };
        self.write(&record).await?;
        match open_database(&key) {
            Ok(db) => Ok(Opened { db, key, record }),
            Err(OpenError::WrongKey) => Err(database_missing()),
            Err(OpenError::Sqlite(error)) => Err(database_broken(&error)),
        }
    }

    /// Keeps the record: from now on nothing replaces a database with an account.
    pub async fn write(&self, record: &Record) -> Result<(), Error> {
        let kept = match &record.kept {
            Kept::Passphrase(header) => {
                let header = serde_json::to_string(header).map_err(|error| unusable(&error.to_string()))?;
                ("header", header.into())
            }
            Kept::Browser(wrapped) => ("wrapped", wrapped.clone()),
        };
        let record = object(&[("version", VERSION.into()), ("account", record.account.into()), kept]);
        self.host.save(&record).await.map(drop).map_err(|error| unusable(&words_of(&error)))
    }

    async fn record(&self) -> Result<Option<Record>, Error> {
        let stored = self.host.load().await.map_err(|error| unusable(&words_of(&error)))?;
        if !stored.is_object() {
            return Ok(None);
        }
        if get(&stored, "version").as_f64() != Some(VERSION) {
            let sentence = "This browser's data was written by a newer Casemate; reload the page to update.";
            return Err(Error::new(Kind::Locked, sentence));
        }
        let header = get(&stored, "header").as_string();
        let kept = match header {
            Some(header) => Kept::Passphrase(serde_json::from_str(&header).map_err(|_| does_not_fit())?),
            None => Kept::Browser(get(&stored, "wrapped")),
        };
        Ok(Some(Record { account: get(&stored, "account").is_truthy(), kept }))
    }

    fn exists(&self) -> bool {
        self.pool.contains(DATABASE).unwrap_or(false)
    }
}

impl Record {
    /// For `account.show`.
    pub fn kept_in(&self) -> &'static str {
        match self.kept {
            Kept::Passphrase(_) => "passphrase",
            Kept::Browser(_) => "browser",
        }
    }

    /// Does the database of this key have this passphrase, or none?
    pub fn fits(&self, key: &DbKey, passphrase: Option<&str>) -> Result<bool, Error> {
        match (&self.kept, passphrase) {
            (Kept::Passphrase(header), Some(passphrase)) => Ok(derive(header, passphrase)? == *key),
            (Kept::Browser(_), None) => Ok(true),
            _ => Ok(false),
        }
    }
}

/// Opens or makes the database. What was committed survives a crash (`synchronous=full`): the server drops what
/// this device has acknowledged.
fn open_database(key: &DbKey) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let db = Connection::open_with_flags_and_vfs(DATABASE, flags, VFS).map_err(OpenError::Sqlite)?;
    let key_pragma = Zeroizing::new(format!("pragma key = \"x'{}'\"", HEXLOWER.encode(&key[..])));
    // The key's pragma answers nothing about whether it fits; the first read does.
    db.execute_batch(&key_pragma).map_err(OpenError::Sqlite)?;
    let settled = db.execute_batch(
        // Freed pages are overwritten: they held keys that must be gone. Without shared memory, WAL needs the lock first.
        "pragma locking_mode = exclusive;
         pragma temp_store = memory;
         pragma secure_delete = on;
         pragma foreign_keys = on;
         select count(*) from sqlite_schema;
         pragma journal_mode = wal;
         pragma synchronous = full;",
    );
    match settled {
        Ok(()) => Ok(db),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => Err(OpenError::WrongKey),
        Err(error) => Err(OpenError::Sqlite(error)),
    }
}

fn derive(header: &PassphraseHeader, passphrase: &str) -> Result<DbKey, Error> {
    header.derive(passphrase).map_err(|error| match error {
        PassphraseError::Empty => Error::new(Kind::Invalid, "A passphrase cannot be empty."),
        PassphraseError::BadHeader => does_not_fit(),
    })
}

fn other_tab() -> Error {
    Error::new(Kind::Locked, "Casemate is open in another tab; go on there, or close it and come back.")
}

fn cannot_take(error: &OpfsSAHError) -> Error {
    let words = error.to_string();
    if words.contains("NoModificationAllowedError") || words.contains("Access Handle") {
        return other_tab();
    }
    if words.contains("QuotaExceeded") {
        return Error::new(
            Kind::StorageFull,
            "There is no room in this browser for your data; make some and reload.",
        );
    }
    unusable(&words)
}

fn unusable(why: &str) -> Error {
    let sentence = format!(
        "This browser does not let Casemate keep anything ({why}). In a private window, or where storage is turned \
         off, it cannot work."
    );
    Error::new(Kind::NotAllowed, sentence)
}

fn database_missing() -> Error {
    let sentence =
        "This browser has cleared your messages, although the key is still here. Restore your account.";
    Error::new(Kind::NotFound, sentence)
}

fn does_not_fit() -> Error {
    Error::new(Kind::Locked, "The key in this browser does not fit the data beside it. Restore your account.")
}

fn database_broken(error: &rusqlite::Error) -> Error {
    if error.sqlite_error_code() == Some(ErrorCode::DiskFull) {
        return Error::new(
            Kind::StorageFull,
            "There is no room in this browser for your data; make some and reload.",
        );
    }
    Error::new(Kind::Invalid, format!("The database cannot be opened: {error}."))
}
