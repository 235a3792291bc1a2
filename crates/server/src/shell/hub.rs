//! Where the socket thread's tasks meet the services' threads.
//!
//! ```text
//! socket tasks ──▶ Hub ──▶ router ──▶ dispatch: ops, asks, wake-ups
//! delivery, directory threads ──▶ Inbound ──▶ one wake-up a batch ──▶ Hub::drain
//! ```
//! Everything here runs on the socket thread, but for [`Inbound`].

use std::cell::{Cell, OnceCell, RefCell, RefMut};
use std::collections::VecDeque;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Waker;

use casemate_wire::ids::{Hash32, HolderId};
use casemate_wire::proto::wire::CallListeners;
use casemate_wire::proto::wire::server_frame::Body;
use tokio::sync::Notify;

use super::auditors::Auditors;
use super::door::{Door, Pass};
use super::push::PushThread;
use super::relays::Asks;
use super::websocket::Pool;
use crate::delivery::writer::{Troubles, Writer};
use crate::delivery::{Op, Outcome};
use crate::directory::Answer;
use crate::directory::thread::{DirectoryThread, now_ms};
use crate::refusal::Refusal;
use crate::router::calls::{Reached, no_relay};
use crate::router::{ConnectionId, Output, Router};

/// Bytes read from a socket at once. One buffer for all sockets: each is emptied before the next is read.
pub const READ_BYTES: usize = 64 * 1024;

/// Connections from this machine, at least.
const LOCAL: u32 = 100_000;

/// What the services' threads leave for the socket thread.
#[derive(Default)]
pub struct Inbound {
    waiting: Mutex<Waiting>,
    arrived: Notify,
}

#[derive(Default)]
struct Waiting {
    outcomes: Vec<Outcome>,
    answers: Vec<(u64, Answer)>,
}

impl Inbound {
    /// From delivery.
    pub fn outcomes(&self, mut outcomes: Vec<Outcome>) {
        self.lock().outcomes.append(&mut outcomes);
        self.arrived.notify_one();
    }

