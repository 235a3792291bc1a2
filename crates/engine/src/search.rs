//! Search in all messages of this device, in parts of words and in languages without spaces. Two indices: runs of
//! three characters for words of three and more, and single characters and pairs for shorter words, which are
//! whole words in Chinese.
//!
//! What goes from an index goes for good (FTS5's `secure-delete`): left to itself FTS5 only notes that a row is gone, and its text
//! can be put together again from the runs. To find a row's runs FTS5 needs its text as it was put in, which `words` keeps.

use std::collections::BTreeSet;

use casemate_api::command::{MessageSearch, SearchKind};
use casemate_api::view;
use casemate_content::proto::text::Thing;
use casemate_screening::fold::folded;
use casemate_screening::letters::wholly_apart;
use casemate_screening::written::has_link;
use casemate_wire::ids::MessageId;
use rusqlite::types::Value;
use rusqlite::{OptionalExtension as _, params, params_from_iter};

use crate::core::{Ctx, Done, invalid, parse_rfc3339};
use crate::message::{ROW, Row, message_row};
use crate::thing::decode;

/// Most messages in one answer.
const PAGE: u32 = 500;

/// Words looked for at once.
const WORDS: usize = 16;

/// The fewest characters that the index of threes can find.
const LONG: usize = 3;

/// A conversation of so few messages is quicker read than looked up in an index of all conversations.
const SMALL_THREAD: u32 = 2_000;

/// A message from an earlier time that is in its place, and is not found yet.
pub struct OldText {
    pub row: i64,
    pub message: MessageId,
    pub text: String,
}

