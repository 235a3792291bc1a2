//! The client's half of a call's media where there is no browser: a peer for the relay, and what people at a
//! terminal and programs send, hear and measure. Without sockets, processes, threads and clock; the driver has those, and makes
//! one only for a permit of the engine's.
//!
//! ```text
//! sent ── Opus, VP9 ──▶ seal ──▶ packets ──▶ SRTP ──▶ relay ──▶ SRTP ──▶ packets ──▶ open ──▶ voices ──▶ ear
//! ```
//! - [`peer`]: one offer, one answer, sealed frames out, opened frames in. Joins anew where the relay is gone.
//! - [`vp9`]: pictures in packets (RFC 9628).
//! - [`sent`]: silence, a tone, a film, files (`wav`: their sound), what a microphone gives.
//! - [`pcm`]: raw sound, as the programs of a microphone and a loudspeaker have it; several voices as one.
//! - [`voices`], [`jitter`]: what of everybody is heard now, in order, though it came as it liked.
//! - [`ear`]: from Opus to sound and to a tone's frequency, in a process of its own.
//!
//! Not here: who may be heard (`casemate-engine`), keys (`casemate-crypto`).

pub mod ear;
pub mod jitter;
pub mod pcm;
pub mod peer;
pub mod sent;
pub mod voices;
pub mod vp9;
mod wav;
