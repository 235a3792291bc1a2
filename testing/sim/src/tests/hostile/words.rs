//! Whoever has recovery words that were replaced, an old paper or a copy of an old database, signs what they like with
//! them, with the server on their side or without it.

use casemate_content::proto as content;
use casemate_content::proto::content::Kind;
use casemate_content::proto::inbox_body;
use casemate_crypto::recovery::RecoveryKit;
use casemate_crypto::{
    Change, CommitAad, CryptoError, DeviceIdentity, MemoryKv, SealKeys, SkipReason, Suite, key_package,
};
use casemate_wire::ids::{AccountId, DeviceId};
use casemate_wire::manifest::{VerifiedManifest, sign, succession};
use casemate_wire::proto::directory::ManifestDevice;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{DeviceKeys, ErrorCode, PublishManifest};
use ed25519_dalek::SigningKey;
use serde_json::json;

use super::{Story, story};
use crate::{ClientId, World};

/// The thief's own device in somebody's account, in a document that begins with words that were replaced.
struct Forged {
    document: VerifiedManifest,
    device: DeviceIdentity,
    seal: SealKeys,
}

/// `times` successions from the first words on, then the thief's device, as the next version after `known`.
fn forged(known: &VerifiedManifest, words: &RecoveryKit, times: u64) -> Forged {
    let key = |n: u8| SigningKey::from_bytes(&[n; 32]);
    let (seal, id) = (SealKeys::from_secret(&[9; 32]), DeviceId([9; 16]));
    let mut document = known.document();
    if document.successions.is_empty() {
        document.first_account_key = document.account_key.clone();
        document.first_recovery_key = document.recovery_key.clone();
    }
    document.successions.clear();
    let mut recovery = words.signing_key();
    for index in 0..times {
        let public = |n: u8| key(n).verifying_key().to_bytes();
        document.successions.push(succession(&known.account, index, public(90), public(91), &recovery));
        recovery = key(91);
    }
    document.account_key = key(90).verifying_key().to_bytes().to_vec().into();
    document.recovery_key = key(91).verifying_key().to_bytes().to_vec().into();
    document.version = known.version + 1;
    document.previous_hash = known.hash.into();
    document.devices = vec![ManifestDevice {
        device: id.into(),
        signature_key: key(92).verifying_key().to_bytes().to_vec().into(),
        hpke_key_hash: seal.public_hash().into(),
        added_ms: 1,
        primary: true,
    }];
    let document = sign(&document, &key(90)).expect("it is well signed");
    let manifest = document.to_bytes();
    let device = DeviceIdentity { account: document.account, device: id, signing: key(92), manifest };
    Forged { document, device, seal }
}

impl World {
    fn manifest_of(&mut self, id: ClientId) -> VerifiedManifest {
        VerifiedManifest::from_bytes(&self.setting(id, "manifest")).unwrap()
    }

    fn known_of(&mut self, at: ClientId, account: AccountId) -> VerifiedManifest {
        let bytes: Vec<u8> = self.with_db(at, |db| {
            let sql = "SELECT manifest FROM people WHERE account = ?1";
            db.query_row(sql, [&account.0[..]], |row| row.get(0)).unwrap()
        });
        VerifiedManifest::from_bytes(&bytes).unwrap()
    }
}

