//! Whole engines over a server in process: what a person's device does for a text, a group, weeks of absence.
//!
//! The device that is measured has its database as people have it: SQLCipher in a file, `synchronous=full`. A
//! statement trace splits its time: from `BEGIN` to `COMMIT` is an input's, statements are SQLite's (with the disk),
//! MLS is what [`suites::alone`] takes in memory, and the rest is the engine's own.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use casemate_crypto::Suite;
use casemate_engine::{Config, Engine};
use casemate_sim::{ClientId, World};
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use serde_json::json;

use crate::measured::{ms, timed};
use crate::suites;

/// Conversations that are measured, by their devices.
const SIZES: [u32; 3] = [2, 50, 500];
const TEXTS: u32 = 40;
/// Longer than any measurement, in the simulation's milliseconds.
const FOR_EVER: i64 = 1 << 40;

/// Above so many devices a conversation is begun with X25519: the engine's `X_WING_DEVICES`.
const X_WING_DEVICES: u32 = 256;

/// A text in conversations of several sizes, and joining the largest.
pub fn conversations() {
    let folder = tempfile::tempdir().expect("a folder for databases");
    let mut world = World::new(4);
    let hub = person(&mut world, folder.path(), "hub");
    let bo = person(&mut world, folder.path(), "bo");
    world.befriend(hub, bo);
    heading();
    let mut crowd = vec![bo];
    for size in SIZES {
        let suite = if size > X_WING_DEVICES { Suite::X25519 } else { Suite::XWing };
        let [encrypt, decrypt, join] = suites::alone(suite, size);
        let (conversation, time) = timed(|| begin(&mut world, hub, &mut crowd, size));
        eprintln!("a conversation of {size} made in {time:.1?}");
        let sending = measure(&mut world, hub, |world| talk(world, hub, &conversation, TEXTS));
        row(&format!("send a text, {size} devices"), sending, encrypt, TEXTS);
        let receiving = measure(&mut world, bo, |world| talk(world, hub, &conversation, TEXTS));
        row(&format!("receive a text, {size} devices"), receiving, decrypt, TEXTS);
        if size == 500 {
            let zoe = person(&mut world, folder.path(), "zoe");
            world.befriend(hub, zoe);
            let address = world.address(zoe);
            world.ok(hub, "conversation.add", json!({"conversation": conversation, "members": [address]}));
            world.ok(hub, "sync", json!({}));
            let joining = measure(&mut world, zoe, |world| world.accept_groups(zoe));
            row("join one of 500", joining, join, 1);
        }
    }
}

/// A device comes back after many messages, and looks for some of them.
pub fn catch_up(missed: u32) {
    let folder = tempfile::tempdir().expect("a folder for databases");
    let mut world = World::new(5);
    let ida = world.person("ida");
    let bo = person(&mut world, folder.path(), "bo");
    world.befriend(ida, bo);
    let conversation = world.chat(ida, bo);
    world.sleep(bo, FOR_EVER);
    let ((), time) = timed(|| talk(&mut world, ida, &conversation, missed));
    eprintln!("said {missed} texts in {time:.1?}");
    heading();
    let [_, decrypt, _] = suites::alone(Suite::XWing, 2);
    let caught_up = measure(&mut world, bo, |world| {
        world.wake(bo);
        world.sync(bo);
    });
    row(&format!("catch up {missed} texts, each"), caught_up, decrypt, missed);
    let conversation = world.chat(bo, ida);
    let words = [
        ("a word in one of them", "number 17777"),
        ("a word in all", "harbour"),
        ("two letters, in none", "zq"),
    ];
    for (what, text) in words {
        let found = measure(&mut world, bo, |world| {
            world.ok(bo, "message.search", json!({"text": text}));
        });
        row(&format!("search in {missed}: {what}"), found, Duration::ZERO, 1);
    }
    let page = measure(&mut world, bo, |world| {
        world.ok(bo, "message.list", json!({"conversation": conversation, "limit": 50}));
    });
    row("a page of 50", page, Duration::ZERO, 1);
}

fn heading() {
    println!("\nWhole engines over files, times in ms. The rest is what is neither MLS nor SQLite.\n");
    println!("|what|all|MLS|SQLite|rest|share of the rest|");
    println!("|---|---|---|---|---|---|");
}

/// A conversation of `size` devices. All but its maker and the first of the crowd are added and stay away: they
/// would only take this machine's time.
fn begin(world: &mut World, hub: ClientId, crowd: &mut Vec<ClientId>, size: u32) -> String {
    if size == 2 {
        return world.chat(hub, crowd[0]);
    }
    while crowd.len() + 1 < size as usize {
        let friend = world.person(&format!("friend{}", crowd.len()));
        world.befriend(hub, friend);
        world.sleep(friend, FOR_EVER);
        crowd.push(friend);
    }
    let members: Vec<String> = crowd.iter().map(|friend| world.address(*friend)).collect();
    let made =
        world.ok(hub, "conversation.create", json!({"members": members, "name": format!("Group {size}")}));
    world.sync(hub);
    world.accept_groups(crowd[0]);
    made["conversation"].as_str().expect("an id").to_owned()
}

