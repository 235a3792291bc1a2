//! Two people meet by a link and talk, each in a browser of their own.

use casemate_browser::chromium::Look;
use casemate_browser::world::story;
use casemate_e2e::files::fixture;
use serde_json::json;

#[test]
fn a_link_two_browsers_and_a_talk() {
    story(async |world| {
        let (mira, film) = world.seeing("mira", Look::DESK).await;
        let link = mira.invitation().await;
        let sam = world.browser("sam", Look::PHONE).await;
        sam.join(&link).await;
        mira.accept("sam").await;
        mira.say("Good morning, Sam").await;
        mira.state("Good morning, Sam", &["Sent", "Delivered", "Read"]).await;
        sam.chat("mira").await;
        sam.message("Good morning, Sam").await;
        mira.state("Good morning, Sam", &["Read"]).await;
        sam.say("Good morning to you").await;
        mira.message("Good morning to you").await;
        sam.state("Good morning to you", &["Read"]).await;

        // They compare their safety number: mira's camera looks at sam's screen.
        mira.press("button", "Details").await;
        mira.press("button", "~Compare it with them once").await;
        mira.see("img", "The safety number as a QR code").await;
        sam.press("button", "More about this chat").await;
        sam.press("menuitem", "Details").await;
        sam.press("button", "~Compare it with them once").await;
        film.sees(&sam.see("img", "The safety number as a QR code").await).await;
        mira.press("button", "Scan their code").await;
        mira.reads("This is sam’s true number, and it is marked as verified now.").await;
        mira.reads("You compared this number with sam.").await;
        world.all_well(&[&mira, &sam]).await;
    });
}

#[test]
fn a_request_is_taken_back_and_nothing_of_it_stays() {
    story(async |world| {
        let (mira, sam) = tokio::join!(world.join("mira", Look::DESK), world.join("sam", Look::PHONE));
        sam.knock(&world.address("mira"), "written to the wrong one").await;
        mira.press("button", "~quiet").await;
        mira.reads("written to the wrong one").await;
        sam.press("link", "Chats").await;
        sam.press("button", "~Request sent to mira").await;
        sam.press("button", "Take back").await;
        sam.reads("Taken back.").await;
        sam.gone("list", "Requests you sent").await;
        mira.reads("Nobody waits.").await;
        sam.reload().await;
        sam.see("navigation", "Main").await;
        sam.gone("button", "~Request sent").await;
        // Asked once more and accepted: the two talk.
        sam.knock(&world.address("mira"), "this time on purpose").await;
        mira.accept("sam").await;
        // What was asked with is the first of the chat, for both.
        mira.message_says("this time on purpose", "From the request").await;
        mira.say("welcome").await;
        sam.chat("mira").await;
        sam.message("this time on purpose").await;
        sam.message("welcome").await;
        world.all_well_but(&[&mira, &sam], &["AudioContext was not allowed"]).await;
    });
}

#[test]
fn who_was_blocked_before_there_was_a_chat_is_let_in_again_from_the_contacts() {
    story(async |world| {
        let mira = world.join("mira", Look::PHONE).await;
        let mut noor = world.at_rpc("noor");
        noor.ask("contact.knock", json!({"to": world.address("mira"), "note": "Hello"}));
        mira.press("button", "~quiet").await;
        mira.press("button", "Block").await;
        let question = mira.see("dialog", "Block noor?").await;
        mira.press_in("button", "Block", Some(&question)).await;
        mira.reads("Nobody waits.").await;
        mira.press("button", "Back").await;
        mira.press("link", "Contacts").await;
        mira.press("button", "~Blocked").await;
        let question = mira.see("dialog", "Unblock noor?").await;
        mira.press_in("button", "Unblock", Some(&question)).await;
        mira.gone("button", "~Blocked").await;
        // And may ask once more.
        noor.ask("contact.knock", json!({"to": world.address("mira"), "note": "Once more"}));
        mira.press("link", "Chats").await;
        mira.accept("noor").await;
        world.all_well(&[&mira]).await;
    });
}

#[test]
fn what_somebody_shows_of_themselves_is_in_their_details() {
    story(async |world| {
        let mira = world.join("mira", Look::PHONE).await;
        let (mut noor, _) = world.friend_of(&mira, "noor").await;
        noor.ask("account.set", json!({"about": "Walks by the water", "picture": fixture("photo-gps.png")}));
        mira.press("button", "More about this chat").await;
        mira.press("menuitem", "Details").await;
        mira.reads("Walks by the water").await;
        mira.press("button", "Picture of noor").await;
        let large = mira.see("dialog", "Picture of noor").await;
        mira.see_in("img", "Picture of noor", Some(&large)).await;
        mira.press("button", "Close").await;
        mira.gone("dialog", "").await;
        world.all_well(&[&mira]).await;
    });
}
