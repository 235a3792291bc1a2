//! The engine in a browser: a dedicated Worker that drives it over OPFS, one WebSocket and `fetch`, and speaks with
//! the page as `casemate rpc` speaks with scripts.
//!
//! ```text
//! page ── postMessage ── worker ── driver ──┬── engine      (SQLite on OPFS, MLS; in this thread)
//!         JSON-RPC lines,                   ├── connection  (WebSocket)
//!         control messages                  ├── transfer    (fetch, OPFS)
//!                                           ├── staging ─── guard's Worker: no keys
//!                                           └── read        (a received file for the page)
//! ```
//!
//! The same parts as the native driver (`apps/casemate/src/client`), over what a browser has; neither decides anything.
//! The Worker's script (`engine-worker.js`) loads this and gives it what only JavaScript can reach (`host`).
//!
//! [`rpc`] and [`cipher`] know no browser and are tested without one.

pub mod cipher;
pub mod rpc;

#[cfg(target_family = "wasm")]
mod browser;
