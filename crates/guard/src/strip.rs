//! The same photo, video or voice message without what it tells about its maker.
//!
//! Everything is structural: what is shown is copied as it is, never decoded and encoded anew, so no pixel changes.
//! Pictures are written from an allow list of parts. In videos what is not allowed is overwritten in place, so that
//! no offset changes: the file keeps its size.
//!
//! Colour profiles are written anew from what colours need ([`format::icc`]). Of what H.264 and H.265 carry between pictures
//! only what tells how to show them stays ([`format::nal`]).
//!
//! What stays: what is in the compressed picture and sound themselves (a watermark, the encoder's name in AAC, data beside the
//! pictures of AV1 and of older codecs); the numbers of a profile, which are one screen's own where somebody measured it; H.264's
//! timing of pictures, in which professional cameras keep a clock; subtitles for who does not hear, and all subtitles of
//! Matroska.
//!
//! Documents are written anew from the parts that they show ([`clean`]); HEIC is overwritten in place as AVIF is.

use crate::source::Source;
use crate::{Fault, MediaType, Refused, clean, format};
use serde::{Deserialize, Serialize};
use std::io::{Read, Seek, Write};

/// What [`strip`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stripped {
    /// Bytes written.
    pub size_bytes: u64,
    /// Bytes that were left out or overwritten. Zero: there was nothing to take out. Of a document, which is packed again, how much
    /// less there is of it.
    pub removed_bytes: u64,
}

/// Writes what `reader` holds to `writer`, without metadata. `media_type` is [`crate::inspect`]'s answer; it is
/// checked again. On a refusal, what was written so far is not to be used.
pub fn strip(
    reader: impl Read + Seek,
    writer: impl Write,
    media_type: MediaType,
) -> Result<Stripped, Refused> {
    if !media_type.is_cleanable() {
        return Err(Refused::NotStrippable { media_type: media_type.to_string() });
    }
    let mut source = Source::new(reader).map_err(|error| Refused::Read { why: error.to_string() })?;
    let mut output = Counted { inner: std::io::BufWriter::new(writer), count: 0 };
    let removed_bytes =
        run(&mut source, &mut output, media_type).map_err(|fault| Refused::of(fault, media_type))?;
    Ok(Stripped { size_bytes: output.count, removed_bytes })
}

fn run<R: Read + Seek, W: Write>(
    source: &mut Source<R>,
    output: &mut Counted<W>,
    media_type: MediaType,
) -> Result<u64, Fault> {
    let overwritten = match media_type {
        MediaType::Jpeg => format::jpeg::strip(source, output)?,
        MediaType::Png => format::png::strip(source, output)?,
        MediaType::Webp => format::webp::strip(source, output)?,
        MediaType::Gif => format::gif::strip(source, output)?,
        MediaType::Bmp => format::bmp::strip(source, output)?,
        MediaType::Ico => format::ico::strip(source, output)?,
        MediaType::Avif | MediaType::Heic => format::heif::strip(source, output)?,
        MediaType::Mp4 | MediaType::QuickTime => format::mp4::strip(source, output, media_type)?,
        MediaType::Webm | MediaType::Matroska => format::matroska::strip(source, output)?,
        MediaType::OggOpus => format::ogg::strip(source, output)?,
        _ if media_type.is_cleanable() => {
            clean::document(source, output, media_type)?;
            0
        }
        _ => return Err(Fault::Malformed("nothing is known of its type")),
    };
    output.flush().map_err(Fault::Write)?;
    Ok(overwritten + source.length().saturating_sub(output.count))
}

/// A buffered writer that knows how much it wrote.
pub(crate) struct Counted<W: Write> {
    pub inner: std::io::BufWriter<W>,
    pub count: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.count += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}
