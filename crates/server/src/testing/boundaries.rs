//! Each number of each request at its boundaries, found by the protocol's own description: the server answers, and answers
//! everything after it. A request or number that comes new is in here by itself, or a test says that it is missing.

use std::collections::BTreeSet;

use bytes::Bytes;
use casemate_wire::ids::{BlobId, Hash32, LogId};
use casemate_wire::limits::{
    ANSWER_SIZES, EPHEMERAL_BYTES, INBOX_SIZES, KNOCK_BYTES, OFFER_BYTES, RECEIPT_BYTES, WAKE_BYTES,
};
use casemate_wire::manifest::{DEVICE_REQUEST_LABEL, MANIFEST_LABEL, sign_labelled};
use casemate_wire::proto::directory::{Manifest, SignedManifest};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::device_request_body::Request as DeviceAsk;
use casemate_wire::proto::wire::{self, ClientFrame, DeviceRequest, DeviceRequestBody, TokenKind};
use prost::Message;
use protox::prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage, Value,
};

use super::kit::{Device, Person, Wallet};
use super::{Line, World, append, create_log, follow, hello_request, open_policy, put_tokens};
use crate::config::{Limits, Policy};

/// Where counting goes wrong: at nothing, at one, and around what 32 bits, a database's column and 64 bits hold.
const BOUNDARIES: [u64; 11] = [
    0,
    1,
    (1 << 31) - 1,
    1 << 31,
    (1 << 32) - 1,
    1 << 32,
    (1 << 63) - 2,
    (1 << 63) - 1,
    1 << 63,
    u64::MAX - 1,
    u64::MAX,
];

const TOKEN: [u8; 16] = [3; 16];
const INVITE: [u8; 16] = [4; 16];
const LOG: LogId = LogId([9; 16]);

/// A server on which everything can be asked, and somebody who may.
struct Stage {
    world: World,
    ana: Person,
    line: Line,
    made: u64,
}

impl Stage {
    fn new() -> Self {
        let mut world =
            World::new(Policy { limits: Limits { lifted: true, ..Limits::default() }, ..open_policy() });
        let keys = wire::PushKeys { vapid: vec![4; 65].into(), seal: vec![5; 9].into() };
        world.server.router.wake_devices(keys, []);
        let (ana, line) = world.person("ana", 1);
        world.inbox(&ana, &line, TOKEN);
        world.log(&ana, &line, LOG.0[0]);
        world.server.directory.publish(world.now_ms).unwrap();
        for number in 1..4 {
            world.ask(line.id, append(LOG, number, b"hi".to_vec())).unwrap();
        }
        world.ask(line.id, follow(LOG, 0)).unwrap();
        Self { world, ana, line, made: 0 }
    }

    /// New each time.
    fn id(&mut self) -> [u8; 16] {
        self.made += 1;
        let mut id = [7; 16];
        id[..8].copy_from_slice(&self.made.to_be_bytes());
        id
    }

    fn token(&mut self, kind: TokenKind) -> wire::Token {
        self.world.tokens(&self.ana, &self.line, kind, 1).remove(0)
    }

