//! What a decoder that was taken over can do in a browser, what is left of one that a file killed, and that all of it works
//! without a network.

use casemate_browser::browser::Browser;
use casemate_browser::chromium::Look;
use casemate_browser::version::DECODERS;
use casemate_browser::world::story;
use casemate_e2e::files::fixture;
use serde_json::{Value, json};
use thirtyfour::Key;

#[test]
fn a_hostile_decoder_in_a_browser_reaches_nobody_and_nothing() {
    story(async |mut world| {
        world.decodes_by(&include_str!("walls.js").replace("@server@", &world.url()));
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        let notes = world.folder().join("notes.txt");
        std::fs::write(&notes, "nothing odd").unwrap();
        noor.send_file(&pair, &notes, None);

        // What a Worker that shares the page's origin would hear.
        let speaks = "const channel = new BroadcastChannel('walls'); setInterval(() => channel.postMessage('here'), 50)";
        mira.run(speaks, Vec::new()).await;
        mira.press("button", "Save notes.txt").await;
        mira.reads("reached: (the file), (a Worker of its own).").await;

        // The frame around it is of no origin that has anything, and the page refuses one that were.
        let frame = "const frame = document.querySelector('iframe');
            try { return frame.contentDocument?.title ?? 'closed' } catch { return 'closed' }";
        assert_eq!(mira.run(frame, Vec::new()).await, json!("closed"));
        // Its walls complain; that nobody else was asked for is looked at all the same.
        world.all_well_but(&[&mira], &[""]).await;
    });
}

/// What the camera sees is read where no received file was: a decoder that one of them took over says neither what was scanned, nor
/// answers another one's question.
#[test]
fn code_of_the_camera_is_read_by_a_worker_that_no_received_file_was_in() {
    story(async |mut world| {
        world.decodes_by(
            "const before = [];
             self.onmessage = ({ data }) => {
               if (data.module) return self.postMessage({ ready: true });
               const job = 'code' in data ? 'code' : 'warnings';
               self.postMessage({ answer: { [job]: data[job], text: before.join() || 'nothing' }, memory: 0 });
               before.push(job);
               if (job === 'code') return;
               setInterval(() => self.postMessage({ answer: { code: 2, text: 'forged' }, memory: 0 }), 20);
             };",
        );
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        let notes = world.folder().join("notes.txt");
        std::fs::write(&notes, "nothing odd").unwrap();
        noor.send_file(&pair, &notes, None);
        mira.press("button", "Save notes.txt").await;
        let frame = "return document.querySelector('iframe') !== null";
        mira.wait("guard's frame", async || match mira.run(frame, Vec::new()).await {
            Value::Bool(true) => Ok(()),
            other => Err(other.to_string()),
        })
        .await;

        // On one channel, as the page asks.
        let asks = "const { port1, port2 } = new MessageChannel();
            window.answers = [];
            port1.onmessage = ({ data }) => {
              window.answers.push(data);
              if (data.warnings === 1) setTimeout(() => port1.postMessage({ code: 2, bytes: new ArrayBuffer(4), width: 1, height: 1 }), 200);
            };
            document.querySelector('iframe').contentWindow.postMessage({}, '*', [port2]);
            port1.postMessage({ warnings: 1, blob: new Blob(['x']), name: 'x' })";
        mira.run(asks, Vec::new()).await;
        let answered =
            "return window.answers.filter((answer) => 'code' in answer).map((answer) => answer.text)";
        mira.wait("the camera's code", async || match mira.run(answered, Vec::new()).await {
            answers if answers == json!(["nothing"]) => Ok(()),
            answers => Err(answers.to_string()),
        })
        .await;
    });
}

