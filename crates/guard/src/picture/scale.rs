//! From many pixels to few.

use image::imageops::FilterType;
use image::{DynamicImage, GrayAlphaImage, GrayImage, RgbImage, RgbaImage};

/// So that the longer side has `longest` pixels. Averages blocks of pixels first where there are many, which is quick, and filters
/// the rest, which is beautiful.
pub(super) fn scaled(whole: DynamicImage, longest: u32) -> DynamicImage {
    let (width, height) = (whole.width(), whole.height());
    let most = width.max(height);
    let side = |side: u32| {
        let exact = u64::from(side) * u64::from(longest) + u64::from(most) / 2;
        (exact / u64::from(most)).max(1) as u32
    };
    let by = most / longest.saturating_mul(2);
    let rough = if by > 1 { averaged(whole, by) } else { whole };
    rough.resize_exact(side(width), side(height), FilterType::Triangle)
}

/// The same for one of many that follow one another: averaged alone, and so up to half as large again as `longest`.
pub(super) fn quickly_scaled(whole: DynamicImage, longest: u32) -> DynamicImage {
    let by = (whole.width().max(whole.height()) + longest / 2) / longest.max(1);
    if by > 1 { averaged(whole, by) } else { whole }
}

/// A pixel for each `by` times `by`, or for one more where it does not come out even.
fn averaged(whole: DynamicImage, by: u32) -> DynamicImage {
    let (from, to) =
        ((whole.width(), whole.height()), ((whole.width() / by).max(1), (whole.height() / by).max(1)));
    let made = match &whole {
        DynamicImage::ImageLuma8(all) => {
            GrayImage::from_raw(to.0, to.1, means::<1>(all, from, to)).map(Into::into)
        }
        DynamicImage::ImageLumaA8(all) => {
            GrayAlphaImage::from_raw(to.0, to.1, means::<2>(all, from, to)).map(Into::into)
        }
        DynamicImage::ImageRgb8(all) => {
            RgbImage::from_raw(to.0, to.1, means::<3>(all, from, to)).map(Into::into)
        }
        DynamicImage::ImageRgba8(all) => {
            RgbaImage::from_raw(to.0, to.1, means::<4>(all, from, to)).map(Into::into)
        }
        // Sixteen bits a channel are shown as eight.
        _ => RgbaImage::from_raw(to.0, to.1, means::<4>(&whole.to_rgba8(), from, to)).map(Into::into),
    };
    made.unwrap_or(whole)
}

/// Pixels of so many channels, from one width and height to another that is smaller.
fn means<const CHANNELS: usize>(pixels: &[u8], from: (u32, u32), to: (u32, u32)) -> Vec<u8> {
    let [wide, high, to_wide, to_high] = [from.0, from.1, to.0, to.1].map(|side| side as usize);
    let row = wide * CHANNELS;
    let mut means = Vec::with_capacity(to_wide * to_high * CHANNELS);
    let mut sums = vec![0u32; row];
    for y in 0..to_high {
        let (first, end) = (y * high / to_high, (y + 1) * high / to_high);
        sums.fill(0);
        for row in pixels[first * row..end * row].chunks_exact(row) {
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum = sum.wrapping_add(u32::from(*value)));
        }
        for x in 0..to_wide {
            let (left, right) = (x * wide / to_wide, (x + 1) * wide / to_wide);
            let count = ((end - first) * (right - left)) as u64;
            let mut all = [count / 2; CHANNELS];
            for pixel in sums[left * CHANNELS..right * CHANNELS].chunks_exact(CHANNELS) {
                all.iter_mut().zip(pixel).for_each(|(all, sum)| *all += u64::from(*sum));
            }
            means.extend(all.map(|all| (all / count) as u8));
        }
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn every_pixel_counts_once() {
        // Seven by five, by two: boxes of two and three by two and three.
        let whole = RgbImage::from_fn(7, 5, |x, y| {
            Rgb([x as u8, (x * y) as u8, if (x, y) == (6, 4) { 200 } else { 0 }])
        });
        let small = averaged(whole.into(), 2).into_rgb8();
        assert_eq!(small.dimensions(), (3, 2));
        // Columns 0 and 1, 2 and 3, 4 to 6; rows 0 and 1, 2 to 4. Halves go up.
        assert_eq!(small.get_pixel(0, 0).0, [1, 0, 0]);
        assert_eq!(small.get_pixel(1, 1).0, [3, 8, 0]);
        assert_eq!(small.get_pixel(2, 1).0, [5, 15, 22]);
    }

    #[test]
    fn small_ones_look_like_those_of_a_slower_filter() {
        let wave = |at: u32, length: f32| (127.0 + 100.0 * (at as f32 / length).sin()) as u8;
        let whole: DynamicImage =
            RgbImage::from_fn(1_003, 701, |x, y| Rgb([wave(x, 40.0), wave(y, 30.0), wave(x + y, 60.0)]))
                .into();
        let slow = whole.resize(100, 100, FilterType::Triangle).into_rgb8();
        let fast = scaled(whole, 100).into_rgb8();
        assert_eq!(slow.dimensions(), fast.dimensions());
        assert!(slow.iter().zip(fast.iter()).all(|(slow, fast)| slow.abs_diff(*fast) <= 6));
    }
}
