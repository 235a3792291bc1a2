//! Janus (Debian's `janus`), by its HTTP interface: a peer connection for each who sends, and one for each who receives.

use std::io::{Read, Write};
use std::net::{IpAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use casemate_relay::peer::{Offered, Peer, PeerProtocol};
use serde_json::{Value, json};

use super::caller::{self, Caller};
use super::{Load, Relay, SAMPLED, pin};

const PORT: u16 = 8_088;

/// Its own word for a room is a number.
const FIRST_ROOM: usize = 50_000;

/// Publishers have to be connected before anybody can subscribe.
const PATIENCE: Duration = Duration::from_secs(60);

/// Until it is asked again for what it refused.
const AGAIN: Duration = Duration::from_millis(100);

/// See the module.
pub struct Janus {
    process: Child,
    rooms: usize,
}

impl Janus {
    /// Starts it on core 0.
    pub fn start() -> Self {
        pin(0);
        let process = Command::new("janus")
            .args(["--disable-colors", "--debug-level=2"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("janus is installed");
        pin(1);
        let begin = Instant::now();
        while TcpStream::connect(("127.0.0.1", PORT)).is_err() {
            assert!(begin.elapsed() < PATIENCE, "janus does not listen");
            std::thread::yield_now();
        }
        Self { process, rooms: 0 }
    }
}

impl Drop for Janus {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Relay for Janus {
    fn name(&self) -> &'static str {
        "janus"
    }

    fn process(&self) -> u32 {
        self.process.id()
    }

    fn callers(&mut self, address: IpAddr, load: Load) -> Vec<Caller> {
        let owner = attach();
        let mut callers = Vec::new();
        let mut feeds = vec![Vec::new(); load.rooms];
        let first = FIRST_ROOM + self.rooms;
        self.rooms += load.rooms;
        for (room, feeds) in feeds.iter_mut().enumerate() {
            let room = first + room;
            let create = json!({
                "request": "create", "room": room, "publishers": 1_000, "bitrate": 0,
                "audiocodec": "opus", "videocodec": "vp9",
            });
            post(&owner, json!({"janus": "message", "transaction": "r", "body": create}));
            for _ in 0..load.people {
                let (caller, feed) = publisher(address, room, load);
                callers.push(caller);
                feeds.push(feed);
            }
        }
        let begin = Instant::now();
        while !callers.iter().all(Caller::is_connected) {
            assert!(begin.elapsed() < PATIENCE, "janus does not connect its publishers");
            caller::step(&mut callers);
        }
        for (room, feeds) in feeds.iter().enumerate() {
            for me in feeds {
                let others: Vec<Value> =
                    feeds.iter().filter(|feed| *feed != me).map(|feed| json!({"feed": feed})).collect();
                let decodes = load.pictures || callers.len().is_multiple_of(SAMPLED);
                callers.push(subscriber(address, first + room, &others, decodes));
                caller::step(&mut callers);
            }
        }
        callers
    }
}

fn publisher(address: IpAddr, room: usize, load: Load) -> (Caller, u64) {
    let (socket, local) = Caller::socket(address);
    let offered = Offered { camera_layers: usize::from(load.pictures), sounds: 0, ..Offered::VOICE };
    let (mut peer, offer) = Peer::new(local, PeerProtocol::Udp, offered, Instant::now());
    let path = attach();
    let body = json!({"request": "joinandconfigure", "ptype": "publisher", "room": room});
    let jsep = json!({"type": "offer", "sdp": offer});
    post(&path, json!({"janus": "message", "transaction": "c", "body": body, "jsep": jsep}));
    let event = event(&path);
    let feed = event["plugindata"]["data"]["id"].as_u64().expect("a publisher has an id");
    peer.accept(event["jsep"]["sdp"].as_str().expect("an answer")).expect("its answer is one");
    (Caller::new(peer, socket, local, true, false), feed)
}

fn subscriber(address: IpAddr, room: usize, streams: &[Value], decodes: bool) -> Caller {
    let (socket, local) = Caller::socket(address);
    let path = attach();
    let body = json!({"request": "join", "ptype": "subscriber", "room": room, "streams": streams});
    // It may not know yet that whoever is to be heard is connected, and says so.
    let begin = Instant::now();
    let event = loop {
        post(&path, json!({"janus": "message", "transaction": "d", "body": body}));
        let event = event(&path);
        if !event["jsep"].is_null() {
            break event;
        }
        assert!(begin.elapsed() < PATIENCE, "janus lets nobody receive: {event}");
        std::thread::sleep(AGAIN);
    };
    let offer = event["jsep"]["sdp"].as_str().expect("an offer");
    let (peer, answer) = Peer::answering(local, offer, Instant::now()).expect("its offer is one");
    let jsep = json!({"type": "answer", "sdp": answer});
    post(&path, json!({"janus": "message", "transaction": "e", "body": {"request": "start"}, "jsep": jsep}));
    Caller::new(peer, socket, local, false, decodes)
}

/// A session and a handle; its path.
fn attach() -> String {
    let made = post("/janus", json!({"janus": "create", "transaction": "a"}));
    let session = made["data"]["id"].as_u64().expect("a session");
    let path = format!("/janus/{session}");
    let attach = json!({"janus": "attach", "plugin": "janus.plugin.videoroom", "transaction": "b"});
    let handle = post(&path, attach)["data"]["id"].as_u64().expect("a handle");
    format!("{path}/{handle}")
}

/// The next event with a session description, or that says that there will be none.
fn event(path: &str) -> Value {
    let (session, _) = path.rsplit_once('/').expect("a handle's path has its session");
    for _ in 0..20 {
        let said = request("GET", session, "");
        let is_refused = !said["plugindata"]["data"]["error"].is_null();
        if said["janus"] == "event" && (is_refused || !said["jsep"].is_null()) {
            return said;
        }
    }
    panic!("janus said nothing of {path}")
}

fn post(path: &str, body: Value) -> Value {
    request("POST", path, &body.to_string())
}

/// By HTTP/1.0, which has no answers in pieces.
fn request(method: &str, path: &str, body: &str) -> Value {
    let mut stream = TcpStream::connect(("127.0.0.1", PORT)).expect("janus listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("sockets have timeouts");
    let text = format!(
        "{method} {path} HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(text.as_bytes()).expect("janus takes requests");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("janus answers");
    let (_, json) = answer.split_once("\r\n\r\n").expect("HTTP");
    serde_json::from_str(json).expect("JSON")
}
