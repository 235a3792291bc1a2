//! Which relay has which call, and asking it.
//!
//! ```text
//! device ─CallJoin─▶ router ─proof─▶ directory        which never sees the room
//!                      │ ◀──────── a device of this server
//!                      └─ join ─▶ relay ─▶ CallJoined
//! ```
//! A room goes to the relay that rendezvous hashing names among those that are up, and stays there while that is up: one
//! that comes back does not split the calls that moved away from it, and whoever was left there in one of these is put out and
//! joins where the others are. Nothing of it is stored, and nobody's name is beside it: a relay, which gives each account few places in
//! a room, is told what is alike for these and says nothing else;
//! a server that was started again hears from the relays which rooms they have, and until it has asked each of them once, whoever
//! joins waits. So does whoever joins a call whose relay is being asked again.

use std::collections::HashMap;

use casemate_wire::call::{BadCall, parse_join, parse_leave, parse_wish};
use casemate_wire::ids::{Hash32, HolderId, ParticipantId};
use casemate_wire::proto::relay::to_relay;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{CallJoin, CallLeave, CallListeners, CallWish};

use super::live::{AccountTag, Live};
use super::terms::{ASK, OP};
use super::tickets::Purpose;
use super::{ConnectionId, Router};
use crate::directory::Ask;
use crate::refusal::Refusal;

/// Rooms whose relay is remembered. Each takes about 64 bytes; whatever is forgotten is found again by hashing.
const ROOMS: usize = 100_000;

/// A room that nobody entered for so long is forgotten. Longer than calls last.
const REMEMBERED_MS: i64 = 24 * 60 * 60_000;

/// All of them are looked through at most so often to make room for others.
const SWEEPS_APART_MS: i64 = 60_000;

/// Label of what an account is here, while it is in calls.
const ACCOUNT_LABEL: &[u8] = b"casemate/call-account/v1";

/// Label of what is alike for all of one account in a room.
const HOLDER_LABEL: &[u8] = b"casemate/call-holder/v1";

/// Something for a relay.
#[derive(Debug, Clone, PartialEq)]
pub struct CallOp {
    /// Which, by the number that [`Router::add_relay`] gave.
    pub relay: usize,
    /// Comes back with the answer.
    pub tag: u64,
    /// Who joins.
    pub holder: Option<HolderId>,
    /// What it is asked.
    pub request: to_relay::Request,
}

/// All relays, and where rooms are.
#[derive(Default)]
pub struct Calls {
    relays: Vec<Relay>,
    rooms: HashMap<Hash32, (usize, i64)>,
    /// Who is told who else is in a room: one for each connection, so that this is bounded by those.
    hear: HashMap<ParticipantId, ConnectionId>,
    /// When room was made for others last.
    swept_ms: i64,
    /// How many rooms each account is in.
    live: Live,
}

/// A relay, as it is known here.
#[derive(Debug)]
pub struct Relay {
    /// How the operator calls it.
    pub name: String,
    /// Whether it answers.
    pub reached: Reached,
    /// Whether it says who left. One of an earlier version does not, and what nobody ends is not counted.
    tells_left: bool,
    /// Which build of the program it is. Empty: it does not say.
    pub build: String,
    /// Whether it is another build than this server's, and is replaced once nobody is in a call there. New calls go to others, where there
    /// are any.
    pub drains: bool,
    /// How it does, as it said last: rooms, and participants.
    pub seen: (u32, u32),
}

/// Whether a relay answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// It is being tried, for the first time or after it was there: what it has is not known, and soon will be.
    NotYet,
    /// It answers.
    Yes,
    /// It was tried, and does not.
    Not,
}

impl Calls {
    /// Whether there can be calls: a relay that is away now comes back.
    pub fn has_relays(&self) -> bool {
        !self.relays.is_empty()
    }

    /// Forgets old rooms.
    pub fn sweep(&mut self, now_ms: i64) {
        self.rooms.retain(|_, (_, at_ms)| now_ms.saturating_sub(*at_ms) < REMEMBERED_MS);
        self.rooms.shrink_to(64);
    }

    /// A connection is not that of a participant any more.
    pub fn hears_no_more(&mut self, participant: &ParticipantId, connection: ConnectionId) {
        if self.hear.get(participant) == Some(&connection) {
            self.hear.remove(participant);
        }
    }

    /// Where whoever enters a room goes. `None`: no relay is up, or it will be known in a moment.
    fn entered(&mut self, room: Hash32, now_ms: i64) -> Option<usize> {
        let relay = match self.rooms.get(&room) {
            Some((relay, _)) if self.relays[*relay].reached == Reached::Not => self.best(&room),
            _ => self.home(room),
        }?;
        self.remember(room, relay, now_ms);
        Some(relay)
    }

