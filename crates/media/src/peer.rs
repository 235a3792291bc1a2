//! A participant of a call without sockets and clock: one offer, one answer, no renegotiation.
//!
//! ```text
//! offer ──▶ (engine, server, relay) ──▶ answer ──▶ Connected ──(nothing heard for 2 s, nothing answered for 5 s)──▶ Lost ──▶ offer …
//! ```
//! The offer has this device's sound and pictures and empty slots for those of others; who is in a slot is said by the
//! frames themselves, sealed (`casemate_crypto::call`), never by a session description. What comes is hostile: the relay
//! may write anything, members anything inside their own frames. Whatever is wrong gives no sound and no picture.
//!
//! Keys outlive the connection: a peer that joins anew goes on counting.

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use casemate_crypto::call::Keys;
use casemate_crypto::call::{Frames, Opened, Track};
use casemate_rtp::numbers::Numbers;
use casemate_rtp::records;
use casemate_rtp::srtp::{self, Agreed};
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::format::Codec;
use str0m::media::{Direction, KeyframeRequestKind, MediaKind, Mid, Pt};
use str0m::net::{Protocol, Receive, TcpType, Transmit};
use str0m::rtp::{ExtensionValues, RtpPacket, RtpWrite};
use str0m::{Candidate, Event, IceConnectionState, Input, Output, Rtc, RtcConfig, RtcError};

use crate::vp9::{Depacketizer, Packetizer};
use gaps::Gaps;
use streams::{Streams, Taken};
pub use ways::{Over, Way, relay_ways};

mod gaps;
mod streams;
mod ways;

/// Voices that are heard at once.
const SOUNDS: usize = 8;

/// Pictures that come at once: as many as the page shows, so that each of eight sees all others. More is more to receive and to open.
const PICTURES: usize = 12;

/// A relay that says nothing for so long is gone: it answers signs of life twice a second.
const SILENCE: Duration = Duration::from_secs(2);

/// A relay that answers no sign of life for so long hears nothing, though media may still come: in ten more seconds it would put this one
/// out. `str0m` waits longer where the relay's own questions come.
const UNANSWERED: Duration = Duration::from_secs(5);

/// A relay that does not come to be reached in so long is not there.
const REACHING: Duration = Duration::from_secs(4);

/// Between signs of life.
const LIFE: Duration = Duration::from_millis(500);

/// How a STUN binding success response begins (RFC 8489 §5).
const BINDING_SUCCESS: [u8; 2] = [0x01, 0x01];

/// Pictures are kept to be sent again: packets, and for how long. What may be sent again, of all that is sent: more than a
/// fifth, or where a fifth is lost all of it would stay so.
const RESEND_PACKETS: usize = 512;
const RESEND_TIME: Duration = Duration::from_secs(2);
const RESEND_SHARE: f32 = 0.5;

/// Key frames are asked for at most so often for each slot.
const KEY_FRAMES: Duration = Duration::from_secs(1);

