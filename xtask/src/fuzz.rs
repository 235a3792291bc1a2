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
        return on_32_bits(&words);
    }
    let mut command = workspace::cargo(&["run", "--quiet", "--package", "casemate-fuzz", "--"])?;
    process::run(command.args(words))
}

fn on_32_bits(words: &[&str]) -> Result<()> {
    let root = workspace::root()?;
    let folder = web::build_fuzz()?;
    let mut node = Command::new("node");
    node.arg(root.join("testing/fuzz/wasm/run.mjs")).arg(folder);
    node.arg(root.join("testing/fuzz/corpus")).arg(root.join("crates/guard/fixtures"));
    process::run(node.args(words))
}

fn has_node() -> bool {
    process::succeeds("node", &["--version"])
}
