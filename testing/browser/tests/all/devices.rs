//! A second browser comes to the account by its code, held in front of the first one's camera, and goes again.

use casemate_browser::chromium::Look;
use casemate_browser::world::story;
use serde_json::Value;

#[test]
fn linked_by_a_code_and_removed() {
    story(async |world| {
        let (mira, film) = world.seeing("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        noor.say(&pair, "before");
        mira.message("before").await;

        // The new browser shows its code as a picture and as text.
        let new = world.browser("mira-2", Look::PHONE).await;
        new.go(&world.url()).await;
        new.press("button", "Link to a device you already have").await;
        new.write("Name of the device", "Second browser").await;
        new.press("button", "Show the code").await;
        let code = new.see("img", "Code").await;
        assert!(new.see("group", "Code").await.text().await.unwrap().len() > 20);

        // The first device looks at it with its camera, and its person agrees.
        mira.press("link", "Settings").await;
        mira.press("button", "Devices").await;
        mira.see("heading", "Devices").await;
        mira.press("button", "Link a device").await;
        mira.write("Code", "ABCD-EFGH").await;
        mira.press("button", "Continue").await;
        mira.reads("This is not the code of a new device").await;
        film.sees(&code).await;
        mira.press("button", "Scan a code").await;
        mira.reads("Second browser").await;
        mira.reads("In the same network as this device").await;
        mira.choose_one("radio", "All").await;
        mira.press("button", "Link it").await;
        new.see("navigation", "Main").await;
        new.chat("noor").await;
        new.message("before").await;
        new.say("from the second").await;
        noor.hears("from the second");

        // What each of them is called and runs.
        mira.reads("Chrome on Linux").await;
        mira.reads(&format!("Casemate {}", env!("CARGO_PKG_VERSION"))).await;

        // And out again: it is erased, and shows the first screen.
        mira.press("button", "Remove device").await;
        mira.see("dialog", "Remove Second browser?").await;
        let dialog = mira.see("dialog", "Remove Second browser?").await;
        mira.press_in("button", "Remove device", Some(&dialog)).await;
        mira.reads("Removed: it is out of every chat").await;
        mira.reads("Told: noor").await;
        new.see("button", "Create account").await;
        world.all_well(&[&mira]).await;
    });
}

#[test]
fn a_linked_browser_is_signed_out_where_it_is() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        mira.visit("#/settings/devices").await;
        // The first device is not one to sign out of.
        mira.see("button", "Link a device").await;
        assert!(!mira.sees("button", "Sign out of this device").await);
        let new = world.browser("mira-2", Look::PHONE).await;
        new.go(&world.url()).await;
        new.press("button", "Link to a device you already have").await;
        new.write("Name of the device", "Library").await;
        new.press("button", "Show the code").await;
        let code = new.see("group", "Code").await.text().await.unwrap();
        mira.press("button", "Link a device").await;
        mira.write("Code", &code).await;
        mira.press("button", "Continue").await;
        mira.reads("Library").await;
        mira.press("button", "Link it").await;
        new.see("navigation", "Main").await;
        mira.see("button", "Remove device").await;
        // It is taken into the chat by the first device; from then on both are told.
        new.chat("noor").await;
        new.say("from the library").await;
        noor.hears("from the library");
        noor.say(&pair, "to both of them");
        new.message("to both of them").await;

        new.visit("#/settings/devices").await;
        new.press("button", "Sign out of this device").await;
        let dialog = new.see("dialog", "Sign out of this device?").await;
        new.press_in("button", "Cancel", Some(&dialog)).await;
        new.press("button", "Sign out of this device").await;
        let dialog = new.see("dialog", "Sign out of this device?").await;
        new.press_in("button", "Sign out", Some(&dialog)).await;
        new.reads("You signed out. Everything of the account is erased here, and your first device").await;
        new.see("button", "Create account").await;
        // Nothing of it comes back with a reload, and the first device has none beside it.
        new.reload().await;
        new.see("button", "Create account").await;
        mira.gone("button", "Remove device").await;
        noor.say(&pair, "to the first alone");
        mira.visit("#/chats").await;
        mira.chat("noor").await;
        mira.message("to the first alone").await;
        noor.until("the word of it", |noor| {
            let said =
                |one: &Value| one["text"].as_str().is_some_and(|text| text.contains("removed a device"));
            noor.messages(&pair).iter().any(said).then_some(())
        });
        world.all_well(&[&mira]).await;
    });
}
