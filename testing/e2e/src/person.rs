//! Somebody at `casemate rpc`.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{binary, patience};

/// How often a condition is looked at again where no event tells of it.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// A device: its folder and the process that has it open. Killed when dropped.
pub struct Person {
    home: PathBuf,
    wrapper: Vec<String>,
    process: Child,
    input: Option<ChildStdin>,
    heard: Arc<Heard>,
    next_id: u64,
}

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The JSON-RPC code.
    pub code: i64,
    /// `data.kind`, or `gone` where the process ended.
    pub kind: String,
    /// For people.
    pub message: String,
}

/// What came out of the process.
#[derive(Default)]
struct Heard {
    lines: Mutex<Lines>,
    more: Condvar,
}

#[derive(Default)]
struct Lines {
    answers: HashMap<u64, Value>,
    events: Vec<Value>,
    /// Answers without a usable id.
    nameless: Vec<Value>,
    ended: bool,
}

impl Person {
    /// Starts `casemate rpc` on a folder, which need not be there.
    pub fn start(home: &Path) -> Self {
        Self::start_under(home, &[])
    }

    /// The same, behind another program such as `unshare`.
    pub fn start_under(home: &Path, wrapper: &[&str]) -> Self {
        let wrapper: Vec<String> = wrapper.iter().map(|word| (*word).to_owned()).collect();
        let (process, input, heard) = spawn(home, &wrapper);
        Self { home: home.to_owned(), wrapper, process, input: Some(input), heard, next_id: 1 }
    }

    /// Its folder.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Its process id.
    pub fn process(&self) -> u32 {
        self.process.id()
    }

    /// kill -9. Requests fail until [`Person::restart`].
    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Starts again on the same folder, killing what runs. Events heard so far are forgotten.
    pub fn restart(&mut self) {
        self.kill();
        let (process, input, heard) = spawn(&self.home, &self.wrapper);
        (self.process, self.input, self.heard) = (process, Some(input), heard);
    }

    /// Closes its standard input and waits for the end, which must be clean.
    pub fn stop(self) {
        let status = self.end();
        assert!(status.success(), "casemate rpc ended with {status}");
    }

    /// The same by SIGTERM.
    pub fn stop_by_signal(mut self) {
        let signalled = Command::new("kill").arg(self.process.id().to_string()).status().unwrap();
        assert!(signalled.success());
        let status = self.process.wait().unwrap();
        assert!(status.success(), "casemate rpc ended with {status}");
    }

    /// The same where its folder could not be opened: how it ends says so.
    pub fn stop_unopened(self) {
        let status = self.end();
        assert_eq!(status.code(), Some(1), "casemate rpc ended with {status}");
    }

    fn end(mut self) -> ExitStatus {
        drop(self.input.take());
        self.process.wait().unwrap()
    }