impl Ctx<'_> {
    /// Puts a text into the indices under its message's row.
    pub fn index_text(&mut self, id: i64, text: &str) -> Done<()> {
        self.unindex_text(id)?;
        let folded = fold(text);
        if !folded.is_empty() {
            self.db
                .prepare_cached("INSERT INTO words(rowid, folded) VALUES (?1, ?2)")?
                .execute(params![id, folded])?;
            self.db
                .prepare_cached("INSERT INTO pairs(rowid, grams) VALUES (?1, ?2)")?
                .execute(params![id, pairs(&folded)])?;
        }
        Ok(())
    }

    pub fn unindex_text(&mut self, id: i64) -> Done<()> {
        let Some(folded) = self.indexed(id)? else { return Ok(()) };
        self.db.prepare_cached("DELETE FROM words WHERE rowid = ?1")?.execute([id])?;
        self.db
            .prepare_cached("INSERT INTO pairs(pairs, rowid, grams) VALUES ('delete', ?1, ?2)")?
            .execute(params![id, pairs(&folded)])?;
        Ok(())
    }

    /// As what a message is in the indices, if it is.
    pub fn indexed(&self, id: i64) -> Done<Option<String>> {
        let mut statement = self.db.prepare_cached("SELECT folded FROM words WHERE rowid = ?1")?;
        Ok(statement.query_row([id], |row| row.get(0)).optional()?)
    }

    /// The same for a message: its text, and names and captions of its files.
    pub fn index_message(&mut self, id: i64, message: MessageId, text: &str) -> Done<()> {
        let findable = self.findable(message, text)?;
        self.index_text(id, &findable)?;
        // Every text goes by here, whatever way it came.
        self.look_through(message, text)
    }

    /// The same for many from an earlier time, in the order of their rows: an index begins a new piece wherever a row is below the one
    /// before it, which takes twice as long.
    pub fn index_old(&mut self, mut texts: Vec<OldText>) -> Done<()> {
        texts.sort_unstable_by_key(|one| one.row);
        for one in texts {
            // Deleted meanwhile, or edited, by what had come before it.
            let row = self.find_message(one.message)?.filter(|row| !row.deleted);
            if row.is_some_and(|row| row.id == one.row) && self.indexed(one.row)?.is_none() {
                self.index_message(one.row, one.message, &one.text)?;
            }
        }
        Ok(())
    }

    /// What a message is found by: its words, names and captions of its files, what a poll lets one choose.
    pub fn findable(&self, message: MessageId, text: &str) -> Done<String> {
        let mut findable = text.to_owned();
        let mut also = |line: &str| {
            findable.push('\n');
            findable.push_str(line);
        };
        for file in self.descriptors(message)? {
            also(&file.name);
            also(&file.caption);
        }
        let mut thing = self.db.prepare_cached("SELECT thing FROM messages WHERE message = ?1")?;
        let thing: Option<Option<Vec<u8>>> =
            thing.query_row([&message.0[..]], |row| row.get(0)).optional()?;
        if let Some(Thing::Poll(poll)) = thing.flatten().and_then(|thing| decode(&thing)) {
            poll.options.iter().for_each(|option| also(option));
        }
        Ok(findable)
    }

    /// `message.search`: the newest messages that have every word, oldest first.
    pub fn message_search(&mut self, command: u64, wanted: &MessageSearch) -> Done<()> {
        if wanted.text.len() > 1_024 {
            return Err(invalid("Search for at most 1,024 bytes."));
        }
        let folded = fold(&wanted.text);
        let words: Vec<&str> =
            folded.split_whitespace().map(unquoted).flat_map(around_apostrophes).take(WORDS).collect();
        let filtered = wanted.kind.is_some()
            || wanted.from.is_some()
            || wanted.after.is_some()
            || wanted.before.is_some()
            || wanted.starred
            || wanted.pinned;
        if words.is_empty() && !filtered {
            return Err(invalid("Search for at least one letter."));
        }
        let (long, short): (Vec<&str>, Vec<&str>) =
            words.iter().partition(|word| word.chars().count() >= LONG);
        let mut conditions = vec!["messages.kind = 0 AND deleted = 0 AND +messages.thread > 0".to_owned()];
        // As the partial indices have it, so that they are used.
        conditions.extend(wanted.starred.then(|| "starred = 1".to_owned()));
        conditions.extend(wanted.pinned.then(|| "pinned = 1".to_owned()));
        if wanted.conversation.is_none() {
            conditions.push("thread NOT IN (SELECT id FROM threads WHERE locked = 1)".to_owned());
        }
        // A hit would tell what is in a message that is shown once, before it was opened.
        conditions.push("(view_once = 0 OR opened = 1 OR account = ?1)".to_owned());
        let mut values = vec![Value::Blob(self.me()?.account().0.to_vec())];
        let mut also = |condition: &str, value: Value| {
            values.push(value);
            conditions.push(format!("{condition} ?{}", values.len()));
        };
        // As long as not all is in the indices, all is read.
        let mut index = match (words.is_empty() || self.refold_left()?.is_some(), long.is_empty()) {
            (true, _) => None,
            (false, true) => Some("pairs"),
            (false, false) => Some("words"),
        };
        if let Some(conversation) = &wanted.conversation {
            let thread = self.thread_by_key(conversation)?.id;
            also("thread =", Value::Integer(thread));
            if self.thread_is_small(thread)? {
                index = None;
            }
        }
        if let Some(from) = &wanted.from {
            let account = if *from == self.me()?.address {
                self.me()?.account()
            } else {
                self.person_by_address(from)?.account
            };
            also("account =", Value::Blob(account.0.to_vec()));
        }
        for (bound, condition) in [(&wanted.after, "at_ms >="), (&wanted.before, "at_ms <")] {
            if let Some(bound) = bound {
                let at_ms = parse_rfc3339(bound)
                    .ok_or_else(|| invalid("after and before are times like 2026-11-20T18:00:00Z."))?;
                also(condition, Value::Integer(at_ms));
            }
        }
        // The index is the outer loop (the `+` leaves no other way): it walks from the newest match to older ones
        // and stops when the page is full.
        // What the index has found needs no second look: only the rest does.
        let (join, order, rest): (_, _, &[&str]) = match index {
            Some("pairs") => {
                also("pairs MATCH", Value::Text(quoted(short.iter().map(|word| gram(word)))));
                ("JOIN pairs ON messages.id = +pairs.rowid", "pairs.rowid", &[])
            }
            Some(_) => {
                also("words MATCH", Value::Text(quoted(long.iter().copied())));
                ("JOIN words ON messages.id = +words.rowid", "words.rowid", &short)
            }
            None if wanted.conversation.is_some() => ("", "position", &words),
            None => ("", "messages.id", &words),
        };
        if let Some(found) = &wanted.older_than {
            let found = self.message_by_key(found)?;
            let place = match order {
                "position" => found.position,
                _ => self.row_id(&found)?,
            };
            also(&format!("{order} <"), Value::Integer(place));
        }
        conditions.extend(wanted.kind.map(|kind| condition(kind).to_owned()));
        let sql = format!("{ROW} {join} WHERE {} ORDER BY {order} DESC", conditions.join(" AND "));
        let mut statement = self.db.prepare_cached(&sql)?;
        let page = wanted.limit.unwrap_or(50).min(PAGE) as usize;
        let mut rows: Vec<Row> = Vec::new();
        for row in statement.query_map(params_from_iter(values), message_row)? {
            if rows.len() == page {
                break;
            }
            let row = row?;
            if wanted.kind == Some(SearchKind::Links) && !has_link(&row.text) {
                continue;
            }
            if rest.is_empty() || {
                let text = fold(&self.findable(row.message, &row.text)?);
                rest.iter().all(|word| text.contains(word))
            } {
                rows.push(row);
            }
        }
        drop(statement);
        rows.reverse();
        let messages = self.message_views(&rows)?;
        self.reply(command, view::Messages { messages });
        Ok(())
    }

    fn row_id(&self, row: &Row) -> Done<i64> {
        let mut statement = self.db.prepare_cached("SELECT id FROM messages WHERE message = ?1")?;
        Ok(statement.query_row([&row.message.0[..]], |row| row.get(0))?)
    }

    fn thread_is_small(&self, thread: i64) -> Done<bool> {
        let mut count = self
            .db
            .prepare_cached("SELECT count(*) FROM (SELECT 1 FROM messages WHERE thread = ?1 LIMIT ?2)")?;
        let counted: u32 = count.query_row(params![thread, SMALL_THREAD + 1], |row| row.get(0))?;
        Ok(counted <= SMALL_THREAD)
    }
}

