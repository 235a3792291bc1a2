//! Somebody in a room: one `str0m` peer, what comes from it, and the slots in which it gets what the others send.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use casemate_rtp::feedback::{Asked, asked, pictures};
use casemate_rtp::srtp::{Agreed, Extensions, Header, Once};
use casemate_wire::call::{Allowed, Wanted};
use casemate_wire::ids::{HolderId, ParticipantId};
use str0m::config::DtlsCert;
use str0m::media::{Direction, MediaAdded, MediaKind, Pt};
use str0m::net::{Receive, Transmit};
use str0m::rtp::{RtpWrite, Ssrc};
use str0m::{Event, Input, Output, Rtc};

use super::addresses::Addresses;
use super::again::{Allowance, Packet};
use super::answer::{PayloadTypes, negotiate, payload_types};
use super::codec::Codec;
use super::ear::{Ear, Heard};
use super::estimate::Estimate;
use super::listeners::Counted;
use super::media::Media;
use super::out::Out;
use super::sdp::Offer;
use super::slot::{Slot, TrackKind};
use super::track::{Layer, Track, Tracks};
use super::voices::Loudness;
use super::way::Way;
use super::{From, Listening, Refused};
use crate::limits::{
    ADDRESSES_IN_ALL, BINDINGS, LAYERS, PACKET_BYTES, PACKETS, PADDING, SOUND_BYTES, SOUNDS, VOICES,
};

/// Bits a second that voices are counted with.
pub const VOICE_RATE: u64 = 40_000;

/// What is free has to be so much more than one more voice takes, in hundredths.
const SOUND_SLACK: u64 = 115;

/// Of a slot, the first packet and then one in so many go by `str0m`, which tells the receiver by them what its reports are about: of
/// voices as often as it reports. With none, nobody would be told when a voice was spoken.
const LONG_WAY: u64 = 250;

/// Padding of one packet: its last byte says how long it is.
const PADDING_BYTES: usize = 255;

/// What a packet has besides what it holds: a header, its extensions, and what sealing adds.
const OVERHEAD: usize = 12 + 8 + 16;

/// See the module.
pub struct Participant {
    /// As others name it.
    pub id: ParticipantId,
    /// Whose it is, where that is known.
    pub holder: Option<HolderId>,
    /// Where it is, by place in the core.
    pub room: usize,
    /// Our half of its STUN user name.
    pub user: Vec<u8>,
    /// Where it is.
    pub addresses: Addresses,
    /// Since when it has its place.
    pub joined: Instant,
    /// Since when an address of theirs is proven.
    pub reachable: Option<Instant>,
    /// When signed STUN came last.
    pub heard: Instant,
    /// Whether media can flow.
    pub connected: bool,
    /// What it sends.
    pub tracks: Tracks,
    /// What it gets.
    pub slots: Vec<Slot>,
    /// Which pictures it wants; `None`: whatever there is.
    pub wishes: Option<Vec<Wanted>>,
    /// Who gets what it sends; `None`: whoever is in the room.
    pub allowed: Option<Allowed>,
    /// What it was told last of who is there.
    pub counted: Option<Counted>,
    /// How much goes through to it.
    pub estimate: Estimate,
    /// How many sounds go to it at once, at most: as many as its way has room for, as far as that is known.
    pub sounds_most: usize,
    /// Bits a second that it would get if they went through, where it gets less and more is to be looked for.
    pub looks_for: Option<u64>,
    /// When pictures were made smaller last.
    pub shrunk: Option<Instant>,
    /// When one was made larger last.
    pub grown: Option<Instant>,
    /// How long after the first of these the second may be.
    pub patience: Duration,
    /// Whether it waits in the core's list of those to be woken and polled.
    pub dirty: bool,
    /// Whether it waits in the core's list of those to be told what came of them.
    pub untold: bool,
    /// Whether no pictures come that it could get.
    pub voices_alone: bool,
    way: Way,
    ear: Ear,
    /// Packets with media, and with padding, that may still come this second.
    media: Budget,
    padding: Budget,
    /// Packets and bytes of a voice, and of a screen's sound.
    sounds: [(Budget, Budget); 2],
    /// Signed STUN requests.
    bindings: Budget,
    /// The same of where it is: nothing is taken of it by whoever sends again from elsewhere what was overheard.
    bindings_here: Budget,
    /// Every address that it has come from, and the newest.
    came_from: HashSet<From>,
    newest: Option<From>,
    rtc: Rtc,
    agreed: Agreed,
    /// Media lines in which packets have numbers on the way.
    numbered: Vec<String>,
    /// Which header extension says how a camera was held.
    orientation: Option<u8>,
    out: Out,
    again: Allowance,
    payload_types: PayloadTypes,
}

