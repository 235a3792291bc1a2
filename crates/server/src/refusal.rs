//! What a client is told when the answer is no: a code for its program and a sentence for its person.

use std::borrow::Cow;

use casemate_wire::proto::wire::{Error, ErrorCode, server_frame::Body};

/// A refusal on its way into a frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// What the client's program goes by.
    pub code: ErrorCode,
    /// What a person can do about it. Never holds ids, names or secrets.
    pub message: Cow<'static, str>,
    /// See `Error.entry` in `wire.proto`.
    pub entry: u64,
    /// How long to wait before asking again; 0: asking again will not help.
    pub retry_after_ms: u64,
}

impl Refusal {
    /// A refusal without further numbers.
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), entry: 0, retry_after_ms: 0 }
    }

    /// A field that no honest client sends so.
    pub fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::ErrorInvalid, message)
    }

    /// What was named is not here, or looks so.
    pub fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::ErrorNotFound, message)
    }

    /// It is here, and this asker may not.
    pub fn not_allowed(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::ErrorNotAllowed, message)
    }

    /// Over a size that is fixed by the protocol.
    pub fn too_large(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::ErrorTooLarge, message)
    }

    /// Over a rate or an allowance.
    pub fn rate_limited(message: impl Into<Cow<'static, str>>, retry_after_ms: u64) -> Self {
        Self { retry_after_ms, ..Self::new(ErrorCode::ErrorRateLimited, message) }
    }

    /// The operator took the account's rights.
    pub fn disabled() -> Self {
        Self {
            retry_after_ms: 600_000,
            ..Self::new(ErrorCode::ErrorDisabled, "the operator of this server has disabled this account")
        }
    }

    /// The server's disk is full. Nothing was stored and nothing is lost.
    pub fn storage_full() -> Self {
        Self {
            retry_after_ms: 10_000,
            ..Self::new(
                ErrorCode::ErrorStorageFull,
                "the server's disk is full; nothing was lost, try again later and tell the operator",
            )
        }
    }

    /// Something broke inside; the log says what.
    pub fn internal() -> Self {
        Self {
            retry_after_ms: 5_000,
            ..Self::new(ErrorCode::ErrorInternal, "the server could not do this; its operator's log says why")
        }
    }

    /// As the body of an answer.
    pub fn into_body(self) -> Body {
        Body::Error(Error {
            code: self.code.into(),
            message: self.message.into_owned(),
            entry: self.entry,
            retry_after_ms: self.retry_after_ms,
        })
    }
}
