//! Packets that nobody should send, from somebody who is in a call: sealed with the keys of the call and wrong inside, or
//! real ones with something in them changed. From a seed.

use casemate_rtp::srtp::{Key, Place};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Peer;

/// See the module.
pub struct Forger {
    rtp: Key,
    rtcp: Key,
    /// Numbers of what was sealed: none is used twice.
    number: u64,
    good: u64,
    index: u32,
    /// What the peer itself sends, with its payload types. Media are forged in all but the first, which is for good ones.
    ssrcs: Vec<u32>,
    payload_types: Vec<u8>,
    /// Names of media lines, as packets name them.
    mids: Vec<String>,
    /// Packets of the peer's own handshakes.
    real: Vec<Vec<u8>>,
    random: ChaCha8Rng,
}

/// Where a forger begins to count: far from what the peer itself sends.
const FIRST: u64 = 20_000;

/// Where good ones begin, as in a relay's slots.
const FIRST_GOOD: u64 = 1_000;

/// As peers of `str0m` number it (RFC 8843 §15).
const MID: u8 = 4;

/// And this, which layer (RFC 8852).
const LAYER: u8 = 10;

/// Most bytes of a payload.
const BYTES: usize = 1_100;

impl Forger {
    /// In the name of a peer that is connected; `None` where it is not.
    pub fn new(peer: &mut Peer, seed: u64) -> Option<Self> {
        let [rtp, rtcp] = Key::both(&peer.agreed)?;
        Some(Self {
            rtp,
            rtcp,
            number: FIRST,
            good: FIRST_GOOD,
            index: 1 << 30,
            ssrcs: peer.ssrcs(),
            payload_types: peer.payload_types(),
            mids: peer.mids(),
            real: peer.kept.clone(),
            random: ChaCha8Rng::seed_from_u64(seed),
        })
    }

    /// The next one.
    pub fn packet(&mut self) -> Vec<u8> {
        match self.random.random_range(0..10) {
            0..=2 => self.media(),
            3..=5 => self.reports(),
            6 => self.changed(|first| first < 4),
            7 => self.changed(|first| (20..64).contains(&first)),
            8 => self.records(),
            _ => {
                let packet = if self.random.random() { self.media() } else { self.reports() };
                self.change(packet)
            }
        }
    }

    /// A packet with nothing wrong about it, in the first of [`Peer::ssrcs`] and of the first codec: Opus.
    pub fn good(&mut self, payload: &[u8]) -> Vec<u8> {
        self.good_in(0, payload)
    }

    /// The same in another of them.
    pub fn good_in(&mut self, stream: usize, payload: &[u8]) -> Vec<u8> {
        self.good += 1;
        let (ssrc, number) = (self.ssrcs[stream], self.good);
        let mut head = vec![2 << 6, self.payload_types[0]];
        head.extend_from_slice(&(number as u16).to_be_bytes());
        head.extend_from_slice(&(number as u32).wrapping_mul(960).to_be_bytes());
        head.extend_from_slice(&ssrc.to_be_bytes());
        self.rtp.seal(Place::of_rtp(ssrc, number), &head, payload).unwrap_or_default()
    }

    /// A packet in any stream, that says by itself which media line and layer it is of: of a voice where there is no layer, else of a
    /// picture.
    pub fn in_stream(
        &mut self,
        ssrc: u32,
        mid: usize,
        layer: Option<&str>,
        number: u64,
        payload: &[u8],
    ) -> Vec<u8> {
        let payload_type = self.payload_types[usize::from(layer.is_some())];
        let mut head = vec![2 << 6 | 1 << 4, payload_type];
        head.extend_from_slice(&(number as u16).to_be_bytes());
        head.extend_from_slice(&(number as u32).wrapping_mul(960).to_be_bytes());
        head.extend_from_slice(&ssrc.to_be_bytes());
        let mut elements = Vec::new();
        for (id, value) in [(MID, Some(self.mids[mid].as_str())), (LAYER, layer)] {
            if let Some(value) = value {
                elements.push(id << 4 | (value.len() - 1) as u8);
                elements.extend_from_slice(value.as_bytes());
            }
        }
        elements.resize(elements.len().next_multiple_of(4), 0);
        head.extend_from_slice(&[0xbe, 0xde, 0, (elements.len() / 4) as u8]);
        head.extend_from_slice(&elements);
        self.rtp.seal(Place::of_rtp(ssrc, number), &head, payload).unwrap_or_default()
    }

