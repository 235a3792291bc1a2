//! A scan: which blocks come in which order (T.81 §A.2, §B.2.3, §G.1.1), whatever they are coded with.

use super::frame::{Block, Frame};
use super::{Work, byte};
use crate::Fault;

pub(super) struct Scan {
    pub parts: Vec<Part>,
    /// The first and the last coefficient of each block that it has, in zigzag order.
    pub first: usize,
    pub last: usize,
    /// The lowest bit that it has of each.
    pub low: u32,
    pub step: Step,
}

/// A component of the scan.
pub(super) struct Part {
    pub component: usize,
    /// Which tables, up to 15: of the mean, and of all other coefficients.
    pub dc: usize,
    pub ac: usize,
}

/// What it says of each block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// All of it.
    Whole,
    /// Means, without their low bits; one more bit of each.
    Mean,
    MeanBit,
    /// Other coefficients; one more bit of each.
    Others,
    OthersBit,
}

/// Reads blocks from a scan's data.
pub(super) trait Coder {
    /// A block of the scan's `part`. Where the data end or are damaged it is read as far as it can be.
    fn block(&mut self, part: usize, block: &mut Block);

    /// There is nothing more before the next restart.
    fn is_lost(&self) -> bool;

    /// Begins anew behind the restart marker of that number.
    fn restart(&mut self, number: u8);

    /// What was done since this was asked last.
    fn effort(&mut self) -> u64;
}

impl Scan {
    pub fn new(body: &[u8], frame: &Frame) -> Result<Self, Fault> {
        let count = usize::from(byte(body, 0)?);
        let mut parts: Vec<Part> = Vec::new();
        for at in 0..count {
            let (id, tables) = (byte(body, 1 + 2 * at)?, byte(body, 2 + 2 * at)?);
            let found = frame.components.iter().position(|component| component.id == id);
            let component = found.filter(|found| parts.iter().all(|part| part.component != *found));
            parts.push(Part {
                component: component.ok_or(PARAMETERS)?,
                dc: usize::from(tables >> 4),
                ac: usize::from(tables & 15),
            });
        }
        let (first, last) = (byte(body, 1 + 2 * count)?.into(), byte(body, 2 + 2 * count)?.into());
        let bits = byte(body, 3 + 2 * count)?;
        let (high, low) = (u32::from(bits >> 4), u32::from(bits & 15));
        if parts.is_empty() {
            return Err(PARAMETERS);
        }
        // Of other values these have no meaning where a picture is not progressive (T.81 Table B.3).
        if !frame.is_progressive {
            return Ok(Self { parts, first: 0, last: 63, low: 0, step: Step::Whole });
        }
        let are_others = first > 0;
        let is_sound = if are_others { first <= last && last < 64 && parts.len() == 1 } else { last == 0 };
        if !is_sound || low > 13 || high > 0 && high != low + 1 {
            return Err(PARAMETERS);
        }
        let step = match (are_others, high > 0) {
            (false, false) => Step::Mean,
            (false, true) => Step::MeanBit,
            (true, false) => Step::Others,
            (true, true) => Step::OthersBit,
        };
        Ok(Self { parts, first, last, low, step })
    }

    /// Reads all its blocks into the frame; says whether there was at least one.
    pub fn read(
        &self,
        frame: &mut Frame,
        coder: &mut impl Coder,
        interval: u32,
        work: &mut Work,
    ) -> Result<bool, Fault> {
        // One component alone comes block by block, without those that fill MCUs (T.81 §A.2.2).
        let is_alone = self.parts.len() == 1;
        let (wide, high) = match &self.parts[..] {
            [part] => (frame.components[part.component].wide, frame.components[part.component].high),
            _ => frame.mcus(),
        };
        let (mut left, mut number, mut any) = (interval, 0, false);
        for row in 0..high {
            for column in 0..wide {
                if interval > 0 && left == 0 {
                    coder.restart(number);
                    (number, left) = ((number + 1) & 7, interval);
                }
                left = left.wrapping_sub(1);
                if coder.is_lost() {
                    if interval == 0 {
                        return Ok(any);
                    }
                    work.spend(1)?;
                    continue;
                }
                for (at, part) in self.parts.iter().enumerate() {
                    let component = &mut frame.components[part.component];
                    let (across, down) =
                        if is_alone { (1, 1) } else { (component.horizontal, component.vertical) };
                    for y in row * down..(row + 1) * down {
                        for x in column * across..(column + 1) * across {
                            coder.block(at, &mut component.blocks[y * component.stride + x]);
                            any |= !coder.is_lost();
                        }
                    }
                }
                work.spend(1 + coder.effort())?;
            }
        }
        Ok(any)
    }
}

const PARAMETERS: Fault = Fault::Malformed("it says of its data what makes no sense");