/// So much may come a second, and as much at once.
struct Budget {
    rate: f32,
    left: f32,
    at: Instant,
}

impl Budget {
    fn new(rate: f32, at: Instant) -> Self {
        Self { rate, left: rate, at }
    }

    /// Whether there is any left.
    fn is_left(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.at).as_secs_f32();
        self.left = (self.left + passed * self.rate).min(self.rate);
        self.at = now;
        self.left >= 1.0
    }

    /// Takes so much of what is left; what is over counts later.
    fn take(&mut self, count: f32, now: Instant) -> bool {
        let is_left = self.is_left(now);
        if is_left {
            self.left -= count;
        }
        is_left
    }
}

/// What became of a packet for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It goes to nobody.
    Dropped,
    /// It goes out.
    Sealed,
    /// `str0m` sends it when it is woken.
    Left,
}

/// What came of polling.
pub enum Happened {
    /// To be sent.
    Send(Transmit),
    /// One of its media lines is ready: something that it sends, or a slot.
    Opened,
    /// Nothing more until then.
    Wait(Instant),
    /// This participant cannot go on.
    Over,
}

impl Participant {
    /// Takes an offer, and gives the answer.
    pub fn new(
        id: ParticipantId,
        room: usize,
        core: u8,
        offer: &Offer,
        listening: &[Listening],
        certificate: &DtlsCert,
        now: Instant,
    ) -> Result<(Self, String), Refused> {
        // A fault in what parses the offer ends this join and nothing else.
        let made = catch_unwind(AssertUnwindSafe(|| negotiate(core, offer, listening, certificate, now)));
        let (mut rtc, agreed, answer, user) =
            made.map_err(|_| Refused::Offer("the offer cannot be used"))??;
        let payload_types = payload_types(rtc.codec_config().params());
        let addresses = Addresses::new(core, &offer.text, &user)?;
        let reporter = *rtc.direct_api().new_ssrc();
        let participant = Self {
            id,
            holder: None,
            room,
            user: user.into_bytes(),
            addresses,
            joined: now,
            reachable: None,
            heard: now,
            connected: false,
            tracks: [None, None, None, None],
            slots: Vec::new(),
            wishes: None,
            allowed: None,
            counted: None,
            estimate: Estimate::new(now),
            sounds_most: VOICES,
            looks_for: None,
            shrunk: None,
            grown: None,
            patience: Duration::ZERO,
            dirty: false,
            untold: false,
            voices_alone: true,
            way: Way::new(offer.numbers, now),
            ear: Ear::new(offer, payload_types, agreed.clone(), reporter, now),
            media: Budget::new(PACKETS, now),
            padding: Budget::new(PADDING, now),
            sounds: [(); 2].map(|()| (Budget::new(SOUNDS, now), Budget::new(SOUND_BYTES, now))),
            bindings: Budget::new(BINDINGS, now),
            bindings_here: Budget::new(BINDINGS, now),
            came_from: HashSet::new(),
            newest: None,
            agreed,
            numbered: offer.numbered.iter().map(|(_, mid)| mid.clone()).collect(),
            orientation: offer.orientation,
            out: Out::default(),
            again: Allowance::default(),
            payload_types,
            rtc,
        };
        Ok((participant, answer))
    }

