//! The cryptography that OpenMLS asks for, of the two suites there are and no other. What is here only hands on to crates.
//!
//! OpenMLS' own provider has all suites: NIST's curves and lattice signatures that nobody here uses, and a second HPKE. What both
//! make is the same, which the tests compare.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes128Gcm, Aes256Gcm, KeyInit};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use hkdf::Hkdf;
use hkdf::hmac::{Hmac, Mac as _};
use hpke::aead::{AesGcm128, AesGcm256};
use hpke::kdf::{HkdfSha256, HkdfSha384};
use hpke::kem::{X25519HkdfSha256, XWing};
use hpke::{Deserializable as _, Kem, OpModeR, OpModeS, Serializable as _};
use openmls_traits::crypto::OpenMlsCrypto;
use openmls_traits::random::OpenMlsRand;
use openmls_traits::types::{
    AeadType, Ciphersuite, CryptoError, ExporterSecret, HashType, HpkeCiphertext, HpkeConfig, HpkeKeyPair,
    KemOutput, SignatureScheme,
};
use sha2::{Digest as _, Sha256, Sha384};
use shake::{ExtendableOutput as _, Shake256, Update as _};
use tls_codec::SecretVLBytes;
use zeroize::Zeroizing;

use crate::conversation::Suite;

/// Cryptography, with the operating system's randomness.
pub struct Primitives;

impl OpenMlsCrypto for Primitives {
    fn supports(&self, suite: Ciphersuite) -> Result<(), CryptoError> {
        Suite::of(suite).map(|_| ()).ok_or(CryptoError::UnsupportedCiphersuite)
    }

    fn supported_ciphersuites(&self) -> Vec<Ciphersuite> {
        Suite::ALL.map(Suite::mls).to_vec()
    }

    fn hkdf_extract(&self, hash: HashType, salt: &[u8], ikm: &[u8]) -> Result<SecretVLBytes, CryptoError> {
        match hash {
            HashType::Sha2_256 => Ok(Hkdf::<Sha256>::extract(Some(salt), ikm).0.as_slice().into()),
            HashType::Sha2_384 => Ok(Hkdf::<Sha384>::extract(Some(salt), ikm).0.as_slice().into()),
            HashType::Sha2_512 => Err(CryptoError::UnsupportedHashAlgorithm),
        }
    }

    fn hmac(&self, hash: HashType, key: &[u8], message: &[u8]) -> Result<SecretVLBytes, CryptoError> {
        macro_rules! hmac {
            ($hash:ty) => {{
                let mut hmac = <Hmac<$hash>>::new_from_slice(key).map_err(|_| CryptoError::InvalidLength)?;
                hmac.update(message);
                Ok(hmac.finalize().into_bytes().as_slice().into())
            }};
        }
        match hash {
            HashType::Sha2_256 => hmac!(Sha256),
            HashType::Sha2_384 => hmac!(Sha384),
            HashType::Sha2_512 => Err(CryptoError::UnsupportedHashAlgorithm),
        }
    }

    fn hkdf_expand(
        &self,
        hash: HashType,
        prk: &[u8],
        info: &[u8],
        len: usize,
    ) -> Result<SecretVLBytes, CryptoError> {
        macro_rules! expand {
            ($hash:ty) => {{
                let mut okm = vec![0; len];
                let hkdf = Hkdf::<$hash>::from_prk(prk).map_err(|_| CryptoError::HkdfOutputLengthInvalid)?;
                hkdf.expand(info, &mut okm).map_err(|_| CryptoError::HkdfOutputLengthInvalid)?;
                Ok(okm.into())
            }};
        }
        match hash {
            HashType::Sha2_256 => expand!(Sha256),
            HashType::Sha2_384 => expand!(Sha384),
            HashType::Sha2_512 => Err(CryptoError::UnsupportedHashAlgorithm),
        }
    }

    fn hash(&self, hash: HashType, data: &[u8]) -> Result<Vec<u8>, CryptoError> {
        match hash {
            HashType::Sha2_256 => Ok(Sha256::digest(data).to_vec()),
            HashType::Sha2_384 => Ok(Sha384::digest(data).to_vec()),
            HashType::Sha2_512 => Err(CryptoError::UnsupportedHashAlgorithm),
        }
    }

