//! From an encrypted file to one that other programs can read: complete and verified, or not there at all.

use std::fs::{File, Metadata, OpenOptions};
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use casemate_api::command::{AttachmentSave, GuardNote, GuardOutcome, Nothing};
use casemate_api::view::{GuardEntry, GuardJournal, Saved};
use casemate_api::{Command, Error, Kind};
use casemate_crypto::attachment::StreamError;
use casemate_engine::FileRef;
use casemate_guard::Warning;
use casemate_guard::child::JobError;
use data_encoding::HEXLOWER;
use rustix::fs::OFlags;
use serde_json::Value;

use super::Client;
use super::staging::guard;
use super::transfer::{Paths, decrypt, is_damage};
use super::unfinished::Unfinished;
use crate::guard::{matched, rules_words};

/// Why a file was not saved.
#[derive(Debug)]
pub enum NotSaved {
    /// What is on this device of it is missing or damaged: it has to be received again.
    Gone(Error),
    /// Something else, and what is on this device stays as it is.
    Other(Error),
}

impl From<Error> for NotSaved {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

/// Decrypts `blobs/{blob}` to `path`, which must not exist yet. Blocks. `notes` is where unfinished files are noted.
pub fn save(blobs: &Path, notes: &Path, file: &FileRef, path: &str) -> Result<Saved, NotSaved> {
    let path = PathBuf::from(path);
    let folder = folder_of(&path)?;
    if path.symlink_metadata().is_ok() {
        return Err(exists(&path).into());
    }
    let encrypted = File::open(blobs.join(file.blob.to_hex())).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => NotSaved::Gone(gone(Kind::NotFound, &error)),
        // Too many open files, a disk that is away: it may pass.
        _ => NotSaved::Other(Error::new(Kind::Invalid, format!("The file was not saved: {error}."))),
    })?;
    let output = Unfinished::file_in(folder, notes).map_err(|error| unwritable(&path, &error))?;
    decrypt(&encrypted, &mut output.file(), file).map_err(|error| match error {
        StreamError::Write(error) => NotSaved::Other(unwritable(&path, &error)),
        error if !is_damage(&error) => {
            NotSaved::Other(Error::new(Kind::Invalid, format!("The file was not saved: {error}.")))
        }
        error => match Paths::of(blobs, &file.blob).set_aside() {
            Ok(()) => NotSaved::Gone(gone(Kind::Untrusted, &error)),
            // Under its name it would be taken for received.
            Err(_) => {
                NotSaved::Other(Error::new(Kind::Untrusted, format!("The file was not saved: {error}.")))
            }
        },
    })?;
    finish(output, &path)?;
    let sha256 = HEXLOWER.encode(&file.sha256);
    Ok(Saved { bytes: file.size_bytes, sha256, name: String::new(), warnings: Vec::new(), rules: Vec::new() })
}

fn gone(kind: Kind, why: &dyn std::fmt::Display) -> Error {
    Error::new(kind, format!("This file is missing or damaged on this device ({why}). Receive it again."))
}

/// Saves a file for its person, and says what about it may hurt once another program opens it.
pub async fn run(client: &Client, wanted: AttachmentSave) -> Result<Value, Error> {
    let path = PathBuf::from(&wanted.path);
    let (message, index) = (wanted.message.clone(), wanted.index);
    let saved = client.ask(Command::AttachmentSave(wanted)).await?;
    let unexpected = |error: serde_json::Error| Error::new(Kind::Invalid, error.to_string());
    let mut saved: Saved = serde_json::from_value(saved).map_err(unexpected)?;
    let journal = client.ask(Command::GuardJournal(Nothing {})).await?;
    let journal: GuardJournal = serde_json::from_value(journal).map_err(unexpected)?;
    let is_held = |entry: &GuardEntry| entry.quarantined && entry.sha256 == saved.sha256;
    if journal.entries.iter().any(is_held) {
        saved.warnings.push(HELD.0.to_owned());
        return serde_json::to_value(saved).map_err(unexpected);
    }
    let rules = client.rules.clone();
    let sent_as = saved.name.clone();
    let looked = tokio::task::spawn_blocking(move || look(&path, &sent_as, rules.as_deref())).await;
    match looked {
        Ok(Some(Ok((warnings, rules)))) => {
            saved.warnings.extend(warnings);
            saved.rules = rules;
        }
        Ok(Some(Err(error))) => {
            saved.warnings.push(UNREAD.0.to_owned());
            if let Some(outcome) = outcome_of(&error) {
                client.ask(Command::GuardNote(GuardNote { message, index, outcome })).await?;
            }
        }
        // Where guard cannot run the file is saved all the same: it was asked for.
        Ok(None) | Err(_) => {}
    }
    serde_json::to_value(saved).map_err(unexpected)
}

