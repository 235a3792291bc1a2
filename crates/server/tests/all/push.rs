//! Waking over a real push service: one on this machine, which the configuration of these tests allows.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use casemate_wire::WAKE_LABEL;
use casemate_wire::ids::{Hash32, LogId};
use casemate_wire::limits::WAKE_BYTES;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{Commit, FetchPushKeys, FollowLog, SetWake, Wake, WakeTarget};
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::XWing;
use hpke::{Deserializable, Kem, OpModeS, Serializable};
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper::{Request as HttpRequest, Response};
use hyper_util::rt::TokioIo;
use prost::Message as _;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{Receiver, channel};

use crate::client::{Client, append, config, follow};
use crate::kit::Person;

const BOBS_READER: [u8; 32] = [77; 32];

/// What the push service was sent.
struct Heard {
    parts: hyper::http::request::Parts,
    body: Bytes,
}

/// A push service that knows nobody: every device is gone.
async fn push_service() -> (SocketAddr, Receiver<Heard>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (said, heard) = channel(16);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let said = said.clone();
            let answer = service_fn(move |request: HttpRequest<hyper::body::Incoming>| {
                let said = said.clone();
                async move {
                    let (parts, body) = request.into_parts();
                    let body = body.collect().await?.to_bytes();
                    let _ = said.send(Heard { parts, body }).await;
                    let gone = Response::builder().status(410).body(Full::new(Bytes::new()));
                    Ok::<_, hyper::Error>(gone.unwrap())
                }
            });
            tokio::spawn(
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer),
            );
        }
    });
    (address, heard)
}

/// As a device seals it.
fn seal(key: &[u8], log: LogId, target: &WakeTarget) -> Vec<u8> {
    let mut padded = target.encode_to_vec();
    padded.push(0x80);
    padded.resize(WAKE_BYTES - 1_120 - 16, 0);
    let key = <XWing as Kem>::PublicKey::from_bytes(key).unwrap();
    let (encapsulated, sealed) = hpke::single_shot_seal::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeS::Base,
        &key,
        WAKE_LABEL,
        &padded,
        &log.0,
    )
    .unwrap();
    [&encapsulated.to_bytes()[..], &sealed].concat()
}

#[tokio::test]
async fn a_reader_who_is_away_is_woken_and_one_who_is_gone_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let (service, mut heard) = push_service().await;
    let mut config = config(folder.path());
    config.policy.push.allow_loopback = true;
    let server = casemate_server::start(config).unwrap();

    let ana = Person::new("ana", 1);
    let mut anas = Client::connect(server.address).await;
    anas.settle_in(&ana).await;
    let log = anas.log(&ana, 10).await;
    anas.ask(follow(log, 0)).await.unwrap();
    let Request::Append(mut commit) = append(log, 1, vec![1; 100]) else { panic!() };
    commit.commit = Some(Commit {
        previous: 0,
        next_write_hash: Hash32::of(&[&[10; 32]]).into(),
        reader_secret: vec![10; 32].into(),
        urgent: true,
        add_readers: vec![Hash32::of(&[&BOBS_READER]).into()],
        keep_readers: vec![],
    });
    anas.ask(Request::Append(commit)).await.unwrap();

    let mut bobs = Client::connect(server.address).await;
    let follow =
        FollowLog { log: log.into(), reader_secret: BOBS_READER.to_vec().into(), ..FollowLog::default() };
    bobs.ask(Request::FollowLog(follow)).await.unwrap();
    let Ok(Body::PushKeys(keys)) = bobs.ask(Request::FetchPushKeys(FetchPushKeys {})).await else { panic!() };
    let target = WakeTarget {
        endpoint: format!("http://{service}/bob?x=1"),
        // A point of the curve: the server's own key is one.
        public: keys.vapid.clone(),
        auth: vec![5; 16].into(),
    };
    let sealed = seal(&keys.seal, log, &target);
    assert_eq!(sealed.len(), WAKE_BYTES);
    bobs.ask(Request::SetWake(SetWake { log: log.into(), sealed: sealed.into() })).await.unwrap();
    drop(bobs);

    // The server hears in its own time that Bob is away.
    let pushed = loop {
        anas.ask(Request::Wake(Wake { log: log.into() })).await.unwrap();
        if let Ok(Some(pushed)) = tokio::time::timeout(Duration::from_millis(200), heard.recv()).await {
            break pushed;
        }
    };
    let header = |name: &str| pushed.parts.headers[name].to_str().unwrap().to_owned();
    assert_eq!((pushed.parts.method.as_str(), pushed.parts.uri.to_string()), ("POST", "/bob?x=1".into()));
    assert_eq!((header("content-encoding"), header("urgency")), ("aes128gcm".into(), "high".into()));
    assert!(header("authorization").starts_with("vapid t=") && header("ttl").parse::<u32>().is_ok());
    assert_eq!(pushed.body.len(), 16 + 4 + 1 + 65 + 16 + 1 + 16, "the same for every message");
    // What is gone is forgotten; the thread does it in its own time, and stopping waits for it.
    let rows = || {
        let db = rusqlite::Connection::open(folder.path().join("push.db")).unwrap();
        db.query_row("SELECT count(*) FROM wakes", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    while rows() > 0 {
        anas.ask(Request::Wake(Wake { log: log.into() })).await.unwrap();
    }
    tokio::task::spawn_blocking(|| server.stop()).await.unwrap();
    // The keys lie beside the database, not in it.
    let stored = std::fs::read(folder.path().join("push.db")).unwrap();
    let key = std::fs::read(folder.path().join("push.key")).unwrap();
    assert!(!stored.windows(32).any(|part| key.chunks(32).any(|half| half == part)));
    let endpoint = format!("{service}/bob");
    assert!(!stored.windows(endpoint.len()).any(|part| part == endpoint.as_bytes()));
}

#[tokio::test]
async fn an_operator_can_turn_it_off() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.policy.push.enabled = false;
    let server = casemate_server::start(config).unwrap();
    let mut client = Client::connect(server.address).await;
    assert!(client.ask(Request::FetchPushKeys(FetchPushKeys {})).await.is_err());
    assert!(!folder.path().join("push.key").exists());
    tokio::task::spawn_blocking(|| server.stop()).await.unwrap();
}
