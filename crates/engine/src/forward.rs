//! Forwarding (`message.forward`): the same words and files in other conversations, marked with how many hands they
//! went through. Who wrote them is not said.
//!
//! Files are described again, not uploaded again: the new message names the same blob with the same key. Why that is
//! acceptable: whoever gets the key is meant to read the file; the sum in the description keeps anybody from putting
//! another file in its place; blobs on the server have neither owner nor conversation, so at rest nothing joins the two
//! conversations. What it costs: an operator who watches the live process sees the same blob fetched by members of
//! both, which a fresh upload of the same size at the same minute would only suggest; and a receiver who works with that
//! operator could ask who once uploaded it. The blob also ends with the first message's: so files older than
//! [`Ctx::fresh_ms`] are not forwarded, because they would reach the server's retention before everybody has fetched them.

use casemate_api::command::MessageForward;
use casemate_api::view;
use casemate_content::proto as content;
use casemate_wire::ids::MessageId;
use rusqlite::params;

use crate::attachment::State as FileState;
use crate::core::{Ctx, Done, invalid, not_allowed, not_found, too_large};
use crate::message::{Kind, Row, State};

/// Conversations at once. More makes it easier to flood many with the same.
const TARGETS: usize = 5;

/// Messages at once.
const MESSAGES: usize = 100;

/// What went through so many hands goes on to one conversation at a time.
const FAR: u32 = 5;

const DAY_MS: i64 = 86_400_000;

/// Half of the servers' usual retention of 60 days.
const FRESH_MS: i64 = 30 * DAY_MS;

/// The database's row with the retention that the account's server said last.
const RETENTION: &str = "retention_days";

impl Ctx<'_> {
    /// `message.forward`
    pub fn message_forward(&mut self, command: u64, wanted: &MessageForward) -> Done<()> {
        if wanted.to.is_empty() || wanted.messages.is_empty() {
            return Err(invalid("Name the messages and where to forward them."));
        }
        if wanted.to.len() > TARGETS {
            return Err(too_large(format!("Forward to at most {TARGETS} conversations at once.")));
        }
        if wanted.messages.len() > MESSAGES {
            return Err(too_large(format!("Forward at most {MESSAGES} messages at once.")));
        }
        let mut threads = Vec::new();
        for key in &wanted.to {
            let thread = self.active_thread(key)?;
            self.may_send(&thread)?;
            if threads.iter().all(|other: &crate::thread::Thread| other.id != thread.id) {
                threads.push(thread);
            }
        }
        let mut rows = Vec::new();
        for key in &wanted.messages {
            let row = self.message_by_key(key)?;
            self.may_forward(&row)?;
            if row.forwarded.saturating_add(1) >= FAR && threads.len() > 1 {
                return Err(not_allowed(
                    "This was forwarded many times already. It can go to one conversation at a time.",
                ));
            }
            rows.push(row);
        }
        rows.sort_by_key(|row| (row.thread, row.position));
        rows.dedup_by_key(|row| row.id);
        if let Some(index) = wanted.index
            && !matches!(&rows[..], [row] if (index as usize) < self.file_states(row.message)?.len())
        {
            return Err(not_found("There is no such message."));
        }
        let mut messages = Vec::new();
        for thread in &threads {
            for row in &rows {
                let message = MessageId(self.random());
                self.db
                    .prepare_cached(
                        "INSERT INTO attachments(message, idx, descriptor, blob, state, created, kind, bytes)
                         SELECT ?2, iif(?3 IS NULL, idx, 0), descriptor, blob, state, created, kind, bytes FROM attachments
                         WHERE message = ?1 AND (?3 IS NULL OR idx = ?3)",
                    )?
                    .execute(params![&row.message.0[..], &message.0[..], wanted.index])?;
                let thing = row.thing();
                let said = content::Text {
                    text: if thing.is_some() || wanted.index.is_some() {
                        String::new()
                    } else {
                        row.text.clone()
                    },
                    attachments: self.descriptors(message)?,
                    forwarded: row.forwarded.saturating_add(1),
                    thing,
                    ..content::Text::default()
                };
                self.put_own(thread, message, said)?;
                messages.push(message.to_hex());
            }
            self.conversation_changed(thread.id)?;
        }
        self.reply(command, view::Forwarded { messages });
        Ok(())
    }

    /// The server says how long it keeps files.
    pub fn retention_told(&mut self, days: u32) -> Done<()> {
        if i64::from(days) == crate::db::number(self.db, RETENTION)? {
            return Ok(());
        }
        Ok(crate::db::set_number(self.db, RETENTION, i64::from(days))?)
    }

    /// For how long after it was sent a file is promised to others: half of what the server keeps it, and a month at most.
    pub fn fresh_ms(&self) -> Done<i64> {
        Ok(match crate::db::number(self.db, RETENTION)? {
            days if days > 0 => (days.saturating_mul(DAY_MS) / 2).min(FRESH_MS),
            _ => FRESH_MS,
        })
    }

    fn may_forward(&self, row: &Row) -> Done<()> {
        if row.kind != Kind::Text as i64 || row.deleted || row.state == State::Failed {
            return Err(not_allowed("This message cannot be forwarded."));
        }
        if row.view_once {
            return Err(not_allowed("What is shown once cannot be forwarded."));
        }
        let states = self.file_states(row.message)?;
        if row.imported && row.shared_by.is_none() && !states.is_empty() {
            return Err(not_allowed("Its file was brought along and is only here. Save it and send it."));
        }
        if states.contains(&(FileState::Queued as i64)) {
            return Err(not_allowed("Its files are still on their way. Forward it when they are sent."));
        }
        if states
            .iter()
            .any(|state| *state == FileState::Failed as i64 || *state == FileState::Cancelled as i64)
        {
            return Err(not_allowed("A file of this message is missing, so it cannot be forwarded."));
        }
        if !states.is_empty() && row.at_ms < self.server_now() - self.fresh_ms()? {
            return Err(not_allowed(
                "Its files may leave the server soon. Save them and send them as a new message.",
            ));
        }
        Ok(())
    }

    /// Of a message that waited for its time: its files may have been refused in the meantime.
    pub fn files_are_good(&self, message: MessageId) -> Done<()> {
        match self.file_states(message)?.contains(&(FileState::Failed as i64)) {
            true => Err(not_allowed("A file of this message could not be uploaded.")),
            false => Ok(()),
        }
    }

    /// Where its files are, in their order.
    pub fn file_states(&self, message: MessageId) -> Done<Vec<i64>> {
        let mut statement =
            self.db.prepare_cached("SELECT state FROM attachments WHERE message = ?1 ORDER BY idx")?;
        Ok(statement.query_map([&message.0[..]], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }
}
