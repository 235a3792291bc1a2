//! A TLS connection that holds no buffer while it is idle, over rustls' unbuffered interface.
//!
//! `tokio-rustls` keeps at least 4 KiB for reading, and twice that once a large record has come. Here records are
//! read into one buffer that all connections share, on their one thread; a connection keeps only what is half of
//! a record. That is 4 to 8 KiB less for each (docs/decisions/0006).

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use rustls::ServerConfig;
use rustls::server::UnbufferedServerConnection;
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncryptError, InsufficientSizeError, UnbufferedStatus,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The shared buffer: more than the largest handshake message that rustls takes, and several records.
const SHARED_BYTES: usize = 128 * 1024;

/// Plain bytes encrypted at once; what the socket does not take of them is kept until it does.
const WRITE_BYTES: usize = 32 * 1024;

/// Encrypted bytes that may wait while the peer is still read from: what one write leaves, and some answers to new keys.
const OUTGOING_BYTES: usize = 64 * 1024;

/// Small pieces are put together up to this.
const JOINED_BYTES: usize = 16 * 1024;

/// Bytes that encryption adds at most to [`WRITE_BYTES`]: a header and a tag for each of a few records.
const OVERHEAD_BYTES: usize = 256;

thread_local! {
    static SHARED: RefCell<Vec<u8>> = RefCell::new(vec![0; SHARED_BYTES]);
}

/// See the module.
pub struct TlsStream {
    tcp: TcpStream,
    tls: Box<UnbufferedServerConnection>,
    /// The beginning of a record.
    incoming: Vec<u8>,
    /// Decrypted, and more than the reader had room for.
    plain: Vec<u8>,
    /// Encrypted, and more than the socket would take.
    outgoing: Vec<u8>,
    /// The peer has ended.
    ended: bool,
    /// So have we.
    closed: bool,
}

/// What to wait for after everything that came was processed.
enum Stage {
    Handshake,
    Open,
    Ended,
}

impl TlsStream {
    /// Does the handshake.
    pub async fn accept(tcp: TcpStream, config: Arc<ServerConfig>) -> io::Result<Self> {
        let tls = Box::new(UnbufferedServerConnection::new(config).map_err(io::Error::other)?);
        let (incoming, plain, outgoing) = (Vec::new(), Vec::new(), Vec::new());
        let mut stream = Self { tcp, tls, incoming, plain, outgoing, ended: false, closed: false };
        std::future::poll_fn(|cx| stream.poll_handshake(cx)).await?;
        Ok(stream)
    }

    /// The protocol that was agreed on.
    pub fn protocol(&self) -> Option<&[u8]> {
        self.tls.alpn_protocol()
    }

