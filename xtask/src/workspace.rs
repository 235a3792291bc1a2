//! Where things are: the repository, cargo, cargo's target folder.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process;

/// The repository's root.
pub fn root() -> Result<PathBuf> {
    let own = std::env::var_os("CARGO_MANIFEST_DIR")
        .context("start this as `cargo xtask`: cargo says where the repository is")?;
    let root = PathBuf::from(own).parent().context("xtask is a folder of the repository")?.to_owned();
    Ok(root)
}

/// Cargo itself, at the root; the one that runs us, so that the toolchain stays the same.
pub fn cargo(arguments: &[&str]) -> Result<Command> {
    at_the_root(Command::new(own_cargo()), arguments)
}

/// The same, with what others leave of the processor.
pub fn cargo_behind(arguments: &[&str]) -> Result<Command> {
    let mut nice = Command::new("nice");
    nice.args(["-n", "19"]).arg(own_cargo());
    at_the_root(nice, arguments)
}

fn own_cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn at_the_root(mut command: Command, arguments: &[&str]) -> Result<Command> {
    command.current_dir(root()?).args(arguments);
    // Set for us by `cargo run`; cargo's own children should not take them for theirs.
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        if name_text.starts_with("CARGO_PKG_") || name_text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    Ok(command)
}

/// `cargo metadata` of our own packages.
pub fn packages() -> Result<Value> {
    metadata(&["--no-deps"])
}

/// `cargo metadata` with all dependencies, as they are on a server.
pub fn dependencies() -> Result<Value> {
    metadata(&["--filter-platform", "x86_64-unknown-linux-gnu"])
}

/// The same for what a browser runs.
pub fn dependencies_in_browsers() -> Result<Value> {
    metadata(&["--filter-platform", "wasm32-unknown-unknown"])
}

fn metadata(arguments: &[&str]) -> Result<Value> {
    let mut command = cargo(&["metadata", "--format-version", "1"])?;
    let answer = process::output(command.args(arguments))?;
    serde_json::from_str(&answer).context("`cargo metadata` printed no JSON")
}

/// Cargo's target folder.
pub fn target_folder() -> Result<PathBuf> {
    let metadata = packages()?;
    let folder = metadata["target_directory"].as_str().context("`cargo metadata` names no target folder")?;
    Ok(PathBuf::from(folder))
}
