//! What a stranger can deliver before acceptance: one sealed box of 2,048 bytes, and nothing else.

use bytes::Bytes;
use casemate_e2e::stranger::Stranger;
use casemate_e2e::world::World;
use casemate_wire::limits::KNOCK_BYTES;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    AckInbox, AckLog, Append, Commit, CreateAccount, CreateBlob, CreateLog, DeviceRequest, ErrorCode,
    FetchManifest, FollowInbox, FollowLog, KnockBox, LeftOut, Ping, PostInbox, PostKnock, PublishManifest,
    PutInboxTokens, ReplaceReader, RevokeInboxTokens, TakeKeyPackage, Token, TokenKind, UnfollowLog,
    fetch_manifest, post_knock,
};
use serde_json::{Value, json};

fn bytes(length: usize, fill: u8) -> Bytes {
    vec![fill; length].into()
}

#[test]
fn nothing_but_a_knock_reaches_somebody() {
    let world = World::new();
    let (mut victim, mut friend) = (world.join("victim"), world.join("friend"));
    // The stranger even knows the name of a real conversation, and the victim's account and device.
    let chat = victim.meet(&mut friend);
    let log: Bytes = hex::decode(&chat).unwrap().into();
    let mut stranger = Stranger::connect(world.server.address());
    let by_handle = fetch_manifest::By::Handle("victim".into());
    let found =
        stranger.ask(Request::FetchManifest(FetchManifest { by: Some(by_handle), proof: None, known: None }));
    let Ok(Body::Manifest(found)) = found else {
        panic!("somebody who lets anyone knock is found: {found:?}")
    };
    let device = found.device_keys[0].device.clone();
    let account = hex::decode(device_owner(&mut victim)).unwrap();
    assert_eq!(account, device.to_vec(), "the device is no secret");

    // What the two friends still tell each other has come.
    friend.ask("sync", json!({}));
    victim.ask("sync", json!({}));
    let events_before = victim.events().len();
    let messages_before = victim.messages(&chat);
    let guesses: Vec<(&str, Request)> = guesses(&log, &device);
    for (what, request) in guesses {
        let answer = stranger.ask(request);
        assert!(answer.is_err(), "{what} was taken: {answer:?}");
    }
    // A knock has one size, one box a device, and is paid for.
    let to = || Some(post_knock::To::Handle("victim".into()));
    let token = Token {
        kind: TokenKind::Knock as i32,
        key_id: stranger.hello.token_keys[0].key_id,
        nonce: bytes(32, 1),
        output: bytes(64, 2),
    };
    for (sizes, paid) in [
        (vec![KNOCK_BYTES], false),
        (vec![KNOCK_BYTES], true),
        (vec![KNOCK_BYTES - 1], true),
        (vec![KNOCK_BYTES + 1], true),
        (vec![0], true),
        (vec![1_000_000], true),
        (vec![KNOCK_BYTES, KNOCK_BYTES], true),
        (vec![], true),
    ] {
        let boxes =
            sizes.iter().map(|size| KnockBox { device: device.clone(), sealed: bytes(*size, 7) }).collect();
        let token = paid.then(|| token.clone());
        let knock = PostKnock { to: to(), token, boxes, client_id: bytes(16, 9) };
        let answer = stranger.ask(Request::PostKnock(knock));
        assert!(answer.is_err(), "boxes of {sizes:?} bytes, with a forged token: {paid}: {answer:?}");
    }
    assert!(stranger.pushed.is_empty(), "a stranger is told nothing: {:?}", stranger.pushed);
    victim.ask("sync", json!({}));
    assert_eq!(victim.messages(&chat), messages_before);
    assert_eq!(told(&victim.events()[events_before..]), Vec::<String>::new(), "nothing reached the victim");

    // The whole of what may be delivered, by a real client.
    let mut knocker = world.join("knocker");
    knocker.ask("contact.knock", json!({"to": victim.address, "note": "https://example.org <b>hello</b>"}));
    victim.event("the knock", |event| event["type"] == "contact.requested");
    let early = json!({"members": [victim.address], "name": "Join us"});
    assert_eq!(knocker.refused("conversation.create", early).kind, "not_allowed");
    assert_eq!(
        knocker.refused("conversation.create", json!({"members": [victim.address]})).kind,
        "not_allowed"
    );
    victim.ask("sync", json!({}));
    assert_eq!(told(&victim.events()[events_before..]), ["contact.requested"]);
    let requests = victim.ask("contact.requests", json!({}));
    assert_eq!(requests["requests"][0]["note"], "https://example.org <b>hello</b>", "plain text, as it is");

    // Declined looks like not yet seen: the knocker is told nothing, and can do no more than before.
    let heard = knocker.events().len();
    victim.ask("contact.decline", json!({"who": knocker.address}));
    victim.ask("sync", json!({}));
    knocker.ask("sync", json!({}));
    assert_eq!(told(&knocker.events()[heard..]), Vec::<String>::new());
    assert_eq!(
        knocker.refused("conversation.create", json!({"members": [victim.address]})).kind,
        "not_allowed"
    );
}

