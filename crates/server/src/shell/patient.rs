//! A stream whose peer has to take what is written to it: one that does not read keeps no socket and no memory for long.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// Within each such time a peer that is written to takes at least [`LEAST_BYTES`], or all there is. The system reports room only once a
/// third of its buffer is free, which takes slow readers a while.
const WINDOW: Duration = if cfg!(test) { Duration::from_millis(500) } else { Duration::from_secs(120) };

/// See [`WINDOW`].
const LEAST_BYTES: usize = 16 * 1024;

/// See the module. What is read is bounded by whoever reads.
pub struct Patient<S> {
    stream: S,
    window: Duration,
    /// Bytes that went out since the peer held us up, and until when that may last. None while it does not.
    held_up: Option<(usize, Pin<Box<Sleep>>)>,
}

impl<S> Patient<S> {
    /// Around a stream.
    pub fn new(stream: S) -> Self {
        Self::with_window(stream, WINDOW)
    }

    fn with_window(stream: S, window: Duration) -> Self {
        Self { stream, window, held_up: None }
    }

    /// The stream.
    pub fn into_inner(self) -> S {
        self.stream
    }

    fn watch<T>(
        &mut self,
        cx: &mut Context<'_>,
        done: Poll<io::Result<T>>,
        bytes: impl FnOnce(&T) -> usize,
    ) -> Poll<io::Result<T>> {
        match &done {
            Poll::Ready(Ok(done)) => {
                if let Some((moved, _)) = &mut self.held_up {
                    *moved = moved.saturating_add(bytes(done));
                    if *moved >= LEAST_BYTES {
                        self.held_up = None;
                    }
                }
            }
            Poll::Ready(Err(_)) => {}
            Poll::Pending => {
                let window = self.window;
                let (_, until) =
                    self.held_up.get_or_insert_with(|| (0, Box::pin(tokio::time::sleep(window))));
                if until.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
            }
        }
        done
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, out)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, done, |written| *written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.watch(cx, done, |written| *written)
    }

    /// So that hyper hands over whole files as they are in memory, rather than a copy for each connection.
    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_flush(cx);
        // All that there was is gone.
        self.watch(cx, done, |()| LEAST_BYTES)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.watch(cx, done, |()| LEAST_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test]
    async fn peer_that_takes_nothing_is_given_up() {
        let (near, _far) = duplex(64 * 1024);
        let mut near = Patient::with_window(near, Duration::from_millis(20));
        let error = near.write_all(&[7; 1024 * 1024]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let error = near.flush().await.and(near.write_all(&[7; 1024 * 1024]).await).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn peer_that_takes_a_byte_at_a_time_is_given_up() {
        let (near, mut far) = duplex(1024);
        let mut near = Patient::with_window(near, Duration::from_millis(50));
        let dribble = async {
            while far.read_u8().await.is_ok() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let write = near.write_all(&[7; 1024 * 1024]);
        let error = tokio::select! {
            written = write => written.unwrap_err(),
            () = dribble => panic!("it reads for ever"),
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    /// A window that passed while nothing was written holds nobody up.
    #[tokio::test]
    async fn peer_that_takes_what_it_is_sent_is_served_however_long_it_takes() {
        let (near, mut far) = duplex(1024);
        let mut near = Patient::with_window(near, Duration::from_millis(100));
        for _ in 0..3 {
            let mut piece = vec![0; 2_000];
            let (written, read) = tokio::join!(near.write_all(&[7; 2_000]), far.read_exact(&mut piece));
            written.unwrap();
            read.unwrap();
            near.flush().await.unwrap();
            assert!(near.held_up.is_none());
            tokio::time::sleep(Duration::from_millis(120)).await;
        }
        let mut piece = vec![0; LEAST_BYTES + 1_024];
        let all = vec![7; piece.len()];
        let (written, read) = tokio::join!(near.write_all(&all), far.read_exact(&mut piece));
        written.unwrap();
        read.unwrap();
        assert!(near.held_up.is_none_or(|(moved, _)| moved < LEAST_BYTES));
    }
}
