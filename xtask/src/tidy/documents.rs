//! Documents: their links lead somewhere, and the map names every crate.

/// Where decisions are, each named by its number and its subject.
const DECISIONS: &str = concat!("docs", "/decisions/");

/// Complaints about relative links of a Markdown file, and about documents that sources mention.
/// `exists` takes a path from the repository's root; a decision's number stands for its file.
pub fn check_links(path: &str, text: &str, exists: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut complaints = Vec::new();
    if path.ends_with(".md") {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (line, target) in links(text) {
            let file = target.split('#').next().unwrap_or_default();
            if !file.is_empty() && !exists(&join(folder, file)) {
                complaints.push(format!("{path}:{line}: the link to {target} leads nowhere"));
            }
        }
    }
    for (line, document) in mentions(text) {
        if !exists(document) {
            complaints.push(format!("{path}:{line}: {document} does not exist"));
        }
    }
    complaints
}

/// Complaints about crates that ARCHITECTURE.md, the newcomer's map, leaves out.
pub fn check_map(map: &str, folders: &[String]) -> Vec<String> {
    let absent = folders.iter().filter(|folder| !map.contains(folder.as_str()));
    absent.map(|folder| format!("ARCHITECTURE.md does not name {folder}")).collect()
}

/// Relative targets of `[text](target)` with their lines, outside code.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        for (at, _) in line.match_indices("](") {
            let rest = &line[at + 2..];
            let Some((target, _)) = rest.split_once(')') else { continue };
            let target = target.split_whitespace().next().unwrap_or_default();
            if !target.contains(':') {
                found.push((number, target));
            }
        }
    }
    found
}

/// `docs/….md` and the numbers of decisions wherever they are mentioned, also in comments.
fn mentions(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        for (at, _) in line.match_indices("docs/") {
            let begins = !line[..at].ends_with(|c: char| c.is_alphanumeric() || "/.-_".contains(c));
            let is_path = |c: char| c.is_ascii_alphanumeric() || "/-_.".contains(c);
            let path = line[at..].split(|c| !is_path(c)).next().unwrap_or_default();
            let path = path.trim_end_matches('.');
            let decision = path
                .strip_prefix(DECISIONS)
                .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit()));
            if begins && (path.ends_with(".md") || decision) {
                found.push((number, path));
            }
        }
    }
    found
}

/// `folder/file` with `.` and `..` taken out.
fn join(folder: &str, file: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(file.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_somewhere() {
        let exists = |path: &str| path == "guide/decisions/0001.md" || path == "README.md";
        let good = "[a](decisions/0001.md#why) [b](../README.md) [c](https://example.org/x) [d](#here)";
        assert_eq!(check_links("guide/index.md", good, &exists), [""; 0]);
        let bad = "text\n[a](decisions/0002.md)";
        let expected = "guide/index.md:2: the link to decisions/0002.md leads nowhere";
        assert_eq!(check_links("guide/index.md", bad, &exists), [expected]);
        assert_eq!(check_links("guide/index.md", "```\n[a](b.md)\n```", &exists), [""; 0]);
    }

    #[test]
    fn mentioned_documents_exist() {
        // Put together, so that this file mentions none.
        let (real, gone) = (concat!("docs", "/real.md"), concat!("docs", "/gone.md"));
        let text = format!("// see {real}.\n// and {gone}, \"Knocks\"\n// https://x.org/{gone}");
        let complaints = check_links("a.rs", &text, &|path| path == real);
        assert_eq!(complaints, [format!("a.rs:2: {gone} does not exist")]);
    }

    #[test]
    fn decisions_are_named_by_their_number() {
        let text = format!("// see {DECISIONS}0003, and {DECISIONS}0004.");
        let complaints = check_links("a.rs", &text, &|path| path.ends_with("0003"));
        assert_eq!(complaints, [format!("a.rs:1: {DECISIONS}0004 does not exist")]);
    }

    #[test]
    fn the_map_names_every_crate() {
        let folders = ["crates/wire".to_owned(), "crates/guard".to_owned()];
        assert_eq!(check_map("… `crates/wire` …", &folders), ["ARCHITECTURE.md does not name crates/guard"]);
    }
}
