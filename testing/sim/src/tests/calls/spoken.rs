//! What devices say for the keys of their frames: who recorded a call opens nothing of it from a home that is copied afterwards, and
//! everybody hears each other where one comes late, starts again, or has an older program.

use std::collections::BTreeSet;

use casemate_content::proto::Content;
use casemate_content::proto::content::Kind;
use casemate_crypto::call::{CallSecret, Frames, Keys, Opener, Sealer, Track};
use casemate_engine::{CallKeys, Output};
use casemate_wire::ids::{CallId, SpokenSecret};
use prost::Message as _;
use serde_json::json;

use super::{Two, call, listed, newest, rang, two};
use crate::tests::hostile::levels::group_of_level_one;
use crate::world::URL;
use crate::{ClientId, World};

/// The media of a device in a call: its frames, as its driver seals and opens them.
struct Heard {
    id: ClientId,
    frames: Frames,
}

/// Takes what the engine gave since the last look.
fn media(world: &mut World, id: ClientId) -> Heard {
    let mut frames = None;
    follow(world, id, &mut frames);
    Heard { id, frames: frames.expect("a call that was taken") }
}

fn follow(world: &mut World, id: ClientId, frames: &mut Option<Frames>) {
    let now_ms = world.now_ms;
    for output in std::mem::take(&mut world.client(id).calls) {
        match (output, &mut *frames) {
            (Output::CallOpen(open), _) => *frames = Some(Frames::new(keys(open.keys), open.joining, now_ms)),
            (Output::CallKeys { keys: new, .. }, Some(frames)) => frames.rekey(keys(new), now_ms),
            _ => {}
        }
    }
}

fn keys(keys: CallKeys) -> Keys {
    let leaves = keys.leaves();
    let CallKeys { epoch, secret, others, leaf, removed, .. } = keys;
    Keys { epoch, secret, others, leaf, leaves, removed }
}

/// A device whose program starts again in a call and that takes it again.
fn starts_again(world: &mut World, one: &mut Heard, call: &str) {
    world.kill(one.id.0);
    world.settle_for(5_000);
    world.client(one.id).calls.clear();
    world.ok(one.id, "call.answer", json!({"call": call}));
    world.settle_for(8_000);
    *one = media(world, one.id);
}

/// As a call lists them.
fn in_order<const N: usize>(world: &mut World, mut people: [ClientId; N]) -> [ClientId; N] {
    people.sort_by_cached_key(|who| world.identity_of(*who).device);
    people
}

/// What somebody in a group says for the keys of its frames, as a member reads it.
fn said_in(texts: &[Vec<u8>]) -> Vec<SpokenSecret> {
    let secret = |text: &Vec<u8>| match Content::decode(&text[..]).ok()?.kind? {
        Kind::Call(offer) => SpokenSecret::try_from(&offer.secret[..]).ok(),
        Kind::CallStep(step) => SpokenSecret::try_from(&step.secret[..]).ok(),
        _ => None,
    };
    texts.iter().filter_map(secret).collect()
}

/// Everybody says something, and everybody else hears it.
fn all_hear_each_other(world: &mut World, all: &mut [Heard]) {
    for one in &mut *all {
        let mut frames = Some(std::mem::replace(&mut one.frames, Frames::new(nothing(), 0, 0)));
        follow(world, one.id, &mut frames);
        one.frames = frames.expect("there it was");
    }
    let now_ms = world.now_ms + 10_000;
    for who in 0..all.len() {
        let sealed = all[who].frames.seal(Track::Video, b"hello", now_ms).unwrap();
        for other in (0..all.len()).filter(|other| *other != who) {
            let opened = all[other].frames.open(false, &sealed, now_ms);
            assert_eq!(opened.map(|opened| opened.frame), Ok(b"hello".to_vec()), "{who} is heard by {other}");
        }
    }
}

fn nothing() -> Keys {
    let secret = CallSecret::new([0; 32]);
    Keys { epoch: 0, secret, others: Vec::new(), leaf: 0, leaves: BTreeSet::new(), removed: false }
}

