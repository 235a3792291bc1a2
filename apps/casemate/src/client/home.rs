//! The folder of this device's data: who may use it, its key, its database.
//!
//! ```text
//! DIR/            mode 0700
//!   lock          held by the process that uses the folder
//!   key           how to get at the database's key (see `key_file`)
//!   casemate.db   SQLCipher
//!   blobs/        encrypted files, named by blob; what no message needs has `.aside-DAY` behind it for a week
//!   unfinished/   notes of what is being written elsewhere (see `unfinished`)
//! ```
//!
//! A kill at any moment of making it leaves something that the next start can use: the key is on disk before the
//! database, and until an account was made in it both may be replaced.

mod database;
mod key_file;
mod relock;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use casemate_api::{Error, Kind};
use casemate_crypto::passphrase::PassphraseHeader;
use rusqlite::Connection;
use zeroize::Zeroizing;

use super::disk;
use super::keystore;
use super::unfinished::remove_left;
use key_file::{KeptIn, KeyFile};

/// A home that this process has for itself until it is dropped.
pub struct Home {
    dir: PathBuf,
    _lock: File,
}

/// What a home holds.
pub enum State {
    /// No account yet, and nothing that must be kept.
    Empty,
    /// A database whose passphrase somebody must give.
    Locked {
        /// An account was made in it; else only begun.
        account: bool,
    },
    /// An open database.
    Open(Opened),
}

/// An open database.
pub struct Opened {
    /// Its key is set and checked.
    pub db: Connection,
    /// `passphrase`, `key_store` or `file`.
    pub key_kept_in: &'static str,
    /// An account was made in it; else perhaps only begun.
    pub account: bool,
    /// Kept to compare with: SQLite holds the same.
    pub key: DbKey,
}

/// The folder of notes in a home.
pub fn notes_in(dir: &Path) -> PathBuf {
    dir.join("unfinished")
}

impl Home {
    /// Makes the folder when missing, private, and takes it; one that is there keeps its mode, its files are private
    /// all the same. A second process gets `locked`.
    pub fn take(dir: &Path) -> Result<Self, Error> {
        disk::folder(dir).map_err(|error| unusable(dir, &error))?;
        let path = dir.join("lock");
        let lock = disk::own_file(&path).map_err(|error| unusable(&path, &error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let sentence = format!("Another Casemate is using {}; close it first.", dir.display());
                return Err(Error::new(Kind::Locked, sentence));
            }
            Err(TryLockError::Error(error)) => return Err(unusable(&path, &error)),
        }
        let home = Self { dir: dir.to_owned(), _lock: lock };
        for folder in [home.blobs(), home.notes()] {
            disk::own_folder(&folder).map_err(|error| unusable(&folder, &error))?;
        }
        // Also while it is locked: what was left is in the clear.
        remove_left(&home.notes());
        Ok(home)
    }

    /// The folder of encrypted files.
    pub fn blobs(&self) -> PathBuf {
        self.dir.join("blobs")
    }

    /// The folder of notes of what is being written elsewhere.
    pub fn notes(&self) -> PathBuf {
        notes_in(&self.dir)
    }

    /// Opens the database, unless there is none or a passphrase is needed.
    pub fn open(&self) -> Result<State, Error> {
        let Some(key_file) = KeyFile::read(&self.key_path())? else {
            if self.database_path().exists() {
                let sentence = format!(
                    "The file {} is missing, and without it the database cannot be read. Bring it back from where it was moved to.",
                    self.key_path().display()
                );
                return Err(Error::new(Kind::Locked, sentence));
            }
            return Ok(State::Empty);
        };
        if !self.database_path().exists() {
            return if key_file.account { Err(self.database_missing()) } else { Ok(State::Empty) };
        }
        let mut fits: Result<State, Error> = Err(Error::new(
            Kind::Locked,
            format!("{} does not fit the database beside it.", self.key_path().display()),
        ));
        for way in key_file.ways() {
            let key = match way {
                KeptIn::Passphrase { .. } => {
                    fits = Ok(State::Locked { account: key_file.account });
                    continue;
                }
                KeptIn::KeyStore { entry } => match keystore::look_up(entry) {
                    Err(_) if !key_file.account => return Ok(State::Empty),
                    key => key?,
                },
                KeptIn::File { key } => key.clone(),
            };
            match database::open(&self.database_path(), &key) {
                Ok(db) => return self.settled(&key_file, way, db, key).map(State::Open),
                Err(database::OpenError::WrongKey) => {}
                Err(database::OpenError::Sqlite(error)) => return Err(self.database_broken(&error)),
            }
        }
        match fits {
            // Begun and never finished, perhaps with another key: nothing in it must be kept.
            Err(_) if !key_file.account => Ok(State::Empty),
            fits => fits,
        }
    }

