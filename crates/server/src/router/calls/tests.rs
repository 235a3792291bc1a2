//! Who enters a call, and at which relay.

use std::collections::BTreeSet;

use casemate_wire::ids::{ParticipantSecret, RoomSecret};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::{CallAllowed, CallJoined, DeviceRequest, Done, ErrorCode};

use super::*;
use crate::config::Limits;
use crate::router::live::ROOMS_OF_ONE;
use crate::testing::kit::Person;
use crate::testing::{Line, World};

fn join(room: u8, proof: Option<DeviceRequest>) -> Request {
    Request::CallJoin(CallJoin {
        proof,
        room: vec![room; 32].into(),
        participant: vec![9; 16].into(),
        offer: "v=0\r\n".into(),
        allowed: None,
    })
}

fn leave(room: u8) -> Request {
    Request::CallLeave(CallLeave { room: vec![room; 32].into(), participant: vec![9; 16].into() })
}

fn wish(room: u8) -> Request {
    Request::CallWish(CallWish {
        room: vec![room; 32].into(),
        participant: vec![9; 16].into(),
        wishes: Vec::new(),
        ..CallWish::default()
    })
}

fn proof(person: &Person, line: &Line) -> Option<DeviceRequest> {
    Some(person.signed(&person.device, &line.hello, None))
}

/// Sends, and gives what a relay is asked for it.
fn asked(world: &mut World, line: &Line, request: Request) -> CallOp {
    world.send(line.id, 77, request);
    let [op] = &std::mem::take(&mut world.server.called)[..] else { panic!("no relay was asked") };
    op.clone()
}

fn world(relays: &[&str]) -> World {
    let mut world = World::open();
    for name in relays {
        let relay = world.server.router.add_relay(name);
        world.server.router.relay_is(relay, Reached::Yes);
    }
    world
}

#[test]
fn a_device_enters_a_call_and_the_relay_sees_nobodys_name() {
    let mut world = world(&["one"]);
    let (ana, line) = world.person("ana", 1);
    let op = asked(&mut world, &line, join(1, proof(&ana, &line)));
    let to_relay::Request::Join(handed_on) = &op.request else { panic!("{op:?}") };
    assert_eq!((handed_on.proof.clone(), &handed_on.room[..]), (None, &[1; 32][..]));
    let joined = CallJoined { answer: "v=0".into(), relay: "one".into(), ..CallJoined::default() };
    world.server.router.relayed(op.tag, Ok(Body::CallJoined(joined.clone())));
    assert_eq!(world.take(line.id).unwrap().body, Some(Body::CallJoined(joined)));
    let op = asked(&mut world, &line, wish(1));
    world.server.router.relayed(op.tag, Ok(Body::Done(Done {})));
    let op = asked(&mut world, &line, leave(1));
    world.server.router.relayed(op.tag, Err(no_relay()));
    let answers = world.drain(line.id);
    assert!(matches!(&answers[..], [Body::Done(_), Body::Error(_)]), "{answers:?}");
}

#[test]
fn who_else_is_there_is_told_to_the_participant_alone_on_its_newest_connection() {
    let mut world = world(&["one"]);
    let (ana, line) = world.person("ana", 1);
    let other = world.line();
    let allowed = Some(CallAllowed::default());
    let said = |participant: &[u8; 16]| CallListeners {
        participant: ParticipantSecret::new(*participant).id().into(),
        others: 2,
        unallowed: 1,
        open: 0,
    };
    let told = |world: &mut World, line: &Line| {
        world.server.router.call_listeners(said(&[9; 16]));
        world.drain(line.id).into_iter().filter(|body| matches!(body, Body::CallListeners(_))).count()
    };
    // Who says no list is an older client, and is told nothing.
    asked(&mut world, &line, join(1, proof(&ana, &line)));
    assert_eq!(told(&mut world, &line), 0);
    let Request::CallJoin(join) = join(1, proof(&ana, &line)) else { panic!() };
    let op = asked(&mut world, &line, Request::CallJoin(CallJoin { allowed: allowed.clone(), ..join }));
    let to_relay::Request::Join(handed_on) = &op.request else { panic!("{op:?}") };
    assert_eq!(handed_on.allowed, allowed);
    assert_eq!(told(&mut world, &line), 1);
    world.server.router.call_listeners(said(&[8; 16]));
    assert_eq!(world.drain(line.id).len(), 0, "of somebody else");
    // It comes back on another connection, and says there whom it allows.
    let Request::CallWish(wish) = wish(1) else { panic!() };
    asked(&mut world, &other, Request::CallWish(CallWish { allowed, ..wish }));
    assert_eq!(told(&mut world, &line), 0);
    assert_eq!(world.drain(other.id).len(), 1, "there it was told");
    world.server.router.disconnect(line.id);
    assert_eq!(told(&mut world, &other), 1);
    world.server.router.disconnect(other.id);
    assert!(world.server.router.calls.hear.is_empty());
}

