//! What was begun and not sent: over a reload, and on two devices of one person.

use casemate_browser::chromium::Look;
use casemate_browser::world::story;
use serde_json::{Value, json};
use thirtyfour::Key;

#[test]
fn what_is_begun_is_in_the_list_and_goes_with_what_another_device_sends() {
    story(async |world| {
        // Mira has a device at casemate rpc, and links her browser to it.
        let (mut home, mut noor) = (world.at_rpc("mira"), world.at_rpc("noor"));
        let pair = home.meet(&mut noor);
        let mira = world.browser("mira", Look::DESK).await;
        mira.go(&world.url()).await;
        mira.press("button", "Link to a device you already have").await;
        mira.write("Name of the device", "Browser").await;
        mira.press("button", "Show the code").await;
        let code = mira.see("group", "Code").await.text().await.unwrap();
        home.ask("device.approve", json!({"code": code, "history": "all", "confirm": true}));
        mira.see("navigation", "Main").await;
        mira.chat("noor").await;
        mira.say("here too").await;
        noor.hears("here too");
        mira.place("#/chats").await;

        // Begun on the other device, the list says so; also when the page is loaded anew.
        home.ask("conversation.draft", json!({"conversation": pair, "text": "see you at nine"}));
        mira.see("link", "~Draft: see you at nine").await;
        mira.reload().await;
        mira.see("link", "~Draft: see you at nine").await;

        // It stands in the chat, until the other device sends it; nothing of it comes back.
        mira.chat("noor").await;
        mira.holds("Message", "see you at nine").await;
        home.say(&pair, "see you at nine");
        mira.holds("Message", "").await;
        mira.message("see you at nine").await;
        mira.place("#/chats").await;
        mira.see("link", "~see you at nine").await;
        mira.gone("link", "~Draft:").await;
        assert_eq!(home.conversation(&pair)["draft"], Value::Null);

        // Begun here, given up there.
        mira.chat("noor").await;
        mira.write("Message", "and bring").await;
        home.until("the draft", |home| {
            (home.conversation(&pair)["draft"]["text"] == "and bring").then_some(())
        });
        home.ask("conversation.draft", json!({"conversation": pair, "text": ""}));
        mira.holds("Message", "").await;
        world.all_well_but(&[&mira], &["AudioContext was not allowed"]).await;
    });
}

#[test]
fn a_poll_answers_and_costs_nothing_that_was_written() {
    story(async |world| {
        let (mira, sam) = world.pair().await;
        sam.say("Which pier?").await;
        mira.choose("Which pier?", "Reply").await;
        mira.reads("Reply to sam").await;
        mira.write("Message", "half a thought").await;
        mira.press("button", "Attach").await;
        mira.press("menuitem", "Poll").await;
        mira.write("Question", "East or west?").await;
        mira.write("Option 1", "East").await;
        // Closed by accident, it is there again.
        mira.key(Key::Escape).await;
        mira.gone("dialog", "New poll").await;
        mira.press("button", "Attach").await;
        mira.press("menuitem", "Poll").await;
        mira.holds("Question", "East or west?").await;
        mira.holds("Option 1", "East").await;
        mira.write("Option 2", "West").await;
        mira.press("button", "Send poll").await;
        mira.gone("dialog", "New poll").await;
        sam.message_says("East or west?", "Which pier?").await;
        // It answers no longer, and what was written is there, also when the page is loaded anew.
        mira.gone("button", "Cancel").await;
        mira.holds("Message", "half a thought").await;
        mira.reload().await;
        mira.holds("Message", "half a thought").await;
        world.all_well_but(&[&mira, &sam], &["AudioContext was not allowed"]).await;
    });
}

#[test]
fn a_voice_message_answers() {
    story(async |world| {
        let (mira, sam) = world.pair().await;
        sam.say("Which pier?").await;
        mira.choose("Which pier?", "Reply").await;
        mira.reads("Reply to sam").await;
        mira.press("button", "Record voice message").await;
        mira.see("timer", "~0:02").await;
        mira.press("button", "Send").await;
        mira.gone("button", "Cancel").await;
        mira.see("button", "~Which pier?").await;
        sam.see("button", "~Which pier?").await;
        world.all_well_but(&[&mira, &sam], &["AudioContext was not allowed"]).await;
    });
}
