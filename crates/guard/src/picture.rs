//! From a picture's bytes to pixels: the only thing about a received picture that ever reaches a screen. Decoders
//! in memory-safe Rust, in a process or Worker of their own that can be killed. They are given what [`crate::strip`] makes of a
//! picture: only parts that were understood, and none that says something else than pixels.
//!
//! What moves is decoded some frames at a time ([`Film`]). AVIF, HEIC and the rest have no decoder here and are documents.

mod moving;
mod recode;
mod scale;
mod segments;

use std::io::{Cursor, Read, Write};

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::metadata::Orientation;
use image::{
    DynamicImage, ExtendedColorType, GenericImageView, ImageDecoder, ImageEncoder, ImageFormat, ImageReader,
    Limits,
};

pub use moving::{Film, Window};

use crate::format::ico;
use crate::strip::Counted;
use crate::{Fault, MediaType, Refused, Stripped, inspect, limits, strip};

/// Pixels, four bytes each: red, green, blue, opacity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Of the pixels here.
    pub width: u32,
    /// Of the pixels here.
    pub height: u32,
    /// Of the whole picture as shown, before it was scaled down.
    pub full_width: u32,
    /// Of the whole picture as shown, before it was scaled down.
    pub full_height: u32,
    /// How many there are to follow one another, this being the first: 1 where it stands still, or is too much to be played.
    pub frames: u32,
    /// Row by row from the top left.
    pub rgba: Vec<u8>,
}

/// Decodes a picture, turned as it asks to be, and scaled down so that neither side is longer than `longest` pixels.
/// It is looked at by structure first, so that only one decoder ever sees it, and written anew for that one.
///
/// # Errors
/// [`Refused`], in a person's words.
pub fn decode(bytes: &[u8], longest: u32) -> Result<Picture, Refused> {
    let found = inspect(Cursor::new(bytes), "").map_err(|error| Refused::Read { why: error.to_string() })?;
    let media_type = found.media_type;
    let refuse = |fault| Refused::of(fault, media_type);
    let Some(mut format) = format_of(media_type) else {
        return Err(match media_type.picture_name() {
            Some(name) => {
                Refused::NotDecoded { name: name.to_owned(), media_type: media_type.mime().to_owned() }
            }
            None => refuse(Fault::Malformed("it is no picture that can be shown safely")),
        });
    };
    // Larger ones as they are: there is no room for both, and nobody's photo is one.
    let rebuilt = match bytes.len() as u64 {
        ..=limits::REBUILT_BYTES => Some(rebuilt(bytes, media_type)?),
        _ => None,
    };
    let mut bytes = rebuilt.as_deref().unwrap_or(bytes);
    if let (MediaType::Ico, Some(png)) = (media_type, bytes.get(ico::PICTURE..))
        && png.starts_with(ico::PNG)
    {
        (format, bytes) = (ImageFormat::Png, png);
    }
    let is_recodable = format == ImageFormat::Jpeg && rebuilt.is_some();
    let is_unread = is_recodable && recode::is_needed(bytes);
    let (whole, orientation) = match if is_unread { None } else { Some(pixels(bytes, format)) } {
        // What is damaged may be read as far as it goes.
        Some(Err(Fault::Malformed(_))) | None if is_recodable => {
            let recoded = recode::recode(bytes).map_err(refuse)?;
            pixels(&recoded, format).map_err(refuse)?
        }
        Some(read) => read.map_err(refuse)?,
        None => return Err(refuse(Fault::Malformed("its pixels cannot be read"))),
    };
    let frames = moving::count(bytes, media_type, whole.dimensions());
    Ok(Picture { frames, ..shown(whole, orientation, longest) })
}