#[test]
fn a_relay_is_told_what_is_alike_for_one_account_in_one_room_and_leads_to_nobody() {
    let mut world = world(&["one"]);
    let ((ana, line), (bob, bobs)) = (world.person("ana", 1), world.person("bob", 2));
    let again = world.line();
    let mut holder = |person: &Person, line: &Line, room: u8| {
        asked(&mut world, line, join(room, proof(person, line))).holder.unwrap()
    };
    let first = holder(&ana, &line, 1);
    assert_eq!(holder(&ana, &again, 1), first);
    let others = [holder(&ana, &line, 2), holder(&bob, &bobs, 1), holder(&bob, &bobs, 2)];
    let all: BTreeSet<HolderId> = others.into_iter().chain([first]).collect();
    assert_eq!(all.len(), 4);
    assert_eq!(asked(&mut world, &line, wish(1)).holder, None);
    // After a restart it is another one.
    let account = proof(&ana, &line).unwrap().account;
    let restarted = Router::new(Limits::default(), [8; 32]);
    assert_ne!(restarted.holder(&hash_of(1), &account), first);
}

#[test]
fn calls_account_in_all_its_rooms_enters_no_other_and_keeps_nobody_out() {
    let mut world = world(&["one"]);
    world.server.router.relay_greets(0, true, "", false);
    let ((ana, line), (bob, bobs)) = (world.person("ana", 1), world.person("bob", 2));
    let joined = || Ok(Body::CallJoined(CallJoined::default()));
    let rooms = ROOMS_OF_ONE as u8;
    let holders: Vec<HolderId> = (0..rooms)
        .map(|room| {
            let op = asked(&mut world, &line, join(room, proof(&ana, &line)));
            world.server.router.relayed(op.tag, joined());
            op.holder.unwrap()
        })
        .collect();
    world.drain(line.id);
    let more = join(rooms, proof(&ana, &line));
    assert_eq!(world.refused(line.id, more.clone()), ErrorCode::ErrorRateLimited);
    assert!(world.server.called.is_empty(), "the relay is not asked");
    asked(&mut world, &line, join(0, proof(&ana, &line)));
    asked(&mut world, &bobs, join(rooms, proof(&bob, &bobs)));
    // A device that hangs up before the relay answers counts all the same, until it says that they are gone.
    world.server.router.call_left(0, &holders[1..2]);
    let other = world.line();
    let op = asked(&mut world, &other, join(rooms, proof(&ana, &other)));
    world.server.router.disconnect(other.id);
    world.server.router.relayed(op.tag, joined());
    assert_eq!(world.refused(line.id, join(rooms + 1, proof(&ana, &line))), ErrorCode::ErrorRateLimited);
    world.server.router.call_left(0, &[op.holder.unwrap()]);
    asked(&mut world, &line, join(rooms + 1, proof(&ana, &line)));
    // One of an earlier version says nothing of those who left.
    world.server.router.relay_greets(0, false, "", false);
    for room in 0..3 * rooms {
        asked(&mut world, &line, join(room, proof(&ana, &line)));
    }
}

#[test]
fn without_a_device_of_this_server_nobody_enters() {
    let mut world = world(&["one"]);
    let (ana, line) = world.person("ana", 1);
    let stranger = Person::new("mallory", 7);
    let other = world.line();
    let of_another_connection = proof(&ana, &other);
    let for_something_else = Some(ana.signed(&ana.device, &line.hello, Some(ana.device.create_inbox())));
    let wrong = [None, proof(&stranger, &line), of_another_connection, for_something_else];
    for proof in wrong {
        world.refused(line.id, join(1, proof));
        assert!(world.server.called.is_empty());
    }
}

