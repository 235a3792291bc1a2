//! An encrypted file to the server, from where it has it.

use std::io::ErrorKind;
use std::path::Path;

use bytes::Bytes;
use casemate_wire::ids::{BlobId, UploadSecret};
use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::{Failed, Report, more_than_there_is};
use crate::client::http::{BlobServer, Body};

/// Bytes read at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// Asks how much is there and sends the rest.
pub async fn attempt(
    server: &BlobServer,
    path: &Path,
    blob: &BlobId,
    secret: &UploadSecret,
    bytes: u64,
    report: &Report,
) -> Result<(), Failed> {
    let missing = |error: std::io::Error| {
        let why = format!("the prepared file cannot be read: {error}");
        // All else may pass: too many open files, a disk that is away.
        if error.kind() == ErrorKind::NotFound { Failed::Final(why) } else { Failed::Retry(why) }
    };
    let mut file = File::open(path).await.map_err(missing)?;
    if file.metadata().await.map_err(missing)?.len() != bytes {
        return Err(Failed::Final("the prepared file is damaged; send it again".to_owned()));
    }
    let has = server.uploaded(blob, secret).await?;
    report.set(has);
    if has == bytes {
        return Ok(());
    }
    if has > bytes {
        return Err(more_than_there_is());
    }
    file.seek(std::io::SeekFrom::Start(has)).await.map_err(missing)?;
    Ok(server.upload(blob, secret, has, bytes - has, body(file, has, report.clone())).await?)
}

fn body(file: File, from: u64, report: Report) -> Body {
    let pieces = stream::try_unfold((file, from, report), |(mut file, mut sent, report)| async move {
        // What was asked for before has left for the socket.
        report.set(sent);
        let mut piece = vec![0; PIECE_BYTES];
        let read = file.read(&mut piece).await?;
        if read == 0 {
            return Ok(None);
        }
        piece.truncate(read);
        sent += read as u64;
        Ok(Some((Frame::data(Bytes::from(piece)), (file, sent, report))))
    });
    // A file is read from one task at a time; the lock only says so to the compiler.
    StreamBody::new(pieces).boxed()
}
