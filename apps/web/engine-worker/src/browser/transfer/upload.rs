//! An encrypted file to the server, from where it has it, a piece a request: `fetch` tells nothing of how far a body
//! is.

use casemate_wire::ids::{BlobId, UploadSecret};

use super::{Failed, Report, more_than_there_is};
use crate::browser::blob_server::{BlobServer, HttpError, piece};
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
    let file = folder
        .blob(&whole(blob))
        .await
        .map_err(|error| Failed::Final(format!("the prepared file cannot be read: {error}")))?;
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
        match server.upload(blob, secret, has, &piece(&file, has..end)?).await {
            // Another attempt of ours is still being written there; ask again.
            Err(HttpError::Refused { status: 409, why }) => return Err(Failed::Retry(why)),
            other => other?,
        }
        has = end;
        report.set(has);
    }
    Ok(())
}
