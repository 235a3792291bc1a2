//! A server whose disk damages what is in its folder, while people are away.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use casemate_e2e::server::refused_start;
use casemate_e2e::world::{Member, World};
use serde_json::json;

const MESSAGES: usize = 400;

/// What the server answers to this path.
fn page(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The newest segment of a server's folder.
fn segment(data: &Path) -> std::path::PathBuf {
    let folder = std::fs::read_dir(data.join("delivery").join("segments")).unwrap();
    let mut segments: Vec<_> = folder.map(|found| found.unwrap().path()).collect();
    segments.retain(|path| path.extension().is_some_and(|extension| extension == "seg"));
    segments.sort();
    segments.pop().unwrap()
}

/// A place in the middle of a segment that is a message's of this log. Records are `length u32 | crc u32 | kind u8 | log 16 | …`; those that
/// begin a batch hold nobody's words.
fn middle_of_a_message(segment: &[u8], log: &str) -> usize {
    const HEADER: usize = 36;
    const FRAME: usize = 8;
    const ENTRY: u8 = 3;
    let mut entries = Vec::new();
    let mut at = HEADER;
    while let Some(head) = segment.get(at..at + FRAME) {
        let length = FRAME + u32::from_le_bytes(head[..4].try_into().unwrap()) as usize;
        let body = &segment[at + FRAME..at + length];
        let of: String = body.iter().skip(1).take(16).map(|byte| format!("{byte:02x}")).collect();
        if body[0] == ENTRY && of == log {
            entries.push(at + length / 2);
        }
        at += length;
    }
    assert!(entries.len() >= MESSAGES, "{} of {log}", entries.len());
    entries[entries.len() - MESSAGES / 2]
}

#[test]
fn sixteen_damaged_bytes_lose_no_message_and_remove_nobody() {
    let mut world = World::new();
    let (mut anna, mut ben) = (world.join("anna"), world.join("ben"));
    let pair = anna.meet(&mut ben);
    anna.say(&pair, "before");
    ben.hears("before");
    ben.kill();
    for number in 0..MESSAGES {
        anna.begin("message.send", json!({"conversation": pair, "text": format!("number {number}")}));
    }
    anna.ask("sync", json!({}));
    world.server.kill();
    let path = segment(world.server.data());
    let mut bytes = std::fs::read(&path).unwrap();
    let at = middle_of_a_message(&bytes, &pair);
    bytes[at..at + 16].iter_mut().for_each(|byte| *byte ^= 0xff);
    std::fs::write(&path, bytes).unwrap();
    world.server.restart();
    let ready = page(world.server.address(), "/readyz");
    assert!(ready.starts_with("HTTP/1.1 200") && ready.contains("damaged: "), "{ready}");
    assert!(!page(world.server.address(), "/metrics").contains("casemate_damaged_records 0\n"));
    assert!(world.server.log().contains(path.to_str().unwrap()));

    ben.restart();
    let expected =
        |texts: &[String]| (0..MESSAGES).filter(|number| texts.contains(&format!("number {number}"))).count();
    ben.until("all messages", |ben| (expected(&ben.texts(&pair)) == MESSAGES).then_some(()));
    anna.until("all of them delivered", |anna| {
        let messages = anna.messages(&pair);
        let own = messages
            .iter()
            .filter(|message| message["text"].as_str().is_some_and(|text| text.starts_with("number ")));
        let states: Vec<_> = own.map(|message| message["state"].as_str().unwrap_or_default()).collect();
        let told = states.iter().filter(|state| ["delivered", "read"].contains(state)).count();
        (told == MESSAGES).then_some(())
    });
    for person in [&mut anna, &mut ben] {
        for line in notices(person, &pair) {
            assert!(!line.contains("removed") && !line.contains("different histories"), "{line}");
        }
    }
    assert!(notices(&mut ben, &pair).iter().any(|line| line.contains("lost at the server")));
    ben.say(&pair, "all of it");
    anna.hears("all of it");
}

#[test]
fn missing_files_are_refused_with_what_to_do_and_the_check_names_damage() {
    let mut world = World::new();
    let (mut anna, mut ben) = (world.join("anna"), world.join("ben"));
    let pair = anna.meet(&mut ben);
    anna.say(&pair, "hello");
    ben.hears("hello");
    world.server.kill();
    let data = world.server.data().to_owned();
    let check = |whole: bool| {
        let output =
            casemate_e2e::binary::command(&["server", "--check", "--data"]).arg(&data).output().unwrap();
        assert_eq!(output.status.success(), whole, "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(check(true).contains("everything is whole"));
    let path = data.join("directory.db");
    std::fs::rename(&path, data.join("aside")).unwrap();
    let refused = refused_start(&data, "127.0.0.1:0");
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("directory.db") && said.contains("--accept-loss"), "{said}");
    std::fs::rename(data.join("aside"), &path).unwrap();
    let path = segment(&data);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert!(check(false).contains(path.to_str().unwrap()));
    world.server.restart();
}

fn notices(person: &mut Member, conversation: &str) -> Vec<String> {
    let all = person.messages(conversation).into_iter().filter(|message| message["kind"] != "text");
    all.filter_map(|message| message["text"].as_str().map(str::to_owned)).collect()
}
