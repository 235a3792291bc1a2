//! Calls as they are kept, and as `call.list` shows them.

use casemate_api::command::CallList;
use casemate_api::view;
use casemate_wire::ids::{AccountId, CallId, DeviceId, LogId, ParticipantId};
use rusqlite::{OptionalExtension as _, params};

use super::state::{Outcome, State};
use crate::contact::Standing;
use crate::core::{Ctx, Done, id_column, not_found, rfc3339};
use crate::thread::Thread;

/// Calls kept of an account. More is a longer journal; what is beyond goes, the oldest first, so that nobody can push
/// another's out.
const KEPT_OF_ACCOUNT: i64 = 500;

/// Calls that go on in a conversation and that this device only heard of from those in them.
const HEARD_OF: i64 = 4;

/// What was only heard of and is over counts for so long, and then is gone.
const COUNTED_MS: i64 = super::heard::DAY_MS;

/// A call that rang so lately is joined in place of one that is begun, whoever is in it.
const RANG_MS: i64 = 10 * 60_000;

/// Those who call too often are counted up to this number.
const TIMES: u32 = 1_000_000;

/// Most in one answer.
const PAGE: u32 = 1_000;

/// How a call began for this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// It counts among those that were allowed to ring.
    Rings,
    /// By its offer, or here.
    Silently,
    /// Only those who are in it told of it.
    HeardOf,
}

/// A call's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// This device's handle of it, which no other call has.
    pub id: CallId,
    /// As members name it in `log`. Only both together are its name: those of another conversation may call one alike.
    pub named: CallId,
    pub thread: i64,
    pub log: LogId,
    pub account: AccountId,
    pub device: DeviceId,
    pub video: bool,
    pub at_ms: i64,
    pub heard_ms: i64,
    pub state: State,
    pub outcome: Outcome,
    /// With those before it of who called too often, which it stands in the list for.
    pub times: u32,
}

impl Call {
    pub fn state_name(&self) -> &'static str {
        match self.state {
            State::Ringing { .. } => "ringing",
            State::GoesOn | State::Fallen { .. } => "going_on",
            State::In { until_ms: Some(_) } => "calling",
            State::In { until_ms: None } => "in",
            State::Over => "over",
        }
    }

    fn outcome_name(&self) -> &'static str {
        match self.outcome {
            Outcome::Open => "open",
            Outcome::Missed => "missed",
            Outcome::Cancelled => "cancelled",
            Outcome::Unanswered => "unanswered",
            Outcome::Answered => "answered",
            Outcome::Elsewhere => "elsewhere",
            Outcome::Declined => "declined",
            Outcome::Refused => "refused",
            Outcome::Silent | Outcome::TooOften => "silent",
        }
    }
}

const CALL: &str = "SELECT call, thread, log, account, device, video, at_ms, heard_ms, state, until_ms, outcome, times, named FROM calls";

fn call_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Call> {
    let until: Option<i64> = row.get(9)?;
    let id = id_column(row, 0)?;
    let named = row.get::<_, Option<Vec<u8>>>(12)?.map(|_| id_column(row, 12)).transpose()?;
    Ok(Call {
        id,
        named: named.unwrap_or(id),
        thread: row.get(1)?,
        log: id_column(row, 2)?,
        account: id_column(row, 3)?,
        device: id_column(row, 4)?,
        video: row.get(5)?,
        at_ms: row.get(6)?,
        heard_ms: row.get(7)?,
        state: match row.get(8)? {
            0 => State::Ringing { until_ms: until.unwrap_or(0) },
            1 => State::GoesOn,
            2 => State::In { until_ms: until },
            4 => State::Fallen { until_ms: until.unwrap_or(0) },
            _ => State::Over,
        },
        outcome: match row.get(10)? {
            1 => Outcome::Missed,
            2 => Outcome::Cancelled,
            3 => Outcome::Unanswered,
            4 => Outcome::Answered,
            5 => Outcome::Elsewhere,
            6 => Outcome::Declined,
            7 => Outcome::Refused,
            8 => Outcome::Silent,
            9 => Outcome::TooOften,
            _ => Outcome::Open,
        },
        times: row.get(11)?,
    })
}

fn columns(state: State) -> (i64, Option<i64>) {
    match state {
        State::Ringing { until_ms } => (0, Some(until_ms)),
        State::GoesOn => (1, None),
        State::In { until_ms } => (2, until_ms),
        State::Over => (3, None),
        State::Fallen { until_ms } => (4, Some(until_ms)),
    }
}

