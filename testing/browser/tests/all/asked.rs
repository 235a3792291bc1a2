//! What the app asks the browser for, and how it goes on when the answer is no: a camera, notifications.

use casemate_browser::chromium::Look;
use casemate_browser::world::story;
use serde_json::{Value, json};

#[test]
fn a_camera_that_is_refused() {
    story(async |world| {
        let mira = world.browser_without_camera("mira", Look::DESK).await;
        mira.join(&world.server.invite()).await;
        mira.press("button", "New chat").await;
        mira.press("button", "Scan a code").await;
        mira.reads("There is no camera here, or this page may not use it.").await;
        // It was only another way: the link can be typed.
        mira.write("Name, address or link", "nobody").await;
        world.all_well(&[&mira]).await;
    });
}

/// What the notification of this page's service worker holds; null while there is none.
const SHOWN: &str = "const registration = await navigator.serviceWorker.ready; \
     const [shown] = await registration.getNotifications(); \
     return shown ? { title: shown.title, body: shown.body, data: shown.data } : null";

/// What the service worker tells the page of a click.
pub const CLICK: &str = "navigator.serviceWorker.dispatchEvent(new MessageEvent('message', \
     { data: { clicked: { ...arguments[0], action: '' } } }))";

#[test]
fn a_notification_says_who_and_opens_the_message() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        mira.in_use().await;
        let yes = json!({"permissions": ["notifications"], "origin": world.url()});
        mira.cdp("Browser.grantPermissions", yes).await;
        mira.visit("#/settings/notifications").await;
        mira.reads("Notifications are on for this browser.").await;

        // She looks at something else meanwhile.
        let app = mira.new_tab().await;
        let said = noor.say(&pair, "Are you on the pier?");
        noor.reaches(&pair, &said, &["delivered"]);
        mira.tab(app).await;
        let shown = mira
            .wait("a notification", async || match mira.run(SHOWN, Vec::new()).await {
                Value::Object(shown) => Ok(shown),
                other => Err(format!("there is none: {other}")),
            })
            .await;
        assert_eq!(shown["title"], "noor");
        assert_eq!(shown["body"], "Are you on the pier?");

        // No hand reaches the system's list of notifications here: from the service worker on.
        mira.run(CLICK, vec![shown["data"].clone()]).await;
        mira.message("Are you on the pier?").await;
        world.all_well(&[&mira]).await;
    });
}
