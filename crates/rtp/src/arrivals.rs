//! When packets of a connection came, by the numbers that they bear, and what their sender is told of that
//! (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1): by it a sender finds out how much goes through. What
//! [`feedback`](crate::feedback) reads.

use std::time::{Duration, Instant};

use crate::feedback::{FEEDBACK, HEADER, OF_NUMBERS};
use crate::received::nearest;

/// See the module.
#[derive(Debug)]
pub struct Arrivals {
    begun: Instant,
    /// Numbers, extended, and when they came, in ticks since the beginning.
    came: Vec<(u64, i64)>,
    highest: Option<u64>,
    /// The first that nothing was told of.
    next: u64,
    told: Instant,
    count: u8,
}

/// A quarter of a millisecond.
const TICK: Duration = Duration::from_micros(250);

/// Of so many ticks is the unit of a report's own time, which has so many bits.
const UNIT: i64 = 256;
const TIME_BITS: i64 = 0xff_ffff;

/// So many arrivals are told at once.
const MOST: usize = 512;

/// And so many numbers: of those that are further back nothing is told.
const SPAN: u64 = 2_048;

/// What is said of one packet: that it did not come, or in how many bytes when.
const NOT: u16 = 0;
const SHORT: u16 = 1;
const LONG: u16 = 2;

/// A run of one kind takes two bytes, and so do seven of any.
const OF_ANY: usize = 7;

impl Arrivals {
    /// As yet nothing came.
    pub fn new(now: Instant) -> Self {
        Self { begun: now, came: Vec::new(), highest: None, next: 0, told: now, count: 0 }
    }

    /// One came, with these lower bits of its number.
    pub fn note(&mut self, number: u16, now: Instant) {
        // Above the first that came there is room for what it overtook.
        let number = match self.highest {
            Some(highest) => nearest(number, highest).unwrap_or(0),
            None => 0x1_0000 + u64::from(number),
        };
        if self.highest.is_none() {
            self.next = number;
        }
        self.highest = self.highest.max(Some(number));
        let at = now.saturating_duration_since(self.begun).as_micros() / TICK.as_micros();
        if self.came.len() < 2 * MOST {
            self.came.push((number, at as i64));
        }
    }

    /// Whether it is time to tell, which is done so often.
    pub fn is_due(&self, now: Instant, apart: Duration) -> bool {
        let passed = now.saturating_duration_since(self.told);
        !self.came.is_empty() && (passed >= apart || self.came.len() >= MOST)
    }

    /// What is told now, in somebody's name, of a stream that something came of. What does not fit is told next.
    pub fn report(&mut self, reporter: u32, ssrc: u32, now: Instant) -> Option<Vec<u8>> {
        self.told = now;
        self.came.sort_unstable();
        let last = self.came.last()?.0;
        self.came.retain(|(number, _)| last - number < SPAN);
        let (first, at) = *self.came.first()?;
        // What came late is told alone, as far as nothing else stands between.
        let base = if first < self.next { first } else { self.next.max(last.saturating_sub(SPAN - 1)) };
        let reference = at.div_euclid(UNIT);
        let (mut kinds, mut times) = (Vec::new(), Vec::new());
        let (mut expected, mut time, mut told) = (base, reference * UNIT, 0);
        for (number, at) in &self.came {
            // Somebody sent one number twice: the first time counts.
            if *number < expected {
                told += 1;
                continue;
            }
            let later = at - time;
            let Ok(long) = i16::try_from(later) else { break };
            if told >= MOST {
                break;
            }
            kinds.extend((expected..*number).map(|_| NOT));
            match u8::try_from(later) {
                Ok(short) => {
                    kinds.push(SHORT);
                    times.push(short);
                }
                Err(_) => {
                    kinds.push(LONG);
                    times.extend(long.to_be_bytes());
                }
            }
            (expected, time) = (number + 1, *at);
            told += 1;
        }
        self.came.drain(..told);
        self.next = self.next.max(expected);
        let mut report = vec![2 << 6 | OF_NUMBERS, FEEDBACK, 0, 0];
        report.extend(reporter.to_be_bytes());
        report.extend(ssrc.to_be_bytes());
        report.extend((base as u16).to_be_bytes());
        report.extend((kinds.len() as u16).to_be_bytes());
        report.extend(&((reference & TIME_BITS) as u32).to_be_bytes()[1..]);
        report.push(self.count);
        self.count = self.count.wrapping_add(1);
        write_kinds(&kinds, &mut report);
        report.extend(times);
        report.resize(report.len().next_multiple_of(4), 0);
        let words = (report.len() / 4 - 1) as u16;
        report[2..4].copy_from_slice(&words.to_be_bytes());
        Some(report)
    }
}

const _: () = assert!(HEADER == 12);

fn write_kinds(mut kinds: &[u16], report: &mut Vec<u8>) {
    while let Some(first) = kinds.first() {
        let run = kinds.iter().take(0x1fff).take_while(|kind| *kind == first).count();
        let (chunk, length) = if run >= OF_ANY {
            (first << 13 | run as u16, run)
        } else {
            let some = &kinds[..kinds.len().min(OF_ANY)];
            let all = some.iter().enumerate().map(|(at, kind)| kind << (2 * (OF_ANY - 1 - at)));
            (0b11 << 14 | all.sum::<u16>(), some.len())
        };
        report.extend(chunk.to_be_bytes());
        kinds = &kinds[length..];
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)] // A virtual clock begins somewhere.
mod tests {
    use super::*;
    use crate::feedback::{Told, told};

