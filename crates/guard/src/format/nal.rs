//! What stands between the pictures of H.264 (ITU-T H.264 §7.3, Annex D) and H.265 (ITU-T H.265 §7.3, Annex D) videos:
//! messages in which encoders put their names and settings, and cameras the time, the place and their serial number.
//!
//! ```text
//! sample:  length unit  length unit …      unit:  header  type size message  type size message …  0x80
//! ```
//!
//! Overwritten in place. A message is kept where its type is one that tells how pictures are shown or decoded. All
//! others become dashes under their own type, which no player looks at.

use super::patch::{Dashes, Patches};
use crate::source::Source;
use crate::{Fault, limits};
use std::io::{Read, Seek};
use std::ops::Range;

/// How a track's samples are made up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Units {
    pub codec: Codec,
    /// Bytes of the length before each unit.
    length_bytes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    /// H.264.
    Avc,
    /// H.265.
    Hevc,
}

impl Units {
    /// What `avcC` and `hvcC` say (ISO/IEC 14496-15 §5.3.3.1, §8.3.3.1), whose own units are overwritten, and what is behind them.
    pub fn read<R: Read + Seek>(
        source: &mut Source<R>,
        codec: Codec,
        start: u64,
        end: u64,
        patches: &mut Patches,
    ) -> Result<Self, Fault> {
        let mut at;
        let length_bytes;
        match codec {
            Codec::Avc => {
                length_bytes = u64::from(source.u8(start + 4)? & 3) + 1;
                let sets = source.u8(start + 5)? & 0x1F;
                at = blank_list(source, codec, start + 6, end, sets.into(), patches)?;
                let sets = source.u8(at)?;
                at = blank_list(source, codec, at + 1, end, sets.into(), patches)?;
                // Of high profiles: three numbers, and more sets.
                if at + 4 <= end {
                    let sets = source.u8(at + 3)?;
                    at = blank_list(source, codec, at + 4, end, sets.into(), patches)?;
                }
            }
            Codec::Hevc => {
                length_bytes = u64::from(source.u8(start + 21)? & 3) + 1;
                let lists = source.u8(start + 22)?;
                at = start + 23;
                for _ in 0..lists {
                    let units = source.be16(at + 1)?;
                    at = blank_list(source, codec, at + 3, end, units, patches)?;
                }
            }
        }
        if at > end {
            return Err(DAMAGED);
        }
        patches.zero(at, end - at)?;
        Ok(Self { codec, length_bytes })
    }

    /// One sample.
    pub fn blank<R: Read + Seek>(
        self,
        source: &mut Source<R>,
        mut at: u64,
        end: u64,
        patches: &mut Patches,
    ) -> Result<(), Fault> {
        while end - at > self.length_bytes {
            source.step()?;
            let length = source.bytes(at, self.length_bytes as usize)?;
            let length = length.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
            at += self.length_bytes;
            if length > end - at {
                return Err(DAMAGED);
            }
            blank_unit(source, self.codec, at, at + length, patches)?;
            at += length;
        }
        // Too short for a unit.
        patches.zero(at, end - at)
    }
}

const DAMAGED: Fault = Fault::Malformed("its pictures are damaged");

/// Units behind lengths of two bytes; gives where they end.
fn blank_list<R: Read + Seek>(
    source: &mut Source<R>,
    codec: Codec,
    mut at: u64,
    end: u64,
    count: u16,
    patches: &mut Patches,
) -> Result<u64, Fault> {
    for _ in 0..count {
        source.step()?;
        let unit = at + 2;
        at = unit + u64::from(source.be16(at)?);
        if at > end {
            return Err(DAMAGED);
        }
        blank_unit(source, codec, unit, at, patches)?;
    }
    Ok(at)
}

enum Kind {
    /// Of the pictures.
    Kept,
    Messages,
    /// Nothing that a player looks at: what makes it nothing but filling.
    Filling(u8),
}

fn kind(codec: Codec, header: u8) -> Kind {
    match codec {
        // Table 7-1. The two highest bits but one say how important it is.
        Codec::Avc => match header & 0x1F {
            6 => Kind::Messages,
            1..=5 | 7..=11 | 13..=15 | 19..=21 => Kind::Kept,
            _ => Kind::Filling(12),
        },
        // Table 7-1. The type stands above the highest bit of the layer. Dolby Vision has 62 and 63.
        Codec::Hevc => match header >> 1 & 0x3F {
            39 | 40 => Kind::Messages,
            0..=9 | 16..=21 | 32..=37 | 62 | 63 => Kind::Kept,
            _ => Kind::Filling(38 << 1 | header & 1),
        },
    }
}

