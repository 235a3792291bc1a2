//! Reporting somebody: what goes into the file is seen before, it goes where its person brings it, and blocking follows.

use casemate_browser::chromium::Look;
use casemate_browser::world::story;
use casemate_e2e::files::{contains, fixture, sha256};
use casemate_history::Archive;
use serde_json::json;

#[test]
fn a_report_is_saved_or_handed_on_and_blocking_follows() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, _) = world.friend_of(&mira, "noor").await;
        let (mut bully, pair) = world.friend_of(&mira, "bully").await;
        let folder = world.folder().join("saved");
        mira.saves_into(&folder).await;
        for words in ["Hello again", "I know where you live", "Answer me"] {
            bully.say(&pair, words);
        }
        bully.send_file(&pair, &fixture("note.txt"), None);
        mira.message("Answer me").await;
        let last = bully.say(&pair, "I wait outside");
        mira.message("I wait outside").await;
        bully.ask("message.edit", json!({"message": last, "text": "Good night"}));
        mira.message("Good night").await;
        // What is not on her device would only be named.
        mira.press("button", "Save note.txt").await;
        mira.saved(&folder, "note.txt", &sha256(&fixture("note.txt"))).await;
        mira.say("Leave me alone").await;
        bully.hears("Leave me alone");

        // Given to a friend: of what he wrote, without what was friendly, and with her own words.
        mira.press("button", "More about this chat").await;
        mira.press("menuitem", "Report").await;
        mira.see("dialog", "Report").await;
        mira.see("checkbox", "~I know where you live").await;
        // What was edited goes along as it was.
        mira.see("checkbox", "~I wait outside").await;
        assert!(!mira.sees("checkbox", "~Leave me alone").await, "her own words are in it");
        mira.press("checkbox", "~Hello again").await;
        mira.reads("messages: 4, files: 1").await;
        mira.write("Your own words about it", "It goes on for weeks").await;
        mira.press("button", "Give to a contact").await;
        mira.press("button", "~noor").await;
        mira.see("dialog", "Block bully?").await;
        mira.press("button", "Cancel").await;
        let heard = noor.event("a report", |event| {
            let name = event["message"]["attachments"][0]["name"].as_str().unwrap_or_default();
            event["type"] == "message.received" && name.starts_with("casemate-report-bully-")
        });
        let path = world.folder().join("report.zip");
        let wanted = json!({"message": heard["message"]["message"], "index": 0, "path": path});
        noor.ask("attachment.save", wanted);
        let bytes = std::fs::read(&path).unwrap();
        let archive = Archive::open(&bytes).unwrap();
        let read = |wanted: &str| {
            let entry = archive.entries.iter().find(|entry| entry.name.ends_with(wanted)).expect(wanted);
            archive.read(entry).unwrap()
        };
        let text = String::from_utf8(read("report.txt")).unwrap();
        assert!(text.contains("I wait outside") && text.contains("Good night"), "{text}");
        assert!(text.contains("I know where you live") && text.contains("It goes on for weeks"), "{text}");
        assert!(!text.contains("Hello again") && !text.contains("Leave me alone"), "{text}");
        assert_eq!(read("note.txt"), std::fs::read(fixture("note.txt")).unwrap());

        // For a lab: under words that are shown, and unreadable without them.
        mira.chat("bully").await;
        mira.press("button", "Details").await;
        mira.press("button", "Report").await;
        mira.see("checkbox", "~I know where you live").await;
        mira.press("switch", "~For a lab").await;
        mira.reads("Whoever is to read it needs these six words.").await;
        mira.press("button", "Save as a file").await;
        mira.see("dialog", "Block bully?").await;
        let saved_evidence = mira
            .wait("the saved evidence", async || {
                let paths = std::fs::read_dir(&folder).unwrap().filter_map(|entry| Some(entry.ok()?.path()));
                let mut whole =
                    paths.filter(|path| path.extension().is_some_and(|ending| ending == "casemate"));
                whole.next().ok_or_else(|| "it is not there".to_owned())
            })
            .await;
        let bytes = std::fs::read(saved_evidence).unwrap();
        assert!(bytes.starts_with(b"casemate report\n") && bytes.len() > 16 * 1024, "{}", bytes.len());
        assert!(!contains(&bytes, b"I know where you live") && !contains(&bytes, b"PK\x03\x04"));
        mira.press("button", "Cancel").await;

        // Saved, and then he is blocked.
        mira.chat("bully").await;
        mira.press("button", "Details").await;
        mira.press("button", "Report").await;
        mira.see("dialog", "Report").await;
        mira.see("checkbox", "~I know where you live").await;
        mira.press("button", "Save as a file").await;
        mira.see("dialog", "Block bully?").await;
        mira.wait("the saved report", async || {
            let names = std::fs::read_dir(&folder)
                .unwrap()
                .filter_map(|entry| entry.ok()?.file_name().into_string().ok());
            let mut reports =
                names.filter(|name| name.starts_with("casemate-report-bully-") && name.ends_with(".zip"));
            reports.next().map(drop).ok_or_else(|| "it is not there".to_owned())
        })
        .await;
        mira.press("button", "Block").await;
        mira.see("button", "Unblock").await;

        // A request alone, before it is answered.
        let mut stranger = world.at_rpc("stranger");
        stranger.ask("contact.knock", json!({"to": world.address("mira"), "note": "Buy my coins"}));
        mira.visit("#/requests").await;
        let card = mira.see("listitem", "~Buy my coins").await;
        mira.press_in("button", "Report", Some(&card)).await;
        mira.reads("Their request goes into it:").await;
        mira.press("button", "Save as a file").await;
        mira.see("dialog", "Block stranger?").await;
        mira.press("button", "Block").await;
        mira.gone("listitem", "~Buy my coins").await;
        world.all_well(&[&mira]).await;
    });
}
