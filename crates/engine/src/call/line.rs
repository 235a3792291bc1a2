//! Lines that a conversation keeps of calls: this device's own words, which no sender can delete.
//!
//! That a call was missed is written once all was read that this account's other devices could have said of it. They answer in the
//! conversation's log and decline in the own one, and a device that was away, or asleep while it rang, reads of that later than it
//! knows that nobody answered here. Until then the line is owed, in the database, so that no crash keeps it from coming.

use casemate_wire::ids::LogId;

use super::here::SLEPT_MS;
use super::row::Call;
use super::state::{Outcome, State};
use crate::core::{Ctx, Done};
use crate::log::State as LogState;

/// Who slept has a connection with everything on it that came meanwhile, or one that is none any more, which is known after two
/// seconds. Longer only writes a line later.
const AFTER_SLEEP_MS: i64 = 3_000;

/// What this run knows of lines that are owed.
#[derive(Default)]
pub struct Lines {
    /// None is. Not known at first: an earlier run may have owed some.
    all_written: bool,
    /// Device clock: not before.
    from_ms: i64,
}

impl Ctx<'_> {
    /// How a call came out, as a line of its own where that is one for the conversation.
    pub(super) fn note_outcome(&mut self, call: &Call, outcome: Outcome) -> Done<()> {
        let mine = call.account == self.me()?.account();
        match outcome {
            Outcome::Missed | Outcome::Cancelled if !mine => {
                self.core.calls.lines.all_written = false;
                self.owe_line(call.id)
            }
            Outcome::Unanswered if mine => self.notice(call.thread, "You called, and nobody answered."),
            _ => Ok(()),
        }
    }

    /// Writes those that are owed and still true.
    pub(super) fn write_lines(&mut self) -> Done<()> {
        if self.core.calls.lines.all_written || self.core.calls.lines.from_ms > self.now_ms {
            return Ok(());
        }
        let owed = self.calls_owed()?;
        self.core.calls.lines.all_written = owed.is_empty();
        if owed.is_empty() || !self.siblings_were_heard()? {
            return Ok(());
        }
        for call in owed {
            if !self.was_heard(call.log)? {
                continue;
            }
            self.set_call_told(call.id)?;
            let is_there = self.thread_by_id(call.thread)?.is_some();
            if is_there && matches!(call.outcome, Outcome::Missed | Outcome::Cancelled) {
                self.note_missed(&call)?;
            }
        }
        Ok(())
    }

    /// When [`Self::write_lines`] has something to do without anything being heard.
    pub(super) fn next_line(&self) -> Option<i64> {
        let lines = &self.core.calls.lines;
        Some(lines.from_ms).filter(|from| !lines.all_written && *from > self.now_ms)
    }

    /// What rang is missed at a time that this device slept through: what it believes to know of logs may be old.
    pub(super) fn lines_wait_after_sleep(&mut self, due_ms: i64) {
        if self.now_ms > due_ms.saturating_add(SLEPT_MS) {
            self.core.calls.lines.from_ms = self.now_ms.saturating_add(AFTER_SLEEP_MS);
            self.doubt_connection();
        }
    }

    fn note_missed(&mut self, call: &Call) -> Done<()> {
        let who = self.name_of(call.account)?;
        let line = match call.video {
            true => format!("You missed a video call from {who}."),
            false => format!("You missed a call from {who}."),
        };
        self.notice(call.thread, &line)?;
        // It is something to come back to. Siblings have a line of their own.
        self.db
            .prepare_cached("UPDATE threads SET marked_unread = 1 WHERE id = ?1")?
            .execute([call.thread])?;
        self.conversation_changed(call.thread)
    }

    fn siblings_were_heard(&self) -> Done<bool> {
        if self.is_alone()? {
            return Ok(true);
        }
        let own = self.own_thread()?.map(|thread| self.thread_by_id(thread)).transpose()?.flatten();
        match own.and_then(|own| own.active_log) {
            Some(log) => self.was_heard(log),
            None => Ok(true),
        }
    }

    /// All that is known of it was read, or nothing comes from there any more.
    fn was_heard(&self, log: LogId) -> Done<bool> {
        let comes = self.log_row(log)?.is_some_and(|row| row.created && row.state == LogState::Live);
        Ok(!comes || self.is_read(log)?)
    }

    /// What was a talk leaves a line that says how long this device was in it.
    pub(super) fn note_length(&mut self, call: &Call) -> Done<()> {
        if call.outcome != Outcome::Answered {
            return Ok(());
        }
        // Perhaps it is taken again, and then was one talk.
        if matches!(call.state, State::Fallen { .. }) {
            return self.owe_talk(call.id);
        }
        let since_ms = self.talk_ends(call.id)?;
        // Of an earlier run: nobody knows how long that was there.
        if !self.core.calls.media.contains_key(&call.id) {
            return self.owe_talk(call.id);
        }
        let Some(since_ms) = since_ms else { return Ok(()) };
        self.talk_was_owed(call.id)?;
        let seconds = self.now_ms.saturating_sub(since_ms).max(0) / 1_000;
        let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        let length = match hours {
            0 => format!("{minutes}:{seconds:02}"),
            _ => format!("{hours}:{minutes:02}:{seconds:02}"),
        };
        let line = match call.video {
            true => format!("Video call, {length}"),
            false => format!("Voice call, {length}"),
        };
        self.notice(call.thread, &line)
    }

    /// It is over. What this device was in until its program was killed, and never came back into, leaves a line all the same;
    /// nobody knows how long that was.
    pub(super) fn note_talk(&mut self, call: &Call) -> Done<()> {
        if !self.talk_was_owed(call.id)? {
            return Ok(());
        }
        self.notice(call.thread, if call.video { "Video call" } else { "Voice call" })
    }
}
