//! Rates per network address: leaky buckets in memory. Addresses are kept as keyed hashes and only while a
//! bucket is not empty, so that this is no record of who was here.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;

use crate::config::Limits;
use crate::refusal::Refusal;

/// Buckets kept at most; beyond, the next sweep comes early. More costs 40 bytes each.
const BUCKETS: usize = 200_000;

/// How often somebody changes what is to be seen, for each time that somebody enters a call.
const WISHES_PER_CALL: u32 = 20;

const HOUR_MS: i64 = 60 * 60 * 1000;

/// A network address as the limits see it: a hash that means nothing after a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Peer(pub u64);

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
}

/// The buckets of all addresses.
pub struct Buckets {
    limits: Limits,
    hasher: RandomState,
    levels: HashMap<(Peer, Rate), Level>,
}

/// How full a bucket was, and when.
#[derive(Debug, Clone, Copy)]
struct Level {
    /// In thousandths of one.
    filled: i64,
    at_ms: i64,
}

impl Buckets {
    /// Empty buckets.
    pub fn new(limits: Limits) -> Self {
        Self { limits, hasher: RandomState::new(), levels: HashMap::new() }
    }

    /// An address, or for IPv6 its /64, which is what one household or machine has.
    pub fn peer(&self, address: IpAddr) -> Peer {
        let bytes = match address.to_canonical() {
            IpAddr::V4(address) => u64::from(address.to_bits()),
            IpAddr::V6(address) => (address.to_bits() >> 64) as u64,
        };
        Peer(self.hasher.hash_one((address.is_ipv4(), bytes)))
    }

    /// Counts one, or says when there will be room. A quarter of an hour's worth may come at once.
    pub fn take(&mut self, peer: Peer, rate: Rate, now_ms: i64) -> Result<(), Refusal> {
        self.count(peer, rate, now_ms, 1000)
    }

    /// Says when there will be room, where there is none; counts nothing.
    pub fn look(&mut self, peer: Peer, rate: Rate, now_ms: i64) -> Result<(), Refusal> {
        self.count(peer, rate, now_ms, 0)
    }

    fn count(&mut self, peer: Peer, rate: Rate, now_ms: i64, weight: i64) -> Result<(), Refusal> {
        if self.limits.lifted {
            return Ok(());
        }
        let per_hour = i64::from(match rate {
            Rate::Lookup => self.limits.lookups_per_hour,
            Rate::Account => self.limits.accounts_per_hour,
            Rate::Post => self.limits.posts_per_hour,
            Rate::Rendezvous => self.limits.rendezvous_per_hour,
            Rate::Call => self.limits.calls_per_hour,
            Rate::Wish => self.limits.calls_per_hour.saturating_mul(WISHES_PER_CALL),
        })
        .max(1);
        if self.levels.len() >= BUCKETS {
            self.sweep(now_ms);
        }
        let level = self.levels.entry((peer, rate)).or_insert(Level { filled: 0, at_ms: now_ms });
        // A clock that went back drains nothing; it is caught up with from there.
        let passed_ms = (now_ms - level.at_ms).clamp(0, HOUR_MS);
        let filled = (level.filled - passed_ms * per_hour * 1000 / HOUR_MS).max(0);
        let burst = (per_hour / 4).max(5);
        *level = Level { filled, at_ms: now_ms };
        if filled + 1000 > burst * 1000 {
            let wait_ms = (filled + 1000 - burst * 1000) * HOUR_MS / (per_hour * 1000);
            return Err(Refusal::rate_limited(
                "too many of these from your network; wait a little",
                wait_ms.max(1).unsigned_abs(),
            ));
        }
        level.filled += weight;
        Ok(())
    }

    /// Forgets buckets that have run empty.
    pub fn sweep(&mut self, now_ms: i64) {
        // Whatever was full an hour ago is empty now: a bucket holds a quarter of an hour's worth.
        self.levels.retain(|_, level| now_ms - level.at_ms < HOUR_MS);
        self.levels.shrink_to(1024);
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
        buckets.sweep(10 * HOUR_MS);
        assert!(buckets.levels.is_empty());
    }

    #[test]
    fn lifted_and_address_families() {
        let (mut buckets, peer) = buckets(Limits { lifted: true, accounts_per_hour: 1, ..Limits::default() });
        for _ in 0..1_000 {
            buckets.take(peer, Rate::Account, 0).unwrap();
        }
        assert!(buckets.levels.is_empty());
        let peer = |text: &str| buckets.peer(text.parse().unwrap());
        assert_eq!(peer("2001:db8::1"), peer("2001:db8::ffff:2"));
        assert_ne!(peer("2001:db8::1"), peer("2001:db8:0:1::1"));
        assert_eq!(peer("::ffff:192.0.2.1"), peer("::ffff:192.0.2.1"));
    }
}
