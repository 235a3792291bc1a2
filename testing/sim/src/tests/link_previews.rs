//! Previews of links: made by the sender, bounded, of a link that stands in the text, and shown by the receiver's judgement.

use casemate_api::Kind as Refused;
use casemate_content::limits;
use casemate_content::proto as content;
use casemate_content::proto::content::Kind;
use serde_json::{Value, json};

use crate::{ClientId, World};

const URL: &str = "https://news.example/a?b=c";

struct Story {
    world: World,
    ana: ClientId,
    bob: ClientId,
    at_ana: String,
    at_bob: String,
}

fn story(seed: u64) -> Story {
    let mut world = World::new(seed);
    let (ana, bob) = (world.person("ana"), world.person("bob"));
    world.befriend(ana, bob);
    let (at_ana, at_bob) = (world.chat(ana, bob), world.chat(bob, ana));
    Story { world, ana, bob, at_ana, at_bob }
}

impl Story {
    fn send(&mut self, text: &str, preview: Value) -> Result<Value, casemate_api::Error> {
        let wanted = json!({"conversation": self.at_ana, "text": text, "preview": preview});
        self.world.call(self.ana, "message.send", wanted)
    }

    /// What Bob's newest message shows.
    fn shown(&mut self) -> Value {
        self.world.settle();
        self.world.messages(self.bob, &self.at_bob).pop().expect("a message")["preview"].clone()
    }
}

fn preview() -> Value {
    json!({"url": URL, "title": "What happened", "about": "A long story.", "picture": "ffd8ff"})
}

fn made(url: &str) -> content::LinkPreview {
    content::LinkPreview { url: url.into(), title: "A title".into(), ..content::LinkPreview::default() }
}

fn said(text: &str, preview: content::LinkPreview) -> Kind {
    Kind::Text(content::Text { text: text.into(), preview: Some(preview), ..content::Text::default() })
}

#[test]
fn a_preview_comes_with_its_text_and_goes_with_it() {
    let mut story = story(9_001);
    let sent = story.send(&format!("Read this: {URL}!"), preview()).unwrap()["message"].clone();
    let shown = story.shown();
    let wanted = json!({"url": URL, "host": "news.example", "title": "What happened", "about": "A long story.", "picture": "ffd8ff"});
    assert_eq!(shown, wanted);
    let (ana, bob, at_ana, at_bob) = (story.ana, story.bob, story.at_ana.clone(), story.at_bob.clone());
    let world = &mut story.world;
    assert_eq!(world.messages(ana, &at_ana).pop().unwrap()["preview"], wanted, "hers shows the same");
    // A device that is linked later has it too.
    let bob2 = world.link_with(bob, "all");
    world.settle();
    let at_bob2 = world.chat(bob2, ana);
    assert_eq!(world.messages(bob2, &at_bob2).pop().unwrap()["preview"], wanted);
    // It is nobody's who forwards.
    world.ok(bob, "message.forward", json!({"messages": [sent], "to": [at_bob]}));
    world.settle();
    let forwarded = world.messages(ana, &at_ana).pop().unwrap();
    assert_eq!((&forwarded["forwarded"], &forwarded["preview"]), (&json!(1), &Value::Null));
    // The text without the link has no preview of it, whatever it was before.
    let first = |world: &mut World| {
        let all = world.messages(bob, &at_bob);
        all.into_iter().find(|one| one["message"] == sent).unwrap()["preview"].clone()
    };
    world.ok(ana, "message.edit", json!({"message": sent, "text": "https://other.example/"}));
    world.settle();
    assert_eq!(first(world), Value::Null);
    world.ok(ana, "message.delete", json!({"message": sent, "for": "everyone"}));
    world.settle();
    assert_eq!(first(world), Value::Null);
    for id in [ana, bob] {
        let kept: i64 = world.with_db(id, |db| {
            db.query_row("SELECT count(*) FROM link_previews", [], |row| row.get(0)).unwrap()
        });
        assert_eq!(kept, 0, "{id:?} keeps nothing of it");
    }
}

