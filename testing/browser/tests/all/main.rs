//! Stories in real browsers. `cargo xtask test` builds what they need.

// Tests may, and clippy knows only those under #[test].
#![allow(clippy::unwrap_used)]

mod asked;
mod backups;
mod begun;
mod call_devices;
mod call_network;
mod call_page;
mod call_sizes;
mod calls;
mod devices;
mod everybody;
mod expected;
mod exporting;
mod files;
mod groups;
mod hostile;
mod keyboard;
mod locks;
mod messages;
mod moving;
mod orderly;
mod own_engine;
mod previews;
mod recovery;
mod reporting;
mod screening;
mod scrolling;
mod searching;
mod short_lived;
mod sounds;
mod staying;
mod strict;
mod told;
mod two_people;
mod walls;
