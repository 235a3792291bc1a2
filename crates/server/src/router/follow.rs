//! Pushing what is new, and pages for whoever is behind.
//!
//! ```text
//!             page reaches `newest`
//!   behind ───────────────────────────▶ live: every new entry is pushed as it comes
//!     ▲ └─ page, page, … when the outbox is low       │
//!     └──────────── outbox over its bound ────────────┘
//! ```
//! Nothing is lost or repeated: outcomes come in the order in which delivery decided. What is stored while
//! somebody is behind raises `newest`; a page that reaches it holds everything so far, and what comes after it
//! is pushed.

use bytes::Bytes;
use casemate_wire::proto::wire::LogClosed;
use casemate_wire::proto::wire::server_frame::Body;

use super::registry::{Follower, Id, Place, Registry, Slot};
use super::tickets::{Kind, Purpose, Ticket};
use super::{ConnectionId, Router};
use crate::delivery::{self, PAGE_BYTES};
use crate::directory::Ask;

/// Pages under way per connection: the next is read while one is being sent.
const PAGES: u8 = 2;

/// A follow that reads pages for now.
#[derive(Debug, Clone, Copy)]
pub struct Behind {
    /// What it has been given, up to and with this number.
    cursor: u64,
    /// The newest that there is, as far as known.
    newest: u64,
    /// A page is under way.
    reading: bool,
    /// The last page could not be read; it is asked for again at the next sweep.
    rests: bool,
    /// Names this follow in a ticket.
    serial: u32,
    /// The reader for which the page under way was asked.
    asked: u32,
}

impl Router {
    /// A connection follows from now on; `after` is what it has, `newest` what there is. A repeated follow
    /// begins anew.
    pub(super) fn begin_follow(
        &mut self,
        id: ConnectionId,
        kind: Kind,
        followed: Id,
        tag: u32,
        after: u64,
        newest: u64,
    ) {
        if self.connection(id).is_none() {
            return;
        }
        let slot = match self.registry(kind).find(&followed) {
            Some(slot) if self.registry(kind).follower_mut(slot, id.slot).is_some() => {
                if let Some(follower) = self.registry(kind).follower_mut(slot, id.slot) {
                    follower.tag = tag;
                }
                self.set_live(id, kind, slot);
                slot
            }
            _ => {
                let slot = self.registry(kind).insert(&followed, Follower::new(id.slot, tag));
                if let Some(connection) = self.connection_mut(id) {
                    connection.note_follow(kind, slot);
                }
                slot
            }
        };
        if after < newest {
            self.set_behind(id, kind, slot, after, newest);
            self.pump(id);
        }
    }

    /// A connection follows no more.
    pub(super) fn end_follow(&mut self, id: ConnectionId, kind: Kind, slot: Slot) {
        let Some(connection) = self.connection_mut(id) else { return };
        let slots = match kind {
            Kind::Log => &mut connection.logs,
            Kind::Inbox => &mut connection.inboxes,
        };
        let Some(at) = slots.iter().position(|other| *other == slot) else { return };
        slots.swap_remove(at);
        if slots.is_empty() {
            *slots = Vec::new();
        }
        self.set_live(id, kind, slot);
        self.registry(kind).remove(slot, id.slot);
    }

    /// Nobody follows this any more; gives who did.
    pub(super) fn end_all_follows(&mut self, kind: Kind, slot: Slot) -> Vec<ConnectionId> {
        let followers: Vec<Follower> = self.registry(kind).followers(slot).collect();
        let followers: Vec<_> =
            followers.iter().filter_map(|follower| self.id_of(follower.connection())).collect();
        for id in &followers {
            self.end_follow(*id, kind, slot);
        }
        followers
    }

    /// Something new: to all who are live and not full. The frame was encoded once; each gets a reference.
    pub(super) fn push(&mut self, kind: Kind, slot: Slot, number: u64, frame: &Bytes) {
        let mut place = Some(Place::First(slot));
        while let Some(here) = place {
            let (follower, next) = self.registry(kind).follower(here);
            place = next;
            let Some(id) = self.id_of(follower.connection()) else { continue };
            let crowded = self.is_crowded(id);
            let Some(connection) = self.connection_mut(id) else { continue };
            if follower.is_behind() {
                if let Some(behind) =
                    connection.behind.as_mut().and_then(|behind| behind.get_mut(&(kind, slot)))
                    && behind.newest != u64::MAX
                {
                    behind.newest = behind.newest.max(number);
                }
            } else if connection.is_full(crowded) {
                self.counters.fell_behind += 1;
                self.set_behind(id, kind, slot, number.saturating_sub(1), number);
            } else {
                self.counters.pushed += 1;
                self.send(id, frame.clone());
            }
        }
    }

    /// Asks for pages while the outbox has room for them.
    pub(super) fn pump(&mut self, id: ConnectionId) {
        loop {
            let crowded = self.is_crowded(id);
            let Some(connection) = self.connection_mut(id) else { return };
            if connection.pages >= PAGES || !connection.is_low(crowded) {
                return;
            }
            let Some(behind) = connection.behind.as_mut() else { return };
            let Some(((kind, slot), behind)) =
                behind.iter_mut().find(|(_, behind)| !behind.reading && !behind.rests)
            else {
                return;
            };
            let (kind, slot, serial, after) = (*kind, *slot, behind.serial, behind.cursor);
            behind.reading = true;
            if kind == Kind::Inbox {
                // Posts that are answered from now on raise it again.
                behind.newest = after;
            }
            connection.pages += 1;
            let purpose = Purpose::Page { kind, slot, serial };
            let followed = self.registry(kind).id(slot);
            match kind {
                Kind::Log => {
                    let log = casemate_wire::ids::LogId(followed);
                    let follower = self.logs.follower_mut(slot, id.slot);
                    let reader = follower.map_or(0, |follower| follower.tag);
                    if let Some(behind) = self.behind_mut(id, kind, slot, serial) {
                        behind.asked = reader;
                    }
                    let tagger = self.tagger.clone();
                    let read = delivery::Read { log, reader, tagger, after, limit_bytes: PAGE_BYTES };
                    self.submit(id, 0, delivery::Request::Read(read), purpose);
                }
                Kind::Inbox => {
                    let ticket = Ticket { connection: id, frame: 0, weight: 0, purpose, place: None };
                    let tag = self.tickets.insert(ticket);
                    let inbox = casemate_wire::ids::InboxId(followed);
                    self.out.asks.push((tag, Ask::InboxPage { inbox, after }));
                }
            }
        }
    }

