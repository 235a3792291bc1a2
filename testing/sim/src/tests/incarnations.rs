//! A server that was restored, or says so: to all alike, or to each something else.

use casemate_transparency::{Head, incarnation};
use casemate_wire::manifest::{INCARNATION_LABEL, sign_labelled};
use casemate_wire::proto::transparency as proto;
use casemate_wire::proto::wire::server_frame::Body;
use prost::Message as _;

use super::pair;
use super::transparency::{OtherView, doubts};
use crate::{ClientId, World};

const MINUTE_MS: i64 = 60_000;

/// What a server says to one of its people of its past.
#[derive(Clone)]
struct Past {
    victim: ClientId,
    incarnation: [u8; 16],
    statements: Vec<proto::Incarnation>,
}

fn resigned(
    world: &World,
    head: &proto::SignedHead,
    incarnation: [u8; 16],
    at_ms: Option<i64>,
) -> proto::SignedHead {
    let mut body = proto::Head::decode(head.head.clone()).unwrap();
    body.incarnation = incarnation.to_vec().into();
    body.at_ms = at_ms.unwrap_or(body.at_ms);
    Head::sign(&body, &world.server.directory.identity().key)
}

/// The newest head that a device knows.
fn head_of(world: &mut World, who: ClientId) -> proto::SignedHead {
    let bytes: Vec<u8> = world.with_db(who, |db| {
        db.query_row("SELECT value FROM settings WHERE key = 'log_head'", [], |row| row.get(0)).unwrap()
    });
    proto::SignedHead::decode(&bytes[..]).unwrap()
}

/// What the server would say, had it been restored now, to somebody who knows `previous`.
fn restored(world: &mut World, victim: ClientId, previous: [u8; 16], at_ms: i64) -> Past {
    let base = head_of(world, victim);
    let base = resigned(world, &base, previous, Some(at_ms - 1));
    let statement = proto::Incarnation { previous: previous.to_vec().into(), base: Some(base), at_ms };
    Past { victim, incarnation: incarnation::id(&statement), statements: vec![statement] }
}

/// From now on these are greeted so, and shown the list so. All others hear the truth.
fn tells(world: &mut World, pasts: &[Past]) {
    let key = world.server.directory.identity().key.clone();
    let told = pasts.to_vec();
    world.tamper = Some(Box::new(move |to, mut frame| {
        let Some(past) = told.iter().find(|past| past.victim == to) else { return vec![frame] };
        let again = |head: &mut Option<proto::SignedHead>| {
            if let Some(head) = head {
                let mut body = proto::Head::decode(head.head.clone()).unwrap();
                body.incarnation = past.incarnation.to_vec().into();
                *head = Head::sign(&body, &key);
            }
        };
        match &mut frame.body {
            Some(Body::Hello(hello)) => {
                hello.incarnation = past.incarnation.to_vec().into();
                hello.incarnation_signature =
                    sign_labelled(&key, INCARNATION_LABEL, &[&past.incarnation]).into();
                hello.incarnations = past.statements.clone();
            }
            Some(Body::Head(answer)) => again(&mut answer.head),
            Some(Body::History(answer)) => again(&mut answer.head),
            Some(Body::Manifest(answer)) => {
                if let Some(shown) = &mut answer.shown {
                    again(&mut shown.head);
                }
            }
            _ => {}
        }
        vec![frame]
    }));
    for past in pasts {
        world.cut(past.victim.0);
    }
    world.settle_for(5 * MINUTE_MS);
}

/// How often a device told its person of a restore.
fn restores_said(world: &mut World, id: ClientId) -> i64 {
    world.with_db(id, |db| {
        let said = "SELECT count(*) FROM messages WHERE text LIKE 'The server was restored from a backup.%'";
        db.query_row(said, [], |row| row.get(0)).unwrap()
    })
}

fn present(world: &World) -> [u8; 16] {
    world.server.directory.identity().incarnation
}

/// Both hear of it once, each with the other's name.
fn both_hear(world: &mut World, [ana, bob]: [ClientId; 2], [at_ana, at_bob]: [&String; 2]) {
    for (id, conversation, with) in [(ana, at_ana, "bob"), (bob, at_bob, "ana")] {
        let notices = world.notices(id, conversation).join("\n");
        let expected = format!("The server showed you and {with} two different lists of everyone's keys.");
        assert_eq!(notices.matches(&expected).count(), 1, "{with}: {notices}");
    }
}