/// Which messages are of a kind. Of links, which may be: what is one is too long a rule for SQL.
fn condition(kind: SearchKind) -> &'static str {
    match kind {
        SearchKind::Media => "message IN (SELECT message FROM attachments WHERE kind IN (1, 2))",
        SearchKind::Documents => "message IN (SELECT message FROM attachments WHERE kind = 0)",
        SearchKind::Voice => "message IN (SELECT message FROM attachments WHERE kind = 3)",
        SearchKind::Links => "(instr(text, '://') OR text GLOB '*[^ ].[a-zA-Z]*')",
    }
}

/// A text as it is compared: without case, without the forms of letters that only look different (NFKD), and without what people
/// leave out when they search, or have no key for.
pub fn fold(text: &str) -> String {
    folded(wholly_apart(text))
}

/// Each character and each pair of neighbours of a folded text, once. Whoever changes what comes of a text makes `pairs` anew for old
/// homes: a row is taken out by what this gives.
fn pairs(folded: &str) -> String {
    let mut grams = BTreeSet::new();
    for word in folded.split_whitespace() {
        let mut letters = word.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            let end = at + letter.len_utf8();
            grams.insert(&word[at..end]);
            if let Some((_, next)) = letters.peek() {
                grams.insert(&word[at..end + next.len_utf8()]);
            }
        }
    }
    grams.into_iter().map(gram).collect::<Vec<_>>().join(" ")
}

/// One or two characters as a token of letters and digits, whatever they are.
fn gram(letters: &str) -> String {
    letters.chars().map(|letter| format!("{:x}", u32::from(letter))).collect::<Vec<_>>().join("g")
}

/// A word without the quotation marks around it: who copies what somebody quoted looks for its words. Marks alone are looked for.
fn unquoted(word: &str) -> &str {
    const MARKS: [char; 13] = ['"', '\'', '“', '”', '„', '‟', '‘', '’', '‚', '«', '»', '「', '」'];
    Some(word.trim_matches(MARKS)).filter(|bare| !bare.is_empty()).unwrap_or(word)
}

/// The parts of a word: phones write `don’t` where a keyboard has `don't`, and whoever looks for one means both.
fn around_apostrophes(word: &str) -> impl Iterator<Item = &str> {
    const APOSTROPHES: [char; 5] = ['\'', '’', '‘', 'ʼ', '´'];
    let is_bare = word.chars().all(|letter| APOSTROPHES.contains(&letter));
    let parts = word.split(move |letter| !is_bare && APOSTROPHES.contains(&letter));
    parts.filter(|part| !part.is_empty())
}

/// All of these words. Quoted, so that nothing in them is syntax (SQLite FTS5 §3.1).
fn quoted(words: impl Iterator<Item = impl AsRef<str>>) -> String {
    let words: Vec<String> =
        words.map(|word| format!("\"{}\"", word.as_ref().replace('"', "\"\""))).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_leave_out_is_left_out() {
        for (text, same) in [
            ("Crème Brûlée, Straße", "creme brulee, strasse"),
            ("السَّلَامُ عَلَيْكُم", "السلام عليكم"),
            ("ﬁne", "fine"),
            ("ＡＢＣ", "abc"),
            ("ﻣﺪﺭﺳﺔ", "مدرسه"),
        ] {
            assert_eq!(fold(text), same);
        }
    }

    #[test]
    fn an_apostrophe_is_looked_for_as_any() {
        for word in ["don't", "don’t"] {
            assert_eq!(around_apostrophes(word).collect::<Vec<_>>(), ["don", "t"]);
        }
        assert_eq!(around_apostrophes("'").collect::<Vec<_>>(), ["'"]);
    }

    #[test]
    fn characters_and_pairs_within_words() {
        assert_eq!(pairs("ab c"), ["a", "ab", "b", "c"].map(gram).join(" "));
        assert_eq!(gram("我你"), "6211g4f60");
        assert_eq!(pairs(" "), "");
    }
}
