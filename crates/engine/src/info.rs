//! What is known about one message: who got and read it (`message.info`), what it said before (`message.history`).

use casemate_api::command::OneMessage;
use casemate_api::view;
use casemate_wire::ids::{AccountId, LogId, MessageId};
use rusqlite::{OptionalExtension as _, params};

use crate::core::{Ctx, Done, id_column, not_allowed, rfc3339};
use crate::message::Row;

/// When somebody got or read something is remembered for so long.
const STEPS_MS: i64 = 30 * 86_400_000;

impl Ctx<'_> {
    /// `message.info`
    pub fn message_info(&mut self, command: u64, wanted: &OneMessage) -> Done<()> {
        let row = self.message_by_key(&wanted.message)?;
        if self.info_waits(command, &row)? { Ok(()) } else { self.info_known(command, row.message) }
    }

    /// Answers `message.info` with what is known.
    pub fn info_known(&mut self, command: u64, message: MessageId) -> Done<()> {
        let Some(row) = self.find_message(message)? else {
            self.reply(command, view::MessageInfo { members: Vec::new() });
            return Ok(());
        };
        let mut members = match (row.log, row.entry) {
            (Some(log), Some(entry)) => self.reached(&row, log, entry)?,
            _ => Vec::new(),
        };
        members.sort_by(|one, other| one.address.cmp(&other.address));
        self.reply(command, view::MessageInfo { members });
        Ok(())
    }

    /// Who was there when it was said, but for its sender, and how far each has got.
    fn reached(&self, row: &Row, log: LogId, entry: i64) -> Done<Vec<view::Reached>> {
        let mut statement = self.db.prepare_cached(
            "SELECT others.account, coalesce(delivered, 0), CASE WHEN EXISTS (
                     SELECT 1 FROM silent
                     WHERE silent.log = ?1 AND silent.account = others.account AND ?2 BETWEEN first AND last)
                 THEN 0 ELSE coalesce(read, 0) END
             FROM (SELECT account FROM leaves WHERE log = ?1 GROUP BY account HAVING min(added_entry) <= ?2) AS others
             LEFT JOIN receipts ON receipts.log = ?1 AND receipts.account = others.account",
        )?;
        let rows = statement
            .query_map(params![&log.0[..], entry], |row| Ok((id_column(row, 0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<Vec<(AccountId, i64, i64)>, _>>()?;
        let me = self.me()?.account();
        // Of two, the other one had blocked its sender then, whatever else has come there since.
        let refused: bool = self
            .db
            .prepare_cached("SELECT refused FROM messages WHERE message = ?1")?
            .query_row([&row.message.0[..]], |row| row.get(0))?;
        let missed = self.who_missed(row, log, entry)?;
        let mut members = Vec::new();
        for (account, delivered, read) in rows {
            if account == me || account == row.account {
                continue;
            }
            let opened = if row.view_once { self.opened_at(row.message, account)? } else { None };
            let (state, at_ms) = if refused || opened.is_none() && missed.contains(&account) {
                ("sent", None)
            } else if opened.is_some() {
                ("opened", opened)
            } else if read >= entry {
                ("read", self.reached_at(log, account, true, entry)?)
            } else if delivered >= entry {
                ("delivered", self.reached_at(log, account, false, entry)?)
            } else {
                ("sent", None)
            };
            members.push(view::Reached {
                address: self.address_of(account)?,
                state: state.to_owned(),
                at: at_ms.map(rfc3339),
            });
        }
        Ok(members)
    }

    fn reached_at(&self, log: LogId, account: AccountId, read: bool, entry: i64) -> Done<Option<i64>> {
        Ok(self
            .db
            .prepare_cached(
                "SELECT at_ms FROM receipt_steps WHERE log = ?1 AND account = ?2 AND read = ?3 AND entry >= ?4
                 ORDER BY entry LIMIT 1",
            )?
            .query_row(params![&log.0[..], &account.0[..], read, entry], |row| row.get(0))
            .optional()?)
    }

    /// Somebody's cursor came to an entry.
    pub fn remember_step(
        &mut self,
        log: LogId,
        account: AccountId,
        read: bool,
        entry: i64,
        at_ms: i64,
    ) -> Done<()> {
        self.db
            .prepare_cached(
                "INSERT OR IGNORE INTO receipt_steps(log, account, read, entry, at_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![&log.0[..], &account.0[..], read, entry, at_ms])?;
        Ok(())
    }

    /// About once a day.
    pub fn forget_steps(&mut self) -> Done<()> {
        let last = crate::db::number(self.db, "steps_forgotten_ms")?;
        if (last..last.saturating_add(86_400_000)).contains(&self.now_ms) {
            return Ok(());
        }
        crate::db::set_number(self.db, "steps_forgotten_ms", self.now_ms)?;
        self.db
            .prepare_cached("DELETE FROM receipt_steps WHERE at_ms < ?1")?
            .execute([self.server_now() - STEPS_MS])?;
        self.keep_within_bounds()
    }

    /// `message.history`: what it said, oldest first.
    pub fn message_history(&mut self, command: u64, wanted: &OneMessage) -> Done<()> {
        let row = self.message_by_key(&wanted.message)?;
        if self.waits_to_be_opened(&row)? {
            return Err(not_allowed("This is shown once. Open it first."));
        }
        let mut statement = self
            .db
            .prepare_cached("SELECT at_ms, text FROM earlier_texts WHERE message = ?1 ORDER BY rowid")?;
        let earlier = statement
            .query_map([&row.message.0[..]], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<Vec<(i64, String)>, _>>()?;
        // Kept with each earlier text is when the next one came.
        let mut versions = Vec::new();
        let mut since = row.at_ms;
        for (until, text) in earlier {
            versions.push(view::Version { at: rfc3339(since), text });
            since = until;
        }
        versions.push(view::Version { at: rfc3339(since), text: row.text });
        self.reply(command, view::MessageHistory { versions });
        Ok(())
    }
}
