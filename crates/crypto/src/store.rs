//! Where MLS keeps its state: a small key-value interface that the engine backs with its database, so that ratchet
//! state changes in the same transaction as the message that moved it.
//!
//! Not a cache: after a rolled-back transaction the conversation in memory is stale and has to be loaded again.

mod memory;
mod mls;
mod overlay;

pub use memory::MemoryKv;
pub(crate) use mls::{PACKAGE_KEYS, Store, StoreError, package_at, package_key};
pub(crate) use overlay::Overlay;
use zeroize::Zeroizing;

/// Ratchets, private keys and secrets of epochs are in values: whoever holds one wipes it.
pub type Value = Zeroizing<Vec<u8>>;

/// A table of byte strings. Calls of one operation belong to one transaction of the implementer's.
pub trait Kv {
    /// The value under `key`, if there is one.
    fn read(&self, key: &[u8]) -> Result<Option<Value>, KvError>;
    /// Puts or replaces a value.
    fn write(&self, key: &[u8], value: Value) -> Result<(), KvError>;
    /// Deletes a value, if there is one.
    fn delete(&self, key: &[u8]) -> Result<(), KvError>;
}

/// The store failed; in its own words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the store failed: {0}")]
pub struct KvError(pub String);
