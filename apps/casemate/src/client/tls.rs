//! Streams to the server: TCP, or TLS over it, as the URL says.

use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use url::{Host, Url};

/// How to reach servers; shared by the WebSocket and the transfers.
#[derive(Clone)]
pub struct Dialer {
    tls: tokio_rustls::TlsConnector,
}

/// Why there is no stream. The text is for people.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// The URL is not one of a server.
    #[error("{0} is not the address of a server; it looks like https://server")]
    BadUrl(String),
    /// Plain HTTP to another machine would show who connects and when to everybody on the way.
    #[error("http:// is only for a server on this machine itself; use https:// for {0}")]
    PlainToOthers(String),
    /// No route, nobody listening, a name that does not resolve.
    #[error("the server {host} cannot be reached: {error}")]
    Unreachable {
        /// Whom.
        host: String,
        /// Why.
        error: std::io::Error,
    },
    /// The certificate or the handshake.
    #[error("no safe connection to {host}: {error}")]
    Tls {
        /// With whom.
        host: String,
        /// Why.
        error: std::io::Error,
    },
}

/// Certificates that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("The certificates in {path} cannot be read: {why}.")]
pub struct BadCa {
    path: String,
    why: String,
}

impl Dialer {
    /// Trusts Mozilla's roots, and the certificates in `ca`, else in the file that `SSL_CERT_FILE` names.
    pub fn new(ca: Option<&Path>) -> Result<Self, BadCa> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let from_environment = std::env::var_os("SSL_CERT_FILE").map(std::path::PathBuf::from);
        if let Some(path) = ca.or(from_environment.as_deref()) {
            let bad = |why: String| BadCa { path: path.display().to_string(), why };
            let certificates = CertificateDer::pem_file_iter(path).map_err(|error| bad(error.to_string()))?;
            for certificate in certificates {
                let certificate = certificate.map_err(|error| bad(error.to_string()))?;
                roots.add(certificate).map_err(|error| bad(error.to_string()))?;
            }
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider has the default versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { tls: Arc::new(config).into() })
    }

    /// Opens a stream to the server of `url`.
    pub async fn dial(&self, url: &Url) -> Result<Stream, DialError> {
        let bad = || DialError::BadUrl(url.to_string());
        let host = url.host().ok_or_else(bad)?;
        let name = host.to_string();
        let port = url.port_or_known_default().ok_or_else(bad)?;
        let encrypted = match url.scheme() {
            "https" => true,
            "http" if is_this_machine(&host) => false,
            "http" => return Err(DialError::PlainToOthers(name)),
            _ => return Err(bad()),
        };
        // `host_str` has brackets around IPv6 addresses, which the resolver does not take.
        let plain = name.trim_start_matches('[').trim_end_matches(']').to_owned();
        let unreachable = |error| DialError::Unreachable { host: name.clone(), error };
        let tcp = TcpStream::connect((plain.as_str(), port)).await.map_err(unreachable)?;
        tcp.set_nodelay(true).map_err(unreachable)?;
        if !encrypted {
            return Ok(Stream::Plain(tcp));
        }
        let tls = self.secure(&plain, tcp).await;
        tls.map(|tls| Stream::Tls(Box::new(tls))).map_err(|error| DialError::Tls { host: name, error })
    }

    /// TLS with a host over a stream to it.
    pub async fn secure(&self, host: &str, tcp: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(host.to_owned()).map_err(std::io::Error::other)?;
        self.tls.connect(name, tcp).await
    }
}

fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// A byte stream to a server.
pub enum Stream {
    /// Only to this machine itself.
    Plain(TcpStream),
    /// To all others.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// Where the other end is.
    pub fn peer(&self) -> std::io::Result<SocketAddr> {
        match self {
            Stream::Plain(tcp) => tcp.peer_addr(),
            Stream::Tls(tls) => tls.get_ref().0.peer_addr(),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_reaches_only_this_machine() {
        for (url, here) in [
            ("http://localhost:1", true),
            ("http://a.localhost", true),
            ("http://127.3.2.1", true),
            ("http://[::1]:80", true),
            ("http://example.org", false),
            ("http://localhost.example.org", false),
            ("http://10.0.0.1", false),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(is_this_machine(&url.host().unwrap()), here, "{url}");
        }
    }

    #[test]
    fn a_file_without_certificates_is_named() {
        let Err(error) = Dialer::new(Some(Path::new("/no/such/file.pem"))) else { panic!("taken") };
        assert!(error.to_string().contains("/no/such/file.pem"));
    }
}
