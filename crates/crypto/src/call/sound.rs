//! Packets of sound of one size, whatever the encoder makes: padding within the Opus packet (RFC 6716 §3.2.5), which every decoder
//! leaves out. Encoders that heed `cbr=1` make one size by themselves; some browsers' do not.

use std::collections::BTreeMap;

use super::Track;

/// Bytes of a packet: what 32 kbit/s are in 20 ms, and what an encoder with a varying rate needs for the same. The others are for
/// encoders that take more than they were told.
const SIZES: [usize; 4] = [80, 128, 200, 320];

/// Of an encoder whose packets vary.
const VARYING: usize = 1;

/// An Opus packet has no more frames (RFC 6716 §3.2.5: 120 ms of 2.5).
const FRAMES: u8 = 48;

/// In the byte behind the first one of a packet of code 3.
const PADDED: u8 = 0x40;
const VBR: u8 = 0x80;

/// Which size each track has. It becomes larger where a packet does not fit, and never smaller: so it changes three times at most.
#[derive(Debug, Default)]
pub struct OneSize {
    least: usize,
    of: BTreeMap<Track, usize>,
}

impl OneSize {
    /// From now on for an encoder whose packets vary: nobody is to see when the first large one comes.
    pub fn varies(&mut self) {
        self.least = VARYING;
    }

    /// The packet in its size. What is longer than any is left out in its place, and so is what is no Opus: a decoder conceals it.
    pub fn of(&mut self, track: Track, packet: &[u8]) -> Vec<u8> {
        let step = self.of.entry(track).or_default();
        *step = self.least.max(*step);
        let parts = Parts::of(packet);
        let length = parts.as_ref().map_or(0, |parts| parts.length(packet));
        while SIZES[*step] < length && *step + 1 < SIZES.len() {
            *step += 1;
        }
        let size = SIZES[*step];
        if packet.len() == size && parts.is_some() {
            return packet.to_vec();
        }
        match parts {
            Some(parts) if length <= size => parts.padded(size),
            Some(parts) => Parts { vbr: false, coded: &[], ..parts }.padded(size),
            // The first byte says how long it lasts; without one it is 20 ms.
            None => {
                Parts { toc: packet.first().map_or(0xf8, |toc| toc & 0xfc), vbr: false, count: 1, coded: &[] }
                    .padded(size)
            }
        }
    }
}

/// A packet without its padding, as code 3 has it: frames and, where they differ, their lengths before them.
struct Parts<'a> {
    /// Configuration and channels; the code is 0.
    toc: u8,
    vbr: bool,
    count: u8,
    coded: &'a [u8],
}

impl<'a> Parts<'a> {
    /// None where it is no Opus packet.
    fn of(packet: &'a [u8]) -> Option<Self> {
        let (first, coded) = packet.split_first()?;
        let (toc, code) = (first & 0xfc, first & 3);
        match code {
            0 => Some(Self { toc, vbr: false, count: 1, coded }),
            1 => coded.len().is_multiple_of(2).then_some(Self { toc, vbr: false, count: 2, coded }),
            // One length and two frames: as code 3 has them.
            2 => Some(Self { toc, vbr: true, count: 2, coded }),
            _ => {
                let (about, mut coded) = coded.split_first()?;
                let count = about & 0x3f;
                let mut padding = 0;
                if about & PADDED != 0 {
                    loop {
                        let (more, after) = coded.split_first()?;
                        coded = after;
                        padding += usize::from(*more) - usize::from(*more == 255);
                        if *more != 255 {
                            break;
                        }
                    }
                }
                let coded = &coded[..coded.len().checked_sub(padding)?];
                (1..=FRAMES).contains(&count).then_some(Self { toc, vbr: about & VBR != 0, count, coded })
            }
        }
    }

    /// The least that it takes: as it is, or without the padding that it has.
    fn length(&self, packet: &[u8]) -> usize {
        packet.len().min(2 + self.coded.len())
    }

