//! Casemate's server as a library: delivery, directory and blobs, and the shell of sockets around them.
//!
//! ```text
//! socket ── shell ── router ──┬── directory (a thread, SQLite)
//!           (I/O)    (pure)   ├── delivery  (a thread, segment files)
//!                             └── blobs     (files)
//! ```
//! What is not here: anything inside the encryption. This crate never reaches `casemate-content` or
//! `casemate-crypto`.
//!
//! - [`router`]: between connections and services; `router::in_process` is a whole server for the simulation.
//! - [`directory`]: accounts, devices, inboxes, invitations, payment. [`tokens`]: blind tokens.
//! - [`delivery`] and [`store`]: logs. [`blobs`]: attachments. [`limits`]: rates.
//! - [`transparency`]: the key-transparency log. [`push`]: waking devices that are away.

pub mod blobs;
pub mod config;
pub mod control;
mod deletions;
pub mod delivery;
pub mod directory;
pub mod limits;
pub mod push;
pub mod refusal;
pub mod router;
pub mod shell;
pub mod store;
#[cfg(test)]
mod testing;
pub mod tokens;
pub mod transparency;

pub use shell::assets::Assets;
pub use shell::{Config, Handle, StartError, check, start};