    /// A signed STUN request of the peer's own.
    pub fn binding(&self) -> Option<&[u8]> {
        self.real.iter().find(|packet| packet.starts_with(&[0, 1])).map(|packet| &packet[..])
    }

    /// Good ones go on from this number.
    pub fn count_from(&mut self, number: u64) {
        self.good = number;
    }

    /// A packet of somebody who has no keys: another stream for one of the media lines.
    pub fn unsealed(&mut self) -> Vec<u8> {
        let random = &mut self.random;
        let mid = one_of(random, &self.mids).unwrap_or_default();
        let payload_type = one_of(random, &self.payload_types).unwrap_or_default();
        let mut packet = vec![2 << 6 | 1 << 4, payload_type];
        packet.extend_from_slice(&random.random::<[u8; 10]>());
        let mut elements = vec![MID << 4 | (mid.len().max(1) - 1) as u8];
        elements.extend_from_slice(mid.as_bytes());
        elements.resize(elements.len().next_multiple_of(4), 0);
        packet.extend_from_slice(&[0xbe, 0xde, 0, (elements.len() / 4) as u8]);
        packet.extend_from_slice(&elements);
        packet.extend_from_slice(&random.random::<[u8; 60]>());
        packet
    }

    /// RTP (RFC 3550 §5.1), sealed: any extensions, any padding, any payload.
    fn media(&mut self) -> Vec<u8> {
        let random = &mut self.random;
        self.number += match random.random_range(0..200) {
            0 => random.random_range(1..30_000),
            _ => 1,
        };
        let ssrc = match random.random_range(0..4) {
            0 => random.random(),
            _ => one_of(random, self.ssrcs.get(1..).unwrap_or_default()).unwrap_or(1),
        };
        let payload_type = match random.random_range(0..8) {
            0 => random.random_range(0..128),
            _ => one_of(random, &self.payload_types).unwrap_or_default(),
        };
        let sources = if random.random_range(0..4) == 0 { random.random_range(0..16) } else { 0 };
        let extended: bool = random.random();
        let padded = random.random_range(0..4) == 0;
        let mut head = vec![2 << 6 | u8::from(padded) << 5 | u8::from(extended) << 4 | sources];
        head.push(payload_type | random.random::<u8>() & 0x80);
        head.extend_from_slice(&(self.number as u16).to_be_bytes());
        head.extend_from_slice(&random.random::<[u8; 4]>());
        head.extend_from_slice(&ssrc.to_be_bytes());
        head.extend((0..usize::from(sources) * 4).map(|_| random.random::<u8>()));
        if extended {
            let mut elements = Vec::new();
            if let Some(mid) = one_of(random, &self.mids).filter(|mid| mid.len() < 16) {
                elements.push(MID << 4 | (mid.len().max(1) - 1) as u8);
                elements.extend_from_slice(mid.as_bytes());
            }
            elements.extend((0..random.random_range(0..40)).map(|_| random.random::<u8>()));
            elements.resize(elements.len().next_multiple_of(4), 0);
            // RFC 8285 §4.2 and §4.3: elements with short heads, long ones, or nothing known.
            let profile = [0xbede, 0xbede, 0xbede, 0x1000, random.random::<u16>()];
            let profile = one_of(random, &profile).unwrap_or_default();
            head.extend_from_slice(&profile.to_be_bytes());
            head.extend_from_slice(&((elements.len() / 4) as u16).to_be_bytes());
            head.extend_from_slice(&elements);
        }
        let bytes = random.random_range(0..BYTES);
        let mut payload: Vec<u8> = (0..bytes).map(|_| random.random()).collect();
        if let Some(last) = payload.last_mut().filter(|_| padded && random.random()) {
            *last = random.random_range(0..8);
        }
        self.rtp.seal(Place::of_rtp(ssrc, self.number), &head, &payload).unwrap_or_default()
    }

