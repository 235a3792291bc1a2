//! What the Worker's script gives us: what is shorter to say in JavaScript than from here. See `engine-worker.js`.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::MessagePort;

#[wasm_bindgen]
extern "C" {
    /// The Worker's script.
    pub type Host;

    /// Says something to the page.
    #[wasm_bindgen(method)]
    pub fn post(this: &Host, message: &JsValue);

    /// What [`Host::save`] kept, or undefined.
    #[wasm_bindgen(method, catch)]
    pub async fn load(this: &Host) -> Result<JsValue, JsValue>;

    /// Keeps one object, in clear, in this browser.
    #[wasm_bindgen(method, catch)]
    pub async fn save(this: &Host, record: &JsValue) -> Result<JsValue, JsValue>;

    /// Forgets what [`Host::save`] kept.
    #[wasm_bindgen(method, catch)]
    pub async fn forget(this: &Host) -> Result<JsValue, JsValue>;

    /// Encrypts 32 bytes under a new key that this browser never gives out.
    #[wasm_bindgen(method, catch)]
    pub async fn wrap(this: &Host, bytes: &[u8]) -> Result<JsValue, JsValue>;

    /// The 32 bytes back, as a `Uint8Array`.
    #[wasm_bindgen(method, catch)]
    pub async fn unwrap(this: &Host, wrapped: &JsValue) -> Result<JsValue, JsValue>;

    /// Takes the database for this Worker alone: false where another tab has it.
    #[wasm_bindgen(method, catch)]
    pub async fn lock(this: &Host) -> Result<JsValue, JsValue>;

    /// Gives it back.
    #[wasm_bindgen(method)]
    pub fn unlock(this: &Host);

    /// A channel to guard, whose frame the page has.
    #[wasm_bindgen(method)]
    pub fn guard(this: &Host) -> MessagePort;
}

#[wasm_bindgen]
extern "C" {
    /// Loads what a first visit does not run, now. `cargo xtask web` puts calls of it into the program (`casemate-bindgen later`).
    #[wasm_bindgen(js_name = loadRest)]
    fn load_rest();
}

/// Keeps [`load_rest`] in the program: nothing in its source calls it.
#[wasm_bindgen(js_name = rest)]
pub fn rest() {
    load_rest();
}
