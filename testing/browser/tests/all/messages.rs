//! What can be done with a message: answer, react, change, take back, keep, pass on, ask about.

use casemate_browser::world::story;
use thirtyfour::Key;

#[test]
fn what_can_be_done_with_a_message() {
    story(async |world| {
        let (mira, sam) = world.pair().await;
        let (noor, _) = world.friend_of(&mira, "noor").await;
        mira.chat("sam").await;
        mira.say("The boat leaves at nine").await;
        sam.message("The boat leaves at nine").await;

        // A reaction; changed, and what it said before.
        sam.choose("The boat leaves at nine", "React").await;
        sam.see("dialog", "Choose an emoji").await;
        sam.key(Key::Escape).await;
        sam.gone("dialog", "").await;
        // Those that most answers are lie at hand.
        sam.choose("The boat leaves at nine", "❤️").await;
        mira.on_message("The boat leaves at nine", "button", "~from sam").await;
        mira.choose("The boat leaves at nine", "Edit").await;
        mira.holds("Message", "The boat leaves at nine").await;
        // Emptied it cannot be kept, and that is said.
        mira.write("Message", "").await;
        mira.press("button", "Send").await;
        mira.reads("A message cannot be empty.").await;
        mira.say("The boat leaves at ten").await;
        sam.message_says("The boat leaves at ten", "edited").await;
        mira.state("The boat leaves at ten", &["Read"]).await;
        mira.choose("The boat leaves at ten", "Info").await;
        mira.see("dialog", "About this message").await;
        let who = mira.see("list", "About this message").await;
        mira.see_in("listitem", "~sam", Some(&who)).await;
        let reacted = mira.see("list", "Reactions").await;
        mira.see_in("listitem", "~sam", Some(&reacted)).await;
        mira.reads("What it said").await;
        mira.reads("The boat leaves at nine").await;
        mira.press("button", "Close").await;
        mira.gone("dialog", "").await;
        // By a finger too, and of what somebody else wrote.
        sam.choose("The boat leaves at ten", "Info").await;
        let reacted = sam.see("list", "Reactions").await;
        sam.see_in("listitem", "~You", Some(&reacted)).await;
        sam.press("button", "Close").await;
        sam.gone("dialog", "").await;

        // Any emoji there is: a flag, a hand in one's own skin tone.
        mira.press("button", "Emoji").await;
        mira.choose_one("radio", "Dark").await;
        mira.press("tab", "Flags").await;
        mira.press("button", "~Germany").await;
        mira.holds("Message", "🇩🇪").await;
        // The caret is behind it, and the choice stays open for another.
        mira.type_keys("a").await;
        mira.holds("Message", "🇩🇪a").await;
        mira.press("searchbox", "Search emoji").await;
        mira.type_keys("astronaut wom").await;
        mira.see("button", "~woman astronaut").await;
        mira.key(Key::Enter).await;
        mira.holds("Message", "🇩🇪a👩🏿‍🚀").await;
        mira.key(Key::Escape).await;
        mira.gone("dialog", "Choose an emoji").await;
        assert_eq!(mira.focused().await, "textarea Message");
        mira.write("Message", "").await;

        // Kept, and put on top for both.
        mira.choose("The boat leaves at ten", "Star").await;
        mira.choose("The boat leaves at ten", "Pin for all").await;
        sam.see("button", "Pinned: The boat leaves at ten").await;
        mira.press("button", "More about chats").await;
        mira.press("menuitem", "Starred messages").await;
        let starred = mira.see("region", "Starred messages").await;
        mira.see_in("button", "~The boat leaves at ten", Some(&starred)).await;
        mira.chat("sam").await;

        // An answer, which says to what; passed on with the mark that it was.
        sam.choose("The boat leaves at ten", "Reply").await;
        sam.reads("Reply to mira").await;
        sam.say("From which pier?").await;
        mira.message_says("From which pier?", "The boat leaves at ten").await;
        mira.choose("From which pier?", "Forward").await;
        mira.see("dialog", "Forward to").await;
        mira.choose_one("checkbox", "^noor").await;
        mira.press("button", "Forward").await;
        assert!(noor.hears("From which pier?")["forwarded"].as_u64().unwrap() > 0);
        mira.chat("noor").await;
        mira.message_says("From which pier?", "Forwarded").await;
        mira.chat("sam").await;

        // Deleted here alone, and deleted for everyone.
        mira.say("Only I shall forget this").await;
        mira.say("Nobody shall have this").await;
        sam.message("Nobody shall have this").await;
        mira.choose("Only I shall forget this", "Delete for me").await;
        mira.press("button", "Delete for me").await;
        mira.message_gone("Only I shall forget this").await;
        mira.choose("Nobody shall have this", "Delete for everyone").await;
        mira.press("button", "Delete for everyone").await;
        sam.message("This message was deleted.").await;
        sam.message_gone("Nobody shall have this").await;
        sam.message("Only I shall forget this").await;
        world.all_well(&[&mira, &sam]).await;
    });
}

