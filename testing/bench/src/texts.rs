//! What the largest text that a member can send costs, in each function that runs over a message's text: none of them may do more for
//! each byte of a long text than of a short one, since it runs whenever the message is shown.
//!
//! The goal: 32 KiB take at most some milliseconds, and about four times what 8 KiB take.

use std::hint::black_box;
use std::time::Duration;

use casemate_screening::{filename, fold, letters, link, preview, text, written};
use casemate_sim::World;
use serde_json::json;

use crate::engine::person;
use crate::measured::{ms, timed};

/// Bytes of the largest text, and of one that it is compared with.
const MOST: usize = 32 * 1024;
const LESS: usize = MOST / 4;

/// Shorter is noise.
const NOISE: Duration = Duration::from_micros(300);

/// How much longer four times as much may take. More is more than noise.
const TIMES: f64 = 8.0;

/// What texts are made of: whatever begins something that a function looks for, without its end.
const PIECES: [&str; 26] = [
    "a",
    " ",
    "\n",
    "https://",
    "https://a.example ",
    "http://a",
    "a.co/",
    "a.co ",
    "www.",
    ".",
    "://",
    "a@b.co ",
    "@a",
    "*",
    "*a ",
    "_a *b ",
    "`",
    "~",
    "(",
    "[a](",
    ">",
    "1.1.",
    "::1 ",
    "a\u{301}",
    "\u{200b}",
    "👩\u{200d}",
];

/// A function over a text.
type Over = (&'static str, fn(&str) -> usize);

/// All of them. What they find is counted, so that none is left out by the compiler.
const ALL: [Over; 12] = [
    ("preview::stands_in", |text| usize::from(preview::stands_in("https://", text))),
    ("preview::stands_in, of a link", |text| usize::from(preview::stands_in("https://a.example", text))),
    ("preview::line", |text| preview::line(text).len()),
    ("text::candidates", |text| text::candidates(text).len()),
    ("text::links", |text| text::links(text).count()),
    ("written::has_link", |text| usize::from(written::has_link(text))),
    ("written::at_start, everywhere", |text| {
        text.char_indices().filter(|(at, _)| written::at_start(&text[*at..], ' ').is_some()).count()
    }),
    ("written::host", |text| written::host(text).map_or(0, |host| host.len())),
    ("link::look", |text| link::look(text, Some(text), &["chat.example"]).warnings.len()),
    ("letters::wholly_apart", |text| letters::wholly_apart(text).count()),
    ("fold::folded", |text| fold::folded(text.chars()).len()),
    ("filename::tricks", |name| filename::tricks(name).len()),
];

/// Measures all of it.
pub fn run() {
    println!("\nThe worst texts of {} KiB\n", MOST / 1024);
    let mut grows = Vec::new();
    for (name, over) in ALL {
        let (mut longest, mut of) = (Duration::ZERO, "");
        for piece in PIECES {
            let [less, most] = [LESS, MOST].map(|bytes| piece.repeat(bytes / piece.len()));
            let [short, long] = [less, most].map(|text| best(|| over(&text)));
            if long > longest {
                (longest, of) = (long, piece);
            }
            if long > NOISE && long.as_secs_f64() > TIMES * short.as_secs_f64() {
                grows.push(format!(
                    "{name}: {} ms of {piece:?}, {} ms of a quarter of it",
                    ms(long),
                    ms(short)
                ));
            }
        }
        println!("{name:<32} {:>9} ms   {of:?}", ms(longest));
    }
    for line in &grows {
        println!("MORE THAN ITS LENGTH: {line}");
    }
    engine();
}

/// A page of such messages, as the engine shows it.
fn engine() {
    const PAGE: usize = 60;
    let folder = tempfile::tempdir().expect("a folder for databases");
    for (number, piece) in PIECES.into_iter().enumerate() {
        let text = format!("https://a.example {}", piece.repeat((MOST - 18) / piece.len()));
        let mut world = World::new(78);
        let ana = person(&mut world, folder.path(), &format!("ana{number}"));
        let bob = person(&mut world, folder.path(), &format!("bob{number}"));
        world.befriend(ana, bob);
        let chat = world.chat(ana, bob);
        for _ in 0..PAGE {
            let preview = json!({"url": "https://a.example", "title": "A"});
            world.ok(ana, "message.send", json!({"conversation": chat, "text": text, "preview": preview}));
        }
        let (shown, time) =
            timed(|| world.ok(ana, "message.list", json!({"conversation": chat, "limit": PAGE})));
        let shown = shown["messages"].as_array().map_or(0, Vec::len);
        println!("a page of {shown} messages of {piece:<20?} {:>9} ms", ms(time));
    }
}

fn best(mut work: impl FnMut() -> usize) -> Duration {
    (0..3).map(|_| timed(|| black_box(work())).1).min().unwrap_or_default()
}
