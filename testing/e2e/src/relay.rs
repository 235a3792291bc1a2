//! A `casemate relay` process, as on a machine of its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use crate::binary;
use crate::detour::free_address;
use crate::tap::Tap;

/// A relay. Killed when dropped.
pub struct Relay {
    /// Where it takes media.
    pub media: SocketAddr,
    name: String,
    control: u16,
    /// The port that the server is told of.
    reached: u16,
    certificate: PathBuf,
    process: Child,
}

/// Of tests, no secret.
const SECRET: &str = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b";

impl Relay {
    /// Starts one; what it needs goes into a folder.
    pub fn start(folder: &Path, name: &str) -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let file = |ending: &str| folder.join(format!("{name}.{ending}"));
        let (certificate, key, config) = (file("pem"), file("key"), file("toml"));
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.key_pair.serialize_pem()).unwrap();
        let control = free_address();
        let text = format!(
            "name = \"{name}\"\nmedia = [{{ listen = \"127.0.0.1:0\" }}]\nsecret = \"{SECRET}\"\nthreads = 1\n\
             control = {{ tls = {{ listen = \"{control}\", certificate = {certificate:?}, key = {key:?} }} }}\n"
        );
        std::fs::write(&config, text).unwrap();
        let mut command = binary::command(&["relay", "--config"]);
        let mut process = command.arg(&config).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let (_, media) = line.trim().split_once("for media at ").expect("it says where it takes media");
        let media = media.parse().unwrap();
        let control = control.port();
        Self { media, name: name.to_owned(), control, reached: control, certificate, process }
    }

    /// The same, with a proxy between it and the server.
    pub fn behind(folder: &Path, name: &str) -> (Self, Tap) {
        let (mut relay, tap) = (Self::start(folder, name), Tap::new());
        relay.reached = tap.port();
        tap.leads_to(&relay.control());
        (relay, tap)
    }

    /// Where it waits for the server.
    pub fn control(&self) -> String {
        format!("127.0.0.1:{}", self.control)
    }

    /// What the server's configuration says of it.
    pub fn section(&self) -> String {
        format!(
            "[[calls.relays]]\nname = \"{}\"\naddress = \"localhost:{}\"\nsecret = \"{SECRET}\"\nca = {:?}\n",
            self.name, self.reached, self.certificate
        )
    }

    /// Whether somebody on this machine sends media to it.
    pub fn is_used(&self) -> bool {
        // proc(5): local address, then the other end of a socket that has one, in hexadecimal.
        let end = format!(":{:04X}", self.media.port());
        let table = std::fs::read_to_string("/proc/net/udp").unwrap();
        table.lines().any(|line| line.split_whitespace().nth(2).is_some_and(|far| far.ends_with(&end)))
    }

    /// kill -9.
    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.kill();
    }
}
