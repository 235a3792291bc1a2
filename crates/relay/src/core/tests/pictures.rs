//! Pictures: which, how large, and what happens when there is no room.

use casemate_rtp::feedback::{asked, told};

use super::*;
use crate::peer::line::Weather;

const WIDE: Offered = Offered::VIDEO;

/// The sizes that came of each sender: small ones are named by their place, large ones by that and 100.
fn kinds(came: &[Came]) -> Vec<u8> {
    let mut kinds: Vec<u8> = slots_of(came).into_values().flatten().collect();
    kinds.sort_unstable();
    kinds
}

#[test]
fn without_wishes_everybody_is_seen_small() {
    let mut world = World::new();
    let here = world.connected(1, WIDE, 3);
    world.show(&here, 300, 1_000);
    here.iter().for_each(|at| drop(world.came(*at)));
    world.show(&here, 300, 400);
    assert_eq!(kinds(&world.came(here[0])), [1, 2]);
    assert_eq!(kinds(&world.came(here[2])), [0, 1]);
}

#[test]
fn what_is_wished_for_comes_in_its_size_and_nothing_else() {
    let mut world = World::new();
    let here = world.connected(1, WIDE, 4);
    world.show(&here, 200, 400);
    world.wish(here[0], &[(here[2], 720), (here[3], 180)]);
    world.show(&here, 200, 4_000);
    world.came(here[0]);
    world.show(&here, 200, 400);
    assert_eq!(kinds(&world.came(here[0])), [3, 102]);
    world.wish(here[0], &[]);
    world.show(&here, 200, 400);
    world.came(here[0]);
    world.show(&here, 200, 400);
    assert!(world.came(here[0]).is_empty());
    // Others are seen by the others as before.
    assert_eq!(kinds(&world.came(here[1])), [0, 2, 3]);
}

#[test]
fn a_picture_begins_with_a_key_frame_and_has_no_gaps_when_it_grows() {
    let mut world = World::new();
    let here = world.connected(1, WIDE, 2);
    world.wish(here[0], &[(here[1], 180)]);
    world.show(&[here[1]], 200, 1_000);
    world.wish(here[0], &[(here[1], 720)]);
    world.show(&[here[1]], 200, 4_000);
    let came = world.came(here[0]);
    assert!(came.first().unwrap().packet.payload[0] & 0x40 == 0, "the first one begins anew");
    let mut numbers: Vec<u64> = came.iter().map(|one| *one.packet.seq_no).collect();
    numbers.sort_unstable();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "{numbers:?}");
    let grown = came.iter().position(|one| one.packet.payload[1] >= 100).expect("it grew");
    assert!(came[grown].packet.payload[0] & 0x40 == 0, "the larger one begins anew");
    assert!(came[grown..].iter().all(|one| one.packet.payload[1] >= 100));
    let times: Vec<u32> = came.iter().map(|one| one.packet.header.timestamp).collect();
    assert!(times.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) < 90_000), "times go on");
}

#[test]
fn whoever_shows_pictures_is_told_what_came_and_when_and_what_is_to_be_sent_again() {
    let mut world = World::new();
    let here = world.connected(1, WIDE, 2);
    let sender = here[0];
    world.peers[sender].up.weather = Weather { delay: Duration::from_millis(30), loss: 0.1, ..Weather::FAIR };
    world.show(&[sender], 900, 4_000);
    let told_before = world.reports.len();
    world.came(here[1]);
    world.show(&[sender], 900, 10_000);
    let reports = world.reports[told_before..].iter().filter(|(to, _)| *to == sender);
    let reports: Vec<&[u8]> = reports.map(|(_, report)| &report[..]).collect();
    let all: Vec<_> = reports.iter().flat_map(|report| told(report)).collect();
    assert!(all.windows(2).all(|two| two[1].number == two[0].number.wrapping_add(1)), "each once, in order");
    let came: Vec<u32> = all.iter().filter_map(|told| told.came).collect();
    let lost = 1.0 - came.len() as f64 / all.len() as f64;
    assert!(all.len() > 1_000 && (0.07..0.13).contains(&lost), "{} {lost}", all.len());
    // A frame every forty milliseconds, in quarters of one.
    assert!(came.windows(2).all(|two| two[1].wrapping_sub(two[0]) <= 4 * 41), "{came:?}");
    let asked: usize = reports.iter().map(|report| asked(report).len()).sum();
    assert!((all.len() / 12..all.len() / 6).contains(&asked), "{asked} of {}", all.len());
    // Of what was asked for, the receiver misses nothing: each number once, but for the last.
    let mut numbers: Vec<u64> = world.came(here[1]).iter().map(|one| *one.packet.seq_no).collect();
    numbers.sort_unstable();
    let gaps = numbers.windows(2).filter(|two| two[1] != two[0] + 1).count();
    assert!(numbers.len() > 200 && gaps <= 1, "{gaps} of {}", numbers.len());
}

