//! `cargo xtask screenshots`: pictures of the app's screens, into docs/screens.

use anyhow::{Result, bail};

use crate::{nothing_left, packages, process, product, web, workspace};

/// Builds what they need, then has testing/browser make them.
pub fn screenshots(words: &[&str]) -> Result<()> {
    nothing_left(words)?;
    packages::install_missing()?;
    if !packages::has_browser() {
        bail!("pictures need chromium and chromium-driver; please install them, then start this again");
    }
    web::build(false)?;
    product::binary("dev", None)?;
    let folder = workspace::root()?.join("docs/screens");
    let mut command =
        workspace::cargo(&["run", "--package", "casemate-browser", "--bin", "screenshots", "--"])?;
    process::run(command.arg(folder))
}
