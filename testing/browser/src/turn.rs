//! coturn as Debian has it, on this machine: the way into calls where networks let no media through.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use data_encoding::BASE64;
use sha2::{Digest, Sha256};

/// What coturn and the server share.
const SECRET: &str = "for-this-story-alone";

/// How browsers reach it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By UDP.
    Udp,
    /// By TLS over TCP, which goes through their proxy.
    Tls,
}

/// A TURN server for one story. Killed when dropped.
pub struct Turn {
    process: Child,
    way: Way,
    port: u16,
    /// SHA-256 of its public key, in Base64.
    key: String,
}

impl Turn {
    /// Whether there is one here. CI has it.
    pub fn is_here() -> bool {
        let found = Command::new("turnserver").arg("--version").stdout(Stdio::null()).status();
        found.is_ok_and(|status| status.success()) || std::env::var_os("CI").is_some()
    }

    /// Starts one that hands on to this machine alone.
    pub fn start(folder: &Path, way: Way) -> Self {
        // Any that is free now.
        let port = match way {
            Way::Udp => UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port(),
            Way::Tls => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port(),
        };
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = BASE64.encode(&Sha256::digest(made.key_pair.public_key_der()));
        fs::write(folder.join("turn.pem"), made.cert.pem()).unwrap();
        fs::write(folder.join("turn.key"), made.key_pair.serialize_pem()).unwrap();
        let listens = match way {
            Way::Udp => format!("listening-port={port}\nno-tls\nno-dtls"),
            Way::Tls => format!(
                "tls-listening-port={port}\nno-udp\nno-tcp\nno-dtls\ncert={0}/turn.pem\npkey={0}/turn.key",
                folder.display()
            ),
        };
        let settings = format!(
            "listening-ip=127.0.0.1\nrelay-ip=127.0.0.1\n{listens}\nuse-auth-secret\nstatic-auth-secret={SECRET}\n\
             realm=casemate\nno-cli\nno-tcp-relay\nno-multicast-peers\nallow-loopback-peers\n\
             denied-peer-ip=0.0.0.0-255.255.255.255\n\
             denied-peer-ip=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\nallowed-peer-ip=127.0.0.1\n\
             log-file=stdout\nverbose\nno-software-attribute\n\
             userdb={0}/turn.db\npidfile={0}/turn.pid\n",
            folder.display()
        );
        let file = folder.join("turnserver.conf");
        fs::write(&file, settings).unwrap();
        let mut command = Command::new("turnserver");
        command.arg("-c").arg(&file).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap_or_else(|error| {
            panic!("turnserver does not start ({error}): on Debian, apt-get install coturn")
        });
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let opened = if way == Way::Udp { "UDP listener opened on" } else { "TLS listener opened on" };
        let listens = |line: &str| line.contains(opened) && line.contains("127.0.0.1");
        let found = lines.by_ref().map_while(Result::ok).any(|line| listens(&line));
        assert!(found, "turnserver ended, or listens nowhere");
        // Whoever prints to a closed pipe ends.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, way, port, key }
    }

    /// The part of a server's configuration that names it.
    pub fn named(&self) -> String {
        let (scheme, transport) = if self.way == Way::Udp { ("turn", "udp") } else { ("turns", "tcp") };
        format!(
            "[calls.turn]\nurls = [\"{scheme}:127.0.0.1:{}?transport={transport}\"]\nsecret = \"{SECRET}\"\n",
            self.port
        )
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What a browser is started with that takes its key for one that somebody vouches for.
    pub fn trusted(&self) -> String {
        format!("--ignore-certificate-errors-spki-list={}", self.key)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
