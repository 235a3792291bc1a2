//! A call and the page below it: Back, the small call of a phone, pages that are loaded anew, calls from their list.

use casemate_browser::media::Made;
use casemate_browser::world::story_alone;
use thirtyfour::Key;

use crate::calls::{MIRA, rings, two};

#[test]
fn a_call_leaves_the_page_below_it_alone() {
    story_alone(async |world| {
        let (mira, sam) = two(&world).await;
        let place = async || sam.run("return location.hash", Vec::new()).await;
        let back = async || drop(sam.run("history.back()", Vec::new()).await);
        let chat = place().await;
        // Back makes what rings silent, and the call small.
        mira.press("button", "Voice call").await;
        rings(&sam, "mira").await;
        sam.see("button", "Silence").await;
        back().await;
        sam.gone("button", "Silence").await;
        assert_eq!(place().await, chat);
        // The words to decline it with are left again.
        sam.press("button", "Decline with a message").await;
        sam.see("textbox", "Your own words").await;
        back().await;
        sam.gone("textbox", "Your own words").await;
        // A press that began before it rang, on something else, and ends here answers nobody.
        let answer = sam.see("button", "Answer").await;
        let ends = "arguments[0].dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 1 }))";
        sam.run(ends, vec![answer.to_json().unwrap()]).await;
        sam.see("button", "Answer").await;
        assert_eq!(sam.made().await, Made::NONE);
        sam.press("button", "Answer").await;
        sam.hears_tone(MIRA).await;
        back().await;
        sam.see("button", "Make the call large").await;
        assert_eq!(place().await, chat);
        // It is a bar, and nothing of the page is below it.
        let bar = sam.see("dialog", "Call").await.rect().await.unwrap();
        let head = sam.see("button", "More about this chat").await.rect().await.unwrap();
        assert!(bar.y == 0.0 && bar.height < 80.0 && head.y >= bar.height, "{bar:?} {head:?}");
        sam.to_chats().await;
        sam.press("button", "Make the call large").await;
        // Loaded anew, the list and all other pages say that it goes on.
        sam.reload().await;
        sam.see("link", "~Going on").await;
        sam.press("link", "Contacts").await;
        sam.see("heading", "Contacts").await;
        sam.press("button", "Join call").await;
        sam.hears_tone(MIRA).await;
        sam.press("button", "Leave call").await;
        mira.gone("button", "Leave call").await;
        // From the list of calls.
        mira.press("link", "Calls").await;
        mira.press("button", "New call").await;
        let dialog = mira.see("dialog", "New call").await;
        mira.press_in("button", "Voice call with sam", Some(&dialog)).await;
        rings(&sam, "mira").await;
        // Whoever goes elsewhere by a key sees it: the call goes on small.
        mira.chord(Key::Alt, "n").await;
        mira.see("button", "Make the call large").await;
        mira.see("heading", "New chat").await;
        sam.press("button", "Decline call").await;
        mira.gone("button", "Leave call").await;
        world.all_well(&[&mira, &sam]).await;
    });
}
