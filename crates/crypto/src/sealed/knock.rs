//! A knock: all that a stranger can deliver. A sealed box of exactly 2,048 bytes with one signed, fixed message in it.

use casemate_content::proto::Knock;
use casemate_wire::ids::{AccountId, DeviceId, InboxToken};
use casemate_wire::limits::{KNOCK_BYTES, KNOCK_NOTE_BYTES, KNOCK_NOTE_CHARS};
use casemate_wire::manifest::{VerifiedManifest, sign_labelled, verify_signature};
use prost::Message;

use super::inbox::bound_to;
use super::{open_padded, seal_to_size};
use crate::error::CryptoError;
use crate::identity::{DeviceIdentity, SealKeys};

/// Label of a knock's box and of its signature.
pub const KNOCK_LABEL: &[u8] = b"casemate/knock/v1";

/// Label of a knock's box that is sealed to a device's monthly key: bound to account, device and key. What is signed is the same.
pub const BOUND_KNOCK_LABEL: &[u8] = b"casemate/knock/v2";

/// Bytes that name a group in its link.
pub const GROUP_TOKEN_BYTES: usize = 16;

/// What a knock asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish<'a> {
    /// Contact.
    Contact,
    /// To be added to the group that these bytes of its link name.
    Join(&'a [u8]),
    /// Nothing any more: the earlier request is taken back.
    TakeBack,
}

/// Makes a knock's box for one device of `receiver`.
///
/// # Errors
/// [`CryptoError::TooLarge`] and [`CryptoError::Invalid`] for a note that may not be sent, or a malformed key.
pub fn make_knock(
    id: &DeviceIdentity,
    receiver: AccountId,
    receiver_public: &[u8],
    inbox_token: &InboxToken,
    note: &str,
    wish: Wish<'_>,
    at_ms: i64,
) -> Result<Vec<u8>, CryptoError> {
    let knock = signed(id, receiver, inbox_token, note, wish, at_ms)?;
    seal_to_size(receiver_public, KNOCK_LABEL, b"", knock, KNOCK_BYTES)
        .expect("the largest knock fits, see the test")
}

/// The same to a monthly key of a device.
///
/// # Errors
/// As above.
pub fn make_bound_knock(
    id: &DeviceIdentity,
    receiver: (AccountId, DeviceId),
    receiver_public: &[u8],
    inbox_token: &InboxToken,
    note: &str,
    wish: Wish<'_>,
    at_ms: i64,
) -> Result<Vec<u8>, CryptoError> {
    let knock = signed(id, receiver.0, inbox_token, note, wish, at_ms)?;
    let bound = bound_to(receiver, receiver_public);
    seal_to_size(receiver_public, BOUND_KNOCK_LABEL, &bound, knock, KNOCK_BYTES)
        .expect("the largest knock fits, see the test")
}

fn signed(
    id: &DeviceIdentity,
    receiver: AccountId,
    inbox_token: &InboxToken,
    note: &str,
    wish: Wish<'_>,
    at_ms: i64,
) -> Result<Vec<u8>, CryptoError> {
    check_note(note)?;
    let group = match wish {
        Wish::Join(group) => group,
        Wish::Contact | Wish::TakeBack => &[],
    };
    let manifest = id
        .verified_manifest()
        .map_err(|_| CryptoError::Invalid("this device's own account document is broken"))?;
    let mut knock = Knock {
        account: id.account.into(),
        handle: manifest.handle.as_str().to_owned(),
        manifest_version: manifest.version,
        device: id.device.into(),
        inbox_token: inbox_token.to_field(),
        note: note.to_owned(),
        at_ms,
        receiver: receiver.into(),
        signature: Default::default(),
        group: group.to_vec().into(),
        taken_back: wish == Wish::TakeBack,
    };
    knock.signature = sign_labelled(&id.signing, KNOCK_LABEL, &[&knock.encode_to_vec()]).into();
    Ok(knock.encode_to_vec())
}

/// Opens a knock's box and checks its shape. Whether it is genuine, [`verify_knock`] tells once the sender's manifest
/// was fetched.
///
/// # Errors
/// [`CryptoError::Invalid`]: not a knock for this device. Show nothing.
pub fn open_knock(keys: &SealKeys, sealed: &[u8]) -> Result<Knock, CryptoError> {
    opened(keys, KNOCK_LABEL, b"", sealed)
}

/// The same of one that is sealed to a monthly key of this device.
///
/// # Errors
/// As above.
pub fn open_bound_knock(
    keys: &SealKeys,
    own: (AccountId, DeviceId),
    sealed: &[u8],
) -> Result<Knock, CryptoError> {
    opened(keys, BOUND_KNOCK_LABEL, &bound_to(own, &keys.public), sealed)
}

