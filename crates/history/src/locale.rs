//! How phones of all languages write dates: digits, words beside the numbers, parts of the day, and where the day stands. All of it is
//! `locales.txt`, which `cargo xtask locales` makes out of Unicode CLDR.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::calendar::Era;

/// What all locales have.
pub static LOCALES: LazyLock<Locales> = LazyLock::new(|| Locales::of(include_str!("locales.txt")));

/// Letters of a word that stands in a date, at most.
const WORD_LETTERS: usize = 32;

/// See [`LOCALES`].
#[derive(Debug, Default)]
pub struct Locales {
    /// Noughts, in the order of their code points; each has its nine other digits behind it.
    noughts: Vec<char>,
    words: BTreeMap<String, Word>,
    /// Parts of the day: from which hour, and before which.
    parts: Vec<(u8, u8)>,
    /// The forms of dates.
    pub dates: Vec<Date>,
}

/// A word beside the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// It says nothing: "at", "Uhr".
    Other,
    /// A part of the day.
    Part(Part),
    /// A part of the day, or in other languages "at": so it is before the time.
    PartOrOther(Part),
    /// From when years are counted.
    Era(Era),
    /// A month by a small Roman number.
    Month(u8),
}

/// A part of the day, by its place in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part(u16);

/// How some languages write dates.
#[derive(Debug)]
pub struct Date {
    /// The fields and what parts them: `dd/MM/y`.
    pub pattern: &'static str,
    /// How they call the halves of the day.
    pub halves: [Option<Part>; 2],
    languages: &'static str,
}

impl Date {
    /// Whether this language writes so.
    pub fn is_of(&self, language: &str) -> bool {
        self.languages.split(' ').any(|one| one == language)
    }
}

/// Words that phones of other years wrote, and those that CLDR has for no phone's own pattern.
const MORE: [(&str, u8, u8); 14] = [
    ("μμ", 12, 24),
    ("πμ", 0, 12),
    ("öö", 0, 12),
    ("ös", 12, 24),
    ("قظ", 0, 12),
    ("بظ", 12, 24),
    ("凌晨", 0, 12),
    ("早上", 0, 12),
    ("清晨", 0, 12),
    ("上午", 0, 12),
    ("中午", 12, 24),
    ("下午", 12, 24),
    ("傍晚", 12, 24),
    ("晚上", 12, 24),
];

const ERAS: [(&str, Era); 13] = [
    ("พศ", Era::Buddhist),
    ("be", Era::Buddhist),
    ("هش", Era::Persian),
    ("ap", Era::Persian),
    ("ه", Era::Islamic),
    ("هـ", Era::Islamic),
    ("ah", Era::Islamic),
    ("令和", Era::After(2018)),
    ("r", Era::After(2018)),
    ("平成", Era::After(1988)),
    ("民國", Era::After(1911)),
    ("民国", Era::After(1911)),
    ("minguo", Era::After(1911)),
];

const MONTHS: [&str; 12] = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"];

