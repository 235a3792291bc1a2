//! What came of one stream that is opened past `str0m`: which numbers, each once, and what its sender is told of it (RFC 3550
//! §6.4.2): what was lost, how unevenly it came, and when its own report came.

use std::ops::Range;
use std::time::Instant;

use crate::feedback::packets;
use crate::window::ReplayWindow;

/// See the module.
#[derive(Debug)]
pub struct Received {
    ssrc: u32,
    /// Ticks of RTP time a second.
    clock: u32,
    seen: Option<Seen>,
    /// The middle of the time in the sender's last report, and when that came.
    reported: Option<(u32, Instant)>,
}

#[derive(Debug)]
struct Seen {
    first: u64,
    highest: u64,
    recent: ReplayWindow<WORDS>,
    count: u64,
    /// As of the last report: how many there should have been, and were.
    before: (u64, u64),
    /// RTP time and when it came, of the last packet.
    last: (u32, Instant),
    /// In ticks.
    jitter: f64,
}

/// How far before the highest number a packet may be: more than a second of a large picture, as long as anything is asked for
/// again.
const RECENT: u64 = 512;
const WORDS: usize = RECENT as usize / 64;

/// How often the numbers of a stream may have begun anew before anything of it came (RFC 3711 §3.3.1).
const ROLLED_OVER: u64 = 2;

/// A block about one stream (RFC 3550 §6.4.1).
pub const BLOCK: usize = 24;

/// Reports that say when something was sent.
const SENDER_REPORT: u8 = 200;

impl Received {
    /// Nothing yet.
    pub fn new(ssrc: u32, clock: u32) -> Self {
        Self { ssrc, clock, seen: None, reported: None }
    }

    /// The stream.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// The extended numbers that a packet may have by its lower sixteen bits, the likeliest first. Of one that came already,
    /// or that is too old, there are none.
    pub fn numbers(&self, lower: u16) -> impl Iterator<Item = u64> + use<> {
        let (first, times) = match &self.seen {
            None => (Some(u64::from(lower)), ROLLED_OVER),
            Some(seen) => (nearest(lower, seen.highest).filter(|number| seen.is_new(*number)), 1),
        };
        first
            .into_iter()
            .flat_map(move |first| (0..times).map(move |rolled_over| first + (rolled_over << 16)))
    }

    /// A packet came that was sealed by its sender: gives the numbers that were left out before it.
    pub fn note(&mut self, number: u64, time: u32, now: Instant) -> Range<u64> {
        let Some(seen) = &mut self.seen else {
            let mut seen = Seen {
                first: number,
                highest: number,
                recent: ReplayWindow::default(),
                count: 1,
                before: (0, 0),
                last: (time, now),
                jitter: 0.0,
            };
            seen.mark(number);
            self.seen = Some(seen);
            return 0..0;
        };
        seen.count += 1;
        let left_out = if number > seen.highest { seen.highest + 1..number } else { 0..0 };
        seen.mark(number);
        // RFC 3550 §A.8.
        let passed = now.saturating_duration_since(seen.last.1).as_secs_f64() * f64::from(self.clock);
        let difference = passed - f64::from(time.wrapping_sub(seen.last.0) as i32);
        seen.jitter += (difference.abs() - seen.jitter) / 16.0;
        seen.last = (time, now);
        left_out
    }

    /// A packet came that was sent again in another stream. `false`: it was there already, or is too old. It stays lost in what
    /// is reported: whoever sends finds out by that how the way is.
    pub fn note_again(&mut self, number: u64) -> bool {
        let is_new = self.seen.as_ref().is_some_and(|seen| seen.is_new(number) && number < seen.highest);
        if is_new && let Some(seen) = &mut self.seen {
            seen.mark(number);
        }
        is_new
    }

    /// Reports of the sender's came, opened: all of one packet.
    pub fn note_reports(&mut self, reports: &[u8], now: Instant) {
        for (_, report) in packets(reports, SENDER_REPORT) {
            // Whose it is, and the time in eight bytes, of which the middle four count.
            if let Some((ssrc, time)) = report.get(4..8).zip(report.get(10..14))
                && ssrc == self.ssrc.to_be_bytes()
                && let Ok(time) = time.try_into()
            {
                self.reported = Some((u32::from_be_bytes(time), now));
            }
        }
    }

    /// What the sender is told: a block of a report. `None`: nothing came yet.
    pub fn block(&mut self, now: Instant) -> Option<[u8; BLOCK]> {
        let seen = self.seen.as_mut()?;
        // RFC 3550 §A.3.
        let expected = seen.highest - seen.first + 1;
        let lost = (expected as i64 - seen.count as i64).clamp(-0x80_0000, 0x7f_ffff);
        let (expected_now, came_now) = (expected - seen.before.0, seen.count - seen.before.1);
        let lost_now = expected_now.saturating_sub(came_now);
        let share = (lost_now * 256).checked_div(expected_now).unwrap_or(0).min(255);
        seen.before = (expected, seen.count);
        let (time, passed) = self.reported.map_or((0, 0), |(time, at)| {
            let passed = now.saturating_duration_since(at).as_micros() * 65_536 / 1_000_000;
            (time, u32::try_from(passed).unwrap_or(u32::MAX))
        });
        let mut block = [0; BLOCK];
        block[..4].copy_from_slice(&self.ssrc.to_be_bytes());
        // Lost in all in three bytes, behind the share of those since the last report.
        block[4..8].copy_from_slice(&(lost as i32).to_be_bytes());
        block[4] = share as u8;
        block[8..12].copy_from_slice(&(seen.highest as u32).to_be_bytes());
        block[12..16].copy_from_slice(&(seen.jitter as u32).to_be_bytes());
        block[16..20].copy_from_slice(&time.to_be_bytes());
        block[20..].copy_from_slice(&passed.to_be_bytes());
        Some(block)
    }
}

