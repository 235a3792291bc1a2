//! Without a mouse or a finger.

use casemate_browser::browser::Browser;
use casemate_browser::chromium::Look;
use casemate_browser::world::story;
use serde_json::json;
use thirtyfour::Key;

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
        on_something(&mira).await;

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

        // Arrow up takes up the last message, with the caret behind it; what was begun stands there again afterwards.
        mira.tab_to("textarea Message").await;
        mira.type_keys("half a thought").await;
        mira.choose("by keyboard", "Edit").await;
        mira.wait("the caret", async || match mira.focused().await {
            focused if focused == "textarea Message" => Ok(()),
            focused => Err(focused),
        })
        .await;
        mira.type_keys(" alone").await;
        mira.key(Key::Enter).await;
        mira.message("by keyboard alone").await;
        mira.wait("the draft", async || {
            let typed = mira.run("return document.getElementById('composer').value", Vec::new()).await;
            if typed == "half a thought" { Ok(()) } else { Err(typed.to_string()) }
        })
        .await;
        world.all_well(&[&mira]).await;
    });
}

#[test]
fn shortcuts_are_there_on_every_keyboard() {
    const ALT: u32 = 1;
    const CTRL: u32 = 2;
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        mira.in_use().await;
        // A Russian and an Arabic keyboard, Dvorak's, and a plain one with caps lock.
        for (key, code) in [("л", "KeyK"), ("ن", "KeyK"), ("k", "KeyV"), ("K", "KeyK")] {
            press(&mira, key, code, CTRL).await;
            mira.see("dialog", "Find anything").await;
            mira.key(Key::Escape).await;
            mira.gone("dialog", "").await;
        }
        press(&mira, "ظ", "Slash", CTRL).await;
        mira.reads("Ctrl Shift X").await;
        press(&mira, "Dead", "KeyN", ALT).await;
        mira.see("heading", "New chat").await;
        world.all_well(&[&mira]).await;
    });
}

/// A key as another keyboard has it: what it writes, the place it has on the keyboard, and what is held meanwhile.
async fn press(mira: &Browser, key: &str, code: &str, held: u32) {
    for kind in ["rawKeyDown", "keyUp"] {
        let event = json!({"type": kind, "key": key, "code": code, "modifiers": held});
        mira.cdp("Input.dispatchKeyEvent", event).await;
    }
}

/// The focus is somewhere, not on the page as a whole.
async fn on_something(mira: &Browser) {
    mira.wait("the focus", async || match mira.focused().await {
        focused if focused.starts_with("body") => Err(focused),
        _ => Ok(()),
    })
    .await;
}