/// Why a peer cannot be, or take an answer.
#[derive(Debug, thiserror::Error)]
pub enum BadPeer {
    /// The WebRTC library refused.
    #[error("the call's media cannot be set up: {0}")]
    Rtc(#[from] RtcError),
    /// The answer is none, or to no offer.
    #[error("the relay's answer cannot be used")]
    Answer,
    /// Keys of a conversation too large, or the like.
    #[error("frames cannot be sealed: {0}")]
    Seal(#[from] casemate_crypto::CryptoError),
}

/// What is to be done, or happened.
#[derive(Debug)]
pub enum Polled {
    /// Send a datagram.
    Send(Transmit),
    /// A member's frame.
    Frame {
        /// What it says, and whose it is.
        frame: Opened,
        /// Packets before it that the relay sent and that did not come; below zero where some came after all.
        missing: i64,
    },
    /// The relay was reached: frames can be sent.
    Connected,
    /// It is gone: make another offer.
    Lost,
    /// Somebody needs a whole picture.
    KeyWanted,
    /// Nothing until then.
    Wait(Instant),
}

/// See the module.
pub struct Peer {
    start: Instant,
    frames: Frames,
    line: Option<Line>,
    sound: Stream,
    picture: Stream,
    /// Pictures of others that come at once.
    shown: usize,
    packetizer: Packetizer,
    refused: u64,
}

/// A connection to a relay, or what will be one.
struct Line {
    rtc: Rtc,
    over: Protocol,
    numbers: Numbers,
    agreed: Agreed,
    streams: Option<Streams>,
    pending: Option<SdpPendingOffer>,
    voice: Mid,
    camera: Mid,
    sounds: Vec<(Mid, Gaps)>,
    pictures: Vec<Slot>,
    connected: bool,
    /// When something came last; before that, when the answer did.
    heard: Option<Instant>,
    /// When the relay answered a sign of life last.
    answered: Instant,
    lost: bool,
}

struct Slot {
    mid: Mid,
    gaps: Gaps,
    depacketizer: Depacketizer,
    asked: Option<Instant>,
}

/// Numbers of what goes out, on one connection: who receives knows only the lower sixteen bits at first.
#[derive(Default)]
struct Stream {
    number: u64,
    time: u32,
    since: Option<Instant>,
}

impl Peer {
    /// A peer that has offered nothing yet. `joining` is random, and in the KID of every frame.
    pub fn new(keys: Keys, joining: u32, now: Instant) -> Self {
        str0m::crypto::from_feature_flags().install_process_default();
        Self {
            start: now,
            frames: Frames::new(keys, joining, 0),
            line: None,
            sound: Stream::default(),
            picture: Stream::default(),
            shown: PICTURES,
            packetizer: Packetizer::default(),
            refused: 0,
        }
    }

    /// One to which no pictures come: where nobody looks at them they only fill a narrow way.
    #[must_use]
    pub fn without_pictures(self) -> Self {
        Self { shown: 0, ..self }
    }

    /// A new connection's offer, without any address. What there was of an older one is gone.
    ///
    /// # Errors
    /// Where the library makes none.
    pub fn offer(&mut self, now: Instant) -> Result<String, BadPeer> {
        let mut config: RtcConfig =
            Rtc::builder().set_rtp_mode(true).clear_codecs().enable_opus(true, false).enable_vp9(true);
        config.set_initial_stun_rto(LIFE / 2);
        config.set_max_stun_rto(LIFE);
        let mut rtc = config.set_crypto_provider(Arc::new(srtp::provider())).build(now);
        let agreed = srtp::last_made();
        let mut changes = rtc.sdp_api();
        let mut add = |kind, direction| changes.add_media(kind, direction, None, None, None);
        let voice = add(MediaKind::Audio, Direction::SendOnly);
        let camera = add(MediaKind::Video, Direction::SendOnly);
        let sounds =
            (0..SOUNDS).map(|_| (add(MediaKind::Audio, Direction::RecvOnly), Gaps::default())).collect();
        let slot =
            |mid| Slot { mid, gaps: Gaps::default(), depacketizer: Depacketizer::default(), asked: None };
        let pictures = (0..self.shown).map(|_| slot(add(MediaKind::Video, Direction::RecvOnly))).collect();
        let (offer, pending) = changes.apply().ok_or(BadPeer::Answer)?;
        (self.sound, self.picture) = (Stream::default(), Stream::default());
        let offer = offer.to_sdp_string();
        self.line = Some(Line {
            rtc,
            over: Protocol::Udp,
            numbers: Numbers::new(&offer),
            agreed,
            streams: None,
            pending: Some(pending),
            voice,
            camera,
            sounds,
            pictures,
            connected: false,
            heard: None,
            answered: self.start,
            lost: false,
        });
        Ok(without_addresses(&offer))
    }

    /// The relay's answer, reached from a local address in this way.
    ///
    /// # Errors
    /// Where it is none: the offer is over then.
    pub fn answer(
        &mut self,
        answer: &str,
        local: SocketAddr,
        over: Over,
        now: Instant,
    ) -> Result<(), BadPeer> {
        let line = self.line.as_mut().ok_or(BadPeer::Answer)?;
        let pending = line.pending.take().ok_or(BadPeer::Answer)?;
        line.streams = Some(Streams::new(answer, line.agreed.clone()));
        let answer = SdpAnswer::from_sdp_string(answer).map_err(|_| BadPeer::Answer)?;
        let candidate = match over {
            Over::Udp => Candidate::host(local, "udp"),
            Over::Tcp => Candidate::builder().tcp().host(local).tcptype(TcpType::Active).build(),
        };
        line.over = over.into();
        line.rtc.add_local_candidate(candidate.map_err(|_| BadPeer::Answer)?);
        line.rtc.sdp_api().accept_answer(pending, answer)?;
        if let Some(stream) = line.rtc.direct_api().stream_tx_by_mid(line.camera, None) {
            stream.set_rtx_cache(RESEND_PACKETS, RESEND_TIME, Some(RESEND_SHARE));
        }
        line.heard = Some(now);
        Ok(())
    }

    /// A datagram came.
    pub fn receive(&mut self, from: SocketAddr, to: SocketAddr, bytes: &[u8], now: Instant) {
        let Some(line) = &mut self.line else { return };
        if has_data(bytes) || !line.numbers.takes(bytes) {
            return;
        }
        match line.streams.as_mut().map(|streams| streams.takes(bytes, now)) {
            Some(Taken::In) => {}
            Some(Taken::Broken) => return line.lost = true,
            Some(Taken::Not) | None => return,
        }
        let Ok(receive) = Receive::new(line.over, from, to, bytes) else { return };
        let input = Input::Receive(now, receive);
        // What is not of the relay's connection is no sign of life.
        if !line.rtc.accepts(&input) {
            return;
        }
        // What is refused is lost and nothing else. Where the connection is truly broken, polling says so.
        if line.guarded(|rtc| rtc.handle_input(input)).is_some_and(|taken| taken.is_ok()) {
            line.heard = Some(now);
            if bytes.starts_with(&BINDING_SUCCESS) {
                line.answered = now;
            }
        }
    }

    /// The way to the relay broke.
    pub fn breaks(&mut self) {
        if let Some(line) = &mut self.line {
            line.lost = true;
        }
    }

    /// Its time has come.
    pub fn wake(&mut self, now: Instant) {
        if let Some(line) = &mut self.line
            && line.guarded(|rtc| rtc.handle_input(Input::Timeout(now))).is_some_and(|woken| woken.is_err())
        {
            line.lost = true;
        }
    }

    /// What is to be done next. Called until it says [`Polled::Wait`].
    pub fn poll(&mut self, now: Instant) -> Polled {
        loop {
            let Some(line) = &mut self.line else { return Polled::Wait(now + LIFE) };
            let patience = if line.connected { SILENCE } else { REACHING };
            let gone = line.heard.is_some_and(|heard| now >= heard + patience);
            let unanswered = line.connected && now >= line.answered + UNANSWERED;
            if line.lost || gone || unanswered || !line.rtc.is_alive() {
                self.line = None;
                return Polled::Lost;
            }
            let mut latest = line.heard.map_or(now + LIFE, |heard| heard + patience);
            if line.connected {
                latest = latest.min(line.answered + UNANSWERED);
            }
            let event = match line.guarded(Rtc::poll_output) {
                Some(Ok(Output::Transmit(transmit))) => return Polled::Send(transmit),
                Some(Ok(Output::Timeout(at))) => return Polled::Wait(at.min(latest)),
                Some(Ok(Output::Event(event))) => event,
                Some(Err(_)) | None => {
                    line.lost = true;
                    continue;
                }
            };
            match event {
                Event::Connected => {
                    (line.connected, line.answered) = (true, now);
                    return Polled::Connected;
                }
                // `str0m` asks no longer by itself.
                Event::IceConnectionStateChange(IceConnectionState::Disconnected) if line.connected => {
                    line.lost = true;
                }
                Event::KeyframeRequest(_) => return Polled::KeyWanted,
                Event::RtpPacket(packet) => {
                    if let Some((frame, missing)) = self.packet(&packet, now) {
                        return Polled::Frame { frame, missing };
                    }
                }
                _ => {}
            }
        }
    }

    /// Sends 20 ms of sound. `level` says how loud it is (RFC 6464: 0 the loudest, 127 silence): in a large room the relay chooses by
    /// it who is heard, and goes no further with it.
    ///
    /// # Errors
    /// Where the frame cannot be sealed.
    pub fn send_sound(&mut self, frame: &[u8], level: u8, now: Instant) -> Result<(), BadPeer> {
        let now_ms = self.millis(now);
        let Some(line) = self.line.as_mut().filter(|line| line.connected) else { return Ok(()) };
        let sealed = self.frames.seal(Track::Audio, frame, now_ms)?;
        let (number, time) = self.sound.next(now, 48);
        line.write(line.voice, Codec::Opus, number, time, true, sealed, Some(level), now);
        Ok(())
    }

    /// Sends a frame of pictures. `key`: it can be shown without any before it.
    ///
    /// # Errors
    /// Where the frame cannot be sealed.
    pub fn send_picture(&mut self, frame: &[u8], key: bool, now: Instant) -> Result<(), BadPeer> {
        let now_ms = self.millis(now);
        let Some(line) = self.line.as_mut().filter(|line| line.connected) else { return Ok(()) };
        let sealed = self.frames.seal(Track::Video, frame, now_ms)?;
        let packets = self.packetizer.packets(&sealed, key);
        let count = packets.len();
        for (at, packet) in packets.into_iter().enumerate() {
            let (number, time) = self.picture.next(now, 90);
            line.write(line.camera, Codec::Vp9, number, time, at + 1 == count, packet, None, now);
        }
        Ok(())
    }

    /// Other keys from now on. Frames are sealed under them a moment later, when the others have them too; at once where
    /// somebody was removed.
    pub fn rekey(&mut self, keys: Keys, now: Instant) {
        let now_ms = self.millis(now);
        self.frames.rekey(keys, now_ms);
    }

    /// Whether the relay is reached.
    pub fn is_connected(&self) -> bool {
        self.line.as_ref().is_some_and(|line| line.connected)
    }

    /// Frames that were not what a member sends now.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Says to the relay that nothing more comes.
    pub fn close(&mut self) {
        if let Some(line) = &mut self.line {
            let _ = line.rtc.close();
        }
    }

    fn millis(&self, now: Instant) -> i64 {
        i64::try_from(now.saturating_duration_since(self.start).as_millis()).unwrap_or(i64::MAX)
    }

    /// A packet of a slot: a frame, if it made one whole, and how many packets are missing before it.
    fn packet(&mut self, packet: &RtpPacket, now: Instant) -> Option<(Opened, i64)> {
        let now_ms = self.millis(now);
        let line = self.line.as_mut()?;
        if let Some(number) = packet.header.ext_vals.transport_cc {
            line.numbers.seen(number);
        }
        if let Some(streams) = &mut line.streams {
            streams.heard(*packet.header.ssrc, *packet.seq_no, now);
        }
        let mid = line.rtc.direct_api().stream_rx(&packet.header.ssrc)?.mid();
        if let Some(at) = line.sounds.iter().position(|(sound, _)| *sound == mid) {
            line.sounds[at].1.came(*packet.seq_no);
            let opened = self.open(true, &packet.payload, now_ms).ok()?;
            let missing = self.line.as_mut()?.sounds[at].1.take();
            return Some((opened, missing));
        }
        let at = line.pictures.iter().position(|slot| slot.mid == mid)?;
        let time = packet.time.numer();
        let slot = &mut line.pictures[at];
        slot.gaps.came(*packet.seq_no);
        let frame = slot.depacketizer.take(*packet.seq_no, time, &packet.payload)?;
        let opened = self.open(false, &frame, now_ms);
        if opened.is_err() {
            self.ask_key(at, now);
        }
        let opened = opened.ok()?;
        let missing = self.line.as_mut()?.pictures[at].gaps.take();
        Some((opened, missing))
    }

    fn open(&mut self, sound: bool, frame: &[u8], now_ms: i64) -> Result<Opened, ()> {
        self.frames.open(sound, frame, now_ms).map_err(|error| {
            self.refused += 1;
            tracing::debug!(%error, "a frame was refused");
        })
    }

    /// What came cannot be shown; a whole picture may.
    fn ask_key(&mut self, slot: usize, now: Instant) {
        let Some(line) = &mut self.line else { return };
        let Some(slot) = line.pictures.get_mut(slot) else { return };
        if slot.asked.is_some_and(|asked| now < asked + KEY_FRAMES) {
            return;
        }
        slot.asked = Some(now);
        if let Some(stream) = line.rtc.direct_api().stream_rx_by_mid(slot.mid, None) {
            stream.request_keyframe(KeyframeRequestKind::Pli);
        }
    }
}

impl Line {
    /// A fault while the relay's bytes are handled ends this connection, and nothing else.
    fn guarded<T>(&mut self, act: impl FnOnce(&mut Rtc) -> T) -> Option<T> {
        let acted = catch_unwind(AssertUnwindSafe(|| act(&mut self.rtc))).ok();
        self.lost |= acted.is_none();
        acted
    }

    fn write(
        &mut self,
        mid: Mid,
        codec: Codec,
        number: u64,
        time: u32,
        marker: bool,
        payload: Vec<u8>,
        level: Option<u8>,
        now: Instant,
    ) {
        let Some(pt) = self.payload_type(codec) else { return };
        let mut direct = self.rtc.direct_api();
        let Some(stream) = direct.stream_tx_by_mid(mid, None) else { return };
        let values = ExtensionValues {
            mid: Some(mid),
            audio_level: level.map(|level| -i8::try_from(level).unwrap_or(i8::MAX)),
            // Whether it is a voice nobody looks at; without it `str0m` says no level either.
            voice_activity: level.map(|_| false),
            ..ExtensionValues::default()
        };
        let write = RtpWrite::new(pt, number.into(), time, now, payload);
        stream.write_rtp(write.marker(marker).ext_vals(values).nackable(codec != Codec::Opus));
    }

    fn payload_type(&self, codec: Codec) -> Option<Pt> {
        let mut fitting = self.rtc.codec_config().params().iter().filter(|param| param.spec().codec == codec);
        fitting.next().map(|param| param.pt())
    }
}

impl Stream {
    /// Number and time of a packet that goes out now; `clock` ticks a millisecond.
    fn next(&mut self, now: Instant, clock: u64) -> (u64, u32) {
        let since = *self.since.get_or_insert(now);
        let passed = u64::try_from(now.saturating_duration_since(since).as_millis()).unwrap_or(u64::MAX);
        self.number += 1;
        self.time = passed.wrapping_mul(clock) as u32;
        (self.number, self.time)
    }
}

/// Whether a datagram is of DTLS (RFC 7983 §7) and more than handshakes and alerts.
fn has_data(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| (20..64).contains(first)) && !records::have_no_data(bytes)
}

/// Nobody is told where this device is: the relay learns it from what comes.
fn without_addresses(offer: &str) -> String {
    let kept = offer
        .lines()
        .filter(|line| !line.starts_with("a=candidate") && !line.starts_with("a=end-of-candidates"));
    kept.flat_map(|line| [line, "\r\n"]).collect()
}

#[cfg(test)]
mod tests;
