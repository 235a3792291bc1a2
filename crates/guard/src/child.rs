//! Inspecting and stripping in a process of its own, without keys, files or network.
//!
//! ```text
//! parent: Client ──spawns──▶  casemate guard-worker {"job":…}
//!                             stdin   the input, already opened
//!                             stdout  the output, already opened
//!                             stderr  one line of JSON: the answer
//! ```
//!
//! The child gets no name, no environment and no path, closes itself in (see [`sandbox`]) before it reads the first
//! byte, does one job and ends. The parent kills it after a time that depends on the file's size, and believes nothing
//! that it says beyond what it can check.
//!
//! The program's `main` calls [`serve`] for the argument [`ARGUMENT`], before it starts a thread or a runtime.
//!
//! Where the system offers no way to close a process in, a job is not run: [`JobError::NotClosedIn`]. Who accepts that
//! files are read without walls sets [`WITHOUT_WALLS`] to `1`; limits on time and memory still hold.

mod client;
pub mod sandbox;

pub use client::{Client, JobError};

use crate::indicators::{self, LeftOut};
use crate::{Inspection, Kind, MediaType, Refused, Stripped, inspect, limits, strip};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::fd::AsFd;
use std::process::ExitCode;

/// The hidden subcommand.
pub const ARGUMENT: &str = "guard-worker";

/// The variable that allows jobs where the system has no way to close the child in.
pub const WITHOUT_WALLS: &str = "CASEMATE_GUARD_WITHOUT_WALLS";

/// What the child is to do. It never learns the file's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Tell what stdin is.
    Inspect,
    /// Write stdin to stdout without metadata.
    Strip {
        /// What [`Job::Inspect`] said.
        media_type: MediaType,
    },
    /// Write what may be shown of a file to stdout: a picture's pixels as PNG, a video written anew, a voice message.
    Show {
        /// What [`Job::Inspect`] said.
        media_type: MediaType,
    },
    /// Write what a document on stdin says to stdout, as plain text.
    Read,
    /// Write what a list of indicators on stdin holds to stdout, one a line.
    Indicators,
    /// Tell what the web page on stdin says of itself.
    Page {
        /// What its server says that it is written in; empty where it says nothing.
        charset: String,
    },
    /// Write the picture on stdin to stdout small, as a JPEG.
    Small,
    /// Tell which rules the file on stdin matches. They are read from stdout's place, which is opened for reading alone.
    Rules,
}

impl Job {
    /// Bytes that it may write.
    fn output_bytes(&self, input_bytes: u64) -> u64 {
        match self {
            // Zero would kill as soon as stdout is a file.
            Job::Inspect | Job::Rules | Job::Page { .. } => input_bytes + limits::GROWTH_BYTES,
            Job::Strip { media_type } => media_type.stripped_bytes(input_bytes),
            Job::Show { .. } => input_bytes.max(limits::SHOWN_FILE_BYTES) + limits::GROWTH_BYTES,
            Job::Read => limits::READ_TEXT_BYTES as u64,
            Job::Small => limits::SMALL_BYTES as u64,
            Job::Indicators => limits::LIST_OUTPUT_BYTES,
        }
    }
}

/// What the child says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// To [`Job::Inspect`].
    Inspected(Inspection),
    /// To [`Job::Strip`].
    Stripped(Stripped),
    /// To [`Job::Indicators`].
    Indicators {
        /// The list's name.
        name: String,
        /// Lines written.
        count: usize,
        /// What was left out.
        refused: Vec<LeftOut>,
        /// How many.
        refused_count: u64,
    },
    /// To [`Job::Page`].
    #[cfg(feature = "page")]
    Page(crate::page::Page),
    /// To [`Job::Rules`]: their names.
    Rules {
        /// In their order.
        matched: Vec<String>,
    },
    /// The file is not to be stripped, or not a list.
    Refused {
        /// Why.
        why: Refused,
    },
    /// The walls could not be built, so nothing was read.
    NotClosedIn {
        /// What is missing.
        why: String,
    },
}

/// The child's whole life: takes the job from the last argument. To be called from `main` before any thread is
/// started.
pub fn serve() -> ExitCode {
    serve_with(work)
}

/// [`serve`] with other work in the same walls: how tests try what a decoder that was taken over could do.
pub fn serve_with(work: fn(Job, File, File) -> Answer) -> ExitCode {
    // The only line on stderr is the answer.
    std::panic::set_hook(Box::new(|_| {}));
    // What the system says of this process: opened now, read when the work is done.
    let status = File::open("/proc/self/status").ok();
    let answer = match prepare() {
        Ok((job, input, output)) => work(job, input, output),
        Err(why) => Answer::NotClosedIn { why },
    };
    let said = Said { answer, peak_bytes: status.and_then(peak_bytes) };
    let Ok(mut line) = serde_json::to_vec(&said) else { return ExitCode::FAILURE };
    line.push(b'\n');
    match std::io::stderr().write_all(&line) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// The child's line: its answer, and the most memory that it had, by its own word.
#[derive(Debug, Serialize, Deserialize)]
struct Said {
    #[serde(flatten)]
    answer: Answer,
    #[serde(default)]
    peak_bytes: Option<u64>,
}

/// proc(5): the line `VmHWM: 1234 kB`.
fn peak_bytes(mut status: File) -> Option<u64> {
    let mut text = String::new();
    status.read_to_string(&mut text).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1_024)
}

