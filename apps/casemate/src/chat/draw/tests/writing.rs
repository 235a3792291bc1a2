//! What is written: sent, refused, kept, given back.

use casemate_api::Command;
use casemate_api::command::{CallDecline, MessageSend};
use casemate_api::view::{BegunEdit, Conversation, Draft};
use casemate_api::{Error, Event, Kind};
use ratatui::crossterm::event::KeyCode;
use serde_json::{Value, json};

use super::{ANA, BEN, Desk, called, conversation, message, talk};
use crate::chat::app::{Effect, Purpose};
use crate::chat::overlay::Overlay;
use crate::chat::plain::command;

impl Desk {
    /// Ana's chat with Ben, in a window of the usual size.
    fn with_ben() -> Self {
        let mut desk = Self::ana(80, 24);
        desk.open(talk());
        desk
    }

    /// Types a line and says what is asked for then.
    fn enters(&mut self, line: &str) -> Vec<Command> {
        self.app.take_effects();
        self.keys(line);
        self.key(KeyCode::Enter);
        self.app.take_effects().iter().filter_map(called).cloned().collect()
    }

    fn written(&self) -> &str {
        self.app.composer.editor.text()
    }
}

/// The texts that are sent.
fn sent<'a>(commands: &'a [Command]) -> Vec<&'a MessageSend> {
    let sent = |command: &'a Command| match command {
        Command::MessageSend(send) => Some(send),
        _ => None,
    };
    commands.iter().filter_map(sent).collect()
}

#[test]
fn no_command_of_the_linear_mode_is_sent_or_unknown() {
    let words = command::HELP.split([' ', ',', '\n']).filter(|word| word.starts_with('/'));
    for name in words.filter(|word| !word.starts_with("//")) {
        for line in [name.to_owned(), format!("{name} my six secret words here now")] {
            let mut desk = Desk::with_ben();
            let asked = desk.enters(&line);
            assert!(sent(&asked).is_empty(), "{line}: {asked:?}");
            assert!(!desk.screen().contains("There is no such command"), "{line}");
        }
    }
}

#[test]
fn what_is_no_command_is_refused_and_stays_until_two_slashes_send_it() {
    let mut desk = Desk::with_ben();
    for line in ["/etc/hostname is the file", "/bakcup server my six secret words", "/", "  /nothing"] {
        assert!(desk.enters(line).is_empty(), "{line}");
        assert_eq!(desk.written(), line);
        assert!(
            desk.screen()
                .contains("! There is no such command: F1 lists them. To send this, begin it with //.")
        );
        desk.app.composer.editor.set("");
    }
    assert!(desk.enters("/backup server my six secret words here now").is_empty());
    assert!(desk.screen().contains("! Only casemate chat --plain has this command. Nothing was sent."));
    assert_eq!(desk.written(), "/backup server my six secret words here now");
    desk.app.composer.editor.set("");
    let asked = desk.enters("//etc/hostname is the file");
    assert_eq!(sent(&asked)[0].text.as_deref(), Some("/etc/hostname is the file"));
    assert_eq!(desk.written(), "");
}

#[test]
fn an_own_message_with_a_slash_is_changed_like_any_other() {
    let mut desk = Desk::ana(80, 24);
    desk.open(vec![message("m1", ANA, "14:00", "/etc/hostname")]);
    desk.key(KeyCode::BackTab);
    desk.key(KeyCode::Char('e'));
    assert_eq!(desk.written(), "//etc/hostname");
    let asked = desk.enters(" it is");
    let edit = serde_json::to_value(&asked[0]).unwrap();
    assert_eq!(edit["message.edit"]["text"], json!("/etc/hostname it is"));
}

#[test]
fn commands_that_the_screen_has_are_carried_out() {
    let mut desk = Desk::with_ben();
    assert!(desk.enters("/help").is_empty());
    assert!(matches!(desk.app.overlay, Some(Overlay::Help(0))));
    desk.key(KeyCode::Esc);
    let tone = serde_json::to_value(&desk.enters("/call tone")[0]).unwrap();
    assert_eq!(tone["call.start"], json!({"conversation": "p", "video": false, "send": "tone"}));
    assert!(desk.enters("/call me later").is_empty());
    assert_eq!(desk.written(), "/call me later", "no call is begun by words");
    desk.app.composer.editor.set("");
    let file = std::env::temp_dir().join(format!("casemate-typed-{}", std::process::id()));
    std::fs::write(&file, "words").unwrap();
    assert!(desk.enters(&format!("/file {}", file.display())).is_empty());
    let asked = desk.enters("look");
    assert_eq!((sent(&asked)[0].attachments.len(), sent(&asked)[0].text.as_deref()), (1, Some("look")));
    std::fs::remove_file(&file).unwrap();
    assert!(desk.enters(&format!("/file {}", file.display())).is_empty());
    assert!(desk.screen().contains("This file cannot be read"));
    desk.app.composer.editor.set("");
    desk.app.take_effects();
    desk.keys("/quit");
    desk.key(KeyCode::Enter);
    assert!(desk.app.take_effects().contains(&Effect::Quit));
}

