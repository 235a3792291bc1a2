//! What a server and a relay read of each other: whatever parses is written back as the same message.

use bytes::{Bytes, BytesMut};
use casemate_wire::proto::relay::{
    CloseRooms, FromRelay, Greet, Greeted, Look, Seen, ToRelay, from_relay, to_relay,
};
use casemate_wire::proto::wire::{CallJoin, CallJoined};
use casemate_wire::relay::{encode, next_from_relay, next_to_relay};

/// Either side, from the same bytes.
pub fn run(bytes: &[u8]) {
    let mut buffer = BytesMut::from(bytes);
    while let Ok(Some(message)) = next_to_relay(&mut buffer) {
        let again = next_to_relay(&mut BytesMut::from(&encode(&message)[..]));
        assert_eq!(again, Ok(Some(message)));
    }
    assert!(buffer.len() <= bytes.len());
    let mut buffer = BytesMut::from(bytes);
    while let Ok(Some(message)) = next_from_relay(&mut buffer) {
        let again = next_from_relay(&mut BytesMut::from(&encode(&message)[..]));
        assert_eq!(again, Ok(Some(message)));
    }
}

pub fn seeds() -> Vec<Vec<u8>> {
    use from_relay::Body;
    use to_relay::Request;
    let join = CallJoin {
        proof: None,
        room: Bytes::from_static(&[1; 32]),
        participant: Bytes::from_static(&[2; 16]),
        offer: "v=0\r\n".into(),
        allowed: None,
    };
    let asked = [
        Request::Greet(Greet { version: 1, secret: Bytes::from_static(&[3; 32]), hears_left: true }),
        Request::Look(Look {}),
        Request::Join(join),
        Request::Close(CloseRooms { rooms: vec![Bytes::from_static(&[6; 32])] }),
    ];
    let said = [
        Body::Greeted(Greeted {
            name: "home".into(),
            process: 4,
            rooms: vec![Bytes::from_static(&[6; 32])],
            tells_left: true,
            build: "0.1".into(),
        }),
        Body::Seen(Seen { rooms: 1, participants: 2 }),
        Body::Joined(CallJoined { answer: "v=0\r\n".into(), relay: "home".into(), ..CallJoined::default() }),
    ];
    let holder = Bytes::from_static(&[9; 16]);
    let asked = asked
        .map(|request| encode(&ToRelay { id: 5, holder: holder.clone(), request: Some(request) }).to_vec());
    let said = said.map(|body| encode(&FromRelay { id: 5, body: Some(body) }).to_vec());
    asked.into_iter().chain(said).collect()
}
