//! Key transparency: what clients and auditors verify. The server publishes every account's manifest in one log for
//! all (`casemate-server`); whoever verifies here learns nothing of it but that it is one log, and what it says of a
//! name.
//!
//! ```text
//! manifest ─hash─▶ a leaf of akd's tree ─▶ root of an epoch ─▶ tree of all epochs' roots ─▶ head, signed
//!            [`lookup`], [`history`]                [`epochs`]: RFC 9162              [`head`]
//! ```
//! - [`head`]: what the server signs, and how two of them compare.
//! - [`epochs`]: that a head goes on from an earlier one.
//! - [`incarnation`]: that a restored server goes on from what it was.
//! - [`lookup`], [`history`]: what the log says of a name.
//! - [`audit`]: that an epoch only added to the one before. Only with the feature of that name.
//! - [`code`]: how akd's proofs travel.
//!
//! Not here: storage, network, clock; cryptography, which is `akd`'s, `ct-merkle`'s and `ed25519-dalek`'s.

#[cfg(feature = "audit")]
pub mod audit;
pub mod code;
pub mod epochs;
pub mod head;
pub mod history;
pub mod incarnation;
pub mod lookup;

use akd_core::AkdLabel;
use casemate_wire::handle::Handle;
use casemate_wire::ids::Hash32;

pub use head::{Head, Relation};

/// How akd hashes: the configuration that WhatsApp runs and had audited.
pub type Hashing = akd_core::WhatsAppV1Configuration;

/// Why something of the log is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Does not parse, or a field has the wrong length.
    #[error("it cannot be read")]
    Malformed,
    /// Not signed by the server's key.
    #[error("it is not signed by the server's key")]
    Signature,
    /// A proof does not lead to what the head says.
    #[error("its proof does not hold")]
    Proof,
    /// Two heads that no one log can have.
    #[error("the server has shown two different logs")]
    Conflict,
    /// From before the server was restored from a backup, or after.
    #[error("the server was restored from a backup in between")]
    Restored,
}

/// What the log knows an account by. A hash, so that the name of a deleted account does not stay on the server's disk.
pub fn label(handle: &Handle) -> Hash32 {
    Hash32::of(&[b"casemate/transparency-name/v1", handle.as_str().as_bytes()])
}

/// The same, as akd takes it.
pub fn akd_label(handle: &Handle) -> AkdLabel {
    AkdLabel(label(handle).0.to_vec())
}
