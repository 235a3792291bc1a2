//! Packets that nobody here sent.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::limits::{CONNECTS, PLACES};
use crate::peer::forge::Forger;

fn stranger(rng: &mut ChaCha8Rng) -> SocketAddr {
    SocketAddr::from((rng.random::<[u8; 4]>(), rng.random()))
}

#[test]
fn a_flood_of_strange_packets_is_dropped_and_leaves_nothing_behind() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut world = World::new();
    let here = world.connected(1, Offered::VOICE, 2);
    let (users, addresses) = (world.core.by_user.len(), world.core.by_address.len());
    let user = world.core.by_user.keys().next().unwrap().clone();
    let strange = world.core.counters().strange;
    for number in 0..200_000u32 {
        let mut bytes = vec![0u8; rng.random_range(0..200)];
        rng.fill(&mut bytes[..]);
        match number % 4 {
            // A STUN request that looks well-formed, also one for somebody who is here, without the signature.
            0 => bytes = binding(if number % 8 == 0 { &user } else { b"03strange" }, &mut rng),
            1 => bytes.splice(..0, [22, 254, 253]).for_each(drop),
            2 => bytes.splice(..0, [0x80, 111]).for_each(drop),
            _ => {}
        }
        let from = stranger(&mut rng);
        world.send(from, &bytes);
    }
    world.core.settle(world.now);
    assert!(world.core.sends().next().is_none(), "nothing is answered");
    assert_eq!(world.core.counters().strange - strange, 200_000);
    assert_eq!((world.core.by_user.len(), world.core.by_address.len()), (users, addresses));
    world.talk(&[(here[0], -30)], 400);
    assert!(world.came(here[1]).len() >= 19, "the call goes on");
}

#[test]
fn packets_in_somebodys_name_lose_them_nothing() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut world = World::new();
    let here = world.connected(1, Offered::VOICE, 2);
    let from = world.peers[here[0]].address;
    let voice = |world: &mut World| {
        world.came(here[1]);
        world.talk(&[(here[0], -30)], 400);
        world.came(here[1]).len()
    };
    let untouched = voice(&mut world);
    for _ in 0..50_000 {
        let mut bytes = vec![0u8; rng.random_range(12..200)];
        rng.fill(&mut bytes[..]);
        // RTP and RTCP.
        bytes[0] = 0x80 | (bytes[0] & 0x3f);
        world.send(from, &bytes);
    }
    world.pass(20);
    assert_eq!(voice(&mut world), untouched);
    for _ in 0..50_000 {
        // DTLS records of every kind, some of them well-formed outside.
        let mut bytes = vec![0u8; rng.random_range(14..200)];
        rng.fill(&mut bytes[..]);
        bytes[0] = rng.random_range(20..64);
        if rng.random() {
            bytes[0] = rng.random_range(20..26);
            bytes[1..3].copy_from_slice(&[254, 253]);
            let length = u16::try_from(bytes.len() - 13).unwrap();
            bytes[11..13].copy_from_slice(&length.to_be_bytes());
        }
        world.send(from, &bytes);
    }
    world.pass(20);
    assert_eq!(world.core.counters().participants, 2);
    assert_eq!(voice(&mut world), untouched);
}

#[test]
fn a_handshake_that_strangers_talk_into_succeeds() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let mut world = World::new();
    world.join(1, Offered::VOICE);
    world.join(1, Offered::VOICE);
    for _ in 0..200 {
        let mut bytes = vec![0u8; 60];
        rng.fill(&mut bytes[..]);
        bytes[..3].copy_from_slice(&[22, 254, 253]);
        bytes[11..13].copy_from_slice(&47u16.to_be_bytes());
        for at in 0..2 {
            let from = world.peers[at].address;
            world.send(from, &bytes);
        }
        world.pass(10);
    }
    assert!(world.peers.iter().all(|member| member.peer.is_connected()));
}

#[test]
fn data_channels_that_nobody_agreed_on_are_not_even_read() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VOICE, 2);
    let strange = world.core.counters().strange;
    let now = world.now;
    world.peers[here[0]].peer.begin_sctp(now);
    world.pass(3_000);
    assert!(world.core.counters().strange > strange, "they were sent");
    world.talk(&[(here[0], -30)], 400);
    assert!(world.came(here[1]).len() >= 19, "the call goes on");
}

#[test]
fn strangers_who_name_streams_of_somebody_take_none_of_their_media() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VIDEO, 2);
    let (one, other) = (here[0], here[1]);
    world.talk(&[(one, -30)], 400);
    let mut forger = Forger::new(&mut world.peers[one].peer, 6).expect("it is connected");
    let from = world.peers[one].address;
    for _ in 0..2_000 {
        let packet = forger.unsealed();
        world.send(from, &packet);
    }
    world.came(other);
    world.talk(&[(one, -30)], 400);
    let voices = world.came(other).len();
    assert!(voices >= 19, "{voices} of 20 came");
    world.show(&[one], 300, 2_000);
    let pictures = world.came(other).len();
    assert!(pictures >= 40, "{pictures} packets of pictures came");
}

