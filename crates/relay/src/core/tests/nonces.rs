//! That nothing is sealed twice under one nonce, whatever somebody in the room sends. [`World`] looks at every packet that goes out, and
//! fails where one has a stream and an extended number that another had.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::peer::forge::Forger;

/// Media lines, in the order in which peers offer them.
const VOICE: usize = 0;
const CAMERA: usize = 1;

/// A picture that begins anew (RFC 9628 §4.2), and one that does not.
fn picture(begins: bool, filled: u8) -> Vec<u8> {
    [&[if begins { 0x0c } else { 0x4c }][..], &[filled; 300]].concat()
}

/// How many packets of media went out in all.
fn sealed(world: &World) -> usize {
    world.sealed.values().map(BTreeSet::len).sum()
}

#[test]
fn relay_second_stream_of_one_media_line_repeats_no_number() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VOICE, 2);
    let (one, hostile) = (here[0], here[1]);
    let mut forger = Forger::new(&mut world.peers[hostile].peer, 3).expect("it is connected");
    let from = world.peers[hostile].address;
    let mut send = |world: &mut World, ssrc, number, filled| {
        let packet = forger.in_stream(ssrc, VOICE, None, number, &[filled; 80]);
        world.send(from, &packet);
        world.pass(10);
    };
    // The same numbers in both, in turn: what the first began the second goes on with.
    for number in 5_000..5_040 {
        send(&mut world, 71, number, 1);
        send(&mut world, 72, number, 2);
    }
    let came = world.came(one);
    let heard = |filled| came.iter().filter(|came| came.packet.payload[0] == filled).count();
    assert_eq!((heard(1), heard(2)), (40, 40), "both are heard, under numbers of their own");
    // What was heard of a stream is not heard again after another one has taken its place.
    for number in 5_000..5_040 {
        send(&mut world, 71, number, 3);
    }
    assert!(world.came(one).is_empty());
    // Streams without end have one.
    for ssrc in 1_000..2_000 {
        send(&mut world, ssrc, 1, 4);
    }
    let heard = world.came(one).len();
    assert!((40..=crate::limits::STREAMS).contains(&heard), "{heard} streams were heard");
    world.talk(&[(one, -30)], 400);
    assert!(world.came(hostile).len() >= 19, "the call goes on");
}

#[test]
fn relay_stream_that_begins_anew_with_lower_numbers_is_heard() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VOICE, 2);
    let (one, other) = (here[0], here[1]);
    let mut forger = Forger::new(&mut world.peers[other].peer, 4).expect("it is connected");
    let from = world.peers[other].address;
    for (ssrc, first) in [(71, 60_000), (72, 9)] {
        for number in first..first + 20 {
            let packet = forger.in_stream(ssrc, VOICE, None, number, &[ssrc as u8; 80]);
            world.send(from, &packet);
            world.pass(20);
        }
        assert_eq!(world.came(one).len(), 20);
    }
}

#[test]
fn relay_hostile_senders_seal_each_number_once() {
    for seed in 0..6 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut world = World::new();
        world.seed = seed;
        let here = world.connected(1, Offered::VIDEO, 3);
        let (one, other, hostile) = (here[0], here[1], here[2]);
        world.show(&here, 300, 400);
        let mut forger = Forger::new(&mut world.peers[hostile].peer, seed).expect("it is connected");
        let from = world.peers[hostile].address;
        world.cut_off = Some(hostile);
        let own = world.peers[hostile].peer.ssrcs();
        let before = sealed(&world);
        // Gaps as large as are handed on, until the slots have counted beyond sixteen bits.
        for step in 0..100u64 {
            let packet = forger.in_stream(900, VOICE, None, 1 + 900 * step, &[9; 80]);
            world.send(from, &packet);
            world.pass(20);
        }
        // Of each media line and layer three streams besides, each with its newest number, and all that was sent, to be sent again.
        let mut newest: BTreeMap<u32, u64> = BTreeMap::new();
        let mut all: Vec<Vec<u8>> = Vec::new();
        for round in 0..300 {
            for _ in 0..random.random_range(1..12) {
                let (mid, layer) = match random.random_range(0..3) {
                    0 => (VOICE, None),
                    1 => (CAMERA, Some("l")),
                    _ => (CAMERA, Some("h")),
                };
                let ssrc = match random.random_range(0..12) {
                    // A stream of its own peer's, in another's name.
                    0 => own[random.random_range(0..own.len())],
                    _ => {
                        100 * (mid as u32 + 1)
                            + 10 * u32::from(layer == Some("h"))
                            + random.random_range(0..3)
                    }
                };
                let last = newest.entry(ssrc).or_insert(if random.random() { 65_400 } else { 1 });
                let number = match random.random_range(0..20) {
                    // A wrap in few packets, repeats, late ones.
                    0..=3 => *last + random.random_range(1..1_000),
                    4..=6 => *last,
                    7..=9 => last.saturating_sub(random.random_range(0..600)),
                    // A leap, and the beginning.
                    10 => *last + random.random_range(1_000..30_000),
                    11 => random.random_range(0..20),
                    _ => *last + 1,
                };
                *last = number.max(*last);
                let begins = random.random_range(0..6) == 0;
                let payload =
                    if mid == VOICE { vec![random.random(); 80] } else { picture(begins, random.random()) };
                let packet = forger.in_stream(ssrc, mid, layer, number, &payload);
                world.send(from, &packet);
                all.push(packet);
                if random.random_range(0..4) == 0 {
                    let again = all[random.random_range(0..all.len())].clone();
                    world.send(from, &again);
                }
            }
            // Sizes change, and so does who is in which slot.
            if round % 5 == 0 {
                let height = [0, 180, 720][random.random_range(0..3)];
                world.wish(one, &[(hostile, height), (other, 180)]);
            }
            if round % 50 == 0 {
                world.show(&[other], 300, 200);
            }
            world.talk(&[(other, -40)], 20);
        }
        let after = sealed(&world) - before;
        assert!(after > 1_200, "seed {seed}: {after} packets went out");
        let most = world.sealed.values().filter_map(BTreeSet::last).max().copied();
        assert!(most > Some(1 << 16), "seed {seed}: {most:?}");
    }
}
