//! A site of the public internet, over TLS, with one certificate of its own.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// What a site says to a path: all of an answer's bytes. Where they are no whole answer, it says nothing more.
pub type Says = fn(&str) -> Vec<u8>;

/// A running one.
pub struct Site {
    asked: Arc<Mutex<Vec<String>>>,
    ca: PathBuf,
}

impl Site {
    /// At port 443 of an address; its certificate goes into `folder`.
    ///
    /// # Panics
    /// Where the address is not this machine's.
    pub fn start(address: &str, name: &str, folder: &Path, says: Says) -> Self {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let ca = folder.join("ca.pem");
        std::fs::write(&ca, made.cert.pem()).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.key_pair.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let (config, asked) = (Arc::new(config), Arc::new(Mutex::new(Vec::new())));
        let (listener, heard) = (TcpListener::bind((address, 443)).unwrap(), asked.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, heard) = (config.clone(), heard.clone());
                std::thread::spawn(move || {
                    let Ok(connection) = rustls::ServerConnection::new(config) else { return };
                    let mut stream = rustls::StreamOwned::new(connection, stream);
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        let mut byte = [0];
                        if stream.read_exact(&mut byte).is_err() {
                            return;
                        }
                        head.push(byte[0]);
                    }
                    let head = String::from_utf8(head).unwrap();
                    let path = head.split(' ').nth(1).unwrap().to_owned();
                    heard.lock().unwrap().push(path.clone());
                    let _ = stream.write_all(&says(&path));
                    let _ = stream.flush();
                    // Until whoever asked has enough.
                    let _ = stream.read(&mut [0]);
                });
            }
        });
        Self { asked, ca }
    }

    /// Paths that it was asked for.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// For the environment of whoever is to believe it.
    pub fn trust(&self) -> String {
        format!("SSL_CERT_FILE={}", self.ca.display())
    }
}

/// An answer.
pub fn whole(kind: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// An answer that sends on.
pub fn moved(place: &str) -> Vec<u8> {
    format!("HTTP/1.1 301 Moved\r\nlocation: {place}\r\ncontent-length: 0\r\n\r\n").into_bytes()
}

/// An answer where there is nothing.
pub fn nothing() -> Vec<u8> {
    b"HTTP/1.1 404 None\r\ncontent-length: 0\r\n\r\n".to_vec()
}