/// Everything that needs a system call which is forbidden afterwards.
fn prepare() -> Result<(Job, File, File), String> {
    let argument = std::env::args().next_back().unwrap_or_default();
    let job: Job = serde_json::from_str(&argument).map_err(|error| format!("the job is unknown: {error}"))?;
    let opened = |fd: std::io::Result<std::os::fd::OwnedFd>| {
        fd.map(File::from).map_err(|error| format!("the files were not handed over: {error}"))
    };
    let input = opened(std::io::stdin().as_fd().try_clone_to_owned())?;
    let output = opened(std::io::stdout().as_fd().try_clone_to_owned())?;
    let input_bytes = input.metadata().map_err(|error| error.to_string())?.len();
    let without_walls = std::env::var_os(WITHOUT_WALLS).is_some_and(|value| value == "1");
    sandbox::limit(input_bytes, job.output_bytes(input_bytes))
        .or_else(|why| if without_walls { Ok(()) } else { Err(why) })?;
    match sandbox::close_in() {
        Err(why) if !without_walls => Err(why),
        _ => Ok((job, input, output)),
    }
}

fn work(job: Job, input: File, output: File) -> Answer {
    match job {
        Job::Inspect => match inspect(input, "") {
            Ok(inspection) => Answer::Inspected(inspection),
            Err(error) => Answer::Refused { why: Refused::Read { why: error.to_string() } },
        },
        Job::Strip { media_type } => match strip(input, output, media_type) {
            Ok(stripped) => Answer::Stripped(stripped),
            Err(why) => Answer::Refused { why },
        },
        Job::Show { media_type } => match show(input, output, media_type) {
            Ok(stripped) => Answer::Stripped(stripped),
            Err(why) => Answer::Refused { why },
        },
        Job::Read => match read(input, output) {
            Ok(stripped) => Answer::Stripped(stripped),
            Err(why) => Answer::Refused { why },
        },
        #[cfg(feature = "page")]
        Job::Page { charset } => match crate::page::read(input, &charset) {
            Ok(page) => Answer::Page(page),
            Err(why) => Answer::Refused { why },
        },
        #[cfg(feature = "picture")]
        Job::Small => match crate::picture::to_small(input, output) {
            Ok(stripped) => Answer::Stripped(stripped),
            Err(why) => Answer::Refused { why },
        },
        #[cfg(not(feature = "page"))]
        Job::Page { .. } => Answer::NotClosedIn { why: "this program was built without pages".to_owned() },
        #[cfg(not(feature = "picture"))]
        Job::Small => Answer::NotClosedIn { why: "this program was built without pictures".to_owned() },
        Job::Indicators => list(input, output).unwrap_or_else(|why| Answer::Refused { why }),
        #[cfg(feature = "rules")]
        Job::Rules => match crate::rules::matched(output, input) {
            Ok(matched) => Answer::Rules { matched },
            Err(why) => Answer::Refused { why },
        },
        #[cfg(not(feature = "rules"))]
        Job::Rules => Answer::NotClosedIn { why: "this program was built without rules".to_owned() },
    }
}

fn show(input: File, output: File, media_type: MediaType) -> Result<Stripped, Refused> {
    match media_type.kind() {
        #[cfg(feature = "picture")]
        Kind::Photo if crate::picture::is_decoded(media_type) => crate::picture::to_png(input, output),
        Kind::Video => {
            let mut output = output;
            crate::video::playable(input, &mut output)?;
            // Asking for a file's length is a call that is forbidden here; asking where it is written is not.
            let size_bytes =
                output.stream_position().map_err(|error| Refused::Write { why: error.to_string() })?;
            Ok(Stripped { size_bytes, removed_bytes: 0 })
        }
        _ => strip(input, output, media_type),
    }
}

fn read(input: File, mut output: File) -> Result<Stripped, Refused> {
    let reading = crate::reading::read(input)?;
    output.write_all(reading.text.as_bytes()).map_err(|error| Refused::Write { why: error.to_string() })?;
    Ok(Stripped { size_bytes: reading.text.len() as u64, removed_bytes: 0 })
}

fn list(input: File, output: File) -> Result<Answer, Refused> {
    let list = indicators::read(input)?;
    let mut lines = std::io::BufWriter::new(output);
    let written =
        list.indicators.iter().try_for_each(|one| writeln!(lines, "{} {}", one.kind().as_str(), one.value()));
    written.and_then(|()| lines.flush()).map_err(|error| Refused::Write { why: error.to_string() })?;
    Ok(Answer::Indicators {
        name: list.name,
        count: list.indicators.len(),
        refused: list.refused,
        refused_count: list.refused_count,
    })
}

/// One line, of a bounded length, from a child.
fn read_answer(reader: impl Read) -> Option<Said> {
    let mut line = Vec::new();
    reader.take(limits::ANSWER_BYTES).read_to_end(&mut line).ok()?;
    serde_json::from_slice(&line).ok()
}

/// Milliseconds that a job on so large a file may take.
fn time_limit_ms(input_bytes: u64) -> u64 {
    limits::CHILD_TIME_MS + input_bytes / (1024 * 1024) * limits::CHILD_TIME_MS_PER_MIB
}
