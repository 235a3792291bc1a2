//! People with devices, for this crate's tests.

use casemate_wire::ids::{AccountId, DeviceId, Hash32};
use casemate_wire::manifest::{VerifiedManifest, account_id, sign};
use casemate_wire::proto::directory::{Manifest, ManifestDevice};
use ed25519_dalek::SigningKey;

use crate::identity::{DeviceIdentity, SealKeys};

/// An account whose keys all come from its name.
#[derive(Clone)]
pub struct Person {
    pub account: AccountId,
    name: String,
    document: Manifest,
    account_key: SigningKey,
}

impl Person {
    pub fn named(name: &str) -> Self {
        Self::with_devices(name, 1)
    }

    pub fn with_devices(name: &str, devices: u8) -> Self {
        let account_key = key(name, "account", 0);
        let public = account_key.verifying_key().to_bytes();
        let recovery = key(name, "recovery", 0).verifying_key().to_bytes();
        let account = account_id(&public, &recovery);
        let mut document = Manifest {
            account: account.into(),
            handle: name.to_owned(),
            version: 1,
            account_key: public.to_vec().into(),
            recovery_key: recovery.to_vec().into(),
            ..Manifest::default()
        };
        document.devices = (0..devices).map(|n| device(name, n)).collect();
        Self { account, name: name.to_owned(), document, account_key }
    }

    /// The newest manifest.
    pub fn manifest(&self) -> VerifiedManifest {
        sign(&self.document, &self.account_key).unwrap()
    }

    /// The n-th device, also one that the manifest does not name (yet, or any more).
    pub fn id(&self, n: u8) -> DeviceIdentity {
        DeviceIdentity {
            account: self.account,
            device: device_id(&self.name, n),
            signing: key(&self.name, "device", n),
            manifest: self.manifest().to_bytes(),
        }
    }

    pub fn seal(&self, n: u8) -> SealKeys {
        SealKeys::from_secret(&Hash32::of(&[b"seal", self.name.as_bytes(), &[n]]).0)
    }

    /// The same person with the next version of the manifest.
    pub fn next(&self, change: impl FnOnce(&mut Manifest)) -> Self {
        let mut next = self.clone();
        next.document.version += 1;
        next.document.previous_hash = self.manifest().hash.into();
        change(&mut next.document);
        next
    }

    /// Without the n-th device.
    pub fn drop_device(&self, n: u8) -> Self {
        let dropped = device_id(&self.name, n);
        self.next(|document| document.devices.retain(|device| device.device[..] != dropped.0))
    }

    /// With one device more.
    pub fn add_device(&self, n: u8) -> Self {
        self.next(|document| document.devices.push(device(&self.name, n)))
    }

    /// With a new account key under the recovery key.
    pub fn new_account_key(&self) -> Self {
        self.succeeded(1, 0)
    }

    /// With the `account`-th account key and the `recovery`-th recovery key, under the signature of the first one.
    pub fn succeeded(&self, account: u8, recovery: u8) -> Self {
        let new = key(&self.name, "account", account);
        let public = new.verifying_key().to_bytes();
        let next_recovery = key(&self.name, "recovery", recovery).verifying_key().to_bytes();
        let first = key(&self.name, "recovery", 0);
        let index = self.document.successions.len() as u64;
        let mut next = self.next(|document| {
            if document.successions.is_empty() {
                document.first_account_key = document.account_key.clone();
                document.first_recovery_key = document.recovery_key.clone();
            }
            document.account_key = public.to_vec().into();
            document.recovery_key = next_recovery.to_vec().into();
            let succession =
                casemate_wire::manifest::succession(&self.account, index, public, next_recovery, &first);
            document.successions.push(succession);
        });
        next.account_key = new;
        next
    }
}

fn key(name: &str, kind: &str, n: u8) -> SigningKey {
    SigningKey::from_bytes(&Hash32::of(&[name.as_bytes(), b"/", kind.as_bytes(), &[n]]).0)
}

fn device_id(name: &str, n: u8) -> DeviceId {
    DeviceId(Hash32::of(&[name.as_bytes(), b"/id", &[n]]).0[..16].try_into().unwrap())
}

fn device(name: &str, n: u8) -> ManifestDevice {
    let seal = SealKeys::from_secret(&Hash32::of(&[b"seal", name.as_bytes(), &[n]]).0);
    ManifestDevice {
        device: device_id(name, n).into(),
        signature_key: key(name, "device", n).verifying_key().to_bytes().to_vec().into(),
        hpke_key_hash: seal.public_hash().into(),
        added_ms: 1,
        primary: n == 0,
    }
}
