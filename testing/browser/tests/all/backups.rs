//! The history outlives the browser's storage too: on the server behind six words or a passkey, and in a file.

use std::path::{Path, PathBuf};

use casemate_browser::browser::Browser;
use casemate_browser::chromium::Look;
use casemate_browser::world::{named_story, tapped_story};
use casemate_e2e::files::{fixture, sha256};
use serde_json::json;

/// Each with so many letters beside its number: a backup of several pieces.
const MESSAGES: usize = 500;
const LETTERS: usize = 3_000;

/// What a backup that has everything already may still move: an index, a piece and what they are asked with.
const LITTLE: u64 = 1_500_000;

const WRONG: &str = "abandon ability able about above absent";

/// What the console says where the connection ends in the middle of something.
const CUT_OFF: [&str; 2] = ["Failed to load resource", "WebSocket"];

#[test]
fn the_history_comes_back_with_six_words() {
    tapped_story(async |world, tap| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        for number in 0..MESSAGES {
            noor.say(&pair, &format!("number {number} {}", "x".repeat(LETTERS)));
        }
        noor.say(&pair, "before the first backup");
        newest(&mira, "before the first backup").await;
        let paper = kit(&mira).await;

        // Begun once its person has the words.
        mira.visit("#/settings/backup").await;
        mira.see("heading", "Backup").await;
        let before = tap.passed();
        mira.press("button", "Back up to the server").await;
        let words = words(&mira, "The passphrase of the backup").await;
        assert_eq!(words.len(), 6, "{words:?}");
        mira.press("button", "I wrote them down").await;
        mira.write("Word 2", "something").await;
        mira.write("Word 5", &words[4]).await;
        mira.press("button", "Begin the backup").await;
        mira.reads("Word 2 is another one.").await;
        mira.write("Word 2", &words[1]).await;
        mira.press("button", "Begin the backup").await;
        mira.see("button", "Back up now").await;
        mira.reads("Last backup:").await;
        mira.reads("10 wrong passphrases can be tried").await;
        let first = tap.passed() - before;
        assert!(first > (MESSAGES * LETTERS) as u64, "{first}");

        // Again: only what is new moves.
        noor.say(&pair, "after the first backup");
        newest(&mira, "after the first backup").await;
        mira.visit("#/settings/backup").await;
        let before = tap.passed();
        mira.press("button", "Back up now").await;
        mira.see("button", "Back up now").await;
        let second = tap.passed() - before;
        assert!(second < LITTLE, "{second} after {first}");

        // All that the browser keeps is lost. The paper brings the account, and the app leads on to the backup.
        mira.is_cleared().await;
        recover(&mira, &paper).await;
        mira.see("heading", "Backup").await;
        mira.reads("There is a backup on your server whose messages are not on this device.").await;
        mira.write("Passphrase of the backup", WRONG).await;
        mira.press("button", "Restore messages").await;
        mira.reads("Wrong passphrase. 9 guesses are left, then one a day. Nothing was changed.").await;
        mira.reads("9 wrong passphrases can be tried").await;

        // The right one, however it is typed; interrupted in the middle, it goes on by itself.
        tap.hold_after(LITTLE);
        mira.write("Passphrase of the backup", &format!(" {} ", words.join("  ").to_uppercase())).await;
        mira.press("button", "Restore messages").await;
        tap.wait_until_holding();
        mira.reads("Bringing messages back…").await;
        mira.reload().await;
        tap.release();
        mira.reads("messages are back.").await;
        mira.press("button", "Go to the chats").await;
        newest(&mira, "after the first backup").await;
        mira.message("before the first backup").await;

        // From now on this browser goes on with it, without the words.
        mira.visit("#/settings/backup").await;
        mira.press("button", "Back up now").await;
        mira.reads("Last backup:").await;

        // And its person ends it.
        mira.press("button", "Delete the backup").await;
        mira.see("dialog", "Delete the backup on the server?").await;
        mira.press("button", "Delete the backup").await;
        mira.see("button", "Back up to the server").await;
        world.all_well_but(&[&mira], &CUT_OFF).await;
    });
}

