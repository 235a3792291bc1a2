//! Whole devices, and every order in which a caller, a third member, another own device, the network and time can do
//! what they can: without the person's command no media begin.

use casemate_content::call::{Move, Said, What, kind_of};
use casemate_wire::ids::{CallId, ParticipantId};

use super::{media, rang};
use crate::World;
use crate::insider::Insider;

/// What others can do in one step.
const STEPS: usize = 8;

/// Steps in a row: 8 + 64 + 512 orders.
const DEPTH: u32 = 3;

#[test]
fn whatever_others_do_in_whatever_order_nothing_begins_without_the_command() {
    let mut world = World::new(2_620);
    let (ana, bob, eve) = (world.person("ana"), world.person("bob"), world.person("eve"));
    world.befriend(ana, bob);
    world.befriend(eve, bob);
    world.befriend(ana, eve);
    let at_ana = world.group("walkers", ana, &[bob, eve]);
    let tablet = world.link(bob);
    world.accept_groups(tablet);
    // Leaves that are new are made anew within the first hour or so, which would end the insiders' epoch.
    world.settle_for(2 * 3_600_000);
    let (at_eve, at_tablet) = (world.named(eve, "walkers"), world.named(tablet, "walkers"));
    let mut caller = world.insider(ana, &at_ana);
    let mut third = world.insider(eve, &at_eve);
    let mut sibling = world.insider(tablet, &at_tablet);
    let mut rings = 0;
    let mut number = 0u64;
    for depth in 1..=DEPTH {
        for order in 0..STEPS.pow(depth) {
            number += 1;
            let mut id = [0; 16];
            id[..8].copy_from_slice(&number.to_be_bytes());
            for place in 0..depth {
                let step = order / STEPS.pow(place) % STEPS;
                does(&mut world, [&mut caller, &mut third, &mut sibling], CallId(id), step);
            }
            world.settle_for(200);
            rings += rang(&mut world, bob).len();
            assert_eq!(media(&mut world, bob), [""; 0], "order {order} of depth {depth}");
            // What rang last is not to keep the next from ringing, nor how often it rang today.
            world.settle_for(301_000);
        }
    }
    assert!(rings > 50, "among them were {rings} that rang");
    assert_eq!(media(&mut world, bob), [""; 0]);
}

fn does(world: &mut World, [caller, third, sibling]: [&mut Insider; 3], call: CallId, step: usize) {
    let at_ms = world.now_ms;
    let participant = ParticipantId(call.0);
    let mut says = |who: &mut Insider, what| {
        // Each reads what the others wrote, or would write into an epoch that is over.
        let kind = kind_of(&Said { call, what, at_ms, participant, secret: None, asks: false });
        world.insider_says(who, call.0.to_vec(), kind);
    };
    match step {
        0 => says(caller, What::Offer { video: true }),
        1 => says(caller, What::Step(Move::Joined)),
        2 => says(caller, What::Step(Move::Left)),
        3 => says(third, What::Offer { video: false }),
        4 => says(third, What::Step(Move::Joined)),
        5 => says(sibling, What::Step(Move::Joined)),
        6 => says(sibling, What::Step(Move::Left)),
        _ => world.settle_for(61_000),
    }
}