/// All its pixels, and how they are to be turned.
fn pixels(bytes: &[u8], format: ImageFormat) -> Result<(DynamicImage, Orientation), Fault> {
    let mut allowed = Limits::default();
    allowed.max_image_width = Some(limits::SHOWN_SIDE);
    allowed.max_image_height = Some(limits::SHOWN_SIDE);
    allowed.max_alloc = Some(limits::SHOWN_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(allowed);
    let mut decoder = reader.into_decoder().map_err(|error| fault_of(&error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limits::SHOWN_PIXELS {
        return Err(Fault::TooMuch("it has too many pixels"));
    }
    // A picture without a readable orientation is stored upright.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let whole = DynamicImage::from_decoder(decoder).map_err(|error| fault_of(&error))?;
    Ok((whole, orientation))
}

fn shown(mut whole: DynamicImage, orientation: Orientation, longest: u32) -> Picture {
    // Turned while small: one copy of many pixels less.
    let longest = longest.clamp(1, limits::SHOWN_SIDE);
    let (width, height) = (whole.width(), whole.height());
    if width.max(height) > longest {
        whole = scale::scaled(whole, longest);
    }
    whole.apply_orientation(orientation);
    let (full_width, full_height) = match orientation {
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => (height, width),
        _ => (width, height),
    };
    let pixels = whole.into_rgba8();
    Picture {
        width: pixels.width(),
        height: pixels.height(),
        full_width,
        full_height,
        frames: 1,
        rgba: pixels.into_raw(),
    }
}

/// Is there a decoder for it here?
pub fn is_decoded(media_type: MediaType) -> bool {
    format_of(media_type).is_some()
}

fn format_of(media_type: MediaType) -> Option<ImageFormat> {
    match media_type {
        MediaType::Jpeg => Some(ImageFormat::Jpeg),
        MediaType::Png => Some(ImageFormat::Png),
        MediaType::Webp => Some(ImageFormat::WebP),
        MediaType::Gif => Some(ImageFormat::Gif),
        MediaType::Bmp => Some(ImageFormat::Bmp),
        MediaType::Ico => Some(ImageFormat::Ico),
        _ => None,
    }
}

/// The picture without anything that is not understood.
fn rebuilt(bytes: &[u8], media_type: MediaType) -> Result<Vec<u8>, Refused> {
    let mut rebuilt = Vec::with_capacity(bytes.len());
    strip(Cursor::new(bytes), &mut rebuilt, media_type)?;
    if media_type == MediaType::Jpeg {
        segments::mend(&mut rebuilt);
    }
    Ok(rebuilt)
}

/// Writes a picture small, as a JPEG of at most [`limits::SMALL_BYTES`] with nothing else of it, for whoever is to see it
/// beside a message. What can be seen through is white.
///
/// # Errors
/// [`Refused`], in a person's words.
pub fn to_small(input: impl Read, mut output: impl Write) -> Result<Stripped, Refused> {
    let mut bytes = Vec::new();
    let read = input.take(limits::SHOWN_FILE_BYTES).read_to_end(&mut bytes);
    read.map_err(|error| Refused::Read { why: error.to_string() })?;
    let had = bytes.len() as u64;
    let write = |why: String| Refused::Write { why };
    // Noise needs more than its share; smaller it does not.
    for (side, quality) in [(limits::SMALL_SIDE, 80), (limits::SMALL_SIDE, 60), (limits::SMALL_SIDE / 2, 50)]
    {
        let picture = decode(&bytes, side)?;
        let over_white = |pixel: &[u8]| {
            let opacity = u32::from(pixel[3]);
            [0, 1, 2].map(|at: usize| ((u32::from(pixel[at]) * opacity + 255 * (255 - opacity)) / 255) as u8)
        };
        let rgb: Vec<u8> = picture.rgba.chunks_exact(4).flat_map(over_white).collect();
        let mut small = Vec::new();
        JpegEncoder::new_with_quality(&mut small, quality)
            .write_image(&rgb, picture.width, picture.height, ExtendedColorType::Rgb8)
            .map_err(|error| write(error.to_string()))?;
        if small.len() <= limits::SMALL_BYTES {
            output.write_all(&small).map_err(|error| write(error.to_string()))?;
            let size_bytes = small.len() as u64;
            return Ok(Stripped { size_bytes, removed_bytes: had.saturating_sub(size_bytes) });
        }
    }
    Err(Refused::TooLarge { what: "picture".to_owned(), why: "it does not become small".to_owned() })
}

/// Writes a picture's pixels as PNG, with nothing else of it.
///
/// # Errors
/// [`Refused`], in a person's words.
pub fn to_png(input: impl Read, output: impl Write) -> Result<Stripped, Refused> {
    let mut bytes = Vec::new();
    let read = input.take(limits::SHOWN_FILE_BYTES).read_to_end(&mut bytes);
    read.map_err(|error| Refused::Read { why: error.to_string() })?;
    let picture = decode(&bytes, limits::SHOWN_SIDE)?;
    let had = bytes.len() as u64;
    drop(bytes);
    let mut output = Counted { inner: std::io::BufWriter::new(output), count: 0 };
    let written = PngEncoder::new(&mut output).write_image(
        &picture.rgba,
        picture.width,
        picture.height,
        ExtendedColorType::Rgba8,
    );
    written.map_err(|error| Refused::Write { why: error.to_string() })?;
    output.flush().map_err(|error| Refused::Write { why: error.to_string() })?;
    let size_bytes = output.count;
    Ok(Stripped { size_bytes, removed_bytes: had.saturating_sub(size_bytes) })
}

fn fault_of(error: &image::ImageError) -> Fault {
    match error {
        image::ImageError::Limits(_) => Fault::TooMuch("it needs too much memory"),
        image::ImageError::Unsupported(_) => {
            Fault::TooMuch("it uses a part of its format that is not read here")
        }
        _ => Fault::Malformed("its pixels cannot be read"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};

    fn encoded(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let picture =
            RgbImage::from_fn(
                width,
                height,
                |x, _| {
                    if x < width / 2 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) }
                },
            );
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::from(picture).write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn what_nothing_decodes_is_called_by_its_name_and_not_damaged() {
        for (file, name, media_type) in [
            ("photo-gps.avif", "AVIF picture", "image/avif"),
            ("photo-gps.heic", "HEIC picture", "image/heic"),
        ] {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(file);
            let refused = decode(&std::fs::read(path).unwrap(), 100).unwrap_err();
            let wanted = Refused::NotDecoded { name: name.to_owned(), media_type: media_type.to_owned() };
            assert_eq!(refused, wanted);
            assert!(refused.to_string().starts_with(&format!("This {name} is not shown")), "{refused}");
        }
        // What is cut is.
        assert!(matches!(decode(b"\x89PNG\r\n\x1a\n", 100), Err(Refused::Malformed { .. })));
    }

    #[test]
    fn every_format_comes_out_as_pixels() {
        for format in
            [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::Bmp, ImageFormat::WebP]
        {
            let picture = decode(&encoded(64, 32, format), 1_000).unwrap();
            assert_eq!(
                (picture.width, picture.height, picture.rgba.len()),
                (64, 32, 64 * 32 * 4),
                "{format:?}"
            );
            assert!(picture.rgba[0] > 200 && picture.rgba[2] < 60 && picture.rgba[3] == 255, "{format:?}");
        }
    }

    #[test]
    fn icons_show_their_largest_picture_and_old_bitmaps_are_read() {
        let fixture = |name: &str| {
            std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/").to_owned() + name).unwrap()
        };
        let (icon, core, photo) = (fixture("icon.ico"), fixture("core.bmp"), fixture("lossless.webp"));
        let wanted = decode(&photo, 1_000).unwrap();
        assert_eq!(decode(&icon, 1_000).unwrap(), wanted);
        assert_eq!(decode(&core, 1_000).unwrap(), wanted);
        let small = decode(&fixture("small.ico"), 1_000).unwrap();
        assert_eq!((small.width, small.height), (16, 16));
        let at = |picture: &Picture, x: u32, y: u32| {
            let at = ((y * picture.width + x) * 4) as usize;
            picture.rgba[at..at + 4].to_vec()
        };
        assert_eq!(at(&small, 3, 5), at(&wanted, 9, 10));
    }

    #[test]
    fn what_other_viewers_step_over_is_stepped_over() {
        let jpeg = encoded(64, 32, ImageFormat::Jpeg);
        let wanted = decode(&jpeg, 1_000).unwrap();
        // Bytes between two segments, as where one says that it is shorter than it is.
        let end = 4 + usize::from(u16::from_be_bytes([jpeg[4], jpeg[5]])) - 2 + 2;
        let between = [&jpeg[..end], &[7; 100], &[0xFF, 0], &jpeg[end..]].concat();
        assert_eq!(decode(&between, 1_000).unwrap(), wanted);
        let far = [&jpeg[..end], &vec![7; limits::JPEG_GAP_BYTES as usize + 2], &jpeg[end..]].concat();
        assert!(decode(&far, 1_000).is_err());

        // Parameters of its one scan that have no meaning, a comment without a length, an end that is missing.
        let scan = jpeg.windows(2).position(|pair| pair == [0xFF, 0xDA]).unwrap();
        let after = scan + 2 + usize::from(jpeg[scan + 3]);
        let mut odd = jpeg.clone();
        odd[after - 3..after].copy_from_slice(&[7, 200, 0x21]);
        assert_eq!(decode(&odd, 1_000).unwrap(), wanted);
        let comment = [&jpeg[..end], &[0xFF, 0xFE, 0, 0, 1, 2, 3], &jpeg[end..]].concat();
        assert_eq!(decode(&comment, 1_000).unwrap(), wanted);
        assert_eq!(decode(&jpeg[..jpeg.len() - 2], 1_000).unwrap(), wanted);

        // A checksum that is wrong, and an end that is missing.
        let mut png = encoded(64, 32, ImageFormat::Png);
        let wanted = decode(&png, 1_000).unwrap();
        assert_eq!(decode(&png[..png.len() - 12], 1_000).unwrap(), wanted);
        assert_eq!(decode(&png[..png.len() - 14], 1_000).unwrap(), wanted);
        let sum = png.len() - 14;
        png[sum] ^= 1;
        assert_eq!(decode(&png, 1_000).unwrap(), wanted);
        // But not half of a picture.
        assert!(decode(&png[..png.len() / 2], 1_000).is_err());

        let gif = encoded(64, 32, ImageFormat::Gif);
        let wanted = decode(&gif, 1_000).unwrap();
        assert_eq!(decode(&gif[..gif.len() - 2], 1_000).unwrap(), wanted);
        assert_eq!(decode(&[&gif[..gif.len() - 1], b"junk"].concat(), 1_000).unwrap(), wanted);
    }

    #[test]
    fn a_picture_goes_out_as_its_pixels_alone() {
        let jpeg = encoded(64, 32, ImageFormat::Jpeg);
        let with_more = [&jpeg[..], b"SECRET-MARKER"].concat();
        let mut png = Vec::new();
        let made = to_png(&with_more[..], &mut png).unwrap();
        assert_eq!(made.size_bytes, png.len() as u64);
        assert!(png.starts_with(b"\x89PNG") && !png.windows(6).any(|window| window == b"SECRET"));
        assert_eq!(decode(&png, 1_000).unwrap().rgba, decode(&jpeg, 1_000).unwrap().rgba);
        assert!(to_png(&b"plain words"[..], Vec::new()).is_err());
    }

    #[test]
    fn a_small_picture_is_a_small_jpeg_of_its_pixels_alone() {
        let mut noise = 7u32;
        let noisy = RgbImage::from_fn(1_500, 900, |_, _| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            Rgb([(noise >> 24) as u8, (noise >> 16) as u8, (noise >> 8) as u8])
        });
        let mut png = Cursor::new(Vec::new());
        DynamicImage::from(noisy).write_to(&mut png, ImageFormat::Png).unwrap();
        let clear = image::RgbaImage::from_pixel(40, 20, image::Rgba([0, 0, 0, 0]));
        let mut empty = Cursor::new(Vec::new());
        DynamicImage::from(clear).write_to(&mut empty, ImageFormat::Png).unwrap();
        let photo = [&encoded(640, 320, ImageFormat::Jpeg)[..], b"SECRET-MARKER"].concat();
        for (picture, side) in
            [(png.into_inner(), 160..=320), (empty.into_inner(), 40..=40), (photo, 320..=320)]
        {
            let mut small = Vec::new();
            let made = to_small(&picture[..], &mut small).unwrap();
            assert!(small.starts_with(b"\xff\xd8") && small.len() <= limits::SMALL_BYTES, "{}", small.len());
            assert_eq!(made.size_bytes, small.len() as u64);
            assert!(!small.windows(6).any(|window| window == b"SECRET"));
            let seen = decode(&small, 1_000).unwrap();
            assert!(side.contains(&seen.width), "{}", seen.width);
            if seen.width == 40 {
                assert!(seen.rgba.iter().all(|value| *value > 250), "what is clear is white");
            }
        }
        assert!(to_small(&b"<svg/>"[..], Vec::new()).is_err());
    }

    #[test]
    fn scaled_down_never_up_and_the_whole_is_told() {
        let picture = decode(&encoded(640, 320, ImageFormat::Png), 100).unwrap();
        assert_eq!((picture.width, picture.height), (100, 50));
        assert_eq!((picture.full_width, picture.full_height), (640, 320));
        let thin = decode(&encoded(2_000, 1, ImageFormat::Png), 10).unwrap();
        assert_eq!((thin.width, thin.height), (10, 1));
        assert_eq!(decode(&encoded(3, 3, ImageFormat::Png), 100).unwrap().width, 3);
    }

    #[test]
    fn turned_as_the_picture_asks() {
        // The least EXIF that says "turn right by a quarter", as the APP1 segment after the start of a JPEG.
        let jpeg = encoded(64, 32, ImageFormat::Jpeg);
        let tiff = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let length = u16::try_from(tiff.len() + 2).unwrap().to_be_bytes();
        let turned = [&jpeg[..2], &[0xFF, 0xE1], &length, tiff, &jpeg[2..]].concat();
        let picture = decode(&turned, 1_000).unwrap();
        assert_eq!((picture.width, picture.height), (32, 64));
        let small = decode(&turned, 16).unwrap();
        assert_eq!((small.width, small.height, small.full_width, small.full_height), (8, 16, 32, 64));
    }

    #[test]
    fn what_is_no_picture_or_too_much_is_said() {
        for bytes in [&b"plain words"[..], b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>"] {
            assert!(matches!(decode(bytes, 100), Err(Refused::Malformed { .. })));
        }
        let mut cut = encoded(64, 64, ImageFormat::Png);
        cut.truncate(cut.len() / 2);
        assert!(decode(&cut, 100).is_err());
        // A header that promises a wall of pixels.
        let mut bomb = encoded(1, 1, ImageFormat::Bmp);
        bomb[18..22].copy_from_slice(&60_000u32.to_le_bytes());
        bomb[22..26].copy_from_slice(&60_000u32.to_le_bytes());
        assert!(decode(&bomb, 100).is_err());
    }
}
