//! The time. It is this device's, and the server's word corrects it by ten minutes at most.
//!
//! What the server says of the time is a hint: whoever could set a device's clock would make planned messages leave early, and
//! let what disappears go at once or stay. Where the two are further apart, the person is told; it may be this device that is wrong.

use casemate_api::Event;
use rusqlite::{Connection, params};

use crate::core::{Core, Ctx, Done};
use crate::db;

/// The most that the server's word changes. A clock that nobody sets runs that wrong in some months.
const CORRECTED_MS: i64 = 10 * 60_000;

/// How long a device runs, and what disappears is only out of sight, where no server confirms its clock.
const DOUBT_MS: i64 = 24 * 60 * 60_000;

/// In `settings`: how long the device has run so, where something is out of sight.
const DOUBTED: &str = "clock_doubted_ms";

/// In `settings`: the person was told.
const TOLD: &str = "clock_told";

impl Core {
    /// The program starts: nobody knows whether the clock is right.
    pub fn clock_started(&mut self, db: &Connection, now_ms: i64) {
        self.clock_read_ms = now_ms;
        self.clock_doubted_ms = Some(db::number(db, DOUBTED).unwrap_or(0));
    }

    /// The device's clock was read. Where it went back, or stands far beyond the time at which the device wanted to be woken, it may have
    /// been set meanwhile, or the device was asleep. Nobody can tell, and the next greeting of a server confirms it.
    pub fn clock_read(&mut self, now_ms: i64, wanted_ms: Option<i64>) {
        let is_late = wanted_ms.is_some_and(|wanted| now_ms > wanted.saturating_add(CORRECTED_MS));
        let passed_ms = now_ms.saturating_sub(self.clock_read_ms);
        if is_late || passed_ms < -CORRECTED_MS {
            self.clock_doubted_ms.get_or_insert(0);
        }
        if let Some(doubted) = &mut self.clock_doubted_ms {
            *doubted = doubted.saturating_add(passed_ms.clamp(0, CORRECTED_MS));
        }
        self.clock_read_ms = now_ms;
    }
}

impl Ctx<'_> {
    /// The time as far as known, Unix milliseconds: what messages carry, and what everything goes by.
    pub fn server_now(&self) -> i64 {
        self.now_ms.saturating_add(self.core.clock_offset_ms)
    }

    /// This device's time and the server's. Where they are apart, and the person is told so, one of the two is wrong, and nobody here
    /// knows which.
    pub fn times(&self) -> [i64; 2] {
        [self.server_now(), self.now_ms.saturating_add(self.core.server_ahead_ms)]
    }

    /// The server greeted, and said what time it has.
    pub fn clock_told(&mut self, server_ms: i64) -> Done<()> {
        let ahead_ms = server_ms.clamp(0, crate::log::LATEST_MS).saturating_sub(self.now_ms);
        self.core.server_ahead_ms = ahead_ms;
        self.core.clock_offset_ms = ahead_ms.clamp(-CORRECTED_MS, CORRECTED_MS);
        match self.clocks_are_apart() {
            true => _ = self.core.clock_doubted_ms.get_or_insert(0),
            false => {
                db::forget_setting(self.db, DOUBTED)?;
                self.timers_begin_anew()?;
                db::forget_setting(self.db, TOLD)?;
                self.core.clock_doubted_ms = None;
            }
        }
        Ok(())
    }

    /// Tells the person where the clocks are apart, once until they agree again.
    pub fn clock_compared(&mut self) -> Done<()> {
        if !self.clocks_are_apart() || db::number(self.db, TOLD)? > 0 {
            return Ok(());
        }
        db::set_number(self.db, TOLD, 1)?;
        let by_ms = self.core.server_ahead_ms.saturating_neg();
        let why = match by_ms > 0 {
            true => {
                "The clock of this device is more than ten minutes ahead of the server's. One of the two is wrong. Set this device's right: what is planned or disappears goes by it."
            }
            false => {
                "The clock of this device is more than ten minutes behind the server's. One of the two is wrong. Set this device's right: what is planned or disappears goes by it."
            }
        };
        self.event(Event::ClockApart { by_ms, why: why.to_owned() });
        self.notice_to_self(why)
    }

    /// The clocks agree again. What disappears and was counted while they did not has a time by a clock that was wrong: it would be
    /// gone before anybody saw it, or stay for years.
    fn timers_begin_anew(&mut self) -> Done<()> {
        self.db
            .prepare_cached(
                "UPDATE messages SET gone_ms = ?1 + gone_after_ms
                 WHERE id IN (SELECT id FROM timers_apart) AND gone_after_ms IS NOT NULL",
            )?
            .execute([self.server_now()])?;
        self.db.prepare_cached("DELETE FROM timers_apart")?.execute([])?;
        Ok(())
    }

    /// A message's time to disappear was counted, by a clock that may be wrong.
    pub fn timer_counted(&mut self, row: i64) -> Done<()> {
        if self.core.clock_doubted_ms.is_some() {
            self.db
                .prepare_cached(
                    "INSERT OR IGNORE INTO timers_apart(id) SELECT id FROM messages WHERE id = ?1 AND gone_ms IS NOT NULL",
                )?
                .execute([row])?;
        }
        Ok(())
    }

    /// Whether the time is not certain enough to delete something that nobody can bring back.
    pub fn is_clock_doubted(&self) -> bool {
        self.core.clock_doubted_ms.is_some_and(|doubted| doubted < DOUBT_MS)
    }

    /// Something is out of sight for that: how long the device ran is kept over a start.
    pub fn clock_doubt_kept(&mut self) -> Done<()> {
        let doubted = self.core.clock_doubted_ms.unwrap_or(0);
        if doubted >= db::number(self.db, DOUBTED)?.saturating_add(CORRECTED_MS) {
            db::set_number(self.db, DOUBTED, doubted)?;
        }
        Ok(())
    }

    /// When a doubt is looked at again, so that the time of a device that does nothing counts.
    pub fn next_clock_doubt(&self) -> i64 {
        self.now_ms.saturating_add(CORRECTED_MS)
    }

    pub fn clocks_are_apart(&self) -> bool {
        self.core.server_ahead_ms != self.core.clock_offset_ms
    }

    /// The time for what is not to leave early: neither clock alone makes it leave.
    pub fn planned_now(&self) -> i64 {
        self.now_ms.saturating_add(self.planned_offset_ms())
    }

    /// What this device's clock is corrected by for that.
    pub fn planned_offset_ms(&self) -> i64 {
        self.core.clock_offset_ms.min(self.core.server_ahead_ms)
    }

    /// A message that disappears was received: its time runs from when it was entered, which the server says, but not from before its
    /// sender says to have sent it, nor from later than now. Where the clocks are apart it runs from now.
    pub fn timer_begins(&mut self, row: i64, at_ms: i64, sent_ms: i64) -> Done<()> {
        let now = self.server_now();
        let from_ms = match self.clocks_are_apart() {
            true => now,
            false => at_ms.clamp(sent_ms.clamp(0, now.max(0)), now.max(0)),
        };
        self.db
            .prepare_cached(
                "UPDATE messages SET gone_ms = ?2 + gone_after_ms WHERE id = ?1 AND gone_after_ms IS NOT NULL",
            )?
            .execute(params![row, from_ms])?;
        self.timer_counted(row)
    }
}
