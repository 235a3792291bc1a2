//! Two people meet and talk.

use serde_json::json;

use crate::World;

#[test]
fn two_people_meet_and_talk() {
    let mut world = World::new(1);
    let ana = world.person("ana");
    let bob = world.person("bob");
    world.befriend(ana, bob);
    let at_ana = world.chat(ana, bob);
    let at_bob = world.chat(bob, ana);
    assert_eq!(at_ana, at_bob);
    world.say(ana, &at_ana, "hello Bob");
    world.sync(ana);
    world.sync(bob);
    assert_eq!(world.texts(bob, &at_bob), ["hello Bob"]);
    world.say(bob, &at_bob, "hello Ana");
    world.sync(bob);
    world.sync(ana);
    assert_eq!(world.texts(ana, &at_ana), ["hello Bob", "hello Ana"]);
    world.settle();
    let states: Vec<_> =
        world.messages(ana, &at_ana).iter().map(|message| message["state"].clone()).collect();
    assert_eq!(states, [json!("delivered"), json!("received")]);
}

#[test]
fn a_group_of_three() {
    let mut world = World::new(2);
    let ana = world.person("ana");
    let bob = world.person("bob");
    let cleo = world.person("cleo");
    world.befriend(ana, bob);
    world.befriend(ana, cleo);
    world.group("Three", ana, &[bob, cleo]);
    for (who, text) in [(ana, "one"), (bob, "two"), (cleo, "three")] {
        let group = world.named(who, "Three");
        world.say(who, &group, text);
        world.sync(who);
    }
    world.settle();
    for who in [ana, bob, cleo] {
        let group = world.named(who, "Three");
        assert_eq!(world.texts(who, &group), ["one", "two", "three"]);
    }
}
