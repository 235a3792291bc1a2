//! `cargo xtask web`: the web app as a folder of files that a server hands out, `web/dist` in cargo's target folder.
//!
//! ```text
//! apps/web/ui             ─┐  cargo for wasm32, then      ui.js  ui_bg.wasm  parts.js  split_rest.wasm
//! apps/web/engine-worker   ├─ casemate-bindgen      ──▶   engine.js  engine_bg.wasm  engine_rest.wasm  engine-worker.js
//! apps/web/guard-worker    │                              guard.html guard_bg.wasm
//! apps/web/frames-worker  ─┘                              frames.js  frames_bg.wasm  frames-worker.js
//! apps/web/static         ──────── as it is ────────▶     index.html  boot.js  sw.js  …
//! apps/web/styles         ─── one after another ────▶     app.css
//! ```
//!
//! No npm: what is JavaScript there stands in the repository or is made by wasm-bindgen.

mod toolchain;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{nothing_left, packages, process, product, take_flag, workspace};
use toolchain::Toolchain;

/// A program for the browser.
struct Program {
    package: &'static str,
    folder: &'static str,
    /// Of its files: `NAME.js`, `NAME_bg.wasm`, and `NAME-worker.js` where there is one.
    name: &'static str,
}

/// It runs in a frame.
const GUARD: &str = "guard";
/// It comes in parts.
const PAGE: &str = "ui";
/// So does it, by what a first visit runs.
const ENGINE: &str = "engine";
const VISIT: &str = "visit.txt";

const PROGRAMS: [Program; 4] = [
    Program { package: "casemate-ui", folder: "apps/web/ui", name: PAGE },
    Program { package: "casemate-engine-worker", folder: "apps/web/engine-worker", name: ENGINE },
    Program { package: "casemate-guard-worker", folder: "apps/web/guard-worker", name: GUARD },
    Program { package: "casemate-frames-worker", folder: "apps/web/frames-worker", name: "frames" },
];

/// The packages that a browser runs.
pub fn packages() -> impl Iterator<Item = &'static str> {
    PROGRAMS.iter().map(|program| program.package)
}

/// What makes of a compiled program what a browser loads: apps/web/bindgen.
#[derive(Clone, Copy)]
pub enum Tool {
    /// Compiled alone.
    ToBuild,
    /// With the whole workspace, just now: alone it would be compiled with other features, and all it needs again.
    Built,
}

impl Tool {
    fn path(self) -> Result<PathBuf> {
        if let Self::ToBuild = self {
            process::run(&mut workspace::cargo(&["build", "--package", "casemate-bindgen"])?)?;
        }
        Ok(workspace::target_folder()?.join("debug/casemate-bindgen"))
    }
}

/// How a program is made.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// Quick to make.
    Quick,
    /// Small; takes minutes.
    Small,
    /// The same, with an engine that says what of it runs.
    Counting,
}

/// `cargo xtask web [--release] [--visit]`.
pub fn web(words: &[&str]) -> Result<()> {
    let mut words = words.to_vec();
    let release = take_flag(&mut words, "--release");
    let is_visited = take_flag(&mut words, "--visit");
    nothing_left(&words)?;
    packages::install_missing()?;
    if is_visited {
        visit()?;
    }
    let folder = build(release)?;
    println!("\n{}", sizes(&folder)?);
    println!("{}", folder.display());
    Ok(())
}

/// Finds out anew what a first visit runs of the engine.
fn visit() -> Result<()> {
    ensure!(packages::has_browser(), "a visit needs chromium and chromium-driver; please install them");
    build_with(Way::Counting, Tool::ToBuild)?;
    let binary = product::binary("dev", None)?;
    let mut visitor = workspace::cargo(&["run", "--package", "casemate-browser", "--bin", "visit", "--"])?;
    visitor.env("CASEMATE_BIN", binary).arg(workspace::root()?.join("apps/web/engine-worker").join(VISIT));
    process::run(&mut visitor)
}

/// The same, quick to make, where something here compiles for the browser; else says why not.
pub fn build_if_possible(tool: Tool) -> Result<Option<PathBuf>> {
    if let Err(error) = Toolchain::find() {
        println!("The web app is left out: {error:#}.");
        return Ok(None);
    }
    build_with(Way::Quick, tool).map(Some)
}

