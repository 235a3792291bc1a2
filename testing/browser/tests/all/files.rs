//! Photos, documents, sounds and films on their way from one person to another.

use std::path::{Path, PathBuf};

use casemate_browser::around::hash_of;
use casemate_browser::chromium::Look;
use casemate_browser::version::DECODERS;
use casemate_browser::world::{World, story, tapped_story};
use casemate_e2e::files::{contains, fixture, large, sha256};
use casemate_e2e::world::Member;
use serde_json::{Value, json};
use thirtyfour::Key;

#[test]
fn photos_voice_and_film() {
    story(async |world| {
        let (mira, sam) = world.pair().await;

        // One photo with words below it; a press shows it large.
        mira.attach(&[&fixture("progressive.jpg")]).await;
        mira.see("dialog", "Send files").await;
        mira.write("Add a caption", "From the old pier").await;
        mira.press("button", "Send").await;
        mira.gone("dialog", "").await;
        sam.message_says("From the old pier", "Shown safely").await;
        sam.press("button", "Show progressive.jpg").await;
        sam.see("dialog", "Pictures and videos").await;
        sam.see("img", "Photo").await;
        sam.gone("status", "Preparing the picture…").await;
        sam.press("button", "Close").await;
        sam.gone("dialog", "").await;

        // Several at once are an album.
        mira.attach(&[&fixture("photo-gps.jpg"), &fixture("photo-gps.png"), &fixture("photo-gps.webp")])
            .await;
        mira.see("dialog", "Send files").await;
        mira.press("button", "Send").await;
        for name in ["photo-gps.jpg", "photo-gps.png", "photo-gps.webp"] {
            sam.press("button", &format!("Show {name}")).await;
            sam.see("dialog", "Pictures and videos").await;
            sam.press("button", "Close").await;
            sam.gone("dialog", "").await;
        }
        // In the strip below all stand side by side, and a press goes there.
        sam.press("button", "Show photo-gps.png").await;
        let strip = sam.see("group", "All of them").await;
        sam.reads("3 / 4").await;
        sam.press_in("button", "2 of 4", Some(&strip)).await;
        sam.reads("2 / 4").await;
        sam.reads("photo-gps.jpg").await;
        sam.press("button", "Close").await;
        sam.gone("dialog", "").await;

        // A voice message: two seconds of what the microphone hears.
        mira.press("button", "Record voice message").await;
        mira.see("timer", "~0:02").await;
        mira.press("button", "Send").await;
        sam.see("img", "Not listened to yet").await;
        sam.press("button", "Play").await;
        sam.gets_to("slider", "Place in the voice message", 500.0).await;
        sam.gone("img", "Not listened to yet").await;
        // That stays so.
        sam.reload().await;
        sam.see("button", "Play").await;
        assert!(!sam.sees("img", "Not listened to yet").await);

        // A film runs after a press, from what guard wrote anew.
        mira.attach(&[&fixture("video-gps.mp4")]).await;
        mira.see("dialog", "Send files").await;
        mira.press("button", "Send").await;
        sam.press("button", "~Receive (").await;
        sam.press("button", "Show the video video-gps.mp4").await;
        sam.see("dialog", "Pictures and videos").await;
        sam.press("button", "Play").await;
        sam.film_runs().await;
        sam.press("button", "Close").await;
        world.all_well(&[&mira, &sam]).await;
    });
}

#[test]
fn a_document_arrives_byte_for_byte() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, _) = world.friend_of(&mira, "noor").await;
        let sent = world.folder().join("plan.dat");
        large(&sent, 6 * 1024 * 1024);
        mira.attach(&[&sent]).await;
        mira.see("dialog", "Send files").await;
        mira.press("button", "Send").await;
        arrives(&world, &mut noor, &sent);
        world.all_well(&[&mira]).await;
    });
}

