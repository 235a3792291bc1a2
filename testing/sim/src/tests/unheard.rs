//! Devices of which nothing is heard for twelve weeks: their leaves go, everybody reads so, and they come back by asking.

use casemate_server::store::Store as _;
use casemate_wire::ids::DeviceId;
use casemate_wire::proto::wire::client_frame::Request;
use serde_json::json;

use crate::{ClientId, World};

const DAY_MS: i64 = 86_400_000;

/// Time passes; the server deletes what is older than sixty days.
fn weeks_pass(world: &mut World, weeks: i64) {
    for _ in 0..weeks {
        for _ in 0..7 {
            world.settle_for(DAY_MS);
        }
        let (before, now) = (world.now_ms - 60 * DAY_MS, world.now_ms);
        world.server.delivery.store().expire(before, now).unwrap();
    }
}

fn device_of(world: &mut World, id: ClientId) -> DeviceId {
    world.with_db(id, |db| {
        let key = "SELECT lower(hex(value)) FROM settings WHERE key = 'device'";
        let hex: String = db.query_row(key, [], |row| row.get(0)).expect("a device's id");
        DeviceId::from_hex(&hex).expect("an id")
    })
}

/// In how many conversations that are in use one device has a leaf of another one.
fn leaves(world: &mut World, id: ClientId, device: DeviceId) -> i64 {
    world.with_db(id, |db| {
        let sql =
            "SELECT count(*) FROM leaves JOIN threads ON threads.active_log = leaves.log WHERE device = ?1";
        db.query_row(sql, [&device.0[..]], |row| row.get(0)).unwrap()
    })
}

fn says(world: &mut World, id: ClientId, conversation: &str, part: &str) -> usize {
    world.notices(id, conversation).iter().filter(|line| line.contains(part)).count()
}

const SILENT: &str = "nothing was heard of it for twelve weeks";

