//! Whether the clock may decide what is deleted. Deleting cannot be taken back, so a clock that jumped ahead is not believed
//! for a day: an operator has that long to set it right.

/// Further ahead of the last time that was believed than this: the clock was set, or the server was off for long.
const JUMP_MS: i64 = 86_400_000;

/// So long a jump is not believed.
const PATIENCE_MS: i64 = 86_400_000;

/// What is remembered of the clock, also from one start to the next. Unix time in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Believed {
    /// The newest time that was believed; 0 where none was.
    pub until_ms: i64,
    /// The time at which the clock was found ahead of that; 0 where it is not.
    pub jumped_ms: i64,
}

impl Believed {
    /// Whether what is due at `now_ms` may be deleted, and what to remember then. To be asked once an hour or so.
    #[must_use]
    pub fn at(self, now_ms: i64) -> (bool, Self) {
        if now_ms.saturating_sub(self.until_ms) <= JUMP_MS {
            return (true, Self { until_ms: now_ms, jumped_ms: 0 });
        }
        // It jumped again, or back: the day begins anew.
        let since_ms = now_ms.saturating_sub(self.jumped_ms);
        if self.jumped_ms == 0 || !(0..=JUMP_MS + PATIENCE_MS).contains(&since_ms) {
            return (false, Self { jumped_ms: now_ms, ..self });
        }
        match since_ms >= PATIENCE_MS {
            true => (true, Self { until_ms: now_ms, jumped_ms: 0 }),
            false => (false, self),
        }
    }

    /// As it is stored.
    pub fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.until_ms.to_be_bytes());
        bytes[8..].copy_from_slice(&self.jumped_ms.to_be_bytes());
        bytes
    }

    /// As it was stored; nothing is believed where that is damaged.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let number =
            |range: std::ops::Range<usize>| Some(i64::from_be_bytes(bytes.get(range)?.try_into().ok()?));
        Self { until_ms: number(0..8).unwrap_or(0), jumped_ms: number(8..16).unwrap_or(0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;
    const DAY: i64 = 24 * HOUR;

    /// The server starts anew between any two looks.
    fn look(believed: &mut Believed, now_ms: i64) -> bool {
        let (may, next) = believed.at(now_ms);
        *believed = Believed::from_bytes(&next.to_bytes());
        may
    }

    #[test]
    fn clock_that_jumps_ahead_deletes_nothing_for_a_day() {
        let mut believed = Believed { until_ms: 100 * DAY, jumped_ms: 0 };
        assert!(look(&mut believed, 101 * DAY));
        let ahead = 9_000 * DAY;
        for hour in 0..24 {
            assert!(!look(&mut believed, ahead + hour * HOUR), "hour {hour}");
        }
        assert!(look(&mut believed, ahead + 24 * HOUR));
    }

    #[test]
    fn clock_that_is_set_right_within_the_day_is_believed_at_once() {
        let mut believed = Believed { until_ms: 100 * DAY, jumped_ms: 0 };
        assert!(!look(&mut believed, 9_000 * DAY));
        assert!(look(&mut believed, 100 * DAY + 2 * HOUR));
        assert!(!look(&mut believed, 9_001 * DAY), "a second jump is a jump");
    }

    #[test]
    fn clock_that_jumps_again_and_again_is_never_believed() {
        let mut believed = Believed::default();
        for jump in 1..50 {
            assert!(!look(&mut believed, 20_000 * DAY + jump * 3 * DAY));
        }
    }

    #[test]
    fn server_that_was_off_for_long_waits_a_day_however_often_it_starts() {
        let mut believed = Believed { until_ms: 100 * DAY, jumped_ms: 0 };
        assert!(!look(&mut believed, 160 * DAY));
        assert!(!look(&mut believed, 160 * DAY + 23 * HOUR));
        assert!(look(&mut believed, 161 * DAY + HOUR));
        assert!(look(&mut believed, 162 * DAY));
    }
}
