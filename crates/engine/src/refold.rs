//! What an earlier version left for search: texts that it folded otherwise are put into the indices anew, and messages from an
//! earlier time get the rows of their time. A piece at a time after a start, the newest first, and whatever else is to be done goes
//! between; until its turn comes a message is found as it was.

use casemate_screening::letters::wholly_apart;
use rusqlite::{OptionalExtension as _, params};

use crate::core::{Ctx, Done};
use crate::message::{ROW, Row, message_row};
use crate::search::fold;

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
        let mut statement = self.db.prepare_cached(&format!(
            "{ROW} WHERE messages.id BETWEEN 1 AND ?1 ORDER BY messages.id DESC LIMIT ?2"
        ))?;
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

    fn refold_left(&self) -> Done<Option<i64>> {
        let mut statement = self.db.prepare_cached("SELECT id FROM refold")?;
        Ok(statement.query_row([], |row| row.get(0)).optional()?)
    }

    /// Gives a message its row. That, and what it is found by, where both have to go into the indices anew.
    fn refold(&mut self, row: &Row) -> Done<Option<(i64, String)>> {
        let mut id = row.id;
        // Places from one on are given to what comes as it is said.
        if row.imported || row.position < 1 {
            id = self.old_row(row.thread, row.position, row.at_ms)?;
            self.db
                .prepare_cached("UPDATE messages SET id = ?2 WHERE id = ?1")?
                .execute(params![row.id, id])?;
        }
        let text = self.findable(row.message, &row.text)?;
        let stays = id == row.id && fold(&text) == folded_before(&text);
        if stays || !self.is_indexed(row.id)? {
            return Ok(None);
        }
        self.unindex_text(row.id)?;
        Ok(Some((id, text)))
    }

    fn is_indexed(&self, id: i64) -> Done<bool> {
        let mut statement = self.db.prepare_cached("SELECT count(*) FROM words WHERE rowid = ?1")?;
        Ok(statement.query_row([id], |row| row.get(0))?)
    }
}

/// As texts were folded until schema 20.
fn folded_before(text: &str) -> String {
    let is_mark = |letter: &char| {
        matches!(letter,
            '\u{300}'..='\u{36f}'
            | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}' | '\u{5c2}' | '\u{5c4}' | '\u{5c5}' | '\u{5c7}'
            | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}'
            | '\u{fe00}'..='\u{fe0f}')
    };
    wholly_apart(text).filter(|letter| !is_mark(letter)).flat_map(char::to_lowercase).collect()
}
