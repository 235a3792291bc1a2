//! What a place hands on to the one that continues it: its level, what it keeps of its accounts, and who was put out; and what somebody gains who
//! spoils one place after the other.

use casemate_content::proto as content;
use casemate_content::proto::inbox_body::Kind;
use casemate_crypto::conversation::{Level, inspect_key_package};
use casemate_wire::ids::Hash32;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{LogClosed, ServerFrame};
use prost::Message as _;
use serde_json::json;

use super::{Story, story};
use crate::{ClientId, World};

const DAY_MS: i64 = 86_400_000;

/// Nobody can write to somebody's newest place any more, and nobody signed what made it so.
fn spoil(world: &mut World, member: ClientId, conversation: &str) {
    let mut copy = world.copy_of(member, conversation);
    let note = copy.commit_note(Hash32([7; 32]));
    world.append(&mut copy, b"garbage".to_vec(), Some(note)).unwrap();
}

/// Ana's group with friends of hers, who are all friends.
pub(super) fn friends(seed: u64, names: &[&str]) -> (World, Vec<ClientId>, Vec<String>) {
    let mut world = World::new(seed);
    let people: Vec<ClientId> = names.iter().map(|name| world.person(name)).collect();
    for (at, one) in people.iter().enumerate() {
        for other in &people[at + 1..] {
            world.befriend(*one, *other);
        }
    }
    world.group("Plans", people[0], &people[1..]);
    let keys: Vec<String> = people.iter().map(|who| world.named(*who, "Plans")).collect();
    world.say(people[0], &keys[0], "hello");
    world.settle();
    (world, people, keys)
}

#[test]
fn continuation_has_the_level_and_the_book_of_the_place_before() {
    let Story { mut world, ana, bob, cleo, second, group, .. } = story(World::new(8_660));
    let [at_bob, at_cleo] = [bob, cleo].map(|who| world.named(who, "Plans"));
    let stolen = world.identity_of(second);
    let older = world.identity_of(bob).verified_manifest().unwrap();
    // Bob's other device is dropped while his first one is away: its leaf carries the older document.
    let newer = super::dropped::next_document(&mut world, bob, |document| {
        document.devices.retain(|device| device.device[..] != stolen.device.0);
    });
    let mut bobs = world.insider(bob, &at_bob);
    super::dropped::tells(&mut world, &mut bobs, &newer, ana);
    let before = world.copy_of(ana, &group);
    assert!(before.group.is_below_floor(&older), "the group keeps that");
    spoil(&mut world, cleo, &at_cleo);
    world.sleep(cleo, DAY_MS);
    world.settle_for(120_000);
    let after = world.copy_of(ana, &group);
    assert_ne!(after.log, before.log, "it goes on elsewhere");
    assert_eq!(after.group.level(), Level::Two);
    assert!(after.group.is_below_floor(&older), "so no older document brings the device in");
    world.wake(cleo);
    world.settle_for(120_000);
    world.say(cleo, &at_cleo, "without it");
    world.settle_for(120_000);
    assert!(world.texts(ana, &group).contains(&"without it".to_owned()));
    assert_eq!(world.devices_in(ana, &group), 3);
}

#[test]
fn late_comer_brings_nobody_back_whom_the_continuation_put_out() {
    let (mut world, people, keys) = friends(8_661, &["ana", "bob", "cleo", "dora"]);
    let [ana, bob, cleo] = [people[0], people[1], people[2]];
    world.sleep(bob, DAY_MS);
    let old = world.log_of(ana, &keys[0]);
    spoil(&mut world, cleo, &keys[2]);
    world.settle_for(300_000);
    assert_ne!(world.log_of(ana, &keys[0]), old, "it went on elsewhere");
    let remove = json!({"conversation": keys[0], "members": ["dora@sim.example"]});
    world.ok(ana, "conversation.remove", remove);
    world.settle_for(120_000);
    world.wake(bob);
    world.settle_for(DAY_MS);
    let left = ["ana@sim.example", "bob@sim.example", "cleo@sim.example"];
    for (who, key) in [(ana, &keys[0]), (bob, &keys[1]), (cleo, &keys[2])] {
        assert_eq!(world.members(who, key), left, "at {who:?}");
    }
    world.say(bob, &keys[1], "for three");
    world.settle_for(120_000);
    assert!(world.texts(cleo, &keys[2]).contains(&"for three".to_owned()));
    assert!(!world.texts(people[3], &keys[3]).contains(&"for three".to_owned()));
}