    /// Asks and waits for the answer, which must be good.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        self.try_ask(method, params.clone())
            .unwrap_or_else(|refused| panic!("{}: {method} {params}: {refused:?}", self.home.display()))
    }

    /// Asks for something that must be refused.
    pub fn refused(&mut self, method: &str, params: Value) -> Refused {
        match self.try_ask(method, params.clone()) {
            Err(refused) => refused,
            Ok(answer) => panic!("{}: {method} {params} was not refused: {answer}", self.home.display()),
        }
    }

    /// Asks and waits for the answer.
    pub fn try_ask(&mut self, method: &str, params: Value) -> Result<Value, Refused> {
        let gone = || Refused { code: 0, kind: "gone".into(), message: "the process ended".into() };
        let id = self.begin(method, params).ok_or_else(gone)?;
        self.answer_to(id, method)
    }

    /// The answer to what was begun.
    pub fn answer(&self, id: u64) -> Result<Value, Refused> {
        self.answer_to(id, "an answer")
    }

    fn answer_to(&self, id: u64, what: &str) -> Result<Value, Refused> {
        let gone = || Refused { code: 0, kind: "gone".into(), message: "the process ended".into() };
        let answer = self.heard.wait(&format!("{}: {what}", self.home.display()), |lines| {
            lines.answers.remove(&id).map(Some).or(lines.ended.then_some(None))
        });
        let answer = answer.ok_or_else(gone)?;
        match answer.get("error") {
            None => Ok(answer["result"].clone()),
            Some(error) => Err(Refused {
                code: error["code"].as_i64().unwrap_or(0),
                kind: error["data"]["kind"].as_str().unwrap_or_default().to_owned(),
                message: error["message"].as_str().unwrap_or_default().to_owned(),
            }),
        }
    }

    /// Asks and does not wait. `None` where the process is gone.
    pub fn begin(&mut self, method: &str, params: Value) -> Option<u64> {
        let id = self.next_id;
        self.next_id += 1;
        let request = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        self.write(&format!("{request}\n")).then_some(id)
    }

    /// Sends a line as it is and waits for the answer that has no id.
    pub fn ask_raw(&mut self, line: &str) -> Value {
        assert!(self.write(line) && self.write("\n"), "the process ended");
        let shown: String = line.chars().take(60).collect();
        self.heard.wait(&format!("an answer to {shown}"), |lines| lines.nameless.pop())
    }

    fn write(&mut self, text: &str) -> bool {
        let Some(input) = self.input.as_mut() else { return false };
        input.write_all(text.as_bytes()).and_then(|()| input.flush()).is_ok()
    }

    /// Waits for an event, also one that came before.
    pub fn event(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        self.heard.wait(&format!("{}: {what}", self.home.display()), |lines| {
            lines.events.iter().find(|event| wanted(event)).cloned()
        })
    }

    /// All events so far.
    pub fn events(&self) -> Vec<Value> {
        self.heard.lines.lock().unwrap().events.clone()
    }

    /// How many events came so far.
    pub fn heard(&self) -> usize {
        self.heard.lines.lock().unwrap().events.len()
    }

    /// Waits for more events than these, for a moment: not everything is told by an event.
    pub fn more_than(&self, heard: usize) {
        let lines = self.heard.lines.lock().unwrap();
        let more = |lines: &mut Lines| lines.events.len() == heard && !lines.ended;
        drop(self.heard.more.wait_timeout_while(lines, LOOK_AGAIN, more).unwrap());
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Heard {
    fn wait<T>(&self, what: &str, mut look: impl FnMut(&mut Lines) -> Option<T>) -> T {
        let deadline = Instant::now() + patience();
        let mut lines = self.lines.lock().unwrap();
        loop {
            if let Some(found) = look(&mut lines) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let last: Vec<Value> = lines.events.iter().rev().take(5).cloned().collect();
                drop(lines);
                panic!("waited in vain for {what}; the last events were {}", json!(last));
            }
            lines = self.more.wait_timeout(lines, left).unwrap().0;
        }
    }

    fn read(&self, output: ChildStdout) {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // A line that is cut is the last one of a killed process.
            let Ok(mut value) = serde_json::from_str::<Value>(&line) else { break };
            let mut lines = self.lines.lock().unwrap();
            if value["method"] == "event" {
                lines.events.push(value["params"].take());
            } else if let Some(id) = value["id"].as_u64() {
                lines.answers.insert(id, value);
            } else {
                lines.nameless.push(value);
            }
            drop(lines);
            self.more.notify_all();
        }
        self.lines.lock().unwrap().ended = true;
        self.more.notify_all();
    }
}

fn spawn(home: &Path, wrapper: &[String]) -> (Child, ChildStdin, Arc<Heard>) {
    let log = OpenOptions::new().create(true).append(true).open(home.with_extension("log")).unwrap();
    let mut command = binary::command_under(wrapper);
    command.args(["rpc", "--home"]).arg(home);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
    let mut process = command.spawn().unwrap();
    let (input, output) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
    let heard = Arc::new(Heard::default());
    let listener = heard.clone();
    std::thread::spawn(move || listener.read(output));
    (process, input, heard)
}
