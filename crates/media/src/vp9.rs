//! Pictures in packets: the VP9 payload descriptor (RFC 9628 §4.2) around frames that are sealed whole, and the size in
//! an opened frame's own header. Everything read here may have been written by anybody: it is bounded, and whatever is
//! wrong with it gives no picture.

use std::collections::BTreeMap;

use casemate_crypto::call::FRAME_BYTES;

/// Bytes of a packet's payload that fit every path with what SRTP, UDP and IP add.
const PACKET_BYTES: usize = 1_100;

/// Packets of one stream that wait for others: half a second of a large picture. More is more memory for each slot.
const WAITING: usize = 1_024;

/// Bytes of those.
const WAITING_BYTES: usize = 4 * FRAME_BYTES;

/// Cuts frames into packets.
#[derive(Debug, Default)]
pub struct Packetizer {
    picture: u16,
    base: u8,
}

impl Packetizer {
    /// A sealed frame's packets. `key`: it can be shown without any before it.
    pub fn packets(&mut self, frame: &[u8], key: bool) -> Vec<Vec<u8>> {
        self.picture = self.picture.wrapping_add(1) & 0x7fff;
        self.base = self.base.wrapping_add(1);
        let count = frame.len().div_ceil(PACKET_BYTES);
        let piece = |(at, piece): (usize, &[u8])| {
            let (first, last) = (at == 0, at + 1 == count);
            // I and L are there: a picture's number, one layer. V where the layers are said.
            let mut packet = vec![0xa0];
            packet[0] |= if key { 0 } else { 0x40 };
            packet[0] |= if first { 0x08 } else { 0 };
            packet[0] |= if last { 0x04 } else { 0 };
            packet.extend((self.picture | 0x8000).to_be_bytes());
            packet.extend([0, self.base]);
            if key && first {
                packet[0] |= 0x02;
                // One spatial layer, nothing more of it.
                packet.push(0);
            }
            packet.extend_from_slice(piece);
            packet
        };
        frame.chunks(PACKET_BYTES).enumerate().map(piece).collect()
    }
}

/// Puts frames together again, in whatever order their packets come.
#[derive(Debug, Default)]
pub struct Depacketizer {
    waiting: BTreeMap<u64, Piece>,
    bytes: usize,
}

#[derive(Debug)]
struct Piece {
    time: u64,
    begins: bool,
    ends: bool,
    data: Vec<u8>,
}

impl Depacketizer {
    /// Takes a packet by its extended number and time; gives a frame that became whole.
    pub fn take(&mut self, number: u64, time: u64, payload: &[u8]) -> Option<Vec<u8>> {
        let (at, begins, ends) = descriptor(payload)?;
        let data = payload.get(at..).filter(|data| !data.is_empty())?.to_vec();
        self.bytes += data.len();
        if let Some(old) = self.waiting.insert(number, Piece { time, begins, ends, data }) {
            self.bytes -= old.data.len();
        }
        let whole = self.whole(number);
        while self.waiting.len() > WAITING || self.bytes > WAITING_BYTES {
            let Some((_, old)) = self.waiting.pop_first() else { break };
            self.bytes -= old.data.len();
        }
        whole
    }

    /// The frame that a packet belongs to, if all of it is there.
    fn whole(&mut self, number: u64) -> Option<Vec<u8>> {
        let time = self.waiting.get(&number)?.time;
        let mut first = number;
        while !self.waiting.get(&first).filter(|piece| piece.time == time)?.begins {
            first = first.checked_sub(1)?;
        }
        let mut last = number;
        while !self.waiting.get(&last).filter(|piece| piece.time == time)?.ends {
            last = last.checked_add(1)?;
        }
        let length: usize = self.waiting.range(first..=last).map(|(_, piece)| piece.data.len()).sum();
        let mut frame = Vec::with_capacity(length);
        for at in first..=last {
            let piece = self.waiting.remove(&at)?;
            self.bytes -= piece.data.len();
            frame.extend(piece.data);
        }
        Some(frame)
    }
}

/// Where a packet's data begins, whether its frame begins and ends with it.
pub fn descriptor(payload: &[u8]) -> Option<(usize, bool, bool)> {
    let mut bytes = payload.iter().copied();
    let mut read = 0;
    let mut next = || {
        read += 1;
        bytes.next()
    };
    let flags = next()?;
    let has = |bit: u8| flags & bit != 0;
    let (id, predicted, layered, flexible, structure) =
        (has(0x80), has(0x40), has(0x20), has(0x10), has(0x02));
    if id && next()? & 0x80 != 0 {
        next()?;
    }
    if layered {
        next()?;
        if !flexible {
            next()?;
        }
    }
    if flexible && predicted {
        // At most three frames that it was predicted from.
        for _ in 0..3 {
            if next()? & 1 == 0 {
                break;
            }
        }
    }
    if structure {
        let head = next()?;
        if head & 0x10 != 0 {
            for _ in 0..4 * (u16::from(head >> 5) + 1) {
                next()?;
            }
        }
        if head & 0x08 != 0 {
            for _ in 0..next()? {
                for _ in 0..(next()? >> 2) & 3 {
                    next()?;
                }
            }
        }
    }
    Some((read, has(0x08), has(0x04)))
}

