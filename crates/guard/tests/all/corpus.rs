//! Files that broke, or were made to break, other people's parsers. They are not in this tree: the test looks in
//! `CASEMATE_CORPUS`, else in `../shared/corpus` beside the workspace, and says so where there is none.

use super::fixtures::pixels;
use super::mutations;
use casemate_guard::fuzz::{fuzz_inspect, fuzz_strip};
use casemate_guard::{Kind, MediaType, inspect, strip};
use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn corpus() -> Option<PathBuf> {
    let path = std::env::var_os("CASEMATE_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"), PathBuf::from);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: there is no corpus at {}", path.display());
    None
}

fn files(folder: &Path, list: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, list) } else { list.push(path) }
    }
}

#[test]
fn every_file_is_looked_at_and_stripped_or_refused() {
    let Some(corpus) = corpus() else { return };
    let mut list = Vec::new();
    files(&corpus, &mut list);
    list.sort();
    let mut types: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    let mut compared = 0;
    for path in &list {
        let bytes = std::fs::read(path).unwrap();
        let started = Instant::now();
        fuzz_inspect(&bytes);
        fuzz_strip(&bytes);
        let found = inspect(Cursor::new(&bytes), "file").unwrap();
        let counts = types.entry(found.media_type.mime()).or_default();
        counts[0] += 1;
        if found.media_type.is_strippable() {
            let mut output = Vec::new();
            match strip(Cursor::new(&bytes), &mut output, found.media_type) {
                Ok(_) => {
                    counts[1] += 1;
                    let took = started.elapsed();
                    assert!(took < Duration::from_secs(5), "{} took {took:?}", path.display());
                    // Of an icon's pictures the other decoder may choose one that is left out; how it fills what is missing of a
                    // JPEG that breaks off depends on whether an end follows.
                    let breaks_off = found.media_type == MediaType::Jpeg
                        && found.trailing_bytes == 0
                        && !bytes.ends_with(&output[output.len() - 6..]);
                    if found.media_type != MediaType::Ico
                        && !breaks_off
                        && let Some(before) = pixels(&bytes, found.media_type)
                    {
                        compared += 1;
                        assert!(Some(before) == pixels(&output, found.media_type), "{}", path.display());
                    }
                }
                Err(_) => counts[2] += 1,
            }
        }
    }
    println!("{} files, {compared} pictures compared; each type: found, stripped, refused", list.len());
    for (mime, counts) in types {
        println!("{mime}: {counts:?}");
    }
}

#[test]
fn mutated_files_never_break_it() {
    let Some(corpus) = corpus() else { return };
    let mut list = Vec::new();
    for folder in ["image", "video", "spoof", "doc"] {
        files(&corpus.join(folder), &mut list);
    }
    for path in &list {
        let bytes = std::fs::read(path).unwrap();
        if bytes.len() < 100_000 {
            mutations::try_mutants(&path.display().to_string(), &bytes, 2);
        }
    }
}

/// `spoof/corkami-mocks` are signatures without what belongs to them; `corkami-mini` are the smallest real files.
#[test]
fn spoofs_open_as_nothing_they_claim() {
    let Some(corpus) = corpus() else { return };
    let mut list = Vec::new();
    files(&corpus.join("spoof"), &mut list);
    for path in &list {
        let bytes = std::fs::read(path).unwrap();
        let found = inspect(Cursor::new(&bytes), "file").unwrap();
        println!("{}: {}", path.file_name().unwrap().to_string_lossy(), found.media_type);
        if path.to_string_lossy().contains("mocks") {
            // Texts open as their words alone.
            let is_nothing = matches!(
                found.media_type,
                MediaType::Unknown | MediaType::Text | MediaType::Html | MediaType::Svg | MediaType::Rtf
            );
            assert!(is_nothing && found.kind == Kind::Document, "{} as {}", path.display(), found.media_type);
        }
    }
}
