//! Many who could be heard.

use super::*;
use crate::limits::VOICES;
use crate::peer::line::Weather;

#[test]
fn of_twelve_the_eight_loudest_are_heard_by_all() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VOICE, 12);
    let levels: Vec<(usize, i8)> = here.iter().map(|at| (*at, -20 - 5 * *at as i8)).collect();
    world.talk(&levels, 1_000);
    here.iter().for_each(|at| drop(world.came(*at)));
    let before = world.core.counters();
    world.talk(&levels, 1_000);
    for at in &here {
        let heard: std::collections::BTreeSet<u8> =
            slots_of(&world.came(*at)).into_values().flatten().collect();
        let expected: std::collections::BTreeSet<u8> =
            (0..VOICES as u8).filter(|other| *other as usize != *at).collect();
        assert_eq!(heard, expected, "as {at} hears it");
    }
    // What is not heard is not sent: eight go to eleven each.
    let sent = world.core.counters().media_out - before.media_out;
    assert!((8 * 11 * 48..=8 * 11 * 52).contains(&sent), "{sent}");
    // The last speaks up, and is heard within half a second.
    let mut levels = levels;
    levels[11].1 = -5;
    world.talk(&levels, 500);
    world.came(0);
    world.talk(&levels, 200);
    let heard: Vec<u8> = slots_of(&world.came(0)).into_values().flatten().collect();
    assert!(heard.contains(&11), "{heard:?}");
}

/// What each of so many hears while two of them share screens that have sound and all speak, whoever came later louder.
fn heard_beside_two_screens(people: usize) -> Vec<BTreeSet<u8>> {
    let mut world = World::new();
    let mut here = world.connected(1, Offered { screen_sound: true, ..Offered::VOICE }, 2);
    here.extend(world.connected(1, Offered::VOICE, people - 2));
    let mut heard = Vec::new();
    for _ in 0..2 {
        here.iter().for_each(|at| drop(world.came(*at)));
        for _ in 0..50 {
            for at in &here {
                let level = Some(-60 + 5 * *at as i8);
                world.peers[*at].peer.send(Stream::Voice, &[*at as u8; 80], true, level, world.now);
            }
            for at in &here[..2] {
                let sound = [100 + *at as u8; 80];
                world.peers[*at].peer.send(Stream::ScreenSound, &sound, true, None, world.now);
            }
            world.pass(20);
        }
        heard = here.iter().map(|at| slots_of(&world.came(*at)).into_values().flatten().collect()).collect();
    }
    heard
}

#[test]
fn beside_the_sound_of_two_screens_whoever_is_loud_is_heard_also_who_came_last() {
    // Of eight voices six are left; of seven each hears the six others.
    for (people, first) in [(8, 2), (7, 0)] {
        for (at, heard) in (0..).zip(heard_beside_two_screens(people)) {
            let others = (first..people as u8).chain([100, 101]);
            let others: BTreeSet<u8> = others.filter(|one| one % 100 != at).collect();
            assert_eq!(heard, others, "as {at} of {people} hears it");
        }
    }
}

#[test]
fn of_twelve_who_do_not_say_how_loud_they_are_all_are_heard_by_turns() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VOICE, 12);
    let voices: Vec<(usize, Option<i8>)> = here.iter().map(|at| (*at, None)).collect();
    world.speak(&voices, 1_000);
    here.iter().for_each(|at| drop(world.came(*at)));
    // Each has two seconds of a turn, and eight of them in twelve.
    world.speak(&voices, 24_000);
    for at in &here {
        let came = world.came(*at);
        for other in here.iter().filter(|other| *other != at) {
            let times = came.iter().filter(|one| one.packet.payload[..] == [*other as u8; 80]).count();
            assert!((700..900).contains(&times), "{at} heard {other} {times} times of 1,200");
        }
    }
}

#[test]
fn whoever_has_several_places_is_not_heard_in_place_of_others() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VOICE, VOICES);
    world.holder = Some(HolderId([7; 16]));
    let theirs = world.connected(1, Offered::VOICE, 3);
    let levels = here.iter().map(|at| (*at, -30 - 5 * *at as i8));
    let levels: Vec<(usize, i8)> = levels.chain(theirs.iter().map(|at| (*at, 0))).collect();
    world.talk(&levels, 1_000);
    here.iter().for_each(|at| drop(world.came(*at)));
    world.talk(&levels, 1_000);
    for at in &here {
        let heard: BTreeSet<u8> = slots_of(&world.came(*at)).into_values().flatten().collect();
        let (others, loud): (BTreeSet<u8>, BTreeSet<u8>) =
            heard.into_iter().partition(|one| usize::from(*one) < VOICES);
        assert_eq!(loud.len(), 1, "as {at} hears it: {loud:?}");
        let expected = (0..VOICES as u8 - 1).filter(|other| usize::from(*other) != *at);
        assert_eq!(others, expected.collect::<BTreeSet<u8>>(), "as {at} hears it");
    }
}

