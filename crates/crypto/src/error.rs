//! What can go wrong, by what the caller does about it.

use crate::conversation::rules::SkipReason;
use crate::store::{KvError, StoreError};

/// Why an operation did not happen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// The store failed: roll the transaction back and load the conversation again.
    #[error(transparent)]
    Store(#[from] KvError),
    /// Bytes from outside are not what they should be: drop them.
    #[error("{0}")]
    Invalid(&'static str),
    /// The change would be skipped by every member: do not offer it.
    #[error("this change is not allowed here: {0}")]
    NotAllowed(SkipReason),
    /// A commit of this device waits for its entry: merge or discard it first.
    #[error("another change of this conversation is still on its way")]
    CommitPending,
    /// The Welcome was made for a key package that this device no longer has: ask to be added again.
    #[error("the invitation was made for keys that this device no longer has")]
    NoKeyPackage,
    /// This device was removed: nothing more can be sent or read here.
    #[error("this device is no longer a member of the conversation")]
    NotMember,
    /// Over a limit of the protocol.
    #[error("{0}")]
    TooLarge(&'static str),
    /// A library refused what it should have taken. A bug here or there: report it.
    #[error("internal error in {place}: {detail}")]
    Internal {
        /// The operation.
        place: &'static str,
        /// The library's words; no secrets in them.
        detail: String,
    },
}

impl CryptoError {
    /// Wraps a library's error that should not have been possible.
    pub(crate) fn internal(place: &'static str, error: impl std::fmt::Debug) -> Self {
        let detail = format!("{error:?}");
        // OpenMLS wraps what failed in the store in many types of its own.
        if detail.contains("KvError(") {
            Self::Store(KvError(detail))
        } else {
            Self::Internal { place, detail }
        }
    }
}

impl From<StoreError> for CryptoError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Kv(error) => Self::Store(error),
            error => Self::internal("store", error),
        }
    }
}