    fn add(&mut self, added: MediaAdded) {
        let is_sound = added.kind == MediaKind::Audio;
        if matches!(added.direction, Direction::RecvOnly | Direction::SendRecv) {
            let kinds = TrackKind::ALL.into_iter().filter(|kind| kind.is_sound() == is_sound);
            // The first of its kind is the person, the second the screen.
            let kinds: Vec<_> =
                if is_sound { kinds.collect() } else { vec![TrackKind::Camera, TrackKind::Screen] };
            if let Some(kind) = kinds.into_iter().find(|kind| self.tracks[*kind as usize].is_none()) {
                let rids = added.simulcast.iter().flat_map(|simulcast| &simulcast.recv);
                let mut layers: Vec<Layer> =
                    rids.take(LAYERS).map(|layer| Layer::new(Some(layer.rid))).collect();
                if layers.is_empty() {
                    layers.push(Layer::new(None));
                }
                self.tracks[kind as usize] = Some(Track {
                    mid: added.mid,
                    layers,
                    loudness: Loudness::default(),
                    listeners: Vec::new(),
                });
            }
        }
        // A line goes one way: in one that goes both, `str0m` would have numbers of its own.
        if added.direction == Direction::SendOnly {
            let mut direct = self.rtc.direct_api();
            let Some(stream) = direct.stream_tx_by_mid(added.mid, None) else { return };
            let (ssrc, again) = (stream.ssrc(), stream.rtx());
            let mut slot = Slot::new(ssrc, again, is_sound);
            slot.is_numbered = self.numbered.iter().any(|mid| *added.mid == **mid);
            self.slots.push(slot);
        }
    }

    /// Whether a STUN request bears its signature, and comes no faster than the limits allow, nor from more addresses than anybody has.
    /// Nothing says whether somebody else sends it again: that may cost whoever it is of nothing.
    pub fn signed(&mut self, input: &Input<'_>, from: From, now: Instant) -> bool {
        if self.came_from.len() >= ADDRESSES_IN_ALL && !self.came_from.contains(&from) {
            return false;
        }
        let is_here = self.addresses.has(&from);
        let budget = if is_here { &mut self.bindings_here } else { &mut self.bindings };
        budget.is_left(now) && guarded(|| self.rtc.accepts(input)).unwrap_or(false) && budget.take(1.0, now)
    }

    /// It is at an address, as it has shown there; gives back what has to be forgotten for it.
    pub fn is_at(&mut self, from: From, now: Instant) -> Option<From> {
        let forgotten = self.addresses.prove(from, now);
        // Whoever has two ways to the relay goes to and fro between them: each counts once.
        self.came_from.insert(from);
        forgotten
    }

    /// Signed STUN came from an address where it is. Where it came from the newest all else goes.
    pub fn heard_from(&mut self, from: From, now: Instant) {
        self.heard = now;
        if self.newest != Some(from) {
            self.newest = Some(from);
            self.out.forget_route();
        }
        self.addresses.comes(&from);
    }

    /// Somebody else is at an address where it was.
    pub fn forget_address(&mut self, from: &From) {
        self.addresses.forget(from);
        if self.newest == Some(*from) {
            self.newest = None;
            self.out.forget_route();
        }
    }

    /// Whether media can flow to it: there is a connection, and an address where it has shown that it is.
    pub fn is_reached(&self) -> bool {
        self.connected && self.addresses.any()
    }

    /// Where nobody answered for too long it is no more, and nothing goes there.
    pub fn left(&mut self, now: Instant) -> Vec<From> {
        let left = self.addresses.expired(now);
        if !left.is_empty() {
            self.newest = None;
            self.out.forget_route();
        }
        left
    }

    /// Takes a packet of media in its name in. Anybody can send one: only what was found to be its own is counted.
    pub fn hear(&mut self, packet: &[u8], now: Instant) -> Heard {
        if packet.len() > PACKET_BYTES {
            return Heard::Nothing;
        }
        let is_padded = packet.first().is_some_and(|first| first & 0xe0 == 0xa0);
        let budget = if is_padded { &mut self.padding } else { &mut self.media };
        if !budget.is_left(now) {
            return Heard::Nothing;
        }
        let heard = self.ear.hear(packet, &self.tracks, now);
        if !matches!(heard, Heard::Nothing) {
            budget.left -= 1.0;
        }
        match &heard {
            Heard::Media(kind, _, media) if kind.is_sound() && !self.has_room_for(*kind, media, now) => {
                Heard::Theirs
            }
            _ => heard,
        }
    }

