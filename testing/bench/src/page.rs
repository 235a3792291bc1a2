//! The web app in real Chromium: how long a person waits, how smoothly a long chat scrolls, what memory it takes.
//!
//! `cargo xtask bench --page` builds the app as it is released and runs this. Two accounts are measured in the same
//! run: one that has only just been made, and one with many conversations and messages. Times are taken inside the
//! page, from the page's own clock: between what a person does and the frame in which its effect stands on the screen.
//!
//! - [`fill`]: the full account.
//! - `measure.js`: what is looked at in the page, by role and name as the browser tests do.

mod fill;

use std::path::{Path, PathBuf};
use std::time::Duration;

use casemate_browser::browser::Browser;
use casemate_browser::chromium::Look;
use casemate_browser::version::DECODERS;
use casemate_browser::world::{self, World};
use serde_json::{Value, json};

/// How often each time is taken.
const ROUNDS: usize = 7;

/// By then the browser has stored what it compiled.
const COMPILED: Duration = Duration::from_secs(15);

/// Nobody rings somebody more often in a short time.
const RINGS: usize = 3;

/// Conversations that are opened.
const OPENED: usize = 30;

/// What is measured, in milliseconds unless its name says otherwise.
#[derive(Default)]
struct Figures(Vec<(&'static str, f64, Option<f64>)>);

impl Figures {
    fn take(&mut self, name: &'static str, figure: f64, aim: Option<f64>) {
        let verdict = aim.map(|aim| format!("  aim {aim}{}", if figure > aim { "  MISSED" } else { "" }));
        println!("{name:<58} {figure:>9.1}{}", verdict.unwrap_or_default());
        self.0.push((name, figure, aim));
    }
}

/// `conversations` besides the long one; `messages` in all, half of them in the long one.
pub fn run(conversations: usize, messages: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async { measure(conversations, messages).await });
}

async fn measure(conversations: usize, messages: usize) {
    let mut figures = Figures::default();
    let web = world::web();
    weigh(&web, &mut figures);
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("lifted.toml");
    std::fs::write(&config, "[limits]\nlifted = true\n").expect("a file");
    let world = World::start(&["--config", &config.to_string_lossy()]);

    let empty = world.join("empty", Look::DESK).await;
    let empty_start = start(&empty, "button", "New chat").await;
    figures.take("warm start, empty account (median)", middle(&empty_start), None);
    empty.driver().clone().quit().await.expect("a browser that ends");

    let rang = ring(&world).await;
    figures.take("call, from the tap on Answer to sound (median)", middle(&rang), Some(700.0));
    figures.take("call, from the tap on Answer to sound (longest)", longest(&rang), None);

    let full = world.join("full", Look::DESK).await;
    let mut other = fill::fill(&world, &full, folder.path(), conversations, messages).await;
    let full_start = start(&full, "list", "Chats").await;
    figures.take("warm start, full account (median)", middle(&full_start), Some(800.0));
    figures.take("the same, times an empty account's", middle(&full_start) / middle(&empty_start), Some(1.5));

    let opened = ask(&full, "open", json!([OPENED.min(conversations)])).await;
    // In order: whether the longest is the first one, or any.
    println!("  {:.0?}", opened);
    figures.take("opening a conversation (median)", middle(&opened), None);
    figures.take("opening a conversation (longest)", longest(&opened), Some(100.0));

    let echo = echo(&full).await;
    figures.take("key press to echo (median)", middle(&echo), None);
    figures.take("key press to echo (longest)", longest(&echo), Some(30.0));

    let found = ask(&full, "search", json!([["fox", "qu", "lazy dog", "stone", "zzzz"]])).await;
    figures.take("search, from the keystroke (median)", middle(&found), None);
    figures.take("search, from the keystroke (longest)", longest(&found), Some(100.0));

    full.chat(fill::LONG).await;
    let frames = ask(&full, "scroll", json!([20_000])).await;
    figures.take("messages scrolled through", longest(&frames[..1]), None);
    figures.take("frame while scrolling (longest)", longest(&frames[1..]), Some(50.0));

    memory(&full, &mut other, &mut figures).await;
    full.driver().clone().quit().await.expect("a browser that ends");
    let missed = figures.0.iter().filter(|(_, figure, aim)| aim.is_some_and(|aim| *figure > aim)).count();
    println!("{missed} of {} aims missed", figures.0.iter().filter(|(_, _, aim)| aim.is_some()).count());
    let all: Vec<Value> = figures
        .0
        .iter()
        .map(|(name, figure, aim)| json!({"name": name, "figure": figure, "aim": aim}))
        .collect();
    println!("{}", Value::from(all));
}

/// What a first visit waits for until one can join, read and write; all else comes after that, or with its first use.
const UNTIL_ONE_WRITES: [&str; 10] = [
    "index.html",
    "manifest.webmanifest",
    "boot.js",
    "app.css",
    "ui.js",
    "parts.js",
    "ui_bg.wasm",
    "engine-worker.js",
    "engine.js",
    "engine_bg.wasm",
];

/// What all of it is to fit into, in KB.
const ALL: f64 = 1.6 * 1_024.0;

/// What a first visit loads, compressed as the server sends it.
fn weigh(web: &Path, figures: &mut Figures) {
    let kb = |name: &str| {
        let compressed = web.join(format!("{name}.br"));
        let file = if compressed.is_file() { compressed } else { web.join(name) };
        std::fs::metadata(file).map_or(0.0, |file| file.len() as f64 / 1_024.0)
    };
    // The page itself says what is safe and takes the name while the app loads (`boot.js`, which needs `ui.js` to run).
    let first = ["index.html", "boot.js", "app.css", "ui.js"];
    let mut all: Vec<(f64, PathBuf)> = std::fs::read_dir(web)
        .expect("the web app")
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.is_file() && path.extension().is_none_or(|ending| ending != "br"))
        .map(|path| (kb(&path.file_name().unwrap_or_default().to_string_lossy()), path))
        .collect();
    all.sort_by(|one, other| other.0.total_cmp(&one.0));
    for (kb, path) in all.iter().take(6) {
        println!("  {kb:>8.1} KB  {}", path.file_name().unwrap_or_default().to_string_lossy());
    }
    figures.take("first visit, something to read and do (KB)", first.into_iter().map(kb).sum(), Some(150.0));
    figures.take(
        "first visit, until one joins, reads and writes (KB)",
        UNTIL_ONE_WRITES.into_iter().map(kb).sum(),
        Some(ALL),
    );
    let later = kb(DECODERS);
    let everything = all.iter().map(|(kb, _)| kb).sum::<f64>() - later;
    figures.take("first visit, everything (KB)", everything, Some(ALL));
    figures.take("and with the first file that is looked into (KB)", later, None);
}

