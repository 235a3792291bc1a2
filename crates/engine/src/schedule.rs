//! Messages for later (`message.send` with `at`, `conversation.scheduled`). They wait on this device, which sends them
//! when their time has come and it is connected; own other devices see them when they are sent. Deleting one before
//! then cancels it.

use casemate_api::command::Scheduled;
use casemate_api::{Event, view};
use casemate_content::proto as content;
use casemate_wire::ids::{AccountId, MessageId};
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};

use crate::core::{Ctx, Done, id_column, invalid, too_large};
use crate::message::{Kind, Row, State};
use crate::thread::Thread;

/// Messages waiting at once.
const WAITING: i64 = 1_000;

/// How far ahead: a year and a day.
const AHEAD_MS: i64 = 366 * 86_400_000;

/// Messages sent in one step, where many are due at once.
const STEP: i64 = 32;

impl Ctx<'_> {
    /// Keeps a message until its time. Its files are uploaded in the meantime.
    pub fn schedule(
        &mut self,
        thread: &Thread,
        message: MessageId,
        said: &content::Text,
        at_ms: i64,
    ) -> Done<()> {
        if at_ms > self.server_now() + AHEAD_MS {
            return Err(invalid("A message can be sent at most a year ahead."));
        }
        if !said.attachments.is_empty() && at_ms > self.server_now() + crate::forward::FRESH_MS {
            return Err(invalid(
                "Files are kept on the server for a while only: a message with files can be sent at most 30 days ahead.",
            ));
        }
        let waiting: i64 = self.db.query_row("SELECT count(*) FROM scheduled", [], |row| row.get(0))?;
        if waiting >= WAITING {
            return Err(too_large(format!("At most {WAITING} messages can wait to be sent.")));
        }
        self.db
            .prepare_cached("INSERT INTO scheduled(message, thread, at_ms, said) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![&message.0[..], thread.id, at_ms, said.encode_to_vec()])?;
        self.conversation_changed(thread.id)
    }

    /// `conversation.scheduled`
    pub fn conversation_scheduled(&mut self, command: u64, wanted: &Scheduled) -> Done<()> {
        let only = match &wanted.conversation {
            None => None,
            Some(key) => Some(self.thread_by_key(key)?.id),
        };
        let me = self.me()?.account();
        let mut statement = self.db.prepare_cached(
            "SELECT message, thread, at_ms, said FROM scheduled WHERE ?1 IS NULL OR thread = ?1 ORDER BY at_ms, message",
        )?;
        let rows = statement
            .query_map([only], |row| {
                let said = content::Text::decode(&row.get::<_, Vec<u8>>(3)?[..]).unwrap_or_default();
                Ok(as_row(me, id_column(row, 0)?, row.get(1)?, row.get(2)?, &said))
            })?
            .collect::<Result<Vec<_>, _>>()?;
        let messages = self.message_views(&rows)?;
        self.reply(command, view::Messages { messages });
        Ok(())
    }

    /// Gives a message up that has not been sent yet. False where there is none of this id.
    pub fn unschedule(&mut self, key: &str) -> Done<bool> {
        let Some(message) = MessageId::from_hex(key) else { return Ok(false) };
        let thread: Option<i64> = self
            .db
            .prepare_cached("DELETE FROM scheduled WHERE message = ?1 RETURNING thread")?
            .query_row([&message.0[..]], |row| row.get(0))
            .optional()?;
        let Some(thread) = thread else { return Ok(false) };
        self.drop_attachments(message)?;
        self.conversation_changed(thread)?;
        Ok(true)
    }

    /// Sends what is due. Not before the server's clock is known: this device's may be wrong by years.
    pub fn send_due(&mut self) -> Done<()> {
        if !self.online() || self.core.me.is_none() {
            return Ok(());
        }
        let mut statement = self.db.prepare_cached(
            "SELECT message, thread, said FROM scheduled WHERE at_ms <= ?1 ORDER BY at_ms, message LIMIT ?2",
        )?;
        let due = statement
            .query_map([self.server_now(), STEP], |row| {
                Ok((id_column::<MessageId>(row, 0)?, row.get::<_, i64>(1)?, row.get::<_, Vec<u8>>(2)?))
            })?
            .collect::<Result<Vec<_>, _>>()?;
        for (message, thread, said) in due {
            self.db.prepare_cached("DELETE FROM scheduled WHERE message = ?1")?.execute([&message.0[..]])?;
            let Some(thread) = self.thread_by_id(thread)? else { continue };
            let said = content::Text::decode(&said[..]).unwrap_or_default();
            match self.may_send(&thread).and_then(|()| self.files_are_good(message)) {
                Ok(()) => self.put_own(&thread, message, said)?,
                Err(why) => self.put_own_failed(&thread, message, said, &why)?,
            }
            if let Some(row) = self.find_message(message)? {
                let message = self.message_view(&row)?;
                self.event(Event::MessageReceived { message });
            }
            self.conversation_changed(thread.id)?;
        }
        Ok(())
    }

    /// When the next is due, by this device's clock.
    pub fn next_scheduled(&self) -> Done<Option<i64>> {
        if !self.online() {
            return Ok(None);
        }
        let next: Option<i64> =
            self.db.prepare_cached("SELECT min(at_ms) FROM scheduled")?.query_row([], |row| row.get(0))?;
        Ok(next.map(|at| at.saturating_sub(self.core.clock_offset_ms)))
    }
}

/// As it will stand among the others.
fn as_row(me: AccountId, message: MessageId, thread: i64, at_ms: i64, said: &content::Text) -> Row {
    Row {
        message,
        thread,
        position: i64::MAX,
        account: me,
        at_ms,
        kind: Kind::Text as i64,
        text: crate::thing::text_of(said),
        reply_to: MessageId::try_from(&said.reply_to[..]).ok().map(|id| id.0.to_vec()),
        mentions: Some(said.mentions.iter().flat_map(|mention| mention.account.to_vec()).collect()),
        state: State::Scheduled,
        why: None,
        edited: false,
        deleted: false,
        starred: false,
        pinned: false,
        view_once: said.view_once,
        id: 0,
        forwarded: said.forwarded,
        thing: crate::thing::encode(said),
        log: None,
        entry: None,
    }
}
