//! What an earlier version left for search: its indices were dropped, and all texts are put into new ones; messages from an earlier
//! time get the rows of their time. A piece at a time after a start, the newest first, and whatever else is to be done goes between.
//! A kill costs one piece. Until all is done, searching reads the messages themselves.

use rusqlite::{OptionalExtension as _, params};

use crate::core::{Ctx, Done};
use crate::message::{Kind, ROW, Row, message_row};

/// Makes the indices, and notes that all rows are to be put in.
const INDICES: &str = include_str!("schema/042.sql");

/// Rows of a piece, which is one transaction: more would let a person wait who does something meanwhile.
const PIECE: u32 = 200;

/// Between two pieces.
const PAUSE_MS: i64 = 20;

impl Ctx<'_> {
    /// A start: goes on where there is something left.
    pub fn refold_begins(&mut self) -> Done<()> {
        self.core.refold_ms = self.refold_left()?.map(|_| self.now_ms);
        Ok(())
    }

    /// Drops the indices, and makes them anew a piece at a time: taking many out one by one takes longer.
    pub fn index_anew(&mut self) -> Done<()> {
        self.db.execute_batch(INDICES)?;
        self.refold_begins()
    }

    /// The next piece, if its time has come.
    pub fn refold_due(&mut self) -> Done<()> {
        if self.core.refold_ms.is_none_or(|due| due > self.now_ms) {
            return Ok(());
        }
        self.core.refold_ms = self.refold_piece()?.then(|| self.now_ms.saturating_add(PAUSE_MS));
        Ok(())
    }

    /// False where nothing is left.
    fn refold_piece(&mut self) -> Done<bool> {
        let Some(left) = self.refold_left()? else { return Ok(false) };
        let mut statement = self
            .db
            .prepare_cached(&format!("{ROW} WHERE messages.id <= ?1 ORDER BY messages.id DESC LIMIT ?2"))?;
        let rows = statement.query_map(params![left, PIECE], message_row)?.collect::<Result<Vec<_>, _>>()?;
        drop(statement);
        let Some(last) = rows.last().map(|row| row.id) else {
            self.db.execute("DELETE FROM refold", [])?;
            return Ok(false);
        };
        let mut texts = Vec::new();
        for row in &rows {
            texts.extend(self.refold(row)?);
        }
        // An index begins a new piece wherever a row is below the one before it.
        texts.sort_unstable();
        for (id, text) in texts {
            self.index_text(id, &text)?;
        }
        self.db.prepare_cached("UPDATE refold SET id = ?1")?.execute([last - 1])?;
        Ok(true)
    }

    /// Rows up to this one are not in the indices yet.
    pub fn refold_left(&self) -> Done<Option<i64>> {
        let mut statement = self.db.prepare_cached("SELECT id FROM refold")?;
        Ok(statement.query_row([], |row| row.get(0)).optional()?)
    }

    /// Gives a message its row. That, and what it is found by, where it is not in the indices.
    fn refold(&mut self, row: &Row) -> Done<Option<(i64, String)>> {
        let mut id = row.id;
        // Places from one on are given to what comes as it is said.
        if row.id > 0 && (row.imported || row.position < 1) {
            id = self.old_row(row.thread, row.position, row.at_ms)?;
            self.unindex_text(row.id)?;
            self.db
                .prepare_cached("UPDATE messages SET id = ?2 WHERE id = ?1")?
                .execute(params![row.id, id])?;
        }
        if row.kind != Kind::Text as i64 || row.deleted || self.indexed(id)?.is_some() {
            return Ok(None);
        }
        Ok(Some((id, self.findable(row.message, &row.text)?)))
    }
}
