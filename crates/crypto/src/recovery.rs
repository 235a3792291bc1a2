//! The recovery kit: twelve words (BIP-39) over 128 random bits, from which everything else comes by HKDF (RFC 5869)
//! under a label of its own.
//!
//! ```text
//! entropy ──words──▶ paper
//!    ├─ HKDF "casemate/recovery/signing/v1" ─▶ recovery key: signs one thing, a new account key
//!    ├─ HKDF "casemate/recovery/box/v1", salt ─▶ key of one recovery box: whom the account knew
//!    └─ HKDF "casemate/recovery/box-key/v1" ─▶ kept where the words were erased
//!          └─ HKDF "casemate/recovery/kept-box/v1", salt ─▶ key of one recovery box
//! ```
//! Not here: when a kit is made, shown or used (`casemate-engine`); what a succession is (`casemate-wire`).

use bip39::{Language, Mnemonic};
use casemate_content::pad::{pad_to, unpad};
use casemate_wire::limits::RECOVERY_SIZES;
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce, Tag};
use ed25519_dalek::SigningKey;
use hkdf::Hkdf;
use rand_chacha::ChaCha20Rng;
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::rng;

/// Words of a kit.
pub const WORDS: usize = 12;

/// What the words stand for.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct RecoveryKit([u8; 16]);

/// What a device keeps of a kit once it has erased its words: seals and opens recovery boxes, and signs nothing.
#[derive(Clone)]
pub struct BoxKey(Zeroizing<[u8; 32]>);

/// Why words are no kit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadWords {
    /// Not twelve.
    #[error("a recovery kit has 12 words; these are {0}")]
    Count(usize),
    /// A word that is in no kit; counted from 1.
    #[error("word {0} is not a word of a recovery kit: “{1}”. Look for a slip of the pen")]
    Unknown(usize, String),
    /// The last word's check does not hold.
    #[error(
        "all words are known, but together they are no recovery kit: one is another than on the paper, or two stand \
         in each other's place"
    )]
    Checksum,
}

/// A recovery box that cannot be opened: other words made it, or it is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the recovery box does not open with these words")]
pub struct BadBox;

const SIGNING_LABEL: &[u8] = b"casemate/recovery/signing/v1";
const BOX_LABEL: &[u8] = b"casemate/recovery/box/v1";
const BOX_KEY_LABEL: &[u8] = b"casemate/recovery/box-key/v1";
const KEPT_BOX_LABEL: &[u8] = b"casemate/recovery/kept-box/v1";

const SALT_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
const OVERHEAD_BYTES: usize = SALT_BYTES + TAG_BYTES;

impl RecoveryKit {
    /// A new kit.
    pub fn generate(rng: &mut ChaCha20Rng) -> Self {
        Self(rng::bytes(rng))
    }

    /// A kit that this device keeps.
    pub fn from_entropy(entropy: [u8; 16]) -> Self {
        Self(entropy)
    }

    /// To be kept in the encrypted database.
    pub fn entropy(&self) -> &[u8; 16] {
        &self.0
    }

    /// The kit that somebody typed in, in any case and with any white space.
    ///
    /// # Errors
    /// See [`BadWords`]: says which word is wrong, where one is.
    pub fn from_words(text: &str) -> Result<Self, BadWords> {
        let text = Zeroizing::new(text.to_lowercase());
        let words: Vec<&str> =
            text.split(|letter: char| !letter.is_alphabetic()).filter(|w| !w.is_empty()).collect();
        if words.len() != WORDS {
            return Err(BadWords::Count(words.len()));
        }
        for (number, word) in (1..).zip(&words) {
            if Language::English.find_word(word).is_none() {
                return Err(BadWords::Unknown(number, word.chars().take(20).collect()));
            }
        }
        let joined = Zeroizing::new(words.join(" "));
        let mnemonic =
            Mnemonic::parse_in_normalized(Language::English, &joined).map_err(|_| BadWords::Checksum)?;
        let (mut bytes, length) = mnemonic.to_entropy_array();
        let entropy = bytes[..length].try_into().map_err(|_| BadWords::Checksum);
        bytes.zeroize();
        entropy.map(Self)
    }

