//! A million packets from somebody who is in a call, sealed with its keys and wrong inside, to a relay; and as many from a
//! relay to a native participant. What they cost, and whether the call goes on.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use casemate_crypto::call::{CallSecret, Frames, Keys, Track};
use casemate_media::peer::{Over, Peer as Native, Polled};
use casemate_relay::peer::forge::Forger;
use casemate_relay::peer::{Peer, PeerProtocol};

use super::caller::{self, Caller};
use super::measure::{Talk, connected, memory, processor};
use super::{Load, Relay, ours};

/// How many.
const FORGED: usize = 1_000_000;

/// In a millisecond.
const PACE: usize = 40;

/// After the last one, what came is counted for so long.
const AFTER: Duration = Duration::from_secs(3);

/// The same each time.
const SEED: u64 = 7;

/// Both.
pub fn run(address: IpAddr) {
    relay(address);
    native();
}

fn relay(address: IpAddr) {
    let mut relay = ours::Ours::start(address);
    let load = Load { rooms: 1, people: 4, ..Load::default() };
    let to = relay.media;
    let Some(mut callers) = connected(&mut relay, address, load) else { return };
    callers.iter_mut().for_each(|caller| caller.decodes = true);
    let mut talk = Talk::new(load, callers.len());
    talk.until(&mut callers, Instant::now() + AFTER);
    // The last one stops talking, and goes on sending.
    let Some(hostile) = callers.last_mut() else { return };
    hostile.sends = false;
    let Some(mut forger) = Forger::new(&mut hostile.peer, SEED) else { return };
    let honest = callers.len() - 1;
    let heard = |callers: &[Caller]| callers[..honest].iter().map(|caller| caller.heard).sum::<u64>();
    callers.iter_mut().for_each(Caller::forget);
    talk.sent = 0;
    let (memory_before, before, begin) =
        (memory(relay.process()), processor(relay.process()), Instant::now());
    let mut forged = 0;
    while forged < FORGED {
        let due = (begin.elapsed().as_millis() as usize * PACE).min(FORGED);
        while forged < due {
            let packet = forger.packet();
            callers[honest].send_raw(&packet, to);
            forged += 1;
        }
        caller::step(&mut callers);
        talk.send(&mut callers, Instant::now());
    }
    let spent = processor(relay.process());
    let (took, spent) = (begin.elapsed(), spent.0 + spent.1 - before.0 - before.1);
    talk.until(&mut callers, Instant::now() + AFTER);
    let expected = talk.sent as f64 * (honest as f64 - 1.0);
    let lost = 100.0 * (1.0 - heard(&callers) as f64 / expected).max(0.0);
    println!(
        "relay: {FORGED} forged packets in {took:.1?}: {spent:.1} s of processor with the call, {:.1} µs each; {} KiB more memory; of what the others said {lost:.2} % was lost",
        1e6 * spent / FORGED as f64,
        memory(relay.process()).saturating_sub(memory_before) / 1024,
    );
}

const RELAY: &str = "192.0.2.1:8441";
const LOCAL: &str = "198.51.100.1:5000";

/// Without sockets: only what the packets themselves cost.
fn native() {
    let [relay_at, local]: [SocketAddr; 2] = [RELAY, LOCAL].map(|text| text.parse().expect("an address"));
    let mut now = Instant::now();
    let keys = |leaf| Keys {
        epoch: 1,
        secret: CallSecret::new([1; 32]),
        others: Vec::new(),
        leaf,
        leaves: [0, 1].into(),
        removed: false,
    };
    let mut native = Native::new(keys(0), 1, now);
    let offer = native.offer(now).expect("it offers");
    let (mut relay, answer) = Peer::answering(relay_at, &offer, now).expect("an offer is answered");
    native.answer(&answer, local, Over::Udp, now).expect("the answer is one");
    while !(native.is_connected() && relay.is_connected()) {
        now += Duration::from_millis(5);
        native.wake(now);
        relay.wake(now);
        let sends: Vec<_> = relay.sends().collect();
        sends.iter().for_each(|sent| native.receive(relay_at, local, &sent.contents, now));
        while let Polled::Send(sent) = native.poll(now) {
            relay.receive(PeerProtocol::Udp, local, relay_at, &sent.contents, now);
        }
    }
    let mut forger = Forger::new(&mut relay, SEED).expect("it is connected");
    let mut opened = 0;
    let mut take = |native: &mut Native, packet: &[u8]| {
        now += Duration::from_micros(25);
        native.wake(now);
        native.receive(relay_at, local, packet, now);
        loop {
            match native.poll(now) {
                Polled::Frame { .. } => opened += 1,
                Polled::Wait(_) => return opened,
                _ => {}
            }
        }
    };
    let process = std::process::id();
    let (memory_before, mut spent, mut slowest) = (memory(process), Duration::ZERO, Duration::ZERO);
    for _ in 0..FORGED {
        let packet = forger.packet();
        let begin = Instant::now();
        take(&mut native, &packet);
        let took = begin.elapsed();
        spent += took;
        slowest = slowest.max(took);
    }
    let frame = Frames::new(keys(1), 2, 0).seal(Track::Audio, b"hello", 1).expect("a frame is sealed");
    let good = forger.good(&frame);
    let opened = take(&mut native, &good);
    println!(
        "native participant: {FORGED} forged packets: {:.1} µs each, {slowest:.1?} the slowest; {} KiB more memory; connected: {}; frames opened: {opened}, of one that was sealed by a member",
        spent.as_secs_f64() * 1e6 / FORGED as f64,
        memory(process).saturating_sub(memory_before) / 1024,
        native.is_connected(),
    );
}
