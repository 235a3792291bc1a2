//! Encrypted files between the blob folder and the server: resumed where they stopped, in flat memory, two large
//! ones at a time.

mod download;
mod upload;

use std::collections::HashMap;
use std::future::Future;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use casemate_engine::{FetchEnds, FileRef, Transfer};
use casemate_wire::ids::{BlobId, UploadSecret};
use http_body_util::{BodyExt, Full};
use hyper::StatusCode;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::http::{BlobServer, HttpError};
pub use download::{Paths, decrypt, is_damage};

/// Files at a time; more would share the same line.
const FILES_AT_ONCE: usize = 2;
/// Small blobs at a time.
const SMALL_AT_ONCE: usize = 4;
/// Attempts without a single new byte before the engine is told.
const ATTEMPTS: u32 = 5;
/// Pause after the first such attempt; it doubles. Tests wait for nobody.
const FIRST_PAUSE: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 500 });
/// No byte for so long: the attempt counts as failed.
const STALLED: Duration = Duration::from_secs(60);
/// At most five reports of progress a second.
const REPORT_EVERY: Duration = Duration::from_millis(200);
/// Reports that wait for the driver; progress beyond is left out.
const UPDATES_WAITING: usize = 64;

/// All transfers of a driver.
pub struct Transfers {
    blobs: PathBuf,
    running: HashMap<u64, JoinHandle<()>>,
    files: Arc<Semaphore>,
    small: Arc<Semaphore>,
    sender: mpsc::Sender<(u64, Transfer)>,
    /// Bounded.
    pub updates: mpsc::Receiver<(u64, Transfer)>,
}

/// What the engine may ask for.
pub enum Job {
    /// `blobs/{blob}` to the server.
    Upload { blob: BlobId, secret: UploadSecret, bytes: u64 },
    /// To `blobs/{blob}`, verified.
    Download(FileRef),
    /// These bytes to the server.
    Put { blob: BlobId, secret: UploadSecret, data: Vec<u8> },
    /// Into memory.
    Fetch { blob: BlobId, limit_bytes: u64 },
}

/// Why a transfer ended without success.
enum Failed {
    /// Trying again may help.
    Retry(String),
    /// It will not.
    Final(String),
    /// There is no room for the file.
    NoRoom,
}

impl Transfers {
    /// None running; files are in `blobs`.
    pub fn new(blobs: PathBuf) -> Self {
        let (sender, updates) = mpsc::channel(UPDATES_WAITING);
        Self {
            blobs,
            running: HashMap::new(),
            files: Arc::new(Semaphore::new(FILES_AT_ONCE)),
            small: Arc::new(Semaphore::new(SMALL_AT_ONCE)),
            sender,
            updates,
        }
    }

    /// Starts a job; its news comes by [`Self::updates`].
    pub fn start(&mut self, transfer: u64, server: BlobServer, job: Job) {
        let permits = match job {
            Job::Upload { .. } | Job::Download(_) => self.files.clone(),
            Job::Put { .. } | Job::Fetch { .. } => self.small.clone(),
        };
        let report = Report { transfer, sender: self.sender.clone(), progress: Arc::new(AtomicU64::new(0)) };
        let blobs = self.blobs.clone();
        let task = tokio::spawn(async move {
            let Ok(_permit) = permits.acquire().await else { return };
            let update = match run(&server, &blobs, &job, &report).await {
                Ok(done) => done,
                Err(Failed::Retry(why)) => Transfer::Failed { why, retry: true },
                Err(Failed::Final(why)) => Transfer::Failed { why, retry: false },
                Err(Failed::NoRoom) => Transfer::NoRoom,
            };
            let _ = report.sender.send((transfer, update)).await;
        });
        self.running.insert(transfer, task);
    }

    /// Stops one.
    pub fn cancel(&mut self, transfer: u64) {
        if let Some(task) = self.running.remove(&transfer) {
            task.abort();
        }
    }

    /// Whether news is of a transfer that was not cancelled. Its last news ends it: only then, because a task is
    /// finished before the driver has heard of it.
    pub fn heard(&mut self, transfer: u64, update: &Transfer) -> bool {
        match update {
            Transfer::Progress { .. } => self.running.contains_key(&transfer),
            _ => self.running.remove(&transfer).is_some(),
        }
    }
}

impl Drop for Transfers {
    fn drop(&mut self) {
        self.running.values().for_each(JoinHandle::abort);
    }
}

/// How a job tells how far it is.
#[derive(Clone)]
pub struct Report {
    transfer: u64,
    sender: mpsc::Sender<(u64, Transfer)>,
    progress: Arc<AtomicU64>,
}

impl Report {
    fn set(&self, bytes: u64) {
        self.progress.store(bytes, Ordering::Relaxed);
    }

    fn bytes(&self) -> u64 {
        self.progress.load(Ordering::Relaxed)
    }
}

