//! What comes into an inbox is sealed to a key that its device makes anew each month and deletes: who copies the device later, with all that
//! the server ever had, reads nothing of it.

use std::cell::Cell;
use std::rc::Rc;

use bytes::Bytes;
use casemate_content::proto::{HistoryPart, InboxBody, Linked, inbox_body};
use casemate_crypto::{SealKeys, sealed};
use casemate_wire::ids::{AccountId, DeviceId};
use casemate_wire::proto::directory::SealKey;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{HelloAnswer, PostInbox};
use serde_json::json;

use super::Seen;
use crate::world::KillPoint;
use crate::{ClientId, World};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// The monthly keys that a device has, the newest first.
fn monthly(world: &mut World, id: ClientId) -> Vec<SealKeys> {
    world.with_db(id, |db| {
        let mut rows = db.prepare("SELECT secret FROM seal_keys ORDER BY made_ms DESC").unwrap();
        let secrets = rows.query_map([], |row| row.get::<_, [u8; 32]>(0)).unwrap();
        secrets.map(|secret| SealKeys::from_secret(&secret.unwrap())).collect()
    })
}

/// All boxes for devices that the server is given.
fn boxes(world: &mut World) -> Seen<Vec<Bytes>> {
    world.overhear(|_, request| match request {
        Request::PostInbox(post) => Some(vec![post.payload.clone()]),
        Request::PostKnock(knock) => Some(knock.boxes.iter().map(|one| one.sealed.clone()).collect()),
        _ => None,
    })
}

/// How many of them open with a key, by whatever label.
fn opened(all: &Seen<Vec<Bytes>>, own: (AccountId, DeviceId), keys: &SealKeys) -> usize {
    let opens = |one: &&Bytes| {
        sealed::open_inbox_message(keys, own, one).is_ok()
            || sealed::open_knock(keys, one).is_ok()
            || sealed::open_bound_knock(keys, own, one).is_ok()
    };
    all.borrow().iter().flatten().filter(opens).count()
}

fn own(world: &mut World, id: ClientId) -> (AccountId, DeviceId) {
    let identity = world.identity_of(id);
    (identity.account, identity.device)
}

/// The monthly keys in an answer of the server.
fn said(body: &mut Body) -> Vec<&mut Option<SealKey>> {
    match body {
        Body::Manifest(answer) => answer.device_keys.iter_mut().map(|keys| &mut keys.seal_key).collect(),
        Body::KeyPackage(answer) => vec![&mut answer.seal_key],
        _ => Vec::new(),
    }
}

/// A server of before, or a program of before at it: there are no monthly keys. `to`: for one, or for all.
fn of_before(world: &mut World, only: Option<ClientId>) {
    world.tamper = Some(Box::new(move |to, mut frame| {
        if only.is_none_or(|only| only == to)
            && let Some(body) = &mut frame.body
        {
            said(body).into_iter().for_each(|key| *key = None);
            if let Body::Hello(HelloAnswer { seal_keys, .. }) = body {
                *seal_keys = false;
            }
        }
        vec![frame]
    }));
}

fn on_disk(world: &mut World, name: &str) -> ClientId {
    let id = world.device_on_disk(name);
    world.ok(id, "account.create", json!({"server": crate::world::URL, "name": name}));
    world.settle();
    id
}

fn offers(world: &mut World, from: ClientId, to: ClientId, name: &str) -> usize {
    let address = world.address(to);
    world.ok(from, "conversation.create", json!({"members": [address], "name": name}));
    world.settle();
    let asked = world.ok(to, "conversation.requests", json!({}));
    asked["requests"].as_array().unwrap().len()
}

