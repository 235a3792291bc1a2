//! A file under a passphrase, of any length and with one chunk in memory (docs/evidence.md): messages and files that
//! somebody hands to a lab or to whoever looks after their security.
//!
//! ```text
//! "casemate report\n" | lock (112) | salt (32) | STREAM(HKDF(key, salt), content | 80 | 00 …)
//! ```
//! Lock, passphrase and chunks are those of a backup ([`crate::backup`]), under labels of their own.

use std::io::{self, Write};

use casemate_wire::limits::LOCKED_KEY_BYTES;
use hkdf::Hkdf;
use rand_chacha::ChaCha20Rng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::attachment::{AttachmentKey, CHUNK_BYTES, ChunkEncryptor};
use crate::backup::{new_passphrase, padded_len};
use crate::passphrase::PassphraseHeader;
use crate::{passkey, rng};

/// What such a file begins with.
pub const MAGIC: &[u8; 16] = b"casemate report\n";

const LOCK_LABEL: &[u8] = b"casemate/evidence/lock/v1";
const FILE_LABEL: &[u8] = b"casemate/evidence/file/v1";
const VERSION: u32 = 1;
const SALT_BYTES: usize = 32;

/// Encrypts what is written to it. Only after [`Sealing::finish`] there is a file.
pub struct Sealing<W: Write> {
    out: Hashed<W>,
    encryptor: ChunkEncryptor,
    /// Less than a chunk, or a whole one that may be the last.
    waiting: Zeroizing<Vec<u8>>,
    index: u64,
    content_bytes: u64,
}

impl<W: Write> Sealing<W> {
    /// Writes the beginning. The outer error is a sentence about the passphrase, the inner one is the file's.
    pub fn begin(out: W, passphrase: &str, rng: &mut ChaCha20Rng) -> Result<io::Result<Self>, &'static str> {
        let passphrase = new_passphrase(passphrase)?;
        let header = PassphraseHeader::new(rng);
        let secret = header.derive(&passphrase).map_err(|_| "A passphrase cannot be empty.")?;
        let key = Zeroizing::new(rng::bytes::<32>(rng));
        let locked = passkey::seal_key(LOCK_LABEL, &secret[..], &key, rng).expect("a secret of 32 bytes");
        debug_assert_eq!(locked.len(), LOCKED_KEY_BYTES);
        let salt: [u8; SALT_BYTES] = rng::bytes(rng);
        let mut begin = MAGIC.to_vec();
        for number in [VERSION, header.memory_kib, header.passes, header.lanes] {
            begin.extend(number.to_be_bytes());
        }
        begin.extend([&header.salt[..], &locked, &salt].concat());
        let mut file_key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(Some(&salt), &key[..])
            .expand(FILE_LABEL, &mut file_key[..])
            .expect("32 bytes are not too many");
        let encryptor = ChunkEncryptor::new(&AttachmentKey::new(*file_key));
        let mut out = Hashed { out, hash: Sha256::new(), bytes: 0 };
        let waiting = Zeroizing::new(Vec::with_capacity(CHUNK_BYTES));
        Ok(out.write_all(&begin).map(|()| Self { out, encryptor, waiting, index: 0, content_bytes: 0 }))
    }

    /// Padding and the last chunk. Gives the length and the SHA-256 of the whole file.
    pub fn finish(mut self) -> io::Result<(u64, [u8; 32])> {
        let content = self.content_bytes;
        let size = usize::try_from(content).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let mut padding = padded_len(size) as u64 - content - 1;
        self.write_all(&[0x80])?;
        while padding > 0 {
            let part = padding.min(CHUNK_BYTES as u64);
            self.write_all(&[0; CHUNK_BYTES][..part as usize])?;
            padding -= part;
        }
        self.put(true)?;
        self.out.flush()?;
        Ok((self.out.bytes, self.out.hash.finalize().into()))
    }

    fn put(&mut self, last: bool) -> io::Result<()> {
        let encrypted = self.encryptor.encrypt_chunk(self.index, last, &self.waiting);
        self.out.write_all(&encrypted.map_err(|_| io::ErrorKind::FileTooLarge)?)?;
        self.index += 1;
        self.waiting.clear();
        Ok(())
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.waiting.len() == CHUNK_BYTES {
            self.put(false)?;
        }
        let taken = bytes.len().min(CHUNK_BYTES - self.waiting.len());
        self.waiting.extend_from_slice(&bytes[..taken]);
        self.content_bytes += taken as u64;
        Ok(taken)
    }

    /// A chunk is handed on when it is full.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is written, and its hash.
struct Hashed<W> {
    out: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attachment::{ChunkDecryptor, TAG_BYTES};
    use rand::SeedableRng as _;

    const WORDS: &str = "abandon ability able about above absent";

    fn sealed(content: &[u8]) -> Vec<u8> {
        let mut rng = ChaCha20Rng::seed_from_u64(5);
        let mut out = Vec::new();
        let mut sealing = Sealing::begin(&mut out, WORDS, &mut rng).unwrap().unwrap();
        sealing.write_all(content).unwrap();
        let (bytes, hash) = sealing.finish().unwrap();
        assert_eq!((bytes, hash), (out.len() as u64, Sha256::digest(&out).into()));
        out
    }

    /// As docs/evidence.md says it.
    fn opened(file: &[u8], passphrase: &str) -> Option<Vec<u8>> {
        let number = |at: usize| u32::from_be_bytes(file[at..at + 4].try_into().unwrap());
        let header = PassphraseHeader {
            version: number(16),
            memory_kib: number(20),
            passes: number(24),
            lanes: number(28),
            salt: file[32..48].try_into().unwrap(),
        };
        let secret = header.derive(passphrase).ok()?;
        let key = passkey::open_key(LOCK_LABEL, &secret[..], &file[48..128])?;
        let mut file_key = [0; 32];
        Hkdf::<Sha256>::new(Some(&file[128..160]), &key[..]).expand(FILE_LABEL, &mut file_key).ok()?;
        let decryptor = ChunkDecryptor::new(&AttachmentKey::new(file_key));
        let chunks: Vec<&[u8]> = file[160..].chunks(CHUNK_BYTES + TAG_BYTES).collect();
        let mut plain = Vec::new();
        for (index, chunk) in (0u64..).zip(&chunks) {
            plain.extend(decryptor.decrypt_chunk(index, index + 1 == chunks.len() as u64, chunk).ok()?);
        }
        let end = plain.iter().rposition(|byte| *byte != 0)?;
        (plain[end] == 0x80).then(|| plain[..end].to_vec())
    }

    #[test]
    fn what_was_sealed_for_a_lab_opens_with_its_words_only() {
        for len in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 300_000, 1_048_576] {
            let content: Vec<u8> = (0..len).map(|at| (at % 251) as u8).collect();
            let file = sealed(&content);
            assert_eq!(opened(&file, WORDS), Some(content), "{len}");
            assert!(padded_len(len) <= file.len());
        }
        let file = sealed(b"hello");
        assert_eq!(opened(&file, "abandon ability able about above abstract"), None);
        // Not the numbers of the lock, which say how much memory it takes.
        for at in (32..160).step_by(16).chain((160..file.len()).step_by(5_000)) {
            let mut broken = file.clone();
            broken[at] ^= 1;
            assert!(opened(&broken, WORDS).is_none(), "byte {at}");
        }
        assert_eq!(opened(&file[..file.len() - 1], WORDS), None);
        let refused = Sealing::begin(Vec::new(), "short", &mut ChaCha20Rng::seed_from_u64(1));
        assert!(refused.is_err());
    }
}