#[test]
fn what_killed_its_decoder_is_left_alone_after_the_next_start() {
    story(async |mut world| {
        world.decodes_by(include_str!("walls.js"));
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        let held = "Looking into this file failed before, so it is not opened by itself any more.";

        // A decoder that dies takes nothing with it, and the file says so, now and later.
        noor.send_file(&pair, &fixture("photo-gps.png"), Some("photo"));
        mira.reads(held).await;
        mira.reload().await;
        mira.reads(held).await;

        // Everything dies while a picture is looked into: nothing is closed in good order.
        noor.send_file(&pair, &fixture("photo-gps.jpg"), Some("photo"));
        looks_into_one(&mira).await;
        let killed = "for (const sign of ['pagehide', 'visibilitychange']) \
                      addEventListener(sign, (event) => event.stopImmediatePropagation(), true)";
        mira.run(killed, Vec::new()).await;
        mira.reload().await;
        mira.reads("photo-gps.jpg").await;
        mira.wait("both files to be left alone", async || {
            let script = "return document.body.innerText.split(arguments[0]).length - 1";
            let count = mira.run(script, vec![json!(held)]).await;
            if count == json!(2) { Ok(()) } else { Err(format!("{count} are")) }
        })
        .await;
        assert_eq!(mira.run(MARK, Vec::new()).await, Value::from(""), "nothing is looked into");
        mira.say("all is well here").await;
        noor.hears("all is well here");

        // Both stand in the settings: what happened, and that nobody looks into them by itself.
        mira.visit("#/settings/security").await;
        mira.press("button", "Files held back").await;
        mira.see("heading", "Files held back").await;
        mira.reads("It made what looks into files crash.").await;
        mira.wait("both files to be listed", async || {
            let script = "return document.body.innerText.split(arguments[0]).length - 1";
            let count = mira.run(script, vec![json!("It is not opened by itself any more.")]).await;
            if count == json!(2) { Ok(()) } else { Err(format!("{count} are")) }
        })
        .await;
        mira.to_chats().await;
        mira.chat("noor").await;

        // The person may try again.
        mira.press("button", "Try again").await;
        looks_into_one(&mira).await;
    });
}

#[test]
fn a_page_that_is_reloaded_while_a_file_is_looked_into_holds_nothing_back() {
    story(async |mut world| {
        world.decodes_by(include_str!("walls.js"));
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;

        // In the life of the page in which the account was made, and in the next.
        noor.send_file(&pair, &fixture("photo-gps.jpg"), Some("photo"));
        looks_into_one(&mira).await;
        for _ in 0..2 {
            mira.reload().await;
            // Held back, it would be a file to save, and not be looked into by itself.
            mira.see("button", "Show photo-gps.jpg").await;
            looks_into_one(&mira).await;
        }
    });
}

/// What is being looked into.
const MARK: &str = "return localStorage.getItem('looking') ?? ''";

async fn looks_into_one(browser: &Browser) {
    browser
        .wait("a picture to be looked into", async || {
            let mark = browser.run(MARK, Vec::new()).await;
            if mark.as_str().is_some_and(|mark| mark.ends_with(" 0")) {
                Ok(())
            } else {
                Err(mark.to_string())
            }
        })
        .await;
}

#[test]
fn documents_are_previewed_as_their_words_alone() {
    story(async |world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        for name in ["letter.pdf", "note.txt", "sound.flac"] {
            noor.send_file(&pair, &fixture(name), None);
        }
        let scanned = world.folder().join("scanned.pdf");
        let page =
            "<</Type/Catalog/Pages 2 0 R>> endobj 2 0 obj <</Kids[3 0 R]>> endobj 3 0 obj <</Type/Page>>";
        std::fs::write(
            &scanned,
            format!("%PDF-1.4\n1 0 obj {page} endobj\ntrailer <</Root 1 0 R>>\nstartxref\n0\n%%EOF\n"),
        )
        .unwrap();
        noor.send_file(&pair, &scanned, None);
        for (name, says) in [
            ("letter.pdf", "Dear Ana, the office costs 5 €."),
            ("letter.pdf", "абв"),
            ("note.txt", "Ünïcödé"),
            ("scanned.pdf", "There are no words in it that could be read."),
            ("sound.flac", "By its contents: Sound. It is not shown here."),
        ] {
            mira.press("button", &format!("Preview {name}")).await;
            mira.see("dialog", "").await;
            mira.reads(says).await;
            mira.key(Key::Escape).await;
            mira.gone("dialog", "").await;
        }
        world.all_well(&[&mira]).await;
    });
}

