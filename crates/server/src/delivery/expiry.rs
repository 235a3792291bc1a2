//! When old entries may go.

use std::time::Duration;

use crate::deletions::Believed;

/// How often there is something to do: segments are a day or so long.
const EVERY: Duration = Duration::from_secs(600);

/// Decides from the clock and from how long the server has been running.
#[derive(Debug)]
pub struct Expiry {
    retention: Duration,
    clock: Believed,
    due: Duration,
}

impl Expiry {
    /// For a store whose newest entry was accepted at `newest_ms`; `i64::MIN` where it has none.
    pub fn new(retention: Duration, newest_ms: i64) -> Self {
        // Without entries there is nothing that a wrong clock could delete.
        let until_ms = if newest_ms == i64::MIN { i64::MAX } else { newest_ms };
        Self { retention, clock: Believed { until_ms, jumped_ms: 0 }, due: Duration::ZERO }
    }

    /// Entries from before the time given back may go; none: not now.
    pub fn due(&mut self, now_ms: i64, uptime: Duration) -> Option<i64> {
        let (may, next) = self.clock.at(now_ms);
        if next.jumped_ms != 0 && next != self.clock {
            tracing::warn!("the clock jumped ahead: no messages expire for a day");
        }
        self.clock = next;
        if !may || uptime < self.due {
            return None;
        }
        self.due = uptime.saturating_add(EVERY);
        Some(now_ms.saturating_sub(millis(self.retention)))
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: i64 = 86_400_000;
    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn a_clock_that_jumps_ahead_deletes_nothing_for_a_day() {
        let mut expiry = Expiry::new(60 * 24 * HOUR, 100 * DAY_MS);
        assert_eq!(expiry.due(100 * DAY_MS + 5, Duration::ZERO), Some(40 * DAY_MS + 5));
        assert_eq!(expiry.due(100 * DAY_MS + 6, Duration::from_secs(1)), None, "not again at once");
        assert_eq!(expiry.due(101 * DAY_MS, 24 * HOUR), Some(41 * DAY_MS));
        assert_eq!(expiry.due(9_000 * DAY_MS, 25 * HOUR), None);
        assert_eq!(expiry.due(9_000 * DAY_MS, 48 * HOUR), None);
        // Set right again: as before.
        assert_eq!(expiry.due(102 * DAY_MS, 48 * HOUR), Some(42 * DAY_MS));
    }

    #[test]
    fn a_start_after_long_waits_a_day_and_an_empty_store_does_not() {
        let mut expiry = Expiry::new(24 * HOUR, 0);
        assert_eq!(expiry.due(400 * DAY_MS, Duration::ZERO), None);
        assert_eq!(expiry.due(401 * DAY_MS, 24 * HOUR), Some(400 * DAY_MS));
        assert_eq!(Expiry::new(24 * HOUR, i64::MIN).due(DAY_MS, Duration::ZERO), Some(0));
    }
}
