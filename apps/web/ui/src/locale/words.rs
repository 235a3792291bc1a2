//! The language of this page.

use std::cell::RefCell;

use super::{Language, Value, Words};

thread_local! {
    static WORDS: RefCell<Option<Words>> = const { RefCell::new(None) };
}

/// From now on in this language. What is on the screen is drawn anew by whoever calls this.
pub fn use_language(language: Language) {
    WORDS.with_borrow_mut(|words| *words = Some(Words::new(language)));
    super::when::use_language(language);
}

/// A sentence.
pub fn t(key: &str) -> String {
    ta(key, &[])
}

/// A sentence with values.
pub fn ta(key: &str, values: &[(&str, Value)]) -> String {
    WORDS.with_borrow_mut(|words| words.get_or_insert_with(|| Words::new(Language::English)).say(key, values))
}