#[test]
fn messages_are_chosen_by_keyboard_and_kept_or_taken_back_together() {
    story(async |world| {
        let (mira, sam) = world.pair().await;
        for text in ["The first words", "The second words"] {
            mira.say(text).await;
            sam.message(text).await;
        }
        sam.say("An answer").await;
        mira.message("An answer").await;
        let is_chosen = async |text: &str, wanted: bool| {
            mira.wait(&format!("the box of \"{text}\""), async || {
                let list = mira.all("list", "Messages", None).await.pop().ok_or("no messages")?;
                let message =
                    mira.all("listitem", &format!("~{text}"), Some(&list)).await.pop().ok_or("no message")?;
                let one = mira.all("checkbox", "", Some(&message)).await.pop().ok_or("no box")?;
                let is = one.is_selected().await.map_err(|error| error.to_string())?;
                if is == wanted { Ok(()) } else { Err(format!("chosen: {is}")) }
            })
            .await;
        };

        // The box of the first has the focus; Tab leads to the next, and the space bar chooses it.
        mira.choose("The first words", "Select").await;
        is_chosen("The first words", true).await;
        is_chosen("The second words", false).await;
        mira.wait("the focus on a box", async || {
            let focused = mira.focused().await;
            if focused.starts_with("input ") { Ok(()) } else { Err(focused) }
        })
        .await;
        mira.key(Key::Tab).await;
        mira.key(Key::Space).await;
        is_chosen("The second words", true).await;
        mira.reads("2 selected").await;

        // What somebody else wrote cannot be taken back.
        mira.press("button", "Delete").await;
        mira.see("menuitem", "Delete for everyone").await;
        mira.key(Key::Escape).await;
        mira.gone("menu", "").await;
        mira.on_message("An answer", "checkbox", "").await.click().await.unwrap();
        is_chosen("An answer", true).await;
        mira.see("button", "Delete for me").await;
        mira.on_message("An answer", "checkbox", "").await.click().await.unwrap();
        is_chosen("An answer", false).await;

        mira.press("button", "Star").await;
        mira.gone("toolbar", "Selected messages").await;
        mira.press("button", "More about chats").await;
        mira.press("menuitem", "Starred messages").await;
        let starred = mira.see("region", "Starred messages").await;
        mira.see_in("button", "~The first words", Some(&starred)).await;
        mira.see_in("button", "~The second words", Some(&starred)).await;

        mira.chat("sam").await;
        mira.choose("The first words", "Select").await;
        mira.on_message("The second words", "checkbox", "").await.click().await.unwrap();
        mira.press("button", "Delete").await;
        mira.press("menuitem", "Delete for everyone").await;
        mira.see("dialog", "~Delete 2 messages").await;
        mira.press("button", "Delete for everyone").await;
        sam.message_gone("The first words").await;
        sam.message_gone("The second words").await;

        // What is gone is not answered, passed on or taken back once more.
        let gone = mira.on_message("This message was deleted.", "time", "").await;
        mira.ask_for_menu(&gone).await;
        mira.see("menuitem", "Delete for me").await;
        for item in ["Reply", "React", "Forward", "Pin for all", "Delete for everyone"] {
            assert!(!mira.sees("menuitem", item).await, "{item}");
        }
        mira.key(Key::Escape).await;
        mira.gone("menu", "").await;
        world.all_well(&[&mira, &sam]).await;
    });
}
