//! EBML elements (RFC 8794), of which WebM and Matroska are made: an id and a length of variable size, then data.

use super::patch::Patches;
use crate::Fault;
use crate::source::Source;
use std::io::{Read, Seek};

/// The whole of a WebM or Matroska file after its header.
pub(crate) const SEGMENT: u32 = 0x1853_8067;
/// A few seconds of it.
pub(crate) const CLUSTER: u32 = 0x1F43_B675;

/// Where an element is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element {
    pub id: u32,
    pub start: u64,
    pub body: u64,
    /// The parent's end where the length is unknown.
    pub end: u64,
    pub is_unknown_length: bool,
}

impl Element {
    pub fn body_length(&self) -> u64 {
        self.end - self.body
    }

    /// An unsigned integer of up to eight bytes (§7.2).
    pub fn number<R: Read + Seek>(&self, source: &mut Source<R>) -> Result<u64, Fault> {
        if self.body_length() > 8 {
            return Err(Fault::Malformed("a number in it is too long"));
        }
        let bytes = source.bytes(self.body, self.body_length() as usize)?;
        Ok(bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }

    /// §7.3: nothing, 4 or 8 bytes.
    pub fn float<R: Read + Seek>(&self, source: &mut Source<R>) -> Result<f64, Fault> {
        match self.body_length() {
            0 => Ok(0.0),
            4 => Ok(f32::from_be_bytes(source.array(self.body)?).into()),
            8 => Ok(f64::from_be_bytes(source.array(self.body)?)),
            _ => Err(Fault::Malformed("a number in it is too long")),
        }
    }

    /// Makes it a Void element (§11.3.2) of the same length in all, of zeros.
    pub fn blank(&self, patches: &mut Patches) -> Result<(), Fault> {
        const VOID: u8 = 0xEC;
        if self.is_unknown_length {
            return Err(Fault::Malformed("its parts are out of order"));
        }
        let header = self.body - self.start;
        // The rest of the header becomes the length, which may take up to eight bytes.
        let width = (header - 1).min(8);
        let length = self.end - self.start - 1 - width;
        let mut size = (length | 1 << (7 * width)).to_be_bytes();
        size.rotate_left(8 - width as usize);
        patches.write(self.start, &[VOID])?;
        patches.write(self.start + 1, &size[..width as usize])?;
        patches.zero(self.start + 1 + width, length)
    }
}

/// The element at `at` in a parent that ends at `end`; none at its end.
pub(crate) fn next_element<R: Read + Seek>(
    source: &mut Source<R>,
    at: u64,
    end: u64,
) -> Result<Option<Element>, Fault> {
    source.step()?;
    if at >= end {
        return Ok(None);
    }
    let first = source.u8(at)?;
    let id_length = u64::from(first.leading_zeros()) + 1;
    if id_length > 4 || at + id_length >= end {
        return Err(Fault::Malformed("a part of it makes no sense"));
    }
    let id = source.bytes(at, id_length as usize)?.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte));
    let size_at = at + id_length;
    let first = source.u8(size_at)?;
    let size_length = u64::from(first.leading_zeros()) + 1;
    if size_length > 8 || size_at + size_length > end {
        return Err(Fault::Malformed("a part of it makes no sense"));
    }
    let size =
        source.bytes(size_at, size_length as usize)?.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let mask = (1 << (7 * size_length)) - 1;
    let size = size & mask;
    let body = size_at + size_length;
    let is_unknown_length = size == mask;
    // RFC 9559 §4.5: of all elements only these two may do without a length.
    if is_unknown_length && !matches!(id, SEGMENT | CLUSTER) {
        return Err(Fault::Malformed("a part of it has no length"));
    }
    if !is_unknown_length && size > end - body {
        return Err(Fault::Malformed("a part of it is longer than the whole"));
    }
    let element_end = if is_unknown_length { end } else { body + size };
    Ok(Some(Element { id, start: at, body, end: element_end, is_unknown_length }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn a_blanked_element_is_void_of_the_same_length() {
        // Title, two bytes of id, a length in 1, 2, 5 and 8 bytes.
        for size in [&[0x83u8][..], &[0x40, 3], &[8, 0, 0, 0, 3], &[1, 0, 0, 0, 0, 0, 0, 3]] {
            let mut bytes = vec![0x7B, 0xA9];
            bytes.extend_from_slice(size);
            bytes.extend_from_slice(b"abc\xEC\x80");
            let length = bytes.len() as u64;
            let mut source = Source::new(Cursor::new(bytes)).unwrap();
            let element = next_element(&mut source, 0, length).unwrap().unwrap();
            let mut patches = Patches::default();
            element.blank(&mut patches).unwrap();
            let mut output = Vec::new();
            patches.apply(&mut source, length, &mut output).unwrap();
            let mut source = Source::new(Cursor::new(output)).unwrap();
            let void = next_element(&mut source, 0, length).unwrap().unwrap();
            assert_eq!((void.id, void.end), (0xEC, element.end));
        }
    }
}
