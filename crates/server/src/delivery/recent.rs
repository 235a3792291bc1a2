//! Which client ids were stored lately, so that a repeat gets the first answer without a look at the disk.

use std::collections::HashMap;

use casemate_wire::ids::{ClientId, LogId};

use crate::store::Mutation;

/// Entries remembered over all logs, at most. More costs 60 bytes each, and lets a repeat that does not say so
/// (`Append.retry`) come later: at 40,000 entries a second these are two to three seconds.
pub const RECENT: usize = 131_072;

/// The last [`RECENT`] entries by client id, or down to half as many: they are forgotten by the half.
#[derive(Default)]
pub struct Recent {
    newer: HashMap<(LogId, ClientId), (u64, i64)>,
    older: HashMap<(LogId, ClientId), (u64, i64)>,
}

impl Recent {
    /// The entry and its time that a client id got.
    pub fn find(&self, log: LogId, client_id: ClientId) -> Option<(u64, i64)> {
        let key = (log, client_id);
        self.newer.get(&key).or_else(|| self.older.get(&key)).copied()
    }

    /// Remembers an entry, so that later ops of its batch find it too.
    pub fn note(&mut self, log: LogId, client_id: ClientId, entry: u64, at_ms: i64) {
        if self.newer.len() >= RECENT / 2 {
            std::mem::swap(&mut self.newer, &mut self.older);
            self.newer.clear();
        }
        self.newer.insert((log, client_id), (entry, at_ms));
    }

    /// These did not become durable.
    pub fn forget(&mut self, mutations: &[Mutation]) {
        for mutation in mutations {
            if let Mutation::Append(new) = mutation {
                let key = (new.log, new.client_id);
                self.newer.remove(&key);
                self.older.remove(&key);
            }
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
        assert_eq!(recent.find(LogId([1; 16]), id(RECENT / 2)), Some((RECENT as u64 / 2, 0)));
        assert_eq!(recent.find(LogId([1; 16]), id(RECENT)), Some((RECENT as u64, 0)));
        assert_eq!(recent.find(LogId([2; 16]), id(RECENT)), None, "client ids belong to a log");
        assert!(recent.newer.len() + recent.older.len() <= RECENT);
    }
}
