//! What one message costs in a group, receipts included, and what it costs where everybody writes one: entries, pushes, bytes, and time
//! of engines. Printed by `casemate-bench groups`, bounded by a test.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use prost::Message as _;
use serde_json::json;

use crate::client::ClientId;
use crate::world::World;

const MINUTE_MS: i64 = 60_000;

/// A person with hundreds of members does not read within a second of each other; neither do these.
const READS_MS: i64 = 200;

/// Longer nobody waits for the last receipt.
const LONGEST_MS: i64 = 60 * MINUTE_MS;

/// What was sent and what came of it, over all members.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Of which sizes.
    pub people: usize,
    pub messages: usize,
    /// Entries that the log has more than before.
    pub entries: usize,
    /// Entries and ephemera that the server handed to a device. A device opens each but its own.
    pub pushes: usize,
    /// Receipts that devices put beside their readers, and that authors fetched and opened.
    pub put: usize,
    pub fetched: usize,
    pub down_bytes: usize,
    pub up_bytes: usize,
    /// Until the last author reads "read" at the last message.
    pub read_after_ms: i64,
    /// What all engines together took of this machine's time.
    pub busy: Duration,
}

/// A group of `people`, one device each, all connected. `entries`: the server keeps no receipts, as those of before.
pub struct Group {
    world: World,
    people: Vec<ClientId>,
    ids: Vec<String>,
    seen: Rc<RefCell<Cost>>,
}

impl Group {
    /// Sets it up, and waits until nobody has anything to do.
    pub fn begin(seed: u64, people: usize, entries: bool) -> Self {
        let mut world = World::new(seed);
        let seen: Rc<RefCell<Cost>> = Rc::default();
        let (sent, came) = (seen.clone(), seen.clone());
        world.ears = Some(Box::new(move |_, frame| {
            let mut seen = sent.borrow_mut();
            seen.up_bytes += frame.encoded_len();
            seen.put += usize::from(matches!(frame.request, Some(Request::PutReceipt(_))));
            (Some(frame), Vec::new())
        }));
        world.tamper = Some(Box::new(move |_, mut frame| {
            let mut seen = came.borrow_mut();
            seen.down_bytes += frame.encoded_len();
            match &mut frame.body {
                Some(Body::Hello(hello)) if entries => hello.receipts = false,
                Some(Body::LogEntries(page)) => seen.pushes += page.entries.len(),
                Some(Body::Ephemeral(_)) => seen.pushes += 1,
                Some(Body::Receipts(receipts)) => seen.fetched += receipts.sealed.len(),
                _ => {}
            }
            vec![frame]
        }));
        let people: Vec<ClientId> =
            (0..people.max(2)).map(|number| world.person(&format!("g{number}x"))).collect();
        for other in &people[1..] {
            world.befriend(people[0], *other);
        }
        world.group("Plans", people[0], &people[1..]);
        // Each takes new keys: half a minute for each of them, and an hour at most.
        world.settle_for(5 * MINUTE_MS + MINUTE_MS / 2 * people.len().min(120) as i64);
        let ids = people.iter().map(|who| world.named(*who, "Plans")).collect();
        Self { world, people, ids, seen }
    }

    /// The first `authors` write one message each, and all others read them.
    pub fn write(&mut self, authors: usize) -> Cost {
        let Self { world, people, ids, seen } = self;
        let log = world.log_of(people[0], &ids[0]);
        let before = world.entries(log).len();
        let busy = |world: &World| world.clients.iter().map(|client| client.busy).sum::<Duration>();
        let (begun, begun_busy) = (world.now_ms, busy(world));
        *seen.borrow_mut() = Cost::default();
        for (who, id) in people.iter().zip(ids.iter()).take(authors) {
            world.ok(*who, "message.send", json!({"conversation": id, "text": "hello"}));
        }
        world.settle_for(20_000);
        for (who, id) in people.iter().zip(ids.iter()) {
            let newest = world.messages(*who, id).pop().expect("a message")["message"].clone();
            world.ok(*who, "message.read", json!({"message": newest}));
            world.settle_for(READS_MS);
        }
        let read = |world: &mut World, at: usize| {
            let of = world.states(people[at], &ids[at]);
            of.iter().any(|state| state == "read")
        };
        let mut open: Vec<usize> = (0..authors).collect();
        while world.now_ms < begun + LONGEST_MS {
            open.retain(|at| !read(world, *at));
            if open.is_empty() {
                break;
            }
            world.settle_for(1_000);
        }
        let read_after_ms = if open.is_empty() { world.now_ms - begun } else { i64::MAX };
        Cost {
            people: people.len(),
            messages: authors,
            entries: world.entries(log).len() - before,
            read_after_ms,
            busy: busy(world).saturating_sub(begun_busy),
            ..*seen.borrow()
        }
    }
}
