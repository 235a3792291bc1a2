//! Marks: by them a device knows an entry of its own leaf again that it does not remember.
//!
//! A home that was put back to a copy does not know what it sent after that, and MLS cannot read what the own leaf wrote
//! (RFC 9420 §9.1). Any member can make an entry that names another's leaf, so the name alone proves nothing. Each message
//! therefore carries, as its authenticated data (RFC 9420 §6.3.2), a mark that only a holder of the home's key can make.
//! To everybody else it is noise.

use std::ops::RangeInclusive;

use casemate_wire::ids::LogId;
use hkdf::Hkdf;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

const LABEL: &[u8] = b"casemate own entry mark";

/// Bytes of a mark.
pub const MARK_BYTES: usize = 16;

/// A home's key for marks. A copy of the home has it too, which is what it is for.
pub struct MarkKey(Zeroizing<[u8; 32]>);

impl MarkKey {
    /// From 32 random bytes, which never leave the home.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The mark of what is sent in an epoch of a log under a counter.
    pub fn mark(&self, log: LogId, epoch: u64, counter: u64) -> [u8; MARK_BYTES] {
        let mut mark = [0; MARK_BYTES];
        Hkdf::<Sha256>::from_prk(&self.0[..])
            .expect("a key has 32 bytes")
            .expand_multi_info(&[LABEL, &log.0, &epoch.to_be_bytes(), &counter.to_be_bytes()], &mut mark)
            .expect("16 bytes are not too many");
        mark
    }

    /// Under which of these counters something was marked.
    pub fn counter(
        &self,
        log: LogId,
        epoch: u64,
        mut counters: RangeInclusive<u64>,
        mark: &[u8],
    ) -> Option<u64> {
        counters.find(|counter| self.mark(log, epoch, *counter).ct_eq(mark).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mark_is_known_by_who_has_the_key_and_for_its_place_alone() {
        let (key, other) = (MarkKey::new([1; 32]), MarkKey::new([2; 32]));
        let (log, another) = (LogId([3; 16]), LogId([4; 16]));
        let mark = key.mark(log, 5, 77);
        assert_eq!(key.counter(log, 5, 1..=1_000, &mark), Some(77));
        assert_eq!(key.counter(log, 5, 78..=1_000, &mark), None, "what was counted before");
        assert_eq!(key.counter(log, 6, 1..=1_000, &mark), None, "of another epoch");
        assert_eq!(key.counter(another, 5, 1..=1_000, &mark), None, "of another log");
        assert_eq!(other.counter(log, 5, 1..=1_000, &mark), None, "somebody else's");
        assert_eq!(key.counter(log, 5, 1..=1_000, &mark[..15]), None, "cut short");
        assert_eq!(key.counter(log, 5, 1..=1_000, &[]), None, "none");
    }
}
