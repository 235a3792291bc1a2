//! Stories over the real binary, with real files and real kills. `cargo xtask test` builds what they need.

// Tests may, and clippy knows only those under #[test].
#![allow(clippy::unwrap_used)]

mod app;
mod attachments;
mod auditing;
mod backups;
mod bad_input;
mod bad_network;
mod calls;
mod damage;
mod devices;
mod errors;
mod exiftool;
mod exporting;
mod groups;
mod hearing;
mod kills;
mod modes;
mod operating;
mod outside;
mod previews;
mod privacy;
mod proxies;
mod recovery;
mod resume;
mod screening;
mod service;
mod strangers;
mod talking;
mod terminal;
mod two_people;
mod watching;
