//! What the server's disk, its log and the wire show after a long conversation: none of the words, names and files,
//! and nothing that ties an account to a conversation.

use std::collections::BTreeSet;
use std::path::Path;

use casemate_e2e::files::{below, contains, fixture};
use casemate_e2e::world::{World, text};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use rusqlite::types::Value as Cell;
use serde_json::json;

const WORDS: [&str; 13] = [
    "Rendezvous bei der alten Mühle um Mitternacht",
    "लाल गुब्बारे आसमान में",
    "corrected: the heron flies south",
    "a reaction to nothing but Quokkas",
    "Verein der Zimmerpflanzenfreunde",
    "Committee for Umbrella Reform",
    "Annabelle Sonnenschein-Vogelsang",
    "Collects porcelain hedgehogs",
    "We met at the lighthouse in Travemünde",
    "umbrella-statutes-draft-seven.txt",
    "Paragraph four: every umbrella shall be returned dry",
    "caption under the umbrella",
    "🦔🦔🦔 hedgehog parade",
];

#[test]
fn the_server_and_the_wire_show_nothing_of_what_was_said() {
    let (mut world, tap) = World::tapped();
    tap.keep();
    let (mut anna, mut ben, mut cara) =
        (world.join("annabelle"), world.join("benedict"), world.join("caroline"));
    anna.ask("account.set", json!({"display_name": WORDS[6], "about": WORDS[7]}));
    anna.ask("contact.knock", json!({"to": ben.address, "note": WORDS[8]}));
    ben.event("a knock", |event| event["type"] == "contact.requested" && event["note"] == WORDS[8]);
    ben.ask("contact.accept", json!({"who": anna.address}));
    let pair = anna.pair_with(&ben.address);
    ben.pair_with(&anna.address);
    anna.meet(&mut cara);
    let group = anna.group(WORDS[4], &mut [&mut ben, &mut cara]);
    let first = anna.say(&group, WORDS[0]);
    ben.hears(WORDS[0]);
    cara.hears(WORDS[0]);
    anna.say(&pair, WORDS[1]);
    anna.ask("message.edit", json!({"message": first, "text": WORDS[2]}));
    cara.ask("message.send", json!({"conversation": group, "text": WORDS[3], "reply_to": first}));
    ben.ask("message.react", json!({"message": first, "emoji": "🦔"}));
    anna.ask("conversation.set", json!({"conversation": group, "name": WORDS[5]}));
    let file = world.folder().join(WORDS[9]);
    std::fs::write(&file, WORDS[10].repeat(3_000)).unwrap();
    let files =
        json!([{"path": file, "caption": WORDS[11]}, {"path": fixture("photo-gps.jpg"), "kind": "photo"}]);
    let sent = ben.ask("message.send", json!({"conversation": group, "attachments": files}));
    let sent = text(&sent["message"]);
    cara.sees(&group, &sent, "the files", |_| true);
    let to = world.folder().join("saved.txt");
    cara.ask("attachment.save", json!({"message": sent, "index": 0, "path": to}));
    for number in 0..60 {
        anna.say(&group, &format!("{} {number}", WORDS[12]));
        ben.say(&group, &format!("{} again {number}", WORDS[12]));
    }
    cara.hears(&format!("{} again 59", WORDS[12]));
    anna.ask("conversation.remove", json!({"conversation": group, "members": [cara.address]}));
    cara.until("being removed", |me| (me.conversation(&group)["standing"] == "removed").then_some(()));
    for person in [&mut anna, &mut ben, &mut cara] {
        person.ask("sync", json!({}));
    }
    let devices: Vec<Vec<u8>> = [&mut anna, &mut ben, &mut cara]
        .map(|person| hex::decode(text(&person.ask("account.show", json!({}))["device"])).unwrap())
        .into();
    let searched = ben.ask("message.search", json!({"text": "heron flies"}));
    assert_eq!(searched["messages"][0]["text"], WORDS[2], "the words were said");
    // What a crash leaves is what a thief finds.
    world.server.kill();

    let mut shown: Vec<(String, Vec<u8>)> = Vec::new();
    for path in below(world.server.data()) {
        shown.push((path.display().to_string(), std::fs::read(&path).unwrap()));
    }
    shown.push(("the log".into(), world.server.log().into_bytes()));
    shown.extend(
        tap.spoken().into_iter().enumerate().map(|(number, bytes)| (format!("wire {number}"), bytes)),
    );
    let mut tables = Vec::new();
    for path in below(world.server.data()).iter().filter(|path| is_sqlite(path)) {
        tables.extend(read_tables(path));
    }
    for table in &tables {
        shown.push((table.name.clone(), table.rows.iter().flatten().flat_map(bytes_of).collect()));
    }
    // The search finds what is there.
    let wire = |needle: &[u8]| shown.iter().any(|(name, b)| name.starts_with("wire") && contains(b, needle));
    assert!(wire(b"benedict"), "a look-up by handle passed, unmasked");
    assert!(shown.iter().any(|(_, bytes)| contains(bytes, b"annabelle")), "the directory has handles");

    for words in WORDS {
        for form in forms(words) {
            let found = shown.iter().find(|(_, bytes)| contains(bytes, &form));
            assert!(found.is_none(), "{words:?} is in {}", found.unwrap().0);
        }
    }

    let directory = tables.iter().find(|table| table.columns.iter().any(|name| name == "handle")).unwrap();
    let accounts = directory.column("account");
    let mut logs: Vec<Vec<u8>> = [&group, &pair].map(|id| hex::decode(id).unwrap()).into();
    for table in tables.iter().filter(|table| table.columns.iter().any(|name| name == "log")) {
        logs.extend(table.column("log"));
    }
    assert_eq!(accounts.len(), 3);
    let delivery = below(&world.server.data().join("delivery"));
    let has = |id: &Vec<u8>| delivery.iter().any(|path| contains(&std::fs::read(path).unwrap(), id));
    assert!(logs.iter().all(has), "a conversation's id is the id of its log");
    ties_nothing(&tables, &world.server.data().join("delivery"), &accounts, &devices, &logs);
    log_ties_nothing(&world.server.log(), &accounts, &devices, &logs);
}

