//! What is sent once more, with all that is in it. A message that did not leave, because its person wants it so
//! (`message.reschedule`): the same message, behind what was written since. And what was said in a log that a server forgot, or
//! where nobody else was, where the thread goes on. That is for those whom it was said to: who came since does not get it.

use std::collections::BTreeSet;

use casemate_content::proto as content;
use casemate_content::proto::content::Kind as ContentKind;
use casemate_wire::ids::{AccountId, LogId};
use rusqlite::params;

use crate::attachment::State as FileState;
use crate::core::{Ctx, Done, Job, id_column};
use crate::message::{Kind, LAST_ROW, QUEUED_POSITION, ROW, Row, State, message_row};
use crate::send::Waiting;

mod missed;

pub(crate) use missed::without_words;

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

    /// Says what this device said in a log again where its thread goes on: to nobody but these.
    pub fn resend_all_of(&mut self, thread: i64, log: LogId, to: &BTreeSet<AccountId>) -> Done<()> {
        self.resend_after(thread, log, -1, to)
    }

    /// The same, of what came after an entry. What has no entry of its own there has 0.
    pub fn resend_after(
        &mut self,
        thread: i64,
        log: LogId,
        entry: i64,
        to: &BTreeSet<AccountId>,
    ) -> Done<()> {
        let rows = self.said_here(log, entry)?;
        rows.iter().try_for_each(|row| self.resend(thread, row, to))
    }

    /// Says what this device said in a continuation of its own again where others went instead. Those who did not come read nothing
    /// of it; those who came silently drop it.
    pub fn resend_alone(&mut self, thread: i64, log: LogId) -> Done<()> {
        if !self.opened_alone(log)? {
            return Ok(());
        }
        for row in self.said_here(log, -1)? {
            let to = self.accounts_at(log, row.entry.unwrap_or(0))?;
            self.resend(thread, &row, &to)?;
        }
        Ok(())
    }

    /// Own messages that stand in a log, after an entry.
    fn said_here(&self, log: LogId, after: i64) -> Done<Vec<Row>> {
        let me = self.me()?.account();
        let mut statement = self.db.prepare_cached(&format!(
            "{ROW} WHERE log = ?1 AND account = ?2 AND kind = 0 AND deleted = 0 AND entry > ?3 ORDER BY position"
        ))?;
        let rows = statement.query_map(params![&log.0[..], &me.0[..], after], message_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub fn resend(&mut self, thread: i64, lost: &Row, to: &BTreeSet<AccountId>) -> Done<()> {
        self.db
            .prepare_cached("UPDATE messages SET state = 0, entry = NULL WHERE message = ?1")?
            .execute([&lost.message.0[..]])?;
        self.files_go_again(lost.message)?;
        let seconds = self.seconds_of(lost)?;
        let body = self.said_in(lost, seconds)?;
        self.queue_content(thread, Some(lost.message), ContentKind::Text(body))?;
        self.db
            .prepare_cached("UPDATE outbox SET said_before = 1, said_to = ?2 WHERE message = ?1")?
            .execute(params![&lost.message.0[..], bytes_of(to)])?;
        Ok(())
    }

    /// After how long a message disappears, as it was said.
    fn seconds_of(&self, row: &Row) -> Done<u32> {
        let timer: Option<i64> = self
            .db
            .prepare_cached("SELECT gone_after_ms FROM messages WHERE id = ?1")?
            .query_row([row.id], |row| row.get(0))?;
        Ok(u32::try_from(timer.unwrap_or(0) / 1_000).unwrap_or(u32::MAX))
    }

    /// What the server said it took, and did not show since, was said to those who were in the log then. Noted before the log's
    /// members are forgotten, or what was said is encrypted for others.
    pub fn note_said_to(&mut self, log: LogId) -> Done<()> {
        let mut statement = self.db.prepare_cached(
            "SELECT outbox.id, seen FROM outbox JOIN messages USING (message)
             WHERE sent_log = ?1 AND said_to IS NULL AND messages.state = ?2",
        )?;
        let rows = statement
            .query_map(params![&log.0[..], State::Sent as i64], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<Vec<(i64, Option<i64>)>, _>>()?;
        for (outbox, seen) in rows {
            let to = self.accounts_at(log, seen.unwrap_or(0))?;
            self.db
                .prepare_cached("UPDATE outbox SET said_to = ?2 WHERE id = ?1")?
                .execute(params![outbox, bytes_of(&to)])?;
        }
        Ok(())
    }

    /// Accounts of a log that had come by an entry.
    pub fn accounts_at(&self, log: LogId, entry: i64) -> Done<BTreeSet<AccountId>> {
        let mut statement = self.db.prepare_cached(
            "SELECT account FROM leaves WHERE log = ?1 GROUP BY account HAVING min(added_entry) <= ?2",
        )?;
        let accounts = statement.query_map(params![&log.0[..], entry], |row| id_column(row, 0))?;
        Ok(accounts.collect::<Result<_, _>>()?)
    }

    /// Whether a log has somebody whom it was not said to. Then it is not said again, and its person reads why.
    pub fn came_too_late_for(&mut self, log: LogId, waiting: &Waiting) -> Done<bool> {
        let Some(to) = &waiting.said_to else { return Ok(false) };
        let (to, _) = to.as_chunks::<{ AccountId::LEN }>();
        let others = self.accounts_in(log)?.into_iter().filter(|account| !to.contains(&account.0));
        let others = others.map(|account| self.name_of(account)).collect::<Done<Vec<_>>>()?;
        if others.is_empty() {
            return Ok(false);
        }
        self.db.prepare_cached("DELETE FROM outbox WHERE id = ?1")?.execute([waiting.id])?;
        self.end(&Job::Outbox(waiting.id));
        if let Some(message) = waiting.message {
            let why = match &others[..] {
                [one] => format!("{one} came after this was said, so it was not said again."),
                _ => "Others came after this was said, so it was not said again.".to_owned(),
            };
            self.set_message_state(message, State::Failed, Some(&why))?;
        }
        Ok(true)
    }
}

pub(crate) fn bytes_of(accounts: &BTreeSet<AccountId>) -> Vec<u8> {
    accounts.iter().flat_map(|account| account.0).collect()
}
