//! What stays: messages written without a network, drafts, history, over reloads, tabs and new versions of the app.

use casemate_browser::browser::Browser;
use casemate_browser::chromium::Look;
use casemate_browser::world::{World, story};

/// Somebody in a browser and somebody in another, who can write to each other, both with their chat open.
async fn pair(world: &World) -> (Browser, Browser) {
    let mira = world.join("mira", Look::DESK).await;
    let sam = world.join("sam", Look::PHONE).await;
    sam.knock(&world.address("mira"), "Hello").await;
    mira.accept("sam").await;
    sam.chat("mira").await;
    (mira, sam)
}

#[test]
fn offline_reloads_and_tabs_lose_nothing() {
    story(async |mut world| {
        let (mira, sam) = pair(&world).await;
        mira.say("before").await;
        sam.message("before").await;

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
        mira.go(&world.server.url()).await;
        mira.see("heading", "Open in another tab").await;
        mira.press("button", "Use it here").await;
        mira.chat("sam").await;
        mira.say("from the second tab").await;
        sam.message("from the second tab").await;
        mira.tab(first).await;
        mira.see("heading", "Open in another tab").await;
    });
}

#[test]
fn lost_storage_is_said_clearly() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let origin = world.server.url();
        mira.cdp("Storage.clearDataForOrigin", serde_json::json!({"origin": origin, "storageTypes": "all"}))
            .await;
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
    });
}
