//! Stories in real browsers. `cargo xtask test` builds what they need.

// Tests may, and clippy knows only those under #[test].
#![allow(clippy::unwrap_used)]

mod everybody;
mod hostile;
mod staying;
mod two_people;
