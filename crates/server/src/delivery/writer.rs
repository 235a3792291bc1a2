//! The thread that runs the delivery service over a store, and one beside it that reads pages.
//!
//! ```text
//! submit ──▶ queue ──▶ writer: everything that waits is one batch ──▶ deliver(outcomes)   once a batch
//!                         └── pages ──▶ reader: one page at a time ──▶ deliver(outcome)
//! ```
//! There is no deliberate delay: while one batch is made durable, the next gathers. Pages have a thread of their
//! own, so that whoever catches up after weeks stalls nobody; their outcomes may come after those of later ops.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::expiry::Expiry;
use super::{Delivery, Op, Outcome, PageRequest, Request, page_outcome};
use crate::store::{PageReader, Store, StoreError};

/// Ops that may wait. The caller stops reading sockets beyond; more would only lengthen the wait.
pub const QUEUE_OPS: usize = 131_072;
/// Payload bytes that may wait.
pub const QUEUE_BYTES: usize = 64 * 1024 * 1024;
/// Ops in one batch. More costs latency and gains little, since the sync is spread over so many already.
const BATCH_OPS: usize = 16_384;
/// Payload bytes in one batch.
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// Quiet for so long, the store writes out what it keeps lazily.
const IDLE: Duration = Duration::from_secs(2);
/// Never quiet, it does so after this time.
const TIDY_EVERY: Duration = Duration::from_secs(30);

/// Takes outcomes: called by the writer with a batch, and by the page reader with one.
pub type Deliver = Arc<dyn Fn(Vec<Outcome>) + Send + Sync>;

/// What does not work, as the thread saw last.
#[derive(Debug, Default)]
pub struct Troubles {
    /// Nothing can be stored.
    pub delivery: AtomicBool,
    /// The index over what is stored cannot be written.
    pub index: AtomicBool,
    /// Records of what is stored that are damaged and set aside.
    pub damaged: AtomicU64,
    /// Bytes that were freed early since the start, because the disk was nearly full.
    pub relieved: AtomicU64,
}

/// The running threads. Dropping it stops them after what is queued has been carried out and flushed.
pub struct Writer {
    queue: Arc<Queue<Op>>,
    pages: Arc<Queue<PageRequest>>,
    troubles: Arc<Troubles>,
    writer: Option<JoinHandle<()>>,
    reader: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the threads. `retention` is how long entries are kept at most.
    pub fn start<S: Store + Send + 'static>(
        mut store: S,
        retention: Duration,
        deliver: Deliver,
    ) -> Result<Self, StoreError> {
        let queue = Arc::new(Queue::default());
        let pages = Arc::new(Queue::default());
        let reader = store.pages()?;
        let expiry = Expiry::new(retention, store.newest_ms()?);
        let mut delivery = Delivery::new(store);
        let troubles = Arc::new(Troubles::default());
        troubles.damaged.store(delivery.store().damaged(), Ordering::Relaxed);
        let (from, to, answers, said) = (queue.clone(), pages.clone(), deliver.clone(), troubles.clone());
        let spawned =
            |what: &str, error| StoreError::Io { what: format!("starting the {what} thread"), error };
        let writer = thread::Builder::new()
            .name("delivery".into())
            .spawn(move || write(delivery, expiry, &from, &to, &answers, &said))
            .map_err(|error| spawned("delivery", error))?;
        let from = pages.clone();
        let reader = thread::Builder::new()
            .name("delivery-pages".into())
            .spawn(move || read(reader, &from, &deliver))
            .map_err(|error| spawned("page", error))?;
        Ok(Self { queue, pages, troubles, writer: Some(writer), reader: Some(reader) })
    }

    /// Queues an op without waiting. Gives it back where the queue is full: stop reading sockets and try again
    /// after the next batch of outcomes.
    #[expect(clippy::result_large_err, reason = "the op is given back, not made for it")]
    pub fn submit(&self, op: Op) -> Result<(), Op> {
        let bytes = payload_bytes(&op.request);
        self.queue.push(op, bytes)
    }

    /// Whether a thread ended though nobody ended it, which it does only by a fault.
    pub fn is_gone(&self) -> bool {
        [&self.writer, &self.reader].into_iter().any(|one| one.as_ref().is_none_or(JoinHandle::is_finished))
    }

    #[cfg(test)]
    pub(crate) fn fault(&self) {
        self.queue.close();
    }

    /// What does not work.
    pub fn troubles(&self) -> &Troubles {
        &self.troubles
    }

    /// Ops that wait, for `/metrics` and for deciding whether to read more.
    pub fn queued(&self) -> usize {
        self.queue.state().items.len()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue.close();
        join(self.writer.take());
        // After the writer, which may still have handed over pages.
        self.pages.close();
        join(self.reader.take());
    }
}

