//! How to get at the database's key, as IndexedDB keeps it: salt and costs where there is a passphrase; sealed under what
//! a passkey answers; else the key itself, encrypted under one that the browser keeps and gives to no script (WebCrypto,
//! not extractable).

use casemate_api::{Error, Kind};
use casemate_crypto::passkey;
use casemate_crypto::passphrase::{PassphraseError, PassphraseHeader};
use data_encoding::HEXLOWER;
use wasm_bindgen::JsValue;
use zeroize::Zeroizing;

use super::home::{DbKey, Home, does_not_fit, unusable};
use super::js::{get, object, words_of};

const VERSION: f64 = 1.0;

/// How to get at the key.
#[derive(Clone)]
pub struct Record {
    /// An account was made in the database; else perhaps only begun.
    pub account: bool,
    /// The way to the key.
    pub way: Way,
    /// The way to the key that the database is being given: until that is done either may fit.
    pub next: Option<Way>,
}

/// One way, and a passkey beside it.
#[derive(Clone)]
pub struct Way {
    /// Without the passkey.
    pub kept: Kept,
    /// With it.
    pub passkey: Option<SealedKey>,
}

/// Where the key is.
#[derive(Clone)]
pub enum Kept {
    /// A passphrase makes it.
    Passphrase(PassphraseHeader),
    /// This browser has it.
    Browser(JsValue),
    /// Only the passkey opens it.
    Passkey,
}

/// The key, sealed under what a passkey answers.
#[derive(Clone)]
pub struct SealedKey {
    /// The credential's id, base64url.
    pub credential: String,
    /// What the passkey is asked with, base64url.
    pub salt: String,
    /// Sealed.
    pub sealed: Vec<u8>,
}

impl SealedKey {
    /// The key, where this is what the passkey answers.
    pub fn open(&self, secret: &[u8]) -> Option<DbKey> {
        passkey::open(secret, &self.sealed)
    }
}

impl Record {
    /// Those that may be the true one, the newest first.
    pub fn ways(&self) -> impl Iterator<Item = &Way> {
        self.next.iter().chain([&self.way])
    }

    /// For `account.show`.
    pub fn kept_in(&self) -> &'static str {
        match (&self.way.kept, &self.way.passkey) {
            (Kept::Passphrase(_), Some(_)) => "passphrase_or_passkey",
            (Kept::Passphrase(_), None) => "passphrase",
            (Kept::Browser(_), _) => "browser",
            (Kept::Passkey, _) => "passkey",
        }
    }

    /// Whether somebody must give something to open it.
    pub fn is_locked(&self) -> bool {
        !matches!(self.way.kept, Kept::Browser(_))
    }

    /// Whether whoever asks for another lock knows what opens the database now: the passphrase, or what the passkey
    /// answers.
    pub fn proves(&self, key: &DbKey, given: Option<&str>) -> Result<(), Error> {
        let given = given.unwrap_or_default();
        let by_passkey = || {
            let passkey = self.way.passkey.as_ref()?;
            passkey.open(&super::relock::decode(given).ok()?)
        };
        let known = match &self.way.kept {
            Kept::Browser(_) => true,
            Kept::Passphrase(_) if given.is_empty() => false,
            Kept::Passphrase(header) => derive(header, given)? == *key,
            Kept::Passkey => by_passkey().is_some_and(|opened| opened == *key),
        };
        if known {
            return Ok(());
        }
        let sentence = match self.way.kept {
            Kept::Passkey => "Use the passkey that holds now first. Nothing was changed.",
            _ => "This is not the passphrase that holds now. Nothing was changed.",
        };
        Err(Error::new(Kind::Locked, sentence))
    }

    /// Whether this is what the passkey answers, be it the only lock or beside a passphrase.
    pub fn opens_by_passkey(&self, key: &DbKey, secret: &str) -> Result<(), Error> {
        let secret = super::relock::decode(secret)?;
        let opened = self.way.passkey.as_ref().and_then(|passkey| passkey.open(&secret));
        match opened {
            Some(opened) if opened == *key => Ok(()),
            _ => {
                let sentence = "This passkey does not open your messages. Try another way.";
                Err(Error::new(Kind::Locked, sentence))
            }
        }
    }

    /// For the page: which passkey to ask, and whether there is a passphrase.
    pub fn asks(&self) -> JsValue {
        let passkey = self.ways().find_map(|way| way.passkey.as_ref());
        let passkey = match passkey {
            Some(passkey) => object(&[
                ("credential", passkey.credential.as_str().into()),
                ("salt", passkey.salt.as_str().into()),
            ]),
            None => JsValue::NULL,
        };
        let passphrase = self.ways().any(|way| matches!(way.kept, Kept::Passphrase(_)));
        object(&[("passkey", passkey), ("passphrase", passphrase.into())])
    }

    /// Does the database of this key have this passphrase, or none?
    pub fn fits(&self, key: &DbKey, passphrase: Option<&str>) -> Result<bool, Error> {
        match (&self.way.kept, passphrase) {
            (Kept::Passphrase(header), Some(passphrase)) => Ok(derive(header, passphrase)? == *key),
            (Kept::Browser(_), None) => Ok(true),
            _ => Ok(false),
        }
    }
}

