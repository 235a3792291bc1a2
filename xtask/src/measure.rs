//! `cargo xtask bench` and `cargo xtask soak`: what takes long and is not a test.

use std::process::Command;

use anyhow::Result;

use crate::{nothing_left, packages, process, product, take_flag, workspace};

/// `cargo xtask bench [--all]`: `casemate load` and testing/bench, both from release builds.
pub fn bench(words: &[&str]) -> Result<()> {
    let mut words = words.to_vec();
    let all = take_flag(&mut words, "--all");
    nothing_left(&words)?;
    packages::install_missing()?;
    let mut load = Command::new(product::binary("release")?);
    load.args(["load", "--json"]).args(all.then_some("--all"));
    process::run(&mut load)?;
    process::run(&mut workspace::cargo(&["run", "--release", "--package", "casemate-bench"])?)
}

/// `cargo xtask soak`: the simulation with new seeds. Its words are passed on.
pub fn soak(words: &[&str]) -> Result<()> {
    packages::install_missing()?;
    let mut command = workspace::cargo(&["run", "--package", "casemate-sim", "--"])?;
    process::run(command.args(words))
}
