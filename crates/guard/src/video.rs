//! A video ready for the platform's player: what somebody sent never reaches it as it came.
//!
//! MP4 and QuickTime are written anew from what was understood of them; WebM and fragmented MP4 keep their shape, with
//! everything blanked that playing does not need. Codecs out of a short list, sizes bounded. The decoder behind it is the
//! platform's, and SECURITY.md says so.

use std::io::{BufWriter, Read, Seek, Write};

use crate::source::Source;
use crate::{Fault, MediaType, Refused, format, inspect, limits};

/// What is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Playable {
    /// Of what was written.
    pub media_type: MediaType,
}

/// What was cut out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Of what was written.
    pub media_type: MediaType,
    /// Where in the original it begins: later than asked for where there is a key frame later, else earlier.
    pub from_ms: u64,
}

/// Writes a video to play.
///
/// # Errors
/// [`Refused`], in a person's words. What was written so far is not to be used.
pub fn playable(mut reader: impl Read + Seek, writer: impl Write) -> Result<Playable, Refused> {
    let read = |error: std::io::Error| Refused::Read { why: error.to_string() };
    let found = inspect(&mut reader, "").map_err(read)?;
    let refuse = |fault| Refused::of_player(fault, found.media_type);
    let side = found.width.unwrap_or(0).max(found.height.unwrap_or(0));
    if side > limits::VIDEO_SIDE.into() {
        return Err(refuse(Fault::TooMuch("its picture is too large")));
    }
    let mut source = Source::new(reader).map_err(read)?;
    let mut output = BufWriter::new(writer);
    let written = match found.media_type {
        MediaType::Mp4 | MediaType::QuickTime if !is_fragmented(&mut source).map_err(refuse)? => {
            format::mp4::rebuild(&mut source, &mut output, 0, u64::MAX).map(|_| MediaType::Mp4)
        }
        MediaType::Mp4 => format::mp4::check_codecs(&mut source)
            .and_then(|()| format::mp4::strip(&mut source, &mut output, MediaType::Mp4))
            .map(|_| MediaType::Mp4),
        MediaType::Webm => format::matroska::check_codecs(&mut source)
            .and_then(|()| format::matroska::strip(&mut source, &mut output))
            .map(|_| MediaType::Webm),
        _ => Err(Fault::TooMuch("it is of a kind that is not played here")),
    };
    let media_type = written.map_err(refuse)?;
    output.flush().map_err(|error| refuse(Fault::Write(error)))?;
    Ok(Playable { media_type })
}

/// Writes the part of an MP4, QuickTime or WebM video from `from_ms` to `to_ms`. It begins with a key frame: the first between
/// the two, so that nothing is shown that was cut away; where there is none the last before, and [`Part::from_ms`] says so.
///
/// # Errors
/// [`Refused`]: other kinds, and MP4 in fragments, are sent whole.
pub fn cut(
    mut reader: impl Read + Seek,
    writer: impl Write,
    from_ms: u64,
    to_ms: u64,
) -> Result<Part, Refused> {
    let read = |error: std::io::Error| Refused::Read { why: error.to_string() };
    let found = inspect(&mut reader, "").map_err(read)?;
    let refuse = |fault| Refused::of_player(fault, found.media_type);
    let mut source = Source::new(reader).map_err(read)?;
    let mut output = BufWriter::new(writer);
    let (media_type, begins) = match found.media_type {
        MediaType::Webm => (MediaType::Webm, format::webm_cut::cut(&mut source, &mut output, from_ms, to_ms)),
        _ => (MediaType::Mp4, format::mp4::rebuild(&mut source, &mut output, from_ms, to_ms)),
    };
    let from_ms = begins.map_err(refuse)?;
    output.flush().map_err(|error| refuse(Fault::Write(error)))?;
    Ok(Part { media_type, from_ms })
}

