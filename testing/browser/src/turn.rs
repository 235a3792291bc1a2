//! coturn as Debian has it, on this machine: the way into calls where networks let no media through.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// What coturn and the server share.
const SECRET: &str = "for-this-story-alone";

/// A TURN server for one story. Killed when dropped.
pub struct Turn {
    process: Child,
    port: u16,
}

impl Turn {
    /// Whether there is one here. CI has it.
    pub fn is_here() -> bool {
        let found = Command::new("turnserver").arg("--version").stdout(Stdio::null()).status();
        found.is_ok_and(|status| status.success()) || std::env::var_os("CI").is_some()
    }

    /// Starts one that hands on to this machine alone.
    pub fn start(folder: &Path) -> Self {
        // Any that is free now.
        let port = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let settings = format!(
            "listening-ip=127.0.0.1\nrelay-ip=127.0.0.1\nlistening-port={port}\nuse-auth-secret\nstatic-auth-secret={SECRET}\n\
             realm=casemate\nno-cli\nno-tls\nno-dtls\nno-tcp-relay\nno-multicast-peers\nallow-loopback-peers\n\
             denied-peer-ip=0.0.0.0-255.255.255.255\nallowed-peer-ip=127.0.0.1\nlog-file=stdout\nverbose\nno-software-attribute\n\
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
        let listens = |line: &str| line.contains("UDP listener opened on") && line.contains("127.0.0.1");
        let found = lines.by_ref().map_while(Result::ok).any(|line| listens(&line));
        assert!(found, "turnserver ended, or listens nowhere");
        // Whoever prints to a closed pipe ends.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, port }
    }

    /// The part of a server's configuration that names it; by UDP, since what browsers say by TCP goes through their proxy.
    pub fn named(&self) -> String {
        format!(
            "[calls.turn]\nurls = [\"turn:127.0.0.1:{}?transport=udp\"]\nsecret = \"{SECRET}\"\n",
            self.port
        )
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
