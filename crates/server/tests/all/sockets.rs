//! The whole path over a WebSocket: hello, account, inbox, log, append, follow, push, restart, bad frames.

use bytes::Bytes;
use casemate_wire::ids::{Hash32, LogId};
use casemate_wire::limits::{FRAME_BYTES, INBOX_SIZES};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    ErrorCode, FollowInbox, Hello, Ping, PostInbox, PutInboxTokens, ServerFrame,
};
use futures_util::{SinkExt, StreamExt};
use prost::Message as _;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use crate::client::{Client, append, follow, http, start};
use crate::kit::Person;

#[tokio::test]
async fn two_people_and_a_log_and_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path());
    let ana = Person::new("ana", 1);
    let mut anas = Client::connect(server.address).await;
    assert_eq!(anas.hello.server, "test.example");
    anas.settle_in(&ana).await;
    anas.ask(ana.request(&anas.hello, ana.device.create_inbox())).await.unwrap();
    let tokens = PutInboxTokens {
        inbox: ana.device.inbox.to_vec().into(),
        read_secret: ana.device.inbox_secret.to_vec().into(),
        token_hashes: vec![Hash32::of(&[&[3u8; 16]]).into()],
    };
    anas.ask(Request::PutInboxTokens(tokens)).await.unwrap();
    let follow_inbox = FollowInbox {
        inbox: ana.device.inbox.to_vec().into(),
        read_secret: ana.device.inbox_secret.to_vec().into(),
        after: 0,
    };
    anas.ask(Request::FollowInbox(follow_inbox)).await.unwrap();

    let bob = Person::new("bob", 2);
    let mut bobs = Client::connect(server.address).await;
    bobs.settle_in(&bob).await;
    let post = PostInbox {
        inbox_token: vec![3; 16].into(),
        client_id: vec![1; 16].into(),
        payload: vec![7; INBOX_SIZES[0]].into(),
    };
    bobs.ask(Request::PostInbox(post)).await.unwrap();
    let Body::InboxItems(items) = anas.pushed().await else { panic!() };
    assert_eq!((items.items.len(), items.items[0].payload[0]), (1, 7));

    let log = bobs.log(&bob, 10).await;
    anas.ask(follow(log, 0)).await.unwrap();
    for number in 1..=500 {
        bobs.send(append(log, number, vec![1; 200])).await;
    }
    anas.entries(0, 500).await;

    // Told to stop, it says so, ends within seconds, and finds everything when it starts again.
    let before = anas.hello.clone();
    tokio::task::spawn_blocking(move || server.stop()).await.unwrap();
    loop {
        match anas.socket.next().await {
            Some(Ok(Message::Close(Some(frame)))) => {
                assert_eq!(u16::from(frame.code), 1001);
                assert!(frame.reason.contains("stopping"));
                break;
            }
            Some(Ok(_)) => {}
            other => panic!("{other:?}"),
        }
    }
    let server = start(folder.path());
    let mut anas = Client::connect(server.address).await;
    assert_eq!(anas.hello.server_key, before.server_key);
    assert_eq!(anas.hello.incarnation, before.incarnation);
    assert_ne!(anas.hello.challenge, before.challenge);
    let Ok(Body::Following(following)) = anas.ask(follow(log, 0)).await else { panic!() };
    assert_eq!(following.head, 500);
    anas.entries(0, 500).await;
    anas.ask(ana.create_account(&[])).await.unwrap();
}

/// The reader does not read while megabytes come for it; others are served; then it has every entry once.
#[tokio::test]
async fn a_slow_reader_holds_up_nobody_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path());
    let ana = Person::new("ana", 1);
    let mut anas = Client::connect(server.address).await;
    anas.settle_in(&ana).await;
    let log = anas.log(&ana, 10).await;
    let (mut slow, mut quick) =
        (Client::connect(server.address).await, Client::connect(server.address).await);
    slow.ask(follow(log, 0)).await.unwrap();
    quick.ask(follow(log, 0)).await.unwrap();
    const ENTRIES: u64 = 600;
    for number in 1..=ENTRIES {
        anas.ask(append(log, number, vec![1; 50_000])).await.unwrap();
        quick.entries(number - 1, number).await;
    }
    let metrics = http(server.address, "GET", "/metrics", &[], "").await;
    let metrics = String::from_utf8(metrics.body().to_vec()).unwrap();
    assert!(metrics.contains("casemate_readers_behind_total 1\n"), "{metrics}");
    slow.entries(0, ENTRIES).await;
    // And it is live again.
    anas.ask(append(log, ENTRIES + 1, b"live".to_vec())).await.unwrap();
    slow.entries(ENTRIES, ENTRIES + 1).await;
}

