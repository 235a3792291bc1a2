//! One thread of the relay: a core, its sockets, and the waiting.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::Shared;
use super::inbox::{self, Job, Turns};
use super::udp::{Buffers, Came, Outgoing, Socket};
use crate::core::demux::{Kind, look, whom};
use crate::core::{Core, Packet, Protocol};

/// How often sockets are read before what they gave is handed on: more is cheaper, and lets packets wait for each other.
const READS: usize = 2;

/// The shortest wait: what is due sooner is done together.
const SHORTEST: Duration = Duration::from_micros(250);

/// From one look at the sockets to the next, where nothing was left over: what came meanwhile is handed on together. More is
/// cheaper, and makes packets later by it.
const GATHER: Duration = Duration::from_millis(2);

/// See the module.
pub struct Worker {
    number: usize,
    core: Core,
    sockets: Vec<Socket>,
    outgoing: Vec<Outgoing>,
    buffers: Buffers,
    shared: Arc<Shared>,
    /// For other threads, gathered while sockets are read.
    others: Vec<Vec<Job>>,
}

impl Worker {
    /// Around a core.
    pub fn new(number: usize, core: Core, sockets: Vec<Socket>, shared: Arc<Shared>) -> Self {
        let outgoing = sockets.iter().map(|_| Outgoing::default()).collect();
        let others = shared.inboxes.iter().map(|_| Vec::new()).collect();
        Self { number, core, sockets, outgoing, buffers: Buffers::new(), shared, others }
    }

    /// Until it is told to stop.
    pub fn run(&mut self) {
        let shared = self.shared.clone();
        let inbox = &shared.inboxes[self.number];
        let (mut more, mut looked, mut turns) = (false, Instant::now(), Turns::default());
        loop {
            let left = (looked + GATHER).saturating_duration_since(Instant::now());
            if !more && left > Duration::ZERO {
                std::thread::sleep(left);
            }
            looked = Instant::now();
            let came = self.read();
            more = came == Came::More;
            if came == Came::Nothing && !turns.are_left() {
                self.wait(inbox.ears());
            }
            // Also where packets come without end: whoever asks is answered, and the relay can be stopped.
            for job in turns.next(inbox.take()) {
                if !self.job(job) {
                    return;
                }
            }
            self.core.settle(Instant::now());
            self.send();
        }
    }

    /// Until a packet comes, somebody leaves something, or something is due.
    fn wait(&self, ears: &std::os::unix::net::UnixStream) {
        let wait = self.core.deadline().saturating_duration_since(Instant::now()).max(SHORTEST);
        let timeout = Timespec { tv_sec: 0, tv_nsec: wait.subsec_nanos().into() };
        let mut fds: Vec<PollFd<'_>> = vec![PollFd::new(ears, PollFlags::IN)];
        fds.extend(self.sockets.iter().map(|socket| PollFd::new(socket.socket(), PollFlags::IN)));
        // Interrupted or not: what is there is looked at.
        let _ = poll(&mut fds, Some(&timeout));
    }

    /// `false`: the relay stops.
    fn job(&mut self, job: Job) -> bool {
        let now = Instant::now();
        match job {
            Job::Packet(inbox::Came { protocol, source, destination, bytes, .. }) => {
                let packet = Packet { protocol, source, destination, bytes: &bytes };
                self.core.receive(&packet, now);
            }
            // Whoever asked may have gone.
            Job::Join(place, holder, allowed, offer, answer) => {
                drop(answer.send(self.core.join(&place, holder, allowed, &offer, now)));
            }
            Job::Wish(place, wish, answer) => drop(answer.send(self.core.wish(&place, wish, now))),
            Job::Leave(place, answer) => drop(answer.send(self.core.leave(&place, now))),
            Job::Close(rooms) => rooms.iter().for_each(|room| self.core.close(room, now)),
            Job::Count(answer) => drop(answer.send(self.core.counters())),
            Job::Rooms(answer) => drop(answer.send(self.core.rooms(now))),
            Job::Stop => return false,
        }
        true
    }

    /// Takes in what is in the sockets.
    fn read(&mut self) -> Came {
        let mut all = Came::Nothing;
        let now = Instant::now();
        let Self { number, core, sockets, buffers, shared, others, .. } = self;
        for socket in sockets {
            for _ in 0..READS {
                let came = buffers.receive(socket, |source, bytes| {
                    let destination = socket.public;
                    let packet = Packet { protocol: Protocol::Udp, source, destination, bytes };
                    match whose(shared, &packet) {
                        Some((thread, _)) if thread == *number => core.receive(&packet, now),
                        Some((thread, is_strange)) => {
                            if let Some(others) = others.get_mut(thread) {
                                let bytes = Bytes::copy_from_slice(bytes);
                                let protocol = Protocol::Udp;
                                let came = inbox::Came { protocol, source, destination, bytes, is_strange };
                                others.push(Job::Packet(came));
                            }
                        }
                        None => core.is_strange(),
                    }
                });
                all = all.max(came);
                if came != Came::More {
                    break;
                }
            }
        }
        for (inbox, jobs) in shared.inboxes.iter().zip(others) {
            if !jobs.is_empty() {
                inbox.put_all(jobs.drain(..));
            }
        }
        all
    }

    fn send(&mut self) {
        let told: Vec<_> = self.core.listeners().collect();
        let left = self.core.left();
        if !told.is_empty() || !left.is_empty() {
            self.shared.telling.tell(&told, &left);
        }
        for (address, known) in self.core.moves() {
            self.shared.routes.set(address, self.number as u8, known);
            let (protocol, from) = address;
            if known && protocol == Protocol::Tcp {
                self.shared.connections.prove(from);
            }
        }
        for transmit in self.core.sends() {
            if transmit.proto == Protocol::Tcp {
                self.shared.connections.send(transmit.destination, transmit.contents.into());
                continue;
            }
            let socket = self.sockets.iter().position(|socket| socket.public == transmit.source);
            if let Some(outgoing) = socket.and_then(|at| self.outgoing.get_mut(at)) {
                outgoing.push(transmit.destination, transmit.contents.into());
            }
        }
        for (outgoing, socket) in self.outgoing.iter_mut().zip(&self.sockets) {
            if outgoing.len() > 0 {
                outgoing.flush(socket);
            }
        }
    }
}

/// The thread that has whoever a packet is from, as far as anybody has, and whether that is said by a name alone, which anybody can
/// write.
pub fn whose(shared: &Shared, packet: &Packet<'_>) -> Option<(usize, bool)> {
    let known = || shared.routes.find(&(packet.protocol, packet.source)).map(usize::from);
    match look(packet.bytes)? {
        Kind::Binding(user) => {
            let thread = thread_of(user).filter(|thread| *thread < shared.inboxes.len())?;
            Some((thread, known().is_none()))
        }
        Kind::Answer(id) => {
            let thread = usize::from(whom(id).0);
            (thread < shared.inboxes.len()).then(|| (thread, known().is_none()))
        }
        Kind::Secured => Some((known()?, false)),
    }
}

/// The first two digits of our half of a user name.
fn thread_of(user: &[u8]) -> Option<usize> {
    let digits = std::str::from_utf8(user.get(..2)?).ok()?;
    usize::from_str_radix(digits, 16).ok()
}
