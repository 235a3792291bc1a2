//! Frames of calls: SFrame (RFC 9605) under keys that only the members of an epoch can derive.
//!
//! ```text
//! MLS exporter("casemate/call/v1", call id, 32) ──▶ CallSecret of the epoch
//!      └─ HKDF with what the sender said in the call (SpokenSecret) ──▶ CallSecret of that sender's frames
//!           └─ RFC 9605 §4.4.2, salted with the KID ──▶ a key for each sender, joining and track
//! KID, 64 bits: epoch, low 8 | leaf 16 | joining 32 | track 8
//! ```
//! The KID names everything that separates two senders, and the key follows from all of it: two that differ in
//! anything never share a key, so that no counter is used twice under one. What a leaf may say, any member can forge
//! for it (all know the secret); nobody else can, and neither can the relay.
//!
//! The exporter stands in the database until the epoch ends; what is said in a call stands nowhere. So a thief who recorded frames and
//! copies a home after the call opens none of them. Where a member's program is older, the exporter alone gives the keys.
//!
//! Cores of a media thread: no clock of their own. Not here: codecs, packets, who is in a call.

mod frames;
mod sound;

use std::collections::{BTreeMap, BTreeSet};

use casemate_wire::ids::SpokenSecret;
use hkdf::Hkdf;
use sframe::CipherSuite;
use sframe::frame::validation::{ReplayAttackProtection, Tolerance};
use sframe::frame::{EncryptedFrameView, MediaFrameView, MonotonicCounter};
use sframe::header::SframeHeader;
use sframe::key::{DecryptionKey, EncryptionKey};
use sha2::Sha512;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::error::CryptoError;

pub use frames::{Frames, Keys};

/// What was sent before a change of members is opened for so long after it: as long as it may be under way. Longer
/// lets keys that are over be of use. Where somebody was removed it is no time at all.
pub const PREVIOUS_MS: i64 = 5_000;

/// Whoever sends goes over to a new epoch so long after it began, unless somebody was removed: by then the others
/// know of it as well, and nothing is lost.
pub const SWITCH_MS: i64 = 1_000;

/// Largest frame: a key frame of a shared 4K screen has a third of it. More lets a member use more memory.
pub const FRAME_BYTES: usize = 1024 * 1024;

/// The cipher suite of all frames, RFC 9605 §4.5: as strong as the conversation's own.
const SUITE: CipherSuite = CipherSuite::AesGcm256Sha512;

/// How far behind the newest a frame may come: a second and more of sound, twenty of pictures. More is more memory a
/// sender.
const REORDERED: usize = 512;

/// Joinings and tracks that are listened to in an epoch, in all: 100 devices with all tracks, and many that came
/// back. More is more memory; only members can fill it.
const SOURCES: usize = 1_024;

/// Of one device among them.
const SOURCES_OF_LEAF: usize = 64;

/// Secrets that senders of an epoch seal under, in all. Members mostly say the same one; one more is another for each program that was
/// started again in the call. More makes a frame that nobody sent dearer.
pub const SPOKEN: usize = 16;

/// Label of the key that follows from an epoch's secret and what was said.
const SPOKEN_LABEL: &[u8] = b"casemate/call-spoken/v1";

/// Epochs at once, the newest and those not yet over.
const EPOCHS: usize = 8;

/// No call sends so many frames; beyond, the order of counters could be made to wrap.
const COUNTERS: u64 = 1 << 40;

/// What all members of an epoch share for one call, or what follows from it for those who said the same. Wiped when it is dropped.
#[derive(Clone)]
pub struct CallSecret(Zeroizing<[u8; 32]>);

impl CallSecret {
    /// From the exporter.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Of the frames of who said this in the call.
    ///
    /// # Errors
    /// Only where a library fails.
    pub fn spoken(&self, said: &SpokenSecret) -> Result<Self, CryptoError> {
        let mut bytes = Zeroizing::new([0; 32]);
        Hkdf::<Sha512>::new(Some(said.expose()), self.0.as_slice())
            .expand(SPOKEN_LABEL, bytes.as_mut_slice())
            .map_err(|error| CryptoError::internal("a call's secret", error))?;
        Ok(Self(bytes))
    }

    /// Whether both are the same, in constant time.
    pub fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&*other.0).into()
    }

    /// For a Worker that encrypts elsewhere.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for CallSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CallSecret(…)")
    }
}

/// What a frame carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Track {
    /// A voice.
    Audio = 0,
    /// A camera.
    Video = 1,
    /// A shared screen.
    ScreenVideo = 2,
    /// Its sound.
    ScreenAudio = 3,
}

impl Track {
    /// By its number in a KID.
    pub fn from_byte(byte: u8) -> Option<Self> {
        [Self::Audio, Self::Video, Self::ScreenVideo, Self::ScreenAudio].get(usize::from(byte)).copied()
    }

