//! `casemate app`: the page over an engine of one's own, on one's own machine.

use casemate_browser::around::hash_of;
use casemate_browser::chromium::Look;
use casemate_browser::media::Made;
use casemate_browser::world::{story, web};
use casemate_e2e::app::App;
use casemate_e2e::files::{below, fixture, sha256};
use serde_json::json;

#[test]
fn the_page_over_ones_own_engine() {
    story(async |world| {
        let home = world.folder().join("home");
        let app = App::start(&home, &web());
        let mira = world.browser_of(&app, "mira", Look::DESK).await;
        mira.counts_media().await;
        mira.go(&app.link()).await;
        mira.write("Your name", "mira").await;
        mira.write("Invitation link", &world.server.invite()).await;
        mira.press("button", "Create account").await;
        mira.press("button", "Skip").await;
        mira.see("navigation", "Main").await;

        // Words and photos, there and back.
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        noor.say(&pair, "Is that your own machine?");
        mira.message("Is that your own machine?").await;
        mira.say("Nobody else's").await;
        noor.hears("Nobody else's");
        mira.attach(&[&fixture("photo-gps.jpg")]).await;
        mira.see("dialog", "Send files").await;
        mira.press("button", "Send").await;
        mira.gone("dialog", "").await;
        let heard = noor.event("a photo", |event| {
            event["type"] == "message.received" && event["message"]["attachments"][0]["kind"] == "photo"
        });
        let message = heard["message"]["message"].clone();
        let path = world.folder().join("arrived");
        let saved = noor.ask("attachment.save", json!({"message": message, "index": 0, "path": path}));
        assert_eq!(saved["sha256"], sha256(&path));
        // What was lent to the engine on its way is gone, and what the page reads to show its own photo soon is.
        mira.wait("nothing to be lent any more", async || match below(&home.join("lent")) {
            left if left.is_empty() => Ok(()),
            left => Err(format!("there is {left:?}")),
        })
        .await;
        let sent = noor.send_file(&pair, &fixture("progressive.jpg"), None);
        let hash = hash_of(&noor.sees(&pair, &sent, "the photo", |_| true));
        mira.saves_into(&world.folder().join("saved")).await;
        mira.press("button", "Show progressive.jpg").await;
        mira.see("dialog", "Pictures and videos").await;
        mira.gone("status", "Preparing the picture…").await;
        mira.press("button", "Save").await;
        mira.saved(&world.folder().join("saved"), "progressive.jpg", &hash).await;
        mira.press("button", "Close").await;
        mira.gone("dialog", "").await;

        // A call: rung from here, heard and seen, left; and one that comes. Nothing of it is there before.
        assert_eq!(mira.made().await, Made::NONE);
        for outgoing in [true, false] {
            let call = if outgoing {
                mira.press("button", "Voice call").await;
                let rang = noor.event("a call", |event| event["type"] == "call.ringing");
                noor.ask("call.answer", json!({"call": rang["call"], "send": "pattern"}));
                rang["call"].clone()
            } else {
                let start = json!({"conversation": pair, "video": true, "send": "pattern"});
                let call = noor.ask("call.start", start)["call"].clone();
                mira.press("button", "Answer").await;
                call
            };
            mira.hears_tone(440.0).await;
            noor.until("what mira sends", |me| {
                let stats = me.ask("call.stats", json!({"call": call}));
                let all = stats["participants"].as_array().unwrap().clone();
                all.into_iter().find(|one| one["audio"]["frames"].as_u64() > Some(50))
            });
            mira.sees_move("noor").await;
            if outgoing {
                // Loaded again, its engine knows of the call, and it goes on by a tap.
                mira.reload().await;
                mira.press("button", "Join call").await;
                mira.hears_tone(440.0).await;
                mira.press("button", "Leave call").await;
            } else {
                noor.ask("call.leave", json!({"call": call}));
            }
            mira.gone("button", "Leave call").await;
        }

        // Found again, also after a reload, which needs no link.
        mira.reload().await;
        mira.message("Is that your own machine?").await;
        mira.visit("#/chats").await;
        mira.write("Search", "your own").await;
        mira.press("button", "~Is that your own machine?").await;
        mira.message("Is that your own machine?").await;

        // Opened a second time, the first page says so, and can have it back.
        let first = mira.new_tab().await;
        mira.go(&app.link()).await;
        mira.see("navigation", "Main").await;
        mira.tab(first).await;
        mira.see("heading", "Open in another tab").await;
        mira.press("button", "Use it here").await;
        mira.message("Is that your own machine?").await;

        // Ctrl-C ends it in good order, and the page says so; the next run has everything.
        assert!(app.interrupt().success());
        mira.reads("Casemate on this machine stopped.").await;
        let app = App::start(&home, &web());
        let again = world.browser_of(&app, "mira", Look::PHONE).await;
        again.go(&app.link()).await;
        again.see("list", "Chats").await;
        again.chat("noor").await;
        again.message("Nobody else's").await;
        noor.say(&pair, "Good that you are back");
        again.message("Good that you are back").await;
        world.all_well_but(&[&mira, &again], &["WebSocket connection to", "ERR_CONNECTION_REFUSED"]).await;
    });
}
