//! What people expect who come from another messenger.

use casemate_browser::chromium::Look;
use casemate_browser::world::story;

#[test]
fn back_closes_what_is_on_top_and_a_chat_can_be_deleted() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let link = mira.invitation().await;
        let sam = world.browser("sam", Look::PHONE).await;
        sam.join(&link).await;
        mira.accept("sam").await;
        mira.say("the first words").await;
        for number in 0..24 {
            mira.say(&format!("word {number}")).await;
        }
        // A hit leads to the message, also where it is the very first of a chat that is not open.
        sam.see("link", "~word 23").await;
        sam.write("Search", "first words").await;
        sam.press("button", "~the first words").await;
        let first = sam.message("the first words").await;
        sam.wait("the first message in sight", async || {
            let place = first.rect().await.map_err(|error| error.to_string())?;
            if (0.0..844.0).contains(&place.y) { Ok(()) } else { Err(format!("it is at {}", place.y)) }
        })
        .await;
        sam.press("button", "Back").await;
        sam.press("button", "Empty the search").await;
        sam.chat("mira").await;

        let back = async || drop(sam.run("history.back()", Vec::new()).await);
        sam.press("button", "Attach").await;
        sam.see("menuitem", "Poll").await;
        back().await;
        sam.gone("menuitem", "Poll").await;
        sam.press("button", "Attach").await;
        sam.press("menuitem", "Poll").await;
        sam.see("dialog", "New poll").await;
        back().await;
        sam.gone("dialog", "New poll").await;
        sam.choose("word 23", "Select").await;
        sam.see("toolbar", "Selected messages").await;
        back().await;
        sam.gone("toolbar", "Selected messages").await;
        sam.see("textbox", "Message").await;
        back().await;
        sam.gone("textbox", "Message").await;

        // A finger that stays on a chat asks for its menu.
        let row = sam.see("link", "^mira").await;
        sam.ask_for_menu(&row).await;
        sam.press("menuitem", "Delete chat").await;
        sam.press("button", "Delete chat").await;
        sam.gone("link", "^mira").await;
        sam.reload().await;
        sam.see("list", "Chats").await;
        sam.gone("link", "^mira").await;
        mira.say("are you there?").await;
        sam.chat("mira").await;
        sam.message("are you there?").await;
        sam.message_gone("the first words").await;
        // Nobody touched the page since it was loaded: it may not play what tells of a message.
        world.all_well_but(&[&mira, &sam], &["AudioContext was not allowed"]).await;
    });
}

#[test]
fn a_damaged_link_can_be_put_right_and_names_need_no_server() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let link = mira.invitation().await;
        let sam = world.browser("sam", Look::PHONE).await;
        sam.go(&link[..link.len() - 3]).await;
        sam.write("Your name", "Sam").await;
        sam.press("button", "Create account").await;
        sam.reads("must be copied whole").await;
        sam.write("Invitation link", &link).await;
        sam.press("button", "Create account").await;
        sam.press("button", "Skip").await;
        sam.see("navigation", "Main").await;
        mira.knock("Sam", "it is me").await;
        // The link's newcomer asked already: both want it.
        sam.chat("mira").await;
        sam.say("hello").await;
        mira.chat("sam").await;
        mira.message("hello").await;
        world.all_well(&[&mira, &sam]).await;
    });
}
