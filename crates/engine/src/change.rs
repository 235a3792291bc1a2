//! Changes to messages that are there: edit, delete, react, read, pin, star.

use casemate_api::Event;
use casemate_api::command::{DeleteScope, MessageDelete, MessageEdit, MessageMark, MessageReact, OneMessage};
use casemate_content::limits;
use casemate_content::proto as content;
use casemate_content::proto::Who;
use casemate_content::proto::content::Kind as ContentKind;
use casemate_wire::ids::{AccountId, MessageId};
use rusqlite::{OptionalExtension as _, params};

use crate::core::{Ctx, Done, invalid, not_allowed};
use crate::meant::early_id;
use crate::message::{Kind, QUEUED_POSITION, Row};
use crate::thread::{Standing, Thread};

impl Ctx<'_> {
    /// Where a message is, if things can be said there now.
    pub fn sendable_thread(&self, row: &Row) -> Done<Thread> {
        let thread = self.standing_thread(row)?;
        self.check_reachable(&thread)?;
        self.check_held(&thread)?;
        Ok(thread)
    }

    /// The same for what never waits and is kept from nobody: taking something back.
    fn standing_thread(&self, row: &Row) -> Done<Thread> {
        let thread = self.thread_by_id(row.thread)?.ok_or_else(Self::missing_thread)?;
        if row.shared_by.is_some() {
            return Err(not_allowed(
                "This was said before you came and was shared with you: nothing can be said about it.",
            ));
        }
        if row.imported {
            return Err(not_allowed("This was brought along from a file: only you have it."));
        }
        if thread.standing != Standing::Active {
            return Err(not_allowed("You are no longer in this conversation."));
        }
        Ok(thread)
    }

    /// `message.edit`
    pub fn message_edit(&mut self, command: u64, wanted: MessageEdit) -> Done<()> {
        if self.edit_scheduled(&wanted.message, &wanted.text)? {
            self.reply_nothing(command);
            return Ok(());
        }
        let row = self.message_by_key(&wanted.message)?;
        let thread = self.sendable_thread(&row)?;
        if row.account != self.me()?.account() || row.kind != Kind::Text as i64 || row.thing.is_some() {
            return Err(not_allowed("Only your own messages can be changed."));
        }
        self.may_write(&thread)?;
        if row.deleted {
            return Err(not_allowed("This message was deleted; write another one."));
        }
        crate::text::check_text(&wanted.text, limits::TEXT_BYTES)?;
        if !crate::text::shows(&wanted.text) && self.attachment_views(row.message)?.is_empty() {
            return Err(invalid("To take a message back, delete it."));
        }
        if self.change_unsent(&row, &wanted.text)? {
            self.reply_nothing(command);
            return Ok(());
        }
        self.change_text(&row, &wanted.text)?;
        self.drop_unsent_edits(&row)?;
        let edit = content::Edit { of: row.said().into(), text: wanted.text, mentions: Vec::new() };
        self.queue_content(thread.id, None, ContentKind::Edit(edit))?;
        self.reply_nothing(command);
        Ok(())
    }

    /// Puts a new text in a message's place; the earlier one is kept.
    pub fn change_text(&mut self, row: &Row, text: &str) -> Done<()> {
        self.db
            .prepare_cached("INSERT INTO earlier_texts(message, at_ms, text) VALUES (?1, ?2, ?3)")?
            .execute(params![&row.message.0[..], self.server_now(), row.text])?;
        self.keep_earlier_within_bounds(&row.message.0)?;
        self.db
            .prepare_cached("UPDATE messages SET edited = 1, change_failed = NULL WHERE id = ?1")?
            .execute([row.id])?;
        self.put_text(row, text)
    }

    /// The same where nobody has seen the earlier one.
    pub fn put_text(&mut self, row: &Row, text: &str) -> Done<()> {
        self.db
            .prepare_cached("UPDATE messages SET text = ?2 WHERE id = ?1")?
            .execute(params![row.id, text])?;
        self.judge_link_preview(row, text)?;
        self.unindex_text(row.id)?;
        self.index_message(row.id, row.message, text)?;
        self.edit_over(row)?;
        self.message_changed(row)
    }

    pub fn message_changed(&mut self, row: &Row) -> Done<()> {
        if let Some(conversation) = self.thread_key(row.thread)? {
            self.event(Event::MessageChanged { message: row.message.to_hex(), conversation });
        }
        Ok(())
    }

    /// `message.delete`
    pub fn message_delete(&mut self, command: u64, wanted: &MessageDelete) -> Done<()> {
        if self.unschedule(&wanted.message)? {
            self.reply_nothing(command);
            return Ok(());
        }
        let row = self.message_by_key(&wanted.message)?;
        match wanted.scope {
            DeleteScope::Me => {
                self.forget_message(&row)?;
                // Its author may have to send it once more.
                let (message, author) = (row.said(), row.author_said());
                self.gone_early(early_id(message, &author), None)?;
                let gone = content::OwnDelete { message: message.into(), author };
                self.tell_siblings(content::own::Kind::Delete(gone))?;
            }
            DeleteScope::Everyone => {
                let thread = self.standing_thread(&row)?;
                let me = self.me()?.account();
                if row.account != me && !self.is_admin(&thread.state, me) || row.kind == Kind::Notice as i64 {
                    return Err(not_allowed(
                        "Only your own messages can be deleted for everyone; in groups also others' by admins.",
                    ));
                }
                // Nobody has it, so nothing has to say that it is gone.
                if row.account == me && self.is_unsent(row.message)? {
                    self.forget_message(&row)?;
                    self.reply_nothing(command);
                    return Ok(());
                }
                self.mark_deleted(&row)?;
                let delete = content::Delete { of: row.said().into(), author: row.author_said() };
                self.queue_content(thread.id, None, ContentKind::Delete(delete))?;
            }
        }
        self.reply_nothing(command);
        Ok(())
    }

    /// Removes a message from this device.
    pub fn forget_message(&mut self, row: &Row) -> Done<()> {
        self.wipe_message(row)?;
        self.db.prepare_cached("DELETE FROM messages WHERE id = ?1")?.execute([row.id])?;
        self.message_changed(row)
    }

    /// Deleted for this account on a sibling.
    pub fn own_delete_received(&mut self, gone: &content::OwnDelete) -> Done<()> {
        let Ok(message) = MessageId::try_from(&gone.message[..]) else { return Ok(()) };
        match self.own_meant(message, &gone.author)? {
            Some(row) => self.forget_message(&row),
            None => self.gone_early(early_id(message, &gone.author), None),
        }
    }

    /// Empties a message; its place stays.
    pub fn mark_deleted(&mut self, row: &Row) -> Done<()> {
        self.wipe_message(row)?;
        self.db
            .prepare_cached(
                "UPDATE messages SET text = '', deleted = 1, reply_to = NULL, mentions = NULL, thing = NULL,
                     change_failed = NULL WHERE id = ?1",
            )?
            .execute([row.id])?;
        self.message_changed(row)
    }

    /// Everything that hangs on a message: earlier texts, reactions, files, index.
    pub fn wipe_message(&mut self, row: &Row) -> Done<()> {
        self.edit_over(row)?;
        self.unindex_text(row.id)?;
        self.drop_attachments(row.message)?;
        // What has not left does not leave any more.
        self.drop_unsent(row.message)?;
        if row.account == self.me()?.account() {
            self.drop_unsent_edits(row)?;
        }
        for table in ["earlier_texts", "reactions", "votes", "client_ids", "opened", "link_previews"] {
            self.db
                .prepare_cached(&format!("DELETE FROM {table} WHERE message = ?1"))?
                .execute([&row.message.0[..]])?;
        }
        Ok(())
    }

    /// `message.react`
    pub fn message_react(&mut self, command: u64, wanted: MessageReact) -> Done<()> {
        let row = self.message_by_key(&wanted.message)?;
        let thread = self.sendable_thread(&row)?;
        if row.kind == Kind::Notice as i64 || row.deleted {
            return Err(not_allowed("There is nothing to react to."));
        }
        let emoji = wanted.emoji.unwrap_or_default();
        if !emoji.is_empty() && !crate::emoji::is_one(&emoji) {
            return Err(invalid("A reaction is one emoji."));
        }
        let emoji = crate::emoji::one_form(&emoji);
        let me = self.me()?.account();
        self.set_reaction(row.message, me, &emoji)?;
        self.message_changed(&row)?;
        let reaction = content::Reaction { to: row.said().into(), emoji, author: row.author_said() };
        self.queue_content(thread.id, None, ContentKind::Reaction(reaction))?;
        self.reply_nothing(command);
        Ok(())
    }

    /// One reaction an account and message; an empty one takes it back.
    pub fn set_reaction(&mut self, message: MessageId, account: AccountId, emoji: &str) -> Done<()> {
        if emoji.is_empty() {
            self.db
                .prepare_cached("DELETE FROM reactions WHERE message = ?1 AND account = ?2")?
                .execute(params![&message.0[..], &account.0[..]])?;
        } else {
            self.db
                .prepare_cached(
                    "INSERT OR REPLACE INTO reactions(message, account, emoji) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![&message.0[..], &account.0[..], crate::emoji::one_form(emoji)])?;
        }
        Ok(())
    }

    /// Empty where there is none.
    pub fn reaction_of(&self, message: MessageId, account: AccountId) -> Done<String> {
        let found: Option<String> = self
            .db
            .prepare_cached("SELECT emoji FROM reactions WHERE message = ?1 AND account = ?2")?
            .query_row(params![&message.0[..], &account.0[..]], |row| row.get(0))
            .optional()?;
        Ok(found.unwrap_or_default())
    }

    /// `message.read`: this one and all before it.
    pub fn message_read(&mut self, command: u64, wanted: &OneMessage) -> Done<()> {
        let row = self.message_by_key(&wanted.message)?;
        self.read_up_to(&row)?;
        self.no_longer_unread(row.thread)?;
        // Shown once, then gone.
        self.close_once(&row)?;
        self.reply_nothing(command);
        Ok(())
    }

    /// All up to this message counts as read; the others and the siblings hear of it by a receipt.
    pub fn read_up_to(&mut self, row: &Row) -> Done<()> {
        if row.position >= QUEUED_POSITION {
            return Ok(());
        }
        let moved = self
            .db
            .prepare_cached("UPDATE threads SET read_position = ?2 WHERE id = ?1 AND read_position < ?2")?
            .execute(params![row.thread, row.position])?;
        if moved > 0 {
            self.note_read(row.thread)?;
            self.conversation_changed(row.thread)?;
        }
        Ok(())
    }

    /// `message.pin`: for all.
    pub fn message_pin(&mut self, command: u64, wanted: &MessageMark) -> Done<()> {
        let row = self.message_by_key(&wanted.message)?;
        let thread = self.sendable_thread(&row)?;
        let me = self.me()?.account();
        let edit = thread.state.permissions.unwrap_or_default().edit;
        if edit == Who::Admins as i32 && !self.is_admin(&thread.state, me) {
            return Err(not_allowed("Only admins may pin messages here."));
        }
        self.set_pinned(&row, wanted.on)?;
        self.message_changed(&row)?;
        let pin = content::Pin { of: row.said().into(), pinned: wanted.on, author: row.author_said() };
        self.queue_content(thread.id, None, ContentKind::Pin(pin))?;
        self.reply_nothing(command);
        Ok(())
    }

    /// `message.star`: for this account.
    pub fn message_star(&mut self, command: u64, wanted: &MessageMark) -> Done<()> {
        let row = self.message_by_key(&wanted.message)?;
        let star = content::OwnStar { message: row.said().into(), on: wanted.on, author: row.author_said() };
        self.star_received(&star)?;
        self.tell_siblings(content::own::Kind::Star(star))?;
        self.reply_nothing(command);
        Ok(())
    }

    /// A star given here or on a sibling.
    pub fn star_received(&mut self, star: &content::OwnStar) -> Done<()> {
        let Ok(message) = MessageId::try_from(&star.message[..]) else { return Ok(()) };
        let Some(row) = self.own_meant(message, &star.author)? else {
            return self.marked_early(early_id(message, &star.author), Some(star.on), false);
        };
        self.db
            .prepare_cached("UPDATE messages SET starred = ?2 WHERE id = ?1")?
            .execute(params![row.id, star.on])?;
        self.message_changed(&row)
    }
}
