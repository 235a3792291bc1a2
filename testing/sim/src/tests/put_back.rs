//! A home that is put back to a copy, by a snapshot or a backup program, and a copy that goes on beside it: MLS has them use the same
//! keys twice. Nothing that was sent so is called delivered, and nothing of it is lost.

use casemate_content::proto as content;
use casemate_content::proto::content::Kind;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{AckInbox, AckLog};
use serde_json::json;

use super::pair;
use crate::{ClientId, World};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

const PUT_BACK: &str = "This device was put back to an earlier state";
const TAKEN: &str = "Something was taken out of this device's inbox";
const IN_OUR_NAME: &str = "Something here was sent in the name of this device";

fn says(world: &mut World, who: ClientId, id: &str, texts: [&str; 3]) {
    for text in texts {
        world.say(who, id, text);
    }
    world.settle();
}

/// How often each of these stands there, and how their author reads it.
fn count(world: &mut World, who: ClientId, id: &str, texts: &[&str]) -> Vec<usize> {
    let all = world.texts(who, id);
    texts.iter().map(|text| all.iter().filter(|seen| seen == text).count()).collect()
}

fn states(world: &mut World, who: ClientId, id: &str, texts: &[&str]) -> Vec<String> {
    let all = world.messages(who, id);
    let state = |text: &&str| {
        let one = all.iter().find(|one| one["text"] == **text).unwrap_or_else(|| panic!("no {text}"));
        one["state"].as_str().unwrap().to_owned()
    };
    texts.iter().map(state).collect()
}

fn told(world: &mut World, who: ClientId, id: &str, line: &str) -> usize {
    world.notices(who, id).iter().filter(|notice| notice.starts_with(line)).count()
}

fn epoch(world: &mut World, who: ClientId, id: &str) -> u64 {
    world.copy_of(who, id).group.epoch()
}

fn text(text: &str) -> Kind {
    Kind::Text(content::Text { text: text.into(), ..content::Text::default() })
}

#[test]
fn home_that_was_put_back_loses_no_message_and_calls_none_delivered_that_is_not_there() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(8_700);
    says(&mut world, ana, &at_ana, ["one", "two", "three"]);
    let copy = world.copy_home(ana);
    world.settle();
    world.sleep(bob, DAY_MS);
    says(&mut world, ana, &at_ana, ["four", "five", "six"]);
    world.put_home_back(ana, copy);
    says(&mut world, ana, &at_ana, ["seven", "eight", "nine"]);
    world.settle_for(60_000);
    let later = ["seven", "eight", "nine"];
    assert_eq!(states(&mut world, ana, &at_ana, &later), ["sent"; 3]);
    assert_eq!(told(&mut world, ana, &at_ana, PUT_BACK), 1, "once, and in words");
    world.wake(bob);
    world.settle_for(60_000);
    let all = ["four", "five", "six", "seven", "eight", "nine"];
    assert_eq!(count(&mut world, bob, &at_bob, &all), [1; 6], "{:?}", world.notices(bob, &at_bob));
    assert_eq!(states(&mut world, ana, &at_ana, &later), ["delivered"; 3]);
    let lines = world.notices(bob, &at_bob);
    assert!(
        !lines.iter().any(|line| line.contains("withheld") || line.contains("could not be read")),
        "{lines:?}"
    );
}

/// The copy writes first under the keys that the device has next. It is a changed client, and marks nothing.
#[test]
fn message_in_whose_place_a_copy_wrote_arrives_and_its_author_is_told() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(8_701);
    says(&mut world, ana, &at_ana, ["one", "two", "three"]);
    let mut copy = world.copy_of(ana, &at_ana);
    world.settle();
    world.sleep(ana, HOUR_MS);
    let before = copy.group.epoch();
    for number in 0..3 {
        world.insider_says(&mut copy, vec![number; 16], text("in Ana's name"));
    }
    // Written before she reads on: with the keys that the copy used.
    world.say(ana, &at_ana, "mine");
    world.wake(ana);
    world.settle_for(HOUR_MS);
    assert_eq!(count(&mut world, bob, &at_bob, &["mine"]), [1]);
    assert_eq!(states(&mut world, ana, &at_ana, &["mine"]), ["delivered"]);
    assert_eq!(told(&mut world, ana, &at_ana, IN_OUR_NAME), 1);
    assert!(epoch(&mut world, ana, &at_ana) > before, "the copy is shut out");
}

/// The server repeats what Ana herself sent: that is no sign of a copy.
#[test]
fn own_entry_that_is_repeated_takes_no_new_keys_and_says_nothing_of_a_copy() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(8_702);
    says(&mut world, ana, &at_ana, ["one", "two", "three"]);
    let log = world.log_of(ana, &at_ana);
    let before = epoch(&mut world, ana, &at_ana);
    let own = world.entries(log).last().unwrap().payload.clone();
    world.tamper = Some(Box::new(move |client, mut frame| {
        if client == ana
            && let Some(Body::LogEntries(page)) = &mut frame.body
            && page.log[..] == log.0
        {
            page.entries.iter_mut().for_each(|entry| entry.payload = own.clone());
        }
        vec![frame]
    }));
    for text in ["four", "five", "six"] {
        world.say(bob, &at_bob, text);
        world.settle();
    }
    world.tamper = None;
    world.settle_for(60_000);
    assert_eq!(told(&mut world, ana, &at_ana, PUT_BACK), 0);
    assert_eq!(told(&mut world, ana, &at_ana, IN_OUR_NAME), 0);
    assert_eq!(epoch(&mut world, ana, &at_ana), before);
}

