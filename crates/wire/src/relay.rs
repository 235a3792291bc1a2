//! How a server and its relays speak: messages with their length before them, bounded before they are parsed. And at which
//! addresses a relay can be.

use std::net::IpAddr;

use bytes::{Buf, Bytes, BytesMut};
use prost::Message;

use crate::ids::Hash32;
use crate::limits::{RELAY_MESSAGE_BYTES, RELAY_ROOMS};
use crate::proto::relay::{FromRelay, ToRelay};

/// The version of this protocol. A relay takes the one it knows.
pub const VERSION: u32 = 2;

/// Bytes of the length before each message.
const LENGTH_BYTES: usize = 4;

/// Why bytes are no message of this protocol. Nothing can be read after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadMessage {
    /// Over [`RELAY_MESSAGE_BYTES`]; nothing was parsed.
    #[error("a message has at most {RELAY_MESSAGE_BYTES} bytes")]
    TooLarge,
    /// Not a well-formed message, or one from a later version.
    #[error("this is not a message between server and relay")]
    Malformed,
}

/// Takes the next whole message off `buffer`, if there is one.
pub fn next_to_relay(buffer: &mut BytesMut) -> Result<Option<ToRelay>, BadMessage> {
    let Some(bytes) = next(buffer)? else { return Ok(None) };
    let message = ToRelay::decode(bytes).map_err(|_| BadMessage::Malformed)?;
    if message.request.is_none() { Err(BadMessage::Malformed) } else { Ok(Some(message)) }
}

/// Takes the next whole message off `buffer`, if there is one.
pub fn next_from_relay(buffer: &mut BytesMut) -> Result<Option<FromRelay>, BadMessage> {
    let Some(bytes) = next(buffer)? else { return Ok(None) };
    let message = FromRelay::decode(bytes).map_err(|_| BadMessage::Malformed)?;
    if message.body.is_none() { Err(BadMessage::Malformed) } else { Ok(Some(message)) }
}

/// The rooms that a message names. What is none is left out, and so is what is beyond [`RELAY_ROOMS`].
pub fn rooms(named: &[Bytes]) -> Vec<Hash32> {
    named.iter().take(RELAY_ROOMS).filter_map(|room| Hash32::try_from(&room[..]).ok()).collect()
}

/// Whether anybody can be told that a relay is there: not at the address of all machines, of many, or of none, and not at one that
/// means something on one link alone. WebRTC takes no such candidates (`str0m` refuses most of them), or whoever is told of one cannot go
/// there.
pub fn can_be_told(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            !(v4.is_unspecified() || v4.is_broadcast() || v4.is_multicast() || v4.is_link_local())
        }
        IpAddr::V6(v6) => !(v6.is_unspecified() || v6.is_multicast() || v6.is_unicast_link_local()),
    }
}

/// A message with its length before it.
pub fn encode(message: &impl Message) -> Bytes {
    let len = message.encoded_len();
    let mut bytes = BytesMut::with_capacity(LENGTH_BYTES.saturating_add(len));
    // What is longer is refused by whoever reads it; nothing of ours is.
    bytes.extend_from_slice(&u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes());
    message.encode_raw(&mut bytes);
    bytes.freeze()
}

fn next(buffer: &mut BytesMut) -> Result<Option<Bytes>, BadMessage> {
    let Some(length) = buffer.first_chunk::<LENGTH_BYTES>() else { return Ok(None) };
    let length = u32::from_be_bytes(*length) as usize;
    if length > RELAY_MESSAGE_BYTES {
        return Err(BadMessage::TooLarge);
    }
    if buffer.len() < LENGTH_BYTES.saturating_add(length) {
        return Ok(None);
    }
    buffer.advance(LENGTH_BYTES);
    Ok(Some(buffer.split_to(length).freeze()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::relay::{CloseRooms, Greeted, Look, Seen, from_relay::Body, to_relay::Request};

    #[test]
    fn messages_come_out_as_they_went_in_however_they_are_cut() {
        let holder = Bytes::from_static(&[9; 16]);
        let look = ToRelay { id: 7, holder, request: Some(Request::Look(Look {})) };
        let whole = [encode(&look), encode(&look)].concat();
        let mut buffer = BytesMut::new();
        let mut found = 0;
        for byte in whole {
            buffer.extend_from_slice(&[byte]);
            while let Some(message) = next_to_relay(&mut buffer).unwrap() {
                assert_eq!(message, look);
                found += 1;
            }
        }
        assert_eq!((found, buffer.len()), (2, 0));
        let seen = FromRelay { id: 7, body: Some(Body::Seen(Seen { rooms: 1, participants: 2 })) };
        assert_eq!(next_from_relay(&mut BytesMut::from(&encode(&seen)[..])), Ok(Some(seen)));
    }

    #[test]
    fn all_rooms_that_a_relay_may_name_are_one_message() {
        let rooms = vec![Bytes::from_static(&[0xff; 32]); RELAY_ROOMS];
        let greeted =
            Greeted { name: "n".repeat(64), process: u32::MAX, rooms: rooms.clone(), ..Greeted::default() };
        let greeted = FromRelay { id: u64::MAX, body: Some(Body::Greeted(greeted)) };
        assert_eq!(next_from_relay(&mut BytesMut::from(&encode(&greeted)[..])), Ok(Some(greeted)));
        let request = Some(Request::Close(CloseRooms { rooms }));
        let close = ToRelay { id: u64::MAX, request, ..ToRelay::default() };
        assert_eq!(next_to_relay(&mut BytesMut::from(&encode(&close)[..])), Ok(Some(close)));
    }

    #[test]
    fn of_the_rooms_that_are_named_those_that_are_none_are_left_out() {
        let named = [vec![1u8; 32], vec![2; 31], Vec::new(), vec![3; 33], vec![4; 32]].map(Bytes::from);
        assert_eq!(rooms(&named), [Hash32([1; 32]), Hash32([4; 32])]);
        assert_eq!(rooms(&vec![named[0].clone(); RELAY_ROOMS + 1]).len(), RELAY_ROOMS);
    }

    #[test]
    fn a_relay_is_at_an_address_of_one_machine_that_others_can_go_to() {
        let told = |text: &str| can_be_told(text.parse().unwrap());
        for good in
            ["203.0.113.5", "10.0.0.1", "127.0.0.1", "2001:db8::5", "fd00::1", "::1", "::ffff:10.0.0.1"]
        {
            assert!(told(good), "{good}");
        }
        let of_v4 = ["0.0.0.0", "255.255.255.255", "224.0.0.1", "239.255.255.250", "169.254.9.9"];
        let of_v6 =
            ["::", "ff02::1", "ff0e::1", "fe80::9", "febf::1", "::ffff:169.254.9.9", "::ffff:0.0.0.0"];
        for bad in of_v4.into_iter().chain(of_v6) {
            assert!(!told(bad), "{bad}");
        }
    }

    #[test]
    fn what_is_too_large_or_unknown_ends_it() {
        let length = u32::try_from(RELAY_MESSAGE_BYTES + 1).unwrap().to_be_bytes();
        assert_eq!(next_to_relay(&mut BytesMut::from(&length[..])), Err(BadMessage::TooLarge));
        let mut nothing = BytesMut::from(&[0, 0, 0, 0][..]);
        assert_eq!(next_from_relay(&mut nothing), Err(BadMessage::Malformed));
        let mut odd = BytesMut::from(&[0, 0, 0, 2, 0xff, 0xff][..]);
        assert_eq!(next_to_relay(&mut odd), Err(BadMessage::Malformed));
    }
}
