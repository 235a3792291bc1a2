//! Two clients and a server, as honest as can be, to make the situation that the fuzzing starts from.

use std::collections::BTreeMap;

use bytes::Bytes;
use casemate_api::Command;
use casemate_engine::{Config, Engine, Input, Output, Transfer};
use casemate_server::config::{Limits, Policy, Registration};
use casemate_server::delivery::Delivery;
use casemate_server::directory::{Directory, Place};
use casemate_server::router::in_process::InProcess;
use casemate_server::router::{ConnectionId, Router};
use casemate_server::store::MemoryStore;
use rand_chacha::rand_core::SeedableRng;
use rand_chacha::{ChaCha8Rng, ChaCha20Rng};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::super::server::{NOW_MS, Seeded};

const URL: &str = "http://localhost:8440";

/// Steps after which something is stuck.
const MOST_STEPS: usize = 10_000;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Ana,
    Bob,
}

/// The two and their server.
pub struct Pair {
    server: InProcess<MemoryStore>,
    people: [Person; 2],
    now_ms: i64,
}

struct Person {
    engine: Engine,
    line: Option<ConnectionId>,
    replies: BTreeMap<u64, Value>,
    commands: u64,
    outputs: Vec<Output>,
    /// What the server told this person since the last connection.
    heard: Vec<Bytes>,
}

/// An engine over a database, with randomness of its own choices from a seed.
pub fn engine(db: Connection, seed: u64) -> Engine {
    let config = Config {
        key_kept_in: "file".into(),
        software: "fuzz".into(),
        platform: "Linux".into(),
        rng: ChaCha20Rng::seed_from_u64(seed),
        renews_rng: false,
    };
    Engine::open(db, config).expect("the engine opens its own database")
}

impl Pair {
    /// Two people with accounts, both connected.
    pub fn new() -> Self {
        let place = Place {
            name: "localhost:8440".into(),
            public_url: URL.into(),
            restored_ms: None,
            renamed: false,
        };
        let policy = Policy {
            registration: Registration::Open,
            limits: Limits { lifted: true, ..Limits::default() },
            ..Policy::default()
        };
        let router = Router::new(policy.limits, [0; 32]);
        let rng = Box::new(Seeded(ChaCha8Rng::seed_from_u64(1)));
        let directory = Directory::open(None, place, policy, rng).expect("a directory in memory");
        let server = InProcess::new(router, directory, Delivery::new(MemoryStore::new()));
        let person = |seed| Person {
            engine: engine(Connection::open_in_memory().expect("a database in memory"), seed),
            line: None,
            replies: BTreeMap::new(),
            commands: 0,
            outputs: Vec::new(),
            heard: Vec::new(),
        };
        // Earlier than the fuzzing, so that no time runs backwards.
        let mut pair = Self { server, people: [person(1), person(2)], now_ms: NOW_MS - 86_400_000 };
        for (side, name) in [(Side::Ana, "ana"), (Side::Bob, "bob")] {
            pair.call(side, "account.create", json!({"server": URL, "name": name}));
        }
        pair
    }

    /// Ana knocks, Bob accepts; gives the conversation's id, which both share.
    pub fn become_contacts(&mut self) -> Value {
        self.call(Side::Ana, "contact.knock", json!({"to": "bob@localhost:8440", "note": "it is Ana"}));
        self.settle();
        self.call(Side::Bob, "contact.accept", json!({"who": "ana@localhost:8440"}));
        self.settle();
        let listed = self.call(Side::Ana, "conversation.list", json!({}));
        let all = listed["conversations"].as_array().expect("a list");
        assert_eq!(all.len(), 1, "{listed}");
        all[0]["conversation"].clone()
    }

    /// A command and its good answer.
    pub fn call(&mut self, side: Side, method: &str, params: Value) -> Value {
        let command = Command::named(method, params);
        let command = command.unwrap_or_else(|error| panic!("{method}: {error}"));
        let person = &mut self.people[side as usize];
        person.commands += 1;
        let id = person.commands;
        self.input(side, Input::Command { id, command, staged: Vec::new() });
        for _ in 0..MOST_STEPS {
            if let Some(reply) = self.people[side as usize].replies.remove(&id) {
                return reply;
            }
            self.step();
        }
        panic!("{method} was never answered");
    }

    /// Until nobody wants anything within the next minute.
    pub fn settle(&mut self) {
        let until = self.now_ms + 60_000;
        for _ in 0..MOST_STEPS {
            if !self.step() && self.now_ms >= until {
                return;
            }
        }
        panic!("the two do not come to rest");
    }

