//! Where members' sound is decoded: a process without keys, files and network, behind the guard's walls, which begins
//! with the first sound of a call that was answered and ends with it. One that was taken over or killed is begun anew;
//! it has nothing, and what it says is a number, or sound.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use casemate_guard::child::{WITHOUT_WALLS, sandbox};
use casemate_media::ear::{self, Answer};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// The hidden subcommand.
const ARGUMENT: &str = "call-ear";

/// It has the processor time of a job on so large a file: hours of many voices.
const WORTH_BYTES: u64 = 1 << 36;

/// Between two of them: one that ends at once is not begun without a pause.
const PAUSE: Duration = Duration::from_secs(5);

/// An answer that takes longer is none.
const PATIENCE: Duration = Duration::from_millis(200);

/// 20 ms of sound that wait to be taken; beyond, the oldest are left out. More is heard later.
const MIXED_WAITING: usize = 4;

/// What is read at a time.
const READ_BYTES: usize = 4_096;

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
    /// What it said so far of its next answer.
    came: Vec<u8>,
    /// What was answered, and not looked at yet.
    mixed: VecDeque<Vec<u8>>,
    frequency_hz: Option<Option<f64>>,
}

impl Listener {
    /// A packet of sound for an ear. Where there is nobody to listen it is not heard, and nothing else.
    pub fn hear(&mut self, ear: u32, packet: &[u8]) {
        let Some(message) = ear::packet_for(ear, packet) else { return };
        self.say(&message);
    }

    /// The packet before this one, which did not come, by its copy in this one.
    pub fn hear_copy(&mut self, ear: u32, packet: &[u8]) {
        let Some(message) = ear::copy_for(ear, packet) else { return };
        self.say(&message);
    }

    /// A packet that did not come.
    pub fn miss(&mut self, ear: u32) {
        self.say(&ear::missed_for(ear));
    }

    /// Asks for 20 ms of all ears together. False where there are none.
    pub fn mix(&mut self) -> bool {
        if self.running.is_none() {
            return false;
        }
        self.say(&ear::question_for_all())
    }

    /// What was asked for so, as far as it came.
    pub fn mixed(&mut self) -> Option<Vec<u8>> {
        let running = self.running.as_mut()?;
        if running.take_in(Duration::ZERO).is_err() {
            self.running = None;
            return None;
        }
        running.mixed.pop_front()
    }

    /// What an ear hears.
    pub fn frequency_hz(&mut self, ear: u32) -> Option<f64> {
        if !self.say(&ear::question_for(ear)) {
            return None;
        }
        let until = Instant::now() + PATIENCE;
        loop {
            let running = self.running.as_mut()?;
            let left = until.saturating_duration_since(Instant::now());
            let came = running.take_in(left);
            if let Some(hz) = running.frequency_hz.take() {
                return hz;
            }
            if came.is_err() || left.is_zero() {
                // What it says later would be taken for the answer to another question.
                self.running = None;
                return None;
            }
        }
    }

    /// Whether it was told.
    fn say(&mut self, message: &[u8]) -> bool {
        if self.running.is_none() {
            let now = Instant::now();
            if self.began.is_some_and(|began| now < began + PAUSE) {
                return false;
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
        match said {
            Some(Ok(())) => true,
            Some(Err(error)) if error.kind() == ErrorKind::WouldBlock => false,
            Some(Err(_)) | None => {
                self.running = None;
                false
            }
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
        let (came, mixed) = (Vec::new(), VecDeque::new());
        Ok(Self { child, input, output, came, mixed, frequency_hz: None })
    }

    /// Whether a whole message goes into the pipe now: Linux says so only where there is a page's room.
    fn writable(&self) -> bool {
        let mut waits = [PollFd::from_borrowed_fd(self.input.as_fd(), PollFlags::OUT)];
        poll(&mut waits, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_ok_and(|ready| ready > 0)
    }

    fn readable(&self, patience: Duration) -> bool {
        let Ok(patience) = Timespec::try_from(patience) else { return false };
        let mut waits = [PollFd::from_borrowed_fd(self.output.as_fd(), PollFlags::IN)];
        poll(&mut waits, Some(&patience)).is_ok_and(|ready| ready > 0)
    }

    /// Takes in what it said, if it says something in time.
    ///
    /// # Errors
    /// It ended, or says what is nothing.
    fn take_in(&mut self, patience: Duration) -> std::io::Result<()> {
        if !self.readable(patience) {
            return Ok(());
        }
        let mut piece = [0; READ_BYTES];
        let count = self.output.read(&mut piece)?;
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.came.extend(&piece[..count]);
        while let Some(answer) = ear::answer(&mut self.came).map_err(|_| ErrorKind::InvalidData)? {
            match answer {
                Answer::Frequency(hz) => self.frequency_hz = Some(hz),
                Answer::Sound(pcm) => self.mixed.push_back(pcm),
            }
            if self.mixed.len() > MIXED_WAITING {
                self.mixed.pop_front();
            }
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
