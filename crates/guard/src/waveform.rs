//! The picture of a voice message: how loud it is, in up to a hundred steps.
//!
//! Packets are decoded at 8 kHz, where speech has its energy, and each step is the root mean square of its samples.
//! A recording of more than [`limits::WAVEFORM_PACKETS`] packets is sampled: from each step as many packets as fit,
//! with two before them to bring the decoder into tune. So the time is bounded, whatever the length: 0.4 s at 65 µs
//! a packet, measured on a busy machine with a build for development.

use crate::limits;
use ropus::{Channels, DecodeMode, Decoder};

/// Collects levels from packets.
pub(crate) struct Waveform {
    decoder: Decoder,
    channels: usize,
    packets: u64,
    /// Sum of squares and number of samples of each step.
    steps: Vec<(f64, u64)>,
    pcm: Vec<i16>,
}

const RATE: u32 = 8000;
/// RFC 6716 §2: a packet holds at most 120 ms.
const LONGEST: usize = RATE as usize * 120 / 1000;
/// Packets decoded and not counted, after a gap.
const WARM_UP: u64 = 2;

impl Waveform {
    /// For a recording of that many packets. None where there is no decoder for it.
    pub fn new(channels: u8, packets: u64) -> Option<Self> {
        let layout = if channels == 2 { Channels::Stereo } else { Channels::Mono };
        let decoder = Decoder::new(RATE, layout).ok()?;
        let steps = packets.min(limits::WAVEFORM_LEVELS as u64) as usize;
        let channels = layout.count();
        Some(Self {
            decoder,
            channels,
            packets,
            steps: vec![(0.0, 0); steps],
            pcm: vec![0; LONGEST * channels],
        })
    }

    /// Is this packet to be decoded?
    pub fn wants(&self, index: u64) -> bool {
        if self.packets <= limits::WAVEFORM_PACKETS {
            return index < self.packets;
        }
        self.position(index) < limits::WAVEFORM_PACKETS / self.steps.len() as u64
    }

    /// Decodes a packet. A broken one counts as silence.
    pub fn packet(&mut self, index: u64, packet: &[u8]) {
        let decoded = self.decoder.decode(packet, &mut self.pcm, DecodeMode::Normal).unwrap_or(0);
        if self.packets > limits::WAVEFORM_PACKETS && self.position(index) < WARM_UP {
            return;
        }
        let samples = &self.pcm[..(decoded * self.channels).min(self.pcm.len())];
        let energy: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
        let step = self.step(index);
        if let Some((sum, count)) = self.steps.get_mut(step) {
            *sum += energy;
            *count += samples.len() as u64;
        }
    }

    /// The levels, relative to the loudest: the eye compares parts of a message, not messages. The square root lifts
    /// quiet speech into view. Under a thousandth of full scale all is silence.
    pub fn levels(self) -> Vec<u8> {
        let level = |(sum, count): &(f64, u64)| if *count == 0 { 0.0 } else { (sum / *count as f64).sqrt() };
        let levels: Vec<f64> = self.steps.iter().map(level).collect();
        let loudest = levels.iter().copied().fold(f64::from(i16::MAX) / 1000.0, f64::max);
        levels.iter().map(|level| ((level / loudest).sqrt() * 255.0).round() as u8).collect()
    }

    fn step(&self, index: u64) -> usize {
        (u128::from(index) * self.steps.len() as u128 / u128::from(self.packets.max(1))) as usize
    }

    /// How many packets of the same step come before this one.
    fn position(&self, index: u64) -> u64 {
        let steps = self.steps.len() as u128;
        let first = (self.step(index) as u128 * u128::from(self.packets)).div_ceil(steps.max(1));
        index.saturating_sub(first as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The decoder is ours only by trust: every mode and size that a packet can claim, and garbage inside.
    #[test]
    fn no_packet_breaks_the_decoder() {
        let mut state = 1u64;
        let mut random = |bound: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % bound
        };
        for round in 0..40 {
            let packets = 256;
            let mut waveform = Waveform::new(1 + (round % 2) as u8, packets).unwrap();
            for index in 0..packets {
                let length = 1 + random([4, 60, 400, 1500][round as usize % 4]);
                let mut packet: Vec<u8> = (0..length).map(|_| random(256) as u8).collect();
                packet[0] = if round < 20 { index as u8 } else { packet[0] & 0xF8 };
                waveform.packet(index, &packet);
            }
            assert_eq!(waveform.levels().len(), limits::WAVEFORM_LEVELS);
        }
    }

    #[test]
    fn a_long_recording_is_sampled_evenly() {
        let packets = 1_000_003;
        let waveform = Waveform::new(1, packets).unwrap();
        let mut of_step = [0u64; limits::WAVEFORM_LEVELS];
        for index in (0..packets).filter(|index| waveform.wants(*index)) {
            of_step[waveform.step(index)] += 1;
        }
        assert!(of_step.iter().all(|count| *count == limits::WAVEFORM_PACKETS / 100), "{of_step:?}");
    }

    #[test]
    fn short_recordings_have_a_level_for_each_packet() {
        for packets in [0, 1, 2, 99, 100] {
            let mut waveform = Waveform::new(1, packets).unwrap();
            for index in 0..packets {
                assert!(waveform.wants(index));
                waveform.packet(index, &[]);
            }
            assert_eq!(waveform.levels().len() as u64, packets);
        }
    }
}
