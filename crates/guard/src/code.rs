//! QR codes: what one says that a camera sees. Whoever shows it chose it, so what comes out is a text from outside.

use std::io::Write;

use crate::{Refused, limits};

/// What the first readable code in a picture says, if there is one. Four bytes a pixel: red, green, blue, opacity.
pub fn read(rgba: &[u8], width: u32, height: u32) -> Result<Option<String>, Refused> {
    let sides = 1..=limits::CODE_SIDE;
    let (across, down) = (width as usize, height as usize);
    if !sides.contains(&width) || !sides.contains(&height) {
        return Err(refused("it is too large"));
    }
    if rgba.len() != across * down * 4 {
        return Err(refused("it has another size than it says"));
    }
    // ITU-R BT.601, in 256ths.
    let grey = |x: usize, y: usize| match rgba.get((y * across + x) * 4..) {
        Some([red, green, blue, ..]) => {
            ((u32::from(*red) * 77 + u32::from(*green) * 150 + u32::from(*blue) * 29) / 256) as u8
        }
        _ => u8::MAX,
    };
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(across, down, grey);
    for grid in picture.detect_grids().iter().take(limits::CODES) {
        let mut said = Bounded(Vec::new());
        // A code that cannot be read now is aimed at again.
        if grid.decode_to(&mut said).is_ok()
            && let Ok(text) = String::from_utf8(said.0)
        {
            return Ok(Some(text));
        }
    }
    Ok(None)
}

fn refused(why: &str) -> Refused {
    Refused::Malformed { what: "picture".to_owned(), why: why.to_owned() }
}

/// No more than a code can say.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > limits::CODE_BYTES {
            return Err(std::io::Error::other("more than a code can say"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use fast_qr::QRBuilder;

    use super::*;

    /// A code on grey paper, `scale` pixels a module, in a picture of this size.
    fn photo(text: &str, scale: usize, width: usize, height: usize) -> Vec<u8> {
        let code = QRBuilder::new(text).build().unwrap();
        let mut rgba = vec![200; width * height * 4];
        let (left, top) = ((width - (code.size + 8) * scale) / 2, (height - (code.size + 8) * scale) / 2);
        for y in 0..(code.size + 8) * scale {
            for x in 0..(code.size + 8) * scale {
                let (column, row) = ((x / scale).wrapping_sub(4), (y / scale).wrapping_sub(4));
                let dark = column < code.size && row < code.size && code[row][column].value();
                let at = ((top + y) * width + left + x) * 4;
                rgba[at..at + 3].fill(if dark { 40 } else { 230 });
            }
        }
        rgba
    }

    #[test]
    fn a_code_that_a_camera_sees_is_read() {
        let number =
            format!("casemate-safety:1:{}:{}", "0123456789abcdef".repeat(4), "fedcba9876543210".repeat(4));
        for (text, scale) in [(&number[..], 5), (&number, 7), ("https://example.org/i#abc", 4), ("مرحبا", 6)]
        {
            let said = read(&photo(text, scale, 640, 480), 640, 480).unwrap();
            assert_eq!(said.as_deref(), Some(text), "{scale}");
        }
    }

    #[test]
    fn what_is_no_code_says_nothing() {
        assert_eq!(read(&vec![255; 640 * 480 * 4], 640, 480).unwrap(), None);
        let mut state = 1u64;
        for (width, height) in [(1, 1), (7, 3), (320, 240), (33, 500)] {
            for _ in 0..20 {
                let mut next = || {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    (state >> 56) as u8
                };
                let noise: Vec<u8> = (0..width * height * 4).map(|_| next()).collect();
                assert_eq!(read(&noise, width, height).unwrap(), None);
            }
        }
        // Damaged in many places: it says the same or nothing.
        let whole = photo("hello", 6, 320, 240);
        for step in 1..60 {
            let mut broken = whole.clone();
            for at in (0..broken.len()).step_by(997 * step) {
                broken[at] ^= 0xff;
            }
            let said = read(&broken, 320, 240).unwrap();
            assert!(said.is_none() || said.as_deref() == Some("hello"), "{said:?}");
        }
    }

    #[test]
    fn sizes_that_lie_are_refused() {
        for (bytes, width, height) in [(0, 0, 0), (16, 4, 4), (64, 4, 5), (4, u32::MAX, 1), (0, 1, 2_000)] {
            assert!(read(&vec![0; bytes], width, height).is_err(), "{width} {height}");
        }
        assert!(read(&[0; 64], 4, 4).is_ok());
    }
}
