//! Paths typed by hand: completion with Tab, `~`, spaces and every script; and paths that a terminal pasted.

use std::path::{Path, PathBuf};

use casemate_guard::name::safe_name;

/// Names shown when several fit.
const SHOWN: usize = 200;

/// What Tab found.
#[derive(Debug, PartialEq, Eq)]
pub struct Completion {
    /// The text as far as it is certain.
    pub text: String,
    /// The names that it may go on with, folders with a slash; empty where there is only one.
    pub choices: Vec<String>,
}

/// Completes a path as typed. Hidden files only where the dot was typed.
pub fn complete(typed: &str, home: Option<&Path>) -> Completion {
    let (folder_typed, begun) = match typed.rfind('/') {
        Some(slash) => typed.split_at(slash + 1),
        None if typed == "~" => return Completion { text: "~/".to_owned(), choices: Vec::new() },
        None => ("", typed),
    };
    let folder = if folder_typed.is_empty() { PathBuf::from(".") } else { expand(folder_typed, home) };
    let mut names = names_in(&folder, begun, false);
    if names.is_empty() {
        // As written it fits nothing: perhaps only the case differs.
        names = names_in(&folder, begun, true);
    }
    names.sort();
    let certain = common_start(&names);
    let text =
        if certain.len() >= begun.len() { format!("{folder_typed}{certain}") } else { typed.to_owned() };
    let choices = if names.len() > 1 { names } else { Vec::new() };
    Completion { text, choices }
}

/// The path that was meant: `~` and a `file://`, quotes or backslashes that terminals add when a file is dropped on
/// them.
pub fn expand(typed: &str, home: Option<&Path>) -> PathBuf {
    if let (Some(rest), Some(home)) = (typed.strip_prefix('~'), home)
        && (rest.is_empty() || rest.starts_with('/'))
    {
        return home.join(rest.trim_start_matches('/'));
    }
    PathBuf::from(typed)
}

/// Where a received file is saved to. What its sender called it is a name and never a path: also where it begins with `~`.
pub fn to_save(typed: &str, name: &str, home: Option<&Path>) -> PathBuf {
    let name = safe_name(name);
    if typed.is_empty() {
        return PathBuf::from(name);
    }
    let path = expand(typed, home);
    if path.is_dir() { path.join(name) } else { path }
}

/// The name of a received file as its person would have typed it.
pub fn typed(name: &str) -> String {
    let name = safe_name(name);
    if name.starts_with('~') { format!("./{name}") } else { name }
}

/// The file that was meant when the text as it is names none.
pub fn find(typed: &str, home: Option<&Path>) -> PathBuf {
    let as_typed = expand(typed, home);
    if as_typed.exists() {
        return as_typed;
    }
    let trimmed = typed.trim();
    let unquoted = ['\'', '"']
        .iter()
        .find_map(|quote| trimmed.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(trimmed);
    let unescaped = without_backslashes(unquoted);
    let candidates =
        [trimmed, unquoted, unescaped.as_str(), unquoted.strip_prefix("file://").unwrap_or(unquoted)];
    candidates.iter().map(|text| expand(text, home)).find(|path| path.exists()).unwrap_or(as_typed)
}

fn names_in(folder: &Path, begun: &str, any_case: bool) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let fits = |name: &str| {
        let visible = begun.starts_with('.') || !name.starts_with('.');
        let begins = if any_case {
            name.to_lowercase().starts_with(&begun.to_lowercase())
        } else {
            name.starts_with(begun)
        };
        visible && begins
    };
    entries
        .flatten()
        .filter_map(|entry| {
            let mut name = entry.file_name().into_string().ok()?;
            if !fits(&name) {
                return None;
            }
            if entry.path().is_dir() {
                name.push('/');
            }
            Some(name)
        })
        .take(SHOWN)
        .collect()
}

fn common_start(names: &[String]) -> String {
    let Some((first, rest)) = names.split_first() else { return String::new() };
    let mut common = first.as_str();
    for name in rest {
        let same = common.char_indices().zip(name.chars()).find(|((_, a), b)| a != b);
        let end = same.map_or(common.len().min(name.len()), |((at, _), _)| at);
        common = &common[..common.floor_char_boundary(end)];
    }
    common.to_owned()
}