    /// A page came, up to `last`; `head` was the newest when it was asked for.
    pub(super) fn page(
        &mut self,
        id: ConnectionId,
        kind: Kind,
        slot: Slot,
        serial: u32,
        frame: Bytes,
        last: u64,
        head: u64,
    ) {
        self.page_done(id);
        let Some(connection) = self.connection_mut(id) else { return };
        let entry = connection.behind.as_mut().and_then(|behind| behind.get_mut(&(kind, slot)));
        let Some(behind) = entry.filter(|behind| behind.serial == serial) else {
            return self.pump(id);
        };
        behind.reading = false;
        behind.cursor = last;
        behind.newest = behind.newest.max(head);
        let caught_up = last >= behind.newest;
        if !frame.is_empty() {
            self.send(id, frame);
        }
        if caught_up {
            self.set_live(id, kind, slot);
        }
        self.pump(id);
    }

    /// A page cannot be had. Where that passes, it is read again later, and nobody is told: a client that heard of an end
    /// would take the conversation for lost. Else the follow ends, and a client that follows again is told why.
    pub(super) fn page_failed(
        &mut self,
        id: ConnectionId,
        kind: Kind,
        slot: Slot,
        serial: u32,
        passes: bool,
    ) {
        self.page_done(id);
        // The reader took a new secret meanwhile, or there is no such reader any more.
        let tag = self.registry(kind).follower_mut(slot, id.slot).map(|follower| follower.tag);
        let moved = self.behind_mut(id, kind, slot, serial).filter(|behind| Some(behind.asked) != tag);
        if let Some(behind) = moved.filter(|_| kind == Kind::Log && !passes) {
            behind.reading = false;
        } else if passes {
            if let Some(behind) = self.behind_mut(id, kind, slot, serial) {
                (behind.reading, behind.rests) = (false, true);
                // What an inbox got meanwhile is not known.
                if kind == Kind::Inbox {
                    behind.newest = u64::MAX;
                }
            }
        } else if let Some((followed, _)) = self.behind_at(id, kind, slot, serial) {
            self.end_follow(id, kind, slot);
            if kind == Kind::Log {
                self.answer(id, 0, Body::LogClosed(LogClosed { log: followed.to_vec().into() }));
            }
        }
        self.pump(id);
    }

    fn behind_mut(&mut self, id: ConnectionId, kind: Kind, slot: Slot, serial: u32) -> Option<&mut Behind> {
        let behind = self.connection_mut(id)?.behind.as_mut()?.get_mut(&(kind, slot));
        behind.filter(|behind| behind.serial == serial)
    }

    /// Asks again for pages that could not be read.
    pub(super) fn read_again(&mut self, id: ConnectionId) {
        let Some(behind) = self.connection_mut(id).and_then(|connection| connection.behind.as_mut()) else {
            return;
        };
        let resting = behind.values_mut().filter(|behind| behind.rests);
        if resting.map(|behind| behind.rests = false).count() > 0 {
            self.pump(id);
        }
    }

    /// What is followed by a follow that is behind, and up to where it has come.
    pub(super) fn behind_at(
        &mut self,
        id: ConnectionId,
        kind: Kind,
        slot: Slot,
        serial: u32,
    ) -> Option<(Id, u64)> {
        let behind = self.connection(id)?.behind.as_ref()?.get(&(kind, slot)).copied()?;
        (behind.serial == serial).then(|| (self.registry(kind).id(slot), behind.cursor))
    }

    fn page_done(&mut self, id: ConnectionId) {
        if let Some(connection) = self.connection_mut(id) {
            connection.pages = connection.pages.saturating_sub(1);
        }
    }

    fn set_behind(&mut self, id: ConnectionId, kind: Kind, slot: Slot, cursor: u64, newest: u64) {
        if let Some(follower) = self.registry(kind).follower_mut(slot, id.slot) {
            follower.set_behind(true);
        }
        let Some(connection) = self.connection_mut(id) else { return };
        connection.serial = connection.serial.wrapping_add(1);
        let behind =
            Behind { cursor, newest, reading: false, rests: false, serial: connection.serial, asked: 0 };
        connection.behind.get_or_insert_default().insert((kind, slot), behind);
    }

    fn set_live(&mut self, id: ConnectionId, kind: Kind, slot: Slot) {
        if let Some(follower) = self.registry(kind).follower_mut(slot, id.slot) {
            follower.set_behind(false);
        }
        let Some(connection) = self.connection_mut(id) else { return };
        if let Some(behind) = connection.behind.as_mut() {
            behind.remove(&(kind, slot));
            if behind.is_empty() {
                connection.behind = None;
            }
        }
    }

    fn registry(&mut self, kind: Kind) -> &mut Registry {
        match kind {
            Kind::Log => &mut self.logs,
            Kind::Inbox => &mut self.inboxes,
        }
    }
}
