//! Between connections and services: reads frames, asks directory and delivery, answers and pushes.
//!
//! ```text
//!  receive(connection, bytes) ─▶ Router ─▶ Output { ops ─▶ delivery, asks ─▶ directory, ready: connections }
//!  delivered(outcome), answered(tag, answer) ─▶   └▶ next_frame(connection) ─▶ socket
//! ```
//! No sockets, threads or clock: the shell and the simulation ([`in_process`]) run the same code. A connection has
//! no rights; what is kept for one is what it follows and what it has not been sent yet, all of it bounded.
//!
//! - [`calls`]: which relay has which call. [`live`]: in how many an account is.
//! - [`connection`]: a connection's state and outbox. [`requests`]: frames in. [`outcomes`]: answers out.
//! - [`terms`]: by which right each request is asked, and what it costs. [`share`]: what may wait for the directory.
//! - [`ephemeral`]: what is handed on to who is there, and not kept.
//! - [`rendezvous`]: where a new device and its primary meet.
//! - [`wake`]: who is to be woken, because they are not here.
//! - [`follow`]: pushing what is new, and pages for whoever is behind. [`registry`]: who follows what.

pub mod calls;
mod connection;
mod ephemeral;
mod follow;
pub mod in_process;
mod live;
mod outcomes;
pub mod registry;
#[cfg(test)]
mod removed;
mod rendezvous;
mod requests;
pub mod share;
pub mod terms;
#[cfg(test)]
mod tests;
mod tickets;
mod wake;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bytes::Bytes;
use casemate_wire::ids::Hash32;

use calls::CallOp;
use connection::{Connection, OUTBOXES_BYTES, PEER_BYTES};
pub use connection::{Goodbye, OUTBOX_BYTES};
use registry::Registry;
use tickets::Tickets;

use crate::config::Limits;
use crate::delivery::{self, Op, Tagger};
use crate::directory::Ask;
use crate::limits::{Buckets, Network, Peer, Rate};
use crate::push::WakeOp;
use crate::refusal::Refusal;

/// Connections of a /48 of IPv6, in those of one address.
const WIDER: u32 = 8;

/// A connection, while it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId {
    slot: u32,
    generation: u32,
}

impl ConnectionId {
    /// Small and reused: an index for what a shell keeps per connection.
    pub fn slot(self) -> usize {
        self.slot as usize
    }
}

/// What is to be done next. Taken with [`Router::take_output`].
#[derive(Default)]
pub struct Output {
    /// For delivery; outcomes come back by [`Router::delivered`], in order, pages anywhere after.
    pub ops: Vec<Op>,
    /// For the directory; answers come back by [`Router::answered`], in order.
    pub asks: Vec<(u64, Ask)>,
    /// For whoever wakes devices, in order.
    pub wakes: Vec<WakeOp>,
    /// For relays; answers come back by [`Router::relayed`], in any order.
    pub calls: Vec<CallOp>,
    /// Connections that have something to send, or to hear, or may read again.
    pub ready: Vec<ConnectionId>,
}

/// Numbers for `/metrics`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Connections open now.
    pub connections: u64,
    /// Connections ever opened.
    pub connected: u64,
    /// Frames read.
    pub frames_in: u64,
    /// Frames queued for sending.
    pub frames_out: u64,
    /// Entries stored.
    pub appended: u64,
    /// Entries pushed to followers as they came.
    pub pushed: u64,
    /// Copies of ephemera handed on.
    pub relayed: u64,
    /// Times that a reader was too slow and had to read pages instead.
    pub fell_behind: u64,
    /// Requests refused, for whatever reason.
    pub refused: u64,
    /// Frames that were not of the protocol.
    pub malformed: u64,
}

/// What a network address has.
#[derive(Default)]
struct Held {
    /// Connections.
    open: u32,
    /// Bytes that wait for them.
    queued_bytes: usize,
}

