//! What was picked to be sent, and what was done to it, apart from the screen on which that is done: the screen may be left
//! while all is made ready, and what could not be sent stands there again as it was.

use futures_util::FutureExt as _;
use futures_util::future::{LocalBoxFuture, Shared};
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, HtmlCanvasElement};

use super::canvas::{Own, encoded, named, own_pixels, render};
use super::guard;
use super::trim::{Part, frame};
use crate::edit::History;
use crate::locale::{t, ta};
use crate::text::plain::{duration, one_line};

/// Pixels of the longer side of a picture that is edited, and of what is sent as HD.
const HD: u32 = 3_072;
/// And of what is sent small.
const SMALL: f64 = 1_600.0;
/// A picture this light needs no making small.
const LIGHT_BYTES: f64 = 400_000.0;
/// A part that begins so much too early begins where it was to.
const EARLY_MS: f64 = 100.0;
/// And one that begins so much too late: phones write a picture that one can begin with each second.
const LATE_MS: f64 = 1_000.0;

/// How it is looked at and sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Drawn on, cut, in HD or small.
    Photo,
    /// Cut.
    Video,
    /// As it is.
    Other,
}

/// Its pixels, for whoever asks: decoded once. An error is a sentence.
pub type Seen = Shared<LocalBoxFuture<'static, Result<Own, String>>>;

/// One file.
#[derive(Clone)]
pub struct Picked {
    /// As it was picked.
    pub file: File,
    /// By what its browser calls it.
    pub kind: Kind,
    /// Of a picture, once guard decoded it; of a video a frame from its beginning.
    pub seen: Seen,
    /// Of a picture.
    pub history: History,
    /// Of a video.
    pub part: Part,
    /// A document without what it tells of its making. Off, and remembered nowhere.
    pub clean: bool,
}

impl Picked {
    /// With nothing done to it.
    pub fn new(file: File) -> Self {
        let kind = match file.type_().split('/').next() {
            Some("image") if file.type_() != "image/svg+xml" => Kind::Photo,
            Some("video") => Kind::Video,
            _ => Kind::Other,
        };
        let own = file.clone();
        let seen = async move {
            match kind {
                Kind::Photo => own_pixels(&own, HD).await,
                Kind::Video => match frame(&own).await {
                    Some(canvas) => Ok(Own { canvas, moves: false, foreign: false }),
                    None => Err(t("video-not-previewed")),
                },
                Kind::Other => Err(String::new()),
            }
        };
        let seen = seen.boxed_local().shared();
        Self { file, kind, seen, history: History::default(), part: Part::default(), clean: false }
    }

    /// The file as it is sent.
    ///
    /// # Errors
    ///
    /// Why it cannot be, in words. Of a video that cannot begin where it was to, the part says afterwards where it would.
    pub async fn made(&mut self, hd: bool) -> Result<File, String> {
        let file = self.file.clone();
        match self.kind {
            Kind::Other => Ok(file),
            Kind::Video if self.part.is_whole() => Ok(file),
            Kind::Video => {
                let from_ms = self.part.from * 1_000.0;
                let (cut, begins_ms) = guard::cut(&file, from_ms, self.part.to * 1_000.0).await?;
                // What was cut away goes to nobody before its person has seen that it would, and nothing that was kept is lost unseen.
                if begins_ms < from_ms - EARLY_MS || begins_ms > from_ms + LATE_MS {
                    self.part.from = begins_ms / 1_000.0;
                    let time = duration(begins_ms as u32);
                    return Err(ta("trim-begins", &[("time", time.into())]));
                }
                let ending = if cut.type_() == "video/webm" { "webm" } else { "mp4" };
                named(&cut, &renamed(&file.name(), ending)).ok_or_else(|| t("video-broken"))
            }
            Kind::Photo => {
                // What is not decoded yet is waited for: it would go in full size, whatever was chosen. What cannot be is sent as
                // a document, byte for byte.
                let Ok(Own { canvas: chosen, moves, foreign }) = self.seen.clone().await else {
                    return Ok(file);
                };
                let edit = &self.history.now;
                let light =
                    file.size() <= LIGHT_BYTES && f64::from(chosen.width().max(chosen.height())) <= SMALL;
                if edit.is_plain() && !foreign && (hd || moves || light) {
                    return Ok(file);
                }
                let (longest, quality) = if hd { (f64::from(HD), 0.92) } else { (SMALL, 0.8) };
                let broken = || t("picture-unreadable");
                let made = render(&chosen, edit, longest).ok_or_else(broken)?;
                let blob = encoded(&made, "image/jpeg", quality).await.ok_or_else(broken)?;
                named(&blob, &renamed(&file.name(), "jpg")).ok_or_else(broken)
            }
        }
    }

    /// A frame that stands for a video: out of what was made of it, since the beginning of the file may be cut away.
    pub async fn poster(&self, made: &File) -> Option<HtmlCanvasElement> {
        match self.kind {
            Kind::Video if self.part.is_whole() => self.seen.clone().await.ok().map(|own| own.canvas),
            Kind::Video => frame(made).await,
            Kind::Photo | Kind::Other => None,
        }
    }
}

/// Says so where its bytes are not to be had: those of a folder are not, which browsers let one drop like a file, nor of what was
/// moved or changed since it was picked.
pub async fn readable(file: &File) -> Result<(), String> {
    let read = match file.slice_with_i32_and_i32(0, 1) {
        Ok(first) => JsFuture::from(first.array_buffer()).await.map(drop),
        Err(error) => Err(error),
    };
    read.map_err(|_| ta("send-unreadable", &[("name", one_line(&file.name(), 60).into())]))
}

/// The same name with another ending.
fn renamed(name: &str, ending: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    format!("{}.{ending}", if stem.is_empty() { "file" } else { stem })
}
