//! What came of one stream that is opened past `str0m`: which numbers, each once, and what its sender is told of it (RFC 3550
//! §6.4.2): what was lost, how unevenly it came, and when its own report came.

use std::time::Instant;

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
    /// The highest and those before it, the highest the lowest bit.
    recent: u128,
    count: u64,
    /// As of the last report: how many there should have been, and were.
    before: (u64, u64),
    /// RTP time and when it came, of the last packet.
    last: (u32, Instant),
    /// In ticks.
    jitter: f64,
}

/// How far before the highest number a packet may be.
const RECENT: u64 = 128;

/// How often the numbers of a stream may have begun anew before anything of it came (RFC 3711 §3.3.1).
const ROLLED_OVER: u64 = 2;

/// A report about one stream: its own length, and in words without the first (RFC 3550 §6.4.2).
const REPORT_BYTES: usize = 32;
const REPORT_WORDS: u16 = 7;
const RECEIVER_REPORT: u8 = 201;
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

    /// A packet came that was sealed by its sender.
    pub fn note(&mut self, number: u64, time: u32, now: Instant) {
        let Some(seen) = &mut self.seen else {
            let seen = Seen {
                first: number,
                highest: number,
                recent: 1,
                count: 1,
                before: (0, 0),
                last: (time, now),
                jitter: 0.0,
            };
            self.seen = Some(seen);
            return;
        };
        seen.count += 1;
        if number > seen.highest {
            let ahead = number - seen.highest;
            seen.recent = if ahead < RECENT { seen.recent << ahead } else { 0 } | 1;
            seen.highest = number;
        } else if seen.highest - number < RECENT {
            seen.recent |= 1 << (seen.highest - number);
            seen.first = seen.first.min(number);
        }
        // RFC 3550 §A.8.
        let passed = now.saturating_duration_since(seen.last.1).as_secs_f64() * f64::from(self.clock);
        let difference = passed - f64::from(time.wrapping_sub(seen.last.0) as i32);
        seen.jitter += (difference.abs() - seen.jitter) / 16.0;
        seen.last = (time, now);
    }

    /// Reports of the sender's came, opened: all of one packet.
    pub fn note_reports(&mut self, mut reports: &[u8], now: Instant) {
        while let Some([_, kind, high, low]) = reports.first_chunk::<4>() {
            let length = 4 + 4 * usize::from(u16::from_be_bytes([*high, *low]));
            let Some((report, rest)) = reports.split_at_checked(length) else { return };
            // Whose it is, and the time in eight bytes, of which the middle four count.
            if *kind == SENDER_REPORT
                && let Some((ssrc, time)) = report.get(4..8).zip(report.get(10..14))
                && ssrc == self.ssrc.to_be_bytes()
                && let Ok(time) = time.try_into()
            {
                self.reported = Some((u32::from_be_bytes(time), now));
            }
            reports = rest;
        }
    }

    /// What the sender is told, in somebody's name. `None`: nothing came yet.
    pub fn report(&mut self, reporter: u32, now: Instant) -> Option<[u8; REPORT_BYTES]> {
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
        let mut report = [0; REPORT_BYTES];
        report[..2].copy_from_slice(&[2 << 6 | 1, RECEIVER_REPORT]);
        report[2..4].copy_from_slice(&REPORT_WORDS.to_be_bytes());
        report[4..8].copy_from_slice(&reporter.to_be_bytes());
        report[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
        // Lost in all in three bytes, behind the share of those since the last report.
        report[12..16].copy_from_slice(&(lost as i32).to_be_bytes());
        report[12] = share as u8;
        report[16..20].copy_from_slice(&(seen.highest as u32).to_be_bytes());
        report[20..24].copy_from_slice(&(seen.jitter as u32).to_be_bytes());
        report[24..28].copy_from_slice(&time.to_be_bytes());
        report[28..32].copy_from_slice(&passed.to_be_bytes());
        Some(report)
    }
}

impl Seen {
    fn is_new(&self, number: u64) -> bool {
        match self.highest.checked_sub(number) {
            None => true,
            Some(before) => before < RECENT && self.recent >> before & 1 == 0,
        }
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
        for late in 65_539 - 127..65_539 {
            assert_eq!(numbers(&received, late as u16), [late]);
            received.note(late, 0, now);
            assert_eq!(numbers(&received, late as u16), []);
        }
        assert_eq!(numbers(&received, (65_539 - 128) as u16), []);
        received.note(90_000, 0, now);
        assert_eq!(numbers(&received, 90_000u64 as u16), []);
        assert_eq!(numbers(&received, 89_999u64 as u16), [89_999], "a leap leaves nothing marked");
        assert!(numbers(&Received { seen: None, ..received }, 1).len() == 2);
    }

    #[test]
    fn a_report_says_what_was_lost_since_the_last_and_in_all() {
        let start = Instant::now();
        let mut received = Received::new(0x0102_0304, 48_000);
        assert_eq!(received.report(9, start), None);
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
        let report = received.report(9, start + Duration::from_millis(500)).unwrap();
        assert_eq!(report[..12], [0x81, 201, 0, 7, 0, 0, 0, 9, 1, 2, 3, 4]);
        // Of 99 from the first that came 24 are lost.
        assert_eq!(report[12..16], [(24 * 256 / 99) as u8, 0, 0, 24]);
        assert_eq!(report[16..20], 199u32.to_be_bytes());
        assert_eq!(report[20..24], [0; 4], "they came as evenly as they were sent");
        assert_eq!(report[24..28], [1, 2, 3, 4]);
        assert_eq!(report[28..], 32_768u32.to_be_bytes());
        received.note(200, 200 * 960, start + Duration::from_millis(4_100));
        let report = received.report(9, start).unwrap();
        assert_eq!(report[12..16], [0, 0, 0, 24], "none since");
        assert!(u32::from_be_bytes(report[20..24].try_into().unwrap()) > 0, "a tenth of a second late");
        // What came late after all is lost no more.
        received.note(196, 196 * 960, start + Duration::from_millis(4_100));
        assert_eq!(received.report(9, start).unwrap()[12..16], [0, 0, 0, 23]);
    }
}
