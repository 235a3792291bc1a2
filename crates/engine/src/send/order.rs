//! The order of what a person does in a conversation: words that came before an addition leave before it, and words after any change wait
//! for that (`commit`). What cannot leave holds up nobody.

use casemate_wire::ids::MessageId;
use rusqlite::params;

use super::{HELD_WINDOW, Waiting};
use crate::again::bytes_of;
use crate::core::{Ctx, Done};
use crate::log::LogRow;

impl Ctx<'_> {
    /// What waits up to a row of the outbox, in order.
    pub(super) fn waiting(&self, thread: i64, until: i64, most: usize) -> Done<Vec<Waiting>> {
        let mut statement = self.db.prepare_cached(
            "SELECT id, message, content, client_id, counter, payload, seen, tried, said_to FROM outbox WHERE thread = ?1 AND id <= ?3 ORDER BY id LIMIT ?2",
        )?;
        let waiting = statement
            .query_map(params![thread, most as i64, until], |row| {
                Ok(Waiting {
                    id: row.get(0)?,
                    message: row
                        .get::<_, Option<Vec<u8>>>(1)?
                        .and_then(|id| MessageId::try_from(&id[..]).ok()),
                    content: row.get(2)?,
                    client_id: row.get(3)?,
                    counter: row.get(4)?,
                    payload: row.get(5)?,
                    seen: row.get(6)?,
                    tried: row.get(7)?,
                    said_to: row.get(8)?,
                })
            })?
            .collect::<Result<Vec<_>, _>>()?;
        Ok(waiting)
    }

    /// The first row of a log's outbox that can leave; beyond all where none can. What waits for a look, for its files, or until it
    /// may be said holds up nobody.
    pub fn first_to_leave(&mut self, row: &LogRow) -> Done<i64> {
        let Some(thread) = self.thread_by_id(row.thread)? else { return Ok(i64::MAX) };
        let held = self.held(row.thread)?.is_some();
        let unsaid = self.kept_to_admins(&thread)?;
        for waiting in self.waiting(row.thread, i64::MAX, HELD_WINDOW)? {
            if waiting.payload.is_none()
                && (held && waiting.is_held() || unsaid.is_some_and(|kept| kept.holds(&waiting)))
            {
                continue;
            }
            match waiting.message {
                Some(message) if !self.attachments_ready(message)? => {
                    if !self.files_wait(message)? {
                        break;
                    }
                }
                _ => return Ok(waiting.id),
            }
        }
        Ok(i64::MAX)
    }

    /// What waits still, though somebody who comes now was wanted after it: they do not get it.
    pub fn keep_from_newcomers(&mut self, row: &LogRow, behind: i64) -> Done<()> {
        let there = bytes_of(&self.accounts_in(row.log)?);
        self.db
            .prepare_cached(
                "UPDATE outbox SET said_to = ?3
                 WHERE thread = ?1 AND id <= ?2 AND said_to IS NULL AND message IS NOT NULL",
            )?
            .execute(params![row.thread, behind, there])?;
        Ok(())
    }
}
