//! Calls under a virtual clock: a core, and peers that a wire without delay joins to it.

mod calls;
mod elsewhere;
mod hostile;
mod impaired;
mod listeners;
mod nonces;
mod pictures;
mod voices;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use casemate_rtp::head::{Head, is_report};
use casemate_rtp::received::nearest;
use casemate_wire::call::{Allowed, Place, Wanted, Wish};
use casemate_wire::ids::{HolderId, ParticipantSecret, RoomSecret};

use super::{Core, Identity, Listening, Packet, Protocol, Refused};
use crate::peer::line::Line;
use crate::peer::{Came, Offered, Peer, Stream};

/// See the module.
pub struct World {
    pub core: Core,
    pub now: Instant,
    pub peers: Vec<Member>,
    /// By which what is lost is lost.
    pub seed: u64,
    /// Packets of media that went out, by whom they went to and their stream: each number is sealed once, or a nonce would be used twice.
    pub sealed: BTreeMap<(usize, u32), BTreeSet<u64>>,
    /// Bytes of padding that went out.
    pub padding: usize,
    /// Reports that went out, to which peer, as they were before they were sealed.
    pub reports: Vec<(usize, Vec<u8>)>,
    /// Whose they are who join next.
    pub holder: Option<HolderId>,
    /// Whom they allow who join next.
    pub allowed: Option<Allowed>,
    /// Packets to and from this peer are lost.
    pub cut_off: Option<usize>,
    /// This peer sends STUN and nothing else.
    pub only_stun: Option<usize>,
    /// This peer's STUN comes a second time from elsewhere, each time from another address; answers go there too.
    pub replayed: Option<(usize, u8)>,
    /// This peer has a second way to the relay: its STUN goes by one and the other in turn. With how often it went.
    pub second_way: Option<(usize, SocketAddr, usize)>,
    /// Where each of the relay's questions went: what is at two addresses answers at the one where it was asked.
    pub asked: BTreeMap<Vec<u8>, SocketAddr>,
    /// Bytes that went to those who are in no call and never asked for anything.
    pub strangers: BTreeMap<SocketAddr, usize>,
}

pub struct Member {
    pub peer: Peer,
    pub place: Place,
    pub address: SocketAddr,
    pub answer: String,
    pub came: Vec<Came>,
    /// Its way to the relay, and back.
    pub up: Line<Vec<u8>>,
    pub down: Line<Vec<u8>>,
}

pub const RELAY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 8441);

impl World {
    pub fn new() -> Self {
        let now = Instant::now();
        let listening = vec![Listening { protocol: Protocol::Udp, address: RELAY }];
        Self {
            core: Core::new(3, Identity::new(), listening, now),
            now,
            peers: Vec::new(),
            seed: 0,
            sealed: BTreeMap::new(),
            padding: 0,
            reports: Vec::new(),
            holder: None,
            allowed: None,
            cut_off: None,
            only_stun: None,
            replayed: None,
            second_way: None,
            asked: BTreeMap::new(),
            strangers: BTreeMap::new(),
        }
    }

    /// Somebody joins a room.
    pub fn join(&mut self, room: u8, offered: Offered) -> usize {
        let number = self.peers.len();
        self.join_as(room, number as u8, offered).unwrap()
    }

    pub fn join_as(&mut self, room: u8, participant: u8, offered: Offered) -> Result<usize, Refused> {
        let number = self.peers.len();
        let address = SocketAddr::from(([198, 51, 100, number as u8], 5_000));
        let (mut peer, offer) = Peer::new(address, Protocol::Udp, offered, self.now);
        let place = place(room, participant);
        let answer = self.core.join(&place, self.holder, self.allowed.clone(), &offer, self.now)?;
        peer.accept(&answer).unwrap();
        peer.wake(self.now);
        let seed = 1_000 * self.seed + 2 * number as u64;
        let (up, down) = (Line::new(seed), Line::new(seed + 1));
        self.peers.push(Member { peer, place, address, answer, came: Vec::new(), up, down });
        Ok(number)
    }

    /// Joins and waits until media can flow.
    pub fn connected(&mut self, room: u8, offered: Offered, count: usize) -> Vec<usize> {
        let joined: Vec<usize> = (0..count).map(|_| self.join(room, offered)).collect();
        self.pass(2_000);
        for at in &joined {
            assert!(self.peers[*at].peer.is_connected(), "peer {at} is not connected");
        }
        joined
    }