/// How many secrets a device's frames and those of others have.
fn secrets(world: &mut World, id: ClientId) -> usize {
    let count = |output: &Output| match output {
        Output::CallOpen(open) => Some(1 + open.keys.others.len()),
        Output::CallKeys { keys, .. } => Some(1 + keys.others.len()),
        _ => None,
    };
    world.client(id).calls.iter().rev().find_map(count).expect("keys")
}

/// Ana calls, and Bob answers: which call it is, and what each hears and sends.
fn talking(two: &mut Two) -> (String, [Heard; 2]) {
    let id = call(&mut two.world, two.ana, &two.at_ana);
    two.world.settle_for(2_000);
    two.world.ok(two.bob, "call.answer", json!({"call": id}));
    two.world.settle_for(2_000);
    let all = [media(&mut two.world, two.ana), media(&mut two.world, two.bob)];
    (id, all)
}

/// Who recorded a call's frames and copies both homes after it, and has all that the server has, opens none of them.
#[test]
fn recorded_frames_of_a_call_do_not_open_from_homes_that_are_copied_after_it() {
    let mut two = two(2_701);
    let (ana, bob) = (two.ana, two.bob);
    let (id, mut all) = talking(&mut two);
    all_hear_each_other(&mut two.world, &mut all);
    let later = two.world.now_ms + 10_000;
    let recorded = all[0].frames.seal(Track::Video, b"a secret", later).unwrap();
    let heard = all[1].frames.open(false, &recorded, later).map(|opened| opened.frame);
    assert_eq!(heard, Ok(b"a secret".to_vec()));
    // In the call a copy has the same keys: what is in memory is not kept from who has the memory.
    two.world.ok(bob, "call.leave", json!({"call": id}));
    two.world.settle_for(5_000);
    assert_eq!(newest(&mut two.world, ana).0, "over");

    let named = CallId::from_hex(&id).unwrap();
    for (who, conversation) in [(ana, two.at_ana.clone()), (bob, two.at_bob.clone())] {
        let mut copy = two.world.copy_of(who, &conversation);
        // The epoch is still the same: this is what the recorded frames would have opened with.
        let epoch = copy.group.call_secret(named).unwrap();
        let leaves = BTreeSet::from([0, 1]);
        let mut thief = Opener::default();
        thief.begin_epoch(copy.group.epoch(), vec![epoch.clone()], leaves, false, 0);
        assert!(thief.open(false, &recorded, 0).is_err(), "a copied home opens what was recorded");
        let mut plain = Sealer::new(epoch, copy.group.epoch(), 0, 9);
        assert!(thief.open(true, &plain.seal(Track::Audio, b"x").unwrap(), 0).is_ok(), "it is the epoch's");
        // What was said in the call is among the log's entries, and no key of them is left.
        copy.cursor = 0;
        let entries = two.world.entries(copy.log);
        assert!(entries.len() > 2);
        let read = copy.overhear_texts(&entries);
        assert_eq!(read, Vec::<Vec<u8>>::new(), "a copied home reads what was said before");
    }
}

