//! A whole relay with its sockets and threads, and peers on real sockets of loopback.

use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use bytes::BytesMut;
use casemate_relay::core::Protocol;
use casemate_relay::peer::Offered;
use casemate_relay::peer::caller::{Caller, connect, talk};
use casemate_relay::{Config, Handle, start};
use casemate_wire::proto::relay::{Greet, Look, ToRelay, from_relay::Body, to_relay::Request};
use casemate_wire::proto::wire::{CallJoin, CallLeave, ErrorCode};
use casemate_wire::relay::{VERSION, encode, next_from_relay};

/// More than any of this takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

struct Relay {
    handle: Handle,
    folder: tempfile::TempDir,
}

impl Relay {
    fn start(address: &str, threads: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("control");
        let text = format!(
            "name = \"one\"\nmedia = [{{ listen = \"{address}\" }}]\nsecret = \"{}\"\nthreads = {threads}\n\
             control = {{ socket = {socket:?} }}\n",
            "07".repeat(32),
        );
        let handle = start(Config::from_toml(&text).unwrap()).unwrap();
        Self { handle, folder }
    }

    fn server(&self) -> Server {
        let mut server = self.stranger();
        let greeted = server.ask(Request::Greet(Greet { version: VERSION, secret: vec![7; 32].into() }));
        assert!(matches!(greeted, Some(Body::Greeted(_))), "{greeted:?}");
        server
    }

    fn stranger(&self) -> Server {
        let stream = UnixStream::connect(self.folder.path().join("control")).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Server { stream, buffer: BytesMut::new() }
    }
}

/// A server's end of the connection.
struct Server {
    stream: UnixStream,
    buffer: BytesMut,
}

impl Server {
    /// `None`: the relay hung up.
    fn ask(&mut self, request: Request) -> Option<Body> {
        self.stream.write_all(&encode(&ToRelay { id: 5, request: Some(request) })).ok()?;
        loop {
            if let Some(answer) = next_from_relay(&mut self.buffer).unwrap() {
                assert_eq!(answer.id, 5);
                return answer.body;
            }
            let mut bytes = [0; 4_096];
            let count = self.stream.read(&mut bytes).ok().filter(|count| *count > 0)?;
            self.buffer.extend_from_slice(&bytes[..count]);
        }
    }

    fn join(&mut self, room: u8, participant: u8, offer: &str) -> Option<Body> {
        self.ask(Request::Join(CallJoin {
            proof: None,
            room: vec![room; 32].into(),
            participant: vec![participant; 16].into(),
            offer: offer.to_owned(),
        }))
    }

    fn participants(&mut self) -> u32 {
        let Some(Body::Seen(seen)) = self.ask(Request::Look(Look {})) else { panic!("nothing was seen") };
        seen.participants
    }
}

fn join(relay: &Relay, protocol: Protocol, room: u8, participant: u8, offered: Offered) -> Caller {
    let ip = relay.handle.media[0].ip().to_string();
    Caller::join(protocol, &ip, offered, |offer| match relay.server().join(room, participant, offer) {
        Some(Body::Joined(joined)) => joined.answer,
        other => panic!("not joined: {other:?}"),
    })
}

#[test]
fn two_over_udp_and_the_relays_threads() {
    let relay = Relay::start("127.0.0.1:0", 4);
    // Of four threads some get packets of others' rooms.
    let mut rooms: Vec<Vec<Caller>> = (0..6)
        .map(|room| (0..2).map(|who| join(&relay, Protocol::Udp, room, who, Offered::VOICE)).collect())
        .collect();
    assert_eq!(relay.server().participants(), 12);
    for room in &mut rooms {
        connect(room);
        talk(room, 20);
    }
    let mut server = relay.server();
    let leave = CallLeave { room: vec![0; 32].into(), participant: vec![1; 16].into() };
    assert!(matches!(server.ask(Request::Leave(leave)), Some(Body::Done(_))));
    assert_eq!(server.participants(), 11);
    relay.handle.stop();
}

