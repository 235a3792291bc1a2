//! Backups (`backup.create`, `backup.restore`). `casemate-backup` knows what is in one; this knows files, and that
//! one thing is done at a time.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};

use casemate_api::command::{BackupCreate, BackupRestore};
use casemate_api::{Command, Error, Event, Kind};
use casemate_backup::Source;
use serde::Serialize;
use serde_json::Value;

use super::Client;
use super::engine_thread::now_ms;
use super::save::unwritable;

/// Backs up into a file.
pub async fn create(client: &Client, wanted: BackupCreate) -> Result<Value, Error> {
    let here = Here::new(client)?;
    let mut rng = casemate_crypto::rng::from_os().map_err(|error| {
        Error::new(Kind::NotAllowed, format!("The system gives no random numbers: {error}."))
    })?;
    let Some(path) = wanted.path.as_ref().map(PathBuf::from) else {
        return answer(casemate_backup::create_on_server(&here, &wanted, now_ms(), &mut rng).await);
    };
    let passphrase = wanted.passphrase.unwrap_or_default();
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(|error| unwritable(&path, &error))?;
    let made = casemate_backup::create(&here, file, &passphrase, now_ms(), &mut rng).await;
    if made.is_err() && path.metadata().is_ok_and(|found| found.len() == 0) {
        // Nothing came of it, also no beginning.
        let _ = std::fs::remove_file(&path);
    }
    answer(made)
}

/// Brings back what a file holds.
pub async fn restore(client: &Client, wanted: BackupRestore) -> Result<Value, Error> {
    let here = Here::new(client)?;
    let Some(path) = wanted.path.as_ref().map(PathBuf::from) else {
        return answer(casemate_backup::restore_from_server(&here, &wanted).await);
    };
    let file = File::open(&path).map_err(|error| {
        let kind = match error.kind() {
            std::io::ErrorKind::PermissionDenied => Kind::NotAllowed,
            _ => Kind::NotFound,
        };
        Error::new(kind, format!("{} cannot be read: {error}.", path.display()))
    })?;
    answer(casemate_backup::restore(&here, file, wanted.passphrase.as_deref().unwrap_or_default()).await)
}

fn answer(done: Result<impl Serialize, Error>) -> Result<Value, Error> {
    serde_json::to_value(done?).map_err(|error| Error::new(Kind::Invalid, error.to_string()))
}

/// This device, while one backup is written or read.
struct Here<'a> {
    client: &'a Client,
}

impl<'a> Here<'a> {
    fn new(client: &'a Client) -> Result<Self, Error> {
        let begun = client.backing_up.0.compare_exchange(NONE, RUNS, Ordering::Relaxed, Ordering::Relaxed);
        if begun.is_err() {
            return Err(Error::new(Kind::Taken, "A backup is being written or read already."));
        }
        Ok(Self { client })
    }

    fn path(&self, blob: &str) -> Option<PathBuf> {
        let is_blob = blob.len() == 32 && blob.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_blob.then(|| self.client.blobs.join(blob))
    }
}

/// Ends with it, on every way out.
impl Drop for Here<'_> {
    fn drop(&mut self) {
        self.client.backing_up.0.store(NONE, Ordering::Relaxed);
    }
}

/// Whether one is under way, and still wanted.
#[derive(Default)]
pub struct BackingUp(AtomicU8);

const NONE: u8 = 0;
const RUNS: u8 = 1;
const UNWANTED: u8 = 2;

impl BackingUp {
    /// `backup.cancel`
    pub fn cancel(&self) {
        let _ = self.0.compare_exchange(RUNS, UNWANTED, Ordering::Relaxed, Ordering::Relaxed);
    }
}

impl Source for Here<'_> {
    async fn ask(&self, command: Command) -> Result<Value, Error> {
        self.client.ask(command).await
    }

    async fn copy(&self, blob: &str, to: &mut dyn Write) -> Result<bool, Error> {
        let Some(mut file) = self.path(blob).and_then(|path| File::open(path).ok()) else { return Ok(false) };
        let copied = std::io::copy(&mut file, to);
        let no_room = |error: std::io::Error| {
            Error::new(Kind::StorageFull, format!("The backup cannot be written: {error}."))
        };
        copied.map(|_| true).map_err(no_room)
    }

    async fn bring(&self, blob: &str, from: &mut dyn Read) -> Result<(), Error> {
        let Some(path) = self.path(blob) else { return Ok(()) };
        if path.exists() {
            return Ok(());
        }
        let no_room = |error: std::io::Error| unwritable(&path, &error);
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut output =
            tempfile::Builder::new().prefix("restoring-").tempfile_in(folder).map_err(no_room)?;
        std::io::copy(from, &mut output).map_err(no_room)?;
        output.as_file().sync_all().map_err(no_room)?;
        output.persist(&path).map_err(|failed| unwritable(&path, &failed.error))?;
        Ok(())
    }

    fn tell(&self, done: u64, of: u64) {
        // Where nobody reads fast enough, the next one says it better.
        if let Some(events) = self.client.events.upgrade() {
            let _ = events.try_send(Event::BackupProgress { done, of });
        }
    }

    fn is_cancelled(&self) -> bool {
        self.client.backing_up.0.load(Ordering::Relaxed) == UNWANTED
    }
}
