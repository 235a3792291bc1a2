//! A backup of the history: one random key, under which each piece and each index has a key of its own by HKDF (RFC 5869),
//! and is encrypted as attachments are (STREAM with ChaCha20-Poly1305).
//!
//! ```text
//! sealed = salt (32) | STREAM(HKDF(backup key, salt, label), padded plaintext)
//! padded = plaintext | 80 | 00 …     up to 16, 64 or 256 KiB, or whole MiB
//! ```
//! The backup key lies in the backup itself, sealed under what a passphrase gives. Not here: what is in a piece and where
//! pieces are kept (`casemate-backup`).

use bip39::Language;
use casemate_content::pad::{pad_to, unpad};
use casemate_wire::limits::LOCKED_KEY_BYTES;
use hkdf::Hkdf;
use rand::Rng as _;
use rand_chacha::ChaCha20Rng;
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::attachment::{
    AttachmentKey, CHUNK_BYTES, ChunkDecryptor, ChunkEncryptor, TAG_BYTES, chunks, encrypted_chunk,
    encrypted_len,
};
use crate::{passkey, rng};

/// Shorter passphrases are found by trying: whoever has the file, or runs the server, can.
const LEAST_PASSPHRASE: usize = 12;

/// Words of a passphrase that the app makes: 66 bits, behind Argon2id.
pub const WORDS: usize = 6;

const SALT_BYTES: usize = 32;
const LOCK_LABEL: &[u8] = b"casemate/backup/lock/v1";
const WAITING_LABEL: &[u8] = b"casemate/backup/waiting/v1";

/// What a sealed part is: one cannot be put in the other's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Messages.
    Piece,
    /// Where everything is.
    Index,
}

impl Part {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Piece => b"casemate/backup/piece/v1",
            Self::Index => b"casemate/backup/index/v1",
        }
    }
}

/// What opens a backup.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct BackupKey([u8; 32]);

impl std::fmt::Debug for BackupKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BackupKey(…)")
    }
}

impl BackupKey {
    /// A new backup's.
    pub fn generate(rng: &mut ChaCha20Rng) -> Self {
        Self(rng::bytes(rng))
    }

    /// One that a device keeps; `None` where that is none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// To be kept in the encrypted database.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Sealed under what a passphrase gave; `None` where that is shorter than 32 bytes.
    pub fn lock(&self, secret: &[u8], rng: &mut ChaCha20Rng) -> Option<Vec<u8>> {
        passkey::seal_key(LOCK_LABEL, secret, &self.0, rng)
    }

    /// `None` where the passphrase was another one.
    pub fn unlock(secret: &[u8], locked: &[u8]) -> Option<Self> {
        if locked.len() != LOCKED_KEY_BYTES {
            return None;
        }
        passkey::open_key(LOCK_LABEL, secret, locked).map(|key| Self(*key))
    }

    /// Pads and encrypts.
    pub fn seal(&self, part: Part, plain: &[u8], rng: &mut ChaCha20Rng) -> Vec<u8> {
        let salt: [u8; SALT_BYTES] = rng::bytes(rng);
        let size = padded_len(plain.len());
        // As long as it gets: what grows leaves a copy behind.
        let mut padded = Vec::with_capacity(size);
        padded.extend_from_slice(plain);
        let padded = pad_to(padded, size).expect("room for the padding was counted");
        let padded = Zeroizing::new(padded);
        let encryptor = ChunkEncryptor::new(&self.key(part, &salt));
        let mut sealed = salt.to_vec();
        let count = chunks(size as u64);
        for (index, chunk) in (0..count).zip(padded.chunks(CHUNK_BYTES)) {
            let encrypted = encryptor.encrypt_chunk(index, index + 1 == count, chunk);
            sealed.extend(encrypted.expect("chunks of a piece are full but for the last, and few"));
        }
        sealed
    }

    /// `None` for anything but what this key sealed as this.
    pub fn open(&self, part: Part, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (salt, encrypted) = sealed.split_at_checked(SALT_BYTES)?;
        let count = (encrypted.len() as u64).div_ceil((CHUNK_BYTES + TAG_BYTES) as u64);
        let padded_bytes = (encrypted.len() as u64).checked_sub(count * TAG_BYTES as u64)?;
        if encrypted_len(padded_bytes)? != encrypted.len() as u64 {
            return None;
        }
        let decryptor = ChunkDecryptor::new(&self.key(part, salt));
        let mut padded = Zeroizing::new(Vec::with_capacity(encrypted.len()));
        for index in 0..count {
            let place = encrypted_chunk(padded_bytes, index)?;
            let chunk =
                encrypted.get(usize::try_from(place.start).ok()?..usize::try_from(place.end).ok()?)?;
            let plain = Zeroizing::new(decryptor.decrypt_chunk(index, index + 1 == count, chunk).ok()?);
            padded.extend_from_slice(&plain);
        }
        let length = unpad(&padded)?.len();
        padded.truncate(length);
        Some(padded)
    }

    /// The blob of an index that waits on a server for the lock of this key. Whoever has the key finds it.
    pub fn waiting_index(&self) -> [u8; 16] {
        let mut blob = [0; 16];
        Hkdf::<Sha256>::new(None, &self.0)
            .expand(WAITING_LABEL, &mut blob)
            .expect("16 bytes are not too many");
        blob
    }

