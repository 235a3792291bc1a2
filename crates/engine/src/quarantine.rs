//! Files that guard could not or would not look into (`guard.note`, `guard.journal`, `guard.release`).
//!
//! A driver or page tells when looking into a received file was refused, took too long, crashed guard, or was under way when
//! everything was killed. All of it is kept in a journal: which file (its hash), from whom, when, how often; neither names nor
//! contents, and its sender takes nothing out of it. What did not end by guard's own answer is held: nobody looks into a
//! file of that hash by itself again, in whichever message it comes, until the person says so.

use casemate_api::command::{GuardNote, GuardOutcome, OneAttachment};
use casemate_api::view;
use casemate_content::proto as content;
use casemate_wire::ids::{AccountId, MessageId};
use data_encoding::HEXLOWER;
use rusqlite::{OptionalExtension as _, params};

use crate::core::{Ctx, Done, id_column, not_found, rfc3339, stored};

/// Entries that are kept, the oldest of those that are not held go first. One is some 150 bytes.
const ENTRIES: i64 = 1_000;

impl Ctx<'_> {
    /// `guard.note`
    pub fn guard_note(&mut self, command: u64, wanted: &GuardNote) -> Done<()> {
        let (message, file) = self.file_by_index(&wanted.message, wanted.index)?;
        let row = self.find_message(message)?;
        let held = wanted.outcome != GuardOutcome::Refused;
        let now = self.server_now();
        self.db
            .prepare_cached(
                "INSERT INTO guard_journal(sha256, outcome, first_ms, last_ms, message, idx, account, kind, bytes, held)
                 VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT (sha256, outcome) DO UPDATE SET last_ms = ?3, times = times + 1, held = ?9",
            )?
            .execute(params![
                &file.sha256[..],
                column(wanted.outcome),
                now,
                &message.0[..],
                wanted.index,
                row.as_ref().map(|row| row.account.0.to_vec()),
                file.kind,
                i64::try_from(file.size_bytes).unwrap_or(i64::MAX),
                held
            ])?;
        self.db
            .prepare_cached(
                "DELETE FROM guard_journal WHERE held = 0 AND last_ms <=
                 (SELECT last_ms FROM guard_journal ORDER BY last_ms DESC LIMIT 1 OFFSET ?1)",
            )?
            .execute([ENTRIES])?;
        if held {
            self.file_changed(message)?;
        }
        self.reply_nothing(command);
        Ok(())
    }

    /// `guard.release`
    pub fn guard_release(&mut self, command: u64, wanted: &OneAttachment) -> Done<()> {
        let (message, file) = self.file_by_index(&wanted.message, wanted.index)?;
        self.db
            .prepare_cached("UPDATE guard_journal SET held = 0 WHERE sha256 = ?1")?
            .execute([&file.sha256[..]])?;
        self.file_changed(message)?;
        self.reply_nothing(command);
        Ok(())
    }

    /// `guard.journal`
    pub fn guard_journal(&mut self, command: u64) -> Done<()> {
        self.me()?;
        let mut statement = self.db.prepare_cached(
            "SELECT sha256, outcome, first_ms, last_ms, times, message, idx, account, kind, bytes, held
             FROM guard_journal ORDER BY last_ms DESC, sha256 LIMIT ?1",
        )?;
        let mut rows = statement.query([ENTRIES])?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            let account: Option<Vec<u8>> = row.get(7)?;
            let account = account.and_then(|account| AccountId::try_from(&account[..]).ok());
            let kind = content::AttachmentKind::try_from(row.get::<_, i32>(8)?);
            let kind = kind.unwrap_or(content::AttachmentKind::Document);
            entries.push(view::GuardEntry {
                outcome: outcome(row.get(1)?),
                first_at: rfc3339(row.get(2)?),
                at: rfc3339(row.get(3)?),
                times: row.get::<_, i64>(4)?.unsigned_abs(),
                sha256: HEXLOWER.encode(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?),
                message: id_column::<MessageId>(row, 5)?.to_hex(),
                index: row.get(6)?,
                from: account.map(|account| self.address_of(account)).transpose()?,
                kind: crate::message::api_kind(kind),
                bytes: row.get::<_, i64>(9)?.unsigned_abs(),
                quarantined: row.get(10)?,
            });
        }
        self.reply(command, view::GuardJournal { entries });
        Ok(())
    }

    /// Whether a file of this hash is not looked into by itself.
    pub fn is_quarantined(&self, sha256: &[u8]) -> Done<bool> {
        let mut statement =
            self.db.prepare_cached("SELECT 1 FROM guard_journal WHERE sha256 = ?1 AND held = 1 LIMIT 1")?;
        Ok(statement.exists([sha256])?)
    }

    /// A file of a message, or a person's or group's picture.
    fn file_by_index(&self, message: &str, index: u32) -> Done<(MessageId, content::Attachment)> {
        let unknown = || not_found("There is no such file.");
        let message = MessageId::from_hex(message).ok_or_else(unknown)?;
        let descriptor: Option<Vec<u8>> = self
            .db
            .prepare_cached("SELECT descriptor FROM attachments WHERE message = ?1 AND idx = ?2")?
            .query_row(params![&message.0[..], index], |row| row.get(0))
            .optional()?;
        let file = stored::<content::Attachment>(&descriptor.ok_or_else(unknown)?[..])?;
        Ok((message, file))
    }

    fn file_changed(&mut self, message: MessageId) -> Done<()> {
        match self.find_message(message)? {
            Some(row) => self.message_changed(&row),
            None => self.picture_arrived(message),
        }
    }
}

fn column(outcome: GuardOutcome) -> i64 {
    match outcome {
        GuardOutcome::Refused => 0,
        GuardOutcome::Crashed => 1,
        GuardOutcome::TooLong => 2,
        GuardOutcome::Killed => 3,
    }
}

fn outcome(column: i64) -> GuardOutcome {
    match column {
        0 => GuardOutcome::Refused,
        2 => GuardOutcome::TooLong,
        3 => GuardOutcome::Killed,
        _ => GuardOutcome::Crashed,
    }
}
