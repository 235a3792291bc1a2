//! Where members' sound is decoded: a process without keys, files and network, behind the guard's walls, which begins
//! with the first sound of a call that was answered and ends with it. One that was taken over or killed is begun anew;
//! it has nothing, and what it says is a number.

use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use casemate_guard::child::{WITHOUT_WALLS, sandbox};
use casemate_media::ear;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// The hidden subcommand.
const ARGUMENT: &str = "call-ear";

/// It has the processor time of a job on so large a file: hours of many voices.
const WORTH_BYTES: u64 = 1 << 36;

/// Between two of them: one that ends at once is not begun without a pause.
const PAUSE: Duration = Duration::from_secs(5);

/// An answer that takes longer is none.
const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };

/// The process's whole life. To be called before any thread is started.
pub fn serve() -> ExitCode {
    std::panic::set_hook(Box::new(|_| {}));
    let without_walls = std::env::var_os(WITHOUT_WALLS).is_some_and(|value| value == "1");
    // It writes into a pipe, and no file.
    let closed = sandbox::limit(WORTH_BYTES, 0).and_then(|()| sandbox::close_in());
    if closed.is_err() && !without_walls {
        return ExitCode::FAILURE;
    }
    match ear::serve(std::io::stdin().lock(), std::io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// See the module.
#[derive(Default)]
pub struct Listener {
    running: Option<Running>,
    began: Option<Instant>,
}

struct Running {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
}

impl Listener {
    /// A packet of sound for an ear. Where there is nobody to listen it is not heard, and nothing else.
    pub fn hear(&mut self, ear: u32, packet: &[u8]) {
        let Some(message) = ear::packet_for(ear, packet) else { return };
        self.say(&message);
    }

    /// What an ear hears.
    pub fn frequency_hz(&mut self, ear: u32) -> Option<f64> {
        self.say(&ear::question_for(ear));
        let running = self.running.as_mut()?;
        let mut answer = [0; 8];
        match running.readable().then(|| running.output.read_exact(&mut answer)) {
            Some(Ok(())) => ear::answered(answer),
            // What it says later would be taken for the answer to another question.
            _ => {
                self.running = None;
                None
            }
        }
    }

    fn say(&mut self, message: &[u8]) {
        if self.running.is_none() {
            let now = Instant::now();
            if self.began.is_some_and(|began| now < began + PAUSE) {
                return;
            }
            self.began = Some(now);
            self.running = Running::begin()
                .inspect_err(|error| tracing::warn!(%error, "sound of calls cannot be decoded here"))
                .ok();
        }
        // A message is smaller than what a pipe takes as a whole, or not at all.
        let said = self.running.as_mut().map(|running| match running.writable() {
            true => running.input.write_all(message),
            false => Err(ErrorKind::WouldBlock.into()),
        });
        if let Some(Err(error)) = said
            && error.kind() != ErrorKind::WouldBlock
        {
            self.running = None;
        }
    }
}

impl Running {
    fn begin() -> std::io::Result<Self> {
        // The link stays right when the program's file is replaced by an update.
        let program =
            if cfg!(target_os = "linux") { "/proc/self/exe".into() } else { std::env::current_exe()? };
        let mut command = Command::new(program);
        command.arg(ARGUMENT).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        if let Some(value) = std::env::var_os(WITHOUT_WALLS) {
            command.env(WITHOUT_WALLS, value);
        }
        let mut child = command.spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(ErrorKind::BrokenPipe.into());
        };
        Ok(Self { child, input, output })
    }

    /// Whether a whole message goes into the pipe now: Linux says so only where there is a page's room.
    fn writable(&self) -> bool {
        let mut waits = [PollFd::from_borrowed_fd(self.input.as_fd(), PollFlags::OUT)];
        poll(&mut waits, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_ok_and(|ready| ready > 0)
    }

    fn readable(&self) -> bool {
        let mut waits = [PollFd::from_borrowed_fd(self.output.as_fd(), PollFlags::IN)];
        poll(&mut waits, Some(&PATIENCE)).is_ok_and(|ready| ready > 0)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
