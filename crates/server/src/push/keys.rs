//! The server's two keys for waking: one signs to push services (VAPID), to the other devices seal where they are woken.
//!
//! In a file of their own, which no backup of the data needs and none should have: with it, the rows of a stolen
//! database could be opened. Where it is lost, a new one is made; devices see that, and seal anew.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::encoding::{AsBigEndian as _, EcPrivateKeyBin};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use casemate_wire::WAKE_LABEL;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::XWing;
use hpke::{Deserializable, Kem, OpModeR, Serializable};
use rand_core::{OsRng, RngCore};
use zeroize::Zeroizing;

const ENCAPSULATED: usize = 1_120;

/// Both.
#[derive(Clone)]
pub struct Keys {
    vapid: Zeroizing<[u8; 32]>,
    vapid_public: Vec<u8>,
    seal: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    /// New ones.
    pub fn generate() -> Self {
        let vapid = PrivateKey::generate(&ECDH_P256).expect("the system has randomness");
        let secret: EcPrivateKeyBin<'_> = vapid.as_be_bytes().expect("a key that was just made");
        let mut bytes = Zeroizing::new([0; 64]);
        bytes[..32].copy_from_slice(secret.as_ref());
        OsRng.fill_bytes(&mut bytes[32..]);
        Self::from_bytes(&bytes).expect("keys that were just made")
    }

    /// The file's; made where it is not there.
    ///
    /// # Errors
    /// Where the file can be neither read nor made, or holds something else.
    pub fn open(path: &Path) -> io::Result<Self> {
        match fs::read(path) {
            Ok(bytes) => {
                let bytes = Zeroizing::new(bytes);
                let other = || io::Error::new(io::ErrorKind::InvalidData, "this is not a file of push keys");
                let bytes: &[u8; 64] = bytes[..].try_into().map_err(|_| other())?;
                Self::from_bytes(bytes).ok_or_else(other)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let keys = Self::generate();
                keys.write(path)?;
                Ok(keys)
            }
            Err(error) => Err(error),
        }
    }

    fn write(&self, path: &Path) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        file.write_all(&self.vapid[..])?;
        file.write_all(&self.seal[..])?;
        file.sync_all()
    }

    fn from_bytes(bytes: &[u8; 64]) -> Option<Self> {
        let (vapid, seal) = bytes.split_first_chunk::<32>()?;
        let private = PrivateKey::from_private_key(&ECDH_P256, vapid).ok()?;
        let vapid_public = private.compute_public_key().ok()?.as_ref().to_vec();
        let keys =
            Self { vapid: Zeroizing::new(*vapid), vapid_public, seal: Zeroizing::new(seal.try_into().ok()?) };
        keys.try_signing().map(|_| keys.clone())
    }

    /// The key that signs.
    pub fn signing(&self) -> EcdsaKeyPair {
        self.try_signing().expect("checked when it was read")
    }

    fn try_signing(&self) -> Option<EcdsaKeyPair> {
        EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            &self.vapid[..],
            &self.vapid_public,
        )
        .ok()
    }

    /// Its public half: 65 bytes, what a browser calls `applicationServerKey`.
    pub fn vapid_public(&self) -> Vec<u8> {
        self.vapid_public.clone()
    }

    /// What devices seal to: an X-Wing key.
    pub fn seal_public(&self) -> Vec<u8> {
        XWing::sk_to_pk(&self.private()).to_bytes().to_vec()
    }

    /// Opens what a device sealed for a log; `None` for anything else.
    pub fn open_sealed(&self, log: &[u8; 16], sealed: &[u8]) -> Option<Vec<u8>> {
        let (encapsulated, ciphertext) = sealed.split_at_checked(ENCAPSULATED)?;
        let encapsulated = <XWing as Kem>::EncappedKey::from_bytes(encapsulated).ok()?;
        hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
            &OpModeR::Base,
            &self.private(),
            &encapsulated,
            WAKE_LABEL,
            ciphertext,
            log,
        )
        .ok()
    }

    fn private(&self) -> <XWing as Kem>::PrivateKey {
        <XWing as Kem>::PrivateKey::from_bytes(&self.seal[..]).expect("an X-Wing seed is any 32 bytes")
    }
}

/// As a device does it.
#[cfg(test)]
pub fn seal(public: &[u8], log: &[u8; 16], message: &[u8]) -> Vec<u8> {
    let public = <XWing as Kem>::PublicKey::from_bytes(public).unwrap();
    let (encapsulated, ciphertext) = hpke::single_shot_seal::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &hpke::OpModeS::Base,
        &public,
        WAKE_LABEL,
        message,
        log,
    )
    .unwrap();
    [&encapsulated.to_bytes()[..], &ciphertext].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_made_once_for_its_owner_only_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("push.key");
        let (first, again) = (Keys::open(&path).unwrap(), Keys::open(&path).unwrap());
        assert_eq!(first.vapid_public(), again.vapid_public());
        assert_eq!(first.seal_public(), again.seal_public());
        assert_eq!(format!("{first:?}"), "Keys(…)");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::write(&path, b"something else").unwrap();
        assert!(Keys::open(&path).is_err());
    }

    #[test]
    fn what_is_sealed_opens_for_its_log_only() {
        let (keys, other) = (Keys::generate(), Keys::generate());
        let sealed = seal(&keys.seal_public(), &[1; 16], b"target");
        assert_eq!(keys.open_sealed(&[1; 16], &sealed).as_deref(), Some(&b"target"[..]));
        assert_eq!(keys.open_sealed(&[2; 16], &sealed), None);
        assert_eq!(other.open_sealed(&[1; 16], &sealed), None);
        assert_eq!(keys.open_sealed(&[1; 16], &sealed[..100]), None);
        assert_ne!(seal(&keys.seal_public(), &[1; 16], b"target"), sealed, "no two look alike");
    }
}
