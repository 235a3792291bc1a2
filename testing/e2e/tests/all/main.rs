//! Stories over the real binary, with real files and real kills. `cargo xtask test` builds what they need.

// Tests may, and clippy knows only those under #[test].
#![allow(clippy::unwrap_used)]

mod errors;
mod groups;
mod two_people;
