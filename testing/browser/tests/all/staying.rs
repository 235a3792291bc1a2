//! What stays: messages written without a network, drafts, history, over reloads, tabs and new versions of the app; and
//! what is said where nothing could stay.

use casemate_browser::chromium::Look;
use casemate_browser::version::DECODERS;
use casemate_browser::world::story;
use casemate_e2e::files::{fixture, large};
use serde_json::Value;

/// Long messages: far more than browsers give an app ahead of what it has asked for.
const COMING: usize = 200;

/// What the console says of a server that cannot be reached.
const UNREACHABLE: [&str; 3] =
    ["WebSocket connection to", "ERR_CONNECTION_REFUSED", "unknown error occurred when fetching the script"];

#[test]
fn offline_reloads_and_tabs_lose_nothing() {
    story(async |mut world| {
        let (mira, sam) = world.pair().await;
        mira.say("before").await;
        sam.message("before").await;
        mira.in_use().await;

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
        sam.to_chats().await;
        sam.see("list", "Chats").await;
        sam.reads("Offline").await;
        sam.chat("mira").await;

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

        // A message that is being changed, and what was begun before that.
        mira.write("Message", "for afterwards").await;
        mira.choose("sent and reloaded", "Edit").await;
        mira.write("Message", "sent, reloaded and changed").await;
        mira.reload().await;
        mira.holds("Message", "sent, reloaded and changed").await;
        mira.press("button", "Send").await;
        sam.message("sent, reloaded and changed").await;
        mira.holds("Message", "for afterwards").await;
        mira.write("Message", "").await;

        // Another tab asks for it in the very moment of writing.
        let script = "document.getElementById('composer').focus(); document.execCommand('insertText', false, 'the last words'); \
             new BroadcastChannel('casemate-tabs').postMessage('take')";
        mira.run(script, Vec::new()).await;
        mira.see("heading", "Open in another tab").await;
        // There is no such tab: it comes back by itself.
        mira.chat("sam").await;
        mira.holds("Message", "the last words").await;
        mira.write("Message", "").await;

        // A second tab says where it is, and can take over; then the first says so.
        let first = mira.new_tab().await;
        mira.go(&world.url()).await;
        mira.see("heading", "Open in another tab").await;
        mira.press("button", "Use it here").await;
        mira.chat("sam").await;
        mira.say("from the second tab").await;
        sam.message("from the second tab").await;
        mira.tab(first).await;
        mira.see("heading", "Open in another tab").await;
        world.all_well_but(&[&mira, &sam], &UNREACHABLE).await;
    });
}

#[test]
fn an_address_of_the_app_that_is_opened_over_it_and_the_way_back_lose_nothing() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        noor.say(&pair, "here all along");
        mira.message("here all along").await;
        mira.in_use().await;
        for address in ["/i", "/?again"] {
            mira.go(&format!("{}{address}", world.url())).await;
            mira.chat("noor").await;
            mira.message("here all along").await;
            // What is open stays so, and is no invitation.
            mira.reload().await;
            mira.message("here all along").await;
        }
        // The page before this one, which the browser may have kept as it was.
        mira.run("window.isLast = true; history.go(-2)", Vec::new()).await;
        mira.wait("the page before", async || {
            match mira.run("return Boolean(window.isLast)", Vec::new()).await {
                Value::Bool(false) => Ok(()),
                _ => Err("it is the last one still".to_owned()),
            }
        })
        .await;
        mira.chat("noor").await;
        mira.say("and still").await;
        noor.event("what was said", |event| event["message"]["text"] == "and still");
        world.all_well(&[&mira]).await;
    });
}

#[test]
fn a_new_version_comes_in_and_the_draft_stays() {
    story(async |mut world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        noor.say(&pair, "from the old version");
        mira.message("from the old version").await;
        noor.send_file(&pair, &fixture("photo-gps.jpg"), Some("photo"));
        mira.reads("Shown safely").await;
        mira.write("Message", "half a thought").await;
        mira.in_use().await;
        mira.keeps(DECODERS).await;
        world.new_version();
        mira.reload().await;
        mira.update_waits().await;
        assert!(!mira.has_new_version().await, "the new version came into a page that runs");
        mira.reload().await;
        mira.wait("the new version", async || {
            if mira.has_new_version().await { Ok(()) } else { Err("it is the old one".to_owned()) }
        })
        .await;
        mira.holds("Message", "half a thought").await;
        noor.say(&pair, "from the new version");
        mira.message("from the new version").await;

        // And without a server at all, the app opens with its history, pictures too: what looks into them came along.
        mira.keeps(DECODERS).await;
        world.server.kill();
        mira.reload().await;
        mira.reads("Offline").await;
        mira.message("from the new version").await;
        mira.reads("Shown safely").await;
        world.all_well_but(&[&mira], &UNREACHABLE).await;
    });
}

