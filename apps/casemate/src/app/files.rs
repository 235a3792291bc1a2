//! Files between the page and the engine: what a person picked, on its way to being encrypted, and what is saved.
//!
//! A lent file stands in the home's folder `lent` until the command that names it was answered: the engine has its own
//! encrypted copy then, or does not want it. It goes also where the page goes before. What a crash left is deleted at the next
//! start. No other file of this machine can be named over the page's session.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use casemate_api::Command;
use casemate_api::command::AttachmentSave;
use casemate_guard::name::safe_name;
use casemate_server::shell::http::{Body, text};
use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::{Request, Response, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{App, query};
use crate::client::disk;

/// Bytes read from a file at once.
const PIECE_BYTES: usize = 256 * 1024;

/// The folder of lent files, and what of them this run's page may name.
pub struct Lent {
    folder: PathBuf,
    /// By their paths: what the page put here and no command took yet.
    files: RefCell<HashMap<PathBuf, Place>>,
    /// Pages so far.
    pages: Cell<u64>,
}

/// A folder for one file. It goes when this is dropped, however what it was for ended.
pub struct Place(PathBuf);

impl Drop for Place {
    fn drop(&mut self) {
        remove(&self.0);
    }
}

impl Place {
    /// Where a file in it is.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Lent {
    /// Opens it, empty. Only who holds the home's lock may: another run's files would go.
    pub fn open(home: &Path) -> io::Result<Self> {
        let lent = Self { folder: home.join("lent"), files: RefCell::default(), pages: Cell::new(0) };
        lent.clear();
        disk::own_folder(&lent.folder)?;
        Ok(lent)
    }

    /// Deletes all that is there.
    pub fn clear(&self) {
        self.files.borrow_mut().clear();
        remove(&self.folder);
    }

    /// A new folder for one file, that nobody can guess.
    pub fn place(&self) -> io::Result<Place> {
        let mut name = [0; 16];
        getrandom::fill(&mut name).map_err(io::Error::other)?;
        let place = self.folder.join(data_encoding::HEXLOWER.encode(&name));
        disk::own_folder(&place)?;
        Ok(Place(place))
    }

    /// The page may name this file from now on.
    fn keep(&self, place: Place, path: PathBuf) {
        self.files.borrow_mut().insert(path, place);
    }

    /// Hands the files of one command over to it: they go when what comes back is dropped. `Err` has a path that the page did not
    /// lend, and then none is handed over.
    pub fn hand_over(&self, paths: &[String]) -> Result<Vec<Place>, String> {
        let mut files = self.files.borrow_mut();
        if let Some(other) = paths.iter().find(|path| !files.contains_key(Path::new(path))) {
            return Err(other.clone());
        }
        // One that is named twice is there once.
        Ok(paths.iter().filter_map(|path| files.remove(Path::new(path))).collect())
    }

    /// A page has the engine; its number. What the one before it lent, and no command took, goes.
    pub fn begin(&self) -> u64 {
        self.pages.update(|pages| pages + 1);
        self.files.borrow_mut().clear();
        self.pages.get()
    }

    /// A page is gone, and what it lent goes too; not what another one lent that has its place already.
    pub fn end(&self, page: u64) {
        if page == self.pages.get() {
            self.files.borrow_mut().clear();
        }
    }
}

fn remove(folder: &Path) {
    if let Err(error) = fs::remove_dir_all(folder)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "lent files could not be deleted");
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
    // Gone with the request, where that breaks off.
    let place = lent.place()?;
    let path = place.file(&file_name(name));
    let mut file = tokio::fs::File::from_std(disk::new_file(&path)?);
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.map_err(io::Error::other)?.into_data() {
            file.write_all(&data).await?;
        }
    }
    file.flush().await?;
    lent.keep(place, path.clone());
    Ok(path)
}

/// `GET /file?message=…&index=…`: an attachment's bytes. They pass through a file that has no name any more when the
/// first byte leaves.
pub async fn read(app: &App, request: &Request<Incoming>) -> Response<Body> {
    let place = match app.lent.place() {
        Ok(place) => place,
        Err(error) => return trouble(&error),
    };
    let path = place.file("saved");
    let save = AttachmentSave {
        message: query(request, "message").unwrap_or_default(),
        index: query(request, "index").and_then(|index| index.parse().ok()).unwrap_or(0),
        path: path.to_string_lossy().into_owned(),
    };
    let opened = match app.client.call(Command::AttachmentSave(save)).await {
        Ok(_) => tokio::fs::File::open(&path).await,
        Err(error) => return text(StatusCode::CONFLICT, error.message),
    };
    drop(place);
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
    safe_name(name.rsplit(['/', '\\']).next().unwrap_or_default())
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
            ("\u{200b}.bash_profile", "bash_profile"),
        ] {
            assert_eq!(file_name(given), kept);
        }
        assert!(file_name(&"ü".repeat(300)).len() <= 255);
    }

    #[test]
    fn lent_file_is_taken_once_and_goes_with_who_took_it() {
        let home = tempfile::tempdir().unwrap();
        let lent = Lent::open(home.path()).unwrap();
        let lend = || {
            let place = lent.place().unwrap();
            let path = place.file("a.txt");
            std::fs::write(&path, "x").unwrap();
            lent.keep(place, path.clone());
            path.to_str().unwrap().to_owned()
        };
        let (one, two, left) = (lend(), lend(), lend());
        std::fs::write(home.path().join("key"), "x").unwrap();
        for other in [
            home.path().join("key").to_str().unwrap(),
            home.path().join("lent/../key").to_str().unwrap(),
            "/etc/passwd",
            "",
            &format!("{one}/../b.txt"),
        ] {
            assert_eq!(lent.hand_over(&[one.clone(), other.to_owned()]).err(), Some(other.to_owned()));
        }
        let taken = lent.hand_over(&[one.clone(), two.clone(), one.clone()]).unwrap();
        assert!(Path::new(&one).exists() && Path::new(&two).exists());
        assert_eq!(lent.hand_over(std::slice::from_ref(&one)).err(), Some(one.clone()), "taken twice");
        drop(taken);
        assert!(!Path::new(&one).exists() && !Path::new(&two).exists() && Path::new(&left).exists());
        let first = lent.begin();
        assert!(!Path::new(&left).exists(), "lent before any page had the engine");
        let of_first = lend();
        let second = lent.begin();
        let of_second = lend();
        lent.end(first);
        assert!(!Path::new(&of_first).exists() && Path::new(&of_second).exists());
        lent.end(second);
        assert_eq!(fs::read_dir(home.path().join("lent")).unwrap().count(), 0);
    }
}
