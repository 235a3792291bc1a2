//! From a compiled wasm program to files that a server hands out; `cargo xtask web` calls it.
//!
//! ```text
//! casemate-bindgen load IN.wasm FOLDER NAME   NAME.js and NAME_bg.wasm, for a page or a module Worker to load
//! casemate-bindgen split IN.wasm FOLDER NAME   the same, and a file for each part of it that is loaded later
//! casemate-bindgen later IN.wasm FOLDER NAME VISIT  NAME_rest.wasm besides, with what a first visit does not run
//! casemate-bindgen count IN.wasm FOLDER NAME  NAME_bg.wasm that says which of its functions ran, and which number each has
//! casemate-bindgen script IN.wasm FOLDER NAME  the same as a script that is no module, whose one name is NAME
//! casemate-bindgen compress FOLDER            FILE.br beside every file that gets smaller by it
//! ```
//!
//! The wasm-bindgen command as a library, so that nobody has to install it in the fitting version.

mod count;
mod later;
mod order;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use brotli::enc::BrotliEncoderParams;
use wasm_bindgen_cli_support::Bindgen;

/// The script that loads parts.
const PARTS: &str = "./parts.js";

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["load", input, folder, name] => load(Path::new(input), folder, name, Kind::Module),
        ["split", input, folder, name] => split(Path::new(input), folder, name),
        ["later", input, folder, name, visit] => later(Path::new(input), folder, name, Path::new(visit)),
        ["count", input, folder, name] => count(Path::new(input), folder, name),
        ["script", input, folder, name] => load(Path::new(input), folder, name, Kind::Script),
        ["compress", folder] => compress(Path::new(folder)),
        _ => bail!(
            "casemate-bindgen load, split, later, count or script IN.wasm FOLDER NAME, or compress FOLDER; `cargo xtask web` calls this"
        ),
    }
}

/// What becomes of a program.
#[derive(PartialEq)]
enum Kind {
    Module,
    /// A module that parts are loaded into.
    InParts,
    Script,
}

fn load(input: &Path, folder: &str, name: &str, kind: Kind) -> Result<()> {
    in_order(&bindgen(input, folder, name, kind)?)
}

/// What wasm-bindgen makes of a program, which still says what its functions are called.
fn bindgen(input: &Path, folder: &str, name: &str, kind: Kind) -> Result<PathBuf> {
    nothing_is_missing(input)?;
    let mut bindgen = Bindgen::new();
    bindgen.input_path(input).out_name(name).typescript(false);
    // Who loads it names the wasm file: a path guessed from the script's own would not survive a service worker.
    match kind {
        Kind::Script => bindgen.no_modules(true)?.no_modules_global(name)?,
        Kind::Module | Kind::InParts => bindgen.web(true)?,
    };
    bindgen.omit_default_module_path(true);
    // What parts share with it: memory, and the table of functions.
    bindgen.keep_lld_exports(kind == Kind::InParts);
    bindgen.generate(folder)?;
    Ok(Path::new(folder).join(format!("{name}_bg.wasm")))
}

fn in_order(path: &Path) -> Result<()> {
    write(path, &order::alike_together(&read(path)?)?)
}

/// Takes out of a program what a first visit does not run.
fn later(input: &Path, folder: &str, name: &str, visit: &Path) -> Result<()> {
    let program = bindgen(input, folder, name, Kind::Module)?;
    let parts = later::in_two(&read(&program)?, &later::Visit::read(visit)?)?;
    println!(
        "{name}: {} of {} functions that a first visit runs are there by name",
        parts.found.0, parts.found.1
    );
    write(&program, &order::alike_together(&parts.first)?)?;
    write(&Path::new(folder).join(format!("{name}_rest.wasm")), &order::alike_together(&parts.rest)?)
}

/// Has a program say what it runs: by which [`later`] goes.
fn count(input: &Path, folder: &str, name: &str) -> Result<()> {
    let program = bindgen(input, folder, name, Kind::Module)?;
    let counting = count::counting(&read(&program)?)?;
    write(&program, &counting.program)?;
    write(&Path::new(folder).join(format!("{name}.numbers")), counting.numbers.as_bytes())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("could not read {}", path.display()))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).with_context(|| format!("could not write {}", path.display()))
}

/// The linker takes what it does not find for something that whoever loads the program brings; nobody does.
fn nothing_is_missing(input: &Path) -> Result<()> {
    let program = read(input)?;
    for payload in wasmparser::Parser::new(0).parse_all(&program) {
        let wasmparser::Payload::ImportSection(imports) = payload? else { continue };
        for import in imports.into_imports() {
            let import = import?;
            ensure!(import.module != "env", "{} needs {}, which nothing has", input.display(), import.name);
        }
    }
    Ok(())
}

/// Takes what `wasm_split` marks out of a program that was linked with `--emit-relocs`: each into a file that the first one
/// fetches when it is wanted.
fn split(input: &Path, folder: &str, name: &str) -> Result<()> {
    let program = read(input)?;
    let (first, script) = (input.with_extension("first.wasm"), format!("./{name}.js"));
    let mut options = wasm_split_cli_support::Options::new(&program);
    options.output_dir = Path::new(folder);
    options.main_out_path = &first;
    options.main_module = &script;
    options.link_name = PARTS;
    let split = wasm_split_cli_support::transform(options);
    let split = split.map_err(|error| anyhow::anyhow!("{name} could not be split: {error:#}"))?;
    ensure!(!split.split_modules.is_empty(), "nothing of {name} is marked as loaded later");
    for part in &split.split_modules {
        in_order(part)?;
    }
    load(&first, folder, name, Kind::InParts)
}

fn compress(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            compress(&path)?;
            continue;
        }
        let plain = read(&path)?;
        // Quality 11 and the largest window that every browser takes: made once, fetched often.
        let parameters = BrotliEncoderParams { lgwin: 24, ..BrotliEncoderParams::default() };
        let mut smaller = Vec::new();
        brotli::BrotliCompress(&mut plain.as_slice(), &mut smaller, &parameters)?;
        if smaller.len() < plain.len() {
            let mut name = path.clone().into_os_string();
            name.push(".br");
            std::fs::write(&name, smaller).with_context(|| format!("could not write {}", name.display()))?;
        }
    }
    Ok(())
}
