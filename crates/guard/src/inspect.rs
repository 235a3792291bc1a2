//! What a file truly is.
//!
//! Each format's parser is asked in turn whether the bytes are its own, by structure: not a signature alone, but
//! headers, lengths and order as far as they can be walked in bounded time. The name is never asked.

use crate::source::Source;
use crate::{Fault, Kind, MediaType, Warning, format, limits, name, warning};
use serde::{Deserialize, Serialize};
use std::io::{Read, Seek};

/// What is known of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    /// What it is.
    pub media_type: MediaType,
    /// How to send and show it. HEIC is a document: it is sent byte for byte, with its metadata.
    pub kind: Kind,
    /// Bytes in all.
    pub size_bytes: u64,
    /// Width in pixels as shown, that is after the orientation that the file asks for.
    pub width: Option<u32>,
    /// Height in pixels as shown.
    pub height: Option<u32>,
    /// Length of a sound or video.
    pub duration_ms: Option<u64>,
    /// Levels 0..=255 of a voice message, at most [`limits::WAVEFORM_LEVELS`], oldest first. Empty otherwise.
    pub waveform: Vec<u8>,
    /// Bytes after the end of a picture: a second file hidden or carried there. [`crate::strip`] drops them.
    pub trailing_bytes: u64,
    /// The name, safe to save under.
    pub name: String,
    /// What about it may hurt whoever opens it with another program.
    #[serde(default)]
    pub warnings: Vec<Warning>,
    /// Does the name's extension belong to the type? True also where it has none. False is worth a warning: the name
    /// claims what the file is not.
    pub name_fits: bool,
}

/// What one format's parser found out.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub media_type: Option<MediaType>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub duration_ms: Option<u64>,
    pub waveform: Vec<u8>,
    pub trailing_bytes: u64,
}

/// Tells what `reader` holds. `name` is only made safe and compared. Memory is flat, see [`limits`]; pictures, Ogg
/// and text are read whole, everything else by its headers. An error is the reader's own.
pub fn inspect(reader: impl Read + Seek, name: &str) -> std::io::Result<Inspection> {
    let mut source = Source::new(reader)?;
    let mut found = recognise(&mut source)?;
    let warnings = warning::of_content(&mut source, &found)?;
    if found.media_type.is_none() {
        found.media_type = match format::others::of(&mut source) {
            Err(Fault::Read(error)) => return Err(error),
            other => other.ok().flatten(),
        };
    }
    let mut inspection = Inspection::of(found, source.length());
    inspection.warnings = warnings;
    Ok(inspection.named(name))
}

fn recognise<R: Read + Seek>(source: &mut Source<R>) -> std::io::Result<Found> {
    // Most telling first; plain text last, because other formats may begin like it.
    let formats: [fn(&mut Source<R>) -> Result<Found, Fault>; 16] = [
        format::jpeg::inspect,
        format::png::inspect,
        format::webp::inspect,
        format::gif::inspect,
        format::heif::inspect,
        format::mp4::inspect,
        format::matroska::inspect,
        format::ogg::inspect,
        format::sound::inspect_wav,
        format::sound::inspect_flac,
        format::mp3::inspect,
        format::zip::inspect,
        format::document::inspect_pdf,
        format::bmp::inspect,
        format::ico::inspect,
        format::document::inspect_marked,
    ];
    for inspect in formats {
        source.forget_steps();
        match inspect(source) {
            Ok(found) => return Ok(found),
            Err(Fault::Read(error)) => return Err(error),
            // Not this format, or too much of it to be sure: then it is nothing that we open.
            Err(_) => continue,
        }
    }
    source.forget_steps();
    match format::document::inspect_text(source) {
        Ok(found) => Ok(found),
        Err(Fault::Read(error)) => Err(error),
        Err(_) => Ok(Found::default()),
    }
}

impl Inspection {
    fn of(found: Found, size_bytes: u64) -> Self {
        let media_type = found.media_type.unwrap_or(MediaType::Unknown);
        let pixels = u64::from(found.width.unwrap_or(0)) * u64::from(found.height.unwrap_or(0));
        let kind = match media_type.kind() {
            Kind::Photo if pixels > limits::PICTURE_PIXELS => Kind::Document,
            kind => kind,
        };
        Self {
            media_type,
            kind,
            size_bytes,
            width: found.width,
            height: found.height,
            duration_ms: found.duration_ms,
            waveform: found.waveform,
            trailing_bytes: found.trailing_bytes,
            name: String::new(),
            warnings: Vec::new(),
            name_fits: true,
        }
    }

    /// The same with another name.
    pub fn named(mut self, original: &str) -> Self {
        self.name = name::safe_name(original);
        self.warnings = warning::with_name(self.warnings, original, self.media_type);
        self.name_fits = match name::extension(&self.name) {
            None => true,
            Some(extension) => self.media_type.goes_by(extension),
        };
        self
    }

    /// Is this within what [`inspect`] itself can say? Asked of an answer from a process that may have been taken
    /// over.
    pub fn is_plausible(&self, size_bytes: u64) -> bool {
        self.size_bytes == size_bytes
            && self.waveform.len() <= limits::WAVEFORM_LEVELS
            && (self.kind == self.media_type.kind() || self.kind == Kind::Document)
            && self.trailing_bytes <= size_bytes
            && self.warnings.len() <= Warning::ALL.len()
    }
}