impl Home {
    /// Keeps the record: from now on nothing replaces a database with an account.
    pub async fn write(&self, record: &Record) -> Result<(), Error> {
        let mut fields = vec![("version", VERSION.into()), ("account", record.account.into())];
        fields.extend(written(&record.way)?);
        if let Some(next) = &record.next {
            fields.push(("next", object(&written(next)?)));
        }
        self.host.save(&object(&fields)).await.map(drop).map_err(|error| unusable(&words_of(&error)))
    }

    pub(super) async fn record(&self) -> Result<Option<Record>, Error> {
        let stored = self.host.load().await.map_err(|error| unusable(&words_of(&error)))?;
        if !stored.is_object() {
            return Ok(None);
        }
        if get(&stored, "version").as_f64() != Some(VERSION) {
            let sentence = "This browser's data was written by a newer Casemate; reload the page to update.";
            return Err(Error::new(Kind::Locked, sentence));
        }
        let next = get(&stored, "next");
        Ok(Some(Record {
            account: get(&stored, "account").is_truthy(),
            way: read(&stored)?,
            next: if next.is_object() { Some(read(&next)?) } else { None },
        }))
    }
}

fn written(way: &Way) -> Result<Vec<(&'static str, JsValue)>, Error> {
    let mut fields = match &way.kept {
        Kept::Passphrase(header) => {
            let header = serde_json::to_string(header).map_err(|error| unusable(&error.to_string()))?;
            vec![("header", header.into())]
        }
        Kept::Browser(wrapped) => vec![("wrapped", wrapped.clone())],
        Kept::Passkey => Vec::new(),
    };
    if let Some(passkey) = &way.passkey {
        let sealed = HEXLOWER.encode(&passkey.sealed);
        let passkey = [
            ("credential", passkey.credential.as_str().into()),
            ("salt", passkey.salt.as_str().into()),
            ("sealed", sealed.into()),
        ];
        fields.push(("passkey", object(&passkey)));
    }
    Ok(fields)
}

fn read(stored: &JsValue) -> Result<Way, Error> {
    let wrapped = get(stored, "wrapped");
    let kept = match get(stored, "header").as_string() {
        Some(header) => Kept::Passphrase(serde_json::from_str(&header).map_err(|_| does_not_fit())?),
        None if wrapped.is_object() => Kept::Browser(wrapped),
        None => Kept::Passkey,
    };
    let passkey = get(stored, "passkey");
    let text = |name: &str| get(&passkey, name).as_string().ok_or_else(does_not_fit);
    let passkey = match passkey.is_object() {
        true => Some(SealedKey {
            credential: text("credential")?,
            salt: text("salt")?,
            sealed: HEXLOWER.decode(text("sealed")?.as_bytes()).map_err(|_| does_not_fit())?,
        }),
        false => None,
    };
    Ok(Way { kept, passkey })
}

/// The key that a passphrase gives. Slow on purpose.
pub fn derive(header: &PassphraseHeader, passphrase: &str) -> Result<Zeroizing<[u8; 32]>, Error> {
    header.derive(passphrase).map_err(|error| match error {
        PassphraseError::Empty => Error::new(Kind::Invalid, "A passphrase cannot be empty."),
        PassphraseError::BadHeader => does_not_fit(),
    })
}
