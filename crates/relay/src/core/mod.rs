//! The relay without sockets, threads or clock: rooms, who is in them, and what goes from whom to whom.
//!
//! ```text
//! join, wish, leave ─▶ ┌──────┐ ─▶ listeners(): who is told who else is there
//! receive(packet) ───▶ │ Core │ ─▶ sends(): what is to be sent
//! settle(now) ───────▶ └──────┘ ─▶ deadline(): when to settle at the latest
//! ```
//! - [`demux`]: whose packet it is. [`sdp`]: what is taken of an offer. [`participant`]: one peer. [`ear`]: what comes of it.
//!   [`addresses`]: where it is, as it has shown. [`receive`]: what comes, and whose it is.
//! - [`slot`]: a stream to a receiver, and its own numbers. [`assign`]: who is in which slot. [`listeners`]: who gets what of whom.
//! - [`way`]: whether the way to a receiver is full. [`estimate`]: how much goes through. [`layers`]: what of the pictures fits.
//! - [`out`]: what goes out past `str0m`. [`again`]: what is sent again. [`voices`]: who is heard. [`codec`]: where a picture begins anew.
//!
//! A core cannot decode what it hands on: frames are encrypted under keys that only members of the conversation have.

mod addresses;
mod again;
mod answer;
mod assign;
mod codec;
pub mod demux;
mod ear;
mod estimate;
mod layers;
mod listeners;
mod media;
mod out;
mod participant;
mod receive;
pub mod sdp;
mod slot;
#[cfg(test)]
mod tests;
mod track;
mod voices;
mod way;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Instant;

use casemate_rtp::srtp;
use casemate_wire::call::{Allowed, Place, Wish};
use casemate_wire::ids::{Hash32, HolderId};
use str0m::config::DtlsCert;

pub use listeners::{Counted, Listeners};
pub use str0m::net::{Protocol, Transmit};

use crate::limits::{CONNECTS, EARLY, PARTICIPANTS, PLACES, PRESENT, ROOM_PARTICIPANTS, SILENCE, TICK};
use assign::Room;
use media::Media;
use participant::{Happened, Participant, Written};
use slot::{Incoming, TrackKind};

/// How often somebody is woken in a row: packets that go to it at once. More lets others wait for one who gets much.
const TURNS: usize = 64;

/// Packets of a stream are numbered below this.
const NUMBERS: u64 = 1 << 48;

/// Where participants reach the relay, as it stands in every answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listening {
    /// UDP, or TCP (RFC 6544, passive).
    pub protocol: Protocol,
    /// As seen from outside.
    pub address: SocketAddr,
}

/// Why somebody cannot join.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The offer; whoever made it has to make another.
    #[error("{0}")]
    Offer(&'static str),
    /// One of the relay's own addresses; its operator has to name another.
    #[error("one of the relay's addresses cannot be used")]
    Address,
    /// Too many are there.
    #[error("this call has {ROOM_PARTICIPANTS} participants already")]
    RoomFull,
    /// Too many in all.
    #[error("this relay has no room for more participants")]
    Full,
}

/// A datagram, or a message of a TCP connection.
#[derive(Debug, Clone, Copy)]
pub struct Packet<'a> {
    /// How it came.
    pub protocol: Protocol,
    /// Where from.
    pub source: SocketAddr,
    /// Which of [`Listening`] it came to.
    pub destination: SocketAddr,
    /// What it holds.
    pub bytes: &'a [u8],
}

/// Where somebody sends from.
pub type From = (Protocol, SocketAddr);

/// Numbers, for whoever looks after a relay.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Rooms with somebody in them.
    pub rooms: usize,
    /// Participants.
    pub participants: usize,
    /// Packets that were nobody's.
    pub strange: u64,
    /// Media packets that came in.
    pub media_in: u64,
    /// Media packets that were handed on, each for every receiver.
    pub media_out: u64,
    /// Key frames asked of senders.
    pub key_frames: u64,
}

/// What every core of a process shares: making a certificate takes a while.
#[derive(Clone)]
pub struct Identity {
    certificate: DtlsCert,
}

