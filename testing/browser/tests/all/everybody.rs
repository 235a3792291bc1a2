//! Everybody can use it: each screen in both themes and all languages, by keyboard alone, enlarged.

use casemate_browser::chromium::Look;
use casemate_browser::screens::{LANGUAGES, PLACES};
use casemate_browser::world::story;
use thirtyfour::Key;

#[test]
fn every_screen_is_open_to_all() {
    story(async |world| {
        let mut found = Vec::new();
        let mira = world.browser("mira", Look::DESK).await;
        mira.go(&world.server.invite()).await;
        mira.see("button", "Create account").await;
        mira.look_for_barriers("welcome", &mut found).await;
        mira.write("Your name", "mira").await;
        mira.press("button", "Create account").await;
        mira.see("button", "Skip").await;
        mira.look_for_barriers("what is safe", &mut found).await;
        mira.press("button", "Skip").await;
        let sam = world.join("sam", Look::PHONE).await;
        sam.knock(&world.address("mira"), "We met at the library.").await;
        mira.see("button", "~quiet").await;
        mira.visit("#/requests").await;
        mira.look_for_barriers("a request", &mut found).await;
        mira.accept("sam").await;
        mira.say("The light on the estuary was *unreal*. https://example.org/path").await;
        sam.chat("mira").await;
        sam.say("From the north side?").await;
        mira.message("From the north side?").await;
        for dark in [false, true] {
            for browser in [&mira, &sam] {
                browser.colours(dark).await;
                browser.look_for_barriers("conversation", &mut found).await;
                for (name, place) in PLACES {
                    browser.visit(place).await;
                    browser.look_for_barriers(name, &mut found).await;
                }
                browser.visit("#/chats").await;
                browser.chat(if browser.name() == "mira" { "sam" } else { "mira" }).await;
            }
        }
        mira.press("button", "Emoji").await;
        mira.look_for_barriers("emoji", &mut found).await;
        mira.key(Key::Escape).await;
        mira.choose("estuary", "Info").await;
        mira.look_for_barriers("about a message", &mut found).await;
        mira.key(Key::Escape).await;
        mira.choose("estuary", "Forward").await;
        mira.look_for_barriers("forward", &mut found).await;
        mira.key(Key::Escape).await;
        mira.press("button", "Details").await;
        mira.look_for_barriers("details", &mut found).await;

        // Enlarged to 200 % in a window of 1280: what a window of half the size shows.
        mira.resize(640, 512).await;
        for (name, place) in PLACES {
            mira.visit(place).await;
            mira.look_for_barriers(&format!("{name} at 200 %"), &mut found).await;
        }
        for language in LANGUAGES {
            for browser in [&mira, &sam] {
                browser.speak(language).await;
                for (name, place) in PLACES {
                    browser.visit(place).await;
                    browser.look_for_barriers(&format!("{name} in {language}"), &mut found).await;
                }
            }
        }
        found.sort();
        found.dedup();
        assert!(found.is_empty(), "{found:#?}");
    });
}

#[test]
fn by_keyboard_alone() {
    story(async |world| {
        let mira = world.browser("mira", Look::DESK).await;
        mira.go(&world.server.invite()).await;
        mira.see("textbox", "Your name").await;
        // The field has the focus already; Enter sends the form.
        mira.type_keys("mira").await;
        mira.key(Key::Enter).await;
        mira.see("dialog", "What is safe and what is not").await;
        mira.key(Key::Escape).await;
        mira.see("navigation", "Main").await;
        // The palette opens and goes away; then the notes to oneself.
        mira.chord(Key::Control, "k").await;
        mira.see("dialog", "Find anything").await;
        mira.key(Key::Escape).await;
        mira.gone("dialog", "").await;
        mira.chord(Key::Alt, "n").await;
        mira.see("heading", "New chat").await;
        mira.tab_to("button Notes to self").await;
        mira.key(Key::Enter).await;
        mira.see("textbox", "Message").await;
        mira.tab_to("textarea Message").await;
        mira.type_keys("by keyboard").await;
        mira.key(Key::Enter).await;
        mira.message("by keyboard").await;
        // To the message's buttons, and a reaction.
        mira.tab_to("button React").await;
        mira.key(Key::Enter).await;
        mira.see("dialog", "Choose an emoji").await;
        mira.type_keys("heart").await;
        mira.key(Key::Enter).await;
        mira.see("button", "~from You").await;
        // The menu: arrows, Escape gives the focus back.
        mira.tab_to("button More").await;
        mira.key(Key::Enter).await;
        mira.see("menu", "").await;
        mira.key(Key::Down).await;
        mira.key(Key::Escape).await;
        mira.gone("menu", "").await;
        assert_eq!(mira.focused().await, "button More");
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
             button.id = 'twice'; words.id = 'twice'; document.querySelector('main').append(words, button)";
        page.run(script, Vec::new()).await;
        let found = page.barriers().await.join("\n");
        for wanted in ["contrast", "without a name", "the id twice", "smaller than 24 px"] {
            assert!(found.contains(wanted), "{wanted} is not in {found}");
        }
    });
}
