//! Many devices in many conversations, on a bad day.

use rand::Rng as _;

use crate::{ClientId, Faults, World};

#[test]
fn a_hundred_devices_in_many_conversations() {
    let seed = std::env::var("CASEMATE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(500);
    let mut world = World::new(seed);
    let _note = world.announce("crowd");
    let people: Vec<ClientId> = (0..100).map(|number| world.person(&format!("p{number}x"))).collect();
    // Ten hubs, each with nine friends and a group; hubs know each other in a ring.
    let mut groups = Vec::new();
    for hub in 0..10 {
        let friends: Vec<ClientId> = (1..10).map(|at| people[hub * 10 + at]).collect();
        for friend in &friends {
            world.befriend(people[hub * 10], *friend);
        }
        world.befriend(people[hub * 10], people[(hub * 10 + 10) % 100]);
        let name = format!("Group {hub}");
        world.group(&name, people[hub * 10], &friends);
        let members: Vec<(ClientId, String)> =
            (0..10).map(|at| (people[hub * 10 + at], world.named(people[hub * 10 + at], &name))).collect();
        groups.push(members);
    }
    world.faults = Faults { cut: 2, kill: 1, delay_ms: 300, sleep: 1 };
    let mut said = vec![0; groups.len()];
    for number in 0..200 {
        let group = world.rng.random_range(0..groups.len());
        let at = world.rng.random_range(0..10);
        let (who, id) = groups[group][at].clone();
        world.say(who, &id, &format!("{number}"));
        said[group] += 1;
        world.settle_for(200);
    }
    world.faults = Faults::default();
    for who in &people {
        world.wake(*who);
    }
    world.settle_for(300_000);
    for (members, said) in groups.iter().zip(said) {
        let (first, id) = &members[0];
        let texts = world.texts(*first, id);
        assert_eq!(texts.len(), said);
        for (who, id) in members {
            assert_eq!(world.texts(*who, id), texts);
        }
    }
}
