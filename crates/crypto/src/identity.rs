//! The keys of one device: what it signs with and what others seal to.

use casemate_wire::ids::{AccountId, DeviceId, Hash32};
use casemate_wire::manifest::{BadManifest, VerifiedManifest};
use ed25519_dalek::{Signer as _, SigningKey};
use hpke::kem::XWing;
use hpke::{Deserializable, Kem, Serializable};
use openmls_traits::signatures::{Signer, SignerError};
use openmls_traits::types::SignatureScheme;
use rand_chacha::ChaCha20Rng;
use zeroize::Zeroizing;

use crate::rng;

/// A device of an account, with its signature key.
#[derive(Clone)]
pub struct DeviceIdentity {
    /// The account.
    pub account: AccountId,
    /// This device.
    pub device: DeviceId,
    /// Signs leaves, messages, knocks and requests. Wiped on drop.
    pub signing: SigningKey,
    /// Encoded `SignedManifest` that names this device.
    pub manifest: Vec<u8>,
}

impl DeviceIdentity {
    /// The manifest, verified.
    ///
    /// # Errors
    /// Where it does not verify: it was not checked when it was stored.
    pub fn verified_manifest(&self) -> Result<VerifiedManifest, BadManifest> {
        VerifiedManifest::from_bytes(&self.manifest)
    }
}

impl std::fmt::Debug for DeviceIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DeviceIdentity({:?}, {:?})", self.account, self.device)
    }
}

impl Signer for DeviceIdentity {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        Ok(self.signing.sign(payload).to_bytes().to_vec())
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

/// A new signature key.
pub fn new_signing_key(rng: &mut ChaCha20Rng) -> SigningKey {
    SigningKey::from_bytes(&Zeroizing::new(rng::bytes(rng)))
}

/// The X-Wing key pair that others seal knocks and inbox messages to.
#[derive(Clone)]
pub struct SealKeys {
    seed: Zeroizing<[u8; 32]>,
    /// The public key, 1,216 bytes.
    pub public: Vec<u8>,
}

impl SealKeys {
    /// A new key pair.
    pub fn generate(rng: &mut ChaCha20Rng) -> Self {
        Self::from_secret(&Zeroizing::new(rng::bytes(rng)))
    }

    /// The key pair of a stored secret.
    pub fn from_secret(seed: &[u8; 32]) -> Self {
        let public = XWing::sk_to_pk(&private_key(seed)).to_bytes().to_vec();
        Self { seed: Zeroizing::new(*seed), public }
    }

    /// The secret, to be stored: the seed that the X-Wing key pair grows from.
    pub fn secret(&self) -> &[u8; 32] {
        &self.seed
    }

    /// What the manifest says of the public key.
    pub fn public_hash(&self) -> Hash32 {
        Hash32::of(&[&self.public])
    }

    pub(crate) fn private(&self) -> <XWing as Kem>::PrivateKey {
        private_key(&self.seed)
    }
}

impl std::fmt::Debug for SealKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealKeys(…)")
    }
}

fn private_key(seed: &[u8; 32]) -> <XWing as Kem>::PrivateKey {
    <XWing as Kem>::PrivateKey::from_bytes(seed).expect("an X-Wing seed is any 32 bytes")
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn keys_come_back_from_their_secret_and_do_not_print() {
        let keys = SealKeys::generate(&mut ChaCha20Rng::from_seed([1; 32]));
        let again = SealKeys::from_secret(keys.secret());
        assert_eq!(keys.public, again.public);
        assert_eq!(keys.public.len(), casemate_wire::limits::HPKE_KEY_BYTES);
        assert_eq!(format!("{keys:?}"), "SealKeys(…)");
    }
}
