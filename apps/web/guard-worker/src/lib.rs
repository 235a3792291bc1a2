//! Guard in a browser: pictures to pixels, files looked at and stripped, in a Worker without keys that its script
//! (`guard-worker.js`) ends when it takes too long.

#[cfg(target_family = "wasm")]
mod browser;