/// So many forged packets from somebody in the room, between what others say.
const FORGED: usize = 20_000;

#[test]
fn what_somebody_in_the_room_forges_costs_the_others_nothing() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VIDEO, 3);
    let (one, other, hostile) = (here[0], here[1], here[2]);
    world.show(&here, 300, 1_000);
    here.iter().for_each(|at| drop(world.came(*at)));
    let mut forger = Forger::new(&mut world.peers[hostile].peer, 5).expect("it is connected");
    let from = world.peers[hostile].address;
    // What it is told of what it forged is its own affair.
    world.cut_off = Some(hostile);
    let (before, rounds) = (world.core.counters(), 200);
    for _ in 0..rounds {
        for _ in 0..FORGED / rounds {
            let packet = forger.packet();
            world.send(from, &packet);
        }
        world.talk(&[(one, -30), (other, -30)], 20);
    }
    world.pass(100);
    let after = world.core.counters();
    // How many depends on keys, which are new in each run: one that is far ahead of the others makes those strange.
    let let_in = (after.media_in - before.media_in).saturating_sub(2 * rounds as u64);
    assert!(let_in > 0 || after.participants < before.participants, "some were let in: {before:?} {after:?}");
    let own = |at: usize| move |came: &&Came| came.packet.payload[..] == [at as u8; 80];
    for (me, whom) in [(one, other), (other, one)] {
        let heard = world.came(me).iter().filter(own(whom)).count();
        assert!(heard >= rounds - 1, "{heard} of {rounds} were heard");
    }
    assert!(world.core.by_address.len() <= 3 && world.core.counters().participants <= 3);
}

#[test]
fn packets_that_no_network_takes_put_nobody_out() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VOICE, 3);
    let (one, other, hostile) = (here[0], here[1], here[2]);
    let mut forger = Forger::new(&mut world.peers[hostile].peer, 7).expect("it is connected");
    let from = world.peers[hostile].address;
    for bytes in [1_500, 1_990, 2_000, 9_000, 65_000] {
        for _ in 0..260 {
            let packet = forger.good(&vec![7; bytes]);
            world.send(from, &packet);
            world.pass(5);
        }
    }
    assert_eq!(world.core.counters().participants, 3);
    world.came(other);
    world.talk(&[(one, -30)], 400);
    assert!(world.came(other).len() >= 19, "the call goes on");
}

#[test]
fn one_voice_takes_no_more_of_the_way_to_others_than_a_voice_does() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VOICE, 2);
    let (one, hostile) = (here[0], here[1]);
    world.talk(&[(hostile, -30)], 200);
    let mut forger = Forger::new(&mut world.peers[hostile].peer, 8).expect("it is connected");
    let from = world.peers[hostile].address;
    world.came(one);
    for _ in 0..1_000 {
        let packet = forger.good(&[7; 1_000]);
        world.send(from, &packet);
        world.pass(1);
    }
    let bytes: usize = world.came(one).iter().map(|came| came.packet.payload.len()).sum();
    // What may come at once, and in a second.
    assert!((30_000..70_000).contains(&bytes), "{bytes} bytes of sound in a second");
}

#[test]
fn whoever_comes_from_everywhere_is_heard_from_some_of_it_and_puts_nobody_out() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VOICE, 3);
    let hostile = here[2];
    let forger = Forger::new(&mut world.peers[hostile].peer, 9).expect("it is connected");
    let binding = forger.binding().expect("it has asked").to_vec();
    world.replayed = Some((hostile, 0));
    let before = world.core.counters().strange;
    for number in 0..1_000u16 {
        world.send(SocketAddr::from(([198, 51, 100, 200], 1_000 + number)), &binding);
    }
    assert!(world.core.counters().strange - before >= 940, "no more than anybody needs");
    assert_eq!(world.core.counters().participants, 3);
    for number in 0..1_000u16 {
        world.send(SocketAddr::from(([198, 51, 100, 201], 1_000 + number)), &binding);
        world.pass(20);
    }
    // Somebody else may have overheard it.
    assert_eq!(world.core.counters().participants, 3);
    assert!(world.core.by_address.len() <= 2 + crate::limits::ADDRESSES);
    world.talk(&[(here[0], -30)], 400);
    assert!(world.came(here[1]).len() >= 19, "the call goes on");
}

