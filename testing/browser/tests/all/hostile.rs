//! Everything that another person controls is text: no field of theirs becomes an element, a dialog, another page, or a
//! letter that draws over its neighbours. Somebody at `casemate rpc` sends what a person with bad intentions would.

use std::path::PathBuf;

use casemate_browser::browser::Browser;
use casemate_browser::chromium::Look;
use casemate_browser::world::{World, story};
use casemate_e2e::person::Person;
use serde_json::{Value, json};

/// Script, markup, addresses, styles, turned-around writing, marks upon marks, NUL, and words without an end.
fn tricks() -> Vec<String> {
    vec![
        "<script>alert('script')</script><img src=x onerror=alert('img')>".to_owned(),
        "\"><svg/onload=alert('svg')><iframe srcdoc='<script>parent.alert(1)</script>'></iframe>".to_owned(),
        "javascript:alert('address') data:text/html,<script>alert(1)</script> https://a.example/\"onmouseover=alert(1)//"
            .to_owned(),
        "</style><style>*{display:none!important}</style><link rel=stylesheet href=//evil.example/x.css>".to_owned(),
        "photo\u{202e}gpj.exe \u{2066}left\u{2067}right".to_owned(),
        format!("z{}algo", "\u{0323}\u{0301}\u{0489}".repeat(60)),
        "before\u{0}after \u{7}\u{1b}[31m".to_owned(),
        "W".repeat(2_500),
        "{{7*7}} ${7*7} %s%n &lt;b&gt; *bold* ||hidden|| > quote".to_owned(),
    ]
}

/// The same, as long as a field takes it.
fn cut(trick: &str, most: usize) -> String {
    let mut end = trick.len().min(most);
    while !trick.is_char_boundary(end) {
        end -= 1;
    }
    trick[..end].to_owned()
}

/// What must be true of a page whatever others send.
async fn is_unharmed(page: &Browser, world: &World, at: &str) {
    let found = page.run(include_str!("hostile.js"), vec![json!(world.server.url())]).await;
    assert_eq!(found, json!([]), "{at}: {}", page.outline().await);
}

#[test]
fn what_others_write_is_text() {
    story(async |world| {
        let mira = world.join("mira", Look::PHONE).await;
        let mut eve = Person::start(&world.folder().join("eve"));
        eve.ask("account.create", json!({"name": "eve", "invite": world.server.invite()}));
        let note = cut(&tricks()[0], 130);
        eve.ask("contact.knock", json!({"to": world.address("mira"), "note": note}));

        // The request of a stranger, before anything is accepted.
        mira.press("button", "~quiet").await;
        mira.reads(&note).await;
        is_unharmed(&mira, &world, "request").await;
        mira.press("button", "Accept").await;
        mira.chat("eve").await;
        let pair = pair(&mut eve);

        // Text, names of files and their captions. What eve's own engine refuses does not come here.
        for (number, trick) in tricks().iter().enumerate() {
            let _ = eve.try_ask("message.send", json!({"conversation": pair, "text": trick}));
            let file = file(&world, trick, number);
            let attachments = json!([{"path": file, "caption": cut(trick, 400)}]);
            let _ = eve.try_ask("message.send", json!({"conversation": pair, "attachments": attachments}));
            let poll =
                json!({"question": cut(trick, 120), "options": [cut(trick, 60), "no"], "multiple": false});
            let _ = eve.try_ask("message.send", json!({"conversation": pair, "poll": poll}));
        }
        eve.ask("message.send", json!({"conversation": pair, "text": "this is the last of it"}));
        mira.message("this is the last of it").await;
        is_unharmed(&mira, &world, "conversation").await;

        // Names, one after another, wherever they stand: list, heading, details, announcements.
        for (number, trick) in tricks().iter().enumerate() {
            let named =
                eve.try_ask("account.set", json!({"display_name": cut(trick, 60), "about": cut(trick, 130)}));
            let group = eve.try_ask(
                "conversation.create",
                json!({"members": [world.address("mira")], "name": cut(trick, 90)}),
            );
            if named.is_err() && group.is_err() {
                continue;
            }
            let mark = format!("named {number}");
            eve.ask("message.send", json!({"conversation": pair, "text": mark}));
            mira.message(&mark).await;
            is_unharmed(&mira, &world, &mark).await;
        }
        mira.press("button", "More about this chat").await;
        mira.press("menuitem", "Details").await;
        mira.see("heading", "Details").await;
        is_unharmed(&mira, &world, "details").await;
        mira.place("#/requests").await;
        mira.see("list", "Requests").await;
        is_unharmed(&mira, &world, "groups that wait").await;
        mira.resize(1_440, 900).await;
        mira.place("#/chats").await;
        mira.see("list", "Chats").await;
        is_unharmed(&mira, &world, "list").await;
        mira.write("Search", "alert").await;
        mira.see("region", "Results").await;
        is_unharmed(&mira, &world, "search").await;
        world.all_well(&[&mira]).await;
    });
}

fn pair(eve: &mut Person) -> Value {
    eve.event("a conversation", |event| event["type"] == "conversation.changed");
    eve.ask("sync", json!({}));
    let all = eve.ask("conversation.list", json!({}));
    let all = all["conversations"].as_array().unwrap();
    all.iter().find(|one| one["kind"] == "pair").unwrap()["conversation"].clone()
}

/// A file whose name is the trick, as far as a file system takes it.
fn file(world: &World, trick: &str, number: usize) -> PathBuf {
    let folder = world.folder().join(format!("file-{number}"));
    std::fs::create_dir_all(&folder).unwrap();
    let name: String = trick.chars().filter(|c| !matches!(c, '/' | '\0')).collect();
    let path = folder.join(format!("{}.txt", cut(&name, 200)));
    std::fs::write(&path, trick).unwrap();
    path
}
