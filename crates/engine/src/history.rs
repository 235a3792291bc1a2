//! Messages brought along from another messenger (`history.add`). A driver's user reads the export; here the messages get
//! their places above all that a conversation has, and are found and shown like the others. They are this device's: they
//! are told to nobody, not to own devices either, and nothing can be said about them.

use std::collections::BTreeSet;

use casemate_api::command::{HistoryAdd, OldMessage};
use casemate_api::view;
use casemate_content::limits;
use casemate_content::proto::ConversationKind;
use casemate_wire::ids::{AccountId, Hash32, LogId, MessageId};
use prost::Message as _;
use rusqlite::params;

use crate::core::{Ctx, Done, id_column, invalid, not_allowed, parse_rfc3339, too_large};
use crate::io::Staged;
use crate::message::{Kind, State};
use crate::thread::Standing;

/// Messages of a chat.
const TOTAL: u32 = 200_000;

/// Messages in one command: one transaction.
const PART: usize = 1_000;

/// Messages of a chat's beginning that are looked for at later places. The first may be a line that exports begin with.
const LOOKED_FOR: usize = 8;

const HOUR_MS: i64 = 3_600_000;

/// Time zones differ by quarters of an hour, and by at most this.
const ZONE_MS: i64 = HOUR_MS / 4;
const ZONES_MS: i64 = 26 * HOUR_MS;

/// Times at which a message may have been before, at most: each costs as many hashes as a chat has places.
const ZONES_TRIED: usize = 4;

/// UTF-8 bytes of a name.
const AUTHOR_BYTES: usize = 256;

