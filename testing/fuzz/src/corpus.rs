//! Where a target's inputs come from: its own seeds, and files under `corpus/<target>/`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::Target;

/// The seeds, then the files by name, each with a name for messages.
pub fn inputs(target: &Target) -> Result<Vec<(String, Vec<u8>)>> {
    let mut inputs: Vec<(String, Vec<u8>)> = Vec::new();
    for (number, seed) in (target.seeds)().into_iter().enumerate() {
        inputs.push((format!("seed {number}"), seed));
    }
    let folder = folder(target.name);
    if folder.exists() {
        let mut files: Vec<PathBuf> =
            fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
        files.sort();
        for file in files {
            let bytes = fs::read(&file).with_context(|| format!("could not read {}", file.display()))?;
            inputs.push((file.file_name().unwrap_or_default().to_string_lossy().into_owned(), bytes));
        }
    }
    Ok(inputs)
}

/// Keeps an input that failed, so that ordinary tests run it from now on.
pub fn keep(target: &str, input: &[u8]) -> Result<PathBuf> {
    let folder = folder(target);
    fs::create_dir_all(&folder)?;
    let hash = Sha256::digest(input);
    let name = format!("failed-{:02x}{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2], hash[3]);
    let file = folder.join(name);
    fs::write(&file, input).with_context(|| format!("could not write {}", file.display()))?;
    Ok(file)
}

fn folder(target: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target)
}
