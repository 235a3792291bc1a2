//! A lost device is removed: at once, everywhere, and with a plain report. What its thief holds is worth nothing after.

use std::cell::RefCell;
use std::rc::Rc;

use casemate_api::Event;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{ErrorCode, PostInbox, TakeKeyPackage};
use serde_json::json;

use super::with_plans;
use crate::{ClientId, World};

/// Ana and Bob with a chat and a group, Bob with a second device that has all of the past.
struct Story {
    world: World,
    ana: ClientId,
    bob: ClientId,
    lost: ClientId,
    chat: String,
    group: String,
}

fn story(seed: u64) -> Story {
    let (mut world, ana, bob, group) = with_plans(seed);
    let chat = world.chat(ana, bob);
    world.say(ana, &chat, "before");
    world.settle();
    let lost = world.link_with(bob, "all");
    world.say(ana, &chat, "to both");
    world.settle();
    Story { world, ana, bob, lost, chat, group }
}

#[test]
fn within_seconds_it_is_out_of_everything_wiped_and_reported() {
    let Story { mut world, ana, bob, lost, chat, group } = story(3_100);
    let before = world.now_ms;
    let reached = world.drop_device(bob, lost);
    assert!(world.now_ms - before < 5_000, "{} ms", world.now_ms - before);
    assert_eq!((&reached["published"], &reached["open"]), (&json!(true), &json!(0)), "{reached}");
    assert_eq!((&reached["history"], &reached["told"]), (&json!("all"), &json!(["ana@sim.example"])));
    let conversations = reached["conversations"].as_array().unwrap();
    assert_eq!(conversations.len(), 3, "{reached}");
    assert!(conversations.iter().all(|one| one["open"] == false && one["since"].is_string()));
    let names: Vec<_> = conversations.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"Plans") && names.contains(&"ana"), "{names:?}");
    for id in [&chat, &group] {
        assert_eq!(world.shown(ana, id)["information"]["devices"], 2);
    }
    world.settle_for(10_000);
    assert!(world.client(lost).erased, "it was asked to wipe itself");
    assert!(world.client(lost).events.contains(&Event::DeviceWiped {}));
    assert!(world.client(lost).line.is_none());
    // Started again before everything was erased, it goes on erasing, and does nothing else.
    world.client(lost).erased = false;
    world.kill(lost.0);
    assert!(world.client(lost).erased);
    world.say(ana, &chat, "after");
    world.settle();
    let at_bob = world.chat(bob, ana);
    assert_eq!(world.texts(bob, &at_bob), ["before", "to both", "after"]);
}

#[test]
fn while_it_is_away_it_is_removed_all_the_same_and_wiped_when_it_comes_back() {
    let Story { mut world, ana, bob, lost, chat, .. } = story(3_101);
    world.sleep(lost, 86_400_000);
    let reached = world.drop_device(bob, lost);
    assert_eq!(reached["open"], 0, "{reached}");
    // Whom the report names was told, in words that say it.
    assert!(reached["told"].as_array().unwrap().contains(&json!("ana@sim.example")), "{reached}");
    world.say(ana, &chat, "not for it");
    world.settle();
    assert_eq!(world.notices(ana, &chat).last().unwrap(), "bob removed a device.");
    world.wake(lost);
    world.settle();
    assert!(world.client(lost).erased);
}

#[test]
fn offline_the_report_says_what_is_open_and_it_is_done_later() {
    let Story { mut world, ana, bob, lost, chat, .. } = story(3_102);
    world.sleep(bob, 3_600_000);
    let reached = world.drop_device(bob, lost);
    assert_eq!((&reached["published"], &reached["open"]), (&json!(false), &json!(3)), "{reached}");
    assert!(!world.client(lost).erased);
    world.wake(bob);
    world.settle();
    assert!(world.client(lost).erased);
    assert_eq!(world.shown(ana, &chat)["information"]["devices"], 2);
}

#[test]
fn a_server_that_says_so_wipes_nothing() {
    let Story { mut world, ana, lost, chat, .. } = story(3_103);
    world.tamper = Some(Box::new(move |to, mut frame| {
        if to == lost && matches!(frame.body, Some(Body::Manifest(_))) {
            frame.body = Some(Body::Error(casemate_wire::proto::wire::Error {
                code: ErrorCode::ErrorNotAllowed.into(),
                message: "this device does not belong to the account (any more)".into(),
                ..Default::default()
            }));
        }
        vec![frame]
    }));
    world.kill(lost.0);
    world.settle();
    world.tamper = None;
    assert!(!world.client(lost).erased);
    world.say(ana, &chat, "still there");
    world.settle();
    let at_lost = world.chat(lost, ana);
    assert_eq!(world.texts(lost, &at_lost), ["before", "to both", "still there"]);
}