impl Ctx<'_> {
    /// `history.add`
    pub fn history_add(&mut self, command: u64, wanted: &HistoryAdd, staged: Vec<Staged>) -> Done<()> {
        let me = self.me()?.account();
        if wanted.messages.len() > PART || staged.len() > limits::ATTACHMENTS {
            return Err(too_large(format!(
                "Bring at most {PART} messages and {} files at a time.",
                limits::ATTACHMENTS
            )));
        }
        let end = u64::from(wanted.place) + wanted.messages.len() as u64;
        if wanted.total > TOTAL || end > u64::from(wanted.total) {
            return Err(invalid(format!(
                "A chat has at most {TOTAL} messages, and each a place among them."
            )));
        }
        let (thread, key) = match &wanted.conversation {
            Some(key) => {
                let thread = self.thread_by_key(key)?;
                if matches!(thread.standing, Standing::Offered | Standing::Declined) {
                    return Err(not_allowed("Accept this conversation first."));
                }
                (thread.id, thread.key)
            }
            None => {
                let name = wanted.name.as_deref().unwrap_or_default();
                match self.broken_off(name, wanted)? {
                    Some(thread) => thread,
                    None => self.imported_thread(name)?,
                }
            }
        };
        // A smaller part, which is tried where one failed, may not say it any more.
        if wanted.place == 0
            && let Some(shift) = self.find_shift(thread, &key, &wanted.messages)?
        {
            self.core.import_shifts.insert(thread, shift);
        }
        let shift = self.core.import_shifts.get(&thread).copied().unwrap_or_default();
        let part = (i64::from(wanted.place)..)
            .zip(&wanted.messages)
            .map(|(place, old)| self.brought(&key, place, shift, old))
            .collect::<Done<Vec<_>>>()?;
        if wanted.place == 0 {
            self.begin_import(thread, wanted.total, &part)?;
        }
        let before: i64 =
            self.db.query_row("SELECT import_end FROM threads WHERE id = ?1", [thread], |row| row.get(0))?;
        let first = before - i64::from(wanted.total);
        let mut files = staged.into_iter();
        for Brought { message, place, at_ms, author, old, .. } in part {
            // The phone had no words for it. Its place is counted, so that the others keep theirs in a later export.
            if old.text.trim().is_empty() && old.file.is_none() {
                continue;
            }
            let file = old.file.as_ref().and_then(|_| files.next());
            let notice = author.is_empty() && !old.mine;
            let id = self.old_row(thread, first + place, at_ms)?;
            let added = self
                .db
                .prepare_cached(
                    "INSERT OR IGNORE INTO messages(message, thread, position, account, at_ms, kind, text, state, imported, author, id)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1, ?9, ?10)",
                )?
                .execute(params![
                    &message.0[..],
                    thread,
                    first + place,
                    if old.mine { me.0.to_vec() } else { AccountId([0; 16]).0.to_vec() },
                    at_ms,
                    if notice { Kind::Notice as i64 } else { Kind::Text as i64 },
                    old.text,
                    if old.mine { State::Read as i64 } else { State::Received as i64 },
                    if old.mine { "" } else { author },
                    id
                ])?;
            if added == 0 {
                if let Some(file) = file {
                    self.bring_missing(message, &file, &old.text)?;
                }
                continue;
            }
            if let Some(file) = file {
                self.keep_file(message, &file)?;
            }
            self.index_message(id, message, &old.text)?;
        }
        if end == u64::from(wanted.total) {
            self.core.import_shifts.remove(&thread);
            crate::db::forget_setting(self.db, &unfinished_key(&key))?;
        } else {
            let done = [end as u32, wanted.total].map(u32::to_be_bytes).concat();
            crate::db::set_setting(self.db, &unfinished_key(&key), &done)?;
        }
        self.conversation_changed(thread)?;
        self.reply(command, view::ConversationCreated { conversation: key });
        Ok(())
    }

    /// How an earlier export of the chat differs from this one: None where nothing of it was put here.
    fn find_shift(&self, thread: i64, key: &str, messages: &[OldMessage]) -> Done<Option<Shift>> {
        for (place, old) in (0..).zip(messages.iter().take(LOOKED_FOR)) {
            let one = Brought::new(key, place, Shift::default(), old)?;
            if self.find_message(one.message)?.is_some() {
                return Ok(Some(Shift::default()));
            }
            let mut statement = self.db.prepare_cached(
                "SELECT message, at_ms FROM messages
                 WHERE thread = ?1 AND imported = 1 AND abs(at_ms - ?2) <= ?6 AND (at_ms - ?2) % ?7 = 0
                     AND author IN (?3, '') AND (text = ?4 OR ?5)
                 ORDER BY abs(at_ms - ?2) LIMIT 100",
            )?;
            let may_differ = old.file.is_some() || old.caption.is_some();
            let same = statement
                .query_map(
                    params![thread, one.at_ms, one.author, old.text, may_differ, ZONES_MS, ZONE_MS],
                    |row| Ok((id_column::<MessageId>(row, 0)?, row.get::<_, i64>(1)?)),
                )?
                .collect::<Result<Vec<_>, _>>()?;
            let mut times: Vec<i64> = same.iter().map(|(_, at_ms)| *at_ms).collect();
            times.dedup();
            let same: BTreeSet<MessageId> = same.into_iter().map(|(message, _)| message).collect();
            for at_ms in times.into_iter().take(ZONES_TRIED) {
                // At which place it was is in its id alone.
                let is_there = |at: &i64| same.contains(&imported_id(key, *at, at_ms, one.author, one.words));
                let Some(was) = (0..i64::from(TOTAL)).find(is_there) else { continue };
                let shift = Shift { place: was - place, time_ms: at_ms - one.at_ms };
                if shift.time_ms == 0 || self.is_same_chat(key, shift, messages)? {
                    return Ok(Some(shift));
                }
            }
        }
        Ok(None)
    }

    /// Whether more than one message was here at another hour. One alone may be said in two chats.
    fn is_same_chat(&self, key: &str, shift: Shift, messages: &[OldMessage]) -> Done<bool> {
        let mut known = 0;
        for (place, old) in (0..).zip(messages.iter().take(LOOKED_FOR)) {
            let one = self.brought(key, place, shift, old)?;
            known += usize::from(self.find_message(one.message)?.is_some());
        }
        Ok(known >= messages.len().min(2))
    }

    /// A message of this export, under the id that it has here already, or a new one. An export says the hours of where it was made
    /// or is read; zones change their hour on different days, so that not all of a chat differ by the same.
    fn brought<'a>(&self, key: &str, place: i64, shift: Shift, old: &'a OldMessage) -> Done<Brought<'a>> {
        if shift.time_ms != 0 {
            for summer_ms in [0, HOUR_MS, -HOUR_MS, HOUR_MS / 2, -HOUR_MS / 2] {
                let shift = Shift { time_ms: shift.time_ms + summer_ms, ..shift };
                let one = Brought::new(key, place, shift, old)?;
                if self.find_message(one.message)?.is_some() {
                    return Ok(one);
                }
            }
        }
        Brought::new(key, place, Shift { time_ms: 0, ..shift }, old)
    }

    /// Where the chat ends: above all that the conversation has, or where an earlier try had put it, so that what is missing comes
    /// between what is there and not above it.
    fn begin_import(&mut self, thread: i64, total: u32, part: &[Brought<'_>]) -> Done<()> {
        let known = part.iter().find_map(|one| match self.find_message(one.message) {
            Ok(row) => row.map(|row| Ok(row.position - one.place)),
            Err(fail) => Some(Err(fail)),
        });
        let Some(began) = known.transpose()? else {
            self.db
                .prepare_cached(
                    "UPDATE threads SET import_end = (SELECT coalesce(min(position), 1) FROM messages WHERE thread = ?1)
                     WHERE id = ?1",
                )?
                .execute([thread])?;
            return Ok(());
        };
        let wanted_end = began + i64::from(total);
        // The end is that try's, unless another chat was put above it since: then it is before the conversation's own messages.
        let end: i64 = self
            .db
            .prepare_cached(
                "SELECT CASE WHEN import_end > ?2 THEN import_end ELSE coalesce(
                     (SELECT min(position) FROM messages WHERE thread = ?1 AND position >= ?2 AND imported = 0), ?3) END
                 FROM threads WHERE id = ?1",
            )?
            .query_row(params![thread, began, wanted_end], |row| row.get(0))?;
        // A later export of the chat has more: room for it is made above its end.
        let more = (wanted_end - end).max(0);
        if more > 0 {
            self.db
                .prepare_cached(
                    "UPDATE messages SET position = position - ?3 WHERE thread = ?1 AND position < ?2",
                )?
                .execute(params![thread, end, more])?;
            self.db
                .prepare_cached(
                    "UPDATE threads SET read_position = read_position - ?3 WHERE id = ?1 AND read_position < ?2 - 1",
                )?
                .execute(params![thread, end, more])?;
        }
        self.db
            .prepare_cached("UPDATE threads SET import_end = ?2 WHERE id = ?1")?
            .execute(params![thread, wanted_end - more])?;
        Ok(())
    }

    /// How far an import came that broke off, or is under way.
    pub fn unfinished_import(&self, key: &str) -> Done<Option<view::UnfinishedImport>> {
        let row = crate::db::setting(self.db, &unfinished_key(key))?;
        Ok(row.and_then(|row| match row.as_chunks() {
            ([done, of], []) => {
                Some(view::UnfinishedImport { done: u32::from_be_bytes(*done), of: u32::from_be_bytes(*of) })
            }
            _ => None,
        }))
    }

    /// The conversation of this name in which an import of this chat broke off: another try goes on there.
    fn broken_off(&self, name: &str, wanted: &HistoryAdd) -> Done<Option<(i64, String)>> {
        if wanted.place != 0 {
            return Ok(None);
        }
        let mut statement = self.db.prepare_cached(
            "SELECT id, key FROM threads WHERE imported = 1 AND name = ?1 ORDER BY id DESC LIMIT 16",
        )?;
        let named = statement
            .query_map([name.trim()], |row| Ok((row.get(0)?, id_column::<LogId>(row, 1)?)))?
            .collect::<Result<Vec<(i64, LogId)>, _>>()?;
        for (thread, key) in named {
            let key = key.to_hex();
            if self.unfinished_import(&key)?.is_some()
                && self.find_shift(thread, &key, &wanted.messages)?.is_some()
            {
                return Ok(Some((thread, key)));
            }
        }
        Ok(None)
    }

    /// A conversation that is only read.
    fn imported_thread(&mut self, name: &str) -> Done<(i64, String)> {
        crate::text::check_line(name, limits::GROUP_NAME_BYTES)?;
        if !crate::text::shows(name) {
            return Err(invalid("Say where to put the chat, or give it a name."));
        }
        let key = LogId(self.random());
        let thread = self.insert_thread(key, ConversationKind::Group, Standing::Left, None, name.trim())?;
        self.db.execute("UPDATE threads SET imported = 1 WHERE id = ?1", [thread])?;
        Ok((thread, key.to_hex()))
    }

    /// Whether a conversation was made for what was brought along.
    pub fn is_imported(&self, thread: i64) -> Done<bool> {
        let mut statement = self.db.prepare_cached("SELECT imported FROM threads WHERE id = ?1")?;
        Ok(statement.query_row([thread], |row| row.get(0))?)
    }

    /// The file of a message that was brought along before: that export may have been made without media, or the file have been damaged
    /// in it, or have had no room. What the text says in its place goes.
    fn bring_missing(&mut self, message: MessageId, file: &Staged, text: &str) -> Done<()> {
        let lacking = self.find_message(message)?.filter(|row| !row.deleted);
        match lacking {
            Some(row) if self.descriptors(message)?.is_empty() => {
                self.keep_file(message, file)?;
                self.db
                    .prepare_cached("UPDATE messages SET text = ?2 WHERE id = ?1")?
                    .execute(params![row.id, text])?;
                self.unindex_text(row.id)?;
                self.index_message(row.id, message, text)?;
                self.message_changed(&row)
            }
            _ => {
                self.out.push(crate::Output::DeleteBlob { blob: file.blob });
                Ok(())
            }
        }
    }

    /// A file that is on this device and nowhere else.
    fn keep_file(&mut self, message: MessageId, file: &Staged) -> Done<()> {
        let descriptor = crate::attachment::describe(file, String::new());
        self.db
            .prepare_cached(
                "INSERT INTO attachments(message, idx, descriptor, blob, state, kind, bytes) VALUES (?1, 0, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                &message.0[..],
                descriptor.encode_to_vec(),
                &file.blob.0[..],
                crate::attachment::State::Stored as i64,
                descriptor.kind,
                i64::try_from(file.size_bytes).unwrap_or(i64::MAX)
            ])?;
        Ok(())
    }
}

