//! From what a member sends as sound to what a program can say of it: that it could be decoded, and the pitch of a tone.
//!
//! What members send is decoded in a process of its own without keys, files and network ([`serve`]), like everything
//! else that is decoded. Its parent writes packets, and asks what is heard:
//!
//! ```text
//! length 2 | ear 4 | packet            a packet for an ear; the first for it makes it
//! 0xffff   | ear 4                     asks it; answered with eight bytes, a frequency in Hz or 0
//! ```

use std::collections::{BTreeMap, VecDeque};
use std::io::{Read, Write};

use ropus::{Channels, DecodeMode, Decoder};

use crate::sent::RATE;

/// What is measured at a time: a fifth of a second. Longer is more exact, and takes longer to notice a change.
const MEASURED: usize = 9_600;

/// RFC 6716 §2: a packet holds at most 120 ms.
const LONGEST: usize = RATE as usize * 120 / 1_000;

/// Quieter is silence.
const LEAST: f64 = 100.0;

/// Pitches that are looked for, in Hz.
const LOWEST: f64 = 60.0;
const HIGHEST: f64 = 3_000.0;

/// What could not be decoded. It is silence, and nothing else comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no Opus")]
pub struct NotOpus;

/// Largest packet of sound that is listened to.
pub const PACKET_BYTES: usize = 1_500;

/// Ears at once. More is more memory in the process that listens.
pub const EARS: usize = 16;

/// A length that asks.
const ASKED: u16 = u16::MAX;

/// A packet for an ear as [`serve`] reads it; `None` where it is too large to be one.
pub fn packet_for(ear: u32, packet: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(packet.len()).ok().filter(|_| packet.len() <= PACKET_BYTES)?;
    Some([&length.to_be_bytes()[..], &ear.to_be_bytes(), packet].concat())
}

/// A question to [`serve`] about an ear.
pub fn question_for(ear: u32) -> Vec<u8> {
    [&ASKED.to_be_bytes()[..], &ear.to_be_bytes()].concat()
}

/// What [`serve`] answers, read.
pub fn answered(answer: [u8; 8]) -> Option<f64> {
    let hz = f64::from_be_bytes(answer);
    (hz.is_finite() && hz > 0.0).then_some(hz)
}

/// The whole life of a process that listens: until its input ends, or says what is nothing.
pub fn serve(mut input: impl Read, mut output: impl Write) -> std::io::Result<()> {
    let mut ears: BTreeMap<u32, Ear> = BTreeMap::new();
    let mut head = [0; 6];
    let mut packet = [0; PACKET_BYTES];
    while input.read_exact(&mut head).is_ok() {
        let [a, b, ear @ ..] = head;
        let (length, ear) = (u16::from_be_bytes([a, b]), u32::from_be_bytes(ear));
        if length == ASKED {
            let hz = ears.get(&ear).and_then(Ear::frequency_hz).unwrap_or(0.0);
            output.write_all(&hz.to_be_bytes())?;
            output.flush()?;
            continue;
        }
        let Some(packet) = packet.get_mut(..usize::from(length)) else { break };
        input.read_exact(packet)?;
        if ears.len() >= EARS && !ears.contains_key(&ear) {
            ears.pop_first();
        }
        let mut listening = match ears.remove(&ear).map_or_else(Ear::new, Ok) {
            Ok(listening) => listening,
            Err(NotOpus) => continue,
        };
        // What is no Opus is silence.
        let _ = listening.hear(packet);
        ears.insert(ear, listening);
    }
    Ok(())
}

/// Listens to one sender.
pub struct Ear {
    decoder: Decoder,
    heard: VecDeque<i16>,
}

impl Ear {
    /// One that has heard nothing.
    pub fn new() -> Result<Self, NotOpus> {
        let decoder = Decoder::new(RATE, Channels::Mono).map_err(|_| NotOpus)?;
        Ok(Self { decoder, heard: VecDeque::with_capacity(MEASURED) })
    }

    /// Decodes a packet.
    pub fn hear(&mut self, packet: &[u8]) -> Result<(), NotOpus> {
        let mut pcm = [0; LONGEST];
        if packet.is_empty() {
            return Err(NotOpus);
        }
        let count = self.decoder.decode(packet, &mut pcm, DecodeMode::Normal).map_err(|_| NotOpus)?;
        self.heard.extend(&pcm[..count.min(LONGEST)]);
        let over = self.heard.len().saturating_sub(MEASURED);
        self.heard.drain(..over);
        Ok(())
    }

