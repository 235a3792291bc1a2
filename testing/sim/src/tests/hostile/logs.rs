//! Logs: entries that are swallowed, put in, brought from elsewhere, held back or taken back.

use std::cell::RefCell;
use std::rc::Rc;

use casemate_content::proto::content::Kind;
use casemate_content::proto::{Content, Text};
use casemate_crypto::{Change, CommitAad, EntryKind, entry_kind};
use casemate_wire::proto::wire::client_frame::Request;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{Appended, CommitNote, LogEntry, ServerFrame};
use prost::Message as _;
use serde_json::json;

use super::story;
use crate::{ClientId, World};

const DAY_MS: i64 = 86_400_000;

#[test]
fn words_that_are_said_to_be_taken_and_shown_to_nobody_are_never_delivered_and_go_out_again() {
    let mut story = story(World::new(8_100));
    let (ana, cleo) = (story.ana, story.cleo);
    let world = &mut story.world;
    world.ears = Some(Box::new(move |from, frame| match &frame.request {
        Some(Request::Append(append)) if from == ana && append.commit.is_none() => {
            let taken = Appended { entry: append.seen + 1, at_ms: 1 };
            (None, vec![ServerFrame { id: frame.id, body: Some(Body::Appended(taken)) }])
        }
        _ => (Some(frame), Vec::new()),
    }));
    world.say(ana, &story.group, "swallowed");
    world.settle_for(DAY_MS);
    // "Sent" is the server's word; "delivered" is that of the others' devices.
    let state = |world: &mut World| {
        let shown = world.messages(ana, &story.group);
        shown.iter().find(|one| one["text"] == "swallowed").unwrap()["state"].clone()
    };
    assert_eq!(state(world), "sent");
    world.truth();
    let at_cleo = world.named(cleo, "Plans");
    assert_eq!(world.texts(cleo, &at_cleo).iter().filter(|text| *text == "swallowed").count(), 1);
    assert_eq!(state(world), "delivered");
}

fn entry(payload: &[u8], commit: Option<CommitNote>) -> LogEntry {
    LogEntry {
        payload: payload.to_vec().into(),
        at_ms: 1,
        client_id: vec![3; 16].into(),
        commit,
        lost: false,
    }
}

#[test]
fn a_removed_member_whom_the_server_lets_in_again_is_not_heard() {
    let mut story = story(World::new(8_101));
    let (ana, bob, cleo) = (story.ana, story.bob, story.cleo);
    let world = &mut story.world;
    let at_cleo = world.named(cleo, "Plans");
    let mut removed = world.insider(cleo, &at_cleo);
    world.ok(
        ana,
        "conversation.remove",
        json!({"conversation": story.group, "members": ["cleo@sim.example"]}),
    );
    world.settle();
    let at_bob = world.named(bob, "Plans");
    let devices = world.devices_in(bob, &at_bob);
    // The server takes entries under the ended epoch's right and shows them to whom it likes.
    let kind = Some(Kind::Text(Text { text: "still here".into(), ..Text::default() }));
    let said = Content { counter: 99, message_id: vec![4; 16].into(), kind, ..Content::default() };
    let words = removed.encrypt(&said.encode_to_vec());
    world.show_entry(bob, removed.log, entry(&words, None));
    let notices = world.notices(bob, &at_bob).join("\n");
    assert!(notices.contains("could not be read"), "{notices}");
    // And a commit of theirs by which they would be in a new epoch with everybody.
    let aad = CommitAad { previous: removed.last_commit, ..CommitAad::default() };
    let pending = removed.group.commit(&removed.kv, &removed.id, Change::default(), aad).unwrap();
    let note = CommitNote { previous: removed.last_commit, next_write_hash: pending.next_write_hash.into() };
    world.show_entry(ana, removed.log, entry(&pending.bytes, Some(note)));
    for (who, id) in [(ana, &story.group), (bob, &at_bob)] {
        assert_eq!(world.devices_in(who, id), devices);
        assert!(!world.texts(who, id).contains(&"still here".to_owned()));
    }
}

#[test]
fn an_entry_of_another_conversation_says_nothing_here() {
    let mut story = story(World::new(8_102));
    let (ana, bob, cleo) = (story.ana, story.bob, story.cleo);
    let world = &mut story.world;
    let with_cleo = world.chat(ana, cleo);
    world.say(ana, &with_cleo, "for Cleo alone");
    world.say(ana, &story.chat, "for Bob alone");
    world.settle();
    let at_cleo = world.named(cleo, "Plans");
    let (chat, group) = (world.log_of(ana, &story.chat), world.log_of(ana, &story.group));
    let foreign = world.entries(chat).pop().unwrap();
    for (to, id) in [(cleo, at_cleo), (bob, world.named(bob, "Plans"))] {
        let before = world.texts(to, &id);
        world.show_entry(to, group, entry(&foreign.payload, None));
        assert_eq!(world.texts(to, &id), before);
        assert!(world.notices(to, &id).join("\n").contains("could not be read"));
    }
}

