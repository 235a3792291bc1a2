//! Messages for later (`message.send` with `at`, `conversation.scheduled`). They wait on this device, which sends them
//! when their time has come and it is connected; own other devices see them when they are sent. Deleting one before
//! then cancels it.

use casemate_api::command::{MessageReschedule, Scheduled};
use casemate_api::{Event, view};
use casemate_content::limits;
use casemate_content::proto as content;
use casemate_wire::ids::{AccountId, MessageId};
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};

use crate::core::{Ctx, Done, id_column, invalid, not_allowed, not_found, parse_rfc3339, stored, too_large};
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
        self.check_time(said, at_ms)?;
        let waiting: i64 = self.db.query_row("SELECT count(*) FROM scheduled", [], |row| row.get(0))?;
        if waiting >= WAITING {
            return Err(too_large(format!("At most {WAITING} messages can wait to be sent.")));
        }
        self.db
            .prepare_cached("INSERT INTO scheduled(message, thread, at_ms, said) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![&message.0[..], thread.id, at_ms, said.encode_to_vec()])?;
        self.conversation_changed(thread.id)
    }

    fn check_time(&self, said: &content::Text, at_ms: i64) -> Done<()> {
        if at_ms > self.server_now() + AHEAD_MS {
            return Err(invalid("A message can be sent at most a year ahead."));
        }
        let fresh_ms = self.fresh_ms()?;
        if !said.attachments.is_empty() && at_ms > self.server_now() + fresh_ms {
            let days = fresh_ms / 86_400_000;
            return Err(invalid(format!(
                "Files are kept on the server for a while only: a message with files can be sent at most {days} days ahead."
            )));
        }
        Ok(())
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
                let said = stored::<content::Text>(&row.get::<_, Vec<u8>>(3)?[..])?;
                Ok(as_row(me, id_column(row, 0)?, row.get(1)?, row.get(2)?, &said))
            })?
            .collect::<Result<Vec<_>, _>>()?;
        let messages = self.message_views(&rows)?;
        self.reply(command, view::Messages { messages });
        Ok(())
    }

    /// How many wait in a conversation.
    pub fn scheduled_in(&self, thread: i64) -> Done<u64> {
        let waiting: i64 = self
            .db
            .prepare_cached("SELECT count(*) FROM scheduled WHERE thread = ?1")?
            .query_row([thread], |row| row.get(0))?;
        Ok(waiting as u64)
    }

    /// `message.reschedule`
    pub fn message_reschedule(&mut self, command: u64, wanted: &MessageReschedule) -> Done<()> {
        let unknown = || not_found("There is no message of this id that waits for its time.");
        let message = MessageId::from_hex(&wanted.message).ok_or_else(unknown)?;
        if wanted.at.is_none()
            && let Some(failed) = self.find_message(message)?.filter(Row::has_failed)
        {
            self.send_again(&failed)?;
            self.reply_nothing(command);
            return Ok(());
        }
        let now = self.server_now();
        let at_ms = match &wanted.at {
            None => now,
            Some(at) => parse_rfc3339(at)
                .ok_or_else(|| invalid("The time to send at looks like 2026-11-20T18:00:00Z."))?,
        };
        let found: Option<(i64, Vec<u8>)> = self
            .db
            .prepare_cached("SELECT thread, said FROM scheduled WHERE message = ?1")?
            .query_row([&message.0[..]], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (thread, said) = found.ok_or_else(unknown)?;
        let said = stored::<content::Text>(&said[..])?;
        self.check_time(&said, at_ms)?;
        if at_ms <= now {
            // At once also while offline: it then waits with the others for the connection.
            self.send_scheduled(message, thread, said)?;
        } else {
            self.db
                .prepare_cached("UPDATE scheduled SET at_ms = ?2 WHERE message = ?1")?
                .execute(params![&message.0[..], at_ms])?;
            self.conversation_changed(thread)?;
        }
        self.reply_nothing(command);
        Ok(())
    }

    /// Another text for a message that waits. False where none of this id does.
    pub fn edit_scheduled(&mut self, key: &str, text: &str) -> Done<bool> {
        let Some(message) = MessageId::from_hex(key) else { return Ok(false) };
        let found: Option<(i64, Vec<u8>)> = self
            .db
            .prepare_cached("SELECT thread, said FROM scheduled WHERE message = ?1")?
            .query_row([&message.0[..]], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((thread, said)) = found else { return Ok(false) };
        let mut said = stored::<content::Text>(&said[..])?;
        if said.thing.is_some() {
            return Err(not_allowed("Only texts can be changed."));
        }
        crate::text::check_text(text, limits::TEXT_BYTES)?;
        if text.trim().is_empty() && said.attachments.is_empty() {
            return Err(invalid("To take a message back, delete it."));
        }
        reword(&mut said, text);
        self.db
            .prepare_cached("UPDATE scheduled SET said = ?2 WHERE message = ?1")?
            .execute(params![&message.0[..], said.encode_to_vec()])?;
        self.conversation_changed(thread)?;
        Ok(true)
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

    /// Gives up all that waits in a conversation.
    pub fn unschedule_all(&mut self, thread: i64) -> Done<()> {
        let gone = self
            .db
            .prepare_cached("DELETE FROM scheduled WHERE thread = ?1 RETURNING message")?
            .query_map([thread], |row| id_column(row, 0))?
            .collect::<Result<Vec<MessageId>, _>>()?;
        gone.into_iter().try_for_each(|message| self.drop_attachments(message))
    }

    /// Sends what is due by this device's clock, and by the server's: either may be wrong by years.
    pub fn send_due(&mut self) -> Done<()> {
        if !self.online() || self.core.me.is_none() {
            return Ok(());
        }
        let mut statement = self.db.prepare_cached(
            "SELECT message, thread, said FROM scheduled WHERE at_ms <= ?1 ORDER BY at_ms, message LIMIT ?2",
        )?;
        let due = statement
            .query_map([self.planned_now(), STEP], |row| {
                Ok((id_column::<MessageId>(row, 0)?, row.get::<_, i64>(1)?, row.get::<_, Vec<u8>>(2)?))
            })?
            .collect::<Result<Vec<_>, _>>()?;
        for (message, thread, said) in due {
            let said = stored::<content::Text>(&said[..])?;
            self.send_scheduled(message, thread, said)?;
        }
        Ok(())
    }

    fn send_scheduled(&mut self, message: MessageId, thread: i64, mut said: content::Text) -> Done<()> {
        self.db.prepare_cached("DELETE FROM scheduled WHERE message = ?1")?.execute([&message.0[..]])?;
        let Some(thread) = self.thread_by_id(thread)? else { return Ok(()) };
        if self.is_strict(thread.id)? {
            said.preview = None;
        }
        match self.may_write(&thread).and_then(|()| self.files_are_good(message)) {
            Ok(()) => self.put_own(&thread, message, said)?,
            Err(why) => self.put_own_failed(&thread, message, said, &why)?,
        }
        if let Some(row) = self.find_message(message)? {
            let message = self.message_view(&row)?;
            self.event(Event::MessageReceived { message });
        }
        self.conversation_changed(thread.id)
    }

    /// When the next is due, by this device's clock.
    pub fn next_scheduled(&self) -> Done<Option<i64>> {
        if !self.online() {
            return Ok(None);
        }
        let next: Option<i64> =
            self.db.prepare_cached("SELECT min(at_ms) FROM scheduled")?.query_row([], |row| row.get(0))?;
        Ok(next.map(|at| at.saturating_sub(self.planned_offset_ms())))
    }
}

/// Another text in something that nobody has got yet.
pub fn reword(said: &mut content::Text, text: &str) {
    text.clone_into(&mut said.text);
    // Where names stood they may stand no more.
    for mention in &mut said.mentions {
        (mention.start, mention.length) = (0, 0);
    }
    said.preview = said.preview.take().filter(|preview| crate::link_preview::is_of(preview, text));
}

/// As it will stand among the others.
fn as_row(me: AccountId, message: MessageId, thread: i64, at_ms: i64, said: &content::Text) -> Row {
    Row {
        is_hidden: false,
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
        closed: false,
        opened: false,
        imported: false,
        author: String::new(),
        shared_by: None,
        listened: false,
        id: 0,
        forwarded: said.forwarded,
        thing: crate::thing::encode(said),
        log: None,
        entry: None,
        said_id: None,
        reply_author: Some(said.reply_author.to_vec()),
        change_failed: None,
    }
}
