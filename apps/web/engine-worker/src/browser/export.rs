//! Everything into one zip, for the page (`{export}`). It is written into the folder of files, piece by piece, in clear: it
//! stands there until the page says that it was saved, ten minutes pass, or the next start, whichever comes first.

use std::cell::Cell;
use std::io::{BufWriter, ErrorKind, Write};
use std::rc::Rc;

use casemate_api::command::AttachmentSave;
use casemate_api::{Command, Error, Event, Kind, view};
use casemate_engine::FileRef;
use casemate_export::Source;
use serde_json::Value;
use tokio::sync::oneshot;
use wasm_bindgen_futures::spawn_local;
use web_sys::File;

use super::driver::{Driver, ended};
use super::folder::{Folder, whole};
use super::js::{pause, sleep};
use super::page::Answer;
use crate::cipher;

/// Its name in the folder. What has no blob's name goes at the next start.
pub(super) const NAME: &str = "export.zip";

/// Bytes written at once; a smaller piece is a call to the browser each.
const PIECE_BYTES: usize = 1024 * 1024;

/// How long it stays for the browser to save it.
const STAYS_MS: u32 = 600_000;

/// A file that the page looks at just now is waited for: so often, so long each.
const TRIES: u32 = 50;
const TRY_AGAIN_MS: u32 = 100;

/// The export of a driver.
#[derive(Default)]
pub struct Exporting {
    /// One is being written; true: and is not wanted any more.
    now: Cell<Option<bool>>,
    /// Which was the last.
    last: Cell<u64>,
}

impl Exporting {
    /// `data.export_cancel`
    pub fn cancel(&self) {
        if self.now.get().is_some() {
            self.now.set(Some(true));
        }
    }
}

/// Begins. Whoever asks was found to know what opens the database.
pub fn begin(driver: Rc<Driver>, folder: Folder, number: u64) {
    let exporting = driver.exporting();
    if exporting.now.get().is_some() {
        let error = Error::new(Kind::Taken, "An export is being written already.");
        return driver.page().refuse(Answer::Export(number), error);
    }
    exporting.now.set(Some(false));
    exporting.last.set(number);
    spawn_local(async move {
        let made = write(&driver, &folder).await;
        driver.exporting().now.set(None);
        match made {
            Ok((made, file)) => {
                driver.page().exported(number, &file, &made);
                sleep(STAYS_MS).await;
                forget(&driver, &folder, number).await;
            }
            Err(error) => {
                folder.remove(NAME).await;
                driver.page().refuse(Answer::Export(number), error);
            }
        }
    });
}

/// It was saved, or is not wanted any more.
pub async fn forget(driver: &Driver, folder: &Folder, number: u64) {
    let exporting = driver.exporting();
    if exporting.now.get().is_none() && exporting.last.get() == number {
        folder.remove(NAME).await;
    }
}

async fn write(driver: &Rc<Driver>, folder: &Folder) -> Result<(view::Exported, File), Error> {
    let no_room = |error: std::io::Error| {
        Error::new(Kind::StorageFull, format!("The export cannot be written: {error}."))
    };
    let mut output = folder.file(NAME, true).await.map_err(no_room)?;
    output.clear().map_err(no_room)?;
    let here = Here { driver, folder, is_export: true };
    // Closed at the end of this statement: the browser reads it after.
    let made = casemate_export::write(&here, BufWriter::with_capacity(PIECE_BYTES, output)).await?;
    Ok((made, folder.blob(NAME).await.map_err(no_room)?))
}

/// This browser.
pub struct Here<'a> {
    /// Whom to ask.
    pub driver: &'a Rc<Driver>,
    /// Where its files are.
    pub folder: &'a Folder,
    /// It is the one export, which tells how far it is and can be cancelled.
    pub is_export: bool,
}

impl Here<'_> {
    async fn open(&self, file: &FileRef) -> std::io::Result<super::folder::OpenFile> {
        let name = whole(&file.blob);
        for _ in 0..TRIES {
            match self.folder.file(&name, false).await {
                Err(error) if error.kind() == ErrorKind::ResourceBusy => sleep(TRY_AGAIN_MS).await,
                other => return other,
            }
        }
        self.folder.file(&name, false).await
    }
}

impl Source for Here<'_> {
    async fn ask(&self, command: Command) -> Result<Value, Error> {
        // The page is answered in between.
        pause().await;
        self.driver.ask_inside(command).await
    }

    async fn copy<W: Write>(&self, message: &str, index: u32, to: &mut W) -> Result<(), Error> {
        pause().await;
        let (answer, answered) = oneshot::channel();
        let wanted = AttachmentSave { message: message.to_owned(), index, path: String::new() };
        self.driver.forward(Command::AttachmentSave(wanted), Answer::File(answer));
        let file = answered.await.map_err(|_| ended())??;
        let unreadable = |error: String| Error::new(Kind::NotFound, error);
        let mut encrypted = self.open(&file).await.map_err(|error| unreadable(error.to_string()))?;
        let copied = cipher::decrypt(&mut encrypted, to, &file, pause).await;
        copied.map_err(|error| unreadable(error.to_string()))
    }

    fn tell(&self, done: u64, of: u64) {
        if self.is_export {
            self.driver.page().tell(&Event::ExportProgress { done, of });
        }
    }

    fn is_cancelled(&self) -> bool {
        self.is_export && self.driver.exporting().now.get() == Some(true)
    }
}