/// Who comes later, who is added in the middle of the call, and whose program starts again in it.
#[test]
fn everybody_in_a_call_hears_each_other_where_one_comes_late_or_starts_again() {
    let mut world = World::new(2_702);
    let [ana, bob, eve, dan] = ["ana", "bob", "eve", "dan"].map(|name| world.person(name));
    for other in [bob, eve, dan] {
        world.befriend(ana, other);
    }
    let group = world.group("walkers", ana, &[bob, eve]);
    world.settle_for(2 * 3_600_000);
    let at_eve = world.named(eve, "walkers");
    let id = call(&mut world, ana, &group);
    world.settle_for(2_000);
    world.ok(bob, "call.answer", json!({"call": id}));
    world.settle_for(90_000);
    assert_eq!(call(&mut world, eve, &at_eve), id);
    world.settle_for(3_000);
    for who in [ana, bob, eve] {
        assert_eq!(secrets(&mut world, who), 1, "all who were told say the same");
    }
    let mut all: Vec<Heard> = [ana, bob, eve].map(|who| media(&mut world, who)).into();
    all_hear_each_other(&mut world, &mut all);

    // Dan is added, and hears of it from one of those who are in it.
    world.ok(ana, "conversation.add", json!({"conversation": group, "members": ["dan@sim.example"]}));
    world.settle_for(5_000);
    world.accept_groups(dan);
    world.settle_for(5_000);
    world.ok(dan, "call.answer", json!({"call": id}));
    world.settle_for(5_000);
    all.push(media(&mut world, dan));
    all_hear_each_other(&mut world, &mut all);

    // Programs start again, one after the other: what was said is not kept, and is asked for.
    for at in [1, 0, 3] {
        let who = all[at].id;
        world.kill(who.0);
        world.settle_for(5_000);
        world.client(who).calls.clear();
        world.ok(who, "call.answer", json!({"call": id}));
        world.settle_for(8_000);
        all[at] = media(&mut world, who);
        all_hear_each_other(&mut world, &mut all);
        assert_eq!(listed(&mut world, who).last().unwrap()["participants"].as_array().map(Vec::len), Some(4));
    }

    // Who was to answer is silent: the next one does.
    let devices = listed(&mut world, ana).last().unwrap()["participants"].as_array().unwrap().clone();
    let first = devices[0]["address"].as_str().unwrap().to_owned();
    let people = [ana, bob, eve, dan];
    let silent = people.into_iter().find(|who| world.address(*who) == first).unwrap();
    let again = people.into_iter().find(|who| *who != silent).unwrap();
    world.sleep(silent, 3_600_000);
    world.kill(again.0);
    world.settle_for(3_000);
    world.client(again).calls.clear();
    world.ok(again, "call.answer", json!({"call": id}));
    world.settle_for(8_000);
    let at = all.iter().position(|one| one.id == again).unwrap();
    all[at] = media(&mut world, again);
    all.retain(|one| one.id != silent);
    all_hear_each_other(&mut world, &mut all);
}

#[test]
fn pair_whose_one_program_starts_again_in_a_call_hears_each_other() {
    let mut two = two(2_703);
    let bob = two.bob;
    let (id, mut all) = talking(&mut two);
    for at in [0, 1, 0] {
        let who = all[at].id;
        two.world.kill(who.0);
        two.world.settle_for(3_000);
        two.world.client(who).calls.clear();
        two.world.ok(who, "call.answer", json!({"call": id}));
        two.world.settle_for(3_000);
        all[at] = media(&mut two.world, who);
        all_hear_each_other(&mut two.world, &mut all);
    }
    rang(&mut two.world, bob);
}

/// An older program in the group refuses an offer with a secret in it: where there is one, nobody says any.
#[test]
fn where_a_members_program_is_older_nothing_is_said_that_it_would_refuse() {
    let mut world = World::new(2_704);
    let [ana, bob, cleo] = group_of_level_one(&mut world);
    let (at_ana, at_cleo) = (world.named(ana, "Plans"), world.named(cleo, "Plans"));
    let copy = world.copy_of(cleo, &at_cleo);
    assert!(!copy.group.all_know_call_secrets());
    let id = call(&mut world, ana, &at_ana);
    world.settle_for(2_000);
    world.ok(bob, "call.answer", json!({"call": id}));
    world.settle_for(2_000);
    let mut all = [media(&mut world, ana), media(&mut world, bob)];
    all_hear_each_other(&mut world, &mut all);
    // As an older program of the same epoch derives it.
    let named = CallId::from_hex(&id).unwrap();
    let mut older = Opener::default();
    let epoch = copy.group.call_secret(named).unwrap();
    older.begin_epoch(copy.group.epoch(), vec![epoch], (0..9).collect(), false, 0);
    let later = world.now_ms + 20_000;
    let sealed = all[0].frames.seal(Track::Video, b"hello", later).unwrap();
    assert_eq!(older.open(false, &sealed, 0).unwrap().frame, b"hello");
}

