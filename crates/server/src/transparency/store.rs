//! akd's records in SQLite. A node's key is its label, so that what lies together in the tree lies together in the file:
//! the lowest levels of a path are on one page.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use akd::errors::StorageError;
use akd::storage::types::{
    DbRecord, KeyData, StorageType, ValueState, ValueStateKey, ValueStateRetrievalFlag,
};
use akd::storage::{Database, DbSetState, Storable};
use akd::tree_node::{NodeKey, TreeNodeWithPreviousValue};
use akd::{AkdLabel, AkdValue, Azks, NodeLabel};
use async_trait::async_trait;
use casemate_transparency::code::trimmed;
use casemate_wire::ids::Hash32;
use rand_core::CryptoRngCore;
use rusqlite::{Connection, OptionalExtension, Row};

use super::pages::{Blocks, Newest};
use super::{Change, epochs, record};

/// Nodes kept in memory between uses: the top of the tree, which every proof needs. Each takes about 500 bytes.
const NODES: usize = 16_384;

const SCHEMA: &str = r#"
    CREATE TABLE IF NOT EXISTS setting (
        name TEXT NOT NULL PRIMARY KEY,
        value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- akd's tree as it is now.
    CREATE TABLE IF NOT EXISTS node (
        prefix BLOB NOT NULL, -- the label without its trailing zero bytes
        bits INTEGER NOT NULL,
        node BLOB NOT NULL,
        PRIMARY KEY (prefix, bits)
    ) STRICT, WITHOUT ROWID;

    -- Every value that a name ever had.
    CREATE TABLE IF NOT EXISTS value (
        name BLOB NOT NULL, -- a hash of the handle
        version INTEGER NOT NULL,
        epoch INTEGER NOT NULL,
        value BLOB NOT NULL, -- a hash of the manifest
        label BLOB NOT NULL,
        PRIMARY KEY (name, version)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE IF NOT EXISTS epoch (
        epoch INTEGER PRIMARY KEY,
        root BLOB NOT NULL,
        at_ms INTEGER NOT NULL,
        appended BLOB NOT NULL -- for auditors
    ) STRICT;

    -- Complete subtrees of the tree over all epochs.
    CREATE TABLE IF NOT EXISTS epoch_tree (
        level INTEGER NOT NULL,
        place INTEGER NOT NULL,
        hash BLOB NOT NULL,
        PRIMARY KEY (level, place)
    ) STRICT, WITHOUT ROWID;

    PRAGMA user_version = 1;
"#;

/// See the module. Shared, because akd wants to own it; only one thread uses it.
#[derive(Clone)]
pub struct Store(Arc<Mutex<Inner>>);

struct Inner {
    db: Connection,
    nodes: HashMap<NodeLabel, TreeNodeWithPreviousValue>,
}

impl Store {
    /// Opens or creates the file.
    pub fn open(path: Option<&Path>) -> Result<Self, rusqlite::Error> {
        let db = match path {
            Some(path) => Connection::open(path)?,
            None => Connection::open_in_memory()?,
        };
        db.busy_timeout(std::time::Duration::from_secs(10))?;
        db.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;
             PRAGMA cache_size = -65536;",
        )?;
        db.set_prepared_statement_cache_capacity(32);
        db.execute_batch(SCHEMA)?;
        Ok(Self(Arc::new(Mutex::new(Inner { db, nodes: HashMap::new() }))))
    }

    /// The secret by which names become labels; made on the first start.
    pub fn vrf_key(&self, rng: &mut dyn CryptoRngCore) -> Result<[u8; 32], rusqlite::Error> {
        let inner = self.inner();
        if let Some(key) = inner.setting("vrf_key")? {
            return key.try_into().map_err(|_| rusqlite::Error::QueryReturnedNoRows);
        }
        let mut key = [0; 32];
        rng.fill_bytes(&mut key);
        inner.set_setting("vrf_key", &key)?;
        Ok(key)
    }

    /// Begins what is to be durable together.
    pub fn begin(&self) -> Result<(), rusqlite::Error> {
        self.inner().db.execute_batch("BEGIN IMMEDIATE")
    }

    /// Makes it durable.
    pub fn commit(&self) -> Result<(), rusqlite::Error> {
        let committed = self.inner().db.execute_batch("COMMIT");
        match committed {
            Ok(()) => self.shrink(),
            Err(_) => self.rollback(),
        }
        committed
    }

    /// Undoes it.
    pub fn rollback(&self) {
        let mut inner = self.inner();
        // What is in memory may be of what is undone.
        inner.nodes = HashMap::new();
        if !inner.db.is_autocommit()
            && let Err(error) = inner.db.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "transparency: rollback failed");
        }
    }

    /// Keeps memory bounded. To be called after each use.
    pub fn shrink(&self) {
        let mut inner = self.inner();
        if inner.nodes.len() > NODES {
            // The top of the tree is needed again at once, what is below rarely.
            let top = NODES.ilog2() - 1;
            inner.nodes.retain(|label, _| label.label_len < top);
            inner.nodes.shrink_to_fit();
        }
    }

    /// Notes which changes this transaction takes.
    pub fn set_taken(&self, changes: &[Change]) -> Result<(), rusqlite::Error> {
        let taken: Vec<u8> = changes.iter().flat_map(|change| change.number.to_be_bytes()).collect();
        self.inner().set_setting("taken", &taken)
    }

    /// The changes that were taken last.
    pub fn taken(&self) -> Result<Vec<i64>, rusqlite::Error> {
        let taken = self.inner().setting("taken")?.unwrap_or_default();
        let (numbers, _) = taken.as_chunks::<8>();
        Ok(numbers.iter().map(|number| i64::from_be_bytes(*number)).collect())
    }

    /// See [`epochs::append`].
    pub fn append_epoch(
        &self,
        epoch: u64,
        root: &[u8; 32],
        at_ms: i64,
        appended: &[u8],
        leaf: &[u8],
    ) -> Result<(), rusqlite::Error> {
        epochs::append(&self.inner().db, epoch, root, at_ms, appended, leaf)
    }

    /// See [`epochs::newest`].
    pub fn newest_epoch(&self) -> Result<u64, rusqlite::Error> {
        epochs::newest(&self.inner().db)
    }

    /// See [`Blocks::page`].
    pub fn page(
        &self,
        blocks: &mut Blocks,
        wanted: (u64, u64),
        newest: &Newest,
    ) -> Result<Vec<u8>, rusqlite::Error> {
        blocks.page(&self.inner().db, wanted, newest)
    }

    /// See [`epochs::root`].
    pub fn epoch_root(&self, epoch: u64) -> Result<[u8; 32], rusqlite::Error> {
        epochs::root(&self.inner().db, epoch)
    }

    /// See [`epochs::tree_root`].
    pub fn tree_root(&self, size: u64) -> Result<[u8; 32], rusqlite::Error> {
        epochs::tree_root(&self.inner().db, size)
    }

    /// See [`epochs::consistency`].
    pub fn consistency(&self, from: u64, newest: u64) -> Result<Vec<[u8; 32]>, rusqlite::Error> {
        epochs::consistency(&self.inner().db, from, newest)
    }

    /// See [`epochs::inclusion`].
    #[cfg(test)]
    pub fn inclusion(&self, epoch: u64, newest: u64) -> Result<Vec<[u8; 32]>, rusqlite::Error> {
        epochs::inclusion(&self.inner().db, epoch, newest)
    }

    /// See [`epochs::newest_value`].
    pub fn newest_value(&self, name: &Hash32) -> Result<Option<Hash32>, rusqlite::Error> {
        Ok(epochs::newest_value(&self.inner().db, &name.0)?.map(Hash32))
    }

    /// See [`epochs::versions`].
    pub fn versions(&self, name: &Hash32) -> Result<u64, rusqlite::Error> {
        epochs::versions(&self.inner().db, &name.0)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // A panic in between leaves a transaction that the next use rolls back.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, rusqlite::Error> {
        self.db
            .prepare_cached("SELECT value FROM setting WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()
    }

    fn set_setting(&self, name: &str, value: &[u8]) -> Result<(), rusqlite::Error> {
        self.db
            .prepare_cached("INSERT OR REPLACE INTO setting (name, value) VALUES (?1, ?2)")?
            .execute((name, value))?;
        Ok(())
    }

    fn node(&mut self, label: NodeLabel) -> Result<Option<TreeNodeWithPreviousValue>, StorageError> {
        if let Some(node) = self.nodes.get(&label) {
            return Ok(Some(node.clone()));
        }
        let bytes: Option<Vec<u8>> = self
            .db
            .prepare_cached("SELECT node FROM node WHERE prefix = ?1 AND bits = ?2")
            .and_then(|mut statement| {
                statement.query_row((trimmed(&label.label_val), label.label_len), |row| row.get(0)).optional()
            })
            .map_err(failed)?;
        let Some(bytes) = bytes else { return Ok(None) };
        let node = record::read(label, &bytes)
            .ok_or_else(|| StorageError::Other("a node of the tree is damaged".to_owned()))?;
        self.nodes.insert(label, node.clone());
        Ok(Some(node))
    }

    fn azks(&self) -> Result<Option<Azks>, StorageError> {
        let Some(bytes) = self.setting("azks").map_err(failed)? else { return Ok(None) };
        match bytes.as_chunks::<8>() {
            ([latest_epoch, num_nodes], []) => Ok(Some(Azks {
                latest_epoch: u64::from_be_bytes(*latest_epoch),
                num_nodes: u64::from_be_bytes(*num_nodes),
            })),
            _ => Err(StorageError::Other("the tree's size is damaged".to_owned())),
        }
    }

    fn write(&mut self, records: Vec<DbRecord>) -> Result<(), rusqlite::Error> {
        let mut nodes = Vec::with_capacity(records.len());
        for record in records {
            match record {
                DbRecord::TreeNode(node) => nodes.push(node),
                DbRecord::Azks(azks) => {
                    let value = [azks.latest_epoch.to_be_bytes(), azks.num_nodes.to_be_bytes()].concat();
                    self.set_setting("azks", &value)?;
                }
                DbRecord::ValueState(state) => {
                    self.db
                        .prepare_cached(
                            "INSERT OR REPLACE INTO value (name, version, epoch, value, label)
                             VALUES (?1, ?2, ?3, ?4, ?5)",
                        )?
                        .execute((
                            &state.username.0,
                            epochs::column(state.version),
                            epochs::column(state.epoch),
                            &state.value.0,
                            &state.label.label_val,
                        ))?;
                }
            }
        }
        // In the order of the file, so that each page is touched once.
        nodes.sort_unstable_by_key(|node| (node.label.label_val, node.label.label_len));
        let mut insert =
            self.db.prepare_cached("INSERT OR REPLACE INTO node (prefix, bits, node) VALUES (?1, ?2, ?3)")?;
        for node in &nodes {
            let key = trimmed(&node.label.label_val);
            insert.execute((key, node.label.label_len, record::write(&node.latest_node)))?;
        }
        drop(insert);
        self.nodes.extend(
            nodes
                .into_iter()
                .map(|node| (node.label, TreeNodeWithPreviousValue { previous_node: None, ..node })),
        );
        Ok(())
    }

    fn states(&self, name: &AkdLabel, which: &str, number: u64) -> Result<Vec<ValueState>, StorageError> {
        let statement = format!("SELECT version, epoch, value, label FROM value WHERE name = ?1 AND {which}");
        let state = |row: &Row<'_>| {
            Ok(ValueState {
                version: row.get::<_, i64>(0)?.unsigned_abs(),
                epoch: row.get::<_, i64>(1)?.unsigned_abs(),
                value: AkdValue(row.get(2)?),
                label: NodeLabel::new(row.get(3)?, 256),
                username: name.clone(),
            })
        };
        self.db
            .prepare_cached(&statement)
            .and_then(|mut statement| {
                statement.query_map((&name.0, epochs::column(number)), state)?.collect()
            })
            .map_err(failed)
    }

    fn state(&self, name: &AkdLabel, flag: ValueStateRetrievalFlag) -> Result<ValueState, StorageError> {
        use ValueStateRetrievalFlag::{LeqEpoch, MaxEpoch, MinEpoch, SpecificEpoch, SpecificVersion};
        let (which, number) = match flag {
            SpecificVersion(version) => ("version = ?2", version),
            SpecificEpoch(epoch) => ("epoch = ?2", epoch),
            LeqEpoch(epoch) => ("epoch <= ?2 ORDER BY version DESC LIMIT 1", epoch),
            MaxEpoch => ("version > ?2 ORDER BY version DESC LIMIT 1", 0),
            MinEpoch => ("version > ?2 ORDER BY version LIMIT 1", 0),
        };
        self.states(name, which, number)?
            .pop()
            .ok_or_else(|| StorageError::NotFound("a name that was never published".to_owned()))
    }

    fn get<St: Storable>(&mut self, id: &St::StorageKey) -> Result<DbRecord, StorageError> {
        let absent = || StorageError::NotFound(format!("{:?}", St::data_type()));
        let key = St::get_full_binary_key_id(id);
        match St::data_type() {
            StorageType::Azks => self.azks()?.map(DbRecord::Azks).ok_or_else(absent),
            StorageType::TreeNode => {
                let NodeKey(label) =
                    TreeNodeWithPreviousValue::key_from_full_binary(&key).map_err(StorageError::Other)?;
                self.node(label)?.map(DbRecord::TreeNode).ok_or_else(absent)
            }
            StorageType::ValueState => {
                let ValueStateKey(name, epoch) =
                    ValueState::key_from_full_binary(&key).map_err(StorageError::Other)?;
                let flag = ValueStateRetrievalFlag::SpecificEpoch(epoch);
                self.state(&AkdLabel(name), flag).map(DbRecord::ValueState)
            }
        }
    }
}

