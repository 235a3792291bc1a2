//! A `casemate server` process.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use crate::binary;

/// A server and its folder. Killed when dropped.
pub struct Server {
    data: PathBuf,
    log: PathBuf,
    address: String,
    wrapper: Vec<String>,
    options: Vec<String>,
    process: Child,
}

impl Server {
    /// Starts one on a free port of loopback; its data goes to `folder/server`, its log to `folder/server.log`.
    pub fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[])
    }

    /// With more options of the command line.
    pub fn start_with(folder: &Path, options: &[&str]) -> Self {
        Self::start_so(folder, Vec::new(), options)
    }

    /// Behind another program such as `unshare`; anybody may join.
    pub fn start_under(folder: &Path, wrapper: &[String]) -> Self {
        let config = folder.join("server.toml");
        std::fs::write(&config, "registration = \"open\"\n").unwrap();
        Self::start_so(folder, wrapper.to_vec(), &["--config", config.to_str().unwrap()])
    }

    /// Behind another program, with more options of the command line.
    pub fn start_so(folder: &Path, wrapper: Vec<String>, options: &[&str]) -> Self {
        let (data, log) = (folder.join("server"), folder.join("server.log"));
        let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        let (process, address) = spawn(&wrapper, &data, &log, "127.0.0.1:0", &options);
        Self { data, log, address, wrapper, options, process }
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// For `account.create`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// All that it logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Its process id.
    pub fn process(&self) -> u32 {
        self.process.id()
    }

    /// What `casemate invite` prints.
    pub fn invite(&self) -> String {
        let output = binary::command(&["invite", "--data"]).arg(&self.data).output().unwrap();
        assert!(output.status.success(), "casemate invite: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// The process of its relay, as the log says.
    pub fn relay_process(&self) -> u32 {
        let log = self.log();
        let (_, after) = log.rsplit_once("process=").expect("the log names the relay's process");
        after.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// kill -9 to its relay.
    pub fn kill_relay(&self) {
        let process = self.relay_process().to_string();
        assert!(Command::new("kill").args(["-9", &process]).status().unwrap().success());
    }

    /// kill -9.
    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Starts it again on the same folder and port.
    pub fn restart(&mut self) {
        self.kill();
        let (process, _) = spawn(&self.wrapper, &self.data, &self.log, &self.address, &self.options);
        self.process = process;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Runs `casemate server` that is expected to refuse to start.
pub fn refused_start(data: &Path, listen: &str) -> Output {
    let mut command = arguments(&[], data, listen, &[]);
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A server that starts after all says so in its first line, and would never end.
    let mut first = [0; 1];
    if process.stdout.as_mut().unwrap().read(&mut first).unwrap() > 0 {
        let _ = process.kill();
        panic!("the server started");
    }
    process.wait_with_output().unwrap()
}

fn arguments(wrapper: &[String], data: &Path, listen: &str, options: &[String]) -> Command {
    let mut command = binary::command_under(wrapper);
    command.args(["server", "--listen", listen, "--data"]).stdin(Stdio::null());
    // All that could be logged of our own, so that stories may look at it.
    command.arg(data).args(options).env("RUST_LOG", "info,casemate=trace,casemate_server=trace,http=trace");
    command
}

fn spawn(wrapper: &[String], data: &Path, log: &Path, listen: &str, options: &[String]) -> (Child, String) {
    let log_file = OpenOptions::new().create(true).append(true).open(log).unwrap();
    let mut command = arguments(wrapper, data, listen, options);
    let mut process = command.stdout(Stdio::piped()).stderr(log_file).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    let Some((_, address)) = line.trim().split_once("listening on ") else {
        let _ = process.kill();
        panic!("the server did not start: {line:?}\n{}", std::fs::read_to_string(log).unwrap_or_default());
    };
    // Whoever prints to a closed pipe ends.
    std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
    (process, address.to_owned())
}
