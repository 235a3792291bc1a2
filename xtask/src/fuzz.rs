//! `cargo xtask fuzz`: a parser against mutated bytes for as long as one likes. The same targets run for a
//! moment as ordinary tests of testing/fuzz. With `--wasm` those that a browser runs are run on 32 bits, by node.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::{packages, process, take_flag, web, workspace};

/// Passes its words on to the program in testing/fuzz.
pub fn fuzz(words: &[&str]) -> Result<()> {
    packages::install_missing()?;
    let mut words = words.to_vec();
    if take_flag(&mut words, "--wasm") {
        ensure!(has_node(), "parsers run on 32 bits in node, which is not here");
        return on_32_bits(web::Tool::ToBuild, &words);
    }
    let mut command = workspace::cargo(&["run", "--quiet", "--package", "casemate-fuzz", "--"])?;
    process::run(command.args(words))
}

/// All of them on 32 bits for a moment, where something here compiles for the browser and runs it; else says why not.
pub fn on_32_bits_if_possible() -> Result<()> {
    if !has_node() || !web::can_be_built() {
        println!("Parsers on 32 bits are left out: they need node, and what compiles the web app.");
        return Ok(());
    }
    on_32_bits(web::Tool::Built, &["--seconds", "0.3"])
}

fn on_32_bits(tool: web::Tool, words: &[&str]) -> Result<()> {
    let root = workspace::root()?;
    let folder = web::build_fuzz(tool)?;
    let mut node = Command::new("node");
    node.arg(root.join("testing/fuzz/wasm/run.mjs")).arg(folder);
    node.arg(root.join("testing/fuzz/corpus")).arg(root.join("crates/guard/fixtures"));
    process::run(node.args(words))
}

fn has_node() -> bool {
    process::succeeds("node", &["--version"])
}
