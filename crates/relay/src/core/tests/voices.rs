//! Many who could be heard.

use super::*;
use crate::limits::VOICES;

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
