//! Casemate's relay: everybody in a call sends to it, and it hands on to the others. It sees whose packets go to whom and
//! how large they are, and cannot decode them: frames are encrypted under keys that only members have.
//!
//! ```text
//! UDP, TCP ── shell ── core ── str0m, one peer a participant
//! server ──── (I/O)    (pure)
//! ```
//! - [`core`]: rooms, participants, slots, layers: decisions without sockets, threads or clock.
//! - [`shell`]: sockets and threads around cores, and the connection to the server. [`config`]: what an operator decides.
//! - [`limits`]: every number that bounds something. `peer`: participants for tests and measurements.
//!
//! What is not here: anything that could open a frame. This crate never reaches `casemate-content` or `casemate-crypto`.

pub mod config;
pub mod core;
pub mod limits;
#[cfg(any(test, feature = "peer"))]
pub mod peer;
pub mod shell;

pub use config::Config;
pub use shell::{Handle, StartError, start};