#[async_trait]
impl Database for Store {
    async fn set(&self, record: DbRecord) -> Result<(), StorageError> {
        self.inner().write(vec![record]).map_err(failed)
    }

    /// Atomic, because [`super::Transparency::publish`] has begun a transaction.
    async fn batch_set(&self, records: Vec<DbRecord>, _: DbSetState) -> Result<(), StorageError> {
        self.inner().write(records).map_err(failed)
    }

    async fn get<St: Storable>(&self, id: &St::StorageKey) -> Result<DbRecord, StorageError> {
        self.inner().get::<St>(id)
    }

    async fn batch_get<St: Storable>(&self, ids: &[St::StorageKey]) -> Result<Vec<DbRecord>, StorageError> {
        let mut inner = self.inner();
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            match inner.get::<St>(id) {
                Ok(record) => found.push(record),
                Err(StorageError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    async fn get_user_data(&self, name: &AkdLabel) -> Result<KeyData, StorageError> {
        let states = self.inner().states(name, "version > ?2 ORDER BY version", 0)?;
        if states.is_empty() {
            return Err(StorageError::NotFound("a name that was never published".to_owned()));
        }
        Ok(KeyData { states })
    }

    async fn get_user_state(
        &self,
        name: &AkdLabel,
        flag: ValueStateRetrievalFlag,
    ) -> Result<ValueState, StorageError> {
        self.inner().state(name, flag)
    }

    async fn get_user_state_versions(
        &self,
        names: &[AkdLabel],
        flag: ValueStateRetrievalFlag,
    ) -> Result<HashMap<AkdLabel, (u64, AkdValue)>, StorageError> {
        let inner = self.inner();
        let mut found = HashMap::with_capacity(names.len());
        for name in names {
            match inner.state(name, flag) {
                Ok(state) => {
                    found.insert(name.clone(), (state.version, state.value));
                }
                Err(StorageError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }
}

fn failed(error: rusqlite::Error) -> StorageError {
    StorageError::Other(error.to_string())
}
