//! A slot: one of the streams that a receiver gets. Who is in it changes; its own sequence numbers and times do not show it.

use std::time::Instant;

use str0m::media::Mid;
use str0m::rtp::Ssrc;

use super::codec::Codec;

/// Where a stream comes from: somebody's microphone, camera, or screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// Whose, by place in the core.
    pub person: usize,
    /// Which of theirs.
    pub track: TrackKind,
}

/// What somebody sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackKind {
    /// The microphone.
    Voice = 0,
    /// The camera.
    Camera = 1,
    /// The shared screen.
    Screen = 2,
    /// What that sounds like.
    ScreenSound = 3,
}

impl TrackKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Voice, Self::Camera, Self::Screen, Self::ScreenSound];

    /// Whether it is sound.
    pub fn is_sound(self) -> bool {
        matches!(self, Self::Voice | Self::ScreenSound)
    }
}

/// See the module.
#[derive(Debug)]
pub struct Slot {
    /// The media line.
    pub mid: Mid,
    /// The stream.
    pub ssrc: Ssrc,
    /// Sound, or pictures.
    pub is_sound: bool,
    /// Who is in it.
    pub source: Option<Source>,
    /// The layer that is to be sent; `None`: nothing, there is no room for it.
    pub target: Option<usize>,
    /// The layer that is sent.
    pub current: Option<usize>,
    /// As the receiver shows it, in pixels.
    pub height: u32,
    /// How important it is to the receiver, 0 the most.
    pub rank: usize,
    out: Outgoing,
}

/// Numbers of what went out.
#[derive(Debug, Default)]
struct Outgoing {
    /// Since the last change: where the incoming numbers began, and what is added to them.
    stretch: Option<Stretch>,
    last: Option<Last>,
}

#[derive(Debug, Clone, Copy)]
struct Stretch {
    from: u64,
    /// The highest that came.
    newest: u64,
    number: i64,
    time: u32,
}

#[derive(Debug, Clone, Copy)]
struct Last {
    number: u64,
    time: u32,
    at: Instant,
}

/// Where a new slot begins: a receiver knows only the lower sixteen bits at first (RFC 3711 §3.3.1).
pub const FIRST: u64 = 1_000;

impl Slot {
    /// An empty slot.
    pub fn new(mid: Mid, ssrc: Ssrc, is_sound: bool) -> Self {
        Self {
            mid,
            ssrc,
            is_sound,
            source: None,
            target: None,
            current: None,
            height: 0,
            rank: 0,
            out: Outgoing::default(),
        }
    }

    /// Puts somebody else into it.
    pub fn bind(&mut self, source: Option<Source>) {
        if self.source == source {
            return;
        }
        self.source = source;
        self.target = None;
        self.cease();
    }

    /// Chooses what is sent. Less than now begins with a gap: whoever has no room for it must not be sent the old any longer.
    pub fn aim(&mut self, target: Option<usize>) {
        if target < self.current {
            self.cease();
        }
        self.target = target;
    }

    /// Whether a key frame of the target is waited for.
    pub fn waits(&self) -> bool {
        !self.is_sound && self.target.is_some() && self.target != self.current
    }

    /// The numbers that a packet goes out with, if it does.
    pub fn pass(&mut self, packet: &Incoming) -> Option<(u64, u32)> {
        if self.is_sound {
            if self.current.is_none() {
                self.current = Some(0);
            }
        } else if self.waits() && self.target == Some(packet.layer) && packet.begins {
            self.cease();
            self.current = self.target;
        } else if self.current != Some(packet.layer) {
            return None;
        }
        self.out.number(packet)
    }

    fn cease(&mut self) {
        self.current = None;
        self.out.stretch = None;
    }
}

/// What matters of a packet that came in.
#[derive(Debug, Clone, Copy)]
pub struct Incoming {
    /// Its extended sequence number.
    pub number: u64,
    /// Its RTP time.
    pub time: u32,
    /// When it came.
    pub at: Instant,
    /// Of which layer it is.
    pub layer: usize,
    /// Its codec.
    pub codec: Codec,
    /// See [`Codec::begins`].
    pub begins: bool,
}

/// A gap of more than so many numbers is not handed on. Receivers take the upper bits of a number from what came before
/// (RFC 3711 §3.3.1): whoever leaps in what they send would leave whoever is next in the slot unheard.
const GAP: u64 = 1_000;

