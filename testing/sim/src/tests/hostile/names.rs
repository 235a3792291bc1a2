//! Names: a member signs whatever name it likes, and nobody is taken for somebody else by it.

use casemate_content::proto as content;
use casemate_content::proto::content::Kind;
use casemate_crypto::{Change, CommitAad, DeviceIdentity, MemoryKv, SealKeys, key_package};
use casemate_wire::ids::{AccountId, DeviceId, Hash32};
use casemate_wire::manifest::{account_id, sign};
use casemate_wire::proto::directory::{Manifest, ManifestDevice};
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};

use super::story;
use crate::insider::Insider;
use crate::{ClientId, World};

/// An account that no server knows, under a name of its maker's choice.
fn self_made(handle: &str) -> DeviceIdentity {
    let key = |n: u8| SigningKey::from_bytes(&[n; 32]);
    let public = |n: u8| key(n).verifying_key().to_bytes();
    let document = Manifest {
        account: account_id(&public(70), &public(71)).into(),
        handle: handle.into(),
        version: 1,
        devices: vec![ManifestDevice {
            device: vec![7; 16].into(),
            signature_key: public(72).to_vec().into(),
            hpke_key_hash: SealKeys::from_secret(&[73; 32]).public_hash().into(),
            added_ms: 1,
            primary: true,
        }],
        account_key: public(70).to_vec().into(),
        recovery_key: public(71).to_vec().into(),
        ..Manifest::default()
    };
    let signed = sign(&document, &key(70)).unwrap();
    let device = DeviceId([7; 16]);
    DeviceIdentity { account: signed.account, device, signing: key(72), manifest: signed.to_bytes() }
}

impl World {
    /// A member puts a device of nobody's into its log, within the rules.
    fn insider_adds(&mut self, insider: &mut Insider, who: &DeviceIdentity) {
        let package = key_package(&MemoryKv::new(), who, insider.group.suite(), false).unwrap();
        let change = Change { add: vec![package], ..Change::default() };
        let readers = vec![Hash32([1; 32])];
        let aad =
            CommitAad { previous: insider.last_commit, add_readers: readers.clone(), ..CommitAad::default() };
        let pending = insider.group.commit(&insider.kv, &insider.id, change, aad).unwrap();
        let mut note = insider.commit_note(pending.next_write_hash);
        note.add_readers = readers.into_iter().map(Into::into).collect();
        self.append(insider, pending.bytes, Some(note)).unwrap();
        insider.group.merge_pending(&insider.kv).unwrap();
        self.settle();
    }

    fn member(&mut self, at: ClientId, conversation: &str, account: AccountId) -> Option<Value> {
        let members = self.shown(at, conversation)["members"].as_array().unwrap().clone();
        members.into_iter().find(|member| member["account"] == account.to_hex())
    }
}

#[test]
fn a_name_that_the_server_promised_to_nobody_is_a_claim_and_gives_way() {
    let mut world = World::new(8_950);
    let [ana, mallory, dora] = ["ana", "mallory", "dora"].map(|name| world.person(name));
    world.befriend(ana, mallory);
    world.befriend(ana, dora);
    let plans = world.group("Plans", ana, &[mallory, dora]);
    world.settle();
    // Strangers to each other, in one group: the first word brings the promise for the name.
    let at_dora = world.named(dora, "Plans");
    let mallorys = world.identity_of(mallory).account;
    let shown = world.member(dora, &at_dora, mallorys).unwrap();
    assert_eq!((&shown["address"], &shown["claimed"]), (&json!("mallory@sim.example"), &Value::Null));

    let at_mallory = world.named(mallory, "Plans");
    let mut insider = world.insider(mallory, &at_mallory);
    let fake = self_made("alice");
    world.insider_adds(&mut insider, &fake);
    for (who, group) in [(ana, &plans), (dora, &at_dora)] {
        let shown = world.member(who, group, fake.account).unwrap();
        assert_eq!(shown["claimed"], true, "{shown}");
    }
    // The true one is a stranger to all; she knocks, and has her name.
    let alice = world.person("alice");
    world.ok(alice, "contact.knock", json!({"to": "ana@sim.example", "note": "it is me"}));
    world.settle();
    assert_eq!(world.asking(ana), ["alice@sim.example"]);
    world.ok(ana, "contact.accept", json!({"who": "alice@sim.example"}));
    world.settle();
    let (to_alice, at_alice) = (world.chat(ana, alice), world.chat(alice, ana));
    world.say(ana, &to_alice, "for Alice alone");
    world.settle();
    assert_eq!(world.texts(alice, &at_alice).last().unwrap(), "for Alice alone");
    let nameless = world.member(ana, &plans, fake.account).unwrap();
    assert!(nameless["address"].as_str().unwrap().starts_with("unknown-"), "{nameless}");
    assert_eq!(world.doubts(ana), "", "the server did nothing");
    // Whoever has no name can be blocked and put out.
    world.ok(ana, "contact.block", json!({"who": nameless["address"]}));
    world.ok(ana, "contact.unblock", json!({"who": fake.account.to_hex()}));
    world.ok(ana, "contact.safety", json!({"who": fake.account.to_hex()}));
    world.ok(ana, "contact.block", json!({"who": fake.account.to_hex()}));
    let remove = json!({"conversation": plans, "members": [fake.account.to_hex()]});
    world.ok(ana, "conversation.remove", remove);
    world.settle_for(60_000);
    assert!(world.member(ana, &plans, fake.account).is_none());
    assert!(world.member(dora, &at_dora, fake.account).is_none());
    let contacts = world.ok(ana, "contact.list", json!({}));
    let blocked: Vec<&Value> =
        contacts["contacts"].as_array().unwrap().iter().filter(|one| one["blocked"] == true).collect();
    assert_eq!(blocked.len(), 1, "{contacts}");
    assert_eq!(blocked[0]["address"], nameless["address"]);
}

