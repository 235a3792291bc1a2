//! A participant for tests and measurements: makes the offer that a client makes, and sends and takes packets. Without
//! sockets and clock, like the core; [`caller`] has both. [`line`]: a bad network between
//! them. [`forge`]: what a hostile one sends.

pub mod caller;
pub mod forge;
pub mod line;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use casemate_rtp::srtp::{self, Agreed, ReportOpener};
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::format::Codec;
use str0m::media::{
    Direction, Frequency, KeyframeRequestKind, MediaKind, Mid, Pt, Rid, Simulcast, SimulcastLayer,
};
use str0m::net::{Protocol, Receive, Transmit};
use str0m::rtp::{ExtensionValues, RtpPacket, RtpWrite};
use str0m::stats::MediaEgressStats;
use str0m::{Candidate, Event, Input, Output, Rtc, RtcError};

/// What a peer offers.
#[derive(Debug, Clone, Copy)]
pub struct Offered {
    /// Layers of its camera: 0 has none, 1 has no simulcast, else two.
    pub camera_layers: usize,
    /// Whether it shares a screen.
    pub screen: bool,
    /// Whether it shares a screen's sound.
    pub screen_sound: bool,
    /// Slots for sound.
    pub sounds: usize,
    /// Slots for pictures.
    pub pictures: usize,
}

impl Offered {
    /// A voice, and slots for eight.
    pub const VOICE: Self =
        Self { camera_layers: 0, screen: false, screen_sound: false, sounds: 8, pictures: 0 };
    /// Voice and simulcast camera, and slots for all of a client.
    pub const VIDEO: Self = Self { camera_layers: 2, pictures: 12, ..Self::VOICE };
}

/// Which of its own streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// The microphone.
    Voice,
    /// The camera's small or large layer; the small one where there is no simulcast.
    Camera {
        /// The large one.
        large: bool,
    },
    /// The shared screen.
    Screen,
    /// What that sounds like.
    ScreenSound,
}

/// See the module.
pub struct Peer {
    rtc: Rtc,
    pending: Option<SdpPendingOffer>,
    voice: Mid,
    camera: Option<Mid>,
    layers: usize,
    screen: Option<Mid>,
    screen_sound: Option<Mid>,
    slots: Vec<Mid>,
    counts: [(u64, u32); STREAMS],
    deadline: Instant,
    connected: bool,
    asked: u64,
    came: Vec<Came>,
    sends: Vec<Transmit>,
    agreed: Agreed,
    /// Whether the offer was the other side's, and its media lines that this one is to send in.
    answering: bool,
    answered: Vec<Mid>,
    /// The first packets that it sent: what its handshakes were.
    kept: Vec<Vec<u8>>,
    /// Of which of its streams what is lost is sent again however much it is.
    resends: [bool; STREAMS],
    told: Option<MediaEgressStats>,
}

/// A packet that came in a slot.
#[derive(Debug)]
pub struct Came {
    /// Which slot, in the order of the offer: first sounds, then pictures.
    pub slot: usize,
    /// When.
    pub at: Instant,
    /// The packet.
    pub packet: RtpPacket,
}

/// What a peer may send: the kinds of [`Stream`], of the camera two.
const STREAMS: usize = 5;

/// What is kept to be sent again.
const RESEND_PACKETS: usize = 512;
const RESEND_TIME: Duration = Duration::from_secs(2);

/// What came of reports is looked at so often.
const STATISTICS: Duration = Duration::from_secs(1);

/// Handshakes have so many packets at most, and some answers.
const KEPT: usize = 64;

const LARGE: &str = "h";
const SMALL: &str = "l";

