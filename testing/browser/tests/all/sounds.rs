//! Sound files, by what the page would let be heard; and a voice message whose page goes away while it is recorded.

use casemate_browser::chromium::Look;
use casemate_browser::media::tone;
use casemate_browser::world::story;
use casemate_e2e::files::fixture;
use serde_json::json;

#[test]
fn a_sound_file_is_played() {
    story(async |world| {
        let (mira, sam) = world.pair().await;
        for name in ["music.mp3", "sound.m4a", "sound.wav"] {
            mira.attach(&[&fixture(name)]).await;
            mira.see("dialog", "Send files").await;
            mira.press("button", "Send").await;
            mira.gone("dialog", "").await;
            sam.reads(name).await;
            sam.see("button", &format!("Save {name}")).await;
            // What is given to the loudspeaker from here on is kept, to be looked at.
            let listen =
                "window.played = []; const real = window.copies ??= AudioBuffer.prototype.copyToChannel;
                AudioBuffer.prototype.copyToChannel = function (samples, ...rest) {
                  if (rest[0] === 0) window.played.push(...samples);
                  return real.call(this, samples, ...rest);
                };";
            sam.run(listen, Vec::new()).await;
            let players = sam.all("button", "Play", None).await;
            players.last().unwrap().click().await.unwrap();
            sam.wait(&format!("the tone of {name}"), async || {
                let played = sam.run("return window.played", Vec::new()).await;
                let samples: Vec<f64> = serde_json::from_value(played).unwrap_or_default();
                // Between the silence before and after: 100 ms.
                let middle = samples.get(2_880..7_680).ok_or(format!("{} samples", samples.len()))?;
                let rises = middle.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count() as f64;
                let hertz = rises * 48_000.0 / middle.len() as f64;
                if (hertz - 440.0).abs() < 15.0 { Ok(()) } else { Err(format!("it is of {hertz} Hz")) }
            })
            .await;
        }
        // Nobody is told that it was listened to, and it has a place to go to.
        assert!(!sam.sees("img", "Not listened to yet").await);
        assert_eq!(sam.all("slider", "Place in the recording", None).await.len(), 3);
        world.all_well(&[&mira, &sam]).await;
    });
}

#[test]
fn the_loudspeaker_is_chosen_where_one_listens() {
    story(async |world| {
        let (mira, sam) = world.pair().await;
        let long = world.folder().join("long.wav");
        std::fs::write(&long, seconds(&tone(440.0), 30)).unwrap();
        mira.attach(&[&long]).await;
        mira.see("dialog", "Send files").await;
        mira.press("button", "Send").await;
        mira.gone("dialog", "").await;
        sam.reads("long.wav").await;
        assert!(!sam.sees("button", "Choose loudspeaker").await, "nothing is heard");
        sam.press("button", "Play").await;
        sam.press("button", "Choose loudspeaker").await;
        sam.press("menuitem", "System default").await;
        sam.gets_to("slider", "Place in the recording", 1_500.0).await;
        sam.press("button", "Pause").await;
        sam.see("button", "Choose loudspeaker").await;
        world.all_well(&[&mira, &sam]).await;
    });
}

#[test]
fn what_is_shown_once_is_heard_once() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        let voice = json!({"path": fixture("voice.opus"), "kind": "voice"});
        let once = json!({"conversation": pair, "view_once": true, "attachments": [voice]});
        noor.ask("message.send", once);
        mira.press("button", "~Open; it is shown once").await;
        mira.see("dialog", "Shown once").await;
        mira.press("button", "Play").await;
        mira.gets_to("slider", "Place in the voice message", 200.0).await;
        mira.press("button", "Close").await;
        mira.message("Opened").await;
        // What is heard is to be stopped, and heard again, wherever one goes.
        mira.visit("#/settings").await;
        assert!(!mira.sees("group", "Sound").await);
        world.all_well(&[&mira]).await;
    });
}

