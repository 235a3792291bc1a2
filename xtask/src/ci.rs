//! `cargo xtask test` and `cargo xtask ci`.
//!
//! Tests and lints use one profile, so that C code and procedural macros are compiled once for both.

use std::process::Command;

use anyhow::Result;

use crate::steps::Steps;
use crate::{axe, nothing_left, package, packages, process, take_flag, tidy, web, workspace};

/// What cargo says once all is compiled; from then on others may compile.
const RUNNING: &str = " Running ";

/// `cargo xtask test [--quick]`: every test, then tidy.
pub fn test(words: &[&str]) -> Result<()> {
    let mut words = words.to_vec();
    let quick = take_flag(&mut words, "--quick");
    nothing_left(&words)?;
    let mut steps = Steps::default();
    steps.step("packages", packages::install_for_tests)?;
    if quick {
        steps.step("tests", quick_tests)?;
    } else {
        build_binaries(&mut steps)?;
        all_tests(&mut steps)?;
    }
    steps.step("tidy", || tidy::tidy(&[]))?;
    steps.report();
    Ok(())
}

/// `cargo xtask ci`: what CI runs. The quickest to fail comes first.
pub fn ci(words: &[&str]) -> Result<()> {
    nothing_left(words)?;
    let mut steps = Steps::default();
    steps.step("packages", packages::install_for_tests)?;
    steps.step("format", || cargo(&["fmt", "--all", "--check"]))?;
    steps.step("tidy", || tidy::tidy(&[]))?;
    steps.step("licences and advisories", cargo_deny)?;
    build_binaries(&mut steps)?;
    packages::install_around_in_ci();
    let web = native_tests(&mut steps)?;
    steps.step("package", || package::check_of(&workspace::target_folder()?.join("debug/casemate")))?;
    // Stories wait for calls and clocks and leave some four tenths of two cores to what yields to them.
    steps.step("browsers, and lints beside them", || stories(web, lints))?;
    steps.report();
    Ok(())
}

/// What clippy says comes in one piece, when it is done.
fn lints() -> Result<()> {
    let words = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    process::run_and_tell(&mut workspace::cargo_behind(&words)?)
}

/// End-to-end tests start the binaries, which `cargo test` alone would not build. With the tests at once, so that
/// dependencies have the features that these want, and are compiled once. What is a browser's is not built natively but for its tests.
fn build_binaries(steps: &mut Steps) -> Result<()> {
    steps.step("build", || cargo(&["build", "--workspace", "--bins", "--tests"]))
}

fn tests() -> Result<Command> {
    workspace::cargo(&["test", "--workspace", "--no-fail-fast", "--exclude", "casemate-browser"])
}

fn quick_tests() -> Result<()> {
    let mut command = tests()?;
    for slow in ["casemate-sim", "casemate-e2e", "casemate-bench"] {
        command.args(["--exclude", slow]);
    }
    process::run(&mut command)
}

fn all_tests(steps: &mut Steps) -> Result<()> {
    let web = native_tests(steps)?;
    steps.step("browsers", || stories(web, || Ok(())))
}

/// Everything but the stories, and whether there is a web app for these. It is built while tests run, as soon as cargo has
/// compiled them: its largest program is one crate, which leaves a core to them.
fn native_tests(steps: &mut Steps) -> Result<bool> {
    let mut web = false;
    steps.step("tests and web app", || {
        let build = || web::build_if_possible(web::Tool::Built);
        web = process::run_beside(&mut tests()?, RUNNING, build)?.is_some();
        Ok(())
    })?;
    Ok(web)
}

/// Stories in real browsers, as far as these can be had here. Something else is done once they run, or instead.
fn stories(web: bool, beside: impl FnOnce() -> Result<()> + Send) -> Result<()> {
    if !web {
        println!("No web app, no stories about it.");
        return beside();
    }
    if !packages::has_browser() {
        println!("Stories in browsers are left out: they need chromium and chromium-driver.");
        return beside();
    }
    axe::fetch()?;
    packages::install_turn_in_ci();
    // Of the whole workspace: alone, all it needs would be compiled anew with fewer features. As many at once as there
    // are cores: with more, what people would call slow becomes what tests call gone.
    let mut command = workspace::cargo(&["test", "--workspace", "--test", "stories"])?;
    process::run_beside(&mut command, RUNNING, beside)
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
