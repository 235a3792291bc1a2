//! "Sent", "failed", "edited", "deleted for everyone", "handed over": each stands when it is so.

use std::cell::Cell;
use std::rc::Rc;

use casemate_api::Event;
use casemate_server::store::{StoreCall, StoreError};
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{Error as WireError, ErrorCode, ServerFrame};
use serde_json::{Value, json};

use crate::{ClientId, World};

/// What the server lets Bob hear of his appends.
#[derive(Clone, Copy, PartialEq)]
enum Heard {
    All,
    /// No entries.
    AnswersAlone,
    /// A refusal for each, and no entries.
    Refusals,
}

struct Story {
    world: World,
    ana: ClientId,
    bob: ClientId,
    at_ana: String,
    at_bob: String,
    heard: Rc<Cell<Heard>>,
}

fn story(seed: u64) -> Story {
    let mut world = World::new(seed);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let at_ana = world.group("Plans", ana, &[bob]);
    let at_bob = world.named(bob, "Plans");
    world.say(ana, &at_ana, "before");
    world.settle();
    let heard = Rc::new(Cell::new(Heard::All));
    let hears = Rc::clone(&heard);
    world.tamper = Some(Box::new(move |client, mut frame: ServerFrame| {
        if client != bob || hears.get() == Heard::All {
            return vec![frame];
        }
        match &frame.body {
            Some(Body::LogEntries(_)) => return Vec::new(),
            Some(Body::Appended(_)) if hears.get() == Heard::Refusals => {
                let code = ErrorCode::ErrorNotAllowed as i32;
                frame.body = Some(Body::Error(WireError { code, ..WireError::default() }));
            }
            _ => {}
        }
        vec![frame]
    }));
    Story { world, ana, bob, at_ana, at_bob, heard }
}

impl Story {
    fn state(&mut self, text: &str) -> String {
        let messages = self.world.messages(self.bob, &self.at_bob.clone());
        let found = messages.iter().find(|one| one["text"] == text).expect("the message");
        found["state"].as_str().expect("a state").to_owned()
    }

    fn until_state(&mut self, text: &str, state: &str) {
        for _ in 0..10_000 {
            if self.state(text) == state {
                return;
            }
            self.world.step();
        }
        panic!("{text} is {}, not {state}", self.state(text));
    }

    fn again(&mut self, heard: Heard) {
        self.heard.set(heard);
        self.world.cut(self.bob.0);
        self.world.settle_for(30_000);
    }

    fn at_bob(&mut self, message: &str) -> Value {
        let messages = self.world.messages(self.bob, &self.at_bob.clone());
        messages.into_iter().find(|one| one["message"] == message).expect("the message")
    }
}

#[test]
fn message_that_the_server_took_stays_sent_when_a_retry_is_refused() {
    let mut story = story(3_600);
    story.heard.set(Heard::AnswersAlone);
    story.world.say(story.bob, &story.at_bob.clone(), "taken");
    story.until_state("taken", "sent");
    story.again(Heard::Refusals);
    assert_eq!(story.state("taken"), "sent", "the server has it");
    story.again(Heard::All);
    assert_eq!(story.state("taken"), "delivered");
    assert_eq!(story.world.texts(story.ana, &story.at_ana.clone()), ["before", "taken"]);
}

#[test]
fn message_that_failed_is_sent_once_it_is_seen_in_the_log() {
    let mut story = story(3_601);
    story.heard.set(Heard::Refusals);
    story.world.say(story.bob, &story.at_bob.clone(), "refused");
    story.until_state("refused", "failed");
    // Its person may try it once more before it is seen.
    for seen_after_a_second_try in [false, true] {
        if seen_after_a_second_try {
            let message = story.world.say(story.bob, &story.at_bob.clone(), "refused too");
            story.until_state("refused too", "failed");
            story.world.ok(story.bob, "message.reschedule", json!({"message": message}));
        }
        story.again(Heard::All);
        story.heard.set(Heard::Refusals);
    }
    story.heard.set(Heard::All);
    story.world.settle_for(30_000);
    assert_eq!(story.state("refused"), "delivered");
    assert_eq!(story.state("refused too"), "delivered");
    assert_eq!(story.world.texts(story.ana, &story.at_ana.clone()), ["before", "refused", "refused too"]);
    // Nothing looks withheld or unreadable, to either of them.
    for (who, group) in [(story.ana, story.at_ana.clone()), (story.bob, story.at_bob.clone())] {
        let notices = story.world.notices(who, &group);
        assert!(notices.iter().all(|line| line.contains("added")), "{notices:?}");
    }
}

