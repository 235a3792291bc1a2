//! The key-transparency log: every manifest version in akd's tree, an epoch at a time, over a SQLite file of its own.
//!
//! ```text
//! directory: a new manifest ─▶ row in `unpublished`, promise
//!                                  │ at most 10 s later, all that waits together
//!                                  ▼
//! here: one transaction ─▶ akd's nodes and values, what an auditor needs, the tree over all epochs ─▶ head
//! ```
//! Synchronous and without a clock, like the directory, in whose thread it runs. akd is written for async stores; over
//! this one, which answers at once, its futures are ready when they are first polled (docs/decisions/0012).
//!
//! - [`store`]: akd's records in SQLite. [`record`]: a tree node in bytes. [`epochs`]: the epochs and the tree over them.
//!   [`pages`]: what auditors fetch, on a connection of its own.
//!
//! Not here: which manifests count (`directory::account`), and what anybody else verifies (`casemate-transparency`).

mod epochs;
mod pages;
mod record;
mod store;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use akd::append_only_zks::AzksParallelismConfig;
use akd::ecvrf::{VRFKeyStorage, VRFPrivateKey, VRFPublicKey, VrfError};
use akd::errors::{AkdError, StorageError};
use akd::storage::StorageManager;
use akd::{AkdLabel, AkdValue, EpochHash, HistoryParams};
use async_trait::async_trait;
use bytes::Bytes;
use casemate_transparency::{Hashing, Head, code, epochs::leaf, history};
use casemate_wire::ids::Hash32;
use casemate_wire::proto::transparency as proto;
use ed25519_dalek::SigningKey;
use futures_util::FutureExt;
use prost::Message;
use rand_core::CryptoRngCore;

pub use pages::{Newest, Pages};

use pages::Blocks;
use store::Store;

/// Names that one epoch changes. More makes the directory's thread wait longer for it: about 0.3 ms each.
pub const EPOCH_NAMES: usize = 10_000;

/// A head is signed anew after so long though nothing changed.
pub const HEAD_MS: i64 = 3_600_000;

/// See [`history::VERSIONS`].
const VERSIONS: u64 = history::VERSIONS as u64;

/// Heads that one request may ask about.
pub const HEADS: usize = 8;

/// Extensions kept until the next epoch: most clients know one of the same few heads. Each takes about a kilobyte.
const EXTENSIONS: usize = 4_096;

/// Why the log cannot answer.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// SQLite says no.
    #[error("the key-transparency log's database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// akd says no: the log is damaged.
    #[error("the key-transparency log: {0}")]
    Akd(String),
}

impl From<AkdError> for LogError {
    fn from(error: AkdError) -> Self {
        Self::Akd(error.to_string())
    }
}

/// A change to be published: what waits in the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Its number in the directory.
    pub number: i64,
    /// Of the account ([`casemate_transparency::label`]).
    pub name: Hash32,
    /// The manifest's hash.
    pub value: Hash32,
}

/// See the module.
pub struct Transparency {
    store: Store,
    vrf: Vrf,
    vrf_key: [u8; 32],
    incarnation: [u8; 16],
    key: SigningKey,
    /// The newest, signed.
    head: Option<Newest>,
    /// Proofs from these epochs to the newest.
    extended: HashMap<u64, Bytes>,
    path: Option<PathBuf>,
    blocks: Blocks,
}

type Akd = akd::Directory<Hashing, Store, Vrf>;