#[test]
fn declining_says_as_much_as_was_typed() {
    let decline = |line: &str| {
        let mut desk = Desk::with_ben();
        let (call, conversation, from) = ("c1".to_owned(), "p".to_owned(), BEN.to_owned());
        desk.app.event(Event::CallRinging { call, conversation, from, video: false });
        desk.app.typed_at = std::time::Instant::now() + crate::chat::rings::SEEN;
        match desk.enters(line).pop() {
            Some(Command::CallDecline(CallDecline { tell, text, .. })) => Some((tell, text)),
            _ => None,
        }
    };
    assert_eq!(decline("/decline"), Some((false, None)));
    assert_eq!(decline("/decline tell"), Some((true, None)));
    assert_eq!(decline("/decline on the train"), Some((true, Some("on the train".to_owned()))));
    assert_eq!(decline("/decline 2"), None, "a request's number is said to nobody");
}

#[test]
fn files_that_could_not_be_sent_stand_there_again() {
    let mut desk = Desk::with_ben();
    let folder = std::env::temp_dir().join(format!("casemate-unsent-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for name in ["f1", "f2"] {
        std::fs::write(folder.join(name), "words").unwrap();
        desk.ctrl('o');
        desk.keys(&folder.join(name).display().to_string());
        desk.key(KeyCode::Enter);
    }
    desk.keys("caption");
    desk.app.take_effects();
    desk.key(KeyCode::Enter);
    let asked = desk.app.take_effects();
    let [Effect::Call(purpose, Command::MessageSend(send)), ..] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!((send.attachments.len(), desk.app.composer.preparing()), (2, 1));
    desk.keys("and more");
    desk.app.answer(purpose.clone(), Err(Error::new(Kind::NotFound, "f2 is gone")));
    assert_eq!(desk.app.composer.preparing(), 0);
    let screen = desk.screen();
    for words in ["+ f1", "+ f2", "> caption", "  and more", "! f2 is gone"] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_does_not_fit_into_a_message_is_said_and_not_cut() {
    let mut desk = Desk::with_ben();
    desk.keys("begun");
    desk.app.paste(&"🏔 long ".repeat(5_000));
    assert_eq!(desk.written(), "begun");
    assert!(
        desk.screen()
            .contains("! This does not fit: a message has at most 32 KiB. Ctrl-O adds a file instead.")
    );
    desk.app.paste(&"🏔 long ".repeat(1_000));
    assert_eq!(desk.written().len(), 5 + 10_000);
}

/// The drafts that the engine is asked to keep.
fn drafts(desk: &mut Desk) -> Vec<Value> {
    let draft = |effect: &Effect| match called(effect) {
        Some(Command::ConversationDraft(draft)) => Some(serde_json::to_value(draft).unwrap()),
        _ => None,
    };
    desk.app.take_effects().iter().filter_map(draft).collect()
}

impl Desk {
    /// The pair with Ben as the list says it, with what the engine keeps.
    fn lists(&mut self, draft: Option<Draft>) {
        self.app.take_effects();
        self.app.event(Event::ConversationChanged { conversation: "p".into() });
        let pair = Conversation { draft, ..conversation("p", "Ben", "pair", &[ANA, BEN]) };
        let group = conversation("g", "Walking", "group", &[ANA, BEN]);
        self.app.answer(Purpose::List, Ok(json!({"conversations": [group, pair]})));
    }
}

fn kept(text: &str) -> Option<Draft> {
    Some(Draft { text: text.into(), at: "2026-11-20T14:00:00Z".into(), ..Draft::default() })
}

#[test]
fn what_is_begun_is_kept_and_shown_when_the_chat_is_opened_again() {
    let mut desk = Desk::with_ben();
    assert!(!desk.app.is_draft_unkept());
    desk.keys("hello");
    assert!(desk.app.is_draft_unkept());
    desk.app.keep_draft();
    assert_eq!(
        drafts(&mut desk),
        [json!({"conversation": "p", "text": "hello", "reply_to": null, "edits": null})]
    );
    assert!(!desk.app.is_draft_unkept());
    // On leaving at once.
    desk.keys(" there");
    desk.app.open("g");
    assert_eq!(drafts(&mut desk)[0]["text"], "hello there");
    assert_eq!(desk.written(), "");

    // In another process, with what it answers and the new words of an own message.
    let mut desk = Desk::ana(80, 24);
    let edits = Some(BegunEdit { message: "m6".into(), text: "/new words".into() });
    desk.lists(Some(Draft { reply_to: Some("m1".into()), edits, ..kept("hello").unwrap() }));
    desk.open(talk());
    assert_eq!((desk.written(), desk.app.composer.editing.as_deref()), ("//new words", Some("m6")));
    assert!(!desk.app.is_draft_unkept(), "it is as it is kept");
    desk.key(KeyCode::Esc);
    assert_eq!((desk.written(), desk.app.composer.reply_to.as_deref()), ("hello", Some("m1")));
    desk.app.keep_draft();
    assert_eq!(
        drafts(&mut desk),
        [json!({"conversation": "p", "text": "", "reply_to": null, "edits": "m6"})]
    );
}

#[test]
fn what_was_sent_is_no_draft_and_what_was_not_is_one_again() {
    let mut desk = Desk::with_ben();
    let sends = |desk: &mut Desk, text: &str| {
        desk.keys(text);
        desk.app.keep_draft();
        desk.app.take_effects();
        desk.key(KeyCode::Enter);
        let asked = desk.app.take_effects();
        let purpose = asked.into_iter().find_map(|effect| match effect {
            Effect::Call(purpose @ Purpose::Send { .. }, _) => Some(purpose),
            _ => None,
        });
        assert!(!desk.app.is_draft_unkept(), "until it is with the engine its draft is all that there is");
        purpose.unwrap()
    };
    let purpose = sends(&mut desk, "hello");
    desk.app.answer(purpose, Ok(json!({"message": "m7"})));
    assert!(!desk.app.is_draft_unkept(), "the engine ended it");
    let purpose = sends(&mut desk, "hello");
    desk.app.open("g");
    desk.app.take_effects();
    desk.app.answer(purpose, Err(Error::new(Kind::NotAllowed, "no")));
    assert!(drafts(&mut desk).is_empty(), "kept as it was");
    desk.app.open("p");
    assert_eq!(desk.written(), "hello");
    // Begun while the one before it goes: the engine ends both, and is told anew.
    let purpose = sends(&mut desk, "");
    desk.keys("and more");
    desk.app.keep_draft();
    desk.app.take_effects();
    desk.app.answer(purpose, Ok(json!({"message": "m8"})));
    assert_eq!(drafts(&mut desk)[0]["text"], "and more");
}

#[test]
fn no_command_is_kept() {
    let mut desk = Desk::with_ben();
    desk.keys("/backup server six secret words");
    assert!(!desk.app.is_draft_unkept());
    desk.app.open("g");
    assert!(drafts(&mut desk).is_empty());
    desk.lists(None);
    desk.app.open("p");
    assert_eq!(desk.written(), "/backup server six secret words");
    desk.app.composer.editor.set("//etc");
    desk.app.keep_draft();
    assert_eq!(drafts(&mut desk)[0]["text"], "/etc");
}

#[test]
fn what_another_device_went_on_with_is_not_undone_here() {
    let mut desk = Desk::with_ben();
    desk.keys("hello");
    desk.app.keep_draft();
    desk.lists(kept("old"));
    assert_eq!(desk.written(), "hello", "asked for before the last word was kept");
    desk.app.answer(Purpose::Drafted, Ok(json!({})));
    desk.lists(kept("hello"));
    desk.lists(kept("hello there"));
    assert_eq!(desk.written(), "hello there");
    desk.keys("!");
    desk.lists(None);
    assert_eq!(desk.written(), "hello there!", "what is being written stays");
    desk.app.composer.editor.set("hello there");
    desk.lists(None);
    assert_eq!(desk.written(), "", "sent there");
    assert!(!desk.app.is_draft_unkept());
}

#[test]
fn a_paste_without_brackets_waits_for_answers() {
    let mut desk = Desk::with_ben();
    let mut sends = Vec::new();
    // As the terminal gives it: letters, and Enter after each line.
    while desk.app.takes_input() {
        desk.keys("line");
        desk.key(KeyCode::Enter);
        sends.extend(desk.app.take_effects().into_iter().filter_map(|effect| match effect {
            Effect::Call(purpose @ Purpose::Send { .. }, _) => Some(purpose),
            _ => None,
        }));
        assert!(sends.len() < 100, "bounded");
    }
    for purpose in sends {
        desk.app.answer(purpose, Ok(json!({"message": "m7"})));
    }
    assert!(desk.app.takes_input());
}
