//! Blobs: somebody else's, cut, lengthened, in another order.

use casemate_api::Kind;
use casemate_api::command::AttachmentKind::{Document, Photo};
use casemate_wire::ids::BlobId;
use rand::RngCore as _;
use serde_json::json;

use super::story;
use crate::{ClientId, World};

const CHUNK: usize = 64 * 1024;

type Lie = fn(&[u8], &[u8]) -> Vec<u8>;

#[test]
fn somebody_elses_file_or_a_part_of_it_is_refused_whole() {
    let mut world = World::new(8_300);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    let mut contents = [vec![0; 200_000], vec![0; 200_000]];
    contents.iter_mut().for_each(|content| world.rng.fill_bytes(content));
    let lies: [Lie; 8] = [
        |_, other| other.to_vec(),
        |own, _| own[..own.len() - 1].to_vec(),
        |own, _| own[..CHUNK].to_vec(),
        |own, _| [own, own].concat(),
        |own, _| [own, &[0]].concat(),
        |_, _| Vec::new(),
        |own, _| [&own[CHUNK + 16..2 * (CHUNK + 16)], &own[..CHUNK + 16], &own[2 * (CHUNK + 16)..]].concat(),
        |own, other| [&own[..CHUNK + 16], &other[CHUNK + 16..]].concat(),
    ];
    for (number, lie) in lies.into_iter().enumerate() {
        let files: Vec<_> = [Photo, Document]
            .into_iter()
            .zip(&contents)
            .map(|(kind, content)| world.stage(ana, kind, &format!("{number}"), content))
            .collect();
        let blobs: Vec<BlobId> = files.iter().map(|file| file.blob).collect();
        let stored: Vec<Vec<u8>> = blobs.iter().map(|blob| world.client(ana).blobs[blob].clone()).collect();
        world.switch = Some(Box::new(move |to: ClientId, blob, bytes| {
            match blobs.iter().position(|one| *one == blob).filter(|_| to == bob) {
                Some(at) => lie(&bytes, &stored[1 - at]),
                None => bytes,
            }
        }));
        let sent = world.send_files(ana, &at_ana, "", files);
        world.settle();
        assert_eq!(world.file_states(bob, &at_bob, &sent), ["failed", "offered"], "lie {number}");
        for index in 0..2 {
            let save = json!({"message": sent, "index": index, "path": "/tmp/bad"});
            assert_eq!(world.call(bob, "attachment.save", save).unwrap_err().kind, Kind::Untrusted);
        }
        assert!(world.client(bob).saved.is_empty() && world.client(bob).blobs.is_empty(), "lie {number}");
    }
}

#[test]
fn a_past_that_is_not_the_accounts_own_is_not_handed_over() {
    let mut story = story(World::new(8_301));
    let (ana, bob) = (story.ana, story.bob);
    let world = &mut story.world;
    let count = std::cell::Cell::new(0);
    // Garbage of the same length, then what is another device's, cut; then the truth.
    let third = world.device("bob");
    world.switch = Some(Box::new(move |to, _, bytes| {
        count.set(count.get() + usize::from(to == third));
        match count.get() {
            1 if to == third => vec![9; bytes.len()],
            2 if to == third => bytes[..bytes.len() / 2].to_vec(),
            _ => bytes,
        }
    }));
    let code = world.device_code(third);
    world.ok(bob, "device.approve", json!({"code": code, "history": "all", "confirm": true}));
    world.settle_for(120_000);
    world.truth();
    world.settle_for(3_600_000);
    let (at_bob, at_third) = (world.chat(bob, ana), world.chat(third, ana));
    let (own, handed) = (world.texts(bob, &at_bob), world.texts(third, &at_third));
    // What came is what the account said; the rest is missing rather than made up.
    assert!(handed.is_empty() || handed == own, "{handed:?} of {own:?}");
    world.say(ana, &story.chat, "to all of you");
    world.settle();
    assert_eq!(world.texts(third, &at_third).last().unwrap(), "to all of you");
}
