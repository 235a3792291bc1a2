//! What is inside the encryption. The server never sees this crate.
//!
//! - [`proto`]: the messages of `proto/content.proto`.
//! - [`call`]: what is said of calls, parsed so that nothing else is in it.
//! - [`pad`]: lengths tell only a bucket (Padmé).
//! - [`limits`]: bounds on what others may send.

pub mod call;
pub mod limits;
pub mod pad;

/// Generated from `proto/content.proto`.
#[allow(missing_docs, clippy::all)]
pub mod proto {
    include!(concat!(env!("OUT_DIR"), "/casemate.content.v1.rs"));
}
