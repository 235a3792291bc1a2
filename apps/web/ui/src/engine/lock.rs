//! What locks the database that is open, as the engine's Worker knows it.

use std::cell::RefCell;

use futures_channel::oneshot;
use wasm_bindgen::JsValue;

use super::client::{control, is_native, number};
use super::link::{field, object};

/// A passkey: its id, and what it is asked with.
pub type Passkey = (String, String);

/// Whoever waits, under which number.
type Waiting = (u64, oneshot::Sender<Option<Passkey>>);

thread_local! {
    static WAITING: RefCell<Option<Waiting>> = const { RefCell::new(None) };
}

/// The passkey that opens it; none where there is none. A native engine has no passkeys.
pub async fn passkey() -> Option<Passkey> {
    let number = number();
    let (sender, receiver) = oneshot::channel();
    WAITING.set(Some((number, sender)));
    if is_native() || !control(&object(&[("asks", (number as f64).into())])) {
        WAITING.take();
        return None;
    }
    receiver.await.ok().flatten()
}

/// What the Worker says about it; false where it speaks of something else.
pub(super) fn heard(data: &JsValue) -> bool {
    let Some(number) = field(data, "asks").as_f64() else { return false };
    if let Some((_, sender)) = WAITING.take().filter(|(waiting, _)| *waiting == number as u64) {
        let _ = sender.send(passkey_of(&field(data, "way")));
    }
    true
}

/// The passkey of `{passkey, passphrase}`.
pub(super) fn passkey_of(asks: &JsValue) -> Option<Passkey> {
    let passkey = field(asks, "passkey");
    let text = |name: &str| field(&passkey, name).as_string().unwrap_or_default();
    passkey.is_object().then(|| (text("credential"), text("salt")))
}

/// The Worker died.
pub(super) fn broke() {
    WAITING.take();
}
