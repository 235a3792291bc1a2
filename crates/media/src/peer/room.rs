//! How much of one's own pictures goes through to the relay beside a voice. A program's film is encoded already, so it is
//! made smaller by leaving frames out: all from one on until the next that can be shown without any before it.
//!
//! ```text
//! estimate ─▶ bits a second for pictures ─▶ is there room? ─ yes ─▶ sent
//!                                                          └ no ──▶ left out, and what follows it; a whole picture is
//!                                                                   asked for when what was sent has gone out
//! ```

use std::time::{Duration, Instant};

/// Where the estimate begins: enough for a voice and a small picture.
pub const FIRST_ESTIMATE: u64 = 600_000;

/// Bits a second that a voice takes, with all heads.
const VOICE_RATE: u64 = 75_000;

/// Of what is left, in hundredths. The rest is for heads, which the estimate does not count, for what is sent again, and for
/// where too much is estimated.
const SHARE: u64 = 60;

/// Where less is thought to be left, for so much it is tried: the estimate learns from what is sent.
const LEAST: u64 = 26_000;

/// A frame is left out where those before it take longer to go out. More lets one large frame through more often, and pictures
/// come later than voices by that.
const BEHIND: Duration = Duration::from_secs(1);

/// After one was left out, the next whole picture waits for those before it: or it would be followed by none.
const BEHIND_WHOLE: Duration = Duration::from_millis(100);

/// A frame that takes longer alone is left out: what is shown so late is of no use, and nothing else is shown meanwhile.
const LONGEST: Duration = Duration::from_secs(4);

/// An estimate that falls by so much, in hundredths of what it was within so long, says that the way is filled: nothing is added
/// for a moment, so that what waits there goes out.
const FALL: u64 = 70;
const RECENT: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(500);

/// What was offered is looked at for so long.
const LOOK: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Debug)]
pub struct Room {
    estimate: u64,
    /// What it was at most of late, and since when.
    most: Option<(u64, Instant)>,
    paused: Option<Instant>,
    /// When the next packet may go out.
    next: Option<Instant>,
    /// When all that was sent has gone out.
    until: Option<Instant>,
    /// A frame was left out, and none since could be shown without it.
    broken: bool,
    /// A whole picture was asked for since.
    asked: bool,
    offered: u64,
    since: Option<Instant>,
}

impl Room {
    /// Of a connection that nothing was sent on.
    pub fn new() -> Self {
        Self {
            estimate: FIRST_ESTIMATE,
            most: None,
            paused: None,
            next: None,
            until: None,
            broken: false,
            asked: false,
            offered: 0,
            since: None,
        }
    }

    /// So many bits a second go through, as far as known. Whether that is so much less than before that what is on its way
    /// is not worth being sent again.
    pub fn estimated(&mut self, estimate: u64, now: Instant) -> bool {
        self.estimate = estimate;
        let most = self.most.filter(|(most, since)| estimate < *most && now < *since + RECENT);
        let fell = most.is_some_and(|(most, _)| estimate < most * FALL / 100);
        if fell {
            self.paused = Some(now + PAUSE);
            self.broken = true;
        }
        if fell || most.is_none() {
            self.most = Some((estimate, now));
        }
        fell
    }

    /// Whether a frame is sent now. `whole`: it can be shown without any before it.
    pub fn takes(&mut self, bytes: usize, whole: bool, now: Instant) -> bool {
        self.offered += bytes as u64;
        let takes = self.time_of(bytes);
        let behind = self.until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        let patience = if self.broken { BEHIND_WHOLE } else { BEHIND };
        if self.is_paused(now) || (self.broken && !whole) || behind > patience || takes > LONGEST {
            self.broken = true;
            return false;
        }
        (self.broken, self.asked) = (false, false);
        self.until = Some(now + behind + takes);
        true
    }

    /// When the next packet goes out, of those that wait.
    pub fn next(&self, now: Instant) -> Instant {
        self.next.map_or(now, |next| next.max(now))
    }

