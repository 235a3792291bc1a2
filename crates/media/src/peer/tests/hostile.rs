//! A native participant whose relay, or a member, sends what nobody should: it is dropped and the call goes on.

use std::net::SocketAddr;

use casemate_relay::peer::forge::Forger;
use casemate_relay::peer::{Peer as Relay, PeerProtocol};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

const RELAY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)), 8441);
const LOCAL: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 1)), 5_000);

/// Forged packets, and damaged frames.
const FORGED: usize = 10_000;
const DAMAGED: usize = 5_000;

/// A participant, whose relay is hostile and has the keys that every relay has.
struct World {
    peer: Peer,
    forger: Forger,
    now: Instant,
    frames: usize,
    lost: usize,
}

impl World {
    fn new() -> Self {
        let now = Instant::now();
        Self::connect(Peer::new(keys(1, 0, false), 7, now), now)
    }

    /// A participant joins, for the first time or again.
    fn connect(mut peer: Peer, mut now: Instant) -> Self {
        let offer = peer.offer(now).unwrap();
        let (mut relay, answer) = Relay::answering(RELAY, &offer, now).unwrap();
        peer.answer(&answer, LOCAL, Over::Udp, now).unwrap();
        for _ in 0..500 {
            now += Duration::from_millis(10);
            peer.wake(now);
            relay.wake(now);
            loop {
                let mut quiet = true;
                while let Polled::Send(transmit) = peer.poll(now) {
                    quiet = false;
                    relay.receive(PeerProtocol::Udp, LOCAL, RELAY, &transmit.contents, now);
                }
                let sends: Vec<_> = relay.sends().collect();
                for transmit in sends {
                    quiet = false;
                    peer.receive(RELAY, LOCAL, &transmit.contents, now);
                }
                if quiet {
                    break;
                }
            }
            if let (true, Some(forger)) = (peer.is_connected(), Forger::new(&mut relay, 11)) {
                return Self { peer, forger, now, frames: 0, lost: 0 };
            }
        }
        panic!("they are not connected");
    }

    /// A packet comes; frames that were opened are counted.
    fn take(&mut self, packet: &[u8]) {
        self.now += Duration::from_micros(50);
        self.peer.wake(self.now);
        self.peer.receive(RELAY, LOCAL, packet, self.now);
        loop {
            match self.peer.poll(self.now) {
                Polled::Frame { .. } => self.frames += 1,
                // The connection is given up, not the program: another is offered.
                Polled::Lost => {
                    let (lost, frames) = (self.lost + 1, self.frames);
                    *self = Self { lost, frames, ..Self::new() };
                    return;
                }
                Polled::Wait(_) => return,
                _ => {}
            }
        }
    }
}

fn member() -> Frames {
    Frames::new(keys(1, 1, false), 9, 0)
}

#[test]
fn what_a_relay_forges_opens_nothing_and_the_call_goes_on() {
    let mut world = World::new();
    for _ in 0..FORGED {
        let packet = world.forger.packet();
        world.take(&packet);
    }
    assert_eq!(world.frames, 0);
    assert!(world.peer.is_connected());
    assert_eq!(world.lost, 0, "nothing of it was a reason to join anew");
    // Other streams for its slots were among it.
    let frame = member().seal(Track::Audio, b"hello", 1).unwrap();
    let packet = world.forger.good(&frame);
    world.take(&packet);
    assert_eq!(world.frames, 1, "what a member says is still heard");
}

#[test]
fn strangers_without_keys_silence_nobody() {
    let mut world = World::new();
    let mut member = member();
    for number in 0..FORGED {
        let packet = world.forger.unsealed();
        world.take(&packet);
        if number % 10 == 0 {
            let frame = member.seal(Track::Audio, b"hello", 1).unwrap();
            let packet = world.forger.good(&frame);
            world.take(&packet);
        }
    }
    assert_eq!((world.frames, world.lost), (FORGED / 10, 0));
}

#[test]
fn a_relay_that_numbered_wrongly_is_joined_anew_within_two_seconds() {
    let mut world = World::new();
    let mut member = member();
    let mut say = |world: &mut World| {
        let frame = member.seal(Track::Audio, b"hello", 1).unwrap();
        let packet = world.forger.good_in(1, &frame);
        world.take(&packet);
    };
    for (heard, number) in [1_000, 30_000, 60_000, 90_000].into_iter().enumerate() {
        world.forger.count_from(number);
        say(&mut world);
        assert_eq!(world.frames, heard + 1);
    }
    // It goes on where it was before it leapt: all that is too old, by the numbers.
    world.forger.count_from(2_000);
    let (since, frames) = (world.now, world.frames);
    while world.frames == frames {
        world.now += Duration::from_millis(20);
        assert!(world.now < since + Duration::from_secs(2), "nothing is heard, and nothing is done");
        say(&mut world);
    }
    assert_eq!(world.lost, 1);
}

#[test]
fn damaged_frames_of_a_member_are_dropped_and_whole_ones_heard() {
    let mut world = World::new();
    let (mut member, mut random) = (member(), ChaCha8Rng::seed_from_u64(12));
    let mut whole = 0;
    for number in 0..DAMAGED {
        let mut frame = member.seal(Track::Audio, &[number as u8; 80], 1).unwrap();
        let at = random.random_range(0..frame.len());
        match number % 6 {
            0 => whole += 1,
            1 => frame[at] ^= 1 << random.random_range(0..8),
            2 => frame.truncate(at),
            3 => frame.insert(at, random.random()),
            // What says which key it is and how long its counter (RFC 9605 §4.3).
            4 => frame[0] ^= random.random_range(1..=255),
            _ => frame = (0..at).map(|_| random.random()).collect(),
        }
        let packet = world.forger.good(&frame);
        world.take(&packet);
    }
    assert_eq!((world.frames, world.lost), (whole, 0));
    assert!(world.peer.is_connected());
}
