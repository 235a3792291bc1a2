//! Empty on purpose. See docs/decisions/0001-empty-openmls-sqlite-storage.md.
