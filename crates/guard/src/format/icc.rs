//! Colour profiles (ICC.1:2022): what their numbers mean for colours, and nothing of who made them.
//!
//! A profile is a header of 128 bytes, a table of tags, and their data. Profiles of screens carry the screen's name and
//! serial number and the second at which it was measured. So a profile is never copied: it is written anew from the parts
//! that colours need, each of a known type and of exactly the size that its type says.
//!
//! What stays are numbers of colours. Those of a screen that somebody measured themselves are that screen's.

use crate::source::Source;
use crate::{Fault, limits};
use std::io::{Read, Seek};

/// The profile in the ranges of a file, one behind the other, anew. None: it is odd or too large, and the picture goes
/// without. Beside it how many of its bytes are others than before.
pub(crate) fn read<R: Read + Seek>(
    source: &mut Source<R>,
    ranges: &[(u64, u64)],
) -> Result<(Option<Vec<u8>>, u64), Fault> {
    let length: u64 = ranges.iter().map(|(_, length)| length).sum();
    if length > limits::PROFILE_BYTES {
        return Ok((None, length));
    }
    let mut before = Vec::with_capacity(length as usize);
    for (offset, length) in ranges {
        source.copy(*offset, *length, &mut before)?;
    }
    let after = rewritten(&before);
    let changed = changed(&before, after.as_deref().unwrap_or_default());
    Ok((after, changed))
}

/// The same of one place in a file where nothing may move: as long as it was, with zeros behind it. What cannot be kept is
/// zeros, which are no profile.
pub(crate) fn in_place<R: Read + Seek>(
    source: &mut Source<R>,
    offset: u64,
    length: u64,
) -> Result<Option<Vec<u8>>, Fault> {
    let (Some(mut profile), _) = read(source, &[(offset, length)])? else { return Ok(None) };
    if profile.len() as u64 > length {
        return Ok(None);
    }
    profile.resize(length as usize, 0);
    profile[..4].copy_from_slice(&(length as u32).to_be_bytes());
    Ok(Some(profile))
}

/// How many bytes of `before` are others in `after`.
pub(crate) fn changed(before: &[u8], after: &[u8]) -> u64 {
    let differ = before.iter().zip(after).filter(|(before, after)| before != after).count();
    (differ + before.len().saturating_sub(after.len())) as u64
}