impl Transparency {
    /// Opens or creates the log. `key` signs heads.
    pub fn open(
        path: Option<&Path>,
        incarnation: [u8; 16],
        key: SigningKey,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<Self, LogError> {
        let store = Store::open(path)?;
        let vrf = Vrf(store.vrf_key(rng)?);
        let private =
            VRFPrivateKey::try_from(&vrf.0[..]).map_err(|error| LogError::Akd(error.to_string()))?;
        let vrf_key = *VRFPublicKey::from(&private).as_bytes();
        let (path, extended, blocks) = (path.map(Path::to_owned), HashMap::new(), Blocks::default());
        let log = Self { store, vrf, vrf_key, incarnation, key, head: None, extended, path, blocks };
        // Makes the empty tree where there is none.
        log.akd()?;
        Ok(log)
    }

    /// Publishes changes as one epoch, each of another name. All of it is durable, or nothing. False where the log said
    /// all of it already: there are no empty epochs.
    pub fn publish(&mut self, changes: &[Change], now_ms: i64) -> Result<bool, LogError> {
        self.head = None;
        self.extended.clear();
        self.store.begin()?;
        match self.publish_within(changes, now_ms) {
            Ok(published) => {
                self.store.commit()?;
                Ok(published)
            }
            Err(error) => {
                self.store.rollback();
                Err(error)
            }
        }
    }

    fn publish_within(&mut self, changes: &[Change], now_ms: i64) -> Result<bool, LogError> {
        let akd = self.akd()?;
        let before = self.store.newest_epoch()?;
        let updates = changes
            .iter()
            .map(|change| (AkdLabel(change.name.0.to_vec()), AkdValue(change.value.0.to_vec())))
            .collect();
        let EpochHash(epoch, root) = ready(akd.publish(updates))?;
        self.store.set_taken(changes)?;
        if epoch == before {
            return Ok(false);
        }
        let mut proof = ready(akd.audit(before, epoch))?;
        let appended = match proof.proofs.pop() {
            Some(one) if epoch == before + 1 => code::appended(&one).encode_to_vec(),
            _ => return Err(LogError::Akd("an epoch without its proof".to_owned())),
        };
        self.store.append_epoch(epoch, &root, now_ms, &appended, &leaf(epoch, &root))?;
        Ok(true)
    }

    /// Numbers of the changes that were taken last: they are published, whatever the directory still says.
    pub fn taken(&self) -> Result<Vec<i64>, LogError> {
        Ok(self.store.taken()?)
    }

    /// The newest value of a name.
    pub fn newest(&self, name: &Hash32) -> Result<Option<Hash32>, LogError> {
        Ok(self.store.newest_value(name)?)
    }

    /// How many epochs there are.
    pub fn epochs(&self) -> Result<u64, LogError> {
        Ok(self.store.newest_epoch()?)
    }

    /// From now on heads are of another incarnation: the server was restored.
    pub fn begins(&mut self, incarnation: [u8; 16]) {
        (self.incarnation, self.head) = (incarnation, None);
    }

    /// The newest head, not older than [`HEAD_MS`].
    pub fn head(&mut self, now_ms: i64) -> Result<proto::SignedHead, LogError> {
        self.newest_head(now_ms).map(|newest| newest.head)
    }

    /// The same with what is known of it.
    pub fn newest_head(&mut self, now_ms: i64) -> Result<Newest, LogError> {
        if let Some(newest) = &self.head
            && (newest.at_ms..newest.at_ms.saturating_add(HEAD_MS)).contains(&now_ms)
        {
            return Ok(newest.clone());
        }
        let epoch = self.store.newest_epoch()?;
        let (root, epochs_root) = match epoch {
            0 => (ready(self.akd()?.get_epoch_hash())?.hash(), [0; 32]),
            epoch => (self.store.epoch_root(epoch)?, self.store.tree_root(epoch)?),
        };
        let body = proto::Head {
            incarnation: Bytes::copy_from_slice(&self.incarnation),
            epoch,
            root: Bytes::copy_from_slice(&root),
            epochs_root: Bytes::copy_from_slice(&epochs_root),
            vrf_key: Bytes::copy_from_slice(&self.vrf_key),
            at_ms: now_ms,
        };
        let server_key = self.key.verifying_key().to_bytes();
        let newest = Newest { epoch, at_ms: now_ms, head: Head::sign(&body, &self.key), server_key };
        self.head = Some(newest.clone());
        Ok(newest)
    }

    /// What goes with a manifest that somebody looked up.
    pub fn shown(&mut self, name: &Hash32, now_ms: i64) -> Result<proto::Shown, LogError> {
        let head = self.head(now_ms)?;
        let lookup = match self.store.newest_value(name)? {
            Some(_) => {
                let (proof, _) = ready(self.akd()?.lookup(AkdLabel(name.0.to_vec())))?;
                Some(code::lookup(&proof))
            }
            None => None,
        };
        self.store.shrink();
        Ok(proto::Shown { head: Some(head), lookup })
    }

    /// What was published of a name: all, or the newest [`history::VERSIONS`].
    pub fn history(&mut self, name: &Hash32) -> Result<Option<proto::History>, LogError> {
        if self.store.newest_value(name)?.is_none() {
            return Ok(None);
        }
        let label = AkdLabel(name.0.to_vec());
        let params = match self.store.versions(name)? {
            0..VERSIONS => HistoryParams::Complete,
            _ => HistoryParams::MostRecent(history::VERSIONS),
        };
        let (proof, _) = ready(self.akd()?.key_history(&label, params))?;
        self.store.shrink();
        Ok(Some(code::history(&proof)))
    }

    /// That the newest head goes on from those of these epochs.
    pub fn extensions(&mut self, from: &[u64]) -> Result<Vec<proto::Extension>, LogError> {
        let newest = self.store.newest_epoch()?;
        let mut extensions = Vec::new();
        for &from_epoch in from.iter().take(HEADS).filter(|from| (1..=newest).contains(*from)) {
            let hashes = match self.extended.get(&from_epoch) {
                Some(hashes) => hashes.clone(),
                None => {
                    let hashes: Bytes = self.store.consistency(from_epoch, newest)?.concat().into();
                    if self.extended.len() < EXTENSIONS {
                        self.extended.insert(from_epoch, hashes.clone());
                    }
                    hashes
                }
            };
            extensions.push(proto::Extension { from_epoch, hashes });
        }
        Ok(extensions)
    }

    /// For auditors: the epochs after `after`, as many as fit, under a head that goes on from that of epoch `known`.
    pub fn page(&mut self, after: u64, known: u64, now_ms: i64) -> Result<proto::Epochs, LogError> {
        let newest = self.newest_head(now_ms)?;
        let page = self.store.page(&mut self.blocks, (after, known), &newest)?;
        proto::Epochs::decode(&page[..]).map_err(|error| LogError::Akd(error.to_string()))
    }

    /// What makes such pages elsewhere. None where the log is in memory.
    pub fn pages(&self) -> Result<Option<Pages>, LogError> {
        Ok(self.path.as_deref().map(Pages::open).transpose()?)
    }

    /// Made for each use: whatever went wrong in one leaves nothing in the next.
    fn akd(&self) -> Result<Akd, LogError> {
        let storage = StorageManager::new_no_cache(self.store.clone());
        Ok(ready(Akd::new(storage, self.vrf.clone(), AzksParallelismConfig::disabled()))?)
    }
}

/// The secret by which names become labels. It is made once and never changes: every label depends on it.
#[derive(Clone)]
struct Vrf([u8; 32]);

#[async_trait]
impl VRFKeyStorage for Vrf {
    async fn retrieve(&self) -> Result<Vec<u8>, VrfError> {
        Ok(self.0.to_vec())
    }
}

/// The result of akd's work over a store that never waits.
fn ready<T>(work: impl Future<Output = Result<T, AkdError>>) -> Result<T, AkdError> {
    work.now_or_never()
        .unwrap_or_else(|| Err(AkdError::Storage(StorageError::Other("the store waited".to_owned()))))
}