    /// Whether it is heard rather than seen.
    pub fn is_sound(self) -> bool {
        matches!(self, Self::Audio | Self::ScreenAudio)
    }
}

/// Who sent a frame, as its KID says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// The device's place in the group.
    pub leaf: u16,
    /// Random, new each time a device joins a call.
    pub joining: u32,
    /// Which of its tracks.
    pub track: Track,
}

impl Source {
    fn kid(self, epoch: u64) -> u64 {
        (epoch & 0xff) << 56
            | u64::from(self.leaf) << 40
            | u64::from(self.joining) << 8
            | u64::from(self.track as u8)
    }

    fn of_kid(kid: u64) -> Option<(u8, Self)> {
        let [epoch, leaf @ .., track] = kid.to_be_bytes();
        let [leaf_high, leaf_low, joining @ ..] = leaf;
        let track = Track::from_byte(track)?;
        let leaf = u16::from_be_bytes([leaf_high, leaf_low]);
        Some((epoch, Self { leaf, joining: u32::from_be_bytes(joining), track }))
    }
}

/// A leaf as KIDs name it.
///
/// # Errors
/// [`CryptoError::TooLarge`]: no conversation has so many.
pub fn leaf_of(leaf: u32) -> Result<u16, CryptoError> {
    u16::try_from(leaf).map_err(|_| CryptoError::TooLarge("this conversation is too large for calls"))
}

/// Encrypts what this device sends, in one epoch.
pub struct Sealer {
    secret: CallSecret,
    epoch: u64,
    leaf: u16,
    joining: u32,
    tracks: BTreeMap<Track, (EncryptionKey, MonotonicCounter)>,
}

impl Sealer {
    /// For one epoch of one joining. Making a second one for the same is making the same counters once more: it must
    /// not be done, and a device that joins anew takes a new `joining`.
    pub fn new(secret: CallSecret, epoch: u64, leaf: u16, joining: u32) -> Self {
        Self { secret, epoch, leaf, joining, tracks: BTreeMap::new() }
    }

    /// The epoch it is for.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Whether it seals under these.
    fn is_of(&self, secret: &CallSecret, epoch: u64, leaf: u16) -> bool {
        (self.epoch, self.leaf) == (epoch, leaf) && self.secret.is(secret)
    }

    /// Encrypts a frame.
    ///
    /// # Errors
    /// [`CryptoError::TooLarge`] over [`FRAME_BYTES`].
    pub fn seal(&mut self, track: Track, frame: &[u8]) -> Result<Vec<u8>, CryptoError> {
        if frame.len() > FRAME_BYTES {
            return Err(CryptoError::TooLarge("a frame of a call is smaller than this"));
        }
        let internal = |error| CryptoError::internal("a call's frame", error);
        if !self.tracks.contains_key(&track) {
            let kid = Source { leaf: self.leaf, joining: self.joining, track }.kid(self.epoch);
            let key = EncryptionKey::derive_from(SUITE, kid, self.secret.0.as_slice()).map_err(internal)?;
            self.tracks.insert(track, (key, MonotonicCounter::new(COUNTERS - 1)));
        }
        let Some((key, counter)) = self.tracks.get_mut(&track) else {
            return Err(CryptoError::TooLarge("a call has no such track"));
        };
        let mut sealed = Vec::new();
        MediaFrameView::try_new(counter, frame)
            .and_then(|view| view.encrypt_into(key, &mut sealed).map(|_| ()))
            .map_err(internal)?;
        Ok(sealed)
    }
}

/// A frame that a member sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Who, by the KID.
    pub source: Source,
    /// When: counters begin anew with it.
    pub epoch: u64,
    /// Its number among the source's frames in this epoch: what is missing did not come.
    pub counter: u64,
    /// What was sent.
    pub frame: Vec<u8>,
}

/// Why a frame is not heard or seen. Each drops the frame and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadFrame {
    /// Not SFrame, or too large.
    #[error("this is not a call's frame")]
    Malformed,
    /// Of an epoch that is over, or not known here yet.
    #[error("this frame is of another epoch")]
    Epoch,
    /// Of a place where nobody is.
    #[error("this frame is of nobody in the conversation")]
    NotMember,
    /// This device's own came back.
    #[error("this frame is this device's own")]
    Own,
    /// Sound where a picture was to be, or the other way round.
    #[error("this frame is of another track")]
    Track,
    /// More senders than are listened to.
    #[error("there are more senders than are listened to")]
    TooMany,
    /// It came already, or much too late.
    #[error("this frame came before")]
    Replayed,
    /// It does not decrypt.
    #[error("this frame was not sent by who it names")]
    Forged,
}

/// Opens what others send.
#[derive(Default)]
pub struct Opener {
    own: Option<(u16, u32)>,
    /// The newest first.
    epochs: Vec<Epoch>,
}

struct Epoch {
    number: u64,
    /// Under which its senders seal.
    secrets: Vec<CallSecret>,
    leaves: BTreeSet<u16>,
    /// Over then; the newest is not.
    until_ms: Option<i64>,
    sources: BTreeMap<Source, Heard>,
}

