//! Encrypted files between the blob folder and the server: resumed where they stopped, in flat memory, two large
//! ones at a time.

mod download;
mod upload;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::pin::pin;
use std::rc::Rc;

use casemate_engine::{FetchEnds, FileRef, Transfer};
use casemate_wire::ids::{BlobId, UploadSecret};
use futures_util::future::{Either, select};
use js_sys::Uint8Array;
use tokio::sync::{Semaphore, oneshot};
use wasm_bindgen_futures::spawn_local;

use super::blob_server::{BlobServer, HttpError};
use super::folder::Folder;
use super::js::{now_ms, sleep};

/// Files at a time; more would share the same line.
const FILES_AT_ONCE: usize = 2;
/// Small blobs at a time.
const SMALL_AT_ONCE: usize = 4;
/// Attempts without a single new byte before the engine is told.
const ATTEMPTS: u32 = 5;
/// Pause after the first such attempt; it doubles.
const FIRST_PAUSE_MS: u32 = 500;
/// No byte for so long: the attempt counts as failed.
const STALLED_MS: i64 = 60_000;
/// At most five reports of progress a second.
const REPORT_EVERY_MS: u32 = 200;

/// Hears of every transfer.
type Updates = Rc<dyn Fn(u64, Transfer)>;

/// All transfers of a driver.
pub struct Transfers {
    folder: Folder,
    /// Dropping one stops it.
    running: Rc<RefCell<HashMap<u64, oneshot::Sender<()>>>>,
    files: Rc<Semaphore>,
    small: Rc<Semaphore>,
    updates: Updates,
}

/// What the engine may ask for.
pub enum Job {
    /// A file of the folder to the server.
    Upload { blob: BlobId, secret: UploadSecret, bytes: u64 },
    /// To the folder, verified.
    Download(FileRef),
    /// These bytes to the server.
    Put { blob: BlobId, secret: UploadSecret, data: Vec<u8> },
    /// Into memory.
    Fetch { blob: BlobId, limit_bytes: u64 },
}

/// Why a transfer ended without success.
pub enum Failed {
    /// Trying again may help.
    Retry(String),
    /// It will not.
    Final(String),
    /// There is no room for the file.
    NoRoom,
}

impl Transfers {
    /// None running.
    pub fn new(folder: Folder, updates: impl Fn(u64, Transfer) + 'static) -> Self {
        Self {
            folder,
            running: Rc::default(),
            files: Rc::new(Semaphore::new(FILES_AT_ONCE)),
            small: Rc::new(Semaphore::new(SMALL_AT_ONCE)),
            updates: Rc::new(updates),
        }
    }

    /// Starts a job. Its last news ends it.
    pub fn start(&self, transfer: u64, server: BlobServer, job: Job) {
        let permits = match job {
            Job::Upload { .. } | Job::Download(_) => self.files.clone(),
            Job::Put { .. } | Job::Fetch { .. } => self.small.clone(),
        };
        let (stop, stopped) = oneshot::channel();
        self.running.borrow_mut().insert(transfer, stop);
        let report = Report { transfer, updates: self.updates.clone(), bytes: Rc::default() };
        let (folder, running) = (self.folder.clone(), self.running.clone());
        spawn_local(async move {
            let work = async {
                let Ok(_permit) = permits.acquire().await else { return None };
                Some(match run(&server, &folder, &job, &report).await {
                    Ok(done) => done,
                    Err(Failed::Retry(why)) => Transfer::Failed { why, retry: true },
                    Err(Failed::Final(why)) => Transfer::Failed { why, retry: false },
                    Err(Failed::NoRoom) => Transfer::NoRoom,
                })
            };
            if let Either::Left((Some(update), _)) = select(pin!(work), stopped).await {
                running.borrow_mut().remove(&transfer);
                (report.updates)(transfer, update);
            }
        });
    }

    /// Stops one; nothing more is heard of it.
    pub fn cancel(&self, transfer: u64) {
        self.running.borrow_mut().remove(&transfer);
    }
}

impl Drop for Transfers {
    fn drop(&mut self) {
        self.running.borrow_mut().clear();
    }
}

/// How a job tells how far it is.
pub struct Report {
    transfer: u64,
    updates: Updates,
    bytes: Rc<Cell<u64>>,
}

impl Report {
    fn set(&self, bytes: u64) {
        self.bytes.set(bytes);
    }
}

