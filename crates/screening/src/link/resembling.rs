//! Names that are made to be taken for others (UTS 39 §4): the same to the eye, one slip of the hand away, or with the other
//! name somewhere within.

use unicode_security::MixedScript;

use super::known::{FIRMS, IMITATED, LURES};
use super::{Name, Warning};
use crate::host;
use crate::letters::{apart, is_mark, skeleton};

/// Shorter names are one slip away from too many others.
const SLIP_LETTERS: usize = 6;

/// What a host's name is made to be taken for. One reason is enough.
pub fn warnings(name: &Name<'_>, own: &[&str]) -> Option<Warning> {
    let others = || own.iter().chain(IMITATED).copied();
    // Whoever is below a known name belongs to it.
    if others().any(|other| host::is_within(name.ascii, other)) {
        return None;
    }
    let look = |other: &str| Warning::LooksLike { other: other.to_owned() };
    others()
        .find(|other| looks_like(name.unicode, other))
        .map(look)
        .or_else(|| is_disguised(name).then_some(Warning::Letters))
        .or_else(|| {
            let other = others().find(|other| is_inside(name.ascii, other))?;
            Some(Warning::Inside { other: other.to_owned() })
        })
        .or_else(|| {
            let other = others().find(|other| is_a_slip(name.ascii, other))?;
            Some(Warning::AlmostLike { other: other.to_owned() })
        })
        .or_else(|| Some(Warning::Lure { other: lure(name.ascii)?.to_owned() }))
}

/// As many labels from the end as the other name has.
fn end_of<'a>(name: &'a str, other: &str) -> &'a str {
    let labels = other.split('.').count();
    name.rmatch_indices('.').nth(labels - 1).map_or(name, |(at, _)| &name[at + 1..])
}

fn looks_like(name: &str, other: &str) -> bool {
    let end = end_of(name, other);
    let bare: String = apart(end.chars()).filter(|letter| !is_mark(*letter)).collect();
    end != other && [print(end), print(&bare)].contains(&print(other))
}

/// What a name looks like, without differences that nobody sees.
fn print(name: &str) -> String {
    let seen: String = skeleton(name).flat_map(char::to_lowercase).collect();
    // What small letters and digits look like in an address bar.
    seen.replace("vv", "w").replace('0', "o").replace(['1', '|'], "l")
}

/// Words under a Latin ending that mix alphabets, or are all of one that can be taken for Latin.
fn is_disguised(name: &Name<'_>) -> bool {
    let top_is_latin = !name.ascii.rsplit('.').next().unwrap_or_default().starts_with("xn--");
    name.unicode.split('.').filter(|label| !label.is_ascii()).any(|label| {
        let all_latin = || skeleton(label).all(|letter| letter.is_ascii());
        !label.is_single_script() || top_is_latin && all_latin()
    })
}

/// `paypal.com.example.org`, `paypal.com-login.example.org`
fn is_inside(name: &str, other: &str) -> bool {
    name.match_indices(other).any(|(at, _)| {
        let before = at == 0 || matches!(name.as_bytes()[at - 1], b'.' | b'-');
        let rest = &name[at + other.len()..];
        // Firms are below `com.br` and its like, where a country's registry looks who they are.
        let is_country =
            rest.len() == 3 && rest.starts_with('.') && (at == 0 || name.as_bytes()[at - 1] == b'.');
        before && rest.starts_with(['.', '-']) && !is_country
    })
}

/// One letter more, less, other or exchanged with its neighbour, in a word that is long enough for it to be no accident.
fn is_a_slip(name: &str, other: &str) -> bool {
    let end = end_of(name, other);
    let (Some((mine, top)), Some((theirs, other_top))) = (end.split_once('.'), other.split_once('.')) else {
        return false;
    };
    theirs.len() >= SLIP_LETTERS && top == other_top && differ_by_one(mine.as_bytes(), theirs.as_bytes())
}

fn differ_by_one(a: &[u8], b: &[u8]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let same = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    match long.len() - short.len() {
        0 if same < short.len() => {
            let exchanged = same + 1 < short.len()
                && (short[same], short[same + 1]) == (long[same + 1], long[same])
                && short[same + 2..] == long[same + 2..];
            exchanged || short[same + 1..] == long[same + 1..]
        }
        1 => short[same..] == long[same + 1..],
        _ => false,
    }
}

/// Whose name a label uses beside a word that asks for trust: `paypal-login`, `loginpaypal`; or one label where a name that asks for
/// trust is all that counts: `paypal.secure-login.example`.
fn lure(name: &str) -> Option<&'static str> {
    let labels: Vec<&str> = name.split('.').collect();
    labels.iter().enumerate().find_map(|(at, label)| {
        let words = || label.split(['-', '_']);
        let (firm, other) = FIRMS.iter().find(|(firm, _)| words().any(|word| is_firm(word, firm)))?;
        let asks = words().any(|word| LURES.contains(&word) || word != *firm && is_firm(word, firm));
        // Of a firm's own label: one word that asks is what many call their own pages.
        let below = label == firm && labels[at + 1..].iter().any(|label| asks_twice(label));
        (asks || below).then_some(*other)
    })
}

/// The word itself, or with one that asks for trust before or behind it.
fn is_firm(word: &str, firm: &str) -> bool {
    let rest = word.strip_prefix(firm).or_else(|| word.strip_suffix(firm));
    // Short ones are the ends of other words, and there is an Apple Bank.
    rest.is_some_and(|rest| rest.is_empty() || rest.len() > 4 && LURES.contains(&rest))
}

fn asks_twice(label: &str) -> bool {
    label.split(['-', '_']).filter(|word| LURES.contains(word)).count() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_is_one() {
        for (a, b) in [
            ("gogle", "google"),
            ("gooogle", "google"),
            ("goolge", "google"),
            ("goagle", "google"),
            ("oogle", "google"),
        ] {
            assert!(differ_by_one(a.as_bytes(), b.as_bytes()), "{a}");
        }
        for (a, b) in [
            ("google", "google"),
            ("ggle", "google"),
            ("elgoog", "google"),
            ("goolgee", "google"),
            ("", "google"),
        ] {
            assert!(!differ_by_one(a.as_bytes(), b.as_bytes()), "{a}");
        }
    }

    #[test]
    fn the_end_of_a_name_has_as_many_labels() {
        assert_eq!(end_of("a.b.co.uk", "bank.co.uk"), "b.co.uk");
        assert_eq!(end_of("b.uk", "bank.co.uk"), "b.uk");
    }
}
