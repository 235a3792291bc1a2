//! Files that people send.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// One of crates/guard/fixtures.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/guard/fixtures").join(name)
}

/// Its hash as the interface shows it.
pub fn sha256(path: &Path) -> String {
    let mut file = BufReader::new(File::open(path).unwrap());
    let (mut hash, mut piece) = (Sha256::new(), vec![0; 1 << 20]);
    loop {
        let read = file.read(&mut piece).unwrap();
        if read == 0 {
            return hex::encode(hash.finalize());
        }
        hash.update(&piece[..read]);
    }
}

/// A file that no chunk of repeats another.
pub fn large(path: &Path, bytes: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(bytes);
    let mut file = BufWriter::new(File::create(path).unwrap());
    let mut piece = vec![0; 64 * 1024];
    rng.fill_bytes(&mut piece);
    let mut left = bytes;
    while left > 0 {
        // Most of a piece stays; making all of 4 GiB new takes longer than sending it.
        rng.fill_bytes(&mut piece[..1024]);
        let part = left.min(piece.len() as u64) as usize;
        file.write_all(&piece[..part]).unwrap();
        left -= part as u64;
    }
    file.flush().unwrap();
}

/// All files below a folder.
pub fn below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.map_while(Result::ok) {
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    files
}

/// Whether `needle` is in `hay`.
pub fn contains(hay: &[u8], needle: &[u8]) -> bool {
    let Some((first, rest)) = needle.split_first() else { return true };
    let mut from = 0;
    while let Some(at) = hay[from..].iter().position(|byte| byte == first) {
        from += at + 1;
        if hay[from..].starts_with(rest) {
            return true;
        }
    }
    false
}

/// What a second implementation reads, a program in Python beside the tests that knows only the document; or what it
/// says is wrong. It is given the passphrase where nobody else sees it.
pub fn read_by_another(
    program: &str,
    arguments: &[&Path],
    passphrase: &str,
) -> Result<serde_json::Value, String> {
    let mut python = Command::new("python3")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(program))
        .args(arguments)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python3, with python3-cryptography and python3-argon2");
    python.stdin.take().unwrap().write_all(passphrase.as_bytes()).unwrap();
    let done = python.wait_with_output().unwrap();
    match done.status.success() {
        true => Ok(serde_json::from_slice(&done.stdout).unwrap()),
        false => Err(String::from_utf8_lossy(&done.stderr).into_owned()),
    }
}
