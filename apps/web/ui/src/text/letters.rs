//! Letters and the marks on them. The browser has the tables for that; where there is none, in tests, a crate has.

use std::borrow::Cow;

/// What of the others comes first that may stand on another letter.
const FIRST_MARK: char = '\u{300}';

/// Letters taken from what stands on and below them (NFD).
pub fn apart(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(means::apart(text)) }
}

/// The same without what stood there.
pub fn bare(text: &str) -> Cow<'_, str> {
    match apart(text) {
        Cow::Owned(apart) => Cow::Owned(means::fewer_marks(&apart, 0)),
        ascii => ascii,
    }
}

/// At most so many marks one behind the other, joiners between them or not: these are drawn as nothing.
pub fn fewer_marks(text: &str, most: usize) -> Cow<'_, str> {
    if text.chars().all(|letter| letter < FIRST_MARK) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(means::fewer_marks(text, most))
}

#[cfg(target_arch = "wasm32")]
mod means {
    use std::cell::RefCell;

    use js_sys::{JsString, RegExp};

    thread_local! {
        /// What finds too many marks, by how many are not: made once each, for every text in most languages is asked about.
        static FINDS: RefCell<Vec<(usize, RegExp)>> = const { RefCell::new(Vec::new()) };
    }

    pub fn apart(text: &str) -> String {
        JsString::from(text).normalize("NFD").into()
    }

    pub fn fewer_marks(text: &str, most: usize) -> String {
        FINDS.with_borrow_mut(|finds| {
            let at = finds.iter().position(|(marks, _)| *marks == most).unwrap_or_else(|| {
                finds.push((most, too_many(most)));
                finds.len() - 1
            });
            JsString::from(text).replace_by_pattern(&finds[at].1, "$1").into()
        })
    }

    fn too_many(most: usize) -> RegExp {
        let joiners = r"[\u200C\u200D]*";
        RegExp::new(&format!(r"((?:{joiners}\p{{M}}){{{most}}})(?:{joiners}\p{{M}})+"), "gu")
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod means {
    use unicode_normalization::UnicodeNormalization as _;
    use unicode_normalization::char::is_combining_mark;

    pub fn apart(text: &str) -> String {
        text.nfd().collect()
    }

    pub fn fewer_marks(text: &str, most: usize) -> String {
        let mut marks = 0;
        let is_kept = |letter: &char| {
            marks = match *letter {
                letter if is_combining_mark(letter) => marks + 1,
                '\u{200C}' | '\u{200D}' => return marks <= most,
                _ => 0,
            };
            marks <= most
        };
        text.chars().filter(is_kept).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_counted_letter_by_letter() {
        for (text, kept) in
            [("a\u{301}\u{302}\u{303}b\u{301}", "a\u{301}\u{302}b\u{301}"), ("naïve", "naïve"), ("", "")]
        {
            assert_eq!(fewer_marks(text, 2), kept);
        }
        assert_eq!(fewer_marks("\u{301}\u{302}\u{303}", 2), "\u{301}\u{302}");
        assert_eq!(
            fewer_marks("a\u{301}\u{200D}\u{302}\u{200D}\u{303}b", 2),
            "a\u{301}\u{200D}\u{302}\u{200D}b"
        );
    }

    #[test]
    fn bare_letters_have_none() {
        assert_eq!(bare("Ångström, ệ, İ"), "Angstrom, e, I");
        assert_eq!(apart("é"), "e\u{301}");
    }
}