    /// The twelve words, in order.
    pub fn words(&self) -> Vec<&'static str> {
        let mnemonic =
            Mnemonic::from_entropy_in(Language::English, &self.0).expect("128 bits make twelve words");
        mnemonic.words().collect()
    }

    /// Signs successions of the account's keys, and nothing else.
    pub fn signing_key(&self) -> SigningKey {
        SigningKey::from_bytes(&self.derive(&[], SIGNING_LABEL))
    }

    /// What seals and opens boxes without the words.
    pub fn box_key(&self) -> BoxKey {
        BoxKey(derive(&self.0, &[], BOX_KEY_LABEL))
    }

    /// Seals what a restored account is to find again. The result has one of a few sizes; `None` where it would be
    /// larger than the largest.
    pub fn seal_box(&self, plain: &[u8], rng: &mut ChaCha20Rng) -> Option<Vec<u8>> {
        seal(plain, rng, |salt| self.derive(salt, BOX_LABEL))
    }

    /// Opens a box that this kit sealed, or the key that it left behind.
    ///
    /// # Errors
    /// [`BadBox`]
    pub fn open_box(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, BadBox> {
        open(sealed, |salt| self.derive(salt, BOX_LABEL)).or_else(|BadBox| self.box_key().open_box(sealed))
    }

    fn derive(&self, salt: &[u8], label: &[u8]) -> Zeroizing<[u8; 32]> {
        derive(&self.0, salt, label)
    }
}

impl BoxKey {
    /// One that this device keeps.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// To be kept in the encrypted database.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// As [`RecoveryKit::seal_box`].
    pub fn seal_box(&self, plain: &[u8], rng: &mut ChaCha20Rng) -> Option<Vec<u8>> {
        seal(plain, rng, |salt| derive(&self.0[..], salt, KEPT_BOX_LABEL))
    }