impl Locales {
    fn of(table: &'static str) -> Self {
        let mut locales = Self::default();
        // What comes later counts for more.
        for (month, word) in (1..).zip(MONTHS) {
            locales.words.insert(word.to_owned(), Word::Month(month));
        }
        for (word, era) in ERAS {
            locales.words.insert(word.to_owned(), Word::Era(era));
        }
        for (word, from, before) in MORE {
            locales.part(word, from, before);
        }
        let mut others = Vec::new();
        let field = |fields: &[&'static str], at: usize| fields.get(at).copied().unwrap_or_default();
        for line in table.lines() {
            let fields: Vec<&'static str> = line.split('\t').collect();
            let word = field(&fields, 1);
            match fields[0] {
                "digits" => locales.noughts = word.chars().collect(),
                "word" => others.push(word),
                "period" => {
                    let hour = |at: usize| field(&fields, at).parse().unwrap_or(0);
                    locales.part(word, hour(2), hour(3));
                }
                "date" => {
                    let halves = [2, 3].map(|at| match locales.words.get(field(&fields, at)) {
                        Some(Word::Part(part)) => Some(*part),
                        _ => None,
                    });
                    locales.dates.push(Date { pattern: word, halves, languages: field(&fields, 4) });
                }
                _ => {}
            }
        }
        for word in others {
            let known = locales.words.entry(word.to_owned()).or_insert(Word::Other);
            if let Word::Part(part) = *known {
                *known = Word::PartOrOther(part);
            }
        }
        locales
    }

    fn part(&mut self, word: &str, from: u8, before: u8) {
        let part = Part(self.parts.len() as u16);
        self.parts.push((from, before));
        self.words.insert(word.to_owned(), Word::Part(part));
    }

    /// What this digit counts, and the nought of its writing.
    pub fn digit(&self, letter: char) -> Option<(u16, char)> {
        if letter.is_ascii() {
            return letter.to_digit(10).map(|digit| (digit as u16, '0'));
        }
        let next = self.noughts.partition_point(|nought| *nought <= letter);
        let nought = *self.noughts.get(next.checked_sub(1)?)?;
        let digit = letter as u32 - nought as u32;
        (digit < 10).then_some((digit as u16, nought))
    }

    /// The longest known word that a text begins with, how it is written there, and what is left of the text.
    pub fn word<'a>(&self, text: &'a str) -> Option<(Word, &'a str, &'a str)> {
        let mut word = String::new();
        let mut found = None;
        for (at, letter) in text.char_indices().take(WORD_LETTERS) {
            if !is_of_word(letter) {
                if !is_between(letter) || word.is_empty() && !is_hidden(letter) {
                    break;
                }
                continue;
            }
            word.extend(letter.to_lowercase());
            let end = at + letter.len_utf8();
            // Latin words end with their letters; other writings put words of another kind right behind them.
            let is_latin = |letter: char| letter.is_alphabetic() && letter < '\u{250}';
            let goes_on = is_latin(letter) && text[end..].chars().next().is_some_and(is_latin);
            let mut from_here = self.words.range(word.clone()..);
            let Some((next, known)) = from_here.next().filter(|(next, _)| next.starts_with(&word)) else {
                break;
            };
            if !goes_on && *next == word {
                let rest = &text[end..];
                found = Some((*known, &text[..end], rest.strip_prefix('.').unwrap_or(rest)));
            }
        }
        found
    }

    /// An hour of twelve in this part of the day. One that is none of twelve stays as it is.
    pub fn hour(&self, part: Part, hour: u16) -> u16 {
        let Some((from, before)) = self.parts.get(usize::from(part.0)) else { return hour };
        let is_in = |hour: u16| match from <= before {
            true => (u16::from(*from)..u16::from(*before)).contains(&hour),
            false => hour >= u16::from(*from) || hour < u16::from(*before),
        };
        if hour > 12 {
            return hour;
        }
        let (early, late) = (hour % 12, hour % 12 + 12);
        // "At half past eleven at noon": the nearer half of the day.
        match is_in(late) || (!is_in(early) && *from >= 12) {
            true => late,
            false => early,
        }
    }
}

/// As the table has its words (`cargo xtask locales`): without spaces, points and what does not show.
fn is_of_word(letter: char) -> bool {
    let is_apart = is_hidden(letter) || matches!(letter, '’' | '،' | '⹁' | '年' | '月' | '日');
    !is_apart
        && (letter.is_alphanumeric() || !(letter.is_whitespace() || letter.is_control() || letter.is_ascii()))
}

fn is_between(letter: char) -> bool {
    is_hidden(letter) || matches!(letter, '.' | ' ' | '-' | '/' | '\u{a0}' | '\u{202f}' | '\'' | '’')
}

fn is_hidden(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{61c}' | '\u{70f}')
}
