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
}

struct Relay {
    name: String,
    reached: Reached,
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
        up.max_by_key(|(_, relay)| weight(relay)).map(|(at, _)| at)
    }
}

impl Router {
    /// A relay that may come up. Answers with its number.
    pub fn add_relay(&mut self, name: &str) -> usize {
        self.calls.relays.push(Relay { name: name.to_owned(), reached: Reached::NotYet });
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

    /// A relay has answered, or was lost.
    pub fn relayed(&mut self, tag: u64, answer: Result<Body, Refusal>) {
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
        let purpose = Purpose::EnterCall { join: Box::new(join), holder, now_ms };
        let tag = self.ticket(id, number, ASK, purpose);
        self.out.asks.push((tag, Ask::Device { proof, challenge: self.challenge(id) }));
    }

    /// A device of this server asked.
    pub(super) fn enter_call(
        &mut self,
        id: ConnectionId,
        number: u64,
        join: CallJoin,
        holder: HolderId,
        now_ms: i64,
    ) {
        let parsed = parse_join(&join);
        if let Ok((place, Some(_))) = &parsed {
            self.hears(id, place.participant.id());
        }
        let relay = parsed.map(|(place, _)| self.calls.entered(place.room.hash(), now_ms));
        self.call_op(id, number, relay, Some(holder), to_relay::Request::Join(join));
    }

    /// What a relay is told of an account: it leads to nobody without this server's secret, which ends with its process.
    fn holder(&self, room: &Hash32, account: &[u8]) -> HolderId {
        let hash = Hash32::of(&[HOLDER_LABEL, &self.challenge_secret, &room.0, account]);
        let (id, _) = hash.0.split_first_chunk().expect("a hash is longer");
        HolderId(*id)
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

/// Nobody is there to hand a call on; somebody soon is.
pub fn no_relay() -> Refusal {
    Refusal::rate_limited("calls are not possible at this moment; try again in a few seconds", 1_000)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use casemate_wire::ids::{ParticipantSecret, RoomSecret};
    use casemate_wire::proto::wire::client_frame::Request;
    use casemate_wire::proto::wire::{CallAllowed, CallJoined, DeviceRequest, Done, ErrorCode};

    use super::*;
    use crate::config::Limits;
    use crate::testing::kit::Person;
    use crate::testing::{Line, World};

    fn join(room: u8, proof: Option<DeviceRequest>) -> Request {
        Request::CallJoin(CallJoin {
            proof,
            room: vec![room; 32].into(),
            participant: vec![9; 16].into(),
            offer: "v=0\r\n".into(),
            allowed: None,
        })
    }

    fn leave(room: u8) -> Request {
        Request::CallLeave(CallLeave { room: vec![room; 32].into(), participant: vec![9; 16].into() })
    }

    fn wish(room: u8) -> Request {
        Request::CallWish(CallWish {
            room: vec![room; 32].into(),
            participant: vec![9; 16].into(),
            wishes: Vec::new(),
            ..CallWish::default()
        })
    }

    fn proof(person: &Person, line: &Line) -> Option<DeviceRequest> {
        Some(person.signed(&person.device, &line.hello, None))
    }

    /// Sends, and gives what a relay is asked for it.
    fn asked(world: &mut World, line: &Line, request: Request) -> CallOp {
        world.send(line.id, 77, request);
        let [op] = &std::mem::take(&mut world.server.called)[..] else { panic!("no relay was asked") };
        op.clone()
    }

    fn world(relays: &[&str]) -> World {
        let mut world = World::open();
        for name in relays {
            let relay = world.server.router.add_relay(name);
            world.server.router.relay_is(relay, Reached::Yes);
        }
        world
    }

    #[test]
    fn a_device_enters_a_call_and_the_relay_sees_nobodys_name() {
        let mut world = world(&["one"]);
        let (ana, line) = world.person("ana", 1);
        let op = asked(&mut world, &line, join(1, proof(&ana, &line)));
        let to_relay::Request::Join(handed_on) = &op.request else { panic!("{op:?}") };
        assert_eq!((handed_on.proof.clone(), &handed_on.room[..]), (None, &[1; 32][..]));
        let joined = CallJoined { answer: "v=0".into(), relay: "one".into(), ..CallJoined::default() };
        world.server.router.relayed(op.tag, Ok(Body::CallJoined(joined.clone())));
        assert_eq!(world.take(line.id).unwrap().body, Some(Body::CallJoined(joined)));
        let op = asked(&mut world, &line, wish(1));
        world.server.router.relayed(op.tag, Ok(Body::Done(Done {})));
        let op = asked(&mut world, &line, leave(1));
        world.server.router.relayed(op.tag, Err(no_relay()));
        let answers = world.drain(line.id);
        assert!(matches!(&answers[..], [Body::Done(_), Body::Error(_)]), "{answers:?}");
    }

    #[test]
    fn who_else_is_there_is_told_to_the_participant_alone_on_its_newest_connection() {
        let mut world = world(&["one"]);
        let (ana, line) = world.person("ana", 1);
        let other = world.line();
        let allowed = Some(CallAllowed::default());
        let said = |participant: &[u8; 16]| CallListeners {
            participant: ParticipantSecret::new(*participant).id().into(),
            others: 2,
            unallowed: 1,
            open: 0,
        };
        let told = |world: &mut World, line: &Line| {
            world.server.router.call_listeners(said(&[9; 16]));
            world.drain(line.id).into_iter().filter(|body| matches!(body, Body::CallListeners(_))).count()
        };
        // Who says no list is an older client, and is told nothing.
        asked(&mut world, &line, join(1, proof(&ana, &line)));
        assert_eq!(told(&mut world, &line), 0);
        let Request::CallJoin(join) = join(1, proof(&ana, &line)) else { panic!() };
        let op = asked(&mut world, &line, Request::CallJoin(CallJoin { allowed: allowed.clone(), ..join }));
        let to_relay::Request::Join(handed_on) = &op.request else { panic!("{op:?}") };
        assert_eq!(handed_on.allowed, allowed);
        assert_eq!(told(&mut world, &line), 1);
        world.server.router.call_listeners(said(&[8; 16]));
        assert_eq!(world.drain(line.id).len(), 0, "of somebody else");
        // It comes back on another connection, and says there whom it allows.
        let Request::CallWish(wish) = wish(1) else { panic!() };
        asked(&mut world, &other, Request::CallWish(CallWish { allowed, ..wish }));
        assert_eq!(told(&mut world, &line), 0);
        assert_eq!(world.drain(other.id).len(), 1, "there it was told");
        world.server.router.disconnect(line.id);
        assert_eq!(told(&mut world, &other), 1);
        world.server.router.disconnect(other.id);
        assert!(world.server.router.calls.hear.is_empty());
    }

    #[test]
    fn a_relay_is_told_what_is_alike_for_one_account_in_one_room_and_leads_to_nobody() {
        let mut world = world(&["one"]);
        let ((ana, line), (bob, bobs)) = (world.person("ana", 1), world.person("bob", 2));
        let again = world.line();
        let mut holder = |person: &Person, line: &Line, room: u8| {
            asked(&mut world, line, join(room, proof(person, line))).holder.unwrap()
        };
        let first = holder(&ana, &line, 1);
        assert_eq!(holder(&ana, &again, 1), first);
        let others = [holder(&ana, &line, 2), holder(&bob, &bobs, 1), holder(&bob, &bobs, 2)];
        let all: BTreeSet<HolderId> = others.into_iter().chain([first]).collect();
        assert_eq!(all.len(), 4);
        assert_eq!(asked(&mut world, &line, wish(1)).holder, None);
        // After a restart it is another one.
        let account = proof(&ana, &line).unwrap().account;
        let restarted = Router::new(Limits::default(), [8; 32]);
        assert_ne!(restarted.holder(&hash_of(1), &account), first);
    }

    #[test]
    fn without_a_device_of_this_server_nobody_enters() {
        let mut world = world(&["one"]);
        let (ana, line) = world.person("ana", 1);
        let stranger = Person::new("mallory", 7);
        let other = world.line();
        let of_another_connection = proof(&ana, &other);
        let for_something_else = Some(ana.signed(&ana.device, &line.hello, Some(ana.device.create_inbox())));
        let wrong = [None, proof(&stranger, &line), of_another_connection, for_something_else];
        for proof in wrong {
            world.refused(line.id, join(1, proof));
            assert!(world.server.called.is_empty());
        }
    }

    #[test]
    fn without_relays_it_is_said() {
        let mut world = world(&[]);
        let (ana, line) = world.person("ana", 1);
        assert!(line.hello.no_calls);
        assert_eq!(world.refused(line.id, join(1, proof(&ana, &line))), ErrorCode::ErrorNotFound);
        let relay = world.server.router.add_relay("one");
        assert!(!world.line().hello.no_calls);
        assert_eq!(world.refused(line.id, join(1, proof(&ana, &line))), ErrorCode::ErrorRateLimited);
        world.server.router.relay_is(relay, Reached::Yes);
        asked(&mut world, &line, join(1, proof(&ana, &line)));
    }

    #[test]
    fn a_relay_that_dies_gives_its_rooms_away_and_does_not_get_them_back() {
        let mut world = world(&["one", "two", "three"]);
        let relays =
            |world: &mut World| -> Vec<usize> { (0..60).filter_map(|room| place(world, room)).collect() };
        let before = relays(&mut world);
        for relay in 0..3 {
            let rooms = before.iter().filter(|at| **at == relay).count();
            assert!((8..35).contains(&rooms), "relay {relay} has {rooms} of 60");
        }
        world.server.router.relay_is(1, Reached::Not);
        let after = relays(&mut world);
        for (before, after) in before.iter().zip(&after) {
            assert!(if *before == 1 { *after != 1 } else { before == after });
        }
        world.server.router.relay_is(1, Reached::Yes);
        assert_eq!(relays(&mut world), after, "who talks there goes on talking there");
        world.now_ms += REMEMBERED_MS;
        world.server.router.sweep(world.now_ms);
        assert_eq!(relays(&mut world), before);
    }

    fn hash_of(room: u8) -> Hash32 {
        RoomSecret::new([room; 32]).hash()
    }

    /// Where whoever enters a room goes; `None`: whoever asks is to ask again.
    fn place(world: &mut World, room: u8) -> Option<usize> {
        world.server.router.calls.entered(hash_of(room), world.now_ms)
    }

    #[test]
    fn a_server_that_was_started_again_asks_all_relays_before_anybody_joins() {
        let mut world = World::open();
        let [one, two] = ["one", "two"].map(|name| world.server.router.add_relay(name));
        let mut by_name = [None; 20];
        for (room, by_name) in (0..).zip(&mut by_name) {
            let (rooms, now_ms) = ([hash_of(room)], world.now_ms);
            world.server.router.relay_has(one, &[], now_ms);
            assert_eq!(place(&mut world, room), None, "the other may have it");
            world.server.router.relay_is(two, Reached::Yes);
            *by_name = world.server.router.calls.best(&hash_of(room));
            // Started again: it is where it is, not where its name would have it.
            let other = one + two - by_name.unwrap();
            assert!(world.server.router.relay_has(other, &rooms, now_ms).is_empty());
            assert_eq!(place(&mut world, room), Some(other));
            world.server.router.relay_is(two, Reached::NotYet);
        }
        assert!(by_name.contains(&Some(one)) && by_name.contains(&Some(two)));
        // One that was tried and is not there is waited for no longer.
        world.server.router.relay_is(two, Reached::Not);
        assert_eq!(place(&mut world, 50), Some(one));
    }

    #[test]
    fn a_call_whose_relay_is_silent_for_a_moment_is_not_split() {
        let mut world = world(&["one", "two"]);
        let now_ms = world.now_ms;
        let at = place(&mut world, 1).unwrap();
        world.server.router.relay_is(at, Reached::NotYet);
        assert_eq!(place(&mut world, 1), None, "it may come back");
        world.server.router.relay_has(at, &[hash_of(1)], now_ms);
        assert_eq!(place(&mut world, 1), Some(at));
        // It does not: whoever is left meets elsewhere, and that is so when it comes back with nobody.
        world.server.router.relay_is(at, Reached::Not);
        assert_eq!(place(&mut world, 1), Some(1 - at));
        world.server.router.relay_has(at, &[], now_ms);
        assert_eq!(place(&mut world, 1), Some(1 - at));
    }

    #[test]
    fn a_relay_that_comes_back_closes_what_went_on_elsewhere_meanwhile() {
        let mut world = world(&["one", "two"]);
        let now_ms = world.now_ms;
        let at = place(&mut world, 1).unwrap();
        let alone = (2..60).find(|room| place(&mut world, *room) == Some(at)).unwrap();
        let both = [hash_of(1), hash_of(alone)];
        // Only the server cannot reach it: those in its rooms talk on, and one who comes goes elsewhere.
        world.server.router.relay_is(at, Reached::Not);
        assert_eq!(place(&mut world, 1), Some(1 - at));
        assert_eq!(world.server.router.relay_has(at, &both, now_ms), both[..1], "all meet where that one is");
        assert_eq!((place(&mut world, 1), place(&mut world, alone)), (Some(1 - at), Some(at)));
        // One that is being tried again is the current one still.
        world.server.router.relay_is(1 - at, Reached::NotYet);
        assert_eq!(world.server.router.relay_has(at, &both, now_ms), both[..1]);
        assert!(world.server.router.relay_has(1 - at, &both[..1], now_ms).is_empty());
        // Where that is gone the call is where somebody is in it; and it comes back too late.
        world.server.router.relay_is(1 - at, Reached::Not);
        assert!(world.server.router.relay_has(at, &both, now_ms).is_empty());
        assert_eq!(place(&mut world, 1), Some(at));
        assert_eq!(world.server.router.relay_has(1 - at, &both[..1], now_ms), both[..1]);
        assert_eq!(place(&mut world, 1), Some(at));
    }

    #[test]
    fn two_relays_with_one_call_after_a_restart_of_the_server_are_told_so() {
        let mut world = World::open();
        let [one, two] = ["one", "two"].map(|name| world.server.router.add_relay(name));
        let (rooms, now_ms) = ([hash_of(1), hash_of(2)], world.now_ms);
        assert!(
            world.server.router.relay_has(two, &rooms[..1], now_ms).is_empty(),
            "it is the first to say so"
        );
        assert_eq!(world.server.router.relay_has(one, &rooms, now_ms), rooms[..1]);
        assert_eq!((place(&mut world, 1), place(&mut world, 2)), (Some(two), Some(one)));
    }

    #[test]
    fn what_is_wished_for_goes_where_the_call_is_and_moves_nothing() {
        let mut world = world(&["one", "two"]);
        let line = world.line();
        let at = place(&mut world, 1).unwrap();
        assert_eq!(asked(&mut world, &line, wish(1)).relay, at);
        world.server.router.relay_is(at, Reached::Not);
        assert_eq!(world.refused(line.id, wish(1)), ErrorCode::ErrorRateLimited);
        assert_eq!(world.refused(line.id, leave(1)), ErrorCode::ErrorRateLimited);
        world.server.router.relay_is(at, Reached::Yes);
        assert_eq!(asked(&mut world, &line, wish(1)).relay, at);
        // Nothing is remembered of rooms that nobody entered.
        asked(&mut world, &line, wish(2));
        assert_eq!(world.server.router.calls.rooms.len(), 1);
    }

    #[test]
    fn entering_is_limited() {
        let mut world = world(&["one"]);
        let line = world.line();
        let refused: Vec<_> = (0..2_000).map(|_| world.refused(line.id, join(1, None))).collect();
        assert!(refused.contains(&ErrorCode::ErrorRateLimited));
    }
}