#[test]
fn an_account_restored_elsewhere_wipes_no_linked_device() {
    let Story { mut world, bob, lost, .. } = story(3_104);
    let words = world.ok(bob, "recovery.kit", json!({}))["words"].as_str().unwrap().to_owned();
    world.sync(bob);
    let new = world.device("bob");
    let restore = json!({"server": crate::world::URL, "name": "bob", "words": words});
    world.ok(new, "recovery.restore", restore);
    world.settle_for(120_000);
    assert!(!world.client(lost).erased);
    assert_eq!(world.ok(lost, "account.show", json!({}))["replaced"], true);
    let plans = world.named(lost, "Plans");
    world.messages(lost, &plans);
}

/// The thief copied everything while the device was still good, and hides from his copy that it was removed.
#[test]
fn a_copied_state_reads_writes_and_reaches_nothing_after() {
    let Story { mut world, ana, bob, lost, chat, group } = story(3_105);
    let (stolen, own) = (world.engine(lost).device().unwrap(), world.engine(bob).device().unwrap());
    let tokens: Vec<(Vec<u8>, Vec<u8>)> = world.with_db(lost, |db| {
        let mut rows = db.prepare("SELECT device, token FROM reach").unwrap();
        rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap()
    });
    assert!(tokens.iter().any(|(device, _)| device[..] == own.0), "it could reach its primary");
    let (inbox, read_secret): (Vec<u8>, Vec<u8>) = world.with_db(lost, |db| {
        let setting = |key: &str| -> Vec<u8> {
            db.query_row("SELECT value FROM settings WHERE key = ?1", [key], |row| row.get(0)).unwrap()
        };
        (setting("inbox"), setting("inbox_secret"))
    });
    world.sleep(lost, 86_400_000);
    world.drop_device(bob, lost);
    let thief = world.thief_of(lost);
    world.tamper = Some(Box::new(move |to, frame| match &frame.body {
        Some(Body::Manifest(_)) if to == thief => Vec::new(),
        Some(Body::Error(error)) if to == thief && frame.id == 0 && error.code == 3 => Vec::new(),
        _ => vec![frame],
    }));
    world.settle();
    world.say(ana, &chat, "secret");
    world.say(ana, &group, "secret too");
    world.settle();
    let at_thief = world.ok(thief, "conversation.list", json!({}))["conversations"].clone();
    for one in at_thief.as_array().unwrap() {
        let id = one["conversation"].as_str().unwrap().to_owned();
        assert!(!world.texts(thief, &id).iter().any(|text| text.starts_with("secret")), "{one}");
        let _ = world.call(thief, "message.send", json!({"conversation": id, "text": "from the thief"}));
    }
    world.settle();
    for id in [&chat, &group] {
        assert!(!world.texts(ana, id).contains(&"from the thief".to_owned()));
    }
    // It links, removes and restores nothing; it holds no key for it.
    let device = own.to_hex();
    assert!(world.call(thief, "device.remove", json!({"device": device})).is_err());
    assert!(world.call(thief, "recovery.kit", json!({})).is_err());
    // What it held of the server is gone: its inbox, and what only a device may ask.
    let follow = casemate_wire::proto::wire::FollowInbox {
        inbox: inbox.into(),
        read_secret: read_secret.into(),
        after: 0,
    };
    assert!(matches!(world.ask(Request::FollowInbox(follow)), Body::Error(_)));
    // What it puts into inboxes that it knew is not heard: a Welcome "from a sibling" makes no conversation.
    let before = world.ok(bob, "conversation.list", json!({}));
    for (_, token) in tokens {
        let post = PostInbox {
            inbox_token: token.clone().into(),
            client_id: vec![5; 16].into(),
            payload: vec![0; 4_096].into(),
        };
        world.ask(Request::PostInbox(post));
        // Key packages can still be taken by it; to add somebody with one needs a conversation that it is in.
        world.ask(Request::TakeKeyPackage(TakeKeyPackage { inbox_token: token.into(), suite: 0x004e }));
    }
    world.tamper = None;
    world.settle();
    assert_eq!(world.ok(bob, "conversation.list", json!({})), before);
    let devices = world.ok(bob, "device.list", json!({}));
    assert!(!devices.to_string().contains(&stolen.to_hex()), "{devices}");
}

