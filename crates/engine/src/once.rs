//! What is shown once (`message.open`): opened by its receiver, it is told to whoever sent it and to own devices, and gone
//! from all of them once it has been looked at (`message.read`), or when the engine starts again.
//!
//! This is a promise of this program, not of mathematics: whoever looks at a screen can photograph it. It keeps what was
//! meant for a moment from lying about.

use casemate_api::command::OneMessage;
use casemate_api::view;
use casemate_content::proto as content;
use casemate_content::proto::content::Kind as ContentKind;
use casemate_wire::ids::{AccountId, MessageId};
use rusqlite::params;

use crate::core::{Ctx, Done, not_allowed};
use crate::message::{ROW, Row, message_row};

impl Ctx<'_> {
    /// `message.open`: gives it out. From now on it counts as seen; its files can be read until `message.read`.
    pub fn message_open(&mut self, command: u64, wanted: &OneMessage) -> Done<()> {
        let row = self.message_by_key(&wanted.message)?;
        if !row.view_once || row.account == self.me()?.account() {
            return Err(not_allowed("Only what somebody else sent to be shown once is opened so."));
        }
        if row.deleted || row.opened {
            return Err(not_allowed("This was opened already."));
        }
        self.note_opened(&row)?;
        let message = self.message_view(&Row { opened: true, ..row })?;
        self.reply(command, view::MessageOpened { message });
        Ok(())
    }

    /// Whether somebody else sent it to be shown once, and nobody opened it here: until then it is not given out.
    pub fn waits_to_be_opened(&self, row: &Row) -> Done<bool> {
        Ok(row.view_once && !row.opened && row.account != self.me()?.account())
    }

    fn note_opened(&mut self, row: &Row) -> Done<()> {
        self.db.prepare_cached("UPDATE messages SET opened = 1 WHERE id = ?1")?.execute([row.id])?;
        if self.read_receipts()? && self.sendable_thread(row).is_ok() {
            let opened = content::Opened { of: row.said().into(), author: row.author_said() };
            self.queue_content(row.thread, None, ContentKind::Opened(opened))?;
        } else {
            // The sender does not hear of it; own devices still must not show it again.
            let gone = content::OwnDelete { message: row.said().into(), author: row.author_said() };
            self.tell_siblings(content::own::Kind::Delete(gone))?;
        }
        self.message_changed(row)
    }

    /// Has been looked at: its words and files go, its place stays. What was not opened waits for that.
    pub fn close_once(&mut self, row: &Row) -> Done<()> {
        if !row.view_once || !row.opened || row.deleted || row.account == self.me()?.account() {
            return Ok(());
        }
        self.mark_deleted(row)
    }

    /// What was open when the program ended.
    pub fn close_opened(&mut self) -> Done<()> {
        let Some(me) = self.core.me.as_ref().map(|me| me.account()) else { return Ok(()) };
        let mut statement = self.db.prepare_cached(&format!(
            "{ROW} WHERE opened = 1 AND deleted = 0 AND account != ?1 LIMIT 1000"
        ))?;
        let rows = statement.query_map([&me.0[..]], message_row)?.collect::<Result<Vec<_>, _>>()?;
        drop(statement);
        rows.iter().try_for_each(|row| self.mark_deleted(row))
    }

    /// Somebody opened a message, or this account did so on a sibling.
    pub fn opened_received(&mut self, row: &Row, from: AccountId, at_ms: i64) -> Done<()> {
        if !row.view_once || row.account == from {
            return Ok(());
        }
        let me = self.me()?.account();
        if from == me {
            if !row.opened {
                self.db.prepare_cached("UPDATE messages SET opened = 1 WHERE id = ?1")?.execute([row.id])?;
                return self.mark_deleted(row);
            }
            return Ok(());
        }
        if row.account != me {
            return Ok(());
        }
        self.db
            .prepare_cached("INSERT OR IGNORE INTO opened(message, account, at_ms) VALUES (?1, ?2, ?3)")?
            .execute(params![&row.message.0[..], &from.0[..], at_ms])?;
        let thread = self.thread_by_id(row.thread)?.ok_or_else(Self::missing_thread)?;
        let others = self.thread_accounts(&thread)?.into_iter().filter(|account| *account != me).count();
        let count: i64 = self
            .db
            .prepare_cached("SELECT count(*) FROM opened WHERE message = ?1")?
            .query_row([&row.message.0[..]], |row| row.get(0))?;
        if usize::try_from(count).unwrap_or(0) >= others {
            self.db.prepare_cached("UPDATE messages SET opened = 1 WHERE id = ?1")?.execute([row.id])?;
        }
        self.message_changed(row)
    }

    /// When somebody opened an own message.
    pub fn opened_at(&self, message: MessageId, account: AccountId) -> Done<Option<i64>> {
        use rusqlite::OptionalExtension as _;
        Ok(self
            .db
            .prepare_cached("SELECT at_ms FROM opened WHERE message = ?1 AND account = ?2")?
            .query_row(params![&message.0[..], &account.0[..]], |row| row.get(0))
            .optional()?)
    }
}
