//! One connection: what it follows, what waits to be sent to it, what it still waits for.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use casemate_wire::ids::ParticipantId;
use casemate_wire::limits::IN_FLIGHT;

use super::ephemeral::Pace;
use super::follow::Behind;
use super::registry::Slot;
use super::tickets::Kind;
use crate::limits::Peer;

/// Bytes that may wait for a connection. Beyond it gets no new entries, but reads pages once this has drained;
/// and its own requests are not read. More costs this much memory for every connection that stops reading.
pub const OUTBOX_BYTES: usize = 512 * 1024;

/// Below this, the next page is read.
pub const OUTBOX_LOW_BYTES: usize = 128 * 1024;

/// Bytes that may wait for all connections together. Beyond, each has room for [`CROWDED_BYTES`] alone; the rest waits in the store.
pub const OUTBOXES_BYTES: usize = 512 * 1024 * 1024;

/// Bytes that may wait for all connections of one address, in the same way.
pub const PEER_BYTES: usize = 64 * 1024 * 1024;

/// See [`OUTBOXES_BYTES`].
const CROWDED_BYTES: usize = 16 * 1024;

/// Pings and pongs of a connection between two sweeps, some seconds. Ours send one in some minutes.
const CONTROLS: u8 = 120;

/// What a frame costs beside its own bytes.
const FRAME_OVERHEAD: usize = 48;

/// Frames that are not of the protocol, before the connection is closed.
const STRIKES: u8 = 10;

/// Time to say hello.
const HELLO_MS: i64 = 20_000;

/// Silent for so long, a connection is pinged: often enough for the address translators on its way.
const PING_AFTER_MS: i64 = 240_000;

/// Silent for so long, it is gone.
const GONE_AFTER_MS: i64 = 600_000;

/// Why a connection is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goodbye {
    /// The server stops.
    Stopping,
    /// Another version of the protocol.
    Version,
    /// Not the protocol.
    Abuse,
    /// A frame over the limit.
    TooLarge,
    /// No hello.
    NoHello,
    /// Nothing was heard for long.
    Silent,
    /// Too much of others is half read.
    Busy,
    /// The device that followed its inbox here was put out of its account.
    Removed,
    /// The operator took its account's rights, or deleted it.
    Disabled,
}

impl Goodbye {
    /// Close code (RFC 6455 §7.4) and a sentence for people.
    pub fn said(self) -> (u16, &'static str) {
        match self {
            Self::Stopping => (1001, "the server is stopping; connect again in a moment"),
            Self::Version => (1002, "this version of the protocol is not spoken here"),
            Self::Abuse => (1002, "this is not the Casemate protocol"),
            Self::TooLarge => (1009, "a frame has at most 2 MiB"),
            Self::NoHello => (1008, "the connection did not say hello"),
            Self::Busy => (1013, "too many large frames are on their way; try again in a moment"),
            Self::Silent => (1001, "nothing was heard for ten minutes"),
            Self::Removed => (1008, "this device does not belong to the account any more"),
            Self::Disabled => (1008, "the operator of this server has disabled this account"),
        }
    }
}

/// How often a connection does what is not stored.
#[derive(Debug, Default)]
pub struct Paces {
    /// Sends ephemera.
    pub ephemera: Pace,
    /// Wakes others.
    pub wakes: Pace,
    /// Sets where it is woken.
    pub wake_sets: Pace,
}

/// See the module. Small: there are many and most are idle.
pub struct Connection {
    pub generation: u32,
    pub peer: Peer,
    pub logs: Vec<Slot>,
    pub inboxes: Vec<Slot>,
    /// Follows that read pages for now. Boxed: a pointer's room where a map's own would be held by every connection.
    #[allow(clippy::box_collection)]
    pub behind: Option<Box<BTreeMap<(Kind, Slot), Behind>>>,
    /// Pages under way.
    pub pages: u8,
    /// For the next [`Behind`].
    pub serial: u32,
    /// Weight of requests under way.
    pub under_way: u16,
    pub greeted: bool,
    pub ready: bool,
    /// It was told not to read, and waits to be woken.
    pub paused: bool,
    pub ping_wanted: bool,
    pinged: bool,
    strikes: u8,
    pub goodbye: Option<Goodbye>,
    /// Before the hello: when it came.
    heard_ms: i64,
    /// Pings and pongs since the last sweep.
    controls: u8,
    /// Whom it is told of that is in a call ([`super::calls`]). Boxed: few are in one.
    pub participant: Option<Box<ParticipantId>>,
    /// Boxed: most do nothing of it for long.
    paces: Option<Box<Paces>>,
    outbox: VecDeque<Bytes>,
    queued_bytes: usize,
}