#[test]
fn one_over_tcp_hears_one_over_udp() {
    let relay = Relay::start("127.0.0.1:0", 2);
    let mut callers = [Protocol::Udp, Protocol::Tcp, Protocol::Tcp]
        .into_iter()
        .enumerate()
        .map(|(who, protocol)| join(&relay, protocol, 1, who as u8, Offered::VOICE))
        .collect::<Vec<_>>();
    connect(&mut callers);
    talk(&mut callers, 20);
}

#[test]
fn over_ipv6() {
    let relay = Relay::start("[::1]:0", 1);
    let mut callers = [Protocol::Udp, Protocol::Tcp]
        .into_iter()
        .enumerate()
        .map(|(who, protocol)| join(&relay, protocol, 1, who as u8, Offered::VOICE))
        .collect::<Vec<_>>();
    connect(&mut callers);
    talk(&mut callers, 10);
}

#[test]
fn whoever_does_not_know_the_secret_is_hung_up_on() {
    let relay = Relay::start("127.0.0.1:0", 1);
    for secret in [vec![8; 32], vec![7; 31], Vec::new()] {
        let greet = Request::Greet(Greet { version: VERSION, secret: secret.into() });
        assert_eq!(relay.stranger().ask(greet), None);
    }
    assert_eq!(relay.stranger().ask(Request::Look(Look {})), None);
    let newer = Request::Greet(Greet { version: VERSION + 1, secret: vec![7; 32].into() });
    let Some(Body::Error(error)) = relay.stranger().ask(newer) else { panic!("it was greeted") };
    assert_eq!(error.code(), ErrorCode::ErrorUnsupportedVersion);
    let Some(Body::Error(error)) = relay.server().join(1, 1, "v=0") else { panic!("it was joined") };
    assert_eq!(error.code(), ErrorCode::ErrorInvalid);
}

#[test]
fn a_tcp_connection_that_begins_strangely_is_closed() {
    let relay = Relay::start("127.0.0.1:0", 1);
    // No STUN; STUN for nobody; too long.
    let binding = [&[0, 20, 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &[1; 12]].concat();
    for first in [&b"\0\x05hello"[..], &binding, &[0xff, 0xff, 0]] {
        let mut stream = TcpStream::connect(relay.handle.media[0]).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(first).unwrap();
        assert!(matches!(stream.read(&mut [0; 1]), Ok(0) | Err(_)), "closed");
    }
}

/// A flood of a hundred thousand packets, from sockets that nobody knows, into a call that goes on: what is lost of it is
/// what the machine's own sockets drop, and memory does not grow.
#[test]
fn a_flood_leaves_memory_as_it_was() {
    let relay = Relay::start("127.0.0.1:0", 1);
    let mut callers: Vec<Caller> =
        (0..2).map(|who| join(&relay, Protocol::Udp, 1, who, Offered::VOICE)).collect();
    connect(&mut callers);
    talk(&mut callers, 20);
    let to = relay.handle.media[0];
    let sockets: Vec<UdpSocket> = (0..50).map(|_| UdpSocket::bind("127.0.0.1:0").unwrap()).collect();
    let flood = |count: usize| {
        let mut bytes = [0x80; 900];
        for number in 0..count {
            bytes[0] = [0x80, 22, 0, 0xff][number % 4];
            bytes[1..9].copy_from_slice(&number.to_be_bytes());
            let _ = sockets[number % sockets.len()].send_to(&bytes, to);
        }
    };
    flood(20_000);
    talk(&mut callers, 5);
    let before = resident();
    flood(100_000);
    talk(&mut callers, 20);
    let grown = resident().saturating_sub(before);
    assert!(grown < 4 * 1024 * 1024, "memory grew by {grown} bytes");
}

/// Bytes of memory that this process has; 0 where `/proc` is not there.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|text| text.trim().strip_suffix(" kB"))
        .and_then(|text| text.parse::<u64>().ok())
        .unwrap_or(0)
        * 1024
}