/// Who recorded the frames of a call, and takes a device whose program was killed in it, has what was said neither in a row nor in a
/// free page nor in the log beside the database.
#[test]
fn secret_that_is_said_in_a_call_stands_in_no_file_in_it_after_it_and_after_a_crash() {
    let mut world = World::new(2_705);
    let [ana, bob, mallory] = ["ana", "bob", "mallory"].map(|name| {
        let id = world.device_on_disk(name);
        world.ok(id, "account.create", json!({"server": URL, "name": name}));
        id
    });
    for other in [bob, mallory] {
        world.befriend(ana, other);
    }
    let group = world.group("walkers", ana, &[bob, mallory]);
    let at_mallory = world.named(mallory, "walkers");
    world.settle_for(2 * 3_600_000);
    // She is a member, and so may know it: the test learns by her what to look for.
    let mut insider = world.insider(mallory, &at_mallory);
    let id = call(&mut world, ana, &group);
    world.settle_for(2_000);
    world.ok(bob, "call.answer", json!({"call": id}));
    world.settle_for(2_000);
    let said = said_in(&insider.overhear_texts(&world.entries(insider.log)));
    assert_eq!(said.len(), 2);
    assert_eq!(said[0], said[1], "who was told says the same");
    let mut all: Vec<Heard> = [ana, bob].map(|who| media(&mut world, who)).into();
    all_hear_each_other(&mut world, &mut all);
    let later = world.now_ms + 10_000;
    let recorded = all[0].frames.seal(Track::Video, b"a secret", later).unwrap();

    let named = CallId::from_hex(&id).unwrap();
    let opens = |group: &casemate_crypto::Conversation, said: Option<&SpokenSecret>| {
        let epoch = group.call_secret(named).unwrap();
        let secret = said.map_or(epoch.clone(), |said| epoch.spoken(said).unwrap());
        let mut thief = Opener::default();
        thief.begin_epoch(group.epoch(), vec![secret], (0..9).collect(), false, 0);
        thief.open(false, &recorded, 0).is_ok()
    };
    assert!(opens(&insider.group, Some(&said[0])), "this is what the frames' keys follow from");
    assert!(!world.holds(ana, said[0].expose()) && !world.holds(bob, said[0].expose()), "in the call");
    // Bob's program is killed in the call, and his files are taken at that moment.
    let at_bob = world.named(bob, "walkers");
    let mut copy = world.copy_of(bob, &at_bob);
    assert!(!opens(&copy.group, None));
    copy.cursor = 0;
    let entries = world.entries(copy.log);
    assert_eq!(said_in(&copy.overhear_texts(&entries)), Vec::new(), "no key of what was said is left");
    world.settle_for(5_000);
    assert_eq!(world.log_bytes(bob), 0, "nor in pages as they were");
    world.ok(ana, "call.leave", json!({"call": id}));
    world.settle_for(200_000);
    assert_eq!([ana, bob].map(|who| newest(&mut world, who).0), ["over", "over"]);
    for who in [ana, bob] {
        assert!(!world.holds(who, said[0].expose()), "after it");
        assert_eq!(world.log_bytes(who), 0);
    }
}

