//! Links before they open, lists of what spyware uses, and the check-up.

use casemate_browser::chromium::Look;
use casemate_browser::world::story;
use casemate_e2e::files::sha256;
use serde_json::json;

#[test]
fn what_is_known_is_found_again() {
    story(async |world| {
        let mira = world.join("mira", Look::PHONE).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        noor.say(&pair, "read https://news.evil.example/today");
        mira.message("read https://news.evil.example/today").await;

        // A link is looked at before it opens.
        noor.say(&pair, "your parcel: https://paypa1.com/login");
        mira.press("link", "https://paypa1.com/login").await;
        mira.see("dialog", "Open a link").await;
        mira.reads("paypal.com, and is not.").await;
        mira.see("button", "Open").await;
        mira.press("button", "Copy").await;
        mira.gone("dialog", "").await;

        // A list from a file, read by guard's Worker. What is broken is refused, and what is left out is named.
        let folder = world.folder().join("lists");
        std::fs::create_dir_all(&folder).unwrap();
        let (good, broken) = (folder.join("spyware.json"), folder.join("broken.json"));
        let bundle = json!({"type": "bundle", "id": "bundle--1", "objects": [
            {"type": "malware", "name": "Some spyware"},
            {"type": "indicator", "pattern_type": "stix", "pattern": "[domain-name:value = 'evil.example']"},
            {"type": "indicator", "pattern_type": "stix", "pattern": "[file:name = 'x' AND file:size = 3]"},
        ]});
        std::fs::write(&good, bundle.to_string()).unwrap();
        std::fs::write(&broken, "{\"type\": \"bundle\", \"objects\": [").unwrap();
        mira.visit("#/settings/spyware").await;
        mira.reads("No list is here yet.").await;
        mira.attach(&[&broken]).await;
        mira.reads("Nothing of it was taken.").await;
        mira.attach(&[&good]).await;
        mira.reads("“Some spyware” brought one new entry.").await;
        mira.reads("One entry was left out:").await;

        // What came before the list is found by looking back, and what comes after it by itself.
        mira.press("button", "Look through all messages").await;
        mira.reads("One message has something in it that is known:").await;
        mira.press("button", "~noor: evil.example").await;
        mira.message("read https://news.evil.example/today").await;
        mira.reads("evil.example is known to belong to attackers (“Some spyware”). Do not open it.").await;
        noor.say(&pair, "and http://evil.example/again");
        mira.reads("A message from noor has something in it that is known to belong to attackers.").await;
        mira.press("link", "http://evil.example/again").await;
        mira.see("dialog", "Open a link").await;
        mira.see("button", "Open anyway").await;
        mira.reads("It is on the list “Some spyware” of what attackers use. Do not open it.").await;
        mira.press("button", "Cancel").await;

        // The check-up says so first, and that nothing asks for a passphrase; what is done about it goes away. Of notifications only
        // where there may be any.
        mira.visit("#/settings/check-up").await;
        mira.reads("2 messages here name something that is known to belong to attackers.").await;
        assert!(!mira.sees("button", "Hide them in notifications").await);
        let yes = json!({"origin": world.url(), "permissions": ["notifications"]});
        mira.cdp("Browser.grantPermissions", yes).await;
        mira.reload().await;
        mira.visit("#/settings/check-up").await;
        mira.see("heading", "Check-up").await;
        mira.reads("2 messages here name something that is known to belong to attackers.").await;
        mira.press("button", "Hide them in notifications").await;
        mira.gone("button", "Hide them in notifications").await;
        mira.press("button", "Look at the messages").await;
        mira.see("heading", "Known spyware").await;
        // And there they are, without another press.
        mira.reads("2 messages have something in them that is known:").await;
        mira.press("button", "Remove this list").await;
        mira.see("dialog", "Remove “Some spyware”?").await;
        mira.press_in("button", "Remove this list", Some(&mira.see("dialog", "").await)).await;
        mira.reads("No list is here yet.").await;
        mira.visit("#/settings/check-up").await;
        mira.see("button", "Write down the recovery kit").await;
        assert!(!mira.sees("button", "Look at the messages").await);
        // How old this device's keys are in each chat.
        mira.run("document.querySelector('.ages > summary').click()", Vec::new()).await;
        mira.reads("0 days").await;
    });
}

#[test]
fn a_file_that_may_hurt_says_so_before_it_is_saved() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        let (folder, saved) = (world.folder().join("sent"), world.folder().join("saved"));
        std::fs::create_dir_all(&folder).unwrap();
        let (program, notes) = (folder.join("invoice.pdf.exe"), folder.join("notes.txt"));
        let header = [b"MZ".to_vec(), vec![0; 58], 64u32.to_le_bytes().to_vec(), b"PE\0\0".to_vec()].concat();
        std::fs::write(&program, [header, vec![0; 400]].concat()).unwrap();
        std::fs::write(&notes, "nothing odd").unwrap();
        for file in [&program, &notes] {
            noor.send_file(&pair, file, None);
        }
        mira.saves_into(&saved).await;

        mira.press("button", "Save notes.txt").await;
        mira.saved(&saved, "notes.txt", &sha256(&notes)).await;
        mira.press("button", "Save invoice.pdf.exe").await;
        mira.see("dialog", "Save “invoice.pdf.exe”?").await;
        mira.reads("It is a program, or it starts one").await;
        mira.reads("Its name hides what it is: only the last ending counts.").await;
        mira.press("button", "Cancel").await;
        mira.gone("dialog", "").await;
        assert!(!saved.join("invoice.pdf.exe").exists());
        mira.press("button", "Save invoice.pdf.exe").await;
        mira.press("button", "Save anyway").await;
        mira.saved(&saved, "invoice.pdf.exe", &sha256(&program)).await;
    });
}
