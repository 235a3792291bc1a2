//! Away for longer than the server keeps entries, and a server that forgot: restored from an old backup.

use std::collections::BTreeMap;

use casemate_server::store::Store as _;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{Error, ErrorCode, ServerFrame};
use serde_json::json;

use crate::world::START_MS;
use crate::{ClientId, World};

const DAY_MS: i64 = 86_400_000;

/// Sixty days pass, and the server deletes what is older.
fn expire(world: &mut World, kept_ms: i64) {
    let before = world.now_ms - kept_ms;
    let now = world.now_ms;
    world.server.delivery.store().expire(before, now).unwrap();
}

#[test]
fn away_beyond_retention_shows_a_gap_and_is_added_again() {
    let mut world = World::new(700);
    let _note = world.announce("away_beyond_retention");
    let people: Vec<ClientId> = ["ana", "bob", "cleo"].iter().map(|name| world.person(name)).collect();
    let [ana, bob, cleo] = people[..] else { unreachable!() };
    world.befriend(ana, bob);
    world.befriend(ana, cleo);
    let group = world.group("Plans", ana, &[bob, cleo]);
    let at_bob = world.named(bob, "Plans");
    let (pair, pair_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.say(ana, &group, "before");
    world.settle();
    world.sleep(bob, 70 * DAY_MS);
    // Said while offline: it is not lost, it comes when the way back is there.
    world.say(bob, &at_bob, "written on the plane");
    for day in 0..3 {
        world.say(ana, &group, &format!("day {day}"));
        world.say(ana, &pair, &format!("you, day {day}"));
        world.settle_for(DAY_MS);
    }
    world.settle_for(62 * DAY_MS);
    expire(&mut world, 60 * DAY_MS);
    world.wake(bob);
    world.settle_for(300_000);
    let notices = world.notices(bob, &at_bob);
    assert!(notices.iter().any(|line| line.contains("away for longer")), "{notices:?}");
    world.say(ana, &group, "you are back");
    world.say(ana, &pair, "welcome back");
    world.settle_for(300_000);
    world.say(bob, &at_bob, "yes");
    world.say(bob, &pair_bob, "thanks");
    world.settle_for(300_000);
    let seen = world.texts(bob, &at_bob);
    assert_eq!(seen.iter().filter(|text| *text == "you are back").count(), 1, "{seen:?}");
    for (who, name) in [(ana, "Plans"), (cleo, "Plans")] {
        let id = world.named(who, name);
        let texts = world.texts(who, &id);
        assert_eq!(texts.iter().filter(|text| *text == "written on the plane").count(), 1, "{texts:?}");
        assert_eq!(texts.last().unwrap(), "yes");
    }
    assert_eq!(world.texts(ana, &pair).last().unwrap(), "thanks");
    assert_eq!(world.texts(bob, &pair_bob)[..], ["welcome back", "thanks"]);
    assert!(world.now_ms > START_MS + 60 * DAY_MS);
}

#[test]
fn away_with_a_change_of_ones_own_under_way() {
    // What was to be changed in an epoch that nobody remembers does not block what comes after.
    let mut world = World::new(701);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    world.group("Plans", ana, &[bob]);
    let (group, at_bob) = (world.named(ana, "Plans"), world.named(bob, "Plans"));
    world.settle();
    // Bob's change is made and leaves, and he hears nothing more.
    world.ok(bob, "conversation.set", json!({"conversation": at_bob, "name": "Bob's plans"}));
    world.ok(ana, "conversation.set", json!({"conversation": group, "name": "Ana's plans"}));
    world.step();
    world.sleep(bob, 70 * DAY_MS);
    world.settle();
    world.say(ana, &group, "day one");
    world.settle_for(65 * DAY_MS);
    expire(&mut world, 60 * DAY_MS);
    world.wake(bob);
    world.settle_for(300_000);
    world.say(bob, &at_bob, "here again");
    world.settle_for(300_000);
    assert_eq!(world.texts(ana, &group).last().unwrap(), "here again");
}

#[test]
fn whom_somebody_adds_who_is_away_for_too_long_is_asked_in_or_not_in() {
    let mut world = World::new(706);
    let (people, ids) = friends(&mut world);
    let (ana, bob, dora) = (people[0], people[1], world.person("dora"));
    world.befriend(bob, dora);
    world.settle_for(2 * 3_600_000);
    // His change does not reach the server before he goes.
    world.ears = Some(Box::new(move |id, frame| {
        let change = matches!(&frame.request, Some(Request::Append(append)) if append.commit.is_some());
        ((id != bob || !change).then_some(frame), Vec::new())
    }));
    let to_dora = world.address(dora);
    world.ok(bob, "conversation.add", json!({"conversation": ids[1], "members": [to_dora]}));
    world.settle_for(2_000);
    world.sleep(bob, 70 * DAY_MS);
    world.ears = None;
    for day in 0..3 {
        world.say(ana, &ids[0], &format!("day {day}"));
    }
    // No member's device is there, so that nobody changes anything meanwhile.
    world.settle_for(1_000);
    for id in [ana, people[2]] {
        world.sleep(id, 63 * DAY_MS);
    }
    world.settle_for(62 * DAY_MS);
    expire(&mut world, 60 * DAY_MS);
    world.wake(bob);
    world.settle_for(60_000);
    world.calm();
    world.accept_groups(dora);
    let inside = world.shown(ana, &ids[0])["members"].as_array().map(Vec::len);
    let asked = world.call(dora, "conversation.show", json!({"conversation": ids[0]})).is_ok();
    assert_eq!(inside, Some(3 + usize::from(asked)));
}

#[test]
fn who_left_while_away_beyond_retention_has_left_and_is_not_asked_in() {
    let mut world = World::new(705);
    let (people, ids) = friends(&mut world);
    let (bob, at_bob) = (people[1], &ids[1]);
    world.say(people[0], &ids[0], "before");
    world.settle();
    world.sleep(bob, 70 * DAY_MS);
    world.ok(bob, "conversation.leave", json!({"conversation": at_bob}));
    for day in 0..3 {
        world.say(people[0], &ids[0], &format!("day {day}"));
        world.settle_for(DAY_MS);
    }
    world.settle_for(62 * DAY_MS);
    expire(&mut world, 60 * DAY_MS);
    world.client(bob).events.clear();
    world.wake(bob);
    world.settle_for(300_000);
    assert_eq!(world.shown(bob, at_bob)["standing"], "left");
    let asked = world.ok(bob, "conversation.requests", json!({}));
    assert_eq!(asked["requests"], json!([]));
    let lines = world.notices(bob, at_bob);
    assert!(!lines.iter().any(|line| line.contains("add you again")), "{lines:?}");
    // And the others know it.
    for at in [0, 2] {
        let members = world.shown(people[at], &ids[at])["members"].clone();
        assert_eq!(members.as_array().map(Vec::len), Some(2), "{members}");
    }
    assert!(world.notices(people[0], &ids[0]).contains(&"bob left.".to_owned()));
    world.sync(bob);
    // Asked in again, he is asked.
    let to_bob = world.address(bob);
    world.ok(people[0], "conversation.add", json!({"conversation": ids[0], "members": [to_bob]}));
    world.settle();
    assert_eq!(world.shown(bob, at_bob)["standing"], "offered");
    world.accept_groups(bob);
    world.say(bob, at_bob, "here again");
    world.settle();
    assert_eq!(world.texts(people[2], &ids[2]).last().unwrap(), "here again");
}

/// Three friends in a group, and what each says goes to all.
fn friends(world: &mut World) -> (Vec<ClientId>, Vec<String>) {
    let people: Vec<ClientId> = ["ana", "bob", "cleo"].iter().map(|name| world.person(name)).collect();
    world.befriend(people[0], people[1]);
    world.befriend(people[0], people[2]);
    world.befriend(people[1], people[2]);
    world.group("Plans", people[0], &people[1..]);
    let ids = people.iter().map(|who| world.named(*who, "Plans")).collect();
    (people, ids)
}

#[test]
fn a_server_restored_from_a_backup_is_told_again_what_it_forgot() {
    let mut world = World::restorable(702);
    let _note = world.announce("a_server_restored");
    let (people, ids) = friends(&mut world);
    world.say(people[0], &ids[0], "kept");
    world.settle();
    let backup = world.backup();
    for (at, who) in people.iter().enumerate() {
        world.say(*who, &ids[at], &format!("after the backup, from {at}"));
    }
    world.settle();
    // Cleo misses the last one, and says something that waits.
    world.sleep(people[2], 3_600_000);
    world.say(people[0], &ids[0], "cleo has not read this");
    world.settle();
    world.say(people[2], &ids[2], "said offline");
    world.restore(backup);
    world.settle_for(120_000);
    world.wake(people[2]);
    world.settle_for(300_000);
    for (at, who) in people.iter().enumerate() {
        world.say(*who, &ids[at], &format!("later, from {at}"));
        world.settle();
    }
    world.settle_for(300_000);
    let mut said: Vec<String> = vec!["kept".into(), "cleo has not read this".into(), "said offline".into()];
    said.extend((0..3).map(|at| format!("after the backup, from {at}")));
    said.extend((0..3).map(|at| format!("later, from {at}")));
    said.sort();
    for (at, who) in people.iter().enumerate() {
        let mut texts = world.texts(*who, &ids[at]);
        texts.sort();
        assert_eq!(texts, said, "{at}: each once, none lost");
        let notices = world.notices(*who, &ids[at]);
        assert!(
            notices.iter().any(|line| line.contains("backup") || line.contains("new keys")),
            "{notices:?}"
        );
    }
}

#[test]
fn whoever_comes_back_after_others_went_on_in_the_restored_log_notices() {
    // Bob alone had read further; the others have written past his place by the time he returns.
    let mut world = World::restorable(703);
    let _note = world.announce("whoever_comes_back");
    let (people, ids) = friends(&mut world);
    world.settle();
    let backup = world.backup();
    world.sleep(people[0], 10 * 3_600_000);
    world.sleep(people[2], 10 * 3_600_000);
    world.say(people[1], &ids[1], "only bob and the server have this");
    world.settle();
    world.sleep(people[1], 10 * 3_600_000);
    world.restore(backup);
    world.wake(people[0]);
    world.wake(people[2]);
    world.settle();
    for number in 0..4 {
        world.say(people[0], &ids[0], &format!("new {number}"));
        world.settle();
    }
    world.wake(people[1]);
    world.settle_for(300_000);
    world.say(people[2], &ids[2], "all there?");
    world.settle_for(300_000);
    for (at, who) in people.iter().enumerate() {
        let texts = world.texts(*who, &ids[at]);
        for text in ["only bob and the server have this", "all there?"] {
            assert_eq!(texts.iter().filter(|seen| *seen == text).count(), 1, "{at}: {texts:?}");
        }
    }
}

#[test]
fn a_conversation_begun_after_the_backup_goes_on() {
    let mut world = World::restorable(704);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let backup = world.backup();
    world.group("New", ana, &[bob]);
    let (at_ana, at_bob) = (world.named(ana, "New"), world.named(bob, "New"));
    world.say(ana, &at_ana, "one");
    world.settle();
    world.restore(backup);
    world.settle_for(300_000);
    world.say(bob, &at_bob, "two");
    world.settle_for(300_000);
    for (who, id) in [(ana, &at_ana), (bob, &at_bob)] {
        let mut texts = world.texts(who, id);
        texts.sort();
        assert_eq!(texts, ["one", "two"]);
    }
}

#[test]
fn conversation_that_the_server_cannot_show_just_now_is_followed_again_and_sync_waits_for_it() {
    let mut world = World::new(2_290);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.settle_for(120_000);
    world.sleep(bob, 600_000);
    world.say(ana, &at_ana, "hello");
    world.settle_for(10_000);
    // Each conversation by itself, so that nothing else is a reason to ask once more.
    let mut failures = BTreeMap::new();
    world.ears = Some(Box::new(move |from, frame| match &frame.request {
        Some(Request::FollowLog(follow)) if from == bob => {
            let failed: &mut u32 = failures.entry(follow.log.clone()).or_default();
            *failed += 1;
            if *failed > 2 {
                return (Some(frame), Vec::new());
            }
            let code = ErrorCode::ErrorInternal.into();
            let error = Error { code, message: "the disk".into(), ..Error::default() };
            (None, vec![ServerFrame { id: frame.id, body: Some(Body::Error(error)) }])
        }
        _ => (Some(frame), Vec::new()),
    }));
    world.wake(bob);
    world.ok(bob, "sync", json!({}));
    assert_eq!(world.texts(bob, &at_bob), ["hello"]);
}
