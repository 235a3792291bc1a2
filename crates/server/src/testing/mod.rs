//! A server in process and people who use it, for this crate's unit tests. Time stands still unless moved.

mod boundaries;
pub mod kit;

use bytes::Bytes;
use casemate_wire::ids::{Hash32, LogId};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    Append, ClientFrame, CreateLog, Error, ErrorCode, FollowLog, Hello, HelloAnswer, LogEntries,
    PutInboxTokens, ServerFrame, Token, TokenKind,
};
use prost::Message;
use rand_core::OsRng;

use crate::config::{Policy, Registration};
use crate::delivery::Delivery;
use crate::directory::{Directory, Place};
use crate::router::in_process::InProcess;
use crate::router::{ConnectionId, Router};
use crate::store::MemoryStore;
use kit::{Person, Wallet};

/// 2026-11-20, noon.
pub const START_MS: i64 = 1_795_176_000_000;

/// See the module.
pub struct World {
    pub server: InProcess<MemoryStore>,
    pub now_ms: i64,
    number: u64,
}

/// A connection that said hello.
#[derive(Clone)]
pub struct Line {
    pub id: ConnectionId,
    pub hello: HelloAnswer,
}

/// A server that anybody may join.
pub fn open_policy() -> Policy {
    Policy { registration: Registration::Open, ..Policy::default() }
}

impl World {
    pub fn new(policy: Policy) -> Self {
        let place = Place {
            name: "test.example".into(),
            public_url: "https://test.example".into(),
            restored_ms: None,
            renamed: false,
        };
        let router = Router::new(policy.limits, [7; 32]);
        let directory = Directory::open(None, place, policy, Box::new(OsRng)).unwrap();
        let server = InProcess::new(router, directory, Delivery::new(MemoryStore::default()));
        Self { server, now_ms: START_MS, number: 0 }
    }

    pub fn open() -> Self {
        Self::new(open_policy())
    }

    /// Connects and says hello.
    pub fn line(&mut self) -> Line {
        let id = self.server.connect(self.now_ms).unwrap();
        let Ok(Body::Hello(hello)) = self.ask(id, hello_request()) else { panic!("no hello") };
        Line { id, hello }
    }

    /// A person with an account and a connection.
    pub fn person(&mut self, handle: &str, seed: u8) -> (Person, Line) {
        self.settle_in(Person::new(handle, seed))
    }

    pub fn settle_in(&mut self, person: Person) -> (Person, Line) {
        let line = self.line();
        let created = self.ask(line.id, person.create_account(&[]));
        assert!(matches!(created, Ok(Body::Promise(_))), "{created:?}");
        (person, line)
    }

    /// Makes the inbox of a person's primary device, with one token.
    pub fn inbox(&mut self, person: &Person, line: &Line, token: [u8; 16]) {
        self.ask(line.id, person.request(&line.hello, person.device.create_inbox())).unwrap();
        let hashes = vec![Hash32::of(&[&token]).into()];
        self.ask(line.id, put_tokens(person, hashes)).unwrap();
    }

    /// Tokens, issued to a person.
    pub fn tokens(&mut self, person: &Person, line: &Line, kind: TokenKind, count: usize) -> Vec<Token> {
        self.number += 1;
        let wallet = Wallet::new(&line.hello, kind, self.number as u8, count);
        let Ok(Body::TokensIssued(issued)) = self.ask(line.id, person.request(&line.hello, wallet.ask()))
        else {
            panic!("no tokens")
        };
        wallet.tokens(&issued)
    }

    /// Creates a log with write token and reader secret `[seed; 32]`.
    pub fn log(&mut self, person: &Person, line: &Line, seed: u8) -> LogId {
        let token = self.tokens(person, line, TokenKind::Log, 1).remove(0);
        self.ask(line.id, create_log(seed, token)).unwrap();
        LogId([seed; 16])
    }

    /// Sends a request and gives its answer; frames pushed before it are dropped.
    pub fn ask(&mut self, id: ConnectionId, request: Request) -> Result<Body, Error> {
        self.number += 1;
        let number = self.number;
        self.send(id, number, request);
        while let Some(frame) = self.take(id) {
            if frame.id == number {
                return match frame.body.unwrap() {
                    Body::Error(error) => Err(error),
                    body => Ok(body),
                };
            }
        }
        panic!("request {number} was not answered")
    }

    /// As [`Self::ask`], for what must be refused.
    pub fn refused(&mut self, id: ConnectionId, request: Request) -> ErrorCode {
        let error = self.ask(id, request).unwrap_err();
        assert!(!error.message.is_empty());
        error.code()
    }

    /// Sends a request without looking at what comes back.
    pub fn send(&mut self, id: ConnectionId, number: u64, request: Request) {
        let frame = ClientFrame { id: number, request: Some(request) }.encode_to_vec();
        self.server.receive(id, frame.into(), self.now_ms);
    }

    /// The next frame on a connection.
    pub fn take(&mut self, id: ConnectionId) -> Option<ServerFrame> {
        let bytes = self.server.next_frame(id, self.now_ms)?;
        Some(ServerFrame::decode(bytes).unwrap())
    }

    /// All bodies that wait on a connection.
    pub fn drain(&mut self, id: ConnectionId) -> Vec<Body> {
        std::iter::from_fn(|| self.take(id)).map(|frame| frame.body.unwrap()).collect()
    }

    /// Numbers of all entries that wait on a connection, which must be of one log and without a gap.
    pub fn entries(&mut self, id: ConnectionId) -> Vec<u64> {
        let mut numbers = Vec::new();
        for body in self.drain(id) {
            if let Body::LogEntries(LogEntries { first, entries, .. }) = body {
                numbers.extend(first..first + entries.len() as u64);
            }
        }
        numbers
    }
}

pub fn hello_request() -> Request {
    Request::Hello(Hello { version: casemate_wire::PROTOCOL_VERSION, software: "test".into() })
}

pub fn put_tokens(person: &Person, token_hashes: Vec<Bytes>) -> Request {
    Request::PutInboxTokens(PutInboxTokens {
        inbox: person.device.inbox.to_vec().into(),
        read_secret: person.device.inbox_secret.to_vec().into(),
        token_hashes,
    })
}

pub fn create_log(seed: u8, token: Token) -> Request {
    Request::CreateLog(CreateLog {
        log: vec![seed; 16].into(),
        write_hash: Hash32::of(&[&[seed; 32]]).into(),
        reader_hash: Hash32::of(&[&[seed; 32]]).into(),
        token: Some(token),
    })
}

pub fn append(log: LogId, number: u64, payload: Vec<u8>) -> Request {
    let mut client_id = [0; 16];
    client_id[..8].copy_from_slice(&number.to_be_bytes());
    Request::Append(Append {
        log: log.into(),
        write_token: vec![log.0[0]; 32].into(),
        client_id: client_id.to_vec().into(),
        payload: payload.into(),
        ..Append::default()
    })
}

pub fn follow(log: LogId, after: u64) -> Request {
    Request::FollowLog(FollowLog {
        log: log.into(),
        reader_secret: vec![log.0[0]; 32].into(),
        after,
        left_out: None,
    })
}
