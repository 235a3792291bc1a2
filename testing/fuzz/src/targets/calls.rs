//! A relay's core, and packets and offers of anybody. Two participants are in a call; packets come from strangers and in the
//! participants' names. No packet may stop the core, put anybody out, or leave anything behind.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use casemate_relay::core::{Core, Identity, Listening, Packet, Protocol, sdp};
use casemate_relay::peer::{Offered, Peer, PeerProtocol, Stream};
use casemate_rtp::{feedback, head};
use casemate_wire::call::Place;
use casemate_wire::ids::{ParticipantSecret, RoomSecret};
use prost::Message;

use super::server::Session;

/// Packets of one input; more are not sent.
const PACKETS: usize = 200;

/// Packets: the first byte says who sends it, the rest is it.
pub fn packets(bytes: &[u8]) {
    let Ok(session) = Session::decode(bytes) else { return };
    // Setting it up takes longer than most inputs do.
    thread_local! { static CALL: RefCell<Call> = RefCell::new(Call::new()); }
    CALL.with_borrow_mut(|call| {
        for packet in session.frames.iter().take(PACKETS) {
            let Some((who, bytes)) = packet.split_first() else { continue };
            call.send(usize::from(*who), bytes);
        }
        call.now += Duration::from_millis(20);
        call.settle();
        let counters = call.core.counters();
        assert_eq!((counters.rooms, counters.participants), (1, 2), "somebody was put out");
        assert_eq!(call.unasked, 0, "something was sent to a stranger");
    });
}

/// An offer, as anybody with an account may send it.
pub fn offer(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(clean) = sdp::cleaned(text) {
        let mut lines = clean.text.lines();
        assert!(!lines.any(|line| line.starts_with("a=candidate") || line.starts_with("m=application")));
        assert_eq!(sdp::cleaned(&clean.text).map(|again| again.text).as_ref(), Ok(&clean.text));
    }
    let now = Instant::now();
    let mut core = core(now);
    let answer = core.join(&place(1), None, None, text, now);
    core.settle(now);
    if let Ok(answer) = answer {
        let candidates = answer.lines().filter(|line| line.starts_with("a=candidate"));
        assert!(candidates.into_iter().all(|line| line.contains(" 192.0.2.1 8441 ")), "{answer}");
        assert!(!answer.lines().any(|line| line.starts_with("m=application")));
    }
    assert_eq!(core.sends().count(), 0, "an offer alone sends nothing anywhere");
}

/// What a receiver says of what came, as it is once it was opened: bounded, whatever it names.
pub fn reports(bytes: &[u8]) {
    let (told, asked) = (feedback::told(bytes), feedback::asked(bytes));
    // A run of numbers takes two bytes, and there are no more than 4,096 in a report; of what is asked for there are four for 17.
    assert!(
        told.len() <= 4_096 * (bytes.len() / 20 + 1) && asked.len() <= 512,
        "{} {}",
        told.len(),
        asked.len()
    );
    assert!(feedback::pictures(bytes).len() <= 64);
    let _ = (head::Head::of(bytes), head::extensions(bytes).count());
}

pub fn report_seeds() -> Vec<Vec<u8>> {
    let lost = [0x81, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 7, 0xff, 0xff, 0x80, 0x01, 0, 9, 0, 0];
    let told = [
        &[0x8f, 205, 0, 6, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0xfe, 0, 4, 0, 1, 2, 9][..],
        &[0b1101_0010, 0b0100_0000, 3, 0xff, 0xff, 2, 0, 0],
    ]
    .concat();
    let picture = [0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 7];
    let whole = [0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 8, 3, 0, 0, 0];
    vec![lost.to_vec(), told.clone(), [&told[..], &lost].concat(), [&picture[..], &whole].concat()]
}