#[test]
fn a_recording_whose_microphone_goes_away_is_sent_all_the_same() {
    story(async |world| {
        let (mira, sam) = world.pair().await;
        let keeps = "const media = navigator.mediaDevices; const ask = media.getUserMedia.bind(media); \
                     media.getUserMedia = async (wanted) => (window.given = await ask(wanted))";
        mira.run(keeps, Vec::new()).await;
        sam.run(keeps, Vec::new()).await;
        mira.press("button", "Record voice message").await;
        mira.see("timer", "~0:02").await;
        mira.run("for (const track of window.given.getTracks()) { track.stop(); track.dispatchEvent(new Event('ended')); }", Vec::new()).await;
        mira.reads("The microphone went away.").await;
        mira.see("button", "Listen to the recording").await;
        mira.press("button", "Send").await;
        sam.see("img", "Not listened to yet").await;
        // One that is thrown away leaves no microphone open. By who sent nothing: a press that soon after Send is the second half of a
        // double click, and begins nothing.
        sam.press("button", "Record voice message").await;
        sam.see("timer", "~0:01").await;
        sam.press("button", "Cancel").await;
        sam.see("button", "Record voice message").await;
        let open = "return window.given.getTracks().filter((track) => track.readyState === 'live').length";
        assert_eq!(sam.run(open, Vec::new()).await, 0);
        assert_eq!(mira.run(open, Vec::new()).await, 0);
        world.all_well(&[&mira, &sam]).await;
    });
}

/// A second of sound, so many times.
fn seconds(second: &[u8], times: u32) -> Vec<u8> {
    let (header, samples) = second.split_at(44);
    let bytes = samples.len() as u32 * times;
    let mut wav = header.to_vec();
    wav[4..8].copy_from_slice(&(36 + bytes).to_le_bytes());
    wav[40..44].copy_from_slice(&bytes.to_le_bytes());
    wav.extend(samples.repeat(times as usize));
    wav
}

#[test]
fn a_recording_outlives_its_page() {
    story(async |world| {
        let (mira, sam) = world.pair().await;
        mira.press("button", "Record voice message").await;
        mira.see("timer", "~0:03").await;
        mira.reload().await;
        // It stands where it was to be sent, and can be heard.
        mira.see("timer", "~0:0").await;
        mira.press("button", "Listen to the recording").await;
        mira.see("button", "Pause").await;
        // Elsewhere meanwhile, the list says so.
        mira.press("link", "Chats").await;
        mira.see("link", "~Draft: Voice message").await;
        mira.press("link", "~sam").await;
        mira.see("timer", "~0:0").await;
        mira.press("button", "Send").await;
        mira.gone("timer", "").await;
        sam.see("img", "Not listened to yet").await;
        sam.press("button", "Play").await;
        sam.gets_to("slider", "Place in the voice message", 1_500.0).await;
        mira.reload().await;
        mira.see("button", "Record voice message").await;
        assert!(!mira.sees("timer", "").await);

        // Left while it goes on, it is kept too; thrown away, it is not.
        mira.press("button", "Record voice message").await;
        mira.see("timer", "~0:02").await;
        mira.press("link", "Chats").await;
        mira.see("link", "~Draft: Voice message").await;
        mira.press("link", "~sam").await;
        mira.press("button", "Cancel").await;
        mira.see("button", "Record voice message").await;
        mira.reload().await;
        mira.see("button", "Record voice message").await;
        assert!(!mira.sees("timer", "").await);
        world.all_well(&[&mira, &sam]).await;
    });
}

#[test]
fn a_thumb_slides_a_recording_away_locks_it_and_sends_it() {
    story(async |world| {
        let mira = world.join("mira", Look::PHONE).await;
        mira.press("button", "New chat").await;
        mira.press("button", "Notes to self").await;
        let button = async || mira.see("button", "Record voice message").await;
        // Aside it is thrown away.
        let at = mira.finger_down(&button().await).await;
        mira.see("timer", "~0:01").await;
        mira.finger_slides(at, (at.0 - 200.0, at.1)).await;
        mira.finger_up().await;
        mira.reads("Recording thrown away.").await;
        mira.gone("timer", "").await;
        // A tap goes on without the thumb, and is no press of what comes in its place.
        mira.finger_down(&button().await).await;
        mira.finger_up().await;
        mira.see("timer", "~0:02").await;
        mira.press("button", "Cancel").await;
        mira.gone("timer", "").await;
        // Up it is locked.
        let at = mira.finger_down(&button().await).await;
        mira.see("timer", "~0:01").await;
        mira.finger_slides(at, (at.0, at.1 - 150.0)).await;
        mira.finger_up().await;
        mira.see("button", "Pause recording").await;
        mira.press("button", "Cancel").await;
        mira.gone("timer", "").await;
        assert!(!mira.sees("button", "Play").await, "nothing was sent");
        // Lifted where it is, or nearly, it is sent.
        let at = mira.finger_down(&button().await).await;
        mira.see("timer", "~0:01").await;
        mira.finger_slides(at, (at.0 - 30.0, at.1 - 20.0)).await;
        mira.finger_up().await;
        mira.see("button", "Play").await;
        mira.gone("timer", "").await;
        world.all_well(&[&mira]).await;
    });
}
