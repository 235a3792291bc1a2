//! What a relay costs: packets a second and core, delay, memory; beside Janus where it is installed.
//!
//! ```text
//! core 1: this process, the callers ──UDP──▶ core 0: the relay, a process of its own
//! ```
//! - [`measure`]: one load, with what it took. Packets are counted by processor time, which other programs do not change.
//! - [`ours`], [`janus`]: the relays. [`caller`]: a peer with its socket. [`probe`]: two whose delays are measured.
//! - [`flood`]: strangers send to the relay's port. [`hostile`]: somebody in the call does.
//!
//! Of the callers one in ten decodes what comes; the others only take it off their sockets, or this side would be full
//! first. Janus takes no loopback addresses: `unshare -n`, a veth pair, and its address as a word.

mod caller;
mod flood;
mod hostile;
mod janus;
mod measure;
mod ours;
mod probe;

use std::net::IpAddr;

use caller::Caller;
use measure::{Measured, measure};
pub use ours::serve;

/// A relay under test.
trait Relay {
    /// How it is called.
    fn name(&self) -> &'static str;
    /// Its process.
    fn process(&self) -> u32;
    /// So many more rooms with so many people, of whom the last of each receives what is measured.
    fn callers(&mut self, address: IpAddr, load: Load) -> Vec<Caller>;
}

/// What goes on in a measurement.
#[derive(Debug, Clone, Copy, Default)]
pub struct Load {
    rooms: usize,
    people: usize,
    /// Everybody shows a picture, and nobody speaks.
    pictures: bool,
    /// The first of each room shows a picture besides, which all others have pinned.
    pinned: bool,
}

impl Load {
    /// So many rooms of so many people: `10x8` who speak, `4x4p` who show pictures.
    fn named(word: &str) -> Option<Self> {
        let (sizes, pictures) = word.strip_suffix('p').map_or((word, false), |sizes| (sizes, true));
        let (rooms, people) = sizes.split_once('x')?;
        Some(Self { rooms: rooms.parse().ok()?, people: people.parse().ok()?, pictures, pinned: false })
    }

    /// Frames that one person sends a second, packets of each, and bytes of those.
    fn rate(self) -> (u32, usize, usize) {
        if self.pictures { (25, 6, 1_050) } else { (50, 1, 100) }
    }

    /// How many get what one sends: of voices the loudest are handed on alone.
    fn handed_on(self) -> f64 {
        let others = self.people as f64 - 1.0;
        let heard = if self.pictures { self.people } else { self.people.min(casemate_relay::limits::VOICES) };
        others * heard as f64 / self.people as f64
    }
}

/// One caller in so many decodes.
const SAMPLED: usize = 10;

/// Each load is measured so often, with both relays in turn.
const ROUNDS: usize = 3;

/// Shares of what one core can hand on at which delays are measured.
const SHARES: [f64; 3] = [0.1, 0.5, 0.8];

/// Measures.
pub fn run(words: &[String]) {
    let address =
        words.iter().find_map(|word| word.parse::<IpAddr>().ok()).unwrap_or(IpAddr::from([127, 0, 0, 1]));
    let wants = |name: &str| words.iter().any(|word| word == name);
    let seconds = words.iter().find_map(|word| word.parse::<u64>().ok());
    println!("{}", Measured::HEAD);
    if wants("flood") {
        return flood::run(address);
    }
    if wants("hostile") {
        return hostile::run(address);
    }
    if wants("shares") {
        return shares(address);
    }
    if wants("long") {
        return long(address, seconds.unwrap_or(600));
    }
    if wants("room") {
        let load = Load { rooms: 1, people: 100, pinned: true, ..Load::default() };
        for _ in 0..ROUNDS {
            print(&mut ours::Ours::start(address), address, load);
        }
        return;
    }
    if wants("capacity") {
        return capacity(address, wants("janus"));
    }
    let mut loads: Vec<Load> = words.iter().filter_map(|word| Load::named(word)).collect();
    if loads.is_empty() {
        loads = vec![voices(2), voices(10), voices(25), pictures(4), pictures(10)];
    }
    for load in loads {
        let mut took = [Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            took[0].extend(print(&mut ours::Ours::start(address), address, load));
            if wants("janus") {
                took[1].extend(print(&mut janus::Janus::start(), address, load));
            }
        }
        if let [Some(ours), Some(theirs)] = took.map(median) {
            println!("{load:?}: {ours:.2} and {theirs:.2} µs a packet, {:.1} times", theirs / ours);
        }
    }
}

