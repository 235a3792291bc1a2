//! An encrypted file from the server: into `{blob}.part`, and under its own name only once every chunk and the
//! hash of the whole were verified.

use std::fs::File as StdFile;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use casemate_crypto::attachment;
use casemate_engine::{FileRef, orphans};
use casemate_wire::ids::{BlobId, Hash32};
use http_body_util::BodyExt;
use hyper::StatusCode;
use tokio::fs::File;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};

use super::{Failed, Report};
use crate::client::disk;
use crate::client::http::{BlobServer, HttpError};

/// What systems answer where a disk cannot read a block.
const EIO: i32 = 5;

/// Where a download is and will be.
#[derive(Clone)]
pub struct Paths {
    part: PathBuf,
    whole: PathBuf,
    damaged: PathBuf,
}

impl Paths {
    /// In the blob folder.
    pub fn of(blobs: &Path, blob: &BlobId) -> Self {
        let name = blob.to_hex();
        Self {
            part: blobs.join(format!("{name}.part")),
            damaged: blobs.join(orphans::damaged(blob)),
            whole: blobs.join(name),
        }
    }

    /// The names in the folder are on the disk.
    fn sync_folder(&self) -> std::io::Result<()> {
        disk::sync_folder_of(&self.whole)
    }

    /// A damaged file leaves its name to one that is received again.
    pub fn set_aside(&self) -> std::io::Result<()> {
        std::fs::rename(&self.whole, &self.damaged)
    }

    /// Nothing half-fetched stays of a file that cannot come.
    pub fn remove_part(&self) {
        // Not there, or an orphan at the next start.
        let _ = std::fs::remove_file(&self.part);
    }
}

/// Fetches what is missing of the part file. `answered` tells whether the server began to send in this attempt.
pub async fn attempt(
    server: &BlobServer,
    paths: &Paths,
    file: &FileRef,
    report: &Report,
    answered: &AtomicBool,
) -> Result<(), Failed> {
    answered.store(false, Ordering::Relaxed);
    if tokio::fs::try_exists(&paths.whole).await.map_err(no_room)? {
        return Ok(());
    }
    let expected = attachment::encrypted_len(file.padded_bytes)
        .ok_or_else(|| Failed::Final("the description of the file is wrong".to_owned()))?;
    let mut part = File::from_std(disk::file(&paths.part).map_err(no_room)?);
    let mut has = part.metadata().await.map_err(no_room)?.len();
    if has > expected {
        restart(&mut part, &mut has).await?;
    }
    report.set(has);
    if has == expected {
        return Ok(());
    }
    let (mut body, start) = match server.download(&file.blob, has).await {
        Err(HttpError::Refused { status: StatusCode::RANGE_NOT_SATISFIABLE, why }) => {
            // The server's file is shorter than the part: not what was promised.
            restart(&mut part, &mut has).await?;
            return Err(Failed::Retry(why));
        }
        other => other?,
    };
    answered.store(true, Ordering::Relaxed);
    if start != has {
        restart(&mut part, &mut has).await?;
    }
    part.seek(std::io::SeekFrom::Start(has)).await.map_err(no_room)?;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Failed::Retry(format!("the connection broke: {error}")))?;
        let Ok(data) = frame.into_data() else { continue };
        has += data.len() as u64;
        if has > expected {
            return Err(Failed::Final("the server sent more than the sender announced".to_owned()));
        }
        part.write_all(&data).await.map_err(no_room)?;
        report.set(has);
    }
    part.flush().await.map_err(no_room)?;
    if has == expected { Ok(()) } else { Err(Failed::Retry("the connection ended early".to_owned())) }
}

/// Decrypts the part file to nowhere, checking every chunk and the hash, then gives it its name. What fails is
/// removed.
pub async fn verify(paths: Paths, file: FileRef) -> Result<(), Failed> {
    let verified = tokio::task::spawn_blocking(move || verify_now(&paths, &file)).await;
    verified.unwrap_or_else(|error| Err(Failed::Retry(error.to_string())))
}

fn verify_now(paths: &Paths, file: &FileRef) -> Result<(), Failed> {
    if !paths.part.exists() && paths.whole.exists() {
        // Named before the row knew of it, or one that a message has besides. What is damaged is not taken for it.
        let whole = StdFile::open(&paths.whole).map_err(no_room)?;
        return match decrypt(&whole, &mut std::io::sink(), file) {
            Ok(()) => whole.sync_all().and_then(|()| paths.sync_folder()).map_err(no_room),
            Err(error) if is_damage(&error) => {
                paths.set_aside().map_err(no_room)?;
                Err(Failed::Retry(format!("{error}; it is fetched again")))
            }
            Err(error) => Err(Failed::Final(format!("the file cannot be read on this device: {error}"))),
        };
    }
    let part = StdFile::open(&paths.part).map_err(no_room)?;
    let mut nowhere = std::io::sink();
    match decrypt(&part, &mut nowhere, file) {
        Ok(()) => {
            // Bytes, name, and the folder that has the name: only then may a row say that the file is here.
            // A sync that failed says nothing of what a second one says: the file is fetched anew.
            part.sync_all().inspect_err(|_| paths.remove_part()).map_err(no_room)?;
            disk::rename(&paths.part, &paths.whole).map_err(no_room)
        }
        Err(attachment::StreamError::Read(error)) => Err(no_room(error)),
        Err(error) => {
            paths.remove_part();
            Err(Failed::Final(format!("{error}; nothing of it was kept")))
        }
    }
}

/// Decrypts an encrypted file and checks all of it.
pub fn decrypt(
    encrypted: &StdFile,
    output: &mut dyn Write,
    file: &FileRef,
) -> Result<(), attachment::StreamError> {
    let mut reader = BufReader::with_capacity(128 * 1024, encrypted);
    attachment::decrypt_stream(
        &mut reader,
        output,
        file.size_bytes,
        file.padded_bytes,
        &attachment::AttachmentKey::new(file.key),
        Hash32(file.sha256),
        &mut |_| {},
    )
}

/// Whether an encrypted file itself is to blame. Too many open files, or a disk that is away, may pass.
pub fn is_damage(error: &attachment::StreamError) -> bool {
    match error {
        attachment::StreamError::Read(error) => {
            error.kind() == std::io::ErrorKind::UnexpectedEof || error.raw_os_error() == Some(EIO)
        }
        attachment::StreamError::Write(_) => false,
        _ => true,
    }
}

async fn restart(part: &mut File, has: &mut u64) -> Result<(), Failed> {
    part.set_len(0).await.map_err(no_room)?;
    *has = 0;
    Ok(())
}

fn no_room(error: std::io::Error) -> Failed {
    if error.kind() == std::io::ErrorKind::StorageFull {
        return Failed::NoRoom;
    }
    Failed::Final(format!("the file cannot be kept on this device: {error}"))
}