    /// RTCP (RFC 3550 §6), sealed: reports of every kind, with any lengths and counts.
    fn reports(&mut self) -> Vec<u8> {
        let random = &mut self.random;
        let mut compound = Vec::new();
        for _ in 0..random.random_range(1..5) {
            let kind =
                if random.random_range(0..10) == 0 { random.random() } else { random.random_range(200..208) };
            let words: u16 = random.random_range(0..40);
            let said = if random.random_range(0..6) == 0 { random.random() } else { words };
            compound.push(2 << 6 | random.random_range(0..64));
            compound.push(kind);
            compound.extend_from_slice(&said.to_be_bytes());
            for _ in 0..words {
                let word = match random.random_range(0..4) {
                    0 => one_of(random, &self.ssrcs).unwrap_or_default(),
                    1 => random.random_range(0..300),
                    _ => random.random::<u32>(),
                };
                compound.extend_from_slice(&word.to_be_bytes());
            }
        }
        compound.resize(compound.len().max(8), 0);
        compound.truncate(BYTES);
        // RFC 7714 §9.2: the head of the first report and the index are authenticated, the rest is sealed.
        let (head, rest) = compound.split_at(8);
        let ssrc = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
        self.index = (self.index + 1) & 0x7fff_ffff;
        let index = (1 << 31 | self.index).to_be_bytes();
        let clear = [head, &index].concat();
        let sealed = self.rtcp.seal(Place::of_rtcp(ssrc, self.index), &clear, rest).unwrap_or_default();
        let sealed = sealed.get(clear.len()..).unwrap_or_default();
        [head, sealed, &index].concat()
    }

    /// One of the peer's own handshakes with something changed.
    fn changed(&mut self, is_kind: impl Fn(u8) -> bool) -> Vec<u8> {
        let of_kind: Vec<&Vec<u8>> =
            self.real.iter().filter(|packet| packet.first().is_some_and(|first| is_kind(*first))).collect();
        let Some(packet) = one_of(&mut self.random, &of_kind).cloned() else { return vec![0; 20] };
        self.change(packet)
    }

    fn change(&mut self, mut packet: Vec<u8>) -> Vec<u8> {
        let random = &mut self.random;
        for _ in 0..random.random_range(1..6) {
            if packet.is_empty() {
                break;
            }
            let at = random.random_range(0..packet.len());
            match random.random_range(0..5) {
                0 => packet.truncate(at),
                1 => packet[at] = random.random(),
                2 => packet.insert(at, random.random()),
                3 => packet.extend_from_slice(&random.random::<[u8; 16]>()),
                _ => packet[at] ^= 1 << random.random_range(0..8),
            }
        }
        packet.truncate(BYTES);
        packet
    }

    /// Records of DTLS (RFC 6347 §4.1) of any kind, SCTP's among them.
    fn records(&mut self) -> Vec<u8> {
        let random = &mut self.random;
        let mut packet = Vec::new();
        for _ in 0..random.random_range(1..4) {
            let length: u16 = random.random_range(0..200);
            packet.push(random.random_range(20..27));
            packet.extend_from_slice(&[254, 253, 0, random.random_range(0..3)]);
            packet.extend_from_slice(&random.random::<[u8; 6]>());
            packet.extend_from_slice(&length.to_be_bytes());
            packet.extend((0..length).map(|_| random.random::<u8>()));
        }
        packet
    }
}

fn one_of<T: Clone>(random: &mut ChaCha8Rng, all: &[T]) -> Option<T> {
    if all.is_empty() { None } else { Some(all[random.random_range(0..all.len())].clone()) }
}
