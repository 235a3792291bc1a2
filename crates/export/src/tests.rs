//! An account that is not there, exported, and looked at again.

use std::cell::{Cell, RefCell};
use std::io::Write;

use casemate_api::command::ReportCreate;
use casemate_api::{Command, Error, Kind};
use casemate_history::Archive;
use futures_util::FutureExt;
use serde_json::{Value, json};

use crate::{Source, report, write};

/// Messages of its one conversation: three pages.
const MESSAGES: usize = 1_234;

/// What a file has in it.
const FILE: &[u8] = b"the bytes of a picture";

#[derive(Default)]
struct Fake {
    told: RefCell<Vec<(u64, u64)>>,
    /// Cancelled once so many questions were asked.
    patience: Option<usize>,
    asked: Cell<usize>,
    /// Reading files fails.
    broken: bool,
}

fn message(number: usize) -> Value {
    let file = |name: &str, state: &str| {
        let caption = if state == "offered" { "a ship" } else { "" };
        json!({
            "name": name, "kind": "photo", "type": "image/jpeg", "bytes": FILE.len(), "sha256": "00", "state": state,
            "caption": caption, "duration_ms": 0, "width": 1, "height": 1, "waveform": [1], "preview": "00"
        })
    };
    json!({
        "message": format!("{number:032x}"), "conversation": "c",
        "from": if number.is_multiple_of(2) { "ana@example.org" } else { "mira@example.org" },
        "at": "2026-11-20T18:00:05.000Z", "kind": "text", "text": format!("message {number} “{}”", "x".repeat(200)),
        "state": "read", "reply_to": null, "edited": number == 7, "deleted": false, "starred": false, "pinned": false,
        "view_once": number == 9, "mentions": [], "reactions": [],
        "attachments": match number {
            5 => vec![file("../../etc/passwd", "stored"), file("later.jpg", "offered")],
            9 => vec![file("once.jpg", "stored")],
            _ => Vec::new(),
        },
    })
}

impl Source for Fake {
    async fn ask(&self, command: Command) -> Result<Value, Error> {
        self.asked.set(self.asked.get() + 1);
        let chat = json!({
            "conversation": "c", "name": "../Mira/..", "kind": "group", "standing": "active", "unread": 0, "last": null,
            "members": [{"address": "ana@example.org", "name": "Ana", "admin": true}], "picture": "p",
        });
        Ok(match command {
            Command::AccountShow(_) => json!({
                "address": "ana@example.org", "name": "ana", "display_name": "Ana", "about": "", "device": "d",
                "devices": ["d"], "server": "https://example.org", "key_kept_in": "passphrase",
            }),
            Command::SettingsShow(_) => json!({"read_receipts": true}),
            Command::ContactList(_) => {
                let mira = json!({"address": "mira@example.org", "name": "Mira", "verified": true, "blocked": false});
                json!({"contacts": [mira]})
            }
            Command::ContactRequests(_) => json!({"requests": []}),
            Command::ListList(_) => json!({"lists": []}),
            Command::StorageUsage(_) => json!({
                "conversations": [{"conversation": "c", "messages": MESSAGES, "text_bytes": 1, "files": 1, "file_bytes": FILE.len()}],
                "database_bytes": 1, "file_bytes": FILE.len(),
            }),
            Command::ConversationList(_) | Command::ConversationShow(_) => json!({"conversations": [chat]}),
            Command::ConversationScheduled(_) => json!({"messages": []}),
            Command::ReportCreate(_) => {
                let mut theirs = message(1);
                theirs["answers"] = message(2);
                json!({"address": "mira@example.org", "name": "Mira", "messages": [theirs]})
            }
            Command::MessageHistory(_) => {
                json!({"versions": [{"at": "2026-11-20T18:00:00.000Z", "text": "before"}]})
            }
            Command::MessageList(list) => {
                // One message goes away while the export runs.
                if list.after.as_deref() == Some(&format!("{:032x}", 499)) && self.asked.get() < 12 {
                    return Err(Error::new(Kind::NotFound, "There is no such message."));
                }
                let first = match (&list.after, &list.from) {
                    (Some(after), _) => usize::from_str_radix(after, 16).unwrap() + 1,
                    (None, Some(from)) if from.starts_with("1970") => 0,
                    // All of that minute, some of which were there before.
                    _ => 490,
                };
                let messages: Vec<Value> =
                    (first..MESSAGES).take(list.limit.unwrap() as usize).map(message).collect();
                json!({"messages": messages})
            }
            other => panic!("not needed for an export: {other:?}"),
        })
    }

    async fn copy<W: Write>(&self, message: &str, _: u32, to: &mut W) -> Result<(), Error> {
        assert_ne!(message, format!("{:032x}", 9), "what is shown once is not copied");
        if self.broken {
            return Err(Error::new(Kind::NotFound, "gone"));
        }
        let bytes = if message == "p" { b"\xff\xd8picture" } else { FILE };
        to.write_all(bytes).map_err(|error| Error::new(Kind::Invalid, error.to_string()))
    }

    fn tell(&self, done: u64, of: u64) {
        self.told.borrow_mut().push((done, of));
    }

    fn is_cancelled(&self) -> bool {
        self.patience.is_some_and(|patience| self.asked.get() >= patience)
    }
}

