//! Somebody in a room: one `str0m` peer, what comes from it, and the slots in which it gets what the others send.

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use casemate_rtp::numbers::Numbers;
use casemate_rtp::srtp::{self, Agreed, Header, Sealer};
use casemate_rtp::streams::Streams;
use casemate_wire::call::Wanted;
use casemate_wire::ids::ParticipantId;
use str0m::bwe::{Bitrate, BweKind};
use str0m::change::SdpOffer;
use str0m::config::DtlsCert;
use str0m::format::PayloadParams;
use str0m::media::{Direction, KeyframeRequestKind, MediaAdded, MediaKind, Mid, Pt};
use str0m::net::{Protocol, Receive, Transmit};
use str0m::rtp::{RtpWrite, Ssrc};
use str0m::{Candidate, Event, IceCreds, Input, Output, PacerReason, Reason, Rtc};

use super::codec::{CODECS, Codec};
use super::ear::{Ear, Heard};
use super::media::Media;
use super::sdp::Offer;
use super::slot::{Slot, TrackKind};
use super::track::{Layer, Track};
use super::voices::Loudness;
use super::way::Way;
use super::{From, Listening, Refused};
use crate::limits::{ADDRESSES, LAYERS, PACKETS, PADDING, RESEND_PACKETS, RESEND_SHARE, RESEND_TIME};

/// Where bandwidth estimation begins: enough for voices and a small picture.
const FIRST_ESTIMATE: u64 = 600_000;

/// And where it begins anew at the least.
const LEAST_ESTIMATE: u64 = 5_000;

/// Bits a second that voices are counted with.
pub const VOICE_RATE: u64 = 40_000;

/// An estimate that stays the same for so long does not look for more any longer.
const STAYS: Duration = Duration::from_secs(6);

/// Of a voice, one packet in so many goes by `str0m`, which tells the receiver by it what its reports are about: as often as
/// it reports. With none, nobody would be told when a voice was spoken.
const LONG_WAY: u64 = 250;

/// And the first ones, three seconds of the first slot in which anybody is heard: with them it begins to be found out what goes
/// through. Of all slots it would be seconds of the relay's processor where hundreds begin to speak at once.
const SHORT_FROM: u64 = super::slot::FIRST + 150;

/// Of every slot the first, with which `str0m` knows of it.
const KNOWN_FROM: u64 = super::slot::FIRST + 1;

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
    /// Bits a second that go through to it, as far as known.
    pub estimate: Option<u64>,
    /// What that was, within a twentieth, and since when.
    stays: Option<(u64, Instant)>,
    /// When the way to it was found to be full last, and what goes through since.
    pub full: Option<(Instant, u64)>,
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
    /// The first stream in which it hears anybody.
    finds_out: Option<Ssrc>,
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
    sealer: Option<Sealer>,
    /// Where `str0m` sent to last, and from; `None` since it was heard from elsewhere.
    route: Option<Route>,
    /// Payload types that it understands, by [`Codec`].
    payload_types: [Option<Pt>; CODECS],
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

#[derive(Clone, Copy, PartialEq, Eq)]
struct Route {
    proto: Protocol,
    source: SocketAddr,
    destination: SocketAddr,
}

/// What came of polling.
pub enum Happened {
    /// To be sent.
    Send(Transmit),
    /// Media came.
    Media(Media),
    /// A receiver cannot decode what is in a slot.
    Lost(Mid),
    /// Bandwidth, or the connection's state, changed.
    Changed,
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
        let made =
            catch_unwind(AssertUnwindSafe(|| negotiate(core, &offer.text, listening, certificate, now)));
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
            estimate: None,
            stays: None,
            full: None,
            shrunk: None,
            grown: None,
            patience: Duration::ZERO,
            dirty: false,
            unpolled: false,
            voices_alone: true,
            finds_out: None,
            numbers: Numbers::new(&offer.text),
            own: Streams::new(agreed.clone()),
            way: Way::new(&offer.text, agreed.clone(), now),
            ear: offer.voice.map(|ssrc| Ear::new(ssrc, &offer.text, agreed.clone(), now)),
            media: Budget::new(PACKETS, now),
            padding: Budget::new(PADDING, now),
            agreed,
            sealer: None,
            route: None,
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
        if matches!(added.direction, Direction::SendOnly | Direction::SendRecv) {
            let mut direct = self.rtc.direct_api();
            let Some(stream) = direct.stream_tx_by_mid(added.mid, None) else { return };
            if !is_sound {
                // What does not fit is left out before it gets here. What waited here would come too late, and once the way
                // is found to be full it would fill that for seconds.
                stream.set_unpaced(true);
                stream.set_rtx_cache(RESEND_PACKETS, RESEND_TIME, Some(RESEND_SHARE));
            }
            let ssrc = stream.ssrc();
            self.slots.push(Slot::new(added.mid, ssrc, is_sound));
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
        // Where it is sent to now may change, and `str0m` says to where.
        self.route = None;
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
        let route = self.route.filter(|_| self.connected)?;
        let rtc = &mut self.rtc;
        let contents = self.ear.as_mut()?.report(now, || *rtc.direct_api().new_ssrc())?;
        Some(route.with(contents))
    }

