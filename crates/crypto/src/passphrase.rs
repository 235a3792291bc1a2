//! From a passphrase to the key of the local database: Argon2id (RFC 9106).

use argon2::{Algorithm, Argon2, Params, Version};
use rand_chacha::ChaCha20Rng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::rng;

/// How the key is made. Stored in clear beside the database; not secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PassphraseHeader {
    /// Of this form: 1.
    pub version: u32,
    /// Memory. More slows down whoever guesses, and every start.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes, computed one after another here.
    pub lanes: u32,
    /// Random, so that no table serves two databases.
    pub salt: [u8; 16],
}

/// Why no key could be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PassphraseError {
    /// Of a later version, or nonsense.
    #[error("the database's key file is damaged or of a later version of Casemate")]
    BadHeader,
    /// Nothing was typed.
    #[error("a passphrase cannot be empty")]
    Empty,
}

const VERSION: u32 = 1;
/// A header that asks for more is not ours, and would make the start fail for lack of memory.
const MOST_MEMORY_KIB: u32 = 1024 * 1024;
const MOST_PASSES: u32 = 16;
const MOST_LANES: u32 = 16;

impl PassphraseHeader {
    /// Today's parameters, over RFC 9106's second recommendation in memory times passes: about 0.2 s.
    pub fn new(rng: &mut ChaCha20Rng) -> Self {
        Self { version: VERSION, memory_kib: 64 * 1024, passes: 3, lanes: 1, salt: rng::bytes(rng) }
    }

    /// The database's key. The same passphrase and header give the same key; whether it is the right one, the
    /// database tells.
    ///
    /// # Errors
    /// See [`PassphraseError`].
    pub fn derive(&self, passphrase: &str) -> Result<Zeroizing<[u8; 32]>, PassphraseError> {
        if passphrase.is_empty() {
            return Err(PassphraseError::Empty);
        }
        let known = self.version == VERSION
            && self.memory_kib <= MOST_MEMORY_KIB
            && self.passes <= MOST_PASSES
            && self.lanes <= MOST_LANES;
        if !known {
            return Err(PassphraseError::BadHeader);
        }
        let mut key = Zeroizing::new([0; 32]);
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(key.len()))
            .map_err(|_| PassphraseError::BadHeader)?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.as_bytes(), &self.salt, key.as_mut_slice())
            .map_err(|_| PassphraseError::BadHeader)?;
        Ok(key)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn quick() -> PassphraseHeader {
        PassphraseHeader { version: 1, memory_kib: 64, passes: 1, lanes: 1, salt: [7; 16] }
    }

    #[test]
    fn the_same_passphrase_gives_the_same_key() {
        let key = quick().derive("six words from the dice tower").unwrap();
        assert_eq!(key, quick().derive("six words from the dice tower").unwrap());
        assert_ne!(key, quick().derive("six words from the dice towel").unwrap());
        assert_ne!(
            key,
            PassphraseHeader { salt: [8; 16], ..quick() }.derive("six words from the dice tower").unwrap()
        );
        assert_eq!(quick().derive(""), Err(PassphraseError::Empty));
    }

    #[test]
    fn headers_survive_and_nonsense_is_refused() {
        let header = PassphraseHeader::new(&mut ChaCha20Rng::from_seed([1; 32]));
        assert_eq!((header.memory_kib, header.passes, header.lanes), (65_536, 3, 1));
        let text = serde_json::to_string(&header).unwrap();
        assert_eq!(serde_json::from_str::<PassphraseHeader>(&text).unwrap(), header);
        for bad in [
            PassphraseHeader { version: 2, ..quick() },
            PassphraseHeader { memory_kib: u32::MAX, ..quick() },
            PassphraseHeader { memory_kib: 1, ..quick() },
            PassphraseHeader { passes: 0, ..quick() },
            PassphraseHeader { passes: u32::MAX, ..quick() },
            PassphraseHeader { lanes: 0, ..quick() },
        ] {
            assert_eq!(bad.derive("x"), Err(PassphraseError::BadHeader), "{bad:?}");
        }
    }

    #[test]
    fn todays_parameters_work() {
        let header =
            PassphraseHeader { salt: [9; 16], ..PassphraseHeader::new(&mut ChaCha20Rng::from_seed([1; 32])) };
        assert_ne!(*header.derive("passphrase").unwrap(), [0; 32]);
    }
}
