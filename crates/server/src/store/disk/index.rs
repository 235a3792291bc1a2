//! `NNNNNNNN.idx`: for one segment, where each entry of each log is. Written by the background thread, read by
//! whoever needs a page. Derived: from [`Index::reach`] on it is made again out of the segment.
//!
//! Entries come in generations, each sorted by log and written from left to right, because touching every leaf of
//! one large tree with each flush costs ten times as much. A generation takes in those before it that are not
//! larger, so there are few of them to look through: as many as a number has binary digits, and those of full size.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use super::errors::sqlite_error;
use super::meta::checkpoint;
use super::waiting::{Layer, Run, Span};
use crate::store::StoreError;

const SCHEMA: &str = "
CREATE TABLE runs (
    generation INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    first_entry INTEGER NOT NULL,
    spans BLOB NOT NULL, -- eight bytes for this entry and each that follows: offset in the segment, bytes
    PRIMARY KEY (generation, slot, first_entry)
) STRICT, WITHOUT ROWID;
CREATE TABLE generations ( -- that are complete; runs of others are left over from a crash
    generation INTEGER PRIMARY KEY, -- entries before this offset are in it or an earlier one
    entries INTEGER NOT NULL
) STRICT;
";

/// Entries in one row: longer ones make reading the middle of a busy log slow, shorter ones cost rows.
const RUN: usize = 256;
/// Rows in one transaction: small, so that neither a commit nor a checkpoint takes long.
const SLICE: usize = 500;
/// Larger generations are not made, so that a flush takes about a second at most.
const GENERATION: u64 = 1_000_000;
const SPAN_BYTES: usize = 8;

/// A connection to a segment's index.
pub struct Index {
    path: PathBuf,
    db: Connection,
}

/// Where a segment's index is.
pub fn index_path(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("{number:08}.idx"))
}

