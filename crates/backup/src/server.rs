//! A backup on the account's server: the engine encrypts, and moves the parts. Files are on the server for as long as their
//! messages are fresh; where they are to stay longer they are cut into parts like pieces, up to a limit.

use std::collections::BTreeSet;

use bytes::Bytes;
use casemate_api::command::{BackupFetch, BackupOpen, BackupStore};
use casemate_api::{Command, Error, Kind, view};
use casemate_content::proto::{BackupFile, BackupIndex, BackupPiece};
use data_encoding::{BASE64, HEXLOWER_PERMISSIVE as HEX};
use prost::Message as _;
use rand_chacha::ChaCha20Rng;
use zeroize::Zeroizing;

use crate::{Opened, Place, Source, ask};

/// A backup is verified in so many shares, one for each day: all of it in four weeks.
const SHARES: u64 = 28;

/// Larger files are left out: one is in memory while it is cut.
const FILE_BYTES: u64 = 32 * 1024 * 1024;

/// A part of a file. With a byte of padding it fills a MiB.
const PART_BYTES: usize = 1024 * 1024 - 1;

/// The server, by way of the engine.
pub struct ServerPlace<'a, S> {
    source: &'a S,
    /// For files that are not there yet.
    room_bytes: u64,
    takes_files: bool,
    /// Of which days the shares are verified this time, and what is said of it then.
    days: Vec<i64>,
    verified_day: Option<i64>,
    /// The beginnings of the names of pieces that hold no block of before.
    packed: BTreeSet<Vec<u8>>,
    /// The beginnings of the names of what is under the newest key, where there are others.
    renewed: Option<BTreeSet<Vec<u8>>>,
}

impl<'a, S: Source> ServerPlace<'a, S> {
    /// Opens the backup there, or begins one.
    pub async fn open(source: &'a S, wanted: BackupOpen) -> Result<Opened<Self>, Error> {
        let opened: view::BackupOpened = ask(source, Command::BackupOpen(wanted)).await?;
        let index = match opened.index {
            None => None,
            Some(index) => {
                let index = BASE64.decode(index.as_bytes()).ok();
                let index = index.and_then(|index| BackupIndex::decode(&index[..]).ok());
                Some(index.ok_or_else(|| {
                    let sentence = "The backup on the server is damaged: what it says about its contents cannot be read. \
                                    Nothing was changed.";
                    Error::new(Kind::Untrusted, sentence)
                })?)
            }
        };
        let names = |names: Vec<String>| -> BTreeSet<Vec<u8>> {
            names.iter().filter_map(|name| HEX.decode(name.as_bytes()).ok()).collect()
        };
        let there = index.iter().flat_map(|index| &index.files).map(|file| file.size_bytes).sum();
        let place = Self {
            source,
            room_bytes: opened.files_bytes.saturating_sub(there),
            takes_files: opened.files_bytes > 0,
            verified_day: opened.verify_days.last().copied(),
            days: opened.verify_days,
            packed: names(opened.packed),
            renewed: opened.renewed.map(names),
        };
        Ok(Opened { place, index, damaged: false })
    }

    /// All shares are verified this time.
    pub fn verify_all(&mut self) {
        self.days = (0..SHARES as i64).collect();
    }

    /// Names are hashes: shares are about the same size, and what is new takes its place among them.
    fn is_due(&self, name: &[u8]) -> bool {
        let number = name.iter().take(4).fold(0u64, |number, byte| (number << 8) | u64::from(*byte));
        let share = i64::try_from(number % SHARES).unwrap_or(0);
        self.days.iter().any(|day| day.rem_euclid(SHARES as i64) == share)
    }

    async fn store(&self, data: &[u8]) -> Result<BackupPiece, Error> {
        let store = BackupStore { data: BASE64.encode(data), ..BackupStore::default() };
        let stored: view::BackupStored = ask(self.source, Command::BackupStore(store)).await?;
        let name = HEX.decode(stored.name.as_bytes());
        let name = name.map_err(|error| Error::new(Kind::Invalid, error.to_string()))?;
        Ok(BackupPiece { name: name.into(), at: 0, size_bytes: stored.bytes })
    }

