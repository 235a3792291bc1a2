//! Calls: who can make whom ring, what exists before somebody answers, and what is left of it afterwards. Media
//! themselves are a driver's; here is seen what it is allowed to make, and when.

mod both;
mod declining;
mod here;
mod joining;
mod listeners;
mod named;
mod often;
mod orders;
mod ringing;
mod shown;
mod spoken;

use casemate_api::Event;
use casemate_content::call::{Said, What};
use casemate_engine::Output;
use casemate_wire::ids::{CallId, ParticipantId};
use serde_json::{Value, json};

use crate::{ClientId, World};

/// What a device did about media since the last look, in words.
fn media(world: &mut World, id: ClientId) -> Vec<&'static str> {
    let word = |output: Output| match output {
        Output::CallOpen(_) => "open",
        Output::CallJoined { .. } => "joined",
        Output::CallKeys { .. } => "keys",
        Output::CallClose { .. } => "close",
        other => panic!("{other:?} is not about a call"),
    };
    std::mem::take(&mut world.client(id).calls).into_iter().map(word).collect()
}

/// What a member of an earlier version says of a call: nothing for the keys of its frames.
fn said(call: CallId, what: What, at_ms: i64, participant: ParticipantId) -> Said {
    Said { call, what, at_ms, participant, secret: None, asks: false }
}

/// Calls that a device was told to ring for since the last look.
fn rang(world: &mut World, id: ClientId) -> Vec<String> {
    let events = std::mem::take(&mut world.client(id).events);
    let ringing = |event: Event| match event {
        Event::CallRinging { call, .. } => Some(call),
        _ => None,
    };
    events.into_iter().filter_map(ringing).collect()
}

fn call(world: &mut World, id: ClientId, conversation: &str) -> String {
    let started = world.ok(id, "call.start", json!({"conversation": conversation}));
    started["call"].as_str().expect("an id").to_owned()
}

/// The newest call as a device lists it: state and outcome.
fn newest(world: &mut World, id: ClientId) -> (String, String) {
    let calls = listed(world, id);
    let last = calls.last().expect("a call");
    (last["state"].as_str().expect("a state").into(), last["outcome"].as_str().expect("an outcome").into())
}

fn listed(world: &mut World, id: ClientId) -> Vec<Value> {
    world.ok(id, "call.list", json!({"limit": 1000}))["calls"].as_array().expect("a list").clone()
}

fn is(state: &str, outcome: &str) -> (String, String) {
    (state.to_owned(), outcome.to_owned())
}

/// Two who know each other.
struct Two {
    world: World,
    ana: ClientId,
    bob: ClientId,
    at_ana: String,
    at_bob: String,
}

fn two(seed: u64) -> Two {
    let mut world = World::new(seed);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    // Leaves that are new are made anew within the first hour or so; nothing of that is among what is counted.
    world.settle_for(2 * 3_600_000);
    Two { world, ana, bob, at_ana, at_bob }
}
