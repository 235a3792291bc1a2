//! MLS groups in memory, and when the ratchets that received messages moved are stored.
//!
//! What is stored grows with the members who wrote in an epoch. In a large group it is stored once for all that comes within a second. A device
//! that ends meanwhile has keys of messages that it read, so its leaf then takes new ones.

use std::collections::{BTreeMap, BTreeSet};

use casemate_crypto::{Conversation, CryptoError};
use casemate_wire::ids::LogId;
use rusqlite::{Connection, TransactionBehavior, params};

use crate::Engine;
use crate::core::{Ctx, Done, Me, id_column, not_found};
use crate::db::{self, MlsStore};
use crate::log::State;

/// More keeps more groups' trees in memory; a group of 500 devices has about 1 MB.
pub const OPEN_GROUPS: usize = 64;

/// From so many devices on, ratchets are not stored for each message.
const LARGE: usize = 24;

/// A log that a conversation left is read to its end, by who comes later too. What was said there is on no server after 60 days, and then its
/// keys open nothing more that is to be read.
const REPLACED_MS: i64 = 70 * 86_400_000;

/// How long a used key of a large group may stay in the store.
const AHEAD_MS: i64 = 1_000;

/// Conversations kept in memory: the least recently used leaves.
pub struct Groups {
    open: BTreeMap<LogId, (u64, Conversation)>,
    used: u64,
    /// Groups whose ratchets moved since they were stored.
    ahead: BTreeMap<LogId, Ahead>,
    /// Groups whose moves are lost: used keys are in the store still.
    stale: BTreeSet<LogId>,
    /// Everything in memory was lost: so were the moves that the database says were not stored.
    lost: bool,
}

/// Since when ratchets wait to be stored, and whether the database says that they do.
#[derive(Clone, Copy)]
struct Ahead {
    since_ms: i64,
    is_noted: bool,
}

impl Default for Groups {
    fn default() -> Self {
        // What was in memory before the start.
        Self { open: BTreeMap::new(), used: 0, ahead: BTreeMap::new(), stale: BTreeSet::new(), lost: true }
    }
}

impl Groups {
    /// Forgets everything: the transaction in which it changed was rolled back.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// When the next ratchets are stored.
    pub fn due_ms(&self) -> Option<i64> {
        self.ahead.values().map(|ahead| ahead.since_ms.saturating_add(AHEAD_MS)).min()
    }

    fn take(&mut self, log: LogId) -> Option<Conversation> {
        self.open.remove(&log).map(|(_, group)| group)
    }

    fn put(&mut self, log: LogId, group: Conversation) {
        if self.open.len() >= OPEN_GROUPS {
            // One that is ahead stays for its second.
            let stored = self.open.iter().filter(|(log, _)| !self.ahead.contains_key(log));
            let oldest = stored.min_by_key(|(_, (used, _))| *used).map(|(log, _)| *log);
            oldest.and_then(|log| self.take(log));
        }
        self.used += 1;
        self.open.insert(log, (self.used, group));
    }
}

impl Engine {
    /// The program ends by itself, between two inputs: no used key stays.
    pub fn stop(&mut self, now_ms: i64) {
        self.ends_well();
        if let Err(error) = self.store_groups(now_ms) {
            tracing::warn!("used keys of large groups stay until these get new ones: {error}");
        }
        self.emptied.after(&self.db, now_ms);
    }

    /// Stores all groups as they are in memory, after what was in the last transaction was undone.
    pub(crate) fn store_groups(&mut self, now_ms: i64) -> Done<()> {
        let transaction = db::begin(&mut self.db, TransactionBehavior::Immediate)?;
        let mut ctx = Ctx { db: &transaction, core: &mut self.core, out: Vec::new(), now_ms };
        ctx.lost_ratchets()?;
        ctx.groups_undone()?;
        ctx.store_ratchets()?;
        Ok(transaction.commit()?)
    }
}

