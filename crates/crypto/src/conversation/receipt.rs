//! How far a member has got in a conversation: sealed for the members, kept by the server beside the member's reader until the next one.
//! Beside the MLS ratchet, so that the newest alone is enough, and that nobody has to read those of all others.
//!
//! ```text
//! epoch | nonce (24 random bytes) | XChaCha20-Poly1305 of [ account | device | signature | message | 0x80 00 … ] | tag
//! ```
//! 256 bytes, or 1,024 where a message needs them. The key is the MLS exporter's (RFC 9420 §8.5) of the epoch, and all members
//! have it; so the device signs. Log and epoch are bound in, so that what was sealed once is not taken elsewhere.
//! A member who was away opens those of past epochs by keys that it kept ([`Conversation::receipt_key`]).

use casemate_content::pad::{pad_to, unpad};
use casemate_wire::ids::{AccountId, DeviceId};
use casemate_wire::limits::RECEIPT_BYTES;
use casemate_wire::manifest::{sign_labelled, verify_signature};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use openmls::prelude::{ExtensionType, LeafNode};
use zeroize::Zeroizing;

use super::Conversation;
use super::leaf::{Claim, LeafInfo};
use crate::codec::{Reader, Writer};
use crate::error::CryptoError;
use crate::identity::DeviceIdentity;

/// Label of a receipt's signature.
pub const RECEIPT_LABEL: &[u8] = b"casemate/receipt/v1";

/// Label of the exporter that gives an epoch's key.
const KEY_LABEL: &str = "casemate/receipt-key/v1";

/// A device whose leaf lists it (RFC 9420 §7.2) reads receipts beside readers, and needs none in the log. Private use (§17.3).
pub(super) const RECEIPTS_EXTENSION: u16 = 0xF0CE;

const KEY: usize = 32;
const NONCE: usize = 24;
const TAG: usize = 16;
const EPOCH: usize = 8;
const SIGNATURE: usize = 64;

const REFUSED: CryptoError = CryptoError::Invalid("this receipt is not of a member");

/// Of which epoch a sealed receipt is; `None` where its size is none of a receipt's.
pub fn receipt_epoch(sealed: &[u8]) -> Option<u64> {
    let (epoch, _) = sealed.split_first_chunk::<EPOCH>()?;
    RECEIPT_BYTES.contains(&sealed.len()).then(|| u64::from_be_bytes(*epoch))
}

impl Conversation {
    /// Whether all members' devices read receipts beside readers.
    pub fn all_read_receipts(&self) -> bool {
        self.leaf_nodes().all(|(_, node)| knows_receipts(node))
    }

    /// The key of this epoch's receipts. It opens nothing else.
    ///
    /// # Errors
    /// [`CryptoError::NotMember`] once this device was removed.
    pub fn receipt_key(&self) -> Result<Zeroizing<[u8; KEY]>, CryptoError> {
        self.epoch_key(KEY_LABEL, "receipt key")
    }

    /// Seals `message` for the members of this epoch. `nonce` is random, new each time.
    ///
    /// # Errors
    /// [`CryptoError::NotMember`] once this device was removed, [`CryptoError::TooLarge`] for over some 870 bytes.
    pub fn seal_receipt(
        &self,
        id: &DeviceIdentity,
        nonce: [u8; NONCE],
        message: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        let epoch = self.epoch();
        let who = (id.account, id.device);
        let signature =
            sign_labelled(&id.signing, RECEIPT_LABEL, &[&self.receipt_signed(epoch, &nonce, who, message)]);
        let plain = Writer::default()
            .fixed(&id.account.0)
            .fixed(&id.device.0)
            .fixed(&signature)
            .fixed(message)
            .finish();
        let room = |size: &usize| size - EPOCH - NONCE - TAG;
        let padded = RECEIPT_BYTES
            .iter()
            .find_map(|size| pad_to(plain.clone(), room(size)))
            .ok_or(CryptoError::TooLarge("a receipt is smaller than this"))?;
        let payload = Payload { msg: &padded, aad: &self.receipt_bound(epoch) };
        let key = self.receipt_key()?;
        let sealed = XChaCha20Poly1305::new((&*key).into())
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|error| CryptoError::internal("receipt", error))?;
        Ok([&epoch.to_be_bytes()[..], &nonce[..], &sealed].concat())
    }

    /// Opens what a device sealed that is a member now, by the key of the epoch that [`receipt_epoch`] says.
    ///
    /// # Errors
    /// [`CryptoError::Invalid`] for everything else: drop it.
    pub fn open_receipt(&self, key: &[u8; KEY], sealed: &[u8]) -> Result<(LeafInfo, Vec<u8>), CryptoError> {
        let epoch = receipt_epoch(sealed).ok_or(REFUSED)?;
        let (nonce, sealed) = sealed[EPOCH..].split_first_chunk::<NONCE>().ok_or(REFUSED)?;
        let payload = Payload { msg: sealed, aad: &self.receipt_bound(epoch) };
        let padded = XChaCha20Poly1305::new(key.into())
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| REFUSED)?;
        let mut reader = Reader::new(unpad(&padded).ok_or(REFUSED)?);
        let account = AccountId(reader.array().map_err(|_| REFUSED)?);
        let device = DeviceId(reader.array().map_err(|_| REFUSED)?);
        let signature: [u8; SIGNATURE] = reader.array().map_err(|_| REFUSED)?;
        let message = reader.rest();
        let named = |node: &LeafNode| {
            Claim::of(node).is_ok_and(|claim| (claim.account, claim.device) == (account, device))
        };
        let (leaf, node) = self.leaf_nodes().find(|(_, node)| named(node)).ok_or(REFUSED)?;
        let signer = Claim::of(node).map_err(|_| REFUSED)?.signature_key;
        let signed = self.receipt_signed(epoch, nonce, (account, device), message);
        verify_signature(&signer, RECEIPT_LABEL, &[&signed], &signature).map_err(|_| REFUSED)?;
        Ok((LeafInfo::known(leaf, node).ok_or(REFUSED)?, message.to_vec()))
    }

    fn receipt_bound(&self, epoch: u64) -> Vec<u8> {
        Writer::default().fixed(&self.log.0).u64(epoch).finish()
    }

    /// All of a known length but the last, so that no two meanings have the same bytes.
    fn receipt_signed(
        &self,
        epoch: u64,
        nonce: &[u8; NONCE],
        (account, device): (AccountId, DeviceId),
        message: &[u8],
    ) -> Vec<u8> {
        Writer::default()
            .fixed(&self.log.0)
            .u64(epoch)
            .fixed(nonce)
            .fixed(&account.0)
            .fixed(&device.0)
            .fixed(message)
            .finish()
    }
}

pub(super) fn knows_receipts(node: &LeafNode) -> bool {
    node.capabilities().extensions().contains(&ExtensionType::Unknown(RECEIPTS_EXTENSION))
}
