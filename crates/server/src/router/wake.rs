//! Waking readers who are away: who is here is known here, where the others are woken is [`crate::push`]'s.
//!
//! The rights are those of the follow, as for ephemera: whoever follows has shown a reader, and it is that reader that
//! is woken. Whoever appends says whether it is worth waking for, because nobody else can know.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use casemate_wire::ids::LogId;
use casemate_wire::limits::WAKE_BYTES;
use casemate_wire::proto::wire::server_frame::Body;
use casemate_wire::proto::wire::{Done, PushKeys, SetWake, Wake};

use super::connection::Connection;
use super::ephemeral::Pace;
use super::registry::{Id, Slot};
use super::tickets::Purpose;
use super::{ConnectionId, Router};
use crate::delivery::{self, ReaderTag, Refusal as Refused, Which};
use crate::push::WakeOp;
use crate::push::rows::Place;
use crate::refusal::Refusal;

/// A connection wakes so often in the long run, and so many times at once; more is answered and wakes nobody: those who are away hear
/// of it by the next one. As for ephemera.
const WAKE_EVERY_MS: i64 = 250;
const WAKE_BURST: i64 = 60;

/// A log wakes so often in the long run, and so many times at once: each asks for every row that it has.
const LOG_EVERY_MS: i64 = 500;
const LOG_BURST: i64 = 20;

/// A connection sets wake targets so often, and so many at once: a device sets those of all its conversations when it comes.
const SET_EVERY_MS: i64 = 100;
const SET_BURST: i64 = 10_000;

/// What a server that wakes keeps in memory.
pub struct Waking {
    keys: PushKeys,
    /// Logs that may wake somebody: most do not, and are not asked about.
    logs: HashSet<Id>,
    /// Those with rows that versions before made: whose they are is told when their readers come.
    short: HashSet<Id>,
    paces: HashMap<Id, Pace>,
}

impl Waking {
    /// Forgets the paces of logs that are free again.
    pub fn sweep(&mut self, now_ms: i64) {
        self.paces.retain(|_, pace| pace.is_ahead(now_ms));
        self.paces.shrink_to(64);
    }
}

impl Router {
    /// From now on devices are woken. `logs` are those for which there are rows.
    pub fn wake_devices(&mut self, keys: PushKeys, logs: impl IntoIterator<Item = Id>) {
        let logs = logs.into_iter().collect();
        self.waking = Some(Waking { keys, logs, short: HashSet::new(), paces: HashMap::new() });
    }

    /// In these logs are rows that have four bytes of a reader's hash.
    pub fn wake_rows_are_short(&mut self, logs: impl IntoIterator<Item = Id>) {
        if let Some(waking) = &mut self.waking {
            waking.short = logs.into_iter().collect();
        }
    }

    /// A reader follows from now on.
    pub(super) fn wake_reader_came(&mut self, place: Place) {
        if self.waking.as_ref().is_some_and(|waking| waking.short.contains(&place.log)) {
            self.out.wakes.push(WakeOp::Known { place });
        }
    }

    pub(super) fn push_keys(&mut self, id: ConnectionId, number: u64) {
        match &self.waking {
            Some(waking) => {
                let keys = waking.keys.clone();
                self.answer(id, number, Body::PushKeys(keys));
            }
            None => self.refuse(id, number, Refusal::not_found("this server wakes no devices")),
        }
    }

    pub(super) fn set_wake(&mut self, id: ConnectionId, number: u64, wanted: SetWake, now_ms: i64) {
        if !matches!(wanted.sealed.len(), 0 | WAKE_BYTES) {
            return self.refuse_op(
                id,
                number,
                Refused::Invalid("a sealed wake target has exactly 2,048 bytes"),
            );
        }
        let Some((log, slot)) = self.followed_here(id, &wanted.log) else {
            return self.refuse_op(id, number, Refused::NotAllowed);
        };
        let Some(reader) = self.logs.follower_mut(slot, id.slot).map(|follower| follower.tag) else { return };
        if self.waking.is_none() {
            return self.refuse(id, number, Refusal::not_found("this server wakes no devices"));
        }
        let lifted = self.limits.lifted;
        let may =
            |connection: &mut Connection| connection.paces().wake_sets.take(SET_EVERY_MS, SET_BURST, now_ms);
        if !lifted && !self.connection_mut(id).is_some_and(may) {
            let text = "too many wake targets at once; wait a little";
            return self.refuse(id, number, Refusal::rate_limited(text, SET_EVERY_MS.unsigned_abs()));
        }
        let request = Which { log: LogId(log), reader, tagger: self.tagger.clone() };
        let purpose = Purpose::SetWake { log, sealed: wanted.sealed };
        self.submit(id, number, delivery::Request::Which(request), purpose);
    }

    /// It is known which reader it is that is to be woken.
    pub(super) fn wake_is(&mut self, id: ConnectionId, number: u64, place: Place, sealed: Bytes) {
        if let Some(waking) = &mut self.waking {
            if !sealed.is_empty() {
                waking.logs.insert(place.log);
            }
            self.out.wakes.push(WakeOp::Set { place, sealed });
        }
        self.answer(id, number, Body::Done(Done {}));
    }

