//! What this device never took of a log, and what others say that they never took. A receipt is a cursor; whoever was away for longer
//! than the server keeps entries, was given bytes that nobody can read, or came anew with another device has not all that is before it.
//! So a receipt names the stretches of entries that are missing, and their authors do not read "delivered".
//!
//! A device that was shown another history believes that it has what it has not. It comes into the log again by the others' chain, and
//! its receipts agree from there on: of what was before, no more counts than it had told by then, or than its chain from before proves
//! (`unseen`).

use std::collections::{BTreeMap, BTreeSet};

use casemate_content::proto as content;
use casemate_crypto::{AppliedCommit, LeafInfo};
use casemate_wire::ids::{AccountId, DeviceId, LogId, MessageId};
use rusqlite::{OptionalExtension as _, params};

use crate::core::{Ctx, Done, id_column};
use crate::log::LogRow;
use crate::message::Row;
use crate::silent::{entry, merged, told};

/// Stretches that a receipt names, the newest. Of what is before them it says nothing.
pub const MISSED: usize = 32;

/// Stretches of somebody else that are kept; of more the nearest become one.
const KEPT: usize = 64;

/// What somebody took of a log, by a receipt.
pub struct Taken<'a> {
    /// From this entry on; 0: from the first.
    pub since: u64,
    pub delivered: i64,
    pub missed: &'a [content::Stretch],
}

/// How far another account has got.
struct Other {
    /// The entry by which it came.
    came: i64,
    delivered: i64,
    read: i64,
}

/// Entries that somebody has not, or read without saying so.
struct Stretch {
    account: AccountId,
    first: i64,
    last: i64,
    /// The entry by which the account came, and how far it has got.
    came: i64,
    delivered: i64,
}

impl Stretch {
    /// Whether it is about an entry that was said to its account.
    fn has(&self, entry: i64) -> bool {
        self.came <= entry && (self.first..=self.last).contains(&entry)
    }
}

