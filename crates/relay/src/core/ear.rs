//! What somebody says, taken in past `str0m`, which turns a whole peer for each packet. Of the stream that an offer names for
//! its first sound nothing is given to `str0m`, so that it reports nothing of it: its sender is told here what came.

use std::time::{Duration, Instant};

use casemate_rtp::head::{Head, extension_ids, extensions, is_media};
use casemate_rtp::received::Received;
use casemate_rtp::srtp::{Agreed, Opener, ReportOpener, Reports};

use super::codec::Codec;
use super::media::Media;

/// See the module.
pub struct Ear {
    agreed: Agreed,
    keys: Option<Keys>,
    /// Which header extensions say how loud it is.
    levels: Vec<u8>,
    received: Received,
    /// In whose name reports are: a stream that nothing is sent in.
    reporter: Option<u32>,
    /// When that was last.
    reported: Instant,
}

struct Keys {
    opener: Opener,
    reports: Reports,
    theirs: ReportOpener,
}

/// What a packet is.
pub enum Heard {
    /// Something else: it is `str0m`'s.
    Other,
    /// Said to be a voice's, and is not, or came already.
    Nothing,
    /// A voice.
    Voice(Media),
}

/// How its level is called in session descriptions (RFC 6464).
const LEVEL: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";

/// Between two reports. As with `str0m`: RFC 3550 §6.2 has five seconds.
const REPORTS: Duration = Duration::from_secs(5);

/// Reports that say when something was sent, which their sender's come first in (RFC 3550 §6.1).
const SENDER_REPORT: u8 = 200;

impl Ear {
    /// For a stream of a connection with this offer, which will have these keys.
    pub fn new(ssrc: u32, offer: &str, agreed: Agreed, now: Instant) -> Self {
        Self {
            agreed,
            keys: None,
            levels: extension_ids(offer, LEVEL),
            received: Received::new(ssrc, Codec::Opus.clock()),
            reporter: None,
            reported: now,
        }
    }

    /// The stream.
    pub fn ssrc(&self) -> u32 {
        self.received.ssrc()
    }

    /// Takes a packet in. Anybody may have sent it.
    pub fn hear(&mut self, packet: &[u8], now: Instant) -> Heard {
        let Some(head) = Head::of(packet).filter(|head| head.ssrc == self.ssrc()) else {
            self.note_reports(packet, now);
            return Heard::Other;
        };
        if !self.agreed.is_there() {
            return Heard::Nothing;
        }
        if self.keys.is_none() {
            self.keys = Keys::new(&self.agreed);
        }
        // With other ciphers than ours all of the stream is `str0m`'s.
        let Some(Keys { opener, .. }) = &mut self.keys else { return Heard::Other };
        let mut numbers = self.received.numbers(head.number);
        let opened = numbers.find_map(|number| Some((number, opener.open(packet, head, number)?)));
        let Some((number, payload)) = opened else { return Heard::Nothing };
        self.received.note(number, head.time, now);
        let Some(payload) = unpadded(&payload, head.is_padded) else { return Heard::Nothing };
        let level = extensions(packet).find(|(id, _)| self.levels.contains(id));
        let level = level.and_then(|(_, value)| value.first()).map(|value| -((value & 0x7f) as i8));
        Heard::Voice(Media {
            ssrc: head.ssrc.into(),
            payload_type: head.payload_type.into(),
            number,
            time: head.time,
            marker: head.marker,
            level,
            orientation: None,
            payload: payload.into(),
            at: now,
        })
    }

    /// What is to be told its sender now, sealed. `reporter`: a stream that nothing is sent in.
    pub fn report(&mut self, now: Instant, reporter: impl FnOnce() -> u32) -> Option<Vec<u8>> {
        if now.saturating_duration_since(self.reported) < REPORTS {
            return None;
        }
        self.reported = now;
        let keys = self.keys.as_mut()?;
        let reporter = *self.reporter.get_or_insert_with(reporter);
        keys.reports.seal(&self.received.report(reporter, now)?)
    }

    /// Of reports only those that begin with one of this stream's sender are opened; all are `str0m`'s besides.
    fn note_reports(&mut self, packet: &[u8], now: Instant) {
        let is_sender = packet.get(1) == Some(&SENDER_REPORT) && !is_media(packet);
        if is_sender
            && let Some(keys) = &mut self.keys
            && let Some(opened) = keys.theirs.open(packet)
        {
            self.received.note_reports(&opened, now);
        }
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

/// Without its padding, which ends with how long it is, that itself counted (RFC 3550 §5.1).
fn unpadded(payload: &[u8], is_padded: bool) -> Option<&[u8]> {
    if !is_padded {
        return Some(payload);
    }
    let padding = usize::from(*payload.last()?);
    payload.get(..payload.len().checked_sub(padding)?).filter(|_| padding > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_as_long_as_it_says_or_there_is_nothing() {
        assert_eq!(unpadded(&[1, 2, 3], false), Some(&[1, 2, 3][..]));
        assert_eq!(unpadded(&[1, 0, 2], true), Some(&[1][..]));
        assert_eq!(unpadded(&[0, 2], true), Some(&[][..]));
        for wrong in [&[][..], &[1, 0], &[1, 3], &[255]] {
            assert_eq!(unpadded(wrong, true), None);
        }
    }
}
