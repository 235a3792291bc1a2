//! From a manifest to the log, and that look-ups show it.

use casemate_transparency::{Head, history, label, lookup};
use casemate_wire::handle::Handle;
use casemate_wire::ids::Hash32;
use casemate_wire::manifest::verify_promise;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    ErrorCode, FetchHead, FetchHistory, FetchManifest, ManifestAnswer, fetch_manifest::By,
};

use crate::testing::World;
use crate::testing::kit::Person;

fn look_up(world: &mut World, handle: &str) -> ManifestAnswer {
    let line = world.line();
    let fetch = FetchManifest { by: Some(By::Handle(handle.into())), proof: None, known: None };
    match world.ask(line.id, Request::FetchManifest(fetch)) {
        Ok(Body::Manifest(answer)) => answer,
        other => panic!("{other:?}"),
    }
}

fn logged(world: &mut World, handle: &str) -> Option<Hash32> {
    let key = world.server.directory.identity().public_key();
    let shown = look_up(world, handle).shown.unwrap();
    let head = Head::verify(&shown.head.unwrap(), &key).unwrap();
    shown.lookup.map(|proof| lookup::verify(&head, &Handle::parse(handle).unwrap(), &proof).unwrap().manifest)
}

/// As the shell does, for so long.
fn pass(world: &mut World, ms: i64) {
    let until = world.now_ms + ms;
    while world.now_ms < until {
        world.now_ms = until.min(world.now_ms + super::super::LOOK_MS as i64);
        world.server.publish_due(world.now_ms).unwrap();
    }
}

#[test]
fn a_promise_counts_at_once_and_the_log_has_it_ten_seconds_later() {
    let mut world = World::open();
    let (mut ana, line) = world.person("ana", 1);
    let answer = look_up(&mut world, "ana");
    let key = world.server.directory.identity().public_key();
    verify_promise(&answer.promise.unwrap(), &key, &ana.manifest).unwrap();
    assert_eq!(logged(&mut world, "ana"), None);
    pass(&mut world, 10_000);
    assert_eq!(logged(&mut world, "ana"), Some(ana.manifest.hash));
    // Three at once: each has its epoch, in order.
    let mut hashes = vec![ana.manifest.hash];
    for added_ms in 10..13 {
        let next = ana.publish(&[], |document| document.devices[0].added_ms = added_ms);
        world.ask(line.id, next).unwrap();
        hashes.push(ana.manifest.hash);
    }
    assert_eq!(logged(&mut world, "ana"), Some(hashes[0]));
    pass(&mut world, 10_000);
    assert_eq!(logged(&mut world, "ana"), Some(hashes[3]));
    let proof = ana.signed(&ana.device, &line.hello, None);
    let Ok(Body::History(answer)) =
        world.ask(line.id, Request::FetchHistory(FetchHistory { proof: Some(proof) }))
    else {
        panic!("no history")
    };
    let head = Head::verify(&answer.head.unwrap(), &key).unwrap();
    assert_eq!(head.epoch, 4);
    let ana_handle = Handle::parse("ana").unwrap();
    assert_eq!(history::verify(&head, &ana_handle, &answer.history.unwrap()).unwrap().hashes, hashes);
    // A quiet server: an hour later no epoch more.
    pass(&mut world, 3_600_000);
    assert_eq!(world.server.directory.transparency.epochs().unwrap(), 4);
}

#[test]
fn heads_are_shown_to_anybody_and_a_history_to_own_devices_only() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    let (bob, _) = world.person("bob", 2);
    pass(&mut world, 10_000);
    let asked = Request::FetchHead(FetchHead { from: vec![0, 1, 7, u64::MAX] });
    let Ok(Body::Head(answer)) = world.ask(line.id, asked) else { panic!("no head") };
    let from: Vec<u64> = answer.extensions.iter().map(|extension| extension.from_epoch).collect();
    assert_eq!(from, [1], "only of epochs that there are");
    // Bob's device signs for Ana's account.
    let mut proof = bob.signed(&bob.device, &line.hello, None);
    proof.account = ana.manifest.account.into();
    let refused = world.ask(line.id, Request::FetchHistory(FetchHistory { proof: Some(proof) })).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::ErrorNotAllowed);
    let refused = world.ask(line.id, Request::FetchHistory(FetchHistory { proof: None })).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::ErrorInvalid);
}

#[test]
fn whoever_changes_without_end_waits() {
    let mut world = World::open();
    let (mut ana, line) = world.person("ana", 1);
    let mut refused = None;
    for added_ms in 10..30 {
        let next = ana.publish(&[], |document| document.devices[0].added_ms = added_ms);
        if let Err(error) = world.ask(line.id, next) {
            refused = Some(error);
            break;
        }
    }
    assert_eq!(refused.unwrap().code(), ErrorCode::ErrorRateLimited);
    pass(&mut world, 10_000);
    assert_eq!(world.server.directory.transparency.epochs().unwrap(), 8);
}

#[test]
fn what_an_epoch_took_before_a_crash_is_not_published_again() {
    let mut world = World::open();
    let (mut ana, line) = world.person("ana", 1);
    let first = ana.manifest.hash;
    let next = ana.publish(&[], |document| document.devices[0].added_ms = 10);
    world.ask(line.id, next).unwrap();
    // The log has both epochs, and the directory did not come to note it.
    let directory = &mut world.server.directory;
    for _ in 0..2 {
        let waiting = directory.waiting().unwrap();
        directory.transparency.publish(&waiting, world.now_ms).unwrap();
        if waiting[0].value == first {
            directory.forget_taken().unwrap();
        }
    }
    pass(&mut world, 20_000);
    assert_eq!(world.server.directory.transparency.epochs().unwrap(), 2);
    assert_eq!(logged(&mut world, "ana"), Some(ana.manifest.hash));
}

#[test]
fn a_server_that_had_no_log_enters_everybody() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("directory.db");
    let place = super::super::Place {
        name: "test.example".into(),
        public_url: "https://test.example".into(),
        restored_ms: None,
        renamed: false,
    };
    let open = || {
        let rng = Box::new(rand_core::OsRng);
        super::super::Directory::open(Some(&path), place.clone(), crate::testing::open_policy(), rng).unwrap()
    };
    let ana = Person::new("ana", 1);
    let mut directory = open();
    let ask = super::super::Ask::Client { request: ana.create_account(&[]), challenge: [0; 16] };
    directory.handle(ask, 1_000).result.unwrap();
    drop(directory);
    // As a version without a log left it.
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch("DELETE FROM unpublished; DELETE FROM setting WHERE name = 'logged'").unwrap();
    drop(db);
    for _ in 0..2 {
        let mut directory = open();
        directory.publish_due(20_000).unwrap();
        assert_eq!(
            directory.transparency.newest(&label(&ana.manifest.handle)).unwrap(),
            Some(ana.manifest.hash)
        );
        assert_eq!(directory.transparency.epochs().unwrap(), 1);
    }
}
