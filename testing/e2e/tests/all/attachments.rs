//! Real files: what arrives, what was taken out, what is refused.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use casemate_e2e::binary::child_of;
use casemate_e2e::files::{below, contains, fixture, large, sha256};
use casemate_e2e::world::{Member, World};
use serde_json::{Value, json};

const MARKER: &[u8] = b"SECRET-MARKER";

/// An EXIF entry that leads to GPS data (Exif 3.0 §4.6.3), in both byte orders.
const GPS: [&[u8]; 2] = [&[0x88, 0x25, 0, 4, 0, 0, 0, 1], &[0x25, 0x88, 4, 0, 1, 0, 0, 0]];

fn two(world: &World) -> (Member, Member, String) {
    let (mut anna, mut ben) = (world.join("anna"), world.join("ben"));
    let chat = anna.meet(&mut ben);
    (anna, ben, chat)
}

/// Sends a file and saves what arrived. Gives the attachment as the receiver sees it.
fn pass(
    (from, to, chat): (&mut Member, &mut Member, &str),
    path: &Path,
    kind: Option<&str>,
    saved: &Path,
) -> Value {
    let message = from.send_file(chat, path, kind);
    let arrived = to.sees(chat, &message, "the file", |_| true)["attachments"][0].clone();
    let answer = to.ask("attachment.save", json!({"message": message, "index": 0, "path": saved}));
    let hash = sha256(saved);
    assert_eq!((&answer["sha256"], &arrived["sha256"]), (&json!(hash), &json!(hash)), "{}", path.display());
    assert_eq!(answer["bytes"], std::fs::metadata(saved).unwrap().len());
    to.sees(chat, &message, "the stored file", |found| found["attachments"][0]["state"] == "stored");
    let sent = from.sees(chat, &message, "the sent file", |found| found["state"] != "queued");
    assert_eq!(sent["attachments"][0]["sha256"], *hash, "both sides show the same hash");
    arrived
}

#[test]
fn photos_and_videos_arrive_without_where_and_by_whom() {
    let world = World::new();
    let (mut anna, mut ben, chat) = two(&world);
    for (name, kind, media_type) in [
        ("photo-gps.jpg", "photo", "image/jpeg"),
        ("photo-gps.png", "photo", "image/png"),
        ("photo-gps.webp", "photo", "image/webp"),
        ("photo-gps.avif", "photo", "image/avif"),
        ("video-gps.mp4", "video", "video/mp4"),
        ("video-tags.webm", "video", "video/webm"),
    ] {
        let (original, saved) = (fixture(name), world.folder().join(name));
        let arrived = pass((&mut anna, &mut ben, &chat), &original, Some(kind), &saved);
        assert_eq!((&arrived["kind"], &arrived["type"]), (&json!(kind), &json!(media_type)), "{name}");
        assert!(arrived["width"].as_u64().unwrap() > 0 && arrived["height"].as_u64().unwrap() > 0, "{name}");
        assert_eq!(arrived["duration_ms"].as_u64().unwrap() > 0, kind == "video", "{name}");
        let (before, after) = (std::fs::read(&original).unwrap(), std::fs::read(&saved).unwrap());
        assert!(contains(&before, MARKER), "{name} is no test");
        assert!(!contains(&after, MARKER), "{name} still names its maker");
        assert!(!GPS.iter().any(|entry| contains(&after, entry)), "{name} still tells the place");
    }
    let jpeg = std::fs::read(fixture("photo-gps.jpg")).unwrap();
    assert!(GPS.iter().any(|entry| contains(&jpeg, entry)), "the photo's place is where it is looked for");

    // Unless the person keeps it.
    let kept = json!([{"path": fixture("photo-gps.jpg"), "kind": "photo", "keep_metadata": true}]);
    let message = anna.ask("message.send", json!({"conversation": chat, "attachments": kept}));
    let id = message["message"].as_str().unwrap();
    let arrived = ben.sees(&chat, id, "the photo", |_| true);
    assert_eq!(arrived["attachments"][0]["sha256"], *sha256(&fixture("photo-gps.jpg")));
}

