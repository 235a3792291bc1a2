//! One message to many: from sending it until every online reader has it, beside as many bare socket writes.

use std::cell::Cell;
use std::io::Write;
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{LogEntries, LogEntry, ServerFrame};
use prost::Message;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::frames::{Appender, PAYLOAD_BYTES, log_id};
use super::line::{Line, Target};

/// Messages sent, one after the other.
const ROUNDS: usize = 60;
/// Not counted at the beginning.
const WARM_UP: usize = 10;
/// A message that takes longer has been lost.
const PATIENCE: Duration = Duration::from_secs(10);

/// Medians.
pub struct FanOut {
    /// Online readers.
    pub readers: usize,
    /// From sending until all have it.
    pub all_have_it: Duration,
    /// Of it, until the first has it: it is durable by then.
    pub first_has_it: Duration,
    /// From the first write until all have been read, without a server.
    pub bare_writes: Duration,
}

/// Lets `readers` follow `log`, which is empty, and writes to it.
pub async fn measure(target: &Target, mut readers: Vec<Line>, log: u32) -> Result<FanOut> {
    let count = readers.len();
    for reader in &mut readers {
        reader.follow(std::iter::once(log)).await?;
    }
    let readers = Readers::start(readers);
    let mut writer = Line::open(target).await?;
    let mut appender = Appender::new(u64::from(log), PAYLOAD_BYTES);
    let (mut all, mut first) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let mut frame = Vec::new();
        appender.write(log_id(log), 0, 0, &mut frame);
        let begun = Instant::now();
        writer.send(&frame).await?;
        match writer.next().await? {
            Body::Appended(_) => {}
            other => bail!("the server answered an append with {other:?}"),
        }
        let (began, ended) = readers.all().await?;
        first.push(began.duration_since(begun));
        all.push(ended.duration_since(begun));
    }
    readers.stop();
    Ok(FanOut {
        readers: count,
        all_have_it: median(all),
        first_has_it: median(first),
        bare_writes: bare(count).await?,
    })
}

/// The same bytes to as many sockets, written by a thread that does nothing else.
async fn bare(count: usize) -> Result<Duration> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let mut lines = Vec::with_capacity(count);
    let mut sockets = Vec::with_capacity(count);
    for _ in 0..count {
        lines.push(Line::bare(address).await?);
        let (socket, _) = listener.accept()?;
        socket.set_nodelay(true)?;
        sockets.push(socket);
    }
    let frame = pushed_frame();
    let (go, told) = mpsc::channel::<()>();
    let writer = std::thread::spawn(move || -> std::io::Result<()> {
        while told.recv().is_ok() {
            for socket in &mut sockets {
                socket.write_all(&frame)?;
            }
        }
        Ok(())
    });
    let readers = Readers::start(lines);
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        go.send(()).ok().context("the writing thread has ended")?;
        times.push(readers.all().await?.1.duration_since(begun));
    }
    drop(go);
    readers.stop();
    ensure!(matches!(writer.join(), Ok(Ok(()))), "the bare writes failed");
    Ok(median(times))
}

/// A push of one message as the server frames it.
fn pushed_frame() -> Vec<u8> {
    let entry = LogEntry {
        payload: vec![7; PAYLOAD_BYTES].into(),
        at_ms: 1_700_000_000_000,
        client_id: vec![7; 16].into(),
        ..LogEntry::default()
    };
    let entries = LogEntries { log: vec![7; 16].into(), first: 1, entries: vec![entry], head: 1 };
    let payload = ServerFrame { id: 0, body: Some(Body::LogEntries(entries)) }.encode_to_vec();
    let mut frame = vec![0x82, 126];
    frame.extend((payload.len() as u16).to_be_bytes());
    frame.extend(payload);
    frame
}

/// Tasks that read, and when all have read one more push.
struct Readers {
    tasks: Vec<JoinHandle<Result<()>>>,
    shared: Rc<Shared>,
}

struct Shared {
    count: usize,
    missing: Cell<usize>,
    first: Cell<Instant>,
    last: Cell<Instant>,
    complete: Notify,
}

impl Readers {
    fn start(lines: Vec<Line>) -> Self {
        let shared = Rc::new(Shared {
            count: lines.len(),
            missing: Cell::new(lines.len()),
            first: Cell::new(Instant::now()),
            last: Cell::new(Instant::now()),
            complete: Notify::new(),
        });
        let read = |mut line: Line| {
            let shared = shared.clone();
            async move {
                loop {
                    if let Body::LogEntries(entries) = line.next().await? {
                        ensure!(entries.entries.len() == 1, "one message came as {}", entries.entries.len());
                        if shared.missing.get() == shared.count {
                            shared.first.set(Instant::now());
                        }
                        shared.missing.set(shared.missing.get() - 1);
                        if shared.missing.get() == 0 {
                            shared.last.set(Instant::now());
                            shared.complete.notify_one();
                        }
                    }
                }
            }
        };
        let tasks = lines.into_iter().map(|line| tokio::task::spawn_local(read(line))).collect();
        Self { tasks, shared }
    }

    /// When the first and the last of them had it.
    async fn all(&self) -> Result<(Instant, Instant)> {
        let complete = self.shared.complete.notified();
        tokio::time::timeout(PATIENCE, complete).await.context("a reader did not get a message")?;
        self.shared.missing.set(self.shared.count);
        Ok((self.shared.first.get(), self.shared.last.get()))
    }

    fn stop(self) {
        for task in self.tasks {
            task.abort();
        }
    }
}

fn median(times: Vec<Duration>) -> Duration {
    let mut times = times.get(WARM_UP..).unwrap_or_default().to_vec();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
