//! Pictures that move, by the pixels that are on the screen.

use std::fs;

use casemate_browser::browser::Browser;
use casemate_browser::world::story;
use casemate_e2e::files::fixture;
use serde_json::json;

/// The colours of the film, which has more frames than come at once: it begins with the first two and goes on with the others.
const COLOURS: [[u8; 3]; 4] = [[200, 0, 0], [0, 200, 0], [0, 0, 200], [200, 200, 0]];
const FRAMES: u8 = 130;

#[test]
fn a_gif_moves_and_stands_still() {
    story(async |world| {
        let (mira, sam) = world.pair().await;
        let film = world.folder().join("waves.gif");
        fs::write(&film, gif()).unwrap();
        mira.attach(&[&film]).await;
        mira.see("dialog", "Send files").await;
        mira.press("button", "Send").await;

        // Sam asked the system for less movement: the first frame, however long one waits.
        sam.see("button", "Play GIF").await;
        assert_eq!(colour(&sam, "Show waves.gif").await, Some(0));
        mira.say("Did it come?").await;
        sam.message("Did it come?").await;
        assert_eq!(colour(&sam, "Show waves.gif").await, Some(0));
        assert!(!sam.sees("button", "Pause GIF").await);

        // A press plays it, to its end and again from its beginning; another one stops it.
        sam.press("button", "Play GIF").await;
        sam.see("button", "Pause GIF").await;
        for wanted in [1, 2, 3, 0, 1] {
            comes_to(&sam, "Show waves.gif", wanted).await;
        }
        sam.press("button", "Pause GIF").await;
        sam.see("button", "Play GIF").await;
        let stopped = colour(&sam, "Show waves.gif").await;
        mira.say("And now?").await;
        sam.message("And now?").await;
        assert_eq!(colour(&sam, "Show waves.gif").await, stopped);

        // Where things may move it does so by itself, also large.
        sam.system(false, true).await;
        sam.reload().await;
        sam.see("button", "Pause GIF").await;
        for wanted in [3, 0] {
            comes_to(&sam, "Show waves.gif", wanted).await;
        }
        sam.press("button", "Show waves.gif").await;
        sam.see("dialog", "Pictures and videos").await;
        for wanted in [3, 0] {
            comes_to(&sam, "Photo", wanted).await;
        }
        sam.press("button", "Close").await;
        sam.gone("dialog", "").await;

        // The other formats.
        mira.attach(&[&fixture("animated.webp"), &fixture("moving.png")]).await;
        mira.see("dialog", "Send files").await;
        mira.press("button", "Send").await;
        for name in ["Show animated.webp", "Show moving.png"] {
            sam.see("button", name).await;
            let first = sum(&sam, name).await;
            sam.wait(&format!("{name} to move"), async || {
                let now = sum(&sam, name).await;
                if first.is_some() && now != first { Ok(()) } else { Err(format!("it stays at {now:?}")) }
            })
            .await;
        }
        world.all_well(&[&mira, &sam]).await;
    });
}

#[test]
fn a_sticker_moves() {
    story(async |world| {
        let (mira, sam) = world.pair().await;
        sam.system(false, true).await;
        let film = world.folder().join("waves.gif");
        fs::write(&film, gif()).unwrap();
        mira.press("button", "Attach").await;
        mira.press("menuitem", "Stickers").await;
        mira.write("Name of the pack", "Waves").await;
        mira.choose_files(&[&film]).await;
        // In the pack it is still all of its frames.
        mira.press("button", "Send sticker 1").await;
        mira.gone("dialog", "").await;
        for wanted in [3, 0] {
            comes_to(&sam, "Sticker", wanted).await;
        }
        sam.press("button", "Sticker").await;
        sam.press("menuitem", "Pause GIF").await;
        let stopped = colour(&sam, "Sticker").await;
        mira.say("Seasick?").await;
        sam.message("Seasick?").await;
        assert_eq!(colour(&sam, "Sticker").await, stopped);
        sam.press("button", "Sticker").await;
        sam.press("menuitem", "Play GIF").await;
        for wanted in [3, 0] {
            comes_to(&sam, "Sticker", wanted).await;
        }
        world.all_well(&[&mira, &sam]).await;
    });
}

async fn comes_to(browser: &Browser, name: &str, wanted: usize) {
    browser
        .wait(&format!("colour {wanted}"), async || match colour(browser, name).await {
            Some(found) if found == wanted => Ok(()),
            other => Err(format!("there is {other:?}")),
        })
        .await;
}

/// Which of the film's colours the picture with this name has now.
async fn colour(browser: &Browser, name: &str) -> Option<usize> {
    let pixels = pixels(browser, name).await;
    COLOURS.iter().position(|colour| pixels.first_chunk() == Some(colour))
}

/// The sum of all of its pixels.
async fn sum(browser: &Browser, name: &str) -> Option<u64> {
    let pixels = pixels(browser, name).await;
    let weighted = (1u64..).zip(&pixels).map(|(at, value)| at * u64::from(*value)).sum();
    (!pixels.is_empty()).then_some(weighted)
}

/// Its pixels, made small, in red, green and blue. None while there is no such picture.
async fn pixels(browser: &Browser, name: &str) -> Vec<u8> {
    let found = browser.run(include_str!("moving.js"), vec![json!(name)]).await;
    serde_json::from_value(found).unwrap_or_default()
}

/// The smallest film: one pixel, shown for 30 ms a frame.
fn gif() -> Vec<u8> {
    // GIF89a: a screen of one by one, four colours.
    let mut bytes = b"GIF89a\x01\0\x01\0\x81\0\0".to_vec();
    bytes.extend(COLOURS.concat());
    bytes.extend(b"\x21\xFF\x0BNETSCAPE2.0\x03\x01\0\0\0");
    for at in 0..FRAMES {
        let colour = at / 16 % 2 + if at < FRAMES / 2 { 0 } else { 2 };
        bytes.extend(b"\x21\xF9\x04\x04\x03\0\0\0\x2C\0\0\0\0\x01\0\x01\0\0\x02\x02");
        // Codes of three bits each: clear, the colour, end.
        bytes.extend([4 | colour << 3 | 1 << 6, 1, 0]);
    }
    bytes.push(0x3B);
    bytes
}