fn opened(keys: &SealKeys, label: &[u8], bound: &[u8], sealed: &[u8]) -> Result<Knock, CryptoError> {
    if sealed.len() != KNOCK_BYTES {
        return Err(CryptoError::Invalid("a knock has exactly 2,048 bytes"));
    }
    let bytes = open_padded(keys, label, bound, sealed)?;
    let knock = Knock::decode(&bytes[..]).map_err(|_| CryptoError::Invalid("the knock is malformed"))?;
    // Unknown fields are refused: a stranger has one fixed form to fill in.
    if knock.encode_to_vec() != bytes {
        return Err(CryptoError::Invalid("the knock has fields that knocks do not have"));
    }
    let lengths = knock.account.len() == AccountId::LEN
        && knock.device.len() == DeviceId::LEN
        && knock.receiver.len() == AccountId::LEN
        && InboxToken::try_from(&knock.inbox_token[..]).is_ok()
        && (knock.group.is_empty() || knock.group.len() == GROUP_TOKEN_BYTES)
        && knock.signature.len() == 64;
    let says_more = knock.taken_back && !(knock.note.is_empty() && knock.group.is_empty());
    if !lengths || says_more {
        return Err(CryptoError::Invalid("the knock is malformed"));
    }
    check_note(&knock.note)?;
    Ok(knock)
}

/// Whether `knock` was made by a device of `manifest`, for `receiver`.
///
/// # Errors
/// [`CryptoError::Invalid`]: forged, replayed to another person, or from a device that was dropped. Show nothing.
pub fn verify_knock(
    knock: &Knock,
    manifest: &VerifiedManifest,
    receiver: AccountId,
) -> Result<(), CryptoError> {
    if knock.receiver[..] != receiver.0 {
        return Err(CryptoError::Invalid("the knock was made for somebody else"));
    }
    if knock.account[..] != manifest.account.0 || knock.handle != manifest.handle.as_str() {
        return Err(CryptoError::Invalid("the knock names another account than its sender's"));
    }
    if knock.manifest_version > manifest.version {
        return Err(CryptoError::Invalid("the knock's account document is newer than the one found"));
    }
    let device = DeviceId::try_from(&knock.device[..])
        .ok()
        .and_then(|device| manifest.device(device))
        .ok_or(CryptoError::Invalid("the knock's device does not belong to its account"))?;
    let unsigned = Knock { signature: Default::default(), ..knock.clone() };
    verify_signature(&device.signature_key, KNOCK_LABEL, &[&unsigned.encode_to_vec()], &knock.signature)
        .map_err(|_| CryptoError::Invalid("the knock's signature is wrong"))
}

