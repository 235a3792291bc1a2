//! Keys to seal to that a device makes anew each month, and signs. The manifest names one that stays, for programs of before.

use bytes::Bytes;
use ed25519_dalek::SigningKey;

use crate::ids::{AccountId, DeviceId};
use crate::limits::HPKE_KEY_BYTES;
use crate::manifest::{BadManifest, sign_labelled, verify_signature};
use crate::proto::directory::SealKey;

/// Label of the device's signature.
pub const SEAL_KEY_LABEL: &[u8] = b"casemate/seal-key/v1";

/// So far ahead of the reader's clock may the time of a key be. One from further on would stand in the way of all that come after it.
pub const AHEAD_MS: i64 = 86_400_000;

/// Signs a key as this device's.
pub fn sign(owner: (AccountId, DeviceId), made_ms: i64, public: &[u8], device_key: &SigningKey) -> SealKey {
    let key = Bytes::copy_from_slice(public);
    let (account, device) = owner;
    let parts: [&[u8]; 4] = [&account.0, &device.0, &made_ms.to_be_bytes(), &key];
    SealKey { made_ms, signature: sign_labelled(device_key, SEAL_KEY_LABEL, &parts).into(), key }
}

/// Whether the device made this key, and not later than a day from now.
///
/// # Errors
/// [`BadManifest`]: of another device, malformed, or from a time that is not yet.
pub fn verify(
    said: &SealKey,
    owner: (AccountId, DeviceId),
    device_key: &[u8; 32],
    now_ms: i64,
) -> Result<(), BadManifest> {
    if said.key.len() != HPKE_KEY_BYTES || !(1..=now_ms.saturating_add(AHEAD_MS)).contains(&said.made_ms) {
        return Err(BadManifest::Malformed);
    }
    let (account, device) = owner;
    let parts: [&[u8]; 4] = [&account.0, &device.0, &said.made_ms.to_be_bytes(), &said.key];
    verify_signature(device_key, SEAL_KEY_LABEL, &parts, &said.signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seal_key_counts_for_its_account_device_time_and_key_alone() {
        let device_key = SigningKey::from_bytes(&[7; 32]);
        let public = device_key.verifying_key().to_bytes();
        let owner = (AccountId([1; 16]), DeviceId([2; 16]));
        let said = sign(owner, 1_000, &[3; HPKE_KEY_BYTES], &device_key);
        let holds = |said: &SealKey, owner, key: &[u8; 32], now_ms| verify(said, owner, key, now_ms).is_ok();
        assert!(holds(&said, owner, &public, 1_000));
        assert!(holds(&said, owner, &public, 1_000 - AHEAD_MS), "clocks differ");
        assert!(!holds(&said, owner, &public, 999 - AHEAD_MS), "not from further on");
        assert!(!holds(&said, (AccountId([9; 16]), owner.1), &public, 1_000));
        assert!(!holds(&said, (owner.0, DeviceId([9; 16])), &public, 1_000));
        let other = SigningKey::from_bytes(&[8; 32]).verifying_key().to_bytes();
        assert!(!holds(&said, owner, &other, 1_000));
        for forged in [
            SealKey { made_ms: 1_001, ..said.clone() },
            SealKey { key: vec![4; HPKE_KEY_BYTES].into(), ..said.clone() },
            SealKey { key: vec![3; HPKE_KEY_BYTES - 1].into(), ..said.clone() },
            SealKey { signature: Bytes::new(), ..said.clone() },
        ] {
            assert!(!holds(&forged, owner, &public, 2_000), "{forged:?}");
        }
        for made_ms in [0, -1, i64::MIN] {
            let never = sign(owner, made_ms, &[3; HPKE_KEY_BYTES], &device_key);
            assert!(!holds(&never, owner, &public, 2_000));
        }
    }
}
