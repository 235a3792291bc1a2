//! Which native code the product may hold: SQLite and cryptographic primitives, nothing else, so that no C
//! parses what a stranger sends. A package that links a native library says so with `links`; a new one fails. Looked at from all
//! that is shipped: the program, and each of those that a browser runs.

use super::dependencies::Graph;

/// The program that people run natively.
pub const PROGRAM: &str = "casemate";

/// Name of the package, and why it may be here.
const ALLOWED: [(&str, &str); 8] = [
    ("libsqlite3-sys", "SQLCipher: the store of server and client; calls OpenSSL's libcrypto for AES"),
    ("aws-lc-sys", "cryptography of TLS"),
    ("aws-lc-rs", "the same"),
    ("ring", "cryptography, named by rustls' helpers; not linked while aws-lc-rs is chosen"),
    ("sqlite-wasm-rs", "the same SQLite, in a browser"),
    ("wasm-bindgen-shared", "no native code: takes `links` so that there is one version"),
    ("prettyplease", "the same"),
    ("rayon-core", "no native code: takes `links` so that there is one thread pool"),
];

/// Every package of what is shipped with native code that nobody agreed to. A shipped one that is not there is a complaint too: its
/// name changed, and nothing would be looked at.
pub fn check(graph: &Graph, shipped: impl IntoIterator<Item = &'static str>) -> Vec<String> {
    let mut complaints = Vec::new();
    for program in shipped {
        let reached = graph.reached_from(program);
        if reached.is_empty() {
            complaints.push(format!("there is no package {program}, which is said to be shipped"));
        }
        for package in reached {
            let Some(links) = &package.links else { continue };
            if !ALLOWED.iter().any(|(name, _)| *name == package.name) {
                complaints.push(format!(
                    "{} links the native library {links} in {program}: only SQLite and cryptography may; \
                     see xtask/src/tidy/native_code.rs",
                    package.name
                ));
            }
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::super::dependencies::tests::graph;
    use super::*;

    #[test]
    fn a_new_native_library_is_refused_at_any_distance() {
        let graph = graph(&[
            ("casemate", "casemate-server", None),
            ("casemate-server", "libsqlite3-sys", None),
            ("casemate-server", "pictures", None),
            ("pictures", "libwebp-sys", None),
            ("pictures", "cmake-sys", Some("build")),
        ]);
        let complaints = check(&graph, [PROGRAM]);
        assert_eq!(complaints.len(), 1, "{complaints:?}");
        assert!(complaints[0].starts_with("libwebp-sys links the native library libwebp in casemate:"));
    }

    #[test]
    fn native_library_of_a_program_for_browsers_alone_is_refused() {
        let graph = graph(&[
            ("casemate", "casemate-server", None),
            ("casemate-guard-worker", "pictures", None),
            ("pictures", "libwebp-sys", None),
        ]);
        assert_eq!(check(&graph, [PROGRAM]), Vec::<String>::new());
        let complaints = check(&graph, [PROGRAM, "casemate-guard-worker", "casemate-gone"]);
        assert_eq!(complaints.len(), 2, "{complaints:?}");
        assert!(
            complaints[0]
                .starts_with("libwebp-sys links the native library libwebp in casemate-guard-worker:")
        );
        assert!(complaints[1].contains("casemate-gone"));
    }
}
