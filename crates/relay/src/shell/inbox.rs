//! What one thread of the relay leaves for another, and how it wakes it.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use bytes::Bytes;
use casemate_wire::call::{Allowed, Place, Wish};
use casemate_wire::ids::{Hash32, HolderId};
use tokio::sync::oneshot;

use crate::core::{Counters, Protocol, Refused};

/// Packets that may wait for a thread; beyond, they are lost, as a full socket loses them.
const WAITING: usize = 4_096;

/// Of these, such as come from where nobody in a call has signed anything yet: anybody can send them, to any thread. Whoever joins
/// sends a few, and sends them again; more lets a flood keep the thread from others' packets for longer.
const STRANGE: usize = 256;

/// What servers ask of a thread that may wait; beyond, joiners hear that it is full: about two seconds' worth.
const JOINING: usize = 1_024;

/// Something for a media thread.
pub enum Job {
    /// A packet of a participant of its.
    Packet(Came),
    /// A server asks.
    Join(Place, Option<HolderId>, Option<Allowed>, String, oneshot::Sender<Result<String, Refused>>),
    /// A server asks.
    Wish(Place, Wish, oneshot::Sender<bool>),
    /// A server asks.
    Leave(Place, oneshot::Sender<bool>),
    /// A server knows of rooms that are used elsewhere.
    Close(Vec<Hash32>),
    /// Somebody wants to know how it does.
    Count(oneshot::Sender<Counters>),
    /// A server wants to know which rooms are used.
    Rooms(oneshot::Sender<Vec<Hash32>>),
    /// The relay stops.
    Stop,
}

/// What a media thread does next of what was left for it: all packets, and what is asked in order, but one joiner at a time, who takes
/// about a millisecond. However many come at once, the media of those who are there pass in between.
#[derive(Default)]
pub struct Turns(VecDeque<Job>);

impl Turns {
    /// The jobs of this turn.
    pub fn next(&mut self, came: Vec<Job>) -> Vec<Job> {
        let mut turn = Vec::new();
        for job in came {
            match job {
                Job::Packet(_) | Job::Stop => turn.push(job),
                // Who asked may have gone.
                Job::Join(.., answer) if self.0.len() >= JOINING => drop(answer.send(Err(Refused::Full))),
                asked => self.0.push_back(asked),
            }
        }
        while let Some(asked) = self.0.pop_front() {
            let joins = matches!(asked, Job::Join(..));
            turn.push(asked);
            if joins {
                break;
            }
        }
        turn
    }

    /// Whether something is left for the next.
    pub fn are_left(&self) -> bool {
        !self.0.is_empty()
    }
}

/// A packet that came to another thread.
pub struct Came {
    /// How it came.
    pub protocol: Protocol,
    /// Where from.
    pub source: SocketAddr,
    /// Which public address it came to.
    pub destination: SocketAddr,
    /// What it holds.
    pub bytes: Bytes,
    /// Whether nobody here has signed anything that came from there.
    pub is_strange: bool,
}

/// See the module.
pub struct Inbox {
    jobs: Mutex<Jobs>,
    bell: UnixStream,
    ears: UnixStream,
}

#[derive(Default)]
struct Jobs {
    all: Vec<Job>,
    /// Strange packets among them.
    strange: usize,
}

impl Inbox {
    /// An empty one.
    pub fn new() -> io::Result<Self> {
        let (bell, ears) = UnixStream::pair()?;
        bell.set_nonblocking(true)?;
        ears.set_nonblocking(true)?;
        Ok(Self { jobs: Mutex::default(), bell, ears })
    }

    /// Leaves a job, and wakes the thread.
    pub fn put(&self, job: Job) {
        self.put_all([job]);
    }

    /// Leaves several.
    pub fn put_all(&self, new: impl IntoIterator<Item = Job>) {
        let mut jobs = self.lock();
        let was_empty = jobs.all.is_empty();
        new.into_iter().for_each(|job| jobs.put(job));
        // While nobody else looks: the bell has rung if anything waits, and only then.
        if was_empty && !jobs.all.is_empty() {
            // Where it is full the thread is awake anyway.
            let _ = (&self.bell).write(&[1]);
        }
    }

    /// All that waits.
    pub fn take(&self) -> Vec<Job> {
        let mut jobs = self.lock();
        if jobs.all.is_empty() {
            return Vec::new();
        }
        let mut rung = [0; 64];
        while (&self.ears).read(&mut rung).is_ok_and(|rung| rung == 64) {}
        std::mem::take(&mut *jobs).all
    }

