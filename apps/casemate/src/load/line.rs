//! One connection of the generator.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

use anyhow::{Context, Result, bail, ensure};
use bytes::BytesMut;
use casemate_wire::proto::wire::server_frame::Body;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::frames;

/// What is read at once. Small: there may be 20,000 of them.
const READ_BYTES: usize = 2 * 1024;

/// Where the server is.
#[derive(Clone)]
pub struct Target {
    /// Its address on loopback.
    pub address: SocketAddr,
    /// Present where it speaks TLS.
    pub tls: Option<TlsConnector>,
}

impl Target {
    /// Trusts the certificate that the run made, and no other.
    pub fn with_tls(address: SocketAddr, certificate: &std::path::Path) -> Result<Self> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(certificate)?)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { address, tls: Some(Arc::new(config).into()) })
    }
}

/// A WebSocket that has said hello.
pub struct Line {
    stream: Stream,
    buffer: BytesMut,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Line {
    /// Connects.
    pub async fn open(target: &Target) -> Result<Self> {
        let stream = TcpStream::connect(target.address).await.context("connecting to the server")?;
        stream.set_nodelay(true)?;
        let stream = match &target.tls {
            None => Stream::Plain(stream),
            Some(tls) => {
                let name = ServerName::try_from("localhost")?;
                Stream::Tls(Box::new(tls.connect(name, stream).await?))
            }
        };
        let mut line = Self { stream, buffer: BytesMut::new() };
        line.send(frames::UPGRADE).await?;
        let end = loop {
            if let Some(at) = line.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            line.read().await?;
        };
        let answer = line.buffer.split_to(end);
        ensure!(answer.starts_with(b"HTTP/1.1 101"), "no WebSocket: {}", String::from_utf8_lossy(&answer));
        line.send(&frames::hello()).await?;
        match line.next().await? {
            Body::Hello(_) => Ok(line),
            other => bail!("the server answered a hello with {other:?}"),
        }
    }

    /// A socket that is no WebSocket; only reads.
    pub async fn bare(address: SocketAddr) -> Result<Self> {
        let stream = Stream::Plain(TcpStream::connect(address).await?);
        Ok(Self { stream, buffer: BytesMut::new() })
    }

    /// Sends bytes that are frames.
    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    /// Waits for bytes.
    pub async fn read(&mut self) -> io::Result<()> {
        self.buffer.reserve(READ_BYTES);
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// A frame that has come, if there is one. An error of the server is one here.
    pub fn take(&mut self) -> Result<Option<Body>> {
        match frames::next_frame(&mut self.buffer)?.map(|frame| frame.body) {
            None => {
                if self.buffer.is_empty() {
                    // An idle connection of the generator holds no memory either.
                    self.buffer = BytesMut::new();
                }
                Ok(None)
            }
            Some(Some(Body::Error(error))) => bail!("the server refused: {}", error.message),
            Some(Some(body)) => Ok(Some(body)),
            Some(None) => bail!("an empty frame"),
        }
    }

    /// Waits for a frame.
    pub async fn next(&mut self) -> Result<Body> {
        loop {
            if let Some(body) = self.take()? {
                return Ok(body);
            }
            self.read().await?;
        }
    }

    /// Follows logs, all asked for at once, and waits until it does.
    pub async fn follow(&mut self, logs: impl Iterator<Item = u32>) -> Result<()> {
        let (mut request, mut waits) = (Vec::new(), 0usize);
        for log in logs {
            request.extend(frames::follow(log));
            waits += 1;
        }
        self.send(&request).await?;
        while waits > 0 {
            match self.next().await? {
                Body::Following(_) => waits -= 1,
                Body::LogEntries(_) => {}
                other => bail!("the server answered a follow with {other:?}"),
            }
        }
        Ok(())
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut TaskContext<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
