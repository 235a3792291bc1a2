//! What waits for the directory, which has one thread: bounded in number, bytes and work, of one address and in all. Beyond, the asker
//! hears that the server is busy, and asks again. Work is counted in signatures, of about 50 µs each.
//!
//! Not here: how much an address may ask in an hour ([`crate::limits`]), and what answers weigh ([`super::terms`]).

use std::collections::HashMap;

use crate::limits::Peer;
use crate::refusal::Refusal;

/// When to ask again: all that may wait is done by then, most often.
const AGAIN_MS: u64 = 2_000;

/// What waits, or one thing that does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Requests.
    pub asks: u32,
    /// Their bytes.
    pub bytes: u64,
    /// What they cost.
    pub work: u32,
}

/// In all: 3 s of work. More lets one who asks for costly things make all others wait for longer; fewer turns people away when very
/// many come back at once.
const ALL: Waiting = Waiting { asks: 131_072, bytes: 256 * 1024 * 1024, work: 64_000 };

/// Of one address: 0.4 s.
const ONE: Waiting = Waiting { asks: 16_384, bytes: 32 * 1024 * 1024, work: 8_000 };

/// Of a wider network, in those of one address.
const WIDER: u32 = 4;

impl Waiting {
    fn with(self, more: Self) -> Self {
        Self {
            asks: self.asks.saturating_add(more.asks),
            bytes: self.bytes.saturating_add(more.bytes),
            work: self.work.saturating_add(more.work),
        }
    }

    fn without(self, done: Self) -> Self {
        Self {
            asks: self.asks.saturating_sub(done.asks),
            bytes: self.bytes.saturating_sub(done.bytes),
            work: self.work.saturating_sub(done.work),
        }
    }

    fn is_within(self, bound: Self, times: u32) -> bool {
        self.asks <= bound.asks.saturating_mul(times)
            && self.bytes <= bound.bytes.saturating_mul(times.into())
            && self.work <= bound.work.saturating_mul(times)
    }
}

/// A place among what waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Whose. None: of this machine, where a proxy may stand with everybody behind it.
    peer: Option<Peer>,
    what: Waiting,
}

/// See the module.
#[derive(Default)]
pub struct Shares {
    all: Waiting,
    of: HashMap<Peer, Waiting>,
}

impl Shares {
    /// Takes a place, where there is room. With `lifted` there always is.
    pub fn take(&mut self, peer: Option<Peer>, what: Waiting, lifted: bool) -> Result<Place, Refusal> {
        let of = |peer: &Peer| self.of.get(peer).copied().unwrap_or_default().with(what);
        let fits = self.all.with(what).is_within(ALL, 1)
            && peer.is_none_or(|peer| {
                of(&peer).is_within(ONE, 1)
                    && peer.around().is_none_or(|around| of(&around).is_within(ONE, WIDER))
            });
        if !fits && !lifted {
            return Err(Refusal::rate_limited("the server is busy; it is asked again in a moment", AGAIN_MS));
        }
        self.all = self.all.with(what);
        for peer in peers(peer) {
            let of = self.of.entry(peer).or_default();
            *of = of.with(what);
        }
        Ok(Place { peer, what })
    }

    /// What waited was answered.
    pub fn give_back(&mut self, place: Place) {
        self.all = self.all.without(place.what);
        for peer in peers(place.peer) {
            if let Some(of) = self.of.get_mut(&peer) {
                *of = of.without(place.what);
                if *of == Waiting::default() {
                    self.of.remove(&peer);
                }
            }
        }
    }

    /// What waits in all, for `/metrics`.
    pub fn all(&self) -> Waiting {
        self.all
    }
}

fn peers(peer: Option<Peer>) -> impl Iterator<Item = Peer> {
    [peer, peer.and_then(Peer::around)].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Limits;
    use crate::limits::Buckets;

    #[test]
    fn each_address_has_its_share_and_all_together_have_an_end() {
        let buckets = Buckets::new(Limits::default());
        let peer = |address: &str| Some(buckets.peer(address.parse().unwrap()));
        let mut shares = Shares::default();
        let costly = Waiting { asks: 1, bytes: 10_000, work: 100 };
        let mut places = Vec::new();
        while let Ok(place) = shares.take(peer("192.0.2.1"), costly, false) {
            places.push(place);
        }
        assert_eq!(places.len(), 80, "0.4 s of work");
        assert!(shares.take(peer("192.0.2.1"), costly, true).is_ok());
        assert!(shares.take(peer("192.0.2.2"), costly, false).is_ok());
        // A /48 has a few shares, and all together have an end.
        let networks = |range: std::ops::Range<u32>| range.map(|net| format!("2001:db8:1:{net:x}::1"));
        let many = networks(0..400).filter(|address| shares.take(peer(address), costly, false).is_ok());
        assert_eq!(many.count(), 320);
        let others = (0..1_000).map(|net| format!("2001:db8:{net:x}::1"));
        let others = others.filter(|address| shares.take(peer(address), costly, false).is_ok());
        assert!((200..640).contains(&others.count()));
        assert!(shares.take(None, costly, false).is_err(), "of this machine neither");
        let before = shares.all();
        places.into_iter().for_each(|place| shares.give_back(place));
        assert_eq!(before.work - shares.all().work, 8_000);
        assert!(shares.take(peer("192.0.2.1"), costly, false).is_ok());
        let huge = Waiting { asks: 1, bytes: u64::MAX, work: u32::MAX };
        assert!(shares.take(peer("192.0.2.9"), huge, false).is_err());
    }
}
