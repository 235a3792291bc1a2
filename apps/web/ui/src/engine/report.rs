//! What somebody wrote, as one zip: asked of the engine's Worker or of the native engine.

use std::cell::RefCell;

use casemate_api::Error;
use casemate_api::command::ReportCreate;
use futures_channel::oneshot;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

use super::client::{control, error_of, gone, number, token};
use super::link::{field, object};
use super::native;

/// Whoever waits for a report with a number.
type Waiting = (u64, oneshot::Sender<Result<Blob, Error>>);

thread_local! {
    static WAITING: RefCell<Option<Waiting>> = const { RefCell::new(None) };
}

/// Makes one.
pub async fn report(wanted: &ReportCreate) -> Result<Blob, Error> {
    let wanted = serde_json::to_string(wanted).unwrap_or_default();
    if let Some(token) = token() {
        return native::report(&token, &wanted).await;
    }
    let number = number();
    let (sender, receiver) = oneshot::channel();
    WAITING.set(Some((number, sender)));
    if !control(&object(&[("report", (number as f64).into()), ("wanted", wanted.into())])) {
        return Err(gone());
    }
    receiver.await.map_err(|_| gone())?
}

/// What the Worker says about a report; false where it speaks of something else.
pub(super) fn heard(data: &JsValue) -> bool {
    let Some(number) = field(data, "report").as_f64() else { return false };
    if let Some((_, sender)) = WAITING.take().filter(|(waiting, _)| *waiting == number as u64) {
        let blob = field(data, "blob").dyn_into::<Blob>();
        let _ = sender.send(blob.map_err(|_| error_of(&field(data, "error"))));
    }
    true
}

/// The Worker died.
pub(super) fn broke() {
    WAITING.take();
}
