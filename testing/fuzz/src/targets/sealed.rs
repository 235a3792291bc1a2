//! What stands inside boxes that anybody can seal to a device: knocks and inbox messages. The input is the
//! plaintext, sealed here as a stranger would; as a box it would hardly ever open.

use casemate_content::pad::pad_to;
use casemate_content::proto::{AddMeAgain, InGroup, InboxBody, InboxMessage, Knock, inbox_body};
use casemate_crypto::sealed::{
    INBOX_LABEL, KNOCK_LABEL, SEAL_OVERHEAD, open_inbox_message, open_knock, seal, verify_knock,
};
use casemate_crypto::{DeviceIdentity, SealKeys};
use casemate_wire::ids::{AccountId, DeviceId, InboxToken};
use casemate_wire::limits::{INBOX_SIZES, KNOCK_BYTES};
use casemate_wire::manifest::sign_labelled;
use prost::Message;

use super::manifest;

const RECEIVER: AccountId = AccountId([42; 16]);
const RECEIVER_DEVICE: DeviceId = DeviceId([43; 16]);

/// A knock that opens has only fields that knocks have, within their limits; one that verifies was signed.
pub fn knock(bytes: &[u8]) {
    let keys = receiver_keys();
    let Some(padded) = pad_to(bytes.to_vec(), KNOCK_BYTES - SEAL_OVERHEAD) else { return };
    let sealed = seal(&keys.public, KNOCK_LABEL, b"", &padded).expect("the key is good");
    assert_eq!(sealed.len(), KNOCK_BYTES);
    let Ok(knock) = open_knock(&keys, &sealed) else { return };
    assert_eq!(knock.encode_to_vec(), bytes);
    assert!(knock.note.chars().count() <= 140 && !knock.note.contains(char::is_control));
    if verify_knock(&knock, &manifest::example(1), RECEIVER).is_ok() {
        assert!(knock_seeds().iter().any(|seed| seed == bytes), "a knock verified that nobody signed");
    }
}

/// An inbox message that opens says what its device signed.
pub fn inbox(bytes: &[u8]) {
    let keys = receiver_keys();
    let Some(padded) = INBOX_SIZES.iter().find_map(|size| pad_to(bytes.to_vec(), size - SEAL_OVERHEAD))
    else {
        return;
    };
    let sealed = seal(&keys.public, INBOX_LABEL, &RECEIVER_DEVICE.0, &padded).expect("the key is good");
    if let Ok(opened) = open_inbox_message(&keys, (RECEIVER, RECEIVER_DEVICE), &sealed) {
        let sender = sender();
        assert_eq!((opened.manifest.account, opened.device), (sender.account, sender.device));
        assert!(bodies().contains(&opened.body), "a message opened that nobody signed");
    }
}

pub fn knock_seeds() -> Vec<Vec<u8>> {
    let sender = sender();
    let knock = |note: &str, taken_back: bool| {
        let mut knock = Knock {
            account: sender.account.into(),
            handle: "ana".into(),
            manifest_version: 1,
            device: sender.device.into(),
            inbox_token: InboxToken::new([9; 16]).to_field(),
            note: note.to_owned(),
            at_ms: 1,
            receiver: RECEIVER.into(),
            signature: Default::default(),
            group: Default::default(),
            taken_back,
        };
        knock.signature = sign_labelled(&sender.signing, KNOCK_LABEL, &[&knock.encode_to_vec()]).into();
        knock.encode_to_vec()
    };
    let longest = "語".repeat(130);
    vec![knock("", false), knock("It is Ana, from the choir", false), knock(&longest, false), knock("", true)]
}

pub fn inbox_seeds() -> Vec<Vec<u8>> {
    let sender = sender();
    let mut seeds = vec![vec![]];
    for body in bodies() {
        let body = body.encode_to_vec();
        let signature = sign_labelled(&sender.signing, INBOX_LABEL, &[&RECEIVER_DEVICE.0, &body]);
        let message = InboxMessage {
            account: sender.account.into(),
            device: sender.device.into(),
            signed_manifest: sender.manifest.clone().into(),
            body: body.into(),
            signature: signature.into(),
        };
        seeds.push(message.encode_to_vec());
    }
    seeds
}

fn bodies() -> [InboxBody; 2] {
    let again = AddMeAgain { log: vec![1; 16].into(), tokens: Vec::new(), ..Default::default() };
    let in_group = InGroup { log: vec![1; 16].into(), group: vec![2; 16].into() };
    [inbox_body::Kind::AddMeAgain(again), inbox_body::Kind::InGroup(in_group)].map(|kind| InboxBody {
        at_ms: 1,
        kind: Some(kind),
        ..Default::default()
    })
}

/// The first device of the manifest that the other targets use.
fn sender() -> DeviceIdentity {
    let manifest = manifest::example(1);
    DeviceIdentity {
        account: manifest.account,
        device: manifest.devices[0].id,
        signing: manifest::key(101),
        manifest: manifest.to_bytes(),
    }
}

fn receiver_keys() -> SealKeys {
    SealKeys::from_secret(&[7; 32])
}