struct Heard {
    secret: CallSecret,
    key: DecryptionKey,
    window: ReplayAttackProtection,
}

impl Opener {
    /// For a device that opens nothing of its own.
    pub fn new(leaf: u16, joining: u32) -> Self {
        Self { own: Some((leaf, joining)), epochs: Vec::new() }
    }

    /// The conversation's members are others now, or their keys. Where somebody was removed nothing of before is
    /// opened any more. The same epoch once more: others say other secrets in it, and what came stays known.
    pub fn begin_epoch(
        &mut self,
        number: u64,
        mut secrets: Vec<CallSecret>,
        leaves: BTreeSet<u16>,
        removed: bool,
        now_ms: i64,
    ) {
        secrets.truncate(SPOKEN);
        let known = self.epochs.iter().position(|epoch| epoch.number == number);
        let mut known = known.map(|at| self.epochs.remove(at)).unwrap_or_else(|| Epoch::new(number));
        if removed {
            self.epochs.clear();
        }
        self.epochs.retain(|epoch| epoch.is_open(now_ms));
        for epoch in &mut self.epochs {
            epoch.until_ms.get_or_insert(now_ms.saturating_add(PREVIOUS_MS));
        }
        known.sources.retain(|_, heard| secrets.iter().any(|secret| secret.is(&heard.secret)));
        (known.secrets, known.leaves, known.until_ms) = (secrets, leaves, None);
        self.epochs.insert(0, known);
        self.epochs.truncate(EPOCHS);
    }

    /// Opens a frame that came where `sound` or pictures are to come.
    ///
    /// # Errors
    /// Whatever is wrong with it: drop it.
    pub fn open(&mut self, sound: bool, frame: &[u8], now_ms: i64) -> Result<Opened, BadFrame> {
        // The header has at most 17 bytes, and is all that is read before the frame proved to be a member's.
        if frame.len() > FRAME_BYTES + 64 {
            return Err(BadFrame::Malformed);
        }
        let header = SframeHeader::deserialize(frame).map_err(|_| BadFrame::Malformed)?;
        let (low, source) = Source::of_kid(header.key_id()).ok_or(BadFrame::Malformed)?;
        if header.counter() >= COUNTERS {
            return Err(BadFrame::Malformed);
        }
        if self.own == Some((source.leaf, source.joining)) {
            return Err(BadFrame::Own);
        }
        if source.track.is_sound() != sound {
            return Err(BadFrame::Track);
        }
        let epoch = self
            .epochs
            .iter_mut()
            .find(|epoch| epoch.number.to_le_bytes()[0] == low && epoch.is_open(now_ms))
            .ok_or(BadFrame::Epoch)?;
        if !epoch.leaves.contains(&source.leaf) {
            return Err(BadFrame::NotMember);
        }
        epoch.open(source, header.counter(), frame)
    }
}

impl Epoch {
    fn new(number: u64) -> Self {
        Self {
            number,
            secrets: Vec::new(),
            leaves: BTreeSet::new(),
            until_ms: None,
            sources: BTreeMap::new(),
        }
    }

    fn is_open(&self, now_ms: i64) -> bool {
        self.until_ms.is_none_or(|until| now_ms < until)
    }

    fn open(&mut self, source: Source, counter: u64, frame: &[u8]) -> Result<Opened, BadFrame> {
        let view = EncryptedFrameView::try_new(frame).map_err(|_| BadFrame::Malformed)?;
        let mut opened = Vec::new();
        if let Some(heard) = self.sources.get_mut(&source) {
            return match view.validated_decrypt_into(&heard.key, &mut opened, &mut heard.window) {
                Ok(_) => Ok(Opened { source, epoch: self.number, counter, frame: opened }),
                Err(sframe::error::SframeError::FrameValidationFailed(_)) => Err(BadFrame::Replayed),
                Err(_) => Err(BadFrame::Forged),
            };
        }
        let of_leaf = self.sources.keys().filter(|known| known.leaf == source.leaf).count();
        if self.sources.len() >= SOURCES || of_leaf >= SOURCES_OF_LEAF {
            return Err(BadFrame::TooMany);
        }
        let kid = source.kid(self.number);
        for secret in &self.secrets {
            let key = DecryptionKey::derive_from(SUITE, kid, secret.0.as_slice())
                .map_err(|_| BadFrame::Malformed)?;
            let mut window = ReplayAttackProtection::new(kid, Tolerance::new(REORDERED));
            opened.clear();
            if view.validated_decrypt_into(&key, &mut opened, &mut window).is_ok() {
                // Only a frame that was a member's makes something be remembered.
                self.sources.insert(source, Heard { secret: secret.clone(), key, window });
                return Ok(Opened { source, epoch: self.number, counter, frame: opened });
            }
        }
        Err(BadFrame::Forged)
    }
}

#[cfg(test)]
mod tests;
