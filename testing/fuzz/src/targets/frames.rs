//! Frames between client and server: whatever parses is written back as the same frame.

use bytes::Bytes;
use casemate_wire::call::{parse_join, parse_leave, parse_wish};
use casemate_wire::frame::{BadFrame, parse_client, parse_server};
use casemate_wire::ids::{Hash32, LogId, ReaderSecret};
use casemate_wire::limits::{CALL_WISHES, FRAME_BYTES};
use casemate_wire::manifest::VerifiedManifest;
use casemate_wire::proto::directory::Promise;
use casemate_wire::proto::transparency::{Extension, Shown};
use casemate_wire::proto::wire::{
    AckLog, Append, CallAllowed, CallJoin, CallJoined, CallLeave, CallListeners, CallWish, ClientFrame,
    Commit, CommitNote, CreateAccount, CreateBlob, CreateInvite, CreateLog, DeviceKeys, DeviceRequest,
    DeviceRequestBody, Ephemeral, Error, FetchHead, FetchHistory, FetchManifest, FetchPushKeys,
    FetchReceipts, FollowLog, HeadAnswer, Hello, HelloAnswer, InboxItem, InboxItems, IssueTokens,
    KeyPackageItem, KnockBox, LeftOut, LogEntries, LogEntry, ManifestAnswer, PostInbox, PostKnock, PushKeys,
    PutInboxTokens, PutKeyPackages, PutReceipt, Receipts, RendezvousAnswer, RendezvousAnswered,
    RendezvousEnd, RendezvousFetch, RendezvousOffer, RendezvousOffered, SendEphemeral, ServerFrame, SetWake,
    Token, TokenKey, TokensIssued, TurnServer, Wake, Wish, client_frame::Request, device_request_body,
    fetch_manifest, post_knock, server_frame::Body,
};
use prost::Message;

use super::manifest;

/// What a client may send: the server parses this from anybody.
pub fn client(bytes: &[u8]) {
    let bytes = Bytes::copy_from_slice(bytes);
    let too_large = bytes.len() > FRAME_BYTES;
    match parse_client(bytes) {
        Ok(frame) => {
            assert!(!too_large);
            let again = parse_client(frame.encode_to_vec().into());
            assert_eq!(again.as_ref(), Ok(&frame));
            follow_up(&frame);
        }
        Err(why) => assert_eq!(too_large, why == BadFrame::TooLarge),
    }
}

/// The documents inside frames that either side verifies next.
fn follow_up(frame: &ClientFrame) {
    let manifest = match &frame.request {
        Some(Request::CreateAccount(create)) => create.manifest.as_ref(),
        Some(Request::PublishManifest(publish)) => publish.manifest.as_ref(),
        Some(Request::CallJoin(join)) => {
            let _ = parse_join(join);
            None
        }
        Some(Request::CallWish(wish)) => {
            let wanted = parse_wish(wish).ok().and_then(|(_, wish)| wish.wanted);
            assert!(wanted.map_or(0, |wanted| wanted.len()) <= CALL_WISHES);
            None
        }
        Some(Request::CallLeave(leave)) => {
            let _ = parse_leave(leave);
            None
        }
        _ => None,
    };
    if let Some(signed) = manifest {
        // Any answer will do; only a panic is wrong.
        let _ = VerifiedManifest::verify(signed);
    }
}

/// What a server may send: a lying one, or somebody in its place.
pub fn server(bytes: &[u8]) {
    if let Ok(frame) = parse_server(Bytes::copy_from_slice(bytes)) {
        assert_eq!(parse_server(frame.encode_to_vec().into()), Ok(frame));
    }
}

/// The signed body inside a device's request.
pub fn device_request(bytes: &[u8]) {
    if let Ok(body) = DeviceRequestBody::decode(bytes) {
        assert_eq!(DeviceRequestBody::decode(&body.encode_to_vec()[..]), Ok(body));
    }
}