    /// Time passes.
    pub fn pass(&mut self, ms: u64) {
        let until = self.now + Duration::from_millis(ms);
        loop {
            self.exchange();
            let under_way =
                self.peers.iter().flat_map(|one| [one.up.arrival(), one.down.arrival()]).flatten();
            let deadlines = self.peers.iter().map(|one| one.peer.deadline()).chain(under_way);
            let next = deadlines.chain([self.core.deadline()]).min().unwrap().max(self.now);
            // Time does not stand still, whatever a deadline says.
            let next = next.max(self.now + Duration::from_micros(200));
            if next > until {
                self.now = until;
                self.exchange();
                return;
            }
            self.now = next;
            for member in &mut self.peers {
                if member.peer.deadline() <= self.now {
                    member.peer.wake(self.now);
                }
            }
        }
    }

    /// Hands packets over until there are none.
    fn exchange(&mut self) {
        loop {
            self.core.settle(self.now);
            let mut quiet = true;
            let sends: Vec<_> = self.core.sends().collect();
            for transmit in sends {
                assert_eq!(transmit.source, RELAY);
                let second = self.second_way.filter(|(_, address, _)| *address == transmit.destination);
                let first = || self.peers.iter().position(|one| one.address == transmit.destination);
                let Some(at) = second.map(|(at, ..)| at).or_else(first) else {
                    let to = transmit.destination;
                    let known = self.strangers.get_mut(&to);
                    assert!(
                        known.is_some() || self.replayed.is_some(),
                        "a packet to {to} that nobody asked for"
                    );
                    known.into_iter().for_each(|bytes| *bytes += transmit.contents.len());
                    continue;
                };
                if transmit.contents.starts_with(&[0, 1]) {
                    self.asked.insert(transmit.contents[8..20].to_vec(), transmit.destination);
                }
                if let Some(Head { ssrc, number, is_padded, .. }) = Head::of(&transmit.contents) {
                    self.padding += if is_padded { transmit.contents.len() } else { 0 };
                    let sealed = self.sealed.entry((at, ssrc)).or_default();
                    // With the roll-over counter, as a receiver finds it: both are in the nonce.
                    let highest = sealed.last().copied().unwrap_or(number.into());
                    let number = nearest(number, highest).expect("a slot begins beyond zero");
                    assert!(sealed.insert(number), "{number} of {ssrc} goes out twice");
                }
                if is_report(&transmit.contents) {
                    let opened = self.peers[at].peer.opened(&transmit.contents);
                    self.reports.push((at, opened.expect("it was sealed for this peer")));
                }
                if self.cut_off == Some(at) {
                    continue;
                }
                let (bytes, now) = (transmit.contents.to_vec(), self.now);
                self.peers[at].down.put(bytes.len(), bytes, now);
            }
            for member in &mut self.peers {
                while let Some(bytes) = member.down.take(self.now) {
                    quiet = false;
                    member.peer.receive(Protocol::Udp, RELAY, member.address, &bytes, self.now);
                    member.came.extend(member.peer.came());
                }
            }
            for at in 0..self.peers.len() {
                let address = self.peers[at].address;
                let sends: Vec<_> = self.peers[at].peer.sends().collect();
                let is_cut_off = self.cut_off == Some(at);
                let only_stun = self.only_stun == Some(at);
                let is_lost = |first: u8| is_cut_off || (only_stun && first > 3);
                for transmit in sends.iter().filter(|transmit| !is_lost(transmit.contents[0])) {
                    if transmit.contents[0] < 4
                        && let Some((_, times)) = self.replayed.as_mut().filter(|replayed| replayed.0 == at)
                    {
                        *times += 1;
                        let elsewhere = SocketAddr::from(([203, 0, 113, *times], 6_000));
                        self.send(elsewhere, &transmit.contents);
                    }
                    let (bytes, now) = (transmit.contents.to_vec(), self.now);
                    self.peers[at].up.put(bytes.len(), bytes, now);
                }
                while let Some(bytes) = self.peers[at].up.take(self.now) {
                    quiet = false;
                    let by = self.way_of(at, &bytes).unwrap_or(address);
                    self.send(by, &bytes);
                }
            }
            if quiet {
                return;
            }
        }
    }

