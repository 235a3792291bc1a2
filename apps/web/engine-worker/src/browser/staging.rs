//! From a file that a person picked to one that is ready to send: looked at and stripped by guard, encrypted into
//! the blob folder. Memory stays flat whatever the size.

use std::cell::Cell;
use std::io::{ErrorKind, Write};
use std::rc::Rc;

use casemate_api::command::AttachmentKind;
use casemate_api::{Error, Kind};
use casemate_crypto::attachment::{AttachmentKey, StreamError, padded_len};
use casemate_engine::{Staged, Wanted};
use casemate_guard::Inspection;
use casemate_wire::ids::BlobId;
use casemate_wire::limits::BLOB_BYTES;
use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::folder::{Folder, unfinished, whole};
use super::guard::Guard;
use super::js::{io_error, pause};
use crate::cipher;

/// Files of one command; the engine's limit for a message too. More is refused before any is read.
const FILES: usize = 32;
/// Bytes of a picked file in memory at a time.
const WINDOW_BYTES: u64 = 1024 * 1024;

/// A file that the page lent.
#[derive(Clone)]
pub struct Lent {
    /// Its bytes.
    pub blob: Blob,
    /// Its name, without a path.
    pub name: String,
    /// The person who chose it wants it sent no more.
    pub stopped: Rc<Cell<bool>>,
    /// Tells the page how many bytes of it were made ready.
    pub made: Rc<dyn Fn(u64)>,
}

impl Lent {
    fn still_wanted(&self) -> Result<(), Error> {
        match self.stopped.get() {
            true => Err(Error::new(Kind::NotAllowed, "You cancelled this.")),
            false => Ok(()),
        }
    }
}

/// Makes all of them ready, or none.
pub async fn stage(folder: &Folder, guard: &Guard, files: &[(Wanted, Lent)]) -> Result<Vec<Staged>, Error> {
    if files.len() > FILES {
        return Err(Error::new(
            Kind::Invalid,
            format!("A message has at most {FILES} files; send the rest in another."),
        ));
    }
    let mut staged: Vec<Staged> = Vec::with_capacity(files.len());
    for (wanted, lent) in files {
        match stage_one(folder, guard, wanted, lent).await {
            Ok(one) => staged.push(one),
            Err(error) => {
                for Staged { blob, .. } in &staged {
                    folder.remove(&whole(blob)).await;
                }
                return Err(error);
            }
        }
    }
    Ok(staged)
}

