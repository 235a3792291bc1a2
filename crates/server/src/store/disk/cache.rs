//! States and readers of the logs in use. Bounded, but for what has changed and is not in `meta.db` yet: that is
//! bounded by how much may wait before the writer is slowed.

use std::collections::HashMap;

use casemate_wire::ids::LogId;

use super::meta::LogRow;
use crate::store::{LogState, Readers};

/// Readers that may be in memory for each log that may, on average.
const READERS_PER_LOG: usize = 8;

/// A log in use.
#[derive(Debug)]
pub struct Cached {
    /// The log.
    pub log: LogId,
    /// Its state.
    pub state: LogState,
    /// Of the last record that is part of it.
    pub position: u64,
    /// Where they were needed.
    pub readers: Option<Readers>,
    /// The next entry as a batch on its way sees it; 0 for none on its way.
    pub planned_entry: u64,
    /// As of which expiry `state.first_entry` is.
    pub expiry: u32,
    changed: bool,
    readers_changed: bool,
    saving: bool,
    used: bool,
}

impl Cached {
    /// As it is in `meta.db`, or new.
    pub fn new(log: LogId, state: LogState, position: u64, readers: Option<Readers>, expiry: u32) -> Self {
        let (changed, readers_changed, saving, used) = (false, false, false, true);
        let planned_entry = 0;
        Self { log, state, position, readers, planned_entry, expiry, changed, readers_changed, saving, used }
    }
}

/// Logs by id.
pub struct Cache {
    capacity: usize,
    /// So many make a pass worth while; above the capacity where more have changed than it holds.
    full_at: usize,
    /// Readers in memory, about.
    readers: usize,
    places: HashMap<LogId, u32>,
    /// None: free.
    logs: Vec<Option<Cached>>,
    free: Vec<u32>,
    changed: Vec<u32>,
    saving: Vec<u32>,
}

impl Cache {
    /// Keeps about so many logs that have not changed.
    pub fn new(capacity: usize) -> Self {
        let (places, logs, free) = (HashMap::new(), Vec::new(), Vec::new());
        let (changed, saving) = (Vec::new(), Vec::new());
        Self { capacity, full_at: capacity, readers: 0, places, logs, free, changed, saving }
    }

    /// Where a log is.
    pub fn find(&mut self, log: LogId) -> Option<u32> {
        let place = *self.places.get(&log)?;
        if let Some(cached) = &mut self.logs[place as usize] {
            cached.used = true;
        }
        Some(place)
    }

    /// All that are here.
    pub fn logs(&self) -> impl Iterator<Item = LogId> {
        self.places.keys().copied()
    }

    /// Puts a log in that was not there.
    pub fn insert(&mut self, cached: Cached) -> u32 {
        let place = self.free.pop().unwrap_or_else(|| {
            self.logs.push(None);
            self.logs.len() as u32 - 1
        });
        self.places.insert(cached.log, place);
        self.logs[place as usize] = Some(cached);
        place
    }

    /// The log at a place that [`Self::find`] or [`Self::insert`] gave since the last [`Self::make_room`].
    pub fn at(&mut self, place: u32) -> &mut Cached {
        self.logs[place as usize].as_mut().expect("places are given back only in make_room and remove")
    }

    /// Takes a log out that must not have been put in.
    pub fn remove(&mut self, log: LogId) {
        if let Some(place) = self.places.remove(&log) {
            self.logs[place as usize] = None;
            self.free.push(place);
        }
    }

    /// The log differs from what `meta.db` has.
    pub fn note_change(&mut self, place: u32, readers: bool) {
        let cached = self.at(place);
        cached.readers_changed |= readers;
        if !std::mem::replace(&mut cached.changed, true) {
            self.changed.push(place);
        }
    }

    /// Logs that have changed and wait to be saved.
    pub fn changed(&self) -> usize {
        self.changed.len()
    }

    /// What has changed, to be saved now.
    pub fn take_changes(&mut self) -> Vec<LogRow> {
        let places = std::mem::take(&mut self.changed);
        let mut rows = Vec::with_capacity(places.len());
        for place in &places {
            let cached = self.at(*place);
            cached.changed = false;
            cached.saving = true;
            let readers =
                std::mem::take(&mut cached.readers_changed).then(|| cached.readers.clone()).flatten();
            rows.push(LogRow { log: cached.log, state: cached.state, position: cached.position, readers });
        }
        self.saving.extend(places);
        rows
    }

    /// What [`Self::take_changes`] gave has been saved.
    pub fn note_saved(&mut self) {
        for place in std::mem::take(&mut self.saving) {
            self.at(place).saving = false;
        }
    }

    /// Gives a log that is here the readers that `meta.db` has.
    pub fn load_readers(&mut self, place: u32, readers: Readers) {
        self.readers += readers.weight();
        self.at(place).readers = Some(readers);
    }

    /// Lets go of logs where there are too many: those that were not used since the last time, else all that
    /// have not changed. Costs a pass over all, after at least a quarter of the capacity has come in.
    pub fn make_room(&mut self) {
        if self.places.len() < self.full_at && self.readers < READERS_PER_LOG * self.capacity {
            return;
        }
        if self.readers < READERS_PER_LOG * self.capacity {
            self.evict(|cached| !std::mem::take(&mut cached.used));
        }
        if self.places.len() > self.capacity / 4 * 3 {
            self.evict(|_| true);
        }
        // What has changed cannot go: do not try again with every call.
        self.full_at = self.capacity.max(self.places.len() / 3 * 4);
    }

    /// Lets go of everything that has not changed, and of the memory for it.
    pub fn clear(&mut self) {
        self.evict(|_| true);
        if self.places.is_empty() {
            *self = Self::new(self.capacity);
        }
    }

    fn evict(&mut self, mut may_go: impl FnMut(&mut Cached) -> bool) {
        self.readers = 0;
        for (place, slot) in self.logs.iter_mut().enumerate() {
            if let Some(cached) = slot
                && !cached.changed
                && !cached.saving
                && may_go(cached)
            {
                self.places.remove(&cached.log);
                *slot = None;
                self.free.push(place as u32);
            }
            self.readers += slot.as_ref().and_then(|log| log.readers.as_ref()).map_or(0, Readers::weight);
        }
    }
}
