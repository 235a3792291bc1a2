//! axe-core for the stories in browsers: a program that looks at a page and says what would keep somebody from using
//! it. Nothing of it is in the product or in the repository; it is fetched where npm is there, and stories look without
//! it where not.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::{process, workspace};

/// As the registry names it, and the file that `npm pack` makes of it.
const PACKAGE: &str = "axe-core@4.14.1";
const ARCHIVE: &str = "axe-core-4.14.1.tgz";

/// Of the archive. Another file under the same name is not it.
const SHA512: &str = "1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b73\
                      4f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5";

/// Longer than it takes where there is a network.
const PATIENCE: Duration = Duration::from_secs(90);

/// Lays it into `axe` in cargo's target folder, unless it is there. Where that cannot be, says so.
pub fn fetch() -> Result<()> {
    let folder = workspace::target_folder()?.join("axe");
    if let Err(error) = lay_ready(&folder) {
        // What cannot be trusted must not lie where the stories look.
        let _ = std::fs::remove_dir_all(&folder);
        println!("Screens are looked at without axe-core: {error:#}.");
    }
    Ok(())
}

fn lay_ready(folder: &Path) -> Result<()> {
    let archive = folder.join(ARCHIVE);
    if !archive.exists() {
        if !process::succeeds("npm", &["--version"]) {
            bail!("it is fetched with npm, which is not installed");
        }
        std::fs::create_dir_all(folder)?;
        let destination = folder.to_string_lossy();
        let arguments = ["pack", PACKAGE, "--fetch-retries=0", "--pack-destination", &destination];
        if !process::succeeds_within(PATIENCE, "npm", &arguments) {
            bail!("`npm pack {PACKAGE}` failed");
        }
    }
    let sum = process::output(Command::new("sha512sum").arg("--binary").arg(&archive))?;
    if sum.split_whitespace().next() != Some(SHA512) {
        bail!("{} is not the file that is expected here", archive.display());
    }
    let only = "package/axe.min.js";
    process::run(Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(folder).arg(only))
}
