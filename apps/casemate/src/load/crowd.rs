//! Many connections that write to each other: each appends to logs of its own, and another one, its reader, gets
//! them pushed.
//!
//! ```text
//! peer 0 ── appends to its share of the logs ──▶ server ──▶ peer 1 follows them
//! peer 1 ── appends to its share of the logs ──▶ server ──▶ peer 0 follows them      and so on in pairs
//! ```
//! Every push is checked: nothing is missing, nothing comes twice, and each log is in order.

use std::cell::Cell;
use std::collections::VecDeque;
use std::ops::Range;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use casemate_wire::ids::LogId;
use casemate_wire::proto::wire::LogEntries;
use casemate_wire::proto::wire::server_frame::Body;
use tokio::sync::watch;
use tokio::time::sleep;

use super::frames::{Appender, PAYLOAD_BYTES, log_id, stamp};
use super::line::{Line, Target};
use super::server::{Metrics, Server};

/// Not counted at the beginning of a phase.
const WARM_UP: Duration = Duration::from_secs(1);
/// Time for what is under way when a phase ends.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often the server's background thread is looked at.
const GLANCE: Duration = Duration::from_millis(50);
/// The server's thread that writes what is derived from the journal.
const BACKGROUND: &str = "delivery-index";

/// The connections, between phases.
pub struct Crowd {
    peers: Vec<Peer>,
    epoch: Instant,
}

struct Peer {
    line: Line,
    appender: Appender,
    /// The logs it appends to.
    own: Vec<LogId>,
    next_own: usize,
    /// The logs that it follows, in the order in which the other end numbers them, and the entry expected next.
    followed: Vec<(LogId, u64)>,
}

/// How a phase sends.
#[derive(Clone, Copy)]
pub enum Pace {
    /// So many in flight on each connection: the next is sent when one is acknowledged.
    InFlight(u32),
    /// So many a second in all, whatever comes back.
    PerSecond(u32),
}

/// What a phase brought.
pub struct Outcome {
    /// Acknowledged and pushed, a second.
    pub per_second: f64,
    /// From sending to the acknowledgement, microseconds, sorted.
    pub acknowledged_us: Vec<u32>,
    /// From sending to the reader, microseconds, sorted.
    pub delivered_us: Vec<u32>,
    /// The same for what came while the server wrote its index and databases.
    pub delivered_beside_flush_us: Vec<u32>,
    /// For how long it did, of the time measured.
    pub flush_seconds: f64,
    /// Entries made durable by one sync.
    pub batch: f64,
    /// Syncs, and the time in them, in seconds.
    pub syncs: (f64, f64),
    /// No sync took longer, in milliseconds; none where one took longer than half a second.
    pub longest_sync_ms: Option<u32>,
    /// Time measured, in seconds.
    pub seconds: f64,
    /// Processor time of each of the server's threads, in seconds.
    pub threads: Vec<(String, f64)>,
    /// Of the generator.
    pub generator_seconds: f64,
}

/// What the tasks of one phase share.
struct Phase {
    epoch: Instant,
    pace: Pace,
    peers: u32,
    from_ns: u64,
    until_ns: u64,
    sent: Cell<u64>,
    acknowledged: Cell<u64>,
    pushed: Cell<u64>,
}

/// What one connection saw in the time measured.
#[derive(Default)]
struct Seen {
    acknowledged_us: Vec<u32>,
    /// When it came, and how long it took.
    delivered: Vec<(u64, u32)>,
}

impl Crowd {
    /// Opens `connections`, an even number, and lets them follow the logs of `logs`, which are empty.
    pub async fn open(target: &Target, connections: u32, logs: Range<u32>) -> Result<Self> {
        let share = logs.len() as u32 / connections;
        let of = |number: u32| {
            let first = logs.start + number * share;
            first..first + share
        };
        let mut peers = Vec::with_capacity(connections as usize);
        for number in 0..connections {
            let mut line = Line::open(target).await?;
            line.follow(of(number ^ 1)).await?;
            peers.push(Peer {
                line,
                appender: Appender::new(u64::from(number), PAYLOAD_BYTES),
                own: of(number).map(log_id).collect(),
                next_own: 0,
                followed: of(number ^ 1).map(|log| (log_id(log), 1)).collect(),
            });
        }
        Ok(Self { peers, epoch: Instant::now() })
    }

