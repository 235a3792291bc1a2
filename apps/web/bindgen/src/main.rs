//! `casemate-bindgen IN.wasm FOLDER NAME`: writes `FOLDER/NAME.js` and `FOLDER/NAME_bg.wasm` for a page or a module
//! Worker to load. The wasm-bindgen command as a library, so that nobody has to install it in the fitting version.

use anyhow::{Result, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [input, folder, name] = words.as_slice() else {
        bail!("casemate-bindgen IN.wasm FOLDER NAME; `cargo xtask web` calls this");
    };
    let mut bindgen = Bindgen::new();
    bindgen.input_path(input).out_name(name).typescript(false);
    // Who loads it names the wasm file: a path guessed from the script's own would not survive a service worker.
    bindgen.web(true)?.omit_default_module_path(true);
    bindgen.remove_name_section(true).remove_producers_section(true);
    bindgen.generate(folder)
}
