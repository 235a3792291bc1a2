//! What matters only now (typing, being there): sealed under a key of the epoch, beside the MLS ratchet, so that a lost
//! one leaves no gap and a million of them use no key up.
//!
//! ```text
//! nonce (24 random bytes) | XChaCha20-Poly1305 of [ leaf | signature | message | 0x80 00 … ] | tag      256 bytes
//! ```
//! The key is the MLS exporter's (RFC 9420 §8.5) and all members have it; so the device signs, and no member can
//! speak for another. The signature covers log, epoch and nonce: what was sealed once cannot be sealed again elsewhere.

use casemate_wire::limits::EPHEMERAL_BYTES;
use casemate_wire::manifest::{sign_labelled, verify_signature};
use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use openmls::prelude::LeafNodeIndex;
use zeroize::Zeroizing;

use super::leaf::{Claim, LeafInfo};
use super::{CRYPTO, Conversation};
use crate::codec::{Reader, Writer};
use crate::error::CryptoError;
use crate::identity::DeviceIdentity;
use casemate_content::pad::{pad_to, unpad};

/// Label of an ephemeral's signature.
pub const EPHEMERAL_LABEL: &[u8] = b"casemate/ephemeral/v1";

/// Label of the exporter that gives an epoch's key.
const KEY_LABEL: &str = "casemate/ephemeral-key/v1";

const KEY: usize = 32;
const NONCE: usize = 24;
const TAG: usize = 16;
const LEAF: usize = 4;
const SIGNATURE: usize = 64;

/// Bytes that the message of an ephemeral may have: what is left of 256, less one of padding.
pub const EPHEMERAL_MESSAGE_BYTES: usize = EPHEMERAL_BYTES - NONCE - TAG - LEAF - SIGNATURE - 1;

const REFUSED: CryptoError = CryptoError::Invalid("this ephemeral is not of this epoch's members");

impl Conversation {
    /// Seals `message` for the members of this epoch. `nonce` is random, new each time.
    ///
    /// # Errors
    /// [`CryptoError::NotMember`] once this device was removed, [`CryptoError::TooLarge`] over
    /// [`EPHEMERAL_MESSAGE_BYTES`].
    pub fn seal_ephemeral(
        &self,
        id: &DeviceIdentity,
        nonce: [u8; NONCE],
        message: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        let leaf = self.own_leaf();
        let signature = sign_labelled(&id.signing, EPHEMERAL_LABEL, &[&self.signed(&nonce, leaf, message)]);
        let plain = Writer::default().u32(leaf).fixed(&signature).fixed(message).finish();
        let padded = pad_to(plain, EPHEMERAL_BYTES - NONCE - TAG)
            .ok_or(CryptoError::TooLarge("an ephemeral is smaller than this"))?;
        let sealed = self
            .ephemeral_cipher()?
            .encrypt(&XNonce::from(nonce), &padded[..])
            .map_err(|error| CryptoError::internal("ephemeral", error))?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Opens what a member sealed in this epoch, and says whose device it was.
    ///
    /// # Errors
    /// [`CryptoError::Invalid`] for everything else, also for what was sealed one epoch ago: drop it.
    pub fn open_ephemeral(&self, sealed: &[u8]) -> Result<(LeafInfo, Vec<u8>), CryptoError> {
        if sealed.len() != EPHEMERAL_BYTES {
            return Err(REFUSED);
        }
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or(REFUSED)?;
        let padded = self.ephemeral_cipher()?.decrypt(&XNonce::from(*nonce), sealed).map_err(|_| REFUSED)?;
        let mut reader = Reader::new(unpad(&padded).ok_or(REFUSED)?);
        let leaf = reader.u32().map_err(|_| REFUSED)?;
        let signature: [u8; SIGNATURE] = reader.array().map_err(|_| REFUSED)?;
        let message = reader.rest();
        let node = self.group.public_group().leaf(LeafNodeIndex::new(leaf)).ok_or(REFUSED)?;
        let key = Claim::of(node).map_err(|_| REFUSED)?.signature_key;
        let signed = self.signed(nonce, leaf, message);
        verify_signature(&key, EPHEMERAL_LABEL, &[&signed], &signature).map_err(|_| REFUSED)?;
        Ok((LeafInfo::known(leaf, node).ok_or(REFUSED)?, message.to_vec()))
    }

    /// All of a known length but the last, so that no two meanings have the same bytes.
    fn signed(&self, nonce: &[u8; NONCE], leaf: u32, message: &[u8]) -> Vec<u8> {
        Writer::default().fixed(&self.log.0).u64(self.epoch()).fixed(nonce).u32(leaf).fixed(message).finish()
    }

    fn ephemeral_cipher(&self) -> Result<XChaCha20Poly1305, CryptoError> {
        Ok(XChaCha20Poly1305::new((&*self.epoch_key(KEY_LABEL, "ephemeral key")?).into()))
    }

    /// A key of this epoch for what is beside the ratchet (RFC 9420 §8.5).
    pub(super) fn epoch_key(
        &self,
        label: &str,
        what: &'static str,
    ) -> Result<Zeroizing<[u8; KEY]>, CryptoError> {
        if !self.is_active() {
            return Err(CryptoError::NotMember);
        }
        let secret = self
            .group
            .export_secret(&CRYPTO, label, &[], KEY)
            .map(Zeroizing::new)
            .map_err(|error| CryptoError::internal(what, error))?;
        let mut key = Zeroizing::new([0; KEY]);
        key.copy_from_slice(&secret);
        Ok(key)
    }
}
