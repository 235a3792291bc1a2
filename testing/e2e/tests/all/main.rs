//! Stories over the real binary, with real files and real kills. `cargo xtask test` builds what they need.

// Tests may, and clippy knows only those under #[test].
#![allow(clippy::unwrap_used)]

mod app;
mod attachments;
mod auditing;
mod backups;
mod bad_input;
mod calls;
mod devices;
mod errors;
mod exporting;
mod groups;
mod kills;
mod privacy;
mod recovery;
mod resume;
mod screening;
mod strangers;
mod talking;
mod two_people;
