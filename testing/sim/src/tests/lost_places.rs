//! Devices that lose their place in a conversation by what the server says, or whose server was put back: nobody stays alone, and
//! nothing that was said is gone without a line.

use std::cell::RefCell;
use std::rc::Rc;

use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{CommitNote, Error, ErrorCode, Following, ServerFrame};
use serde_json::json;

use super::pair;
use crate::{ClientId, World};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;

/// Three friends in a group, and what it is called with each.
fn friends(seed: u64) -> (World, [ClientId; 3], [String; 3]) {
    let mut world = World::restorable(seed);
    let people = ["ana", "bob", "cleo"].map(|name| world.person(name));
    for (at, one) in people.iter().enumerate() {
        for other in &people[at + 1..] {
            world.befriend(*one, *other);
        }
    }
    world.group("Plans", people[0], &people[1..]);
    let ids = people.map(|who| world.named(who, "Plans"));
    for (who, id) in people.iter().zip(&ids) {
        world.say(*who, id, &format!("{} is here", who.0));
        world.settle();
    }
    (world, people, ids)
}

/// Whoever follows a log is answered so, all of these people alike.
fn following(world: &mut World, to: &[ClientId], answer: impl Fn() -> Body + 'static) {
    let to = to.to_vec();
    world.tamper = Some(Box::new(move |client, mut frame| {
        if to.contains(&client) && matches!(frame.body, Some(Body::Following(_))) {
            frame.body = Some(answer());
        }
        vec![frame]
    }));
}

/// Everybody's connection breaks, and for some time they are told what they are told. Then the server is honest.
fn believed_for_a_while(world: &mut World, people: &[ClientId]) {
    for who in people {
        world.cut(who.0);
    }
    world.settle_for(20_000);
    world.tamper = None;
    for who in people {
        world.cut(who.0);
    }
    world.settle_for(HOUR_MS);
}

/// Each says something, and all others have it, once.
fn all_hear_each_other(world: &mut World, people: &[ClientId], ids: &[String]) {
    for (who, id) in people.iter().zip(ids) {
        world.say(*who, id, &format!("{} is heard", who.0));
        world.settle();
    }
    world.settle_for(300_000);
    for (who, id) in people.iter().zip(ids) {
        let texts = world.texts(*who, id);
        for other in people {
            let text = format!("{} is heard", other.0);
            assert_eq!(
                texts.iter().filter(|seen| **seen == text).count(),
                1,
                "{}: {texts:?}, {:?}",
                who.0,
                world.notices(*who, id)
            );
        }
    }
}

#[test]
fn message_whose_number_another_one_has_after_a_restore_is_sent_again() {
    let (mut world, [ana, bob, cleo], ids) = friends(6_100);
    let backup = world.backup();
    world.sleep(ana, 10 * HOUR_MS);
    world.say(cleo, &ids[2], "the first one");
    world.settle_for(1_000);
    world.say(cleo, &ids[2], "the second one");
    world.settle_for(1_000);
    world.sleep(bob, 10 * HOUR_MS);
    world.sleep(cleo, 10 * HOUR_MS);
    world.restore(backup);
    world.wake(ana);
    world.settle_for(5_000);
    // It takes the number that the first one had.
    world.say(ana, &ids[0], "where are you?");
    world.settle_for(5_000);
    world.wake(bob);
    world.wake(cleo);
    world.settle_for(300_000);
    let texts = world.texts(ana, &ids[0]);
    for text in ["the first one", "the second one"] {
        assert_eq!(texts.iter().filter(|seen| *seen == text).count(), 1, "{texts:?}");
    }
    all_hear_each_other(&mut world, &[ana, bob, cleo], &ids);
}

#[test]
fn message_of_which_the_server_told_a_false_time_is_sent_again_after_a_restore() {
    let (mut world, people, ids) = friends(6_106);
    let [ana, bob, _] = people;
    let backup = world.backup();
    world.sleep(ana, 10 * HOUR_MS);
    world.tamper = Some(Box::new(move |client, mut frame| {
        if let Some(Body::LogEntries(page)) = &mut frame.body
            && client == bob
        {
            page.entries.iter_mut().for_each(|entry| entry.at_ms = 7);
        }
        vec![frame]
    }));
    world.say(bob, &ids[1], "said in 1970");
    world.settle();
    world.tamper = None;
    world.restore(backup);
    world.wake(ana);
    world.settle_for(HOUR_MS);
    let texts = world.texts(ana, &ids[0]);
    assert_eq!(texts.iter().filter(|seen| *seen == "said in 1970").count(), 1, "{texts:?}");
    all_hear_each_other(&mut world, &people, &ids);
}

