//! How long a copy of a device's folder reads on, where nobody noticed that it was made: until the device itself has
//! given its leaf new keys. Measured over ordinary days; printed by `casemate-bench healing`, bounded by a test.

use std::cell::RefCell;
use std::rc::Rc;

use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::device_request_body::Request as DeviceBody;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{DeviceRequestBody, LogEntry};
use prost::Message as _;
use serde_json::json;

use crate::client::ClientId;
use crate::world::World;

const DAY_MS: i64 = 86_400_000;

/// `people` with one device each in one group. The first one has a chat with each of the others. Their names begin with a letter.
fn group(seed: u64, people: usize, letter: char) -> (World, Vec<ClientId>) {
    let mut world = World::new(seed);
    let people: Vec<ClientId> =
        (0..people.max(2)).map(|number| world.person(&format!("{letter}{number}x"))).collect();
    for other in &people[1..] {
        world.befriend(people[0], *other);
    }
    world.group("Plans", people[0], &people[1..]);
    (world, people)
}

/// What new keys cost people who say nothing to each other, over all of their devices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quiet {
    pub days: usize,
    /// Leaves that took new keys, and the bytes of their commits: sent, and handed to all members.
    pub commits: usize,
    pub commit_up_bytes: usize,
    pub commit_down_bytes: usize,
    /// Bytes of key packages that were replaced at the server.
    pub package_bytes: usize,
    /// All that was sent and received, connecting included.
    pub up_bytes: usize,
    pub down_bytes: usize,
}

/// `people` with one device each are in one group, and the first one has a chat with each of the others. They stay connected and say
/// nothing for `days`.
pub fn quiet(seed: u64, people: usize, days: usize) -> Quiet {
    let (mut world, _) = group(seed, people, 'q');
    // Who came in takes new keys first.
    world.settle_for(DAY_MS);
    let seen = Rc::new(RefCell::new(Quiet { days, ..Quiet::default() }));
    let (sent, came) = (seen.clone(), seen.clone());
    world.ears = Some(Box::new(move |_, frame| {
        let mut seen = sent.borrow_mut();
        let bytes = frame.encoded_len();
        seen.up_bytes += bytes;
        match &frame.request {
            Some(Request::Append(append)) if append.commit.is_some() => {
                seen.commits += 1;
                seen.commit_up_bytes += bytes;
            }
            Some(Request::DeviceRequest(request)) => {
                let body = DeviceRequestBody::decode(&request.body[..]).ok().and_then(|body| body.request);
                if matches!(body, Some(DeviceBody::PutKeyPackages(_))) {
                    seen.package_bytes += bytes;
                }
            }
            _ => {}
        }
        (Some(frame), Vec::new())
    }));
    world.tamper = Some(Box::new(move |_, frame| {
        let mut seen = came.borrow_mut();
        seen.down_bytes += frame.encoded_len();
        if let Some(Body::LogEntries(page)) = &frame.body {
            let commits = page.entries.iter().filter(|entry| entry.commit.is_some());
            seen.commit_down_bytes += commits.map(LogEntry::encoded_len).sum::<usize>();
        }
        vec![frame]
    }));
    world.settle_for(days as i64 * DAY_MS);
    *seen.borrow()
}

/// What somebody with a copy could read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blind {
    /// Entries that it read, receipts among them, until it could read no more.
    pub messages: usize,
    /// Messages that were written in the weeks that were looked at.
    pub written: usize,
    /// From when the copy was made to the last message that it read.
    pub after_ms: i64,
}

/// A group of `people`, in which each hour somebody writes so that it is about `a_day` messages a day. The folder of one of
/// them is copied `copied_ms` after it came in. `stays`: its owner stays connected; else they are offline at night.
pub fn until_blind(seed: u64, people: usize, a_day: usize, copied_ms: i64, stays: bool) -> Blind {
    let (mut world, people) = group(seed, people, 'h');
    let ids: Vec<String> = people.iter().map(|who| world.named(*who, "Plans")).collect();
    world.settle();
    let victim = people.len() - 1;
    let begun = world.now_ms;
    let pause = DAY_MS / a_day.max(1) as i64;
    let (mut copy, mut copied_at) = (None, 0);
    let (mut read, mut written, mut last_ms) = (0, 0, 0);
    let mut number = 0;
    // Two weeks: longer than any leaf keeps its keys.
    while copy.is_none() || world.now_ms < copied_at + 14 * DAY_MS {
        if copy.is_none() && world.now_ms >= begun + copied_ms {
            copy = Some(world.copy_of(people[victim], &ids[victim]));
            copied_at = world.now_ms;
            world.settle_for(10_000);
        }
        let is_night = (world.now_ms - begun) % DAY_MS >= DAY_MS / 3 * 2;
        if !stays && is_night && world.clients[people[victim].0].line.is_some() {
            world.sleep(people[victim], DAY_MS / 3);
        }
        let who = number % people.len();
        number += 1;
        if who != victim || stays || !is_night {
            world.ok(people[who], "message.send", json!({"conversation": ids[who], "text": "hello"}));
            written += usize::from(copy.is_some());
        }
        world.settle_for(pause);
        if let Some(copy) = &mut copy {
            let entries = world.entries(copy.log);
            let now = copy.overhear(&entries);
            if now > 0 {
                read += now;
                last_ms = world.now_ms - copied_at;
            }
        }
    }
    Blind { messages: read, written, after_ms: last_ms }
}
