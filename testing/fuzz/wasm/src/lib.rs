//! The targets of testing/fuzz where addresses have 32 bits, as in a browser: a sum of two lengths that fits natively may not fit there.
//! `run.mjs` runs them in node: all seeds, the kept corpus, and inputs made from numbers. What goes wrong ends the program, so each input
//! is asked for by itself.

#[cfg(target_family = "wasm")]
mod asked;