fn join(thread: Option<JoinHandle<()>>) {
    if thread.is_some_and(|thread| thread.join().is_err()) {
        tracing::error!("a delivery thread had panicked");
    }
}

fn write<S: Store>(
    mut delivery: Delivery<S>,
    mut expiry: Expiry,
    queue: &Queue<Op>,
    pages: &Queue<PageRequest>,
    deliver: &Deliver,
    troubles: &Troubles,
) {
    let started = Instant::now();
    let mut tidied = started;
    loop {
        match queue.take(BATCH_OPS, BATCH_BYTES, IDLE) {
            Taken::Closed => break,
            Taken::Nothing => {
                tidied = Instant::now();
                report(delivery.store().tidy());
            }
            Taken::Some(batch) => {
                let (outcomes, requests) = delivery.execute_deferring(batch, now_ms());
                for request in requests {
                    // Bounded by the ops that the shell lets be under way, so pages are never refused for room.
                    pages.push_always(request);
                }
                if !outcomes.is_empty() {
                    deliver(outcomes);
                }
            }
        }
        if tidied.elapsed() >= TIDY_EVERY {
            tidied = Instant::now();
            report(delivery.store().tidy());
        }
        troubles.delivery.store(delivery.is_troubled(), Ordering::Relaxed);
        troubles.index.store(delivery.store().is_failing(), Ordering::Relaxed);
        troubles.damaged.store(delivery.store().damaged(), Ordering::Relaxed);
        let now_ms = now_ms();
        delivery.store().relieve(now_ms);
        troubles.relieved.store(delivery.store().relieved(), Ordering::Relaxed);
        if let Some(before_ms) = expiry.due(now_ms, started.elapsed()) {
            report(delivery.store().expire(before_ms, now_ms));
        }
    }
    report(delivery.store().flush());
}

fn read(mut reader: Box<dyn PageReader>, queue: &Queue<PageRequest>, deliver: &Deliver) {
    loop {
        match queue.take(1, usize::MAX, Duration::MAX) {
            Taken::Closed => break,
            Taken::Nothing => {}
            Taken::Some(requests) => {
                let outcomes = requests
                    .iter()
                    .map(|request| page_outcome(request, reader.read(request.slot, &request.page)));
                deliver(outcomes.collect());
            }
        }
    }
}

/// Nobody waits for this; what was acknowledged is safe without it.
fn report(result: Result<(), StoreError>) {
    if let Err(error) = result {
        tracing::warn!(%error, "the delivery store could not tidy up");
    }
}

fn now_ms() -> i64 {
    // A clock before 1970 is taken for 1970; rules cope with clocks that step.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn payload_bytes(request: &Request) -> usize {
    match request {
        Request::Append(append) => append.payload.len(),
        _ => 0,
    }
}

/// What waits for a thread.
struct Queue<T> {
    state: Mutex<Waiting<T>>,
    arrived: Condvar,
}

struct Waiting<T> {
    items: VecDeque<(T, usize)>,
    bytes: usize,
    /// The thread sleeps: only then a push has to wake it.
    asleep: bool,
    closed: bool,
}

enum Taken<T> {
    Some(Vec<T>),
    /// Nothing came for the time given.
    Nothing,
    Closed,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        let state = Waiting { items: VecDeque::new(), bytes: 0, asleep: false, closed: false };
        Self { state: Mutex::new(state), arrived: Condvar::new() }
    }
}

