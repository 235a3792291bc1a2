//! What a device's files still hold of something that is gone: every page of the database whether it is in use or free, the log
//! beside it, and the search index with its pieces put together again. Whoever has the key can read all of this.
//!
//! A device on disk has no key, so that its files are plain bytes: SQLCipher encrypts the very pages that SQLite writes.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::client::{Client, ClientId};
use crate::snapshot::quick_folder;
use crate::world::World;

/// Bytes of a key that are looked for together.
const CHUNK: usize = 32;

/// What a device's database has of keys.
pub struct Keys(HashSet<[u8; CHUNK]>);

impl Keys {
    /// Pieces that are not in `now` any more.
    pub fn gone(&self, now: &Self) -> Self {
        Self(self.0.difference(&now.0).copied().collect())
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }
}

impl World {
    /// A device without an account, whose database is a file as its driver keeps it.
    pub fn device_on_disk(&mut self, name: &str) -> ClientId {
        let folder = quick_folder();
        let path = folder.path().join("home.db");
        self.stolen.push(folder);
        let db = Connection::open(&path).expect("a database");
        db.execute_batch(casemate_engine::PRAGMAS).expect("a database as drivers keep it");
        let seed = self.seed.wrapping_mul(1_000).wrapping_add(self.clients.len() as u64);
        let mut client = Client::with_db(name, seed, db);
        client.file = Some(path);
        self.clients.push(client);
        ClientId(self.clients.len() - 1)
    }

    /// Where a word is found: names of columns, of indices, and of what no row has any more. The word is in Georgian letters, and nothing
    /// else in this world is.
    pub fn remains(&self, id: ClientId, word: &str) -> BTreeSet<String> {
        assert!(word.chars().all(is_planted), "{word}");
        let path = self.file_of(id);
        let mut found = BTreeSet::new();
        let log = std::fs::read(beside(path)).unwrap_or_default();
        if count(&log, word.as_bytes()) > 0 {
            found.insert("the log beside the database".to_owned());
        }
        let (_folder, db) = copy(path);
        let in_rows = rows_with(&db, word, &mut found);
        let file = std::fs::read(path).expect("the database");
        if count(&file, word.as_bytes()) > in_rows {
            found.insert("bytes that no row has".to_owned());
        }
        for index in ["words", "pairs"] {
            if indexed(&db, index) {
                found.insert(format!("the index {index}"));
            }
        }
        found
    }

    /// The keys that a device has now.
    pub fn keys(&self, id: ClientId) -> Keys {
        let (_folder, db) = copy(self.file_of(id));
        let mut statement = db.prepare("SELECT value FROM mls").expect("the table of keys");
        let values = statement.query_map([], |row| row.get::<_, Vec<u8>>(0)).expect("keys");
        let values: Vec<Vec<u8>> = values.collect::<Result<_, _>>().expect("keys");
        Keys(values.iter().flat_map(|value| value.windows(CHUNK)).filter_map(looks_random).collect())
    }

    /// Where the files still hold pieces of keys that are gone: rows of the table of keys, or what no row has.
    pub fn keys_left(&self, id: ClientId, gone: &Keys) -> BTreeSet<String> {
        let path = self.file_of(id);
        let left =
            |bytes: &[u8]| bytes.windows(CHUNK).filter_map(looks_random).any(|chunk| gone.0.contains(&chunk));
        let mut found = BTreeSet::new();
        for (name, path) in [("the database", path.to_owned()), ("the log beside it", beside(path))] {
            if left(&std::fs::read(&path).unwrap_or_default()) {
                found.insert(name.to_owned());
            }
        }
        if found.is_empty() {
            return found;
        }
        let (_folder, db) = copy(path);
        let mut statement = db.prepare("SELECT key, value FROM mls").expect("the table of keys");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("keys");
        for (key, value) in rows.collect::<Result<Vec<(Vec<u8>, Vec<u8>)>, _>>().expect("keys") {
            if left(&value) {
                found.insert(format!("the row {}", String::from_utf8_lossy(&key).escape_debug()));
            }
        }
        found
    }

    /// Bytes in the log beside a device's database.
    pub fn log_bytes(&self, id: ClientId) -> u64 {
        std::fs::metadata(beside(self.file_of(id))).map_or(0, |data| data.len())
    }

    /// Whether bytes are anywhere in a device's database or the log beside it, in use or free.
    pub fn holds(&self, id: ClientId, bytes: &[u8]) -> bool {
        let path = self.file_of(id);
        let files =
            [std::fs::read(path).expect("the database"), std::fs::read(beside(path)).unwrap_or_default()];
        files.iter().any(|file| count(file, bytes) > 0)
    }

    fn file_of(&self, id: ClientId) -> &Path {
        self.clients[id.0].file.as_deref().expect("a device on disk")
    }
}

