//! The frames of a moving WebP. Each is decoded as a picture of its own and laid onto the others here (RFC 9649 §2.7.1.1): the decoder's
//! own way of doing that clears other pixels than those of the frame before.

use std::io::Cursor;
use std::sync::Arc;
use std::vec;

use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{Delay, DynamicImage, Frame, ImageDecoder, ImageResult, Rgba, RgbaImage};

use crate::format::webp::{self, Part};
use crate::source::Source;

/// One after the other, each with what is still there of those before.
pub(super) struct Pictures {
    bytes: Arc<[u8]>,
    parts: vec::IntoIter<Part>,
    pub orientation: Orientation,
    whole: RgbaImage,
    /// The place of the frame before, where it is emptied.
    emptied: Option<[u32; 4]>,
}

impl Pictures {
    pub fn new(bytes: Arc<[u8]>) -> ImageResult<Self> {
        let mut decoder = WebPDecoder::new(Cursor::new(bytes.clone()))?;
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let (width, height) = decoder.dimensions();
        // What has been counted is well formed; without a part there is no frame, which whoever asks for one finds out.
        let mut source = Source::new(Cursor::new(bytes.clone()))?;
        let parts = webp::parts(&mut source).unwrap_or_default().into_iter();
        Ok(Self { bytes, parts, orientation, whole: RgbaImage::new(width, height), emptied: None })
    }

    pub fn size(&self) -> (u32, u32) {
        self.whole.dimensions()
    }

    /// The picture of a frame, written as a file of its own.
    fn picture(&self, part: &Part) -> ImageResult<RgbaImage> {
        let chunk = |(at, length): &(u64, u64)| &self.bytes[*at as usize..(at + length) as usize];
        let chunks: Vec<u8> = part.chunks.iter().flat_map(chunk).copied().collect();
        let [_, _, width, height] = part.place;
        let mut file = b"RIFF\0\0\0\0WEBP".to_vec();
        // Transparency in a chunk of its own needs a header that announces it.
        if part.chunks.len() > 1 {
            file.extend_from_slice(b"VP8X\x0a\0\0\0\x10\0\0\0");
            file.extend_from_slice(&(width - 1).to_le_bytes()[..3]);
            file.extend_from_slice(&(height - 1).to_le_bytes()[..3]);
        }
        file.extend_from_slice(&chunks);
        let length = (file.len() - 8) as u32;
        file[4..8].copy_from_slice(&length.to_le_bytes());
        let decoder = WebPDecoder::new(Cursor::new(file))?;
        Ok(DynamicImage::from_decoder(decoder)?.into_rgba8())
    }
}

impl Iterator for Pictures {
    type Item = ImageResult<Frame>;

    fn next(&mut self) -> Option<Self::Item> {
        let part = self.parts.next()?;
        let picture = match self.picture(&part) {
            Ok(picture) => picture,
            Err(error) => return Some(Err(error)),
        };
        if let Some([left, top, width, height]) = self.emptied.take() {
            for y in top..top + height {
                for x in left..left + width {
                    self.whole.put_pixel(x, y, Rgba([0; 4]));
                }
            }
        }
        let [left, top, width, height] = part.place;
        for (x, y, above) in picture.enumerate_pixels().filter(|(x, y, _)| *x < width && *y < height) {
            let below = self.whole.get_pixel_mut(left + x, top + y);
            *below = if part.is_blended { over(*above, *below) } else { *above };
        }
        self.emptied = part.is_disposed.then_some(part.place);
        let delay = Delay::from_numer_denom_ms(part.delay_ms, 1);
        Some(Ok(Frame::from_parts(self.whole.clone(), 0, 0, delay)))
    }
}

/// One pixel seen through another.
fn over(above: Rgba<u8>, below: Rgba<u8>) -> Rgba<u8> {
    let (a, b) = (u32::from(above.0[3]), u32::from(below.0[3]));
    match (a, b) {
        (255, _) | (_, 0) => return above,
        (0, _) => return below,
        _ => {}
    }
    // What is left of the one below, and both together, in 255ths of 255ths.
    let rest = b * (255 - a);
    let all = a * 255 + rest;
    let mixed = |at: usize| {
        ((u32::from(above.0[at]) * a * 255 + u32::from(below.0[at]) * rest + all / 2) / all) as u8
    };
    Rgba([mixed(0), mixed(1), mixed(2), ((all + 127) / 255) as u8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_lie_over_one_another() {
        let (red, half, none) = (Rgba([255, 0, 0, 255]), Rgba([0, 0, 255, 128]), Rgba([9, 9, 9, 0]));
        assert_eq!(over(red, half), red);
        assert_eq!(over(none, red), red);
        assert_eq!(over(half, none), half);
        assert_eq!(over(half, red), Rgba([127, 0, 128, 255]));
        assert_eq!(over(half, half), Rgba([0, 0, 255, 192]));
    }
}
