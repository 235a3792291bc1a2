//! Logs of the client's subcommands: to stderr, quiet unless `RUST_LOG` asks for more.

use tracing_subscriber::EnvFilter;

/// Starts logging. Once, before anything else.
pub fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}