/// A large file takes seconds until the engine has it: how far that is can be seen, and that it is given up loses nothing.
#[test]
fn a_large_file_is_given_up_while_it_is_made_ready() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (_noor, _) = world.friend_of(&mira, "noor").await;
        let sent = world.folder().join("plan.dat");
        large(&sent, 200 * 1024 * 1024);
        mira.attach(&[&sent]).await;
        mira.see("dialog", "Send files").await;
        mira.write("Add a caption", "All of it").await;
        mira.press("button", "Send").await;
        mira.see("status", "~Getting ready to send").await;
        mira.see("progressbar", "Progress").await;
        mira.press("button", "Cancel").await;
        mira.reads("You cancelled this.").await;
        // It stands there again, as it was.
        mira.see("dialog", "Send files").await;
        mira.holds("Add a caption", "All of it").await;
        mira.press("button", "Send").await;
        mira.message("All of it").await;
        mira.press("button", "Cancel").await;
        mira.message_says("All of it", "Cancelled").await;
        world.all_well(&[&mira]).await;
    });
}

#[test]
fn a_document_goes_without_its_author_where_the_person_asks() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, _) = world.friend_of(&mira, "noor").await;
        let sent = fixture("revised.pdf");
        let remove = "Remove author, dates and other details";

        // Asked of each file anew: nothing is taken out by itself.
        for clean in [true, false] {
            mira.attach(&[&sent]).await;
            mira.see("dialog", "Send files").await;
            mira.reads("Sent as it is, with all that it tells.").await;
            if clean {
                mira.press("switch", remove).await;
                mira.reads("Sent as a copy without author").await;
            }
            mira.press("button", "Send").await;
            mira.gone("dialog", "").await;
            let arrived = std::fs::read(saved(&world, &mut noor, &sent)).unwrap();
            assert_eq!(contains(&arrived, b"SECRET-MARKER"), !clean);
            assert_eq!(arrived == std::fs::read(&sent).unwrap(), !clean);
        }

        // What can't be cleaned is not sent, and said.
        mira.attach(&[&fixture("letter.pdf")]).await;
        mira.see("dialog", "Send files").await;
        mira.press("switch", remove).await;
        mira.write("Add a caption", "For you alone").await;
        mira.press("button", "Shown once").await;
        mira.press("button", "Send").await;
        mira.reads("it carries other files. Nothing was sent.").await;
        // All of it stands there again as it was.
        mira.see("dialog", "Send files").await;
        mira.reads("Sent as a copy without author").await;
        mira.holds("Add a caption", "For you alone").await;
        let once = "return document.querySelector('.send-once').getAttribute('aria-pressed')";
        assert_eq!(mira.run(once, Vec::new()).await, json!("true"));
        mira.press("switch", remove).await;
        mira.press("button", "Send").await;
        mira.gone("dialog", "").await;
        noor.event("the letter", |event| event["message"]["view_once"] == true);
        mira.holds("Message", "").await;
        world.all_well(&[&mira]).await;
    });
}

#[test]
fn reloaded_in_the_middle_of_a_file() {
    tapped_story(async |world, tap| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, _) = world.friend_of(&mira, "noor").await;
        mira.in_use().await;
        // What looks into files comes with the first one, and is not to be counted below.
        let first = world.folder().join("first.txt");
        std::fs::write(&first, "first").unwrap();
        mira.attach(&[&first]).await;
        mira.see("dialog", "Send files").await;
        mira.press("button", "Send").await;
        mira.message("first.txt").await;
        mira.keeps(DECODERS).await;
        let sent = world.folder().join("plan.dat");
        large(&sent, 12 * 1024 * 1024);

        // A third of it passes, then nothing.
        mira.attach(&[&sent]).await;
        mira.see("dialog", "Send files").await;
        tap.hold_after(4 * 1024 * 1024);
        mira.press("button", "Send").await;
        mira.reads("Sending…").await;
        mira.gets_to("progressbar", "Progress", 1024.0 * 1024.0).await;
        tap.wait_until_holding();
        mira.reload().await;
        mira.reads("plan.dat").await;
        tap.release();

        // It goes on by itself, and arrives whole.
        mira.state("plan.dat", &["Sent", "Delivered", "Read"]).await;
        arrives(&world, &mut noor, &sent);
        world.all_well_but(&[&mira], &["WebSocket", "Failed to load resource"]).await;
    });
}