#[tokio::test]
async fn many_requests_in_one_piece_and_one_in_many_pieces() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path());
    let ana = Person::new("ana", 1);
    let mut anas = Client::connect(server.address).await;
    anas.settle_in(&ana).await;
    let log = anas.log(&ana, 10).await;
    anas.ask(follow(log, 0)).await.unwrap();
    // More than may be under way at once, without waiting for an answer.
    let number = 3_000;
    for entry in 1..=number {
        let frame = casemate_wire::proto::wire::ClientFrame {
            id: entry,
            request: Some(append(log, entry, vec![1; 300])),
        };
        anas.socket.feed(Message::Binary(frame.encode_to_vec().into())).await.unwrap();
    }
    anas.socket.flush().await.unwrap();
    anas.entries(0, number).await;

    // A large frame comes in pieces of a few bytes; the connection goes on as usual after it.
    let mut raw = TcpStream::connect(server.address).await.unwrap();
    raw.set_nodelay(true).unwrap();
    let mut client = Client::over(&mut raw).await;
    client.ask(follow(log, number)).await.unwrap();
    drop(client);
    let hello = Request::Hello(Hello { version: 1, software: "x".into() });
    let frame = casemate_wire::proto::wire::ClientFrame { id: 9, request: Some(hello) }.encode_to_vec();
    let mut bytes = vec![0x82, 0x80 | frame.len() as u8, 0, 0, 0, 0];
    bytes.extend(&frame);
    for byte in bytes {
        raw.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    let mut head = [0; 2];
    raw.read_exact(&mut head).await.unwrap();
    assert_eq!(head[0], 0x82);
}

#[tokio::test]
async fn bad_frames_are_answered_and_then_end_the_connection() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path());
    // Another version.
    let stream = TcpStream::connect(server.address).await.unwrap();
    let mut client = Client::silent(stream).await;
    let error = client.ask(Request::Hello(Hello { version: 9, software: String::new() })).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::ErrorUnsupportedVersion);
    assert!(client.frame().await.is_none());
    // No hello; text; noise.
    let stream = TcpStream::connect(server.address).await.unwrap();
    let mut client = Client::silent(stream).await;
    let error = client.ask(Request::Ping(Ping {})).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::ErrorInvalid);
    client.socket.send(Message::Text("hello?".into())).await.unwrap();
    let Some(ServerFrame { body: Some(Body::Error(error)), .. }) = client.frame().await else { panic!() };
    assert_eq!(error.code(), ErrorCode::ErrorInvalid);
    for _ in 0..20 {
        if client.socket.send(Message::Binary(Bytes::from_static(b"\xff\xff\xff"))).await.is_err() {
            break;
        }
    }
    let mut answers = 0;
    while let Some(frame) = client.frame().await {
        assert!(matches!(frame.body, Some(Body::Error(_))));
        answers += 1;
    }
    assert!((8..=20).contains(&answers), "{answers}");
    // Too large: said, then closed.
    let mut client = Client::connect(server.address).await;
    let _ = client.socket.send(Message::Binary(vec![0; FRAME_BYTES + 1].into())).await;
    if let Some(ServerFrame { body: Some(Body::Error(error)), .. }) = client.frame().await {
        assert_eq!(error.code(), ErrorCode::ErrorTooLarge);
    }
    assert!(client.frame().await.is_none());
    // Others were not disturbed.
    let mut client = Client::connect(server.address).await;
    client.ask(Request::Ping(Ping {})).await.unwrap();
    // A log that nobody made.
    let error = client.ask(follow(LogId([9; 16]), 0)).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::ErrorNotFound);
}

/// One entry for many readers: everybody has it, and it was stored once.
#[tokio::test]
async fn one_entry_for_two_hundred_readers() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path());
    let ana = Person::new("ana", 1);
    let mut anas = Client::connect(server.address).await;
    anas.settle_in(&ana).await;
    let log = anas.log(&ana, 10).await;
    let mut readers = Vec::new();
    for _ in 0..200 {
        let mut reader = Client::connect(server.address).await;
        reader.ask(follow(log, 0)).await.unwrap();
        readers.push(reader);
    }
    anas.ask(append(log, 1, vec![5; 10_000])).await.unwrap();
    for reader in &mut readers {
        let Body::LogEntries(entries) = reader.pushed().await else { panic!() };
        assert_eq!(entries.entries[0].payload, vec![5; 10_000]);
    }
}
