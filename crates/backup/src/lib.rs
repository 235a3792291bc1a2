//! The encrypted backup of the history: written bit by bit, read as a whole. Its format stands in docs/backup-format.md.
//!
//! ```text
//! engine ── blocks of messages ──▶ those that changed ──▶ pieces, padded and encrypted ──▶ a place
//!                                                    └──▶ index: which block is in which piece
//! ```
//! A piece never changes once it is written, and is named by its hash. What is new goes into new pieces; a new index says
//! what holds. Whatever is interrupted goes on: until the new index is written the old one holds.
//!
//! Not here: keys and encryption (`casemate-crypto`), what a block is (`casemate-engine`), and opening files, which is the
//! drivers' part.

mod create;
mod file;
mod restore;
mod server;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::future::Future;
use std::io::{Read, Write};

use casemate_api::command::{BackupAuthor, BackupCreate, BackupOpen, BackupRestore};
use casemate_api::{Command, Error, Kind, view};

use bytes::Bytes;
use casemate_content::proto::{BackupFile, BackupIndex, BackupPiece};
use casemate_wire::ids::Hash32;
use data_encoding::{BASE64, HEXLOWER_PERMISSIVE as HEX};
use prost::Message as _;
use rand_chacha::ChaCha20Rng;
use serde::de::DeserializeOwned;
use serde_json::Value;
use zeroize::Zeroizing;

pub use file::Store;

use crate::file::FilePlace;
use crate::server::ServerPlace;

/// The device that is backed up, or restored.
pub trait Source {
    /// A command of the interface and its answer.
    fn ask(&self, command: Command) -> impl Future<Output = Result<Value, Error>>;

    /// Copies an encrypted file of this device; false where it is not there.
    fn copy(&self, blob: &str, to: &mut dyn Write) -> impl Future<Output = Result<bool, Error>>;

    /// Takes an encrypted file in, unless it is here; all of it or nothing.
    fn bring(&self, blob: &str, from: &mut dyn Read) -> impl Future<Output = Result<(), Error>>;

    /// How far it is.
    fn tell(&self, done: u64, of: u64);

    /// Its person wants no more of it.
    fn is_cancelled(&self) -> bool;
}

/// Where a backup is kept. What is put is padded and encrypted there.
trait Place {
    /// Keeps a piece, and says where.
    async fn put_piece(&mut self, plain: &[u8], rng: &mut ChaCha20Rng) -> Result<BackupPiece, Error>;

    /// Whether files are kept here at all.
    fn takes_files(&self) -> bool;

    /// Keeps an encrypted file and says where; `None` where it cannot be read, or there is no room for it.
    async fn put_file<S: Source>(
        &mut self,
        source: &S,
        file: &view::BlockFile,
    ) -> Result<Option<BackupFile>, Error>;

    /// What holds from now on; says how many bytes that took. All that it names is durable before.
    /// `holed`: its pieces that hold blocks of before.
    async fn put_index(
        &mut self,
        index: &BackupIndex,
        holed: &BTreeSet<Bytes>,
        rng: &mut ChaCha20Rng,
    ) -> Result<u64, Error>;

    /// A piece as it was put; `None` where it is not there so.
    async fn piece(&mut self, piece: &BackupPiece) -> Result<Option<Zeroizing<Vec<u8>>>, Error>;

    /// Whether a piece is there as it was put; true also where it is not its turn to be verified.
    async fn stands(&mut self, piece: &BackupPiece) -> Result<bool, Error>;

    /// The same of a file.
    async fn file_stands(&mut self, file: &BackupFile) -> Result<bool, Error>;

    /// Whether pieces that hold blocks of before are written anew: then what was deleted is gone from here. A file only grows.
    fn packs(&self) -> bool;

    /// Whether all that a piece of the index that was opened holds is known to be named there.
    fn is_packed(&self, name: &[u8]) -> bool;

    /// Whether parts of a file are to be written anew: they are under a key of before.
    fn is_file_of_before(&self, file: &BackupFile) -> bool;

