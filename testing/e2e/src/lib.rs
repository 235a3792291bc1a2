//! Drives the real binary from outside: servers, people at `casemate rpc`, and the bytes between them. The stories
//! told with it are in `tests/all`.
//!
//! Nothing of the product is linked in but the wire format, for a stranger who speaks it by hand. Waiting is always
//! for an answer or an event, with a deadline; a story that hangs says at what.
//!
//! - [`binary`]: where `casemate` is.
//! - [`server`], [`person`], [`app`], [`terminal`]: one process each, with start and kill.
//! - [`world`]: a folder with a server and people in it.
//! - [`relay`]: a `casemate relay` by itself, or behind a tap; [`detour`]: a bad network before one.
//! - [`tap`]: a proxy that keeps what passes, and can be cut.
//! - [`files`]: fixtures, large files, hashes.
//! - [`stranger`]: a WebSocket by hand.

// A story that cannot go on ends with a panic that says why.
#![allow(clippy::unwrap_used)]

pub mod alone;
pub mod app;
pub mod binary;
pub mod detour;
pub mod files;
pub mod person;
pub mod relay;
pub mod server;
pub mod site;
pub mod stranger;
pub mod tap;
pub mod terminal;
pub mod world;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

static PATIENCE_SECONDS: AtomicU64 = AtomicU64::new(60);

/// How long anything may take. Long, because tests share two cores with other builds; a pass never waits for it.
pub fn patience() -> Duration {
    Duration::from_secs(PATIENCE_SECONDS.load(Ordering::Relaxed))
}

/// Waits until there is something, where no event tells of it.
///
/// # Panics
/// Where there never is.
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + patience();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// For all that follows in this process.
pub fn be_patient(seconds: u64) {
    PATIENCE_SECONDS.store(seconds, Ordering::Relaxed);
}

/// A number from the environment, else its default: `CASEMATE_KILLS=300`.
pub fn setting(name: &str, default: u64) -> u64 {
    let Some(text) = std::env::var_os(name) else { return default };
    let number = text.to_str().and_then(|text| text.parse().ok());
    number.unwrap_or_else(|| panic!("{name} is a number, not {text:?}"))
}
