//! Who is in a call now: one that nobody is in any more keeps nobody from ringing, and one that goes on is joined.

use std::cell::RefCell;
use std::rc::Rc;

use casemate_api::Event;
use casemate_content::call::{Said, What, kind_of};
use casemate_engine::{CallNews, Input};
use casemate_wire::ids::{CallId, LogId, ParticipantId};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use serde_json::json;

use super::{Two, call, is, listed, media, newest, rang, two};
use crate::{ClientId, World};

/// Longer than a call goes on without a word of anybody in it.
const LONG_MS: i64 = 160_000;

/// Longer than anybody is asked whether they are there.
const ASKED_MS: i64 = 3_000;

/// Killed, and not started again.
fn killed(world: &mut World, id: ClientId) {
    world.sleep(id, i64::MAX / 4);
    world.with_db(id, |_| ());
}

/// Four in a group, two of whom talk.
struct Group {
    world: World,
    ana: ClientId,
    bob: ClientId,
    eve: ClientId,
    dan: ClientId,
    /// As Ana has it.
    group: String,
    at_eve: String,
    call: String,
}

fn talking(seed: u64) -> Group {
    let mut world = World::new(seed);
    let [ana, bob, eve, dan] = ["ana", "bob", "eve", "dan"].map(|name| world.person(name));
    for (one, other) in [(ana, bob), (ana, eve), (ana, dan), (eve, dan), (bob, eve), (bob, dan)] {
        world.befriend(one, other);
    }
    let group = world.group("walkers", ana, &[bob, eve, dan]);
    // Leaves that are new are made anew within the first hour or so; nothing of that is among what is counted.
    world.settle_for(2 * 3_600_000);
    let at_eve = world.named(eve, "walkers");
    let call = call(&mut world, ana, &group);
    world.settle_for(2_000);
    world.ok(bob, "call.answer", json!({"call": call}));
    world.settle_for(2_000);
    for who in [eve, dan] {
        world.ok(who, "call.decline", json!({"call": call}));
        rang(&mut world, who);
    }
    Group { world, ana, bob, eve, dan, group, at_eve, call }
}

#[test]
fn a_call_whose_people_were_killed_keeps_nobody_from_ringing() {
    let mut group = talking(2_660);
    let (at_eve, going) = (group.at_eve.clone(), group.call.clone());
    let Group { world, ana, bob, eve, dan, .. } = &mut group;
    for who in [*ana, *bob] {
        killed(world, who);
    }
    // At once: nobody there answers, so it rings.
    let id = call(world, *eve, &at_eve);
    assert_ne!(id, going);
    world.settle_for(2_000);
    assert_eq!(rang(world, *dan), std::slice::from_ref(&id));
    assert_eq!(newest(world, *eve).0, "calling");
    world.ok(*dan, "call.answer", json!({"call": id}));
    world.settle_for(LONG_MS);
    // And after a while it is over for everybody.
    for who in [*eve, *dan] {
        let states: Vec<_> = listed(world, who).iter().map(|call| call["state"].clone()).collect();
        assert_eq!(states, ["over", "in"]);
    }
    // Who was killed says that they left when they run again, and finds the call that goes on.
    world.wake(*ana);
    world.settle_for(LONG_MS);
    let states: Vec<_> = listed(world, *ana).iter().map(|call| call["state"].clone()).collect();
    assert_eq!(states[0], "over");
    assert_eq!(media(world, *ana).last(), Some(&"close"));
}

