//! Leaves whose keys are older than they should be. A server that takes messages and refuses new keys would keep a copied device reading.
//!
//! A leaf takes new keys after a week (`intent`). A day later that goes before whatever its person says, and is tried with each message.
//! Where the server refuses it over hours, the person reads so, others are asked to put this device in anew, and where that fails too the
//! conversation is continued in another log. Each time in a row takes twice as long: a server that refuses for ever gets no row of them.

use casemate_api::view::KeysAge;
use casemate_wire::ids::LogId;
use rusqlite::params;

use crate::core::{Ctx, Done, Job};
use crate::db;
use crate::intent::REFRESH_MS;
use crate::log::{LogRow, State};

mod unheard;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Keys that are older go before the next message: a day after they should have been replaced.
const OVERDUE_MS: i64 = REFRESH_MS + DAY_MS;

/// Refusals are counted once in so long: a server that is short of room or time is no liar.
const COUNTED_MS: i64 = HOUR_MS;

/// After a refusal the next try waits so long, and twice as long each further time.
const REFUSED_MS: i64 = 30_000;
const REFUSED_DOUBLINGS: u32 = 5;
const REFUSED_LONGEST_MS: i64 = 15 * 60_000;

/// After so many the person reads it, and after so many the conversation does not wait for this server any more: twice as many each further time.
const SAID: i64 = 2;
const SAID_MS: i64 = 30 * DAY_MS;
const LEFT: i64 = 12;
const LEFT_DOUBLINGS: i64 = 5;

/// Conversations that a check-up lists with the age of their keys.
const LISTED: i64 = 1_000;

