//! Everybody can use it: each screen at three sizes, in both themes and all languages, and enlarged.

use std::path::PathBuf;

use casemate_browser::access::has_axe;
use casemate_browser::browser::Browser;
use casemate_browser::chromium::Look;
use casemate_browser::life::{Life, photos};
use casemate_browser::screens::{SCREENS, Screen};
use casemate_browser::words::{LANGUAGES, Words};
use casemate_browser::world::{World, story};
use serde_json::{Value, json};
use thirtyfour::Key;

/// Rules that depend on the theme; all others see the same in both.
const OF_THE_THEME: [&str; 1] = ["color-contrast"];

/// Adds what is found on a screen to all that was found.
fn note(found: &mut Vec<String>, at: &str, barriers: Vec<String>) {
    for barrier in barriers {
        println!("{at}: {barrier}");
        found.push(format!("{at}: {barrier}"));
    }
}

/// Looks at what is on the screen in both themes.
async fn look(browser: &Browser, at: &str, found: &mut Vec<String>) {
    for (dark, rules) in [(false, &[][..]), (true, &OF_THE_THEME[..])] {
        browser.colours(dark).await;
        browser.stands_still().await;
        let theme = if dark { "dark" } else { "light" };
        note(found, &format!("{at}, {theme}"), browser.barriers(&Value::Null).await);
        note(found, &format!("{at}, {theme}"), browser.axe(rules).await);
    }
    browser.colours(false).await;
}

/// Everybody who begins: the screens before there is an account, in all languages.
async fn begin(world: &World, mira: &Browser, found: &mut Vec<String>) {
    let english = Words::of("en");
    let invitation = world.server.invite();
    mira.go(&invitation).await;
    for look_of in [Look::PHONE, Look::DESK] {
        mira.look_as(look_of).await;
        mira.see("button", "Create account").await;
        look(mira, "welcome", found).await;
    }
    mira.look_as(Look::PHONE).await;
    for (language, _) in LANGUAGES.into_iter().rev() {
        let words = Words::of(language);
        mira.speak_from_the_start(language).await;
        let foreign = words.to_look_for(&english);
        note(found, &format!("welcome in {language}"), mira.barriers(&foreign).await);
        mira.press("button", words.say("have-account")).await;
        mira.see("heading", words.say("restore-title")).await;
        note(found, &format!("restore in {language}"), mira.barriers(&foreign).await);
    }
    look(mira, "restore", found).await;
    mira.look_as(Look::DESK).await;
    mira.reload().await;
    mira.join(&invitation).await;
}

/// Somebody with a life in the app, and photos to send.
struct Looking {
    mira: Browser,
    life: Life,
    photos: Vec<PathBuf>,
    found: Vec<String>,
}

impl Looking {
    async fn begin(world: &World, mira: Browser) -> Self {
        let life = Life::begin(world, &mira).await;
        Self { mira, life, photos: photos(world), found: Vec::new() }
    }

    async fn open(&self, screen: &Screen, words: &Words) {
        self.mira.open_screen(screen, words, &self.life, &self.photos).await;
    }

    /// Our own checks on these screens.
    async fn check(&mut self, screens: impl Iterator<Item = &Screen>, words: &Words, at: &str) {
        let foreign = words.to_look_for(&Words::of("en"));
        for screen in screens {
            self.open(screen, words).await;
            let barriers = self.mira.barriers(&foreign).await;
            note(&mut self.found, &format!("{} {at}", screen.name), barriers);
        }
    }

    fn end(self) {
        assert!(self.found.is_empty(), "{} barriers, above", self.found.len());
    }
}

/// Whole pages; what is left out are the menus and dialogs on them.
fn pages() -> impl Iterator<Item = &'static Screen> {
    SCREENS.iter().filter(|screen| screen.steps.is_empty())
}

