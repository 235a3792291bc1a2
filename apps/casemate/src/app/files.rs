//! Files between the page and the engine: what a person picked, on its way to being encrypted, and what is saved.
//!
//! A lent file stands in the home's folder `lent` until the command that names it was answered: the engine has its own
//! encrypted copy then, or does not want it. What a crash left is deleted at the next start.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use bytes::Bytes;
use casemate_api::Command;
use casemate_api::command::AttachmentSave;
use casemate_server::shell::http::{Body, text};
use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::{Request, Response, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{App, query};

/// Bytes read from a file at once.
const PIECE_BYTES: usize = 256 * 1024;

/// The longest name that is kept; file systems take 255 bytes.
const NAME_BYTES: usize = 200;

/// The folder of lent files.
pub struct Lent(PathBuf);

impl Lent {
    /// Opens it, empty.
    pub fn open(home: &Path) -> io::Result<Self> {
        let lent = Self(home.join("lent"));
        lent.clear();
        fs::create_dir_all(&lent.0)?;
        Ok(lent)
    }

    /// Deletes all that is there.
    pub fn clear(&self) {
        if let Err(error) = fs::remove_dir_all(&self.0)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "lent files could not be deleted");
        }
    }

    /// A new folder for one file, that nobody can guess.
    pub fn place(&self) -> io::Result<PathBuf> {
        let mut name = [0; 16];
        getrandom::fill(&mut name).map_err(io::Error::other)?;
        let place = self.0.join(data_encoding::HEXLOWER.encode(&name));
        fs::create_dir_all(&place)?;
        Ok(place)
    }

    /// Deletes a lent file; any other stays where it is.
    pub fn take_back(&self, path: &Path) {
        let Some(place) = self.place_of(path) else { return };
        if let Err(error) = fs::remove_dir_all(place)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "a lent file could not be deleted");
        }
    }

    /// The folder of a lent file; `None` for any other path.
    fn place_of(&self, path: &Path) -> Option<PathBuf> {
        let below = path.strip_prefix(&self.0).ok()?;
        let plain = below.components().all(|part| matches!(part, Component::Normal(_)));
        let place = self.0.join(below.components().next()?);
        (plain && below.components().count() == 2).then_some(place)
    }
}

/// `POST /file?name=…`: the body becomes a file, whose path is the answer.
pub async fn lend(app: &App, request: Request<Incoming>) -> Response<Body> {
    let name = query(&request, "name").unwrap_or_default();
    match keep(&app.lent, &name, request.into_body()).await {
        Ok(path) => {
            let mut response = text(StatusCode::OK, json!({ "path": path }).to_string());
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response
        }
        Err(error) => trouble(&error),
    }
}

async fn keep(lent: &Lent, name: &str, mut body: Incoming) -> io::Result<PathBuf> {
    let place = lent.place()?;
    let path = place.join(file_name(name));
    let kept = async {
        let mut file = tokio::fs::File::create(&path).await?;
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame.map_err(io::Error::other)?.into_data() {
                file.write_all(&data).await?;
            }
        }
        file.flush().await
    };
    match kept.await {
        Ok(()) => Ok(path),
        Err(error) => {
            let _ = fs::remove_dir_all(&place);
            Err(error)
        }
    }
}

/// `GET /file?message=…&index=…`: an attachment's bytes. They pass through a file that has no name any more when the
/// first byte leaves.
pub async fn read(app: &App, request: &Request<Incoming>) -> Response<Body> {
    let place = match app.lent.place() {
        Ok(place) => place,
        Err(error) => return trouble(&error),
    };
    let path = place.join("saved");
    let save = AttachmentSave {
        message: query(request, "message").unwrap_or_default(),
        index: query(request, "index").and_then(|index| index.parse().ok()).unwrap_or(0),
        path: path.to_string_lossy().into_owned(),
    };
    let opened = match app.client.call(Command::AttachmentSave(save)).await {
        Ok(_) => tokio::fs::File::open(&path).await,
        Err(error) => {
            let _ = fs::remove_dir_all(&place);
            return text(StatusCode::CONFLICT, error.message);
        }
    };
    let _ = fs::remove_dir_all(&place);
    match opened {
        Ok(file) => {
            let mut response = Response::new(stream_of(file));
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(error) => trouble(&error),
    }
}

/// A file's bytes as an answer.
pub fn stream_of(file: tokio::fs::File) -> Body {
    let pieces = stream::try_unfold(file, |mut file| async move {
        let mut piece = vec![0; PIECE_BYTES];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        Ok((read > 0).then(|| (Frame::data(Bytes::from(piece)), file)))
    });
    StreamBody::new(pieces).boxed_unsync()
}

/// The last part of a name, as a file system takes it. People see the name that the message carries.
fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut kept = String::new();
    for letter in last.chars().filter(|letter| !letter.is_control()) {
        if kept.len() + letter.len_utf8() > NAME_BYTES {
            break;
        }
        kept.push(letter);
    }
    if matches!(kept.as_str(), "" | "." | "..") { "file".to_owned() } else { kept }
}

/// What the page is told.
pub fn trouble(error: &io::Error) -> Response<Body> {
    let status = match error.kind() {
        io::ErrorKind::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    text(status, format!("the file could not be passed on: {error}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_names() {
        for (given, kept) in [
            ("a.txt", "a.txt"),
            ("../../etc/passwd", "passwd"),
            ("C:\\x\\رسالة.pdf", "رسالة.pdf"),
            ("", "file"),
            ("..", "file"),
            ("a\u{0}\nb", "ab"),
        ] {
            assert_eq!(file_name(given), kept);
        }
        assert!(file_name(&"ü".repeat(300)).len() <= NAME_BYTES);
    }

    #[test]
    fn only_lent_files_are_given_back() {
        let home = tempfile::tempdir().unwrap();
        let lent = Lent::open(home.path()).unwrap();
        let place = lent.place().unwrap();
        assert_eq!(lent.place_of(&place.join("a.txt")), Some(place.clone()));
        for other in [
            home.path().join("key"),
            home.path().join("lent/../key"),
            place.join("../../x"),
            place.clone(),
            PathBuf::from("/etc/passwd"),
        ] {
            assert_eq!(lent.place_of(&other), None, "{}", other.display());
        }
    }
}
