//! A `casemate app` process.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use crate::binary;

/// A running one. Killed when dropped.
pub struct App {
    process: Child,
    host: String,
    address: SocketAddr,
    token: String,
    // Whoever prints to a closed pipe ends.
    _output: BufReader<ChildStdout>,
}

impl App {
    /// Starts it on a folder, which need not be there, with the web app of another.
    pub fn start(home: &Path, web: &Path) -> Self {
        Self::start_under(&[], home, web)
    }

    /// The same, behind another program such as `env`.
    pub fn start_under(wrapper: &[String], home: &Path, web: &Path) -> Self {
        let mut command = binary::command_under(wrapper);
        command.arg("app").stdin(Stdio::null());
        command.args([Path::new("--home"), home, Path::new("--web"), web]);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains("http://") {
            line.clear();
            assert!(output.read_line(&mut line).unwrap() > 0, "casemate app printed no link");
        }
        let (host, token) = line.trim().strip_prefix("http://").unwrap().split_once("/#app=").unwrap();
        // As browsers do: every name below `localhost` is this machine.
        let port = host.rsplit_once(':').unwrap().1.parse().unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        Self { process, host: host.to_owned(), address, token: token.to_owned(), _output: output }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How a browser calls it: `host:port`, another host with each run.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Of this run.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// What it printed for its person to open.
    pub fn link(&self) -> String {
        format!("http://{}/#app={}", self.host, self.token)
    }

    /// The status and the body of a plain request.
    pub fn http(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, Vec<u8>) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let mut head = format!("{method} {path} HTTP/1.0\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let status = std::str::from_utf8(&answer[9..12]).unwrap().parse().unwrap();
        (status, answer[end + 4..].to_vec())
    }

    /// As our own page asks.
    pub fn asks(&self, method: &str, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let origin = format!("http://{}", self.host);
        let headers = [("host", &self.host[..]), ("origin", &origin), ("x-casemate-token", &self.token)];
        self.http(method, path, &headers, body)
    }

    /// Ctrl-C, and how it ended.
    pub fn interrupt(mut self) -> ExitStatus {
        let signalled = Command::new("kill").args(["-INT", &self.process.id().to_string()]).status().unwrap();
        assert!(signalled.success());
        self.process.wait().unwrap()
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
