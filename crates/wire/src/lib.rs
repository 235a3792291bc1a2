//! What client and server say to each other, parsed once, here.
//!
//! - [`proto`]: the messages of `proto/wire.proto`, `proto/directory.proto` and `proto/transparency.proto`.
//! - [`frame`]: one WebSocket message to one frame and back, bounded before it is parsed.
//! - [`ids`]: identifiers and secrets as types that cannot be mixed up.
//! - [`limits`]: every number that bounds something.
//! - [`manifest`]: the document that names an account's devices, and how it is verified.
//! - [`seal_key`]: keys to seal to that a device makes anew each month.
//! - [`first_device`]: which server an account begins at.
//! - [`link`]: invitation links.
//! - [`device_code`]: the code that a new device shows.
//! - [`call`]: what is asked of a relay. [`relay`]: how a server speaks with one.
//!
//! Not here: anything inside the encryption (`casemate-content`), which the server cannot name.

// What is counted with here comes from the other side.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

pub mod call;
pub mod device_code;
pub mod first_device;
pub mod frame;
pub mod handle;
pub mod ids;
pub mod limits;
pub mod link;
pub mod manifest;
pub mod relay;
pub mod seal_key;

/// Generated from `proto/`.
#[allow(missing_docs, clippy::all)]
pub mod proto {
    /// `proto/directory.proto`
    pub mod directory {
        pub use v1::*;
        pub mod v1 {
            include!(concat!(env!("OUT_DIR"), "/casemate.directory.v1.rs"));
        }
    }
    /// `proto/transparency.proto`
    pub mod transparency {
        pub use v1::*;
        pub mod v1 {
            include!(concat!(env!("OUT_DIR"), "/casemate.transparency.v1.rs"));
        }
    }
    /// `proto/relay.proto`
    pub mod relay {
        pub use v1::*;
        pub mod v1 {
            include!(concat!(env!("OUT_DIR"), "/casemate.relay.v1.rs"));
        }
    }
    /// `proto/wire.proto`
    pub mod wire {
        pub use v1::*;
        pub mod v1 {
            include!(concat!(env!("OUT_DIR"), "/casemate.wire.v1.rs"));
        }
    }
}

/// What a wake target is sealed for: HPKE's `info`, with the log as associated data.
pub const WAKE_LABEL: &[u8] = b"casemate/wake/v1";

/// What a backup's passphrase is shown for: OPAQUE's context (RFC 9807), the same on both sides.
pub const BACKUP_LABEL: &[u8] = b"casemate/backup/opaque/v1";

/// The protocol's version. A server takes the versions it knows and refuses others by name.
pub const PROTOCOL_VERSION: u32 = 1;
