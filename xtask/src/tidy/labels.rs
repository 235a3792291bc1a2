//! Every use of a key, and every hash that must not be taken for another, has a label of its own: `casemate/…/v1` stands
//! once in the product. Who needs it elsewhere names the constant.

use std::collections::BTreeMap;

/// The beginning of every label. Put together here so that this file passes.
const BEGINNING: &str = concat!("\"case", "mate/");

/// Labels that stand in more than one place.
pub fn check(texts: &[(String, String)]) -> Vec<String> {
    let mut places: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (path, text) in texts.iter().filter(|(path, _)| is_product(path)) {
        for (line, label) in labels(text) {
            places.entry(label).or_default().push(format!("{path}:{line}"));
        }
    }
    let several = places.iter().filter(|(_, places)| places.len() > 1);
    several
        .map(|(label, places)| format!("{}: the label {label} is used twice", places.join(" and ")))
        .collect()
}

fn is_product(path: &str) -> bool {
    let is_source = path.starts_with("crates/") || path.starts_with("apps/");
    is_source && path.ends_with(".rs") && !path.contains("/tests/") && !path.ends_with("/tests.rs")
}

/// Labels outside comments and tests, with their lines.
fn labels(text: &str) -> Vec<(usize, &str)> {
    let product = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let mut found = Vec::new();
    for (number, line) in (1..).zip(product.lines()).filter(|(_, line)| !line.trim_start().starts_with("//"))
    {
        for (at, _) in line.match_indices(BEGINNING) {
            let Some((label, _)) = line[at + 1..].split_once('"') else { continue };
            let version = label.rsplit('/').next().unwrap_or_default();
            let digits = version.strip_prefix('v').unwrap_or_default();
            if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
                found.push((number, label));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_that_is_used_twice_is_named() {
        let use_of = |label: &str| format!("const LABEL: &[u8] = b{BEGINNING}{label}\";\n");
        let file = |path: &str, text: String| (path.to_owned(), text);
        let texts = [
            file("crates/a/src/lib.rs", use_of("seal/v1")),
            file("crates/b/src/lib.rs", use_of("seal/v2") + &use_of("other/v1")),
            file(
                "crates/c/src/lib.rs",
                format!("//! {BEGINNING}seal/v1\"\n#[cfg(test)]\nmod tests {{\n{}", use_of("seal/v1")),
            ),
            file("crates/c/src/tests.rs", use_of("seal/v1")),
            file("crates/d/src/lib.rs", format!("format!({BEGINNING}{{}}\", VERSION)")),
        ];
        assert_eq!(check(&texts), [""; 0]);
        let again = [texts.as_slice(), &[file("apps/e/src/main.rs", use_of("other/v1"))]].concat();
        let complaints = check(&again);
        assert_eq!(complaints.len(), 1, "{complaints:?}");
        assert!(
            complaints[0].starts_with("crates/b/src/lib.rs:2 and apps/e/src/main.rs:1:"),
            "{complaints:?}"
        );
    }
}
