//! A device is (account, device id): whoever chooses somebody else's device id takes nothing of theirs.

use casemate_content::proto as content;
use casemate_content::proto::content::Kind;
use casemate_crypto::identity::new_signing_key;
use casemate_crypto::{
    Change, CommitAad, Conversation, DeviceIdentity, MemoryKv, SealKeys, Suite, key_package, sealed,
};
use casemate_wire::ids::{DeviceId, Hash32, LogId};
use casemate_wire::manifest::{VerifiedManifest, promise, sign};
use casemate_wire::proto::directory::ManifestDevice;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{DeviceKeys, TakeKeyPackage};
use ed25519_dalek::SigningKey;
use prost::Message as _;
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use serde_json::json;

use crate::insider::Insider;
use crate::{ClientId, World};

impl World {
    /// The next manifest of somebody's account, signed by them: with a device more, whose id they chose.
    fn with_chosen_device(
        &mut self,
        who: ClientId,
        device: DeviceId,
        signing: &SigningKey,
        seal: &SealKeys,
    ) -> VerifiedManifest {
        let secret: [u8; 32] = self.setting(who, "account_secret").try_into().unwrap();
        let known = VerifiedManifest::from_bytes(&self.setting(who, "manifest")).unwrap();
        let mut document = known.document();
        document.version += 1;
        document.previous_hash = known.hash.into();
        document.devices.push(ManifestDevice {
            device: device.into(),
            signature_key: signing.verifying_key().to_bytes().to_vec().into(),
            hpke_key_hash: seal.public_hash().into(),
            added_ms: 1,
            primary: false,
        });
        sign(&document, &SigningKey::from_bytes(&secret)).unwrap()
    }
}

/// Ana, Bob and Eve, all friends, with a group; Eve, who is taken over, has a second device with an id of her choice.
struct Story {
    world: World,
    ana: ClientId,
    bob: ClientId,
    group: [String; 2],
    mallory: Insider,
    /// Its keys; not in the group yet.
    second: DeviceIdentity,
    keys: MemoryKv,
    package: Vec<u8>,
}

/// `of`: whose first device's id it takes; the number of the person.
fn story(seed: u64, of: usize) -> Story {
    let mut world = World::new(seed);
    let people = ["ana", "bob", "eve"].map(|name| world.person(name));
    let [ana, bob, eve] = people;
    world.befriend(ana, bob);
    world.befriend(ana, eve);
    world.befriend(bob, eve);
    world.group("Plans", ana, &[bob, eve]);
    let [at_ana, at_bob, at_eve] = people.map(|who| world.named(who, "Plans"));
    world.say(ana, &at_ana, "hello");
    world.say(bob, &at_bob, "hello from bob");
    world.settle();
    let device = world.engine(people[of]).device().unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let (signing, seal) = (new_signing_key(&mut rng), SealKeys::generate(&mut rng));
    let manifest = world.with_chosen_device(eve, device, &signing, &seal);
    let mallory = world.insider(eve, &at_eve);
    let second =
        DeviceIdentity { account: mallory.id.account, device, signing, manifest: manifest.to_bytes() };
    let keys = MemoryKv::new();
    let package = key_package(&keys, &second, mallory.group.suite(), false).unwrap();
    Story { world, ana, bob, group: [at_ana, at_bob], mallory, second, keys, package }
}

impl Story {
    /// The second device comes into the group; what it has of it.
    fn add_second(&mut self) -> Conversation {
        let change = Change {
            add: vec![self.package.clone()],
            new_manifest: Some(self.second.manifest.clone()),
            ..Change::default()
        };
        let previous = self.mallory.last_commit;
        let aad = CommitAad { previous, add_readers: vec![Hash32([1; 32])], ..CommitAad::default() };
        self.mallory.id.manifest.clone_from(&self.second.manifest);
        let pending = {
            let Insider { group, kv, id, .. } = &mut self.mallory;
            group.commit(kv, id, change, aad).unwrap()
        };
        let mut note = self.mallory.commit_note(pending.next_write_hash);
        note.add_readers = vec![Hash32([1; 32]).into()];
        self.world.append(&mut self.mallory, pending.bytes, Some(note)).unwrap();
        {
            let Insider { group, kv, .. } = &mut self.mallory;
            group.merge_pending(kv).unwrap();
        }
        let (joiner, log) = (&pending.welcomes[0].joiner, self.mallory.log);
        Conversation::join(&self.keys, &self.second, joiner, &pending.group_info, log).unwrap()
    }

