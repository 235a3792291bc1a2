//! `cargo xtask bench` and `cargo xtask soak`: what takes long and is not a test.

use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

use crate::{nothing_left, packages, process, product, take_flag, take_option, web, workspace};

/// `cargo xtask bench [--all]`: `casemate load` and testing/bench, both from release builds. With `--page`, only the
/// web app in Chromium; with `--decoders`, only guard; with `--transparency`, only the list of everyone's keys, verified in wasm (by node) too.
pub fn bench(words: &[&str]) -> Result<()> {
    let mut words = words.to_vec();
    let all = take_flag(&mut words, "--all");
    let page = take_flag(&mut words, "--page");
    let decoders = take_flag(&mut words, "--decoders");
    let transparency = take_flag(&mut words, "--transparency");
    let accounts = take_option(&mut words, "--accounts")?;
    nothing_left(&words)?;
    packages::install_missing()?;
    if page {
        web::build(true)?;
        let mut bench = workspace::cargo(&["run", "--release", "--package", "casemate-bench", "page"])?;
        return process::run(bench.env("CASEMATE_BIN", product::binary("release", None)?));
    }
    if decoders {
        packages::install_for_comparison()?;
        let wasm = web::build_guard()?;
        for what in ["speed", "shown"] {
            let package = ["run", "--profile", "product", "--package", "casemate-decoders", what];
            process::run(workspace::cargo(&package)?.env("CASEMATE_WASM", &wasm))?;
        }
        return Ok(());
    }
    if transparency {
        let package = ["run", "--profile", "product", "--package", "casemate-bench", "transparency"];
        let mut bench = workspace::cargo(&package)?;
        bench.args(accounts).env("CASEMATE_WASM", web::build_verifier()?);
        return process::run(&mut bench);
    }
    let mut load = Command::new(product::binary("release", None)?);
    load.args(["load", "--json"]).args(all.then_some("--all"));
    process::run(&mut load)?;
    process::run(&mut workspace::cargo(&["run", "--release", "--package", "casemate-bench"])?)
}

/// `cargo xtask mutations [N] [--seed S]`: broken files by the hundred thousand, behind guard's walls.
pub fn mutations(words: &[&str]) -> Result<()> {
    packages::install_missing()?;
    let package = ["run", "--profile", "product", "--package", "casemate-decoders", "mutations"];
    process::run(workspace::cargo(&package)?.args(words))
}

/// `cargo xtask soak [--seconds N] [--seed S]`: real processes killed some hundred times, a file of 4 GiB, then the
/// simulation with one seed after another.
pub fn soak(words: &[&str]) -> Result<()> {
    let mut words = words.to_vec();
    let seconds = take_option(&mut words, "--seconds")?.map(str::parse).transpose().context("--seconds")?;
    let seed: Option<u64> =
        take_option(&mut words, "--seed")?.map(str::parse).transpose().context("--seed")?;
    let simulation_only = take_flag(&mut words, "--simulation");
    nothing_left(&words)?;
    packages::install_missing()?;
    let first = seed.unwrap_or_else(new_seed);
    if !simulation_only {
        process::run(&mut workspace::cargo(&["build", "--package", "casemate"])?)?;
        println!("\n── kills, seed {first}");
        end_to_end(&["kills"], &[("CASEMATE_KILLS", 300), ("CASEMATE_SEED", first)])?;
        println!("\n── a file of 4 GiB");
        end_to_end(&["resume"], &[("CASEMATE_SOAK_MIB", 4_096)])?;
    }
    let until = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    for seed in first.. {
        println!("\n── simulation, seed {seed}");
        let mut command = workspace::cargo(&["test", "--quiet", "--package", "casemate-sim"])?;
        process::run(command.env("CASEMATE_SEED", seed.to_string()))
            .with_context(|| format!("again: cargo xtask soak --simulation --seed {seed} --seconds 0"))?;
        if until.is_some_and(|until| Instant::now() >= until) {
            println!("\nstood {} seeds, {first} to {seed}", seed - first + 1);
            break;
        }
    }
    Ok(())
}

/// `cargo xtask sim [--seeds N] [--first S]`: generated members and servers who keep no rule, one run a seed.
pub fn sim(words: &[&str]) -> Result<()> {
    let mut words = words.to_vec();
    let seeds: u64 = take_option(&mut words, "--seeds")?.map_or(Ok(10_000), str::parse).context("--seeds")?;
    let first: u64 = take_option(&mut words, "--first")?.map_or(Ok(1), str::parse).context("--first")?;
    nothing_left(&words)?;
    packages::install_missing()?;
    // In parts, so that one hears of it soon where one does not stand.
    for start in (first..first + seeds).step_by(SIM_PART as usize) {
        let part = SIM_PART.min(first + seeds - start);
        println!("\n── seeds {start} to {}", start + part - 1);
        let mut command = workspace::cargo(&["test", "--quiet", "--package", "casemate-sim", "generated_"])?;
        command.env("CASEMATE_FIRST", start.to_string()).env("CASEMATE_SEEDS", part.to_string());
        process::run(&mut command)?;
    }
    println!("\n{seeds} seeds stand, of members and of servers");
    Ok(())
}

/// Seeds between two lines of progress.
const SIM_PART: u64 = 1_000;

/// Some end-to-end tests, larger than in an ordinary run.
fn end_to_end(names: &[&str], settings: &[(&str, u64)]) -> Result<()> {
    let mut command = workspace::cargo(&["test", "--quiet", "--package", "casemate-e2e"])?;
    command.args(names).args(["--", "--include-ignored"]);
    process::run(command.envs(settings.iter().map(|(name, number)| (name, number.to_string()))))
}

/// From the clock, short enough to type.
fn new_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.as_millis() as u64 % 1_000_000_000
}
