//! The history in an encrypted file: written by the real binary, read by it and by a program that knows only the document.

use casemate_e2e::files::{contains, fixture, read_by_another, sha256};
use casemate_e2e::person::Person;
use casemate_e2e::world::{Member, World};
use serde_json::{Value, json};

fn passphrase(member: &mut Member) -> String {
    let made = member.ask("backup.passphrase", json!({}))["passphrase"].as_str().unwrap().to_owned();
    assert_eq!(made.split(' ').count(), 6);
    made
}

/// Texts of a conversation, as the reader found them.
fn texts(told: &Value, has: &str) -> Vec<String> {
    let conversations = told["conversations"].as_array().unwrap();
    let texts = |conversation: &Value| -> Vec<String> {
        let messages = conversation["messages"].as_array().unwrap();
        let said = messages.iter().filter(|message| message["kind"] == "text");
        said.map(|message| message["text"].as_str().unwrap().to_owned()).collect()
    };
    conversations.iter().map(texts).find(|texts| texts.iter().any(|text| text == has)).expect(has)
}

fn texts_here(person: &mut Person, chat: &str) -> Vec<String> {
    let listed = person.ask("message.list", json!({"conversation": chat, "limit": 1000}));
    let messages = listed["messages"].as_array().unwrap().clone();
    let said = messages.iter().filter(|message| message["kind"] == "text");
    said.map(|message| message["text"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_backup_is_read_from_the_document_alone_and_grows_by_what_is_new() {
    let world = World::new();
    let (mut anna, mut ben) = (world.join("anna"), world.join("ben"));
    let chat = anna.meet(&mut ben);
    for number in 0..200 {
        anna.say(&chat, &format!("number {number}"));
    }
    anna.say(&chat, "the secret place is the mill 🌾");
    let photo = anna.send_file(&chat, &fixture("photo-gps.jpg"), Some("document"));
    anna.ask("message.react", json!({"message": photo, "emoji": "👍"}));
    anna.ask("message.send", json!({"conversation": chat, "text": "only once", "view_once": true}));
    anna.ask("sync", json!({}));
    let words = passphrase(&mut anna);
    let path = world.folder().join("anna.backup");
    let made = anna.ask("backup.create", json!({"passphrase": words, "path": path}));
    assert_eq!((&made["files"], &made["left_out"]), (&json!(1), &json!(0)), "{made}");
    anna.event("how far it is", |event| event["type"] == "backup.progress" && event["done"] == event["of"]);
    let bytes = std::fs::read(&path).unwrap();
    for clear in ["the secret place", "anna@", "photo-gps"] {
        assert!(!contains(&bytes, clear.as_bytes()), "{clear} is in clear");
    }

    let folder = world.folder().join("files");
    std::fs::create_dir(&folder).unwrap();
    let told = read_by_another("read_backup.py", &[&path, &folder], &words.to_uppercase()).unwrap();
    assert_eq!(told["address"], anna.address);
    let read = texts(&told, "number 7");
    let mut expected: Vec<String> = (0..200).map(|number| format!("number {number}")).collect();
    expected.extend(["the secret place is the mill 🌾".to_owned(), String::new()]);
    assert_eq!(read, expected, "all that was said, in its order, and nothing that is shown once");
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(
        files.iter().map(|file| sha256(file)).collect::<Vec<_>>(),
        [sha256(&fixture("photo-gps.jpg"))]
    );
    let all = told.to_string();
    assert!(all.contains("👍") && !all.contains("only once"));
    assert!(
        read_by_another("read_backup.py", &[&path, &folder], "abandon ability able about above absent")
            .unwrap_err()
            .contains("wrong passphrase")
    );

    anna.say(&chat, "one more");
    anna.ask("sync", json!({}));
    let again = anna.ask("backup.create", json!({"passphrase": words, "path": path}));
    assert!(again["bytes_added"].as_u64().unwrap() < 100_000, "{again}");
    let told = read_by_another("read_backup.py", &[&path, &folder], &words).unwrap();
    assert_eq!(texts(&told, "one more").len(), 203);
}

#[test]
fn the_history_comes_back_on_a_new_machine() {
    let world = World::new();
    let (mut anna, mut ben) = (world.join("anna"), world.join("ben"));
    let chat = anna.meet(&mut ben);
    for number in 0..300 {
        anna.say(&chat, &format!("number {number}"));
    }
    let photo = anna.send_file(&chat, &fixture("photo-gps.jpg"), Some("document"));
    anna.ask("sync", json!({}));
    let before = texts_here(&mut anna, &chat);
    let words = passphrase(&mut anna);
    let path = world.folder().join("anna.backup");
    anna.ask("backup.create", json!({"passphrase": words, "path": path}));
    let kit = anna.ask("recovery.kit", json!({}))["words"].clone();
    let name = "anna";
    anna.kill();

    let mut new = Person::start(&world.folder().join("anna-new"));
    let server = world.server.url();
    new.ask("recovery.restore", json!({"server": server, "name": name, "words": kit}));
    let wrong = new.refused(
        "backup.restore",
        json!({"passphrase": "abandon ability able about above absent", "path": path}),
    );
    assert_eq!(wrong.kind, "locked", "{wrong:?}");
    // Killed in the middle of it, and begun again.
    new.begin("backup.restore", json!({"passphrase": words, "path": path})).unwrap();
    new.event("some of it", |event| event["type"] == "backup.progress");
    new.restart();
    let refused = new.refused("backup.create", json!({"passphrase": words, "path": path}));
    assert_eq!(refused.kind, "not_allowed", "what is not here yet would be lost: {refused:?}");
    let restored = new.ask("backup.restore", json!({"passphrase": words, "path": path}));
    assert_eq!(restored["files"], 1, "{restored}");
    let chats = new.ask("conversation.list", json!({}));
    let found = chats["conversations"].as_array().unwrap().iter().find(|one| one["name"] == "ben").cloned();
    let chat = found.expect("the chat with ben")["conversation"].as_str().unwrap().to_owned();
    assert_eq!(texts_here(&mut new, &chat), before);
    let saved = world.folder().join("saved.jpg");
    new.ask("attachment.save", json!({"message": photo, "index": 0, "path": saved}));
    assert_eq!(sha256(&saved), sha256(&fixture("photo-gps.jpg")));
    // Once it is here, this device writes on.
    let made = new.ask("backup.create", json!({"passphrase": words, "path": path}));
    assert!(made["messages"].as_u64().unwrap() >= before.len() as u64, "{made}");

    // What is no backup, however large, and what is no file at all, keeps nobody waiting.
    let hole = world.folder().join("hole");
    std::fs::copy(&path, &hole).unwrap();
    let size = std::fs::metadata(&hole).unwrap().len();
    std::fs::OpenOptions::new().write(true).open(&hole).unwrap().set_len(size + (8 << 30)).unwrap();
    new.ask("backup.restore", json!({"passphrase": words, "path": hole}));
    for not_a_file in [world.folder().to_path_buf(), "/dev/zero".into()] {
        for method in ["backup.restore", "backup.create"] {
            let refused = new.refused(method, json!({"passphrase": words, "path": not_a_file}));
            assert_eq!(refused.kind, "invalid", "{refused:?}");
        }
    }
    for bytes in [1_025, 65_536] {
        let long = "x".repeat(bytes);
        for params in [json!({"passphrase": long}), json!({"passphrase": long, "path": hole})] {
            for method in ["backup.restore", "backup.create"] {
                let refused = new.refused(method, params.clone());
                assert!(matches!(&refused.kind[..], "invalid" | "locked"), "{refused:?}");
            }
        }
    }

    // Another account's.
    let refused = ben.refused("backup.restore", json!({"passphrase": words, "path": path}));
    assert_eq!(refused.kind, "not_allowed");
}

#[test]
fn on_the_server_a_wrong_passphrase_costs_a_guess_and_the_right_one_brings_all_back() {
    let world = World::new();
    let (mut anna, mut ben) = (world.join("anna"), world.join("ben"));
    let chat = anna.meet(&mut ben);
    for number in 0..300 {
        anna.say(&chat, &format!("number {number} of the mill"));
    }
    anna.ask("sync", json!({}));
    let before = texts_here(&mut anna, &chat);
    let words = passphrase(&mut anna);
    assert_eq!(anna.refused("backup.create", json!({})).kind, "not_found", "none was begun yet");
    let made = anna.ask("backup.create", json!({"passphrase": words}));
    assert!(made["messages"].as_u64().unwrap() >= 300, "{made}");
    anna.say(&chat, "and one more");
    anna.ask("sync", json!({}));
    let again = anna.ask("backup.create", json!({}));
    assert!(
        again["bytes_added"].as_u64().unwrap() < 100_000,
        "only what is new, without the passphrase: {again}"
    );
    let kit = anna.ask("recovery.kit", json!({}))["words"].clone();
    anna.kill();

    let mut new = Person::start(&world.folder().join("anna-new"));
    let restore = json!({"server": world.server.url(), "name": "anna", "words": kit});
    new.ask("recovery.restore", restore);
    let refused = new.refused("backup.create", json!({"passphrase": words}));
    assert_eq!(refused.kind, "not_allowed", "what is not here would be given up: {refused:?}");
    let wrong = json!({"passphrase": "abandon ability able about above absent"});
    for left in (0..10).rev() {
        let refused = new.refused("backup.restore", wrong.clone());
        assert_eq!(refused.kind, "locked", "{refused:?}");
        let said = if left == 0 { "No guess is left".to_owned() } else { format!("{left} guess") };
        assert!(refused.message.contains(&said), "{left}: {refused:?}");
        if left == 5 {
            // The right one gives them back, and what was begun goes on after a kill.
            new.begin("backup.restore", json!({"passphrase": words})).unwrap();
            new.event("some of it", |event| event["type"] == "backup.progress");
            new.restart();
            let restored = new.ask("backup.restore", json!({"passphrase": words}));
            assert!(restored["messages"].as_u64().unwrap() >= 301, "{restored}");
            break;
        }
    }
    let chats = new.ask("conversation.list", json!({}));
    let found = chats["conversations"].as_array().unwrap().iter().find(|one| one["name"] == "ben").cloned();
    let chat = found.expect("the chat with ben")["conversation"].as_str().unwrap().to_owned();
    let mut expected = before;
    expected.push("and one more".to_owned());
    assert_eq!(texts_here(&mut new, &chat), expected);
    new.ask("backup.create", json!({}));

    // Ten wrong ones: then not even the right one, until a day has passed, and also after the server was started anew.
    for left in (0..10).rev() {
        let refused = new.refused("backup.restore", wrong.clone());
        let said = if left == 0 { "No guess is left".to_owned() } else { format!("{left} guess") };
        assert!(refused.kind == "locked" && refused.message.contains(&said), "{left}: {refused:?}");
    }
    let refused = new.refused("backup.restore", json!({"passphrase": words}));
    assert_eq!(refused.kind, "rate_limited", "{refused:?}");
    let mut world = world;
    world.server.kill();
    world.server.restart();
    new.restart();
    new.event("it is online", |event| event["type"] == "connection" && event["state"] == "online");
    let refused = new.refused("backup.restore", json!({"passphrase": words}));
    assert_eq!(refused.kind, "rate_limited", "{refused:?}");
    // Nothing of it is in clear on the server's disk.
    for file in casemate_e2e::files::below(world.server.data()) {
        assert!(!contains(&std::fs::read(&file).unwrap(), b"of the mill"), "{}", file.display());
    }
}

#[test]
fn photos_stay_on_the_server_where_they_are_wanted_until_all_of_it_is_ended() {
    let world = World::new();
    let (mut anna, mut ben) = (world.join("anna"), world.join("ben"));
    let chat = anna.meet(&mut ben);
    let photo = anna.send_file(&chat, &fixture("photo-gps.jpg"), Some("document"));
    anna.ask("sync", json!({}));
    let words = passphrase(&mut anna);
    let made = anna.ask("backup.create", json!({"passphrase": words}));
    assert_eq!((&made["files"], &made["left_out"]), (&json!(0), &json!(1)), "{made}");
    let made = anna.ask("backup.create", json!({"files": true}));
    assert_eq!((&made["files"], &made["left_out"]), (&json!(1), &json!(0)), "{made}");
    let state = anna.ask("backup.show", json!({}));
    assert_eq!((&state["files"], &state["kept_here"]), (&json!(true), &json!(true)), "{state}");
    let kit = anna.ask("recovery.kit", json!({}))["words"].clone();
    anna.kill();

    let mut new = Person::start(&world.folder().join("anna-new"));
    new.ask("recovery.restore", json!({"server": world.server.url(), "name": "anna", "words": kit}));
    let state = new.ask("backup.show", json!({}));
    assert_eq!((&state["kept_here"], &state["server"]["begun"]), (&json!(false), &json!(true)), "{state}");
    let restored = new.ask("backup.restore", json!({"passphrase": words}));
    assert_eq!(restored["files"], 1, "{restored}");
    let saved = world.folder().join("saved.jpg");
    new.ask("attachment.save", json!({"message": photo, "index": 0, "path": saved}));
    assert_eq!(sha256(&saved), sha256(&fixture("photo-gps.jpg")));
    // Who brought it back goes on as it was chosen; and without files once they are not wanted.
    assert_eq!(new.ask("backup.create", json!({}))["files"], 1);
    let bytes = |new: &mut Person| new.ask("backup.show", json!({}))["server"]["bytes"].as_u64().unwrap();
    let with = bytes(&mut new);
    assert_eq!(new.ask("backup.create", json!({"files": false}))["files"], 0);
    assert!(bytes(&mut new) < with);

    new.ask("backup.end", json!({}));
    assert_eq!(bytes(&mut new), 0);
    assert_eq!(new.refused("backup.restore", json!({"passphrase": words})).kind, "not_found");
    assert_eq!(new.refused("backup.create", json!({})).kind, "not_found");
}