    fn aead_encrypt(
        &self,
        cipher: AeadType,
        key: &[u8],
        msg: &[u8],
        nonce: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        let nonce = nonce.try_into().map_err(|_| CryptoError::InvalidLength)?;
        let sealed = match cipher {
            AeadType::Aes128Gcm => keyed::<Aes128Gcm>(key)?.encrypt(nonce, Payload { msg, aad }),
            AeadType::Aes256Gcm => keyed::<Aes256Gcm>(key)?.encrypt(nonce, Payload { msg, aad }),
            AeadType::ChaCha20Poly1305 => return Err(CryptoError::UnsupportedAeadAlgorithm),
        };
        sealed.map_err(|_| CryptoError::CryptoLibraryError)
    }

    fn aead_decrypt(
        &self,
        cipher: AeadType,
        key: &[u8],
        msg: &[u8],
        nonce: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        let nonce = nonce.try_into().map_err(|_| CryptoError::InvalidLength)?;
        let opened = match cipher {
            AeadType::Aes128Gcm => keyed::<Aes128Gcm>(key)?.decrypt(nonce, Payload { msg, aad }),
            AeadType::Aes256Gcm => keyed::<Aes256Gcm>(key)?.decrypt(nonce, Payload { msg, aad }),
            AeadType::ChaCha20Poly1305 => return Err(CryptoError::UnsupportedAeadAlgorithm),
        };
        opened.map_err(|_| CryptoError::AeadDecryptionError)
    }

    fn signature_key_gen(&self, scheme: SignatureScheme) -> Result<(Vec<u8>, Vec<u8>), CryptoError> {
        only_ed25519(scheme)?;
        let seed = Zeroizing::new(self.random_array().map_err(|_| CryptoError::InsufficientRandomness)?);
        let key = SigningKey::from_bytes(&seed);
        Ok((key.to_bytes().to_vec(), key.verifying_key().to_bytes().to_vec()))
    }

    fn verify_signature(
        &self,
        scheme: SignatureScheme,
        data: &[u8],
        key: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        only_ed25519(scheme)?;
        let key = VerifyingKey::try_from(key).map_err(|_| CryptoError::CryptoLibraryError)?;
        let signature = signature.try_into().map_err(|_| CryptoError::CryptoLibraryError)?;
        key.verify_strict(data, &signature).map_err(|_| CryptoError::InvalidSignature)
    }

    fn sign(&self, scheme: SignatureScheme, data: &[u8], key: &[u8]) -> Result<Vec<u8>, CryptoError> {
        only_ed25519(scheme)?;
        let key = SigningKey::try_from(key).map_err(|_| CryptoError::CryptoLibraryError)?;
        Ok(key.sign(data).to_bytes().to_vec())
    }

    fn hpke_seal(
        &self,
        config: HpkeConfig,
        key: &[u8],
        info: &[u8],
        aad: &[u8],
        plain: &[u8],
    ) -> Result<HpkeCiphertext, CryptoError> {
        match suite(&config)? {
            Suite::XWing => seal::<AesGcm256, HkdfSha384, XWing>(key, info, aad, plain),
            Suite::X25519 => seal::<AesGcm128, HkdfSha256, X25519HkdfSha256>(key, info, aad, plain),
        }
    }

    fn hpke_open(
        &self,
        config: HpkeConfig,
        sealed: &HpkeCiphertext,
        key: &[u8],
        info: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        let opened = match suite(&config)? {
            Suite::XWing => open::<AesGcm256, HkdfSha384, XWing>(sealed, key, info, aad),
            Suite::X25519 => open::<AesGcm128, HkdfSha256, X25519HkdfSha256>(sealed, key, info, aad),
        };
        opened.map_err(|_| CryptoError::HpkeDecryptionError)
    }

    fn hpke_setup_sender_and_export(
        &self,
        config: HpkeConfig,
        key: &[u8],
        info: &[u8],
        context: &[u8],
        len: usize,
    ) -> Result<(KemOutput, ExporterSecret), CryptoError> {
        let sent = match suite(&config)? {
            Suite::XWing => send_secret::<AesGcm256, HkdfSha384, XWing>(key, info, context, len),
            Suite::X25519 => send_secret::<AesGcm128, HkdfSha256, X25519HkdfSha256>(key, info, context, len),
        };
        sent.map_err(|_| CryptoError::SenderSetupError)
    }

