//! `cargo xtask web`: the web app as a folder of files that a server hands out, `web/dist` in cargo's target folder.
//!
//! ```text
//! apps/web/ui             ─┐  cargo for wasm32, then      ui.js  ui_bg.wasm
//! apps/web/engine-worker   ├─ casemate-bindgen      ──▶   engine.js  engine_bg.wasm  engine-worker.js
//! apps/web/guard-worker   ─┘                              guard.js   guard_bg.wasm   guard-worker.js
//! apps/web/static         ──────── as it is ────────▶     index.html  boot.js  app.css  …
//! ```
//!
//! No npm: what is JavaScript there stands in the repository or is made by wasm-bindgen.

mod toolchain;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::{nothing_left, packages, process, take_flag, workspace};
use toolchain::Toolchain;

/// A program for the browser.
struct Program {
    package: &'static str,
    folder: &'static str,
    /// Of its files: `NAME.js`, `NAME_bg.wasm`, and `NAME-worker.js` where there is one.
    name: &'static str,
}

const PROGRAMS: [Program; 3] = [
    Program { package: "casemate-ui", folder: "apps/web/ui", name: "ui" },
    Program { package: "casemate-engine-worker", folder: "apps/web/engine-worker", name: "engine" },
    Program { package: "casemate-guard-worker", folder: "apps/web/guard-worker", name: "guard" },
];

/// `cargo xtask web [--release]`.
pub fn web(words: &[&str]) -> Result<()> {
    let mut words = words.to_vec();
    let release = take_flag(&mut words, "--release");
    nothing_left(&words)?;
    packages::install_missing()?;
    let folder = build(release)?;
    println!("\n{}", sizes(&folder)?);
    println!("{}", folder.display());
    Ok(())
}

/// Builds everything and says in which folder it is. `release` is small and takes minutes; else it is quick to make.
pub fn build(release: bool) -> Result<PathBuf> {
    let profile = if release { "wasm" } else { "wasm-dev" };
    let root = workspace::root()?;
    let target = workspace::target_folder()?;
    let programs: Vec<&Program> =
        PROGRAMS.iter().filter(|program| root.join(program.folder).join("Cargo.toml").exists()).collect();
    compile(&programs, profile)?;
    process::run(&mut workspace::cargo(&["build", "--package", "casemate-bindgen"])?)?;

    let web = target.join("web");
    let unfinished = web.join("unfinished");
    remove(&unfinished)?;
    std::fs::create_dir_all(&unfinished)
        .with_context(|| format!("could not make {}", unfinished.display()))?;
    copy_all(&root.join("apps/web/static"), &unfinished)?;
    for program in programs {
        let wasm = target
            .join(toolchain::TARGET)
            .join(profile)
            .join(format!("{}.wasm", program.package.replace('-', "_")));
        let mut bindgen = Command::new(target.join("debug/casemate-bindgen"));
        process::run(bindgen.arg(wasm).arg(&unfinished).arg(program.name))?;
        let shim = format!("{}-worker.js", program.name);
        let source = root.join(program.folder).join(&shim);
        if source.exists() {
            copy(&source, &unfinished.join(shim))?;
        }
    }
    // Whoever serves the folder meanwhile never sees half of it.
    let dist = web.join("dist");
    remove(&dist)?;
    std::fs::rename(&unfinished, &dist).with_context(|| format!("could not make {}", dist.display()))?;
    Ok(dist)
}

fn compile(programs: &[&Program], profile: &str) -> Result<()> {
    let mut cargo = Toolchain::find()?.cargo()?;
    cargo.args(["--profile", profile]);
    // One after another would be simpler, and compile what they share under other features each time.
    for program in programs {
        cargo.args(["--package", program.package]);
    }
    process::run(&mut cargo)
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    if !from.exists() {
        return Ok(());
    }
    for entry in std::fs::read_dir(from).with_context(|| format!("could not read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            std::fs::create_dir_all(&target)?;
            copy_all(&entry.path(), &target)?;
        } else {
            copy(&entry.path(), &target)?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::copy(from, to)
        .with_context(|| format!("could not copy {} to {}", from.display(), to.display()))?;
    Ok(())
}

fn remove(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("could not remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// What each file weighs, and over the wire where `brotli` is installed to tell.
fn sizes(folder: &Path) -> Result<String> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    let mut lines = Vec::new();
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let brotli = Command::new("brotli").arg("--stdout").arg("--best").arg(&path).output();
        let brotli =
            brotli.ok().filter(|output| output.status.success()).map(|output| output.stdout.len() as u64);
        lines.push(line(&name, std::fs::metadata(&path)?.len(), brotli));
    }
    Ok(lines.join("\n"))
}

fn line(name: &str, bytes: u64, brotli: Option<u64>) -> String {
    match brotli {
        Some(brotli) => format!("{bytes:>9} bytes, {brotli:>8} with brotli  {name}"),
        None => format!("{bytes:>9} bytes  {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_copied_whole() {
        let folder = std::env::temp_dir().join(format!("casemate-xtask-{}", std::process::id()));
        let (from, to) = (folder.join("from"), folder.join("to"));
        std::fs::create_dir_all(from.join("icons")).unwrap();
        std::fs::create_dir_all(&to).unwrap();
        std::fs::write(from.join("icons/one.svg"), "<svg/>").unwrap();
        copy_all(&from, &to).unwrap();
        assert_eq!(std::fs::read_to_string(to.join("icons/one.svg")).unwrap(), "<svg/>");
        copy_all(&folder.join("absent"), &to).unwrap();
        remove(&folder).unwrap();
        remove(&folder).unwrap();
    }

    #[test]
    fn sizes_are_said_as_far_as_known() {
        assert_eq!(line("a.js", 1_000, None), "     1000 bytes  a.js");
        assert_eq!(line("a.js", 1_000, Some(300)), "     1000 bytes,      300 with brotli  a.js");
    }
}
