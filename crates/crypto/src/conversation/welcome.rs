//! A Welcome (RFC 9420 §12.4.3.1) in two parts: what each joiner needs of its own, and what is the same for all.
//!
//! ```text
//! struct {                                joiner     suite | this joiner's EncryptedGroupSecrets
//!   CipherSuite cipher_suite;      ──▶
//!   EncryptedGroupSecrets secrets<V>;     common     encrypted_group_info<V> | ratchet tree
//!   opaque encrypted_group_info<V>;
//! } Welcome;
//! ```
//! The tree travels outside of the GroupInfo, so the common part shows who is a member to whoever reads it.

use casemate_wire::ids::Hash32;
use openmls::prelude::{
    EncryptedGroupSecrets, KeyPackageBundle, KeyPackageRef, OpenMlsProvider as _, RatchetTreeIn, Welcome,
};
use openmls_traits::storage::StorageProvider as _;
use tls_codec::{DeserializeBytes, Serialize, VLBytes};

use super::package::KeptPackage;
use crate::error::CryptoError;
use crate::provider::Provider;
use crate::store::{Kv, package_key};

const MALFORMED: CryptoError = CryptoError::Invalid("the invitation is malformed");

/// A Welcome, taken apart.
pub(super) struct Parts {
    suite: u16,
    secrets: Vec<EncryptedGroupSecrets>,
    group_info: VLBytes,
}

impl Parts {
    pub fn split(welcome: &Welcome) -> Result<Self, CryptoError> {
        let internal = |error| CryptoError::internal("welcome", error);
        let bytes = welcome.tls_serialize_detached().map_err(internal)?;
        let (suite, rest) = u16::tls_deserialize_bytes(&bytes).map_err(internal)?;
        let (secrets, rest) = Vec::tls_deserialize_bytes(rest).map_err(internal)?;
        let group_info = VLBytes::tls_deserialize_exact_bytes(rest).map_err(internal)?;
        Ok(Self { suite, secrets, group_info })
    }

    /// The part of the joiner whose key package this is; `None` where it is not among them.
    pub fn joiner(&self, package: &KeyPackageRef) -> Option<Vec<u8>> {
        let secrets = self.secrets.iter().find(|secrets| secrets.new_member() == *package)?;
        let secrets = secrets.tls_serialize_detached().ok()?;
        Some([&self.suite.to_be_bytes()[..], &secrets].concat())
    }

    /// The part that is the same for all.
    pub fn common(&self, tree: &RatchetTreeIn) -> Result<Vec<u8>, CryptoError> {
        let internal = |error| CryptoError::internal("welcome", error);
        let group_info = self.group_info.tls_serialize_detached().map_err(internal)?;
        Ok([group_info, tree.tls_serialize_detached().map_err(internal)?].concat())
    }
}

/// SHA-256 of the reference (RFC 9420 §5.2) to the key package that a Welcome's own part is for.
pub fn welcome_package(joiner: &[u8]) -> Option<Hash32> {
    let (_, secrets) = u16::tls_deserialize_bytes(joiner).ok()?;
    let secrets = EncryptedGroupSecrets::tls_deserialize_exact_bytes(secrets).ok()?;
    Some(Hash32::of(&[secrets.new_member().as_slice()]))
}

/// The key package that a Welcome's own part is for, where this device has it still, and under which key of the store.
pub fn welcome_kept(kv: &dyn Kv, joiner: &[u8]) -> Option<(KeptPackage, Vec<u8>)> {
    let (_, secrets) = u16::tls_deserialize_bytes(joiner).ok()?;
    let secrets = EncryptedGroupSecrets::tls_deserialize_exact_bytes(secrets).ok()?;
    let bundle: KeyPackageBundle =
        Provider::new(kv).storage().key_package(&secrets.new_member()).ok().flatten()?;
    Some((KeptPackage::of(&bundle)?, package_key(&secrets.new_member())?))
}

/// Puts the parts together again.
pub(super) fn join(joiner: &[u8], common: &[u8]) -> Result<(Welcome, RatchetTreeIn), CryptoError> {
    let (suite, secrets) = u16::tls_deserialize_bytes(joiner).map_err(|_| MALFORMED)?;
    let secrets = EncryptedGroupSecrets::tls_deserialize_exact_bytes(secrets).map_err(|_| MALFORMED)?;
    let (group_info, tree) = VLBytes::tls_deserialize_bytes(common).map_err(|_| MALFORMED)?;
    let tree = RatchetTreeIn::tls_deserialize_exact_bytes(tree).map_err(|_| MALFORMED)?;
    let welcome = [
        suite.tls_serialize_detached(),
        vec![secrets].tls_serialize_detached(),
        group_info.tls_serialize_detached(),
    ];
    let welcome = welcome.into_iter().collect::<Result<Vec<_>, _>>().map_err(|_| MALFORMED)?.concat();
    let welcome = Welcome::tls_deserialize_exact_bytes(&welcome).map_err(|_| MALFORMED)?;
    Ok((welcome, tree))
}
