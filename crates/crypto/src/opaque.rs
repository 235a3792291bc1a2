//! The client's half of OPAQUE (RFC 9807): a passphrase opens what the server keeps, and the server learns neither the
//! passphrase nor enough to try passphrases at others' expense of guesses. ristretto255-SHA512, 3DH, HKDF and HMAC with
//! SHA-512, Argon2id.

use argon2::{Algorithm, Argon2, Params, Version};
use casemate_wire::BACKUP_LABEL;
use opaque_ke::errors::ProtocolError;
use opaque_ke::{
    CipherSuite, ClientLogin, ClientLoginFinishParameters, ClientRegistration,
    ClientRegistrationFinishParameters, CredentialResponse, Identifiers, RegistrationResponse,
};
use rand_chacha::ChaCha20Rng;
use zeroize::Zeroizing;

use crate::rng::Older;

/// RFC 9807 §6.4.3 asks for a costly function: as much as for a database's passphrase. The salt is the protocol's.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;

struct Suite;

impl CipherSuite for Suite {
    type OprfCs = opaque_ke::Ristretto255;
    type KeyExchange = opaque_ke::TripleDh<opaque_ke::Ristretto255, sha2::Sha512>;
    type Ksf = Argon2<'static>;
}

/// Why a step failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpaqueError {
    /// Another passphrase was registered.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// The server does not follow the protocol.
    #[error("the server answered wrongly")]
    Server,
}

impl From<ProtocolError> for OpaqueError {
    fn from(error: ProtocolError) -> Self {
        match error {
            ProtocolError::InvalidLoginError => Self::WrongPassphrase,
            _ => Self::Server,
        }
    }
}

/// What only passphrase and server together give: the same at registration and at each login.
pub type Secret = Zeroizing<Vec<u8>>;

/// A registration that waits for the server.
pub struct Registering {
    state: ClientRegistration<Suite>,
    passphrase: Zeroizing<String>,
}

/// A login that waits for the server.
pub struct LoggingIn {
    state: ClientLogin<Suite>,
    passphrase: Zeroizing<String>,
}

impl std::fmt::Debug for Registering {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Registering(…)")
    }
}

impl std::fmt::Debug for LoggingIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LoggingIn(…)")
    }
}

/// Begins a registration; the bytes are for the server.
///
/// # Errors
/// None with a passphrase of a sensible length.
pub fn register(
    passphrase: Zeroizing<String>,
    rng: &mut ChaCha20Rng,
) -> Result<(Registering, Vec<u8>), OpaqueError> {
    let begun = ClientRegistration::<Suite>::start(&mut Older(rng), passphrase.as_bytes())?;
    Ok((Registering { state: begun.state, passphrase }, begun.message.serialize().to_vec()))
}

impl Registering {
    /// With the server's answer: the record that it keeps, and the secret.
    ///
    /// # Errors
    /// [`OpaqueError::Server`]
    pub fn finish(self, answer: &[u8], rng: &mut ChaCha20Rng) -> Result<(Vec<u8>, Secret), OpaqueError> {
        let answer = RegistrationResponse::deserialize(answer)?;
        let stretch = stretch()?;
        let parameters = ClientRegistrationFinishParameters::new(Identifiers::default(), Some(&stretch));
        let done = self.state.finish(&mut Older(rng), self.passphrase.as_bytes(), answer, parameters)?;
        Ok((done.message.serialize().to_vec(), Zeroizing::new(done.export_key.to_vec())))
    }
}

/// Begins a login; the bytes are for the server.
///
/// # Errors
/// None with a passphrase of a sensible length.
pub fn log_in(
    passphrase: Zeroizing<String>,
    rng: &mut ChaCha20Rng,
) -> Result<(LoggingIn, Vec<u8>), OpaqueError> {
    let begun = ClientLogin::<Suite>::start(&mut Older(rng), passphrase.as_bytes())?;
    Ok((LoggingIn { state: begun.state, passphrase }, begun.message.serialize().to_vec()))
}

impl LoggingIn {
    /// With the server's answer: the proof for the server, and the secret.
    ///
    /// # Errors
    /// [`OpaqueError::WrongPassphrase`] where that shows.
    pub fn finish(self, answer: &[u8], rng: &mut ChaCha20Rng) -> Result<(Vec<u8>, Secret), OpaqueError> {
        let answer = CredentialResponse::deserialize(answer)?;
        let stretch = stretch()?;
        let parameters =
            ClientLoginFinishParameters::new(Some(BACKUP_LABEL), Identifiers::default(), Some(&stretch));
        let done = self.state.finish(&mut Older(rng), self.passphrase.as_bytes(), answer, parameters)?;
        Ok((done.message.serialize().to_vec(), Zeroizing::new(done.export_key.to_vec())))
    }
}

fn stretch() -> Result<Argon2<'static>, OpaqueError> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|_| OpaqueError::Server)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use opaque_ke::{
        CredentialFinalization, CredentialRequest, RegistrationRequest, RegistrationUpload, ServerLogin,
        ServerLoginParameters, ServerRegistration, ServerSetup,
    };
    use rand::SeedableRng as _;

    use super::*;

    fn rng() -> ChaCha20Rng {
        ChaCha20Rng::seed_from_u64(9)
    }

    fn words(text: &str) -> Zeroizing<String> {
        Zeroizing::new(text.to_owned())
    }

    #[test]
    fn the_same_passphrase_gives_the_same_secret_and_another_one_none() {
        let mut rng = rng();
        let setup = ServerSetup::<Suite>::new(&mut Older(&mut rng));
        let (client, request) = register(words("six words"), &mut rng).unwrap();
        let request = RegistrationRequest::deserialize(&request).unwrap();
        let answer = ServerRegistration::<Suite>::start(&setup, request, b"id").unwrap().message;
        let (upload, secret) = client.finish(&answer.serialize(), &mut rng).unwrap();
        let record = ServerRegistration::<Suite>::finish(RegistrationUpload::deserialize(&upload).unwrap());

        let mut log_in_with = |passphrase: &str| {
            let (client, request) = log_in(words(passphrase), &mut rng).unwrap();
            let parameters =
                || ServerLoginParameters { context: Some(BACKUP_LABEL), identifiers: Identifiers::default() };
            let begun = ServerLogin::start(
                &mut Older(&mut rng),
                &setup,
                Some(record.clone()),
                CredentialRequest::deserialize(&request).unwrap(),
                b"id",
                parameters(),
            )
            .unwrap();
            let (proof, found) = client.finish(&begun.message.serialize(), &mut rng)?;
            begun.state.finish(CredentialFinalization::deserialize(&proof).unwrap(), parameters()).unwrap();
            Ok::<_, OpaqueError>(found)
        };
        assert_eq!(log_in_with("six words").unwrap(), secret);
        assert_eq!(secret.len(), 64);
        assert_eq!(log_in_with("six worms").unwrap_err(), OpaqueError::WrongPassphrase);
        let (client, _) = log_in(words("six words"), &mut rng).unwrap();
        assert_eq!(client.finish(b"nonsense", &mut rng).unwrap_err(), OpaqueError::Server);
    }
}
