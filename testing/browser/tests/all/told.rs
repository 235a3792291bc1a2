//! What the system's notifications tell of, and what they tell of no longer.

use casemate_browser::browser::Browser;
use casemate_browser::chromium::Look;
use casemate_browser::world::{World, story};
use casemate_e2e::world::Member;
use serde_json::{Value, json};

use crate::locks::SIGHT;

/// What the notifications of this page's service worker say, without the marks that keep names apart from what is around them.
const SHOWN: &str = "const registration = await navigator.serviceWorker.ready; \
     const shown = await registration.getNotifications(); \
     return shown.map((one) => one.body.replace(/[\\u2066-\\u2069]/g, ''))";

#[test]
fn a_notification_goes_with_its_message() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        is_told(&world, &mira).await;
        let wrong = away(&mira, &["This was for somebody else"], || {
            noor.say(&pair, "Are you on the pier?");
            let wrong = noor.say(&pair, "This was for somebody else");
            noor.reaches(&pair, &wrong, &["delivered"]);
            wrong
        })
        .await;
        // The other one is still unread.
        noor.ask("message.delete", json!({"message": wrong, "for": "everyone"}));
        shows(&mira, &[]).await;

        away(&mira, &["I wait here"], || {
            let said = noor.say(&pair, "I wait here");
            noor.reaches(&pair, &said, &["delivered"]);
        })
        .await;
        // Read without being opened.
        choose_of(&mira, "noor", "Mark as read").await;
        shows(&mira, &[]).await;

        // Somebody reacts to what she wrote; and calls, and gives up.
        mira.visit("#/chats").await;
        mira.press("link", "^noor").await;
        mira.say("Bring the boat").await;
        let boat = noor.hears("Bring the boat")["message"].clone();
        mira.visit("#/contacts").await;
        let reacted = "noor reacted 👍 to “Bring the boat”";
        away(&mira, &[reacted], || noor.ask("message.react", json!({"message": boat, "emoji": "👍"}))).await;
        mira.visit("#/chats").await;
        mira.press("link", "^noor").await;
        shows(&mira, &[]).await;
        mira.visit("#/contacts").await;
        mira.run(SIGHT, vec![json!("hidden")]).await;
        let call = noor.ask("call.start", json!({"conversation": pair, "send": "tone:440"}))["call"].clone();
        shows(&mira, &["noor calls you"]).await;
        noor.ask("call.leave", json!({"call": call}));
        shows(&mira, &["You missed a call from noor."]).await;
        mira.run(SIGHT, vec![json!("visible")]).await;
        mira.visit("#/chats").await;
        mira.see("img", "Marked as unread").await;
        mira.visit("#/chats").await;
        mira.press("link", "^noor").await;
        shows(&mira, &[]).await;
        mira.gone("img", "Marked as unread").await;
        world.all_well(&[&mira]).await;
    });
}

#[test]
fn a_muted_group_tells_of_mentions_or_of_nothing() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        let made = noor
            .ask("conversation.create", json!({"members": [world.address("mira")], "name": "Harbour walk"}));
        let group = made["conversation"].as_str().unwrap().to_owned();
        mira.accept_group("Harbour walk").await;
        is_told(&world, &mira).await;
        let means_her = |noor: &mut Member, words: &str| {
            let mention = json!({"conversation": group, "text": words, "mentions": [world.address("mira")]});
            noor.ask("message.send", mention);
        };

        choose_of(&mira, "Harbour walk", "Mute").await;
        mira.press("menuitem", "All but mentions").await;
        away(&mira, &["noor: Are you coming, @mira?"], || {
            means_her(&mut noor, "Are you coming, @mira?");
            let last = noor.say(&group, "It is at ten");
            noor.reaches(&group, &last, &["delivered"]);
        })
        .await;
        choose_of(&mira, "Harbour walk", "Mark as read").await;
        shows(&mira, &[]).await;

        choose_of(&mira, "Harbour walk", "Unmute").await;
        choose_of(&mira, "Harbour walk", "Mute").await;
        mira.press("menuitem", "Always").await;
        away(&mira, &["Are you asleep?"], || {
            means_her(&mut noor, "And now, @mira?");
            let last = noor.say(&pair, "Are you asleep?");
            noor.reaches(&pair, &last, &["delivered"]);
        })
        .await;
        world.all_well(&[&mira]).await;
    });
}

/// What the newest notification holds.
const DATA: &str = "const registration = await navigator.serviceWorker.ready; \
     return (await registration.getNotifications()).at(-1).data";

