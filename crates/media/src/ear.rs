//! From what a member sends as sound to what is heard of it: a voice among others, 20 ms at a time, and the pitch of a tone
//! where a program only measures.
//!
//! What members send is decoded in a process of its own without keys, files and network ([`serve`]), like everything
//! else that is decoded. Its parent writes packets in the order in which they are to be heard, and asks:
//!
//! ```text
//! length 2 | ear 4 | packet            a packet for an ear; the first for it makes it
//! length + 0x8000 2 | ear 4 | packet   the packet before it did not come: its rougher copy in this one is heard instead
//! 0xfffe | ear 4                       a packet did not come: it is guessed
//! 0xfffd | 0 4                         asks for 20 ms of all ears together; answered with 1 and 960 samples, as in `pcm`
//! 0xffff | ear 4                       asks an ear for a tone; answered with 0 and eight bytes, its frequency in Hz or 0
//! ```

use std::collections::{BTreeMap, VecDeque};
use std::io::{Read, Write};

use ropus::{Channels, DecodeMode, Decoder};

use crate::pcm::{self, FRAME_BYTES};
use crate::sent::{RATE, SOUND_SAMPLES};

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

/// What no process that listens answers: it is to be ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no answer")]
pub struct NoAnswer;

/// Largest packet of sound that is listened to.
pub const PACKET_BYTES: usize = 1_500;

/// Ears at once. More is more memory in the process that listens.
pub const EARS: usize = 16;

/// Lengths that are none.
const ASKED: u16 = u16::MAX;
const MISSED: u16 = u16::MAX - 1;
const MIXED: u16 = u16::MAX - 2;

/// Added to a length: the copy of the packet before is meant.
const COPY: u16 = 0x8000;

/// What answers begin with.
const FREQUENCY: u8 = 0;
const SOUND: u8 = 1;

/// What [`serve`] answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// What an ear hears is mostly this tone.
    Frequency(Option<f64>),
    /// 20 ms of all, as `pcm` has them in bytes.
    Sound(Vec<u8>),
}

/// A packet for an ear as [`serve`] reads it; `None` where it is too large to be one.
pub fn packet_for(ear: u32, packet: &[u8]) -> Option<Vec<u8>> {
    message(0, ear, packet)
}

/// A packet before which another one was lost: of it the copy of that.
pub fn copy_for(ear: u32, packet: &[u8]) -> Option<Vec<u8>> {
    message(COPY, ear, packet)
}

/// For an ear that misses a packet.
pub fn missed_for(ear: u32) -> Vec<u8> {
    [&MISSED.to_be_bytes()[..], &ear.to_be_bytes()].concat()
}

/// Asks for the next 20 ms of all.
pub fn question_for_all() -> Vec<u8> {
    [&MIXED.to_be_bytes()[..], &[0; 4]].concat()
}

/// A question to [`serve`] about an ear.
pub fn question_for(ear: u32) -> Vec<u8> {
    [&ASKED.to_be_bytes()[..], &ear.to_be_bytes()].concat()
}

fn message(kind: u16, ear: u32, packet: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(packet.len()).ok().filter(|_| packet.len() <= PACKET_BYTES)?;
    Some([&(length | kind).to_be_bytes()[..], &ear.to_be_bytes(), packet].concat())
}

/// Takes the first answer out of what came of a process that listens; `None` where it did not come whole yet.
///
/// # Errors
/// Where it is none.
pub fn answer(came: &mut Vec<u8>) -> Result<Option<Answer>, NoAnswer> {
    let length = match came.first() {
        None => return Ok(None),
        Some(&FREQUENCY) => 8,
        Some(&SOUND) => FRAME_BYTES,
        Some(_) => return Err(NoAnswer),
    };
    let Some(said) = came.get(1..=length) else { return Ok(None) };
    let answer = match said.first_chunk::<8>() {
        Some(hz) if length == 8 => {
            let hz = f64::from_be_bytes(*hz);
            Answer::Frequency((hz.is_finite() && hz > 0.0).then_some(hz))
        }
        _ => Answer::Sound(said.to_vec()),
    };
    came.drain(..=length);
    Ok(Some(answer))
}

