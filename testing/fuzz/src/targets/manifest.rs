//! Manifests: whatever verifies says what its key signed, byte for byte.

use casemate_wire::ids::{DeviceId, Hash32};
use casemate_wire::limits::HPKE_KEY_BYTES;
use casemate_wire::manifest::{VerifiedManifest, account_id, sign};
use casemate_wire::proto::directory::{Manifest, ManifestDevice};
use ed25519_dalek::SigningKey;

/// Nobody but the holders of [`key`]s signs, so nothing but the seeds may verify.
pub fn run(bytes: &[u8]) {
    let Ok(verified) = VerifiedManifest::from_bytes(bytes) else { return };
    assert_eq!(VerifiedManifest::from_bytes(&verified.to_bytes()).as_ref(), Ok(&verified));
    let is_signed = (1..=DEVICES).any(|devices| example(devices).signed.manifest == verified.signed.manifest);
    assert!(is_signed, "a document verified that nobody signed");
}

pub fn seeds() -> Vec<Vec<u8>> {
    (1..=DEVICES).map(|devices| example(devices).to_bytes()).collect()
}

/// Seeds have up to so many devices.
const DEVICES: u8 = 3;

/// A good manifest with some devices.
pub fn example(devices: u8) -> VerifiedManifest {
    let public = |number: u8| key(number).verifying_key().to_bytes();
    let device = |number: u8| ManifestDevice {
        device: DeviceId([number; 16]).into(),
        signature_key: public(100 + number).to_vec().into(),
        hpke_key_hash: Hash32::of(&[&sealing_key(number)]).into(),
        added_ms: 1,
        primary: number == 1,
    };
    let manifest = Manifest {
        account: account_id(&public(1), &public(2)).into(),
        handle: "ana".into(),
        version: 1,
        devices: (1..=devices).map(device).collect(),
        account_key: public(1).to_vec().into(),
        recovery_key: public(2).to_vec().into(),
        ..Manifest::default()
    };
    sign(&manifest, &key(1)).expect("it is a good manifest")
}

/// A device's public key to seal to; the manifest has its hash.
pub fn sealing_key(device: u8) -> [u8; HPKE_KEY_BYTES] {
    [device; HPKE_KEY_BYTES]
}

/// The keys that there are.
pub fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}
