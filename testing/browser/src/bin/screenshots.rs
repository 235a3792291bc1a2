//! `cargo xtask screenshots FOLDER`: pictures of every screen, small enough to keep beside the documents, and a page that
//! shows them. The people in them talk through the real server. With names of screens after the folder, only those.

// A run that cannot go on ends with a panic that says why.
#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use casemate_browser::browser::Browser;
use casemate_browser::chromium::Look;
use casemate_browser::life::{Life, photos};
use casemate_browser::paint::make_small;
use casemate_browser::screens::{SCREENS, Screen};
use casemate_browser::words::Words;
use casemate_browser::world::story;
use serde_json::Value;

/// A desktop screen small enough to be read on a page.
const WIDE: Look = Look { width: 1_200, height: 760, ..Look::DESK };

/// How the pictures look: their name, the kind of screen, the language and what it is called there.
const LOOKS: [(&str, Look, &str, &str); 4] = [
    ("wide", WIDE, "en", "English"),
    ("phone", Look::PHONE, "en", "English"),
    ("phone-dark", Look::PHONE.dark(), "en", "English"),
    ("phone-arabic", Look::PHONE, "ar", "العربية"),
];

/// Screens that say more in one look than in four: on a phone in light colours only.
const ONCE: [&str; 34] = [
    "about",
    "block-question",
    "chat-menu",
    "chat-row-menu",
    "chats-menu",
    "contact-send",
    "delete",
    "disappearing",
    "explain-2",
    "explain-3",
    "folder",
    "go-to-day",
    "group-formatting",
    "import",
    "info",
    "keyboard",
    "leave",
    "list-new",
    "lists",
    "member-menu",
    "mention",
    "mute",
    "new-chat-address",
    "new-group",
    "place-send",
    "recovery-renew",
    "reply",
    "safety",
    "scheduled",
    "search-here",
    "select",
    "send-photos-draw",
    "starred",
    "stickers",
];

fn main() {
    let mut words = std::env::args().skip(1);
    let folder = PathBuf::from(words.next().expect("usage: screenshots FOLDER [SCREEN…]"));
    let only: Vec<String> = words.collect();
    std::fs::create_dir_all(&folder).unwrap();
    story(async |world| {
        let mira = world.browser("mira", WIDE).await;
        mira.go(&world.server.invite()).await;
        for (name, look, _, _) in &LOOKS[..3] {
            mira.look_as(*look).await;
            mira.see("button", "Create account").await;
            picture(&mira, &folder, &format!("welcome-{name}")).await;
        }
        mira.look_as(WIDE).await;
        mira.join(&world.server.invite()).await;
        let life = Life::begin(&world, &mira).await;
        let photos = photos(&world);
        for (name, look, language, own_name) in LOOKS {
            let words = Words::of(language);
            mira.look_as(look).await;
            mira.speak(&words, own_name).await;
            for screen in SCREENS.iter().filter(|screen| wanted(screen, name, &only)) {
                mira.open_screen(screen, &words, &life, &photos).await;
                picture(&mira, &folder, &format!("{}-{name}", screen.name)).await;
            }
        }
    });
    if only.is_empty() {
        std::fs::write(folder.join("README.md"), overview(&folder)).unwrap();
    }
}

fn wanted(screen: &Screen, look: &str, only: &[String]) -> bool {
    let asked_for = only.is_empty() || only.iter().any(|one| one == screen.name);
    asked_for && (look == "phone" || !ONCE.contains(&screen.name))
}

/// The server of a story has a number for a name, another one each time.
const NAMED: &str = "const all = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); \
     for (let one = all.nextNode(); one; one = all.nextNode()) \
         if (one.data.includes('127.0.0.1:')) one.data = one.data.replace(/127\\.0\\.0\\.1:\\d+/g, 'estuary.example')";

async fn picture(browser: &Browser, folder: &Path, name: &str) {
    browser.run(NAMED, Vec::new()).await;
    // Pictures in messages are prepared one after another.
    let prepared = "return document.querySelector('.picture:disabled') === null";
    browser
        .wait("the pictures", async || match browser.run(prepared, Vec::new()).await {
            Value::Bool(true) => Ok(()),
            _ => Err("some are not there".to_owned()),
        })
        .await;
    browser.stands_still().await;
    let shot = browser.driver().screenshot_as_png().await.unwrap();
    make_small(&shot, &folder.join(format!("{name}.png")));
    println!("{name}");
}

/// The page beside the pictures.
fn overview(folder: &Path) -> String {
    let mut page = "# Every screen\n\nMade by `cargo xtask screenshots` out of a conversation through a real server; made anew when the \
         app changes its face.\n\n| screen | wide | phone | dark | Arabic |\n|---|---|---|---|---|\n".to_owned();
    let names = std::iter::once("welcome").chain(SCREENS.iter().map(|screen| screen.name));
    for name in names {
        let _ = write!(page, "| {name} |");
        for (look, ..) in LOOKS {
            let file = format!("{name}-{look}.png");
            let width = if look == "wide" { 420 } else { 190 };
            if folder.join(&file).is_file() {
                let _ = write!(
                    page,
                    " <img src=\"{file}\" width=\"{width}\" alt=\"{name}, {}\"> |",
                    look.replace('-', " ")
                );
            } else {
                page.push_str("  |");
            }
        }
        page.push('\n');
    }
    page
}
