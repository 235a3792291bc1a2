//! The file `key`: where the database's key is, and in the plainest case the key itself. JSON, mode 0600.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use casemate_api::{Error, Kind};
use casemate_crypto::passphrase::{PassphraseError, PassphraseHeader};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use super::super::{disk, keystore};
use super::{DbKey, unusable};

/// The newest version that this program writes and reads.
const VERSION: u32 = 1;

/// A key file has under 300 bytes.
const LIMIT_BYTES: u64 = 4_096;

#[derive(Serialize, Deserialize)]
pub struct KeyFile {
    version: u32,
    /// An account was made in the database.
    pub account: bool,
    #[serde(flatten)]
    pub kept_in: KeptIn,
    /// The key that the database is being given: until that is done either may fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<KeptIn>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kept_in", rename_all = "snake_case")]
pub enum KeptIn {
    Passphrase {
        header: PassphraseHeader,
    },
    KeyStore {
        entry: String,
    },
    File {
        #[serde(serialize_with = "to_hex", deserialize_with = "from_hex")]
        key: DbKey,
    },
}

impl KeptIn {
    /// As `account.show` says it.
    pub fn name(&self) -> &'static str {
        match self {
            KeptIn::Passphrase { .. } => "passphrase",
            KeptIn::KeyStore { .. } => "key_store",
            KeptIn::File { .. } => "file",
        }
    }

    /// This is not the way to the key any more: what lies outside of the key file is removed.
    pub fn forget(&self) {
        if let KeptIn::KeyStore { entry } = self {
            keystore::clear(entry);
        }
    }
}

impl KeyFile {
    pub fn new(kept_in: KeptIn) -> Self {
        Self { version: VERSION, account: false, kept_in, next: None }
    }

    /// The ways to the key that may be the true one, the newest first.
    pub fn ways(&self) -> impl Iterator<Item = &KeptIn> {
        self.next.iter().chain([&self.kept_in])
    }

    /// The same, with an account in its database.
    pub fn with_account(self) -> Self {
        Self { account: true, ..self }
    }

    /// `None` where there is no such file.
    pub fn read(path: &Path) -> Result<Option<Self>, Error> {
        let mut text = Zeroizing::new(String::new());
        match File::open(path) {
            Ok(file) => {
                let read = file.take(LIMIT_BYTES).read_to_string(&mut text);
                read.map_err(|error| unusable(path, &error))?
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unusable(path, &error)),
        };
        let broken = || {
            let sentence = format!("{} is damaged. Bring it back from a copy.", path.display());
            Error::new(Kind::Locked, sentence)
        };
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let version: Version = serde_json::from_str(&text).map_err(|_| broken())?;
        if version.version > VERSION {
            let sentence = format!("{} was written by a newer Casemate; update this one.", path.display());
            return Err(Error::new(Kind::Locked, sentence));
        }
        serde_json::from_str(&text).map(Some).map_err(|_| broken())
    }

    /// Replaces the file in one step: a crash leaves the old one or the new one.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let text = Zeroizing::new(serde_json::to_string(self).expect("plain data"));
        let next = path.with_extension("next");
        let written = disk::own_file(&next)
            .and_then(|file| file.set_len(0).map(|()| file))
            .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
            .and_then(|()| disk::rename(&next, path));
        written.map_err(|error| unusable(path, &error))
    }
}

/// The key that a passphrase gives. Slow on purpose.
pub fn derive(header: &PassphraseHeader, passphrase: &str) -> Result<DbKey, Error> {
    header.derive(passphrase).map_err(|error| match error {
        PassphraseError::Empty => {
            Error::new(Kind::Invalid, "An empty passphrase protects nothing; leave it out or choose one.")
        }
        PassphraseError::BadHeader => {
            Error::new(Kind::Locked, "The key file is damaged or was written by a newer Casemate.")
        }
    })
}

pub fn random_key() -> Result<DbKey, Error> {
    Ok(Zeroizing::new(random_bytes::<32>()?))
}

pub fn random_name() -> Result<String, Error> {
    Ok(HEXLOWER.encode(&random_bytes::<8>()?))
}

fn random_bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(super::no_random_numbers)?;
    Ok(bytes)
}

fn to_hex<S: Serializer>(key: &DbKey, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&Zeroizing::new(HEXLOWER.encode(&key[..])))
}

fn from_hex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DbKey, D::Error> {
    let text = Zeroizing::new(String::deserialize(deserializer)?);
    let bytes = Zeroizing::new(HEXLOWER.decode(text.as_bytes()).map_err(serde::de::Error::custom)?);
    let key: [u8; 32] = bytes.as_slice().try_into().map_err(serde::de::Error::custom)?;
    Ok(Zeroizing::new(key))
}
