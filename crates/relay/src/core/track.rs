//! What a participant sends: voices of one layer, pictures of up to a few.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use str0m::media::{Mid, Rid};

use super::media::Media;
use super::slot::{Incoming, TrackKind};
use super::voices::Loudness;
use crate::limits::{KEY_FRAMES, KEY_FRAMES_APART, KEY_FRAMES_AT_ONCE};

/// A layer that nothing came of for so long does not come. Shared screens that stand still send little.
const LAYER_GONE: Duration = Duration::from_secs(2);

/// What a moment says counts one in so many and one, beside what is known.
const SMOOTHED: u64 = 9;

/// Something that a participant sends.
pub struct Track {
    /// The media line.
    pub mid: Mid,
    /// Its layers, the smallest first; one without a name where there are none.
    pub layers: Vec<Layer>,
    /// For voices.
    pub loudness: Loudness,
    /// Who gets it: participant and slot, by place.
    pub listeners: Vec<(usize, usize)>,
}

/// What somebody sends, by [`TrackKind`].
pub type Tracks = [Option<Track>; 4];

/// Which track and layer the names of a media line and of a layer are.
pub fn locate(tracks: &Tracks, mid: &[u8], rid: Option<&[u8]>) -> Option<(TrackKind, usize)> {
    let with_kinds =
        TrackKind::ALL.into_iter().filter_map(|kind| Some((kind, tracks[kind as usize].as_ref()?)));
    let (kind, track) = with_kinds.into_iter().find(|(_, track)| track.mid.as_bytes() == mid)?;
    let layer = track.layers.iter().position(|layer| layer.rid.as_ref().map(|rid| rid.as_bytes()) == rid)?;
    Some((kind, layer))
}

/// One size of a picture; of sound there is one.
pub struct Layer {
    /// Its name, where it has one.
    pub rid: Option<Rid>,
    bytes: u64,
    /// Bits a second, smoothed over so many moments.
    rate: u64,
    moments: u64,
    last: Option<Instant>,
    asked: Option<Instant>,
    /// Key frames that may still be asked for, when it was asked last.
    credit: f32,
    /// Packets that came while somebody waits for a picture to begin: its beginning may have been overtaken, or lost and
    /// sent again.
    pub early: VecDeque<(Incoming, Media)>,
}

impl Track {
    /// Whether anything comes of it.
    pub fn comes(&self, now: Instant) -> bool {
        self.layers.iter().any(|layer| layer.rate(now).is_some())
    }
}

impl Layer {
    /// As yet nothing came.
    pub fn new(rid: Option<Rid>) -> Self {
        Self {
            rid,
            bytes: 0,
            rate: 0,
            moments: 0,
            last: None,
            asked: None,
            credit: KEY_FRAMES_AT_ONCE,
            early: VecDeque::new(),
        }
    }

    /// Whether a key frame may be asked for now.
    pub fn may_ask(&mut self, now: Instant) -> bool {
        let passed = self.asked.map_or(KEY_FRAMES, |asked| now.saturating_duration_since(asked));
        let credit = self.credit + passed.as_secs_f32() / KEY_FRAMES.as_secs_f32();
        if passed < KEY_FRAMES_APART || credit < 1.0 {
            return false;
        }
        self.credit = credit.min(KEY_FRAMES_AT_ONCE) - 1.0;
        self.asked = Some(now);
        true
    }

    /// A packet came.
    pub fn note(&mut self, bytes: usize, now: Instant) {
        self.bytes += bytes as u64;
        self.last = Some(now);
    }

    /// So much time has passed.
    pub fn tick(&mut self, passed: Duration) {
        let passed_ms = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX).max(1);
        let rate = self.bytes.saturating_mul(8_000) / passed_ms;
        // Key frames come in lumps, and a picture begins with one.
        self.rate = (self.rate * self.moments + rate) / (self.moments + 1);
        self.moments = if self.rate == 0 { 0 } else { (self.moments + 1).min(SMOOTHED) };
        self.bytes = 0;
    }

    /// Bits a second, while something comes.
    pub fn rate(&self, now: Instant) -> Option<u64> {
        let last = self.last?;
        (now.saturating_duration_since(last) < LAYER_GONE).then_some(self.rate)
    }
}
