//! Waking devices that are away: Web Push (RFC 8030, 8291, 8292) with nothing in it.
//!
//! ```text
//! SetWake {log, sealed} ─▶ rows: (log, reader) ─▶ sealed target          at rest: no two rows look alike
//! Append {wake} ─▶ router: who is here? ─▶ Waker ─▶ opens the others' ─▶ Parcel ─▶ the push service ─▶ browser
//! ```
//! A target (endpoint and keys of a browser) is sealed by its device with fresh randomness for each conversation, to a
//! key that lies in a file of its own. So who has the database alone cannot tell which conversations wake the same
//! device. The live process could; it keeps no record. The push service learns when a device is woken, and the message
//! is the same each time, encrypted all the same because browsers want it so.
//!
//! Here are the decisions, without clock, threads or sockets; `shell::push` is around them.

pub mod cipher;
pub mod keys;
pub mod rows;
pub mod target;
pub mod vapid;
pub mod waker;

pub use keys::Keys;
pub use waker::{Parcel, WakeOp, Waker};
