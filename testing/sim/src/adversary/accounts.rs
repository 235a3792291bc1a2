//! Plots about accounts: names, keys and pictures of others, and words that were replaced.

use bytes::Bytes;
use casemate_content::proto as content;
use casemate_content::proto::content::Kind;
use casemate_content::proto::inbox_body;
use casemate_crypto::conversation::MARK_BYTES;
use casemate_crypto::recovery::RecoveryKit;
use casemate_crypto::{Change, CommitAad, Conversation, DeviceIdentity, MemoryKv, SealKeys, key_package};
use casemate_wire::ids::{DeviceId, Hash32, MessageId};
use casemate_wire::manifest::{VerifiedManifest, account_id, sign, succession};
use casemate_wire::proto::directory::{Manifest, ManifestDevice};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{DeviceKeys, PublishManifest};
use ed25519_dalek::SigningKey;
use prost::Message as _;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use serde_json::json;

use super::Stage;
use super::grammar::Draw;
use super::honest::NAMES;
use super::member::{Member, outcome};
use crate::world::World;

/// Names that an adversary may like: those of friends, her own, and one that nobody has.
const WANTED: [&str; 5] = ["ana", "bob", "cleo", "eve", "finn"];

fn signing(draw: &mut Draw) -> SigningKey {
    casemate_crypto::identity::new_signing_key(&mut draw.rng)
}

fn public(key: &SigningKey) -> [u8; 32] {
    key.verifying_key().to_bytes()
}

/// An account that no server made, with one device.
pub(super) fn self_made(draw: &mut Draw, handle: &str, device: DeviceId, seal: &SealKeys) -> DeviceIdentity {
    let [account, recovery, own] = [(); 3].map(|()| signing(draw));
    let document = Manifest {
        account: account_id(&public(&account), &public(&recovery)).into(),
        handle: handle.into(),
        version: 1,
        devices: vec![ManifestDevice {
            device: device.into(),
            signature_key: public(&own).to_vec().into(),
            hpke_key_hash: seal.public_hash().into(),
            added_ms: 1,
            primary: true,
        }],
        account_key: public(&account).to_vec().into(),
        recovery_key: public(&recovery).to_vec().into(),
        ..Manifest::default()
    };
    let signed = sign(&document, &account).expect("it is well signed");
    DeviceIdentity { account: signed.account, device, signing: own, manifest: signed.to_bytes() }
}

/// A device of one's own in somebody's account, in a document that begins with words that were replaced.
struct Forged {
    document: VerifiedManifest,
    device: DeviceIdentity,
    seal: SealKeys,
}

/// `times` successions from the words on, then the device, as the next version after `known`.
fn forged(draw: &mut Draw, known: &VerifiedManifest, words: &RecoveryKit, times: u64) -> Option<Forged> {
    let seal = SealKeys::generate(&mut ChaCha20Rng::seed_from_u64(draw.rng.random()));
    let [account, recovery, own] = [(); 3].map(|()| signing(draw));
    let mut document = known.document();
    if document.successions.is_empty() {
        document.first_account_key = document.account_key.clone();
        document.first_recovery_key = document.recovery_key.clone();
    }
    // Of several replacements the words may be any one's.
    let before =
        document.successions.iter().position(|one| one.recovery_key[..] == public(&words.signing_key()));
    document.successions.truncate(before.map_or(0, |before| before + 1));
    let first = document.successions.len() as u64;
    let mut by = words.signing_key();
    for index in first..first + times {
        document.successions.push(succession(
            &known.account,
            index,
            public(&account),
            public(&recovery),
            &by,
        ));
        by = recovery.clone();
    }
    document.account_key = public(&account).to_vec().into();
    document.recovery_key = public(&recovery).to_vec().into();
    document.version = known.version + 1;
    document.previous_hash = known.hash.into();
    let id = DeviceId(draw.bytes(16).try_into().ok()?);
    document.devices = vec![ManifestDevice {
        device: id.into(),
        signature_key: public(&own).to_vec().into(),
        hpke_key_hash: seal.public_hash().into(),
        added_ms: 1,
        primary: true,
    }];
    let document = sign(&document, &account).ok()?;
    let manifest = document.to_bytes();
    let device = DeviceIdentity { account: document.account, device: id, signing: own, manifest };
    Some(Forged { document, device, seal })
}