    fn says(&mut self, group: &mut Conversation, counter: u64, kind: Kind) {
        let body = content::Content {
            counter,
            message_id: counter.to_be_bytes().repeat(2).into(),
            kind: Some(kind),
            ..content::Content::default()
        };
        let payload = group.encrypt(&self.keys, &self.second, &body.encode_to_vec(), &[0; 16]).unwrap();
        let token = self.mallory.group.write_token().unwrap();
        self.world.append_as(&mut self.mallory, token.to_field(), payload, None).unwrap();
    }
}

#[test]
fn a_member_with_anothers_device_id_silences_and_replaces_nobody() {
    let mut story = story(8_600, 0);
    let mut group = story.add_second();
    story.world.settle();
    // As if Ana had said all that she ever will, and read elsewhere from now on.
    let kind = Kind::Reader(content::Reader { hash: vec![9; 32].into(), ..Default::default() });
    story.says(&mut group, i64::MAX as u64, kind);
    story.world.settle();
    let (ana, bob) = (story.ana, story.bob);
    let [at_ana, at_bob] = story.group.clone();
    story.world.say(ana, &at_ana, "can you hear me?");
    story.world.settle();
    assert_eq!(story.world.texts(bob, &at_bob).last().unwrap(), "can you hear me?");
    let shown = story.world.shown(bob, &at_bob);
    let members = shown["members"].as_array().unwrap().iter();
    let members: Vec<_> = members.map(|one| one["address"].as_str().unwrap()).collect();
    assert_eq!(members, ["ana@sim.example", "bob@sim.example", "eve@sim.example"]);
    assert_eq!(story.world.devices_in(bob, &at_bob), 4);
    // Eve goes with both of her devices, and Ana reads on.
    story.world.ok(
        ana,
        "conversation.remove",
        json!({"conversation": at_ana, "members": ["eve@sim.example"]}),
    );
    story.world.settle_for(120_000);
    assert_eq!(story.world.devices_in(bob, &at_bob), 2);
    story.world.say(bob, &at_bob, "without her");
    story.world.settle();
    assert_eq!(story.world.texts(ana, &at_ana).last().unwrap(), "without her");
    story.world.say(ana, &at_ana, "still here");
    story.world.settle();
    assert_eq!(story.world.texts(bob, &at_bob).last().unwrap(), "still here");
    let notices = story.world.notices(ana, &at_ana).join("\n");
    assert!(!notices.contains("removed you") && !notices.contains("add it again"), "{notices}");
}