    /// One of each request, as somebody sends it who may.
    fn requests(&mut self) -> Vec<Request> {
        let line = self.line.clone();
        let own = self.ana.device.clone();
        let proof = self.ana.signed(&own, &line.hello, None);
        let id = Bytes::copy_from_slice(&self.id());
        let (inbox, secret): (Bytes, Bytes) = (own.inbox.to_vec().into(), own.inbox_secret.to_vec().into());
        let reader: Bytes = vec![LOG.0[0]; 32].into();
        let place: Bytes = vec![8; 16].into();
        let (blob, upload_hash) = (id.clone(), Hash32([2; 32]).into());
        let mut commit = append(LOG, 0, b"commit".to_vec());
        if let Request::Append(append) = &mut commit {
            append.client_id = id.clone();
            append.retry = true;
            append.commit = Some(wire::Commit {
                next_write_hash: Hash32::of(&[&[LOG.0[0]; 32]]).into(),
                reader_secret: reader.clone(),
                urgent: true,
                ..wire::Commit::default()
            });
        }
        let mut followed = follow(LOG, 0);
        if let Request::FollowLog(follow) = &mut followed {
            follow.left_out = Some(wire::LeftOut { commit: 0 });
        }
        let ask = self.device_requests().remove(0);
        let mut next = self.ana.clone();
        let publish = next.publish(&[], |_| {});
        vec![
            hello_request(),
            Request::Ping(wire::Ping {}),
            Person::new("bob", 2).create_account(&[]),
            publish,
            Request::FetchManifest(wire::FetchManifest {
                by: Some(wire::fetch_manifest::By::Account(self.ana.manifest.account.into())),
                proof: Some(proof.clone()),
                known: Some(self.ana.manifest.signed.clone()),
            }),
            self.ana.request(&line.hello, ask),
            Request::TakeKeyPackage(wire::TakeKeyPackage { inbox_token: TOKEN.to_vec().into(), suite: 1 }),
            Request::RecoverAccount(wire::RecoverAccount {
                handle: "ana".into(),
                signature: vec![1; 64].into(),
            }),
            Request::DeleteAccount(wire::DeleteAccount {
                account: self.ana.manifest.account.into(),
                signature: vec![1; 64].into(),
            }),
            put_tokens(&self.ana, vec![Hash32::of(&[&TOKEN]).into()]),
            Request::RevokeInboxTokens(wire::RevokeInboxTokens {
                inbox: inbox.clone(),
                read_secret: secret.clone(),
                token_hashes: vec![Hash32([1; 32]).into()],
            }),
            Request::PostInbox(wire::PostInbox {
                inbox_token: TOKEN.to_vec().into(),
                client_id: id.clone(),
                payload: vec![1; INBOX_SIZES[0]].into(),
            }),
            Request::PostKnock(wire::PostKnock {
                to: Some(wire::post_knock::To::Handle("ana".into())),
                token: Some(self.token(TokenKind::Knock)),
                boxes: vec![wire::KnockBox { device: own.id.into(), sealed: vec![1; KNOCK_BYTES].into() }],
                client_id: id.clone(),
            }),
            Request::FollowInbox(wire::FollowInbox {
                inbox: inbox.clone(),
                read_secret: secret.clone(),
                after: 0,
            }),
            Request::AckInbox(wire::AckInbox { inbox, read_secret: secret, up_to: 0 }),
            create_log(self.made as u8, self.token(TokenKind::Log)),
            commit,
            followed,
            follow(LOG, 0),
            Request::UnfollowLog(wire::UnfollowLog { log: vec![1; 16].into() }),
            Request::AckLog(wire::AckLog { log: LOG.into(), reader_secret: reader.clone(), up_to: 0 }),
            Request::ReplaceReader(wire::ReplaceReader {
                log: LOG.into(),
                old_secret: vec![1; 32].into(),
                new_hash: Hash32([6; 32]).into(),
                write_token: reader.clone(),
            }),
            Request::SendEphemeral(wire::SendEphemeral {
                log: LOG.into(),
                sealed: vec![1; EPHEMERAL_BYTES].into(),
            }),
            Request::PutReceipt(wire::PutReceipt {
                log: LOG.into(),
                reader_secret: reader.clone(),
                sealed: vec![1; RECEIPT_BYTES[0]].into(),
            }),
            Request::FetchReceipts(wire::FetchReceipts { log: LOG.into(), reader_secret: reader, since: 0 }),
            Request::SetWake(wire::SetWake { log: LOG.into(), sealed: vec![1; WAKE_BYTES].into() }),
            Request::Wake(wire::Wake { log: LOG.into() }),
            Request::FetchPushKeys(wire::FetchPushKeys {}),
            Request::CreateBlob(wire::CreateBlob {
                blob,
                size_bytes: 1,
                upload_hash,
                tokens: vec![self.token(TokenKind::Blob)],
            }),
            Request::RendezvousOffer(wire::RendezvousOffer {
                place: place.clone(),
                sealed: vec![1; OFFER_BYTES].into(),
            }),
            Request::RendezvousFetch(wire::RendezvousFetch { place: place.clone() }),
            Request::RendezvousAnswer(wire::RendezvousAnswer {
                place: place.clone(),
                sealed: vec![1; ANSWER_SIZES[0]].into(),
            }),
            Request::RendezvousEnd(wire::RendezvousEnd { place }),
            Request::FetchHead(wire::FetchHead { from: vec![1] }),
            Request::FetchHistory(wire::FetchHistory { proof: Some(proof.clone()) }),
            Request::CallJoin(wire::CallJoin {
                proof: Some(proof),
                room: vec![1; 32].into(),
                participant: vec![1; 16].into(),
                offer: "v=0".into(),
                allowed: None,
            }),
            Request::CallWish(wire::CallWish {
                room: vec![1; 32].into(),
                participant: vec![1; 16].into(),
                wishes: vec![wire::Wish { source: vec![2; 16].into(), height: 1, screen: false }],
                allowed: None,
                only_allowed: false,
            }),
            Request::CallLeave(wire::CallLeave { room: vec![1; 32].into(), participant: vec![1; 16].into() }),
        ]
    }

