//! Connections on which nobody has said the secret yet. Anybody can open some: there are few, of one address fewer, and where one is
//! too many the oldest goes, so that nobody who knows the secret waits for those who do not.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::AbortHandle;

use super::connections::{network, one_too_many};

/// In all, and of one address: each takes a file and what a greeting takes. More is more of these for strangers; fewer makes
/// it easier to push out somebody whose greeting takes a while.
const WAITING: usize = 64;
const PER_ADDRESS: usize = 8;

/// See the module.
#[derive(Default)]
pub struct Waiting(Mutex<Those>);

#[derive(Default)]
struct Those {
    /// The oldest first.
    all: Vec<One>,
    numbers: u64,
}

struct One {
    number: u64,
    /// None where connections have no address.
    from: Option<IpAddr>,
    task: AbortHandle,
}

/// A place among them, until it is dropped.
pub struct Ticket {
    number: u64,
    waiting: Arc<Waiting>,
}

impl Waiting {
    /// One more; `begin` starts what serves it, on the thread that this is called on: it does nothing before this returns.
    pub fn enter(self: &Arc<Self>, from: Option<IpAddr>, begin: impl FnOnce(Ticket) -> AbortHandle) {
        let (number, from) = (self.next_number(), from.map(network));
        let task = begin(Ticket { number, waiting: self.clone() });
        let gone = self.lock().put(One { number, from, task });
        // Whoever goes gives its ticket back, for which nothing may be locked.
        if let Some(gone) = gone {
            gone.task.abort();
        }
    }

    fn next_number(&self) -> u64 {
        let mut those = self.lock();
        those.numbers += 1;
        those.numbers
    }

    fn lock(&self) -> MutexGuard<'_, Those> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Those {
    /// Takes out the one that goes for this one, where they are too many with it.
    fn put(&mut self, one: One) -> Option<One> {
        self.all.push(one);
        let oldest = one_too_many(self.all.iter().map(|one| one.from), PER_ADDRESS, WAITING);
        oldest.map(|at| self.all.remove(at))
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.waiting.lock().all.retain(|one| one.number != self.number);
    }
}
