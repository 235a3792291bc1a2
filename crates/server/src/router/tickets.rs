//! What is under way: which connection asked, and what its answer will mean.

use bytes::Bytes;
use casemate_wire::ids::HolderId;
use casemate_wire::proto::wire::{CallJoin, CreateLog};

use super::ConnectionId;
use super::live::AccountTag;
use super::registry::{Id, Slot};
use super::share::Place;

/// What an answer will mean.
#[derive(Debug)]
pub enum Purpose {
    /// Goes to the asker as it is.
    Answer,
    /// The token of this log is being spent; then the log is created.
    PayForLog(Box<CreateLog>),
    /// Whether the asker belongs here; then a relay is asked.
    EnterCall {
        /// Without its proof.
        join: Box<CallJoin>,
        /// Whose calls are counted together.
        account: AccountTag,
        /// What the relay is told of who that is.
        holder: HolderId,
        /// Unix time.
        now_ms: i64,
    },
    /// The asker joins by invitation: it was counted as a look-up at that time, and is not where it succeeds.
    Join {
        /// Unix time.
        now_ms: i64,
    },
    /// The asker will follow a log.
    FollowLog,
    /// The asker will follow an inbox.
    FollowInbox {
        /// The inbox.
        inbox: [u8; 16],
        /// Items after this number.
        after: u64,
    },
    /// Where a reader is woken, once it is known which it is.
    SetWake {
        /// The log.
        log: Id,
        /// The sealed target.
        sealed: Bytes,
    },
    /// A page for somebody who is behind.
    Page {
        /// Of a log, or of an inbox.
        kind: Kind,
        /// What is followed.
        slot: Slot,
        /// Of the follow: an answer for one that ended in the meantime is dropped.
        serial: u32,
    },
}

/// What can be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A log.
    Log,
    /// An inbox.
    Inbox,
}

/// Something under way.
#[derive(Debug)]
pub struct Ticket {
    /// Who asked.
    pub connection: ConnectionId,
    /// The frame's id; 0 for what the router asks by itself.
    pub frame: u64,
    /// What it counts against the connection's bound.
    pub weight: u16,
    /// What its answer will mean.
    pub purpose: Purpose,
    /// Its place among what waits for the directory.
    pub place: Option<Place>,
}

impl Ticket {
    fn is_page(&self) -> bool {
        matches!(self.purpose, Purpose::Page { .. })
    }
}

/// Everything under way, by tag.
#[derive(Default)]
pub struct Tickets {
    slots: Vec<Option<Ticket>>,
    free: Vec<u32>,
    pages: usize,
}

impl Tickets {
    /// Keeps a ticket until its tag comes back.
    pub fn insert(&mut self, ticket: Ticket) -> u64 {
        self.pages = self.pages.saturating_add(usize::from(ticket.is_page()));
        match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = Some(ticket);
                u64::from(slot)
            }
            None => {
                self.slots.push(Some(ticket));
                self.slots.len() as u64 - 1
            }
        }
    }

    /// Takes the ticket of a tag that came back.
    pub fn take(&mut self, tag: u64) -> Option<Ticket> {
        let slot = usize::try_from(tag).ok()?;
        let ticket = self.slots.get_mut(slot)?.take()?;
        self.free.push(slot as u32);
        self.pages = self.pages.saturating_sub(usize::from(ticket.is_page()));
        if self.free.len() == self.slots.len() {
            // Nothing is under way: after a burst its memory is given back.
            *self = Self::default();
        }
        Some(ticket)
    }

    /// How many pages are under way.
    pub fn pages(&self) -> usize {
        self.pages
    }

    /// How many are under way.
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }
}
