//! The manifest: which devices an account has, signed by its account key. Both sides verify it here.
//!
//! ```text
//! account id = SHA-256(label | first account key | first recovery key)[..16]
//!      first keys ──(succession signed by the recovery key)──▶ current keys ──signs──▶ manifest
//! ```
//! So a manifest proves by itself that its keys belong to the account id it names.

use std::cell::Cell;
use std::collections::BTreeSet;

use bytes::Bytes;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use prost::Message;
use sha2::{Digest, Sha256};

use crate::handle::Handle;
use crate::ids::{AccountId, DeviceId, Hash32};
use crate::limits::{DEVICES, MANIFEST_BYTES, MANIFEST_VERSION, MANIFEST_VERSIONS_AHEAD};
use crate::proto::directory::{KnockPolicy, Manifest, Promise, PromiseBody, SignedManifest, Succession};

/// Why a manifest was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadManifest {
    /// Does not parse, or a field has the wrong length.
    #[error("the account document is malformed")]
    Malformed,
    /// Over the size limit.
    #[error("the account document is too large")]
    TooLarge,
    /// A signature does not verify, or a key is not a good Ed25519 key.
    #[error("the account document is not signed by the account's key")]
    Signature,
    /// The keys do not lead to the account id.
    #[error("the account document's keys do not belong to its account id")]
    WrongAccount,
}

/// Why a manifest does not take the place of one that is known ([`VerifiedManifest::succeeds`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSuccessor {
    /// Of another account, or under another handle.
    #[error("the account document is of another account or name")]
    Another,
    /// As old as the known one, or older.
    #[error("the account document is not newer than the one known before")]
    Older,
    /// Its keys come from the first ones by another way: a recovery key that was replaced signed it.
    #[error("the account document's keys do not come from those known before")]
    OtherKeys,
    /// The versions between the two are missing, or others than the known one.
    #[error("the account document does not follow the version known before")]
    OtherVersion,
    /// Its version is further ahead than anybody gets.
    #[error("the account document's version is too far ahead")]
    TooFar,
}

/// A manifest whose signatures were verified. The only way to get one is [`VerifiedManifest::verify`] or
/// [`sign`].
#[derive(Debug, Clone, PartialEq)]
pub struct VerifiedManifest {
    /// The signed bytes, to be passed on.
    pub signed: SignedManifest,
    /// The account.
    pub account: AccountId,
    /// Its handle.
    pub handle: Handle,
    /// 1, 2, 3 …
    pub version: u64,
    /// How often the keys were replaced; counts before the version.
    pub generation: u64,
    /// The successions by which the keys came from the first ones.
    successions: Vec<Succession>,
    /// Live devices.
    pub devices: Vec<Device>,
    /// The key that signed it.
    pub account_key: [u8; 32],
    /// The key that can replace it.
    pub recovery_key: [u8; 32],
    /// Who may knock.
    pub knock_policy: KnockPolicy,
    /// SHA-256 of the manifest's bytes.
    pub hash: Hash32,
    /// Hash of the version before.
    pub previous_hash: Option<Hash32>,
}

/// A device as its manifest names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Ed25519: signs requests and is the MLS leaf's key.
    pub signature_key: [u8; 32],
    /// SHA-256 of its X-Wing key.
    pub hpke_key_hash: Hash32,
    /// Unix time in milliseconds.
    pub added_ms: i64,
    /// Holds the account key.
    pub primary: bool,
}