fn check_note(note: &str) -> Result<(), CryptoError> {
    if note.len() > KNOCK_NOTE_BYTES || note.chars().count() > KNOCK_NOTE_CHARS {
        return Err(CryptoError::TooLarge("a note has at most 140 characters and 400 bytes"));
    }
    if note.chars().any(char::is_control) {
        return Err(CryptoError::Invalid("a note is plain text in one line"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealed::{SEAL_OVERHEAD, seal};
    use crate::testing::Person;
    use casemate_content::pad::pad_to;

    fn token() -> InboxToken {
        InboxToken::new([9; 16])
    }

    #[test]
    fn the_largest_knock_has_exactly_2048_bytes_as_has_the_smallest() {
        let ana = Person::named("a-very-long-handle-32-characters");
        let bob = Person::named("bob");
        // 140 characters in 400 bytes.
        let note = "ß".repeat(20) + &"語".repeat(120);
        assert_eq!((note.len(), note.chars().count()), (400, 140));
        for note in ["", &note] {
            let sealed = make_knock(
                &ana.id(0),
                bob.account,
                &bob.seal(0).public,
                &token(),
                note,
                Wish::Join(&[7; 16]),
                i64::MIN,
            )
            .unwrap();
            assert_eq!(sealed.len(), KNOCK_BYTES);
            let knock = open_knock(&bob.seal(0), &sealed).unwrap();
            assert_eq!(knock.note, note);
            verify_knock(&knock, &ana.manifest(), bob.account).unwrap();
        }
    }

    #[test]
    fn knock_to_a_monthly_key_opens_for_that_account_device_and_key_alone() {
        let (ana, bob, eve) = (Person::named("ana"), Person::named("bob"), Person::named("eve"));
        let (own, keys) = ((bob.account, bob.id(0).device), bob.seal(1));
        let note = "ß".repeat(20) + &"語".repeat(120);
        let wish = Wish::Join(&[7; 16]);
        let sealed =
            make_bound_knock(&ana.id(0), own, &keys.public, &token(), &note, wish, i64::MIN).unwrap();
        assert_eq!(sealed.len(), KNOCK_BYTES);
        let knock = open_bound_knock(&keys, own, &sealed).unwrap();
        verify_knock(&knock, &ana.manifest(), bob.account).unwrap();
        assert!(open_knock(&keys, &sealed).is_err());
        assert!(open_bound_knock(&keys, (eve.account, own.1), &sealed).is_err());
        assert!(open_bound_knock(&keys, (own.0, eve.id(0).device), &sealed).is_err());
        assert!(open_bound_knock(&bob.seal(0), own, &sealed).is_err());
    }

    #[test]
    fn notes_that_may_not_be_sent() {
        let (ana, bob) = (Person::named("ana"), Person::named("bob"));
        for note in ["x".repeat(141), "語".repeat(134), "two\nlines".into(), "\u{7}".into()] {
            let knock =
                make_knock(&ana.id(0), bob.account, &bob.seal(0).public, &token(), &note, Wish::Contact, 1);
            assert!(knock.is_err(), "{note:?}");
        }
    }

    #[test]
    fn wrong_sizes_are_refused_before_anything_is_decrypted() {
        let bob = Person::named("bob");
        for len in [0, 2_047, 2_049, 4_096] {
            assert_eq!(
                open_knock(&bob.seal(0), &vec![0; len]),
                Err(CryptoError::Invalid("a knock has exactly 2,048 bytes"))
            );
        }
    }

    #[test]
    fn unknown_fields_and_wrong_lengths_are_refused() {
        let (ana, bob) = (Person::named("ana"), Person::named("bob"));
        let genuine = open_knock(
            &bob.seal(0),
            &make_knock(&ana.id(0), bob.account, &bob.seal(0).public, &token(), "", Wish::Contact, 1)
                .unwrap(),
        )
        .unwrap();
        let deliver = |bytes: Vec<u8>| {
            let padded = pad_to(bytes, KNOCK_BYTES - SEAL_OVERHEAD).unwrap();
            open_knock(&bob.seal(0), &seal(&bob.seal(0).public, KNOCK_LABEL, b"", &padded).unwrap())
        };
        assert!(deliver(genuine.encode_to_vec()).is_ok());
        // Field 99.
        assert!(deliver([&genuine.encode_to_vec()[..], &[0x98, 0x06, 0x01]].concat()).is_err());
        assert!(deliver(Knock { account: vec![1; 15].into(), ..genuine.clone() }.encode_to_vec()).is_err());
        assert!(
            deliver(Knock { inbox_token: vec![1; 17].into(), ..genuine.clone() }.encode_to_vec()).is_err()
        );
        assert!(deliver(Knock { group: vec![1; 15].into(), ..genuine.clone() }.encode_to_vec()).is_err());
        assert!(deliver(Knock { note: "x".repeat(141), ..genuine.clone() }.encode_to_vec()).is_err());
        let taken_back = Knock { taken_back: true, ..genuine };
        assert!(deliver(taken_back.encode_to_vec()).is_ok());
        assert!(deliver(Knock { note: "and this".into(), ..taken_back.clone() }.encode_to_vec()).is_err());
        assert!(deliver(Knock { group: vec![1; 16].into(), ..taken_back }.encode_to_vec()).is_err());
    }

    #[test]
    fn forged_and_misdirected_knocks_are_refused() {
        let (ana, bob, eve) = (Person::named("ana"), Person::named("bob"), Person::named("eve"));
        let sealed =
            make_knock(&ana.id(0), bob.account, &bob.seal(0).public, &token(), "hi", Wish::Contact, 1)
                .unwrap();
        let knock = open_knock(&bob.seal(0), &sealed).unwrap();
        verify_knock(&knock, &ana.manifest(), bob.account).unwrap();

        assert!(verify_knock(&knock, &ana.manifest(), eve.account).is_err(), "replayed to somebody else");
        assert!(verify_knock(&knock, &eve.manifest(), bob.account).is_err(), "another account's document");
        for forged in [
            Knock { note: "hello".into(), ..knock.clone() },
            Knock { at_ms: 2, ..knock.clone() },
            Knock { group: vec![1; 16].into(), ..knock.clone() },
            Knock { inbox_token: vec![1; 16].into(), ..knock.clone() },
            Knock { device: eve.id(0).device.into(), ..knock.clone() },
            Knock { manifest_version: 7, ..knock.clone() },
            Knock { taken_back: true, ..knock.clone() },
        ] {
            assert!(verify_knock(&forged, &ana.manifest(), bob.account).is_err(), "{forged:?}");
        }
    }
}
