//! Rates per network address: leaky buckets in memory. Addresses are kept as keyed hashes and only while a
//! bucket is not empty, so that this is no record of who was here. The table has one size and each request looks at one set of
//! it, however many addresses somebody has.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;

use crate::config::Limits;
use crate::refusal::Refusal;

/// Sets of buckets. With [`WAYS`], at 24 bytes a bucket: 3 MiB.
const SETS: usize = 16_384;

/// Buckets of a set. Where all are taken, the emptiest goes: whoever fills the table with addresses pushes out what holds nobody back.
const WAYS: usize = 8;

/// Sets that one sweep looks at: all of them within minutes.
const SWEPT: usize = SETS / 64;

/// A wider network passes so many times as much as one address: more than one household is in it, and one renter has all of it.
const WIDER: i64 = 8;

/// How often somebody changes what is to be seen, for each time that somebody enters a call.
const WISHES_PER_CALL: u32 = 20;

/// What a log takes in an hour, and a quarter of it at once: 1 GiB. The busiest honest one is a group of 2,500 devices that changes all
/// the time: a commit of 2 MiB each 30 s is 240 MiB. Raising it lets one conversation fill the disk sooner.
const LOG_KIB_PER_HOUR: u32 = 1024 * 1024;

const HOUR_MS: i64 = 60 * 60 * 1000;

/// What of an address is counted: an address of IPv4; of IPv6 the /64, which is what one household or machine has, and the /48, which
/// whoever rents one machine often gets.
pub type Network = (u8, u64);

/// The networks that an address is counted by, the narrow one first.
pub fn networks(address: IpAddr) -> impl Iterator<Item = Network> {
    let (narrow, wide) = match address.to_canonical() {
        IpAddr::V4(address) => ((32, u64::from(address.to_bits())), None),
        IpAddr::V6(address) => {
            let high = (address.to_bits() >> 64) as u64;
            ((64, high), Some((48, high >> 16)))
        }
    };
    [Some(narrow), wide].into_iter().flatten()
}

/// A network address as the limits see it: hashes that mean nothing after a restart. Small: each connection has one. That two of many
/// networks have the same hash makes them share what one may, and nobody can bring it about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Peer {
    narrow: u32,
    /// The same, where there is none.
    wide: u32,
}

impl Peer {
    /// The network around it, where there is one.
    pub fn around(self) -> Option<Self> {
        (self.wide != self.narrow).then_some(Self { narrow: self.wide, wide: self.wide })
    }

