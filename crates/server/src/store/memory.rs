//! A store that forgets when the process ends: for tests and the simulation. "Durable" here means: kept by the
//! handles that share it, so dropping one handle and going on with another is a restart of the server.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use casemate_wire::ids::{Hash32, LogId};

use super::state::{apply_ack, apply_entry};
use super::{LogState, Mutation, Page, PageReader, Reader, Readers, Store, StoreError, StoredEntry};

/// Logs in memory. Clones share the same logs.
#[derive(Clone, Default)]
pub struct MemoryStore {
    logs: Arc<Mutex<HashMap<LogId, Log>>>,
    fault: Arc<Mutex<Option<StoreFault>>>,
}

/// A call to a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreCall {
    /// [`Store::log`], [`Store::reader`], [`Store::readers`]
    State,
    /// [`Store::commit`]
    Commit,
    /// [`Store::read`], [`PageReader::read`]
    Read,
}

/// Says which calls fail. Besides the error: whether what was to be committed is there all the same.
pub type StoreFault = Box<dyn FnMut(StoreCall) -> Option<(StoreError, bool)> + Send>;

#[derive(Clone)]
struct Log {
    state: LogState,
    readers: Readers,
    // Without a gap, the last one is the head.
    entries: Vec<StoredEntry>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// A store of its own with the same contents: what a backup taken now would hold.
    pub fn backup(&self) -> Self {
        Self { logs: Arc::new(Mutex::new(self.logs().clone())), fault: Arc::default() }
    }

    /// The disk damaged an entry.
    pub fn damage(&self, log: LogId, entry: u64) {
        let mut logs = self.logs();
        let entries = logs.get_mut(&log).into_iter().flat_map(|log| &mut log.entries);
        entries.filter(|stored| stored.entry == entry).for_each(|stored| *stored = StoredEntry::lost(entry));
    }

    /// What a crash of the server may lose: receipts, which are kept lazily.
    pub fn crash(&self) {
        for log in self.logs().values_mut() {
            log.readers = std::mem::take(&mut log.readers).with_receipts(BTreeMap::new());
        }
    }

    /// From now on calls fail as this says; none: no call fails.
    pub fn set_fault(&self, fault: Option<StoreFault>) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    fn logs(&self) -> MutexGuard<'_, HashMap<LogId, Log>> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fault(&self, call: StoreCall) -> Option<(StoreError, bool)> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).as_mut().and_then(|fault| fault(call))
    }

    fn may(&self, call: StoreCall) -> Result<(), StoreError> {
        self.fault(call).map_or(Ok(()), |(error, _)| Err(error))
    }

    fn apply(&self, mutations: &[Mutation]) -> Result<(), StoreError> {
        let mut logs = self.logs();
        check_order(&logs, mutations)?;
        for mutation in mutations {
            if let Mutation::CreateLog { log, write_hash, reader_hash, .. } = mutation {
                let state = LogState::new(logs.len() as u32, *write_hash);
                logs.insert(
                    *log,
                    Log { state, readers: Readers::creator(*reader_hash), entries: Vec::new() },
                );
            } else if let Some(log) = logs.get_mut(&mutation.log()) {
                log.apply(mutation);
            }
        }
        Ok(())
    }
}

impl Store for MemoryStore {
    fn log(&mut self, log: LogId) -> Result<Option<LogState>, StoreError> {
        self.may(StoreCall::State)?;
        Ok(self.logs().get(&log).map(|log| log.state))
    }

    fn reader(&mut self, log: LogId, hash: &Hash32) -> Result<Option<Reader>, StoreError> {
        self.may(StoreCall::State)?;
        Ok(self.logs().get(&log).and_then(|log| log.readers.find(hash).copied()))
    }

    fn readers(&mut self, log: LogId) -> Result<Readers, StoreError> {
        self.may(StoreCall::State)?;
        Ok(self.logs().get(&log).map(|log| log.readers.clone()).unwrap_or_default())
    }

    fn commit(&mut self, mutations: &[Mutation]) -> Result<(), StoreError> {
        match self.fault(StoreCall::Commit) {
            None => self.apply(mutations),
            Some((error, done)) => {
                if done {
                    self.apply(mutations)?;
                }
                Err(error)
            }
        }
    }