/// Width and height of a key frame (VP9 bitstream specification §6.2, uncompressed header); `None` for all others and
/// for what is none.
pub fn size(frame: &[u8]) -> Option<(u32, u32)> {
    let mut bits = Bits { bytes: frame, at: 0 };
    if bits.take(2)? != 2 {
        return None;
    }
    let profile = bits.take(1)? | bits.take(1)? << 1;
    if profile == 3 && bits.take(1)? != 0 {
        return None;
    }
    // show_existing_frame, frame_type: 0 is a key frame; show_frame, error_resilient_mode.
    if bits.take(1)? == 1 || bits.take(1)? == 1 {
        return None;
    }
    bits.take(2)?;
    if bits.take(24)? != 0x49_83_42 {
        return None;
    }
    if profile >= 2 {
        bits.take(1)?;
    }
    const SRGB: u32 = 7;
    if bits.take(3)? == SRGB {
        if profile == 1 || profile == 3 {
            bits.take(1)?;
        }
    } else {
        bits.take(1)?;
        if profile == 1 || profile == 3 {
            bits.take(3)?;
        }
    }
    Some((bits.take(16)? + 1, bits.take(16)? + 1))
}

struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            let byte = *self.bytes.get(self.at / 8)?;
            value = value << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(len: usize, n: u8) -> Vec<u8> {
        (0..len).map(|at| (at as u8).wrapping_mul(31).wrapping_add(n)).collect()
    }

    #[test]
    fn frames_come_out_as_they_went_in_whatever_their_packets_order() {
        let mut packetizer = Packetizer::default();
        for len in [1, 1_099, 1_100, 1_101, 5_000, 40_000] {
            for key in [true, false] {
                let sent = frame(len, len as u8);
                let packets = packetizer.packets(&sent, key);
                assert!(packets.iter().all(|packet| packet.len() <= PACKET_BYTES + 6));
                let mut forwards = Depacketizer::default();
                let mut backwards = Depacketizer::default();
                let mut ends = (Vec::new(), Vec::new());
                for (number, packet) in (70_000u64..).zip(&packets) {
                    ends.0.extend(forwards.take(number, 9, packet));
                }
                for (number, packet) in packets.iter().enumerate().rev() {
                    ends.1.extend(backwards.take(number as u64, 9, packet));
                }
                assert_eq!(ends, (vec![sent.clone()], vec![sent]));
                assert_eq!((forwards.bytes, backwards.waiting.len()), (0, 0));
            }
        }
    }

    #[test]
    fn a_frame_with_a_hole_is_none_and_does_not_hold_up_the_next() {
        let mut packetizer = Packetizer::default();
        let mut depacketizer = Depacketizer::default();
        let (first, second) =
            (packetizer.packets(&frame(5_000, 1), true), packetizer.packets(&frame(3_000, 2), false));
        for (number, packet) in (0u64..).zip(&first).filter(|(number, _)| *number != 2) {
            assert_eq!(depacketizer.take(number, 1, packet), None);
        }
        let whole: Vec<_> = (first.len() as u64..)
            .zip(&second)
            .filter_map(|(number, packet)| depacketizer.take(number, 2, packet))
            .collect();
        assert_eq!(whole, [frame(3_000, 2)]);
        // The hole is filled late.
        assert_eq!(depacketizer.take(2, 1, &first[2]), Some(frame(5_000, 1)));
    }

    #[test]
    fn pieces_without_end_are_bounded() {
        let mut depacketizer = Depacketizer::default();
        let payload = [&[0x80, 0x01][..], &[7; 60_000]].concat();
        for number in 0..10_000u64 {
            assert_eq!(depacketizer.take(number * 3, number, &payload), None);
            assert!(depacketizer.waiting.len() <= WAITING && depacketizer.bytes <= WAITING_BYTES);
        }
        // At the ends of all numbers.
        assert_eq!(depacketizer.take(0, 1, &[0x00, 1]), None);
        assert_eq!(depacketizer.take(u64::MAX, 1, &[0x08, 1]), None);
    }

    #[test]
    fn descriptors_of_all_forms_and_cut_ones() {
        assert_eq!(descriptor(&[0x0c, 1]), Some((1, true, true)));
        assert_eq!(descriptor(&[0x8c, 5, 1]), Some((2, true, true)));
        assert_eq!(descriptor(&[0x88, 0x85, 6, 1]), Some((3, true, false)));
        assert_eq!(descriptor(&[0xa4, 0x85, 6, 0, 9, 1]), Some((5, false, true)));
        // Flexible: what it was predicted from.
        assert_eq!(descriptor(&[0x50, 3, 3, 2, 1]), Some((4, false, false)));
        // Two layers with sizes, and a group of pictures.
        let structure = [0x02, 0x38, 1, 2, 3, 4, 5, 6, 7, 8, 2, 0x04, 1, 0x08, 1, 2, 99];
        assert_eq!(descriptor(&structure), Some((16, false, false)));
        for len in 0..16 {
            assert_eq!(descriptor(&structure[..len]), None, "cut to {len}");
        }
    }

    #[test]
    fn the_size_stands_in_key_frames() {
        let film = crate::sent::Film::pattern();
        let sizes: Vec<_> = film.frames().iter().filter_map(|frame| size(&frame.data)).collect();
        assert!(!sizes.is_empty() && sizes.iter().all(|found| *found == (320, 180)), "{sizes:?}");
        assert!(sizes.len() < film.frames().len());
        for len in 0..9 {
            assert_eq!(size(&film.frames()[0].data[..len]), None);
        }
        assert_eq!(size(&[0xff; 20]), None);
    }
}