    /// One of each that a device signs.
    fn device_requests(&mut self) -> Vec<DeviceAsk> {
        let wallet = Wallet::new(&self.line.hello, TokenKind::Log, self.made as u8, 1);
        let blob = BlobId(self.id());
        vec![
            wallet.ask(),
            DeviceAsk::PutKeyPackages(wire::PutKeyPackages {
                replaces: true,
                seal_key: None,
                packages: vec![wire::KeyPackageItem {
                    suite: 1,
                    key_package: vec![1; 100].into(),
                    last_resort: true,
                }],
            }),
            self.ana.device.create_inbox(),
            DeviceAsk::CreateInvite(wire::CreateInvite {
                secret_hash: Hash32::of(&[&INVITE]).into(),
                uses: 1,
                expires_ms: 0,
            }),
            DeviceAsk::RevokeInvite(wire::RevokeInvite { secret_hash: Hash32([3; 32]).into() }),
            DeviceAsk::PutRecoveryBox(wire::PutRecoveryBox { sealed_box: vec![1; 4096].into() }),
            DeviceAsk::BackupRegister(wire::BackupRegister { request: vec![1; 32].into() }),
            DeviceAsk::BackupLock(wire::BackupLock::default()),
            DeviceAsk::BackupLogin(wire::BackupLogin::default()),
            DeviceAsk::BackupProof(wire::BackupProof::default()),
            DeviceAsk::BackupPut(wire::BackupPut {
                blob: blob.into(),
                size_bytes: 1,
                upload_hash: Hash32([1; 32]).into(),
            }),
            DeviceAsk::BackupHold(wire::BackupHold {
                index: blob.into(),
                index_bytes: 1,
                pieces: Vec::new(),
            }),
            DeviceAsk::BackupShow(wire::BackupShow {}),
            DeviceAsk::BackupEnd(wire::BackupEnd {}),
            DeviceAsk::KeepAccount(wire::KeepAccount {}),
        ]
    }

    /// Everything is asked and answered. An answer that blames the server is none.
    fn answers_everything(&mut self) {
        for request in self.requests() {
            let name = format!("{request:?}").split('(').next().unwrap_or_default().to_owned();
            let answer = self.world.ask(self.line.id, request);
            assert!(!is_fault(&answer), "{name}: {answer:?}");
        }
        for ask in self.device_requests() {
            let request = self.ana.request(&self.line.hello, ask);
            let answer = self.world.ask(self.line.id, request);
            assert!(!is_fault(&answer), "{answer:?}");
        }
        self.world.ask(self.line.id, Request::Ping(wire::Ping {})).unwrap();
    }
}

fn is_fault(answer: &Result<wire::server_frame::Body, wire::Error>) -> bool {
    matches!(answer, Err(error) if error.code() == wire::ErrorCode::ErrorInternal)
}

/// The protocol as it is written down.
fn protocol() -> DescriptorPool {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto");
    let files = protox::compile(["wire.proto", "directory.proto"], [folder]).unwrap();
    DescriptorPool::from_file_descriptor_set(files).unwrap()
}

fn described(pool: &DescriptorPool, name: &str) -> MessageDescriptor {
    pool.get_message_by_name(name).unwrap()
}

