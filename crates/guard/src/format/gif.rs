//! GIF (89a): a header, colour tables, and blocks: pictures, and extensions that say how to show them or anything
//! else.

use crate::inspect::Found;
use crate::source::Source;
use crate::{Fault, MediaType, limits};
use std::io::{Read, Seek, Write};

pub(crate) fn inspect<R: Read + Seek>(source: &mut Source<R>) -> Result<Found, Fault> {
    let gif = Gif::walk(source)?;
    Ok(Found {
        media_type: Some(MediaType::Gif),
        width: Some(gif.width),
        height: Some(gif.height),
        trailing_bytes: source.length() - gif.end,
        ..Found::default()
    })
}

/// How many pictures follow one another.
#[cfg(feature = "picture")]
pub(crate) fn frames<R: Read + Seek>(source: &mut Source<R>) -> Result<u32, Fault> {
    Ok(Gif::walk(source)?.pictures)
}

/// Keeps pictures, their timing and how often to loop. Drops comments, plain text and all other extensions.
pub(crate) fn strip<R: Read + Seek>(source: &mut Source<R>, output: &mut impl Write) -> Result<u64, Fault> {
    let gif = Gif::walk(source)?;
    for part in gif.kept {
        match part {
            Part::Copy { offset, length } => source.copy(offset, length, output)?,
            // What is there of a block of data, and that there are no more.
            Part::Cut { offset, length } => {
                output.write_all(&[length]).map_err(Fault::Write)?;
                source.copy(offset, u64::from(length), output)?;
                output.write_all(&[0]).map_err(Fault::Write)?;
            }
            Part::Loop { name, count } => {
                output.write_all(&[EXTENSION, APPLICATION, 11]).map_err(Fault::Write)?;
                output.write_all(&name).map_err(Fault::Write)?;
                output.write_all(&[3, 1, count[0], count[1], 0]).map_err(Fault::Write)?;
            }
        }
    }
    output.write_all(&[TRAILER]).map_err(Fault::Write)?;
    Ok(0)
}

const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2C;
const TRAILER: u8 = 0x3B;
const GRAPHIC_CONTROL: u8 = 0xF9;
const APPLICATION: u8 = 0xFF;

struct Gif {
    width: u32,
    height: u32,
    kept: Vec<Part>,
    pictures: u32,
    /// After the trailer, or where nothing follows that belongs to it.
    end: u64,
}

enum Part {
    Copy {
        offset: u64,
        length: u64,
    },
    /// A block of a picture's data that the file's end cuts.
    Cut {
        offset: u64,
        length: u8,
    },
    Loop {
        name: [u8; 11],
        count: [u8; 2],
    },
}

impl Gif {
    fn walk<R: Read + Seek>(source: &mut Source<R>) -> Result<Self, Fault> {
        if !source.has(0, b"GIF87a")? && !source.has(0, b"GIF89a")? {
            return Err(Fault::Malformed("it does not begin as a GIF"));
        }
        if source.length() > limits::PICTURE_BYTES {
            return Err(Fault::TooMuch("it is too large for a picture"));
        }
        let screen: [u8; 7] = source.array(6)?;
        let width = u32::from(u16::from_le_bytes([screen[0], screen[1]]));
        let height = u32::from(u16::from_le_bytes([screen[2], screen[3]]));
        if width == 0 || height == 0 {
            return Err(Fault::Malformed("its size makes no sense"));
        }
        let mut at = 13 + colour_table(screen[4]);
        let mut gif = Gif { width, height, kept: Vec::new(), pictures: 0, end: 0 };
        gif.copy(0, at)?;
        // A graphic control extension belongs to the picture after it and stays or goes with it.
        let mut control: Option<(u64, u64)> = None;
        loop {
            source.step()?;
            // Many writers leave out the trailer; all viewers accept that.
            if at == source.length() && gif.pictures > 0 {
                gif.end = at;
                return Ok(gif);
            }
            match source.u8(at)? {
                TRAILER if gif.pictures > 0 => {
                    gif.end = at + 1;
                    return Ok(gif);
                }
                IMAGE => {
                    let data = match image_data(source, at) {
                        Ok(data) => blocks_end(source, data),
                        Err(fault) => Err(fault),
                    };
                    let end = match data {
                        Ok(end) => end,
                        // A picture that breaks off is the last one; how much of it is there, its decoder sees.
                        Err(Fault::Malformed(_)) if gif.pictures > 0 => {
                            gif.end = at;
                            return Ok(gif);
                        }
                        Err(Fault::Malformed(_)) => return gif.broken_off(source, at, control),
                        Err(fault) => return Err(fault),
                    };
                    if let Some((offset, length)) = control.take() {
                        gif.copy(offset, length)?;
                    }
                    gif.copy(at, end - at)?;
                    gif.pictures += 1;
                    at = end;
                }
                EXTENSION => {
                    let end = match blocks_end(source, at + 2) {
                        Err(Fault::Malformed(_)) if gif.pictures > 0 => {
                            gif.end = at;
                            return Ok(gif);
                        }
                        end => end?,
                    };
                    let label = source.u8(at + 1)?;
                    match label {
                        GRAPHIC_CONTROL if end == at + 8 && source.u8(at + 2)? == 4 => {
                            control = Some((at, 8));
                        }
                        GRAPHIC_CONTROL => return Err(Fault::Malformed("its timing is damaged")),
                        // Plain text takes the control extension before it (§25).
                        0x01 => control = None,
                        APPLICATION => gif.application(source, at)?,
                        _ => {}
                    }
                    at = end;
                }
                // Behind a picture: something else that is carried there.
                _ if gif.pictures > 0 => {
                    gif.end = at;
                    return Ok(gif);
                }
                _ => return Err(Fault::Malformed("there is something between its parts")),
            }
        }
    }