/// Builds everything and says in which folder it is. `release` is small and takes minutes; else it is quick to make.
pub fn build(release: bool) -> Result<PathBuf> {
    build_with(if release { Way::Small } else { Way::Quick }, Tool::ToBuild)
}

fn build_with(way: Way, tool: Tool) -> Result<PathBuf> {
    let root = workspace::root()?;
    let target = workspace::target_folder()?;
    let programs: Vec<&Program> =
        PROGRAMS.iter().filter(|program| root.join(program.folder).join("Cargo.toml").exists()).collect();
    let compiled = compile(&programs, way != Way::Quick)?;
    let tool = tool.path()?;
    let web = target.join("web");
    let unfinished = web.join("unfinished");
    remove(&unfinished)?;
    std::fs::create_dir_all(&unfinished)
        .with_context(|| format!("could not make {}", unfinished.display()))?;
    copy_all(&root.join("apps/web/static"), &unfinished)?;
    join(&root.join("apps/web/styles"), &unfinished.join("app.css"))?;
    join_languages(&root.join("apps/web/ui/locales"), &unfinished.join("words"))?;
    for program in programs {
        let wasm = compiled.join(format!("{}.wasm", program.package.replace('-', "_")));
        let is_guard = program.name == GUARD;
        let how = match program.name {
            GUARD => "script",
            PAGE => "split",
            ENGINE if way == Way::Counting => "count",
            ENGINE => "later",
            _ => "load",
        };
        let mut bindgen = Command::new(&tool);
        bindgen.arg(how).arg(wasm).arg(&unfinished).arg(program.name);
        if how == "later" {
            bindgen.arg(root.join(program.folder).join(VISIT));
        }
        process::run(&mut bindgen)?;
        if is_guard {
            frame(&root.join(program.folder), &unfinished)?;
        }
        let shim = format!("{}-worker.js", program.name);
        let source = root.join(program.folder).join(&shim);
        if source.exists() {
            copy(&source, &unfinished.join(shim))?;
        }
    }
    if way == Way::Small {
        process::run(Command::new(&tool).arg("compress").arg(&unfinished))?;
    }
    let dist = web.join("dist");
    // Touched only where something changed: the program that has these files in it is built anew after that.
    if is_same(&unfinished, &dist) {
        remove(&unfinished)?;
        return Ok(dist);
    }
    // Whoever serves the folder meanwhile never sees half of it.
    remove(&dist)?;
    std::fs::rename(&unfinished, &dist).with_context(|| format!("could not make {}", dist.display()))?;
    Ok(dist)
}

/// Guard's frame may load nothing: all that it runs, but the decoders themselves, stands in its document.
fn frame(from: &Path, to: &Path) -> Result<()> {
    let read = |path: PathBuf| {
        std::fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))
    };
    let glue = to.join("guard.js");
    let inside = read(glue.clone())? + &read(from.join("inside.js"))?;
    let script = read(from.join("frame.js"))?;
    for text in [&inside, &script] {
        // Either would end the element that it stands in.
        ensure!(
            !text.contains("</script") && !text.contains("<!--"),
            "guard's scripts cannot stand in a document"
        );
    }
    let document = read(from.join("guard.html"))?.replace("@frame@", &script).replace("@inside@", &inside);
    std::fs::write(to.join("guard.html"), document).context("could not write guard.html")?;
    std::fs::remove_file(&glue).with_context(|| format!("could not remove {}", glue.display()))
}

/// What `casemate-bench transparency` measures in wasm: the folder of `verify.js`.
pub fn build_verifier() -> Result<PathBuf> {
    let verifier = Program { package: "casemate-bench-wasm", folder: "testing/bench/wasm", name: "verify" };
    build_alone(&verifier, "load")
}

/// What `casemate-decoders speed` measures in wasm: the folder of `guard.js`, a script.
pub fn build_guard() -> Result<PathBuf> {
    let guard = Program { package: "casemate-guard-worker", folder: "apps/web/guard-worker", name: GUARD };
    build_alone(&guard, "script")
}

/// The fuzz targets on 32 bits, with sums that are checked: the folder of `fuzz.js`.
pub fn build_fuzz() -> Result<PathBuf> {
    let fuzz = Program { package: "casemate-fuzz-wasm", folder: "testing/fuzz/wasm", name: "fuzz" };
    build_one(&fuzz, "load", false)
}

/// A program as it is released, without the app around it.
fn build_alone(program: &Program, how: &str) -> Result<PathBuf> {
    build_one(program, how, true)
}

