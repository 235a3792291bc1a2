//! The time: a device's own, which the server's word corrects by ten minutes at most.

use casemate_api::Event;
use casemate_wire::proto::wire::server_frame::Body;
use serde_json::json;

use super::pair;
use crate::{ClientId, World};

const MINUTE_MS: i64 = 60_000;
const YEARS_MS: i64 = 5 * 365 * 24 * 60 * MINUTE_MS;

/// The server tells one client another time from now on, and greets it.
fn greets_with(world: &mut World, victim: ClientId, ahead_ms: i64) {
    world.tamper = Some(Box::new(move |to, mut frame| {
        if let Some(Body::Hello(hello)) = frame.body.as_mut().filter(|_| to == victim) {
            hello.now_ms += ahead_ms;
        }
        vec![frame]
    }));
    world.cut(victim.0);
    world.settle_for(10_000);
}

fn told(world: &mut World, who: ClientId) -> Vec<i64> {
    let events = world.client(who).events.iter();
    let told = events.filter_map(|event| match event {
        Event::ClockApart { by_ms, .. } => Some((*by_ms + MINUTE_MS / 2).div_euclid(MINUTE_MS)),
        _ => None,
    });
    told.collect()
}

fn with_timer(world: &mut World, ana: ClientId, chat: &str, seconds: u32) {
    world.ok(ana, "conversation.set", json!({"conversation": chat, "disappearing_seconds": seconds}));
    world.settle();
}

#[test]
fn server_whose_clock_is_ahead_sends_nothing_planned_early_and_removes_nothing() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(3_600);
    with_timer(&mut world, ana, &at_ana, 3_600);
    world.say(ana, &at_ana, "for an hour");
    let at = written(world.now_ms + 3 * 60 * MINUTE_MS);
    world.ok(bob, "message.send", json!({"conversation": at_bob, "text": "later", "at": at}));
    world.settle();
    greets_with(&mut world, bob, YEARS_MS);
    world.settle_for(10 * MINUTE_MS);
    assert_eq!(world.texts(ana, &at_ana), ["for an hour"]);
    let texts = world.texts(bob, &at_bob);
    assert!(texts.contains(&"for an hour".to_owned()), "{texts:?}");
    assert_eq!(told(&mut world, bob), [-YEARS_MS / MINUTE_MS]);
    // By its own clock, which is corrected by ten minutes.
    world.settle_for(50 * MINUTE_MS);
    assert!(!world.texts(bob, &at_bob).contains(&"for an hour".to_owned()));
    world.settle_for(125 * MINUTE_MS);
    assert_eq!(world.texts(ana, &at_ana), ["later"]);
    // Once, however often it greets; and again where it had been right meanwhile.
    world.cut(bob.0);
    world.settle_for(MINUTE_MS);
    assert_eq!(told(&mut world, bob).len(), 1);
    world.tamper = None;
    world.cut(bob.0);
    world.settle_for(MINUTE_MS);
    greets_with(&mut world, bob, 11 * MINUTE_MS);
    assert_eq!(told(&mut world, bob), [-YEARS_MS / MINUTE_MS, -11]);
}

#[test]
fn server_whose_clock_is_behind_keeps_nothing_that_disappears() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(3_601);
    with_timer(&mut world, ana, &at_ana, 3_600);
    greets_with(&mut world, bob, -YEARS_MS);
    world.say(ana, &at_ana, "for an hour");
    world.settle();
    assert_eq!(world.texts(bob, &at_bob), ["for an hour"]);
    assert_eq!(told(&mut world, bob), [YEARS_MS / MINUTE_MS]);
    world.settle_for(75 * MINUTE_MS);
    assert_eq!(world.texts(bob, &at_bob), Vec::<String>::new());
    world.settle_for(26 * 60 * MINUTE_MS);
    assert_eq!(kept(&mut world, bob), 0);
}