    /// The second way, where a packet of somebody's goes by it.
    fn way_of(&mut self, at: usize, bytes: &[u8]) -> Option<SocketAddr> {
        let (_, second, times) = self.second_way.as_mut().filter(|(of, ..)| *of == at && bytes[0] < 4)?;
        if bytes.starts_with(&[1, 1]) {
            return self.asked.get(&bytes[8..20]).copied();
        }
        *times += 1;
        times.is_multiple_of(2).then_some(*second)
    }

    /// A packet comes to the relay from anywhere.
    pub fn send(&mut self, source: SocketAddr, bytes: &[u8]) {
        let packet = Packet { protocol: Protocol::Udp, source, destination: RELAY, bytes };
        self.core.receive(&packet, self.now);
    }

    /// Everybody named talks for a while: a packet every 20 ms.
    pub fn talk(&mut self, who: &[(usize, i8)], ms: u64) {
        let who: Vec<_> = who.iter().map(|(at, level)| (*at, Some(*level))).collect();
        self.speak(&who, ms);
    }

    /// The same, where some may not say how loud they are.
    pub fn speak(&mut self, who: &[(usize, Option<i8>)], ms: u64) {
        for _ in 0..ms / 20 {
            for (at, level) in who {
                let frame = [*at as u8; 80];
                self.peers[*at].peer.send(Stream::Voice, &frame, true, *level, self.now);
            }
            self.pass(20);
        }
    }

    /// Everybody named shows a picture for a while: 25 frames a second, small ones of `small` bytes, large ones four times as
    /// large; one begins anew whenever it was asked for.
    pub fn show(&mut self, who: &[usize], small: usize, ms: u64) {
        let mut answered: BTreeMap<usize, u64> = BTreeMap::new();
        for step in 0..ms / 40 {
            for at in who {
                let peer = &mut self.peers[*at].peer;
                let asked = peer.asked();
                let begins = step == 0 || answered.insert(*at, asked) != Some(asked);
                for large in [false, true] {
                    let frame =
                        vec![if large { 100 } else { 0 } + *at as u8; if large { small * 4 } else { small }];
                    for (part, bytes) in frame.chunks(1_000).enumerate() {
                        peer.send(Stream::Camera { large }, bytes, begins && part == 0, None, self.now);
                    }
                }
            }
            self.pass(40);
        }
    }

    /// What came to somebody since this was asked last.
    pub fn came(&mut self, at: usize) -> Vec<Came> {
        std::mem::take(&mut self.peers[at].came)
    }

    pub fn wish(&mut self, at: usize, wanted: &[(usize, u32)]) {
        let wanted = wanted
            .iter()
            .map(|(other, height)| Wanted {
                source: self.peers[*other].place.participant.id(),
                screen: false,
                height: *height,
            })
            .collect();
        let wish = Wish { wanted: Some(wanted), allowed: None };
        assert!(self.core.wish(&self.peers[at].place, wish, self.now));
    }

    /// Says who gets what somebody sends.
    pub fn allow(&mut self, at: usize, others: &[usize]) {
        let allowed = Some(self.allowed(others));
        let wish = Wish { wanted: None, allowed };
        assert!(self.core.wish(&self.peers[at].place, wish, self.now));
    }

    pub fn allowed(&self, others: &[usize]) -> Allowed {
        Allowed::new(others.iter().map(|other| place(0, *other as u8).participant.id()))
    }
}

pub fn place(room: u8, participant: u8) -> Place {
    Place { room: RoomSecret::new([room; 32]), participant: ParticipantSecret::new([participant; 16]) }
}

/// The slots that something came in, with the first byte of what it was.
pub fn slots_of(came: &[Came]) -> BTreeMap<usize, BTreeSet<u8>> {
    let mut slots: BTreeMap<usize, BTreeSet<u8>> = BTreeMap::new();
    for one in came {
        // Pictures have their descriptor first.
        let at = usize::from(one.packet.payload.len() != 80);
        slots.entry(one.slot).or_default().insert(one.packet.payload[at]);
    }
    slots
}