#[test]
fn without_relays_it_is_said() {
    let mut world = world(&[]);
    let (ana, line) = world.person("ana", 1);
    assert!(line.hello.no_calls);
    assert_eq!(world.refused(line.id, join(1, proof(&ana, &line))), ErrorCode::ErrorNotFound);
    let relay = world.server.router.add_relay("one");
    assert!(!world.line().hello.no_calls);
    assert_eq!(world.refused(line.id, join(1, proof(&ana, &line))), ErrorCode::ErrorRateLimited);
    world.server.router.relay_is(relay, Reached::Yes);
    asked(&mut world, &line, join(1, proof(&ana, &line)));
}

#[test]
fn a_relay_that_dies_gives_its_rooms_away_and_does_not_get_them_back() {
    let mut world = world(&["one", "two", "three"]);
    let relays =
        |world: &mut World| -> Vec<usize> { (0..60).filter_map(|room| place(world, room)).collect() };
    let before = relays(&mut world);
    for relay in 0..3 {
        let rooms = before.iter().filter(|at| **at == relay).count();
        assert!((8..35).contains(&rooms), "relay {relay} has {rooms} of 60");
    }
    world.server.router.relay_is(1, Reached::Not);
    let after = relays(&mut world);
    for (before, after) in before.iter().zip(&after) {
        assert!(if *before == 1 { *after != 1 } else { before == after });
    }
    world.server.router.relay_is(1, Reached::Yes);
    assert_eq!(relays(&mut world), after, "who talks there goes on talking there");
    world.now_ms += REMEMBERED_MS;
    world.server.router.sweep(world.now_ms);
    assert_eq!(relays(&mut world), before);
}

fn hash_of(room: u8) -> Hash32 {
    RoomSecret::new([room; 32]).hash()
}

/// The relay of a room that a device enters; `None`: the device is to ask again.
fn place(world: &mut World, room: u8) -> Option<usize> {
    world.server.router.calls.entered(hash_of(room), world.now_ms)
}

#[test]
fn a_server_that_was_started_again_asks_all_relays_before_anybody_joins() {
    let mut world = World::open();
    let [one, two] = ["one", "two"].map(|name| world.server.router.add_relay(name));
    let mut by_name = [None; 20];
    for (room, by_name) in (0..).zip(&mut by_name) {
        let (rooms, now_ms) = ([hash_of(room)], world.now_ms);
        world.server.router.relay_has(one, &[], now_ms);
        assert_eq!(place(&mut world, room), None, "the other may have it");
        world.server.router.relay_is(two, Reached::Yes);
        *by_name = world.server.router.calls.best(&hash_of(room));
        // Started again: it is where it is, not where its name would have it.
        let other = one + two - by_name.unwrap();
        assert!(world.server.router.relay_has(other, &rooms, now_ms).is_empty());
        assert_eq!(place(&mut world, room), Some(other));
        world.server.router.relay_is(two, Reached::NotYet);
    }
    assert!(by_name.contains(&Some(one)) && by_name.contains(&Some(two)));
    // One that was tried and is not there is waited for no longer.
    world.server.router.relay_is(two, Reached::Not);
    assert_eq!(place(&mut world, 50), Some(one));
}

#[test]
fn a_call_whose_relay_is_silent_for_a_moment_is_not_split() {
    let mut world = world(&["one", "two"]);
    let now_ms = world.now_ms;
    let at = place(&mut world, 1).unwrap();
    world.server.router.relay_is(at, Reached::NotYet);
    assert_eq!(place(&mut world, 1), None, "it may come back");
    world.server.router.relay_has(at, &[hash_of(1)], now_ms);
    assert_eq!(place(&mut world, 1), Some(at));
    // It does not: those who are left meet elsewhere, and that is so when it comes back with nobody.
    world.server.router.relay_is(at, Reached::Not);
    assert_eq!(place(&mut world, 1), Some(1 - at));
    world.server.router.relay_has(at, &[], now_ms);
    assert_eq!(place(&mut world, 1), Some(1 - at));
}

