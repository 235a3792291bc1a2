//! Everything as one zip, by the real binary: what is in it, and that no key is.

use casemate_e2e::files::{contains, fixture, read_by_another, sha256};
use casemate_e2e::world::World;
use casemate_history::Archive;
use serde_json::{Value, json};

#[test]
fn an_export_has_what_was_said_and_the_files_and_no_key() {
    let world = World::new();
    let (mut anna, mut ben) = (world.join("anna"), world.join("ben"));
    let chat = anna.meet(&mut ben);
    anna.say(&chat, "the first words");
    let photo = ben.send_file(&chat, &fixture("photo-gps.jpg"), Some("document"));
    anna.sees(&chat, &photo, "the photo", |_| true);
    let path = world.folder().join("export.zip");
    let saved = world.folder().join("saved.jpg");
    anna.ask("attachment.save", json!({"message": photo, "index": 0, "path": saved}));
    let once = json!({"conversation": chat, "text": "only once", "view_once": true});
    anna.ask("message.send", once);

    let made = anna.ask("data.export", json!({"path": path}));
    assert_eq!((&made["files"], &made["left_out"]), (&json!(1), &json!(0)), "{made}");
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(made["bytes"], bytes.len());
    anna.event("how far it is", |event| event["type"] == "export.progress" && event["done"] == event["of"]);
    let archive = Archive::open(&bytes).unwrap();
    let whole: Vec<(String, Vec<u8>)> =
        archive.entries.iter().map(|entry| (entry.name.clone(), archive.read(entry).unwrap())).collect();
    let named = |name: &str| &whole.iter().find(|(found, _)| found == name).expect(name).1;
    let all: Value = serde_json::from_slice(named("messages.json")).unwrap();
    let texts: Vec<&str> =
        all["messages"].as_array().unwrap().iter().filter_map(|one| one["text"].as_str()).collect();
    assert!(texts.contains(&"the first words") && !texts.contains(&"only once"), "{texts:?}");
    assert!(contains(named("chat.txt"), b"anna: the first words"));
    let photo = std::fs::read(fixture("photo-gps.jpg")).unwrap();
    assert!(whole.iter().any(|(name, bytes)| name.ends_with("photo-gps.jpg") && *bytes == photo));

    // What the database calls keys is in none of them.
    for (name, bytes) in &whole {
        for word in ["secret", "token", "private", "words\":"] {
            assert!(!contains(bytes, word.as_bytes()) || name == "README.txt", "{word} in {name}");
        }
    }

    // Nothing is written over, and what was cancelled is not there.
    let again = anna.refused("data.export", json!({"path": path}));
    assert_eq!(again.kind, "invalid");
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    let left: Vec<_> = std::fs::read_dir(world.folder())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".part"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_report_holds_what_one_person_wrote_and_goes_where_it_is_sent() {
    let world = World::new();
    let (mut anna, mut ben, mut cleo) = (world.join("anna"), world.join("ben"), world.join("cleo"));
    let chat = anna.meet(&mut ben);
    let to_cleo = anna.meet(&mut cleo);
    let his = ben.pair_with(&anna.address.clone());
    let mine = anna.say(&chat, "my own words");
    ben.hears("my own words");
    let answer = json!({"conversation": his, "text": "ugly words", "reply_to": mine});
    let ugly = ben.ask("message.send", answer)["message"].as_str().unwrap().to_owned();
    let file = ben.send_file(&his, &fixture("note.txt"), None);
    anna.hears("ugly words");
    let saved = world.folder().join("saved.txt");
    anna.sees(&chat, &file, "the file", |_| true);
    anna.ask("attachment.save", json!({"message": file, "index": 0, "path": saved}));

    let path = world.folder().join("report.zip");
    let wanted = json!({"messages": [file, ugly], "path": path, "note": "Please look", "to": cleo.address});
    let made = anna.ask("report.create", wanted.clone());
    assert_eq!(made["sha256"], sha256(&path));
    assert_eq!((&made["messages"], &made["files"], &made["left_out"]), (&json!(2), &json!(1), &json!(0)));
    let bytes = std::fs::read(&path).unwrap();
    let archive = Archive::open(&bytes).unwrap();
    let read = |name: &str| {
        let entry = archive.entries.iter().find(|entry| entry.name.ends_with(name)).expect(name);
        archive.read(entry).unwrap()
    };
    let all: Value = serde_json::from_slice(&read("report.json")).unwrap();
    assert_eq!((&all["about"]["address"], &all["note"]), (&json!(ben.address), &json!("Please look")));
    assert_eq!(all["messages"][0]["text"], "ugly words");
    assert_eq!(read("note.txt"), std::fs::read(fixture("note.txt")).unwrap());
    for other in [&anna.address, &cleo.address, "my own words"] {
        assert!(!contains(&bytes, other.as_bytes()) && !all.to_string().contains(other), "{other} is in it");
    }

    // Cleo has the same file, by the message that the answer names.
    let message = made["message"].as_str().unwrap().to_owned();
    let hers = cleo.pair_with(&anna.address.clone());
    let arrived = cleo.sees(&hers, &message, "the report", |_| true);
    assert_eq!(arrived["attachments"][0]["sha256"], made["sha256"]);
    assert!(anna.texts(&to_cleo).iter().all(String::is_empty));

    // Nothing of one's own, nothing about two at once, nothing over what is there, to nobody who is no contact.
    for (params, kind) in [
        (json!({"messages": [mine], "path": world.folder().join("a.zip")}), "invalid"),
        (json!({"messages": [], "path": world.folder().join("b.zip")}), "invalid"),
        (json!({"messages": [ugly], "who": cleo.address, "path": world.folder().join("c.zip")}), "invalid"),
        (wanted, "invalid"),
        (json!({"messages": ["00"], "path": world.folder().join("d.zip")}), "not_found"),
    ] {
        assert_eq!(anna.refused("report.create", params.clone()).kind, kind, "{params}");
    }
    let stranger = format!("dan@{}", world.server.address());
    let to_nobody = json!({"messages": [ugly], "path": world.folder().join("e.zip"), "to": stranger});
    anna.refused("report.create", to_nobody);
    assert!(!world.folder().join("e.zip").exists());
}

#[test]
fn evidence_is_read_from_the_document_alone_and_any_change_is_noticed() {
    let world = World::new();
    let (mut anna, mut ben) = (world.join("anna"), world.join("ben"));
    let chat = anna.meet(&mut ben);
    let his = ben.pair_with(&anna.address.clone());
    let ugly = ben.say(&his, "open this now: https://evil.example/login");
    let file = ben.send_file(&his, &fixture("note.txt"), None);
    anna.hears("open this now: https://evil.example/login");
    anna.sees(&chat, &file, "the file", |_| true);
    let saved = world.folder().join("saved.txt");
    anna.ask("attachment.save", json!({"message": file, "index": 0, "path": saved}));
    // What was sent stays evidence whatever they make of it later.
    ben.ask("message.edit", json!({"message": ugly, "text": "have a nice day"}));
    anna.sees(&chat, &ugly, "the edit", |message| message["text"] == "have a nice day");

    let words = anna.ask("backup.passphrase", json!({}))["passphrase"].as_str().unwrap().to_owned();
    let path = world.folder().join("evidence.casemate");
    let wanted = json!({"messages": [ugly, file], "path": path, "note": "for the lab", "passphrase": words});
    let made = anna.ask("report.create", wanted);
    assert_eq!(made["sha256"], sha256(&path));
    assert_eq!((&made["messages"], &made["files"], &made["left_out"]), (&json!(2), &json!(1), &json!(0)));
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(made["bytes"], bytes.len());
    for secret in ["evil.example", "for the lab", "note.txt", &ben.address] {
        assert!(!contains(&bytes, secret.as_bytes()), "{secret} is in it, in clear");
    }

    let told = read_by_another("read_evidence.py", &[&path], &words).unwrap();
    let edited = &told["report"]["messages"][0];
    assert_eq!(edited["text"], "have a nice day");
    assert_eq!(edited["versions"][0]["text"], "open this now: https://evil.example/login");
    assert_eq!(edited["versions"].as_array().unwrap().len(), 2);
    let custody = &told["custody"][0];
    assert_eq!((&custody["by"], &custody["about"]), (&json!(anna.address), &json!(ben.address)));
    assert_eq!((&custody["act"], &custody["previous"]), (&json!("collected"), &Value::Null));
    let headers = told["headers"].as_array().unwrap();
    assert!(headers.iter().all(|one| one["log"] == *chat && one["entry"].as_u64() > Some(0)), "{headers:?}");
    let objects = told["stix"]["objects"].as_array().unwrap();
    let of = |kind: &str| objects.iter().filter(|one| one["type"] == kind).collect::<Vec<_>>();
    assert_eq!(of("observed-data").len(), 3);
    assert_eq!(of("url")[0]["value"], "https://evil.example/login");
    assert_eq!(of("file")[0]["hashes"]["SHA-256"], sha256(&fixture("note.txt")));
    let files = told["files"].as_object().unwrap();
    let held = files.iter().find(|(name, _)| name.ends_with("note.txt")).unwrap();
    assert_eq!(*held.1, sha256(&fixture("note.txt")));

    let wrong =
        read_by_another("read_evidence.py", &[&path], "abandon ability able about above absent").unwrap_err();
    assert!(wrong.contains("wrong passphrase"), "{wrong}");
    let changed = world.folder().join("changed");
    for at in [140, 200, bytes.len() - 1] {
        let mut other = bytes.clone();
        other[at] ^= 1;
        std::fs::write(&changed, other).unwrap();
        assert!(
            read_by_another("read_evidence.py", &[&changed], &words).unwrap_err().contains("it was changed"),
            "byte {at}"
        );
    }
    let short = json!({"messages": [ugly], "path": world.folder().join("short"), "passphrase": "short"});
    assert_eq!(anna.refused("report.create", short).kind, "invalid");
    assert!(!world.folder().join("short").exists());
}
