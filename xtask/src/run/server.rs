//! The server as a child: started, watched until it answers, stopped with us.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::process;

/// The first port to try; the next ones follow where it is taken.
const FIRST_PORT: u16 = 8440;
/// Ports to try before giving up.
const PORTS: u16 = 100;
/// A server with a large store to recover needs seconds; this is for a machine that is busy besides.
const START_LIMIT: Duration = Duration::from_secs(60);
/// A clean stop ends connections and flushes; after this long something is wrong.
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// A running server.
pub struct Server {
    child: Child,
    signals: Signals,
    data: PathBuf,
    port: u16,
}

impl Server {
    /// Starts the server and waits until it answers.
    pub fn start(binary: &Path, data: &Path) -> Result<Self> {
        let port = port_for(data)?;
        let url = format!("http://localhost:{port}");
        let log = File::create(data.join("server.log")).context("could not write the server's log")?;
        // From here on signals are ours: the server is told, and we wait for it.
        let signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
        let child = Command::new(binary)
            .args(["server", "--data"])
            .arg(data)
            .args(["--listen", &format!("127.0.0.1:{port}"), "--public-url", &url])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            // A group of its own, so that Ctrl-C in the terminal reaches it once, through us.
            .process_group(0)
            .spawn()
            .with_context(|| format!("could not start {}", binary.display()))?;
        let mut server = Self { child, signals, data: data.to_owned(), port };
        server.wait_until_it_answers()?;
        Ok(server)
    }

    /// The URL that links begin with.
    pub fn url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// The file with what the server says.
    pub fn log(&self) -> PathBuf {
        self.data.join("server.log")
    }

    /// A new single-use invitation link.
    pub fn invite(&self, binary: &Path) -> Result<String> {
        let mut command = Command::new(binary);
        let printed = process::output(command.args(["invite", "--data"]).arg(&self.data))?;
        let link = printed.split_whitespace().find(|word| word.contains("/i#"));
        link.map(str::to_owned).with_context(|| format!("`casemate invite` printed no link: {printed:?}"))
    }

    /// Waits until a signal comes or the server ends by itself, and stops it.
    pub fn wait_for_the_end(mut self) -> Result<()> {
        loop {
            if self.signals.pending().next().is_some() {
                println!("\nStopping …");
                self.stop();
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(self.ended(status));
            }
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Asks the server to stop and waits; a second signal, or too long a wait, ends it at once.
    pub fn stop(mut self) {
        let pid = self.child.id();
        process::succeeds("sh", &["-c", &format!("kill -TERM {pid}")]);
        let asked = Instant::now();
        while let Ok(None) = self.child.try_wait() {
            if self.signals.pending().next().is_some() || asked.elapsed() > STOP_LIMIT {
                eprintln!("The server does not stop: ended. Its data is safe; the next start recovers it.");
                // It may have stopped in this very moment.
                let _ = self.child.kill();
                let _ = self.child.wait();
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        println!("Stopped.");
    }

    fn wait_until_it_answers(&mut self) -> Result<()> {
        let started = Instant::now();
        while !is_healthy(self.port) {
            if let Some(status) = self.child.try_wait()? {
                return Err(self.ended(status));
            }
            let interrupted = self.signals.pending().next().is_some();
            if interrupted || started.elapsed() > START_LIMIT {
                let _ = self.child.kill();
                let _ = self.child.wait();
                if interrupted {
                    bail!("stopped before the server answered");
                }
                bail!("the server did not answer; its log is {}", self.log().display());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn ended(&self, status: ExitStatus) -> anyhow::Error {
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        anyhow::anyhow!("the server ended ({status}). It said:\n{}", last_lines(&log, 10))
    }
}

/// The port of this data folder. Addresses and links name it, so a folder that has one keeps it.
fn port_for(data: &Path) -> Result<u16> {
    let note = data.join("try-out.json");
    if let Some(port) = noted_port(&std::fs::read_to_string(&note).unwrap_or_default()) {
        if is_free(port) {
            return Ok(port);
        }
        bail!(
            "port {port} is taken, and the addresses in {} name it. Perhaps `cargo xtask run` runs already; \
             else stop what uses the port, or start afresh with --data and another folder",
            data.display()
        );
    }
    let port = (FIRST_PORT..FIRST_PORT + PORTS)
        .find(|port| is_free(*port))
        .with_context(|| format!("ports {FIRST_PORT} to {} are all taken", FIRST_PORT + PORTS - 1))?;
    std::fs::write(&note, format!("{}\n", json!({ "port": port })))
        .with_context(|| format!("could not write {}", note.display()))?;
    Ok(port)
}

fn noted_port(text: &str) -> Option<u16> {
    let note: Value = serde_json::from_str(text).ok()?;
    note["port"].as_u64()?.try_into().ok().filter(|port| *port != 0)
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Whether `/healthz` answers 200.
fn is_healthy(port: u16) -> bool {
    let ask = || -> std::io::Result<bool> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let limit = Duration::from_secs(2);
        let mut stream = TcpStream::connect_timeout(&address, limit)?;
        stream.set_read_timeout(Some(limit))?;
        write!(stream, "GET /healthz HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n")?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer)?;
        Ok(&answer == b"HTTP/1.1 200")
    };
    ask().unwrap_or(false)
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_noted_port_is_kept() {
        assert_eq!(noted_port("{\"port\":8441}\n"), Some(8441));
        assert_eq!(noted_port("{\"port\":0}"), None);
        assert_eq!(noted_port("{\"port\":70000}"), None);
        assert_eq!(noted_port(""), None);
    }

    #[test]
    fn a_taken_port_is_not_free() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert!(!is_free(port));
    }

    #[test]
    fn the_last_lines_of_a_log() {
        assert_eq!(last_lines("a\nb\nc", 2), "b\nc");
        assert_eq!(last_lines("", 2), "");
    }
}
