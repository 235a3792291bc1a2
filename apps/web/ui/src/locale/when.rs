//! Times and numbers as the person's language writes them; the browser knows how.

use std::cell::RefCell;

use js_sys::{Array, Date, Intl, Object, Reflect};
use wasm_bindgen::JsValue;

use super::{Language, t};
use crate::text::plain::bytes;
use crate::ui::browser;

struct Formats {
    time: Intl::DateTimeFormat,
    weekday: Intl::DateTimeFormat,
    short: Intl::DateTimeFormat,
    short_with_year: Intl::DateTimeFormat,
    long: Intl::DateTimeFormat,
    number: Intl::NumberFormat,
}

thread_local! {
    // Making a format costs a hundred times its use.
    static FORMATS: RefCell<Option<Formats>> = const { RefCell::new(None) };
}

const DAY_MS: f64 = 86_400_000.0;

/// From now on in this language.
pub fn use_language(language: Language) {
    let wanted = browser::languages();
    let locales = Array::of1(&language.as_at_home(wanted.iter().map(String::as_str)).into());
    let date = |fields: &[(&str, &str)]| Intl::DateTimeFormat::new(&locales, &options(fields));
    // In one calendar everywhere: days are chosen, searched for and brought along in it.
    let day = |fields: &[(&str, &str)]| date(&[fields, &[("calendar", "gregory")]].concat());
    let digits = options(&[]);
    let _ = Reflect::set(&digits, &"maximumFractionDigits".into(), &JsValue::from_f64(1.0));
    FORMATS.set(Some(Formats {
        time: date(&[("hour", "numeric"), ("minute", "2-digit")]),
        weekday: date(&[("weekday", "short")]),
        short: day(&[("day", "numeric"), ("month", "short")]),
        short_with_year: day(&[("day", "numeric"), ("month", "short"), ("year", "numeric")]),
        long: day(&[("weekday", "long"), ("day", "numeric"), ("month", "long"), ("year", "numeric")]),
        number: Intl::NumberFormat::new(&locales, &digits),
    }));
}

/// Milliseconds of an RFC 3339 time; 0 where it is none.
pub fn ms(at: &str) -> f64 {
    let ms = Date::parse(at);
    if ms.is_nan() { 0.0 } else { ms }
}

/// A number for the local day.
pub fn day(at: &str) -> i64 {
    day_of_ms(ms(at))
}

/// The day that it is now, here.
pub fn today() -> i64 {
    day_of_ms(Date::now())
}

fn day_of_ms(ms: f64) -> i64 {
    let offset = Date::new(&JsValue::from_f64(ms)).get_timezone_offset() * 60_000.0;
    ((ms - offset) / DAY_MS).floor() as i64
}

fn year_of_ms(ms: f64) -> u32 {
    Date::new(&JsValue::from_f64(ms)).get_full_year()
}

/// Hours and minutes.
pub fn time(at: &str) -> String {
    format(|formats| &formats.time, ms(at))
}

/// For the list: the time today, then "Yesterday", the weekday, the date, with the year where that is another one than now.
pub fn in_list(at: &str) -> String {
    match days_ago(at) {
        0 => time(at),
        1 => t("yesterday"),
        2..7 => format(|formats| &formats.weekday, ms(at)),
        _ if year_of_ms(ms(at)) == year_of_ms(Date::now()) => format(|formats| &formats.short, ms(at)),
        _ => format(|formats| &formats.short_with_year, ms(at)),
    }
}

/// In a sentence: the time today, "yesterday" or the date with it before that.
pub fn ago(at: &str) -> String {
    match days_ago(at) {
        0 => time(at),
        _ => format!("{}, {}", in_list(at), time(at)),
    }
}

/// Day and time where there is little room.
pub fn short(at: &str) -> String {
    let day = if days_ago(at) == 0 { t("today") } else { in_list(at) };
    format!("{day}, {}", time(at))
}

/// For the line between two days.
pub fn day_line(at: &str) -> String {
    match days_ago(at) {
        0 => t("today"),
        1 => t("yesterday"),
        _ => date(at),
    }
}

/// The day, also where it is today.
pub fn date(at: &str) -> String {
    format(|formats| &formats.long, ms(at))
}

/// Day and time.
pub fn full(at: &str) -> String {
    format!("{}, {}", date(at), time(at))
}

/// A number with at most one decimal.
pub fn number(number: f64) -> String {
    FORMATS
        .with_borrow(|formats| {
            let written = formats.as_ref().map(|formats| formats.number.format());
            written.and_then(|format| format.call1(&JsValue::NULL, &number.into()).ok()?.as_string())
        })
        .unwrap_or_else(|| number.to_string())
}

/// How much that is. It reads from the left in every writing; else the unit would stand on the number's wrong side.
pub fn size(of: u64) -> String {
    let (amount, unit) = bytes(of);
    from_left(&format!("{}\u{a0}{unit}", number(amount)))
}

/// So much of a whole.
pub fn size_of(done: u64, of: u64) -> String {
    let (sum, unit) = bytes(of);
    let part = (sum * done as f64 / of.max(1) as f64 * 10.0).round() / 10.0;
    from_left(&format!("{} / {}\u{a0}{unit}", number(part), number(sum)))
}

/// Whatever the writing around it does: units have Latin letters. Not by what forces a direction, which others' texts may not
/// have either.
fn from_left(words: &str) -> String {
    format!("\u{2068}{words}\u{2069}")
}

fn days_ago(at: &str) -> i64 {
    day_of_ms(Date::now()) - day(at)
}

fn format(which: impl Fn(&Formats) -> &Intl::DateTimeFormat, ms: f64) -> String {
    FORMATS
        .with_borrow(|formats| {
            let format = formats.as_ref().map(|formats| which(formats).format());
            let date: JsValue = Date::new(&JsValue::from_f64(ms)).into();
            format.and_then(|format| format.call1(&JsValue::NULL, &date).ok()?.as_string())
        })
        .unwrap_or_default()
}

fn options(fields: &[(&str, &str)]) -> Object {
    let options = Object::new();
    for (name, value) in fields {
        let _ = Reflect::set(&options, &(*name).into(), &(*value).into());
    }
    options
}
