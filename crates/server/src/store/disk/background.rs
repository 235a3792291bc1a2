//! The thread that carries what is durable in the journal over to the indexes and to `meta.db`, in slices, and
//! removes expired segments. It holds nothing that is not also in the journal: killed at any point, the next start
//! does the rest.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::damage::Damage;
use super::errors::io_error;
use super::files::SegmentFiles;
use super::index::{Index, index_path};
use super::journal::{Sealed, segment_path};
use super::meta::{Applied, LogRow, Meta};
use super::pages::Segments;
use super::room::{Place, Relief};
use super::waiting::{Layer, Waiting};
use crate::store::StoreError;

/// Rows in one transaction: small, so that neither a commit nor a checkpoint takes long.
const SLICE: usize = 500;
/// After a failure, most often a full disk: how long before the same is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// How long somebody who waits may miss a wake.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// What there is to do.
pub enum Job {
    /// Index layers and save logs.
    Flush {
        /// Oldest first.
        layers: Vec<Arc<Layer>>,
        /// Changed logs.
        logs: Vec<LogRow>,
        /// How far the journal has been carried over then.
        applied: Applied,
        /// Segments of which nothing is left to index after this.
        sealed: Vec<Sealed>,
    },
    /// Remove a sealed segment.
    Expire(u32),
    /// Logs over their share have less of the disk.
    Relieve(Relief),
}

/// How far the thread is.
#[derive(Debug, Default)]
pub struct Progress {
    /// Jobs done since the start.
    pub done: u64,
    /// What the job under way failed with; it is tried again.
    pub failing: Option<StoreError>,
    /// Bytes that were freed since the start, see [`Job::Relieve`].
    pub freed: u64,
}

/// The thread and what is shared with it.
pub struct Background {
    shared: Arc<Shared>,
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    given: u64,
}

struct Shared {
    progress: Mutex<Progress>,
    moved: Condvar,
    stopping: AtomicBool,
}

impl Background {
    /// Starts the thread over a connection of its own.
    pub fn start(
        folder: PathBuf,
        files: Arc<dyn SegmentFiles>,
        meta: Meta,
        (waiting, segments, damage): (Waiting, Segments, Damage),
    ) -> Result<Self, StoreError> {
        let shared = Arc::new(Shared {
            progress: Mutex::default(),
            moved: Condvar::new(),
            stopping: AtomicBool::new(false),
        });
        let (sender, receiver) = mpsc::channel();
        let worker = Worker {
            folder: folder.clone(),
            files,
            meta,
            waiting,
            segments,
            damage,
            shared: shared.clone(),
            index: None,
        };
        let thread = thread::Builder::new()
            .name("delivery-index".into())
            .spawn(move || worker.run(&receiver))
            .map_err(io_error("starting a thread for", &folder))?;
        Ok(Self { shared, jobs: Some(sender), thread: Some(thread), given: 0 })
    }

    /// Gives the thread something to do. It is done when so many jobs are done as are given back.
    pub fn give(&mut self, job: Job) -> u64 {
        self.given += 1;
        // It ends only when this is dropped, or by a panic, which `failing` would not show: then it is at rest
        // for ever and the writer is refused once too much waits.
        if let Some(jobs) = &self.jobs
            && jobs.send(job).is_err()
        {
            tracing::error!("the delivery store's background thread has ended");
        }
        self.given
    }

    /// Whether the job under way failed, and is tried again.
    pub fn is_failing(&self) -> bool {
        self.shared.progress().failing.is_some()
    }

    /// Bytes that were freed since the start.
    pub fn freed(&self) -> u64 {
        self.shared.progress().freed
    }

    /// Jobs done.
    pub fn done(&self) -> u64 {
        self.shared.progress().done
    }

    /// Waits until everything that was given is done, or something fails.
    pub fn wait(&self) -> Result<(), StoreError> {
        self.wait_until(|done| done == self.given)
    }

    /// Waits until `enough` says so, which is given the number of jobs done, or until something fails.
    pub fn wait_until(&self, enough: impl Fn(u64) -> bool) -> Result<(), StoreError> {
        let mut progress = self.shared.progress();
        loop {
            if enough(progress.done) {
                return Ok(());
            }
            if let Some(error) = progress.failing.take() {
                return Err(error);
            }
            if self.thread.as_ref().is_none_or(JoinHandle::is_finished) {
                return Err(StoreError::Stopped);
            }
            // Not for ever: room is made without holding the lock, so a wake may come a moment too early.
            let waited = self.shared.moved.wait_timeout(progress, LOOK_AGAIN);
            progress = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::Relaxed);
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the delivery store's background thread had panicked");
        }
    }
}

impl Shared {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}