    /// Bob goes away.
    pub fn disconnect(&mut self, side: Side) {
        let person = &mut self.people[side as usize];
        if let Some(line) = person.line.take() {
            self.server.disconnect(line);
        }
        self.input(side, Input::Disconnected { why: "away".into() });
        // He would come back at once.
        self.people[side as usize].outputs.clear();
    }

    /// Bob's database as a file has it.
    pub fn database_of_bob(&mut self) -> Vec<u8> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("bob.db");
        let blank = engine(Connection::open_in_memory().expect("a database in memory"), 0);
        let db = std::mem::replace(&mut self.people[1].engine, blank).into_db();
        let to = path.to_str().expect("a plain path").replace('\'', "''");
        db.execute_batch(&format!("VACUUM INTO '{to}'")).expect("room for a small file");
        // The same seed as the fuzzing's: the same choices, so that the recorded answers fit.
        self.people[1].engine = engine(db, 7);
        std::fs::read(&path).expect("it was just written")
    }

    /// Ana's database, at the end.
    pub fn into_database_of_ana(self) -> Connection {
        let [ana, _] = self.people;
        ana.engine.into_db()
    }

    /// What the server tells Bob when he comes back.
    pub fn frames_for_bob(&mut self) -> Vec<Bytes> {
        self.now_ms = NOW_MS;
        self.people[1].heard.clear();
        self.connect(Side::Bob);
        for _ in 0..MOST_STEPS {
            if !self.deliver() {
                break;
            }
        }
        std::mem::take(&mut self.people[1].heard)
    }

    /// One thing happens; `false` where only time passed.
    fn step(&mut self) -> bool {
        if self.deliver() {
            return true;
        }
        let deadlines = self.people.iter().filter(|person| person.line.is_some());
        let next = deadlines.filter_map(|person| person.engine.deadline()).min();
        match next.filter(|next| *next <= self.now_ms + 1_000) {
            Some(next) => self.now_ms = self.now_ms.max(next),
            None => self.now_ms += 1_000,
        }
        self.server.publish_due(self.now_ms).expect("a list in memory");
        for side in [Side::Ana, Side::Bob] {
            let person = &self.people[side as usize];
            let due = person.engine.deadline().is_some_and(|deadline| deadline <= self.now_ms);
            if due && person.line.is_some() {
                self.input(side, Input::Tick);
            }
        }
        false
    }

    /// Carries out what the engines want and gives them what the server says.
    fn deliver(&mut self) -> bool {
        let mut any = false;
        for side in [Side::Ana, Side::Bob] {
            for output in std::mem::take(&mut self.people[side as usize].outputs) {
                any = true;
                self.carry_out(side, output);
            }
            let Some(line) = self.people[side as usize].line else { continue };
            while let Some(frame) = self.server.next_frame(line, self.now_ms) {
                any = true;
                self.people[side as usize].heard.push(frame.clone());
                self.input(side, Input::Frame(frame));
            }
        }
        any
    }

    fn carry_out(&mut self, side: Side, output: Output) {
        let now = self.now_ms;
        match output {
            Output::Reply { id, result } => {
                let value = result.unwrap_or_else(|error| panic!("{side:?}: {error:?}"));
                self.people[side as usize].replies.insert(id, value);
            }
            Output::Connect { .. } if self.people[side as usize].line.is_none() => self.connect(side),
            Output::Send(frame) => {
                if let Some(line) = self.people[side as usize].line {
                    self.server.receive(line, frame.into(), now);
                }
            }
            Output::PutBlob { transfer, blob, secret, data } => {
                self.server.put_blob(blob, secret.expose(), 0, &data, now).expect("the server takes it");
                self.input(side, Input::Transfer { transfer, update: Transfer::Done });
            }
            Output::FetchBlob { transfer, blob, .. } => {
                let data = self.server.blob(blob, now).expect("it was put there").to_vec();
                self.input(side, Input::Transfer { transfer, update: Transfer::Fetched(data) });
            }
            Output::Reconnect { why } => panic!("{side:?} takes an honest server for a broken one: {why}"),
            _ => {}
        }
    }

    fn connect(&mut self, side: Side) {
        let line = self.server.connect(self.now_ms).expect("the server takes connections");
        self.people[side as usize].line = Some(line);
        self.input(side, Input::Connected);
    }

    fn input(&mut self, side: Side, input: Input) {
        let person = &mut self.people[side as usize];
        person.outputs.extend(person.engine.handle(input, self.now_ms));
    }
}