#[test]
fn two_people_who_are_each_given_an_incarnation_of_their_own_hear_of_it_at_the_first_message() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(3_700);
    world.say(ana, &at_ana, "before");
    world.settle_for(70 * MINUTE_MS);
    let (known, now) = (present(&world), world.now_ms);
    let pasts = [restored(&mut world, ana, known, now), restored(&mut world, bob, known, now + 1)];
    assert_ne!(pasts[0].incarnation, pasts[1].incarnation);
    tells(&mut world, &pasts);
    for id in [ana, bob] {
        assert_eq!(doubts(&mut world, id), Vec::<String>::new(), "alone nobody can tell");
        assert_eq!(restores_said(&mut world, id), 1, "and each is told of a restore");
    }
    world.settle_for(MINUTE_MS);
    world.say(ana, &at_ana, "hello");
    world.settle_for(2 * MINUTE_MS);
    world.say(bob, &at_bob, "hello");
    world.settle_for(2 * MINUTE_MS);
    both_hear(&mut world, [ana, bob], [&at_ana, &at_bob]);
}

#[test]
fn head_of_an_incarnation_that_was_over_is_a_conflict_with_whoever_was_shown_it() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(3_701);
    world.settle_for(70 * MINUTE_MS);
    let (known, now) = (present(&world), world.now_ms);
    // Ana is told of a restore; Bob is not, and shown on what was.
    let past = restored(&mut world, ana, known, now);
    tells(&mut world, &[past]);
    world.settle_for(70 * MINUTE_MS);
    world.say(bob, &at_bob, "hello");
    world.settle_for(2 * MINUTE_MS);
    world.say(ana, &at_ana, "hello");
    world.settle_for(2 * MINUTE_MS);
    both_hear(&mut world, [ana, bob], [&at_ana, &at_bob]);
}

#[test]
fn incarnation_that_does_not_follow_from_the_known_one_is_a_conflict() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(3_702);
    world.settle_for(70 * MINUTE_MS);
    let now = world.now_ms;
    let past = restored(&mut world, bob, [9; 16], now);
    tells(&mut world, &[past]);
    let said = doubts(&mut world, bob).join("\n");
    assert!(said.contains("contradicts what it showed before"), "{said}");
    // Nothing stops by that.
    world.say(ana, &at_ana, "still here");
    world.settle();
    assert!(world.texts(bob, &at_bob).contains(&"still here".to_owned()));
}

#[test]
fn incarnation_without_a_statement_is_said_and_from_a_date_on_a_conflict() {
    for (seed, days) in [(3_703, 0), (3_704, 100)] {
        let (mut world, _, bob, _, _) = pair(seed);
        world.client(bob).clock_skew_ms = days * 24 * 60 * MINUTE_MS;
        world.cut(bob.0);
        world.settle_for(70 * MINUTE_MS);
        tells(&mut world, &[Past { victim: bob, incarnation: [5; 16], statements: Vec::new() }]);
        assert_eq!(doubts(&mut world, bob).is_empty(), days == 0);
        assert_eq!(restores_said(&mut world, bob), i64::from(days == 0));
    }
}

#[test]
fn device_of_before_there_were_chains_takes_the_present_incarnation_as_root_once() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(3_705);
    world.settle_for(70 * MINUTE_MS);
    let now = world.now_ms;
    world.with_db(bob, |db| {
        db.execute_batch(
            "DELETE FROM settings WHERE key GLOB 'incarnations*';
            UPDATE settings SET value = x'01010101010101010101010101010101' WHERE key = 'incarnation'",
        )
        .unwrap();
    });
    let known = present(&world);
    let past = restored(&mut world, bob, known, now);
    tells(&mut world, std::slice::from_ref(&past));
    assert_eq!(doubts(&mut world, bob), Vec::<String>::new());
    assert_eq!(restores_said(&mut world, bob), 1);
    let other = restored(&mut world, bob, known, now + 1);
    tells(&mut world, &[other]);
    assert!(!doubts(&mut world, bob).is_empty(), "once");
    world.say(ana, &at_ana, "still here");
    world.settle();
    assert!(world.texts(bob, &at_bob).contains(&"still here".to_owned()));
}

