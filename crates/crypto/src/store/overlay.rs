//! Changes held back until it is known that they are wanted.
//!
//! OpenMLS moves ratchets and writes them before our rules have judged a commit. Under an overlay a skipped commit
//! leaves no trace.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::{Kv, KvError};

/// Reads through to `base`, keeps writes to itself.
pub(crate) struct Overlay<'a> {
    base: &'a dyn Kv,
    changes: RefCell<BTreeMap<Vec<u8>, Option<Vec<u8>>>>,
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
                Some(value) => self.base.write(&key, &value)?,
                None => self.base.delete(&key)?,
            }
        }
        Ok(())
    }
}

impl Kv for Overlay<'_> {
    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, KvError> {
        match self.changes.borrow().get(key) {
            Some(value) => Ok(value.clone()),
            None => self.base.read(key).inspect_err(|error| *self.failure.borrow_mut() = Some(error.clone())),
        }
    }

    fn write(&self, key: &[u8], value: &[u8]) -> Result<(), KvError> {
        self.changes.borrow_mut().insert(key.to_vec(), Some(value.to_vec()));
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

    #[test]
    fn kept_or_forgotten() {
        let base = MemoryKv::new();
        base.write(b"a", b"1").unwrap();
        base.write(b"b", b"2").unwrap();
        let before = base.clone();

        let overlay = Overlay::new(&base);
        overlay.write(b"a", b"3").unwrap();
        overlay.delete(b"b").unwrap();
        assert_eq!(overlay.read(b"a").unwrap().as_deref(), Some(&b"3"[..]));
        assert_eq!(overlay.read(b"b").unwrap(), None);
        drop(overlay);
        assert_eq!(base, before);

        let overlay = Overlay::new(&base);
        overlay.write(b"a", b"3").unwrap();
        overlay.delete(b"b").unwrap();
        overlay.keep().unwrap();
        assert_eq!(base.read(b"a").unwrap().as_deref(), Some(&b"3"[..]));
        assert_eq!(base.read(b"b").unwrap(), None);
    }
}
