//! What the members of an epoch share for a call (RFC 9420 §8.5).

use casemate_wire::ids::CallId;
use openmls::prelude::ExtensionType;
use zeroize::Zeroizing;

use super::{CRYPTO, Conversation};
use crate::call::CallSecret;
use crate::error::CryptoError;

/// Label of the exporter that gives an epoch's secret for a call.
const CALL_LABEL: &str = "casemate/call/v1";

const SECRET: usize = 32;

/// A device whose leaf lists it (RFC 9420 §7.2) knows secrets that are said in calls. Private use (§17.3).
pub(super) const CALLS_EXTENSION: u16 = 0xF0CF;

/// Label of the exporter that gives an epoch's code for a call.
const CODE_LABEL: &str = "casemate/call-code/v1";

/// Its bytes.
const CODE: usize = 6;

impl Conversation {
    /// Whether all members' devices know secrets that are said in calls. All of an epoch answer this alike.
    pub fn all_know_call_secrets(&self) -> bool {
        let known = ExtensionType::Unknown(CALLS_EXTENSION);
        self.leaf_nodes().all(|(_, node)| node.capabilities().extensions().contains(&known))
    }

    /// The secret of this epoch for one call: the keys of its frames follow from it.
    ///
    /// # Errors
    /// [`CryptoError::NotMember`] once this device was removed.
    pub fn call_secret(&self, call: CallId) -> Result<CallSecret, CryptoError> {
        if !self.is_active() {
            return Err(CryptoError::NotMember);
        }
        let secret = self
            .group
            .export_secret(&CRYPTO, CALL_LABEL, &call.0, SECRET)
            .map(Zeroizing::new)
            .map_err(|error| CryptoError::internal("call secret", error))?;
        let bytes = <[u8; SECRET]>::try_from(&secret[..])
            .map_err(|error| CryptoError::internal("call secret", error))?;
        Ok(CallSecret::new(bytes))
    }

    /// What all members of this epoch, and nobody else, have in common for one call, short enough to be said. It opens
    /// nothing.
    ///
    /// # Errors
    /// [`CryptoError::NotMember`] once this device was removed.
    pub fn call_code(&self, call: CallId) -> Result<Vec<u8>, CryptoError> {
        if !self.is_active() {
            return Err(CryptoError::NotMember);
        }
        self.group
            .export_secret(&CRYPTO, CODE_LABEL, &call.0, CODE)
            .map_err(|error| CryptoError::internal("call code", error))
    }
}
