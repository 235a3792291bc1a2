//! A device's store that fails: SQLite stops in the middle of a statement, or cannot commit. That is what a full or broken disk, or too
//! many open files, come to: the statement fails, and what its transaction did is undone.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

/// SQLite asks so often whether it shall go on, in instructions of its virtual machine.
const EVERY: i32 = 4;

/// What is to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreFault {
    /// Instructions until then; `None`: the next commit fails.
    pub after: Option<u64>,
    /// So many statements or commits fail.
    pub times: u32,
}

/// Breaks a connection, from outside of whoever has it.
#[derive(Clone, Default)]
pub struct StoreFaults(Arc<Mutex<Plan>>);

#[derive(Default)]
struct Plan {
    next: Option<StoreFault>,
    failed: u64,
    commits: u64,
}

impl StoreFaults {
    /// From now on this one breaks the connection.
    pub fn attach(&self, db: &mut Connection) {
        let (plan, commits) = (self.clone(), self.clone());
        db.progress_handler(EVERY, Some(move || plan.instructions())).expect("a handler");
        db.commit_hook(Some(move || commits.commit())).expect("a hook");
    }

    pub fn set(&self, fault: Option<StoreFault>) {
        self.plan().next = fault;
    }

    /// How many statements and commits have failed.
    pub fn failed(&self) -> u64 {
        self.plan().failed
    }

    /// How many transactions were about to be committed.
    pub fn commits(&self) -> u64 {
        self.plan().commits
    }

    fn instructions(&self) -> bool {
        let mut plan = self.plan();
        let Some(StoreFault { after: Some(after), .. }) = &mut plan.next else { return false };
        *after = after.saturating_sub(EVERY.unsigned_abs().into());
        *after == 0 && plan.fails()
    }

    fn commit(&self) -> bool {
        let mut plan = self.plan();
        plan.commits += 1;
        matches!(plan.next, Some(StoreFault { after: None, .. })) && plan.fails()
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Plan {
    fn fails(&mut self) -> bool {
        self.failed += 1;
        if let Some(next) = &mut self.next {
            next.times = next.times.saturating_sub(1);
            if next.times == 0 {
                self.next = None;
            }
        }
        true
    }
}
