//! Which server an account begins at. A manifest names no server, and a field that did would make it malformed for every
//! program of before, which refuses what it does not know. So the id of an account's first device says it:
//!
//! ```text
//! id = SHA-256(label | signature key)[..8] | SHA-256(label | signature key | server's name)[..8]
//! ```
//! The first half says that the second one counts. An id of before is random, and says nothing.

use crate::ids::{DeviceId, Hash32};
use crate::manifest::VerifiedManifest;

/// The id of the first device of an account that begins at this server. `server`: its name, as it greets.
pub fn first_device(server: &str, signature_key: &[u8; 32]) -> DeviceId {
    let marked = Hash32::of(&[b"casemate/first-device/v1", signature_key]);
    let named = Hash32::of(&[b"casemate/first-device-server/v1", signature_key, server.as_bytes()]);
    let mut id = [0; 16];
    id[..8].copy_from_slice(&marked.0[..8]);
    id[8..].copy_from_slice(&named.0[..8]);
    DeviceId(id)
}

/// Whether the first version of an account's document is for this server; `None` where it says nothing of servers, as those of
/// programs of before.
pub fn is_for_server(first: &VerifiedManifest, server: &str) -> Option<bool> {
    let mut said = first.devices.iter().filter_map(|device| {
        let id = first_device(server, &device.signature_key);
        (device.id.0[..8] == id.0[..8]).then_some(device.id == id)
    });
    let one = said.next()?;
    Some(one && said.all(|other| other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_device_names_its_server_and_no_other() {
        let (one, other) = (first_device("a.example", &[7; 32]), first_device("b.example", &[7; 32]));
        assert_eq!(one.0[..8], other.0[..8], "both are known to name one");
        assert_ne!(one.0[8..], other.0[8..]);
        assert_ne!(one, first_device("a.example", &[8; 32]));
        assert_eq!(one.to_hex(), VECTOR);
    }

    /// Checked with another implementation of SHA-256.
    const VECTOR: &str = "d19b29f6179f1b1d9cf30cbd0a12a312";
}