#[test]
fn whoever_is_in_it_keeps_a_call_going_on_without_a_word_in_the_log() {
    let mut group = talking(2_661);
    let log = LogId::from_hex(&group.group).unwrap();
    let said = Rc::new(RefCell::new(0));
    let counted = said.clone();
    group.world.ears = Some(Box::new(move |_, frame| {
        if matches!(frame.request, Some(Request::SendEphemeral(_))) {
            *counted.borrow_mut() += 1;
        }
        (Some(frame), Vec::new())
    }));
    let (at_eve, going) = (group.at_eve.clone(), group.call.clone());
    let Group { world, ana, bob, eve, dan, .. } = &mut group;
    let before = world.entries(log).len();
    world.settle_for(30 * 60_000);
    for who in [*eve, *dan] {
        assert_eq!(newest(world, who), is("going_on", "declined"));
    }
    assert_eq!(world.entries(log).len(), before);
    let said = std::mem::take(&mut *said.borrow_mut());
    assert!((60..=120).contains(&said), "two of them, every 30 to 60 s: {said}");
    // Where somebody was away meanwhile nothing ends that they could not hear of.
    world.sleep(*eve, 20 * 60_000);
    world.settle_for(20 * 60_000 + 5_000);
    assert_eq!(newest(world, *eve).0, "going_on");
    assert_eq!(call(world, *eve, &at_eve), going, "and it is joined");
    world.settle_for(2_000);
    for who in [*ana, *bob, *eve] {
        assert_eq!(listed(world, who)[0]["participants"].as_array().map(Vec::len), Some(3));
    }
    assert_eq!(rang(world, *dan), [""; 0]);
}

/// How many are in the newest call, as a device lists them.
fn in_it(world: &mut World, who: ClientId) -> usize {
    let newest = listed(world, who).pop().expect("a call");
    newest["participants"].as_array().map_or(0, Vec::len)
}

#[test]
fn who_was_killed_in_a_groups_call_is_listed_no_longer_and_who_is_quiet_is() {
    let mut group = talking(2_668);
    let going = group.call.clone();
    let Group { world, ana, bob, eve, dan, .. } = &mut group;
    world.ok(*eve, "call.answer", json!({"call": going}));
    world.settle_for(2_000);
    killed(world, *bob);
    std::mem::take(&mut world.client(*ana).events);
    world.settle_for(100_000);
    for who in [*ana, *eve, *dan] {
        assert_eq!(in_it(world, who), 3, "so soon nobody is given up");
    }
    let is_change = |event: &Event| matches!(event, Event::CallChanged { call, .. } if *call == going);
    assert!(!world.client(*ana).events.iter().any(is_change));
    world.settle_for(LONG_MS - 100_000);
    for who in [*ana, *eve, *dan] {
        assert_eq!(in_it(world, who), 2, "in it or not");
    }
    assert!(world.client(*ana).events.iter().any(is_change));
    // Those who say nothing to anybody are there all the same.
    for _ in 0..12 {
        world.settle_for(5 * 60_000);
        for who in [*ana, *eve, *dan] {
            assert_eq!(in_it(world, who), 2);
        }
    }
    assert_eq!((newest(world, *ana).0, newest(world, *dan).0), ("in".into(), "going_on".into()));
    // He comes back, finds those who are there, and is one of them again.
    world.wake(*bob);
    world.settle_for(LONG_MS);
    assert_eq!(newest(world, *bob).0, "going_on");
    assert_eq!(in_it(world, *bob), 2);
    world.ok(*bob, "call.answer", json!({"call": going}));
    world.settle_for(2_000);
    for who in [*ana, *bob, *eve, *dan] {
        assert_eq!(in_it(world, who), 3);
    }
}

#[test]
fn of_a_call_with_many_who_was_killed_is_listed_for_twice_as_long() {
    let mut world = World::new(2_669);
    let people: Vec<ClientId> = (0..9).map(|number| world.person(&format!("p{number}x"))).collect();
    let (ana, others) = (people[0], &people[1..]);
    for other in others {
        world.befriend(ana, *other);
    }
    let group = world.group("walkers", ana, others);
    world.settle_for(2 * 3_600_000);
    let id = call(&mut world, ana, &group);
    world.settle_for(2_000);
    for other in others {
        world.ok(*other, "call.answer", json!({"call": id}));
        world.settle_for(2_000);
    }
    killed(&mut world, people[8]);
    let left = &people[..8];
    // Each says it half as often.
    world.settle_for(LONG_MS);
    assert!(left.iter().all(|who| in_it(&mut world, *who) == 9));
    world.settle_for(150_000);
    assert!(left.iter().all(|who| in_it(&mut world, *who) == 8));
    for _ in 0..10 {
        world.settle_for(60_000);
        assert!(left.iter().all(|who| in_it(&mut world, *who) == 8));
    }
}

