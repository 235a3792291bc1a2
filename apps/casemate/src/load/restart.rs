//! How long a server takes until it serves again: with much stored, and after it was killed under full load.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Result, ensure};
use tokio::time::sleep;

use super::crowd::{Crowd, Pace};
use super::data;
use super::line::{Line, Target};
use super::server::Server;

/// Entries stored before.
pub const ENTRIES: u64 = 10_000_000;
/// Under load for so long before the kill.
const LOAD: Duration = Duration::from_secs(12);

/// Times until connections are taken.
pub struct Restart {
    /// After a clean stop.
    pub clean: Duration,
    /// After a kill under full load.
    pub killed: Duration,
}

/// Fills a folder, starts a server on it, kills it in the middle of the load and starts it again.
pub async fn measure(data: &Path, logs: u32, connections: u32) -> Result<Restart> {
    // The first half holds what is stored, the second is written to.
    data::with_logs(data, 2 * logs)?;
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    data::with_entries(data, logs, ENTRIES, i64::try_from(now_ms)?)?;
    // The first start makes the other parts of a data folder.
    Server::start(data)?.stop()?;
    let server = Server::start(data)?;
    let clean = server.started_in;
    let target = Target { address: server.address, tls: None };
    let mut crowd = Crowd::open(&target, connections, logs..2 * logs).await?;
    let load = crowd.run(&server, Pace::InFlight(16), 3_600);
    tokio::select! {
        ended = load => { ended?; }
        () = sleep(LOAD) => {}
    }
    drop(crowd);
    server.kill()?;
    let server = Server::start(data)?;
    let killed = server.started_in;
    let target = Target { address: server.address, tls: None };
    let mut line = Line::open(&target).await?;
    line.follow(0..logs / 100).await?;
    ensure!(server.metrics().await?.number("connections")? > 0.0, "the server does not serve");
    server.stop()?;
    Ok(Restart { clean, killed })
}
