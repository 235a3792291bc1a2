//! Guard on real files: what it says of them, what it takes out, what it withstands.

// Tests may, and clippy knows only those under #[test].
#![allow(clippy::unwrap_used)]

mod colours;
mod corpus;
mod fixtures;
mod mutations;
#[cfg(target_os = "linux")]
mod process;
mod recognise;
mod stripping;
