//! Inbox messages: from a contact's or sibling's device to one device, outside of any conversation.

use casemate_content::proto::{InboxBody, InboxMessage};
use casemate_wire::ids::{AccountId, DeviceId, Hash32};
use casemate_wire::limits::INBOX_SIZES;
use casemate_wire::manifest::{VerifiedManifest, sign_labelled, verify_signature};
use prost::Message;

use super::{SEAL_OVERHEAD, open_padded, seal_to_size};
use crate::error::CryptoError;
use crate::identity::{DeviceIdentity, SealKeys};

/// Label of an inbox message's box and of its signature, for devices that are not known to read [`BOUND_INBOX_LABEL`].
pub const INBOX_LABEL: &[u8] = b"casemate/inbox/v1";

/// The same for all others: bound to the receiver's account, device and key, so that nobody who got it seals it again to another.
pub const BOUND_INBOX_LABEL: &[u8] = b"casemate/inbox/v2";

/// An inbox message whose sender is proven.
#[derive(Clone, PartialEq)]
pub struct OpenedInbox {
    /// The sender's manifest, as it was sent. It proves itself, but may be older than the one known here.
    pub manifest: VerifiedManifest,
    /// The sending device; the manifest names it.
    pub device: DeviceId,
    /// What it says.
    pub body: InboxBody,
}

/// Without the body: it holds secrets.
impl std::fmt::Debug for OpenedInbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenedInbox({:?}, {:?})", self.manifest.account, self.device)
    }
}

/// Seals `body` to a device, in the smallest of the sizes that fits, bound to that device of that account and to its key.
///
/// # Errors
/// [`CryptoError::TooLarge`] where none fits: put the large part into a blob.
pub fn make_bound_inbox_message(
    id: &DeviceIdentity,
    receiver: (AccountId, DeviceId),
    receiver_public: &[u8],
    body: &InboxBody,
) -> Result<Vec<u8>, CryptoError> {
    make(id, BOUND_INBOX_LABEL, &bound_to(receiver, receiver_public), receiver_public, body)
}

/// The same for a device that is not known to open what is bound: it names the receiver's device alone.
///
/// # Errors
/// [`CryptoError::TooLarge`] where none fits: put the large part into a blob.
pub fn make_inbox_message(
    id: &DeviceIdentity,
    receiver_device: DeviceId,
    receiver_public: &[u8],
    body: &InboxBody,
) -> Result<Vec<u8>, CryptoError> {
    make(id, INBOX_LABEL, &receiver_device.0, receiver_public, body)
}

fn make(
    id: &DeviceIdentity,
    label: &[u8],
    bound: &[u8],
    receiver_public: &[u8],
    body: &InboxBody,
) -> Result<Vec<u8>, CryptoError> {
    let body = body.encode_to_vec();
    let message = InboxMessage {
        account: id.account.into(),
        device: id.device.into(),
        signed_manifest: id.manifest.clone().into(),
        signature: sign_labelled(&id.signing, label, &[bound, &body]).into(),
        body: body.into(),
    }
    .encode_to_vec();
    let size = INBOX_SIZES.into_iter().find(|size| message.len() < size - SEAL_OVERHEAD);
    let size = size.ok_or(CryptoError::TooLarge("this does not fit into an inbox message"))?;
    seal_to_size(receiver_public, label, bound, message, size).expect("the size was chosen so that it fits")
}

/// What a box is bound to that is for one key of one device.
pub(super) fn bound_to((account, device): (AccountId, DeviceId), public: &[u8]) -> Vec<u8> {
    [&account.0[..], &device.0, &Hash32::of(&[public]).0].concat()
}

/// Opens what came into this device's inbox and proves who sent it.
///
/// # Errors
/// [`CryptoError::Invalid`]: not for this device, or not from who it says. Acknowledge and forget it.
pub fn open_inbox_message(
    keys: &SealKeys,
    own: (AccountId, DeviceId),
    payload: &[u8],
) -> Result<OpenedInbox, CryptoError> {
    if let Some(bytes) = unsealed_bound(keys, own, payload)? {
        return proven(&bytes, BOUND_INBOX_LABEL, &bound_to(own, &keys.public));
    }
    let bytes = open_padded(keys, INBOX_LABEL, &own.1.0, payload)?;
    proven(&bytes, INBOX_LABEL, &own.1.0)
}

