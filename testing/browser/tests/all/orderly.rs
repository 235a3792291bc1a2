//! What people put in order: messages for later, broadcast lists, folders, stickers, and chats from another messenger.

use casemate_browser::browser::Browser;
use casemate_browser::chromium::Look;
use casemate_browser::paint::{EVENING, NOON, SHORE, landscape};
use casemate_browser::world::story;

#[test]
fn what_waits_can_be_changed_and_costs_no_draft() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (noor, _) = world.friend_of(&mira, "noor").await;
        mira.write("Message", "Bring the rope").await;
        later(&mira, "Send later").await;
        mira.press("button", "Send later").await;
        mira.reads("It will be sent on").await;
        mira.holds("Message", "").await;
        mira.write("Message", "half a thought").await;
        later(&mira, "Messages for later").await;
        mira.press("button", "Edit").await;
        mira.write("Text of the message", "Bring the long rope").await;
        mira.choose_one("radio", "~Tomorrow at 8:00").await;
        mira.press("button", "Save").await;
        mira.see("dialog", "Messages for later").await;
        mira.reads("Bring the long rope").await;
        // Begun and given up: it waits as it was.
        mira.press("button", "Edit").await;
        mira.write("Text of the message", "Something else").await;
        mira.press("button", "Cancel").await;
        mira.reads("Bring the long rope").await;
        mira.press("button", "Send now").await;
        noor.hears("Bring the long rope");
        mira.reads("Nothing waits to be sent here.").await;
        mira.press("button", "Close").await;
        mira.holds("Message", "half a thought").await;
        world.all_well(&[&mira]).await;
    });
}

#[test]
fn files_wait_for_their_time_too() {
    story(async |world| {
        let (mira, sam) = world.pair().await;
        let photo = world.folder().join("evening.png");
        landscape(&photo, EVENING, 320, 240);
        let paper = world.folder().join("plan.txt");
        std::fs::write(&paper, "the plan").unwrap();

        // Two files with words under them. Begun and given up, they stand where they were.
        mira.attach(&[&photo, &paper]).await;
        let files = mira.see("dialog", "Send files").await;
        mira.write("Add a caption", "For the evening").await;
        mira.press_in("button", "Send later", Some(&files)).await;
        mira.press("button", "Cancel").await;
        mira.gone("dialog", "Send later").await;
        mira.holds("Add a caption", "For the evening").await;
        mira.press_in("button", "Send later", Some(&files)).await;
        let when = mira.see("dialog", "Send later").await;
        // Files cannot wait as long as words.
        let set = "const field = document.querySelector('input[type=datetime-local]'); \
                   field.value = new Date(Date.now() + 40 * 864e5).toISOString().slice(0, 16); \
                   field.dispatchEvent(new Event('input', { bubbles: true }))";
        mira.run(set, Vec::new()).await;
        mira.see("alert", "~at most 30 days ahead").await;
        mira.choose_one("radio", "~Tomorrow at 8:00").await;
        mira.press_in("button", "Send later", Some(&when)).await;
        mira.reads("It will be sent on").await;
        mira.gone("dialog", "Send files").await;
        mira.holds("Message", "").await;
        later(&mira, "Messages for later").await;
        mira.see("img", "evening.png").await;
        mira.press("button", "Close").await;

        // And a voice message.
        mira.press("button", "Record voice message").await;
        mira.see("timer", "~0:02").await;
        mira.press("button", "Pause recording").await;
        mira.press("button", "Send later").await;
        let when = mira.see("dialog", "Send later").await;
        mira.press_in("button", "Send later", Some(&when)).await;
        mira.see("button", "Record voice message").await;
        later(&mira, "Messages for later").await;
        mira.wait("the voice message to wait", async || {
            mira.all("listitem", "~Voice message", None)
                .await
                .pop()
                .map(drop)
                .ok_or_else(|| "it does not".to_owned())
        })
        .await;

        // They are there after a reload, the earlier one first; their words can be changed.
        mira.reload().await;
        later(&mira, "Messages for later").await;
        let list = mira.see("list", "Messages for later").await;
        mira.see_in("img", "evening.png", Some(&list)).await;
        mira.reads("plan.txt").await;
        mira.reads("Voice message · 0:0").await;
        let edit = mira.all("button", "Edit", Some(&list)).await.pop().unwrap();
        edit.click().await.unwrap();
        mira.write("Text of the message", "For tomorrow evening").await;
        mira.press("button", "Save").await;
        mira.reads("For tomorrow evening").await;
        mira.press("button", "Send now").await;
        sam.message("For tomorrow evening").await;
        sam.see("button", "~evening.png").await;
        sam.message("plan.txt").await;
        mira.gone("img", "evening.png").await;
        mira.press("button", "Send now").await;
        mira.reads("Nothing waits to be sent here.").await;
        sam.see("img", "Not listened to yet").await;
        mira.press("button", "Close").await;

        // What is called off leaves nothing behind: no file takes any room.
        let kept = "return (async () => { const all = await navigator.storage.getDirectory(); \
                    const folder = await all.getDirectoryHandle('casemate-blobs'); \
                    let count = 0; for await (const file of folder.keys()) count++; return count; })()";
        let holds = async |files: i64| {
            mira.wait(&format!("{files} files here"), async || {
                let now = mira.run(kept, Vec::new()).await;
                if now == files { Ok(()) } else { Err(format!("there are {now}")) }
            })
            .await;
        };
        holds(3).await;
        mira.attach(&[&paper]).await;
        let files = mira.see("dialog", "Send files").await;
        mira.press_in("button", "Send later", Some(&files)).await;
        let when = mira.see("dialog", "Send later").await;
        mira.press_in("button", "Send later", Some(&when)).await;
        holds(4).await;
        mira.gone("dialog", "Send files").await;
        later(&mira, "Messages for later").await;
        mira.press("button", "Do not send").await;
        let dialog = mira.see("dialog", "Do not send this message?").await;
        mira.press_in("button", "Do not send", Some(&dialog)).await;
        mira.reads("Nothing waits to be sent here.").await;
        holds(3).await;
        world.all_well(&[&mira, &sam]).await;
    });
}