    fn hpke_setup_receiver_and_export(
        &self,
        config: HpkeConfig,
        encapsulated: &[u8],
        key: &[u8],
        info: &[u8],
        context: &[u8],
        len: usize,
    ) -> Result<ExporterSecret, CryptoError> {
        let received = match suite(&config)? {
            Suite::XWing => {
                receive_secret::<AesGcm256, HkdfSha384, XWing>(encapsulated, key, info, context, len)
            }
            Suite::X25519 => receive_secret::<AesGcm128, HkdfSha256, X25519HkdfSha256>(
                encapsulated,
                key,
                info,
                context,
                len,
            ),
        };
        received.map_err(|_| CryptoError::ReceiverSetupError)
    }

    fn derive_hpke_keypair(&self, config: HpkeConfig, ikm: &[u8]) -> Result<HpkeKeyPair, CryptoError> {
        match suite(&config)? {
            Suite::XWing => {
                // As OpenMLS' suite has it, from draft-connolly-cfrg-xwing-kem-06: newer drafts of HPKE, and with them
                // `derive_keypair`, put a label before it.
                let mut seed = Zeroizing::new([0; 32]);
                Shake256::default().chain(ikm).finalize_xof_into(&mut *seed);
                let key = <XWing as Kem>::PrivateKey::from_bytes(&*seed)
                    .map_err(|_| CryptoError::CryptoLibraryError)?;
                Ok(key_pair::<XWing>(&key, &XWing::sk_to_pk(&key)))
            }
            Suite::X25519 => {
                let (private, public) = X25519HkdfSha256::derive_keypair(ikm);
                Ok(key_pair::<X25519HkdfSha256>(&private, &public))
            }
        }
    }
}

impl OpenMlsRand for Primitives {
    type Error = getrandom::Error;

    fn random_array<const N: usize>(&self) -> Result<[u8; N], Self::Error> {
        let mut bytes = [0; N];
        getrandom::fill(&mut bytes).map(|()| bytes)
    }

    fn random_vec(&self, len: usize) -> Result<Vec<u8>, Self::Error> {
        let mut bytes = vec![0; len];
        getrandom::fill(&mut bytes).map(|()| bytes)
    }
}

/// The suite that seals in this way.
fn suite(config: &HpkeConfig) -> Result<Suite, CryptoError> {
    let is_this = |suite: &Suite| {
        let HpkeConfig(kem, kdf, aead) = suite.mls().hpke_config();
        config.0 == kem && config.1 == kdf && config.2 == aead
    };
    Suite::ALL.into_iter().find(is_this).ok_or(CryptoError::UnsupportedCiphersuite)
}

fn only_ed25519(scheme: SignatureScheme) -> Result<(), CryptoError> {
    match scheme {
        SignatureScheme::ED25519 => Ok(()),
        _ => Err(CryptoError::UnsupportedSignatureScheme),
    }
}

fn keyed<A: KeyInit>(key: &[u8]) -> Result<A, CryptoError> {
    A::new_from_slice(key).map_err(|_| CryptoError::InvalidLength)
}

fn seal<A: hpke::aead::Aead, K: hpke::kdf::Kdf, M: Kem>(
    key: &[u8],
    info: &[u8],
    aad: &[u8],
    plain: &[u8],
) -> Result<HpkeCiphertext, CryptoError> {
    let key = M::PublicKey::from_bytes(key).map_err(|_| CryptoError::InvalidPublicKey)?;
    let (encapsulated, sealed) = hpke::single_shot_seal::<A, K, M>(&OpModeS::Base, &key, info, plain, aad)
        .map_err(|_| CryptoError::HpkeEncryptionError)?;
    Ok(HpkeCiphertext { kem_output: encapsulated.to_bytes().to_vec().into(), ciphertext: sealed.into() })
}