#[test]
fn honest_restores_are_said_each_and_what_was_seen_stays() {
    let mut world = World::restorable(3_706);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.settle_for(70 * MINUTE_MS);
    for times in 1..=2 {
        let backup = world.backup();
        world.settle_for(24 * 60 * MINUTE_MS);
        let lost = world.link(ana);
        world.settle_for(2 * MINUTE_MS);
        world.drop_device(ana, lost);
        world.settle_for(70 * MINUTE_MS);
        world.restore(backup);
        world.settle_for(10 * MINUTE_MS);
        world.say(ana, &at_ana, "after it");
        world.settle_for(MINUTE_MS);
        world.say(bob, &at_bob, "after it");
        world.settle_for(70 * MINUTE_MS);
        for id in [ana, bob] {
            assert_eq!(doubts(&mut world, id), Vec::<String>::new());
            assert_eq!(restores_said(&mut world, id), times);
            let [days, told, seen] = ["log_day/*", "log_told/*", "log_seen/*"].map(|pattern| -> i64 {
                world.with_db(id, |db| {
                    let count = "SELECT count(*) FROM settings WHERE key GLOB ?1";
                    db.query_row(count, [pattern], |row| row.get(0)).unwrap()
                })
            });
            assert!(days > times, "{days}");
            assert_eq!((told, seen), (0, 0));
        }
    }
}

/// The statement is in good order, and so is the list that follows from its base. But Bob kept a head of a day before, which the
/// backup is to have and that list has not.
#[test]
fn base_that_contradicts_a_head_kept_of_a_day_is_a_conflict() {
    for (seed, is_kept) in [(3_707, true), (3_708, false)] {
        let mut world = World::restorable(seed);
        let (ana, bob) = (world.person("ana"), world.person("bob"));
        world.befriend(ana, bob);
        world.settle_for(70 * MINUTE_MS);
        let other = OtherView::of(&world);
        for _ in 0..2 {
            let phone = world.link(ana);
            world.settle_for(2 * MINUTE_MS);
            world.drop_device(ana, phone);
            world.settle_for(24 * 60 * MINUTE_MS);
        }
        // The base is below the newest head that Bob knows: that one alone tells nothing.
        for name in ["cleo", "dora"] {
            other.forge(name, world.now_ms);
        }
        let (previous, at_ms) = (present(&world), world.now_ms);
        let base = other.0.borrow_mut().head(at_ms).unwrap();
        let epoch_of = |head: &proto::SignedHead| proto::Head::decode(head.head.clone()).unwrap().epoch;
        let newest = head_of(&mut world, bob);
        assert!(epoch_of(&base) < epoch_of(&newest), "{} {}", epoch_of(&base), epoch_of(&newest));
        let statement = proto::Incarnation { previous: previous.to_vec().into(), base: Some(base), at_ms };
        let incarnation = incarnation::id(&statement);
        other.0.borrow_mut().begins(incarnation);
        if !is_kept {
            world.with_db(bob, |db| {
                db.execute("DELETE FROM settings WHERE key GLOB 'log_day/*'", []).unwrap()
            });
        }
        other.show_to(&mut world, bob);
        let mut shows = world.tamper.take().unwrap();
        let key = world.server.directory.identity().key.clone();
        world.tamper = Some(Box::new(move |to, mut frame| {
            if let Some(Body::Hello(hello)) = frame.body.as_mut().filter(|_| to == bob) {
                hello.incarnation = incarnation.to_vec().into();
                hello.incarnation_signature = sign_labelled(&key, INCARNATION_LABEL, &[&incarnation]).into();
                hello.incarnations = vec![statement.clone()];
            }
            shows(to, frame)
        }));
        world.cut(bob.0);
        world.settle_for(5 * MINUTE_MS);
        let said = doubts(&mut world, bob).join("\n");
        assert_eq!(said.contains("contradicts what it showed before"), is_kept, "{said}");
        assert_eq!(restores_said(&mut world, bob), 1);
    }
}