#[test]
fn what_is_saved_is_what_was_sent() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        let folder = world.folder().join("saved");
        mira.saves_into(&folder).await;
        // Photos and films leave details behind on their way: what noor's side says was sent counts.
        let mut send = |path: &Path| {
            let message = noor.send_file(&pair, path, None);
            hash_of(&noor.sees(&pair, &message, "the file", |_| true))
        };

        // A document, from its message.
        let plan = world.folder().join("plan of the harbour.dat");
        large(&plan, 6 * 1024 * 1024);
        let hash = send(&plan);
        assert_eq!(hash, sha256(&plan));
        mira.press("button", "Save plan of the harbour.dat").await;
        mira.saved(&folder, "plan of the harbour.dat", &hash).await;

        // A photo, from the viewer.
        let hash = send(&fixture("photo-gps.jpg"));
        assert_ne!(hash, sha256(&fixture("photo-gps.jpg")), "the place is still in it");
        mira.press("button", "Show photo-gps.jpg").await;
        mira.see("dialog", "Pictures and videos").await;
        mira.press("button", "Save").await;
        mira.saved(&folder, "photo-gps.jpg", &hash).await;
        mira.press("button", "Close").await;
        mira.gone("dialog", "").await;

        // A film, likewise.
        let hash = send(&fixture("video-gps.mp4"));
        mira.press("button", "~Receive (").await;
        mira.press("button", "Show the video video-gps.mp4").await;
        mira.see("dialog", "Pictures and videos").await;
        mira.press("button", "Save").await;
        mira.saved(&folder, "video-gps.mp4", &hash).await;
        mira.press("button", "Close").await;
        world.all_well(&[&mira]).await;
    });
}

#[test]
fn a_photo_from_long_ago_is_opened_from_all_there_are() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        noor.send_file(&pair, &fixture("photo-gps.jpg"), None);
        mira.see("button", "Show photo-gps.jpg").await;
        for number in 1..=200 {
            noor.ask("message.send", json!({"conversation": pair, "text": format!("words {number}")}));
        }
        mira.reads("words 200").await;
        let newest = noor.send_file(&pair, &fixture("photo-gps.png"), None);
        mira.see("button", "Show photo-gps.png").await;
        // A chat opens where one has read to.
        noor.reaches(&pair, &newest, &["read"]);

        // The page holds the newest messages alone; the photo is far before them.
        mira.reload().await;
        mira.chat("noor").await;
        mira.see("button", "Show photo-gps.png").await;
        mira.gone("button", "Show photo-gps.jpg").await;
        mira.press("button", "Details").await;
        mira.press("button", "Media, links and documents").await;
        mira.press("button", "Show photo-gps.jpg").await;
        mira.see("dialog", "Pictures and videos").await;
        mira.see("img", "Photo").await;
        mira.gone("status", "Preparing the picture…").await;
        mira.reads("1 / 2").await;
        mira.key(Key::Right).await;
        mira.reads("2 / 2").await;
        mira.key(Key::Left).await;
        mira.reads("1 / 2").await;
        mira.press("button", "Close").await;
        mira.gone("dialog", "").await;

        // From the newest one leads there, too.
        mira.press("button", "Back").await;
        mira.press("button", "Close").await;
        mira.press("button", "Show photo-gps.png").await;
        mira.reads("2 / 2").await;
        mira.key(Key::Left).await;
        mira.reads("1 / 2").await;
        mira.press("button", "Close").await;
        world.all_well(&[&mira]).await;
    });
}

/// Waits until somebody has the file, and looks whether it is the same.
fn arrives(world: &World, member: &mut Member, sent: &Path) {
    assert_eq!(sha256(&saved(world, member, sent)), sha256(sent));
}

/// The same file as somebody saves it who got it.
fn saved(world: &World, member: &mut Member, sent: &Path) -> PathBuf {
    let name = sent.file_name().unwrap().to_str().unwrap();
    let place = |event: &Value| {
        world.folder().join(format!("arrived-{}", event["message"]["message"].as_str().unwrap_or_default()))
    };
    let heard = member.event("a file that was not saved yet", |event| {
        event["type"] == "message.received"
            && event["message"]["attachments"][0]["name"] == name
            && !place(event).exists()
    });
    let path = place(&heard);
    let wanted = json!({"message": heard["message"]["message"], "index": 0, "path": path});
    let answer = member.ask("attachment.save", wanted);
    assert_eq!(answer["sha256"], sha256(&path));
    path
}