impl Seen {
    fn is_new(&self, number: u64) -> bool {
        self.recent.is_new(number)
    }

    fn mark(&mut self, number: u64) {
        self.recent.mark(number);
        self.highest = self.highest.max(number);
        self.first = self.first.min(number);
    }
}

/// A number by its lower sixteen bits, as near as possible to another; `None`: it would be less than nothing.
pub fn nearest(lower: u16, to: u64) -> Option<u64> {
    let ahead = lower.wrapping_sub(to as u16);
    if ahead <= 0x8000 { to.checked_add(ahead.into()) } else { to.checked_sub(ahead.wrapping_neg().into()) }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)] // A virtual clock begins somewhere.
mod tests {
    use std::time::Duration;

    use super::*;

    fn numbers(received: &Received, lower: u16) -> Vec<u64> {
        received.numbers(lower).collect()
    }

    #[test]
    fn the_nearest_number() {
        assert_eq!(nearest(5, 3), Some(5));
        assert_eq!(nearest(2, 0x1_ffff), Some(0x2_0002));
        assert_eq!(nearest(0xffff, 0x2_0002), Some(0x1_ffff));
        assert_eq!(nearest(0xffff, 2), None, "nothing is before the first");
    }

    #[test]
    fn each_number_is_taken_once_and_what_is_too_old_never() {
        let now = Instant::now();
        let mut received = Received::new(7, 48_000);
        assert_eq!(numbers(&received, 65_000), [65_000, 65_000 + 65_536]);
        received.note(65_000, 0, now);
        assert_eq!(numbers(&received, 65_000), [], "a second time");
        assert_eq!(numbers(&received, 64_999), [64_999]);
        assert_eq!(numbers(&received, 3), [65_539], "begun anew");
        received.note(65_539, 0, now);
        for late in 65_539 - 511..65_539 {
            assert_eq!(numbers(&received, late as u16), [late]);
            received.note(late, 0, now);
            assert_eq!(numbers(&received, late as u16), []);
        }
        assert_eq!(numbers(&received, (65_539 - 512) as u16), []);
        received.note(90_000, 0, now);
        assert_eq!(numbers(&received, 90_000u64 as u16), []);
        assert_eq!(numbers(&received, 89_999u64 as u16), [89_999], "a leap leaves nothing marked");
        assert!(numbers(&Received { seen: None, ..received }, 1).len() == 2);
    }

    #[test]
    fn a_report_says_what_was_lost_since_the_last_and_in_all() {
        let start = Instant::now();
        let mut received = Received::new(0x0102_0304, 48_000);
        assert_eq!(received.block(start), None);
        // One of four is lost.
        for number in (100..200u64).filter(|number| number % 4 != 0) {
            received.note(number, number as u32 * 960, start + Duration::from_millis(number * 20));
        }
        let mut sender = vec![0x80, SENDER_REPORT, 0, 6, 1, 2, 3, 4, 0xaa, 0xaa, 1, 2, 3, 4, 0xbb, 0xbb];
        sender.resize(28, 0);
        received.note_reports(&sender, start);
        for cut in 0..sender.len() {
            received.note_reports(&sender[..cut], start + Duration::from_secs(1));
        }
        let block = received.block(start + Duration::from_millis(500)).unwrap();
        assert_eq!(block[..4], [1, 2, 3, 4]);
        // Of 99 from the first that came 24 are lost.
        assert_eq!(block[4..8], [(24 * 256 / 99) as u8, 0, 0, 24]);
        assert_eq!(block[8..12], 199u32.to_be_bytes());
        assert_eq!(block[12..16], [0; 4], "they came as evenly as they were sent");
        assert_eq!(block[16..20], [1, 2, 3, 4]);
        assert_eq!(block[20..], 32_768u32.to_be_bytes());
        received.note(200, 200 * 960, start + Duration::from_millis(4_100));
        let block = received.block(start).unwrap();
        assert_eq!(block[4..8], [0, 0, 0, 24], "none since");
        assert!(u32::from_be_bytes(block[12..16].try_into().unwrap()) > 0, "a tenth of a second late");
        // What came late after all is lost no more; what was sent again was.
        received.note(196, 196 * 960, start + Duration::from_millis(4_100));
        assert!(received.note_again(192));
        assert_eq!(received.block(start).unwrap()[4..8], [0, 0, 0, 23]);
    }

    #[test]
    fn what_is_left_out_is_told_and_may_come_once_in_either_way() {
        let now = Instant::now();
        let mut received = Received::new(7, 90_000);
        assert!(!received.note_again(5), "of what nothing came");
        assert_eq!(received.note(10, 0, now), 0..0);
        assert!(received.note(11, 0, now).is_empty());
        assert_eq!(received.note(15, 0, now), 12..15);
        assert!(received.note_again(13) && !received.note_again(13));
        assert_eq!(numbers(&received, 13), []);
        assert!(received.note(12, 0, now).is_empty());
        assert!(!received.note_again(12), "it was late");
        assert!(!received.note_again(16), "it was never sent");
        received.note(15 + 511, 0, now);
        assert!(received.note_again(16) && !received.note_again(15), "as far back as numbers are known");
    }
}