    /// Takes a packet in. `false`: it cannot go on.
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
    pub fn poll(&mut self, now: Instant) -> Happened {
        loop {
            let event = match guarded(|| self.rtc.poll_output()) {
                Some(Ok(Output::Transmit(transmit))) => {
                    self.note_route(&transmit);
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
                Event::EgressBitrateEstimate(BweKind::Twcc { estimate, .. }) => {
                    let estimate = estimate.as_u64();
                    self.estimate = Some(estimate);
                    if self.stays.is_none_or(|(before, _)| estimate.abs_diff(before) > before / 20) {
                        self.stays = Some((estimate, now));
                    }
                    return Happened::Changed;
                }
                // Told when the connection is there, in the order of the offer.
                Event::MediaAdded(added) => {
                    self.add(added);
                    return Happened::Opened;
                }
                Event::Connected => {
                    self.connected = true;
                    self.sealer = Sealer::new(&self.agreed);
                    return Happened::Changed;
                }
                Event::Closed => return Happened::Over,
                _ => {}
            }
        }
    }

    /// Answers to STUN go wherever it came from; all else where the connection is.
    fn note_route(&mut self, transmit: &Transmit) {
        let route =
            Route { proto: transmit.proto, source: transmit.source, destination: transmit.destination };
        if self.route != Some(route) && transmit.contents.first().is_some_and(|first| *first >= 20) {
            self.route = Some(route);
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
        let found = self.payload_types.iter().position(|pt| *pt == Some(packet.payload_type))?;
        [Codec::Opus, Codec::Vp9, Codec::Vp8].get(found).copied()
    }

    /// Sends a packet of somebody else's in a slot: gives it back ready to be sent, or has it sent when it is woken.
    pub fn write(
        &mut self,
        ssrc: Ssrc,
        codec: Codec,
        number: u64,
        time: u32,
        packet: &Media,
    ) -> Option<Transmit> {
        let pt = self.payload_types[codec as usize]?;
        let finds_out = codec == Codec::Opus && *self.finds_out.get_or_insert(ssrc) == ssrc;
        if codec == Codec::Opus
            && number >= if finds_out { SHORT_FROM } else { KNOWN_FROM }
            && !number.is_multiple_of(LONG_WAY)
            && self.seals_voices()
            && let (Some(sealer), Some(route)) = (&mut self.sealer, self.route)
        {
            let marker = packet.marker;
            let header = Header { marker, payload_type: *pt, number, time, ssrc: *ssrc };
            return Some(route.with(sealer.seal(header, &packet.payload)?));
        }
        self.hand_over(pt, ssrc, codec, number, time, packet);
        None
    }

    /// Has `str0m` send a packet when it is woken.
    fn hand_over(&mut self, pt: Pt, ssrc: Ssrc, codec: Codec, number: u64, time: u32, packet: &Media) {
        let mut direct = self.rtc.direct_api();
        let Some(stream) = direct.stream_tx(&ssrc) else { return };
        let mut write = RtpWrite::new(pt, number.into(), time, packet.at, packet.payload.clone())
            .marker(packet.marker)
            .nackable(codec != Codec::Opus);
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
        let ssrc = self.slots[slot].ssrc;
        if let Some(stream) = self.rtc.direct_api().stream_tx(&ssrc) {
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

    /// Whether voices go out past `str0m`, and so past the estimate of what goes through.
    pub fn seals_voices(&self) -> bool {
        self.sealer.is_some() && self.voices_alone
    }

    /// Whether it waits for nothing but to look at an estimate that nothing is sent by, which it does 40 times a second. Only
    /// where no pictures are in its room: what is asked for and sent again hangs on these looks too.
    pub fn idles(&self) -> bool {
        let reason = self.rtc.last_timeout_reason();
        let looks = matches!(reason, Reason::BweDelayControl | Reason::Pacer(PacerReason::Handle));
        looks && self.voices_alone
    }

    /// A packet of `str0m`'s goes out to it.
    pub fn note_sent(&mut self, transmit: &Transmit, now: Instant) {
        if !self.voices_alone {
            self.way.sends(&transmit.contents, now);
        }
    }

    /// A packet came in its name that may tell of the way to it. Whether that is found to be full: then the estimate begins
    /// anew, with a little less than what goes through, so that what waits comes through too.
    pub fn hear_of_way(&mut self, packet: &[u8], now: Instant) -> bool {
        if self.voices_alone {
            return false;
        }
        let Some(through) = self.way.hears(packet, now) else { return false };
        let estimate = through * 17 / 20;
        self.full = Some((now, estimate));
        self.want_bandwidth(0, 0);
        // Voices go out whatever it is; of padding there is none below it.
        let left = estimate.saturating_sub(self.voices() * VOICE_RATE).max(LEAST_ESTIMATE);
        self.rtc.bwe().reset(Bitrate::from(left));
        true
    }

    /// How many voices come to it as part of what is estimated.
    pub fn voices(&self) -> u64 {
        if self.seals_voices() {
            return 0;
        }
        self.slots.iter().filter(|slot| slot.is_sound && slot.source.is_some()).count() as u64
    }

    /// Of every hundred packets to it, how many are lost by the way; `None`: it may be full, or that is not known.
    pub fn loses(&self, now: Instant) -> Option<usize> {
        self.way.loses(now)
    }

    /// The estimate begins anew with what it is, if it stayed the same for long: `str0m` holds one that fell again and
    /// again for up to a minute, whatever goes through.
    pub fn free_estimate(&mut self, now: Instant) {
        let Some((estimate, since)) = &mut self.stays else { return };
        if now.saturating_duration_since(*since) >= STAYS {
            *since = now;
            let estimate = Bitrate::from(*estimate);
            self.rtc.bwe().reset(estimate);
        }
    }

    /// Says how much would be sent if it went through, so that it is tried.
    pub fn want_bandwidth(&mut self, next: u64, wished: u64) {
        self.rtc.bwe().set_bitrate(Bitrate::from(next), Bitrate::from(wished));
    }
}

impl Route {
    fn with(self, contents: Vec<u8>) -> Transmit {
        let Self { proto, source, destination } = self;
        Transmit { proto, source, destination, contents: contents.into() }
    }
}

fn negotiate(
    core: u8,
    offer: &str,
    listening: &[Listening],
    certificate: &DtlsCert,
    now: Instant,
) -> Result<(Rtc, Agreed, String, String), Refused> {
    let offer =
        SdpOffer::from_sdp_string(offer).map_err(|_| Refused::Offer("the offer is not well-formed"))?;
    let mut creds = IceCreds::new();
    // Any thread of the relay sees whose it is.
    creds.ufrag.insert_str(0, &format!("{core:02x}"));
    let user = creds.ufrag.clone();
    let mut config = Rtc::builder()
        .set_ice_lite(true)
        .set_rtp_mode(true)
        .set_crypto_provider(Arc::new(srtp::provider()))
        .set_local_ice_credentials(creds)
        .set_dtls_cert(certificate.clone())
        .clear_codecs()
        .enable_opus(true, false)
        .enable_vp8(true)
        .enable_bwe(Some(Bitrate::from(FIRST_ESTIMATE)));
    config.codec_config().add_config(
        98.into(),
        Some(99.into()),
        str0m::format::Codec::Vp9,
        str0m::media::Frequency::NINETY_KHZ,
        None,
        str0m::format::FormatParams { profile_id: Some(0), ..Default::default() },
    );
    let mut rtc = config.build(now);
    let agreed = srtp::last_made();
    for place in listening {
        rtc.add_local_candidate(place.candidate()?);
    }
    let answer = rtc.sdp_api().accept_offer(offer).map_err(|error| {
        tracing::debug!(%error, "an offer was refused");
        Refused::Offer("the offer cannot be used")
    })?;
    Ok((rtc, agreed, answer.to_sdp_string(), user))
}

impl Listening {
    fn candidate(&self) -> Result<Candidate, Refused> {
        let made = match self.protocol {
            Protocol::Tcp => {
                Candidate::builder().tcp().host(self.address).tcptype(str0m::net::TcpType::Passive).build()
            }
            _ => Candidate::host(self.address, "udp"),
        };
        made.map_err(|_| Refused::Address)
    }
}

fn payload_types(params: &[PayloadParams]) -> [Option<Pt>; CODECS] {
    let mut types = [None; CODECS];
    for param in params {
        if let Some(codec) = Codec::of(param.spec().codec) {
            types[codec as usize].get_or_insert(param.pt());
        }
    }
    types
}

/// A fault while a participant's bytes are handled ends that participant, not the calls of all others.
fn guarded<T>(act: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(act)).ok()
}
