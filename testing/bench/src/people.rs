//! Devices for MLS alone: each an account with one device, its keys from its number.

use casemate_content::proto::{ConversationKind, ConversationState};
use casemate_crypto::{DeviceIdentity, SealKeys};
use casemate_wire::ids::{DeviceId, Hash32};
use casemate_wire::manifest::{account_id, sign};
use casemate_wire::proto::directory::{Manifest, ManifestDevice};
use ed25519_dalek::SigningKey;

/// One account's only device.
pub fn device(number: u32) -> DeviceIdentity {
    let key = |what: &str| SigningKey::from_bytes(&Hash32::of(&[what.as_bytes(), &number.to_be_bytes()]).0);
    let (account_key, signing) = (key("account"), key("device"));
    let (public, recovery) =
        (account_key.verifying_key().to_bytes(), key("recovery").verifying_key().to_bytes());
    let account = account_id(&public, &recovery);
    let hash = Hash32::of(&[b"device id", &number.to_be_bytes()]);
    let device = DeviceId(hash.0[..16].try_into().expect("a hash is longer"));
    let seal = SealKeys::from_secret(&Hash32::of(&[b"seal", &number.to_be_bytes()]).0);
    let document = Manifest {
        account: account.into(),
        handle: format!("person{number}"),
        version: 1,
        account_key: public.to_vec().into(),
        recovery_key: recovery.to_vec().into(),
        devices: vec![ManifestDevice {
            device: device.into(),
            signature_key: signing.verifying_key().to_bytes().to_vec().into(),
            hpke_key_hash: seal.public_hash().into(),
            added_ms: 1,
            primary: true,
        }],
        ..Manifest::default()
    };
    let manifest = sign(&document, &account_key).expect("a well-formed manifest").to_bytes();
    DeviceIdentity { account, device, signing, manifest }
}

/// A group that a device begins.
pub fn group_of(creator: &DeviceIdentity) -> ConversationState {
    ConversationState {
        kind: ConversationKind::Group.into(),
        name: "Everybody".to_owned(),
        admins: vec![creator.account.into()],
        ..ConversationState::default()
    }
}
