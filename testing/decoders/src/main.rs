//! Guard's decoders, tried.
//!
//! - `mutations [N] [--seed S]`: good and odd files made bad, N of them, each looked into as guard does it, behind its walls
//!   (`cargo xtask mutations`).
//! - `speed`: beside Pillow (libjpeg-turbo, libpng) and ffmpeg, natively and, where `CASEMATE_WASM` names the folder, in wasm
//!   (`cargo xtask bench --decoders`).
//! - `shown`: which pictures of the corpus are shown of those that Pillow opens, and how alike they are.

mod cost;
mod files;
mod mutations;
mod shown;
mod speed;

use std::process::ExitCode;

use anyhow::{Result, bail};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        // Before anything else happens in this process.
        [casemate_guard::child::ARGUMENT, ..] => return casemate_guard::child::serve(),
        ["batch", batch] => mutations::batch(batch),
        ["mutations", rest @ ..] => mutations::run(rest),
        ["speed"] => speed::run(),
        ["shown"] => shown::run(),
        _ => usage(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("casemate-decoders: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> Result<()> {
    bail!("say mutations [N] [--seed S], speed or shown")
}
