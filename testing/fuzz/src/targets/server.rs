//! A whole server, in process, and a client that sends it anything: no frame may stop it, be answered twice, or find
//! it at a loss (`ERROR_INTERNAL`). The input is a list of frames: field 1 of a message, again and again.

use std::collections::BTreeMap;

use bytes::Bytes;
use casemate_server::config::{Limits, Policy, Registration};
use casemate_server::delivery::{Delivery, ops};
use casemate_server::directory::{Directory, Place};
use casemate_server::router::in_process::InProcess;
use casemate_server::router::{ConnectionId, Router};
use casemate_server::store::MemoryStore;
use casemate_wire::frame::parse_server;
use casemate_wire::ids::{Hash32, InboxSecret, LogId, ReaderSecret, WriteToken};
use casemate_wire::manifest::{DEVICE_REQUEST_LABEL, sign_labelled};
use casemate_wire::proto::directory::SealKey;
use casemate_wire::proto::wire::{
    AckInbox, AckLog, Append, ClientFrame, Commit, CreateAccount, CreateInbox, CreateInvite, DeviceKeys,
    DeviceRequest, DeviceRequestBody, ErrorCode, FetchManifest, FetchReceipts, FollowInbox, FollowLog, Hello,
    KeyPackageItem, LeftOut, Ping, PutInboxTokens, PutKeyPackages, PutReceipt, RendezvousAnswer,
    RendezvousEnd, RendezvousFetch, RendezvousOffer, ReplaceReader, SendEphemeral, SetWake, TakeKeyPackage,
    UnfollowLog, Wake, client_frame::Request, device_request_body, fetch_manifest, server_frame::Body,
};
use prost::Message;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng};

use super::manifest;

/// Frames of one session are the input's; more than these are not sent.
pub const FRAMES: usize = 500;

pub fn run(bytes: &[u8]) {
    let Ok(session) = Session::decode(bytes) else { return };
    let (mut server, client) = server();
    let mut asked: BTreeMap<u64, usize> = BTreeMap::new();
    let mut answered: BTreeMap<u64, usize> = BTreeMap::new();
    for frame in session.frames.into_iter().take(FRAMES) {
        // Also one from a future version, which is refused by name.
        if let Ok(parsed) = ClientFrame::decode(frame.clone()) {
            *asked.entry(parsed.id).or_default() += 1;
        }
        server.receive(client, frame, NOW_MS);
        while let Some(answer) = server.next_frame(client, NOW_MS) {
            let answer = parse_server(answer).expect("the server's frames parse");
            if let Some(Body::Error(error)) = &answer.body {
                assert_ne!(error.code, ErrorCode::ErrorInternal as i32, "{error:?}");
            }
            *answered.entry(answer.id).or_default() += 1;
        }
        if server.goodbye(client).is_some() {
            return;
        }
    }
    for (id, count) in answered.into_iter().filter(|(id, _)| *id != 0) {
        assert!(
            count <= asked.get(&id).copied().unwrap_or_default(),
            "frame {id} was answered {count} times"
        );
    }
}

pub fn seeds() -> Vec<Vec<u8>> {
    let mut account = vec![hello(), create_account(), fetch_by_handle()];
    account.extend(device_requests());
    account.extend(inbox());
    let mut log = vec![hello()];
    log.extend(log_requests());
    let mut all = account.clone();
    all.extend(log_requests());
    [account, log, all].map(session).to_vec()
}

/// The input's form.
#[derive(Clone, PartialEq, Message)]
pub struct Session {
    /// Frames, one after another.
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub frames: Vec<Bytes>,
}

pub const NOW_MS: i64 = 1_800_000_000_000;
const LOG: LogId = LogId([7; 16]);
const NAME: &str = "localhost:8440";
const WRITE: [u8; 32] = [1; 32];
const READ: [u8; 32] = [2; 32];
const INBOX: [u8; 16] = [3; 16];
const INBOX_READ: [u8; 32] = [4; 32];