async fn later(browser: &Browser, item: &str) {
    browser.press("button", "Attach").await;
    browser.press("menuitem", item).await;
}

#[test]
fn lists_and_folders_are_not_lost_by_a_slip() {
    story(async |world| {
        let mira = world.join("mira", Look::PHONE).await;
        let (noor, _) = world.friend_of(&mira, "noor").await;
        mira.to_chats().await;
        let (ines, _) = world.friend_of(&mira, "ines").await;
        mira.place("#/lists").await;
        mira.press("button", "New list").await;
        mira.write("Name of the list", "Rowers").await;
        // Found by address too.
        let search = mira.see("searchbox", "Search").await;
        mira.write_into(&search, "noor@").await;
        mira.choose_one("checkbox", "^noor").await;
        mira.write_into(&search, "").await;
        mira.choose_one("checkbox", "^ines").await;
        mira.press("button", "Save").await;
        mira.press("button", "^Rowers").await;
        mira.write("Message to all of them", "High water at ten").await;
        // Begun and not sent, it stands there again, also on a page that was loaded anew.
        mira.reload().await;
        mira.press("button", "^Rowers").await;
        mira.holds("Message to all of them", "High water at ten").await;
        mira.press("button", "Send to all").await;
        mira.gone("dialog", "").await;
        mira.press("button", "^Rowers").await;
        mira.holds("Message to all of them", "").await;
        mira.press("button", "Cancel").await;
        noor.hears("High water at ten");
        ines.hears("High water at ten");
        mira.press("button", "Change Rowers").await;
        mira.press("button", "Remove list").await;
        mira.see("dialog", "~Remove the list").await;
        mira.press("button", "Cancel").await;
        mira.see("button", "^Rowers").await;

        // A folder gets another name, and goes; its chat stays.
        mira.place("#/chats").await;
        let row = mira.see("link", "^noor").await;
        mira.ask_for_menu(&row).await;
        mira.press("menuitem", "Folder").await;
        mira.write("New folder", "Boat").await;
        mira.press("button", "Add to folder").await;
        mira.press("tab", "Boat").await;
        mira.gone("link", "^ines").await;
        mira.press("button", "Options of the folder Boat").await;
        mira.press("menuitem", "Rename folder").await;
        mira.write("Name of the folder", "Small boat").await;
        mira.press("button", "Save").await;
        mira.press("tab", "Small boat").await;
        mira.see("link", "^noor").await;
        mira.press("button", "Options of the folder Small boat").await;
        mira.press("menuitem", "Remove folder").await;
        mira.see("dialog", "~Remove the folder").await;
        mira.press("button", "Remove folder").await;
        mira.gone("tab", "Small boat").await;
        mira.see("link", "^noor").await;
        mira.see("link", "^ines").await;
        world.all_well(&[&mira]).await;
    });
}

