//! Between packets, which come when the network lets them, and a loudspeaker, which takes 20 ms every 20 ms: what comes
//! waits for a moment, so that what was overtaken is put in order and what is a little late is not missed.
//!
//! ```text
//! came ──▶ [ 5 . 7 8 ] ──▶ due, every 20 ms: packet 5; the copy of 6 that is in 7; packet 7; …
//! ```
//! It waits for 60 ms at first. Where packets come too late it waits for longer, 200 ms at most, and for less again where
//! that was not needed for a while: so a sender's clock that is slower or faster than ours costs 20 ms now and then.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::ear::PACKET_BYTES;

/// Packets that wait before the first is due: 60 ms. Fewer lose what is a little late, more make everybody slower to answer.
const BEGINS: usize = 3;

/// Packets that wait at most: 200 ms. Beyond, the oldest are left out until [`BEGINS`] are left, as after a network that stood
/// still.
const MOST: usize = 10;

/// Of so many in a row that are not there each is guessed; then it begins anew with whatever comes.
const GUESSED: i64 = 5;

/// So many times it is looked whether less waiting would do: five seconds.
const LOOKED: usize = 250;

/// Counters so large have no sense (`casemate_crypto::call` takes none).
const COUNTERS: u64 = 1 << 40;

/// A counter up to this is one from the beginning of its epoch, of which some were lost.
const NEAR: i64 = 50;

/// Epochs that are told apart: the newest, and the one before, of which something may come late.
const EPOCHS: usize = 2;

/// What is heard for the next 20 ms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// Nothing.
    Nothing,
    /// This packet.
    Packet(Vec<u8>),
    /// The packet before this one, which did not come, by the rougher copy of it in this one.
    Copy(Vec<u8>),
    /// A packet that did not come.
    Missed,
}

/// See the module.
#[derive(Default)]
pub struct Jitter {
    numbers: Numbers,
    waiting: BTreeMap<i64, Vec<u8>>,
    /// What is due next; nothing before enough of it waits.
    next: Option<i64>,
    /// How often that was looked at.
    waited: usize,
    /// Packets in a row that did not come, and after which there was none either.
    missed: i64,
    /// Those that were given up a moment ago.
    given_up: BTreeSet<i64>,
    /// One came that was: wait for longer.
    late: bool,
    /// How many waited at least, and how often that was looked at.
    least: usize,
    looked: usize,
}

impl Jitter {
    /// A packet, by its place among those of its sender in an epoch.
    pub fn came(&mut self, epoch: u64, counter: u64, packet: &[u8]) {
        if packet.is_empty() || packet.len() > PACKET_BYTES {
            return;
        }
        let Some(number) = self.numbers.of(epoch, counter) else { return };
        if self.next.is_some_and(|next| number < next) {
            self.late |= self.given_up.remove(&number);
            return;
        }
        self.waiting.insert(number, packet.to_vec());
        if self.waiting.len() > MOST {
            while self.waiting.len() > BEGINS {
                self.waiting.pop_first();
            }
            self.next = self.next.and(self.first());
        }
    }

    /// What is due. To be asked every 20 ms.
    pub fn due(&mut self) -> Due {
        let Some(next) = self.next.or_else(|| self.begins()) else { return Due::Nothing };
        if std::mem::take(&mut self.late) {
            return Due::Missed;
        }
        let next = if self.waits_too_long() { self.leave_out(next) } else { next };
        if let Some(packet) = self.waiting.remove(&next) {
            return self.goes_on(next, packet);
        }
        let Some(first) = self.first() else {
            self.missed += 1;
            if self.missed > GUESSED {
                self.ends();
                return Due::Nothing;
            }
            self.give_up(next);
            return Due::Missed;
        };
        if first - next > GUESSED
            && let Some(packet) = self.waiting.remove(&first)
        {
            return self.goes_on(first, packet);
        }
        self.give_up(next);
        match self.waiting.get(&next.saturating_add(1)) {
            Some(packet) => Due::Copy(packet.clone()),
            None => Due::Missed,
        }
    }

    fn first(&self) -> Option<i64> {
        self.waiting.keys().next().copied()
    }

    /// Whether enough waits, or something for long enough.
    fn begins(&mut self) -> Option<i64> {
        let first = self.first()?;
        self.waited += 1;
        if self.waiting.len() < BEGINS && self.waited < BEGINS {
            return None;
        }
        (self.missed, self.late, self.least, self.looked) = (0, false, usize::MAX, 0);
        self.next = Some(first);
        self.next
    }

    fn ends(&mut self) {
        (self.next, self.waited, self.missed) = (None, 0, 0);
        self.given_up.clear();
    }

