//! The boxes that MP4, QuickTime, AVIF and HEIC are made of (ISO/IEC 14496-12 §4.2): a length, four letters, and
//! either data or more boxes.

use super::patch::Patches;
use crate::Fault;
use crate::source::Source;
use std::io::{Read, Seek};

/// Where a box is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BoxAt {
    pub kind: [u8; 4],
    pub start: u64,
    /// After length and letters.
    pub body: u64,
    pub end: u64,
}

impl BoxAt {
    pub fn body_length(&self) -> u64 {
        self.end - self.body
    }

    /// The body as a full box: version, and the offset after version and flags.
    pub fn full<R: Read + Seek>(&self, source: &mut Source<R>) -> Result<(u8, u64), Fault> {
        if self.body_length() < 4 {
            return Err(TOO_SHORT);
        }
        Ok((source.u8(self.body)?, self.body + 4))
    }

    /// Fails where the box is shorter than `length` bytes after its header.
    pub fn at_least(&self, length: u64) -> Result<(), Fault> {
        if self.body_length() < length { Err(TOO_SHORT) } else { Ok(()) }
    }

    /// Makes it free space: of the same length, all zeros.
    pub fn blank(&self, patches: &mut Patches) -> Result<(), Fault> {
        if self.kind != *b"free" {
            patches.write(self.start + 4, b"free")?;
        }
        patches.zero(self.body, self.body_length())
    }
}

pub(crate) const TOO_SHORT: Fault = Fault::Malformed("a part of it is too short");

/// The box at `at` inside a parent that ends at `end`; none at its end. `top` allows the length 0, which stands for
/// "to the end of the file".
pub(crate) fn next_box<R: Read + Seek>(
    source: &mut Source<R>,
    at: u64,
    end: u64,
    top: bool,
) -> Result<Option<BoxAt>, Fault> {
    source.step()?;
    if at == end {
        return Ok(None);
    }
    if end - at < 8 {
        // QuickTime ends some lists with four zeros.
        let left = source.bytes(at, (end - at) as usize)?;
        let is_terminator = !top && left.iter().all(|byte| *byte == 0);
        return if is_terminator {
            Ok(None)
        } else {
            Err(Fault::Malformed("there is something after its end"))
        };
    }
    let kind = source.array(at + 4)?;
    let (header, length) = match source.be32(at)? {
        0 if top => (8, end - at),
        1 => (16, source.be64(at + 8)?),
        length => (8, u64::from(length)),
    };
    if length < header || length > end - at {
        return Err(Fault::Malformed("a part of it is longer than the whole"));
    }
    Ok(Some(BoxAt { kind, start: at, body: at + header, end: at + length }))
}

/// The first child of that kind.
pub(crate) fn find<R: Read + Seek>(
    source: &mut Source<R>,
    mut at: u64,
    end: u64,
    kind: &[u8; 4],
) -> Result<Option<BoxAt>, Fault> {
    while let Some(child) = next_box(source, at, end, false)? {
        if &child.kind == kind {
            return Ok(Some(child));
        }
        at = child.end;
    }
    Ok(None)
}

/// The brands of a file-type box: the major one, and whether `wanted` is among all.
pub(crate) struct Brands {
    list: Vec<[u8; 4]>,
}

impl Brands {
    /// `ftyp` must be the file's first box.
    pub fn of<R: Read + Seek>(source: &mut Source<R>) -> Result<Option<(Self, BoxAt)>, Fault> {
        let length = source.length();
        let Some(ftyp) = next_box(source, 0, length, true)?.filter(|first| &first.kind == b"ftyp") else {
            return Ok(None);
        };
        ftyp.at_least(8)?;
        let count = (ftyp.body_length() / 4).min(64);
        let mut list = Vec::new();
        for index in 0..count {
            // The second place is the minor version.
            if index != 1 {
                list.push(source.array(ftyp.body + index * 4)?);
            }
        }
        Ok(Some((Self { list }, ftyp)))
    }

    pub fn major(&self) -> &[u8; 4] {
        &self.list[0]
    }

    pub fn has(&self, brand: &[u8; 4]) -> bool {
        self.list.contains(brand)
    }
}