#[test]
fn a_relay_that_comes_back_closes_what_went_on_elsewhere_meanwhile() {
    let mut world = world(&["one", "two"]);
    let now_ms = world.now_ms;
    let at = place(&mut world, 1).unwrap();
    let alone = (2..60).find(|room| place(&mut world, *room) == Some(at)).unwrap();
    let both = [hash_of(1), hash_of(alone)];
    // Only the server cannot reach it: those in its rooms talk on, and one who comes goes elsewhere.
    world.server.router.relay_is(at, Reached::Not);
    assert_eq!(place(&mut world, 1), Some(1 - at));
    assert_eq!(world.server.router.relay_has(at, &both, now_ms), both[..1], "all meet where that one is");
    assert_eq!((place(&mut world, 1), place(&mut world, alone)), (Some(1 - at), Some(at)));
    // One that is being tried again is the current one still.
    world.server.router.relay_is(1 - at, Reached::NotYet);
    assert_eq!(world.server.router.relay_has(at, &both, now_ms), both[..1]);
    assert!(world.server.router.relay_has(1 - at, &both[..1], now_ms).is_empty());
    // Where that is gone the call is where somebody is in it; and it comes back too late.
    world.server.router.relay_is(1 - at, Reached::Not);
    assert!(world.server.router.relay_has(at, &both, now_ms).is_empty());
    assert_eq!(place(&mut world, 1), Some(at));
    assert_eq!(world.server.router.relay_has(1 - at, &both[..1], now_ms), both[..1]);
    assert_eq!(place(&mut world, 1), Some(at));
}

#[test]
fn two_relays_with_one_call_after_a_restart_of_the_server_are_told_so() {
    let mut world = World::open();
    let [one, two] = ["one", "two"].map(|name| world.server.router.add_relay(name));
    let (rooms, now_ms) = ([hash_of(1), hash_of(2)], world.now_ms);
    assert!(world.server.router.relay_has(two, &rooms[..1], now_ms).is_empty(), "it is the first to say so");
    assert_eq!(world.server.router.relay_has(one, &rooms, now_ms), rooms[..1]);
    assert_eq!((place(&mut world, 1), place(&mut world, 2)), (Some(two), Some(one)));
}

#[test]
fn what_is_wished_for_goes_where_the_call_is_and_moves_nothing() {
    let mut world = world(&["one", "two"]);
    let line = world.line();
    let at = place(&mut world, 1).unwrap();
    assert_eq!(asked(&mut world, &line, wish(1)).relay, at);
    world.server.router.relay_is(at, Reached::Not);
    assert_eq!(world.refused(line.id, wish(1)), ErrorCode::ErrorRateLimited);
    assert_eq!(world.refused(line.id, leave(1)), ErrorCode::ErrorRateLimited);
    world.server.router.relay_is(at, Reached::Yes);
    assert_eq!(asked(&mut world, &line, wish(1)).relay, at);
    // Nothing is remembered of rooms that nobody entered.
    asked(&mut world, &line, wish(2));
    assert_eq!(world.server.router.calls.rooms.len(), 1);
}

#[test]
fn entering_is_limited() {
    let mut world = world(&["one"]);
    let line = world.line();
    let refused: Vec<_> = (0..2_000).map(|_| world.refused(line.id, join(1, None))).collect();
    assert!(refused.contains(&ErrorCode::ErrorRateLimited));
}

#[test]
fn calls_relay_that_drains_keeps_its_rooms_and_gets_new_ones_where_there_is_no_other() {
    let mut world = world(&["one", "two"]);
    let at = place(&mut world, 1).unwrap();
    world.server.router.relay_greets(at, true, "before", true);
    for room in 2..40 {
        assert_eq!(place(&mut world, room), Some(1 - at));
    }
    assert_eq!(place(&mut world, 1), Some(at), "who talks there goes on talking there");
    world.server.router.relay_is(1 - at, Reached::Not);
    assert_eq!(place(&mut world, 50), Some(at), "rather than no call");
    world.server.router.relay_greets(at, true, "now", false);
    world.server.router.relay_is(1 - at, Reached::Yes);
    let back = (51..90).filter(|room| place(&mut world, *room) == Some(at)).count();
    assert!(back > 5, "{back} of 39");
}
