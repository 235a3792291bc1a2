//! Another key for the database: a passphrase set, changed or taken away. The whole file is encrypted anew, so that a
//! key that was once in reach opens nothing any more.
//!
//! ```text
//! key file {old} ─▶ {old, next} ─▶ database encrypted anew, one transaction ─▶ {next}
//! ```
//! Killed in between, either key fits, and the next start finds out which and settles it.

use casemate_api::{Error, Kind};
use data_encoding::HEXLOWER;
use rusqlite::Connection;
use zeroize::Zeroizing;

use super::super::disk;
use super::key_file::{KeptIn, KeyFile};
use super::{DbKey, Home, Opened, database, make_key};

impl Home {
    /// Changes how the database is locked. It must not be open. `current` is the passphrase, where there is one.
    pub fn relock(&self, current: Option<&str>, new: Option<&str>) -> Result<(), Error> {
        let mut key_file = KeyFile::read(&self.key_path())?.ok_or_else(|| self.database_missing())?;
        let opened = match (&key_file.kept_in, current) {
            (KeptIn::Passphrase { .. }, Some(current)) => self.unlock(current)?,
            (KeptIn::Passphrase { .. }, None) => {
                return Err(Error::new(Kind::Locked, "Type the passphrase that holds now."));
            }
            _ => match self.open()? {
                super::State::Open(opened) => opened,
                _ => return Err(Error::new(Kind::Locked, "Type the passphrase that holds now.")),
            },
        };
        let (next, key) = make_key(new)?;
        key_file.next = Some(next.clone());
        key_file.write(&self.key_path())?;
        encrypt_anew(&opened.db, &key).map_err(|error| self.database_broken(&error))?;
        drop(opened);
        let db = match database::open(&self.database_path(), &key) {
            Ok(db) => db,
            Err(_) => {
                return Err(Error::new(
                    Kind::Locked,
                    "The database did not take the new key; the old one holds.",
                ));
            }
        };
        self.settled(&key_file, &next, db, key).map(drop)
    }

    /// Whether a passphrase locks it.
    pub fn has_passphrase(&self) -> Result<bool, Error> {
        let key_file = KeyFile::read(&self.key_path())?;
        Ok(key_file.is_some_and(|key_file| matches!(key_file.kept_in, KeptIn::Passphrase { .. })))
    }

    /// One key opened the database: of the two that there may be, the other is forgotten.
    pub(super) fn settled(
        &self,
        key_file: &KeyFile,
        way: &KeptIn,
        db: Connection,
        key: DbKey,
    ) -> Result<Opened, Error> {
        if key_file.next.is_some() {
            let settled = KeyFile::new(way.clone());
            let settled = if key_file.account { settled.with_account() } else { settled };
            settled.write(&self.key_path())?;
            key_file.ways().filter(|other| *other != way).for_each(KeptIn::forget);
        }
        Ok(Opened { db, key_kept_in: way.name(), account: key_file.account, key })
    }

    /// Removes everything: the account is no more. The key first, so that a kill leaves nothing that can be read. It is in the key store,
    /// in the file, or in neither.
    pub fn erase(&self) -> Result<(), Error> {
        match KeyFile::read(&self.key_path()) {
            Ok(key_file) => key_file.iter().flat_map(KeyFile::ways).for_each(KeptIn::forget),
            // What it says nobody knows, and the rest is removed all the same.
            Err(error) => tracing::warn!(%error, "the key file cannot be read"),
        }
        for name in
            ["key", "key.next", "casemate.db", "casemate.db-wal", "casemate.db-shm", "casemate.db-journal"]
        {
            let path = self.dir.join(name);
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(super::unusable(&path, &error));
                }
                _ => {}
            }
        }
        let blobs = self.blobs();
        let removed = std::fs::remove_dir_all(&blobs).and_then(|()| disk::own_folder(&blobs));
        removed.map_err(|error| super::unusable(&blobs, &error))
    }
}

/// Every page under another key, in one transaction. A journal instead of the log beside it: what the log holds would
/// be under both keys.
fn encrypt_anew(db: &Connection, key: &DbKey) -> rusqlite::Result<()> {
    let pragma = Zeroizing::new(format!("pragma rekey = \"x'{}'\"", HEXLOWER.encode(&key[..])));
    db.execute_batch("pragma wal_checkpoint(truncate); pragma journal_mode = delete;")?;
    db.execute_batch(&pragma)
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    fn home() -> (tempfile::TempDir, Home) {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::take(dir.path()).unwrap();
        let opened = home.begin(None).unwrap();
        opened.db.execute_batch("create table t (x text); insert into t values ('kept')").unwrap();
        drop(opened);
        home.keep().unwrap();
        (dir, home)
    }

    fn kept(opened: &Opened) -> bool {
        opened.db.query_row("select x = 'kept' from t", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn set_changed_and_taken_away() {
        let (_dir, home) = home();
        home.relock(None, Some("one")).unwrap();
        assert!(matches!(home.open().unwrap(), State::Locked { account: true }));
        assert!(kept(&home.unlock("one").unwrap()));
        assert_eq!(home.relock(None, Some("two")).unwrap_err().kind, Kind::Locked);
        assert_eq!(home.relock(Some("wrong"), Some("two")).unwrap_err().kind, Kind::Locked);
        home.relock(Some("one"), Some("two")).unwrap();
        assert_eq!(home.unlock("one").err().unwrap().kind, Kind::Locked);
        assert!(kept(&home.unlock("two").unwrap()));
        home.relock(Some("two"), None).unwrap();
        let State::Open(opened) = home.open().unwrap() else { panic!("locked") };
        assert!(kept(&opened));
    }

    #[test]
    fn killed_before_and_after_the_database_took_its_key() {
        for took in [false, true] {
            let (_dir, home) = home();
            let State::Open(opened) = home.open().unwrap() else { panic!("locked") };
            let (next, key) = make_key(Some("next")).unwrap();
            let mut key_file = KeyFile::read(&home.key_path()).unwrap().unwrap();
            key_file.next = Some(next);
            key_file.write(&home.key_path()).unwrap();
            if took {
                encrypt_anew(&opened.db, &key).unwrap();
            }
            drop(opened);
            match home.open().unwrap() {
                State::Open(opened) => assert!(!took && kept(&opened)),
                State::Locked { .. } => assert!(took && kept(&home.unlock("next").unwrap())),
                State::Empty => panic!("lost"),
            }
            assert!(KeyFile::read(&home.key_path()).unwrap().unwrap().next.is_none(), "settled");
        }
    }

    #[test]
    fn erased_it_is_as_new() {
        let (_dir, home) = home();
        home.erase().unwrap();
        assert!(matches!(home.open().unwrap(), State::Empty));
        drop(home.begin(Some("anew")).unwrap());
    }
}