fn build_one(program: &Program, how: &str, release: bool) -> Result<PathBuf> {
    let wasm = compile(&[program], release)?.join(format!("{}.wasm", program.package.replace('-', "_")));
    let folder = workspace::target_folder()?.join("bench-wasm");
    let mut bindgen = Command::new(Tool::ToBuild.path()?);
    process::run(bindgen.arg(how).arg(wasm).arg(&folder).arg(program.name))?;
    Ok(folder)
}

/// Compiles programs, and says in which folder they are. What is loaded over a network, one after another: together, each
/// gets the features that any of them wants of what they share. Else together, which compiles what they share once, under
/// the tests' profile, whose procedural macros are there already.
fn compile(programs: &[&Program], release: bool) -> Result<PathBuf> {
    let toolchain = Toolchain::find()?;
    let packages = programs.iter().flat_map(|program| ["--package", program.package]);
    let profile = if release {
        let is_small = toolchain.builds_small()?;
        for program in programs {
            let mut cargo = if is_small { toolchain.small()? } else { toolchain.cargo()? };
            process::run(cargo.args(["--profile", "wasm", "--package", program.package]))?;
        }
        "wasm"
    } else {
        process::run(toolchain.cargo()?.args(packages))?;
        "debug"
    };
    Ok(workspace::target_folder()?.join(toolchain::TARGET).join(profile))
}

/// A file for each language. English is part of the program.
fn join_languages(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| format!("could not read {}", from.display()))? {
        let language = entry?;
        if language.file_name() != "en" {
            let name = format!("{}.ftl", language.file_name().to_string_lossy());
            join(&language.path(), &to.join(name))?;
        }
    }
    Ok(())
}

/// One file of several with its ending, by their names' order: what a style sheet says later wins.
fn join(from: &Path, to: &Path) -> Result<()> {
    let mut parts = Vec::new();
    for entry in std::fs::read_dir(from).with_context(|| format!("could not read {}", from.display()))? {
        parts.push(entry?.path());
    }
    parts.retain(|part| part.extension() == to.extension());
    parts.sort();
    let mut joined = String::new();
    for part in parts {
        joined +=
            &std::fs::read_to_string(&part).with_context(|| format!("could not read {}", part.display()))?;
    }
    std::fs::write(to, joined).with_context(|| format!("could not write {}", to.display()))
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

/// Whether two folders have the same files with the same contents; what cannot be read is not the same.
fn is_same(one: &Path, other: &Path) -> bool {
    let names = |folder: &Path| -> std::io::Result<std::collections::BTreeSet<std::ffi::OsString>> {
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect()
    };
    let (Ok(names), Ok(others)) = (names(one), names(other)) else { return false };
    names == others && names.iter().all(|name| {
        let (one, other) = (one.join(name), other.join(name));
        match one.is_dir() {
            true => is_same(&one, &other),
            false => {
                matches!((std::fs::read(&one), std::fs::read(&other)), (Ok(one), Ok(other)) if one == other)
            }
        }
    })
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

/// What each file weighs, as it is and over the wire.
fn sizes(folder: &Path) -> Result<String> {
    let mut lines = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_file() && !name.ends_with(".br") {
            let compressed = path.with_file_name(format!("{name}.br"));
            let compressed = std::fs::metadata(compressed).ok().map(|file| file.len());
            lines.push(line(&name, std::fs::metadata(&path)?.len(), compressed));
        }
    }
    lines.sort();
    Ok(lines.join("\n"))
}

fn line(name: &str, bytes: u64, compressed: Option<u64>) -> String {
    match compressed {
        Some(compressed) => format!("{name:<22} {bytes:>9} bytes, {compressed:>8} compressed"),
        None => format!("{name:<22} {bytes:>9} bytes"),
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
        assert!(is_same(&from, &to));
        std::fs::write(to.join("icons/one.svg"), "<svg />").unwrap();
        assert!(!is_same(&from, &to) && !is_same(&from, &folder.join("absent")));
        copy_all(&folder.join("absent"), &to).unwrap();
        remove(&folder).unwrap();
        remove(&folder).unwrap();
    }

    #[test]
    fn sizes_are_said_as_far_as_known() {
        assert!(line("a.js", 1_000, None).ends_with(" 1000 bytes"));
        assert!(line("a.js", 1_000, Some(300)).ends_with(" 1000 bytes,      300 compressed"));
    }
}
