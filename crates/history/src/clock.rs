//! Dates and times as phones write them in many languages: digits with separators, twelve or twenty-four hours.

use std::cmp::Ordering;

use crate::language::Language;

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

/// What stands first in a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// 31/12/2023
    Day,
    /// 12/31/2023
    Month,
    /// 2023/12/31
    Year,
}

/// A date and time as written; which number is the day is not known from one alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    pub parts: [u16; 3],
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
    /// Between the numbers: nobody puts the month first in `31.12.23` or `31-12-23`.
    pub slashes: bool,
    /// Whether day or month has a nought before it (`04/03/24`); unknown where both have two digits anyway.
    pub padded: Option<bool>,
    /// How the half of the day is said; none where it has twenty-four hours.
    pub half: Option<Half>,
}

/// A sign of the half of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Half {
    pub afternoon: bool,
    /// `AM` and `PM` exactly so, as the United States write them; elsewhere it is `pm`, `p. m.`, `下午`.
    pub capitals: bool,
}

impl Written {
    /// With the order decided. `None`: there is no such day.
    pub fn civil(&self, order: Order) -> Option<Civil> {
        let [one, two, three] = self.parts;
        let (year, month, day) = match order {
            Order::Day => (three, two, one),
            Order::Month => (three, one, two),
            Order::Year => (one, two, three),
        };
        let year = if year < 100 { year + 2000 } else { year };
        let good = (1990..=2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
        good.then_some(Civil {
            year,
            month: month as u8,
            day: day as u8,
            hour: self.hour,
            minute: self.minute,
            second: self.second,
        })
    }
}

/// Signs of the second half of the day, small letters without dots and spaces. The last are Turkish, Persian, Vietnamese, Swedish,
/// Hungarian and Malay.
const AFTERNOON: [&str; 16] = [
    "pm",
    "م",
    "下午",
    "오후",
    "午後",
    "अपराह्न",
    "μμ",
    "晚上",
    "中午",
    "傍晚",
    "ös",
    "بظ",
    "ch",
    "em",
    "du",
    "ptg",
];

/// And of the first.
const MORNING: [&str; 16] = [
    "am",
    "ص",
    "上午",
    "오전",
    "午前",
    "पूर्वाह्न",
    "πμ",
    "凌晨",
    "早上",
    "清晨",
    "öö",
    "قظ",
    "sa",
    "fm",
    "de",
    "pg",
];

/// Marks of direction.
const MARKS: [char; 3] = ['\u{200e}', '\u{200f}', '\u{61c}'];

/// Reads a date and a time from the start of a line; what is left of it.
pub fn take(line: &str) -> Option<(Written, &str)> {
    let mut rest = line;
    let (one, first) = number(&mut rest)?;
    let between = separator(&mut rest, &['/', '.', '-', '年'])?;
    separator_space(&mut rest);
    let (two, second_digits) = number(&mut rest)?;
    separator(&mut rest, &['/', '.', '-', '月'])?;
    separator_space(&mut rest);
    let (three, third) = number(&mut rest)?;
    rest = rest.strip_prefix('日').unwrap_or(rest);
    // One of them is the year, with two or four digits.
    if first > 4 || third > 4 || (first < 4 && !matches!(third, 2 | 4)) {
        return None;
    }
    rest = rest.trim_start_matches(['.', ',', '،']);
    rest = spaces(rest);
    for word in ["at ", "um ", "à ", "klo ", "kl. "] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    let early = half(&mut rest);
    rest = spaces(rest);
    let (hour, digits) = number(&mut rest)?;
    if digits > 2 {
        return None;
    }
    // "21 h 41", as Canada has it.
    if let Some(after) = spaces(rest).strip_prefix("h ") {
        rest = spaces(after);
    } else {
        separator(&mut rest, &[':', '.', 'h'])?;
    }
    let (minute, digits) = number(&mut rest)?;
    if digits != 2 {
        return None;
    }
    let mut second = 0;
    if let Some(after) = rest.strip_prefix([':', '.']) {
        let mut after = after;
        if let Some((found, 2)) = number(&mut after) {
            second = found;
            rest = after;
        }
    }
    let mut after = spaces(rest);
    let late = half(&mut after);
    if late.is_some() {
        rest = after;
    }
    let half = early.or(late);
    let hour = match half.map(|half| half.afternoon) {
        Some(true) if hour < 12 => hour + 12,
        Some(false) if hour == 12 => 0,
        _ => hour,
    };
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let written = Written {
        parts: [one, two, three],
        hour: hour as u8,
        minute: minute as u8,
        second: second as u8,
        slashes: between == '/',
        padded: padded([(one, first), (two, second_digits)]),
        half,
    };
    Some((written, rest))
}

/// Of numbers with their digits: whether those below ten have a nought before them. One of them is enough, as in `4/03/24`.
fn padded(numbers: [(u16, usize); 2]) -> Option<bool> {
    let small = numbers.into_iter().filter(|(number, _)| *number < 10);
    small.map(|(_, digits)| digits > 1).reduce(|one, other| one || other)
}

/// A number in the digits of whichever writing, and how many digits it had.
fn number(rest: &mut &str) -> Option<(u16, usize)> {
    // Arabic has marks of direction between the numbers and what parts them.
    *rest = rest.trim_start_matches(MARKS);
    let (mut value, mut digits) = (0u16, 0);
    for letter in rest.chars() {
        let Some(digit) = digit(letter) else { break };
        value = value.checked_mul(10)?.checked_add(digit)?;
        digits += 1;
        *rest = &rest[letter.len_utf8()..];
    }
    (digits > 0).then_some((value, digits))
}

fn digit(letter: char) -> Option<u16> {
    // European, Arabic, Persian, Devanagari.
    let zero = ['0', '٠', '۰', '०'].into_iter().find(|zero| (*zero..=digit_nine(*zero)).contains(&letter))?;
    Some((u32::from(letter) - u32::from(zero)) as u16)
}

fn digit_nine(zero: char) -> char {
    char::from_u32(u32::from(zero) + 9).unwrap_or(zero)
}

fn separator(rest: &mut &str, any: &[char]) -> Option<char> {
    let bare = rest.trim_start_matches(MARKS);
    let first = bare.chars().next().filter(|letter| any.contains(letter))?;
    *rest = &bare[first.len_utf8()..];
    Some(first)
}

fn separator_space(rest: &mut &str) {
    *rest = rest.strip_prefix(' ').unwrap_or(rest);
}

fn spaces(text: &str) -> &str {
    text.trim_start_matches(|letter| {
        matches!(letter, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}') || MARKS.contains(&letter)
    })
}

/// The sign of the half of the day that stands here.
fn half(rest: &mut &str) -> Option<Half> {
    // Letters with dots and spaces between them: "p. m.", "PM", "م".
    let mut word = String::new();
    for (at, letter) in rest.char_indices().take(16) {
        if letter.is_alphabetic() || letter == '\u{94d}' || ('\u{93e}'..='\u{94c}').contains(&letter) {
            word.extend(letter.to_lowercase());
            let end = at + letter.len_utf8();
            let goes_on =
                rest[end..].chars().next().is_some_and(|next| next.is_alphabetic() || next == '\u{94d}');
            let found = |signs: &[&str]| signs.contains(&word.as_str());
            if found(&AFTERNOON) || found(&MORNING) {
                if goes_on && word.is_ascii() {
                    return None;
                }
                let half =
                    Half { afternoon: found(&AFTERNOON), capitals: matches!(&rest[..end], "AM" | "PM") };
                *rest = rest[end..].trim_start_matches('.');
                return Some(half);
            }
        } else if !matches!(letter, '.' | ' ' | '\u{a0}' | '\u{202f}') || word.is_empty() {
            return None;
        }
    }
    None
}

/// Which number is the day, from all dates of a chat: what no date contradicts and time runs forward in. A short chat may leave
/// that open; then it is as phones that write so have it, and where those differ, what puts the messages closest together.
pub fn order(all: &[Written], language: Option<Language>) -> Order {
    let form = Form::new(all);
    if form.year_first {
        return Order::Year;
    }
    // What somebody copied into a message, in another form, says nothing of this chat's dates.
    let own: Vec<Written> = all.iter().filter(|one| form.is_of(one)).copied().collect();
    let (day, month) = (Reading::new(&own, Order::Day), Reading::new(&own, Order::Month));
    let clues = [
        less(day.impossible, month.impossible),
        (!form.slashes).then_some(Order::Day),
        less(day.backward, month.backward),
        form.tells(language),
        less(day.span, month.span),
    ];
    clues.into_iter().flatten().next().unwrap_or_else(|| form.hints(language))
}

fn less<T: Ord>(day: T, month: T) -> Option<Order> {
    match day.cmp(&month) {
        Ordering::Less => Some(Order::Day),
        Ordering::Greater => Some(Order::Month),
        Ordering::Equal => None,
    }
}

/// The dates of a chat, read in one order.
struct Reading {
    /// Dates that are none.
    impossible: usize,
    /// How often time runs backward.
    backward: usize,
    /// From the first day to the last, with months of 31 days.
    span: u32,
}

impl Reading {
    fn new(all: &[Written], order: Order) -> Self {
        let dates: Vec<Civil> = all.iter().filter_map(|one| one.civil(order)).collect();
        let day =
            |date: &Civil| (u32::from(date.year) * 12 + u32::from(date.month)) * 31 + u32::from(date.day);
        let days = || dates.iter().map(day);
        Self {
            impossible: all.len() - dates.len(),
            backward: dates.windows(2).filter(|two| two[0] > two[1]).count(),
            span: days().max().zip(days().min()).map_or(0, |(last, first)| last - first),
        }
    }
}

/// How the dates of a chat are written. In the United States it is `3/4/24, 9:15 PM`, and little else has the month first; most
/// others are told from that by a nought, a point or the sign of the half of the day.
struct Form {
    year_first: bool,
    slashes: bool,
    /// `04/03/24`
    padded: bool,
    /// Twelve hours.
    halves: bool,
    /// `PM`
    capitals: bool,
    /// `pm`, `p. m.`, `م`, `下午`
    elsewhere: bool,
    /// The year has two digits.
    short: bool,
}

impl Form {
    // One export has one form; what somebody copied into a message may have another.
    fn new(all: &[Written]) -> Self {
        let count = |is: fn(&Written) -> bool| all.iter().filter(|one| is(one)).count();
        let most = |is: fn(&Written) -> bool| 2 * count(is) > all.len();
        Self {
            year_first: most(|one| one.parts[0] > 99),
            slashes: most(|one| one.slashes),
            padded: count(|one| one.padded == Some(true)) > count(|one| one.padded == Some(false)),
            halves: most(|one| one.half.is_some()),
            capitals: most(|one| one.half.is_some_and(|half| half.capitals)),
            elsewhere: most(|one| one.half.is_some_and(|half| !half.capitals)),
            short: most(|one| one.parts[2] < 100),
        }
    }

    fn is_of(&self, one: &Written) -> bool {
        one.slashes == self.slashes && one.half.is_some() == self.halves
    }

    /// What phones leave no doubt of.
    fn tells(&self, language: Option<Language>) -> Option<Order> {
        if self.padded || self.elsewhere || language == Some(Language::Other) {
            return Some(Order::Day);
        }
        (self.capitals && self.short).then_some(Order::Month)
    }

    /// What is more likely than the other: chats of one day leave nothing else to go by.
    fn hints(&self, language: Option<Language>) -> Order {
        match self.capitals || (self.short && language == Some(Language::English)) {
            true => Order::Month,
            false => Order::Day,
        }
    }
}
