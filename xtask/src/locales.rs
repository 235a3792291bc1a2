//! `cargo xtask locales FOLDER…`: how phones of all languages write dates and times, out of Unicode CLDR, as the tables that
//! `crates/history` has. A folder is one release: it holds the npm packages `cldr-core`, `cldr-dates-full` and
//! `cldr-numbers-full`, unpacked, as `npm install` does. Phones of other years have other releases: all given are joined, and the
//! last is the one that the test reads back.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::workspace;

/// What the reader knows.
const READER: &str = "crates/history/src/locales.txt";

/// What its test reads back: each way in which a locale writes.
const CASES: &str = "crates/history/src/chat/locales.txt";

/// Times of twelve and of twenty-four hours, with and without seconds.
const TIMES: [&str; 4] = ["hm", "hms", "Hm", "Hms"];

pub fn locales(words: &[&str]) -> Result<()> {
    let Some((newest, older)) = words.split_last() else { bail!("name the folders of CLDR's packages") };
    let mut known = Known::default();
    let mut cases = BTreeMap::<String, Vec<String>>::new();
    for folder in older {
        Release::open(Path::new(folder))?.read(&mut known, &mut BTreeMap::new())?;
    }
    let release = Release::open(Path::new(newest))?;
    release.read(&mut known, &mut cases)?;
    let mut versions = Vec::new();
    for folder in words {
        versions.push(Release::open(Path::new(folder))?.version);
    }
    let source = format!(
        "# Made by `cargo xtask locales`; changes here are lost with the next run.\n\
         # Source: Unicode CLDR {} (npm: cldr-core, cldr-dates-full, cldr-numbers-full).\n\
         # Copyright © 1991-2025 Unicode, Inc. SPDX-License-Identifier: Unicode-3.0 AND Unicode-DFS-2016\n",
        versions.join(", ")
    );
    let root = workspace::root()?;
    std::fs::write(root.join(READER), format!("{source}{}", known.text()))?;
    let mut text =
        format!("{source}# Locales, date, times, between them, halves of the day, digits; by tabs\n");
    for (case, names) in cases {
        let _ = writeln!(text, "{}\t{case}", names.join(" "));
    }
    std::fs::write(root.join(CASES), text)?;
    Ok(())
}

/// What all locales together have.
#[derive(Default)]
struct Known {
    /// Noughts, each before its nine other digits.
    digits: BTreeSet<char>,
    /// What may stand beside the numbers.
    words: BTreeSet<String>,
    /// A word for a part of the day, the hour at which that begins, and the one at which it ends; and how many locales say so: some
    /// words are of the morning in one language and of the evening in another.
    periods: BTreeMap<String, BTreeMap<(u8, u8), usize>>,
    /// The numbers of a date and what halves of the day are called beside them, and in which languages.
    dates: BTreeMap<(String, String, String), BTreeSet<String>>,
}

impl Known {
    fn text(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "digits\t{}", self.digits.iter().collect::<String>());
        for word in &self.words {
            let _ = writeln!(text, "word\t{word}");
        }
        for (word, hours) in &self.periods {
            if let Some(((from, before), _)) = hours.iter().max_by_key(|(_, locales)| **locales) {
                let _ = writeln!(text, "period\t{word}\t{from}\t{before}");
            }
        }
        for ((date, am, pm), languages) in &self.dates {
            let languages: Vec<&str> = languages.iter().map(String::as_str).collect();
            let _ = writeln!(text, "date\t{date}\t{am}\t{pm}\t{}", languages.join(" "));
        }
        text
    }

    fn period(&mut self, word: &str, from: u8, before: u8) {
        let word = folded(word);
        if !word.is_empty() {
            *self.periods.entry(word).or_default().entry((from, before)).or_default() += 1;
        }
    }

    fn words_of(&mut self, pattern: &str) {
        self.words.extend(literals(pattern));
    }
}

/// One release of CLDR.
struct Release<'a> {
    folder: &'a Path,
    version: String,
}

impl<'a> Release<'a> {
    fn open(folder: &'a Path) -> Result<Self> {
        let package = json(&folder.join("cldr-dates-full/package.json"))?;
        Ok(Self { folder, version: text(&package["version"]).to_owned() })
    }

