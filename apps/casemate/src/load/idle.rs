//! What a connection costs while it is idle: the slope of the server's memory over many.

use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use casemate_wire::proto::wire::server_frame::Body;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use tokio::time::sleep;

use super::frames::{self, Appender, log_id, ping};
use super::line::{Line, Target};
use super::server::Server;

/// Opened before anything is measured, so that what is made once is there.
pub const FIRST: u32 = 200;
/// Opened at once.
const ABREAST: usize = 32;
/// Logs beside those that are followed.
pub const APART: u32 = 60_000;
/// Requests at once while caches are filled.
const STEP: usize = 200;
/// Points on the line through which the slope is laid.
const POINTS: u32 = 8;
/// After traffic, until memory is looked at: the server has written what it keeps lazily.
const REST: Duration = Duration::from_secs(4);

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
    if let Some(line) = first.first_mut() {
        write_apart(line, logs..logs + APART).await?;
        sleep(REST).await;
        if follows > 0 {
            fill_cache(line, logs).await?;
        }
    }
    let (mut lines, mut points) = (Vec::new(), Vec::new());
    let begun = Instant::now();
    let mut opening = Duration::ZERO;
    for point in 0..=POINTS {
        let range = lines.len() as u32..connections / POINTS * point;
        let before = begun.elapsed();
        lines.extend(open(target, range.start + FIRST..range.end + FIRST, follows, logs).await?);
        opening += begun.elapsed() - before;
        sleep(Duration::from_millis(200)).await;
        points.push((lines.len() as f64, server.memory_bytes()? as f64));
    }
    let count = lines.len() as u32;
    sleep(REST).await;
    let quiet = server.memory_bytes()? as f64;
    let lines = talk(lines, FIRST, follows, logs).await?;
    sleep(REST).await;
    let after = server.memory_bytes()? as f64;
    let bytes = slope(&points);
    drop((first, lines));
    Ok(Idle {
        connections: count,
        follows,
        bytes,
        bytes_after_traffic: bytes + (after - quiet) / f64::from(count),
        opened_per_second: f64::from(count) / opening.as_secs_f64(),
    })
}

/// By least squares.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let above: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let below: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    above / below.max(1.0)
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

/// Appends to logs that nobody follows, about as much as [`talk`] will: what writing that out needs once is taken
/// from the system before memory is looked at. In small steps: what a burst leaves free of the server's memory would
/// be filled first, and hide what connections need.
async fn write_apart(line: &mut Line, logs: Range<u32>) -> Result<()> {
    let mut appender = Appender::new(1 << 40, 200);
    for log in logs.clone().step_by(STEP) {
        let (mut out, mut answers) = (Vec::new(), 0);
        for log in log..logs.end.min(log + STEP as u32) {
            appender.write(log_id(log), 0, 0, &mut out);
            answers += 1;
        }
        exchange(line, &out, answers).await?;
    }
    Ok(())
}

/// Touches every log, so that the store's cache of states, which it drops when idle, is full while connections are
/// opened.
async fn fill_cache(line: &mut Line, logs: u32) -> Result<()> {
    for first in (0..logs).step_by(STEP) {
        let touched = first..logs.min(first + STEP as u32);
        let answers = touched.len() as u32;
        let out: Vec<u8> = touched.flat_map(frames::acknowledge_nothing).collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_of_a_line_is_its_slope() {
        let points: Vec<_> = (0..9).map(|x| (f64::from(x) * 100.0, 5e6 + f64::from(x) * 250_000.0)).collect();
        assert!((slope(&points) - 2_500.0).abs() < 0.001);
    }
}
