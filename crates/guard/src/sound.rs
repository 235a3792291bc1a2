//! From a recording's bytes to samples: the only thing about it that ever reaches a loudspeaker. Voice messages are Opus; `music` has
//! sound files, where the feature of that name is on. Decoded in Rust, in a process or Worker of its own that can be killed, a piece at a time, so that memory is flat
//! whatever the length.

#[cfg(feature = "music")]
mod music;
#[cfg(feature = "music")]
mod resample;

use std::io::{Read, Seek};
use std::ops::ControlFlow;

use ropus::{Channels, DecodeMode, Decoder};

use crate::format::ogg::{Opus, packet_samples};
use crate::source::Source;
use crate::{Fault, MediaType, Refused, limits, stretch};

/// Samples a second of everything here: what Opus thinks in.
pub const RATE: u32 = 48_000;

/// A piece of a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Sound {
    /// Samples from -1 to 1, all of the first channel, then all of the second.
    pub samples: Vec<f32>,
    /// 1 or 2.
    pub channels: u8,
    /// Of the whole recording.
    pub total_ms: u64,
}

/// Decodes `length_ms` from `from_ms` on, both by the recording's own clock, and lets it run at `speed_percent` (50 to
/// 300) of its speed without changing its pitch. After the end there are no samples.
///
/// # Errors
/// [`Refused`], in a person's words. A broken packet is silence, not an error.
pub fn decode(
    reader: impl Read + Seek,
    from_ms: u64,
    length_ms: u64,
    speed_percent: u16,
) -> Result<Sound, Refused> {
    let mut source = Source::new(reader).map_err(|error| Refused::Read { why: error.to_string() })?;
    let (planes, total_ms) = planes(&mut source, from_ms, length_ms)?;
    let speed = f64::from(speed_percent.clamp(50, 300)) / 100.0;
    let planes = if speed == 1.0 { planes } else { stretch::stretch(&planes, speed) };
    Ok(Sound { samples: planes.concat(), channels: planes.len() as u8, total_ms })
}

/// Each channel's samples, and how long the whole is.
fn planes<R: Read + Seek>(
    source: &mut Source<R>,
    from_ms: u64,
    length_ms: u64,
) -> Result<(Vec<Vec<f32>>, u64), Refused> {
    #[cfg(feature = "music")]
    if !source.has(0, b"OggS").unwrap_or(true) {
        let kind = music::kind(source).map_err(|fault| Refused::of(fault, MediaType::Wav))?;
        return music::piece(source, from_ms, length_ms).map_err(|fault| Refused::of(fault, kind));
    }
    let refuse = |fault| Refused::of(fault, MediaType::OggOpus);
    let opus = Opus::walk(source).map_err(refuse)?;
    source.forget_steps();
    piece(source, &opus, from_ms, length_ms).map_err(refuse)
}

/// RFC 6716 §2: a packet holds at most 120 ms.
const LONGEST: usize = RATE as usize * 120 / 1000;
/// RFC 7845 §4.2: decoding begins this early, so that the decoder is in tune where one listens.
const PRE_ROLL: u64 = 3_840;

fn piece<R: Read + Seek>(
    source: &mut Source<R>,
    opus: &Opus,
    from_ms: u64,
    length_ms: u64,
) -> Result<(Vec<Vec<f32>>, u64), Fault> {
    let layout = if opus.channels == 2 { Channels::Stereo } else { Channels::Mono };
    let channels = layout.count();
    let mut decoder =
        Decoder::new(RATE, layout).map_err(|_| Fault::TooMuch("there is no decoder for it here"))?;
    let per_ms = u64::from(RATE) / 1000;
    let ends = opus.pre_skip.saturating_add(opus.samples);
    let from = opus.pre_skip.saturating_add(from_ms.saturating_mul(per_ms)).min(ends);
    let to = from.saturating_add(length_ms.min(limits::SOUND_PIECE_MS) * per_ms).min(ends);
    let gain = gain(opus.gain);
    let mut planes = vec![Vec::new(); channels];
    let mut pcm = vec![0f32; LONGEST * channels];
    let mut at = 0u64;
    opus.packets(
        source,
        |_| true,
        |_, packet| {
            let expected = packet_samples(packet).min(LONGEST as u64);
            let after = at + expected;
            if expected > 0 && after + PRE_ROLL > from {
                let decoded = decoder.decode_float(packet, &mut pcm, DecodeMode::Normal).unwrap_or(0);
                pcm[(decoded * channels).min(LONGEST * channels)..].fill(0.0);
                let first = from.saturating_sub(at).min(expected) as usize;
                let last = to.saturating_sub(at).min(expected) as usize;
                for frame in pcm.chunks_exact(channels).take(last).skip(first) {
                    for (plane, sample) in planes.iter_mut().zip(frame) {
                        let sample = sample * gain;
                        plane.push(if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 });
                    }
                }
            }
            at = after;
            if at >= to { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    )?;
    Ok((planes, opus.samples / per_ms))
}

/// RFC 7845 §5.1: in 256ths of a decibel. More than 12 dB either way is nobody's wish to be understood.
fn gain(q8: i16) -> f32 {
    let decibels = (f32::from(q8) / 256.0).clamp(-12.0, 12.0);
    10f32.powf(decibels / 20.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    const VOICE: &[u8] = include_bytes!("../fixtures/voice.opus");

    fn sound(from_ms: u64, length_ms: u64, speed: u16) -> Sound {
        decode(Cursor::new(VOICE), from_ms, length_ms, speed).unwrap()
    }

    #[test]
    fn a_recording_comes_out_whole_or_in_pieces_that_fit() {
        let whole = sound(0, 60_000, 100);
        assert!(whole.total_ms > 500 && whole.channels == 1, "{} ms", whole.total_ms);
        assert_eq!(whole.samples.len() as u64 / 48, whole.total_ms);
        let loudest = whole.samples.iter().fold(0f32, |most, sample| most.max(sample.abs()));
        assert!(loudest > 0.01 && loudest <= 1.0, "{loudest}");
        let later = sound(300, 100, 100);
        assert_eq!(later.samples.len(), 4_800);
        // The decoder came in late, so it is alike and not the same.
        let same = &whole.samples[300 * 48..400 * 48];
        let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let energies = product(same, same) * product(&later.samples, &later.samples);
        let likeness = product(&later.samples, same) / energies.sqrt();
        assert!(likeness > 0.9, "{likeness}");
        assert!(sound(whole.total_ms + 1, 1_000, 100).samples.is_empty());
        assert!(sound(u64::MAX, u64::MAX, 100).samples.is_empty());
    }

    #[test]
    fn faster_is_shorter() {
        let whole = sound(0, 60_000, 100).samples.len() as f64;
        for speed in [150u16, 200] {
            let ratio = whole / sound(0, 60_000, speed).samples.len() as f64;
            assert!((ratio - f64::from(speed) / 100.0).abs() < 0.15, "{ratio}");
        }
    }

    #[test]
    fn what_is_no_voice_message_is_said() {
        for bytes in [&b"plain words"[..], b"", b"OggS", include_bytes!("../fixtures/music.ogg")] {
            assert!(decode(Cursor::new(bytes), 0, 1_000, 100).is_err());
        }
        for end in (0..VOICE.len()).step_by(97) {
            let _ = decode(Cursor::new(&VOICE[..end]), 0, 60_000, 200);
        }
    }

    #[test]
    fn gain_is_bounded() {
        assert_eq!(gain(0), 1.0);
        assert!(gain(i16::MAX) < 4.0 && gain(i16::MIN) > 0.25);
    }
}
