//! The one thread that runs the [`Directory`]: whatever waits becomes one transaction.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};

use casemate_wire::ids::BlobId;
use tokio::sync::oneshot;

use super::{Answer, Ask, BlobRow, Directory};
use crate::blobs::sweep::Rows;
use crate::transparency::Newest;

/// Requests in one transaction. More makes the first of them wait longer for the last.
const BATCH: usize = 256;

/// Takes the answers of a transaction, in the order of their asks.
pub type Deliver = Arc<dyn Fn(Vec<(u64, Answer)>) + Send + Sync>;

/// What the thread is asked. The router bounds requests (`router::share`); all else is asked by one task of the shell's, or by a
/// socket of HTTP that waits for its answer, and those are bounded where they come in.
enum Job {
    Ask(u64, Ask),
    Blob(BlobId, oneshot::Sender<Option<BlobRow>>),
    CompleteBlob(BlobId, oneshot::Sender<bool>),
    Blobs(u8, oneshot::Sender<Option<Rows>>),
    Housekeeping(oneshot::Sender<Option<Vec<BlobId>>>),
    Publish,
    Probe(oneshot::Sender<bool>),
    Head(oneshot::Sender<Option<Newest>>),
    /// What the operator asks.
    Operate(Box<dyn FnOnce(&mut Directory) + Send>),
    #[cfg(test)]
    Fault,
}

/// The running thread. Dropping it stops it after what is queued has been done.
pub struct DirectoryThread {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl DirectoryThread {
    /// Starts the thread.
    pub fn start(directory: Directory, deliver: Deliver) -> std::io::Result<Self> {
        let (jobs, queue) = channel();
        let thread = std::thread::Builder::new()
            .name("directory".into())
            .spawn(move || run(directory, &queue, &deliver))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Whether it ended though nobody ended it, which it does only by a fault.
    pub fn is_gone(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    #[cfg(test)]
    pub(crate) fn fault(&self) {
        self.submit(Job::Fault);
    }

    /// Asks for something; the answer comes by [`Deliver`].
    pub fn ask(&self, tag: u64, ask: Ask) {
        self.submit(Job::Ask(tag, ask));
    }

    /// The row of a blob; none too when the directory cannot say.
    pub async fn blob(&self, blob: BlobId) -> Option<BlobRow> {
        let (answer, answered) = oneshot::channel();
        self.submit(Job::Blob(blob, answer));
        answered.await.ok().flatten()
    }

    /// All bytes of a blob are on disk. False when that could not be stored.
    pub async fn complete_blob(&self, blob: BlobId) -> bool {
        let (answer, answered) = oneshot::channel();
        self.submit(Job::CompleteBlob(blob, answer));
        answered.await.unwrap_or(false)
    }

    /// All rows of blobs whose ids begin with this byte; none when the directory cannot say.
    pub async fn blobs(&self, first: u8) -> Option<Rows> {
        let (answer, answered) = oneshot::channel();
        self.submit(Job::Blobs(first, answer));
        answered.await.ok().flatten()
    }

    /// Deletes what has expired; answers with blobs whose files can go. None where the clock may not decide what has.
    pub async fn housekeeping(&self) -> Option<Vec<BlobId>> {
        let (answer, answered) = oneshot::channel();
        self.submit(Job::Housekeeping(answer));
        answered.await.ok().flatten()
    }

    /// Whether it can write.
    pub async fn can_write(&self) -> bool {
        let (answer, answered) = oneshot::channel();
        self.submit(Job::Probe(answer));
        answered.await.unwrap_or(false)
    }

    /// Publishes what has waited long enough for its epoch.
    pub fn publish(&self) {
        self.submit(Job::Publish);
    }

    /// The newest head of the log; none when it cannot say.
    pub async fn newest_head(&self) -> Option<Newest> {
        let (answer, answered) = oneshot::channel();
        self.submit(Job::Head(answer));
        answered.await.ok().flatten()
    }

    /// What the operator asks; none when it cannot be done.
    pub async fn operate<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Directory, i64) -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        self.submit(Job::Operate(Box::new(move |directory| {
            // Who asked may be gone; then nobody misses the answer.
            let _ = answer.send(work(directory, now_ms()));
        })));
        answered.await.ok()
    }

    fn submit(&self, job: Job) {
        // The thread ends only after this end of the channel is gone, or by a panic: then nobody answers.
        if let Some(jobs) = &self.jobs
            && jobs.send(job).is_err()
        {
            tracing::error!("directory: the thread is gone");
        }
    }
}

impl Drop for DirectoryThread {
    fn drop(&mut self) {
        self.jobs = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("directory: the thread had panicked");
        }
    }
}

fn run(mut directory: Directory, queue: &Receiver<Job>, deliver: &Deliver) {
    while let Ok(first) = queue.recv() {
        let (mut tags, mut asks, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for job in std::iter::once(first).chain(queue.try_iter().take(BATCH - 1)) {
            match job {
                Job::Ask(tag, ask) => {
                    tags.push(tag);
                    asks.push(ask);
                }
                other => others.push(other),
            }
        }
        if !asks.is_empty() {
            let answers = directory.batch(asks, now_ms());
            deliver(tags.into_iter().zip(answers).collect());
        }
        for job in others {
            other(&mut directory, job);
        }
    }
}

/// Whoever asked may be gone; then nobody misses the answer.
fn other(directory: &mut Directory, job: Job) {
    match job {
        Job::Ask(..) => {}
        #[cfg(test)]
        Job::Fault => panic!("a fault, as a test wants it"),
        Job::Blob(blob, answer) => {
            let row = directory.blob(blob).unwrap_or_else(|error| {
                tracing::error!(%error, "directory: a blob could not be looked up");
                None
            });
            let _ = answer.send(row);
        }
        Job::CompleteBlob(blob, answer) => {
            let done = directory.complete_blob(blob, now_ms());
            if let Err(error) = &done {
                tracing::error!(%error, "directory: a blob could not be completed");
            }
            let _ = answer.send(done.is_ok());
        }
        Job::Blobs(first, answer) => {
            let rows = directory.blobs(first);
            if let Err(error) = &rows {
                tracing::warn!(%error, "directory: the blobs could not be listed");
            }
            let _ = answer.send(rows.ok());
        }
        Job::Housekeeping(answer) => {
            let blobs = directory.keep_house(now_ms()).unwrap_or_else(|error| {
                tracing::warn!(%error, "directory: what has expired could not be deleted; it is tried again");
                None
            });
            let _ = answer.send(blobs);
        }
        Job::Publish => {
            if let Err(error) = directory.publish_due(now_ms()) {
                tracing::error!(%error, "directory: an epoch could not be published; it is tried again");
            }
        }
        Job::Probe(answer) => {
            let written = directory.probe(now_ms());
            if let Err(error) = &written {
                tracing::error!(%error, "directory: it cannot write");
            }
            let _ = answer.send(written.is_ok());
        }
        Job::Operate(work) => work(directory),
        Job::Head(answer) => {
            let newest = directory.newest_head(now_ms());
            if let Err(error) = &newest {
                tracing::error!(%error, "directory: the log's head could not be read");
            }
            let _ = answer.send(newest.ok());
        }
    }
}

/// Unix time. A clock before 1970 is taken for 1970.
pub(crate) fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
