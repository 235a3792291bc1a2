//! Guard on real files: what it says of them, what it takes out, what it withstands.

mod corpus;
mod fixtures;
mod mutations;
#[cfg(target_os = "linux")]
mod process;
mod recognise;
mod stripping;