#[test]
fn a_log_that_is_taken_back_in_silence_is_noticed() {
    let mut story = story(World::new(8_103));
    let (ana, bob) = (story.ana, story.bob);
    let world = &mut story.world;
    // No new incarnation: the server says that nothing happened.
    let group = world.log_of(ana, &story.group);
    let answers: Rc<RefCell<Option<u64>>> = Rc::default();
    let noted = answers.clone();
    world.ears = Some(Box::new(move |from, frame| {
        if let Some(Request::FollowLog(follow)) = &frame.request
            && from == bob
            && follow.log[..] == group.0
        {
            noted.replace(Some(frame.id));
        }
        (Some(frame), Vec::new())
    }));
    world.tamper = Some(Box::new(move |to, mut frame| {
        if let Some(Body::Following(following)) = &mut frame.body
            && to == bob
            && *answers.borrow() == Some(frame.id)
        {
            following.head = 2;
        }
        vec![frame]
    }));
    world.cut(bob.0);
    world.settle();
    let at_bob = world.named(bob, "Plans");
    let notices = world.notices(bob, &at_bob).join("\n");
    assert!(notices.contains("restored from an older backup"), "{notices}");
    world.truth();
    world.settle_for(600_000);
    world.say(ana, &story.group, "and on we go");
    world.settle_for(300_000);
    assert_eq!(world.texts(bob, &at_bob).last().unwrap(), "and on we go");
}

#[test]
fn what_is_held_back_for_a_day_is_not_shown_as_delivered_and_comes_in_its_order() {
    let mut story = story(World::new(8_104));
    let (ana, cleo) = (story.ana, story.cleo);
    let world = &mut story.world;
    let held: Rc<RefCell<Vec<ServerFrame>>> = Rc::default();
    let hold = held.clone();
    world.tamper = Some(Box::new(move |to, frame| match &frame.body {
        Some(Body::LogEntries(_)) if to == cleo => {
            hold.borrow_mut().push(frame);
            Vec::new()
        }
        _ => vec![frame],
    }));
    for number in 0..5 {
        world.say(ana, &story.group, &format!("{number}"));
        world.settle_for(DAY_MS / 5);
    }
    let of = |world: &mut World, who: ClientId| {
        let sent = world.messages(who, &story.group).pop().unwrap()["message"].clone();
        world.ok(who, "message.info", json!({"message": sent})).to_string()
    };
    let info = of(world, ana);
    assert!(info.contains("bob@sim.example"), "{info}");
    world.tamper = None;
    for frame in held.take() {
        world.send_down(cleo.0, frame.encode_to_vec().into());
    }
    world.settle_for(300_000);
    let at_cleo = world.named(cleo, "Plans");
    let texts = world.texts(cleo, &at_cleo);
    assert_eq!(texts[texts.len() - 5..], ["0", "1", "2", "3", "4"]);
    assert_ne!(of(world, ana), info, "only now is it delivered to all");
}

/// K25: a commit that MLS takes and the rules refuse uses up the key of the true one after it, in memory alone.
#[test]
fn refused_commit_under_the_key_of_the_true_one_lets_nobody_lose_step() {
    for restarts in [false, true] {
        let mut world = World::new(7_930 + u64::from(restarts));
        let [ana, bob, eve] = ["ana", "bob", "eve"].map(|name| world.person(name));
        for (one, other) in [(ana, bob), (ana, eve), (bob, eve)] {
            world.befriend(one, other);
        }
        world.group("Plans", ana, &[bob, eve]);
        world.settle_for(60_000);
        let [at_ana, at_bob, at_eve] = [ana, bob, eve].map(|who| world.named(who, "Plans"));
        let mut eve = world.insider(eve, &at_eve);
        let token = eve.group.write_token().unwrap().hash();
        let head = world.entries(eve.log).len() as u64;
        let aad = CommitAad { previous: head + 1, ..CommitAad::default() };
        let refused = eve.refused_commit(&aad).unwrap();
        let pending = eve.group.commit(&eve.kv, &eve.id, Change::default(), aad).unwrap();
        let note = eve.commit_note(token);
        assert_eq!(world.append(&mut eve, refused, Some(note)).unwrap(), head + 1);
        world.settle_for(1_000);
        if restarts {
            world.kill(bob.0);
        }
        world.settle_for(1_000);
        let note = eve.commit_note(pending.next_write_hash);
        world.append(&mut eve, pending.bytes, Some(note)).unwrap();
        world.settle_for(1_000);
        world.say(ana, &at_ana, "from ana");
        world.settle();
        world.say(bob, &at_bob, "from bob");
        world.settle_for(120_000);
        let places = [(ana, &at_ana), (bob, &at_bob)].map(|(who, key)| world.log_of(who, key));
        assert_eq!(places, [eve.log; 2], "restarts: {restarts}");
        // Nobody had to be added again.
        let commits = world
            .entries(eve.log)
            .into_iter()
            .filter(|entry| entry_kind(&entry.payload) == EntryKind::Commit);
        assert_eq!(commits.map(|commit| commit.entry).max(), Some(head + 2), "restarts: {restarts}");
        assert_eq!(world.texts(bob, &at_bob), ["from ana", "from bob"]);
    }
}
