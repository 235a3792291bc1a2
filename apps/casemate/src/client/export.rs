//! Writing everything into one zip (`data.export`). `casemate-export` knows what goes into it; this knows files, and that
//! there is one export at a time.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use casemate_api::command::{AttachmentSave, DataExport};
use casemate_api::{Command, Error, Event, Kind};
use casemate_export::Source;
use serde_json::Value;
use tokio::io::AsyncReadExt;

use super::Client;
use super::save::{exists, finish, folder_of, unwritable};
use super::unfinished::{Unfinished, UnfinishedFolder};

/// Bytes of a file in memory at a time.
const PIECE_BYTES: usize = 256 * 1024;

/// Whether one is being written, and whether it is still wanted.
#[derive(Debug, Default)]
pub struct Exporting {
    running: AtomicBool,
    cancelled: AtomicBool,
}

impl Exporting {
    /// `data.export_cancel`
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

/// Exports. Whoever stops waiting stops it.
pub async fn run(client: &Client, wanted: DataExport) -> Result<Value, Error> {
    if client.exporting.running.swap(true, Ordering::Relaxed) {
        return Err(Error::new(Kind::Taken, "An export is being written already."));
    }
    let _running = Running(&client.exporting);
    client.exporting.cancelled.store(false, Ordering::Relaxed);
    export(client, wanted).await
}

/// Ends with the export, on every way out.
struct Running<'a>(&'a Exporting);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.store(false, Ordering::Relaxed);
    }
}

async fn export(client: &Client, wanted: DataExport) -> Result<Value, Error> {
    let path = Path::new(&wanted.path).to_owned();
    // The driver knows whether there is a passphrase, and which.
    client.ask(Command::DataExport(wanted)).await?;
    let here = Here::new(client, &path, true)?;
    let made = here.write(&path, async |here, out| casemate_export::write(here, out).await).await?;
    serde_json::to_value(made).map_err(|error| Error::new(Kind::Invalid, error.to_string()))
}

/// This device.
pub(super) struct Here<'a> {
    client: &'a Client,
    folder: UnfinishedFolder,
    next: AtomicU64,
    /// It is the one export, which tells how far it is and can be cancelled.
    is_export: bool,
}

/// A file that is being written.
pub(super) type Output<'a> = BufWriter<&'a std::fs::File>;

impl<'a> Here<'a> {
    /// For a file at this path, which must not be there yet.
    pub(super) fn new(client: &'a Client, path: &Path, is_export: bool) -> Result<Self, Error> {
        if path.symlink_metadata().is_ok() {
            return Err(exists(path));
        }
        let folder = UnfinishedFolder::make_in(folder_of(path)?, &client.notes);
        let folder = folder.map_err(|error| unwritable(path, &error))?;
        Ok(Self { client, folder, next: AtomicU64::new(0), is_export })
    }

    /// Has it written. It has its name only when it is whole.
    pub(super) async fn write<T>(
        &self,
        path: &Path,
        write: impl AsyncFnOnce(&Self, Output<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let output = Unfinished::file_in(folder_of(path)?, &self.client.notes);
        let output = output.map_err(|error| unwritable(path, &error))?;
        let made = write(self, BufWriter::with_capacity(PIECE_BYTES, output.file())).await?;
        finish(output, path)?;
        Ok(made)
    }
}

impl Source for Here<'_> {
    async fn ask(&self, command: Command) -> Result<Value, Error> {
        self.client.ask(command).await
    }

    async fn copy<W: Write>(&self, message: &str, index: u32, to: &mut W) -> Result<(), Error> {
        let path = self.folder.path().join(self.next.fetch_add(1, Ordering::Relaxed).to_string());
        let save =
            AttachmentSave { message: message.to_owned(), index, path: path.to_string_lossy().into_owned() };
        self.client.ask(Command::AttachmentSave(save)).await?;
        let unreadable = |error: std::io::Error| unwritable(&path, &error);
        let mut file = tokio::fs::File::open(&path).await.map_err(unreadable)?;
        // It has no name any more when its first byte is copied.
        std::fs::remove_file(&path).map_err(unreadable)?;
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            let read = file.read(&mut piece).await.map_err(unreadable)?;
            if read == 0 {
                return Ok(());
            }
            to.write_all(&piece[..read]).map_err(unreadable)?;
        }
    }

    fn tell(&self, done: u64, of: u64) {
        // Where nobody reads fast enough, the next one says it better.
        if let Some(events) = self.client.events.upgrade().filter(|_| self.is_export) {
            let _ = events.try_send(Event::ExportProgress { done, of });
        }
    }

    fn is_cancelled(&self) -> bool {
        self.is_export && self.client.exporting.cancelled.load(Ordering::Relaxed)
    }
}