/// Words are planted in letters that nothing else has.
fn is_planted(letter: char) -> bool {
    ('\u{10d0}'..='\u{10ff}').contains(&letter)
}

/// Names and numbers have few different bytes; keys have many, of which every other byte may only say that a number follows (CBOR).
/// The name of a row has zeros behind it.
fn looks_random(chunk: &[u8]) -> Option<[u8; CHUNK]> {
    let different = chunk.iter().collect::<BTreeSet<_>>().len();
    if different < 13 || chunk.is_ascii() || chunk.windows(4).any(|run| run == [0; 4]) {
        None
    } else {
        chunk.try_into().ok()
    }
}

fn beside(path: &Path) -> PathBuf {
    path.with_extension("db-wal")
}

/// The files as a thief takes them, opened elsewhere.
fn copy(path: &Path) -> (tempfile::TempDir, Connection) {
    let folder = quick_folder();
    let to = folder.path().join("home.db");
    std::fs::copy(path, &to).expect("a copy");
    if beside(path).exists() {
        std::fs::copy(beside(path), beside(&to)).expect("a copy");
    }
    let db = Connection::open(&to).expect("the copy");
    (folder, db)
}

fn count(bytes: &[u8], word: &[u8]) -> usize {
    let first = word[0];
    let starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == first);
    starts.filter(|(at, _)| bytes[*at..].starts_with(word)).count()
}

/// Notes the columns that have a word; how often all of them have it.
fn rows_with(db: &Connection, word: &str, found: &mut BTreeSet<String>) -> usize {
    let mut statement = db
        .prepare(
            "SELECT tables.name, columns.name FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
             WHERE tables.type = 'table' AND tables.sql NOT LIKE 'CREATE VIRTUAL%'",
        )
        .expect("the schema");
    let columns = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("columns");
    let columns: Vec<(String, String)> = columns.collect::<Result<_, _>>().expect("columns");
    let mut times = 0;
    for (table, column) in columns {
        let sql = format!(
            "SELECT CAST(\"{column}\" AS BLOB) FROM \"{table}\" WHERE instr(CAST(\"{column}\" AS BLOB), ?1) > 0"
        );
        let mut statement = db.prepare(&sql).expect("a column");
        let cells = statement.query_map([word.as_bytes()], |row| row.get::<_, Vec<u8>>(0)).expect("cells");
        for cell in cells {
            times += count(&cell.expect("a cell"), word.as_bytes());
            found.insert(format!("{table}.{column}"));
        }
    }
    times
}

/// Whether an index has a piece of any planted word, as its own pages have it: a row that only counts as gone is there.
fn indexed(db: &Connection, index: &str) -> bool {
    let mut statement =
        db.prepare(&format!("SELECT id, block FROM {index}_data WHERE id > 10")).expect("pages");
    let pages = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("pages");
    let pages: Vec<(i64, Vec<u8>)> = pages.collect::<Result<_, _>>().expect("pages");
    // Neither lists of rows that are gone nor indices of pages have terms (fts5_index.c, FTS5_SEGMENT_ROWID).
    let leaves = pages.iter().filter(|(id, _)| id >> 37 < 1 << 16 && id >> 36 & 1 == 0);
    let of_pages = leaves.flat_map(|(_, page)| terms(page));
    let mut statement = db.prepare(&format!("SELECT CAST(term AS BLOB) FROM {index}_idx")).expect("places");
    let places = statement.query_map([], |row| row.get::<_, Vec<u8>>(0)).expect("places");
    let of_places = places.map(|term| term.expect("a place"));
    of_pages.chain(of_places).any(|term| {
        let term = String::from_utf8_lossy(&term).into_owned();
        // `pairs` has the numbers of letters.
        let letters = term.trim_start_matches('0').split('g');
        let mut letters =
            letters.filter_map(|hex| u32::from_str_radix(hex, 16).ok()).filter_map(char::from_u32);
        term.chars().any(is_planted) || letters.any(is_planted)
    })
}

/// The terms of an index's page (fts5_index.c, "Segment leaf pages").
fn terms(page: &[u8]) -> Vec<Vec<u8>> {
    let end = usize::from(u16::from_be_bytes([page[2], page[3]]));
    let (mut at, mut start, mut all) = (end, 0, Vec::<Vec<u8>>::new());
    while at < page.len() {
        start += varint(page, &mut at);
        let mut place = start;
        let same = if all.is_empty() { 0 } else { varint(page, &mut place) };
        let more = varint(page, &mut place);
        let mut term = all.last().map_or(Vec::new(), |last| last[..same].to_vec());
        term.extend(&page[place..place + more]);
        all.push(term);
    }
    all
}

fn varint(bytes: &[u8], at: &mut usize) -> usize {
    let mut value = 0;
    loop {
        let byte = bytes[*at];
        *at += 1;
        value = value << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return value;
        }
    }
}
