//! What a program that knows every format's metadata (exiftool) still finds in what was sent: nothing of its own kind.

use std::path::Path;
use std::process::Command;

use casemate_e2e::files::fixture;
use casemate_e2e::world::World;
use serde_json::{Map, Value, json};

/// Put into each file, in every place that exiftool can write to in it.
const PLANTED: [&str; 12] = [
    "-Artist=Ana Planted",
    "-Copyright=Ana Planted",
    "-XMP-dc:Creator=Ana Planted",
    "-XMP-photoshop:City=Planted-on-Sea",
    "-IPTC:By-line=Ana Planted",
    "-Make=Planted Phones",
    "-Model=Planted 7",
    "-SerialNumber=PLANTED-4711",
    "-GPSLatitude=52.123456",
    "-GPSLongitude=13.654321",
    "-Comment=planted comment",
    "-Keys:Author=Ana Planted",
];

/// A document, which the person asked to be clean.
const CLEAN: &str = "clean";

/// What says how the file is stored, and nothing of who, where or with what.
const HARMLESS: [&str; 8] =
    ["SourceFile", "ExifTool:", "System:", "File:", "Composite:", "JFIF:", "PNG:", "RIFF:"];

fn tags(path: &Path) -> Map<String, Value> {
    let output = Command::new("exiftool").args(["-j", "-a", "-G0:1", "-n"]).arg(path).output().unwrap();
    let all: Value = serde_json::from_slice(&output.stdout).unwrap();
    all[0].as_object().unwrap().clone()
}

#[test]
fn exiftool_finds_nobody_no_place_and_no_device_in_what_was_sent() {
    if !Command::new("exiftool").arg("-ver").output().is_ok_and(|output| output.status.success()) {
        println!("left out: exiftool is not installed (Debian: libimage-exiftool-perl)");
        return;
    }
    let world = World::new();
    let (mut anna, mut ben) = (world.join("anna"), world.join("ben"));
    let chat = anna.meet(&mut ben);
    let files = [
        ("photo-gps.jpg", "photo"),
        ("progressive.jpg", "photo"),
        ("photo-gps.png", "photo"),
        ("photo-gps.webp", "photo"),
        ("photo-gps.avif", "photo"),
        ("animated.gif", "photo"),
        ("video-gps.mp4", "video"),
        ("video-gps.mov", "video"),
        ("video-tags.webm", "video"),
        ("voice.opus", "voice"),
        ("photo-gps.heic", CLEAN),
        ("revised.pdf", CLEAN),
        ("written.docx", CLEAN),
        ("written.xlsx", CLEAN),
        ("written.pptx", CLEAN),
        ("written.odt", CLEAN),
    ];
    let (mut planted_in, mut looked_at) = (0, 0);
    for (number, (name, kind)) in files.into_iter().enumerate() {
        let path = world.folder().join(format!("{number}-{name}"));
        std::fs::copy(fixture(name), &path).unwrap();
        // What exiftool cannot write to keeps what the fixture has.
        let planted = Command::new("exiftool")
            .args(["-q", "-m", "-overwrite_original"])
            .args(PLANTED)
            .arg(&path)
            .output();
        let before = tags(&path);
        let has = |tags: &Map<String, Value>| {
            Value::Object(tags.clone()).to_string().to_lowercase().contains("planted")
        };
        // Its own path is among the tags.
        planted_in += usize::from(planted.is_ok() && has(&before));
        let sent = if kind == CLEAN {
            let file = json!([{"path": path, "clean": true}]);
            let sent = anna.ask("message.send", json!({"conversation": chat, "attachments": file}));
            sent["message"].as_str().unwrap().to_owned()
        } else {
            anna.send_file(&chat, &path, Some(kind))
        };
        ben.sees(&chat, &sent, "the file", |_| true);
        let saved = world.folder().join(format!("{number}-saved"));
        ben.ask("attachment.save", json!({"message": sent, "index": 0, "path": saved}));
        let after = tags(&saved);
        assert!(!has(&after), "{name}: {after:?}");
        for (tag, value) in &after {
            let group = |prefix: &&str| tag.starts_with(*prefix);
            let stored_so = HARMLESS.iter().any(group);
            let names =
                ["gps", "location", "artist", "author", "creator", "copyright", "make", "serial", "owner"];
            let last = tag.rsplit(':').next().unwrap_or_default().to_lowercase();
            let empty =
                value.as_str().is_some_and(|text| text.trim().is_empty() || text.starts_with("0000:00:00"));
            let tells = names.iter().any(|word| last.contains(word)) || last == "model" || last == "software";
            assert!(stored_so || !tells || empty, "{name}: {tag} = {value}");
        }
        looked_at += after.len();
    }
    println!("planted in {planted_in} of {} files; {looked_at} tags looked at afterwards", files.len());
    assert!(planted_in >= 7, "{planted_in}");
}