impl Ctx<'_> {
    /// Entries of a log that this device does not have and will not get under these numbers.
    pub fn entries_missed(&mut self, log: LogId, first: u64, last: u64) -> Done<()> {
        if first > last {
            return Ok(());
        }
        let (first, last) = (entry(first), entry(last));
        let longer = self
            .db
            .prepare_cached(
                "UPDATE missed SET last = max(last, ?3) WHERE log = ?1
                     AND first = (SELECT max(first) FROM missed WHERE log = ?1 AND first <= ?2) AND last >= ?2 - 1",
            )?
            .execute(params![&log.0[..], first, last])?;
        if longer == 0 {
            self.db
                .prepare_cached("INSERT OR IGNORE INTO missed(log, first, last) VALUES (?1, ?2, ?3)")?
                .execute(params![&log.0[..], first, last])?;
            self.db
                .prepare_cached(
                    "DELETE FROM missed WHERE log = ?1 AND first < (SELECT first FROM missed WHERE log = ?1
                         ORDER BY first DESC LIMIT 1 OFFSET ?2)",
                )?
                .execute(params![&log.0[..], MISSED as i64])?;
        }
        Ok(())
    }

    /// What a receipt says of it: from which entry on it speaks, and what is missing from there.
    pub fn missed(&self, log: LogId) -> Done<(u64, Vec<content::Stretch>)> {
        let mut statement = self
            .db
            .prepare_cached("SELECT first, last FROM missed WHERE log = ?1 ORDER BY first DESC LIMIT ?2")?;
        let mut stretches = statement
            .query_map(params![&log.0[..], MISSED as i64 + 1], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<Vec<(i64, i64)>, _>>()?;
        let mut since = 0;
        if stretches.len() > MISSED {
            stretches.pop();
            since = stretches.last().map_or(0, |(first, _)| *first as u64);
        }
        stretches.reverse();
        Ok((since, stretches.into_iter().map(told).collect()))
    }

    /// Somebody's receipt, who had told up to `had`: what is missing with all of their devices.
    pub fn missed_received(&mut self, log: LogId, from: AccountId, had: i64, taken: &Taken<'_>) -> Done<()> {
        let mut gaps = self.stretches("gaps", log, from)?;
        if gaps.is_empty() && taken.missed.is_empty() && entry(taken.since) <= had.saturating_add(1) {
            return Ok(());
        }
        gaps.push((had.saturating_add(1), taken.delivered));
        gaps.retain(|(first, last)| first <= last);
        let mut left = Vec::new();
        for (first, last) in merged(gaps, KEPT) {
            let mut keep = |start: i64, end: i64| {
                let (start, end) = (start.max(first), end.min(last));
                if start <= end {
                    left.push((start, end));
                }
            };
            keep(first, entry(taken.since).saturating_sub(1));
            keep(taken.delivered.saturating_add(1), last);
            for stretch in taken.missed.iter().take(MISSED + 1) {
                keep(entry(stretch.first).max(entry(taken.since)), entry(stretch.last).min(taken.delivered));
            }
        }
        self.set_stretches("gaps", (log, from), merged(left, KEPT))
    }

    /// Devices that a commit puts in anew, and the entries that they may have been shown otherwise, first and last. Read before the
    /// commit's changes are made.
    pub fn unseen_when(
        &self,
        row: &LogRow,
        applied: &AppliedCommit,
    ) -> Done<BTreeMap<(AccountId, DeviceId), (i64, i64)>> {
        let mut unseen = BTreeMap::new();
        for leaf in &applied.removed {
            let whole = (leaf.account, leaf.device);
            if !applied.added.iter().any(|added| (added.account, added.device) == whole) {
                continue;
            }
            let (first, last) = (self.unseen_from(row.log, whole)?, entry(row.cursor) - 1);
            if first <= last {
                unseen.insert(whole, (first, last));
            }
        }
        Ok(unseen)
    }

    /// The first entry that a device may have been shown otherwise where it comes in again: the one after its account's last receipt that
    /// counted, or what was in doubt before.
    pub fn unseen_from(&self, log: LogId, whole: (AccountId, DeviceId)) -> Done<i64> {
        let mut statement =
            self.db.prepare_cached("SELECT delivered FROM receipts WHERE log = ?1 AND account = ?2")?;
        let told = statement.query_row(params![&log.0[..], &whole.0.0[..]], |row| row.get(0));
        let told: i64 = told.optional()?.unwrap_or(0);
        let before = self.unseen(log, whole)?.map_or(i64::MAX, |before| entry(before.first));
        Ok((told + 1).min(before))
    }

    /// What a device may have been shown otherwise before it came into a log again.
    pub fn unseen(
        &self,
        log: LogId,
        (account, device): (AccountId, DeviceId),
    ) -> Done<Option<content::Stretch>> {
        let mut statement = self.db.prepare_cached(
            "SELECT unseen_first, unseen_last FROM leaves WHERE log = ?1 AND account = ?2 AND device = ?3 AND unseen_last > 0",
        )?;
        let stretch = statement.query_row(params![&log.0[..], &account.0[..], &device.0[..]], |row| {
            Ok(told((row.get(0)?, row.get(1)?)))
        });
        Ok(stretch.optional()?)
    }

    /// A device that came into a log again says that it had read up to `after`, and its chain there. Up to where it has surely seen what
    /// is here.
    pub fn surely_seen(&self, row: &LogRow, leaf: &LeafInfo, after: u64, chain: &[u8]) -> Done<u64> {
        let Some(unseen) = self.unseen(row.log, (leaf.account, leaf.device))? else { return Ok(after) };
        if unseen.first > after {
            return Ok(after);
        }
        if self.chain_at(row, after)?.is_none_or(|mine| mine.0[..] != *chain) {
            return Ok(unseen.first - 1);
        }
        let first = if after < unseen.last { entry(after) + 1 } else { 0 };
        let last = if first > 0 { entry(unseen.last) } else { 0 };
        self.db
            .prepare_cached(
                "UPDATE leaves SET unseen_first = ?4, unseen_last = ?5 WHERE log = ?1 AND account = ?2 AND device = ?3",
            )?
            .execute(params![&row.log.0[..], &leaf.account.0[..], &leaf.device.0[..], first, last])?;
        Ok(after)
    }

    /// How far what is said in a log has got, with all those to whom it was said.
    pub fn reach_of_log(&self, log: LogId) -> Done<Reach> {
        let me = self.me()?.account();
        let mut statement = self.db.prepare_cached(
            "SELECT min(added_entry), coalesce(delivered, 0), coalesce(read, 0)
             FROM leaves LEFT JOIN receipts USING (log, account)
             WHERE leaves.log = ?1 AND leaves.account != ?2 GROUP BY leaves.account ORDER BY 1",
        )?;
        let mut others = statement
            .query_map(params![&log.0[..], &me.0[..]], |row| {
                Ok(Other { came: row.get(0)?, delivered: row.get(1)?, read: row.get(2)? })
            })?
            .collect::<Result<Vec<_>, _>>()?;
        // From here on each says how far all have got who came no later.
        for at in 1..others.len() {
            others[at].delivered = others[at].delivered.min(others[at - 1].delivered);
            others[at].read = others[at].read.min(others[at - 1].read);
        }
        Ok(Reach { others, gaps: self.stretches_in("gaps", log)?, silent: self.stretches_in("silent", log)? })
    }

    /// Of all accounts that are in a log but this one.
    fn stretches_in(&self, table: &str, log: LogId) -> Done<Vec<Stretch>> {
        let me = self.me()?.account();
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT account, first, last,
                 (SELECT min(added_entry) FROM leaves WHERE log = ?1 AND leaves.account = {table}.account) AS came,
                 coalesce((SELECT delivered FROM receipts WHERE log = ?1 AND receipts.account = {table}.account), 0)
             FROM {table} WHERE log = ?1 AND account != ?2 AND came IS NOT NULL"
        ))?;
        let stretches = statement.query_map(params![&log.0[..], &me.0[..]], |row| {
            Ok(Stretch {
                account: id_column(row, 0)?,
                first: row.get(1)?,
                last: row.get(2)?,
                came: row.get(3)?,
                delivered: row.get(4)?,
            })
        })?;
        Ok(stretches.collect::<Result<_, _>>()?)
    }

    /// Who has not what was said in an entry that is before their cursor, nor under the one by which it was said again.
    pub fn who_missed(&self, row: &Row, log: LogId, entry: i64) -> Done<BTreeSet<AccountId>> {
        let again = self.again_entry(row.message)?;
        let gaps = self.stretches_in("gaps", log)?;
        let missed = gaps.iter().filter(|gap| gap.has(entry) && !made_up_for(gap, &gaps, again));
        Ok(missed.map(|gap| gap.account).collect())
    }

    /// Under which entry a message was said once more; none too of what is no message, as an edit.
    pub fn again_entry(&self, message: MessageId) -> Done<Option<i64>> {
        Ok(self
            .db
            .prepare_cached("SELECT again_entry FROM messages WHERE message = ?1")?
            .query_row([&message.0[..]], |row| row.get(0))
            .optional()?
            .flatten())
    }
}

