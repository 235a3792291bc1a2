//! One WebSocket connection as a task. Idle, it is this struct, a socket and nothing else: no buffer, no timer.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::hub::Hub;
use super::websocket::{Codec, Event, write_close, write_message, write_ping};
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

/// See the module.
pub struct Socket<S> {
    hub: Rc<Hub>,
    id: ConnectionId,
    stream: S,
    codec: Codec,
    /// What the socket would not take. Empty almost always.
    unsent: Vec<u8>,
    stage: Stage,
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
        let mut socket =
            Self { hub, id, stream, codec: Codec::default(), unsent: Vec::new(), stage: Stage::Open };
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
        self.codec.read(&mut pool, bytes, &mut self.unsent, |event| match event {
            Event::Message(bytes) => hub.router().receive(id, bytes, now_ms),
            Event::Text => hub.router().not_a_frame(id, now_ms),
            Event::Alive => hub.router().heard(id, now_ms),
            Event::TooLarge => hub.router().oversized(id),
            Event::Closed => ended = true,
        });
        if ended {
            self.stage = Stage::Closing;
        }
    }

    fn read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        for _ in 0..READS {
            if !matches!(self.stage, Stage::Open) || !self.hub.may_read(self.id) {
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
            while !self.unsent.is_empty() {
                let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.unsent))?;
                if written == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                self.unsent.drain(..written);
            }
            self.unsent = Vec::new();
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
                        self.unsent = output[at..].to_vec();
                        return Poll::Pending;
                    }
                }
            }
            if output.capacity() > OUTPUT_KEPT_BYTES {
                *output = Vec::new();
            }
        }
    }

    /// As many frames as go into one write; the close frame after the last of them.
    fn put_together(&mut self, output: &mut Vec<u8>) {
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
        let hub = self.hub.clone();
        let mut input = hub.input.borrow_mut();
        for _ in 0..READS {
            let mut buffer = ReadBuf::new(&mut input);
            match ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {}
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
        if matches!(this.stage, Stage::Lingering(_)) {
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
                this.linger(cx)
            }
            _ => Poll::Pending,
        }
    }
}

impl<S> Drop for Socket<S> {
    fn drop(&mut self) {
        self.hub.disconnect(self.id);
    }
}