    /// The pitch of what was heard last, where that is mostly one tone.
    pub fn frequency_hz(&self) -> Option<f64> {
        if self.heard.len() < MEASURED {
            return None;
        }
        // A Hann window, so that a tone between two pitches that are tried is found as well.
        let count = MEASURED as f64;
        let windowed: Vec<f64> = (0u32..)
            .zip(&self.heard)
            .map(|(at, sample)| {
                let phase = std::f64::consts::TAU * f64::from(at) / count;
                f64::from(*sample) * (0.5 - 0.5 * phase.cos())
            })
            .collect();
        let energy: f64 = self.heard.iter().map(|sample| f64::from(*sample).powi(2)).sum();
        if energy / count < LEAST * LEAST {
            return None;
        }
        let coarse = strongest(&windowed, LOWEST, HIGHEST, 4.0)?;
        let fine = strongest(&windowed, coarse.0 - 4.0, coarse.0 + 4.0, 0.25)?;
        // A sine of amplitude a has the energy a² / 2 a sample, and a quarter of a × count at its own pitch.
        let amplitude = fine.1.sqrt() * 4.0 / count;
        (amplitude.powi(2) / 2.0 * count > energy / 2.0).then_some(fine.0)
    }
}

/// The strongest pitch of a range, with its power.
fn strongest(samples: &[f64], from: f64, to: f64, step: f64) -> Option<(f64, f64)> {
    let steps = ((to - from) / step).round() as u32;
    let all = (0..=steps).map(|at| from + f64::from(at) * step).map(|hz| (hz, power(samples, hz)));
    all.max_by(|one, other| one.1.total_cmp(&other.1))
}

/// Goertzel: the power at one pitch.
fn power(samples: &[f64], hz: f64) -> f64 {
    let turn = 2.0 * (std::f64::consts::TAU * hz / f64::from(RATE)).cos();
    let (mut one, mut two) = (0.0, 0.0);
    for sample in samples {
        (one, two) = (sample + turn * one - two, one);
    }
    one * one + two * two - turn * one * two
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ear_of(samples: impl Iterator<Item = f64>) -> Ear {
        let mut ear = Ear::new().unwrap();
        ear.heard.extend(samples.take(MEASURED).map(|sample| (sample * 10_000.0) as i16));
        ear
    }

    fn sine(hz: f64) -> impl Iterator<Item = f64> {
        (0u32..).map(move |at| (f64::from(at) * hz * std::f64::consts::TAU / f64::from(RATE)).sin())
    }

    #[test]
    fn one_tone_is_found_and_two_noise_or_silence_are_none() {
        for hz in [80.0, 441.3, 997.0, 2_500.0] {
            let found = ear_of(sine(hz)).frequency_hz().unwrap();
            assert!((found - hz).abs() < 0.5, "{found} instead of {hz}");
        }
        let mixed = sine(440.0).zip(sine(660.0)).zip(sine(1_234.0)).map(|((a, b), c)| (a + b + c) / 3.0);
        assert_eq!(ear_of(mixed).frequency_hz(), None);
        let mut state = 1u32;
        let noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 16) / 32_768.0 - 1.0
        });
        assert_eq!(ear_of(noise).frequency_hz(), None);
        assert_eq!(ear_of(std::iter::repeat(0.0)).frequency_hz(), None);
        assert_eq!(Ear::new().unwrap().frequency_hz(), None);
    }

    #[test]
    fn a_process_that_listens_tells_senders_apart_and_ends_where_nothing_makes_sense() {
        let mut said = Vec::new();
        for (ear, hz) in [(1, 440.0), (2, 1_000.0)] {
            let mut sent = crate::sent::Sent::tone(Some(hz)).unwrap();
            for _ in 0..30 {
                said.extend(packet_for(ear, &sent.next_sound().unwrap().data).unwrap());
                said.extend(packet_for(3, b"no Opus at all").unwrap());
            }
        }
        for ear in [1, 2, 3, 4] {
            said.extend(question_for(ear));
        }
        // Longer than a packet may be: it stops there.
        said.extend([0xff, 0xfe, 0, 0, 0, 1]);
        said.extend(question_for(1));
        let mut answers = Vec::new();
        serve(&said[..], &mut answers).unwrap();
        let answers: Vec<_> = answers.as_chunks::<8>().0.iter().map(|answer| answered(*answer)).collect();
        assert_eq!(answers.len(), 4);
        assert!((answers[0].unwrap() - 440.0).abs() < 2.0 && (answers[1].unwrap() - 1_000.0).abs() < 2.0);
        assert_eq!(answers[2..], [None, None]);
        assert_eq!(packet_for(1, &[0; PACKET_BYTES + 1]), None);
        assert_eq!(answered(f64::NAN.to_be_bytes()), None);
    }

    #[test]
    fn what_is_no_opus_is_silence() {
        let mut ear = Ear::new().unwrap();
        assert_eq!(ear.hear(&[]), Err(NotOpus));
        let mut state = 7u32;
        for len in 1..2_000usize {
            let packet: Vec<u8> = (0..len % 1_300)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (state >> 24) as u8
                })
                .collect();
            let _ = ear.hear(&packet);
            assert!(ear.heard.len() <= MEASURED);
        }
    }
}