impl<T> Queue<T> {
    fn state(&self) -> MutexGuard<'_, Waiting<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, item: T, bytes: usize) -> Result<(), T> {
        let mut state = self.state();
        if state.items.len() >= QUEUE_OPS || state.bytes.saturating_add(bytes) > QUEUE_BYTES {
            return Err(item);
        }
        self.add(&mut state, item, bytes);
        Ok(())
    }

    fn push_always(&self, item: T) {
        self.add(&mut self.state(), item, 0);
    }

    fn add(&self, state: &mut Waiting<T>, item: T, bytes: usize) {
        state.items.push_back((item, bytes));
        state.bytes = state.bytes.saturating_add(bytes);
        if std::mem::take(&mut state.asleep) {
            self.arrived.notify_one();
        }
    }

    fn close(&self) {
        self.state().closed = true;
        self.arrived.notify_one();
    }

    /// Waits at most `patience` for something.
    fn take(&self, limit_items: usize, limit_bytes: usize, patience: Duration) -> Taken<T> {
        let mut state = self.state();
        if state.items.is_empty() && !state.closed {
            state.asleep = true;
            let idle = |state: &mut Waiting<T>| state.items.is_empty() && !state.closed;
            let waited = self.arrived.wait_timeout_while(state, patience, idle);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            state.asleep = false;
        }
        if state.items.is_empty() {
            return if state.closed { Taken::Closed } else { Taken::Nothing };
        }
        let mut taken = Vec::with_capacity(state.items.len().min(limit_items));
        let mut taken_bytes = 0usize;
        while taken.len() < limit_items
            && let Some((_, bytes)) = state.items.front()
        {
            taken_bytes = taken_bytes.saturating_add(*bytes);
            if taken_bytes > limit_bytes && !taken.is_empty() {
                break;
            }
            if let Some((item, bytes)) = state.items.pop_front() {
                state.bytes = state.bytes.saturating_sub(bytes);
                taken.push(item);
            }
        }
        Taken::Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use bytes::Bytes;
    use casemate_wire::ids::{ClientId, Hash32, LogId};

    use super::*;
    use crate::delivery::{Answer, Append, CreateLog, PageAnswer, Read, Tagger};
    use crate::store::MemoryStore;

    const LOG: LogId = LogId([1; 16]);

    fn append(n: u64) -> Op {
        let append = Append {
            log: LOG,
            write_hash: Hash32::ZERO,
            client_id: ClientId(u128::from(n).to_le_bytes()),
            payload: Bytes::from_static(b"text"),
            commit: None,
            seen: 0,
            retry: false,
            follows: false,
            after: None,
        };
        Op { tag: n, request: Request::Append(append) }
    }

    #[test]
    fn ops_are_answered_in_order_and_everything_queued_before_the_end_is() {
        let (sender, receiver) = mpsc::channel();
        let deliver: Deliver = Arc::new(move |outcomes| sender.send(outcomes).unwrap());
        let store = MemoryStore::new();
        let writer = Writer::start(store.clone(), Duration::from_secs(1_000_000_000), deliver).unwrap();
        let create = CreateLog { log: LOG, write_hash: Hash32::ZERO, reader_hash: Hash32::ZERO };
        writer.submit(Op { tag: 0, request: Request::CreateLog(create) }).unwrap();
        for n in 1..=1_000 {
            writer.submit(append(n)).unwrap();
        }
        drop(writer);
        let outcomes: Vec<Outcome> = receiver.into_iter().flatten().collect();
        assert!(outcomes.iter().map(|outcome| outcome.tag).eq(0..=1_000));
        assert!(outcomes[1..].iter().all(|outcome| {
            matches!(&outcome.result, Ok(Answer::Appended(appended)) if appended.entry == outcome.tag)
        }));
    }

    #[test]
    fn pages_come_from_the_reader() {
        let (sender, receiver) = mpsc::channel();
        let deliver: Deliver = Arc::new(move |outcomes| sender.send(outcomes).unwrap());
        let writer = Writer::start(MemoryStore::new(), Duration::from_secs(1_000_000_000), deliver).unwrap();
        let create = CreateLog { log: LOG, write_hash: Hash32::ZERO, reader_hash: Hash32::ZERO };
        writer.submit(Op { tag: 0, request: Request::CreateLog(create) }).unwrap();
        writer.submit(append(1)).unwrap();
        let tagger = Tagger::default();
        let reader = tagger.short(&[0; 16]);
        let read = Read { log: LOG, reader, tagger, after: 0, limit_bytes: 1_000 };
        writer.submit(Op { tag: 2, request: Request::Read(read) }).unwrap();
        drop(writer);
        let outcomes: Vec<Outcome> = receiver.into_iter().flatten().collect();
        let page = outcomes.iter().find(|outcome| outcome.tag == 2).unwrap();
        assert!(matches!(page.result, Ok(Answer::Page(PageAnswer { first: 1, last: 1, .. }))));
    }

    #[test]
    fn a_full_queue_gives_back() {
        let queue = Queue::default();
        queue.push("large", QUEUE_BYTES).unwrap();
        assert_eq!(queue.push("more", 1), Err("more"));
        assert_eq!(queue.push("empty", 0), Ok(()));
        assert!(matches!(queue.take(9, 10, IDLE), Taken::Some(items) if items == ["large"]), "one always");
        assert!(matches!(queue.take(9, 10, IDLE), Taken::Some(items) if items == ["empty"]));
        assert!(matches!(queue.take(9, 10, Duration::ZERO), Taken::Nothing));
        queue.close();
        assert!(matches!(queue.take(9, 10, IDLE), Taken::Closed));
    }
}
