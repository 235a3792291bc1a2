//! The database's key under what a passkey answers (WebAuthn's extension `prf`): HKDF (RFC 5869), then
//! ChaCha20-Poly1305 (RFC 8439).

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce, Tag};
use hkdf::Hkdf;
use rand_chacha::ChaCha20Rng;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::rng;

const LABEL: &[u8] = b"casemate/passkey/v1";
const SALT_BYTES: usize = 32;

/// What a passkey answers has so many bytes at least.
const SECRET_BYTES: usize = 32;

/// Seals a key; `None` where the passkey answered too little.
pub fn seal(secret: &[u8], key: &[u8; 32], rng: &mut ChaCha20Rng) -> Option<Vec<u8>> {
    seal_key(LABEL, secret, key, rng)
}

/// The key, where this passkey sealed it.
pub fn open(secret: &[u8], sealed: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    open_key(LABEL, secret, sealed)
}

/// A key under a secret that nobody guesses, for one purpose.
pub(crate) fn seal_key(
    label: &[u8],
    secret: &[u8],
    key: &[u8; 32],
    rng: &mut ChaCha20Rng,
) -> Option<Vec<u8>> {
    let salt: [u8; SALT_BYTES] = rng::bytes(rng);
    let mut sealed = Zeroizing::new(*key);
    // Each salt makes a key of its own, so the nonce need not differ.
    let tag = cipher(label, secret, &salt)?
        .encrypt_inout_detached(&Nonce::default(), &[], sealed.as_mut_slice().into())
        .ok()?;
    Some([&salt[..], &sealed[..], &tag].concat())
}

/// The key, where this secret sealed it for this purpose.
pub(crate) fn open_key(label: &[u8], secret: &[u8], sealed: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let (salt, rest) = sealed.split_at_checked(SALT_BYTES)?;
    let (encrypted, tag) = rest.split_at_checked(32)?;
    let mut key = Zeroizing::new(<[u8; 32]>::try_from(encrypted).ok()?);
    let tag = Tag::try_from(tag).ok()?;
    cipher(label, secret, salt)?
        .decrypt_inout_detached(&Nonce::default(), &[], key.as_mut_slice().into(), &tag)
        .ok()?;
    Some(key)
}

fn cipher(label: &[u8], secret: &[u8], salt: &[u8]) -> Option<ChaCha20Poly1305> {
    if secret.len() < SECRET_BYTES {
        return None;
    }
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(salt), secret).expand(label, &mut key[..]).ok()?;
    Some(ChaCha20Poly1305::new(&Key::from(*key)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;

    #[test]
    fn only_the_same_answer_opens() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let sealed = seal(&[1; 32], &[7; 32], &mut rng).unwrap();
        assert_eq!(*open(&[1; 32], &sealed).unwrap(), [7; 32]);
        assert!(open(&[2; 32], &sealed).is_none());
        assert!(open(&[1; 32], &sealed[1..]).is_none());
        assert!(open(&[1; 31], &sealed).is_none());
        assert!(seal(&[1; 31], &[7; 32], &mut rng).is_none());
    }
}
