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
//! What the router asks of delivery (both engineers read this; delivery's files are what counts):
//! - one outcome per op, in the order of the ops; appends become visible to outcomes in that order;
//! - a follow's outcome carries head, first served entry, and a `reader_tag: u32` (the first four bytes of the
//!   reader's hash); a commit's append outcome carries the tags of the readers it dropped; ReplaceReader's
//!   outcome carries old and new tag. So the router can close follows without holding secrets;
//! - reading a page (`log`, `after`, `max_bytes`) is an op whose outcome carries entries and the head; no secret
//!   is shown again, the router asks only for follows it has open. If pages are read on another thread, their
//!   outcome may overtake or be overtaken by appends; the router copes by entry numbers.

pub mod config;
pub mod delivery;
pub mod directory;
pub mod refusal;
pub mod store;
pub mod tokens;
