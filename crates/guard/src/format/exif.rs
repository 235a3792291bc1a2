//! The one thing kept of EXIF: which way up the picture is.
//!
//! EXIF is a TIFF file without pixels: a byte order, the offset of a directory, and entries of 12 bytes
//! (TIFF 6.0 §2). Orientation is tag 0x0112.

/// Which way up, 1..=8. 1 is as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Orientation(u8);

impl Orientation {
    /// As stored: nothing needs to be said.
    pub const AS_STORED: Orientation = Orientation(1);

    /// From a TIFF block, that is EXIF without its `Exif\0\0`. Anything broken or absent is as stored, which is
    /// what viewers make of it.
    pub fn of(tiff: &[u8]) -> Self {
        find(tiff).unwrap_or(Self::AS_STORED)
    }

    pub fn is_as_stored(self) -> bool {
        self == Self::AS_STORED
    }

    /// A TIFF block that holds this and nothing else: 26 bytes.
    pub fn to_tiff(self) -> [u8; 26] {
        let mut tiff = *b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
        tiff[19] = self.0;
        tiff
    }

    /// Width and height as shown.
    pub fn shown(self, width: u32, height: u32) -> (u32, u32) {
        if self.0 >= 5 { (height, width) } else { (width, height) }
    }
}

fn find(tiff: &[u8]) -> Option<Orientation> {
    let big = match tiff.get(..4)? {
        b"MM\0\x2a" => true,
        b"II\x2a\0" => false,
        _ => return None,
    };
    let u16_at = |at: usize| {
        let bytes: [u8; 2] = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    };
    let u32_at = |at: usize| {
        let bytes: [u8; 4] = tiff.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    };
    let directory = u32_at(4)? as usize;
    let entries = usize::from(u16_at(directory)?);
    for index in 0..entries {
        let entry = directory.checked_add(2 + index * 12)?;
        const SHORT: u16 = 3;
        if u16_at(entry)? == 0x0112 && u16_at(entry + 2)? == SHORT && u32_at(entry + 4)? == 1 {
            let value = u16_at(entry + 8)?;
            return (1..=8).contains(&value).then_some(Orientation(value as u8));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for value in 1..=8 {
            assert_eq!(Orientation::of(&Orientation(value).to_tiff()), Orientation(value));
        }
        assert_eq!(Orientation(6).shown(4, 3), (3, 4));
        assert_eq!(Orientation(2).shown(4, 3), (4, 3));
    }

    #[test]
    fn broken_blocks_are_as_stored() {
        let good = Orientation(6).to_tiff();
        for cut in 0..20 {
            assert_eq!(Orientation::of(&good[..cut]), Orientation::AS_STORED, "cut at {cut}");
        }
        assert_eq!(Orientation::of(b"MM\0\x2a\xff\xff\xff\xff"), Orientation::AS_STORED);
        assert_eq!(Orientation::of(&Orientation(9).to_tiff()), Orientation::AS_STORED);
    }
}
