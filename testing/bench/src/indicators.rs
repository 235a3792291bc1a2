//! Lists of what is known to be bad: read from STIX, kept, compared with one name, and looked for in all messages.
//!
//! The goals: tens of thousands load in under a second, a look-up takes under a microsecond, and 100,000 messages are looked
//! through in under two seconds. The database is as people have it: SQLCipher in a file.

use std::fmt::Write as _;
use std::hint::black_box;

use casemate_screening::index::Index;
use casemate_screening::indicator::Kind;
use casemate_screening::text;
use casemate_sim::World;
use serde_json::{Value, json};

use crate::engine::person;
use crate::measured::{ms, timed};

/// Indicators of a large list: all of a laboratory's years.
const INDICATORS: usize = 50_000;
/// Look-ups that are timed together.
const LOOKUPS: usize = 1_000_000;
/// As `history.add` takes them.
const PART: usize = 1_000;

/// Measures all of it.
pub fn run(messages: usize) {
    println!("\nWhat is known to be bad: {INDICATORS} indicators, {messages} messages\n");
    let stix = stix();
    let (list, time) = timed(|| casemate_guard::indicators::read(stix.as_bytes()).expect("a good list"));
    println!("read from STIX, {:.1} MB                 {:>9} ms", stix.len() as f64 / 1e6, ms(time));
    lookups(&list.indicators);

    let folder = tempfile::tempdir().expect("a folder for databases");
    let mut world = World::new(77);
    let ana = person(&mut world, folder.path(), "ana");
    let (conversation, time) = timed(|| bring(&mut world, ana, messages));
    eprintln!("{messages} messages brought along in {time:.1?}");
    let (_, empty) = timed(|| world.ok(ana, "indicators.look_back", json!({})));
    println!("look back without a list                {:>9} ms", ms(empty));
    let entries: Vec<Value> = list
        .indicators
        .iter()
        .map(|one| json!({"kind": one.kind().as_str(), "value": one.value()}))
        .collect();
    let add = json!({"name": "Bench", "indicators": entries});
    let (_, time) = timed(|| world.ok(ana, "indicators.add", add));
    println!("kept in the database                    {:>9} ms", ms(time));
    let (_, time) = timed(|| world.ok(ana, "link.look", json!({"url": "https://example.org"})));
    println!("read into memory, with the first look   {:>9} ms", ms(time));
    let (looked, time) = timed(|| world.ok(ana, "indicators.look_back", json!({})));
    let matches = looked["matches"].as_array().map_or(0, Vec::len);
    println!("look back, {matches} matches               {:>9} ms", ms(time));
    let (_, again) = timed(|| world.ok(ana, "indicators.look_back", json!({})));
    println!("look back again, nothing new            {:>9} ms", ms(again));
    let page = json!({"conversation": conversation, "limit": 1_000});
    let (shown, time) = timed(|| world.ok(ana, "message.list", page));
    let shown = shown["messages"].as_array().map_or(0, Vec::len);
    println!("a page of {shown} messages, with marks      {:>9} ms", ms(time));
    // What limits it: reading and decrypting the rows, or finding candidates in their texts.
    let texts: Vec<String> = (0..messages).map(text_of).collect();
    let (found, time) =
        timed(|| texts.iter().map(|text| black_box(text::candidates(text)).len()).sum::<usize>());
    println!("of that, {found} candidates in texts     {:>9} ms", ms(time));
}

fn lookups(indicators: &[casemate_screening::indicator::Indicator]) {
    let (index, time) = timed(|| {
        let mut index = Index::default();
        for one in indicators {
            index.insert(one.kind(), one.value(), 1);
        }
        index
    });
    println!("index of {} in memory               {:>9} ms", index.len(), ms(time));
    let names: Vec<String> = (0..LOOKUPS)
        .map(|number| format!("www.shop{}.example{}.org", number % 7_919, number % 977))
        .collect();
    let (hits, time) =
        timed(|| names.iter().filter(|name| index.find(Kind::Domain, black_box(name)).is_some()).count());
    println!(
        "look-up of a domain that is not there   {:>9} ns ({hits} found)",
        time.as_nanos() / LOOKUPS as u128
    );
    let known: Vec<String> =
        (0..LOOKUPS).map(|number| format!("a.b.{}", domain(number * 7 % INDICATORS))).collect();
    let (hits, time) =
        timed(|| known.iter().filter(|name| index.find(Kind::Domain, black_box(name)).is_some()).count());
    println!(
        "look-up of one below a known domain     {:>9} ns ({hits} found)",
        time.as_nanos() / LOOKUPS as u128
    );
}

fn domain(number: usize) -> String {
    format!("c2-{:x}.spy{}.example", number.wrapping_mul(2_654_435_761) & 0xffff_ffff, number)
}

/// A bundle as laboratories write it: an indicator, and a relationship for each. Four in five are domains.
fn stix() -> String {
    let mut text = String::from(
        "{\"type\":\"bundle\",\"id\":\"bundle--1\",\"objects\":[{\"type\":\"malware\",\"name\":\"Bench\"}",
    );
    for number in 0..INDICATORS {
        let pattern = match number % 5 {
            4 => format!("[file:hashes.'SHA-256'='{number:064x}']"),
            _ => format!("[domain-name:value='{}']", domain(number)),
        };
        let _ = write!(
            text,
            ",{{\"type\":\"indicator\",\"spec_version\":\"2.1\",\"id\":\"indicator--{number:032x}\",\"created\":\"2026-01-22T21:58:55.051Z\",\"modified\":\"2026-01-22T21:58:55.051Z\",\"indicator_types\":[\"malicious-activity\"],\"pattern\":\"{pattern}\",\"pattern_type\":\"stix\",\"pattern_version\":\"2.1\",\"valid_from\":\"2026-01-22T21:58:55.051Z\"}},{{\"type\":\"relationship\",\"id\":\"relationship--{number:032x}\",\"relationship_type\":\"indicates\",\"source_ref\":\"indicator--{number:032x}\",\"target_ref\":\"malware--1\"}}"
        );
    }
    text.push_str("]}");
    text
}

/// What people write: one in ten has a link, one in a thousand a bad one.
fn text_of(number: usize) -> String {
    let words = "Shall we meet tomorrow at the station, or is it too early for you? I can bring the papers.";
    match number {
        _ if number.is_multiple_of(1_000) => {
            format!("{words} https://cdn.{}/a?id={number}", domain(number % 50_000))
        }
        _ if number.is_multiple_of(10) => {
            format!("{words} https://www.example{}.org/news/{number}.html", number % 977)
        }
        _ => format!("{} {number}", &words[..20 + number % 60]),
    }
}

fn bring(world: &mut World, id: casemate_sim::ClientId, messages: usize) -> String {
    let mut conversation: Option<String> = None;
    for first in (0..messages).step_by(PART) {
        let part: Vec<Value> = (first..messages.min(first + PART))
            .map(|number| json!({"at": "2026-05-03T10:00:00Z", "author": "Bo", "mine": false, "text": text_of(number)}))
            .collect();
        let add = json!({"conversation": conversation, "name": "Old", "total": messages, "place": first, "messages": part});
        let made = world.ok(id, "history.add", add);
        conversation = made["conversation"].as_str().map(str::to_owned);
    }
    conversation.unwrap_or_default()
}
