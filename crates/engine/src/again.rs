//! A message that did not leave is sent once more (`message.reschedule`), with all that is in it: the same message,
//! behind what was written since.

use casemate_content::proto as content;
use casemate_content::proto::content::Kind as ContentKind;
use casemate_wire::ids::AccountId;
use rusqlite::params;

use crate::attachment::State as FileState;
use crate::core::{Ctx, Done};
use crate::message::{Kind, LAST_ROW, QUEUED_POSITION, Row, State};

impl Row {
    /// Whether it can be sent once more.
    pub fn has_failed(&self) -> bool {
        self.state == State::Failed && self.kind == Kind::Text as i64 && !self.deleted && !self.imported
    }
}

impl Ctx<'_> {
    /// Puts a failed message on its way again. Files that were given up lie here still.
    pub fn send_again(&mut self, row: &Row) -> Done<()> {
        let Some(thread) = self.thread_by_id(row.thread)? else { return Ok(()) };
        self.may_send(&thread)?;
        self.db
            .prepare_cached("UPDATE attachments SET state = ?2 WHERE message = ?1 AND state IN (?3, ?4)")?
            .execute(params![
                &row.message.0[..],
                FileState::Queued as i64,
                FileState::Failed as i64,
                FileState::Cancelled as i64
            ])?;
        self.core.session.chores = true;
        let disappearing_seconds = thread.state.disappearing_seconds;
        let said = self.said_in(row, disappearing_seconds)?;
        let timer = i64::from(disappearing_seconds) * 1_000;
        self.db
            .prepare_cached(&format!(
                "UPDATE messages SET position = ?2 + {LAST_ROW}, at_ms = ?3, gone_after_ms = ?4
                 WHERE message = ?1"
            ))?
            .execute(params![
                &row.message.0[..],
                QUEUED_POSITION,
                self.server_now(),
                (timer > 0).then_some(timer)
            ])?;
        self.set_message_state(row.message, State::Queued, None)?;
        self.queue_content(thread.id, Some(row.message), ContentKind::Text(said))?;
        match self.find_message(row.message)? {
            Some(row) => self.message_changed(&row),
            None => Ok(()),
        }
    }

    /// A kept message as it was said.
    pub fn said_in(&self, row: &Row, disappearing_seconds: u32) -> Done<content::Text> {
        let thing = row.thing();
        Ok(content::Text {
            text: if thing.is_some() { String::new() } else { row.text.clone() },
            reply_to: row.reply_to.clone().unwrap_or_default().into(),
            mentions: self.mentions_of(row)?,
            attachments: self.descriptors(row.message)?,
            view_once: row.view_once,
            forwarded: row.forwarded,
            thing,
            disappearing_seconds,
            preview: self.link_preview_of(row)?,
            reply_author: row.reply_author.clone().unwrap_or_default().into(),
        })
    }

    /// Whom a kept message names, and where.
    fn mentions_of(&self, row: &Row) -> Done<Vec<content::Mention>> {
        let accounts = row.mentions.as_deref().unwrap_or_default().chunks_exact(AccountId::LEN);
        let mut mentions = Vec::new();
        for account in accounts.filter_map(|bytes| AccountId::try_from(bytes).ok()) {
            let name = format!("@{}", crate::contact::handle_of(&self.address_of(account)?));
            let start = row.text.find(&name);
            mentions.push(content::Mention {
                start: start.unwrap_or(0) as u32,
                length: start.map_or(0, |_| name.len()) as u32,
                account: account.into(),
            });
        }
        Ok(mentions)
    }
}