impl Connection {
    pub fn new(generation: u32, peer: Peer, now_ms: i64) -> Self {
        Self {
            generation,
            peer,
            logs: Vec::new(),
            inboxes: Vec::new(),
            behind: None,
            pages: 0,
            serial: 0,
            under_way: 0,
            greeted: false,
            ready: false,
            paused: false,
            ping_wanted: false,
            pinged: false,
            strikes: 0,
            goodbye: None,
            heard_ms: now_ms,
            controls: 0,
            participant: None,
            paces: None,
            outbox: VecDeque::new(),
            queued_bytes: 0,
        }
    }

    /// Notes that it follows what is in a slot. Room grows in small steps: there are many connections, and most
    /// follow few things for long.
    pub fn note_follow(&mut self, kind: Kind, slot: Slot) {
        let slots = match kind {
            Kind::Log => &mut self.logs,
            Kind::Inbox => &mut self.inboxes,
        };
        if slots.len() == slots.capacity() {
            slots.reserve_exact((slots.len() / 4).max(2));
        }
        slots.push(slot);
    }

    pub fn push(&mut self, frame: Bytes) {
        self.queued_bytes = self.queued_bytes.saturating_add(weight(&frame));
        self.outbox.push_back(frame);
    }

    pub fn pop(&mut self) -> Option<Bytes> {
        let frame = self.outbox.pop_front()?;
        self.queued_bytes = self.queued_bytes.saturating_sub(weight(&frame));
        if self.outbox.is_empty() {
            // An idle connection holds no buffer.
            self.outbox = VecDeque::new();
        }
        Some(frame)
    }

    /// Bytes that wait.
    pub fn queued_bytes(&self) -> usize {
        self.queued_bytes
    }

    /// Whether new entries must wait in the store. `crowded`: too much waits for all together.
    pub fn is_full(&self, crowded: bool) -> bool {
        self.queued_bytes > if crowded { CROWDED_BYTES } else { OUTBOX_BYTES }
    }

    /// Whether there is room for a page. Where it is crowded, for one alone.
    pub fn is_low(&self, crowded: bool) -> bool {
        if crowded { self.queued_bytes == 0 && self.pages == 0 } else { self.queued_bytes < OUTBOX_LOW_BYTES }
    }

    pub fn may_read(&self, crowded: bool) -> bool {
        usize::from(self.under_way) < IN_FLIGHT && !self.is_full(crowded) && self.goodbye.is_none()
    }

    /// It is there. Before the hello nothing moves the time for that.
    pub fn hear(&mut self, now_ms: i64) {
        if self.greeted {
            self.heard_ms = now_ms;
            self.pinged = false;
        }
    }

    /// A ping or a pong came: many of them close it.
    pub fn hear_control(&mut self, now_ms: i64) {
        self.hear(now_ms);
        self.controls = self.controls.saturating_add(1);
        if self.controls > CONTROLS {
            self.goodbye.get_or_insert(Goodbye::Abuse);
        }
    }

    /// A frame that is not of the protocol: closes after several.
    pub fn strike(&mut self) {
        self.strikes = self.strikes.saturating_add(1);
        if self.strikes >= STRIKES {
            self.goodbye.get_or_insert(Goodbye::Abuse);
        }
    }

    /// How often it does what is not stored.
    pub fn paces(&mut self) -> &mut Paces {
        self.paces.get_or_insert_default()
    }

    /// Whether there is something to do about its silence.
    pub fn sweep(&mut self, now_ms: i64) -> bool {
        self.controls = 0;
        // A clock that went back begins anew.
        let silent_ms = now_ms.saturating_sub(self.heard_ms);
        if silent_ms < 0 {
            self.heard_ms = now_ms;
            return false;
        }
        let goodbye = match (self.greeted, silent_ms) {
            (false, HELLO_MS..) => Goodbye::NoHello,
            (true, GONE_AFTER_MS..) => Goodbye::Silent,
            (true, PING_AFTER_MS..) if !self.pinged => {
                (self.pinged, self.ping_wanted) = (true, true);
                return true;
            }
            _ => return false,
        };
        self.goodbye.get_or_insert(goodbye);
        true
    }
}

/// What a frame takes.
pub fn weight(frame: &Bytes) -> usize {
    frame.len().saturating_add(FRAME_OVERHEAD)
}
