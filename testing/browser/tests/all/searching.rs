//! Finding messages: how many there are, where in them the words stand, and what is a link.

use casemate_browser::browser::Browser;
use casemate_browser::chromium::Look;
use casemate_browser::world::story;
use serde_json::{Value, json};

#[test]
fn a_search_goes_past_its_first_hundred_and_shows_where_the_words_stand() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        for number in 0..104 {
            noor.say(&pair, &format!("rope number {number}"));
        }
        noor.say(&pair, "Dear Mira,\nall is well here\nand the anchor lies at the pier");
        mira.message("the anchor lies").await;
        mira.write("Search", "x").await;
        mira.reads("Messages are found from two letters on.").await;
        mira.write("Search", "ANCHOR").await;
        mira.press("button", "~and the anchor lies at the pier").await;
        mira.press("button", "Empty the search").await;

        mira.press("button", "Search in conversation").await;
        let field = mira.see("searchbox", "Search in conversation").await;
        field.send_keys("rope").await.unwrap();
        mira.reads("100+ messages").await;
        mira.press("button", "Show more").await;
        mira.reads("104 messages").await;
        mira.gone("button", "Show more").await;
        mira.press("button", "~rope number 0").await;
        mira.message("rope number 0").await;
        world.all_well(&[&mira]).await;
    });
}

#[test]
fn messages_are_found_by_who_wrote_them_whoever_that_is() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, _) = world.friend_of(&mira, "noor").await;
        let mut kim = world.at_rpc("kim");
        noor.meet(&mut kim);
        let members = json!([world.address("mira"), world.address("kim")]);
        let made = noor.ask("conversation.create", json!({"members": members, "name": "Harbour walk"}));
        let group = made["conversation"].as_str().unwrap().to_owned();
        mira.accept_group("Harbour walk").await;
        kim.accept_group(&group);
        kim.say(&group, "I know the way");
        mira.message("I know the way").await;
        // Met in the group alone, no contact.
        mira.press("button", "Filters").await;
        wrote(&mira, "kim").await;
        mira.press("button", "~kim: I know the way").await;
        mira.press("button", "Without filters").await;
        // Gone from the group by now.
        kim.ask("conversation.leave", json!({"conversation": group}));
        mira.message("kim left.").await;
        mira.press("button", "Search in conversation").await;
        mira.see("searchbox", "Search in conversation").await;
        mira.press("button", "Filters").await;
        wrote(&mira, "kim").await;
        mira.reads("1 message").await;
        mira.press("button", "~I know the way").await;
        world.all_well(&[&mira]).await;
    });
}

/// Chooses by whom messages are, in the last list of people that is open.
async fn wrote(browser: &Browser, name: &str) {
    let from = browser.see("combobox", "From").await;
    let script = "const [select, name] = arguments; \
         select.value = [...select.options].find((one) => one.text.includes(name))?.value; \
         select.dispatchEvent(new Event('change', { bubbles: true }))";
    browser.run(script, vec![from.to_json().unwrap(), json!(name)]).await;
}

#[test]
fn what_has_no_scheme_is_a_link_too_and_is_asked_about() {
    story(async |world| {
        let mira = world.join("mira", Look::PHONE).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        noor.say(&pair, "look at www.news.example/today, or write to noor@news.org about file.rs");
        mira.press("link", "www.news.example/today").await;
        mira.see("dialog", "Open a link").await;
        mira.reads("https://www.news.example/today").await;
        mira.press("button", "Copy").await;
        mira.gone("dialog", "").await;
        mira.gone("link", "~news.org").await;
        noor.say(&pair, "your parcel: paypa1.com/login");
        mira.press("link", "paypa1.com/login").await;
        mira.reads("paypal.com, and is not.").await;
        mira.press("button", "Copy").await;
        world.all_well(&[&mira]).await;
    });
}

#[test]
fn a_chat_without_messages_can_be_put_away_and_a_deleted_one_is_gone() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        let ask = async |row: &str| {
            let row = mira.see("link", row).await;
            mira.ask_for_menu(&row).await;
        };
        ask("^noor").await;
        mira.press("menuitem", "Archive").await;
        mira.press("button", "~Archived").await;
        ask("^noor").await;
        mira.press("menuitem", "Delete chat").await;
        let dialog = mira.see("dialog", "~Delete the chat").await;
        mira.press_in("button", "Delete chat", Some(&dialog)).await;
        mira.gone("link", "^noor").await;
        mira.press("button", "Back to the chats").await;
        noor.say(&pair, "are you there?");
        mira.see("link", "^noor").await;
        world.all_well(&[&mira]).await;
    });
}

#[test]
fn files_beside_a_chat_do_not_take_the_app_away_and_words_go_before_their_picture() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        world.friend_of(&mira, "noor").await;
        mira.see("textbox", "Message").await;
        assert_eq!(taken(&mira, "nav", "drop", "").await, true);
        assert_eq!(taken(&mira, "nav", "dragover", "").await, true);
        assert_eq!(taken(&mira, "#composer", "paste", "Sum: 12").await, false);
        mira.gone("dialog", "Send files").await;
        assert_eq!(taken(&mira, "#composer", "paste", "table.txt").await, true);
        mira.see("dialog", "Send files").await;
        world.all_well(&[&mira]).await;
    });
}

/// Whether the page takes a file, with these words beside it, that is brought to this element.
async fn taken(browser: &Browser, place: &str, how: &str, words: &str) -> Value {
    let script = "const [place, how, words] = arguments;
        const data = new DataTransfer();
        data.items.add(new File(['x'], 'table.txt', { type: 'text/plain' }));
        if (words) data.setData('text/plain', words);
        const all = { bubbles: true, cancelable: true, dataTransfer: data, clipboardData: data };
        const event = how === 'paste' ? new ClipboardEvent(how, all) : new DragEvent(how, all);
        document.querySelector(place).dispatchEvent(event);
        return event.defaultPrevented;";
    browser.run(script, vec![json!(place), json!(how), json!(words)]).await
}
