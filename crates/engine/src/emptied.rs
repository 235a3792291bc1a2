//! The log beside the database (`-wal`) holds every page as it was, also what was deleted since. It is emptied a little after anything was
//! written: what went into the database is taken over, and the log is cut to nothing. Under load that is once in a while and not with
//! each commit; a device at rest has nothing in it. What a kill left behind is emptied after the next start.

use rusqlite::Connection;

/// What is deleted stays in the log for so long at most. Shorter, each message would be written to the disk twice at once.
const WITHIN_MS: i64 = 2_000;

/// Where the log could not be emptied, it is tried again.
const AGAIN_MS: i64 = 10_000;

/// When it is emptied next.
pub struct Emptied {
    /// A database in memory has none.
    has_log: bool,
    /// Rows that had been changed when it was emptied last; none before the first time.
    at_changes: Option<u64>,
    due_ms: Option<i64>,
}

impl Emptied {
    pub fn of(db: &Connection) -> rusqlite::Result<Self> {
        let mode: String = db.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
        Ok(Self { has_log: mode == "wal", at_changes: None, due_ms: None })
    }

    pub fn due_ms(&self) -> Option<i64> {
        self.due_ms
    }

    /// Something was done: empties the log if its time has come, and knows when it will have.
    pub fn after(&mut self, db: &Connection, now_ms: i64) {
        let changes = db.total_changes();
        if !self.has_log || self.at_changes == Some(changes) {
            return;
        }
        let latest_ms = now_ms.saturating_add(AGAIN_MS);
        // A clock that was set back would keep it for ever.
        let due_ms = self.due_ms.filter(|due| *due <= latest_ms).unwrap_or(now_ms.saturating_add(WITHIN_MS));
        self.due_ms = Some(due_ms);
        if due_ms > now_ms {
            return;
        }
        let emptied = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
        match emptied {
            Ok(0) => (self.at_changes, self.due_ms) = (Some(changes), None),
            failed => {
                tracing::warn!("the log beside the database was not emptied: {failed:?}");
                self.due_ms = Some(latest_ms);
            }
        }
    }
}