fn blank_unit<R: Read + Seek>(
    source: &mut Source<R>,
    codec: Codec,
    start: u64,
    end: u64,
    patches: &mut Patches,
) -> Result<(), Fault> {
    let header = if codec == Codec::Avc { 1 } else { 2 };
    if end - start <= header {
        return Ok(());
    }
    match kind(codec, source.u8(start)?) {
        Kind::Kept => Ok(()),
        Kind::Filling(first) => {
            patches.write(start, &[first])?;
            patches.fill(start + header, end - start - header - 1, 0xFF)?;
            patches.write(end - 1, &[0x80])
        }
        Kind::Messages => {
            if end - start > limits::VIDEO_MESSAGES_BYTES {
                return Err(Fault::TooMuch("too much is said beside its pictures"));
            }
            let mut unit = Vec::with_capacity((end - start) as usize);
            source.copy(start, end - start, &mut unit)?;
            for (range, dashes) in blanked(codec, &unit, header as usize)? {
                patches.dashes(start + range.start as u64, range.len() as u64, dashes)?;
            }
            Ok(())
        }
    }
}

/// Where messages of a unit stand that go, and what takes their place.
fn blanked(codec: Codec, unit: &[u8], header: usize) -> Result<Vec<(Range<usize>, Dashes)>, Fault> {
    let places = places(unit, header);
    let byte = |at: usize| places.get(at).map(|place| unit[*place]);
    // §7.3.2.3: at the end a one and zeros.
    let end = places.iter().rposition(|place| unit[*place] != 0).unwrap_or(0);
    let mut list = Vec::new();
    let mut at = 0;
    while at < end {
        // §7.3.2.3.1: each 255 says that the number goes on.
        let mut numbers = [0usize; 2];
        for number in &mut numbers {
            loop {
                let next = byte(at).filter(|_| at < end).ok_or(DAMAGED)?;
                *number += usize::from(next);
                at += 1;
                if next != 255 {
                    break;
                }
            }
        }
        let [kind, size] = numbers;
        // Some encoders say more than there is.
        let message = at..at.saturating_add(size).min(end);
        let begins = |wanted: &[u8]| {
            wanted.iter().enumerate().all(|(index, wanted)| byte(at + index) == Some(*wanted))
        };
        // ANSI/CTA-708: subtitles for who does not hear.
        let is_captions = kind == 4 && size >= 8 && begins(b"\xB5\0\x31GA94\x03");
        if !message.is_empty() && !is_captions && !is_kept(codec, kind) {
            list.push(dashes(unit, &places, &message)?);
        }
        at = message.end;
    }
    Ok(list)
}

/// Table D-1: what says when and how pictures are shown or decoded. All else is text, data of anybody's, or a camera's clock.
fn is_kept(codec: Codec, kind: usize) -> bool {
    let is_common =
        matches!(kind, 0..=2 | 6 | 19 | 22 | 23 | 45 | 47 | 137 | 142 | 144..=156 | 165 | 176 | 177);
    match codec {
        Codec::Avc => is_common || matches!(kind, 7..=21),
        Codec::Hevc => is_common || matches!(kind, 128..=132 | 134 | 135),
    }
}

/// Where the bytes that count stand: all but the three that keeps two zeros from being the start of something (§7.4.1).
fn places(unit: &[u8], header: usize) -> Vec<usize> {
    let mut zeros = 0;
    let mut places = Vec::with_capacity(unit.len());
    for (place, byte) in unit.iter().enumerate().skip(header) {
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        places.push(place);
    }
    places
}

