//! Logs of the client's subcommands: to stderr, quiet unless `RUST_LOG` asks for more.

use std::io::Write as _;

use tracing_subscriber::EnvFilter;

/// Starts logging. What cannot be written, as on a full disk, is left out: nothing stops for it. Once, before anything else.
pub fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .log_internal_errors(false)
        .init();
}

/// To stderr, where it can be written. An error may hold what a server said.
pub fn say(what: impl std::fmt::Display) {
    let what = crate::chat::text::harmless(&what.to_string());
    let _ = writeln!(std::io::stderr(), "casemate: {what}");
}