    /// Where somebody is who is in a room: one that wishes for something does not move its call.
    fn home(&self, room: Hash32) -> Option<usize> {
        let is_up = |relay: &usize| self.relays[*relay].reached == Reached::Yes;
        match self.rooms.get(&room) {
            Some((relay, _)) => Some(*relay).filter(is_up),
            None if self.relays.iter().any(|relay| relay.reached == Reached::NotYet) => None,
            None => self.best(&room),
        }
    }

    /// Whether a room is somewhere else than at a relay that has it, too: where who enters it goes.
    fn is_elsewhere(&self, room: &Hash32, relay: usize) -> bool {
        let current = self.rooms.get(room).map(|(current, _)| *current);
        current.is_some_and(|current| current != relay && self.relays[current].reached != Reached::Not)
    }

    fn remember(&mut self, room: Hash32, relay: usize, now_ms: i64) {
        let is_full = self.rooms.len() >= ROOMS && !self.rooms.contains_key(&room);
        if is_full && now_ms.saturating_sub(self.swept_ms) >= SWEEPS_APART_MS {
            self.swept_ms = now_ms;
            self.sweep(now_ms.saturating_add(REMEMBERED_MS / 2));
        }
        if self.rooms.len() < ROOMS {
            self.rooms.insert(room, (relay, now_ms));
        }
    }

    /// Rendezvous hashing: when a relay goes, only its own rooms move.
    fn best(&self, room: &Hash32) -> Option<usize> {
        let up = self.relays.iter().enumerate().filter(|(_, relay)| relay.reached == Reached::Yes);
        let weight = |relay: &Relay| Hash32::of(&[b"casemate/relay/v1", relay.name.as_bytes(), &room.0]);
        up.max_by_key(|(_, relay)| (!relay.drains, weight(relay))).map(|(at, _)| at)
    }
}

impl Router {
    /// A relay that may come up. Answers with its number.
    pub fn add_relay(&mut self, name: &str) -> usize {
        self.calls.relays.push(Relay {
            name: name.to_owned(),
            reached: Reached::NotYet,
            tells_left: false,
            build: String::new(),
            drains: false,
            seen: (0, 0),
        });
        self.calls.relays.len() - 1
    }

    /// Whether a relay answers.
    pub fn relay_is(&mut self, relay: usize, reached: Reached) {
        if let Some(relay) = self.calls.relays.get_mut(relay) {
            relay.reached = reached;
        }
    }

    /// A relay answers, and has these rooms, with somebody in each. They stay where they are, but for those whose call went on
    /// elsewhere meanwhile: these are given back, to be closed there, or one call would be two.
    pub fn relay_has(&mut self, relay: usize, rooms: &[Hash32], now_ms: i64) -> Vec<Hash32> {
        self.relay_is(relay, Reached::Yes);
        let mut elsewhere = Vec::new();
        for room in rooms {
            if self.calls.is_elsewhere(room, relay) {
                elsewhere.push(*room);
            } else {
                self.calls.remember(*room, relay, now_ms);
            }
        }
        elsewhere
    }

    /// What a relay that answers says of itself: whether it tells who left, and which build it is. `drains`: it is to be replaced.
    pub fn relay_greets(&mut self, relay: usize, tells_left: bool, build: &str, drains: bool) {
        self.calls.live.begins(relay);
        if let Some(relay) = self.calls.relays.get_mut(relay) {
            relay.tells_left = tells_left;
            relay.build = build.to_owned();
            relay.drains = drains;
        }
    }

    /// A relay says how it does.
    pub fn relay_seen(&mut self, relay: usize, seen: (u32, u32)) {
        if let Some(relay) = self.calls.relays.get_mut(relay) {
            relay.seen = seen;
        }
    }

    /// All of them.
    pub fn relays(&self) -> &[Relay] {
        &self.calls.relays
    }

    /// A relay says of whom nobody is in a room any more.
    pub fn call_left(&mut self, relay: usize, holders: &[HolderId]) {
        holders.iter().for_each(|holder| self.calls.live.left(holder, relay));
    }

    /// A relay has answered, or was lost.
    pub fn relayed(&mut self, tag: u64, answer: Result<Body, Refusal>) {
        self.calls.live.answered(tag, matches!(answer, Ok(Body::CallJoined(_))));
        let Some(ticket) = self.take_ticket(tag) else { return };
        match answer {
            Ok(body) => self.answer(ticket.connection, ticket.frame, body),
            Err(refusal) => self.refuse(ticket.connection, ticket.frame, refusal),
        }
    }

    pub(super) fn call_join(&mut self, id: ConnectionId, number: u64, mut join: CallJoin, now_ms: i64) {
        if !self.calls.has_relays() {
            return self.refuse(id, number, Refusal::not_found("this server has no calls"));
        }
        let Some(proof) = join.proof.take() else {
            return self.refuse(id, number, Refusal::invalid("the proof is missing"));
        };
        let room = match parse_join(&join) {
            Ok((place, _)) => place.room.hash(),
            Err(bad) => return self.refuse(id, number, bad.into()),
        };
        let holder = self.holder(&room, &proof.account);
        let account = self.account_tag(&proof.account);
        let purpose = Purpose::EnterCall { join: Box::new(join), account, holder, now_ms };
        let ask = Ask::Device { proof, challenge: self.challenge(id) };
        self.ask_for(
            id,
            number,
            ask,
            ASK,
            (super::terms::SIGNED, casemate_wire::limits::CALL_SDP_BYTES),
            purpose,
        );
    }

