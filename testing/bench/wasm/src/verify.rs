//! One look-up, from the bytes that came to what they say.

use casemate_transparency::{Head, lookup};
use casemate_wire::handle::Handle;
use casemate_wire::proto::transparency::Shown;
use prost::Message as _;
use wasm_bindgen::prelude::wasm_bindgen;

/// Whether this is what the server of that key signed, and it holds for this name.
#[wasm_bindgen]
pub fn verify(shown: &[u8], server_key: &[u8], handle: &str) -> bool {
    is_good(shown, server_key, handle).is_some()
}

fn is_good(shown: &[u8], server_key: &[u8], handle: &str) -> Option<()> {
    let shown = Shown::decode(shown).ok()?;
    let head = Head::verify(shown.head.as_ref()?, server_key.try_into().ok()?).ok()?;
    lookup::verify(&head, &Handle::parse(handle).ok()?, shown.lookup.as_ref()?).ok().map(drop)
}