#[test]
fn documents_arrive_byte_for_byte_under_their_names() {
    let world = World::new();
    let (mut anna, mut ben, chat) = two(&world);
    for (name, kind) in [
        ("photo-gps.heic", None),
        ("photo-gps.jpg", Some("document")),
        ("page.pdf", None),
        ("text.docx", None),
        ("sheet.xlsx", None),
        ("slides.pptx", None),
        ("text.odt", None),
        ("plain.zip", None),
        ("note.txt", None),
    ] {
        let saved = world.folder().join(format!("saved-{name}"));
        let arrived = pass((&mut anna, &mut ben, &chat), &fixture(name), kind, &saved);
        assert_eq!((&arrived["kind"], &arrived["name"]), (&json!("document"), &json!(name)));
        assert_eq!(sha256(&saved), sha256(&fixture(name)), "{name}");
    }
    let refused = anna.refused(
        "message.send",
        json!({"conversation": chat, "attachments": [{"path": fixture("photo-gps.heic"), "kind": "photo"}]}),
    );
    assert_eq!(refused.kind, "invalid");
    assert!(refused.message.contains("document"), "{}", refused.message);

    let names = world.folder().join("names");
    std::fs::create_dir(&names).unwrap();
    let long = format!("{}.pdf", "ü".repeat(125)) + "x";
    for name in ["صورة من العطلة.pdf", "छुट्टी की तस्वीर.pdf", "🎉👩‍👩‍👧‍👦.pdf", &long]
    {
        assert!(name.len() == 255 || name != long);
        let path = names.join(name);
        std::fs::copy(fixture("page.pdf"), &path).unwrap();
        let message = anna.send_file(&chat, &path, None);
        let arrived = ben.sees(&chat, &message, "the file", |_| true);
        assert_eq!(arrived["attachments"][0]["name"], name);
    }
}

#[test]
fn documents_go_without_their_authors_where_the_person_asks() {
    let world = World::new();
    let (mut anna, mut ben, chat) = two(&world);
    for name in
        ["written.docx", "written.xlsx", "written.pptx", "written.odt", "revised.pdf", "photo-gps.heic"]
    {
        let file = json!([{"path": fixture(name), "clean": true}]);
        let sent = anna.ask("message.send", json!({"conversation": chat, "attachments": file}));
        let id = sent["message"].as_str().unwrap();
        let arrived = ben.sees(&chat, id, "the document", |_| true);
        assert_eq!(
            (&arrived["attachments"][0]["kind"], &arrived["attachments"][0]["name"]),
            (&json!("document"), &json!(name))
        );
        let saved = world.folder().join(format!("clean-{name}"));
        ben.ask("attachment.save", json!({"message": id, "index": 0, "path": saved}));
        let (before, after) = (std::fs::read(fixture(name)).unwrap(), std::fs::read(&saved).unwrap());
        assert!(!after.is_empty() && before != after, "{name}");
        assert!(!contains(&after, MARKER) && !contains(&after, b"2024"), "{name} still names its maker");
    }
    // What can't be cleaned is not sent: not as it is either.
    for name in ["letter.pdf", "note.txt", "plain.zip"] {
        let file = json!([{"path": fixture(name), "clean": true}]);
        let refused = anna.refused("message.send", json!({"conversation": chat, "attachments": file}));
        assert_eq!(refused.kind, "invalid");
        assert!(
            refused.message.contains("can't be cleaned") && refused.message.contains("Nothing was sent."),
            "{}",
            refused.message
        );
    }
}

#[test]
fn a_voice_message_has_its_length_and_waveform() {
    let world = World::new();
    let (mut anna, mut ben, chat) = two(&world);
    let saved = world.folder().join("voice");
    let arrived = pass((&mut anna, &mut ben, &chat), &fixture("voice.opus"), Some("voice"), &saved);
    assert_eq!(arrived["kind"], "voice");
    let duration = arrived["duration_ms"].as_u64().unwrap();
    assert!((2_900..=3_100).contains(&duration), "three seconds, not {duration} ms");
    // A second loud, one silent, one quiet.
    let wave: Vec<u64> =
        arrived["waveform"].as_array().unwrap().iter().map(|level| level.as_u64().unwrap()).collect();
    let loudest = |part: &[u64]| part.iter().copied().max().unwrap();
    let third = wave.len() / 3;
    let middle = loudest(&wave[third + 3..2 * third - 3]);
    let (loud, quiet) = (loudest(&wave[..third]), loudest(&wave[2 * third + 3..]));
    assert!(loud > quiet && quiet > middle, "{wave:?}");
    assert!(!contains(&std::fs::read(&saved).unwrap(), MARKER));
}