    /// Runs one phase.
    pub async fn run(&mut self, server: &Server, pace: Pace, seconds: u32) -> Result<Outcome> {
        let from = self.epoch.elapsed() + WARM_UP;
        let until = from + Duration::from_secs(seconds.into());
        let phase = Rc::new(Phase {
            epoch: self.epoch,
            pace,
            peers: self.peers.len() as u32,
            from_ns: from.as_nanos() as u64,
            until_ns: until.as_nanos() as u64,
            sent: Cell::new(0),
            acknowledged: Cell::new(0),
            pushed: Cell::new(0),
        });
        let (end, ended) = watch::channel(false);
        let mut tasks = Vec::new();
        for (number, peer) in (0..).zip(self.peers.drain(..)) {
            tasks.push(tokio::task::spawn_local(drive(peer, number, phase.clone(), ended.clone())));
        }
        let watched = observe(server, &phase).await;
        let settled = phase.settle().await;
        end.send_replace(true);
        let (mut acknowledged_us, mut delivered) = (Vec::new(), Vec::new());
        for task in tasks {
            let (peer, seen) = task.await??;
            self.peers.push(peer);
            acknowledged_us.extend(seen.acknowledged_us);
            delivered.extend(seen.delivered);
        }
        settled?;
        let watched = watched?;
        acknowledged_us.sort_unstable();
        let sorted = |times: Vec<u32>| {
            let mut times = times;
            times.sort_unstable();
            times
        };
        let beside = delivered.iter().filter(|(at, us)| watched.flushed(at - u64::from(*us) * 1_000, *at));
        let delivered_beside_flush_us = sorted(beside.map(|(_, us)| *us).collect());
        let delivered_us = sorted(delivered.into_iter().map(|(_, us)| us).collect());
        let delta =
            |name: &str| Ok::<_, anyhow::Error>(watched.after.number(name)? - watched.before.number(name)?);
        let (entries, syncs) = (delta("entries_stored_total")?, delta("sync_seconds_count")?);
        let longest_sync_ms = [1, 2, 5, 10, 20, 50, 100, 500].into_iter().find(|ms| {
            let class = format!("sync_seconds_bucket{{le=\"{}\"}}", f64::from(*ms) / 1e3);
            delta(&class).is_ok_and(|counted| counted >= syncs)
        });
        Ok(Outcome {
            longest_sync_ms,
            per_second: acknowledged_us.len().min(delivered_us.len()) as f64 / f64::from(seconds),
            acknowledged_us,
            delivered_us,
            delivered_beside_flush_us,
            flush_seconds: watched.flushes.len() as f64 * GLANCE.as_secs_f64(),
            batch: entries / syncs.max(1.0),
            syncs: (syncs, delta("sync_seconds_sum")?),
            seconds: f64::from(seconds),
            threads: watched.threads,
            generator_seconds: watched.generator_seconds,
        })
    }

    /// The connections, for another use.
    pub fn into_lines(self) -> Vec<Line> {
        self.peers.into_iter().map(|peer| peer.line).collect()
    }
}

impl Phase {
    fn now_ns(&self) -> u64 {
        self.epoch.elapsed().as_nanos() as u64
    }

    fn counts(&self, at_ns: u64) -> bool {
        (self.from_ns..self.until_ns).contains(&at_ns)
    }

    async fn wait_until(&self, at_ns: u64) {
        sleep(Duration::from_nanos(at_ns.saturating_sub(self.now_ns()))).await;
    }

    /// Waits until all that was sent has come back.
    async fn settle(&self) -> Result<()> {
        let begun = Instant::now();
        loop {
            let (sent, acknowledged, pushed) = (self.sent.get(), self.acknowledged.get(), self.pushed.get());
            if self.now_ns() > self.until_ns && sent == acknowledged && sent == pushed {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                bail!("of {sent} messages {acknowledged} were acknowledged and {pushed} pushed");
            }
            sleep(Duration::from_millis(5)).await;
        }
    }
}

/// The server during the time measured.
struct Watched {
    before: Metrics,
    after: Metrics,
    threads: Vec<(String, f64)>,
    generator_seconds: f64,
    /// Beginnings of glances in which the background thread was at work.
    flushes: Vec<u64>,
}

impl Watched {
    fn flushed(&self, from_ns: u64, to_ns: u64) -> bool {
        let at = self.flushes.partition_point(|at| at + GLANCE.as_nanos() as u64 * 3 / 2 < from_ns);
        self.flushes.get(at).is_some_and(|at| *at < to_ns)
    }
}