    /// From the directory.
    pub fn answers(&self, mut answers: Vec<(u64, Answer)>) {
        self.lock().answers.append(&mut answers);
        self.arrived.notify_one();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// See the module.
pub struct Hub {
    router: RefCell<Router>,
    writer: Writer,
    /// The directory's thread; blobs ask it too.
    pub directory: DirectoryThread,
    /// Who makes the pages of auditors.
    pub auditors: Auditors,
    inbound: Arc<Inbound>,
    /// Ops that found the writer's queue full. While there are any, no socket is read.
    backlog: RefCell<VecDeque<Op>>,
    held_up: RefCell<Vec<ConnectionId>>,
    wakers: RefCell<Vec<Option<Waker>>>,
    spare: RefCell<Output>,
    /// See [`Pool`].
    pub pool: RefCell<Pool>,
    /// See [`READ_BYTES`].
    pub input: RefCell<Box<[u8]>>,
    /// Where frames are put together before they are written: one write for all that waits.
    pub output: RefCell<Vec<u8>>,
    stopping: Cell<bool>,
    /// From one address.
    connections: u32,
    /// What addresses hold at one time.
    pub door: Door,
    /// Whoever wakes devices, where somebody does.
    push: OnceCell<Rc<PushThread>>,
    /// Relays, by number.
    relays: OnceCell<Vec<Asks>>,
}

impl Hub {
    /// Puts the parts together.
    pub fn new(
        router: Router,
        writer: Writer,
        (directory, auditors): (DirectoryThread, Auditors),
        inbound: Arc<Inbound>,
        connections: u32,
        files: usize,
    ) -> Self {
        Self {
            router: RefCell::new(router),
            writer,
            directory,
            auditors,
            inbound,
            backlog: RefCell::default(),
            held_up: RefCell::default(),
            wakers: RefCell::default(),
            spare: RefCell::default(),
            pool: RefCell::default(),
            input: RefCell::new(vec![0; READ_BYTES].into()),
            output: RefCell::default(),
            stopping: Cell::new(false),
            connections,
            door: Door::new(files),
            push: OnceCell::new(),
            relays: OnceCell::new(),
        }
    }

    /// From now on this thread hears who is to be woken.
    pub fn wake_by(&self, thread: Rc<PushThread>) {
        // Said once, when the server starts.
        let _ = self.push.set(thread);
    }

    /// From now on these relays are asked.
    pub fn relay_by(&self, relays: Vec<Asks>) {
        // Said once, when the server starts.
        let _ = self.relays.set(relays);
    }

    /// A relay came up, or is gone.
    pub fn relay_is(&self, relay: usize, reached: Reached) {
        self.router().relay_is(relay, reached);
    }

    /// A relay came up, and has these rooms. Gives those that it is to close.
    pub fn relay_has(&self, relay: usize, rooms: &[Hash32]) -> Vec<Hash32> {
        self.router().relay_has(relay, rooms, now_ms())
    }

    /// What a relay that came up says of itself, and whether it is to be replaced.
    pub fn relay_greets(&self, relay: usize, tells_left: bool, build: &str, drains: bool) {
        self.router().relay_greets(relay, tells_left, build, drains);
    }

    /// A relay says how it does.
    pub fn relay_seen(&self, relay: usize, seen: (u32, u32)) {
        self.router().relay_seen(relay, seen);
    }

    /// A relay says unasked of whom nobody is in a room any more.
    pub fn call_left(&self, relay: usize, holders: &[HolderId]) {
        self.router().call_left(relay, holders);
    }

    /// A relay has answered, or was lost.
    pub fn relayed(&self, tag: u64, answer: Result<Body, Refusal>) {
        self.router().relayed(tag, answer);
        self.dispatch();
    }

    /// A relay says unasked who else is in a room.
    pub fn call_listeners(&self, said: CallListeners) {
        self.router().call_listeners(said);
        self.dispatch();
    }

    /// Drops old wake targets.
    pub fn push_housekeeping(&self) {
        if let Some(push) = self.push.get() {
            push.housekeeping();
        }
    }

    /// The router. Not to be held across anything that may call back.
    pub fn router(&self) -> RefMut<'_, Router> {
        self.router.borrow_mut()
    }

    /// What delivery cannot do.
    pub fn troubles(&self) -> &Troubles {
        self.writer.troubles()
    }

    /// Which service's thread has ended by a fault.
    pub fn gone(&self) -> Option<&'static str> {
        if self.directory.is_gone() {
            return Some("directory");
        }
        if self.writer.is_gone() {
            return Some("delivery");
        }
        if self.auditors.is_gone() {
            return Some("auditors");
        }
        self.push.get().is_some_and(|push| push.is_gone()).then_some("push")
    }

    #[cfg(test)]
    pub(crate) fn fault(&self, part: &str) {
        match part {
            "delivery" => self.writer.fault(),
            _ => self.directory.fault(),
        }
    }

    /// Ops that wait for delivery, for `/metrics`.
    pub fn queued(&self) -> usize {
        self.writer.queued() + self.backlog.borrow().len()
    }

    /// A socket has become a WebSocket.
    pub fn connect(&self, address: IpAddr) -> Result<ConnectionId, Refusal> {
        if self.stopping.get() {
            return Err(Refusal::rate_limited("the server is stopping", 5_000));
        }
        // A proxy has everybody behind it, and an operator may not have said that there is one.
        let (most, wide) = if address.to_canonical().is_loopback() {
            (self.connections.max(LOCAL), u32::MAX)
        } else {
            let wide = self.door.of_a_wider_network(usize::try_from(self.connections).unwrap_or(usize::MAX));
            (self.connections, u32::try_from(wide).unwrap_or(u32::MAX))
        };
        self.router().connect_up_to(most, wide, address, now_ms())
    }