    /// A packet goes out. The next waits until it is through, or voices would wait behind a large picture.
    pub fn goes(&mut self, bytes: usize, now: Instant) {
        self.next = Some(now + self.time_of(bytes));
    }

    fn time_of(&self, bytes: usize) -> Duration {
        let for_pictures = (self.estimate.saturating_sub(VOICE_RATE) * SHARE / 100).max(LEAST);
        Duration::from_secs_f64(bytes as f64 * 8.0 / for_pictures as f64)
    }

    /// Whether a whole picture would be of use, and was not asked for since it is.
    pub fn wants_whole(&mut self, now: Instant) -> bool {
        let wants =
            self.broken && !self.asked && !self.is_paused(now) && self.until.is_none_or(|until| until <= now);
        self.asked |= wants;
        wants
    }

    /// Bits a second that would be sent, if it is time to look.
    pub fn wished(&mut self, now: Instant) -> Option<u64> {
        let since = *self.since.get_or_insert(now);
        let passed = now.saturating_duration_since(since);
        if passed < LOOK {
            return None;
        }
        let rate = (self.offered as f64 * 8.0 / passed.as_secs_f64()) as u64;
        (self.offered, self.since) = (0, Some(now));
        Some(rate + VOICE_RATE)
    }

    fn is_paused(&self, now: Instant) -> bool {
        self.paused.is_some_and(|until| now < until)
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)] // A virtual clock begins somewhere.
mod tests {
    use super::*;

    /// Frames of a second's film: the first is whole.
    fn second(room: &mut Room, now: &mut Instant) -> Vec<bool> {
        let frame = |at: usize| (if at == 0 { 5_000 } else { 500 }, at == 0);
        (0..15)
            .map(|at| {
                *now += Duration::from_millis(66);
                let (bytes, whole) = frame(at);
                room.takes(bytes, whole, *now)
            })
            .collect()
    }

    #[test]
    fn all_goes_where_there_is_room_and_otherwise_its_beginning() {
        let (mut room, mut now) = (Room::new(), Instant::now());
        for _ in 0..3 {
            assert_eq!(second(&mut room, &mut now), [true; 15]);
        }
        assert_eq!(room.wished(now), None);
        now += LOOK;
        let wished = room.wished(now).unwrap();
        assert!((150_000..400_000).contains(&wished), "{wished}");
        // 30 kbit/s for pictures, of which a whole one takes more than a second.
        assert!(!room.estimated(125_000, now));
        let went = second(&mut room, &mut now);
        assert_eq!(went.iter().filter(|went| **went).count(), 1, "{went:?}");
        // What follows one that was left out is of no use, until there is a whole one and room for it.
        assert!(!room.takes(500, false, now) && !room.takes(500, true, now));
        assert!(!room.wants_whole(now));
        now += Duration::from_secs(2);
        assert!(room.wants_whole(now) && !room.wants_whole(now));
        assert!(!room.takes(500, false, now) && room.takes(500, true, now) && room.takes(500, false, now));
        assert!(!room.wants_whole(now));
    }

    #[test]
    fn while_the_estimate_falls_nothing_is_added() {
        let (mut room, mut now) = (Room::new(), Instant::now());
        assert!(!room.estimated(1_000_000, now) && room.takes(1_000, true, now));
        now += Duration::from_millis(300);
        assert!(!room.estimated(800_000, now), "it goes up and down");
        assert!(room.estimated(690_000, now));
        assert!(!room.takes(1_000, true, now) && !room.wants_whole(now));
        now += PAUSE;
        assert!(room.wants_whole(now) && room.takes(1_000, true, now));
        // Little by little is not at once.
        for step in 1..20 {
            now += RECENT;
            assert!(!room.estimated(690_000 - step * 30_000, now));
        }
    }

    #[test]
    fn what_would_take_too_long_alone_is_not_begun() {
        let (mut room, now) = (Room::new(), Instant::now());
        room.estimated(0, now);
        assert!(!room.takes(14_000, true, now) && room.wants_whole(now));
        assert!(room.takes(12_000, true, now), "a little is tried whatever is estimated");
    }
}
