//! What the Worker's script calls. An error is a sentence for a person; a panic ends the Worker.

mod file;

use casemate_guard::{MediaType, picture};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::Blob;

use file::{BlobReader, BlobWriter};

/// A decoded picture.
#[wasm_bindgen]
pub struct Pixels {
    /// Of the pixels.
    pub width: u32,
    /// Of the pixels.
    pub height: u32,
    /// Of the whole picture as shown, before it was scaled down.
    pub full_width: u32,
    /// Of the whole picture as shown, before it was scaled down.
    pub full_height: u32,
    rgba: Vec<u8>,
}

#[wasm_bindgen]
impl Pixels {
    /// Four bytes each: red, green, blue, opacity. Once: they are gone from here then.
    pub fn take_rgba(&mut self) -> Uint8Array {
        let rgba = std::mem::take(&mut self.rgba);
        Uint8Array::from(&rgba[..])
    }
}

/// Decodes a picture, neither side longer than `longest` pixels.
#[wasm_bindgen(js_name = picture)]
pub fn decode(bytes: &[u8], longest: u32) -> Result<Pixels, String> {
    let found = picture::decode(bytes, longest).map_err(|error| error.to_string())?;
    Ok(Pixels {
        width: found.width,
        height: found.height,
        full_width: found.full_width,
        full_height: found.full_height,
        rgba: found.rgba,
    })
}

/// What a file is, as JSON. It never learns the file's name.
#[wasm_bindgen]
pub fn inspect(blob: Blob) -> Result<String, String> {
    let found = casemate_guard::inspect(BlobReader::new(blob)?, "").map_err(|error| error.to_string())?;
    serde_json::to_string(&found).map_err(|error| error.to_string())
}

/// The same file without what it tells about its maker. `media_type` is JSON out of [`inspect`]'s answer.
#[wasm_bindgen]
pub fn strip(blob: Blob, media_type: &str) -> Result<Blob, String> {
    let media_type: MediaType = serde_json::from_str(media_type).map_err(|error| error.to_string())?;
    let mut output = BlobWriter::default();
    casemate_guard::strip(BlobReader::new(blob)?, &mut output, media_type)
        .map_err(|error| error.to_string())?;
    output.finish().map_err(|error| error.to_string())
}
