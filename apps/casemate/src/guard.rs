//! `casemate guard`: what guard says of files, and their safe versions. Each file is looked at in a process of its own.

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;
use casemate_guard::child::{Client, JobError};
use casemate_guard::{Inspection, Kind, MediaType, Refused, Warning};
use serde::Serialize;

/// Looks at files.
#[derive(clap::Args)]
pub struct GuardArguments {
    /// The files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write what may be shown of each to this folder: a picture's pixels, a video written anew, a voice message, a document's words
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write each to this folder as it is sent without its metadata; documents as well, whose author, dates and programs go
    #[arg(long, value_name = "DIR")]
    clean: Option<PathBuf>,
    /// Rules in YARA's language; those that a file matches are named
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// A line of JSON a file
    #[arg(long)]
    json: bool,
}

/// What is said of a file.
#[derive(Serialize)]
struct Line<'a> {
    file: &'a Path,
    #[serde(rename = "type")]
    media_type: &'static str,
    verdict: Verdict,
    reason: String,
    warnings: Vec<&'static str>,
    /// Those of `--rules` that it matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    rules: Option<Vec<String>>,
    /// Why they could not be tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    untried: Option<String>,
    ms: u64,
    peak_bytes: u64,
    /// The file without its metadata, where one was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    clean: Option<PathBuf>,
    /// Why none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_clean: Option<String>,
    /// The safe version, where one was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    safe: Option<PathBuf>,
}

/// How a file is treated.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    /// Its safe version is shown.
    Shown,
    /// A name and a size: nothing opens it.
    Document,
    /// Not even that it is what it seems is sure.
    Refused,
}

/// Looks at all of them.
pub fn run(arguments: &GuardArguments) -> anyhow::Result<()> {
    let client = Client::this_program()?;
    for folder in arguments.out.iter().chain(&arguments.clean) {
        std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    if let Some(rules) = &arguments.rules {
        check_rules(&client, rules).with_context(|| rules.display().to_string())?;
    }
    let mut output = std::io::stdout().lock();
    let (mut refused, mut uncleaned) = (0usize, 0usize);
    for (number, path) in arguments.files.iter().enumerate() {
        let mut line = look(&client, path, arguments.out.as_deref(), number)?;
        refused += usize::from(line.verdict == Verdict::Refused);
        if let Some(folder) = arguments.clean.as_ref().filter(|_| is_file(path).is_ok()) {
            match clean(&client, path, folder, number)? {
                Ok(path) => line.clean = Some(path),
                Err(error) => {
                    uncleaned += 1;
                    line.not_clean = Some(error.to_string());
                }
            }
        }
        if let Some(rules) = arguments.rules.as_ref().filter(|_| is_file(path).is_ok()) {
            match matched(&client, path, rules) {
                Ok(matched) => line.rules = Some(matched),
                Err(error) => line.untried = Some(error.to_string()),
            }
        }
        if arguments.json {
            writeln!(output, "{}", serde_json::to_string(&line)?)?;
        } else {
            writeln!(output, "{}", in_words(&line))?;
        }
    }
    // Each was said; a script sees it by how this ends.
    anyhow::ensure!(
        refused == 0,
        "{refused} of {} files could not be read, or were refused.",
        arguments.files.len()
    );
    anyhow::ensure!(uncleaned == 0, "{uncleaned} of {} files could not be cleaned.", arguments.files.len());
    Ok(())
}

/// Writes a file without its metadata, as it is sent. Inside: why it can't be.
fn clean(
    client: &Client,
    path: &Path,
    folder: &Path,
    number: usize,
) -> anyhow::Result<Result<PathBuf, JobError>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut cleaned = tempfile::NamedTempFile::new_in(folder)?;
    let mut file = File::open(path)?;
    let found = match client.inspect(&file, &name) {
        Ok(found) => found,
        Err(error) => return Ok(Err(error)),
    };
    file.rewind()?;
    if let Err(error) = client.strip(&file, cleaned.as_file_mut(), found.media_type) {
        return Ok(Err(error));
    }
    // Two files may have one name.
    let path = folder.join(format!("{number}-{}", found.name));
    cleaned.persist(&path)?;
    Ok(Ok(path))
}

/// Opening something else may wait for ever, or do something.
fn is_file(path: &Path) -> Result<(), JobError> {
    if std::fs::metadata(path).map_err(unread)?.is_file() {
        return Ok(());
    }
    Err(Refused::Read { why: "it is not an ordinary file".to_owned() }.into())
}

fn open(path: &Path) -> Result<File, JobError> {
    is_file(path)?;
    File::open(path).map_err(unread)
}

/// It is the file that something is wrong with, not the looking.
fn unread(error: std::io::Error) -> JobError {
    let why = match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "you may not read it".to_owned(),
        _ => error.to_string(),
    };
    Refused::Read { why }.into()
}

/// Whether rules can be read: otherwise none would be tried on any file, and nobody would notice.
pub fn check_rules(client: &Client, rules: &Path) -> Result<(), JobError> {
    client.rules(&tempfile::tempfile()?, &open(rules)?).map(drop)
}

/// Which rules a file matches. Both are opened here: files that are saved at the same time share no place to read on from.
pub fn matched(client: &Client, path: &Path, rules: &Path) -> Result<Vec<String>, JobError> {
    client.rules(&open(path)?, &open(rules)?)
}