/// What is said of a saved file, by the ids in [`Saved::warnings`]; rules first, since somebody wrote them.
pub fn doubts(saved: &Saved) -> Vec<String> {
    let matched = (!saved.rules.is_empty()).then(|| rules_words(&saved.rules));
    let of_guard = Warning::ALL.iter().map(|warning| (warning.id(), warning.sentence()));
    let all = of_guard.chain([LISTED, UNREAD, HELD, UNTRIED]);
    let said = all.filter(|(id, _)| saved.warnings.iter().any(|one| one == id));
    matched.into_iter().chain(said.map(|(_, sentence)| sentence.to_owned())).collect()
}

/// Whether rules in YARA's language can be read.
pub fn check_rules(path: &Path) -> Result<(), Error> {
    let client = guard::client("")?;
    crate::guard::check_rules(&client, path).map_err(|error| {
        Error::new(Kind::Invalid, format!("The rules {} cannot be used. {error}", path.display()))
    })
}

/// A list names the file, or what came with it. Its sentence is said before those of guard by whoever saves it.
pub const LISTED: (&str, &str) =
    ("known_bad", "What is in this message is on a list of what attackers use. Do not open it.");

const UNREAD: (&str, &str) = ("unread", "This file could not be looked into. It may be made to do harm.");
const HELD: (&str, &str) = (
    "held",
    "Looking into this file failed before, so nobody looks into it by itself any more. It may be made to do harm.",
);

const UNTRIED: (&str, &str) =
    ("untried", "Your rules could not be tried on this file: it is too large, or made to do harm.");

/// What guard warns of, by the name it was sent with and by the one it has now, and the rules that match. Nothing where no guard
/// can run.
fn look(
    path: &Path,
    sent_as: &str,
    rules: Option<&Path>,
) -> Option<Result<(Vec<String>, Vec<String>), JobError>> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (file, guard) = File::open(path).ok().zip(guard::client("").ok())?;
    let mut warnings = Vec::<String>::new();
    let names = if name == sent_as { vec![name.as_str()] } else { vec![sent_as, &name] };
    for name in names {
        match guard.inspect(&file, name) {
            Ok(found) => {
                let ids = found.warnings.iter().map(|warning| warning.id().to_owned());
                let new: Vec<String> = ids.filter(|id| !warnings.contains(id)).collect();
                warnings.extend(new);
            }
            Err(error) => return Some(Err(error)),
        }
    }
    let tried = rules.map_or(Ok(Vec::new()), |rules| matched(&guard, path, rules));
    let matched = tried.unwrap_or_else(|_| {
        warnings.push(UNTRIED.0.to_owned());
        Vec::new()
    });
    Some(Ok((warnings, matched)))
}

/// As the journal has it; nothing where it says nothing about the file.
fn outcome_of(error: &JobError) -> Option<GuardOutcome> {
    match error {
        JobError::Refused(_) => Some(GuardOutcome::Refused),
        JobError::TimedOut => Some(GuardOutcome::TooLong),
        JobError::Crashed => Some(GuardOutcome::Crashed),
        JobError::NotClosedIn { .. } | JobError::Start(_) => None,
    }
}

/// The folder of a file that is to be made.
pub fn folder_of(path: &Path) -> Result<&Path, Error> {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Ok(Path::new(".")),
        Some(parent) => Ok(parent),
        None => Err(Error::new(Kind::Invalid, format!("{} is not the name of a file.", path.display()))),
    }
}

/// Nothing is written over.
pub fn exists(path: &Path) -> Error {
    Error::new(Kind::Invalid, format!("{} exists already; choose another name.", path.display()))
}

/// Opening a pipe would wait for its other end.
pub fn is_regular(path: &Path, metadata: &Metadata) -> Result<(), Error> {
    if metadata.is_file() {
        return Ok(());
    }
    Err(Error::new(Kind::Invalid, format!("{} is not a file.", path.display())))
}

/// Opens a file for reading: what it is is asked before, and again of what was opened. A pipe put there meanwhile is not waited for.
pub fn open_regular(path: &Path, unreadable: impl Fn(std::io::Error) -> Error) -> Result<File, Error> {
    is_regular(path, &path.metadata().map_err(&unreadable)?)?;
    let nonblocking = OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(nonblocking).open(path).map_err(&unreadable)?;
    is_regular(path, &file.metadata().map_err(&unreadable)?)?;
    Ok(file)
}

