//! From a file that a person picked to one that is ready to send: looked at and stripped by the guard's process,
//! encrypted into the blob folder. Memory stays flat whatever the size.

pub mod guard;
mod source;

use std::fs::File;
use std::io::{BufReader, BufWriter, Seek, Write};
use std::path::Path;

use casemate_api::command::AttachmentKind;
use casemate_api::{Error, Kind};
use casemate_crypto::attachment::{self, AttachmentKey, StreamError};
use casemate_engine::orphans::{self, Blobs, Chore};
use casemate_engine::{Staged, Wanted};
use casemate_guard::{Inspection, MediaType};
use casemate_wire::ids::BlobId;
use casemate_wire::limits::BLOB_BYTES;

use super::disk;
use source::Source;

/// Files of one command; the engine's limit for a message too. More is refused before any is read.
const FILES: usize = 32;

/// Makes all of them ready, or none. Blocks.
pub fn stage(blobs: &Path, files: &[Wanted]) -> Result<Vec<Staged>, Error> {
    if files.len() > FILES {
        return Err(Error::new(
            Kind::Invalid,
            format!("A message has at most {FILES} files; send the rest in another."),
        ));
    }
    let mut staged = Vec::with_capacity(files.len());
    for file in files {
        match stage_one(blobs, file) {
            Ok(one) => staged.push(one),
            Err(error) => {
                for Staged { blob, .. } in &staged {
                    let _ = std::fs::remove_file(blobs.join(blob.to_hex()));
                }
                return Err(error);
            }
        }
    }
    Ok(staged)
}

/// Sets aside every file that no row of the database needs, and gives those that a row calls stored and that are not there. Where
/// not all rows or names could be read, nobody knows: every file stays, and none is missing.
pub fn tidy_up(blobs: &Path, rows: rusqlite::Result<Blobs>, now_ms: i64) -> Vec<BlobId> {
    let rows = match rows {
        Ok(rows) => rows,
        Err(error) => {
            tracing::error!(%error, "the database does not say which files it needs, so all of them stay");
            return Vec::new();
        }
    };
    let names = |blobs: &Path| -> std::io::Result<Vec<String>> {
        let entries = std::fs::read_dir(blobs)?.collect::<Result<Vec<_>, _>>()?;
        Ok(entries.into_iter().filter_map(|entry| entry.file_name().into_string().ok()).collect())
    };
    let before = match names(blobs) {
        Ok(before) => before,
        Err(error) => {
            tracing::error!(%error, "the folder of encrypted files cannot be read, so all of them stay");
            return Vec::new();
        }
    };
    for chore in orphans::chores(&before, &rows.needed, now_ms) {
        let done = match &chore {
            Chore::Rename { from, to } => std::fs::rename(blobs.join(from), blobs.join(to)),
            Chore::Remove(name) => std::fs::remove_file(blobs.join(name)),
        };
        if let Err(error) = done {
            tracing::warn!(%error, ?chore, "a file that no message needs could not be set aside");
        }
    }
    // What got its name back is here.
    names(blobs).map(|after| orphans::missing(&after, &rows.stored)).unwrap_or_default()
}

fn stage_one(blobs: &Path, wanted: &Wanted) -> Result<Staged, Error> {
    let source = Source::open(&wanted.path)?;
    if source.size_bytes() > BLOB_BYTES {
        return Err(Error::new(Kind::TooLarge, format!("{} is too large to send.", source.name())));
    }
    let found = guard::inspect(source.file(), source.name())?;
    let kind = choose_kind(wanted.kind, &found, source.name())?;
    let by_itself =
        kind != AttachmentKind::Document && !wanted.keep_metadata && found.media_type.is_strippable();
    let strip = wanted.clean || by_itself;
    let stripped = if strip { Some(strip_to_nameless(blobs, &source, found.media_type)?) } else { None };
    let (mut plain, size_bytes) = match &stripped {
        Some(file) => (file, file.metadata().map_err(|error| source.no_room(&error))?.len()),
        None => (source.file(), source.size_bytes()),
    };
    plain.rewind().map_err(|error| source.unreadable(&error))?;
    let encrypted = encrypt(blobs, plain, size_bytes, &source)?;
    if let Err(error) = source.unchanged() {
        let _ = std::fs::remove_file(blobs.join(encrypted.blob.to_hex()));
        return Err(error);
    }
    Ok(Staged {
        blob: encrypted.blob,
        key: encrypted.key,
        name: found.name,
        kind,
        media_type: found.media_type.mime().to_owned(),
        size_bytes,
        sha256: encrypted.sha256,
        padded_bytes: attachment::padded_len(size_bytes),
        width: found.width.unwrap_or(0),
        height: found.height.unwrap_or(0),
        duration_ms: u32::try_from(found.duration_ms.unwrap_or(0)).unwrap_or(u32::MAX),
        waveform: found.waveform,
    })
}

