//! Screens as text. `CASEMATE_SNAPSHOTS=write cargo test -p casemate` writes them anew; look at the difference.

use std::time::Instant;

use casemate_api::command::{AttachmentKind, Permissions};
use casemate_api::view::{
    Account, Attachment, Contact, ContactRequest, Conversation, Information, Member, Message, Reaction,
    SoundProgram,
};
use casemate_api::{Error, Event, Kind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use serde_json::json;

mod ringing;
mod writing;

use super::draw;
use crate::chat::app::{App, Effect, Purpose};
use crate::chat::rings::SEEN;
use crate::chat::when::Now;

const ANA: &str = "ana@example.org";
const BEN: &str = "ben@example.org";
const SAMIRA: &str = "samira@example.org";

/// An app at 14:05 on 20 November 2026, and a way to look at it.
struct Desk {
    app: App,
    width: u16,
    height: u16,
}

impl Desk {
    /// Ana, with two chats and the pair with Ben open.
    fn ana(width: u16, height: u16) -> Self {
        let mut desk = Self { app: App::new(None), width, height };
        desk.answer_account();
        desk.app.answer(
            Purpose::Contacts,
            Ok(json!({"contacts": [
                contact(BEN, "Ben"), contact(SAMIRA, "سميرة"),
            ]})),
        );
        desk.answer_list();
        desk.app.event(Event::Connection { state: "online".into(), why: None });
        desk.app.take_effects();
        desk
    }

    fn answer_account(&mut self) {
        let account = Account {
            address: ANA.into(),
            name: "ana".into(),
            display_name: String::new(),
            about: String::new(),
            device: "d".into(),
            devices: vec!["d".into()],
            server: "https://example.org".into(),
            key_kept_in: "file".into(),
            ..Account::default()
        };
        self.app.answer(Purpose::Account, Ok(serde_json::to_value(account).unwrap()));
    }

    fn answer_list(&mut self) {
        let mut group = conversation("g", "Walking on Sunday 🏔", "group", &[ANA, BEN, SAMIRA]);
        group.unread = 3;
        group.last = Some(message("g9", SAMIRA, "11:58", "Bring water, it will be hot"));
        let mut pair = conversation("p", "Ben", "pair", &[ANA, BEN]);
        pair.last = Some(message("m6", ANA, "14:03", "See you there"));
        self.app.answer(Purpose::List, Ok(json!({"conversations": [group, pair]})));
    }

    fn open(&mut self, messages: Vec<Message>) {
        self.app.open("p");
        self.app
            .answer(Purpose::Page { conversation: "p".into(), asked: 60 }, Ok(json!({"messages": messages})));
        self.app.take_effects();
    }

    fn key(&mut self, code: KeyCode) {
        self.app.key(KeyEvent::new(code, KeyModifiers::NONE));
    }

    fn ctrl(&mut self, letter: char) {
        self.app.key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL));
    }

    fn keys(&mut self, text: &str) {
        text.chars().for_each(|character| self.key(KeyCode::Char(character)));
    }

    fn screen(&mut self) -> String {
        let mut terminal = Terminal::new(TestBackend::new(self.width, self.height)).unwrap();
        let now = Now::fixed("2026-11-20T14:05:00Z");
        terminal.draw(|frame| draw(frame, &mut self.app, &now)).unwrap();
        let buffer = terminal.backend().buffer().clone();
        let mut text = String::new();
        for y in 0..self.height {
            let mut line = String::new();
            let mut skip = 0;
            for x in 0..self.width {
                // The second cell of a wide character is empty.
                if skip > 0 {
                    skip -= 1;
                    continue;
                }
                let symbol = buffer[(x, y)].symbol();
                skip = crate::chat::text::width(symbol).saturating_sub(1);
                line.push_str(symbol);
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    /// Compares with the kept screen.
    #[track_caller]
    fn looks_like(&mut self, name: &str, kept: &str) {
        let screen = self.screen();
        if std::env::var_os("CASEMATE_SNAPSHOTS").is_some() {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/chat/draw/snapshots");
            std::fs::write(format!("{folder}/{name}.txt"), screen).unwrap();
            return;
        }
        assert_eq!(screen, kept, "\n{screen}\n{kept}");
    }
}

macro_rules! looks_like {
    ($desk:expr, $name:literal) => {
        $desk.looks_like($name, include_str!(concat!("snapshots/", $name, ".txt")))
    };
}

fn contact(address: &str, name: &str) -> Contact {
    Contact { address: address.into(), name: name.into(), ..Contact::default() }
}

fn conversation(id: &str, name: &str, kind: &str, members: &[&str]) -> Conversation {
    let members = members.iter().map(|address| Member {
        address: (*address).into(),
        admin: *address == ANA,
        ..Member::default()
    });
    Conversation {
        conversation: id.into(),
        name: name.into(),
        kind: kind.into(),
        standing: "active".into(),
        members: members.collect(),
        ..Conversation::default()
    }
}

fn message(id: &str, from: &str, at: &str, text: &str) -> Message {
    Message {
        message: id.into(),
        conversation: "p".into(),
        from: from.into(),
        at: format!("2026-11-20T{at}:00Z"),
        kind: "text".into(),
        text: text.into(),
        state: if from == ANA { "read".into() } else { "received".into() },
        ..Message::default()
    }
}

fn file(name: &str, kind: AttachmentKind, state: &str) -> Attachment {
    Attachment {
        name: name.into(),
        kind,
        media_type: "x".into(),
        bytes: 2_400_000,
        sha256: String::new(),
        state: state.into(),
        caption: String::new(),
        duration_ms: if kind == AttachmentKind::Voice { 12_000 } else { 0 },
        width: if kind == AttachmentKind::Photo { 4_032 } else { 0 },
        height: if kind == AttachmentKind::Photo { 3_024 } else { 0 },
        waveform: if kind == AttachmentKind::Voice {
            (0..100u8).map(|at| at.wrapping_mul(37)).collect()
        } else {
            vec![]
        },
        preview: String::new(),
        quarantined: false,
        waits: None,
    }
}

fn talk() -> Vec<Message> {
    let mut yesterday = message(
        "m1",
        BEN,
        "18:20",
        "Did you see the forecast for Sunday? It says sun from the morning on, and hardly any wind.",
    );
    yesterday.at = "2026-11-19T18:20:00Z".into();
    let mut reply = message("m2", ANA, "13:50", "Yes! Let us walk");
    reply.reply_to = Some("m1".into());
    reply.reactions = vec![Reaction { from: BEN.into(), emoji: "👍".into() }];
    let mut photo = message("m3", BEN, "13:58", "The path from last year");
    photo.attachments = vec![file("path.jpg", AttachmentKind::Photo, "stored")];
    let mut voice = message("m4", BEN, "13:58", "");
    voice.attachments = vec![file("voice.ogg", AttachmentKind::Voice, "stored")];
    let mut report = message("m5", ANA, "14:02", "");
    report.state = "queued".into();
    report.attachments = vec![file("map of the whole region.pdf", AttachmentKind::Document, "uploading")];
    let mut last = message("m6", ANA, "14:03", "See you there");
    last.state = "sent".into();
    vec![yesterday, reply, photo, voice, report, last]
}

#[test]
fn a_conversation_in_80_by_24() {
    let mut desk = Desk::ana(80, 24);
    desk.open(talk());
    desk.app.event(Event::TransferProgress {
        message: "m5".into(),
        index: 0,
        bytes: 1_200_000,
        of: 2_400_000,
    });
    looks_like!(desk, "conversation");
}

#[test]
fn one_pane_where_it_is_narrow() {
    let mut desk = Desk::ana(44, 20);
    looks_like!(desk, "narrow_list");
    desk.open(talk());
    looks_like!(desk, "narrow_conversation");
    desk.key(KeyCode::Esc);
    looks_like!(desk, "narrow_list_again");
}

#[test]
fn a_group_with_unread_messages() {
    let mut desk = Desk::ana(80, 24);
    desk.app.open("g");
    let all: Vec<Message> = (0..6)
        .map(|at| {
            message(
                &format!("g{at}"),
                if at % 2 == 0 { SAMIRA } else { BEN },
                "11:50",
                &format!("line {at} 你好 مرحبا"),
            )
        })
        .collect();
    desk.app.answer(Purpose::Page { conversation: "g".into(), asked: 60 }, Ok(json!({"messages": all})));
    looks_like!(desk, "group_unread");
}

#[test]
fn hostile_text_stays_in_its_place() {
    let mut desk = Desk::ana(80, 24);
    let zalgo: String =
        "Zalgo".chars().flat_map(|c| std::iter::once(c).chain(std::iter::repeat_n('\u{336}', 80))).collect();
    let mut escape = message("h1", BEN, "10:00", "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31mred\u{1b}[H");
    escape.attachments = vec![file("invoice\u{202e}fdp.exe\n\u{1b}[2J", AttachmentKind::Document, "offered")];
    escape.reactions =
        vec![Reaction { from: BEN.into(), emoji: "\u{1b}[5m💥💥💥💥💥💥💥💥".into() }];
    let messages = vec![
        escape,
        message("h2", BEN, "10:01", &format!("{zalgo} \u{202e}drawkcab\u{202c} \u{2066}x")),
        message("h3", BEN, "10:02", &"W".repeat(300)),
        message(
            "h4",
            "\u{1b}[31m\u{202e}eve@example.org",
            "10:03",
            "👩\u{200d}👩\u{200d}👧\u{200d}👦 flag 🏳️\u{200d}🌈 family",
        ),
    ];
    desk.open(messages);
    let screen = desk.screen();
    assert!(!screen.chars().any(|c| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c)));
    assert!(screen.lines().all(|line| crate::chat::text::width(line) <= 80));
    looks_like!(desk, "hostile");
}

#[test]
fn an_answer_to_what_is_shown_once_says_that_much() {
    let mut desk = Desk::ana(80, 24);
    // As the engine quotes it where it is not loaded: without its words.
    let away = Message { view_once: true, ..message("old", BEN, "09:00", "") };
    let mut answer = message("m1", ANA, "10:00", "Thank you");
    (answer.reply_to, answer.answers) = (Some("old".into()), Some(Box::new(away)));
    let here = Message { view_once: true, ..message("m2", BEN, "10:01", "the door code") };
    let mut second = message("m3", ANA, "10:02", "Got it");
    second.reply_to = Some("m2".into());
    desk.open(vec![answer, here, second]);
    let screen = desk.screen();
    assert_eq!(screen.matches("┃ Ben: shown once").count(), 2, "{screen}");
}

#[test]
fn what_is_shown_once_is_opened_by_a_key() {
    let mut desk = Desk::ana(80, 24);
    desk.open(vec![Message { view_once: true, ..message("m1", BEN, "10:01", "") }]);
    assert!(desk.screen().contains("(shown once: o opens it)"));
    desk.key(KeyCode::BackTab);
    desk.key(KeyCode::Up);
    desk.app.take_effects();
    desk.key(KeyCode::Char('o'));
    let opening = serde_json::to_value(desk.app.take_effects().iter().rev().find_map(called)).unwrap();
    assert_eq!(opening["message.open"]["message"], "m1");
}

#[test]
fn acting_on_a_message() {
    let mut desk = Desk::ana(80, 24);
    desk.open(talk());
    desk.key(KeyCode::BackTab);
    desk.key(KeyCode::Up);
    desk.key(KeyCode::Up);
    looks_like!(desk, "selected");
    desk.key(KeyCode::Char('r'));
    desk.keys("Lovely");
    looks_like!(desk, "replying");
    desk.key(KeyCode::Enter);
    let effects = desk.app.take_effects();
    assert!(effects.iter().any(|effect| matches!(effect,
        Effect::Call(_, casemate_api::Command::MessageSend(send))
            if send.reply_to.as_deref() == Some("m4") && send.text.as_deref() == Some("Lovely"))));
}

#[test]
fn what_lies_over_it() {
    let mut desk = Desk::ana(80, 24);
    desk.open(talk());
    desk.key(KeyCode::Char('?'));
    looks_like!(desk, "help");
    desk.key(KeyCode::Esc);
    let request = ContactRequest {
        from: "kofi@other.example".into(),
        note: "Hello Ana, we met at the climbing wall on Tuesday. Kofi".into(),
        at: "2026-11-20T09:00:00Z".into(),
        groups: Vec::new(),
    };
    desk.app.answer(Purpose::Requests, Ok(json!({"requests": [request]})));
    desk.ctrl('r');
    looks_like!(desk, "requests");
    desk.key(KeyCode::Esc);
    desk.ctrl('n');
    looks_like!(desk, "new_chat");
    desk.key(KeyCode::Esc);
    desk.ctrl('t');
    let mut shown = conversation("p", "Ben", "pair", &[ANA, BEN]);
    shown.information = Some(Information {
        encryption: "post-quantum (X-Wing)".into(),
        encryption_reason: "conversations of up to 300 devices".into(),
        epoch: 3,
        devices: 2,
        disappearing_seconds: 0,
        permissions: Permissions {
            add: casemate_api::command::Allowed::Members,
            edit: casemate_api::command::Allowed::Members,
            send: casemate_api::command::Allowed::Members,
        },
        description: String::new(),
    });
    desk.app.answer(Purpose::Information("p".into()), Ok(json!({"conversations": [shown]})));
    looks_like!(desk, "information");
}

#[test]
fn the_first_screens() {
    let mut desk = Desk { app: App::new(None), width: 80, height: 24 };
    desk.app.answer(Purpose::Account, Err(Error::new(Kind::NotFound, "no account")));
    looks_like!(desk, "welcome");
    desk.keys("nonsense");
    desk.key(KeyCode::Enter);
    looks_like!(desk, "welcome_wrong");
    let mut desk = Desk { app: App::new(None), width: 80, height: 24 };
    desk.app.answer(Purpose::Account, Err(Error::new(Kind::Locked, "locked")));
    desk.keys("secret");
    looks_like!(desk, "unlock");
    assert!(!desk.screen().contains("secret"));
}

#[test]
fn no_chats_and_no_connection() {
    let mut desk = Desk { app: App::new(None), width: 80, height: 24 };
    desk.answer_account();
    desk.app.event(Event::Connection { state: "offline".into(), why: Some("the cable is out".into()) });
    looks_like!(desk, "empty");
}

#[test]
fn no_window_is_too_small_or_too_large() {
    for (width, height) in [(1, 1), (20, 5), (20, 6), (21, 7), (59, 10), (60, 6), (300, 100)] {
        let mut desk = Desk::ana(width, height);
        desk.screen();
        desk.open(talk());
        desk.screen();
        desk.ctrl('f');
        desk.keys("sun");
        desk.screen();
    }
}

#[test]
fn in_a_window_too_small_it_is_said_in_full_and_what_rings_can_be_declined() {
    let mut desk = Desk::ana(20, 5);
    desk.open(talk());
    assert_eq!(desk.screen().trim_end(), "Make this window\nlarger.");
    let (call, conversation, from) = ("c1".to_owned(), "p".to_owned(), BEN.to_owned());
    desk.app.event(Event::CallRinging { call, conversation, from, video: true });
    assert_eq!(desk.screen().trim_end(), "Ben calls.\nCtrl-X declines.\nMake this window\nlarger.");
    desk.app.take_effects();
    desk.app.typed_at = Instant::now() + SEEN;
    desk.ctrl('x');
    let declined = serde_json::to_value(desk.app.take_effects().iter().find_map(called)).unwrap();
    assert_eq!(declined["call.decline"], json!({"call": "c1", "tell": false, "text": null}));
    let state = "over".to_owned();
    desk.app.event(Event::CallChanged {
        call: "c1".into(),
        conversation: "p".into(),
        state,
        why: None,
        instead: None,
    });
    assert_eq!(desk.screen().trim_end(), "Make this window\nlarger.");
    desk.ctrl('x');
    assert!(desk.app.take_effects().is_empty(), "nothing rings");
}

#[test]
fn scrolling_keeps_its_place_when_more_comes() {
    let mut desk = Desk::ana(80, 12);
    let many: Vec<Message> =
        (0..60).map(|at| message(&format!("s{at}"), BEN, "09:00", &format!("number {at}"))).collect();
    desk.open(many.clone());
    assert!(desk.screen().contains("number 59"));
    desk.key(KeyCode::PageUp);
    let before = desk.screen();
    assert!(!before.contains("number 59"));
    let mut more = many;
    more.push(message("s60", BEN, "09:01", "number 60"));
    desk.app.answer(Purpose::Page { conversation: "p".into(), asked: 60 }, Ok(json!({"messages": more})));
    let lines = |screen: &str| {
        screen.lines().filter(|line| line.contains("number")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(lines(&before)[0], lines(&desk.screen())[0]);
    desk.key(KeyCode::PageDown);
    desk.key(KeyCode::PageDown);
    assert!(desk.screen().contains("number 60"));
}

#[test]
fn the_backup_on_the_server_is_brought_up_to_date_by_itself() {
    let mut desk = Desk::ana(80, 24);
    for (restore, method) in [(false, "backup.create"), (true, "backup.restore")] {
        desk.app.event(Event::BackupDue { restore });
        let effects = desk.app.take_effects();
        let [Effect::Call(Purpose::BackedUp, command)] = effects.as_slice() else { panic!("{effects:?}") };
        let command = serde_json::to_value(command).unwrap();
        assert!(command[method].is_object(), "{command}");
        assert!(command[method].get("passphrase").is_none(), "it needs none: {command}");
    }
    let before = desk.screen();
    desk.app.answer(Purpose::BackedUp, Err(Error::new(Kind::Offline, "gone")));
    assert_eq!(desk.screen(), before, "tried again by itself");
    desk.app.answer(Purpose::BackedUp, Err(Error::new(Kind::StorageFull, "The server has no room left.")));
    assert!(desk.screen().contains("no room left"));
}

#[test]
fn that_a_call_goes_on_and_who_is_muted_is_said_above() {
    let mut desk = Desk::ana(80, 24);
    desk.open(talk());
    let state = |state: &str| Event::CallChanged {
        call: "c1".into(),
        conversation: "p".into(),
        state: state.into(),
        why: None,
        instead: None,
    };
    let above = |desk: &mut Desk| desk.screen().lines().next().unwrap().to_owned();
    assert!(!above(&mut desk).contains("call"));
    desk.app.event(state("in"));
    assert!(above(&mut desk).ends_with("in a call"));
    let used = |name: &str| SoundProgram { program: Some(name.into()), why: None };
    let none = SoundProgram { program: None, why: Some("No loudspeaker.".into()) };
    let (call, microphone) = ("c1".to_owned(), used("parec"));
    desk.app.event(Event::CallSound { call, microphone, loudspeaker: none, muted: false });
    assert!(desk.screen().contains("Microphone: parec. No loudspeaker."));
    // Who is there, and all six pictures within 80 columns, for as long as it lasts.
    let effects = desk.app.take_effects();
    assert!(effects.iter().any(|one| matches!(one, Effect::Call(Purpose::Calls, _))), "{effects:?}");
    let code = ["🐊", "🦋", "🍓", "🍍", "🌻", "🐞"];
    let one = |who: &str| json!({"address": who, "device": who});
    let call = json!({"call": "c1", "conversation": "p", "from": BEN, "video": false, "at": "2026-08-01T10:00:00Z",
        "state": "in", "outcome": "answered", "times": 1, "participants": [one(ANA), one(BEN)], "code": code});
    desk.app.answer(Purpose::Calls, Ok(json!({"calls": [call.clone()]})));
    let lines = |desk: &mut Desk| desk.screen().lines().map(str::to_owned).collect::<Vec<_>>();
    let shown = lines(&mut desk);
    assert_eq!(shown[1], "1 with you: Ben");
    let pictures = shown[2..4].join("");
    for word in ["crocodile", "butterfly", "strawberry", "pineapple", "sunflower", "ladybird"] {
        assert!(pictures.contains(&format!(" {word}")), "{pictures}");
    }
    assert!(shown[3].starts_with("🌻 sunflower"), "no line ends between a picture and its word: {shown:?}");
    let mut narrow = Desk::ana(22, 24);
    narrow.app.event(state("in"));
    narrow.app.answer(Purpose::Calls, Ok(json!({"calls": [call]})));
    assert!(narrow.screen().contains("strawberry,"));
    let (call, address, device) = ("c1".to_owned(), BEN.to_owned(), BEN.to_owned());
    desk.app.event(Event::CallSigned {
        call,
        address,
        device,
        muted: false,
        hand: true,
        camera: None,
        screen: None,
        reaction: None,
    });
    let shown = lines(&mut desk);
    assert_eq!((&*shown[2], &*shown[23]), ("Hands raised: Ben", "Ben raised a hand."));
    desk.app.composer.editor.set("/mute");
    assert!(desk.app.command_typed("p"));
    let muting = serde_json::to_value(desk.app.take_effects().iter().find_map(called)).unwrap();
    assert_eq!((&muting["call.sign"]["call"], &muting["call.sign"]["muted"]), (&json!("c1"), &json!(true)));
    assert!(above(&mut desk).ends_with("in a call, muted"));
    // The next call begins with the microphone on.
    desk.app.event(state("over"));
    assert!(!above(&mut desk).contains("call") && !desk.screen().contains("pictures"));
    desk.app.event(state("calling"));
    assert!(above(&mut desk).ends_with("in a call"));
}

/// While Ana is called a call goes on in a group of hers, about which somebody says something all the time.
#[test]
fn what_rings_is_answered_and_a_call_that_goes_on_only_in_its_own_chat() {
    let mut desk = Desk::ana(80, 24);
    desk.open(talk());
    let changed = |call: &str, conversation: &str, state: &str| Event::CallChanged {
        call: call.into(),
        conversation: conversation.into(),
        state: state.into(),
        why: None,
        instead: None,
    };
    let types = |desk: &mut Desk, text: &str, conversation: &str| {
        desk.app.take_effects();
        desk.app.composer.editor.set(text);
        desk.app.typed_at = Instant::now() + SEEN;
        assert!(desk.app.command_typed(conversation));
        serde_json::to_value(desk.app.take_effects().iter().find_map(called)).unwrap()
    };
    let rings = |desk: &mut Desk, call: &str| {
        let (call, conversation, from) = (call.to_owned(), "p".to_owned(), BEN.to_owned());
        desk.app.event(Event::CallRinging { call, conversation, from, video: false });
    };
    rings(&mut desk, "c1");
    desk.app.event(changed("c2", "g", "going_on"));
    assert_eq!(types(&mut desk, "/answer", "p")["call.answer"]["call"], json!("c1"));
    assert_eq!(types(&mut desk, "/answer", "g")["call.answer"]["call"], json!("c1"));
    desk.app.event(changed("c2", "g", "going_on"));
    assert_eq!(types(&mut desk, "/decline", "g")["call.decline"]["call"], json!("c1"));
    // It rings no longer: what goes on elsewhere is nothing to answer here.
    desk.app.event(changed("c1", "p", "over"));
    assert!(types(&mut desk, "/answer", "p").is_null());
    assert!(desk.screen().contains("Nobody calls."));
    assert_eq!(types(&mut desk, "/answer", "g")["call.answer"]["call"], json!("c2"));
    assert!(types(&mut desk, "/decline", "g").is_null(), "what does not ring is not declined");
    // Of two that ring the one that was said last, and then the other one.
    rings(&mut desk, "c3");
    rings(&mut desk, "c4");
    assert_eq!(types(&mut desk, "/decline later", "p")["call.decline"]["call"], json!("c4"));
    desk.app.event(changed("c4", "p", "going_on"));
    assert_eq!(types(&mut desk, "/answer", "p")["call.answer"]["call"], json!("c3"));
    desk.app.event(changed("c3", "p", "in"));
    assert_eq!(
        types(&mut desk, "/answer", "p")["call.answer"]["call"],
        json!("c4"),
        "missed, and goes on there"
    );
}

#[test]
fn a_locked_chat_is_shown_after_the_passphrase() {
    let mut desk = Desk::ana(80, 24);
    desk.open(talk());
    desk.ctrl('t');
    desk.key(KeyCode::Char('o'));
    let locking = serde_json::to_value(desk.app.take_effects().iter().rev().find_map(called)).unwrap();
    assert_eq!(locking["conversation.mark"], json!({"conversation": "p", "locked": true}));

    let mut desk = Desk { app: App::new(None), width: 80, height: 24 };
    let account = Account { address: ANA.into(), key_kept_in: "passphrase".into(), ..Account::default() };
    desk.app.answer(Purpose::Account, Ok(serde_json::to_value(account).unwrap()));
    let mut pair = conversation("p", "Ben", "pair", &[ANA, BEN]);
    pair.last = Some(message("m6", ANA, "14:03", "See you there"));
    pair.locked = true;
    desk.app.answer(Purpose::List, Ok(json!({"conversations": [pair]})));
    desk.app.take_effects();
    assert!(!desk.screen().contains("See you there"));

    desk.key(KeyCode::Enter);
    desk.keys("secret");
    looks_like!(desk, "locked_chat");
    assert!(desk.app.take_effects().is_empty(), "nothing is asked for before");
    desk.key(KeyCode::Enter);
    let proof = serde_json::to_value(desk.app.take_effects().iter().find_map(called)).unwrap();
    assert_eq!(proof["account.prove"]["passphrase"], "secret");
    desk.app.answer(Purpose::Proved, Err(Error::new(Kind::Locked, "This is not the passphrase.")));
    assert!(desk.screen().contains("This is not the passphrase."));
    assert!(desk.app.take_effects().is_empty() && desk.app.model.open.is_none());
    desk.keys("other");
    desk.key(KeyCode::Enter);
    desk.app.answer(Purpose::Proved, Ok(json!({})));
    let asked = serde_json::to_value(desk.app.take_effects().iter().rev().find_map(called)).unwrap();
    assert_eq!(asked["message.list"]["conversation"], json!("p"));
}

#[test]
fn strict_mode_is_turned_off_in_a_chat_after_the_passphrase() {
    let mut desk = Desk { app: App::new(None), width: 80, height: 24 };
    let account = Account { address: ANA.into(), key_kept_in: "passphrase".into(), ..Account::default() };
    desk.app.answer(Purpose::Account, Ok(serde_json::to_value(account).unwrap()));
    desk.app
        .answer(Purpose::List, Ok(json!({"conversations": [conversation("p", "Ben", "pair", &[ANA, BEN])]})));
    desk.app.turn_strict("p", Some(true));
    let on = serde_json::to_value(desk.app.take_effects().iter().rev().find_map(called)).unwrap();
    assert_eq!(on["contact.strict"], json!({"on": true, "conversation": "p"}));
    desk.app.turn_strict("p", Some(false));
    assert!(desk.app.take_effects().is_empty(), "the passphrase comes first");
    assert!(desk.screen().contains("turn strict mode off here"));
    desk.keys("secret");
    desk.key(KeyCode::Enter);
    let proof = serde_json::to_value(desk.app.take_effects().iter().find_map(called)).unwrap();
    assert_eq!(proof["account.prove"]["passphrase"], "secret");
    desk.app.answer(Purpose::Proved, Ok(json!({})));
    let off = serde_json::to_value(desk.app.take_effects().iter().rev().find_map(called)).unwrap();
    assert_eq!(off["contact.strict"], json!({"on": false, "conversation": "p"}));
}

fn called(effect: &Effect) -> Option<&casemate_api::Command> {
    match effect {
        Effect::Call(_, command) => Some(command),
        _ => None,
    }
}
