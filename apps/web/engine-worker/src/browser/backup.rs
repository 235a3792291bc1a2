//! Backups (`backup.create`, `backup.restore`, `{backup}`). `casemate-backup` knows what is in one; this knows the browser's
//! files, and that one thing is done at a time.
//!
//! One for a file is written into the folder of files, encrypted as it leaves; it stands there until the page says that it
//! was saved, ten minutes pass, or the next start.

use std::cell::Cell;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::rc::Rc;

use casemate_api::command::{BackupCreate, BackupRestore};
use casemate_api::{Command, Error, Event, Kind, view};
use casemate_backup::{Source, Store};
use casemate_wire::ids::BlobId;
use js_sys::Uint8Array;
use serde::Serialize;
use serde_json::Value;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, File, FileReaderSync};

use super::driver::Driver;
use super::folder::{Folder, OpenFile, whole};
use super::js::{io_error, now_ms, pause, sleep};
use super::page::Answer;

/// Its name in the folder. What has no blob's name goes at the next start.
const NAME: &str = "backup.casemate";

/// A file on its way out of a backup.
const COMING: &str = "backup.file";

/// How long it stays for the browser to save it.
const STAYS_MS: u32 = 600_000;

/// Bytes of a chosen file in memory at a time.
const WINDOW_BYTES: u64 = 1024 * 1024;

/// The backup of a driver.
#[derive(Default)]
pub struct BackingUp {
    /// One is under way; true: and is not wanted any more.
    now: Cell<Option<bool>>,
    /// Which was the last that was made for a file.
    last: Cell<u64>,
}

impl BackingUp {
    /// `backup.cancel`
    pub fn cancel(&self) {
        if self.now.get().is_some() {
            self.now.set(Some(true));
        }
    }
}

/// `backup.create`, onto the server.
pub fn create(driver: Rc<Driver>, folder: Folder, wanted: BackupCreate, answer: Answer) {
    run(driver, answer, async move |driver| {
        let here = Here { driver, folder: &folder };
        let mut rng = random()?;
        told(casemate_backup::create_on_server(&here, &wanted, now_ms(), &mut rng).await)
    });
}

/// `backup.restore`, from the server or out of a file that the page lent.
pub fn restore(
    driver: Rc<Driver>,
    folder: Folder,
    wanted: BackupRestore,
    file: Option<Blob>,
    answer: Answer,
) {
    run(driver, answer, async move |driver| {
        let here = Here { driver, folder: &folder };
        told(match file {
            None => casemate_backup::restore_from_server(&here, &wanted).await,
            Some(file) => {
                let passphrase = wanted.passphrase.as_deref().unwrap_or_default();
                casemate_backup::restore(&here, Chosen::new(file)?, passphrase).await
            }
        })
    });
}

/// `{backup}`: into a file, for the page to save.
pub fn into_file(driver: Rc<Driver>, folder: Folder, number: u64, passphrase: String) {
    if let Err(error) = begin(&driver) {
        return driver.page().refuse(Answer::Backup(number), error);
    }
    driver.backing_up().last.set(number);
    spawn_local(async move {
        let made = write(&driver, &folder, &passphrase).await;
        driver.backing_up().now.set(None);
        match made {
            Ok((made, file)) => {
                driver.page().backed_up(number, &file, &made);
                sleep(STAYS_MS).await;
                forget(&driver, &folder, number).await;
            }
            Err(error) => {
                folder.remove(NAME).await;
                driver.page().refuse(Answer::Backup(number), error);
            }
        }
    });
}

/// It was saved, or is not wanted any more.
pub async fn forget(driver: &Driver, folder: &Folder, number: u64) {
    let backing_up = driver.backing_up();
    if backing_up.now.get().is_none() && backing_up.last.get() == number {
        folder.remove(NAME).await;
    }
}

async fn write(
    driver: &Rc<Driver>,
    folder: &Folder,
    passphrase: &str,
) -> Result<(view::BackedUp, File), Error> {
    let no_room = |error: std::io::Error| {
        Error::new(
            Kind::StorageFull,
            format!("The backup cannot be written: {error}. What it held before stays."),
        )
    };
    let mut output = folder.file(NAME, true).await.map_err(no_room)?;
    output.clear().map_err(no_room)?;
    let here = Here { driver, folder };
    // Closed at the end of this statement: the browser reads it after.
    let made = casemate_backup::create(&here, output, passphrase, now_ms(), &mut random()?).await?;
    Ok((made, folder.blob(NAME).await.map_err(no_room)?))
}

/// Does one thing and answers.
fn run(
    driver: Rc<Driver>,
    answer: Answer,
    what: impl AsyncFnOnce(&Rc<Driver>) -> Result<Value, Error> + 'static,
) {
    if let Err(error) = begin(&driver) {
        return driver.page().refuse(answer, error);
    }
    spawn_local(async move {
        let done = what(&driver).await;
        driver.backing_up().now.set(None);
        match done {
            Ok(value) => driver.page().respond(answer, Ok(value)),
            Err(error) => driver.page().refuse(answer, error),
        }
    });
}

