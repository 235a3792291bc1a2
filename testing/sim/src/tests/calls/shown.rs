//! What is shown in a call without a word, which pictures come, and what all have in common.

use std::cell::RefCell;
use std::rc::Rc;

use casemate_api::Event;
use casemate_engine::{CallNews, CallWish, Input};
use casemate_wire::ids::{CallId, DeviceId};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{CallWish as Asked, Done, ServerFrame};
use serde_json::json;

use super::{call, listed, newest, two};
use crate::{ClientId, World};

/// Signs of others that a device was told of since the last look: muted, hand, reaction.
fn signs(world: &mut World, id: ClientId) -> Vec<(bool, bool, Option<String>)> {
    let events = std::mem::take(&mut world.client(id).events);
    let sign = |event: Event| match event {
        Event::CallSigned { muted, hand, reaction, .. } => Some((muted, hand, reaction)),
        _ => None,
    };
    events.into_iter().filter_map(sign).collect()
}

#[test]
fn signs_reach_those_in_the_call_and_whoever_comes_later() {
    let mut world = World::new(2_650);
    let [ana, bob, eve] = ["ana", "bob", "eve"].map(|name| world.person(name));
    for other in [bob, eve] {
        world.befriend(ana, other);
    }
    let group = world.group("walkers", ana, &[bob, eve]);
    world.settle();
    let id = call(&mut world, ana, &group);
    world.settle_for(2_000);
    let sign = |muted, hand, reaction: Option<&str>| json!({"call": id, "muted": muted, "hand": hand, "reaction": reaction});
    let refused = world.call(bob, "call.sign", sign(true, false, None));
    assert!(refused.is_err(), "whoever is not in it shows nothing");
    world.ok(bob, "call.answer", json!({"call": id}));
    world.settle_for(2_000);
    world.ok(ana, "call.sign", sign(true, true, Some("🎉")));
    world.settle_for(2_000);
    assert_eq!(signs(&mut world, bob), [(true, true, Some("🎉".into()))]);
    assert_eq!(signs(&mut world, eve), [], "she is not in it");
    // What is still so is said again to whoever comes; what was for a moment is not.
    world.ok(eve, "call.answer", json!({"call": id}));
    world.settle_for(2_000);
    assert!(signs(&mut world, eve).contains(&(true, true, None)));
    for odd in ["x", "🎉🎉", "🎉\n", "\u{202e}🎉"] {
        assert!(world.call(ana, "call.sign", sign(false, false, Some(odd))).is_err());
    }
}

/// Cameras and screens that are off are said by who has them; programs of before say nothing of it, and then nothing is told.
#[test]
fn signs_say_whether_camera_and_screen_are_on() {
    let mut two = two(2_654);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    let id = call(world, ana, &two.at_ana);
    world.settle_for(2_000);
    world.ok(bob, "call.answer", json!({"call": id}));
    world.settle_for(2_000);
    let told = |world: &mut World| {
        let events = std::mem::take(&mut world.client(bob).events);
        let said = events.into_iter().filter_map(|event| match event {
            Event::CallSigned { camera, screen, .. } => Some((camera, screen)),
            _ => None,
        });
        said.collect::<Vec<_>>()
    };
    told(world);
    for (camera, screen) in
        [(Some(true), Some(false)), (Some(false), Some(true)), (Some(false), None), (None, None)]
    {
        world.ok(ana, "call.sign", json!({"call": id, "camera": camera, "screen": screen}));
        world.settle_for(1_000);
        assert_eq!(told(world), [(camera, screen)]);
    }
    // Who was away is told again.
    world.ok(ana, "call.sign", json!({"call": id, "camera": false, "screen": false}));
    world.restart_server();
    world.settle_for(8_000);
    assert!(told(world).ends_with(&[(Some(false), Some(false))]));
}

