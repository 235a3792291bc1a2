//! `cargo xtask tidy`: rules that no compiler checks.
//!
//! Each rule is a pure function from text to complaints; this file reads the repository for them.

mod decoders;
mod dependencies;
mod documents;
mod labels;
mod native_code;
mod sources;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::{attacks, nothing_left, web, workspace};
use dependencies::Graph;

/// Checks everything and lists every complaint, not just the first.
pub fn tidy(words: &[&str]) -> Result<()> {
    nothing_left(words)?;
    let root = workspace::root()?;
    let graph = Graph::from_metadata(&workspace::dependencies()?)?;
    let mut complaints = dependencies::check(&graph);
    complaints.extend(native_code::check(&graph, [native_code::PROGRAM]));
    let in_browsers = Graph::from_metadata(&workspace::dependencies_in_browsers()?)?;
    complaints.extend(native_code::check(&in_browsers, web::packages()));
    let files = files(&root)?;
    let texts = texts(&root, &files)?;
    let exists = |target: &str| {
        let numbered = format!("{target}-");
        root.join(target).exists() || files.iter().any(|file| file.starts_with(&numbered))
    };
    for (path, text) in &texts {
        complaints.extend(sources::check(path, text));
        complaints.extend(documents::check_links(path, text, &exists));
    }
    complaints.extend(documents::check_map(&text_of(&texts, "ARCHITECTURE.md"), &graph.folders(&root)));
    complaints.extend(sources::check_lints(&texts));
    complaints.extend(labels::check(&texts));
    complaints.extend(decoders::check(&graph, &texts));
    complaints.extend(decoders::check_table(&graph, &texts));
    complaints.extend(attacks::check(&texts));
    if complaints.is_empty() {
        println!("tidy: {} files and {} packages, nothing to complain about", files.len(), graph.len());
        return Ok(());
    }
    for complaint in &complaints {
        eprintln!("tidy: {complaint}");
    }
    bail!("{} complaints", complaints.len())
}

/// Every file below the root that .gitignore does not leave out. Without git, which a build machine may lack or
/// refuse to run in a folder of another user.
pub fn files(root: &Path) -> Result<Vec<String>> {
    let ignored = Ignored::parse(&std::fs::read_to_string(root.join(".gitignore")).unwrap_or_default());
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let path = entry.path();
            let name = path.strip_prefix(root)?.to_string_lossy().into_owned();
            let kind = entry.file_type()?;
            if ignored.holds(&name) {
                continue;
            } else if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                files.push(name);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// As much of .gitignore as ours uses: `/name` at the root, `*.ending` anywhere.
struct Ignored {
    roots: Vec<String>,
    endings: Vec<String>,
}

impl Ignored {
    fn parse(text: &str) -> Self {
        let mut ignored = Self { roots: vec![".git".to_owned()], endings: Vec::new() };
        for line in text.lines() {
            if let Some(root) = line.strip_prefix('/') {
                ignored.roots.push(root.trim_end_matches('/').to_owned());
            } else if let Some(ending) = line.strip_prefix('*') {
                ignored.endings.push(ending.to_owned());
            }
        }
        ignored
    }

    fn holds(&self, name: &str) -> bool {
        self.roots.iter().any(|root| root == name) || self.endings.iter().any(|ending| name.ends_with(ending))
    }
}

/// Those files that people write, with their text.
pub fn texts(root: &Path, files: &[String]) -> Result<Vec<(String, String)>> {
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
    fn ignored_files_are_left_out() {
        let ignored = Ignored::parse("/target\n/casemate-data/\n*.profraw\n");
        for name in [".git", "target", "casemate-data", "crates/wire/default.profraw"] {
            assert!(ignored.holds(name), "{name}");
        }
        assert!(!ignored.holds("crates/target") && !ignored.holds(".gitignore"));
    }

    /// So that the rules themselves are among the tests.
    #[test]
    fn this_repository_keeps_its_rules() {
        tidy(&[]).unwrap();
    }

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
