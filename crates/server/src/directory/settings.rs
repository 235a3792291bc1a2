//! The server's own keys and name, and what it says of itself in its first answer.

use bytes::Bytes;
use casemate_transparency::incarnation::{self, INCARNATIONS};
use casemate_wire::PROTOCOL_VERSION;
use casemate_wire::manifest::{INCARNATION_LABEL, sign_labelled};
use casemate_wire::proto::transparency::{Incarnation, SignedHead};
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{HelloAnswer, TokenKey};
use ed25519_dalek::SigningKey;
use prost::Message;
use rand_core::CryptoRngCore;
use rusqlite::{Connection, OptionalExtension};

use super::{Answered, Directory, OpenError};
use crate::config::Registration;
use crate::tokens::day;

/// In `setting`: how the incarnation came about, as a greeting says it.
const BEGAN: &str = "incarnations";

/// Where the server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Name in addresses: `host` or `host:port`.
    pub name: String,
    /// `https://host`, without a trailing slash: the beginning of invitation links.
    pub public_url: String,
    /// The data folder was restored from a backup, and is opened at this time: a new incarnation begins.
    pub restored_ms: Option<i64>,
    /// The operator knows that it has another name than before, and what that means for its accounts.
    pub renamed: bool,
}

/// Who the server is: stored once, the same after every start.
pub struct Identity {
    /// Where it is reached.
    pub place: Place,
    /// Signs promises and the incarnation.
    pub key: SigningKey,
    /// New after a restore.
    pub incarnation: [u8; 16],
    /// How it came about, oldest first.
    pub began: Vec<Incarnation>,
}

impl Identity {
    /// The public half of [`Identity::key`].
    pub fn public_key(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }
}

impl Directory {
    pub(super) fn hello(&mut self, challenge: [u8; 16], now_ms: i64) -> Answered {
        let Identity { place, key, incarnation, began } = &self.identity;
        let today = day(now_ms);
        let token_keys = self
            .token_keys
            .iter()
            .filter(|((_, key_id), _)| *key_id == today)
            .map(|((kind, key_id), key)| TokenKey {
                kind: *kind,
                key_id: *key_id,
                public_key: key.public_key(),
            })
            .collect();
        Ok(Body::Hello(HelloAnswer {
            version: PROTOCOL_VERSION,
            server: place.name.clone(),
            server_key: Bytes::copy_from_slice(key.verifying_key().as_bytes()),
            incarnation: Bytes::copy_from_slice(incarnation),
            incarnation_signature: sign_labelled(key, INCARNATION_LABEL, &[incarnation]).into(),
            now_ms,
            challenge: Bytes::copy_from_slice(&challenge),
            token_keys,
            open_registration: self.policy.registration == Registration::Open,
            members_invite: self.policy.members_invite,
            blob_limit_bytes: self.policy.blob_limit,
            // The router knows whether there are relays, and says so.
            no_calls: false,
            receipts: false,
            replaces_packages: true,
            seal_keys: true,
            retention_days: self.policy.retention_days,
            incarnations: began.clone(),
        }))
    }
}

/// Loads the server's keys, or makes them on the first start. The place is stored too, for `casemate invite`.
pub fn load(db: &mut Connection, place: Place, rng: &mut dyn CryptoRngCore) -> Result<Identity, OpenError> {
    let transaction = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let mut key: [u8; 32] = stored_or_random(&transaction, "server_key", rng)?;
    let incarnation: [u8; 16] = stored_or_random(&transaction, "incarnation", rng)?;
    let began = read(&transaction, BEGAN)?.unwrap_or_default();
    let began = HelloAnswer::decode(&began[..]).map_err(unreadable)?.incarnations;
    refuse_another_name(&transaction, &place)?;
    store(&transaction, "public_url", place.public_url.as_bytes())?;
    transaction.commit()?;
    let identity = Identity { place, key: SigningKey::from_bytes(&key), incarnation, began };
    zeroize::Zeroize::zeroize(&mut key);
    Ok(identity)
}

/// Without its statements the server would begin a chain of its own, and each client would say so.
fn unreadable(error: prost::DecodeError) -> OpenError {
    let kind = rusqlite::types::Type::Blob;
    OpenError::from(rusqlite::Error::FromSqlConversionFailure(0, kind, Box::new(error)))
}

/// An account's documents say the name of its server for good. Under another one nobody of before reaches those who come now.
fn refuse_another_name(db: &Connection, place: &Place) -> Result<(), OpenError> {
    let before = read(db, "public_url")?.and_then(|url| String::from_utf8(url).ok());
    let before = before.and_then(|url| name_of(&url::Url::parse(&url).ok()?));
    let Some(before) = before.filter(|before| *before != place.name && !place.renamed) else {
        return Ok(());
    };
    // Somebody who tries it on their own machine takes any port.
    if [&before, &place.name].iter().any(|name| is_own_machine(name)) {
        return Ok(());
    }
    match has_accounts(db)? {
        true => Err(OpenError::OtherName { before, now: place.name.clone() }),
        false => Ok(()),
    }
}

pub fn has_accounts(db: &Connection) -> Result<bool, rusqlite::Error> {
    db.query_row("SELECT EXISTS (SELECT 1 FROM account)", [], |row| row.get(0))
}

/// As it stands in addresses: `host` or `host:port`.
pub fn name_of(url: &url::Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

fn is_own_machine(name: &str) -> bool {
    let Ok(url) = url::Url::parse(&format!("http://{name}")) else { return false };
    match url.host() {
        Some(url::Host::Domain(domain)) => domain == "localhost" || domain.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Goes on from a backup: another incarnation, whose id names the one before and the last head that the backup knows.
pub fn begin_incarnation(
    db: &mut Connection,
    identity: &mut Identity,
    base: SignedHead,
    at_ms: i64,
) -> Result<(), OpenError> {
    let previous = Bytes::copy_from_slice(&identity.incarnation);
    let statement = Incarnation { previous, base: Some(base), at_ms };
    let id = incarnation::id(&statement);
    let mut began = identity.began.clone();
    began.push(statement);
    let began = began.split_off(began.len().saturating_sub(INCARNATIONS));
    let row = HelloAnswer { incarnations: began.clone(), ..HelloAnswer::default() }.encode_to_vec();
    let transaction = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    store(&transaction, "incarnation", &id)?;
    store(&transaction, BEGAN, &row)?;
    transaction.commit()?;
    (identity.incarnation, identity.began) = (id, began);
    Ok(())
}

/// A stored setting.
pub fn read(db: &Connection, name: &str) -> Result<Option<Vec<u8>>, rusqlite::Error> {
    db.prepare_cached("SELECT value FROM setting WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

/// Stores a setting.
pub fn store(db: &Connection, name: &str, value: &[u8]) -> Result<(), rusqlite::Error> {
    db.prepare_cached(
        "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
    )?
    .execute((name, value))?;
    Ok(())
}

fn stored_or_random<const N: usize>(
    db: &Connection,
    name: &str,
    rng: &mut dyn CryptoRngCore,
) -> Result<[u8; N], rusqlite::Error> {
    if let Some(value) = read(db, name)? {
        return value.try_into().map_err(|_| rusqlite::Error::QueryReturnedNoRows);
    }
    let mut value = [0; N];
    rng.fill_bytes(&mut value);
    store(db, name, &value)?;
    Ok(value)
}
