//! Overwriting in place: a copy of the input in which some ranges are zeros or a few other bytes. Nothing moves,
//! so every offset inside the file stays true.

use crate::source::{Source, write_zeros};
use crate::{Fault, limits};
use std::io::{Read, Seek, Write};

/// What is to be changed.
#[derive(Default)]
pub(crate) struct Patches {
    list: Vec<Patch>,
}

struct Patch {
    offset: u64,
    length: u64,
    /// Zeros where there are none.
    bytes: Option<[u8; 8]>,
}

impl Patches {
    pub fn zero(&mut self, offset: u64, length: u64) -> Result<(), Fault> {
        if length == 0 { Ok(()) } else { self.push(Patch { offset, length, bytes: None }) }
    }

    /// At most eight bytes.
    pub fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Fault> {
        debug_assert!(bytes.len() <= 8);
        let mut held = [0; 8];
        held[..bytes.len()].copy_from_slice(bytes);
        self.push(Patch { offset, length: bytes.len() as u64, bytes: Some(held) })
    }

    /// Copies the first `length` bytes of `source` with the patches. Where two overlap the one that begins first
    /// wins. Returns how many bytes became others.
    pub fn apply<R: Read + Seek>(
        mut self,
        source: &mut Source<R>,
        length: u64,
        output: &mut impl Write,
    ) -> Result<u64, Fault> {
        self.list.sort_by_key(|patch| patch.offset);
        let mut at = 0;
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
            match patch.bytes {
                Some(bytes) => {
                    let bytes = &bytes[(at - patch.offset) as usize..patch.length as usize];
                    let before = source.bytes(at, bytes.len())?;
                    changed +=
                        before.iter().zip(bytes).filter(|(before, after)| before != after).count() as u64;
                    output.write_all(bytes).map_err(Fault::Write)?;
                }
                None => {
                    changed += source.count_nonzero(at, end - at)?;
                    write_zeros(output, end - at)?;
                }
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