    /// Whether a packet of sound is within what one may send of it.
    fn has_room_for(&mut self, kind: TrackKind, media: &Media, now: Instant) -> bool {
        let (packets, bytes) = &mut self.sounds[usize::from(kind == TrackKind::ScreenSound)];
        packets.is_left(now) && bytes.take(media.payload.len() as f32, now) && packets.take(1.0, now)
    }

    /// What it is to be told now of what came of it.
    pub fn tells(&mut self, now: Instant) -> Option<Transmit> {
        if !self.connected || !self.out.is_known() {
            return None;
        }
        let contents = self.ear.tells(now)?;
        self.out.send(contents)
    }

    /// Takes a packet of its connection in. `false`: it cannot go on.
    ///
    /// A packet that is refused is lost and nothing else: anybody can send one in somebody's name. Where a connection is
    /// truly broken, polling says so.
    pub fn receive(&mut self, receive: Receive<'_>, now: Instant) -> bool {
        guarded(|| self.rtc.handle_input(Input::Receive(now, receive))).is_some()
    }

    /// Its time has come. `false`: it cannot go on.
    pub fn wake(&mut self, now: Instant) -> bool {
        matches!(guarded(|| self.rtc.handle_input(Input::Timeout(now))), Some(Ok(())))
    }

    /// What is to be done next.
    pub fn poll(&mut self) -> Happened {
        loop {
            let event = match guarded(|| self.rtc.poll_output()) {
                Some(Ok(Output::Transmit(transmit))) => {
                    // `str0m` may go on with an address that is proven no more.
                    if !self.addresses.has(&(transmit.proto, transmit.destination)) {
                        continue;
                    }
                    self.out.note_route(&transmit);
                    return Happened::Send(transmit);
                }
                Some(Ok(Output::Timeout(_))) if !self.rtc.is_alive() => return Happened::Over,
                Some(Ok(Output::Timeout(at))) => return Happened::Wait(at),
                Some(Ok(Output::Event(event))) => event,
                Some(Err(_)) | None => return Happened::Over,
            };
            match event {
                // Told when the connection is there, in the order of the offer.
                Event::MediaAdded(added) => {
                    self.add(added);
                    return Happened::Opened;
                }
                Event::Connected => {
                    self.connected = true;
                    if !self.out.begin(&self.agreed) {
                        tracing::warn!(
                            "somebody cannot be in a call: its connection has other ciphers than AES-GCM"
                        );
                        return Happened::Over;
                    }
                    return Happened::Opened;
                }
                Event::Closed => return Happened::Over,
                _ => {}
            }
        }
    }

    /// The codec of a packet that it sent.
    pub fn codec_of(&self, packet: &Media) -> Option<Codec> {
        let found =
            self.payload_types.iter().position(|pt| pt.is_some_and(|(pt, _)| pt == packet.payload_type))?;
        [Codec::Opus, Codec::Vp9, Codec::Vp8].get(found).copied()
    }

    /// Sends a packet of somebody else's in a slot. One whose number went out before is dropped: its sender is at fault, and a
    /// second one under the same nonce would open both.
    pub fn write(
        &mut self,
        slot: usize,
        codec: Codec,
        (number, time): (u64, u32),
        packet: &Media,
        sends: &mut Vec<Transmit>,
    ) -> Written {
        let Some((pt, _)) = self.payload_types[codec as usize] else { return Written::Dropped };
        let ssrc = self.slots[slot].ssrc;
        let orientation = self.orientation.zip(packet.orientation.map(|orientation| orientation as u8));
        let header = Header {
            marker: packet.marker,
            payload_type: *pt,
            number,
            time,
            ssrc: *ssrc,
            extensions: Extensions { orientation, number: None },
            ..Header::default()
        };
        let Some(once) = self.out.spend(header) else { return Written::Dropped };
        if codec != Codec::Opus {
            self.slots[slot].kept.keep(Packet { header, payload: packet.payload.clone(), at: packet.at });
            self.again.grow(packet.payload.len());
        }
        let is_first = !std::mem::replace(&mut self.slots[slot].has_begun, true);
        if is_first || number.is_multiple_of(LONG_WAY) || !self.out.is_ready() {
            // Its number is spent: nothing else is sealed with it.
            self.hand_over(pt, ssrc, number, time, packet);
            return Written::Left;
        }
        sends.extend(self.seal(slot, once, &packet.payload, packet.at));
        Written::Sealed
    }