/// All of a file, or nothing where it has more: what it said of its length before may be wrong.
pub fn read_most(file: &File, most: u64) -> std::io::Result<Option<Vec<u8>>> {
    if file.metadata()?.len() > most {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= most).then_some(bytes))
}

/// What was written is on the disk, and then has its name there, which nothing may have yet.
pub(super) fn finish(output: Unfinished, path: &Path) -> Result<(), Error> {
    output.file().sync_all().map_err(|error| unwritable(path, &error))?;
    output.name(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => exists(path),
        _ => unwritable(path, &error),
    })
}

/// What a person hears where a file cannot be written.
pub fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    let kind = match error.kind() {
        std::io::ErrorKind::StorageFull => Kind::StorageFull,
        std::io::ErrorKind::NotFound => Kind::NotFound,
        std::io::ErrorKind::PermissionDenied => Kind::NotAllowed,
        _ => Kind::Invalid,
    };
    Error::new(kind, format!("{} cannot be written: {error}.", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use casemate_crypto::attachment::{self, AttachmentKey};
    use casemate_wire::ids::BlobId;

    /// An encrypted file in a blob folder.
    fn folder_with(plain: &[u8]) -> (tempfile::TempDir, FileRef) {
        let folder = tempfile::tempdir().unwrap();
        let (blob, key) = (BlobId([1; 16]), [2; 32]);
        let mut encrypted = Vec::new();
        let size_bytes = plain.len() as u64;
        let hash = attachment::encrypt_stream(
            &mut &plain[..],
            &mut encrypted,
            size_bytes,
            &AttachmentKey::new(key),
            &mut |_| {},
        );
        std::fs::write(folder.path().join(blob.to_hex()), encrypted).unwrap();
        let padded_bytes = attachment::padded_len(size_bytes);
        (folder, FileRef { blob, key, size_bytes, padded_bytes, sha256: hash.unwrap().0 })
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn complete_and_never_over_another_file() {
        let plain = vec![7; 200_000];
        let (blobs, file) = folder_with(&plain);
        let target = tempfile::tempdir().unwrap();
        let path = target.path().join("بطاقة 😀.jpg");
        let saved = save(blobs.path(), blobs.path(), &file, path.to_str().unwrap()).unwrap();
        assert_eq!(saved.bytes, 200_000);
        assert_eq!(std::fs::read(&path).unwrap(), plain);
        let again = error_of(save(blobs.path(), blobs.path(), &file, path.to_str().unwrap()).unwrap_err());
        assert_eq!(again.kind, Kind::Invalid);
        assert_eq!(names(target.path()).len(), 1);
    }

    fn error_of(not_saved: NotSaved) -> Error {
        match not_saved {
            NotSaved::Gone(error) | NotSaved::Other(error) => error,
        }
    }

    #[test]
    fn what_was_tampered_with_leaves_nothing_behind() {
        let (blobs, file) = folder_with(&[7; 200_000]);
        let target = tempfile::tempdir().unwrap();
        let path = target.path().join("file");
        let blob = blobs.path().join(file.blob.to_hex());
        let whole = std::fs::read(&blob).unwrap();
        let mut flipped = whole.clone();
        flipped[150_000] ^= 1;
        let mut swapped = whole.clone();
        let (first, rest) = swapped.split_at_mut(65_552);
        first.swap_with_slice(&mut rest[..65_552]);
        for broken in [flipped, swapped, whole[..65_552].to_vec(), [&whole[..], b"x"].concat(), Vec::new()] {
            std::fs::write(&blob, broken).unwrap();
            let not_saved = save(blobs.path(), blobs.path(), &file, path.to_str().unwrap()).unwrap_err();
            assert!(matches!(not_saved, NotSaved::Gone(_)), "{not_saved:?}");
            assert_eq!(error_of(not_saved).kind, Kind::Untrusted);
            assert!(names(target.path()).is_empty());
            // It can be received again under its name, and what is damaged of it is not removed yet.
            assert!(!blob.exists() && names(blobs.path()) == [format!("{}.damaged", file.blob.to_hex())]);
        }
    }

    #[test]
    fn where_it_cannot_go_is_said() {
        let (blobs, file) = folder_with(b"x");
        let kind = |path: &str| error_of(save(blobs.path(), blobs.path(), &file, path).unwrap_err()).kind;
        assert_eq!(kind("/no/such/folder/file"), Kind::NotFound);
        assert_eq!(kind("/"), Kind::Invalid);
        assert_eq!(kind(""), Kind::Invalid);
    }
}
