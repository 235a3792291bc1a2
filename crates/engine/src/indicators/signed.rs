//! A list that its publisher signed (docs/indicators.md, "Signed lists"). The signature is verified before anything behind it is
//! read, and the version only goes up.
//!
//! ```text
//! casemate-indicators 1
//! signature HEX                Ed25519 under LABEL, over all that follows, byte for byte
//! publisher HEX
//! list NAME
//! version N
//!
//! domain evil.example
//! …
//! ```

use casemate_screening::indicator::{Indicator, Kind};
use casemate_wire::ids::Hash32;
use casemate_wire::manifest::verify_signature;
use data_encoding::HEXLOWER;

/// How one begins, of whatever version.
pub const BEGINS: &str = "casemate-indicators ";

/// A whole list, with some 130 bytes an indicator.
pub const BYTES: usize = 32 * 1024 * 1024;

/// So that a signature for this serves nothing else.
pub const LABEL: &[u8] = b"casemate/indicators/v1";

const FIRST: &str = "casemate-indicators 1";

/// A list whose signature holds.
#[derive(Debug, PartialEq, Eq)]
pub struct Verified {
    pub publisher: [u8; 32],
    pub name: String,
    pub version: u64,
    pub indicators: Vec<Indicator>,
}

/// Why a list is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not this form, or not whole.
    #[error("This signed list is damaged.")]
    Damaged,
    /// The signature does not hold.
    #[error(
        "The signature of this list is wrong: it was changed after it was signed, or is somebody else's."
    )]
    Signature,
    /// Signed, and not understood.
    #[error("This signed list has entries that this version of Casemate does not know. Update Casemate.")]
    Unknown,
}

impl Verified {
    /// Where the newest version of this list that was ever here is kept.
    pub fn counter(&self) -> String {
        let list = Hash32::of(&[&self.publisher, self.name.as_bytes()]);
        format!("indicators/{}", &list.to_hex()[..32])
    }
}

/// Verifies a list.
pub fn verify(text: &str) -> Result<Verified, Refusal> {
    let (first, rest) = text.split_once('\n').ok_or(Refusal::Damaged)?;
    let (signature, signed) = rest.split_once('\n').ok_or(Refusal::Damaged)?;
    let signature =
        signature.strip_prefix("signature ").filter(|_| first == FIRST).ok_or(Refusal::Damaged)?;
    let signature = HEXLOWER.decode(signature.as_bytes()).map_err(|_| Refusal::Damaged)?;
    // The key stands in what is signed: nothing else of it is believed before.
    let publisher =
        signed.lines().next().and_then(|line| line.strip_prefix("publisher ")).ok_or(Refusal::Damaged)?;
    let publisher = HEXLOWER.decode(publisher.as_bytes()).ok().and_then(|key| key.try_into().ok());
    let publisher: [u8; 32] = publisher.ok_or(Refusal::Damaged)?;
    verify_signature(&publisher, LABEL, &[signed.as_bytes()], &signature).map_err(|_| Refusal::Signature)?;
    let (head, body) = signed.split_once("\n\n").ok_or(Refusal::Damaged)?;
    let mut head = head.lines().skip(1);
    let mut field = |name: &str| head.next().and_then(|line| line.strip_prefix(name)).ok_or(Refusal::Damaged);
    let name = field("list ")?.trim().to_owned();
    let version = field("version ")?.parse().map_err(|_| Refusal::Damaged)?;
    let indicators = body.lines().map(entry).collect::<Option<_>>().ok_or(Refusal::Unknown)?;
    match version > 0 && !name.is_empty() {
        true => Ok(Verified { publisher, name, version, indicators }),
        false => Err(Refusal::Damaged),
    }
}

fn entry(line: &str) -> Option<Indicator> {
    let (kind, value) = line.split_once(' ')?;
    Indicator::new(Kind::parse(kind)?, value)
}

/// Of a publisher's key, for comparing by eye or voice: eight groups of four.
pub fn fingerprint(key: &[u8]) -> String {
    let print = Hash32::of(&[b"casemate/indicators/publisher/v1", key]).to_hex();
    let groups: Vec<&str> = (0..8).filter_map(|group| print.get(group * 4..group * 4 + 4)).collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use casemate_wire::manifest::sign_labelled;
    use ed25519_dalek::SigningKey;

    use super::*;

    fn signed(key: &SigningKey, head: &str, body: &str) -> String {
        let publisher = HEXLOWER.encode(key.verifying_key().as_bytes());
        let text = format!("publisher {publisher}\n{head}\n\n{body}");
        let signature = HEXLOWER.encode(&sign_labelled(key, LABEL, &[text.as_bytes()]));
        format!("{FIRST}\nsignature {signature}\n{text}")
    }

    #[test]
    fn what_is_signed_is_read() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let list =
            verify(&signed(&key, "list Spyware\nversion 3", "domain evil.example\nip 192.0.2.7\n")).unwrap();
        assert_eq!((list.name.as_str(), list.version), ("Spyware", 3));
        assert_eq!(list.publisher, key.verifying_key().to_bytes());
        assert_eq!(list.indicators.len(), 2);
        assert_eq!(fingerprint(&list.publisher).len(), 39);
    }

    #[test]
    fn what_is_not_signed_by_the_key_that_it_names_is_not() {
        let (key, other) = (SigningKey::from_bytes(&[7; 32]), SigningKey::from_bytes(&[8; 32]));
        let good = signed(&key, "list Spyware\nversion 3", "domain evil.example\n");
        let theirs = HEXLOWER.encode(other.verifying_key().as_bytes());
        let ours = HEXLOWER.encode(key.verifying_key().as_bytes());
        for forged in [
            good.replace("evil.example", "good.example"),
            good.replace("version 3", "version 4"),
            good.replace("Spyware", "Other"),
            good.replace(&ours, &theirs),
            format!("{good}domain more.example\n"),
            // The low-order key under which anything verifies leniently.
            good.replace(&ours, &format!("01{}", "00".repeat(31))),
        ] {
            assert_eq!(verify(&forged), Err(Refusal::Signature));
        }
    }

    #[test]
    fn what_is_damaged_is_told_from_what_is_too_new() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let good = signed(&key, "list Spyware\nversion 3", "domain evil.example\n");
        for damaged in [
            String::new(),
            FIRST.to_owned(),
            good.replace(FIRST, "casemate-indicators 2"),
            good.replace("signature ", "signature x"),
            good.replace("publisher ", ""),
            signed(&key, "list Spyware\nversion 0", ""),
            signed(&key, "list Spyware\nversion x", ""),
            signed(&key, "list \nversion 1", ""),
            signed(&key, "version 1\nlist x", ""),
        ] {
            assert_eq!(verify(&damaged), Err(Refusal::Damaged), "{damaged}");
        }
        for body in ["planet mars\n", "domain com\n", "domain\n", "\n"] {
            assert_eq!(verify(&signed(&key, "list x\nversion 1", body)), Err(Refusal::Unknown), "{body}");
        }
    }
}
