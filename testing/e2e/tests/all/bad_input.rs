//! Full disks, wrong clocks, taken ports, folders of a newer version: each says what to do, and nothing is lost.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use casemate_e2e::files::{below, fixture, large};
use casemate_e2e::person::Person;
use casemate_e2e::server::{Server, refused_start};
use casemate_e2e::world::{Member, World};
use serde_json::json;

#[test]
fn a_port_that_is_taken_and_a_folder_that_is_in_use() {
    let world = World::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = refused_start(&world.folder().join("another"), &address);
    let words = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(!said.status.success());
    assert!(words.contains(&address) && words.contains("in use"), "{words}");

    let said = refused_start(world.server.data(), "127.0.0.1:0");
    let words = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(words.contains(&world.server.data().display().to_string()), "{words}");
    world.join("anna").ask("sync", json!({}));
}

#[test]
fn folders_of_a_newer_version() {
    let mut world = World::new();
    let mut anna = world.join("anna");
    anna.ask("sync", json!({}));
    world.server.kill();
    for file in ["directory.db", "delivery/meta.db"] {
        let db = rusqlite::Connection::open(world.server.data().join(file)).unwrap();
        let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        db.execute_batch("PRAGMA user_version = 99").unwrap();
        drop(db);
        let said = refused_start(world.server.data(), "127.0.0.1:0");
        let words = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(words.contains("newer"), "{file}: {words}");
        let db = rusqlite::Connection::open(world.server.data().join(file)).unwrap();
        db.execute_batch(&format!("PRAGMA user_version = {version}")).unwrap();
    }
    world.server.restart();
    anna.until("the server", |anna| anna.try_ask("sync", json!({})).ok());

    // A device's key file says its version in the open.
    let home = anna.home().to_owned();
    anna.into_person().stop();
    let key = home.join("key");
    let kept = std::fs::read_to_string(&key).unwrap();
    let newer = kept.replacen("\"version\":1", "\"version\":99", 1);
    assert_ne!(newer, kept, "{}", kept.len());
    std::fs::write(&key, newer).unwrap();
    let mut later = Person::start(&home);
    let refused = later.refused("account.show", json!({}));
    assert!(refused.message.contains("newer"), "{refused:?}");
    later.stop_unopened();
    std::fs::write(&key, kept).unwrap();
    Person::start(&home).ask("account.show", json!({}));
}

/// Runs a program with a file system of `size` on `folder` that only it sees; `None` where that is not allowed.
fn small_disk(folder: &Path, size: &str) -> Option<Vec<String>> {
    std::fs::create_dir_all(folder).unwrap();
    let mount = format!("mount -t tmpfs -o size={size} tmpfs '{}' && exec \"$@\"", folder.display());
    let words = ["unshare", "-m", "sh", "-c", &mount, "sh"].map(str::to_owned).to_vec();
    let tried = Command::new(&words[0]).args(&words[1..]).arg("true").output();
    if tried.is_ok_and(|output| output.status.success()) {
        return Some(words);
    }
    println!("left out: mounting a small file system needs root");
    None
}

#[test]
fn a_full_disk_of_a_person() {
    let world = World::new();
    let home = world.folder().join("anna");
    let Some(wrapper) = small_disk(&home, "6m") else { return };
    let wrapper: Vec<&str> = wrapper.iter().map(String::as_str).collect();
    let mut person = Person::start_under(&home, &wrapper);
    person.ask("account.create", json!({"name": "anna", "invite": world.server.invite()}));
    let (mut anna, mut ben) = (Member::of(person), world.join("ben"));
    let chat = anna.meet(&mut ben);
    let big = world.folder().join("big.bin");
    large(&big, 12 * 1024 * 1024);
    let too_big = json!({"conversation": chat, "attachments": [{"path": big}]});
    let refused = anna.refused("message.send", too_big);
    assert_eq!(refused.kind, "storage_full", "{refused:?}");
    anna.say(&chat, "words still go");
    ben.hears("words still go");
    // What others send is not lost either: it waits on the server until there is room.
    let message = ben.send_file(&chat, &big, None);
    anna.sees(&chat, &message, "the file's description", |_| true);
    ben.say(&chat, "and still arrive");
    anna.hears("and still arrive");
}