/// What is said past the log while nobody is connected is lost. What is still so is said once they are, whoever is back first.
#[test]
fn signs_of_while_the_server_was_away_are_told_when_it_is_back() {
    for seed in 2_653..2_659 {
        let mut two = two(seed);
        let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
        let id = call(world, ana, &two.at_ana);
        world.settle_for(2_000);
        world.ok(bob, "call.answer", json!({"call": id}));
        world.settle_for(2_000);
        let sign = |muted, hand, reaction: Option<&str>| json!({"call": id, "muted": muted, "hand": hand, "reaction": reaction});
        world.ok(ana, "call.sign", sign(false, true, None));
        world.settle_for(2_000);
        assert_eq!(signs(world, bob), [(false, true, None)]);
        world.restart_server();
        world.ok(ana, "call.sign", sign(true, false, Some("🎉")));
        world.settle_for(8_000);
        let told = signs(world, bob);
        assert!(
            !told.is_empty() && told.iter().all(|sign| *sign == (true, false, None)),
            "seed {seed}: {told:?}"
        );
        world.settle_for(180_000);
        assert_eq!(signs(world, bob), [], "once they heard it, it is not said again");
        // Also by whoever was there all the time, to whoever was not.
        world.sleep(bob, 10_000);
        world.ok(ana, "call.sign", sign(false, false, None));
        world.settle_for(18_000);
        assert_eq!(signs(world, bob).last(), Some(&(false, false, None)), "seed {seed}");
        assert_eq!(signs(world, ana), [], "he showed nothing");
    }
}

#[test]
fn who_has_the_same_keys_sees_the_same_pictures() {
    let mut world = World::new(2_651);
    let [ana, bob, eve] = ["ana", "bob", "eve"].map(|name| world.person(name));
    for other in [bob, eve] {
        world.befriend(ana, other);
    }
    let group = world.group("walkers", ana, &[bob]);
    world.settle();
    let id = call(&mut world, ana, &group);
    world.settle_for(2_000);
    assert!(listed(&mut world, bob)[0].get("code").is_none(), "none before the answer");
    world.ok(bob, "call.answer", json!({"call": id}));
    world.settle_for(2_000);
    let code = |world: &mut World, who| listed(world, who)[0]["code"].clone();
    let first = code(&mut world, ana);
    assert_eq!(first.as_array().map(Vec::len), Some(6));
    assert_eq!(code(&mut world, bob), first);
    // Other members, other keys, other pictures; and the same for all again.
    world.ok(ana, "conversation.add", json!({"conversation": group, "members": ["eve@sim.example"]}));
    world.settle_for(5_000);
    assert_ne!(code(&mut world, ana), first);
    assert_eq!(code(&mut world, ana), code(&mut world, bob));
}

#[test]
fn wishes_name_those_in_the_call_and_nobody_else() {
    let mut two = two(2_652);
    let asked: Rc<RefCell<Vec<Asked>>> = Rc::default();
    let ears = asked.clone();
    two.world.ears = Some(Box::new(move |_, frame| {
        let Some(Request::CallWish(wish)) = &frame.request else { return (Some(frame), Vec::new()) };
        ears.borrow_mut().push(wish.clone());
        (None, vec![ServerFrame { id: frame.id, body: Some(Body::Done(Done::default())) }])
    }));
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    let id = call(world, ana, &two.at_ana);
    world.settle_for(2_000);
    world.ok(bob, "call.answer", json!({"call": id}));
    world.settle_for(2_000);
    assert_eq!(newest(world, ana).0, "in");
    let participants = listed(world, ana)[0]["participants"].as_array().unwrap().clone();
    let bobs = participants.iter().find(|one| one["address"] == "bob@sim.example").unwrap();
    let bobs = DeviceId::from_hex(bobs["device"].as_str().unwrap()).unwrap();
    let wish = |device, screen, height| CallWish { device, screen, height };
    let stranger = DeviceId([7; 16]);
    let wishes = vec![
        wish(bobs, false, 720),
        wish(stranger, false, 720),
        wish(bobs, true, 1_080),
        wish(bobs, false, 180),
    ];
    let call = CallId::from_hex(&id).unwrap();
    world.input(ana.0, Input::Call { call, news: CallNews::Wishes(wishes) });
    world.settle_for(2_000);
    let asked = asked.borrow();
    let [wish] = &asked[..] else { panic!("{}", asked.len()) };
    let heights: Vec<_> = wish.wishes.iter().map(|wish| (wish.screen, wish.height)).collect();
    assert_eq!(heights, [(false, 720), (true, 1_080)]);
    assert!(wish.wishes.iter().all(|wish| wish.source.len() == 16 && wish.source[..] != bobs.0));
}