    pub(super) fn wake_others(&mut self, id: ConnectionId, number: u64, wanted: &Wake, now_ms: i64) {
        let Some((log, slot)) = self.followed_here(id, &wanted.log) else {
            return self.refuse_op(id, number, Refused::NotAllowed);
        };
        if self.waking.as_ref().is_some_and(|waking| waking.logs.contains(&log))
            && self.may_wake(id, log, now_ms)
        {
            let here = self.logs.followers(slot).map(|follower| follower.tag).collect();
            let tagger = self.tagger.clone();
            self.out.wakes.push(WakeOp::Due { log, here, tagger });
        }
        self.answer(id, number, Body::Done(Done {}));
    }

    fn may_wake(&mut self, id: ConnectionId, log: Id, now_ms: i64) -> bool {
        if self.limits.lifted {
            return true;
        }
        let may =
            |connection: &mut Connection| connection.paces().wakes.take(WAKE_EVERY_MS, WAKE_BURST, now_ms);
        if !self.connection_mut(id).is_some_and(may) {
            return false;
        }
        let Some(waking) = &mut self.waking else { return false };
        waking.paces.entry(log).or_default().take(LOG_EVERY_MS, LOG_BURST, now_ms)
    }

    /// Readers were dropped: they are not woken any more.
    pub(super) fn unwake(&mut self, log: Id, readers: &[ReaderTag]) {
        if !readers.is_empty() && self.waking.as_ref().is_some_and(|waking| waking.logs.contains(&log)) {
            self.out.wakes.push(WakeOp::Dropped { log, readers: readers.to_vec() });
        }
    }

    /// A reader took another's place.
    pub(super) fn move_wake(&mut self, log: Id, old: ReaderTag, new: ReaderTag) {
        if self.waking.as_ref().is_some_and(|waking| waking.logs.contains(&log)) {
            self.out.wakes.push(WakeOp::Moved { place: Place { log, reader: old }, to: new });
        }
    }

    /// A log that this connection follows.
    fn followed_here(&mut self, id: ConnectionId, log: &[u8]) -> Option<(Id, Slot)> {
        let log = Id::try_from(log).ok()?;
        let slot = self.logs.find(&log)?;
        self.logs.follower_mut(slot, id.slot).map(|_| (log, slot))
    }
}

#[cfg(test)]
mod tests {
    use casemate_wire::proto::wire::client_frame::Request;
    use casemate_wire::proto::wire::{FetchPushKeys, UnfollowLog};

    use super::*;
    use crate::testing::{World, follow};

    fn set(log: LogId, bytes: usize) -> Request {
        Request::SetWake(SetWake { log: log.into(), sealed: vec![1; bytes].into() })
    }

    fn wake(log: LogId) -> Request {
        Request::Wake(Wake { log: log.into() })
    }

    #[test]
    fn a_follower_is_woken_when_it_is_away_and_nobody_else_may_ask() {
        let mut world = World::open();
        let (ana, line) = world.person("ana", 1);
        let log = world.log(&ana, &line, 10);
        // Off: said so.
        world.ask(line.id, follow(log, 0)).unwrap();
        assert!(world.ask(line.id, set(log, WAKE_BYTES)).is_err());
        assert!(world.ask(line.id, Request::FetchPushKeys(FetchPushKeys {})).is_err());
        world.server.router.wake_devices(PushKeys { vapid: vec![4; 65].into(), seal: vec![5; 9].into() }, []);
        assert!(matches!(
            world.ask(line.id, Request::FetchPushKeys(FetchPushKeys {})),
            Ok(Body::PushKeys(_))
        ));
        // A row of a version before is of the reader that comes.
        world.server.router.wake_rows_are_short([log.0]);
        world.ask(line.id, follow(log, 0)).unwrap();
        assert!(matches!(&world.server.woken[..], [WakeOp::Known { place }] if place.log == log.0));
        world.server.woken.clear();
        // Nothing was set: nobody is asked about.
        world.ask(line.id, wake(log)).unwrap();
        assert!(world.server.woken.is_empty());
        let passer_by = world.line();
        assert!(world.ask(passer_by.id, set(log, WAKE_BYTES)).is_err());
        assert!(world.ask(passer_by.id, wake(log)).is_err());
        for bytes in [1, WAKE_BYTES - 1, WAKE_BYTES + 1] {
            assert!(world.ask(line.id, set(log, bytes)).is_err(), "{bytes}");
        }
        world.ask(line.id, set(log, WAKE_BYTES)).unwrap();
        world.ask(line.id, wake(log)).unwrap();
        let [WakeOp::Set { place, sealed }, WakeOp::Due { here, .. }] = &world.server.woken[..] else {
            panic!("{:?}", world.server.woken)
        };
        let short = world.server.router.tagger.short(&place.reader);
        assert_eq!((place.log, sealed.len(), &here[..]), (log.0, WAKE_BYTES, &[short][..]));
        // Without end it wakes as often as it may.
        world.server.woken.clear();
        for _ in 0..1_000 {
            world.ask(line.id, wake(log)).unwrap();
        }
        assert!(world.server.woken.len() < LOG_BURST as usize, "{}", world.server.woken.len());
        let mut line_full = 0;
        while world.ask(line.id, set(log, 0)).is_ok() {
            line_full += 1;
        }
        assert!(line_full < SET_BURST, "{line_full}");
        world.server.woken.clear();
        world.ask(line.id, Request::UnfollowLog(UnfollowLog { log: log.into() })).unwrap();
        assert!(world.ask(line.id, wake(log)).is_err());
    }
}
