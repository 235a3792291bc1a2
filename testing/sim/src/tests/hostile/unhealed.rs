//! A server that takes messages and refuses new keys keeps no copy reading, and nobody from knowing.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use bytes::Bytes;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{Error, ErrorCode, ServerFrame};
use serde_json::{Value, json};

use crate::{ClientId, World};

/// Commits that a server takes in a place before it refuses all.
const TAKEN: u32 = 3;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// The server refuses each commit of one client, wherever. How often it did.
fn refuses_keys(world: &mut World, of: ClientId) -> Rc<Cell<usize>> {
    let refused = Rc::new(Cell::new(0));
    let count = refused.clone();
    world.ears = Some(Box::new(move |from, frame| match &frame.request {
        Some(Request::Append(append)) if from == of && append.commit.is_some() => {
            count.set(count.get() + 1);
            let error = Error { code: ErrorCode::ErrorNotAllowed as i32, ..Error::default() };
            (None, vec![ServerFrame { id: frame.id, body: Some(Body::Error(error)) }])
        }
        _ => (Some(frame), Vec::new()),
    }));
    refused
}

fn two(seed: u64) -> (World, ClientId, ClientId, String, String) {
    let mut world = World::new(seed);
    let [ana, bob] = ["ana", "bob"].map(|name| world.person(name));
    world.befriend(ana, bob);
    world.settle_for(HOUR_MS);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    (world, ana, bob, at_ana, at_bob)
}

fn finding(world: &mut World, id: ClientId) -> Option<Value> {
    let checked = world.ok(id, "guard.checkup", json!({}));
    checked["findings"].as_array().unwrap().iter().find(|one| one["id"] == "keys_old").cloned()
}

fn refusals_said(world: &mut World, id: ClientId, conversation: &str) -> usize {
    world.notices(id, conversation).iter().filter(|line| line.contains("refuses new keys")).count()
}

/// Everybody writes once in six hours, for so many days.
fn days(world: &mut World, days: i64, who: &[(ClientId, &String)]) {
    for _ in 0..days * 4 {
        for (id, conversation) in who {
            world.say(*id, conversation, "hello");
        }
        world.settle_for(6 * HOUR_MS);
    }
}

#[test]
fn keys_that_a_server_refuses_are_said_shown_and_the_conversation_leaves() {
    let (mut world, ana, bob, at_ana, at_bob) = two(8_850);
    let both = [(ana, &at_ana), (bob, &at_bob)];
    let checked = world.ok(bob, "guard.checkup", json!({}));
    assert_eq!(checked["keys"][0]["days"], 0, "{checked}");
    let mut copy = world.copy_of(bob, &at_bob);
    let place = world.log_of(bob, &at_bob);
    refuses_keys(&mut world, bob);
    days(&mut world, 7, &both);
    assert_eq!((refusals_said(&mut world, bob, &at_bob), finding(&mut world, bob)), (0, None));
    days(&mut world, 3, &both);
    assert_eq!(refusals_said(&mut world, bob, &at_bob), 1, "{:?}", world.notices(bob, &at_bob));
    // Ana's device was asked to put Bob's in anew; her commit is taken, and the copy reads no more.
    days(&mut world, 1, &both);
    copy.overhear(&world.entries(place));
    let now = world.log_of(bob, &at_bob);
    let read_before = copy.overhear(&world.entries(now));
    days(&mut world, 2, &both);
    let read = copy.overhear(&world.entries(now));
    assert_eq!((read_before, read), (0, 0), "it goes blind");
    assert_eq!(finding(&mut world, bob), None, "its keys are new");
    let (texts, here) = (world.texts(bob, &at_bob).len(), world.texts(ana, &at_ana).len());
    assert_eq!(texts, here, "nothing was lost");
}

/// All commits there are refused, also those of others.
#[test]
fn keys_that_a_server_refuses_for_ever_get_no_endless_row_of_places() {
    let (mut world, ana, bob, at_ana, at_bob) = two(8_851);
    let both = [(ana, &at_ana), (bob, &at_bob)];
    let first = world.log_of(bob, &at_bob);
    // Of each place it takes the first commits, without which nobody would be there.
    let mut taken: BTreeMap<Bytes, u32> = BTreeMap::from([(first.into(), TAKEN)]);
    world.ears = Some(Box::new(move |_, frame| match &frame.request {
        Some(Request::Append(append)) if append.commit.is_some() => {
            let taken = taken.entry(append.log.clone()).or_insert(0);
            *taken += 1;
            if *taken <= TAKEN {
                return (Some(frame), Vec::new());
            }
            let error = Error { code: ErrorCode::ErrorNotAllowed as i32, ..Error::default() };
            (None, vec![ServerFrame { id: frame.id, body: Some(Body::Error(error)) }])
        }
        _ => (Some(frame), Vec::new()),
    }));
    let mut places = vec![first];
    for _ in 0..45 {
        days(&mut world, 1, &both);
        let now = world.log_of(bob, &at_bob);
        if places.last() != Some(&now) {
            places.push(now);
        }
    }
    assert!((2..=6).contains(&places.len()), "{}", places.len());
    let said = refusals_said(&mut world, bob, &at_bob) + refusals_said(&mut world, ana, &at_ana);
    assert!((1..=4).contains(&said), "{said}");
    let (texts, here) = (world.texts(bob, &at_bob).len(), world.texts(ana, &at_ana).len());
    assert_eq!(texts, here, "nothing was lost");
}

#[test]
fn keys_that_are_overdue_go_before_the_next_message() {
    let (mut world, ana, bob, at_ana, at_bob) = two(8_852);
    world.sleep(bob, 20 * DAY_MS);
    world.settle_for(19 * DAY_MS);
    let log = world.log_of(ana, &at_ana);
    let there = world.entries(log).len();
    world.wake(bob);
    world.say(bob, &at_bob, "back");
    world.settle_for(20_000);
    let new = world.entries(log);
    let kinds: Vec<_> =
        new[there..].iter().map(|entry| casemate_crypto::entry_kind(&entry.payload)).collect();
    assert_eq!(kinds.first(), Some(&casemate_crypto::EntryKind::Commit), "{kinds:?}");
    assert_eq!(world.texts(ana, &at_ana), ["back"]);
}
