//! What the Worker's script calls. An error is a sentence for a person; a panic ends the Worker.

mod file;

use casemate_guard::{MediaType, Refused, picture};
use js_sys::{Float32Array, Uint8Array};
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
    /// How many pictures follow one another: 1 where it stands still.
    pub frames: u32,
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
    let found = picture::decode(bytes, longest).map_err(|error| match error {
        // The page has a sentence of its own for it, in a language of its person's.
        Refused::NotDecoded { media_type, .. } => format!("not-decoded {media_type}"),
        other => other.to_string(),
    })?;
    Ok(Pixels {
        width: found.width,
        height: found.height,
        full_width: found.full_width,
        full_height: found.full_height,
        frames: found.frames,
        rgba: found.rgba,
    })
}

/// A moving picture that is played.
#[wasm_bindgen]
pub struct Film {
    film: picture::Film,
}

#[wasm_bindgen]
impl Film {
    /// Opens one, to be shown with some `longest` pixels on its longer side.
    #[wasm_bindgen(constructor)]
    pub fn new(bytes: &[u8], longest: u32) -> Result<Film, String> {
        let film = picture::Film::open(bytes, longest).map_err(|error| error.to_string())?;
        Ok(Film { film })
    }

    /// Some frames, from a number on.
    pub fn window(&mut self, from: u32) -> Result<Frames, String> {
        let window = self.film.window(from).map_err(|error| error.to_string())?;
        Ok(Frames { window })
    }
}

/// Frames that follow one another.
#[wasm_bindgen]
pub struct Frames {
    window: picture::Window,
}

#[wasm_bindgen]
impl Frames {
    /// Number of the first.
    #[wasm_bindgen(getter)]
    pub fn from(&self) -> u32 {
        self.window.from
    }

    /// After them it begins anew.
    #[wasm_bindgen(getter)]
    pub fn ends(&self) -> bool {
        self.window.ends
    }

    /// Of each.
    #[wasm_bindgen(getter)]
    pub fn width(&self) -> u32 {
        self.window.width
    }

    /// Of each.
    #[wasm_bindgen(getter)]
    pub fn height(&self) -> u32 {
        self.window.height
    }

    /// How long each is to be seen, in milliseconds.
    #[wasm_bindgen(getter)]
    pub fn delays(&self) -> Vec<u32> {
        self.window.delays_ms.clone()
    }

    /// Four bytes a pixel, a frame after the other. Once: they are gone from here then.
    pub fn take_rgba(&mut self) -> Uint8Array {
        let rgba = std::mem::take(&mut self.window.rgba);
        Uint8Array::from(&rgba[..])
    }
}

/// A piece of a voice message.
#[wasm_bindgen]
pub struct Samples {
    /// 1 or 2.
    pub channels: u8,
    /// Of the whole recording.
    pub total_ms: f64,
    samples: Vec<f32>,
}

#[wasm_bindgen]
impl Samples {
    /// All of the first channel, then all of the second. Once: they are gone from here then.
    pub fn take_samples(&mut self) -> Float32Array {
        let samples = std::mem::take(&mut self.samples);
        Float32Array::from(&samples[..])
    }
}

/// Decodes a piece of a voice message at a speed in per cent.
#[wasm_bindgen(js_name = sound)]
pub fn hear(blob: Blob, from_ms: f64, length_ms: f64, speed: u16) -> Result<Samples, String> {
    let found =
        casemate_guard::sound::decode(BlobReader::new(blob)?, from_ms as u64, length_ms as u64, speed)
            .map_err(|error| error.to_string())?;
    Ok(Samples { channels: found.channels, total_ms: found.total_ms as f64, samples: found.samples })
}

/// A video written anew, for the platform's player. Its type says which of the two that are played it is.
#[wasm_bindgen]
pub fn video(blob: Blob) -> Result<Blob, String> {
    let mut output = BlobWriter::default();
    let played = casemate_guard::video::playable(BlobReader::new(blob)?, &mut output)
        .map_err(|error| error.to_string())?;
    typed(output, played.media_type)
}

