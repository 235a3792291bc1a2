//! Somebody in a room: one `str0m` peer, what comes from it, and the slots in which it gets what the others send.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use casemate_rtp::feedback::Asked;
use casemate_rtp::numbers::Numbers;
use casemate_rtp::srtp::{Agreed, Extensions, Header};
use casemate_rtp::streams::Streams;
use casemate_wire::call::Wanted;
use casemate_wire::ids::ParticipantId;
use str0m::config::DtlsCert;
use str0m::media::{Direction, KeyframeRequestKind, MediaAdded, MediaKind, Mid, Pt};
use str0m::net::{Receive, Transmit};
use str0m::rtp::{RtpWrite, Ssrc};
use str0m::{Event, Input, Output, Rtc};

use super::again::{Allowance, Packet};
use super::answer::{negotiate, payload_types};
use super::codec::{CODECS, Codec};
use super::ear::{Ear, Heard};
use super::estimate::Estimate;
use super::media::Media;
use super::out::Out;
use super::sdp::Offer;
use super::slot::{Slot, TrackKind};
use super::track::{Layer, Track};
use super::voices::Loudness;
use super::way::Way;
use super::{From, Listening, Refused};
use crate::limits::{ADDRESSES, LAYERS, PACKETS, PADDING, RESEND_PACKETS, RESEND_SHARE, RESEND_TIME};

/// Bits a second that voices are counted with.
pub const VOICE_RATE: u64 = 40_000;

/// Of a slot, the first packet and then one in so many go by `str0m`, which tells the receiver by them what its reports are about: of
/// voices as often as it reports. With none, nobody would be told when a voice was spoken.
const LONG_WAY: u64 = 250;

/// Padding of one packet: its last byte says how long it is.
const PADDING_BYTES: usize = 255;

/// What a packet has besides what it holds: a header, its extensions, and what sealing adds.
const OVERHEAD: usize = 12 + 8 + 16;

/// Less than anybody measures.
const BEFORE: Duration = Duration::from_nanos(1);

/// See the module.
pub struct Participant {
    /// As others name it.
    pub id: ParticipantId,
    /// Where it is, by place in the core.
    pub room: usize,
    /// Our half of its STUN user name.
    pub user: Vec<u8>,
    /// Where signed STUN came from, the newest last.
    pub addresses: Vec<From>,
    /// When signed STUN came last.
    pub heard: Instant,
    /// Whether media can flow.
    pub connected: bool,
    /// What it sends, by [`TrackKind`].
    pub tracks: [Option<Track>; 4],
    /// What it gets.
    pub slots: Vec<Slot>,
    /// Which pictures it wants; `None`: whatever there is.
    pub wishes: Option<Vec<Wanted>>,
    /// How much goes through to it.
    pub estimate: Estimate,
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
    /// Whether it waits in the core's list of those to be polled.
    pub unpolled: bool,
    /// Whether no pictures come that it could get.
    pub voices_alone: bool,
    numbers: Numbers,
    own: Streams,
    way: Way,
    /// Its voice, where it can be told from all else.
    ear: Option<Ear>,
    /// Packets with media, and with padding, that may still come this second.
    media: Budget,
    padding: Budget,
    rtc: Rtc,
    agreed: Agreed,
    /// Media lines in which packets have numbers on the way.
    numbered: Vec<String>,
    /// Which header extension says how a camera was held.
    orientation: Option<u8>,
    out: Out,
    again: Allowance,
    /// When it was turned last.
    turned: Instant,
    /// Payload types that it understands, by [`Codec`], and those of what is sent again.
    payload_types: [Option<(Pt, Option<Pt>)>; CODECS],
    streams: Vec<(Ssrc, TrackKind, usize)>,
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
}

