//! What a browser verifies of the list of everyone's keys, as a program of its own: `casemate-bench transparency` takes its
//! time in a real wasm engine (`run.mjs`). The app verifies with the same crate and the same settings of the compiler.

#[cfg(target_family = "wasm")]
mod verify;