impl Identity {
    /// A certificate for this process, and the cryptography that it is used with.
    pub fn new() -> Self {
        let provider = srtp::provider();
        let certificate = provider.dtls_provider.generate_certificate();
        // The first of the process stays; they are all alike.
        provider.install_process_default();
        Self { certificate: certificate.expect("aws-lc makes certificates") }
    }
}

impl Default for Identity {
    fn default() -> Self {
        Self::new()
    }
}

/// See the module.
pub struct Core {
    number: u8,
    listening: Vec<Listening>,
    identity: Identity,
    rooms: Vec<Option<Room>>,
    rooms_by_name: HashMap<Hash32, usize>,
    people: Vec<Option<Box<Participant>>>,
    /// When each is to be woken.
    deadlines: Vec<Option<Instant>>,
    by_user: HashMap<Vec<u8>, usize>,
    by_address: HashMap<From, usize>,
    /// Who is to be woken and polled.
    dirty: Vec<usize>,
    /// Whom something came of, who is to be told so.
    untold: Vec<usize>,
    came: Vec<(usize, (TrackKind, usize), Media)>,
    lost: Vec<(usize, usize)>,
    over: Vec<usize>,
    /// Rooms in which somebody is ready to send, or to get something.
    opened: Vec<usize>,
    sends: Vec<Transmit>,
    moves: Vec<(From, bool)>,
    listeners: Vec<Listeners>,
    /// Whose participants went, and of which room.
    left: Vec<(Hash32, HolderId)>,
    ticked: Instant,
    counters: Counters,
}

impl Core {
    /// An empty core, the so-many-eth of its process.
    pub fn new(number: u8, identity: Identity, listening: Vec<Listening>, now: Instant) -> Self {
        Self {
            number,
            listening,
            identity,
            rooms: Vec::new(),
            rooms_by_name: HashMap::new(),
            people: Vec::new(),
            deadlines: Vec::new(),
            by_user: HashMap::new(),
            by_address: HashMap::new(),
            dirty: Vec::new(),
            untold: Vec::new(),
            came: Vec::new(),
            lost: Vec::new(),
            over: Vec::new(),
            opened: Vec::new(),
            sends: Vec::new(),
            moves: Vec::new(),
            listeners: Vec::new(),
            left: Vec::new(),
            ticked: now,
            counters: Counters::default(),
        }
    }

    /// Takes somebody into a room, in place of whom it was before; where their holder has all [`PLACES`], in place of the first of
    /// these. Nobody gets what they send but whom they allow, where they say so. Gives the answer to the offer.
    pub fn join(
        &mut self,
        place: &Place,
        holder: Option<HolderId>,
        allowed: Option<Allowed>,
        offer: &str,
        now: Instant,
    ) -> Result<String, Refused> {
        let offer = sdp::cleaned(offer)?;
        let (name, id) = (place.room.hash(), place.participant.id());
        let room = self.rooms_by_name.get(&name).copied();
        let members =
            room.and_then(|room| self.rooms[room].as_ref()).map_or(&[][..], |room| &room.members[..]);
        let there = members.len();
        let before = self.find(place).or_else(|| self.to_give_way(holder?, members));
        if before.is_none() && there >= ROOM_PARTICIPANTS {
            return Err(Refused::RoomFull);
        }
        if before.is_none() && self.counters.participants >= PARTICIPANTS {
            return Err(Refused::Full);
        }
        // The room is made when somebody is there to be in it.
        let at = room.unwrap_or_else(|| free_place(&mut self.rooms));
        let (mut participant, answer) =
            Participant::new(id, at, self.number, &offer, &self.listening, &self.identity.certificate, now)?;
        participant.holder = holder;
        participant.allowed = allowed;
        if let Some(before) = before {
            self.remove(before, now);
        }
        // Whoever was alone has taken its room with it.
        if self.rooms[at].is_none() {
            self.rooms[at] = Some(Room::new(name, now));
            self.rooms_by_name.insert(name, at);
        }
        let person = free_place(&mut self.people);
        self.deadlines.resize(self.people.len(), None);
        self.by_user.insert(participant.user.clone(), person);
        self.people[person] = Some(Box::new(participant));
        if let Some(room) = &mut self.rooms[at] {
            room.members.push(person);
        }
        self.counters.participants += 1;
        self.touch(person);
        self.assign(at, now);
        self.count_listeners(at);
        Ok(answer)
    }

