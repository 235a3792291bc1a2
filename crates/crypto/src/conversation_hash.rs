//! The chain over a log's entries: whoever has the same hash has read the same entries in the same order.

use casemate_wire::ids::Hash32;

/// The hash up to and with `entry`. Starts from [`Hash32::ZERO`].
///
/// The payload goes in as its hash, so that the fields cannot be shifted against each other.
pub fn chain(previous: Hash32, entry: u64, payload: &[u8], commit: bool) -> Hash32 {
    let payload = Hash32::of(&[payload]);
    Hash32::of(&[b"casemate/chain/v1", &previous.0, &entry.to_be_bytes(), &[u8::from(commit)], &payload.0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_counts() {
        let one = chain(Hash32::ZERO, 1, b"a", false);
        assert_eq!(one, chain(Hash32::ZERO, 1, b"a", false));
        for other in [
            chain(one, 1, b"a", false),
            chain(Hash32::ZERO, 2, b"a", false),
            chain(Hash32::ZERO, 1, b"b", false),
            chain(Hash32::ZERO, 1, b"a", true),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn fixed_vector() {
        let hash = chain(Hash32([7; 32]), 42, b"payload", true);
        assert_eq!(hash.to_hex(), "f307945d9cb07a2256318af172e04dcc3c2a9b1fdd36a53cd3d271872fa148d3");
    }
}