/// Messages with a timer in the device's database, after a restart.
fn kept(world: &mut World, who: ClientId) -> i64 {
    let sql = "SELECT count(*) FROM messages WHERE gone_after_ms IS NOT NULL";
    world.with_db(who, |db| db.query_row(sql, [], |row| row.get(0)).unwrap())
}

#[test]
fn clock_ahead_at_start_hides_what_disappears_and_deletes_nothing() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(3_606);
    with_timer(&mut world, ana, &at_ana, 3_600);
    world.say(ana, &at_ana, "for an hour");
    let other = world.say(ana, &at_ana, "taken back");
    world.settle();
    let listed = ["for an hour", "taken back"];
    assert_eq!(world.texts(bob, &at_bob), listed);
    let listed = world.messages(bob, &at_bob);
    let message = listed.iter().find(|message| message["text"] == "for an hour").unwrap()["message"].clone();
    world.client(bob).clock_skew_ms = YEARS_MS;
    assert_eq!(kept(&mut world, bob), 2);
    for _ in 0..2 {
        assert_eq!(world.texts(bob, &at_bob), Vec::<String>::new());
        let found = world.call(bob, "message.search", json!({"text": "hour"})).unwrap();
        assert_eq!(found["messages"], json!([]));
        assert!(world.call(bob, "message.info", json!({"message": message})).is_err());
        // Greeted by a server that has another time.
        world.settle();
    }
    assert_eq!(told(&mut world, bob), [YEARS_MS / MINUTE_MS]);
    world.ok(ana, "message.delete", json!({"message": other, "for": "everyone"}));
    world.settle();
    world.client(bob).clock_skew_ms = 0;
    assert_eq!(kept(&mut world, bob), 2);
    world.settle();
    assert_eq!(world.texts(bob, &at_bob)[0], "for an hour");
    assert!(!world.texts(bob, &at_bob).contains(&"taken back".to_owned()));
    world.settle_for(61 * MINUTE_MS);
    assert_eq!(kept(&mut world, bob), 0);
}

#[test]
fn timer_of_what_came_under_a_wrong_clock_begins_when_the_clock_is_right() {
    for (seed, skew_ms) in [(3_608, YEARS_MS), (3_609, -YEARS_MS)] {
        let (mut world, ana, bob, at_ana, at_bob) = pair(seed);
        with_timer(&mut world, ana, &at_ana, 3_600);
        world.client(bob).clock_skew_ms = skew_ms;
        assert_eq!(kept(&mut world, bob), 0);
        world.settle();
        world.say(ana, &at_ana, "for an hour");
        world.settle();
        assert_eq!(world.texts(bob, &at_bob), ["for an hour"]);
        world.client(bob).clock_skew_ms = 0;
        assert_eq!(kept(&mut world, bob), 1);
        world.settle();
        assert_eq!(world.texts(bob, &at_bob), ["for an hour"]);
        world.settle_for(61 * MINUTE_MS);
        assert_eq!(kept(&mut world, bob), 0);
    }
}

#[test]
fn clock_that_jumps_ahead_without_a_server_deletes_nothing_for_a_day() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(3_607);
    with_timer(&mut world, ana, &at_ana, 3_600);
    world.say(ana, &at_ana, "for an hour");
    world.settle();
    world.sleep(bob, 60 * MINUTE_MS);
    world.client(bob).clock_skew_ms = YEARS_MS;
    world.settle();
    assert_eq!(world.texts(bob, &at_bob), Vec::<String>::new());
    world.client(bob).clock_skew_ms = 0;
    world.wake(bob);
    world.settle();
    assert_eq!(world.texts(bob, &at_bob), ["for an hour"]);
    world.sleep(bob, 30 * 60 * MINUTE_MS);
    world.client(bob).clock_skew_ms = YEARS_MS;
    world.settle_for(25 * 60 * MINUTE_MS);
    assert_eq!(kept(&mut world, bob), 0);
}