    /// Which pictures somebody wants, and who gets what they send. `false`: nobody is there.
    pub fn wish(&mut self, place: &Place, wish: Wish, now: Instant) -> bool {
        let Some(at) = self.find(place) else { return false };
        let Some(person) = self.people[at].as_deref_mut() else { return false };
        if let Some(wanted) = wish.wanted {
            person.wishes = Some(wanted);
        }
        let room = person.room;
        let was_open = person.allowed.is_none();
        let says_whom = wish.allowed.is_some();
        if says_whom {
            person.allowed = wish.allowed;
        }
        self.assign(room, now);
        self.choose_layers(at, now);
        if says_whom {
            self.tell_listeners(at);
        }
        if says_whom && was_open {
            self.count_listeners(room);
        }
        true
    }

    /// Somebody goes. `false`: nobody was there.
    pub fn leave(&mut self, place: &Place, now: Instant) -> bool {
        let Some(at) = self.find(place) else { return false };
        self.remove(at, now);
        true
    }

    /// A call goes on elsewhere: whoever is still in its room hears nothing here any more, and joins where the others are.
    pub fn close(&mut self, room: &Hash32, now: Instant) {
        let Some(room) = self.rooms_by_name.get(room).and_then(|at| self.rooms[*at].as_ref()) else { return };
        for at in room.members.clone() {
            self.remove(at, now);
        }
    }

    /// Hands on what came in, and does what is due.
    pub fn settle(&mut self, now: Instant) {
        for at in std::mem::take(&mut self.untold) {
            if let Some(person) = self.people[at].as_deref_mut() {
                person.untold = false;
                self.sends.extend(person.tells(now));
            }
        }
        self.wake_due(now);
        if now.saturating_duration_since(self.ticked) >= TICK {
            self.tick(now);
        }
        loop {
            while let Some(at) = self.dirty.pop() {
                // What was written is sent only after this.
                self.wake(at, now);
                self.poll(at, now);
            }
            let quiet = self.came.is_empty() && self.lost.is_empty();
            if quiet && self.over.is_empty() && self.opened.is_empty() {
                return;
            }
            for room in std::mem::take(&mut self.opened) {
                self.assign(room, now);
                self.count_listeners(room);
            }
            for (at, slot) in std::mem::take(&mut self.lost) {
                self.ask_for(at, slot, now);
            }
            let mut came = std::mem::take(&mut self.came);
            for (at, place, packet) in came.drain(..) {
                self.forward(at, place, packet, now);
            }
            // Handing on may have brought more.
            if self.came.is_empty() {
                self.came = came;
            }
            for at in std::mem::take(&mut self.over) {
                self.remove(at, now);
            }
        }
    }

    /// When to settle at the latest.
    pub fn deadline(&self) -> Instant {
        let next = self.ticked + TICK;
        self.deadlines.iter().flatten().copied().min().map_or(next, |soonest| soonest.min(next))
    }

