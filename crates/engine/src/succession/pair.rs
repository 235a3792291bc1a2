//! Which of several chats between two is used. Two that were made at once: the one with the lower log id. Once the other one was heard
//! in the first, a second one is only read. Not all devices of an account heard the same: a new one reads nothing of the past, and
//! what comes at once comes in either order. So the first device says in which chat it heard them, and its siblings go there. A
//! device that is alone in the first chat goes to the second where the other one answers a sibling there.

use casemate_content::proto as content;
use casemate_content::proto::ConversationState;
use casemate_crypto::LeafInfo;
use casemate_wire::ids::{AccountId, DeviceId, LogId};
use rusqlite::params;

use super::LastView;
use crate::core::{Ctx, Done};
use crate::db;
use crate::log::{LogRow, State};
use crate::thread::Thread;

impl Ctx<'_> {
    pub(super) fn settle_pair(
        &mut self,
        thread: i64,
        log: LogId,
        other: AccountId,
        state: &ConversationState,
    ) -> Done<i64> {
        let target = match self.pair_thread(other)? {
            Some(target) => target,
            None => {
                self.db
                    .prepare_cached("UPDATE threads SET pair = ?2 WHERE id = ?1")?
                    .execute(params![thread, &other.0[..]])?;
                thread
            }
        };
        if target != thread {
            self.db
                .prepare_cached("UPDATE logs SET thread = ?2 WHERE log = ?1")?
                .execute(params![&log.0[..], target])?;
            self.db
                .prepare_cached(
                    "DELETE FROM threads WHERE id = ?1 AND active_log IS NULL AND next_position = 1",
                )?
                .execute([thread])?;
        }
        let active = self.thread_by_id(target)?.and_then(|thread| thread.active_log);
        let active = active.map(|active| self.log_row(active)).transpose()?.flatten();
        if let Some(current) = active.filter(|row| row.log != log) {
            if current.state == State::Live && self.stays_in_chat(current.log, log, other)? {
                self.set_log_state(log, State::Replaced)?;
                if !state.successor_of.is_empty() {
                    let mut beside = (current.cursor as i64).to_be_bytes().to_vec();
                    beside.extend(self.said_so_far(current.log, other)?);
                    db::set_setting(self.db, &beside_key(log), &beside)?;
                }
                return Ok(target);
            }
            if current.state != State::Closed {
                self.set_log_state(current.log, State::Replaced)?;
            }
        }
        self.set_active_log(target, log, state)?;
        Ok(target)
    }

    /// Whether a chat goes on where it is, though there is a second one.
    fn stays_in_chat(&self, current: LogId, second: LogId, other: AccountId) -> Done<bool> {
        Ok(match self.chat_of_first_device(other)? {
            Some(said) if said == current => true,
            Some(said) if said == second => false,
            _ => current < second || self.has_spoken(current, other)?,
        })
    }

    pub fn has_spoken(&self, log: LogId, account: AccountId) -> Done<bool> {
        Ok(self.speaks(log, account)? || db::setting(self.db, &heard_key(log))?.is_some())
    }

    /// Whether an account was heard in a log by a device that has its place there still.
    pub fn speaks(&self, log: LogId, account: AccountId) -> Done<bool> {
        let mut statement =
            self.db.prepare_cached("SELECT 1 FROM leaves WHERE log = ?1 AND account = ?2 AND counter > 0")?;
        Ok(statement.exists(params![&log.0[..], &account.0[..]])?)
    }

    /// The newest entry of a chat of two when this device was brought into another one that continues a chat, if the other person has
    /// said nothing in the first one since. Who opens such a chat has left the first one, so two do not change places by it.
    fn silent_since(&self, log: LogId, second: LogId, other: AccountId) -> Done<Option<i64>> {
        let Some(beside) = db::setting(self.db, &beside_key(second))? else { return Ok(None) };
        let Some((entry, said)) = beside.split_first_chunk() else { return Ok(None) };
        let is_silent = said == self.said_so_far(log, other)?;
        Ok(is_silent.then(|| i64::from_be_bytes(*entry)))
    }

    /// The newest number of each of somebody's devices in a log.
    fn said_so_far(&self, log: LogId, account: AccountId) -> Done<Vec<u8>> {
        let mut statement = self.db.prepare_cached(
            "SELECT device, counter FROM leaves WHERE log = ?1 AND account = ?2 ORDER BY device",
        )?;
        let mut rows = statement.query(params![&log.0[..], &account.0[..]])?;
        let mut said = Vec::new();
        while let Some(row) = rows.next()? {
            said.extend(row.get::<_, Vec<u8>>(0)?);
            said.extend(row.get::<_, i64>(1)?.to_be_bytes());
        }
        Ok(said)
    }

    /// The other one of a chat of two was heard in it. Who is added again begins to count anew, and this stays.
    pub fn note_heard(&mut self, row: &LogRow, thread: &Thread, sender: AccountId) -> Done<()> {
        if thread.pair != Some(sender) || db::setting(self.db, &heard_key(row.log))?.is_some() {
            return Ok(());
        }
        db::set_number(self.db, &heard_key(row.log), 1)?;
        if thread.active_log == Some(row.log) {
            self.tell_siblings_chat(sender)?;
        }
        Ok(())
    }

    /// Somebody says something in a chat of two. `entry`, and up to which they had read. Where a second chat is used by the other one
    /// after they heard a device of this account there, they stay there: a device that is alone in the first one comes.
    pub fn stays_elsewhere(
        &mut self,
        row: &LogRow,
        thread: &Thread,
        sender: &LeafInfo,
        (entry, seen): (u64, u64),
    ) -> Done<()> {
        let Some(other) = thread.pair else { return Ok(()) };
        let key = sibling_key(row.log);
        let sibling = db::number(self.db, &key)?.unsigned_abs();
        if sender.account != other {
            if sibling == 0 {
                db::set_number(self.db, &key, i64::try_from(entry).unwrap_or(i64::MAX))?;
            }
            return Ok(());
        }
        let Some(active) = thread.active_log.filter(|active| *active != row.log) else { return Ok(()) };
        let is_used = row.state == State::Replaced && !row.doubtful && !self.was_wedged(row.log)?;
        if !is_used || !(1..=seen).contains(&sibling) || self.chat_of_first_device(other)? == Some(active) {
            return Ok(());
        }
        let silent_since = self.silent_since(active, row.log, other)?;
        if silent_since.is_none() && self.has_spoken(active, other)? {
            return Ok(());
        }
        let left = self.log_row(active)?.filter(|left| left.state == State::Live);
        let (Some(left), Some(LastView { state, .. })) = (left, self.last_view(row.log)?) else {
            return Ok(());
        };
        self.go_over(thread, &left, row, &state)?;
        if let Some(entry) = silent_since {
            // A sibling may not be where it was said.
            self.resend_after(thread.id, active, entry, &self.accounts_in(row.log)?)?;
        }
        self.tell_siblings_chat(other)?;
        self.notice(thread.id, "This conversation goes on where most of its members are.")
    }

    // ---- What the first device says ----

    /// Tells siblings in which chat somebody was heard, if this is the first device.
    pub fn tell_siblings_chat(&mut self, account: AccountId) -> Done<()> {
        let chat = self.heard_chat(account)?;
        let (Some(chat), Some(person)) = (chat, self.person(account)?) else { return Ok(()) };
        self.tell_siblings(content::own::Kind::Contact(content::OwnContact {
            account: account.into(),
            address: person.address,
            chat: chat.into(),
            ..content::OwnContact::default()
        }))
    }

    fn heard_chat(&self, account: AccountId) -> Done<Option<LogId>> {
        if !self.is_primary(self.me()?.identity.device)? {
            return Ok(None);
        }
        let Some(thread) = self.pair_thread(account)? else { return Ok(None) };
        let Some(log) = self.active_log(thread)? else { return Ok(None) };
        Ok(self.has_spoken(log, account)?.then_some(log))
    }

    /// The first device heard the other one of a chat of two in a log.
    pub fn chat_told(&mut self, from: DeviceId, account: AccountId, chat: &[u8]) -> Done<()> {
        let Ok(chat) = LogId::try_from(chat) else { return Ok(()) };
        if self.me()?.identity.device == from || !self.is_primary(from)? {
            return Ok(());
        }
        db::set_setting(self.db, &chat_key(account), &chat.0)?;
        let Some(row) = self.log_row(chat)? else { return Ok(()) };
        let Some(thread) = self.thread_by_id(row.thread)? else { return Ok(()) };
        let left = match thread.active_log.filter(|active| *active != chat) {
            Some(active) => self.log_row(active)?.filter(|active| active.state == State::Live),
            None => None,
        };
        // What this device itself found broken it does not go back to.
        let is_whole = row.state == State::Replaced && !self.was_wedged(chat)?;
        let Some(left) = left.filter(|_| is_whole && thread.pair == Some(account)) else { return Ok(()) };
        let Some(LastView { state, .. }) = self.last_view(chat)? else { return Ok(()) };
        self.go_over(&thread, &left, &row, &state)?;
        self.notice(thread.id, "This conversation goes on where your first device is.")
    }

    fn chat_of_first_device(&self, account: AccountId) -> Done<Option<LogId>> {
        let said = db::setting(self.db, &chat_key(account))?;
        Ok(said.and_then(|said| LogId::try_from(&said[..]).ok()))
    }
}

fn heard_key(log: LogId) -> String {
    format!("heard/{}", log.to_hex())
}

/// The newest entry of the chat that is used, and what the other one had said there, when this device was brought into another one.
fn beside_key(log: LogId) -> String {
    format!("beside/{}", log.to_hex())
}

/// The first entry in which a sibling was heard in a log.
fn sibling_key(log: LogId) -> String {
    format!("sibling/{}", log.to_hex())
}

fn chat_key(account: AccountId) -> String {
    format!("chat/{}", account.to_hex())
}