/// Asks this page something as the service worker does, and waits for what it answers.
pub const ASK: &str = "return new Promise((resolve) => { \
     const { port1, port2 } = new MessageChannel(); \
     port1.onmessage = ({ data }) => resolve(data); \
     const asked = { data: arguments[0], ports: [port2] }; \
     navigator.serviceWorker.dispatchEvent(new MessageEvent('message', asked)); })";

#[test]
fn what_is_answered_in_a_notification_was_read() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        is_told(&world, &mira).await;
        mira.run(SIGHT, vec![json!("hidden")]).await;
        let said = noor.say(&pair, "Are you on the pier?");
        shows(&mira, &["Are you on the pier?"]).await;

        // No hand reaches the system's list of notifications here: from the service worker on.
        assert_eq!(mira.run(ASK, vec![json!({"where": true})]).await, "here");
        let mut click = mira.run(DATA, Vec::new()).await;
        click["action"] = json!("reply");
        click["reply"] = json!("Under the lamp");
        assert_eq!(mira.run(ASK, vec![json!({"clicked": click})]).await, "taken");
        noor.hears("Under the lamp");
        noor.reaches(&pair, &said, &["read"]);
        shows(&mira, &[]).await;
        world.all_well(&[&mira]).await;
    });
}

/// What the service worker shows of a push.
const WAKE: &str = "const registration = await navigator.serviceWorker.ready; \
     await registration.showNotification('New message', { tag: 'woken', body: 'Open Casemate' })";

/// Has the service worker keep other words, as a page does that knows no more than its language.
const SAY: &str = "const registration = await navigator.serviceWorker.ready; \
     registration.active.postMessage({ words: { new: arguments[0], open: arguments[0] } })";

#[test]
fn a_second_tab_takes_nothing_from_the_first_and_goes_on_when_that_is_closed() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        is_told(&world, &mira).await;
        mira.press("switch", "Sounds").await;
        keeps(&mira, "sounds", json!(false)).await;
        let first = mira.new_tab().await;
        mira.go(&world.url()).await;
        mira.see("heading", "Open in another tab").await;

        // Where there is no engine, nothing is known of what is unread or was chosen.
        mira.run(WAKE, Vec::new()).await;
        mira.run(SIGHT, vec![json!("hidden")]).await;
        mira.run(SIGHT, vec![json!("visible")]).await;
        assert_eq!(mira.run(ASK, vec![json!({"where": true})]).await, "elsewhere");
        mira.run(SAY, vec![json!("Something came")]).await;
        keeps(&mira, "new", json!("Something came")).await;
        keeps(&mira, "sounds", json!(false)).await;
        shows(&mira, &["Open Casemate"]).await;

        let second = mira.driver().window().await.unwrap();
        mira.tab(first).await;
        mira.driver().close_window().await.unwrap();
        mira.tab(second).await;
        mira.see("navigation", "Main").await;
        shows(&mira, &[]).await;
        world.all_well(&[&mira]).await;
    });
}

/// Waits until the service worker keeps this for when no page is open.
async fn keeps(mira: &Browser, what: &str, value: Value) {
    const KEPT: &str = "const cache = await caches.open('kept'); \
         return (await (await cache.match('/words')).json())[arguments[0]]";
    mira.wait(&format!("{what} to be {value}"), async || {
        let kept = mira.run(KEPT, vec![json!(what)]).await;
        if kept == value { Ok(()) } else { Err(format!("it is {kept}")) }
    })
    .await;
}

/// Notifications may be shown, and no chat is open.
async fn is_told(world: &World, mira: &Browser) {
    mira.in_use().await;
    let yes = json!({"permissions": ["notifications"], "origin": world.url()});
    mira.cdp("Browser.grantPermissions", yes).await;
    mira.visit("#/settings/notifications").await;
    mira.reads("Notifications are on for this browser.").await;
}

/// Something happens while she looks at something else, and notifications say this.
async fn away<T>(mira: &Browser, bodies: &[&str], what: impl FnOnce() -> T) -> T {
    mira.run(SIGHT, vec![json!("hidden")]).await;
    let came = what();
    shows(mira, bodies).await;
    mira.run(SIGHT, vec![json!("visible")]).await;
    came
}

/// Waits until notifications say this.
async fn shows(mira: &Browser, bodies: &[&str]) {
    mira.wait(&format!("the notifications {bodies:?}"), async || {
        let shown = mira.run(SHOWN, Vec::new()).await;
        if shown == json!(bodies) { Ok(()) } else { Err(format!("they are {shown}")) }
    })
    .await;
}

/// Chooses from the menu of a chat in the list.
async fn choose_of(mira: &Browser, chat: &str, item: &str) {
    mira.visit("#/chats").await;
    let row = mira.see("link", &format!("^{chat}")).await;
    mira.ask_for_menu(&row).await;
    mira.press("menuitem", item).await;
}
