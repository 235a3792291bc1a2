//! Casemate's cryptography, composed from audited crates. No I/O and no clock: the caller brings bytes, a store
//! and the time, and gets bytes back.
//!
//! - [`conversation`]: MLS groups, and the rules by which every member judges a commit alike.
//! - [`identity`]: the keys of one device.
//! - [`linking`]: what a new device's code opens.
//! - [`sealed`]: boxes sealed to a device: knocks and inbox messages.
//! - [`attachment`]: files as streams of encrypted chunks.
//! - [`backup`]: the pieces of a history's backup, and what locks them.
//! - [`call`]: the frames of calls.
//! - [`opaque`]: a passphrase that opens what the server keeps.
//! - [`tokens`]: the client's half of blind tokens.
//! - [`passkey`]: the same under what a passkey answers.
//! - [`passphrase`]: from a passphrase to the key of the local database.
//! - [`recovery`]: the recovery kit's words and what they open.
//! - [`safety`]: safety numbers.
//! - [`conversation_hash`]: the chain over a log's entries.
//! - [`store`]: where MLS keeps its state.
//!
//! The only crate that names `openmls`. Not here: what messages mean (`casemate-content`), when to send them
//! (`casemate-engine`), manifests (`casemate-wire`, because the server verifies them too).

pub mod attachment;
pub mod backup;
pub mod call;
mod codec;
pub mod conversation;
pub mod conversation_hash;
mod error;
pub mod evidence;
pub mod identity;
pub mod linking;
pub mod opaque;
pub mod passkey;
pub mod passphrase;
mod primitives;
mod provider;
pub mod recovery;
pub mod rng;
pub mod safety;
pub mod sealed;
pub mod store;
#[cfg(test)]
mod testing;
pub mod tokens;

pub use conversation::rules::SkipReason;
pub use conversation::{
    AppliedCommit, Change, CommitAad, Conversation, EntryKind, JoinerWelcome, LeafInfo, LeaveStatement,
    PendingCommit, Received, Suite, Undecryptable, entry_kind, inspect_key_package, key_package,
};
pub use error::CryptoError;
pub use identity::{DeviceIdentity, SealKeys};
pub use store::{Kv, KvError, MemoryKv};
