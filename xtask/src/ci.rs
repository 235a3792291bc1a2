//! `cargo xtask test` and `cargo xtask ci`.
//!
//! Tests and lints use one profile, so that C code and procedural macros are compiled once for both.

use anyhow::Result;

use crate::steps::Steps;
use crate::{nothing_left, packages, process, take_flag, tidy, web, workspace};

/// `cargo xtask test [--quick]`: every test, then tidy.
pub fn test(words: &[&str]) -> Result<()> {
    let mut words = words.to_vec();
    let quick = take_flag(&mut words, "--quick");
    nothing_left(&words)?;
    let mut steps = Steps::default();
    steps.step("packages", packages::install_missing)?;
    if !quick {
        build_binaries(&mut steps)?;
    }
    steps.step("tests", || tests(quick))?;
    steps.step("tidy", || tidy::tidy(&[]))?;
    steps.report();
    Ok(())
}

/// `cargo xtask ci`: what CI runs. The quickest to fail comes first.
pub fn ci(words: &[&str]) -> Result<()> {
    nothing_left(words)?;
    let mut steps = Steps::default();
    steps.step("packages", packages::install_missing)?;
    steps.step("format", || cargo(&["fmt", "--all", "--check"]))?;
    steps.step("tidy", || tidy::tidy(&[]))?;
    steps.step("licences and advisories", cargo_deny)?;
    steps.step("lints", || {
        cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])
    })?;
    build_binaries(&mut steps)?;
    steps.step("tests", || tests(false))?;
    steps.step("web app", || web::build_if_possible(false).map(drop))?;
    steps.report();
    Ok(())
}

/// End-to-end tests start the binaries, which `cargo test` alone would not build. All targets at once, so that
/// dependencies have the features that tests want, and are compiled once.
fn build_binaries(steps: &mut Steps) -> Result<()> {
    steps.step("build", || cargo(&["build", "--workspace", "--all-targets"]))
}

fn tests(quick: bool) -> Result<()> {
    let mut command = workspace::cargo(&["test", "--workspace", "--no-fail-fast"])?;
    if quick {
        for slow in ["casemate-sim", "casemate-e2e", "casemate-bench"] {
            command.args(["--exclude", slow]);
        }
    }
    process::run(&mut command)
}

/// `cargo deny` looks up advisories on the network, so it runs where somebody installed it and nowhere else.
fn cargo_deny() -> Result<()> {
    if !process::succeeds("cargo-deny", &["--version"]) {
        println!("cargo-deny is not installed: left out");
        return Ok(());
    }
    cargo(&["deny", "check"])
}

fn cargo(arguments: &[&str]) -> Result<()> {
    process::run(&mut workspace::cargo(arguments)?)
}