impl Index {
    /// For writing; creates where there is none, removes what a crash left.
    pub fn open(path: PathBuf) -> Result<Self, StoreError> {
        let open = || -> rusqlite::Result<Connection> {
            let db = Connection::open(&path)?;
            db.execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8000;",
            )?;
            if db.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0))? == 0 {
                db.execute_batch(&format!("BEGIN;{SCHEMA}PRAGMA user_version = 1;COMMIT;"))?;
            }
            remove_incomplete(&db)?;
            Ok(db)
        };
        let db = open().map_err(sqlite_error("opening", &path))?;
        Ok(Self { path, db })
    }

    /// For reading. None where nothing has been indexed yet.
    pub fn open_to_read(path: PathBuf) -> Result<Option<Self>, StoreError> {
        if !path.exists() {
            return Ok(None);
        }
        // Not read-only: the first to open a database in WAL mode makes its shared memory.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = || -> rusqlite::Result<Option<Connection>> {
            let db = Connection::open_with_flags(&path, flags)?;
            db.execute_batch("PRAGMA query_only = 1; PRAGMA cache_size = -2000;")?;
            let made = db.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0))? > 0;
            Ok(made.then_some(db))
        };
        let db = open().map_err(sqlite_error("opening", &path))?;
        Ok(db.map(|db| Self { path, db }))
    }

    /// Entries before this offset are here.
    pub fn reach(&self) -> Result<u32, StoreError> {
        let reach =
            self.db.query_row("SELECT coalesce(max(generation), 0) FROM generations", [], |row| row.get(0));
        reach.map_err(sqlite_error("reading", &self.path))
    }

    /// Adds a layer as a generation, or as a part of one. `go_on` is asked between transactions; false leaves it
    /// undone and is given back.
    pub fn add(&mut self, layer: &Layer, go_on: impl Fn() -> bool) -> Result<bool, StoreError> {
        let add = || self.add_generation(layer, go_on);
        add().map_err(sqlite_error("adding to", &self.path))
    }

    /// Nothing is left to be added before this offset.
    pub fn save_reach(&mut self, offset: u32) -> Result<(), StoreError> {
        let sql = "INSERT INTO generations (generation, entries) VALUES (?1, 0) ON CONFLICT DO NOTHING";
        self.db.execute(sql, [offset]).map(drop).map_err(sqlite_error("adding to", &self.path))
    }

    /// Makes everything durable that was added.
    pub fn checkpoint(&self) -> Result<(), StoreError> {
        checkpoint(&self.db).map_err(sqlite_error("adding to", &self.path))
    }

    /// Up to `limit` entries of a log from `entry` on, without a gap, and the number of the first.
    pub fn find(&self, slot: u32, entry: u64, limit: usize) -> Result<Option<(u64, Vec<Span>)>, StoreError> {
        let find = || -> rusqlite::Result<_> {
            // One view of the database: meanwhile generations may become one.
            let transaction = self.db.unchecked_transaction()?;
            let generations = generations(&transaction)?;
            let Some((at, first)) = start(&transaction, &generations, slot, entry)? else { return Ok(None) };
            let mut spans = Vec::new();
            for (generation, _) in &generations[at..] {
                collect(&transaction, *generation, slot, first, limit, &mut spans)?;
            }
            Ok(Some((first, spans)))
        };
        find().map_err(sqlite_error("reading", &self.path))
    }

    /// The oldest entry of a log from `entry` on that is here.
    pub fn oldest(&self, slot: u32, entry: u64) -> Result<Option<u64>, StoreError> {
        let oldest = || -> rusqlite::Result<_> {
            let transaction = self.db.unchecked_transaction()?;
            start(&transaction, &generations(&transaction)?, slot, entry)
        };
        Ok(oldest().map_err(sqlite_error("reading", &self.path))?.map(|(_, entry)| entry))
    }

    /// For up to `limit` logs of a generation from `slot` on: the newest entry that is in it.
    pub fn newest(&self, generation: u32, slot: u32, limit: usize) -> Result<Vec<(u32, u64)>, StoreError> {
        let newest = || -> rusqlite::Result<Vec<(u32, u64)>> {
            let mut statement = self.db.prepare_cached(
                "SELECT slot, max(first_entry + length(spans) / 8 - 1) FROM runs \
                 WHERE generation = ?1 AND slot >= ?2 GROUP BY slot ORDER BY slot LIMIT ?3",
            )?;
            let rows = statement.query_map(params![generation, slot, limit as i64], |row| {
                Ok((row.get(0)?, row.get::<_, i64>(1)? as u64))
            })?;
            rows.collect()
        };
        newest().map_err(sqlite_error("reading", &self.path))
    }

    /// Says of each log's runs how many bytes of the segment they take.
    pub fn weigh(&self, mut each: impl FnMut(u32, u64)) -> Result<(), StoreError> {
        let mut weigh = || -> rusqlite::Result<()> {
            let transaction = self.db.unchecked_transaction()?;
            for (generation, _) in generations(&transaction)? {
                let mut statement =
                    transaction.prepare_cached("SELECT slot, spans FROM runs WHERE generation = ?1")?;
                let mut rows = statement.query([generation])?;
                while let Some(row) = rows.next()? {
                    let bytes = decode(row.get_ref(1)?.as_blob()?).map(|span| u64::from(span.bytes)).sum();
                    each(row.get(0)?, bytes);
                }
            }
            Ok(())
        };
        weigh().map_err(sqlite_error("reading", &self.path))
    }

    /// A log's runs, oldest first, each with its generation.
    pub fn runs_of(&self, slot: u32) -> Result<Vec<(u32, Run)>, StoreError> {
        let runs_of = || -> rusqlite::Result<Vec<(u32, Run)>> {
            let transaction = self.db.unchecked_transaction()?;
            let mut runs = Vec::new();
            for (generation, _) in generations(&transaction)? {
                let mut statement = transaction.prepare_cached(
                    "SELECT first_entry, spans FROM runs WHERE generation = ?1 AND slot = ?2 ORDER BY first_entry",
                )?;
                let mut rows = statement.query(params![generation, slot])?;
                while let Some(row) = rows.next()? {
                    let spans = decode(row.get_ref(1)?.as_blob()?).collect();
                    let first_entry = row.get::<_, i64>(0)? as u64;
                    runs.push((generation, Run { slot, first_entry, spans }));
                }
            }
            Ok(runs)
        };
        runs_of().map_err(sqlite_error("reading", &self.path))
    }

    /// Some of a run's entries are elsewhere now, or nowhere.
    pub fn replace(&self, generation: u32, run: &Run) -> Result<(), StoreError> {
        let sql = "UPDATE runs SET spans = ?4 WHERE generation = ?1 AND slot = ?2 AND first_entry = ?3";
        let replace = || -> rusqlite::Result<()> {
            let row = params![generation, run.slot, run.first_entry as i64, encode(&run.spans)];
            self.db.prepare_cached(sql)?.execute(row).map(drop)
        };
        replace().map_err(sqlite_error("changing", &self.path))
    }

    /// All generations, oldest first.
    pub fn generations(&self) -> Result<Vec<u32>, StoreError> {
        let all = generations(&self.db).map_err(sqlite_error("reading", &self.path))?;
        Ok(all.into_iter().map(|(generation, _)| generation).collect())
    }

    fn add_generation(&self, layer: &Layer, go_on: impl Fn() -> bool) -> rusqlite::Result<bool> {
        let generation = layer.reach;
        let mut entries = layer.rows() as u64;
        let mut merged = Vec::new();
        for (older, size) in generations(&self.db)?.into_iter().rev() {
            // Done by an attempt that failed later on.
            if older >= generation {
                return Ok(true);
            }
            if size > entries || entries + size > GENERATION {
                break;
            }
            entries += size;
            merged.push(older);
        }
        let mut runs: Vec<Run> = Vec::new();
        for older in &merged {
            load(&self.db, *older, &mut runs)?;
        }
        runs.extend(layer.runs());
        runs.sort_unstable_by_key(|run| (run.slot, run.first_entry));
        let runs = join(runs);
        for slice in runs.chunks(SLICE) {
            if !go_on() {
                return Ok(false);
            }
            let transaction = self.db.unchecked_transaction()?;
            let mut insert = transaction.prepare_cached(
                "INSERT INTO runs (generation, slot, first_entry, spans) VALUES (?1, ?2, ?3, ?4)",
            )?;
            for run in slice {
                insert.execute(params![generation, run.slot, run.first_entry as i64, encode(&run.spans)])?;
            }
            drop(insert);
            transaction.commit()?;
        }
        // The step that counts.
        let transaction = self.db.unchecked_transaction()?;
        for older in &merged {
            transaction.execute("DELETE FROM generations WHERE generation = ?1", [older])?;
        }
        transaction.execute(
            "INSERT INTO generations (generation, entries) VALUES (?1, ?2)",
            params![generation, entries as i64],
        )?;
        transaction.commit()?;
        for older in merged {
            remove(&self.db, older)?;
        }
        Ok(true)
    }
}