async fn stage_one(folder: &Folder, guard: &Guard, wanted: &Wanted, lent: &Lent) -> Result<Staged, Error> {
    if lent.blob.size() as u64 > BLOB_BYTES {
        return Err(Error::new(Kind::TooLarge, format!("{} is too large to send.", lent.name)));
    }
    lent.still_wanted()?;
    let found = guard.inspect(&lent.blob, &lent.name).await?;
    lent.still_wanted()?;
    let kind = choose_kind(wanted.kind, &found, &lent.name)?;
    let by_itself =
        kind != AttachmentKind::Document && !wanted.keep_metadata && found.media_type.is_strippable();
    let strip = wanted.clean || by_itself;
    let plain =
        if strip { guard.strip(&lent.blob, found.media_type, &lent.name).await? } else { lent.blob.clone() };
    let size_bytes = plain.size() as u64;
    let encrypted = encrypt(folder, &plain, size_bytes, lent).await?;
    Ok(Staged {
        blob: encrypted.blob,
        key: encrypted.key,
        name: found.name,
        kind,
        media_type: found.media_type.mime().to_owned(),
        size_bytes,
        sha256: encrypted.sha256,
        padded_bytes: padded_len(size_bytes),
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
    let (asked, fits, what) = match wanted {
        None => return Ok(by_structure),
        Some(AttachmentKind::Document) => return Ok(AttachmentKind::Document),
        Some(asked @ (AttachmentKind::Sticker | AttachmentKind::Photo)) => {
            (asked, by_structure == AttachmentKind::Photo, "picture")
        }
        Some(asked @ AttachmentKind::Video) => (asked, by_structure == asked, "video"),
        Some(asked @ AttachmentKind::Voice) => (asked, by_structure == asked, "voice message"),
    };
    if fits {
        return Ok(asked);
    }
    let sentence = format!("{name} is not a {what} that Casemate can show; send it as a document instead.");
    Err(Error::new(Kind::Invalid, sentence))
}

struct Encrypted {
    blob: BlobId,
    key: [u8; 32],
    sha256: [u8; 32],
}

/// Encrypts with a fresh key into the folder, where the file has its name only once it is complete.
async fn encrypt(folder: &Folder, plain: &Blob, size_bytes: u64, lent: &Lent) -> Result<Encrypted, Error> {
    let (mut blob, mut key) = (BlobId([0; 16]), [0; 32]);
    let filled = getrandom::fill(&mut blob.0).and_then(|()| getrandom::fill(&mut key));
    filled.map_err(|error| {
        Error::new(Kind::NotAllowed, format!("The browser gives no random numbers: {error}."))
    })?;
    let path = unfinished(&blob);
    let written = write(folder, &path, plain, size_bytes, &key, lent).await;
    let renamed = match written {
        Ok(sha256) => folder
            .rename(&path, &whole(&blob))
            .await
            .map(|()| Encrypted { blob, key, sha256 })
            .map_err(StreamError::Write),
        Err(error) => Err(error),
    };
    match renamed {
        Ok(encrypted) => Ok(encrypted),
        Err(error) => {
            folder.remove(&path).await;
            lent.still_wanted()?;
            Err(in_words(&lent.name, &error))
        }
    }
}

async fn write(
    folder: &Folder,
    path: &str,
    plain: &Blob,
    size_bytes: u64,
    key: &[u8; 32],
    lent: &Lent,
) -> Result<[u8; 32], StreamError> {
    let mut output = folder.file(path, true).await.map_err(StreamError::Write)?;
    let mut window = Window { blob: plain, lent, size_bytes, at: 0, bytes: Vec::new(), used: 0 };
    let read = async |buffer: &mut [u8]| window.fill(buffer).await;
    let sha256 = cipher::encrypt(read, &mut output, size_bytes, &AttachmentKey::new(*key), pause).await?;
    output.flush().map_err(StreamError::Write)?;
    Ok(sha256)
}

/// A picked file, and a piece of it in memory.
struct Window<'a> {
    blob: &'a Blob,
    lent: &'a Lent,
    size_bytes: u64,
    at: u64,
    bytes: Vec<u8>,
    used: usize,
}

impl Window<'_> {
    async fn fill(&mut self, mut buffer: &mut [u8]) -> std::io::Result<()> {
        while !buffer.is_empty() {
            if self.used == self.bytes.len() {
                self.next().await?;
            }
            let take = buffer.len().min(self.bytes.len() - self.used);
            let (now, later) = buffer.split_at_mut(take);
            now.copy_from_slice(&self.bytes[self.used..self.used + take]);
            self.used += take;
            buffer = later;
        }
        Ok(())
    }

    async fn next(&mut self) -> std::io::Result<()> {
        if self.lent.stopped.get() {
            return Err(ErrorKind::Interrupted.into());
        }
        let end = (self.at + WINDOW_BYTES).min(self.size_bytes);
        // A file that changed since it was picked cannot be read any more: browsers see to that.
        let piece = self.blob.slice_with_f64_and_f64(self.at as f64, end as f64);
        let piece = piece.map_err(|error| io_error(&error))?;
        let buffer = JsFuture::from(piece.array_buffer()).await.map_err(|error| io_error(&error))?;
        self.bytes = Uint8Array::new(buffer.unchecked_ref()).to_vec();
        if self.bytes.is_empty() {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.at += self.bytes.len() as u64;
        self.used = 0;
        (self.lent.made)(self.at);
        Ok(())
    }
}

fn in_words(name: &str, error: &StreamError) -> Error {
    match error {
        StreamError::Write(error) if error.kind() == ErrorKind::StorageFull => Error::new(
            Kind::StorageFull,
            format!("There is no room here to prepare {name}. Nothing was sent."),
        ),
        StreamError::Write(error) => {
            let sentence =
                format!("{name} could not be prepared in this browser: {error}. Nothing was sent.");
            Error::new(Kind::NotAllowed, sentence)
        }
        StreamError::Read(error) => {
            Error::new(Kind::Invalid, format!("{name} cannot be read: {error}. Nothing was sent."))
        }
        StreamError::SizeChanged | StreamError::Tampered | StreamError::BadDescriptor => {
            let sentence = format!("{name} changed while it was read, so nothing was sent. Try again.");
            Error::new(Kind::Invalid, sentence)
        }
    }
}