    /// What can be read when somebody left something.
    pub fn ears(&self) -> &UnixStream {
        &self.ears
    }

    fn lock(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Jobs {
    fn put(&mut self, job: Job) {
        if let Job::Packet(came) = &job {
            if self.all.len() >= WAITING || (came.is_strange && self.strange >= STRANGE) {
                return;
            }
            self.strange += usize::from(came.is_strange);
        }
        self.all.push(job);
    }
}

/// Which thread has whom, by network address. Only addresses that signed STUN came from are here.
#[derive(Default)]
pub struct Routes(RwLock<HashMap<(Protocol, SocketAddr), u8>>);

impl Routes {
    /// The thread that has whoever sends from there.
    pub fn find(&self, from: &(Protocol, SocketAddr)) -> Option<u8> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(from).copied()
    }

    /// Says that a thread has it, or has no more.
    pub fn set(&self, from: (Protocol, SocketAddr), thread: u8, known: bool) {
        let mut routes = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known {
            routes.insert(from, thread);
        } else if routes.get(&from) == Some(&thread) {
            routes.remove(&from);
        }
    }
}

#[cfg(test)]
mod tests {
    use casemate_wire::ids::{ParticipantSecret, RoomSecret};

    use super::*;

    fn packet(port: u16, is_strange: bool) -> Job {
        let source = SocketAddr::from(([192, 0, 2, 1], port));
        let bytes = Bytes::from_static(b"1");
        Job::Packet(Came { protocol: Protocol::Udp, source, destination: source, bytes, is_strange })
    }

    fn strange(jobs: &[Job]) -> usize {
        jobs.iter().filter(|job| matches!(job, Job::Packet(came) if came.is_strange)).count()
    }

    #[test]
    fn a_flood_of_strange_packets_pushes_no_others_out() {
        let inbox = Inbox::new().unwrap();
        inbox.put_all((0..10_000).map(|number| packet(number, true)));
        inbox.put_all((0..3_000).map(|number| packet(number, false)));
        inbox.put(Job::Stop);
        let jobs = inbox.take();
        assert_eq!((jobs.len(), strange(&jobs)), (STRANGE + 3_000 + 1, STRANGE));
        // The next ones have as much room again; of those that are not strange there is an end, too.
        inbox.put_all((0..10_000).map(|number| packet(number, number % 2 == 0)));
        inbox.put(Job::Stop);
        let jobs = inbox.take();
        assert_eq!((jobs.len(), strange(&jobs)), (WAITING + 1, STRANGE));
    }

    #[test]
    fn joiners_who_come_at_once_come_in_one_by_one_and_packets_do_not_wait_for_them() {
        let join = |number: u8| {
            let place = Place {
                room: RoomSecret::new([number; 32]),
                participant: ParticipantSecret::new([number; 16]),
            };
            let (answer, answered) = oneshot::channel();
            (Job::Join(place, None, None, String::new(), answer), answered)
        };
        let leave = |number: u8| {
            let place = Place {
                room: RoomSecret::new([number; 32]),
                participant: ParticipantSecret::new([number; 16]),
            };
            Job::Leave(place, oneshot::channel().0)
        };
        let kinds = |jobs: &[Job]| {
            let kind = |job: &Job| match job {
                Job::Packet(_) => 'p',
                Job::Join(..) => 'j',
                Job::Leave(..) => 'l',
                _ => 's',
            };
            jobs.iter().map(kind).collect::<String>()
        };
        let mut turns = Turns::default();
        // In the order in which they asked: nobody leaves before they came.
        let came = vec![join(1).0, leave(1), join(2).0, packet(1, false), leave(2), leave(3)];
        assert_eq!(kinds(&turns.next(came)), "pj");
        assert!(turns.are_left());
        assert_eq!(kinds(&turns.next(vec![packet(2, false), join(3).0])), "plj");
        assert_eq!(kinds(&turns.next(Vec::new())), "llj");
        assert!(!turns.are_left());
        // There is an end, and who comes then hears it at once.
        let (jobs, mut answers): (Vec<_>, Vec<_>) = (0..1_200).map(|number| join(number as u8)).unzip();
        assert_eq!(kinds(&turns.next(jobs)), "j");
        let full = answers.iter_mut().filter_map(|answer| answer.try_recv().ok());
        assert_eq!(full.filter(|answer| *answer == Err(Refused::Full)).count(), 1_200 - JOINING);
        assert_eq!(kinds(&turns.next(vec![Job::Stop])), "sj", "at once");
    }
}
