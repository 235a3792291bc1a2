//! `cargo xtask screenshots`: pictures of the app's screens, into docs/screens.

use anyhow::{Result, bail};

use crate::{packages, process, product, web, workspace};

/// Builds what they need, then has testing/browser make them. With names of screens, only those.
pub fn screenshots(screens: &[&str]) -> Result<()> {
    packages::install_missing()?;
    if !packages::has_browser() {
        bail!("pictures need chromium and chromium-driver; please install them, then start this again");
    }
    web::build(false)?;
    let binary = product::binary("dev", None)?;
    let folder = workspace::root()?.join("docs/screens");
    let mut command =
        workspace::cargo(&["run", "--package", "casemate-browser", "--bin", "screenshots", "--"])?;
    process::run(command.env("CASEMATE_BIN", binary).arg(folder).args(screens))
}