fn talk(world: &mut World, who: ClientId, conversation: &str, texts: u32) {
    for number in 0..texts {
        world.say(who, conversation, &format!("Meet me at the harbour, number {number}"));
        world.settle_for(20);
    }
}

/// Somebody whose database is a file.
pub fn person(world: &mut World, folder: &Path, name: &str) -> ClientId {
    let id = world.device(name);
    let db = Connection::open(folder.join(name)).expect("a database");
    // As `apps/casemate` opens it.
    db.execute_batch("pragma key = \"x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'\"")
        .expect("SQLCipher");
    db.execute_batch(casemate_engine::PRAGMAS).expect("SQLCipher");
    world.client(id).engine = Some(engine(db));
    world.ok(id, "account.create", json!({"server": casemate_sim::world::URL, "name": name}));
    id
}

pub fn engine(db: Connection) -> Engine {
    let rng = ChaCha20Rng::seed_from_u64(rand::random());
    Engine::open(
        db,
        Config {
            key_kept_in: "file".into(),
            software: "bench".into(),
            platform: "Linux".into(),
            rng,
            renews_rng: true,
        },
    )
    .expect("an engine")
}

/// What a device's inputs took.
#[derive(Default)]
struct Spent {
    all: Duration,
    sqlite: Duration,
    /// When the transaction that runs began.
    begun: Option<Instant>,
    /// Statements that run. SQLite's own times are whole milliseconds.
    running: HashMap<String, Instant>,
    /// Statements that only run within others, as full-text search makes them: they come as comments.
    within: HashSet<String>,
}

impl Spent {
    fn begins(&mut self, sql: &str) {
        if let Some(sql) = sql.strip_prefix("-- ") {
            if !self.within.contains(sql) {
                self.within.insert(sql.to_owned());
            }
            return;
        }
        let now = Instant::now();
        if sql.starts_with("BEGIN") {
            self.begun = Some(now);
        }
        self.running.insert(sql.to_owned(), now);
    }

    fn ends(&mut self, sql: &str) {
        if self.within.contains(sql) {
            return;
        }
        if let Some(begun) = self.running.remove(sql) {
            self.sqlite += begun.elapsed();
        }
        if sql.starts_with("COMMIT")
            && let Some(begun) = self.begun.take()
        {
            self.all += begun.elapsed();
        }
    }
}

/// Traces one device while `work` is done.
fn measure(world: &mut World, id: ClientId, work: impl FnOnce(&mut World)) -> Spent {
    let spent = Arc::new(Mutex::new(Spent::default()));
    let notes = spent.clone();
    trace(world, id, Some(notes));
    if world.clients[id.0].asleep_until <= world.now_ms {
        world.sync(id);
    }
    *spent.lock().unwrap_or_else(PoisonError::into_inner) = Spent::default();
    work(world);
    let measured = std::mem::take(&mut *spent.lock().unwrap_or_else(PoisonError::into_inner));
    trace(world, id, None);
    world.sync(id);
    measured
}

/// Restarts a device with or without a trace of its statements.
fn trace(world: &mut World, id: ClientId, notes: Option<Arc<Mutex<Spent>>>) {
    let client = world.client(id);
    let mut db = client.engine.take().expect("a running engine").into_db();
    let asked = TraceEventCodes::SQLITE_TRACE_STMT | TraceEventCodes::SQLITE_TRACE_PROFILE;
    let traced = match notes {
        None => db.trace_v2(TraceEventCodes::empty(), None::<fn(TraceEvent<'_>)>),
        Some(notes) => db.trace_v2(
            asked,
            Some(move |event: TraceEvent<'_>| {
                let mut spent = notes.lock().unwrap_or_else(PoisonError::into_inner);
                match event {
                    TraceEvent::Stmt(_, sql) => spent.begins(sql),
                    TraceEvent::Profile(statement, _) => spent.ends(&statement.sql()),
                    _ => {}
                }
            }),
        ),
    };
    traced.expect("a trace");
    client.engine = Some(engine(db));
    world.kill(id.0);
}

fn row(what: &str, spent: Spent, mls: Duration, count: u32) {
    let (all, sqlite) = (spent.all / count, spent.sqlite / count);
    let rest = all.saturating_sub(sqlite).saturating_sub(mls);
    let share = rest.as_secs_f64() / all.as_secs_f64().max(1e-9) * 100.0;
    println!("|{what}|{}|{}|{}|{}|{share:.0} %|", ms(all), ms(mls), ms(sqlite), ms(rest));
}