    /// Opens a database with its passphrase. Takes about a second and much memory: that is what makes guessing slow.
    pub fn unlock(&self, passphrase: &str) -> Result<Opened, Error> {
        let key_file = KeyFile::read(&self.key_path())?.ok_or_else(|| self.database_missing())?;
        let mut wrong = Error::new(Kind::Invalid, "This database has no passphrase.");
        for way in key_file.ways() {
            let KeptIn::Passphrase { header } = way else { continue };
            let key = key_file::derive(header, passphrase)?;
            match database::open(&self.database_path(), &key) {
                Ok(db) => return self.settled(&key_file, way, db, key),
                Err(database::OpenError::WrongKey) => {
                    wrong = Error::new(Kind::Locked, "Wrong passphrase. Nothing was changed; try again.");
                }
                Err(database::OpenError::Sqlite(error)) => return Err(self.database_broken(&error)),
            }
        }
        Err(wrong)
    }

    /// Makes a new, empty database with a new key. Only where there is no account: what was begun is removed.
    pub fn begin(&self, passphrase: Option<&str>) -> Result<Opened, Error> {
        // Whatever can be refused is refused before anything is removed.
        let (kept_in, key) = make_key(passphrase)?;
        let key_file = KeyFile::new(kept_in);
        let begun = KeyFile::read(&self.key_path()).ok().flatten();
        for name in ["casemate.db", "casemate.db-wal", "casemate.db-shm"] {
            let path = self.dir.join(name);
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(unusable(&path, &error));
                }
                _ => {}
            }
        }
        key_file.write(&self.key_path())?;
        begun.iter().flat_map(KeyFile::ways).for_each(KeptIn::forget);
        match database::open(&self.database_path(), &key) {
            Ok(db) => Ok(opened(db, &key_file, key)),
            Err(database::OpenError::WrongKey) => Err(self.database_missing()),
            Err(database::OpenError::Sqlite(error)) => Err(self.database_broken(&error)),
        }
    }

    /// Does the database that is open have this passphrase, or none?
    pub fn fits(&self, key: &DbKey, passphrase: Option<&str>) -> Result<bool, Error> {
        let Some(key_file) = KeyFile::read(&self.key_path())? else { return Ok(false) };
        match (&key_file.kept_in, passphrase) {
            (KeptIn::Passphrase { header }, Some(passphrase)) => {
                Ok(key_file::derive(header, passphrase)? == *key)
            }
            (KeptIn::Passphrase { .. }, None) | (KeptIn::KeyStore { .. } | KeptIn::File { .. }, Some(_)) => {
                Ok(false)
            }
            (KeptIn::KeyStore { .. } | KeptIn::File { .. }, None) => Ok(true),
        }
    }

    /// An account is in the database: from now on nothing replaces it.
    pub fn keep(&self) -> Result<(), Error> {
        match KeyFile::read(&self.key_path())? {
            Some(key_file) if !key_file.account => key_file.with_account().write(&self.key_path()),
            _ => Ok(()),
        }
    }

    fn key_path(&self) -> PathBuf {
        self.dir.join("key")
    }

    fn database_path(&self) -> PathBuf {
        self.dir.join("casemate.db")
    }

    fn database_missing(&self) -> Error {
        let path = self.database_path();
        Error::new(
            Kind::NotFound,
            format!("The database {} is missing. Bring it back, or use another folder.", path.display()),
        )
    }

    fn database_broken(&self, error: &rusqlite::Error) -> Error {
        let full = error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull);
        let kind = if full { Kind::StorageFull } else { Kind::Invalid };
        Error::new(kind, format!("The database {} cannot be used: {error}.", self.database_path().display()))
    }
}

fn make_key(passphrase: Option<&str>) -> Result<(KeptIn, DbKey), Error> {
    if let Some(passphrase) = passphrase {
        let mut rng = casemate_crypto::rng::from_os().map_err(no_random_numbers)?;
        let header = PassphraseHeader::new(&mut rng);
        let key = key_file::derive(&header, passphrase)?;
        return Ok((KeptIn::Passphrase { header }, key));
    }
    let key = key_file::random_key()?;
    let entry = key_file::random_name()?;
    let kept_in = if keystore::store(&entry, &key) {
        KeptIn::KeyStore { entry }
    } else {
        KeptIn::File { key: key.clone() }
    };
    Ok((kept_in, key))
}