/// What came of polling.
pub enum Happened {
    /// To be sent.
    Send(Transmit),
    /// Media came.
    Media(Media),
    /// A receiver cannot decode what is in a slot.
    Lost(Mid),
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
        let (rtc, agreed, answer, user) = made.map_err(|_| Refused::Offer("the offer cannot be used"))??;
        let participant = Self {
            id,
            room,
            user: user.into_bytes(),
            addresses: Vec::new(),
            heard: now,
            connected: false,
            tracks: [None, None, None, None],
            slots: Vec::new(),
            wishes: None,
            estimate: Estimate::new(now),
            looks_for: None,
            shrunk: None,
            grown: None,
            patience: Duration::ZERO,
            dirty: false,
            unpolled: false,
            voices_alone: true,
            numbers: Numbers::new(&offer.text),
            own: Streams::new(agreed.clone()),
            way: Way::new(offer.numbers, agreed.clone(), now),
            ear: offer.voice.map(|ssrc| Ear::new(ssrc, &offer.text, agreed.clone(), now)),
            media: Budget::new(PACKETS, now),
            padding: Budget::new(PADDING, now),
            agreed,
            numbered: offer.numbered.iter().map(|(_, mid)| mid.clone()).collect(),
            orientation: offer.orientation,
            out: Out::default(),
            again: Allowance::default(),
            turned: now,
            payload_types: payload_types(rtc.codec_config().params()),
            rtc,
            streams: Vec::new(),
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
            if !is_sound {
                stream.set_rtx_cache(RESEND_PACKETS, RESEND_TIME, Some(RESEND_SHARE));
            }
            let (ssrc, again) = (stream.ssrc(), stream.rtx());
            let mut slot = Slot::new(added.mid, ssrc, again, is_sound);
            slot.is_numbered = self.numbered.iter().any(|mid| *added.mid == **mid);
            self.slots.push(slot);
        }
    }

    /// Whether a STUN request bears its signature.
    pub fn signed(&mut self, input: &Input<'_>) -> bool {
        guarded(|| self.rtc.accepts(input)).unwrap_or(false)
    }

    /// Remembers where signed STUN came from; gives back what has to be forgotten for it.
    pub fn heard_from(&mut self, from: From, now: Instant) -> Option<From> {
        self.heard = now;
        if self.addresses.last() == Some(&from) {
            return None;
        }
        self.out.forget_route();
        let known = self.addresses.iter().position(|address| *address == from);
        let forgotten = match known {
            Some(at) => {
                self.addresses.remove(at);
                None
            }
            None if self.addresses.len() >= ADDRESSES => Some(self.addresses.remove(0)),
            None => None,
        };
        self.addresses.push(from);
        forgotten
    }

    /// Whether a packet in its name is handed to `str0m`. Anybody can send one: only what was found to be its own, and
    /// padding, which nobody misses, is counted.
    pub fn takes(&mut self, packet: &[u8], now: Instant) -> bool {
        let is_padded = packet.first().is_some_and(|first| first & 0xe0 == 0xa0);
        if !self.media.is_left(now) || !self.numbers.takes(packet) || !self.own.takes(packet) {
            return false;
        }
        if is_padded {
            let is_left = self.padding.is_left(now);
            self.padding.left -= f32::from(u8::from(is_left));
            return is_left;
        }
        true
    }

    /// Takes a packet in its name in past `str0m`, if it says that it is of its voice.
    pub fn hear(&mut self, packet: &[u8], now: Instant) -> Heard {
        let Some(ear) = &mut self.ear else { return Heard::Other };
        if !self.media.is_left(now) {
            return Heard::Nothing;
        }
        let heard = ear.hear(packet, now);
        if let Heard::Voice(voice) = &heard {
            self.media.left -= 1.0;
            let (ssrc, place) = (voice.ssrc, (TrackKind::Voice, 0));
            if !self.streams.contains(&(ssrc, place.0, place.1)) {
                self.place(ssrc, place);
            }
        }
        heard
    }

    /// What it is to be told of its voice now.
    pub fn report(&mut self, now: Instant) -> Option<Transmit> {
        if !self.connected || !self.out.is_known() {
            return None;
        }
        let rtc = &mut self.rtc;
        let contents = self.ear.as_mut()?.report(now, || *rtc.direct_api().new_ssrc())?;
        self.out.send(contents)
    }

    /// Takes a packet in. `false`: it cannot go on.
    ///
    /// A packet that is refused is lost and nothing else: anybody can send one in somebody's name. Where a connection is
    /// truly broken, polling says so.
    pub fn receive(&mut self, receive: Receive<'_>, is_media: bool, now: Instant) -> bool {
        // Of media that came at the same time, `str0m` turns the whole peer for the first alone: for what came before it was
        // turned last, it does not.
        let at = if is_media && self.turned == now { now.checked_sub(BEFORE).unwrap_or(now) } else { now };
        self.turned = now;
        guarded(|| self.rtc.handle_input(Input::Receive(at, receive))).is_some()
    }

    /// Its time has come. `false`: it cannot go on.
    pub fn wake(&mut self, now: Instant) -> bool {
        self.turned = now;
        matches!(guarded(|| self.rtc.handle_input(Input::Timeout(now))), Some(Ok(())))
    }

    /// What is to be done next.
    pub fn poll(&mut self) -> Happened {
        loop {
            let event = match guarded(|| self.rtc.poll_output()) {
                Some(Ok(Output::Transmit(transmit))) => {
                    self.out.note_route(&transmit);
                    return Happened::Send(transmit);
                }
                Some(Ok(Output::Timeout(_))) if !self.rtc.is_alive() => return Happened::Over,
                Some(Ok(Output::Timeout(at))) => return Happened::Wait(at),
                Some(Ok(Output::Event(event))) => event,
                Some(Err(_)) | None => return Happened::Over,
            };
            match event {
                Event::RtpPacket(packet) => {
                    self.media.left -= 1.0;
                    if let Some(number) = packet.header.ext_vals.transport_cc {
                        self.numbers.seen(number);
                    }
                    return Happened::Media(packet.into());
                }
                Event::KeyframeRequest(request) => return Happened::Lost(request.mid),
                // Told when the connection is there, in the order of the offer.
                Event::MediaAdded(added) => {
                    self.add(added);
                    return Happened::Opened;
                }
                Event::Connected => {
                    self.connected = true;
                    self.out.begin(&self.agreed);
                }
                Event::Closed => return Happened::Over,
                _ => {}
            }
        }
    }

    /// Which of its tracks and layers a stream is.
    pub fn locate(&mut self, ssrc: Ssrc) -> Option<(TrackKind, usize)> {
        if let Some((_, kind, layer)) = self.streams.iter().find(|stream| stream.0 == ssrc) {
            return Some((*kind, *layer));
        }
        let mut direct = self.rtc.direct_api();
        let stream = direct.stream_rx(&ssrc)?;
        let (mid, rid) = (stream.mid(), stream.rid());
        let (kind, track) = TrackKind::ALL
            .into_iter()
            .filter_map(|kind| Some((kind, self.tracks[kind as usize].as_ref()?)))
            .find(|(_, track)| track.mid == mid)?;
        let layer = track.layers.iter().position(|layer| layer.rid == rid)?;
        self.place(ssrc, (kind, layer));
        Some((kind, layer))
    }

    /// A stream that begins anew under another number takes the place of the one before.
    fn place(&mut self, ssrc: Ssrc, (kind, layer): (TrackKind, usize)) {
        self.streams.retain(|(_, of, at)| (*of, *at) != (kind, layer));
        self.streams.push((ssrc, kind, layer));
    }

    /// The codec of a packet that it sent.
    pub fn codec_of(&self, packet: &Media) -> Option<Codec> {
        let found =
            self.payload_types.iter().position(|pt| pt.is_some_and(|(pt, _)| pt == packet.payload_type))?;
        [Codec::Opus, Codec::Vp9, Codec::Vp8].get(found).copied()
    }

    /// Sends a packet of somebody else's in a slot. Whether it is `str0m` that sends it, when it is woken.
    pub fn write(
        &mut self,
        slot: usize,
        codec: Codec,
        (number, time): (u64, u32),
        packet: &Media,
        sends: &mut Vec<Transmit>,
    ) -> bool {
        let Some((pt, _)) = self.payload_types[codec as usize] else { return false };
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
        if codec != Codec::Opus && self.out.is_ready() {
            self.slots[slot].kept.keep(Packet { header, payload: packet.payload.clone(), at: packet.at });
            self.again.grow(packet.payload.len());
        }
        let is_first = !std::mem::replace(&mut self.slots[slot].has_begun, true);
        if is_first || number.is_multiple_of(LONG_WAY) || !self.out.is_ready() {
            self.hand_over(pt, ssrc, codec, number, time, packet);
            return true;
        }
        sends.extend(self.seal(slot, header, &packet.payload, packet.at));
        false
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
        self.seal(at, header, &payload, now)
    }

    /// A packet of a slot, past `str0m`, with a number where pictures come.
    fn seal(&mut self, slot: usize, mut header: Header, payload: &[u8], now: Instant) -> Option<Transmit> {
        if !self.voices_alone && self.slots[slot].is_numbered {
            header.extensions.number = self.way.number(payload.len() + OVERHEAD, now);
        }
        self.out.seal(header, payload)
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
            sends.extend(self.seal(slot, header, &padding, now));
        }
    }

    /// Has `str0m` send a packet when it is woken.
    fn hand_over(&mut self, pt: Pt, ssrc: Ssrc, codec: Codec, number: u64, time: u32, packet: &Media) {
        let mut direct = self.rtc.direct_api();
        let Some(stream) = direct.stream_tx(&ssrc) else { return };
        let mut write = RtpWrite::new(pt, number.into(), time, packet.at, packet.payload.clone())
            .marker(packet.marker)
            // Else what is asked for again is ours to send.
            .nackable(codec != Codec::Opus && !self.out.is_ready());
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
        let Slot { ssrc, kept, .. } = &mut self.slots[slot];
        kept.forget();
        if let Some(stream) = self.rtc.direct_api().stream_tx(ssrc) {
            stream.set_rtx_cache(RESEND_PACKETS, RESEND_TIME, Some(RESEND_SHARE));
        }
    }

    /// Asks for a key frame, as often as the limits allow. Whoever still waits asks again.
    pub fn ask_key_frame(&mut self, kind: TrackKind, layer: usize, now: Instant) -> bool {
        let Some(track) = &mut self.tracks[kind as usize] else { return false };
        let mid = track.mid;
        let Some(layer) = track.layers.get_mut(layer) else { return false };
        let rid = layer.rid;
        let mut direct = self.rtc.direct_api();
        let Some(stream) = direct.stream_rx_by_mid(mid, rid).filter(|_| layer.may_ask(now)) else {
            return false;
        };
        stream.request_keyframe(KeyframeRequestKind::Pli);
        true
    }

    /// Whether media go out past `str0m`.
    pub fn is_short(&self) -> bool {
        self.out.is_ready()
    }

    /// A packet came in its name that may tell of the way to it: what it asks for again is sent. Whether the way is found to be
    /// full.
    pub fn hear_of_way(&mut self, packet: &[u8], now: Instant, sends: &mut Vec<Transmit>) -> bool {
        if self.voices_alone {
            return false;
        }
        let (learnt, asked) = self.way.hears(packet, now);
        sends.extend(asked.into_iter().filter_map(|asked| self.send_again(asked, now)));
        if let Some(rate) = learnt.fits {
            self.estimate.fits(rate);
        }
        let Some(through) = learnt.full else { return false };
        self.estimate.is_full(through, now);
        true
    }

    /// How many voices come to it as part of what is estimated.
    pub fn voices(&self) -> u64 {
        if self.voices_alone {
            return 0;
        }
        self.slots.iter().filter(|slot| slot.is_sound && slot.source.is_some()).count() as u64
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
