//! The language of this page.

use std::cell::RefCell;

use wasm_bindgen::JsValue;

use super::{Language, Value, Words};
use crate::ui::browser;

thread_local! {
    static WORDS: RefCell<Option<Words>> = const { RefCell::new(None) };
}

/// From now on in this language. What is on the screen is drawn anew by whoever calls this.
///
/// # Errors
///
/// The language's file could not be had; all stays as it was.
pub async fn load(language: Language) -> Result<(), JsValue> {
    let words = match language {
        Language::English => Words::english(),
        _ => Words::new(language, &browser::text(&format!("words/{}.ftl", language.tag())).await?),
    };
    WORDS.set(Some(words));
    super::when::use_language(language);
    super::list_as_in(language);
    super::NUMBER.set(super::when::number);
    Ok(())
}

/// A sentence.
pub fn t(key: &str) -> String {
    ta(key, &[])
}

/// A sentence with values.
pub fn ta(key: &str, values: &[(&str, Value)]) -> String {
    WORDS.with_borrow_mut(|words| words.get_or_insert_with(Words::english).say(key, values))
}
