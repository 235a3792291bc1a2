//! Calls over networks that let little through.

use std::time::Duration;

use casemate_browser::browser::Browser;
use casemate_browser::turn::Way;
use casemate_browser::world::{story_alone, story_over, story_with_turn};
use casemate_e2e::detour::Weather;
use serde_json::json;

use crate::calls::{MIRA, SAM, receives, rings, two};

/// Sam's network lets no media through to the relay, and what the server says of coturn is enough.
#[test]
fn from_a_network_that_lets_nothing_through_but_turn() {
    through_turn(Way::Udp, "udp");
}

/// Nor any UDP: TLS alone leads out of it, as on port 443, through its proxy.
#[test]
fn from_a_network_that_lets_nothing_through_but_tls() {
    through_turn(Way::Tls, "tls");
}

fn through_turn(way: Way, relayed: &str) {
    story_with_turn(way, async |world| {
        let (mira, sam) = two(&world).await;
        if way == Way::Tls {
            world.proxy_leads_on();
        }
        sam.is_walled_in().await;
        sam.reload().await;
        sam.chat("mira").await;
        mira.press("button", "Voice call").await;
        rings(&sam, "mira").await;
        sam.press("button", "Answer").await;
        sam.hears_tone(MIRA).await;
        mira.hears_tone(SAM).await;
        let found = receives(&sam, 1, 0).await;
        assert_eq!((&found["local"], &found["relayed"]), (&"relay".into(), &relayed.into()));
        assert_ne!(receives(&mira, 1, 0).await["local"], "relay");
        sam.press("button", "Leave call").await;
        mira.gone("button", "Leave call").await;
        world.all_well(&[&mira, &sam]).await;
    });
}

/// No UDP leaves Sam's network, and what he says by TCP goes through its proxy: the relay takes calls there too.
#[test]
fn from_a_network_that_lets_no_udp_through() {
    story_alone(async |world| {
        let (mira, sam) = two(&world).await;
        world.proxy_leads_on();
        sam.is_without_udp().await;
        sam.reload().await;
        sam.chat("mira").await;
        mira.press("button", "Video call").await;
        rings(&sam, "mira").await;
        sam.press("button", "Answer with camera").await;
        sam.hears_tone(MIRA).await;
        mira.hears_tone(SAM).await;
        sam.sees_move("mira").await;
        mira.sees_move("sam").await;
        assert_eq!(receives(&sam, 1, 1).await["protocol"], "tcp");
        assert_eq!(receives(&mira, 1, 1).await["protocol"], "udp");
        sam.press("button", "Leave call").await;
        mira.gone("button", "Leave call").await;
        world.all_well(&[&mira, &sam]).await;
    });
}

/// What leaves Mira's side is squeezed for a while; soon after, her picture goes out as large as before.
#[test]
fn a_picture_is_as_good_as_before_after_a_squeeze() {
    story_over(async |world, detour| {
        let (mira, sam) = two(&world).await;
        mira.films(json!({"width": 640, "height": 360, "frameRate": 15})).await;
        mira.press("button", "Video call").await;
        rings(&sam, "mira").await;
        sam.press("button", "Answer").await;
        sam.sees_move("mira").await;
        sends_large(&mira).await;

        detour.upwards(Weather { rate: Some(150_000.0), ..Weather::FAIR });
        mira.wait("the large picture to pause", async || match large(&mira).await {
            0 => Ok(()),
            bytes => Err(format!("{bytes} bytes in half a second")),
        })
        .await;
        sam.hears_tone(MIRA).await;
        detour.upwards(Weather::FAIR);
        sends_large(&mira).await;
        mira.press("button", "Leave call").await;
        sam.gone("button", "Leave call").await;
        world.all_well(&[&mira, &sam]).await;
    });
}

async fn sends_large(browser: &Browser) {
    browser
        .wait("the large picture to go out", async || match large(browser).await {
            bytes if bytes > 8_000 => Ok(()),
            bytes => Err(format!("{bytes} bytes in half a second")),
        })
        .await;
}

/// Bytes of the camera's large picture that go out in half a second.
async fn large(browser: &Browser) -> u64 {
    let sent = async || {
        let found = browser.receives().await;
        let all = found["sent"].as_array().cloned().unwrap_or_default();
        all.iter().find(|one| one["rid"] == "h").and_then(|one| one["bytes"].as_u64()).unwrap_or(0)
    };
    let before = sent().await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    sent().await - before
}