    /// What is to be sent, and is the caller's from now on.
    pub fn sends(&mut self) -> std::vec::Drain<'_, Transmit> {
        self.sends.drain(..)
    }

    /// Addresses that somebody here sends from since this was asked last, and such that nobody does any more.
    pub fn moves(&mut self) -> std::vec::Drain<'_, (From, bool)> {
        self.moves.drain(..)
    }

    /// Who is to be told who else is there.
    pub fn listeners(&mut self) -> std::vec::Drain<'_, Listeners> {
        self.listeners.drain(..)
    }

    /// Holders of whom nobody is in their room any more, since this was asked last.
    pub fn left(&mut self) -> Vec<HolderId> {
        let mut left = std::mem::take(&mut self.left);
        left.retain(|(room, holder)| !self.is_held(room, holder));
        left.into_iter().map(|(_, holder)| holder).collect()
    }

    /// A packet came that is nobody's, as whoever looked first has seen.
    pub fn is_strange(&mut self) {
        self.counters.strange += 1;
    }

    /// Numbers.
    pub fn counters(&self) -> Counters {
        Counters { rooms: self.rooms_by_name.len(), ..self.counters }
    }

    /// Rooms in which somebody is, and was heard of late: those that a call has left are not among them.
    pub fn rooms(&self, now: Instant) -> Vec<Hash32> {
        let is_here = |at: &usize| {
            let person = self.people[*at].as_deref();
            person.is_some_and(|person| now.saturating_duration_since(person.heard) < PRESENT)
        };
        let used = self.rooms.iter().flatten().filter(|room| room.members.iter().any(is_here));
        used.map(|room| room.name).collect()
    }

    fn poll(&mut self, at: usize, now: Instant) {
        let Some(person) = self.people[at].as_deref_mut() else { return };
        let mut turns = 0;
        loop {
            match person.poll() {
                Happened::Send(transmit) => self.sends.push(transmit),
                Happened::Opened => {
                    if !self.opened.contains(&person.room) {
                        self.opened.push(person.room);
                    }
                }
                Happened::Wait(deadline) if deadline <= now && turns < TURNS => {
                    turns += 1;
                    if !person.wake(now) {
                        self.deadlines[at] = None;
                        self.over.push(at);
                        return;
                    }
                }
                Happened::Wait(deadline) => {
                    self.deadlines[at] = Some(deadline);
                    return;
                }
                Happened::Over => {
                    self.deadlines[at] = None;
                    self.over.push(at);
                    return;
                }
            }
        }
    }

    fn forward(&mut self, from: usize, (kind, layer): (TrackKind, usize), packet: Media, now: Instant) {
        let Some(person) = self.people[from].as_deref_mut() else { return };
        // RFC 3711 §3.3.1: 48 bits. More is less than nothing, which only somebody hostile sends.
        if packet.number >= NUMBERS {
            return;
        }
        let Some(codec) = person.codec_of(&packet) else { return };
        let Some(track) = &mut person.tracks[kind as usize] else { return };
        track.layers[layer].note(packet.payload.len(), now);
        if kind == TrackKind::Voice {
            track.loudness.note(packet.level, now);
        }
        let incoming = Incoming {
            stream: packet.stream,
            number: packet.number,
            time: packet.time,
            at: now,
            layer,
            codec,
            begins: codec.begins(&packet.payload),
        };
        let listeners = std::mem::take(&mut track.listeners);
        let mut early = std::mem::take(&mut track.layers[layer].early);
        let mut is_waited_for = false;
        for (to, place) in &listeners {
            let Some(receiver) = self.people[*to].as_deref_mut().filter(|person| person.is_reached()) else {
                continue;
            };
            let slot = &mut receiver.slots[*place];
            let waited = slot.waits();
            let Some(numbers) = slot.pass(&incoming) else {
                is_waited_for |= slot.waits() && slot.target == Some(layer);
                continue;
            };
            let began = waited && !slot.waits();
            let mut write = |receiver: &mut Participant, numbers, packet: &Media| {
                let written = receiver.write(*place, codec, numbers, packet, &mut self.sends);
                self.counters.media_out += u64::from(written != Written::Dropped);
                written == Written::Left
            };
            let mut is_left = write(receiver, numbers, &packet);
            for (overtook, packet) in early.iter().filter(|_| began) {
                if let Some(numbers) = receiver.slots[*place].pass(overtook) {
                    is_left |= write(receiver, numbers, packet);
                }
            }
            if is_left && receiver.is_short() {
                // What goes past `str0m` next does not overtake it.
                self.wake(*to, now);
                self.poll(*to, now);
            } else if is_left && !std::mem::replace(&mut receiver.dirty, true) {
                self.dirty.push(*to);
            }
        }
        if let Some(track) =
            self.people[from].as_deref_mut().and_then(|one| one.tracks[kind as usize].as_mut())
        {
            track.listeners = listeners;
            if is_waited_for {
                early.push_back((incoming, packet));
                if early.len() > EARLY {
                    early.pop_front();
                }
                track.layers[layer].early = early;
            }
        }
    }

    fn wake_due(&mut self, now: Instant) {
        for at in 0..self.deadlines.len() {
            if self.deadlines[at].is_none_or(|deadline| deadline > now) {
                continue;
            }
            self.deadlines[at] = None;
            self.touch(at);
        }
    }

    fn wake(&mut self, at: usize, now: Instant) {
        let Some(person) = self.people[at].as_deref_mut() else { return };
        person.dirty = false;
        if !person.wake(now) {
            self.over.push(at);
        }
    }

    fn tick(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.ticked);
        self.ticked = now;
        for at in 0..self.people.len() {
            let Some(person) = self.people[at].as_deref_mut() else { continue };
            if person.reachable.is_none() && person.addresses.any() {
                person.reachable = Some(now);
            }
            let since = person.reachable.unwrap_or(person.joined);
            let is_late = !person.connected && now.saturating_duration_since(since) >= CONNECTS;
            if is_late || now.saturating_duration_since(person.heard) >= SILENCE {
                self.over.push(at);
                continue;
            }
            let tracks = person.tracks.iter_mut().flatten();
            tracks.flat_map(|track| &mut track.layers).for_each(|layer| layer.tick(passed));
            self.sends.extend(person.tells(now));
            let left = person.left(now);
            self.is_left(at, left.into_iter());
        }
        for at in 0..self.rooms.len() {
            self.choose_sources(at, now);
        }
        for at in 0..self.people.len() {
            self.choose_layers(at, now);
            if let Some(person) = self.people[at].as_deref_mut() {
                person.look_for_more(now, &mut self.sends);
                if person.fit_sounds() && !self.opened.contains(&person.room) {
                    self.opened.push(person.room);
                }
            }
        }
    }

    fn find(&self, place: &Place) -> Option<usize> {
        let room = *self.rooms_by_name.get(&place.room.hash())?;
        let id = place.participant.id();
        let members = &self.rooms[room].as_ref()?.members;
        members.iter().copied().find(|at| self.people[*at].as_deref().is_some_and(|person| person.id == id))
    }

    fn is_held(&self, room: &Hash32, holder: &HolderId) -> bool {
        let room = self.rooms_by_name.get(room).and_then(|at| self.rooms[*at].as_ref());
        let is_theirs =
            |at: &usize| self.people[*at].as_deref().is_some_and(|one| one.holder.as_ref() == Some(holder));
        room.is_some_and(|room| room.members.iter().any(is_theirs))
    }

    /// Of whoever has all the places that one has in a room: the one who came first. Who was started again has left it behind.
    fn to_give_way(&self, holder: HolderId, members: &[usize]) -> Option<usize> {
        let is_theirs =
            |at: &&usize| self.people[**at].as_deref().is_some_and(|one| one.holder == Some(holder));
        let mut theirs = members.iter().filter(is_theirs);
        let first = *theirs.next()?;
        (theirs.count() + 1 >= PLACES).then_some(first)
    }

    fn touch(&mut self, at: usize) {
        if let Some(person) = self.people[at].as_deref_mut()
            && !std::mem::replace(&mut person.dirty, true)
        {
            self.dirty.push(at);
        }
    }

    fn remove(&mut self, at: usize, now: Instant) {
        let Some(person) = self.people[at].take() else { return };
        self.deadlines[at] = None;
        self.by_user.remove(&person.user);
        self.is_left(at, person.addresses.all());
        // Its place is somebody else's next, perhaps before what waits for it is looked at.
        self.over.retain(|other| *other != at);
        self.untold.retain(|other| *other != at);
        self.came.retain(|(other, ..)| *other != at);
        self.lost.retain(|(other, _)| *other != at);
        self.counters.participants -= 1;
        let Some(room) = self.rooms[person.room].as_mut() else { return };
        self.left.extend(person.holder.map(|holder| (room.name, holder)));
        room.members.retain(|member| *member != at);
        for member in &room.members {
            if let Some(person) = self.people[*member].as_deref_mut() {
                let theirs = |slot: &&mut slot::Slot| slot.source.is_some_and(|source| source.person == at);
                person.slots.iter_mut().filter(theirs).for_each(|slot| slot.bind(None));
            }
        }
        if room.members.is_empty() {
            self.rooms_by_name.remove(&room.name);
            self.rooms[person.room] = None;
        } else {
            self.assign(person.room, now);
            self.count_listeners(person.room);
        }
    }
}

/// The first free place, made where there is none.
fn free_place<T>(places: &mut Vec<Option<T>>) -> usize {
    match places.iter().position(Option::is_none) {
        Some(at) => at,
        None => {
            places.push(None);
            places.len() - 1
        }
    }
}
