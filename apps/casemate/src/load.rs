//! `casemate load`: how fast a server is on this machine, and what limits it.
//!
//! ```text
//! casemate load ──▶ starts `casemate server` (a process of its own, quotas lifted, a folder that is deleted after)
//!    generator ◀──── loopback ────▶ server          both on the same processors
//! ```
//! - [`crowd`]: messages a second and delivery times. [`fan_out`]: one message to many readers.
//! - [`idle`]: memory of idle connections. [`restart`]: time to start. [`raw`]: what the figures stand beside.
//!
//! Not here: a load on somebody else's server.

mod crowd;
mod data;
mod fan_out;
mod frames;
mod idle;
mod line;
mod raw;
mod report;
mod restart;
mod server;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::LocalSet;

use crowd::{Crowd, Outcome, Pace};
use line::Target;
use report::{Aim, Report};
use server::{Certificate, Server};

/// Conversations. With few, every layout on a disk looks fast.
const LOGS: u32 = 100_000;
/// Connections that write.
const WRITERS: u32 = 1_000;
/// The fixed rate at which delivery times are measured.
const PACED_PER_SECOND: u32 = 10_000;
/// Files that are open beside connections, in each process.
const SPARE_FILES: usize = 150;
/// Connections that follow logs, in a short run.
const FOLLOWING: u32 = 12_000;
/// How many connections follow each log: as many as a conversation between two people has.
const FOLLOWERS: u32 = 2;
/// Rows after which plain SQLite need not prove more, and time.
const RAW_TIME: Duration = Duration::from_secs(12);

/// Measures a server of its own on this machine; in under three minutes unless `--all`.
#[derive(clap::Args)]
pub struct LoadArguments {
    /// End with one line of JSON that holds all figures
    #[arg(long)]
    json: bool,
    /// Also TLS, starting with ten million entries, and starting after a kill: some minutes more
    #[arg(long)]
    all: bool,
    /// Measure only this; may be repeated
    #[arg(long, value_enum, value_name = "PART")]
    only: Vec<Part>,
    /// Seconds that each rate is measured
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: u32,
    /// Where to make the folder that is measured on; it is deleted afterwards
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Messages a second, delivery times, plain SQLite
    Messages,
    /// One message to 1,000 readers
    FanOut,
    /// Memory of idle connections
    Idle,
    /// The same with TLS
    IdleTls,
    /// Start times
    Restart,
}

/// Runs it and prints what it found.
pub fn run(arguments: &LoadArguments) -> Result<()> {
    let files = rlimit::increase_nofile_limit(u64::MAX)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, measure(arguments, files))
}