fn open<A: hpke::aead::Aead, K: hpke::kdf::Kdf, M: Kem>(
    sealed: &HpkeCiphertext,
    key: &[u8],
    info: &[u8],
    aad: &[u8],
) -> Result<Vec<u8>, hpke::HpkeError> {
    let key = M::PrivateKey::from_bytes(key)?;
    let encapsulated = M::EncappedKey::from_bytes(sealed.kem_output.as_slice())?;
    let sealed = sealed.ciphertext.as_slice();
    hpke::single_shot_open::<A, K, M>(&OpModeR::Base, &key, &encapsulated, info, sealed, aad)
}

fn send_secret<A: hpke::aead::Aead, K: hpke::kdf::Kdf, M: Kem>(
    key: &[u8],
    info: &[u8],
    context: &[u8],
    len: usize,
) -> Result<(KemOutput, ExporterSecret), hpke::HpkeError> {
    let key = M::PublicKey::from_bytes(key)?;
    let (encapsulated, sender) = hpke::setup_sender::<A, K, M>(&OpModeS::Base, &key, info)?;
    let mut secret = vec![0; len];
    sender.export(context, &mut secret)?;
    Ok((encapsulated.to_bytes().to_vec(), secret.into()))
}

fn receive_secret<A: hpke::aead::Aead, K: hpke::kdf::Kdf, M: Kem>(
    encapsulated: &[u8],
    key: &[u8],
    info: &[u8],
    context: &[u8],
    len: usize,
) -> Result<ExporterSecret, hpke::HpkeError> {
    let key = M::PrivateKey::from_bytes(key)?;
    let encapsulated = M::EncappedKey::from_bytes(encapsulated)?;
    let receiver = hpke::setup_receiver::<A, K, M>(&OpModeR::Base, &key, &encapsulated, info)?;
    let mut secret = vec![0; len];
    receiver.export(context, &mut secret)?;
    Ok(secret.into())
}

