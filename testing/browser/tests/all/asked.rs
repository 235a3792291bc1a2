//! What the app asks the browser for, and how it goes on when the answer is no: a camera, notifications, to keep what is here.

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

/// A browser that does as `window.keeps` says, counts how often it is asked, and has room for 100 MB more.
const KEEPER: &str = "window.keeps = false; window.asked = 0; \
     navigator.storage.persist = async () => { window.asked += 1; return window.keeps; }; \
     navigator.storage.persisted = async () => window.keeps; \
     navigator.storage.estimate = async () => ({ usage: 9e8, quota: 1e9 })";

#[test]
fn the_browser_is_asked_to_keep_what_is_here() {
    story(async |world| {
        let mira = world.browser("mira", Look::DESK).await;
        mira.go(&world.server.invite()).await;
        mira.see("button", "Create account").await;
        mira.run(KEEPER, Vec::new()).await;
        mira.write("Your name", "mira").await;
        mira.press("button", "Create account").await;
        mira.press("button", "Skip").await;
        mira.see("navigation", "Main").await;
        assert_eq!(mira.run("return window.asked", Vec::new()).await, 1, "once there was something to keep");

        // Little room is said before it is none, and leads to where some can be made.
        mira.reads("There is room for").await;
        mira.press("button", "Storage").await;
        mira.reads("Room left for Casemate in this browser").await;

        // Where it did not agree, the check-up says so, and asks again.
        mira.visit("#/settings/check-up").await;
        mira.reads("This browser may clear what is here when room gets short.").await;
        mira.press("button", "Ask it to keep everything").await;
        mira.reads("The browser did not agree.").await;
        mira.run("window.keeps = true", Vec::new()).await;
        mira.press("button", "Ask it to keep everything").await;
        mira.gone("button", "Ask it to keep everything").await;
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

/// A page says in its title, which is what the browser says of tabs that are not before one, that it is out of sight, and that it told of
/// something: whoever looks at it before that sees the message in it, and needs no notification.
const SAYS: &str = "document.addEventListener('visibilitychange', \
         () => { document.title = 'Out of sight'; }, { once: true }); \
     const registration = ServiceWorkerRegistration.prototype; \
     const show = registration.showNotification; \
     registration.showNotification = async function (...all) { \
         await show.apply(this, all); \
         document.title = 'Told of it'; \
     }";

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

        // She looks at something else meanwhile. The page hears of that a moment after the other tab is there.
        mira.run(SAYS, Vec::new()).await;
        let app = mira.new_tab().await;
        let says = async |title: &str| {
            mira.wait(&format!("the app to say {title:?}"), async || {
                let tabs = mira.cdp("Target.getTargets", json!({})).await.to_string();
                if tabs.contains(title) { Ok(()) } else { Err(tabs) }
            })
            .await;
        };
        says("Out of sight").await;
        let said = noor.say(&pair, "Are you on the pier?");
        noor.reaches(&pair, &said, &["delivered"]);
        says("Told of it").await;
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
