//! What the members of an epoch share for a call (RFC 9420 §8.5).

use casemate_wire::ids::CallId;
use zeroize::Zeroizing;

use super::{CRYPTO, Conversation};
use crate::call::CallSecret;
use crate::error::CryptoError;

/// Label of the exporter that gives an epoch's secret for a call.
const CALL_LABEL: &str = "casemate/call/v1";

const SECRET: usize = 32;

impl Conversation {
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
            .export_secret(&*CRYPTO, CALL_LABEL, &call.0, SECRET)
            .map(Zeroizing::new)
            .map_err(|error| CryptoError::internal("call secret", error))?;
        let bytes = <[u8; SECRET]>::try_from(&secret[..])
            .map_err(|error| CryptoError::internal("call secret", error))?;
        Ok(CallSecret::new(bytes))
    }
}