impl Ctx<'_> {
    /// By this device's handle.
    pub fn find_call(&self, call: CallId) -> Done<Option<Call>> {
        let mut statement = self.db.prepare_cached(&format!("{CALL} WHERE call = ?1"))?;
        Ok(statement.query_row([&call.0[..]], call_row).optional()?)
    }

    /// The one that the members of a log name so.
    pub fn call_named(&self, log: LogId, named: CallId) -> Done<Option<Call>> {
        let found = self.find_call(named)?.filter(|call| call.log == log && call.named == named);
        if found.is_some() {
            return Ok(found);
        }
        let mut statement = self.db.prepare_cached(&format!("{CALL} WHERE named = ?1 AND log = ?2"))?;
        Ok(statement.query_row([&named.0[..], &log.0[..]], call_row).optional()?)
    }

    /// A handle for a call that members name so: the same, unless those of another conversation had a call of that name first.
    pub(super) fn handle_for(&mut self, named: CallId) -> Done<CallId> {
        match self.find_call(named)? {
            None => Ok(named),
            Some(_) => Ok(CallId(self.random())),
        }
    }

    pub fn call_by_key(&self, key: &str) -> Done<Call> {
        let unknown = || not_found("There is no such call.");
        self.find_call(CallId::from_hex(key).ok_or_else(unknown)?)?.ok_or_else(unknown)
    }

    /// A new one.
    pub fn insert_call(&mut self, call: &Call, begun: Begun) -> Done<()> {
        let (state, until_ms) = columns(call.state);
        self.db
            .prepare_cached(
                "INSERT INTO calls(call, thread, log, account, device, video, at_ms, heard_ms, state, until_ms, outcome, rang, heard_of, times, named)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
            )?
            .execute(params![
                &call.id.0[..],
                call.thread,
                &call.log.0[..],
                &call.account.0[..],
                &call.device.0[..],
                call.video,
                call.at_ms,
                call.heard_ms,
                state,
                until_ms,
                call.outcome as i64,
                begun == Begun::Rings,
                begun == Begun::HeardOf,
                call.times,
                (call.named != call.id).then_some(&call.named.0[..])
            ])?;
        let beyond = self
            .db
            .prepare_cached(
                "DELETE FROM calls WHERE account = ?1 AND state IN (1, 3) AND heard_of = 0 AND id <= (
                     SELECT id FROM calls WHERE account = ?1 AND heard_of = 0 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
            )?
            .execute(params![&call.account.0[..], KEPT_OF_ACCOUNT])?;
        let counted = self
            .db
            .prepare_cached(
                "DELETE FROM calls WHERE account = ?1 AND state = 3 AND heard_of = 1 AND heard_ms <= ?2",
            )?
            .execute(params![&call.account.0[..], self.now_ms.saturating_sub(COUNTED_MS)])?;
        if beyond + counted > 0 {
            self.db.execute("DELETE FROM call_devices WHERE call NOT IN (SELECT call FROM calls)", [])?;
        }
        Ok(())
    }

    /// One that only those who are in it told of: a few, so that nobody fills the journal with calls that are none.
    pub fn insert_heard_of(&mut self, call: &Call) -> Done<bool> {
        if self.are_enough_heard_of(call.thread)? {
            return Ok(false);
        }
        self.insert_call(call, Begun::HeardOf)?;
        Ok(true)
    }

    /// Whether so many go on in a conversation that did not ring that one more is not shown there.
    pub(super) fn are_enough_heard_of(&self, thread: i64) -> Done<bool> {
        let known: i64 = self
            .db
            .prepare_cached("SELECT count(*) FROM calls WHERE thread = ?1 AND state = 1 AND rang = 0")?
            .query_row([thread], |row| row.get(0))?;
        Ok(known >= HEARD_OF)
    }

    /// One of somebody who calls too often. It can be joined like any that goes on, and stands in the list also for those of the day
    /// before it in its conversation: at its own time, with their number. False where so many go on already that it is only counted.
    pub fn insert_too_often(&mut self, call: &Call) -> Done<bool> {
        let goes_on = !self.are_enough_heard_of(call.thread)?;
        let before: Vec<(i64, u32)> = {
            let mut statement = self.db.prepare_cached(
                "SELECT id, times FROM calls
                 WHERE account = ?1 AND at_ms > ?2 AND thread = ?3 AND outcome = ?4 AND state = 3 AND heard_of = 0",
            )?;
            let from_ms = call.at_ms.saturating_sub(super::heard::DAY_MS);
            let values = params![&call.account.0[..], from_ms, call.thread, Outcome::TooOften as i64];
            statement.query_map(values, |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?
        };
        let mut times = call.times;
        for (id, counted) in before {
            times = times.saturating_add(counted).min(TIMES);
            self.db.prepare_cached("DELETE FROM calls WHERE id = ?1")?.execute([id])?;
        }
        let state = if goes_on { call.state } else { State::Over };
        self.insert_call(&Call { state, times, ..call.clone() }, Begun::Silently)?;
        Ok(goes_on)
    }

    pub fn save_call(&mut self, call: &Call) -> Done<()> {
        let (state, until_ms) = columns(call.state);
        self.db
            .prepare_cached(
                "UPDATE calls SET state = ?2, until_ms = ?3, outcome = ?4, heard_of = heard_of AND ?5 WHERE call = ?1",
            )?
            // What this account took part in is one like all others.
            .execute(params![
                &call.id.0[..],
                state,
                until_ms,
                call.outcome as i64,
                call.outcome.is_silent()
            ])?;
        if call.state == State::Over {
            self.db.prepare_cached("DELETE FROM call_devices WHERE call = ?1")?.execute([&call.id.0[..]])?;
        }
        Ok(())
    }

    /// Nothing is to be told of it now: not that it rings, and no line about it is owed.
    pub fn set_call_told(&mut self, call: CallId) -> Done<()> {
        self.db.prepare_cached("UPDATE calls SET told = 1 WHERE call = ?1")?.execute([&call.0[..]])?;
        Ok(())
    }

    /// A line about it is owed. It rings no longer, so that `told` says nothing else any more.
    pub fn owe_line(&mut self, call: CallId) -> Done<()> {
        self.db.prepare_cached("UPDATE calls SET told = 2 WHERE call = ?1")?.execute([&call.0[..]])?;
        Ok(())
    }

    /// There is somebody to talk with, where there was not before.
    pub fn talk_begins(&mut self, call: CallId) -> Done<()> {
        self.db
            .prepare_cached("UPDATE calls SET talks_since_ms = coalesce(talks_since_ms, ?2) WHERE call = ?1")?
            .execute(params![&call.0[..], self.now_ms])?;
        Ok(())
    }

    /// Since when this device talked, which it does no longer: who joins again talks anew.
    pub fn talk_ends(&mut self, call: CallId) -> Done<Option<i64>> {
        let since_ms = self
            .db
            .prepare_cached("SELECT talks_since_ms FROM calls WHERE call = ?1")?
            .query_row([&call.0[..]], |row| row.get(0))?;
        self.db
            .prepare_cached("UPDATE calls SET talks_since_ms = NULL WHERE call = ?1")?
            .execute([&call.0[..]])?;
        Ok(since_ms)
    }

    /// This device talked until its program was killed: a line is owed once the call is over.
    pub fn owe_talk(&mut self, call: CallId) -> Done<()> {
        self.db.prepare_cached("UPDATE calls SET told = 3 WHERE call = ?1")?.execute([&call.0[..]])?;
        Ok(())
    }

    /// Whether one was, which it is no longer.
    pub fn talk_was_owed(&mut self, call: CallId) -> Done<bool> {
        let owed = self
            .db
            .prepare_cached("UPDATE calls SET told = 1 WHERE call = ?1 AND told = 3")?
            .execute([&call.0[..]])?;
        Ok(owed > 0)
    }

    /// Those about which a line is owed. Every row is looked at.
    pub fn calls_owed(&self) -> Done<Vec<Call>> {
        self.calls_where("told = 2", [])
    }

    /// What rings is told of once more.
    pub fn tell_of_rings_again(&mut self) -> Done<()> {
        self.db.prepare_cached("UPDATE calls SET told = 0 WHERE state = 0 AND told = 1")?.execute([])?;
        Ok(())
    }

    /// Calls of an account since a time of the server's clock, without those that this account took: whoever is answered does
    /// not ring too often. Nor does whoever this account called at the same moment, and talked with in that call. Those that were too
    /// often are left out: going on calling is no reason to wait longer.
    pub fn calls_since(&self, account: AccountId, since_ms: i64) -> Done<i64> {
        Ok(self
            .db
            .prepare_cached(
                "SELECT count(*) FROM calls WHERE account = ?1 AND at_ms > ?2 AND outcome NOT IN (?3, ?4, ?8)
                 AND NOT (outcome = ?5 AND EXISTS (
                     SELECT 1 FROM calls AS ours JOIN threads ON threads.id = ours.thread
                     WHERE ours.account = ?6 AND ours.at_ms > calls.at_ms - ?7 AND ours.at_ms < calls.at_ms + ?7
                     AND ours.thread = calls.thread AND ours.outcome IN (?3, ?4) AND threads.pair IS NOT NULL))",
            )?
            .query_row(
                params![
                    &account.0[..],
                    since_ms,
                    Outcome::Answered as i64,
                    Outcome::Elsewhere as i64,
                    Outcome::Silent as i64,
                    &self.me()?.account().0[..],
                    super::here::ASK_MS,
                    Outcome::TooOften as i64
                ],
                |row| row.get(0),
            )?)
    }

    pub fn ringing_now(&self) -> Done<i64> {
        Ok(self.db.query_row("SELECT count(*) FROM calls WHERE state = 0", [], |row| row.get(0))?)
    }

    /// The newest that can be joined in a conversation in place of one that is begun. Not one that a single member speaks of who is
    /// nobody to this account: whoever calls would be alone with them, and believe that it rings.
    pub fn call_instead(&self, thread: &Thread, log: LogId) -> Done<Option<Call>> {
        // In a chat of two it is with whoever is to be called.
        if thread.pair.is_some() {
            return self.newest_call(thread.id, log, None);
        }
        // One that never rang here, or did long ago, is said to go on by those who are in it alone.
        let rang_from = self.server_now().saturating_sub(RANG_MS);
        self.newest_call(thread.id, log, Some(rang_from))
    }

    /// The newest that can be joined in a conversation.
    pub fn call_going_on(&self, thread: i64, log: LogId) -> Done<Option<Call>> {
        self.newest_call(thread, log, None)
    }

    /// The newest with somebody in it; with at least two, or a contact, where it did not ring here since then.
    fn newest_call(&self, thread: i64, log: LogId, rang_from: Option<i64>) -> Done<Option<Call>> {
        let mut statement = self.db.prepare_cached(&format!(
            "{CALL} WHERE thread = ?1 AND log = ?2 AND state IN (0, 1, 4)
             AND ((SELECT count(DISTINCT account) FROM call_devices WHERE call_devices.call = calls.call)
                  > (outcome IN (?3, ?6) OR coalesce(at_ms < ?4, 0)) * (?4 IS NOT NULL)
               OR EXISTS (SELECT 1 FROM call_devices JOIN people USING (account)
                  WHERE call_devices.call = calls.call AND outcome NOT IN (?3, ?6) AND standing = ?5 AND NOT blocked))
             ORDER BY id DESC LIMIT 1"
        ))?;
        let [silent, too_often] = [Outcome::Silent, Outcome::TooOften].map(|outcome| outcome as i64);
        let values = params![thread, &log.0[..], silent, rang_from, Standing::Contact as i64, too_often];
        Ok(statement.query_row(values, call_row).optional()?)
    }

    /// Those this device takes part in.
    pub fn calls_taken(&self) -> Done<Vec<Call>> {
        self.calls_where("state = 2", [])
    }

    pub fn calls_until(&self, now_ms: i64) -> Done<Vec<Call>> {
        self.calls_where("until_ms <= ?1", [now_ms])
    }

    /// Those that go on without this device, and in which nobody was heard of since then.
    pub fn calls_unheard(&self, since_ms: i64) -> Done<Vec<Call>> {
        self.calls_where("state = 1 AND heard_ms <= ?1", [since_ms])
    }

    /// Those that ring, and that the screen was not told of.
    pub fn calls_untold(&self) -> Done<Vec<Call>> {
        self.calls_where("until_ms IS NOT NULL AND state = 0 AND told = 0", [])
    }

    /// Those that ring though their caller was blocked since.
    pub fn calls_of_blocked(&self) -> Done<Vec<Call>> {
        self.calls_where(
            "until_ms IS NOT NULL AND state = 0 AND account IN (SELECT account FROM people WHERE blocked = 1)",
            [],
        )
    }

    /// Those that this device takes part in, or is about to again, with somebody alone who was blocked since.
    pub fn calls_with_blocked(&self) -> Done<Vec<Call>> {
        self.calls_where(
            "state IN (2, 4) AND thread IN (SELECT id FROM threads JOIN people ON people.account = threads.pair WHERE blocked = 1)",
            [],
        )
    }

    /// Those of a log that are not over.
    pub fn calls_of_log(&self, log: LogId) -> Done<Vec<Call>> {
        self.calls_where("log = ?1 AND state != 3", [log.0.to_vec()])
    }

    /// The same of a conversation.
    pub fn calls_of_thread(&self, thread: i64) -> Done<Vec<Call>> {
        self.calls_where("thread = ?1 AND state != 3", [thread])
    }

    fn calls_where(&self, which: &str, values: impl rusqlite::Params) -> Done<Vec<Call>> {
        let mut statement = self.db.prepare_cached(&format!("{CALL} WHERE {which} ORDER BY id"))?;
        Ok(statement.query_map(values, call_row)?.collect::<Result<_, _>>()?)
    }

    /// When the next one is to be looked at.
    pub fn next_call(&self) -> Done<Option<i64>> {
        let mut statement =
            self.db.prepare_cached("SELECT min(until_ms) FROM calls WHERE until_ms IS NOT NULL")?;
        let until: Option<i64> = statement.query_row([], |row| row.get(0))?;
        Ok([until, self.next_unheard()?, self.next_line()].into_iter().flatten().min())
    }

    /// When nothing was heard for too long of the next one that goes on without this device, or of somebody in a group's.
    pub fn next_unheard(&self) -> Done<Option<i64>> {
        let mut statement = self.db.prepare_cached("SELECT min(heard_ms) FROM calls WHERE state = 1")?;
        let heard: Option<i64> = statement.query_row([], |row| row.get(0))?;
        let call = heard.and_then(|heard| self.stale_from(heard, 1));
        let devices = self.heard_in_groups()?.into_iter();
        let device = devices.filter_map(|(_, heard, devices)| self.stale_from(heard, devices)).min();
        Ok([call, device].into_iter().flatten().min())
    }

    /// Of each call of a group that goes on, with this device or without it: when the device in it was heard of of which that is
    /// longest ago, but for this one, and how many are in it.
    pub fn heard_in_groups(&self) -> Done<Vec<(CallId, i64, usize)>> {
        let Some(me) = &self.core.me else { return Ok(Vec::new()) };
        // In this order: those are few, and calls are a journal of years.
        let mut statement = self.db.prepare_cached(
            "SELECT call_devices.call, min(CASE WHEN NOT (call_devices.account = ?1 AND call_devices.device = ?2)
                    THEN call_devices.heard_ms END), count(*)
             FROM call_devices CROSS JOIN calls ON calls.call = call_devices.call
             CROSS JOIN threads ON threads.id = calls.thread
             WHERE calls.state IN (1, 2) AND threads.pair IS NULL
             GROUP BY call_devices.call",
        )?;
        let rows = statement.query_map([&me.account().0[..], &me.identity.device.0[..]], |row| {
            Ok((id_column(row, 0)?, row.get::<_, Option<i64>>(1)?, row.get::<_, i64>(2)?))
        })?;
        let mut found = Vec::new();
        for row in rows {
            let (call, heard_ms, devices) = row?;
            // Where there is none, this device is alone.
            found.extend(heard_ms.map(|heard_ms| (call, heard_ms, devices as usize)));
        }
        Ok(found)
    }

    /// Takes those out of a call, but for this one, of which nothing was heard since a time. How many that were.
    pub fn drop_unheard_since(&mut self, call: CallId, since_ms: i64) -> Done<usize> {
        let me = self.me()?;
        let statement = "DELETE FROM call_devices
             WHERE call = ?1 AND NOT (account = ?2 AND device = ?3) AND heard_ms <= ?4";
        let values = params![&call.0[..], &me.account().0[..], &me.identity.device.0[..], since_ms];
        Ok(self.db.prepare_cached(statement)?.execute(values)?)
    }

    /// Something was heard of a device that is in a call.
    pub fn device_heard(&mut self, call: CallId, account: AccountId, device: DeviceId) -> Done<()> {
        self.db
            .prepare_cached(
                "UPDATE call_devices SET heard_ms = ?4 WHERE call = ?1 AND account = ?2 AND device = ?3",
            )?
            .execute(params![&call.0[..], &account.0[..], &device.0[..], self.now_ms])?;
        Ok(())
    }

    /// A device said that it is in a call. False where that was known, under the same name.
    pub fn device_joined(
        &mut self,
        call: CallId,
        account: AccountId,
        device: DeviceId,
        participant: ParticipantId,
    ) -> Done<bool> {
        self.db
            .prepare_cached("UPDATE calls SET heard_ms = ?2 WHERE call = ?1")?
            .execute(params![&call.0[..], self.now_ms])?;
        let changed = self
            .db
            .prepare_cached(
                "INSERT INTO call_devices(call, account, device, participant) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT(call, account, device) DO UPDATE SET participant = ?4 WHERE participant != ?4",
            )?
            .execute(params![&call.0[..], &account.0[..], &device.0[..], &participant.0[..]])?;
        self.device_heard(call, account, device)?;
        Ok(changed > 0)
    }

    /// False where it was not in the call.
    pub fn device_left(&mut self, call: CallId, account: AccountId, device: DeviceId) -> Done<bool> {
        let gone = self
            .db
            .prepare_cached("DELETE FROM call_devices WHERE call = ?1 AND account = ?2 AND device = ?3")?
            .execute(params![&call.0[..], &account.0[..], &device.0[..]])?;
        Ok(gone > 0)
    }

    /// Devices in a call without this one, and those of other accounts among them.
    pub fn count_devices(&self, call: CallId) -> Done<(usize, usize)> {
        let me = self.me()?;
        let counted: (i64, i64) = self
            .db
            .prepare_cached(
                "SELECT count(*), coalesce(sum(account != ?2), 0) FROM call_devices
                 WHERE call = ?1 AND NOT (account = ?2 AND device = ?3)",
            )?
            .query_row(params![&call.0[..], &me.account().0[..], &me.identity.device.0[..]], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        Ok((counted.0 as usize, counted.1 as usize))
    }

    /// Devices in a call, as they are called there.
    pub fn call_devices(&self, call: CallId) -> Done<Vec<(AccountId, DeviceId, ParticipantId)>> {
        let mut statement = self.db.prepare_cached(
            "SELECT account, device, participant FROM call_devices WHERE call = ?1 ORDER BY device, account",
        )?;
        let rows = statement.query_map([&call.0[..]], |row| {
            Ok((id_column(row, 0)?, id_column(row, 1)?, id_column(row, 2)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// `call.list`
    pub fn call_list(&mut self, command: u64, wanted: &CallList) -> Done<()> {
        let thread = match &wanted.conversation {
            None => None,
            Some(key) => Some(self.thread_by_key(key)?.id),
        };
        let before: i64 = match &wanted.before {
            None => i64::MAX,
            Some(key) => {
                let call = self.call_by_key(key)?.id;
                self.db.query_row("SELECT id FROM calls WHERE call = ?1", [&call.0[..]], |row| row.get(0))?
            }
        };
        let limit = wanted.limit.unwrap_or(50).min(PAGE);
        let mut statement = self.db.prepare_cached(&format!(
            "{CALL} WHERE (?1 IS NULL OR thread = ?1) AND id < ?2 AND NOT (heard_of AND state = 3)
             ORDER BY id DESC LIMIT ?3"
        ))?;
        let mut rows =
            statement.query_map(params![thread, before, limit], call_row)?.collect::<Result<Vec<_>, _>>()?;
        rows.reverse();
        let calls = rows.iter().map(|call| self.call_view(call)).collect::<Done<Vec<_>>>()?;
        self.reply(command, view::Calls { calls });
        Ok(())
    }

    fn call_view(&self, call: &Call) -> Done<view::Call> {
        let participants = self
            .call_devices(call.id)?
            .into_iter()
            .map(|(account, device, _)| {
                Ok(view::CallParticipant { address: self.address_of(account)?, device: device.to_hex() })
            })
            .collect::<Done<Vec<_>>>()?;
        Ok(view::Call {
            call: call.id.to_hex(),
            conversation: self.thread_key(call.thread)?.unwrap_or_default(),
            from: self.address_of(call.account)?,
            video: call.video,
            at: rfc3339(call.at_ms),
            state: call.state_name().to_owned(),
            outcome: call.outcome_name().to_owned(),
            times: call.times,
            participants,
            listening: self.listening_view(call),
            code: self.core.calls.media.get(&call.id).map(|media| media.code.clone()).unwrap_or_default(),
        })
    }
}
