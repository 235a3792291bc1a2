//! Which client ids were stored lately, so that a repeat gets the first answer without a look at the disk.

use std::collections::{HashMap, VecDeque};

use casemate_wire::ids::{ClientId, LogId};

/// Entries remembered over all logs. More costs 100 bytes each, and lets a repeat that does not say so
/// (`Append.retry`) come later: at 40,000 entries a second these are three seconds.
pub const RECENT: usize = 131_072;

/// The last [`RECENT`] entries by client id.
#[derive(Default)]
pub struct Recent {
    entries: HashMap<(LogId, ClientId), (u64, i64)>,
    order: VecDeque<(LogId, ClientId)>,
}

impl Recent {
    /// The entry and its time that a client id got.
    pub fn find(&self, log: LogId, client_id: ClientId) -> Option<(u64, i64)> {
        self.entries.get(&(log, client_id)).copied()
    }

    /// Remembers an entry that is durable.
    pub fn note(&mut self, log: LogId, client_id: ClientId, entry: u64, at_ms: i64) {
        if self.entries.insert((log, client_id), (entry, at_ms)).is_some() {
            return;
        }
        self.order.push_back((log, client_id));
        if self.order.len() > RECENT
            && let Some(oldest) = self.order.pop_front()
        {
            self.entries.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten_first() {
        let mut recent = Recent::default();
        let id = |n: usize| ClientId((n as u128).to_le_bytes());
        for n in 0..=RECENT {
            recent.note(LogId([1; 16]), id(n), n as u64, 0);
        }
        assert_eq!(recent.find(LogId([1; 16]), id(0)), None);
        assert_eq!(recent.find(LogId([1; 16]), id(1)), Some((1, 0)));
        assert_eq!(recent.find(LogId([2; 16]), id(1)), None, "client ids belong to a log");
        assert_eq!(recent.entries.len(), RECENT);
    }
}