#[test]
fn saving_overwrites_nothing_and_files_can_be_cancelled() {
    let mut world = World::new();
    let (mut anna, mut ben, chat) = two(&world);
    let message = anna.send_file(&chat, &fixture("page.pdf"), None);
    ben.sees(&chat, &message, "the file", |_| true);
    let taken = world.folder().join("taken.pdf");
    std::fs::write(&taken, "mine").unwrap();
    let save = |path: &Path| json!({"message": message, "index": 0, "path": path});
    let refused = ben.refused("attachment.save", save(&taken));
    assert!(refused.message.contains("exists already"), "{refused:?}");
    assert_eq!(std::fs::read(&taken).unwrap(), b"mine");
    assert_eq!(ben.refused("attachment.save", save(Path::new("/no/such/folder/x"))).kind, "not_found");
    let past = json!({"message": message, "index": 1, "path": world.folder().join("other")});
    assert_eq!(ben.refused("attachment.save", past).kind, "not_found");
    assert!(!world.folder().join("other").exists());

    world.server.kill();
    anna.event("being offline", |event| event["type"] == "connection" && event["state"] == "offline");
    let given_up = anna.send_file(&chat, &fixture("note.txt"), None);
    let after = anna.say(&chat, "after the file");
    anna.ask("attachment.cancel", json!({"message": given_up, "index": 0}));
    anna.reaches(&chat, &given_up, &["failed"]);
    world.server.restart();
    ben.hears("after the file");
    anna.reaches(&chat, &after, &["sent", "delivered"]);
    assert!(!ben.messages(&chat).iter().any(|found| found["message"] == *given_up));
    // Another try sends the same message with its file, behind what was written since.
    anna.ask("message.reschedule", json!({"message": given_up}));
    anna.reaches(&chat, &given_up, &["sent", "delivered"]);
    let seen = ben.sees(&chat, &given_up, "the file that was given up", |_| true);
    assert_eq!(seen["attachments"][0]["sha256"], *sha256(&fixture("note.txt")));
    assert_eq!(ben.messages(&chat).last().unwrap()["message"], *given_up);
    assert_eq!(anna.refused("message.reschedule", json!({"message": given_up})).kind, "not_found");
}

#[test]
fn words_wait_for_the_file_before_them_and_go_when_it_is_cancelled() {
    let (world, tap) = World::tapped();
    let (mut anna, mut ben, chat) = two(&world);
    let path = world.folder().join("large.bin");
    large(&path, 8 * 1024 * 1024);
    tap.hold_after(2 * 1024 * 1024);
    let file = anna.send_file(&chat, &path, None);
    let words = anna.say(&chat, "behind the file");
    tap.wait_until_holding();
    anna.ask("attachment.cancel", json!({"message": file, "index": 0}));
    tap.release();
    ben.hears("behind the file");
    anna.reaches(&chat, &words, &["sent", "delivered"]);
    anna.reaches(&chat, &file, &["failed"]);
    anna.ask("message.reschedule", json!({"message": file}));
    anna.reaches(&chat, &file, &["sent", "delivered"]);

    // In order, where it is not.
    let file = anna.send_file(&chat, &path, None);
    anna.say(&chat, "after the file");
    ben.hears("after the file");
    let order: Vec<Value> = ben.messages(&chat).iter().map(|found| found["message"].clone()).collect();
    assert_eq!(order[order.len() - 2], *file);

    // A download that is given up, and asked for again.
    tap.hold_after(2 * 1024 * 1024);
    let save = json!({"message": file, "index": 0, "path": world.folder().join("copy")});
    let asked = ben.begin("attachment.save", save.clone()).unwrap();
    tap.wait_until_holding();
    ben.ask("attachment.cancel", json!({"message": file, "index": 0}));
    assert!(ben.answer(asked).is_err(), "whoever waits is told");
    assert!(!world.folder().join("copy").exists());
    tap.release();
    assert_eq!(ben.ask("attachment.save", save)["sha256"], *sha256(&path));
}