#[test]
fn a_member_who_takes_another_name_keeps_the_old_one() {
    let mut story = story(World::new(8_951));
    let (ana, bob, cleo, group) = (story.ana, story.bob, story.cleo, story.group.clone());
    let world = &mut story.world;
    let account: [u8; 32] = world.setting(bob, "account_secret").try_into().unwrap();
    let at_bob = world.named(bob, "Plans");
    let mut insider = world.insider(bob, &at_bob);
    let own = insider.id.verified_manifest().unwrap();
    // As somebody new, as a contact of theirs, and as the very one who reads it; also at the highest number there is.
    for (handle, version) in [
        ("anna", own.version + 1),
        ("cleo", own.version + 2),
        ("ana", own.version + 3),
        ("anna", (1 << 40) - 1),
    ] {
        let mut document = own.document();
        document.handle = handle.into();
        document.version = version;
        document.previous_hash = own.hash.into();
        let signed = sign(&document, &SigningKey::from_bytes(&account)).unwrap().to_bytes().into();
        world.insider_says(&mut insider, Vec::new(), Kind::Manifest(content::NewManifest { signed }));
        world.settle();
    }
    for who in [ana, cleo] {
        let at = world.named(who, "Plans");
        let shown = world.member(who, &at, insider.id.account).unwrap();
        assert_eq!((&shown["address"], &shown["claimed"]), (&json!("bob@sim.example"), &Value::Null));
    }
    world.ok(ana, "contact.block", json!({"who": "bob@sim.example"}));
    world.ok(ana, "conversation.remove", json!({"conversation": group, "members": ["bob@sim.example"]}));
    world.settle();
    assert!(world.member(ana, &group, insider.id.account).is_none());
    // Whose name it is comes in by it.
    let anna = world.person("anna");
    world.befriend(ana, anna);
    let (to_anna, at_anna) = (world.chat(ana, anna), world.chat(anna, ana));
    world.say(ana, &to_anna, "for Anna");
    world.settle();
    assert_eq!(world.texts(anna, &at_anna).last().unwrap(), "for Anna");
}

#[test]
fn a_request_to_whom_the_server_lies_about_ends_with_a_sentence_and_not_with_the_connection() {
    use casemate_wire::proto::wire::server_frame::Body;
    let mut world = World::new(8_952);
    let [ana, bob] = ["ana", "bob"].map(|name| world.person(name));
    world.settle();
    let (to_bob, asked) = (world.address(bob), world.overhear(|_, _| Some(())));
    world.lie_to(ana, |body| {
        if let Body::Manifest(answer) = body {
            answer.promise = None;
        }
        true
    });
    let refused = world.call(ana, "contact.knock", json!({"to": to_bob, "note": "hello"})).unwrap_err();
    assert_eq!(refused.kind, casemate_api::Kind::Untrusted, "{refused}");
    let before = asked.borrow().len();
    world.settle_for(600_000);
    assert!(asked.borrow().len() < before + 200, "it is not asked for without end");
    world.truth();
    world.ok(ana, "contact.knock", json!({"to": to_bob, "note": "hello"}));
    world.settle();
    assert_eq!(world.asking(bob), ["ana@sim.example"]);
}