fn export(fake: &Fake) -> (Vec<u8>, Result<casemate_api::view::Exported, Error>) {
    let mut bytes = Vec::new();
    let made = write(fake, &mut bytes).now_or_never().expect("nothing waits here");
    (bytes, made)
}

#[test]
fn all_of_it_is_there_and_can_be_read_again() {
    let fake = Fake::default();
    let (bytes, made) = export(&fake);
    let made = made.unwrap();
    assert_eq!((made.conversations, made.messages, made.files, made.left_out), (1, MESSAGES as u64, 1, 0));
    assert_eq!(made.bytes, bytes.len() as u64);
    let archive = Archive::open(&bytes).unwrap();
    let read = |name: &str| {
        let entry = archive.find(name).unwrap_or_else(|| panic!("{name} in {:?}", archive.entries));
        archive.read(entry).unwrap()
    };
    let all: Value = serde_json::from_slice(&read("messages.json")).unwrap();
    let messages = all["messages"].as_array().unwrap();
    let ids: std::collections::BTreeSet<&str> =
        messages.iter().map(|one| one["message"].as_str().unwrap()).collect();
    assert_eq!((messages.len(), ids.len()), (MESSAGES, MESSAGES), "each once");
    assert_eq!(messages[7]["versions"][0]["text"], "before");
    assert_eq!(messages[9]["text"], "");
    assert_eq!(messages[9]["attachments"], json!([]));
    let files = &messages[5]["attachments"];
    assert_eq!(files[0]["file"], "files/20261120T180005 00000000-0 _.._etc_passwd");
    assert_eq!(files[1]["file"], Value::Null);
    assert!(files[0].get("preview").is_none());
    assert_eq!(read("20261120T180005 00000000-0 _.._etc_passwd"), FILE);
    let text = String::from_utf8(read("chat.txt")).unwrap();
    assert!(text.contains("[2026-11-20 18:00:05] Mira: message 1 “"), "{text}");
    assert!(text.contains("Ana: message 2 “"));
    assert_eq!(read("picture.jpg"), b"\xff\xd8picture");
    let readme = String::from_utf8(read("README.txt")).unwrap();
    assert!(readme.contains("NOT ENCRYPTED") && !readme.contains("could not be read"), "{readme}");
    // Folders are names of one part each.
    let raw = String::from_utf8_lossy(&bytes);
    assert!(raw.contains("conversations/0001 _Mira_/messages.json") && !raw.contains("../"));
    let told = fake.told.borrow();
    let (done, of) = *told.last().unwrap();
    assert!(done == of && told.windows(2).all(|two| two[0].0 <= two[1].0) && told.len() <= 1_001);
}

#[test]
fn a_file_that_is_not_on_the_device_is_named_as_such_and_counted() {
    let (bytes, made) = export(&Fake::default());
    assert_eq!(made.unwrap().files_missing, 1);
    let archive = Archive::open(&bytes).unwrap();
    let read = |name: &str| String::from_utf8(archive.read(archive.find(name).unwrap()).unwrap()).unwrap();
    let chat = read("chat.txt");
    let named: Vec<&str> = chat.lines().filter_map(|line| line.strip_prefix("    -> ")).collect();
    let here = "files/20261120T180005 00000000-0 _.._etc_passwd";
    assert_eq!(named, [here, "later.jpg (not on this device): a ship"]);
    assert!(archive.find("20261120T180005 00000000-0 _.._etc_passwd").is_some(), "{:?}", archive.entries);
    let readme = read("README.txt");
    assert!(readme.contains("Files that were not on the device: 1."), "{readme}");
}

#[test]
fn a_report_has_no_words_of_those_who_were_answered() {
    let mut bytes = Vec::new();
    let made = report(&Fake::default(), ReportCreate::default(), &mut bytes).now_or_never();
    assert_eq!(made.expect("nothing waits here").unwrap().messages, 1);
    let archive = Archive::open(&bytes).unwrap();
    for name in ["report.json", "report.txt"] {
        let entry = archive.find(name).unwrap_or_else(|| panic!("{name} in {:?}", archive.entries));
        let text = String::from_utf8(archive.read(entry).unwrap()).unwrap();
        assert!(text.contains("message 1 "), "{text}");
        assert!(!text.contains("message 2 ") && !text.contains("answers"), "{text}");
    }
}

#[test]
fn files_that_are_gone_are_counted_and_cancelling_ends_it() {
    let (bytes, made) = export(&Fake { broken: true, ..Fake::default() });
    assert_eq!(made.unwrap().left_out, 1);
    let archive = Archive::open(&bytes).unwrap();
    let readme = archive.read(archive.find("README.txt").unwrap()).unwrap();
    assert!(String::from_utf8(readme).unwrap().contains("Files that could not be read: 1."));
    for patience in [0, 1, 5, 9, 12] {
        let (_, made) = export(&Fake { patience: Some(patience), ..Fake::default() });
        assert_eq!(made.unwrap_err().message, "The export was cancelled.", "{patience}");
    }
}

#[test]
fn a_full_disk_is_said() {
    struct Full(usize);
    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(std::io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    for room in [0, 100, 5_000] {
        let made = write(&Fake::default(), Full(room)).now_or_never().unwrap();
        assert_eq!(made.unwrap_err().kind, Kind::StorageFull, "{room}");
    }
}
