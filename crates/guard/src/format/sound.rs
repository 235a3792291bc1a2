//! WAV and FLAC: recognised, with their length. They are sent as documents. A WAV's samples are numbers, which are read here.

use crate::inspect::Found;
use crate::source::Source;
use crate::{Fault, MediaType};
use std::io::{Read, Seek};

/// RIFF chunks `fmt ` and `data`.
pub(crate) fn inspect_wav<R: Read + Seek>(source: &mut Source<R>) -> Result<Found, Fault> {
    let wav = Wav::read(source)?;
    Ok(Found {
        media_type: Some(MediaType::Wav),
        duration_ms: Some(wav.data_bytes * 1000 / wav.bytes_per_second),
        ..Found::default()
    })
}

/// What a WAV holds.
pub(crate) struct Wav {
    /// 1: whole numbers; 3: fractions.
    coding: u16,
    pub channels: u16,
    pub rate: u32,
    bytes_per_second: u64,
    bits: u16,
    data: u64,
    data_bytes: u64,
}

impl Wav {
    pub fn read<R: Read + Seek>(source: &mut Source<R>) -> Result<Self, Fault> {
        if !source.has(0, b"RIFF")? || !source.has(8, b"WAVE")? {
            return Err(Fault::Malformed("it does not begin as a WAV"));
        }
        let mut wav = None;
        let mut at = 12;
        while at + 8 <= source.length() {
            source.step()?;
            let name: [u8; 4] = source.array(at)?;
            let length = u64::from(source.le32(at + 4)?);
            let body = at + 8;
            match &name {
                b"fmt " if length >= 16 => {
                    let (channels, rate) = (source.le16(body + 2)?, source.le32(body + 4)?);
                    let bytes_per_second = u64::from(source.le32(body + 8)?);
                    if channels == 0 || rate == 0 || bytes_per_second == 0 {
                        return Err(Fault::Malformed("its header is damaged"));
                    }
                    let coding = match source.le16(body)? {
                        // What it is stands further behind then.
                        0xFFFE if length >= 40 => source.le16(body + 24)?,
                        coding => coding,
                    };
                    let bits = source.le16(body + 14)?;
                    let (data, data_bytes) = (0, 0);
                    wav = Some(Wav { coding, channels, rate, bytes_per_second, bits, data, data_bytes });
                }
                b"data" if wav.is_some() => {
                    // Recorders that were cut off leave 0 or all ones.
                    let data_bytes = length.min(source.length() - body);
                    wav = wav.map(|wav| Wav { data: body, data_bytes, ..wav });
                    break;
                }
                _ => {}
            }
            at = body + length + length % 2;
        }
        wav.filter(|wav| wav.data > 0).ok_or(Fault::Malformed("it holds no sound"))
    }

    /// Numbers as they are, which need no decoder.
    pub fn is_plain(&self) -> bool {
        matches!((self.coding, self.bits), (1, 8 | 16 | 24 | 32) | (3, 32)) && self.channels <= 32
    }

    /// Samples of each channel.
    pub fn frames(&self) -> u64 {
        self.data_bytes / self.frame_bytes()
    }

    fn frame_bytes(&self) -> u64 {
        u64::from(self.channels) * u64::from(self.bits / 8).max(1)
    }

    /// Samples from `first` to `end`, which is not behind [`Self::frames`], of the first channels.
    pub fn samples<R: Read + Seek>(
        &self,
        source: &mut Source<R>,
        first: u64,
        end: u64,
        planes: &mut [Vec<f32>],
    ) -> Result<(), Fault> {
        let bytes = usize::from(self.bits / 8).max(1);
        for frame in first..end {
            let at = self.data + frame * self.frame_bytes();
            for (plane, at) in planes.iter_mut().zip((at..).step_by(bytes)) {
                // The upper bytes of 32 bits.
                let mut wide = [0; 4];
                wide[4 - bytes..].copy_from_slice(source.bytes(at, bytes)?);
                let whole = i32::from_le_bytes(wide);
                plane.push(match (self.coding, self.bits) {
                    (3, _) => f32::from_le_bytes(wide),
                    // Eight bits have no sign.
                    (_, 8) => (f32::from(wide[3]) - 128.0) / 128.0,
                    _ => whole as f32 / 2_147_483_648.0,
                });
            }
        }
        Ok(())
    }
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
