//! What locks a browser's messages: a passphrase, a passkey, both, and none again. Nothing is lost on the way.

use casemate_browser::browser::Browser;
use casemate_browser::chromium::Look;
use casemate_browser::world::{World, named_story, story};
use serde_json::json;
use thirtyfour::Key;

use crate::asked::CLICK;
use crate::calls::{rings, two};

/// What the console says where the engine ended while it was connecting.
const CLOSING: [&str; 1] = ["WebSocket is closed before the connection is established"];

const KEPT: &str = "kept behind every lock";
const FIRST: &str = "seven rowing boats at noon";
/// The page is `hidden`, or `visible` again.
pub const SIGHT: &str = "
    Object.defineProperty(document, 'visibilityState', {value: arguments[0], configurable: true});
    Object.defineProperty(document, 'hidden', {value: arguments[0] === 'hidden', configurable: true});
    document.dispatchEvent(new Event('visibilitychange', {bubbles: true}));";
const SECOND: &str = "nine lanterns in the fog";
/// How the browser's files say that the database is opened. Another record takes its place, where there is one.
const RECORD: &str = "
    return new Promise((resolve, reject) => {
        const opening = indexedDB.open('casemate', 1);
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
            const database = opening.result;
            const transaction = database.transaction('key', 'readwrite');
            const found = transaction.objectStore('key').get('key');
            if (arguments[0]) found.onsuccess = () => transaction.objectStore('key').put(arguments[0], 'key');
            transaction.oncomplete = () => { database.close(); resolve(found.result); };
        };
    });";

#[test]
fn a_passkey_is_the_only_lock_and_is_taken_away() {
    named_story(async |world| {
        let mira = with_notes(&world).await;
        let finger = mira.authenticator().await;
        mira.visit("#/settings/security").await;
        mira.press("button", "Add a passkey").await;
        mira.reads("The passkey opens Casemate from now on.").await;
        mira.reads("Locked with a passkey.").await;

        // It locks, also over a reload, and opens.
        mira.press("button", "Lock now").await;
        mira.see("heading", "Unlock Casemate").await;
        mira.reload().await;
        mira.press("button", "Unlock with passkey").await;
        has_notes(&mira).await;

        // Its person takes it away.
        mira.visit("#/settings/security").await;
        mira.press("button", "Remove passkey").await;
        mira.reads("The passkey opens nothing here any more.").await;
        mira.reads("Whoever uses this browser can open Casemate.").await;
        mira.reload().await;
        has_notes(&mira).await;

        // Somebody else at the open app cannot, nor open what is locked.
        mira.visit("#/settings/security").await;
        mira.press("button", "Add a passkey").await;
        mira.reads("Locked with a passkey.").await;
        mira.somebody_elses(&finger).await;
        mira.press("button", "Remove passkey").await;
        mira.reads("No passkey answered. Nothing was changed.").await;
        mira.reads("Locked with a passkey.").await;
        mira.press("button", "Lock now").await;
        mira.press("button", "Unlock with passkey").await;
        mira.reads("No passkey answered. Nothing was changed.").await;
        mira.see("heading", "Unlock Casemate").await;
        world.all_well_but(&[&mira], &CLOSING).await;
    });
}