/// Times from the page's navigation until something with this role and name stands there.
async fn start(browser: &Browser, role: &str, name: &str) -> Vec<f64> {
    let watch = format!("{}; casemate.watchStart({}, {})", MEASURE, json!(role), json!(name));
    let script = browser.cdp("Page.addScriptToEvaluateOnNewDocument", json!({"source": watch})).await;
    let mut times = Vec::new();
    // The first loads bring the service worker and the programs into the browser's caches. What it compiled it puts
    // there some seconds after a page came to rest: a page that is reloaded at once is compiled anew each time, which
    // no person sees.
    for round in 0..ROUNDS + 2 {
        if round == 2 {
            tokio::time::sleep(COMPILED).await;
        }
        browser.reload().await;
        let time = browser
            .wait("the app to be usable", async || {
                let time = browser.run("return window.casemate?.started ?? null", Vec::new()).await;
                time.as_f64().ok_or_else(|| "not yet".to_owned())
            })
            .await;
        if round >= 2 {
            times.push(time);
        }
    }
    browser.cdp("Page.removeScriptToEvaluateOnNewDocument", script).await;
    times
}

/// Times from the tap on "Answer" until the first sound of the other one is played, between two browsers on this machine.
async fn ring(world: &World) -> Vec<f64> {
    let mira = world.caller("mira", Look::DESK, 440.0).await;
    let sam = world.caller("sam", Look::DESK, 660.0).await;
    sam.knock(&world.address("mira"), "Hello").await;
    mira.accept("sam").await;
    sam.chat("mira").await;
    let mut times = Vec::new();
    for _ in 0..RINGS {
        mira.press("button", "Voice call").await;
        sam.see("dialog", "mira calls you").await;
        times.push(sam.answers_and_hears("Answer").await);
        mira.press("button", "Leave call").await;
        sam.gone("button", "Leave call").await;
    }
    for browser in [mira, sam] {
        browser.driver().clone().quit().await.expect("a browser that ends");
    }
    times
}