/// The whole life of a process that listens: until its input ends, or says what is nothing.
pub fn serve(mut input: impl Read, mut output: impl Write) -> std::io::Result<()> {
    let mut ears: BTreeMap<u32, Ear> = BTreeMap::new();
    let mut head = [0; 6];
    let mut packet = [0; PACKET_BYTES];
    while input.read_exact(&mut head).is_ok() {
        let [a, b, ear @ ..] = head;
        let (kind, ear) = (u16::from_be_bytes([a, b]), u32::from_be_bytes(ear));
        match kind {
            ASKED => {
                let hz = ears.get(&ear).and_then(Ear::frequency_hz).unwrap_or(0.0);
                output.write_all(&[&[FREQUENCY][..], &hz.to_be_bytes()].concat())?;
                output.flush()?;
                continue;
            }
            MIXED => {
                let voices: Vec<Vec<i16>> = ears.values_mut().map(Ear::taken).collect();
                let frame = pcm::mixed(voices.iter().map(Vec::as_slice));
                output.write_all(&[&[SOUND][..], &pcm::bytes(&frame)].concat())?;
                output.flush()?;
                continue;
            }
            MISSED => {
                if let Some(listening) = ears.get_mut(&ear) {
                    listening.miss();
                }
                continue;
            }
            _ => {}
        }
        let Some(packet) = packet.get_mut(..usize::from(kind & !COPY)) else { break };
        input.read_exact(packet)?;
        if ears.len() >= EARS && !ears.contains_key(&ear) {
            ears.pop_first();
        }
        let mut listening = match ears.remove(&ear).map_or_else(Ear::new, Ok) {
            Ok(listening) => listening,
            Err(NotOpus) => continue,
        };
        // What is no Opus is silence.
        let _ = if kind & COPY == 0 { listening.hear(packet) } else { listening.hear_copy(packet) };
        ears.insert(ear, listening);
    }
    Ok(())
}

/// Listens to one sender.
pub struct Ear {
    decoder: Decoder,
    /// What is measured.
    heard: VecDeque<i16>,
    /// What nobody took to hear it yet.
    fresh: VecDeque<i16>,
}

impl Ear {
    /// One that has heard nothing.
    pub fn new() -> Result<Self, NotOpus> {
        let decoder = Decoder::new(RATE, Channels::Mono).map_err(|_| NotOpus)?;
        Ok(Self { decoder, heard: VecDeque::with_capacity(MEASURED), fresh: VecDeque::new() })
    }

    /// Decodes a packet.
    pub fn hear(&mut self, packet: &[u8]) -> Result<(), NotOpus> {
        match packet {
            [] => Err(NotOpus),
            packet => self.decode(packet, LONGEST, DecodeMode::Normal),
        }
    }

    /// The packet before this one, by its copy.
    fn hear_copy(&mut self, packet: &[u8]) -> Result<(), NotOpus> {
        match packet {
            [] => Err(NotOpus),
            packet => self.decode(packet, SOUND_SAMPLES, DecodeMode::Fec),
        }
    }

    /// Goes on for 20 ms as it was.
    fn miss(&mut self) {
        // No packet is what the decoder takes for one that was lost. Where it cannot guess, that is silence.
        let _ = self.decode(&[], SOUND_SAMPLES, DecodeMode::Normal);
    }

    fn decode(&mut self, packet: &[u8], longest: usize, mode: DecodeMode) -> Result<(), NotOpus> {
        let mut pcm = [0; LONGEST];
        let count = self.decoder.decode(packet, &mut pcm[..longest], mode).map_err(|_| NotOpus)?;
        let came = &pcm[..count.min(longest)];
        keep(&mut self.heard, came, MEASURED);
        keep(&mut self.fresh, came, LONGEST);
        Ok(())
    }

