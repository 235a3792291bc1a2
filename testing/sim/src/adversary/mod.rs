//! Adversaries that generate: a *member* and a *server*, each from a seed and a grammar of what they can send, beside honest
//! people who talk. After each run the invariants are checked by program, for every honest person.
//!
//! ```text
//! seed ─▶ Stage ─▶ steps of the adversary and of honest people ─▶ calm ─▶ invariants ─▶ Ok, or what broke with the trace
//! ```
//! Each step has its own chance, out of the seed and its number. So a step can be left out and the others stay as they
//! are, as far as nothing came of it: a failing run is cut down to the steps that it takes.

mod accomplices;
mod accounts;
mod disks;
mod faults;
pub mod grammar;
pub mod honest;
pub mod invariants;
mod invitations;
mod kept;
mod losses;
pub mod member;
mod memberships;
mod plots;
mod restores;
mod returns;
pub mod server;
mod standing;
mod views;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use casemate_wire::ids::{LogId, MessageId};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use serde_json::json;

use crate::client::ClientId;
use crate::snapshot::Snapshot;
use crate::world::World;
use grammar::Draw;
use honest::{Device, GROUP, Honest, NAMES, Place};
use member::Member;
use server::Server;

/// Holes that are open still: what leads to them is left out of the runs. docs/decisions/0034 says what each is, 0036 of "restores".
pub const OPEN: &[&str] = &["left-out reader", "restores"];

/// Steps of a run, the honest people's among them.
const STEPS: std::ops::Range<usize> = 16..36;

/// In each so manyth run of a server it may go back to a backup of the beginning, and gives all numbers a second time.
const RESTORED: u64 = 4;

/// Whether what leads to a row is left out: it is open, and `CASEMATE_TRY` does not name it (`CASEMATE_TRY=K6,K8`).
pub fn is_open(row: &str) -> bool {
    let tried = std::env::var("CASEMATE_TRY").unwrap_or_default();
    OPEN.contains(&row) && !tried.split(',').any(|one| one == row)
}

/// What a run came to.
#[derive(Debug, Clone)]
pub struct Failure {
    pub seed: u64,
    pub what: String,
    pub trace: Vec<String>,
}

/// One run of a member against honest people; steps of these numbers are left out.
///
/// # Errors
/// The first invariant that does not hold.
pub fn member_run(seed: u64, without: &BTreeSet<usize>) -> Result<(), Failure> {
    run(seed, |trace| {
        let (mut stage, mut member) = with_member(seed);
        for (number, mut chance) in steps(seed, without) {
            let what = match chance.random_range(0..50) {
                0..2 => stage.devices_change(&mut chance)?,
                2 if chance.random_range(0..4) == 0 => stage.remove_eve(),
                3..10 => {
                    member.draw.rng = chance;
                    member.draw.messages = ids(&stage.honest);
                    format!("eve {}", member.plot(&mut stage))
                }
                10..23 => stage.honest.step(&mut stage.world, &mut chance),
                _ => {
                    member.draw.rng = chance;
                    member.draw.messages = ids(&stage.honest);
                    let what = member.step(&mut stage.world);
                    if member.draw.chance(50) {
                        stage.world.settle_for(2_000);
                    }
                    what
                }
            };
            trace.push(format!("{number}: {what}"));
            if let Some(broken) = stage.broken.take() {
                return Err(broken);
            }
        }
        stage.taken = Some(member.taken);
        invariants::after_member(&mut stage)
    })
}