pub fn packet_seeds() -> Vec<Vec<u8>> {
    let session = |packets: &[Vec<u8>]| {
        Session { frames: packets.iter().map(|packet| packet.clone().into()).collect() }.encode_to_vec()
    };
    let binding =
        [&[2, 0, 1, 0, 16, 0x21, 0x12, 0xa4, 0x42][..], &[1; 12], &[0, 6, 0, 11], b"03abcd:efgh\0"].concat();
    let from = |who: u8, packet: &[u8]| [&[who], packet].concat();
    let rtp = [0x90, 111, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0xbe, 0xde, 0, 1, 0x10, 0x30, 0, 0, 1, 2, 3, 4, 5, 6];
    let rtcp =
        [0x81, 201, 0, 7, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let dtls = [22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 1, 0, 12, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let newer = [0x2e, 0, 1, 0, 20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20];
    let alert = [21, 254, 253, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 2, 40];
    let all = [binding, from(0, &rtp), from(0, &rtcp), from(1, &dtls), from(0, &newer), from(1, &alert)];
    vec![session(&all), session(&all[..1]), session(&all[1..])]
}

pub fn offer_seeds() -> Vec<Vec<u8>> {
    let offers = [
        Offered::VOICE,
        Offered { sounds: 1, pictures: 1, screen: true, ..Offered::VIDEO },
        Offered { camera_layers: 1, sounds: 0, pictures: 1, ..Offered::VOICE },
    ];
    let local = SocketAddr::from(([198, 51, 100, 1], 5_000));
    let offer = |offered| Peer::new(local, PeerProtocol::Udp, offered, Instant::now()).1.into_bytes();
    offers.into_iter().map(offer).collect()
}

struct Call {
    core: Core,
    peers: Vec<(Peer, SocketAddr)>,
    now: Instant,
    unasked: usize,
}

const RELAY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)), 8441);

fn core(now: Instant) -> Core {
    thread_local! { static IDENTITY: Identity = Identity::new(); }
    let listening = vec![Listening { protocol: Protocol::Udp, address: RELAY }];
    Core::new(3, IDENTITY.with(Clone::clone), listening, now)
}

fn place(participant: u8) -> Place {
    Place { room: RoomSecret::new([1; 32]), participant: ParticipantSecret::new([participant; 16]) }
}

impl Call {
    /// Two who hear each other.
    fn new() -> Self {
        let now = Instant::now();
        let mut call = Self { core: core(now), peers: Vec::new(), now, unasked: 0 };
        for who in 0..2u8 {
            let address = SocketAddr::from(([198, 51, 100, who], 5_000));
            let (mut peer, offer) = Peer::new(address, PeerProtocol::Udp, Offered::VOICE, now);
            let answer = call.core.join(&place(who), None, None, &offer, now).expect("the offer is good");
            peer.accept(&answer).expect("the answer is good");
            peer.wake(now);
            call.peers.push((peer, address));
        }
        while !call.peers.iter().all(|(peer, _)| peer.is_connected()) {
            call.now += Duration::from_millis(10);
            assert!(call.now - now < Duration::from_secs(60), "the call does not come about");
            call.settle();
        }
        for (peer, _) in &mut call.peers {
            peer.send(Stream::Voice, &[1; 80], true, Some(-30), call.now);
        }
        call.settle();
        call
    }

    fn send(&mut self, who: usize, bytes: &[u8]) {
        let stranger = SocketAddr::from(([203, 0, 113, 9], 4_000));
        let source = self.peers.get(who).map_or(stranger, |(_, address)| *address);
        let packet = Packet { protocol: Protocol::Udp, source, destination: RELAY, bytes };
        self.core.receive(&packet, self.now);
    }

    fn settle(&mut self) {
        loop {
            self.core.settle(self.now);
            let mut quiet = true;
            let sends: Vec<_> = self.core.sends().collect();
            for transmit in sends {
                quiet = false;
                match self.peers.iter_mut().find(|(_, address)| *address == transmit.destination) {
                    Some((peer, address)) => {
                        peer.receive(PeerProtocol::Udp, RELAY, *address, &transmit.contents, self.now);
                    }
                    None => self.unasked += 1,
                }
            }
            for at in 0..self.peers.len() {
                let (peer, _) = &mut self.peers[at];
                if peer.deadline() <= self.now {
                    peer.wake(self.now);
                }
                let sends: Vec<_> = peer.sends().collect();
                for transmit in sends {
                    quiet = false;
                    self.send(at, &transmit.contents);
                }
            }
            if quiet {
                return;
            }
        }
    }
}
