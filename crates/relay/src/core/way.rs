//! The way to a receiver to whom pictures go, as its feedback tells of it: whether it is full, and whether it merely loses.
//! `str0m`'s estimate cannot tell these apart for seconds. It hears late of a way that became narrow, and where a way loses a
//! fifth of whatever goes on it, it falls below what goes through well.
//!
//! A way that is full makes wait: what is sent comes ever later than the soonest of late. Then what came meanwhile is what it
//! lets through.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use casemate_rtp::feedback::{Told, told};

/// See the module.
pub struct Way {
    /// Which header extension the numbers stand in, and the next one.
    id: Option<u8>,
    next: u16,
    begun: Instant,
    /// What was sent of late, in the order of its numbers.
    sent: VecDeque<Sent>,
    /// Padding that went out last.
    train: Option<Train>,
    /// The arrival that was told of last: as it is told, and without beginning anew.
    last: Option<(u32, i64)>,
    /// How long it takes at least, of this while and the one before, and when this one began.
    least: [i64; 2],
    turned: Instant,
    /// How long the last ones took, and how much of that they waited.
    took: Vec<i64>,
    waits: Duration,
    /// When they had to wait last, and when anything was told last.
    waited: Option<Instant>,
    heard: Option<Instant>,
    found: Option<Instant>,
}

/// What a report tells, in bits a second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Learnt {
    /// What goes through, where the way is found to be full.
    pub full: Option<u64>,
    /// What padding and what followed it went through with.
    pub fits: Option<u64>,
}

/// Padding that goes out at once.
struct Train {
    begun: i64,
    /// Of what went out since.
    bytes: u32,
    /// Of the padding that did not yet.
    left: u32,
}

/// What is of padding, or follows it.
struct Behind {
    begun: i64,
    /// That went out since, itself counted.
    bytes: u32,
    /// Whether all of the padding did.
    is_whole: bool,
}

/// A packet under way, or of late.
struct Sent {
    number: u16,
    /// Since the beginning, in microseconds, as all times here.
    at: i64,
    bytes: u32,
    behind: Option<Behind>,
    came: Came,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Came {
    Unknown,
    Lost,
    At(i64),
}

/// What is kept: of two seconds, and no more packets than this.
const KEPT: usize = 1_024;
const KEPT_FOR: i64 = 2_000_000;

/// A packet that waits for so much longer than others had to waits in a queue. Jitter is less.
const WAITS: Duration = Duration::from_millis(100);

/// For so long none may have waited like that where a way is said to be free.
const FREE_FOR: Duration = Duration::from_secs(1);

/// What is told was told so lately.
const HEARD: Duration = Duration::from_secs(1);

/// Of so many packets the one that waited least is looked at: a single one may be held up by anything.
const LOOKS_AT: usize = 5;
const FEWEST: usize = 3;

/// What follows padding so soon tells of it, and shorter times are not measured.
const BEHIND: i64 = 20_000;
const SHORTEST: i64 = 1_000;

/// What came is measured over so long.
const MEASURED: i64 = 150_000;

/// How long it takes at least is forgotten after one to two of these: ways change.
const FORGOTTEN: Duration = Duration::from_secs(5);

/// After it was found to be full, what waits already has to come through before that can be found out anew.
const ANEW: Duration = Duration::from_millis(300);

/// Of fewer packets nobody knows what share is lost.
const FEW: usize = 20;

impl Way {
    /// Of a connection with numbers in this header extension.
    pub fn new(id: Option<u8>, now: Instant) -> Self {
        Self {
            id,
            next: 0,
            begun: now,
            sent: VecDeque::new(),
            train: None,
            last: None,
            least: [i64::MAX; 2],
            turned: now,
            took: Vec::new(),
            waits: Duration::ZERO,
            waited: None,
            heard: None,
            found: None,
        }
    }

    /// A packet goes out, with so many bytes: gives its number, and the extension that says it.
    pub fn number(&mut self, bytes: usize, now: Instant) -> Option<(u8, u16)> {
        let id = self.id?;
        let at = self.since_begun(now);
        let is_old = |sent: &Sent| at - sent.at > KEPT_FOR;
        while self.sent.len() >= KEPT || self.sent.front().is_some_and(is_old) {
            self.sent.pop_front();
        }
        let (number, bytes) = (self.next, bytes as u32);
        self.next = number.wrapping_add(1);
        let train = self.train.as_mut().filter(|train| at - train.begun < BEHIND);
        let behind = train.map(|train| {
            train.bytes += bytes;
            train.left = train.left.saturating_sub(bytes);
            Behind { begun: train.begun, bytes: train.bytes, is_whole: train.left == 0 }
        });
        self.sent.push_back(Sent { number, at, bytes, behind, came: Came::Unknown });
        Some((id, number))
    }

    /// So many bytes of padding go out next: what they do to themselves and to what follows is looked at.
    pub fn begins_train(&mut self, bytes: usize, now: Instant) {
        self.train = Some(Train { begun: self.since_begun(now), bytes: 0, left: bytes as u32 });
    }

