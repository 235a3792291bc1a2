//! The language of this page.

use std::cell::RefCell;

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

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
        _ => Words::new(language, &fetch(language).await?),
    };
    WORDS.set(Some(words));
    super::when::use_language(language);
    Ok(())
}

async fn fetch(language: Language) -> Result<String, JsValue> {
    let address = browser::file(&format!("words/{}.ftl", language.tag()));
    let answer: Response =
        JsFuture::from(leptos::prelude::window().fetch_with_str(&address)).await?.dyn_into()?;
    if !answer.ok() {
        return Err(answer.status_text().into());
    }
    let text = JsFuture::from(answer.text()?).await?;
    text.as_string().ok_or(JsValue::NULL)
}

/// A sentence.
pub fn t(key: &str) -> String {
    ta(key, &[])
}

/// A sentence with values.
pub fn ta(key: &str, values: &[(&str, Value)]) -> String {
    WORDS.with_borrow_mut(|words| words.get_or_insert_with(Words::english).say(key, values))
}
