//! A whole relay with its sockets and threads, and peers on real sockets of loopback.

mod port;
mod relay;

use std::collections::BTreeSet;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use casemate_relay::core::Protocol;
use casemate_relay::peer::Offered;
use casemate_relay::peer::caller::{Caller, connect, talk, until};
use casemate_wire::ids::{ParticipantSecret, RoomSecret};
use casemate_wire::proto::relay::{CloseRooms, Greet, Look, from_relay::Body, to_relay::Request};
use casemate_wire::proto::wire::{CallAllowed, CallLeave, CallListeners, ErrorCode};
use casemate_wire::relay::VERSION;

use relay::{PATIENCE, Relay, Server, join};

#[test]
fn two_over_udp_and_the_relays_threads() {
    let relay = Relay::start("127.0.0.1:0", 4);
    // Of four threads some get packets of others' rooms.
    let mut rooms: Vec<Vec<Caller>> = (0..6)
        .map(|room| (0..2).map(|who| join(&relay, Protocol::Udp, room, who, Offered::VOICE)).collect())
        .collect();
    assert_eq!(relay.server().participants(), 12);
    for room in &mut rooms {
        connect(room);
        talk(room, 20);
    }
    let mut server = relay.server();
    let leave = CallLeave { room: vec![0; 32].into(), participant: vec![1; 16].into() };
    assert!(matches!(server.ask(Request::Leave(leave)), Some(Body::Done(_))));
    assert_eq!(server.participants(), 11);
    relay.handle.stop();
}

#[test]
fn one_over_tcp_hears_one_over_udp() {
    let relay = Relay::start("127.0.0.1:0", 2);
    let mut callers = [Protocol::Udp, Protocol::Tcp, Protocol::Tcp]
        .into_iter()
        .enumerate()
        .map(|(who, protocol)| join(&relay, protocol, 1, who as u8, Offered::VOICE))
        .collect::<Vec<_>>();
    connect(&mut callers);
    talk(&mut callers, 20);
}

#[test]
fn over_ipv6() {
    let relay = Relay::start("[::1]:0", 1);
    let mut callers = [Protocol::Udp, Protocol::Tcp]
        .into_iter()
        .enumerate()
        .map(|(who, protocol)| join(&relay, protocol, 1, who as u8, Offered::VOICE))
        .collect::<Vec<_>>();
    connect(&mut callers);
    talk(&mut callers, 10);
}

#[test]
fn over_ipv4_and_ipv6_at_once() {
    let relay = Relay::start_at(&["127.0.0.1:0", "[::1]:0"], 2);
    let mut answers = Vec::new();
    let mut callers: Vec<Caller> = ["127.0.0.1", "::1"]
        .into_iter()
        .zip(1u8..)
        .map(|(ip, who)| {
            Caller::join(Protocol::Udp, ip, Offered::VOICE, |offer| {
                let Some(Body::Joined(joined)) = relay.server().join(1, who, offer) else { panic!() };
                answers.push(joined.answer.clone());
                joined.answer
            })
        })
        .collect();
    for answer in answers {
        for address in &relay.handle.media {
            assert!(answer.contains(&format!(" {} {} typ host", address.ip(), address.port())), "{answer}");
        }
    }
    connect(&mut callers);
    talk(&mut callers, 10);
}

#[test]
fn a_server_hears_unasked_who_else_is_there_and_who_is_not_allowed_hears_nothing() {
    let relay = Relay::start("127.0.0.1:0", 2);
    let mut server = relay.server();
    let id = |who: u8| ParticipantSecret::new([who; 16]).id();
    let mut join = |who: u8, allowed: &[u8]| {
        let participants = allowed.iter().map(|who| id(*who).into()).collect();
        server.allowed = Some(CallAllowed { participants });
        Caller::join(Protocol::Udp, "127.0.0.1", Offered::VOICE, |offer| match server.join(1, who, offer) {
            Some(Body::Joined(joined)) => {
                assert!(joined.keeps_allowed);
                joined.answer
            }
            other => panic!("not joined: {other:?}"),
        })
    };
    // The third is allowed by nobody, and allows all.
    let mut callers = vec![join(1, &[2]), join(2, &[1]), join(3, &[1, 2])];
    connect(&mut callers);
    let told = |server: &Server, who: u8, others: u32, unallowed: u32| {
        let is_it = |told: &CallListeners| {
            told.participant[..] == id(who).0 && (told.others, told.unallowed) == (others, unallowed)
        };
        server.told.iter().any(is_it)
    };
    until(&mut callers, "told", |_| {
        assert_eq!(server.participants(), 3);
        [(1, 1), (2, 1), (3, 0)].iter().all(|(who, unallowed)| told(&server, *who, 2, *unallowed))
    });
    // The two hear each other for long enough that the third would have, too.
    talk(&mut callers[..2], 20);
    until(&mut callers, "settled", |callers| !callers.iter_mut().any(Caller::step));
    assert!(callers[2].came.is_empty());
}

