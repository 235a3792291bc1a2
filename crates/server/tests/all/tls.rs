//! The same over TLS, with a key exchange that a later quantum computer does not open.

use std::sync::Arc;

use casemate_server::shell::Tls;
use casemate_wire::proto::wire::Ping;
use casemate_wire::proto::wire::client_frame::Request;
use futures_util::StreamExt;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::client::{Client, config};
use crate::kit::Person;

fn certificate(folder: &std::path::Path) -> (Tls, CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(["test.example".to_owned()]).unwrap();
    let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.key_pair.serialize_pem()).unwrap();
    (Tls::Files { certificate, key }, made.cert.der().clone())
}

fn connector(trusted: CertificateDer<'static>) -> TlsConnector {
    connector_of(trusted, rustls::ALL_VERSIONS)
}

fn connector_of(
    trusted: CertificateDer<'static>,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(trusted).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

#[tokio::test]
async fn the_whole_path_and_a_new_certificate_while_it_runs() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    let (tls, trusted) = certificate(folder.path());
    config.tls = tls;
    config.public_url = Some("https://test.example".to_owned());
    let server = casemate_server::start(config).unwrap();
    let name = ServerName::try_from("test.example").unwrap();

    let stream = TcpStream::connect(server.address).await.unwrap();
    let stream = connector(trusted.clone()).connect(name.clone(), stream).await.unwrap();
    let group = stream.get_ref().1.negotiated_key_exchange_group().unwrap();
    assert_eq!(group.name(), rustls::NamedGroup::X25519MLKEM768);
    let mut client = Client::over(stream).await;
    let ana = Person::new("ana", 1);
    client.settle_in(&ana).await;
    let log = client.log(&ana, 10).await;
    client.ask(crate::client::follow(log, 0)).await.unwrap();
    for number in 1..=100 {
        client.send(crate::client::append(log, number, vec![1; 20_000])).await;
    }
    client.entries(0, 100).await;

    // Records of every size, both ways, and more than a socket takes at once.
    for (number, size) in (101..).zip([0, 1, 16_000, 16_384, 16_385, 40_000, 65_536]) {
        client.ask(crate::client::append(log, number, vec![2; size])).await.unwrap();
    }
    client.entries(100, 107).await;
    let mut again = Client::over(
        connector(trusted.clone())
            .connect(name.clone(), TcpStream::connect(server.address).await.unwrap())
            .await
            .unwrap(),
    )
    .await;
    again.ask(crate::client::follow(log, 0)).await.unwrap();
    again.entries(0, 107).await;
    // The oldest version that is taken.
    let older = connector_of(trusted.clone(), &[&rustls::version::TLS12]);
    let stream = TcpStream::connect(server.address).await.unwrap();
    let mut older = Client::over(older.connect(name.clone(), stream).await.unwrap()).await;
    older.ask(crate::client::follow(log, 0)).await.unwrap();
    older.entries(0, 107).await;
    // Its end is told with a close_notify, after the close frame.
    again.socket.close(None).await.unwrap();
    while let Some(message) = again.socket.next().await {
        message.unwrap();
    }
    // Noise instead of a handshake ends that connection with an alert.
    let mut noise = TcpStream::connect(server.address).await.unwrap();
    noise.write_all(&[0x55; 600]).await.unwrap();
    let mut alert = Vec::new();
    let _ = noise.read_to_end(&mut alert).await;
    assert_eq!(alert.first(), Some(&21), "{alert:?}");

    // A new certificate: the old connection goes on, a new one gets the new one.
    let (_, renewed) = certificate(folder.path());
    server.reload();
    let renewed = connector(renewed);
    loop {
        let stream = TcpStream::connect(server.address).await.unwrap();
        if renewed.connect(name.clone(), stream).await.is_ok() {
            break;
        }
        // The command is on its way to the server's thread.
        tokio::task::yield_now().await;
    }
    client.ask(Request::Ping(Ping {})).await.unwrap();
    // Somebody who does not speak TLS holds up nobody.
    let _silent = TcpStream::connect(server.address).await.unwrap();
    client.ask(Request::Ping(Ping {})).await.unwrap();
}
