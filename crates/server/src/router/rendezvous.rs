//! Where a new device waits and its primary finds it: a place named by a secret that the server is never told.
//!
//! ```text
//! new device ─offer─▶ place ◀─fetch─ primary        both sealed: the server sees sizes and two connections
//! new device ◀─────── place ◀─answer─ primary
//! ```
//! Nothing of it is stored: a place is in memory for minutes, whoever waits offers again after a restart, and whoever answers
//! answers again. It belongs to no account; bounded in all and per network address.

use std::collections::HashMap;

use bytes::Bytes;
use casemate_wire::ids::Hash32;
use casemate_wire::limits::{ANSWER_SIZES, LINKING_MS, OFFER_BYTES};
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{
    Done, ErrorCode, RendezvousAnswer, RendezvousAnswered, RendezvousEnd, RendezvousFetch, RendezvousOffer,
    RendezvousOffered,
};
use subtle::ConstantTimeEq;

use super::{ConnectionId, Router};
use crate::limits::Peer;
use crate::refusal::Refusal;

/// Places in all. Each takes 2 to 22 KiB; more lets more people link at the same time.
const PLACES: usize = 2_000;

/// Places offered from one network address.
const PLACES_PER_PEER: usize = 40;

/// An offer is kept a little longer than its code holds: whoever scanned at the last moment is still asked.
const OFFER_MS: i64 = LINKING_MS + 2 * 60_000;

/// An answer waits so long for a device that was interrupted.
const ANSWER_MS: i64 = 60 * 60_000;

/// All places.
#[derive(Default)]
pub struct Places(HashMap<[u8; 16], Place>);

struct Place {
    /// Empty once it was answered and understood.
    offer: Bytes,
    answer: Option<Answer>,
    /// Who waits, as far as it is still there.
    waiting: ConnectionId,
    from: Peer,
    until_ms: i64,
}

struct Answer {
    /// Stays when the answer is gone: whoever answers late and otherwise is told.
    hash: Hash32,
    sealed: Bytes,
}

impl Places {
    /// Forgets what has expired.
    pub fn sweep(&mut self, now_ms: i64) {
        self.0.retain(|_, place| place.until_ms > now_ms);
        self.0.shrink_to(16);
    }
}

impl Router {
    pub(super) fn rendezvous_offer(
        &mut self,
        id: ConnectionId,
        number: u64,
        offer: RendezvousOffer,
        now_ms: i64,
    ) {
        match self.take_offer(id, &offer, now_ms) {
            Ok(answer) => {
                self.answer(id, number, Body::Done(Done {}));
                if let Some(sealed) = answer {
                    let body =
                        Body::RendezvousAnswered(RendezvousAnswered { place: offer.place.clone(), sealed });
                    self.answer(id, 0, body);
                }
            }
            Err(refusal) => self.refuse(id, number, refusal),
        }
    }

    /// What was answered already, if anything was.
    fn take_offer(
        &mut self,
        id: ConnectionId,
        offer: &RendezvousOffer,
        now_ms: i64,
    ) -> Result<Option<Bytes>, Refusal> {
        let name = place_name(&offer.place)?;
        if offer.sealed.len() != OFFER_BYTES {
            return Err(Refusal::invalid("an offer has exactly 2,048 bytes"));
        }
        let Some(from) = self.connection(id).map(|connection| connection.peer) else { return Ok(None) };
        self.places.0.retain(|_, place| place.until_ms > now_ms);
        if let Some(place) = self.places.0.get_mut(&name) {
            if !bool::from(place.offer.ct_eq(&offer.sealed)) {
                return Err(Refusal::new(ErrorCode::ErrorTaken, "another device waits here"));
            }
            place.waiting = id;
            return Ok(place.answer.as_ref().map(|answer| answer.sealed.clone()));
        }
        let same = self.places.0.values().filter(|place| place.from == from).count();
        if self.places.0.len() >= PLACES || same >= PLACES_PER_PEER && !self.limits.lifted {
            return Err(Refusal::rate_limited("too many devices wait to be linked; try again soon", 60_000));
        }
        let place = Place {
            // Not a part of the frame that it came in.
            offer: Bytes::copy_from_slice(&offer.sealed),
            answer: None,
            waiting: id,
            from,
            until_ms: now_ms.saturating_add(OFFER_MS),
        };
        self.places.0.insert(name, place);
        Ok(None)
    }

    pub(super) fn rendezvous_fetch(
        &mut self,
        id: ConnectionId,
        number: u64,
        wanted: &RendezvousFetch,
        now_ms: i64,
    ) {
        let peer = self.connection(id).map(|connection| connection.peer);
        let found = place_name(&wanted.place).and_then(|name| self.place(&name, now_ms));
        match found {
            Ok(place) if place.offer.is_empty() => self.refuse(id, number, nobody()),
            Ok(place) => {
                let (sealed, same_network) = (place.offer.clone(), Some(place.from) == peer);
                let body = Body::RendezvousOffered(RendezvousOffered { sealed, same_network });
                self.answer(id, number, body);
            }
            Err(refusal) => self.refuse(id, number, refusal),
        }
    }

