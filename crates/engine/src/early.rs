//! What was said of a message before it came here: deleted, edited, reacted to, starred. Many logs are read at once, history comes
//! beside them, and what a server forgot is said again later: the word about a message may be read first, and must count all the same.
//! What this device deleted itself may come once more too, where a server was restored from a backup.

use casemate_content::proto as content;
use casemate_content::proto::content::Kind as ContentKind;
use casemate_wire::ids::{AccountId, MessageId};
use prost::Message as _;
use rusqlite::params;

use crate::core::{Ctx, Done, id_column};
use crate::log::LogRow;
use crate::meant::early_id;

/// So many of one account; the oldest go first.
const KEPT: i64 = 2_048;

/// Longer than history lies on the server, or a device is away before it is forgotten.
const KEPT_MS: i64 = 200 * 86_400_000;

/// Edits, reactions, votes, pins and the like of one account that wait for their message; the oldest go first.
const WAITING: i64 = 256;

/// As long as a server keeps what was said: what is missing then does not come any more.
const WAITING_MS: i64 = 30 * 86_400_000;

impl Ctx<'_> {
    /// Somebody who may do so said something about a message that is not here. Where messages disappear, it waits no longer than they
    /// stay.
    pub fn said_early(
        &mut self,
        row: &LogRow,
        from: AccountId,
        (of, author): (&[u8], &[u8]),
        kind: &ContentKind,
    ) -> Done<()> {
        let Ok(message) = MessageId::try_from(of) else { return Ok(()) };
        let until = self.server_now() + self.timer_ms(row)?.unwrap_or(WAITING_MS).min(WAITING_MS);
        let said = content::Content { kind: Some(kind.clone()), ..content::Content::default() };
        self.db
            .prepare_cached(
                "INSERT INTO said_early(message, log, account, content, until_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                &early_id(message, author).0[..],
                &row.log.0[..],
                &from.0[..],
                said.encode_to_vec(),
                until
            ])?;
        self.db
            .prepare_cached(
                "DELETE FROM said_early WHERE account = ?1 AND id <= (SELECT id FROM said_early WHERE account = ?1
                     ORDER BY id DESC LIMIT 1 OFFSET ?2)",
            )?
            .execute(params![&from.0[..], WAITING])?;
        Ok(())
    }

    /// A message has come: all that was said of it before takes effect, in the order in which it was said.
    pub fn take_said_early(&mut self, message: MessageId) -> Done<()> {
        self.mark_as_marked_early(message)?;
        let Some(row) = self.find_message(message)? else { return Ok(()) };
        let (said, author) = (row.said(), row.author_said());
        let mut statement = self.db.prepare_cached(
            "DELETE FROM said_early WHERE message IN (?1, ?2)
                 AND EXISTS (SELECT 1 FROM logs WHERE logs.log = said_early.log AND thread = ?3)
             RETURNING id, account, content",
        )?;
        let mut early = statement
            .query_map(params![&said.0[..], &early_id(said, &author).0[..], row.thread], |row| {
                Ok((row.get(0)?, id_column(row, 1)?, row.get(2)?))
            })?
            .collect::<Result<Vec<(i64, AccountId, Vec<u8>)>, _>>()?;
        early.sort_unstable_by_key(|(id, ..)| *id);
        for (_, from, said) in early {
            let kind = content::Content::decode(&said[..]).ok().and_then(|said| said.kind);
            // As the one before left it.
            let (Some(kind), Some(row)) = (kind, self.find_message(message)?) else { continue };
            self.change_message(&row, from, &kind, row.at_ms)?;
        }
        self.delete_if_gone_early(message)
    }

    /// What waited in vain.
    pub fn forget_said_early(&mut self) -> Done<()> {
        self.db
            .prepare_cached("DELETE FROM said_early WHERE until_ms <= ?1")?
            .execute([self.server_now()])?;
        Ok(())
    }

    /// A conversation is emptied: what waits for its messages goes too.
    pub fn clear_said_early(&mut self, thread: i64) -> Done<()> {
        self.db
            .prepare_cached("DELETE FROM said_early WHERE log IN (SELECT log FROM logs WHERE thread = ?1)")?
            .execute([thread])?;
        Ok(())
    }

    /// Somebody deleted what is not here; nobody: an own device did, for this account alone.
    pub fn gone_early(&mut self, message: MessageId, by: Option<AccountId>) -> Done<()> {
        let (account, now) = (column(by), self.server_now());
        self.db
            .prepare_cached("INSERT OR IGNORE INTO gone_early(message, account, at_ms) VALUES (?1, ?2, ?3)")?
            .execute(params![&message.0[..], account, now])?;
        self.db
            .prepare_cached(
                "DELETE FROM gone_early WHERE account = ?1 AND at_ms < max(?2, ifnull(
                     (SELECT at_ms FROM gone_early WHERE account = ?1 ORDER BY at_ms DESC LIMIT 1 OFFSET ?3), 0))",
            )?
            .execute(params![account, now - KEPT_MS, KEPT])?;
        Ok(())
    }

    /// Whether an own device deleted this before it came.
    pub fn was_gone_early(&self, id: MessageId, author: AccountId) -> Done<bool> {
        let named = early_id(id, &author.0);
        let gone = self
            .db
            .prepare_cached("SELECT 1 FROM gone_early WHERE message IN (?1, ?2) AND account = ?3")?
            .exists(params![&id.0[..], &named.0[..], column(None)])?;
        Ok(gone)
    }

    /// What has come now, and was deleted for everyone before by whoever may do so.
    fn delete_if_gone_early(&mut self, message: MessageId) -> Done<()> {
        let Some(row) = self.find_message(message)?.filter(|row| !row.deleted) else { return Ok(()) };
        let by = self.gone_early_by(row.said(), &row.author_said())?;
        let Some(thread) = self.thread_by_id(row.thread)? else { return Ok(()) };
        match by.into_iter().any(|by| by == row.account || self.is_admin(&thread.state, by)) {
            true => self.mark_deleted(&row),
            false => Ok(()),
        }
    }

    /// An own device gave a star to what is not here yet, took it, or listened to it.
    pub fn marked_early(&mut self, message: MessageId, starred: Option<bool>, listened: bool) -> Done<()> {
        let now = self.server_now();
        self.db
            .prepare_cached(
                "INSERT INTO marked_early(message, starred, listened, at_ms) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT(message) DO UPDATE SET
                     starred = coalesce(?2, starred), listened = max(listened, ?3), at_ms = ?4",
            )?
            .execute(params![&message.0[..], starred, listened, now])?;
        self.db
            .prepare_cached(
                "DELETE FROM marked_early WHERE at_ms < max(?1, ifnull(
                     (SELECT at_ms FROM marked_early ORDER BY at_ms DESC LIMIT 1 OFFSET ?2), 0))",
            )?
            .execute(params![now - KEPT_MS, KEPT])?;
        Ok(())
    }

    /// What has come now gets the marks that own devices gave it before.
    fn mark_as_marked_early(&mut self, message: MessageId) -> Done<()> {
        let Some(row) = self.find_message(message)? else { return Ok(()) };
        for early in [row.said(), early_id(row.said(), &row.author_said())] {
            self.db
                .prepare_cached(
                    "UPDATE messages SET starred = coalesce(early.starred, messages.starred),
                         listened = max(early.listened, messages.listened)
                     FROM marked_early AS early WHERE messages.message = ?1 AND early.message = ?2",
                )?
                .execute(params![&message.0[..], &early.0[..]])?;
            self.db.prepare_cached("DELETE FROM marked_early WHERE message = ?1")?.execute([&early.0[..]])?;
        }
        Ok(())
    }

    /// Who deleted this for everyone before it came.
    pub fn gone_early_by(&self, id: MessageId, author: &[u8]) -> Done<Vec<AccountId>> {
        let mut statement = self
            .db
            .prepare_cached("SELECT account FROM gone_early WHERE message IN (?1, ?2) AND account != ?3")?;
        let early = early_id(id, author);
        let accounts =
            statement.query_map(params![&id.0[..], &early.0[..], column(None)], |row| id_column(row, 0))?;
        Ok(accounts.collect::<Result<_, _>>()?)
    }
}

fn column(by: Option<AccountId>) -> Vec<u8> {
    by.map(|by| by.0.to_vec()).unwrap_or_default()
}
