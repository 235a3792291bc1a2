//! What somebody sends, taken in past `str0m`, which turns a whole peer for each packet: opened, each number once, and what was
//! sent again put where it belongs. `str0m` gets nothing of it, and so reports nothing: its sender is told here what came.
//!
//! ```text
//! packet ─▶ stream: named in the offer, or by the packet itself ─▶ opened ─▶ media
//!    └─▶ missing, arrivals ─▶ reports: what came, when, what is to be sent again
//! ```
//! Anybody can send a packet in somebody's name. Nothing is remembered of one before it is found to be sealed by who has the keys.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use casemate_rtp::arrivals::Arrivals;
use casemate_rtp::feedback::sent_at;
use casemate_rtp::head::{Head, extension_ids, extensions};
use casemate_rtp::missing::Missing;
use casemate_rtp::received::Received;
use casemate_rtp::srtp::{Agreed, Opener, ReportOpener, Reports};
use casemate_rtp::telling;
use str0m::rtp::VideoOrientation;

use super::answer::PayloadTypes;
use super::codec::Codec;
use super::media::Media;
use super::sdp::{Named, Offer};
use super::slot::TrackKind;
use super::track::{Tracks, locate};
use crate::limits::STREAMS;

/// See the module.
pub struct Ear {
    agreed: Agreed,
    keys: Option<Keys>,
    named: Vec<Named>,
    extensions: Extensions,
    types: PayloadTypes,
    streams: Vec<Stream>,
    /// Those that another one took the place of, by their numbers: what was heard of them stays known, or it could be sent again.
    ended: HashMap<u32, (Place, Received)>,
    /// How many have begun.
    begun: u32,
    arrivals: Arrivals,
    /// In whose name reports are: a stream that nothing is sent in.
    reporter: u32,
    /// When what came was told last.
    reported: Instant,
    /// A report that wants to know how long it was under way: in whose name, when it was sent, and when it came.
    asked: Option<(u32, u32, Instant)>,
}

struct Keys {
    opener: Opener,
    reports: Reports,
    theirs: ReportOpener,
}

/// Of which track and layer, and whether that is sent again in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    kind: TrackKind,
    layer: usize,
    is_again: bool,
}

struct Stream {
    ssrc: u32,
    /// The how-many-eth it is.
    order: u32,
    place: Place,
    received: Received,
    missing: Missing,
}

/// Which header extensions say what.
struct Extensions {
    levels: Vec<u8>,
    mids: Vec<u8>,
    layers: Vec<u8>,
    again: Vec<u8>,
    orientation: Option<u8>,
    number: Option<u8>,
}

/// What a packet is.
pub enum Heard {
    /// Nobody's, or nothing that is taken.
    Nothing,
    /// Sealed by who has the keys, and nothing that is handed on.
    Theirs,
    /// Media, of which track and layer.
    Media(TrackKind, usize, Media),
}

/// How loud something is (RFC 6464), which media line and layer it is of (RFC 8843 §15, RFC 8852), as session descriptions name
/// them.
const LEVEL: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
const MID: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
const LAYER: &str = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
const AGAIN: &str = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";

/// How often what came is told.
struct Apart {
    reports: Duration,
    arrivals: Duration,
}

/// RFC 3550 §6.2.
const OF_VOICES: Apart = Apart { reports: Duration::from_secs(5), arrivals: Duration::from_millis(500) };

/// Senders go by it: those who are told less often find out later; more takes more of the way back.
const OF_PICTURES: Apart = Apart { reports: Duration::from_secs(1), arrivals: Duration::from_millis(50) };

impl Ear {
    /// Of a connection with this offer, which will have these keys. `reporter`: a stream that nothing is sent in.
    pub fn new(offer: &Offer, types: PayloadTypes, agreed: Agreed, reporter: u32, now: Instant) -> Self {
        Self {
            agreed,
            keys: None,
            named: offer.named.clone(),
            extensions: Extensions::of(offer),
            types,
            streams: Vec::new(),
            ended: HashMap::new(),
            begun: 0,
            arrivals: Arrivals::new(now),
            reporter,
            reported: now,
            asked: None,
        }
    }

