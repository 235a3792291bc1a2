//! Ours, in a process of its own with one thread for media.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use casemate_relay::peer::{Offered, Peer, PeerProtocol};
use casemate_wire::ids::ParticipantSecret;
use casemate_wire::proto::relay::{FromRelay, Greet, ToRelay, from_relay::Body, to_relay::Request};
use casemate_wire::proto::wire::{CallJoin, CallWish, Wish};
use casemate_wire::relay::{VERSION, encode, next_from_relay};

use super::caller::Caller;
use super::{Load, Relay, SAMPLED, pin};

/// The word that makes this program the relay.
pub const PROCESS: &str = "relay-process";

/// See the module.
pub struct Ours {
    /// Where it takes media.
    pub media: SocketAddr,
    process: Child,
    control: UnixStream,
    rooms: usize,
    _folder: tempfile::TempDir,
}

impl Ours {
    /// Starts it on core 0.
    pub fn start(address: IpAddr) -> Self {
        let folder = tempfile::tempdir().expect("there is a folder for temporary files");
        let (file, socket) = (folder.path().join("relay.toml"), folder.path().join("control"));
        let text = format!(
            "name = \"bench\"\nmedia = [{{ listen = \"{}\" }}]\nsecret = \"{}\"\nthreads = 1\ncontrol = {{ socket = {socket:?} }}\n",
            SocketAddr::new(address, 0),
            "01".repeat(32),
        );
        std::fs::write(&file, text).expect("the folder is ours");
        pin(0);
        let mut process = Command::new(std::env::current_exe().expect("a process has a path"))
            .arg(PROCESS)
            .arg(&file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program can be started");
        pin(1);
        let mut line = String::new();
        let output = process.stdout.take().expect("it is piped");
        BufReader::new(output).read_line(&mut line).expect("it says that it is there");
        let media = line.trim().parse().expect("it says where it takes media");
        let mut control = UnixStream::connect(&socket).expect("it listens");
        let greet = Greet { version: VERSION, secret: vec![1; 32].into(), ..Greet::default() };
        assert!(matches!(ask(&mut control, Request::Greet(greet)), Body::Greeted(_)));
        Self { media, process, control, rooms: 0, _folder: folder }
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Relay for Ours {
    fn name(&self) -> &'static str {
        "ours"
    }

    fn process(&self) -> u32 {
        self.process.id()
    }

    fn callers(&mut self, address: IpAddr, load: Load) -> Vec<Caller> {
        let offered = if load.pinned {
            Offered { camera_layers: 1, pictures: 1, ..Offered::VOICE }
        } else if load.pictures {
            Offered { camera_layers: 1, sounds: 0, pictures: load.people - 1, ..Offered::VOICE }
        } else {
            Offered { sounds: load.people - 1, ..Offered::VOICE }
        };
        let first = self.rooms;
        self.rooms += load.rooms;
        let mut callers = Vec::new();
        for number in 0..load.rooms * load.people {
            let room = first + number / load.people;
            let (socket, local) = Caller::socket(address);
            let (mut peer, offer) = Peer::new(local, PeerProtocol::Udp, offered, Instant::now());
            let place = [room, number % load.people].map(name);
            let join = CallJoin {
                proof: None,
                room: [&place[0][..], &[0; 16]].concat().into(),
                participant: place[1].to_vec().into(),
                offer,
                allowed: None,
            };
            let Body::Joined(joined) = ask(&mut self.control, Request::Join(join)) else {
                panic!("it does not let anybody in")
            };
            peer.accept(&joined.answer).expect("its answer is one");
            // With feedback, or nothing larger than voices would be sent.
            let decodes = load.pictures || load.pinned || number.is_multiple_of(SAMPLED);
            callers.push(Caller::new(peer, socket, local, true, decodes));
            if load.pinned {
                self.pin(place);
            }
        }
        callers
    }
}

impl Ours {
    /// Somebody wants the picture of the first of the room, and no other.
    fn pin(&mut self, [room, participant]: [[u8; 16]; 2]) {
        let first = ParticipantSecret::new(name(0)).id();
        let wish = CallWish {
            room: [&room[..], &[0; 16]].concat().into(),
            participant: participant.to_vec().into(),
            wishes: vec![Wish { source: first.0.to_vec().into(), screen: false, height: 720 }],
            ..CallWish::default()
        };
        assert!(matches!(ask(&mut self.control, Request::Wish(wish)), Body::Done(_)));
    }
}

/// A secret for a room or somebody in it, by number.
fn name(number: usize) -> [u8; 16] {
    let mut name = [0; 16];
    name[..8].copy_from_slice(&number.to_be_bytes());
    name
}

fn ask(control: &mut UnixStream, request: Request) -> Body {
    control
        .write_all(&encode(&ToRelay { id: 1, request: Some(request), ..ToRelay::default() }))
        .expect("it is there");
    let mut buffer = bytes::BytesMut::new();
    loop {
        if let Some(FromRelay { body: Some(body), .. }) = next_from_relay(&mut buffer).expect("it is a relay")
        {
            return body;
        }
        let mut bytes = [0; 65_536];
        let count = control.read(&mut bytes).expect("it is there");
        assert!(count > 0, "it hung up");
        buffer.extend_from_slice(&bytes[..count]);
    }
}

/// This program as the relay, until its standard input ends.
pub fn serve(file: &str) {
    let text = std::fs::read_to_string(file).expect("the configuration is there");
    let config = casemate_relay::Config::from_toml(&text).expect("the configuration is one");
    let handle = casemate_relay::start(config).expect("it starts");
    println!("{}", handle.media[0]);
    let _ = std::io::stdin().read(&mut [0; 1]);
    handle.stop();
}
