//! Components sampled in odd ways, sampled anew: as many samples of each as the picture has pixels.

use super::frame::{Block, Component, Frame, allowed};
use crate::Fault;

/// The same picture, of which every component has all its samples. Those that had all of them keep their coefficients.
pub(super) fn even(frame: Frame) -> Result<Frame, Fault> {
    let (wide, high) = (frame.width.div_ceil(8), frame.height.div_ceil(8));
    let old: usize = frame.components.iter().map(|component| component.blocks.len()).sum();
    allowed(frame.width, frame.height, old + wide * high * frame.components.len())?;
    let (horizontal, vertical) = (frame.horizontal, frame.vertical);
    let cosines = Cosines::new();
    let mut even = Frame { horizontal: 1, vertical: 1, components: Vec::new(), ..frame };
    for component in frame.components {
        let is_whole = component.horizontal == horizontal && component.vertical == vertical;
        let mut blocks = Vec::with_capacity(wide * high);
        let steps = if is_whole {
            for row in 0..high {
                blocks.extend_from_slice(&component.blocks[row * component.stride..][..wide]);
            }
            component.steps
        } else {
            let is_smooth = horizontal <= 2 * component.horizontal && vertical <= 2 * component.vertical;
            let across = Axis::new(frame.width, component.horizontal, horizontal, is_smooth);
            let down = Axis::new(frame.height, component.vertical, vertical, is_smooth);
            let samples = Samples::of(&component, &cosines);
            for row in 0..high {
                for column in 0..wide {
                    blocks.push(samples.block(column * 8, row * 8, &across, &down, &cosines));
                }
            }
            Some([1; 64])
        };
        even.components.push(Component {
            horizontal: 1,
            vertical: 1,
            steps,
            wide,
            high,
            stride: wide,
            blocks,
            ..component
        });
    }
    Ok(even)
}

/// Where the samples of a row or column of pixels come from: of each two, and how much of the second.
struct Axis(Vec<(usize, usize, f32)>);

impl Axis {
    /// `factor` samples for each `most` pixels. Half as many lie between the pixels, and each is drawn from the two beside
    /// it, as JFIF places them; others are what is nearest.
    fn new(pixels: usize, factor: usize, most: usize, is_smooth: bool) -> Self {
        let last = (pixels * factor).div_ceil(most) - 1;
        let of = |pixel: usize| {
            let near = pixel * factor / most;
            let beside = if pixel.is_multiple_of(2) { near.saturating_sub(1) } else { last.min(near + 1) };
            if is_smooth && most == 2 * factor { (near, beside, 0.25) } else { (near, near, 0.0) }
        };
        // Pixels that fill the last blocks are as those before them.
        Self((0..pixels.div_ceil(8) * 8).map(|pixel| of(pixel.min(pixels - 1))).collect())
    }
}

/// A component's samples, all that its blocks hold.
struct Samples {
    wide: usize,
    values: Vec<u8>,
}

impl Samples {
    /// T.81 §A.3.3, §A.3.4, §A.3.1.
    fn of(component: &Component, cosines: &Cosines) -> Self {
        let steps = component.steps.unwrap_or([1; 64]);
        let wide = component.wide * 8;
        let mut values = vec![0; wide * component.high * 8];
        for row in 0..component.high {
            for column in 0..component.wide {
                let mut square = [[0.0; 8]; 8];
                for (at, value) in component.blocks[row * component.stride + column].iter().enumerate() {
                    let (y, x) = ZIGZAG[at];
                    square[y][x] = f32::from(*value) * f32::from(steps[at]);
                }
                for (y, line) in cosines.back(&square).iter().enumerate() {
                    let to = (row * 8 + y) * wide + column * 8;
                    for (value, sample) in values[to..to + 8].iter_mut().zip(line) {
                        *value = (sample + 128.5).clamp(0.0, 255.0) as u8;
                    }
                }
            }
        }
        Self { wide, values }
    }

    /// The 64 pixels from (x, y), as coefficients in steps of one.
    fn block(&self, x: usize, y: usize, across: &Axis, down: &Axis, cosines: &Cosines) -> Block {
        let mut square = [[0.0; 8]; 8];
        for (line, &(upper, lower, low)) in square.iter_mut().zip(&down.0[y..]) {
            for (pixel, &(left, right, much)) in line.iter_mut().zip(&across.0[x..]) {
                let sample = |row: usize, column: usize| f32::from(self.values[row * self.wide + column]);
                let mix = |row: usize| sample(row, left) * (1.0 - much) + sample(row, right) * much;
                *pixel = mix(upper) * (1.0 - low) + mix(lower) * low - 128.0;
            }
        }
        let square = cosines.forth(&square);
        ZIGZAG.map(|(y, x)| square[y][x].round() as i16)
    }
}

type Square = [[f32; 8]; 8];

/// T.81 §A.3.3: by frequency and place, with the factors before the sums.
struct Cosines(Square, Square);

impl Cosines {
    fn new() -> Self {
        let (mut rows, mut columns) = ([[0.0; 8]; 8], [[0.0; 8]; 8]);
        for frequency in 0..8 {
            for place in 0..8 {
                let angle = (2 * place + 1) as f32 * frequency as f32 * std::f32::consts::PI / 16.0;
                let factor = if frequency == 0 { std::f32::consts::FRAC_1_SQRT_2 } else { 1.0 };
                rows[frequency][place] = factor / 2.0 * angle.cos();
                columns[place][frequency] = rows[frequency][place];
            }
        }
        Self(rows, columns)
    }

    /// Samples to coefficients.
    fn forth(&self, square: &Square) -> Square {
        product(&product(&self.0, square), &self.1)
    }

    /// Coefficients to samples.
    fn back(&self, square: &Square) -> Square {
        product(&product(&self.1, square), &self.0)
    }
}

fn product(left: &Square, right: &Square) -> Square {
    left.map(|row| {
        let mut sums = [0.0; 8];
        for (factor, line) in row.iter().zip(right) {
            sums.iter_mut().zip(line).for_each(|(sum, value)| *sum += factor * value);
        }
        sums
    })
}

/// T.81 Figure A.6: the row and column of each coefficient.
const ZIGZAG: [(usize, usize); 64] = {
    let (mut order, mut at, mut diagonal) = ([(0, 0); 64], 0, 0);
    while diagonal < 15 {
        let mut step = 0;
        while step <= diagonal {
            // Every other diagonal goes up.
            let row = if diagonal % 2 == 0 { diagonal - step } else { step };
            if row < 8 && diagonal - row < 8 {
                order[at] = (row, diagonal - row);
                at += 1;
            }
            step += 1;
        }
        diagonal += 1;
    }
    order
};