    /// In so many bytes, which are at least what it takes as code 3.
    fn padded(&self, size: usize) -> Vec<u8> {
        let mut padded = Vec::with_capacity(size);
        let vbr = if self.vbr { VBR } else { 0 };
        let room = size.saturating_sub(2 + self.coded.len());
        padded.push(self.toc | 3);
        padded.push(self.count | vbr | if room > 0 { PADDED } else { 0 });
        if room > 0 {
            // n bytes say how much follows them: 254 for each 255, and the rest.
            let whole = (room - 1) / 255;
            padded.extend(std::iter::repeat_n(255, whole));
            padded.push((room - 1 - 255 * whole) as u8);
        }
        padded.extend(self.coded);
        padded.resize(size, 0);
        padded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(packet: &[u8]) -> Vec<u8> {
        OneSize::default().of(Track::Audio, packet)
    }

    /// Frames of a packet, by the RFC's words and not by [`Parts`].
    fn frames(packet: &[u8]) -> Vec<Vec<u8>> {
        let length = |at: &[u8]| match at[0] {
            short @ 0..252 => (usize::from(short), 1),
            long => (usize::from(at[1]) * 4 + usize::from(long), 2),
        };
        let body = &packet[1..];
        match packet[0] & 3 {
            0 => vec![body.to_vec()],
            1 => body.chunks(body.len() / 2).map(<[u8]>::to_vec).collect(),
            2 => {
                let (first, taken) = length(body);
                let (first, second) = body[taken..].split_at(first);
                vec![first.to_vec(), second.to_vec()]
            }
            _ => {
                let count = usize::from(body[0] & 0x3f);
                let mut at = 1;
                let mut end = body.len();
                if body[0] & 0x40 != 0 {
                    while body[at] == 255 {
                        end -= 254;
                        at += 1;
                    }
                    end -= usize::from(body[at]);
                    at += 1;
                }
                let mut lengths = Vec::new();
                if body[0] & 0x80 != 0 {
                    for _ in 1..count {
                        let (length, taken) = length(&body[at..]);
                        lengths.push(length);
                        at += taken;
                    }
                    lengths.push(end - at - lengths.iter().sum::<usize>());
                } else {
                    lengths = vec![(end - at) / count; count];
                }
                let mut rest = &body[at..end];
                let mut take = |length| {
                    let (frame, after) = rest.split_at(length);
                    rest = after;
                    frame.to_vec()
                };
                lengths.into_iter().map(&mut take).collect()
            }
        }
    }

    #[test]
    fn padded_packet_has_one_size_and_the_same_frames() {
        for length in 1..=80 {
            let single: Vec<u8> = [0x78].into_iter().chain((1..length).map(|n| n as u8)).collect();
            let made = of(&single);
            assert_eq!((made.len(), made[0] & 0xfc), (80, 0x78), "{length}");
            assert_eq!(frames(&made), frames(&single), "{length}");
            // Once more it stays as it is.
            assert_eq!(of(&made), made);
        }
        for length in [2, 20, 60, 78] {
            let two = [vec![0x79], vec![7; length / 2], vec![8; length / 2]].concat();
            let varied = [vec![0x7a, 3], vec![7; 3], vec![8; length]].concat();
            let three = [vec![0x7b, 3], vec![7; 3], vec![8; 3], vec![9; 3]].concat();
            let four = [vec![0x7b, 0xc4, 5, 1, 2, 3], vec![7; 6 + length / 2], vec![0; 5]].concat();
            for packet in [two, varied, three, four] {
                let made = of(&packet);
                assert_eq!(frames(&made), frames(&packet), "{packet:?}");
                assert!(SIZES.contains(&made.len()));
            }
        }
    }

    #[test]
    fn larger_packet_makes_all_that_follow_larger_and_none_smaller() {
        let mut sizes = OneSize::default();
        let mut size = |length: usize| sizes.of(Track::Audio, &vec![0x78; length]).len();
        assert_eq!([3, 80, 30, 81, 3, 128].map(&mut size), [80, 80, 80, 128, 128, 128]);
        assert_eq!([129, 3, 250, 80].map(&mut size), [200, 200, 320, 320]);
        assert_eq!(sizes.of(Track::ScreenAudio, &[0x78; 3]).len(), 80, "of another track");
        let mut varying = OneSize::default();
        varying.varies();
        assert_eq!(varying.of(Track::Audio, &[0x78; 3]).len(), 128);
    }

    #[test]
    fn what_does_not_fit_is_left_out_in_its_place() {
        let long = of(&[0x79; 1 + 2 * 300]);
        assert_eq!((long.len(), frames(&long)), (320, vec![vec![], vec![]]));
        for odd in
            [&[][..], &[0x7b], &[0x7b, 0], &[0x7b, 0x3f, 1], &[0x7b, 0x41, 9], &[0x7b, 0x41, 255], &[0x79, 1]]
        {
            assert_eq!((of(odd).len(), frames(&of(odd))), (80, vec![vec![]]), "{odd:?}");
        }
    }
}