    const MS: Duration = Duration::from_millis(1);

    fn read(report: &[u8]) -> Vec<(u16, Option<u32>)> {
        assert_eq!(report.len(), 4 + 4 * usize::from(u16::from_be_bytes([report[2], report[3]])));
        told(report).into_iter().map(|Told { number, came }| (number, came)).collect()
    }

    const APART: Duration = Duration::from_millis(50);

    #[test]
    fn what_is_told_is_what_came_and_when() {
        let start = Instant::now();
        let mut arrivals = Arrivals::new(start);
        assert!(!arrivals.is_due(start + 900 * MS, APART), "of nothing nothing is told");
        for (number, ms) in [(65_533, 100), (65_534, 100), (0, 180), (65_535, 181), (40, 182), (41, 150)] {
            arrivals.note(number, start + ms * MS);
        }
        assert!(arrivals.is_due(start + 200 * MS, APART));
        let report = arrivals.report(9, 7, start + 200 * MS).unwrap();
        assert_eq!(report[4..12], [0, 0, 0, 9, 0, 0, 0, 7]);
        let mut expected =
            vec![(65_533, Some(400)), (65_534, Some(400)), (65_535, Some(724)), (0, Some(720))];
        expected.extend((1..40).map(|number| (number, None)));
        expected.extend([(40, Some(728)), (41, Some(600))]);
        assert_eq!(read(&report), expected);
        assert!(!arrivals.is_due(start + 900 * MS, APART));
        // What did not come since, and what came late after all.
        arrivals.note(44, start + 230 * MS);
        assert!(!arrivals.is_due(start + 230 * MS, APART), "not yet");
        let report = arrivals.report(9, 7, start + 250 * MS).unwrap();
        assert_eq!(read(&report), [(42, None), (43, None), (44, Some(920))]);
        arrivals.note(42, start + 260 * MS);
        arrivals.note(45, start + 261 * MS);
        let report = arrivals.report(9, 7, start + 300 * MS).unwrap();
        assert_eq!(read(&report), [(42, Some(1_040)), (43, None), (44, None), (45, Some(1_044))]);
        assert_eq!(report[19], 2, "the third");
    }

    #[test]
    fn all_of_a_long_call_is_told_once_whatever_is_lost() {
        let start = Instant::now();
        let mut arrivals = Arrivals::new(start);
        let mut came = std::collections::BTreeSet::new();
        let (mut sent, mut seed) = (0u64, 7u64);
        for at in 0..200_000u64 {
            let now = start + Duration::from_micros(1_300) * at as u32;
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            if seed >> 60 != 0 {
                arrivals.note(at as u16, now);
                sent += 1;
            }
            if arrivals.is_due(now, APART) {
                let base = at - at % 0x1_0000;
                for (number, arrival) in read(&arrivals.report(1, 2, now).unwrap()) {
                    let whole = nearest(number, at).unwrap();
                    assert!(whole <= at && whole + 200 > at, "{base}");
                    if let Some(arrival) = arrival {
                        let expected = whole * 1_300 / 250;
                        assert!(u64::from(arrival).abs_diff(expected) <= 1, "{arrival} {expected}");
                        assert!(came.insert(whole), "{whole} is told twice");
                    }
                }
            }
        }
        assert!(sent - came.len() as u64 <= 60, "{sent} {}", came.len());
    }

    #[test]
    fn leaps_and_floods_are_told_as_far_as_one_report_can() {
        let start = Instant::now();
        let mut arrivals = Arrivals::new(start);
        arrivals.note(5, start);
        arrivals.note(30_000, start + MS);
        let all = read(&arrivals.report(1, 2, start + 60 * MS).unwrap());
        assert_eq!(all.len() as u64, SPAN);
        assert_eq!(all.last(), Some(&(30_000, Some(4))));
        for _ in 0..5 {
            arrivals.note(30_001, start + 2 * MS);
        }
        // A number from before the first.
        arrivals.note(63_000, start + 3 * MS);
        arrivals.note(40_000, start + 3 * MS);
        let _ = arrivals.report(1, 2, start + 90 * MS).unwrap();
        for at in 0..10_000u16 {
            arrivals.note(at, start + 100 * MS);
        }
        assert!(arrivals.came.len() <= 2 * MOST && arrivals.is_due(start + 100 * MS, APART));
        let told = read(&arrivals.report(1, 2, start + 100 * MS).unwrap());
        assert!(told.iter().filter(|(_, came)| came.is_some()).count() <= MOST);
        // Nobody sends for long.
        let mut arrivals = Arrivals::new(start);
        arrivals.note(1, start);
        arrivals.note(2, start + 60_000 * MS);
        assert_eq!(read(&arrivals.report(1, 2, start).unwrap()), [(1, Some(0))]);
        assert_eq!(read(&arrivals.report(1, 2, start).unwrap()), [(2, Some(240_000))]);
    }
}
