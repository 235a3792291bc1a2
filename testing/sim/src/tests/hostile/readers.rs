//! A member who leaves out another device's reader in what a commit tells the server: the device misses nothing for it. And a device
//! that was truly removed gains nothing by that.

use casemate_crypto::conversation::PendingCommit;
use casemate_crypto::{Change, CommitAad};
use casemate_wire::ids::{DeviceId, Hash32, ReaderSecret, WriteToken};
use casemate_wire::limits::READERS;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{FollowLog, LeftOut, LogClosed, ReplaceReader, ServerFrame};
use serde_json::{Value, json};

use super::{Story, story};
use crate::insider::Insider;
use crate::{ClientId, World};

/// A change that changes nothing. All readers stay but those of these devices.
fn leaves_out(world: &mut World, mallory: &mut Insider, devices: &[DeviceId]) {
    let aad = CommitAad { previous: mallory.last_commit, ..CommitAad::default() };
    let pending: PendingCommit =
        mallory.group.commit(&mallory.kv, &mallory.id, Change::default(), aad).unwrap();
    let mut note = mallory.commit_note(pending.next_write_hash);
    let kept = mallory.readers.iter().filter(|(device, _)| !devices.contains(device));
    let mut keep: Vec<Hash32> = kept.flat_map(|(_, hashes)| hashes.clone()).collect();
    keep.push(mallory.reader.hash());
    keep.sort_unstable();
    keep.dedup();
    note.keep_readers = keep.into_iter().map(Into::into).collect();
    world.append(mallory, pending.bytes, Some(note)).unwrap();
    mallory.group.merge_pending(&mallory.kv).unwrap();
}

/// What the people of a story have, who has it, and that nobody had to be added again.
fn all_have(world: &mut World, who: &[ClientId], epoch: &Value, texts: &[&str]) {
    for one in who {
        let at = world.named(*one, "Plans");
        assert_eq!(world.texts(*one, &at), texts, "{one:?}");
        assert_eq!(world.shown(*one, &at)["information"]["epoch"], *epoch, "{one:?}");
        let notices = world.notices(*one, &at).join("\n");
        assert!(!notices.contains("no further") && !notices.contains("missing"), "{one:?}: {notices}");
    }
}

#[test]
fn reader_that_is_left_out_while_its_device_is_away_misses_nothing() {
    let Story { mut world, ana, bob, cleo, second, group, .. } = story(World::new(9_300));
    let at_cleo = world.named(cleo, "Plans");
    let first = world.say(ana, &group, "one");
    let gone = world.say(ana, &group, "two");
    world.settle();
    world.sleep(second, 86_400_000);
    let away = world.engine(second).device().unwrap();
    let at_bob = world.named(bob, "Plans");
    world.say(bob, &at_bob, "three");
    world.settle();
    let mut mallory = world.insider(cleo, &at_cleo);
    leaves_out(&mut world, &mut mallory, &[away]);
    world.settle();
    world.ok(ana, "message.edit", json!({"message": first, "text": "one, edited"}));
    world.ok(ana, "message.delete", json!({"message": gone, "for": "everyone"}));
    world.say(ana, &group, "four");
    world.settle();
    let epoch = world.shown(ana, &group)["information"]["epoch"].clone();
    world.wake(second);
    world.settle_for(60_000);
    let at_second = world.named(second, "Plans");
    world.say(second, &at_second, "five");
    world.settle_for(60_000);
    let seen = world.texts(ana, &group);
    assert_eq!(seen.last().map(String::as_str), Some("five"));
    let seen: Vec<&str> = seen.iter().map(String::as_str).collect();
    assert!(seen.contains(&"one, edited") && !seen.contains(&"two"), "{seen:?}");
    all_have(&mut world, &[ana, bob, second], &epoch, &seen);
}

#[test]
fn reader_that_is_left_out_time_and_again_while_its_device_looks_on_misses_nothing() {
    let Story { mut world, ana, bob, cleo, second, group, .. } = story(World::new(9_301));
    let at_cleo = world.named(cleo, "Plans");
    let others: Vec<DeviceId> = [bob, second].map(|who| world.engine(who).device().unwrap()).to_vec();
    let mut mallory = world.insider(cleo, &at_cleo);
    for round in 0..3 {
        world.say(ana, &group, &format!("before {round}"));
        world.sync(ana);
        leaves_out(&mut world, &mut mallory, &others);
        leaves_out(&mut world, &mut mallory, &others);
        world.say(ana, &group, &format!("after {round}"));
        world.settle_for(20_000);
    }
    let epoch = world.shown(ana, &group)["information"]["epoch"].clone();
    let at_bob = world.named(bob, "Plans");
    world.say(bob, &at_bob, "still here");
    world.settle_for(60_000);
    let seen = world.texts(ana, &group);
    assert_eq!(seen.last().map(String::as_str), Some("still here"));
    let seen: Vec<&str> = seen.iter().map(String::as_str).collect();
    all_have(&mut world, &[ana, bob, second], &epoch, &seen);
}

/// A server of before does not know the question.
#[test]
fn reader_that_is_left_out_at_an_older_server_is_added_again() {
    let Story { mut world, ana, bob, cleo, second, group, .. } = story(World::new(9_302));
    let at_cleo = world.named(cleo, "Plans");
    world.refuse_those_left_out();
    let away = world.engine(second).device().unwrap();
    let mut mallory = world.insider(cleo, &at_cleo);
    leaves_out(&mut world, &mut mallory, &[away]);
    world.settle_for(120_000);
    let at_bob = world.named(bob, "Plans");
    world.say(bob, &at_bob, "welcome back");
    world.settle_for(60_000);
    let at_second = world.named(second, "Plans");
    assert_eq!(world.texts(second, &at_second).last().map(String::as_str), Some("welcome back"));
    assert_eq!(world.texts(ana, &group).last().map(String::as_str), Some("welcome back"));
    let notices = world.notices(second, &at_second).join("\n");
    assert!(notices.contains("can read no further here"), "{notices}");
}