/// No table, by name or by value, and no file of the delivery store ties an account to a log.
fn ties_nothing(
    tables: &[Table],
    delivery: &Path,
    accounts: &[Vec<u8>],
    devices: &[Vec<u8>],
    logs: &[Vec<u8>],
) {
    let account_ish = ["account", "handle", "device", "manifest", "inbox", "address"];
    let log_ish = ["log", "reader", "write", "entry", "segment", "conversation", "slot"];
    let has = |table: &Table, names: &[&str]| {
        let all: BTreeSet<&str> =
            table.columns.iter().map(String::as_str).chain([table.name.as_str()]).collect();
        names
            .iter()
            .any(|name| all.iter().any(|column| column.split(['_', '/', ' ']).any(|word| word == *name)))
    };
    for table in tables {
        assert!(!(has(table, &account_ish) && has(table, &log_ish)), "{} {:?}", table.name, table.columns);
        let bytes: Vec<u8> = table.rows.iter().flatten().flat_map(bytes_of).collect();
        let people = accounts.iter().chain(devices).any(|id| contains(&bytes, id));
        assert!(!(people && logs.iter().any(|id| contains(&bytes, id))), "{} has both", table.name);
    }
    for path in below(delivery) {
        let bytes = std::fs::read(&path).unwrap();
        for id in accounts.iter().chain(devices) {
            assert!(!contains(&bytes, id), "{} has an account or a device", path.display());
            assert!(!contains(&bytes, hex::encode(id).as_bytes()), "{}", path.display());
        }
        for handle in ["annabelle", "benedict", "caroline"] {
            assert!(!contains(&bytes, handle.as_bytes()), "{} has a handle", path.display());
        }
    }
}

