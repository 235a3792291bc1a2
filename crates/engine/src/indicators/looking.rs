//! Finding what is known in messages: as they come, and in all that is here.

use casemate_api::{Event, view};
use casemate_content::proto as content;
use casemate_screening::index::{Index, Known};
use casemate_screening::indicator::Kind;
use casemate_screening::text;
use casemate_wire::ids::MessageId;
use data_encoding::HEXLOWER;
use prost::Message as _;
use rusqlite::{OptionalExtension as _, params};

use super::kind_column;
use crate::core::{Ctx, Done, id_column, rfc3339};

/// Matches in one answer. Who has more needs help, not a longer list.
const MATCHES: usize = 10_000;

impl Ctx<'_> {
    /// Looks through a message that came, or was changed. Its files are in their table already.
    pub fn look_through(&mut self, message: MessageId, text: &str) -> Done<()> {
        let index = self.indicators()?;
        if index.is_empty() {
            return Ok(());
        }
        let mut found = index.find_among(text::candidates(text));
        for file in self.descriptors(message)? {
            found.extend(of_file(&file, &index));
        }
        for known in found {
            if self.note_match(message, &known)? {
                let found = self.match_view(message, &known)?;
                self.event(Event::IndicatorMatched { found });
            }
        }
        Ok(())
    }

    /// `indicators.look_back`
    pub fn indicators_look_back(&mut self, command: u64) -> Done<()> {
        self.me()?;
        let index = self.indicators()?;
        let messages = self.looked_through()?;
        if !index.is_empty() {
            for (message, known) in self.found_in_all(&index)? {
                self.note_match(message, &known)?;
            }
        }
        let (matches, all) = self.matches()?;
        let left_out = all.saturating_sub(matches.len() as u64);
        self.reply(command, view::LookBack { matches, messages, left_out });
        Ok(())
    }

    /// For the message's view.
    pub fn known_bad(&self, message: MessageId) -> Done<Option<view::KnownBad>> {
        if self.core.indicators.as_ref().is_some_and(|index| index.is_empty()) {
            return Ok(None);
        }
        let mut statement = self.db.prepare_cached(
            "SELECT value, name FROM indicator_matches JOIN indicator_lists ON indicator_lists.id = list
             WHERE message = ?1 ORDER BY kind, value LIMIT 1",
        )?;
        let found = statement.query_row([&message.0[..]], |row| {
            Ok(view::KnownBad { indicator: row.get(0)?, source: row.get(1)? })
        });
        Ok(found.optional()?)
    }

    fn looked_through(&self) -> Done<u64> {
        let count: i64 =
            self.db.query_row("SELECT count(*) FROM messages WHERE kind = 0", [], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    /// One walk over everything that was ever said here and is still here.
    fn found_in_all(&self, index: &Index) -> Done<Vec<(MessageId, Known)>> {
        let mut found = Vec::new();
        for sql in
            ["SELECT message, text FROM messages WHERE kind = 0", "SELECT message, text FROM earlier_texts"]
        {
            let mut statement = self.db.prepare_cached(sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let text = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
                for known in index.find_among(text::candidates(text)) {
                    found.push((id_column(row, 0)?, known));
                }
            }
        }
        let mut statement = self.db.prepare_cached("SELECT message, descriptor FROM attachments")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
            let Ok(file) = content::Attachment::decode(bytes) else { continue };
            // Pictures of people stand here too, under ids that are no messages'.
            let Ok(message) = id_column(row, 0) else { continue };
            found.extend(of_file(&file, index).into_iter().map(|known| (message, known)));
        }
        Ok(found)
    }

    /// True where it was not known yet.
    fn note_match(&mut self, message: MessageId, known: &Known) -> Done<bool> {
        let noted = self
            .db
            .prepare_cached(
                "INSERT OR IGNORE INTO indicator_matches(message, kind, value, list)
                 SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM messages WHERE message = ?1)",
            )?
            .execute(params![
                &message.0[..],
                known.indicator.kind() as i64,
                known.indicator.value(),
                known.list
            ])?;
        Ok(noted > 0)
    }

    fn match_view(&self, message: MessageId, known: &Known) -> Done<view::IndicatorMatch> {
        let mut found = view::IndicatorMatch {
            message: message.to_hex(),
            indicator: known.indicator.value().to_owned(),
            kind: known.indicator.kind().as_str().to_owned(),
            source: self.list_name(known.list)?,
            ..view::IndicatorMatch::default()
        };
        if let Some(row) = self.find_message(message)? {
            found.conversation = self.thread_key(row.thread)?.unwrap_or_default();
            found.from = match row.author.is_empty() {
                true => self.address_of(row.account)?,
                false => row.author,
            };
            found.at = rfc3339(row.at_ms);
        }
        Ok(found)
    }

    /// The oldest matches, and how many there are.
    fn matches(&self) -> Done<(Vec<view::IndicatorMatch>, u64)> {
        let all: i64 = self.db.query_row("SELECT count(*) FROM indicator_matches", [], |row| row.get(0))?;
        let mut statement = self.db.prepare_cached(
            "SELECT indicator_matches.message, indicator_matches.kind, value, list
             FROM indicator_matches JOIN messages USING (message) ORDER BY at_ms, position LIMIT ?1",
        )?;
        let mut rows = statement.query([MATCHES as i64])?;
        let mut matches = Vec::new();
        while let Some(row) = rows.next()? {
            let kind = kind_column(row.get(1)?);
            let value: String = row.get(2)?;
            let Some(known) = kind.and_then(|kind| Known::new(kind, &value, row.get(3).ok()?)) else {
                continue;
            };
            matches.push(self.match_view(id_column(row, 0)?, &known)?);
        }
        Ok((matches, all.unsigned_abs()))
    }
}

/// The hash that a file has by its sender's word, which is checked when it is read; and the line below it.
fn of_file(file: &content::Attachment, index: &Index) -> Vec<Known> {
    let mut found = index.find_among(text::candidates(&file.caption));
    found.extend(index.find(Kind::Sha256, &HEXLOWER.encode(&file.sha256)));
    found
}
