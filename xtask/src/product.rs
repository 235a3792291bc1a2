//! Building the product's binary.

use std::path::PathBuf;

use anyhow::Result;

use crate::{nothing_left, packages, process, workspace};

/// `cargo xtask build`: the release binary.
pub fn build(words: &[&str]) -> Result<()> {
    nothing_left(words)?;
    packages::install_missing()?;
    let binary = binary("release")?;
    println!("\n{}", binary.display());
    Ok(())
}

/// Builds `casemate` under a cargo profile and says where it is.
pub fn binary(profile: &str) -> Result<PathBuf> {
    process::run(&mut workspace::cargo(&["build", "--profile", profile, "--package", "casemate"])?)?;
    Ok(workspace::target_folder()?.join(profile).join("casemate"))
}