#[test]
fn lost_storage_is_said_clearly() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let everything = serde_json::json!({"origin": world.url(), "storageTypes": "all"});
        mira.cdp("Storage.clearDataForOrigin", everything).await;
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
        world.all_well(&[&mira]).await;
    });
}

#[test]
fn without_room_nothing_is_lost() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        let url = world.url();
        noor.say(&pair, "while there was room");
        mira.message("while there was room").await;
        mira.in_use().await;
        // Browsers count each open file as the next power of two: the database and its log may ask for two and four MiB at once.
        mira.leaves_room(&url, 7_500_000).await;

        // Neither a file that goes nor one that comes: both are said, and both stay where they are.
        let plan = world.folder().join("plan.dat");
        large(&plan, 12 * 1024 * 1024);
        mira.attach(&[&plan]).await;
        mira.see("dialog", "Send files").await;
        mira.press("button", "Send").await;
        mira.see("alert", "~There is no room here to prepare plan.dat. Nothing was sent.").await;
        mira.press("button", "Cancel").await;
        mira.press("button", "Discard").await;
        noor.send_file(&pair, &plan, None);
        mira.press("button", "Save plan.dat").await;
        mira.reads("There is no room here for this file.").await;

        // Words come until nothing more fits.
        let many = |number: usize| format!("{number} of many {}", "words ".repeat(4_900));
        let sent: Vec<String> = (0..COMING).map(|number| noor.say(&pair, &many(number))).collect();
        mira.reads("This device's disk is full. Nothing was lost").await;
        let mut own = String::new();
        for number in 0..COMING {
            own = format!("mine {number} {}end", "words ".repeat(2_500));
            mira.say(&own).await;
            // A little may still fit; what does not stands where it was written.
            let kept = mira
                .wait("the message, or its text again", async || {
                    let field = mira.all("textbox", "Message", None).await.pop().ok_or("no such text box")?;
                    let text = field.prop("value").await.map_err(|error| error.to_string())?;
                    match text.unwrap_or_default() == own {
                        true => Ok(true),
                        false if mira.sees("listitem", &format!("~mine {number} words")).await => Ok(false),
                        false => Err("neither".to_owned()),
                    }
                })
                .await;
            if kept && mira.sees("alert", "~This device's disk is full.").await {
                break;
            }
        }
        mira.holds("Message", &own).await;
        // What is left beside the file may be less than one of them takes.
        let some_came = mira.sees("listitem", "~of many").await;

        // Loaded anew it has what it had, and goes on saying so.
        mira.reload().await;
        mira.chat("noor").await;
        mira.reads(if some_came { "of many" } else { "while there was room" }).await;
        mira.reads("This device's disk is full. Nothing was lost").await;

        // There is room again: all comes and goes without being asked for.
        mira.makes_room(&url).await;
        mira.message(&format!("{} of many", COMING - 1)).await;
        mira.wait("no more complaint", async || {
            let complains = "return document.body.innerText.includes('disk is full')";
            if mira.run(complains, Vec::new()).await == false {
                Ok(())
            } else {
                Err("it is there".to_owned())
            }
        })
        .await;
        for message in &sent {
            noor.reaches(&pair, message, &["delivered", "read"]);
        }
        mira.say(&own).await;
        noor.hears(&own);
        world.all_well_but(&[&mira], &UNREACHABLE).await;
    });
}

#[test]
fn what_is_cleared_is_gone_and_an_answer_keeps_what_it_answers() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        noor.say(&pair, "the harbour at nine");
        mira.chat("noor").await;
        mira.choose("the harbour at nine", "Reply").await;
        mira.write("Message", "from which").await;
        // Below what the page asks for first when it is opened again.
        for number in 0..50 {
            noor.say(&pair, &format!("boat {number}"));
        }
        mira.message("boat 49").await;
        mira.visit("#/chats").await;
        mira.reload().await;
        mira.chat("noor").await;
        mira.reads("Reply to noor").await;
        mira.say("from which pier").await;
        mira.message_says("from which pier", "the harbour at nine").await;

        mira.visit("#/settings/storage").await;
        mira.press("button", "Clear").await;
        let sure = mira.see("dialog", "~Clear").await;
        mira.press_in("button", "Clear", Some(&sure)).await;
        mira.visit("#/chats").await;
        mira.chat("noor").await;
        mira.message_gone("boat 49").await;
        assert!(!mira.sees("status", "~no such message").await);
        noor.say(&pair, "afterwards");
        mira.message("afterwards").await;
        world.all_well(&[&mira]).await;
    });
}
