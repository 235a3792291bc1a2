//! What the screens show: kept here, changed by answers and events.
//!
//! `window`, `route`, `seats`, `list`, `room`, `begun`, `chosen` are plain data and tested natively; `state` holds signals, `events` and
//! `acts` change them.

pub mod begun;
pub mod chosen;
pub mod list;
pub mod room;
pub mod route;
pub mod seats;
pub mod telling;
pub mod window;

#[cfg(target_arch = "wasm32")]
mod acts;
#[cfg(target_arch = "wasm32")]
pub mod backing_up;
#[cfg(target_arch = "wasm32")]
pub mod calling;
#[cfg(target_arch = "wasm32")]
mod devices;
#[cfg(target_arch = "wasm32")]
mod drafts;
#[cfg(target_arch = "wasm32")]
mod events;
#[cfg(target_arch = "wasm32")]
pub mod exporting;
#[cfg(target_arch = "wasm32")]
mod going;
#[cfg(target_arch = "wasm32")]
mod keeping;
#[cfg(target_arch = "wasm32")]
mod lasting;
#[cfg(target_arch = "wasm32")]
pub mod linking;
#[cfg(target_arch = "wasm32")]
mod live;
#[cfg(target_arch = "wasm32")]
mod portrait;
#[cfg(target_arch = "wasm32")]
mod prefs;
#[cfg(target_arch = "wasm32")]
mod push;
#[cfg(target_arch = "wasm32")]
pub mod readying;
#[cfg(target_arch = "wasm32")]
mod reporting;
#[cfg(target_arch = "wasm32")]
mod requests;
#[cfg(target_arch = "wasm32")]
mod screening;
#[cfg(target_arch = "wasm32")]
mod security;
#[cfg(target_arch = "wasm32")]
mod sharing;
#[cfg(target_arch = "wasm32")]
pub mod sound;
#[cfg(target_arch = "wasm32")]
mod state;
#[cfg(target_arch = "wasm32")]
pub mod stickers;
#[cfg(target_arch = "wasm32")]
mod talk;
#[cfg(target_arch = "wasm32")]
mod told;

#[cfg(target_arch = "wasm32")]
pub use begun::Draft;
#[cfg(target_arch = "wasm32")]
pub use prefs::{LockAfter, NARROW, Prefs, Theme, WALLPAPERS, matches};
#[cfg(target_arch = "wasm32")]
pub use state::{Phase, Stays, Store, Trouble, use_store};
