//! MP3: an optional ID3v2 tag, then frames of MPEG audio layer III (ISO/IEC 11172-3 §2.4). There is no other
//! structure, so several frames must follow one another, each where the one before says.

use crate::inspect::Found;
use crate::source::Source;
use crate::{Fault, MediaType, limits};
use std::io::{Read, Seek};
use std::ops::ControlFlow;

pub(crate) fn inspect<R: Read + Seek>(source: &mut Source<R>) -> Result<Found, Fault> {
    let (start, first) = begin(source)?;
    let samples = match announced_frames(source, start, &first)? {
        Some(frames) => u64::from(frames) * first.samples,
        None => (source.length() - start) / first.length * first.samples,
    };
    Ok(Found {
        media_type: Some(MediaType::Mp3),
        duration_ms: Some(samples * 1000 / first.rate),
        ..Found::default()
    })
}

/// The frames of an MP3, to be decoded.
pub(crate) struct Frames {
    /// Samples a second.
    pub rate: u64,
    pub is_mono: bool,
    /// Of each channel in each frame.
    pub samples: u64,
    version: u8,
    start: u64,
}

impl Frames {
    pub fn of<R: Read + Seek>(source: &mut Source<R>) -> Result<Self, Fault> {
        let (mut start, first) = begin(source)?;
        // A frame that announces others has no sound.
        if announced_frames(source, start, &first)?.is_some() {
            start += first.length;
        }
        let Frame { version, is_mono, rate, samples, .. } = first;
        Ok(Self { rate, is_mono, samples, version, start })
    }

    /// One after the other: which, where, how long. It ends where there is no frame, but for a little of something else between two.
    pub fn walk<R: Read + Seek>(
        &self,
        source: &mut Source<R>,
        mut visit: impl FnMut(&mut Source<R>, u64, u64, u64) -> Result<ControlFlow<()>, Fault>,
    ) -> Result<(), Fault> {
        let (mut at, mut number, mut strange) = (self.start, 0, 0);
        while at < source.length() {
            source.step()?;
            match Frame::read(source, at) {
                Ok(frame) if (frame.version, frame.rate) == (self.version, self.rate) => {
                    if at + frame.length > source.length()
                        || visit(source, number, at, frame.length)?.is_break()
                    {
                        return Ok(());
                    }
                    (number, at, strange) = (number + 1, at + frame.length, 0);
                }
                Ok(_) | Err(Fault::Malformed(_)) if strange < limits::MP3_GAP_BYTES => {
                    (at, strange) = (at + 1, strange + 1);
                }
                Ok(_) | Err(Fault::Malformed(_)) => return Ok(()),
                Err(fault) => return Err(fault),
            }
        }
        Ok(())
    }
}

/// Where the first frame is, and that others follow it.
fn begin<R: Read + Seek>(source: &mut Source<R>) -> Result<(u64, Frame), Fault> {
    let start = after_id3(source)?;
    let first = Frame::read(source, start)?;
    let mut at = start + first.length;
    // The last frame may be cut, and an old tag may follow it.
    const FRAMES: u64 = 4;
    for index in 1..FRAMES {
        if at >= source.length() && index > 1 {
            break;
        }
        let frame = Frame::read(source, at)?;
        if (frame.version, frame.rate) != (first.version, first.rate) {
            return Err(Fault::Malformed("its parts do not belong together"));
        }
        at += frame.length;
    }
    Ok((start, first))
}

/// ID3v2.4 §3.1: `ID3`, version, flags, and a length of seven bits a byte.
fn after_id3<R: Read + Seek>(source: &mut Source<R>) -> Result<u64, Fault> {
    if !source.has(0, b"ID3")? {
        return Ok(0);
    }
    let header: [u8; 10] = source.array(0)?;
    if header[3] == 0xFF || header[6..10].iter().any(|byte| byte & 0x80 != 0) {
        return Err(Fault::Malformed("its tag is damaged"));
    }
    let length = header[6..10].iter().fold(0, |sum, byte| sum << 7 | u64::from(*byte));
    let footer = if header[5] & 0x10 != 0 { 10 } else { 0 };
    Ok(10 + length + footer)
}

struct Frame {
    version: u8,
    is_mono: bool,
    rate: u64,
    samples: u64,
    length: u64,
}

impl Frame {
    fn read<R: Read + Seek>(source: &mut Source<R>, at: u64) -> Result<Self, Fault> {
        const KBPS_1: [u64; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
        const KBPS_2: [u64; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
        const RATES: [u64; 3] = [44_100, 48_000, 32_000];
        let header: [u8; 4] = source.array(at)?;
        let (version, layer) = (header[1] >> 3 & 3, header[1] >> 1 & 3);
        let (bitrate, rate) = (usize::from(header[2] >> 4), usize::from(header[2] >> 2 & 3));
        let is_frame = header[0] == 0xFF && header[1] & 0xE0 == 0xE0;
        if !is_frame || version == 1 || layer != 1 || !(1..15).contains(&bitrate) || rate == 3 {
            return Err(Fault::Malformed("it is no MP3"));
        }
        let is_first_version = version == 3;
        let rate = RATES[rate] / [4, 1, 2, 1][usize::from(version)];
        let kbps = if is_first_version { KBPS_1[bitrate] } else { KBPS_2[bitrate] };
        let samples = if is_first_version { 1152 } else { 576 };
        let padding = u64::from(header[2] >> 1 & 1);
        Ok(Frame {
            version,
            is_mono: header[3] >> 6 == 3,
            rate,
            samples,
            length: samples / 8 * kbps * 1000 / rate + padding,
        })
    }
}

/// The number of frames, where the first one announces it (Xing and Info).
fn announced_frames<R: Read + Seek>(
    source: &mut Source<R>,
    start: u64,
    first: &Frame,
) -> Result<Option<u32>, Fault> {
    let side = match (first.version == 3, first.is_mono) {
        (true, false) => 32,
        (true, true) | (false, false) => 17,
        (false, true) => 9,
    };
    let at = start + 4 + side;
    if !source.has(at, b"Xing")? && !source.has(at, b"Info")? {
        return Ok(None);
    }
    if source.be32(at + 4)? & 1 == 0 { Ok(None) } else { source.be32(at + 8).map(Some) }
}
