//! Ephemera: what matters only now goes to whoever follows the log at this moment, and nowhere else. Nothing is stored
//! and nothing waits: who is behind, or full, does without.
//!
//! The right is that of the follow: whoever follows has shown a reader of the log. So an ephemeral costs no look into
//! the store, and who was removed sends none, because the removal ended the follow.

use std::collections::HashMap;

use casemate_wire::limits::EPHEMERAL_BYTES;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{Done, Ephemeral, SendEphemeral, ServerFrame};
use prost::Message;

use super::registry::Slot;
use super::{ConnectionId, Router};
use crate::delivery::Refusal;

/// A connection sends one so often in the long run …
const CONNECTION_EVERY_MS: i64 = 250;
/// … and so many at once: a person who comes back greets everybody who waits for them.
const CONNECTION_BURST: i64 = 60;

/// A log carries one so often in the long run, and longer after one that went to many: the work is the copies.
const LOG_EVERY_MS: i64 = 100;
const LOG_BURST: i64 = 40;
/// What each copy adds.
const COPY_MS: i64 = 1;

/// How often something may happen: one number, the time at which all that was let through would have been due.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pace {
    free_ms: i64,
}

impl Pace {
    /// Whether it matters still.
    pub fn is_ahead(&self, now_ms: i64) -> bool {
        self.free_ms > now_ms
    }

    /// Whether it may happen now.
    pub fn take(&mut self, every_ms: i64, burst: i64, now_ms: i64) -> bool {
        let most = every_ms.saturating_mul(burst);
        let ahead = self.free_ms.saturating_sub(now_ms);
        // Long ago; or the clock went back, and it begins anew.
        let ahead = if (0..=most.saturating_mul(2)).contains(&ahead) { ahead } else { 0 };
        if ahead.saturating_add(every_ms) > most {
            return false;
        }
        self.free_ms = now_ms.saturating_add(ahead).saturating_add(every_ms);
        true
    }
}

/// The paces of logs that had one lately.
#[derive(Default)]
pub struct Paces(HashMap<Slot, Pace>);

impl Paces {
    /// Forgets those that are free again.
    pub fn sweep(&mut self, now_ms: i64) {
        self.0.retain(|_, pace| pace.free_ms > now_ms);
        self.0.shrink_to(64);
    }
}

impl Router {
    pub(super) fn ephemeral(&mut self, id: ConnectionId, number: u64, said: SendEphemeral, now_ms: i64) {
        let Ok(log) = <[u8; 16]>::try_from(&said.log[..]) else {
            return self.refuse_op(id, number, Refusal::Invalid("a log id has 16 bytes"));
        };
        if said.sealed.len() != EPHEMERAL_BYTES {
            return self.refuse_op(id, number, Refusal::Invalid("an ephemeral has exactly 256 bytes"));
        }
        let slot = self.logs.find(&log);
        // Whether there is such a log is not said: nobody here may ask.
        let Some(slot) = slot.filter(|slot| self.logs.follower_mut(*slot, id.slot).is_some()) else {
            return self.refuse_op(id, number, Refusal::NotAllowed);
        };
        if self.may_relay(id, slot, now_ms) {
            let body = Body::Ephemeral(Ephemeral { log: said.log, sealed: said.sealed });
            let frame = ServerFrame { id: 0, body: Some(body) }.encode_to_vec().into();
            self.relay(id, slot, &frame);
        }
        self.answer(id, number, Body::Done(Done {}));
    }

    fn may_relay(&mut self, id: ConnectionId, slot: Slot, now_ms: i64) -> bool {
        if self.limits.lifted {
            return true;
        }
        let Some(connection) = self.connection_mut(id) else { return false };
        connection.paces().ephemera.take(CONNECTION_EVERY_MS, CONNECTION_BURST, now_ms)
            && self.paces.0.entry(slot).or_default().take(LOG_EVERY_MS, LOG_BURST, now_ms)
    }

