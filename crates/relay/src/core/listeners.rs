//! Who gets what somebody sends: nobody but whom they allow; and what each is told of who else is there.
//!
//! Whoever knows a room can be in it. Members say to each other who is in a call, and each tells the relay whom they so heard of:
//! who is there without a word, or said that they left, gets nothing of them, and they see that somebody is there. A client of a
//! version that says no list is heard by the whole room.

use casemate_wire::ids::ParticipantId;

use super::Core;
use super::participant::Participant;

/// Connections of a room besides one's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// All that media could go to.
    pub others: usize,
    /// Those that were not allowed.
    pub unallowed: usize,
    /// Those that were, and are heard by the whole room.
    pub open: usize,
}

/// What somebody is told of who else is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listeners {
    /// Who is told.
    pub participant: ParticipantId,
    /// How many there are.
    pub counted: Counted,
}

impl Participant {
    /// Whether another one gets what this one sends.
    pub fn allows(&self, other: &ParticipantId) -> bool {
        self.allowed.as_ref().is_none_or(|allowed| allowed.has(other))
    }
}

impl Core {
    /// Whether somebody gets what another one sends.
    pub(super) fn may_get(&self, receiver: usize, sender: usize) -> bool {
        let [receiver, sender] = [receiver, sender].map(|at| self.people.get(at).and_then(Option::as_deref));
        receiver.zip(sender).is_some_and(|(receiver, sender)| sender.allows(&receiver.id))
    }

    /// Somebody came or went: all who said whom they allow are told, where that changes what they know.
    pub(super) fn count_listeners(&mut self, room: usize) {
        let Some(members) = self.rooms[room].as_ref().map(|room| room.members.clone()) else { return };
        for at in members {
            let counted = self.counted(at);
            let known = self.people[at].as_deref().and_then(|person| person.counted);
            if counted != known {
                self.tell_listeners(at);
            }
        }
    }

    /// Somebody is told, also what they know.
    pub(super) fn tell_listeners(&mut self, at: usize) {
        let counted = self.counted(at);
        let Some(person) = self.people[at].as_deref_mut() else { return };
        person.counted = counted;
        let told = counted.map(|counted| Listeners { participant: person.id, counted });
        self.listeners.extend(told);
    }

    /// `None` for whoever has not said whom they allow.
    fn counted(&self, at: usize) -> Option<Counted> {
        let person = self.people[at].as_deref()?;
        let allowed = person.allowed.as_ref()?;
        let members = &self.rooms[person.room].as_ref()?.members;
        let others = members.iter().filter(|member| **member != at);
        let mut counted = Counted::default();
        for other in others.filter_map(|member| self.people[*member].as_deref()).filter(|one| one.connected) {
            counted.others += 1;
            match allowed.has(&other.id) {
                true => counted.open += usize::from(other.allowed.is_none()),
                false => counted.unallowed += 1,
            }
        }
        Some(counted)
    }
}