/// See the module.
pub struct Router {
    connections: Vec<Option<Box<Connection>>>,
    free: Vec<u32>,
    generation: u32,
    peers: HashMap<Peer, Held>,
    /// This machine, where a proxy may stand with everybody behind it.
    local: [Peer; 2],
    /// Bytes that wait for all connections.
    queued_bytes: usize,
    limits: Limits,
    logs: Registry,
    tagger: Tagger,
    inboxes: Registry,
    tickets: Tickets,
    shares: share::Shares,
    buckets: Buckets,
    /// What logs took.
    written: Buckets,
    paces: ephemeral::Paces,
    places: rendezvous::Places,
    calls: calls::Calls,
    waking: Option<wake::Waking>,
    challenge_secret: [u8; 32],
    out: Output,
    counters: Counters,
}

impl Router {
    /// A router without connections. Challenges are derived from `challenge_secret`: random, new at every start.
    pub fn new(limits: Limits, challenge_secret: [u8; 32]) -> Self {
        let buckets = Buckets::new(limits);
        let local = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        Self {
            connections: Vec::new(),
            free: Vec::new(),
            generation: 0,
            peers: HashMap::new(),
            local: local.map(|local| buckets.peer(local)),
            queued_bytes: 0,
            limits,
            logs: Registry::default(),
            tagger: Tagger::default(),
            inboxes: Registry::default(),
            tickets: Tickets::default(),
            shares: share::Shares::default(),
            buckets,
            written: Buckets::new(limits),
            paces: ephemeral::Paces::default(),
            places: rendezvous::Places::default(),
            calls: calls::Calls::default(),
            waking: None,
            challenge_secret,
            out: Output::default(),
            counters: Counters::default(),
        }
    }

    /// Takes a connection in, or says why not.
    pub fn connect(&mut self, address: IpAddr, now_ms: i64) -> Result<ConnectionId, Refusal> {
        let most = self.limits.connections;
        self.connect_up_to(most, most.saturating_mul(WIDER), address, now_ms)
    }