#[test]
fn a_server_that_comes_hears_which_rooms_there_are() {
    let relay = Relay::start("127.0.0.1:0", 4);
    let greet = || {
        let greet =
            Request::Greet(Greet { version: VERSION, secret: vec![7; 32].into(), ..Greet::default() });
        let Some(Body::Greeted(greeted)) = relay.stranger().ask(greet) else { panic!("not greeted") };
        greeted.rooms.into_iter().map(|room| room.to_vec()).collect::<BTreeSet<_>>()
    };
    assert!(greet().is_empty());
    let _callers: Vec<Caller> =
        (1..6).map(|room| join(&relay, Protocol::Udp, room, 1, Offered::VOICE)).collect();
    let names = (1..6).map(|room| RoomSecret::new([room; 32]).hash().0.to_vec());
    assert_eq!(greet(), names.collect::<BTreeSet<_>>());
}

#[test]
fn a_room_that_is_used_elsewhere_is_closed_on_whatever_thread_it_is() {
    let relay = Relay::start("127.0.0.1:0", 4);
    let mut rooms: Vec<Vec<Caller>> = (0..6)
        .map(|room| (0..2).map(|who| join(&relay, Protocol::Udp, room, who, Offered::VOICE)).collect())
        .collect();
    for room in &mut rooms {
        connect(room);
    }
    let mut server = relay.server();
    assert_eq!(server.participants(), 12);
    let names = (0..5).map(|room| RoomSecret::new([room; 32]).hash().0.to_vec());
    let rooms_to_close = names.chain([vec![9; 32], vec![1; 31]]).map(Into::into).collect();
    let close = Request::Close(CloseRooms { rooms: rooms_to_close });
    assert!(matches!(server.ask(close), Some(Body::Done(_))));
    assert_eq!(server.participants(), 2);
    talk(&mut rooms[5], 20);
    // Whoever joins again is in a room of the same name.
    let mut again: Vec<Caller> =
        (0..2).map(|who| join(&relay, Protocol::Udp, 0, who, Offered::VOICE)).collect();
    connect(&mut again);
    talk(&mut again, 20);
}

#[test]
fn the_server_says_whose_a_participant_is_and_one_account_has_four_places() {
    let relay = Relay::start("127.0.0.1:0", 2);
    let mut server = relay.server();
    let mut join = |holder: &'static [u8], who: u8| {
        server.holder = holder.into();
        Caller::join(Protocol::Udp, "127.0.0.1", Offered::VOICE, |offer| match server.join(1, who, offer) {
            Some(Body::Joined(joined)) => joined.answer,
            other => panic!("not joined: {other:?}"),
        })
    };
    let _theirs: Vec<Caller> = (0..6).map(|who| join(&[9; 16], who)).collect();
    let _others: Vec<Caller> = (6..12).map(|who| join(b"", who)).collect();
    assert_eq!(relay.server().participants(), 4 + 6);
}

#[test]
fn whoever_does_not_know_the_secret_is_hung_up_on() {
    let relay = Relay::start("127.0.0.1:0", 1);
    for secret in [vec![8; 32], vec![7; 31], Vec::new()] {
        let greet = Request::Greet(Greet { version: VERSION, secret: secret.into(), ..Greet::default() });
        assert_eq!(relay.stranger().ask(greet), None);
    }
    assert_eq!(relay.stranger().ask(Request::Look(Look {})), None);
    let newer =
        Request::Greet(Greet { version: VERSION + 1, secret: vec![7; 32].into(), ..Greet::default() });
    let Some(Body::Error(error)) = relay.stranger().ask(newer) else { panic!("it was greeted") };
    assert_eq!(error.code(), ErrorCode::ErrorUnsupportedVersion);
    let Some(Body::Error(error)) = relay.server().join(1, 1, "v=0") else { panic!("it was joined") };
    assert_eq!(error.code(), ErrorCode::ErrorInvalid);
}

