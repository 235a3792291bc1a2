//! Files that guard died of: looked into no more until the person says so, and kept in a journal that nobody else reaches.

use casemate_api::Kind;
use casemate_api::command::AttachmentKind::{Document, Photo};
use serde_json::{Value, json};

use crate::{ClientId, World};

/// For each file of a message, whether it is held.
fn held(world: &mut World, id: ClientId, conversation: &str, message: &str) -> Vec<bool> {
    let messages = world.messages(id, conversation);
    let found = messages.iter().find(|one| one["message"] == message).expect("the message");
    let files = found["attachments"].as_array().expect("a list");
    files.iter().map(|file| file["quarantined"].as_bool().unwrap_or(false)).collect()
}

fn note(world: &mut World, id: ClientId, message: &str, index: u32, outcome: &str) {
    world.ok(id, "guard.note", json!({"message": message, "index": index, "outcome": outcome}));
}

fn journal(world: &mut World, id: ClientId) -> Vec<Value> {
    let said = world.ok(id, "guard.journal", json!({}));
    said["entries"].as_array().expect("a list").clone()
}

#[test]
fn what_was_being_decoded_when_all_was_killed_is_left_alone_at_the_next_start() {
    let mut world = World::new(821);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    let files = [(Photo, "a.jpg", "a bomb"), (Photo, "b.jpg", "flowers")]
        .map(|(kind, name, bytes)| world.stage(ana, kind, name, bytes.as_bytes()));
    let sent = world.send_files(ana, &at_ana, "look", files.to_vec());
    world.settle();
    assert_eq!(held(&mut world, bob, &at_bob, &sent), [false, false]);
    assert!(journal(&mut world, bob).is_empty());

    // What was marked before it was looked into is told at the next start, and from then on known at every start.
    world.kill(bob.0);
    note(&mut world, bob, &sent, 0, "killed");
    world.kill(bob.0);
    world.settle();
    assert_eq!(held(&mut world, bob, &at_bob, &sent), [true, false]);

    // The same bytes in another message, from anybody, under another name, are the same file.
    let again = world.stage(ana, Document, "notes.pdf", b"a bomb");
    let again = world.send_files(ana, &at_ana, "did you look?", vec![again]);
    world.settle();
    assert_eq!(held(&mut world, bob, &at_bob, &again), [true]);
    // The bytes themselves can be had: to be saved, or given to a lab.
    world.ok(bob, "attachment.save", json!({"message": sent, "index": 0, "path": "/tmp/kept"}));
    assert_eq!(world.client(bob).saved["/tmp/kept"], b"a bomb");

    // The person may try again, and it may go wrong again.
    world.ok(bob, "guard.release", json!({"message": again, "index": 0}));
    assert_eq!(held(&mut world, bob, &at_bob, &sent), [false, false]);
    note(&mut world, bob, &sent, 0, "crashed");
    assert_eq!(held(&mut world, bob, &at_bob, &sent), [true, false]);
    let kept = journal(&mut world, bob);
    let outcomes: Vec<&Value> = kept.iter().map(|one| &one["outcome"]).collect();
    assert_eq!((kept.len(), outcomes.contains(&&json!("killed"))), (2, true));
    assert!(outcomes.contains(&&json!("crashed")));
}

#[test]
fn the_journal_of_what_guard_refused_has_no_contents_and_its_sender_takes_nothing_out_of_it() {
    let mut world = World::new(822);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    let file = world.stage(ana, Photo, "the name of a secret.jpg", b"no picture at all");
    let sent = world.send_files(ana, &at_ana, "words of a secret", vec![file]);
    world.settle();
    note(&mut world, bob, &sent, 0, "refused");
    note(&mut world, bob, &sent, 0, "refused");
    // Guard's own answer is an answer: it may be asked again.
    assert_eq!(held(&mut world, bob, &at_bob, &sent), [false]);
    note(&mut world, bob, &sent, 0, "too_long");

    world.ok(ana, "message.delete", json!({"message": sent, "for": "everyone"}));
    world.settle();
    let kept = journal(&mut world, bob);
    assert_eq!(kept.len(), 2);
    for entry in &kept {
        assert_eq!((&entry["message"], &entry["from"]), (&json!(sent), &json!("ana@sim.example")));
        assert!(!entry.to_string().contains("secret"), "{entry}");
    }
    let refused = kept.iter().find(|one| one["outcome"] == "refused").expect("an entry");
    assert_eq!((&refused["times"], &refused["quarantined"]), (&json!(2), &json!(false)));
    // A file that was sent again by anybody is still known.
    let again = world.stage(ana, Photo, "another.jpg", b"no picture at all");
    let again = world.send_files(ana, &at_ana, "", vec![again]);
    world.settle();
    assert_eq!(held(&mut world, bob, &at_bob, &again), [true]);
    assert!(journal(&mut world, ana).is_empty(), "nobody else learns of it");
}

#[test]
fn what_is_no_file_is_not_noted() {
    let mut world = World::new(823);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let at_ana = world.chat(ana, bob);
    let said = world.say(ana, &at_ana, "only words");
    for (message, index) in [(said.as_str(), 0), ("00", 0), (said.as_str(), 7)] {
        let wanted = json!({"message": message, "index": index, "outcome": "crashed"});
        let refused = world.call(ana, "guard.note", wanted).expect_err("there is no such file");
        assert_eq!(refused.kind, Kind::NotFound);
    }
    assert!(journal(&mut world, ana).is_empty());
}