    fn goes_on(&mut self, number: i64, packet: Vec<u8>) -> Due {
        self.missed = 0;
        self.next = Some(number.saturating_add(1));
        Due::Packet(packet)
    }

    fn give_up(&mut self, number: i64) {
        self.next = Some(number.saturating_add(1));
        self.given_up.insert(number);
        if self.given_up.len() > MOST {
            self.given_up.pop_first();
        }
    }

    fn waits_too_long(&mut self) -> bool {
        self.least = self.least.min(self.waiting.len());
        self.looked += 1;
        if self.looked < LOOKED {
            return false;
        }
        let too_long = self.least > BEGINS;
        (self.least, self.looked) = (usize::MAX, 0);
        too_long
    }

    fn leave_out(&mut self, number: i64) -> i64 {
        self.waiting.remove(&number);
        number.saturating_add(1)
    }
}

/// Counters begin anew with each epoch; what is heard goes on.
#[derive(Default)]
struct Numbers {
    highest: Option<i64>,
    /// Epochs, and what is added to their counters.
    epochs: VecDeque<(u64, i64)>,
}

impl Numbers {
    fn of(&mut self, epoch: u64, counter: u64) -> Option<i64> {
        let counter = i64::try_from(counter).ok().filter(|_| counter < COUNTERS)?;
        let known = self.epochs.iter().find(|(known, _)| *known == epoch).map(|(_, added)| *added);
        let added = match known {
            Some(added) => added,
            None if self.epochs.iter().any(|(known, _)| *known > epoch) => return None,
            None => {
                let follows = self.highest.map_or(0, |highest| highest.saturating_add(1));
                // Somebody of whom nothing was heard when it began goes on from where they are.
                let added = if counter <= NEAR { follows } else { follows - counter };
                self.epochs.push_back((epoch, added));
                if self.epochs.len() > EPOCHS {
                    self.epochs.pop_front();
                }
                added
            }
        };
        let number = added.saturating_add(counter);
        self.highest = self.highest.max(Some(number));
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A packet that says which it is.
    fn packet(number: u64) -> Vec<u8> {
        number.to_be_bytes().to_vec()
    }

    fn came(jitter: &mut Jitter, numbers: impl IntoIterator<Item = u64>) {
        for number in numbers {
            jitter.came(1, number, &packet(number));
        }
    }

    fn due(jitter: &mut Jitter, count: usize) -> Vec<Due> {
        (0..count).map(|_| jitter.due()).collect()
    }

    fn heard(number: u64) -> Due {
        Due::Packet(packet(number))
    }

    /// One comes and one is due, so often.
    fn flows(jitter: &mut Jitter, numbers: std::ops::Range<u64>) -> Vec<Due> {
        numbers
            .map(|number| {
                came(jitter, [number]);
                jitter.due()
            })
            .collect()
    }

    #[test]
    fn what_comes_in_order_is_heard_in_order_after_a_moment() {
        let mut jitter = Jitter::default();
        assert_eq!(jitter.due(), Due::Nothing);
        let all = flows(&mut jitter, 70..170);
        assert_eq!(all[..2], [Due::Nothing, Due::Nothing]);
        assert_eq!(all[2..], (70..168).map(heard).collect::<Vec<_>>());
        // Who stops is guessed for a moment, and is silent then.
        assert_eq!(due(&mut jitter, 2), [heard(168), heard(169)]);
        assert_eq!(due(&mut jitter, 5), vec![Due::Missed; 5]);
        assert_eq!(due(&mut jitter, 3), vec![Due::Nothing; 3]);
        // And begins anew, wherever that is.
        came(&mut jitter, [900, 901, 902]);
        assert_eq!(due(&mut jitter, 3), [heard(900), heard(901), heard(902)]);
    }

    #[test]
    fn a_single_word_is_heard_though_nothing_follows() {
        let mut jitter = Jitter::default();
        came(&mut jitter, [4]);
        assert_eq!(due(&mut jitter, 4), [Due::Nothing, Due::Nothing, heard(4), Due::Missed]);
    }

    #[test]
    fn what_was_overtaken_is_put_in_order_and_what_came_twice_heard_once() {
        let mut jitter = Jitter::default();
        came(&mut jitter, [2, 0, 1, 1]);
        assert_eq!(due(&mut jitter, 2), [heard(0), heard(1)]);
        came(&mut jitter, [1, 0, 4, 3, 4, 3]);
        assert_eq!(due(&mut jitter, 3), [heard(2), heard(3), heard(4)]);
        // What was heard and comes once more is not late.
        came(&mut jitter, [5, 6, 3]);
        assert_eq!(due(&mut jitter, 2), [heard(5), heard(6)]);
    }

    #[test]
    fn of_what_is_lost_there_is_a_copy_in_the_next_one() {
        let mut jitter = Jitter::default();
        came(&mut jitter, [0, 2, 5, 6]);
        let copy = |number| Due::Copy(packet(number));
        assert_eq!(
            due(&mut jitter, 7),
            [heard(0), copy(2), heard(2), Due::Missed, copy(5), heard(5), heard(6)]
        );
    }

    #[test]
    fn where_much_is_missing_it_goes_on_with_what_is_there() {
        let mut jitter = Jitter::default();
        came(&mut jitter, [0, 1, 2, 500, 501]);
        assert_eq!(due(&mut jitter, 5), [heard(0), heard(1), heard(2), heard(500), heard(501)]);
    }

    #[test]
    fn after_a_standstill_the_newest_is_heard_and_no_more_waits() {
        let mut jitter = Jitter::default();
        flows(&mut jitter, 0..20);
        due(&mut jitter, 30);
        // 40 packets at once.
        came(&mut jitter, 20..60);
        assert!(jitter.waiting.len() <= MOST);
        let after = due(&mut jitter, MOST);
        assert!(after.contains(&heard(59)), "{after:?}");
        // The same while something is heard.
        let mut jitter = Jitter::default();
        flows(&mut jitter, 0..20);
        came(&mut jitter, 20..60);
        assert!(jitter.waiting.len() <= MOST);
        assert!(matches!(jitter.due(), Due::Packet(_)));
    }

    #[test]
    fn it_waits_for_longer_where_packets_are_late_and_for_less_where_they_are_not() {
        let mut jitter = Jitter::default();
        flows(&mut jitter, 0..100);
        // Four packets come 60 ms later than they should.
        let mut missed = 0;
        for _ in 0..4 {
            missed += usize::from(jitter.due() == Due::Missed);
        }
        assert_eq!(missed, 2);
        came(&mut jitter, 100..104);
        for number in 104..200 {
            came(&mut jitter, [number]);
            missed += usize::from(jitter.due() == Due::Missed);
        }
        assert_eq!(missed, 3, "once more to wait for longer, and never again");
        let waits = jitter.waiting.len();
        assert!((1..=BEGINS + 1).contains(&waits), "{waits}");
        // A sender whose clock is faster: what waits grows, and is left out now and then.
        let mut number = 200;
        for turn in 0..20_000u64 {
            let count = if turn % 100 == 0 { 2 } else { 1 };
            came(&mut jitter, number..number + count);
            number += count;
            assert!(jitter.due() != Due::Nothing);
            assert!(jitter.waiting.len() <= MOST);
        }
        // One whose clock is slower: nothing waits, and it is waited for.
        for turn in 0..20_000u64 {
            if turn % 100 != 0 {
                came(&mut jitter, [number]);
                number += 1;
            }
            assert!(jitter.due() != Due::Nothing);
        }
    }

    #[test]
    fn another_epoch_goes_on_where_the_last_one_ended() {
        let mut jitter = Jitter::default();
        came(&mut jitter, [100, 101]);
        jitter.came(2, 0, &packet(102));
        jitter.came(2, 1, &packet(103));
        // Late, and of before.
        came(&mut jitter, [99]);
        assert_eq!(due(&mut jitter, 4), [heard(99), heard(100), heard(101), heard(102)]);
        jitter.came(3, 2, &packet(107));
        jitter.came(1, 102, &packet(0));
        assert_eq!(
            due(&mut jitter, 4),
            [heard(103), Due::Missed, Due::Copy(packet(107)), heard(107)],
            "two of its beginning were lost, and of the first epoch nothing is heard any more"
        );
        // Nothing was heard of somebody when an epoch began.
        jitter.came(4, 7_000, &packet(108));
        assert_eq!(jitter.due(), heard(108));
    }

    #[test]
    fn whatever_comes_it_stays_small() {
        let mut jitter = Jitter::default();
        let mut state = 1u64;
        for _ in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let counter = if state & 3 == 0 { state } else { state >> 58 };
            jitter.came(state >> 20 & 3, counter, &packet(state));
            jitter.came(state >> 22 & 3, state >> 30, &[0; PACKET_BYTES + 1]);
            if state >> 40 & 1 == 0 {
                jitter.due();
            }
            assert!(jitter.waiting.len() <= MOST && jitter.given_up.len() <= MOST);
            assert!(jitter.numbers.epochs.len() <= EPOCHS);
        }
    }
}