    /// Opens a box that this key sealed.
    ///
    /// # Errors
    /// [`BadBox`]
    pub fn open_box(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, BadBox> {
        open(sealed, |salt| derive(&self.0[..], salt, KEPT_BOX_LABEL))
    }
}

fn seal(plain: &[u8], rng: &mut ChaCha20Rng, key: impl Fn(&[u8]) -> Zeroizing<[u8; 32]>) -> Option<Vec<u8>> {
    let size = RECOVERY_SIZES.into_iter().find(|size| plain.len() < size - OVERHEAD_BYTES)?;
    let mut sealed = Zeroizing::new(pad_to(plain.to_vec(), size - OVERHEAD_BYTES)?);
    let salt: [u8; 32] = rng::bytes(rng);
    // The key is this salt's alone, so the nonce need not differ.
    let tag = ChaCha20Poly1305::new(&Key::from(*key(&salt)))
        .encrypt_inout_detached(&Nonce::default(), &[], sealed.as_mut_slice().into())
        .ok()?;
    Some([&salt[..], &sealed, &tag].concat())
}

fn open(sealed: &[u8], key: impl Fn(&[u8]) -> Zeroizing<[u8; 32]>) -> Result<Zeroizing<Vec<u8>>, BadBox> {
    if !RECOVERY_SIZES.contains(&sealed.len()) {
        return Err(BadBox);
    }
    let (salt, rest) = sealed.split_at(SALT_BYTES);
    let (encrypted, tag) = rest.split_at(rest.len() - TAG_BYTES);
    let mut plain = Zeroizing::new(encrypted.to_vec());
    let tag = Tag::try_from(tag).map_err(|_| BadBox)?;
    ChaCha20Poly1305::new(&Key::from(*key(salt)))
        .decrypt_inout_detached(&Nonce::default(), &[], plain.as_mut_slice().into(), &tag)
        .map_err(|_| BadBox)?;
    unpad(&plain).map(|plain| Zeroizing::new(plain.to_vec())).ok_or(BadBox)
}

fn derive(secret: &[u8], salt: &[u8], label: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    // RFC 5869 §2.2: without a salt it is a block of zeros.
    let salt = (!salt.is_empty()).then_some(salt);
    Hkdf::<Sha256>::new(salt, secret).expand(label, &mut key[..]).expect("32 bytes are not too many");
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;

    fn rng() -> ChaCha20Rng {
        ChaCha20Rng::seed_from_u64(7)
    }

    #[test]
    fn fixed_vectors() {
        // BIP-39's own first vector.
        let kit = RecoveryKit::from_entropy([0; 16]);
        let words = [&["abandon"; 11][..], &["about"]].concat();
        assert_eq!(kit.words(), words);
        let key = kit.signing_key().verifying_key().to_bytes();
        let expected =
            RecoveryKit::from_words(&words.join(" ")).unwrap().signing_key().verifying_key().to_bytes();
        assert_eq!(key, expected);
        // Checked with another implementation of HKDF and Ed25519.
        assert_eq!(hex::encode(*kit.derive(&[], SIGNING_LABEL)), VECTOR);
    }

    const VECTOR: &str = "d3ac80c705ff09d53c07c1f04e99307ff81d7fe31933b6898b40919b52f96f93";

    #[test]
    fn words_as_people_type_them() {
        let kit = RecoveryKit::generate(&mut rng());
        let words = kit.words();
        assert_eq!(words.len(), WORDS);
        let typed = format!("  1. {}\n", words.join(",\n\t").to_uppercase());
        assert_eq!(RecoveryKit::from_words(&typed).unwrap().entropy(), kit.entropy());
    }

    #[test]
    fn slips_are_named() {
        let kit = RecoveryKit::generate(&mut rng());
        let mut words = kit.words();
        assert_eq!(RecoveryKit::from_words("abandon").err(), Some(BadWords::Count(1)));
        words[3] = "casemate";
        assert_eq!(
            RecoveryKit::from_words(&words.join(" ")).err(),
            Some(BadWords::Unknown(4, "casemate".into()))
        );
        let mut words = kit.words();
        words.swap(0, 1);
        assert_eq!(RecoveryKit::from_words(&words.join(" ")).err(), Some(BadWords::Checksum));
    }

    #[test]
    fn boxes_open_with_their_words_only_and_have_few_sizes() {
        let (kit, other) = (RecoveryKit::generate(&mut rng()), RecoveryKit::from_entropy([9; 16]));
        for length in [0, 1, 4_047, 4_048, 100_000] {
            let plain = vec![7; length];
            let sealed = kit.seal_box(&plain, &mut rng()).unwrap();
            assert!(RECOVERY_SIZES.contains(&sealed.len()), "{length}");
            assert_eq!(*kit.open_box(&sealed).unwrap(), plain);
            assert!(other.open_box(&sealed).is_err());
        }
        let sealed = kit.seal_box(b"people", &mut rng()).unwrap();
        for byte in [0, 31, 32, 100, sealed.len() - 1] {
            let mut broken = sealed.clone();
            broken[byte] ^= 1;
            assert_eq!(kit.open_box(&broken), Err(BadBox), "{byte}");
        }
        assert_eq!(kit.open_box(&sealed[1..]), Err(BadBox));
        // What is kept where the words were erased: the words open its boxes, and it opens none of theirs.
        let kept = kit.box_key();
        let later = kept.seal_box(b"more people", &mut rng()).unwrap();
        assert_eq!(*kit.open_box(&later).unwrap(), b"more people");
        assert_eq!(*BoxKey::from_bytes(*kept.as_bytes()).open_box(&later).unwrap(), b"more people");
        assert_eq!((kept.open_box(&sealed), other.open_box(&later)), (Err(BadBox), Err(BadBox)));
        assert!(kit.seal_box(&vec![0; 1024 * 1024], &mut rng()).is_none());
    }
}