fn no_random_numbers(error: getrandom::Error) -> Error {
    Error::new(Kind::NotAllowed, format!("The system gives no random numbers: {error}."))
}

fn opened(db: Connection, key_file: &KeyFile, key: DbKey) -> Opened {
    Opened { db, key_kept_in: key_file.kept_in.name(), account: key_file.account, key }
}

fn unusable(path: &Path, error: &std::io::Error) -> Error {
    let full = error.kind() == std::io::ErrorKind::StorageFull;
    let kind = if full { Kind::StorageFull } else { Kind::NotAllowed };
    Error::new(kind, format!("{} cannot be used: {error}.", path.display()))
}

/// The database's key; wiped when dropped.
pub type DbKey = Zeroizing<[u8; 32]>;

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn open_db(home: &Home) -> Opened {
        match home.open().unwrap() {
            State::Open(opened) => opened,
            State::Empty => panic!("empty"),
            State::Locked { .. } => panic!("locked"),
        }
    }

    #[test]
    fn a_new_home_is_empty_private_and_has_one_owner() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b");
        let home = Home::take(&path).unwrap();
        assert!(matches!(home.open().unwrap(), State::Empty));
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        let Err(second) = Home::take(&path) else { panic!("two owners") };
        assert_eq!(second.kind, Kind::Locked);
        drop(home);
        assert!(Home::take(&path).is_ok());
    }

    #[test]
    fn without_a_passphrase_it_opens_by_itself_and_is_encrypted() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::take(dir.path()).unwrap();
        let opened = home.begin(None).unwrap();
        assert_eq!(opened.key_kept_in, "file");
        opened.db.execute_batch("create table t (x text); insert into t values ('plain words')").unwrap();
        drop(opened);
        home.keep().unwrap();
        let text: String = open_db(&home).db.query_row("select x from t", [], |row| row.get(0)).unwrap();
        assert_eq!(text, "plain words");
        let bytes = std::fs::read(dir.path().join("casemate.db")).unwrap();
        assert!(!bytes.windows(11).any(|window| window == b"plain words"));
        assert!(!bytes.starts_with(b"SQLite format"));
        for name in ["key", "casemate.db", "casemate.db-wal"] {
            let mode = std::fs::metadata(dir.path().join(name)).map(|file| file.permissions().mode() & 0o777);
            assert!(matches!(mode, Ok(0o600) | Err(_)), "{name}: {mode:?}");
        }
    }

    #[test]
    fn a_wrong_passphrase_is_said_and_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::take(dir.path()).unwrap();
        assert_eq!(home.begin(Some("")).err().unwrap().kind, Kind::Invalid);
        drop(home.begin(Some("six words")).unwrap());
        home.keep().unwrap();
        assert!(matches!(home.open().unwrap(), State::Locked { account: true }));
        let wrong = home.unlock("six word").err().unwrap();
        assert_eq!(wrong.kind, Kind::Locked);
        assert!(wrong.message.contains("Wrong passphrase"));
        assert_eq!(home.unlock("six words").unwrap().key_kept_in, "passphrase");
    }

    #[test]
    fn what_was_begun_and_not_finished_can_begin_anew() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::take(dir.path()).unwrap();
        drop(home.begin(None).unwrap());
        // Killed after the key was written and before there was a database.
        std::fs::remove_file(dir.path().join("casemate.db")).unwrap();
        assert!(matches!(home.open().unwrap(), State::Empty));
        // Killed while the first page was written.
        std::fs::write(dir.path().join("casemate.db"), [7; 100]).unwrap();
        assert!(matches!(home.open().unwrap(), State::Empty));
        drop(home.begin(None).unwrap());
        assert!(!open_db(&home).account);
    }

    #[test]
    fn an_account_is_never_replaced_silently() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::take(dir.path()).unwrap();
        drop(home.begin(None).unwrap());
        home.keep().unwrap();
        std::fs::rename(dir.path().join("casemate.db"), dir.path().join("moved")).unwrap();
        assert_eq!(home.open().err().unwrap().kind, Kind::NotFound);
        std::fs::rename(dir.path().join("moved"), dir.path().join("casemate.db")).unwrap();
        std::fs::remove_file(dir.path().join("key")).unwrap();
        assert_eq!(home.open().err().unwrap().kind, Kind::Locked);
        std::fs::write(dir.path().join("key"), r#"{"version": 99}"#).unwrap();
        assert!(home.open().err().unwrap().message.contains("newer"));
    }
}
