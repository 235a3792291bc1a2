//! The databases of a data folder know each other: each has the folder's id and counts its starts. One that is missing beside the others,
//! of another folder, or of another day is refused, before anything is made in its place.
//!
//! ```text
//! start: look at all ─▶ directory.db: under way, n + 1 ─▶ the others: n + 1 ─▶ directory.db: done
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use rand_core::{OsRng, RngCore};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};

use super::StartError;
use crate::directory::LOG_FILE;

/// For so long each of them is looked at at a start. `--check` has no end.
const LOOKED_AT: Duration = Duration::from_secs(2);

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS folder ( -- one row
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id BLOB NOT NULL,
    starts INTEGER NOT NULL,
    under_way INTEGER NOT NULL -- the others may have one start less
) STRICT;
";

/// What one of them says of the folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    id: [u8; 16],
    starts: i64,
    under_way: bool,
}

/// What was found: who the folder is, where it is one already.
#[derive(Debug, Clone, Copy)]
pub struct Belonging {
    id: [u8; 16],
    starts: i64,
}

impl Belonging {
    /// How often a server was started on it.
    pub fn starts(&self) -> i64 {
        self.starts
    }
}

/// The databases of a folder, the directory's first.
pub fn databases(folder: &Path) -> [PathBuf; 3] {
    [folder.join("directory.db"), folder.join(LOG_FILE), folder.join("delivery").join("meta.db")]
}

/// Looks whether what is in a folder belongs together and is whole, as far as a short look shows. With `accept_loss` it goes on in any
/// case and says in the log what it found.
pub fn look(folder: &Path, accept_loss: bool) -> Result<Belonging, StartError> {
    let objects = |file: &Path, what: &str| {
        let error = StartError::NotTogether { file: file.to_path_buf(), what: what.to_owned() };
        if !accept_loss {
            return Err(error);
        }
        tracing::error!(file = %file.display(), "going on, since --accept-loss was given: {error}");
        Ok(())
    };
    let files = databases(folder);
    let there = files.each_ref().map(|file| fs::metadata(file).is_ok_and(|metadata| metadata.len() > 0));
    let mut marks = [None; 3];
    for ((file, there), mark) in files.iter().zip(there).zip(&mut marks) {
        if there {
            match read(file) {
                Ok(found) => *mark = found,
                Err(error) => objects(file, &format!("is damaged ({error})"))?,
            }
        }
    }
    let new = Belonging { id: random(), starts: 0 };
    let has_logs = has_segments(&folder.join("delivery").join("segments"));
    let Some(first) = marks.iter().flatten().next().copied() else {
        // Of a version before ids, or new.
        let [directory, list, meta] = there;
        let others = list || meta || has_logs;
        if !directory && others {
            objects(&files[0], "is missing, and other files of the folder are there")?;
        }
        if !meta && has_logs {
            objects(&files[2], "is missing, and logs are there")?;
        }
        return Ok(new);
    };
    let known = marks[0].unwrap_or(first);
    for ((file, there), mark) in files.iter().zip(there).zip(marks) {
        match mark {
            None if known.under_way && known.starts == 1 => {}
            None if !there => objects(file, "is missing, and other files of the folder are there")?,
            None => objects(file, "is not of this folder, or of a time before the others were made")?,
            Some(mark) if mark.id != known.id => objects(file, "is of another folder")?,
            Some(mark) if mark.starts == known.starts => {}
            Some(mark) if known.under_way && mark.starts + 1 == known.starts => {}
            Some(_) => objects(file, "is of another day than the others")?,
        }
    }
    let highest = marks.iter().flatten().map(|mark| mark.starts).max().unwrap_or(0);
    // A start that did not come to its end is noted once more under its number, so that the others are never more than one behind.
    let starts = if known.under_way && known.starts == highest { highest - 1 } else { highest };
    Ok(Belonging { id: known.id, starts })
}

/// A server has been started on the folder: all of them know it.
pub fn note_start(folder: &Path, before: Belonging) -> Result<(), StartError> {
    let files = databases(folder);
    let mark = Mark { id: before.id, starts: before.starts + 1, under_way: true };
    let write = |file: &PathBuf, mark| {
        let error = |error| StartError::DataFolder { path: file.clone(), error: io::Error::other(error) };
        write(file, mark).map_err(error)
    };
    write(&files[0], mark)?;
    files[1..].iter().try_for_each(|file| write(file, Mark { under_way: false, ..mark }))?;
    write(&files[0], Mark { under_way: false, ..mark })
}