    /// Room for so many bytes of a message of which half is there.
    pub fn half(&self, id: ConnectionId, bytes: usize) -> Option<Pass> {
        let networks = self.router().networks(id);
        self.door.half(networks, bytes)
    }

    /// A socket is gone.
    pub fn disconnect(&self, id: ConnectionId) {
        self.router().disconnect(id);
        if let Some(waker) = self.wakers.borrow_mut().get_mut(id.slot()) {
            *waker = None;
        }
    }

    /// Who is to be woken for a connection.
    pub fn register(&self, id: ConnectionId, waker: &Waker) {
        let mut wakers = self.wakers.borrow_mut();
        if wakers.len() <= id.slot() {
            wakers.resize(id.slot() + 1, None);
        }
        match &mut wakers[id.slot()] {
            Some(known) if known.will_wake(waker) => {}
            slot => *slot = Some(waker.clone()),
        }
    }

    /// Whether a socket may be read now. If not, its task is woken when it may.
    pub fn may_read(&self, id: ConnectionId) -> bool {
        if !self.backlog.borrow().is_empty() {
            self.held_up.borrow_mut().push(id);
            return false;
        }
        self.router().may_read(id)
    }

    /// Carries out what the router asks for.
    pub fn dispatch(&self) {
        let spare = std::mem::take(&mut *self.spare.borrow_mut());
        let mut output = self.router().take_output(spare);
        self.submit(&mut output.ops);
        for (tag, ask) in output.asks.drain(..) {
            self.directory.ask(tag, ask);
        }
        for op in output.wakes.drain(..) {
            if let Some(push) = self.push.get() {
                push.tell(op);
            }
        }
        let mut lost = Vec::new();
        for op in output.calls.drain(..) {
            let (tag, asks) = (op.tag, self.relays.get().and_then(|relays| relays.get(op.relay)));
            if asks.is_none_or(|asks| asks.try_send(op).is_err()) {
                lost.push(tag);
            }
        }
        let wakers = self.wakers.borrow();
        for id in output.ready.drain(..) {
            if let Some(Some(waker)) = wakers.get(id.slot()) {
                waker.wake_by_ref();
            }
        }
        drop(wakers);
        *self.spare.borrow_mut() = output;
        for tag in lost {
            self.relayed(tag, Err(no_relay()));
        }
    }

    fn submit(&self, ops: &mut Vec<Op>) {
        let mut backlog = self.backlog.borrow_mut();
        while let Some(op) = backlog.pop_front() {
            if let Err(op) = self.writer.submit(op) {
                backlog.push_front(op);
                break;
            }
        }
        for op in ops.drain(..) {
            // In order: nothing overtakes what could not be queued.
            if !backlog.is_empty() {
                backlog.push_back(op);
            } else if let Err(op) = self.writer.submit(op) {
                backlog.push_back(op);
            }
        }
        if backlog.is_empty() {
            let wakers = self.wakers.borrow();
            for id in self.held_up.borrow_mut().drain(..) {
                if let Some(Some(waker)) = wakers.get(id.slot()) {
                    waker.wake_by_ref();
                }
            }
        }
    }

    /// Takes in what the services' threads have answered, for ever.
    pub async fn drain(&self) {
        loop {
            self.inbound.arrived.notified().await;
            let Waiting { outcomes, answers } = std::mem::take(&mut *self.inbound.lock());
            {
                let mut router = self.router();
                for outcome in outcomes {
                    router.delivered(outcome);
                }
                for (tag, answer) in answers {
                    router.answered(tag, answer);
                }
            }
            self.dispatch();
        }
    }

    /// Looks after silent connections. To be called every few seconds.
    pub fn sweep(&self) {
        self.router().sweep(now_ms());
        self.dispatch();
    }

    /// Tells every connection that the server stops; no new ones come in.
    pub fn shut_down(&self) {
        self.stopping.set(true);
        self.router().shut_down();
        self.dispatch();
    }

    /// Connections open now.
    pub fn connections(&self) -> u64 {
        self.router().counters().connections
    }
}
