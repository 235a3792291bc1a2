//! Microphones, cameras and speakers while a call goes on: refused, had later, unplugged.

use casemate_browser::browser::Browser;
use casemate_browser::world::story_alone;
use serde_json::json;

use crate::calls::talking;

/// The browser gives the page no microphone and no camera …
const REFUSES: &str =
    "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError'); }";

/// … and gives them again.
const AGREES: &str = "delete navigator.mediaDevices.getUserMedia";

async fn sees_nobody(browser: &Browser) {
    browser
        .wait("no picture to be there", async || {
            match browser.run("return document.querySelector('video') === null", Vec::new()).await
                == json!(true)
            {
                true => Ok(()),
                false => Err("there is one".to_owned()),
            }
        })
        .await;
}

#[test]
fn what_a_browser_refuses_in_a_call_is_had_later() {
    story_alone(async |world| {
        let (mira, sam) = talking(&world).await;
        // The other camera of a phone is asked for when the first has stopped: refused, none is on.
        sam.press("button", "Camera").await;
        mira.sees_move("sam").await;
        sam.run(REFUSES, Vec::new()).await;
        sam.press("button", "The other camera").await;
        sam.reads("There is no camera that this page may use.").await;
        sam.gone("button", "The other camera").await;
        sees_nobody(&mira).await;
        sees_nobody(&sam).await;
        sam.run(AGREES, Vec::new()).await;
        sam.press("button", "Camera").await;
        mira.sees_move("sam").await;
        sam.press("button", "Leave call").await;
        mira.gone("button", "Leave call").await;
        world.all_well(&[&mira, &sam]).await;
    });
}
