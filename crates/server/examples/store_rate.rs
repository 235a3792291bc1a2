//! How many durable entries a second the delivery store takes, beside what plain SQLite does with the same rows:
//! one table in the order of arrival with an ordinary index over (log, entry), `synchronous=FULL`, the same
//! batches, the same run.
//!
//! ```text
//! cargo run --release -p casemate-server --example store_rate -- [rows] [logs] [batch] [folder] [store]
//! ```
//! With `store` at the end only the store is measured: many rows take SQLite long.
//! The numbers in docs/decisions/0003 come from here.

use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use casemate_server::delivery::writer::Writer;
use casemate_server::delivery::{Answer, Append, CreateLog, Delivery, Op, Request};
use casemate_server::store::{DiskStore, Mutation, NewEntry, Options, Page, Store};
use casemate_wire::ids::{ClientId, Hash32, LogId};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: u64| arguments.next().map_or(Ok(default), |text| text.parse());
    let (rows, logs, batch) = (number(2_000_000)?, number(100_000)?, number(4_096)? as usize);
    let folder = match std::env::args().nth(4) {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    println!("{rows} entries of 200 bytes, {logs} logs, {batch} a batch");
    if std::env::args().nth(5).is_some() {
        store(&folder.path().join("store"), rows, logs, batch)?;
        return Ok(());
    }
    let sqlite = sqlite(&folder.path().join("plain.db"), rows, logs, batch)?;
    let store = store(&folder.path().join("store"), rows, logs, batch)?;
    let service = service(&folder.path().join("service"), rows, logs, batch)?;
    println!(
        "store / plain SQLite: {:.2}; through the writer thread: {:.2}",
        store / sqlite,
        service / sqlite
    );
    Ok(())
}

/// The store alone: commits, then reading pages, then a start after a crash.
fn store(folder: &Path, rows: u64, logs: u64, batch: usize) -> Result<f64, Box<dyn std::error::Error>> {
    let mut store = DiskStore::open(folder, Options::default())?;
    for slice in (0..logs).collect::<Vec<_>>().chunks(batch) {
        let create = |n: &u64| Mutation::CreateLog {
            log: log(*n),
            write_hash: Hash32::ZERO,
            reader_hash: Hash32::ZERO,
            at_ms: 0,
        };
        store.commit(&slice.iter().map(create).collect::<Vec<_>>())?;
    }
    store.flush()?;
    let (mut times, started) = (Times::default(), Instant::now());
    let mut order = Order::new(logs);
    for start in (0..rows).step_by(batch) {
        let mut mutations = Vec::with_capacity(batch);
        for n in start..rows.min(start + batch as u64) {
            let (at, entry) = order.next();
            mutations.push(Mutation::Append(NewEntry {
                log: log(at),
                entry,
                at_ms: n as i64 / 1_000,
                client_id: ClientId(u128::from(n).to_le_bytes()),
                payload: Bytes::from_static(&[7; 200]),
                commit: None,
            }));
        }
        let before = Instant::now();
        store.commit(&mutations)?;
        times.note(before.elapsed());
    }
    let rate = rows as f64 / started.elapsed().as_secs_f64();
    println!("store:   {rate:>9.0} rows/s   a commit: {times}");

    drop(store);
    let before = Instant::now();
    let mut store = DiskStore::open(folder, Options::default())?;
    let wait = before.elapsed();
    let before = Instant::now();
    store.flush()?;
    println!(
        "         open again without a flush: {wait:.1?}; flush of what waited: {:.1?}",
        before.elapsed()
    );
    drop(store);
    let before = Instant::now();
    let mut store = DiskStore::open(folder, Options::default())?;
    println!("         open again after a flush: {:.1?}", before.elapsed());

    let (reads, before) = (20_000, Instant::now());
    let mut found = 0;
    for n in 0..reads {
        let page = Page {
            log: log(n * 7_919 % logs),
            after: 0,
            up_to: u64::MAX,
            limit_entries: 20,
            limit_bytes: 65_536,
        };
        found += store.read(&page)?.len();
    }
    let rate = reads as f64 / before.elapsed().as_secs_f64();
    println!("         pages of up to 20 from any log: {rate:.0}/s, {found} entries");
    Ok(rate_of(rows, &times))
}

