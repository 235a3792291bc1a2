//! Somebody at `casemate chat --plain`.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Instant;

use crate::{binary, patience};

/// A running one. Killed when dropped.
pub struct Terminal {
    process: Child,
    input: ChildStdin,
    lines: Receiver<String>,
    /// All that was printed, for whoever reads a failure.
    printed: Vec<String>,
}

impl Terminal {
    /// Starts it on a folder, which need not be there, with or without a link.
    pub fn start(home: &Path, link: Option<&str>) -> Self {
        let mut command = binary::command(&["chat", "--plain"]);
        command.arg("--home").arg(home).args(link.into_iter().flat_map(|link| ["--link", link]));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let input = process.stdin.take().unwrap();
        Self { process, input, lines, printed: Vec::new() }
    }

    /// Types a line.
    pub fn types(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
    }

    /// The next line that has these words in it.
    pub fn reads(&mut self, words: &str) -> String {
        let until = Instant::now() + patience();
        loop {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    self.printed.push(line.clone());
                    if line.contains(words) {
                        return line;
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("no {words:?} after {:#?}", self.printed),
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("it ended without {words:?}: {:#?}", self.printed)
                }
            }
        }
    }

    /// Whether anything that was read so far has these words in it.
    pub fn has_read(&self, words: &str) -> bool {
        self.printed.iter().any(|line| line.contains(words))
    }

    /// `/quit`
    pub fn quits(mut self) {
        self.types("/quit");
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
