//! Declining where others are called too.

use serde_json::json;

use super::{call, is, media, newest};
use crate::World;

#[test]
fn a_group_s_call_is_refused_once_all_said_that_they_decline() {
    let mut world = World::new(2_720);
    let [ana, bob, cleo, dora] = ["ana", "bob", "cleo", "dora"].map(|name| world.person(name));
    for other in [bob, cleo, dora] {
        world.befriend(ana, other);
    }
    let group = world.group("walkers", ana, &[bob, cleo]);
    // Asked, and not come.
    let whom = world.address(dora);
    world.ok(ana, "conversation.add", json!({"conversation": group, "members": [whom]}));
    world.settle_for(2 * 3_600_000);
    let id = call(&mut world, ana, &group);
    world.settle_for(2_000);
    let tells = json!({"call": id, "tell": true});
    world.ok(bob, "call.decline", tells.clone());
    world.settle_for(5_000);
    assert_eq!(newest(&mut world, ana), is("calling", "open"), "the other one may still answer");
    world.ok(cleo, "call.decline", tells);
    world.settle_for(5_000);
    assert_eq!(newest(&mut world, ana), is("over", "refused"));
    assert_eq!(media(&mut world, ana), ["open", "close"]);
    for who in [bob, cleo] {
        assert_eq!(newest(&mut world, who), is("over", "declined"));
    }
    let lines = world.notices(ana, &group);
    assert!(lines.iter().all(|line| !line.contains("nobody answered")), "{lines:?}");
}

#[test]
fn whoever_declines_without_a_word_is_waited_for() {
    let mut world = World::new(2_721);
    let [ana, bob, cleo] = ["ana", "bob", "cleo"].map(|name| world.person(name));
    for other in [bob, cleo] {
        world.befriend(ana, other);
    }
    let group = world.group("walkers", ana, &[bob, cleo]);
    world.settle_for(2 * 3_600_000);
    let id = call(&mut world, ana, &group);
    world.settle_for(2_000);
    world.ok(bob, "call.decline", json!({"call": id, "tell": true}));
    world.ok(cleo, "call.decline", json!({"call": id}));
    world.settle_for(10_000);
    assert_eq!(newest(&mut world, ana), is("calling", "open"));
    // And what was declined can be taken.
    world.ok(cleo, "call.answer", json!({"call": id}));
    world.settle_for(2_000);
    assert_eq!(newest(&mut world, ana), is("in", "answered"));
}