    /// Up to 20 ms of what was decoded, each once.
    fn taken(&mut self) -> Vec<i16> {
        let count = self.fresh.len().min(SOUND_SAMPLES);
        self.fresh.drain(..count).collect()
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

/// Adds samples and leaves out the oldest.
fn keep(all: &mut VecDeque<i16>, came: &[i16], most: usize) {
    all.extend(came);
    let over = all.len().saturating_sub(most);
    all.drain(..over);
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
        said.extend([0x7f, 0xfe, 0, 0, 0, 1]);
        said.extend(question_for(1));
        let answers: Vec<_> = answers_to(&said)
            .into_iter()
            .map(|answer| match answer {
                Answer::Frequency(hz) => hz,
                Answer::Sound(_) => panic!("nobody asked for sound"),
            })
            .collect();
        assert_eq!(answers.len(), 4);
        assert!((answers[0].unwrap() - 440.0).abs() < 2.0 && (answers[1].unwrap() - 1_000.0).abs() < 2.0);
        assert_eq!(answers[2..], [None, None]);
        assert_eq!(packet_for(1, &[0; PACKET_BYTES + 1]), None);
        assert_eq!(copy_for(1, &[0; PACKET_BYTES + 1]), None);
    }

    /// All that a process which listens answers.
    fn answers_to(said: &[u8]) -> Vec<Answer> {
        let mut output = Vec::new();
        serve(said, &mut output).unwrap();
        let answers = std::iter::from_fn(|| answer(&mut output).unwrap()).collect();
        assert_eq!(output, [0; 0], "nothing but answers");
        answers
    }

    #[test]
    fn what_is_heard_is_everybody_together() {
        let (mut one, mut other) =
            (crate::sent::Sent::tone(Some(400.0)).unwrap(), crate::sent::Sent::tone(Some(1_500.0)).unwrap());
        let mut said = question_for_all();
        for turn in 0..100 {
            let next = one.next_sound().unwrap().data;
            // Of one of them a packet in ten is lost, and every second one of those has a copy in the next.
            match turn % 20 {
                9 => said.extend(missed_for(1)),
                18 => said.extend(copy_for(1, &one.next_sound().unwrap().data).unwrap()),
                _ => said.extend(packet_for(1, &next).unwrap()),
            }
            said.extend(packet_for(2, &other.next_sound().unwrap().data).unwrap());
            said.extend(question_for_all());
        }
        let answers = answers_to(&said);
        assert_eq!(answers.len(), 101);
        assert_eq!(answers[0], Answer::Sound(vec![0; FRAME_BYTES]), "nobody");
        let mut all = VecDeque::new();
        for answer in answers {
            let Answer::Sound(bytes) = answer else { panic!("nobody asked for a tone") };
            let samples: Vec<i16> = pcm::samples(&bytes).collect();
            keep(&mut all, &samples, 48_000);
        }
        let samples: Vec<f64> = all.iter().map(|sample| f64::from(*sample)).collect();
        let (low, high) = (power(&samples, 400.0).sqrt(), power(&samples, 1_500.0).sqrt());
        let between = power(&samples, 900.0).sqrt();
        assert!(low > 10.0 * between && high > 10.0 * between, "{low} {high} {between}");
        assert_eq!(all.len(), 48_000, "20 ms for each question");
    }

    #[test]
    fn an_answer_is_taken_whole_and_what_is_none_is_refused() {
        let mut came = vec![FREQUENCY];
        came.extend(440.0f64.to_be_bytes());
        came.extend([SOUND]);
        came.extend([7; FRAME_BYTES - 1]);
        assert_eq!(answer(&mut came), Ok(Some(Answer::Frequency(Some(440.0)))));
        assert_eq!((answer(&mut came), came.len()), (Ok(None), FRAME_BYTES));
        came.push(7);
        assert_eq!(answer(&mut came), Ok(Some(Answer::Sound(vec![7; FRAME_BYTES]))));
        assert_eq!(answer(&mut came), Ok(None));
        for odd in [f64::NAN, f64::INFINITY, -3.0, 0.0] {
            let mut came = [&[FREQUENCY][..], &odd.to_be_bytes()].concat();
            assert_eq!(answer(&mut came), Ok(Some(Answer::Frequency(None))));
        }
        assert_eq!(answer(&mut vec![2, 0, 0]), Err(NoAnswer));
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
            let _ = if len % 3 == 0 { ear.hear_copy(&packet) } else { ear.hear(&packet) };
            if len % 5 == 0 {
                ear.miss();
            }
            assert!(ear.heard.len() <= MEASURED && ear.fresh.len() <= LONGEST);
        }
    }
}
