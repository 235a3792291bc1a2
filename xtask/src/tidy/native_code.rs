//! Which native code the product may hold: SQLite and cryptographic primitives, nothing else, so that no C
//! parses what a stranger sends. A package that links a native library says so with `links`; a new one fails.

use super::dependencies::Graph;

/// The program that people run.
const PRODUCT: &str = "casemate";

/// Name of the package, and why it may be here.
const ALLOWED: [(&str, &str); 5] = [
    ("libsqlite3-sys", "SQLCipher: the store of server and client; calls OpenSSL's libcrypto for AES"),
    ("aws-lc-sys", "cryptography of TLS"),
    ("aws-lc-rs", "the same"),
    ("ring", "cryptography, named by rustls' helpers; not linked while aws-lc-rs is chosen"),
    ("rayon-core", "no native code: takes `links` so that there is one thread pool"),
];

/// Every package of the product with native code that nobody agreed to.
pub fn check(graph: &Graph) -> Vec<String> {
    let mut complaints = Vec::new();
    for package in graph.reached_from(PRODUCT) {
        let Some(links) = &package.links else { continue };
        if !ALLOWED.iter().any(|(name, _)| *name == package.name) {
            complaints.push(format!(
                "{} links the native library {links}: only SQLite and cryptography may; \
                 see xtask/src/tidy/native_code.rs",
                package.name
            ));
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
        let complaints = check(&graph);
        assert_eq!(complaints.len(), 1, "{complaints:?}");
        assert!(complaints[0].starts_with("libwebp-sys links the native library libwebp:"));
    }
}