    /// As something that is counted by network.
    pub fn networks(self) -> impl Iterator<Item = Network> {
        let around = self.around().map(|around| (u8::MAX, u64::from(around.narrow)));
        [Some((u8::MAX - 1, u64::from(self.narrow))), around].into_iter().flatten()
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rate {
    /// A look-up or knock by handle.
    Lookup,
    /// An account without an invitation.
    Account,
    /// A post to an inbox.
    Post,
    /// A step of linking a device.
    Rendezvous,
    /// Entering a call.
    Call,
    /// What is to be seen in it, and leaving.
    Wish,
    /// What requests to the directory cost.
    Work,
    /// KiB of entries that an address sends.
    Written,
    /// KiB of entries that a log took.
    Log,
}

/// The buckets of all addresses.
pub struct Buckets {
    limits: Limits,
    hasher: RandomState,
    /// Set after set. Empty until something is counted.
    table: Vec<Level>,
    /// The set that is swept next.
    swept: usize,
    /// How often each rate refused somebody.
    refused: [u64; RATES.len()],
}

/// All rates, by their settings. What is to be seen in calls follows from `calls_per_hour`, and a log's rate is fixed.
pub const RATES: [(Rate, &str); 9] = [
    (Rate::Lookup, "lookups_per_hour"),
    (Rate::Account, "accounts_per_hour"),
    (Rate::Post, "posts_per_hour"),
    (Rate::Rendezvous, "rendezvous_per_hour"),
    (Rate::Call, "calls_per_hour"),
    (Rate::Wish, "changes_in_calls"),
    (Rate::Work, "work_per_hour"),
    (Rate::Written, "written_mib_per_hour"),
    (Rate::Log, "log_kib"),
];

/// How full a bucket was, and when.
#[derive(Debug, Clone, Copy)]
struct Level {
    /// Of network and rate. 0: nobody's.
    key: u64,
    /// In thousandths of one.
    filled: i64,
    at_ms: i64,
}

const NOBODYS: Level = Level { key: 0, filled: 0, at_ms: 0 };

impl Buckets {
    /// Empty buckets.
    pub fn new(limits: Limits) -> Self {
        Self { limits, hasher: RandomState::new(), table: Vec::new(), swept: 0, refused: [0; RATES.len()] }
    }

    /// An address as it is counted.
    pub fn peer(&self, address: IpAddr) -> Peer {
        let mut hashes = networks(address).map(|network| {
            let [a, b, c, d, ..] = self.hasher.hash_one(network).to_be_bytes();
            u32::from_be_bytes([a, b, c, d])
        });
        let narrow = hashes.next().unwrap_or_default();
        Peer { narrow, wide: hashes.next().unwrap_or(narrow) }
    }

    /// Counts one, or says when there will be room. A quarter of an hour's worth may come at once.
    pub fn take(&mut self, peer: Peer, rate: Rate, now_ms: i64) -> Result<(), Refusal> {
        self.count(peer, rate, now_ms, 1000)
    }

    /// The same for something that counts as many.
    pub fn take_many(&mut self, peer: Peer, rate: Rate, count: u32, now_ms: i64) -> Result<(), Refusal> {
        self.count(peer, rate, now_ms, i64::from(count).saturating_mul(1000))
    }

    /// An account as it is counted, in buckets that count nothing else.
    pub fn account(&self, row: i64) -> Peer {
        self.single(row)
    }

    /// A log, in the same way.
    pub fn log(&self, log: &[u8]) -> Peer {
        self.single(log)
    }

    fn single(&self, of: impl std::hash::Hash) -> Peer {
        let [a, b, c, d, ..] = self.hasher.hash_one(of).to_be_bytes();
        let narrow = u32::from_be_bytes([a, b, c, d]);
        Peer { narrow, wide: narrow }
    }

    /// Says when there will be room for so many, where there is none; counts nothing.
    pub fn look(&mut self, peer: Peer, rate: Rate, count: u32, now_ms: i64) -> Result<(), Refusal> {
        self.take_many(peer, rate, count, now_ms)?;
        let _ = self.count(peer, rate, now_ms, i64::from(count).saturating_mul(-1000));
        Ok(())
    }

    /// Counts what was done, whether there is room for it or not.
    pub fn note(&mut self, peer: Peer, rate: Rate, count: u32, now_ms: i64) {
        if !self.limits.lifted {
            let level = self.level(self.hasher.hash_one((peer.narrow, rate)), now_ms);
            level.filled = level.filled.saturating_add(i64::from(count).saturating_mul(1000));
        }
    }

    /// Gives one back that was taken for what counts nothing after all.
    pub fn give_back(&mut self, peer: Peer, rate: Rate, now_ms: i64) {
        // Nothing is refused that makes room.
        let _ = self.count(peer, rate, now_ms, -1000);
    }

    fn count(&mut self, peer: Peer, rate: Rate, now_ms: i64, weight: i64) -> Result<(), Refusal> {
        if self.limits.lifted {
            return Ok(());
        }
        let counted = self.count_all(peer, rate, now_ms, weight);
        if counted.is_err()
            && let Some(at) = RATES.iter().position(|(one, _)| *one == rate)
        {
            self.refused[at] = self.refused[at].saturating_add(1);
        }
        counted
    }

    /// Each rate, and how often it refused somebody.
    pub fn used(&self) -> impl Iterator<Item = (&'static str, u64, u64)> {
        RATES.iter().zip(self.refused).map(|((rate, name), refused)| {
            let of_setting = if *rate == Rate::Written { 1024 } else { 1 };
            (*name, self.per_hour(*rate) / of_setting, refused)
        })
    }

    /// For one address; what is in KiB, in those.
    fn per_hour(&self, rate: Rate) -> u64 {
        u64::from(match rate {
            Rate::Lookup => self.limits.lookups_per_hour,
            Rate::Account => self.limits.accounts_per_hour,
            Rate::Post => self.limits.posts_per_hour,
            Rate::Rendezvous => self.limits.rendezvous_per_hour,
            Rate::Call => self.limits.calls_per_hour,
            Rate::Wish => self.limits.calls_per_hour.saturating_mul(WISHES_PER_CALL),
            Rate::Work => self.limits.work_per_hour,
            Rate::Written => self.limits.written_mib_per_hour.saturating_mul(1024),
            Rate::Log => LOG_KIB_PER_HOUR,
        })
        .max(1)
    }

    fn count_all(&mut self, peer: Peer, rate: Rate, now_ms: i64, weight: i64) -> Result<(), Refusal> {
        let per_hour = self.per_hour(rate).cast_signed();
        let narrow = self.hasher.hash_one((peer.narrow, rate));
        self.count_one(narrow, per_hour, now_ms, weight)?;
        let Some(around) = peer.around() else { return Ok(()) };
        let wide = self.hasher.hash_one((around.narrow, rate));
        self.count_one(wide, per_hour.saturating_mul(WIDER), now_ms, weight)
    }

    fn count_one(&mut self, key: u64, per_hour: i64, now_ms: i64, weight: i64) -> Result<(), Refusal> {
        let level = self.level(key, now_ms);
        // A clock that went back drains nothing; it is caught up with from there.
        let passed_ms = now_ms.saturating_sub(level.at_ms).clamp(0, HOUR_MS);
        let drained = passed_ms.saturating_mul(per_hour).saturating_mul(1000) / HOUR_MS;
        let filled = level.filled.saturating_sub(drained).max(0);
        let burst = (per_hour / 4).max(5).saturating_mul(1000);
        (level.filled, level.at_ms) = (filled, now_ms);
        let over = filled.saturating_add(weight).saturating_sub(burst);
        if over > 0 && weight > 0 {
            // Rounded up: who comes back then finds room.
            let per_hour = per_hour.saturating_mul(1000);
            let wait_ms = over.saturating_mul(HOUR_MS).saturating_add(per_hour - 1) / per_hour;
            return Err(Refusal::rate_limited(
                "too many of these from your network; wait a little",
                wait_ms.max(1).unsigned_abs(),
            ));
        }
        level.filled = filled.saturating_add(weight).max(0);
        Ok(())
    }

    /// The bucket of a key, in place of one that is nobody's, or else of the emptiest of its set.
    fn level(&mut self, key: u64, now_ms: i64) -> &mut Level {
        if self.table.is_empty() {
            self.table = vec![NOBODYS; SETS.saturating_mul(WAYS)];
        }
        let key = key.max(1);
        let set = (key as usize % SETS).saturating_mul(WAYS);
        let set = &mut self.table[set..][..WAYS];
        let at = match set.iter().position(|level| level.key == key) {
            Some(at) => at,
            None => {
                let left = |level: &Level| if level.key == 0 { i64::MIN } else { level.filled };
                let at = (0..WAYS).min_by_key(|at| left(&set[*at])).unwrap_or_default();
                set[at] = Level { key, filled: 0, at_ms: now_ms };
                at
            }
        };
        &mut set[at]
    }

    /// Forgets buckets that have run empty, a part of them at a time.
    pub fn sweep(&mut self, now_ms: i64) {
        let from = self.swept.saturating_mul(WAYS).min(self.table.len());
        for level in self.table[from..].iter_mut().take(SWEPT.saturating_mul(WAYS)) {
            // Whatever was full an hour ago is empty now: a bucket holds a quarter of an hour's worth.
            if now_ms.saturating_sub(level.at_ms) >= HOUR_MS {
                *level = NOBODYS;
            }
        }
        self.swept = self.swept.saturating_add(SWEPT) % SETS;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(limits: Limits) -> (Buckets, Peer) {
        let buckets = Buckets::new(limits);
        let peer = buckets.peer("192.0.2.1".parse().unwrap());
        (buckets, peer)
    }

    #[test]
    fn a_burst_then_a_steady_rate() {
        let (mut buckets, peer) = buckets(Limits { lookups_per_hour: 600, ..Limits::default() });
        for _ in 0..150 {
            buckets.take(peer, Rate::Lookup, 0).unwrap();
        }
        let refusal = buckets.take(peer, Rate::Lookup, 0).unwrap_err();
        assert_eq!(refusal.retry_after_ms, 6_000, "one every six seconds");
        buckets.take(peer, Rate::Lookup, 6_000).unwrap();
        buckets.take(peer, Rate::Lookup, 6_000).unwrap_err();
        // Another address, another rate: not affected.
        let other = buckets.peer("192.0.2.2".parse().unwrap());
        buckets.take(other, Rate::Lookup, 6_000).unwrap();
        buckets.take(peer, Rate::Post, 6_000).unwrap();
        // A clock that goes back neither opens nor locks.
        buckets.take(peer, Rate::Lookup, -1_000_000).unwrap_err();
        buckets.take(peer, Rate::Lookup, -990_000).unwrap();
        for _ in 0..SETS / SWEPT {
            buckets.sweep(10 * HOUR_MS);
        }
        assert!(buckets.table.iter().all(|level| level.key == 0));
    }

    #[test]
    fn lifted_and_address_families() {
        let (mut buckets, peer) = buckets(Limits { lifted: true, accounts_per_hour: 1, ..Limits::default() });
        for _ in 0..1_000 {
            buckets.take(peer, Rate::Account, 0).unwrap();
        }
        assert!(buckets.table.is_empty());
        let peer = |text: &str| buckets.peer(text.parse().unwrap());
        assert_eq!(peer("2001:db8::1"), peer("2001:db8::ffff:2"));
        assert_eq!(peer("2001:db8::1").around(), peer("2001:db8:0:1::1").around());
        assert_eq!(peer("192.0.2.1").around(), None);
        assert_ne!(peer("2001:db8::1"), peer("2001:db8:0:1::1"));
        assert_eq!(peer("::ffff:192.0.2.1"), peer("::ffff:192.0.2.1"));
    }

    #[test]
    fn a_network_of_ipv6_passes_no_more_than_a_few_addresses() {
        let limits = Limits { lookups_per_hour: 40, ..Limits::default() };
        let mut buckets = Buckets::new(limits);
        let mut passed = 0;
        for subnet in 0..4_000 {
            let peer = buckets.peer(format!("2001:db8:7:{subnet:x}::1").parse().unwrap());
            passed += (0..10).filter(|_| buckets.take(peer, Rate::Lookup, 0).is_ok()).count();
        }
        assert_eq!(passed, 10 * WIDER as usize, "a quarter of an hour's worth");
        let other = buckets.peer("2001:db8:8::1".parse().unwrap());
        buckets.take(other, Rate::Lookup, 0).unwrap();
    }

    /// Somebody with a /32 comes from ever new networks. Who is held back stays so, the table does not grow, and no request looks at
    /// more than its set.
    #[test]
    fn addresses_without_number_take_no_more_room_and_free_nobody_who_is_held_back() {
        let limits = Limits { lookups_per_hour: 40, ..Limits::default() };
        let (mut buckets, peer) = buckets(limits);
        while buckets.take(peer, Rate::Lookup, 0).is_ok() {}
        for network in 0..400_000_u32 {
            let (high, low) = (network >> 16, network & 0xffff);
            let peer = buckets.peer(format!("2001:{high:x}:{low:x}::1").parse().unwrap());
            buckets.take(peer, Rate::Lookup, 0).unwrap();
        }
        assert_eq!(buckets.table.len(), SETS * WAYS);
        buckets.take(peer, Rate::Lookup, 0).unwrap_err();
    }
}
