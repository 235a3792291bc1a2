//! A slot: one of the streams that a receiver gets. Who is in it changes; its own sequence numbers and times do not show it.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Instant;

use str0m::rtp::Ssrc;

use super::again::Kept;
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
    /// What went out of late.
    pub kept: Kept,
    /// The stream besides, in which it goes out again, and the next number there.
    pub again: Option<(Ssrc, u64)>,
    /// Whether its packets may have numbers on the way.
    pub is_numbered: bool,
    /// Whether anything of anybody went out in it.
    pub has_begun: bool,
    out: Outgoing,
}

/// Numbers of what went out.
#[derive(Debug, Default)]
struct Outgoing {
    /// Since the last change: where the incoming numbers began, and what is added to them. The newest last; another one begins
    /// behind each padding.
    stretches: VecDeque<Stretch>,
    last: Option<Last>,
}

#[derive(Debug, Clone, Copy)]
struct Stretch {
    /// Of which of the sender's streams it is.
    stream: u32,
    from: u64,
    /// The highest that came, or before the first.
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
const FIRST: u64 = 1_000;

impl Slot {
    /// An empty slot, with a stream besides.
    pub fn new(ssrc: Ssrc, again: Option<Ssrc>, is_sound: bool) -> Self {
        Self {
            ssrc,
            is_sound,
            source: None,
            target: None,
            current: None,
            height: 0,
            rank: 0,
            kept: Kept::default(),
            again: again.map(|ssrc| (ssrc, FIRST)),
            is_numbered: false,
            has_begun: false,
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

    /// The numbers of so many packets of padding behind what went out, and its time.
    pub fn pad(&mut self, packets: usize, now: Instant) -> (Range<u64>, u32) {
        self.out.pad(packets as u64, now)
    }

    fn cease(&mut self) {
        self.current = None;
        self.out.stretches.clear();
    }
}

/// What matters of a packet that came in.
#[derive(Debug, Clone, Copy)]
pub struct Incoming {
    /// Of which of the sender's streams it is: what begins later has a larger one.
    pub stream: u32,
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
        if let Some(stretch) = self.stretches.back() {
            // Numbers count within one stream: those of another one begin behind all that went out, or they would go out again.
            if packet.stream < stretch.stream {
                return None;
            }
            if packet.stream > stretch.stream || packet.number > stretch.newest + GAP {
                self.stretches.clear();
            }
        }
        if self.stretches.is_empty() {
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
            self.stretches.push_back(Stretch {
                stream: packet.stream,
                from: packet.number,
                newest: packet.number,
                number: number as i64 - packet.number as i64,
                time: time.wrapping_sub(packet.time),
            });
        }
        // Late ones have the numbers that they would have had; of before the change there are none.
        let stretch = self.stretches.iter_mut().rfind(|stretch| packet.number >= stretch.from)?;
        stretch.newest = stretch.newest.max(packet.number);
        let number = (packet.number as i64 + stretch.number) as u64;
        let time = packet.time.wrapping_add(stretch.time);
        if self.last.is_none_or(|last| number > last.number) {
            self.last = Some(Last { number, time, at: packet.at });
        }
        Some((number, time))
    }

    fn pad(&mut self, packets: u64, now: Instant) -> (Range<u64>, u32) {
        let last = self.last.get_or_insert(Last { number: FIRST, time: 0, at: now });
        if let Some(stretch) = self.stretches.back().copied() {
            let (from, number) = (stretch.newest + 1, stretch.number + packets as i64);
            if stretch.newest < stretch.from {
                // Nothing went out since the last padding.
                self.stretches.pop_back();
            }
            if self.stretches.len() >= STRETCHES {
                self.stretches.pop_front();
            }
            self.stretches.push_back(Stretch { from, number, ..stretch });
        }
        let begin = last.number + 1;
        last.number += packets;
        (begin..begin + packets, last.time)
    }
}

/// So many paddings back a late packet still finds its number.
const STRETCHES: usize = 8;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn packet(start: Instant, ms: u64, number: u64, layer: usize, begins: bool) -> Incoming {
        let at = start + Duration::from_millis(ms);
        Incoming {
            stream: 0,
            number,
            time: ms as u32 * 90 + layer as u32 * 77_777,
            at,
            layer,
            codec: Codec::Vp9,
            begins,
        }
    }

    fn slot(is_sound: bool) -> Slot {
        let mut slot = Slot::new(5.into(), None, is_sound);
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
    fn padding_takes_numbers_of_its_own_and_late_packets_keep_theirs() {
        let start = Instant::now();
        let mut slot = slot(true);
        assert_eq!(slot.pad(3, start), (1_001..1_004, 0), "before anything went out");
        assert_eq!(slot.pass(&packet(start, 0, 10, 0, true)).unwrap().0, 1_004);
        assert_eq!(slot.pass(&packet(start, 20, 12, 0, true)).unwrap().0, 1_006);
        assert_eq!(slot.pad(2, start).0, 1_007..1_009);
        assert_eq!(slot.pad(1, start).0, 1_009..1_010, "nothing went out since");
        assert_eq!(slot.pass(&packet(start, 40, 14, 0, true)).unwrap().0, 1_011);
        assert_eq!(slot.pass(&packet(start, 40, 11, 0, true)).unwrap().0, 1_005, "late");
        assert_eq!(slot.pass(&packet(start, 40, 13, 0, true)).unwrap().0, 1_010);
        let mut all = std::collections::BTreeSet::new();
        for step in 0..100 {
            let numbers = slot.pad(2, start).0.collect::<Vec<_>>();
            let [second, first] =
                [16, 15].map(|at| slot.pass(&packet(start, 60 + step, 2 * step + at, 0, true)).unwrap().0);
            assert!(numbers.into_iter().chain([first, second]).all(|number| all.insert(number)), "each once");
        }
        assert_eq!(slot.pass(&packet(start, 900, 11, 0, true)), None, "too late");
        slot.bind(None);
        let padded = slot.pad(1, start).0.start;
        slot.bind(Some(Source { person: 2, track: TrackKind::Camera }));
        assert_eq!(slot.pass(&packet(start, 900, 5, 0, true)).unwrap().0, padded + 1);
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
    fn slot_another_stream_of_the_same_sender_goes_on_counting() {
        let start = Instant::now();
        let mut slot = slot(true);
        let of = |stream, ms, number| Incoming { stream, ..packet(start, ms, number, 0, true) };
        assert_eq!(slot.pass(&of(1, 0, 40)).unwrap().0, 1_000);
        assert_eq!(slot.pass(&of(1, 20, 41)).unwrap().0, 1_001);
        // The same numbers, and lower ones.
        assert_eq!(slot.pass(&of(2, 40, 40)).unwrap().0, 1_002);
        assert_eq!(slot.pass(&of(3, 60, 7)).unwrap().0, 1_003);
        assert_eq!(slot.pass(&of(3, 60, 8)).unwrap().0, 1_004);
        assert_eq!(slot.pass(&of(2, 80, 41)), None, "of one that has ended");
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
