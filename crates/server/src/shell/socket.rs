//! One WebSocket connection as a task. Idle, it is this struct, a socket and nothing else: no buffer, no timer.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::door::Pass;
use super::hub::Hub;
use super::websocket::{Codec, Event, Flow, write_close, write_message, write_ping};
use crate::directory::thread::now_ms;
use crate::router::ConnectionId;

/// Bytes put together for one write.
const WRITE_BYTES: usize = 64 * 1024;

/// The shared output buffer is given back when a frame has made it larger than this.
const OUTPUT_KEPT_BYTES: usize = 256 * 1024;

/// Reads in one turn, so that one busy connection does not hold up the others.
const READS: usize = 8;

/// Time for the peer to close its side, after which the socket is dropped.
const LINGER: Duration = Duration::from_secs(3);

/// What is read meanwhile, and thrown away: what was under way when it was closed.
const LINGER_BYTES: usize = 4 * 1024 * 1024;

/// A message that has begun comes at [`RATE`] or faster; breaks of so long together are passed over. Time in which the server itself
/// does not read is not counted.
const MESSAGE: Duration = if cfg!(test) { Duration::from_millis(500) } else { Duration::from_secs(60) };

/// The same of a large one, which takes room of others.
const LARGE_MESSAGE: Duration = if cfg!(test) { Duration::from_millis(500) } else { Duration::from_secs(30) };

/// What there is no room for waits so long unread: longer than those who only hold theirs keep it.
const ROOM: Duration = Duration::from_secs(if cfg!(test) { 10 } else { 40 });

/// How often it is looked for room meanwhile.
const ROOM_AGAIN: Duration = Duration::from_millis(100);

/// The peer takes what was put together for one write within so long, and [`RATE`]: the system reports room only once a third of its
/// buffer is free.
const STALLED: Duration = if cfg!(test) { Duration::from_millis(500) } else { Duration::from_secs(120) };

/// The slowest peer's bytes in a millisecond.
const RATE: u64 = if cfg!(test) { 10_000 } else { 1 };

/// After a goodbye, time for all that waits and the close frame.
const LEAVING: Duration = if cfg!(test) { Duration::from_millis(500) } else { Duration::from_secs(10) };

/// See the module.
pub struct Socket<S> {
    hub: Rc<Hub>,
    id: ConnectionId,
    stream: S,
    codec: Codec,
    /// Nothing almost always.
    rest: Option<Box<Rest>>,
    stage: Stage,
}

/// What a connection has that is not idle, and until when something is awaited of its peer.
#[derive(Default)]
struct Rest {
    /// What the socket would not take, and how much of it is gone: no more than one write.
    unsent: Vec<u8>,
    sent: usize,
    /// The answer to the last ping, or to the peer's close.
    reply: Vec<u8>,
    /// What may come yet after the end.
    room_left: usize,
    /// The rest of a message.
    message: Option<Awaited>,
    /// That it takes what was put together.
    stalled: Option<Pin<Box<Sleep>>>,
    /// That it takes all that is left.
    leaving: Option<Pin<Box<Sleep>>>,
    /// Room for what has come of a large message.
    room: Option<Pass>,
    /// There is none: since when, and when it is looked for again.
    no_room: Option<(Instant, Pin<Box<Sleep>>)>,
}

/// A message of which only the beginning is there.
struct Awaited {
    number: u32,
    /// What has come of it.
    come: usize,
    /// Time that its peer may still lose.
    left: Duration,
    /// Since when that runs out, and until when. None while the server does not read.
    running: Option<(Instant, Pin<Box<Sleep>>)>,
    is_read: bool,
}

impl Awaited {
    fn new(number: u32, come: usize) -> Self {
        Self { number, come, left: MESSAGE, running: None, is_read: true }
    }

    /// The time stops, until it is read again.
    fn stop(&mut self) {
        if let Some((since, _)) = self.running.take() {
            self.left = self.left.saturating_sub(since.elapsed());
        }
    }

    /// So much has come. Who was fast before saves up nothing for later.
    fn came(&mut self, come: usize, most: Duration) {
        self.stop();
        let more = come.saturating_sub(self.come) as u64;
        self.come = self.come.max(come);
        self.left =
            self.left.saturating_add(Duration::from_micros(more.saturating_mul(1_000) / RATE)).min(most);
    }

    fn is_overdue(&mut self, cx: &mut Context<'_>) -> bool {
        if !self.is_read {
            return false;
        }
        let left = self.left;
        let (_, until) = self.running.get_or_insert_with(|| (Instant::now(), Box::pin(sleep(left))));
        until.as_mut().poll(cx).is_ready()
    }
}

