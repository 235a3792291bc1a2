//! The kept files, and what to ask of them.

use casemate_guard::{Inspection, MediaType, Stripped, inspect, strip};
use std::io::Cursor;
use std::path::PathBuf;

/// What was written into every field of every fixture that is about its maker.
pub const MARKER: &str = "SECRET-MARKER";

pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

pub fn read(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// All of them, by name.
pub fn all() -> Vec<(String, Vec<u8>)> {
    let mut names: Vec<String> = std::fs::read_dir(path(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".sh") && !name.ends_with(".md"))
        .collect();
    names.sort();
    names.into_iter().map(|name| (name.clone(), read(&name))).collect()
}

pub fn look(bytes: &[u8]) -> Inspection {
    inspect(Cursor::new(bytes), "file").unwrap()
}

pub fn stripped(bytes: &[u8], media_type: MediaType) -> (Vec<u8>, Stripped) {
    let mut output = Vec::new();
    let stripped = strip(Cursor::new(bytes), &mut output, media_type).unwrap();
    (output, stripped)
}

/// Is the text there, in any encoding that metadata uses?
pub fn contains(bytes: &[u8], text: &str) -> bool {
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    [text.as_bytes(), &little, &big].iter().any(|wanted| bytes.windows(wanted.len()).any(|at| at == *wanted))
}

/// Pixels of all frames, by an independent decoder.
pub fn pixels(bytes: &[u8], media_type: MediaType) -> Option<Vec<u8>> {
    use image::AnimationDecoder;
    let all = |frames: image::Frames<'_>| {
        let mut pixels = Vec::new();
        for frame in frames.take(64) {
            let frame = frame.ok()?;
            pixels.extend_from_slice(&frame.delay().numer_denom_ms().0.to_le_bytes());
            pixels.extend_from_slice(frame.buffer().as_raw());
        }
        Some(pixels)
    };
    let format = match media_type {
        MediaType::Gif => {
            return all(image::codecs::gif::GifDecoder::new(Cursor::new(bytes)).ok()?.into_frames());
        }
        MediaType::Webp => {
            let decoder = image::codecs::webp::WebPDecoder::new(Cursor::new(bytes)).ok()?;
            if decoder.has_animation() {
                return all(decoder.into_frames());
            }
            image::ImageFormat::WebP
        }
        MediaType::Jpeg => image::ImageFormat::Jpeg,
        MediaType::Png => image::ImageFormat::Png,
        MediaType::Bmp => image::ImageFormat::Bmp,
        MediaType::Ico => image::ImageFormat::Ico,
        _ => return None,
    };
    let mut reader = image::ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(64 << 20);
    reader.limits(limits);
    reader.decode().ok().map(|picture| picture.into_bytes())
}
