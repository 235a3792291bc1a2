//! A picture as its coefficients (T.81 §A.1, §A.2, §B.2.2).

use crate::{Fault, limits};

/// 64 coefficients in zigzag order, the mean first (T.81 §A.3.6).
pub(super) type Block = [i16; 64];

pub(super) struct Frame {
    pub is_arithmetic: bool,
    pub is_progressive: bool,
    pub width: usize,
    pub height: usize,
    /// The largest sampling factors.
    pub horizontal: usize,
    pub vertical: usize,
    pub components: Vec<Component>,
}

pub(super) struct Component {
    pub id: u8,
    /// Sampling factors: how many of its blocks an MCU holds.
    pub horizontal: usize,
    pub vertical: usize,
    /// Which quantisation table, and the table itself once it is known.
    pub table: usize,
    pub steps: Option<[u16; 64]>,
    /// Blocks that the picture needs, as a scan of this component alone has them (T.81 §A.2.2).
    pub wide: usize,
    pub high: usize,
    /// Blocks of a row in `blocks`, which are those of whole MCUs.
    pub stride: usize,
    pub blocks: Vec<Block>,
}

/// SOF0 to SOF15 without DHT, JPG and DAC (T.81 Table B.1).
pub(super) fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF)
}

/// Coded arithmetically, or sampled in ways that only [`super`] reads.
pub(super) fn is_unread(marker: u8, body: &[u8]) -> bool {
    let factors: Vec<_> = body.get(6..).unwrap_or(&[]).chunks_exact(3).map(|part| split(part[1])).collect();
    matches!(marker, 0xC9 | 0xCA) || matches!(marker, 0xC0..=0xC2) && !are_plain(&factors)
}

/// One component, or one at the full number of samples and others with either as many or, in a way that cameras use, less.
fn are_plain(factors: &[(usize, usize)]) -> bool {
    let Some((&first, others)) = factors.split_first() else { return true };
    others.is_empty()
        || matches!(first, (1..=2, 1..=2)) && others.iter().all(|other| *other == first || *other == (1, 1))
}

fn split(factors: u8) -> (usize, usize) {
    (usize::from(factors >> 4), usize::from(factors & 15))
}

impl Frame {
    pub fn new(marker: u8, body: &[u8]) -> Result<Self, Fault> {
        let (is_arithmetic, is_progressive) = match marker {
            0xC0 | 0xC1 => (false, false),
            0xC2 => (false, true),
            0xC9 => (true, false),
            0xCA => (true, true),
            _ => return Err(UNUSUAL),
        };
        let Some((&[precision, y1, y0, x1, x0, _], parts)) = body.split_first_chunk() else {
            return Err(SIZE);
        };
        let (height, width) = (u16::from_be_bytes([y1, y0]).into(), u16::from_be_bytes([x1, x0]).into());
        let parts: Vec<_> = parts.chunks_exact(3).map(|part| (part[0], split(part[1]), part[2])).collect();
        if width == 0 || height == 0 || parts.is_empty() {
            return Err(SIZE);
        }
        if precision != 8 || parts.len() > 4 {
            return Err(UNUSUAL);
        }
        let is_sound =
            |(_, (h, v), table): &(u8, _, u8)| (1..=4).contains(h) && (1..=4).contains(v) && *table < 4;
        if !parts.iter().all(is_sound) {
            return Err(SIZE);
        }
        let horizontal = parts.iter().map(|(_, (h, _), _)| *h).max().unwrap_or(1);
        let vertical = parts.iter().map(|(_, (_, v), _)| *v).max().unwrap_or(1);
        let mut frame = Self {
            is_arithmetic,
            is_progressive,
            width,
            height,
            horizontal,
            vertical,
            components: Vec::new(),
        };
        let across = frame.mcus();
        let mut count = 0;
        for &(id, (h, v), table) in &parts {
            let samples = |all: usize, factor: usize, most: usize| (all * factor).div_ceil(most).div_ceil(8);
            let (wide, high) = (samples(width, h, horizontal), samples(height, v, vertical));
            let (stride, rows) = (across.0 * h, across.1 * v);
            count += stride * rows;
            frame.components.push(Component {
                id,
                horizontal: h,
                vertical: v,
                table: table.into(),
                steps: None,
                wide,
                high,
                stride,
                blocks: Vec::new(),
            });
        }
        allowed(width, height, count)?;
        for component in &mut frame.components {
            component.blocks = vec![[0; 64]; component.stride * across.1 * component.vertical];
        }
        Ok(frame)
    }

    /// How many MCUs a row has, and how many rows there are, where components are interleaved (T.81 §A.2.3).
    pub fn mcus(&self) -> (usize, usize) {
        (self.width.div_ceil(8 * self.horizontal), self.height.div_ceil(8 * self.vertical))
    }

    /// Sampled as the decoder takes it.
    pub fn is_plain(&self) -> bool {
        let factors: Vec<_> = self.components.iter().map(|part| (part.horizontal, part.vertical)).collect();
        are_plain(&factors)
    }
}

/// Whether there is memory for a picture of so many blocks.
pub(super) fn allowed(width: usize, height: usize, blocks: usize) -> Result<(), Fault> {
    let bytes = blocks * size_of::<Block>();
    if width as u64 * height as u64 > limits::SHOWN_PIXELS || bytes as u64 > limits::JPEG_COEFFICIENT_BYTES {
        return Err(Fault::TooMuch("it has too many pixels"));
    }
    Ok(())
}

const SIZE: Fault = Fault::Malformed("its size makes no sense");
const UNUSUAL: Fault = Fault::TooMuch("it uses a part of its format that is not read here");
