//! The world: clients, one server, one clock. Each step does one thing; chance comes from the seed alone.

use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::time::Instant;

use bytes::Bytes;
use casemate_api::{Command, Error};
use casemate_engine::{Input, Output, Staged};
use casemate_server::config::{Limits, Policy, Registration};
use casemate_server::delivery::Delivery;
use casemate_server::directory::{Directory, LOG_FILE, Place};
use casemate_server::router::Router;
use casemate_server::router::in_process::InProcess;
use casemate_server::store::MemoryStore;
use casemate_wire::ids::BlobId;
use casemate_wire::proto::wire::{ClientFrame, ServerFrame};
use prost::Message as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use serde_json::Value;

use crate::client::{Client, ClientId};
use crate::files::transfer_id;
use crate::lies::OtherView;
use crate::network::Faults;
use crate::store_faults::StoreFaults;

/// 2026-11-20, noon.
pub const START_MS: i64 = 1_795_176_000_000;

/// The server's URL in the simulation.
pub const URL: &str = "https://sim.example";

/// Steps after which a world that should have come to rest is stuck.
const STUCK_STEPS: usize = 300_000;

/// See the module.
pub struct World {
    pub server: InProcess<MemoryStore>,
    pub clients: Vec<Client>,
    pub now_ms: i64,
    pub faults: Faults,
    pub rng: ChaCha20Rng,
    /// What stands between the server and its clients and changes what it sends.
    pub tamper: Option<Tamper>,
    /// What stands between clients and the server and hears, answers or swallows what they ask.
    pub ears: Option<Ears>,
    /// What the server gives out in place of blobs.
    pub switch: Option<Switch>,
    /// Blobs of which downloads get a byte flipped.
    pub spoiled: BTreeSet<BlobId>,
    /// What the server shows to some of its people alone.
    pub other_view: Option<OtherView>,
    /// Of a hundred transfers of blobs so many fail for the moment, after a part of the bytes.
    pub blobs_fail: u32,
    /// Breaks the database of the server's directory.
    pub directory_faults: StoreFaults,
    /// Where a client is killed.
    pub kill_point: Option<KillPoint>,
    /// Where the server's directory is, if it is a file.
    pub(crate) folder: Option<tempfile::TempDir>,
    /// Copies of devices' databases.
    pub(crate) stolen: Vec<tempfile::TempDir>,
    pub(crate) seed: u64,
    pub(crate) server_starts: u8,
    /// The start at which the directory was restored last.
    pub(crate) directory_starts: u8,
    pub(crate) policy: Policy,
}

/// What a directory consists of.
pub(crate) const FILES: [&str; 2] = ["directory.db", LOG_FILE];

/// What a server could be restored from.
pub struct Backup {
    store: MemoryStore,
    folder: PathBuf,
}

/// Takes a frame for a client and gives what that client gets in its place.
pub type Tamper = Box<dyn FnMut(ClientId, ServerFrame) -> Vec<ServerFrame>>;

/// Takes what a client asks; gives what the server hears in its place, and what the client is answered at once.
pub type Ears = Box<dyn FnMut(ClientId, ClientFrame) -> (Option<ClientFrame>, Vec<ServerFrame>)>;

/// Takes a blob and gives what is given out in its place.
pub type Switch = Box<dyn FnMut(ClientId, BlobId, Vec<u8>) -> Vec<u8>>;

/// A client is killed at one input: before its transaction, or after it and before anything comes of it.
#[derive(Debug, Clone, Copy)]
pub struct KillPoint {
    pub client: ClientId,
    /// Inputs until then.
    pub after: usize,
    pub handled: bool,
}

impl World {
    /// A world in which nothing goes wrong unless `faults` is set.
    pub fn new(seed: u64) -> Self {
        let policy = Policy {
            registration: Registration::Open,
            limits: Limits { lifted: true, ..Limits::default() },
            ..Policy::default()
        };
        Self::with_policy(seed, policy)
    }

