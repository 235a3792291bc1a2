//! A second browser comes to the account by its code, held in front of the first one's camera, and goes again.

use casemate_browser::chromium::Look;
use casemate_browser::world::story;

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