#[test]
fn a_file_that_was_tampered_with_on_the_server_leaves_nothing_behind() {
    let world = World::new();
    let (mut anna, mut ben, chat) = two(&world);
    let path = world.folder().join("original.bin");
    large(&path, 1_000_000);
    let saved = world.folder().join("saved");
    std::fs::create_dir(&saved).unwrap();
    let known = below(world.server.data());
    let chunk = 64 * 1024 + 16;
    for (way, tamper) in [
        ("a flipped bit", (|bytes: &mut Vec<u8>| bytes[500_000] ^= 1) as fn(&mut Vec<u8>)),
        ("the first byte", |bytes| bytes[0] ^= 0x80),
        ("swapped chunks", |bytes| {
            let (first, second) = bytes.split_at_mut(3 * (64 * 1024 + 16));
            first[..64 * 1024 + 16].swap_with_slice(&mut second[..64 * 1024 + 16]);
        }),
        ("a repeated chunk", |bytes| bytes.copy_within(..64 * 1024 + 16, 64 * 1024 + 16)),
        ("a chunk that is missing at the end", |bytes| bytes.truncate(bytes.len() - (64 * 1024 + 16))),
    ] {
        let message = anna.send_file(&chat, &path, None);
        ben.sees(&chat, &message, "the file", |_| true);
        let new = |file: &&std::path::PathBuf| !known.contains(file);
        let sizes = |file: &std::path::PathBuf| std::fs::metadata(file).unwrap().len();
        let files = below(world.server.data());
        let blob = files.iter().filter(new).max_by_key(|file| sizes(file)).unwrap();
        let mut bytes = std::fs::read(blob).unwrap();
        assert!(bytes.len() > 10 * chunk, "the encrypted file is kept as a file");
        tamper(&mut bytes);
        std::fs::write(blob, &bytes).unwrap();
        let target = json!({"message": message, "index": 0, "path": saved.join("copy")});
        let refused = ben.refused("attachment.save", target);
        assert_eq!(refused.kind, "untrusted", "{way}: {refused:?}");
        assert_eq!(below(&saved), Vec::<std::path::PathBuf>::new(), "{way}");
        let left = below(&ben.home().join("blobs"));
        assert!(left.is_empty(), "{way}: {left:?} is left");
        std::fs::remove_file(blob).unwrap();
    }
}

/// Long enough to look into that its child is found: each byte begins something that a document may do.
const SLOW_BYTES: usize = 24 * 1024 * 1024;

#[test]
fn a_decoder_that_dies_while_a_file_is_saved_is_said_and_everything_goes_on() {
    let world = World::new();
    let (mut anna, mut ben, chat) = two(&world);
    let slow = world.folder().join("slow.pdf");
    let middle = vec![b'/'; SLOW_BYTES];
    std::fs::write(&slow, [b"%PDF-1.7\n", &middle[..], b"\nstartxref\n0\n%%EOF\n"].concat()).unwrap();
    let message = anna.send_file(&chat, &slow, None);
    ben.sees(&chat, &message, "the file", |_| true);
    let save = |name: &str| json!({"message": message, "index": 0, "path": world.folder().join(name)});
    assert_eq!(child_of(ben.process()), None, "nothing is looked into yet");

    // What looks into the file is killed in the middle of it, as by a fault of its own.
    let saving = ben.begin("attachment.save", save("first.pdf")).unwrap();
    let patience = Instant::now() + Duration::from_secs(120);
    let child = loop {
        match child_of(ben.process()) {
            Some(child) => break child,
            None => assert!(Instant::now() < patience, "nothing looked into the file"),
        }
    };
    let killed = Command::new("kill").args(["-KILL", &child.to_string()]).status().unwrap();
    assert!(killed.success(), "it ended before it was killed");
    let saved = ben.answer(saving).unwrap();
    assert_eq!((&saved["sha256"], &saved["warnings"]), (&json!(sha256(&slow)), &json!(["unread"])));
    assert_eq!(sha256(&world.folder().join("first.pdf")), sha256(&slow), "what was asked for is there");

    // It stands in the journal, nobody looks into it again, and everything else goes on.
    let journal = ben.ask("guard.journal", json!({}))["entries"].clone();
    assert_eq!((&journal[0]["outcome"], &journal[0]["quarantined"]), (&json!("crashed"), &json!(true)));
    assert_eq!((&journal[0]["sha256"], &journal[0]["from"]), (&saved["sha256"], &json!(anna.address)));
    anna.say(&chat, "are you still there?");
    ben.hears("are you still there?");
    let again = ben.ask("attachment.save", save("second.pdf"));
    assert_eq!(again["warnings"], json!(["held"]));

    // Until the person lets it.
    ben.ask("guard.release", json!({"message": message, "index": 0}));
    let third = ben.ask("attachment.save", save("third.pdf"));
    assert_eq!(third["warnings"], Value::Null, "it was looked into to its end");
    assert_eq!(ben.ask("guard.journal", json!({}))["entries"][0]["quarantined"], json!(false));
}