#[test]
fn strangers_who_say_nothing_keep_no_server_out() {
    let (relay, control) = port::relay();
    let mut first = relay.server();
    // More of them than servers may be there, from as many addresses, and again when they have gone.
    for _ in 0..3 {
        let idle: Vec<TcpStream> = (2..22).map(|from| port::connection(control, from)).collect();
        assert_eq!(relay.server().participants(), 0);
        drop(idle);
    }
    // From one address; and more from others than there are places for.
    let mut idle: Vec<TcpStream> = (0..30).map(|_| port::connection(control, 1)).collect();
    assert_eq!(relay.server().participants(), 0);
    idle.extend((2..122).map(|from| port::connection(control, from)));
    assert_eq!(relay.server().participants(), 0);
    // Those that came first have gone for those that came last.
    let mut last = idle.split_off(149);
    assert!(idle[..80].iter_mut().all(is_closed));
    last[0].set_nonblocking(true).unwrap();
    assert!(!is_closed(&mut last[0]));
    // A server that has said the secret is none of them.
    assert_eq!(first.participants(), 0);
}

/// Whether the other side has hung up, where nothing is said.
fn is_closed(stream: &mut TcpStream) -> bool {
    match stream.read(&mut [0; 1]) {
        Ok(count) => count == 0,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

#[test]
fn a_tcp_connection_is_kept_for_whoever_has_signed_and_for_nobody_else() {
    let relay = Relay::start("127.0.0.1:0", 1);
    let mut callers: Vec<Caller> =
        (0..2).map(|who| join(&relay, Protocol::Tcp, 1, who, Offered::VOICE)).collect();
    connect(&mut callers);
    // A name of the first thread's, as far as anybody can see; then a byte of something that never ends.
    let name = [&[0, 6, 0, 8][..], b"00abcd:y"].concat();
    let binding = [&[0, 1, 0, 12, 0x21, 0x12, 0xa4, 0x42][..], &[1; 12], &name].concat();
    let first = [&[0, 32][..], &binding, &[0]].concat();
    let mut strangers: Vec<TcpStream> = (0..3)
        .map(|_| {
            let mut stream = TcpStream::connect(relay.handle.media[0]).unwrap();
            stream.write_all(&first).unwrap();
            stream.set_nonblocking(true).unwrap();
            stream
        })
        .collect();
    let begin = Instant::now();
    until(&mut callers, "strangers are gone", |_| {
        strangers.retain_mut(|stream| !is_closed(stream));
        strangers.is_empty()
    });
    // A connection that is silent is kept for half a minute.
    assert!(begin.elapsed() < Duration::from_secs(25), "after {:?}", begin.elapsed());
    talk(&mut callers, 20);
}

#[test]
fn connections_that_strangers_hold_keep_nobody_out_of_a_call() {
    let relay = Relay::start("127.0.0.1:0", 2);
    let media = relay.handle.media[0];
    let mut callers = vec![join(&relay, Protocol::Tcp, 1, 0, Offered::VOICE)];
    connect(&mut callers);
    // From the network that those who call are in, and from others.
    let mut idle: Vec<TcpStream> = (0..150).map(|from| port::connection(media, 1 + from % 3)).collect();
    callers.push(join(&relay, Protocol::Tcp, 1, 1, Offered::VOICE));
    connect(&mut callers);
    talk(&mut callers, 20);
    idle.extend((0..150).map(|from| port::connection(media, 1 + from % 3)));
    talk(&mut callers, 20);
    // The oldest have gone for those that came after them.
    assert!(idle[..50].iter_mut().all(is_closed));
}

#[test]
fn a_tcp_connection_that_begins_strangely_is_closed() {
    let relay = Relay::start("127.0.0.1:0", 1);
    // No STUN; STUN for nobody; too long.
    let binding = [&[0, 20, 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &[1; 12]].concat();
    for first in [&b"\0\x05hello"[..], &binding, &[0xff, 0xff, 0]] {
        let mut stream = TcpStream::connect(relay.handle.media[0]).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(first).unwrap();
        assert!(matches!(stream.read(&mut [0; 1]), Ok(0) | Err(_)), "closed");
    }
}
