//! What stands in files: their size, words that promise later work, paths of somebody's machine, lints.

/// Lines of a source file. Over this a file has two subjects (see CONTRIBUTING.md); most have under 500.
const MOST_LINES: usize = 700;

/// Words that have no place in any file, and why. Put together here so that this file passes.
const WORDS: [(&str, &str); 4] = [
    (concat!("TO", "DO"), "unfinished thoughts go into an issue"),
    (concat!("FIX", "ME"), "unfinished thoughts go into an issue"),
    (concat!("XX", "X:"), "unfinished thoughts go into an issue"),
    (concat!("HA", "CK:"), "unfinished thoughts go into an issue"),
];

/// The same for Rust sources alone.
const RUST_WORDS: [(&str, &str); 4] = [
    (concat!("to", "do!("), "no stubs"),
    (concat!("unimpl", "emented!("), "no stubs"),
    (concat!("db", "g!("), "left over from a search for a bug"),
    (concat!("#[ig", "nore"), "a test that does not run proves nothing; long ones belong to soak or bench"),
];

/// Where people and build machines keep things.
const MACHINE_FOLDERS: [&str; 4] =
    [concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/Us", "ers/")];

/// Files that may hold `unsafe`, with the reason beside the `allow`. None so far.
const MAY_BE_UNSAFE: [&str; 0] = [];

/// Where files of a home, a backup and an export are made, and the one file there that makes them.
const MAKES_FILES: [&str; 2] = ["apps/casemate/src/client/", "apps/casemate/src/app/"];
const MAKER: &str = "apps/casemate/src/client/disk.rs";

/// What makes files and folders, by a mode that nobody looked at.
const MAKES: [&str; 9] = [
    "File::create",
    "fs::write(",
    "create_dir",
    "DirBuilder",
    ".create(true)",
    ".create_new(true)",
    "tempfile::tempfile",
    "tempfile::Builder",
    "NamedTempFile::new",
];

/// Complaints about one file.
pub fn check(path: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let is_rust = path.ends_with(".rs");
    let lines = text.lines().count();
    if (is_rust || path.ends_with(".proto")) && lines > MOST_LINES {
        complaints.push(format!("{path} has {lines} lines, more than {MOST_LINES}: split it by subject"));
    }
    if MAKES_FILES.iter().any(|folder| path.starts_with(folder))
        && path != MAKER
        && !path.ends_with("tests.rs")
    {
        let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
        for (number, line) in (1..).zip(product.lines()) {
            for makes in MAKES.iter().filter(|makes| line.contains(**makes)) {
                complaints.push(format!("{path}:{number}: {makes}: {MAKER} makes files, closed to others"));
            }
        }
    }
    for (number, line) in (1..).zip(text.lines()) {
        let words = WORDS.iter().chain(RUST_WORDS.iter().filter(|_| is_rust));
        for (word, why) in words.filter(|(word, _)| holds_word(line, word)) {
            complaints.push(format!("{path}:{number}: {word}: {why}"));
        }
        for folder in MACHINE_FOLDERS.iter().filter(|folder| begins_a_path(line, folder)) {
            complaints.push(format!("{path}:{number}: {folder}… is a path of some machine"));
        }
        let allows_unsafe = is_rust && line.contains(concat!("allow(unsa", "fe_code"));
        if allows_unsafe && !MAY_BE_UNSAFE.contains(&path) {
            complaints.push(format!("{path}:{number}: nothing here may be unsafe"));
        }
    }
    complaints
}

/// Every crate takes the workspace's lints, so that none can quietly allow what they deny.
pub fn check_lints(texts: &[(String, String)]) -> Vec<String> {
    let manifests = texts.iter().filter(|(path, _)| path.ends_with("/Cargo.toml"));
    let without = manifests.filter(|(path, text)| {
        !path.starts_with("third_party/") && !text.contains("[lints]\nworkspace = true")
    });
    without.map(|(path, _)| format!("{path}: take the workspace's lints: [lints] workspace = true")).collect()
}

/// Whether `word` stands in `line`, not as a part of a longer word.
fn holds_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let continues = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let open_end = word.ends_with(|c: char| !c.is_alphanumeric());
        !continues(before) && (open_end || !continues(after))
    })
}

/// Whether a path in `line` begins with `folder`; `example.org/home/` has it in the middle.
fn begins_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '}' | '~'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_files_are_split() {
        let long = "//\n".repeat(MOST_LINES + 1);
        assert_eq!(check("a.rs", &long).len(), 1);
        assert_eq!(check("a.md", &long).len(), 0);
        assert_eq!(check("a.rs", &long[3..]).len(), 0);
    }

    #[test]
    fn words_that_promise_later_work() {
        let word = concat!("TO", "DO");
        assert_eq!(check("a.md", &format!("text\n{word}: later")).len(), 1);
        assert_eq!(check("a.md", &format!("{word}S and MAS{word}")).len(), 0);
        let call = concat!("db", "g!(x)");
        assert_eq!(check("a.rs", &format!("    {call};")).len(), 1);
        assert_eq!(check("a.md", call).len(), 0);
        assert_eq!(check("a.rs", concat!("#[ig", "nore = \"slow\"]")).len(), 1);
    }

    #[test]
    fn files_of_a_home_are_made_in_one_place() {
        let text = "fn a() { File::create(path) }\n#[cfg(test)]\nmod tests {\n fs::write(path, text)\n}\n";
        assert_eq!(check("apps/casemate/src/client/save.rs", text).len(), 1);
        assert_eq!(check(MAKER, text).len(), 0);
        assert_eq!(check("apps/casemate/src/load/data.rs", text).len(), 0);
    }

    #[test]
    fn paths_of_a_machine() {
        let folder = concat!("/ho", "me/");
        assert_eq!(check("a.rs", &format!("let path = \"{folder}ana/x\";")).len(), 1);
        assert_eq!(check("a.md", &format!("https://example.org{folder}page")).len(), 0);
        assert_eq!(check("a.md", &format!("$DATA{folder}")).len(), 0, "part of a longer path");
    }

    #[test]
    fn lints_are_taken_by_all() {
        let good = ("a/Cargo.toml".to_owned(), "[lints]\nworkspace = true\n".to_owned());
        let bad = ("b/Cargo.toml".to_owned(), "[package]\n".to_owned());
        assert_eq!(check_lints(&[good, bad]).len(), 1);
        assert_eq!(check("a.rs", concat!("#![allow(unsa", "fe_code)]")).len(), 1);
    }
}
