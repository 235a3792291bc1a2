//! Packets of pictures that a receiver may ask for again (RFC 4585 §6.2.1), and how they go out then: in a stream besides, under
//! numbers of that (RFC 4588).

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use casemate_rtp::srtp::Header;

use crate::limits::{RESEND_BYTES, RESEND_PACKETS, RESEND_SHARE, RESEND_TIME};

/// What went out in one slot, in the order of its numbers.
#[derive(Debug, Default)]
pub struct Kept(VecDeque<Packet>);

/// A packet that went out.
#[derive(Debug, Clone)]
pub struct Packet {
    /// Its header, but for its number on the way.
    pub header: Header,
    /// What it holds.
    pub payload: Arc<[u8]>,
    /// When it went out.
    pub at: Instant,
}

/// How much may be sent again: a share of what was sent before.
#[derive(Debug, Default)]
pub struct Allowance(f32);

impl Kept {
    /// A packet goes out.
    pub fn keep(&mut self, packet: Packet) {
        let is_old = |one: &Packet| packet.at.saturating_duration_since(one.at) > RESEND_TIME;
        while self.0.len() >= RESEND_PACKETS || self.0.front().is_some_and(is_old) {
            self.0.pop_front();
        }
        // Some are overtaken on the way to the relay.
        let before = self.0.iter().rposition(|one| one.header.number < packet.header.number);
        self.0.insert(before.map_or(0, |before| before + 1), packet);
    }

    /// The packet of which these are the lower bits of its number.
    pub fn find(&self, number: u16) -> Option<&Packet> {
        let newest = self.0.back()?.header.number;
        let number = newest.checked_sub((newest as u16).wrapping_sub(number).into())?;
        let at = self.0.binary_search_by_key(&number, |packet| packet.header.number).ok()?;
        self.0.get(at)
    }

    /// Nothing is sent again of what went out so far.
    pub fn forget(&mut self) {
        self.0.clear();
    }
}

impl Allowance {
    /// So many bytes went out.
    pub fn grow(&mut self, bytes: usize) {
        self.0 = (self.0 + bytes as f32 * RESEND_SHARE).min(RESEND_BYTES);
    }

    /// Whether so many may go out again, and then they do.
    pub fn take(&mut self, bytes: usize) -> bool {
        let is_enough = self.0 >= bytes as f32;
        if is_enough {
            self.0 -= bytes as f32;
        }
        is_enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(number: u64, at: Instant) -> Packet {
        Packet { header: Header { number, ..Header::default() }, payload: Arc::from([]), at }
    }

    #[test]
    fn what_went_out_is_found_by_its_lower_bits() {
        let start = Instant::now();
        let mut kept = Kept::default();
        for number in [65_534, 65_535, 65_538, 65_536, 65_539] {
            kept.keep(packet(number, start));
        }
        let found = |number| kept.find(number).map(|packet| packet.header.number);
        assert_eq!([65_534, 65_535, 0, 2, 3].map(found), [65_534, 65_535, 65_536, 65_538, 65_539].map(Some));
        assert_eq!([1, 4, 65_533, 30_000].map(found), [None; 4], "never sent");
        assert!(Kept::default().find(0).is_none());
        kept.forget();
        assert!(kept.find(3).is_none());
    }

    #[test]
    fn what_is_kept_has_an_end() {
        let start = Instant::now();
        let mut kept = Kept::default();
        (0..2 * RESEND_PACKETS as u64).for_each(|number| kept.keep(packet(number, start)));
        assert_eq!(kept.0.len(), RESEND_PACKETS);
        kept.keep(packet(10_000, start + 2 * RESEND_TIME));
        assert_eq!(kept.0.len(), 1);
    }

    #[test]
    fn only_a_share_goes_out_again() {
        let mut allowance = Allowance::default();
        assert!(!allowance.take(1));
        (0..10).for_each(|_| allowance.grow(1_000));
        assert_eq!((0..10).filter(|_| allowance.take(1_000)).count(), 4);
        (0..1_000).for_each(|_| allowance.grow(1_000));
        assert_eq!((0..1_000).filter(|_| allowance.take(1_000)).count(), RESEND_BYTES as usize / 1_000);
    }
}
