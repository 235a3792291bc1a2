//! What a person does with a conversation for herself (`conversation.mark`): pinned, archived, muted, marked as
//! unread, put into a folder. Nobody else learns of it; own devices do, by the conversation of own devices.
//!
//! Marks take effect in the order in which they stand there: at once where they are made, and once more when their
//! entry comes by, so that all own devices end with the same.

use casemate_api::command::ConversationMark;
use casemate_content::proto as content;
use casemate_content::proto::own::Kind as OwnKind;
use casemate_wire::ids::{LogId, MessageId};
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};

use crate::core::{Ctx, Done, id_column, invalid, not_allowed, parse_rfc3339, stored};
use crate::message::QUEUED_POSITION;
use crate::strict::told;
use crate::thread::Standing;

/// UTF-8 bytes of a folder's name.
const FOLDER_BYTES: usize = 64;

/// Muted until the person changes it.
pub const FOREVER_MS: i64 = i64::MAX;

/// Conversations that siblings spoke of before this device came into them. More than these are marked anew by hand.
const EARLY: i64 = 1_000;

/// A conversation's marks.
pub struct Marks {
    pub pinned: bool,
    pub archived: bool,
    pub archived_entry: i64,
    /// Shown nowhere while nothing is in it.
    pub deleted: bool,
    pub muted_until_ms: Option<i64>,
    pub unread: bool,
    pub mentions_only: bool,
    pub folder: String,
    /// Strict mode here; `None`: as for all.
    pub strict: Option<bool>,
    /// On this device: each has its own way in.
    pub locked: bool,
}

impl Marks {
    /// Quiet at this time of the server's clock.
    pub fn muted(&self, now_ms: i64) -> bool {
        self.muted_until_ms.is_some_and(|until| until > now_ms)
    }

    /// Whether messages there wake a device that is away. A push does not say whom a message is for: where only mentions are
    /// told, any message would wake for nothing, so none does.
    pub fn wakes(&self, now_ms: i64) -> bool {
        !self.muted(now_ms) && !self.mentions_only
    }
}