#[test]
fn copied_home_opens_no_request_and_no_welcome_of_three_months_before() {
    let mut world = World::new(8_850);
    let ana = world.person("ana");
    let bob = on_disk(&mut world, "bob");
    let bobs = own(&mut world, bob);
    let all = boxes(&mut world);
    world.befriend(ana, bob);
    let plans = world.group("Plans", ana, &[bob]);
    world.settle();
    let first = monthly(&mut world, bob);
    assert_eq!(first.len(), 1);
    assert!(opened(&all, bobs, &first[0]) >= 2, "a request, and a Welcome");
    world.settle_for(92 * DAY_MS);
    // The thief has every box that there ever was, and what is in the home today.
    let mut keys = monthly(&mut world, bob);
    assert!((2..=4).contains(&keys.len()), "{}", keys.len());
    keys.push(world.seal_keys(bob));
    for keys in &keys {
        assert_eq!(opened(&all, bobs, keys), 0);
    }
    assert!(!world.holds(bob, first[0].secret()), "in no page");
    // It all goes on, for those too who had the first one.
    assert_eq!(offers(&mut world, ana, bob, "Later"), 1);
    world.say(ana, &plans, "goes on");
    world.settle();
    let at_bob = world.named(bob, "Plans");
    assert!(world.texts(bob, &at_bob).contains(&"goes on".to_owned()));
}

#[test]
fn seal_key_is_replaced_each_month_and_the_one_before_still_opens() {
    let mut world = World::new(8_851);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let first = monthly(&mut world, bob).remove(0);
    world.settle_for(24 * DAY_MS);
    assert_eq!(monthly(&mut world, bob).len(), 1, "not sooner");
    // Ana's device is told of no newer one from now on, and may not have asked yet.
    let anas = ana;
    world.lie_to(anas, |body| {
        said(body).into_iter().for_each(|key| *key = None);
        true
    });
    world.settle_for(8 * DAY_MS);
    assert_eq!(monthly(&mut world, bob).len(), 2);
    let all = boxes(&mut world);
    assert_eq!(offers(&mut world, ana, bob, "Plans"), 1);
    let bobs = own(&mut world, bob);
    assert_eq!(opened(&all, bobs, &first), 1);
}

/// A server that has seen the first key, and hands that out for ever, or its own, or none.
#[test]
fn lying_server_gets_nothing_sealed_to_an_older_key_or_to_one_that_the_device_did_not_sign() {
    for (seed, lie) in [(8_852, 0), (8_853, 1), (8_854, 2)] {
        let mut world = World::new(seed);
        let (ana, bob) = (world.person("ana"), world.person("bob"));
        let bobs = own(&mut world, bob);
        let seen: Seen<SealKey> = world.catch(move |to, body| match body {
            Body::Manifest(answer) if to == ana => {
                answer.device_keys.iter().find(|keys| keys.device[..] == bobs.1.0)?.seal_key.clone()
            }
            _ => None,
        });
        world.befriend(ana, bob);
        world.settle_for(31 * DAY_MS);
        offers(&mut world, ana, bob, "Plans");
        let keys = monthly(&mut world, bob);
        assert_eq!(keys.len(), 2);
        let first = seen.borrow().first().cloned().expect("the first one");
        assert_eq!(first.key, keys[1].public);
        let mine = SealKeys::from_secret(&[7; 32]);
        let public = Bytes::from(mine.public.clone());
        world.lie_to(ana, move |body| {
            for key in said(body) {
                *key = match lie {
                    0 => Some(first.clone()),
                    1 => Some(SealKey {
                        made_ms: first.made_ms + 40 * DAY_MS,
                        key: public.clone(),
                        ..first.clone()
                    }),
                    _ => None,
                };
            }
            true
        });
        let all = boxes(&mut world);
        world.settle_for(2 * HOUR_MS);
        assert_eq!(offers(&mut world, ana, bob, "Secret"), 2, "lie {lie}");
        for old in [&keys[1], &world.seal_keys(bob), &mine] {
            assert_eq!(opened(&all, bobs, old), 0, "lie {lie}");
        }
        assert_eq!(opened(&all, bobs, &keys[0]), 1, "lie {lie}");
    }
}

/// What a contact says of themselves the server cannot leave out.
#[test]
fn server_that_leaves_monthly_keys_out_does_not_keep_them_from_contacts() {
    let mut world = World::new(8_855);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.lie_to(ana, |body| {
        said(body).into_iter().for_each(|key| *key = None);
        true
    });
    let all = boxes(&mut world);
    world.befriend(ana, bob);
    let bobs = own(&mut world, bob);
    let stays = world.seal_keys(bob);
    assert!(opened(&all, bobs, &stays) > 0, "she knew no other");
    let all = boxes(&mut world);
    assert_eq!(offers(&mut world, ana, bob, "Plans"), 1);
    assert_eq!(opened(&all, bobs, &stays), 0);
    let newest = monthly(&mut world, bob).remove(0);
    assert_eq!(opened(&all, bobs, &newest), 1);
}

