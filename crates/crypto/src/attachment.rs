//! Files as encrypted chunks: STREAM (Hoang, Reyhanitabar, Rogaway, Vizár, 2015) with ChaCha20-Poly1305.
//!
//! ```text
//! plaintext | zeros up to the padded length
//! └── 64 KiB ──┴── 64 KiB ──┴ … ┴─ rest ─┘      each chunk: nonce = 7 zero bytes | number | last?
//!       + 16         + 16            + 16       bytes of tag
//! ```
//! A chunk's number and whether it is the last are in its nonce, so that a flipped, missing, repeated, reordered or
//! cut chunk does not decrypt, and any chunk can be read by itself.
//!
//! The nonce's prefix is fixed: a key is made for one file and encrypts nothing else. Encrypting the *same* bytes
//! again, to resume an upload, gives the same ciphertext. Where a file may have changed in between, take a new key.

mod stream;

use std::ops::Range;

use aead_stream::{NewStream, StreamBE32, StreamPrimitive};
use chacha20poly1305::ChaCha20Poly1305;
use rand_chacha::ChaCha20Rng;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::rng;

pub use casemate_content::pad::padded_len;
pub use stream::{decrypt_stream, encrypt_stream};

/// Plaintext bytes of every chunk but the last.
pub const CHUNK_BYTES: usize = 64 * 1024;
/// What encrypting adds to a chunk.
pub const TAG_BYTES: usize = 16;

/// The key of one file.
#[derive(Clone, Zeroize, ZeroizeOnDrop, PartialEq, Eq)]
pub struct AttachmentKey([u8; 32]);

impl AttachmentKey {
    /// A new key.
    pub fn generate(rng: &mut ChaCha20Rng) -> Self {
        Self(rng::bytes(rng))
    }

    /// The key of an attachment's descriptor.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for the descriptor.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    fn stream(&self) -> StreamBE32<ChaCha20Poly1305> {
        StreamBE32::new(&self.0.into(), &[0; 7].into())
    }
}

impl std::fmt::Debug for AttachmentKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AttachmentKey(…)")
    }
}