enum Stage {
    Open,
    /// A close frame has been put among what is sent; nothing is read any more.
    Closing,
    /// All is sent; the peer closes, or time runs out.
    Lingering(Pin<Box<Sleep>>),
}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket<S> {
    /// Takes over a socket after its HTTP upgrade. `early` was read already.
    pub fn new(hub: Rc<Hub>, id: ConnectionId, stream: S, early: &[u8]) -> Self {
        let mut socket = Self { hub, id, stream, codec: Codec::default(), rest: None, stage: Stage::Open };
        if !early.is_empty() {
            socket.take_in(early);
        }
        socket
    }

    /// Bytes that came.
    fn take_in(&mut self, bytes: &[u8]) {
        let (hub, id) = (&self.hub, self.id);
        let (mut pool, mut ended) = (hub.pool.borrow_mut(), false);
        let now_ms = now_ms();
        let greeted = hub.router().is_greeted(id);
        let mut reply = self.rest.as_mut().map_or(Vec::new(), |rest| std::mem::take(&mut rest.reply));
        self.codec.read(&mut pool, greeted, bytes, &mut reply, |event| {
            let mut router = hub.router();
            match event {
                Event::Message(bytes) => router.receive(id, bytes, now_ms),
                Event::Text => router.not_a_frame(id, now_ms),
                Event::Alive => router.heard(id, now_ms),
                Event::TooLarge => router.oversized(id),
                Event::Closed => ended = true,
            }
            match (router.may_read(id), router.is_greeted(id)) {
                (false, _) => Flow::Pause,
                (true, true) => Flow::Go,
                (true, false) => Flow::Greet,
            }
        });
        drop(pool);
        if !reply.is_empty() {
            self.rest.get_or_insert_default().reply = reply;
        }
        if ended {
            self.stage = Stage::Closing;
        }
        self.await_rest();
    }

    /// Half of a message is there: the rest has a time.
    fn await_rest(&mut self) {
        let Some(number) = self.codec.half_read() else {
            if let Some(rest) = &mut self.rest {
                (rest.message, rest.room, rest.no_room) = (None, None, None);
            }
            return;
        };
        let come = self.codec.come();
        let most = if self.codec.is_large() { LARGE_MESSAGE } else { MESSAGE };
        let rest = self.rest.get_or_insert_default();
        let message = match &mut rest.message {
            Some(message) if message.number == number => message,
            other => {
                // What the one before had is free before this one asks.
                (rest.room, rest.no_room) = (None, None);
                other.insert(Awaited::new(number, come))
            }
        };
        message.came(come, most);
    }

    /// Whether there is room for what has come of a large message. Where there is none, it waits unread, and is looked at again.
    fn has_room(&mut self, cx: &mut Context<'_>) -> bool {
        let come = self.codec.come();
        if come == 0 || self.codec.half_read().is_none() || !self.codec.is_large() {
            return true;
        }
        let rest = self.rest.get_or_insert_default();
        let has_room = match &mut rest.room {
            Some(room) => room.grow_to(come),
            None => {
                rest.room = self.hub.half(self.id, come);
                rest.room.is_some()
            }
        };
        if has_room {
            rest.no_room = None;
            return true;
        }
        let (since, again) =
            rest.no_room.get_or_insert_with(|| (Instant::now(), Box::pin(sleep(ROOM_AGAIN))));
        if since.elapsed() >= ROOM {
            (rest.message, rest.room, rest.no_room) = (None, None, None);
            self.codec = Codec::default();
            self.hub.router().too_busy_for(self.id);
            return false;
        }
        while again.as_mut().poll(cx).is_ready() {
            again.set(sleep(ROOM_AGAIN));
        }
        false
    }

    /// Whether the rest of a message is read now: its time stands still where it is not.
    fn reads(&mut self, is_read: bool) {
        if let Some(message) = self.rest.as_mut().and_then(|rest| rest.message.as_mut()) {
            message.is_read = is_read;
            if !is_read {
                message.stop();
            }
        }
    }

    fn read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        for _ in 0..READS {
            if !matches!(self.stage, Stage::Open) || !self.hub.may_read(self.id) {
                self.reads(false);
                return Poll::Pending;
            }
            if self.codec.is_paused() {
                self.take_in(&[]);
                continue;
            }
            let has_room = self.has_room(cx);
            self.reads(has_room);
            if !has_room {
                return Poll::Pending;
            }
            let hub = self.hub.clone();
            let mut input = hub.input.borrow_mut();
            let mut buffer = ReadBuf::new(&mut input);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer))?;
            if buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            self.take_in(buffer.filled());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Sends all that waits. Ready when nothing does.
    fn write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if let Some(rest) = &mut self.rest {
                while rest.sent < rest.unsent.len() {
                    let left = &rest.unsent[rest.sent..];
                    let written = ready!(Pin::new(&mut self.stream).poll_write(cx, left))?;
                    if written == 0 {
                        return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                    }
                    rest.sent += written;
                }
                if !rest.unsent.is_empty() {
                    (rest.unsent, rest.sent, rest.stalled) = (Vec::new(), 0, None);
                }
            }
            let hub = self.hub.clone();
            let mut output = hub.output.borrow_mut();
            output.clear();
            self.put_together(&mut output);
            if output.is_empty() {
                return Pin::new(&mut self.stream).poll_flush(cx);
            }
            let mut at = 0;
            while at < output.len() {
                match Pin::new(&mut self.stream).poll_write(cx, &output[at..]) {
                    Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    Poll::Ready(Ok(written)) => at += written,
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending => {
                        let rest = self.rest.get_or_insert_default();
                        (rest.unsent, rest.sent) = (output[at..].to_vec(), 0);
                        return Poll::Pending;
                    }
                }
            }
            if output.capacity() > OUTPUT_KEPT_BYTES {
                *output = Vec::new();
            }
        }
    }

    /// Whether the peer took too long for something.
    fn is_overdue(&mut self, cx: &mut Context<'_>) -> bool {
        let leaves = !matches!(self.stage, Stage::Open) || self.hub.router().goodbye(self.id).is_some();
        if self.rest.is_none() && !leaves {
            return false;
        }
        let rest = self.rest.get_or_insert_default();
        if !rest.unsent.is_empty() {
            let time = STALLED.saturating_add(Duration::from_millis(rest.unsent.len() as u64 / RATE));
            rest.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(time)));
        }
        if leaves {
            rest.leaving.get_or_insert_with(|| Box::pin(tokio::time::sleep(LEAVING)));
        }
        let late = rest.message.as_mut().is_some_and(|message| message.is_overdue(cx));
        let mut all = [rest.stalled.as_mut(), rest.leaving.as_mut()];
        // Each is looked at, so that each wakes.
        let overdue =
            all.iter_mut().flatten().filter_map(|until| until.as_mut().poll(cx).is_ready().then_some(()));
        if overdue.count() > 0 || late {
            return true;
        }
        if rest.message.is_none()
            && all.iter().all(Option::is_none)
            && rest.unsent.is_empty()
            && rest.reply.is_empty()
        {
            self.rest = None;
        }
        false
    }

    /// As many frames as go into one write; the close frame after the last of them.
    fn put_together(&mut self, output: &mut Vec<u8>) {
        // Whole: it stands between two frames.
        if let Some(rest) = &mut self.rest {
            output.append(&mut rest.reply);
            rest.reply = Vec::new();
        }
        if !matches!(self.stage, Stage::Open) {
            return;
        }
        let mut router = self.hub.router();
        while output.len() < WRITE_BYTES
            && let Some(frame) = router.next_frame(self.id)
        {
            write_message(frame, output);
        }
        if router.take_ping(self.id) {
            write_ping(output);
        }
        if output.len() < WRITE_BYTES
            && let Some(goodbye) = router.goodbye(self.id)
        {
            let (code, reason) = goodbye.said();
            write_close(code, reason, output);
            self.stage = Stage::Closing;
        }
    }

    /// Waits for the peer's end, so that what was sent last is not lost with the socket.
    fn linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Stage::Lingering(until) = &mut self.stage else { return Poll::Pending };
        if until.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        // An error says what an end says.
        let _ = Pin::new(&mut self.stream).poll_shutdown(cx);
        let rest = self.rest.get_or_insert_default();
        let hub = self.hub.clone();
        let mut input = hub.input.borrow_mut();
        for _ in 0..READS {
            let mut buffer = ReadBuf::new(&mut input);
            match ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() && buffer.filled().len() <= rest.room_left => {
                    rest.room_left -= buffer.filled().len();
                }
                _ => return Poll::Ready(()),
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Future for Socket<S> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        this.hub.register(this.id, cx.waker());
        if matches!(this.stage, Stage::Lingering(..)) {
            return this.linger(cx);
        }
        if this.read(cx).is_ready() {
            return Poll::Ready(());
        }
        let written = this.write(cx);
        this.hub.dispatch();
        match written {
            Poll::Ready(Err(_)) => Poll::Ready(()),
            Poll::Ready(Ok(())) if matches!(this.stage, Stage::Closing) => {
                this.stage = Stage::Lingering(Box::pin(tokio::time::sleep(LINGER)));
                this.rest.get_or_insert_default().room_left = LINGER_BYTES;
                this.linger(cx)
            }
            _ if this.is_overdue(cx) => Poll::Ready(()),
            _ => Poll::Pending,
        }
    }
}

impl<S> Drop for Socket<S> {
    fn drop(&mut self) {
        self.hub.disconnect(self.id);
    }
}
