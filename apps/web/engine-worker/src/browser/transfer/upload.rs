//! An encrypted file to the server, from where it has it, a piece a request: `fetch` tells nothing of how far a body
//! is.

use std::io::ErrorKind;

use casemate_wire::ids::{BlobId, UploadSecret};

use super::{Failed, Report, more_than_there_is};
use crate::browser::blob_server::{BlobServer, piece};
use crate::browser::folder::{Folder, whole};

/// Bytes of a request. The server makes each durable; a larger one shows progress more rarely.
const PIECE_BYTES: u64 = 1024 * 1024;

/// Asks how much is there and sends the rest.
pub async fn attempt(
    server: &BlobServer,
    folder: &Folder,
    blob: &BlobId,
    secret: &UploadSecret,
    bytes: u64,
    report: &Report,
) -> Result<(), Failed> {
    let file = folder.blob(&whole(blob)).await.map_err(|error| {
        let why = format!("the prepared file cannot be read: {error}");
        // All else passes: a page that is just being left can read nothing any more.
        if error.kind() == ErrorKind::NotFound { Failed::Final(why) } else { Failed::Retry(why) }
    })?;
    if file.size() as u64 != bytes {
        return Err(Failed::Final("the prepared file is damaged; send it again".to_owned()));
    }
    let mut has = server.uploaded(blob, secret).await?;
    if has > bytes {
        return Err(more_than_there_is());
    }
    report.set(has);
    while has < bytes {
        let end = (has + PIECE_BYTES).min(bytes);
        server.upload(blob, secret, has, &piece(&file, has..end)?).await?;
        has = end;
        report.set(has);
    }
    Ok(())
}
