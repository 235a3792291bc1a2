//! `cargo xtask fuzz`: a parser against mutated bytes for as long as one likes. The same targets run for a
//! moment as ordinary tests of testing/fuzz.

use anyhow::Result;

use crate::{packages, process, workspace};

/// Passes its words on to the program in testing/fuzz.
pub fn fuzz(words: &[&str]) -> Result<()> {
    packages::install_missing()?;
    let mut command = workspace::cargo(&["run", "--quiet", "--package", "casemate-fuzz", "--"])?;
    process::run(command.args(words))
}
