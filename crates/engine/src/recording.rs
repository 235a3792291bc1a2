//! A voice message that is being recorded (`recording.*`): its pieces so far. They are kept on this device alone, so that it
//! outlives the page in which somebody speaks, and go once it is sent or thrown away.

use casemate_api::command::RecordingKeep;
use casemate_api::view;
use data_encoding::BASE64;
use rusqlite::params;

use crate::core::{Ctx, Done, invalid, not_allowed};

/// A second of a voice has three thousand; a browser may give more at once.
const PIECE_BYTES: usize = 256 * 1024;

/// An hour and a half.
const BYTES: i64 = 16 * 1024 * 1024;

impl Ctx<'_> {
    /// `recording.keep`
    pub fn recording_keep(&mut self, command: u64, wanted: &RecordingKeep) -> Done<()> {
        let thread = self.active_thread(&wanted.conversation)?.id;
        let piece = BASE64.decode(wanted.piece.as_bytes()).ok();
        let piece = piece.filter(|piece| piece.len() <= PIECE_BYTES && wanted.levels.len() <= PIECE_BYTES);
        let piece = piece.ok_or_else(|| invalid("A piece is base64, of 256 KiB at most."))?;
        if wanted.place == 0 {
            self.forget_recording(thread)?;
            self.conversation_changed(thread)?;
        }
        let before: i64 = self
            .db
            .prepare_cached("SELECT ifnull(sum(length(piece)), 0) FROM recordings WHERE thread = ?1")?
            .query_row([thread], |row| row.get(0))?;
        if before + piece.len() as i64 > BYTES {
            return Err(not_allowed("A recording that is kept has 16 MiB at most."));
        }
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO recordings (thread, place, piece, levels) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![thread, wanted.place, piece, wanted.levels])?;
        self.reply_nothing(command);
        Ok(())
    }

    /// `recording.show`
    pub fn recording_show(&mut self, command: u64, conversation: &str) -> Done<()> {
        let thread = self.thread_by_key(conversation)?.id;
        let mut statement = self
            .db
            .prepare_cached("SELECT place, piece, levels FROM recordings WHERE thread = ?1 ORDER BY place")?;
        let mut rows = statement.query([thread])?;
        let (mut whole, mut levels, mut next) = (Vec::new(), Vec::new(), 0);
        // A piece that is missing ends it.
        while let Some(row) = rows.next()?.filter(|row| row.get::<_, u32>(0).is_ok_and(|place| place == next))
        {
            whole.extend(row.get::<_, Vec<u8>>(1)?);
            levels.extend(row.get::<_, Vec<u8>>(2)?);
            next += 1;
        }
        drop(rows);
        drop(statement);
        let data = (next > 0).then(|| BASE64.encode(&whole));
        self.reply(command, view::Recording { data, levels });
        Ok(())
    }

    /// `recording.remove`
    pub fn recording_remove(&mut self, command: u64, conversation: &str) -> Done<()> {
        let thread = self.thread_by_key(conversation)?.id;
        self.forget_recording(thread)?;
        self.conversation_changed(thread)?;
        self.reply_nothing(command);
        Ok(())
    }

    /// It was sent, or another one begins.
    pub fn forget_recording(&mut self, thread: i64) -> Done<()> {
        self.db.prepare_cached("DELETE FROM recordings WHERE thread = ?1")?.execute([thread])?;
        Ok(())
    }
}
