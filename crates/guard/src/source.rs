//! A bounded window onto a file of any size. Every parser reads through this, so none can read past the end,
//! load a file whole or walk for ever.

use crate::{Fault, limits};
use std::io::{Read, Seek, SeekFrom, Write};

/// A readable, seekable input and one window of it in memory.
pub(crate) struct Source<R> {
    input: R,
    length: u64,
    window: Vec<u8>,
    window_start: u64,
    steps: u64,
}

impl<R: Read + Seek> Source<R> {
    pub fn new(mut input: R) -> std::io::Result<Self> {
        let length = input.seek(SeekFrom::End(0))?;
        Ok(Self { input, length, window: Vec::new(), window_start: 0, steps: 0 })
    }

    pub fn length(&self) -> u64 {
        self.length
    }

    /// `count` bytes at `offset`. `count` is at most [`limits::WINDOW_BYTES`].
    pub fn bytes(&mut self, offset: u64, count: usize) -> Result<&[u8], Fault> {
        let end = offset.checked_add(count as u64).ok_or(ENDS_EARLY)?;
        if end > self.length {
            return Err(ENDS_EARLY);
        }
        if count > limits::WINDOW_BYTES {
            return Err(Fault::TooMuch("it has a part that is too long"));
        }
        let window_end = self.window_start + self.window.len() as u64;
        if offset < self.window_start || end > window_end {
            self.fill(offset, count)?;
        }
        let start = (offset - self.window_start) as usize;
        Ok(&self.window[start..start + count])
    }

    /// What is left from `offset`, up to a window: for scanning. Empty at the end.
    pub fn ahead(&mut self, offset: u64) -> Result<&[u8], Fault> {
        if offset >= self.length {
            return Ok(&[]);
        }
        let window_end = self.window_start + self.window.len() as u64;
        if offset < self.window_start || offset >= window_end {
            self.fill(offset, 1)?;
        }
        Ok(&self.window[(offset - self.window_start) as usize..])
    }

    pub fn array<const N: usize>(&mut self, offset: u64) -> Result<[u8; N], Fault> {
        let mut array = [0; N];
        array.copy_from_slice(self.bytes(offset, N)?);
        Ok(array)
    }

    pub fn u8(&mut self, offset: u64) -> Result<u8, Fault> {
        Ok(self.array::<1>(offset)?[0])
    }

    pub fn be16(&mut self, offset: u64) -> Result<u16, Fault> {
        self.array(offset).map(u16::from_be_bytes)
    }

    pub fn be32(&mut self, offset: u64) -> Result<u32, Fault> {
        self.array(offset).map(u32::from_be_bytes)
    }

    pub fn be64(&mut self, offset: u64) -> Result<u64, Fault> {
        self.array(offset).map(u64::from_be_bytes)
    }

    pub fn le16(&mut self, offset: u64) -> Result<u16, Fault> {
        self.array(offset).map(u16::from_le_bytes)
    }

    pub fn le32(&mut self, offset: u64) -> Result<u32, Fault> {
        self.array(offset).map(u32::from_le_bytes)
    }

    pub fn le64(&mut self, offset: u64) -> Result<u64, Fault> {
        self.array(offset).map(u64::from_le_bytes)
    }

    /// Does the file have these bytes at `offset`? False also where it ends before.
    pub fn has(&mut self, offset: u64, wanted: &[u8]) -> Result<bool, Fault> {
        match self.bytes(offset, wanted.len()) {
            Ok(found) => Ok(found == wanted),
            Err(Fault::Malformed(_)) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// Counts one structural element; an error once there were [`limits::STEPS`].
    pub fn step(&mut self) -> Result<(), Fault> {
        self.steps += 1;
        if self.steps > limits::STEPS { Err(Fault::TooMuch("it has too many parts")) } else { Ok(()) }
    }

    /// Starts counting anew, for the next attempt at telling the type.
    pub fn forget_steps(&mut self) {
        self.steps = 0;
    }

    /// Copies `count` bytes from `offset`.
    pub fn copy(&mut self, offset: u64, count: u64, output: &mut impl Write) -> Result<(), Fault> {
        let end = offset.checked_add(count).filter(|end| *end <= self.length).ok_or(ENDS_EARLY)?;
        let mut at = offset;
        while at < end {
            let ahead = self.ahead(at)?;
            if ahead.is_empty() {
                return Err(ENDS_EARLY);
            }
            let take = (ahead.len() as u64).min(end - at) as usize;
            output.write_all(&ahead[..take]).map_err(Fault::Write)?;
            at += take as u64;
        }
        Ok(())
    }

    /// How many bytes of the range are not zero.
    pub fn count_nonzero(&mut self, offset: u64, count: u64) -> Result<u64, Fault> {
        self.count_others(offset, count, 0)
    }

    /// How many bytes of the range are not this one.
    pub fn count_others(&mut self, offset: u64, count: u64, byte: u8) -> Result<u64, Fault> {
        let end = offset.saturating_add(count).min(self.length);
        let mut at = offset;
        let mut sum = 0;
        while at < end {
            let ahead = self.ahead(at)?;
            let take = (ahead.len() as u64).min(end - at) as usize;
            sum += ahead[..take].iter().filter(|found| **found != byte).count() as u64;
            at += take as u64;
        }
        Ok(sum)
    }

    /// Moves the window to `offset`, with at least `count` bytes. Reading on takes a whole window; a jump takes
    /// little, so that a file made of jumps is not read a thousand times over.
    fn fill(&mut self, offset: u64, count: usize) -> Result<(), Fault> {
        let window_end = self.window_start + self.window.len() as u64;
        let reads_on = (self.window_start..=window_end).contains(&offset);
        let wanted = if reads_on { limits::WINDOW_BYTES } else { count.max(limits::JUMP_BYTES) };
        let count = (self.length - offset).min(wanted as u64) as usize;
        self.window.clear();
        self.window.resize(count, 0);
        self.window_start = offset;
        self.input.seek(SeekFrom::Start(offset)).map_err(Fault::Read)?;
        if let Err(error) = self.input.read_exact(&mut self.window) {
            self.window.clear();
            return Err(Fault::Read(error));
        }
        Ok(())
    }
}

pub(crate) const ENDS_EARLY: Fault = Fault::Malformed("it ends early");

/// Writes `count` zeros.
pub(crate) fn write_zeros(output: &mut impl Write, count: u64) -> Result<(), Fault> {
    write_many(output, count, 0)
}

/// Writes one byte `count` times.
pub(crate) fn write_many(output: &mut impl Write, mut count: u64, byte: u8) -> Result<(), Fault> {
    let block = [byte; 4096];
    while count > 0 {
        let take = count.min(block.len() as u64);
        output.write_all(&block[..take as usize]).map_err(Fault::Write)?;
        count -= take;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn reads_anywhere_and_never_past_the_end() {
        let data: Vec<u8> = (0..200_000u32).map(|i| (i % 251) as u8).collect();
        let mut source = Source::new(Cursor::new(&data)).unwrap();
        for offset in [0u64, 65_535, 65_536, 131_000, 199_996, 3] {
            let start = offset as usize;
            assert_eq!(source.bytes(offset, 4).unwrap(), &data[start..start + 4]);
        }
        assert!(source.bytes(199_997, 4).is_err());
        assert!(source.bytes(u64::MAX - 1, 4).is_err());
        let mut copied = Vec::new();
        source.copy(10, 150_000, &mut copied).unwrap();
        assert_eq!(copied, &data[10..150_010]);
        assert!(source.copy(10, u64::MAX, &mut copied).is_err());
    }
}