fn look<'a>(
    client: &Client,
    path: &'a Path,
    folder: Option<&Path>,
    number: usize,
) -> anyhow::Result<Line<'a>> {
    let start = Instant::now();
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut line = Line {
        file: path,
        media_type: MediaType::Unknown.mime(),
        verdict: Verdict::Refused,
        reason: String::new(),
        warnings: Vec::new(),
        rules: None,
        untried: None,
        ms: 0,
        peak_bytes: 0,
        clean: None,
        not_clean: None,
        safe: None,
    };
    match open(path).and_then(|file| client.look(&file, &name).map(|found| (file, found))) {
        Ok((file, (found, peak_bytes))) => {
            line.peak_bytes = peak_bytes.unwrap_or(0);
            line.media_type = found.media_type.mime();
            line.warnings = found.warnings.iter().map(|warning| warning.id()).collect();
            line.verdict = Verdict::Document;
            line.reason = document_words(&found);
            // A picture without a decoder of ours is shown by nobody.
            if found.kind != Kind::Document && (found.kind != Kind::Photo || is_pixels(found.media_type)) {
                show(client, file, &found, folder.map(|folder| (folder, number)), &mut line)?;
            } else if let Some(folder) = folder.filter(|_| casemate_guard::reading::is_read(found.media_type))
            {
                read(client, file, &found, &folder.join(format!("{number}-{}.txt", found.name)), &mut line)?;
            }
        }
        Err(error) => line.reason = error.to_string(),
    }
    line.ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(line)
}

fn show(
    client: &Client,
    mut file: File,
    found: &Inspection,
    folder: Option<(&Path, usize)>,
    line: &mut Line<'_>,
) -> anyhow::Result<()> {
    file.rewind()?;
    let mut safe = match folder {
        Some((folder, _)) => tempfile::NamedTempFile::new_in(folder)?,
        None => tempfile::NamedTempFile::new()?,
    };
    match client.show(&file, safe.as_file_mut(), found.media_type) {
        Ok((_, peak_bytes)) => {
            line.verdict = Verdict::Shown;
            line.reason = "What is shown was made anew.".to_owned();
            line.peak_bytes = line.peak_bytes.max(peak_bytes.unwrap_or(0));
            if let Some((folder, number)) = folder {
                // Two files may have one name.
                let ending =
                    if is_pixels(found.media_type) { "png" } else { found.media_type.extensions()[0] };
                let path = folder.join(format!("{number}-{}.{ending}", found.name));
                safe.persist(&path)?;
                line.safe = Some(path);
            }
        }
        // Whole, and of a kind that is not played: it can be saved.
        Err(JobError::Refused(
            why @ (Refused::TooComplex { .. } | Refused::NotPlayed { .. } | Refused::NotStrippable { .. }),
        )) => {
            line.reason = why.to_string();
        }
        Err(error) => {
            line.verdict = Verdict::Refused;
            line.reason = error.to_string();
        }
    }
    Ok(())
}

/// What a document says, as plain text beside it. It stays a document.
fn read(
    client: &Client,
    mut file: File,
    found: &Inspection,
    path: &Path,
    line: &mut Line<'_>,
) -> anyhow::Result<()> {
    file.rewind()?;
    let mut text = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    match client.read(&file, text.as_file_mut()) {
        Ok((_, peak_bytes)) => {
            line.peak_bytes = line.peak_bytes.max(peak_bytes.unwrap_or(0));
            if found.warnings.is_empty() {
                line.reason = "What it says was written as plain text.".to_owned();
            }
            text.persist(path)?;
            line.safe = Some(path.to_owned());
        }
        Err(JobError::Refused(why)) => line.reason = why.to_string(),
        Err(error) => {
            line.verdict = Verdict::Refused;
            line.reason = error.to_string();
        }
    }
    Ok(())
}

fn is_pixels(media_type: MediaType) -> bool {
    casemate_guard::picture::is_decoded(media_type)
}

fn document_words(found: &Inspection) -> String {
    match found.warnings.first() {
        Some(warning) => warning.sentence().to_owned(),
        None => "It is not shown. Opening it lets another program read it.".to_owned(),
    }
}

fn in_words(line: &Line<'_>) -> String {
    let verdict = match line.verdict {
        Verdict::Shown => "shown",
        Verdict::Document => "a document",
        Verdict::Refused => "refused",
    };
    let file = casemate_guard::name::display_name(&line.file.to_string_lossy());
    let mut words = format!("{file}: {}, {verdict}. {}", line.media_type, line.reason);
    let said = Warning::ALL.iter().filter(|warning| line.warnings.contains(&warning.id()));
    for warning in said.filter(|warning| !line.reason.contains(warning.sentence())) {
        words.push_str("\n   ");
        words.push_str(warning.sentence());
    }
    if let Some(matched) = line.rules.as_ref().filter(|matched| !matched.is_empty()) {
        words.push_str("\n   ");
        words.push_str(&rules_words(matched));
    }
    if let Some(why) = &line.untried {
        words.push_str("\n   The rules could not be tried on it. ");
        words.push_str(why);
    }
    words
}

/// Which of a person's own rules a file matches.
pub fn rules_words(matched: &[String]) -> String {
    format!("It matches these of your rules: {}.", matched.join(", "))
}