#[test]
fn every_screen_is_open_to_all() {
    story(async |world| {
        if !has_axe() {
            println!("axe-core is not there: only our own checks look. `cargo xtask test` fetches it.");
        }
        let english = Words::of("en");
        let mira = world.join("mira", Look::DESK).await;
        let mut looking = Looking::begin(&world, mira).await;
        looking.mira.look_as(Look::PHONE).await;
        for screen in SCREENS {
            looking.open(screen, &english).await;
            look(&looking.mira, &format!("{} phone", screen.name), &mut looking.found).await;
        }
        looking.mira.look_as(Look::DESK).await;
        for screen in pages() {
            looking.open(screen, &english).await;
            look(&looking.mira, &format!("{} wide", screen.name), &mut looking.found).await;
        }
        // Between the two; then 200 % of a window of 1440, and what a window of 1280 shows at 400 %.
        looking.mira.resize(768, 1_024).await;
        looking.check(pages(), &english, "tablet").await;
        looking.mira.resize(720, 450).await;
        looking.check(pages(), &english, "at 200 %").await;
        looking.mira.resize(320, 568).await;
        looking.check(SCREENS.iter(), &english, "at 400 %").await;
        looking.end();
    });
}

#[test]
fn every_screen_speaks_every_language() {
    story(async |world| {
        let mut found = Vec::new();
        let mira = world.browser("mira", Look::DESK).await;
        begin(&world, &mira, &mut found).await;
        let mut looking = Looking::begin(&world, mira).await;
        looking.found = found;
        looking.mira.look_as(Look::PHONE).await;
        for (number, (language, own_name)) in LANGUAGES.into_iter().skip(1).enumerate() {
            let words = Words::of(language);
            looking.mira.speak(&words, own_name).await;
            // The longest words, and the other direction, everywhere; of menus and dialogs the others share the rest.
            let all = ["de", "ar"].contains(&language);
            let mine = |at: usize, screen: &Screen| all || screen.steps.is_empty() || at % 5 == number % 5;
            let screens = SCREENS.iter().enumerate().filter(|(at, screen)| mine(*at, screen));
            looking.check(screens.map(|(_, screen)| screen), &words, &format!("in {language}")).await;
        }
        looking.end();
    });
}

#[test]
fn the_check_sees_what_is_wrong() {
    story(async |world| {
        let page = world.browser("nobody", Look::DESK).await;
        page.go(&world.server.url()).await;
        page.see("button", "Create account").await;
        let script = "const words = document.createElement('p'); words.textContent = 'hardly to be read'; \
             words.style.color = 'rgb(140 140 140 / 40%)'; const button = document.createElement('button'); \
             button.id = 'twice'; words.id = 'twice'; const label = document.createElement('button'); \
             label.textContent = 'Create account, which is long'; label.style.width = '30px'; \
             label.style.whiteSpace = 'nowrap'; document.querySelector('main').append(words, button, label)";
        page.run(script, Vec::new()).await;
        let found = page.barriers(&Words::of("de").to_look_for(&Words::of("en"))).await.join("\n");
        for wanted in [
            "contrast",
            "without a name",
            "the id twice",
            "smaller than 24 px",
            "cut off",
            "in English: \"Create account\"",
        ] {
            assert!(found.contains(wanted), "{wanted} is not in {found}");
        }
        if has_axe() {
            let found = page.axe(&[]).await.join("\n");
            assert!(found.contains("axe button-name"), "{found}");
        }
    });
}