    /// Sends again what is asked for.
    fn send_again(&mut self, asked: Asked, now: Instant) -> Option<Transmit> {
        let at = self.slots.iter().position(|slot| *slot.ssrc == asked.ssrc)?;
        let Slot { kept, again, .. } = self.slots.get_mut(at)?;
        let Packet { header, payload, .. } = kept.find(asked.number)?;
        let (ssrc, next) = again.as_mut()?;
        let mut types = self.payload_types.iter().flatten();
        let payload_type = types.find(|(pt, _)| **pt == header.payload_type)?.1?;
        if !self.again.take(payload.len()) {
            return None;
        }
        // RFC 4588 §4: its own number, and what it was.
        let payload = [&(header.number as u16).to_be_bytes(), &payload[..]].concat();
        let header = Header { payload_type: *payload_type, ssrc: **ssrc, number: *next, ..*header };
        *next += 1;
        let once = self.out.spend(header)?;
        self.seal(at, once, &payload, now)
    }

    /// A packet of a slot, past `str0m`, with a number where pictures come.
    fn seal(&mut self, slot: usize, once: Once, payload: &[u8], now: Instant) -> Option<Transmit> {
        let is_numbered = !self.voices_alone && self.slots[slot].is_numbered;
        let number = is_numbered.then(|| self.way.number(payload.len() + OVERHEAD, now)).flatten();
        self.out.seal(once.numbered(number), payload)
    }

    /// Looks whether more goes through, where more is wished for: a train of padding goes out.
    pub fn look_for_more(&mut self, now: Instant, sends: &mut Vec<Transmit>) {
        let is_ready = self.connected && self.out.is_ready();
        let Some(wished) = self.looks_for.filter(|_| is_ready) else { return };
        let Some(slot) = self.slots.iter().position(|slot| !slot.is_sound && slot.is_numbered) else {
            return;
        };
        let pictures = [Codec::Vp9, Codec::Vp8].into_iter();
        let pt = pictures.filter_map(|codec| self.payload_types[codec as usize]).next();
        let (Some((pt, _)), Some(bytes)) = (pt, self.estimate.looks(wished, now)) else { return };
        let mut padding = [0; PADDING_BYTES];
        padding[PADDING_BYTES - 1] = PADDING_BYTES as u8;
        let packets = bytes.div_ceil(PADDING_BYTES);
        self.way.begins_train(packets * (PADDING_BYTES + OVERHEAD), now);
        let (numbers, time) = self.slots[slot].pad(packets, now);
        let (payload_type, ssrc) = (*pt, *self.slots[slot].ssrc);
        for number in numbers {
            let header = Header { is_padded: true, payload_type, number, time, ssrc, ..Header::default() };
            let Some(once) = self.out.spend(header) else { continue };
            sends.extend(self.seal(slot, once, &padding, now));
        }
    }

    /// Has `str0m` send a packet when it is woken.
    fn hand_over(&mut self, pt: Pt, ssrc: Ssrc, number: u64, time: u32, packet: &Media) {
        let mut direct = self.rtc.direct_api();
        let Some(stream) = direct.stream_tx(&ssrc) else { return };
        let mut write = RtpWrite::new(pt, number.into(), time, packet.at, packet.payload.clone())
            .marker(packet.marker)
            // What is asked for again is ours to send.
            .nackable(false);
        if let Some(orientation) = packet.orientation {
            // Of all that a sender says beside its frames only this goes on: how loud somebody is stays here.
            write = write.ext_vals(str0m::rtp::ExtensionValues {
                video_orientation: Some(orientation),
                ..Default::default()
            });
        }
        stream.write_rtp(write);
    }

