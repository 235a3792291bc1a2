//! Own files that cannot go now: today's allowance is used up, or the server takes nothing. They say so, with the time at which they are tried
//! again, and hold nothing else back. And files whose place on the server is gone: it is made anew, once by itself.

use casemate_api::view;
use casemate_crypto::attachment as stream;
use casemate_wire::ids::{BlobId, MessageId};
use casemate_wire::proto::wire::TokenKind;
use rusqlite::params;

use super::{ROW, Row, State, attachment_row};
use crate::core::{Ctx, Done, Job, id_column, rfc3339};

/// A pause that is shorter is one between two tries, of which nobody is told.
const SHORT_MS: i64 = 5_000;

/// After its place was made anew in vain, a file of this device's own is tried again so late.
const LATER_MS: i64 = 3_600_000;

impl Ctx<'_> {
    /// Whether a message's files cannot go for now, so that what was written after it need not wait for them.
    pub fn files_wait(&self, message: MessageId) -> Done<bool> {
        let mut statement = self.db.prepare_cached(&format!("{ROW} WHERE message = ?1 AND state = 0"))?;
        let rows = statement.query_map([&message.0[..]], attachment_row)?.collect::<Result<Vec<_>, _>>()?;
        for row in &rows {
            if self.waits_until(row)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Why a file waits, and until when.
    pub(super) fn file_waits(&self, row: &Row) -> Done<Option<view::FileWaits>> {
        let Some((why, until_ms)) = self.waits_until(row)? else { return Ok(None) };
        let until_ms = until_ms.saturating_add(self.core.clock_offset_ms);
        Ok(Some(view::FileWaits { why: why.to_owned(), until: rfc3339(until_ms) }))
    }

    fn waits_until(&self, row: &Row) -> Done<Option<(&'static str, i64)>> {
        if row.state != State::Queued as i64 {
            return Ok(None);
        }
        let long = |job: &Job| {
            let until = self.core.session.pauses.get(job).copied();
            until.filter(|until| until.saturating_sub(self.now_ms) > SHORT_MS)
        };
        if let Some(until) = long(&Job::Blob(row.blob.0)) {
            return Ok(Some(("server", until)));
        }
        let bytes = stream::encrypted_len(row.descriptor.padded_bytes).unwrap_or(0);
        let price = casemate_wire::limits::blob_tokens(bytes) as i64;
        if row.created || self.tokens_held(TokenKind::Blob)? >= price {
            return Ok(None);
        }
        Ok(long(&Job::Wallet(TokenKind::Blob as i32)).map(|until| ("allowance", until)))
    }

    /// Files wait from now on: their messages say so, and what was written after them may go.
    pub fn files_begin_to_wait(&mut self, blob: Option<BlobId>) -> Done<()> {
        let mut statement = self.db.prepare_cached(
            "SELECT DISTINCT message FROM attachments WHERE state = 0 AND (?1 IS NULL OR blob = ?1)",
        )?;
        let messages = statement
            .query_map([blob.map(|blob| blob.0.to_vec())], |row| id_column(row, 0))?
            .collect::<Result<Vec<MessageId>, _>>()?;
        for message in messages {
            if let Some(row) = self.find_message(message)? {
                self.message_changed(&row)?;
                self.thread_dirty(row.thread)?;
            }
        }
        Ok(())
    }

    /// The server knows nothing of an upload that this device had room for: what nobody finishes within a week is forgotten, and so is what
    /// came after a backup. False where its place was made anew already.
    pub(super) fn made_anew(&mut self, blob: BlobId) -> Done<bool> {
        for table in ["attachments", "blobs_out"] {
            self.db.execute(&format!("UPDATE {table} SET created = 0 WHERE blob = ?1"), [&blob.0[..]])?;
        }
        self.core.session.chores = true;
        Ok(self.core.session.made_anew.insert(blob))
    }

    /// The same for what is no message's, and which nobody could try again.
    pub(super) fn own_made_anew(&mut self, blob: BlobId) -> Done<()> {
        let again = self.made_anew(blob)?;
        self.pause(Job::Blob(blob.0), if again { 1_000 } else { LATER_MS });
        Ok(())
    }

    /// A message is sent once more after the server forgot something: its files go before it, as far as they are here. The server
    /// says of those that it has that they are there.
    pub fn files_go_again(&mut self, message: MessageId) -> Done<()> {
        self.db
            .prepare_cached("UPDATE attachments SET state = 0, created = 0 WHERE message = ?1 AND state = 2 AND upload IS NOT NULL")?
            .execute(params![&message.0[..]])?;
        self.core.session.chores = true;
        Ok(())
    }
}