/// A server of before, which then becomes a newer one; and a program of before, on either side.
#[test]
fn seal_keys_are_used_between_programs_that_know_them_and_nobody_else_notices() {
    let mut world = World::new(8_856);
    of_before(&mut world, None);
    let (ana, bob, cleo) = (world.person("ana"), world.person("bob"), world.person("cleo"));
    for (one, other) in [(ana, bob), (ana, cleo), (bob, cleo)] {
        world.befriend(one, other);
    }
    assert_eq!(offers(&mut world, ana, bob, "One"), 1);
    assert_eq!(monthly(&mut world, bob).len(), 0, "the server would not take it");
    // The server is a newer one, and Ana's program is not.
    of_before(&mut world, Some(ana));
    for at in 0..3 {
        world.cut(at);
    }
    world.settle();
    assert_eq!([ana, bob, cleo].map(|who| monthly(&mut world, who).len()), [0, 1, 1]);
    let (bobs, stays) = (own(&mut world, bob), world.seal_keys(bob));
    let newest = monthly(&mut world, bob).remove(0);
    let all = boxes(&mut world);
    assert_eq!(offers(&mut world, ana, bob, "Two"), 2);
    assert_eq!((opened(&all, bobs, &stays), opened(&all, bobs, &newest)), (1, 0), "by an old program");
    assert_eq!(offers(&mut world, bob, ana, "Three"), 1, "to an old program");
    let all = boxes(&mut world);
    assert_eq!(offers(&mut world, cleo, bob, "Four"), 3);
    assert_eq!((opened(&all, bobs, &stays), opened(&all, bobs, &newest)), (0, 1));
}

#[test]
fn device_that_is_killed_while_it_makes_a_seal_key_has_the_private_part_of_what_the_server_has() {
    for after in 1..14 {
        for handled in [false, true] {
            let mut world = World::new(8_857);
            of_before(&mut world, None);
            let (ana, bob) = (world.person("ana"), world.person("bob"));
            world.befriend(ana, bob);
            world.settle();
            world.tamper = None;
            let there = world.client(bob).inputs;
            world.kill_point = Some(KillPoint { client: bob, after: there + after, handled });
            (0..2).for_each(|at| world.cut(at));
            world.settle();
            let keys = monthly(&mut world, bob);
            let bobs = own(&mut world, bob);
            let all = boxes(&mut world);
            assert_eq!(offers(&mut world, ana, bob, "Plans"), 1, "killed at {after}, {handled}");
            assert_eq!(opened(&all, bobs, &keys[0]), 1, "killed at {after}, {handled}");
        }
    }
}

/// Its newest key is lost, and the server has it: nobody is to seal to that any longer.
#[test]
fn device_that_was_put_back_makes_another_seal_key_at_once() {
    let mut world = World::new(8_858);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    world.settle_for(24 * DAY_MS);
    let copy = world.copy_home(bob);
    world.settle_for(7 * DAY_MS);
    let lost = monthly(&mut world, bob).remove(0);
    offers(&mut world, ana, bob, "Plans");
    world.put_home_back(bob, copy);
    world.settle();
    let newest = monthly(&mut world, bob).remove(0);
    assert_ne!(newest.public, lost.public);
    // By then Ana's device asks for a newer one.
    world.settle_for(DAY_MS);
    let (bobs, all) = (own(&mut world, bob), boxes(&mut world));
    offers(&mut world, ana, bob, "Later");
    assert_eq!(opened(&all, bobs, &newest), 1);
}

/// Bob, who has said something to Ana, and what the server is given from now on.
fn with_a_past(seed: u64) -> (World, ClientId, ClientId, Seen<Vec<Bytes>>) {
    let mut world = World::new(seed);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let chat = world.chat(bob, ana);
    world.say(bob, &chat, "of old");
    world.settle();
    let all = boxes(&mut world);
    (world, ana, bob, all)
}

