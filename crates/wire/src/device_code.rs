//! The code that a new device shows and the primary takes, by camera or typed: a one-time secret and what the device's
//! keys hash to. 35 bytes in Crockford's base 32, in groups of four:
//!
//! ```text
//! version (1) | secret (16) | SHA-256 of the sealed offer, cut to 16 | check (2)
//! ```
//! It is no link on purpose: nothing opens it but Casemate's own scanner and text field, so nobody is linked by a tap.

use std::sync::OnceLock;

use data_encoding::{Encoding, Specification};

use crate::ids::{Hash32, LinkingSecret};

/// A parsed code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceCode {
    /// Names the place where the device waits, and opens what it left there.
    pub secret: LinkingSecret,
    /// What is left there must hash to this: whoever only saw the code cannot put other keys in its place.
    pub offer: [u8; 16],
}

/// Not such a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is not the code of a new device; it has 14 groups of four letters and digits and must be copied whole"
)]
pub struct BadDeviceCode;

const VERSION: u8 = 1;
const BYTES: usize = 35;
const CHECKED: usize = BYTES - 2;
/// Letters of a group.
const GROUP: usize = 4;
/// What is typed may be longer by spaces and dashes; beyond this it is something else.
const TEXT_BYTES: usize = 200;

impl DeviceCode {
    /// The code for an offer that was sealed under `secret`.
    pub fn new(secret: LinkingSecret, sealed_offer: &[u8]) -> Self {
        Self { secret, offer: offer_hash(sealed_offer) }
    }

    /// Parses what was scanned or typed, in either case, with spaces, dashes, and letters that look like digits.
    pub fn parse(text: &str) -> Result<Self, BadDeviceCode> {
        if text.len() > TEXT_BYTES {
            return Err(BadDeviceCode);
        }
        let bytes = letters().decode(text.as_bytes()).map_err(|_| BadDeviceCode)?;
        let bytes: [u8; BYTES] = bytes.try_into().map_err(|_| BadDeviceCode)?;
        let (checked, check) = bytes.split_at(CHECKED);
        if checked[0] != VERSION || check != check_of(checked) {
            return Err(BadDeviceCode);
        }
        let (secret, offer) = checked[1..].split_at(16);
        Ok(Self {
            secret: LinkingSecret::try_from(secret).map_err(|_| BadDeviceCode)?,
            offer: offer.try_into().map_err(|_| BadDeviceCode)?,
        })
    }

    /// The code as text. Not `Display`: it is a secret and should not slip into a log.
    pub fn to_text(&self) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend(self.secret.expose());
        bytes.extend(self.offer);
        bytes.extend(check_of(&bytes));
        let mut text = String::new();
        for (at, letter) in letters().encode(&bytes).chars().enumerate() {
            if at > 0 && at % GROUP == 0 {
                text.push('-');
            }
            text.push(letter);
        }
        text
    }

    /// Whether this is the offer that the code was made for.
    pub fn names(&self, sealed_offer: &[u8]) -> bool {
        offer_hash(sealed_offer) == self.offer
    }
}

fn offer_hash(sealed_offer: &[u8]) -> [u8; 16] {
    let hash = Hash32::of(&[b"casemate/linking/offer-hash/v1", sealed_offer]);
    hash.0[..16].try_into().expect("a hash is longer")
}

/// Against slips of the pen, not against people.
fn check_of(bytes: &[u8]) -> [u8; 2] {
    let hash = Hash32::of(&[b"casemate/linking/check/v1", bytes]);
    [hash.0[0], hash.0[1]]
}

/// Crockford's base 32: no I, L, O, U.
fn letters() -> &'static Encoding {
    static LETTERS: OnceLock<Encoding> = OnceLock::new();
    LETTERS.get_or_init(|| {
        let mut letters = Specification::new();
        letters.symbols.push_str("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
        letters.translate.from.push_str("abcdefghjkmnpqrstvwxyzILOilo");
        letters.translate.to.push_str("ABCDEFGHJKMNPQRSTVWXYZ110110");
        letters.ignore.push_str("- \n\r\t");
        letters.encoding().expect("a fixed and well-formed specification")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code() -> DeviceCode {
        DeviceCode::new(LinkingSecret::new([7; 16]), b"an offer")
    }

    #[test]
    fn round_trip_also_as_people_type_it() {
        let text = code().to_text();
        assert_eq!(text.len(), 56 + 13);
        assert!(text.bytes().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == b'-'), "{text}");
        for typed in [
            text.clone(),
            format!("  {}\n", text.to_lowercase()),
            text.replace('-', ""),
            text.replace('-', " "),
            text.replace('0', "O").replace('1', "l"),
        ] {
            assert_eq!(DeviceCode::parse(&typed), Ok(code()), "{typed}");
        }
        assert!(code().names(b"an offer") && !code().names(b"another"));
    }

    #[test]
    fn every_slip_is_refused() {
        let text = code().to_text();
        for at in 0..text.len() {
            let mut slip = text.clone().into_bytes();
            slip[at] = match slip[at] {
                b'-' => b'A',
                b'Z' => b'Y',
                _ => b'Z',
            };
            let slip = String::from_utf8(slip).unwrap();
            assert_eq!(DeviceCode::parse(&slip), Err(BadDeviceCode), "{slip}");
        }
        for bad in ["", "ABCD", "https://casemate.example/i#a.b", &text[..60], &format!("{text}-AAAA")] {
            assert_eq!(DeviceCode::parse(bad), Err(BadDeviceCode), "{bad}");
        }
        assert_eq!(DeviceCode::parse(&"-".repeat(1_000_000)), Err(BadDeviceCode));
    }

    #[test]
    fn secrets_do_not_print() {
        assert!(format!("{:?}", code()).contains("LinkingSecret(…)"));
    }
}