    async fn fetch(&self, piece: &BackupPiece) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let fetch = BackupFetch { name: HEX.encode(&piece.name), bytes: piece.size_bytes };
        let fetched: view::BackupFetched = ask(self.source, Command::BackupFetch(fetch)).await?;
        let data = fetched.data.and_then(|data| BASE64.decode(data.as_bytes()).ok());
        Ok(data.map(Zeroizing::new))
    }
}

impl<S: Source> Place for ServerPlace<'_, S> {
    async fn put_piece(&mut self, plain: &[u8], _: &mut ChaCha20Rng) -> Result<BackupPiece, Error> {
        self.store(plain).await
    }

    fn takes_files(&self) -> bool {
        self.takes_files
    }

    async fn put_file<T: Source>(
        &mut self,
        source: &T,
        file: &view::BlockFile,
    ) -> Result<Option<BackupFile>, Error> {
        let Ok(blob) = HEX.decode(file.blob.as_bytes()) else { return Ok(None) };
        if file.bytes > FILE_BYTES || file.bytes > self.room_bytes {
            return Ok(None);
        }
        let mut data = Vec::new();
        if !source.copy(&file.blob, &mut data).await? || data.len() as u64 != file.bytes {
            return Ok(None);
        }
        let mut parts = Vec::new();
        for part in data.chunks(PART_BYTES) {
            parts.push(self.store(part).await?);
        }
        self.room_bytes -= file.bytes;
        Ok(Some(BackupFile { blob: blob.into(), size_bytes: file.bytes, parts, ..BackupFile::default() }))
    }

    async fn put_index(
        &mut self,
        index: &BackupIndex,
        holed: &BTreeSet<Bytes>,
        _: &mut ChaCha20Rng,
    ) -> Result<u64, Error> {
        let parts = index.files.iter().flat_map(|file| &file.parts);
        let names = index.pieces.iter().chain(parts).map(|piece| HEX.encode(&piece.name)).collect();
        let packed = index.pieces.iter().filter(|piece| !holed.contains(&piece.name));
        let store = BackupStore {
            data: BASE64.encode(&index.encode_to_vec()),
            names: Some(names),
            verified_day: self.verified_day,
            packed: packed.map(|piece| HEX.encode(&piece.name)).collect(),
        };
        let stored: view::BackupStored = ask(self.source, Command::BackupStore(store)).await?;
        Ok(stored.bytes)
    }

    async fn piece(&mut self, piece: &BackupPiece) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        self.fetch(piece).await
    }

    async fn stands(&mut self, piece: &BackupPiece) -> Result<bool, Error> {
        Ok(!self.is_due(&piece.name) || self.fetch(piece).await?.is_some())
    }

    fn packs(&self) -> bool {
        true
    }

    fn is_packed(&self, name: &[u8]) -> bool {
        name.get(..16).is_some_and(|name| self.packed.contains(name))
    }

    fn names_damaged(&self) -> bool {
        // The server holds no index that names what it has not.
        false
    }

    async fn file_stands(&mut self, file: &BackupFile) -> Result<bool, Error> {
        for part in &file.parts {
            if !self.stands(part).await? {
                // It is put there anew.
                self.room_bytes = self.room_bytes.saturating_add(file.size_bytes);
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_file_of_before(&self, file: &BackupFile) -> bool {
        self.renewed.as_ref().is_some_and(|renewed| {
            file.parts.iter().any(|part| part.name.get(..16).is_none_or(|name| !renewed.contains(name)))
        })
    }

    async fn renew_file(&mut self, file: &BackupFile) -> Result<Option<BackupFile>, Error> {
        let mut parts = Vec::with_capacity(file.parts.len());
        for part in &file.parts {
            let Some(plain) = self.fetch(part).await? else { return Ok(None) };
            parts.push(self.store(&plain).await?);
        }
        Ok(Some(BackupFile { parts, ..file.clone() }))
    }

    async fn file<T: Source>(&mut self, source: &T, file: &BackupFile) -> Result<bool, Error> {
        let mut data = Vec::new();
        for part in &file.parts {
            match self.fetch(part).await? {
                Some(part) if data.len() + part.len() <= FILE_BYTES as usize => data.extend_from_slice(&part),
                _ => return Ok(false),
            }
        }
        if data.len() as u64 != file.size_bytes {
            return Ok(false);
        }
        source.bring(&HEX.encode(&file.blob), &mut &data[..]).await?;
        Ok(true)
    }
}
