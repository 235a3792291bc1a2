//! The parent's side: one child a job.

use super::{ARGUMENT, Answer, Job, Said, WITHOUT_WALLS, read_answer, time_limit_ms};
use crate::indicators::{LeftOut, List};
use crate::{Inspection, MediaType, Refused, Stripped, indicators, limits, name};
use casemate_screening::indicator::{Indicator, Kind as IndicatorKind};
use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
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
        self.look(input, name).map(|(inspection, _)| inspection)
    }

    /// The same with the memory that it took, by the child's word.
    pub fn look(&self, input: &File, name: &str) -> Result<(Inspection, Option<u64>), JobError> {
        match self.run(Job::Inspect, input, None)? {
            Said { answer: Answer::Inspected(inspection), peak_bytes }
                if inspection.is_plausible(input.metadata()?.len()) =>
            {
                Ok((inspection.named(name), peak_bytes))
            }
            _ => Err(JobError::Crashed),
        }
    }

    /// Writes the file without metadata to `output`, which is emptied before, and again on any failure. The offsets
    /// of both files move; `output` is left at its start.
    pub fn strip(&self, input: &File, output: &File, media_type: MediaType) -> Result<Stripped, JobError> {
        output.set_len(0)?;
        let largest = media_type.stripped_bytes(input.metadata()?.len());
        self.write(Job::Strip { media_type }, input, output, largest).map(|(stripped, _)| stripped)
    }

    /// Writes what may be shown of the file to `output`, as [`Client::strip`] does; says how much memory that took, by the
    /// child's word.
    pub fn show(
        &self,
        input: &File,
        output: &File,
        media_type: MediaType,
    ) -> Result<(Stripped, Option<u64>), JobError> {
        output.set_len(0)?;
        let largest = input.metadata()?.len().max(limits::SHOWN_FILE_BYTES) + limits::GROWTH_BYTES;
        self.write(Job::Show { media_type }, input, output, largest)
    }

    /// Writes what a document says to `output` as plain text, as [`Client::strip`] does.
    pub fn read(&self, input: &File, output: &File) -> Result<(Stripped, Option<u64>), JobError> {
        output.set_len(0)?;
        self.write(Job::Read, input, output, limits::READ_TEXT_BYTES as u64)
    }

    /// What a web page says of itself. `charset`: what its server says that it is written in, where it says so. The offset of
    /// the file moves.
    #[cfg(feature = "page")]
    pub fn page(&self, input: &File, charset: Option<&str>) -> Result<crate::page::Page, JobError> {
        // It becomes an argument: the name of an encoding, or nothing.
        let charset = charset.and_then(crate::page::encoding_named).unwrap_or_default();
        match self.run(Job::Page { charset: charset.to_owned() }, input, None)?.answer {
            Answer::Page(page) if page.is_plausible() => Ok(page),
            _ => Err(JobError::Crashed),
        }
    }

    /// Writes the picture small to `output`, as a JPEG, as [`Client::strip`] does.
    #[cfg(feature = "picture")]
    pub fn small(&self, input: &File, output: &File) -> Result<Stripped, JobError> {
        output.set_len(0)?;
        self.write(Job::Small, input, output, limits::SMALL_BYTES as u64).map(|(stripped, _)| stripped)
    }

    /// A job that writes a file, with what can be checked of what it says.
    fn write(
        &self,
        job: Job,
        input: &File,
        output: &File,
        largest: u64,
    ) -> Result<(Stripped, Option<u64>), JobError> {
        let said = self.run(job, input, Some(output));
        let written = output.metadata()?.len();
        let result = match said {
            Ok(Said { answer: Answer::Stripped(stripped), peak_bytes })
                if stripped.size_bytes == written && written <= largest =>
            {
                Ok((stripped, peak_bytes))
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

    /// What a list of indicators holds. `output` is an empty file for the child to write to.
    pub fn indicators(&self, input: &File, output: &File) -> Result<List, JobError> {
        match self.run(Job::Indicators, input, Some(output))?.answer {
            Answer::Indicators { name, count, refused, refused_count } => {
                let plausible = count <= limits::INDICATORS && refused.len() <= limits::LEFT_OUT;
                let written = if plausible { read_lines(output, count) } else { None };
                let indicators = written.ok_or(JobError::Crashed)?;
                let refused = refused
                    .into_iter()
                    .map(|one| LeftOut { what: indicators::shown(&one.what), why: short(&one.why) })
                    .collect();
                Ok(List { name: indicators::shown(&name), indicators, refused, refused_count })
            }
            _ => Err(JobError::Crashed),
        }
    }

    /// Which rules in YARA's language the file matches, by their names. The offsets of both files move.
    pub fn rules(&self, input: &File, rules: &File) -> Result<Vec<String>, JobError> {
        match self.run(Job::Rules, input, Some(rules))?.answer {
            Answer::Rules { matched } if matched.len() <= limits::RULES_NAMED => {
                Ok(matched.iter().map(|name| short(name)).collect())
            }
            _ => Err(JobError::Crashed),
        }
    }

    fn run(&self, job: Job, input: &File, output: Option<&File>) -> Result<Said, JobError> {
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
        let said = answer_within(command.spawn()?, limit)?;
        match said.answer {
            Answer::Refused { why } => Err(made_safe(why).into()),
            Answer::NotClosedIn { why } => Err(JobError::NotClosedIn { why: short(&why) }),
            _ => Ok(said),
        }
    }
}

/// What the child wrote, each line as it is written here too: nothing is taken on its word.
fn read_lines(output: &File, count: usize) -> Option<Vec<Indicator>> {
    let mut output = output;
    output.seek(SeekFrom::Start(0)).ok()?;
    let mut read = Vec::with_capacity(count);
    for line in BufReader::new(output.take(limits::LIST_OUTPUT_BYTES)).lines() {
        let line = line.ok()?;
        let (kind, value) = line.split_once(' ')?;
        let indicator = Indicator::new(IndicatorKind::parse(kind)?, value)?;
        if read.len() == count || indicator.value() != value {
            return None;
        }
        read.push(indicator);
    }
    (read.len() == count).then_some(read)
}

/// Waits for the child's line or the time limit, and sees the child end either way.
fn answer_within(mut child: Child, limit: Duration) -> Result<Said, JobError> {
    let stderr = child.stderr.take().expect("it was asked for");
    let (sender, receiver) = mpsc::channel();
    let reader = std::thread::spawn(move || drop(sender.send(read_answer(stderr))));
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
        Refused::NotPlayed { what, why } => Refused::NotPlayed { what: short(&what), why: short(&why) },
        Refused::TooLarge { what, why } => Refused::TooLarge { what: short(&what), why: short(&why) },
        Refused::NotCleaned { what, why } => Refused::NotCleaned { what: short(&what), why: short(&why) },
        Refused::Encrypted { what } => Refused::Encrypted { what: short(&what) },
        Refused::NotStrippable { media_type } => Refused::NotStrippable { media_type: short(&media_type) },
        Refused::NotDecoded { name, media_type } => {
            Refused::NotDecoded { name: short(&name), media_type: short(&media_type) }
        }
        Refused::Read { why } => Refused::Read { why: short(&why) },
        Refused::Write { why } => Refused::Write { why: short(&why) },
    }
}

fn short(text: &str) -> String {
    name::display_name(&text[..text.floor_char_boundary(200)])
}