impl Member {
    /// A device comes into the group, within the rules, and says something there. What became of it.
    pub(super) fn bring_and_speak(
        &mut self,
        world: &mut World,
        id: &DeviceIdentity,
        counter: u64,
        text: &str,
    ) -> String {
        let (kv, suite) = (MemoryKv::new(), self.insiders[0].group.suite());
        let Ok(package) = key_package(&kv, id, suite, false) else { return "has no key package".into() };
        let previous = self.insiders[0].last_commit;
        let aad = CommitAad { previous, add_readers: vec![Hash32::of(&[&[1; 32]])], ..CommitAad::default() };
        let insider = &mut self.insiders[0];
        let change = Change { add: vec![package], ..Change::default() };
        let Ok(pending) = insider.group.commit(&insider.kv, &insider.id, change, aad.clone()) else {
            return "cannot add it".into();
        };
        let mut note = insider.commit_note(pending.next_write_hash);
        note.add_readers = aad.add_readers.into_iter().map(Into::into).collect();
        if world.append(insider, pending.bytes.clone(), Some(note)).is_err() {
            insider.group.discard_pending(&insider.kv).expect("a store in memory");
            return "is too late with it".into();
        }
        insider.group.merge_pending(&insider.kv).expect("a store in memory");
        let joined =
            Conversation::join(&kv, id, &pending.welcomes[0].joiner, &pending.group_info, insider.log);
        let Ok(mut group) = joined else { return "does not come in".into() };
        let body = content::Content {
            counter,
            sent_ms: world.now_ms,
            message_id: self.draw.bytes(16).into(),
            kind: Some(Kind::Text(content::Text { text: text.into(), ..content::Text::default() })),
            ..content::Content::default()
        };
        let Ok(payload) = group.encrypt(&kv, id, &body.encode_to_vec(), &[0; MARK_BYTES]) else {
            return "is mute".into();
        };
        outcome(&world.append(&mut self.insiders[0], payload, None))
    }

    /// Somebody is in the group under a friend's name, or she calls herself so.
    pub(super) fn take_a_name(&mut self, stage: &mut Stage) -> String {
        let handle = self.draw.one(&WANTED).unwrap_or("ana");
        if self.draw.chance(50) {
            let device = DeviceId(self.draw.bytes(16).try_into().expect("16 bytes"));
            let seal = SealKeys::generate(&mut ChaCha20Rng::seed_from_u64(self.draw.rng.random()));
            let id = self_made(&mut self.draw, handle, device, &seal);
            let done = self.bring_and_speak(&mut stage.world, &id, 1, "it is me");
            return format!("brings {handle} of her own making: {done}");
        }
        let Some(own) = self.newest_own() else { return "has no document".into() };
        let mut document = own.document();
        document.handle = handle.into();
        document.version += 1;
        document.previous_hash = own.hash.into();
        let Ok(signed) = sign(&document, &self.secret.into()) else { return "cannot sign that".into() };
        let at = if self.draw.chance(50) { 0 } else { self.draw.rng.random_range(0..self.insiders.len()) };
        let new = Kind::Manifest(content::NewManifest { signed: signed.to_bytes().into() });
        let id = self.draw.bytes(16);
        let told = self.say_in(&mut stage.world, at, &id, new);
        stage.world.settle_for(5_000);
        let text = Kind::Text(content::Text { text: "it is me".into(), ..content::Text::default() });
        let id = self.draw.bytes(16);
        let spoke = self.say_in(&mut stage.world, at, &id, text);
        format!("calls herself {handle} in {at}: {told}, and speaks: {spoke}")
    }

