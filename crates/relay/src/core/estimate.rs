//! How much goes through to a receiver, in bits a second: an estimate that grows where more was seen to go through, and falls
//! where [the way](super::way) is found to be full or loses much.
//!
//! More is looked for only while more is wished for. A train of padding goes out at once, right before a picture: as long as it
//! would take at the rate that is looked for. By how much later the picture comes is seen how fast the train went through.

use std::time::{Duration, Instant};

/// See the module.
#[derive(Debug)]
pub struct Estimate {
    bits: u64,
    /// What the last train looked for.
    looked_for: u64,
    /// When the next may go, and how long after that the one after it.
    next: Instant,
    patience: Duration,
    /// When it last fell for what is lost.
    fell: Instant,
    /// Whether anything was ever too much.
    has_fallen: bool,
}

/// Where it begins: enough for voices and a small picture.
const FIRST: u64 = 600_000;

/// Where it ends to fall.
const LEAST: u64 = 30_000;

/// A train is so long at the rate that is looked for, and no longer than so many bytes: it makes others wait that much where
/// the way is half as wide.
const TRAIN: Duration = Duration::from_millis(40);
const TRAIN_BYTES: u64 = 32_768;

/// From one train to the next, after one that found more; after each other twice as long, up to the most.
const SOON: Duration = Duration::from_millis(300);
const SELDOM: Duration = Duration::from_millis(2_500);

/// After the way was full what waits has to come through first.
const FULL: Duration = Duration::from_secs(3);

/// Of every hundred packets so many may be lost by the way. Where more are, less goes through than is sent.
const LOSSY: usize = 10;
const FALLS: Duration = Duration::from_secs(1);

impl Estimate {
    /// Nothing is known.
    pub fn new(now: Instant) -> Self {
        Self { bits: FIRST, looked_for: 0, next: now, patience: SOON, fell: now, has_fallen: false }
    }

    /// Bits a second.
    pub fn bits(&self) -> u64 {
        self.bits
    }

    /// Whether anything was ever too much. Before that it is only not known yet what goes through.
    pub fn has_fallen(&self) -> bool {
        self.has_fallen
    }

    /// The way is full, and so much goes through: a little less leaves room for what waits.
    pub fn is_full(&mut self, through: u64, now: Instant) {
        self.bits = (through * 17 / 20).max(LEAST);
        self.has_fallen = true;
        self.looked_for = 0;
        self.next = now + FULL;
        self.patience = SOON;
    }

    /// So many of every hundred are lost, of so many bits a second that are sent.
    pub fn loses(&mut self, lost: usize, used: u64, now: Instant) {
        if lost > LOSSY && now.saturating_duration_since(self.fell) >= FALLS {
            self.fell = now;
            self.has_fallen = true;
            self.bits = (self.bits.min(used) * (200 - lost.min(100) as u64) / 200).max(LEAST);
        }
    }

    /// A train went through at so many bits a second. What it did not look for it cannot have found. Whether that is more.
    pub fn fits(&mut self, rate: u64) -> bool {
        let found = rate.min(self.looked_for);
        let is_more = found > self.bits;
        if is_more {
            self.bits = found;
            self.patience = SOON;
        }
        is_more
    }

    /// How many bytes of padding go out now, to see whether so many bits a second go through.
    pub fn looks(&mut self, wished: u64, now: Instant) -> Option<usize> {
        if wished <= self.bits || now < self.next {
            return None;
        }
        self.looked_for = wished.min(self.bits * 2);
        self.next = now + self.patience;
        self.patience = (self.patience * 2).min(SELDOM);
        let bytes = self.looked_for * TRAIN.as_millis() as u64 / 8_000;
        Some(bytes.min(TRAIN_BYTES) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_by_what_was_found_and_is_looked_for_seldom_where_nothing_is() {
        let start = Instant::now();
        let mut estimate = Estimate::new(start);
        assert_eq!(estimate.looks(FIRST, start), None, "nothing more is wished for");
        assert_eq!(estimate.looks(2_000_000, start), Some(6_000));
        assert!(estimate.fits(900_000));
        assert_eq!(estimate.bits(), 900_000);
        assert_eq!(estimate.looks(2_000_000, start), None, "too soon");
        assert_eq!(estimate.looks(2_000_000, start + SOON), Some(9_000));
        assert!(estimate.fits(50_000_000));
        assert_eq!(estimate.bits(), 1_800_000, "no more than was looked for");
        let trains = |estimate: &mut Estimate| {
            let moments = (0..60_000).map(|ms| start + SOON + Duration::from_millis(ms));
            moments.filter(|now| estimate.looks(2_000_000, *now).is_some()).count()
        };
        assert!((24..=28).contains(&trains(&mut estimate)));
    }

    #[test]
    fn it_falls_at_once_where_the_way_is_full_and_by_and_by_where_it_loses() {
        let start = Instant::now();
        let mut estimate = Estimate::new(start);
        estimate.is_full(400_000, start);
        assert_eq!(estimate.bits(), 340_000);
        assert!(!estimate.fits(1_000_000));
        assert_eq!(estimate.bits(), 340_000, "that train was before");
        assert_eq!(estimate.looks(1_000_000, start + FULL / 2), None);
        assert!(estimate.looks(1_000_000, start + FULL).is_some());
        estimate.loses(LOSSY, 100_000, start + 2 * FALLS);
        assert_eq!(estimate.bits(), 340_000);
        for second in 2..4 {
            estimate.loses(20, 300_000, start + second * FALLS);
            estimate.loses(20, 300_000, start + second * FALLS);
        }
        assert_eq!(estimate.bits(), 243_000);
        (4..99).for_each(|second| estimate.loses(100, 1_000, start + second * FALLS));
        assert_eq!(estimate.bits(), LEAST);
    }
}
