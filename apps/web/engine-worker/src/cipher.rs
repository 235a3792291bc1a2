//! A file's encryption and decryption with pauses in between, so that the engine answers meanwhile. What the chunks
//! are is `casemate-crypto`'s; memory stays flat.

use std::io::{ErrorKind, Read, Write};

use casemate_crypto::attachment::{
    AttachmentKey, CHUNK_BYTES, ChunkDecryptor, ChunkEncryptor, StreamError, TAG_BYTES, chunks, padded_len,
};
use casemate_engine::FileRef;
use casemate_wire::limits::BLOB_BYTES;
use sha2::{Digest, Sha256};

/// Chunks between two pauses: 2 MiB, some 20 ms. More makes the page wait, less makes the file wait.
const CHUNKS_AT_ONCE: u64 = 32;

/// Encrypts a file of `size_bytes`, which `read` fills buffers with one after another, and gives the SHA-256 of its
/// plaintext.
pub async fn encrypt(
    mut read: impl AsyncFnMut(&mut [u8]) -> std::io::Result<()>,
    write: &mut dyn Write,
    size_bytes: u64,
    key: &AttachmentKey,
    pause: impl AsyncFn(),
) -> Result<[u8; 32], StreamError> {
    if size_bytes > BLOB_BYTES {
        return Err(StreamError::BadDescriptor);
    }
    let shape = Shape::of(size_bytes);
    let encryptor = ChunkEncryptor::new(key);
    let mut digest = Sha256::new();
    let mut chunk = Vec::with_capacity(CHUNK_BYTES);
    for index in 0..shape.chunks {
        let (padded, plain, last) = shape.part(index);
        chunk.clear();
        chunk.resize(padded, 0);
        if plain > 0 {
            read(&mut chunk[..plain]).await.map_err(StreamError::Read)?;
        }
        digest.update(&chunk[..plain]);
        let encrypted = encryptor.encrypt_chunk(index, last, &chunk)?;
        write.write_all(&encrypted).map_err(StreamError::Write)?;
        if index % CHUNKS_AT_ONCE == CHUNKS_AT_ONCE - 1 {
            pause().await;
        }
    }
    Ok(digest.finalize().into())
}

/// Decrypts a file to `write`. Only after `Ok` is what was written the file.
pub async fn decrypt(
    read: &mut dyn Read,
    write: &mut dyn Write,
    file: &FileRef,
    pause: impl AsyncFn(),
) -> Result<(), StreamError> {
    if file.size_bytes > BLOB_BYTES || file.padded_bytes != padded_len(file.size_bytes) {
        return Err(StreamError::BadDescriptor);
    }
    let shape = Shape::of(file.size_bytes);
    let decryptor = ChunkDecryptor::new(&AttachmentKey::new(file.key));
    let mut digest = Sha256::new();
    let mut chunk = Vec::with_capacity(CHUNK_BYTES + TAG_BYTES);
    for index in 0..shape.chunks {
        let (padded, plain, last) = shape.part(index);
        chunk.resize(padded + TAG_BYTES, 0);
        read.read_exact(&mut chunk).map_err(cut)?;
        let decrypted = decryptor.decrypt_chunk(index, last, &chunk)?;
        let (body, padding) = decrypted.split_at(plain);
        if padding.iter().any(|byte| *byte != 0) {
            return Err(StreamError::Tampered);
        }
        digest.update(body);
        write.write_all(body).map_err(StreamError::Write)?;
        if index % CHUNKS_AT_ONCE == CHUNKS_AT_ONCE - 1 {
            pause().await;
        }
    }
    match read.read_exact(&mut [0]) {
        Ok(()) => return Err(StreamError::Tampered),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {}
        Err(error) => return Err(StreamError::Read(error)),
    }
    if digest.finalize()[..] != file.sha256 {
        return Err(StreamError::Tampered);
    }
    write.flush().map_err(StreamError::Write)
}

fn cut(error: std::io::Error) -> StreamError {
    if error.kind() == ErrorKind::UnexpectedEof { StreamError::Tampered } else { StreamError::Read(error) }
}

/// How a file falls into chunks.
struct Shape {
    size_bytes: u64,
    padded_bytes: u64,
    chunks: u64,
}

impl Shape {
    fn of(size_bytes: u64) -> Self {
        let padded_bytes = padded_len(size_bytes);
        Self { size_bytes, padded_bytes, chunks: chunks(padded_bytes) }
    }

    /// Bytes before encryption, how many of them are the file's, and whether it is the last chunk.
    fn part(&self, index: u64) -> (usize, usize, bool) {
        let start = index * CHUNK_BYTES as u64;
        let within = |total: u64| total.saturating_sub(start).min(CHUNK_BYTES as u64) as usize;
        (within(self.padded_bytes), within(self.size_bytes), index + 1 == self.chunks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use casemate_crypto::attachment::{decrypt_stream, encrypt_stream};
    use casemate_wire::ids::{BlobId, Hash32};
    use futures_util::FutureExt;

    fn encrypted(plain: &[u8]) -> (Vec<u8>, FileRef) {
        let (mut rest, mut output) = (plain, Vec::new());
        let read = async |buffer: &mut [u8]| rest.read_exact(buffer);
        let size_bytes = plain.len() as u64;
        let key = AttachmentKey::new([7; 32]);
        let sha256 =
            encrypt(read, &mut output, size_bytes, &key, async || {}).now_or_never().unwrap().unwrap();
        let padded_bytes = padded_len(size_bytes);
        (output, FileRef { blob: BlobId([1; 16]), key: [7; 32], size_bytes, padded_bytes, sha256 })
    }

    fn decrypted(mut encrypted: &[u8], file: &FileRef) -> Result<Vec<u8>, StreamError> {
        let mut plain = Vec::new();
        decrypt(&mut encrypted, &mut plain, file, async || {}).now_or_never().unwrap().map(|()| plain)
    }

    #[test]
    fn the_same_bytes_as_the_native_driver_writes_and_reads() {
        for size in [0usize, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3_000_000] {
            let plain: Vec<u8> = (0..size).map(|n| (n * 31 % 251) as u8).collect();
            let (output, file) = encrypted(&plain);
            let key = AttachmentKey::new(file.key);
            let mut theirs = Vec::new();
            let hash = encrypt_stream(&mut &plain[..], &mut theirs, size as u64, &key, &mut |_| {}).unwrap();
            assert!(output == theirs && file.sha256 == hash.0, "{size}");
            let mut back = Vec::new();
            let hash = Hash32(file.sha256);
            let (size_bytes, padded) = (file.size_bytes, file.padded_bytes);
            decrypt_stream(&mut &output[..], &mut back, size_bytes, padded, &key, hash, &mut |_| {}).unwrap();
            assert!(back == plain && decrypted(&output, &file).unwrap() == plain, "{size}");
        }
    }

    #[test]
    fn what_was_tampered_with_is_refused() {
        let (output, file) = encrypted(&vec![5; 200_000]);
        let mut flipped = output.clone();
        flipped[150_000] ^= 1;
        let other_hash = FileRef { sha256: [0; 32], ..file.clone() };
        for (bytes, file) in [
            (&flipped[..], &file),
            (&output[..100_000], &file),
            (&[&output[..], b"x"].concat()[..], &file),
            (&output[..], &other_hash),
        ] {
            assert!(matches!(decrypted(bytes, file), Err(StreamError::Tampered)));
        }
        let wrong = FileRef { padded_bytes: 1, ..file };
        assert!(matches!(decrypted(&output, &wrong), Err(StreamError::BadDescriptor)));
    }
}