    /// A world whose server can be restored from a [`Backup`]: its directory is a file, which makes it slower.
    pub fn restorable(seed: u64) -> Self {
        let folder = crate::snapshot::quick_folder();
        let mut world = Self::new(seed);
        world.folder = Some(folder);
        let files = world.directory_folder();
        std::fs::create_dir_all(&files).expect("a folder");
        world.server.directory = open_directory(Some(&files.join(FILES[0])), seed, &world.policy, None);
        world
    }

    pub fn with_policy(seed: u64, policy: Policy) -> Self {
        let router = router(&policy, 0);
        let directory = open_directory(None, seed, &policy, None);
        Self {
            server: InProcess::new(router, directory, Delivery::new(MemoryStore::default())),
            clients: Vec::new(),
            now_ms: START_MS,
            faults: Faults::default(),
            rng: ChaCha20Rng::seed_from_u64(seed.wrapping_add(1)),
            tamper: None,
            ears: None,
            switch: None,
            spoiled: BTreeSet::new(),
            other_view: None,
            blobs_fail: 0,
            directory_faults: StoreFaults::default(),
            kill_point: None,
            folder: None,
            stolen: Vec::new(),
            seed,
            server_starts: 0,
            directory_starts: 0,
            policy,
        }
    }

    /// Tells how to run a failing seed again. Call it first in a test that takes seeds.
    pub fn announce(&self, test: &str) -> SeedNote {
        SeedNote {
            text: format!("run it again with: CASEMATE_SEED={} cargo test -p casemate-sim {test}", self.seed),
        }
    }

    /// A device without an account.
    pub fn device(&mut self, name: &str) -> ClientId {
        let seed = self.seed.wrapping_mul(1_000).wrapping_add(self.clients.len() as u64);
        self.clients.push(Client::new(name, seed));
        ClientId(self.clients.len() - 1)
    }

    /// A copy of a device's home as it is now.
    pub fn copy_home(&mut self, id: ClientId) -> rusqlite::Connection {
        let folder = tempfile::tempdir().expect("a folder for the copy");
        let path = folder.path().join("copy.db");
        self.with_db(id, |db| {
            db.execute("VACUUM INTO ?1", [path.to_str().expect("a path in UTF-8")]).expect("a copy");
        });
        self.stolen.push(folder);
        rusqlite::Connection::open(&path).expect("the copy")
    }

    /// A device's home becomes what it was when it was copied.
    pub fn put_home_back(&mut self, id: ClientId, copy: rusqlite::Connection) {
        self.stops(id.0);
        self.clients[id.0].restart_with(|_| copy);
        self.start(id.0);
    }

    /// Somebody copied the whole folder of a device and starts it elsewhere.
    pub fn thief_of(&mut self, id: ClientId) -> ClientId {
        let db = self.copy_home(id);
        let seed = self.seed.wrapping_mul(1_000).wrapping_add(self.clients.len() as u64);
        self.clients.push(Client::with_db("thief", seed, db));
        let thief = self.clients.len() - 1;
        self.start(thief);
        ClientId(thief)
    }

    pub fn client(&mut self, id: ClientId) -> &mut Client {
        &mut self.clients[id.0]
    }

    /// Gives a command without waiting for its answer.
    pub fn command(&mut self, id: ClientId, command: Command, staged: Vec<Staged>) -> u64 {
        let number = self.clients[id.0].next_command();
        self.input(id.0, Input::Command { id: number, command, staged });
        number
    }

    /// Gives a command in JSON and lets the world go on until it is answered.
    pub fn call(&mut self, id: ClientId, method: &str, params: Value) -> Result<Value, Error> {
        let number = self.begin(id, method, params);
        self.answer(id, number)
    }

    /// Gives a command in JSON without waiting for its answer.
    pub fn begin(&mut self, id: ClientId, method: &str, params: Value) -> u64 {
        let command = Command::named(method, params).unwrap_or_else(|error| panic!("{method}: {error}"));
        self.command(id, command, Vec::new())
    }