    /// Somebody has a new picture, and she says something under its id, and takes that back.
    pub(super) fn take_a_picture(&mut self, stage: &mut Stage) -> String {
        let person = self.draw.rng.random_range(0..NAMES.len());
        let Some(picture) = stage.new_picture(person) else { return "sees no picture".into() };
        let at = self.draw.rng.random_range(0..self.insiders.len());
        let attachment =
            content::Attachment { kind: content::AttachmentKind::Photo as i32, ..self.draw.attachment() };
        let with_file = self.draw.chance(60);
        let attachments = if with_file { vec![attachment] } else { Vec::new() };
        let said = Kind::Text(content::Text { text: "nice".into(), attachments, ..content::Text::default() });
        let told = self.say_in(&mut stage.world, at, &picture.0, said);
        stage.world.settle_for(2_000);
        let mut gone = false;
        if self.draw.chance(60) {
            let id = self.draw.bytes(16);
            let delete =
                Kind::Delete(content::Delete { of: picture.0.to_vec().into(), author: Bytes::new() });
            gone = self.say_in(&mut stage.world, at, &id, delete);
        }
        stage.world.settle_for(5_000);
        format!(
            "takes {}'s picture's id in {at}, with a file {with_file}: {told}, and deletes it: {gone}",
            NAMES[person]
        )
    }

    pub(super) fn say_in(&mut self, world: &mut World, at: usize, id: &[u8], kind: Kind) -> bool {
        let insider = &mut self.insiders[at];
        if !insider.group.is_active() {
            return false;
        }
        insider.counter += 1;
        let body = content::Content {
            counter: insider.counter,
            sent_ms: world.now_ms,
            message_id: id.to_vec().into(),
            kind: Some(kind),
            ..content::Content::default()
        };
        let Ok(payload) =
            insider.group.encrypt(&insider.kv, &insider.id, &body.encode_to_vec(), &[0; MARK_BYTES])
        else {
            return false;
        };
        world.append(insider, payload, None).is_ok()
    }

    /// An old paper, once its words were replaced: all that can be signed with it, brought in all ways, with the server's help or without.
    pub(super) fn use_an_old_kit(&mut self, stage: &mut Stage) -> String {
        if stage.kits.is_empty() {
            let person = self.draw.rng.random_range(0..NAMES.len());
            if !stage.renew_words(person) {
                return "finds no words".into();
            }
        }
        let before = stage.standing();
        self.listen(&mut stage.world);
        let at = self.draw.rng.random_range(0..stage.kits.len());
        let (person, words) = (stage.kits[at].person, stage.kits[at].words.clone());
        let first = stage.first(person).1;
        let Ok(known) = stage.world.identity_of(first).verified_manifest() else {
            return "sees no document".into();
        };
        let times = self.draw.rng.random_range(1..6);
        let Some(thief) = forged(&mut self.draw, &known, &words, times) else {
            return "cannot sign it".into();
        };
        let mut ways: Vec<usize> = (0..5).collect();
        ways.shuffle(&mut self.draw.rng);
        ways.truncate(self.draw.rng.random_range(1..=5));
        let mut said = Vec::new();
        for way in ways {
            said.push(match way {
                0 => publish(&mut stage.world, &thief),
                1 => {
                    stage.lied = true;
                    show(&mut stage.world, &thief);
                    "the server shows it".into()
                }
                2 => {
                    let new =
                        Kind::Manifest(content::NewManifest { signed: thief.document.to_bytes().into() });
                    let id = self.draw.bytes(16);
                    format!("says it: {}", self.say_in(&mut stage.world, 0, &id, new))
                }
                3 => self.ask_as(&mut stage.world, &thief.device),
                _ => {
                    let insider = &mut self.insiders[0];
                    let suite = insider.group.suite();
                    let add =
                        key_package(&MemoryKv::new(), &thief.device, suite, false).into_iter().collect();
                    let aad =
                        CommitAad { add_readers: vec![Hash32::of(&[&[1; 32]])], ..CommitAad::default() };
                    let change = Change { add, ..Change::default() };
                    format!(
                        "adds it: {:?}",
                        super::memberships::force(&mut stage.world, insider, change, aad)
                    )
                }
            });
            stage.world.settle_for(10_000);
        }
        let what = format!("has {}'s old words, {times} times: {}", NAMES[person], said.join(", "));
        stage.watch(&what, &before);
        what
    }

