//! A backup on the account's server: the engine encrypts, and moves the parts. Files are on the server for as long as their
//! messages are fresh, and are no part of it.

use casemate_api::command::{BackupFetch, BackupOpen, BackupStore};
use casemate_api::{Command, Error, Kind, view};
use casemate_content::proto::{BackupFile, BackupIndex, BackupPiece};
use data_encoding::{BASE64, HEXLOWER_PERMISSIVE as HEX};
use prost::Message as _;
use rand_chacha::ChaCha20Rng;
use zeroize::Zeroizing;

use crate::{Opened, Place, Source, ask};

/// The server, by way of the engine.
pub struct ServerPlace<'a, S>(&'a S);

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
                    let sentence = "What the backup on the server says about its contents cannot be read.";
                    Error::new(Kind::Untrusted, sentence)
                })?)
            }
        };
        Ok(Opened { place: Self(source), index })
    }
}

impl<S: Source> Place for ServerPlace<'_, S> {
    async fn put_piece(&mut self, plain: &[u8], _: &mut ChaCha20Rng) -> Result<BackupPiece, Error> {
        let store = BackupStore { data: BASE64.encode(plain), names: None };
        let stored: view::BackupStored = ask(self.0, Command::BackupStore(store)).await?;
        let name = HEX.decode(stored.name.as_bytes());
        let name = name.map_err(|error| Error::new(Kind::Invalid, error.to_string()))?;
        Ok(BackupPiece { name: name.into(), at: 0, size_bytes: stored.bytes })
    }

    async fn put_file<T: Source>(&mut self, _: &T, _: &view::BlockFile) -> Result<Option<BackupFile>, Error> {
        Ok(None)
    }

    async fn put_index(&mut self, index: &BackupIndex, _: &mut ChaCha20Rng) -> Result<u64, Error> {
        let names = index.pieces.iter().map(|piece| HEX.encode(&piece.name)).collect();
        let store = BackupStore { data: BASE64.encode(&index.encode_to_vec()), names: Some(names) };
        let stored: view::BackupStored = ask(self.0, Command::BackupStore(store)).await?;
        Ok(stored.bytes)
    }

    async fn piece(&mut self, piece: &BackupPiece) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let fetch = BackupFetch { name: HEX.encode(&piece.name), bytes: piece.size_bytes };
        let fetched: view::BackupFetched = ask(self.0, Command::BackupFetch(fetch)).await?;
        let data = fetched.data.and_then(|data| BASE64.decode(data.as_bytes()).ok());
        Ok(data.map(Zeroizing::new))
    }

    async fn file<T: Source>(&mut self, _: &T, _: &BackupFile) -> Result<bool, Error> {
        Ok(false)
    }
}
