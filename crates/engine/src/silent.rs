//! What was read while others were not to learn of it: without read receipts, or of somebody blocked. A receipt is a cursor, and
//! would tell it all the same once something later is read openly; so it names the stretches of the log before its cursor that are
//! not told. Own devices know of each other's, and whoever gets such a receipt keeps them beside the cursor.

use casemate_content::proto as content;
use casemate_wire::ids::{AccountId, LogId};
use rusqlite::params;

use crate::core::{Ctx, Done};
use crate::log::LogRow;

/// Stretches of an account in a log. They come of switching receipts off and on, so more are rare; then the nearest become one,
/// and what was read openly between them is told no more. A receipt with more would be longer than others.
pub const STRETCHES: usize = 8;

impl Ctx<'_> {
    /// What this account has read and no receipt has told is not told later either.
    pub fn keep_unread_to_others(&mut self, row: &LogRow) -> Done<()> {
        let me = self.me()?.account();
        let told: i64 = self
            .db
            .prepare_cached(
                "SELECT max(receipt_read, coalesce((SELECT read FROM receipts WHERE log = ?1 AND account = ?2), 0))
                 FROM logs WHERE log = ?1",
            )?
            .query_row(params![&row.log.0[..], &me.0[..]], |row| row.get(0))?;
        let read = self.newest_read(row)?;
        self.keep_silent(row.log, me, (told.saturating_add(1), read))
    }

    /// A restored device came into a log: what of its past was read, and told, it does not know.
    pub fn keep_past_silent(&mut self, log: LogId) -> Done<()> {
        let Some(row) = self.log_row(log)? else { return Ok(()) };
        let me = self.me()?.account();
        self.keep_silent(log, me, (1, entry(row.cursor)))
    }

    /// What a receipt that says it read up to `read` may say: that, or what comes before it that is told; and what is not.
    pub fn told_read(&self, log: LogId, read: i64) -> Done<(i64, Vec<content::Stretch>)> {
        let mut stretches = self.silent(log, self.me()?.account())?;
        // Whoever read nothing openly since then does not say that there is something not to be told.
        stretches.retain(|(first, _)| *first <= read);
        let read = match stretches.last() {
            Some((first, last)) if read <= *last => {
                let before = first.saturating_sub(1).max(0);
                stretches.pop();
                before
            }
            _ => read,
        };
        Ok((read, stretches.into_iter().map(told).collect()))
    }

    /// All of this account's own, for its devices.
    pub fn own_silent(&self, log: LogId) -> Done<Vec<content::Stretch>> {
        Ok(self.silent(log, self.me()?.account())?.into_iter().map(told).collect())
    }

    /// What another own device has read so.
    pub fn own_silent_received(&mut self, log: LogId, stretches: &[content::Stretch]) -> Done<()> {
        let me = self.me()?.account();
        for stretch in stretches.iter().take(STRETCHES) {
            self.keep_silent(log, me, (entry(stretch.first), entry(stretch.last)))?;
        }
        Ok(())
    }

    /// Somebody's cursor goes on from `had`: what of it is not told. What was told before stays told.
    pub fn silent_received(
        &mut self,
        log: LogId,
        from: AccountId,
        had: i64,
        stretches: &[content::Stretch],
    ) -> Done<()> {
        for stretch in stretches {
            let first = entry(stretch.first).max(had.saturating_add(1));
            self.keep_silent(log, from, (first, entry(stretch.last)))?;
        }
        Ok(())
    }

    fn silent(&self, log: LogId, account: AccountId) -> Done<Vec<(i64, i64)>> {
        self.stretches("silent", log, account)
    }

    /// An account's stretches in a table, in order.
    pub fn stretches(&self, table: &str, log: LogId, account: AccountId) -> Done<Vec<(i64, i64)>> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT first, last FROM {table} WHERE log = ?1 AND account = ?2 ORDER BY first"
        ))?;
        let stretches = statement
            .query_map(params![&log.0[..], &account.0[..]], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<Vec<_>, _>>()?;
        Ok(stretches)
    }

    /// Puts these in their place.
    pub fn set_stretches(
        &mut self,
        table: &str,
        (log, account): (LogId, AccountId),
        stretches: Vec<(i64, i64)>,
    ) -> Done<()> {
        self.db
            .prepare_cached(&format!("DELETE FROM {table} WHERE log = ?1 AND account = ?2"))?
            .execute(params![&log.0[..], &account.0[..]])?;
        for (first, last) in stretches {
            self.db
                .prepare_cached(&format!(
                    "INSERT INTO {table}(log, account, first, last) VALUES (?1, ?2, ?3, ?4)"
                ))?
                .execute(params![&log.0[..], &account.0[..], first, last])?;
        }
        Ok(())
    }

    fn keep_silent(&mut self, log: LogId, account: AccountId, stretch: (i64, i64)) -> Done<()> {
        if stretch.0 > stretch.1 {
            return Ok(());
        }
        let mut stretches = self.silent(log, account)?;
        stretches.push(stretch);
        self.set_stretches("silent", (log, account), merged(stretches, STRETCHES))
    }
}

/// In order, none touching another, and at most so many.
pub fn merged(mut stretches: Vec<(i64, i64)>, most: usize) -> Vec<(i64, i64)> {
    stretches.sort_unstable();
    let mut merged: Vec<(i64, i64)> = Vec::new();
    for (first, last) in stretches {
        match merged.last_mut() {
            Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
            _ => merged.push((first, last)),
        }
    }
    while merged.len() > most {
        let nearest = (1..merged.len()).min_by_key(|at| merged[*at].0.saturating_sub(merged[at - 1].1));
        let Some(at) = nearest else { break };
        merged[at - 1].1 = merged.remove(at).1;
    }
    merged
}

pub fn entry(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub fn told((first, last): (i64, i64)) -> content::Stretch {
    content::Stretch { first: first as u64, last: last as u64 }
}

#[cfg(test)]
mod tests {
    use super::{STRETCHES, merged};

    #[test]
    fn stretches_that_touch_are_one_and_the_nearest_become_one_where_there_are_too_many() {
        assert_eq!(merged(vec![(7, 9), (1, 2), (3, 4), (8, 12)], STRETCHES), [(1, 4), (7, 12)]);
        let mut many: Vec<(i64, i64)> = (0..STRETCHES as i64).map(|at| (at * 10, at * 10 + 1)).collect();
        many.push((73, i64::MAX));
        let few = merged(many, STRETCHES);
        assert_eq!((few.len(), few[STRETCHES - 1]), (STRETCHES, (70, i64::MAX)));
    }
}
