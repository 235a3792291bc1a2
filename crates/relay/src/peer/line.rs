//! One way through a bad network, without sockets and clock: what is put on it is lost, waits, comes twice or in another
//! order, all by a seed.
//!
//! ```text
//! put ─▶ lost? ─▶ queue in front of the narrowest place ─▶ the way, with jitter ─▶ take
//! ```

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a way does to what goes through it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weather {
    /// Of all, the share that is lost.
    pub loss: f64,
    /// Bits a second that go through; `None`: as many as come.
    pub rate: Option<f64>,
    /// How long something may wait where the way is narrow. What would wait longer is lost.
    pub queue: Duration,
    /// How long the way is.
    pub delay: Duration,
    /// By how much more it is at times. What overtakes comes earlier.
    pub jitter: Duration,
    /// Of all, the share that comes twice.
    pub doubled: f64,
}

impl Weather {
    /// Nothing happens to anything.
    pub const FAIR: Self = Self {
        loss: 0.0,
        rate: None,
        queue: Duration::from_millis(300),
        delay: Duration::ZERO,
        jitter: Duration::ZERO,
        doubled: 0.0,
    };
}

/// What IP and UDP add to a datagram.
const HEADERS: usize = 28;

/// See the module.
pub struct Line<T> {
    /// What the way does now.
    pub weather: Weather,
    random: ChaCha8Rng,
    /// When the narrow place is free.
    free: Option<Instant>,
    /// By arrival; the number keeps what arrives at once in order.
    under_way: BTreeMap<(Instant, u64), T>,
    number: u64,
    lost: u64,
}

impl<T: Clone> Line<T> {
    /// A way in fair weather.
    pub fn new(seed: u64) -> Self {
        Self {
            weather: Weather::FAIR,
            random: ChaCha8Rng::seed_from_u64(seed),
            free: None,
            under_way: BTreeMap::new(),
            number: 0,
            lost: 0,
        }
    }

    /// A datagram of so many bytes sets out.
    pub fn put(&mut self, bytes: usize, datagram: T, now: Instant) {
        if self.happens(self.weather.loss) {
            self.lost += 1;
            return;
        }
        let mut leaves = now;
        if let Some(rate) = self.weather.rate {
            let begins = self.free.map_or(now, |free| free.max(now));
            if begins - now > self.weather.queue {
                self.lost += 1;
                return;
            }
            leaves = begins + Duration::from_secs_f64((bytes + HEADERS) as f64 * 8.0 / rate);
            self.free = Some(leaves);
        }
        if self.happens(self.weather.doubled) {
            self.send_on(leaves, datagram.clone());
        }
        self.send_on(leaves, datagram);
    }

    /// What has arrived, the earliest first.
    pub fn take(&mut self, now: Instant) -> Option<T> {
        let first = self.under_way.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    /// When the next one arrives.
    pub fn arrival(&self) -> Option<Instant> {
        self.under_way.first_key_value().map(|(key, _)| key.0)
    }

    /// How many were lost so far.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    fn send_on(&mut self, leaves: Instant, datagram: T) {
        let late = match self.weather.jitter {
            Duration::ZERO => Duration::ZERO,
            jitter => jitter.mul_f64(self.random.random()),
        };
        self.number += 1;
        self.under_way.insert((leaves + self.weather.delay + late, self.number), datagram);
    }

    fn happens(&mut self, share: f64) -> bool {
        share > 0.0 && self.random.random_bool(share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(line: &mut Line<u32>, until: Instant) -> Vec<u32> {
        std::iter::from_fn(|| line.take(until)).collect()
    }

    #[test]
    fn in_fair_weather_all_comes_at_once_and_in_order() {
        let now = Instant::now();
        let mut line = Line::new(1);
        (0..100).for_each(|number| line.put(1_000, number, now));
        assert_eq!(all(&mut line, now), (0..100).collect::<Vec<_>>());
        assert_eq!((line.arrival(), line.lost()), (None, 0));
    }

    #[test]
    fn a_seed_loses_the_same_each_time() {
        let now = Instant::now();
        let lost = |seed| {
            let mut line = Line::new(seed);
            line.weather.loss = 0.2;
            (0..10_000).for_each(|number| line.put(100, number, now));
            (line.lost(), all(&mut line, now))
        };
        assert!((1_850..2_150).contains(&lost(1).0));
        assert_eq!(lost(1), lost(1));
        assert_ne!(lost(1).1, lost(2).1);
    }

    #[test]
    fn a_narrow_way_lets_so_much_through_and_keeps_so_much() {
        let now = Instant::now();
        let mut line = Line::new(1);
        // A hundred datagrams a second.
        line.weather = Weather { rate: Some(80_000.0), delay: Duration::from_millis(50), ..Weather::FAIR };
        (0..100).for_each(|number| line.put(100 - HEADERS, number, now));
        assert_eq!(line.arrival(), Some(now + Duration::from_millis(60)));
        assert_eq!(all(&mut line, now + Duration::from_millis(149)).len(), 9);
        // What waited 300 ms, and what was on its way then.
        assert_eq!((all(&mut line, now + Duration::from_secs(9)).len(), line.lost()), (22, 69));
    }

    #[test]
    fn jitter_disorders_and_some_come_twice() {
        let now = Instant::now();
        let mut line = Line::new(1);
        line.weather = Weather { jitter: Duration::from_millis(20), doubled: 0.1, ..Weather::FAIR };
        (0..1_000).for_each(|number| line.put(100, number, now));
        let came = all(&mut line, now + Duration::from_millis(20));
        assert!((1_050..1_150).contains(&came.len()) && !came.is_sorted());
    }
}