/// Generations and how many entries each has, oldest first.
fn generations(db: &Connection) -> rusqlite::Result<Vec<(u32, u64)>> {
    let mut statement =
        db.prepare_cached("SELECT generation, entries FROM generations ORDER BY generation")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64)))?;
    rows.collect()
}

/// The oldest entry from `entry` on, and the place of its generation.
fn start(
    db: &Connection,
    generations: &[(u32, u64)],
    slot: u32,
    entry: u64,
) -> rusqlite::Result<Option<(usize, u64)>> {
    let mut before = db.prepare_cached(
        "SELECT first_entry + length(spans) / 8 FROM runs \
         WHERE generation = ?1 AND slot = ?2 AND first_entry <= ?3 ORDER BY first_entry DESC LIMIT 1",
    )?;
    let mut after = db.prepare_cached(
        "SELECT first_entry FROM runs \
         WHERE generation = ?1 AND slot = ?2 AND first_entry > ?3 ORDER BY first_entry LIMIT 1",
    )?;
    let mut found = None;
    // From the newest: most readers are not far behind.
    for (at, (generation, _)) in generations.iter().enumerate().rev() {
        let end = before
            .query_row(params![generation, slot, entry as i64], |row| row.get::<_, i64>(0))
            .optional()?;
        if end.is_some_and(|end| end as u64 > entry) {
            return Ok(Some((at, entry)));
        }
        let next = after
            .query_row(params![generation, slot, entry as i64], |row| row.get::<_, i64>(0))
            .optional()?;
        if let Some(next) = next {
            found = Some((at, next as u64));
        }
        // Older generations end before this one does.
        if end.is_some() {
            break;
        }
    }
    Ok(found)
}

