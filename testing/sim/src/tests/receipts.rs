//! What a receipt must not tell: that a device is there, when it was silently asked, and whether somebody looks at it.

use bytes::Bytes;
use casemate_api::Event;
use casemate_content::proto as content;
use casemate_content::proto::content::Kind;
use casemate_server::store::Store as _;
use casemate_wire::ids::LogId;
use casemate_wire::proto::wire::server_frame::Body;
use rand::RngCore as _;
use serde_json::json;

use crate::receipts::Group;
use crate::{ClientId, World};

/// Entries of a log that are not the insider's, whose engine sleeps.
fn said_by_others(world: &mut World, log: LogId, insider: usize) -> usize {
    world.entries(log).len() - insider
}

#[test]
fn ten_thousand_silent_words_about_nothing_are_never_receipted() {
    let mut world = World::new(1_500);
    let (bob, eve) = (world.person("bob"), world.person("eve"));
    world.befriend(eve, bob);
    let (at_bob, at_eve) = (world.chat(bob, eve), world.chat(eve, bob));
    let said = world.say(bob, &at_bob, "hello");
    world.settle_for(120_000);
    let mut mallory = world.insider(eve, &at_eve);
    let log = mallory.log;
    let before = world.entries(log).len();
    let mut id = [0; 16];
    for number in 0..10_000u32 {
        world.rng.fill_bytes(&mut id);
        let of = Bytes::copy_from_slice(&id);
        let kind = match number % 4 {
            0 => Kind::Reaction(content::Reaction { to: of, emoji: "👍".into(), ..Default::default() }),
            1 => Kind::Edit(content::Edit { of, text: "x".into(), mentions: Vec::new() }),
            2 => Kind::Delete(content::Delete { of, ..Default::default() }),
            // Also on what is there: a reaction shows, and is not receipted either.
            _ => Kind::Reaction(content::Reaction {
                to: bytes_of(&said),
                emoji: "👍".into(),
                ..Default::default()
            }),
        };
        world.rng.fill_bytes(&mut id);
        world.insider_says(&mut mallory, id.to_vec(), kind);
        if number % 500 == 0 {
            world.settle_for(20_000);
        }
    }
    world.settle_for(120_000);
    assert_eq!(said_by_others(&mut world, log, before + 10_000), 0, "he says nothing to any of it");
    // He was there all the time: what he can see is receipted, once.
    let text = content::Text { text: "seen".into(), ..content::Text::default() };
    world.insider_says(&mut mallory, vec![7; 16], Kind::Text(text));
    world.settle_for(120_000);
    assert_eq!(world.texts(bob, &at_bob), ["hello", "seen"]);
    assert_eq!(said_by_others(&mut world, log, before + 10_001), 1);
}

fn bytes_of(id: &str) -> Bytes {
    Bytes::from(casemate_wire::ids::MessageId::from_hex(id).unwrap().0.to_vec())
}

#[test]
fn from_receipts_nobody_can_tell_a_screen_that_is_on_from_one_that_is_off() {
    let off = delays(1_501, false);
    let on = delays(1_502, true);
    let apart = auc(&off, &on);
    println!("AUC {apart:.3} of {} and {} receipts", off.len(), on.len());
    assert!((0.45..=0.55).contains(&apart), "{apart}");
    // The same measure sees what differs by half a second.
    let late: Vec<i64> = on.iter().map(|delay| delay + 500).collect();
    assert!(auc(&off, &late) > 0.6);
}

/// How long after each of Eve's messages Bob's receipt comes, in milliseconds; he uses Casemate meanwhile, or not.
fn delays(seed: u64, looks: bool) -> Vec<i64> {
    let mut world = World::new(seed);
    let (bob, eve, ana) = (world.person("bob"), world.person("eve"), world.person("ana"));
    world.befriend(eve, bob);
    world.befriend(ana, bob);
    let (at_eve, with_ana, at_ana) = (world.chat(eve, bob), world.chat(bob, ana), world.chat(ana, bob));
    world.settle_for(120_000);
    let mut mallory = world.insider(eve, &at_eve);
    let mut delays = Vec::new();
    for number in 0..500 {
        let text = content::Text { text: format!("{number}"), ..content::Text::default() };
        let mut id = [0; 16];
        world.rng.fill_bytes(&mut id);
        world.insider_says(&mut mallory, id.to_vec(), Kind::Text(text));
        let (sent_ms, before) = (world.now_ms, world.entries(mallory.log).len());
        if looks {
            looks_around(&mut world, bob, &with_ana, ana, &at_ana);
        }
        while world.entries(mallory.log).len() == before {
            world.step();
            assert!(world.now_ms < sent_ms + 60_000, "a visible message is receipted");
        }
        delays.push(world.now_ms - sent_ms);
        world.settle_for(30_000);
    }
    delays
}