#[test]
fn a_passphrase_set_changed_joined_by_a_passkey_and_taken_away() {
    named_story(async |world| {
        let mira = with_notes(&world).await;
        mira.authenticator().await;
        mira.visit("#/settings/security").await;
        secret(&mira, "New passphrase", FIRST).await;
        secret(&mira, "New passphrase again", FIRST).await;
        mira.press("button", "Set a passphrase").await;
        mira.reads("Locked with a passphrase.").await;

        // It locks, and only the right one opens.
        mira.press("button", "Lock now").await;
        opens_with(&mira, "another one", false).await;
        opens_with(&mira, FIRST, true).await;

        // Another one, by whoever knows the one before.
        mira.visit("#/settings/security").await;
        secret(&mira, "New passphrase", SECOND).await;
        secret(&mira, "New passphrase again", SECOND).await;
        secret(&mira, "Passphrase now", "not this one").await;
        mira.press("button", "Change passphrase").await;
        mira.reads("This is not the passphrase that holds now.").await;
        secret(&mira, "Passphrase now", FIRST).await;
        mira.press("button", "Change passphrase").await;
        mira.reads("The passphrase holds from now on.").await;
        mira.reload().await;
        opens_with(&mira, FIRST, false).await;
        opens_with(&mira, SECOND, true).await;

        // Whoever borrows the open app does not see the words that bring the account back.
        mira.visit("#/settings/recovery").await;
        mira.press("button", "Show the words").await;
        let dialog = mira.see("dialog", "Show the recovery words").await;
        secret(&mira, "Passphrase", FIRST).await;
        mira.press_in("button", "Show the words", Some(&dialog)).await;
        mira.reads("This is not the passphrase").await;
        assert!(!mira.sees("list", "The twelve words").await);
        secret(&mira, "Passphrase", SECOND).await;
        mira.press_in("button", "Show the words", Some(&dialog)).await;
        mira.see("list", "The twelve words").await;

        // A passkey beside it: either opens.
        mira.visit("#/settings/security").await;
        secret(&mira, "Passphrase now", SECOND).await;
        mira.press("button", "Add a passkey").await;
        mira.reads("Locked: the passphrase or the passkey opens it.").await;
        mira.press("button", "Lock now").await;
        mira.press("button", "Unlock with passkey").await;
        has_notes(&mira).await;

        // Removed, it opens nothing any more, though a browser's files may hold what it had sealed.
        let before = mira.run(RECORD, vec![json!(null)]).await;
        assert!(before["passkey"]["sealed"].is_string(), "{before}");
        mira.visit("#/settings/security").await;
        secret(&mira, "Passphrase now", SECOND).await;
        mira.press("button", "Remove passkey").await;
        mira.reads("The passkey opens nothing here any more.").await;
        mira.reads("Locked with a passphrase.").await;
        let now = mira.run(RECORD, vec![before]).await;
        assert!(now["passkey"].is_null(), "{now}");
        mira.reload().await;
        mira.press("button", "Unlock with passkey").await;
        mira.reads("does not fit the data beside it").await;
        assert!(!mira.sees("navigation", "Main").await);
        mira.run(RECORD, vec![now]).await;
        mira.reload().await;
        opens_with(&mira, FIRST, false).await;
        opens_with(&mira, SECOND, true).await;
        mira.visit("#/settings/security").await;
        secret(&mira, "Passphrase now", SECOND).await;
        mira.press("button", "Add a passkey").await;
        mira.reads("Locked: the passphrase or the passkey opens it.").await;

        // Without the passphrase the passkey still locks; where it does not answer, the passphrase stays.
        mira.visit("#/settings/security").await;
        secret(&mira, "Passphrase now", SECOND).await;
        mira.holds_back_its_passkey(true).await;
        mira.press("button", "Remove passphrase").await;
        mira.reads("No passkey answered. Nothing was changed.").await;
        mira.reads("Locked: the passphrase or the passkey opens it.").await;
        mira.holds_back_its_passkey(false).await;
        mira.press("button", "Remove passphrase").await;
        mira.reads("Locked with a passkey.").await;
        mira.reload().await;
        mira.see("heading", "Unlock Casemate").await;
        assert!(!mira.sees("password", "Passphrase").await);
        mira.press("button", "Unlock with passkey").await;
        has_notes(&mira).await;

        // And a passphrase instead of it, by its finger.
        mira.visit("#/settings/security").await;
        secret(&mira, "New passphrase", FIRST).await;
        secret(&mira, "New passphrase again", FIRST).await;
        mira.press("button", "Set a passphrase").await;
        mira.reads("The passkey has to be set up again.").await;
        mira.reads("Locked with a passphrase.").await;
        secret(&mira, "Passphrase now", FIRST).await;
        mira.press("button", "Remove passphrase").await;
        mira.reads("Whoever uses this browser can open Casemate.").await;
        mira.reload().await;
        has_notes(&mira).await;
        world.all_well_but(&[&mira], &CLOSING).await;
    });
}

#[test]
fn locked_at_once_what_was_begun_stays_and_other_tabs_show_nothing() {
    story(async |world| {
        let mira = with_notes(&world).await;
        with_passphrase(&mira).await;
        has_notes(&mira).await;
        mira.write("Message", "begun and not finished").await;
        let first = mira.new_tab().await;
        mira.go(&world.url()).await;
        mira.see("heading", "Open in another tab").await;
        mira.press("button", "Use it here").await;
        opens_with(&mira, FIRST, true).await;
        mira.holds("Message", "begun and not finished").await;

        // By Ctrl K, wherever she is.
        mira.chord(Key::Control, "k").await;
        let field = mira.see("combobox", "Find anything").await;
        mira.write_into(&field, "Lock now").await;
        mira.press("option", "Lock now").await;
        mira.see("heading", "Unlock Casemate").await;
        assert!(!mira.sees("list", "Chats").await);

        // The first tab has nothing left either, and asks.
        mira.tab(first).await;
        mira.see("heading", "Open in another tab").await;
        mira.press("button", "Use it here").await;
        opens_with(&mira, "another one", false).await;
        opens_with(&mira, FIRST, true).await;
        mira.holds("Message", "begun and not finished").await;
        world.all_well_but(&[&mira], &CLOSING).await;
    });
}

