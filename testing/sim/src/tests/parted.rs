//! A chat of two in which one has two devices, or a group of three, beside a server that is put back or lies: all three end in one place.

use std::cell::RefCell;
use std::rc::Rc;

use casemate_wire::proto::wire::Following;
use casemate_wire::proto::wire::server_frame::Body;

use crate::{ClientId, World};

const HOUR_MS: i64 = 3_600_000;
const YEAR_MS: i64 = 365 * 24 * HOUR_MS;

/// Ana with two devices, and Bob; their chat at each. All three have said something.
fn chat(seed: u64) -> (World, [ClientId; 3], [String; 3]) {
    let mut world = World::restorable(seed);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let second = world.link(ana);
    world.settle_for(120_000);
    let ids = [(ana, bob), (second, bob), (bob, ana)].map(|(who, with)| world.chat(who, with));
    let all = [ana, second, bob];
    for (who, id) in all.iter().zip(&ids) {
        world.say(*who, id, "hello");
        world.settle();
    }
    (world, all, ids)
}

/// Each says something, and all have it, in one log.
fn are_together(world: &mut World, all: [ClientId; 3], ids: &[String; 3]) {
    for (who, id) in all.iter().zip(ids) {
        world.say(*who, id, &format!("device {} is heard", who.0));
        world.settle();
    }
    world.settle_for(300_000);
    // What was said before the last one came may have brought somebody over.
    let logs: Vec<_> = all.iter().zip(ids).map(|(who, id)| world.log_of(*who, id)).collect();
    for (who, id) in all.iter().zip(ids) {
        let texts = world.texts(*who, id);
        for other in all {
            let text = format!("device {} is heard", other.0);
            let count = texts.iter().filter(|seen| **seen == text).count();
            assert_eq!(count, 1, "{}: {texts:?}, {:?}, {logs:?}", who.0, world.notices(*who, id));
        }
    }
    assert!(logs.iter().all(|log| *log == logs[0]), "{logs:?}");
}

/// Its leaf is by then the one before that commit.
#[test]
fn device_that_was_added_again_by_a_commit_that_the_server_forgot_is_added_once_more() {
    let (mut world, all, ids) = chat(6_200);
    let [ana, _, bob] = all;
    let backup = world.backup();
    let before = world.log_of(ana, &ids[0]);
    world.sleep(bob, YEAR_MS);
    // Ana is told that she missed something, and her second device adds her again.
    world.tamper = Some(Box::new(move |to, mut frame| {
        if to == ana && matches!(frame.body, Some(Body::Following(_))) {
            frame.body = Some(Body::Following(Following { head: 100, first: 90, commit: None }));
        }
        vec![frame]
    }));
    world.cut(ana.0);
    world.settle_for(10_000);
    world.tamper = None;
    world.settle_for(60_000);
    let head = world.entries(before).len();
    world.restore(backup);
    assert!(world.entries(before).len() < head, "something is forgotten");
    world.settle_for(5_000);
    world.wake(bob);
    world.settle_for(2 * HOUR_MS);
    assert_eq!(world.log_of(ana, &ids[0]), before, "bob, who had read none of it, adds her");
    are_together(&mut world, all, &ids);
}

/// The first device, to which nothing comes, opens a chat of its own. The others are in another one by then, and heard each other there.
#[test]
fn first_device_that_opened_a_chat_alone_goes_where_the_other_one_answers_its_sibling() {
    let mut lower = 0;
    for seed in 6_210..6_216 {
        let (mut world, all, ids) = chat(seed);
        let [ana, second, bob] = all;
        let backup = world.backup();
        world.say(ana, &ids[0], "forgotten");
        world.settle();
        let deaf: Rc<RefCell<bool>> = Rc::new(RefCell::new(true));
        let is_deaf = deaf.clone();
        world.tamper = Some(Box::new(move |to, frame| {
            let is_told = matches!(frame.body, Some(Body::InboxItems(_) | Body::LogClosed(_)));
            if is_told && to == ana && *is_deaf.borrow() { Vec::new() } else { vec![frame] }
        }));
        world.sleep(ana, YEAR_MS);
        world.restore(backup);
        world.settle_for(HOUR_MS);
        for (who, id) in [(second, &ids[1]), (bob, &ids[2])] {
            world.say(who, id, "here?");
            world.settle();
        }
        world.wake(ana);
        world.settle_for(HOUR_MS);
        let (hers, theirs) = (world.log_of(ana, &ids[0]), world.log_of(bob, &ids[2]));
        assert_ne!(hers, theirs);
        lower += usize::from(hers < theirs);
        *deaf.borrow_mut() = false;
        world.cut(ana.0);
        world.settle_for(HOUR_MS);
        are_together(&mut world, all, &ids);
    }
    assert!(lower > 0, "hers is never the one that it would stay in");
}

/// The Welcome to where the others go on is spoilt on its way to one of them. Who asks to be added again gets it once more; where that
/// is spoilt too, they continue the group alone, and get it then.
#[test]
fn member_whose_welcome_the_server_spoilt_gets_it_once_more() {
    let mut alone = 0;
    for seed in 6_220..6_224 {
        let mut world = World::restorable(seed);
        let all = ["ana", "bob", "cleo"].map(|name| world.person(name));
        let [ana, bob, cleo] = all;
        for (who, other) in [(ana, bob), (ana, cleo), (bob, cleo)] {
            world.befriend(who, other);
        }
        world.group("Plans", ana, &[bob, cleo]);
        world.settle();
        let ids = all.map(|who| world.named(who, "Plans"));
        for (who, id) in all.iter().zip(&ids) {
            world.say(*who, id, "hello");
            world.settle();
        }
        let backup = world.backup();
        world.say(ana, &ids[0], "forgotten");
        world.settle();
        world.sleep(bob, YEAR_MS);
        world.restore(backup);
        world.settle_for(HOUR_MS);
        let until = world.now_ms + if seed % 2 == 0 { 0 } else { HOUR_MS / 2 };
        world.tamper = Some(Box::new(move |to, mut frame| {
            if let Some(Body::InboxItems(page)) = &mut frame.body
                && to == bob
            {
                for item in page.items.iter_mut().filter(|item| item.at_ms < until) {
                    let mut payload = item.payload.to_vec();
                    payload.iter_mut().for_each(|byte| *byte ^= 1);
                    item.payload = payload.into();
                }
            }
            vec![frame]
        }));
        world.wake(bob);
        world.settle_for(HOUR_MS);
        let notices = world.notices(bob, &ids[1]).join("\n");
        alone += usize::from(notices.contains("This conversation had to be continued with new keys."));
        are_together(&mut world, all, &ids);
    }
    assert!(alone > 0, "nobody was alone, so this looks at nothing");
}