#[test]
fn in_a_file_with_its_photos_and_by_a_passkey() {
    named_story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        mira.authenticator().await;
        let folder = world.folder().join("saved");
        mira.saves_into(&folder).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        noor.say(&pair, "kept in a file");
        mira.chat("noor").await;
        mira.attach(&[&fixture("photo-gps.jpg")]).await;
        mira.see("dialog", "Send files").await;
        mira.press("button", "Send").await;
        noor.event("the photo", |event| event["message"]["attachments"][0]["name"] == "photo-gps.jpg");
        let paper = kit(&mira).await;

        // On the server, and a passkey for it.
        mira.visit("#/settings/backup").await;
        mira.press("button", "Back up to the server").await;
        write_down(&mira, "Begin the backup").await;
        mira.see("button", "Back up now").await;
        mira.press("button", "Add a passkey").await;
        mira.reads("A passkey opens this backup").await;

        // In a file, as a download.
        mira.run("delete window.showSaveFilePicker", Vec::new()).await;
        let words = into_file(&mira).await;
        mira.reads("The backup was written.").await;
        let saved = saved(&mira, &folder).await;
        mira.press("button", "Done").await;
        mira.reads("Last written from this browser:").await;
        // Where the browser asks for a place, there.
        let place = "window.showSaveFilePicker = async ({suggestedName}) => {
            window.suggested = suggestedName;
            return (await navigator.storage.getDirectory()).getFileHandle('place', {create: true});
        }";
        mira.run(place, Vec::new()).await;
        into_file(&mira).await;
        mira.reads("The backup was written.").await;
        assert!(mira.run("return window.suggested", Vec::new()).await.as_str().unwrap().ends_with(".backup"));
        mira.wait("the file in its place", async || {
            let look = "return (await (await (await navigator.storage.getDirectory()).getFileHandle('place')).getFile()).slice(0, 15).text()";
            let begins = mira.run(look, Vec::new()).await;
            if begins == json!("casemate backup") { Ok(()) } else { Err(begins.to_string()) }
        })
        .await;
        mira.press("button", "Done").await;

        // Out of the file: not with other words, nor out of what is no backup.
        mira.is_cleared().await;
        recover(&mira, &paper).await;
        mira.see("heading", "Backup").await;
        mira.press("button", "Restore from a file").await;
        let restore = async |file: &Path, words: &str| {
            mira.attach(&[file]).await;
            // The one of the backup on the server stands above.
            let field = mira.all("textbox", "Passphrase of the backup", None).await.pop();
            mira.write_into(&field.unwrap(), words).await;
            mira.press("button", "Restore messages").await;
        };
        restore(&fixture("photo-gps.jpg"), &words).await;
        mira.reads("This file is not a backup of Casemate.").await;
        restore(&saved, WRONG).await;
        mira.reads("Wrong passphrase: it does not open this backup.").await;
        restore(&saved, &words).await;
        mira.reads("messages are back.").await;
        mira.press("button", "Go to the chats").await;
        mira.to_chats().await;
        mira.chat("noor").await;
        mira.message("kept in a file").await;
        mira.press("button", "Show photo-gps.jpg").await;
        mira.press("button", "Close").await;

        // And by the passkey, which asks for nothing else. The restore made new words.
        let paper = kit(&mira).await;
        mira.is_cleared().await;
        recover(&mira, &paper).await;
        mira.press("button", "Restore with passkey").await;
        mira.reads("messages are back.").await;
        mira.press("button", "Go to the chats").await;
        mira.to_chats().await;
        mira.chat("noor").await;
        mira.message("kept in a file").await;
        mira.visit("#/settings/backup").await;
        mira.press("button", "Remove passkey").await;
        mira.see("button", "Add a passkey").await;
        world.all_well(&[&mira]).await;
    });
}

/// Opens the chat with Noor, where much may be unread, and goes on to its newest message.
async fn newest(mira: &Browser, text: &str) {
    mira.to_chats().await;
    mira.chat("noor").await;
    mira.wait("the newest message", async || {
        if mira.sees("listitem", &format!("~{text}")).await {
            return Ok(());
        }
        if let Some(down) = mira.all("button", "~ new", None).await.pop() {
            down.click().await.map_err(|error| error.to_string())?;
        }
        Err("it is not there yet".to_owned())
    })
    .await;
}

/// The words of the recovery kit.
async fn kit(mira: &Browser) -> Vec<String> {
    mira.visit("#/settings/recovery").await;
    mira.press("button", "Show the words").await;
    words(mira, "The twelve words").await
}

/// The words that a list on the screen shows.
pub async fn words(mira: &Browser, name: &str) -> Vec<String> {
    let list = mira.see("list", name).await;
    let mut words = Vec::new();
    for item in mira.all("listitem", "", Some(&list)).await {
        words.push(item.text().await.unwrap().trim().to_owned());
    }
    words
}

/// Shows that the passphrase on the screen was written down; gives it.
async fn write_down(mira: &Browser, verb: &str) -> String {
    let words = words(mira, "The passphrase of the backup").await;
    mira.press("button", "I wrote them down").await;
    mira.write("Word 2", &words[1]).await;
    mira.write("Word 5", &words[4]).await;
    mira.press("button", verb).await;
    words.join(" ")
}

async fn into_file(mira: &Browser) -> String {
    mira.press("button", "Back up into a file").await;
    write_down(mira, "Save the file").await
}

async fn saved(mira: &Browser, folder: &Path) -> PathBuf {
    mira.wait("the saved backup", async || {
        let files = std::fs::read_dir(folder).map_err(|error| error.to_string())?;
        let mut files = files.filter_map(|entry| Some(entry.ok()?.path()));
        let found = files.find(|path| path.extension().is_some_and(|ending| ending == "backup"));
        let found = found.ok_or("it is not there")?;
        // Whole: the browser writes under another name until then.
        if sha256(&found).is_empty() { Err("it is empty".to_owned()) } else { Ok(found) }
    })
    .await
}

async fn recover(mira: &Browser, paper: &[String]) {
    mira.press("button", "Restore with recovery words").await;
    mira.write("Account name", "mira").await;
    mira.write("Recovery words", &paper.join(" ")).await;
    mira.press("button", "Restore account").await;
    mira.see("navigation", "Main").await;
}