    /// As [`Self::connect`], where an address may have so many, and a wider network so many.
    pub fn connect_up_to(
        &mut self,
        most: u32,
        most_wide: u32,
        address: IpAddr,
        now_ms: i64,
    ) -> Result<ConnectionId, Refusal> {
        let peer = self.buckets.peer(address);
        let counted = [(Some(peer), most), (peer.around(), most_wide)];
        let counted = counted.into_iter().filter_map(|(peer, most)| Some((peer?, most)));
        let open = |peer: &Peer| self.peers.get(peer).map_or(0, |held| held.open);
        if counted.clone().any(|(peer, most)| open(&peer) >= most) && !self.limits.lifted {
            return Err(Refusal::rate_limited("too many connections from your network", 60_000));
        }
        for (peer, _) in counted {
            let held = self.peers.entry(peer).or_default();
            held.open = held.open.saturating_add(1);
        }
        self.generation = self.generation.wrapping_add(1);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.connections.push(None);
            self.connections.len() as u32 - 1
        });
        let id = ConnectionId { slot, generation: self.generation };
        self.connections[id.slot()] = Some(Box::new(Connection::new(id.generation, peer, now_ms)));
        self.counters.connections += 1;
        self.counters.connected += 1;
        Ok(id)
    }

    /// Forgets a connection and all that it followed.
    pub fn disconnect(&mut self, id: ConnectionId) {
        if self.connection(id).is_none() {
            return;
        }
        let Some(connection) = self.connections[id.slot()].take() else { return };
        self.free.push(id.slot);
        self.counters.connections -= 1;
        if let Some(participant) = &connection.participant {
            self.calls.hears_no_more(participant, id);
        }
        for slot in &connection.logs {
            self.logs.remove(*slot, id.slot);
        }
        for slot in &connection.inboxes {
            self.inboxes.remove(*slot, id.slot);
        }
        self.no_longer_queued(connection.peer, connection.queued_bytes());
        for peer in [Some(connection.peer), connection.peer.around()].into_iter().flatten() {
            if let Some(held) = self.peers.get_mut(&peer) {
                held.open = held.open.saturating_sub(1);
                if held.open == 0 {
                    self.peers.remove(&peer);
                }
            }
        }
    }

    /// The next frame to send on a connection, if there is one.
    pub fn next_frame(&mut self, id: ConnectionId) -> Option<Bytes> {
        let connection = self.connection_mut(id)?;
        let (frame, peer) = (connection.pop()?, connection.peer);
        self.no_longer_queued(peer, connection::weight(&frame));
        self.read_again_if_paused(id);
        self.pump(id);
        Some(frame)
    }

    /// Whether frames of this connection may be read now: not while too much of what it asked for is under way,
    /// or unsent. It is told by [`Output::ready`] when that changes.
    pub fn may_read(&mut self, id: ConnectionId) -> bool {
        let crowded = self.is_crowded(id);
        let Some(connection) = self.connection_mut(id) else { return false };
        connection.paused = !connection.may_read(crowded);
        !connection.paused
    }

    /// Wakes who was told not to read, and now may. Whether it was crowded then is not asked: that may have ended since.
    fn read_again_if_paused(&mut self, id: ConnectionId) {
        if self.connection(id).is_some_and(|connection| connection.paused) && self.may_read(id) {
            self.wake(id);
        }
    }

    /// Whether somebody has said hello there.
    pub fn is_greeted(&self, id: ConnectionId) -> bool {
        self.connection(id).is_some_and(|connection| connection.greeted)
    }

    /// By what a connection is counted where its address is: by nothing from this machine, where a proxy may stand.
    pub fn networks(&self, id: ConnectionId) -> Vec<Network> {
        let peer = self.connection(id).map(|connection| connection.peer);
        let peer = peer.filter(|peer| !self.local.contains(peer));
        peer.map(|peer| peer.networks().collect()).unwrap_or_default()
    }

    /// Closes a connection of which too much is half read while others have as much.
    pub fn too_busy_for(&mut self, id: ConnectionId) {
        if let Some(connection) = self.connection_mut(id) {
            connection.goodbye.get_or_insert(Goodbye::Busy);
        }
    }

    /// Counts work that an address asks for by another way than a connection of this.
    pub fn work_of(&mut self, address: IpAddr, work: u32, now_ms: i64) -> Result<(), Refusal> {
        let peer = self.buckets.peer(address);
        self.buckets.take_many(peer, Rate::Work, work, now_ms)
    }

    /// What waits for the directory, for `/metrics`.
    pub fn waiting(&self) -> share::Waiting {
        self.shares.all()
    }

    /// Whether too much waits for all together, with the pages that are asked for, or for all of one address.
    fn is_crowded(&self, id: ConnectionId) -> bool {
        let pages = self.tickets.pages().saturating_mul(delivery::PAGE_BYTES);
        if self.queued_bytes.saturating_add(pages) > OUTBOXES_BYTES {
            return true;
        }
        // Most often nothing to look up: all together have less than that.
        self.queued_bytes > PEER_BYTES
            && self.connection(id).is_some_and(|connection| {
                let held = self.peers.get(&connection.peer);
                !self.local.contains(&connection.peer)
                    && held.is_some_and(|held| held.queued_bytes > PEER_BYTES)
            })
    }

    fn no_longer_queued(&mut self, peer: Peer, bytes: usize) {
        self.queued_bytes = self.queued_bytes.saturating_sub(bytes);
        if let Some(held) = self.peers.get_mut(&peer) {
            held.queued_bytes = held.queued_bytes.saturating_sub(bytes);
        }
    }

    /// Why the connection is to be closed, once its frames are sent.
    pub fn goodbye(&self, id: ConnectionId) -> Option<Goodbye> {
        self.connection(id)?.goodbye
    }

    /// Whether a ping is to be sent now; asked once.
    pub fn take_ping(&mut self, id: ConnectionId) -> bool {
        self.connection_mut(id).is_some_and(|connection| std::mem::take(&mut connection.ping_wanted))
    }

    /// Something came that is no frame: a pong, or a ping.
    pub fn heard(&mut self, id: ConnectionId, now_ms: i64) {
        if let Some(connection) = self.connection_mut(id) {
            connection.hear_control(now_ms);
        }
    }

    /// Looks at every connection: who never said hello, who went silent. To be called every few seconds.
    pub fn sweep(&mut self, now_ms: i64) {
        for slot in 0..self.connections.len() {
            let Some(connection) = self.connections[slot].as_deref_mut() else { continue };
            let id = ConnectionId { slot: slot as u32, generation: connection.generation };
            if connection.sweep(now_ms) {
                self.wake(id);
            }
        }
        self.read_pages_again();
        self.buckets.sweep(now_ms);
        self.written.sweep(now_ms);
        self.paces.sweep(now_ms);
        self.places.sweep(now_ms);
        if let Some(waking) = &mut self.waking {
            waking.sweep(now_ms);
        }
        self.calls.sweep(now_ms);
    }

    /// Reads pages that could not be read when they were wanted. [`Self::sweep`] does so too.
    pub fn read_pages_again(&mut self) {
        for slot in 0..self.connections.len() {
            let Some(connection) = self.connections[slot].as_deref() else { continue };
            self.read_again(ConnectionId { slot: slot as u32, generation: connection.generation });
        }
    }

    /// Tells every connection that the server stops.
    pub fn shut_down(&mut self) {
        for slot in 0..self.connections.len() {
            let Some(connection) = self.connections[slot].as_deref_mut() else { continue };
            connection.goodbye.get_or_insert(Goodbye::Stopping);
            let id = ConnectionId { slot: slot as u32, generation: connection.generation };
            self.wake(id);
        }
    }

    /// What is to be done. The caller gives the emptied one back as `spare`, so that nothing is allocated anew.
    pub fn take_output(&mut self, mut spare: Output) -> Output {
        spare.ops.clear();
        spare.asks.clear();
        spare.wakes.clear();
        spare.calls.clear();
        spare.ready.clear();
        let out = std::mem::replace(&mut self.out, spare);
        for id in &out.ready {
            if let Some(connection) = self.connection_mut(*id) {
                connection.ready = false;
            }
        }
        out
    }

    /// Numbers for `/metrics`.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Each rate of addresses and logs, how many in an hour, and how often it refused somebody.
    pub fn rates(&self) -> Vec<(&'static str, u64, u64)> {
        let both = self.buckets.used().zip(self.written.used());
        both.map(|((name, per_hour, refused), (_, _, more))| (name, per_hour, refused + more)).collect()
    }

    /// Bytes that wait for all connections, for `/metrics`.
    pub fn queued_bytes(&self) -> usize {
        self.queued_bytes
    }

    /// Logs and inboxes that somebody follows, and requests under way, for `/metrics`.
    pub fn gauges(&self) -> (usize, usize, usize) {
        (self.logs.len(), self.inboxes.len(), self.tickets.len())
    }

    /// Sixteen bytes that only this connection is given. Not stored: it can be derived again.
    fn challenge(&self, id: ConnectionId) -> [u8; 16] {
        let hash = Hash32::of(&[
            b"casemate/challenge/v1",
            &self.challenge_secret,
            &id.slot.to_be_bytes(),
            &id.generation.to_be_bytes(),
        ]);
        hash.0[..16].try_into().expect("a hash is longer")
    }

    fn connection(&self, id: ConnectionId) -> Option<&Connection> {
        let connection = self.connections.get(id.slot())?.as_deref()?;
        (connection.generation == id.generation).then_some(connection)
    }

    fn connection_mut(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        let connection = self.connections.get_mut(id.slot())?.as_deref_mut()?;
        (connection.generation == id.generation).then_some(connection)
    }

    /// The connection in a slot of a [`registry::Follower`]: those are removed with their connection.
    fn id_of(&self, slot: u32) -> Option<ConnectionId> {
        let connection = self.connections.get(slot as usize)?.as_deref()?;
        Some(ConnectionId { slot, generation: connection.generation })
    }

    /// Queues a frame.
    fn send(&mut self, id: ConnectionId, frame: Bytes) {
        let Some(connection) = self.connection_mut(id) else { return };
        let (weight, peer) = (connection::weight(&frame), connection.peer);
        connection.push(frame);
        self.queued_bytes = self.queued_bytes.saturating_add(weight);
        if let Some(held) = self.peers.get_mut(&peer) {
            held.queued_bytes = held.queued_bytes.saturating_add(weight);
        }
        self.counters.frames_out += 1;
        self.wake(id);
    }

    fn wake(&mut self, id: ConnectionId) {
        if let Some(connection) = self.connection_mut(id)
            && !std::mem::replace(&mut connection.ready, true)
        {
            self.out.ready.push(id);
        }
    }
}
