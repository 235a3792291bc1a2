//! What comes to a core: whose it is, and what it is of theirs.

use std::time::Instant;

use casemate_rtp::head::{is_media, is_report};
use str0m::Input;
use str0m::net::{DatagramRecv, Protocol, Receive};

use super::demux::{self, Kind};
use super::ear::Heard;
use super::{Core, From, Packet};

impl Core {
    /// Takes a packet in. [`Self::settle`] is to follow, once for all that came at the same time.
    pub fn receive(&mut self, packet: &Packet<'_>, now: Instant) {
        let Some((at, kind)) = self.owner(packet) else {
            self.counters.strange += 1;
            return;
        };
        let Some(person) = self.people[at].as_deref_mut() else { return };
        if let Kind::Answer(_) = kind {
            return match person.addresses.answered(packet) {
                Some(held) => self.proven(at, packet, &held, now),
                None => self.counters.strange += 1,
            };
        }
        if is_media(packet.bytes) {
            match person.hear(packet.bytes, now) {
                Heard::Nothing => self.counters.strange += 1,
                Heard::Theirs => self.will_tell(at),
                Heard::Media(kind, layer, media) => {
                    self.counters.media_in += 1;
                    self.came.push((at, (kind, layer), media));
                    self.will_tell(at);
                }
            }
            return;
        }
        if is_report(packet.bytes) {
            let Some((lost, is_full)) = person.hear_report(packet.bytes, now, &mut self.sends) else {
                self.counters.strange += 1;
                return;
            };
            self.lost.extend(lost.into_iter().map(|slot| (at, slot)));
            if is_full {
                self.choose_layers(at, now);
            }
            return;
        }
        let Ok(contents) = DatagramRecv::try_from(packet.bytes) else {
            self.counters.strange += 1;
            return;
        };
        let receive = Receive {
            proto: packet.protocol,
            source: packet.source,
            destination: packet.destination,
            contents,
        };
        if matches!(kind, Kind::Secured) {
            return self.take_in(at, receive, now);
        }
        let input = Input::Receive(now, receive);
        let from = (packet.protocol, packet.source);
        if !person.signed(&input, from, now) {
            self.counters.strange += 1;
            return;
        }
        if packet.protocol == Protocol::Tcp && !person.addresses.has(&from) {
            // Its handshake has shown it.
            self.is_at(at, from, now);
        }
        let Some(person) = self.people[at].as_deref_mut() else { return };
        self.sends.extend(person.addresses.ask(packet, at, now));
        if person.addresses.has(&from) {
            person.heard_from(from, now);
            let Input::Receive(_, receive) = input else { return };
            self.take_in(at, receive, now);
        }
    }

    /// Somebody has answered at an address: they are there, and what was held of them is taken in.
    fn proven(&mut self, at: usize, packet: &Packet<'_>, held: &[u8], now: Instant) {
        let from = (packet.protocol, packet.source);
        self.is_at(at, from, now);
        // Nothing was held of one that was asked again.
        let Ok(contents) = DatagramRecv::try_from(held) else { return };
        if let Some(person) = self.people[at].as_deref_mut() {
            person.heard_from(from, now);
        }
        let Packet { protocol: proto, source, destination, .. } = *packet;
        self.take_in(at, Receive { proto, source, destination, contents }, now);
    }

    /// Somebody is at an address, and somebody else who was there is not any more.
    fn is_at(&mut self, at: usize, from: From, now: Instant) {
        let Some(person) = self.people[at].as_deref_mut() else { return };
        if let Some(forgotten) = person.is_at(from, now) {
            self.by_address.remove(&forgotten);
            self.moves.push((forgotten, false));
        }
        match self.by_address.insert(from, at) {
            Some(before) if before == at => {}
            Some(before) => {
                if let Some(before) = self.people[before].as_deref_mut() {
                    before.forget_address(&from);
                }
            }
            None => self.moves.push((from, true)),
        }
    }

    /// Whose packet it is, and of which kind. Allocates nothing.
    fn owner<'a>(&self, packet: &Packet<'a>) -> Option<(usize, Kind<'a>)> {
        let kind = demux::look(packet.bytes)?;
        let at = match kind {
            Kind::Binding(user) => *self.by_user.get(user)?,
            Kind::Answer(id) => {
                let (core, person) = demux::whom(id);
                (core == self.number && person < self.people.len()).then_some(person)?
            }
            Kind::Secured => *self.by_address.get(&(packet.protocol, packet.source))?,
        };
        Some((at, kind))
    }

    fn will_tell(&mut self, at: usize) {
        if let Some(person) = self.people[at].as_deref_mut()
            && !std::mem::replace(&mut person.untold, true)
        {
            self.untold.push(at);
        }
    }

    fn take_in(&mut self, at: usize, receive: Receive<'_>, now: Instant) {
        let Some(person) = self.people[at].as_deref_mut() else { return };
        if !person.receive(receive, now) {
            self.over.push(at);
        }
        self.poll(at, now);
    }

    /// Somebody is not at these any more.
    pub(super) fn is_left(&mut self, at: usize, addresses: impl Iterator<Item = From>) {
        for address in addresses {
            if self.by_address.get(&address) == Some(&at) {
                self.by_address.remove(&address);
                self.moves.push((address, false));
            }
        }
    }
}