    pub(super) fn rendezvous_answer(
        &mut self,
        id: ConnectionId,
        number: u64,
        answer: &RendezvousAnswer,
        now_ms: i64,
    ) {
        match self.take_answer(answer, now_ms) {
            Ok(waiting) => {
                self.answer(id, number, Body::Done(Done {}));
                if let Some(waiting) = waiting {
                    let body = Body::RendezvousAnswered(RendezvousAnswered {
                        place: answer.place.clone(),
                        sealed: answer.sealed.clone(),
                    });
                    self.answer(waiting, 0, body);
                }
            }
            Err(refusal) => self.refuse(id, number, refusal),
        }
    }

    /// Who is to be told, where this is news.
    fn take_answer(
        &mut self,
        answer: &RendezvousAnswer,
        now_ms: i64,
    ) -> Result<Option<ConnectionId>, Refusal> {
        let name = place_name(&answer.place)?;
        if !ANSWER_SIZES.contains(&answer.sealed.len()) {
            return Err(Refusal::invalid("an answer has one of two sizes"));
        }
        let place = self.place(&name, now_ms)?;
        let hash = Hash32::of(&[&answer.sealed]);
        match &place.answer {
            Some(first) if first.hash != hash => {
                return Err(Refusal::new(ErrorCode::ErrorTaken, "this device was answered already"));
            }
            Some(_) => return Ok(None),
            None => {
                place.answer = Some(Answer { hash, sealed: Bytes::copy_from_slice(&answer.sealed) });
                place.until_ms = now_ms.saturating_add(ANSWER_MS);
            }
        }
        Ok(Some(place.waiting))
    }

    pub(super) fn rendezvous_end(&mut self, id: ConnectionId, number: u64, wanted: &RendezvousEnd) {
        match place_name(&wanted.place) {
            Ok(name) => {
                if let Some(place) = self.places.0.get_mut(&name) {
                    place.offer = Bytes::new();
                    match &mut place.answer {
                        Some(answer) => answer.sealed = Bytes::new(),
                        None => drop(self.places.0.remove(&name)),
                    }
                }
                self.answer(id, number, Body::Done(Done {}));
            }
            Err(refusal) => self.refuse(id, number, refusal),
        }
    }

    fn place(&mut self, name: &[u8; 16], now_ms: i64) -> Result<&mut Place, Refusal> {
        let place = self.places.0.get_mut(name).filter(|place| place.until_ms > now_ms);
        place.ok_or_else(nobody)
    }
}

fn nobody() -> Refusal {
    Refusal::not_found("nobody waits here (any more)")
}

fn place_name(place: &[u8]) -> Result<[u8; 16], Refusal> {
    place.try_into().map_err(|_| Refusal::invalid("a place has 16 bytes"))
}

#[cfg(test)]
mod tests {
    use casemate_wire::proto::wire::client_frame::Request;

    use super::*;
    use crate::config::{Limits, Policy};
    use crate::testing::{World, open_policy};

    fn offer(place: u8, fill: u8) -> Request {
        let sealed = vec![fill; OFFER_BYTES].into();
        Request::RendezvousOffer(RendezvousOffer { place: vec![place; 16].into(), sealed })
    }

    fn fetch(place: u8) -> Request {
        Request::RendezvousFetch(RendezvousFetch { place: vec![place; 16].into() })
    }

    fn answer(place: u8, fill: u8) -> Request {
        let sealed = vec![fill; ANSWER_SIZES[0]].into();
        Request::RendezvousAnswer(RendezvousAnswer { place: vec![place; 16].into(), sealed })
    }

    #[test]
    fn offered_found_answered_and_forgotten() {
        let mut world = World::open();
        let (new, primary) = (world.line(), world.line());
        assert_eq!(world.refused(primary.id, fetch(1)), ErrorCode::ErrorNotFound);
        assert_eq!(world.refused(primary.id, answer(1, 9)), ErrorCode::ErrorNotFound);
        world.ask(new.id, offer(1, 5)).unwrap();
        let Ok(Body::RendezvousOffered(found)) = world.ask(primary.id, fetch(1)) else { panic!() };
        assert_eq!((found.sealed[0], found.same_network), (5, true));
        world.ask(primary.id, answer(1, 9)).unwrap();
        let [Body::RendezvousAnswered(pushed)] = &world.drain(new.id)[..] else { panic!() };
        assert_eq!((pushed.place[0], pushed.sealed[0]), (1, 9));
        let end = RendezvousEnd { place: vec![1; 16].into() };
        world.ask(new.id, Request::RendezvousEnd(end)).unwrap();
        assert_eq!(world.refused(primary.id, fetch(1)), ErrorCode::ErrorNotFound);
        // Whoever saw the code and comes late hears that it was answered; a repeat is answered as the first.
        assert_eq!(world.refused(primary.id, answer(1, 8)), ErrorCode::ErrorTaken);
        world.ask(primary.id, answer(1, 9)).unwrap();
        // Given up before it was answered: as if nobody had waited.
        world.ask(new.id, offer(2, 5)).unwrap();
        let end = RendezvousEnd { place: vec![2; 16].into() };
        world.ask(new.id, Request::RendezvousEnd(end)).unwrap();
        assert_eq!(world.refused(primary.id, answer(2, 9)), ErrorCode::ErrorNotFound);
    }