fn unfinished_key(conversation: &str) -> String {
    format!("import/{conversation}")
}

/// How a chat's first export differs from a later one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shift {
    /// By how many places: WhatsApp leaves out the oldest messages of a long chat, and more of them as it grows.
    place: i64,
    /// By which time: exports have the hours of a time zone, and do not say of which.
    time_ms: i64,
}

/// A message of a part, looked at.
struct Brought<'a> {
    message: MessageId,
    place: i64,
    at_ms: i64,
    author: &'a str,
    /// The text, without what it says in place of a file.
    words: &'a str,
    old: &'a OldMessage,
}

impl<'a> Brought<'a> {
    /// `key`: of the conversation. `shift`: how much later the chat's first export had it.
    fn new(key: &str, place: i64, shift: Shift, old: &'a OldMessage) -> Done<Self> {
        let at_ms = parse_rfc3339(&old.at)
            .ok_or_else(|| invalid("The time of a message looks like 2023-12-31T21:41:00Z."))?;
        let words = old.caption.as_deref().unwrap_or(&old.text);
        for text in [&old.text[..], words] {
            crate::text::check_text(text, limits::TEXT_BYTES)?;
        }
        let author = old.author.as_deref().unwrap_or_default().trim();
        crate::text::check_line(author, AUTHOR_BYTES)?;
        let was_ms = at_ms.saturating_add(shift.time_ms);
        let message = imported_id(key, place + shift.place, was_ms, author, words);
        Ok(Self { message, place, at_ms, author, words, old })
    }
}

/// The same message at the same place of a chat has the same id each time.
fn imported_id(key: &str, place: i64, at_ms: i64, author: &str, text: &str) -> MessageId {
    let hash = Hash32::of(&[
        b"casemate/imported/v1",
        key.as_bytes(),
        &place.to_be_bytes(),
        &at_ms.to_be_bytes(),
        author.as_bytes(),
        text.as_bytes(),
    ]);
    MessageId::try_from(&hash.0[..16]).expect("16 bytes")
}