/// Dan comes while Bob, who says something else, is away: he never reads what Bob said, and hears of him past the log.
#[test]
fn device_that_never_read_what_another_said_asks_for_it_once_it_hears_of_that() {
    let mut world = World::new(2_706);
    let [one, other, dan] = ["ana", "bob", "dan"].map(|name| world.person(name));
    // The first of a call's list tells who is added of it.
    let [ana, bob] = in_order(&mut world, [one, other]);
    for other in [bob, dan] {
        world.befriend(ana, other);
    }
    let group = world.group("walkers", ana, &[bob]);
    let log = world.log_of(ana, &group);
    world.settle_for(2 * 3_600_000);
    let id = call(&mut world, ana, &group);
    world.settle_for(2_000);
    world.ok(bob, "call.answer", json!({"call": id}));
    world.settle_for(2_000);
    let mut all: Vec<Heard> = [ana, bob].map(|who| media(&mut world, who)).into();
    starts_again(&mut world, &mut all[1], &id);
    all_hear_each_other(&mut world, &mut all);
    world.sleep(bob, 60_000);
    world.ok(ana, "conversation.add", json!({"conversation": group, "members": ["dan@sim.example"]}));
    world.settle_for(5_000);
    world.accept_groups(dan);
    world.settle_for(5_000);
    world.ok(dan, "call.answer", json!({"call": id}));
    world.settle_for(5_000);
    assert_eq!(secrets(&mut world, dan), 1, "Bob's word he was not told");
    all.push(media(&mut world, dan));
    world.wake(bob);
    world.settle_for(20_000);
    assert_eq!(secrets(&mut world, dan), 2);
    all_hear_each_other(&mut world, &mut all);
    // Who joined takes new keys.
    world.settle_for(120_000);
    // Once is enough: nobody goes on asking and answering.
    let before = world.entries(log).len();
    world.settle_for(120_000);
    assert_eq!(world.entries(log).len(), before);
}

/// One answers for all who say the same, and leaves the group: what it said stays known, since others say it.
#[test]
fn word_of_a_member_who_leaves_the_group_in_a_call_still_opens_what_others_seal() {
    let mut world = World::new(2_707);
    let people = ["ana", "bob", "eve"].map(|name| world.person(name));
    for (one, other) in [(0, 1), (0, 2), (1, 2)] {
        world.befriend(people[one], people[other]);
    }
    // The first of a call's list answers.
    let [leaver, stays, again] = in_order(&mut world, people);
    world.settle();
    let group = world.group("walkers", again, &[leaver, stays]);
    world.settle_for(2 * 3_600_000);
    let id = call(&mut world, again, &group);
    world.settle_for(2_000);
    for who in [leaver, stays] {
        world.ok(who, "call.answer", json!({"call": id}));
    }
    world.settle_for(2_000);
    let mut all: Vec<Heard> = [again, leaver, stays].map(|who| media(&mut world, who)).into();
    starts_again(&mut world, &mut all[0], &id);
    all_hear_each_other(&mut world, &mut all);
    let at_leaver = world.named(leaver, "walkers");
    world.ok(leaver, "conversation.leave", json!({"conversation": at_leaver}));
    world.settle_for(10_000);
    let mut gone = all.remove(1);
    all_hear_each_other(&mut world, &mut all);
    let later = world.now_ms + 20_000;
    for one in &mut all {
        let sealed = one.frames.seal(Track::Video, b"between us", later).unwrap();
        assert!(gone.frames.open(false, &sealed, later).is_err(), "who left hears nothing");
    }
}

/// The old program goes in the middle of the call: what is said from then on is used from then on, by who joins.
#[test]
fn call_goes_on_where_its_only_older_program_is_removed_in_it() {
    let mut world = World::new(2_708);
    let [ana, bob, cleo] = group_of_level_one(&mut world);
    let [at_ana, at_cleo] = [ana, cleo].map(|who| world.named(who, "Plans"));
    let id = call(&mut world, ana, &at_ana);
    world.settle_for(2_000);
    world.ok(bob, "call.answer", json!({"call": id}));
    world.settle_for(2_000);
    let mut all: Vec<Heard> = [ana, bob].map(|who| media(&mut world, who)).into();
    all_hear_each_other(&mut world, &mut all);
    world.ok(ana, "conversation.remove", json!({"conversation": at_ana, "members": ["dora@sim.example"]}));
    world.settle_for(10_000);
    all_hear_each_other(&mut world, &mut all);
    assert_eq!(call(&mut world, cleo, &at_cleo), id);
    world.settle_for(5_000);
    all.push(media(&mut world, cleo));
    all_hear_each_other(&mut world, &mut all);
    for at in [0, 2, 1] {
        starts_again(&mut world, &mut all[at], &id);
        all_hear_each_other(&mut world, &mut all);
    }
    // The connection breaks for a while, and nothing of it is said anew.
    world.sleep(bob, 20_000);
    world.settle_for(40_000);
    all_hear_each_other(&mut world, &mut all);
}
