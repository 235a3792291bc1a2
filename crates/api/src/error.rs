//! Errors that a person understands and can act on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What went wrong, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The request itself is wrong.
    Invalid,
    /// There is no such thing.
    NotFound,
    /// It exists, but not for this account.
    NotAllowed,
    /// Somebody has it already.
    Taken,
    /// The database is locked by its passphrase, or another process has it open.
    Locked,
    /// The server cannot be reached now.
    Offline,
    /// Over a limit.
    TooLarge,
    /// Too often; wait.
    RateLimited,
    /// The server said no, or failed.
    ServerRefused,
    /// A signature or a key is not what it must be.
    Untrusted,
    /// No room on this device or on the server.
    StorageFull,
    /// The organisation's policy says no.
    Policy,
}

/// An error: its kind for programs, a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Error {
    /// For programs.
    pub kind: Kind,
    /// For people: what happened, whether anything was lost, what to do.
    pub message: String,
}

impl Error {
    /// Puts a kind and a sentence together.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// The JSON-RPC 2.0 error code that goes with the kind: -32602 for `invalid`, else the server range.
    pub fn code(&self) -> i32 {
        match self.kind {
            Kind::Invalid => -32602,
            Kind::NotFound => -32001,
            Kind::NotAllowed => -32002,
            Kind::Taken => -32003,
            Kind::Locked => -32004,
            Kind::Offline => -32005,
            Kind::TooLarge => -32006,
            Kind::RateLimited => -32007,
            Kind::ServerRefused => -32008,
            Kind::Untrusted => -32009,
            Kind::StorageFull => -32010,
            Kind::Policy => -32011,
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
