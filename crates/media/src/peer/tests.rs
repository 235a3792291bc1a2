//! A peer alone, and several with a real relay's core between them, under a virtual clock.

#![allow(clippy::disallowed_methods)] // A virtual clock begins somewhere.

mod hostile;
mod together;

use casemate_crypto::call::CallSecret;

use super::*;

fn keys(epoch: u64, leaf: u16, removed: bool) -> Keys {
    let secret = CallSecret::new([epoch as u8; 32]);
    Keys { epoch, secret, others: Vec::new(), leaf, leaves: [0, 1].into(), removed }
}

#[test]
fn an_offer_names_no_address_and_has_all_slots() {
    let now = Instant::now();
    let mut peer = Peer::new(keys(1, 0, false), 7, now);
    let offer = peer.offer(now).unwrap();
    assert!(!offer.contains("candidate") && !offer.contains("127.") && !offer.contains("application"));
    assert_eq!(offer.matches("m=audio ").count(), 1 + SOUNDS);
    assert_eq!(offer.matches("m=video ").count(), 1 + PICTURES);
    assert!(offer.len() < casemate_wire::limits::CALL_SDP_BYTES, "{}", offer.len());
}

#[test]
fn where_no_pictures_are_shown_there_are_no_slots_for_them() {
    let now = Instant::now();
    let offer = Peer::new(keys(1, 0, false), 7, now).without_pictures().offer(now).unwrap();
    assert_eq!(offer.matches("m=audio ").count(), 1 + SOUNDS);
    assert_eq!(offer.matches("m=video ").count(), 1);
}

#[test]
fn answers_that_are_none_are_refused_and_nothing_follows() {
    let now = Instant::now();
    let mut peer = Peer::new(keys(1, 0, false), 7, now);
    let local = "127.0.0.1:9".parse().unwrap();
    assert!(peer.answer("v=0\r\n", local, Over::Udp, now).is_err(), "nothing was offered");
    let offer = peer.offer(now).unwrap();
    assert!(peer.answer("hello", local, Over::Udp, now).is_err());
    assert!(peer.answer(&offer, local, Over::Udp, now).is_err(), "an offer is answered once");
    assert!(!peer.is_connected());
    assert!(peer.send_sound(b"x", 30, now).is_ok() && peer.send_picture(b"x", true, now).is_ok());
}
