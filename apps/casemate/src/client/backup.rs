//! Backups (`backup.create`, `backup.restore`). `casemate-backup` knows what is in one; this knows files, and that
//! one thing is done at a time.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use casemate_api::command::{BackupCreate, BackupRestore};
use casemate_api::{Command, Error, Event, Kind};
use casemate_backup::Source;
use serde::Serialize;
use serde_json::Value;

use super::Client;
use super::disk;
use super::engine_thread::now_ms;
use super::save::{is_regular, open_regular, unwritable};

/// Backs up, into a file or on the server.
pub async fn create(client: &Client, wanted: BackupCreate) -> Result<Value, Error> {
    aside(client, async move |here| {
        let mut rng = casemate_crypto::rng::from_os().map_err(|error| {
            Error::new(Kind::NotAllowed, format!("The system gives no random numbers: {error}."))
        })?;
        let Some(path) = wanted.path.as_ref().map(PathBuf::from) else {
            return answer(casemate_backup::create_on_server(&here, &wanted, now_ms(), &mut rng).await);
        };
        if let Ok(there) = path.metadata() {
            is_regular(&path, &there)?;
        }
        let passphrase = wanted.passphrase.unwrap_or_default();
        let file = disk::file(&path).map_err(|error| unwritable(&path, &error))?;
        let made = casemate_backup::create(&here, file, &passphrase, now_ms(), &mut rng).await;
        if made.is_err() && path.metadata().is_ok_and(|found| found.len() == 0) {
            // Nothing came of it, also no beginning.
            let _ = std::fs::remove_file(&path);
        }
        answer(made)
    })
    .await
}

/// Brings back what a file or the server holds.
pub async fn restore(client: &Client, wanted: BackupRestore) -> Result<Value, Error> {
    aside(client, async move |here| {
        let Some(path) = wanted.path.as_ref().map(PathBuf::from) else {
            return answer(casemate_backup::restore_from_server(&here, &wanted).await);
        };
        let unreadable = |error: std::io::Error| {
            let kind = match error.kind() {
                std::io::ErrorKind::PermissionDenied => Kind::NotAllowed,
                _ => Kind::NotFound,
            };
            Error::new(kind, format!("{} cannot be read: {error}.", path.display()))
        };
        let file = open_regular(&path, unreadable)?;
        answer(casemate_backup::restore(&here, file, wanted.passphrase.as_deref().unwrap_or_default()).await)
    })
    .await
}

/// Files are read and written on a thread of their own: the largest keeps nobody else waiting. It ends soon after whoever asked
/// waits no longer.
async fn aside<F: Future<Output = Result<Value, Error>>>(
    client: &Client,
    work: impl FnOnce(Here) -> F + Send + 'static,
) -> Result<Value, Error> {
    let here = Here::new(client)?;
    let _asked = Asked(client.backing_up.clone());
    let runtime = tokio::runtime::Handle::current();
    let ended = tokio::task::spawn_blocking(move || runtime.block_on(work(here))).await;
    ended.map_err(|error| Error::new(Kind::Invalid, format!("A part of Casemate failed: {error}.")))?
}

/// Somebody waits for the answer.
struct Asked(Arc<BackingUp>);

impl Drop for Asked {
    fn drop(&mut self) {
        self.0.turn(RUNS, LEFT);
    }
}

fn answer(done: Result<impl Serialize, Error>) -> Result<Value, Error> {
    serde_json::to_value(done?).map_err(|error| Error::new(Kind::Invalid, error.to_string()))
}

/// This device, while one backup is written or read.
struct Here {
    client: Client,
}

impl Here {
    fn new(client: &Client) -> Result<Self, Error> {
        if !client.backing_up.turn(NONE, RUNS) {
            return Err(Error::new(Kind::Taken, "A backup is being written or read already."));
        }
        Ok(Self { client: client.clone() })
    }

    fn path(&self, blob: &str) -> Option<PathBuf> {
        let is_blob = blob.len() == 32 && blob.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_blob.then(|| self.client.blobs.join(blob))
    }

    fn state(&self) -> u8 {
        self.client.backing_up.0.load(Ordering::Relaxed)
    }
}

/// Ends with it, on every way out.
impl Drop for Here {
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
/// Whoever asked waits no longer, and may go on with it another time.
const LEFT: u8 = 3;

impl BackingUp {
    /// `backup.cancel`
    pub fn cancel(&self) {
        self.turn(RUNS, UNWANTED);
    }

    fn turn(&self, from: u8, to: u8) -> bool {
        self.0.compare_exchange(from, to, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

impl Source for Here {
    async fn ask(&self, command: Command) -> Result<Value, Error> {
        if self.state() == LEFT {
            return Err(Error::new(Kind::Taken, "Nobody waits for this backup any more."));
        }
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
        let mut output = disk::passing_named(folder, ["restoring-", ""], |_| Ok(())).map_err(no_room)?;
        std::io::copy(from, &mut output).map_err(no_room)?;
        output.as_file().sync_all().map_err(no_room)?;
        // The name too, before a row says that the file is here.
        disk::keep(output, &path).map_err(no_room)
    }

    fn tell(&self, done: u64, of: u64) {
        // Where nobody reads fast enough, the next one says it better.
        if let Some(events) = self.client.events.upgrade() {
            let _ = events.try_send(Event::BackupProgress { done, of });
        }
    }

    fn is_cancelled(&self) -> bool {
        self.state() == UNWANTED
    }
}