fn dynamic(descriptor: &MessageDescriptor, message: &impl Message) -> DynamicMessage {
    DynamicMessage::decode(descriptor.clone(), &message.encode_to_vec()[..]).unwrap()
}

/// Which field of a oneof is there.
fn chosen(message: &DynamicMessage) -> FieldDescriptor {
    let oneof = message.descriptor().oneofs().next().unwrap();
    oneof.fields().find(|field| message.has_field(field)).unwrap()
}

/// The ways to each number in a message.
fn numbers(message: &MessageDescriptor, way: &[FieldDescriptor], found: &mut Vec<Vec<FieldDescriptor>>) {
    for field in message.fields() {
        let way: Vec<_> = way.iter().cloned().chain([field.clone()]).collect();
        match field.kind() {
            Kind::Message(inner) => numbers(&inner, &way, found),
            Kind::Bytes | Kind::String | Kind::Bool => {}
            _ => found.push(way),
        }
    }
}

fn number(kind: &Kind, number: u64) -> Value {
    match kind {
        Kind::Uint64 => Value::U64(number),
        Kind::Int64 => Value::I64(number as i64),
        Kind::Uint32 => Value::U32(number as u32),
        Kind::Int32 => Value::I32(number as i32),
        Kind::Enum(_) => Value::EnumNumber(number as i32),
        other => panic!("numbers of the kind {other:?} are not tried yet"),
    }
}