#[test]
fn a_call_that_could_not_be_heard_for_a_while_goes_on_again() {
    let mut group = talking(2_662);
    let eve = group.eve;
    group.world.tamper = Some(Box::new(move |id, frame| {
        let is_lost = id == eve && matches!(frame.body, Some(Body::Ephemeral(_)));
        if is_lost { Vec::new() } else { vec![frame] }
    }));
    group.world.settle_for(LONG_MS);
    assert_eq!(newest(&mut group.world, eve), is("over", "declined"));
    group.world.tamper = None;
    group.world.settle_for(65_000);
    assert_eq!(newest(&mut group.world, eve), is("going_on", "declined"));
    let call = listed(&mut group.world, eve).remove(0);
    assert_eq!(call["participants"].as_array().map(Vec::len), Some(2));
}

#[test]
fn an_offer_alone_does_not_switch_off_ringing_for_a_group() {
    let mut group = talking(2_663);
    let (at_eve, going, walkers) = (group.at_eve.clone(), group.call.clone(), group.group.clone());
    let Group { world, ana, bob, eve, dan, .. } = &mut group;
    for who in [*ana, *bob] {
        world.ok(who, "call.leave", json!({"call": going}));
    }
    world.settle_for(10 * 60_000);
    let mut mallory = world.insider(*ana, &walkers);
    let said = Said {
        call: CallId([7; 16]),
        what: What::Offer { video: false },
        at_ms: world.now_ms,
        participant: ParticipantId([7; 16]),
        secret: None,
        asks: false,
    };
    world.insider_says(&mut mallory, vec![7; 16], kind_of(&said));
    world.settle_for(2_000);
    for who in [*eve, *dan] {
        assert_eq!(rang(world, who).len(), 1);
        world.ok(who, "call.decline", json!({"call": CallId([7; 16]).to_hex()}));
    }
    let before = world.now_ms;
    let id = call(world, *eve, &at_eve);
    assert!(world.now_ms - before <= ASKED_MS);
    assert_ne!(id, CallId([7; 16]).to_hex());
    world.settle_for(2_000);
    assert_eq!(rang(world, *dan), [id]);
    world.settle_for(LONG_MS);
    let hers = listed(world, *dan).into_iter().find(|call| call["call"] == CallId([7; 16]).to_hex());
    assert_eq!(hers.unwrap()["state"], "over");
}

#[test]
fn called_back_after_the_caller_died_while_it_rang() {
    // While it still rings, and when it is missed.
    for (seed, after_ms) in [(2_664, 10_000), (2_665, 70_000)] {
        let mut two = two(seed);
        let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
        let first = call(world, ana, &two.at_ana);
        world.settle_for(2_000);
        assert_eq!(rang(world, bob), std::slice::from_ref(&first));
        killed(world, ana);
        world.settle_for(after_ms);
        let second = call(world, bob, &two.at_bob);
        assert_ne!(first, second);
        assert_eq!(newest(world, bob).0, "calling");
        assert_ne!(listed(world, bob)[0]["state"], "ringing");
        // Asked for twice, it rings once.
        assert_eq!(call(world, bob, &two.at_bob), second);
        // Within the minute she is back, and it rings there.
        world.wake(ana);
        world.settle_for(5_000);
        assert_eq!(rang(world, ana), std::slice::from_ref(&second));
        world.ok(ana, "call.answer", json!({"call": second}));
        world.settle_for(2_000);
        for who in [ana, bob] {
            let states: Vec<_> = listed(world, who).iter().map(|call| call["state"].clone()).collect();
            assert_eq!(states, ["over", "in"]);
        }
    }
}