#[test]
fn locked_by_itself_after_a_time_and_out_of_sight() {
    story(async |world| {
        let mira = with_notes(&world).await;
        with_passphrase(&mira).await;
        mira.choose_one("radio", "After a minute").await;
        has_notes(&mira).await;
        mira.write("Message", "begun").await;

        // Fifty seconds are not enough, and a key counts as being there.
        later(&mira, 50).await;
        mira.type_keys(" before").await;
        later(&mira, 50).await;
        mira.message(KEPT).await;
        assert!(!mira.sees("heading", "Unlock Casemate").await);
        later(&mira, 15).await;
        opens_with(&mira, FIRST, true).await;
        mira.holds("Message", "begun before").await;

        // Out of sight: at once, but for the time in which the phone shows her files instead.
        mira.visit("#/settings/security").await;
        mira.choose_one("radio", "When it is out of sight").await;
        has_notes(&mira).await;
        // Without it the browser here takes the question back at once.
        mira.cdp("Page.setInterceptFileChooserDialog", json!({"enabled": true})).await;
        mira.press("button", "Attach").await;
        mira.press("menuitem", "Photos, videos, files").await;
        mira.run(SIGHT, vec![json!("hidden")]).await;
        mira.run(SIGHT, vec![json!("visible")]).await;
        mira.message(KEPT).await;
        mira.holds("Message", "begun before").await;
        mira.run(SIGHT, vec![json!("hidden")]).await;
        mira.see("heading", "Unlock Casemate").await;
        mira.run(SIGHT, vec![json!("visible")]).await;
        opens_with(&mira, FIRST, true).await;
        world.all_well_but(&[&mira], &CLOSING).await;
    });
}

#[test]
fn a_call_keeps_it_open_out_of_sight_and_no_longer() {
    story(async |world| {
        let (mira, sam) = two(&world).await;
        with_passphrase(&mira).await;
        mira.choose_one("radio", "When it is out of sight").await;
        sam.press("button", "Voice call").await;
        rings(&mira, "sam").await;
        mira.press("button", "Answer").await;
        mira.see("button", "Leave call").await;
        mira.run(SIGHT, vec![json!("hidden")]).await;
        mira.see("button", "Leave call").await;
        sam.press("button", "Leave call").await;
        mira.see("heading", "Unlock Casemate").await;
        world.all_well_but(&[&mira, &sam], &CLOSING).await;
    });
}

#[test]
fn an_answer_in_a_notification_waits_for_the_door_to_open() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (noor, _) = world.friend_of(&mira, "noor").await;
        with_passphrase(&mira).await;
        mira.visit("#/chats").await;
        mira.chat("noor").await;
        let chat = mira.run("return location.hash.split('/')[2]", Vec::new()).await;
        mira.chord(Key::Control, "k").await;
        let field = mira.see("combobox", "Find anything").await;
        mira.write_into(&field, "Lock now").await;
        mira.press("option", "Lock now").await;
        mira.see("heading", "Unlock Casemate").await;
        mira.run(CLICK, vec![json!({"conversation": chat, "message": "", "reply": "Nine it is"})]).await;
        opens(&mira, FIRST).await;
        mira.see("navigation", "Main").await;
        mira.visit("#/chats").await;
        mira.chat("noor").await;
        mira.message("Nine it is").await;
        drop(noor);
        world.all_well_but(&[&mira], &CLOSING).await;
    });
}

#[test]
fn the_list_of_chats_says_nothing_of_what_was_written() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        noor.say(&pair, "the harbour at nine");
        mira.reads("the harbour at nine").await;
        mira.visit("#/settings/security").await;
        mira.press("switch", "Show messages in the list of chats").await;
        mira.visit("#/chats").await;
        let list = mira.see("list", "Chats").await;
        mira.reads("Text hidden").await;
        assert!(!list.text().await.unwrap().contains("harbour"), "the list shows a text");
        mira.write("Search", "noor").await;
        mira.see("heading", "Chats").await;
        let found = mira.see("region", "Results").await;
        assert!(!found.text().await.unwrap().contains("harbour"), "what was found shows a text");
        // Also over a reload, and the chat itself shows all.
        mira.reload().await;
        mira.reads("Text hidden").await;
        mira.chat("noor").await;
        mira.message("the harbour at nine").await;
        // A screen reader is told no text either, once the chat is left.
        mira.visit("#/settings/security").await;
        noor.say(&pair, "and bring nothing");
        mira.reads("noor: Text hidden").await;
        let told = mira.see("log", "Announcements").await.text().await.unwrap();
        assert!(!told.contains("bring nothing"), "a text is read out: {told}");
        mira.press("switch", "Show messages in the list of chats").await;
        mira.visit("#/chats").await;
        mira.reads("and bring nothing").await;
        world.all_well(&[&mira]).await;
    });
}