fn key_pair<M: Kem>(private: &M::PrivateKey, public: &M::PublicKey) -> HpkeKeyPair {
    HpkeKeyPair {
        private: Zeroizing::new(private.to_bytes()).as_slice().into(),
        public: public.to_bytes().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use openmls_rust_crypto::RustCrypto;
    use openmls_traits::types::{HpkeAeadType, HpkeKdfType, HpkeKemType};

    use super::*;

    const OURS: Primitives = Primitives;

    #[test]
    fn hashes_and_ciphers_are_those_of_openmls() {
        let theirs = RustCrypto::default();
        for suite in Suite::ALL.map(Suite::mls) {
            let (hash, cipher) = (suite.hash_algorithm(), suite.aead_algorithm());
            let secret = OURS.random_vec(hash.size()).unwrap();
            assert_eq!(OURS.hash(hash, b"text").unwrap(), theirs.hash(hash, b"text").unwrap());
            for (mine, other) in [
                (OURS.hmac(hash, &secret, b"text"), theirs.hmac(hash, &secret, b"text")),
                (OURS.hkdf_extract(hash, b"salt", &secret), theirs.hkdf_extract(hash, b"salt", &secret)),
                (OURS.hkdf_extract(hash, b"", b""), theirs.hkdf_extract(hash, b"", b"")),
                (
                    OURS.hkdf_expand(hash, &secret, b"info", 77),
                    theirs.hkdf_expand(hash, &secret, b"info", 77),
                ),
            ] {
                assert_eq!(mine.unwrap().as_slice(), other.unwrap().as_slice());
            }
            assert!(OURS.hkdf_expand(hash, &secret, b"", 256 * hash.size()).is_err());
            assert!(OURS.hkdf_expand(hash, b"short", b"", 1).is_err());

            let key = OURS.random_vec(cipher.key_size()).unwrap();
            let sealed = OURS.aead_encrypt(cipher, &key, b"text", &[7; 12], b"aad").unwrap();
            assert_eq!(sealed, theirs.aead_encrypt(cipher, &key, b"text", &[7; 12], b"aad").unwrap());
            assert_eq!(OURS.aead_decrypt(cipher, &key, &sealed, &[7; 12], b"aad").unwrap(), b"text");
            assert!(OURS.aead_decrypt(cipher, &key, &sealed, &[7; 12], b"other").is_err());
            assert!(OURS.aead_decrypt(cipher, &key, &sealed, &[8; 12], b"aad").is_err());
            assert!(OURS.aead_decrypt(cipher, &key, &sealed[..15], &[7; 12], b"aad").is_err());
            assert!(OURS.aead_encrypt(cipher, &key, b"text", &[7; 11], b"aad").is_err());
            assert!(OURS.aead_encrypt(cipher, &key[1..], b"text", &[7; 12], b"aad").is_err());
        }
    }

    #[test]
    fn signatures_are_those_of_openmls() {
        let (theirs, scheme) = (RustCrypto::default(), SignatureScheme::ED25519);
        let (key, public) = OURS.signature_key_gen(scheme).unwrap();
        let signature = OURS.sign(scheme, b"text", &key).unwrap();
        assert_eq!(signature, theirs.sign(scheme, b"text", &key).unwrap());
        for (text, signed) in
            [(&b"text"[..], &signature[..]), (b"other", &signature), (b"text", &signature[1..])]
        {
            let mine = OURS.verify_signature(scheme, text, &public, signed);
            assert_eq!(mine, theirs.verify_signature(scheme, text, &public, signed));
            assert_eq!(mine.is_ok(), (text, signed) == (b"text", &signature));
        }
    }

    #[test]
    fn what_is_sealed_here_is_opened_by_openmls_and_the_other_way() {
        let theirs = RustCrypto::default();
        for suite in Suite::ALL.map(Suite::mls) {
            let config = || suite.hpke_config();
            let ikm = OURS.random_vec(suite.hash_length()).unwrap();
            let keys = OURS.derive_hpke_keypair(config(), &ikm).unwrap();
            let others = theirs.derive_hpke_keypair(config(), &ikm).unwrap();
            // X25519 leaves out some bits of the private one, sooner or later: each opens what is for the other.
            assert_eq!(keys.public, others.public);

            // Longer than what a length of two bytes says: a group's context may be.
            let info = vec![7; 70_000];
            let sealed = OURS.hpke_seal(config(), &keys.public, &info, b"aad", b"text").unwrap();
            let back = theirs.hpke_seal(config(), &keys.public, &info, b"aad", b"text").unwrap();
            for private in [&keys.private, &others.private] {
                let opened = theirs.hpke_open(config(), &sealed, private, &info, b"aad").unwrap();
                assert_eq!(opened, OURS.hpke_open(config(), &back, private, &info, b"aad").unwrap());
                assert_eq!(opened, b"text");
            }
            assert!(OURS.hpke_open(config(), &sealed, &keys.private, b"other", b"aad").is_err());
            assert!(OURS.hpke_open(config(), &sealed, &keys.private, &info, b"other").is_err());
            assert!(OURS.hpke_open(config(), &sealed, &keys.private[1..], &info, b"aad").is_err());
            assert!(OURS.hpke_seal(config(), &keys.public[1..], &info, b"aad", b"text").is_err());

            let (sent, secret) =
                OURS.hpke_setup_sender_and_export(config(), &keys.public, b"info", b"context", 48).unwrap();
            let received = theirs
                .hpke_setup_receiver_and_export(config(), &sent, &keys.private, b"info", b"context", 48)
                .unwrap();
            assert_eq!(&*secret, &*received);
            let (sent, secret) =
                theirs.hpke_setup_sender_and_export(config(), &keys.public, b"info", b"context", 48).unwrap();
            let received = OURS
                .hpke_setup_receiver_and_export(config(), &sent, &keys.private, b"info", b"context", 48)
                .unwrap();
            assert_eq!(&*secret, &*received);
        }
    }

    #[test]
    fn there_is_nothing_else() {
        for suite in RustCrypto::default().supported_ciphersuites() {
            assert_eq!(OURS.supports(suite).is_ok(), Suite::of(suite).is_some());
        }
        let mixed = HpkeConfig(HpkeKemType::DhKem25519, HpkeKdfType::HkdfSha384, HpkeAeadType::AesGcm128);
        assert!(OURS.derive_hpke_keypair(mixed, &[7; 32]).is_err());
        assert!(OURS.hash(HashType::Sha2_512, b"").is_err());
        assert!(OURS.signature_key_gen(SignatureScheme::ECDSA_SECP256R1_SHA256).is_err());
        assert!(OURS.aead_encrypt(AeadType::ChaCha20Poly1305, &[7; 32], b"", &[7; 12], b"").is_err());
    }
}