#[test]
fn a_full_disk_of_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let Some(wrapper) = small_disk(&folder.path().join("server"), "24m") else { return };
    let server = Server::start_under(folder.path(), &wrapper);
    // `casemate invite` would not see that file system.
    let registration = server.url();
    let join = |name: &str| {
        let mut person = Person::start(&folder.path().join(name));
        person.ask("account.create", json!({"server": registration, "name": name}));
        Member::of(person)
    };
    let (mut anna, mut ben) = (join("anna"), join("ben"));
    let chat = anna.meet(&mut ben);
    let big = folder.path().join("big.bin");
    large(&big, 40 * 1024 * 1024);
    let message = anna.send_file(&chat, &big, None);
    let words = anna.say(&chat, "words");
    let failed = anna.sees(&chat, &message, "the failure", |found| found["state"] == "failed");
    assert!(failed["why"].as_str().is_some_and(|why| why.contains("no room")), "{failed}");
    // Files leave room for words.
    ben.hears("words");
    anna.reaches(&chat, &words, &["sent", "delivered"]);
    // Where something else takes that room too, words wait, and arrive once somebody made some.
    let inside = PathBuf::from(format!("/proc/{}/root{}", server.process(), server.data().display()));
    let junk = inside.join("junk");
    let filled = std::fs::write(&junk, vec![1; 24 * 1024 * 1024]);
    assert_eq!(filled.unwrap_err().kind(), std::io::ErrorKind::StorageFull);
    let more = anna.say(&chat, &"more words ".repeat(1_000));
    anna.until("the server's refusal", |_| server.log().contains("messages are refused").then_some(()));
    std::fs::remove_file(&junk).unwrap();
    anna.reaches(&chat, &more, &["sent", "delivered"]);
    assert!(!ben.messages(&chat).iter().any(|found| found["message"] == *message));
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

/// A library that moves the wall clock, for a process started with it; `None` without a C compiler.
fn clock_shim(folder: &Path) -> Option<String> {
    let (source, library) = (folder.join("clock.c"), folder.join("clock.so"));
    let text = r#"
        #define _GNU_SOURCE
        #include <stdlib.h>
        #include <time.h>
        #include <unistd.h>
        #include <sys/syscall.h>
        int clock_gettime(clockid_t clock, struct timespec *at) {
            long got = syscall(SYS_clock_gettime, clock, at);
            const char *by = getenv("CLOCK_SHIM_SECONDS");
            if (got == 0 && clock == CLOCK_REALTIME && by) at->tv_sec += atol(by);
            return (int)got;
        }"#;
    std::fs::write(&source, text).unwrap();
    let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status();
    if built.is_ok_and(|status| status.success()) {
        return Some(library.display().to_string());
    }
    println!("left out: no C compiler to move the clock with");
    None
}

#[test]
fn a_clock_that_is_wrong_by_years() {
    let world = World::new();
    let Some(shim) = clock_shim(world.folder()) else { return };
    let years = |years: i64| format!("CLOCK_SHIM_SECONDS={}", years * 365 * 24 * 3_600);
    let preload = format!("LD_PRELOAD={shim}");
    let mut ben = world.join("ben");
    for (name, off) in [("past", -9), ("future", 12)] {
        let person = ["env", &preload, &years(off)].map(str::to_owned);
        let wrapper: Vec<&str> = person.iter().map(String::as_str).collect();
        let mut person = Person::start_under(&world.folder().join(name), &wrapper);
        person.ask("account.create", json!({"name": name, "invite": world.server.invite()}));
        let mut person = Member::of(person);
        let chat = person.meet(&mut ben);
        let words = format!("from the {name}");
        let message = person.say(&chat, &words);
        let heard = ben.hears(&words);
        person.reaches(&chat, &message, &["sent", "delivered", "read"]);
        let answer = format!("to the {name}");
        ben.say(&chat, &answer);
        person.hears(&answer);
        // The server's time stands in the log, and both show it.
        let own = person.sees(&chat, &message, "the message", |_| true);
        assert_eq!(own["at"], heard["at"], "{name}");
        let photo = person.send_file(&chat, &fixture("photo-gps.jpg"), Some("photo"));
        ben.sees(&chat, &photo, "the photo", |found| found["attachments"][0]["state"] == "stored");
        // Receipts are batched by seconds, not by years.
        person.reaches(&chat, &message, &["delivered", "read"]);
        person.restart();
        person.ask("sync", json!({}));
        assert_eq!(person.texts(&chat)[..2], [words, answer]);
    }
}

#[test]
fn nothing_is_readable_by_others_on_the_machine() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    let mut anna = world.join("anna");
    anna.ask("sync", json!({}));
    for path in below(anna.home()).iter().filter(|path| path.file_name().is_some_and(|name| name == "key")) {
        let mode = std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", path.display());
    }
    for folder in [anna.home(), world.server.data()] {
        let mode = std::fs::metadata(folder).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o700, "{}", folder.display());
    }
}
