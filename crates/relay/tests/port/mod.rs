//! A relay that servers reach over a network, by TLS, where strangers reach it too.

use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::relay::{PATIENCE, Relay, Stream};

/// The relay, and where that is.
pub fn relay() -> (Relay, SocketAddr) {
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let [certificate, key] = ["pem", "key"].map(|name| folder.path().join(name));
    std::fs::write(&certificate, made.cert.pem()).expect("the folder can be written to");
    std::fs::write(&key, made.key_pair.serialize_pem()).expect("the folder can be written to");
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port");
    let control =
        format!("{{ tls = {{ listen = \"{free}\", certificate = {certificate:?}, key = {key:?} }} }}");
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&certificate).expect("a certificate")).expect("it is one");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS has versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = Arc::new(client);
    let connect = move || {
        let name = ServerName::try_from("localhost").expect("a name");
        let client = ClientConnection::new(client.clone(), name).expect("a client");
        Box::new(StreamOwned::new(client, connection(free, 1))) as Box<dyn Stream>
    };
    (Relay::reached(&control, &["127.0.0.1:0"], 1, folder, connect), free)
}

/// A connection from an address of this machine that ends with a number; nothing is said on it.
pub fn connection(to: SocketAddr, from: u8) -> TcpStream {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
    let socket = socket.expect("there are sockets");
    let from = SocketAddr::new(IpAddr::from([127, 0, 0, from]), 0);
    socket.bind(&from.into()).expect("it is this machine's");
    socket.connect(&to.into()).expect("it listens");
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(PATIENCE)).expect("sockets can wait");
    stream
}