#[test]
fn linked_device_of_which_nothing_is_heard_is_taken_out_and_comes_back_when_it_asks() {
    let mut world = World::new(9_300);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    // Bob is the admin: not he, but Ana's primary takes her other device out.
    world.group("Plans", bob, &[ana]);
    let ana2 = world.link(ana);
    world.settle();
    let (at_ana, at_bob, at_ana2) =
        (world.named(ana, "Plans"), world.named(bob, "Plans"), world.named(ana2, "Plans"));
    let (chat_ana, chat_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    let (device, own) = (device_of(&mut world, ana2), device_of(&mut world, ana));
    // The group, the chat and the own devices' conversation.
    assert_eq!((leaves(&mut world, ana, device), leaves(&mut world, bob, device)), (3, 2));

    world.sleep(ana2, 200 * DAY_MS);
    weeks_pass(&mut world, 11);
    assert_eq!(leaves(&mut world, ana, device), 3, "that is too early");
    assert_eq!(says(&mut world, bob, &at_bob, SILENT), 0);
    weeks_pass(&mut world, 2);
    assert_eq!((leaves(&mut world, ana, device), leaves(&mut world, bob, device)), (0, 0));
    assert_eq!(leaves(&mut world, bob, own), 2, "the one that is in use stays");
    for (who, conversation) in [(ana, &at_ana), (ana, &chat_ana), (bob, &at_bob), (bob, &chat_bob)] {
        assert_eq!(says(&mut world, who, conversation, SILENT), 1, "{conversation}");
    }
    assert_eq!(says(&mut world, bob, &at_bob, "A device of"), 1);
    assert_eq!(says(&mut world, ana, &at_ana, "A device of yours"), 1);
    assert_eq!(world.members(bob, &at_bob).len(), 2);
    world.say(bob, &at_bob, "said meanwhile");
    weeks_pass(&mut world, 1);

    world.wake(ana2);
    world.settle_for(600_000);
    assert_eq!((leaves(&mut world, ana, device), leaves(&mut world, bob, device)), (3, 2));
    world.say(bob, &at_bob, "welcome back");
    world.say(bob, &chat_bob, "here too");
    world.settle();
    world.say(ana2, &at_ana2, "thanks");
    world.settle();
    assert_eq!(world.texts(ana2, &at_ana2), ["welcome back", "thanks"]);
    assert_eq!(world.texts(bob, &at_bob), ["said meanwhile", "welcome back", "thanks"]);
    let chat_ana2 = world.chat(ana2, bob);
    assert_eq!(world.texts(ana2, &chat_ana2), ["here too"]);
    // It is in use again, and stays.
    weeks_pass(&mut world, 14);
    assert_eq!((leaves(&mut world, ana, device), leaves(&mut world, bob, device)), (3, 2));
    assert_eq!(says(&mut world, bob, &at_bob, SILENT), 1);
}

#[test]
fn silent_primary_is_taken_out_by_an_admin_and_who_has_no_other_device_stays() {
    let mut world = World::new(9_301);
    let (ana, bob, cleo) = (world.person("ana"), world.person("bob"), world.person("cleo"));
    world.befriend(ana, bob);
    world.befriend(bob, cleo);
    world.group("Plans", bob, &[ana, cleo]);
    let ana2 = world.link(ana);
    world.settle();
    let (at_bob, at_ana) = (world.named(bob, "Plans"), world.named(ana, "Plans"));
    let (primary, only) = (device_of(&mut world, ana), device_of(&mut world, cleo));
    let silent = |world: &mut World| {
        let checked = world.ok(bob, "guard.checkup", json!({}));
        checked["findings"].as_array().unwrap().iter().filter(|one| one["id"] == "members_silent").count()
    };
    for id in [ana, cleo] {
        world.sleep(id, 200 * DAY_MS);
    }
    weeks_pass(&mut world, 11);
    assert_eq!(silent(&mut world), 0);
    weeks_pass(&mut world, 2);
    // No sibling puts a primary out, and nobody a device in a chat of two.
    assert_eq!(leaves(&mut world, bob, primary), 2, "the primary of her account has a week to do it");
    weeks_pass(&mut world, 1);
    assert_eq!(leaves(&mut world, bob, primary), 1);
    assert_eq!(leaves(&mut world, ana2, primary), 2);
    assert_eq!(says(&mut world, bob, &at_bob, SILENT), 1);
    assert_eq!(leaves(&mut world, bob, only), 2);
    assert_eq!(world.members(bob, &at_bob).len(), 3, "nobody loses their place by being away");
    assert_eq!(silent(&mut world), 1);
    for id in [ana, cleo] {
        world.wake(id);
    }
    world.settle_for(600_000);
    assert_eq!(leaves(&mut world, bob, primary), 2);
    world.say(ana, &at_ana, "here again");
    world.settle();
    assert_eq!(world.texts(bob, &at_bob), ["here again"]);
    assert_eq!(silent(&mut world), 0);
}

/// Ana's primary takes out a device of hers that is in use, as if its entries had been kept from the primary. The lines that the device has then.
fn taken_out_in_use(seed: u64, reads_on: bool) -> Vec<String> {
    let mut world = World::new(seed);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    world.group("Plans", bob, &[ana]);
    let ana2 = world.link(ana);
    world.settle();
    let (at_bob, at_ana2) = (world.named(bob, "Plans"), world.named(ana2, "Plans"));
    world.say(ana2, &at_ana2, "here");
    world.settle_for(DAY_MS);
    let (device, log) = (device_of(&mut world, ana2), world.log_of(ana, &at_bob));
    if reads_on {
        // The server reads that nobody's reader goes.
        world.ears = Some(Box::new(move |id, mut frame| {
            if let Some(Request::Append(append)) = frame.request.as_mut().filter(|_| id == ana)
                && let Some(commit) = &mut append.commit
            {
                commit.keep_readers.clear();
            }
            (Some(frame), Vec::new())
        }));
    }
    world.with_db(ana, |db| {
        let sql = "UPDATE leaves SET heard_ms = 1 WHERE log = ?1 AND device = ?2";
        db.execute(sql, [&log.0[..], &device.0[..]]).unwrap()
    });
    world.settle_for(3 * 3_600_000);
    assert_eq!(says(&mut world, bob, &at_bob, "though something was heard of it lately"), 1);
    assert_eq!(leaves(&mut world, bob, device), 2);
    world.say(bob, &at_bob, "you are here still");
    world.settle();
    world.say(ana2, &at_ana2, "yes");
    world.settle();
    assert_eq!(world.texts(bob, &at_bob), ["here", "you are here still", "yes"]);
    assert_eq!(world.texts(ana2, &at_ana2), ["here", "you are here still", "yes"]);
    // She was there all the time.
    assert_eq!(says(&mut world, bob, &at_bob, "You added"), 1);
    world.notices(ana2, &at_ana2)
}

#[test]
fn device_that_is_taken_out_while_it_is_in_use_asks_and_others_read_that_it_was_heard() {
    let lines = taken_out_in_use(9_302, false);
    assert!(lines.iter().any(|line| line.starts_with("This device can read no further here.")), "{lines:?}");
}

#[test]
fn device_that_reads_that_it_was_taken_out_asks_and_says_so() {
    let lines = taken_out_in_use(9_304, true);
    assert_eq!(lines.iter().filter(|line| line.starts_with("This device was taken out here,")).count(), 1);
    assert!(!lines.iter().any(|line| line.contains("added you")), "{lines:?}");
}

#[test]
fn clock_that_jumps_by_years_takes_no_device_out() {
    let mut world = World::new(9_303);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    world.group("Plans", ana, &[bob]);
    let ana2 = world.link(ana);
    world.settle();
    let device = device_of(&mut world, ana2);
    assert_eq!(leaves(&mut world, bob, device), 2);
    world.client(ana).clock_skew_ms = 3 * 365 * DAY_MS;
    for _ in 0..4 {
        world.cut(ana.0);
        world.settle_for(DAY_MS);
    }
    assert_eq!(leaves(&mut world, bob, device), 2);
    // And nothing comes of it where the clock is right again.
    world.client(ana).clock_skew_ms = 0;
    world.cut(ana.0);
    weeks_pass(&mut world, 1);
    assert_eq!(leaves(&mut world, bob, device), 2);
    // Nor where it was behind while something was heard.
    world.client(ana).clock_skew_ms = -365 * DAY_MS;
    for _ in 0..3 {
        world.cut(ana.0);
        let at_ana2 = world.named(ana2, "Plans");
        world.say(ana2, &at_ana2, "here");
        world.settle_for(DAY_MS);
    }
    world.client(ana).clock_skew_ms = 0;
    world.cut(ana.0);
    weeks_pass(&mut world, 1);
    assert_eq!(leaves(&mut world, bob, device), 2);
}