/// Adds what a generation has of a log to `spans`, which begin with the entry `first`.
fn collect(
    db: &Connection,
    generation: u32,
    slot: u32,
    first: u64,
    limit: usize,
    spans: &mut Vec<Span>,
) -> rusqlite::Result<()> {
    let mut next = first + spans.len() as u64;
    let mut statement = db.prepare_cached(
        "SELECT first_entry, spans FROM runs WHERE generation = ?1 AND slot = ?2 AND first_entry > ?3 \
         ORDER BY first_entry",
    )?;
    // The run that has `next` begins less than a whole run before it.
    let from = (next as i64).saturating_sub(RUN as i64);
    let mut rows = statement.query(params![generation, slot, from])?;
    while spans.len() < limit
        && let Some(row) = rows.next()?
    {
        let run_first = row.get::<_, i64>(0)? as u64;
        if run_first > next {
            break;
        }
        let skip = (next - run_first) as usize;
        let run = row.get_ref(1)?.as_blob()?;
        spans.extend(decode(run).skip(skip).take(limit - spans.len()));
        next = first + spans.len() as u64;
    }
    Ok(())
}

fn load(db: &Connection, generation: u32, runs: &mut Vec<Run>) -> rusqlite::Result<()> {
    let mut statement = db.prepare_cached(
        "SELECT slot, first_entry, spans FROM runs WHERE generation = ?1 ORDER BY slot, first_entry",
    )?;
    let mut rows = statement.query([generation])?;
    while let Some(row) = rows.next()? {
        let spans = decode(row.get_ref(2)?.as_blob()?).collect();
        runs.push(Run { slot: row.get(0)?, first_entry: row.get::<_, i64>(1)? as u64, spans });
    }
    Ok(())
}

/// Makes one run of those that follow each other, and several of those that are too long.
fn join(sorted: Vec<Run>) -> Vec<Run> {
    let mut joined: Vec<Run> = Vec::with_capacity(sorted.len());
    for run in sorted {
        let mut rest = &run.spans[..];
        let mut first_entry = run.first_entry;
        if let Some(last) = joined.last_mut()
            && last.slot == run.slot
            && last.first_entry + last.spans.len() as u64 == first_entry
        {
            let (fits, more) = rest.split_at(rest.len().min(RUN - last.spans.len()));
            last.spans.extend_from_slice(fits);
            first_entry += fits.len() as u64;
            rest = more;
        }
        for spans in rest.chunks(RUN) {
            joined.push(Run { slot: run.slot, first_entry, spans: spans.to_vec() });
            first_entry += spans.len() as u64;
        }
    }
    joined
}

/// What a crash left of generations that did not become complete, or were merged.
fn remove_incomplete(db: &Connection) -> rusqlite::Result<()> {
    let mut generation = -1i64;
    loop {
        let next: Option<i64> =
            db.query_row("SELECT min(generation) FROM runs WHERE generation > ?1", [generation], |row| {
                row.get(0)
            })?;
        let Some(next) = next else { return Ok(()) };
        generation = next;
        let complete: bool = db.query_row(
            "SELECT EXISTS (SELECT 1 FROM generations WHERE generation = ?1)",
            [generation],
            |row| row.get(0),
        )?;
        if !complete {
            remove(db, generation as u32)?;
        }
    }
}

/// In slices, which begin anew with whatever is left.
fn remove(db: &Connection, generation: u32) -> rusqlite::Result<()> {
    loop {
        let end: Option<u32> = db
            .prepare_cached("SELECT slot FROM runs WHERE generation = ?1 ORDER BY slot LIMIT 1 OFFSET ?2")?
            .query_row(params![generation, SLICE as i64], |row| row.get(0))
            .optional()?;
        // A log's runs go together, so a slice always makes progress.
        db.prepare_cached("DELETE FROM runs WHERE generation = ?1 AND slot <= ?2")?
            .execute(params![generation, end.unwrap_or(u32::MAX)])?;
        if end.is_none() {
            return Ok(());
        }
    }
}

