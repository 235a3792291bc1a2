//! A data folder whose files are missing, damaged, of another folder or of another day; and one that was restored.

use std::fs;
use std::path::Path;

use casemate_server::{Config, check, start};

use crate::client::{Client, config};
use crate::kit::Person;

const DATABASES: [&str; 3] = ["directory.db", "transparency.db", "delivery/meta.db"];

fn refused(config: Config, file: &str) {
    match start(config) {
        Ok(_) => panic!("it started, {file}"),
        Err(error) => {
            let text = error.to_string();
            assert!(text.contains(file) && text.contains("--accept-loss"), "{text}");
        }
    }
}

fn accepting(folder: &Path) -> Config {
    Config { accept_loss: true, ..config(folder) }
}

/// All files, as a backup of a folder that no server runs on.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for found in fs::read_dir(from).unwrap() {
        let (found, to) = (found.as_ref().unwrap().path(), to.join(found.unwrap().file_name()));
        if found.is_dir() {
            copy(&found, &to);
        } else {
            fs::copy(&found, &to).unwrap();
        }
    }
}

/// A folder on which somebody has an account.
async fn lived_in(folder: &Path, name: &str) {
    let server = start(config(folder)).unwrap();
    Client::connect(server.address).await.settle_in(&Person::new(name, 1)).await;
    tokio::task::spawn_blocking(move || server.stop()).await.unwrap();
}

#[tokio::test]
async fn database_that_is_missing_beside_the_others_is_refused() {
    let home = tempfile::tempdir().unwrap();
    lived_in(&home.path().join("whole"), "ana").await;
    for file in DATABASES {
        let folder = home.path().join(file.replace('/', "-"));
        copy(&home.path().join("whole"), &folder);
        fs::remove_file(folder.join(file)).unwrap();
        refused(config(&folder), file);
        refused(config(&folder), file);
        start(accepting(&folder)).unwrap().stop();
        start(config(&folder)).unwrap().stop();
    }
}

#[tokio::test]
async fn database_of_another_folder_or_day_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let (one, other, yesterday) =
        (home.path().join("one"), home.path().join("other"), home.path().join("before"));
    lived_in(&one, "ana").await;
    lived_in(&other, "bob").await;
    copy(&one, &yesterday);
    start(config(&one)).unwrap().stop();
    for file in DATABASES {
        for from in [&other, &yesterday] {
            let folder = home.path().join("mixed");
            let _ = fs::remove_dir_all(&folder);
            copy(&one, &folder);
            fs::copy(from.join(file), folder.join(file)).unwrap();
            match start(config(&folder)) {
                Ok(_) => panic!("it started with another {file}"),
                Err(error) => assert!(error.to_string().contains("--accept-loss"), "{error}"),
            }
            start(accepting(&folder)).unwrap().stop();
            start(config(&folder)).unwrap().stop();
        }
    }
    // The whole folder of yesterday is one.
    start(config(&yesterday)).unwrap().stop();
}

#[tokio::test]
async fn folder_of_a_version_before_ids_gets_its_id_at_its_first_start() {
    let home = tempfile::tempdir().unwrap();
    lived_in(home.path(), "ana").await;
    for file in DATABASES {
        rusqlite::Connection::open(home.path().join(file))
            .unwrap()
            .execute_batch("DROP TABLE folder")
            .unwrap();
    }
    start(config(home.path())).unwrap().stop();
    for file in DATABASES {
        let db = rusqlite::Connection::open(home.path().join(file)).unwrap();
        let starts: i64 = db.query_row("SELECT starts FROM folder", [], |row| row.get(0)).unwrap();
        assert_eq!(starts, 1);
    }
    fs::remove_file(home.path().join("directory.db")).unwrap();
    refused(config(home.path()), "directory.db");
}

#[tokio::test]
async fn a_start_that_ended_between_the_databases_is_no_other_day() {
    let home = tempfile::tempdir().unwrap();
    lived_in(home.path(), "ana").await;
    let db = rusqlite::Connection::open(home.path().join("directory.db")).unwrap();
    db.execute_batch("UPDATE folder SET starts = starts + 1, under_way = 1").unwrap();
    drop(db);
    start(config(home.path())).unwrap().stop();
    start(config(home.path())).unwrap().stop();
}

#[tokio::test]
async fn overwritten_pages_are_refused_and_named_by_the_check() {
    let home = tempfile::tempdir().unwrap();
    let whole = home.path().join("whole");
    lived_in(&whole, "ana").await;
    assert_eq!(check(&whole).unwrap(), Vec::<String>::new());
    for file in DATABASES {
        let folder = home.path().join(file.replace('/', "-"));
        copy(&whole, &folder);
        let path = folder.join(file);
        let db = rusqlite::Connection::open(&path).unwrap();
        db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        drop(db);
        let mut bytes = fs::read(&path).unwrap();
        let end = bytes.len().min(24_576);
        bytes[4_096..end].fill(0xa5);
        fs::write(&path, bytes).unwrap();
        refused(config(&folder), file);
        let lines = check(&folder).unwrap();
        assert!(lines.iter().any(|line| line.contains(file)), "{lines:?}");
    }
}

#[tokio::test]
async fn restored_acts_once_for_each_restore() {
    let home = tempfile::tempdir().unwrap();
    let (folder, backup) = (home.path().join("data"), home.path().join("backup"));
    lived_in(&folder, "ana").await;
    copy(&folder, &backup);
    let incarnation = async |restored: bool| {
        let server = start(Config { restored, ..config(&folder) }).unwrap();
        let incarnation = Client::connect(server.address).await.hello.incarnation;
        tokio::task::spawn_blocking(move || server.stop()).await.unwrap();
        incarnation
    };
    let first = incarnation(false).await;
    let restored = incarnation(true).await;
    assert_ne!(restored, first);
    // A unit file keeps it.
    for _ in 0..3 {
        assert_eq!(incarnation(true).await, restored);
    }
    // A backup is put in place, by new files or over the old ones.
    fs::remove_dir_all(&folder).unwrap();
    copy(&backup, &folder);
    let again = incarnation(true).await;
    assert!(again != restored && again != first);
    assert_eq!(incarnation(true).await, again);
    let marker = fs::read(folder.join("restored.done")).unwrap();
    copy(&backup, &folder);
    fs::write(folder.join("restored.done"), marker).unwrap();
    let over = incarnation(true).await;
    assert!(over != again);
    // Once without it, the next one counts.
    assert_eq!(incarnation(false).await, over);
    assert_ne!(incarnation(true).await, over);
}