    #[test]
    fn whoever_was_interrupted_offers_again_and_gets_the_answer() {
        let mut world = World::open();
        let (new, primary) = (world.line(), world.line());
        world.ask(new.id, offer(1, 5)).unwrap();
        world.server.disconnect(new.id);
        world.ask(primary.id, answer(1, 9)).unwrap();
        // The answer was not lost on either side.
        world.ask(primary.id, answer(1, 9)).unwrap();
        let again = world.line();
        world.ask(again.id, offer(1, 5)).unwrap();
        let [Body::RendezvousAnswered(pushed)] = &world.drain(again.id)[..] else { panic!() };
        assert_eq!(pushed.sealed[0], 9);
    }

    #[test]
    fn a_place_is_taken_once_and_answered_once() {
        let mut world = World::open();
        let (new, other) = (world.line(), world.line());
        world.ask(new.id, offer(1, 5)).unwrap();
        assert_eq!(world.refused(other.id, offer(1, 6)), ErrorCode::ErrorTaken);
        world.ask(other.id, answer(1, 9)).unwrap();
        assert_eq!(world.refused(other.id, answer(1, 8)), ErrorCode::ErrorTaken);
    }

    #[test]
    fn sizes_and_names_are_fixed() {
        let mut world = World::open();
        let line = world.line();
        for len in [0, OFFER_BYTES - 1, OFFER_BYTES + 1] {
            let offer = RendezvousOffer { place: vec![1; 16].into(), sealed: vec![0; len].into() };
            assert_eq!(world.refused(line.id, Request::RendezvousOffer(offer)), ErrorCode::ErrorInvalid);
        }
        world.ask(line.id, offer(1, 5)).unwrap();
        for len in [0, ANSWER_SIZES[0] + 1] {
            let answer = RendezvousAnswer { place: vec![1; 16].into(), sealed: vec![0; len].into() };
            assert_eq!(world.refused(line.id, Request::RendezvousAnswer(answer)), ErrorCode::ErrorInvalid);
        }
        let fetch = RendezvousFetch { place: vec![1; 15].into() };
        assert_eq!(world.refused(line.id, Request::RendezvousFetch(fetch)), ErrorCode::ErrorInvalid);
    }

    #[test]
    fn offers_expire_answers_a_little_later() {
        let mut world = World::open();
        let line = world.line();
        world.ask(line.id, offer(1, 5)).unwrap();
        world.ask(line.id, offer(2, 5)).unwrap();
        world.now_ms += LINKING_MS;
        world.ask(line.id, fetch(1)).unwrap();
        world.ask(line.id, answer(2, 9)).unwrap();
        world.now_ms += OFFER_MS;
        assert_eq!(world.refused(line.id, fetch(1)), ErrorCode::ErrorNotFound);
        world.ask(line.id, fetch(2)).unwrap();
        world.now_ms += ANSWER_MS;
        world.server.router.sweep(world.now_ms);
        assert_eq!(world.refused(line.id, fetch(2)), ErrorCode::ErrorNotFound);
        assert!(world.server.router.places.0.is_empty());
    }

    #[test]
    fn one_network_does_not_take_all_places() {
        let limits = Limits { rendezvous_per_hour: 100_000, ..Limits::default() };
        let mut world = World::new(Policy { limits, ..open_policy() });
        let line = world.line();
        for place in 0..PLACES_PER_PEER as u8 {
            world.ask(line.id, offer(place, 5)).unwrap();
        }
        assert_eq!(world.refused(line.id, offer(200, 5)), ErrorCode::ErrorRateLimited);
        // A repeat is none too many.
        world.ask(line.id, offer(0, 5)).unwrap();
    }

    #[test]
    fn another_network_is_said() {
        let mut world = World::open();
        let new = world.line();
        world.ask(new.id, offer(1, 5)).unwrap();
        let address = "203.0.113.7".parse().unwrap();
        let far = world.server.router.connect(address, world.now_ms).unwrap();
        world.ask(far, crate::testing::hello_request()).unwrap();
        let Ok(Body::RendezvousOffered(found)) = world.ask(far, fetch(1)) else { panic!() };
        assert!(!found.same_network);
    }

    #[test]
    fn guessing_is_limited() {
        let mut world = World::open();
        let line = world.line();
        let codes: Vec<_> = (0..200).map(|place| world.refused(line.id, fetch(place))).collect();
        assert!(codes.contains(&ErrorCode::ErrorRateLimited), "{codes:?}");
    }
}
