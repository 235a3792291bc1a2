//! WAV and FLAC: recognised, with their length. They are sent as documents.

use crate::inspect::Found;
use crate::source::Source;
use crate::{Fault, MediaType};
use std::io::{Read, Seek};

/// RIFF chunks `fmt ` and `data`.
pub(crate) fn inspect_wav<R: Read + Seek>(source: &mut Source<R>) -> Result<Found, Fault> {
    if !source.has(0, b"RIFF")? || !source.has(8, b"WAVE")? {
        return Err(Fault::Malformed("it does not begin as a WAV"));
    }
    let mut bytes_per_second = 0;
    let mut data = None;
    let mut at = 12;
    while at + 8 <= source.length() {
        source.step()?;
        let name: [u8; 4] = source.array(at)?;
        let length = u64::from(source.le32(at + 4)?);
        let body = at + 8;
        match &name {
            b"fmt " if length >= 16 => {
                let (channels, rate) = (source.le16(body + 2)?, source.le32(body + 4)?);
                bytes_per_second = u64::from(source.le32(body + 8)?);
                if channels == 0 || rate == 0 || bytes_per_second == 0 {
                    return Err(Fault::Malformed("its header is damaged"));
                }
            }
            b"data" if bytes_per_second > 0 => {
                // Recorders that were cut off leave 0 or all ones.
                data = Some(length.min(source.length() - body));
                break;
            }
            _ => {}
        }
        at = body + length + length % 2;
    }
    let data = data.ok_or(Fault::Malformed("it holds no sound"))?;
    Ok(Found {
        media_type: Some(MediaType::Wav),
        duration_ms: Some(data * 1000 / bytes_per_second),
        ..Found::default()
    })
}

/// RFC 9639 §8: `fLaC`, metadata blocks of which the first is STREAMINFO, then frames.
pub(crate) fn inspect_flac<R: Read + Seek>(source: &mut Source<R>) -> Result<Found, Fault> {
    if !source.has(0, b"fLaC")? {
        return Err(Fault::Malformed("it does not begin as a FLAC"));
    }
    let mut at = 4;
    loop {
        source.step()?;
        let header = source.be32(at)?;
        let (is_last, kind, length) = (header >> 31 == 1, header >> 24 & 0x7F, u64::from(header & 0xFF_FFFF));
        if (at == 4) != (kind == 0) || (kind == 0 && length != 34) || kind == 127 {
            return Err(Fault::Malformed("its header is damaged"));
        }
        at += 4 + length;
        if is_last {
            break;
        }
    }
    // Fourteen ones begin a frame.
    if source.be16(at)? & 0xFFFC != 0xFFF8 {
        return Err(Fault::Malformed("it holds no sound"));
    }
    // 20 bits of rate, 3 of channels, 5 of depth, 36 of samples.
    let packed = source.be64(8 + 10)?;
    let (rate, samples) = (packed >> 44, packed & 0xF_FFFF_FFFF);
    if rate == 0 {
        return Err(Fault::Malformed("its header is damaged"));
    }
    let duration_ms = (samples > 0).then_some(samples * 1000 / rate);
    Ok(Found { media_type: Some(MediaType::Flac), duration_ms, ..Found::default() })
}
