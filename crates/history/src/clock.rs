//! Dates and times as phones write them in all languages: numbers with what parts them, and words of [`LOCALES`] beside them.

use crate::calendar::{Era, gregorian};
use crate::locale::{LOCALES, Part, Word};
use crate::order::Order;

/// A time without a zone: whoever reads it says in which it was meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub struct Civil {
    pub year: u16,
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
}

/// A date and time as written; which number is the day is not known from one alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The numbers of the date, and how many digits each has.
    pub parts: [(u16, u8); 3],
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
    /// Whether day or month has a nought before it (`04/03/24`); unknown where both have two digits anyway.
    pub padded: Option<bool>,
    /// How the half of the day is said; none where it has twenty-four hours.
    pub half: Option<Half>,
    pub era: Option<Era>,
    pub form: Form,
}

/// What is the same in all dates of an export: one phone wrote them in one go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    pub around: Around,
    /// What parts the first number of the date from the second.
    pub between: char,
    /// It is in points with spaces between: `31. 12. 23`.
    pub spaced: bool,
    has_seconds: bool,
    has_half: bool,
    is_time_first: bool,
    is_word_first: bool,
    nought: char,
}

/// What a date and time stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Around {
    /// `[…] `: an iPhone.
    Brackets,
    /// `… - `: Android.
    Dash,
    /// `…: `: an older iPhone.
    Colon,
}

/// A sign of the half of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Half {
    pub part: Part,
    /// `AM` and `PM` exactly so, as the United States write them; elsewhere it is `pm`, `p. m.`, `下午`.
    pub capitals: bool,
}

impl Written {
    /// With the order decided. `None`: there is no such day.
    pub fn civil(&self, order: Order) -> Option<Civil> {
        let [one, two, three] = self.parts;
        let ((year, digits), (month, _), (day, _)) = match order {
            Order::Day => (three, two, one),
            Order::Month => (three, one, two),
            Order::Year => (one, two, three),
        };
        let (year, month, day) = gregorian(year, digits, month, day, self.era)?;
        Some(Civil { year, month, day, hour: self.hour, minute: self.minute, second: self.second })
    }
}

/// Letters of a date and time, at most.
const HEAD_LETTERS: usize = 96;

/// Numbers of a date and time: all, and without seconds.
const NUMBERS: usize = 6;

#[derive(Debug, Clone, Copy, Default)]
struct Number {
    value: u16,
    digits: u8,
    nought: char,
}

/// What stands between two numbers.
#[derive(Debug, Clone, Copy, Default)]
struct Gap {
    /// The first sign.
    sign: Option<char>,
    /// Other signs behind it, not counting the same and what ends a number.
    is_mixed: bool,
    has_space: bool,
    has_word: bool,
    half: Option<Half>,
    /// A word that is one only right behind the time.
    half_or_word: Option<Half>,
    era: Option<Era>,
}

impl Gap {
    fn is_of_date(&self) -> bool {
        !self.is_mixed
            && !self.has_word
            && self.half.is_none()
            && match self.sign {
                Some(sign) => matches!(sign, '/' | '.' | '-' | '年' | '月' | '년' | '월'),
                None => self.has_space,
            }
    }

    fn is_of_time(&self) -> bool {
        !self.is_mixed
            && match self.sign {
                Some(sign) => matches!(sign, ':' | '.' | '：' | '٫'),
                None => self.has_word,
            }
    }
}

/// What a line of a chat begins with whose first date has this form: as [`take`], and soon done with what people write.
pub fn take_like<'a>(line: &'a str, form: &Form) -> Option<(Written, &'a str)> {
    let begin = line.trim_start_matches(is_mark);
    let begin = begin.strip_prefix('[').unwrap_or(begin).trim_start_matches(is_mark).chars().next()?;
    if !form.is_word_first && LOCALES.digit(begin).is_none() {
        return None;
    }
    take(line)
}

/// What a line begins with: a date and time in brackets or before a dash or colon, and what is left of the line.
pub fn take(line: &str) -> Option<(Written, &str)> {
    let line = line.trim_start_matches(is_mark);
    let inside = line.strip_prefix('[');
    let mut scan = Scan::default();
    let (around, rest) = scan.run(inside.unwrap_or(line), inside.is_some())?;
    Some((scan.written(around)?, rest))
}

#[derive(Default)]
struct Scan {
    numbers: [Number; NUMBERS],
    /// Each before its number; the last behind them all.
    gaps: [Gap; NUMBERS + 1],
    count: usize,
}