impl VerifiedManifest {
    /// Verifies everything that the document itself can prove.
    pub fn verify(signed: &SignedManifest) -> Result<Self, BadManifest> {
        if signed.manifest.len() > MANIFEST_BYTES {
            return Err(BadManifest::TooLarge);
        }
        let manifest = Manifest::decode(signed.manifest.clone()).map_err(|_| BadManifest::Malformed)?;
        // Unknown fields would be signed but unseen: decode, encode again, compare.
        if manifest.encode_to_vec() != signed.manifest {
            return Err(BadManifest::Malformed);
        }
        let account = AccountId::try_from(&manifest.account[..]).map_err(|_| BadManifest::Malformed)?;
        let handle = Handle::parse(&manifest.handle).map_err(|_| BadManifest::Malformed)?;
        let knock_policy =
            KnockPolicy::try_from(manifest.knock_policy).map_err(|_| BadManifest::Malformed)?;
        let account_key = key(&manifest.account_key)?;
        let recovery_key = key(&manifest.recovery_key)?;
        verify_keys(&account, &manifest)?;
        verify_signature(&account_key, MANIFEST_LABEL, &[&signed.manifest], &signed.signature)?;

        let devices = devices(&manifest)?;
        let previous_hash = match (manifest.version, manifest.previous_hash.len()) {
            (0, _) | (MANIFEST_VERSION.., _) => return Err(BadManifest::Malformed),
            (1, 0) => None,
            (1, _) => return Err(BadManifest::Malformed),
            _ => Some(Hash32::try_from(&manifest.previous_hash[..]).map_err(|_| BadManifest::Malformed)?),
        };
        Ok(Self {
            signed: signed.clone(),
            account,
            handle,
            version: manifest.version,
            generation: manifest.successions.len() as u64,
            successions: manifest.successions,
            devices,
            account_key,
            recovery_key,
            knock_policy,
            hash: Hash32::of(&[&signed.manifest]),
            previous_hash,
        })
    }

    /// Verifies a manifest from its encoded `SignedManifest`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadManifest> {
        if bytes.len() > MANIFEST_BYTES + 256 {
            return Err(BadManifest::TooLarge);
        }
        Self::verify(&SignedManifest::decode(bytes).map_err(|_| BadManifest::Malformed)?)
    }

    /// The encoded `SignedManifest`.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.signed.encode_to_vec()
    }

    /// Whether this may stand in the place of `known`, which somebody has of the same account. The one rule for the
    /// server, contacts, own devices and groups:
    ///
    /// - the account is the same, and its handle for good;
    /// - the successions of `known` are the first ones here, byte for byte: whoever has a recovery key that was replaced
    ///   begins another chain, and of two chains the known one stays;
    /// - with more successions than `known`, any version counts, since a stolen account key may have signed high ones;
    ///   else a higher one, which names the one before it where that is `known`;
    /// - no version is more than [`MANIFEST_VERSIONS_AHEAD`] ahead, so that nobody uses up the numbers.
    pub fn succeeds(&self, known: &Self) -> Result<(), NotSuccessor> {
        if self.account != known.account || self.handle != known.handle {
            return Err(NotSuccessor::Another);
        }
        if !self.successions.starts_with(&known.successions) {
            let older = known.successions.starts_with(&self.successions);
            return Err(if older { NotSuccessor::Older } else { NotSuccessor::OtherKeys });
        }
        let ahead = self.version.saturating_sub(known.version);
        if ahead > MANIFEST_VERSIONS_AHEAD {
            return Err(NotSuccessor::TooFar);
        }
        if self.successions.len() > known.successions.len() {
            return Ok(());
        }
        match ahead {
            0 => Err(NotSuccessor::Older),
            1 if self.previous_hash != Some(known.hash) => Err(NotSuccessor::OtherVersion),
            _ => Ok(()),
        }
    }

    /// Whether this is the very next version after `known`, which the server demands.
    pub fn follows(&self, known: &Self) -> Result<(), NotSuccessor> {
        self.succeeds(known)?;
        match known.version.checked_add(1) {
            Some(next) if self.version == next && self.previous_hash == Some(known.hash) => Ok(()),
            _ => Err(NotSuccessor::OtherVersion),
        }
    }

    /// SHA-256 of the first `count` successions; `None` where there are fewer.
    pub fn successions_hash(&self, count: u64) -> Option<Hash32> {
        let first = self.successions.get(..usize::try_from(count).ok()?)?;
        let bytes: Vec<u8> = first.iter().flat_map(Message::encode_length_delimited_to_vec).collect();
        Some(Hash32::of(&[&bytes]))
    }

    /// The device with this id, if it is live.
    pub fn device(&self, id: DeviceId) -> Option<&Device> {
        self.devices.iter().find(|device| device.id == id)
    }

    /// The parsed document, to make the next version from.
    pub fn document(&self) -> Manifest {
        Manifest::decode(self.signed.manifest.clone()).expect("it was parsed when verified")
    }
}

/// The account id that two first keys make.
pub fn account_id(first_account_key: &[u8; 32], first_recovery_key: &[u8; 32]) -> AccountId {
    let hash = Hash32::of(&[b"casemate/account/v1", first_account_key, first_recovery_key]);
    AccountId(hash.0[..16].try_into().expect("a hash is longer"))
}