#[test]
fn calling_whoever_calls_just_then_takes_their_call() {
    let mut two = two(2_666);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    let first = call(world, ana, &two.at_ana);
    world.settle_for(2_000);
    assert_eq!(call(world, bob, &two.at_bob), first);
    world.settle_for(2_000);
    for who in [ana, bob] {
        assert_eq!(newest(world, who), is("in", "answered"));
    }
    // An own other device takes it over while the other one is there, and calls anew where they are not.
    let tablet = world.link(bob);
    world.settle();
    let at_tablet = world.chat(tablet, ana);
    assert_eq!(call(world, ana, &two.at_ana), first, "who is in it stays in it");
    world.ok(ana, "call.leave", json!({"call": first}));
    let second = call(world, ana, &two.at_ana);
    world.settle_for(2_000);
    world.ok(bob, "call.answer", json!({"call": second}));
    world.settle_for(2_000);
    assert_eq!(call(world, tablet, &at_tablet), second);
    world.ok(tablet, "call.leave", json!({"call": second}));
    world.ok(ana, "call.leave", json!({"call": second}));
    world.settle_for(2_000);
    let third = call(world, ana, &two.at_ana);
    world.settle_for(2_000);
    world.ok(bob, "call.answer", json!({"call": third}));
    world.settle_for(2_000);
    killed(world, ana);
    assert_ne!(call(world, tablet, &at_tablet), third, "that the sibling is there is not enough");
    assert_eq!(newest(world, tablet).0, "calling");
}

#[test]
fn a_question_that_nobody_can_hear_is_answered() {
    let mut group = talking(2_667);
    let at_eve = group.at_eve.clone();
    let Group { world, eve, .. } = &mut group;
    let first = world.begin(*eve, "call.start", json!({"conversation": at_eve}));
    let again = world.begin(*eve, "call.start", json!({"conversation": at_eve}));
    world.sleep(*eve, 60_000);
    for asked in [first, again] {
        let refused = world.answer(*eve, asked).unwrap_err();
        assert_eq!(refused.kind, casemate_api::Kind::Offline);
    }
    world.settle_for(65_000);
    assert_eq!(media(world, *eve), [""; 0], "what was refused does not begin later");
}

/// What a driver says while nothing comes.
fn unheard(world: &mut World, id: ClientId, call: &str, times: usize) {
    let call = CallId::from_hex(call).expect("an id");
    for _ in 0..times {
        world.input(id.0, Input::Call { call, news: CallNews::Unheard });
        world.settle_for(8_000);
    }
}

#[test]
fn who_is_left_alone_with_silence_is_told_after_a_while() {
    let Two { mut world, ana, bob, at_ana, .. } = two(2_670);
    let id = call(&mut world, ana, &at_ana);
    world.settle_for(2_000);
    world.ok(bob, "call.answer", json!({"call": id}));
    world.settle_for(2_000);
    // Who has no microphone answers when asked.
    unheard(&mut world, ana, &id, 10);
    assert_eq!(newest(&mut world, ana), is("in", "answered"));
    // Who was reloaded is waited for.
    world.kill(bob.0);
    unheard(&mut world, ana, &id, 10);
    assert_eq!(newest(&mut world, ana), is("in", "answered"));
    world.ok(bob, "call.answer", json!({"call": id}));
    world.settle_for(2_000);
    // Who is gone is not; what was heard in between counts.
    killed(&mut world, bob);
    unheard(&mut world, ana, &id, 3);
    world.settle_for(30_000);
    unheard(&mut world, ana, &id, 4);
    assert_eq!(newest(&mut world, ana), is("in", "answered"));
    std::mem::take(&mut world.client(ana).events);
    unheard(&mut world, ana, &id, 1);
    assert_eq!(newest(&mut world, ana), is("over", "answered"));
    let why = |event| match event {
        Event::CallChanged { state, why: Some(why), .. } if state == "over" => Some(why),
        _ => None,
    };
    let whys: Vec<_> = std::mem::take(&mut world.client(ana).events).into_iter().filter_map(why).collect();
    assert_eq!(whys, ["nothing was heard of the other side any more"]);
}
