//! A whole file from a reader to a writer, with one chunk in memory.

use std::io::{ErrorKind, Read, Write};

use casemate_wire::ids::Hash32;
use casemate_wire::limits::BLOB_BYTES;
use sha2::{Digest, Sha256};

use super::{
    AttachmentKey, CHUNK_BYTES, ChunkDecryptor, ChunkEncryptor, StreamError, TAG_BYTES, chunks, padded_len,
};

/// Encrypts a file of `size` bytes, padded, and gives the SHA-256 of its plaintext. `progress` is told the plaintext
/// bytes done so far, after every chunk.
///
/// # Errors
/// [`StreamError::SizeChanged`] where the source has more or fewer bytes than `size`.
pub fn encrypt_stream(
    reader: &mut dyn Read,
    writer: &mut dyn Write,
    size: u64,
    key: &AttachmentKey,
    progress: &mut dyn FnMut(u64),
) -> Result<Hash32, StreamError> {
    if size > BLOB_BYTES {
        return Err(StreamError::BadDescriptor);
    }
    let encryptor = ChunkEncryptor::new(key);
    let shape = Shape::of(size);
    let mut digest = Sha256::new();
    let mut chunk = Vec::with_capacity(CHUNK_BYTES + TAG_BYTES);
    for index in 0..shape.chunks {
        let part = shape.part(index);
        chunk.clear();
        chunk.resize(part.padded, 0);
        reader.read_exact(&mut chunk[..part.plain]).map_err(short)?;
        digest.update(&chunk[..part.plain]);
        encryptor.encrypt_in_place(index, part.last, &mut chunk)?;
        writer.write_all(&chunk).map_err(StreamError::Write)?;
        progress(part.done);
    }
    if has_more(reader)? { Err(StreamError::SizeChanged) } else { Ok(Hash32(digest.finalize().into())) }
}

/// Decrypts a file and writes its `size` bytes. Give it a temporary target: only after `Ok` is what was written the
/// file.
///
/// # Errors
/// [`StreamError::Tampered`] for any difference from what the sender encrypted.
pub fn decrypt_stream(
    reader: &mut dyn Read,
    writer: &mut dyn Write,
    size: u64,
    padded: u64,
    key: &AttachmentKey,
    expected_sha256: Hash32,
    progress: &mut dyn FnMut(u64),
) -> Result<(), StreamError> {
    if size > BLOB_BYTES || padded != padded_len(size) {
        return Err(StreamError::BadDescriptor);
    }
    let decryptor = ChunkDecryptor::new(key);
    let shape = Shape::of(size);
    let mut digest = Sha256::new();
    let mut chunk = Vec::with_capacity(CHUNK_BYTES + TAG_BYTES);
    for index in 0..shape.chunks {
        let part = shape.part(index);
        chunk.resize(part.padded + TAG_BYTES, 0);
        reader.read_exact(&mut chunk).map_err(cut)?;
        decryptor.decrypt_in_place(index, part.last, &mut chunk)?;
        let (plain, padding) = chunk.split_at(part.plain);
        if padding.iter().any(|byte| *byte != 0) {
            return Err(StreamError::Tampered);
        }
        digest.update(plain);
        writer.write_all(plain).map_err(StreamError::Write)?;
        progress(part.done);
    }
    if has_more(reader)? || digest.finalize()[..] != expected_sha256.0 {
        return Err(StreamError::Tampered);
    }
    writer.flush().map_err(StreamError::Write)
}

/// How a file falls into chunks.
struct Shape {
    size: u64,
    padded: u64,
    chunks: u64,
}

/// One chunk.
struct Part {
    /// Bytes before encryption.
    padded: usize,
    /// Of these, bytes of the file; the rest is padding.
    plain: usize,
    /// Bytes of the file up to and with this chunk.
    done: u64,
    last: bool,
}

impl Shape {
    fn of(size: u64) -> Self {
        let padded = padded_len(size);
        Self { size, padded, chunks: chunks(padded) }
    }

    fn part(&self, index: u64) -> Part {
        let start = index * CHUNK_BYTES as u64;
        let within = |total: u64| total.saturating_sub(start).min(CHUNK_BYTES as u64);
        Part {
            padded: within(self.padded) as usize,
            plain: within(self.size) as usize,
            done: (start + CHUNK_BYTES as u64).min(self.size),
            last: index + 1 == self.chunks,
        }
    }
}

fn short(error: std::io::Error) -> StreamError {
    if error.kind() == ErrorKind::UnexpectedEof { StreamError::SizeChanged } else { StreamError::Read(error) }
}

fn cut(error: std::io::Error) -> StreamError {
    if error.kind() == ErrorKind::UnexpectedEof { StreamError::Tampered } else { StreamError::Read(error) }
}