#[test]
fn what_is_sent_is_of_a_link_in_the_text_and_within_bounds() {
    let mut story = story(9_002);
    let with = |field: &str, value: Value| {
        let mut preview = preview();
        preview[field] = value;
        preview
    };
    let text = format!("{URL} http://news.example/ https://news.example");
    for (preview, kind) in [
        (with("url", json!("https://elsewhere.example/")), Refused::Invalid),
        (with("url", json!("http://news.example/")), Refused::Invalid),
        (with("url", json!("https://news.example/a")), Refused::Invalid),
        (with("title", json!(" \u{202e}\n")), Refused::Invalid),
        (with("title", json!("x".repeat(limits::LINK_TITLE_CHARS + 1))), Refused::TooLarge),
        (with("about", json!("é".repeat(limits::LINK_ABOUT_CHARS + 1))), Refused::TooLarge),
        (with("picture", json!("00".repeat(limits::LINK_PICTURE_BYTES + 1))), Refused::TooLarge),
        (with("picture", json!("xy")), Refused::Invalid),
        (with("picture", json!("123")), Refused::Invalid),
    ] {
        assert_eq!(story.send(&text, preview).unwrap_err().kind, kind);
    }
    let once = json!({"conversation": story.at_ana, "text": text, "preview": preview(), "view_once": true});
    assert!(story.world.call(story.ana, "message.send", once).is_err());
    // As much as may be goes through, and what is more is said before anything is sent.
    let picture = "a5".repeat(limits::LINK_PICTURE_BYTES);
    let long = |bytes: usize| format!("{URL} {}", "x".repeat(bytes));
    let largest = limits::PREVIEWED_TEXT_BYTES - limits::LINK_PICTURE_BYTES - 300;
    story.send(&long(largest), with("picture", json!(picture))).unwrap();
    assert_eq!(story.shown()["picture"], json!(picture));
    let over = story.send(&long(largest + 1_000), with("picture", json!(picture))).unwrap_err();
    assert_eq!(over.kind, Refused::TooLarge);
    // The web has no program that could look behind a link; neither has an engine by itself.
    let asked = story.world.call(story.ana, "link.preview", json!({"url": URL}));
    assert_eq!(asked.unwrap_err().kind, Refused::NotAllowed);
}

#[test]
fn whatever_a_member_puts_there_its_text_is_shown_and_the_host_is_the_true_one() {
    let mut story = story(9_003);
    let mut mallory = story.world.insider(story.ana, &story.at_ana.clone());
    let title = |title: String| content::LinkPreview { title, ..made(URL) };
    let cases = [
        ("https://evil.example/", made("https://bank.example/")),
        ("https://bank.example.evil.example/", made("https://bank.example")),
        ("https://evil.example/?https://bank.example", made("https://bank.example")),
        // What `link.look` would warn of has no words beside it that calm.
        ("https://paypa1.com/", made("https://paypa1.com/")),
        ("https://www.paypal.com@evil.example/", made("https://www.paypal.com@evil.example/")),
        ("https://192.0.2.7/", made("https://192.0.2.7/")),
        ("https://bit.ly/x", made("https://bit.ly/x")),
        ("http://news.example/", made("http://news.example/")),
        ("javascript://news.example/", made("javascript://news.example/")),
        (URL, title("x".repeat(limits::LINK_TITLE_CHARS + 1))),
        (URL, title("\u{202e}\u{2066}\n".into())),
        (URL, title(String::new())),
        (URL, content::LinkPreview { about: "x".repeat(limits::LINK_ABOUT_CHARS + 1), ..made(URL) }),
        (URL, content::LinkPreview { picture: vec![0; limits::LINK_PICTURE_BYTES + 1].into(), ..made(URL) }),
        (URL, content::LinkPreview::default()),
    ];
    for (number, (text, preview)) in (0u8..).zip(cases) {
        story.world.insider_says(&mut mallory, vec![number; 16], said(text, preview));
        assert_eq!(story.shown(), Value::Null, "{text}");
        let newest = story.world.messages(story.bob, &story.at_bob).pop().unwrap();
        assert_eq!((&newest["kind"], &newest["text"]), (&json!("text"), &json!(text)), "the text is shown");
    }
    // Words that would leave their line or turn around are straightened, and the host is worked out from the link.
    let odd = content::LinkPreview {
        title: "Your\u{202e} bank\n\0says".into(),
        about: "\u{200b}".into(),
        ..made("https://bücher.example/")
    };
    story.world.insider_says(&mut mallory, vec![77; 16], said("https://bücher.example/", odd));
    let shown = story.shown();
    assert_eq!(shown["title"], "Your bank says");
    assert_eq!(
        (&shown["host"], &shown["reads"]),
        (&json!("xn--bcher-kva.example"), &json!("bücher.example"))
    );
    assert_eq!((&shown["about"], &shown["picture"]), (&Value::Null, &Value::Null));
}