/// The parts of a history that open with one of the keys that a device has.
fn parts(world: &mut World, all: &Seen<Vec<Bytes>>, of: ClientId) -> Vec<HistoryPart> {
    let mine = own(world, of);
    let keys = [monthly(world, of), vec![world.seal_keys(of)]].concat();
    let all = all.borrow();
    let opened = all
        .iter()
        .flatten()
        .filter_map(|one| keys.iter().find_map(|keys| sealed::open_inbox_message(keys, mine, one).ok()));
    let parts = opened.filter_map(|one| match one.body.kind {
        Some(inbox_body::Kind::History(part)) => Some(part),
        _ => None,
    });
    parts.collect()
}

#[test]
fn handed_over_history_opens_with_no_key_that_the_new_device_keeps() {
    let (mut world, ana, bob, all) = with_a_past(8_859);
    let second = world.device_on_disk("bob");
    world.link_device(bob, second, "all");
    world.settle();
    let chat = world.chat(second, ana);
    assert_eq!(world.texts(second, &chat), ["of old"]);
    // A copy of the device that is made now opens the inbox items of this month.
    let parts = parts(&mut world, &all, second);
    assert!(!parts.is_empty());
    let (account, device) = own(&mut world, second);
    let keys = [monthly(&mut world, second), vec![world.seal_keys(second)]].concat();
    for part in parts {
        let file = part.file.expect("a file");
        assert!(file.key.is_empty(), "the key of the file stands there");
        let bound = [&account.0[..], &device.0, &file.blob].concat();
        let opens =
            |keys: &SealKeys| sealed::open(keys, b"casemate/history/v1", &bound, &part.sealed_key).is_ok();
        assert!(!part.sealed_key.is_empty() && !keys.iter().any(opens));
    }
    let left: i64 = world.with_db(second, |db| {
        db.query_row("SELECT count(*) FROM handover_key", [], |row| row.get(0)).unwrap()
    });
    assert_eq!(left, 0, "the key that opens them is deleted");
}

/// The new device's program is of before, and gives no key.
#[test]
fn device_of_before_gets_earlier_messages_as_before() {
    let (mut world, ana, bob, _) = with_a_past(8_860);
    let second = world.device("bob");
    let code = world.device_code(second);
    let all: Seen<Vec<Bytes>> = Rc::default();
    let (noted, holds) = (all.clone(), Rc::new(Cell::new(true)));
    let held = holds.clone();
    world.ears = Some(Box::new(move |from, frame| match &frame.request {
        Some(Request::PostInbox(_)) if from == second && held.get() => (None, Vec::new()),
        Some(Request::PostInbox(post)) => {
            noted.borrow_mut().push(vec![post.payload.clone()]);
            (Some(frame), Vec::new())
        }
        _ => (Some(frame), Vec::new()),
    }));
    world.ok(bob, "device.approve", json!({"code": code, "history": "all", "confirm": true}));
    world.settle_for(30_000);
    let identity = world.identity_of(second);
    let to = own(&mut world, bob);
    let public = world.seal_keys(bob).public;
    let token: Vec<u8> = world.with_db(second, |db| {
        db.query_row("SELECT token FROM reach WHERE device = ?1", [&to.1.0[..]], |row| row.get(0)).unwrap()
    });
    let kind = Some(inbox_body::Kind::Linked(Linked::default()));
    let body = InboxBody { at_ms: world.now_ms, kind, bound: true };
    let payload = sealed::make_bound_inbox_message(&identity, to, &public, &body).unwrap().into();
    let client_id = vec![7; 16].into();
    world.ask(Request::PostInbox(PostInbox { inbox_token: token.into(), client_id, payload }));
    world.settle_for(30_000);
    holds.set(false);
    world.cut(second.0);
    world.settle();
    let chat = world.chat(second, ana);
    assert_eq!(world.texts(second, &chat), ["of old"]);
    let parts = parts(&mut world, &all, second);
    assert!(!parts.is_empty());
    assert!(parts.iter().all(|part| part.sealed_key.is_empty()));
    assert!(parts.iter().all(|part| part.file.as_ref().is_some_and(|file| file.key.len() == 32)));
}
