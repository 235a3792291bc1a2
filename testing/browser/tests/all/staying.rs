//! What stays, and what is said where nothing could stay.

use casemate_browser::chromium::Look;
use casemate_browser::world::story;

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
