//! The account outlives the browser's storage, for whoever has the recovery kit on paper.

use casemate_browser::chromium::Look;
use casemate_browser::world::story;
use serde_json::json;

use crate::backups::words as shown_words;

#[test]
fn the_storage_is_lost_and_the_paper_is_not() {
    story(async |world| {
        let (mira, film) = world.seeing("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        noor.say(&pair, "before the loss");
        mira.message("before the loss").await;

        // The kit: shown, written down, and looked at again.
        mira.press("link", "Settings").await;
        mira.press("button", "Recovery kit").await;
        mira.press("button", "Show the words").await;
        let words = shown_words(&mira, "The twelve words").await;
        assert_eq!(words.len(), 12, "{words:?}");
        // What the code on the paper says, a camera will see.
        film.sees(&mira.see("img", "The recovery kit as a QR code").await).await;
        mira.press("button", "I wrote them down").await;
        mira.write("Word 3", "something").await;
        mira.write("Word 7", &words[6]).await;
        mira.write("Word 11", &words[10]).await;
        mira.press("button", "Check").await;
        mira.reads("Word 3 is another one.").await;
        mira.write("Word 3", &words[2]).await;
        mira.press("button", "Check").await;
        mira.reads("The words are on paper.").await;

        // They are on the paper alone now: new ones take the old ones. Once the server has those, the paper is worthless; before
        // that it is not to be thrown away.
        mira.write("The old words", &words.join(" ")).await;
        mira.press("button", "Make new words").await;
        let dialog = mira.see("dialog", "Make new words?").await;
        mira.press_in("button", "Make new words", Some(&dialog)).await;
        mira.reads("The server has the new words.").await;
        let renewed = shown_words(&mira, "The twelve words").await;
        assert_ne!(renewed, words);
        let words = renewed;
        film.sees(&mira.see("img", "The recovery kit as a QR code").await).await;

        mira.is_cleared().await;
        mira.press("button", "Restore with recovery words").await;
        mira.write("Account name", "mira").await;
        mira.write("Recovery words", &words[..11].join(" ")).await;
        mira.press("button", "Restore account").await;
        mira.reads("these are 11").await;
        mira.write("Account name", "").await;
        mira.press("button", "Scan the code on the paper").await;
        mira.holds("Recovery words", &words.join(" ")).await;
        mira.holds("Account name", "mira").await;
        mira.press("button", "Restore account").await;
        mira.see("navigation", "Main").await;

        // The friend is there, and both can write.
        mira.chat("noor").await;
        mira.say("after the loss").await;
        noor.hears("after the loss");
        let again = noor.pair_with(&world.address("mira"));
        noor.say(&again, "good to have you back");
        mira.message("good to have you back").await;

        // The paper is used up: there are new words.
        mira.press("link", "Settings").await;
        mira.press("button", "Recovery kit").await;
        mira.press("button", "Show the words").await;
        let renewed = shown_words(&mira, "The twelve words").await;
        assert_ne!(renewed, words);
        let words = renewed;

        // Restored once more on a phone, with the numbers typed too: what is left here can become its device again.
        let phone = world.browser("phone", Look::PHONE).await;
        phone.go(&world.url()).await;
        phone.press("button", "Restore with recovery words").await;
        phone.write("Account name", "@Mira").await;
        let numbered = words.iter().enumerate().map(|(at, word)| format!("{}. {word}", at + 1));
        phone.write("Recovery words", &numbered.collect::<Vec<_>>().join(" ")).await;
        phone.press("button", "Restore account").await;
        phone.see("navigation", "Main").await;
        mira.reads("Your account moved to another device").await;
        let line = mira.see("status", "Connection").await;
        mira.press_in("button", "Devices", Some(&line)).await;
        mira.press("button", "Clear and begin anew").await;
        let dialog = mira.see("dialog", "Clear what is here?").await;
        mira.press_in("button", "Clear and begin anew", Some(&dialog)).await;
        mira.see("button", "Link to a device you already have").await;
        world.all_well(&[&mira, &phone]).await;
    });
}

/// Whoever clears a site's data in the browser takes the account from under the open page: that is said while it can be saved.
#[test]
fn what_the_browser_clears_under_an_open_page_can_still_be_saved() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        mira.in_use().await;
        let all = json!({"origin": world.url(), "storageTypes": "all"});
        mira.cdp("Storage.clearDataForOrigin", all).await;
        mira.see("dialog", "This browser cleared what Casemate keeps here").await;
        mira.press("button", "Recovery kit").await;
        mira.press("button", "Show the words").await;
        mira.see("list", "The twelve words").await;
        mira.press("button", "I wrote them down").await;
    });
}
