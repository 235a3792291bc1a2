//! The server behind nginx, haproxy and Caddy, each with the configuration that the package ships: people meet, files pass, and the server
//! knows who comes.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use casemate_e2e::alone::in_own_network;
use casemate_e2e::eventually;
use casemate_e2e::files::{large, sha256};
use casemate_e2e::person::Person;
use casemate_e2e::server::Server;
use casemate_e2e::world::Member;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::json;

/// Where people come to, by the public internet.
const ADDRESS: &str = "203.0.113.9";
const NAME: &str = "chat.example.org";

/// What the configurations say of the server and of certificates.
const SERVER: &str = "127.0.0.1:8440";
const CERTIFICATES: &str = "/etc/ssl/chat.example.org";

/// A proxy: its program, its configuration, and how it is started on it.
const PROXIES: [(&str, &str, &[&str]); 3] = [
    ("nginx", "nginx.conf", &["-e", "stderr", "-g", "daemon off; pid nginx.pid;", "-p", ".", "-c"]),
    ("haproxy", "haproxy.cfg", &["-db", "-f"]),
    ("caddy", "Caddyfile", &["run", "--adapter", "caddyfile", "--config"]),
];

/// Ended when dropped, with the processes that it has started: the next one wants the same port.
struct Proxy(Child);

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

/// Where it is installed; services are often outside of people's paths.
fn program(name: &str) -> Option<PathBuf> {
    let folders = ["/usr/sbin", "/usr/bin", "/usr/local/bin"];
    folders.iter().map(|folder| Path::new(folder).join(name)).find(|path| path.is_file())
}

/// Starts it before a server, in a folder.
fn start(folder: &Path, program: &Path, (_, config, words): (&str, &str, &[&str]), server: &str) -> Proxy {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging/proxies").join(config);
    let text = std::fs::read_to_string(shipped).unwrap();
    assert!(text.contains(SERVER) && text.contains(CERTIFICATES), "{config}");
    let text = text.replace(SERVER, server).replace(CERTIFICATES, folder.to_str().unwrap());
    let own = folder.join(config);
    std::fs::write(&own, text).unwrap();
    let log = std::fs::File::create(folder.join("proxy.log")).unwrap();
    let mut command = Command::new(program);
    command.args(words).arg(own).current_dir(folder).env("HOME", folder).env("XDG_DATA_HOME", folder);
    let proxy = command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
    let proxy = Proxy(proxy);
    eventually("the proxy", || TcpStream::connect((ADDRESS, 443)).ok());
    proxy
}

/// What the public address answers to a request with these headers.
fn asked(trusted: &Path, path: &str, headers: &str) -> String {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(trusted).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.unwrap().with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from(NAME).unwrap();
    let connection = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = rustls::StreamOwned::new(connection, TcpStream::connect((ADDRESS, 443)).unwrap());
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {NAME}\r\nconnection: close\r\n{headers}\r\n").unwrap();
    let mut answer = Vec::new();
    // One that ends without a goodbye of TLS's has said all the same what it had to.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

#[test]
fn shipped_configurations_of_proxies_let_people_meet_files_pass_and_addresses_through() {
    let story = "proxies::shipped_configurations_of_proxies_let_people_meet_files_pass_and_addresses_through";
    in_own_network(story, |network| {
        network.public(ADDRESS, &[NAME], &[]);
        for proxy in PROXIES {
            let Some(program) = program(proxy.0) else {
                println!("left out: {} is not installed", proxy.0);
                continue;
            };
            behind(&program, proxy);
            println!("behind {}: done", proxy.0);
        }
    });
}

fn behind(program: &Path, proxy: (&str, &str, &[&str])) {
    let folder = tempfile::Builder::new().prefix("casemate-proxy-").tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let made = rcgen::generate_simple_self_signed([NAME.to_owned()]).unwrap();
    let (certificate, key) = (made.cert.pem(), made.key_pair.serialize_pem());
    std::fs::write(at("fullchain.pem"), &certificate).unwrap();
    std::fs::write(at("privkey.pem"), &key).unwrap();
    std::fs::write(at("all.pem"), certificate + &key).unwrap();
    std::fs::write(at("server.toml"), "trusted_proxies = [\"127.0.0.1\"]\n").unwrap();
    let config = at("server.toml");
    let options = ["--public-url", "https://chat.example.org", "--config", config.to_str().unwrap()];
    let server = Server::start_with(folder.path(), &options);
    let _proxy = start(folder.path(), program, proxy, server.address());

    // WebSockets, and a file of several pieces.
    let trust = format!("SSL_CERT_FILE={}", at("fullchain.pem").display());
    let join = |name: &str| {
        let mut person = Person::start_under(&at(name), &["env", &trust]);
        person.ask("account.create", json!({"name": name, "invite": server.invite()}));
        Member::of(person)
    };
    let (mut anna, mut ben) = (join("anna"), join("ben"));
    let chat = anna.meet(&mut ben);
    let file = at("film.bin");
    large(&file, 5 * 1024 * 1024);
    let message = anna.send_file(&chat, &file, None);
    ben.sees(&chat, &message, "the file", |_| true);
    ben.ask("attachment.save", json!({"message": message, "index": 0, "path": at("saved.bin")}));
    assert_eq!(sha256(&at("saved.bin")), sha256(&file));

    // Only this machine reads the numbers. Who comes through the proxy is somebody else, whatever they claim.
    let trusted = at("fullchain.pem");
    assert!(asked(&trusted, "/healthz", "").starts_with("HTTP/1.1 200"));
    for claim in ["", "X-Forwarded-For: 127.0.0.1\r\n", "Forwarded: for=127.0.0.1\r\n"] {
        let answer = asked(&trusted, "/metrics", claim);
        assert!(answer.starts_with("HTTP/1.1 404"), "{}: {claim}: {answer}", proxy.0);
    }
}
