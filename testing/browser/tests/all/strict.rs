//! Strict mode: a contact's device is new, and nothing is sent before its person has looked.

use casemate_browser::browser::Browser;
use casemate_browser::chromium::Look;
use casemate_browser::world::{World, story};
use casemate_e2e::person::Person;
use casemate_e2e::world::Member;
use serde_json::json;

#[test]
fn stopped_until_looked_at() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        noor.say(&pair, "before https://example.org/map");
        mira.message("before https://example.org/map").await;
        mira.visit("#/settings/privacy").await;
        mira.press("switch", "Strict mode").await;
        mira.to_chats().await;
        mira.chat("noor").await;
        assert!(!mira.sees("button", "Accept the change").await);
        // A link of somebody whose number she has not compared is looked at and not opened.
        mira.press("link", "https://example.org/map").await;
        mira.reads("Strict mode does not open links of people").await;
        mira.press("button", "Close").await;
        mira.gone("dialog", "").await;

        // What she types stays hers, and she is told why.
        let _laptop = linked(&world, &mut noor, "laptop");
        mira.reads("noor added a new device.").await;
        mira.reads("noor has a new device and you have not looked at it.").await;
        mira.write("Message", "for noor alone").await;
        mira.press("button", "Send").await;
        mira.see("button", "Accept the change").await;
        mira.holds("Message", "for noor alone").await;

        // She looks, and goes on.
        mira.press("button", "Compare safety number").await;
        mira.see("heading", "Safety number").await;
        mira.reads("New devices of noor that you have not looked at: 1").await;
        mira.press("button", "Mark as verified").await;
        mira.reads("You compared this number with noor.").await;
        mira.press("button", "Close").await;
        mira.gone("button", "Compare safety number").await;
        mira.press("link", "https://example.org/map").await;
        mira.see("button", "Open").await;
        mira.press("button", "Copy").await;
        mira.gone("dialog", "").await;
        mira.press("button", "Send").await;
        noor.hears("for noor alone");

        // Another one, accepted as it is; and then none of it in this chat.
        let _phone = linked(&world, &mut noor, "phone");
        mira.press("button", "Accept the change").await;
        mira.gone("button", "Accept the change").await;
        mira.say("and now").await;
        noor.hears("and now");
        mira.press("button", "Details").await;
        mira.press("button", "Strict mode As for all chats").await;
        mira.press("menuitem", "Off here").await;
        mira.see("button", "Strict mode Off here").await;
        let _watch = linked(&world, &mut noor, "watch");
        mira.say("as before").await;
        noor.hears("as before");

        // It is on until she says what turning it off means.
        mira.visit("#/settings/privacy").await;
        mira.press("switch", "Strict mode").await;
        let dialog = mira.see("dialog", "Turn strict mode off?").await;
        mira.press_in("button", "Cancel", Some(&dialog)).await;
        mira.gone("dialog", "").await;
        assert_eq!(is_on(&mira).await.as_deref(), Some("true"));
        mira.press("switch", "Strict mode").await;
        let dialog = mira.see("dialog", "Turn strict mode off?").await;
        mira.press_in("button", "Turn off", Some(&dialog)).await;
        mira.gone("dialog", "").await;
        assert_eq!(is_on(&mira).await.as_deref(), Some("false"));
        world.all_well(&[&mira]).await;
    });
}

async fn is_on(mira: &Browser) -> Option<String> {
    mira.see("switch", "Strict mode").await.attr("aria-checked").await.unwrap()
}

/// Another device of somebody at `casemate rpc`.
fn linked(world: &World, primary: &mut Member, name: &str) -> Person {
    let mut device = Person::start(&world.folder().join(name));
    let asked = device.ask("device.request", json!({"server": world.url(), "name": name}));
    let approve = json!({"code": asked["code"], "history": "none", "confirm": true});
    primary.ask("device.approve", approve);
    device.event("being linked", |event| event["type"] == "device.linked");
    device
}
