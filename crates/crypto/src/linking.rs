//! Linking a device: what a one-time secret, which goes from screen to camera, makes of itself.
//!
//! ```text
//! secret ─┬─ HKDF "…/place/v1"  ─▶ where the new device waits: all that the server learns
//!         ├─ HKDF "…/offer/v1"  ─▶ key of its offer: device, keys, name
//!         └─ HKDF "…/answer/v1" ─▶ bound into the answer, which is sealed (HPKE, X-Wing) to the device's own key
//! ```
//! The offer's key seals one message, because the secret is used once. Not here: the code itself (`casemate-wire`), who
//! asks and agrees (`casemate-engine`).

use casemate_content::pad::{pad_to, unpad};
use casemate_wire::ids::LinkingSecret;
use casemate_wire::limits::{ANSWER_SIZES, OFFER_BYTES};
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce, Tag};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::CryptoError;
use crate::identity::SealKeys;
use crate::sealed::{SEAL_OVERHEAD, open_padded, seal_to_size};

const PLACE_LABEL: &[u8] = b"casemate/linking/place/v1";
const OFFER_LABEL: &[u8] = b"casemate/linking/offer/v1";
const ANSWER_LABEL: &[u8] = b"casemate/linking/answer/v1";

const TAG_BYTES: usize = 16;

/// Where the device waits on the server.
pub fn place(secret: &LinkingSecret) -> [u8; 16] {
    let derived = derive(secret, PLACE_LABEL);
    derived[..16].try_into().expect("it is longer")
}

/// Seals the new device's offer; `None` where it is too large.
pub fn seal_offer(secret: &LinkingSecret, offer: &[u8]) -> Option<Vec<u8>> {
    let mut sealed = Zeroizing::new(pad_to(offer.to_vec(), OFFER_BYTES - TAG_BYTES)?);
    // The key is this one message's alone, so the nonce need not differ.
    let tag = cipher(secret)
        .encrypt_inout_detached(&Nonce::default(), OFFER_LABEL, sealed.as_mut_slice().into())
        .ok()?;
    Some([&sealed[..], &tag].concat())
}

/// Opens an offer that was sealed under this secret.
///
/// # Errors
/// [`CryptoError::Invalid`]
pub fn open_offer(secret: &LinkingSecret, sealed: &[u8]) -> Result<Vec<u8>, CryptoError> {
    const REFUSED: CryptoError = CryptoError::Invalid("this was not sealed under the code");
    if sealed.len() != OFFER_BYTES {
        return Err(REFUSED);
    }
    let (encrypted, tag) = sealed.split_at(OFFER_BYTES - TAG_BYTES);
    let mut plain = encrypted.to_vec();
    let tag = Tag::try_from(tag).map_err(|_| REFUSED)?;
    cipher(secret)
        .decrypt_inout_detached(&Nonce::default(), OFFER_LABEL, plain.as_mut_slice().into(), &tag)
        .map_err(|_| REFUSED)?;
    let len = unpad(&plain).ok_or(REFUSED)?.len();
    plain.truncate(len);
    Ok(plain)
}

/// Seals the primary's answer to the new device. Who does not know the secret cannot make one.
///
/// # Errors
/// [`CryptoError::TooLarge`], or [`CryptoError::Invalid`] where `public` is no key to seal to.
pub fn seal_answer(secret: &LinkingSecret, public: &[u8], answer: &[u8]) -> Result<Vec<u8>, CryptoError> {
    const LARGE: CryptoError = CryptoError::TooLarge("the account document is too large to link a device");
    let size = ANSWER_SIZES.into_iter().find(|size| answer.len() < size - SEAL_OVERHEAD).ok_or(LARGE)?;
    let bound = derive(secret, ANSWER_LABEL);
    seal_to_size(public, ANSWER_LABEL, &bound[..], answer.to_vec(), size).ok_or(LARGE)?
}

/// Opens the primary's answer.
///
/// # Errors
/// [`CryptoError::Invalid`]
pub fn open_answer(keys: &SealKeys, secret: &LinkingSecret, sealed: &[u8]) -> Result<Vec<u8>, CryptoError> {
    if !ANSWER_SIZES.contains(&sealed.len()) {
        return Err(CryptoError::Invalid("the answer has a size that answers do not have"));
    }
    open_padded(keys, ANSWER_LABEL, &derive(secret, ANSWER_LABEL)[..], sealed)
}

fn cipher(secret: &LinkingSecret) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(&Key::from(*derive(secret, OFFER_LABEL)))
}

fn derive(secret: &LinkingSecret, label: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(None, secret.expose())
        .expand(label, &mut key[..])
        .expect("32 bytes are not too many");
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha20Rng;

    fn secret(byte: u8) -> LinkingSecret {
        LinkingSecret::new([byte; 16])
    }

    #[test]
    fn an_offer_opens_with_its_secret_only_and_has_one_size() {
        for length in [0, 1, 1_400, OFFER_BYTES - TAG_BYTES - 1] {
            let plain = vec![7; length];
            let sealed = seal_offer(&secret(1), &plain).unwrap();
            assert_eq!(sealed.len(), OFFER_BYTES);
            assert_eq!(open_offer(&secret(1), &sealed).unwrap(), plain);
            assert!(open_offer(&secret(2), &sealed).is_err());
        }
        assert!(seal_offer(&secret(1), &[0; OFFER_BYTES]).is_none());
        let sealed = seal_offer(&secret(1), b"keys").unwrap();
        for byte in [0, 3, 100, OFFER_BYTES - 17, OFFER_BYTES - 1] {
            let mut broken = sealed.clone();
            broken[byte] ^= 1;
            assert!(open_offer(&secret(1), &broken).is_err(), "{byte}");
        }
        assert!(open_offer(&secret(1), &sealed[1..]).is_err());
    }

    #[test]
    fn an_answer_needs_the_secret_and_the_device() {
        let keys = |seed| SealKeys::generate(&mut ChaCha20Rng::from_seed([seed; 32]));
        for (length, size) in [(0, 0), (2_000, 0), (4_000, 1), (18_000, 1)] {
            let sealed = seal_answer(&secret(1), &keys(1).public, &vec![5; length]).unwrap();
            assert_eq!(sealed.len(), ANSWER_SIZES[size]);
            assert_eq!(open_answer(&keys(1), &secret(1), &sealed).unwrap().len(), length);
            assert!(open_answer(&keys(2), &secret(1), &sealed).is_err());
            // A server that knew the device's key would still not know the secret.
            assert!(open_answer(&keys(1), &secret(2), &sealed).is_err());
            assert!(open_answer(&keys(1), &secret(1), &sealed[..4_000]).is_err());
        }
        assert!(seal_answer(&secret(1), &keys(1).public, &[0; 20_000]).is_err());
        assert!(seal_answer(&secret(1), b"no key", b"x").is_err());
    }

    #[test]
    fn what_the_server_sees_is_not_what_opens() {
        let secret = secret(9);
        let place = place(&secret);
        for label in [OFFER_LABEL, ANSWER_LABEL] {
            assert_ne!(derive(&secret, label)[..16], place);
        }
        assert_ne!(&place, secret.expose());
    }
}
