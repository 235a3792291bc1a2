//! Safety numbers: short forms of two account keys that people can compare.
//!
//! A fingerprint is SHA-256 over account id and key, 5,200 times, as Signal's are: 30 digits are about 100 bits, and
//! whoever looks for a key with the same digits pays for each try.

use sha2::{Digest as _, Sha256};

const LABEL: &[u8] = b"casemate/safety/v1";
const ROUNDS: u32 = 5_200;

/// Of one account.
pub fn fingerprint(account: &[u8; 16], key: &[u8; 32]) -> [u8; 32] {
    let mut hash: [u8; 32] =
        Sha256::new().chain_update(LABEL).chain_update(account).chain_update(key).finalize().into();
    for _ in 0..ROUNDS {
        hash = Sha256::new().chain_update(hash).chain_update(key).finalize().into();
    }
    hash
}

/// Sixty digits in groups of five. Both sides give the fingerprints in the same order.
pub fn number(first: &[u8; 32], second: &[u8; 32]) -> String {
    let groups = |print: &[u8; 32]| -> Vec<String> {
        let parts = print.chunks_exact(5).take(6);
        let number = |part: &[u8]| part.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte)) % 100_000;
        parts.map(|part| format!("{:05}", number(part))).collect()
    };
    [groups(first), groups(second)].concat().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixty_digits_that_depend_on_id_and_key() {
        let (a, b) = (fingerprint(&[1; 16], &[2; 32]), fingerprint(&[3; 16], &[4; 32]));
        let shown = number(&a, &b);
        assert_eq!(shown.split(' ').count(), 12);
        assert!(shown.split(' ').all(|group| group.len() == 5 && group.bytes().all(|c| c.is_ascii_digit())));
        assert_ne!(a, fingerprint(&[1; 16], &[3; 32]));
        assert_ne!(a, fingerprint(&[2; 16], &[2; 32]));
        assert_ne!(number(&a, &b), number(&b, &a));
    }
}
