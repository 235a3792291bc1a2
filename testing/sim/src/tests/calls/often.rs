//! Who calls too often does not ring, and can be met all the same.

use casemate_api::Event;
use serde_json::{Value, json};

use super::{call, is, listed, media, newest, rang, two};
use crate::{ClientId, World};

/// Calls as often as may ring, and hangs up each time.
fn rings_three_times(world: &mut World, who: ClientId, at: &str, whom: ClientId) {
    for _ in 0..3 {
        calls_and_hangs_up(world, who, at, false);
    }
    assert_eq!(rang(world, whom).len(), 3);
}

fn calls_and_hangs_up(world: &mut World, who: ClientId, at: &str, video: bool) {
    let started = world.ok(who, "call.start", json!({"conversation": at, "video": video}));
    world.settle_for(2_000);
    world.ok(who, "call.leave", json!({"call": started["call"]}));
    world.settle_for(2_000);
}

#[test]
fn whoever_is_called_too_often_and_calls_back_comes_into_that_call() {
    for seed in 2_700..2_706 {
        let mut two = two(seed);
        let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
        rings_three_times(world, ana, &two.at_ana, bob);
        let silent = call(world, ana, &two.at_ana);
        world.settle_for(5_000);
        assert_eq!(rang(world, bob), [""; 0]);
        assert_eq!(newest(world, bob), is("going_on", "silent"));
        assert_eq!(call(world, bob, &two.at_bob), silent, "seed {seed}");
        world.settle_for(5_000);
        for who in [ana, bob] {
            assert_eq!(newest(world, who), is("in", "answered"), "seed {seed}");
        }
        assert_eq!(media(world, bob), ["open"]);
        world.ok(bob, "call.leave", json!({"call": silent}));
    }
}

#[test]
fn whoever_is_called_too_often_and_calls_just_then_talks_too() {
    for seed in 2_706..2_712 {
        let mut two = two(seed);
        let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
        rings_three_times(world, ana, &two.at_ana, bob);
        let begun = [(ana, &two.at_ana), (bob, &two.at_bob)]
            .map(|(who, at)| (who, world.begin(who, "call.start", json!({"conversation": at}))));
        world.settle_for(5_000);
        for (who, begun) in begun {
            assert!(world.answer(who, begun).is_ok());
            assert_eq!(newest(world, who), is("in", "answered"), "seed {seed}");
        }
    }
}

#[test]
fn a_group_that_is_called_too_often_can_be_joined_and_has_it_in_its_own_list() {
    let mut world = World::new(2_712);
    let [ana, bob, cleo] = ["ana", "bob", "cleo"].map(|name| world.person(name));
    for (one, other) in [(ana, bob), (ana, cleo), (bob, cleo)] {
        world.befriend(one, other);
    }
    let group = world.group("walkers", ana, &[bob, cleo]);
    let (pair, at_bob) = (world.chat(ana, bob), world.named(bob, "walkers"));
    world.settle_for(2 * 3_600_000);
    rings_three_times(&mut world, ana, &pair, bob);
    let id = call(&mut world, ana, &group);
    world.settle_for(2_000);
    assert_eq!((rang(&mut world, bob), rang(&mut world, cleo)), (vec![], vec![id.clone()]));
    let in_group = json!({"conversation": at_bob});
    let of_group = |world: &mut World| -> Vec<Value> {
        let list = world.ok(bob, "call.list", in_group.clone());
        list["calls"].as_array().expect("a list").clone()
    };
    let there = of_group(&mut world);
    assert_eq!((there.len(), &there[0]["state"]), (1, &json!("going_on")));
    world.ok(bob, "call.answer", json!({"call": id}));
    world.settle_for(2_000);
    assert_eq!(newest(&mut world, ana), is("in", "answered"));
    world.ok(bob, "call.leave", json!({"call": id}));
    world.ok(ana, "call.leave", json!({"call": id}));
    world.settle_for(2_000);
    // Those that nobody joined are counted there, and not in the chat of two.
    for _ in 0..2 {
        calls_and_hangs_up(&mut world, ana, &group, false);
    }
    let there = of_group(&mut world);
    let counted: Vec<_> = there.iter().map(|call| (call["outcome"].clone(), call["times"].clone())).collect();
    assert_eq!(counted, [(json!("answered"), json!(1)), (json!("silent"), json!(2))]);
    let of_pair: Vec<_> =
        listed(&mut world, bob).into_iter().filter(|call| call["conversation"] != at_bob).collect();
    assert_eq!(of_pair.len(), 3);
    assert!(of_pair.iter().all(|call| call["times"] == 1));
}

#[test]
fn calls_that_are_counted_stand_where_the_newest_of_them_does() {
    let mut two = two(2_713);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    rings_three_times(world, ana, &two.at_ana, bob);
    // Bob's own call comes between.
    calls_and_hangs_up(world, ana, &two.at_ana, false);
    calls_and_hangs_up(world, bob, &two.at_bob, false);
    world.settle_for(60_000);
    calls_and_hangs_up(world, ana, &two.at_ana, true);
    let calls = listed(world, bob);
    let last = calls.last().expect("a call");
    assert_eq!(calls.len(), 5);
    assert_eq!(
        (&last["times"], &last["video"], &last["outcome"]),
        (&json!(2), &json!(true), &json!("silent"))
    );
    let at = |call: &Value| call["at"].as_str().expect("a time").to_owned();
    assert!(at(last) > at(&calls[3]), "after the call of his that came between");
}