#[test]
fn a_call_is_open_to_all() {
    story(async |world| {
        let mut found = Vec::new();
        let english = Words::of("en");
        let mira = world.join("mira", Look::DESK).await;
        let (mut sam, pair) = world.friend_of(&mira, "sam").await;
        mira.chat("sam").await;
        for (language, own_name) in [("en", "English"), ("ar", "العربية"), ("de", "Deutsch")] {
            let words = Words::of(language);
            mira.look_as(Look::DESK).await;
            mira.speak(&words, own_name).await;
            let foreign = words.to_look_for(&english);
            let start = json!({"conversation": pair, "video": true, "send": "pattern"});
            let call = sam.ask("call.start", start)["call"].as_str().unwrap().to_owned();
            mira.see("button", words.say("call-answer")).await;
            for size in [Look::PHONE, Look::DESK] {
                mira.look_as(size).await;
                note(&mut found, &format!("ringing in {language}"), mira.barriers(&foreign).await);
                look(&mira, &format!("ringing in {language}"), &mut found).await;
                for (name, back) in [("call-decline-words", "cancel"), ("call-test", "close")] {
                    mira.press("button", words.say(name)).await;
                    mira.stands_still().await;
                    note(&mut found, &format!("{name} in {language}"), mira.barriers(&foreign).await);
                    note(&mut found, &format!("{name} in {language}"), mira.axe(&[]).await);
                    mira.press("button", words.say(back)).await;
                }
            }
            mira.press("button", words.say("call-answer-camera")).await;
            mira.sees_move("sam").await;
            for size in [Look::PHONE, Look::DESK] {
                mira.look_as(size).await;
                note(&mut found, &format!("in a call in {language}"), mira.barriers(&foreign).await);
                note(&mut found, &format!("in a call in {language}"), mira.axe(&[]).await);
            }
            mira.press("button", words.say("call-options")).await;
            note(&mut found, &format!("options in {language}"), mira.barriers(&foreign).await);
            note(&mut found, &format!("options in {language}"), mira.axe(&[]).await);
            mira.key(Key::Escape).await;
            mira.press("button", words.say("call-smaller")).await;
            note(&mut found, &format!("a small call in {language}"), mira.axe(&[]).await);
            // By keyboard alone.
            mira.press("button", words.say("call-larger")).await;
            mira.tab_to(&format!("button {}", words.say("call-leave"))).await;
            mira.key(Key::Enter).await;
            mira.gone("button", words.say("call-leave")).await;
            let _ = call;
        }
        assert!(found.is_empty(), "{} barriers, above", found.len());
    });
}

#[test]
fn a_muted_chat_is_not_read_out() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, from_noor) = world.friend_of(&mira, "noor").await;
        let (mut sam, from_sam) = world.friend_of(&mira, "sam").await;
        mira.visit("#/chats").await;
        let row = mira.see("link", "^noor").await;
        mira.ask_for_menu(&row).await;
        mira.press("menuitem", "Mute").await;
        mira.press("menuitem", "Always").await;
        mira.gone("menu", "").await;
        mira.ask_for_menu(&row).await;
        mira.press("menuitem", "Pin").await;
        // Whoever does not see the signs has their words.
        mira.see_in("img", "Muted", Some(&row)).await;
        mira.see_in("img", "Pinned", Some(&row)).await;
        noor.say(&from_noor, "hush");
        mira.see("link", "~hush").await;
        let said = read_out(&mira).await;
        assert!(!said.contains("hush"), "it is read out: {said}");
        sam.say(&from_sam, "the boat leaves at ten");
        hears(&mira, "sam: the boat leaves at ten").await;
        // Whoever is in the chat hears what comes there.
        mira.chat("noor").await;
        noor.say(&from_noor, "you are here");
        hears(&mira, "noor: you are here").await;
        world.all_well(&[&mira]).await;
    });
}

/// What the page has a screen reader say at this moment.
async fn read_out(browser: &Browser) -> String {
    let script = "return document.querySelector('[role=log]').textContent.replace(/[\\u2066-\\u2069]/g, '')";
    browser.run(script, Vec::new()).await.as_str().unwrap_or_default().to_owned()
}

/// Waits until a screen reader is given these words.
async fn hears(browser: &Browser, words: &str) {
    browser
        .wait(&format!("\"{words}\" to be read out"), async || {
            let said = read_out(browser).await;
            if said.contains(words) { Ok(()) } else { Err(format!("it is {said:?}")) }
        })
        .await;
}
