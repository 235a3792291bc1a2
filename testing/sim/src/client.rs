//! One device: an engine, its end of a connection, its blob folder.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use casemate_api::{Error, Event};
use casemate_engine::{Config, Engine, FileRef, OpenError, Output};
use casemate_server::router::ConnectionId;
use casemate_wire::ids::BlobId;
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use rusqlite::Connection;
use serde_json::Value;

use crate::store_faults::StoreFaults;

/// Names a device of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientId(pub usize);

/// See the module.
pub struct Client {
    pub name: String,
    pub engine: Option<Engine>,
    pub line: Option<ConnectionId>,
    /// Frames on their way to the server, with the time they arrive.
    pub up: VecDeque<(i64, Vec<u8>)>,
    /// Frames on their way here.
    pub down: VecDeque<(i64, Bytes)>,
    pub connect_at: Option<i64>,
    pub wants_connection: bool,
    /// Not connected before this time.
    pub asleep_until: i64,
    pub replies: BTreeMap<u64, Result<Value, Error>>,
    pub events: Vec<Event>,
    pub blobs: BTreeMap<BlobId, Vec<u8>>,
    /// Files of its blob folder that no row needs, by their name.
    pub aside: BTreeMap<String, Vec<u8>>,
    pub saved: BTreeMap<String, Vec<u8>>,
    /// Outputs to carry out that touch blobs on the server.
    pub transfers: VecDeque<(i64, Output)>,
    /// Blobs that its driver was asked to fetch into memory, and how many bytes it is to take at most.
    pub fetched: Vec<(BlobId, u64)>,
    /// What the engine wanted of calls' media, of which there are none here.
    pub calls: Vec<Output>,
    pub clock_skew_ms: i64,
    /// The engine said that everything of the account is to be removed here.
    pub erased: bool,
    /// How often its engine asked for another connection.
    pub reconnects: usize,
    /// How many inputs it has been given.
    pub inputs: usize,
    /// What its engine took of this machine's time for them.
    pub busy: Duration,
    /// A panic ends it as a page's Worker ends: nothing of it is caught.
    pub catches_nothing: bool,
    /// Breaks its database.
    pub store: StoreFaults,
    /// Its database, where that is a file.
    pub file: Option<PathBuf>,
    next_command: u64,
    restarts: u64,
    seed: u64,
}

impl Client {
    pub fn new(name: &str, seed: u64) -> Self {
        Self::with_db(name, seed, Connection::open_in_memory().expect("SQLite in memory"))
    }

    /// A device that goes on with a database.
    pub fn with_db(name: &str, seed: u64, mut db: Connection) -> Self {
        let mut client = Self {
            name: name.to_owned(),
            engine: None,
            line: None,
            up: VecDeque::new(),
            down: VecDeque::new(),
            connect_at: None,
            wants_connection: false,
            asleep_until: 0,
            replies: BTreeMap::new(),
            events: Vec::new(),
            blobs: BTreeMap::new(),
            aside: BTreeMap::new(),
            saved: BTreeMap::new(),
            transfers: VecDeque::new(),
            fetched: Vec::new(),
            calls: Vec::new(),
            clock_skew_ms: 0,
            erased: false,
            reconnects: 0,
            inputs: 0,
            busy: Duration::ZERO,
            catches_nothing: false,
            store: StoreFaults::default(),
            file: None,
            next_command: 0,
            restarts: 0,
            seed,
        };
        client.store.attach(&mut db);
        client.engine = Some(client.open(db).expect("the engine opens its own database"));
        client
    }

    fn open(&self, db: Connection) -> Result<Engine, OpenError> {
        let config = Config {
            key_kept_in: "file".into(),
            software: "sim/0.1".into(),
            platform: "Linux".into(),
            rng: ChaCha20Rng::seed_from_u64(self.seed ^ self.restarts << 32),
            renews_rng: false,
        };
        Engine::open(db, config)
    }

    /// Killed and started again: what was not in the database is gone.
    pub fn restart(&mut self) {
        self.restart_after(|_| ());
    }

    /// The same, with a look at the database in between.
    pub fn restart_after<T>(&mut self, look: impl FnOnce(&Connection) -> T) -> T {
        let mut seen = None;
        self.restart_with(|db| {
            seen = Some(look(&db));
            db
        });
        seen.expect("looked at")
    }

    /// The same, with another database in the end.
    pub fn restart_with(&mut self, change: impl FnOnce(Connection) -> Connection) {
        let opened = self.try_restart_with(change, |_| unreachable!("nothing is wrong with it"));
        assert!(opened, "the engine opens its own database");
    }

    /// The same with a database that may not open; `mended` gives one that does. Whether it opened.
    pub fn try_restart_with(
        &mut self,
        change: impl FnOnce(Connection) -> Connection,
        mended: impl FnOnce(OpenError) -> Connection,
    ) -> bool {
        self.store.set(None);
        let db = self.engine.take().expect("a running engine").into_db();
        let mut db = change(db);
        self.store.attach(&mut db);
        self.restarts += 1;
        let opened = self.open(db);
        let is_open = opened.is_ok();
        self.engine = Some(opened.unwrap_or_else(|error| {
            let mut db = mended(error);
            self.store.attach(&mut db);
            self.open(db).expect("the engine opens its own database")
        }));
        self.up.clear();
        self.down.clear();
        self.transfers.clear();
        is_open
    }

    /// The engine asked for a transfer.
    pub fn asks(&mut self, arrives_ms: i64, transfer: Output) {
        if let Output::FetchBlob { blob, limit_bytes, .. } = &transfer {
            self.fetched.push((*blob, *limit_bytes));
        }
        self.transfers.push_back((arrives_ms, transfer));
    }

    pub fn next_command(&mut self) -> u64 {
        self.next_command += 1;
        self.next_command
    }

    /// Takes a file out of the blob folder.
    pub fn take_file(&mut self, name: &str) -> Option<Vec<u8>> {
        match BlobId::from_hex(name) {
            Some(blob) => self.blobs.remove(&blob),
            None => self.aside.remove(name),
        }
    }

    pub fn put_file(&mut self, name: &str, file: Vec<u8>) {
        match BlobId::from_hex(name) {
            Some(blob) => drop(self.blobs.insert(blob, file)),
            None => drop(self.aside.insert(name.to_owned(), file)),
        }
    }

    /// What `attachment.save` writes.
    pub fn decrypt(&self, file: &FileRef) -> Option<Vec<u8>> {
        let blob = self.blobs.get(&file.blob)?;
        decrypt(file, blob)
    }
}

/// Decrypts a blob; `None` where it is not what it should be.
pub fn decrypt(file: &FileRef, blob: &[u8]) -> Option<Vec<u8>> {
    let key = casemate_crypto::attachment::AttachmentKey::new(file.key);
    let mut plain = Vec::new();
    casemate_crypto::attachment::decrypt_stream(
        &mut &blob[..],
        &mut plain,
        file.size_bytes,
        file.padded_bytes,
        &key,
        casemate_wire::ids::Hash32(file.sha256),
        &mut |_| {},
    )
    .ok()?;
    Some(plain)
}
