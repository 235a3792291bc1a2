//! Everything as one zip, by the real binary: what is in it, and that no key is.

use casemate_e2e::files::{contains, fixture};
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