#[test]
fn strict_mode_and_known_spyware_have_no_preview_and_strangers_no_picture() {
    let mut story = story(9_004);
    let (ana, bob, at_bob) = (story.ana, story.bob, story.at_bob.clone());
    story.send(URL, preview()).unwrap();
    assert_eq!(story.shown()["title"], "What happened");
    for strict in [json!({"on": true}), json!({"on": false}), json!({"conversation": at_bob, "on": true})] {
        let is_strict = strict["on"] == true;
        story.world.ok(bob, "contact.strict", strict);
        assert_eq!(story.shown().is_null(), is_strict);
    }
    // Whoever is strict sends none either.
    let sent = json!({"conversation": at_bob, "text": URL, "preview": preview()});
    story.world.ok(bob, "message.send", sent);
    story.world.settle();
    let at_ana = story.at_ana.clone();
    let newest = story.world.messages(ana, &at_ana).pop().unwrap();
    assert_eq!((&newest["text"], &newest["preview"]), (&json!(URL), &Value::Null));
    story.world.ok(bob, "contact.strict", json!({"conversation": at_bob, "on": false}));

    story.send(URL, preview()).unwrap();
    assert_eq!(story.shown()["host"], "news.example");
    let list = json!({"name": "Lab", "indicators": [{"kind": "domain", "value": "news.example"}]});
    story.world.ok(bob, "indicators.add", list);
    story.world.ok(bob, "indicators.look_back", json!({}));
    assert_eq!(story.shown(), Value::Null);
    story.send(URL, preview()).unwrap();
    assert_eq!(story.shown(), Value::Null);

    // Eve is in a group with Bob and is no contact of his: her words, and no picture to decode.
    let mut world = story.world;
    let eve = world.person("eve");
    world.befriend(ana, eve);
    let group = world.group("Plans", ana, &[bob, eve]);
    world.settle();
    let (at_eve, in_bob) = (world.named(eve, "Plans"), world.named(bob, "Plans"));
    let other = json!({"url": "https://other.example/", "title": "T", "picture": "ffd8ff"});
    let text = "https://other.example/";
    world.ok(eve, "message.send", json!({"conversation": at_eve, "text": text, "preview": other}));
    world.settle();
    let seen =
        |world: &mut World, id, place: &str| world.messages(id, place).pop().unwrap()["preview"].clone();
    assert_eq!(seen(&mut world, ana, &group)["picture"], "ffd8ff");
    let shown = seen(&mut world, bob, &in_bob);
    assert_eq!((&shown["title"], &shown["picture"]), (&json!("T"), &Value::Null));
}

/// What is kept of whether a preview stands in its text.
fn judged(story: &mut Story) -> Vec<Option<bool>> {
    story.world.with_db(story.bob, |db| {
        let mut statement = db.prepare("SELECT stands FROM link_previews ORDER BY rowid").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    })
}

fn judge(story: &mut Story, stands: Option<bool>) {
    story.world.with_db(story.bob, |db| {
        assert_eq!(db.execute("UPDATE link_previews SET stands = ?1", [stands]).unwrap(), 1);
    });
}

#[test]
fn whether_a_preview_is_of_its_text_is_judged_when_it_comes_and_when_the_text_changes() {
    let mut story = story(9_006);
    let sent = story.send(&format!("Read this: {URL}!"), preview()).unwrap()["message"].clone();
    assert_eq!(story.shown()["url"], URL);
    assert_eq!(judged(&mut story), [Some(true)]);
    // What was judged counts: the text is not looked through each time.
    judge(&mut story, Some(false));
    assert_eq!(story.shown(), Value::Null);
    assert_eq!(judged(&mut story), [Some(false)]);
    // Another text is judged anew.
    let ana = story.ana;
    for (text, stands) in [
        (format!("Do read this: {URL}"), true),
        (format!("Not {URL}/more"), false),
        ("Nothing".to_owned(), false),
        (format!("{URL} after all"), true),
    ] {
        story.world.ok(ana, "message.edit", json!({"message": sent, "text": text}));
        assert_eq!(story.shown()["url"] == URL, stands, "{text}");
    }
    // A home of before knows nothing of it: it is judged when it is shown first.
    judge(&mut story, None);
    assert_eq!(story.shown()["url"], URL);
    assert_eq!(judged(&mut story), [Some(true)]);
}
