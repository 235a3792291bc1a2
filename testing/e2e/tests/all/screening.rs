//! Lists of known spyware from files, through guard's process; and what `casemate guard` says of files.

use std::path::{Path, PathBuf};

use casemate_e2e::binary::command;
use casemate_e2e::files::fixture;
use casemate_e2e::person::Person;
use casemate_e2e::world::World;
use serde_json::{Value, json};

fn written(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_list_from_a_file_is_read_apart_and_finds_what_was_said() {
    let world = World::new();
    let (mut anna, mut ben) = (world.join("anna"), world.join("ben"));
    let chat = anna.meet(&mut ben);
    let before = anna.say(&chat, "see https://a.evil.example/x");
    ben.hears("see https://a.evil.example/x");

    let stix = r#"{"type": "bundle", "id": "bundle--1", "objects": [
        {"type": "malware", "name": "Some spyware"},
        {"type": "indicator", "pattern": "[domain-name:value='evil.example']", "pattern_type": "stix"},
        {"type": "indicator", "pattern": "[file:path='/tmp/x']", "pattern_type": "stix"}]}"#;
    let path = written(world.folder(), "list.stix2", stix);
    let made = ben.ask("indicators.import", json!({"path": path}));
    assert_eq!((&made["name"], &made["added"]), (&json!("Some spyware"), &json!(1)));
    assert_eq!(made["refused"][0]["what"], "[file:path='/tmp/x']");

    let looked = ben.ask("indicators.look_back", json!({}));
    let matches = looked["matches"].as_array().unwrap();
    assert_eq!(matches.len(), 1, "{looked}");
    assert_eq!(matches[0]["message"], json!(before));
    assert_eq!(
        (&matches[0]["indicator"], &matches[0]["source"]),
        (&json!("evil.example"), &json!("Some spyware"))
    );

    anna.say(&chat, "and http://b.evil.example");
    ben.event("a match", |event| event["type"] == "indicator.matched");
    assert_eq!(ben.hears("and http://b.evil.example")["known_bad"]["indicator"], "evil.example");

    let plain = written(world.folder(), "plain.txt", "one.example\nhxxp://two[.]example/a\nnot one\n");
    let made = ben.ask("indicators.import", json!({"path": plain}));
    assert_eq!(
        (&made["name"], &made["added"], &made["refused_count"]),
        (&json!("plain.txt"), &json!(2), &json!(1))
    );
    for (name, text) in [
        ("empty", ""),
        ("cut.json", &stix[..100]),
        ("deep.json", &"[".repeat(100_000)),
        ("noise", "\u{1}\u{2}\u{3}"),
        ("signed", "casemate-indicators 1\nsignature 00\npublisher 00\n"),
    ] {
        let path = written(world.folder(), name, text);
        let refused = ben.refused("indicators.import", json!({"path": path}));
        assert!(!refused.message.is_empty(), "{name}");
    }
    ben.refused("indicators.import", json!({"path": world.folder().join("nowhere")}));
    ben.refused("indicators.import", json!({"path": world.folder()}));
    assert_eq!(ben.ask("indicators.list", json!({}))["lists"].as_array().unwrap().len(), 2);
}

fn guard(words: &[&str]) -> Vec<Value> {
    let made = command(&[&["guard", "--json"], words].concat()).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let lines = String::from_utf8(made.stdout).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn guard_says_what_files_are_and_writes_safe_versions() {
    let folder = tempfile::tempdir().unwrap();
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let script = written(folder.path(), "invoice.pdf.exe", "#!/bin/sh\necho hello\n");
    let broken = folder.path().join("cut.png");
    let png = std::fs::read(fixture("photo-gps.png")).unwrap();
    std::fs::write(&broken, &png[..png.len() / 2]).unwrap();
    let out = path(&folder.path().join("safe"));
    let files = [
        fixture("photo-gps.jpg"),
        fixture("video-gps.mp4"),
        fixture("voice.opus"),
        fixture("page.pdf"),
        script,
        broken,
    ];
    let files = files.map(|file| path(&file));
    let words: Vec<&str> = ["--out", &out].into_iter().chain(files.iter().map(String::as_str)).collect();
    let lines = guard(&words);
    assert_eq!(lines.len(), files.len());
    for (line, (file, (verdict, media_type))) in lines.iter().zip(files.iter().zip([
        ("shown", "image/jpeg"),
        ("shown", "video/mp4"),
        ("shown", "audio/ogg; codecs=opus"),
        ("document", "application/pdf"),
        ("document", "text/plain"),
        ("document", "application/octet-stream"),
    ])) {
        assert_eq!((&line["file"], &line["verdict"]), (&json!(file), &json!(verdict)), "{line}");
        assert_eq!(line["type"], media_type, "{line}");
        assert!(!line["reason"].as_str().unwrap().is_empty() && line["ms"].is_u64(), "{line}");
        assert!(line["peak_bytes"].as_u64().unwrap() > 0 || !cfg!(target_os = "linux"), "{line}");
    }
    assert_eq!(lines[4]["warnings"], json!(["program", "double_ending"]));
    let safe = std::fs::read(lines[0]["safe"].as_str().unwrap()).unwrap();
    assert!(safe.starts_with(b"\x89PNG") && !casemate_e2e::files::contains(&safe, b"SECRET-MARKER"));
    // A document stays one; what it says stands beside it.
    assert_eq!(std::fs::read_to_string(lines[4]["safe"].as_str().unwrap()).unwrap(), "#!/bin/sh\necho hello");
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 4);
    // In words, and for nobody's file.
    let said = command(&["guard", "/nowhere/x"]).output().unwrap();
    let words = String::from_utf8_lossy(&said.stdout);
    assert!(words.contains("refused") && words.contains("there is no such file"), "{words}");
    assert!(!said.status.success(), "{said:?}");
}

