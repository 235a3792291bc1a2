//! A peer alone, and several with a real relay's core between them, under a virtual clock.

#![allow(clippy::disallowed_methods)] // A virtual clock begins somewhere.

mod hostile;
mod together;

use casemate_crypto::call::CallSecret;

use super::*;

fn keys(epoch: u64, leaf: u16, removed: bool) -> Keys {
    let secret = CallSecret::new([epoch as u8; 32]);
    Keys { epoch, secret, leaf, leaves: [0, 1].into(), removed }
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
fn answers_that_are_none_are_refused_and_nothing_follows() {
    let now = Instant::now();
    let mut peer = Peer::new(keys(1, 0, false), 7, now);
    let local = "127.0.0.1:9".parse().unwrap();
    assert!(peer.answer("v=0\r\n", local, now).is_err(), "nothing was offered");
    let offer = peer.offer(now).unwrap();
    assert!(peer.answer("hello", local, now).is_err());
    assert!(peer.answer(&offer, local, now).is_err(), "an offer is answered once");
    assert!(!peer.is_connected());
    assert!(peer.send_sound(b"x", 30, now).is_ok() && peer.send_picture(b"x", true, now).is_ok());
}

#[test]
fn the_relay_is_found_in_its_answer() {
    let answer = "v=0\r\na=candidate:1 1 udp 2130706431 192.0.2.1 7000 typ host\r\n\
        a=candidate:2 1 tcp 1 192.0.2.1 443 typ host tcptype passive\r\n\
        a=candidate:3 1 UDP 2 2001:db8::1 7000 typ host\r\na=candidate:4 1 udp\r\na=candidate:5 1 udp 1 x y\r\n";
    let found = relay_addresses(answer);
    assert_eq!(found, ["192.0.2.1:7000".parse().unwrap(), "[2001:db8::1]:7000".parse().unwrap()]);
    assert_eq!(relay_addresses(""), []);
}