/// What a person does whose screen is on: another chat is read and answered, lists are opened.
fn looks_around(world: &mut World, bob: ClientId, with_ana: &str, ana: ClientId, at_ana: &str) {
    world.say(ana, at_ana, "are you there?");
    world.ok(bob, "conversation.list", json!({}));
    let last = world.messages(bob, with_ana).last().map(|message| message["message"].clone());
    if let Some(last) = last {
        world.ok(bob, "message.read", json!({"message": last}));
    }
    world.say(bob, with_ana, "yes");
}

/// How often a value out of `b` is larger than one out of `a` (Mann and Whitney): 0.5 where nothing tells them apart.
fn auc(a: &[i64], b: &[i64]) -> f64 {
    let mut larger = 0.0;
    for (x, y) in a.iter().flat_map(|x| b.iter().map(move |y| (x, y))) {
        larger += f64::from(i8::from(y > x)) + 0.5 * f64::from(i8::from(y == x));
    }
    larger / (a.len() * b.len()) as f64
}

/// How long after a message of Eve's stored by Bob's device hers says so, in milliseconds; none before.
fn told_after(seed: u64, looks: bool, messages: usize) -> Vec<i64> {
    let mut world = World::new(seed);
    let (bob, eve, ana) = (world.person("bob"), world.person("eve"), world.person("ana"));
    world.befriend(eve, bob);
    world.befriend(ana, bob);
    let (at_eve, with_ana, at_ana) = (world.chat(eve, bob), world.chat(bob, ana), world.chat(ana, bob));
    world.settle_for(120_000);
    let mut delays = Vec::new();
    for number in 0..messages {
        let said = world.say(eve, &at_eve, &format!("{number}"));
        world.client(bob).events.clear();
        if looks {
            looks_around(&mut world, bob, &with_ana, ana, &at_ana);
        }
        let mut stored_ms = None;
        let told_ms = loop {
            world.step();
            let is_it = |event: &Event| matches!(event, Event::MessageReceived { message } if message.message == said);
            if stored_ms.is_none() && world.client(bob).events.iter().any(is_it) {
                stored_ms = Some(world.now_ms);
            }
            let state = |event: &Event| matches!(event, Event::MessageState { message, state, .. } if *message == said && state == "delivered");
            if world.client(eve).events.iter().any(state) {
                break world.now_ms;
            }
            assert!(stored_ms.is_none_or(|stored| world.now_ms < stored + 60_000), "it is told");
        };
        delays.push(told_ms - stored_ms.expect("never before it is there"));
        world.settle_for(30_000);
        world.client(eve).events.clear();
    }
    delays
}

#[test]
fn that_a_message_is_there_is_told_within_a_second_and_never_before() {
    let delays = told_after(1_503, false, 60);
    assert!(delays.iter().all(|delay| (ARRIVED_LEAST..=1_000).contains(delay)), "{delays:?}");
    // Nobody is there: then nothing is said, and soon after the device has come.
    let mut world = World::new(1_504);
    let (bob, eve) = (world.person("bob"), world.person("eve"));
    world.befriend(eve, bob);
    let at_eve = world.chat(eve, bob);
    world.settle_for(120_000);
    world.sleep(bob, 3_600_000);
    world.say(eve, &at_eve, "later");
    world.settle_for(60_000);
    assert_eq!(world.states(eve, &at_eve), ["sent"]);
    world.wake(bob);
    let woken_ms = world.now_ms;
    while world.states(eve, &at_eve) != ["delivered"] {
        world.step();
        assert!(world.now_ms < woken_ms + 4_000, "it is told soon");
    }
}