impl Ctx<'_> {
    /// How long this device's leaf has had its keys. 0 where the clock was put back since.
    fn keys_age(&self, log: LogId) -> Done<i64> {
        let refreshed: i64 = self
            .db
            .prepare_cached("SELECT refreshed_ms FROM logs WHERE log = ?1")?
            .query_row([&log.0[..]], |row| row.get(0))?;
        Ok(self.now_ms.saturating_sub(refreshed).max(0))
    }

    /// New keys before what is to be said next, where they are overdue. Once the server refused them, what waits may leave until the next try.
    pub fn hurry_refresh(&mut self, row: &LogRow) -> Done<()> {
        let speaks = "SELECT 1 FROM outbox WHERE thread = ?1 AND message IS NOT NULL";
        if row.state != State::Live
            || !row.created
            || self.is_paused(&Job::Commit(row.log))
            || !self.db.prepare_cached(speaks)?.exists([row.thread])?
            || self.keys_age(row.log)? < OVERDUE_MS
        {
            return Ok(());
        }
        let hurried = self
            .db
            .prepare_cached(
                "UPDATE intents SET due_ms = min(due_ms, ?2), urgent = 1 WHERE log = ?1 AND kind = 6",
            )?
            .execute(params![&row.log.0[..], self.now_ms])?;
        if hurried == 0 {
            self.db
                .prepare_cached("INSERT INTO intents(log, kind, urgent, due_ms) VALUES (?1, 6, 1, ?2)")?
                .execute(params![&row.log.0[..], self.now_ms])?;
        }
        Ok(())
    }

    /// The server takes new keys later, and did not take these: what is to be said meanwhile does not wait for them.
    pub fn keys_make_way(&mut self, log: LogId) -> Done<()> {
        let more = "SELECT 1 FROM intents WHERE log = ?1 AND due_ms <= ?2 AND (kind != 6 OR urgent = 1)";
        if self.db.prepare_cached(more)?.exists(params![&log.0[..], self.now_ms])? {
            return Ok(());
        }
        self.discard_own_commit(log)
    }

    pub fn keys_refused_in(&mut self, log: LogId) -> Done<()> {
        match self.log_row(log)? {
            Some(row) => self.keys_refused(&row),
            None => Ok(()),
        }
    }

    /// A commit was refused: the next one waits longer each time. Each costs the work of a commit, and new keys for all.
    pub fn pause_refused(&mut self, log: LogId) {
        let times = self.core.session.commits_refused.entry(log).or_insert(0);
        let pause = (REFUSED_MS << (*times).min(REFUSED_DOUBLINGS)).min(REFUSED_LONGEST_MS);
        *times += 1;
        self.pause(Job::Commit(log), pause);
    }

    /// The server did not take new keys.
    pub fn keys_refused(&mut self, row: &LogRow) -> Done<()> {
        if row.state != State::Live || self.keys_age(row.log)? < OVERDUE_MS {
            return Ok(());
        }
        self.db
            .prepare_cached("UPDATE intents SET urgent = 0 WHERE log = ?1 AND kind = 6")?
            .execute([&row.log.0[..]])?;
        let (times, last) = (times_key(row.log), last_key(row.log));
        let since = self.now_ms.saturating_sub(db::number(self.db, &last)?);
        if (0..COUNTED_MS).contains(&since) {
            return Ok(());
        }
        let refused = db::number(self.db, &times)?.saturating_add(1);
        db::set_number(self.db, &times, refused)?;
        db::set_number(self.db, &last, self.now_ms)?;
        let said = self.now_ms.saturating_sub(db::number(self.db, &said_key(row.thread))?);
        if refused == SAID && !(0..SAID_MS).contains(&said) {
            db::set_number(self.db, &said_key(row.thread), self.now_ms)?;
            self.notice(
                row.thread,
                "The server refuses new keys of this device here. Until it takes some, somebody with a copy of this device reads along. It is tried again and again.",
            )?;
        }
        let left = db::number(self.db, &left_key(row.thread))?.clamp(0, LEFT_DOUBLINGS);
        if refused < LEFT << left {
            return Ok(());
        }
        tracing::warn!(log = ?row.log, "the server takes no new keys: the conversation is to go on elsewhere");
        db::set_number(self.db, &left_key(row.thread), left + 1)?;
        self.forget_refusals(row.log)?;
        self.log_wedged_by_nobody_known(row)
    }

    /// The server took new keys of this device.
    pub fn keys_taken(&mut self, row: &LogRow) -> Done<()> {
        // What is taken in a log that was just begun says little of this server.
        if self.keys_age(row.log)? >= DAY_MS {
            db::forget_setting(self.db, &left_key(row.thread))?;
        }
        self.forget_refusals(row.log)?;
        self.core.session.commits_refused.remove(&row.log);
        self.db
            .prepare_cached("UPDATE logs SET refreshed_ms = ?2 WHERE log = ?1")?
            .execute(params![&row.log.0[..], self.now_ms])?;
        self.db
            .prepare_cached("DELETE FROM intents WHERE log = ?1 AND kind = 6 AND due_ms <= ?2")?
            .execute(params![&row.log.0[..], self.now_ms])?;
        Ok(())
    }

    fn forget_refusals(&mut self, log: LogId) -> Done<()> {
        db::forget_setting(self.db, &times_key(log))?;
        Ok(db::forget_setting(self.db, &last_key(log))?)
    }

    /// How old this device's keys are in each conversation, the oldest first.
    pub fn keys_ages(&self) -> Done<Vec<KeysAge>> {
        let mut statement = self.db.prepare_cached(
            "SELECT lower(hex(threads.key)), logs.refreshed_ms FROM threads JOIN logs ON logs.log = threads.active_log
             WHERE logs.state = 0 AND logs.created = 1
             AND logs.log IN (SELECT log FROM leaves GROUP BY log HAVING count(*) > 1)
             ORDER BY logs.refreshed_ms, threads.key LIMIT ?1",
        )?;
        let age = |refreshed: i64| self.now_ms.saturating_sub(refreshed).max(0);
        let rows = statement.query_map([LISTED], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))?;
        let ages = rows.map(|row| {
            row.map(|(conversation, refreshed)| KeysAge {
                conversation,
                // 0: that is not known, and they are replaced at once.
                days: (refreshed > 0).then(|| age(refreshed) / DAY_MS),
                overdue: age(refreshed) >= OVERDUE_MS,
            })
        });
        Ok(ages.collect::<Result<_, _>>()?)
    }
}

fn times_key(log: LogId) -> String {
    format!("unhealed/{}", log.to_hex())
}

fn last_key(log: LogId) -> String {
    format!("unhealed_ms/{}", log.to_hex())
}

fn said_key(thread: i64) -> String {
    format!("unhealed_said/{thread}")
}

fn left_key(thread: i64) -> String {
    format!("unhealed_left/{thread}")
}
