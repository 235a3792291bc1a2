//! The way to the engine: commands as JSON-RPC lines, answers and events back.
//!
//! ```text
//!   ask(command) ──► rpc: a line with an id ──► link: Worker (postMessage) or WebSocket (`casemate app`)
//!   answer       ◄── rpc: who waits for it  ◄──
//!   events       ◄────────────────────────── store applies them
//! ```
//!
//! `rpc` is plain data and tested natively; `client` and `link` live in the browser.

pub mod rpc;

#[cfg(target_arch = "wasm32")]
pub mod backup;
#[cfg(target_arch = "wasm32")]
pub mod call;
#[cfg(target_arch = "wasm32")]
mod client;
#[cfg(target_arch = "wasm32")]
pub mod export;
#[cfg(target_arch = "wasm32")]
pub mod link;
#[cfg(target_arch = "wasm32")]
pub mod lock;
#[cfg(target_arch = "wasm32")]
mod native;
#[cfg(target_arch = "wasm32")]
pub mod passkey;
#[cfg(target_arch = "wasm32")]
pub mod report;
#[cfg(target_arch = "wasm32")]
pub mod tabs;
#[cfg(target_arch = "wasm32")]
pub mod trial;

#[cfg(target_arch = "wasm32")]
pub use client::{
    Lock, Notice, ask, begin_anew, begin_locked, connect, guard_ended, is_native, lend_file, lock_now, open,
    open_by_passkey, read_file, stop_file,
};

/// Under this a tab keeps the token of `casemate app`.
#[cfg(target_arch = "wasm32")]
pub const NATIVE_TOKEN: &str = "app";
