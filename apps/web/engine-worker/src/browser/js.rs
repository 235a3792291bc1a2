//! Time and errors as JavaScript has them.

use std::cell::Cell;
use std::io::ErrorKind;
use std::rc::Rc;

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageChannel, WorkerGlobalScope};

/// The Worker itself.
pub fn scope() -> WorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// The device's clock, Unix time.
pub fn now_ms() -> i64 {
    js_sys::Date::now() as i64
}

/// Waits.
pub async fn sleep(ms: u32) {
    let ms = i32::try_from(ms).unwrap_or(i32::MAX);
    let promise = Promise::new(&mut |resolve: Function, _| {
        let _ = scope().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms);
    });
    let _ = JsFuture::from(promise).await;
}

/// Lets everything else that waits have its turn.
pub async fn pause() {
    sleep(0).await;
}

/// Calls back once, unless it is dropped before.
pub struct Timer {
    handle: i32,
    _callback: Closure<dyn FnMut()>,
}

impl Timer {
    /// In so many milliseconds.
    pub fn after(ms: u32, callback: impl FnOnce() + 'static) -> Self {
        let callback = Closure::once(callback);
        let ms = i32::try_from(ms).unwrap_or(i32::MAX);
        let handle = scope()
            .set_timeout_with_callback_and_timeout_and_arguments_0(callback.as_ref().unchecked_ref(), ms)
            .unwrap_or_default();
        Self { handle, _callback: callback }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        scope().clear_timeout_with_handle(self.handle);
    }
}

/// Turns among all else that this Worker hears. A timer of no length would do, but browsers make it 4 ms after some.
pub struct Turns {
    channel: MessageChannel,
    asked: Rc<Cell<bool>>,
    _callback: Closure<dyn FnMut()>,
}

impl Turns {
    /// `callback` has the turn.
    pub fn new(callback: impl Fn() + 'static) -> Result<Self, String> {
        let channel = MessageChannel::new().map_err(|error| words_of(&error))?;
        let asked = Rc::new(Cell::new(false));
        let callback: Closure<dyn FnMut()> = {
            let asked = asked.clone();
            Closure::new(move || {
                asked.set(false);
                callback();
            })
        };
        channel.port1().set_onmessage(Some(callback.as_ref().unchecked_ref()));
        Ok(Self { channel, asked, _callback: callback })
    }

    /// Asks for one, unless it was asked for.
    pub fn ask(&self) {
        if !self.asked.replace(true) {
            // Fails for nothing that is as plain as this.
            let _ = self.channel.port2().post_message(&JsValue::NULL);
        }
    }
}

impl Drop for Turns {
    fn drop(&mut self) {
        self.channel.port1().set_onmessage(None);
        self.channel.port1().close();
    }
}

/// An error's name, such as `QuotaExceededError`.
pub fn name_of(error: &JsValue) -> String {
    field(error, "name")
}

/// What an error says.
pub fn words_of(error: &JsValue) -> String {
    let words = field(error, "message");
    if words.is_empty() { error.as_string().unwrap_or_else(|| name_of(error)) } else { words }
}

fn field(error: &JsValue, name: &str) -> String {
    Reflect::get(error, &name.into()).ok().and_then(|value| value.as_string()).unwrap_or_default()
}

/// A file's error in Rust's words.
pub fn io_error(error: &JsValue) -> std::io::Error {
    let kind = match name_of(error).as_str() {
        "QuotaExceededError" => ErrorKind::StorageFull,
        "NotFoundError" => ErrorKind::NotFound,
        "NotReadableError" => ErrorKind::Other,
        "NoModificationAllowedError" => ErrorKind::ResourceBusy,
        _ => ErrorKind::Other,
    };
    std::io::Error::new(kind, words_of(error))
}

/// An object with these fields.
pub fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = js_sys::Object::new();
    for (name, value) in fields {
        // Only fails for objects that refuse new fields.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}

/// A field; undefined where there is none.
pub fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}