/// Whether the account of a gap got by another entry what it missed.
fn made_up_for(gap: &Stretch, gaps: &[Stretch], again: Option<i64>) -> bool {
    let missed = |again| gaps.iter().any(|other| other.account == gap.account && other.has(again));
    again.is_some_and(|again| gap.delivered >= again && !missed(again))
}

/// How far all of a log's other accounts have got.
pub struct Reach {
    others: Vec<Other>,
    gaps: Vec<Stretch>,
    silent: Vec<Stretch>,
}

impl Reach {
    /// No later entry has reached all.
    pub fn up_to(&self) -> i64 {
        self.others.first().map_or(0, |first| first.delivered)
    }

    /// Whether everybody to whom an entry was said has read it; `None`: somebody does not have it, or nobody was there. `again`: under
    /// which entry it was said once more, to those who had missed it.
    pub fn of(&self, entry: i64, again: Option<i64>) -> Option<bool> {
        let at = self.others.partition_point(|other| other.came <= entry).checked_sub(1)?;
        let missed = |gap: &Stretch| gap.has(entry) && !made_up_for(gap, &self.gaps, again);
        let other = &self.others[at];
        if other.delivered < entry || self.gaps.iter().any(missed) {
            return None;
        }
        Some(other.read >= entry && !self.silent.iter().any(|stretch| stretch.has(entry)))
    }
}