/// One run of a server that lies to honest people; steps of these numbers are left out.
///
/// # Errors
/// The first invariant that does not hold.
pub fn server_run(seed: u64, without: &BTreeSet<usize>) -> Result<(), Failure> {
    run(seed, |trace| {
        let restorable = seed.is_multiple_of(RESTORED);
        let mut stage = stage(seed, "dan", false).0;
        let mut backup = restorable.then(|| stage.world.backup());
        stage.plan();
        let mut server = Server::take_over(&mut stage.world, ChaCha20Rng::seed_from_u64(seed));
        let mut told_pasts = false;
        let devices: Vec<ClientId> = stage.honest.devices.iter().map(|device| device.client).collect();
        for (number, mut chance) in steps(seed, without) {
            let what = match chance.random_range(0..20) {
                0 if backup.is_some() && number > STEPS.start / 2 => {
                    backup.take().into_iter().for_each(|backup| stage.world.restore(backup));
                    stage.world.settle_for(1_000);
                    "the server goes back to how it was in the beginning".into()
                }
                1 if restorable && stage.came.is_none() => stage.newcomer(),
                // A true restore besides would be one more past.
                1 if !restorable && !told_pasts && number > STEPS.start / 4 => {
                    told_pasts = true;
                    stage.two_pasts(&server, &mut chance)
                }
                0..4 => {
                    let what = server.step(&mut stage.world, &mut chance, &devices);
                    // Some lies are told once a connection is there again.
                    if chance.random_range(0..2) == 0 {
                        stage.world.settle_for(5_000);
                    }
                    what
                }
                _ => stage.honest.step(&mut stage.world, &mut chance),
            };
            trace.push(format!("{number}: {what}"));
            if let Some(broken) = stage.broken.take() {
                return Err(broken);
            }
        }
        server.repent(&mut stage.world);
        invariants::after_server(&mut stage)
    })
}

/// One run in which nobody is hostile and stores, clocks and machines fail; steps of these numbers are left out.
///
/// # Errors
/// The first invariant that does not hold.
pub fn fault_run(seed: u64, without: &BTreeSet<usize>) -> Result<(), Failure> {
    run(seed, |trace| {
        if !is_open("restores") {
            return restores::restore_run(seed, without, trace);
        }
        let mut stage = stage(seed, "dan", false).0;
        for (number, mut chance) in steps(seed, without) {
            let what = match chance.random_range(0..20) {
                0 => {
                    // Who links a device is online.
                    stage.world.settle_for(20_000);
                    stage.devices_change(&mut chance)?
                }
                1..8 => stage.fault(&mut chance),
                _ => stage.honest.step(&mut stage.world, &mut chance),
            };
            trace.push(format!("{number}: {what}"));
            if let Some(broken) = stage.broken.take() {
                return Err(broken);
            }
        }
        faults::after_faults(&mut stage)
    })
}

/// The steps of a run, each with its own chance.
fn steps(seed: u64, without: &BTreeSet<usize>) -> impl Iterator<Item = (usize, ChaCha20Rng)> {
    let count = ChaCha20Rng::seed_from_u64(seed).random_range(STEPS);
    let of = (0..count).filter(|number| !without.contains(number));
    of.map(move |number| (number, ChaCha20Rng::seed_from_u64(seed << 8 | number as u64)))
}

fn run(seed: u64, story: impl FnOnce(&mut Vec<String>) -> Result<(), String>) -> Result<(), Failure> {
    let mut trace = Vec::new();
    // A panic is a world that does not come to rest, or an engine that does not open its own database.
    let what = match catch_unwind(AssertUnwindSafe(|| story(&mut trace))) {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(what)) => what,
        Err(panic) => panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_else(|| "a panic".into()),
    };
    Err(Failure { seed, what, trace })
}

/// The same run with as few steps as lead to the same.
pub fn cut_down(run: impl Fn(&BTreeSet<usize>) -> Result<(), Failure>, failure: Failure) -> Failure {
    let kind = |failure: &Failure| failure.what.split(':').next().unwrap_or_default().to_owned();
    let (mut least, mut without) = (failure, BTreeSet::new());
    for number in (0..STEPS.end).rev() {
        let mut fewer: BTreeSet<usize> = without.clone();
        fewer.insert(number);
        if let Err(again) = run(&fewer)
            && kind(&again) == kind(&least)
        {
            (least, without) = (again, fewer);
        }
    }
    least
}