/// Calling on and on makes nobody wait for longer.
#[test]
fn calls_that_were_too_often_count_no_further() {
    let mut two = two(2_714);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    rings_three_times(world, ana, &two.at_ana, bob);
    // Five minutes after the first.
    for _ in 0..70 {
        calls_and_hangs_up(world, ana, &two.at_ana, false);
        world.settle_for(100);
    }
    assert!(rang(world, bob).is_empty());
    world.settle_for(10_000);
    let again = call(world, ana, &two.at_ana);
    world.settle_for(1_000);
    assert_eq!(rang(world, bob), [again]);
}

/// Who leaves none of them takes nobody else's place in the list.
#[test]
fn calls_that_are_too_often_and_never_left_are_few() {
    use casemate_content::call::{Said, What, kind_of};
    use casemate_wire::ids::{CallId, ParticipantId};
    let mut two = two(2_715);
    let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
    let mut insider = world.insider(ana, &two.at_ana);
    for n in 0..100 {
        let (call, at_ms) = (CallId([n; 16]), world.now_ms);
        let said = Said {
            call,
            what: What::Offer { video: false },
            at_ms,
            participant: ParticipantId([n; 16]),
            secret: None,
            asks: false,
        };
        world.insider_says(&mut insider, vec![n; 16], kind_of(&said));
        world.settle_for(100);
    }
    // A list that is open shows their number.
    let last = CallId([99; 16]).to_hex();
    let told = |event: &Event| matches!(event, Event::CallChanged { call, .. } if *call == last);
    assert!(world.client(bob).events.iter().any(told));
    assert_eq!(rang(world, bob).len(), 3);
    let calls = listed(world, bob);
    let times: u64 = calls.iter().map(|call| call["times"].as_u64().expect("a number")).sum();
    assert_eq!(times, 100);
    assert!(calls.len() <= 3 + 4 + 1, "{}", calls.len());
}

/// Nor does who says of each of them that they are in it, in a group, where a call that is over can go on again.
#[test]
fn calls_that_are_too_often_are_few_in_a_group_too() {
    use casemate_content::call::{Move, Said, What, kind_of};
    use casemate_wire::ids::{CallId, ParticipantId};
    for (seed, leaves) in [(2_716, false), (2_717, true)] {
        let mut world = World::new(seed);
        let [ana, bob] = ["ana", "bob"].map(|name| world.person(name));
        world.befriend(ana, bob);
        let group = world.group("walkers", ana, &[bob]);
        world.settle_for(60_000);
        let mut insider = world.insider(ana, &group);
        let mut steps = vec![What::Offer { video: false }, What::Step(Move::Joined)];
        if leaves {
            steps.insert(1, What::Step(Move::Left));
        }
        for n in 0..60 {
            for (step, what) in steps.iter().enumerate() {
                let at_ms = world.now_ms;
                let said = Said {
                    call: CallId([n; 16]),
                    what: *what,
                    at_ms,
                    participant: ParticipantId([n; 16]),
                    secret: None,
                    asks: false,
                };
                world.insider_says(&mut insider, vec![n, step as u8], kind_of(&said));
                world.settle_for(100);
            }
        }
        let calls = listed(&mut world, bob);
        let go_on = calls.iter().filter(|call| call["state"] == "going_on").count();
        assert!(go_on <= 3 + 4, "seed {seed}: {go_on} go on");
        assert!(calls.len() <= 3 + 4 + 1, "seed {seed}: {}", calls.len());
        let times: u64 = calls.iter().map(|call| call["times"].as_u64().expect("a number")).sum();
        assert_eq!(times, 60, "seed {seed}");
    }
}

/// Nor does being called by whom they call so fill it, whichever of both calls would go on.
#[test]
fn calls_that_are_too_often_are_few_while_their_caller_is_called() {
    use casemate_content::call::{Said, What, kind_of};
    use casemate_wire::ids::{CallId, ParticipantId};
    for (seed, first) in [(2_718, 0xff), (2_719, 0)] {
        let mut two = two(seed);
        let (world, ana, bob) = (&mut two.world, two.ana, two.bob);
        rings_three_times(world, ana, &two.at_ana, bob);
        let mut insider = world.insider(ana, &two.at_ana);
        world.begin(bob, "call.start", json!({"conversation": two.at_bob}));
        world.settle_for(200);
        for n in 0..40 {
            let mut id = [first; 16];
            id[15] = n;
            let said = Said {
                call: CallId(id),
                what: What::Offer { video: false },
                at_ms: world.now_ms,
                participant: ParticipantId([n; 16]),
                secret: None,
                asks: false,
            };
            world.insider_says(&mut insider, vec![first, n], kind_of(&said));
            world.settle_for(20);
        }
        let calls = listed(world, bob);
        // Those that rang, his own, the one that he took in its place, four that go on and the counted ones.
        assert!(calls.len() <= 3 + 1 + 1 + 4 + 1, "seed {seed}: {}", calls.len());
    }
}