fn set(message: &mut DynamicMessage, way: &[FieldDescriptor], to: u64) {
    let (field, rest) = way.split_first().unwrap();
    if rest.is_empty() {
        let value = number(&field.kind(), to);
        return message.set_field(field, if field.is_list() { Value::List(vec![value]) } else { value });
    }
    let Kind::Message(inner) = field.kind() else { panic!("{field:?} has nothing in it") };
    match message.get_field_mut(field) {
        Value::Message(message) => set(message, rest, to),
        Value::List(list) => {
            if list.is_empty() {
                list.push(Value::Message(DynamicMessage::new(inner)));
            }
            for one in list {
                set(one.as_message_mut().unwrap(), rest, to);
            }
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_request_of_the_protocol_has_its_place_among_those_that_are_tried() {
    let pool = protocol();
    let mut stage = Stage::new();
    let names = |descriptor: &MessageDescriptor| -> BTreeSet<String> {
        let oneof = descriptor.oneofs().next().unwrap();
        oneof.fields().map(|field| field.name().to_owned()).collect()
    };
    let frame = described(&pool, "casemate.wire.v1.ClientFrame");
    let tried = stage.requests().into_iter().map(|request| {
        chosen(&dynamic(&frame, &ClientFrame { id: 1, request: Some(request) })).name().to_owned()
    });
    assert_eq!(tried.collect::<BTreeSet<_>>(), names(&frame));
    let body = described(&pool, "casemate.wire.v1.DeviceRequestBody");
    let tried = stage.device_requests().into_iter().map(|request| {
        chosen(&dynamic(&body, &DeviceRequestBody { request: Some(request) })).name().to_owned()
    });
    assert_eq!(tried.collect::<BTreeSet<_>>(), names(&body));
}

#[test]
fn numbers_of_requests_at_their_boundaries_are_answered_and_so_is_everything_after_them() {
    let pool = protocol();
    let frame = described(&pool, "casemate.wire.v1.ClientFrame");
    let mut tried = 0;
    for at in 0..Stage::new().requests().len() {
        let mut stage = Stage::new();
        let request = stage.requests().swap_remove(at);
        let one = chosen(&dynamic(&frame, &ClientFrame { id: 1, request: Some(request) }));
        let Kind::Message(message) = one.kind() else { panic!("{one:?}") };
        let mut ways = Vec::new();
        numbers(&message, &[one], &mut ways);
        for way in ways {
            for to in BOUNDARIES {
                let request = stage.requests().swap_remove(at);
                let mut asked = dynamic(&frame, &ClientFrame { id: 1, request: Some(request) });
                set(&mut asked, &way, to);
                let asked: ClientFrame = asked.transcode_to().unwrap();
                let line = stage.line.id;
                let answer = stage.world.ask(line, asked.request.unwrap());
                assert!(!is_fault(&answer), "{way:?} = {to}: {answer:?}");
                tried += 1;
            }
            stage.answers_everything();
        }
    }
    assert!(tried > 20 * BOUNDARIES.len(), "{tried}");
}

#[test]
fn numbers_of_a_devices_requests_at_their_boundaries_are_answered_and_so_is_everything_after_them() {
    let pool = protocol();
    let body = described(&pool, "casemate.wire.v1.DeviceRequestBody");
    for at in 0..Stage::new().device_requests().len() {
        let mut stage = Stage::new();
        let request = stage.device_requests().swap_remove(at);
        let one = chosen(&dynamic(&body, &DeviceRequestBody { request: Some(request) }));
        let Kind::Message(message) = one.kind() else { panic!("{one:?}") };
        let mut ways = Vec::new();
        numbers(&message, &[one], &mut ways);
        for way in ways {
            for to in BOUNDARIES {
                let request = stage.device_requests().swap_remove(at);
                let mut asked = dynamic(&body, &DeviceRequestBody { request: Some(request) });
                set(&mut asked, &way, to);
                let request = signed(&stage.ana.device, &stage, asked.encode_to_vec());
                let line = stage.line.id;
                let answer = stage.world.ask(line, request);
                assert!(!is_fault(&answer), "{way:?} = {to}: {answer:?}");
            }
            stage.answers_everything();
        }
    }
}

fn signed(device: &Device, stage: &Stage, body: Vec<u8>) -> Request {
    let parts: [&[u8]; 3] = [stage.line.hello.server.as_bytes(), &stage.line.hello.challenge, &body];
    let signature = sign_labelled(&device.key, DEVICE_REQUEST_LABEL, &parts);
    Request::DeviceRequest(DeviceRequest {
        account: stage.ana.manifest.account.into(),
        device: device.id.into(),
        body: body.into(),
        signature: signature.into(),
    })
}

/// Documents are signed bytes in a request: their numbers are stored, and counted with at the next one.
#[test]
fn numbers_of_a_document_at_their_boundaries_are_answered_and_so_is_everything_after_them() {
    let pool = protocol();
    let described = described(&pool, "casemate.directory.v1.Manifest");
    let mut ways = Vec::new();
    numbers(&described, &[], &mut ways);
    assert!(ways.len() >= 3, "{ways:?}");
    for way in ways {
        for to in BOUNDARIES {
            let mut stage = Stage::new();
            let sign = |manifest: &Manifest, person: &Person| {
                let mut document = dynamic(&described, manifest);
                set(&mut document, &way, to);
                let bytes = Bytes::from(document.encode_to_vec());
                let signature = sign_labelled(&person.account_key, MANIFEST_LABEL, &[&bytes]);
                Some(SignedManifest { manifest: bytes, signature: signature.into() })
            };
            let line = stage.line.id;
            let bob = Person::new("bob", 2);
            let Request::CreateAccount(mut create) = bob.create_account(&[]) else { unreachable!() };
            create.manifest = sign(&bob.manifest.document(), &bob);
            let answer = stage.world.ask(line, Request::CreateAccount(create));
            assert!(!is_fault(&answer), "{way:?} = {to}: {answer:?}");
            let mut next = stage.ana.clone();
            let Request::PublishManifest(mut publish) = next.publish(&[], |_| {}) else { unreachable!() };
            publish.manifest = sign(&next.manifest.document(), &stage.ana);
            let answer = stage.world.ask(line, Request::PublishManifest(publish));
            assert!(!is_fault(&answer), "{way:?} = {to}: {answer:?}");
            stage.answers_everything();
        }
    }
}

#[test]
fn numbers_of_frames_at_their_boundaries_come_back_on_the_answer() {
    let mut stage = Stage::new();
    let line = stage.line.id;
    for id in BOUNDARIES {
        stage.world.drain(line);
        stage.world.send(line, id, Request::Ping(wire::Ping {}));
        assert_eq!(stage.world.take(line).unwrap().id, id);
    }
}
