//! What a restore says of itself: what came back, from when, and what is missing.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use casemate_wire::proto::wire::DeviceRequestBody;
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::device_request_body::Request as DeviceBody;
use casemate_wire::proto::wire::server_frame::Body;
use prost::Message as _;
use serde_json::{Value, json};

use crate::world::URL;
use crate::{ClientId, World};

const DAY_MS: i64 = 24 * 3_600_000;

/// Ana, with Bob and Dora as contacts; her words.
fn story(seed: u64) -> (World, ClientId, ClientId, String) {
    let mut world = World::new(seed);
    let [ana, bob, dora] = ["ana", "bob", "dora"].map(|name| world.person(name));
    world.befriend(ana, bob);
    world.befriend(dora, ana);
    world.settle();
    let words = world.words(ana);
    (world, ana, bob, words)
}

/// Hears every recovery box that a device puts on the server.
fn hear_boxes(world: &mut World, of: ClientId) -> Rc<RefCell<Vec<Bytes>>> {
    let heard = Rc::new(RefCell::new(Vec::new()));
    let boxes = heard.clone();
    world.ears = Some(Box::new(move |from, frame| {
        if let Some(Request::DeviceRequest(request)) = &frame.request
            && from == of
            && let Ok(body) = DeviceRequestBody::decode(&request.body[..])
            && let Some(DeviceBody::PutRecoveryBox(put)) = body.request
        {
            boxes.borrow_mut().push(put.sealed_box);
        }
        (Some(frame), Vec::new())
    }));
    heard
}

/// The server answers a restore with another box, or none.
fn give_box(world: &mut World, given: Bytes) {
    world.tamper = Some(Box::new(move |_, mut frame| {
        if let Some(Body::Recovery(answer)) = &mut frame.body {
            answer.sealed_box = given.clone();
        }
        vec![frame]
    }));
}

fn restore(world: &mut World, words: &str) -> (ClientId, Value) {
    let new = world.device("ana");
    let answer = world.ok(new, "recovery.restore", json!({"server": URL, "name": "ana", "words": words}));
    (new, answer["found"].clone())
}

/// Codes of the lines in the conversation of own devices.
fn lines(world: &mut World, id: ClientId) -> Vec<String> {
    let list = world.ok(id, "conversation.list", json!({}))["conversations"].clone();
    let own = list.as_array().and_then(|all| all.iter().find(|one| one["kind"] == "own")).expect("one");
    let own = own["conversation"].as_str().expect("its id").to_owned();
    let lines = world.messages(id, &own).into_iter();
    lines.filter_map(|line| line["said"]["code"].as_str().map(str::to_owned)).collect()
}

#[test]
fn a_restore_says_what_came_back_and_from_when_until_the_new_words_are_written_down() {
    let (mut world, ana, _, words) = story(7_300);
    world.ok(ana, "contact.block", json!({"who": "dora@sim.example"}));
    world.settle_for(60_000);
    world.sleep(ana, i64::MAX / 4);
    let (new, found) = restore(&mut world, &words);
    assert_eq!(
        (&found["found"], &found["blocked"], &found["missing"]),
        (&json!("box"), &json!(1), &json!([]))
    );
    assert!(found["made_at"].as_str().is_some_and(|at| at.contains('T')), "{found}");
    assert_eq!(world.ok(new, "account.show", json!({}))["restored"], found);
    let said = lines(&mut world, new);
    assert!(said.contains(&"restored-box".to_owned()));
    assert!(said.contains(&"restored-words".to_owned()), "the old paper is void: {said:?}");
    assert_eq!(world.ok(new, "account.show", json!({}))["kit"]["due"], true);
    world.ok(new, "recovery.written", json!({}));
    assert_eq!(world.ok(new, "account.show", json!({}))["restored"], Value::Null);
}