#[test]
fn a_person_who_wants_no_knocks_looks_like_nobody() {
    let world = World::new();
    let mut hidden = world.join("hidden");
    hidden.ask("account.set", json!({"knocks": "nobody"}));
    hidden.ask("sync", json!({}));
    let mut other = world.join("other");
    let mut refusal = |name: &str| {
        other.refused("contact.knock", json!({"to": format!("{name}@{}", world.server.address())}))
    };
    assert_eq!(refusal("hidden"), refusal("absent"));
    let mut stranger = Stranger::connect(world.server.address());
    let mut look_up = |name: &str| {
        let by = Some(fetch_manifest::By::Handle(name.into()));
        stranger.ask(Request::FetchManifest(FetchManifest { by, proof: None, known: None })).unwrap_err()
    };
    assert_eq!(look_up("hidden"), look_up("absent"));
}

#[test]
fn frames_that_are_none() {
    let world = World::new();
    let mut stranger = Stranger::connect(world.server.address());
    let garbage = stranger.throw(vec![0xff; 40]);
    assert!(garbage.is_none_or(|frame| matches!(frame.body, Some(Body::Error(_)))));
    // Of a future version: an error that says so, and the connection goes on.
    let mut stranger = Stranger::connect(world.server.address());
    let unknown = stranger.throw(vec![0x08, 0x07, 0x9a, 0x06, 0x00]).expect("an answer");
    let Some(Body::Error(error)) = unknown.body else { panic!("{unknown:?}") };
    assert!(error.message.contains("update"), "{}", error.message);
    assert!(stranger.ask(Request::Ping(Ping {})).is_ok());
    // Too large: the connection ends, the server does not.
    let huge = stranger.throw(vec![0; 3 * 1024 * 1024]);
    assert!(huge.is_none_or(|frame| matches!(frame.body, Some(Body::Error(_)))));
    let mut anna = world.join("anna");
    anna.ask("sync", json!({}));
}