/// How often the person of a device reads that somebody emptied its inbox.
fn told_of_inbox(world: &mut World, who: ClientId) -> usize {
    let list = world.ok(who, "conversation.list", json!({}))["conversations"].clone();
    // Until something is said there it is in no list.
    let own = list.as_array().unwrap().iter().find(|one| one["kind"] == "own");
    let Some(own) = own.map(|own| own["conversation"].as_str().unwrap().to_owned()) else { return 0 };
    told(world, who, &own, TAKEN)
}

fn is_offered(world: &mut World, from: ClientId, to: ClientId, name: &str) -> bool {
    let address = world.address(to);
    world.ok(from, "conversation.create", json!({"members": [address], "name": name}));
    world.settle();
    let asked = world.ok(to, "conversation.requests", json!({}));
    asked["requests"].as_array().unwrap().iter().any(|one| one["name"] == name)
}

#[test]
fn home_that_was_put_back_by_a_week_reads_its_inbox_again_and_its_person_is_told() {
    let (mut world, ana, bob, _, _) = pair(8_703);
    let copy = world.copy_home(bob);
    world.settle_for(7 * DAY_MS);
    assert!(is_offered(&mut world, ana, bob, "Plans"));
    assert_eq!(told_of_inbox(&mut world, bob), 0);
    world.put_home_back(bob, copy);
    world.settle();
    assert_eq!(told_of_inbox(&mut world, bob), 1);
    assert!(is_offered(&mut world, ana, bob, "Later"));
    world.kill(bob.0);
    world.settle_for(DAY_MS);
    assert_eq!(told_of_inbox(&mut world, bob), 1, "once");
}

#[test]
fn inbox_that_a_copy_emptied_in_the_devices_place_is_said() {
    let (mut world, ana, bob, _, _) = pair(8_704);
    let (inbox, read_secret) = (setting(&mut world, bob, "inbox"), setting(&mut world, bob, "inbox_secret"));
    world.settle();
    world.sleep(bob, DAY_MS);
    let address = world.address(bob);
    world.ok(ana, "conversation.create", json!({"members": [address], "name": "Plans"}));
    world.settle();
    let up_to = u64::MAX;
    let ack = AckInbox { inbox: inbox.into(), read_secret: read_secret.into(), up_to };
    assert!(!matches!(world.ask(Request::AckInbox(ack)), Body::Error(_)), "its secret is all that it takes");
    world.wake(bob);
    world.settle();
    assert_eq!(told_of_inbox(&mut world, bob), 1);
    assert!(is_offered(&mut world, ana, bob, "Later"));
    assert_eq!(told_of_inbox(&mut world, bob), 1);
}

#[test]
fn inbox_of_a_device_that_was_away_until_the_server_dropped_items_says_nothing_of_a_copy() {
    let (mut world, ana, bob, _, _) = pair(8_705);
    world.sleep(bob, 80 * DAY_MS);
    let address = world.address(bob);
    world.ok(ana, "conversation.create", json!({"members": [address], "name": "Plans"}));
    world.settle_for(70 * DAY_MS);
    let now = world.now_ms;
    world.server.housekeeping(now).unwrap();
    world.wake(bob);
    world.settle();
    assert_eq!(told_of_inbox(&mut world, bob), 0);
    assert!(is_offered(&mut world, ana, bob, "Later"));
}

fn setting(world: &mut World, who: ClientId, key: &str) -> Vec<u8> {
    world.with_db(who, |db| {
        db.query_row("SELECT value FROM settings WHERE key = ?1", [key], |row| row.get(0)).unwrap()
    })
}

/// Everybody's word that they have read it makes the server serve it no more. Whose word it is the server cannot know.
#[test]
fn entries_that_a_copy_acknowledged_in_the_devices_place_are_said_to_be_missing() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(8_706);
    says(&mut world, ana, &at_ana, ["one", "two", "three"]);
    let log = world.log_of(bob, &at_bob);
    let reader: Vec<u8> = world.with_db(bob, |db| {
        db.query_row("SELECT reader FROM logs WHERE log = ?1", [&log.0[..]], |row| row.get(0)).unwrap()
    });
    world.settle();
    world.sleep(bob, DAY_MS);
    says(&mut world, ana, &at_ana, ["four", "five", "six"]);
    let up_to = world.entries(log).len() as u64;
    let ack = AckLog { log: log.into(), reader_secret: reader.into(), up_to };
    assert!(!matches!(world.ask(Request::AckLog(ack)), Body::Error(_)), "its secret is all that it takes");
    world.wake(bob);
    world.settle_for(HOUR_MS);
    assert_eq!(told(&mut world, bob, &at_bob, "You were away for longer than the server keeps messages"), 1);
    says(&mut world, ana, &at_ana, ["seven", "eight", "nine"]);
    assert_eq!(count(&mut world, bob, &at_bob, &["five", "seven", "nine"]), [0, 1, 1]);
}
