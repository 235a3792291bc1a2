//! Who compiles for the browser: the toolchain that runs us where it has the target or can fetch it, else Debian's
//! compiler for the web, which builds the standard library from its source.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Result, bail};

use crate::{packages, process, workspace};

/// What we compile for.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's: compiler and source of the standard library, linker.
const DEBIAN: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "lld-19"];
/// SQLCipher is C, and gcc knows nothing of wasm.
const FOR_C: [&str; 2] = ["clang", "llvm"];

/// For what is loaded over a network: without words for panics, without where they were, and of what `{:?}` writes of our
/// types their names alone. What the repository's `.cargo/config.toml` has stays.
const SMALL: [&str; 4] =
    ["-Zunstable-options", "-Cpanic=immediate-abort", "-Zfmt-debug=shallow", "-Zlocation-detail=none"];

const BUILD_STD: &str = "-Zbuild-std=std,panic_abort";

/// Time for fetching the target, which has some 20 MB. Where nothing answers, Debian's compiler is tried.
const FETCH: Duration = Duration::from_secs(90);

/// A toolchain that works.
pub enum Toolchain {
    /// The one that runs us.
    Own,
    /// Debian's.
    Debian,
}

impl Toolchain {
    /// Finds one, or installs it.
    pub fn find() -> Result<Self> {
        if !(process::succeeds("clang", &["--version"]) && process::succeeds("llvm-ar", &["--version"])) {
            packages::install(&FOR_C)?;
        }
        if own_has_the_target()? {
            return Ok(Self::Own);
        }
        if debian_is_there() {
            return Ok(Self::Debian);
        }
        if process::succeeds_within(FETCH, "rustup", &["target", "add", TARGET]) && own_has_the_target()? {
            return Ok(Self::Own);
        }
        packages::install(&DEBIAN)?;
        if debian_is_there() {
            return Ok(Self::Debian);
        }
        bail!(
            "nothing here compiles for the browser; please run `rustup target add {TARGET}`, then start this again"
        )
    }

    /// Whether it builds the standard library with the rest. That is not stable yet: a toolchain may know these options no more,
    /// and its source may not be had.
    pub fn builds_small(&self) -> Result<bool> {
        match self {
            Self::Own => own_builds_small(),
            Self::Debian => Ok(true),
        }
    }

    /// The same as [`Self::cargo`] for what is loaded over a network, a twelfth smaller: where it [`Self::builds_small`].
    pub fn small(&self) -> Result<Command> {
        let mut command = self.cargo()?;
        if let Self::Own = self {
            command.env("RUSTC_BOOTSTRAP", "1");
            command.arg(BUILD_STD);
        }
        command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", SMALL.join(" "));
        command.arg("-Zbuild-std-features=optimize_for_size");
        Ok(command)
    }

    /// `cargo build` for the browser; packages and profile are to follow.
    pub fn cargo(&self) -> Result<Command> {
        match self {
            Self::Own => workspace::cargo(&["build", "--target", TARGET]),
            Self::Debian => {
                // Its own arguments stay; only the program and what it finds are others.
                let own = workspace::cargo(&[])?;
                let mut command = Command::new("/usr/bin/cargo");
                command.current_dir(workspace::root()?);
                for (name, value) in own.get_envs() {
                    match value {
                        Some(value) => command.env(name, value),
                        None => command.env_remove(name),
                    };
                }
                let path = std::env::var("PATH").unwrap_or_default();
                command.env("PATH", format!("/usr/bin:{path}"));
                // Ours would be searched for its compiler's libraries.
                command.env_remove("LD_LIBRARY_PATH");
                // Building the standard library is not stable yet; this compiler is built to allow it.
                command.env("RUSTC_BOOTSTRAP", "1");
                command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld-19");
                command.args(["build", BUILD_STD, "--target", TARGET]);
                Ok(command)
            }
        }
    }
}

fn own_has_the_target() -> Result<bool> {
    let folder = process::output(&mut own_rustc(&["--print", "target-libdir", "--target", TARGET])?)?;
    // The folder may be there and empty, where the target was asked for and not fetched.
    let Ok(libraries) = std::fs::read_dir(folder.trim()) else { return Ok(false) };
    Ok(libraries.flatten().any(|library| library.file_name().to_string_lossy().starts_with("libstd-")))
}

/// Fetches the standard library's source where it can be had.
fn own_builds_small() -> Result<bool> {
    let root = process::output(&mut own_rustc(&["--print", "sysroot"])?)?;
    let source = Path::new(root.trim()).join("lib/rustlib/src/rust/library/std/Cargo.toml");
    let fetch = || process::succeeds_within(FETCH, "rustup", &["component", "add", "rust-src"]);
    let mut knows = own_rustc(&["--print", "cfg", "--target", TARGET])?;
    knows.args(SMALL).env("RUSTC_BOOTSTRAP", "1").stdout(Stdio::null()).stderr(Stdio::null());
    Ok((source.exists() || fetch() && source.exists()) && knows.status().is_ok_and(|status| status.success()))
}

/// As cargo would call it: a version manager's `rustc` answers for the repository's toolchain.
fn own_rustc(arguments: &[&str]) -> Result<Command> {
    let mut rustc = Command::new("rustc");
    rustc.current_dir(workspace::root()?).args(arguments);
    Ok(rustc)
}

fn debian_is_there() -> bool {
    let source = Path::new("/usr/lib/rustlib/src/rust/library/std/Cargo.toml");
    source.exists()
        && process::succeeds("/usr/bin/cargo", &["--version"])
        && process::succeeds("wasm-ld-19", &["--version"])
}
