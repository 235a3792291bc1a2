//! What stays: messages written without a network, drafts, history, over reloads, tabs and new versions of the app; and
//! what is said where nothing could stay.

use casemate_browser::chromium::Look;
use casemate_browser::world::story;

/// What the console says of a server that cannot be reached.
const UNREACHABLE: [&str; 3] =
    ["WebSocket connection to", "ERR_CONNECTION_REFUSED", "unknown error occurred when fetching the script"];

#[test]
fn offline_reloads_and_tabs_lose_nothing() {
    story(async |mut world| {
        let (mira, sam) = world.pair().await;
        mira.say("before").await;
        sam.message("before").await;
        mira.in_use().await;

        // The network is gone: what is written waits, also over a reload, and says so.
        world.server.kill();
        mira.reads("Offline").await;
        mira.say("written without a network").await;
        mira.state("written without a network", &["Waiting to be sent"]).await;
        mira.write("Message", "begun and not finished").await;
        mira.reload().await;
        mira.message("before").await;
        mira.state("written without a network", &["Waiting to be sent"]).await;
        mira.holds("Message", "begun and not finished").await;

        // It is back: all goes out without a hand.
        world.server.restart();
        sam.message("written without a network").await;
        mira.state("written without a network", &["Delivered", "Read"]).await;
        assert!(!mira.sees("img", "Waiting to be sent").await);

        // Reloaded in the very moment of sending.
        mira.say("sent and reloaded").await;
        mira.reload().await;
        sam.message("sent and reloaded").await;
        mira.state("sent and reloaded", &["Sent", "Delivered", "Read"]).await;

        // A second tab says where it is, and can take over; then the first says so.
        let first = mira.new_tab().await;
        mira.go(&world.url()).await;
        mira.see("heading", "Open in another tab").await;
        mira.press("button", "Use it here").await;
        mira.chat("sam").await;
        mira.say("from the second tab").await;
        sam.message("from the second tab").await;
        mira.tab(first).await;
        mira.see("heading", "Open in another tab").await;
        world.all_well_but(&[&mira, &sam], &UNREACHABLE).await;
    });
}

#[test]
fn a_new_version_comes_in_and_the_draft_stays() {
    story(async |mut world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        noor.say(&pair, "from the old version");
        mira.message("from the old version").await;
        mira.write("Message", "half a thought").await;
        mira.in_use().await;
        world.new_version();
        mira.reload().await;
        mira.update_waits().await;
        assert!(!mira.has_new_version().await, "the new version came into a page that runs");
        mira.reload().await;
        mira.wait("the new version", async || {
            if mira.has_new_version().await { Ok(()) } else { Err("it is the old one".to_owned()) }
        })
        .await;
        mira.holds("Message", "half a thought").await;
        noor.say(&pair, "from the new version");
        mira.message("from the new version").await;

        // And without a server at all, the app opens with its history.
        world.server.kill();
        mira.reload().await;
        mira.reads("Offline").await;
        mira.message("from the new version").await;
        world.all_well_but(&[&mira], &UNREACHABLE).await;
    });
}

#[test]
fn lost_storage_is_said_clearly() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let everything = serde_json::json!({"origin": world.url(), "storageTypes": "all"});
        mira.cdp("Storage.clearDataForOrigin", everything).await;
        mira.reload().await;
        // Either the start, or words about what happened: never a page that waits for ever.
        mira.wait("a way on", async || {
            if mira.sees("button", "Create account").await || mira.sees("alert", "").await {
                Ok(())
            } else {
                Err("there is none".to_owned())
            }
        })
        .await;
        world.all_well(&[&mira]).await;
    });
}
