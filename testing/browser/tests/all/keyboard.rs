//! Without a mouse or a finger.

use casemate_browser::chromium::Look;
use casemate_browser::world::story;
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
        world.all_well(&[&mira]).await;
    });
}
