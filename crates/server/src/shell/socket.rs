//! One WebSocket connection as a task. Idle, it is this struct, a socket and nothing else: no buffer, no timer.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

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

/// A message that has begun is whole after so long, and [`RATE`]. What the peer sends meanwhile moves nothing.
const MESSAGE: Duration = if cfg!(test) { Duration::from_millis(500) } else { Duration::from_secs(60) };

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
    /// The rest of a message, by its number.
    message: Option<(u32, Pin<Box<Sleep>>)>,
    /// That it takes what was put together.
    stalled: Option<Pin<Box<Sleep>>>,
    /// That it takes all that is left.
    leaving: Option<Pin<Box<Sleep>>>,
    /// Room for a large message.
    room: Option<Pass>,
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

    /// Half of a message is there: the rest has a time, and, where it is large, its room.
    fn await_rest(&mut self) {
        let Some(number) = self.codec.half_read() else {
            if let Some(rest) = &mut self.rest {
                (rest.message, rest.room) = (None, None);
            }
            return;
        };
        let known = self.rest.as_ref().and_then(|rest| rest.message.as_ref());
        let (awaited, large) = (self.codec.awaited(), self.codec.is_large());
        if known.is_some_and(|(known, _)| *known == number) {
            // Its size was not known with its first byte.
            let has_room = self.rest.as_ref().is_some_and(|rest| rest.room.is_some());
            if !large || has_room {
                return;
            }
        }
        let time = MESSAGE.saturating_add(Duration::from_millis(awaited as u64 / RATE));
        let room = large.then(|| self.hub.half(self.id, awaited));
        let rest = self.rest.get_or_insert_default();
        rest.message = Some((number, Box::pin(tokio::time::sleep(time))));
        rest.room = None;
        match room {
            None => {}
            Some(Some(room)) => rest.room = Some(room),
            Some(None) => {
                self.codec = Codec::default();
                rest.message = None;
                self.hub.router().too_busy_for(self.id);
            }
        }
    }

    fn read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        for _ in 0..READS {
            if !matches!(self.stage, Stage::Open) || !self.hub.may_read(self.id) {
                return Poll::Pending;
            }
            if self.codec.is_paused() {
                self.take_in(&[]);
                continue;
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
        let message = rest.message.as_mut().map(|(_, until)| until);
        let mut all = [message, rest.stalled.as_mut(), rest.leaving.as_mut()];
        // Each is looked at, so that each wakes.
        let overdue =
            all.iter_mut().flatten().filter_map(|until| until.as_mut().poll(cx).is_ready().then_some(()));
        if overdue.count() > 0 {
            return true;
        }
        if all.iter().all(Option::is_none) && rest.unsent.is_empty() && rest.reply.is_empty() {
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
