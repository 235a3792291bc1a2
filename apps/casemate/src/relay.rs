//! `casemate relay`: arguments, logs and signals around [`casemate_relay`].

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::signal::unix::{SignalKind, signal};

/// Runs a relay until it is told to stop.
#[derive(clap::Args)]
pub struct RelayArguments {
    /// TOML file with what you decide: name, addresses, the secret that the server knows too
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// Runs a relay until Ctrl-C or SIGTERM, or until it ends by itself as configured.
pub fn run(arguments: &RelayArguments) -> Result<()> {
    crate::logging::start();
    // A connection over TCP is an open file. Where the limit may not be raised, there are fewer.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
    let path = &arguments.config;
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("the configuration {} cannot be read", path.display()))?;
    let mut config = casemate_relay::Config::from_toml(&text)
        .with_context(|| format!("in the configuration {}", path.display()))?;
    config.build = crate::version::build();
    tracing::info!(build = config.build, "a relay starts");
    let ends_alone = config.ends_alone;
    let handle = casemate_relay::start(config)?;
    let places: Vec<String> = handle.media.iter().map(ToString::to_string).collect();
    println!("Casemate relay for media at {}", places.join(", "));
    let ended = wait(&handle)?;
    if ended && !ends_alone {
        bail!("the relay ended by itself; the log above says why");
    }
    handle.stop();
    Ok(())
}

/// Whether it ended by itself.
fn wait(handle: &casemate_relay::Handle) -> Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut interrupted = signal(SignalKind::interrupt())?;
        let mut terminated = signal(SignalKind::terminate())?;
        let mut look = tokio::time::interval(Duration::from_millis(500));
        loop {
            tokio::select! {
                _ = interrupted.recv() => return Ok(false),
                _ = terminated.recv() => return Ok(false),
                _ = look.tick() => if handle.has_ended() {
                    return Ok(true);
                },
            }
        }
    })
}