#[test]
fn a_sticker_pack_is_made_shared_and_removed() {
    story(async |world| {
        let (mira, sam) = world.pair().await;
        let mut pictures = Vec::new();
        for (number, scene) in [SHORE, NOON, EVENING].into_iter().enumerate() {
            let path = world.folder().join(format!("sky-{number}.png"));
            landscape(&path, scene, 300, 300);
            pictures.push(path);
        }
        let broken = world.folder().join("broken.png");
        std::fs::write(&broken, "no picture").unwrap();
        pictures.push(broken);
        let pictures: Vec<_> = pictures.iter().map(|path| path.as_path()).collect();
        later(&mira, "Stickers").await;
        mira.write("Name of the pack", "Sky").await;
        mira.choose_files(&pictures).await;
        // One that is no picture keeps nobody out.
        mira.see("button", "Send sticker 3").await;
        mira.reads("1 picture could not be read").await;
        mira.gone("button", "Send sticker 4").await;
        mira.press("button", "New pack").await;
        mira.press("button", "Cancel").await;
        mira.press("button", "What to do with the pack").await;
        mira.press("button", "Send the pack here").await;
        sam.press("button", "Add this pack").await;
        sam.reads("Added to your stickers.").await;
        later(&mira, "Stickers").await;
        mira.press("button", "What to do with the pack").await;
        mira.press("button", "Remove the pack").await;
        mira.see("dialog", "~Remove “Sky”").await;
        mira.press("button", "Cancel").await;
        mira.see("button", "Send sticker 3").await;
        mira.press("button", "What to do with the pack").await;
        mira.press("button", "Remove the pack").await;
        let dialog = mira.see("dialog", "~Remove “Sky”").await;
        mira.press_in("button", "Remove the pack", Some(&dialog)).await;
        mira.see("textbox", "Name of the pack").await;
        mira.press("button", "Cancel").await;
        later(&sam, "Stickers").await;
        sam.see("button", "Send sticker 3").await;
        world.all_well(&[&mira, &sam]).await;
    });
}

#[test]
fn a_chat_from_a_phone_that_writes_arabic() {
    story(async |world| {
        let mira = world.join("mira", Look::PHONE).await;
        let file = world.folder().join("دردشة واتساب مع يوسف.txt");
        let mark = "\u{200f}";
        let text = format!(
            "٣١{mark}/١٢{mark}/٢٠٢٣، ٩:٤١ م - يوسف: مساء الخير\n\
             ٣١{mark}/١٢{mark}/٢٠٢٣، ٩:٤٢ م - Mira: مساء النور\n\
             ١{mark}/١{mark}/٢٠٢٤، ١٢:٠١ ص - يوسف: كل عام وأنتم بخير\n"
        );
        std::fs::write(&file, text).unwrap();
        let open = async || {
            mira.press("button", "More about chats").await;
            mira.press("menuitem", "Bring a chat from WhatsApp").await;
        };
        open().await;
        mira.press("button", "Cancel").await;
        mira.gone("dialog", "").await;
        open().await;
        mira.choose_files(&[&file]).await;
        // What the file and the account say is filled in.
        mira.holds("Name of the chat", "يوسف").await;
        let me = mira.see("combobox", "Which of them are you?").await;
        assert_eq!(me.prop("value").await.unwrap().as_deref(), Some("Mira"));
        mira.press("button", "Bring it here").await;
        let own = mira.message("مساء النور").await;
        assert!(own.text().await.unwrap().contains("9:42"), "{:?}", own.text().await);
        mira.message("كل عام وأنتم بخير").await;
        mira.reads("Brought along from a file").await;
        world.all_well(&[&mira]).await;
    });
}

#[test]
fn a_chat_from_a_phone_in_america_says_from_when_it_is() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let file = world.folder().join("WhatsApp Chat with Noor.txt");
        let text =
            "3/4/24, 9:15\u{202f}PM - Noor: See you tomorrow\n3/5/24, 8:02\u{202f}AM - Mira: On my way\n";
        std::fs::write(&file, text).unwrap();
        mira.press("button", "More about chats").await;
        mira.press("menuitem", "Bring a chat from WhatsApp").await;
        mira.choose_files(&[&file]).await;
        // Others write so with the day first: she says which it is.
        let asked = mira
            .see("combobox", "In this chat, day and month cannot be told apart. Which comes first?")
            .await;
        asked.send_keys("The month").await.unwrap();
        mira.reads("March 4, 2024 to Tuesday, March 5, 2024").await;
        mira.press("button", "Bring it here").await;
        mira.message("On my way").await;
        world.all_well(&[&mira]).await;
    });
}

#[test]
fn a_chat_whose_day_and_month_nothing_tells_apart_is_asked_about() {
    story(async |world| {
        let mira = world.join("mira", Look::PHONE).await;
        let file = world.folder().join("WhatsApp Chat with Noor.txt");
        let text = "[01/02/2018, 10:00:00] Noor: first\r\n[02/03/2018, 10:00:00] Mira: second\r\n";
        std::fs::write(&file, text).unwrap();
        mira.press("button", "More about chats").await;
        mira.press("menuitem", "Bring a chat from WhatsApp").await;
        mira.choose_files(&[&file]).await;
        // Nothing is chosen for her, and nothing goes on before she chose.
        let begin = mira.see("button", "Bring it here").await;
        let asked = mira
            .see("combobox", "In this chat, day and month cannot be told apart. Which comes first?")
            .await;
        assert!(!begin.is_enabled().await.unwrap());
        assert_eq!(asked.prop("value").await.unwrap().as_deref(), Some(""));
        assert!(mira.overflow().await <= 0);
        asked.send_keys("The day").await.unwrap();
        mira.reads("February 1, 2018").await;
        mira.press("button", "Bring it here").await;
        mira.message("second").await;
        world.all_well(&[&mira]).await;
    });
}