#[test]
fn time_of_an_entry_neither_ends_a_timer_at_once_nor_puts_it_off() {
    for (seed, at_ms) in [(3_602, 0), (3_603, i64::MAX), (3_604, i64::MIN)] {
        let (mut world, ana, bob, at_ana, at_bob) = pair(seed);
        with_timer(&mut world, ana, &at_ana, 3_600);
        world.tamper = Some(Box::new(move |to, mut frame| {
            if let Some(Body::LogEntries(page)) = frame.body.as_mut().filter(|_| to == bob || to == ana) {
                page.entries.iter_mut().for_each(|entry| entry.at_ms = at_ms);
            }
            vec![frame]
        }));
        world.say(ana, &at_ana, "for an hour");
        world.settle_for(30 * MINUTE_MS);
        for (who, chat) in [(ana, &at_ana), (bob, &at_bob)] {
            assert_eq!(world.texts(who, chat), ["for an hour"], "{at_ms}");
        }
        world.settle_for(31 * MINUTE_MS);
        for (who, chat) in [(ana, &at_ana), (bob, &at_bob)] {
            assert_eq!(world.texts(who, chat), Vec::<String>::new(), "{at_ms}");
        }
    }
}

#[test]
fn clock_that_is_some_minutes_wrong_is_corrected_and_nothing_is_said() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(3_605);
    world.client(bob).clock_skew_ms = 9 * MINUTE_MS;
    world.cut(bob.0);
    world.settle();
    let at = written(world.now_ms + 20 * MINUTE_MS);
    world.ok(bob, "message.send", json!({"conversation": at_bob, "text": "later", "at": at}));
    world.settle_for(19 * MINUTE_MS);
    assert_eq!(world.texts(ana, &at_ana), Vec::<String>::new());
    world.settle_for(2 * MINUTE_MS);
    assert_eq!(world.texts(ana, &at_ana), ["later"]);
    assert_eq!(told(&mut world, bob), Vec::<i64>::new());
}

/// RFC 3339.
fn written(at_ms: i64) -> String {
    let (days, ms) = (at_ms.div_euclid(86_400_000), at_ms.rem_euclid(86_400_000));
    // The stories are played in November 2026: day 20,758 of Unix time is its first.
    let day = days - 20_757;
    assert!((1..=30).contains(&day));
    format!("2026-11-{day:02}T{:02}:{:02}:{:02}Z", ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60)
}

/// When a device's keys in a chat are due to be replaced, and since when it has them.
fn keys_of(world: &mut World, who: ClientId) -> (Option<i64>, i64) {
    world.with_db(who, |db| {
        let number = |query: &str| db.query_row(query, [], |row| row.get(0)).expect("a row");
        let made =
            "SELECT max(refreshed_ms) FROM logs JOIN threads ON active_log = log WHERE pair IS NOT NULL";
        let made = db.query_row(made, [], |row| row.get(0)).expect("a chat");
        (number("SELECT max(due_ms) FROM intents"), made)
    })
}

#[test]
fn device_whose_clock_was_ahead_takes_new_keys_when_it_is_right_again() {
    let (mut world, ana, ..) = pair(3_614);
    world.client(ana).clock_skew_ms = YEARS_MS;
    world.kill(ana.0);
    world.settle_for(5_000);
    let (due, _) = keys_of(&mut world, ana);
    assert!(due.is_some_and(|due| due > world.now_ms + YEARS_MS / 2), "it plans by the wrong clock: {due:?}");
    world.client(ana).clock_skew_ms = 0;
    world.kill(ana.0);
    world.settle_for(2 * 60 * MINUTE_MS);
    let (due, made) = keys_of(&mut world, ana);
    let since = world.now_ms - made;
    assert!(due.is_none() && (0..2 * 60 * MINUTE_MS).contains(&since), "{due:?}, {since} ms ago");
}