#[test]
fn words_that_were_replaced_take_nothing_over() {
    let Story { mut world, ana, bob, cleo, second, group, .. } = story(World::new(8_900));
    // A photograph of Bob's paper, and a copy of his database, from before.
    let entropy: [u8; 16] = world.setting(bob, "recovery_entropy").try_into().unwrap();
    let words = RecoveryKit::from_entropy(entropy);
    let (at_bob, at_cleo) = (world.named(bob, "Plans"), world.named(cleo, "Plans"));
    let mut copy = world.copy_of(bob, &at_bob);
    let renewed = world.ok(bob, "recovery.kit", json!({"renew": true}));
    assert_eq!(renewed["words"].as_str().unwrap().split(' ').count(), 12);
    world.settle_for(60_000);
    let own = world.manifest_of(bob);
    assert_eq!(own.generation, 1);

    for times in [1, 2, 7] {
        let thief = forged(&own, &words, times);
        assert_eq!(thief.document.generation, times);
        // The server, which needs no other proof of whoever publishes.
        let device_keys = vec![DeviceKeys {
            device: thief.device.device.into(),
            hpke_key: thief.seal.public.clone().into(),
            seal_key: None,
        }];
        let manifest = Some(thief.document.signed.clone());
        let answer =
            world.ask(Request::PublishManifest(PublishManifest { manifest, device_keys, proof: None }));
        assert!(
            matches!(&answer, Body::Error(error) if error.code == ErrorCode::ErrorStale as i32),
            "{answer:?}"
        );
        // Contacts and own devices, when the server is in on it and promises it.
        let (shown, promise) = (thief.document.signed.clone(), world.promise_of(&thief.document.signed));
        world.tamper = Some(Box::new(move |_, mut frame| {
            if let Some(Body::Manifest(answer)) = &mut frame.body {
                (answer.manifest, answer.promise) = (Some(shown.clone()), Some(promise.clone()));
                answer.shown = None;
            }
            vec![frame]
        }));
        for who in [ana, bob, cleo, second] {
            world.cut(who.0);
        }
        world.settle_for(30_000);
        world.truth();
        // Contacts, in the conversation and by their inboxes, with the copied device's right to write there.
        let signed = thief.document.to_bytes();
        copy.group = world.copy_of(bob, &at_bob).group;
        let new = Kind::Manifest(content::NewManifest { signed: signed.into() });
        world.insider_says(&mut copy, Vec::new(), new);
        copy.id = DeviceIdentity { ..thief.device.clone() };
        let again = content::AddMeAgain {
            log: copy.log.into(),
            tokens: vec![content::DeviceToken {
                device: thief.device.device.into(),
                token: vec![1; 16].into(),
            }],
            ..Default::default()
        };
        for at in [ana, cleo] {
            let device = world.engine(at).device().unwrap();
            world.insider_posts(&copy, device, inbox_body::Kind::AddMeAgain(again.clone()));
        }
        copy.id = world.identity_of(bob);
        world.settle_for(60_000);
    }
    // The rules of the group: a member who is in on it adds the thief's device.
    let thief = forged(&own, &words, 2);
    let mut accomplice = world.copy_of(cleo, &at_cleo);
    let add = key_package(&MemoryKv::new(), &thief.device, accomplice.group.suite(), false).unwrap();
    let change = Change { add: vec![add], ..Change::default() };
    let aad = CommitAad {
        previous: accomplice.last_commit,
        add_readers: vec![casemate_wire::ids::Hash32([1; 32])],
        ..CommitAad::default()
    };
    let refused = accomplice.group.commit(&accomplice.kv, &accomplice.id, change, aad).unwrap_err();
    assert!(matches!(refused, CryptoError::NotAllowed(SkipReason::ConflictingManifest)), "{refused}");
    assert_eq!(accomplice.group.suite(), Suite::XWing);

    // Everybody has what Bob has, nothing else was added, and it was said.
    assert_eq!(world.manifest_of(bob).hash, own.hash);
    assert_eq!(world.manifest_of(second).hash, own.hash);
    for who in [ana, cleo] {
        assert_eq!(world.known_of(who, own.account).hash, own.hash);
    }
    assert_eq!(world.devices_in(ana, &group), 4);
    assert_eq!(world.ok(bob, "account.show", json!({}))["replaced"], false);
    let at_ana = world.notices(ana, &group).join("\n");
    assert!(at_ana.contains("Somebody signed other keys for bob"), "{at_ana}");
    assert!(!at_ana.contains("safety number changed"), "{at_ana}");
    let said = world.doubts(second);
    assert!(said.contains("other keys for your account"), "{said}");
}
