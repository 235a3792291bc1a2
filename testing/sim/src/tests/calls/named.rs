//! A call is named by its conversation's log and its id: who is in two conversations and uses an id of one first in the other takes
//! nothing away.

use casemate_content::call::{Move, Said, What, kind_of};
use casemate_wire::ids::{CallId, ParticipantId};
use serde_json::{Value, json};

use super::{call, is, listed, media, newest, rang};
use crate::insider::Insider;
use crate::{ClientId, World};

/// Bob is in a group with Ana and in another one with Mallory.
fn world(seed: u64) -> (World, [ClientId; 3], [String; 2]) {
    let mut world = World::new(seed);
    let [ana, bob, mallory] = ["ana", "bob", "mallory"].map(|name| world.person(name));
    for other in [ana, mallory] {
        world.befriend(bob, other);
    }
    let (walkers, others) = (world.group("walkers", ana, &[bob]), world.group("others", mallory, &[bob]));
    world.settle_for(2 * 3_600_000);
    (world, [ana, bob, mallory], [walkers, others])
}

fn says(world: &mut World, who: &mut Insider, call: CallId, what: What) {
    let (at_ms, participant) = (world.now_ms, ParticipantId([5; 16]));
    let id: [u8; 16] = std::array::from_fn(|at| call.0[at] ^ world.now_ms.to_be_bytes()[at % 8]);
    world.insider_says(
        who,
        id.to_vec(),
        kind_of(&Said { call, what, at_ms, participant, secret: None, asks: false }),
    );
    world.settle_for(2_000);
}

/// The call of a conversation as a device lists it: id, state, outcome.
fn of(world: &mut World, id: ClientId, group: &str) -> (String, String, String) {
    let conversation = world.named(id, group);
    let all: Vec<Value> =
        listed(world, id).into_iter().filter(|call| call["conversation"] == *conversation).collect();
    let [call] = &all[..] else { panic!("{all:?}") };
    let text = |field: &str| call[field].as_str().expect("a text").to_owned();
    (text("call"), text("state"), text("outcome"))
}

#[test]
fn a_call_rings_whose_id_was_used_in_another_conversation_before() {
    let (mut world, [ana, bob, mallory], [walkers, others]) = world(2_680);
    let (mut ana, mut mallory) = (world.insider(ana, &walkers), world.insider(mallory, &others));
    let same = CallId([7; 16]);
    says(&mut world, &mut mallory, same, What::Offer { video: false });
    assert_eq!(rang(&mut world, bob), [same.to_hex()]);
    says(&mut world, &mut ana, same, What::Offer { video: true });
    let (id, state, _) = of(&mut world, bob, "walkers");
    assert_eq!((rang(&mut world, bob), &*state), (vec![id.clone()], "ringing"));
    assert_ne!(id, same.to_hex());
    // What is said of one is said of that alone.
    world.ok(bob, "call.answer", json!({"call": id}));
    world.settle_for(2_000);
    says(&mut world, &mut mallory, same, What::Step(Move::Joined));
    says(&mut world, &mut mallory, same, What::Step(Move::Left));
    assert_eq!(of(&mut world, bob, "others").2, "cancelled");
    assert_eq!(of(&mut world, bob, "walkers").1, "in");
    says(&mut world, &mut ana, same, What::Step(Move::Joined));
    let there = listed(&mut world, bob);
    let there = there.iter().find(|call| call["call"] == *id).expect("it is listed");
    assert_eq!(there["participants"].as_array().map(Vec::len), Some(2), "{there}");
    assert_eq!(media(&mut world, bob), ["open"]);
}

#[test]
fn a_call_whose_id_somebody_else_repeats_elsewhere_is_answered_whichever_is_read_first() {
    for seed in 2_681..2_685 {
        let (mut world, [ana, bob, mallory], [walkers, others]) = world(seed);
        let mut mallory = world.insider(mallory, &others);
        world.sleep(bob, 8_000);
        let id = call(&mut world, ana, &walkers);
        let same = CallId::from_hex(&id).expect("an id");
        says(&mut world, &mut mallory, same, What::Offer { video: false });
        world.settle_for(10_000);
        assert_eq!(rang(&mut world, bob).len(), 2, "seed {seed}");
        let (at_bob, ..) = of(&mut world, bob, "walkers");
        world.ok(bob, "call.answer", json!({"call": at_bob}));
        world.settle_for(2_000);
        assert_eq!(newest(&mut world, ana), is("in", "answered"), "seed {seed}: she is told of hers");
        world.ok(bob, "call.leave", json!({"call": at_bob}));
        world.settle_for(2_000);
        assert_eq!(of(&mut world, bob, "others").1, "ringing", "seed {seed}");
    }
}

#[test]
fn an_own_device_declines_the_call_that_was_meant() {
    let (mut world, [ana, bob, mallory], [walkers, others]) = world(2_686);
    let tablet = world.link(bob);
    world.settle_for(2 * 3_600_000);
    let (mut ana, mut mallory) = (world.insider(ana, &walkers), world.insider(mallory, &others));
    let same = CallId([7; 16]);
    says(&mut world, &mut mallory, same, What::Offer { video: false });
    says(&mut world, &mut ana, same, What::Offer { video: false });
    world.ok(bob, "call.decline", json!({"call": same.to_hex()}));
    world.settle_for(2_000);
    for who in [bob, tablet] {
        assert_eq!(of(&mut world, who, "others").2, "declined");
        assert_eq!(of(&mut world, who, "walkers").1, "ringing");
    }
}
