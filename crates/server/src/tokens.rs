//! The server's half of blind tokens: what an account was given cannot be tied to what is spent.
//!
//! VOPRF over ristretto255 with SHA-512 (RFC 9497, mode VOPRF; RFC 9578 uses it so). A key serves one kind and
//! one day; [`crate::directory`] stores the keys and what was spent. Nothing here stores or counts.

use bytes::Bytes;
use casemate_wire::limits::TOKENS_PER_REQUEST;
use rand_core::CryptoRngCore;
use subtle::ConstantTimeEq;
use voprf::{BlindedElement, EvaluationElement, Group, PreparedEvaluationElement, Ristretto255, VoprfServer};

use crate::refusal::Refusal;

/// Milliseconds of a day. Token keys and allowances change at midnight UTC.
pub const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Bytes of a token's nonce, the VOPRF's input.
pub const NONCE_BYTES: usize = 32;

/// Days since 1970, as a key's id. A clock before 1970 counts as day 0.
pub fn day(now_ms: i64) -> u32 {
    u32::try_from(now_ms.div_euclid(DAY_MS)).unwrap_or(0)
}

/// The key of one kind and day.
pub struct IssuerKey(VoprfServer<Ristretto255>);

/// Evaluated elements and their one proof, ready for a frame.
pub struct Issued {
    /// In the order of the request.
    pub evaluated: Vec<Bytes>,
    /// Batched DLEQ proof (RFC 9497 §2.2.1).
    pub proof: Bytes,
}

impl IssuerKey {
    /// Derives the key from its stored seed (RFC 9497 §3.2.1, DeriveKeyPair).
    pub fn from_seed(seed: &[u8; 32], kind: i32, key_id: u32) -> Self {
        let info = [b"casemate/token/v1".as_slice(), &kind.to_be_bytes(), &key_id.to_be_bytes()].concat();
        Self(VoprfServer::new_from_seed(seed, &info).expect("seed and info are short"))
    }

    /// The public key, as clients check proofs against it.
    pub fn public_key(&self) -> Bytes {
        Bytes::copy_from_slice(&Ristretto255::serialize_elem(self.0.get_public_key()))
    }

    /// Evaluates blinded elements without seeing what they hide.
    pub fn issue(&self, rng: &mut dyn CryptoRngCore, blinded: &[Bytes]) -> Result<Issued, Refusal> {
        if blinded.is_empty() || blinded.len() > TOKENS_PER_REQUEST {
            return Err(Refusal::invalid("ask for 1 to 512 tokens at a time"));
        }
        let elements = blinded
            .iter()
            .map(|bytes| BlindedElement::<Ristretto255>::deserialize(bytes))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| Refusal::invalid("a blinded token is not a group element"))?;
        let prepared: Vec<PreparedEvaluationElement<_>> =
            self.0.batch_blind_evaluate_prepare(elements.iter()).collect();
        let result = self
            .0
            .batch_blind_evaluate_finish(&mut &mut *rng, elements.iter(), &prepared)
            .map_err(|_| Refusal::invalid("these tokens cannot be evaluated together"))?;
        let evaluated = result
            .messages
            .map(|message: EvaluationElement<_>| Bytes::copy_from_slice(&message.serialize()))
            .collect();
        Ok(Issued { evaluated, proof: Bytes::copy_from_slice(&result.proof.serialize()) })
    }

    /// Whether `output` is this key's output for `nonce`.
    pub fn is_genuine(&self, nonce: &[u8], output: &[u8]) -> bool {
        if nonce.len() != NONCE_BYTES {
            return false;
        }
        self.0.evaluate(nonce).is_ok_and(|expected| expected.as_slice().ct_eq(output).into())
    }
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;
    use voprf::{Proof, VoprfClient};

    use super::*;

    #[test]
    fn a_client_gets_tokens_that_only_this_key_accepts() {
        let key = IssuerKey::from_seed(&[1; 32], 0, 20_000);
        let nonces = [[7u8; NONCE_BYTES], [8; NONCE_BYTES]];
        let blinds: Vec<_> = nonces
            .iter()
            .map(|nonce| VoprfClient::<Ristretto255>::blind(nonce, &mut OsRng).unwrap())
            .collect();
        let blinded: Vec<Bytes> =
            blinds.iter().map(|blind| Bytes::copy_from_slice(&blind.message.serialize())).collect();
        let issued = key.issue(&mut OsRng, &blinded).unwrap();

        let clients: Vec<_> = blinds.into_iter().map(|blind| blind.state).collect();
        let evaluated: Vec<_> = issued
            .evaluated
            .iter()
            .map(|bytes| EvaluationElement::<Ristretto255>::deserialize(bytes).unwrap())
            .collect();
        let proof = Proof::deserialize(&issued.proof).unwrap();
        let public = Ristretto255::deserialize_elem(&key.public_key()).unwrap();
        let outputs: Vec<_> = VoprfClient::batch_finalize(&nonces, &clients, &evaluated, &proof, public)
            .unwrap()
            .map(|output| output.unwrap())
            .collect();
        assert!(key.is_genuine(&nonces[0], &outputs[0]));
        assert!(!key.is_genuine(&nonces[1], &outputs[0]));
        assert!(!key.is_genuine(&nonces[0][..31], &outputs[0]));
        assert!(!key.is_genuine(&nonces[0], &outputs[0][..63]));
        for other in [IssuerKey::from_seed(&[1; 32], 1, 20_000), IssuerKey::from_seed(&[1; 32], 0, 20_001)] {
            assert!(!other.is_genuine(&nonces[0], &outputs[0]));
        }
    }

    #[test]
    fn what_is_not_an_element_is_refused() {
        let key = IssuerKey::from_seed(&[1; 32], 0, 1);
        // The identity and a non-canonical encoding (RFC 9497 §4.1: both are errors).
        for bad in [vec![0u8; 32], vec![0xff; 32], vec![1; 31], vec![]] {
            assert!(key.issue(&mut OsRng, &[bad.into()]).is_err());
        }
        assert!(key.issue(&mut OsRng, &[]).is_err());
        assert!(key.issue(&mut OsRng, &vec![Bytes::from(vec![2; 32]); TOKENS_PER_REQUEST + 1]).is_err());
    }

    #[test]
    fn days() {
        assert_eq!(day(0), 0);
        assert_eq!(day(DAY_MS - 1), 0);
        assert_eq!(day(DAY_MS), 1);
        assert_eq!(day(-1), 0);
    }
}