    fn relay(&mut self, from: ConnectionId, slot: Slot, frame: &bytes::Bytes) {
        let followers: Vec<_> = self
            .logs
            .followers(slot)
            .filter(|follower| follower.connection() != from.slot && !follower.is_behind())
            .collect();
        let mut copies = 0;
        for follower in followers {
            let Some(id) = self.id_of(follower.connection()) else { continue };
            let crowded = self.is_crowded(id);
            if self.connection(id).is_some_and(|connection| !connection.is_full(crowded)) {
                copies += 1;
                self.send(id, frame.clone());
            }
        }
        self.counters.relayed += copies;
        if let Some(pace) = self.paces.0.get_mut(&slot) {
            pace.free_ms = pace.free_ms.saturating_add(copies as i64 * COPY_MS);
        }
    }
}

#[cfg(test)]
mod tests {
    use casemate_wire::ids::LogId;
    use casemate_wire::proto::wire::UnfollowLog;
    use casemate_wire::proto::wire::client_frame::Request;

    use super::*;
    use crate::testing::{World, append, follow};

    fn said(log: LogId) -> Request {
        Request::SendEphemeral(SendEphemeral { log: log.into(), sealed: vec![7; EPHEMERAL_BYTES].into() })
    }

    #[test]
    fn it_goes_to_others_who_follow_now_and_is_not_kept() {
        let mut world = World::open();
        let (ana, line) = world.person("ana", 1);
        let log = world.log(&ana, &line, 10);
        let (reader, away, passer_by) = (world.line(), world.line(), world.line());
        // Not before one follows, and not by one who only knows the id.
        for id in [line.id, passer_by.id] {
            assert!(world.ask(id, said(log)).is_err());
        }
        for id in [line.id, reader.id, away.id] {
            world.ask(id, follow(log, 0)).unwrap();
        }
        world.ask(away.id, Request::UnfollowLog(UnfollowLog { log: log.into() })).unwrap();
        assert!(matches!(world.ask(line.id, said(log)), Ok(Body::Done(_))));
        let [Body::Ephemeral(heard)] = &world.drain(reader.id)[..] else { panic!() };
        assert_eq!((&heard.log[..], heard.sealed.len()), (&log.0[..], EPHEMERAL_BYTES));
        for id in [line.id, away.id, passer_by.id] {
            assert!(world.drain(id).is_empty());
        }
        // Whoever comes later gets the entries and nothing else.
        world.ask(line.id, append(log, 1, b"hi".to_vec())).unwrap();
        world.ask(away.id, follow(log, 0)).unwrap();
        assert!(matches!(world.drain(away.id)[..], [Body::LogEntries(_)]));
    }

    #[test]
    fn another_size_is_refused() {
        let mut world = World::open();
        let (ana, line) = world.person("ana", 1);
        let log = world.log(&ana, &line, 10);
        world.ask(line.id, follow(log, 0)).unwrap();
        for len in [0, EPHEMERAL_BYTES - 1, EPHEMERAL_BYTES + 1] {
            let request = SendEphemeral { log: log.into(), sealed: vec![7; len].into() };
            assert!(world.ask(line.id, Request::SendEphemeral(request)).is_err(), "{len} bytes");
        }
    }

    #[test]
    fn too_many_are_dropped_and_nothing_is_said() {
        let mut world = World::open();
        let (ana, line) = world.person("ana", 1);
        let log = world.log(&ana, &line, 10);
        let reader = world.line();
        for id in [line.id, reader.id] {
            world.ask(id, follow(log, 0)).unwrap();
        }
        for _ in 0..200 {
            assert!(matches!(world.ask(line.id, said(log)), Ok(Body::Done(_))));
        }
        let heard = world.drain(reader.id).len();
        assert!((20..60).contains(&heard), "{heard} of 200");
    }

    #[test]
    fn a_burst_then_a_steady_pace_and_a_clock_that_goes_back() {
        let mut pace = Pace::default();
        let at_once = (0..100).filter(|_| pace.take(100, 40, 1_000_000)).count();
        assert_eq!(at_once, 40);
        let in_a_second = (1..=1_000).filter(|ms| pace.take(100, 40, 1_000_000 + ms)).count();
        assert_eq!(in_a_second, 10);
        assert!(pace.take(100, 40, 0), "begins anew");
    }
}
