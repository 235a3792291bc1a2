//! The client's half of blind tokens: RFC 9497's verifiable oblivious pseudo-random function over ristretto255.
//!
//! ```text
//! nonce ──blind──▶ server evaluates under its key, with a proof ──finalize──▶ output      (here)
//! nonce, output ──spent later──▶ server evaluates nonce itself and compares              (the server's)
//! ```
//! The server sees nothing at the spending that it saw at the issuing. The proof shows that it used the key that it
//! announced to everybody: with a key for each person it could tell them apart.

use casemate_wire::limits::TOKENS_PER_REQUEST;
use rand_chacha::ChaCha20Rng;
use voprf::{EvaluationElement, Group, Proof, Ristretto255, VoprfClient};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::codec::{Malformed, Reader, Writer};
use crate::error::CryptoError;
use crate::rng::{self, Older};

/// A token that was issued and not yet spent.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct UnspentToken {
    /// The function's input.
    pub nonce: [u8; 32],
    /// Its output.
    pub output: [u8; 64],
}

impl std::fmt::Debug for UnspentToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UnspentToken(…)")
    }
}

/// What is needed to take the answer: store it with the request.
#[derive(Clone)]
pub struct BlindState(Vec<Blinded>);

#[derive(Clone, Zeroize, ZeroizeOnDrop)]
struct Blinded {
    nonce: [u8; 32],
    #[zeroize(skip)] // It wipes itself.
    client: VoprfClient<Ristretto255>,
}

impl std::fmt::Debug for BlindState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BlindState({} tokens)", self.0.len())
    }
}

/// Blinds `count` new nonces. The byte strings go to the server in this order.
///
/// # Errors
/// [`CryptoError::TooLarge`] over [`TOKENS_PER_REQUEST`].
pub fn blind(rng: &mut ChaCha20Rng, count: usize) -> Result<(BlindState, Vec<Vec<u8>>), CryptoError> {
    if count > TOKENS_PER_REQUEST {
        return Err(CryptoError::TooLarge("too many tokens in one request"));
    }
    let mut state = Vec::with_capacity(count);
    let mut messages = Vec::with_capacity(count);
    for _ in 0..count {
        let nonce: [u8; 32] = rng::bytes(rng);
        let blinded = VoprfClient::<Ristretto255>::blind(&nonce, &mut Older(rng))
            .map_err(|error| CryptoError::internal("blind", error))?;
        messages.push(blinded.message.serialize().to_vec());
        state.push(Blinded { nonce, client: blinded.state });
    }
    Ok((BlindState(state), messages))
}