/// The same of what is bound, to these keys alone: nobody who knows a device's monthly key seals in the older way. `None`: to other keys.
///
/// # Errors
/// As above.
pub fn open_bound_inbox_message(
    keys: &SealKeys,
    own: (AccountId, DeviceId),
    payload: &[u8],
) -> Result<Option<OpenedInbox>, CryptoError> {
    let bytes = unsealed_bound(keys, own, payload)?;
    bytes.map(|bytes| proven(&bytes, BOUND_INBOX_LABEL, &bound_to(own, &keys.public))).transpose()
}

fn unsealed_bound(
    keys: &SealKeys,
    own: (AccountId, DeviceId),
    payload: &[u8],
) -> Result<Option<Vec<u8>>, CryptoError> {
    if !INBOX_SIZES.contains(&payload.len()) {
        return Err(CryptoError::Invalid("the inbox message has a size that inbox messages do not have"));
    }
    Ok(open_padded(keys, BOUND_INBOX_LABEL, &bound_to(own, &keys.public), payload).ok())
}

fn proven(bytes: &[u8], label: &[u8], bound: &[u8]) -> Result<OpenedInbox, CryptoError> {
    const MALFORMED: CryptoError = CryptoError::Invalid("the inbox message is malformed");
    let message = InboxMessage::decode(bytes).map_err(|_| MALFORMED)?;
    let account = AccountId::try_from(&message.account[..]).map_err(|_| MALFORMED)?;
    let device = DeviceId::try_from(&message.device[..]).map_err(|_| MALFORMED)?;
    let manifest = VerifiedManifest::from_bytes(&message.signed_manifest)
        .map_err(|_| CryptoError::Invalid("the sender's account document does not verify"))?;
    if manifest.account != account {
        return Err(CryptoError::Invalid("the inbox message names another account than its sender's"));
    }
    let key = manifest
        .device(device)
        .ok_or(CryptoError::Invalid("the sending device does not belong to its account"))?
        .signature_key;
    verify_signature(&key, label, &[bound, &message.body], &message.signature)
        .map_err(|_| CryptoError::Invalid("the inbox message's signature is wrong"))?;
    let body = InboxBody::decode(message.body).map_err(|_| MALFORMED)?;
    Ok(OpenedInbox { manifest, device, body })
}

#[cfg(test)]
mod tests {
    use casemate_content::proto::inbox_body::Kind;
    use casemate_content::proto::{AddMeAgain, Welcome};

    use super::*;
    use crate::testing::Person;

    fn welcome(size: usize) -> InboxBody {
        let welcome = Welcome { joiner: vec![7; size].into(), ..Welcome::default() };
        InboxBody { at_ms: 5, kind: Some(Kind::Welcome(welcome)), bound: true }
    }

    #[test]
    fn round_trip_in_the_smallest_size() {
        let (ana, bob) = (Person::named("ana"), Person::named("bob"));
        let (receiver, keys) = (bob.id(0).device, bob.seal(0));
        let own = (bob.account, receiver);
        for (len, size) in [(0, 0), (1_000, 0), (3_000, 1), (14_000, 1), (15_500, 2), (60_000, 2)] {
            let sealed = make_inbox_message(&ana.id(0), receiver, &keys.public, &welcome(len)).unwrap();
            assert_eq!(sealed.len(), INBOX_SIZES[size], "{len}");
            let opened = open_inbox_message(&keys, own, &sealed).unwrap();
            assert_eq!((opened.manifest, opened.device), (ana.manifest(), ana.id(0).device));
            assert_eq!(opened.body, welcome(len));
        }
        let too_large = make_inbox_message(&ana.id(0), receiver, &keys.public, &welcome(65_000));
        assert!(matches!(too_large, Err(CryptoError::TooLarge(_))));
    }

    #[test]
    fn every_length_near_a_boundary_fits_or_moves_up() {
        let (ana, bob) = (Person::named("ana"), Person::named("bob"));
        let (receiver, keys) = (bob.id(0).device, bob.seal(0));
        let sizes: Vec<usize> = (1_900..2_700)
            .step_by(53)
            .map(|len| make_inbox_message(&ana.id(0), receiver, &keys.public, &welcome(len)).unwrap().len())
            .collect();
        assert!(sizes.is_sorted() && sizes.iter().all(|size| INBOX_SIZES.contains(size)));
        assert!(sizes.first() != sizes.last());
    }

