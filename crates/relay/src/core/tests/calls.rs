//! Coming, talking, going.

use casemate_wire::ids::Hash32;

use super::*;
use crate::limits::{ADDRESSES_IN_ALL, PRESENT, ROOM_PARTICIPANTS, SILENCE};

#[test]
fn two_who_talk_hear_each_other_and_nobody_else_does() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VOICE, 2);
    let elsewhere = world.connected(2, Offered::VOICE, 1)[0];
    world.talk(&[(here[0], -30), (here[1], -30)], 1_000);
    for (me, other) in [(here[0], here[1]), (here[1], here[0])] {
        let came = world.came(me);
        assert!((48..=50).contains(&came.len()), "{}", came.len());
        assert!(
            came.iter().all(|one| one.slot == came[0].slot && one.packet.payload[..] == [other as u8; 80])
        );
        let numbers: Vec<u64> = came.iter().map(|one| *one.packet.seq_no).collect();
        assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "{numbers:?}");
    }
    assert!(world.came(elsewhere).is_empty());
    assert_eq!(world.core.counters().rooms, 2);
}

#[test]
fn how_loud_somebody_is_stays_at_the_relay() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VOICE, 2);
    world.talk(&[(here[0], -17)], 400);
    let came = world.came(here[1]);
    assert!(!came.is_empty());
    assert!(came.iter().all(|one| one.packet.header.ext_vals.audio_level.is_none()));
}

#[test]
fn candidates_are_the_relays_and_packets_come_from_it_alone() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VIDEO, 3);
    world.talk(&[(here[0], -30)], 200);
    for at in here {
        let candidates: Vec<&str> =
            world.peers[at].answer.lines().filter(|line| line.contains("candidate:")).collect();
        assert!(!candidates.is_empty());
        // That every packet comes from the relay is asserted with every packet.
        assert!(candidates.iter().all(|line| line.contains(" 192.0.2.1 8441 ")), "{candidates:?}");
        assert!(!world.peers[at].answer.contains("198.51.100."));
    }
}

#[test]
fn a_room_that_is_closed_is_empty_and_the_others_go_on() {
    let mut world = World::new();
    let (closed, here) = (world.connected(1, Offered::VOICE, 3), world.connected(2, Offered::VOICE, 2));
    let [room, other] = [closed[0], here[0]].map(|at| world.peers[at].place.room.hash());
    world.core.close(&Hash32([7; 32]), world.now);
    assert_eq!(world.core.counters().participants, 5);
    world.core.close(&room, world.now);
    world.core.close(&room, world.now);
    assert_eq!((world.core.counters().rooms, world.core.counters().participants), (1, 2));
    assert_eq!(world.core.rooms(world.now), [other]);
    world.came(closed[1]);
    world.talk(&[(here[0], -30), (closed[0], -30)], 1_000);
    assert!((48..=50).contains(&world.came(here[1]).len()));
    assert!(world.came(closed[1]).is_empty());
    // Whoever comes back finds a room as anybody does.
    let back = world.connected(1, Offered::VOICE, 2);
    world.talk(&[(back[0], -30)], 400);
    assert!(!world.came(back[1]).is_empty());
}

#[test]
fn whoever_leaves_is_not_sent_to_and_the_last_one_takes_the_room_along() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VOICE, 2);
    let place = world.peers[here[1]].place.clone();
    assert!(world.core.leave(&place, world.now));
    assert!(!world.core.leave(&place, world.now));
    world.came(here[1]);
    world.talk(&[(here[0], -30)], 200);
    assert!(world.came(here[1]).is_empty());
    let place = world.peers[here[0]].place.clone();
    assert!(world.core.leave(&place, world.now));
    let counters = world.core.counters();
    assert_eq!((counters.rooms, counters.participants), (0, 0));
    assert!(world.core.by_address.is_empty() && world.core.by_user.is_empty());
}

