//! What one thread of the relay leaves for another, and how it wakes it.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use bytes::Bytes;
use casemate_wire::call::{Place, Wanted};
use tokio::sync::oneshot;

use crate::core::{Counters, Protocol, Refused};

/// Packets that may wait for a thread; beyond, they are lost, as a full socket loses them.
const WAITING: usize = 4_096;

/// Something for a media thread.
pub enum Job {
    /// A packet of a participant of its.
    Packet(Came),
    /// A server asks.
    Join(Place, String, oneshot::Sender<Result<String, Refused>>),
    /// A server asks.
    Wish(Place, Vec<Wanted>, oneshot::Sender<bool>),
    /// A server asks.
    Leave(Place, oneshot::Sender<bool>),
    /// Somebody wants to know how it does.
    Count(oneshot::Sender<Counters>),
    /// The relay stops.
    Stop,
}

/// A packet that came to another thread.
pub struct Came {
    /// How it came.
    pub protocol: Protocol,
    /// Where from.
    pub source: SocketAddr,
    /// Which public address it came to.
    pub destination: SocketAddr,
    /// What it holds.
    pub bytes: Bytes,
}

/// See the module.
pub struct Inbox {
    jobs: Mutex<Vec<Job>>,
    bell: UnixStream,
    ears: UnixStream,
}

impl Inbox {
    /// An empty one.
    pub fn new() -> io::Result<Self> {
        let (bell, ears) = UnixStream::pair()?;
        bell.set_nonblocking(true)?;
        ears.set_nonblocking(true)?;
        Ok(Self { jobs: Mutex::default(), bell, ears })
    }

    /// Leaves a job, and wakes the thread.
    pub fn put(&self, job: Job) {
        self.put_all([job]);
    }

    /// Leaves several.
    pub fn put_all(&self, new: impl IntoIterator<Item = Job>) {
        let mut jobs = self.lock();
        let was_empty = jobs.is_empty();
        for job in new {
            if jobs.len() < WAITING || !matches!(job, Job::Packet(_)) {
                jobs.push(job);
            }
        }
        // While nobody else looks: the bell has rung if anything waits, and only then.
        if was_empty && !jobs.is_empty() {
            // Where it is full the thread is awake anyway.
            let _ = (&self.bell).write(&[1]);
        }
    }

    /// All that waits.
    pub fn take(&self) -> Vec<Job> {
        let mut jobs = self.lock();
        if jobs.is_empty() {
            return Vec::new();
        }
        let mut rung = [0; 64];
        while (&self.ears).read(&mut rung).is_ok_and(|rung| rung == 64) {}
        std::mem::take(&mut *jobs)
    }

    /// What can be read when somebody left something.
    pub fn ears(&self) -> &UnixStream {
        &self.ears
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Job>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which thread has whom, by network address. Only addresses that signed STUN came from are here.
#[derive(Default)]
pub struct Routes(RwLock<HashMap<(Protocol, SocketAddr), u8>>);

impl Routes {
    /// The thread that has whoever sends from there.
    pub fn find(&self, from: &(Protocol, SocketAddr)) -> Option<u8> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(from).copied()
    }

    /// Says that a thread has it, or has no more.
    pub fn set(&self, from: (Protocol, SocketAddr), thread: u8, known: bool) {
        let mut routes = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known {
            routes.insert(from, thread);
        } else if routes.get(&from) == Some(&thread) {
            routes.remove(&from);
        }
    }
}