/// Of the shortest time that is told after: less would be the network's alone.
const ARRIVED_LEAST: i64 = 150;

#[test]
fn from_what_is_told_at_once_nobody_can_tell_a_screen_that_is_on_from_one_that_is_off() {
    let (off, on) = (told_after(1_505, false, 400), told_after(1_506, true, 400));
    let apart = auc(&off, &on);
    println!("AUC {apart:.3} of {} and {}", off.len(), on.len());
    assert!((0.45..=0.55).contains(&apart), "{apart}");
}

const DAY_MS: i64 = 86_400_000;

/// What `message.info` says of each member, by name.
fn reached(world: &mut World, id: ClientId, message: &str) -> Vec<(String, String)> {
    let info = world.ok(id, "message.info", json!({"message": message}));
    let members = info["members"].as_array().expect("members");
    let word = |member: &serde_json::Value, field: &str| member[field].as_str().unwrap().to_owned();
    let name = |member| word(member, "address").split('@').next().unwrap().to_owned();
    members.iter().map(|member| (name(member), word(member, "state"))).collect()
}

#[test]
fn receipt_of_one_who_was_away_too_long_says_nothing_of_what_was_missed() {
    let mut world = World::new(1_510);
    let (ana, bob, cleo) = (world.person("ana"), world.person("bob"), world.person("cleo"));
    world.befriend(ana, bob);
    world.befriend(ana, cleo);
    let group = world.group("Plans", ana, &[bob, cleo]);
    let pair = world.chat(ana, bob);
    let (before, before_all) = (world.say(ana, &pair, "before"), world.say(ana, &group, "before"));
    world.settle_for(120_000);
    world.sleep(bob, 70 * DAY_MS);
    let (missed, missed_by_one) = (world.say(ana, &pair, "missed"), world.say(ana, &group, "missed by one"));
    world.settle_for(65 * DAY_MS);
    let (before_ms, now) = (world.now_ms - 60 * DAY_MS, world.now_ms);
    world.server.delivery.store().expire(before_ms, now).unwrap();
    world.wake(bob);
    world.settle_for(300_000);
    let (after, after_all) = (world.say(ana, &pair, "welcome back"), world.say(ana, &group, "welcome back"));
    world.settle_for(300_000);
    assert_eq!(world.states(ana, &pair), ["delivered", "sent", "delivered"]);
    assert_eq!(world.states(ana, &group), ["delivered", "sent", "delivered"]);
    let state = |of: &[(&str, &str)]| -> Vec<(String, String)> {
        of.iter().map(|(name, state)| ((*name).to_owned(), (*state).to_owned())).collect()
    };
    for (message, bobs) in [(&before, "delivered"), (&missed, "sent"), (&after, "delivered")] {
        assert_eq!(reached(&mut world, ana, message), state(&[("bob", bobs)]));
    }
    for (message, bobs) in [(&before_all, "delivered"), (&missed_by_one, "sent"), (&after_all, "delivered")] {
        let all = state(&[("bob", bobs), ("cleo", "delivered")]);
        assert_eq!(reached(&mut world, ana, message), all);
    }
    // Read openly, it is not read either.
    let at_bob = world.chat(bob, ana);
    let last = world.messages(bob, &at_bob).last().unwrap()["message"].clone();
    world.ok(bob, "message.read", json!({"message": last}));
    world.settle_for(120_000);
    assert_eq!(world.states(ana, &pair), ["read", "sent", "read"]);
    // Nor after both have started again.
    world.kill(ana.0);
    world.kill(bob.0);
    world.say(ana, &pair, "once more");
    world.settle_for(120_000);
    assert_eq!(world.states(ana, &pair), ["read", "sent", "read", "delivered"]);
}