/// Honest people, and where they are.
pub struct Stage {
    pub world: World,
    pub honest: Honest,
    /// Where each device's places lived when the adversary began: client, place, log.
    pub logs: Vec<BTreeMap<Place, LogId>>,
    /// What each person had as their contacts then.
    pub contacts: Vec<String>,
    /// The pictures that honest people took of themselves: who has none of them yet may get it late.
    pub pictures: Vec<MessageId>,
    /// Logs that may have to be continued elsewhere, where that is known.
    pub taken: Option<Vec<LogId>>,
    /// The log of each person's chat with the adversary.
    pub with_eve: BTreeMap<usize, LogId>,
    /// Somebody beside the friends: the adversary's person, or who is to come into the group.
    pub other: ClientId,
    /// What the adversary said in the group and never took back.
    pub stays: Vec<String>,
    /// The adversary was put out of the group.
    pub eve_is_out: bool,
    /// What had been said in the group when the other one came into it, if they did.
    pub came: Option<Vec<String>>,
    /// What was seen during the run that must not be.
    pub broken: Option<String>,
    /// Words that were replaced.
    kits: Vec<returns::OldKit>,
    /// Somebody restored.
    is_restored: bool,
    /// Somebody looked an account up that nobody made.
    stranger: bool,
    /// The server was on the adversary's side for a moment: then it is blamed with right.
    pub lied: bool,
    /// The server's disk damaged something that somebody had not read: it is said again, and so in another order.
    damaged: bool,
    /// Somebody was away for too long, or their place was lost: lines say so.
    missed: bool,
    /// A file waited, and what was said after it went before it.
    late: bool,
    /// The server refused what somebody sent: its place stays empty, and others read so.
    refused: bool,
    /// Groups into which somebody invited somebody: name, and who.
    sides: Vec<(String, usize)>,
}

/// Minutes for which a device that is to be removed is waited for. An hour is enough for what asks for its place.
const ROUNDS: usize = 60;

/// Devices that honest people have at most, those that they removed among them.
const DEVICES: usize = 6;

impl Stage {
    /// Somebody links another device, or removes one. What it was.
    ///
    /// # Errors
    /// The new device has no place where its person is.
    fn devices_change(&mut self, rng: &mut ChaCha20Rng) -> Result<String, String> {
        let here = self.honest.here();
        let linked = self.linked();
        if self.honest.devices.len() >= DEVICES || rng.random_range(0..2) == 0 {
            let Some(at) = linked.get(rng.random_range(0..linked.len().max(1))) else {
                return Ok("nobody has a second device".into());
            };
            return Ok(self.remove_device(*at));
        }
        let firsts: Vec<&(usize, Device)> = here.iter().filter(|(at, _)| !linked.contains(at)).collect();
        let (_, first) = firsts[rng.random_range(0..firsts.len())].clone();
        let client = self.world.link(first.client);
        self.world.settle_for(120_000);
        let device = Device { client, since: self.honest.said.len(), keys: BTreeMap::new(), ..first.clone() };
        Ok(format!("{} links device {}", NAMES[first.person], self.is_linked(device, &first)?))
    }

    /// Whether something that was written on a device has not left yet.
    fn waits(&mut self, device: &Device) -> bool {
        let world = &mut self.world;
        let mut seen = device.keys.values().flat_map(|key| world.messages(device.client, key));
        seen.any(|one| one["state"] == "queued")
    }

    fn remove_device(&mut self, at: usize) -> String {
        let device = self.honest.devices[at].clone();
        let first = self.first(device.person).1;
        let name = NAMES[device.person];
        if self.world.engine(device.client).device().is_none() {
            return format!("{name}'s device {at} is not linked any more");
        }
        // What it wrote has left, and a first device that was away has heard it: nobody else can say it to that one again.
        self.world.wake(device.client);
        self.world.wake(first);
        for _ in 0..ROUNDS {
            self.world.settle_for(60_000);
            if !self.waits(&device) {
                break;
            }
        }
        // Its person sees there alone what was refused.
        invariants::forget_refused(self);
        self.world.drop_device(first, device.client);
        // Everybody hears of it before anybody says more.
        self.world.settle_for(300_000);
        self.honest.devices[at].until = Some(self.honest.said.len());
        format!("{name} removes device {at}")
    }
}

/// Worlds that are set up anew. The seeds share them.
const SET_UPS: u64 = 4;

/// What a set-up leaves.
struct SetUp {
    world: Snapshot,
    honest: Honest,
    logs: Vec<BTreeMap<Place, LogId>>,
    contacts: Vec<String>,
    all: Vec<ClientId>,
}