/// One of every request that could reach into somebody's inbox, conversation or account.
fn guesses(log: &Bytes, device: &Bytes) -> Vec<(&'static str, Request)> {
    let (id, secret, hash) = (bytes(16, 3), bytes(32, 4), bytes(32, 5));
    let append = |commit| Append {
        log: log.clone(),
        write_token: secret.clone(),
        client_id: id.clone(),
        payload: bytes(200, 6),
        commit,
        seen: 0,
        retry: false,
        after: Vec::new().into(),
    };
    let commit = Commit {
        previous: 1,
        next_write_hash: hash.clone(),
        reader_secret: secret.clone(),
        urgent: true,
        add_readers: vec![hash.clone()],
        keep_readers: Vec::new(),
    };
    let token = Token { kind: 0, key_id: 1, nonce: bytes(32, 1), output: bytes(64, 1) };
    vec![
        (
            "posting to a guessed inbox",
            Request::PostInbox(PostInbox {
                inbox_token: id.clone(),
                client_id: id.clone(),
                payload: bytes(4 * 1024, 1),
            }),
        ),
        (
            "posting with the device as token",
            Request::PostInbox(PostInbox {
                inbox_token: device.clone(),
                client_id: id.clone(),
                payload: bytes(4 * 1024, 1),
            }),
        ),
        ("a key package", Request::TakeKeyPackage(TakeKeyPackage { inbox_token: id.clone(), suite: 0x4e })),
        (
            "reading an inbox",
            Request::FollowInbox(FollowInbox {
                inbox: device.clone(),
                read_secret: secret.clone(),
                after: 0,
            }),
        ),
        (
            "emptying an inbox",
            Request::AckInbox(AckInbox {
                inbox: device.clone(),
                read_secret: secret.clone(),
                up_to: u64::MAX,
            }),
        ),
        (
            "tokens for an inbox",
            Request::PutInboxTokens(PutInboxTokens {
                inbox: device.clone(),
                read_secret: secret.clone(),
                token_hashes: vec![hash.clone()],
            }),
        ),
        (
            "revoking tokens",
            Request::RevokeInboxTokens(RevokeInboxTokens {
                inbox: device.clone(),
                read_secret: secret.clone(),
                token_hashes: vec![hash.clone()],
            }),
        ),
        ("writing into a conversation", Request::Append(append(None))),
        ("a commit", Request::Append(append(Some(commit)))),
        (
            "reading a conversation",
            Request::FollowLog(FollowLog {
                log: log.clone(),
                reader_secret: secret.clone(),
                ..FollowLog::default()
            }),
        ),
        (
            "reading what dropped a reader",
            Request::FollowLog(FollowLog {
                log: log.clone(),
                reader_secret: secret.clone(),
                left_out: Some(LeftOut { commit: 0 }),
                ..FollowLog::default()
            }),
        ),
        (
            "acknowledging for a reader",
            Request::AckLog(AckLog { log: log.clone(), reader_secret: secret.clone(), up_to: 1 }),
        ),
        (
            "another's reader",
            Request::ReplaceReader(ReplaceReader {
                log: log.clone(),
                old_secret: secret.clone(),
                new_hash: hash.clone(),
                write_token: secret.clone(),
            }),
        ),
        (
            "a conversation of the same name",
            Request::CreateLog(CreateLog {
                log: log.clone(),
                write_hash: hash.clone(),
                reader_hash: hash.clone(),
                token: Some(token.clone()),
            }),
        ),
        (
            "a conversation without paying",
            Request::CreateLog(CreateLog {
                log: id.clone(),
                write_hash: hash.clone(),
                reader_hash: hash.clone(),
                token: None,
            }),
        ),
        (
            "a file without paying",
            Request::CreateBlob(CreateBlob {
                blob: id.clone(),
                size_bytes: 1_000,
                upload_hash: hash.clone(),
                tokens: Vec::new(),
            }),
        ),
        (
            "a file with a forged token",
            Request::CreateBlob(CreateBlob {
                blob: id.clone(),
                size_bytes: 1_000,
                upload_hash: hash.clone(),
                tokens: vec![token],
            }),
        ),
        (
            "acting as the device",
            Request::DeviceRequest(DeviceRequest {
                account: id.clone(),
                device: device.clone(),
                body: Bytes::new(),
                signature: bytes(64, 1),
            }),
        ),
        ("an account without an invitation", Request::CreateAccount(CreateAccount::default())),
        ("another's manifest", Request::PublishManifest(PublishManifest::default())),
        (
            "a manifest by account",
            Request::FetchManifest(FetchManifest {
                by: Some(fetch_manifest::By::Account(id.clone())),
                proof: None,
                known: None,
            }),
        ),
        (
            "a manifest by a guessed link",
            Request::FetchManifest(FetchManifest {
                by: Some(fetch_manifest::By::Link(id)),
                proof: None,
                known: None,
            }),
        ),
    ]
}

fn device_owner(person: &mut casemate_e2e::world::Member) -> String {
    casemate_e2e::world::text(&person.ask("account.show", json!({}))["device"])
}

/// Types of events, without those that are about nobody else.
fn told(events: &[Value]) -> Vec<String> {
    let types = events.iter().map(|event| casemate_e2e::world::text(&event["type"]));
    types.filter(|kind| kind != "connection").collect()
}

/// What the compiler would not tell: that an answer names the right reason.
#[test]
fn a_stranger_learns_nothing_from_refusals() {
    let world = World::new();
    let (mut anna, mut ben) = (world.join("anna"), world.join("ben"));
    let real: Bytes = hex::decode(anna.meet(&mut ben)).unwrap().into();
    let mut stranger = Stranger::connect(world.server.address());
    let mut follow = |log: Bytes| {
        let follow = FollowLog { log, reader_secret: bytes(32, 4), ..FollowLog::default() };
        stranger.ask(Request::FollowLog(follow)).unwrap_err()
    };
    let (real, absent) = (follow(real), follow(bytes(16, 3)));
    assert!(
        [ErrorCode::ErrorNotAllowed, ErrorCode::ErrorNotFound].contains(&real),
        "a refusal, not {real:?}"
    );
    assert!([ErrorCode::ErrorNotAllowed, ErrorCode::ErrorNotFound].contains(&absent));
    let _ = stranger.ask(Request::UnfollowLog(UnfollowLog { log: bytes(16, 3) }));
    assert!(stranger.pushed.is_empty());
}
