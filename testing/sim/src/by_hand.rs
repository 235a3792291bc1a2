//! A client of one's own making: single requests, on a connection of their own.

use casemate_crypto::conversation_hash::chain;
use casemate_wire::ids::{Hash32, LogId};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{ClientFrame, Hello, ServerFrame};
use prost::Message as _;

use crate::world::World;

impl World {
    /// The chain hash over all entries of a log.
    pub fn chain(&mut self, log: LogId) -> Hash32 {
        let entries = self.entries(log);
        entries.iter().fold(Hash32::ZERO, |before, entry| {
            chain(before, entry.entry, &entry.payload, entry.commit.is_some())
        })
    }

    /// A client of one's own making asks the server something, on a connection of its own.
    pub fn ask(&mut self, request: Request) -> Body {
        self.ask_in_turn(vec![request])
    }

    /// The same for several requests; the last one's answer.
    pub fn ask_in_turn(&mut self, requests: Vec<Request>) -> Body {
        self.ask_signed(|_| requests)
    }

    /// The same with what is signed over the connection's challenge.
    pub fn ask_signed(&mut self, requests: impl FnOnce(&[u8]) -> Vec<Request>) -> Body {
        let line = self.server.connect(self.now_ms).expect("the server takes connections");
        let hello = Hello { version: casemate_wire::PROTOCOL_VERSION, software: "by hand".into() };
        self.server.frame(line, ClientFrame { id: 1, request: Some(Request::Hello(hello)) }, self.now_ms);
        let greeting = self.server.next_frame(line, self.now_ms).map(ServerFrame::decode);
        let Some(Ok(ServerFrame { body: Some(Body::Hello(hello)), .. })) = greeting else {
            panic!("{greeting:?}")
        };
        let requests = requests(&hello.challenge);
        let last = 1 + requests.len() as u64;
        for (id, request) in (2..).zip(requests) {
            self.server.frame(line, ClientFrame { id, request: Some(request) }, self.now_ms);
        }
        let mut answer = None;
        while let Some(frame) = self.server.next_frame(line, self.now_ms) {
            let frame = ServerFrame::decode(frame).expect("the server's own frame");
            if frame.id == last {
                answer = frame.body;
            }
        }
        self.server.disconnect(line);
        self.deliver_pushed();
        answer.expect("an answer")
    }
}