#[test]
fn a_slot_stays_somebodys_while_nobody_else_needs_it() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VOICE, 3);
    world.talk(&[(here[0], -30), (here[1], -30)], 200);
    let before = slots_of(&world.came(here[2]));
    assert_eq!(before.len(), 2);
    world.pass(3_000);
    world.talk(&[(here[1], -30), (here[0], -30)], 200);
    assert_eq!(slots_of(&world.came(here[2])), before);
}

#[test]
fn whoever_speaks_is_told_how_it_comes() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VOICE, 2);
    let speaker = here[0];
    let way = Weather { delay: Duration::from_millis(30), ..Weather::FAIR };
    world.peers[speaker].up.weather = Weather { loss: 0.2, ..way };
    world.peers[speaker].down.weather = way;
    world.talk(&[(speaker, -30)], 20_000);
    let told = world.peers[speaker].peer.told().expect("it was told something");
    let remote = told.remote.as_ref().expect("it was told what came");
    assert!(told.loss.is_some_and(|loss| (0.1..0.3).contains(&loss)), "{told:?}");
    assert!((120..240).contains(&remote.packets_lost), "{told:?}");
    assert!((700..=1_000).contains(&*remote.maximum_sequence_number), "{told:?}");
    let around = Duration::from_millis(59)..Duration::from_millis(70);
    assert!(told.rtt.is_some_and(|rtt| around.contains(&rtt)), "{told:?}");
    assert!(remote.jitter < 48, "a millisecond: {told:?}");
}

#[test]
fn what_comes_twice_is_heard_once_and_late_is_heard_too() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VOICE, 2);
    world.peers[here[0]].up.weather =
        Weather { doubled: 0.5, jitter: Duration::from_millis(200), ..Weather::FAIR };
    world.talk(&[(here[0], -30)], 4_000);
    world.pass(1_000);
    let came = world.came(here[1]);
    let numbers: std::collections::BTreeSet<u64> = came.iter().map(|came| *came.packet.seq_no).collect();
    assert_eq!(numbers.len(), came.len());
    assert!((180..=200).contains(&came.len()), "{}", came.len());
}

#[test]
fn voices_and_slots_are_numbered_for_the_estimate() {
    let mut world = World::new();
    let here = world.connected(1, Offered { sounds: 2, ..Offered::VOICE }, 1);
    let answer = &world.peers[here[0]].answer;
    let numbered =
        answer.split("m=audio").skip(1).map(|section| section.contains(casemate_rtp::numbers::NAME));
    assert_eq!(numbered.collect::<Vec<_>>(), [true; 3]);
}

/// Somebody hears five others, of whom one shows a picture too, for a while: how many packets of each voice came.
fn heard_of_five(world: &mut World, here: &[usize], ms: u64) -> Vec<usize> {
    let to = here[0];
    world.came(to);
    for step in 0..ms / 20 {
        for at in &here[1..] {
            let level = Some(-20 - 10 * *at as i8);
            world.peers[*at].peer.send(Stream::Voice, &[*at as u8; 80], true, level, world.now);
        }
        if step % 2 == 0 {
            for large in [false, true] {
                let peer = &mut world.peers[here[1]].peer;
                peer.send(Stream::Camera { large }, &[200; 400], step % 50 == 0, None, world.now);
            }
        }
        world.pass(20);
    }
    let came = world.came(to);
    let of = |at: usize| came.iter().filter(|one| one.packet.payload[..] == [at as u8; 80]).count();
    here[1..].iter().map(|at| of(*at)).collect()
}

#[test]
fn relay_voices_keep_to_what_goes_through() {
    let mut world = World::new();
    let here = world.connected(1, Offered::VIDEO, 6);
    let to = here[0];
    let way = |rate| Weather { rate: Some(rate), delay: Duration::from_millis(25), ..Weather::FAIR };
    world.peers[to].down.weather = way(5_000_000.0);
    world.peers[to].up.weather = way(5_000_000.0);
    assert!(heard_of_five(&mut world, &here, 3_000).iter().all(|count| *count > 140));
    // Two voices and not a third: all of them would wait for each other, and nobody be understood.
    world.peers[to].down.weather = way(140_000.0);
    heard_of_five(&mut world, &here, 10_000);
    let heard = heard_of_five(&mut world, &here, 5_000);
    assert!(heard[0] >= 225, "the loudest of {heard:?}");
    let all: usize = heard.iter().sum();
    assert!(all <= 2 * 250 + 100, "no more than goes through: {heard:?}");
    world.peers[to].down.weather = way(5_000_000.0);
    heard_of_five(&mut world, &here, 15_000);
    let heard = heard_of_five(&mut world, &here, 5_000);
    assert!(heard.iter().all(|count| *count >= 240), "with room for all: {heard:?}");
}