/// What the person said, where the structure bears it out; else what the structure says.
fn choose_kind(
    wanted: Option<AttachmentKind>,
    found: &Inspection,
    name: &str,
) -> Result<AttachmentKind, Error> {
    let by_structure = match found.kind {
        casemate_guard::Kind::Photo => AttachmentKind::Photo,
        casemate_guard::Kind::Video => AttachmentKind::Video,
        casemate_guard::Kind::Voice => AttachmentKind::Voice,
        casemate_guard::Kind::Document => AttachmentKind::Document,
    };
    let (fits, what) = match wanted {
        None => return Ok(by_structure),
        Some(AttachmentKind::Document) => return Ok(AttachmentKind::Document),
        Some(AttachmentKind::Sticker) => (by_structure == AttachmentKind::Photo, "picture"),
        Some(AttachmentKind::Photo) => (by_structure == AttachmentKind::Photo, "picture"),
        Some(AttachmentKind::Video) => (by_structure == AttachmentKind::Video, "video"),
        Some(AttachmentKind::Voice) => (by_structure == AttachmentKind::Voice, "voice message"),
    };
    match wanted {
        Some(wanted) if fits => Ok(wanted),
        _ => {
            let sentence =
                format!("{name} is not a {what} that Casemate can show; send it as a document instead.");
            Err(Error::new(Kind::Invalid, sentence))
        }
    }
}

/// Strips into a file without a name: a crash leaves nothing of it.
fn strip_to_nameless(blobs: &Path, source: &Source, media_type: MediaType) -> Result<File, Error> {
    let output = disk::nameless_in(blobs).map_err(|error| source.no_room(&error))?;
    guard::strip(source.file(), &output, media_type, source.name())?;
    Ok(output)
}

struct Encrypted {
    blob: BlobId,
    key: [u8; 32],
    sha256: [u8; 32],
}

/// Encrypts with a fresh key to `blobs/{blob}`, which is there only once it is complete and on disk.
fn encrypt(blobs: &Path, plain: &File, size_bytes: u64, source: &Source) -> Result<Encrypted, Error> {
    let mut random = [0; 48];
    let filled = getrandom::fill(&mut random);
    filled.map_err(|error| {
        Error::new(Kind::NotAllowed, format!("The system gives no random numbers: {error}."))
    })?;
    let (blob, key) = random.split_at(16);
    let blob = BlobId(blob.try_into().expect("16 bytes"));
    let key: [u8; 32] = key.try_into().expect("32 bytes");
    let unfinished = blobs.join(format!("{}.new", blob.to_hex()));
    let written = encrypt_to(&unfinished, plain, size_bytes, &key, source).and_then(|sha256| {
        let renamed = disk::rename(&unfinished, &blobs.join(blob.to_hex()));
        renamed.map(|()| sha256).map_err(|error| source.no_room(&error))
    });
    match written {
        Ok(sha256) => Ok(Encrypted { blob, key, sha256 }),
        Err(error) => {
            let _ = std::fs::remove_file(&unfinished);
            Err(error)
        }
    }
}

fn encrypt_to(
    path: &Path,
    plain: &File,
    size_bytes: u64,
    key: &[u8; 32],
    source: &Source,
) -> Result<[u8; 32], Error> {
    let output = disk::new_file(path).map_err(|error| source.no_room(&error))?;
    let mut reader = BufReader::with_capacity(128 * 1024, plain);
    let mut writer = BufWriter::with_capacity(128 * 1024, &output);
    let key = AttachmentKey::new(*key);
    let hash = attachment::encrypt_stream(&mut reader, &mut writer, size_bytes, &key, &mut |_| {});
    let hash = hash.map_err(|error| match error {
        StreamError::Write(error) => source.no_room(&error),
        StreamError::Read(error) => source.unreadable(&error),
        StreamError::SizeChanged | StreamError::Tampered | StreamError::BadDescriptor => source.changed(),
    })?;
    let flushed = writer.flush().and_then(|()| output.sync_all());
    flushed.map_err(|error| source.no_room(&error))?;
    Ok(hash.0)
}

#[cfg(test)]
mod tests {
    use casemate_engine::{Config, Engine};