fn has_more(reader: &mut dyn Read) -> Result<bool, StreamError> {
    match reader.read_exact(&mut [0]) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(StreamError::Read(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attachment::encrypted_len;

    const CHUNK: usize = CHUNK_BYTES + TAG_BYTES;

    fn key() -> AttachmentKey {
        AttachmentKey::new([5; 32])
    }

    fn file(size: usize) -> Vec<u8> {
        (0..size).map(|n| (n * 31 % 251) as u8).collect()
    }

    fn encrypt(plain: &[u8]) -> (Vec<u8>, Hash32) {
        let mut encrypted = Vec::new();
        let digest =
            encrypt_stream(&mut &plain[..], &mut encrypted, plain.len() as u64, &key(), &mut |_| {}).unwrap();
        (encrypted, digest)
    }

    fn decrypt(encrypted: &[u8], size: usize, digest: Hash32) -> Result<Vec<u8>, StreamError> {
        let mut plain = Vec::new();
        let (size, padded) = (size as u64, padded_len(size as u64));
        decrypt_stream(&mut &encrypted[..], &mut plain, size, padded, &key(), digest, &mut |_| {})?;
        Ok(plain)
    }

    #[test]
    fn round_trip_at_every_boundary() {
        for size in [0, 1, 255, 256, 257, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 5]
        {
            let plain = file(size);
            let (encrypted, digest) = encrypt(&plain);
            assert_eq!(Some(encrypted.len() as u64), encrypted_len(padded_len(size as u64)), "{size}");
            assert_eq!(digest, Hash32::of(&[&plain]));
            assert_eq!(decrypt(&encrypted, size, digest).unwrap(), plain, "{size}");
        }
    }

    #[test]
    fn sizes_tell_only_a_bucket() {
        assert_eq!(encrypt(&file(3)).0.len(), encrypt(&file(200)).0.len());
        assert_eq!(encrypt(&file(100_100)).0.len(), encrypt(&file(100_300)).0.len());
    }

    #[test]
    fn progress_reaches_the_size() {
        let (plain, mut seen) = (file(2 * CHUNK_BYTES + 9), Vec::new());
        encrypt_stream(&mut &plain[..], &mut Vec::new(), plain.len() as u64, &key(), &mut |done| {
            seen.push(done)
        })
        .unwrap();
        assert!(seen.is_sorted() && seen.last() == Some(&(plain.len() as u64)), "{seen:?}");
    }

    #[test]
    fn every_tampering_is_noticed() {
        let size = 3 * CHUNK_BYTES + 100;
        let (good, digest) = encrypt(&file(size));
        let refused = |bytes: &[u8], what: &str| {
            assert!(matches!(decrypt(bytes, size, digest), Err(StreamError::Tampered)), "{what}");
        };
        assert!(decrypt(&good, size, digest).is_ok());
        for position in [0, CHUNK - 1, CHUNK, 2 * CHUNK + 17, good.len() - 1] {
            let mut flipped = good.clone();
            flipped[position] ^= 1;
            refused(&flipped, "flipped");
        }
        let chunks: Vec<&[u8]> = good.chunks(CHUNK).collect();
        refused(&[chunks[1], chunks[0], chunks[2], chunks[3]].concat(), "reordered");
        refused(&[chunks[0], chunks[0], chunks[2], chunks[3]].concat(), "repeated");
        refused(&[chunks[0], chunks[2], chunks[3]].concat(), "missing");
        refused(&[chunks[0], chunks[1], chunks[2]].concat(), "the last one missing");
        refused(&[chunks[0], chunks[1], chunks[1], chunks[2], chunks[3]].concat(), "inserted");
        for len in [0, 1, CHUNK - 1, CHUNK, good.len() - 1] {
            refused(&good[..len], "cut");
        }
        refused(&[&good[..], &[0]].concat(), "appended");
    }

    #[test]
    fn another_descriptor_does_not_fit() {
        let size = CHUNK_BYTES + 100;
        let (good, digest) = encrypt(&file(size));
        assert!(matches!(decrypt(&good, size, Hash32::ZERO), Err(StreamError::Tampered)), "hash");
        assert!(matches!(decrypt(&good, size + 1, digest), Err(StreamError::Tampered)), "longer");
        assert!(
            matches!(decrypt(&good, size - 1, digest), Err(StreamError::Tampered)),
            "shorter: padding not zero"
        );
        let with = |size: u64, padded: u64, key: &AttachmentKey| {
            decrypt_stream(&mut &good[..], &mut Vec::new(), size, padded, key, digest, &mut |_| {})
        };
        let (size, padded) = (size as u64, padded_len(size as u64));
        assert!(with(size, padded, &key()).is_ok());
        assert!(matches!(with(size, padded, &AttachmentKey::new([6; 32])), Err(StreamError::Tampered)));
        assert!(matches!(with(size, padded + 1, &key()), Err(StreamError::BadDescriptor)));
        assert!(matches!(with(u64::MAX, padded_len(u64::MAX), &key()), Err(StreamError::BadDescriptor)));
    }

    #[test]
    fn a_file_that_changes_while_it_is_read() {
        let plain = file(1_000);
        for size in [999, 1_001, 70_000] {
            let result = encrypt_stream(&mut &plain[..], &mut Vec::new(), size, &key(), &mut |_| {});
            assert!(matches!(result, Err(StreamError::SizeChanged)), "{size}");
        }
    }

    #[test]
    fn failing_disks_are_not_tampering() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::Error::other("broken"))
            }
        }
        impl Write for Broken {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::Error::other("full"))
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let (good, digest) = encrypt(b"hello");
        let read = encrypt_stream(&mut Broken, &mut Vec::new(), 5, &key(), &mut |_| {});
        assert!(matches!(read, Err(StreamError::Read(_))));
        let write = encrypt_stream(&mut &b"hello"[..], &mut Broken, 5, &key(), &mut |_| {});
        assert!(matches!(write, Err(StreamError::Write(_))));
        let read = decrypt_stream(&mut Broken, &mut Vec::new(), 5, 256, &key(), digest, &mut |_| {});
        assert!(matches!(read, Err(StreamError::Read(_))));
        let write = decrypt_stream(&mut &good[..], &mut Broken, 5, 256, &key(), digest, &mut |_| {});
        assert!(matches!(write, Err(StreamError::Write(_))));
    }
}