thread_local! {
    /// By who else is there, and the seed.
    static SET_UP: RefCell<BTreeMap<(&'static str, u64), SetUp>> = const { RefCell::new(BTreeMap::new()) };
}

/// A world that was set up, with the chance of this seed from there on.
fn stage(seed: u64, other: &'static str, is_member: bool) -> (Stage, Vec<ClientId>) {
    SET_UP.with_borrow_mut(|known| {
        let key = (other, seed % SET_UPS);
        let up = known.entry(key).or_insert_with(|| set_up(World::restorable(key.1), other, is_member));
        let mut world = up.world.begin(seed);
        world.settle_for(60_000);
        let (honest, logs, contacts) = (up.honest.clone(), up.logs.clone(), up.contacts.clone());
        let (taken, stays, eve_is_out, came) = (None, Vec::new(), false, None);
        let (other, with_eve) = (up.all[NAMES.len()], BTreeMap::new());
        let stage = Stage {
            world,
            honest,
            logs,
            contacts,
            pictures: Vec::new(),
            taken,
            with_eve,
            other,
            stays,
            eve_is_out,
            came,
            broken: None,
            kits: Vec::new(),
            is_restored: false,
            stranger: false,
            lied: false,
            damaged: false,
            missed: false,
            late: false,
            refused: false,
            sides: Vec::new(),
        };
        (stage, up.all.clone())
    })
}

/// Three friends, the first with two devices; one group, and all chats between two. The other one knows all, said hello to each, and
/// is in the group or not.
fn set_up(mut world: World, other: &str, is_member: bool) -> SetUp {
    let people = NAMES.map(|name| world.person(name));
    let other = world.person(other);
    let all: Vec<ClientId> = people.into_iter().chain([other]).collect();
    for (at, one) in all.iter().enumerate() {
        for other in &all[at + 1..] {
            world.befriend(*one, *other);
        }
    }
    let second = world.link(people[0]);
    world.group(GROUP, people[0], if is_member { &all[1..] } else { &people[1..] });
    for (at, one) in all.iter().enumerate() {
        for other in &all[at + 1..] {
            world.chat(*one, *other);
        }
    }
    world.settle_for(120_000);
    for one in people {
        let chat = world.chat(other, one);
        world.say(other, &chat, "hello");
    }
    world.settle_for(1_000);
    world.ok(people[1], "contact.verify", json!({"who": "ana@sim.example"}));
    world.settle_for(1_000);
    let mut honest = Honest::default();
    for (client, person) in [(people[0], 0), (second, 0), (people[1], 1), (people[2], 2)] {
        let mut keys = BTreeMap::new();
        for place in Place::all().into_iter().filter(|place| place.people().contains(&person)) {
            let key = match place {
                Place::Group => world.named(client, GROUP),
                Place::Pair(a, b) => world.chat(client, people[if a == person { b } else { a }]),
            };
            keys.insert(place, key);
        }
        honest.devices.push(Device { client, person, keys, since: 0, until: None });
    }
    for device in 0..honest.devices.len() {
        honest.say(&mut world, device, Place::Group).expect("the group is new");
        world.settle();
    }
    let logs = honest.devices.iter().map(|device| invariants::logs(&mut world, device)).collect();
    let contacts = honest.devices.iter().map(|device| invariants::contacts(&mut world, device)).collect();
    SetUp { world: world.stand_still(), honest, logs, contacts, all }
}

/// With Eve, whose device the member has.
fn with_member(seed: u64) -> (Stage, Member) {
    let (mut stage, all) = stage(seed, "eve", true);
    let eve = all[NAMES.len()];
    let mut conversations = vec![stage.world.named(eve, GROUP)];
    conversations.extend(all[..NAMES.len()].iter().map(|other| stage.world.chat(eve, *other)));
    for (person, client) in all.iter().enumerate().take(NAMES.len()) {
        let log = invariants::pair_log(&mut stage.world, *client, "eve@sim.example");
        stage.with_eve.extend(log.map(|log| (person, log)));
    }
    let logs: BTreeSet<LogId> = stage.logs.iter().flat_map(|logs| logs.values().copied()).collect();
    let draw = Draw {
        rng: ChaCha20Rng::seed_from_u64(seed),
        messages: ids(&stage.honest),
        own_messages: Vec::new(),
        accounts: Vec::new(),
        devices: Vec::new(),
        logs: logs.into_iter().collect(),
        manifests: Vec::new(),
        blobs: Vec::new(),
        next_entry: 1,
        log: LogId([0; 16]),
        follow_up: None,
    };
    let mut member = Member::take_over(&mut stage.world, draw, eve, &conversations);
    member.draw.logs.extend(member.insiders.iter().map(|insider| insider.log));
    (stage, member)
}

fn ids(honest: &Honest) -> Vec<Vec<u8>> {
    let ids = honest.said.iter().filter_map(|said| MessageId::from_hex(&said.id));
    ids.map(|id| id.0.to_vec()).collect()
}
