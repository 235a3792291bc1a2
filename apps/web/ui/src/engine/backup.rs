//! A backup for a file: asked of the engine's Worker or of the native engine, and kept at hand until it was saved.

use std::cell::RefCell;

use casemate_api::{Error, view};
use futures_channel::oneshot;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

use super::client::{control, error_of, gone, number, token};
use super::link::{field, object};
use super::native;

/// Whoever waits for a backup with a number.
type Waiting = (u64, oneshot::Sender<Result<(Blob, view::BackedUp), Error>>);

thread_local! {
    static WAITING: RefCell<Option<Waiting>> = const { RefCell::new(None) };
    /// What was made last, under which number.
    static MADE: RefCell<Option<(u64, Blob)>> = const { RefCell::new(None) };
}

/// Makes one that this passphrase opens.
pub async fn backup(passphrase: &str) -> Result<view::BackedUp, Error> {
    let number = number();
    if let Some(token) = token() {
        let blob = native::backup(&token, passphrase).await?;
        let made = view::BackedUp { bytes: blob.size() as u64, ..view::BackedUp::default() };
        MADE.set(Some((number, blob)));
        return Ok(made);
    }
    let (sender, receiver) = oneshot::channel();
    WAITING.set(Some((number, sender)));
    if !control(&object(&[("backup", (number as f64).into()), ("passphrase", passphrase.into())])) {
        return Err(gone());
    }
    let (blob, made) = receiver.await.map_err(|_| gone())??;
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
        control(&object(&[("backed_up", (number as f64).into())]));
    }
}

/// What the Worker says about a backup; false where it speaks of something else.
pub(super) fn heard(data: &JsValue) -> bool {
    let Some(number) = field(data, "backup").as_f64() else { return false };
    if let Some((_, sender)) = WAITING.take().filter(|(waiting, _)| *waiting == number as u64) {
        let answer = match field(data, "blob").dyn_into::<Blob>() {
            Ok(blob) => {
                let made = field(data, "made").as_string().unwrap_or_default();
                Ok((blob, serde_json::from_str(&made).unwrap_or_default()))
            }
            Err(_) => Err(error_of(&field(data, "error"))),
        };
        let _ = sender.send(answer);
    }
    true
}

/// The Worker died.
pub(super) fn broke() {
    WAITING.take();
}
