//! An operator's configuration.

use casemate_server::config::Policy;

/// A configuration that is taken keeps its limits.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(policy) = Policy::from_toml(text) {
        assert!((1..=3_650).contains(&policy.retention_days));
        assert!(policy.retention_ms() > 0);
    }
}

pub fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        "",
        "registration = \"open\"\nretention_days = 7\nmembers_invite = false\nblob_limit = 1048576\n",
        "[allowances]\nlogs = 10\nknocks = 5\nblobs = 100\n\n[limits]\nlookups_per_hour = 60\nbehind_proxy = true\n",
    ];
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}
