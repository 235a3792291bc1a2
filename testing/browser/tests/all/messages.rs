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
        sam.type_keys("heart").await;
        sam.key(Key::Enter).await;
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
        mira.press("button", "Emoji").await;
        mira.type_keys("astronaut wom").await;
        mira.see("button", "~woman astronaut").await;
        mira.key(Key::Enter).await;
        mira.holds("Message", "🇩🇪👩🏿‍🚀").await;
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
