//! Bringing lists of what is known to be bad to the engine (`indicators.import`). A list from anywhere is read by guard in its
//! Worker, which has no keys; a signed one goes to the engine as it is, which verifies it before it reads it.

use std::rc::Rc;

use casemate_api::command::{Indicator, IndicatorsAdd, IndicatorsUpdate};
use casemate_api::{Command, Error, Kind, view};
use casemate_engine::{SIGNED_LIST, SIGNED_LIST_BYTES};
use casemate_guard::indicators::LeftOut;
use casemate_guard::name::display_name;
use serde::Deserialize;
use serde_json::Value;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Blob;

use super::driver::Driver;
use super::page::Answer;
use super::staging::Lent;

/// What guard's Worker says is in a list.
#[derive(Deserialize)]
pub struct Listed {
    /// What it calls itself.
    pub name: String,
    /// The engine looks at each anew.
    pub indicators: Vec<Indicator>,
    /// Some of what was left out.
    pub refused: Vec<LeftOut>,
    /// How many were left out.
    pub refused_count: u64,
}

/// Imports a list.
pub fn import(driver: Rc<Driver>, lent: Lent, answer: Answer) {
    spawn_local(async move {
        match taken(&driver, &lent).await {
            Ok(value) => driver.page().respond(answer, Ok(value)),
            Err(error) => driver.page().refuse(answer, error),
        }
    });
}

async fn taken(driver: &Rc<Driver>, lent: &Lent) -> Result<Value, Error> {
    let first = text(&lent.blob, SIGNED_LIST.len()).await?;
    if first == SIGNED_LIST {
        let signed = text(&lent.blob, SIGNED_LIST_BYTES).await?;
        return driver.ask_inside(Command::IndicatorsUpdate(IndicatorsUpdate { signed })).await;
    }
    let Listed { name, indicators, refused, refused_count } =
        driver.guard().list(&lent.blob, &lent.name).await?;
    let name = display_name(if name.trim().is_empty() { &lent.name } else { name.trim() });
    // All of it may be of kinds that messages do not have: that is said, and no list is made of it.
    let mut added = view::IndicatorsAdded { name: name.clone(), ..view::IndicatorsAdded::default() };
    if !indicators.is_empty() {
        let add = IndicatorsAdd { name, indicators };
        let answer = driver.ask_inside(Command::IndicatorsAdd(add)).await?;
        added =
            serde_json::from_value(answer).map_err(|error| Error::new(Kind::Invalid, error.to_string()))?;
    }
    let refused = refused.into_iter().map(|LeftOut { what, why }| view::IndicatorRefused {
        what: display_name(&what),
        why: display_name(&why),
    });
    added.leave_out(refused, refused_count);
    serde_json::to_value(added).map_err(|error| Error::new(Kind::Invalid, error.to_string()))
}

/// At most so much of a file's beginning. What is no text has other letters in it then.
async fn text(blob: &Blob, most: usize) -> Result<String, Error> {
    let unreadable = |_: JsValue| Error::new(Kind::NotFound, "The browser cannot read this file any more.");
    let part = blob.slice_with_f64_and_f64(0.0, blob.size().min(most as f64)).map_err(unreadable)?;
    let text = JsFuture::from(part.text()).await.map_err(unreadable)?;
    Ok(text.as_string().unwrap_or_default())
}