    fn read(&self, known: &mut Known, cases: &mut BTreeMap<String, Vec<String>>) -> Result<()> {
        let supplemental = |name: &str| json(&self.folder.join("cldr-core/supplemental").join(name));
        let systems = supplemental("numberingSystems.json")?;
        let systems = &systems["supplemental"]["numberingSystems"];
        for system in systems.as_object().context("no digits")?.values() {
            known.digits.extend(nought(text(&system["_digits"])));
        }
        let hours = supplemental("dayPeriods.json")?;
        let hours = &hours["supplemental"]["dayPeriodRuleSet"];
        let mut names: Vec<String> = Vec::new();
        for entry in std::fs::read_dir(self.folder.join("cldr-dates-full/main"))? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        // Those whose phones say more than two parts of the day.
        let mut many = BTreeSet::new();
        let mut all = Vec::new();
        for name in names {
            let dates =
                json(&self.folder.join("cldr-dates-full/main").join(&name).join("ca-gregorian.json"))?;
            let dates = dates["main"][&name]["dates"]["calendars"]["gregorian"].clone();
            let numbers = json(&self.folder.join("cldr-numbers-full/main").join(&name).join("numbers.json"))?;
            let system = text(&numbers["main"][&name]["numbers"]["defaultNumberingSystem"]).to_owned();
            let language = name.split('-').next().unwrap_or_default().to_owned();
            if times(&dates).iter().any(|time| time.contains('B')) {
                many.insert(language.clone());
            }
            all.push((name, language, dates, system));
        }
        for (name, language, dates, system) in &all {
            let half = |which: &str| text(&dates["dayPeriods"]["format"]["abbreviated"][which]).to_owned();
            let (am, pm) = (half("am"), half("pm"));
            known.period(&am, 0, 12);
            known.period(&pm, 12, 24);
            if many.contains(language)
                && let Some(parts) = dates["dayPeriods"]["format"]["abbreviated"].as_object()
            {
                for (part, word) in parts {
                    let rule = &hours[language][part];
                    if let (Some(from), Some(before)) = (hour(&rule["_from"]), hour(&rule["_before"])) {
                        known.period(text(word), from, before);
                    }
                }
            }
            let date = text(&dates["dateFormats"]["short"]);
            known.words_of(date);
            let row = (numbers_of(date), folded(&am), folded(&pm));
            // A year of four digits in front leaves nothing to find out.
            if !row.0.starts_with("y") || row.0.starts_with("yy") {
                known.dates.entry(row).or_default().insert(language.clone());
            }
            let times = times(dates);
            times.iter().for_each(|time| known.words_of(time));
            let joined = joined(dates);
            joined.iter().for_each(|between| known.words_of(between));
            let digits = nought(text(&systems[system.as_str()]["_digits"])).unwrap_or('0');
            let case = format!("{date}\t{}\t{}\t{am}\t{pm}\t{digits}", times.join("|"), joined.join("|"));
            cases.entry(case).or_default().push(name.clone());
        }
        Ok(())
    }
}

/// In twelve hours and in twenty-four, and as the locale prefers it.
fn times(dates: &Value) -> Vec<&str> {
    let own = ["short", "medium"].map(|length| &dates["timeFormats"][length]);
    let others = TIMES.map(|time| &dates["dateTimeFormats"]["availableFormats"][time]);
    distinct(own.into_iter().chain(others))
}

/// What joins a date and a time.
fn joined(dates: &Value) -> Vec<&str> {
    let lengths = ["short", "medium", "long", "full"];
    let plain = lengths.map(|length| &dates["dateTimeFormats"][length]);
    let at = lengths.map(|length| &dates["dateTimeFormats-atTime"]["standard"][length]);
    distinct(plain.into_iter().chain(at))
}

fn distinct<'a>(values: impl Iterator<Item = &'a Value>) -> Vec<&'a str> {
    let mut found = Vec::new();
    for value in values.map(text).filter(|value| !value.is_empty()) {
        if !found.contains(&value) {
            found.push(value);
        }
    }
    found
}

/// A pattern; some are with the digits that they want.
fn text(value: &Value) -> &str {
    value.as_str().or_else(|| value["_value"].as_str()).unwrap_or_default()
}

fn hour(value: &Value) -> Option<u8> {
    value.as_str()?.split(':').next()?.parse().ok()
}

/// The first of ten digits that follow each other.
fn nought(digits: &str) -> Option<char> {
    let first = digits.chars().next()?;
    let follow = (0..10).zip(digits.chars()).all(|(at, digit)| digit as u32 == first as u32 + at);
    (follow && digits.chars().count() == 10).then_some(first)
}

/// The fields of a date and what parts them: `dd/MM/y`.
fn numbers_of(pattern: &str) -> String {
    let mut quoted = false;
    let mut kept = String::new();
    for letter in pattern.chars() {
        match letter {
            '\'' => quoted = !quoted,
            'd' | 'M' | 'y' | '/' | '.' | '-' | ' ' if !quoted => kept.push(letter),
            _ => {}
        }
    }
    kept.trim().to_owned()
}

/// The words that a pattern has besides its fields.
fn literals(pattern: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quoted) = (String::new(), false);
    for letter in pattern.chars().chain([' ']) {
        let is_field = letter.is_ascii_alphabetic() && !quoted;
        if letter == '\'' {
            quoted = !quoted;
        } else if letter.is_whitespace() || is_field || matches!(letter, '{' | '}' | '0' | '1') {
            words.push(folded(&word));
            word.clear();
        } else {
            word.push(letter);
        }
    }
    words.retain(|word| word.chars().any(char::is_alphabetic));
    words
}

/// A word as the reader compares it (`locale::folded`): small letters, without spaces, points and what does not show.
fn folded(word: &str) -> String {
    let shows = |letter: &char| {
        letter.is_alphanumeric() || !(letter.is_whitespace() || letter.is_control() || letter.is_ascii())
    };
    let hidden =
        |letter: &char| matches!(letter, '\u{200b}'..='\u{200f}' | '\u{61c}' | '\u{70f}' | '’' | '،' | '⹁');
    word.to_lowercase().chars().filter(shows).filter(|letter| !hidden(letter)).collect()
}

fn json(path: &Path) -> Result<Value> {
    let bytes = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{} is no JSON", path.display()))
}