async fn run(server: &BlobServer, folder: &Folder, job: &Job, report: &Report) -> Result<Transfer, Failed> {
    match job {
        Job::Upload { blob, secret, bytes } => {
            persist(report, async || upload::attempt(server, folder, blob, secret, *bytes, report).await)
                .await?;
            Ok(Transfer::Done)
        }
        Job::Download(file) => {
            let answered = Cell::new(false);
            let fetched =
                persist(report, async || download::attempt(server, folder, file, report, &answered).await);
            match fetched.await {
                // It answers again and again, and never has more: asking on would never end.
                Err(Failed::Retry(_)) if answered.get() => {
                    download::give_up(folder, file).await;
                    let why = "the server does not have all of it; nothing of it was kept";
                    return Err(Failed::Final(why.to_owned()));
                }
                // What is there of it would only take room away from words.
                Err(failed @ (Failed::Final(_) | Failed::NoRoom)) => {
                    download::give_up(folder, file).await;
                    return Err(failed);
                }
                other => other?,
            }
            download::verify(folder, file).await?;
            Ok(Transfer::Done)
        }
        Job::Put { blob, secret, data } => {
            persist(report, async || put(server, blob, secret, data).await).await?;
            Ok(Transfer::Done)
        }
        Job::Fetch { blob, limit_bytes } => {
            let ends = RefCell::default();
            match persist(report, async || fetch(server, blob, *limit_bytes, &ends).await).await {
                Err(Failed::Retry(why)) if ends.borrow().are_one_place(ATTEMPTS) => {
                    Ok(Transfer::Unreadable { why })
                }
                fetched => fetched.map(Transfer::Fetched),
            }
        }
    }
}

/// Tries again while attempts get further, and [`ATTEMPTS`] times when they do not. An attempt without a new byte
/// for [`STALLED_MS`] is ended. Progress is reported meanwhile.
async fn persist<T>(report: &Report, attempt: impl AsyncFn() -> Result<T, Failed>) -> Result<T, Failed> {
    let mut failures = 0;
    loop {
        let before = report.bytes.get();
        let failed = match watch(report, attempt()).await {
            Err(Failed::Retry(why)) => why,
            other => return other,
        };
        failures = if report.bytes.get() > before { 1 } else { failures + 1 };
        if failures >= ATTEMPTS {
            return Err(Failed::Retry(failed));
        }
        sleep(FIRST_PAUSE_MS * 2u32.pow(failures - 1)).await;
    }
}

async fn watch<T>(report: &Report, attempt: impl Future<Output = Result<T, Failed>>) -> Result<T, Failed> {
    let mut attempt = pin!(attempt);
    let mut reported = report.bytes.get();
    let mut moved_ms = now_ms();
    loop {
        match select(attempt.as_mut(), pin!(sleep(REPORT_EVERY_MS))).await {
            Either::Left((ended, _)) => return ended,
            Either::Right(_) => {
                let bytes = report.bytes.get();
                if bytes != reported {
                    reported = bytes;
                    moved_ms = now_ms();
                    (report.updates)(report.transfer, Transfer::Progress { bytes });
                } else if now_ms() - moved_ms > STALLED_MS {
                    return Err(Failed::Retry("the server takes or sends nothing any more".to_owned()));
                }
            }
        }
    }
}

async fn put(server: &BlobServer, blob: &BlobId, secret: &UploadSecret, data: &[u8]) -> Result<(), Failed> {
    let has = server.uploaded(blob, secret).await?;
    if has == data.len() as u64 {
        return Ok(());
    }
    let rest = usize::try_from(has).ok().and_then(|has| data.get(has..)).ok_or_else(more_than_there_is)?;
    Ok(server.upload(blob, secret, has, &Uint8Array::from(rest)).await?)
}

async fn fetch(
    server: &BlobServer,
    blob: &BlobId,
    limit_bytes: u64,
    ends: &RefCell<FetchEnds>,
) -> Result<Vec<u8>, Failed> {
    let ended = |after: Option<usize>| ends.borrow_mut().push(after);
    let (mut body, _) = server.download(blob, 0).await.inspect_err(|_| ended(None))?;
    let mut data = Vec::new();
    while let Some(piece) = body.next().await.inspect_err(|_| ended(Some(data.len())))? {
        if (data.len() + piece.len()) as u64 > limit_bytes {
            return Err(Failed::Final("the server sent more than there may be".to_owned()));
        }
        data.extend_from_slice(&piece);
    }
    Ok(data)
}

fn more_than_there_is() -> Failed {
    Failed::Final("the server has more of this file than there is".to_owned())
}

impl From<HttpError> for Failed {
    fn from(error: HttpError) -> Self {
        match error {
            // Another attempt of ours was still being written there; how much it has is asked again.
            HttpError::Retry(why) | HttpError::Refused { status: 409, why } => Failed::Retry(why),
            HttpError::Refused { why, .. } => Failed::Final(why),
        }
    }
}
