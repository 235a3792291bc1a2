//! A device that lost its place asks to be added again: all members in turn, for as long as it takes, and not too often.

use std::cell::RefCell;
use std::rc::Rc;

use casemate_server::store::Store as _;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{Error, ErrorCode, ServerFrame};

use crate::{ClientId, World};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Ana and five friends of hers in a group; they in the order in which a device asks. What the group is called at each.
fn friends(seed: u64) -> (World, ClientId, Vec<ClientId>, Vec<String>) {
    let mut world = World::new(seed);
    let ana = world.person("ana");
    let mut others: Vec<ClientId> =
        ["bob", "cleo", "dora", "emil", "fay"].iter().map(|name| world.person(name)).collect();
    for other in &others {
        world.befriend(ana, *other);
    }
    others.sort_by_key(|other| world.engine(*other).device());
    world.group("Plans", ana, &others);
    let ids = [ana].iter().chain(&others).map(|who| world.named(*who, "Plans")).collect();
    world.settle_for(120_000);
    (world, ana, others, ids)
}

/// The server does not let a device read a log for a moment.
fn refused(world: &mut World, who: ClientId, id: &str) {
    let log = world.log_of(who, id);
    world.ears = Some(Box::new(move |from, frame| match &frame.request {
        Some(Request::FollowLog(follow)) if from == who && follow.log[..] == log.0 => {
            let error = Error { code: ErrorCode::ErrorNotAllowed as i32, ..Error::default() };
            (None, vec![ServerFrame { id: frame.id, body: Some(Body::Error(error)) }])
        }
        _ => (Some(frame), Vec::new()),
    }));
    world.cut(who.0);
    world.settle_for(3_000);
    world.ears = None;
}

/// When a device puts something into somebody's inbox from now on.
fn hear_posts(world: &mut World, of: ClientId) -> Rc<RefCell<usize>> {
    let posts = Rc::new(RefCell::new(0));
    let heard = posts.clone();
    world.ears = Some(Box::new(move |from, frame| {
        *heard.borrow_mut() +=
            usize::from(from == of && matches!(frame.request, Some(Request::PostInbox(_))));
        (Some(frame), Vec::new())
    }));
    posts
}

#[test]
fn device_of_which_the_first_who_are_asked_are_away_is_added_by_another() {
    let (mut world, ana, others, ids) = friends(6_300);
    for away in &others[..3] {
        world.sleep(*away, 100 * DAY_MS);
    }
    refused(&mut world, ana, &ids[0]);
    assert!(world.notices(ana, &ids[0]).iter().any(|line| line.contains("asked to add it again")));
    world.settle_for(HOUR_MS);
    world.say(others[4], &ids[5], "you are back");
    world.settle_for(HOUR_MS);
    world.say(ana, &ids[0], "thanks");
    world.settle_for(HOUR_MS);
    assert_eq!(world.texts(ana, &ids[0]), ["you are back", "thanks"]);
    assert_eq!(world.texts(others[3], &ids[4]), ["you are back", "thanks"]);
}

#[test]
fn device_whose_friends_are_all_away_goes_on_asking_and_says_so() {
    let (mut world, ana, others, ids) = friends(6_301);
    for away in &others {
        world.sleep(*away, 100 * DAY_MS);
    }
    refused(&mut world, ana, &ids[0]);
    let posts = hear_posts(&mut world, ana);
    let mut days = Vec::new();
    for _ in 0..20 {
        let before = *posts.borrow();
        world.settle_for(DAY_MS);
        days.push(*posts.borrow() - before);
        // Each new connection is another one.
        world.cut(ana.0);
    }
    assert!(days[0] <= 60, "{days:?}");
    assert!(days[3..].iter().all(|day| *day <= 6), "{days:?}");
    assert!(days[17..].iter().sum::<usize>() > 0, "{days:?}");
    let lines = world.notices(ana, &ids[0]);
    assert_eq!(
        lines.iter().filter(|line| line.contains("goes on asking all members")).count(),
        1,
        "{lines:?}"
    );
    // What came first into the inbox of who comes back was asked for weeks ago.
    world.wake(others[1]);
    world.settle_for(2 * DAY_MS);
    world.say(ana, &ids[0], "here again");
    world.settle_for(HOUR_MS);
    assert_eq!(world.texts(others[1], &ids[2]), ["here again"]);
}

/// Each asks the other, who lost the place too.
#[test]
fn two_who_both_missed_what_the_server_keeps_no_more_go_on_together() {
    let mut world = World::new(6_302);
    let people = ["ana", "bob", "cleo"].map(|name| world.person(name));
    let [ana, bob, cleo] = people;
    for (one, other) in [(ana, bob), (ana, cleo), (bob, cleo)] {
        world.befriend(one, other);
    }
    world.group("Plans", cleo, &[ana, bob]);
    let ids = people.map(|who| world.named(who, "Plans"));
    world.settle_for(120_000);
    world.sleep(ana, 70 * DAY_MS);
    world.sleep(bob, 70 * DAY_MS);
    for day in 0..3 {
        world.say(cleo, &ids[2], &format!("day {day}"));
        world.settle_for(DAY_MS);
    }
    world.sleep(cleo, 1_000 * DAY_MS);
    world.settle_for(62 * DAY_MS);
    let now = world.now_ms;
    world.server.delivery.store().expire(now - 60 * DAY_MS, now).unwrap();
    world.wake(ana);
    world.wake(bob);
    world.settle_for(60_000);
    for (who, id) in [(ana, &ids[0]), (bob, &ids[1])] {
        assert!(world.notices(who, id).iter().any(|line| line.contains("asked to add you again")));
    }
    world.say(ana, &ids[0], "from ana");
    world.say(bob, &ids[1], "from bob");
    world.settle_for(6 * HOUR_MS);
    for (who, id) in [(ana, &ids[0]), (bob, &ids[1])] {
        let mut texts = world.texts(who, id);
        texts.sort();
        assert_eq!(texts, ["from ana", "from bob"], "{:?}", world.notices(who, id));
    }
}