pub fn client_seeds() -> Vec<Vec<u8>> {
    let token = Token { kind: 1, key_id: 20_000, nonce: bytes_of(32), output: bytes_of(64) };
    let device = DeviceRequest {
        account: bytes_of(16),
        device: bytes_of(16),
        body: device_request_seeds().concat().into(),
        signature: bytes_of(64),
    };
    let signed = manifest::example(2).signed;
    let keys = vec![DeviceKeys { device: bytes_of(16), hpke_key: bytes_of(1_216), seal_key: None }];
    let commit = Commit {
        previous: 1,
        next_write_hash: bytes_of(32),
        reader_secret: bytes_of(32),
        urgent: true,
        add_readers: vec![bytes_of(32); 3],
        keep_readers: vec![bytes_of(32); 2],
    };
    let requests = [
        Request::Hello(Hello { version: 1, software: "casemate".into() }),
        Request::CreateAccount(CreateAccount {
            invite: bytes_of(16),
            manifest: Some(signed),
            device_keys: keys,
            promise: Some(Promise { body: bytes_of(90), signature: bytes_of(64) }),
        }),
        Request::FetchManifest(FetchManifest {
            by: Some(fetch_manifest::By::Handle("ana".into())),
            proof: Some(device.clone()),
            known: Some(manifest::example(3).signed),
        }),
        Request::FetchHead(FetchHead { from: vec![0, 1, u64::MAX] }),
        Request::FetchHistory(FetchHistory { proof: Some(device.clone()) }),
        Request::DeviceRequest(device),
        Request::PutInboxTokens(PutInboxTokens {
            inbox: bytes_of(16),
            read_secret: bytes_of(32),
            token_hashes: vec![bytes_of(32); 4],
        }),
        Request::PostInbox(PostInbox {
            inbox_token: bytes_of(16),
            client_id: bytes_of(16),
            payload: bytes_of(4_096),
        }),
        Request::PostKnock(PostKnock {
            to: Some(post_knock::To::Link(bytes_of(16))),
            token: Some(token.clone()),
            boxes: vec![KnockBox { device: bytes_of(16), sealed: bytes_of(2_048) }],
            client_id: bytes_of(16),
        }),
        Request::CreateLog(CreateLog {
            log: LogId([1; 16]).into(),
            write_hash: Hash32::ZERO.into(),
            reader_hash: ReaderSecret::new([2; 32]).hash().into(),
            token: Some(token.clone()),
        }),
        Request::Append(Append {
            log: bytes_of(16),
            write_token: bytes_of(32),
            client_id: bytes_of(16),
            payload: bytes_of(300),
            commit: Some(commit),
            seen: 5,
            retry: true,
            after: bytes_of(16),
        }),
        Request::FollowLog(FollowLog {
            log: bytes_of(16),
            reader_secret: bytes_of(32),
            after: u64::MAX,
            left_out: Some(LeftOut { commit: u64::MAX }),
        }),
        Request::AckLog(AckLog { log: bytes_of(16), reader_secret: bytes_of(32), up_to: 9 }),
        Request::SendEphemeral(SendEphemeral { log: bytes_of(16), sealed: bytes_of(256) }),
        Request::PutReceipt(PutReceipt {
            log: bytes_of(16),
            reader_secret: bytes_of(32),
            sealed: bytes_of(256),
        }),
        Request::FetchReceipts(FetchReceipts { log: bytes_of(16), reader_secret: bytes_of(32), since: 9 }),
        Request::SetWake(SetWake { log: bytes_of(16), sealed: bytes_of(2_048) }),
        Request::Wake(Wake { log: bytes_of(16) }),
        Request::FetchPushKeys(FetchPushKeys {}),
        Request::RendezvousOffer(RendezvousOffer { place: bytes_of(16), sealed: bytes_of(2_048) }),
        Request::RendezvousFetch(RendezvousFetch { place: bytes_of(16) }),
        Request::RendezvousAnswer(RendezvousAnswer { place: bytes_of(16), sealed: bytes_of(4_096) }),
        Request::RendezvousEnd(RendezvousEnd { place: bytes_of(16) }),
        Request::CallJoin(CallJoin {
            proof: None,
            room: bytes_of(32),
            participant: bytes_of(16),
            offer: "v=0\r\n".into(),
            allowed: Some(CallAllowed { participants: vec![bytes_of(16); 3] }),
        }),
        Request::CallWish(CallWish {
            room: bytes_of(32),
            participant: bytes_of(16),
            wishes: vec![Wish { source: bytes_of(16), height: 360, screen: true }],
            allowed: Some(CallAllowed { participants: vec![bytes_of(16); 3] }),
            only_allowed: false,
        }),
        Request::CallLeave(CallLeave { room: bytes_of(32), participant: bytes_of(16) }),
        Request::CreateBlob(CreateBlob {
            blob: bytes_of(16),
            size_bytes: 1 << 32,
            upload_hash: bytes_of(32),
            tokens: vec![token; 3],
        }),
    ];
    let frame = |request| ClientFrame { id: 7, request: Some(request) }.encode_to_vec();
    requests.into_iter().map(frame).collect()
}

