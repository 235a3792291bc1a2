//! What the browser is asked about the place where everything is kept: to keep it, and how much room there is.

use wasm_bindgen::prelude::*;

use super::browser;
use super::notify::{call, field, wait};
use crate::store::room::Room;

/// Asks the browser not to clear what is here when room gets short; what it said. Some decide by themselves, by how the app is
/// used, others ask the person.
pub async fn keep() -> bool {
    answer("persist").await == Some(true)
}

/// Whether it said so; none where it cannot.
pub async fn is_kept() -> Option<bool> {
    answer("persisted").await
}

/// How much there is. Chromium says 10 GB more than is used, whatever the disk has, so that nobody is known by that: there
/// only the engine notices that it is full.
pub async fn room() -> Option<Room> {
    let found = wait(call(&storage(), "estimate", &[])).await?;
    let bytes = |name: &str| field(&found, name).as_f64().map(|bytes| bytes as u64);
    Some(Room { used: bytes("usage")?, all: bytes("quota")? })
}

async fn answer(method: &str) -> Option<bool> {
    wait(call(&storage(), method, &[])).await?.as_bool()
}

fn storage() -> JsValue {
    field(&browser::window().navigator(), "storage")
}