    fn key(&self, part: Part, salt: &[u8]) -> AttachmentKey {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(Some(salt), &self.0)
            .expand(part.label(), &mut key[..])
            .expect("32 bytes are not too many");
        AttachmentKey::new(*key)
    }
}

/// Bytes of what is encrypted, for `len` bytes and at least one of padding.
pub fn padded_len(len: usize) -> usize {
    const MIB: usize = 1024 * 1024;
    let least = len + 1;
    [16 * 1024, 64 * 1024, 256 * 1024]
        .into_iter()
        .find(|size| least <= *size)
        .unwrap_or_else(|| least.next_multiple_of(MIB))
}

/// A new passphrase.
pub fn passphrase(rng: &mut ChaCha20Rng) -> Zeroizing<String> {
    let list = Language::English.word_list();
    // 2,048 words: eleven bits are one, evenly.
    let words: Vec<&str> = (0..WORDS).map(|_| list[rng.random_range(0..list.len())]).collect();
    Zeroizing::new(words.join(" "))
}

/// A passphrase as it is used, however somebody typed it: ASCII letters small, and one space where there is white space.
pub fn as_typed(passphrase: &str) -> Zeroizing<String> {
    let words: Vec<&str> = passphrase.split_ascii_whitespace().collect();
    Zeroizing::new(words.join(" ").to_ascii_lowercase())
}

/// The same for a backup that is begun.
///
/// # Errors
/// Why it protects nothing, for its person.
pub fn new_passphrase(passphrase: &str) -> Result<Zeroizing<String>, &'static str> {
    let passphrase = as_typed(passphrase);
    if passphrase.len() < LEAST_PASSPHRASE {
        return Err(
            "A passphrase that protects a backup has at least 12 characters. Best is one that Casemate makes: \
                    backup.passphrase.",
        );
    }
    check_length(&passphrase)?;
    Ok(passphrase)
}

/// Longer ones are a mistake, and OPAQUE takes none from 64 KiB on (RFC 9807, 16 bits for its length).
///
/// # Errors
/// A sentence for who typed it.
pub fn check_length(passphrase: &str) -> Result<(), &'static str> {
    if passphrase.len() > 1_024 {
        return Err("This passphrase is too long: at most 1,024 bytes.");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    fn rng() -> ChaCha20Rng {
        ChaCha20Rng::seed_from_u64(3)
    }

    #[test]
    fn what_was_sealed_opens_and_nothing_else_does() {
        let key = BackupKey::generate(&mut rng());
        for length in [0, 1, 16_383, 16_384, 65_535, 65_536, 300_000, 1_048_576] {
            let plain: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            let sealed = key.seal(Part::Piece, &plain, &mut rng());
            assert_eq!(*key.open(Part::Piece, &sealed).unwrap(), plain, "{length}");
            assert!(key.open(Part::Index, &sealed).is_none(), "a piece is no index");
            assert!(BackupKey([1; 32]).open(Part::Piece, &sealed).is_none());
            for place in [0, 31, 32, sealed.len() / 2, sealed.len() - 1] {
                let mut broken = sealed.clone();
                broken[place] ^= 1;
                assert!(key.open(Part::Piece, &broken).is_none(), "{length}, {place}");
            }
            assert!(key.open(Part::Piece, &sealed[..sealed.len() - 1]).is_none());
            assert!(key.open(Part::Piece, &[&sealed[..], b"x"].concat()).is_none());
        }
        assert!(key.open(Part::Piece, &[]).is_none());
        assert!(key.open(Part::Piece, &[0; 32]).is_none());
        assert!(key.open(Part::Piece, &[0; 40]).is_none());
    }

    #[test]
    fn sizes_are_few() {
        let key = BackupKey::generate(&mut rng());
        let size = |length: usize| key.seal(Part::Piece, &vec![7; length], &mut rng()).len();
        assert_eq!(size(0), size(16_383));
        assert_eq!(size(16_384), size(65_535));
        assert_eq!(size(300_000), size(1_000_000));
        assert_eq!(size(2_000_000), size(1_500_000));
    }

    #[test]
    fn a_lock_opens_with_its_secret_alone() {
        let key = BackupKey::generate(&mut rng());
        let locked = key.lock(&[5; 32], &mut rng()).unwrap();
        assert_eq!(locked.len(), LOCKED_KEY_BYTES);
        assert_eq!(BackupKey::unlock(&[5; 32], &locked).unwrap().0, key.0);
        assert!(BackupKey::unlock(&[6; 32], &locked).is_none());
        assert!(BackupKey::unlock(&[5; 32], &locked[1..]).is_none());
        assert_eq!(format!("{key:?}"), "BackupKey(…)");
    }

    #[test]
    fn passphrases_are_six_words_and_forgive_how_they_are_typed() {
        let made = passphrase(&mut rng());
        assert_eq!(made.split(' ').count(), WORDS);
        let typed = format!("  {}\n", made.to_uppercase().replace(' ', " \t"));
        assert_eq!(*as_typed(&typed), *made);
        assert_ne!(*passphrase(&mut ChaCha20Rng::seed_from_u64(4)), *made);
    }
}
