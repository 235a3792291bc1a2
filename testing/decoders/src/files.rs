//! The files that are tried: guard's fixtures, and a corpus of odd ones where there is one (`CASEMATE_CORPUS`, else
//! `../shared/corpus` beside the workspace).

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// Guard's own, which are good.
pub fn fixtures() -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/guard/fixtures"), &mut found)?;
    found.retain(|path| path.extension().is_none_or(|ending| ending != "sh" && ending != "md"));
    Ok(found)
}

/// Those of a part of the corpus; none where there is no corpus.
pub fn corpus(part: &str) -> Result<Vec<PathBuf>> {
    let root = std::env::var_os("CASEMATE_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"), PathBuf::from);
    let (folder, mut found) = (root.join(part), Vec::new());
    if folder.is_dir() {
        walk(&folder, &mut found)?;
    }
    Ok(found)
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let read = std::fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))?;
    let mut paths = read.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() { walk(&path, found)? } else { found.push(path) }
    }
    Ok(())
}
