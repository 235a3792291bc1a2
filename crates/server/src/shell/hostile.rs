//! Clients that do not read, or never end what they began, in each state of a connection: over real sockets, with raw bytes. The
//! times that a peer has are short here.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use casemate_wire::limits::FRAME_BYTES;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::{ClientFrame, Ping};
use prost::Message as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use super::{Assets, Config, Handle, Tls};
use crate::config::{Policy, Registration};
use crate::router::OUTBOX_BYTES;
use crate::testing::hello_request;

/// More than the system keeps of a connection on both sides.
const SYSTEM_BYTES: usize = 24 * 1024 * 1024;

/// Longer than any of the times that a peer has here, and shorter than a test may take.
const SOON: Duration = Duration::from_secs(20);

struct Server {
    handle: Handle,
    _folder: tempfile::TempDir,
}

impl Server {
    fn start() -> Self {
        Self::with(|_| Tls::None)
    }

    /// One that speaks TLS, and its certificate.
    fn with_tls() -> (Self, CertificateDer<'static>) {
        let made = rcgen::generate_simple_self_signed(["test.example".to_owned()]).unwrap();
        let server = Self::with(|folder| {
            let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
            std::fs::write(&certificate, made.cert.pem()).unwrap();
            std::fs::write(&key, made.key_pair.serialize_pem()).unwrap();
            Tls::Files { certificate, key }
        });
        (server, made.cert.der().clone())
    }

    fn with(tls: impl FnOnce(&Path) -> Tls) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new(folder.path(), "127.0.0.1:0".parse().unwrap());
        config.tls = tls(folder.path());
        let scheme = if config.tls == Tls::None { "http" } else { "https" };
        config.public_url = Some(format!("{scheme}://test.example"));
        config.policy = Policy { registration: Registration::Open, ..Policy::default() };
        config.app = Assets::from_files([
            ("index.html".to_owned(), Bytes::from_static(b"<html></html>")),
            ("large.bin".to_owned(), Bytes::from(vec![7; 32 * 1024 * 1024])),
        ]);
        Self { handle: super::start(config).unwrap(), _folder: folder }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.handle.address).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(3))).unwrap();
        stream
    }

    /// A WebSocket on which nothing was said.
    fn websocket(&self) -> TcpStream {
        let mut stream = self.connect();
        stream
            .write_all(
                b"GET /v1/ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                  sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            )
            .unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        assert!(head.starts_with(b"HTTP/1.1 101"));
        stream
    }

    /// One that said hello and was answered.
    fn greeted(&self) -> TcpStream {
        let mut stream = self.websocket();
        stream.write_all(&binary(&frame(1, hello_request()))).unwrap();
        let mut head = [0; 4];
        stream.read_exact(&mut head).unwrap();
        assert_eq!(head[..2], [0x82, 126]);
        let mut rest = vec![0; usize::from(u16::from_be_bytes([head[2], head[3]]))];
        stream.read_exact(&mut rest).unwrap();
        stream
    }

    fn get(&self, path: &str) -> String {
        get(self.handle.address, path)
    }

    fn metric(&self, name: &str) -> usize {
        let metrics = self.get("/metrics");
        let line = metrics.lines().find_map(|line| line.strip_prefix(&format!("casemate_{name} ")));
        line.unwrap().parse().unwrap()
    }

    /// Nobody is there but who asks: whatever was begun was given up.
    fn is_left_alone(&self) {
        let until = Instant::now() + SOON;
        while self.metric("connections") > 0 {
            assert!(Instant::now() < until, "a connection stays");
            std::thread::yield_now();
        }
        assert_eq!(self.metric("outbox_bytes"), 0);
    }
}

fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn frame(id: u64, request: Request) -> Vec<u8> {
    ClientFrame { id, request: Some(request) }.encode_to_vec()
}