/// A server with one log and a client that has connected: the same each time.
fn server() -> (InProcess<MemoryStore>, ConnectionId) {
    let place = Place {
        name: NAME.into(),
        public_url: "http://localhost:8440".into(),
        restored_ms: None,
        renamed: false,
    };
    let policy = Policy { registration: Registration::Open, ..Policy::default() };
    let limits = Limits { lifted: true, ..policy.limits };
    let rng = Seeded(ChaCha8Rng::seed_from_u64(1));
    let directory = Directory::open(None, place, policy, Box::new(rng)).expect("memory can be opened");
    let mut delivery = Delivery::new(MemoryStore::new());
    let create = ops::CreateLog {
        log: LOG,
        write_hash: WriteToken::new(WRITE).hash(),
        reader_hash: ReaderSecret::new(READ).hash(),
    };
    delivery.execute(vec![ops::Op { tag: 0, request: ops::Request::CreateLog(create) }], NOW_MS);
    let mut server = InProcess::new(Router::new(limits, [9; 32]), directory, delivery);
    let client = server.connect(NOW_MS).expect("it is the first");
    (server, client)
}

fn session(requests: Vec<Request>) -> Vec<u8> {
    let frame = |(id, request)| ClientFrame { id, request: Some(request) }.encode_to_vec().into();
    Session { frames: (1..).zip(requests).map(frame).collect() }.encode_to_vec()
}

fn hello() -> Request {
    Request::Hello(Hello { version: 1, software: "fuzz".into() })
}

fn create_account() -> Request {
    let keys = DeviceKeys {
        device: manifest::example(1).devices[0].id.into(),
        hpke_key: manifest::sealing_key(1).to_vec().into(),
        seal_key: None,
    };
    Request::CreateAccount(CreateAccount {
        invite: Bytes::new(),
        manifest: Some(manifest::example(1).signed),
        device_keys: vec![keys],
        promise: None,
    })
}

fn fetch_by_handle() -> Request {
    let by = Some(fetch_manifest::By::Handle("ana".into()));
    Request::FetchManifest(FetchManifest { by, proof: None, known: None })
}

/// Signed for the challenge that the server gives to its first connection.
fn device_requests() -> Vec<Request> {
    use device_request_body::Request as Asked;
    let package = |last_resort| KeyPackageItem { suite: 0x4e, key_package: vec![1; 500].into(), last_resort };
    let asked = [
        Asked::PutKeyPackages(PutKeyPackages {
            packages: vec![package(false), package(true)],
            replaces: true,
            seal_key: Some(SealKey {
                made_ms: 1,
                key: manifest::sealing_key(1).to_vec().into(),
                signature: vec![1; 64].into(),
            }),
        }),
        Asked::CreateInbox(CreateInbox {
            inbox: INBOX.to_vec().into(),
            read_hash: InboxSecret::new(INBOX_READ).hash().into(),
        }),
        Asked::CreateInvite(CreateInvite { secret_hash: vec![5; 32].into(), uses: 1, expires_ms: 0 }),
    ];
    let challenge = challenge();
    let (account, device) = (manifest::example(1).account, manifest::example(1).devices[0].id);
    let signed = |asked| {
        let body = DeviceRequestBody { request: Some(asked) }.encode_to_vec();
        let parts: [&[u8]; 3] = [NAME.as_bytes(), &challenge, &body];
        let signature = sign_labelled(&manifest::key(101), DEVICE_REQUEST_LABEL, &parts).into();
        Request::DeviceRequest(DeviceRequest {
            account: account.into(),
            device: device.into(),
            body: body.into(),
            signature,
        })
    };
    asked.into_iter().map(signed).collect()
}

fn challenge() -> Bytes {
    let (mut server, client) = server();
    server.frame(client, ClientFrame { id: 1, request: Some(hello()) }, NOW_MS);
    let answer = server.next_frame(client, NOW_MS).expect("a hello is answered");
    match parse_server(answer).expect("the server's frames parse").body {
        Some(Body::Hello(hello)) => hello.challenge,
        other => panic!("a hello was answered with {other:?}"),
    }
}

