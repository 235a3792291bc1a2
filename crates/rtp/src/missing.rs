//! What is missing of a stream of pictures, and when it is asked for again (RFC 4585 §6.2.1): at once, and then as often as it
//! takes an answer to come.

use std::ops::Range;
use std::time::{Duration, Instant};

/// See the module.
#[derive(Debug)]
pub struct Missing {
    /// In the order of their numbers, but for what was found late.
    all: Vec<Gone>,
    /// From asking to what was asked for, smoothed.
    takes: Duration,
}

#[derive(Debug)]
struct Gone {
    number: u64,
    since: Instant,
    asked: Option<Instant>,
    times: u32,
}

/// So many may be missing at once; where more are left out, the picture has to begin anew, which its receivers ask for.
const MOST: usize = 256;

/// For so long, and so often, each is asked for: whoever shows pictures waits no longer for one.
const KEPT: Duration = Duration::from_millis(1_500);
const TIMES: u32 = 10;

/// Until an answer came it is taken to take so long, and from then on within these. A quarter more is waited.
const TAKES: Duration = Duration::from_millis(80);
const LEAST: Duration = Duration::from_millis(16);
const LONGEST: Duration = Duration::from_millis(400);

impl Default for Missing {
    fn default() -> Self {
        Self { all: Vec::new(), takes: TAKES }
    }
}

impl Missing {
    /// These were left out.
    pub fn found(&mut self, numbers: Range<u64>, now: Instant) {
        let count = numbers.end.saturating_sub(numbers.start);
        if count > MOST as u64 {
            self.all.clear();
            return;
        }
        self.all.extend(numbers.map(|number| Gone { number, since: now, asked: None, times: 0 }));
        let above = self.all.len().saturating_sub(MOST);
        self.all.drain(..above);
    }

    /// One came, late or again.
    pub fn came(&mut self, number: u64, now: Instant) {
        let Some(at) = self.all.iter().position(|gone| gone.number == number) else { return };
        let gone = self.all.remove(at);
        // Of one that was asked for twice nobody knows which of them this answers.
        if let Some(asked) = gone.asked.filter(|_| gone.times == 1) {
            let took = now.saturating_duration_since(asked);
            self.takes = ((self.takes * 7 + took) / 8).clamp(LEAST, LONGEST);
        }
    }

    /// Whether any is missing.
    pub fn any(&self) -> bool {
        !self.all.is_empty()
    }

    /// Those that are to be asked for now, by their lower bits.
    pub fn due(&mut self, now: Instant) -> Vec<u16> {
        let passed = |at| now.saturating_duration_since(at);
        self.all.retain(|gone| gone.times < TIMES && passed(gone.since) < KEPT);
        let wait = self.takes * 5 / 4;
        let due = self.all.iter_mut().filter(|gone| gone.asked.is_none_or(|asked| passed(asked) >= wait));
        due.map(|gone| {
            gone.asked = Some(now);
            gone.times += 1;
            gone.number as u16
        })
        .collect()
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)] // A virtual clock begins somewhere.
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn each_is_asked_for_at_once_and_then_as_often_as_answers_take() {
        let start = Instant::now();
        let mut missing = Missing::default();
        missing.found(65_535..65_538, start);
        assert_eq!(missing.due(start), [65_535, 0, 1]);
        assert_eq!(missing.due(start + 99 * MS), []);
        missing.came(65_536, start + 20 * MS);
        assert_eq!(missing.due(start + 90 * MS), [], "what is learnt is learnt slowly");
        assert_eq!(missing.due(start + 91 * MS), [65_535, 1]);
        missing.came(65_535, start + 92 * MS);
        missing.came(9, start + 92 * MS);
        assert!(missing.any());
        let asked: usize = (92..3_000).map(|ms| missing.due(start + ms * MS).len()).sum();
        assert_eq!(asked as u32, TIMES - 2, "not for ever");
        assert!(!missing.any());
    }

    #[test]
    fn no_more_than_can_be_sent_again_is_asked_for() {
        let now = Instant::now();
        let mut missing = Missing::default();
        missing.found(0..200, now);
        missing.found(300..400, now);
        assert_eq!(missing.due(now).len(), MOST);
        missing.found(1_000..2_000, now);
        assert!(!missing.any(), "a leap");
        missing.found(0..200, now);
        assert_eq!(missing.due(now + KEPT), [], "nobody waits for it any more");
    }
}
