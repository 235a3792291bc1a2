//! The client's half of a call's media where there is no browser: a peer for the relay, and what programs without
//! microphone and camera send and measure. Without sockets, threads and clock; the driver has those, and makes one only
//! for a permit of the engine's.
//!
//! ```text
//! sent ── Opus, VP9 ──▶ seal ──▶ packets ──▶ SRTP ──▶ relay ──▶ SRTP ──▶ packets ──▶ open ──▶ ear, eye
//! ```
//! - [`peer`]: one offer, one answer, sealed frames out, opened frames in. Joins anew where the relay is gone.
//! - [`vp9`]: pictures in packets (RFC 9628).
//! - [`sent`]: silence, a tone, a film, files.
//! - [`ear`]: from Opus to a tone's frequency.
//!
//! Not here: who may be heard (`casemate-engine`), keys (`casemate-crypto`).

pub mod ear;
pub mod peer;
pub mod sent;
pub mod vp9;
