//! What the log says of a name now.

use akd_core::verify::lookup_verify;
use casemate_wire::handle::Handle;
use casemate_wire::ids::Hash32;
use casemate_wire::proto::transparency as proto;

use crate::{Broken, Hashing, Head, akd_label, code};

/// A name's newest value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Logged {
    /// The manifest's hash.
    pub manifest: Hash32,
    /// Which value of this name it is: 1, 2, 3 …
    pub version: u64,
    /// In which epoch it was published.
    pub epoch: u64,
}

/// Verifies that this is what the log of `head` says of a name, and that it says nothing newer.
pub fn verify(head: &Head, handle: &Handle, proof: &proto::Lookup) -> Result<Logged, Broken> {
    let proof = code::read_lookup(proof)?;
    let found = lookup_verify::<Hashing>(&head.vrf_key, head.root, head.epoch, akd_label(handle), proof)
        .map_err(|_| Broken::Proof)?;
    let manifest = Hash32::try_from(&found.value.0[..]).map_err(|_| Broken::Malformed)?;
    Ok(Logged { manifest, version: found.version, epoch: found.epoch })
}
