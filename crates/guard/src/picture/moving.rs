//! A moving picture: GIF, WebP or PNG with frames. They are decoded some at a time and in order, so that memory is flat whatever
//! their number; whoever shows them goes through them once for each time around. The first frame alone is [`super::decode`]'s.

mod webp;

use std::io::Cursor;
use std::sync::Arc;

use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::metadata::Orientation;
use image::{AnimationDecoder, DynamicImage, Frame, Frames, ImageDecoder, ImageResult, Limits};

use super::{fault_of, rebuilt, scale};
use crate::format::{gif, png};
use crate::source::Source;
use crate::{Fault, MediaType, Refused, inspect, limits};

/// A moving picture that is played.
pub struct Film {
    /// As stripping makes it.
    bytes: Arc<[u8]>,
    media_type: MediaType,
    longest: u32,
    running: Option<Running>,
    /// The frame that comes next.
    at: u32,
}

/// Frames that follow one another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Which is the first of them.
    pub from: u32,
    /// After the last of them the first one of all follows.
    pub ends: bool,
    /// Of each.
    pub width: u32,
    /// Of each.
    pub height: u32,
    /// How long each is to be seen, in milliseconds.
    pub delays_ms: Vec<u32>,
    /// Four bytes a pixel, row by row from the top left, a frame after the other.
    pub rgba: Vec<u8>,
}

struct Running {
    frames: Frames<'static>,
    orientation: Orientation,
    /// Of each frame, before it is made small.
    pixels: u64,
    /// So that the last one is known when it is handed out.
    ahead: Option<Frame>,
}

impl Film {
    /// Looks at a picture and decodes its first frame. Frames are made small where their longer side is longer than one and a half
    /// times `longest`.
    ///
    /// # Errors
    /// [`Refused`], in a person's words: also where it does not move, or is too much.
    pub fn open(bytes: &[u8], longest: u32) -> Result<Self, Refused> {
        let found =
            inspect(Cursor::new(bytes), "").map_err(|error| Refused::Read { why: error.to_string() })?;
        let media_type = found.media_type;
        let refuse = |fault| Refused::of(fault, media_type);
        if !moves(media_type) || bytes.len() as u64 > limits::MOVING_FILE_BYTES {
            return Err(refuse(STILL));
        }
        let size = (found.width.unwrap_or(0), found.height.unwrap_or(0));
        let bytes = rebuilt(bytes, media_type)?;
        if count(&bytes, media_type, size) < 2 {
            return Err(refuse(STILL));
        }
        let longest = longest.clamp(1, limits::SHOWN_SIDE);
        let mut film = Film { bytes: bytes.into(), media_type, longest, running: None, at: 0 };
        film.begin().map_err(refuse)?;
        Ok(film)
    }

    /// Some frames from `from` on, which is where the window before ended, or 0. From anywhere else it begins anew, and the
    /// window says so.
    ///
    /// # Errors
    /// [`Refused`], in a person's words. Where it breaks off later on it ends.
    pub fn window(&mut self, from: u32) -> Result<Window, Refused> {
        if from != self.at {
            self.running = None;
        }
        let mut running = match self.running.take() {
            Some(running) => running,
            None => self.begin().map_err(|fault| Refused::of(fault, self.media_type))?,
        };
        let mut window = Window {
            from: self.at,
            ends: false,
            width: 0,
            height: 0,
            delays_ms: Vec::new(),
            rgba: Vec::new(),
        };
        let mut work = 0;
        while let Some(frame) = running.ahead.take() {
            window.delays_ms.push(delay_ms(&frame));
            let mut picture =
                scale::quickly_scaled(DynamicImage::ImageRgba8(frame.into_buffer()), self.longest);
            picture.apply_orientation(running.orientation);
            (window.width, window.height) = (picture.width(), picture.height());
            window.rgba.extend_from_slice(&picture.into_rgba8());
            self.at += 1;
            work += running.pixels;
            running.advance();
            if work >= limits::MOVING_WINDOW_PIXELS
                || window.rgba.len() >= limits::MOVING_WINDOW_BYTES
                || window.delays_ms.len() >= limits::MOVING_WINDOW_FRAMES
            {
                break;
            }
        }
        window.ends = running.ahead.is_none() || self.at >= limits::MOVING_FRAMES;
        if window.ends {
            self.at = 0;
        } else {
            self.running = Some(running);
        }
        Ok(window)
    }

