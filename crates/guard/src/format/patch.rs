//! Overwriting in place: a copy of the input in which some ranges are zeros or other bytes. Nothing moves,
//! so every offset inside the file stays true.

use crate::source::{Source, write_many};
use crate::{Fault, limits};
use std::io::{Read, Seek, Write};

/// What is to be changed.
#[derive(Default)]
pub(crate) struct Patches {
    list: Vec<Patch>,
    long: Vec<Vec<u8>>,
}

struct Patch {
    offset: u64,
    length: u64,
    content: Content,
}

/// What is written there.
enum Content {
    /// The same byte again and again.
    All(u8),
    Few([u8; 8]),
    /// Which of the long ones, so that the many others stay small.
    Long(usize),
    Dashes(Dashes),
}

/// What a message between the pictures of a video becomes: dashes, with as many threes behind two zeros as it had, which do not
/// count there ([`super::nal`]).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dashes {
    /// Dashes before them.
    pub first: u8,
    pub threes: u32,
}

impl Dashes {
    fn written(self, length: usize) -> Vec<u8> {
        let mut bytes = vec![b'-'; length];
        let (first, threes) = (usize::from(self.first), self.threes as usize);
        if threes > 0 {
            bytes[first..first + 3 * threes]
                .chunks_exact_mut(3)
                .for_each(|three| three.copy_from_slice(&[0, 0, 3]));
            // Behind a three stands no more than a three.
            if let Some(next) = bytes.get_mut(first + 3 * threes) {
                *next = 1;
            }
        }
        bytes
    }
}

impl Patches {
    pub fn zero(&mut self, offset: u64, length: u64) -> Result<(), Fault> {
        self.fill(offset, length, 0)
    }

    /// The same byte again and again.
    pub fn fill(&mut self, offset: u64, length: u64, byte: u8) -> Result<(), Fault> {
        match self.list.last_mut() {
            _ if length == 0 => Ok(()),
            // What goes on is one.
            Some(Patch { offset: start, length: before, content: Content::All(same) })
                if *same == byte && start.checked_add(*before) == Some(offset) =>
            {
                *before = before.saturating_add(length);
                Ok(())
            }
            _ => self.push(Patch { offset, length, content: Content::All(byte) }),
        }
    }

    /// For few and long ones: a colour profile.
    pub fn replace(&mut self, offset: u64, bytes: Vec<u8>) -> Result<(), Fault> {
        let content = Content::Long(self.long.len());
        self.push(Patch { offset, length: bytes.len() as u64, content })?;
        self.long.push(bytes);
        Ok(())
    }

    /// At most [`limits::VIDEO_MESSAGES_BYTES`], in which the threes have room.
    pub fn dashes(&mut self, offset: u64, length: u64, dashes: Dashes) -> Result<(), Fault> {
        debug_assert!(u64::from(dashes.first) + 3 * u64::from(dashes.threes) <= length);
        match dashes.threes {
            0 => self.fill(offset, length, b'-'),
            _ => self.push(Patch { offset, length, content: Content::Dashes(dashes) }),
        }
    }

    /// At most eight bytes.
    pub fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Fault> {
        debug_assert!(bytes.len() <= 8);
        let mut held = [0; 8];
        held[..bytes.len()].copy_from_slice(bytes);
        self.push(Patch { offset, length: bytes.len() as u64, content: Content::Few(held) })
    }

    /// Copies the first `length` bytes of `source` with the patches. Where two overlap the one that begins first
    /// wins. Returns how many bytes became others.
    pub fn apply<R: Read + Seek>(
        self,
        source: &mut Source<R>,
        length: u64,
        output: &mut impl Write,
    ) -> Result<u64, Fault> {
        self.apply_from(source, 0, length, output)
    }

    /// The same of what is between two places.
    pub fn apply_from<R: Read + Seek>(
        mut self,
        source: &mut Source<R>,
        start: u64,
        length: u64,
        output: &mut impl Write,
    ) -> Result<u64, Fault> {
        self.list.sort_by_key(|patch| patch.offset);
        let mut at = start;
        let mut changed = 0;
        for patch in self.list {
            let end = patch.offset.saturating_add(patch.length);
            if end > length {
                return Err(Fault::Malformed("a part of it is longer than the whole"));
            }
            if end <= at {
                continue;
            }
            if patch.offset > at {
                source.copy(at, patch.offset - at, output)?;
                at = patch.offset;
            }
            let dashes;
            let bytes = match &patch.content {
                Content::All(byte) => {
                    changed += overwrite(source, at, end - at, *byte, output)?;
                    at = end;
                    continue;
                }
                Content::Few(bytes) => &bytes[..],
                Content::Long(which) => &self.long[*which][..],
                Content::Dashes(how) => {
                    dashes = how.written(patch.length as usize);
                    &dashes[..]
                }
            };
            let mut bytes = &bytes[(at - patch.offset) as usize..patch.length as usize];
            while !bytes.is_empty() {
                let (now, later) = bytes.split_at(bytes.len().min(limits::WINDOW_BYTES));
                let before = source.bytes(at, now.len())?;
                changed += before.iter().zip(now).filter(|(before, after)| before != after).count() as u64;
                output.write_all(now).map_err(Fault::Write)?;
                at += now.len() as u64;
                bytes = later;
            }
            at = end;
        }
        source.copy(at, length - at, output)?;
        Ok(changed)
    }

    fn push(&mut self, patch: Patch) -> Result<(), Fault> {
        if self.list.len() >= limits::PARTS {
            return Err(Fault::TooMuch("it has too many parts"));
        }
        self.list.push(patch);
        Ok(())
    }
}

/// Writes the same byte `count` times, and says how many were others before.
fn overwrite<R: Read + Seek>(
    source: &mut Source<R>,
    offset: u64,
    count: u64,
    byte: u8,
    output: &mut impl Write,
) -> Result<u64, Fault> {
    let changed = source.count_others(offset, count, byte)?;
    write_many(output, count, byte)?;
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_change_what_they_name_and_nothing_else() {
        let mut source = Source::new(std::io::Cursor::new(b"0123456789")).unwrap();
        let mut patches = Patches::default();
        patches.zero(6, 3).unwrap();
        patches.write(1, b"ab").unwrap();
        patches.write(2, b"cd").unwrap();
        let mut output = Vec::new();
        assert_eq!(patches.apply(&mut source, 10, &mut output).unwrap(), 6);
        assert_eq!(output, b"0abd45\0\0\x009");
    }
}