    use super::*;

    #[test]
    fn files_of_a_damaged_database_all_stay() {
        let (folder, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = home.path().join("casemate.db");
        let open = || -> Option<Engine> {
            let db = rusqlite::Connection::open(&path).ok()?;
            db.execute_batch(&format!("pragma key = \"x'{}'\"", "11".repeat(32))).ok()?;
            let config = Config {
                key_kept_in: "file".into(),
                software: "test".into(),
                platform: "Linux".into(),
                rng: casemate_crypto::rng::from_os().unwrap(),
                renews_rng: true,
            };
            Engine::open(db, config).ok()
        };
        let needed: Vec<BlobId> = (0..100u8).map(|at| BlobId([at; 16])).collect();
        let db = open().unwrap().into_db();
        for blob in &needed {
            std::fs::write(folder.path().join(blob.to_hex()), b"x").unwrap();
            let row = "INSERT INTO attachments (message, idx, blob, state, descriptor, kind, bytes) VALUES (?1, 0, ?1, 4, zeroblob(400), 1, 1)";
            db.execute(row, [&blob.0[..]]).unwrap();
        }
        db.execute_batch("pragma wal_checkpoint(truncate)").unwrap();
        drop(db);
        let whole = std::fs::read(&path).unwrap();
        let (mut unreadable, page) = (0, 4096);
        for at in 0..whole.len() / page {
            let mut damaged = whole.clone();
            damaged[at * page + 100..][..16].iter_mut().for_each(|byte| *byte ^= 0x5a);
            std::fs::write(&path, damaged).unwrap();
            let Some(engine) = open() else { continue };
            let needed_now = engine.blobs();
            unreadable += usize::from(needed_now.is_err());
            tidy_up(folder.path(), needed_now, 0);
            drop(engine);
            let all_stay = needed.iter().all(|blob| folder.path().join(blob.to_hex()).exists());
            assert!(all_stay, "page {at} was damaged");
        }
        assert!(unreadable > 0, "no damaged page had rows of files");
    }

    #[test]
    fn file_that_no_row_needs_is_set_aside_and_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let blob = BlobId([1; 16]);
        let path = folder.path().join(blob.to_hex());
        std::fs::write(&path, b"x").unwrap();
        assert_eq!(tidy_up(folder.path(), Ok(Blobs::default()), 0), []);
        assert!(!path.exists());
        let rows = || Ok(Blobs { needed: vec![blob, BlobId([2; 16])], stored: vec![blob, BlobId([2; 16])] });
        assert_eq!(tidy_up(folder.path(), rows(), 0), [BlobId([2; 16])], "one is missing");
        assert_eq!(std::fs::read(&path).unwrap(), b"x");
        // Where the folder cannot be read nothing is missing.
        assert_eq!(tidy_up(&folder.path().join("none"), rows(), 0), []);
    }

    #[test]
    fn the_structure_decides_and_the_person_may_always_send_a_document() {
        let found = casemate_guard::inspect(std::io::Cursor::new(b"plain words"), "picture.jpg").unwrap();
        assert_eq!(choose_kind(None, &found, "picture.jpg"), Ok(AttachmentKind::Document));
        assert_eq!(choose_kind(Some(AttachmentKind::Document), &found, "x"), Ok(AttachmentKind::Document));
        for kind in
            [AttachmentKind::Photo, AttachmentKind::Video, AttachmentKind::Voice, AttachmentKind::Sticker]
        {
            assert_eq!(choose_kind(Some(kind), &found, "x").unwrap_err().kind, Kind::Invalid);
        }
    }

    #[test]
    fn an_encrypted_file_comes_out_whole_and_readers_errors_leave_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plain");
        std::fs::write(&path, [9; 100_000]).unwrap();
        let source = Source::open(path.to_str().unwrap()).unwrap();
        let blobs = tempfile::tempdir().unwrap();
        let encrypted = encrypt(blobs.path(), source.file(), source.size_bytes(), &source).unwrap();
        let length = std::fs::metadata(blobs.path().join(encrypted.blob.to_hex())).unwrap().len();
        assert_eq!(Some(length), attachment::encrypted_len(attachment::padded_len(100_000)));
        // Said to be longer than it is: it was cut while it was read.
        let mut file = source.file();
        file.rewind().unwrap();
        assert!(encrypt(blobs.path(), source.file(), 100_001, &source).is_err());
        assert_eq!(std::fs::read_dir(blobs.path()).unwrap().count(), 1);
    }
}
