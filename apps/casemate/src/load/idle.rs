//! What a connection costs while it is idle: by how much the server's memory grows with many.

use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use casemate_wire::proto::wire::server_frame::Body;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use tokio::time::sleep;

use super::frames::{Appender, log_id, ping};
use super::line::{Line, Target};
use super::server::Server;

/// Opened before anything is measured, so that what is made once is there.
pub const FIRST: u32 = 200;
/// Opened at once.
const ABREAST: usize = 32;
/// Logs beside those that are followed.
pub const APART: u32 = 60_000;
/// Requests at once while caches are filled.
const ABREAST_APART: usize = 200;
/// Until memory is looked at.
const REST: Duration = Duration::from_secs(6);
/// Between the wakings of its threads after that.
const SETTLE: Duration = Duration::from_millis(300);

/// What many idle connections cost.
pub struct Idle {
    /// Open at once.
    pub connections: u32,
    /// Logs that each follows.
    pub follows: u32,
    /// Memory of the server for each, before any traffic.
    pub bytes: f64,
    /// The same after each has sent and received.
    pub bytes_after_traffic: f64,
    /// Opened a second, with what they follow.
    pub opened_per_second: f64,
}

/// Opens `connections` that follow `follows` of `logs` each, and lets each say something.
pub async fn measure(
    server: &Server,
    target: &Target,
    connections: u32,
    follows: u32,
    logs: u32,
) -> Result<Idle> {
    let first = open(target, 0..FIRST, follows, logs).await?;
    let mut first = talk(first, 0, follows, logs).await?;
    let Some(line) = first.first_mut() else { bail!("no connection could be opened") };
    for round in 0..3 {
        write_apart(line, round, logs..logs + APART).await?;
    }
    at_rest(server, line, logs).await?;
    // In the first half caches fill, and what was free is used up.
    let (half, begun) = (connections / 2, Instant::now());
    let mut lines = open(target, FIRST..FIRST + half, follows, logs).await?;
    let opening = begun.elapsed();
    let at_half = at_rest(server, line, logs).await?;
    let begun = Instant::now();
    lines.extend(open(target, FIRST + half..FIRST + connections, follows, logs).await?);
    let opening = opening + begun.elapsed();
    let quiet = at_rest(server, line, logs).await?;
    let count = lines.len() as f64;
    let lines = talk(lines, FIRST, follows, logs).await?;
    let after = at_rest(server, line, logs).await?;
    drop(lines);
    let bytes = (quiet - at_half) / f64::from(connections - half);
    Ok(Idle {
        connections,
        follows,
        bytes,
        bytes_after_traffic: bytes + (after - quiet) / count,
        opened_per_second: count / opening.as_secs_f64(),
    })
}

/// Memory when the server has written what it keeps lazily and dropped what it keeps for speed.
async fn at_rest(server: &Server, line: &mut Line, logs: u32) -> Result<f64> {
    sleep(REST).await;
    // A thread gives pages back when it is next asked for memory: messages, and looks at the numbers.
    for _ in 0..4 {
        write_apart(line, u64::from(rand::random::<u32>()), logs..logs + 1).await?;
        server.metrics().await?;
        sleep(SETTLE).await;
    }
    Ok(server.memory_bytes()? as f64)
}

async fn open(target: &Target, numbers: Range<u32>, follows: u32, logs: u32) -> Result<Vec<Line>> {
    stream::iter(numbers)
        .map(|number| async move {
            let mut line = Line::open(target).await?;
            let first = first_log(number, follows);
            line.follow((first..first + follows).map(|log| log % logs)).await?;
            Ok(line)
        })
        .buffer_unordered(ABREAST)
        .try_collect()
        .await
}

fn first_log(number: u32, follows: u32) -> u32 {
    number * follows.max(1)
}

/// Appends to logs that nobody follows, more than [`talk`] will: what that and writing it out needs once is taken
/// from the system before memory is looked at. In small steps: what a burst leaves free of the server's memory would
/// be filled first, and hide what connections need.
async fn write_apart(line: &mut Line, round: u64, logs: Range<u32>) -> Result<()> {
    let mut appender = Appender::new(1 << 40 | round, 200);
    for log in logs.clone().step_by(ABREAST_APART) {
        let (mut out, mut answers) = (Vec::new(), 0);
        for log in log..logs.end.min(log + ABREAST_APART as u32) {
            appender.write(log_id(log), 0, 0, &mut out);
            answers += 1;
        }
        exchange(line, &out, answers).await?;
    }
    Ok(())
}

/// Each connection is answered, writes small and large, and is pushed what others write.
async fn talk(lines: Vec<Line>, from: u32, follows: u32, logs: u32) -> Result<Vec<Line>> {
    let say = |(number, mut line): (u32, Line)| async move {
        let mut out = ping();
        let sizes: &[usize] = if number % 10 == 0 { &[200, 5_000, 60_000, 200] } else { &[200, 5_000, 200] };
        for (salt, size) in (1u64..).zip(sizes) {
            let mut appender = Appender::new(u64::from(number) | salt << 48, *size);
            appender.write(log_id(first_log(number, follows) % logs), 0, 0, &mut out);
        }
        exchange(&mut line, &out, sizes.len() as u32 + 1).await?;
        Ok::<_, anyhow::Error>(line)
    };
    let lines: Vec<Line> =
        stream::iter((from..).zip(lines)).map(say).buffer_unordered(ABREAST).try_collect().await?;
    // What others wrote meanwhile is read, so that nothing waits for anybody.
    let hear = |mut line: Line| async move {
        exchange(&mut line, &ping(), 1).await?;
        Ok(line)
    };
    stream::iter(lines).map(hear).buffer_unordered(ABREAST).try_collect().await
}

/// Sends, and waits until all is answered.
async fn exchange(line: &mut Line, frames: &[u8], mut answers: u32) -> Result<()> {
    line.send(frames).await?;
    while answers > 0 {
        match line.next().await? {
            Body::Done(_) | Body::Appended(_) => answers -= 1,
            Body::LogEntries(_) => {}
            other => bail!("the server answered with {other:?}"),
        }
    }
    Ok(())
}
