//! Boxes that only one device can open: HPKE (RFC 9180) in base mode with X-Wing, HKDF-SHA256 and ChaCha20-Poly1305.
//!
//! ```text
//! encapsulated key (1,120 bytes) | ciphertext of the padded message | tag (16 bytes)
//! ```
//! A box says nothing about who made it: what is inside is signed, see [`make_knock`] and [`make_inbox_message`].

mod inbox;
mod knock;

use casemate_content::pad::{pad_to, unpad};
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::XWing;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};

use crate::error::CryptoError;
use crate::identity::SealKeys;

pub use inbox::{
    BOUND_INBOX_LABEL, INBOX_LABEL, OpenedInbox, make_bound_inbox_message, make_inbox_message,
    open_bound_inbox_message, open_inbox_message,
};
pub use knock::{
    BOUND_KNOCK_LABEL, KNOCK_LABEL, Wish, make_bound_knock, make_knock, open_bound_knock, open_knock,
    verify_knock,
};

/// Bytes that sealing adds.
pub const SEAL_OVERHEAD: usize = ENCAPSULATED + TAG;

const ENCAPSULATED: usize = 1_120;
const TAG: usize = 16;

/// Seals `plaintext` to the holder of `public`. `label` tells what the box is for, `aad` is bound to it.
///
/// # Errors
/// [`CryptoError::Invalid`] where `public` is not an X-Wing key.
pub fn seal(public: &[u8], label: &[u8], aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let public = <XWing as Kem>::PublicKey::from_bytes(public)
        .map_err(|_| CryptoError::Invalid("the device's key to seal to is malformed"))?;
    let (encapsulated, ciphertext) = hpke::single_shot_seal::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeS::Base,
        &public,
        label,
        plaintext,
        aad,
    )
    .map_err(|error| CryptoError::internal("seal", error))?;
    Ok([&encapsulated.to_bytes()[..], &ciphertext].concat())
}

/// Opens what was sealed under the same label and `aad`.
///
/// # Errors
/// [`CryptoError::Invalid`] for everything that was not sealed to these keys in this way.
pub fn open(keys: &SealKeys, label: &[u8], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, CryptoError> {
    const REFUSED: CryptoError = CryptoError::Invalid("this was not sealed to this device");
    let (encapsulated, ciphertext) = sealed.split_at_checked(ENCAPSULATED).ok_or(REFUSED)?;
    let encapsulated = <XWing as Kem>::EncappedKey::from_bytes(encapsulated).map_err(|_| REFUSED)?;
    hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeR::Base,
        &keys.private(),
        &encapsulated,
        label,
        ciphertext,
        aad,
    )
    .map_err(|_| REFUSED)
}

/// Seals to exactly `size` bytes; `None` where the message does not fit.
pub(crate) fn seal_to_size(
    public: &[u8],
    label: &[u8],
    aad: &[u8],
    message: Vec<u8>,
    size: usize,
) -> Option<Result<Vec<u8>, CryptoError>> {
    let padded = pad_to(message, size - SEAL_OVERHEAD)?;
    Some(seal(public, label, aad, &padded))
}

/// Opens a padded box.
pub(crate) fn open_padded(
    keys: &SealKeys,
    label: &[u8],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    let mut padded = open(keys, label, aad, sealed)?;
    let len = unpad(&padded).ok_or(CryptoError::Invalid("the sealed message has no padding"))?.len();
    padded.truncate(len);
    Ok(padded)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;

    fn keys(seed: u8) -> SealKeys {
        SealKeys::generate(&mut ChaCha20Rng::from_seed([seed; 32]))
    }

    #[test]
    fn round_trip_and_overhead() {
        let sealed = seal(&keys(1).public, b"label", b"aad", b"hello").unwrap();
        assert_eq!(sealed.len(), 5 + SEAL_OVERHEAD);
        assert_eq!(open(&keys(1), b"label", b"aad", &sealed).unwrap(), b"hello");
    }

    #[test]
    fn another_key_label_or_aad_does_not_open() {
        let sealed = seal(&keys(1).public, b"label", b"aad", b"hello").unwrap();
        assert!(open(&keys(2), b"label", b"aad", &sealed).is_err());
        assert!(open(&keys(1), b"other", b"aad", &sealed).is_err());
        assert!(open(&keys(1), b"label", b"other", &sealed).is_err());
    }

    #[test]
    fn cut_and_flipped_boxes_do_not_open() {
        let keys = keys(1);
        let sealed = seal(&keys.public, b"label", b"", b"hello").unwrap();
        for len in [0, 1, ENCAPSULATED - 1, ENCAPSULATED, ENCAPSULATED + TAG - 1, sealed.len() - 1] {
            assert!(open(&keys, b"label", b"", &sealed[..len]).is_err(), "cut to {len}");
        }
        for byte in (0..sealed.len()).step_by(37).chain(ENCAPSULATED..sealed.len()) {
            let mut broken = sealed.clone();
            broken[byte] ^= 1;
            assert!(open(&keys, b"label", b"", &broken).is_err(), "byte {byte}");
        }
    }

    #[test]
    fn a_malformed_public_key_is_an_error() {
        assert!(seal(b"", b"label", b"", b"hello").is_err());
        assert!(seal(&[0xff; 1_216], b"label", b"", b"hello").is_err());
        assert!(seal(&keys(1).public[1..], b"label", b"", b"hello").is_err());
    }

    /// Wycheproof's ML-KEM-768 keys as the first part of an X-Wing key; and each with a coefficient over the modulus,
    /// which FIPS 203 §7.2 has refused.
    #[test]
    fn wycheproof_encapsulation_keys() {
        let corpus = std::env::var("CASEMATE_CORPUS")
            .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus").to_owned());
        let path = format!("{corpus}/crypto/wycheproof/5d00cfdb_testvectors_v1_mlkem_768_test.json");
        let Ok(text) = std::fs::read(&path) else {
            println!("skipped: no corpus at {path} (set CASEMATE_CORPUS)");
            return;
        };
        let vectors: serde_json::Value = serde_json::from_slice(&text).unwrap();
        let tests = vectors["testGroups"].as_array().unwrap().iter();
        let mut keys = 0;
        for test in tests.flat_map(|group| group["tests"].as_array().unwrap()) {
            let (Some(key), Some("valid")) = (test["ek"].as_str(), test["result"].as_str()) else { continue };
            let mut public = [hex::decode(key).unwrap(), x25519_base_point()].concat();
            assert!(seal(&public, b"label", b"", b"hello").is_ok(), "test {}", test["tcId"]);
            public[..2].fill(0xff);
            assert!(seal(&public, b"label", b"", b"hello").is_err(), "test {}", test["tcId"]);
            keys += 1;
        }
        assert!(keys > 100, "{keys}");
    }

    fn x25519_base_point() -> Vec<u8> {
        let mut point = vec![0; 32];
        point[0] = 9;
        point
    }
}