const MEASURE: &str = include_str!("page/measure.js");

/// Runs one of `measure.js`' functions, which gives numbers.
async fn ask(browser: &Browser, function: &str, arguments: Value) -> Vec<f64> {
    let script = format!(
        "{MEASURE}; const done = arguments[arguments.length - 1]; casemate.{function}(...arguments[0]).then(done, (error) => done(String(error)))"
    );
    let answer = browser.driver().execute_async(script, vec![arguments]).await;
    let answer = answer.expect("the page's answer").json().clone();
    let numbers = answer.as_array().unwrap_or_else(|| panic!("{function}: {answer}"));
    numbers.iter().filter_map(Value::as_f64).collect()
}

/// Real key presses into the composer, each timed to the frame that shows it.
async fn echo(browser: &Browser) -> Vec<f64> {
    browser.see("textbox", "Message").await.click().await.expect("a click");
    ask(browser, "watchKeys", json!([])).await;
    for letter in "the quick brown fox jumps over the lazy dog".chars() {
        let text = letter.to_string();
        for kind in ["keyDown", "keyUp"] {
            let mut key = json!({"type": kind, "key": text});
            if kind == "keyDown" {
                key["text"] = json!(text);
            }
            browser.cdp("Input.dispatchKeyEvent", key).await;
        }
        ask(browser, "frames", json!([3])).await;
    }
    let times = ask(browser, "keys", json!([])).await;
    browser.write("Message", "").await;
    times
}

/// What the page takes after some traffic, and after as much again, twice: what is still being filled at first (the
/// browser's and the database's caches) is full then, and what would go on for ever goes on.
async fn memory(browser: &Browser, other: &mut fill::Other, figures: &mut Figures) {
    const BATCH: usize = 10_000;
    other.talk(browser, BATCH / 4).await;
    let mut sizes = vec![resident(browser).await];
    for _ in 0..2 {
        other.talk(browser, BATCH).await;
        sizes.push(resident(browser).await);
    }
    figures.take("memory of the page and its Workers (MiB)", sizes[2], None);
    figures.take("growth over the first 10,000 messages more (MiB)", sizes[1] - sizes[0], None);
    figures.take("growth over the next 10,000 (MiB)", sizes[2] - sizes[1], Some(8.0));
}

/// Resident memory of the process that has the page and its Workers, after its garbage was collected, in MiB.
async fn resident(browser: &Browser) -> f64 {
    browser.cdp("HeapProfiler.collectGarbage", json!({})).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    browser.cdp("HeapProfiler.collectGarbage", json!({})).await;
    let processes: Vec<Process> = std::fs::read_dir("/proc")
        .expect("processes")
        .filter_map(|entry| Process::read(&entry.ok()?.path()))
        .collect();
    let parent = |id: u32| processes.iter().find(|process| process.id == id).map(|process| process.parent);
    let is_ours = |process: &&Process| {
        process.is_page
            && std::iter::successors(Some(process.id), |id| parent(*id)).any(|id| id == std::process::id())
    };
    let sizes = processes.iter().filter(is_ours).map(|process| process.resident_kib);
    sizes.fold(0.0, f64::max) / 1_024.0
}

struct Process {
    id: u32,
    parent: u32,
    /// It draws a page.
    is_page: bool,
    resident_kib: f64,
}

impl Process {
    fn read(folder: &Path) -> Option<Self> {
        let id = folder.file_name()?.to_str()?.parse().ok()?;
        let status = std::fs::read_to_string(folder.join("status")).ok()?;
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().trim_end_matches(" kB").parse::<f64>().ok()
        };
        // Chromium writes its own into one word.
        let words = std::fs::read(folder.join("cmdline")).ok()?;
        Some(Self {
            id,
            parent: number("PPid:")? as u32,
            is_page: words.split(|byte| matches!(byte, 0 | b' ')).any(|word| word == b"--type=renderer"),
            resident_kib: number("VmRSS:")?,
        })
    }
}

fn middle(times: &[f64]) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

fn longest(times: &[f64]) -> f64 {
    times.iter().copied().fold(f64::NAN, f64::max)
}
