//! Changes held back until it is known that they are wanted.
//!
//! OpenMLS moves ratchets and writes them before our rules have judged a commit. Under an overlay a skipped commit
//! leaves no trace.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::{Kv, KvError, Value};

/// Reads through to `base`, keeps writes to itself.
pub(crate) struct Overlay<'a> {
    base: &'a dyn Kv,
    changes: RefCell<BTreeMap<Vec<u8>, Option<Value>>>,
    failure: RefCell<Option<KvError>>,
}

impl<'a> Overlay<'a> {
    pub fn new(base: &'a dyn Kv) -> Self {
        Self { base, changes: RefCell::default(), failure: RefCell::default() }
    }

    /// Whether the base ever failed. OpenMLS wraps a store's errors in ways that cannot be told from a bad message.
    pub fn check(&self) -> Result<(), KvError> {
        match &*self.failure.borrow() {
            Some(failure) => Err(failure.clone()),
            None => Ok(()),
        }
    }

    /// Writes what was held back. Dropping the overlay instead forgets it.
    pub fn keep(self) -> Result<(), KvError> {
        for (key, value) in self.changes.into_inner() {
            match value {
                Some(value) => self.base.write(&key, value)?,
                None => self.base.delete(&key)?,
            }
        }
        Ok(())
    }
}

impl Kv for Overlay<'_> {
    fn read(&self, key: &[u8]) -> Result<Option<Value>, KvError> {
        match self.changes.borrow().get(key) {
            Some(value) => Ok(value.clone()),
            None => self.base.read(key).inspect_err(|error| *self.failure.borrow_mut() = Some(error.clone())),
        }
    }

    fn write(&self, key: &[u8], value: Value) -> Result<(), KvError> {
        self.changes.borrow_mut().insert(key.to_vec(), Some(value));
        Ok(())
    }

    fn delete(&self, key: &[u8]) -> Result<(), KvError> {
        self.changes.borrow_mut().insert(key.to_vec(), None);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MemoryKv;

    fn value(bytes: &[u8]) -> Value {
        Value::new(bytes.to_vec())
    }

    #[test]
    fn kept_or_forgotten() {
        let base = MemoryKv::new();
        base.write(b"a", value(b"1")).unwrap();
        base.write(b"b", value(b"2")).unwrap();
        let before = base.clone();

        let overlay = Overlay::new(&base);
        overlay.write(b"a", value(b"3")).unwrap();
        overlay.delete(b"b").unwrap();
        assert_eq!(overlay.read(b"a").unwrap(), Some(value(b"3")));
        assert_eq!(overlay.read(b"b").unwrap(), None);
        drop(overlay);
        assert_eq!(base, before);

        let overlay = Overlay::new(&base);
        overlay.write(b"a", value(b"3")).unwrap();
        overlay.delete(b"b").unwrap();
        overlay.keep().unwrap();
        assert_eq!(base.read(b"a").unwrap(), Some(value(b"3")));
        assert_eq!(base.read(b"b").unwrap(), None);
    }
}