/// It stays connected for days, and its thief hides from it that it was removed: what it may not do any more it asks about
/// ever more rarely, and makes no keys for nothing.
#[test]
fn a_removed_device_that_does_not_hear_of_it_asks_ever_more_rarely() {
    let Story { mut world, bob, lost, .. } = story(3_108);
    world.tamper = Some(Box::new(move |to, frame| match &frame.body {
        Some(Body::Manifest(_)) if to == lost => Vec::new(),
        Some(Body::Error(error)) if to == lost && frame.id == 0 => {
            assert_eq!(error.code, ErrorCode::ErrorNotAllowed as i32);
            Vec::new()
        }
        _ => vec![frame],
    }));
    world.drop_device(bob, lost);
    let asked: Rc<RefCell<u32>> = Rc::default();
    let counted = asked.clone();
    world.ears = Some(Box::new(move |from, frame| {
        if from == lost && matches!(frame.request, Some(Request::DeviceRequest(_))) {
            *counted.borrow_mut() += 1;
        }
        (Some(frame), Vec::new())
    }));
    world.settle_for(3 * 86_400_000);
    assert!(!world.client(lost).erased && world.client(lost).line.is_some(), "it does not know");
    let asked = *asked.borrow();
    assert!((1..120).contains(&asked), "{asked} requests in three days");
}

#[test]
fn out_of_many_conversations_with_few_lost_commits() {
    let mut world = World::new(3_110);
    let bob = world.person("bob");
    let others: Vec<ClientId> = (0..6).map(|number| world.person(&format!("p{number}x"))).collect();
    for other in &others {
        world.befriend(bob, *other);
    }
    let groups: Vec<String> = (0..12)
        .map(|number| {
            let from = number % others.len();
            let members: Vec<ClientId> = others.iter().cycle().skip(from).take(4).copied().collect();
            world.group(&format!("Group {number}"), bob, &members)
        })
        .collect();
    let lost = world.link(bob);
    world.settle();
    let losers: Rc<RefCell<u32>> = Rc::default();
    let counted = losers.clone();
    world.tamper = Some(Box::new(move |_, frame| {
        if let Some(Body::Error(error)) = &frame.body
            && [ErrorCode::ErrorCommitLost as i32, ErrorCode::ErrorStale as i32].contains(&error.code)
        {
            *counted.borrow_mut() += 1;
        }
        vec![frame]
    }));
    world.faults.delay_ms = 60;
    let before = world.now_ms;
    let reached = world.drop_device(bob, lost);
    assert!(world.now_ms - before < 5_000);
    assert_eq!(reached["open"], 0, "{reached}");
    assert_eq!(reached["conversations"].as_array().unwrap().len(), groups.len() + others.len() + 1);
    world.settle_for(120_000);
    world.tamper = None;
    assert!(*losers.borrow() <= 3, "{} commits were lost", losers.borrow());
    for (number, group) in groups.iter().enumerate() {
        assert_eq!(world.shown(bob, group)["information"]["devices"], 5, "group {number}");
    }
    assert!(world.client(lost).erased);
}

/// Commits of hundreds of conversations take seconds to make. They leave a few at a time, in nobody's way.
#[test]
fn the_first_commits_leave_before_all_are_made_and_others_wait_for_them() {
    let mut world = World::new(3_109);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    // Ana made them: her device might think that it is its turn.
    let groups: Vec<String> =
        (0..30).map(|number| world.group(&format!("Group {number}"), ana, &[bob])).collect();
    let lost = world.link(bob);
    world.settle();
    let device = world.engine(lost).device().unwrap().to_hex();
    let commits: Rc<RefCell<Vec<ClientId>>> = Rc::default();
    let seen = commits.clone();
    world.ears = Some(Box::new(move |from, frame| {
        if matches!(&frame.request, Some(Request::Append(append)) if append.commit.is_some()) {
            seen.borrow_mut().push(from);
        }
        (Some(frame), Vec::new())
    }));
    let number = world.begin(bob, "device.remove", json!({"device": device}));
    let at_once = world.client(bob).up.len();
    assert!((2..20).contains(&at_once), "{at_once} requests after the first step");
    let reached = world.answer(bob, number).unwrap();
    assert_eq!(reached["reached"]["open"], 0, "{reached}");
    world.settle();
    assert_eq!(commits.borrow().len(), 32, "each once: groups, the chat, own devices");
    assert!(commits.borrow().iter().all(|from| *from == bob));
    for group in &groups {
        assert_eq!(world.shown(ana, group)["information"]["devices"], 2);
    }
}

#[test]
fn one_committer_each_and_no_storm_on_a_slow_network() {
    let removed = crate::removal::measure(3_107, 10, 6, 400);
    assert_eq!(removed.conversations, 10 + 5 + 1);
    assert!(removed.in_vain <= 3, "{removed:?}");
    assert!(removed.commits <= removed.conversations + 3, "{removed:?}");
    assert!(removed.by_the_primary >= removed.conversations - 3, "{removed:?}");
    assert!(removed.closed_ms < 10_000, "{removed:?}");
}