    /// Lets the world go on until a command is answered.
    pub fn answer(&mut self, id: ClientId, number: u64) -> Result<Value, Error> {
        // In a large group each says something that all others read.
        for _ in 0..STUCK_STEPS.max(40 * self.clients.len().pow(2)) {
            if let Some(reply) = self.clients[id.0].replies.remove(&number) {
                return reply;
            }
            self.step();
        }
        panic!("command {number} of {} was never answered", self.clients[id.0].name);
    }

    /// A good answer, or the test fails.
    pub fn ok(&mut self, id: ClientId, method: &str, params: Value) -> Value {
        match self.call(id, method, params.clone()) {
            Ok(value) => value,
            Err(error) => panic!("{} {method} {params}: {error:?}", self.clients[id.0].name),
        }
    }

    /// Runs until nothing is on its way and nobody waits for anything within the next `quiet_ms`.
    pub fn settle_for(&mut self, quiet_ms: i64) {
        let until = self.now_ms + quiet_ms;
        // In a large group each says something that all others read.
        for _ in 0..STUCK_STEPS.max(40 * self.clients.len().pow(2)) {
            match self.next_time() {
                Some(at) if at <= until.max(self.now_ms) => self.step(),
                _ => {
                    self.now_ms = self.now_ms.max(until);
                    return;
                }
            }
        }
        let waiting: Vec<_> = self
            .clients
            .iter()
            .map(|client| {
                let deadline = client.engine.as_ref().and_then(|engine| engine.deadline());
                let deadline = deadline.map(|at| at - client.clock_skew_ms - self.now_ms);
                (&client.name, deadline, client.up.len(), client.down.len(), client.transfers.len())
            })
            .collect();
        panic!("the world does not come to rest: {waiting:?}");
    }

    /// A minute passes: all that waits for seconds has happened.
    pub fn settle(&mut self) {
        self.settle_for(60_000);
    }

    /// Stops the server and starts it again with what it stored.
    pub fn restart_server(&mut self) {
        for at in 0..self.clients.len() {
            self.cut(at);
        }
        self.server_starts += 1;
        self.server.restart(router(&self.policy, self.server_starts));
    }

    /// What a backup of the server taken now would hold.
    pub fn backup(&mut self) -> Backup {
        let folder = self.copy_directory(&format!("backup-{}", self.now_ms));
        Backup { store: self.server.delivery.store().backup(), folder }
    }

    /// A copy of the directory's files; its folder.
    pub(crate) fn copy_directory(&self, name: &str) -> PathBuf {
        let folder = self.file(name);
        self.copy_directory_to(&folder);
        folder
    }

    /// The same into a folder.
    pub(crate) fn copy_directory_to(&self, folder: &Path) {
        std::fs::create_dir_all(folder).expect("a folder");
        for name in FILES {
            let db = rusqlite::Connection::open(self.directory_folder().join(name)).expect("the file");
            let copy = folder.join(name);
            db.execute("VACUUM INTO ?1", [copy.to_str().expect("a path in UTF-8")]).expect("a copy");
        }
    }

    /// The server is put back to a backup: what came after it is gone.
    pub fn restore(&mut self, backup: Backup) {
        self.put_back(backup, Some(self.now_ms));
    }

    /// The same by somebody who does not tell it so.
    pub fn restore_silently(&mut self, backup: Backup) {
        self.put_back(backup, None);
    }

    fn put_back(&mut self, backup: Backup, restored_ms: Option<i64>) {
        for at in 0..self.clients.len() {
            self.cut(at);
        }
        self.server_starts += 1;
        self.directory_starts = self.server_starts;
        let folder = self.directory_folder();
        copy_files(&backup.folder, &folder);
        self.server.directory = open_directory(
            Some(&folder.join(FILES[0])),
            self.seed ^ u64::from(self.server_starts) << 40,
            &self.policy,
            restored_ms,
        );
        self.server.delivery = Delivery::new(backup.store);
        self.server.restart(router(&self.policy, self.server_starts));
    }

