//! `cargo xtask web --visit`: two people meet by a link and write to each other, each in a browser, with an engine that says
//! which of its functions run. The numbers of those go into a file, by which later builds load them first.

// A run that cannot go on ends with a panic that says why.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use casemate_browser::browser::Browser;
use casemate_browser::chromium::Look;
use casemate_browser::world::{story, web};

/// Asks the engine's Worker; it is another one after the page was loaded anew.
const ASK: &str = "const done = arguments[arguments.length - 1]; const channel = new BroadcastChannel('ran'); \
     channel.onmessage = ({ data }) => { channel.close(); done(data.ran); }; channel.postMessage(null);";

const HEAD: &str = "# What a first visit runs of the engine: a number for each function's name (apps/web/bindgen/src/later.rs).\n\
     # Made by `cargo xtask web --visit`; made anew where what is loaded first has grown.\n";

fn main() {
    let into = PathBuf::from(std::env::args().nth(1).expect("usage: visit FILE"));
    let worker = web().join("engine-worker.js");
    let script = std::fs::read_to_string(&worker).unwrap();
    std::fs::write(&worker, script + include_str!("visit.js")).unwrap();
    let numbers = std::fs::read_to_string(web().join("engine.numbers")).unwrap();
    let numbers: Vec<&str> = numbers.lines().collect();
    story(async |world| {
        let mut ran = BTreeSet::new();
        let mira = world.browser("mira", Look::DESK).await;
        mira.join(&world.server.invite()).await;
        let link = mira.invitation().await;
        let sam = world.browser("sam", Look::PHONE).await;
        sam.join(&link).await;
        mira.accept("sam").await;
        mira.say("Good morning, Sam").await;
        sam.chat("mira").await;
        sam.message("Good morning, Sam").await;
        mira.state("Good morning, Sam", &["Read"]).await;
        sam.say("Good morning to you").await;
        mira.message("Good morning to you").await;
        sam.state("Good morning to you", &["Read"]).await;
        for browser in [&mira, &sam] {
            ran.extend(asked(browser, &numbers).await);
            // What starting does with something there.
            browser.reload().await;
            browser.see("textbox", "Message").await;
        }
        mira.say("And again").await;
        sam.message("And again").await;
        mira.state("And again", &["Read"]).await;
        for browser in [&mira, &sam] {
            ran.extend(asked(browser, &numbers).await);
        }
        let ran: Vec<&str> = ran.into_iter().collect();
        let mut text = HEAD.to_owned();
        // Those that begin alike in a line: what changes changes few of them.
        for line in ran.chunk_by(|one, next| one[..2] == next[..2]) {
            let _ = writeln!(text, "{}", line.join(" "));
        }
        std::fs::write(&into, text).unwrap();
        println!("{} of {} functions run", ran.len(), numbers.len());
    });
}

/// The numbers of what ran in a browser until now.
async fn asked<'a>(browser: &Browser, numbers: &[&'a str]) -> Vec<&'a str> {
    let answer = browser.driver().execute_async(ASK, Vec::new()).await.unwrap();
    let places = answer.json().as_array().expect("places of functions").clone();
    places.iter().map(|place| numbers[usize::try_from(place.as_u64().unwrap()).unwrap()]).collect()
}
