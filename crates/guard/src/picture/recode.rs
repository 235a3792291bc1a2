//! A JPEG written anew for the one decoder of JPEGs ([`super`]), which reads Huffman codes in ordinary order alone. What it does not
//! read is read here, to coefficients and no further: arithmetic codes (T.81 Annex D), colours sampled in ways that no camera
//! uses, and data that break off or are damaged, as far as they can be read. Coefficients stay as they are, bit for bit, but where
//! colours are sampled anew ([`sampling`]).

mod arithmetic;
mod bytes;
mod frame;
mod huffman;
mod sampling;
mod scan;
mod write;

use super::segments::{Segment, segments};
use crate::{Fault, limits};
use frame::Frame;
use scan::Scan;

/// Whether the decoder does not read it at all. `jpeg` is what [`crate::strip`] wrote.
pub(super) fn is_needed(jpeg: &[u8]) -> bool {
    let frame = segments(jpeg).find(|segment| frame::is_frame(segment.marker));
    frame.is_some_and(|segment| frame::is_unread(segment.marker, &jpeg[segment.body]))
}

/// Reads it and writes it anew.
pub(super) fn recode(jpeg: &[u8]) -> Result<Vec<u8>, Fault> {
    let (frame, kept) = read(jpeg, Reader::default())?;
    let frame = if frame.is_plain() { frame } else { sampling::even(frame)? };
    write::write(&frame, &kept)
}

/// Its coefficients, and the application segments beside them.
fn read(jpeg: &[u8], mut reader: Reader) -> Result<(Frame, Vec<u8>), Fault> {
    for segment in segments(jpeg) {
        // Damage behind the first scan ends the picture, and what is there is shown.
        match reader.take(jpeg, segment) {
            Err(Fault::Malformed(_)) if reader.has_picture => break,
            taken => taken?,
        }
    }
    let frame = reader.frame.filter(|_| reader.has_picture);
    Ok((frame.ok_or(Fault::Malformed("its pixels cannot be read"))?, reader.kept))
}

/// What the segments said so far.
#[derive(Default)]
struct Reader {
    frame: Option<Frame>,
    /// Application segments: how colours are stored, their profile, and which side is up.
    kept: Vec<u8>,
    /// Quantisation tables, in zigzag order.
    quantisation: [Option<[u16; 64]>; 4],
    huffman: huffman::Tables,
    conditioning: arithmetic::Conditioning,
    restart_interval: u32,
    work: Work,
    /// At least one block was read.
    has_picture: bool,
}

impl Reader {
    fn take(&mut self, jpeg: &[u8], segment: Segment) -> Result<(), Fault> {
        let body = &jpeg[segment.body.clone()];
        match segment.marker {
            0xE0..=0xEF => {
                self.kept.extend_from_slice(&[0xFF, segment.marker]);
                self.kept.extend_from_slice(&(body.len() as u16 + 2).to_be_bytes());
                self.kept.extend_from_slice(body);
            }
            0xDB => self.quantisation(body)?,
            0xC4 => self.huffman.define(body)?,
            0xCC => self.conditioning.define(body)?,
            0xDD => self.restart_interval = u32::from(u16::from_be_bytes([byte(body, 0)?, byte(body, 1)?])),
            marker if frame::is_frame(marker) => {
                let (None, frame) = (&self.frame, Frame::new(marker, body)?) else {
                    return Err(Fault::Malformed("it says its size twice"));
                };
                self.frame = Some(frame);
            }
            0xDA => self.scan(body, &jpeg[segment.data])?,
            // DNL, DHP, EXP: nothing that shows pictures reads them.
            _ => {}
        }
        Ok(())
    }

    /// T.81 §B.2.4.1.
    fn quantisation(&mut self, mut body: &[u8]) -> Result<(), Fault> {
        while let Some((&head, rest)) = body.split_first() {
            let is_wide = head >> 4 == 1;
            let size = if is_wide { 128 } else { 64 };
            let (values, rest) = rest.split_at_checked(size).ok_or(TABLE)?;
            let table =
                self.quantisation.get_mut(usize::from(head & 15)).filter(|_| head < 32).ok_or(TABLE)?;
            let mut steps = [0; 64];
            for (at, step) in steps.iter_mut().enumerate() {
                *step = match is_wide {
                    true => u16::from_be_bytes([values[2 * at], values[2 * at + 1]]),
                    false => u16::from(values[at]),
                };
            }
            *table = Some(steps);
            body = rest;
        }
        Ok(())
    }

    fn scan(&mut self, body: &[u8], data: &[u8]) -> Result<(), Fault> {
        let frame = self.frame.as_mut().ok_or(Fault::Malformed("its picture comes before its size"))?;
        let scan = Scan::new(body, frame)?;
        // A component has the table that stands there when it first comes (T.81 §B.2.4.1).
        for part in &scan.parts {
            let component = &mut frame.components[part.component];
            if component.steps.is_none() {
                component.steps = Some(self.quantisation[component.table].ok_or(TABLE)?);
            }
        }
        let read = if frame.is_arithmetic {
            let mut coder = arithmetic::Coder::new(data, &scan, &self.conditioning);
            scan.read(frame, &mut coder, self.restart_interval, &mut self.work)
        } else {
            let mut coder = huffman::Coder::new(data, &scan, &self.huffman)?;
            scan.read(frame, &mut coder, self.restart_interval, &mut self.work)
        };
        // Arithmetic codes go on without data.
        self.has_picture |= read? && !data.is_empty();
        Ok(())
    }
}

const TABLE: Fault = Fault::Malformed("one of its tables makes no sense");

fn byte(body: &[u8], at: usize) -> Result<u8, Fault> {
    body.get(at).copied().ok_or(Fault::Malformed("a part of it is too short"))
}

/// What may still be done.
struct Work(u64);

impl Default for Work {
    fn default() -> Self {
        Self(limits::JPEG_WORK)
    }
}

impl Work {
    fn spend(&mut self, steps: u64) -> Result<(), Fault> {
        self.0 = self.0.checked_sub(steps).ok_or(Fault::TooMuch("it takes too long to read"))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