#[test]
fn receipt_of_a_member_who_came_later_does_not_keep_what_was_said_before_from_being_delivered() {
    let mut world = World::new(1_511);
    let (ana, bob, cleo) = (world.person("ana"), world.person("bob"), world.person("cleo"));
    world.befriend(ana, bob);
    world.befriend(ana, cleo);
    let group = world.group("Plans", ana, &[bob]);
    world.settle_for(120_000);
    world.sleep(bob, 3_600_000);
    world.say(ana, &group, "to bob alone");
    world.settle();
    let to_cleo = world.address(cleo);
    world.ok(ana, "conversation.add", json!({"conversation": group, "members": [to_cleo]}));
    world.settle_for(60_000);
    world.accept_groups(cleo);
    world.say(ana, &group, "to both");
    world.settle_for(120_000);
    assert_eq!(world.states(ana, &group), ["sent", "sent"]);
    world.wake(bob);
    world.settle_for(120_000);
    assert_eq!(world.states(ana, &group), ["delivered", "delivered"]);
}

#[test]
fn receipt_of_a_device_that_came_later_takes_back_nothing_that_another_one_told() {
    let mut world = World::new(1_512);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let pair = world.chat(ana, bob);
    world.say(ana, &pair, "long before");
    world.settle_for(120_000);
    world.say(ana, &pair, "shortly before");
    world.settle_for(1);
    let bob2 = world.link(bob);
    world.settle_for(120_000);
    world.sleep(bob, 3_600_000);
    world.say(ana, &pair, "for the second device");
    world.settle_for(120_000);
    assert_eq!(world.states(ana, &pair), ["delivered", "delivered", "delivered"]);
    let at_bob2 = world.chat(bob2, ana);
    assert_eq!(world.texts(bob2, &at_bob2).last().unwrap(), "for the second device");
}