    /// Asks everybody to add a device, as that device.
    fn ask_as(&mut self, world: &mut World, id: &DeviceIdentity) -> String {
        let own = self.insiders[0].id.clone();
        let token = content::DeviceToken { device: id.device.into(), token: self.draw.bytes(16).into() };
        let again = content::AddMeAgain {
            log: self.insiders[0].log.into(),
            tokens: vec![token],
            ..Default::default()
        };
        self.insiders[0].id = id.clone();
        let devices: Vec<DeviceId> = self.insiders[0].reach.iter().map(|(_, device, ..)| *device).collect();
        let asked = devices
            .into_iter()
            .filter(|device| self.put(world, *device, inbox_body::Kind::AddMeAgain(again.clone())));
        let asked = asked.collect::<Vec<_>>().len();
        self.insiders[0].id = own;
        format!("asks {asked} as it")
    }
}

fn publish(world: &mut World, thief: &Forged) -> String {
    let keys = DeviceKeys {
        device: thief.device.device.into(),
        hpke_key: thief.seal.public.clone().into(),
        seal_key: None,
    };
    let manifest = Some(thief.document.signed.clone());
    let answer = world.ask(Request::PublishManifest(PublishManifest {
        manifest,
        device_keys: vec![keys],
        proof: None,
    }));
    format!("publishes it: {}", !matches!(answer, Body::Error(_)))
}

/// The server shows it to all who look for half a minute, with its promise.
fn show(world: &mut World, thief: &Forged) {
    let (shown, promise) = (thief.document.signed.clone(), world.promise_of(&thief.document.signed));
    let account = thief.document.account;
    world.tamper = Some(Box::new(move |_, mut frame| {
        if let Some(Body::Manifest(answer)) = &mut frame.body
            && answer
                .manifest
                .as_ref()
                .and_then(|signed| VerifiedManifest::verify(signed).ok())
                .is_some_and(|known| known.account == account)
        {
            (answer.manifest, answer.promise) = (Some(shown.clone()), Some(promise.clone()));
            answer.shown = None;
        }
        vec![frame]
    }));
    for at in 0..world.clients.len() {
        world.cut(at);
    }
    world.settle_for(30_000);
    world.tamper = None;
    for at in 0..world.clients.len() {
        world.cut(at);
    }
    world.settle_for(30_000);
}

impl Stage {
    /// Somebody takes a new picture of themselves. Its id, as others have it.
    fn new_picture(&mut self, person: usize) -> Option<MessageId> {
        self.world.settle_for(120_000);
        let (at, client) = self.first(person);
        let kind = casemate_api::command::AttachmentKind::Photo;
        let file = self.world.stage(client, kind, "me.jpg", format!("face {}", self.world.now_ms).as_bytes());
        let command = casemate_api::Command::named("account.set", json!({"picture": "me.jpg"})).ok()?;
        let number = self.world.command(client, command, vec![file]);
        self.world.answer(client, number).ok()?;
        self.world.settle_for(60_000);
        self.look_at_contacts();
        let other = self
            .honest
            .here()
            .into_iter()
            .find(|(_, device)| device.person != self.honest.devices[at].person)?;
        let all = self.world.ok(other.1.client, "contact.list", json!({}));
        let address = format!("{}@sim.example", NAMES[person]);
        let of = all["contacts"].as_array()?.iter().find(|one| one["address"] == address.as_str())?;
        let picture = MessageId::from_hex(of["picture"].as_str()?)?;
        self.pictures.push(picture);
        Some(picture)
    }
}