fn is_fragmented<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    let fragmented = format::mp4::Movie::read(source)?.is_fragmented;
    source.forget_steps();
    Ok(fragmented)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    const MP4: &[u8] = include_bytes!("../fixtures/video-gps.mp4");
    const MOV: &[u8] = include_bytes!("../fixtures/video-gps.mov");
    const WEBM: &[u8] = include_bytes!("../fixtures/video-tags.webm");
    /// As browsers record it: without lengths, an index and a duration.
    const LIVE: &[u8] = include_bytes!("../fixtures/live.webm");
    const FRAGMENTED: &[u8] = include_bytes!("../fixtures/fragmented.mp4");

    fn played(bytes: &[u8]) -> Result<Vec<u8>, Refused> {
        let mut output = Vec::new();
        playable(Cursor::new(bytes), &mut output).map(|_| output)
    }

    #[test]
    fn a_video_is_written_anew_and_stays_the_same() {
        for bytes in [MP4, MOV, WEBM, FRAGMENTED] {
            let before = inspect(Cursor::new(bytes), "").unwrap();
            let output = match played(bytes) {
                Ok(output) => output,
                Err(why) => panic!("{}: {why}", before.media_type),
            };
            let after = inspect(Cursor::new(&output), "").unwrap();
            assert_eq!((after.width, after.height), (before.width, before.height));
            let apart = after.duration_ms.unwrap().abs_diff(before.duration_ms.unwrap());
            assert!(apart < 120, "{} {:?} {:?}", before.media_type, before.duration_ms, after.duration_ms);
            assert_eq!(after.kind, crate::Kind::Video);
            // Rebuilding what was rebuilt changes nothing.
            assert_eq!(played(&output).unwrap(), output);
        }
    }

    #[test]
    fn a_part_is_cut_out_at_a_key_frame() {
        for bytes in [MP4, WEBM, LIVE] {
            let before = inspect(Cursor::new(bytes), "").unwrap();
            let whole = before.duration_ms.unwrap();
            let mut output = Vec::new();
            let part = cut(Cursor::new(bytes), &mut output, 0, whole / 2).unwrap();
            // A recording's first picture may come some milliseconds after its beginning.
            assert_eq!(part.media_type, before.media_type);
            assert!(part.from_ms < limits::EARLY_MS, "{part:?}");
            let half = inspect(Cursor::new(&output), "").unwrap();
            assert_eq!((half.media_type, half.width), (before.media_type, before.width));
            assert!(half.duration_ms.unwrap().abs_diff(whole / 2) < 150, "{half:?} of {whole}");
            assert!(output.len() < bytes.len());
            let mut output = Vec::new();
            let part = cut(Cursor::new(bytes), &mut output, whole / 2, u64::MAX).unwrap();
            let rest = inspect(Cursor::new(&output), "").unwrap();
            // What is left is what comes after where it says that it begins.
            let apart = rest.duration_ms.unwrap().abs_diff(whole.saturating_sub(part.from_ms));
            assert!(apart < 150, "{rest:?} of {whole}, {part:?}");
            // Asked for where it truly begins, it is the same.
            let mut same = Vec::new();
            let there = cut(Cursor::new(bytes), &mut same, part.from_ms, u64::MAX).unwrap();
            assert!(part.from_ms == 0 || (there, &same) == (part, &output), "{there:?} {part:?}");
            // What was cut can be cut again, and all of it is all of it.
            let mut again = Vec::new();
            cut(Cursor::new(&output), &mut again, 0, u64::MAX).unwrap();
            assert_eq!(again, output);
        }
        assert!(cut(Cursor::new(FRAGMENTED), Vec::new(), 0, 100).is_err());
        assert!(cut(Cursor::new(include_bytes!("../fixtures/chapters.mkv")), Vec::new(), 0, 100).is_err());
    }

    #[test]
    fn what_is_not_played_is_said() {
        for bytes in [
            &b"plain words"[..],
            include_bytes!("../fixtures/chapters.mkv"),
            include_bytes!("../fixtures/sound.m4a"),
        ] {
            assert!(played(bytes).is_err());
        }
        // Another codec than the list has.
        let mut other = MP4.to_vec();
        let at = other.windows(4).position(|four| four == b"avc1" || four == b"mp4v").unwrap();
        let at = other[at + 4..].windows(4).position(|four| four == b"avc1").map_or(at, |more| at + 4 + more);
        other[at..at + 4].copy_from_slice(b"xxxx");
        assert!(played(&other).is_err());
    }
}
