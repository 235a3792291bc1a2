//! How much room the browser leaves for what is kept here. Plain data; `lasting` asks for it.

/// Less than this, and the next video may not fit.
const LITTLE: u64 = 200_000_000;

/// And less than this part of all.
const PART: u64 = 20;

/// Bytes, as the browser counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// What is kept here.
    pub used: u64,
    /// What may be.
    pub all: u64,
}

impl Room {
    /// What still fits.
    pub fn left(self) -> u64 {
        self.all.saturating_sub(self.used)
    }

    /// Whether it is time to say so: before it is full, there is still room to act in.
    pub fn is_little(self) -> bool {
        self.left() < LITTLE.max(self.all / PART)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_room_is_said_before_it_is_none() {
        const GB: u64 = 1_000_000_000;
        let is_little = |used, all| Room { used, all }.is_little();
        assert!(!is_little(0, GB) && !is_little(8 * GB / 10, GB));
        assert!(is_little(GB - LITTLE + 1, GB), "less than 200 MB of a small disk");
        assert!(
            !is_little(94 * GB, 100 * GB) && is_little(96 * GB, 100 * GB),
            "less than 5 % of a large one"
        );
        assert!(is_little(2 * GB, GB) && Room { used: 2 * GB, all: GB }.left() == 0, "quotas shrink");
    }
}
