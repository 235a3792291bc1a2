//! The relay's streams: those that its answer names and no other, since `str0m` gives a slot to whatever stream a packet
//! names for it, before it looks whether the packet was sealed, and never gives it back.
//!
//! What the relay itself numbers wrongly cannot be set right: whoever receives takes the upper bits of a number from what
//! came before (RFC 3711 §3.3.1), so that all that follows a leap is thought to be old. That is noticed, and joined anew.

use std::time::{Duration, Instant};

use casemate_rtp::head::{Head, is_media};
use casemate_rtp::received::nearest;
use casemate_rtp::srtp::{Agreed, Opener};

/// See the module.
pub struct Streams {
    all: Vec<Stream>,
    agreed: Agreed,
    opener: Option<Opener>,
    looked: Option<Instant>,
}

struct Stream {
    ssrc: u32,
    /// What was heard last, by its extended number.
    heard: Option<(u64, Instant)>,
    /// Since then, packets that are the relay's and too old to be heard.
    unheard: u32,
}

/// What is done with a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is let in.
    In,
    /// It is dropped.
    Not,
    /// The relay's numbers are such that nothing of a stream will be heard any more.
    Broken,
}

/// Streams at most: two for each slot.
const STREAMS: usize = 64;

/// What looks for bandwidth, and is of no slot.
const PROBES: u32 = 0;

/// A stream that was not heard for so long is looked at, and how often any is: packets that cannot be heard are opened for
/// it, by anybody who sends some.
const QUIET: Duration = Duration::from_millis(500);
const LOOKS: Duration = Duration::from_millis(40);

/// So many of them are no accident. A packet that is held back and sent again by somebody between is one, too; whoever can do
/// that can cut the connection as well.
const UNHEARD: u32 = 8;

/// How often numbers are taken to have begun anew at most: in an hour of a large picture some fifty times.
const ROLLED_OVER: u64 = 64;

impl Streams {
    /// Of a connection with this answer, which will have these keys.
    pub fn new(answer: &str, agreed: Agreed) -> Self {
        let named = answer.lines().filter_map(|line| line.trim().strip_prefix("a=ssrc:"));
        let mut ssrcs: Vec<u32> = named.filter_map(|of| of.split(' ').next()?.parse().ok()).collect();
        ssrcs.sort_unstable();
        ssrcs.dedup();
        ssrcs.truncate(STREAMS);
        let all = ssrcs.into_iter().map(|ssrc| Stream { ssrc, heard: None, unheard: 0 }).collect();
        Self { all, agreed, opener: None, looked: None }
    }

    /// Whether a packet is let in. Anybody may have sent it.
    pub fn takes(&mut self, packet: &[u8], now: Instant) -> Taken {
        if !is_media(packet) {
            return Taken::In;
        }
        let Some(head) = Head::of(packet) else { return Taken::Not };
        if head.ssrc == PROBES {
            return Taken::In;
        }
        let Some(stream) = self.all.iter_mut().find(|stream| stream.ssrc == head.ssrc) else {
            return Taken::Not;
        };
        let Some((heard, at)) = stream.heard else { return Taken::In };
        let was_looked = self.looked.is_some_and(|looked| now < looked + LOOKS);
        // Before the first of all: `str0m` would take it for one far ahead of all, if it is sealed.
        let Some(next) = nearest(head.number, heard) else { return Taken::Not };
        if now < at + QUIET || was_looked {
            return Taken::In;
        }
        self.looked = Some(now);
        if self.opener.is_none() {
            self.opener = Opener::new(&self.agreed);
        }
        let Some(opener) = &mut self.opener else { return Taken::In };
        if next > heard && opener.is_theirs(packet, head, next) {
            return Taken::In;
        }
        let number = |times: u64| times << 16 | u64::from(head.number);
        let times = (heard >> 16) + 1;
        if (times.saturating_sub(ROLLED_OVER)..=times)
            .any(|times| opener.is_theirs(packet, head, number(times)))
        {
            stream.unheard += 1;
        }
        if stream.unheard >= UNHEARD { Taken::Broken } else { Taken::In }
    }

    /// Something was heard of a stream.
    pub fn heard(&mut self, ssrc: u32, number: u64, now: Instant) {
        if let Some(stream) = self.all.iter_mut().find(|stream| stream.ssrc == ssrc) {
            let highest = stream.heard.map_or(number, |(heard, _)| heard.max(number));
            (stream.heard, stream.unheard) = (Some((highest, now)), 0);
        }
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)] // A virtual clock begins somewhere.
mod tests {
    use super::*;

    #[test]
    fn only_what_the_answer_names_is_let_in() {
        let answer = "v=0\r\na=ssrc:5 cname:x\r\na=ssrc:5 msid:y z\r\na=ssrc:x\r\na=ssrc-group:FID 5 6\r\n";
        let mut streams = Streams::new(answer, Agreed::default());
        let now = Instant::now();
        let packet = |ssrc: u8| [0x80, 111, 0, 1, 0, 0, 0, 0, 0, 0, 0, ssrc, 1, 2, 3];
        let mut takes = |packet: &[u8]| streams.takes(packet, now);
        assert_eq!(takes(&packet(5)), Taken::In);
        assert_eq!(takes(&packet(0)), Taken::In);
        assert_eq!(takes(&packet(7)), Taken::Not);
        assert_eq!(takes(&packet(5)[..11]), Taken::Not);
        assert_eq!(takes(&[22, 254, 253]), Taken::In, "no media");
    }
}