fn inbox() -> Vec<Request> {
    let (inbox, read_secret) = (|| Bytes::from_static(&INBOX), || Bytes::from_static(&INBOX_READ));
    let token = [6; 16];
    vec![
        Request::PutInboxTokens(PutInboxTokens {
            inbox: inbox(),
            read_secret: read_secret(),
            token_hashes: vec![Hash32::of(&[&token]).into()],
        }),
        Request::FollowInbox(FollowInbox { inbox: inbox(), read_secret: read_secret(), after: 0 }),
        Request::TakeKeyPackage(TakeKeyPackage { inbox_token: token.to_vec().into(), suite: 0x4e }),
        Request::AckInbox(AckInbox { inbox: inbox(), read_secret: read_secret(), up_to: 1 }),
    ]
}

fn log_requests() -> Vec<Request> {
    let (log, secret) = (|| Bytes::from_static(&[7; 16]), || Bytes::from_static(&READ));
    let next = [8; 32];
    let append = |write_token: &[u8], client: u8, commit| {
        Request::Append(Append {
            log: log(),
            write_token: write_token.to_vec().into(),
            client_id: vec![client; 16].into(),
            payload: vec![client; 200].into(),
            commit,
            seen: 0,
            retry: false,
            after: bytes::Bytes::new(),
        })
    };
    let commit = Commit {
        previous: 0,
        next_write_hash: WriteToken::new(next).hash().into(),
        reader_secret: secret(),
        urgent: true,
        add_readers: vec![vec![9; 32].into()],
        keep_readers: vec![],
    };
    vec![
        Request::FollowLog(FollowLog {
            log: log(),
            reader_secret: secret(),
            after: 0,
            left_out: Some(LeftOut { commit: 1 }),
        }),
        append(&WRITE, 1, None),
        append(&WRITE, 2, Some(commit)),
        append(&WRITE, 3, None),
        append(&next, 4, None),
        Request::AckLog(AckLog { log: log(), reader_secret: secret(), up_to: 2 }),
        Request::PutReceipt(PutReceipt { log: log(), reader_secret: secret(), sealed: vec![9; 256].into() }),
        Request::FetchReceipts(FetchReceipts { log: log(), reader_secret: secret(), since: 0 }),
        Request::ReplaceReader(ReplaceReader {
            log: log(),
            old_secret: secret(),
            new_hash: vec![10; 32].into(),
            write_token: secret(),
        }),
        Request::SendEphemeral(SendEphemeral { log: log(), sealed: vec![9; 256].into() }),
        Request::RendezvousOffer(RendezvousOffer { place: log(), sealed: vec![9; 2_048].into() }),
        Request::RendezvousFetch(RendezvousFetch { place: log() }),
        Request::RendezvousAnswer(RendezvousAnswer { place: log(), sealed: vec![9; 4_096].into() }),
        Request::RendezvousEnd(RendezvousEnd { place: log() }),
        Request::SetWake(SetWake { log: log(), sealed: vec![9; 2_048].into() }),
        Request::Wake(Wake { log: log() }),
        Request::UnfollowLog(UnfollowLog { log: log() }),
        Request::Ping(Ping {}),
    ]
}

/// A seeded generator under the older traits that the directory's tokens speak.
pub struct Seeded(pub ChaCha8Rng);

impl rand_core::RngCore for Seeded {
    fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.0.fill_bytes(bytes);
        Ok(())
    }
}

impl rand_core::CryptoRng for Seeded {}

#[cfg(test)]
mod tests {
    use super::*;

    /// A seed that is refused from its first frame on would fuzz little.
    #[test]
    fn the_whole_session_is_answered_without_refusals_but_the_stale_one() {
        let session = Session::decode(&seeds()[2][..]).unwrap();
        let (mut server, client) = server();
        let mut errors = Vec::new();
        for frame in session.frames {
            server.receive(client, frame, NOW_MS);
            while let Some(answer) = server.next_frame(client, NOW_MS) {
                if let Some(Body::Error(error)) = parse_server(answer).unwrap().body {
                    errors.push((error.code(), error.message));
                }
            }
        }
        assert_eq!(server.goodbye(client), None);
        // A server in a test has nobody to wake through.
        errors.retain(|(_, message)| message != "this server wakes no devices");
        assert!(errors.len() == 1 && errors[0].0 == ErrorCode::ErrorStale, "{errors:?}");
    }
}