    /// Where the directory's files are now.
    pub fn directory_folder(&self) -> PathBuf {
        self.file(&format!("start-{}", self.directory_starts))
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.as_ref().expect("a restorable world").path().join(name)
    }

    /// Breaks a client's connection.
    pub fn cut(&mut self, at: usize) {
        if let Some(line) = self.clients[at].line.take() {
            self.server_of(at).disconnect(line);
            self.clients[at].up.clear();
            self.clients[at].down.clear();
            self.input(at, Input::Disconnected { why: "the connection broke".into() });
        }
        let pause = self.rng.random_range(50..2_000);
        self.clients[at].connect_at = self.clients[at].wants_connection.then_some(self.now_ms + pause);
    }

    /// A client's program ends.
    pub(crate) fn stops(&mut self, at: usize) {
        if let Some(line) = self.clients[at].line.take() {
            self.server_of(at).disconnect(line);
        }
    }

    /// Kills a client and starts it again.
    pub fn kill(&mut self, at: usize) {
        self.stops(at);
        self.clients[at].restart();
        self.start(at);
    }

    /// Takes a client offline for a while.
    pub fn sleep(&mut self, id: ClientId, for_ms: i64) {
        self.clients[id.0].asleep_until = self.now_ms + for_ms;
        self.cut(id.0);
    }

    /// Brings a sleeping client back now.
    pub fn wake(&mut self, id: ClientId) {
        self.clients[id.0].asleep_until = 0;
        if self.clients[id.0].line.is_none() && self.clients[id.0].wants_connection {
            self.clients[id.0].connect_at = Some(self.now_ms);
        }
    }

    pub(crate) fn start(&mut self, at: usize) {
        let now = self.client_now(at);
        let outputs = self.clients[at].engine.as_mut().expect("a running engine").start(now);
        self.carry_out(at, outputs);
        self.sweep(at);
    }

    /// The client's own clock.
    pub fn client_now(&self, at: usize) -> i64 {
        self.now_ms + self.clients[at].clock_skew_ms
    }

    /// When something happens next.
    fn next_time(&self) -> Option<i64> {
        let times = self.clients.iter().flat_map(|client| {
            let deadline = client.engine.as_ref().and_then(|engine| engine.deadline());
            let deadline = deadline.map(|at| at - client.clock_skew_ms);
            let connect = client.connect_at.map(|at| at.max(client.asleep_until));
            let up = client.up.front().map(|(at, _)| *at);
            let down = client.down.front().map(|(at, _)| *at);
            let transfer = client.transfers.front().map(|(at, _)| *at);
            // A deadline without a connection leads to nothing but local housekeeping.
            [deadline, connect, up, down, transfer].into_iter().flatten()
        });
        times.min()
    }

    /// One thing happens.
    pub fn step(&mut self) {
        let Some(next) = self.next_time() else {
            self.now_ms += 1_000;
            return;
        };
        self.now_ms = self.now_ms.max(next);
        let published = self.server.publish_due(self.now_ms);
        assert!(published.is_ok() || self.directory_faults.failed() > 0, "the log is written");
        if let Some(other) = &mut self.other_view {
            other.server.publish_due(self.now_ms).expect("the log is written");
        }
        // Whoever has something due, chosen by chance: that is all the concurrency there is.
        let due: Vec<usize> = (0..self.clients.len()).filter(|at| self.is_due(*at)).collect();
        let at = due[self.rng.random_range(0..due.len())];
        if self.clients[at].line.is_some() {
            if self.chance(self.faults.cut) {
                return self.cut(at);
            }
            if self.chance(self.faults.sleep) {
                let pause = self.rng.random_range(1_000..120_000);
                return self.sleep(ClientId(at), pause);
            }
        }
        if self.chance(self.faults.kill) && self.clients[at].wants_connection {
            return self.kill(at);
        }
        self.act(at);
    }

    fn chance(&mut self, per_thousand: u32) -> bool {
        per_thousand > 0 && self.rng.random_range(0..1_000) < per_thousand
    }