    /// Takes a packet of media in. Anybody may have sent it.
    pub fn hear(&mut self, packet: &[u8], tracks: &Tracks, now: Instant) -> Heard {
        let (Some(head), true) = (Head::of(packet), self.has_keys()) else { return Heard::Nothing };
        let Some(Keys { opener, .. }) = &mut self.keys else { return Heard::Nothing };
        let known = self.streams.iter().position(|stream| stream.ssrc == head.ssrc);
        let new = Received::new(head.ssrc, 1);
        let received = match known {
            Some(at) => &self.streams[at].received,
            None => self.ended.get(&head.ssrc).map_or(&new, |(_, received)| received),
        };
        let opened = received.numbers(head.number).find_map(|number| {
            let opened = opener.open(packet, head, number)?;
            Some((number, opened))
        });
        let Some((number, mut payload)) = opened else { return Heard::Nothing };
        let said = self.extensions.said_in(packet);
        if let Some(number) = said.number {
            self.arrivals.note(number, now);
        }
        let Some(at) = known.or_else(|| self.add(head, &said, tracks)) else { return Heard::Theirs };
        let left_out = self.streams[at].received.note(number, head.time, now);
        let Some(length) = unpadded(&payload, head.is_padded) else { return Heard::Theirs };
        payload.truncate(length);
        let Stream { order: stream, place: Place { kind, layer, is_again }, .. } = self.streams[at];
        let mut media = Media {
            stream,
            payload_type: head.payload_type.into(),
            number,
            time: head.time,
            marker: head.marker,
            level: said.level,
            orientation: said.orientation,
            payload: payload.into(),
            at: now,
        };
        if is_again {
            let Some(again) = self.was_lost(media, Place { kind, layer, is_again: false }, now) else {
                return Heard::Theirs;
            };
            media = again;
        } else if !kind.is_sound() {
            let missing = &mut self.streams[at].missing;
            if left_out.is_empty() { missing.came(number, now) } else { missing.found(left_out, now) }
        }
        Heard::Media(kind, layer, media)
    }

    /// What was sent again, as it was (RFC 4588 §4): its number comes first.
    fn was_lost(&mut self, again: Media, place: Place, now: Instant) -> Option<Media> {
        let (lower, payload) = again.payload.split_first_chunk::<2>()?;
        let mut types = self.types.iter().flatten();
        let (payload_type, _) = types.find(|(_, of_again)| *of_again == Some(again.payload_type))?;
        let stream = self.streams.iter_mut().find(|stream| stream.place == place)?;
        let number = stream.received.numbers(u16::from_be_bytes(*lower)).next()?;
        if !stream.received.note_again(number) {
            return None;
        }
        stream.missing.came(number, now);
        let order = stream.order;
        Some(Media { stream: order, payload_type: *payload_type, number, payload: payload.into(), ..again })
    }

    /// A stream that something came of for the first time, or after it had ended. It takes the place of the one before.
    fn add(&mut self, head: Head, said: &Said<'_>, tracks: &Tracks) -> Option<usize> {
        let (place, received) = match self.ended.remove(&head.ssrc) {
            Some(known) => known,
            None => self.begins(head, said, tracks)?,
        };
        self.begun = self.begun.saturating_add(1);
        if let Some(before) = self.streams.iter().position(|stream| stream.place == place) {
            let Stream { ssrc, received, .. } = self.streams.remove(before);
            self.ended.insert(ssrc, (place, received));
        }
        let missing = Missing::default();
        self.streams.push(Stream { ssrc: head.ssrc, order: self.begun, place, received, missing });
        Some(self.streams.len() - 1)
    }

    /// A stream that nothing was heard of: whose it is.
    fn begins(&self, head: Head, said: &Said<'_>, tracks: &Tracks) -> Option<(Place, Received)> {
        if self.streams.len() + self.ended.len() >= STREAMS {
            return None;
        }
        let named = self.named.iter().find(|named| named.ssrc == head.ssrc);
        let is_again = self.types.iter().flatten().any(|(_, again)| *again == Some(head.payload_type.into()));
        let (mid, rid, is_again) = match (named, said.mid) {
            (Some(named), _) => (named.mid.as_bytes(), None, named.is_again),
            (None, mid) => (mid?, said.again.or(said.layer), said.again.is_some() || is_again),
        };
        let (kind, layer) = locate(tracks, mid, rid)?;
        let clock = if kind.is_sound() { Codec::Opus.clock() } else { Codec::Vp9.clock() };
        Some((Place { kind, layer, is_again }, Received::new(head.ssrc, clock)))
    }

    /// Takes a report in, and gives it as it was before it was sealed. Anybody may have sent it.
    pub fn hear_report(&mut self, packet: &[u8], now: Instant) -> Option<Vec<u8>> {
        if !self.has_keys() {
            return None;
        }
        let report = self.keys.as_mut()?.theirs.open(packet)?;
        self.streams.iter_mut().for_each(|stream| stream.received.note_reports(&report, now));
        if let Some((whose, sent)) = sent_at(&report) {
            self.asked = Some((whose, sent, now));
        }
        Some(report)
    }

