//! What people expect who come from another messenger.

use casemate_browser::chromium::Look;
use casemate_browser::world::story;
use thirtyfour::Key;

/// A browser closes a dialog that cannot be kept open.
const CLOSED_BY_BROWSER: &str = "const open = document.querySelector('dialog.send-screen'); \
     open.dispatchEvent(new Event('cancel')); setTimeout(() => open.close());";

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
        // Back comes back to what was found, and from there to the list.
        let back = async || drop(sam.run("history.back()", Vec::new()).await);
        back().await;
        sam.holds("Search", "first words").await;
        back().await;
        sam.holds("Search", "").await;
        sam.chat("mira").await;

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

        // Files that were chosen are not dropped without a question, nor is what was written under them.
        let paper = world.folder().join("paper.txt");
        std::fs::write(&paper, "paper").unwrap();
        sam.attach(&[&paper]).await;
        sam.write("Add a caption", "for the trip").await;
        back().await;
        sam.see("dialog", "Discard this file?").await;
        sam.press("button", "Cancel").await;
        sam.holds("Add a caption", "for the trip").await;
        sam.key(Key::Escape).await;
        sam.see("dialog", "Discard this file?").await;
        sam.key(Key::Escape).await;
        sam.gone("dialog", "Discard this file?").await;
        // As Firefox does where nobody touched it since: both events, and the question above all.
        sam.run(CLOSED_BY_BROWSER, Vec::new()).await;
        sam.see("dialog", "Discard this file?").await;
        sam.press("button", "Cancel").await;
        sam.gone("dialog", "Discard this file?").await;
        sam.press("button", "Cancel").await;
        sam.press("button", "Discard").await;
        sam.gone("dialog", "").await;
        sam.holds("Message", "for the trip").await;
        sam.write("Message", "").await;

        // A very long message begins with its first lines; numbered lines are a list.
        mira.say(&format!("1. pack\n2. walk\n{}the very end", "and on\n".repeat(40))).await;
        sam.press("button", "Read more").await;
        let long = sam.message("the very end").await;
        assert_eq!(sam.all("listitem", "", Some(&long)).await.len(), 2, "two numbered lines");
        sam.press("button", "Show less").await;
        sam.message_gone("the very end").await;
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
        // Who invites is in the link alone.
        sam.see("heading", "mira invites you to talk").await;
        // Any name will do. For what has no usual form in an address, one is invented, to be changed or not.
        sam.write("Your name", "سام").await;
        sam.reads("People find you as").await;
        sam.see("button", "Change the address").await;
        sam.write("Your name", "Sám Ødegård").await;
        sam.reads(&format!("People find you as sam.odegard@{}", world.address("").trim_start_matches('@')))
            .await;
        sam.press("button", "Create account").await;
        sam.reads("must be copied whole").await;
        assert_eq!(sam.focused().await, "input Invitation link");
        sam.write("Invitation link", &link).await;
        sam.press("button", "Create account").await;
        sam.press("button", "Skip").await;
        sam.see("navigation", "Main").await;
        // Whom one asked is shown until they answer.
        sam.press("button", "~Request sent to mira").await;
        let sent = sam.see("list", "Requests you sent").await;
        sam.see_in("listitem", "~mira", Some(&sent)).await;
        sam.press("button", "Back").await;
        mira.knock("Sam.Odegard", "it is me").await;
        // The link's newcomer asked already: both want it.
        sam.chat("mira").await;
        sam.say("hello").await;
        mira.chat("Sám Ødegård").await;
        mira.message("hello").await;
        assert!(!sam.sees("button", "~Request sent").await);

        // Whom one blocked cannot be written to, and it is said wherever the chat is.
        mira.press("button", "Details").await;
        mira.press("button", "Block").await;
        mira.see("dialog", "Block Sám Ødegård?").await;
        mira.press("button", "Block").await;
        mira.gone("textbox", "Message").await;
        mira.reads("You blocked Sám Ødegård").await;
        mira.see("link", "~Blocked").await;
        let bar = mira.see("main", "").await;
        mira.press_in("button", "Unblock", Some(&bar)).await;
        mira.see("textbox", "Message").await;
        mira.gone("link", "~Blocked").await;

        // Ctrl K gives the focus back.
        let field = mira.see("textbox", "Message").await;
        mira.write_into(&field, "begun").await;
        mira.chord(Key::Control, "k").await;
        mira.see("combobox", "Find anything").await;
        mira.key(Key::Escape).await;
        mira.gone("dialog", "").await;
        assert_eq!(mira.focused().await, "textarea Message");
        mira.chord(Key::Control, "k").await;
        let field = mira.see("combobox", "Find anything").await;
        mira.write_into(&field, "Sám").await;
        mira.see("option", "^Sám Ødegård").await;
        mira.key(Key::Enter).await;
        mira.gone("dialog", "").await;
        mira.wait("the focus in the chat", async || {
            let focused = mira.focused().await;
            if focused == "textarea Message" { Ok(()) } else { Err(focused) }
        })
        .await;
        world.all_well(&[&mira, &sam]).await;
    });
}