async fn measure(arguments: &LoadArguments, files: u64) -> Result<()> {
    let begun = Instant::now();
    let scratch = data::scratch(arguments.folder.as_deref())?;
    let folder = scratch.path();
    let wants = |part: Part| match part {
        _ if !arguments.only.is_empty() => arguments.only.contains(&part),
        Part::Messages | Part::FanOut | Part::Idle => true,
        Part::IdleTls | Part::Restart => arguments.all,
    };
    // What the server keeps for its own files and for those on their way is no connection's.
    let sockets = casemate_server::shell::sockets(usize::try_from(files).unwrap_or(usize::MAX));
    let most = u32::try_from(sockets.saturating_sub(SPARE_FILES)).unwrap_or(u32::MAX).min(60_000);
    let mut report = Report::default();
    println!("Measuring in {}: {} processors, {files} files a process.", folder.display(), processors());
    if wants(Part::Messages) || wants(Part::FanOut) {
        messages(arguments, &mut report, folder, wants(Part::Messages), wants(Part::FanOut)).await?;
    }
    if wants(Part::Idle) {
        report.part("Memory of an idle connection");
        idle(&mut report, folder, None, most, 0).await?;
        idle(&mut report, folder, None, if arguments.all { most } else { FOLLOWING.min(most) }, 50).await?;
    }
    if wants(Part::IdleTls) {
        report.part("Memory of an idle connection with TLS");
        let certificate = Certificate::create(folder)?;
        idle(&mut report, folder, Some(&certificate), most, 0).await?;
        idle(&mut report, folder, Some(&certificate), FOLLOWING.min(most), 50).await?;
    }
    if wants(Part::Restart) {
        report.part("Starting");
        let restart = restart::measure(&folder.join("restart"), LOGS, WRITERS).await?;
        let stored = format!("{} million entries", restart::ENTRIES / 1_000_000);
        let what = format!("s until it serves with {stored}");
        report.figure("start_s", restart.clean.as_secs_f64(), &what, Aim::AtMost(1.0));
        let what = format!("s until it serves after kill -9 under full load with {stored}");
        report.figure("start_after_kill_s", restart.killed.as_secs_f64(), &what, Aim::AtMost(5.0));
    }
    println!("\nTook {:.0} s.", begun.elapsed().as_secs_f64());
    report.end(arguments.json);
    Ok(())
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

async fn messages(
    arguments: &LoadArguments,
    report: &mut Report,
    folder: &Path,
    rates: bool,
    fan_out: bool,
) -> Result<()> {
    let data = folder.join("messages");
    data::with_logs(&data, LOGS + 1)?;
    let server = Server::start(&data)?;
    let target = Target { address: server.address, tls: None };
    let mut crowd = Crowd::open(&target, WRITERS, 0..LOGS).await?;
    if rates {
        report.part(&format!(
            "Durable messages of {} bytes, {LOGS} logs, {WRITERS} connections: acknowledged and pushed",
            frames::PAYLOAD_BYTES
        ));
        let closed = crowd.run(&server, Pace::InFlight(1), arguments.seconds).await?;
        let what = "messages/s, one in flight on each connection";
        report.figure("closed_loop_messages_per_s", closed.per_second, what, Aim::AtLeast(40_000.0));
        report.figure(
            "closed_loop_p50_ms",
            at(&closed.acknowledged_us, 0.5),
            "ms to acknowledge, median",
            Aim::Told,
        );
        report.figure("closed_loop_p99_ms", at(&closed.acknowledged_us, 0.99), "ms, 99 of 100", Aim::Told);
        tell_where(report, &closed);

        let open = crowd.run(&server, Pace::InFlight(16), arguments.seconds).await?;
        // The delivery times come next, while the server still writes the index of all this.
        let paced = crowd.run(&server, Pace::PerSecond(PACED_PER_SECOND), 2 * arguments.seconds).await?;
        let rows = (open.per_second * open.seconds) as u64;
        let raw = raw::sqlite(folder, LOGS, (open.batch as u64).max(1), rows, RAW_TIME)?;
        let share = open.per_second / raw.max(1.0);
        println!();
        let aim = if raw < 200_000.0 { raw / 2.0 } else { 100_000.0 };
        let what = "messages/s, 16 in flight on each connection";
        report.figure("durable_messages_per_s", open.per_second, what, Aim::AtLeast(aim));
        let what = format!("rows/s in SQLite without a network, {:.0} in a transaction", open.batch);
        report.figure("raw_sqlite_rows_per_s", raw, &what, Aim::Told);
        report.figure("share_of_raw_sqlite", share, "of what SQLite takes", Aim::AtLeast(0.5));
        report.figure("batch_entries", open.batch, "entries made durable by one sync", Aim::Told);
        tell_where(report, &open);
        tell_disk(report, folder, &open)?;

        report.part(&format!("Delivery time at {PACED_PER_SECOND} messages/s, from sending to the reader"));
        report.figure("p50_ms", at(&paced.delivered_us, 0.5), "ms, median", Aim::Told);
        report.figure("p99_ms", at(&paced.delivered_us, 0.99), "ms, 99 of 100", Aim::Told);
        report.figure("max_ms", at(&paced.delivered_us, 1.0), "ms, longest", Aim::AtMost(50.0));
        let what = format!("s of {} in which the server wrote its index", paced.seconds);
        report.figure("flush_s", paced.flush_seconds, &what, Aim::Told);
        let beside = &paced.delivered_beside_flush_us;
        report.figure("flush_p99_ms", at(beside, 0.99), "ms beside that, 99 of 100", Aim::Told);
        report.figure("flush_max_ms", at(beside, 1.0), "ms beside that, longest", Aim::AtMost(50.0));
        tell_where(report, &paced);
    }
    if fan_out {
        let fan_out = fan_out::measure(&target, crowd.into_lines(), LOGS).await?;
        report.part(&format!("One message to {} online readers", fan_out.readers));
        let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
        report.figure("fan_out_ms", ms(fan_out.all_have_it), "ms until all have it", Aim::Told);
        report.figure(
            "fan_out_first_ms",
            ms(fan_out.first_has_it),
            "ms until it is durable and the first has it",
            Aim::Told,
        );
        report.figure(
            "bare_writes_ms",
            ms(fan_out.bare_writes),
            "ms for as many bare socket writes",
            Aim::Told,
        );
        let ratio = ms(fan_out.all_have_it) / ms(fan_out.bare_writes);
        report.figure("fan_out_ratio", ratio, "times that", Aim::AtMost(2.0));
    }
    server.stop()
}

/// Where the time went.
fn tell_where(report: &Report, outcome: &Outcome) {
    let of = |seconds: f64| format!("{:.0} %", seconds / outcome.seconds * 100.0);
    let mut parts: Vec<String> = outcome
        .threads
        .iter()
        .filter(|(_, seconds)| *seconds > outcome.seconds / 200.0)
        .map(|(name, seconds)| format!("{name} {}", of(*seconds)))
        .collect();
    parts.push(format!("generator {}", of(outcome.generator_seconds)));
    let (syncs, seconds) = outcome.syncs;
    report.note(&format!("processor: {} of one", parts.join(", ")));
    report.note(&format!(
        "disk: {:.0} syncs/s of {:.1} ms each ({}), {} of the time, {:.0} entries each",
        syncs / outcome.seconds,
        seconds / syncs.max(1.0) * 1_000.0,
        match outcome.longest_sync_ms {
            Some(ms) => format!("none over {ms}"),
            None => "some over 500".to_owned(),
        },
        of(seconds),
        outcome.batch
    ));
}

/// What the disk could do, and so how near the server is.
fn tell_disk(report: &mut Report, folder: &Path, outcome: &Outcome) -> Result<()> {
    let batch_bytes = (outcome.batch * 300.0) as usize;
    let (small, batch) = (raw::sync_time(folder, 4_096)?, raw::sync_time(folder, batch_bytes.max(8_192))?);
    report.figure("sync_ms", small.as_secs_f64() * 1_000.0, "ms for a sync of 4 KiB to this disk", Aim::Told);
    let what = "ms for a sync of as much as one batch";
    report.figure("sync_batch_ms", batch.as_secs_f64() * 1_000.0, what, Aim::Told);
    let busy: f64 =
        outcome.threads.iter().map(|(_, seconds)| seconds).sum::<f64>() + outcome.generator_seconds;
    let share = busy / (outcome.seconds * processors() as f64);
    report.figure("processor_share", share, "of all processors were at work for this", Aim::Told);
    let in_sync = outcome.syncs.1 / outcome.seconds;
    report.figure("sync_share", in_sync, "of the time a sync was under way", Aim::Told);
    report.note(match (share > 0.6, in_sync > 0.6) {
        (true, _) if share > in_sync => "limit: the processors, which server and generator share",
        (_, true) => "limit: the disk's syncs",
        _ => "limit: neither; other programs on this machine take the rest",
    });
    Ok(())
}

async fn idle(
    report: &mut Report,
    folder: &Path,
    tls: Option<&Certificate>,
    connections: u32,
    follows: u32,
) -> Result<()> {
    let protected = if tls.is_some() { "_tls" } else { "" };
    let data = folder.join(format!("idle{protected}-{follows}"));
    let logs = (connections * follows / FOLLOWERS).max(LOGS);
    data::with_logs(&data, logs + idle::APART)?;
    let server = Server::start_with(&data, tls)?;
    let target = match tls {
        None => Target { address: server.address, tls: None },
        Some(tls) => Target::with_tls(server.address, &tls.certificate)?,
    };
    let idle =
        idle::measure(&server, &target, connections.saturating_sub(idle::FIRST), follows, logs).await?;
    let aim = || Aim::AtMost(if tls.is_some() { 12_288.0 } else { 3_072.0 });
    let (suffix, following) = match follows {
        0 => (String::new(), "following no log".to_owned()),
        _ => (format!("_{follows}_logs"), format!("following {} logs", idle.follows)),
    };
    let name = |name: &str| format!("{name}{protected}{suffix}");
    let what = format!("connections at once, {following}, each answering");
    report.figure(&name("connections"), f64::from(idle.connections + idle::FIRST), &what, Aim::Told);
    report.figure(&name("connections_opened_per_s"), idle.opened_per_second, "opened a second", Aim::Told);
    let what = "bytes of server memory for each, the slope";
    report.figure(&name("idle_bytes_per_connection"), idle.bytes, what, aim());
    let what = "the same after traffic";
    report.figure(&name("idle_bytes_per_connection_after_traffic"), idle.bytes_after_traffic, what, aim());
    server.stop()
}

/// A sorted list's value at a share of it, in milliseconds.
fn at(sorted_us: &[u32], share: f64) -> f64 {
    let last = sorted_us.len().saturating_sub(1);
    sorted_us.get((last as f64 * share) as usize).map_or(0.0, |us| f64::from(*us) / 1_000.0)
}