    /// What a report says, as it was before it was sealed.
    pub fn hears(&mut self, report: &[u8], now: Instant) -> Learnt {
        self.learns(&told(report), now)
    }

    fn learns(&mut self, all: &[Told], now: Instant) -> Learnt {
        let mut behind = Vec::new();
        let mut all_took = std::mem::take(&mut self.took);
        let known = all_took.len();
        for told in all {
            let came = match told.came {
                Some(came) => Came::At(self.arrival(came)),
                None => Came::Lost,
            };
            let Some(sent) = self.find(told.number) else { continue };
            // What was told before of numbers that came is true; what had not come may have been late.
            if matches!(sent.came, Came::At(_)) {
                continue;
            }
            sent.came = came;
            if let Came::At(came) = came {
                let took = came.saturating_sub(sent.at);
                // What has to wait for padding alone does not wait for others.
                match &sent.behind {
                    Some(one) if one.is_whole => behind.push((sent.at - one.begun, took, one.bytes)),
                    Some(_) => {}
                    None => all_took.push(took),
                }
                self.least[0] = self.least[0].min(took);
            }
        }
        if now.saturating_duration_since(self.turned) > FORGOTTEN {
            self.least = [i64::MAX, self.least[0]];
            self.turned = now;
        }
        let base = self.least[0].min(self.least[1]);
        let fits = behind.into_iter().map(|(after, took, bytes)| {
            let passed = after.saturating_add(took.saturating_sub(base)).max(SHORTEST);
            u64::from(bytes) * 8 * 1_000_000 / passed as u64
        });
        let fits = fits.max();
        let waits = |took: &[i64]| {
            let least = took.iter().min().map_or(0, |least| least.saturating_sub(base));
            Duration::from_micros(u64::try_from(least).unwrap_or(0))
        };
        let count = all_took.len();
        let newest = count - (count - known).clamp(FEWEST, LOOKS_AT).min(count);
        let before = waits(&all_took[known.min(newest)..newest]).max(self.waits);
        let waits = waits(&all_took[newest..]);
        self.waits = waits;
        self.took = all_took.split_off(count.saturating_sub(FEWEST));
        if count > known || fits.is_some() {
            self.heard = Some(now);
        }
        if count == known {
            return Learnt { full: None, fits };
        }
        if waits >= WAITS {
            self.waited = Some(now);
        }
        // One that empties is none that fills: the way stood still for a moment, or less is sent already.
        let fills = waits >= WAITS && waits + WAITS / 5 >= before;
        if !fills || self.was_full(ANEW, now) {
            return Learnt { full: None, fits };
        }
        self.found = Some(now);
        Learnt { full: Some(self.goes_through()), fits: None }
    }

    /// Whether it was found to be full of late.
    pub fn was_full(&self, within: Duration, now: Instant) -> bool {
        self.found.is_some_and(|found| now.saturating_duration_since(found) < within)
    }

    /// Whether some had to wait of late.
    pub fn waits(&self, now: Instant) -> bool {
        self.waited.is_some_and(|waited| now.saturating_duration_since(waited) < FREE_FOR)
    }

    /// Of every hundred packets, how many are lost by the way; `None` where some had to wait of late, or it is not known.
    pub fn loses(&self, now: Instant) -> Option<usize> {
        let lately = |at: Instant, time| now.saturating_duration_since(at) < time;
        let is_heard = self.heard.is_some_and(|heard| lately(heard, HEARD));
        let came = self.sent.iter().filter(|sent| matches!(sent.came, Came::At(_))).count();
        let lost = self.sent.iter().filter(|sent| sent.came == Came::Lost).count();
        let known = came + lost;
        let is_free = is_heard && !self.waits(now) && known >= FEW;
        is_free.then(|| (lost * 100).div_ceil(known))
    }

    /// Bits a second that came lately.
    fn goes_through(&self) -> u64 {
        let arrivals = || self.sent.iter().filter_map(Sent::arrived);
        let newest = arrivals().map(|(at, _)| at).max().unwrap_or(0);
        let lately = arrivals().filter(|(at, _)| newest.saturating_sub(*at) < MEASURED);
        lately.map(|(_, bytes)| u64::from(bytes)).sum::<u64>() * 8 * 1_000_000 / MEASURED as u64
    }

    fn find(&mut self, number: u16) -> Option<&mut Sent> {
        // One follows the other, so it stands that far behind the first.
        let at = usize::from(number.wrapping_sub(self.sent.front()?.number));
        self.sent.get_mut(at).filter(|sent| sent.number == number)
    }

    /// An arrival in microseconds, by what was told last.
    fn arrival(&mut self, told: u32) -> i64 {
        let (last, at) = self.last.unwrap_or((told, 0));
        let at = at.saturating_add(250 * i64::from(told.wrapping_sub(last) as i32));
        self.last = Some((told, at));
        at
    }

