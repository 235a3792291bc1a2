//! What is known to belong to spyware and the like: lists of it (`indicators.add`, `indicators.update`, `indicators.list`,
//! `indicators.remove`), and what of it is in messages, as they arrive and long after (`indicators.look_back`).
//!
//! ```text
//! file ─▶ guard, in its own process ─▶ driver ─▶ indicators.add ─▶ table ─▶ index in memory ◀── every text and file
//! signed list ───────────────────────▶ driver ─▶ indicators.update (verified first)              │
//!                                                                              matches, marks, an event
//! ```
//! All of it happens on this device. Nobody is asked, and nobody learns of a match.

mod looking;
mod signed;

pub use signed::{BEGINS as SIGNED_LIST, BYTES as SIGNED_LIST_BYTES};

use std::sync::Arc;

use casemate_api::command::{IndicatorsAdd, IndicatorsRemove, IndicatorsUpdate};
use casemate_api::{Event, view};
use casemate_screening::index::Index;
use casemate_screening::indicator::{Indicator, Kind};
use rusqlite::{OptionalExtension as _, params};

use crate::core::{Ctx, Done, invalid, not_allowed, not_found, rfc3339, too_large};
use crate::db;

/// Indicators of one list, and of all: some hundred bytes each in memory while the engine runs.
const OF_A_LIST: usize = 250_000;
const IN_ALL: usize = 500_000;

/// Lists at a time. Each is a line on a screen.
const LISTS: usize = 100;

/// UTF-8 bytes of a list's name.
const NAME_BYTES: usize = 200;

/// Entries that are named because they were refused.
const REFUSED: usize = 50;

/// A list on its way into the database.
struct Coming<'a> {
    name: &'a str,
    indicators: Vec<Indicator>,
    refused: Vec<view::IndicatorRefused>,
    refused_count: u64,
    /// Of a signed one.
    publisher: Option<([u8; 32], u64)>,
}