    fn read(&mut self, page: &Page) -> Result<Vec<StoredEntry>, StoreError> {
        self.may(StoreCall::Read)?;
        let logs = self.logs();
        let Some(log) = logs.get(&page.log) else { return Ok(Vec::new()) };
        let start = log.entries.partition_point(|entry| entry.entry <= page.after);
        let mut bytes = 0;
        let mut found = Vec::new();
        for entry in log.entries[start..].iter().take(page.limit_entries) {
            bytes += entry.payload.len();
            if entry.entry > page.up_to || (bytes > page.limit_bytes && !found.is_empty()) {
                break;
            }
            found.push(entry.clone());
        }
        Ok(found)
    }

    fn pages(&self) -> Result<Box<dyn PageReader>, StoreError> {
        Ok(Box::new(self.clone()))
    }

    fn expire(&mut self, before_ms: i64, now_ms: i64) -> Result<(), StoreError> {
        for log in self.logs().values_mut() {
            let times: Vec<i64> = log.entries.iter().map(|entry| entry.at_ms).collect();
            let gone = super::expired(&times, before_ms, now_ms);
            log.entries.drain(..gone);
            log.state.first_entry += gone as u64;
        }
        Ok(())
    }

    fn newest_ms(&mut self) -> Result<i64, StoreError> {
        let logs = self.logs();
        let newest = logs.values().filter_map(|log| log.entries.last()).map(|entry| entry.at_ms);
        Ok(newest.max().unwrap_or(i64::MIN))
    }

    fn tidy(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}

impl PageReader for MemoryStore {
    fn read(&mut self, _slot: u32, page: &Page) -> Result<Vec<StoredEntry>, StoreError> {
        Store::read(self, page)
    }
}

impl Log {
    fn apply(&mut self, mutation: &Mutation) {
        match mutation {
            Mutation::CreateLog { .. } => {}
            Mutation::Append(new) => {
                apply_entry(&mut self.state, Some(&mut self.readers), new);
                self.entries.push(StoredEntry {
                    entry: new.entry,
                    at_ms: new.at_ms,
                    client_id: new.client_id,
                    payload: new.payload.clone(),
                    commit: new.commit.as_ref().map(|commit| (commit.previous, commit.next_write_hash)),
                    lost: false,
                });
            }
            Mutation::ReplaceReader { old, new, .. } => {
                self.readers.replace(old, *new);
            }
            Mutation::Ack { reader, up_to, .. } => {
                apply_ack(&mut self.state, &mut self.readers, reader, *up_to);
            }
            Mutation::Receipt { reader, version, sealed, .. } => {
                self.readers.put_receipt(reader, *version, sealed.clone());
            }
        }
    }
}

/// All or none: so everything is looked at before anything is changed.
fn check_order(logs: &HashMap<LogId, Log>, mutations: &[Mutation]) -> Result<(), StoreError> {
    let mut next: HashMap<LogId, u64> = HashMap::new();
    for mutation in mutations {
        let log = mutation.log();
        let known = next.get(&log).copied().or_else(|| logs.get(&log).map(|log| log.state.next_entry));
        match (mutation, known) {
            (Mutation::CreateLog { .. }, None) => drop(next.insert(log, 1)),
            (Mutation::CreateLog { .. }, Some(_)) => return Err(StoreError::OutOfOrder("the log exists")),
            (_, None) => return Err(StoreError::OutOfOrder("there is no such log")),
            (Mutation::Append(new), Some(number)) => {
                if new.entry != number {
                    return Err(StoreError::OutOfOrder("not the log's next entry number"));
                }
                next.insert(log, number + 1);
            }
            (_, Some(_)) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::suite::{Factory, run};
    use super::*;

    impl Factory for MemoryStore {
        type Store = MemoryStore;
        fn open(&mut self) -> MemoryStore {
            self.clone()
        }
    }

    #[test]
    fn the_suite_of_every_store() {
        run(MemoryStore::new);
    }
}