impl Scan {
    fn run<'a>(&mut self, mut rest: &'a str, in_brackets: bool) -> Option<(Around, &'a str)> {
        for _ in 0..HEAD_LETTERS {
            rest = rest.trim_start_matches(is_mark);
            if in_brackets && let Some(rest) = rest.strip_prefix(']') {
                return Some((Around::Brackets, rest.strip_prefix(' ').unwrap_or(rest)));
            }
            if !in_brackets && self.count >= NUMBERS - 1 {
                if let Some(rest) = rest.strip_prefix(" - ").or_else(|| rest.strip_prefix(" – ")) {
                    return Some((Around::Dash, rest));
                }
                if let Some(rest) = rest.strip_prefix(": ") {
                    return Some((Around::Colon, rest));
                }
            }
            let letter = rest.chars().next()?;
            if LOCALES.digit(letter).is_some() {
                // Behind the time there are words that begin with a digit.
                let word = if self.count >= NUMBERS - 1 { self.word(rest) } else { None };
                rest = word.or_else(|| self.number(rest))?;
            } else if is_space(letter) {
                self.gaps[self.count].has_space = true;
                rest = &rest[letter.len_utf8()..];
            } else if is_sign(letter) {
                self.sign(letter);
                rest = &rest[letter.len_utf8()..];
            } else {
                rest = self.word(rest)?;
            }
        }
        None
    }

    fn number<'a>(&mut self, mut rest: &'a str) -> Option<&'a str> {
        let number = self.numbers.get_mut(self.count)?;
        for letter in rest.chars() {
            let Some((digit, nought)) = LOCALES.digit(letter) else { break };
            number.value = number.value.checked_mul(10)?.checked_add(digit)?;
            number.digits += 1;
            number.nought = nought;
            rest = &rest[letter.len_utf8()..];
        }
        self.count += 1;
        Some(rest)
    }

    fn sign(&mut self, letter: char) {
        let gap = &mut self.gaps[self.count];
        match gap.sign {
            None => gap.sign = Some(letter),
            Some(sign) => gap.is_mixed |= sign != letter,
        }
    }

    fn word<'a>(&mut self, rest: &'a str) -> Option<&'a str> {
        let (word, written, rest) = LOCALES.word(rest)?;
        let gap = &mut self.gaps[self.count];
        match word {
            Word::Other => gap.has_word = true,
            Word::Era(era) => gap.era = Some(era),
            Word::PartOrOther(part) if written.chars().all(|letter| !letter.is_uppercase()) => {
                gap.has_word = true;
                gap.half_or_word = Some(Half { part, capitals: false });
            }
            Word::Part(part) | Word::PartOrOther(part) => {
                gap.half = Some(Half { part, capitals: matches!(written, "AM" | "PM") })
            }
            // In the middle of a date alone.
            Word::Month(month) if self.count == 1 && gap.is_of_date() => {
                self.numbers[1] = Number { value: month.into(), digits: 2, nought: '0' };
                self.count = 2;
            }
            Word::Month(_) => gap.has_word = true,
        }
        Some(rest)
    }

    fn written(&self, around: Around) -> Option<Written> {
        let count = self.count;
        if count < NUMBERS - 1 {
            return None;
        }
        // As in Vietnam: 21:41 31/12/2023.
        let is_time_first = matches!(self.gaps[1].sign, Some(':' | '：'));
        let (date, time, times) = if is_time_first { (count - 3, 0, count - 3) } else { (0, 3, count - 3) };
        let mut in_date = self.gaps[date + 1..date + 3].iter();
        if !in_date.all(Gap::is_of_date) || !self.gaps[time + 1..time + times].iter().all(Gap::is_of_time) {
            return None;
        }
        let of = |at: usize| (self.numbers[date + at].value, self.numbers[date + at].digits);
        let parts = [of(0), of(1), of(2)];
        let era = self.gaps[..=count].iter().find_map(|gap| gap.era);
        // One of them is the year, with two or four digits.
        let [(_, first), _, (_, third)] = parts;
        if first > 4 || third > 4 || (!matches!(first, 2 | 4) && !matches!(third, 2 | 4) && era.is_none()) {
            return None;
        }
        let half = self.gaps[..=count].iter().find_map(|gap| gap.half);
        let half = half.or(self.gaps[time + times].half_or_word);
        let mut hour = self.numbers[time].value;
        if let Some(half) = half {
            hour = LOCALES.hour(half.part, hour);
        }
        let clock = |at: usize| if at < times { self.numbers[time + at] } else { Number::default() };
        let (minute, second) = (clock(1), clock(2));
        let is_time = self.numbers[time].digits <= 2 && minute.digits <= 2 && second.digits <= 2;
        if !is_time || hour > 23 || minute.value > 59 || second.value > 59 {
            return None;
        }
        let between = self.gaps[date + 1];
        Some(Written {
            parts,
            hour: hour as u8,
            minute: minute.value as u8,
            second: second.value as u8,
            padded: padded([parts[0], parts[1]]),
            half,
            era,
            form: Form {
                around,
                between: between.sign.unwrap_or(' '),
                spaced: between.has_space,
                has_seconds: times == 3,
                has_half: half.is_some(),
                is_time_first,
                is_word_first: self.gaps[0].has_word
                    || self.gaps[0].half.is_some()
                    || self.gaps[0].era.is_some(),
                nought: self.numbers[date].nought,
            },
        })
    }
}

/// Of numbers with their digits: whether those below ten have a nought before them. One of them is enough, as in `4/03/24`.
fn padded(numbers: [(u16, u8); 2]) -> Option<bool> {
    let small = numbers.into_iter().filter(|(number, _)| *number < 10);
    small.map(|(_, digits)| digits > 1).reduce(|one, other| one || other)
}

/// Marks of direction, and others that do not show: Arabic has them between the numbers and what parts them.
fn is_mark(letter: char) -> bool {
    matches!(
        letter,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}' | '\u{70f}' | '\u{feff}'
    )
}

fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

fn is_sign(letter: char) -> bool {
    matches!(
        letter,
        '/' | '.'
            | '-'
            | ':'
            | ','
            | '،'
            | '⹁'
            | '：'
            | '٫'
            | '('
            | ')'
            | '#'
            | '’'
            | '\''
            | '–'
            | '年'
            | '月'
            | '日'
            | '년'
            | '월'
            | '일'
    )
}
