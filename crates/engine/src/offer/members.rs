//! Who is in a log that this device comes into, and since when.

use std::collections::{BTreeMap, BTreeSet};

use casemate_content::proto as content;
use casemate_crypto::LeafInfo;
use casemate_wire::ids::{AccountId, DeviceId, Hash32, LogId};
use rusqlite::params;

use crate::applied::readers_of;
use crate::core::{Ctx, Done, id_column};

/// What was known of a log's members before this device came into it again.
struct Before {
    /// The entry by which each account came.
    came: BTreeMap<AccountId, i64>,
    /// The first entry that each device may have been shown otherwise, or this one was.
    unseen: BTreeMap<(AccountId, DeviceId), i64>,
}

impl Ctx<'_> {
    /// This device came into a log by an entry, and had seen up to another one what is there.
    pub(super) fn note_members(
        &mut self,
        log: LogId,
        (entry, seen): (u64, u64),
        bundle: &content::GroupBundle,
        members: &[LeafInfo],
    ) -> Done<()> {
        let me = self.me()?;
        let own = (me.account(), me.identity.device);
        let (entry, seen) = (entry as i64, seen as i64);
        let Before { came, unseen } = self.members_before(log)?;
        self.db.prepare_cached("DELETE FROM leaves WHERE log = ?1")?.execute([&log.0[..]])?;
        // Each reader is one device's.
        let mut taken = BTreeSet::new();
        for leaf in members {
            self.came_in(log, leaf.account)?;
            let whole = (leaf.account, leaf.device);
            let readers = readers_of(&bundle.readers, leaf);
            let mut hash = |field: Option<&bytes::Bytes>| {
                field
                    .filter(|hash| hash.len() == Hash32::LEN && taken.insert(hash.to_vec()))
                    .map(|hash| hash.to_vec())
            };
            // Those who were there before came no later. What was said to whom this device knew there was said to them still: the
            // server may forget it, and then it is said again.
            let came = came.get(&leaf.account).map_or(entry, |came| (*came).min(entry));
            // But whether they were shown it, or this device something else, their receipts do not tell any more.
            let unseen = unseen.get(&whole).map(|first| seen.saturating_add(1).max(*first));
            let unseen = unseen.filter(|first| *first < entry && whole != own);
            self.db
                .prepare_cached(
                    "INSERT INTO leaves(log, device, account, reader_hash, first_reader_hash, counter, added_entry,
                         unseen_first, unseen_last)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                )?
                .execute(params![
                    &log.0[..],
                    &leaf.device.0[..],
                    &leaf.account.0[..],
                    hash(readers.map(|reader| &reader.hash)),
                    hash(readers.map(|reader| &reader.first_hash)),
                    if whole == own { 0 } else { -1 },
                    came,
                    unseen.unwrap_or(0),
                    unseen.map_or(0, |_| entry - 1)
                ])?;
        }
        Ok(())
    }

    fn members_before(&self, log: LogId) -> Done<Before> {
        let mut before = Before { came: BTreeMap::new(), unseen: BTreeMap::new() };
        let mut statement =
            self.db.prepare_cached("SELECT account, device, added_entry FROM leaves WHERE log = ?1")?;
        let rows = statement.query_map([&log.0[..]], |row| {
            let whole: (AccountId, DeviceId) = (id_column(row, 0)?, id_column(row, 1)?);
            Ok((whole, row.get::<_, i64>(2)?))
        })?;
        for row in rows {
            let (whole, came) = row?;
            before.came.entry(whole.0).and_modify(|known| *known = came.min(*known)).or_insert(came);
            before.unseen.insert(whole, self.unseen_from(log, whole)?);
        }
        Ok(before)
    }
}
