//! Incarnations: what a server says when it goes on from a backup.
//!
//! A server that was restored has forgotten what came since its backup. It begins another incarnation, whose id is a hash of the one
//! before, of the last head that the backup knows, and of the time. So incarnations are a chain: whoever knows one of it sees
//! whether another follows from it, and two that follow from one are a lie to somebody.

use casemate_wire::proto::transparency as proto;
use prost::Message as _;
use sha2::{Digest, Sha256};

use crate::{Broken, Head, head::exactly};

/// Of an incarnation's id.
const LABEL: &[u8] = b"casemate/incarnation/v2";

/// Incarnations that are told of, the newest ones. More restores than this between two connections are a conflict.
pub const INCARNATIONS: usize = 64;

/// A statement that was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Began {
    /// The incarnation that it begins.
    pub id: [u8; 16],
    /// The one that it goes on from.
    pub previous: [u8; 16],
    /// The last head of that one that the backup knows.
    pub base: Head,
    /// When it began.
    pub at_ms: i64,
}

/// Incarnations that follow each other, up to the present one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chain(Vec<Began>);

/// How a head of another incarnation stands to the present one, as far as the chain tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Of an incarnation before: what it has is in the present list too, which can be proven.
    Survived,
    /// Of an incarnation before: it came after the backup, and is lost.
    Lost,
    /// Of an incarnation before, and signed when that was over: somebody was shown two lists.
    Late,
    /// Of none that leads here.
    Unknown,
}

/// The id of the incarnation that a statement begins.
pub fn id(statement: &proto::Incarnation) -> [u8; 16] {
    let base = statement.base.clone().unwrap_or_default().encode_to_vec();
    let mut hasher = Sha256::new();
    for part in [LABEL, &statement.previous, &base, &statement.at_ms.to_be_bytes()] {
        hasher.update(part);
    }
    let hash: [u8; 32] = hasher.finalize().into();
    let (id, _) = hash.split_first_chunk().expect("half of it");
    *id
}

impl Chain {
    /// Verifies statements, oldest first, that lead to `newest`. None are the chain of a server that was never restored.
    pub fn verify(
        statements: &[proto::Incarnation],
        newest: &[u8; 16],
        server_key: &[u8; 32],
    ) -> Result<Self, Broken> {
        if statements.len() > INCARNATIONS {
            return Err(Broken::Malformed);
        }
        let mut chain: Vec<Began> = Vec::with_capacity(statements.len());
        for statement in statements {
            let previous = exactly(&statement.previous)?;
            let base = Head::verify(&statement.base.clone().unwrap_or_default(), server_key)?;
            let follows =
                chain.last().is_none_or(|last| last.id == previous && last.at_ms <= statement.at_ms);
            if base.incarnation != previous || base.at_ms > statement.at_ms || !follows {
                return Err(Broken::Conflict);
            }
            chain.push(Began { id: id(statement), previous, base, at_ms: statement.at_ms });
        }
        match chain.last() {
            Some(last) if last.id != *newest => Err(Broken::Conflict),
            _ => Ok(Self(chain)),
        }
    }

    /// Those that came after a known one; `None` where that is not in the chain. The newest is followed by none.
    pub fn after(&self, known: &[u8; 16]) -> Option<&[Began]> {
        match self.0.iter().position(|began| began.previous == *known) {
            Some(at) => Some(&self.0[at..]),
            None => (self.0.last()?.id == *known).then_some(&[]),
        }
    }

    /// The newest one.
    pub fn newest(&self) -> Option<&Began> {
        self.0.last()
    }

    /// See [`Place`]. Of a head that is not of the newest incarnation.
    pub fn place(&self, head: &Head) -> Place {
        let Some([next, later @ ..]) = self.after(&head.incarnation) else { return Place::Unknown };
        let kept = later.iter().fold(next.base.epoch, |kept, began| kept.min(began.base.epoch));
        match (head.at_ms > next.at_ms, head.epoch <= kept) {
            (true, _) => Place::Late,
            (false, true) => Place::Survived,
            (false, false) => Place::Lost,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[7; 32])
    }