#[test]
fn pictures_are_shown_without_a_network() {
    story(async |mut world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        noor.send_file(&pair, &fixture("photo-gps.jpg"), Some("photo"));
        mira.reads("Shown safely").await;
        mira.keeps(DECODERS).await;
        world.server.kill();
        mira.reload().await;
        mira.reads("Offline").await;
        mira.reads("Shown safely").await;
    });
}

#[test]
fn whoever_comes_back_sends_their_first_file_without_a_network() {
    story(async |mut world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        noor.say(&pair, "you can write to me anywhere");
        mira.message("you can write to me anywhere").await;
        mira.in_use().await;
        mira.reload().await;
        mira.keeps(DECODERS).await;

        world.server.kill();
        mira.reads("Offline").await;
        mira.chat("noor").await;
        mira.attach(&[&fixture("photo-gps.jpg")]).await;
        mira.see("dialog", "Send files").await;
        mira.press("button", "Send").await;
        mira.gone("dialog", "").await;
        world.server.restart();
        noor.event("the picture", |event| event["message"]["attachments"][0]["kind"] == "photo");
    });
}

#[test]
fn decoders_come_with_the_first_file_and_wait_for_a_network() {
    story(async |mut world| {
        let mira = world.join("mira", Look::DESK).await;
        let (mut noor, pair) = world.friend_of(&mira, "noor").await;
        noor.say(&pair, "a picture comes");
        mira.message("a picture comes").await;
        mira.to_chats().await;
        noor.send_file(&pair, &fixture("photo-gps.jpg"), Some("photo"));
        let once = json!([{"path": fixture("photo-gps.png")}]);
        noor.ask("message.send", json!({"conversation": pair, "view_once": true, "attachments": once}));
        mira.wait("the pictures to be here", async || {
            let kept = "return (async () => { const all = await navigator.storage.getDirectory(); \
                        const folder = await all.getDirectoryHandle('casemate-blobs'); \
                        const names = []; for await (const name of folder.keys()) names.push(name); return names; })()";
            let names = mira.run(kept, Vec::new()).await;
            let is_whole = |name: &Value| name.as_str().is_some_and(|name| !name.contains('.'));
            let both = |names: &Vec<Value>| names.iter().filter(|name| is_whole(name)).count() == 2;
            if names.as_array().is_some_and(both) { Ok(()) } else { Err(names.to_string()) }
        })
        .await;

        // Nobody has looked at it: no decoder was fetched, by the page or for later.
        mira.in_use().await;
        let fetched =
            "return performance.getEntriesByType('resource').some((one) => one.name.includes(arguments[0]))";
        assert_eq!(mira.run(fetched, vec![json!(DECODERS)]).await, json!(false));
        assert!(!mira.has_kept(DECODERS).await);

        // Without a network the picture says what it waits for, and asking again helps as soon as there is one.
        world.server.kill();
        mira.reads("Offline").await;
        mira.chat("noor").await;
        // What is shown once is not used up by a press with which nothing can be shown.
        mira.press("button", "~Open; it is shown once").await;
        mira.see("alert", "~What looks into files is loaded").await;
        mira.see("button", "~Open; it is shown once").await;
        mira.reads("What looks into files is loaded with the first of them").await;
        mira.press("button", "Try again").await;
        mira.see("button", "Try again").await;
        assert!(!mira.has_kept(DECODERS).await);
        // Neither is lost what is to be sent; a recording goes on while one try to connect after the other fails.
        mira.press("button", "Record voice message").await;
        mira.see("timer", "~0:04").await;
        assert!(mira.sees("button", "Pause recording").await);
        mira.press("button", "Send").await;
        mira.see("alert", "~voice.ogg: What looks into files").await;
        mira.see("button", "Listen to the recording").await;
        world.server.restart();
        mira.reads("Shown safely").await;
        mira.gone("button", "Try again").await;
        mira.press("button", "Send").await;
        noor.event("the voice message", |event| event["message"]["attachments"][0]["kind"] == "voice");

        // From then on it is there without one.
        mira.keeps(DECODERS).await;
        world.server.kill();
        mira.reload().await;
        mira.reads("Offline").await;
        mira.reads("Shown safely").await;
    });
}