#[test]
fn receipt_names_what_could_not_be_read() {
    let mut world = World::new(1_513);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (pair, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.say(ana, &pair, "before");
    world.settle_for(120_000);
    // The server flips a bit of what is for Bob.
    let mut spoiled = false;
    world.tamper = Some(Box::new(move |to, mut frame| {
        if let Some(Body::LogEntries(page)) = &mut frame.body
            && to == bob
            && !std::mem::replace(&mut spoiled, true)
        {
            let mut payload = page.entries[0].payload.to_vec();
            let last = payload.len() - 1;
            payload[last] ^= 1;
            page.entries[0].payload = payload.into();
        }
        vec![frame]
    }));
    world.say(ana, &pair, "spoiled");
    world.settle_for(120_000);
    world.tamper = None;
    world.say(ana, &pair, "after");
    world.settle_for(120_000);
    assert_eq!(world.texts(bob, &at_bob), ["before", "after"]);
    assert_eq!(world.states(ana, &pair), ["delivered", "sent", "delivered"]);
}

#[test]
fn message_that_waits_while_a_group_is_closed_to_members_fails_and_says_why() {
    let mut world = World::new(1_514);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let group = world.group("Plans", ana, &[bob]);
    let at_bob = world.named(bob, "Plans");
    world.settle_for(120_000);
    world.sleep(bob, 3_600_000);
    world.say(bob, &at_bob, "on the plane");
    world.ok(ana, "conversation.set", json!({"conversation": group, "permissions": {"send": "admins"}}));
    world.settle_for(60_000);
    world.wake(bob);
    world.settle_for(120_000);
    assert_eq!(world.states(bob, &at_bob), ["failed"]);
    assert!(world.texts(ana, &group).is_empty());
    let failed = world.messages(bob, &at_bob).into_iter().find(|one| one["state"] == "failed").unwrap();
    assert_eq!(failed["why"], "Only admins may send messages here.");
    // Once members may write again, it leaves when its person wants so.
    world.ok(ana, "conversation.set", json!({"conversation": group, "permissions": {"send": "members"}}));
    world.settle_for(60_000);
    world.ok(bob, "message.reschedule", json!({"message": failed["message"]}));
    world.settle_for(120_000);
    assert_eq!(world.texts(ana, &group), ["on the plane"]);
}

#[test]
fn receipts_of_a_group_are_no_entries_and_are_pushed_to_nobody() {
    let people = 12;
    let mut group = Group::begin(1_515, people, false);
    let cost = group.write(1);
    println!("{cost:?}");
    assert!(cost.read_after_ms < 10 * 60_000, "{cost:?}");
    assert_eq!(cost.entries, 1);
    // Some of each member's own conversation, where their devices tell each other what was read.
    assert!(cost.pushes <= people + people / 5 + people, "{cost:?}");
    // Each says once that it came, and once that it was read.
    assert!(cost.put <= 2 * people && cost.fetched <= 4 * people, "{cost:?}");
    let everybody = group.write(people);
    assert!(everybody.read_after_ms < 10 * 60_000, "{everybody:?}");
    assert_eq!(everybody.entries, people);
}

#[test]
fn receipts_of_a_group_are_entries_where_the_server_keeps_none() {
    let mut group = Group::begin(1_516, 5, true);
    let cost = group.write(1);
    assert!(cost.read_after_ms < 10 * 60_000, "{cost:?}");
    assert!(cost.entries >= 5 && cost.put == 0, "{cost:?}");
}

#[test]
fn receipt_that_the_server_lost_in_a_crash_is_put_again() {
    let mut world = World::new(1_517);
    let [ana, bob, cleo] = ["ana", "bob", "cleo"].map(|name| world.person(name));
    world.befriend(ana, bob);
    world.befriend(ana, cleo);
    let group = world.group("Plans", ana, &[bob, cleo]);
    world.settle_for(120_000);
    world.sleep(ana, 3_600_000);
    // Ana's device is off once it has sent; the others have told the server that it came.
    world.wake(ana);
    world.say(ana, &group, "hello");
    world.settle_for(2_000);
    world.sleep(ana, 3_600_000);
    world.settle_for(30_000);
    world.server.delivery.store().crash();
    world.restart_server();
    world.settle_for(60_000);
    world.wake(ana);
    world.settle_for(120_000);
    assert_eq!(world.states(ana, &group), ["delivered"]);
}

#[test]
fn info_of_a_message_is_as_new_as_the_server_knows_and_comes_though_it_says_nothing() {
    let mut world = World::new(1_518);
    let [ana, bob, cleo] = ["ana", "bob", "cleo"].map(|name| world.person(name));
    world.befriend(ana, bob);
    world.befriend(ana, cleo);
    let group = world.group("Plans", ana, &[bob, cleo]);
    let at_bob = world.named(bob, "Plans");
    world.settle_for(120_000);
    let said = world.say(ana, &group, "hello");
    // Long enough that nobody asks every minute any more.
    world.settle_for(1_200_000);
    let newest = world.messages(bob, &at_bob).pop().unwrap()["message"].clone();
    world.ok(bob, "message.read", json!({"message": newest}));
    world.settle_for(20_000);
    let state = |world: &mut World| {
        let info = world.ok(ana, "message.info", json!({"message": said}));
        info["members"].as_array().unwrap().iter().find(|one| one["address"] == "bob@sim.example").unwrap()
            ["state"]
            .clone()
    };
    assert_eq!(state(&mut world), "read");
    world.tamper = Some(Box::new(move |_, frame| match frame.body {
        Some(Body::Receipts(_)) => Vec::new(),
        _ => vec![frame],
    }));
    let begun = world.now_ms;
    assert_eq!(state(&mut world), "read");
    assert!(world.now_ms - begun < 10_000);
}

#[test]
fn receipt_of_a_group_is_read_after_later_changes_of_its_members() {
    let mut world = World::new(1_519);
    let [ana, bob, cleo] = ["ana", "bob", "cleo"].map(|name| world.person(name));
    world.befriend(ana, bob);
    world.befriend(ana, cleo);
    world.befriend(bob, cleo);
    let group = world.group("Plans", ana, &[bob, cleo]);
    let at_bob = world.named(bob, "Plans");
    world.settle_for(120_000);
    world.say(ana, &group, "hello");
    world.settle_for(2_000);
    world.sleep(ana, 3_600_000);
    // It came, and then the epoch changes while nobody says how far they have got.
    world.settle_for(60_000);
    for name in ["Hut", "Lake", "Plans again"] {
        world.ok(bob, "conversation.set", json!({"conversation": at_bob, "name": name}));
        world.settle_for(60_000);
    }
    for who in [bob, cleo] {
        world.sleep(who, 7_200_000);
    }
    world.wake(ana);
    world.settle_for(120_000);
    assert_eq!(world.states(ana, &group), ["delivered"]);
}
