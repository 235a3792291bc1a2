//! What the engine says, in the person's language.

use casemate_api::said::said;

use super::{Value, ta};

/// The sentence in the person's language; one without a code as it came.
pub fn spoken(english: &str) -> String {
    let Some(said) = said(english) else { return english.to_owned() };
    let value = |name: &str, value: String| match name {
        "time" => duration(&value).unwrap_or(value),
        // A reason is a sentence of its own, or words of the system.
        "why" => spoken(&value),
        _ => value,
    };
    let values: Vec<(&str, Value)> = said
        .values
        .iter()
        .map(|(name, put_in)| (name.as_str(), value(name, put_in.clone()).into()))
        .collect();
    ta(&format!("said-{}", said.code), &values)
}

/// `30 s`, `5 min`, `8 h`, `7 days`, as the engine writes them.
fn duration(words: &str) -> Option<String> {
    let (count, unit) = words.split_once(' ')?;
    let count: u64 = count.parse().ok()?;
    let key = match unit {
        "s" => "timer-seconds",
        "min" => "timer-minutes",
        "h" => "timer-hours",
        "days" if count.is_multiple_of(7) => {
            return Some(ta("timer-weeks", &[("count", (count / 7).into())]));
        }
        "days" => "timer-days",
        _ => return None,
    };
    Some(ta(key, &[("count", count.into())]))
}
