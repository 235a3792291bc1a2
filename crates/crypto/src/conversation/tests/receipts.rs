//! Receipts beside readers: whom they reach, also after the epoch, and that nobody speaks for another.

use casemate_wire::limits::RECEIPT_BYTES;

use super::chat::{Chat, Device};
use crate::conversation::{Change, receipt_epoch};
use crate::testing::Person;

fn walkers() -> (Chat, [Person; 3]) {
    let people = [Person::named("ana"), Person::named("bob"), Person::named("eve")];
    (Chat::group(&people.each_ref()), people)
}

fn seal(device: &Device, nonce: u8, message: &[u8]) -> Vec<u8> {
    device.get().seal_receipt(&device.id, [nonce; 24], message).unwrap()
}

#[test]
fn a_receipt_is_opened_by_members_and_names_its_device() {
    let (chat, _) = walkers();
    assert!(chat.devices[0].get().all_read_receipts());
    let key = chat.devices[2].get().receipt_key().unwrap();
    for (message, size) in [(vec![1; 90], RECEIPT_BYTES[0]), (vec![0x80; 800], RECEIPT_BYTES[1])] {
        let sealed = seal(&chat.devices[1], 1, &message);
        assert_eq!((sealed.len(), receipt_epoch(&sealed)), (size, Some(chat.devices[1].get().epoch())));
        for device in &chat.devices {
            let (sender, opened) = device.get().open_receipt(&key, &sealed).unwrap();
            assert_eq!((sender.device, &opened), (chat.devices[1].id.device, &message));
        }
    }
    let device = &chat.devices[0];
    assert!(device.get().seal_receipt(&device.id, [1; 24], &[1; 1_000]).is_err());
}

#[test]
fn a_receipt_of_a_past_epoch_is_opened_by_its_key_alone() {
    let (mut chat, _) = walkers();
    let past = chat.devices[0].get().receipt_key().unwrap();
    let sealed = seal(&chat.devices[0], 2, b"read");
    let refresh = chat.note();
    chat.commit(0, Change::default(), refresh);
    let bob = &chat.devices[1];
    assert_eq!(bob.get().open_receipt(&past, &sealed).unwrap().1, b"read");
    assert!(bob.get().open_receipt(&bob.get().receipt_key().unwrap(), &sealed).is_err());
}

#[test]
fn a_receipt_that_is_cut_or_flipped_is_refused() {
    let (chat, _) = walkers();
    let (bob, key) = (&chat.devices[1], chat.devices[1].get().receipt_key().unwrap());
    let sealed = seal(&chat.devices[0], 3, b"read");
    for at in 0..sealed.len() {
        let mut broken = sealed.clone();
        broken[at] ^= 1;
        assert!(bob.get().open_receipt(&key, &broken).is_err(), "byte {at}");
        assert!(bob.get().open_receipt(&key, &sealed[..at]).is_err(), "cut to {at}");
    }
}

#[test]
fn no_member_makes_a_receipt_of_another_and_none_of_one_who_is_out_counts() {
    let (mut chat, _) = walkers();
    let key = chat.devices[0].get().receipt_key().unwrap();
    // Eve signs with her own key under Bob's name.
    let mut forged = chat.devices[2].id.clone();
    (forged.account, forged.device) = (chat.devices[1].id.account, chat.devices[1].id.device);
    let sealed = chat.devices[2].get().seal_receipt(&forged, [4; 24], b"read").unwrap();
    assert!(chat.devices[0].get().open_receipt(&key, &sealed).is_err());
    let eves = seal(&chat.devices[2], 5, b"read");
    assert!(chat.devices[0].get().open_receipt(&key, &eves).is_ok());
    let leaf =
        chat.devices[0].get().members().into_iter().find(|leaf| leaf.device == chat.devices[2].id.device);
    let change = Change { remove: vec![leaf.unwrap().leaf], ..Change::default() };
    let note = chat.note();
    chat.commit(0, change, note);
    assert!(chat.devices[0].get().open_receipt(&key, &eves).is_err());
    let eve = &chat.devices[2];
    assert!(eve.get().seal_receipt(&eve.id, [6; 24], b"read").is_err());
}
