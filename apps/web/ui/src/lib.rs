//! What a person sees of Casemate in a browser. It knows commands, events and errors (`casemate-api`), nothing of the
//! protocol, and holds no key.
//!
//! - `engine`: the way to the engine in its Worker, or to `casemate app`.
//! - `store`: what the screens show, changed by answers and events.
//! - `ui`: one component for each thing. `screens` put them together.
//! - `text`: what people wrote, made ready for the screen. `locale`: the app's own words in eight languages.
//!
//! What needs no browser is tested without one; the rest is compiled for wasm32 only.

pub mod edit;
pub mod engine;
pub mod locale;
pub mod remux;
pub mod store;
pub mod text;

#[cfg(target_arch = "wasm32")]
mod screens;
#[cfg(target_arch = "wasm32")]
mod ui;

/// Draws the app; the page's script calls it once.
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen(start)]
pub fn start() {
    // A panic ends the page's program; where it happened should at least stand in the browser's console.
    std::panic::set_hook(Box::new(|panic| web_sys::console::error_1(&panic.to_string().into())));
    // Not by Leptos: what it spawns with is there only once something is mounted.
    wasm_bindgen_futures::spawn_local(screens::app::start());
}