async fn run(
    server: &BlobServer,
    blobs: &std::path::Path,
    job: &Job,
    report: &Report,
) -> Result<Transfer, Failed> {
    match job {
        Job::Upload { blob, secret, bytes } => {
            let path = blobs.join(blob.to_hex());
            persist(report, || upload::attempt(server, &path, blob, secret, *bytes, report)).await?;
            Ok(Transfer::Done)
        }
        Job::Download(file) => {
            let paths = download::Paths::of(blobs, &file.blob);
            let answered = AtomicBool::new(false);
            let fetched =
                persist(report, || download::attempt(server, &paths, file, report, &answered)).await;
            match fetched {
                // It answers again and again, and never has more: asking on would never end.
                Err(Failed::Retry(_)) if answered.load(Ordering::Relaxed) => {
                    paths.remove_part();
                    let why = "the server does not have all of it; nothing of it was kept";
                    return Err(Failed::Final(why.to_owned()));
                }
                // What is there of it would only take room away from words.
                Err(failed @ (Failed::Final(_) | Failed::NoRoom)) => {
                    paths.remove_part();
                    return Err(failed);
                }
                other => other?,
            }
            download::verify(paths, file.clone()).await?;
            Ok(Transfer::Done)
        }
        Job::Put { blob, secret, data } => {
            persist(report, || put(server, blob, secret, data)).await?;
            Ok(Transfer::Done)
        }
        Job::Fetch { blob, limit_bytes } => {
            let ends = Mutex::default();
            match persist(report, || fetch(server, blob, *limit_bytes, &ends)).await {
                Err(Failed::Retry(why))
                    if ends.lock().unwrap_or_else(PoisonError::into_inner).are_one_place(ATTEMPTS) =>
                {
                    Ok(Transfer::Unreadable { why })
                }
                fetched => fetched.map(Transfer::Fetched),
            }
        }
    }
}

/// Tries again while attempts get further, and [`ATTEMPTS`] times when they do not. An attempt without a new byte
/// for [`STALLED`] is ended. Progress is reported meanwhile.
async fn persist<T, F: Future<Output = Result<T, Failed>>>(
    report: &Report,
    attempt: impl Fn() -> F,
) -> Result<T, Failed> {
    let mut failures = 0;
    loop {
        let before = report.bytes();
        let failed = match watch(report, attempt()).await {
            Err(Failed::Retry(why)) => why,
            other => return other,
        };
        failures = if report.bytes() > before { 1 } else { failures + 1 };
        if failures >= ATTEMPTS {
            return Err(Failed::Retry(failed));
        }
        tracing::debug!(transfer = report.transfer, why = %failed, "transfer tries again");
        sleep(FIRST_PAUSE * 2u32.pow(failures - 1)).await;
    }
}

async fn watch<T>(report: &Report, attempt: impl Future<Output = Result<T, Failed>>) -> Result<T, Failed> {
    tokio::pin!(attempt);
    let mut every = tokio::time::interval(REPORT_EVERY);
    let mut reported = report.bytes();
    let mut moved = Instant::now();
    loop {
        tokio::select! {
            ended = &mut attempt => return ended,
            _ = every.tick() => {
                let bytes = report.bytes();
                if bytes != reported {
                    reported = bytes;
                    moved = Instant::now();
                    let _ = report.sender.try_send((report.transfer, Transfer::Progress { bytes }));
                } else if moved.elapsed() > STALLED {
                    return Err(Failed::Retry("the server takes or sends nothing any more".to_owned()));
                }
            }
        }
    }
}

async fn put(server: &BlobServer, blob: &BlobId, secret: &UploadSecret, data: &[u8]) -> Result<(), Failed> {
    let length = data.len() as u64;
    let has = server.uploaded(blob, secret).await?;
    if has == length {
        return Ok(());
    }
    let rest = usize::try_from(has).ok().and_then(|has| data.get(has..)).ok_or_else(more_than_there_is)?;
    let body = Full::new(Bytes::copy_from_slice(rest)).map_err(|never| match never {}).boxed();
    Ok(server.upload(blob, secret, has, length - has, body).await?)
}

async fn fetch(
    server: &BlobServer,
    blob: &BlobId,
    limit_bytes: u64,
    ends: &Mutex<FetchEnds>,
) -> Result<Vec<u8>, Failed> {
    let ended = |after: Option<usize>| ends.lock().unwrap_or_else(PoisonError::into_inner).push(after);
    let (mut body, _) = server.download(blob, 0).await.inspect_err(|_| ended(None))?;
    let mut data = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            ended(Some(data.len()));
            Failed::Retry(format!("the connection broke: {error}"))
        })?;
        let Ok(piece) = frame.into_data() else { continue };
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
            HttpError::Retry(why) | HttpError::Refused { status: StatusCode::CONFLICT, why } => {
                Failed::Retry(why)
            }
            HttpError::Refused { why, .. } => Failed::Final(why),
        }
    }
}

#[cfg(test)]
mod tests;