    /// Writes them anew; `None` where they cannot be read now.
    async fn renew_file(&mut self, file: &BackupFile) -> Result<Option<BackupFile>, Error>;

    /// Whether an index may go on naming what is not there as it was put: it may be read another time.
    fn names_damaged(&self) -> bool;

    /// Gives a file to the device; false where it is not there as it was put.
    async fn file<S: Source>(&mut self, source: &S, file: &BackupFile) -> Result<bool, Error>;
}

/// Brings a backup in a file up to date, or begins one where the file is empty.
pub async fn create<S: Source, F: Store>(
    source: &S,
    file: F,
    passphrase: &str,
    now_ms: i64,
    rng: &mut ChaCha20Rng,
) -> Result<view::BackedUp, Error> {
    let opened = FilePlace::open_or_begin(file, passphrase, rng)?;
    create::create(source, opened, now_ms, rng).await
}

/// Brings back what a file holds.
pub async fn restore<S: Source, F: Store>(
    source: &S,
    file: F,
    passphrase: &str,
) -> Result<view::BackupRestored, Error> {
    restore::restore(source, FilePlace::open(file, passphrase)?).await
}

/// Brings the backup on the account's server up to date, or begins one there.
pub async fn create_on_server<S: Source>(
    source: &S,
    wanted: &BackupCreate,
    now_ms: i64,
    rng: &mut ChaCha20Rng,
) -> Result<view::BackedUp, Error> {
    let open = BackupOpen {
        passphrase: wanted.passphrase.clone(),
        replace: wanted.replace,
        files: wanted.files,
        ..BackupOpen::default()
    };
    let made = create::create(source, ServerPlace::open(source, open).await?, now_ms, rng).await;
    match made {
        // The server has not all that an index names: what is missing is looked for at once, and written again.
        Err(error) if error.kind == Kind::NotFound => {
            let mut opened = ServerPlace::open(source, BackupOpen::default()).await?;
            opened.place.verify_all();
            create::create(source, opened, now_ms, rng).await
        }
        made => made,
    }
}

/// Brings back what the server holds.
pub async fn restore_from_server<S: Source>(
    source: &S,
    wanted: &BackupRestore,
) -> Result<view::BackupRestored, Error> {
    let open = BackupOpen {
        passphrase: wanted.passphrase.clone(),
        passkey: wanted.passkey.clone(),
        restore: true,
        ..BackupOpen::default()
    };
    restore::restore(source, ServerPlace::open(source, open).await?).await
}

/// What a backup's author signs: all of its index but who that is.
fn signed_hash(index: &BackupIndex) -> Hash32 {
    let bare = BackupIndex { manifest: Vec::new().into(), signature: Vec::new().into(), ..index.clone() };
    Hash32::of(&[&bare.encode_to_vec()])
}

/// Who wrote it, as it says; `None` where nobody signed it.
fn author(index: &BackupIndex) -> Option<BackupAuthor> {
    (!index.signature.is_empty()).then(|| BackupAuthor {
        hash: HEX.encode(&signed_hash(index).0),
        device: HEX.encode(&index.device),
        manifest: BASE64.encode(&index.manifest),
        signature: BASE64.encode(&index.signature),
    })
}

/// A backup that was opened.
struct Opened<P> {
    place: P,
    /// What holds now; `None` in a new one.
    index: Option<BackupIndex>,
    /// There is a newer one that cannot be read.
    damaged: bool,
}

/// What was done stays.
fn go_on<S: Source>(source: &S) -> Result<(), Error> {
    if source.is_cancelled() {
        let sentence = "This was stopped. What was done of it stays, and begun again it goes on.";
        return Err(Error::new(Kind::NotAllowed, sentence));
    }
    Ok(())
}

async fn ask<S: Source, T: DeserializeOwned>(source: &S, command: Command) -> Result<T, Error> {
    let answer = source.ask(command).await?;
    serde_json::from_value(answer).map_err(|error| Error::new(Kind::Invalid, error.to_string()))
}