    fn signed(incarnation: [u8; 16], epoch: u64, at_ms: i64) -> proto::SignedHead {
        let head = proto::Head {
            incarnation: incarnation.to_vec().into(),
            epoch,
            root: vec![1; 32].into(),
            epochs_root: vec![2; 32].into(),
            vrf_key: vec![3; 32].into(),
            at_ms,
        };
        Head::sign(&head, &key())
    }

    fn began(previous: [u8; 16], epoch: u64, at_ms: i64) -> proto::Incarnation {
        proto::Incarnation {
            previous: previous.to_vec().into(),
            base: Some(signed(previous, epoch, at_ms - 5)),
            at_ms,
        }
    }

    fn verify(statements: &[proto::Incarnation], newest: [u8; 16]) -> Result<Chain, Broken> {
        Chain::verify(statements, &newest, &key().verifying_key().to_bytes())
    }

    #[test]
    fn incarnations_that_do_not_follow_each_other_are_refused() {
        let first = began([1; 16], 9, 100);
        let second = began(id(&first), 5, 200);
        let good = [first.clone(), second.clone()];
        assert!(verify(&good, id(&second)).is_ok());
        assert!(verify(&[], [1; 16]).is_ok());
        let other = began([1; 16], 9, 101);
        assert_ne!(id(&first), id(&other));
        for (wrong, newest) in [
            (vec![first.clone(), second.clone()], id(&first)),
            (vec![second.clone(), first.clone()], id(&first)),
            (vec![other.clone(), second.clone()], id(&second)),
            (vec![proto::Incarnation { at_ms: 99, ..first.clone() }, second.clone()], id(&second)),
            (
                vec![
                    proto::Incarnation { base: Some(signed([1; 16], 8, 95)), ..first.clone() },
                    second.clone(),
                ],
                id(&second),
            ),
            (vec![proto::Incarnation { base: Some(signed([2; 16], 9, 95)), ..first.clone() }], id(&first)),
        ] {
            assert!(verify(&wrong, newest).is_err());
        }
        let mut forged = began([1; 16], 9, 100);
        forged.base.as_mut().unwrap().signature = vec![0; 64].into();
        assert_eq!(verify(&[forged.clone()], id(&forged)), Err(Broken::Signature));
        let early = proto::Incarnation { at_ms: 10, base: Some(signed([1; 16], 9, 11)), ..first };
        assert!(verify(std::slice::from_ref(&early), id(&early)).is_err());
    }

    #[test]
    fn head_of_an_earlier_incarnation_survived_is_lost_or_was_signed_late() {
        let first = began([1; 16], 9, 100);
        let second = began(id(&first), 5, 200);
        let chain = verify(&[first.clone(), second.clone()], id(&second)).unwrap();
        assert_eq!(chain.after(&[1; 16]).unwrap().len(), 2);
        assert_eq!(chain.after(&id(&first)).unwrap().len(), 1);
        assert_eq!(chain.after(&id(&second)).unwrap().len(), 0);
        assert_eq!(chain.after(&[9; 16]), None);
        let place = |incarnation, epoch, at_ms| {
            let public = key().verifying_key().to_bytes();
            chain.place(&Head::verify(&signed(incarnation, epoch, at_ms), &public).unwrap())
        };
        assert_eq!(place([1; 16], 5, 50), Place::Survived);
        assert_eq!(place([1; 16], 6, 50), Place::Lost, "the second backup was older");
        assert_eq!(place([1; 16], 5, 101), Place::Late);
        assert_eq!(place(id(&first), 5, 150), Place::Survived);
        assert_eq!(place(id(&first), 5, 201), Place::Late);
        assert_eq!(place([9; 16], 1, 1), Place::Unknown);
    }
}
