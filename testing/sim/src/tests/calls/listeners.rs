//! Who gets what a device sends: whom its screen shows, and nobody who is there without a word. What is said of those.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use casemate_api::Event;
use casemate_engine::{CallNews, Input};
use casemate_wire::call::{Allowed, parse_join, parse_wish};
use casemate_wire::ids::{CallId, ParticipantId};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{CallJoined, CallListeners, Done, ServerFrame};
use prost::Message;
use serde_json::{Value, json};

use super::{call, listed, two};
use crate::{ClientId, World};

/// A relay's room, as it hears of it: who is there, and whom each allows.
#[derive(Default)]
struct Room {
    there: BTreeMap<ClientId, (ParticipantId, Option<Allowed>)>,
    /// How often each said something.
    said: usize,
    /// It says that it keeps to it.
    keeps: bool,
    /// Connections that no member speaks of.
    strangers: u32,
}

impl Room {
    /// Whether one gets what another one sends.
    fn hears(&self, listener: ClientId, speaker: ClientId) -> bool {
        let (Some((listener, _)), Some((_, allowed))) = (self.there.get(&listener), self.there.get(&speaker))
        else {
            return false;
        };
        allowed.as_ref().is_none_or(|allowed| allowed.has(listener))
    }

    /// What a participant is told: as the relay counts it.
    fn told(&self, who: ClientId) -> Option<ServerFrame> {
        let (participant, allowed) = self.there.get(&who)?;
        let allowed = allowed.as_ref()?;
        let others = self.there.iter().filter(|(id, _)| **id != who).map(|(_, other)| other);
        let unallowed = others.clone().filter(|(id, _)| !allowed.has(id)).count() as u32 + self.strangers;
        let open = others.clone().filter(|(id, theirs)| allowed.has(id) && theirs.is_none()).count() as u32;
        let others = others.count() as u32 + self.strangers;
        let said = CallListeners { participant: (*participant).into(), others, unallowed, open };
        Some(ServerFrame { id: 0, body: Some(Body::CallListeners(said)) })
    }
}

/// A relay that keeps to what it is told; nothing of calls goes further than to it. Members of `stays` leave nothing.
fn relay(world: &mut World, stays: Option<ClientId>) -> Rc<RefCell<Room>> {
    let room = Rc::new(RefCell::new(Room { keeps: true, ..Room::default() }));
    let ears = room.clone();
    world.ears = Some(Box::new(move |id, frame| {
        let mut room = ears.borrow_mut();
        let body = match &frame.request {
            Some(Request::CallJoin(join)) => {
                let (place, allowed) = parse_join(join).expect("a client joins so");
                room.there.insert(id, (place.participant.id(), allowed));
                let keeps_allowed = room.keeps;
                Body::CallJoined(CallJoined { answer: "v=0".into(), keeps_allowed, ..CallJoined::default() })
            }
            Some(Request::CallWish(wish)) => {
                let (_, wish) = parse_wish(wish).expect("a client wishes so");
                if let (Some(allowed), Some(known)) = (wish.allowed, room.there.get_mut(&id)) {
                    known.1 = Some(allowed);
                }
                Body::Done(Done::default())
            }
            Some(Request::CallLeave(_)) => {
                if stays != Some(id) {
                    room.there.remove(&id);
                }
                Body::Done(Done::default())
            }
            _ => return (Some(frame), Vec::new()),
        };
        room.said += 1;
        let mut answers = vec![ServerFrame { id: frame.id, body: Some(body) }];
        answers.extend(room.told(id));
        (None, answers)
    }));
    room
}

/// A device's media join.
fn joins(world: &mut World, id: ClientId, call: &str) {
    let call = CallId::from_hex(call).expect("an id");
    world.input(id.0, Input::Call { call, news: CallNews::Offer { sdp: "v=0".to_owned() } });
    world.settle_for(1_000);
}

/// The first calls and the others answer. The call.
fn all_join<const N: usize>(world: &mut World, group: &str, people: [ClientId; N]) -> String {
    let id = call(world, people[0], group);
    joins(world, people[0], &id);
    for who in &people[1..] {
        world.ok(*who, "call.answer", json!({"call": id}));
        joins(world, *who, &id);
    }
    id
}

/// The relay says how it is, as it does whenever somebody comes or goes.
fn tells(world: &mut World, room: &Rc<RefCell<Room>>, id: ClientId) {
    let frame = room.borrow().told(id).expect("it said whom it allows");
    world.send_down(id.0, frame.encode_to_vec().into());
    world.settle_for(100);
}

fn listening(world: &mut World, id: ClientId) -> Value {
    listed(world, id).last().expect("a call").get("listening").cloned().unwrap_or_default()
}

fn group(seed: u64) -> (World, [ClientId; 3], String) {
    let mut world = World::new(seed);
    let [ana, bob, eve] = ["ana", "bob", "eve"].map(|name| world.person(name));
    for other in [bob, eve] {
        world.befriend(ana, other);
    }
    let group = world.group("walkers", ana, &[bob, eve]);
    world.settle_for(2 * 3_600_000);
    (world, [ana, bob, eve], group)
}

