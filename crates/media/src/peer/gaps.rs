//! What is missing in a slot: the relay numbers the packets that it sends in one without gaps, whoever is in it. What a sender
//! counts says less: of two layers of a picture the relay sends one, and of many voices those that are loudest.

/// A larger gap is no loss, but another beginning.
const GAP: u64 = 150;

/// See the module.
#[derive(Debug, Default)]
pub struct Gaps {
    /// The first packet of all, and the one with the highest number.
    seen: Option<(u64, u64)>,
    missing: i64,
}

impl Gaps {
    /// A packet of this number came.
    pub fn came(&mut self, number: u64) {
        let Some((first, newest)) = self.seen else {
            self.seen = Some((number, number));
            return;
        };
        match number.checked_sub(newest) {
            Some(0) => {}
            Some(ahead) if ahead > GAP => self.seen = Some((number, number)),
            Some(ahead) => {
                self.missing += ahead as i64 - 1;
                self.seen = Some((first, number));
            }
            // Counted as missing before, and here after all.
            None if number > first => self.missing -= 1,
            None => {}
        }
    }

    /// How many are missing since this was asked last.
    pub fn take(&mut self) -> i64 {
        std::mem::take(&mut self.missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(numbers: &[u64]) -> i64 {
        let mut gaps = Gaps::default();
        numbers.iter().for_each(|number| gaps.came(*number));
        gaps.take()
    }

    #[test]
    fn what_is_missing_is_counted_and_what_comes_late_is_not() {
        assert_eq!(missing(&[7, 8, 9]), 0);
        assert_eq!(missing(&[7, 8, 12, 13]), 3);
        assert_eq!(missing(&[7, 8, 12, 10, 13]), 2);
        assert_eq!(missing(&[7, 6, 5, 8]), 0, "before the first nothing was missing");
        assert_eq!(missing(&[7, 7, 8]), 0);
        assert_eq!(missing(&[7, 7 + GAP + 1, 7 + GAP + 2, 9]), 0, "another beginning");
        assert_eq!(missing(&[7, 7 + GAP]), GAP as i64 - 1);
        let mut gaps = Gaps::default();
        for number in [1, 3] {
            gaps.came(number);
        }
        assert_eq!(gaps.take(), 1);
        gaps.came(2);
        assert_eq!((gaps.take(), gaps.take()), (-1, 0));
    }
}