/// Measures and prints; gives the microseconds of a packet.
fn print(relay: &mut dyn Relay, address: IpAddr, load: Load) -> Option<f64> {
    let measured = measure(relay, address, load)?;
    println!("{} | {measured}", relay.name());
    Some(measured.micros())
}

fn median(mut of: Vec<f64>) -> Option<f64> {
    of.sort_by(f64::total_cmp);
    of.get(of.len() / 2).copied()
}

/// Delays where a tenth, half and four fifths of the relay's core are busy.
fn shares(address: IpAddr) {
    let room = Load { rooms: 1, people: 8, ..Load::default() };
    let (rate, ..) = room.rate();
    let out = f64::from(rate) * room.people as f64 * room.handed_on();
    // What a packet takes falls with the load, so each share is found by what the one before took.
    let mut micros = measure(&mut ours::Ours::start(address), address, Load { rooms: 5, ..room })
        .map_or(5.0, |measured| measured.micros());
    for share in SHARES {
        let rooms = ((share * 1e6 / micros / out).round() as usize).max(1);
        if let Some(measured) = measure(&mut ours::Ours::start(address), address, Load { rooms, ..room }) {
            println!("{share} aimed at: ours | {measured}");
            micros = measured.micros();
        }
    }
}

/// Memory while calls go on and on.
fn long(address: IpAddr, seconds: u64) {
    let mut relay = ours::Ours::start(address);
    let load = Load { rooms: 4, people: 4, pictures: true, ..Load::default() };
    measure::go_on(&mut relay, address, load, seconds);
}

/// Rooms of eight who speak.
fn voices(rooms: usize) -> Load {
    Load { rooms, people: 8, ..Load::default() }
}

/// Rooms of four who show pictures.
fn pictures(rooms: usize) -> Load {
    Load { rooms, people: 4, pictures: true, ..Load::default() }
}

/// Packets a second that one core hands on while calls are good. Who has less than a core then is held up by the callers, who have one
/// as well: of them it is said what a whole core would hand on, which is too little, since a packet takes less of a larger load.
fn capacity(address: IpAddr, janus: bool) {
    for (load, ours, theirs) in [(voices as fn(usize) -> Load, 40, 8), (pictures, 30, 6)] {
        let mine = most(&mut || Box::new(ours::Ours::start(address)), address, load, ours);
        let others =
            janus.then(|| most(&mut || Box::new(janus::Janus::start()), address, load, theirs)).flatten();
        if let (Some(mine), Some(others)) = (&mine, &others) {
            println!("{:?}: {:.1} times", load(1), mine.rate_of_core() / others.rate_of_core());
        }
    }
}

/// Begins with so many rooms, and goes on with a fifth more each time until calls are not good any more, twice in a row. Gives the last
/// that was good.
fn most(
    start: &mut dyn FnMut() -> Box<dyn Relay>,
    address: IpAddr,
    load: fn(usize) -> Load,
    first: usize,
) -> Option<Measured> {
    let (mut rooms, mut best, mut failed, mut name) = (first, None, 0, "");
    while failed < 2 && rooms < MOST_ROOMS {
        let mut relay = start();
        let measured = measure(relay.as_mut(), address, load(rooms));
        name = relay.name();
        if let Some(measured) = &measured {
            println!("{name} | {measured}");
        }
        match measured.filter(Measured::is_good) {
            Some(measured) => {
                (best, failed) = (Some(measured), 0);
                rooms += (rooms / 5).max(1);
            }
            None => failed += 1,
        }
    }
    let good = best.as_ref()?;
    let [own, callers] = good.cores();
    println!(
        "{name}: {:.0} packets/s with {:.0} % of a core (the callers had {:.0} %): {:.0} for a core's second",
        good.rate(),
        100.0 * own,
        100.0 * callers,
        good.rate_of_core(),
    );
    best
}

/// More than one process may have sockets for.
const MOST_ROOMS: usize = 400;

/// Binds this thread, and processes and threads that it starts, to a core.
fn pin(core: usize) {
    let mut set = rustix::thread::CpuSet::new();
    set.set(core);
    // Where there is one core only, it is shared.
    let _ = rustix::thread::sched_setaffinity(None, &set);
}