    fn is_due(&self, at: usize) -> bool {
        let client = &self.clients[at];
        let deadline = client.engine.as_ref().and_then(|engine| engine.deadline());
        deadline.is_some_and(|due| due - client.clock_skew_ms <= self.now_ms)
            || client.connect_at.is_some_and(|due| due.max(client.asleep_until) <= self.now_ms)
            || client.up.front().is_some_and(|(due, _)| *due <= self.now_ms)
            || client.down.front().is_some_and(|(due, _)| *due <= self.now_ms)
            || client.transfers.front().is_some_and(|(due, _)| *due <= self.now_ms)
    }

    fn act(&mut self, at: usize) {
        let now = self.now_ms;
        let client = &mut self.clients[at];
        if client.connect_at.is_some_and(|due| due.max(client.asleep_until) <= now) {
            client.connect_at = None;
            let line = self.server_of(at).connect(now).expect("the server takes connections");
            self.clients[at].line = Some(line);
            return self.input(at, Input::Connected);
        }
        if client.up.front().is_some_and(|(due, _)| *due <= now) {
            let (_, frame) = client.up.pop_front().expect("looked at above");
            if let Some(line) = client.line {
                self.hear(at, line, frame);
            }
            return self.deliver_pushed();
        }
        if client.down.front().is_some_and(|(due, _)| *due <= now) {
            let (_, frame) = client.down.pop_front().expect("looked at above");
            return self.input(at, Input::Frame(frame));
        }
        if client.transfers.front().is_some_and(|(due, _)| *due <= now) {
            let (_, output) = client.transfers.pop_front().expect("looked at above");
            return self.transfer(at, output);
        }
        self.input(at, Input::Tick);
    }

    /// Takes what the server has for everybody onto the network.
    pub(crate) fn deliver_pushed(&mut self) {
        for at in 0..self.clients.len() {
            let Some(line) = self.clients[at].line else { continue };
            let now = self.now_ms;
            while let Some(frame) = self.server_of(at).next_frame(line, now) {
                for frame in self.tampered(at, frame) {
                    self.send_down(at, frame);
                }
            }
            if self.server_of(at).goodbye(line).is_some() {
                self.cut(at);
            }
        }
    }

    /// Puts a frame on its way to a client.
    pub fn send_down(&mut self, at: usize, frame: Bytes) {
        let arrives = self.arrival(self.clients[at].down.back().map(|(at, _)| *at));
        self.clients[at].down.push_back((arrives, frame));
    }

    fn tampered(&mut self, at: usize, frame: Bytes) -> Vec<Bytes> {
        let Some(tamper) = &mut self.tamper else { return vec![frame] };
        let frame = ServerFrame::decode(frame).expect("the server's own frame");
        tamper(ClientId(at), frame).into_iter().map(|frame| frame.encode_to_vec().into()).collect()
    }

    /// Stops a client, looks into its database, and starts it again.
    pub fn with_db<T>(&mut self, id: ClientId, look: impl FnOnce(&rusqlite::Connection) -> T) -> T {
        self.stops(id.0);
        let seen = self.clients[id.0].restart_after(look);
        self.start(id.0);
        seen
    }

    /// When something sent now arrives; never before what was sent earlier on the same way.
    fn arrival(&mut self, before: Option<i64>) -> i64 {
        let delay = match self.faults.delay_ms {
            0 => 1,
            most => self.rng.random_range(1..=most),
        };
        (self.now_ms + delay).max(before.unwrap_or(0))
    }

