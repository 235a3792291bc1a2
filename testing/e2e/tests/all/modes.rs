//! Whose files these are: nobody else on the machine reads what a device keeps, backs up, saves or exports, whatever the umask.

use std::io::Write as _;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use casemate_e2e::app::App;
use casemate_e2e::files::fixture;
use casemate_e2e::person::Person;
use casemate_e2e::world::{Member, World};
use serde_json::{Value, json};

use crate::app::web;

/// A shell that closes nothing by itself.
const OPEN_TO_ALL: [&str; 3] = ["sh", "-c", "umask 000; exec \"$0\" \"$@\""];

/// What stands in these folders, and others may read or write.
fn open_to_others(folders: &[PathBuf]) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = folders.to_vec();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            let Ok(metadata) = path.symlink_metadata() else { continue };
            let mode = metadata.permissions().mode() & 0o777;
            let own = if metadata.is_dir() { 0o700 } else { 0o600 };
            if mode != own {
                found.push(format!("{} {mode:o}", path.display()));
            }
            if metadata.is_dir() {
                folders.push(path);
            }
        }
    }
    found
}

/// Looks at folders all the time: a file may be open for a moment.
struct Watch {
    over: Arc<AtomicBool>,
    found: JoinHandle<Vec<String>>,
}

impl Watch {
    fn of(folders: &[PathBuf]) -> Self {
        let (over, folders) = (Arc::new(AtomicBool::new(false)), folders.to_vec());
        let ends = over.clone();
        let found = std::thread::spawn(move || {
            let mut found = Vec::new();
            while !ends.load(Ordering::Relaxed) {
                found.extend(open_to_others(&folders));
                std::thread::yield_now();
            }
            found
        });
        Self { over, found }
    }

    fn found(self) -> Vec<String> {
        self.over.store(true, Ordering::Relaxed);
        let mut found = self.found.join().unwrap();
        found.sort();
        found.dedup();
        found
    }
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn modes_after_every_command_are_the_persons_alone() {
    let world = World::new();
    let (home, out) = (world.folder().join("anna"), world.folder().join("out"));
    std::fs::create_dir(&out).unwrap();
    let folders = [home.clone(), out.clone()];
    let watch = Watch::of(&folders);
    let mut anna = Person::start_under(&home, &OPEN_TO_ALL);
    anna.ask("account.create", json!({"name": "anna", "invite": world.server.invite()}));
    assert_eq!(mode(&home), 0o700);
    let mut anna = Member::of(anna);
    let mut ben = world.join("ben");
    let chat = anna.meet(&mut ben);
    let his = ben.pair_with(&anna.address.clone());
    let sent = anna.send_file(&chat, &fixture("photo-gps.jpg"), None);
    let file = ben.send_file(&his, &fixture("note.txt"), None);
    anna.sees(&chat, &file, "the file", |_| true);

    let chat_file = world.folder().join("WhatsApp Chat with Noor.zip");
    zip(&chat_file);
    let list = world.folder().join("list.txt");
    std::fs::write(&list, "evil.example\n").unwrap();
    let words = anna.ask("backup.passphrase", json!({}))["passphrase"].clone();
    let at = |name: &str| out.join(name);
    let save = |message: &str, name: &str| json!({"message": message, "index": 0, "path": at(name)});
    for (method, params) in [
        ("attachment.save", save(&file, "saved.txt")),
        ("attachment.save", save(&sent, "saved.jpg")),
        ("backup.create", json!({"passphrase": words, "path": at("backup")})),
        ("backup.create", json!({"passphrase": words, "path": at("backup")})),
        ("data.export", json!({"path": at("export.zip")})),
        ("report.create", json!({"messages": [file], "path": at("report.zip")})),
        ("report.create", json!({"messages": [file], "path": at("evidence"), "passphrase": words})),
        ("history.import", json!({"path": chat_file, "me": "Anna"})),
        ("indicators.import", json!({"path": list})),
        ("account.set", json!({"picture": fixture("photo-gps.jpg")})),
        ("backup.restore", json!({"passphrase": words, "path": at("backup")})),
        ("account.passphrase", json!({"new": "six words"})),
        ("account.passphrase", json!({"current": "six words"})),
    ] {
        anna.ask(method, params.clone());
        assert_eq!(open_to_others(&folders), Vec::<String>::new(), "after {method} {params}");
    }
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 6);
    anna.restart();
    anna.ask("account.show", json!({}));
    assert_eq!(open_to_others(&folders), Vec::<String>::new(), "after a restart");
    anna.event("the server", |event| event["type"] == "connection" && event["state"] == "online");
    anna.ask("account.delete", json!({"name": "anna"}));
    assert_eq!(watch.found(), Vec::<String>::new());
}

/// A chat with a picture, as another messenger exports it.
fn zip(path: &Path) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(fixture("photo-gps.jpg"), folder.path().join("photo.jpg")).unwrap();
    std::fs::write(folder.path().join("_chat.txt"), "31.12.23, 21:41 - Noor: photo.jpg (file attached)\n")
        .unwrap();
    let program = "import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], 'w') as made:\n  for name in ('_chat.txt', 'photo.jpg'): made.write(sys.argv[2] + '/' + name, name)";
    let made = Command::new("python3").arg("-c").arg(program).arg(path).arg(folder.path()).status().unwrap();
    assert!(made.success());
}

#[test]
fn modes_of_what_a_page_lends_are_the_persons_alone_and_a_second_run_leaves_it() {
    let world = World::new();
    let home = world.folder().join("app");
    let app = App::start_under(&OPEN_TO_ALL.map(str::to_owned), &home, &web(&world));
    assert_eq!(mode(&home), 0o700);
    // Half of a file is here, and its other half comes when this says so.
    let mut stream = TcpStream::connect(app.address()).unwrap();
    let head = format!(
        "POST /file?name=notes.txt HTTP/1.1\r\nhost: {}\r\norigin: http://{0}\r\nx-casemate-token: {}\r\ncontent-length: 8\r\n\r\nhalf",
        app.host(),
        app.token()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let lent = home.join("lent");
    let there = || casemate_e2e::files::below(&lent);
    casemate_e2e::eventually("half of a file", || (there().len() == 1).then_some(()));
    assert_eq!(open_to_others(std::slice::from_ref(&home)), Vec::<String>::new());
    stream.write_all(b"half").unwrap();
    let other = app.asks("POST", "/file?name=other.txt", b"other").1;
    let other: Value = serde_json::from_slice(&other).unwrap();
    assert_eq!(open_to_others(std::slice::from_ref(&home)), Vec::<String>::new());
    // Another run of the same home is refused, and what this one was lent stays.
    let mut second = casemate_e2e::binary::command(&["app"]);
    let second =
        second.args([Path::new("--home"), &home, Path::new("--web"), &web(&world)]).output().unwrap();
    assert!(!second.status.success());
    assert_eq!(std::fs::read(other["path"].as_str().unwrap()).unwrap(), b"other");
    assert_eq!(there().len(), 2);
    // A file that breaks off is not kept.
    let mut broken = TcpStream::connect(app.address()).unwrap();
    broken.write_all(head.as_bytes()).unwrap();
    casemate_e2e::eventually("half of another file", || (there().len() == 3).then_some(()));
    drop(broken);
    casemate_e2e::eventually("no half of a file", || (there().len() == 2).then_some(()));
    assert!(app.interrupt().success());
    assert_eq!(there(), Vec::<PathBuf>::new());
}