    /// What is to be told the sender now, sealed.
    pub fn tells(&mut self, now: Instant) -> Option<Vec<u8>> {
        let mut report = Vec::new();
        let has_pictures = self.streams.iter().any(|stream| !stream.place.kind.is_sound());
        let apart = if has_pictures { OF_PICTURES } else { OF_VOICES };
        if now.saturating_duration_since(self.reported) >= apart.reports {
            self.reported = now;
            let blocks = self.streams.iter_mut().filter_map(|stream| stream.received.block(now));
            report.extend(telling::received(self.reporter, &blocks.collect::<Vec<_>>()));
        }
        if let Some((whose, sent, came)) = self.asked.take() {
            let ago = now.saturating_duration_since(came).as_micros() * 65_536 / 1_000_000;
            report.extend(telling::since(self.reporter, whose, sent, u32::try_from(ago).unwrap_or(u32::MAX)));
        }
        for stream in self.streams.iter_mut().filter(|stream| stream.missing.any()) {
            let due = stream.missing.due(now);
            if !due.is_empty() {
                report.extend(telling::lost(self.reporter, stream.ssrc, &due));
            }
        }
        if self.arrivals.is_due(now, apart.arrivals)
            && let Some(stream) = self.streams.first()
        {
            report.extend(self.arrivals.report(self.reporter, stream.ssrc, now).unwrap_or_default());
        }
        self.seal(&report)
    }

    /// Asks for a key frame, where anything came of that layer. Sealed.
    pub fn asks(&mut self, kind: TrackKind, layer: usize) -> Option<Vec<u8>> {
        let place = Place { kind, layer, is_again: false };
        let stream = self.streams.iter().find(|stream| stream.place == place)?;
        let report = telling::picture(self.reporter, stream.ssrc);
        self.seal(&report)
    }

    fn seal(&mut self, report: &[u8]) -> Option<Vec<u8>> {
        self.keys.as_mut().filter(|_| !report.is_empty())?.reports.seal(report)
    }

    fn has_keys(&mut self) -> bool {
        if self.keys.is_none() {
            self.keys = Keys::new(&self.agreed);
        }
        self.keys.is_some()
    }
}

impl Keys {
    fn new(agreed: &Agreed) -> Option<Self> {
        Some(Self {
            opener: Opener::new(agreed)?,
            reports: Reports::new(agreed)?,
            theirs: ReportOpener::new(agreed)?,
        })
    }
}

/// What a packet says beside what it holds.
#[derive(Default)]
struct Said<'a> {
    level: Option<i8>,
    mid: Option<&'a [u8]>,
    layer: Option<&'a [u8]>,
    again: Option<&'a [u8]>,
    orientation: Option<VideoOrientation>,
    number: Option<u16>,
}

impl Extensions {
    fn of(offer: &Offer) -> Self {
        Self {
            levels: extension_ids(&offer.text, LEVEL),
            mids: extension_ids(&offer.text, MID),
            layers: extension_ids(&offer.text, LAYER),
            again: extension_ids(&offer.text, AGAIN),
            orientation: offer.orientation,
            number: offer.numbers,
        }
    }

    fn said_in<'a>(&self, packet: &'a [u8]) -> Said<'a> {
        let mut said = Said::default();
        for (id, value) in extensions(packet) {
            let first = value.first().copied();
            if self.number == Some(id) {
                said.number = value.first_chunk().map(|number| u16::from_be_bytes(*number));
            } else if self.levels.contains(&id) {
                said.level = first.map(|level| -((level & 0x7f) as i8));
            } else if self.orientation == Some(id) {
                said.orientation = first.map(|orientation| VideoOrientation::from(orientation & 3));
            } else if self.mids.contains(&id) {
                said.mid = Some(value);
            } else if self.layers.contains(&id) {
                said.layer = Some(value);
            } else if self.again.contains(&id) {
                said.again = Some(value);
            }
        }
        said
    }
}

/// How long it is without its padding, which ends with how long that is, itself counted (RFC 3550 §5.1).
fn unpadded(payload: &[u8], is_padded: bool) -> Option<usize> {
    if !is_padded {
        return Some(payload.len());
    }
    let padding = usize::from(*payload.last()?);
    payload.len().checked_sub(padding).filter(|_| padding > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_as_long_as_it_says_or_there_is_nothing() {
        assert_eq!(unpadded(&[1, 2, 3], false), Some(3));
        assert_eq!(unpadded(&[1, 0, 2], true), Some(1));
        assert_eq!(unpadded(&[0, 2], true), Some(0));
        for wrong in [&[][..], &[1, 0], &[1, 3], &[255]] {
            assert_eq!(unpadded(wrong, true), None);
        }
    }
}