#[test]
fn key_frames_are_asked_for_three_times_and_then_once_a_second() {
    let mut world = World::new();
    let here = world.connected(1, WIDE, 2);
    world.show(&[here[1]], 200, 1_000);
    let before = world.peers[here[1]].peer.asked();
    // As somebody with a wrong key does.
    for _ in 0..100 {
        world.peers[here[0]].peer.ask_key_frame(8, world.now);
        world.show(&[here[1]], 200, 40);
    }
    let asked = world.peers[here[1]].peer.asked() - before;
    assert!((4..=7).contains(&asked), "{asked} in four seconds");
}

#[test]
fn a_picture_whose_beginning_was_overtaken_is_whole() {
    let mut world = World::new();
    let here = world.connected(1, WIDE, 2);
    let (from, to) = (here[0], here[1]);
    world.show(&[from], 300, 1_000);
    world.wish(to, &[(from, 720)]);
    world.came(to);
    // What sets out first comes last, and the relay has to wait for it.
    world.peers[from].up.weather.jitter = Duration::from_millis(8);
    world.show(&[from], 300, 4_000);
    let came = world.came(to);
    let large: Vec<u64> =
        came.iter().filter(|one| one.packet.payload[1] >= 100).map(|one| *one.packet.seq_no).collect();
    let (first, last) = (*large.iter().min().unwrap(), *large.iter().max().unwrap());
    assert_eq!(large.len() as u64, last - first + 1, "all of it, from the first");
}

#[test]
fn where_there_is_no_room_pictures_shrink_and_come_back() {
    let mut world = World::new();
    let here = world.connected(1, WIDE, 2);
    world.wish(here[0], &[(here[1], 720)]);
    // 25 × 1.000 bytes small: 200 kbit/s; large 800 kbit/s.
    world.show(&[here[1]], 1_000, 6_000);
    world.came(here[0]);
    world.show(&[here[1]], 1_000, 400);
    assert_eq!(kinds(&world.came(here[0])), [101]);
    world.peers[here[0]].down.weather.rate = Some(400_000.0);
    world.show(&[here[1]], 1_000, 4_000);
    world.came(here[0]);
    world.show(&[here[1]], 1_000, 1_000);
    let came = world.came(here[0]);
    assert_eq!(kinds(&came), [1], "400 kbit/s are enough for the small one alone");
    world.peers[here[0]].down.weather.rate = None;
    world.show(&[here[1]], 1_000, 15_000);
    world.came(here[0]);
    world.show(&[here[1]], 1_000, 1_000);
    assert_eq!(kinds(&world.came(here[0])), [101]);
}

#[test]
fn more_is_looked_for_while_more_is_wished_for_and_seldom_where_it_is_not_found() {
    let mut world = World::new();
    let here = world.connected(1, WIDE, 2);
    world.wish(here[0], &[(here[1], 720)]);
    world.show(&[here[1]], 1_000, 6_000);
    assert!((1..40_000).contains(&world.padding), "{}", world.padding);
    world.padding = 0;
    world.show(&[here[1]], 1_000, 6_000);
    assert_eq!(world.padding, 0, "all that is wished for goes through");
    world.peers[here[0]].down.weather.rate = Some(400_000.0);
    world.show(&[here[1]], 1_000, 6_000);
    world.padding = 0;
    world.show(&[here[1]], 1_000, 20_000);
    let share = world.padding as f64 * 8.0 / 20.0 / 400_000.0;
    assert!((0.001..0.06).contains(&share), "{share} of what goes through");
}