impl Ctx<'_> {
    pub fn marks(&self, thread: i64) -> Done<Marks> {
        let mut statement = self.db.prepare_cached(
            "SELECT pinned, archived, archived_entry, muted_until_ms, marked_unread, folder, mentions_only, strict, locked, deleted FROM threads WHERE id = ?1",
        )?;
        let marks = statement.query_row([thread], |row| {
            Ok(Marks {
                pinned: row.get(0)?,
                archived: row.get(1)?,
                archived_entry: row.get(2)?,
                muted_until_ms: row.get(3)?,
                unread: row.get(4)?,
                folder: row.get(5)?,
                mentions_only: row.get(6)?,
                strict: row.get(7)?,
                locked: row.get(8)?,
                deleted: row.get(9)?,
            })
        })?;
        Ok(marks)
    }

    /// `conversation.mark`
    pub fn conversation_mark(&mut self, command: u64, wanted: ConversationMark) -> Done<()> {
        let thread = self.thread_by_key(&wanted.conversation)?;
        if matches!(thread.standing, Standing::Offered | Standing::Declined) {
            return Err(not_allowed("Accept this conversation first."));
        }
        if let Some(locked) = wanted.locked {
            self.lock_thread(thread.id, locked)?;
        }
        let muted_until_ms = match wanted.muted_until {
            None => None,
            Some(None) => Some(0),
            Some(Some(text)) if text == "forever" => Some(FOREVER_MS),
            Some(Some(text)) => Some(parse_rfc3339(&text).filter(|until| *until > 0).ok_or_else(|| {
                invalid("muted_until is a time like 2026-11-20T18:00:00Z, or forever, or null.")
            })?),
        };
        if let Some(Some(folder)) = &wanted.folder {
            crate::text::check_name(folder, FOLDER_BYTES)?;
        }
        let log = match thread.active_log {
            Some(log) => self.log_row(log)?,
            None => None,
        };
        let marks = content::OwnMarks {
            log: log.as_ref().map(|row| row.log.into()).unwrap_or_default(),
            pinned: wanted.pinned,
            archived: wanted.archived,
            // What was there when it was put away does not bring it back, in whatever order a sibling hears of both.
            archived_entry: log.as_ref().map_or(0, |row| row.cursor),
            muted_until_ms,
            unread: wanted.unread,
            folder: wanted.folder.map(Option::unwrap_or_default),
            accepted: None,
            mentions_only: wanted.mentions_only,
            strict: None,
            deleted: wanted.deleted,
            offered_entry: 0,
            silent: Vec::new(),
        };
        self.take_marks(thread.id, &marks)?;
        self.tell_marks(marks)?;
        // Marking as read is reading.
        if wanted.unread == Some(false) {
            self.read_all(thread.id)?;
        }
        self.reply_nothing(command);
        Ok(())
    }

    fn lock_thread(&mut self, thread: i64, locked: bool) -> Done<()> {
        let kept = &self.core.config.key_kept_in;
        if locked && !kept.starts_with("passphrase") && kept != "passkey" {
            return Err(not_allowed(
                "Set a passphrase or a passkey for Casemate first: without one there is nothing to ask for.",
            ));
        }
        self.db
            .prepare_cached("UPDATE threads SET locked = ?2 WHERE id = ?1")?
            .execute(params![thread, locked])?;
        self.conversation_changed(thread)
    }

    /// Marks that this account made, here or on a sibling.
    pub fn take_marks(&mut self, thread: i64, marks: &content::OwnMarks) -> Done<()> {
        let folder = marks.folder.as_deref().map(|folder| {
            let mut folder: String = folder.chars().filter(|letter| !letter.is_control()).collect();
            while folder.len() > FOLDER_BYTES {
                folder.pop();
            }
            folder
        });
        self.db
            .prepare_cached(
                "UPDATE threads SET pinned = coalesce(?2, pinned), archived = coalesce(?3, archived),
                     archived_entry = CASE WHEN ?3 = 1 THEN CASE WHEN active_log = ?8 THEN ?4 ELSE 0 END ELSE archived_entry END,
                     muted_until_ms = CASE WHEN ?5 IS NULL THEN muted_until_ms ELSE nullif(?5, 0) END,
                     marked_unread = coalesce(?6, marked_unread), folder = coalesce(?7, folder),
                     mentions_only = coalesce(?9, mentions_only),
                     deleted = CASE WHEN coalesce(?3, archived) = 0 THEN 0 ELSE coalesce(?11, deleted) END,
                     strict = CASE ?10 WHEN 0 THEN NULL WHEN 1 THEN 1 WHEN 2 THEN 0 ELSE strict END
                 WHERE id = ?1",
            )?
            .execute(params![
                thread,
                marks.pinned,
                marks.archived,
                i64::try_from(marks.archived_entry).unwrap_or(i64::MAX),
                marks.muted_until_ms.map(|until| until.max(0)),
                marks.unread,
                folder,
                &marks.log[..],
                marks.mentions_only,
                marks.strict,
                marks.deleted
            ])?;
        if let Ok(log) = LogId::try_from(&marks.log[..]) {
            self.own_silent_received(log, &marks.silent)?;
        }
        self.box_changed();
        // Whether it wakes this device may be another answer now.
        if let Some(log) = self.active_log(thread)? {
            self.core.session.dirty.insert(log);
        }
        if marks.archived == Some(true) {
            let me = self.me()?.account();
            let newer: Option<i64> = self
                .db
                .prepare_cached(
                    "SELECT max(entry) FROM messages JOIN threads ON threads.id = messages.thread AND messages.log = threads.active_log
                     WHERE thread = ?1 AND account != ?2 AND messages.kind != 1",
                )?
                .query_row(params![thread, &me.0[..]], |row| row.get(0))?;
            self.bring_back(thread, newer.unwrap_or(0))?;
        }
        self.conversation_changed(thread)
    }

    /// A new message takes a conversation out of the archive, unless it is muted.
    pub fn bring_back(&mut self, thread: i64, entry: i64) -> Done<()> {
        let brought = self
            .db
            .prepare_cached(
                "UPDATE threads SET archived = 0, deleted = 0
                 WHERE id = ?1 AND archived = 1 AND archived_entry < ?2 AND coalesce(muted_until_ms, 0) <= ?3",
            )?
            .execute(params![thread, entry, self.server_now()])?;
        if brought > 0 { self.conversation_changed(thread) } else { Ok(()) }
    }

    /// Writing in a conversation that was deleted brings it back, on all own devices. One that was only put away stays so.
    pub fn undelete(&mut self, thread: i64) -> Done<()> {
        if !self.marks(thread)?.deleted {
            return Ok(());
        }
        self.mark(thread, content::OwnMarks { archived: Some(false), ..content::OwnMarks::default() })
    }

    /// Marks a conversation, here and on siblings: `marks` without its log.
    pub fn mark(&mut self, thread: i64, marks: content::OwnMarks) -> Done<()> {
        let log = self.active_log(thread)?.map(Into::into).unwrap_or_default();
        let marks = content::OwnMarks { log, ..marks };
        self.take_marks(thread, &marks)?;
        self.tell_marks(marks)
    }

    pub fn tell_marks(&mut self, marks: content::OwnMarks) -> Done<()> {
        if marks.log.is_empty() {
            return Ok(());
        }
        self.tell_siblings(OwnKind::Marks(marks))
    }

    /// The marks of all conversations, for a device that has just come.
    pub fn tell_siblings_marks(&mut self) -> Done<()> {
        let mut statement = self.db.prepare_cached(
            "SELECT id, active_log FROM threads WHERE active_log IS NOT NULL
             AND (pinned = 1 OR archived = 1 OR muted_until_ms IS NOT NULL OR marked_unread = 1 OR mentions_only = 1
             OR folder != '' OR strict IS NOT NULL
             OR EXISTS (SELECT 1 FROM silent WHERE log = active_log AND account = ?1))",
        )?;
        let me = self.me()?.account();
        let threads = statement
            .query_map([&me.0[..]], |row| Ok((row.get(0)?, id_column(row, 1)?)))?
            .collect::<Result<Vec<(i64, LogId)>, _>>()?;
        for (thread, log) in threads {
            let marks = self.told_marks(thread, log)?;
            self.tell_marks(marks)?;
        }
        Ok(())
    }

    /// The marks of a conversation, as other devices are told.
    pub fn told_marks(&self, thread: i64, log: LogId) -> Done<content::OwnMarks> {
        let marks = self.marks(thread)?;
        Ok(content::OwnMarks {
            log: log.into(),
            pinned: Some(marks.pinned),
            archived: Some(marks.archived),
            archived_entry: marks.archived_entry as u64,
            muted_until_ms: Some(marks.muted_until_ms.unwrap_or(0)),
            unread: Some(marks.unread),
            folder: Some(marks.folder),
            accepted: None,
            mentions_only: Some(marks.mentions_only),
            strict: marks.strict.map(|on| told(Some(on))),
            deleted: Some(marks.deleted),
            offered_entry: 0,
            silent: self.own_silent(log)?,
        })
    }

    /// A sibling's marks, or own ones whose entry came by.
    pub fn marks_received(&mut self, marks: &content::OwnMarks) -> Done<()> {
        let Ok(log) = LogId::try_from(&marks.log[..]) else { return Ok(()) };
        if self.answer_follows(log, marks)? || self.take_answer(log, marks)? {
            return Ok(());
        }
        let known = self.log_row(log)?;
        if let (Some(row), Some(false)) = (&known, marks.accepted) {
            self.left_on_sibling(row, marks.offered_entry)?;
        }
        match known {
            Some(row) if marks.accepted.is_none() => self.take_marks(row.thread, marks),
            // This device is not in that conversation yet, or has not heard that it was asked again. Encodings put one after
            // another are one, in which the later field wins.
            _ => {
                let mut bytes = self.early_marks(log)?.unwrap_or_default().encode_to_vec();
                bytes.extend(marks.encode_to_vec());
                let merged = stored::<content::OwnMarks>(&bytes[..])?.encode_to_vec();
                self.db
                    .prepare_cached(
                        "INSERT INTO early_marks(log, marks) SELECT ?1, ?2 WHERE (SELECT count(*) FROM early_marks) < ?3
                         ON CONFLICT(log) DO UPDATE SET marks = ?2",
                    )?
                    .execute(params![&log.0[..], merged, EARLY])?;
                Ok(())
            }
        }
    }

    pub fn early_marks(&self, log: LogId) -> Done<Option<content::OwnMarks>> {
        let bytes: Option<Vec<u8>> = self
            .db
            .prepare_cached("SELECT marks FROM early_marks WHERE log = ?1")?
            .query_row([&log.0[..]], |row| row.get(0))
            .optional()?;
        Ok(bytes.and_then(|bytes| content::OwnMarks::decode(&bytes[..]).ok()))
    }

    /// This device came into a conversation that siblings have marked.
    pub fn joined_marked(&mut self, log: LogId, thread: i64) -> Done<()> {
        let Some(marks) = self.early_marks(log)? else { return Ok(()) };
        self.db.prepare_cached("DELETE FROM early_marks WHERE log = ?1")?.execute([&log.0[..]])?;
        self.take_marks(thread, &marks)
    }

    /// Looked at: no longer marked as unread, on any own device.
    pub fn no_longer_unread(&mut self, thread: i64) -> Done<()> {
        if !self.marks(thread)?.unread {
            return Ok(());
        }
        self.mark(thread, content::OwnMarks { unread: Some(false), ..content::OwnMarks::default() })
    }

    fn read_all(&mut self, thread: i64) -> Done<()> {
        let newest: Option<MessageId> = self
            .db
            .prepare_cached(
                "SELECT message FROM messages WHERE thread = ?1 AND position < ?2 ORDER BY position DESC LIMIT 1",
            )?
            .query_row(params![thread, QUEUED_POSITION], |row| id_column(row, 0))
            .optional()?;
        match newest {
            Some(newest) => match self.find_message(newest)? {
                Some(row) => self.read_up_to(&row),
                None => Ok(()),
            },
            None => Ok(()),
        }
    }
}
