//! The folder of encrypted files, on OPFS. They stay until the engine says that nothing needs them: half an upload
//! goes on after a reload, half a download too.

use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};

use casemate_engine::orphans::{self, Blobs, Chore};
use casemate_wire::ids::BlobId;
use js_sys::{IteratorNext, JsString};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    File, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions,
    FileSystemGetFileOptions, FileSystemReadWriteOptions, FileSystemSyncAccessHandle, WorkerNavigator,
};

use super::js::{io_error, scope};

const NAME: &str = "casemate-blobs";

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = FileSystemFileHandle)]
    type Movable;
    #[wasm_bindgen(method, catch, js_name = "move")]
    async fn move_to(this: &Movable, name: &str) -> Result<JsValue, JsValue>;
}

/// The folder. Cheap to clone.
#[derive(Clone)]
pub struct Folder(FileSystemDirectoryHandle);

/// The name of a file that is whole.
pub fn whole(blob: &BlobId) -> String {
    blob.to_hex()
}

/// The name of a download that is not whole yet.
pub fn part(blob: &BlobId) -> String {
    format!("{}.part", blob.to_hex())
}

/// The name of a file that is being encrypted.
pub fn unfinished(blob: &BlobId) -> String {
    format!("{}.new", blob.to_hex())
}

impl Folder {
    /// Opens or makes it.
    pub async fn open() -> std::io::Result<Self> {
        let navigator: WorkerNavigator = scope().navigator();
        let root: FileSystemDirectoryHandle = JsFuture::from(navigator.storage().get_directory())
            .await
            .map_err(|error| io_error(&error))?
            .into();
        let options = FileSystemGetDirectoryOptions::new();
        options.set_create(true);
        let folder = JsFuture::from(root.get_directory_handle_with_options(NAME, &options)).await;
        Ok(Self(folder.map_err(|error| io_error(&error))?.into()))
    }

    /// Opens a file to read and write; makes it where `create` says so.
    pub async fn file(&self, name: &str, create: bool) -> std::io::Result<OpenFile> {
        let handle = self.handle(name, create).await?;
        let opened = JsFuture::from(handle.create_sync_access_handle()).await;
        Ok(OpenFile { handle: opened.map_err(|error| io_error(&error))?.into(), at: 0 })
    }

    /// A file as the browser reads it, for `fetch`. Not while it is open.
    pub async fn blob(&self, name: &str) -> std::io::Result<File> {
        let handle = self.handle(name, false).await?;
        Ok(JsFuture::from(handle.get_file()).await.map_err(|error| io_error(&error))?.into())
    }

    /// Whether there is such a file.
    pub async fn has(&self, name: &str) -> bool {
        self.handle(name, false).await.is_ok()
    }

    /// Gives a file another name, in one step. Not while it is open.
    pub async fn rename(&self, from: &str, to: &str) -> std::io::Result<()> {
        let handle: Movable = self.handle(from, false).await?.unchecked_into();
        handle.move_to(to).await.map(drop).map_err(|error| io_error(&error))
    }

    /// Removes a file. What cannot be removed now is an orphan at the next start.
    pub async fn remove(&self, name: &str) {
        let _ = JsFuture::from(self.0.remove_entry(name)).await;
    }

    /// Sets aside every file that no row of the database needs, and gives those that a row calls stored and that are not there.
    /// Where not all rows or names could be read, nobody knows: every file stays, and none is missing.
    pub async fn tidy_up(&self, rows: rusqlite::Result<Blobs>, now_ms: i64) -> Vec<BlobId> {
        let (Ok(rows), Ok(before)) = (rows, self.names().await) else { return Vec::new() };
        for chore in orphans::chores(&before, &rows.needed, now_ms) {
            match chore {
                // What cannot have another name now has it after another start.
                Chore::Rename { from, to } => drop(self.rename(&from, &to).await),
                Chore::Remove(name) => self.remove(&name).await,
            }
        }
        // What got its name back is here.
        let after = self.names().await;
        after.map(|after| orphans::missing(&after, &rows.stored)).unwrap_or_default()
    }

    /// Removes every file.
    pub async fn clear(&self) {
        // What cannot be listed now is an orphan at the next start.
        for name in self.names().await.unwrap_or_default() {
            self.remove(&name).await;
        }
    }

    /// All names, or an error.
    async fn names(&self) -> std::io::Result<Vec<String>> {
        let mut names = Vec::new();
        let keys = self.0.keys();
        loop {
            let next = keys.next().map_err(|error| io_error(&error))?;
            let next: IteratorNext =
                JsFuture::from(next).await.map_err(|error| io_error(&error))?.unchecked_into();
            if next.done() {
                return Ok(names);
            }
            names.extend(next.value().dyn_into::<JsString>().ok().map(String::from));
        }
    }

    async fn handle(&self, name: &str, create: bool) -> std::io::Result<FileSystemFileHandle> {
        let options = FileSystemGetFileOptions::new();
        options.set_create(create);
        let handle = JsFuture::from(self.0.get_file_handle_with_options(name, &options)).await;
        Ok(handle.map_err(|error| io_error(&error))?.into())
    }
}

/// An open file, for this Worker alone until it is dropped. Reads and writes from its place on.
pub struct OpenFile {
    handle: FileSystemSyncAccessHandle,
    at: u64,
}

impl OpenFile {
    /// How long it is.
    pub fn size(&self) -> std::io::Result<u64> {
        Ok(self.handle.get_size().map_err(|error| io_error(&error))? as u64)
    }

    /// Where to read or write next.
    pub fn seek_to(&mut self, at: u64) {
        self.at = at;
    }

    /// Cuts it to nothing.
    pub fn clear(&mut self) -> std::io::Result<()> {
        self.at = 0;
        self.end_at(0)
    }

    /// Ends it here.
    pub fn end_at(&mut self, length: u64) -> std::io::Result<()> {
        self.handle.truncate_with_f64(length as f64).map_err(|error| io_error(&error))
    }

    fn place(&self) -> FileSystemReadWriteOptions {
        let options = FileSystemReadWriteOptions::new();
        options.set_at(self.at as f64);
        options
    }
}

impl Read for OpenFile {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.handle.read_with_u8_array_and_options(buffer, &self.place());
        let read = read.map_err(|error| io_error(&error))? as usize;
        self.at += read as u64;
        Ok(read)
    }
}

impl Write for OpenFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.handle.write_with_u8_array_and_options(bytes, &self.place());
        let written = written.map_err(|error| io_error(&error))? as usize;
        if written < bytes.len() {
            return Err(std::io::Error::new(
                std::io::ErrorKind::StorageFull,
                "the browser gives no more room",
            ));
        }
        self.at += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.handle.flush().map_err(|error| io_error(&error))
    }
}

impl Seek for OpenFile {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size()?.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        self.handle.close();
    }
}
