//! `cargo xtask screenshots`: pictures of the screens, phone and wide, light and dark, and in Arabic, into a folder. The
//! people in them talk through the real server.

// A run that cannot go on ends with a panic that says why.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use casemate_browser::browser::Browser;
use casemate_browser::chromium::Look;
use casemate_browser::world::{World, story};
use casemate_e2e::world::Member;
use serde_json::json;

/// A phone's size; drawn one to one, so that the pictures stay small.
const PHONE: Look = Look { width: 390, height: 844, ..Look::DESK };
const WIDE: Look = Look { width: 1_200, height: 760, ..Look::DESK };

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("usage: screenshots FOLDER"));
    std::fs::create_dir_all(&folder).unwrap();
    story(async |world| {
        let mira = world.browser("mira", WIDE).await;
        mira.go(&world.server.invite()).await;
        mira.see("button", "Create account").await;
        both(&mira, &folder, "welcome").await;
        mira.join(&world.server.invite()).await;
        let mut people = people(&world, &mira).await;
        talk(&world, &mira, &mut people).await;

        mira.chat("Sam").await;
        mira.message("north side").await;
        both(&mira, &folder, "conversation").await;
        mira.press("button", "Details").await;
        mira.see("heading", "Details").await;
        picture(&mira, &folder, "details-wide-light").await;
        for (name, place) in
            [("requests", "#/requests"), ("settings", "#/settings/appearance"), ("new-chat", "#/new")]
        {
            mira.visit(place).await;
            picture(&mira, &folder, &format!("{name}-wide-light")).await;
        }
        mira.resize(PHONE.width, PHONE.height).await;
        mira.visit("#/chats").await;
        both(&mira, &folder, "list").await;
        for (name, place) in
            [("requests", "#/requests"), ("settings", "#/settings"), ("privacy", "#/settings/privacy")]
        {
            mira.visit(place).await;
            picture(&mira, &folder, &format!("{name}-phone-light")).await;
        }
        mira.visit("#/chats").await;
        mira.chat("Sam").await;
        both(&mira, &folder, "conversation").await;
        mira.speak("ar").await;
        picture(&mira, &folder, "conversation-phone-arabic").await;
        mira.resize(WIDE.width, WIDE.height).await;
        mira.colours(true).await;
        picture(&mira, &folder, "conversation-wide-arabic-dark").await;
    });
}

/// The people whom mira knows, and one who waits.
async fn people(world: &World, mira: &Browser) -> Vec<Member> {
    let mut people = Vec::new();
    for (name, shown) in [("sam", "Sam Okafor"), ("noor", "Noor Haddad"), ("yusuf", "Yusuf Demir")] {
        let mut person = world.at_rpc(name);
        person.ask("account.set", json!({"display_name": shown}));
        person.ask("contact.knock", json!({"to": world.address("mira"), "note": "Hello Mira"}));
        mira.accept(name).await;
        people.push(person);
    }
    let mut stranger = world.at_rpc("ines");
    let note = "We met at the library. I have the book you asked for.";
    stranger.ask("contact.knock", json!({"to": world.address("mira"), "note": note}));
    people
}

/// A little of everything in the chats.
async fn talk(world: &World, mira: &Browser, people: &mut [Member]) {
    let me = world.address("mira");
    let [sam, noor, yusuf] = people else { unreachable!("three of them") };
    for (person, words) in [(noor, "Tomorrow at ten?"), (yusuf, "The tickets are in the drawer.")] {
        let chat = person.pair_with(&me);
        person.say(&chat, words);
    }
    let chat = sam.pair_with(&me);
    sam.say(&chat, "Morning! Did you see the estuary today?");
    mira.chat("Sam").await;
    mira.message("Morning!").await;
    mira.say("I did. The light was *unreal*.").await;
    mira.say("https://example.org/estuary").await;
    mira.state("unreal", &["Delivered", "Read"]).await;
    sam.say(&chat, "Beautiful. Is that from the north side?");
    mira.message("north side").await;
}

/// In both themes.
async fn both(browser: &Browser, folder: &Path, name: &str) {
    let width = browser.run("return innerWidth", Vec::new()).await.as_u64().unwrap_or(0);
    let size = if width < 768 { "phone" } else { "wide" };
    for (dark, theme) in [(false, "light"), (true, "dark")] {
        browser.colours(dark).await;
        picture(browser, folder, &format!("{name}-{size}-{theme}")).await;
    }
    browser.colours(false).await;
}

async fn picture(browser: &Browser, folder: &Path, name: &str) {
    browser.stands_still().await;
    browser.driver().screenshot(&folder.join(format!("{name}.png"))).await.unwrap();
    println!("{name}");
}