    /// One input, and what comes of it.
    pub fn input(&mut self, at: usize, input: Input) {
        let now = self.client_now(at);
        self.clients[at].inputs += 1;
        let point = self.kill_point.filter(|point| point.client.0 == at);
        let dies = point.is_some_and(|point| point.after == self.clients[at].inputs);
        if dies && point.is_some_and(|point| !point.handled) {
            return self.kill(at);
        }
        let begun = Instant::now();
        let catches = !self.clients[at].catches_nothing;
        let engine = self.clients[at].engine.as_mut().expect("a running engine");
        let outputs = match catches {
            true => engine.handle_or_note(input, now).unwrap_or_else(|panic| resume_unwind(panic)),
            false => engine.handle(input, now),
        };
        self.clients[at].busy += begun.elapsed();
        if dies || self.chance(self.faults.kill) && self.clients[at].wants_connection {
            // Killed after the transaction, before anything else.
            for output in outputs {
                if let Output::Reply { id, result } = output {
                    self.clients[at].replies.insert(id, result);
                }
            }
            return self.kill(at);
        }
        self.carry_out(at, outputs);
    }

    /// What comes of an input, or of a call to the engine that is none.
    pub fn carry_out(&mut self, at: usize, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Reply { id, result } => {
                    self.clients[at].replies.insert(id, result);
                }
                Output::Event(event) => self.clients[at].events.push(event),
                Output::Connect { url } => {
                    assert_eq!(url, URL);
                    self.clients[at].wants_connection = true;
                    if self.clients[at].line.is_none() {
                        self.clients[at].connect_at = Some(self.now_ms);
                    }
                }
                Output::Disconnect => {
                    self.clients[at].wants_connection = false;
                    self.cut(at);
                    self.clients[at].connect_at = None;
                }
                Output::Erase => self.clients[at].erased = true,
                Output::Send(frame) => {
                    let arrives = self.arrival(self.clients[at].up.back().map(|(at, _)| *at));
                    self.clients[at].up.push_back((arrives, frame));
                }
                Output::Reconnect { why } => {
                    eprintln!("{} reconnects: {why}", self.clients[at].name);
                    self.clients[at].reconnects += 1;
                    self.cut(at);
                }
                Output::DeleteBlob { blob } => {
                    self.clients[at].blobs.remove(&blob);
                }
                Output::CancelTransfer { transfer } => {
                    self.clients[at].transfers.retain(|(_, output)| transfer_id(output) != Some(transfer));
                }
                Output::Save { id, file, path, .. } => self.save(at, id, &file, path),
                call @ (Output::CallOpen(_)
                | Output::CallJoined { .. }
                | Output::CallKeys { .. }
                | Output::CallClose { .. }) => self.clients[at].calls.push(call),
                transfer => {
                    let arrives = self.arrival(None);
                    self.clients[at].asks(arrives, transfer);
                }
            }
        }
    }
}

/// Copies a directory's files that nobody has open.
pub(crate) fn copy_files(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for name in FILES {
        std::fs::copy(from.join(name), to.join(name)).expect("the copy is there");
    }
}

pub(crate) fn open_directory(
    file: Option<&Path>,
    seed: u64,
    policy: &Policy,
    restored_ms: Option<i64>,
) -> Directory {
    let place = Place { name: "sim.example".into(), public_url: URL.into(), restored_ms, renamed: false };
    let rng = Box::new(OldRng(ChaCha20Rng::seed_from_u64(seed)));
    Directory::open(file, place, policy.clone(), rng).expect("the directory opens")
}

/// With a relay of which nothing is heard: what it would say, tests do.
pub(crate) fn router(policy: &Policy, start: u8) -> Router {
    let mut router = Router::new(policy.limits, [start; 32]);
    if policy.calls.own_relay {
        router.add_relay("here");
    }
    router
}

/// Prints how to run a failing seed again.
pub struct SeedNote {
    text: String,
}

impl Drop for SeedNote {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.text);
        }
    }
}

/// The seeded generator under the traits that the server's keys are made with.
struct OldRng(ChaCha20Rng);

impl rand_core::RngCore for OldRng {
    fn next_u32(&mut self) -> u32 {
        rand::RngCore::next_u32(&mut self.0)
    }

    fn next_u64(&mut self) -> u64 {
        rand::RngCore::next_u64(&mut self.0)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        rand::RngCore::fill_bytes(&mut self.0, bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        rand::RngCore::fill_bytes(&mut self.0, bytes);
        Ok(())
    }
}

impl rand_core::CryptoRng for OldRng {}
