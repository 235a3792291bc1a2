//! A person's answers to the groups that they are asked into (`conversation.requests`), given on any of their devices. An answer is
//! told in the conversation of own devices, and its order there decides.

use casemate_api::command::InConversation;
use casemate_api::view;
use casemate_content::proto as content;
use casemate_content::proto::own::Kind as OwnKind;
use casemate_wire::ids::{AccountId, LogId};
use rusqlite::OptionalExtension as _;

use crate::core::{Ctx, Done, id_column, not_found, rfc3339};
use crate::thread::Standing;

impl Ctx<'_> {
    /// `conversation.requests`
    pub fn conversation_requests(&mut self, command: u64) -> Done<()> {
        self.me()?;
        let mut statement = self.db.prepare_cached(
            "SELECT key, name, asked_by, asked_devices, offers.at_ms FROM threads JOIN offers ON offers.thread = threads.id
             WHERE threads.standing = 3 AND offers.accepted = 0 ORDER BY offers.at_ms",
        )?;
        let rows = statement
            .query_map([], |row| {
                let key: LogId = id_column(row, 0)?;
                let by: Option<Vec<u8>> = row.get(2)?;
                Ok((key, row.get::<_, String>(1)?, by, row.get::<_, u32>(3)?, row.get::<_, i64>(4)?))
            })?
            .collect::<Result<Vec<_>, _>>()?;
        let mut requests = Vec::new();
        for (key, name, by, devices, at_ms) in rows {
            let by = by.and_then(|by| AccountId::try_from(&by[..]).ok());
            let from = by.map(|by| self.address_of(by)).transpose()?.unwrap_or_default();
            requests.push(view::ConversationRequest {
                conversation: key.to_hex(),
                name,
                from,
                devices,
                at: rfc3339(at_ms),
            });
        }
        self.reply(command, view::ConversationRequests { requests });
        Ok(())
    }

    /// `conversation.accept`
    pub fn conversation_accept(&mut self, command: u64, wanted: &InConversation) -> Done<()> {
        let thread = self.thread_by_key(&wanted.conversation)?;
        if thread.standing == Standing::Active {
            self.reply_nothing(command);
            return Ok(());
        }
        let offered = self.offered_logs(thread.id)?;
        if offered.is_empty() {
            return Err(not_found("There is no request for this conversation."));
        }
        for log in offered {
            self.answer_offer(log, true)?;
        }
        self.reply_nothing(command);
        Ok(())
    }

    /// `conversation.decline`: the one who asked sees nothing.
    pub fn conversation_decline(&mut self, command: u64, wanted: &InConversation) -> Done<()> {
        let thread = self.thread_by_key(&wanted.conversation)?;
        if thread.standing != Standing::Offered {
            return Err(not_found("There is no request for this conversation."));
        }
        for log in self.offered_logs(thread.id)? {
            self.answer_offer(log, false)?;
        }
        self.reply_nothing(command);
        Ok(())
    }

    /// The person's answer, for own other devices too: by the entry that is not known any more once it was given.
    fn answer_offer(&mut self, log: LogId, accepted: bool) -> Done<()> {
        self.tell_answer(log, accepted, self.offered_entry(log)?.unwrap_or(0))?;
        self.offer_answered(log, accepted)
    }

    fn has_messages(&self, thread: i64) -> Done<bool> {
        Ok(self.db.prepare_cached("SELECT 1 FROM messages WHERE thread = ?1")?.exists([thread])?)
    }

    fn offered_logs(&self, thread: i64) -> Done<Vec<LogId>> {
        let mut statement = self.db.prepare_cached("SELECT log FROM offers WHERE thread = ?1")?;
        Ok(statement.query_map([thread], |row| id_column(row, 0))?.collect::<Result<_, _>>()?)
    }

    /// A group that was offered is wanted or not, as said here or on a sibling.
    pub fn offer_answered(&mut self, log: LogId, accepted: bool) -> Done<()> {
        let thread: Option<i64> = self
            .db
            .prepare_cached("SELECT thread FROM offers WHERE log = ?1")?
            .query_row([&log.0[..]], |row| row.get(0))
            .optional()?;
        let Some(thread) = thread else { return Ok(()) };
        let offered = self.thread_by_id(thread)?.is_some_and(|thread| thread.standing == Standing::Offered);
        if accepted {
            self.db.prepare_cached("UPDATE offers SET accepted = 1 WHERE thread = ?1")?.execute([thread])?;
        } else if offered {
            self.db.prepare_cached("DELETE FROM offers WHERE thread = ?1")?.execute([thread])?;
        }
        if offered {
            self.core.session.chores = true;
            let standing = match accepted {
                true => Standing::Active,
                // Left before, and added again: what was said until then stays where it was.
                false if self.has_messages(thread)? => Standing::Left,
                false => Standing::Declined,
            };
            self.set_thread_standing(thread, standing)?;
        }
        Ok(())
    }

    /// A group was offered that a sibling may have answered for already.
    pub fn offered_marked(&mut self, log: LogId) -> Done<()> {
        if let Some(marks) = self.early_marks(log)? {
            self.take_answer(log, &marks)?;
        }
        Ok(())
    }

    /// A sibling's answer. What was asked after it is another question.
    pub fn take_answer(&mut self, log: LogId, marks: &content::OwnMarks) -> Done<bool> {
        // Most marks are no answer, and what was offered is read whole.
        let Some(accepted) = marks.accepted else { return Ok(false) };
        let Some(offered) = self.offered_entry(log)? else { return Ok(false) };
        let meant = marks.offered_entry == 0 || offered <= marks.offered_entry;
        if meant {
            self.offer_answered(log, accepted)?;
        }
        Ok(meant)
    }

    /// Tells siblings whether a group is wanted that was offered by this entry at the latest.
    pub fn tell_answer(&mut self, log: LogId, accepted: bool, entry: u64) -> Done<()> {
        let marks = content::OwnMarks {
            log: log.into(),
            accepted: Some(accepted),
            offered_entry: entry,
            ..content::OwnMarks::default()
        };
        self.tell_siblings(OwnKind::Marks(marks))
    }
}