/// Signs a manifest and verifies it again, so that nothing leaves that others would refuse.
pub fn sign(manifest: &Manifest, account_key: &SigningKey) -> Result<VerifiedManifest, BadManifest> {
    let bytes = Bytes::from(manifest.encode_to_vec());
    let signature = sign_labelled(account_key, MANIFEST_LABEL, &[&bytes]);
    VerifiedManifest::verify(&SignedManifest { manifest: bytes, signature: signature.into() })
}

/// Signs new keys with the recovery key they replace. `index` is the number of successions before.
pub fn succession(
    account: &AccountId,
    index: u64,
    account_key: [u8; 32],
    recovery_key: [u8; 32],
    signer: &SigningKey,
) -> Succession {
    let signature = sign_labelled(
        signer,
        SUCCESSION_LABEL,
        &[&account.0, &index.to_be_bytes(), &account_key, &recovery_key],
    );
    Succession {
        account_key: Bytes::copy_from_slice(&account_key),
        recovery_key: Bytes::copy_from_slice(&recovery_key),
        signature: signature.into(),
    }
}

/// Verifies the server's promise for a manifest.
pub fn verify_promise(
    promise: &Promise,
    server_key: &[u8; 32],
    manifest: &VerifiedManifest,
) -> Result<PromiseBody, BadManifest> {
    verify_signature(server_key, PROMISE_LABEL, &[&promise.body], &promise.signature)?;
    let body = PromiseBody::decode(promise.body.clone()).map_err(|_| BadManifest::Malformed)?;
    let same = body.account[..] == manifest.account.0
        && body.handle == manifest.handle.as_str()
        && body.version == manifest.version
        && body.manifest_hash[..] == manifest.hash.0;
    if same { Ok(body) } else { Err(BadManifest::Signature) }
}

/// Verifies that the server promised this handle to this account, at whatever version.
pub fn verify_name(
    promise: &Promise,
    server_key: &[u8; 32],
    account: AccountId,
    handle: &Handle,
) -> Result<(), BadManifest> {
    verify_signature(server_key, PROMISE_LABEL, &[&promise.body], &promise.signature)?;
    let body = PromiseBody::decode(promise.body.clone()).map_err(|_| BadManifest::Malformed)?;
    let same = body.account[..] == account.0 && body.handle == handle.as_str();
    if same { Ok(()) } else { Err(BadManifest::Signature) }
}

/// Makes the server's promise for a manifest.
pub fn promise(manifest: &VerifiedManifest, at_ms: i64, server_key: &SigningKey) -> Promise {
    let body = PromiseBody {
        account: manifest.account.into(),
        handle: manifest.handle.as_str().to_owned(),
        version: manifest.version,
        manifest_hash: manifest.hash.into(),
        at_ms,
    };
    let body = Bytes::from(body.encode_to_vec());
    let signature = sign_labelled(server_key, PROMISE_LABEL, &[&body]);
    Promise { body, signature: signature.into() }
}

/// Signs `parts` under a label, so that a signature for one purpose never serves another.
pub fn sign_labelled(key: &SigningKey, label: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    key.sign(&labelled(label, parts)).to_bytes().to_vec()
}

/// Verifies a signature made by [`sign_labelled`]. Low-order and non-canonical keys are refused.
pub fn verify_signature(
    key: &[u8; 32],
    label: &[u8],
    parts: &[&[u8]],
    signature: &[u8],
) -> Result<(), BadManifest> {
    VERIFIED.set(VERIFIED.get().wrapping_add(1));
    let key = VerifyingKey::from_bytes(key).map_err(|_| BadManifest::Signature)?;
    let signature = Signature::from_slice(signature).map_err(|_| BadManifest::Signature)?;
    key.verify_strict(&labelled(label, parts), &signature).map_err(|_| BadManifest::Signature)
}

thread_local! {
    static VERIFIED: Cell<u64> = const { Cell::new(0) };
}

/// How many signatures this thread has verified so far: by it tests compare what two requests cost, without a clock.
pub fn signatures_verified() -> u64 {
    VERIFIED.get()
}