/// Why a file could not be encrypted or decrypted. What was written until then is to be thrown away.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// The source cannot be read.
    #[error("the file cannot be read: {0}")]
    Read(#[source] std::io::Error),
    /// The target cannot be written.
    #[error("the file cannot be written: {0}")]
    Write(#[source] std::io::Error),
    /// The source has another size than was said: it changes while it is read.
    #[error("the file changed while it was read")]
    SizeChanged,
    /// A chunk was flipped, cut, repeated or moved, something was appended, or the padding is not zeros.
    #[error("the file was damaged or tampered with on the way")]
    Tampered,
    /// The descriptor contradicts itself, or names more than a file may have.
    #[error("the description of the file is wrong")]
    BadDescriptor,
}

/// Chunks of a file with so many padded bytes; at least one.
pub fn chunks(padded: u64) -> u64 {
    padded.div_ceil(CHUNK_BYTES as u64).max(1)
}

/// Bytes of the encrypted file; `None` where that is more than a number can hold.
pub fn encrypted_len(padded: u64) -> Option<u64> {
    padded.checked_add(chunks(padded).checked_mul(TAG_BYTES as u64)?)
}

/// Where in the encrypted file a chunk lies; `None` behind its end.
pub fn encrypted_chunk(padded: u64, index: u64) -> Option<Range<u64>> {
    if index >= chunks(padded) {
        return None;
    }
    let start = index.checked_mul((CHUNK_BYTES + TAG_BYTES) as u64)?;
    let end = start.checked_add((CHUNK_BYTES + TAG_BYTES) as u64)?;
    Some(start..end.min(encrypted_len(padded)?))
}

/// Encrypts a file chunk by chunk, in any order.
pub struct ChunkEncryptor(StreamBE32<ChaCha20Poly1305>);

impl ChunkEncryptor {
    /// For the file of this key.
    pub fn new(key: &AttachmentKey) -> Self {
        Self(key.stream())
    }

    /// Encrypts chunk `index`. Every chunk but the last has [`CHUNK_BYTES`].
    ///
    /// # Errors
    /// [`StreamError::BadDescriptor`] beyond 2³² chunks or for a chunk of a wrong length.
    pub fn encrypt_chunk(&self, index: u64, last: bool, plain: &[u8]) -> Result<Vec<u8>, StreamError> {
        let mut chunk = Vec::with_capacity(plain.len() + TAG_BYTES);
        chunk.extend_from_slice(plain);
        self.encrypt_in_place(index, last, &mut chunk)?;
        Ok(chunk)
    }

    pub(crate) fn encrypt_in_place(
        &self,
        index: u64,
        last: bool,
        chunk: &mut Vec<u8>,
    ) -> Result<(), StreamError> {
        let position = position(index, last, chunk.len())?;
        self.0.encrypt_in_place(position, last, b"", chunk).map_err(|_| StreamError::BadDescriptor)
    }
}

/// Decrypts a file chunk by chunk, in any order.
pub struct ChunkDecryptor(StreamBE32<ChaCha20Poly1305>);

impl ChunkDecryptor {
    /// For the file of this key.
    pub fn new(key: &AttachmentKey) -> Self {
        Self(key.stream())
    }

    /// Decrypts chunk `index`; `last` as the file's length tells.
    ///
    /// # Errors
    /// [`StreamError::Tampered`] for anything but this chunk of this file.
    pub fn decrypt_chunk(&self, index: u64, last: bool, encrypted: &[u8]) -> Result<Vec<u8>, StreamError> {
        let mut chunk = encrypted.to_vec();
        self.decrypt_in_place(index, last, &mut chunk)?;
        Ok(chunk)
    }

    pub(crate) fn decrypt_in_place(
        &self,
        index: u64,
        last: bool,
        chunk: &mut Vec<u8>,
    ) -> Result<(), StreamError> {
        let len = chunk.len().checked_sub(TAG_BYTES).ok_or(StreamError::Tampered)?;
        let position = position(index, last, len).map_err(|_| StreamError::Tampered)?;
        self.0.decrypt_in_place(position, last, b"", chunk).map_err(|_| StreamError::Tampered)
    }
}

fn position(index: u64, last: bool, len: usize) -> Result<u32, StreamError> {
    let full = if last { len <= CHUNK_BYTES } else { len == CHUNK_BYTES };
    if !full {
        return Err(StreamError::BadDescriptor);
    }
    u32::try_from(index).map_err(|_| StreamError::BadDescriptor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths() {
        assert_eq!((chunks(0), chunks(256), chunks(65_536), chunks(65_537)), (1, 1, 1, 2));
        assert_eq!(encrypted_len(256), Some(272));
        assert_eq!(encrypted_len(65_537), Some(65_569));
        assert_eq!(encrypted_len(u64::MAX), None);
        assert_eq!(encrypted_chunk(65_537, 0), Some(0..65_552));
        assert_eq!(encrypted_chunk(65_537, 1), Some(65_552..65_569));
        assert_eq!(encrypted_chunk(65_537, 2), None);
        // The largest blob.
        let padded = padded_len(64 * 1024 * 1024 * 1024);
        let last = encrypted_chunk(padded, chunks(padded) - 1).unwrap();
        assert_eq!(last.end, encrypted_len(padded).unwrap());
    }

    #[test]
    fn any_chunk_by_itself() {
        let key = AttachmentKey::new([3; 32]);
        let (encryptor, decryptor) = (ChunkEncryptor::new(&key), ChunkDecryptor::new(&key));
        let full = vec![9; CHUNK_BYTES];
        let middle = encryptor.encrypt_chunk(70_000, false, &full).unwrap();
        let last = encryptor.encrypt_chunk(70_001, true, b"end").unwrap();
        assert_eq!(decryptor.decrypt_chunk(70_001, true, &last).unwrap(), b"end");
        assert_eq!(decryptor.decrypt_chunk(70_000, false, &middle).unwrap(), full);
        for (index, is_last, bytes) in
            [(70_001, false, &middle), (70_000, true, &middle), (70_002, true, &last), (70_001, false, &last)]
        {
            assert!(decryptor.decrypt_chunk(index, is_last, bytes).is_err());
        }
        assert!(
            ChunkDecryptor::new(&AttachmentKey::new([4; 32])).decrypt_chunk(70_001, true, &last).is_err()
        );
        assert!(decryptor.decrypt_chunk(0, true, b"short").is_err());
        assert!(encryptor.encrypt_chunk(0, false, b"not full").is_err());
        assert!(encryptor.encrypt_chunk(1 << 32, true, b"").is_err());
        assert!(encryptor.encrypt_chunk(0, true, &vec![0; CHUNK_BYTES + 1]).is_err());
    }

    #[test]
    fn keys_do_not_print() {
        assert_eq!(format!("{:?}", AttachmentKey::new([1; 32])), "AttachmentKey(…)");
    }

    /// RFC 8439's cipher under the nonce `0⁷ | 00000001 | 01`, computed with OpenSSL.
    #[test]
    fn fixed_vector() {
        let key = AttachmentKey::new([0x42; 32]);
        let chunk = ChunkEncryptor::new(&key).encrypt_chunk(1, true, b"casemate").unwrap();
        assert_eq!(hex::encode(chunk), "ca9b9ff4edf11b5a101b9140694ed09f786cddb92e469cb5");
    }
}