#[test]
fn where_nothing_comes_of_the_others_it_is_found_out_what_goes_through() {
    let mut world = World::new();
    let here = world.connected(1, WIDE, 2);
    // Of so large a picture nothing fits before that is known, and nobody speaks.
    world.show(&[here[1]], 8_000, 3_000);
    world.came(here[0]);
    world.show(&[here[1]], 8_000, 400);
    assert_eq!(kinds(&world.came(here[0])), [1]);
}

#[test]
fn a_shared_screen_is_seen_beside_the_camera() {
    let mut world = World::new();
    let sharing = world.join(1, Offered { screen: true, ..WIDE });
    let watching = world.connected(1, WIDE, 1)[0];
    for step in 0..50 {
        let peer = &mut world.peers[sharing].peer;
        peer.send(Stream::Screen, &[77; 400], step % 25 == 0, None, world.now);
        peer.send(Stream::Camera { large: false }, &[66; 200], step % 25 == 0, None, world.now);
        world.pass(40);
    }
    assert_eq!(kinds(&world.came(watching)), [66, 77]);
}

/// Screens of some, a frame every forty milliseconds, beside the cameras of others.
fn share(world: &mut World, screens: &[usize], cameras: &[usize], ms: u64) {
    for step in 0..ms / 40 {
        let begins = step % 25 == 0;
        for at in screens {
            world.peers[*at].peer.send(Stream::Screen, &[100 + *at as u8; 100], begins, None, world.now);
        }
        for at in cameras {
            let small = Stream::Camera { large: false };
            world.peers[*at].peer.send(small, &[*at as u8; 60], begins, None, world.now);
        }
        world.pass(40);
    }
}

#[test]
fn a_screen_that_nobody_could_wish_for_is_seen_and_one_that_is_refused_is_not() {
    let mut world = World::new();
    let here = world.connected(1, Offered { screen: true, camera_layers: 1, ..WIDE }, 30);
    let (watching, sharing) = (here[0], here[29]);
    // As a page wishes: those who have a tile, and no more screens than there is room for wishes.
    let cameras: Vec<(usize, u32)> = here[1..12].iter().map(|at| (*at, 180)).collect();
    world.wish(watching, &cameras);
    share(&mut world, &[sharing], &here[1..4], 2_000);
    assert_eq!(kinds(&world.came(watching)), [1, 2, 3, 129]);
    // Of several as many as may come unasked.
    share(&mut world, &here[25..], &[], 1_000);
    world.came(watching);
    share(&mut world, &here[25..], &[], 400);
    assert_eq!(kinds(&world.came(watching)).len(), crate::limits::SCREENS_UNASKED);
    // Whoever says that it is not to come does not get it, and neither does whoever wishes for nothing.
    let source = |at: usize| world.peers[at].place.participant.id();
    let refused: Vec<_> =
        here[25..].iter().map(|at| Wanted { source: source(*at), screen: true, height: 0 }).collect();
    for wanted in [refused, Vec::new()] {
        let wish = Wish { wanted: Some(wanted), allowed: None };
        assert!(world.core.wish(&world.peers[watching].place, wish, world.now));
        share(&mut world, &here[25..], &[], 400);
        world.came(watching);
        share(&mut world, &here[25..], &[], 400);
        assert!(world.came(watching).is_empty());
    }
}

#[test]
fn where_cameras_have_all_slots_the_last_one_makes_room_for_a_screen() {
    let mut world = World::new();
    let here = world.connected(1, Offered { screen: true, camera_layers: 1, ..WIDE }, 14);
    let (watching, sharing) = (here[0], here[13]);
    let cameras: Vec<(usize, u32)> = here[1..13].iter().map(|at| (*at, 180)).collect();
    world.wish(watching, &cameras);
    share(&mut world, &[], &here[1..13], 1_000);
    world.came(watching);
    share(&mut world, &[], &here[1..13], 400);
    assert_eq!(kinds(&world.came(watching)), (1..13).collect::<Vec<u8>>());
    share(&mut world, &[sharing], &here[1..13], 2_000);
    world.came(watching);
    share(&mut world, &[sharing], &here[1..13], 400);
    assert_eq!(kinds(&world.came(watching)), (1..12).chain([113]).collect::<Vec<u8>>());
    // It is back when nothing more is shared.
    share(&mut world, &[], &here[1..13], 4_000);
    world.came(watching);
    share(&mut world, &[], &here[1..13], 400);
    assert_eq!(kinds(&world.came(watching)), (1..13).collect::<Vec<u8>>());
}
