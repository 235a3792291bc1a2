//! An encrypted file from the server: into `{blob}.part`, and under its own name only once every chunk and the
//! hash of the whole were verified.

use std::fs::File as StdFile;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use casemate_crypto::attachment;
use casemate_engine::FileRef;
use casemate_wire::ids::{BlobId, Hash32};
use http_body_util::BodyExt;
use hyper::StatusCode;
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncSeekExt, AsyncWriteExt};

use super::{Failed, Report};
use crate::client::http::{BlobServer, HttpError};

/// Where a download is and will be.
#[derive(Clone)]
pub struct Paths {
    part: PathBuf,
    whole: PathBuf,
}

impl Paths {
    /// In the blob folder.
    pub fn of(blobs: &Path, blob: &BlobId) -> Self {
        let name = blob.to_hex();
        Self { part: blobs.join(format!("{name}.part")), whole: blobs.join(name) }
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
    let mut part = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&paths.part)
        .await
        .map_err(no_room)?;
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
        return Ok(());
    }
    let part = StdFile::open(&paths.part).map_err(no_room)?;
    let mut nowhere = std::io::sink();
    match decrypt(&part, &mut nowhere, file) {
        Ok(()) => {
            part.sync_all().map_err(no_room)?;
            std::fs::rename(&paths.part, &paths.whole).map_err(no_room)
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
