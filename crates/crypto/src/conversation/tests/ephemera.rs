//! Ephemera: whom they reach, whom not, and that nobody speaks for another.

use casemate_wire::limits::EPHEMERAL_BYTES;

use super::chat::{Chat, Device};
use crate::conversation::{Change, EPHEMERAL_MESSAGE_BYTES};
use crate::testing::Person;

fn walkers() -> (Chat, [Person; 3]) {
    let people = [Person::named("ana"), Person::named("bob"), Person::named("eve")];
    (Chat::group(&people.each_ref()), people)
}

fn seal(device: &Device, nonce: u8, message: &[u8]) -> Vec<u8> {
    device.get().seal_ephemeral(&device.id, [nonce; 24], message).unwrap()
}

#[test]
fn an_ephemeral_reaches_the_members_of_its_epoch_and_names_its_device() {
    let (chat, _) = walkers();
    for message in [&b""[..], b"typing", &[0; EPHEMERAL_MESSAGE_BYTES], &[0x80; EPHEMERAL_MESSAGE_BYTES]] {
        let sealed = seal(&chat.devices[1], 1, message);
        assert_eq!(sealed.len(), EPHEMERAL_BYTES);
        for device in &chat.devices {
            let (sender, opened) = device.get().open_ephemeral(&sealed).unwrap();
            assert_eq!((sender.device, &opened[..]), (chat.devices[1].id.device, message));
        }
    }
    let too_long = vec![1; EPHEMERAL_MESSAGE_BYTES + 1];
    let device = &chat.devices[0];
    assert!(device.get().seal_ephemeral(&device.id, [1; 24], &too_long).is_err());
}

#[test]
fn another_epoch_another_length_or_a_flipped_byte_does_not_open() {
    let (mut chat, _) = walkers();
    let sealed = seal(&chat.devices[0], 2, b"typing");
    for at in 0..sealed.len() {
        let mut broken = sealed.clone();
        broken[at] ^= 1;
        assert!(chat.devices[1].get().open_ephemeral(&broken).is_err(), "byte {at}");
        assert!(chat.devices[1].get().open_ephemeral(&sealed[..at]).is_err(), "cut to {at}");
    }
    let refresh = chat.note();
    chat.commit(0, Change::default(), refresh);
    assert!(chat.devices[1].get().open_ephemeral(&sealed).is_err());
    // The ratchet is as it was.
    chat.everybody_talks();
}

#[test]
fn a_member_cannot_speak_for_another() {
    let (chat, _) = walkers();
    // Eve signs with her own key in Bob's place.
    let (bob, eve) = (&chat.devices[1], &chat.devices[2]);
    let forged = bob.get().seal_ephemeral(&eve.id, [3; 24], b"typing").unwrap();
    assert!(chat.devices[0].get().open_ephemeral(&forged).is_err());
}

#[test]
fn who_was_removed_neither_seals_nor_opens() {
    let (mut chat, _) = walkers();
    let leaf =
        chat.devices[0].get().members().into_iter().find(|leaf| leaf.device == chat.devices[2].id.device);
    let change = Change { remove: vec![leaf.unwrap().leaf], ..Change::default() };
    let note = chat.note();
    chat.commit(0, change, note);
    let sealed = seal(&chat.devices[0], 4, b"typing");
    let eve = &chat.devices[2];
    assert!(eve.get().open_ephemeral(&sealed).is_err());
    assert!(eve.get().seal_ephemeral(&eve.id, [5; 24], b"typing").is_err());
}