fn log_ties_nothing(log: &str, accounts: &[Vec<u8>], devices: &[Vec<u8>], logs: &[Vec<u8>]) {
    assert!(log.lines().count() > 0);
    let short = |ids: &[Vec<u8>]| ids.iter().map(|id| hex::encode(&id[..4])).collect::<Vec<_>>();
    let (mut people, logs) = (short(accounts), short(logs));
    people.extend(short(devices));
    people.extend(["annabelle", "benedict", "caroline"].map(str::to_owned));
    for line in log.lines() {
        let names = |ids: &[String]| ids.iter().any(|id| line.contains(id));
        assert!(!(names(&people) && names(&logs)), "a log line ties a person to a conversation: {line}");
    }
}

struct Table {
    name: String,
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    fn column(&self, name: &str) -> Vec<Vec<u8>> {
        let place = self.columns.iter().position(|column| column == name).unwrap();
        self.rows.iter().map(|row| bytes_of(&row[place])).collect()
    }
}

fn read_tables(path: &Path) -> Vec<Table> {
    let db = rusqlite::Connection::open(path).unwrap();
    let mut names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
    let names: Vec<String> = names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let read = |name: String| {
        let mut rows = db.prepare(&format!("SELECT * FROM \"{name}\"")).unwrap();
        let columns: Vec<String> = rows.column_names().map(str::to_owned).collect();
        let width = columns.len();
        let cells = rows.query_map([], |row| (0..width).map(|place| row.get::<_, Cell>(place)).collect());
        let rows = cells.unwrap().map(Result::unwrap).collect();
        let file = path.file_name().unwrap().to_string_lossy();
        Table { name: format!("{file}/{name}"), columns, rows }
    };
    names.into_iter().map(read).collect()
}

fn is_sqlite(path: &Path) -> bool {
    std::fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"SQLite format 3\0"))
}

fn bytes_of(cell: &Cell) -> Vec<u8> {
    match cell {
        Cell::Blob(bytes) => bytes.clone(),
        Cell::Text(text) => text.clone().into_bytes(),
        Cell::Integer(_) | Cell::Real(_) | Cell::Null => Vec::new(),
    }
}

/// As UTF-8, UTF-16 of both orders, hexadecimal, and base64 at each of its three offsets.
fn forms(words: &str) -> Vec<Vec<u8>> {
    let bytes = words.as_bytes();
    let utf16 = |order: fn(u16) -> [u8; 2]| words.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let mut forms = vec![bytes.to_vec(), utf16(u16::to_le_bytes), utf16(u16::to_be_bytes)];
    forms.push(hex::encode(bytes).into_bytes());
    forms.push(hex::encode_upper(bytes).into_bytes());
    for offset in 0..3 {
        let mut shifted = vec![0; offset];
        shifted.extend_from_slice(&bytes[..(bytes.len() - offset) / 3 * 3]);
        let whole = shifted.len() / 3 * 3;
        // The first group has the bytes before, which are not known.
        let skip = if offset == 0 { 0 } else { 4 };
        forms.push(BASE64.encode(&shifted[..whole]).as_bytes()[skip..].to_vec());
        forms.push(BASE64URL_NOPAD.encode(&shifted[..whole]).as_bytes()[skip..].to_vec());
    }
    forms
}

#[test]
fn a_thief_of_a_device_reads_nothing() {
    let world = World::new();
    let (mut anna, mut ben) = (world.join("anna"), world.join("ben"));
    let chat = anna.meet(&mut ben);
    anna.say(&chat, WORDS[0]);
    ben.hears(WORDS[0]);
    ben.kill();
    for path in below(ben.home()).iter().chain([&ben.home().with_extension("log")]) {
        let bytes = std::fs::read(path).unwrap();
        assert!(!is_sqlite(path), "{}", path.display());
        for form in forms(WORDS[0]) {
            assert!(!contains(&bytes, &form), "{} shows a message", path.display());
        }
    }
}