/// Takes the server's answer, checks its proof under the announced `public_key`, and unblinds.
///
/// # Errors
/// [`CryptoError::Invalid`]: the server answered with another key, or not to this request. Keep none of it.
pub fn finalize(
    state: &BlindState,
    evaluated: &[impl AsRef<[u8]>],
    proof: &[u8],
    public_key: &[u8],
) -> Result<Vec<UnspentToken>, CryptoError> {
    const REFUSED: CryptoError = CryptoError::Invalid("the server's tokens do not verify");
    if evaluated.len() != state.0.len() || state.0.is_empty() {
        return Err(REFUSED);
    }
    let key = Ristretto255::deserialize_elem(public_key).map_err(|_| REFUSED)?;
    // `voprf` reads from the front and ignores what follows, so the lengths are checked here.
    if public_key.len() != 32
        || proof.len() != 64
        || evaluated.iter().any(|element| element.as_ref().len() != 32)
    {
        return Err(REFUSED);
    }
    let proof = Proof::<Ristretto255>::deserialize(proof).map_err(|_| REFUSED)?;
    let elements = evaluated
        .iter()
        .map(|element| EvaluationElement::<Ristretto255>::deserialize(element.as_ref()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| REFUSED)?;
    let nonces: Vec<[u8; 32]> = state.0.iter().map(|blinded| blinded.nonce).collect();
    let clients: Vec<VoprfClient<Ristretto255>> =
        state.0.iter().map(|blinded| blinded.client.clone()).collect();
    let outputs =
        VoprfClient::batch_finalize(&nonces, &clients, &elements, &proof, key).map_err(|_| REFUSED)?;
    outputs
        .zip(&nonces)
        .map(|(output, nonce)| {
            Ok(UnspentToken { nonce: *nonce, output: output.map_err(|_| REFUSED)?.into() })
        })
        .collect()
}

impl BlindState {
    /// To be stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        let write =
            |writer: Writer, item: &Blinded| writer.fixed(&item.nonce).fixed(&item.client.serialize());
        Writer::default().u8(1).list(&self.0, write).finish()
    }

    /// What [`Self::to_bytes`] made; `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        if reader.u8().ok()? != 1 {
            return None;
        }
        let read = |reader: &mut Reader<'_>| {
            let nonce = reader.array()?;
            let client = VoprfClient::deserialize(reader.take(64)?).map_err(|_| Malformed)?;
            Ok(Blinded { nonce, client })
        };
        let items = reader.list(TOKENS_PER_REQUEST, read).ok()?;
        reader.finish().ok()?;
        Some(Self(items))
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use voprf::{BlindedElement, VoprfServer};

    use super::*;

    type Server = VoprfServer<Ristretto255>;

    fn rng() -> ChaCha20Rng {
        ChaCha20Rng::from_seed([1; 32])
    }

    fn server(seed: u8) -> Server {
        Server::new_from_seed(&[seed; 32], b"casemate test").unwrap()
    }

    fn public_key(server: &Server) -> Vec<u8> {
        Ristretto255::serialize_elem(server.get_public_key()).to_vec()
    }

    fn answer(server: &Server, blinded: &[Vec<u8>]) -> (Vec<Vec<u8>>, Vec<u8>) {
        let blinded: Vec<_> =
            blinded.iter().map(|bytes| BlindedElement::<Ristretto255>::deserialize(bytes).unwrap()).collect();
        let result = server.batch_blind_evaluate(&mut Older(&mut rng()), &blinded).unwrap();
        let evaluated = result.messages.iter().map(|message| message.serialize().to_vec()).collect();
        (evaluated, result.proof.serialize().to_vec())
    }

    #[test]
    fn tokens_are_what_the_server_computes_when_they_are_spent() {
        let server = server(1);
        let (state, blinded) = blind(&mut rng(), 10).unwrap();
        let (evaluated, proof) = answer(&server, &blinded);
        let state = BlindState::from_bytes(&state.to_bytes()).unwrap();
        let tokens = finalize(&state, &evaluated, &proof, &public_key(&server)).unwrap();
        assert_eq!(tokens.len(), 10);
        for token in &tokens {
            assert_eq!(server.evaluate(&token.nonce).unwrap()[..], token.output);
            // The server did not see the nonce.
            assert!(!blinded.iter().any(|bytes| bytes[..] == token.nonce));
        }
    }

    #[test]
    fn another_key_a_forged_or_moved_answer_is_refused() {
        let (server, other) = (server(1), server(2));
        let (state, blinded) = blind(&mut rng(), 3).unwrap();
        let (evaluated, proof) = answer(&server, &blinded);
        let key = public_key(&server);
        assert!(finalize(&state, &evaluated, &proof, &key).is_ok());

        let (by_other, other_proof) = answer(&other, &blinded);
        assert!(finalize(&state, &by_other, &other_proof, &key).is_err(), "another key");
        assert!(finalize(&state, &evaluated, &proof, &public_key(&other)).is_err(), "another announced key");
        let one_marked = [by_other[0].clone(), evaluated[1].clone(), evaluated[2].clone()];
        assert!(finalize(&state, &one_marked, &proof, &key).is_err(), "one of them under another key");
        let moved = [evaluated[1].clone(), evaluated[0].clone(), evaluated[2].clone()];
        assert!(finalize(&state, &moved, &proof, &key).is_err(), "another order");
        assert!(finalize(&state, &evaluated[..2], &proof, &key).is_err(), "one missing");
        assert!(finalize(&state, &evaluated, &other_proof, &key).is_err(), "another proof");
        for byte in 0..64 {
            let mut broken = proof.clone();
            broken[byte] ^= 1;
            assert!(finalize(&state, &evaluated, &broken, &key).is_err(), "proof byte {byte}");
        }
    }

    #[test]
    fn malformed_answers_are_errors() {
        let server = server(1);
        let (state, blinded) = blind(&mut rng(), 1).unwrap();
        let (evaluated, proof) = answer(&server, &blinded);
        let key = public_key(&server);
        for (evaluated, proof, key) in [
            (vec![vec![]], proof.clone(), key.clone()),
            (vec![vec![0; 32]], proof.clone(), key.clone()),
            (vec![vec![0xff; 32]], proof.clone(), key.clone()),
            (vec![[&evaluated[0][..], &[0]].concat()], proof.clone(), key.clone()),
            (evaluated.clone(), vec![], key.clone()),
            (evaluated.clone(), [&proof[..], &[0]].concat(), key.clone()),
            (evaluated.clone(), proof.clone(), vec![0; 32]),
            (evaluated.clone(), proof.clone(), vec![]),
            (evaluated.clone(), proof.clone(), [&key[..], &[0]].concat()),
        ] {
            assert!(finalize(&state, &evaluated, &proof, &key).is_err());
        }
        let nothing: [Vec<u8>; 0] = [];
        assert!(finalize(&BlindState(Vec::new()), &nothing, &proof, &key).is_err());
    }

    #[test]
    fn bounds_and_broken_states() {
        assert!(blind(&mut rng(), TOKENS_PER_REQUEST + 1).is_err());
        let bytes = blind(&mut rng(), 2).unwrap().0.to_bytes();
        for len in 0..bytes.len() {
            assert!(BlindState::from_bytes(&bytes[..len]).is_none());
        }
        assert!(BlindState::from_bytes(&[&bytes[..], &[0]].concat()).is_none());
    }
}
