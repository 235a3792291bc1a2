//! Everything that an account has on a device, in open formats: JSON for programs, plain text for people, files as they
//! are, in one zip. What is in it stands in docs/export.md.
//!
//! ```text
//! Source ── commands of the interface ──▶ pages of messages ─┐
//!        ── files, piece by piece ─────────────────────────▶─┴─ zip ──▶ a file
//! ```
//! Nothing is ever in memory as a whole: a page of messages, a piece of a file. Messages are written as the interface
//! shows them, so what it does not show, keys above all, cannot get into an export.
//!
//! Not here: where the zip goes and who may ask for it, which is the drivers' part.

mod account;
mod conversation;
mod names;
mod report;
mod stix;
mod text;
mod zip;

use std::future::Future;
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use casemate_api::command::Nothing;
use casemate_api::{Command, Error, Kind, view};
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use report::report;

use crate::zip::Zip;

/// Where the data is.
pub trait Source {
    /// A command of the interface and its answer.
    fn ask(&self, command: Command) -> impl Future<Output = Result<Value, Error>>;

    /// The bytes of a file that is on this device.
    fn copy<W: Write>(
        &self,
        message: &str,
        index: u32,
        to: &mut W,
    ) -> impl Future<Output = Result<(), Error>>;

    /// How far it is.
    fn tell(&self, done: u64, of: u64);

    /// The person does not want it any more.
    fn is_cancelled(&self) -> bool;
}

/// Writes all of it. Only after `Ok` is what was written an export.
pub async fn write<S: Source, W: Write>(source: &S, out: W) -> Result<view::Exported, Error> {
    let mut job = Job { desk: Desk::new(source), zip: Zip::new(out), made: view::Exported::default() };
    let usage: view::Storage = job.desk.ask(Command::StorageUsage(Nothing {})).await?;
    // Messages are read twice, for programs and for people.
    let messages: u64 = usage.conversations.iter().map(|one| one.messages * 2 * MESSAGE_COST).sum();
    job.desk.of.store(messages + usage.file_bytes + 1, Ordering::Relaxed);
    let names = job.account().await?;
    job.conversations(&names).await?;
    // Last, since only now it is known what is not in it.
    job.zip.put("README.txt", text::readme(&job.made).as_bytes())?;
    job.made.bytes = job.zip.finish()?;
    job.desk.add(u64::MAX / 2);
    Ok(job.made)
}

/// What reading a message counts as, beside bytes of files.
const MESSAGE_COST: u64 = 512;

/// One export under way.
struct Job<'a, S, W: Write> {
    desk: Desk<'a, S>,
    zip: Zip<W>,
    made: view::Exported,
}

/// Where things are asked for, and how far it is.
struct Desk<'a, S> {
    source: &'a S,
    of: AtomicU64,
    done: AtomicU64,
    told: AtomicU64,
}

impl<'a, S: Source> Desk<'a, S> {
    fn new(source: &'a S) -> Self {
        Self { source, of: AtomicU64::new(1), done: AtomicU64::new(0), told: AtomicU64::new(0) }
    }

    async fn ask<T: DeserializeOwned>(&self, command: Command) -> Result<T, Error> {
        if self.source.is_cancelled() {
            return Err(cancelled());
        }
        let answer = self.source.ask(command).await?;
        serde_json::from_value(answer).map_err(|error| Error::new(Kind::Invalid, error.to_string()))
    }

    /// So much more is done. Told at most a thousand times in all.
    fn add(&self, more: u64) {
        let of = self.of.load(Ordering::Relaxed);
        let done = self.done.fetch_add(more, Ordering::Relaxed).saturating_add(more).min(of);
        let step = done.saturating_mul(1_000) / of.max(1);
        if self.told.swap(step, Ordering::Relaxed) != step {
            self.source.tell(done, of);
        }
    }
}

/// What was asked for is not wanted any more.
fn cancelled() -> Error {
    Error::new(Kind::NotFound, "The export was cancelled.")
}

#[cfg(test)]
mod tests;
