//! Search in all messages of this device: a trigram index, so that parts of words and languages without spaces
//! are found; shorter words are looked for in the rows themselves.

use casemate_api::command::MessageSearch;
use casemate_api::view;
use rusqlite::params_from_iter;
use rusqlite::types::Value;

use crate::core::{Ctx, Done, invalid};
use crate::message::{ROW, message_row};

/// Most messages in one answer.
const PAGE: u32 = 500;

impl Ctx<'_> {
    /// Puts a text into the index under its message's row.
    pub fn index_text(&mut self, id: i64, text: &str) -> Done<()> {
        if !text.is_empty() {
            self.db
                .prepare_cached("INSERT INTO words(rowid, text) VALUES (?1, ?2)")?
                .execute(rusqlite::params![id, text])?;
        }
        Ok(())
    }

    pub fn unindex_text(&mut self, id: i64) -> Done<()> {
        self.db.prepare_cached("DELETE FROM words WHERE rowid = ?1")?.execute([id])?;
        Ok(())
    }

    /// `message.search`
    pub fn message_search(&mut self, command: u64, wanted: &MessageSearch) -> Done<()> {
        let words: Vec<&str> = wanted.text.split_whitespace().take(16).collect();
        if words.is_empty() {
            return Err(invalid("Search for at least one letter."));
        }
        if wanted.text.len() > 1_024 {
            return Err(invalid("Search for at most 1,024 bytes."));
        }
        let mut conditions = vec!["kind = 0 AND deleted = 0".to_owned()];
        let mut values: Vec<Value> = Vec::new();
        let (long, short): (Vec<&str>, Vec<&str>) = words.iter().partition(|word| word.chars().count() >= 3);
        if !long.is_empty() {
            // Quoted, so that nothing in it is syntax (SQLite FTS5 §3.1).
            let query: Vec<String> =
                long.iter().map(|word| format!("\"{}\"", word.replace('"', "\"\""))).collect();
            values.push(Value::Text(query.join(" ")));
            conditions.push(format!(
                "messages.id IN (SELECT rowid FROM words WHERE words MATCH ?{})",
                values.len()
            ));
        }
        for word in short {
            let escaped = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            values.push(Value::Text(format!("%{escaped}%")));
            conditions.push(format!("text LIKE ?{} ESCAPE '\\'", values.len()));
        }
        if let Some(conversation) = &wanted.conversation {
            values.push(Value::Integer(self.thread_by_key(conversation)?.id));
            conditions.push(format!("thread = ?{}", values.len()));
        }
        if let Some(from) = &wanted.from {
            let account = if *from == self.me()?.address {
                self.me()?.account()
            } else {
                self.person_by_address(from)?.account
            };
            values.push(Value::Blob(account.0.to_vec()));
            conditions.push(format!("account = ?{}", values.len()));
        }
        values.push(Value::Integer(i64::from(wanted.limit.unwrap_or(50).min(PAGE))));
        let sql = format!(
            "{ROW} WHERE {} ORDER BY messages.id DESC LIMIT ?{}",
            conditions.join(" AND "),
            values.len()
        );
        let mut statement = self.db.prepare_cached(&sql)?;
        let mut rows =
            statement.query_map(params_from_iter(values), message_row)?.collect::<Result<Vec<_>, _>>()?;
        rows.reverse();
        let messages = self.message_views(&rows)?;
        self.reply(command, view::Messages { messages });
        Ok(())
    }
}