#[test]
fn a_single_chat_is_locked_besides() {
    story(async |world| {
        let mira = with_notes(&world).await;
        // Without a passphrase there is nothing to ask for.
        mira.press("button", "More about this chat").await;
        mira.press("menuitem", "Lock this chat").await;
        mira.reads("Set a passphrase or a passkey for Casemate first").await;
        with_passphrase(&mira).await;
        has_notes(&mira).await;
        mira.press("button", "More about this chat").await;
        mira.press("menuitem", "Lock this chat").await;
        mira.see("heading", "This chat is locked").await;
        mira.visit("#/chats").await;
        let list = mira.see("list", "Chats").await;
        mira.reads("This chat is locked").await;
        assert!(!list.text().await.unwrap().contains(KEPT), "the list shows a text");
        mira.write("Search", "behind").await;
        mira.reads("Nothing found").await;
        mira.write("Search", "").await;

        // It asks, by its address too, and each time.
        mira.press("link", "~Notes to self").await;
        mira.see("heading", "This chat is locked").await;
        mira.reload().await;
        opens(&mira, FIRST).await;
        mira.see("heading", "This chat is locked").await;
        assert!(!mira.sees("textbox", "Message").await);
        secret(&mira, "Passphrase", "another one").await;
        mira.press("button", "Open this chat").await;
        mira.reads("This is not the passphrase that holds now.").await;
        secret(&mira, "Passphrase", FIRST).await;
        mira.press("button", "Open this chat").await;
        mira.message(KEPT).await;
        mira.visit("#/settings/security").await;
        mira.visit("#/chats").await;
        mira.press("link", "~Notes to self").await;
        mira.see("heading", "This chat is locked").await;
        secret(&mira, "Passphrase", FIRST).await;
        mira.press("button", "Open this chat").await;
        mira.message(KEPT).await;

        // And its lock is taken away by whoever has opened it.
        mira.press("button", "More about this chat").await;
        mira.press("menuitem", "No longer lock this chat").await;
        mira.visit("#/chats").await;
        mira.reads(KEPT).await;

        // Where nothing locks any more, nothing is asked before a single chat, and that is said.
        mira.press("link", "~Notes to self").await;
        mira.press("button", "More about this chat").await;
        mira.press("menuitem", "Lock this chat").await;
        mira.see("heading", "This chat is locked").await;
        mira.visit("#/settings/security").await;
        secret(&mira, "Passphrase now", FIRST).await;
        mira.press("button", "Remove passphrase").await;
        mira.reads("Chats that were locked open without a question too.").await;
        world.all_well_but(&[&mira], &CLOSING).await;
    });
}

/// Somebody with a note to herself, by which one sees that all is there.
async fn with_notes(world: &World) -> Browser {
    let mira = world.join("mira", Look::DESK).await;
    mira.press("button", "New chat").await;
    mira.press("button", "Notes to self").await;
    mira.say(KEPT).await;
    mira.message(KEPT).await;
    mira
}

async fn has_notes(mira: &Browser) {
    mira.see("navigation", "Main").await;
    mira.visit("#/chats").await;
    mira.chat("Notes to self").await;
    mira.message(KEPT).await;
}

/// Tries a passphrase at the locked door.
async fn opens_with(mira: &Browser, passphrase: &str, fits: bool) {
    opens(mira, passphrase).await;
    if fits {
        has_notes(mira).await;
    } else {
        mira.reads("Wrong passphrase. Nothing was changed; try again.").await;
    }
}

/// Writes into a field that shows no letters.
async fn secret(mira: &Browser, name: &str, text: &str) {
    let field = mira.see("password", name).await;
    mira.write_into(&field, text).await;
}

/// From her first passphrase on; she stays on the page where it is set.
async fn with_passphrase(mira: &Browser) {
    mira.visit("#/settings/security").await;
    secret(mira, "New passphrase", FIRST).await;
    secret(mira, "New passphrase again", FIRST).await;
    mira.press("button", "Set a passphrase").await;
    mira.reads("Locked with a passphrase.").await;
}

/// So many seconds pass on the page's clock.
pub async fn later(mira: &Browser, seconds: u32) {
    let script = "const now = Date.now; const more = arguments[0]; Date.now = () => now.call(Date) + more;";
    mira.run(script, vec![json!(seconds * 1_000)]).await;
}

/// Gives a passphrase at the locked door.
async fn opens(mira: &Browser, passphrase: &str) {
    mira.see("heading", "Unlock Casemate").await;
    secret(mira, "Passphrase", passphrase).await;
    mira.press("button", "Unlock").await;
}
