//! Everybody can use it: each screen in both themes and all languages, and enlarged.

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
