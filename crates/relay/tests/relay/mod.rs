//! A relay with its sockets and threads, and what servers and peers do with it.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use casemate_relay::core::Protocol;
use casemate_relay::peer::Offered;
use casemate_relay::peer::caller::Caller;
use casemate_relay::{Config, Handle, start};
use casemate_wire::proto::relay::{Greet, Look, ToRelay, from_relay::Body, to_relay::Request};
use casemate_wire::proto::wire::{CallAllowed, CallJoin, CallListeners};
use casemate_wire::relay::{VERSION, encode, next_from_relay};

/// More than any of this takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// One with a place of its own for servers.
pub struct Relay {
    /// It runs until this is dropped.
    pub handle: Handle,
    connect: Box<dyn Fn() -> Box<dyn Stream>>,
    _folder: tempfile::TempDir,
}

impl Relay {
    /// At an address, with so many threads.
    pub fn start(address: &str, threads: usize) -> Self {
        Self::start_at(&[address], threads)
    }

    /// At several.
    pub fn start_at(addresses: &[&str], threads: usize) -> Self {
        let folder = tempfile::tempdir().expect("there is a folder for temporary files");
        let socket = folder.path().join("control");
        let control = format!("{{ socket = {socket:?} }}");
        let connect = move || {
            let stream = UnixStream::connect(&socket).expect("it listens");
            stream.set_read_timeout(Some(PATIENCE)).expect("sockets can wait");
            Box::new(stream) as Box<dyn Stream>
        };
        Self::reached(&control, addresses, threads, folder, connect)
    }

    /// One that servers reach as its configuration says.
    pub fn reached(
        control: &str,
        addresses: &[&str],
        threads: usize,
        folder: tempfile::TempDir,
        connect: impl Fn() -> Box<dyn Stream> + 'static,
    ) -> Self {
        let media: String =
            addresses.iter().map(|address| format!("{{ listen = \"{address}\" }},")).collect();
        let text = format!(
            "name = \"one\"\nmedia = [{media}]\nsecret = \"{}\"\nthreads = {threads}\n\
             control = {control}\n",
            "07".repeat(32),
        );
        let handle = start(Config::from_toml(&text).expect("it is a configuration")).expect("it starts");
        Self { handle, connect: Box::new(connect), _folder: folder }
    }

    /// A server that it knows.
    pub fn server(&self) -> Server {
        let mut server = self.stranger();
        let greeted = server.ask(Request::Greet(Greet {
            version: VERSION,
            secret: vec![7; 32].into(),
            hears_left: true,
        }));
        assert!(matches!(greeted, Some(Body::Greeted(_))), "{greeted:?}");
        server
    }

    /// Somebody who has said nothing yet.
    pub fn stranger(&self) -> Server {
        Server {
            holder: Bytes::new(),
            allowed: None,
            told: Vec::new(),
            stream: (self.connect)(),
            buffer: BytesMut::new(),
        }
    }
}

/// What servers are connected by.
pub trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// A server's end of the connection.
pub struct Server {
    /// Whose they are who join next.
    pub holder: Bytes,
    /// Whom they allow who join next.
    pub allowed: Option<CallAllowed>,
    /// What it was told unasked.
    pub told: Vec<CallListeners>,
    stream: Box<dyn Stream>,
    buffer: BytesMut,
}

impl Server {
    /// `None`: the relay hung up.
    pub fn ask(&mut self, request: Request) -> Option<Body> {
        let message = ToRelay { id: 5, holder: self.holder.clone(), request: Some(request) };
        self.stream.write_all(&encode(&message)).ok()?;
        loop {
            if let Some(answer) = next_from_relay(&mut self.buffer).expect("a relay speaks so") {
                if let Some(Body::Listeners(told)) = answer.body {
                    self.told.push(told);
                    continue;
                }
                assert_eq!(answer.id, 5);
                return answer.body;
            }
            let mut bytes = [0; 4_096];
            let count = self.stream.read(&mut bytes).ok().filter(|count| *count > 0)?;
            self.buffer.extend_from_slice(&bytes[..count]);
        }
    }

    /// A participant's joining.
    pub fn join(&mut self, room: u8, participant: u8, offer: &str) -> Option<Body> {
        self.ask(Request::Join(CallJoin {
            proof: None,
            room: vec![room; 32].into(),
            participant: vec![participant; 16].into(),
            offer: offer.to_owned(),
            allowed: self.allowed.clone(),
        }))
    }

    /// How many are in all its rooms.
    pub fn participants(&mut self) -> u32 {
        let Some(Body::Seen(seen)) = self.ask(Request::Look(Look {})) else { panic!("nothing was seen") };
        seen.participants
    }
}

/// A peer that has joined.
pub fn join(relay: &Relay, protocol: Protocol, room: u8, participant: u8, offered: Offered) -> Caller {
    let ip = relay.handle.media[0].ip().to_string();
    Caller::join(protocol, &ip, offered, |offer| match relay.server().join(room, participant, offer) {
        Some(Body::Joined(joined)) => joined.answer,
        other => panic!("not joined: {other:?}"),
    })
}
