//! Everything as one zip: asked of the engine's Worker or of the native engine, and kept at hand until it was saved.

use std::cell::RefCell;

use casemate_api::{Error, view};
use futures_channel::oneshot;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

use super::client::{control, error_of, gone, number, token};
use super::link::{field, object};
use super::native;

/// Why there is no export.
pub enum Refused {
    /// This passkey is to be used first: its id, and what it is asked with.
    Passkey(String, String),
    /// For the person.
    Error(Error),
}

/// Whoever waits for an export with a number.
type Waiting = (u64, oneshot::Sender<Result<(Blob, view::Exported), Refused>>);

thread_local! {
    static WAITING: RefCell<Option<Waiting>> = const { RefCell::new(None) };
    /// What was made last, under which number.
    static MADE: RefCell<Option<(u64, Blob)>> = const { RefCell::new(None) };
}

/// Makes one. `given`: the passphrase, or what the passkey answered.
pub async fn export(given: Option<String>) -> Result<view::Exported, Refused> {
    let number = number();
    if let Some(token) = token() {
        let blob = native::export(&token, given.as_deref()).await.map_err(Refused::Error)?;
        let made = view::Exported { bytes: blob.size() as u64, ..view::Exported::default() };
        MADE.set(Some((number, blob)));
        return Ok(made);
    }
    let (sender, receiver) = oneshot::channel();
    WAITING.set(Some((number, sender)));
    let message = object(&[("export", (number as f64).into())]);
    if let Some(given) = given {
        let _ = js_sys::Reflect::set(&message, &"given".into(), &given.into());
    }
    if !control(&message) {
        return Err(Refused::Error(gone()));
    }
    let (blob, made) = receiver.await.map_err(|_| Refused::Error(gone()))??;
    MADE.set(Some((number, blob)));
    Ok(made)
}

/// What was made last, while it is there.
pub fn made() -> Option<Blob> {
    MADE.with_borrow(|made| made.as_ref().map(|(_, blob)| blob.clone()))
}

/// Which one that is; none once it was forgotten.
pub fn number_made() -> Option<u64> {
    MADE.with_borrow(|made| made.as_ref().map(|(number, _)| *number))
}

/// It was saved, or is not wanted any more: nothing of it stays here.
pub fn forget() {
    if let Some((number, _)) = MADE.take() {
        control(&object(&[("exported", (number as f64).into())]));
    }
}

/// What the Worker says about an export; false where it speaks of something else.
pub(super) fn heard(data: &JsValue) -> bool {
    let Some(number) = field(data, "export").as_f64() else { return false };
    let Some((_, sender)) = WAITING.take().filter(|(waiting, _)| *waiting == number as u64) else {
        return true;
    };
    let passphrase = field(&field(data, "asks"), "passphrase").is_truthy();
    let passkey = super::lock::passkey_of(&field(data, "asks")).filter(|_| !passphrase);
    let answer = match (field(data, "blob").dyn_into::<Blob>(), passkey) {
        (Ok(blob), _) => {
            let made = field(data, "made").as_string().unwrap_or_default();
            Ok((blob, serde_json::from_str(&made).unwrap_or_default()))
        }
        (Err(_), Some((credential, salt))) => Err(Refused::Passkey(credential, salt)),
        (Err(_), None) => Err(Refused::Error(error_of(&field(data, "error")))),
    };
    let _ = sender.send(answer);
    true
}

/// The Worker died.
pub(super) fn broke() {
    WAITING.take();
}