    fn since_begun(&self, now: Instant) -> i64 {
        now.saturating_duration_since(self.begun).as_micros() as i64
    }
}

impl Sent {
    fn arrived(&self) -> Option<(i64, u32)> {
        match self.came {
            Came::At(at) => Some((at, self.bytes)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    struct Tried {
        way: Way,
        now: Instant,
    }

    impl Tried {
        fn new(number: u16) -> Self {
            let now = Instant::now();
            // A call is no longer new when pictures begin; arrivals count from the first that is told.
            let mut way = Way::new(Some(3), now);
            way.next = number;
            Self { way, now: now + 60_000 * MS }
        }

        /// A packet of a thousand bytes every ten milliseconds, told of by tens. Each takes so long more than the one before it; of some nothing comes.
        fn goes(&mut self, tens: u32, takes_ms: impl Fn(u32) -> Option<u32>) -> Vec<u64> {
            let mut found = Vec::new();
            for ten in 0..tens {
                let mut all = Vec::new();
                for at in 0..10 {
                    let (id, number) = self.way.number(1_000, self.now).unwrap();
                    assert_eq!(id, 3);
                    let sent = self.way.since_begun(self.now) as u32 / 1_000;
                    // Near where times begin anew.
                    let came = takes_ms(10 * ten + at)
                        .map(|takes| 4 * (sent + takes))
                        .map(|came| came.wrapping_sub(2_000));
                    all.push(Told { number, came });
                    self.now += 10 * MS;
                }
                found.extend(self.way.learns(&all, self.now).full);
            }
            found
        }
    }

    #[test]
    fn a_way_that_loses_is_free_and_what_it_loses_is_counted() {
        let mut tried = Tried::new(65_500);
        assert_eq!(tried.way.loses(tried.now), None, "nothing is known");
        assert!(tried.goes(20, |at| (at % 5 != 0).then_some(25 + at % 3)).is_empty());
        assert_eq!(tried.way.loses(tried.now), Some(20));
        assert_eq!(tried.way.loses(tried.now + HEARD), None, "nothing was heard for long");
    }

    #[test]
    fn a_way_that_fills_is_found_and_so_is_what_goes_through() {
        let mut tried = Tried::new(0);
        tried.goes(10, |_| Some(25));
        // One comes every twenty milliseconds, where one every ten is sent.
        let found = tried.goes(2, |at| Some(25 + 10 * at));
        assert_eq!(found.len(), 1);
        // A thousand bytes every twenty milliseconds.
        assert!((340_000..=460_000).contains(&found[0]), "{found:?}");
        assert_eq!(tried.way.loses(tried.now), None);
        // It is found anew while it stays full, not with each report.
        assert_eq!(tried.goes(6, |_| Some(300)).len(), 2);
        assert!(tried.goes(20, |_| Some(30)).is_empty());
        assert_eq!(tried.way.loses(tried.now), Some(0));
    }

    #[test]
    fn what_stood_still_for_a_moment_and_empties_is_not_full() {
        let mut tried = Tried::new(0);
        tried.goes(10, |_| Some(25));
        // What came meanwhile comes at once.
        assert!(tried.goes(1, |at| Some(425 - 10 * at)).is_empty());
        assert!(tried.goes(2, |at| Some(325 - 10 * at)).is_empty());
        // One packet that is late is none that waits.
        assert!(tried.goes(10, |at| Some(if at % 4 == 0 { 200 } else { 25 })).is_empty());
    }

    #[test]
    fn what_nobody_sent_and_what_was_told_before_says_nothing() {
        let mut tried = Tried::new(0);
        tried.goes(10, |_| Some(25));
        let told = |number, came| Told { number, came: Some(came) };
        for number in [40, 99, 100, 5_000, 65_535] {
            let learnt = tried.way.learns(&[told(number, 1 << 31), told(number, 7)], tried.now);
            assert_eq!(learnt, Learnt::default());
        }
        assert_eq!(tried.way.loses(tried.now), Some(0));
    }

    #[test]
    fn padding_tells_what_goes_through_and_fills_nothing() {
        let mut tried = Tried::new(0);
        tried.goes(10, |_| Some(25));
        tried.way.begins_train(4_000, tried.now);
        // A megabit a second: eight milliseconds for each, and before the padding is whole nothing is told.
        let mut told = Vec::new();
        for at in 0..6 {
            let (_, number) = tried.way.number(1_000, tried.now).unwrap();
            let sent = tried.way.since_begun(tried.now) as u32 / 1_000;
            told.push(Told { number, came: Some((4 * (sent + 25 + 8 * (at + 1))).wrapping_sub(2_000)) });
        }
        assert_eq!(tried.way.learns(&told[..3], tried.now), Learnt::default());
        assert_eq!(tried.way.learns(&told[3..], tried.now), Learnt { full: None, fits: Some(1_000_000) });
    }

    #[test]
    fn what_is_kept_has_an_end() {
        let mut tried = Tried::new(0);
        tried.goes(300, |_| None);
        assert!(tried.way.sent.len() <= KEPT_FOR as usize / 10_000 + 1);
        (0..2 * KEPT).for_each(|_| assert!(tried.way.number(1_000, tried.now).is_some()));
        assert_eq!(tried.way.sent.len(), KEPT);
    }
}