/// Whoever was removed during a call knows its room still.
#[test]
fn who_joins_without_end_has_few_places_and_keeps_nobody_out() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VOICE, 2);
    world.holder = Some(HolderId([7; 16]));
    let theirs: Vec<usize> = (0..20).map(|_| world.join(1, Offered::VOICE)).collect();
    assert_eq!(world.core.counters().participants, 2 + PLACES);
    // Those that came last are there; one that joins again takes no other's place.
    world.join_as(1, theirs[18] as u8, Offered::VOICE).unwrap();
    let is_there = |world: &World, at: &usize| world.core.find(&world.peers[*at].place).is_some();
    let there: Vec<usize> = theirs.iter().copied().filter(|at| is_there(&world, at)).collect();
    assert_eq!(there, theirs[20 - PLACES..]);
    // In another room they have others, and nobody else's count with them.
    world.join(2, Offered::VOICE);
    world.holder = Some(HolderId([8; 16]));
    world.join(1, Offered::VOICE);
    assert_eq!(world.core.counters().participants, 2 + PLACES + 2);
    world.talk(&[(here[0], -30)], 400);
    assert!(world.came(here[1]).len() >= 19, "the call goes on");
}

#[test]
fn relay_place_without_a_connection_is_gone_after_ten_seconds() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VOICE, 2);
    world.holder = Some(HolderId([7; 16]));
    let idle = world.join(1, Offered::VOICE);
    world.only_stun = Some(idle);
    world.pass(CONNECTS.as_millis() as u64 - 500);
    assert_eq!(world.core.counters().participants, 3, "a slow network has time");
    world.pass(1_000);
    assert_eq!(world.core.counters().participants, 2);
    assert_eq!(world.core.left(), [HolderId([7; 16])]);
    world.talk(&[(here[0], -30)], 60_000);
    assert!(world.came(here[1]).len() >= 2_990, "a participant that has one stays");
}

#[test]
fn relay_says_of_whom_nobody_is_in_a_room_any_more() {
    let mut world = World::new();
    world.holder = Some(HolderId([7; 16]));
    let one = world.join(1, Offered::VOICE);
    let other = world.join(1, Offered::VOICE);
    world.holder = Some(HolderId([8; 16]));
    world.join_as(1, 9, Offered::VOICE).unwrap();
    world.join_as(1, 9, Offered::VOICE).unwrap();
    assert_eq!(world.core.left(), [], "who comes again was there all the time");
    let leave = |world: &mut World, at: usize| {
        let place = world.peers[at].place.clone();
        assert!(world.core.leave(&place, world.now));
        world.core.left()
    };
    assert_eq!(leave(&mut world, one), [], "another device is there");
    assert_eq!(leave(&mut world, other), [HolderId([7; 16])]);
    world.core.close(&place(1, 0).room.hash(), world.now);
    assert_eq!(world.core.left(), [HolderId([8; 16])]);
    assert_eq!(world.core.left(), []);
}

#[test]
fn offers_that_are_none_are_refused() {
    let mut world = World::new();
    for offer in ["", "v=0", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "m=audio", "v=0\r\nm=application 9 x y\r\n"] {
        let refused = world.core.join(&place(1, 1), None, None, offer, world.now);
        assert!(matches!(refused, Err(Refused::Offer(_))), "{offer}: {refused:?}");
    }
    let (_, offer) = Peer::new(RELAY, Protocol::Udp, Offered::VIDEO, world.now);
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for _ in 0..300 {
        let mut lines: Vec<&str> = offer.lines().collect();
        for _ in 0..rng.random_range(1..6) {
            let at = rng.random_range(0..lines.len());
            match rng.random_range(0..3) {
                0 => drop(lines.remove(at)),
                1 => lines[at] = "a=rtpmap:255 é/0",
                _ => lines.swap(at, 0),
            }
        }
        // Any answer will do; only a panic is wrong.
        let _ = world.core.join(&place(2, 1), None, None, &lines.join("\r\n"), world.now);
    }
    assert!(world.core.counters().participants <= 1);
}

fn binding(user: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let name = [user, b":abcd"].concat();
    let mut attributes = vec![0, 6];
    attributes.extend_from_slice(&(name.len() as u16).to_be_bytes());
    attributes.extend_from_slice(&name);
    attributes.resize(attributes.len().next_multiple_of(4), 0);
    // PRIORITY, MESSAGE-INTEGRITY, FINGERPRINT: random.
    attributes.extend_from_slice(&[0, 0x24, 0, 4, 1, 2, 3, 4, 0, 8, 0, 20]);
    attributes.extend_from_slice(&rng.random::<[u8; 20]>());
    let mut bytes = vec![0, 1];
    bytes.extend_from_slice(&(attributes.len() as u16).to_be_bytes());
    bytes.extend_from_slice(&[0x21, 0x12, 0xa4, 0x42]);
    bytes.extend_from_slice(&rng.random::<[u8; 12]>());
    bytes.extend_from_slice(&attributes);
    bytes
}