/// Label of a manifest's signature.
pub const MANIFEST_LABEL: &[u8] = b"casemate/manifest/v1";
/// Label of a succession's signature.
pub const SUCCESSION_LABEL: &[u8] = b"casemate/succession/v1";
/// Label of the server's promise.
pub const PROMISE_LABEL: &[u8] = b"casemate/promise/v1";
/// Label of a server's incarnation.
pub const INCARNATION_LABEL: &[u8] = b"casemate/incarnation/v1";
/// Label of the request that begins a restore: by the recovery key, over server name, challenge and handle.
pub const RECOVER_LABEL: &[u8] = b"casemate/recover/v1";
/// Label of the request that deletes an account: by the account key, over server name, challenge and account.
pub const DELETE_ACCOUNT_LABEL: &[u8] = b"casemate/delete-account/v1";
/// Label of a device's request: over server name, challenge and body.
pub const DEVICE_REQUEST_LABEL: &[u8] = b"casemate/device-request/v1";

/// `SHA-256(label) | SHA-256(part) | …`: no two lists of parts give the same bytes.
fn labelled(label: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut message = Sha256::digest(label).to_vec();
    for part in parts {
        message.extend_from_slice(&Sha256::digest(part));
    }
    message
}

fn verify_keys(account: &AccountId, manifest: &Manifest) -> Result<(), BadManifest> {
    let (mut current_account, mut current_recovery) = if manifest.successions.is_empty() {
        if !manifest.first_account_key.is_empty() || !manifest.first_recovery_key.is_empty() {
            return Err(BadManifest::Malformed);
        }
        (key(&manifest.account_key)?, key(&manifest.recovery_key)?)
    } else {
        (key(&manifest.first_account_key)?, key(&manifest.first_recovery_key)?)
    };
    if account_id(&current_account, &current_recovery) != *account {
        return Err(BadManifest::WrongAccount);
    }
    for (index, next) in (0u64..).zip(&manifest.successions) {
        let (next_account, next_recovery) = (key(&next.account_key)?, key(&next.recovery_key)?);
        let parts: [&[u8]; 4] = [&account.0, &index.to_be_bytes(), &next_account, &next_recovery];
        verify_signature(&current_recovery, SUCCESSION_LABEL, &parts, &next.signature)?;
        (current_account, current_recovery) = (next_account, next_recovery);
    }
    let same = current_account[..] == manifest.account_key && current_recovery[..] == manifest.recovery_key;
    if same { Ok(()) } else { Err(BadManifest::WrongAccount) }
}

fn devices(manifest: &Manifest) -> Result<Vec<Device>, BadManifest> {
    if manifest.devices.is_empty() || manifest.devices.len() > DEVICES {
        return Err(BadManifest::Malformed);
    }
    let mut ids = BTreeSet::new();
    let mut keys = BTreeSet::new();
    let mut devices = Vec::with_capacity(manifest.devices.len());
    for device in &manifest.devices {
        let device = Device {
            id: DeviceId::try_from(&device.device[..]).map_err(|_| BadManifest::Malformed)?,
            signature_key: key(&device.signature_key)?,
            hpke_key_hash: Hash32::try_from(&device.hpke_key_hash[..]).map_err(|_| BadManifest::Malformed)?,
            added_ms: device.added_ms,
            primary: device.primary,
        };
        if !ids.insert(device.id) || !keys.insert(device.signature_key) {
            return Err(BadManifest::Malformed);
        }
        devices.push(device);
    }
    let primaries = devices.iter().filter(|device| device.primary).count();
    if primaries == 1 { Ok(devices) } else { Err(BadManifest::Malformed) }
}

