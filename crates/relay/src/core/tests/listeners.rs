//! Who gets what somebody sends, and what each is told of who else is there.

use super::*;
use crate::core::Counted;

/// What somebody was told last since this was asked.
fn told(world: &mut World, at: usize) -> Option<(usize, usize, usize)> {
    let id = world.peers[at].place.participant.id();
    let said: Vec<_> = world.core.listeners().collect();
    let last = said.into_iter().rfind(|said| said.participant == id)?;
    let Counted { others, unallowed, open } = last.counted;
    Some((others, unallowed, open))
}

/// Whom everybody hears while all talk.
fn heard(world: &mut World, all: &[usize]) -> Vec<BTreeSet<u8>> {
    let who: Vec<_> = all.iter().map(|at| (*at, -30)).collect();
    all.iter().for_each(|at| drop(world.came(*at)));
    world.talk(&who, 400);
    all.iter().map(|at| slots_of(&world.came(*at)).into_values().flatten().collect()).collect()
}

fn of<const N: usize>(who: [u8; N]) -> BTreeSet<u8> {
    who.into()
}

#[test]
fn who_is_not_allowed_hears_and_sees_nothing_of_them_and_is_counted() {
    let mut world = World::new();
    world.allowed = Some(world.allowed(&[0, 1]));
    let here = world.connected(1, Offered::VIDEO, 3);
    assert_eq!(told(&mut world, 0), Some((2, 1, 0)));
    // The third allows the first two, who do not allow it.
    assert_eq!(heard(&mut world, &here), [of([1, 2]), of([0, 2]), of([])]);
    world.wish(2, &[(0, 720), (1, 720)]);
    world.came(2);
    world.show(&[0, 1], 300, 2_000);
    assert_eq!(slots_of(&world.came(2)), BTreeMap::new(), "pictures neither, however it wishes for them");
}

#[test]
fn who_is_allowed_no_longer_gets_nothing_from_that_moment_and_who_is_again_does() {
    let mut world = World::new();
    world.allowed = Some(world.allowed(&[0, 1, 2]));
    let here = world.connected(1, Offered::VOICE, 3);
    assert_eq!(told(&mut world, 0), Some((2, 0, 0)));
    assert_eq!(heard(&mut world, &here)[2], of([0, 1]));
    // They said that they left, and stay.
    for at in [0, 1] {
        world.allow(at, &[0, 1]);
    }
    assert_eq!(heard(&mut world, &here)[2], of([]), "not a packet more");
    world.allow(1, &[0, 1]);
    assert_eq!(told(&mut world, 1), Some((2, 1, 0)), "who says it again is told again");
    world.allow(1, &[0, 1, 2]);
    assert_eq!(heard(&mut world, &here)[2], of([1]));
    // Truly gone: nobody is there of whom nothing is shown.
    let place = world.peers[2].place.clone();
    assert!(world.core.leave(&place, world.now));
    assert_eq!(told(&mut world, 0), Some((1, 0, 0)));
}

#[test]
fn whoever_says_no_list_is_heard_by_the_room_and_the_others_are_told_so() {
    let mut world = World::new();
    world.connected(1, Offered::VOICE, 1);
    world.allowed = Some(world.allowed(&[0, 1]));
    world.connected(1, Offered::VOICE, 1);
    world.allowed = None;
    // Nobody said that this one is there.
    world.connected(1, Offered::VOICE, 1);
    assert_eq!(told(&mut world, 1), Some((2, 1, 1)));
    assert_eq!(heard(&mut world, &[0, 1, 2]), [of([1, 2]), of([0, 2]), of([0])]);
    world.allow(0, &[1]);
    assert_eq!(told(&mut world, 1), Some((2, 1, 0)));
    assert_eq!(heard(&mut world, &[0, 1, 2]), [of([1, 2]), of([0, 2]), of([])]);
}

#[test]
fn who_allows_nobody_is_heard_by_nobody_whoever_joins_anew() {
    let mut world = World::new();
    world.allowed = Some(Allowed::default());
    let here = world.connected(1, Offered::VOICE, 2);
    assert_eq!(heard(&mut world, &here), [of([]), of([])]);
    // The same participant comes back, with a list that it says as it joins.
    world.allowed = Some(world.allowed(&[1]));
    let again = world.join_as(1, 0, Offered::VOICE).unwrap();
    world.pass(2_000);
    assert_eq!(heard(&mut world, &[1, again])[0], of([again as u8]));
}
