//! Coefficients as the plainest JPEG: baseline, one scan, Huffman codes that are the numbers themselves. It is read at once and thrown
//! away, so that it is not small does not matter.

use super::TABLE;
use super::frame::{Block, Frame};
use crate::{Fault, limits};

/// `kept` are application segments.
pub(super) fn write(frame: &Frame, kept: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut out = vec![0xFF, 0xD8];
    out.extend_from_slice(kept);
    for (number, component) in frame.components.iter().enumerate() {
        // A component of which nothing came is grey.
        let steps = component.steps.unwrap_or([1; 64]);
        if steps.contains(&0) {
            return Err(TABLE);
        }
        let is_wide = steps.iter().any(|step| *step > 255);
        segment(&mut out, 0xDB, 1 + if is_wide { 128 } else { 64 });
        out.push(u8::from(is_wide) << 4 | number as u8);
        for step in steps {
            let bytes = step.to_be_bytes();
            out.extend_from_slice(if is_wide { &bytes } else { &bytes[1..] });
        }
    }
    let count = frame.components.len() as u8;
    segment(&mut out, 0xC0, 6 + 3 * frame.components.len());
    out.push(8);
    out.extend_from_slice(&(frame.height as u16).to_be_bytes());
    out.extend_from_slice(&(frame.width as u16).to_be_bytes());
    out.push(count);
    for (number, component) in frame.components.iter().enumerate() {
        let (across, down) = factors(frame, number);
        out.extend_from_slice(&[component.id, (across << 4 | down) as u8, number as u8]);
    }
    // Sizes of differences of means are codes of four bits; runs and sizes of all others of eight.
    for (class, length, codes) in [(0u8, 4usize, 12u8), (0x10, 8, 255)] {
        let mut counts = [0; 16];
        counts[length - 1] = codes;
        segment(&mut out, 0xC4, 17 + usize::from(codes));
        out.push(class);
        out.extend_from_slice(&counts);
        out.extend(0..codes);
    }
    segment(&mut out, 0xDA, 4 + 2 * frame.components.len());
    out.push(count);
    frame.components.iter().for_each(|component| out.extend_from_slice(&[component.id, 0]));
    out.extend_from_slice(&[0, 63, 0]);
    data(frame, &mut out)?;
    out.extend_from_slice(&[0xFF, 0xD9]);
    Ok(out)
}

fn segment(out: &mut Vec<u8>, marker: u8, length: usize) {
    out.extend_from_slice(&[0xFF, marker]);
    out.extend_from_slice(&(length as u16 + 2).to_be_bytes());
}

/// A component alone has no MCUs of several blocks (T.81 §A.2.2).
fn factors(frame: &Frame, component: usize) -> (usize, usize) {
    match &frame.components[..] {
        [_] => (1, 1),
        all => (all[component].horizontal, all[component].vertical),
    }
}

fn data(frame: &Frame, out: &mut Vec<u8>) -> Result<(), Fault> {
    let (wide, high) = match &frame.components[..] {
        [component] => (component.wide, component.high),
        _ => frame.mcus(),
    };
    let mut bits = Bits { out, held: 0, count: 0 };
    let mut before = [0; 4];
    for row in 0..high {
        for column in 0..wide {
            for (number, component) in frame.components.iter().enumerate() {
                let (across, down) = factors(frame, number);
                for y in row * down..(row + 1) * down {
                    for x in column * across..(column + 1) * across {
                        bits.block(&component.blocks[y * component.stride + x], &mut before[number]);
                    }
                }
            }
        }
        if bits.out.len() as u64 > limits::JPEG_RECODED_BYTES {
            return Err(Fault::TooMuch("it needs too much memory"));
        }
    }
    // T.81 §F.1.2.3: ones fill the last byte.
    bits.put(0x7F, 7);
    Ok(())
}

struct Bits<'a> {
    out: &'a mut Vec<u8>,
    held: u32,
    count: u32,
}

impl Bits<'_> {
    /// Up to sixteen.
    fn put(&mut self, value: u32, count: u32) {
        self.held = self.held << count | value;
        self.count += count;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.held >> self.count) as u8;
            self.out.push(byte);
            if byte == 0xFF {
                self.out.push(0);
            }
        }
    }

    /// T.81 §F.1.2. What is larger than eight bits of brightness can give (Tables F.1, F.2) is damage and cut off.
    fn block(&mut self, block: &Block, before: &mut i32) {
        let mean = i32::from(block[0]).clamp(-1_024, 1_023);
        self.number(mean - *before, 0, 4);
        *before = mean;
        let mut run = 0;
        for value in &block[1..] {
            if *value == 0 {
                run += 1;
                continue;
            }
            while run > 15 {
                self.put(0xF0, 8);
                run -= 16;
            }
            self.number(i32::from(*value).clamp(-1_023, 1_023), run << 4, 8);
            run = 0;
        }
        if run > 0 {
            self.put(0, 8);
        }
    }

    /// A number's size, after what else its code says, and its bits: of a negative one those of the number less one.
    fn number(&mut self, value: i32, code: u32, length: u32) {
        let size = 32 - value.unsigned_abs().leading_zeros();
        self.put(code | size, length);
        let bits = if value < 0 { value - 1 } else { value };
        self.put(bits as u32 & ((1 << size) - 1), size);
    }
}
