//! Icons of Windows: a directory of pictures, each a PNG or a bitmap without its file header. The largest is the picture;
//! the others, which are the same smaller, and what lies between them are dropped.

use super::png;
use crate::inspect::Found;
use crate::source::Source;
use crate::{Fault, MediaType, limits};
use std::io::{Cursor, Read, Seek, Write};

pub(crate) fn inspect<R: Read + Seek>(source: &mut Source<R>) -> Result<Found, Fault> {
    let icon = Icon::read(source)?;
    Ok(Found {
        media_type: Some(MediaType::Ico),
        width: Some(icon.width),
        height: Some(icon.height),
        trailing_bytes: source.length() - icon.end,
        ..Found::default()
    })
}

/// Writes an icon of the one picture, a PNG without its metadata.
pub(crate) fn strip<R: Read + Seek>(source: &mut Source<R>, output: &mut impl Write) -> Result<u64, Fault> {
    let icon = Icon::read(source)?;
    let mut entry = icon.entry;
    entry[8..12].copy_from_slice(&(icon.picture.len() as u32).to_le_bytes());
    entry[12..16].copy_from_slice(&(PICTURE as u32).to_le_bytes());
    for part in [&[0, 0, 1, 0, 1, 0][..], &entry, &icon.picture] {
        output.write_all(part).map_err(Fault::Write)?;
    }
    Ok(0)
}

const HEADER: u64 = 6;
const ENTRY: u64 = 16;
/// Where the picture begins in what [`strip`] writes.
pub(crate) const PICTURE: usize = (HEADER + ENTRY) as usize;
/// How a PNG begins.
pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

struct Icon {
    width: u32,
    height: u32,
    /// Its line of the directory, as it stands there.
    entry: [u8; ENTRY as usize],
    picture: Vec<u8>,
    /// After the last picture of the directory.
    end: u64,
}

impl Icon {
    fn read<R: Read + Seek>(source: &mut Source<R>) -> Result<Self, Fault> {
        // Cursors are of type 2: nobody sends them.
        if !source.has(0, &[0, 0, 1, 0])? {
            return Err(Fault::Malformed("it does not begin as an icon"));
        }
        let count = u64::from(source.le16(4)?);
        if count == 0 || count > limits::ICONS {
            return Err(Fault::Malformed("it holds no picture"));
        }
        let mut best: Option<((u32, u16), [u8; ENTRY as usize], u64, u64, bool)> = None;
        let mut end = 0;
        for index in 0..count {
            let entry: [u8; ENTRY as usize] = source.array(HEADER + index * ENTRY)?;
            let number = |at: usize| {
                u64::from(u32::from_le_bytes([entry[at], entry[at + 1], entry[at + 2], entry[at + 3]]))
            };
            let (length, at) = (number(8), number(12));
            let side = |byte: u8| if byte == 0 { 256 } else { u32::from(byte) };
            let (width, height) = (side(entry[0]), side(entry[1]));
            if entry[3] != 0 || at < HEADER + count * ENTRY || length > limits::ICON_BYTES {
                return Err(Fault::Malformed("its pictures are not where it says"));
            }
            let is_png = source.has(at, PNG)?;
            // BITMAPINFOHEADER, with a mask of the same size above the picture.
            let is_bitmap =
                source.has(at, &[40, 0, 0, 0])? && u64::from(source.le32(at + 4)?) == u64::from(width);
            if !(is_png || is_bitmap) || at + length > source.length() {
                return Err(Fault::Malformed("its pictures are not where it says"));
            }
            end = end.max(at + length);
            let depth = u16::from_le_bytes([entry[6], entry[7]]);
            let size = (width * height, depth);
            if best.as_ref().is_none_or(|(found, ..)| *found < size) {
                best = Some((size, entry, at, length, is_png));
            }
        }
        let (_, entry, at, length, is_png) = best.ok_or(Fault::Malformed("it holds no picture"))?;
        let mut picture = Vec::new();
        source.copy(at, length, &mut picture)?;
        let side = |byte: u8| if byte == 0 { 256 } else { u32::from(byte) };
        let (mut width, mut height) = (side(entry[0]), side(entry[1]));
        if is_png {
            let mut inner = Source::new(Cursor::new(picture)).map_err(Fault::Read)?;
            let found = png::inspect(&mut inner)?;
            (width, height) = found.width.zip(found.height).unwrap_or((width, height));
            let mut stripped = Vec::new();
            png::strip(&mut inner, &mut stripped)?;
            picture = stripped;
        }
        Ok(Icon { width, height, entry, picture, end })
    }
}
