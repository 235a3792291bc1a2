//! What decodes bytes from outside: foreign crates that do it are named by guard alone, guard's decoders are called in its
//! Worker alone, and docs/decoders.md says of each crate how many of its lines are `unsafe`.

use std::collections::BTreeSet;
use std::path::Path;

use super::dependencies::Graph;

/// Where decoding happens: packages that stand behind walls, each with crates that it alone may name.
const NAMED_ONLY_BY: [(&str, &[&str]); 14] = [
    ("boreal", &["casemate-guard"]),
    ("encoding_rs", &["casemate-guard"]),
    ("html5gum", &["casemate-guard"]),
    ("image", &["casemate-guard"]),
    ("rqrr", &["casemate-guard"]),
    // Sound of calls is decoded by a process of its own, in the same walls (`casemate call-ear`).
    ("ropus", &["casemate-guard", "casemate-media"]),
    // The stories in browsers look at their own screenshots.
    ("png", &["casemate-browser"]),
    ("zune-jpeg", &[]),
    ("image-webp", &[]),
    ("gif", &[]),
    ("symphonia", &[]),
    ("symphonia-core", &["casemate-guard"]),
    ("symphonia-bundle-mp3", &["casemate-guard"]),
    ("symphonia-codec-aac", &["casemate-guard"]),
];

/// Calls that decode, and the folders whose programs run without keys and network.
const CALLS: [&str; 10] = [
    concat!("casemate_guard::sound", "::decode"),
    concat!("casemate_guard::picture", "::decode("),
    concat!("picture::Film", "::open"),
    concat!("casemate_guard::video", "::playable"),
    concat!("casemate_guard::video", "::cut"),
    concat!("casemate_guard::code", "::read"),
    concat!("casemate_guard::picture", "::to_small("),
    concat!("casemate_guard::page", "::read("),
    concat!("casemate_guard::reading", "::read("),
    concat!("casemate_guard::rules", "::matched("),
];
const BEHIND_WALLS: [&str; 2] = ["apps/web/guard-worker/", "crates/guard/"];

/// What reads bytes from outside among the crates that guard stands on, each with all that it reaches.
const DECODERS: [&str; 10] = [
    "boreal",
    "encoding_rs",
    "html5gum",
    "image",
    "miniz_oxide",
    "ropus",
    "rqrr",
    "serde_json",
    "symphonia-bundle-mp3",
    "symphonia-codec-aac",
];

/// The document with the table.
const TABLE: &str = concat!("docs", "/decoders.md");

/// Decoders that somebody else names or calls.
pub fn check(graph: &Graph, texts: &[(String, String)]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (library, by) in NAMED_ONLY_BY {
        for package in graph.naming(library).into_iter().filter(|package| !by.contains(package)) {
            complaints
                .push(format!("{package} names {library}: bytes from outside are decoded by guard alone"));
        }
    }
    for (path, text) in texts.iter().filter(|(path, _)| path.ends_with(".rs")) {
        let outside =
            !BEHIND_WALLS.iter().any(|folder| path.starts_with(folder)) && !path.starts_with("testing/");
        for call in CALLS.iter().filter(|call| outside && text.contains(**call)) {
            complaints.push(format!("{path}: {call} is called outside guard's Worker"));
        }
    }
    complaints
}

/// Crates behind guard's decoders, whose row in the table is missing or wrong.
pub fn check_table(graph: &Graph, texts: &[(String, String)]) -> Vec<String> {
    let table = texts.iter().find(|(path, _)| path == TABLE).map_or("", |(_, text)| text);
    let reached = DECODERS.iter().flat_map(|decoder| graph.reached_from(decoder));
    let expected: BTreeSet<String> = reached
        .filter_map(|package| {
            let lines = unsafe_lines(package.folder()?);
            Some(format!("| `{}` {} | {lines} |", package.name, package.version))
        })
        .collect();
    let is_there = |row: &&String| table.lines().any(|line| line.starts_with(row.as_str()));
    let missing = expected.iter().filter(|row| !is_there(row));
    missing.map(|row| format!("{TABLE} lacks a row that begins with {row}")).collect()
}

/// Lines of code of a crate with the word, outside comments and what forbids it.
fn unsafe_lines(folder: &Path) -> usize {
    let (mut folders, mut count) = (vec![folder.join("src")], 0);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                count += unsafe_lines_of(&std::fs::read_to_string(path).unwrap_or_default());
            }
        }
    }
    count
}

fn unsafe_lines_of(text: &str) -> usize {
    let has_word = |line: &str| {
        let code = line.split("//").next().unwrap_or_default();
        code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == concat!("uns", "afe"))
    };
    text.lines().filter(|line| has_word(line)).count()
}

#[cfg(test)]
mod tests {
    use super::super::dependencies::tests::graph;
    use super::*;

    #[test]
    fn decoders_are_named_and_called_behind_walls_alone() {
        let good = graph(&[("casemate-guard", "image", None), ("casemate", "image", Some("dev"))]);
        let text = |path: &str, text: &str| (path.to_owned(), text.to_owned());
        let calls =
            [text("apps/web/guard-worker/src/lib.rs", CALLS[0]), text("apps/web/ui/src/a.rs", "sound()")];
        assert_eq!(check(&good, &calls), [""; 0]);
        let bad = graph(&[("casemate-guard", "image", None), ("casemate-engine", "image", None)]);
        let calls = [text("crates/engine/src/thumbnail.rs", CALLS[1])];
        let complaints = check(&bad, &calls);
        assert_eq!(complaints.len(), 2, "{complaints:?}");
        assert!(complaints[0].starts_with("casemate-engine names image"), "{complaints:?}");
        assert!(complaints[1].starts_with("crates/engine/src/thumbnail.rs"), "{complaints:?}");
    }

    #[test]
    fn lines_that_are_unsafe_are_counted_and_words_about_them_are_not() {
        let word = concat!("uns", "afe");
        let text = format!(
            "#![forbid({word}_code)]\n// {word} {{}}\n{word} {{ f() }}\nlet a = {word}_a;\n{word} impl X for Y {{}}\n"
        );
        assert_eq!(unsafe_lines_of(&text), 2);
    }
}