/// Its thief asks the server for all that it may say.
#[test]
fn removed_device_is_shown_no_message_and_comes_back_by_no_token_of_its_own() {
    let Story { mut world, ana, bob, second, group, .. } = story(World::new(9_303));
    let at_second = world.named(second, "Plans");
    world.say(ana, &group, "read by all");
    world.settle();
    let mut thief = world.copy_of(second, &at_second);
    world.sleep(second, 86_400_000);
    world.say(ana, &group, "before the removal");
    world.settle();
    world.drop_device(bob, second);
    world.settle_for(60_000);
    world.say(ana, &group, "after the removal");
    world.settle_for(60_000);
    let (log, reader) = (thief.log, ReaderSecret::try_from(&thief.reader.to_field()[..]).unwrap());
    let entries = world.entries(log);
    let follow = |left_out: Option<u64>| {
        let left_out = left_out.map(|commit| LeftOut { commit });
        let (log, reader_secret) = (log.into(), reader.to_field());
        Request::FollowLog(FollowLog { log, reader_secret, after: 0, left_out })
    };
    assert!(matches!(world.ask(follow(None)), Body::Error(_)));
    let Body::Following(shown) = world.ask(follow(Some(0))) else { panic!("no commit") };
    let removal = shown.head;
    assert_eq!(shown.first, removal);
    // Nothing but commits, and none after the one that removed it.
    for entry in &entries {
        let answer = world.ask(follow(Some(entry.entry)));
        let shown = matches!(&answer, Body::Following(following) if following.commit.is_some());
        let may_be = entry.commit.is_some() && entry.entry <= removal;
        assert!(may_be || !shown, "{}: {answer:?}", entry.entry);
    }
    assert!(entries.iter().any(|entry| entry.entry > removal), "somebody said something after it");
    // What it can derive is the token of before.
    thief.overhear(&entries);
    let mut tokens = vec![WriteToken::new([1; 32])];
    tokens.extend(thief.group.write_token());
    for token in tokens {
        let come_back = ReplaceReader {
            log: log.into(),
            old_secret: reader.to_field(),
            new_hash: reader.hash().into(),
            write_token: token.to_field(),
        };
        let answer = world.ask(Request::ReplaceReader(come_back));
        assert!(matches!(answer, Body::Error(_)), "{answer:?}");
    }
    assert!(matches!(world.ask(follow(None)), Body::Error(_)));
}

/// The server says over and over that nothing more comes, and shows all the same what comes: nothing is lost and nobody asks for ever.
#[test]
fn server_that_says_without_end_that_a_log_is_closed_is_believed_in_the_end() {
    let Story { mut world, ana, bob, second, group, .. } = story(World::new(9_304));
    let log = world.log_of(ana, &group);
    let asked = world.overhear(move |from, request| match request {
        Request::FollowLog(follow) if from == second && follow.log[..] == log.0 => Some(()),
        _ => None,
    });
    world.tamper = Some(Box::new(move |to, frame| {
        let closes = to == second && matches!(&frame.body, Some(Body::Following(_)));
        let closed = LogClosed { log: log.into() };
        let more = ServerFrame { id: 0, body: Some(Body::LogClosed(closed)) };
        if closes { vec![frame, more] } else { vec![frame] }
    }));
    world.cut(second.0);
    world.settle_for(60_000);
    let times = asked.borrow().len();
    assert!((2..100).contains(&times), "{times}");
    world.truth();
    let at_bob = world.named(bob, "Plans");
    world.say(bob, &at_bob, "and on");
    world.settle_for(120_000);
    let at_second = world.named(second, "Plans");
    assert_eq!(world.texts(second, &at_second).last().map(String::as_str), Some("and on"));
}

/// Nobody judges what a commit tells the server of readers: a member makes up as many as a log can have.
#[test]
fn readers_that_a_member_makes_up_keep_nobody_out_and_hold_up_no_words() {
    let Story { mut world, ana, bob, cleo, group, .. } = story(World::new(9_310));
    let dora = world.person("dora");
    world.befriend(ana, dora);
    let [at_bob, at_cleo] = [bob, cleo].map(|who| world.named(who, "Plans"));
    let mut mallory = world.insider(cleo, &at_cleo);
    let aad = CommitAad { previous: mallory.last_commit, ..CommitAad::default() };
    let pending: PendingCommit =
        mallory.group.commit(&mallory.kv, &mallory.id, Change::default(), aad).unwrap();
    let mut note = mallory.commit_note(pending.next_write_hash);
    let made_up = (0..READERS - 4).map(|at| Hash32::of(&[&at.to_be_bytes()]).into());
    note.add_readers = made_up.collect();
    world.append(&mut mallory, pending.bytes, Some(note)).unwrap();
    world.settle();
    world.begin(ana, "conversation.add", json!({"conversation": group, "members": ["dora@sim.example"]}));
    world.say(ana, &group, "behind it");
    world.settle_for(120_000);
    assert!(world.texts(bob, &at_bob).contains(&"behind it".to_owned()), "{:?}", world.states(ana, &group));
    world.accept_groups(dora);
    let at_dora = world.named(dora, "Plans");
    world.say(dora, &at_dora, "here");
    world.settle_for(60_000);
    for (who, key) in [(ana, &group), (bob, &at_bob)] {
        assert!(world.texts(who, key).contains(&"here".to_owned()));
        assert!(world.members(who, key).contains(&"dora@sim.example".to_owned()));
    }
}