struct Worker {
    folder: PathBuf,
    files: Arc<dyn SegmentFiles>,
    meta: Meta,
    waiting: Waiting,
    segments: Segments,
    damage: Damage,
    shared: Arc<Shared>,
    /// The index that was written last.
    index: Option<(u32, Index)>,
}

/// The store is being closed.
struct Stopping;

enum Failed {
    Stopping,
    Store(StoreError),
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Stopping> for Failed {
    fn from(Stopping: Stopping) -> Self {
        Self::Stopping
    }
}

impl Worker {
    fn run(mut self, jobs: &Receiver<Job>) {
        loop {
            let job = match jobs.recv_timeout(Duration::from_secs(60)) {
                Ok(job) => job,
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            while let Err(failed) = self.carry_out(&job) {
                match failed {
                    Failed::Stopping => return,
                    Failed::Store(error) => {
                        tracing::warn!(%error, "the delivery store's index could not be written");
                        // Its connection may be what is wrong.
                        self.index = None;
                        self.shared.progress().failing = Some(error);
                        self.shared.moved.notify_all();
                        thread::sleep(TRY_AGAIN);
                    }
                }
                if self.shared.is_stopping() {
                    return;
                }
            }
            let mut progress = self.shared.progress();
            progress.done += 1;
            progress.failing = None;
            drop(progress);
            self.shared.moved.notify_all();
        }
    }

    fn carry_out(&mut self, job: &Job) -> Result<(), Failed> {
        match job {
            Job::Flush { layers, logs, applied, sealed } => {
                for layer in layers {
                    let shared = self.shared.clone();
                    if !self.index(layer.segment)?.add(layer, || !shared.is_stopping())? {
                        return Err(Failed::Stopping);
                    }
                    self.waiting.remove(layer);
                    // There is more room now.
                    self.shared.moved.notify_all();
                }
                for segment in sealed {
                    let index = self.index(segment.number)?;
                    index.save_reach(segment.bytes)?;
                    index.checkpoint()?;
                }
                for slice in logs.chunks(SLICE) {
                    self.go_on()?;
                    self.meta.save_logs(slice)?;
                }
                self.meta.save_applied(applied, sealed)?;
                Ok(())
            }
            Job::Expire(number) => self.expire(*number),
            Job::Relieve(relief) => {
                self.index = None;
                let (shared, files) = (self.shared.clone(), self.files.clone());
                let go_on = || !shared.is_stopping();
                let mut place = Place {
                    meta: &mut self.meta,
                    files: files.as_ref(),
                    folder: &self.folder,
                    go_on: &go_on,
                };
                match place.relieve(relief) {
                    Ok(freed) => self.shared.progress().freed += freed,
                    // Not tried again at once: what waits for the index does not wait for this.
                    Err(error) => tracing::warn!(%error, "old entries could not be let go of"),
                }
                Ok(())
            }
        }
    }

    /// Logs are told first, durably: so an entry that cannot be found is never one that should be there.
    fn expire(&mut self, number: u32) -> Result<(), Failed> {
        for generation in self.index(number)?.generations()? {
            let mut slot = 0;
            loop {
                self.go_on()?;
                let expired = self.index(number)?.newest(generation, slot, SLICE)?;
                let Some((last, _)) = expired.last() else { break };
                slot = last.saturating_add(1);
                self.meta.expire_entries(&expired)?;
            }
        }
        self.index = None;
        // From here on its files may be missing; any other that is missing is not expired.
        self.meta.mark_expiring(number)?;
        // Only now: what is in no segment and has not expired would count as lost.
        self.segments.write().unwrap_or_else(PoisonError::into_inner).retain(|other| *other != number);
        self.damage.forget(number);
        remove_segment(self.files.as_ref(), &self.folder, number)?;
        self.meta.forget_segment(number)?;
        Ok(())
    }

    fn index(&mut self, number: u32) -> Result<&mut Index, StoreError> {
        if self.index.as_ref().is_none_or(|(open, _)| *open != number) {
            self.index = Some((number, Index::open(index_path(&self.folder, number))?));
        }
        Ok(&mut self.index.as_mut().expect("opened just now").1)
    }

    fn go_on(&self) -> Result<(), Stopping> {
        if self.shared.is_stopping() { Err(Stopping) } else { Ok(()) }
    }
}

/// Removes a segment's files, of which some may be gone. The segment itself first: without it the rest is known
/// to be left over.
pub fn remove_segment(files: &dyn SegmentFiles, folder: &Path, number: u32) -> Result<(), StoreError> {
    let index = index_path(folder, number);
    for path in [segment_path(folder, number), beside(&index, "-wal"), beside(&index, "-shm"), index] {
        match files.remove(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(io_error("removing", &path)(error));
            }
            _ => {}
        }
    }
    files.sync_folder(folder).map_err(io_error("changing", folder))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