fn without_backslashes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => out.extend(characters.next()),
            character => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in names {
            if let Some(folder) = name.strip_suffix('/') {
                std::fs::create_dir(dir.path().join(folder)).unwrap();
            } else {
                std::fs::write(dir.path().join(name), b"x").unwrap();
            }
        }
        dir
    }

    #[test]
    fn completes_as_far_as_it_is_certain() {
        let dir = folder(&["report one.pdf", "report two.pdf", "pictures/", ".hidden"]);
        let at = |name: &str| format!("{}/{name}", dir.path().display());
        let found = complete(&at("rep"), None);
        assert_eq!(found.text, at("report "));
        assert_eq!(found.choices, ["report one.pdf", "report two.pdf"]);
        assert_eq!(complete(&at("pic"), None), Completion { text: at("pictures/"), choices: vec![] });
        assert_eq!(complete(&at("report t"), None).text, at("report two.pdf"));
        assert_eq!(complete(&at("none"), None), Completion { text: at("none"), choices: vec![] });
        assert_eq!(complete(&at(""), None).choices.len(), 3);
        assert_eq!(complete(&at(".h"), None).text, at(".hidden"));
        assert_eq!(complete(&at("PIC"), None).text, at("pictures/"));
    }

    #[test]
    fn every_script_completes() {
        let dir = folder(&["صورة.jpg", "चित्र.png", "写真 一.png", "写真 二.png", "😀.gif"]);
        let at = |name: &str| format!("{}/{name}", dir.path().display());
        assert_eq!(complete(&at("ص"), None).text, at("صورة.jpg"));
        assert_eq!(complete(&at("写"), None).text, at("写真 "));
        assert_eq!(complete(&at("😀"), None).text, at("😀.gif"));
    }

    #[test]
    fn the_home_folder() {
        let dir = folder(&["file.txt"]);
        assert_eq!(complete("~/fi", Some(dir.path())).text, "~/file.txt");
        assert_eq!(complete("~", Some(dir.path())).text, "~/");
        assert_eq!(expand("~/file.txt", Some(dir.path())), dir.path().join("file.txt"));
        assert_eq!(expand("~other/x", Some(dir.path())), PathBuf::from("~other/x"));
    }

    #[test]
    fn dropped_on_the_terminal() {
        let dir = folder(&["a file (1).txt"]);
        let path = dir.path().join("a file (1).txt");
        let escaped = path.display().to_string().replace(' ', "\\ ").replace('(', "\\(").replace(')', "\\)");
        for typed in [
            format!("'{}'", path.display()),
            format!("\"{}\" ", path.display()),
            escaped,
            format!("file://{}", path.display()),
        ] {
            assert_eq!(find(&typed, None), path, "{typed}");
        }
        assert_eq!(find("/no/such", None), PathBuf::from("/no/such"));
    }

    #[test]
    fn name_of_a_received_file_never_leads_elsewhere() {
        let home = folder(&["Pictures/"]);
        let home = home.path();
        for (name, safe) in [
            ("\u{200b}.bash_profile", "bash_profile"),
            (".\u{200b}.ssh", "ssh"),
            ("\u{200c}.x", "x"),
            ("../x", "_x"),
            ("~", "~"),
            ("~/.bashrc", "~_.bashrc"),
            ("a\u{1b}[2Jb", "a[2Jb"),
        ] {
            assert_eq!(to_save("", name, Some(home)), Path::new(safe), "{name:?}");
            let pictures = home.join("Pictures");
            assert_eq!(to_save("~/Pictures", name, Some(home)), pictures.join(safe), "{name:?}");
            let prefilled = typed(name);
            assert_eq!(expand(&prefilled, Some(home)).file_name().unwrap(), safe, "{name:?}");
            assert_eq!(
                crate::chat::text::harmless_line(&prefilled),
                prefilled,
                "another is shown than is saved"
            );
        }
        assert_eq!(to_save("~/other", "a", Some(home)), home.join("other"));
    }
}
