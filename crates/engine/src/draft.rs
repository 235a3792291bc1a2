//! Drafts (`conversation.draft`): what was begun in a conversation and not sent. Kept at once on this device; own
//! devices are told at most every few seconds, so that typing is not a message per letter.

use casemate_api::command::ConversationDraft;
use casemate_api::view;
use casemate_content::limits;
use casemate_content::proto as content;
use casemate_content::proto::own::Kind as OwnKind;
use casemate_wire::ids::{LogId, MessageId};
use rusqlite::{OptionalExtension as _, params};

use crate::core::{Ctx, Done, not_allowed, rfc3339};
use crate::log::LogRow;
use crate::message::Row;

/// Siblings hear of a draft so long after the first letter, and not more often than that. Shorter tells the server
/// more about when somebody types.
const COALESCE_MS: i64 = 5_000;

impl Ctx<'_> {
    /// `conversation.draft`
    pub fn conversation_draft(&mut self, command: u64, wanted: ConversationDraft) -> Done<()> {
        // What was begun can be given up wherever it is.
        let is_over = wanted.text.is_empty() && wanted.reply_to.is_none();
        let thread = match is_over {
            true => self.thread_by_key(&wanted.conversation)?.id,
            false => self.active_thread(&wanted.conversation)?.id,
        };
        crate::text::check_text(&wanted.text, limits::TEXT_BYTES)?;
        if let Some(key) = &wanted.edits {
            self.keep_edit(thread, key, &wanted.text)?;
            self.reply_nothing(command);
            return Ok(());
        }
        let reply_to = match &wanted.reply_to {
            None => None,
            Some(key) => Some(self.message_by_key(key)?.message),
        };
        self.keep_draft(thread, &wanted.text, reply_to, self.server_now())?;
        self.draft_wanted(thread)?;
        self.reply_nothing(command);
        Ok(())
    }

    /// A message's new text so far; empty, there is none any more.
    fn keep_edit(&mut self, thread: i64, message: &str, text: &str) -> Done<()> {
        let row = self.message_by_key(message)?;
        if row.thread != thread || row.account != self.me()?.account() || row.deleted {
            return Err(not_allowed("Only your own messages can be changed."));
        }
        let edited = (!text.is_empty()).then_some(row.message.0);
        self.db
            .prepare_cached("UPDATE threads SET edited = ?2, edited_text = ?3 WHERE id = ?1")?
            .execute(params![thread, edited, text])?;
        Ok(())
    }

    /// A message has its new text, or none any more: what was begun of it is over.
    pub fn edit_over(&mut self, row: &Row) -> Done<()> {
        self.db
            .prepare_cached(
                "UPDATE threads SET edited = NULL, edited_text = '' WHERE id = ?1 AND edited = ?2",
            )?
            .execute(params![row.thread, row.message.0])?;
        Ok(())
    }

    fn keep_draft(&mut self, thread: i64, text: &str, reply_to: Option<MessageId>, at_ms: i64) -> Done<()> {
        self.db
            .prepare_cached("UPDATE threads SET draft = ?2, draft_reply = ?3, draft_ms = ?4 WHERE id = ?1")?
            .execute(params![thread, text, reply_to.map(|id| id.0.to_vec()), at_ms])?;
        Ok(())
    }

    /// What was begun has been sent. Sent by a sibling: its word about its draft follows.
    pub fn draft_sent(&mut self, thread: i64) -> Done<()> {
        let had = self
            .db
            .prepare_cached(
                "UPDATE threads SET draft = '', draft_reply = NULL
                 WHERE id = ?1 AND (draft != '' OR draft_reply IS NOT NULL OR draft_told = 1)",
            )?
            .execute([thread])?;
        if had > 0 { self.draft_wanted(thread) } else { Ok(()) }
    }

    /// Nothing that was begun in a conversation is kept: a draft, an edit, a recording.
    pub fn forget_begun(&mut self, thread: i64) -> Done<()> {
        self.db
            .prepare_cached("UPDATE threads SET edited = NULL, edited_text = '' WHERE id = ?1")?
            .execute([thread])?;
        self.forget_recording(thread)?;
        self.draft_sent(thread)
    }

    /// Notes that siblings should hear of a draft, soon.
    fn draft_wanted(&mut self, thread: i64) -> Done<()> {
        if self.is_alone()? {
            return Ok(());
        }
        let due = self.now_ms + COALESCE_MS;
        self.db
            .prepare_cached("UPDATE threads SET draft_due_ms = ?2 WHERE id = ?1 AND draft_due_ms IS NULL")?
            .execute(params![thread, due])?;
        // The work is done where the own conversation's log is looked at.
        if let Some(own) = self.own_thread()?
            && let Some(log) = self.active_log(own)?
        {
            self.core.session.wake.insert((due, Some(log)));
        }
        Ok(())
    }

    /// Tells siblings the drafts whose time has come, where the log of the own conversation is looked at.
    pub fn work_drafts(&mut self, row: &LogRow) -> Done<()> {
        let next: Option<i64> = self
            .db
            .prepare_cached("SELECT min(draft_due_ms) FROM threads WHERE draft_due_ms IS NOT NULL")?
            .query_row([], |row| row.get(0))?;
        let Some(next) = next else { return Ok(()) };
        if self.own_thread()? != Some(row.thread) {
            return Ok(());
        }
        let own_log = row.log;
        // A device clock that was put back must not keep a draft for ever.
        if next > self.now_ms && next <= self.now_ms + COALESCE_MS {
            self.core.session.wake.insert((next, Some(own_log)));
            return Ok(());
        }
        let mut statement = self.db.prepare_cached(
            "SELECT id, active_log, draft, draft_reply, draft_ms, draft_told FROM threads
             WHERE draft_due_ms IS NOT NULL AND NOT draft_due_ms BETWEEN ?1 + 1 AND ?2 LIMIT 64",
        )?;
        let due = statement
            .query_map(params![self.now_ms, self.now_ms + COALESCE_MS], |row| {
                Ok(Due {
                    thread: row.get(0)?,
                    log: row.get(1)?,
                    text: row.get(2)?,
                    reply_to: row.get(3)?,
                    at_ms: row.get(4)?,
                    told: row.get(5)?,
                })
            })?
            .collect::<Result<Vec<_>, _>>()?;
        for draft in due {
            let begun = !draft.text.is_empty() || draft.reply_to.is_some();
            self.db
                .prepare_cached("UPDATE threads SET draft_due_ms = NULL, draft_told = ?2 WHERE id = ?1")?
                .execute(params![draft.thread, begun])?;
            // Begun and sent within seconds: they never heard of it.
            if let Some(log) = draft.log.filter(|_| begun || draft.told) {
                let (reply_to, reply_author) = self.reply_told(draft.reply_to)?;
                self.tell_siblings(OwnKind::Draft(content::OwnDraft {
                    log: log.into(),
                    text: draft.text,
                    reply_to,
                    at_ms: draft.at_ms,
                    reply_author,
                }))?;
            }
        }
        self.core.session.dirty.insert(own_log);
        Ok(())
    }

    /// A sibling's draft, or an own one whose entry came by. What is being written here right now stays; siblings
    /// hear of it next.
    pub fn draft_received(&mut self, draft: &content::OwnDraft) -> Done<()> {
        let Ok(log) = LogId::try_from(&draft.log[..]) else { return Ok(()) };
        let Some(row) = self.log_row(log)? else { return Ok(()) };
        if draft.text.len() > limits::TEXT_BYTES {
            return Ok(());
        }
        let reply_to = self.reply_here(row.thread, draft)?;
        let begun = !draft.text.is_empty() || reply_to.is_some();
        let at_ms = draft.at_ms.clamp(0, crate::log::LATEST_MS);
        let changed = self
            .db
            .prepare_cached(
                "UPDATE threads SET draft = ?2, draft_reply = ?3, draft_ms = ?4, draft_told = ?5
                 WHERE id = ?1 AND draft_due_ms IS NULL AND (draft != ?2 OR draft_reply IS NOT ?3)",
            )?
            .execute(params![row.thread, draft.text, reply_to.map(|id| id.0.to_vec()), at_ms, begun])?;
        if changed > 0 { self.conversation_changed(row.thread) } else { Ok(()) }
    }

    /// What a draft answers, as others name it.
    pub fn reply_told(&self, reply_to: Option<Vec<u8>>) -> Done<(bytes::Bytes, bytes::Bytes)> {
        let id = reply_to.and_then(|id| MessageId::try_from(&id[..]).ok());
        Ok(match id.map(|id| self.find_message(id)).transpose()?.flatten() {
            Some(row) => (row.said().into(), row.author_said()),
            None => (id.map(Into::into).unwrap_or_default(), bytes::Bytes::new()),
        })
    }

    /// The same as it is called here.
    pub fn reply_here(&self, thread: i64, draft: &content::OwnDraft) -> Done<Option<MessageId>> {
        let answered = self.meant(thread, &draft.reply_to, &draft.reply_author)?;
        Ok(answered.map(|row| row.message).or(MessageId::try_from(&draft.reply_to[..]).ok()))
    }

    pub fn draft_view(&self, thread: i64) -> Done<Option<view::Draft>> {
        let mut statement = self.db.prepare_cached(
            "SELECT draft, draft_reply, draft_ms, edited, edited_text,
                    EXISTS (SELECT 1 FROM recordings WHERE thread = threads.id AND place = 0) FROM threads WHERE id = ?1",
        )?;
        let hex = |id: Option<Vec<u8>>| Some(MessageId::try_from(&id?[..]).ok()?.to_hex());
        let draft = statement
            .query_row([thread], |row| {
                let (edited, text) = (hex(row.get(3)?), row.get(4)?);
                Ok(view::Draft {
                    text: row.get(0)?,
                    reply_to: hex(row.get(1)?),
                    at: rfc3339(row.get(2)?),
                    edits: edited.map(|message| view::BegunEdit { message, text }),
                    recorded: row.get(5)?,
                })
            })
            .optional()?;
        Ok(draft.filter(|draft| draft.is_message() || draft.edits.is_some() || draft.recorded))
    }
}

struct Due {
    thread: i64,
    log: Option<Vec<u8>>,
    text: String,
    reply_to: Option<Vec<u8>>,
    at_ms: i64,
    told: bool,
}
