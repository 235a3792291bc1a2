//! Drives the real binary from outside: servers, people at `casemate rpc`, and the bytes between them. The stories
//! told with it are in `tests/all`.
//!
//! Nothing of the product is linked in but the wire format, for a stranger who speaks it by hand. Waiting is always
//! for an answer or an event, with a deadline; a story that hangs says at what.
//!
//! - [`binary`]: where `casemate` is.
//! - [`server`], [`person`]: one process each, with start, kill and restart.
//! - [`world`]: a folder with a server and people in it.
//! - [`tap`]: a proxy that keeps what passes, and can be cut.
//! - [`files`]: fixtures, large files, hashes.
//! - [`stranger`]: a WebSocket by hand.

// A story that cannot go on ends with a panic that says why.
#![allow(clippy::unwrap_used)]

pub mod binary;
pub mod files;
pub mod person;
pub mod server;
pub mod stranger;
pub mod tap;
pub mod world;

use std::time::Duration;

/// How long anything may take. Long, because tests share two cores with other builds; a pass never waits for it.
pub const PATIENCE: Duration = Duration::from_secs(60);
