//! The native driver of the engine: it connects, reads and writes files, waits, and decides nothing.
//!
//! ```text
//! rpc, chat ── Client ── driver ──┬── engine (a thread: SQLite, MLS)
//!              calls,    (a task) ├── connection (a task: WebSocket)
//!              events             ├── transfers  (tasks: HTTP, files)
//!                                 └── staging    (a thread and the guard's process)
//! ```
//!
//! - [`disk`]: the one place that makes files and folders, closed to others.
//! - [`home`]: the folder of this device's data, its lock and its key.
//! - [`connection`]: one WebSocket that comes back.
//! - [`transfer`]: encrypted files up and down.
//! - [`staging`]: from a file that a person picked to a file ready to send.
//! - [`save`]: from an encrypted file to one that other programs can read.
//! - [`unfinished`]: what is being written in a person's own folders.
//! - [`call`]: a call's media, on a thread of its own.
//! - [`backup`]: the history into an encrypted file, and back.
//! - [`indicators`]: lists of what is known to be bad, from files.
//! - [`preview`]: what is behind a link that is about to be sent.
//! - [`export`]: everything into one file that other programs can read.
//!
//! Not here: what any of it means (`casemate-engine`).

mod backup;
mod call;
mod connection;
pub mod disk;
mod driver;
mod engine_thread;
mod export;
mod home;
mod http;
mod import;
mod indicators;
mod keystore;
mod preview;
mod report;
pub mod save;
mod staging;
mod tls;
mod transfer;
mod unfinished;

use std::path::PathBuf;
use std::sync::Arc;

use casemate_api::{Command, Error, Event, Kind};
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot};

pub use call::{MICROPHONE, Made, Order as CallOrder, PageCall, serve_ear};
pub use tls::Dialer;

/// Threads for file work: transfers, files being prepared or saved. More would only wait for the same disk.
const FILE_THREADS: usize = 16;

/// The runtime that a client runs in.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(FILE_THREADS).build()
}

/// Until the person or the system ends this program, which then has something to put in order.
pub async fn told_to_end() -> std::io::Result<()> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = interrupted.recv() => Ok(()),
        _ = terminated.recv() => Ok(()),
    }
}

/// What to open.
#[derive(Debug, Clone)]
pub struct Options {
    /// Folder of this device's data; made when missing.
    pub home: PathBuf,
    /// A PEM file of certificates to trust beside the usual ones.
    pub ca: Option<PathBuf>,
    /// Rules in YARA's language for files that are saved.
    pub rules: Option<PathBuf>,
    /// Where the media of calls are made.
    pub made: Made,
}

/// What happens by itself, in order. Whoever opened the client must go on reading: nothing is dropped, so an
/// unread queue stops the driver.
pub type Events = mpsc::Receiver<Event>;

/// A handle on the driver. Cheap to clone; the driver ends when the last one is gone.
#[derive(Clone)]
pub struct Client {
    asks: mpsc::Sender<Ask>,
    /// Ends with the driver, who has the other end.
    events: mpsc::WeakSender<Event>,
    exporting: Arc<export::Exporting>,
    backing_up: Arc<backup::BackingUp>,
    /// Encrypted files.
    blobs: PathBuf,
    /// Notes of what is being written elsewhere.
    notes: PathBuf,
    /// Rules in YARA's language for files that are saved.
    rules: Option<PathBuf>,
    previews: preview::Previews,
}

/// A command on its way to the driver.
pub(crate) struct Ask {
    command: Command,
    answer: oneshot::Sender<Result<Value, Error>>,
}

/// Commands that wait for the driver; then callers wait.
const ASKS_WAITING: usize = 256;

/// Events that wait for their reader; then the driver waits.
const EVENTS_WAITING: usize = 4_096;

impl Client {
    /// Takes the home, starts the driver in the current tokio runtime, and opens the database unless it is locked
    /// by a passphrase. Await the handle after the last `Client` is gone to let the driver end in order.
    pub async fn open(options: Options) -> Result<(Self, Events, tokio::task::JoinHandle<()>), Error> {
        let (asks, asks_receiver) = mpsc::channel(ASKS_WAITING);
        let (events_sender, events) = mpsc::channel(EVENTS_WAITING);
        let told = events_sender.downgrade();
        let blobs = options.home.join("blobs");
        let notes = home::notes_in(&options.home);
        let rules = options.rules.clone();
        rules.as_deref().map(save::check_rules).transpose()?;
        let dialer = Dialer::new(options.ca.as_deref())
            .map_err(|error| Error::new(Kind::Invalid, error.to_string()))?;
        let previews = preview::Previews::new(dialer.clone());
        let driver = driver::Driver::start(options, dialer, asks_receiver, events_sender).await?;
        let ended = tokio::spawn(driver.run());
        let (exporting, backing_up) = (Arc::default(), Arc::default());
        let client = Self { asks, events: told, exporting, backing_up, blobs, notes, rules, previews };
        Ok((client, events, ended))
    }

    /// Asks for something and waits for the answer.
    pub async fn call(&self, command: Command) -> Result<Value, Error> {
        match command {
            Command::HistoryImport(wanted) => import::run(self, wanted).await,
            Command::AttachmentSave(wanted) => save::run(self, wanted).await,
            Command::IndicatorsImport(wanted) => indicators::run(self, wanted).await,
            Command::LinkPreview(wanted) => preview::run(self, wanted).await,
            Command::DataExport(wanted) => export::run(self, wanted).await,
            Command::BackupCreate(wanted) => backup::create(self, wanted).await,
            Command::BackupRestore(wanted) => backup::restore(self, wanted).await,
            Command::ReportCreate(wanted) => report::run(self, wanted).await,
            Command::DataExportCancel(_) => {
                self.exporting.cancel();
                Ok(json!({}))
            }
            Command::BackupCancel(_) => {
                self.backing_up.cancel();
                Ok(json!({}))
            }
            command => self.ask(command).await,
        }
    }

    /// Asks the driver.
    async fn ask(&self, command: Command) -> Result<Value, Error> {
        let (answer, answered) = oneshot::channel();
        let stopped = || Error::new(Kind::Locked, "Casemate is ending; nothing that was stored is lost.");
        self.asks.send(Ask { command, answer }).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }
}