    /// A device of this server asked.
    pub(super) fn enter_call(
        &mut self,
        id: ConnectionId,
        number: u64,
        join: CallJoin,
        (account, holder): (AccountTag, HolderId),
        now_ms: i64,
    ) {
        let parsed = parse_join(&join);
        if let Ok((place, Some(_))) = &parsed {
            self.hears(id, place.participant.id());
        }
        let relay = parsed.map(|(place, _)| self.calls.entered(place.room.hash(), now_ms));
        if let Ok(Some(relay)) = relay
            && self.calls.relays[relay].tells_left
            && !self.calls.live.enter(account, holder, relay)
        {
            return self.refuse(id, number, too_many());
        }
        self.call_op(id, number, relay, Some(holder), to_relay::Request::Join(join));
    }

    /// What a relay is told of an account: it leads to nobody without this server's secret, which ends with its process.
    fn holder(&self, room: &Hash32, account: &[u8]) -> HolderId {
        let hash = Hash32::of(&[HOLDER_LABEL, &self.challenge_secret, &room.0, account]);
        let (id, _) = hash.0.split_first_chunk().expect("a hash is longer");
        HolderId(*id)
    }

    fn account_tag(&self, account: &[u8]) -> AccountTag {
        let hash = Hash32::of(&[ACCOUNT_LABEL, &self.challenge_secret, account]);
        let (tag, _) = hash.0.split_first_chunk().expect("a hash is longer");
        AccountTag(*tag)
    }

    pub(super) fn call_wish(&mut self, id: ConnectionId, number: u64, wish: CallWish) {
        let parsed = parse_wish(&wish);
        // Whoever names its secret is the participant, on whichever connection.
        if let Ok((place, wished)) = &parsed
            && wished.allowed.is_some()
        {
            self.hears(id, place.participant.id());
        }
        let relay = parsed.map(|(place, _)| self.calls.home(place.room.hash()));
        self.call_op(id, number, relay, None, to_relay::Request::Wish(wish));
    }

    pub(super) fn call_leave(&mut self, id: ConnectionId, number: u64, leave: CallLeave) {
        let relay = parse_leave(&leave).map(|place| self.calls.home(place.room.hash()));
        self.call_op(id, number, relay, None, to_relay::Request::Leave(leave));
    }

    /// From now on a connection is told who else is where a participant is, and of no other one.
    fn hears(&mut self, id: ConnectionId, participant: ParticipantId) {
        let Some(connection) = self.connection_mut(id) else { return };
        let before = connection.participant.replace(Box::new(participant));
        if let Some(before) = before.filter(|before| **before != participant) {
            self.calls.hears_no_more(&before, id);
        }
        self.calls.hear.insert(participant, id);
    }

    /// A relay says who else is where a participant is. Whoever reads nothing is told when they say the next time whom they allow.
    pub fn call_listeners(&mut self, said: CallListeners) {
        let participant = ParticipantId::try_from(&said.participant[..]).ok();
        let Some(id) = participant.and_then(|one| self.calls.hear.get(&one)).copied() else { return };
        let crowded = self.is_crowded(id);
        if self.connection(id).is_some_and(|connection| !connection.is_full(crowded)) {
            self.answer(id, 0, Body::CallListeners(said));
        }
    }

    fn call_op(
        &mut self,
        id: ConnectionId,
        number: u64,
        relay: Result<Option<usize>, BadCall>,
        holder: Option<HolderId>,
        request: to_relay::Request,
    ) {
        match relay {
            Ok(Some(relay)) => {
                // The answer to a join is a large one.
                let weight = if holder.is_some() { ASK } else { OP };
                let tag = self.ticket(id, number, weight, Purpose::Answer);
                if let Some(holder) = holder {
                    self.calls.live.asks(tag, holder);
                }
                self.out.calls.push(CallOp { relay, tag, holder, request });
            }
            Ok(None) => self.refuse(id, number, no_relay()),
            Err(bad) => self.refuse(id, number, bad.into()),
        }
    }
}

impl From<BadCall> for Refusal {
    fn from(bad: BadCall) -> Self {
        Self::invalid(bad.to_string())
    }
}

/// An account that leaves one of its calls may enter another.
fn too_many() -> Refusal {
    Refusal::rate_limited("you are in too many calls at once; leave one of them first", 30_000)
}

/// Nobody is there to hand a call on; somebody soon is.
pub fn no_relay() -> Refusal {
    Refusal::rate_limited("calls are not possible at this moment; try again in a few seconds", 1_000)
}

#[cfg(test)]
mod tests;