impl Outgoing {
    fn number(&mut self, packet: &Incoming) -> Option<(u64, u32)> {
        if self.stretch.is_some_and(|stretch| packet.number > stretch.newest + GAP) {
            self.stretch = None;
        }
        let stretch = match self.stretch {
            Some(stretch) => stretch,
            None => {
                let (number, time) = match self.last {
                    None => (FIRST, packet.time),
                    // As much later as it is by the clock.
                    Some(last) => {
                        let passed = packet.at.saturating_duration_since(last.at).as_micros();
                        let ticks = passed.saturating_mul(u128::from(packet.codec.clock())) / 1_000_000;
                        let ticks = u32::try_from(ticks).unwrap_or(u32::MAX).max(1);
                        (last.number + 1, last.time.wrapping_add(ticks))
                    }
                };
                let stretch = Stretch {
                    from: packet.number,
                    newest: packet.number,
                    number: number as i64 - packet.number as i64,
                    time: time.wrapping_sub(packet.time),
                };
                *self.stretch.insert(stretch)
            }
        };
        // Late, from before the change.
        if packet.number < stretch.from {
            return None;
        }
        if let Some(stretch) = &mut self.stretch {
            stretch.newest = stretch.newest.max(packet.number);
        }
        let number = (packet.number as i64 + stretch.number) as u64;
        let time = packet.time.wrapping_add(stretch.time);
        if self.last.is_none_or(|last| number > last.number) {
            self.last = Some(Last { number, time, at: packet.at });
        }
        Some((number, time))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn packet(start: Instant, ms: u64, number: u64, layer: usize, begins: bool) -> Incoming {
        let at = start + Duration::from_millis(ms);
        Incoming {
            number,
            time: ms as u32 * 90 + layer as u32 * 77_777,
            at,
            layer,
            codec: Codec::Vp9,
            begins,
        }
    }

    fn slot(is_sound: bool) -> Slot {
        let mut slot = Slot::new("a".into(), 5.into(), is_sound);
        slot.bind(Some(Source { person: 1, track: TrackKind::Camera }));
        slot
    }

    #[test]
    fn a_picture_begins_with_a_key_frame_and_goes_on_without_a_gap_when_its_layer_changes() {
        let start = Instant::now();
        let mut slot = slot(false);
        slot.aim(Some(0));
        assert_eq!(slot.pass(&packet(start, 0, 70_000, 0, false)), None);
        assert_eq!(slot.pass(&packet(start, 10, 70_001, 0, true)), Some((1_000, 900)));
        assert_eq!(slot.pass(&packet(start, 20, 70_002, 0, false)), Some((1_001, 1_800)));
        slot.aim(Some(1));
        assert!(slot.waits());
        // The lower one goes on until the higher can begin.
        assert_eq!(slot.pass(&packet(start, 30, 9, 1, false)), None);
        assert_eq!(slot.pass(&packet(start, 30, 70_003, 0, false)), Some((1_002, 2_700)));
        assert_eq!(slot.pass(&packet(start, 40, 10, 1, true)), Some((1_003, 3_600)));
        assert_eq!(slot.pass(&packet(start, 40, 70_004, 0, false)), None);
        assert_eq!(slot.pass(&packet(start, 40, 11, 1, false)), Some((1_004, 3_600)));
        assert!(!slot.waits());
        // Late ones of this stretch are handed on, of before it not.
        assert_eq!(slot.pass(&packet(start, 50, 13, 1, false)), Some((1_006, 4_500)));
        assert_eq!(slot.pass(&packet(start, 50, 12, 1, false)), Some((1_005, 4_500)));
        assert_eq!(slot.pass(&packet(start, 50, 9, 1, false)), None);
    }

    #[test]
    fn less_room_ends_the_larger_picture_at_once() {
        let start = Instant::now();
        let mut slot = slot(false);
        slot.aim(Some(1));
        assert_eq!(slot.pass(&packet(start, 0, 1, 1, true)).unwrap().0, 1_000);
        slot.aim(Some(0));
        assert_eq!(slot.pass(&packet(start, 10, 2, 1, false)), None);
        assert_eq!(slot.pass(&packet(start, 20, 500, 0, true)).unwrap().0, 1_001);
        slot.aim(None);
        assert_eq!(slot.pass(&packet(start, 30, 501, 0, true)), None);
        assert!(!slot.waits());
    }

    #[test]
    fn a_leap_in_what_somebody_sends_is_not_handed_on() {
        let start = Instant::now();
        let mut slot = slot(true);
        assert_eq!(slot.pass(&packet(start, 0, 5, 0, true)).unwrap().0, 1_000);
        assert_eq!(slot.pass(&packet(start, 20, 5 + GAP, 0, true)).unwrap().0, 1_000 + GAP);
        assert_eq!(slot.pass(&packet(start, 20, 7, 0, true)).unwrap().0, 1_002, "late, not lost");
        for leap in 1..100 {
            let number = slot.pass(&packet(start, 20 + leap * 20, leap * 30_000, 0, true)).unwrap().0;
            assert_eq!(number, 1_000 + GAP + leap);
        }
        assert_eq!(slot.pass(&packet(start, 2_100, 98 * 30_000 + 1, 0, true)), None, "from before the leap");
    }

    #[test]
    fn whoever_follows_in_a_slot_goes_on_counting() {
        let start = Instant::now();
        let mut slot = slot(true);
        assert_eq!(slot.pass(&packet(start, 0, 5, 0, true)).unwrap().0, 1_000);
        assert_eq!(slot.pass(&packet(start, 20, 7, 0, true)).unwrap().0, 1_002, "a gap stays a gap");
        slot.bind(Some(Source { person: 2, track: TrackKind::Voice }));
        let (number, time) = slot.pass(&packet(start, 1_020, 900_000, 0, true)).unwrap();
        assert_eq!((number, time), (1_003, 20 * 90 + 90_000));
    }
}