#[test]
fn a_welcome_with_two_devices_of_one_id_stops_nobodys_inbox() {
    let mut story = story(8_601, 1);
    let (bob, bobs) = (story.bob, story.second.device);
    let token = story
        .mallory
        .reach
        .iter()
        .find(|(account, device, ..)| *device == bobs && *account != story.mallory.id.account);
    let inbox_token = token.unwrap().2.clone().into();
    let taken = TakeKeyPackage { inbox_token, suite: u32::from(Suite::XWing.code()) };
    let Body::KeyPackage(theirs) = story.world.ask(Request::TakeKeyPackage(taken)) else {
        panic!("no package")
    };
    let log = LogId([3; 16]);
    let state = content::ConversationState {
        name: "Trap".into(),
        admins: vec![story.mallory.id.account.into()],
        permissions: Some(content::Permissions::default()),
        ..content::ConversationState::default()
    };
    story.mallory.id.manifest.clone_from(&story.second.manifest);
    let package = key_package(&story.keys, &story.second, Suite::XWing, false).unwrap();
    let Insider { kv, id, .. } = &mut story.mallory;
    let mut group = Conversation::create(kv, id, Suite::XWing, log, &state).unwrap();
    let change = Change { add: vec![theirs.key_package.to_vec(), package], ..Change::default() };
    let aad = CommitAad { add_readers: vec![Hash32([1; 32]), Hash32([2; 32])], ..CommitAad::default() };
    let pending = group.commit(kv, id, change, aad).unwrap();
    group.merge_pending(kv).unwrap();
    let reader = content::LeafReader { device: bobs.into(), hash: vec![7; 32].into(), ..Default::default() };
    let bundle = content::GroupBundle { group_info: pending.group_info.into(), readers: vec![reader] };
    let welcome = content::Welcome {
        log: log.into(),
        entry: 1,
        reader_secret: vec![1; 32].into(),
        chain_hash: vec![1; 32].into(),
        joiner: pending.welcomes.iter().find(|one| one.account != id.account).unwrap().joiner.clone().into(),
        kind: content::ConversationKind::Group as i32,
        name: "Trap".into(),
        members: 3,
        group_info: Some(content::welcome::GroupInfo::Inline(bundle.encode_to_vec().into())),
        ..content::Welcome::default()
    };
    story.world.insider_posts(&story.mallory, bobs, content::inbox_body::Kind::Welcome(welcome));
    story.world.settle();
    let asked = story.world.ok(bob, "conversation.requests", json!({}))["requests"].clone();
    for request in asked.as_array().unwrap() {
        story.world.begin(bob, "conversation.accept", json!({"conversation": request["conversation"]}));
    }
    story.world.settle();
    // What comes after it in the inbox arrives.
    let ana = story.ana;
    story.world.ok(ana, "conversation.create", json!({"members": ["bob@sim.example"], "name": "Later"}));
    story.world.settle();
    let asked = story.world.ok(bob, "conversation.requests", json!({})).to_string();
    assert!(asked.contains("Later"), "{asked}");
}

#[test]
fn a_device_id_that_somebody_else_has_too_gets_no_earlier_messages() {
    let mut world = World::new(8_602);
    let [ana, bob, eve] = ["ana", "bob", "eve"].map(|name| world.person(name));
    world.befriend(ana, bob);
    let at_ana = world.chat(ana, bob);
    world.say(ana, &at_ana, "for the two of us");
    world.settle();
    let second = world.device("ana");
    let code = world.device_code(second);
    world.ok(ana, "device.approve", json!({"code": code, "history": "all", "confirm": true}));
    world.sleep(second, 60_000);
    let anas = world.identity_of(ana).account;
    let device: Vec<u8> =
        world.with_db(ana, |db| db.query_row("SELECT device FROM links", [], |row| row.get(0)).unwrap());
    let device = DeviceId::try_from(&device[..]).unwrap();
    world.settle_for(10_000);
    // Eve, whose server it is, has a device of that id; Ana looks her up.
    let seal = world.seal_keys(eve);
    let signing = new_signing_key(&mut ChaCha20Rng::seed_from_u64(8_602));
    let manifest = world.with_chosen_device(eve, device, &signing, &seal);
    let server = world.server.directory.identity().key.clone();
    let to = [(anas, device), (manifest.account, device)];
    let (public, now_ms) = (seal.public.clone(), world.now_ms);
    world.lie_to(ana, move |body| {
        if let Body::Manifest(answer) = body {
            answer.promise = Some(promise(&manifest, now_ms, &server));
            answer.manifest = Some(manifest.signed.clone());
            answer.shown = None;
            answer.device_keys.push(DeviceKeys {
                device: device.into(),
                hpke_key: public.clone().into(),
                seal_key: None,
            });
        }
        true
    });
    world.begin(ana, "contact.knock", json!({"to": "eve@sim.example"}));
    world.settle_for(10_000);
    world.tamper = None;
    let posted = world.overhear(|_, request| match request {
        Request::PostInbox(post) => Some(post.payload.clone()),
        _ => None,
    });
    world.wake(second);
    world.settle_for(300_000);
    let read = |keys: &SealKeys, payload: &bytes::Bytes| {
        to.iter().any(|to| sealed::open_inbox_message(keys, *to, payload).is_ok())
    };
    assert!(!posted.borrow().is_empty());
    assert!(!posted.borrow().iter().any(|payload| read(&seal, payload)), "Eve can open what is not for her");
    let at_second = world.chat(second, bob);
    assert_eq!(world.texts(second, &at_second), ["for the two of us"]);
}
