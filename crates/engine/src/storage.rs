//! What takes room on this device (`storage.usage`), and making room (`conversation.clear`). Others keep what they have.

use casemate_api::command::ConversationClear;
use casemate_api::view;
use casemate_content::proto::{AttachmentKind, ConversationKind};
use rusqlite::params;
use rusqlite::types::ValueRef;

use crate::core::{Ctx, Done, id_column};
use crate::message::{QUEUED_POSITION, ROW, Row, message_row};

/// From so many on the search index is made anew, which takes a few seconds beside everything else; one by one they would take
/// longer, and hold up the rest.
const AT_ONCE: usize = 1_000;

impl Ctx<'_> {
    /// `storage.usage`
    pub fn storage_usage(&mut self, command: u64) -> Done<()> {
        self.me()?;
        let mut statement = self.db.prepare_cached(
            "SELECT threads.key, texts.messages, texts.bytes, coalesce(files.number, 0), coalesce(files.bytes, 0)
             FROM threads
             JOIN (SELECT thread, count(*) AS messages, sum(length(CAST(text AS BLOB))) AS bytes FROM messages GROUP BY thread)
                  AS texts ON texts.thread = threads.id
             LEFT JOIN (SELECT thread, count(*) AS number, sum(bytes) AS bytes FROM
                            (SELECT DISTINCT messages.thread, attachments.blob, attachments.bytes
                             FROM attachments JOIN messages USING (message) WHERE attachments.state IN (0, 2, 6))
                        GROUP BY thread) AS files ON files.thread = threads.id
             ORDER BY coalesce(files.bytes, 0) + texts.bytes DESC, threads.id",
        )?;
        let conversations = statement
            .query_map([], |row| {
                let key: casemate_wire::ids::LogId = id_column(row, 0)?;
                let number = |index: usize| row.get::<_, i64>(index).map(|number| number.max(0) as u64);
                Ok(view::ConversationUsage {
                    conversation: key.to_hex(),
                    messages: number(1)?,
                    text_bytes: number(2)?,
                    files: number(3)?,
                    file_bytes: number(4)?,
                })
            })?
            .collect::<Result<Vec<_>, _>>()?;
        let pages = |name: &str| -> Done<u64> {
            // An encrypted database answers some of these with text.
            let count = self.db.query_row(&format!("PRAGMA {name}"), [], |row| {
                Ok(match row.get_ref(0)? {
                    ValueRef::Integer(count) => u64::try_from(count).unwrap_or(0),
                    other => other.as_str().ok().and_then(|count| count.parse().ok()).unwrap_or(0),
                })
            })?;
            Ok(count)
        };
        let database_bytes = pages("page_count")? * pages("page_size")?;
        // A file that was forwarded is there once.
        let file_bytes: i64 = self.db.query_row(
            "SELECT coalesce(sum(bytes), 0) FROM (SELECT DISTINCT blob, bytes FROM attachments WHERE state IN (0, 2, 6))",
            [],
            |row| row.get(0),
        )?;
        self.reply(
            command,
            view::Storage { conversations, database_bytes, file_bytes: file_bytes.max(0) as u64 },
        );
        Ok(())
    }

    /// `conversation.clear`: all messages that have left or arrived, on this device; with `scheduled` the others too, and what was begun.
    pub fn conversation_clear(&mut self, command: u64, wanted: &ConversationClear) -> Done<()> {
        let thread = self.thread_by_key(&wanted.conversation)?;
        let mut statement = self.db.prepare_cached(&format!(
            "{ROW} WHERE thread IN (?1, -?1) AND (position < ?2 OR state = 6 OR ?4) AND (?3 = 0 OR starred = 0)"
        ))?;
        let rows = statement
            .query_map(
                params![thread.id, QUEUED_POSITION, wanted.keep_starred, wanted.scheduled],
                message_row,
            )?
            .collect::<Result<Vec<_>, _>>()?;
        if rows.len() > AT_ONCE {
            self.index_anew()?;
        }
        for row in rows {
            if thread.kind == ConversationKind::Own && self.is_sticker_pack(&row)? {
                continue;
            }
            self.wipe_message(&row)?;
            self.db.prepare_cached("DELETE FROM messages WHERE id = ?1")?.execute([row.id])?;
        }
        self.clear_said_early(thread.id)?;
        if wanted.scheduled {
            self.give_up_unsent(thread.id, "Its conversation was deleted.")?;
            self.unschedule_all(thread.id)?;
            self.forget_begun(thread.id)?;
        }
        self.conversation_changed(thread.id)?;
        self.reply_nothing(command);
        Ok(())
    }

    /// Own stickers are messages to oneself, with the pack's name as text: whoever clears their notes means no stickers.
    fn is_sticker_pack(&mut self, row: &Row) -> Done<bool> {
        let files = self.descriptors(row.message)?;
        let all = files.iter().all(|file| file.kind == AttachmentKind::Sticker as i32);
        Ok(all && !files.is_empty() && !row.text.is_empty())
    }
}
