//! Somebody at `casemate chat --plain`.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::{binary, patience};

/// How often a condition is looked at again where no line tells of it.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// A running one. Killed when dropped.
pub struct Terminal {
    process: Child,
    input: ChildStdin,
    lines: Receiver<String>,
    /// All that was printed, for whoever reads a failure.
    printed: Vec<String>,
}

impl Terminal {
    /// Starts it on a folder, which need not be there, with or without a link. It has no microphone and no loudspeaker.
    pub fn start(home: &Path, link: Option<&str>) -> Self {
        Self::start_with(home, link, "", "")
    }

    /// The same with programs for both.
    pub fn start_with(home: &Path, link: Option<&str>, microphone: &str, loudspeaker: &str) -> Self {
        let mut command = binary::command(&["chat", "--plain"]);
        command.arg("--home").arg(home).args(link.into_iter().flat_map(|link| ["--link", link]));
        // Never those of the machine that tests run on.
        command.env("CASEMATE_MICROPHONE", microphone).env("CASEMATE_SPEAKER", loudspeaker);
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

    /// Answers whose call rings.
    pub fn answers(&mut self, who: &str) {
        self.takes("/answer", &format!("You answered {who}'s call"));
    }

    /// Types what is done about a call that rings until it is done: not before the call was seen for half a second.
    pub fn takes(&mut self, typed: &str, said: &str) {
        loop {
            self.types(typed);
            let line = self.reads_either(said, "since just now");
            if line.contains(said) {
                return;
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    /// The next line that has these words in it.
    pub fn reads(&mut self, words: &str) -> String {
        self.reads_either(words, words)
    }

    fn reads_either(&mut self, words: &str, others: &str) -> String {
        let until = Instant::now() + patience();
        loop {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    self.printed.push(line.clone());
                    if line.contains(words) || line.contains(others) {
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

    /// Looks again after each line, and now and then, until there is something. Lines that come meanwhile are read.
    pub fn until<T>(&mut self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let until = Instant::now() + patience();
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(Instant::now() < until, "waited in vain for {what} after {:#?}", self.printed);
            match self.lines.recv_timeout(LOOK_AGAIN) {
                Ok(line) => self.printed.push(line),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("it ended without {what}: {:#?}", self.printed)
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