fn head(opcode: u8, length: usize) -> Vec<u8> {
    let mut bytes = vec![0x80 | opcode];
    match length {
        0..126 => bytes.push(0x80 | length as u8),
        126..65_536 => {
            bytes.push(0x80 | 126);
            bytes.extend((length as u16).to_be_bytes());
        }
        _ => {
            bytes.push(0x80 | 127);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    // The mask that changes nothing.
    bytes.extend([0; 4]);
    bytes
}

fn binary(payload: &[u8]) -> Vec<u8> {
    [head(2, payload.len()), payload.to_vec()].concat()
}

fn ping(payload: &[u8]) -> Vec<u8> {
    [head(9, payload.len()), payload.to_vec()].concat()
}

/// Writes one thing again and again and reads nothing, until the server takes no more; how many bytes it took.
fn flood(stream: &mut TcpStream, piece: &[u8], most: usize) -> usize {
    let mut written = 0;
    while written < most {
        match stream.write(piece) {
            Ok(0) | Err(_) => break,
            Ok(bytes) => written += bytes,
        }
    }
    written
}

/// Reads small frames until the server closes, and gives the code that it closes with.
fn close_code(stream: &mut TcpStream) -> Option<u16> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    let mut left = &bytes[..];
    while let [opcode, length @ 0..126, rest @ ..] = left {
        let (payload, rest) = rest.split_at_checked(usize::from(*length))?;
        if *opcode == 0x88 {
            return Some(u16::from_be_bytes([*payload.first()?, *payload.get(1)?]));
        }
        left = rest;
    }
    None
}

/// Waits for the server's end of it.
fn ends(stream: &mut TcpStream) {
    let mut buffer = vec![0; 64 * 1024];
    let until = Instant::now() + SOON;
    while matches!(stream.read(&mut buffer), Ok(read) if read > 0) {
        assert!(Instant::now() < until, "it goes on");
    }
    assert!(Instant::now() < until, "it stays");
}

#[test]
fn connection_that_sends_pings_and_reads_nothing_is_closed_before_it_takes_room() {
    let server = Server::start();
    let pings = ping(&[7; 125]).repeat(1_000);
    for greeted in [false, true] {
        let mut stream = if greeted { server.greeted() } else { server.websocket() };
        let took = flood(&mut stream, &pings, 10 * SYSTEM_BYTES);
        assert!(took < SYSTEM_BYTES, "{took} bytes of pings were taken");
        ends(&mut stream);
    }
    server.is_left_alone();
}

#[test]
fn connection_before_its_hello_has_no_room_for_large_frames() {
    let server = Server::start();
    let mut held = Vec::new();
    for _ in 0..20 {
        let mut stream = server.websocket();
        stream.write_all(&head(2, FRAME_BYTES)).unwrap();
        held.push(stream);
    }
    for stream in &mut held {
        // Told what is wrong, at once: 1008.
        assert_eq!(close_code(stream), Some(1008));
    }
    // In one piece with the hello it is another thing.
    let mut stream = server.websocket();
    let large = binary(&frame(2, Request::Ping(Ping {}))).repeat(5_000);
    stream.write_all(&[binary(&frame(1, hello_request())), large].concat()).unwrap();
    let mut first = [0; 2];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(first[0], 0x82);
    drop((stream, held));
    server.is_left_alone();
}

#[test]
fn connection_that_asks_and_reads_nothing_has_a_bounded_outbox_and_is_dropped() {
    let server = Server::start();
    let mut stream = server.greeted();
    let hellos = binary(&frame(1, hello_request())).repeat(1_000);
    let took = flood(&mut stream, &hellos, 10 * SYSTEM_BYTES);
    assert!(took < SYSTEM_BYTES, "{took} bytes of requests were taken");
    // What is under way when the bound is reached still comes: 32 answers of the directory.
    let waits = server.metric("outbox_bytes");
    assert!(waits < OUTBOX_BYTES + 256 * 1024, "{waits} bytes wait for one connection");
    // It reads nothing, so it goes.
    server.is_left_alone();
}

#[test]
fn message_that_is_never_whole_ends_the_connection_though_it_goes_on_slowly() {
    let server = Server::start();
    for length in [100, 1024 * 1024] {
        let mut stream = server.greeted();
        stream.write_all(&head(2, length)).unwrap();
        stream.set_write_timeout(Some(SOON)).unwrap();
        let until = Instant::now() + SOON;
        // A byte at a time, and a ping between two frames is no frame either.
        while stream.write_all(&[0]).is_ok() {
            assert!(Instant::now() < until, "it goes on");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    server.is_left_alone();
}

#[test]
fn large_frame_waits_for_room_that_slower_ones_hold_and_is_taken() {
    let server = Server::start();
    // Each stays half: more than there is room for in all.
    let half = [head(2, FRAME_BYTES), vec![0; 1024 * 1024]].concat();
    let mut held: Vec<_> = (0..6).map(|_| server.greeted()).collect();
    for stream in &mut held {
        stream.write_all(&half).unwrap();
    }
    let mut honest = server.greeted();
    honest.write_all(&binary(&vec![0xff; 300 * 1024])).unwrap();
    let mut first = [0; 2];
    honest.read_exact(&mut first).unwrap();
    assert_eq!(first[0], 0x82, "it is answered, and not closed");
    for stream in &mut held {
        ends(stream);
    }
    drop((held, honest));
    server.is_left_alone();
}

#[test]
fn hello_has_its_time_whatever_else_is_sent() {
    let mut world = crate::testing::World::open();
    let came_ms = world.now_ms;
    let id = world.server.connect(came_ms).unwrap();
    for second in 1..20 {
        world.server.router.heard(id, came_ms + second * 1_000);
        world.server.router.sweep(came_ms + second * 1_000);
        assert_eq!(world.server.goodbye(id), None, "second {second}");
    }
    world.server.router.sweep(came_ms + 20_000);
    assert_eq!(world.server.goodbye(id), Some(crate::router::Goodbye::NoHello));
}

#[test]
fn requests_over_http_that_never_end_and_answers_that_nobody_reads_are_given_up() {
    let server = Server::start();
    let mut held = Vec::new();
    for begun in
        ["", "GET /heal", "GET /healthz HTTP/1.1\r\nhost: x\r\n", "PUT /v1/blob/00 HTTP/1.1\r\nhost: x\r\n"]
    {
        let mut stream = server.connect();
        stream.write_all(begun.as_bytes()).unwrap();
        held.push(stream);
    }
    // A line at a time.
    let mut slow = server.connect();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n").unwrap();
    let until = Instant::now() + SOON;
    while slow.write_all(b"x-more: and more\r\n").is_ok() {
        assert!(Instant::now() < until, "headers without end");
        std::thread::sleep(Duration::from_millis(20));
    }
    for stream in &mut held {
        ends(stream);
    }
    // A file of which nothing is read: the connection goes, and nobody else waits for it.
    let mut unread: Vec<_> = (0..50).map(|_| server.connect()).collect();
    for stream in &mut unread {
        stream.write_all(b"GET /large.bin HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    }
    let until = Instant::now() + SOON;
    while server.metric("sockets") > 1 {
        assert!(Instant::now() < until, "answers that nobody reads are kept");
        std::thread::yield_now();
    }
    assert!(server.get("/healthz").starts_with("HTTP/1.1 200"));
}

/// A client's TLS connection that goes no further than it is told to.
fn tls_client(trusted: &CertificateDer<'static>) -> ClientConnection {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    ClientConnection::new(Arc::new(config), ServerName::try_from("test.example").unwrap()).unwrap()
}

#[test]
fn handshakes_of_tls_and_records_that_never_end_are_given_up() {
    let (server, trusted) = Server::with_tls();
    let mut hello = Vec::new();
    tls_client(&trusted).write_tls(&mut hello).unwrap();
    // Nothing, half a first record, a whole one behind which nothing comes, and a record that says it is longer than any may be.
    let mut held = Vec::new();
    for begun in [&[][..], &hello[..hello.len() / 2], &hello, &[0x16, 3, 1, 0xff, 0xff, 1]] {
        let mut stream = server.connect();
        stream.write_all(begun).unwrap();
        held.push(stream);
    }
    // A byte at a time.
    let mut slow = server.connect();
    let until = Instant::now() + SOON;
    let mut bytes = hello.iter().take(hello.len() - 1).cycle();
    while slow.write_all(&[*bytes.next().unwrap()]).is_ok() {
        assert!(Instant::now() < until, "a handshake without end");
        std::thread::sleep(Duration::from_millis(20));
    }
    // A whole handshake, and then nothing, half a request, or half a record of one.
    for (request, cut) in [(&b""[..], 0), (b"GET /heal", 0), (b"GET /healthz HTTP/1.1\r\n", 10)] {
        let (mut client, mut stream) = (tls_client(&trusted), server.connect());
        while client.is_handshaking() {
            client.complete_io(&mut stream).unwrap();
        }
        let mut record = Vec::new();
        client.writer().write_all(request).unwrap();
        client.write_tls(&mut record).unwrap();
        stream.write_all(&record[..record.len() - cut]).unwrap();
        held.push(stream);
    }
    for stream in &mut held {
        ends(stream);
    }
    // Nobody else waited for them.
    let (mut client, mut stream) = (tls_client(&trusted), server.connect());
    let mut tls = rustls::Stream::new(&mut client, &mut stream);
    tls.write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    tls.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("\ncasemate_sockets 1\n"), "{answer}");
}

#[test]
fn answers_over_tls_that_nobody_reads_are_given_up() {
    let (server, trusted) = Server::with_tls();
    let mut unread: Vec<_> = (0..10).map(|_| (tls_client(&trusted), server.connect())).collect();
    for (client, stream) in &mut unread {
        let mut tls = rustls::Stream::new(client, stream);
        tls.write_all(b"GET /large.bin HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    }
    for (_, stream) in &mut unread {
        // What the system keeps still comes.
        ends(stream);
    }
}