    /// A slot gets a smaller picture: of the larger one nothing is sent again that was lost. It would only take the room away from what
    /// has to go through the narrow way now.
    pub fn forget_lost(&mut self, slot: usize) {
        self.slots[slot].kept.forget();
    }

    /// Asks for a key frame, as often as the limits allow. Whoever still waits asks again.
    pub fn ask_key_frame(&mut self, kind: TrackKind, layer: usize, now: Instant) -> Option<Transmit> {
        if !self.connected || !self.out.is_known() {
            return None;
        }
        // Sealed only where it is sent: each seal uses up a number of the connection.
        let asked = self.tracks[kind as usize].as_mut()?.layers.get_mut(layer)?;
        let contents = asked.may_ask(now).then(|| self.ear.asks(kind, layer))??;
        self.out.send(contents)
    }

    /// Whether media go out past `str0m`.
    pub fn is_short(&self) -> bool {
        self.out.is_ready()
    }

    /// Takes a report in its name in: what it asks for again is sent. Which slots have to begin anew, and whether the way to it is
    /// found to be full; `None`: it is not its own.
    pub fn hear_report(
        &mut self,
        packet: &[u8],
        now: Instant,
        sends: &mut Vec<Transmit>,
    ) -> Option<(Vec<usize>, bool)> {
        if packet.len() > PACKET_BYTES || !self.media.is_left(now) {
            return None;
        }
        let report = self.ear.hear_report(packet, now)?;
        self.media.left -= 1.0;
        let slot = |ssrc| self.slots.iter().position(|slot| *slot.ssrc == ssrc);
        let mut lost: Vec<usize> = pictures(&report).into_iter().filter_map(slot).collect();
        lost.sort_unstable();
        lost.dedup();
        if self.voices_alone {
            return Some((lost, false));
        }
        sends.extend(asked(&report).into_iter().filter_map(|asked| self.send_again(asked, now)));
        let learnt = self.way.hears(&report, now);
        let is_more = learnt.fits.is_some_and(|rate| self.estimate.fits(rate));
        if is_more && !self.estimate.has_fallen() {
            // There was no room as far as it was known, and now there is.
            self.shrunk = None;
        }
        if let Some(through) = learnt.full {
            self.estimate.is_full(through, now);
        }
        Some((lost, learnt.full.is_some()))
    }

    /// How many voices could come to it as part of what is estimated.
    pub fn voices(&self) -> u64 {
        if self.voices_alone {
            return 0;
        }
        self.slots.iter().filter(|slot| slot.is_sound && slot.source.is_some()).count() as u64
    }

    /// Finds out for how many sounds its way has room: one at least. Where no pictures come nothing tells of the way. Whether that is
    /// another number than before.
    pub fn fit_sounds(&mut self) -> bool {
        let fits = |bits: u64| usize::try_from(bits / VOICE_RATE).unwrap_or(VOICES).clamp(1, VOICES);
        let bits = self.estimate.bits();
        let most = if self.voices_alone || !self.estimate.has_fallen() {
            VOICES
        } else {
            // One more is taken where there is more room than it needs: or voices would come and go.
            fits(bits).min(self.sounds_most.max(fits(bits * 100 / SOUND_SLACK)))
        };
        std::mem::replace(&mut self.sounds_most, most) != most
    }

    /// Of every hundred packets to it, how many are lost by the way; `None`: it may be full, or that is not known.
    pub fn loses(&self, now: Instant) -> Option<usize> {
        self.way.loses(now)
    }

    /// Whether the way to it was found to be full of late.
    pub fn was_full(&self, within: Duration, now: Instant) -> bool {
        self.way.was_full(within, now)
    }

    /// Whether anything had to wait by the way to it of late.
    pub fn waits(&self, now: Instant) -> bool {
        self.way.waits(now)
    }
}

/// A fault while a participant's bytes are handled ends that participant, not the calls of all others.
fn guarded<T>(act: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(act)).ok()
}