#[test]
fn member_who_was_away_while_the_server_was_put_back_goes_where_the_others_went() {
    let (mut world, people, ids) = friends(6_101);
    let [ana, bob, cleo] = people;
    let backup = world.backup();
    world.sleep(bob, 100 * HOUR_MS);
    world.say(ana, &ids[0], "one");
    world.say(cleo, &ids[2], "two");
    world.settle();
    world.restore(backup);
    world.settle_for(2 * HOUR_MS);
    world.wake(bob);
    world.settle_for(HOUR_MS);
    all_hear_each_other(&mut world, &people, &ids);
    let texts = world.texts(bob, &ids[1]);
    assert!(["one", "two"].iter().all(|text| texts.iter().any(|seen| seen == text)), "{texts:?}");
}

#[test]
fn two_who_were_both_told_that_they_missed_something_hear_each_other_again() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(6_102);
    world.say(ana, &at_ana, "before");
    world.settle();
    following(&mut world, &[ana, bob], || Body::Following(Following { head: 99, first: 98, commit: None }));
    believed_for_a_while(&mut world, &[ana, bob]);
    all_hear_each_other(&mut world, &[ana, bob], &[at_ana, at_bob]);
}

#[test]
fn two_who_were_both_told_that_they_read_no_more_hear_each_other_again() {
    let (mut world, ana, bob, at_ana, at_bob) = pair(6_103);
    world.say(ana, &at_ana, "before");
    world.settle();
    following(&mut world, &[ana, bob], || {
        let code = ErrorCode::ErrorNotAllowed as i32;
        Body::Error(Error { code, message: "no".into(), entry: 0, retry_after_ms: 0 })
    });
    believed_for_a_while(&mut world, &[ana, bob]);
    all_hear_each_other(&mut world, &[ana, bob], &[at_ana, at_bob]);
}

#[test]
fn own_devices_of_which_all_were_told_that_they_missed_something_hear_each_other_again() {
    let (mut world, ana, _, at_ana, _) = pair(6_104);
    following(&mut world, &[ana], || Body::Following(Following { head: 99, first: 98, commit: None }));
    believed_for_a_while(&mut world, &[ana]);
    let second = world.link(ana);
    world.settle_for(120_000);
    // Own devices tell each other in their own conversation.
    world.ok(ana, "contact.nickname", json!({"who": "bob@sim.example", "nickname": "Bobby"}));
    world.settle_for(60_000);
    let contacts = world.ok(second, "contact.list", json!({}))["contacts"].to_string();
    assert!(contacts.contains("Bobby"), "{contacts}");
    world.say(second, &at_ana, "from both");
}

#[test]
fn message_that_the_server_marks_as_a_commit_lets_nobody_put_the_next_committer_out() {
    let (mut world, people, ids) = friends(6_105);
    let [ana, bob, cleo] = people;
    world.tamper = Some(Box::new(move |client, mut frame: ServerFrame| {
        if let Some(Body::LogEntries(page)) = &mut frame.body
            && client == bob
        {
            for entry in page.entries.iter_mut().filter(|entry| entry.commit.is_none()) {
                entry.commit = Some(CommitNote { previous: 7, next_write_hash: vec![7; 32].into() });
            }
        }
        vec![frame]
    }));
    world.say(ana, &ids[0], "a message");
    world.settle_for(200);
    world.tamper = None;
    world.ok(ana, "conversation.set", json!({"conversation": ids[0], "name": "Other plans"}));
    world.settle_for(5_000);
    // Nobody is there who could add Bob again, so he goes on.
    world.sleep(ana, 600_000);
    world.sleep(cleo, 600_000);
    world.say(bob, &ids[1], "is anybody there?");
    world.settle_for(300_000);
    let lines = world.notices(bob, &ids[1]).join("\n");
    assert!(lines.contains("continued"), "{lines}");
    world.settle_for(HOUR_MS);
    for (who, id) in people.iter().zip(&ids) {
        let lines = world.notices(*who, id).join("\n");
        assert!(!lines.contains("removed"), "{lines}");
    }
    all_hear_each_other(&mut world, &[ana, bob, cleo], &ids);
}

/// What takes the numbers of what the server forgot.
const TAKEN: [&str; 3] = ["said where it went back", "and this", "and this too"];

/// A group whose server goes back behind what two have read, while one is away who had read less. Who was away writes first.
fn went_back_behind_two(seed: u64) -> (World, [ClientId; 3], [String; 3]) {
    let (mut world, people, ids) = friends(seed);
    let [ana, bob, cleo] = people;
    world.settle_for(120_000);
    let backup = world.backup();
    world.sleep(cleo, 100 * HOUR_MS);
    let first = world.say(ana, &ids[0], "forgotten");
    world.settle_for(20_000);
    // These are not said again.
    for emoji in ["👍", "❤️"].iter().cycle().take(40) {
        world.ok(bob, "message.react", json!({"message": first, "emoji": emoji}));
        world.settle_for(2_000);
    }
    let last = [
        (bob, world.say(ana, &ids[0], "forgotten too")),
        (ana, world.say(bob, &ids[1], "forgotten as well")),
    ];
    world.settle_for(20_000);
    for (who, last) in last {
        world.ok(who, "message.read", json!({"message": last}));
    }
    world.settle_for(60_000);
    world.sleep(ana, 100 * HOUR_MS);
    world.sleep(bob, 100 * HOUR_MS);
    world.restore(backup);
    world.wake(cleo);
    world.settle_for(5_000);
    for text in TAKEN {
        world.say(cleo, &ids[2], text);
    }
    world.settle_for(20_000);
    (world, people, ids)
}