#[test]
fn change_for_everyone_waits_and_fails_visibly_when_its_author_is_removed_first() {
    let mut story = story(3_602);
    let (ana, bob, at_bob) = (story.ana, story.bob, story.at_bob.clone());
    let [deleted, edited, left] =
        ["to be deleted", "to be edited", "as it is"].map(|text| story.world.say(bob, &at_bob, text));
    story.world.settle();
    // What leaves is said as waiting only while it waits.
    story.world.ok(bob, "message.edit", json!({"message": left, "text": "changed"}));
    assert_eq!(story.at_bob(&left)["change"], "queued");
    story.world.settle();
    assert_eq!(story.at_bob(&left)["change"], Value::Null);
    story.world.sleep(bob, 3_600_000);
    let others = story.at_ana.clone();
    story.world.ok(bob, "message.delete", json!({"message": deleted, "for": "everyone"}));
    story.world.ok(bob, "message.edit", json!({"message": edited, "text": "edited"}));
    for message in [&deleted, &edited] {
        assert_eq!(story.at_bob(message)["change"], "queued");
    }
    let to_bob = story.world.address(bob);
    story.world.ok(ana, "conversation.remove", json!({"conversation": others, "members": [to_bob]}));
    story.world.settle();
    story.world.wake(bob);
    story.world.settle_for(60_000);
    for message in [&deleted, &edited] {
        let shown = story.at_bob(message);
        assert_eq!(shown["change"], "failed", "{shown}");
        assert!(shown["change_why"].is_string(), "{shown}");
    }
    assert_eq!(story.at_bob(&left)["change"], Value::Null);
    assert_eq!(story.world.texts(ana, &others), ["before", "to be deleted", "to be edited", "changed"]);
}

#[test]
fn history_is_through_when_its_last_part_is_at_the_server() {
    let mut world = World::new(3_603);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let at_ana = world.chat(ana, bob);
    world.say(ana, &at_ana, "handed over");
    world.settle();
    let is_through = |world: &mut World| {
        let finished = |event: &Event| matches!(event, Event::HistoryProgress { finished: true, .. });
        world.client(ana).events.iter().any(finished)
    };
    // The server takes no file of Ana's for a while: the last part is made, and stays here.
    let takes = Rc::new(Cell::new(false));
    let asked = Rc::clone(&takes);
    world.tamper = Some(Box::new(move |client, mut frame: ServerFrame| {
        if client == ana && !asked.get() && matches!(frame.body, Some(Body::BlobCreated(_))) {
            let code = ErrorCode::ErrorInternal as i32;
            frame.body = Some(Body::Error(WireError { code, ..WireError::default() }));
        }
        vec![frame]
    }));
    let ana2 = world.link_with(ana, "all");
    world.settle_for(20_000);
    assert!(!is_through(&mut world), "it has not left");
    takes.set(true);
    world.settle_for(120_000);
    assert!(is_through(&mut world));
    let at_ana2 = world.chat(ana2, bob);
    assert_eq!(world.texts(ana2, &at_ana2), ["handed over"]);
}

#[test]
fn message_that_the_server_could_not_store_is_not_overtaken_by_the_next() {
    let mut world = World::new(3_604);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    world.say(ana, &at_ana, "before");
    world.settle();
    world.sleep(ana, 3_600_000);
    for text in ["first", "second", "third"] {
        world.say(ana, &at_ana, text);
    }
    // Ana's device sends all three at once, and the server's disk is full for the first one alone.
    let mut failures = 0;
    world.server.delivery.store().set_fault(Some(Box::new(move |call| {
        let fails = call == StoreCall::Commit && failures == 0;
        failures += u32::from(fails);
        fails.then_some((StoreError::Full, false))
    })));
    world.wake(ana);
    world.settle();
    assert_eq!(world.texts(bob, &at_bob), ["before", "first", "second", "third"]);
    assert_eq!(world.texts(ana, &at_ana), ["before", "first", "second", "third"]);
    assert_eq!(world.notices(bob, &at_bob), Vec::<String>::new(), "nothing looks withheld");
}