/// Looks for damage, not for longer than `at_most`: what SQLite says, or none.
pub fn damage(file: &Path, at_most: Option<Duration>) -> Result<Option<String>, rusqlite::Error> {
    let db = open(file)?;
    let check = match at_most {
        Some(_) => "PRAGMA quick_check(1)",
        None => "PRAGMA integrity_check(20)",
    };
    let (done, ended) = channel::<()>();
    let interrupt = db.get_interrupt_handle();
    let waits = at_most.map(|at_most| {
        std::thread::spawn(move || {
            if ended.recv_timeout(at_most) == Err(RecvTimeoutError::Timeout) {
                interrupt.interrupt();
            }
        })
    });
    let found = said(&db, check);
    drop(done);
    if waits.is_some_and(|waits| waits.join().is_err()) {
        tracing::error!("the thread that ends a look at a database had panicked");
    }
    match found {
        Ok(lines) if lines.iter().all(|line| line == "ok") => Ok(None),
        Ok(lines) => Ok(Some(lines.join("; "))),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
            tracing::info!(file = %file.display(), "too large to be looked at as a whole now; --check does");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn said(db: &Connection, check: &str) -> Result<Vec<String>, rusqlite::Error> {
    let mut statement = db.prepare(check)?;
    let lines = statement.query_map([], |row| row.get(0))?;
    lines.collect()
}

fn open(file: &Path) -> Result<Connection, rusqlite::Error> {
    // Not read-only: what a crash left beside it is carried over first.
    Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}

/// What it says of its folder; the error is in SQLite's words.
fn read(file: &Path) -> Result<Option<Mark>, String> {
    let found = damage(file, Some(LOOKED_AT)).map_err(|error| error.to_string())?;
    if let Some(found) = found {
        return Err(found);
    }
    let mark = || -> rusqlite::Result<Option<Mark>> {
        let db = open(file)?;
        let is_marked = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'folder'")?.exists([])?;
        if !is_marked {
            return Ok(None);
        }
        db.query_row("SELECT id, starts, under_way FROM folder", [], |row| {
            Ok(Mark { id: row.get(0)?, starts: row.get(1)?, under_way: row.get(2)? })
        })
        .optional()
    };
    mark().map_err(|error| error.to_string())
}

fn write(file: &Path, mark: Mark) -> Result<(), rusqlite::Error> {
    let mut db = open(file)?;
    db.busy_timeout(Duration::from_secs(10))?;
    db.execute_batch("PRAGMA synchronous = FULL")?;
    let transaction = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    transaction.execute_batch(SCHEMA)?;
    transaction.execute(
        "INSERT OR REPLACE INTO folder (one, id, starts, under_way) VALUES (1, ?1, ?2, ?3)",
        (mark.id, mark.starts, mark.under_way),
    )?;
    transaction.commit()
}

fn has_segments(folder: &Path) -> bool {
    let Ok(found) = fs::read_dir(folder) else { return false };
    found.flatten().any(|file| file.path().extension().is_some_and(|extension| extension == "seg"))
}

fn random() -> [u8; 16] {
    let mut id = [0; 16];
    OsRng.fill_bytes(&mut id);
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_that_fails_again_and_again_leaves_a_folder_that_starts() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("delivery")).unwrap();
        let files = databases(home.path());
        for file in &files {
            Connection::open(file)
                .unwrap()
                .execute_batch("CREATE TABLE something (one INTEGER) STRICT")
                .unwrap();
        }
        let before = look(home.path(), false).unwrap();
        note_start(home.path(), before).unwrap();
        for _ in 0..3 {
            // Nothing can be written after the first file.
            let before = look(home.path(), false).unwrap();
            assert_eq!(before.starts(), 1);
            write(&files[0], Mark { id: before.id, starts: before.starts + 1, under_way: true }).unwrap();
        }
        note_start(home.path(), look(home.path(), false).unwrap()).unwrap();
        assert_eq!(look(home.path(), false).unwrap().starts(), 2);
        // One of another day is refused all the same.
        write(&files[2], Mark { id: before.id, starts: 1, under_way: false }).unwrap();
        assert!(matches!(look(home.path(), false), Err(StartError::NotTogether { .. })));
    }
}
