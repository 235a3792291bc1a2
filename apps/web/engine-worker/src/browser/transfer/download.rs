//! An encrypted file from the server: into its part file, and under its own name only once every chunk and the hash
//! of the whole were verified.

use std::cell::Cell;
use std::io::Write;

use casemate_crypto::attachment::{StreamError, encrypted_len};
use casemate_engine::{FileRef, orphans};

use super::{Failed, Report};
use crate::browser::blob_server::{BlobServer, HttpError};
use crate::browser::folder::{Folder, part, whole};
use crate::browser::js::pause;
use crate::cipher;

/// Fetches what is missing of the part file. `answered` tells whether the server began to send in this attempt.
pub async fn attempt(
    server: &BlobServer,
    folder: &Folder,
    file: &FileRef,
    report: &Report,
    answered: &Cell<bool>,
) -> Result<(), Failed> {
    answered.set(false);
    if folder.has(&whole(&file.blob)).await {
        return Ok(());
    }
    let expected = encrypted_len(file.padded_bytes)
        .ok_or_else(|| Failed::Final("the description of the file is wrong".to_owned()))?;
    let mut output = folder.file(&part(&file.blob), true).await.map_err(no_room)?;
    let mut has = output.size().map_err(no_room)?;
    if has > expected {
        output.clear().map_err(no_room)?;
        has = 0;
    }
    report.set(has);
    if has == expected {
        return Ok(());
    }
    let (mut body, start) = match server.download(&file.blob, has).await {
        Err(HttpError::Refused { status: 416, why }) => {
            // The server's file is shorter than the part: not what was promised.
            output.clear().map_err(no_room)?;
            return Err(Failed::Retry(why));
        }
        other => other?,
    };
    answered.set(true);
    if start != has {
        output.clear().map_err(no_room)?;
        has = 0;
    }
    output.seek_to(has);
    while let Some(data) = body.next().await? {
        has += data.len() as u64;
        if has > expected {
            return Err(Failed::Final("the server sent more than the sender announced".to_owned()));
        }
        output.write_all(&data).map_err(no_room)?;
        report.set(has);
    }
    output.flush().map_err(no_room)?;
    if has == expected { Ok(()) } else { Err(Failed::Retry("the connection ended early".to_owned())) }
}

/// Decrypts the part file to nowhere, checking every chunk and the hash, then gives it its name. What fails is
/// removed.
pub async fn verify(folder: &Folder, file: &FileRef) -> Result<(), Failed> {
    let (part, whole) = (part(&file.blob), whole(&file.blob));
    if folder.has(&whole).await {
        // Named before the row knew of it, or one that a message has besides. What is damaged is not taken for it.
        let checked = {
            let mut encrypted = folder.file(&whole, false).await.map_err(no_room)?;
            cipher::decrypt(&mut encrypted, &mut std::io::sink(), file, pause).await
        };
        return match checked {
            Ok(()) => Ok(()),
            Err(StreamError::Read(error)) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
                Err(no_room(error))
            }
            Err(error) => {
                folder.rename(&whole, &orphans::damaged(&file.blob)).await.map_err(no_room)?;
                Err(Failed::Retry(format!("{error}; it is fetched again")))
            }
        };
    }
    let checked = {
        let mut encrypted = folder.file(&part, false).await.map_err(no_room)?;
        cipher::decrypt(&mut encrypted, &mut std::io::sink(), file, pause).await
    };
    match checked {
        Ok(()) => folder.rename(&part, &whole).await.map_err(no_room),
        Err(StreamError::Read(error)) => Err(no_room(error)),
        Err(error) => {
            folder.remove(&part).await;
            Err(Failed::Final(format!("{error}; nothing of it was kept")))
        }
    }
}

/// Nothing half-fetched stays of a file that cannot come.
pub async fn give_up(folder: &Folder, file: &FileRef) {
    folder.remove(&part(&file.blob)).await;
}

fn no_room(error: std::io::Error) -> Failed {
    if error.kind() == std::io::ErrorKind::StorageFull {
        return Failed::NoRoom;
    }
    Failed::Final(format!("the file cannot be kept in this browser: {error}"))
}
