//! Stories in real browsers. `cargo xtask test` builds what they need.

// Tests may, and clippy knows only those under #[test].
#![allow(clippy::unwrap_used)]

mod devices;
mod everybody;
mod files;
mod groups;
mod hostile;
mod keyboard;
mod messages;
mod recovery;
mod short_lived;
mod staying;
mod two_people;