impl Peer {
    /// A peer at a local address, and its offer.
    pub fn new(local: SocketAddr, protocol: Protocol, offered: Offered, now: Instant) -> (Self, String) {
        let mut rtc = rtc(local, protocol, now);
        let agreed = srtp::last_made();
        let mut changes = rtc.sdp_api();
        let voice = changes.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None);
        let camera = (offered.camera_layers > 0).then(|| {
            let simulcast = (offered.camera_layers > 1).then(|| {
                let mut layers = Simulcast::new();
                layers.add_send_layer(SimulcastLayer::new(SMALL));
                layers.add_send_layer(SimulcastLayer::new(LARGE));
                layers
            });
            changes.add_media(MediaKind::Video, Direction::SendOnly, None, None, simulcast)
        });
        let screen = offered.screen.then(|| {
            if camera.is_none() {
                // The first picture that is sent is the camera's, also where there is none.
                changes.add_media(MediaKind::Video, Direction::SendOnly, None, None, None);
            }
            changes.add_media(MediaKind::Video, Direction::SendOnly, None, None, None)
        });
        // The second sound that is sent is the screen's.
        let screen_sound = offered
            .screen_sound
            .then(|| changes.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None));
        let sounds = (0..offered.sounds).map(|_| MediaKind::Audio);
        let slots: Vec<Mid> = sounds
            .chain((0..offered.pictures).map(|_| MediaKind::Video))
            .map(|kind| changes.add_media(kind, Direction::RecvOnly, None, None, None))
            .collect();
        let (offer, pending) = changes.apply().expect("media were added");
        let peer = Self {
            rtc,
            pending: Some(pending),
            voice,
            camera,
            layers: offered.camera_layers,
            screen,
            screen_sound,
            slots,
            counts: [(1, 0); STREAMS],
            deadline: now,
            connected: false,
            asked: 0,
            came: Vec::new(),
            sends: Vec::new(),
            agreed,
            answering: false,
            answered: Vec::new(),
            kept: Vec::new(),
            resends: [false; STREAMS],
            told: None,
        };
        (peer, offer.to_sdp_string())
    }

    /// A peer that answers an offer, and sends nothing: as other programs than ours want it.
    pub fn answering(local: SocketAddr, offer: &str, now: Instant) -> Result<(Self, String), RtcError> {
        let receives = Offered { sounds: 0, ..Offered::VOICE };
        let (mut peer, _) = Self::new(local, Protocol::Udp, receives, now);
        peer.rtc = rtc(local, Protocol::Udp, now);
        peer.agreed = srtp::last_made();
        peer.answering = true;
        let offer =
            SdpOffer::from_sdp_string(offer).map_err(|error| RtcError::RemoteSdp(error.to_string()))?;
        let answer = peer.rtc.sdp_api().accept_offer(offer)?;
        peer.pending = None;
        peer.poll(now);
        Ok((peer, answer.to_sdp_string()))
    }

    /// Takes the relay's answer.
    pub fn accept(&mut self, answer: &str) -> Result<(), RtcError> {
        let answer =
            SdpAnswer::from_sdp_string(answer).map_err(|error| RtcError::RemoteSdp(error.to_string()))?;
        let pending = self.pending.take().expect("an offer is answered once");
        self.rtc.sdp_api().accept_answer(pending, answer)
    }

    /// A packet came.
    pub fn receive(
        &mut self,
        protocol: Protocol,
        from: SocketAddr,
        to: SocketAddr,
        bytes: &[u8],
        now: Instant,
    ) {
        if let Ok(receive) = Receive::new(protocol, from, to, bytes) {
            let _ = self.rtc.handle_input(Input::Receive(now, receive));
        }
        self.poll(now);
    }

    /// Its time has come.
    pub fn wake(&mut self, now: Instant) {
        let _ = self.rtc.handle_input(Input::Timeout(now));
        self.poll(now);
    }

    /// Sends a frame in one packet; pictures begin with a VP9 descriptor, which says whether it begins anew.
    pub fn send(&mut self, stream: Stream, frame: &[u8], begins: bool, level: Option<i8>, now: Instant) {
        let (mid, rid, codec, count, clock) = match stream {
            Stream::Voice => (Some(self.voice), None, Codec::Opus, 0, 48),
            Stream::Screen => (self.screen, None, Codec::Vp9, 3, 90),
            Stream::ScreenSound => (self.screen_sound, None, Codec::Opus, 4, 48),
            Stream::Camera { large } => {
                let rid = (self.layers > 1).then(|| Rid::from(if large { LARGE } else { SMALL }));
                (self.camera, rid, Codec::Vp9, 1 + usize::from(large), 90)
            }
        };
        let Some(mid) = mid else { return };
        let Some(pt) = self.payload_type(codec) else { return };
        let payload: Vec<u8> = match codec {
            Codec::Opus => frame.to_vec(),
            // RFC 9628 §4.2: a whole frame; predicted, unless it begins anew.
            _ => [&[if begins { 0x0c } else { 0x4c }], frame].concat(),
        };
        let (number, time) = &mut self.counts[count];
        let (this, at) = (*number, *time);
        *number += 1;
        *time = time.wrapping_add(clock * 20);
        let mut direct = self.rtc.direct_api();
        let Some(out) = direct.stream_tx_by_mid(mid, rid) else { return };
        if !std::mem::replace(&mut self.resends[count], true) {
            // As browsers do, which have no such limit.
            out.set_rtx_cache(RESEND_PACKETS, RESEND_TIME, None);
        }
        let values = ExtensionValues {
            audio_level: level,
            voice_activity: level.map(|_| true),
            mid: Some(mid),
            rid,
            ..Default::default()
        };
        out.write_rtp(
            RtpWrite::new(pt, this.into(), at, now, payload)
                .marker(true)
                .ext_vals(values)
                .nackable(codec != Codec::Opus),
        );
        self.poll(now);
    }

    /// Asks for a key frame of what is in a slot.
    pub fn ask_key_frame(&mut self, slot: usize, now: Instant) {
        let mut direct = self.rtc.direct_api();
        if let Some(stream) = direct.stream_rx_by_mid(self.slots[slot], None) {
            stream.request_keyframe(KeyframeRequestKind::Pli);
        }
        self.poll(now);
    }

    /// Begins SCTP, which nobody agreed on.
    pub fn begin_sctp(&mut self, now: Instant) {
        self.rtc.direct_api().start_sctp(true);
        self.wake(now);
    }

    /// What is to be sent.
    pub fn sends(&mut self) -> std::vec::Drain<'_, Transmit> {
        self.sends.drain(..)
    }

    /// What came since this was asked last.
    pub fn came(&mut self) -> std::vec::Drain<'_, Came> {
        self.came.drain(..)
    }

    /// When it is to be woken.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Whether media can flow.
    pub fn is_connected(&self) -> bool {
        self.connected
    }

    /// Key frames that it was asked for.
    pub fn asked(&self) -> u64 {
        self.asked
    }

    /// What it was told last of how its voice comes.
    pub fn told(&self) -> Option<&MediaEgressStats> {
        self.told.as_ref()
    }

    /// Its name in STUN.
    pub fn user(&mut self) -> String {
        self.rtc.direct_api().local_ice_credentials().ufrag
    }

    /// A report that it was sent, as it was before it was sealed.
    pub fn opened(&self, report: &[u8]) -> Option<Vec<u8>> {
        ReportOpener::new(&self.agreed)?.open(report)
    }

    /// What it sends or could, by its numbers; of an answering one in the order of the offer.
    pub fn ssrcs(&mut self) -> Vec<u32> {
        let mids = [Some(self.voice), self.camera, self.screen, self.screen_sound];
        let mut direct = self.rtc.direct_api();
        let mut ssrcs = Vec::new();
        for mid in mids.into_iter().flatten().chain(self.answered.iter().copied()) {
            for rid in [None, Some(Rid::from(SMALL)), Some(Rid::from(LARGE))] {
                ssrcs.extend(direct.stream_tx_by_mid(mid, rid).map(|stream| *stream.ssrc()));
            }
        }
        ssrcs.dedup();
        ssrcs
    }

    fn payload_types(&self) -> Vec<u8> {
        let params = self.rtc.codec_config().params().iter();
        params.flat_map(|param| [Some(param.pt()), param.resend()]).flatten().map(|pt| *pt).collect()
    }

    fn mids(&self) -> Vec<String> {
        let mids = [Some(self.voice), self.camera, self.screen, self.screen_sound];
        mids.into_iter()
            .flatten()
            .chain(self.slots.iter().chain(&self.answered).copied())
            .map(|mid| mid.to_string())
            .collect()
    }

    fn payload_type(&self, codec: Codec) -> Option<Pt> {
        let params = self.rtc.codec_config().params().iter();
        let mut those = params.filter(|param| param.spec().codec == codec);
        those.next().map(|param| param.pt())
    }

    fn poll(&mut self, now: Instant) {
        loop {
            match self.rtc.poll_output() {
                Ok(Output::Transmit(transmit)) => {
                    if self.kept.len() < KEPT {
                        self.kept.push(transmit.contents.to_vec());
                    }
                    self.sends.push(transmit);
                }
                Ok(Output::Timeout(at)) => {
                    self.deadline = at;
                    return;
                }
                Ok(Output::Event(event)) => self.event(event, now),
                Err(_) => return,
            }
        }
    }

    fn event(&mut self, event: Event, now: Instant) {
        match event {
            Event::Connected => self.connected = true,
            Event::MediaAdded(added) if added.direction == Direction::RecvOnly => self.slots.push(added.mid),
            Event::MediaAdded(added) if self.answering && added.direction == Direction::SendOnly => {
                self.answered.push(added.mid);
            }
            Event::KeyframeRequest(_) => self.asked += 1,
            Event::MediaEgressStats(told) if told.mid == self.voice && told.loss.is_some() => {
                self.told = Some(told);
            }
            // Without padding there is nothing in some.
            Event::RtpPacket(packet) if !packet.payload.is_empty() => {
                let mut direct = self.rtc.direct_api();
                let Some(mid) = direct.stream_rx(&packet.header.ssrc).map(|stream| stream.mid()) else {
                    return;
                };
                if let Some(slot) = self.slots.iter().position(|slot| *slot == mid) {
                    self.came.push(Came { slot, at: now, packet });
                }
            }
            _ => {}
        }
    }
}

fn rtc(local: SocketAddr, protocol: Protocol, now: Instant) -> Rtc {
    let builder = Rtc::builder()
        .set_crypto_provider(Arc::new(srtp::provider()))
        .set_rtp_mode(true)
        .set_stats_interval(Some(STATISTICS))
        .clear_codecs()
        .enable_opus(true, false)
        .enable_vp9(true);
    let mut rtc = builder.build(now);
    let candidate = match protocol {
        Protocol::Tcp => Candidate::builder().tcp().host(local).tcptype(str0m::net::TcpType::Active).build(),
        _ => Candidate::host(local, "udp"),
    };
    rtc.add_local_candidate(candidate.expect("a test's address is one"));
    rtc
}

/// So that tests need not name `str0m`.
pub use str0m::net::Protocol as PeerProtocol;

/// Ticks a second of what peers send as pictures.
pub const PICTURE_CLOCK: Frequency = Frequency::NINETY_KHZ;