/// The server leaves it away: strict mode and blocks are gone, and that is said.
#[test]
fn a_restore_without_its_recovery_box_says_what_is_missing() {
    let (mut world, ana, _, words) = story(7_301);
    world.ok(ana, "settings.set", json!({"strict": true}));
    world.settle_for(60_000);
    world.sleep(ana, i64::MAX / 4);
    give_box(&mut world, Bytes::new());
    let (new, found) = restore(&mut world, &words);
    let everything = json!(["contacts", "conversations", "blocked", "settings"]);
    assert_eq!((&found["found"], &found["missing"]), (&json!("none"), &everything));
    assert_eq!(lines(&mut world, new), ["restored-box-none", "restored-words"]);
    let renewed = world.words(new);
    world.settle_for(60_000);
    give_box(&mut world, Bytes::from(vec![7; 4_096]));
    let (new, found) = restore(&mut world, &renewed);
    assert_eq!((&found["found"], &found["missing"]), (&json!("unreadable"), &everything));
    assert_eq!(lines(&mut world, new), ["restored-box-unreadable", "restored-words"]);
}

/// The server kept a box in which nobody is blocked, and gives it.
#[test]
fn an_older_recovery_box_is_said_to_be_old() {
    let (mut world, ana, _, words) = story(7_302);
    let boxes = hear_boxes(&mut world, ana);
    world.ok(ana, "account.set", json!({"display_name": "Ana M."}));
    world.settle_for(60_000);
    let old = boxes.borrow().last().cloned().expect("a box");
    world.ok(ana, "contact.block", json!({"who": "dora@sim.example"}));
    world.link(ana);
    world.settle_for(60_000);
    assert!(boxes.borrow().last() != Some(&old));
    world.sleep(ana, i64::MAX / 4);
    give_box(&mut world, old);
    let (new, found) = restore(&mut world, &words);
    assert_eq!(
        (&found["found"], &found["blocked"], &found["missing"]),
        (&json!("old"), &json!(0), &json!(["later"]))
    );
    assert!(lines(&mut world, new).contains(&"restored-box-old".to_owned()));
}

/// Its time is when the lost device was last there, to within a day.
#[test]
fn the_recovery_box_is_made_anew_each_day_and_not_more_often() {
    let (mut world, ana, _, _) = story(7_303);
    world.settle_for(DAY_MS);
    let boxes = hear_boxes(&mut world, ana);
    world.settle_for(4 * DAY_MS);
    let count = boxes.borrow().len();
    assert!((3..=5).contains(&count), "{count}");
}

/// As a contact of Ana's restored device shows: whether their account ended, if they are one.
fn ended(world: &mut World, id: ClientId, who: &str) -> Option<bool> {
    let list = world.ok(id, "contact.list", json!({}))["contacts"].clone();
    let found = list.as_array().and_then(|all| all.iter().find(|one| one["address"] == who)).cloned();
    found.and_then(|one| one["gone"].as_bool())
}

#[test]
fn contact_whose_account_ended_is_known_as_ended_after_a_restore() {
    let (mut world, ana, bob, words) = story(7_304);
    world.ok(bob, "account.delete", json!({"name": "bob"}));
    world.settle_for(60_000);
    assert_eq!((world.client(bob).erased, ended(&mut world, ana, "bob@sim.example")), (true, Some(true)));
    for lost in [ana, bob] {
        world.sleep(lost, i64::MAX / 4);
    }
    let (new, _) = restore(&mut world, &words);
    world.settle_for(60_000);
    let shown = ["bob@sim.example", "dora@sim.example"].map(|who| ended(&mut world, new, who));
    assert_eq!(shown, [Some(true), Some(false)]);
    // As it is for one who never lost a device: nothing is written to somebody who is no more.
    let refused =
        world.call(new, "conversation.create", json!({"members": ["bob@sim.example"]})).unwrap_err();
    assert_eq!(refused.message, "bob deleted this account. What is written here arrives nowhere any more.");
}
