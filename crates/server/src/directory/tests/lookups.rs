//! Finding people, and that nobody can be told from nobody.

use casemate_wire::ids::Hash32;
use casemate_wire::proto::directory::KnockPolicy;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::device_request_body::Request as DeviceAsk;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{CreateInvite, ErrorCode, FetchManifest, fetch_manifest::By};

use crate::config::{Limits, Policy};
use crate::testing::kit::Person;
use crate::testing::{World, open_policy};

fn fetch(by: By) -> Request {
    Request::FetchManifest(FetchManifest { by: Some(by), proof: None, known: None })
}

fn by_handle(handle: &str) -> Request {
    fetch(By::Handle(handle.into()))
}

#[test]
fn whoever_lets_anyone_knock_is_found_with_keys_and_promise() {
    let mut world = World::open();
    let (ana, line) = world.person("ana", 1);
    let Ok(Body::Manifest(answer)) = world.ask(line.id, by_handle("ana")) else { panic!() };
    assert_eq!(answer.manifest.unwrap(), ana.manifest.signed);
    assert_eq!(answer.device_keys, [ana.device.keys()]);
    assert!(answer.promise.is_some());
}

#[test]
fn the_others_are_answered_like_nobody_to_the_byte() {
    let mut world =
        World::new(Policy { limits: Limits { lifted: true, ..Limits::default() }, ..open_policy() });
    let closed = [KnockPolicy::Link, KnockPolicy::Organisation, KnockPolicy::Nobody];
    for (seed, policy) in (1..).zip(closed) {
        world.settle_in(Person::new(&format!("closed{seed}x"), seed).knockable(policy));
    }
    let line = world.line();
    let absent = world.ask(line.id, by_handle("nobody-here")).unwrap_err();
    assert_eq!(absent.code(), ErrorCode::ErrorNotFound);
    for name in ["closed1x", "closed2x", "closed3x", "", "Not A Name", &"x".repeat(5_000)] {
        assert_eq!(world.ask(line.id, by_handle(name)).unwrap_err(), absent, "{name}");
    }
    for by in [By::Link(vec![1; 16].into()), By::Link(vec![].into()), By::InboxToken(vec![1; 16].into())] {
        assert_eq!(world.ask(line.id, fetch(by)).unwrap_err(), absent);
    }
}

/// The same answer would not be enough if it took another way. What SQLite does for a closed account and for an
/// absent one is compared: the same plan, and the same number of steps of its virtual machine.
#[test]
fn looking_for_a_closed_account_is_the_work_of_looking_for_none() {
    let mut world =
        World::new(Policy { limits: Limits { lifted: true, ..Limits::default() }, ..open_policy() });
    for seed in 1..=60u8 {
        let policy = if seed % 2 == 0 { KnockPolicy::Anyone } else { KnockPolicy::Link };
        world.settle_in(Person::new(&format!("p{seed}x"), seed).knockable(policy));
    }
    let steps = |handle: &str| {
        let mut statement = world
            .server
            .directory
            .db
            .prepare("SELECT id FROM account INDEXED BY account_open WHERE handle = ?1 AND knock_policy = 0")
            .unwrap();
        let found = statement.exists([handle]).unwrap();
        (found, statement.get_status(rusqlite::StatementStatus::VmStep))
    };
    let (found, open) = steps("p2x");
    let (absent, nobody) = steps("p999x");
    let (closed, link) = steps("p1x");
    assert!(found && !absent && !closed);
    assert_eq!(link, nobody);
    assert_ne!(open, nobody, "the counter counts");
}

#[test]
fn a_choice_to_be_found_no_more_counts_at_once() {
    let mut world = World::open();
    let (mut ana, line) = world.person("ana", 1);
    world.ask(line.id, by_handle("ana")).unwrap();
    let publish = ana.publish(&[], |document| document.set_knock_policy(KnockPolicy::Nobody));
    world.ask(line.id, publish).unwrap();
    assert_eq!(world.refused(line.id, by_handle("ana")), ErrorCode::ErrorNotFound);
}

#[test]
fn a_link_finds_its_maker_until_it_expires() {
    let mut world = World::open();
    for (seed, policy, found) in [
        (1u8, KnockPolicy::Anyone, true),
        (2, KnockPolicy::Link, true),
        (3, KnockPolicy::Organisation, false),
        (4, KnockPolicy::Nobody, false),
    ] {
        let (person, line) = world.settle_in(Person::new(&format!("person{seed}"), seed).knockable(policy));
        let secret = [seed; 16];
        let expires_ms = world.now_ms + 1_000;
        let create = CreateInvite { secret_hash: Hash32::of(&[&secret]).into(), uses: 0, expires_ms };
        world.ask(line.id, person.request(&line.hello, DeviceAsk::CreateInvite(create))).unwrap();
        let by_link = || fetch(By::Link(secret.to_vec().into()));
        assert_eq!(world.ask(line.id, by_link()).is_ok(), found, "{policy:?}");
        world.now_ms += 1_000;
        assert_eq!(world.refused(line.id, by_link()), ErrorCode::ErrorNotFound);
    }
}

#[test]
fn a_contact_finds_by_its_inbox_token_whatever_the_choice() {
    let mut world = World::open();
    let (ana, line) = world.settle_in(Person::new("ana", 1).knockable(KnockPolicy::Nobody));
    world.inbox(&ana, &line, [3; 16]);
    let Ok(Body::Manifest(answer)) = world.ask(line.id, fetch(By::InboxToken(vec![3; 16].into()))) else {
        panic!()
    };
    assert_eq!(answer.manifest.unwrap(), ana.manifest.signed);
}

#[test]
fn names_are_looked_up_slowly() {
    let mut world =
        World::new(Policy { limits: Limits { lookups_per_hour: 40, ..Limits::default() }, ..open_policy() });
    let (_, line) = world.person("ana", 1);
    for _ in 0..10 {
        let _ = world.ask(line.id, by_handle("ana"));
    }
    let error = world.ask(line.id, by_handle("ana")).unwrap_err();
    assert_eq!(error.code(), ErrorCode::ErrorRateLimited);
    assert!(error.retry_after_ms > 0);
    // Another connection from the same network does not help; waiting does.
    let other = world.line();
    assert_eq!(world.refused(other.id, by_handle("ana")), ErrorCode::ErrorRateLimited);
    world.now_ms += i64::try_from(error.retry_after_ms).unwrap();
    world.ask(line.id, by_handle("ana")).unwrap();
}
