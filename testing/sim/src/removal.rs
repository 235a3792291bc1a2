//! What it costs to put a lost device out of very many conversations at once: bytes, commits, commits made in vain, and
//! time on the network's clock. Printed by `casemate-bench removal`, bounded by a test.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{Append, ErrorCode};
use prost::Message as _;
use serde_json::Value;

use crate::client::ClientId;
use crate::world::World;

/// What was sent and what came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Removed {
    pub conversations: usize,
    /// Commits that were sent, by whom ever.
    pub commits: usize,
    /// Those by the device that removed.
    pub by_the_primary: usize,
    /// Refused because another one was first, or the epoch had ended.
    pub in_vain: usize,
    pub commit_bytes: usize,
    /// All that the primary sent, until the last conversation was closed to the device.
    pub sent_bytes: usize,
    /// Until the person read the report, and what it said was still open then.
    pub reported_ms: i64,
    pub open: u64,
    /// Until the device was out of the last conversation.
    pub closed_ms: i64,
    /// What the primary's engine took of this machine's time until then, which the network's clock does not count; and what
    /// that of the others took which had most to do.
    pub primary_busy: Duration,
    pub other_busy: Duration,
}

/// Bob, with a second device, in `groups` groups of `people` each, everybody connected, on a network with `delay_ms` each
/// way. The second device is removed.
pub fn measure(seed: u64, groups: usize, people: usize, delay_ms: i64) -> Removed {
    let mut world = World::new(seed);
    let bob = world.person("bob");
    let others: Vec<ClientId> =
        (1..people.max(2)).map(|number| world.person(&format!("r{number}x"))).collect();
    for other in &others {
        world.befriend(bob, *other);
    }
    let names: Vec<String> = (0..groups).map(|number| format!("Group {number}")).collect();
    let ids: Vec<String> = names.iter().map(|name| world.group(name, bob, &others)).collect();
    let lost = world.link(bob);
    world.settle_for(300_000);
    let seen: Rc<RefCell<Removed>> = Rc::default();
    let sent = seen.clone();
    world.ears = Some(Box::new(move |from, frame| {
        let mut seen = sent.borrow_mut();
        if from == bob {
            seen.sent_bytes += frame.encoded_len();
        }
        if let Some(Request::Append(Append { commit: Some(_), payload, .. })) = &frame.request {
            seen.commits += 1;
            seen.by_the_primary += usize::from(from == bob);
            seen.commit_bytes += payload.len();
        }
        (Some(frame), Vec::new())
    }));
    let refused = seen.clone();
    world.tamper = Some(Box::new(move |_, frame| {
        if let Some(Body::Error(error)) = &frame.body
            && [ErrorCode::ErrorCommitLost as i32, ErrorCode::ErrorStale as i32].contains(&error.code)
        {
            refused.borrow_mut().in_vain += 1;
        }
        vec![frame]
    }));
    world.faults.delay_ms = delay_ms;
    let begun = world.now_ms;
    let busy: Vec<Duration> = world.clients.iter().map(|client| client.busy).collect();
    let reached: Value = world.drop_device(bob, lost);
    let reported_ms = world.now_ms - begun;
    while world.now_ms < begun + 600_000 && !ids.iter().all(|id| is_out(&mut world, bob, id, people.max(2))) {
        world.settle_for(500);
    }
    let closed_ms = world.now_ms - begun;
    let mut busy: Vec<Duration> =
        world.clients.iter().zip(busy).map(|(client, before)| client.busy.saturating_sub(before)).collect();
    let primary_busy = std::mem::take(&mut busy[bob.0]);
    let other_busy = busy.into_iter().max().unwrap_or_default();
    world.settle_for(300_000);
    let seen = *seen.borrow();
    Removed {
        conversations: reached["conversations"].as_array().map_or(0, Vec::len),
        open: reached["open"].as_u64().unwrap_or(u64::MAX),
        reported_ms,
        closed_ms,
        primary_busy,
        other_busy,
        ..seen
    }
}

fn is_out(world: &mut World, bob: ClientId, id: &str, people: usize) -> bool {
    world.shown(bob, id)["information"]["devices"] == people
}
