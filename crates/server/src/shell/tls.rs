//! TLS: from certificate files, or by ACME (TLS-ALPN-01). X25519MLKEM768 comes first (rustls'
//! `prefer-post-quantum`), TLS 1.2 is the oldest version taken.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::ResolvesServerCert;
use rustls_acme::AcmeConfig;
use rustls_acme::caches::DirCache;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::tls_stream::TlsStream;
use super::{Config, DataFolder, StartError, place};

/// How connections are protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// Not at all: only on loopback, or behind a proxy on the same machine.
    None,
    /// By these files.
    Files {
        /// PEM: the certificate and those that lead to it.
        certificate: PathBuf,
        /// PEM: its key.
        key: PathBuf,
    },
    /// By Let's Encrypt, for this domain, on port 443.
    Acme {
        /// The domain.
        domain: String,
    },
}

/// Time for a handshake.
const HANDSHAKE: Duration = if cfg!(test) { Duration::from_millis(500) } else { Duration::from_secs(10) };

/// What everybody else speaks.
const HTTP_PROTOCOL: &[u8] = b"http/1.1";

/// What ACME's test connections speak (RFC 8737 §3).
const ACME_PROTOCOL: &[u8] = b"acme-tls/1";

/// Does handshakes.
pub struct Acceptance {
    config: RefCell<Arc<ServerConfig>>,
    /// When the certificate ends, in Unix time.
    ends: Rc<Cell<Option<i64>>>,
}

impl Acceptance {
    /// Takes the certificates; with ACME, starts the task that gets and renews them. None without TLS.
    pub fn prepare(tls: &Tls, folder: &DataFolder) -> Result<Option<Rc<Self>>, StartError> {
        match tls {
            Tls::None => Ok(None),
            Tls::Files { certificate, key } => {
                let config = RefCell::new(from_files(certificate, key)?);
                Ok(Some(Rc::new(Self { config, ends: Rc::new(Cell::new(end_of(certificate))) })))
            }
            Tls::Acme { domain } => {
                let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
                folder.make_acme().map_err(|error| StartError::DataFolder { path: folder.acme(), error })?;
                let mut state = AcmeConfig::new_with_provider([domain], provider)
                    .cache(DirCache::new(folder.acme()))
                    .directory_lets_encrypt(true)
                    .state();
                let config = with_resolver(state.resolver())?;
                let (ends, kept) = (Rc::new(Cell::new(None)), folder.acme());
                let noted = ends.clone();
                tokio::task::spawn_local(async move {
                    while let Some(event) = state.next().await {
                        match event {
                            Ok(event) => {
                                noted.set(end_of_kept(&kept));
                                tracing::info!(?event, "acme");
                            }
                            Err(error) => tracing::warn!(%error, "acme: it is tried again"),
                        }
                    }
                });
                Ok(Some(Rc::new(Self { config: RefCell::new(config), ends })))
            }
        }
    }

    /// When the certificate that is shown ends, in Unix time.
    pub fn certificate_ends(&self) -> Option<i64> {
        self.ends.get()
    }

    /// Reads the certificate files anew. The old ones stay where that fails. Whether it worked.
    pub fn reload(&self, tls: &Tls) -> bool {
        let Tls::Files { certificate, key } = tls else { return true };
        match from_files(certificate, key) {
            Ok(config) => {
                *self.config.borrow_mut() = config;
                self.ends.set(end_of(certificate));
                tracing::info!("tls: the certificate was read anew");
                true
            }
            Err(error) => {
                tracing::error!(%error, "tls: the certificate stays as it was");
                false
            }
        }
    }

    /// Does the handshake. None when it failed, or was one of ACME's.
    pub async fn accept(&self, stream: TcpStream) -> Option<TlsStream> {
        let config = self.config.borrow().clone();
        let handshake = TlsStream::accept(stream, config);
        let mut stream = tokio::time::timeout(HANDSHAKE, handshake).await.ok()?.ok()?;
        if stream.protocol() == Some(ACME_PROTOCOL) {
            let _ = stream.shutdown().await;
            return None;
        }
        Some(stream)
    }
}

/// Plain HTTP stays on this machine, and a certificate is for a domain.
pub fn check(config: &Config) -> Result<(), StartError> {
    place::check_domain(&config.tls)?;
    let passed = config.socket.as_ref().map(|socket| socket.local_addr());
    let listen = passed.transpose().map_err(|error| StartError::Listen { address: config.listen, error })?;
    let listen = listen.unwrap_or(config.listen);
    if config.tls == Tls::None && !listen.ip().is_loopback() {
        return Err(StartError::PlainOutside(listen));
    }
    Ok(())
}

/// When the first certificate of a PEM file ends: the server's own.
fn end_of(certificate: &Path) -> Option<i64> {
    let first = CertificateDer::pem_file_iter(certificate).ok()?.next()?.ok()?;
    let (_, certificate) = x509_parser::parse_x509_certificate(&first).ok()?;
    Some(certificate.validity().not_after.timestamp())
}

/// The same for what ACME got: `rustls-acme` keeps it in files of this name, the key beside it.
fn end_of_kept(folder: &Path) -> Option<i64> {
    let kept = std::fs::read_dir(folder).ok()?.flatten();
    let certificates = kept.filter(|entry| entry.file_name().to_string_lossy().starts_with("cached_cert_"));
    certificates.filter_map(|entry| end_of(&entry.path())).max()
}

fn from_files(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, StartError> {
    let bad = |path: &Path, why: String| StartError::Certificate { path: path.to_path_buf(), why };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| bad(certificate, error.to_string()))?;
    if chain.is_empty() {
        return Err(bad(certificate, "there is no certificate in it".to_owned()));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| bad(key, error.to_string()))?;
    let mut config = builder()?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|error| bad(certificate, error.to_string()))?;
    config.alpn_protocols = vec![HTTP_PROTOCOL.to_vec()];
    Ok(finished(config))
}

fn with_resolver(resolver: Arc<dyn ResolvesServerCert>) -> Result<Arc<ServerConfig>, StartError> {
    let mut config = builder()?.with_no_client_auth().with_cert_resolver(resolver);
    // The resolver answers ACME's connections with ACME's certificate.
    config.alpn_protocols = vec![HTTP_PROTOCOL.to_vec(), ACME_PROTOCOL.to_vec()];
    Ok(finished(config))
}

fn builder() -> Result<rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier>, StartError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| StartError::Tls(error.to_string()))
}

fn finished(mut config: ServerConfig) -> Arc<ServerConfig> {
    // A connection lasts for hours; resuming one saves little and costs memory on both sides.
    config.send_tls13_tickets = 1;
    Arc::new(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn end_of_a_certificate_is_read_from_files_and_from_what_acme_got() {
        let folder = tempfile::tempdir().unwrap();
        let end = 1_900_000_000;
        let mut wanted = rcgen::CertificateParams::new(["chat.example.org".to_owned()]).unwrap();
        wanted.not_after = rcgen::date_time_ymd(2030, 3, 17);
        let key = rcgen::KeyPair::generate().unwrap();
        let pem = wanted.self_signed(&key).unwrap().pem();
        let path = folder.path().join("cached_cert_abc");
        std::fs::write(&path, key.serialize_pem() + &pem).unwrap();
        std::fs::write(folder.path().join("cached_account_abc"), "no certificate").unwrap();
        assert_eq!(end_of(&path), Some(end - end % 86_400));
        assert_eq!(end_of_kept(folder.path()), end_of(&path));
        assert_eq!(end_of(&folder.path().join("cached_account_abc")), None);
        assert_eq!(end_of_kept(&folder.path().join("nowhere")), None);
    }
}