#[test]
fn who_spoils_every_place_without_a_signature_gets_ever_fewer_of_them() {
    let (mut world, people, keys) = friends(8_662, &["ana", "bob", "eve"]);
    let [ana, bob, eve] = [people[0], people[1], people[2]];
    let mut took = Vec::new();
    for round in 0..7 {
        let old = world.log_of(ana, &keys[0]);
        spoil(&mut world, eve, &keys[2]);
        let began = world.now_ms;
        while world.log_of(ana, &keys[0]) == old {
            world.settle_for(10_000);
            assert!(world.now_ms - began < DAY_MS, "nobody is stuck: round {round}");
        }
        took.push(world.now_ms - began);
        // What was seen is not forgotten by starting again.
        world.kill(ana.0);
        world.kill(bob.0);
        world.settle_for(120_000);
        assert_eq!(world.log_of(ana, &keys[0]), world.log_of(eve, &keys[2]), "round {round}");
    }
    assert!(took[0] < 120_000, "the first time costs nobody much: {took:?}");
    assert!(took[6] > 30 * 60_000, "and the seventh a good deal: {took:?}");
    world.say(bob, &keys[1], "still here");
    world.settle_for(120_000);
    assert!(world.texts(ana, &keys[0]).contains(&"still here".to_owned()));
}

/// The group goes on elsewhere, and somebody who is still where it was asks one of its members back there.
#[test]
fn welcome_to_an_older_place_does_not_ask_a_member_out_of_the_newest_one() {
    let (mut world, people, keys) = friends(8_664, &["ana", "bob", "eve"]);
    let [ana, bob, eve] = [people[0], people[1], people[2]];
    let old = world.log_of(bob, &keys[1]);
    spoil(&mut world, eve, &keys[2]);
    world.settle_for(300_000);
    assert_ne!(world.log_of(bob, &keys[1]), old, "it went on elsewhere");
    let eve = world.insider(eve, &keys[2]);
    world.cut(bob.0);
    world.settle_for(1_200_000);
    // Bob reads the older place no more.
    let closed = Body::LogClosed(LogClosed { log: old.into() });
    let closed = ServerFrame { id: 0, body: Some(closed) };
    world.send_down(bob.0, closed.encode_to_vec().into());
    world.settle();
    let welcome = content::Welcome {
        log: old.into(),
        entry: 1_000,
        reader_secret: vec![1; 32].into(),
        chain_hash: vec![1; 32].into(),
        joiner: vec![1; 100].into(),
        kind: content::ConversationKind::Group as i32,
        name: "Plans".into(),
        group_info: Some(content::welcome::GroupInfo::Inline(vec![1; 50].into())),
        ..content::Welcome::default()
    };
    let device = world.engine(bob).device().unwrap();
    world.insider_posts(&eve, device, Kind::Welcome(welcome));
    world.settle();
    assert_eq!(world.ok(bob, "conversation.requests", json!({}))["requests"], json!([]));
    world.say(bob, &keys[1], "still here");
    world.settle();
    assert!(world.texts(ana, &keys[0]).contains(&"still here".to_owned()));
}

/// The server gives the same key package to two who add a device.
#[test]
fn device_that_is_added_with_a_used_key_package_comes_in_all_the_same() {
    let mut world = World::new(8_663);
    let [ana, bob, cleo] = ["ana", "bob", "cleo"].map(|name| world.person(name));
    for (one, other) in [(ana, bob), (cleo, bob), (ana, cleo)] {
        world.befriend(one, other);
    }
    let bobs = world.identity_of(bob).device;
    let given = world.catch(move |to, body| match body {
        Body::KeyPackage(answer) if to == ana => Some(answer.key_package.clone()),
        _ => None,
    });
    world.group("First", ana, &[bob]);
    world.settle();
    let used = given.borrow().last().unwrap().clone();
    world.lie_to(cleo, move |body| {
        if let Body::KeyPackage(answer) = body
            && inspect_key_package(&answer.key_package).is_ok_and(|(_, leaf)| leaf.device == bobs)
        {
            answer.key_package = used.clone();
        }
        true
    });
    let others = [ana, bob].map(|who| world.address(who));
    world.ok(cleo, "conversation.create", json!({"members": others, "name": "Plans"}));
    world.settle();
    for who in [ana, bob] {
        world.accept_groups(who);
    }
    world.settle_for(600_000);
    let [at_ana, at_bob, at_cleo] = [ana, bob, cleo].map(|who| world.named(who, "Plans"));
    world.say(bob, &at_bob, "in");
    world.settle();
    for (who, key) in [(ana, &at_ana), (cleo, &at_cleo)] {
        assert!(world.texts(who, key).contains(&"in".to_owned()), "{:?}", world.notices(who, key));
    }
    assert_eq!(world.copy_of(cleo, &at_cleo).group.level(), Level::Two);
}