#[test]
fn a_device_is_heard_by_whom_its_screen_shows_and_by_nobody_before() {
    let mut two = two(2_670);
    let room = relay(&mut two.world, None);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    let id = call(world, ana, &two.at_ana);
    joins(world, ana, &id);
    assert_eq!(room.borrow().there[&ana].1, Some(Allowed::default()), "nobody yet");
    world.ok(bob, "call.answer", json!({"call": id}));
    joins(world, bob, &id);
    world.settle_for(2_000);
    assert!(room.borrow().hears(bob, ana) && room.borrow().hears(ana, bob));
    world.settle_for(60_000);
    assert_eq!(listening(world, ana), Value::Null);
}

#[test]
fn who_says_that_they_left_and_stays_hears_nobody_and_every_screen_says_that_somebody_is_there() {
    let (mut world, [ana, bob, eve], group) = group(2_671);
    let room = relay(&mut world, Some(eve));
    let id = all_join(&mut world, &group, [ana, bob, eve]);
    world.settle_for(2_000);
    assert!(room.borrow().hears(eve, ana) && room.borrow().hears(eve, bob));
    // The relay is not told that she leaves; the members are.
    world.ok(eve, "call.leave", json!({"call": id}));
    world.settle_for(1_000);
    assert!(room.borrow().there.contains_key(&eve), "she is connected still");
    assert!(!room.borrow().hears(eve, ana) && !room.borrow().hears(eve, bob));
    assert!(room.borrow().hears(bob, ana) && room.borrow().hears(ana, bob));
    for who in [ana, bob] {
        tells(&mut world, &room, who);
        assert_eq!(listening(&mut world, who), Value::Null, "she may be on her way out");
        world.client(who).events.clear();
    }
    world.settle_for(25_000);
    for who in [ana, bob] {
        assert_eq!(listening(&mut world, who), json!([{"code": "hidden", "count": 1}]));
        let told = |event: &Event| matches!(event, Event::CallChanged { call, .. } if *call == id);
        assert!(world.client(who).events.iter().any(told), "the screen is told to look");
    }
    // Gone in truth.
    room.borrow_mut().there.remove(&eve);
    for who in [ana, bob] {
        tells(&mut world, &room, who);
        assert_eq!(listening(&mut world, who), Value::Null);
    }
}

#[test]
fn who_joins_without_saying_so_hears_nobody_and_is_counted() {
    let (mut world, [ana, bob, eve], group) = group(2_672);
    let room = relay(&mut world, None);
    all_join(&mut world, &group, [ana, bob]);
    world.settle_for(2_000);
    // She computes the room, as every member can, and says nothing; she says no list either.
    let hidden = ParticipantId([7; 16]);
    room.borrow_mut().there.insert(eve, (hidden, None));
    assert!(!room.borrow().hears(eve, ana) && !room.borrow().hears(eve, bob));
    tells(&mut world, &room, ana);
    world.settle_for(25_000);
    assert_eq!(listening(&mut world, ana), json!([{"code": "hidden", "count": 1}]));
}

#[test]
fn who_is_removed_from_the_group_hears_nothing_more_of_its_call() {
    let (mut world, [ana, bob, eve], group) = group(2_673);
    let room = relay(&mut world, Some(eve));
    all_join(&mut world, &group, [ana, bob, eve]);
    world.settle_for(2_000);
    assert!(room.borrow().hears(eve, bob));
    world.ok(ana, "conversation.remove", json!({"conversation": group, "members": ["eve@sim.example"]}));
    world.settle_for(5_000);
    assert!(!room.borrow().hears(eve, ana) && !room.borrow().hears(eve, bob));
    assert!(room.borrow().hears(bob, ana) && room.borrow().hears(ana, bob));
}

#[test]
fn the_list_is_said_again_after_a_connection_that_broke_and_when_joining_anew() {
    let mut two = two(2_674);
    let room = relay(&mut two.world, None);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    let id = call(world, ana, &two.at_ana);
    joins(world, ana, &id);
    world.ok(bob, "call.answer", json!({"call": id}));
    joins(world, bob, &id);
    world.settle_for(2_000);
    assert!(room.borrow().hears(bob, ana));
    world.settle_for(30_000);
    // The relay was started again, and knows of nobody until they come.
    room.borrow_mut().there.remove(&ana);
    joins(world, ana, &id);
    assert!(room.borrow().hears(bob, ana), "as it joins, without another word");
    let said = room.borrow().said;
    world.sleep(ana, 1_000);
    world.settle_for(3_000);
    assert!(room.borrow().said > said, "whoever is back says it, and so hears who is there");
    assert!(room.borrow().hears(bob, ana));
}

#[test]
fn versions_that_keep_no_list_are_heard_and_it_is_said_what_that_means() {
    let mut two = two(2_675);
    let room = relay(&mut two.world, None);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    let id = call(world, ana, &two.at_ana);
    joins(world, ana, &id);
    world.ok(bob, "call.answer", json!({"call": id}));
    joins(world, bob, &id);
    world.settle_for(2_000);
    room.borrow_mut().there.get_mut(&bob).unwrap().1 = None;
    tells(world, &room, ana);
    assert!(room.borrow().hears(bob, ana) && room.borrow().hears(ana, bob));
    assert_eq!(listening(world, ana), json!([{"code": "open", "count": 1}]));
    // And a server of such a version.
    room.borrow_mut().keeps = false;
    joins(world, ana, &id);
    assert_eq!(listening(world, ana)[1], json!({"code": "unkept", "count": 1}));
}
