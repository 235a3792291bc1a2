//! `cargo xtask tidy`: rules that no compiler checks.
//!
//! Each rule is a pure function from text to complaints; this file reads the repository for them.

mod dependencies;
mod documents;
mod native_code;
mod sources;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::{nothing_left, process, workspace};
use dependencies::Graph;

/// Checks everything and lists every complaint, not just the first.
pub fn tidy(words: &[&str]) -> Result<()> {
    nothing_left(words)?;
    let root = workspace::root()?;
    let graph = Graph::from_metadata(&workspace::dependencies()?)?;
    let mut complaints = dependencies::check(&graph);
    complaints.extend(native_code::check(&graph));
    let files = files(&root)?;
    let texts = texts(&root, &files)?;
    for (path, text) in &texts {
        complaints.extend(sources::check(path, text));
        complaints.extend(documents::check_links(path, text, &|target| root.join(target).exists()));
    }
    complaints.extend(documents::check_map(&text_of(&texts, "ARCHITECTURE.md"), &graph.folders(&root)));
    complaints.extend(sources::check_lints(&texts));
    if complaints.is_empty() {
        println!("tidy: {} files and {} packages, nothing to complain about", files.len(), graph.len());
        return Ok(());
    }
    for complaint in &complaints {
        eprintln!("tidy: {complaint}");
    }
    bail!("{} complaints", complaints.len())
}

/// What git knows of, and what it would take in.
fn files(root: &Path) -> Result<Vec<String>> {
    let mut command = std::process::Command::new("git");
    command.current_dir(root).args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let listed = process::output(&mut command).context("tidy asks git which files there are")?;
    let mut files: Vec<String> = listed.split('\0').filter(|name| !name.is_empty()).map(Into::into).collect();
    files.sort();
    files.dedup();
    // Deleted, but not yet from git's index.
    files.retain(|file| root.join(file).is_file());
    Ok(files)
}

/// Those files that people write, with their text.
fn texts(root: &Path, files: &[String]) -> Result<Vec<(String, String)>> {
    let written = files.iter().filter(|file| is_written_by_people(file));
    let read = |file: &String| {
        let text =
            std::fs::read_to_string(root.join(file)).with_context(|| format!("could not read {file}"))?;
        Ok((file.clone(), text))
    };
    written.map(read).collect()
}

fn is_written_by_people(file: &str) -> bool {
    let path = PathBuf::from(file);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if file.contains("/corpus/") || name == "Cargo.lock" || name.starts_with("LICENSE") {
        return false;
    }
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    matches!(&*extension, "rs" | "md" | "toml" | "proto" | "sh" | "html" | "css" | "js" | "svg" | "yml")
        || file.starts_with(".ci/")
        || name == ".gitignore"
}

fn text_of(texts: &[(String, String)], name: &str) -> String {
    texts.iter().find(|(path, _)| path == name).map(|(_, text)| text.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write() {
        for file in ["crates/wire/src/lib.rs", ".ci/run", "README.md", ".gitignore"] {
            assert!(is_written_by_people(file), "{file}");
        }
        for file in ["Cargo.lock", "LICENSE-MPL-2.0", "testing/fuzz/corpus/link/odd.md", "docs/chat.png"] {
            assert!(!is_written_by_people(file), "{file}");
        }
    }
}
