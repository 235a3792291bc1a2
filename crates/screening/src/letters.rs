//! Letters taken apart (UAX 15), and what they look like (UTS 39 §4), by the tables that reading names of hosts brings along anyway:
//! those of `unicode-normalization` would be there a second time, and in a browser each byte of them is loaded.

use std::sync::LazyLock;

use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;

/// Letters without what stands on and below them, and that behind them (NFD).
pub fn apart(text: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    DecomposingNormalizerBorrowed::new_nfd().normalize_iter(text)
}

/// The same, and without forms that only look different: ligatures, raised digits, wide letters (NFKD).
pub fn wholly_apart(text: &str) -> impl Iterator<Item = char> {
    DecomposingNormalizerBorrowed::new_nfkd().normalize_iter(text.chars())
}

/// Whether it stands on, below or around another.
pub fn is_mark(letter: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(letter);
    matches!(
        category,
        GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark | GeneralCategory::EnclosingMark
    )
}

/// Whether a text has anything to see: not blanks alone, nor letters that draw nothing or only change others. Some of them, as Hangul's
/// fillers and Braille without dots, are letters and signs to Unicode.
pub fn shows(text: &str) -> bool {
    let categories = CodePointMapData::<GeneralCategory>::new();
    text.chars().any(|letter| {
        let is_unseen = letter.is_whitespace()
            || matches!(categories.get(letter), GeneralCategory::Control | GeneralCategory::Format)
            || matches!(
                letter,
                '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
                    | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}'
            );
        !is_unseen
    })
}

/// What a text looks like: texts that are taken for one another have the same.
pub(crate) fn skeleton(text: &str) -> impl Iterator<Item = char> {
    apart(apart(text.chars()).flat_map(|letter| {
        let looks = looks(letter);
        looks.unwrap_or_default().chars().chain(looks.is_none().then_some(letter))
    }))
}

/// Whether a text can be taken for one with a word in it, whatever letters and spaces it is written with.
pub fn reads_like(text: &str, word: &str) -> bool {
    // Small letters look like others than large ones.
    let seen = |text: &str| -> String {
        let small: String = skeleton(text).flat_map(char::to_lowercase).collect();
        skeleton(&small).filter(|letter| letter.is_alphanumeric()).collect()
    };
    let word = seen(word);
    !word.is_empty() && seen(text).contains(&word)
}

/// What a letter looks like, where that is another or nothing.
fn looks(letter: char) -> Option<&'static str> {
    let at = LOOKS.binary_search_by_key(&letter, |(letter, _)| *letter).ok()?;
    Some(LOOKS[at].1)
}

/// Written by `build.rs`, by columns, which compress well: how far each letter is from the one before it, and what it looks like.
static LOOKS: LazyLock<Vec<(char, &str)>> = LazyLock::new(|| {
    let steps = include_str!(concat!(env!("OUT_DIR"), "/steps")).chars();
    let looks = include_str!(concat!(env!("OUT_DIR"), "/looks")).split('\n');
    let mut last = 0;
    let letters = steps.filter_map(|step| {
        last += u32::from(step);
        char::from_u32(last)
    });
    letters.zip(looks).collect()
});

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization as _;
    use unicode_normalization::char::is_combining_mark;

    use super::*;

    fn all() -> impl Iterator<Item = char> {
        '\0'..=char::MAX
    }

    #[test]
    fn names_that_can_be_taken_for_a_word_read_like_it() {
        for name in [
            "Casemate",
            "CASEMATE",
            " Case mate ",
            "Сasemаte",
            "C\u{200b}asemate",
            "Cásemate",
            "Casemate Support",
            "ｃａｓｅｍａｔｅ",
        ] {
            assert!(reads_like(name, "Casemate"), "{name}");
        }
        for name in ["", "Ana", "Case", "checkmate"] {
            assert!(!reads_like(name, "Casemate"), "{name}");
        }
        assert!(!reads_like("Ana", "") && !reads_like("", ""));
    }

    #[test]
    fn every_letter_is_taken_apart_as_it_should() {
        for letter in all() {
            let text = letter.to_string();
            assert!(apart(text.chars()).eq(text.nfd()), "{letter:?}");
            assert!(wholly_apart(&text).eq(text.nfkd()), "{letter:?}");
            assert_eq!(is_mark(letter), is_combining_mark(letter), "{letter:?}");
        }
    }

    #[test]
    fn every_letter_looks_as_unicode_says() {
        for letter in all() {
            let text = letter.to_string();
            assert!(skeleton(&text).eq(unicode_security::skeleton(&text)), "{letter:?}");
        }
    }

    /// Marks come into their order over what stands before them, also where a look ends in one.
    #[test]
    fn so_do_letters_together() {
        let special: Vec<char> = all()
            .filter(|letter| {
                is_mark(*letter) || looks(*letter).is_some() || letter.to_string().nfkd().count() > 1
            })
            .collect();
        let mut seed = 1u64;
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            special[(seed >> 33) as usize % special.len()]
        };
        for _ in 0..200_000 {
            let text: String = (0..6).map(|_| next()).collect();
            assert!(apart(text.chars()).eq(text.nfd()), "{text:?}");
            assert!(wholly_apart(&text).eq(text.nfkd()), "{text:?}");
            assert!(skeleton(&text).eq(unicode_security::skeleton(&text)), "{text:?}");
        }
    }
}
