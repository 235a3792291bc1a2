//! A call that rings stays in sight until it rings no more.

use std::time::Instant;

use casemate_api::Event;
use ratatui::crossterm::event::KeyCode;
use serde_json::{Value, json};

use super::{ANA, BEN, Desk, SAMIRA, called, talk};
use crate::chat::app::Purpose;
use crate::chat::rings::SEEN;

impl Desk {
    fn with_talk(width: u16, height: u16) -> Self {
        let mut desk = Self::ana(width, height);
        desk.open(talk());
        desk
    }

    /// Somebody calls, and after that a key is pressed: what was said of it below is gone.
    fn rings(&mut self, call: &str, conversation: &str, from: &str) {
        let (call, conversation, from) = (call.to_owned(), conversation.to_owned(), from.to_owned());
        self.app.event(Event::CallRinging { call, conversation, from, video: false });
        self.key(KeyCode::Char('a'));
    }

    /// What `/answer` asks for, typed now or later; null where it asks for nothing.
    fn answers(&mut self, typed_at: Instant) -> Value {
        self.app.take_effects();
        self.app.typed_at = typed_at;
        self.app.composer.editor.set("/answer");
        assert!(self.app.command_typed("p"));
        serde_json::to_value(self.app.take_effects().iter().find_map(called)).unwrap()
    }

    fn changed(&mut self, call: &str, state: &str) {
        let (call, conversation, state) = (call.to_owned(), "p".to_owned(), state.to_owned());
        self.app.event(Event::CallChanged { call, conversation, state, why: None, instead: None });
    }

    fn lines(&mut self) -> Vec<String> {
        self.screen().lines().map(str::to_owned).collect()
    }
}

#[test]
fn a_call_is_in_sight_for_as_long_as_it_rings() {
    let mut desk = Desk::with_talk(80, 24);
    desk.rings("c1", "p", BEN);
    assert_eq!(desk.lines()[1], "Ben calls: /answer, Ctrl-X declines");
    desk.ctrl('f');
    assert_eq!(desk.lines()[1], "Ben calls: /answer, Ctrl-X declines", "over it lies nothing");
    desk.changed("c1", "over");
    desk.key(KeyCode::Char('a'));
    assert!(!desk.screen().contains("/answer"));
}

#[test]
fn of_a_call_in_a_group_it_is_said_in_which() {
    let mut desk = Desk::with_talk(80, 24);
    let (call, conversation, from) = ("c1".to_owned(), "g".to_owned(), BEN.to_owned());
    desk.app.event(Event::CallRinging { call, conversation, from, video: true });
    let said = "Ben calls in Walking on Sunday 🏔 with video. Type /answer into a chat;";
    assert!(desk.lines()[23].starts_with(said), "{}", desk.screen());
    desk.key(KeyCode::Char('a'));
    assert_eq!(desk.lines()[1], "Ben calls in Walking on Sunday 🏔: /answer, Ctrl-X declines");
    // The keys are seen in every width.
    desk.width = 50;
    assert_eq!(desk.lines()[1], "Ben calls in Walking on…: /answer, Ctrl-X declines");
    desk.width = 24;
    assert_eq!(desk.lines()[1..3], ["Ben calls in Walking on…", "/answer, Ctrl-X declines"]);
}

#[test]
fn what_rings_stands_below_the_call_that_is_taken_part_in() {
    let mut desk = Desk::with_talk(80, 24);
    desk.changed("c1", "in");
    let code = ["🐊", "🦋", "🍓", "🍍", "🌻", "🐞"];
    let one = |who: &str| json!({"address": who, "device": who});
    let call = json!({"call": "c1", "conversation": "p", "from": BEN, "video": false, "at": "2026-08-01T10:00:00Z",
        "state": "in", "outcome": "answered", "times": 1, "participants": [one(ANA), one(BEN)], "code": code});
    desk.app.answer(Purpose::Calls, Ok(json!({"calls": [call]})));
    desk.rings("c2", "p", BEN);
    desk.rings("c3", "g", SAMIRA);
    let shown = desk.lines();
    assert!(shown[2].starts_with("The same for all: ") && shown[3].ends_with("🐞 ladybird"), "{shown:?}");
    let ringing = ["سميرة calls in Walking on Sunday 🏔: /answer, Ctrl-X declines", "Also: Ben calls"];
    assert_eq!(shown[4..6], ringing);
    // Where there is no room for all of it, what rings is there.
    (desk.width, desk.height) = (24, 12);
    let shown = desk.lines();
    assert_eq!((&*shown[1], &*shown[3]), ("1 with you: Ben", "/answer, Ctrl-X declines"), "{shown:?}");
    desk.changed("c3", "over");
    desk.changed("c2", "over");
    (desk.width, desk.height) = (80, 24);
    assert!(!desk.screen().contains("/answer"));
}

#[test]
fn in_a_low_window_the_line_above_says_who_calls() {
    for width in [80, 50, 20] {
        let mut desk = Desk::with_talk(width, 11);
        desk.rings("c1", "p", BEN);
        assert!(desk.lines()[0].starts_with("Ben calls  ⌂ "), "{}", desk.screen());
        assert!(!desk.screen().contains("/answer"));
    }
}

#[test]
fn answer_of_a_call_that_was_not_seen_yet_answers_nobody_and_names_it() {
    let mut desk = Desk::with_talk(80, 24);
    let before = Instant::now();
    desk.rings("c1", "p", BEN);
    assert!(desk.answers(before).is_null());
    assert!(desk.screen().contains("Ben calls, since just now. Nothing was done:"), "{}", desk.screen());
    // Another call comes while somebody is about to answer the first.
    let about = Instant::now() + SEEN;
    assert_eq!(desk.answers(about)["call.answer"]["call"], json!("c1"));
    let before = Instant::now();
    desk.rings("c2", "g", SAMIRA);
    assert!(desk.answers(before).is_null());
    assert_eq!(desk.answers(Instant::now() + SEEN)["call.answer"]["call"], json!("c2"));
    // What is pressed in the moment declines nobody either.
    desk.rings("c3", "p", BEN);
    desk.app.take_effects();
    desk.app.typed_at = before;
    desk.ctrl('x');
    assert!(desk.app.take_effects().iter().find_map(called).is_none());
}