fn begin(driver: &Driver) -> Result<(), Error> {
    let now = &driver.backing_up().now;
    if now.get().is_some() {
        return Err(Error::new(Kind::Taken, "A backup is being written or read already."));
    }
    now.set(Some(false));
    Ok(())
}

pub(super) fn random() -> Result<rand_chacha::ChaCha20Rng, Error> {
    casemate_crypto::rng::from_os().map_err(|error| {
        Error::new(Kind::NotAllowed, format!("The browser gives no random numbers: {error}."))
    })
}

fn told(done: Result<impl Serialize, Error>) -> Result<Value, Error> {
    serde_json::to_value(done?).map_err(|error| Error::new(Kind::Invalid, error.to_string()))
}

/// This browser, while one backup is written or read.
struct Here<'a> {
    driver: &'a Rc<Driver>,
    folder: &'a Folder,
}

impl Source for Here<'_> {
    async fn ask(&self, command: Command) -> Result<Value, Error> {
        // The page is answered in between.
        pause().await;
        self.driver.ask_inside(command).await
    }

    async fn copy(&self, blob: &str, to: &mut dyn Write) -> Result<bool, Error> {
        pause().await;
        let Some(name) = name_of(blob) else { return Ok(false) };
        // Also where the page looks at it just now: it is in the next backup.
        let Ok(mut file) = self.folder.file(&name, false).await else { return Ok(false) };
        let copied = std::io::copy(&mut file, to);
        copied.map(|_| true).map_err(|error| {
            let sentence = format!("The backup cannot be written: {error}. What it held before stays.");
            Error::new(Kind::StorageFull, sentence)
        })
    }

    async fn bring(&self, blob: &str, from: &mut dyn Read) -> Result<(), Error> {
        pause().await;
        let Some(name) = name_of(blob) else { return Ok(()) };
        if self.folder.has(&name).await {
            return Ok(());
        }
        let brought = async {
            let mut output = self.folder.file(COMING, true).await?;
            output.clear()?;
            std::io::copy(from, &mut output)?;
            output.flush()?;
            drop(output);
            self.folder.rename(COMING, &name).await
        };
        brought.await.map_err(|error| {
            Error::new(
                Kind::StorageFull,
                format!("There is no room here for the files of the backup: {error}."),
            )
        })
    }

    fn tell(&self, done: u64, of: u64) {
        self.driver.page().tell(&Event::BackupProgress { done, of });
    }

    fn is_cancelled(&self) -> bool {
        self.driver.backing_up().now.get() == Some(true)
    }
}

fn name_of(blob: &str) -> Option<String> {
    BlobId::from_hex(blob).map(|blob| whole(&blob))
}

impl Store for OpenFile {
    fn sync(&mut self) -> std::io::Result<()> {
        self.flush()
    }

    fn cut(&mut self, length: u64) -> std::io::Result<()> {
        self.end_at(length)
    }
}

/// A file that a person chose: only to be read, a piece of it in memory.
struct Chosen {
    file: Blob,
    reader: FileReaderSync,
    length: u64,
    at: u64,
    /// What is in memory, and where it begins.
    window: Vec<u8>,
    begins: u64,
}

impl Chosen {
    fn new(file: Blob) -> Result<Self, Error> {
        let reader = FileReaderSync::new()
            .map_err(|error| Error::new(Kind::NotAllowed, io_error(&error).to_string()))?;
        let length = file.size() as u64;
        Ok(Self { file, reader, length, at: 0, window: Vec::new(), begins: 0 })
    }

    fn look(&mut self) -> std::io::Result<()> {
        let end = (self.at + WINDOW_BYTES).min(self.length);
        let piece = self.file.slice_with_f64_and_f64(self.at as f64, end as f64);
        let piece = piece.map_err(|error| io_error(&error))?;
        // A file that changed since it was chosen cannot be read any more: browsers see to that.
        let buffer = self.reader.read_as_array_buffer(&piece).map_err(|error| io_error(&error))?;
        (self.window, self.begins) = (Uint8Array::new(&buffer).to_vec(), self.at);
        Ok(())
    }
}

impl Read for Chosen {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let inside = (self.begins..self.begins + self.window.len() as u64).contains(&self.at);
        if !inside {
            if self.at >= self.length {
                return Ok(0);
            }
            self.look()?;
        }
        let from = &self.window[(self.at - self.begins) as usize..];
        let take = from.len().min(into.len());
        into[..take].copy_from_slice(&from[..take]);
        self.at += take as u64;
        Ok(take)
    }
}

impl Seek for Chosen {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

impl Write for Chosen {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(ErrorKind::PermissionDenied.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Store for Chosen {
    fn sync(&mut self) -> std::io::Result<()> {
        Ok(())
    }

    fn cut(&mut self, _: u64) -> std::io::Result<()> {
        Err(ErrorKind::PermissionDenied.into())
    }
}
