//! Messages whose time is over.
//!
//! A clock that is wrong must not delete what somebody still has to read. A device that starts, or that slept, does not know
//! whether its clock is right until a server's greeting agrees. Until then a message whose time is over is out of sight, and stays:
//! its row has the negative number of its conversation, so that no list, search, count, backup or history finds it. Once the clocks
//! agree it is deleted, or seen again. After it ran for a day in which no server agreed, the device's clock decides alone: otherwise a
//! server with a wrong clock, or no server at all, could keep what is to disappear.

use rusqlite::params;

use crate::core::{Ctx, Done};
use crate::message::{ROW, Row, message_row};

/// Messages that one transaction handles.
const AT_ONCE: i64 = 1_000;

impl Ctx<'_> {
    /// Messages whose time is over.
    pub fn remove_gone(&mut self) -> Done<()> {
        self.forget_said_early()?;
        let now = self.server_now();
        // By what is hidden, of which there is nearly always nothing (`+`): this is asked with every input.
        for row in self.timed("thread < 0 AND +gone_ms > ?1", now)? {
            self.put_in_sight(&row, true)?;
        }
        if self.is_clock_doubted() {
            for row in self.timed("thread > 0 AND gone_ms <= ?1", now)? {
                self.put_in_sight(&row, false)?;
            }
            return if self.hides_some()? { self.clock_doubt_kept() } else { Ok(()) };
        }
        for row in self.timed(&format!("gone_ms <= ?1 AND {}", self.counted_well()), now)? {
            self.forget_message(&row)?;
        }
        Ok(())
    }

    /// Whose time was counted by a right clock. Others' begins anew with the greeting that confirms the clock; where the database failed
    /// then, with the next one. After a day nobody waits for a greeting.
    fn counted_well(&self) -> &'static str {
        match self.core.clock_doubted_ms {
            None => "id NOT IN (SELECT id FROM timers_apart)",
            Some(_) => "TRUE",
        }
    }

    /// When there is something to do for [`Self::remove_gone`], by the device's clock.
    pub fn next_gone(&self) -> Done<Option<i64>> {
        let next = |which: &str| -> Done<Option<i64>> {
            let sql = format!("SELECT min(gone_ms) FROM messages WHERE gone_ms IS NOT NULL AND {which}");
            Ok(self.db.prepare_cached(&sql)?.query_row([], |row| row.get(0))?)
        };
        let due = |at: i64| at.saturating_sub(self.core.clock_offset_ms);
        if !self.is_clock_doubted() {
            return Ok(next(self.counted_well())?.map(due));
        }
        let hidden = self.hides_some()?.then(|| self.next_clock_doubt());
        Ok(next("thread > 0")?.map(due).into_iter().chain(hidden).min())
    }

    fn hides_some(&self) -> Done<bool> {
        Ok(self.db.prepare_cached("SELECT 1 FROM messages WHERE thread < 0 LIMIT 1")?.exists([])?)
    }

    fn timed(&self, which: &str, now_ms: i64) -> Done<Vec<Row>> {
        let mut statement = self
            .db
            .prepare_cached(&format!("{ROW} WHERE gone_ms IS NOT NULL AND {which} LIMIT {AT_ONCE}"))?;
        Ok(statement.query_map([now_ms], message_row)?.collect::<Result<_, _>>()?)
    }

    fn put_in_sight(&mut self, row: &Row, is_in_sight: bool) -> Done<()> {
        let thread = if is_in_sight { row.thread } else { -row.thread };
        self.db
            .prepare_cached("UPDATE messages SET thread = ?2 WHERE id = ?1")?
            .execute(params![row.id, thread])?;
        self.db.prepare_cached("UPDATE threads SET unread = NULL WHERE id = ?1")?.execute([row.thread])?;
        self.message_changed(row)?;
        self.conversation_changed(row.thread)
    }
}