impl Ctx<'_> {
    /// `indicators.add`
    pub fn indicators_add(&mut self, command: u64, wanted: &IndicatorsAdd) -> Done<()> {
        self.me()?;
        if wanted.indicators.len() > OF_A_LIST {
            return Err(too_large(format!("A list holds at most {OF_A_LIST} indicators.")));
        }
        let name = wanted.name.trim();
        let (mut indicators, mut refused, mut refused_count) = (Vec::new(), Vec::new(), 0);
        for entry in &wanted.indicators {
            match Kind::parse(&entry.kind).and_then(|kind| Indicator::new(kind, &entry.value)) {
                Some(indicator) => indicators.push(indicator),
                None => {
                    refused_count += 1;
                    if refused.len() < REFUSED {
                        let what = &entry.value[..entry.value.floor_char_boundary(120)];
                        let why = "It is not what its list says it is.".to_owned();
                        refused.push(view::IndicatorRefused { what: what.to_owned(), why });
                    }
                }
            }
        }
        let coming = Coming { name, indicators, refused, refused_count, publisher: None };
        self.take_list(command, coming)
    }

    /// `indicators.update`: a signed list.
    pub fn indicators_update(&mut self, command: u64, wanted: &IndicatorsUpdate) -> Done<()> {
        self.me()?;
        if wanted.signed.len() > signed::BYTES {
            return Err(too_large("This list is too large."));
        }
        let list = signed::verify(&wanted.signed).map_err(|why| invalid(why.to_string()))?;
        // Counted also after the list was taken away, so that removing it opens no way back.
        let key = list.counter();
        let known = db::number(self.db, &key)?.unsigned_abs();
        let here = self.list_of(&list.name, Some(&list.publisher))?.is_some();
        if list.version < known || list.version == known && here {
            return Err(not_allowed(format!(
                "This is version {} of the list, and version {known} was here already. An old list would hide what is new.",
                list.version
            )));
        }
        db::set_number(self.db, &key, i64::try_from(list.version).unwrap_or(i64::MAX))?;
        let publisher = Some((list.publisher, list.version));
        let coming = Coming {
            name: &list.name,
            indicators: list.indicators,
            refused: Vec::new(),
            refused_count: 0,
            publisher,
        };
        self.take_list(command, coming)
    }

    /// `indicators.list`
    pub fn indicators_list(&mut self, command: u64) -> Done<()> {
        let mut statement = self.db.prepare_cached(
            "SELECT id, name, at_ms, indicators, publisher, version FROM indicator_lists ORDER BY id",
        )?;
        let lists = statement
            .query_map([], |row| {
                let publisher: Option<Vec<u8>> = row.get(4)?;
                let version: Option<i64> = row.get(5)?;
                Ok(view::IndicatorList {
                    list: row.get::<_, i64>(0)?.to_string(),
                    name: row.get(1)?,
                    at: rfc3339(row.get(2)?),
                    indicators: row.get::<_, i64>(3)?.unsigned_abs(),
                    publisher: publisher.map(|key| signed::fingerprint(&key)),
                    version: version.map(i64::unsigned_abs),
                })
            })?
            .collect::<Result<_, _>>()?;
        drop(statement);
        self.reply(command, view::IndicatorLists { lists });
        Ok(())
    }

    /// `indicators.remove`
    pub fn indicators_remove(&mut self, command: u64, wanted: &IndicatorsRemove) -> Done<()> {
        let list = wanted.list.parse().ok().filter(|list| self.has_list(*list).unwrap_or(false));
        let list = list.ok_or_else(|| not_found("There is no such list."))?;
        self.forget_list(list)?;
        self.core.indicators = None;
        self.event(Event::IndicatorsChanged {});
        self.reply_nothing(command);
        Ok(())
    }

    /// All that is known, in memory from its first use on.
    pub fn indicators(&mut self) -> Done<Arc<Index>> {
        if let Some(index) = &self.core.indicators {
            return Ok(index.clone());
        }
        let mut index = Index::default();
        let mut statement =
            self.db.prepare_cached("SELECT list, kind, value FROM indicators ORDER BY list")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let Some(kind) = kind_column(row.get(1)?) {
                let value = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
                index.insert(kind, value, row.get(0)?);
            }
        }
        drop(rows);
        drop(statement);
        let index = Arc::new(index);
        self.core.indicators = Some(index.clone());
        Ok(index)
    }

    fn take_list(&mut self, command: u64, coming: Coming<'_>) -> Done<()> {
        let Coming { name, mut indicators, refused, refused_count, publisher } = coming;
        crate::text::check_line(name, NAME_BYTES)?;
        if !crate::text::shows(name) {
            return Err(invalid("Give the list a name."));
        }
        indicators.sort_unstable();
        indicators.dedup();
        if indicators.is_empty() {
            return Err(invalid(
                "Nothing in this list can be found in messages: no domains, addresses, links, mail addresses or hashes.",
            ));
        }
        let before = self.indicators()?;
        let known = |one: &Indicator| before.has(one.kind(), one.value());
        let added = indicators.iter().filter(|one| !known(one)).count();
        let key = publisher.as_ref().map(|(key, _)| key);
        if let Some(list) = self.list_of(name, key)? {
            self.forget_list(list)?;
        }
        let (lists, all): (i64, i64) = self.db.query_row(
            "SELECT count(*), coalesce(sum(indicators), 0) FROM indicator_lists",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        if lists >= LISTS as i64 || all + indicators.len() as i64 > IN_ALL as i64 {
            return Err(too_large(format!(
                "This device keeps at most {LISTS} lists with {IN_ALL} indicators in all. Remove one first."
            )));
        }
        self.db
            .prepare_cached(
                "INSERT INTO indicator_lists(name, at_ms, indicators, publisher, version) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                name,
                self.now_ms,
                indicators.len() as i64,
                publisher.as_ref().map(|(key, _)| key.to_vec()),
                publisher.as_ref().map(|(_, version)| i64::try_from(*version).unwrap_or(i64::MAX)),
            ])?;
        let list = self.db.last_insert_rowid();
        let mut insert =
            self.db.prepare_cached("INSERT INTO indicators(list, kind, value) VALUES (?1, ?2, ?3)")?;
        for one in &indicators {
            insert.execute(params![list, one.kind() as i64, one.value()])?;
        }
        drop(insert);
        self.core.indicators = None;
        self.event(Event::IndicatorsChanged {});
        self.reply(
            command,
            view::IndicatorsAdded {
                list: list.to_string(),
                name: name.to_owned(),
                added: added as u64,
                indicators: indicators.len() as u64,
                refused,
                refused_count,
            },
        );
        Ok(())
    }

    /// The list of this name: the publisher's, or for none the one that is not signed.
    fn list_of(&self, name: &str, publisher: Option<&[u8; 32]>) -> Done<Option<i64>> {
        let mut statement =
            self.db.prepare_cached("SELECT id FROM indicator_lists WHERE name = ?1 AND publisher IS ?2")?;
        Ok(statement
            .query_row(params![name, publisher.map(|key| key.to_vec())], |row| row.get(0))
            .optional()?)
    }

    fn has_list(&self, list: i64) -> Done<bool> {
        let mut statement = self.db.prepare_cached("SELECT count(*) FROM indicator_lists WHERE id = ?1")?;
        Ok(statement.query_row([list], |row| row.get(0))?)
    }

    fn forget_list(&mut self, list: i64) -> Done<()> {
        for sql in [
            "DELETE FROM indicator_lists WHERE id = ?1",
            "DELETE FROM indicators WHERE list = ?1",
            "DELETE FROM indicator_matches WHERE list = ?1",
        ] {
            self.db.prepare_cached(sql)?.execute([list])?;
        }
        Ok(())
    }

    /// What a list is called.
    pub fn list_name(&self, list: i64) -> Done<String> {
        let mut statement = self.db.prepare_cached("SELECT name FROM indicator_lists WHERE id = ?1")?;
        Ok(statement.query_row([list], |row| row.get(0)).optional()?.unwrap_or_default())
    }
}

/// A kind by its number in the database.
fn kind_column(number: i64) -> Option<Kind> {
    usize::try_from(number).ok().and_then(|number| Kind::ALL.get(number)).copied()
}
