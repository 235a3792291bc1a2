//! Raw sound as the programs of a microphone and a loudspeaker write and read it: samples of 16 bits, the lower byte first,
//! 48,000 a second, one channel, without a word about themselves.

use std::collections::VecDeque;

use crate::sent::SOUND_SAMPLES;

/// 20 ms.
pub type Frame = [i16; SOUND_SAMPLES];

/// The same in bytes.
pub const FRAME_BYTES: usize = 2 * SOUND_SAMPLES;

/// 20 ms of nothing.
pub const SILENCE: Frame = [0; SOUND_SAMPLES];

/// Frames that wait to be sent. More is heard later, fewer leave gaps where the program stops for a moment.
const WAITING: usize = 5;

/// So many have to be there at first, and after there were none: a program writes a little sooner, a little later.
const BEGINS: usize = 2;

/// What a program recorded and nobody took yet.
#[derive(Default)]
pub struct Recorded {
    bytes: VecDeque<u8>,
    flows: bool,
}

impl Recorded {
    /// Bytes for which there is room. What does not fit is to stay where it is: whoever writes it then waits.
    pub fn room(&self) -> usize {
        (WAITING * FRAME_BYTES).saturating_sub(self.bytes.len())
    }

    /// What was read, which may end within a sample. Says how much of it was taken.
    pub fn take(&mut self, bytes: &[u8]) -> usize {
        let count = bytes.len().min(self.room());
        self.bytes.extend(&bytes[..count]);
        count
    }

    /// The next 20 ms.
    pub fn frame(&mut self) -> Option<Frame> {
        let waiting = self.bytes.len() / FRAME_BYTES;
        self.flows = waiting >= BEGINS || (self.flows && waiting > 0);
        if !self.flows {
            return None;
        }
        let bytes: Vec<u8> = self.bytes.drain(..FRAME_BYTES).collect();
        let mut frame = SILENCE;
        for (place, sample) in frame.iter_mut().zip(samples(&bytes)) {
            *place = sample;
        }
        Some(frame)
    }
}

/// Bytes as samples; half a sample at the end is none.
pub fn samples(bytes: &[u8]) -> impl Iterator<Item = i16> + '_ {
    bytes.as_chunks::<2>().0.iter().map(|sample| i16::from_le_bytes(*sample))
}

/// Samples as bytes.
pub fn bytes(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

/// Several voices at once; a shorter one is silent after its end. What would be louder than 16 bits can say is as loud as
/// they can.
pub fn mixed<'a>(voices: impl Iterator<Item = &'a [i16]>) -> Frame {
    let mut sums = [0i32; SOUND_SAMPLES];
    for voice in voices {
        for (sum, sample) in sums.iter_mut().zip(voice) {
            *sum = sum.saturating_add(i32::from(*sample));
        }
    }
    sums.map(|sum| sum.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Samples that differ from their neighbours, and whose two bytes differ.
    fn spoken(count: usize) -> Vec<i16> {
        (0..count).map(|at| (at as i16).wrapping_mul(257).wrapping_add(1)).collect()
    }

    #[test]
    fn what_is_read_in_pieces_of_any_size_is_the_same_sound() {
        let spoken = spoken(20 * SOUND_SAMPLES);
        let written = bytes(&spoken);
        for piece in [1, 3, 7, 1_919, 1_920, 1_921, 4_096] {
            let (mut recorded, mut heard, mut at) = (Recorded::default(), Vec::new(), 0);
            while at < written.len() {
                let end = (at + piece).min(written.len());
                at += recorded.take(&written[at..end]);
                if recorded.room() < piece {
                    heard.extend(recorded.frame().into_iter().flatten());
                }
            }
            heard.extend(std::iter::from_fn(|| recorded.frame()).flatten());
            assert_eq!(heard, spoken, "in pieces of {piece}");
        }
    }

    #[test]
    fn it_begins_with_two_frames_and_again_after_there_was_none() {
        let mut recorded = Recorded::default();
        let frame = bytes(&[5; SOUND_SAMPLES]);
        recorded.take(&frame);
        assert_eq!(recorded.frame(), None);
        recorded.take(&frame);
        assert_eq!(recorded.frame(), Some([5; SOUND_SAMPLES]));
        assert_eq!(recorded.frame(), Some([5; SOUND_SAMPLES]), "what is left is not kept back");
        assert_eq!(recorded.frame(), None);
        recorded.take(&frame);
        assert_eq!(recorded.frame(), None);
        // Half a sample is none.
        recorded.take(&frame[..FRAME_BYTES - 1]);
        assert_eq!(recorded.frame(), None);
        recorded.take(&frame[..1]);
        assert!(recorded.frame().is_some());
    }

    #[test]
    fn what_waits_has_an_end() {
        let mut recorded = Recorded::default();
        let much = vec![1; 100 * FRAME_BYTES];
        assert_eq!(recorded.take(&much), WAITING * FRAME_BYTES);
        assert_eq!((recorded.room(), recorded.take(&much)), (0, 0));
        assert_eq!(std::iter::from_fn(|| recorded.frame()).count(), WAITING);
    }

    #[test]
    fn voices_are_added_and_too_loud_is_as_loud_as_it_gets() {
        let frame = mixed([&[1, 2, 3][..], &[10, -20], &[i16::MAX; SOUND_SAMPLES + 9]].into_iter());
        assert_eq!(frame[..3], [i16::MAX, i16::MAX - 18, i16::MAX]);
        assert_eq!(frame[SOUND_SAMPLES - 1], i16::MAX);
        let low = [i16::MIN; SOUND_SAMPLES];
        assert_eq!(mixed([&low[..]; 16].into_iter()), low);
        assert_eq!(mixed(std::iter::empty()), SILENCE);
    }
}
