//! The parent's side: one child a job.

use super::{ARGUMENT, Answer, Job, WITHOUT_WALLS, read_answer, time_limit_ms};
use crate::{Inspection, MediaType, Refused, Stripped, limits, name};
use std::ffi::OsString;
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// Why a job gave no result.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The file cannot be stripped: tell the person and ask.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The child took too long and was killed. The file is to be treated as hostile or far too large.
    #[error("Looking into this file took too long, so it was stopped.")]
    TimedOut,
    /// The child ended without an answer, or with one that cannot be true. The file is to be treated as hostile.
    #[error("Looking into this file failed. It may be made to do harm.")]
    Crashed,
    /// The system offers no way to close the child in, so nothing was read.
    #[error(
        "This system has no way to look into files safely ({why}). To do it without, set {WITHOUT_WALLS}=1."
    )]
    NotClosedIn {
        /// What is missing.
        why: String,
    },
    /// The child could not be started, or the files could not be handed over.
    #[error("Looking into this file could not be started: {0}.")]
    Start(#[from] std::io::Error),
}

/// Runs jobs, each in a child of its own. Cheap to clone, blocking: a caller with a runtime uses a blocking thread.
#[derive(Debug, Clone)]
pub struct Client {
    program: PathBuf,
    arguments: Vec<OsString>,
    time_limit: Option<Duration>,
}

impl Client {
    /// Children that are this very program, called with [`ARGUMENT`].
    pub fn this_program() -> std::io::Result<Self> {
        // The link stays right when the program's file is replaced by an update.
        let program =
            if cfg!(target_os = "linux") { "/proc/self/exe".into() } else { std::env::current_exe()? };
        Ok(Self::new(program, vec![ARGUMENT.into()]))
    }

    /// Children that are another program; the job follows its arguments.
    pub fn new(program: PathBuf, arguments: Vec<OsString>) -> Self {
        Self { program, arguments, time_limit: None }
    }

    /// Another limit than the one by the file's size.
    pub fn with_time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = Some(limit);
        self
    }

    /// What the file is. `name` stays in this process. The file's offset moves.
    pub fn inspect(&self, input: &File, name: &str) -> Result<Inspection, JobError> {
        match self.run(Job::Inspect, input, None)? {
            Answer::Inspected(inspection) if inspection.is_plausible(input.metadata()?.len()) => {
                Ok(inspection.named(name))
            }
            _ => Err(JobError::Crashed),
        }
    }

    /// Writes the file without metadata to `output`, which is emptied before, and again on any failure. The offsets
    /// of both files move; `output` is left at its start.
    pub fn strip(&self, input: &File, output: &File, media_type: MediaType) -> Result<Stripped, JobError> {
        output.set_len(0)?;
        let answer = self.run(Job::Strip { media_type }, input, Some(output));
        let largest = input.metadata()?.len() + limits::GROWTH_BYTES;
        let written = output.metadata()?.len();
        let result = match answer {
            Ok(Answer::Stripped(stripped)) if stripped.size_bytes == written && written <= largest => {
                Ok(stripped)
            }
            Ok(_) => Err(JobError::Crashed),
            Err(error) => Err(error),
        };
        if result.is_err() {
            output.set_len(0)?;
        }
        (&*output).seek(SeekFrom::Start(0))?;
        result
    }

    fn run(&self, job: Job, input: &File, output: Option<&File>) -> Result<Answer, JobError> {
        let metadata = input.metadata()?;
        if !metadata.is_file() {
            let why = "it is not an ordinary file".to_owned();
            return Err(Refused::Read { why }.into());
        }
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).arg(serde_json::to_string(&job).map_err(std::io::Error::from)?);
        command.env_clear();
        if let Some(value) = std::env::var_os(WITHOUT_WALLS) {
            command.env(WITHOUT_WALLS, value);
        }
        command.stdin(input.try_clone()?).stderr(Stdio::piped());
        match output {
            Some(mut output) => {
                output.seek(SeekFrom::Start(0))?;
                command.stdout(output.try_clone()?);
            }
            None => {
                command.stdout(Stdio::null());
            }
        }
        let limit = self.time_limit.unwrap_or_else(|| Duration::from_millis(time_limit_ms(metadata.len())));
        match answer_within(command.spawn()?, limit)? {
            Answer::Refused { why } => Err(made_safe(why).into()),
            Answer::NotClosedIn { why } => Err(JobError::NotClosedIn { why: short(&why) }),
            answer => Ok(answer),
        }
    }
}

/// Waits for the child's line or the time limit, and sees the child end either way.
fn answer_within(mut child: Child, limit: Duration) -> Result<Answer, JobError> {
    let stderr = child.stderr.take().expect("it was asked for");
    let (sender, receiver) = mpsc::channel();
    let reader = std::thread::spawn(move || sender.send(read_answer(stderr)));
    let answer = receiver.recv_timeout(limit);
    // After its line there is nothing left for it to do; a child that stays gets no more time.
    child.kill()?;
    child.wait()?;
    let answer = match answer {
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => Err(JobError::Crashed),
        Err(_) => Err(JobError::TimedOut),
    };
    // Its end of the pipe is closed, so the reader ends as well.
    drop(reader.join());
    answer
}

/// The sentences are ours only as long as the child is.
fn made_safe(why: Refused) -> Refused {
    match why {
        Refused::Malformed { what, why } => Refused::Malformed { what: short(&what), why: short(&why) },
        Refused::TooComplex { what, why } => Refused::TooComplex { what: short(&what), why: short(&why) },
        Refused::NotStrippable { media_type } => Refused::NotStrippable { media_type: short(&media_type) },
        Refused::Read { why } => Refused::Read { why: short(&why) },
        Refused::Write { why } => Refused::Write { why: short(&why) },
    }
}

fn short(text: &str) -> String {
    name::display_name(&text[..text.floor_char_boundary(200)])
}
