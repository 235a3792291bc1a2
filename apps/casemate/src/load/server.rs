//! The server under load: this binary again in a process of its own, with quotas lifted, and what the system and
//! `/metrics` tell of it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A certificate and its key, as files.
pub struct Certificate {
    /// PEM file.
    pub certificate: std::path::PathBuf,
    /// PEM file.
    pub key: std::path::PathBuf,
}

impl Certificate {
    /// Signed by itself, for this machine alone.
    pub fn create(folder: &Path) -> Result<Self> {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
        let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
        fs::write(&certificate, made.cert.pem())?;
        fs::write(&key, made.key_pair.serialize_pem())?;
        Ok(Self { certificate, key })
    }
}

/// A running server process. Dropping it kills it.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// From the process's start until it takes connections.
    pub started_in: Duration,
}

impl Server {
    /// Starts one on a data folder and waits until it takes connections.
    pub fn start(data: &Path) -> Result<Self> {
        Self::start_with(data, None)
    }

    /// The same with TLS, where a certificate is given.
    pub fn start_with(data: &Path, tls: Option<&Certificate>) -> Result<Self> {
        let mut command = Self::command(data)?;
        if let Some(tls) = tls {
            command.arg("--tls-cert").arg(&tls.certificate).arg("--tls-key").arg(&tls.key);
        }
        Self::launch(command)
    }

    fn command(data: &Path) -> Result<Command> {
        let config = data.with_extension("toml");
        fs::write(&config, "[limits]\nlifted = true\n")?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("server").arg("--data").arg(data).args(["--listen", "127.0.0.1:0"]);
        command.arg("--config").arg(&config);
        if std::env::var_os("RUST_LOG").is_none() {
            command.env("RUST_LOG", "warn");
        }
        Ok(command)
    }

    fn launch(mut command: Command) -> Result<Self> {
        let begun = Instant::now();
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut server = Self { child, address: ([127, 0, 0, 1], 0).into(), started_in: Duration::ZERO };
        let mut lines = BufReader::new(server.child.stdout.take().context("the server's output")?);
        let mut line = String::new();
        lines.read_line(&mut line)?;
        server.started_in = begun.elapsed();
        let Some(address) = line.trim().rsplit(' ').next().and_then(|word| word.parse().ok()) else {
            bail!("the server did not start");
        };
        server.address = address;
        // Its few further lines go nowhere, without stopping it.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Ok(server)
    }

    /// Asks it to stop and waits for its end.
    pub fn stop(mut self) -> Result<()> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        self.child.wait()?;
        Ok(())
    }

    /// Ends it in the middle of whatever it does.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Its memory: pages in use, shared ones counted in part (PSS). The kernel's buffers are apart.
    pub fn memory_bytes(&self) -> Result<u64> {
        let text = fs::read_to_string(format!("/proc/{}/smaps_rollup", self.child.id()))?;
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).context("no Pss")?;
        Ok(line.trim().trim_end_matches(" kB").trim().parse::<u64>()? * 1024)
    }

    /// Processor time of its threads by name, in seconds.
    pub fn threads(&self) -> Result<Vec<(String, f64)>> {
        let mut threads = Vec::new();
        for entry in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let path = entry?.path();
            // A thread may have ended since.
            let Ok(name) = fs::read_to_string(path.join("comm")) else { continue };
            let Ok(times) = fs::read_to_string(path.join("schedstat")) else { continue };
            let ns: f64 = times.split(' ').next().unwrap_or("0").parse()?;
            threads.push((name.trim().to_owned(), ns / 1e9));
        }
        Ok(threads)
    }

    /// Processor time of one thread, in seconds.
    pub fn thread(&self, name: &str) -> Result<f64> {
        Ok(self.threads()?.iter().filter(|(known, _)| known == name).map(|(_, seconds)| seconds).sum())
    }

    /// Its own numbers.
    pub async fn metrics(&self) -> Result<Metrics> {
        let mut stream = TcpStream::connect(self.address).await?;
        stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        Ok(Metrics(text))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Where it has ended already there is nobody to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `/metrics` at one moment.
pub struct Metrics(String);

impl Metrics {
    /// One number, by its name without the prefix.
    pub fn number(&self, name: &str) -> Result<f64> {
        let found = self
            .0
            .lines()
            .find_map(|line| line.strip_prefix("casemate_")?.strip_prefix(name)?.strip_prefix(' '));
        Ok(found.with_context(|| format!("the server has no metric {name}"))?.trim().parse()?)
    }
}
