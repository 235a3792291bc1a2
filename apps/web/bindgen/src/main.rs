//! From a compiled wasm program to files that a server hands out; `cargo xtask web` calls it.
//!
//! ```text
//! casemate-bindgen load IN.wasm FOLDER NAME   NAME.js and NAME_bg.wasm, for a page or a module Worker to load
//! casemate-bindgen script IN.wasm FOLDER NAME  the same as a script that is no module, whose one name is NAME
//! casemate-bindgen compress FOLDER            FILE.br beside every file that gets smaller by it
//! ```
//!
//! The wasm-bindgen command as a library, so that nobody has to install it in the fitting version.

use std::path::Path;

use anyhow::{Context, Result, bail};
use brotli::enc::BrotliEncoderParams;
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["load", input, folder, name] => load(input, folder, name, false),
        ["script", input, folder, name] => load(input, folder, name, true),
        ["compress", folder] => compress(Path::new(folder)),
        _ => bail!(
            "casemate-bindgen load or script IN.wasm FOLDER NAME, or compress FOLDER; `cargo xtask web` calls this"
        ),
    }
}

fn load(input: &str, folder: &str, name: &str, is_script: bool) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen.input_path(input).out_name(name).typescript(false);
    // Who loads it names the wasm file: a path guessed from the script's own would not survive a service worker.
    match is_script {
        true => bindgen.no_modules(true)?.no_modules_global(name)?,
        false => bindgen.web(true)?,
    };
    bindgen.omit_default_module_path(true);
    bindgen.remove_name_section(true).remove_producers_section(true);
    bindgen.generate(folder)
}

fn compress(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            compress(&path)?;
            continue;
        }
        let plain = std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
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
