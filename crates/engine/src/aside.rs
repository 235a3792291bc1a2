//! What others wrote and this program cannot take. An error that the content of an entry or of an inbox item causes undoes what that
//! one thing began, and nothing else: it is set aside, counted and said, and what comes after it is read. The same bytes make the
//! same error for all members, so all go on alike. Errors of this device (a full or broken disk) stop as ever: with them nothing is
//! lost, since it is read again. What ends the program while it is handled comes here at a later start (`crashed`).

use casemate_crypto::CryptoError;
use casemate_wire::ids::{Hash32, LogId, MessageId};
use casemate_wire::proto::wire::{InboxItem, LogEntry};
use rusqlite::{ErrorCode, OptionalExtension as _, params};

use crate::core::{Ctx, Done, Fail};
use crate::io::Output;
use crate::log::LogRow;
use crate::message::State;

/// So many are kept, the newest; older ones are counted alone.
const KEPT: i64 = 256;

/// The bytes of a larger one are not kept.
const KEPT_BYTES: usize = 64 * 1024;

impl Fail {
    /// Whether it is this device's, whatever was to be done: no room, a broken disk, a lock.
    pub fn is_of_this_device(&self) -> bool {
        match self {
            Self::Store(rusqlite::Error::SqliteFailure(error, _)) => !matches!(
                error.code,
                ErrorCode::ConstraintViolation
                    | ErrorCode::TypeMismatch
                    | ErrorCode::TooBig
                    | ErrorCode::Unknown
            ),
            Self::Crypto(CryptoError::Store(_)) => true,
            _ => false,
        }
    }
}

impl Ctx<'_> {
    /// Does what others' bytes lead to. Where they make an error, all of it is undone, and the error is given back.
    pub fn apart<T>(&mut self, work: impl FnOnce(&mut Self) -> Done<T>) -> Done<Result<T, Fail>> {
        self.db.prepare_cached("SAVEPOINT apart")?.execute([])?;
        let before = self.out.len();
        let fail = match work(self) {
            Ok(value) => {
                self.db.prepare_cached("RELEASE apart")?.execute([])?;
                return Ok(Ok(value));
            }
            Err(fail) if fail.is_of_this_device() => return Err(fail),
            Err(fail) => fail,
        };
        self.db.prepare_cached("ROLLBACK TO apart")?.execute([])?;
        self.db.prepare_cached("RELEASE apart")?.execute([])?;
        // What is in memory may be ahead of what was undone.
        self.groups_undone()?;
        self.core.lost = Default::default();
        self.core.me = crate::account::load_me(self.db)?;
        // Nobody is told of what is not there. What was asked of the server is answered, and the session waits for that.
        let begun = self.out.split_off(before);
        self.out.extend(begun.into_iter().filter(|output| !matches!(output, Output::Event(_))));
        Ok(Err(fail))
    }

    /// An entry of a log, in a savepoint of its own.
    pub fn entry_apart(&mut self, row: &mut LogRow, number: u64, entry: LogEntry) -> Done<()> {
        if !self.entry_begins(row.log, number, &entry.payload)? {
            return self.entry_set_aside(row, number, &entry, &Fail::Ended);
        }
        let mut after = row.clone();
        let done = self.apart(|ctx| ctx.entry(&mut after, number, entry.clone()))?;
        self.handled();
        match done {
            Ok(()) => {
                *row = after;
                Ok(())
            }
            Err(fail) => self.entry_set_aside(row, number, &entry, &fail),
        }
    }

    fn entry_set_aside(&mut self, row: &mut LogRow, number: u64, entry: &LogEntry, fail: &Fail) -> Done<()> {
        tracing::warn!(log = ?row.log, number, "an entry was set aside: {fail}");
        self.set_aside_kept(&row.log.0, number, entry.at_ms, &entry.payload, fail)?;
        // An own one has its place all the same, and is not sent again.
        let own: Option<Option<Vec<u8>>> = self
            .db
            .prepare_cached("DELETE FROM outbox WHERE sent_log = ?1 AND hash = ?2 RETURNING message")?
            .query_row(params![&row.log.0[..], &Hash32::of(&[&entry.payload]).0[..]], |row| row.get(0))
            .optional()?;
        if let Some(Ok(message)) = own.flatten().map(|id| MessageId::try_from(&id[..])) {
            self.set_message_state(message, State::Sent, None)?;
        }
        if entry.commit.is_some() && matches!(fail, Fail::Ended) {
            // The others may have applied it: their devices have not ended.
            row.last_commit = number;
            self.discard_own_commit(row.log)?;
            self.unreadable(row, "it ended the program")?;
            return self.place_lost(row);
        }
        if entry.commit.is_some() {
            row.last_commit = number;
            // What the group made of it is not known: it counts as skipped.
            let skipped = self.apart(|ctx| {
                ctx.discard_own_commit(row.log)?;
                ctx.commit_skipped(row, entry, None, "its content made an error")
            })?;
            if skipped.is_ok() {
                return Ok(());
            }
        }
        self.unreadable(row, "its content made an error")
    }

    /// An item of the inbox, in a savepoint of its own.
    pub fn item_apart(&mut self, item: InboxItem) -> Done<()> {
        if !self.item_begins(&item)? {
            self.item_set_aside(&item, &Fail::Ended)?;
            return self.notice_to_self("Something that was sent to you could not be read and was left out.");
        }
        let done = self.apart(|ctx| ctx.inbox_item(item.clone()))?;
        self.handled();
        done.or_else(|fail| self.item_set_aside(&item, &fail))
    }

    fn item_set_aside(&mut self, item: &InboxItem, fail: &Fail) -> Done<()> {
        tracing::warn!(item.number, "an inbox item was set aside: {fail}");
        self.set_aside_kept(&[], item.number, item.at_ms, &item.payload, fail)
    }

    /// What whoever sent the Welcome put into it stops nothing else.
    pub fn join_apart(&mut self, log: LogId, bundle: &[u8]) -> Done<()> {
        match self.apart(|ctx| ctx.join(log, bundle))? {
            Ok(()) => Ok(()),
            Err(fail) => {
                tracing::warn!(?log, "a conversation could not be joined: {fail}");
                self.drop_offer(log)
            }
        }
    }

    pub fn set_aside_kept(
        &mut self,
        log: &[u8],
        entry: u64,
        at_ms: i64,
        payload: &[u8],
        fail: &Fail,
    ) -> Done<()> {
        crate::db::set_number(
            self.db,
            "set_aside",
            crate::db::number(self.db, "set_aside")?.saturating_add(1),
        )?;
        let payload = if payload.len() <= KEPT_BYTES { payload } else { &[] };
        self.db
            .prepare_cached(
                "INSERT INTO set_aside(log, entry, at_ms, payload, why) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                log,
                i64::try_from(entry).unwrap_or(i64::MAX),
                at_ms,
                payload,
                fail.to_string()
            ])?;
        self.db
            .prepare_cached("DELETE FROM set_aside WHERE id <= (SELECT max(id) FROM set_aside) - ?1")?
            .execute([KEPT])?;
        Ok(())
    }
}
