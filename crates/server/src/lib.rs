//! Casemate's server as a library: delivery, directory and blobs, and the shell of sockets around them.
//!
//! ```text
//! socket ── shell ── router ──┬── directory (a thread, SQLite)
//!           (I/O)    (pure)   ├── delivery  (a thread, segment files)
//!                             └── blobs     (files)
//! ```
//! What is not here: anything inside the encryption. This crate never reaches `casemate-content` or
//! `casemate-crypto`.
