//! A server that was restored gives the numbers of what it forgot to other entries. A device that had read further sees that, and is
//! added to the log again: from there on a number means the entry that has it now, for what was said as for what was told of it.

use casemate_wire::ids::LogId;
use rusqlite::params;

use crate::core::{Ctx, Done};
use crate::log::LogRow;
use crate::silent::entry;

/// Stretches of a log's entries.
const STRETCHES: [&str; 4] = ["missed", "gaps", "silent", "refused"];

impl Ctx<'_> {
    /// What has a higher number than `head` may be another entry by now.
    pub fn note_forgotten(&mut self, row: &LogRow, head: u64) -> Done<()> {
        let head = head.min(self.surely_read(row)?);
        Ok(crate::db::set_setting(self.db, &forgotten_key(row.log), &head.to_be_bytes())?)
    }

    /// How far this device has read a log as it is now.
    pub fn surely_read(&self, row: &LogRow) -> Done<u64> {
        let kept = crate::db::setting(self.db, &forgotten_key(row.log))?;
        let head = kept.and_then(|bytes| bytes.try_into().ok()).map(u64::from_be_bytes);
        Ok(head.map_or(row.cursor, |head| head.min(row.cursor)))
    }

    /// This device comes into a log again. What it read where the server went back loses its numbers: they are others' now.
    pub fn forget_numbers(&mut self, row: &LogRow) -> Done<()> {
        let (log, head) = (row.log, entry(self.surely_read(row)?));
        let key = forgotten_key(log);
        if crate::db::setting(self.db, &key)?.is_none() {
            return Ok(());
        }
        crate::db::forget_setting(self.db, &key)?;
        self.core.recent.remove(&log);
        self.db.prepare_cached("DELETE FROM chains WHERE log = ?1")?.execute([&log.0[..]])?;
        self.core.sealed.forget(log);
        for table in STRETCHES {
            self.db
                .prepare_cached(&format!("DELETE FROM {table} WHERE log = ?1 AND first > ?2"))?
                .execute(params![&log.0[..], head])?;
            self.db
                .prepare_cached(&format!("UPDATE {table} SET last = ?2 WHERE log = ?1 AND last > ?2"))?
                .execute(params![&log.0[..], head])?;
        }
        for table in ["receipt_steps", "said"] {
            self.db
                .prepare_cached(&format!("DELETE FROM {table} WHERE log = ?1 AND entry > ?2"))?
                .execute(params![&log.0[..], head])?;
        }
        self.db
            .prepare_cached(
                "UPDATE receipts SET delivered = min(delivered, ?2), read = min(read, ?2) WHERE log = ?1",
            )?
            .execute(params![&log.0[..], head])?;
        // Of an own message nobody tells any more that it is there; others' came all the same.
        self.db
            .prepare_cached(
                "UPDATE messages SET entry = CASE account WHEN ?3 THEN NULL ELSE 0 END, again_entry = NULL
                 WHERE log = ?1 AND entry > ?2",
            )?
            .execute(params![&log.0[..], head, &self.me()?.account().0[..]])?;
        Ok(())
    }
}

fn forgotten_key(log: LogId) -> String {
    format!("forgotten/{}", log.to_hex())
}