/// As many bytes that count as before, in as much room.
fn dashes(unit: &[u8], places: &[usize], message: &Range<usize>) -> Result<(Range<usize>, Dashes), Fault> {
    let start = places[message.start];
    // With a three that its own last zeros need.
    let end = places.get(message.end).copied().unwrap_or(unit.len());
    let threes = end - start - message.len();
    // Not behind another zero.
    let first = u8::from(unit[start - 1] == 0);
    if threes > 0 && usize::from(first) + 3 * threes > end - start {
        return Err(Fault::TooMuch("what is said beside its pictures is written in an unusual way"));
    }
    Ok((start..end, Dashes { first, threes: threes as u32 }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    /// The bytes that count.
    fn plain(unit: &[u8]) -> Vec<u8> {
        places(unit, 0).into_iter().map(|place| unit[place]).collect()
    }

    /// One unit with its length, as a sample, blanked.
    fn sample(codec: Codec, unit: &[u8]) -> Result<Vec<u8>, Fault> {
        let sample = [&(unit.len() as u32).to_be_bytes()[..], unit].concat();
        let length = sample.len() as u64;
        let mut source = Source::new(Cursor::new(sample)).unwrap();
        let mut patches = Patches::default();
        Units { codec, length_bytes: 4 }.blank(&mut source, 0, length, &mut patches)?;
        let mut output = Vec::new();
        patches.apply(&mut source, length, &mut output)?;
        assert_eq!(output.len() as u64, length);
        Ok(output[4..].to_vec())
    }

    fn captions() -> Vec<u8> {
        b"\x04\x0A\xB5\0\x31GA94\x03\x40\xFF".to_vec()
    }

    #[test]
    fn messages_of_anybody_become_dashes_and_what_tells_of_pictures_stays() {
        let secret = [b"\x05\xFF\x01".to_vec(), vec![b'S'; 256]].concat();
        let registered = b"\x04\x08\xB5SECRET-".to_vec();
        let timing = b"\x01\x02ab".to_vec();
        let unit =
            [b"\x06".to_vec(), timing.clone(), secret, captions(), registered, b"\x80".to_vec()].concat();
        let after = sample(Codec::Avc, &unit).unwrap();
        let dashes = [b"\x05\xFF\x01".to_vec(), vec![b'-'; 256]].concat();
        let wanted = [&b"\x06"[..], &timing, &dashes, &captions(), b"\x04\x08--------\x80"].concat();
        assert_eq!(after, wanted);
        assert_eq!(sample(Codec::Avc, &after).unwrap(), after);

        // H.265: a clock (136) and user data behind it, in a suffix.
        let unit = b"\x50\x01\x88\x05CLOCK\x05\x03abc\x80";
        assert_eq!(sample(Codec::Hevc, unit).unwrap(), b"\x50\x01\x88\x05-----\x05\x03---\x80");
    }

    #[test]
    fn zeros_in_them_keep_the_rest_where_it_is() {
        // Ten bytes that count, in twelve; then a message that stays.
        for message in [&b"\0\0\x03\x01\0\0\x03\x02wxyz"[..], b"tuvwxy\0\0\x03\0\0\x03"] {
            let unit = [b"\x06\x05\x0A", message, b"\x01\x01k\x80"].concat();
            let after = sample(Codec::Avc, &unit).unwrap();
            assert!(after.ends_with(b"\x01\x01k\x80") && !after.contains(&b'x'), "{after:?}");
            assert_eq!(plain(&after).len(), plain(&unit).len());
            assert_eq!(plain(&after)[13..], plain(&unit)[13..]);
            assert!(!after.windows(3).any(|at| at[..2] == [0, 0] && at[2] < 3), "nothing begins there");
            assert_eq!(sample(Codec::Avc, &after).unwrap(), after);
        }
        // Behind a size that ends in a zero.
        let message = [b"\0\0\x03\x01".to_vec(), vec![b'x'; 252]].concat();
        let unit = [b"\x06\x05\xFF\0".to_vec(), message, b"\x80".to_vec()].concat();
        let after = sample(Codec::Avc, &unit).unwrap();
        assert_eq!(plain(&after).len(), plain(&unit).len());
        assert!(!after.contains(&b'x'));
    }

    #[test]
    fn units_that_nobody_shows_are_filling() {
        let after = sample(Codec::Avc, b"\x1FSECRET").unwrap();
        assert_eq!(after, b"\x0C\xFF\xFF\xFF\xFF\xFF\x80");
        let after = sample(Codec::Hevc, b"\x60\x01SECRET").unwrap();
        assert_eq!(after, b"\x4C\x01\xFF\xFF\xFF\xFF\xFF\x80");
        for (codec, unit) in [
            (Codec::Avc, &b"\x65picture"[..]),
            (Codec::Hevc, b"\x26\x01picture"),
            (Codec::Hevc, b"\x7C\x01Dolby"),
        ] {
            assert_eq!(sample(codec, unit).unwrap(), unit);
        }
    }

    #[test]
    fn what_says_more_than_there_is_is_blanked_or_refused() {
        assert_eq!(sample(Codec::Avc, b"\x06\x05\x40SECRET\x80").unwrap(), b"\x06\x05\x40------\x80");
        assert!(sample(Codec::Avc, b"\x06\xFF\xFF\xFF\x80").is_err());
        let mut source = Source::new(Cursor::new(b"\0\0\0\x09\x65abc")).unwrap();
        let units = Units { codec: Codec::Avc, length_bytes: 4 };
        assert!(units.blank(&mut source, 0, 8, &mut Patches::default()).is_err());
    }
}
