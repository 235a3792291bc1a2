//! Sound files that are no voice messages: MP3, AAC in MP4, and WAV. Containers are read by ours; MP3 and AAC decoded by Symphonia's decoders,
//! in memory-safe Rust. A piece is found by walking the file's parts, and decoded from a little before it.

use std::io::{Read, Seek};
use std::ops::ControlFlow;

use symphonia_bundle_mp3::MpaDecoder;
use symphonia_codec_aac::AacDecoder;
use symphonia_core::codecs::audio::well_known::{CODEC_ID_AAC, CODEC_ID_MP3};
use symphonia_core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia_core::packet::PacketRef;
use symphonia_core::units::{Duration, Timestamp};

use super::RATE;
use super::resample::Resampler;
use crate::format::mp4::Movie;
use crate::format::mp4_rebuild::sound_setup;
use crate::format::mp4_samples::{Sample, Samples};
use crate::format::{mp3, sound::Wav};
use crate::source::Source;
use crate::{Fault, MediaType, limits};

/// Samples a second that sound files have.
const RATES: std::ops::RangeInclusive<u32> = 7_350..=192_000;

/// From a place on, both in milliseconds: the samples of each channel at [`RATE`], and how long the whole is.
pub(super) fn piece<R: Read + Seek>(
    source: &mut Source<R>,
    from_ms: u64,
    length_ms: u64,
) -> Result<(Vec<Vec<f32>>, u64), Fault> {
    let mut file = File::open(source)?;
    if !RATES.contains(&file.rate) {
        return Err(Fault::TooMuch("it has an unusual number of samples a second"));
    }
    let resampler = Resampler::new(file.rate);
    let per_ms = u64::from(RATE) / 1000;
    let ends = resampler.new_samples(file.samples);
    let from = from_ms.saturating_mul(per_ms).min(ends);
    let to = from.saturating_add(length_ms.min(limits::SOUND_PIECE_MS) * per_ms).min(ends);
    let (first, count) = resampler.needed(from, to);
    let old = file.piece(source, first, count)?;
    let planes = old.iter().map(|plane| {
        let mut new = resampler.resampled(plane, first, from, to);
        for sample in &mut new {
            *sample = if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 };
        }
        new
    });
    Ok((planes.collect(), ends / per_ms))
}

/// What its first bytes say that it is.
pub(super) fn kind<R: Read + Seek>(source: &mut Source<R>) -> Result<MediaType, Fault> {
    Ok(if source.has(0, b"RIFF")? {
        MediaType::Wav
    } else if source.has(4, b"ftyp")? {
        MediaType::M4a
    } else {
        MediaType::Mp3
    })
}

/// What is known of a file before anything of it is decoded.
struct File {
    rate: u32,
    /// 1 or 2.
    channels: usize,
    /// Of each channel.
    samples: u64,
    inside: Inside,
}

enum Inside {
    Mp3(mp3::Frames, Box<MpaDecoder>),
    Aac(Vec<Sample>, Box<AacDecoder>),
    Wav(Wav),
}

impl File {
    fn open<R: Read + Seek>(source: &mut Source<R>) -> Result<Self, Fault> {
        match kind(source)? {
            MediaType::Wav => Self::wav(source),
            MediaType::M4a => Self::aac(source),
            _ => Self::mp3(source),
        }
    }

    fn wav<R: Read + Seek>(source: &mut Source<R>) -> Result<Self, Fault> {
        let wav = Wav::read(source)?;
        if !wav.is_plain() {
            return Err(Fault::TooMuch("its sound is of a kind that is not played here"));
        }
        let channels = usize::from(wav.channels.min(2));
        Ok(Self { rate: wav.rate, channels, samples: wav.frames(), inside: Inside::Wav(wav) })
    }

    fn mp3<R: Read + Seek>(source: &mut Source<R>) -> Result<Self, Fault> {
        let frames = mp3::Frames::of(source)?;
        let mut count = 0;
        frames.walk(source, |_, _, _, _| {
            count += 1;
            Ok(ControlFlow::Continue(()))
        })?;
        source.forget_steps();
        let mut parameters = AudioCodecParameters::new();
        parameters.for_codec(CODEC_ID_MP3);
        let decoder = MpaDecoder::try_new(&parameters, &AudioDecoderOptions::default());
        let decoder = decoder.map_err(|_| Fault::TooMuch("there is no decoder for it here"))?;
        let (rate, samples) = (frames.rate as u32, count * frames.samples);
        let channels = if frames.is_mono { 1 } else { 2 };
        Ok(Self { rate, channels, samples, inside: Inside::Mp3(frames, Box::new(decoder)) })
    }

    fn aac<R: Read + Seek>(source: &mut Source<R>) -> Result<Self, Fault> {
        let movie = Movie::read(source)?;
        if movie.is_fragmented {
            return Err(Fault::TooMuch("it is in fragments, which are not played here"));
        }
        let track = movie.tracks.iter().find(|track| &track.handler == b"soun");
        let track = track.ok_or(Fault::Malformed("it holds no sound"))?;
        let setup = sound_setup(source, &track.samples)?;
        let samples = Samples::read(source, &track.samples, &movie.data, limits::VIDEO_SAMPLES)?;
        source.forget_steps();
        let mut parameters = AudioCodecParameters::new();
        parameters.for_codec(CODEC_ID_AAC).with_extra_data(specific(&setup)?.into());
        // It says itself what it does not decode: other profiles than the plain one, more than two channels.
        let decoder = AacDecoder::try_new(&parameters, &AudioDecoderOptions::default());
        let decoder =
            decoder.map_err(|_| Fault::TooMuch("its sound is of a kind that is not played here"))?;
        let known = decoder.codec_params();
        let channels = known.channels.as_ref().map_or(1, |channels| channels.count()).clamp(1, 2);
        let rate = known.sample_rate.unwrap_or(0);
        let count = samples.len() as u64 * u64::from(AAC_SAMPLES);
        Ok(Self { rate, channels, samples: count, inside: Inside::Aac(samples, Box::new(decoder)) })
    }