/// The profile anew, or none where it is odd.
pub(crate) fn rewritten(profile: &[u8]) -> Option<Vec<u8>> {
    if profile.len() as u64 > limits::PROFILE_BYTES || profile.get(36..40)? != b"acsp" {
        return None;
    }
    let version = match profile[8] {
        2 => [2, 0x40, 0, 0],
        4 => [4, 0x40, 0, 0],
        _ => return None,
    };
    let (class, space, connection, intent) =
        (profile.get(12..16)?, profile.get(16..20)?, profile.get(20..24)?, profile.get(64..68)?);
    if !matches!(class, b"mntr" | b"scnr" | b"prtr" | b"spac")
        || !matches!(space, b"RGB " | b"GRAY" | b"CMYK")
        || !matches!(connection, b"XYZ " | b"Lab ")
        || !matches!(intent, [0, 0, 0, 0..=3])
    {
        return None;
    }
    let channels = match space {
        b"RGB " => 3,
        b"GRAY" => 1,
        _ => 4,
    };

    let mut tags = Tags { is_new: version[0] == 4, list: Vec::new(), data: Vec::new() };
    tags.add(*b"desc", words(tags.is_new, true))?;
    tags.add(*b"cprt", words(tags.is_new, false))?;
    let count = be32(profile, 128)?;
    if count > limits::PROFILE_TAGS {
        return None;
    }
    for index in 0..count {
        let row = 132 + 12 * index;
        let name: [u8; 4] = profile.get(row..row + 4)?.try_into().ok()?;
        let start = be32(profile, row + 4)?;
        let data = profile.get(start..start.checked_add(be32(profile, row + 8)?)?)?;
        let written = match &name {
            b"rXYZ" | b"gXYZ" | b"bXYZ" | b"wtpt" | b"bkpt" => numbers(data, b"XYZ ", 3)?,
            b"chad" => numbers(data, b"sf32", 9)?,
            b"rTRC" | b"gTRC" | b"bTRC" | b"kTRC" => curve(data)?.0,
            b"A2B0" | b"A2B1" | b"A2B2" => table(data, channels, 3)?,
            b"B2A0" | b"B2A1" | b"B2A2" => table(data, 3, channels)?,
            b"gamt" => table(data, 3, 1)?,
            // Primaries, transfer, matrix, range: four numbers.
            b"cicp" if data.len() >= 12 && data.starts_with(b"cicp") => {
                [b"cicp\0\0\0\0", &data[8..12]].concat()
            }
            _ => continue,
        };
        if !tags.has(&name) {
            tags.add(name, written)?;
        }
    }
    let all = |names: &[&[u8; 4]]| names.iter().all(|name| tags.has(name));
    let is_usable = match space {
        b"RGB " => all(&[b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC"]) || all(&[b"A2B0"]),
        b"GRAY" => all(&[b"kTRC"]) || all(&[b"A2B0"]),
        _ => all(&[b"A2B0"]),
    };
    if !is_usable {
        return None;
    }

    // §7.2: who made it, with what and for which device are zeros, and the light it is relative to is always D50. Zeros are no
    // date, which some readers stumble over, so all have the same.
    let mut header = [0; 128];
    header[8..12].copy_from_slice(&version);
    header[12..24].copy_from_slice(&profile[12..24]);
    header[24..36].copy_from_slice(&[7, 0xD0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
    header[36..40].copy_from_slice(b"acsp");
    header[64..68].copy_from_slice(intent);
    header[68..80].copy_from_slice(&[0, 0, 0xF6, 0xD6, 0, 1, 0, 0, 0, 0, 0xD3, 0x2D]);
    // Where parts lie over one another there would be more than there was.
    tags.written(header).filter(|written| written.len() <= profile.len() + limits::PROFILE_GROWTH_BYTES)
}

/// Tags to be written.
struct Tags {
    /// Version 4, whose texts are stored in another way.
    is_new: bool,
    /// Name, and which of `data`: curves are often shared.
    list: Vec<([u8; 4], usize)>,
    data: Vec<Vec<u8>>,
}

impl Tags {
    fn add(&mut self, name: [u8; 4], data: Vec<u8>) -> Option<()> {
        let known = self.data.iter().position(|known| *known == data);
        let at = known.unwrap_or(self.data.len());
        if known.is_none() {
            self.data.push(data);
        }
        self.list.push((name, at));
        Some(())
    }

    fn has(&self, name: &[u8; 4]) -> bool {
        self.list.iter().any(|(known, _)| known == name)
    }

    fn written(&self, header: [u8; 128]) -> Option<Vec<u8>> {
        let mut profile = header.to_vec();
        let mut at = 132 + 12 * self.list.len();
        let mut starts = Vec::new();
        for data in &self.data {
            starts.push(at);
            at += data.len().next_multiple_of(4);
        }
        profile.extend(u32::try_from(self.list.len()).ok()?.to_be_bytes());
        for (name, data) in &self.list {
            profile.extend(name);
            profile.extend(u32::try_from(starts[*data]).ok()?.to_be_bytes());
            profile.extend(u32::try_from(self.data[*data].len()).ok()?.to_be_bytes());
        }
        for data in &self.data {
            profile.extend(data);
            profile.resize(profile.len().next_multiple_of(4), 0);
        }
        let length = u32::try_from(profile.len()).ok()?;
        profile[..4].copy_from_slice(&length.to_be_bytes());
        Some(profile)
    }
}

/// What must be said in words says this: a description, or that nobody claims it.
fn words(is_new: bool, is_description: bool) -> Vec<u8> {
    const WORD: &[u8] = b"Colours";
    let mut data = Vec::new();
    if is_new {
        // §10.15: one language, at 28.
        data.extend(b"mluc\0\0\0\0\0\0\0\x01\0\0\0\x0CenUS");
        data.extend((2 * WORD.len() as u32).to_be_bytes());
        data.extend(28u32.to_be_bytes());
        data.extend(WORD.iter().flat_map(|letter| [0, *letter]));
    } else if is_description {
        // ICC.1:2001-04 §6.5.17: the word, and the same in two other scripts, of no letters.
        data.extend(b"desc\0\0\0\0");
        data.extend((WORD.len() as u32 + 1).to_be_bytes());
        data.extend(WORD);
        data.extend([0; 1 + 4 + 4 + 2 + 1 + 67]);
    } else {
        data.extend(b"text\0\0\0\0");
        data.extend(WORD);
        data.push(0);
    }
    data
}

/// A list of numbers of four bytes each, of which `count` are kept.
fn numbers(data: &[u8], kind: &[u8; 4], count: usize) -> Option<Vec<u8>> {
    let values = data.strip_prefix(kind)?.get(4..4 + 4 * count)?;
    Some([kind, &[0; 4], values].concat())
}

/// §10.6, §10.18: a curve, and how long it is where it stands.
fn curve(data: &[u8]) -> Option<(Vec<u8>, usize)> {
    let length = match data.get(..4)? {
        b"curv" => {
            let count = be32(data, 8)?;
            if count > limits::PROFILE_CURVE {
                return None;
            }
            12 + 2 * count
        }
        b"para" => {
            let kind = be16(data, 8)?;
            12 + 4 * *[1, 3, 4, 5, 7].get(kind)?
        }
        _ => return None,
    };
    let mut written = data.get(..length)?.to_vec();
    written[4..8].fill(0);
    if written.starts_with(b"para") {
        written[10..12].fill(0);
    }
    Some((written, length))
}

/// Tables from some channels to others.
fn table(data: &[u8], inputs: usize, outputs: usize) -> Option<Vec<u8>> {
    if [usize::from(*data.get(8)?), usize::from(*data.get(9)?)] != [inputs, outputs] {
        return None;
    }
    match &data[..4] {
        // §10.10, §10.11: a matrix, curves, a grid, curves; of one or of two bytes.
        b"mft1" | b"mft2" => {
            let grid = usize::from(*data.get(10)?).checked_pow(inputs as u32)?.checked_mul(outputs)?;
            if grid > data.len() {
                return None;
            }
            let length = if data.starts_with(b"mft1") {
                48 + 256 * (inputs + outputs) + grid
            } else {
                52 + 2 * (be16(data, 48)? * inputs + grid + be16(data, 50)? * outputs)
            };
            let mut written = data.get(..length)?.to_vec();
            written[4..8].fill(0);
            written[11] = 0;
            Some(written)
        }
        b"mAB " => stages(data, inputs, outputs, outputs),
        b"mBA " => stages(data, inputs, outputs, inputs),
        _ => None,
    }
}

/// §10.12, §10.13: curves of the connection space (of `connected` channels), a matrix, curves, a grid and curves of the device,
/// wherever they stand. Written one behind the other.
fn stages(data: &[u8], inputs: usize, outputs: usize, connected: usize) -> Option<Vec<u8>> {
    let mut written = [&data[..4], &[0; 4], &[inputs as u8, outputs as u8, 0, 0], &[0; 20]].concat();
    let device = inputs + outputs - connected;
    for stage in 0..5 {
        let field = 12 + 4 * stage;
        let start = be32(data, field)?;
        if start == 0 {
            continue;
        }
        let part = data.get(start..)?;
        let here = u32::try_from(written.len()).ok()?;
        written[field..field + 4].copy_from_slice(&here.to_be_bytes());
        match stage {
            1 => written.extend(part.get(..48)?),
            3 => {
                let grid: usize = part
                    .get(..inputs)?
                    .iter()
                    .try_fold(outputs, |all, side| all.checked_mul(usize::from(*side)))?;
                let width = usize::from(*part.get(16)?);
                if !matches!(width, 1 | 2) {
                    return None;
                }
                written.extend(&part[..inputs]);
                written.resize(written.len() + 16 - inputs, 0);
                written.extend([width as u8, 0, 0, 0]);
                written.extend(part.get(20..grid.checked_mul(width)?.checked_add(20)?)?);
            }
            _ => {
                let mut at = 0;
                for _ in 0..if stage == 4 { device } else { connected } {
                    let (one, length) = curve(part.get(at..)?)?;
                    written.extend(one);
                    written.resize(written.len().next_multiple_of(4), 0);
                    at += length.next_multiple_of(4);
                }
            }
        }
        written.resize(written.len().next_multiple_of(4), 0);
    }
    Some(written)
}

fn be16(data: &[u8], at: usize) -> Option<usize> {
    Some(u16::from_be_bytes(data.get(at..at.checked_add(2)?)?.try_into().ok()?).into())
}

fn be32(data: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(data.get(at..at.checked_add(4)?)?.try_into().ok()?)).ok()
}
