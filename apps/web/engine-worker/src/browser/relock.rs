//! Another key for the database: a passphrase set, changed or taken away, a passkey set or taken away.
//!
//! ```text
//! record {old} ─▶ {old, next} ─▶ database encrypted anew, one transaction ─▶ {next}
//! ```
//! Killed in between, either key fits, and the next start finds out which and settles it.

use casemate_api::command::Passkey;
use casemate_api::{Error, Kind};
use casemate_crypto::passphrase::PassphraseHeader;
use casemate_crypto::{passkey, rng};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use rusqlite::Connection;
use zeroize::Zeroizing;

use super::home::{DbKey, Home, OpenError, Opened, database_broken, open_database};
use super::record::{Kept, Record, SealedKey, Way, derive};

/// What is to lock the database.
pub enum Lock {
    /// This passphrase, or none.
    Passphrase(Option<String>),
    /// This passkey beside what there is, or no passkey any more.
    Passkey(Option<Passkey>),
    /// This passkey in the place of a passphrase.
    PasskeyAlone(Passkey),
}

impl Home {
    /// Changes how the database is locked, whose key this is. It must not be open; gives it opened. `current`: the passphrase that
    /// holds now, where there is one. Where a passkey goes, the database has another key: what it sealed may lie in the
    /// browser's files still, and opens nothing.
    pub async fn relock(
        &self,
        record: &Record,
        key: &DbKey,
        lock: Lock,
        current: Option<&str>,
    ) -> Result<Opened, Error> {
        let opened = self.reopen(record, key)?;
        let mut random = rng::from_os().map_err(|error| {
            Error::new(Kind::NotAllowed, format!("The browser gives no random numbers: {error}."))
        })?;
        let way = &opened.record.way;
        let alone = matches!(lock, Lock::PasskeyAlone(_));
        let fresh = Zeroizing::new(rng::bytes::<32>(&mut random));
        let (next, key) = match lock {
            Lock::Passphrase(Some(passphrase)) => {
                let header = PassphraseHeader::new(&mut random);
                let key = derive(&header, &passphrase)?;
                // A passkey that there was sealed the key before; it is set up again.
                (Way { kept: Kept::Passphrase(header), passkey: None }, key)
            }
            Lock::Passkey(None) if matches!(way.kept, Kept::Passphrase(_)) => {
                let header = PassphraseHeader::new(&mut random);
                let key = derive(&header, current.unwrap_or_default())?;
                (Way { kept: Kept::Passphrase(header), passkey: None }, key)
            }
            Lock::Passphrase(None) | Lock::Passkey(None) => {
                let (kept, key) = self.kept_here(fresh).await?;
                (Way { kept, passkey: None }, key)
            }
            Lock::Passkey(Some(wanted)) | Lock::PasskeyAlone(wanted) => {
                let secret = decode(&wanted.secret)?;
                let is_beside = !alone && matches!(way.kept, Kept::Passphrase(_));
                // The first passkey seals the key that there is: nothing is encrypted anew.
                let is_first = is_beside && way.passkey.is_none();
                let header = PassphraseHeader::new(&mut random);
                let key = match is_beside {
                    true if is_first => opened.key.clone(),
                    true => derive(&header, current.unwrap_or_default())?,
                    false => fresh,
                };
                let sealed = passkey::seal(&secret, &key, &mut random)
                    .ok_or_else(|| Error::new(Kind::Invalid, "The passkey answered too little."))?;
                let sealed = SealedKey { credential: wanted.credential, salt: wanted.salt, sealed };
                if is_first {
                    return self.beside(opened, sealed).await;
                }
                let kept = if is_beside { Kept::Passphrase(header) } else { Kept::Passkey };
                (Way { kept, passkey: Some(sealed) }, key)
            }
        };
        let mut changing = opened.record.clone();
        changing.next = Some(next.clone());
        self.write(&changing).await?;
        encrypt_anew(&opened.db, &key).map_err(|error| database_broken(&error))?;
        drop(opened);
        match open_database(&key) {
            Ok(db) => self.settled(&changing, &next, db, key).await,
            Err(OpenError::WrongKey) => Err(Error::new(
                Kind::Locked,
                "The database did not take the new key; the old one holds. Reload the page.",
            )),
            Err(OpenError::Sqlite(error)) => Err(database_broken(&error)),
        }
    }

    /// Opens it with the key that it has.
    pub fn reopen(&self, record: &Record, key: &DbKey) -> Result<Opened, Error> {
        match open_database(key) {
            Ok(db) => Ok(Opened { db, key: key.clone(), record: record.clone() }),
            Err(OpenError::WrongKey) => Err(super::home::does_not_fit()),
            Err(OpenError::Sqlite(error)) => Err(database_broken(&error)),
        }
    }

    async fn beside(&self, mut opened: Opened, passkey: SealedKey) -> Result<Opened, Error> {
        opened.record.way.passkey = Some(passkey);
        self.write(&opened.record).await?;
        Ok(opened)
    }

    /// One way led to the key: of the two that there may be, the other is forgotten.
    pub(super) async fn settled(
        &self,
        record: &Record,
        way: &Way,
        db: Connection,
        key: DbKey,
    ) -> Result<Opened, Error> {
        let settled = Record { account: record.account, way: way.clone(), next: None };
        if record.next.is_some() {
            self.write(&settled).await?;
        }
        Ok(Opened { db, key, record: settled })
    }
}

/// What the page says that a passkey answered.
pub fn decode(secret: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
    let decoded = BASE64URL_NOPAD.decode(secret.as_bytes());
    decoded.map(Zeroizing::new).map_err(|_| Error::new(Kind::Invalid, "This is not what a passkey answers."))
}

/// Every page under another key, in one transaction. A journal instead of the log beside it: what the log holds would
/// be under both keys.
fn encrypt_anew(db: &Connection, key: &DbKey) -> rusqlite::Result<()> {
    let pragma = Zeroizing::new(format!("pragma rekey = \"x'{}'\"", HEXLOWER.encode(&key[..])));
    db.execute_batch("pragma wal_checkpoint(truncate); pragma journal_mode = delete;")?;
    db.execute_batch(&pragma)
}