/// A part of an own video.
#[wasm_bindgen]
pub struct Part {
    /// Where in the video it begins.
    pub from_ms: f64,
    blob: Blob,
}

#[wasm_bindgen]
impl Part {
    /// With its type.
    #[wasm_bindgen(getter)]
    pub fn blob(&self) -> Blob {
        self.blob.clone()
    }
}

/// A part of an own video, from a key frame on.
#[wasm_bindgen]
pub fn cut(blob: Blob, from_ms: f64, to_ms: f64) -> Result<Part, String> {
    let mut output = BlobWriter::default();
    let part = casemate_guard::video::cut(BlobReader::new(blob)?, &mut output, from_ms as u64, to_ms as u64)
        .map_err(|error| error.to_string())?;
    Ok(Part { from_ms: part.from_ms as f64, blob: typed(output, part.media_type)? })
}

fn typed(output: BlobWriter, media_type: MediaType) -> Result<Blob, String> {
    let whole = output.finish().map_err(|error| error.to_string())?;
    let size = whole.size();
    whole
        .slice_with_f64_and_f64_and_content_type(0.0, size, media_type.mime())
        .map_err(|_| "the browser has no room for it".to_owned())
}

/// What a QR code says that an own camera sees, if there is one.
#[wasm_bindgen]
pub fn code(rgba: &[u8], width: u32, height: u32) -> Result<Option<String>, String> {
    casemate_guard::code::read(rgba, width, height).map_err(|error| error.to_string())
}

/// What a file is, as JSON. It never learns the file's name.
#[wasm_bindgen]
pub fn inspect(blob: Blob) -> Result<String, String> {
    let found = casemate_guard::inspect(BlobReader::new(blob)?, "").map_err(|error| error.to_string())?;
    serde_json::to_string(&found).map_err(|error| error.to_string())
}

/// What a document says, as JSON: `{type, text, cut}`. Where nothing here reads its type, or it is a drawing without words, `{type, warnings}`: that it is a program is a
/// type of its own.
#[wasm_bindgen]
pub fn read(blob: Blob) -> Result<String, String> {
    let found =
        casemate_guard::inspect(BlobReader::new(blob.clone())?, "").map_err(|error| error.to_string())?;
    let media_type = found.media_type.mime();
    let reading = match casemate_guard::reading::is_read(found.media_type) {
        true => {
            Some(casemate_guard::reading::read(BlobReader::new(blob)?).map_err(|error| error.to_string())?)
        }
        false => None,
    };
    // A drawing without a word says no more than what it is; of a document it is said.
    let says = |text: &str| !text.is_empty() || found.media_type != MediaType::Svg;
    let Some(reading) = reading.filter(|reading| says(&reading.text)) else {
        let is_program = found.warnings.contains(&casemate_guard::Warning::Program);
        let media_type = if is_program { "application/x-executable" } else { media_type };
        let ids: Vec<&str> = found.warnings.iter().map(|warning| warning.id()).collect();
        return Ok(serde_json::json!({"type": media_type, "warnings": ids}).to_string());
    };
    Ok(serde_json::json!({"type": media_type, "text": reading.text, "cut": reading.cut}).to_string())
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

/// What a list of indicators holds, as JSON.
#[wasm_bindgen]
pub fn list(blob: Blob) -> Result<String, String> {
    let found =
        casemate_guard::indicators::read(BlobReader::new(blob)?).map_err(|error| error.to_string())?;
    serde_json::to_string(&found).map_err(|error| error.to_string())
}

/// What a received file truly is, and what about it may hurt whoever opens it with another program: its media type and
/// [`casemate_guard::Warning::id`]s with a space between.
#[wasm_bindgen]
pub fn warnings(blob: Blob, name: &str) -> Result<String, String> {
    let found = casemate_guard::inspect(BlobReader::new(blob)?, name).map_err(|error| error.to_string())?;
    let warnings = found.warnings.iter().map(|warning| warning.id());
    Ok(std::iter::once(found.media_type.mime()).chain(warnings).collect::<Vec<_>>().join(" "))
}
