//! Microphone, camera and speaker tried out before a call (`static/call.js`), because the person asked for it. Nothing of it
//! leaves this page.

use std::cell::RefCell;

use serde::Deserialize;
use wasm_bindgen::prelude::*;
use web_sys::MediaStream;

use super::call::{Chosen, Wanted, module};

#[wasm_bindgen]
extern "C" {
    /// What is being tried out.
    #[derive(Clone)]
    pub(super) type Tried;
    #[wasm_bindgen(method)]
    fn listen(this: &Tried);
    #[wasm_bindgen(method)]
    fn camera(this: &Tried, on: bool);
    #[wasm_bindgen(method)]
    fn choose(this: &Tried, chosen: &JsValue);
    #[wasm_bindgen(method)]
    fn sound(this: &Tried);
    #[wasm_bindgen(method)]
    fn stream(this: &Tried) -> Option<MediaStream>;
    #[wasm_bindgen(method)]
    fn close(this: &Tried);
}

/// How it stands.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Shown {
    /// How loud it is that the microphone hears: 0 to 1.
    pub level: f64,
    /// Names what the camera shows; none while it is off.
    pub camera: Option<String>,
    /// The browser gave no microphone.
    pub no_microphone: bool,
    /// It gave no camera.
    pub no_camera: bool,
    /// There may be others to choose from now.
    pub devices: bool,
}

struct Live {
    tried: Tried,
    _say: Closure<dyn Fn(String)>,
}

thread_local! {
    static LIVE: RefCell<Option<Live>> = const { RefCell::new(None) };
    // Grows with each beginning and end: what was fetched for one that is over begins nothing.
    static TURN: RefCell<u32> = const { RefCell::new(0) };
}

/// Opens the microphone, because the person asked for this. False: what it needs could not be had.
pub async fn begin(wanted: &Wanted, say: impl Fn(Shown) + 'static) -> bool {
    end();
    let turn = TURN.with_borrow(|turn| *turn);
    let Some(module) = module().await else { return false };
    if TURN.with_borrow(|now| *now != turn) {
        return true;
    }
    let say = Closure::<dyn Fn(String)>::new(move |said: String| {
        if let Ok(shown) = serde_json::from_str(&said) {
            say(shown);
        }
    });
    let tried = module.try_out(say.as_ref().unchecked_ref(), &wanted.for_script());
    LIVE.set(Some(Live { tried, _say: say }));
    true
}

/// Closes them again.
pub fn end() {
    TURN.with_borrow_mut(|turn| *turn = turn.wrapping_add(1));
    if let Some(live) = LIVE.take() {
        live.tried.close();
    }
}

/// The microphone once more, where there was none: allowed or plugged in meanwhile.
pub fn listen() {
    if let Some(tried) = tried() {
        tried.listen();
    }
}

/// The camera on or off.
pub fn camera(on: bool) {
    if let Some(tried) = tried() {
        tried.camera(on);
    }
}

/// Other devices.
pub fn choose(chosen: &Chosen) {
    if let Some(tried) = tried() {
        tried.choose(&chosen.for_script());
    }
}

/// A short sound from the speaker.
pub fn sound() {
    if let Some(tried) = tried() {
        tried.sound();
    }
}

/// What the camera sees.
pub fn stream() -> Option<MediaStream> {
    tried()?.stream()
}

fn tried() -> Option<Tried> {
    LIVE.with_borrow(|live| live.as_ref().map(|live| live.tried.clone()))
}