#[test]
fn whoever_falls_silent_is_gone_after_a_while() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VOICE, 2);
    world.cut_off = Some(here[1]);
    world.pass(SILENCE.as_millis() as u64 - 3_000);
    assert_eq!(world.core.counters().participants, 2);
    world.pass(4_000);
    assert_eq!(world.core.counters().participants, 1);
    // Somebody who never came at all goes the same way.
    world.cut_off = Some(2);
    world.join(1, Offered::VOICE);
    world.pass(SILENCE.as_millis() as u64 + 200);
    assert_eq!(world.core.counters().participants, 1);
}

#[test]
fn rooms_are_named_while_somebody_shows_a_sign_of_life() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VOICE, 2);
    let alone = world.connected(2, Offered::VOICE, 1)[0];
    let name = |room: u8| place(room, 0).room.hash();
    let both = BTreeSet::from([name(1).0, name(2).0]);
    let named = |world: &World| -> BTreeSet<_> {
        world.core.rooms(world.now).into_iter().map(|room| room.0).collect()
    };
    assert_eq!(named(&world), both);
    world.cut_off = Some(alone);
    world.pass(PRESENT.as_millis() as u64 + 100);
    assert_eq!(world.core.counters().rooms, 2, "it may come back");
    assert_eq!(named(&world), BTreeSet::from([name(1).0]));
    for at in here {
        let place = world.peers[at].place.clone();
        assert!(world.core.leave(&place, world.now));
    }
    assert!(named(&world).is_empty());
}

#[test]
fn whoever_comes_again_takes_their_own_place() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VOICE, 2);
    let again = world.join_as(1, here[1] as u8, Offered::VOICE).unwrap();
    world.pass(2_000);
    assert_eq!(world.core.counters().participants, 2);
    world.talk(&[(here[0], -30), (again, -30)], 400);
    assert!(world.came(again).len() > 15 && world.came(here[0]).len() > 15);
    assert!(world.came(here[1]).is_empty());
}

#[test]
fn whoever_comes_again_alone_finds_the_room() {
    let mut world = World::new();
    let alone = world.connected(1, Offered::VOICE, 1)[0];
    world.join_as(1, alone as u8, Offered::VOICE).unwrap();
    assert_eq!((world.core.counters().rooms, world.core.counters().participants), (1, 1));
}

#[test]
fn signed_packets_from_many_addresses_leave_a_few_behind() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VOICE, 2);
    // As somebody on the way could send them again from elsewhere.
    world.replayed = Some((here[0], 0));
    world.pass(60_000);
    assert!(world.replayed.is_some_and(|(_, times)| times > 5), "{:?}", world.replayed);
    assert!(world.core.by_address.len() <= 2 * crate::limits::ADDRESSES);
    world.came(here[1]);
    world.talk(&[(here[0], -30)], 400);
    assert!(world.came(here[1]).len() > 15);
}

#[test]
fn whoever_has_two_ways_and_goes_to_and_fro_between_them_stays() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VOICE, 2);
    world.second_way = Some((here[0], SocketAddr::from(([203, 0, 113, 9], 6_000)), 0));
    world.pass(60 * 60_000);
    let (_, _, times) = world.second_way.unwrap();
    assert!(times > 2 * ADDRESSES_IN_ALL, "it changed {times} times");
    assert_eq!(world.core.counters().participants, 2);
    world.came(here[1]);
    world.talk(&[(here[0], -30)], 400);
    assert!(world.came(here[1]).len() > 15, "and is heard");
    world.talk(&[(here[1], -30)], 400);
    assert!(world.came(here[0]).len() > 15, "and hears");
}

#[test]
fn a_room_has_a_limit() {
    let mut world = World::new();
    let small = Offered { sounds: 1, ..Offered::VOICE };
    for number in 0..ROOM_PARTICIPANTS {
        world.join_as(1, number as u8, small).unwrap();
    }
    assert_eq!(world.join_as(1, 255, small), Err(Refused::RoomFull));
    // Whoever is in it may come again.
    world.join_as(1, 5, small).unwrap();
    world.join_as(2, 255, small).unwrap();
}