fn key(bytes: &[u8]) -> Result<[u8; 32], BadManifest> {
    let key: [u8; 32] = bytes.try_into().map_err(|_| BadManifest::Malformed)?;
    let point = VerifyingKey::from_bytes(&key).map_err(|_| BadManifest::Signature)?;
    if point.is_weak() { Err(BadManifest::Signature) } else { Ok(key) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::directory::ManifestDevice;

    struct Keys {
        account: SigningKey,
        recovery: SigningKey,
        device: SigningKey,
    }

    fn keys(seed: u8) -> Keys {
        let key = |n: u8| SigningKey::from_bytes(&[seed.wrapping_mul(3).wrapping_add(n); 32]);
        Keys { account: key(1), recovery: key(2), device: key(3) }
    }

    fn first(keys: &Keys) -> Manifest {
        let (account, recovery) =
            (keys.account.verifying_key().to_bytes(), keys.recovery.verifying_key().to_bytes());
        Manifest {
            account: account_id(&account, &recovery).into(),
            handle: "ana".into(),
            version: 1,
            devices: vec![ManifestDevice {
                device: DeviceId([1; 16]).into(),
                signature_key: keys.device.verifying_key().to_bytes().to_vec().into(),
                hpke_key_hash: Hash32([5; 32]).into(),
                added_ms: 1,
                primary: true,
            }],
            account_key: account.to_vec().into(),
            recovery_key: recovery.to_vec().into(),
            ..Manifest::default()
        }
    }

    #[test]
    fn signed_verified_and_every_flipped_bit_refused() {
        let keys = keys(1);
        let signed = sign(&first(&keys), &keys.account).unwrap();
        let bytes = signed.to_bytes();
        assert_eq!(VerifiedManifest::from_bytes(&bytes).unwrap(), signed);
        for bit in 0..bytes.len() * 8 {
            let mut broken = bytes.clone();
            broken[bit / 8] ^= 1 << (bit % 8);
            assert!(VerifiedManifest::from_bytes(&broken).is_err(), "bit {bit}");
        }
    }

    /// The next version, as its owner signs it.
    fn after(known: &VerifiedManifest) -> Manifest {
        let mut next = known.document();
        next.version = known.version + 1;
        next.previous_hash = known.hash.into();
        next
    }

    /// The same with new keys, under the signature of the recovery key that is in force.
    fn replaced(known: &VerifiedManifest, recovery: &SigningKey, new: &Keys) -> Manifest {
        let mut next = after(known);
        if next.successions.is_empty() {
            next.first_account_key = next.account_key.clone();
            next.first_recovery_key = next.recovery_key.clone();
        }
        let account_key = new.account.verifying_key().to_bytes();
        let recovery_key = new.recovery.verifying_key().to_bytes();
        let index = known.generation;
        next.successions.push(succession(&known.account, index, account_key, recovery_key, recovery));
        next.account_key = account_key.to_vec().into();
        next.recovery_key = recovery_key.to_vec().into();
        next
    }

    #[test]
    fn versions_form_a_chain() {
        let keys = keys(1);
        let one = sign(&first(&keys), &keys.account).unwrap();
        let two = sign(&after(&one), &keys.account).unwrap();
        assert_eq!((two.follows(&one), two.succeeds(&one)), (Ok(()), Ok(())));
        assert_eq!(one.succeeds(&two), Err(NotSuccessor::Older));
        assert_eq!(one.succeeds(&one), Err(NotSuccessor::Older));
        let mut three = after(&two);
        let signed = sign(&three, &keys.account).unwrap();
        // Whoever was away takes it; the server has every version.
        assert_eq!((signed.succeeds(&one), signed.follows(&one)), (Ok(()), Err(NotSuccessor::OtherVersion)));
        // At the very next number, the one before is named.
        three.previous_hash = one.hash.into();
        assert_eq!(sign(&three, &keys.account).unwrap().succeeds(&two), Err(NotSuccessor::OtherVersion));
    }

    #[test]
    fn a_handle_is_for_good() {
        let keys = keys(1);
        let one = sign(&first(&keys), &keys.account).unwrap();
        let renamed = Manifest { handle: "alice".into(), ..after(&one) };
        assert_eq!(sign(&renamed, &keys.account).unwrap().succeeds(&one), Err(NotSuccessor::Another));
    }

    #[test]
    fn versions_that_would_use_up_the_numbers_are_refused() {
        let keys = keys(1);
        let one = sign(&first(&keys), &keys.account).unwrap();
        let at = |version: u64| sign(&Manifest { version, ..after(&one) }, &keys.account);
        assert_eq!(at(1 + MANIFEST_VERSIONS_AHEAD).unwrap().succeeds(&one), Ok(()));
        assert_eq!(at(2 + MANIFEST_VERSIONS_AHEAD).unwrap().succeeds(&one), Err(NotSuccessor::TooFar));
        for last in [MANIFEST_VERSION, i64::MAX as u64, u64::MAX] {
            assert_eq!(at(last), Err(BadManifest::Malformed));
        }
        // The highest that there is has none after it, and nothing overflows.
        let last = at(MANIFEST_VERSION - 1).unwrap();
        assert_eq!(last.follows(&last), Err(NotSuccessor::Older));
    }

    #[test]
    fn a_recovery_key_that_was_replaced_signs_nothing_any_more() {
        let (old, new, newer, thief) = (keys(1), keys(5), keys(9), keys(13));
        let one = sign(&first(&old), &old.account).unwrap();
        let two = sign(&replaced(&one, &old.recovery, &new), &new.account).unwrap();
        assert_eq!(two.follows(&one), Ok(()));
        // From the first words, as often as the thief likes.
        let mut forged = sign(&replaced(&one, &old.recovery, &thief), &thief.account).unwrap();
        for generation in 1..4 {
            assert_eq!(forged.generation, generation);
            assert_eq!(forged.succeeds(&two), Err(NotSuccessor::OtherKeys));
            assert_eq!(two.succeeds(&forged), Err(NotSuccessor::OtherKeys));
            forged = sign(&replaced(&forged, &thief.recovery, &thief), &thief.account).unwrap();
        }
        // From the newest ones it goes on, whatever the old account key signed meanwhile.
        let high = Manifest { version: 900, ..after(&two) };
        let high = sign(&high, &new.account).unwrap();
        let three = sign(&replaced(&two, &new.recovery, &newer), &newer.account).unwrap();
        assert_eq!((three.succeeds(&two), three.succeeds(&high)), (Ok(()), Ok(())));
        assert_eq!(high.succeeds(&three), Err(NotSuccessor::Older));
        assert_eq!((three.succeeds(&one), one.succeeds(&three)), (Ok(()), Err(NotSuccessor::Older)));
    }

    #[test]
    fn another_key_cannot_take_the_account() {
        let (ana, eve) = (keys(1), keys(9));
        let mut forged = first(&ana);
        forged.account_key = eve.account.verifying_key().to_bytes().to_vec().into();
        assert_eq!(sign(&forged, &eve.account), Err(BadManifest::WrongAccount));
    }

    #[test]
    fn the_recovery_key_replaces_a_stolen_account_key() {
        let (ana, new) = (keys(1), keys(5));
        let one = sign(&first(&ana), &ana.account).unwrap();
        let mut replaced = one.document();
        replaced.version = 2;
        replaced.previous_hash = one.hash.into();
        replaced.first_account_key = replaced.account_key.clone();
        replaced.first_recovery_key = replaced.recovery_key.clone();
        let next_key = new.account.verifying_key().to_bytes();
        let recovery = ana.recovery.verifying_key().to_bytes();
        replaced.successions = vec![succession(&one.account, 0, next_key, recovery, &ana.recovery)];
        replaced.account_key = next_key.to_vec().into();
        let two = sign(&replaced, &new.account).unwrap();
        assert_eq!(two.follows(&one), Ok(()));

        // The thief goes on signing with the old key, at a higher version: superseded all the same.
        let mut thief = one.document();
        thief.version = 9;
        thief.previous_hash = one.hash.into();
        let thief = sign(&thief, &ana.account).unwrap();
        assert_eq!((two.succeeds(&thief), thief.succeeds(&two)), (Ok(()), Err(NotSuccessor::Older)));

        // Signed by anybody but the recovery key: refused.
        replaced.successions = vec![succession(&one.account, 0, next_key, recovery, &new.recovery)];
        assert_eq!(sign(&replaced, &new.account), Err(BadManifest::Signature));
    }

    #[test]
    fn weak_keys_and_two_primaries_are_refused() {
        let keys = keys(1);
        let mut weak = first(&keys);
        // The identity point: low order.
        let mut identity = vec![0u8; 32];
        identity[0] = 1;
        weak.devices[0].signature_key = identity.into();
        assert_eq!(sign(&weak, &keys.account), Err(BadManifest::Signature));
        let mut two = first(&keys);
        let mut second = two.devices[0].clone();
        second.device = DeviceId([2; 16]).into();
        second.signature_key = SigningKey::from_bytes(&[77; 32]).verifying_key().to_bytes().to_vec().into();
        two.devices.push(second);
        assert_eq!(sign(&two, &keys.account), Err(BadManifest::Malformed));
    }
}