    #[test]
    fn another_device_a_wrong_size_and_a_forged_sender_are_refused() {
        let (ana, bob, eve) = (Person::named("ana"), Person::with_devices("bob", 2), Person::named("eve"));
        let body = InboxBody {
            at_ms: 1,
            kind: Some(Kind::AddMeAgain(AddMeAgain {
                log: vec![1; 16].into(),
                tokens: Vec::new(),
                ..Default::default()
            })),
            bound: false,
        };
        let (receiver, keys) = (bob.id(0).device, bob.seal(0));
        let own = (bob.account, receiver);
        let sealed = make_inbox_message(&ana.id(0), receiver, &keys.public, &body).unwrap();
        assert!(open_inbox_message(&keys, own, &sealed).is_ok());
        assert!(open_inbox_message(&keys, (bob.account, bob.id(1).device), &sealed).is_err());
        assert!(open_inbox_message(&bob.seal(1), own, &sealed).is_err());
        assert!(open_inbox_message(&keys, own, &sealed[..4_000]).is_err());

        // Eve signs as Ana: with Ana's document and device id, but her own key.
        let mut forger = ana.id(0);
        forger.signing = eve.id(0).signing;
        let forged = make_inbox_message(&forger, receiver, &keys.public, &body).unwrap();
        assert!(open_inbox_message(&keys, own, &forged).is_err());
        // With her own document, but Ana's account.
        let mut forger = eve.id(0);
        forger.account = ana.account;
        let forged = make_inbox_message(&forger, receiver, &keys.public, &body).unwrap();
        assert!(open_inbox_message(&keys, own, &forged).is_err());
        // What was signed for another device, sealed again for this one.
        let elsewhere = DeviceId([3; 16]);
        let message = make_inbox_message(&ana.id(0), elsewhere, &keys.public, &body).unwrap();
        let opened = super::open_padded(&keys, INBOX_LABEL, &elsewhere.0, &message).unwrap();
        let again =
            seal_to_size(&keys.public, INBOX_LABEL, &receiver.0, opened, INBOX_SIZES[0]).unwrap().unwrap();
        assert!(open_inbox_message(&keys, own, &again).is_err());
    }

    #[test]
    fn monthly_key_opens_what_is_bound_and_nothing_else() {
        let (ana, bob) = (Person::named("ana"), Person::named("bob"));
        let (own, keys) = ((bob.account, bob.id(0).device), bob.seal(1));
        let sealed = make_bound_inbox_message(&ana.id(0), own, &keys.public, &welcome(10)).unwrap();
        assert_eq!(open_bound_inbox_message(&keys, own, &sealed).unwrap().unwrap().body, welcome(10));
        assert_eq!(open_bound_inbox_message(&bob.seal(0), own, &sealed).unwrap(), None);
        let older = make_inbox_message(&ana.id(0), own.1, &keys.public, &welcome(10)).unwrap();
        assert_eq!(open_bound_inbox_message(&keys, own, &older).unwrap(), None);
        assert!(open_bound_inbox_message(&keys, own, &sealed[..4_000]).is_err());
    }

    #[test]
    fn what_is_bound_opens_for_that_account_device_and_key_alone() {
        let (ana, bob, eve) = (Person::named("ana"), Person::named("bob"), Person::named("eve"));
        let (own, keys) = ((bob.account, bob.id(0).device), bob.seal(0));
        let sealed = make_bound_inbox_message(&ana.id(0), own, &keys.public, &welcome(10)).unwrap();
        assert_eq!(open_inbox_message(&keys, own, &sealed).unwrap().body, welcome(10));
        assert!(open_inbox_message(&keys, (eve.account, own.1), &sealed).is_err());
        assert!(open_inbox_message(&keys, (bob.account, eve.id(0).device), &sealed).is_err());
        // Eve's device has the id of Bob's. What she got she seals again to him, under either label.
        let theirs = ((eve.account, own.1), eve.seal(0));
        let to_eve = make_bound_inbox_message(&ana.id(0), theirs.0, &theirs.1.public, &welcome(10)).unwrap();
        let bound = bound_to(theirs.0, &theirs.1.public);
        let plain = super::open_padded(&theirs.1, BOUND_INBOX_LABEL, &bound, &to_eve).unwrap();
        for (label, bound) in
            [(BOUND_INBOX_LABEL, bound_to(own, &keys.public)), (INBOX_LABEL, own.1.0.to_vec())]
        {
            let again = seal_to_size(&keys.public, label, &bound, plain.clone(), INBOX_SIZES[0]);
            assert!(open_inbox_message(&keys, own, &again.unwrap().unwrap()).is_err());
        }
    }
}
