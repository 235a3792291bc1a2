//! A store in memory, for tests and the simulation.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::{Kv, KvError, Value};

/// Keeps everything in a map. A clone is a snapshot: what a transaction's roll-back would bring back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryKv(RefCell<BTreeMap<Vec<u8>, Value>>);

impl MemoryKv {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many values it holds.
    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }
}

impl Kv for MemoryKv {
    fn read(&self, key: &[u8]) -> Result<Option<Value>, KvError> {
        Ok(self.0.borrow().get(key).cloned())
    }

    fn write(&self, key: &[u8], value: Value) -> Result<(), KvError> {
        self.0.borrow_mut().insert(key.to_vec(), value);
        Ok(())
    }

    fn delete(&self, key: &[u8]) -> Result<(), KvError> {
        self.0.borrow_mut().remove(key);
        Ok(())
    }
}
