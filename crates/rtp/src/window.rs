//! A replay window (RFC 3711 §3.3.2): which of the newest numbers of a stream were there already. Its cost is the same for each number,
//! however far one leaps, and so is its memory.

/// The highest number, and of those before it which were there, by their lowest bits. It reaches back `64 * WORDS` numbers.
#[derive(Debug, Clone)]
pub struct ReplayWindow<const WORDS: usize> {
    highest: Option<u64>,
    there: [u64; WORDS],
}

impl<const WORDS: usize> Default for ReplayWindow<WORDS> {
    fn default() -> Self {
        Self { highest: None, there: [0; WORDS] }
    }
}

impl<const WORDS: usize> ReplayWindow<WORDS> {
    const LENGTH: u64 = 64 * WORDS as u64;

    /// The highest number that was there.
    pub fn highest(&self) -> Option<u64> {
        self.highest
    }

    /// Whether a number was not there yet. Of one that is too old to know, the answer is no.
    pub fn is_new(&self, number: u64) -> bool {
        let Some(highest) = self.highest else { return true };
        match highest.checked_sub(number) {
            None => true,
            Some(before) => before < Self::LENGTH && self.there[word::<WORDS>(number)] & bit(number) == 0,
        }
    }

    /// A number is there from now on. Whether it was not before.
    pub fn mark(&mut self, number: u64) -> bool {
        let is_new = self.is_new(number);
        match self.highest {
            Some(highest) if number <= highest => {}
            Some(highest) => {
                self.clear(highest, number);
                self.highest = Some(number);
            }
            None => self.highest = Some(number),
        }
        if is_new {
            self.there[word::<WORDS>(number)] |= bit(number);
        }
        is_new
    }

    /// Nothing is known of the numbers between these, which have the places of old ones.
    fn clear(&mut self, highest: u64, number: u64) {
        if number - highest >= Self::LENGTH {
            self.there = [0; WORDS];
            return;
        }
        let (mut at, end) = (highest.saturating_add(1), number.saturating_add(1));
        while at < end {
            // As far as the end of this word.
            let left = (end - at).min(64 - at % 64);
            let mask = (u64::MAX >> (64 - left)) << (at % 64);
            self.there[word::<WORDS>(at)] &= !mask;
            at = at.saturating_add(left);
        }
    }
}

fn word<const WORDS: usize>(number: u64) -> usize {
    (number / 64 % WORDS as u64) as usize
}

fn bit(number: u64) -> u64 {
    1 << (number % 64)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Numbers as a hostile sender has them: near each other, again, late, and with leaps.
    fn numbers(mut seed: u64) -> impl Iterator<Item = u64> {
        let mut number = 1u64 << 40;
        std::iter::repeat_with(move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (kind, by) = (seed >> 60, seed >> 32 & 0xffff);
            number = match kind {
                0 => number + by % 3_000,
                1..=5 => number - by % 300,
                6 => number,
                _ => number + 1,
            };
            number
        })
    }

    #[test]
    fn window_any_order_marks_each_number_once() {
        for seed in 0..20 {
            let mut window = ReplayWindow::<8>::default();
            let (mut there, mut highest) = (BTreeSet::new(), 0);
            for number in numbers(seed).take(20_000) {
                let is_known = there.is_empty() || number > highest || highest - number < 512;
                let expected = is_known && !there.contains(&number);
                assert_eq!(
                    (window.is_new(number), window.mark(number)),
                    (expected, expected),
                    "{seed}: {number}"
                );
                assert!(!window.is_new(number));
                there.insert(number);
                highest = highest.max(number);
                assert_eq!(window.highest(), Some(highest));
            }
        }
    }

    #[test]
    fn window_at_its_bounds_holds() {
        let mut window = ReplayWindow::<2>::default();
        assert!(window.is_new(0) && window.mark(0) && !window.mark(0));
        assert!(window.mark(127) && window.mark(64));
        assert!(window.mark(128), "a number in the place of an old one");
        assert!(!window.is_new(0), "too old");
        assert!(window.is_new(1) && window.mark(1));
        assert!(window.mark(u64::MAX) && !window.mark(u64::MAX));
        assert!(window.mark(u64::MAX - 127) && !window.is_new(u64::MAX - 128));
    }
}