/// How a message reads with its author.
fn state_of(world: &mut World, author: ClientId, id: &str, text: &str) -> String {
    let all = world.messages(author, id);
    let one = all.iter().find(|one| one["text"] == text).unwrap_or_else(|| panic!("no {text} in {all:?}"));
    one["state"].as_str().unwrap().to_owned()
}

#[test]
fn message_that_took_the_number_of_a_forgotten_one_is_delivered_when_it_is_there() {
    let (mut world, [ana, bob, cleo], ids) = went_back_behind_two(6_107);
    let states = |world: &mut World| TAKEN.map(|text| state_of(world, cleo, &ids[2], text));
    assert_eq!(states(&mut world), ["sent"; 3]);
    for (who, at) in [(ana, 0), (bob, 1)] {
        world.wake(who);
        world.settle_for(HOUR_MS);
        let texts = world.texts(who, &ids[at]);
        for text in TAKEN {
            assert_eq!(texts.iter().filter(|seen| *seen == text).count(), 1, "{texts:?}");
        }
        if who == ana {
            assert_eq!(states(&mut world), ["sent"; 3], "said to both");
        }
    }
    all_hear_each_other(&mut world, &[ana, bob, cleo], &ids);
    assert_eq!(states(&mut world), ["delivered"; 3]);
}

#[test]
fn what_was_read_before_a_restore_reads_nothing_that_has_its_number_by_now() {
    let (mut world, [ana, bob, cleo], ids) = went_back_behind_two(6_108);
    world.wake(ana);
    world.wake(bob);
    world.settle_for(HOUR_MS);
    world.say(cleo, &ids[2], "unread");
    world.settle_for(HOUR_MS);
    assert_eq!(state_of(&mut world, cleo, &ids[2], "unread"), "delivered");
    for (who, id) in [(ana, &ids[0]), (bob, &ids[1])] {
        let last = world.messages(who, id).last().unwrap()["message"].clone();
        world.ok(who, "message.read", json!({"message": last}));
    }
    world.settle_for(HOUR_MS);
    assert_eq!(state_of(&mut world, cleo, &ids[2], "unread"), "read");
}

#[test]
fn receipt_from_before_a_restore_says_nothing_of_what_has_its_number_by_now() {
    let (mut world, [ana, bob, cleo], ids) = went_back_behind_two(6_109);
    world.wake(ana);
    world.settle_for(60_000);
    world.say(ana, &ids[0], "bob is away");
    world.settle_for(HOUR_MS);
    assert!(world.texts(cleo, &ids[2]).iter().any(|text| text == "bob is away"));
    assert_eq!(state_of(&mut world, ana, &ids[0], "bob is away"), "sent");
    world.wake(bob);
    world.settle_for(HOUR_MS);
    assert!(world.texts(bob, &ids[1]).iter().any(|text| text == "bob is away"));
    assert_eq!(state_of(&mut world, ana, &ids[0], "bob is away"), "delivered");
}

#[test]
fn device_that_was_added_again_where_nobody_stayed_goes_where_the_others_went() {
    let (mut world, people, ids) = friends(6_110);
    let [ana, bob, cleo] = people;
    let backup = world.backup();
    world.sleep(bob, 100 * HOUR_MS);
    world.sleep(cleo, 100 * HOUR_MS);
    world.say(ana, &ids[0], "forgotten");
    world.settle();
    let deaf: Rc<RefCell<Vec<ClientId>>> = Rc::default();
    let held = deaf.clone();
    world.tamper = Some(Box::new(move |client, frame: ServerFrame| {
        let is_told = matches!(frame.body, Some(Body::InboxItems(_) | Body::LogClosed(_)));
        if is_told && held.borrow().contains(&client) { Vec::new() } else { vec![frame] }
    }));
    world.restore(backup);
    // Ana asks to be added again, and Cleo adds her; what each tells the other then comes when both went another way.
    world.settle_for(2_000);
    world.wake(cleo);
    deaf.borrow_mut().push(ana);
    world.settle_for(8_000);
    *deaf.borrow_mut() = vec![ana, cleo];
    world.settle_for(5 * MINUTE_MS);
    *deaf.borrow_mut() = vec![cleo];
    world.cut(ana.0);
    world.settle_for(10_000);
    deaf.borrow_mut().clear();
    world.cut(cleo.0);
    world.settle_for(MINUTE_MS);
    world.wake(bob);
    world.settle_for(HOUR_MS);
    all_hear_each_other(&mut world, &people, &ids);
}