impl Ctx<'_> {
    /// Works with a group of this database; it goes back to the cache unless `work` fails.
    pub fn with_group<T>(
        &mut self,
        log: LogId,
        work: impl FnOnce(&mut Conversation, &MlsStore<'_>, &Me) -> Result<T, CryptoError>,
    ) -> Done<T> {
        let store = MlsStore(self.db);
        let mut group = match self.core.groups.take(log) {
            Some(group) => group,
            None => {
                // It was given up with what messages had moved.
                if self.core.groups.ahead.remove(&log).is_some() {
                    self.core.groups.stale.insert(log);
                }
                Conversation::load(&store, log)?
                    .ok_or_else(|| not_found("This conversation's keys are not on this device."))?
            }
        };
        let me = self.core.me.as_ref().ok_or_else(|| not_found("There is no account on this device."))?;
        let result = work(&mut group, &store, me);
        // After any other error the group is as it was.
        if !matches!(result, Err(CryptoError::Store(_) | CryptoError::Internal { .. })) {
            self.keep_group(log, group);
        }
        Ok(result?)
    }

    /// Puts a group into the cache.
    pub fn keep_group(&mut self, log: LogId, group: Conversation) {
        if group.is_ahead() {
            let begun = Ahead { since_ms: self.now_ms, is_noted: false };
            self.core.groups.ahead.entry(log).or_insert(begun);
        }
        self.core.groups.put(log, group);
    }

    /// The same where its keys are new.
    pub fn keep_new_group(&mut self, log: LogId, group: Conversation) {
        self.core.groups.ahead.remove(&log);
        self.core.groups.stale.remove(&log);
        self.keep_group(log, group);
    }

    /// Forgets a group that changed in a part of the transaction that was undone.
    pub fn forget_group(&mut self, log: LogId) {
        self.core.groups.take(log);
    }

    /// Stores what messages moved in a group, before a part of the transaction that is undone.
    pub fn store_group(&mut self, log: LogId) -> Done<()> {
        let group = self.core.groups.open.get_mut(&log).map(|(_, group)| group);
        if let Some(group) = group.filter(|group| group.is_ahead()) {
            group.store_ratchets(&MlsStore(self.db))?;
        }
        if self.core.groups.ahead.remove(&log).is_some_and(|ahead| ahead.is_noted) {
            set_ahead(self.db, log, false)?;
        }
        Ok(())
    }

    /// After a part of the transaction was undone: groups are loaded again, with what messages had moved before.
    pub fn groups_undone(&mut self) -> Done<()> {
        let store = MlsStore(self.db);
        let groups = &mut self.core.groups;
        for log in groups.ahead.keys() {
            let stored = Conversation::load(&store, *log)?;
            let moved = groups.open.get_mut(log).map(|(_, group)| group);
            match (stored, moved) {
                (Some(stored), Some(moved)) if stored.epoch() == moved.epoch() => {
                    moved.store_ratchets(&store)?;
                    set_ahead(self.db, *log, false)?;
                }
                (None, _) => {}
                _ => {
                    groups.stale.insert(*log);
                }
            }
        }
        groups.ahead.clear();
        groups.open.clear();
        Ok(())
    }

    /// At the beginning of a transaction: what was in memory before may be lost.
    pub fn lost_ratchets(&mut self) -> Done<()> {
        if std::mem::take(&mut self.core.groups.lost) {
            let lost = "UPDATE logs SET refreshed_ms = 0, is_ahead = 0 WHERE is_ahead = 1";
            if self.db.prepare_cached(lost)?.execute([])? > 0 {
                self.look_at_refreshes();
            }
        }
        Ok(())
    }

    /// Stores ratchets that moved: at the end of each transaction, and in large groups a second later.
    pub fn store_ratchets(&mut self) -> Done<()> {
        for (log, ahead) in self.core.groups.ahead.clone() {
            let due = !(0..AHEAD_MS).contains(&(self.now_ms - ahead.since_ms));
            let group = self.core.groups.open.get(&log).map(|(_, group)| group);
            if !due && group.is_some_and(|group| group.is_ahead() && group.has_devices(LARGE)) {
                if !ahead.is_noted {
                    set_ahead(self.db, log, true)?;
                    self.core.groups.ahead.insert(log, Ahead { is_noted: true, ..ahead });
                }
            } else if group.is_some() {
                self.store_group(log)?;
            } else {
                self.core.groups.ahead.remove(&log);
                self.core.groups.stale.insert(log);
            }
        }
        for log in std::mem::take(&mut self.core.groups.stale) {
            self.db
                .prepare_cached("UPDATE logs SET refreshed_ms = 0, is_ahead = 0 WHERE log = ?1")?
                .execute([&log.0[..]])?;
            self.look_at_refreshes();
        }
        Ok(())
    }

    fn look_at_refreshes(&mut self) {
        (self.core.session.refreshes_due_ms, self.core.session.chores) = (0, true);
        self.core.session.wake.insert((self.now_ms, None));
    }

    /// Removes a group's keys from this device, also where it was not opened since the start.
    pub fn delete_group(&mut self, log: LogId) -> Done<()> {
        let store = MlsStore(self.db);
        self.db.prepare_cached("DELETE FROM receipt_keys WHERE log = ?1")?.execute([&log.0[..]])?;
        // The deletion may be undone, and what had moved is lost then.
        if self.core.groups.ahead.remove(&log).is_some() {
            self.core.groups.stale.insert(log);
        }
        let group = match self.core.groups.take(log) {
            Some(group) => Some(group),
            None => Conversation::load(&store, log)?,
        };
        group.map_or(Ok(()), |group| Ok(group.delete(&store)?))
    }

    /// Deletes the keys of logs where conversations have not been for long. Looked at once a day, where it is known what time it is.
    pub fn forget_replaced(&mut self) -> Done<()> {
        let (now, replaced) = (self.server_now(), State::Replaced as i64);
        self.db.execute(
            "UPDATE logs SET replaced_ms = ?1 WHERE state = ?2 AND replaced_ms NOT BETWEEN 1 AND ?1",
            params![now, replaced],
        )?;
        let mut statement =
            self.db.prepare_cached("SELECT log FROM logs WHERE state = ?1 AND replaced_ms <= ?2")?;
        let logs = statement
            .query_map([replaced, now - REPLACED_MS], |row| id_column(row, 0))?
            .collect::<Result<Vec<LogId>, _>>()?;
        for log in logs {
            let Some(row) = self.log_row(log)? else { continue };
            // Where nobody came along, the others may put this device in again where it was.
            if self.active_log(row.thread)? != Some(log) && !self.is_alone_after(&row)? {
                self.set_aside(&row)?;
            }
        }
        Ok(())
    }
}

fn set_ahead(db: &Connection, log: LogId, is_ahead: bool) -> Done<()> {
    db.prepare_cached("UPDATE logs SET is_ahead = ?2 WHERE log = ?1")?
        .execute(params![&log.0[..], is_ahead])?;
    Ok(())
}
