//! Building the product's binary.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::{nothing_left, packages, process, web, workspace};

/// `cargo xtask build`: the release binary with the web app in it.
pub fn build(words: &[&str]) -> Result<()> {
    nothing_left(words)?;
    packages::install_missing()?;
    let binary = binary("release", Some(&web::build(true)?))?;
    println!("\n{}", binary.display());
    Ok(())
}

/// Builds `casemate` under a cargo profile, with the web app's files in it, and says where it is.
pub fn binary(profile: &str, web: Option<&Path>) -> Result<PathBuf> {
    let mut build = workspace::cargo(&["build", "--profile", profile, "--package", "casemate"])?;
    match web {
        Some(folder) => build.env("CASEMATE_WEB", folder),
        None => build.env_remove("CASEMATE_WEB"),
    };
    process::run(&mut build)?;
    // Cargo's folder for this one is called otherwise.
    let folder = if profile == "dev" { "debug" } else { profile };
    Ok(workspace::target_folder()?.join(folder).join("casemate"))
}