#[cfg(unix)]
#[test]
fn guard_opens_ordinary_files_alone_and_its_end_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let good = fixture("page.pdf");
    // A pipe that nobody writes to would be waited for, for ever.
    for (files, ends_well) in [(vec![&good], true), (vec![&good, &pipe], false), (vec![&pipe, &good], false)]
    {
        let words: Vec<&str> =
            ["guard", "--json"].into_iter().chain(files.iter().map(|file| file.to_str().unwrap())).collect();
        let said = command(&words).output().unwrap();
        let lines = String::from_utf8_lossy(&said.stdout).lines().count();
        assert_eq!((said.status.success(), lines), (ends_well, files.len()), "{said:?}");
    }
}

const RULES: &str = r##"
private rule script { strings: $a = "#!/bin/sh" condition: $a at 0 }
rule says_hello { meta: author = "us" strings: $a = "hello" nocase wide ascii condition: script and $a }
rule large { condition: filesize > 1MB }
"##;

#[test]
fn rules_of_ones_own_are_tried_on_files() {
    let world = World::new();
    let written = |name: &str, text: &str| written(world.folder(), name, text).to_str().unwrap().to_owned();
    let rules = written("ours.yar", RULES);
    let (script, letter) = (written("run.sh", "#!/bin/sh\necho HELLO\n"), written("letter.txt", "hello"));
    let lines = guard(&["--rules", &rules, &script, &letter]);
    assert_eq!((&lines[0]["rules"], &lines[1]["rules"]), (&json!(["says_hello"]), &json!([])));
    let said = command(&["guard", "--rules", &rules, &script]).output().unwrap();
    assert!(String::from_utf8_lossy(&said.stdout).contains("says_hello"), "{said:?}");
    // Rules that cannot be used are said to be so, before any file is looked at.
    for (text, why) in [
        ("rule x { condition: }", "syntax error"),
        ("import \"pe\" rule x { condition: pe.is_pe }", "pe"),
        ("include \"/etc/passwd\"", "include"),
    ] {
        let broken = written("broken.yar", text);
        let said = command(&["guard", "--rules", &broken, &script]).output().unwrap();
        let errors = String::from_utf8_lossy(&said.stderr);
        assert!(!said.status.success() && said.stdout.is_empty() && errors.contains(why), "{said:?}");
    }

    // On every file that is saved.
    let (mut anna, mut ben) = (world.join("anna"), world.join("ben"));
    let chat = anna.meet(&mut ben);
    let home = ben.home().to_owned();
    drop(ben);
    let wrapper = format!("exec \"$@\" --rules '{rules}'");
    let mut ben = Person::start_under(&home, &["sh", "-c", &wrapper, "sh"]);
    for (path, matched) in [(&script, json!(["says_hello"])), (&letter, Value::Null)] {
        let sent = anna.ask("message.send", json!({"conversation": chat, "attachments": [{"path": path}]}));
        ben.event("the file", |event| {
            event["type"] == "message.received" && event["message"]["message"] == sent["message"]
        });
        let to = world.folder().join(format!("saved-{}", matched.is_null()));
        let saved = ben.ask("attachment.save", json!({"message": sent["message"], "index": 0, "path": to}));
        assert_eq!(saved["rules"], matched, "{saved}");
    }
}