    /// So many samples of each channel from `first` on; fewer at the end. A broken packet is silence.
    fn piece<R: Read + Seek>(
        &mut self,
        source: &mut Source<R>,
        first: u64,
        count: usize,
    ) -> Result<Vec<Vec<f32>>, Fault> {
        let end = first.saturating_add(count as u64).min(self.samples);
        let mut taken = Taken { first, end, planes: vec![Vec::new(); self.channels] };
        match &mut self.inside {
            Inside::Wav(wav) => wav.samples(source, first, end, &mut taken.planes)?,
            Inside::Mp3(frames, decoder) => {
                let each = frames.samples;
                let mut packet = Vec::new();
                frames.walk(source, |source, number, offset, length| {
                    let at = number * each;
                    if at >= end {
                        return Ok(ControlFlow::Break(()));
                    }
                    if at + (MP3_EARLY + 1) * each > first {
                        packet.clear();
                        packet.extend_from_slice(source.bytes(offset, length as usize)?);
                        taken.put(at, each, &mut **decoder, &packet);
                    }
                    Ok(ControlFlow::Continue(()))
                })?;
            }
            Inside::Aac(samples, decoder) => {
                let each = u64::from(AAC_SAMPLES);
                let begins = (first / each).saturating_sub(AAC_EARLY);
                for (number, sample) in (0u64..).zip(samples.iter()).skip(begins as usize) {
                    let at = number * each;
                    if at >= end {
                        break;
                    }
                    // More is no packet (ISO/IEC 14496-3 §4.5.2.1: 6,144 bits a channel).
                    let length = if sample.size <= AAC_BYTES { sample.size } else { 0 };
                    let packet = source.bytes(sample.offset, length as usize)?;
                    taken.put(at, each, &mut **decoder, packet);
                }
            }
        }
        Ok(taken.planes)
    }
}

/// Frames before the first one that is heard that are decoded: bits of a frame may stand in up to nine before it.
const MP3_EARLY: u64 = 10;
/// The same of AAC, whose packets overlap by half.
const AAC_EARLY: u64 = 2;
/// Samples of a packet.
const AAC_SAMPLES: u32 = 1_024;
/// Bytes of one, of two channels, and room for what is not sound.
const AAC_BYTES: u32 = 8_192;

/// What was decoded of what is wanted.
struct Taken {
    first: u64,
    end: u64,
    planes: Vec<Vec<f32>>,
}

impl Taken {
    /// Decodes a packet whose samples begin at `at`, and keeps those that are wanted.
    fn put(&mut self, at: u64, each: u64, decoder: &mut dyn AudioDecoder, packet: &[u8]) {
        let mut decoded: Vec<Vec<f32>> = Vec::new();
        let packet = PacketRef::new(0, Timestamp::ZERO, Duration::ZERO, packet);
        if let Ok(sound) = decoder.decode_ref(&packet) {
            sound.copy_to_vecs_planar(&mut decoded);
        }
        let from = self.first.saturating_sub(at).min(each);
        let to = self.end.saturating_sub(at).min(each);
        for (number, plane) in self.planes.iter_mut().enumerate() {
            // One channel in the middle of two is heard on both sides.
            let sound = decoded.get(number).or(decoded.first());
            plane.extend(
                (from..to).map(|at| sound.and_then(|sound| sound.get(at as usize)).copied().unwrap_or(0.0)),
            );
        }
    }
}

/// ISO/IEC 14496-1 §7.2.6: what is in `esds` are descriptors in descriptors, each a tag and a length of seven bits a byte; in the
/// innermost is what the decoder needs.
fn specific(esds: &[u8]) -> Result<Vec<u8>, Fault> {
    const DAMAGED: Fault = Fault::Malformed("it does not say how its sound is decoded");
    const STREAM: u8 = 3;
    const CONFIG: u8 = 4;
    const SPECIFIC: u8 = 5;
    let mut rest = esds.get(4..).ok_or(DAMAGED)?;
    // Each is deeper than the one before, or behind one that is of no use.
    for _ in 0..16 {
        let (&tag, mut body) = rest.split_first().ok_or(DAMAGED)?;
        let mut length = 0usize;
        for _ in 0..4 {
            let (&byte, more) = body.split_first().ok_or(DAMAGED)?;
            (length, body) = (length << 7 | usize::from(byte & 0x7F), more);
            if byte & 0x80 == 0 {
                break;
            }
        }
        let (body, behind) = body.split_at_checked(length).ok_or(DAMAGED)?;
        let skipped = match tag {
            STREAM => {
                let flags = *body.get(2).ok_or(DAMAGED)?;
                // What it depends on, an address, a clock: each only where a flag says so.
                let address = 3 + if flags & 0x80 != 0 { 2 } else { 0 };
                let length = match flags & 0x40 {
                    0 => 0,
                    _ => 1 + usize::from(*body.get(address).ok_or(DAMAGED)?),
                };
                address + length + if flags & 0x20 != 0 { 2 } else { 0 }
            }
            CONFIG => 13,
            SPECIFIC => return Ok(body.to_vec()),
            _ => {
                rest = behind;
                continue;
            }
        };
        rest = body.get(skipped..).ok_or(DAMAGED)?;
    }
    Err(DAMAGED)
}

#[cfg(test)]
mod tests;