    fn poll_handshake(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            // The peer answers only what was sent.
            ready!(self.poll_send(cx))?;
            if !self.tls.is_handshaking() {
                return Poll::Ready(Ok(()));
            }
            match ready!(self.poll_receive(cx, &mut ReadBuf::new(&mut []))) {
                Ok(Stage::Handshake | Stage::Open) => {}
                Ok(Stage::Ended) => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                Err(error) => {
                    // Why, as far as the socket takes it now.
                    let _ = self.poll_send(cx);
                    return Poll::Ready(Err(error));
                }
            }
        }
    }

    /// Reads from the socket and processes it: plain bytes to `out`, and what has no room there to `plain`.
    fn poll_receive(&mut self, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<Stage>> {
        SHARED.with_borrow_mut(|shared| {
            let kept = self.incoming.len();
            if kept == shared.len() {
                return Poll::Ready(Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "a record without an end",
                )));
            }
            shared[..kept].copy_from_slice(&self.incoming);
            let mut buffer = ReadBuf::new(&mut shared[kept..]);
            ready!(Pin::new(&mut self.tcp).poll_read(cx, &mut buffer))?;
            let came = buffer.filled().len();
            if came == 0 {
                self.ended = true;
                return Poll::Ready(Ok(Stage::Ended));
            }
            let (used, stage) = self.process(&mut shared[..kept + came], out);
            let rest = &shared[used..kept + came];
            self.incoming = if rest.is_empty() { Vec::new() } else { rest.to_vec() };
            Poll::Ready(stage)
        })
    }

    /// Processes records until it waits for something. Says how many bytes were used.
    fn process(&mut self, input: &mut [u8], out: &mut ReadBuf<'_>) -> (usize, io::Result<Stage>) {
        let mut used = 0;
        loop {
            let UnbufferedStatus { mut discard, state } = self.tls.process_tls_records(&mut input[used..]);
            let stage = match state {
                Ok(ConnectionState::ReadTraffic(mut traffic)) => loop {
                    match traffic.next_record() {
                        Some(Ok(record)) => {
                            discard += record.discard;
                            let room = if self.plain.is_empty() { out.remaining() } else { 0 };
                            let (now, later) = record.payload.split_at(room.min(record.payload.len()));
                            out.put_slice(now);
                            self.plain.extend_from_slice(later);
                        }
                        Some(Err(error)) => break Some(Err(invalid(error))),
                        None => break None,
                    }
                },
                Ok(ConnectionState::EncodeTlsData(mut data)) => {
                    match append(&mut self.outgoing, 0, |buffer| data.encode(buffer).map_err(too_small)) {
                        Ok(()) => None,
                        Err(error) => Some(Err(error)),
                    }
                }
                // It is in `outgoing`, which goes out before anything else.
                Ok(ConnectionState::TransmitTlsData(data)) => {
                    data.done();
                    None
                }
                Ok(ConnectionState::BlockedHandshake) => Some(Ok(Stage::Handshake)),
                Ok(ConnectionState::WriteTraffic(_)) => Some(Ok(Stage::Open)),
                Ok(ConnectionState::PeerClosed | ConnectionState::Closed) => {
                    self.ended = true;
                    Some(Ok(Stage::Ended))
                }
                // Early data is never allowed.
                Ok(_) => Some(Err(io::ErrorKind::InvalidData.into())),
                Err(error) => {
                    self.take_alert();
                    Some(Err(invalid(error)))
                }
            };
            used += discard;
            if let Some(stage) = stage {
                return (used, stage);
            }
        }
    }

    /// After an error: the alert that tells the peer why.
    fn take_alert(&mut self) {
        let UnbufferedStatus { state, .. } = self.tls.process_tls_records(&mut []);
        if let Ok(ConnectionState::EncodeTlsData(mut data)) = state {
            // Without it the peer sees only that the connection ended.
            let _ = append(&mut self.outgoing, 0, |buffer| data.encode(buffer).map_err(too_small));
        }
    }

    /// Encrypts to `outgoing`; without bytes, the notice that nothing more comes.
    fn encrypt(&mut self, bytes: Option<&[u8]>) -> io::Result<()> {
        loop {
            let UnbufferedStatus { discard, state } = self.tls.process_tls_records(&mut self.incoming);
            let outgoing = &mut self.outgoing;
            let done = match state.map_err(invalid)? {
                ConnectionState::WriteTraffic(mut traffic) => {
                    let size = bytes.map_or(0, |bytes| bytes.len() + OVERHEAD_BYTES);
                    append(outgoing, size, |buffer| {
                        let written = match bytes {
                            Some(bytes) => traffic.encrypt(bytes, buffer),
                            None => traffic.queue_close_notify(buffer),
                        };
                        written.map_err(|error| match error {
                            EncryptError::InsufficientSize(size) => Some(size),
                            EncryptError::EncryptExhausted => None,
                        })
                    })?;
                    true
                }
                ConnectionState::EncodeTlsData(mut data) => {
                    append(outgoing, 0, |buffer| data.encode(buffer).map_err(too_small))?;
                    false
                }
                ConnectionState::TransmitTlsData(data) => {
                    data.done();
                    false
                }
                _ => return Err(io::ErrorKind::BrokenPipe.into()),
            };
            self.incoming.drain(..discard);
            if done {
                return Ok(());
            }
        }
    }

    /// Sends what is encrypted.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.outgoing.is_empty() {
            let written = ready!(Pin::new(&mut self.tcp).poll_write(cx, &self.outgoing))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.outgoing.drain(..written);
        }
        self.outgoing = Vec::new();
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for TlsStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            // Who makes us answer and reads nothing is not read from either.
            if this.outgoing.len() > OUTGOING_BYTES {
                ready!(this.poll_send(cx))?;
            }
            if !this.plain.is_empty() {
                let length = this.plain.len().min(out.remaining());
                out.put_slice(&this.plain[..length]);
                this.plain.drain(..length);
                if this.plain.is_empty() {
                    this.plain = Vec::new();
                }
                return Poll::Ready(Ok(()));
            }
            if this.ended {
                return Poll::Ready(Ok(()));
            }
            let before = out.filled().len();
            let received = ready!(this.poll_receive(cx, out));
            // New keys and alerts are answered at once; where that has to wait, the next write waits with it.
            if let Poll::Ready(Err(error)) = this.poll_send(cx) {
                return Poll::Ready(Err(error));
            }
            received?;
            if out.filled().len() > before {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncWrite for TlsStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_send(cx))?;
        let bytes = &bytes[..bytes.len().min(WRITE_BYTES)];
        self.encrypt(Some(bytes))?;
        // Taken, though it may not be gone yet: the next call waits for that.
        match self.poll_send(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            _ => Poll::Ready(Ok(bytes.len())),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let first = bytes.iter().find(|bytes| !bytes.is_empty()).map_or(&[][..], |bytes| bytes);
        if first.len() >= JOINED_BYTES || bytes.len() < 2 {
            return self.poll_write(cx, first);
        }
        // A head goes into one record with what comes after it.
        let mut joined = Vec::with_capacity(JOINED_BYTES);
        for bytes in bytes {
            let room = JOINED_BYTES.saturating_sub(joined.len());
            joined.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
        self.poll_write(cx, &joined)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !std::mem::replace(&mut self.closed, true) {
            self.encrypt(None)?;
        }
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

/// Lets `write` add to a buffer; it says where the room was too small for it.
fn append(
    outgoing: &mut Vec<u8>,
    room: usize,
    mut write: impl FnMut(&mut [u8]) -> Result<usize, Option<InsufficientSizeError>>,
) -> io::Result<()> {
    let begin = outgoing.len();
    let mut room = room;
    // The second time it is known how much it needs.
    for _ in 0..2 {
        outgoing.resize(begin + room, 0);
        match write(&mut outgoing[begin..]) {
            Ok(written) => {
                outgoing.truncate(begin + written);
                return Ok(());
            }
            Err(Some(size)) => room = size.required_size,
            Err(None) => break,
        }
    }
    outgoing.truncate(begin);
    Err(io::Error::other("TLS could not write a record"))
}

fn too_small(error: EncodeError) -> Option<InsufficientSizeError> {
    match error {
        EncodeError::InsufficientSize(size) => Some(size),
        EncodeError::AlreadyEncoded => None,
    }
}

fn invalid(error: rustls::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