/// What a server shows of its list of keys. Its own code makes it, which no browser runs.
fn shown() -> Option<Shown> {
    #[cfg(not(target_family = "wasm"))]
    return Some(super::transparency::shown());
    #[cfg(target_family = "wasm")]
    None
}

pub fn server_seeds() -> Vec<Vec<u8>> {
    let bodies = [
        Body::Error(Error { code: 5, message: "stale".into(), entry: 3, retry_after_ms: 30_000 }),
        Body::Hello(HelloAnswer {
            version: 1,
            server: "localhost:8440".into(),
            server_key: bytes_of(32),
            incarnation: bytes_of(16),
            incarnation_signature: bytes_of(64),
            incarnations: Vec::new(),
            receipts: false,
            replaces_packages: true,
            now_ms: 1,
            challenge: bytes_of(16),
            token_keys: vec![TokenKey { kind: 2, key_id: 20_000, public_key: bytes_of(32) }],
            ..HelloAnswer::default()
        }),
        Body::Manifest(ManifestAnswer {
            manifest: Some(manifest::example(1).signed),
            promise: None,
            device_keys: vec![DeviceKeys { device: bytes_of(16), hpke_key: bytes_of(1_216), seal_key: None }],
            shown: shown(),
            deletion_ms: 1,
        }),
        Body::Head(HeadAnswer {
            head: shown().and_then(|shown| shown.head),
            extensions: vec![Extension { from_epoch: 3, hashes: bytes_of(96) }],
        }),
        Body::TokensIssued(TokensIssued {
            evaluated: vec![bytes_of(32); 3],
            proof: bytes_of(64),
            left_today: 1,
        }),
        Body::LogEntries(LogEntries {
            log: bytes_of(16),
            first: 1,
            entries: vec![
                LogEntry {
                    payload: bytes_of(300),
                    at_ms: 1,
                    client_id: bytes_of(16),
                    commit: Some(CommitNote { previous: 0, next_write_hash: bytes_of(32) }),
                    lost: false,
                };
                3
            ],
            head: 3,
        }),
        Body::CallJoined(CallJoined {
            answer: "v=0\r\n".into(),
            relay: "home".into(),
            turn: vec![TurnServer {
                url: "turns:turn.example.org:443?transport=tcp".into(),
                username: "1700000000".into(),
                credential: "pJWqS+XmfChF".into(),
            }],
            keeps_allowed: true,
        }),
        Body::CallListeners(CallListeners { participant: bytes_of(16), others: 3, unallowed: 1, open: 1 }),
        Body::Ephemeral(Ephemeral { log: bytes_of(16), sealed: bytes_of(256) }),
        Body::Receipts(Receipts { sealed: vec![bytes_of(256), bytes_of(1_024)], version: 7, more: true }),
        Body::RendezvousOffered(RendezvousOffered { sealed: bytes_of(2_048), same_network: true }),
        Body::RendezvousAnswered(RendezvousAnswered { place: bytes_of(16), sealed: bytes_of(4_096) }),
        Body::PushKeys(PushKeys { vapid: bytes_of(65), seal: bytes_of(1_216) }),
        Body::InboxItems(InboxItems {
            inbox: bytes_of(16),
            items: vec![InboxItem {
                number: 1,
                token_hash: bytes_of(32),
                payload: bytes_of(4_096),
                at_ms: 1,
            }],
        }),
    ];
    let frame = |body| ServerFrame { id: 7, body: Some(body) }.encode_to_vec();
    bodies.into_iter().map(frame).collect()
}

pub fn device_request_seeds() -> Vec<Vec<u8>> {
    use device_request_body::Request;
    let package = KeyPackageItem { suite: 0x004e, key_package: bytes_of(2_000), last_resort: true };
    let requests = [
        Request::PutKeyPackages(PutKeyPackages {
            packages: vec![package; 2],
            replaces: true,
            seal_key: None,
        }),
        Request::IssueTokens(IssueTokens { kind: 0, key_id: 20_000, blinded: vec![bytes_of(32); 5] }),
        Request::CreateInvite(CreateInvite { secret_hash: bytes_of(32), uses: 1, expires_ms: i64::MAX }),
    ];
    let body = |request| DeviceRequestBody { request: Some(request) }.encode_to_vec();
    requests.into_iter().map(body).collect()
}

/// So many bytes, not all alike.
fn bytes_of(len: usize) -> Bytes {
    (0..len).map(|at| (at * 7 + 1) as u8).collect()
}