async fn observe(server: &Server, phase: &Phase) -> Result<Watched> {
    phase.wait_until(phase.from_ns).await;
    let (before, threads) = (server.metrics().await?, server.threads()?);
    let generator = own_seconds()?;
    let (mut flushes, mut busy) = (Vec::new(), server.thread(BACKGROUND)?);
    while phase.now_ns() + (GLANCE.as_nanos() as u64) < phase.until_ns {
        let at = phase.now_ns();
        sleep(GLANCE).await;
        let now = server.thread(BACKGROUND)?;
        if now - busy > GLANCE.as_secs_f64() / 50.0 {
            flushes.push(at);
        }
        busy = now;
    }
    phase.wait_until(phase.until_ns).await;
    let known = |name: &String| threads.iter().find(|(known, _)| known == name).map_or(0.0, |(_, at)| *at);
    let threads = server.threads()?.into_iter().map(|(name, at)| (name.clone(), at - known(&name))).collect();
    let generator_seconds = own_seconds()? - generator;
    Ok(Watched { before, after: server.metrics().await?, threads, generator_seconds, flushes })
}

fn own_seconds() -> Result<f64> {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(times.split(' ').next().unwrap_or("0").parse::<f64>()? / 1e9)
}

async fn drive(
    mut peer: Peer,
    number: u32,
    phase: Rc<Phase>,
    mut ended: watch::Receiver<bool>,
) -> Result<(Peer, Seen)> {
    let mut seen = Seen::default();
    let mut under_way = VecDeque::new();
    let mut out = Vec::new();
    let (first, interval_ns) = match phase.pace {
        Pace::InFlight(many) => (many, u64::MAX),
        Pace::PerSecond(rate) => (0, 1_000_000_000 * u64::from(phase.peers) / u64::from(rate)),
    };
    // Paced connections take turns, so that what is sent is spread evenly.
    let mut due_ns = match phase.pace {
        Pace::InFlight(_) => u64::MAX,
        Pace::PerSecond(_) => phase.now_ns() + interval_ns * u64::from(number) / u64::from(phase.peers),
    };
    for _ in 0..first {
        peer.append(&phase, &mut under_way, &mut out);
    }
    loop {
        if !out.is_empty() {
            peer.line.send(&out).await?;
            out.clear();
        }
        tokio::select! {
            biased;
            read = peer.line.read() => read?,
            () = phase.wait_until(due_ns), if due_ns < phase.until_ns => {
                peer.append(&phase, &mut under_way, &mut out);
                due_ns += interval_ns;
            }
            _ = ended.changed() => return Ok((peer, seen)),
        }
        let now = phase.now_ns();
        while let Some(body) = peer.line.take()? {
            match body {
                Body::Appended(_) => {
                    phase.acknowledged.set(phase.acknowledged.get() + 1);
                    let sent: u64 = under_way.pop_front().unwrap_or(now);
                    if phase.counts(now) {
                        seen.acknowledged_us.push(((now - sent) / 1_000) as u32);
                    }
                    if now < phase.until_ns && matches!(phase.pace, Pace::InFlight(_)) {
                        peer.append(&phase, &mut under_way, &mut out);
                    }
                }
                Body::LogEntries(entries) => peer.pushed(&entries, now, &phase, &mut seen)?,
                other => bail!("the server sent {other:?}"),
            }
        }
    }
}

impl Peer {
    fn append(&mut self, phase: &Phase, under_way: &mut VecDeque<u64>, out: &mut Vec<u8>) {
        let now = phase.now_ns();
        self.appender.write(self.own[self.next_own], self.next_own as u32, now, out);
        self.next_own = (self.next_own + 1) % self.own.len();
        under_way.push_back(now);
        phase.sent.set(phase.sent.get() + 1);
    }

    fn pushed(&mut self, entries: &LogEntries, now: u64, phase: &Phase, seen: &mut Seen) -> Result<()> {
        for (entry, number) in entries.entries.iter().zip(entries.first..) {
            let (sent, log) = stamp(&entry.payload)?;
            let Some((log, expected)) = self.followed.get_mut(log as usize) else {
                bail!("a push of a log that nobody wrote to");
            };
            ensure!(
                number == *expected && entries.log[..] == log.0,
                "entry {expected} was due, {number} came"
            );
            *expected += 1;
            phase.pushed.set(phase.pushed.get() + 1);
            if phase.counts(now) {
                seen.delivered.push((now, (now.saturating_sub(sent) / 1_000) as u32));
            }
        }
        Ok(())
    }
}