    fn begin(&mut self) -> Result<Running, Fault> {
        self.at = 0;
        let mut running = running(&self.bytes, self.media_type).map_err(|error| fault_of(&error))?;
        let first = running.frames.next().ok_or(STILL)?;
        running.ahead = Some(first.map_err(|error| fault_of(&error))?);
        Ok(running)
    }
}

impl Running {
    /// What is damaged ends before that.
    fn advance(&mut self) {
        self.ahead = self.frames.next().and_then(Result::ok);
    }
}

const STILL: Fault = Fault::TooMuch("it does not move, or has more frames than are played here");

fn moves(media_type: MediaType) -> bool {
    matches!(media_type, MediaType::Gif | MediaType::Webp | MediaType::Png)
}

/// How many frames there are to play, by its structure; 1 where it stands still or is too much.
pub(super) fn count(bytes: &[u8], media_type: MediaType, (width, height): (u32, u32)) -> u32 {
    let pixels = u64::from(width) * u64::from(height);
    if !moves(media_type) || bytes.len() as u64 > limits::MOVING_FILE_BYTES || pixels > limits::MOVING_PIXELS
    {
        return 1;
    }
    let Ok(mut source) = Source::new(Cursor::new(bytes)) else { return 1 };
    let counted = match media_type {
        MediaType::Gif => gif::frames(&mut source),
        MediaType::Webp => crate::format::webp::parts(&mut source).map(|parts| parts.len() as u32),
        _ => png::frames(&mut source),
    };
    match counted.unwrap_or(1) {
        count @ 2..=limits::MOVING_FRAMES if u64::from(count) * pixels <= limits::MOVING_ALL_PIXELS => count,
        _ => 1,
    }
}

fn running(bytes: &Arc<[u8]>, media_type: MediaType) -> ImageResult<Running> {
    let input = Cursor::new(bytes.clone());
    let mut allowed = Limits::default();
    // What is kept of a frame and the one before, a frame, and what becomes of it.
    allowed.max_alloc = Some(limits::MOVING_PIXELS * 4 * 4);
    let pixels = |(width, height): (u32, u32)| u64::from(width) * u64::from(height);
    let (frames, orientation, pixels) = match media_type {
        MediaType::Gif => {
            let mut decoder = GifDecoder::new(input)?;
            decoder.set_limits(allowed)?;
            let pixels = pixels(decoder.dimensions());
            (decoder.into_frames(), Orientation::NoTransforms, pixels)
        }
        MediaType::Webp => {
            let pictures = webp::Pictures::new(bytes.clone())?;
            let (orientation, pixels) = (pictures.orientation, pixels(pictures.size()));
            (Frames::new(Box::new(pictures)), orientation, pixels)
        }
        _ => {
            let mut decoder = PngDecoder::with_limits(input, allowed)?;
            let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
            let pixels = pixels(decoder.dimensions());
            (decoder.apng()?.into_frames(), orientation, pixels)
        }
    };
    Ok(Running { frames, orientation, pixels, ahead: None })
}

fn delay_ms(frame: &Frame) -> u32 {
    let (parts, of) = frame.delay().numer_denom_ms();
    match parts / of.max(1) {
        ..=limits::MOVING_SHORTEST_MS => limits::MOVING_USUAL_MS,
        delay_ms => delay_ms.min(limits::MOVING_LONGEST_MS),
    }
}

#[cfg(test)]
mod tests;
