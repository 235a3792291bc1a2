//! Microphones, cameras and speakers while a call goes on: refused, had later, unplugged; and media that cannot be at all.

use casemate_browser::browser::Browser;
use casemate_browser::world::story_alone;
use serde_json::json;

use crate::calls::{MIRA, SAM, rings, two};

/// The browser gives the page no microphone and no camera, and counts how often it is asked …
const REFUSES: &str = "window.refused = 0; navigator.mediaDevices.getUserMedia = async () => { \
     window.refused += 1; throw new DOMException('no', 'NotAllowedError'); }";

/// … and gives them again.
const AGREES: &str = "delete navigator.mediaDevices.getUserMedia";

/// Headphones are there, or not any more; and what the page plays on is written down.
const PLUGGED: &str = "const [there] = arguments; const speaker = (deviceId, label) => ({ kind: 'audiooutput', deviceId, label }); \
     const all = [speaker('default', 'Default'), ...(there ? [speaker('headphones', 'Headphones')] : [])]; \
     navigator.mediaDevices.enumerateDevices = async () => all; \
     HTMLMediaElement.prototype.setSinkId = async (id) => { window.plays = id; }; \
     navigator.mediaDevices.dispatchEvent(new Event('devicechange'));";

async fn plays_on(browser: &Browser, speaker: &str) {
    browser
        .wait("another speaker", async || match browser.run("return window.plays", Vec::new()).await {
            found if found == speaker => Ok(()),
            other => Err(format!("it is {other}")),
        })
        .await;
}

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

/// The Worker of a call's frames cannot be loaded.
const BREAKS: &str = "const Real = window.Worker; window.Worker = class extends Real { constructor(...given) { \
     super(...given); \
     if (String(given[0]).includes('frames')) setTimeout(() => this.dispatchEvent(new ErrorEvent('error')), 0); } };";

#[test]
fn a_call_whose_media_cannot_be_is_over_for_both_and_says_why() {
    story_alone(async |world| {
        let (mira, sam) = two(&world).await;
        mira.run(BREAKS, Vec::new()).await;
        mira.press("button", "Voice call").await;
        mira.reads("The call could not go on: what encrypts calls could not be loaded").await;
        mira.gone("button", "Leave call").await;
        sam.reads("You missed a call from mira.").await;
        sam.gone("button", "Answer").await;
        world.all_well(&[&mira, &sam]).await;
    });
}

#[test]
fn what_is_refused_or_unplugged_in_a_call_is_not_its_end() {
    story_alone(async |world| {
        let (mira, sam) = two(&world).await;
        // None before a call, and one when he has allowed it.
        sam.run(REFUSES, Vec::new()).await;
        sam.press("button", "More about this chat").await;
        sam.press("menuitem", "Test microphone and camera").await;
        sam.reads("In a call they would not hear you.").await;
        sam.run(AGREES, Vec::new()).await;
        sam.press("button", "Try the microphone again").await;
        sam.reads("Say something: the bar moves when you are heard.").await;
        sam.press("button", "Close").await;
        // No microphone: he hears her, and she is told that he is silent, not that his connection is gone.
        sam.run(REFUSES, Vec::new()).await;
        mira.press("button", "Voice call").await;
        rings(&sam, "mira").await;
        sam.press("button", "Answer").await;
        sam.reads("There is no microphone that this page may use.").await;
        sam.hears_tone(MIRA).await;
        mira.see("img", "Muted").await;
        // Once more, in vain, by choosing what is chosen already; and by the button, when he has allowed it.
        sam.press("button", "Call options").await;
        sam.press("menuitem", "Microphone").await;
        sam.press("menuitem", "System default").await;
        sam.wait("it to be asked for again", async || {
            match sam.run("return window.refused", Vec::new()).await.as_u64() {
                Some(2) => Ok(()),
                other => Err(format!("it was, {other:?} times")),
            }
        })
        .await;
        assert!(!sam.sees("button", "Mute").await);
        sam.run(AGREES, Vec::new()).await;
        sam.press("button", "Try the microphone again").await;
        mira.hears_tone(SAM).await;
        mira.gone("img", "Muted").await;
        sam.press("button", "Mute").await;
        mira.see("img", "Muted").await;
        sam.press("button", "Mute").await;
        mira.gone("img", "Muted").await;
        // The other camera of a phone is asked for when the first has stopped: refused, none is on.
        sam.press("button", "Camera").await;
        mira.sees_move("sam").await;
        sam.press("button", "The other camera").await;
        sam.wait("it to be asked for", async || {
            match sam.asked_for().await["video"]["facingMode"].as_str() {
                Some("environment") => Ok(()),
                other => Err(format!("it is {other:?}")),
            }
        })
        .await;
        sam.sees_move("You").await;
        sam.run(REFUSES, Vec::new()).await;
        sam.press("button", "The other camera").await;
        sam.reads("There is no camera that this page may use.").await;
        sam.gone("button", "The other camera").await;
        sees_nobody(&mira).await;
        sees_nobody(&sam).await;
        sam.run(AGREES, Vec::new()).await;
        sam.press("button", "Camera").await;
        mira.sees_move("sam").await;
        // Headphones that are unplugged would be silent for ever.
        sam.run(PLUGGED, vec![json!(true)]).await;
        sam.press("button", "Call options").await;
        sam.press("menuitem", "Speaker").await;
        sam.press("menuitem", "Headphones").await;
        plays_on(&sam, "headphones").await;
        sam.run(PLUGGED, vec![json!(false)]).await;
        plays_on(&sam, "").await;
        sam.press("button", "Leave call").await;
        mira.gone("button", "Leave call").await;
        world.all_well(&[&mira, &sam]).await;
    });
}
