//! Which libraries in C or assembler the product may hold: SQLite and cryptographic primitives, nothing else
//! (rule 5: no C in the receiving path). A package that links one says so with `links`, and a new one fails.

use super::dependencies::Graph;

/// Name of the package, and why it may be here.
const ALLOWED: [(&str, &str); 0] = [];

/// Names that cargo's `links` also serves for, without any native code.
const NO_NATIVE_CODE: [&str; 0] = [];

/// Every package with native code that nobody agreed to.
pub fn check(graph: &Graph) -> Vec<String> {
    let mut complaints = Vec::new();
    for package in graph.packages() {
        let Some(links) = &package.links else { continue };
        let name = package.name.as_str();
        let known = ALLOWED.iter().any(|(allowed, _)| *allowed == name) || NO_NATIVE_CODE.contains(&name);
        if !known {
            complaints.push(format!(
                "{name} links {links:?}: native code is SQLite and cryptography only; see xtask/src/tidy/native_code.rs"
            ));
        }
    }
    complaints
}