/// The whole service on its thread, many clients' worth of ops in flight.
fn service(folder: &Path, rows: u64, logs: u64, batch: usize) -> Result<f64, Box<dyn std::error::Error>> {
    let mut delivery = Delivery::new(DiskStore::open(folder, Options::default())?);
    let token = Hash32::of(&[b"token"]);
    for slice in (0..logs).collect::<Vec<_>>().chunks(batch) {
        let create = |n: &u64| Op {
            tag: 0,
            request: Request::CreateLog(CreateLog {
                log: log(*n),
                write_hash: token,
                reader_hash: Hash32::ZERO,
            }),
        };
        delivery.execute(slice.iter().map(create).collect(), 0);
    }
    delivery.store().flush()?;
    drop(delivery);
    let (sender, receiver) = mpsc::channel();
    let deliver = std::sync::Arc::new(move |outcomes| drop(sender.send((Instant::now(), outcomes))));
    let store = DiskStore::open(folder, Options::default())?;
    let writer = Writer::start(store, Duration::from_secs(86_400 * 60), deliver)?;
    let (mut times, started) = (Times::default(), Instant::now());
    let mut sent = vec![started; rows as usize];
    let mut order = Order::new(logs);
    let (mut next, mut answered, mut batches) = (0, 0, 0u64);
    while answered < rows {
        // Closed loop: twice the batch under way, so that one gathers while the other is made durable.
        while next < rows && next - answered < 2 * batch as u64 {
            let (at, _) = order.next();
            sent[next as usize] = Instant::now();
            let append = Append {
                log: log(at),
                write_hash: token,
                client_id: ClientId(u128::from(next).to_le_bytes()),
                payload: Bytes::from_static(&[7; 200]),
                commit: None,
                seen: 0,
                retry: false,
                follows: false,
                after: None,
            };
            let refused = writer.submit(Op { tag: next, request: Request::Append(append) });
            assert!(refused.is_ok(), "the queue holds more than is under way");
            next += 1;
        }
        let (at, outcomes) = receiver.recv()?;
        batches += 1;
        for outcome in outcomes {
            assert!(matches!(outcome.result, Ok(Answer::Appended(_))), "{outcome:?}");
            times.note(at - sent[outcome.tag as usize]);
            answered += 1;
        }
    }
    let rate = rows as f64 / started.elapsed().as_secs_f64();
    println!("service: {rate:>9.0} rows/s   submit to outcome: {times}, {} a batch", rows / batches.max(1));
    Ok(rate)
}

fn sqlite(path: &Path, rows: u64, logs: u64, batch: usize) -> Result<f64, Box<dyn std::error::Error>> {
    let mut db = rusqlite::Connection::open(path)?;
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -64000;
         CREATE TABLE entries (id INTEGER PRIMARY KEY, log INTEGER NOT NULL, entry INTEGER NOT NULL,
             at_ms INTEGER NOT NULL, client_id BLOB NOT NULL, payload BLOB NOT NULL) STRICT;
         CREATE UNIQUE INDEX by_log ON entries (log, entry);",
    )?;
    let (mut times, started) = (Times::default(), Instant::now());
    let mut order = Order::new(logs);
    for start in (0..rows).step_by(batch) {
        let before = Instant::now();
        let transaction = db.transaction()?;
        let mut insert = transaction.prepare_cached(
            "INSERT INTO entries (log, entry, at_ms, client_id, payload) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        for n in start..rows.min(start + batch as u64) {
            let (at, entry) = order.next();
            let client_id = u128::from(n).to_le_bytes();
            insert.execute(rusqlite::params![at as i64, entry as i64, n as i64, client_id, [7u8; 200]])?;
        }
        drop(insert);
        transaction.commit()?;
        times.note(before.elapsed());
    }
    println!("SQLite:  {:>9.0} rows/s   a commit: {times}", rate_of(rows, &times));
    Ok(rows as f64 / started.elapsed().as_secs_f64())
}

fn rate_of(rows: u64, times: &Times) -> f64 {
    rows as f64 / times.0.iter().sum::<Duration>().as_secs_f64()
}

fn log(n: u64) -> LogId {
    // Spread, as random ids are.
    LogId(u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_le_bytes())
}

/// Logs in an order without pattern, each with its next entry number.
struct Order {
    next_entry: Vec<u64>,
    state: u64,
}

impl Order {
    fn new(logs: u64) -> Self {
        Self { next_entry: vec![1; logs as usize], state: 1 }
    }

    fn next(&mut self) -> (u64, u64) {
        self.state =
            self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = (self.state >> 33) as usize % self.next_entry.len();
        let entry = self.next_entry[at];
        self.next_entry[at] += 1;
        (at as u64, entry)
    }
}

#[derive(Default)]
struct Times(Vec<Duration>);

impl Times {
    fn note(&mut self, time: Duration) {
        self.0.push(time);
    }
}

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let at = |share: usize| {
            sorted.get(sorted.len() * share / 1_000).or(sorted.last()).copied().unwrap_or_default()
        };
        write!(f, "p50 {:.1?} p99 {:.1?} max {:.1?}", at(500), at(990), at(1_000))
    }
}