    /// The only picture, whose data the file's end cuts.
    fn broken_off<R: Read + Seek>(
        mut self,
        source: &mut Source<R>,
        at: u64,
        control: Option<(u64, u64)>,
    ) -> Result<Self, Fault> {
        let mut block = image_data(source, at)?;
        loop {
            source.step()?;
            let length = source.u8(block)?;
            let left = source.length() - block - 1;
            if u64::from(length) < left {
                block += 1 + u64::from(length);
                continue;
            }
            if left == 0 || length == 0 {
                return Err(Fault::Malformed("it ends early"));
            }
            if let Some((offset, length)) = control {
                self.copy(offset, length)?;
            }
            self.copy(at, block - at)?;
            self.push(Part::Cut { offset: block + 1, length: left.min(u64::from(length)) as u8 })?;
            self.end = source.length();
            return Ok(self);
        }
    }

    /// Of the application extensions only looping is kept, written anew from its one number.
    fn application<R: Read + Seek>(&mut self, source: &mut Source<R>, at: u64) -> Result<(), Fault> {
        for name in [b"NETSCAPE2.0", b"ANIMEXTS1.0"] {
            if source.has(at + 2, &[11])? && source.has(at + 3, name)? && source.has(at + 14, &[3, 1])? {
                let count = source.array(at + 16)?;
                return self.push(Part::Loop { name: *name, count });
            }
        }
        Ok(())
    }

    fn copy(&mut self, offset: u64, length: u64) -> Result<(), Fault> {
        match self.kept.last_mut() {
            Some(Part::Copy { offset: start, length: run }) if *start + *run == offset => *run += length,
            _ => self.push(Part::Copy { offset, length })?,
        }
        Ok(())
    }

    fn push(&mut self, part: Part) -> Result<(), Fault> {
        if self.kept.len() >= limits::PARTS {
            return Err(Fault::TooMuch("it has too many parts"));
        }
        self.kept.push(part);
        Ok(())
    }
}

/// Bytes of the colour table that a packed field announces.
fn colour_table(packed: u8) -> u64 {
    if packed & 0x80 == 0 { 0 } else { 3 << ((packed & 7) + 1) }
}

/// §20, §22: behind descriptor, local colour table and code size data blocks begin.
fn image_data<R: Read + Seek>(source: &mut Source<R>, at: u64) -> Result<u64, Fault> {
    let packed = source.u8(at + 9)?;
    let code_size = at + 10 + colour_table(packed);
    if !(1..=11).contains(&source.u8(code_size)?) {
        return Err(Fault::Malformed("its picture is damaged"));
    }
    Ok(code_size + 1)
}

/// Data blocks of a length and as many bytes, until an empty one.
fn blocks_end<R: Read + Seek>(source: &mut Source<R>, mut at: u64) -> Result<u64, Fault> {
    loop {
        source.step()?;
        let length = u64::from(source.u8(at)?);
        at += 1 + length;
        if length == 0 {
            return Ok(at);
        }
    }
}