fn encode(spans: &[Span]) -> Vec<u8> {
    let mut blob = Vec::with_capacity(spans.len() * SPAN_BYTES);
    for Span { offset, bytes } in spans {
        blob.extend_from_slice(&offset.to_le_bytes());
        blob.extend_from_slice(&bytes.to_le_bytes());
    }
    blob
}

fn decode(blob: &[u8]) -> impl Iterator<Item = Span> {
    let number = |bytes: &[u8]| bytes.try_into().map_or(0, u32::from_le_bytes);
    blob.chunks_exact(SPAN_BYTES)
        .map(move |span| Span { offset: number(&span[..4]), bytes: number(&span[4..]) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(n: u64) -> Span {
        Span { offset: n as u32, bytes: 10 }
    }

    /// Entries `from..to` of a log, each at the offset of its number.
    fn layer(reach: u32, logs: &[(u32, u64, u64)]) -> Layer {
        let mut layer = Layer::new(1, reach);
        for (slot, from, to) in logs {
            assert!((*from..*to).all(|entry| layer.add(*slot, entry, span(entry))));
        }
        layer
    }

    #[test]
    fn entries_are_found_across_generations_and_long_runs() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("1.idx");
        let mut index = Index::open(path.clone()).unwrap();
        // The second is too small to take in the first; the third takes in the second.
        assert!(index.add(&layer(100, &[(1, 1, 900), (2, 1, 2)]), || true).unwrap());
        assert!(index.add(&layer(200, &[(1, 900, 1_000), (3, 5, 7)]), || true).unwrap());
        assert!(index.add(&layer(300, &[(1, 1_000, 1_200), (2, 2, 5)]), || true).unwrap());
        assert_eq!(index.generations().unwrap(), [100, 300]);
        assert_eq!(index.reach().unwrap(), 300);
        let reader = Index::open_to_read(path).unwrap().unwrap();
        for entry in [1, 2, 255, 256, 257, 512, 899, 900, 901, 999, 1_000, 1_199] {
            for limit in [1, 3, 300, 5_000] {
                let (first, spans) = reader.find(1, entry, limit).unwrap().unwrap();
                let expected = (entry..1_200).take(limit).map(span);
                assert!(first == entry && spans.into_iter().eq(expected), "{limit} from {entry}");
            }
        }
        assert_eq!(reader.find(1, 1_200, 9).unwrap(), None);
        assert_eq!(
            reader.find(3, 1, 9).unwrap(),
            Some((5, vec![span(5), span(6)])),
            "what is older is not here"
        );
        assert_eq!(reader.oldest(2, 1).unwrap(), Some(1));
        assert_eq!(reader.oldest(2, 5).unwrap(), None);
        assert_eq!(reader.oldest(9, 1).unwrap(), None);
        assert_eq!(reader.newest(300, 1, 9).unwrap(), [(1, 1_199), (2, 4), (3, 6)]);
        assert_eq!(reader.newest(300, 2, 1).unwrap(), [(2, 4)]);
    }

    #[test]
    fn a_flush_that_was_interrupted_is_done_again_and_leaves_nothing() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("1.idx");
        let mut index = Index::open(path.clone()).unwrap();
        let many: Vec<_> = (0..2_000).map(|slot| (slot, 1, 2)).collect();
        let more: Vec<_> = (0..2_000).map(|slot| (slot, 2, 3)).collect();
        assert!(index.add(&layer(100, &many), || true).unwrap());
        let left = std::cell::Cell::new(2);
        assert!(!index.add(&layer(200, &more), || left.replace(left.get() - 1) > 0).unwrap());
        assert_eq!(index.reach().unwrap(), 100);
        assert_eq!(index.find(5, 1, 9).unwrap(), Some((1, vec![span(1)])), "nobody sees half of it");
        drop(index);
        let mut index = Index::open(path).unwrap();
        // More has come by then.
        assert!(index.add(&layer(250, &more), || true).unwrap());
        assert_eq!(index.generations().unwrap(), [250]);
        assert_eq!(index.find(5, 1, 9).unwrap(), Some((1, vec![span(1), span(2)])));
        let rows: i64 = index.db.query_row("SELECT count(*) FROM runs", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 2_000);
        assert!(index.add(&layer(250, &more), || true).unwrap(), "done already");
    }
}
